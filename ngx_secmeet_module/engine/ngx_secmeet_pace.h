
/*
 * Copyright (C) secmeet contributors
 */


/*
 * When packets may leave: a leaky bucket that lets a frame go at a multiple
 * of the target, and probes at their own rate.  Holds no packets.
 *
 * While a probe lasts, whatever leaves belongs to its cluster: packets that
 * wait are sent first, and padding where none waits.
 */


#ifndef _NGX_SECMEET_PACE_H_INCLUDED_
#define _NGX_SECMEET_PACE_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_PACE_FACTOR       2         /* times the target */
#define NGX_SECMEET_PACE_BURST        5000      /* usec: saved up at most */
#define NGX_SECMEET_PACE_RATE         50000     /* bit/s, at least */
#define NGX_SECMEET_PACE_SLOW         1000000   /* usec: a probe's end */


typedef struct {
    uint64_t                  rate;             /* bit/s, factor included */
    ngx_secmeet_usec_t        next;             /* the bucket is empty */

    ngx_uint_t                cluster;          /* 0: no probe */
    uint64_t                  cluster_rate;     /* bit/s */
    ngx_uint_t                bytes;            /* still to send of it */
    ngx_uint_t                packets;
    ngx_secmeet_usec_t        deadline;
} ngx_secmeet_pace_t;


typedef struct {
    ngx_uint_t                cluster;          /* what leaves is of it */
    ngx_uint_t                padding;          /* bytes, 0: none */
    ngx_secmeet_usec_t        when;             /* of NGX_AGAIN */
} ngx_secmeet_pace_out_t;


void ngx_secmeet_pace_init(ngx_secmeet_pace_t *pace, uint64_t target,
    ngx_secmeet_usec_t now);

/* bit/s; what leaves may leave NGX_SECMEET_PACE_FACTOR times as fast */
void ngx_secmeet_pace_target(ngx_secmeet_pace_t *pace, uint64_t target);

/*
 * Send a probe: at least so many bytes in at least so many packets at rate
 * (bit/s).  It takes the place of one that has not come to its end.
 */
void ngx_secmeet_pace_probe(ngx_secmeet_pace_t *pace, ngx_uint_t cluster,
    uint64_t rate, ngx_uint_t bytes, ngx_uint_t packets,
    ngx_secmeet_usec_t now);

/* a packet of so many bytes has left, whether it was asked for or not */
void ngx_secmeet_pace_input(ngx_secmeet_pace_t *pace, ngx_uint_t size,
    ngx_secmeet_usec_t now);

/*
 * NGX_OK: a packet may leave, it belongs to out->cluster; if none waits and
 * out->padding is not 0, a packet of padding of up to that many bytes is to
 * be sent.  NGX_AGAIN: not before out->when.
 */
ngx_int_t ngx_secmeet_pace_poll(ngx_secmeet_pace_t *pace,
    ngx_secmeet_pace_out_t *out, ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_PACE_H_INCLUDED_ */
