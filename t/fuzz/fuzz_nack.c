
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Four bytes a step: what to do, how much time passes, a sequence number.
 * The list stays within its bounds and in order, nothing is asked for that
 * has just come, and polling at the time that _next names comes to an end.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_nack.h"


#define STEP  4


static void step(ngx_secmeet_nack_t *nack, ngx_uint_t what, uint16_t seq,
    ngx_secmeet_usec_t now);
static void check(ngx_secmeet_nack_t *nack);
static void drain(ngx_secmeet_nack_t *nack, ngx_secmeet_usec_t now);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t            seq;
    ngx_secmeet_nack_t  nack;
    ngx_secmeet_usec_t  now;

    ngx_secmeet_nack_init(&nack);
    seq = 0;
    now = 0;

    for ( /* void */ ; size >= STEP; data += STEP, size -= STEP) {

        now += (ngx_secmeet_usec_t) data[1] << (data[0] >> 4);

        /* mostly near the last one, sometimes anywhere */

        seq = (data[0] & 4) ? data[2] << 8 | data[3]
                            : seq + (signed char) data[3];

        step(&nack, data[0] & 3, seq, now);
        check(&nack);
    }

    drain(&nack, now);

    return 0;
}


static void
step(ngx_secmeet_nack_t *nack, ngx_uint_t what, uint16_t seq,
    ngx_secmeet_usec_t now)
{
    uint16_t    seqs[NGX_SECMEET_NACK_LIST];
    ngx_int_t   rc;
    ngx_uint_t  i, n;

    if (what == 3) {
        ngx_secmeet_nack_rtt(nack, (ngx_secmeet_usec_t) seq << 5);
        return;
    }

    if (what < 2) {
        rc = ngx_secmeet_nack_input(nack, seq, now);

        if ((rc == NGX_OK) != (nack->nitems != 0)) {
            abort();
        }

        for (i = 0; i < nack->nitems; i++) {
            if (nack->items[i].seq == seq) {
                abort();
            }
        }
    }

    n = seq % (NGX_SECMEET_NACK_LIST + 1);
    rc = ngx_secmeet_nack_poll(nack, seqs, &n, now);

    if ((rc == NGX_OK) != (n != 0) || n > nack->nitems) {
        abort();
    }
}


static void
check(ngx_secmeet_nack_t *nack)
{
    ngx_uint_t  i;

    if (nack->nitems > NGX_SECMEET_NACK_LIST) {
        abort();
    }

    for (i = 0; i < nack->nitems; i++) {

        if (nack->items[i].tries > NGX_SECMEET_NACK_TRIES
            || (int16_t) (nack->highest - nack->items[i].seq) <= 0)
        {
            abort();
        }

        if (i && (int16_t) (nack->items[i].seq - nack->items[i - 1].seq) <= 0)
        {
            abort();
        }
    }
}


static void
drain(ngx_secmeet_nack_t *nack, ngx_secmeet_usec_t now)
{
    uint16_t            seqs[NGX_SECMEET_NACK_LIST];
    ngx_uint_t          n, polls;
    ngx_secmeet_usec_t  next;

    for (polls = 0; nack->nitems; polls++) {
        next = ngx_secmeet_nack_next(nack);

        if (next == 0 || polls > NGX_SECMEET_NACK_LIST * 20) {
            abort();
        }

        now = ngx_max(now, next);
        n = NGX_SECMEET_NACK_LIST;
        (void) ngx_secmeet_nack_poll(nack, seqs, &n, now);
        check(nack);
    }
}
