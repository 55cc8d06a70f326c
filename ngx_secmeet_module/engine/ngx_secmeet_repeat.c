
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_repeat.h"


#define NGX_SECMEET_REPEAT_SETTLE     1500000   /* usec: reports are mixed */
#define NGX_SECMEET_REPEAT_FRESH      5000000   /* usec: the path is known */
#define NGX_SECMEET_REPEAT_SCALE      1024
#define NGX_SECMEET_REPEAT_NEVER      1000001   /* of a million */

#define NGX_SECMEET_REPEAT_FAST       100       /* packets remembered */
#define NGX_SECMEET_REPEAT_KNOWN      1000


static void ngx_secmeet_repeat_begin(ngx_secmeet_repeat_t *repeat,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_repeat_add(ngx_secmeet_repeat_sum_t *sum,
    int64_t lost, int64_t expected, int64_t memory);
static ngx_uint_t ngx_secmeet_repeat_share(ngx_secmeet_repeat_sum_t *sum);
static ngx_int_t ngx_secmeet_repeat_decide(ngx_secmeet_repeat_t *repeat,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_repeat_wanted(ngx_secmeet_repeat_t *repeat,
    ngx_uint_t known);


/* packets remembered, by how many copies are sent: fewer losses tell more */

static int64_t  ngx_secmeet_repeat_slow[] = { 500, 1500, 3000 };

/*
 * What reports tell, in millionths, by how many copies are sent, where the
 * path asks for one copy or two: p, or p^2.  What two copies do not cure
 * nothing does.
 */

static ngx_uint_t  ngx_secmeet_repeat_from[][2] = {
    { NGX_SECMEET_REPEAT_ONE, NGX_SECMEET_REPEAT_TWO },
    { 0, 3600 },
    { 0, 0 }
};

/* the same of a second or two, where a few packets make a difference */

static ngx_uint_t  ngx_secmeet_repeat_soon[][2] = {
    { 40000, 80000 },
    { 0, 30000 },
    { 0, 0 }
};

/* a path that is known: at which loss as many copies are kept */

static ngx_uint_t  ngx_secmeet_repeat_keep[] = {
    NGX_SECMEET_REPEAT_NEVER, 7000, 45000
};


void
ngx_secmeet_repeat_init(ngx_secmeet_repeat_t *repeat, ngx_secmeet_usec_t now)
{
    ngx_memzero(repeat, sizeof(ngx_secmeet_repeat_t));

    repeat->most = NGX_SECMEET_REPEAT_COPIES;
    repeat->hold = NGX_SECMEET_REPEAT_HOLD;
    repeat->loss = now;
    repeat->known.expected = NGX_SECMEET_REPEAT_FAST
                             * NGX_SECMEET_REPEAT_SCALE;

    ngx_secmeet_repeat_begin(repeat, now);
}


ngx_int_t
ngx_secmeet_repeat_input(ngx_secmeet_repeat_t *repeat, int32_t lost,
    uint32_t highest, ngx_secmeet_usec_t now)
{
    int32_t  delta, expected;

    expected = (int32_t) (highest - repeat->highest);
    delta = (int32_t) ((uint32_t) lost - (uint32_t) repeat->total);

    if (expected == 0 && repeat->reported) {
        return NGX_DONE;
    }

    repeat->highest = highest;
    repeat->total = lost;

    /* the first one, or of a receiver that began anew */

    if (!repeat->reported
        || expected < 0
        || expected > NGX_SECMEET_REPEAT_PACKETS)
    {
        repeat->reported = 1;
        return NGX_DONE;
    }

    /* below zero: what was missing in the last report came late */

    delta = ngx_min(delta, expected);
    delta = ngx_max(delta, -expected);

    if (delta > 0) {
        repeat->loss = now;
    }

    if (now - repeat->changed >= NGX_SECMEET_REPEAT_SETTLE) {
        ngx_secmeet_repeat_add(&repeat->fast, delta, expected,
                               NGX_SECMEET_REPEAT_FAST);
        ngx_secmeet_repeat_add(&repeat->slow, delta, expected,
              ngx_secmeet_repeat_slow[ngx_secmeet_repeat_copies(repeat)]);
    }

    return ngx_secmeet_repeat_decide(repeat, now);
}


ngx_int_t
ngx_secmeet_repeat_path(ngx_secmeet_repeat_t *repeat, ngx_uint_t lost,
    ngx_uint_t expected, ngx_secmeet_usec_t now)
{
    expected = ngx_min(expected, NGX_SECMEET_REPEAT_PACKETS);
    lost = ngx_min(lost, expected);

    if (expected == 0) {
        return NGX_DONE;
    }

    ngx_secmeet_repeat_add(&repeat->known, lost, expected,
                           NGX_SECMEET_REPEAT_KNOWN);
    repeat->path = now;

    return ngx_secmeet_repeat_decide(repeat, now);
}


ngx_int_t
ngx_secmeet_repeat_allow(ngx_secmeet_repeat_t *repeat, ngx_uint_t most,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t  before;

    before = ngx_secmeet_repeat_copies(repeat);
    repeat->most = ngx_min(most, NGX_SECMEET_REPEAT_COPIES);

    if (ngx_secmeet_repeat_copies(repeat) == before) {
        return NGX_DONE;
    }

    ngx_secmeet_repeat_begin(repeat, now);

    return NGX_OK;
}


/*
 * Another number of copies: what reports told before means something else
 * now.  Each sum begins with some packets that arrived, so that the first
 * one lost does not decide.
 */

static void
ngx_secmeet_repeat_begin(ngx_secmeet_repeat_t *repeat, ngx_secmeet_usec_t now)
{
    int64_t  arrived;

    arrived = 250;

    if (ngx_secmeet_repeat_copies(repeat)) {
        arrived = 500;

    } else if (repeat->hold > NGX_SECMEET_REPEAT_HOLD) {

        /* it was needed again last time */

        arrived = 100;
    }

    repeat->changed = now;

    repeat->fast.lost = 0;
    repeat->fast.expected = NGX_SECMEET_REPEAT_FAST / 2
                            * NGX_SECMEET_REPEAT_SCALE;
    repeat->slow.lost = 0;
    repeat->slow.expected = arrived * NGX_SECMEET_REPEAT_SCALE;
}


static void
ngx_secmeet_repeat_add(ngx_secmeet_repeat_sum_t *sum, int64_t lost,
    int64_t expected, int64_t memory)
{
    memory *= NGX_SECMEET_REPEAT_SCALE;

    sum->lost += lost * NGX_SECMEET_REPEAT_SCALE;
    sum->lost = ngx_max(sum->lost, 0);
    sum->expected += expected * NGX_SECMEET_REPEAT_SCALE;

    if (sum->expected > memory) {
        sum->lost = sum->lost * memory / sum->expected;
        sum->expected = memory;
    }
}


static ngx_uint_t
ngx_secmeet_repeat_share(ngx_secmeet_repeat_sum_t *sum)
{
    return (ngx_uint_t) (sum->lost * 1000000 / sum->expected);
}


static ngx_int_t
ngx_secmeet_repeat_decide(ngx_secmeet_repeat_t *repeat,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t          before, known, level;
    ngx_secmeet_usec_t  hold, since;

    before = ngx_secmeet_repeat_copies(repeat);
    level = repeat->level;
    hold = repeat->hold * level;
    known = 0;

    if (repeat->path && now - repeat->path < NGX_SECMEET_REPEAT_FRESH) {
        known = ngx_secmeet_repeat_share(&repeat->known);
        hold = NGX_SECMEET_REPEAT_HOLD;

        if (known >= ngx_secmeet_repeat_keep[level]) {
            repeat->loss = now;
        }
    }

    if (repeat->fell && now - repeat->fell >= NGX_SECMEET_REPEAT_FORGET) {
        repeat->hold = NGX_SECMEET_REPEAT_HOLD;
        repeat->fell = 0;
    }

    level = ngx_max(level, ngx_secmeet_repeat_wanted(repeat, known));

    if (level > repeat->level) {

        if (repeat->fell && now - repeat->fell < NGX_SECMEET_REPEAT_FAILED) {
            repeat->hold = ngx_min(repeat->hold * 2,
                                   NGX_SECMEET_REPEAT_HOLD_MAX);
        }

        repeat->fell = 0;
        repeat->loss = now;

    } else if (level) {
        since = ngx_max(repeat->loss, repeat->fell);

        /* no report can tell: a try does */

        if (now - since >= hold) {
            level--;
            repeat->fell = now;
        }
    }

    repeat->level = level;

    if (ngx_secmeet_repeat_copies(repeat) == before) {
        return NGX_DONE;
    }

    ngx_secmeet_repeat_begin(repeat, now);

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_repeat_wanted(ngx_secmeet_repeat_t *repeat, ngx_uint_t known)
{
    ngx_uint_t  copies, fast, slow, wanted;

    copies = ngx_secmeet_repeat_copies(repeat);
    fast = ngx_secmeet_repeat_share(&repeat->fast);
    slow = ngx_secmeet_repeat_share(&repeat->slow);

    for (wanted = NGX_SECMEET_REPEAT_COPIES; wanted; wanted--) {

        if (known >= ngx_secmeet_repeat_from[0][wanted - 1]) {
            break;
        }

        if (copies < wanted
            && (slow >= ngx_secmeet_repeat_from[copies][wanted - 1]
                || fast >= ngx_secmeet_repeat_soon[copies][wanted - 1]))
        {
            break;
        }
    }

    return wanted;
}
