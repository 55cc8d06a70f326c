
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_pace.h"


#define NGX_SECMEET_PACE_MOST         65536     /* bytes of a packet */


void
ngx_secmeet_pace_init(ngx_secmeet_pace_t *pace, uint64_t target,
    ngx_secmeet_usec_t now)
{
    ngx_memzero(pace, sizeof(ngx_secmeet_pace_t));

    pace->next = now;
    ngx_secmeet_pace_target(pace, target);
}


void
ngx_secmeet_pace_target(ngx_secmeet_pace_t *pace, uint64_t target)
{
    target = ngx_min(target, (uint64_t) 1 << 50);

    pace->rate = ngx_max(target * NGX_SECMEET_PACE_FACTOR,
                         NGX_SECMEET_PACE_RATE);
}


void
ngx_secmeet_pace_probe(ngx_secmeet_pace_t *pace, ngx_uint_t cluster,
    uint64_t rate, ngx_uint_t bytes, ngx_uint_t packets,
    ngx_secmeet_usec_t now)
{
    pace->cluster = cluster;
    pace->cluster_rate = ngx_max(rate, NGX_SECMEET_PACE_RATE);
    pace->bytes = bytes;
    pace->packets = packets;
    pace->deadline = now + NGX_SECMEET_PACE_SLOW;

    /* what was sent before does not delay it */

    pace->next = ngx_min(pace->next, now);
}


void
ngx_secmeet_pace_input(ngx_secmeet_pace_t *pace, ngx_uint_t size,
    ngx_secmeet_usec_t now)
{
    uint64_t            rate;
    ngx_secmeet_usec_t  saved;

    size = ngx_min(size, NGX_SECMEET_PACE_MOST);
    saved = (now > NGX_SECMEET_PACE_BURST) ? now - NGX_SECMEET_PACE_BURST : 0;
    pace->next = ngx_max(pace->next, saved);

    rate = pace->cluster ? pace->cluster_rate : pace->rate;
    pace->next += (ngx_secmeet_usec_t) size * 8 * 1000000 / rate;

    if (pace->cluster == 0) {
        return;
    }

    pace->bytes -= ngx_min(size, pace->bytes);
    pace->packets -= (pace->packets != 0);

    if (pace->bytes == 0 && pace->packets == 0) {
        pace->cluster = 0;
    }
}


ngx_int_t
ngx_secmeet_pace_poll(ngx_secmeet_pace_t *pace, ngx_secmeet_pace_out_t *out,
    ngx_secmeet_usec_t now)
{
    if (pace->cluster && now >= pace->deadline) {
        pace->cluster = 0;
    }

    out->cluster = pace->cluster;
    out->padding = 0;
    out->when = pace->next;

    if (now < pace->next) {
        return NGX_AGAIN;
    }

    if (pace->cluster) {
        out->padding = ngx_max(pace->bytes, 1);
    }

    return NGX_OK;
}
