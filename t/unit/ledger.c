
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_arrivals.h"
#include "engine/ngx_secmeet_ledger.h"
#include "hex.h"
#include "tap.h"


#define MSEC     1000
#define SECOND   1000000
#define LAP      NGX_SECMEET_TWCC_LAP
#define UNIT     NGX_SECMEET_TWCC_UNIT
#define PACKETS  NGX_SECMEET_LEDGER_PACKETS

/* the link at the end */
#define LINK        60000
#define LOST        1000
#define AHEAD       (LAP / 3)                   /* of the other clock */
#define TOLD_LOST   1
#define TOLD_ACKED  2


static ngx_uint_t                   n, most = PACKETS;
static ngx_secmeet_twcc_t           twcc;
static ngx_secmeet_ledger_t         ledger;
static ngx_secmeet_twcc_packet_t    list[NGX_SECMEET_TWCC_PACKETS];
static ngx_secmeet_ledger_packet_t  out[PACKETS];
static ngx_uint_t                   delay[LINK], told[LINK];


static void sent(ngx_uint_t count, ngx_uint_t size, ngx_secmeet_usec_t now);
static void set(ngx_uint_t i, ngx_uint_t seq, int64_t time);
static ngx_int_t feedback(ngx_uint_t base, ngx_uint_t count,
    ngx_secmeet_usec_t now);
static ngx_int_t feedback_of(const char *text);
static void is_news(ngx_uint_t i, ngx_uint_t seq, ngx_uint_t acked,
    const char *name);
static void simple(void);
static void late(void);
static void twice(void);
static void missed(void);
static void wraps(void);
static void clocks(void);
static void foreign(void);
static void hostile(void);
static void forgotten(void);
static void room(void);
static void lossy_link(void);
static ngx_uint_t heard(u_char *p, size_t len, ngx_secmeet_usec_t now);


int
main(void)
{
    simple();
    late();
    twice();
    missed();
    wraps();
    clocks();
    foreign();
    hostile();
    forgotten();
    room();
    lossy_link();

    return done();
}


/* so many, a millisecond apart */

static void
sent(ngx_uint_t count, ngx_uint_t size, ngx_secmeet_usec_t now)
{
    for ( /* void */ ; count; count--) {
        (void) ngx_secmeet_ledger_input(&ledger, size, 0, now);
        now += MSEC;
    }
}


static void
set(ngx_uint_t i, ngx_uint_t seq, int64_t time)
{
    list[i].seq = (uint16_t) seq;
    list[i].time = time;
}


/* of the first count in the list */

static ngx_int_t
feedback(ngx_uint_t base, ngx_uint_t count, ngx_secmeet_usec_t now)
{
    size_t              len;
    u_char              p[NGX_SECMEET_TWCC_MAX];
    ngx_secmeet_rtcp_t  rtcp;

    twcc.base = (uint16_t) base;
    len = ngx_secmeet_twcc_create(p, &twcc, list, count);

    if (len == 0
        || ngx_secmeet_rtcp_parse(&rtcp, p, p + len) != NGX_OK
        || ngx_secmeet_twcc_parse(&twcc, &rtcp) != NGX_OK)
    {
        return NGX_ERROR;
    }

    n = most;

    return ngx_secmeet_ledger_feedback(&ledger, &twcc, out, &n, now);
}


static ngx_int_t
feedback_of(const char *text)
{
    size_t               len;
    u_char              *p;
    ngx_int_t            rc;
    ngx_secmeet_rtcp_t   rtcp;

    p = hex(text, &len);
    rc = NGX_ERROR;
    n = PACKETS;

    if (ngx_secmeet_rtcp_parse(&rtcp, p, p + len) == NGX_OK
        && ngx_secmeet_twcc_parse(&twcc, &rtcp) == NGX_OK)
    {
        rc = ngx_secmeet_ledger_feedback(&ledger, &twcc, out, &n, SECOND);
    }

    free(p);

    return rc;
}


static void
is_news(ngx_uint_t i, ngx_uint_t seq, ngx_uint_t acked, const char *name)
{
    ok(i < n, "%s: is told", name);
    is_int(out[i].seq, seq, "%s: number", name);
    is_int(out[i].acked, acked, "%s: received or not", name);
    is_int(out[i].lost, !acked, "%s: lost or not", name);
    is_int(out[i].received != 0, acked, "%s: has a time or not", name);
}


