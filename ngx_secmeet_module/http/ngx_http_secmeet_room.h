
/*
 * Copyright (C) secmeet contributors
 */


/*
 * PUT and DELETE of a room.
 */


#ifndef _NGX_HTTP_SECMEET_ROOM_H_INCLUDED_
#define _NGX_HTTP_SECMEET_ROOM_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* both return what to finalize the request with */
ngx_int_t ngx_http_secmeet_room_put(ngx_http_request_t *r);
ngx_int_t ngx_http_secmeet_room_delete(ngx_http_request_t *r);


#endif /* _NGX_HTTP_SECMEET_ROOM_H_INCLUDED_ */
