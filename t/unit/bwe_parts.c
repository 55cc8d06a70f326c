
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The parts of bandwidth estimation and the pacer, each for itself.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_bwe.h"
#include "engine/ngx_secmeet_pace.h"
#include "tap.h"


#define MS      1000ull
#define SECOND  1000000ull
#define CLOCK   500000000000ull


static ngx_secmeet_bwe_t      bwe;
static ngx_secmeet_bwe_out_t  out;


static void bounds(void);
static void wanted(void);
static void silence(void);
static void trend(void);
static void goodput(void);
static void loss(void);
static ngx_secmeet_loss_e lose(ngx_secmeet_loss_t *loss, ngx_uint_t share,
    ngx_secmeet_usec_t *now);
static void probe(void);
static ngx_int_t cluster(ngx_secmeet_probe_t *probe, uint64_t link,
    uint64_t *rate, ngx_uint_t *full, ngx_secmeet_usec_t now);
static void pace(void);
static void pace_probe(void);


int
main(void)
{
    bounds();
    wanted();
    silence();
    trend();
    goodput();
    loss();
    probe();
    pace();
    pace_probe();

    return done();
}


static void
bounds(void)
{
    ngx_secmeet_bwe_init(&bwe, 10, 1000, 5000, SECOND);
    (void) ngx_secmeet_bwe_poll(&bwe, &out, SECOND);
    is_int(out.target, 1000, "a start below the least");

    ngx_secmeet_bwe_init(&bwe, 10000, 1000, 5000, SECOND);
    (void) ngx_secmeet_bwe_poll(&bwe, &out, SECOND);
    is_int(out.target, 5000, "a start above the most");

    ngx_secmeet_bwe_init(&bwe, 0, 9000, 5000, SECOND);
    (void) ngx_secmeet_bwe_poll(&bwe, &out, SECOND);
    is_int(out.target, 5000, "the least above the most");

    ngx_secmeet_bwe_init(&bwe, 0, 0, 0, SECOND);
    (void) ngx_secmeet_bwe_poll(&bwe, &out, SECOND);
    is_int(out.target, 1, "nothing at all is one bit per second");

    ngx_secmeet_bwe_init(&bwe, (uint64_t) -1, 0, (uint64_t) -1, SECOND);
    (void) ngx_secmeet_bwe_poll(&bwe, &out, SECOND);
    is_int(out.target, NGX_SECMEET_BWE_RATE_MAX, "no end of it");
}


static void
wanted(void)
{
    ngx_secmeet_bwe_init(&bwe, 300000, 50000, 5000000, SECOND);
    ngx_secmeet_bwe_limited(&bwe, 1, 0, SECOND);

    is_int(ngx_secmeet_bwe_next(&bwe), 0, "nothing wanted: nothing to do");
    is_int(ngx_secmeet_bwe_poll(&bwe, &out, SECOND), NGX_OK, "at first");
    is_int(out.probe.cluster, 0, "and no probe");
    is_int(ngx_secmeet_bwe_poll(&bwe, &out, 2 * SECOND), NGX_DONE,
           "nothing is new");

    ngx_secmeet_bwe_limited(&bwe, 1, 314000, SECOND);
    is_int(ngx_secmeet_bwe_next(&bwe), 0, "hardly more is no reason");

    ngx_secmeet_bwe_limited(&bwe, 1, 500000, 3 * SECOND);
    ok(ngx_secmeet_bwe_next(&bwe) <= 3 * SECOND, "more is: now");
    is_int(ngx_secmeet_bwe_poll(&bwe, &out, 3 * SECOND), NGX_OK, "a probe");
    ok(out.probe.cluster != 0, "with a number");
    is_int(out.probe.rate, 650000, "not far above what is wanted");
    ok(out.probe.bytes >= NGX_SECMEET_PROBE_BYTES
       && out.probe.packets == NGX_SECMEET_PROBE_PACKETS, "of some size");

    is_int(ngx_secmeet_bwe_poll(&bwe, &out, 3 * SECOND + 1), NGX_DONE,
           "one at a time");
    is_int(ngx_secmeet_bwe_next(&bwe), 3 * SECOND + NGX_SECMEET_PROBE_TIMEOUT
           + NGX_SECMEET_BWE_RTT + 1, "until it has come to nothing");
    (void) ngx_secmeet_bwe_poll(&bwe, &out, ngx_secmeet_bwe_next(&bwe));
    is_int(out.probe.cluster, 0, "no other at once");
    ok(ngx_secmeet_bwe_next(&bwe) > 4 * SECOND, "but later");
    is_int(out.target, 300000, "and the target is what it was");
}


