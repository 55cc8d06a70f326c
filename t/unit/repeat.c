
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_repeat.h"
#include "tap.h"


#define SECOND   1000000
#define PACKET   20000                  /* usec of voice in one */
#define MILLION  1000000


/* a receiver, and the path to it */

static ngx_secmeet_repeat_t  repeat;
static ngx_secmeet_usec_t    now;
static uint64_t              seed;
static ngx_uint_t            knows;     /* the path is told, too */

/* what came of it */

static ngx_uint_t  sent, gone, changes, seconds[3];


static void start(void);
static void run(ngx_uint_t time, ngx_uint_t loss);
static void second(ngx_uint_t loss);
static ngx_uint_t chance(ngx_uint_t millionths);
static ngx_uint_t report(ngx_uint_t lost, ngx_uint_t expected);
static void steady(void);
static void changing(void);
static void bursts(void);
static void edges(void);
static void after(void);
static void tries(void);
static void room(void);
static void odd(void);


static int32_t   lost_total;
static uint32_t  highest;


int
main(void)
{
    for (knows = 0; knows < 2; knows++) {
        steady();
        changing();
    }

    knows = 0;

    bursts();
    edges();
    after();
    tries();
    room();
    odd();

    return done();
}


static void
start(void)
{
    now = 100 * SECOND;
    lost_total = 0;
    highest = 65000;
    sent = gone = changes = 0;
    ngx_memzero(seconds, sizeof(seconds));

    ngx_secmeet_repeat_init(&repeat, now);
    (void) report(0, 1);
}


static ngx_uint_t
chance(ngx_uint_t millionths)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (seed >> 33) % MILLION < millionths;
}


static ngx_uint_t
report(ngx_uint_t lost, ngx_uint_t expected)
{
    lost_total += lost;
    highest += expected;

    if (ngx_secmeet_repeat_input(&repeat, lost_total, highest, now)
        == NGX_OK)
    {
        changes++;
    }

    return ngx_secmeet_repeat_copies(&repeat);
}


/* what is sent in a second, each copy on its own, and a report */

static void
second(ngx_uint_t loss)
{
    ngx_uint_t  i, k, n, lost, copies, alone;

    n = SECOND / PACKET;
    lost = 0;
    alone = 0;

    copies = ngx_secmeet_repeat_copies(&repeat);
    seconds[copies]++;

    for (i = 0; i < n; i++) {

        for (k = 0; k <= copies && chance(loss); k++) {
            /* void */
        }

        lost += (k > copies);
    }

    sent += n;
    gone += lost;
    now += SECOND;
    (void) report(lost, n);

    for (i = 0; knows && i < 100; i++) {
        alone += chance(loss);
    }

    if (knows
        && ngx_secmeet_repeat_path(&repeat, alone, 100, now) == NGX_OK)
    {
        changes++;
    }
}


static void
run(ngx_uint_t time, ngx_uint_t loss)
{
    sent = gone = changes = 0;
    ngx_memzero(seconds, sizeof(seconds));

    while (time--) {
        second(loss);
    }

    printf("# %d.%d %% lost, path %s: %d / %d / %d s of 0 / 1 / 2 copies, "
           "%d changes, %d of %d packets gone\n", (int) loss / 10000,
           (int) loss / 1000 % 10, knows ? "known" : "not known",
           (int) seconds[0], (int) seconds[1], (int) seconds[2],
           (int) changes, (int) gone, (int) sent);
}


static void
steady(void)
{
    seed = 7;

    start();
    run(600, 0);
    is_int(seconds[0], 600, "nothing lost: nothing repeated");

    start();
    run(600, 5000);
    ok(seconds[0] >= 400, "0.5 %%: mostly no copies");
    is_int(seconds[2], 0, "never two");

    start();
    run(60, 20000);
    ok(seconds[0] <= 20, "2 %%: a copy within 20 s");
    run(600, 20000);
    ok(seconds[1] + seconds[2] >= 550, "and it stays");
    ok(seconds[2] <= 60, "one is enough");
    ok(changes <= 16, "it does not go on and off");
    ok(gone * 1000 <= sent * 4, "0.4 %% at most are gone");

    start();
    run(30, 50000);
    ok(seconds[0] <= 8, "5 %%: a copy within 8 s");
    run(600, 50000);
    ok(seconds[0] <= 20, "and it stays, but for a few tries");
    ok(gone * 1000 <= sent * 5, "0.5 %% at most are gone");

    start();
    run(30, 100000);
    ok(seconds[0] <= 3, "10 %%: a copy within 3 s");
    ok(seconds[2] >= 15, "two soon");
    run(600, 100000);
    ok(seconds[2] >= 500 && seconds[0] == 0, "and they stay");
    ok(changes <= 12, "they do not go on and off");
    ok(gone * 1000 <= sent * 5, "0.5 %% at most are gone");

    start();
    run(30, 200000);
    ok(seconds[0] <= 3 && seconds[2] >= 24, "20 %%: two within 6 s");
    run(600, 200000);
    ok(seconds[2] >= 570 && seconds[0] == 0, "and they stay");
    ok(gone * 1000 <= sent * 12, "1.2 %% at most are gone");
}


static void
changing(void)
{
    seed = 11;

    start();
    run(60, 0);
    run(20, 100000);
    ok(seconds[2] >= 10, "a path that gets bad");

    run(120, 0);
    ok(seconds[0] >= 60, "and good again: in a minute all is over");

    run(20, 30000);
    ok(seconds[1] + seconds[2] >= 8, "and bad once more");

    run(60, 0);
    ok(seconds[0] >= 25, "it was no failure to stop");
}


