
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A path: a local and a remote address between which an authenticated STUN
 * request has passed.  Sends by a connected socket of its own where one can
 * be bound, otherwise by the listening socket.
 */


#ifndef _NGX_SECMEET_PATH_H_INCLUDED_
#define _NGX_SECMEET_PATH_H_INCLUDED_


#include "ngx_secmeet_tcp.h"


#define NGX_SECMEET_PATH_ROUNDS       64        /* batches in one wake-up */


struct ngx_secmeet_path_s {
    ngx_queue_t               queue;            /* in transport->paths */
    ngx_queue_t               bucket;           /* in worker->paths */
    ngx_queue_t               output;           /* in output.paths */

    ngx_secmeet_transport_t  *transport;
    ngx_secmeet_listener_t   *listener;         /* NULL: by TCP */
    ngx_secmeet_addr_t        local;
    ngx_secmeet_addr_t        remote;
    ngx_connection_t         *connection;       /* NULL: by the listener */
    ngx_secmeet_tcp_t        *tcp;              /* NULL: by UDP */

    ngx_secmeet_usec_t        last;             /* STUN was answered */

    ngx_secmeet_packet_t     *first;            /* on their way out */
    ngx_secmeet_packet_t    **end;

    unsigned                  proven:1;         /* DTLS was done on it */
    unsigned                  told:1;           /* others know whose it is */
    unsigned                  closing:1;
};


/* once in a worker */
void ngx_secmeet_path_init(void);

/* NULL: no memory, or nothing can be sent that way */
ngx_secmeet_path_t *ngx_secmeet_path_create(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg);

/* out of its transport now, its socket and memory go after this turn */
void ngx_secmeet_path_close(ngx_secmeet_path_t *path);
void ngx_secmeet_path_reap(ngx_event_t *ev);

/* the path of a datagram's addresses; NULL */
ngx_secmeet_path_t *ngx_secmeet_path_find(ngx_secmeet_worker_t *worker,
    ngx_secmeet_datagram_t *dg);

/* 1 if both are the same address and port */
ngx_uint_t ngx_secmeet_addr_same(ngx_secmeet_addr_t *one,
    ngx_secmeet_addr_t *two);


#endif /* _NGX_SECMEET_PATH_H_INCLUDED_ */
