
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_mask.h"
#include "ngx_http_secmeet_privacy.h"
#include "ngx_http_secmeet_request.h"


typedef struct {
    ngx_http_secmeet_mask_t  *mask;
    ngx_log_writer_pt         writer;           /* NULL: to the file */
    void                     *wdata;
} ngx_http_secmeet_writer_t;


static ngx_int_t ngx_http_secmeet_mask_early(ngx_http_request_t *r);
static u_char *ngx_http_secmeet_mask_log(ngx_http_request_t *r,
    ngx_http_request_t *sr, u_char *buf, size_t len);
static ngx_uint_t ngx_http_secmeet_mask_below(ngx_http_secmeet_mask_t *mask,
    ngx_str_t *uri);
static void ngx_http_secmeet_mask_line(ngx_http_request_t *r);
static void ngx_http_secmeet_mask_text(ngx_http_secmeet_mask_t *mask,
    u_char *p, u_char *last, ngx_uint_t all);
static size_t ngx_http_secmeet_mask_digit(u_char *p, u_char *last);
static ngx_uint_t ngx_http_secmeet_mask_after(ngx_http_secmeet_mask_t *mask,
    u_char *start, u_char *p);
static ngx_int_t ngx_http_secmeet_mask_writer_set(ngx_cycle_t *cycle,
    ngx_http_secmeet_mask_t *mask, ngx_log_t *log);
static void ngx_http_secmeet_mask_writer_reset(void *data);
static void ngx_http_secmeet_mask_writer(ngx_log_t *log, ngx_uint_t level,
    u_char *buf, size_t len);


/* nginx's own, the same for all requests */
static ngx_http_log_handler_pt  ngx_http_secmeet_mask_log_handler;


ngx_http_secmeet_mask_t *
ngx_http_secmeet_mask_create(ngx_conf_t *cf)
{
    ngx_http_secmeet_mask_t  *mask;

    mask = ngx_pcalloc(cf->pool, sizeof(ngx_http_secmeet_mask_t));
    if (mask == NULL) {
        return NULL;
    }

    if (ngx_array_init(&mask->bases, cf->pool, 4, sizeof(ngx_str_t))
        != NGX_OK
        || ngx_array_init(&mask->logs, cf->pool, 8,
                          sizeof(ngx_http_secmeet_log_t))
           != NGX_OK)
    {
        return NULL;
    }

    return mask;
}


void *
ngx_http_secmeet_mask_create_srv_conf(ngx_conf_t *cf)
{
    ngx_http_secmeet_srv_conf_t  *sscf;

    sscf = ngx_pcalloc(cf->pool, sizeof(ngx_http_secmeet_srv_conf_t));
    if (sscf == NULL) {
        return NULL;
    }

    sscf->tcp = NGX_CONF_UNSET;

    return sscf;
}


ngx_int_t
ngx_http_secmeet_mask_base(ngx_conf_t *cf)
{
    ngx_str_t                     *base;
    ngx_http_secmeet_mask_t       *mask;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_secmeet_srv_conf_t   *sscf;
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_secmeet_module);
    sscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_secmeet_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    mask = smcf->mask;
    sscf->rooms = 1;

#if (NGX_PCRE)

    if (clcf->regex) {
        mask->any = 1;
        return NGX_OK;
    }

#endif

    if (clcf->named || clcf->name.len == 0
        || clcf->name.data[clcf->name.len - 1] != '/')
    {
        mask->any = 1;
        return NGX_OK;
    }

    base = ngx_array_push(&mask->bases);
    if (base == NULL) {
        return NGX_ERROR;
    }

    *base = clcf->name;

    return NGX_OK;
}


ngx_int_t
ngx_http_secmeet_mask_error_log(ngx_conf_t *cf)
{
    ngx_uint_t                     i;
    ngx_http_secmeet_log_t        *log;
    ngx_http_secmeet_mask_t       *mask;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_core_srv_conf_t      *cscf;
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_secmeet_module);
    cscf = ngx_http_conf_get_module_srv_conf(cf, ngx_http_core_module);
    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    mask = smcf->mask;
    log = mask->logs.elts;

    for (i = mask->logs.nelts; i > 0; i--) {
        if (log[i - 1].server == cscf && log[i - 1].log == clcf->error_log) {
            return NGX_OK;
        }
    }

    log = ngx_array_push(&mask->logs);
    if (log == NULL) {
        return NGX_ERROR;
    }

    log->server = cscf;
    log->log = clcf->error_log;

    return NGX_OK;
}


ngx_int_t
ngx_http_secmeet_mask_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_POST_READ_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_secmeet_mask_early;

    return NGX_OK;
}


