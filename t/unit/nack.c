
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_nack.h"
#include "tap.h"


#define SECOND  1000000


static uint16_t            seqs[NGX_SECMEET_NACK_LIST];
static ngx_secmeet_nack_t  nack;


static ngx_uint_t asked(ngx_uint_t room, ngx_secmeet_usec_t now);
static void gaps(ngx_secmeet_usec_t now);
static void giving_up(ngx_secmeet_usec_t now);
static void bounds(ngx_secmeet_usec_t now);
static void starts(ngx_secmeet_usec_t now);
static void lossy_link(void);


int
main(void)
{
    gaps(SECOND);
    giving_up(SECOND);
    bounds(SECOND);
    starts(0);
    lossy_link();

    return done();
}


static ngx_uint_t
asked(ngx_uint_t room, ngx_secmeet_usec_t now)
{
    ngx_uint_t  n;

    n = room;

    if (ngx_secmeet_nack_poll(&nack, seqs, &n, now) != NGX_OK) {
        return n == 0 ? 0 : NGX_SECMEET_NACK_LIST + 1;
    }

    return n;
}


static void
gaps(ngx_secmeet_usec_t now)
{
    ngx_secmeet_nack_init(&nack);

    is_int(ngx_secmeet_nack_input(&nack, 65533, now), NGX_DONE, "the first");
    is_int(ngx_secmeet_nack_input(&nack, 65534, now), NGX_DONE, "the next");
    is_int(asked(64, now), 0, "nothing to ask for");
    is_int(ngx_secmeet_nack_next(&nack), 0, "and nothing to wait for");

    is_int(ngx_secmeet_nack_input(&nack, 1, now), NGX_OK, "a gap of two");
    is_int(ngx_secmeet_nack_next(&nack), now, "is due at once");
    is_int(asked(64, now), 2, "both are asked for");
    is_int(seqs[0], 65535, "the first of them first");
    is_int(seqs[1], 0, "across the end of the numbers");
    is_int(asked(64, now), 0, "once");
    is_int(ngx_secmeet_nack_next(&nack), now + NGX_SECMEET_NACK_RTT,
           "and again after a round trip");

    is_int(ngx_secmeet_nack_input(&nack, 0, now + 50000), NGX_OK,
           "one came, one is missing");
    is_int(nack.recovered, 1, "it was recovered");
    is_int(asked(64, now + NGX_SECMEET_NACK_RTT - 1), 0, "not before that");
    is_int(asked(64, now + NGX_SECMEET_NACK_RTT), 1, "the other again");
    is_int(seqs[0], 65535, "by its number");

    is_int(ngx_secmeet_nack_input(&nack, 65535, now + 120000), NGX_DONE,
           "all are there");
    is_int(ngx_secmeet_nack_input(&nack, 65535, now + 120000), NGX_DONE,
           "a second copy changes nothing");
    is_int(nack.recovered, 2, "two were recovered");

    ngx_secmeet_nack_rtt(&nack, 1);
    (void) ngx_secmeet_nack_input(&nack, 3, now);
    (void) asked(64, now);
    is_int(ngx_secmeet_nack_next(&nack), now + NGX_SECMEET_NACK_RTT_MIN,
           "a tiny round trip does not make a flood");

    (void) ngx_secmeet_nack_input(&nack, 5, now);
    is_int(asked(1, now), 1, "room for one");
    is_int(seqs[0], 4, "is used");

    (void) ngx_secmeet_nack_input(&nack, 8, now);
    is_int(asked(1, now), 1, "with room for one of two");
    is_int(ngx_secmeet_nack_next(&nack), now, "the other stays due");

    (void) ngx_secmeet_nack_input(&nack, 10, now);
    (void) ngx_secmeet_nack_input(&nack, 9, now);
    is_int(nack.recovered, 2, "one that was not asked for is not recovered");
}


static void
giving_up(ngx_secmeet_usec_t now)
{
    ngx_uint_t          n;
    ngx_secmeet_usec_t  start;

    start = now;

    ngx_secmeet_nack_init(&nack);
    ngx_secmeet_nack_rtt(&nack, 50000);
    (void) ngx_secmeet_nack_input(&nack, 1, now);
    (void) ngx_secmeet_nack_input(&nack, 3, now);

    for (n = 0; ngx_secmeet_nack_next(&nack); /* void */ ) {
        now = ngx_secmeet_nack_next(&nack);
        n += asked(64, now);
    }

    is_int(n, NGX_SECMEET_NACK_TRIES, "asked for eight times");
    is_int(now - start, 50000 * NGX_SECMEET_NACK_TRIES,
           "then given up after one more round trip");
    is_int(nack.given_up, 1, "and counted");

    start = now;

    ngx_secmeet_nack_rtt(&nack, 400000);
    (void) ngx_secmeet_nack_input(&nack, 5, now);

    for (n = 0; ngx_secmeet_nack_next(&nack); /* void */ ) {
        now = ngx_secmeet_nack_next(&nack);
        n += asked(64, now);
    }

    is_int(n, 3, "asked for as often as a second allows");
    is_int(now - start, NGX_SECMEET_NACK_AGE, "and given up at its end");

    ngx_secmeet_nack_rtt(&nack, 3600ull * SECOND);
    is_int(nack.rtt, NGX_SECMEET_NACK_AGE, "no round trip is longer");
}


