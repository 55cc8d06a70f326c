
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A request that became a WebSocket (RFC 6455) carries one client's
 * signaling.  It lives as long as the request; nothing here frees it while
 * a handler of its signaling runs.
 */


#ifndef _NGX_HTTP_SECMEET_WS_H_INCLUDED_
#define _NGX_HTTP_SECMEET_WS_H_INCLUDED_


#include "ngx_http_secmeet.h"


#define NGX_HTTP_SECMEET_WS_LINGER    2000      /* msec for the goodbye */
#define NGX_HTTP_SECMEET_WS_READ      16384     /* bytes in one call */
#define NGX_HTTP_SECMEET_WS_ROUNDS    16        /* calls in one wake-up */


/* once in a worker */
void ngx_http_secmeet_ws_init(void);

/* exit_process: all say goodbye and end */
void ngx_http_secmeet_ws_exit(void);

/* with its signaling; it belongs to the request.  NULL: no memory */
ngx_http_secmeet_ws_t *ngx_http_secmeet_ws_create(ngx_http_request_t *r);

/* the handshake is sent; returns NGX_DONE, the request is held */
ngx_int_t ngx_http_secmeet_ws_start(ngx_http_secmeet_ws_t *ws);

/* the request ends: the peer leaves, all is wiped */
void ngx_http_secmeet_ws_close(ngx_http_secmeet_ws_t *ws);


#endif /* _NGX_HTTP_SECMEET_WS_H_INCLUDED_ */