static void
simple(void)
{
    ngx_secmeet_ledger_init(&ledger);

    is_int(ngx_secmeet_ledger_outstanding(&ledger), 0, "nothing was sent");
    is_int(ngx_secmeet_ledger_input(&ledger, 1000, 0, SECOND), 0, "first");
    is_int(ngx_secmeet_ledger_input(&ledger, 200, 7, SECOND + MSEC), 1,
           "second");
    is_int(ngx_secmeet_ledger_input(&ledger, 30, 65535, SECOND + 2 * MSEC),
           2, "third");
    is_int(ngx_secmeet_ledger_input(&ledger, 70000, 0, SECOND + 3 * MSEC),
           3, "fourth");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 1230 + 65535,
           "all of it is on its way");

    set(0, 0, 500 * MSEC);
    set(1, 2, 503 * MSEC);
    is_int(feedback(0, 2, SECOND + 90 * MSEC), NGX_OK, "feedback");
    is_int(n, 3, "tells of three");
    is_news(0, 0, 1, "the first");
    is_int(out[0].size, 1000, "its size");
    is_int(out[0].sent, SECOND, "when it was sent");
    is_int(out[0].received - LAP, 500 * MSEC, "and received");
    is_int(out[0].cluster, 0, "it was no probe");
    is_news(1, 1, 0, "the second");
    is_int(out[1].size, 200, "its size");
    is_int(out[1].cluster, 7, "its probe");
    is_news(2, 2, 1, "the third");
    is_int(out[2].cluster, 65535, "its probe");
    is_int(out[2].received - out[0].received, 3 * MSEC, "3 ms apart");
    is_int(ledger.rtt, 88 * MSEC, "there and back, told in 88 ms");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 65535,
           "the fourth is on its way");

    set(0, 3, 510 * MSEC);
    is_int(feedback(3, 1, SECOND + 200 * MSEC), NGX_OK, "it came");
    is_int(n, 1, "one");
    is_news(0, 3, 1, "the fourth");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 0, "nothing is left");
}


static void
late(void)
{
    ngx_secmeet_ledger_init(&ledger);

    sent(6, 100, SECOND);
    set(0, 0, 0);
    set(1, 4, 4 * MSEC);
    is_int(feedback(0, 2, 2 * SECOND), NGX_OK, "three are missing");
    is_int(n, 5, "five are told");
    is_news(3, 3, 0, "the last of them");

    /* as a browser tells it: from the late one on */

    set(0, 2, 50 * MSEC);
    set(1, 4, 4 * MSEC);
    set(2, 5, 5 * MSEC);
    is_int(feedback(2, 3, 2 * SECOND), NGX_OK, "one is late");
    is_int(n, 2, "it and the last are news");
    is_news(0, 2, 1, "the late one");
    is_int(out[0].received - LAP, 50 * MSEC, "came late");
    is_news(1, 5, 1, "the last one");
    is_int(out[1].received - LAP, 5 * MSEC, "came before it");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 0, "nothing is left");
}


static void
twice(void)
{
    ngx_secmeet_ledger_init(&ledger);

    sent(4, 100, SECOND);
    set(0, 0, 0);
    set(1, 2, 4 * MSEC);
    is_int(feedback(0, 2, 2 * SECOND), NGX_OK, "feedback");
    is_int(n, 3, "tells of three");
    is_int(feedback(0, 2, 2 * SECOND), NGX_DONE, "the same again");
    is_int(n, 0, "tells nothing");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 100, "takes nothing");

    set(0, 2, 9 * MSEC);
    is_int(feedback(0, 1, 2 * SECOND), NGX_DONE,
           "one that says that what came did not");
    is_int(n, 0, "tells nothing");
}


