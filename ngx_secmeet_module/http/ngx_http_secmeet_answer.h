
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Answers to requests: JSON or nothing, never cached.
 */


#ifndef _NGX_HTTP_SECMEET_ANSWER_H_INCLUDED_
#define _NGX_HTTP_SECMEET_ANSWER_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* with the bytes of b as JSON, or without a body (NULL); what to finalize
   the request with */
ngx_int_t ngx_http_secmeet_answer(ngx_http_request_t *r, ngx_uint_t status,
    ngx_buf_t *b);

/* the same with another type */
ngx_int_t ngx_http_secmeet_answer_type(ngx_http_request_t *r,
    ngx_uint_t status, ngx_buf_t *b, ngx_str_t *type);

/* {"error": code}, an error code of PROTOCOL.md */
ngx_int_t ngx_http_secmeet_answer_error(ngx_http_request_t *r,
    ngx_uint_t status, const char *code);


#endif /* _NGX_HTTP_SECMEET_ANSWER_H_INCLUDED_ */
