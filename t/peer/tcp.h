
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The connection of a peer by TCP, made when there is something to send:
 * RFC 6544 as the active side, framed by RFC 4571.
 */


#ifndef _PEER_TCP_H_INCLUDED_
#define _PEER_TCP_H_INCLUDED_


#include "loop.h"


typedef struct peer_s      peer_t;
typedef struct peer_tcp_s  peer_tcp_t;


peer_tcp_t *peer_tcp_create(peer_t *peer);
void peer_tcp_free(peer_tcp_t *tcp);

/* where the next connection comes from; ends this one */
void peer_tcp_bind(peer_tcp_t *tcp, ngx_secmeet_addr_t *addr);

/* connects, and connects again if to is another one, or it was closed */
void peer_tcp_send(peer_tcp_t *tcp, u_char *p, size_t len,
    ngx_secmeet_addr_t *to);

/* 1: reads nothing until it is 0 again */
void peer_tcp_pause(peer_tcp_t *tcp, ngx_uint_t on);

/* as they are, without a frame */
void peer_tcp_bytes(peer_tcp_t *tcp, u_char *p, size_t len);

/* ends the connection; the next datagram makes another one */
void peer_tcp_cut(peer_tcp_t *tcp);


#endif /* _PEER_TCP_H_INCLUDED_ */
