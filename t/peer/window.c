
/*
 * Copyright (C) secmeet contributors
 */


#include "sink.h"


static void peer_window_advance(peer_window_t *window, uint64_t n);


ngx_int_t
peer_window_input(peer_window_t *window, uint64_t n)
{
    uint64_t  *word, bit;

    if (!window->started) {
        window->started = 1;
        window->first = n;
        window->highest = n;
    }

    if (n > window->highest) {
        peer_window_advance(window, n);

    } else if (window->highest - n >= PEER_WINDOW) {
        window->old++;
        return NGX_DECLINED;

    } else if (n < window->highest) {
        window->reordered++;
    }

    word = &window->bits[n / 64 % (PEER_WINDOW / 64)];
    bit = (uint64_t) 1 << n % 64;

    if (*word & bit) {
        window->duplicates++;
        return NGX_DONE;
    }

    *word |= bit;

    if (n < window->first) {
        window->first = n;
    }

    window->unique++;

    return NGX_OK;
}


static void
peer_window_advance(peer_window_t *window, uint64_t n)
{
    uint64_t  i;

    if (n - window->highest >= PEER_WINDOW) {
        ngx_memzero(window->bits, sizeof(window->bits));

    } else {
        for (i = window->highest + 1; i <= n; i++) {
            window->bits[i / 64 % (PEER_WINDOW / 64)]
                &= ~((uint64_t) 1 << i % 64);
        }
    }

    window->highest = n;
}


uint64_t
peer_window_missing(peer_window_t *window)
{
    if (!window->started) {
        return 0;
    }

    return window->highest - window->first + 1 - window->unique;
}


ngx_uint_t
peer_delay_bucket(ngx_secmeet_usec_t delay)
{
    ngx_uint_t  octave;

    if (delay < 8) {
        return (ngx_uint_t) delay;
    }

    /* the highest bit gives the octave, the next three the eighth of it */

    octave = 63 - __builtin_clzll(delay);
    octave = (octave - 2) * 8 + (ngx_uint_t) (delay >> (octave - 3) & 7);

    return ngx_min(octave, PEER_DELAYS - 1);
}


ngx_secmeet_usec_t
peer_delay_percentile(uint32_t *delays, ngx_uint_t p)
{
    uint64_t    n, total;
    ngx_uint_t  i;

    total = 0;

    for (i = 0; i < PEER_DELAYS; i++) {
        total += delays[i];
    }

    n = 0;

    for (i = 0; i < PEER_DELAYS - 1; i++) {
        n += delays[i];

        if (n * 1000 >= total * p) {
            break;
        }
    }

    /* the end of the bucket */

    i++;

    if (i < 8) {
        return i;
    }

    return (ngx_secmeet_usec_t) (8 + i % 8) << (i / 8 - 1);
}
