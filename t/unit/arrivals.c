
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_arrivals.h"
#include "tap.h"


#define MSEC    1000
#define SECOND  1000000
#define WAIT    NGX_SECMEET_ARRIVALS_WAIT
#define WINDOW  NGX_SECMEET_ARRIVALS_WINDOW


static ngx_uint_t                 n;
static ngx_secmeet_twcc_t         twcc;
static ngx_secmeet_arrivals_t     arrivals;
static ngx_secmeet_twcc_packet_t  list[NGX_SECMEET_TWCC_PACKETS];


static void start(void);
static ngx_int_t poll(ngx_secmeet_usec_t now);
static void is_told(ngx_uint_t i, ngx_uint_t seq, ngx_secmeet_usec_t time,
    const char *name);
static void when(ngx_secmeet_usec_t now);
static void gaps(ngx_secmeet_usec_t now);
static void late(ngx_secmeet_usec_t now);
static void too_late(ngx_secmeet_usec_t now);
static void jumps(ngx_secmeet_usec_t now);
static void many(ngx_secmeet_usec_t now);
static void apart(ngx_secmeet_usec_t now);
static void unpolled(ngx_secmeet_usec_t now);
static void lossy_link(void);


int
main(void)
{
    when(5 * SECOND);
    when(0);
    gaps(5 * SECOND);
    late(5 * SECOND);
    too_late(5 * SECOND);
    jumps(5 * SECOND);
    many(5 * SECOND);
    apart(5 * SECOND);
    unpolled(5 * SECOND);
    lossy_link();

    return done();
}


static void
start(void)
{
    ngx_secmeet_arrivals_init(&arrivals);
}


/* what is to be told can be told */

static ngx_int_t
poll(ngx_secmeet_usec_t now)
{
    u_char     out[NGX_SECMEET_TWCC_MAX];
    ngx_int_t  rc;

    rc = ngx_secmeet_arrivals_poll(&arrivals, &twcc, list, &n, now);

    if (rc == NGX_OK
        && (n == 0 || ngx_secmeet_twcc_create(out, &twcc, list, n) == 0))
    {
        return NGX_ERROR;
    }

    return rc;
}


static void
is_told(ngx_uint_t i, ngx_uint_t seq, ngx_secmeet_usec_t time,
    const char *name)
{
    ok(i < n, "%s: is told", name);
    is_int(list[i].seq, seq, "%s: number", name);
    is_int(list[i].time, time, "%s: time", name);
}


static void
when(ngx_secmeet_usec_t now)
{
    ngx_uint_t          i;
    ngx_secmeet_usec_t  first;

    start();

    is_int(ngx_secmeet_arrivals_next(&arrivals), 0, "nothing to wait for");
    is_int(poll(now), NGX_DONE, "nor to tell");

    first = ngx_max(now, 1);

    ngx_secmeet_arrivals_input(&arrivals, 100, now);
    is_int(ngx_secmeet_arrivals_next(&arrivals), first + WAIT, "one waits");
    ngx_secmeet_arrivals_input(&arrivals, 101, now + 40 * MSEC);
    is_int(ngx_secmeet_arrivals_next(&arrivals), first + WAIT,
           "for another, no longer");
    is_int(poll(first + WAIT - 1), NGX_DONE, "not before that");
    is_int(poll(first + WAIT), NGX_OK, "then they are told");
    is_int(n, 2, "two");
    is_int(twcc.base, 100, "from the first on");
    is_int(twcc.number, 0, "the first feedback");
    is_told(0, 100, first, "the first");
    is_told(1, 101, now + 40 * MSEC, "the second");
    is_int(poll(first + WAIT), NGX_DONE, "that is all");
    is_int(n, 0, "of it");
    is_int(ngx_secmeet_arrivals_next(&arrivals), 0, "nothing to wait for");

    now += SECOND;

    for (i = 1; i < NGX_SECMEET_ARRIVALS_MANY; i++) {
        ngx_secmeet_arrivals_input(&arrivals, 101 + i, now);
    }

    is_int(ngx_secmeet_arrivals_next(&arrivals), now + WAIT, "nine wait");

    ngx_secmeet_arrivals_input(&arrivals, 101 + i, now);
    is_int(ngx_secmeet_arrivals_next(&arrivals),
           now + NGX_SECMEET_ARRIVALS_SHORT, "ten do not wait as long");
    is_int(poll(now + NGX_SECMEET_ARRIVALS_SHORT), NGX_OK, "and are told");
    is_int(n, NGX_SECMEET_ARRIVALS_MANY, "all of them");
    is_int(twcc.base, 102, "from where the last one ended");
    is_int(twcc.number, 1, "the second feedback");

    arrivals.number = 256;
    ngx_secmeet_arrivals_input(&arrivals, 112, now);
    is_int(poll(now + WAIT), NGX_OK, "the 257th");
    is_int(twcc.number, 0, "is number 0");
}


