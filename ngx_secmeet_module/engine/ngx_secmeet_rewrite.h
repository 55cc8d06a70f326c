
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What goes out on one sub's SSRC: sequence numbers, timestamps, picture
 * ids and TL0PICIDX continuous for the receiver, whatever track, simulcast
 * layer, spatial and temporal layers it is sent (RFC 3550, 5.1; RFC 7741;
 * RFC 9628; frame numbers of AV1 are picture ids, too).  No number that was
 * sent once is ever sent for another packet or with other bytes: RFC 3711,
 * 9.1.  Sends nothing, allocates nothing.
 */


#ifndef _NGX_SECMEET_REWRITE_H_INCLUDED_
#define _NGX_SECMEET_REWRITE_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "../wire/ngx_secmeet_payload.h"


#define NGX_SECMEET_REWRITE_LAYERS    4         /* of one track */

/* steps to be given to init */
#define NGX_SECMEET_REWRITE_VIDEO     128
#define NGX_SECMEET_REWRITE_AUDIO     8

/* how far behind the newest packet a number keeps its meaning */
#define NGX_SECMEET_REWRITE_WINDOW    0x4000

/* so many numbers may be missing before the next packet that is sent */
#define NGX_SECMEET_REWRITE_GAP       0x3fff

/* how far a frame number may be from the highest sent, and begins above it */
#define NGX_SECMEET_REWRITE_FRAMES    0x400
#define NGX_SECMEET_REWRITE_APART     64

/* "all" as sid or tid of a target */
#define NGX_SECMEET_REWRITE_ALL       7


/* from a packet on: out = in + offset, up to where the next step begins */
typedef struct {
    uint32_t                  number;           /* in */
    uint32_t                  out;              /* that packet's, out */
    uint32_t                  timestamp;        /* offset */

    uint16_t                  picture_id;       /* offset */
    u_char                    tl0picidx;        /* offset */
    unsigned                  layer:2;
    unsigned                  sid:3;            /* what is above is left out */
    unsigned                  tid:3;
    unsigned                  gone:1;           /* nothing is found in it */
} ngx_secmeet_rewrite_step_t;


typedef struct {
    ngx_uint_t                layer;
    uint32_t                  number;           /* of ngx_secmeet_index */
    uint16_t                  seq;
    uint32_t                  timestamp;
    ngx_secmeet_payload_t    *payload;          /* NULL: not known */
    ngx_uint_t                marker;
    ngx_uint_t                video;
} ngx_secmeet_rewrite_in_t;


typedef struct {
    uint16_t                  seq;
    uint32_t                  timestamp;
    ngx_uint_t                picture_id;       /* both as the payload */
    ngx_uint_t                tl0picidx;        /* has them */
    ngx_uint_t                marker;
} ngx_secmeet_rewrite_out_t;


typedef struct {
    ngx_secmeet_rewrite_step_t  *steps;         /* a ring */
    uint16_t                  nsteps;           /* a power of two */
    uint16_t                  newest;
    uint16_t                  count;            /* of them in use */

    uint16_t                  picture_id;       /* the latest, out */
    uint16_t                  frame;            /* number, highest sent */
    uint32_t                  clock;            /* Hz of the media */

    uint32_t                  number;           /* in, highest of layer */
    uint32_t                  in_timestamp;     /* its */
    uint32_t                  left_timestamp;   /* of a picture left out */
    uint32_t                  last;             /* out, highest kept */
    uint32_t                  sent;             /* out, highest sent */
    uint32_t                  timestamp;        /* out, highest sent */
    ngx_secmeet_usec_t        time;             /* when it was */

    uint32_t                  base;             /* out less common clock */
    uint32_t                  align[NGX_SECMEET_REWRITE_LAYERS];
    uint32_t                  ends[NGX_SECMEET_REWRITE_LAYERS];

    u_char                    tl0picidx;        /* the latest, out */
    u_char                    aligned;          /* layers with align */
    u_char                    held;             /* layers with ends */

    unsigned                  layer:2;          /* what is sent */
    unsigned                  sid:3;
    unsigned                  tid:3;
    unsigned                  want_layer:2;     /* what is wished */
    unsigned                  want_sid:3;
    unsigned                  want_tid:3;

    unsigned                  started:1;        /* anything ever sent */
    unsigned                  running:1;        /* this source has begun */
    unsigned                  based:1;          /* base is known */
    unsigned                  left:1;           /* left_timestamp is known */
    unsigned                  higher:1;         /* a sid that it could go to */
} ngx_secmeet_rewrite_t;


