
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_alloc.h"
#include "tap.h"


#define SECOND  1000000
#define POLL    200000
#define ITEMS   (NGX_SECMEET_ALLOC_ITEMS + 1)


static ngx_secmeet_alloc_t       alloc;
static ngx_secmeet_alloc_item_t  items[ITEMS];
static ngx_secmeet_alloc_step_t  steps[ITEMS][3];
static ngx_secmeet_usec_t        now;
static uint64_t                  seed;


static void fill(ngx_uint_t n);
static ngx_int_t poll(ngx_uint_t n, uint64_t budget);
static void chosen(ngx_uint_t n, const char *expected, const char *name);
static ngx_int_t noise(ngx_int_t most);
static void order(void);
static void roles(void);
static void heights(void);
static void missing(void);
static void headroom(void);
static void futile(void);
static void forgotten(void);
static void stepwise(void);
static void conversation(void);
static void noisy(void);
static void flicker(uint64_t budget, ngx_uint_t n, ngx_uint_t each);
static void limits(void);


int
main(void)
{
    now = 10 * SECOND;
    seed = 1;

    order();
    roles();
    heights();
    missing();
    headroom();
    futile();
    forgotten();
    stepwise();
    conversation();
    noisy();
    limits();

    return done();
}


/* n videos of 100, 300, 900 kbit/s: 180, 360, 720 pixels high */

static void
fill(ngx_uint_t n)
{
    ngx_uint_t  i, k;

    ngx_secmeet_alloc_init(&alloc);
    ngx_memzero(steps, sizeof(steps));

    for (i = 0; i < n; i++) {

        for (k = 0; k < 3; k++) {
            steps[i][k].layer = k;
            steps[i][k].rate = (k == 0) ? 100000 : (k == 1) ? 300000 : 900000;
            steps[i][k].height = 180 << k;
        }

        ngx_secmeet_alloc_item(&items[i]);
        items[i].steps = steps[i];
        items[i].nsteps = 3;
    }
}


static ngx_int_t
poll(ngx_uint_t n, uint64_t budget)
{
    now += POLL;
    return ngx_secmeet_alloc_poll(&alloc, items, n, budget, now);
}


static void
chosen(ngx_uint_t n, const char *expected, const char *name)
{
    char        got[16];
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        got[i] = (items[i].chosen == -1) ? '-' : '0' + items[i].chosen;
    }

    got[n] = '\0';

    if (!ok(strcmp(got, expected) == 0, "%s", name)) {
        printf("# got %s, expected %s\n", got, expected);
    }
}


static ngx_int_t
noise(ngx_int_t most)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (ngx_int_t) ((seed >> 33) % (2 * most + 1)) - most;
}


static void
order(void)
{
    fill(4);

    is_int(poll(4, 109999), NGX_DONE, "no room: nothing changes");
    chosen(4, "----", "all are paused");
    is_int(alloc.total, 0, "nothing is taken");
    is_int(alloc.needed, 3600000, "what all of them would take");

    is_int(poll(4, 110000), NGX_OK, "room for one");
    chosen(4, "0---", "the first of the list");
    is_int(items[0].changed, now, "it changed now");
    is_int(items[1].changed, 0, "others did not");

    (void) poll(4, 335000);
    chosen(4, "000-", "the last of the list is paused");

    (void) poll(4, 500000);
    chosen(4, "0000", "the lowest for all before a second step for one");

    (void) poll(4, 900000);
    chosen(4, "1100", "a second step for some");

    (void) poll(4, 1400000);
    chosen(4, "1111", "for all, before one has a third");
    is_int(alloc.total, 1200000, "what they take");

    (void) poll(4, 4000000);
    chosen(4, "2222", "all there is");
    is_int(poll(4, 4000000), NGX_DONE, "and that is all");

    (void) poll(4, 450000);
    chosen(4, "0000", "down at once");

    (void) poll(4, 250000);
    chosen(4, "00--", "the last ones are paused");
}


