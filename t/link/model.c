
/*
 * Copyright (C) secmeet contributors
 */


#include "model.h"


static ngx_uint_t link_loses(link_t *link);
static ngx_secmeet_usec_t link_way(link_t *link, uint64_t sent);
static uint64_t link_random(link_t *link);
static ngx_uint_t link_chance(link_t *link, uint64_t part, uint64_t of);


void
link_init(link_t *link, link_conf_t *conf)
{
    ngx_memzero(link, sizeof(link_t));

    link->conf = *conf;

    link_seed(link, conf->seed);
}


void
link_seed(link_t *link, uint64_t seed)
{
    link->conf.seed = seed;
    link->bad = 0;

    link->random = seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;

    if (link->random == 0) {
        link->random = 1;
    }
}


void
link_conf(link_t *link, link_conf_t *conf, ngx_secmeet_usec_t now)
{
    size_t  waiting;

    waiting = link_queue(link, now);

    link->conf = *conf;

    /* leaves at the new rate */

    link->idle = now * 1000;

    if (conf->rate) {
        link->idle += (uint64_t) waiting * 8 * 1000000000 / conf->rate;
    }
}


ngx_int_t
link_input(link_t *link, size_t size, ngx_secmeet_usec_t now,
    ngx_secmeet_usec_t *when)
{
    uint64_t             sent;
    ngx_secmeet_usec_t   wait;

    link->twice = 0;
    link->stats.in++;

    if (link_loses(link)) {
        link->stats.lost++;
        return NGX_DECLINED;
    }

    sent = now * 1000;

    if (link->conf.rate) {

        if (link->conf.queue
            && link_queue(link, now) + size > link->conf.queue)
        {
            link->stats.dropped++;
            return NGX_DECLINED;
        }

        wait = link_wait(link, now);

        link->stats.queue_max = ngx_max(link->stats.queue_max, wait);

        sent = ngx_max(link->idle, sent)
               + (uint64_t) size * 8 * 1000000000 / link->conf.rate;

        link->idle = sent;
    }

    *when = link_way(link, sent);

    if (link_chance(link, link->conf.duplicate, LINK_PARTS)) {
        link->twice = link_way(link, sent);
        link->stats.duplicated++;
    }

    link->stats.out++;
    link->stats.out_bytes += size;

    return NGX_OK;
}


/*
 * In bursts: two states, all is lost in the bad one (Gilbert).  The chance
 * to leave it gives the mean length, the chance to enter it the share.
 */

static ngx_uint_t
link_loses(link_t *link)
{
    uint64_t  loss, burst;

    loss = ngx_min(link->conf.loss, LINK_PARTS);
    burst = link->conf.burst;

    if (loss == 0) {
        link->bad = 0;
        return 0;
    }

    if (burst <= 1 || loss == LINK_PARTS) {
        return link_chance(link, loss, LINK_PARTS);
    }

    if (link->bad) {
        link->bad = !link_chance(link, 1, burst);

    } else {
        link->bad = link_chance(link, loss, burst * (LINK_PARTS - loss));
    }

    return link->bad;
}


/* when it arrives that left the queue at `sent`, which is in nanoseconds */

static ngx_secmeet_usec_t
link_way(link_t *link, uint64_t sent)
{
    ngx_secmeet_usec_t  late, when;

    when = (sent + 999) / 1000 + link->conf.delay;

    if (link->conf.jitter) {
        late = link_random(link) % (2 * link->conf.jitter + 1);
        when += late;
        when -= ngx_min(link->conf.jitter, link->conf.delay + late);
    }

    if (!link->conf.reorder) {
        when = ngx_max(when, link->last);
    }

    link->last = ngx_max(when, link->last);

    return when;
}


size_t
link_queue(link_t *link, ngx_secmeet_usec_t now)
{
    if (link->conf.rate == 0 || link->idle <= now * 1000) {
        return 0;
    }

    return ((unsigned __int128) (link->idle - now * 1000) * link->conf.rate
            / 8 + 999999999) / 1000000000;
}


ngx_secmeet_usec_t
link_wait(link_t *link, ngx_secmeet_usec_t now)
{
    if (link->conf.rate == 0 || link->idle <= now * 1000) {
        return 0;
    }

    return (link->idle - now * 1000) / 1000;
}


/* xorshift64*; the upper half is the good one */

static uint64_t
link_random(link_t *link)
{
    link->random ^= link->random >> 12;
    link->random ^= link->random << 25;
    link->random ^= link->random >> 27;

    return (link->random * 0x2545f4914f6cdd1d) >> 32;
}


static ngx_uint_t
link_chance(link_t *link, uint64_t part, uint64_t of)
{
    if (part == 0) {
        return 0;
    }

    return link_random(link) < part * 4294967296 / of;
}
