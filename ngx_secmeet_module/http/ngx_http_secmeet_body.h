
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The body of a request, which may hold a proof: it is gathered in memory,
 * never in a temporary file, and wiped with the request.
 */


#ifndef _NGX_HTTP_SECMEET_BODY_H_INCLUDED_
#define _NGX_HTTP_SECMEET_BODY_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* rc: NGX_OK, or NGX_DECLINED for more than NGX_HTTP_SECMEET_BODY bytes */
typedef void (*ngx_http_secmeet_body_pt)(ngx_http_request_t *r, ngx_int_t rc,
    u_char *p, size_t len);


/* what a content handler returns; the handler finalizes the request */
ngx_int_t ngx_http_secmeet_body_read(ngx_http_request_t *r,
    ngx_http_secmeet_body_pt handler);


#endif /* _NGX_HTTP_SECMEET_BODY_H_INCLUDED_ */
