
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Headers of requests and answers.
 */


#ifndef _NGX_HTTP_SECMEET_HEADER_H_INCLUDED_
#define _NGX_HTTP_SECMEET_HEADER_H_INCLUDED_


#include "ngx_http_secmeet.h"


/*
 * The first header of that name (lower case), or the next one after prev;
 * NULL
 */
ngx_table_elt_t *ngx_http_secmeet_header_find(ngx_http_request_t *r,
    const char *name, ngx_table_elt_t *prev);

/* 1 if the comma-separated values of all such headers have the token */
ngx_uint_t ngx_http_secmeet_header_token(ngx_http_request_t *r,
    const char *name, const char *token, ngx_uint_t caseless);

/* to the answer; literals.  NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_secmeet_header_add(ngx_http_request_t *r,
    const char *name, const char *value);


#endif /* _NGX_HTTP_SECMEET_HEADER_H_INCLUDED_ */
