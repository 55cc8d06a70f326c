
/*
 * Copyright (C) secmeet contributors
 */


/*
 * GET of a room: the opening handshake of a WebSocket (RFC 6455, 4.2).
 */


#ifndef _NGX_HTTP_SECMEET_UPGRADE_H_INCLUDED_
#define _NGX_HTTP_SECMEET_UPGRADE_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* what to finalize the request with; NGX_DONE: it is a WebSocket now */
ngx_int_t ngx_http_secmeet_upgrade(ngx_http_request_t *r);


#endif /* _NGX_HTTP_SECMEET_UPGRADE_H_INCLUDED_ */
