
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Datagrams that reach a worker which does not own their transport.  A STUN
 * request names its owner; for the rest there is a small table of addresses
 * that owners have confirmed, so that nobody unauthenticated fills it.
 */


#ifndef _NGX_SECMEET_RELAY_H_INCLUDED_
#define _NGX_SECMEET_RELAY_H_INCLUDED_


#include "ngx_secmeet_link.h"


#define NGX_SECMEET_RELAY_TUPLES      16384     /* remembered, a power of 2 */

/* msec that a new worker waits, at most, for what the others know */
#define NGX_SECMEET_RELAY_WAIT        250


/* NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_relay_init(ngx_secmeet_worker_t *worker);
void ngx_secmeet_relay_free(void);

/*
 * Connects to all workers that there are, who tell which addresses are
 * theirs; worker->waiting is set until they have.
 */
void ngx_secmeet_relay_meet(void);

/* another worker is there, and shall know what is ours */
void ngx_secmeet_relay_met(ngx_secmeet_link_t *link);

/* it is gone */
void ngx_secmeet_relay_gone(ngx_secmeet_link_t *link);

/* STUN for the worker id; NGX_OK, or NGX_DECLINED: it is dead or busy */
ngx_int_t ngx_secmeet_relay_stun(ngx_secmeet_datagram_t *dg, u_char *id);

/* any other datagram; NGX_OK, or NGX_DECLINED: no owner is known */
ngx_int_t ngx_secmeet_relay_other(ngx_secmeet_datagram_t *dg);

/* a connection for the worker id, which has a copy then; returns the same */
ngx_int_t ngx_secmeet_relay_pass(ngx_socket_t fd, u_char *id);

/* frames; NGX_ERROR cuts the link */
ngx_int_t ngx_secmeet_relay_datagram(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
ngx_int_t ngx_secmeet_relay_tuples(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
ngx_int_t ngx_secmeet_relay_socket(ngx_secmeet_frame_t *frame);


#endif /* _NGX_SECMEET_RELAY_H_INCLUDED_ */
