
/*
 * Copyright (C) secmeet contributors
 */


/*
 * WebSocket frames on their way to a client: those that its connection does
 * not take yet wait, in a bounded number of bytes.
 */


#ifndef _NGX_HTTP_SECMEET_OUTPUT_H_INCLUDED_
#define _NGX_HTTP_SECMEET_OUTPUT_H_INCLUDED_


#include "ngx_http_secmeet.h"


#define NGX_HTTP_SECMEET_OUTPUT_MAX   1048576   /* unsent bytes, at most */


typedef struct ngx_http_secmeet_frame_s  ngx_http_secmeet_frame_t;

typedef struct {
    ngx_http_request_t         *request;
    ngx_http_secmeet_frame_t   *first;
    ngx_http_secmeet_frame_t  **end;
    size_t                      queued;         /* bytes not sent yet */
} ngx_http_secmeet_output_t;


void ngx_http_secmeet_output_init(ngx_http_secmeet_output_t *output,
    ngx_http_request_t *r);

/*
 * A frame to be sent; the payload is copied.  NGX_OK, NGX_DECLINED if too
 * much is waiting (a close frame always may), NGX_ERROR if there is no memory.
 */
ngx_int_t ngx_http_secmeet_output_add(ngx_http_secmeet_output_t *output,
    ngx_uint_t opcode, u_char *p, size_t len);

/* NGX_OK if all is sent, NGX_AGAIN, NGX_ERROR if the connection is broken */
ngx_int_t ngx_http_secmeet_output_send(ngx_http_secmeet_output_t *output);

/* what waits is wiped */
void ngx_http_secmeet_output_free(ngx_http_secmeet_output_t *output);


#endif /* _NGX_HTTP_SECMEET_OUTPUT_H_INCLUDED_ */