static void
silence(void)
{
    ngx_secmeet_usec_t  next;

    ngx_secmeet_bwe_init(&bwe, 300000, 50000, 5000000, SECOND);
    ngx_secmeet_bwe_limited(&bwe, 0, 0, SECOND);
    (void) ngx_secmeet_bwe_poll(&bwe, &out, 100 * SECOND);
    is_int(out.target, 300000, "nothing sent: it does not fall");

    ngx_secmeet_bwe_sent(&bwe, 100 * SECOND);
    next = ngx_secmeet_bwe_next(&bwe);
    is_int(next, 100 * SECOND + NGX_SECMEET_BWE_SILENCE
                 + NGX_SECMEET_BWE_RTT, "a second and the rtt");

    (void) ngx_secmeet_bwe_poll(&bwe, &out, next - 1);
    is_int(out.target, 300000, "not before");
    is_int(ngx_secmeet_bwe_poll(&bwe, &out, next), NGX_OK, "then");
    is_int(out.target, 240000, "it falls");
    is_int(out.state, ngx_secmeet_bwe_silent, "and is told");
    is_int(ngx_secmeet_bwe_next(&bwe),
           next + NGX_SECMEET_BWE_SILENCE_STEP, "and again");

    ngx_secmeet_bwe_feedback(&bwe, NULL, 0, 0, next + 1);
    (void) ngx_secmeet_bwe_poll(&bwe, &out, next + 2);
    is_int(out.state, ngx_secmeet_bwe_steady, "until feedback comes");
}


static void
trend(void)
{
    ngx_uint_t           i;
    ngx_secmeet_usec_t   now;
    ngx_secmeet_trend_t  t;

    ngx_secmeet_trend_init(&t);
    now = SECOND;

    for (i = 0; i < 200; i++) {
        now += 20 * MS;
        (void) ngx_secmeet_trend_input(&t, now, now + CLOCK);
    }

    is_int(t.state, ngx_secmeet_trend_normal, "the same delay");
    ok(t.queue < 0.1, "no queue");

    for (i = 1; i < 30; i++) {
        now += 20 * MS;
        (void) ngx_secmeet_trend_input(&t, now, now + CLOCK + i * 2 * MS);
    }

    is_int(t.state, ngx_secmeet_trend_over, "a growing one");
    ok(t.slope > 0.08 && t.slope < 0.12, "by a tenth");

    for (i = 0; i < 40; i++) {
        now += 20 * MS;
        (void) ngx_secmeet_trend_input(&t, now, now + CLOCK + 60 * MS);
    }

    is_int(t.state, ngx_secmeet_trend_standing, "a standing queue");

    for (i = 0; i < 15; i++) {
        now += 20 * MS;
        (void) ngx_secmeet_trend_input(&t, now,
                                       now + CLOCK + (60 - i * 4) * MS);
    }

    is_int(t.state, ngx_secmeet_trend_under, "it drains");

    is_int(ngx_secmeet_trend_input(&t, SECOND, SECOND + CLOCK), NGX_AGAIN,
           "an old one tells nothing");

    (void) ngx_secmeet_trend_input(&t, now + MS, 5);
    is_int(t.state, ngx_secmeet_trend_normal, "another clock: anew");
    is_int(t.npoints, 0, "with nothing known");
}


