
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Connections to ports of media: those that begin with a framed request of
 * STUN are media's, all others belong to whoever else listens there.  Until
 * that is clear nothing is read, and nginx makes no session and no log line.
 */


#ifndef _NGX_STREAM_SECMEET_TCP_H_INCLUDED_
#define _NGX_STREAM_SECMEET_TCP_H_INCLUDED_


#include "ngx_stream_secmeet.h"


#define NGX_STREAM_SECMEET_TCP_WAITING  256     /* of a worker, at most */
#define NGX_STREAM_SECMEET_TCP_TIMEOUT  5000    /* msec for the request */


/*
 * In a worker: takes the connections of a listening socket; NGX_OK or
 * NGX_ERROR.
 */
ngx_int_t ngx_stream_secmeet_tcp_add(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker, ngx_listening_t *ls);

/* the same for those of the site: ngx_uint_t, numbers in the cycle */
ngx_int_t ngx_stream_secmeet_tcp_beside(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker, ngx_array_t *sockets);

/* the worker ends: closes those that wait */
void ngx_stream_secmeet_tcp_close(void);


#endif /* _NGX_STREAM_SECMEET_TCP_H_INCLUDED_ */
