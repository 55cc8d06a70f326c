
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#if (NGX_HTTP_V2)
#include <ngx_http_v2_module.h>
#pragma weak ngx_http_v2_module
#endif

#include <openssl/crypto.h>

#include "ngx_http_secmeet_request.h"
#include "ngx_http_secmeet_ws.h"
#include "../meeting/ngx_secmeet_wipe.h"
#include "../mesh/ngx_secmeet_remote.h"


static ngx_int_t ngx_http_secmeet_request_watch(ngx_pool_t *pool);
#if (NGX_HTTP_V2)
static void ngx_http_secmeet_request_v2(ngx_http_request_t *r);
#endif
static void ngx_http_secmeet_request_closed(void *data);
static void ngx_http_secmeet_request_end(void *data);
static void ngx_http_secmeet_request_mask_line(ngx_str_t *line,
    ngx_str_t *base);
static void ngx_http_secmeet_request_mask(ngx_str_t *text, ngx_str_t *base);


ngx_int_t
ngx_http_secmeet_request_begin(ngx_http_request_t *r)
{
    ngx_http_cleanup_t           *cln;
    ngx_http_secmeet_ctx_t       *ctx;
    ngx_http_core_loc_conf_t     *clcf;
    ngx_http_secmeet_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_secmeet_module);
    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    if (!slcf->enable || ctx || r != r->main) {
        return NGX_DECLINED;
    }

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_http_secmeet_ctx_t));
    cln = ngx_http_cleanup_add(r, 0);

    if (ctx == NULL || cln == NULL
        || ngx_http_secmeet_request_watch(r->connection->pool) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

#if (NGX_HTTP_V2)

    if (r->stream) {
        ngx_http_secmeet_request_v2(r);
    }

#endif

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ctx->request = r;
    ctx->base = clcf->name;

    cln->handler = ngx_http_secmeet_request_end;
    cln->data = ctx;

    r->log_handler = ngx_http_secmeet_request_log;

    ngx_http_set_ctx(r, ctx, ngx_http_secmeet_module);

    return NGX_DECLINED;
}


/* the connection has the address, and what it read from it; once for each */

static ngx_int_t
ngx_http_secmeet_request_watch(ngx_pool_t *pool)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = pool->cleanup; cln; cln = cln->next) {
        if (cln->handler == ngx_http_secmeet_request_closed) {
            return NGX_OK;
        }
    }

    cln = ngx_pool_cleanup_add(pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_http_secmeet_request_closed;

    return NGX_OK;
}


static void
ngx_http_secmeet_request_closed(void *data)
{
    ngx_secmeet_wipe();
}


#if (NGX_HTTP_V2)

/* what a worker reads from HTTP/2 it reads into one buffer, never freed */

static void
ngx_http_secmeet_request_v2(ngx_http_request_t *r)
{
    ngx_http_v2_main_conf_t    *h2mcf;

    static ngx_secmeet_wipe_t   wipe;

    /* without workers it goes with its configuration */

    if (&ngx_http_v2_module == NULL || ngx_process != NGX_PROCESS_WORKER) {
        return;
    }

    h2mcf = ngx_http_get_module_main_conf(r, ngx_http_v2_module);

    ngx_secmeet_wipe_add(&wipe, h2mcf->recv_buffer, h2mcf->recv_buffer_size);
}

#endif


/* the last one before the access log */

static void
ngx_http_secmeet_request_end(void *data)
{
    ngx_http_secmeet_ctx_t *ctx = data;

    ngx_http_request_t  *r;

    r = ctx->request;

    if (ctx->ws) {
        ngx_http_secmeet_ws_close(ctx->ws);
        ctx->ws = NULL;
    }

    if (ctx->pending) {
        ngx_secmeet_remote_cancel(ctx->pending);
        ctx->pending = NULL;
    }

    if (ctx->no.timer_set) {
        ngx_del_timer(&ctx->no);
    }

    if (ctx->answer) {
        OPENSSL_cleanse(ctx->answer->start,
                        ctx->answer->end - ctx->answer->start);
    }

    OPENSSL_cleanse(ctx->tag, NGX_SECMEET_TAG);

    ngx_http_secmeet_request_hide(r, &ctx->base);

    ngx_secmeet_wipe();
}


void
ngx_http_secmeet_request_hide(ngx_http_request_t *r, ngx_str_t *base)
{
    ngx_http_secmeet_request_mask_line(&r->request_line, base);
    ngx_http_secmeet_request_mask(&r->unparsed_uri, base);
    ngx_http_secmeet_request_mask(&r->uri, base);
}


/* METHOD SP target SP version */

static void
ngx_http_secmeet_request_mask_line(ngx_str_t *line, ngx_str_t *base)
{
    u_char     *last, *p;
    ngx_str_t   target;

    last = line->data + line->len;

    p = ngx_strlchr(line->data, last, ' ');
    if (p == NULL) {
        return;
    }

    target.data = ++p;

    while (last > p && *--last != ' ') { /* void */ }

    if (last == p) {
        last = line->data + line->len;
    }

    target.len = last - p;

    ngx_http_secmeet_request_mask(&target, base);
}


static void
ngx_http_secmeet_request_mask(ngx_str_t *text, ngx_str_t *base)
{
    size_t  keep;

    keep = base->len;

    if (text->len < keep || ngx_memcmp(text->data, base->data, keep) != 0) {
        keep = ngx_min(text->len, 1);
    }

    if (text->len > keep) {
        ngx_memset(text->data + keep, '-', text->len - keep);
    }
}


u_char *
ngx_http_secmeet_request_log(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    return ngx_snprintf(buf, len, ", server: %V", &cscf->server_name);
}