/*
 * out: where the outgoing numbers begin (random; seq below 2^15 keeps SRTP's
 * rollover counter sure, RFC 3711, 3.3.1).  n steps: a power of two.  The
 * target is layer 0 with all that is in it until another one is set.
 */
void ngx_secmeet_rewrite_init(ngx_secmeet_rewrite_t *rw, uint32_t clock,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_rewrite_step_t *steps,
    ngx_uint_t n);

/*
 * The wish; it takes effect at packets where it can: another layer at a key
 * frame of it; a lower sid or tid at the next picture; a higher tid at a
 * sync point or key frame; a higher sid where nothing of before is needed.
 */
void ngx_secmeet_rewrite_target(ngx_secmeet_rewrite_t *rw, ngx_uint_t layer,
    ngx_uint_t sid, ngx_uint_t tid);

/*
 * The next packet comes from another source, or after a pause: begins anew
 * with the next key frame (video; of the wanted layer or a lower one) or the
 * next packet (audio).  Nothing sent before is found any more, and what
 * ngx_secmeet_rewrite_align() told is forgotten.  Must be called whenever
 * packets of the source were not given to ngx_secmeet_rewrite_input().
 */
void ngx_secmeet_rewrite_switch(ngx_secmeet_rewrite_t *rw);

/*
 * For video.  NGX_OK: a key frame of this layer is needed; NGX_DONE: none.
 */
ngx_int_t ngx_secmeet_rewrite_waits(ngx_secmeet_rewrite_t *rw,
    ngx_uint_t *layer);

/*
 * offset: the layer's RTP timestamp less the clock that all layers of the
 * track share (in ticks of the media), from the layer's sender report.
 */
void ngx_secmeet_rewrite_align(ngx_secmeet_rewrite_t *rw, ngx_uint_t layer,
    uint32_t offset);

/*
 * Each packet of all layers of the track, each number of a layer once.
 *
 *     NGX_OK        send it with out
 *     NGX_DONE      send an empty packet (padding only) with out.seq and
 *                   out.timestamp: the packet is left out, but its number
 *                   was kept free when it was late
 *     NGX_DECLINED  send nothing
 *
 * After a gap of more than NGX_SECMEET_REWRITE_GAP, or a leap of frame
 * numbers, it begins anew by itself, as after ngx_secmeet_rewrite_switch().
 */
ngx_int_t ngx_secmeet_rewrite_input(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now);

/*
 * For NACK: which packet has a number that was sent.  NGX_DECLINED: none of
 * this source, or its step is no longer in the ring.
 */
ngx_int_t ngx_secmeet_rewrite_find(ngx_secmeet_rewrite_t *rw, uint16_t seq,
    ngx_uint_t *layer, uint32_t *number);

/*
 * The same out as before, to the letter, for the packet that was found:
 * NGX_OK or NGX_DONE as ngx_secmeet_rewrite_input(), or NGX_DECLINED.
 */
ngx_int_t ngx_secmeet_rewrite_again(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out);

/*
 * For sender reports: which layer is sent, and what is added to its
 * timestamps; NGX_DECLINED: nothing is sent now.
 */
ngx_int_t ngx_secmeet_rewrite_offset(ngx_secmeet_rewrite_t *rw,
    ngx_uint_t *layer, uint32_t *offset);


#endif /* _NGX_SECMEET_REWRITE_H_INCLUDED_ */