static void
goodput(void)
{
    double                 rate;
    ngx_uint_t             i;
    ngx_secmeet_usec_t     now;
    ngx_secmeet_goodput_t  g;

    ngx_secmeet_goodput_init(&g);
    now = CLOCK;

    ok(ngx_secmeet_goodput_rate(&g, 20) == 0, "nothing yet");

    for (i = 0; i < 200; i++) {
        now += 10 * MS;
        ngx_secmeet_goodput_input(&g, 1250, now);
    }

    is_int(ngx_secmeet_goodput_rate(&g, 20), 1000000, "1 Mbit/s");

    now += 200 * MS;
    ngx_secmeet_goodput_fill(&g, 20 * 1250, now);
    rate = ngx_secmeet_goodput_rate(&g, 20);
    ok(rate > 950000 && rate < 1010000, "a gap is filled");

    ngx_secmeet_goodput_input(&g, 1250, now + 10 * SECOND);
    is_int(ngx_secmeet_goodput_rate(&g, 20), 0, "forgotten after a while");

    ngx_secmeet_goodput_input(&g, 1250, 1);
    is_int(ngx_secmeet_goodput_rate(&g, 20), 0, "a clock that steps back");
}


static void
loss(void)
{
    ngx_uint_t          i;
    ngx_secmeet_loss_t  l;
    ngx_secmeet_usec_t  now;

    now = SECOND;
    ngx_secmeet_loss_init(&l, now);

    for (i = 0; i < 10; i++) {
        is_int(lose(&l, 0, &now), ngx_secmeet_loss_none, "no loss");
    }

    is_int(lose(&l, 20, &now), ngx_secmeet_loss_none, "once is no reason");
    is_int(lose(&l, 20, &now), ngx_secmeet_loss_try, "twice is");
    is_int(lose(&l, 20, &now), ngx_secmeet_loss_none, "wait for it");
    is_int(lose(&l, 20, &now), ngx_secmeet_loss_back, "it was in vain");

    for (i = 0; i < 10; i++) {
        is_int(lose(&l, 20, &now), ngx_secmeet_loss_none, "it is usual now");
    }

    for (i = 0; i < 60; i++) {
        (void) lose(&l, 0, &now);
    }

    is_int(lose(&l, 15, &now), ngx_secmeet_loss_none, "some again");
    is_int(lose(&l, 15, &now), ngx_secmeet_loss_try, "a try");
    is_int(lose(&l, 2, &now), ngx_secmeet_loss_none, "less already");
    is_int(lose(&l, 2, &now), ngx_secmeet_loss_cured, "it helps");

    for (i = 0; i < 20; i++) {
        (void) lose(&l, 40, &now);
    }

    is_int(lose(&l, 40, &now), ngx_secmeet_loss_high, "too much, usual or not");
}


/* a window of a hundred packets */

static ngx_secmeet_loss_e
lose(ngx_secmeet_loss_t *loss, ngx_uint_t share, ngx_secmeet_usec_t *now)
{
    *now += NGX_SECMEET_LOSS_WINDOW;

    return ngx_secmeet_loss_input(loss, 100, share, 0, 100 * MS, *now);
}


static void
probe(void)
{
    uint64_t             rate;
    ngx_uint_t           full;
    ngx_secmeet_probe_t  p;

    ngx_secmeet_probe_init(&p, SECOND);
    is_int(ngx_secmeet_probe_result(&p, 0, 0, &rate, &full, SECOND),
           NGX_DONE, "no probe, no result");

    is_int(cluster(&p, 5000000, &rate, &full, SECOND), NGX_OK, "a fast link");
    is_int(full, 0, "has room");
    ok(rate > 900000 && rate < 1100000, "for all that was sent");

    is_int(cluster(&p, 600000, &rate, &full, 2 * SECOND), NGX_OK, "a slow");
    is_int(full, 1, "has none");
    ok(rate > 570000 && rate < 630000, "for more than its rate");

    is_int(ngx_secmeet_probe_poll(&p, 500000, 1000000, 0,
                                  2 * SECOND + 600 * MS), NGX_DONE,
           "no other one at once");
    is_int(cluster(&p, 600000, &rate, &full, 3 * SECOND), NGX_OK, "but then");
    ok(p.wait > NGX_SECMEET_PROBE_WAIT, "less and less often");

    ngx_secmeet_probe_dropped(&p, 3 * SECOND);
    is_int(ngx_secmeet_probe_poll(&p, 500000, 1000000, 0, 5 * SECOND),
           NGX_DONE, "not soon after it proved wrong");
    is_int(ngx_secmeet_probe_poll(&p, 500000, 1000000, 0, 6 * SECOND),
           NGX_OK, "later");
    is_int(ngx_secmeet_probe_result(&p, 0, 0, &rate, &full,
                                    6 * SECOND + 599 * MS),
           NGX_AGAIN, "feedback is waited for");
    is_int(ngx_secmeet_probe_result(&p, 0, 0, &rate, &full,
                                    6 * SECOND + 601 * MS),
           NGX_DECLINED, "but not for ever");
}