ngx_int_t
ngx_http_secmeet_mask_first(ngx_cycle_t *cycle, ngx_http_handler_pt handler)
{
    ngx_array_t                *handlers;
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);
    handlers = &cmcf->phases[NGX_HTTP_LOG_PHASE].handlers;

    if (ngx_array_push(handlers) == NULL) {
        return NGX_ERROR;
    }

    h = handlers->elts;

    ngx_memmove(&h[1], &h[0],
                (handlers->nelts - 1) * sizeof(ngx_http_handler_pt));
    h[0] = handler;

    return NGX_OK;
}


/* nginx may refuse when it finds the location: before the rewrite phase */

static ngx_int_t
ngx_http_secmeet_mask_early(ngx_http_request_t *r)
{
    ngx_http_secmeet_srv_conf_t   *sscf;
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_secmeet_module);
    sscf = ngx_http_get_module_srv_conf(r, ngx_http_secmeet_module);

    ngx_http_secmeet_privacy_connection_log(r->connection);

    if (!sscf->rooms) {
        return NGX_DECLINED;
    }

    if (ngx_http_secmeet_mask_below(smcf->mask, &r->uri)) {
        r->log_handler = ngx_http_secmeet_request_log;
        return NGX_DECLINED;
    }

    /* a "rewrite" may bring it there yet */

    if (r->log_handler != ngx_http_secmeet_mask_log) {
        ngx_http_secmeet_mask_log_handler = r->log_handler;
        r->log_handler = ngx_http_secmeet_mask_log;
    }

    return NGX_DECLINED;
}


static u_char *
ngx_http_secmeet_mask_log(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    u_char                        *last;
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_http_get_module_main_conf(r, ngx_http_secmeet_module);

    last = ngx_http_secmeet_mask_log_handler(r, sr, buf, len);

    ngx_http_secmeet_mask_text(smcf->mask, buf, last, 1);

    return last;
}


