
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A path by TCP: ICE-TCP, where browsers connect (RFC 6544), and datagrams
 * are framed (RFC 4571).  A connection is one path of one transport; before
 * a request on it was authentic nothing is read or allocated.  What its
 * socket does not take waits in a queue, and is never cut in the middle.
 */


#ifndef _NGX_SECMEET_TCP_H_INCLUDED_
#define _NGX_SECMEET_TCP_H_INCLUDED_


#include "ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_framing.h"


#define NGX_SECMEET_TCP_QUEUE         131072    /* bytes unsent of a path */
#define NGX_SECMEET_TCP_LOWAT         65536     /* and in its socket */
#define NGX_SECMEET_TCP_BUFFER        65536     /* bytes of one read */
#define NGX_SECMEET_TCP_ROUNDS        2         /* reads in one wake-up */
#define NGX_SECMEET_TCP_FRAMES        64        /* frames in one write */


typedef struct {
    u_char                   *queue;            /* a ring */
    size_t                    first;
    size_t                    queued;

    u_char                    partial[NGX_SECMEET_FRAMING_PARTIAL];
    size_t                    npartial;         /* bytes of a frame */

    unsigned                  broken:1;         /* takes nothing any more */
} ngx_secmeet_tcp_t;


/* once in a worker */
void ngx_secmeet_tcp_init(void);

/*
 * The first frame of a connection, left in its socket.  NGX_OK: a binding
 * request, valid until the next call; NGX_AGAIN: it may become one;
 * NGX_DECLINED: anything else; NGX_ERROR: the connection has ended.
 */
ngx_int_t ngx_secmeet_tcp_peek(ngx_socket_t fd, ngx_str_t *datagram);

/*
 * A connection whose first frame is there, for a transport of this worker.
 * Takes fd in any case; NGX_OK, or NGX_DECLINED: closed and counted.
 */
ngx_int_t ngx_secmeet_tcp_accept(ngx_secmeet_worker_t *worker,
    ngx_socket_t fd);

/* of ngx_secmeet_path.c: c becomes the path's; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_tcp_open(ngx_secmeet_path_t *path,
    ngx_connection_t *c);
void ngx_secmeet_tcp_free(ngx_secmeet_tcp_t *tcp);

/* of ngx_secmeet_output.c: all packets of the path, sent, kept or dropped */
void ngx_secmeet_tcp_output(ngx_secmeet_path_t *path);


#endif /* _NGX_SECMEET_TCP_H_INCLUDED_ */
