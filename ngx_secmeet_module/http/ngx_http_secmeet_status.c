
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_status.h"
#include "ngx_http_secmeet_answer.h"
#include "ngx_http_secmeet_header.h"

#include "../mesh/ngx_secmeet_survey.h"


/* a request that waits for the figures of other workers */
typedef struct {
    ngx_http_request_t       *request;
    void                     *survey;           /* NULL: it is answered */
    ngx_uint_t                inside;           /* the handler runs */
} ngx_http_secmeet_status_t;


static ngx_int_t ngx_http_secmeet_status_handler(ngx_http_request_t *r);
static void ngx_http_secmeet_status_cleanup(void *data);
static void ngx_http_secmeet_status_done(void *data,
    ngx_secmeet_figures_t *figures);
static ngx_int_t ngx_http_secmeet_status_answer(ngx_http_request_t *r,
    ngx_secmeet_figures_t *figures);


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
    void                       *survey;
    ngx_http_cleanup_t         *cln;
    ngx_secmeet_figures_t       none;
    ngx_http_secmeet_status_t  *status;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {

        if (ngx_http_secmeet_header_add(r, "Allow", "GET, HEAD") != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_http_secmeet_answer_error(r, NGX_HTTP_NOT_ALLOWED,
                                             "method");
    }

    if (ngx_secmeet_worker == NULL) {
        ngx_memzero(&none, sizeof(ngx_secmeet_figures_t));
        return ngx_http_secmeet_status_answer(r, &none);
    }

    cln = ngx_http_cleanup_add(r, sizeof(ngx_http_secmeet_status_t));
    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    status = cln->data;
    status->request = r;
    status->survey = NULL;
    status->inside = 1;
    cln->handler = ngx_http_secmeet_status_cleanup;

    r->main->count++;

    survey = ngx_secmeet_survey(ngx_http_secmeet_status_done, status);

    /* NULL: it is answered, and the request may be gone */

    if (survey) {
        status->survey = survey;
        status->inside = 0;
    }

    return NGX_DONE;
}


static void
ngx_http_secmeet_status_cleanup(void *data)
{
    ngx_http_secmeet_status_t *status = data;

    if (status->survey) {
        ngx_secmeet_survey_cancel(status->survey);
        status->survey = NULL;
    }
}


static void
ngx_http_secmeet_status_done(void *data, ngx_secmeet_figures_t *figures)
{
    ngx_http_secmeet_status_t *status = data;

    ngx_uint_t           inside;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = status->request;
    c = r->connection;
    inside = status->inside;

    status->survey = NULL;

    ngx_http_finalize_request(r, ngx_http_secmeet_status_answer(r, figures));

    if (!inside) {
        ngx_http_run_posted_requests(c);
    }
}


static ngx_int_t
ngx_http_secmeet_status_answer(ngx_http_request_t *r,
    ngx_secmeet_figures_t *figures)
{
    size_t       len;
    ngx_str_t   *name;
    ngx_buf_t   *b;
    ngx_uint_t   i;

    name = ngx_secmeet_counter_names;

    len = sizeof("{\"workers\":,\"rooms\":,\"peers\":,\"counters\":{}}") - 1
          + 3 * NGX_INT_T_LEN;

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        len += name[i].len + sizeof("\"\":,") - 1 + NGX_INT64_LEN;
    }

    b = ngx_create_temp_buf(r->pool, len);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_sprintf(b->last,
                          "{\"workers\":%ui,\"rooms\":%ui,\"peers\":%ui,",
                          figures->workers, figures->rooms, figures->peers);

    b->last = ngx_sprintf(b->last, "\"counters\":{");

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        b->last = ngx_sprintf(b->last, "%s\"%V\":%uL", i ? "," : "",
                              &name[i], figures->counters[i]);
    }

    b->last = ngx_sprintf(b->last, "}}");

    return ngx_http_secmeet_answer(r, NGX_HTTP_OK, b);
}