static void
roles(void)
{
    fill(5);

    items[3].priority = NGX_SECMEET_ALLOC_SPEAKER;
    items[4].priority = NGX_SECMEET_ALLOC_SCREEN;

    (void) poll(5, 120000);
    chosen(5, "----0", "a screen comes first");

    (void) poll(5, 230000);
    chosen(5, "---00", "then the speaker");

    (void) poll(5, 800000);
    chosen(5, "00001", "all of them before the screen climbs");

    (void) poll(5, 1800000);
    chosen(5, "00012", "the screen to the full, then the speaker");

    (void) poll(5, 2400000);
    chosen(5, "00022", "the speaker to the full, then the rest");

    (void) poll(5, 2800000);
    chosen(5, "11022", "the rest in turn");

    fill(2);

    items[0].priority = NGX_SECMEET_ALLOC_SCREEN;
    steps[0][0].rate = 900000;
    items[0].nsteps = 1;

    (void) poll(2, 400000);
    chosen(2, "-1", "a screen too big leaves room for faces");
}


static void
heights(void)
{
    fill(3);

    items[0].wanted = 180;
    items[1].wanted = 181;
    items[2].wanted = 4000;

    (void) poll(3, 10000000);
    chosen(3, "012", "not more than needed, not less than wanted");
    is_int(alloc.needed, 1300000, "what they would take is less");

    items[1].wanted = 0;
    (void) poll(3, 10000000);
    chosen(3, "022", "0: no limit");

    items[1].wanted = 100;
    (void) poll(3, 10000000);
    chosen(3, "002", "down when it is shown smaller");

    items[1].wanted = 720;
    (void) poll(3, 10000000);
    chosen(3, "022", "and up again at once: it was no failure");

    fill(3);

    steps[0][0].height = steps[0][1].height = steps[0][2].height = 0;
    items[0].wanted = 90;
    steps[1][2].height = 0;
    items[1].wanted = 360;
    steps[2][0].rate = steps[2][1].rate = 0;
    items[2].wanted = 90;

    (void) poll(3, 10000000);
    chosen(3, "112", "heights that are not known: the lower half");

    steps[0][2].rate = 0;
    (void) poll(3, 10000000);
    chosen(3, "012", "of what is there");

    /* temporal layers of one height */

    fill(1);
    steps[0][1].height = 180;
    items[0].wanted = 90;

    (void) poll(1, 10000000);
    chosen(1, "1", "all steps of the height that is enough");
}


static void
missing(void)
{
    fill(2);

    steps[0][2].rate = 0;
    steps[1][0].rate = 0;
    steps[1][1].rate = 0;

    (void) poll(2, 10000000);
    chosen(2, "12", "a step without a rate is not there");
    is_int(alloc.needed, 1200000, "nor needed");

    (void) poll(2, 600000);
    chosen(2, "1-", "nor is there one below it to fall to");

    steps[0][0].rate = 0;
    steps[0][1].rate = 0;

    (void) poll(2, 600000);
    chosen(2, "--", "no step at all: paused");

    fill(1);
    (void) poll(1, 1000000);
    chosen(1, "2", "the highest");

    steps[0][2].rate = 0;
    (void) poll(1, 1000000);
    chosen(1, "1", "it ends: the next");

    steps[0][2].rate = 900000;
    (void) poll(1, 1000000);
    chosen(1, "2", "it is back: that was no failure");
}


static void
headroom(void)
{
    fill(1);

    (void) poll(1, 989999);
    chosen(1, "1", "less than a tenth more than it takes: no climb");

    (void) poll(1, 990000);
    chosen(1, "2", "a tenth more: up");

    (void) poll(1, 900000);
    chosen(1, "2", "what it takes is enough to stay");

    (void) poll(1, 899999);
    chosen(1, "1", "less is not");
}


/* how long until the next try, if each of them fails within a second */

static void
futile(void)
{
    ngx_uint_t          i;
    ngx_secmeet_usec_t  wait, fell;

    static ngx_uint_t  expected[] = { 2, 4, 8, 16, 32, 60, 60 };

    fill(1);
    (void) poll(1, 1000000);
    chosen(1, "2", "a climb");

    for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {

        (void) poll(1, 800000);
        fell = now;

        while (items[0].chosen != 2 && now < fell + 100 * SECOND) {
            (void) poll(1, 1000000);
        }

        wait = now - fell;
        is_int(wait / SECOND, expected[i], "try %d", (int) i + 2);
    }
}


