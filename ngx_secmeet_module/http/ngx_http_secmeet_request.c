
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <openssl/crypto.h>

#include "ngx_http_secmeet_request.h"
#include "ngx_http_secmeet_ws.h"
#include "../mesh/ngx_secmeet_remote.h"


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

    if (ctx == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ctx->request = r;
    ctx->base = clcf->name;

    cln->handler = ngx_http_secmeet_request_end;
    cln->data = ctx;

    r->log_handler = ngx_http_secmeet_request_log;

    ngx_http_set_ctx(r, ctx, ngx_http_secmeet_module);

    return NGX_DECLINED;
}


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

    if (ctx->answer) {
        OPENSSL_cleanse(ctx->answer->start,
                        ctx->answer->end - ctx->answer->start);
    }

    OPENSSL_cleanse(ctx->tag, NGX_SECMEET_TAG);

    ngx_http_secmeet_request_hide(r, &ctx->base);
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