static void
missed(void)
{
    ngx_secmeet_ledger_init(&ledger);

    sent(30, 100, SECOND);
    set(0, 9, 0);
    is_int(feedback(9, 1, 2 * SECOND), NGX_OK, "after a lost feedback");
    is_int(n, 1, "nothing is known of nine");
    is_news(0, 9, 1, "the tenth");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 2000,
           "they are not on their way");

    set(0, 19, 0);
    is_int(feedback(19, 1, 2 * SECOND), NGX_OK, "another is lost");
    is_int(n, 1, "nothing is known of these");

    /* feedback that was overtaken */

    set(0, 10, 0);
    set(1, 18, 0);
    is_int(feedback(10, 2, 2 * SECOND), NGX_OK, "it comes after all");
    is_int(n, 2, "what came is told");
    is_news(0, 10, 1, "the eleventh");
    is_news(1, 18, 1, "the last of it");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 1000, "ten are left");
}


static void
wraps(void)
{
    ngx_uint_t  i;

    ngx_secmeet_ledger_init(&ledger);

    sent(65534, 100, SECOND);

    set(0, 65533, 0);
    is_int(feedback(65533, 1, SECOND), NGX_OK, "at the end of the numbers");

    sent(4, 100, 9 * SECOND);
    set(0, 65534, 0);
    set(1, 1, 0);
    is_int(feedback(65534, 2, SECOND), NGX_OK, "feedback across it");
    is_int(n, 4, "tells of four");
    is_news(0, 65534, 1, "the first");
    is_news(1, 65535, 0, "the last number");
    is_news(2, 0, 0, "the first number");
    is_news(3, 1, 1, "the last");
    is_int(out[3].sent, 9 * SECOND + 3 * MSEC, "when it was sent");

    for (i = 0; i < 3 * 65536; i++) {
        sent(1, 100, i);

        if (i % 100 == 99) {
            set(0, 2 + i, i);

            if (feedback(i + 2 - 99, 1, i) != NGX_OK || n != 100
                || out[99].sent != i || !out[99].acked)
            {
                break;
            }
        }
    }

    is_int(i, 3 * 65536, "three times around");
}


static void
clocks(void)
{
    ngx_secmeet_usec_t  before;

    ngx_secmeet_ledger_init(&ledger);

    sent(10, 100, SECOND);

    set(0, 0, LAP - 1000 * UNIT);
    is_int(feedback(0, 1, SECOND), NGX_OK, "near the end of the clock");
    before = out[0].received;

    set(0, 1, LAP + 500 * UNIT + 250);
    is_int(feedback(1, 1, SECOND), NGX_OK, "past it");
    is_int(out[0].received - before, 1500 * UNIT + 250, "the time goes on");

    set(0, 2, LAP - 1 * UNIT);
    is_int(feedback(2, 1, SECOND), NGX_OK, "back");
    is_int(out[0].received - before, 999 * UNIT, "over the end");

    /* from the very start of the clock */

    ngx_secmeet_ledger_init(&ledger);
    sent(10, 100, SECOND);

    set(0, 0, 0);
    is_int(feedback(0, 1, SECOND), NGX_OK, "the clock at 0");
    before = out[0].received;
    set(0, 1, -1 * UNIT);
    is_int(feedback(1, 1, SECOND), NGX_OK, "just before it");
    is_int(before - out[0].received, UNIT, "goes back, not forth");
}


static void
foreign(void)
{
    ngx_secmeet_ledger_init(&ledger);

    set(0, 0, 0);
    is_int(feedback(0, 1, SECOND), NGX_DONE, "before anything was sent");
    set(0, 7000, 0);
    is_int(feedback(65000, 1, SECOND), NGX_DONE, "at all");

    sent(10, 100, SECOND);

    set(0, 10, 0);
    is_int(feedback(10, 1, SECOND), NGX_DONE, "of the next one");
    set(0, 65535, 0);
    is_int(feedback(65000, 1, SECOND), NGX_DONE, "of what is not known");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 1000, "all are left");
    is_int(ledger.started, 0, "the clock is not taken from it");

    set(0, 9, 100 * UNIT);
    set(1, 10, 300 * UNIT);
    set(2, 11, 301 * UNIT);
    is_int(feedback(9, 3, SECOND), NGX_ERROR, "too far apart to be told");
    set(1, 10, 101 * UNIT);
    set(2, 11, 102 * UNIT);
    is_int(feedback(9, 3, SECOND), NGX_OK, "one that was sent, two not");
    is_int(n, 1, "only the one");
    is_news(0, 9, 1, "is told");
}


