
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What a sink sees of VP8 pictures in layers, by their descriptors.
 */


#ifndef _PEER_PICTURES_H_INCLUDED_
#define _PEER_PICTURES_H_INCLUDED_


#include "loop.h"


#define PEER_PICTURES         1024      /* packets, a power of two */


/* a packet of VP8 with layers, until it is looked at in order */
typedef struct {
    uint64_t                  seq;              /* 0: none */
    uint32_t                  timestamp;
    uint32_t                  tag;
    uint64_t                  counter;
    ngx_secmeet_usec_t        time;             /* when it was sent */
    uint32_t                  tids[2];          /* frames before it */
    uint16_t                  picture_id;
    uint16_t                  height;
    u_char                    tl0picidx;
    u_char                    tid;

    unsigned                  start:1;
    unsigned                  key:1;
    unsigned                  sync:1;
    unsigned                  empty:1;          /* padding only */
    unsigned                  marker:1;
} peer_packet_t;


/* what is wrong with pictures, and which are shown */
typedef struct {
    peer_packet_t             packets[PEER_PICTURES];
    peer_packet_t             last;
    uint64_t                  next;             /* to look at */

    uint64_t                  frames;
    uint64_t                  tids[4];
    uint64_t                  gaps;             /* packets that never came */
    uint64_t                  empty;
    uint64_t                  id_breaks;
    uint64_t                  tl0_breaks;
    uint64_t                  timestamp_breaks;
    uint64_t                  frame_breaks;     /* within one, or cut off */
    uint64_t                  layer_breaks;     /* not on a key frame */
    uint64_t                  tid_breaks;       /* what it needs was left out */
    uint64_t                  layer_switches;
    ngx_secmeet_usec_t        layer_skew;       /* time against timestamp */
    ngx_uint_t                layer;
    ngx_uint_t                height;
    ngx_uint_t                tid;              /* that can be shown */

    unsigned                  running:1;
} peer_pictures_t;


#endif /* _PEER_PICTURES_H_INCLUDED_ */
