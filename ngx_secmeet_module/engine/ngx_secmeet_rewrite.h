
/*
 * Copyright (C) secmeet contributors
 */


/*
 * One sub's sequence numbers and timestamps: continuous for the receiver,
 * whatever track the sub shows and whatever is left out.  RFC 3550, 5.1.
 */


#ifndef _NGX_SECMEET_REWRITE_H_INCLUDED_
#define _NGX_SECMEET_REWRITE_H_INCLUDED_


#include "../ngx_secmeet.h"


typedef struct {
    uint32_t                  clock;            /* Hz of the media */

    uint16_t                  seq_offset;       /* out = in + offset */
    uint32_t                  timestamp_offset;

    uint16_t                  first;            /* out, of this source */
    uint16_t                  last;             /* highest out so far */
    uint32_t                  last_timestamp;   /* out, at last */
    ngx_secmeet_usec_t        last_time;

    unsigned                  started:1;        /* anything ever sent */
    unsigned                  running:1;        /* this source has begun */
} ngx_secmeet_rewrite_t;


typedef struct {
    uint16_t                  seq;
    uint32_t                  timestamp;
} ngx_secmeet_rewrite_out_t;


/* seq and timestamp: where the outgoing numbers begin (random) */
void ngx_secmeet_rewrite_init(ngx_secmeet_rewrite_t *rw, uint32_t clock,
    uint16_t seq, uint32_t timestamp);

/* the next packet comes from another source, or after a pause */
void ngx_secmeet_rewrite_switch(ngx_secmeet_rewrite_t *rw);

/*
 * NGX_OK with out; NGX_DECLINED for a packet from before this source began
 * (older than the packet that started it): it must not be sent.  On the
 * first packet after a switch the timestamp goes on by the time that has
 * passed, at least by one tick.
 */
ngx_int_t ngx_secmeet_rewrite_input(ngx_secmeet_rewrite_t *rw,
    uint16_t seq, uint32_t timestamp, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now);

/* out sequence number -> in; NGX_DECLINED if not sent from this source */
ngx_int_t ngx_secmeet_rewrite_find(ngx_secmeet_rewrite_t *rw, uint16_t out,
    uint16_t *in);


#endif /* _NGX_SECMEET_REWRITE_H_INCLUDED_ */