/* of as many as there are, in a few bytes; of all that ever was and not */

static void
hostile(void)
{
    ngx_uint_t  i;

    ngx_secmeet_ledger_init(&ledger);
    sent(5000, 100, SECOND);

    is_int(feedback_of("8fcd0009 00000001 00000002 1388ffff 00000100"
                       "1fff1fff1fff1fff 1fff1fff1fff1fff 00070000"),
           NGX_DONE, "from the next one on");

    is_int(feedback_of("8fcd0009 00000001 00000002 1389ffff 00000100"
                       "1fff1fff1fff1fff 1fff1fff1fff1fff 00070000"),
           NGX_OK, "all around, none came");
    is_int(n, PACKETS, "all that are remembered are lost");
    is_int(out[0].seq, 5000 - PACKETS, "from the oldest");
    is_int(out[n - 1].seq, 4999, "to the newest");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 0, "nothing is left");

    for (i = 0; i < 100; i++) {
        if (feedback_of("8fcd0009 00000001 00000002 1389ffff 00000100"
                        "1fff1fff1fff1fff 1fff1fff1fff1fff 00070000")
            != NGX_DONE)
        {
            break;
        }
    }

    is_int(i, 100, "once");

    /* clocks that jump by days, back and forth */

    for (i = 0; i < 500; i++) {
        sent(1, 100, SECOND);
        set(0, 5000 + i, i % 3 ? LAP / 2 - UNIT : i * 99 * UNIT);

        if (feedback(5000 + i, 1, SECOND) != NGX_OK || n != 1
            || out[0].received == 0 || out[0].received > 1000 * LAP)
        {
            break;
        }
    }

    is_int(i, 500, "a clock that jumps does no harm");

    for (i = 0; i < 500; i++) {
        sent(1, 100, SECOND);
        set(0, 5500 + i, LAP - (int64_t) i * (LAP / 2 / UNIT) * UNIT);

        if (feedback(5500 + i, 1, SECOND) != NGX_OK || n != 1
            || out[0].received == 0 || out[0].received > 1000 * LAP)
        {
            break;
        }
    }

    is_int(i, 500, "nor one that goes back for ever");
}


static void
forgotten(void)
{
    ngx_secmeet_ledger_init(&ledger);
    sent(PACKETS, 10, SECOND);
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 10 * PACKETS,
           "as many as are remembered");
    sent(10, 20, SECOND);
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 10 * PACKETS + 100,
           "older ones are forgotten");

    set(0, 9, 0);
    is_int(feedback(9, 1, SECOND), NGX_DONE, "nothing is told of them");
    set(0, 10, 0);
    is_int(feedback(0, 1, SECOND), NGX_OK, "of the first remembered");
    is_int(n, 1, "it is");
    is_news(0, 10, 1, "received");

    set(0, 12, 0);
    set(1, PACKETS + 9, 0);
    is_int(feedback(12, 2, SECOND), NGX_OK, "of the last one");
    is_int(n, PACKETS - 2, "all in between are lost");
    is_news(n - 1, PACKETS + 9, 1, "the last");
    is_int(out[n - 1].size, 20, "its size");
}


static void
room(void)
{
    ngx_secmeet_ledger_init(&ledger);
    sent(10, 10, SECOND);

    is_int(feedback_of("8fcd0005 00000001 00000002 00000006 00000000"
                       "4009 0000"), NGX_ERROR, "deltas are missing");
    is_int(feedback_of("afcd0006 00000001 00000002 00000006 00000000"
                       "2006 0001 01010101 0002"), NGX_ERROR, "are padding");
    is_int(feedback_of("8fcd0006 00000001 00000002 00000006 00000000"
                       "2006 0001 01010101"), NGX_OK, "are there");
    is_int(n, 6, "all are told");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 40, "four are left");

    most = 3;
    set(0, 7, 0);
    set(1, 9, 0);
    is_int(feedback(6, 2, SECOND), NGX_OK, "room for three");
    is_int(n, 3, "is used");
    is_news(2, 8, 0, "the third");
    is_int(ngx_secmeet_ledger_outstanding(&ledger), 0,
           "what had no room is not on its way");
    is_int(feedback(6, 2, SECOND), NGX_DONE, "nor told later");
    most = PACKETS;
}


