
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Frames of one link: how they look on the wire, how they are read and
 * sent, and the queue of those that the socket would not take yet.  Never
 * closes a link and never calls its handler.
 */


#ifndef _NGX_SECMEET_FRAME_H_INCLUDED_
#define _NGX_SECMEET_FRAME_H_INCLUDED_


#include "ngx_secmeet_link.h"


/* payload of a HELLO: version and id */
#define NGX_SECMEET_FRAME_HELLO_SIZE  (1 + NGX_SECMEET_WORKER_ID)


/*
 * NGX_OK; NGX_AGAIN: the socket is empty; NGX_DONE: the other end has
 * closed; NGX_DECLINED: malformed; NGX_ERROR.  The payload is valid until
 * the next call, and the caller wipes it, and closes a descriptor that came
 * along.
 */
ngx_int_t ngx_secmeet_frame_recv(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/* NGX_OK with id, or NGX_DECLINED */
ngx_int_t ngx_secmeet_frame_hello(ngx_secmeet_frame_t *frame, u_char *id);

/* 1 if id is NGX_SECMEET_WORKER_ID lowercase hex digits */
ngx_uint_t ngx_secmeet_frame_id(u_char *id);

/* NGX_OK; NGX_AGAIN: the socket is full; NGX_ERROR: the link is broken */
ngx_int_t ngx_secmeet_frame_send(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/* the same for a SOCKET with fd */
ngx_int_t ngx_secmeet_frame_pass(ngx_secmeet_link_t *link, ngx_socket_t fd);

/* a copy of frame to the end of the queue; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_frame_queue(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/* what a frame takes in the queue */
size_t ngx_secmeet_frame_size(ngx_secmeet_frame_t *frame);

/* sends what is queued; returns as ngx_secmeet_frame_send() does */
ngx_int_t ngx_secmeet_frame_flush(ngx_secmeet_link_t *link);

/* forgets what is queued */
void ngx_secmeet_frame_free(ngx_secmeet_link_t *link);


#endif /* _NGX_SECMEET_FRAME_H_INCLUDED_ */
