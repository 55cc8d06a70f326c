
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A sender of video over a simulated link, in virtual time: frames each
 * 33 ms at the target or what the application has, through the pacer, with
 * padding for probes, and feedback that comes back on a path of its own.
 * Nothing else of the module: what is measured is the engine.
 */


#ifndef _NGX_SECMEET_BWE_WORLD_H_INCLUDED_
#define _NGX_SECMEET_BWE_WORLD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <stdlib.h>
#include "engine/ngx_secmeet_bwe.h"
#include "engine/ngx_secmeet_pace.h"
#include "../link/model.h"


#define MS              1000ull
#define SECOND          1000000ull
#define KBIT            1000ull
#define WORLD_RING      8192
#define WORLD_PACKET    1200
#define WORLD_FRAME     (33333)
#define WORLD_SAMPLES   200000
#define WORLD_BACKS     64
#define WORLD_STEPS     4
#define WORLD_CLOCK     77777777777ull          /* the peer's is ahead */


typedef struct {
    size_t                       size;
    ngx_uint_t                   cluster;
    ngx_secmeet_usec_t           sent;
    ngx_secmeet_usec_t           arrival;       /* 0: never */
} world_packet_t;


typedef struct {
    ngx_secmeet_usec_t           when;          /* here */
    ngx_secmeet_usec_t           made;          /* there */
    ngx_secmeet_usec_t           before;
    uint64_t                     from;
    uint64_t                     to;
} world_back_t;


typedef struct {
    ngx_secmeet_bwe_t            bwe;
    ngx_secmeet_bwe_out_t        out;
    ngx_secmeet_pace_t           pace;
    link_t                      *link;

    uint64_t                     app;           /* bit/s there are */
    uint64_t                     wanted;        /* 0: as app */
    uint64_t                     steps[WORLD_STEPS];    /* of layers */
    ngx_secmeet_usec_t           interval;      /* of feedback */
    ngx_secmeet_usec_t           back;          /* its delay */
    ngx_uint_t                   back_loss;     /* in 1/1000 */

    world_packet_t               ring[WORLD_RING];
    world_back_t                 backs[WORLD_BACKS];
    uint64_t                     seq;           /* next */
    uint64_t                     told;          /* next to be told */
    ngx_uint_t                   first_back;
    ngx_uint_t                   last_back;
    size_t                       waiting;       /* bytes to be sent */
    uint64_t                     arrived;       /* bytes, of media */
    uint64_t                     padding;       /* bytes sent */
    uint64_t                     sent;
    uint64_t                     random;
    ngx_secmeet_usec_t           frame;
    ngx_secmeet_usec_t           feedback;
    ngx_secmeet_usec_t           made;
    ngx_secmeet_usec_t           polled;
} world_t;


static inline uint64_t
world_random(world_t *w, uint64_t below)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;

    return w->random % below;
}


static inline void
world_init(world_t *w, link_t *link, uint64_t app, ngx_secmeet_usec_t now)
{
    memset(w, 0, sizeof(world_t));

    ngx_secmeet_bwe_init(&w->bwe, 300 * KBIT, 50 * KBIT, 20000 * KBIT, now);
    ngx_secmeet_pace_init(&w->pace, 300 * KBIT, now);

    w->link = link;
    w->app = app;
    w->interval = 80 * MS;
    w->back = 20 * MS;
    w->random = 88172645463325252ull;
    w->frame = now + WORLD_FRAME;
    w->feedback = now + w->interval;
    w->out.target = 300 * KBIT;
}


/* what is sent of what there is: all, or the layers that fit */

static inline uint64_t
world_rate(world_t *w)
{
    uint64_t    rate;
    ngx_uint_t  i;

    if (w->steps[0] == 0) {
        return ngx_min(w->app, w->out.target);
    }

    rate = 0;

    for (i = 0; i < WORLD_STEPS && w->steps[i]; i++) {
        if (w->steps[i] <= w->out.target) {
            rate = w->steps[i];
        }
    }

    return ngx_min(rate, w->app);
}


static inline void
world_send(world_t *w, size_t size, ngx_uint_t cluster,
    ngx_secmeet_usec_t now)
{
    world_packet_t      *packet;
    ngx_secmeet_usec_t   when;

    packet = &w->ring[w->seq++ % WORLD_RING];
    packet->size = size;
    packet->cluster = cluster;
    packet->sent = now;
    packet->arrival = 0;

    if (link_input(w->link, size, now, &when) == NGX_OK) {
        packet->arrival = when;
        w->arrived += size;
    }

    w->sent += size;
    ngx_secmeet_pace_input(&w->pace, size, now);
    ngx_secmeet_bwe_sent(&w->bwe, now);
}


#include "bwe_step.h"


#endif /* _NGX_SECMEET_BWE_WORLD_H_INCLUDED_ */
