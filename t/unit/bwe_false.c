
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Bandwidth estimation where a path becomes longer, or a machine halts for a
 * moment, while a few layers are sent: less is sent for a moment at most, and
 * a real queue is still one.
 */


#include "bwe_show.h"


#define SEEDS  4


static world_t  w;
static link_t   path;


static ngx_secmeet_usec_t begin(link_conf_t *conf, uint64_t seed);
static void jump(const char *name, ngx_secmeet_usec_t delay,
    ngx_secmeet_usec_t spread);
static void slow(uint64_t rate);
static void halt(ngx_secmeet_usec_t length);
static uint64_t below(ngx_secmeet_usec_t *now, uint64_t kbits,
    ngx_secmeet_usec_t passed);


int
main(void)
{
    jump("10 -> 100 +- 30 ms", 100 * MS, 30 * MS);
    jump("10 -> 100 ms", 100 * MS, 0);
    jump("10 -> 300 ms", 300 * MS, 0);
    jump("10 -> 5 ms", 5 * MS, 0);

    slow(300);
    slow(100);

    halt(100 * MS);
    halt(200 * MS);

    return done();
}


/* layers of 50, 110, 240 and 500 kbit/s, and room for all of them */

static ngx_secmeet_usec_t
begin(link_conf_t *conf, uint64_t seed)
{
    ngx_secmeet_usec_t  now;

    memset(conf, 0, sizeof(link_conf_t));
    conf->rate = 5000 * KBIT;
    conf->queue = 60000;
    conf->delay = 10 * MS;
    conf->seed = seed;

    now = 10 * SECOND;

    link_init(&path, conf);
    world_init(&w, &path, 500 * KBIT, now);

    w.random += seed * 7919;
    w.wanted = 650 * KBIT;
    w.steps[0] = 50 * KBIT;
    w.steps[1] = 110 * KBIT;
    w.steps[2] = 240 * KBIT;
    w.steps[3] = 500 * KBIT;

    for ( /* void */ ; now < 25 * SECOND; now += MS) {
        world_step(&w, now);
    }

    return now;
}


static void
jump(const char *name, ngx_secmeet_usec_t delay, ngx_secmeet_usec_t spread)
{
    uint64_t            seed, low, back;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now;

    for (seed = 1; seed <= SEEDS; seed++) {
        now = begin(&conf, seed);

        within(w.out.target / KBIT, 500, 20000, "all is sent");

        conf.delay = delay;
        conf.jitter = spread;
        link_conf(&path, &conf, now);
        w.back = delay;

        low = below(&now, 240, 5 * SECOND);
        back = show_until(&w, &now, 500, 100000, 20 * SECOND);

        printf("# %s: below 240 kbit/s for %llu ms of 5 s, all again "
               "%llu ms later\n", name, (unsigned long long) low,
               (unsigned long long) back);

        within(low, 0, 2500, name);
        within(back, 0, 4000, "ms until all is sent");

        low = below(&now, 400, 30 * SECOND);
        within(low, 0, 5000, "ms with less, of half a minute");
    }
}


static void
slow(uint64_t rate)
{
    uint64_t            seed, ms;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now, until;

    for (seed = 1; seed <= SEEDS; seed++) {
        now = begin(&conf, seed);

        conf.rate = rate * KBIT;
        conf.queue = 30000;
        link_conf(&path, &conf, now);

        ms = show_until(&w, &now, 0, rate * 12 / 10, 20 * SECOND);
        printf("# 5000 -> %llu kbit/s: yields after %llu ms\n",
               (unsigned long long) rate, (unsigned long long) ms);
        within(ms, 0, 2500, "ms to yield");

        until = now + 3 * SECOND;

        for ( /* void */ ; now < until; now += MS) {
            world_step(&w, now);
        }

        /* a layer that is too large is not tried for long */

        ms = 30000 - below(&now, rate < 240 ? 240 : 500, 30 * SECOND);
        within(ms, 0, 5000, "ms with too much, of half a minute");
    }
}


/*
 * A little is sent, and every third second a machine on the way halts: what
 * came meanwhile goes on at the end.
 */

static void
halt(ngx_secmeet_usec_t length)
{
    uint64_t            seed, low;
    link_conf_t         conf;
    ngx_secmeet_usec_t  now, until, halted;

    for (seed = 1; seed <= SEEDS; seed++) {
        now = begin(&conf, seed);

        w.wanted = 150 * KBIT;
        w.steps[2] = 0;
        w.steps[3] = 0;

        halted = now + 3 * SECOND;
        until = now + 30 * SECOND;
        low = 0;

        while (now < until) {
            conf.delay = 10 * MS;

            if (now >= halted) {
                conf.delay += halted + length - now;
            }

            link_conf(&path, &conf, now);

            if (now == halted + length) {
                halted += 3 * SECOND;
            }

            low += below(&now, 110, MS);
        }

        printf("# halts of %llu ms: below 110 kbit/s for %llu ms of 30 s\n",
               (unsigned long long) (length / MS), (unsigned long long) low);

        within(low, 0, 300, "ms with less than the little there is");
    }
}


/* how many ms of those to come the target is below */

static uint64_t
below(ngx_secmeet_usec_t *now, uint64_t kbits, ngx_secmeet_usec_t passed)
{
    uint64_t            ms;
    ngx_secmeet_usec_t  until;

    ms = 0;
    until = *now + passed;

    for ( /* void */ ; *now < until; *now += MS) {
        world_step(&w, *now);
        ms += (w.out.target < kbits * KBIT);
    }

    return ms;
}
