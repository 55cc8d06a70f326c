
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_status.h"
#include "ngx_http_secmeet_answer.h"
#include "ngx_http_secmeet_header.h"
#include "ngx_http_secmeet_stats.h"

#include "../mesh/ngx_secmeet_book.h"
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
    ngx_http_secmeet_loc_conf_t *slcf = conf;

    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    if (cf->args->nelts > 1) {
        value = cf->args->elts;

        if (ngx_strcmp(value[1].data, "prometheus") == 0) {
            slcf->prometheus = 1;

        } else if (ngx_strcmp(value[1].data, "json") != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid value \"%V\": it is \"json\" or "
                               "\"prometheus\"", &value[1]);
            return NGX_CONF_ERROR;
        }
    }

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
    ngx_buf_t                    *b;
    ngx_uint_t                    i;
    ngx_secmeet_stats_book_t     *book;
    ngx_http_secmeet_loc_conf_t  *slcf;

    static ngx_str_t  json = ngx_string("application/json");
    static ngx_str_t  text =
                        ngx_string("text/plain; version=0.0.4; charset=utf-8");

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_secmeet_module);

    book = ngx_secmeet_book_read();
    if (book == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* another binary's are in the file, or will be in a moment */

    if (!ngx_secmeet_book_kept()) {
        for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
            book->counters[i] += figures->counters[i];
        }
    }

    b = slcf->prometheus ? ngx_http_secmeet_stats_prometheus(r, figures, book)
                         : ngx_http_secmeet_stats_json(r, figures, book);

    ngx_free(book);

    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_secmeet_answer_type(r, NGX_HTTP_OK, b,
                                        slcf->prometheus ? &text : &json);
}
