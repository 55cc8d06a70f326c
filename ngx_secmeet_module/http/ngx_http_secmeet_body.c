
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <openssl/crypto.h>

#include "ngx_http_secmeet_body.h"


struct ngx_http_secmeet_body_s {
    ngx_http_secmeet_body_pt  handler;
    size_t                    len;
    u_char                    bytes[NGX_HTTP_SECMEET_BODY];
};


static void ngx_http_secmeet_body_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_secmeet_body_gather(ngx_http_request_t *r,
    ngx_http_secmeet_body_t *body);
static void ngx_http_secmeet_body_wipe(void *data);


ngx_int_t
ngx_http_secmeet_body_read(ngx_http_request_t *r,
    ngx_http_secmeet_body_pt handler)
{
    ngx_int_t                 rc;
    ngx_pool_cleanup_t       *cln;
    ngx_http_secmeet_ctx_t   *ctx;
    ngx_http_secmeet_body_t  *body;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_secmeet_body_t));
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_http_secmeet_body_wipe;

    body = cln->data;
    body->handler = handler;
    body->len = 0;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);
    ctx->body = body;

    /* a buffered one goes to a file as soon as it has many small chunks */

    r->request_body_in_file_only = 0;
    r->request_body_no_buffering = 1;

    rc = ngx_http_read_client_request_body(r, ngx_http_secmeet_body_handler);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_secmeet_body_handler(ngx_http_request_t *r)
{
    size_t                    len;
    ngx_int_t                 rc;
    ngx_http_secmeet_ctx_t   *ctx;
    ngx_http_secmeet_body_t  *body;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);
    body = ctx->body;

    rc = ngx_http_secmeet_body_gather(r, body);

    while (rc == NGX_OK && r->reading_body) {

        len = body->len;
        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ngx_http_finalize_request(r, rc);
            return;
        }

        rc = ngx_http_secmeet_body_gather(r, body);

        if (rc == NGX_OK && r->reading_body && body->len == len) {
            r->read_event_handler = ngx_http_secmeet_body_handler;
            return;
        }
    }

    r->read_event_handler = ngx_http_block_reading;

    body->handler(r, rc, body->bytes, body->len);
}


/* takes what has come, and wipes it where it was */

static ngx_int_t
ngx_http_secmeet_body_gather(ngx_http_request_t *r,
    ngx_http_secmeet_body_t *body)
{
    size_t        size;
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    if (r->request_body == NULL) {
        return NGX_OK;
    }

    rc = NGX_OK;

    for (cl = r->request_body->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (!ngx_buf_in_memory(b)) {

            /* a module before this one has had it written to a file */

            if (b->in_file) {
                rc = NGX_DECLINED;
            }

            continue;
        }

        size = b->last - b->pos;

        if (rc == NGX_OK && size <= NGX_HTTP_SECMEET_BODY - body->len) {
            ngx_memcpy(body->bytes + body->len, b->pos, size);
            body->len += size;

        } else {
            rc = NGX_DECLINED;
        }

        OPENSSL_cleanse(b->pos, size);
        b->pos = b->last;
    }

    r->request_body->bufs = NULL;

    return rc;
}


static void
ngx_http_secmeet_body_wipe(void *data)
{
    ngx_http_secmeet_body_t *body = data;

    OPENSSL_cleanse(body, sizeof(ngx_http_secmeet_body_t));
}
