
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_status.h"
#include "ngx_http_secmeet_answer.h"
#include "ngx_http_secmeet_header.h"

#include "../meeting/ngx_secmeet_worker.h"


static ngx_int_t ngx_http_secmeet_status_handler(ngx_http_request_t *r);


char *
ngx_http_secmeet_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_secmeet_status_handler;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_secmeet_status_handler(ngx_http_request_t *r)
{
    size_t                 len;
    uint64_t               value;
    ngx_str_t             *name;
    ngx_buf_t             *b;
    ngx_uint_t             i;
    ngx_secmeet_worker_t  *worker;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {

        if (ngx_http_secmeet_header_add(r, "Allow", "GET, HEAD") != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_secmeet_answer_error(r, NGX_HTTP_NOT_ALLOWED,
                                             "method");
    }

    worker = ngx_secmeet_worker;
    name = ngx_secmeet_counter_names;

    len = sizeof("{\"rooms\":,\"peers\":,\"counters\":{}}") - 1
          + 2 * NGX_INT_T_LEN;

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        len += name[i].len + sizeof("\"\":,") - 1 + NGX_INT64_LEN;
    }

    b = ngx_create_temp_buf(r->pool, len);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_sprintf(b->last, "{\"rooms\":%ui,\"peers\":%ui,",
                          worker ? worker->nrooms : 0,
                          worker ? worker->npeers : 0);

    b->last = ngx_sprintf(b->last, "\"counters\":{");

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        value = worker ? worker->counters[i] : 0;

        b->last = ngx_sprintf(b->last, "%s\"%V\":%uL", i ? "," : "",
                              &name[i], value);
    }

    b->last = ngx_sprintf(b->last, "}}");

    return ngx_http_secmeet_answer(r, NGX_HTTP_OK, b);
}
