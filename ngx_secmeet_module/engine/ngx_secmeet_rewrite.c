
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_rewrite.h"


/* how far behind the newest packet a sequence number keeps its meaning */
#define NGX_SECMEET_REWRITE_WINDOW    0x4000

/* a longer pause would look like a step back */
#define NGX_SECMEET_REWRITE_PAUSE     0x7fffffff


static void ngx_secmeet_rewrite_start(ngx_secmeet_rewrite_t *rw,
    uint16_t seq, uint32_t timestamp, ngx_secmeet_usec_t now);
static uint32_t ngx_secmeet_rewrite_ticks(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_usec_t now);


void
ngx_secmeet_rewrite_init(ngx_secmeet_rewrite_t *rw, uint32_t clock,
    uint16_t seq, uint32_t timestamp)
{
    ngx_memzero(rw, sizeof(ngx_secmeet_rewrite_t));

    rw->clock = clock;
    rw->last = seq - 1;
    rw->last_timestamp = timestamp;
}


void
ngx_secmeet_rewrite_switch(ngx_secmeet_rewrite_t *rw)
{
    rw->running = 0;
}


ngx_int_t
ngx_secmeet_rewrite_input(ngx_secmeet_rewrite_t *rw, uint16_t seq,
    uint32_t timestamp, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now)
{
    if (!rw->running) {
        ngx_secmeet_rewrite_start(rw, seq, timestamp, now);
    }

    out->seq = seq + rw->seq_offset;
    out->timestamp = timestamp + rw->timestamp_offset;

    if ((int16_t) (out->seq - rw->first) < 0) {
        return NGX_DECLINED;
    }

    if ((int16_t) (out->seq - rw->last) > 0) {
        rw->last = out->seq;

        /* "first" follows, lest half a cycle later new packets look old */

        if ((uint16_t) (rw->last - rw->first) > NGX_SECMEET_REWRITE_WINDOW) {
            rw->first = rw->last - NGX_SECMEET_REWRITE_WINDOW;
        }
    }

    /* frames that refer to later ones come with falling timestamps */

    if ((int32_t) (out->timestamp - rw->last_timestamp) > 0) {
        rw->last_timestamp = out->timestamp;
        rw->last_time = now;
    }

    return NGX_OK;
}


static void
ngx_secmeet_rewrite_start(ngx_secmeet_rewrite_t *rw, uint16_t seq,
    uint32_t timestamp, ngx_secmeet_usec_t now)
{
    if (rw->started) {
        rw->last_timestamp += ngx_secmeet_rewrite_ticks(rw, now);
    }

    rw->last++;
    rw->first = rw->last;
    rw->last_time = now;

    rw->seq_offset = rw->last - seq;
    rw->timestamp_offset = rw->last_timestamp - timestamp;

    rw->started = 1;
    rw->running = 1;
}


static uint32_t
ngx_secmeet_rewrite_ticks(ngx_secmeet_rewrite_t *rw, ngx_secmeet_usec_t now)
{
    uint64_t            ticks;
    ngx_secmeet_usec_t  passed;

    passed = (now > rw->last_time) ? now - rw->last_time : 0;

    ticks = passed / 1000000 * rw->clock
            + passed % 1000000 * rw->clock / 1000000;

    ticks = ngx_min(ticks, NGX_SECMEET_REWRITE_PAUSE);

    return ngx_max(ticks, 1);
}


ngx_int_t
ngx_secmeet_rewrite_find(ngx_secmeet_rewrite_t *rw, uint16_t out,
    uint16_t *in)
{
    if (!rw->running
        || (uint16_t) (out - rw->first) > (uint16_t) (rw->last - rw->first))
    {
        return NGX_DECLINED;
    }

    *in = out - rw->seq_offset;

    return NGX_OK;
}
