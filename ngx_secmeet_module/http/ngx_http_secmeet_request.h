
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A request below the base path, from the moment its location is known to
 * the access log: nothing that names its room goes to a log, and none of it
 * stays in memory.
 */


#ifndef _NGX_HTTP_SECMEET_REQUEST_H_INCLUDED_
#define _NGX_HTTP_SECMEET_REQUEST_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* a handler of the rewrite phase: before the phases that may refuse */
ngx_int_t ngx_http_secmeet_request_begin(ngx_http_request_t *r);

/* what of its path follows the base becomes dashes */
void ngx_http_secmeet_request_hide(ngx_http_request_t *r, ngx_str_t *base);

/* in place of nginx's: an error log line without the request */
u_char *ngx_http_secmeet_request_log(ngx_http_request_t *r,
    ngx_http_request_t *sr, u_char *buf, size_t len);


#endif /* _NGX_HTTP_SECMEET_REQUEST_H_INCLUDED_ */
