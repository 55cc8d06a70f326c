
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Bandwidth estimation over simulated links: steady ones, ones that change,
 * and what the application does not use.
 */


#include "bwe_show.h"


static world_t  w;
static link_t   path;
static show_t   s;


static ngx_secmeet_usec_t begin(link_conf_t *conf, uint64_t kbits,
    uint64_t app);
static void steady(const char *name, uint64_t kbits, uint64_t p95);
static void climb(void);
static void step(const char *name, uint64_t high, ngx_uint_t queue);
static void layers(void);
static void limited(void);
static void idle(void);
static void policer(void);
static void burst(void);


int
main(void)
{
    steady("300 kbit/s", 300, 120);
    steady("500 kbit/s", 500, 90);
    steady("1 Mbit/s", 1000, 70);
    steady("5 Mbit/s", 5000, 60);

    climb();
    step("5 -> 0.5 -> 5, 60 kB", 5000, 60000);
    step("3 -> 0.5 -> 3, 60 kB", 3000, 60000);
    step("5 -> 0.5 -> 5, 15 kB", 5000, 15000);
    layers();
    limited();
    idle();
    policer();
    burst();

    return done();
}


static ngx_secmeet_usec_t
begin(link_conf_t *conf, uint64_t kbits, uint64_t app)
{
    memset(conf, 0, sizeof(link_conf_t));
    conf->rate = kbits * KBIT;
    conf->queue = 60000;
    conf->delay = 25 * MS;
    conf->seed = 1;

    link_init(&path, conf);
    world_init(&w, &path, app * KBIT, 10 * SECOND);

    return 10 * SECOND;
}


/* the application could use much more */

static void
steady(const char *name, uint64_t kbits, uint64_t p95)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, kbits, kbits * 4);

    now = show_run(&s, &w, NULL, now, now + 5 * SECOND);
    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);

    show(&s, name, kbits);

    within(s.min, kbits * 70 / 100, kbits, name);
    within(s.max, kbits * 90 / 100, kbits * 104 / 100, name);
    within(s.arrived, kbits * 85 / 100, kbits, "and it is used");
    within(s.median, 0, 45, "the queue");
    within(s.p95, 0, p95, "its 95th percentile");
    within(s.padding, 0, kbits / 20, "padding");
    within(path.stats.dropped, 0, 0, "no drops");
}


/* from the start to all there is */

static void
climb(void)
{
    uint64_t            ms;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 5000, 2500);
    ms = show_until(&w, &now, 2500, 100000, 30 * SECOND);

    printf("# climb from 300 to 2500 kbit/s: %llu ms\n",
           (unsigned long long) ms);

    within(ms, 0, 2000, "ms to climb from 300 to 2500 kbit/s");
}


static void
step(const char *name, uint64_t high, ngx_uint_t queue)
{
    uint64_t            down, up;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, high, 2500);
    conf.queue = queue;
    link_conf(&path, &conf, now);
    now = show_run(&s, &w, NULL, now, now + 15 * SECOND);

    conf.rate = 500 * KBIT;
    link_conf(&path, &conf, now);
    down = show_until(&w, &now, 0, 520, 10 * SECOND);

    now = show_run(&s, &w, NULL, now, now + 3 * SECOND);
    now = show_run(&s, &w, NULL, now, now + 17 * SECOND);
    show(&s, "at 500 after a step", 500);

    within(s.min, 325, 500, "low");
    within(s.arrived, 400, 500, "and used");

    conf.rate = high * KBIT;
    link_conf(&path, &conf, now);
    up = show_until(&w, &now, 2250, 100000, 20 * SECOND);

    printf("# %s: down in %llu ms, up in %llu ms\n", name,
           (unsigned long long) down, (unsigned long long) up);

    within(down, 0, 1000, "ms to yield");
    within(up, 0, 3000, "ms to come back");
}


/* three layers, as a publisher sends them */

static void
layers(void)
{
    uint64_t            up;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 5000, 1700);
    w.wanted = 1800 * KBIT;
    w.steps[0] = 150 * KBIT;
    w.steps[1] = 500 * KBIT;
    w.steps[2] = 1700 * KBIT;

    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);
    within(w.out.target / KBIT, 1800, 10000, "the top layer");

    conf.rate = 500 * KBIT;
    link_conf(&path, &conf, now);
    now = show_run(&s, &w, NULL, now, now + 3 * SECOND);
    now = show_run(&s, &w, NULL, now, now + 20 * SECOND);
    show(&s, "layers at 500", 500);

    within(s.max, 350, 520, "no try of a layer in vain");
    within(s.p95, 0, 60, "probes make no queue");

    conf.rate = 5000 * KBIT;
    link_conf(&path, &conf, now);
    up = show_until(&w, &now, 1700, 100000, 20 * SECOND);
    within(up, 0, 3500, "ms to the top layer");
}


/* the target is not far above what is sent, but for what was proved */

static void
limited(void)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 20000, 600);

    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
    show(&s, "600 of 20000 wanted", 600);

    within(s.max, 600, 1200, "no more than was proved");
    within(s.padding, 0, 10, "no padding without need");

    w.app = 150 * KBIT;
    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
    within(s.max, 600, 1200, "nor with less to send");
    within(s.min, 600, 1200, "but no less");
}


/* nothing is sent: nothing is learnt, nothing falls */

static void
idle(void)
{
    uint64_t            target;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 5000, 1000);
    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);

    target = w.out.target;
    w.app = 0;
    w.wanted = 1;
    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);

    is_int(w.out.target, target, "a minute of silence");

    w.app = 1000 * KBIT;
    w.wanted = 0;
    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);
    within(s.min, target / KBIT * 9 / 10, target / KBIT * 2, "and after it");
}


/* hardly a queue: what is too much is lost */

static void
policer(void)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    now = begin(&conf, 1000, 4000);
    conf.queue = 4000;
    link_conf(&path, &conf, now);

    now = show_run(&s, &w, NULL, now, now + 5 * SECOND);
    now = show_run(&s, &w, NULL, now, now + 60 * SECOND);
    show(&s, "1 Mbit/s, queue 4 kB", 1000);

    within(s.mean, 700, 1100, "mean");
    within(s.arrived, 700, 1000, "used");
    within(s.sent - s.arrived, 0, 120, "lost");
}


/*
 * a middle layer on a link with much room, and a burst of another's that
 * fills its queue for a tenth of a second
 */

static void
burst(void)
{
    ngx_uint_t          i;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now, when;

    now = begin(&conf, 3000, 1700);
    w.wanted = 1800 * KBIT;
    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);

    w.app = 500 * KBIT;
    w.wanted = 500 * KBIT;
    now = show_run(&s, &w, NULL, now, now + 5 * SECOND);

    for (i = 0; i < 50; i++) {
        (void) link_input(&path, 1000, now, &when);
    }

    now = show_run(&s, &w, NULL, now, now + 5 * SECOND);
    show(&s, "a burst of another", 500);
    within(s.min, 480, 10000, "the layer stays");
}
