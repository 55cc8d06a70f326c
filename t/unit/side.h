
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What one side of DTLS has sent and not yet been rid of, and a clock that
 * is turned by hand: OpenSSL's own timers ask gettimeofday(), which is
 * answered here.
 */


#ifndef _NGX_SECMEET_SIDE_H_INCLUDED_
#define _NGX_SECMEET_SIDE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <stdlib.h>
#include "crypto/ngx_secmeet_dtls.h"


#define PAIR_QUEUE   64
#define PAIR_CLIENT  0
#define PAIR_SERVER  1


typedef struct pair_side_s  pair_side_t;

/* how often a datagram arrives; side sent it, n counts from 0 */
typedef int (*pair_fate_pt)(int side, int n);

struct pair_side_s {
    ngx_secmeet_dtls_t  *dtls;
    ngx_int_t            rc;
    int                  number;
    int                  sent;
    int                  queued;            /* not yet delivered */
    size_t               largest;
    pair_fate_pt         fate;

    struct {
        size_t           len;
        u_char           data[NGX_SECMEET_MTU];
    } queue[PAIR_QUEUE];
};


int gettimeofday(struct timeval *restrict tv, void *restrict tz);


static ngx_secmeet_usec_t  pair_now = 1000000;


int
gettimeofday(struct timeval *restrict tv, void *restrict tz)
{
    tv->tv_sec = 1700000000 + pair_now / 1000000;
    tv->tv_usec = pair_now % 1000000;

    return 0;
}


static inline void
pair_send(void *data, u_char *p, size_t len)
{
    int           i, n;
    pair_side_t  *side;

    side = data;
    n = side->fate ? side->fate(side->number, side->sent) : 1;
    side->sent++;
    side->largest = ngx_max(side->largest, len);

    for (i = 0; i < n; i++) {
        if (side->queued == PAIR_QUEUE || len > NGX_SECMEET_MTU) {
            return;
        }

        side->queue[side->queued].len = len;
        memcpy(side->queue[side->queued++].data, p, len);
    }
}


/* takes one datagram that a side has sent: exact-size memory, or NULL */

static inline u_char *
pair_take(pair_side_t *side, int reverse, size_t *len)
{
    int      i;
    u_char  *p;

    if (side->queued == 0) {
        return NULL;
    }

    i = reverse ? side->queued - 1 : 0;
    *len = side->queue[i].len;

    p = malloc(*len);
    memcpy(p, side->queue[i].data, *len);

    side->queued--;
    memmove(&side->queue[i], &side->queue[i + 1],
            (side->queued - i) * sizeof(side->queue[0]));

    return p;
}


#endif /* _NGX_SECMEET_SIDE_H_INCLUDED_ */