static void
forgotten(void)
{
    ngx_secmeet_usec_t  fell;

    fill(1);

    (void) poll(1, 1000000);
    now += NGX_SECMEET_ALLOC_FAILED - POLL - 1;
    (void) poll(1, 800000);
    (void) poll(1, 1000000);
    chosen(1, "1", "it did not last: not at once again");

    now += NGX_SECMEET_ALLOC_HOLD;
    (void) poll(1, 1000000);
    chosen(1, "2", "later");

    now += NGX_SECMEET_ALLOC_FAILED - POLL;
    (void) poll(1, 800000);
    (void) poll(1, 1000000);
    chosen(1, "2", "it lasted: again at once");

    /* two failures, and a good while */

    (void) poll(1, 800000);
    now += NGX_SECMEET_ALLOC_HOLD * 2;
    (void) poll(1, 1000000);
    (void) poll(1, 800000);
    chosen(1, "1", "failed again");

    now += NGX_SECMEET_ALLOC_FORGET;
    (void) poll(1, 1000000);
    (void) poll(1, 800000);
    fell = now;

    while (items[0].chosen != 2) {
        (void) poll(1, 1000000);
    }

    is_int((now - fell) / SECOND, 2, "the failures before are forgotten");
}


static void
stepwise(void)
{
    fill(1);

    (void) poll(1, 1000000);
    (void) poll(1, 150000);
    chosen(1, "0", "two steps down");

    (void) poll(1, 400000);
    chosen(1, "1", "up below the step that failed");

    (void) poll(1, 1000000);
    chosen(1, "1", "not to it");

    fill(1);

    (void) poll(1, 1000000);
    now += 60 * (uint64_t) SECOND;
    (void) poll(1, 400000);
    (void) poll(1, 1000000);
    chosen(1, "2", "the path was worse for a while: up at once");
}


/* two speak in turn, with room for one of them to the full */

static void
conversation(void)
{
    int         good;
    ngx_uint_t  turn;

    fill(3);
    good = 1;

    for (turn = 0; turn < 40; turn++) {
        items[turn % 2].priority = NGX_SECMEET_ALLOC_SPEAKER;
        items[(turn + 1) % 2].priority = NGX_SECMEET_ALLOC_REST;

        (void) poll(3, 1250000);

        if (items[turn % 2].chosen != 2
            || items[(turn + 1) % 2].chosen != 0
            || items[2].chosen != 0)
        {
            good = 0;
        }

        now += 3 * SECOND;
    }

    ok(good, "a new role is no failure of the old one");
}


static void
noisy(void)
{
    uint64_t  budget;

    /* from room for one to room for all, in steps that hit all edges */

    for (budget = 300000; budget <= 4000000; budget += 185000) {
        flicker(budget, 4, 1);
        flicker(budget, 4, 5);
        flicker(budget, 1, 5);
    }
}


/* a minute of rates that go up and down by 15 %, each time or now and then */

static void
flicker(uint64_t budget, ngx_uint_t n, ngx_uint_t each)
{
    ngx_uint_t  i, k, t, changes;

    static uint64_t  rates[] = { 100000, 300000, 900000 };

    fill(n);
    changes = 0;

    for (t = 0; t < 350; t++) {

        for (i = 0; i < n && t % each == 0; i++) {
            for (k = 0; k < 3; k++) {
                steps[i][k].rate = rates[k] * (100 + noise(15)) / 100;
            }
        }

        if (poll(n, budget) == NGX_OK && t >= 50) {
            changes++;
        }
    }

    if (!ok(changes <= 2, "%d at %d kbit/s, noise each %d ms: nothing flaps",
            (int) n, (int) (budget / 1000), (int) each * POLL / 1000))
    {
        printf("# %d changes in a minute\n", (int) changes);
    }
}


static void
limits(void)
{
    ngx_uint_t  i, n;

    fill(ITEMS);

    (void) poll(ITEMS, 1000000000);

    for (i = 0, n = 0; i < ITEMS; i++) {
        n += (items[i].chosen == 2);
    }

    is_int(n, NGX_SECMEET_ALLOC_ITEMS, "so many are chosen");
    is_int(items[NGX_SECMEET_ALLOC_ITEMS].chosen, -1, "one more is paused");
    is_int(poll(ITEMS, 1000000000), NGX_DONE, "and stays so");

    items[NGX_SECMEET_ALLOC_ITEMS].chosen = 1;
    is_int(poll(ITEMS, 1000000000), NGX_OK, "one that comes down the list");
    is_int(items[NGX_SECMEET_ALLOC_ITEMS].chosen, -1, "is paused");

    is_int(poll(0, 1000000), NGX_DONE, "an empty list");
    is_int(alloc.needed, 0, "needs nothing");

    fill(1);
    steps[0][2].rate = (uint64_t) -1;
    (void) poll(1, 3000000000);
    chosen(1, "1", "an absurd rate fits nowhere");
}
