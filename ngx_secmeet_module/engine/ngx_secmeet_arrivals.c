
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_arrivals.h"


static void ngx_secmeet_arrivals_restart(ngx_secmeet_arrivals_t *a,
    uint16_t seq);
static void ngx_secmeet_arrivals_advance(ngx_secmeet_arrivals_t *a,
    ngx_uint_t n);
static ngx_uint_t ngx_secmeet_arrivals_late(ngx_secmeet_arrivals_t *a,
    uint32_t number, ngx_secmeet_usec_t now);
static ngx_secmeet_usec_t *ngx_secmeet_arrivals_time(
    ngx_secmeet_arrivals_t *a, uint32_t number);


void
ngx_secmeet_arrivals_init(ngx_secmeet_arrivals_t *a)
{
    ngx_memzero(a, sizeof(ngx_secmeet_arrivals_t));
}


void
ngx_secmeet_arrivals_input(ngx_secmeet_arrivals_t *a, uint16_t seq,
    ngx_secmeet_usec_t now)
{
    uint32_t             number;
    ngx_int_t            ahead;
    ngx_secmeet_usec_t  *time;

    /* no time means that it did not come */

    now = ngx_max(now, 1);
    ahead = (int16_t) (seq - a->highest);

    if (!a->started
        || ahead >= NGX_SECMEET_ARRIVALS_WINDOW
        || ahead <= -NGX_SECMEET_ARRIVALS_WINDOW)
    {
        ngx_secmeet_arrivals_restart(a, seq);
        ahead = 0;

    } else if (ahead > 0) {
        ngx_secmeet_arrivals_advance(a, ahead);
        ahead = 0;
    }

    number = a->highest + (uint32_t) ahead;
    time = ngx_secmeet_arrivals_time(a, number);

    if (*time) {
        return;
    }

    if ((int32_t) (number - a->start) < 0) {

        if (!ngx_secmeet_arrivals_late(a, number, now)) {
            return;
        }

        a->start = number;
    }

    *time = now;

    if (a->untold++ == 0) {
        a->since = now;
    }
}


static void
ngx_secmeet_arrivals_restart(ngx_secmeet_arrivals_t *a, uint16_t seq)
{
    ngx_memzero(a->times, sizeof(a->times));

    a->highest = seq;
    a->start = seq;
    a->untold = 0;
    a->started = 1;
    a->telling = 0;
}


static void
ngx_secmeet_arrivals_advance(ngx_secmeet_arrivals_t *a, ngx_uint_t n)
{
    while (n--) {
        a->highest++;
        *ngx_secmeet_arrivals_time(a, a->highest) = 0;
    }

    /* what was not told in time is forgotten */

    if ((int32_t) (a->highest - a->start) >= NGX_SECMEET_ARRIVALS_WINDOW) {
        a->start = a->highest - NGX_SECMEET_ARRIVALS_WINDOW + 1;
    }
}


/*
 * Whether one that was told as missing is worth telling: all that came after
 * it is told once more.
 */

static ngx_uint_t
ngx_secmeet_arrivals_late(ngx_secmeet_arrivals_t *a, uint32_t number,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_usec_t  time;

    do {
        time = *ngx_secmeet_arrivals_time(a, ++number);
    } while (time == 0);

    return now <= time + NGX_SECMEET_ARRIVALS_LATE;
}


static ngx_secmeet_usec_t *
ngx_secmeet_arrivals_time(ngx_secmeet_arrivals_t *a, uint32_t number)
{
    return &a->times[number % NGX_SECMEET_ARRIVALS_WINDOW];
}


ngx_int_t
ngx_secmeet_arrivals_poll(ngx_secmeet_arrivals_t *a,
    ngx_secmeet_twcc_t *twcc, ngx_secmeet_twcc_packet_t *packets,
    ngx_uint_t *n, ngx_secmeet_usec_t now)
{
    uint32_t            number, told;
    ngx_uint_t          k;
    ngx_secmeet_usec_t  time;

    *n = 0;
    time = ngx_secmeet_arrivals_next(a);

    if (time == 0 || now < time) {
        return NGX_DONE;
    }

    twcc->base = (uint16_t) a->start;
    twcc->number = a->number++ & 0xff;

    a->telling = 0;
    a->untold = 0;

    k = 0;
    told = a->start;

    for (number = a->start; number != a->highest + 1; number++) {
        time = *ngx_secmeet_arrivals_time(a, number);

        if (time == 0) {
            continue;
        }

        if (k == NGX_SECMEET_TWCC_PACKETS
            || (k && !ngx_secmeet_twcc_fits(packets[k - 1].time, time)))
        {
            a->telling = 1;
            break;
        }

        packets[k].seq = (uint16_t) number;
        packets[k++].time = time;
        told = number + 1;
    }

    a->start = told;
    *n = k;

    return k ? NGX_OK : NGX_DONE;
}


ngx_secmeet_usec_t
ngx_secmeet_arrivals_next(ngx_secmeet_arrivals_t *a)
{
    if (a->telling) {
        return a->since;
    }

    if (a->untold == 0) {
        return 0;
    }

    return a->since + (a->untold < NGX_SECMEET_ARRIVALS_MANY
                       ? NGX_SECMEET_ARRIVALS_WAIT
                       : NGX_SECMEET_ARRIVALS_SHORT);
}