static ngx_uint_t
ngx_http_secmeet_mask_below(ngx_http_secmeet_mask_t *mask, ngx_str_t *uri)
{
    ngx_str_t   *base;
    ngx_uint_t   i;

    base = mask->bases.elts;

    for (i = 0; i < mask->bases.nelts; i++) {
        if (uri->len > base[i].len
            && ngx_memcmp(uri->data, base[i].data, base[i].len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_secmeet_mask_request(ngx_http_request_t *r)
{
    ngx_str_t                     *text[5];
    ngx_uint_t                     all, i;
    ngx_http_secmeet_mask_t       *mask;
    ngx_http_core_loc_conf_t      *clcf;
    ngx_http_secmeet_loc_conf_t   *slcf;
    ngx_http_secmeet_srv_conf_t   *sscf;
    ngx_http_secmeet_main_conf_t  *smcf;

    sscf = ngx_http_get_module_srv_conf(r, ngx_http_secmeet_module);

    if (!sscf->rooms && !sscf->beside) {
        return NGX_OK;
    }

    smcf = ngx_http_get_module_main_conf(r, ngx_http_secmeet_module);
    slcf = ngx_http_get_module_loc_conf(r, ngx_http_secmeet_module);
    mask = smcf->mask;

    /* without a path nobody knows what the line was meant to be */

    all = mask->any
          || r->uri.len == 0
          || ngx_http_secmeet_mask_below(mask, &r->uri)
          || ngx_http_secmeet_mask_below(mask, &r->main->uri);

    ngx_http_secmeet_mask_line(r);

    if (slcf->enable && r == r->main) {
        clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
        ngx_http_secmeet_request_hide(r, &clcf->name);
    }

    text[0] = &r->request_line;
    text[1] = &r->unparsed_uri;
    text[2] = &r->uri;
    text[3] = &r->args;
    text[4] = r->headers_in.referer ? &r->headers_in.referer->value : NULL;

    for (i = 0; i < 5; i++) {
        if (text[i]) {
            ngx_http_secmeet_mask_text(mask, text[i]->data,
                                       text[i]->data + text[i]->len, all);
        }
    }

    return NGX_OK;
}


/* as nginx itself has the line of a request that it could not read */

static void
ngx_http_secmeet_mask_line(ngx_http_request_t *r)
{
    u_char  *p;

    if (r->request_line.data || r->request_start == NULL) {
        return;
    }

    for (p = r->request_start; p < r->header_in->last; p++) {
        if (*p == CR || *p == LF) {
            break;
        }
    }

    r->request_line.len = p - r->request_start;
    r->request_line.data = r->request_start;
}


static void
ngx_http_secmeet_mask_text(ngx_http_secmeet_mask_t *mask, u_char *p,
    u_char *last, ngx_uint_t all)
{
    u_char      *digits, *start;
    size_t       len;
    ngx_uint_t   n;

    start = p;

    while (p < last) {

        if (*p == '/') {
            p++;

        } else if (last - p > 3 && ngx_strncasecmp(p, (u_char *) "%2f", 3)
                                   == 0)
        {
            p += 3;

        } else {
            p++;
            continue;
        }

        digits = p;
        n = 0;

        for ( ;; ) {
            len = ngx_http_secmeet_mask_digit(p, last);

            if (len == 0) {
                break;
            }

            p += len;
            n++;
        }

        if (n >= NGX_SECMEET_TAG
            && (all || ngx_http_secmeet_mask_after(mask, start, digits)))
        {
            ngx_memset(digits, '-', p - digits);
        }
    }
}


/* the length of a hexadecimal digit, which may be encoded; 0: none */

static size_t
ngx_http_secmeet_mask_digit(u_char *p, u_char *last)
{
    ngx_int_t  ch;
    size_t     len;

    if (p == last) {
        return 0;
    }

    len = 1;
    ch = *p;

    if (ch == '%' && last - p > 2) {
        len = 3;
        ch = ngx_hextoi(p + 1, 2);
    }

    if (ch >= '0' && ch <= '9') {
        return len;
    }

    ch |= 0x20;

    return ch >= 'a' && ch <= 'f' ? len : 0;
}


static ngx_uint_t
ngx_http_secmeet_mask_after(ngx_http_secmeet_mask_t *mask, u_char *start,
    u_char *p)
{
    ngx_str_t   *base;
    ngx_uint_t   i;

    if (mask->any) {
        return 1;
    }

    while (p - start > 1 && p[-1] == '/' && p[-2] == '/') {
        p--;
    }

    base = mask->bases.elts;

    for (i = 0; i < mask->bases.nelts; i++) {
        if ((size_t) (p - start) >= base[i].len
            && ngx_memcmp(p - base[i].len, base[i].data, base[i].len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_secmeet_mask_writers(ngx_cycle_t *cycle)
{
    ngx_uint_t                     i;
    ngx_listening_t               *ls;
    ngx_http_secmeet_log_t        *log;
    ngx_http_secmeet_mask_t       *mask;
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_secmeet_module);
    mask = smcf->mask;

    if (ngx_http_secmeet_mask_writer_set(cycle, mask, &cycle->new_log)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    log = mask->logs.elts;

    for (i = 0; i < mask->logs.nelts; i++) {
        if (ngx_http_secmeet_mask_writer_set(cycle, mask, log[i].log)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    /* nginx has copied them to what listens */

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {
        ls[i].log.writer = ls[i].logp->writer;
        ls[i].log.wdata = ls[i].logp->wdata;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_secmeet_mask_writer_set(ngx_cycle_t *cycle,
    ngx_http_secmeet_mask_t *mask, ngx_log_t *log)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_secmeet_writer_t  *writer;

    for ( /* void */ ; log; log = log->next) {

        if (log->writer == ngx_http_secmeet_mask_writer) {
            continue;
        }

        writer = ngx_palloc(cycle->pool, sizeof(ngx_http_secmeet_writer_t));
        if (writer == NULL) {
            return NGX_ERROR;
        }

        writer->mask = mask;
        writer->writer = log->writer;
        writer->wdata = log->wdata;

        /* nginx may write to it after this module has been unloaded */

        cln = ngx_pool_cleanup_add(cycle->pool, 0);
        if (cln == NULL) {
            return NGX_ERROR;
        }

        cln->handler = ngx_http_secmeet_mask_writer_reset;
        cln->data = log;

        log->writer = ngx_http_secmeet_mask_writer;
        log->wdata = writer;
    }

    return NGX_OK;
}


static void
ngx_http_secmeet_mask_writer_reset(void *data)
{
    ngx_log_t *log = data;

    ngx_http_secmeet_writer_t  *writer;

    writer = log->wdata;

    log->writer = writer->writer;
    log->wdata = writer->wdata;
}


static void
ngx_http_secmeet_mask_writer(ngx_log_t *log, ngx_uint_t level, u_char *buf,
    size_t len)
{
    ngx_http_secmeet_writer_t  *writer;

    writer = log->wdata;

    if (level != NGX_LOG_DEBUG) {
        ngx_http_secmeet_mask_text(writer->mask, buf, buf + len, 0);
    }

    if (writer->writer) {
        log->wdata = writer->wdata;
        writer->writer(log, level, buf, len);
        log->wdata = writer;
        return;
    }

    /* what ngx_log_error_core() does by itself */

    if (ngx_time() == log->disk_full_time) {
        return;
    }

    if (ngx_write_fd(log->file->fd, buf, len) == -1
        && ngx_errno == NGX_ENOSPC)
    {
        log->disk_full_time = ngx_time();
    }
}
