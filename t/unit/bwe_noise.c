
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Bandwidth estimation over links with jitter, delay and loss, and over
 * return paths that lose feedback: none of it is congestion.
 */


#include "bwe_show.h"


#define SEEDS  4


static world_t  w;
static link_t   path;
static show_t   s;


static ngx_secmeet_usec_t begin(link_conf_t *conf, uint64_t seed);
static void jitter(const char *name, ngx_secmeet_usec_t delay,
    ngx_secmeet_usec_t spread, uint64_t low);
static void jitter_slow(void);
static void loss(const char *name, ngx_uint_t share, ngx_uint_t burst,
    uint64_t low);
static void loss_begins(void);
static void loss_high(void);
static void reorder(void);
static void feedback_lost(ngx_uint_t share);
static void feedback_gone(void);


int
main(void)
{
    jitter("100 +- 30 ms", 100 * MS, 30 * MS, 1500);
    jitter("50 +- 40 ms", 50 * MS, 40 * MS, 1500);
    jitter("200 ms", 200 * MS, 0, 2400);
    jitter_slow();

    loss("2 % loss", 20, 1, 2400);
    loss("5 % loss", 50, 1, 2400);
    loss("10 % loss", 100, 1, 2400);
    loss("2 % loss in bursts of 5", 20, 5, 1500);
    loss("10 % loss in bursts of 5", 100, 5, 1200);
    loss_begins();
    loss_high();
    reorder();

    feedback_lost(300);
    feedback_lost(500);
    feedback_gone();

    return done();
}


static ngx_secmeet_usec_t
begin(link_conf_t *conf, uint64_t seed)
{
    memset(conf, 0, sizeof(link_conf_t));
    conf->rate = 5000 * KBIT;
    conf->queue = 60000;
    conf->delay = 25 * MS;
    conf->seed = seed;

    link_init(&path, conf);
    world_init(&w, &path, 2500 * KBIT, 10 * SECOND);
    w.random += seed * 7919;

    return 10 * SECOND;
}


static void
jitter(const char *name, ngx_secmeet_usec_t delay,
    ngx_secmeet_usec_t spread, uint64_t low)
{
    uint64_t            climb, seed;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    for (seed = 1; seed <= SEEDS; seed++) {
        now = begin(&conf, seed);
        conf.delay = delay;
        conf.jitter = spread;
        link_conf(&path, &conf, now);
        w.back = delay;

        climb = show_until(&w, &now, 2400, 100000, 30 * SECOND);
        printf("# %s: climbs in %llu ms\n", name,
               (unsigned long long) climb);
        within(climb, 0, 5000, "ms to climb");

        now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
        show(&s, name, 2500);

        within(s.min, low, 10000, name);
        within(s.arrived, 2250, 2700, "used");
    }
}


/* and where there is a queue behind the jitter, it is still seen */

static void
jitter_slow(void)
{
    uint64_t            seed;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    for (seed = 1; seed <= SEEDS; seed++) {
        now = begin(&conf, seed);
        conf.rate = 1000 * KBIT;
        conf.delay = 100 * MS;
        conf.jitter = 30 * MS;
        link_conf(&path, &conf, now);
        w.back = 100 * MS;

        now = show_run(&s, &w, NULL, now, now + 10 * SECOND);
        now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
        show(&s, "1 Mbit/s, 100 +- 30 ms", 1000);

        within(s.mean, 750, 1100, "1 Mbit/s, 100 +- 30 ms");
        within(s.arrived, 750, 1000, "used");
        within(s.p95, 0, 300, "95th percentile of the queue");
    }
}


static void
loss(const char *name, ngx_uint_t share, ngx_uint_t burst, uint64_t low)
{
    uint64_t            climb, seed;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    for (seed = 1; seed <= SEEDS; seed++) {
        now = begin(&conf, seed);
        conf.loss = share;
        conf.burst = burst;
        link_conf(&path, &conf, now);

        climb = show_until(&w, &now, 2400, 100000, 30 * SECOND);
        printf("# %s: climbs in %llu ms\n", name,
               (unsigned long long) climb);
        within(climb, 0, 5000, "ms to climb");

        now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
        show(&s, name, 2500);

        within(s.min, low, 10000, name);
        within(s.mean, 2400, 10000, "mean");
    }
}


/* loss of a path that had none: one try at a lower rate, then back */

static void
loss_begins(void)
{
    uint64_t            low;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 1);
    now = show_run(&s, &w, NULL, now, now + 20 * SECOND);

    conf.loss = 100;
    link_conf(&path, &conf, now);

    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);
    show(&s, "10 % loss begins", 2500);
    low = s.min;

    within(low, 1500, 2600, "a try");
    within(w.out.target / KBIT, 2400, 10000, "back");

    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
    within(s.min, 2400, 10000, "and no other");
    within(s.arrived, 2100, 2500, "used");
}


/* bounded: lower, but not to nothing */

static void
loss_high(void)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 1);
    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);
    conf.loss = 400;
    link_conf(&path, &conf, now);

    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
    show(&s, "40 % loss", 2500);

    within(s.min, 150, 2400, "lower");
    within(s.mean, 200, 4000, "but not all the time the least");
}


static void
reorder(void)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 1);
    conf.jitter = 10 * MS;
    conf.reorder = 1;
    link_conf(&path, &conf, now);

    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);
    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
    show(&s, "reordered", 2500);

    within(s.min, 2400, 10000, "reordered");
    within(w.out.loss * 1000, 0, 20, "1/1000 taken for lost");
}


static void
feedback_lost(ngx_uint_t share)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 1);
    w.back_loss = share;

    now = show_run(&s, &w, NULL, now, now + 15 * SECOND);
    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
    show(&s, "feedback lost", 2500);

    within(s.min, 1500, 10000, "feedback lost");
    within(s.arrived, 2250, 2700, "used");
    within(w.out.loss * 1000, 0, 10, "1/1000 taken for lost");
}


static void
feedback_gone(void)
{
    uint64_t            high, up;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 1);
    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);
    high = w.out.target / KBIT;

    w.back_loss = 1000;
    now = show_run(&s, &w, NULL, now, now + SECOND);
    is_int(w.out.target / KBIT, high, "a second without feedback");

    now = show_run(&s, &w, NULL, now, now + 2 * SECOND);
    within(w.out.target / KBIT, high / 4, high * 9 / 10, "three seconds");
    is_int(w.out.state, ngx_secmeet_bwe_silent, "is told");

    now = show_run(&s, &w, NULL, now, now + 20 * SECOND);
    is_int(w.out.target, 50 * KBIT, "the least after twenty");

    w.back_loss = 0;
    up = show_until(&w, &now, 2400, 100000, 20 * SECOND);
    printf("# feedback is back: %llu ms\n", (unsigned long long) up);
    within(up, 0, 5000, "ms to come back");
}