static void
gaps(ngx_secmeet_usec_t now)
{
    start();

    ngx_secmeet_arrivals_input(&arrivals, 65530, now);
    ngx_secmeet_arrivals_input(&arrivals, 65534, now + 1);
    ngx_secmeet_arrivals_input(&arrivals, 65534, now + 2);
    ngx_secmeet_arrivals_input(&arrivals, 2, now + 3);
    ngx_secmeet_arrivals_input(&arrivals, 0, now + 4);
    ngx_secmeet_arrivals_input(&arrivals, 65530, now + 5);

    is_int(poll(now + WAIT), NGX_OK, "across the end of the numbers");
    is_int(n, 4, "what came");
    is_int(twcc.base, 65530, "from the first on");
    is_told(0, 65530, now, "the first");
    is_told(1, 65534, now + 1, "once, when it came first");
    is_told(2, 0, now + 4, "in the order of numbers");
    is_told(3, 2, now + 3, "the last");

    ngx_secmeet_arrivals_input(&arrivals, 0, now + WAIT);
    is_int(ngx_secmeet_arrivals_next(&arrivals), 0,
           "a copy of what was told is nothing new");

    ngx_secmeet_arrivals_input(&arrivals, 9, now + WAIT);
    is_int(poll(now + 2 * WAIT), NGX_OK, "after a gap");
    is_int(twcc.base, 3, "the missing ones are told");
    is_int(n, 1, "with the one");
    is_told(0, 9, now + WAIT, "that came");
}


static void
late(ngx_secmeet_usec_t now)
{
    start();

    ngx_secmeet_arrivals_input(&arrivals, 10, now);
    ngx_secmeet_arrivals_input(&arrivals, 14, now + 1000);
    ngx_secmeet_arrivals_input(&arrivals, 15, now + 1000);
    is_int(poll(now + WAIT), NGX_OK, "three are missing");

    /* as late as it may be */

    ngx_secmeet_arrivals_input(&arrivals, 12,
                               now + 1000 + NGX_SECMEET_ARRIVALS_LATE);
    is_int(ngx_secmeet_arrivals_next(&arrivals),
           now + 1000 + NGX_SECMEET_ARRIVALS_LATE + WAIT, "one comes late");

    now += 1000 + NGX_SECMEET_ARRIVALS_LATE;

    ngx_secmeet_arrivals_input(&arrivals, 16, now);
    is_int(poll(now + WAIT), NGX_OK, "it is told");
    is_int(twcc.base, 12, "from itself on");
    is_int(n, 4, "with what came after it");
    is_told(0, 12, now, "late");
    is_told(1, 14, now - NGX_SECMEET_ARRIVALS_LATE, "again");
    is_told(2, 15, now - NGX_SECMEET_ARRIVALS_LATE, "again");
    is_told(3, 16, now, "new");

    ngx_secmeet_arrivals_input(&arrivals, 17, now + WAIT);
    is_int(poll(now + 2 * WAIT), NGX_OK, "then");
    is_int(twcc.base, 17, "only what is new");

    /* the very first one overtaken, before anything was told */

    start();
    ngx_secmeet_arrivals_input(&arrivals, 1, now);
    ngx_secmeet_arrivals_input(&arrivals, 65535, now + 1);
    is_int(poll(now + WAIT), NGX_OK, "overtaken at the start");
    is_int(twcc.base, 65535, "it is told from there");
    is_int(n, 2, "both");
}


