
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


#define NGX_SECMEET_RELAY_TUPLES      4096      /* remembered, a power of 2 */


/* NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_relay_init(ngx_secmeet_worker_t *worker);
void ngx_secmeet_relay_free(void);

/* STUN for the worker id; NGX_OK, or NGX_DECLINED: it is dead or busy */
ngx_int_t ngx_secmeet_relay_stun(ngx_secmeet_datagram_t *dg, u_char *id);

/* any other datagram; NGX_OK, or NGX_DECLINED: no owner is known */
ngx_int_t ngx_secmeet_relay_other(ngx_secmeet_datagram_t *dg);

/* frames; NGX_ERROR cuts the link */
ngx_int_t ngx_secmeet_relay_datagram(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
ngx_int_t ngx_secmeet_relay_tuple(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);


#endif /* _NGX_SECMEET_RELAY_H_INCLUDED_ */
