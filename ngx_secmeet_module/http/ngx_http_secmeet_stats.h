
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The statistics as seen from http: their directives, the country of a
 * request, and what the status page says.  A country is two letters, and
 * nothing else of the request is looked at.
 */


#ifndef _NGX_HTTP_SECMEET_STATS_H_INCLUDED_
#define _NGX_HTTP_SECMEET_STATS_H_INCLUDED_


#include "ngx_http_secmeet.h"
#include "../mesh/ngx_secmeet_survey.h"
#include "../engine/ngx_secmeet_stats.h"


/* directives */
char *ngx_http_secmeet_stats(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_secmeet_country(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* as of ngx_secmeet_stats_country() */
ngx_uint_t ngx_http_secmeet_stats_country(ngx_http_request_t *r);


/* the text of the status page; NULL: no memory.  The counters of figures are
   in the book already. */
ngx_buf_t *ngx_http_secmeet_stats_json(ngx_http_request_t *r,
    ngx_secmeet_figures_t *figures, ngx_secmeet_stats_book_t *book);
ngx_buf_t *ngx_http_secmeet_stats_prometheus(ngx_http_request_t *r,
    ngx_secmeet_figures_t *figures, ngx_secmeet_stats_book_t *book);


#endif /* _NGX_HTTP_SECMEET_STATS_H_INCLUDED_ */
