
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_goodput.h"


#define NGX_SECMEET_GOODPUT_MASK      (NGX_SECMEET_GOODPUT_SLOTS - 1)


static void ngx_secmeet_goodput_turn(ngx_secmeet_goodput_t *goodput,
    uint64_t slot);


void
ngx_secmeet_goodput_init(ngx_secmeet_goodput_t *goodput)
{
    ngx_memzero(goodput, sizeof(ngx_secmeet_goodput_t));
}


void
ngx_secmeet_goodput_input(ngx_secmeet_goodput_t *goodput, ngx_uint_t size,
    ngx_secmeet_usec_t received)
{
    uint64_t  slot;

    slot = received / NGX_SECMEET_GOODPUT_SLOT;

    if (!goodput->started) {
        goodput->started = 1;
        goodput->last = slot;
    }

    if (slot > goodput->last) {
        ngx_secmeet_goodput_turn(goodput, slot);

    } else if (goodput->last - slot >= NGX_SECMEET_GOODPUT_SLOTS) {

        /* the clock stepped back */

        ngx_secmeet_goodput_init(goodput);
        goodput->started = 1;
        goodput->last = slot;
        goodput->received = 0;
    }

    goodput->bytes[slot & NGX_SECMEET_GOODPUT_MASK] += size;
    goodput->received = ngx_max(goodput->received, received);
}


static void
ngx_secmeet_goodput_turn(ngx_secmeet_goodput_t *goodput, uint64_t slot)
{
    uint64_t    n;
    ngx_uint_t  i;

    n = slot - goodput->last;

    if (n >= NGX_SECMEET_GOODPUT_SLOTS) {
        ngx_memzero(goodput->bytes, sizeof(goodput->bytes));
        goodput->known = NGX_SECMEET_GOODPUT_SLOTS;

    } else {

        for (i = 1; i <= n; i++) {
            goodput->bytes[(goodput->last + i) & NGX_SECMEET_GOODPUT_MASK] = 0;
        }

        goodput->known = ngx_min(goodput->known + n,
                                 NGX_SECMEET_GOODPUT_SLOTS);
    }

    goodput->last = slot;
}


void
ngx_secmeet_goodput_fill(ngx_secmeet_goodput_t *goodput, ngx_uint_t size,
    ngx_secmeet_usec_t received)
{
    ngx_uint_t          i, n;
    ngx_secmeet_usec_t  from;

    from = goodput->received;

    if (!goodput->started || received <= from) {
        return;
    }

    n = ngx_min((received - from) / NGX_SECMEET_GOODPUT_SLOT + 1,
                NGX_SECMEET_GOODPUT_SLOTS);

    for (i = 0; i < n; i++) {
        ngx_secmeet_goodput_input(goodput, size / n,
                                  received - (received - from) / n
                                             * (n - 1 - i));
    }
}


double
ngx_secmeet_goodput_rate(ngx_secmeet_goodput_t *goodput, ngx_uint_t slots)
{
    uint64_t    sum;
    ngx_uint_t  i;

    /* this slot is not over */

    slots = ngx_min(slots, goodput->known);

    if (slots == 0) {
        return 0;
    }

    sum = 0;

    for (i = 1; i <= slots; i++) {
        sum += goodput->bytes[(goodput->last - i) & NGX_SECMEET_GOODPUT_MASK];
    }

    return sum * 8e6 / (slots * NGX_SECMEET_GOODPUT_SLOT);
}