static void
too_late(ngx_secmeet_usec_t now)
{
    start();

    ngx_secmeet_arrivals_input(&arrivals, 10, now);
    ngx_secmeet_arrivals_input(&arrivals, 12, now);
    is_int(poll(now + WAIT), NGX_OK, "one is missing");

    ngx_secmeet_arrivals_input(&arrivals, 11,
                               now + NGX_SECMEET_ARRIVALS_LATE + 1);
    is_int(ngx_secmeet_arrivals_next(&arrivals), 0, "later than that");

    ngx_secmeet_arrivals_input(&arrivals, 13, now + SECOND);
    is_int(poll(now + 2 * SECOND), NGX_OK, "then one in order");
    is_int(twcc.base, 13, "is told alone");
    is_int(n, 1, "of the late one, nothing");
}


static void
jumps(ngx_secmeet_usec_t now)
{
    start();

    ngx_secmeet_arrivals_input(&arrivals, 1000, now);
    ngx_secmeet_arrivals_input(&arrivals, 1000 + WINDOW - 1, now);
    is_int(poll(now + WAIT), NGX_OK, "the largest gap");
    is_int(n, 2, "is a gap");
    is_int(twcc.base, 1000, "from the first on");

    ngx_secmeet_arrivals_input(&arrivals, 1001, now + WAIT);
    is_int(poll(now + 2 * WAIT), NGX_OK, "the latest there may be");
    is_int(twcc.base, 1001, "is told");
    is_int(n, 2, "with the other");

    now += SECOND;

    ngx_secmeet_arrivals_input(&arrivals, 3048, now);
    ngx_secmeet_arrivals_input(&arrivals, 3048 + WINDOW, now);
    is_int(poll(now + WAIT), NGX_OK, "a larger gap");
    is_int(twcc.base, 3048 + WINDOW, "is a new start");
    is_int(n, 1, "what was before is not told");

    ngx_secmeet_arrivals_input(&arrivals, 3048, now + SECOND);
    is_int(poll(now + SECOND + WAIT), NGX_OK, "as far back");
    is_int(twcc.base, 3048, "is one as well");
    is_int(n, 1, "with one packet");

    ngx_secmeet_arrivals_input(&arrivals, 3048 - 32768, now + 2 * SECOND);
    is_int(poll(now + 2 * SECOND + WAIT), NGX_OK, "half around");
    is_int(twcc.base, 65536 + 3048 - 32768, "is one, too");
    is_int(n, 1, "with one packet");
}


static void
many(ngx_secmeet_usec_t now)
{
    ngx_uint_t  i;

    start();

    for (i = 0; i < NGX_SECMEET_TWCC_PACKETS + 2; i++) {
        ngx_secmeet_arrivals_input(&arrivals, 2 * i, now + i);
    }

    is_int(poll(now + WAIT), NGX_OK, "more than one feedback tells");
    is_int(n, NGX_SECMEET_TWCC_PACKETS, "as many as it can");
    is_int(twcc.base, 0, "from the first on");
    is_int(ngx_secmeet_arrivals_next(&arrivals), now, "more is due at once");
    is_int(poll(now + WAIT), NGX_OK, "another");
    is_int(n, 2, "tells the rest");
    is_int(twcc.base, 2 * NGX_SECMEET_TWCC_PACKETS - 1, "with what misses");
    is_int(twcc.number, 1, "with its own number");
    is_int(poll(now + WAIT), NGX_DONE, "that is all");

    for (i = 0; i < NGX_SECMEET_TWCC_PACKETS; i++) {
        ngx_secmeet_arrivals_input(&arrivals, 1000 + i, now + WAIT);
    }

    is_int(poll(now + 2 * WAIT), NGX_OK, "just as many");
    is_int(n, NGX_SECMEET_TWCC_PACKETS, "as one can tell");
    is_int(poll(now + 2 * WAIT), NGX_DONE, "need no second one");
}