/* one at 1 Mbit/s over such a link */

static ngx_int_t
cluster(ngx_secmeet_probe_t *probe, uint64_t link, uint64_t *rate,
    ngx_uint_t *full, ngx_secmeet_usec_t now)
{
    ngx_uint_t          i;
    ngx_secmeet_usec_t  sent, received;

    if (ngx_secmeet_probe_poll(probe, 500000, 1000000, 0, now) != NGX_OK) {
        return NGX_ERROR;
    }

    sent = now;
    received = now;

    for (i = 0; i < 12; i++) {
        received = ngx_max(received, sent) + 500 * 8 * SECOND / link;
        ngx_secmeet_probe_input(probe, probe->now.cluster, 500, sent,
                                received + CLOCK);
        sent += 4 * MS;
    }

    return ngx_secmeet_probe_result(probe, 0, 0, rate, full,
                                    now + 500 * MS);
}


static void
pace(void)
{
    ngx_uint_t              n;
    ngx_secmeet_pace_t      p;
    ngx_secmeet_usec_t      now, end;
    ngx_secmeet_pace_out_t  o;

    ngx_secmeet_pace_init(&p, 1000000, SECOND);
    n = 0;

    for (now = SECOND; now < 2 * SECOND; now += MS) {
        while (ngx_secmeet_pace_poll(&p, &o, now) == NGX_OK) {
            ngx_secmeet_pace_input(&p, 12500, now);
            n += 12500;
        }
    }

    is_int(o.padding, 0, "no padding without a probe");

    ok(n >= 237500 && n <= 262500, "twice the target leaves: %d", (int) n);

    end = now + 10 * SECOND;
    n = 0;

    while (ngx_secmeet_pace_poll(&p, &o, end) == NGX_OK) {
        ngx_secmeet_pace_input(&p, 250, end);
        n++;
    }

    ok(n >= 5 && n <= 7, "a pause saves 5 ms, no more: %d", (int) n);
    ok(o.when > end && o.when <= end + 2 * MS, "and says when");

    ngx_secmeet_pace_target(&p, 0);
    ngx_secmeet_pace_input(&p, 1250, end);
    (void) ngx_secmeet_pace_poll(&p, &o, end);
    ok(o.when < end + SECOND, "never stops");
}


static void
pace_probe(void)
{
    ngx_uint_t              n;
    ngx_secmeet_pace_t      p;
    ngx_secmeet_usec_t      now;
    ngx_secmeet_pace_out_t  o;

    ngx_secmeet_pace_init(&p, 100000, SECOND);
    ngx_secmeet_pace_probe(&p, 7, 2000000, 5000, 5, SECOND);

    n = 0;
    now = SECOND;

    for ( ;; ) {

        if (ngx_secmeet_pace_poll(&p, &o, now) == NGX_AGAIN) {
            now = o.when;
            continue;
        }

        if (o.cluster == 0) {
            break;
        }

        ngx_secmeet_pace_input(&p, ngx_min(o.padding, 500), now);
        n++;
    }

    is_int(n, 10, "all of its bytes");
    ok(now >= SECOND + 18 * MS && now <= SECOND + 22 * MS, "at its rate");

    ngx_secmeet_pace_probe(&p, 8, 2000000, 100, 5, now);
    ngx_secmeet_pace_input(&p, 1000, now);
    (void) ngx_secmeet_pace_poll(&p, &o, now + SECOND / 2);
    is_int(o.cluster, 8, "all of its packets");
    (void) ngx_secmeet_pace_poll(&p, &o, now + SECOND);
    is_int(o.cluster, 0, "or its time is over");
}