/*
 * Both sides: 1000 packets a second for a minute, one in twenty is lost, one
 * in ten late by up to 20 ms; one feedback in ten is lost, another late.
 */

static void
lossy_link(void)
{
    size_t                         len[2];
    u_char                         p[2][NGX_SECMEET_TWCC_MAX];
    uint32_t                       seed;
    ngx_uint_t                     i, k, lies, lost, unknown;
    ngx_secmeet_usec_t             now;
    static ngx_secmeet_arrivals_t  arrivals;

    ngx_secmeet_ledger_init(&ledger);
    ngx_secmeet_arrivals_init(&arrivals);

    seed = 1;
    lies = 0;
    len[0] = 0;

    for (k = 0; k < LINK + 200; k++) {
        now = SECOND + k * MSEC;

        if (k < LINK) {
            seed = seed * 1664525 + 1013904223;
            delay[k] = (seed >> 24 < 13) ? LOST
                       : 5 + (seed >> 24 < 40 ? (seed >> 16) % 20 : 0);
            told[k] = 0;
            (void) ngx_secmeet_ledger_input(&ledger, 1000, 0, now);
        }

        for (i = k > 30 ? k - 30 : 0; i <= k && i < LINK; i++) {
            if (delay[i] != LOST && i + delay[i] == k) {
                ngx_secmeet_arrivals_input(&arrivals, i, now + AHEAD);
            }
        }

        while (ngx_secmeet_arrivals_poll(&arrivals, &twcc, list, &n,
                                         now + AHEAD)
               == NGX_OK)
        {
            seed = seed * 1664525 + 1013904223;
            len[1] = ngx_secmeet_twcc_create(p[1], &twcc, list, n);
            lies += (len[1] == 0);

            if (seed >> 24 < 26) {
                continue;
            }

            if (seed >> 24 < 52 && len[0] == 0) {
                len[0] = len[1];
                memcpy(p[0], p[1], len[1]);
                continue;
            }

            lies += heard(p[1], len[1], now);

            if (len[0]) {
                lies += heard(p[0], len[0], now);
                len[0] = 0;
            }
        }
    }

    lost = 0;
    unknown = 0;

    for (i = 0; i < LINK; i++) {
        lost += (told[i] == TOLD_LOST);
        unknown += (told[i] == 0);
    }

    is_int(lies, 0, "on a lossy link nothing untrue is told");
    ok(lost > 2300 && lost < 3400, "%d are lost", (int) lost);
    ok(unknown > 3000 && unknown < 9000,
       "%d are not known, where feedback was lost", (int) unknown);
}


/* how much of what a feedback tells is not so, or was told before */

static ngx_uint_t
heard(u_char *p, size_t len, ngx_secmeet_usec_t now)
{
    ngx_uint_t                    i, lies, number;
    ngx_secmeet_rtcp_t            rtcp;
    ngx_secmeet_usec_t            came;
    ngx_secmeet_ledger_packet_t  *packet;

    if (ngx_secmeet_rtcp_parse(&rtcp, p, p + len) != NGX_OK
        || ngx_secmeet_twcc_parse(&twcc, &rtcp) != NGX_OK)
    {
        return 1;
    }

    n = PACKETS;
    (void) ngx_secmeet_ledger_feedback(&ledger, &twcc, out, &n, now);
    lies = 0;

    for (i = 0; i < n; i++) {
        packet = &out[i];
        number = packet->seq;
        lies += (packet->sent != SECOND + number * MSEC);

        if (packet->lost) {
            lies += (told[number] != 0);
            told[number] |= TOLD_LOST;
            continue;
        }

        came = packet->sent + delay[number] * MSEC + LAP + AHEAD;

        lies += (delay[number] == LOST);
        lies += (told[number] & TOLD_ACKED) != 0;
        lies += (packet->received > came || packet->received + 250 < came);
        told[number] |= TOLD_ACKED;
    }

    return lies;
}