static void
bounds(ngx_secmeet_usec_t now)
{
    ngx_secmeet_nack_init(&nack);

    (void) ngx_secmeet_nack_input(&nack, 0, now);
    (void) ngx_secmeet_nack_input(&nack, NGX_SECMEET_NACK_LIST + 1, now);

    is_int(asked(NGX_SECMEET_NACK_LIST, now), NGX_SECMEET_NACK_LIST,
           "a gap as long as the list");
    is_int(nack.given_up, 0, "fits");

    (void) ngx_secmeet_nack_input(&nack, NGX_SECMEET_NACK_LIST + 5, now + 1);
    is_int(nack.nitems, NGX_SECMEET_NACK_LIST, "three more");
    is_int(nack.given_up, 3, "push out three");
    is_int(nack.items[0].seq, 4, "the oldest ones");

    (void) ngx_secmeet_nack_input(&nack, 1000, now + 2);
    is_int(nack.nitems, NGX_SECMEET_NACK_LIST, "hundreds more");
    is_int(nack.items[0].seq, 1000 - NGX_SECMEET_NACK_LIST,
           "leave the newest");
}


static void
starts(ngx_secmeet_usec_t now)
{
    ngx_secmeet_nack_init(&nack);

    (void) ngx_secmeet_nack_input(&nack, 10, now);
    (void) ngx_secmeet_nack_input(&nack, 12, now);

    ok(ngx_secmeet_nack_next(&nack) != 0, "at the beginning of time");
    is_int(asked(64, now), 1, "it works as well");

    is_int(ngx_secmeet_nack_input(&nack, 12 + NGX_SECMEET_NACK_GAP, now),
           NGX_OK, "the largest gap");
    is_int(nack.highest, 12 + NGX_SECMEET_NACK_GAP, "is a gap");

    is_int(ngx_secmeet_nack_input(&nack, nack.highest + NGX_SECMEET_NACK_GAP
                                         + 1, now),
           NGX_DONE, "a larger one is a new start");

    (void) ngx_secmeet_nack_input(&nack, nack.highest + 2, now);

    is_int(ngx_secmeet_nack_input(&nack, nack.highest - NGX_SECMEET_NACK_GAP
                                         - 1, now),
           NGX_DONE, "and so is a larger one backwards");
}


/*
 * 1000 packets a second for a minute, each lost one time in twenty, also
 * when sent again; 40 ms there and back.
 */

static void
lossy_link(void)
{
    uint32_t            seed;
    ngx_uint_t          i, k, n, late;
    ngx_secmeet_usec_t  now, at[NGX_SECMEET_NACK_LIST];
    uint16_t            again[NGX_SECMEET_NACK_LIST];

    ngx_secmeet_nack_init(&nack);
    ngx_secmeet_nack_rtt(&nack, 40000);

    seed = 1;
    n = 0;
    late = 0;
    now = SECOND;

    for (i = 0; i < 60000; i++) {
        now += 1000;

        while (n && at[0] <= now) {
            (void) ngx_secmeet_nack_input(&nack, again[0], now);

            n--;
            memmove(at, at + 1, n * sizeof(at[0]));
            memmove(again, again + 1, n * sizeof(again[0]));
        }

        seed = seed * 1664525 + 1013904223;

        if (i && seed >> 24 < 13) {
            continue;
        }

        (void) ngx_secmeet_nack_input(&nack, i, now);

        for (k = asked(NGX_SECMEET_NACK_LIST - n, now); k; k--) {
            seed = seed * 1664525 + 1013904223;

            if (seed >> 24 < 13) {
                late++;
                continue;
            }

            again[n] = seqs[k - 1];
            at[n++] = now + 40000;
        }
    }

    ok(late > 100, "on a lossy link %d are asked for more than once",
       (int) late);
    ok(nack.recovered > 2500, "and %d come back", (int) nack.recovered);
    is_int(nack.given_up, 0, "none is given up");
}
