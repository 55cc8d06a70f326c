
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The reader of media's listening sockets: datagrams in batches, each with
 * the address that it was sent to.  nginx makes no session of them.
 */


#ifndef _NGX_STREAM_SECMEET_INGRESS_H_INCLUDED_
#define _NGX_STREAM_SECMEET_INGRESS_H_INCLUDED_


#include "ngx_stream_secmeet.h"


#define NGX_STREAM_SECMEET_BATCH      32        /* datagrams in one call */
#define NGX_STREAM_SECMEET_ROUNDS     8         /* calls in one wake-up */
#define NGX_STREAM_SECMEET_RCVBUF     (4 * 1024 * 1024)


/* takes the sockets over, fills worker->listeners; NGX_OK or NGX_ERROR */
ngx_int_t ngx_stream_secmeet_ingress_init(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker);

/* what browsers need to know of a socket; NGX_OK or NGX_ERROR */
ngx_int_t ngx_stream_secmeet_ingress_listener(ngx_cycle_t *cycle,
    ngx_secmeet_listener_t *listener, ngx_listening_t *ls);


#endif /* _NGX_STREAM_SECMEET_INGRESS_H_INCLUDED_ */