static void
apart(ngx_secmeet_usec_t now)
{
    start();

    ngx_secmeet_arrivals_input(&arrivals, 1, now);
    ngx_secmeet_arrivals_input(&arrivals, 3, now + 8191750);
    is_int(poll(now + 9 * SECOND), NGX_OK, "eight seconds apart");
    is_int(n, 2, "is one feedback");
    is_int(poll(now + 9 * SECOND), NGX_DONE, "for both");

    start();

    ngx_secmeet_arrivals_input(&arrivals, 1, now);
    ngx_secmeet_arrivals_input(&arrivals, 3, now + 8192000);
    is_int(poll(now + 9 * SECOND), NGX_OK, "further apart");
    is_int(n, 1, "each has its own");
    is_int(poll(now + 9 * SECOND), NGX_OK, "the other one");
    is_int(n, 1, "tells one");
    is_int(twcc.base, 2, "and what misses");
    is_told(0, 3, now + 8192000, "the other");
    is_int(poll(now + 9 * SECOND), NGX_DONE, "that is all");
}


static void
unpolled(ngx_secmeet_usec_t now)
{
    ngx_uint_t  i, told;

    start();

    for (i = 0; i < 70000; i++) {
        ngx_secmeet_arrivals_input(&arrivals, i, now + i);
    }

    told = 0;

    while (poll(now + SECOND) == NGX_OK) {
        if (told == 0) {
            is_int(twcc.base, 70000 - 65536 - WINDOW, "not polled for long");
        }

        told += n;
    }

    is_int(told, WINDOW, "what is remembered is told");
}


/*
 * 500 packets a second for a minute, one in twenty is lost, others are late
 * by up to 30 ms: in the end, what was told is what has come.
 */

static void
lossy_link(void)
{
    uint32_t                   seed;
    ngx_uint_t                 feedbacks, i, k, late, lost, number, wrong;
    ngx_secmeet_usec_t         now;
    static ngx_uint_t          delay[30000];
    static ngx_secmeet_usec_t  at[30000], told[30000];

    start();
    seed = 1;
    feedbacks = 0;
    late = 0;
    lost = 0;
    wrong = 0;

    for (i = 0; i < 30000; i++) {
        seed = seed * 1664525 + 1013904223;
        delay[i] = (seed >> 24 < 13 && i != 29999) ? 1000
                   : seed >> 24 < 40 ? (seed >> 16) % 30 : 0;
        at[i] = 0;
        told[i] = 0;
    }

    for (k = 0; k < 60100; k++) {
        now = SECOND + k * MSEC;

        for (i = k / 2 > 20 ? k / 2 - 20 : 0; i <= k / 2 && i < 30000; i++) {
            if (delay[i] != 1000 && i * 2 + delay[i] == k) {
                ngx_secmeet_arrivals_input(&arrivals, 60000 + i, now);
                at[i] = now;
            }
        }

        while (poll(now) == NGX_OK) {
            feedbacks++;

            for (i = 0; i < n; i++) {
                number = (uint16_t) (list[i].seq - 60000);
                late += (told[number] != 0);
                told[number] = list[i].time;
            }
        }
    }

    for (i = 0; i < 30000; i++) {
        lost += (at[i] == 0);
        wrong += (at[i] != told[i]);
    }

    is_int(wrong, 0, "on a lossy link all is told as it is");
    ok(lost > 1000, "%d are lost", (int) lost);
    ok(late > 100 && late < 5000, "%d are told again for late ones",
       (int) late);
    ok(feedbacks > 1000 && feedbacks < 1210, "in %d feedbacks",
       (int) feedbacks);
}