/* five in a row, copies and all */

static void
bursts(void)
{
    ngx_uint_t  i;

    start();

    for (i = 0; i < 120; i++) {
        now += SECOND;
        (void) report(i % 2 ? 5 : 0, 50);
    }

    is_int(ngx_secmeet_repeat_copies(&repeat), 2,
           "loss that a copy does not cure: two");
}


static void
edges(void)
{
    ngx_uint_t  i;

    /* one of 125 for ever, and one of 83 */

    start();

    for (i = 0; i < 200; i++) {
        now += SECOND;
        (void) report(i % 5 < 2, 50);
    }

    is_int(changes, 0, "0.8 %%: no copy");

    start();

    for (i = 0; i < 200 && changes == 0; i++) {
        now += SECOND;
        (void) report(i % 5 < 3, 50);
    }

    is_int(ngx_secmeet_repeat_copies(&repeat), 1, "1.2 %%: one");

    start();

    for (i = 0; i < 2; i++) {
        now += SECOND;
        (void) report(1, 50);
    }

    is_int(changes, 0, "the first packets lost decide nothing");

    ok(NGX_SECMEET_REPEAT_FIRST < NGX_SECMEET_REPEAT_SECOND,
       "the second copy comes later");
}


static void
after(void)
{
    ngx_secmeet_usec_t  last;

    start();
    now += 2 * SECOND;
    is_int(report(5, 50), 1, "a bad second: a copy");
    now += 2 * SECOND;
    (void) report(0, 100);
    now += 2 * SECOND;
    (void) report(1, 100);

    for (last = now; report(0, 50) == 1; now += SECOND) {
        /* void */
    }

    is_int(now - last, NGX_SECMEET_REPEAT_HOLD, "until 10 s after a loss");
    is_int(ngx_secmeet_repeat_copies(&repeat), 0, "then none");
}


/* a path that loses 5 packets of 100 wherever there is no copy */

static void
tries(void)
{
    ngx_uint_t  i, n;

    static ngx_uint_t  expected[] = { 10, 20, 40, 80, 160, 320, 320 };

    start();

    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {

        while (ngx_secmeet_repeat_copies(&repeat) == 0) {
            now += SECOND;
            (void) report(3, 50);
        }

        for (n = 0; ngx_secmeet_repeat_copies(&repeat) == 1; n++) {
            now += SECOND;
            (void) report(0, 50);
        }

        is_int(n, expected[i], "try %d", (int) i + 1);
    }

    for (i = 0; i < 60; i++) {
        now += SECOND;
        (void) report(0, 50);
    }

    while (ngx_secmeet_repeat_copies(&repeat) == 0) {
        now += SECOND;
        (void) report(3, 50);
    }

    for (n = 0; ngx_secmeet_repeat_copies(&repeat) == 1; n++) {
        now += SECOND;
        (void) report(0, 50);
    }

    is_int(n, expected[0], "after a good minute as if for the first time");
}


static void
room(void)
{
    start();
    seed = 3;

    run(60, 100000);
    is_int(ngx_secmeet_repeat_copies(&repeat), 2, "two copies");

    is_int(ngx_secmeet_repeat_allow(&repeat, 1, now), NGX_OK,
           "a path with less room");
    is_int(ngx_secmeet_repeat_copies(&repeat), 1, "one");
    is_int(ngx_secmeet_repeat_allow(&repeat, 1, now), NGX_DONE, "as before");

    run(60, 100000);
    is_int(seconds[1], 60, "however much is lost");

    (void) ngx_secmeet_repeat_allow(&repeat, 0, now);
    run(60, 100000);
    is_int(seconds[0], 60, "no room at all: none");

    is_int(ngx_secmeet_repeat_allow(&repeat, 9, now), NGX_OK, "room again");
    is_int(ngx_secmeet_repeat_copies(&repeat), 2, "two at once, not more");
}


static void
odd(void)
{
    start();

    now += 2 * SECOND;
    (void) report(0, 0);
    is_int(changes, 0, "nothing expected");

    now += SECOND;
    (void) report(1000, NGX_SECMEET_REPEAT_PACKETS + 1);
    is_int(changes, 0, "a jump tells nothing");

    now += SECOND;
    (void) report(1000, -1000);
    is_int(changes, 0, "nor does a way back");

    now += SECOND;
    (void) report(-100, 50);
    (void) report(3, 50);
    is_int(changes, 0, "less lost than before, and a few");

    now += SECOND;
    (void) report(1000, NGX_SECMEET_REPEAT_PACKETS);
    is_int(ngx_secmeet_repeat_copies(&repeat), 2, "no jump: much is lost");

    start();
    lost_total = 0x7fffff;
    (void) report(0, 50000);

    now += 2 * SECOND;
    lost_total = -0x800000;
    (void) report(0, 50);
    is_int(changes, 0, "the count of losses came round");

    is_int(ngx_secmeet_repeat_path(&repeat, 5, 0, now), NGX_DONE,
           "a path that was not used");
    is_int(ngx_secmeet_repeat_path(&repeat, 500, 100, now), NGX_OK,
           "more lost than sent is all of it");
    is_int(ngx_secmeet_repeat_copies(&repeat), 2, "two");
}
