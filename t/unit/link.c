
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "../link/model.h"
#include "tap.h"


#define MS      1000
#define SECOND  1000000
#define START   (1000 * (ngx_secmeet_usec_t) SECOND)
#define COUNT   100000


/* what a run of equal packets, one each `gap`, has come to */

typedef struct {
    ngx_uint_t           arrived;
    ngx_uint_t           twice;
    ngx_uint_t           backwards;
    ngx_uint_t           bursts;
    ngx_uint_t           longest;
    ngx_secmeet_usec_t   least;
    ngx_secmeet_usec_t   most;
    ngx_secmeet_usec_t   end;
    uint64_t             sum;                   /* of all that arrived */
} run_t;


static run_t               got;
static link_t              path;
static ngx_secmeet_usec_t  begun;


static void run(link_conf_t *conf, ngx_uint_t n, size_t size,
    ngx_secmeet_usec_t gap);
static void run_on(ngx_uint_t n, size_t size, ngx_secmeet_usec_t gap);
static ngx_uint_t within(double value, double from, double to);
static void nothing(void);
static void rate(void);
static void queue(void);
static void delay(void);
static void loss(void);
static void bursts(void);
static void duplicates(void);
static void seeds(void);
static void steps(void);


int
main(void)
{
    nothing();
    rate();
    queue();
    delay();
    loss();
    bursts();
    duplicates();
    seeds();
    steps();

    return done();
}


static void
run(link_conf_t *conf, ngx_uint_t n, size_t size, ngx_secmeet_usec_t gap)
{
    begun = START;

    link_init(&path, conf);
    run_on(n, size, gap);
}


static void
run_on(ngx_uint_t n, size_t size, ngx_secmeet_usec_t gap)
{
    ngx_uint_t           i, row;
    ngx_secmeet_usec_t   now, when, last;

    ngx_memzero(&got, sizeof(run_t));
    got.least = SECOND * 1000;

    row = 0;
    last = 0;
    now = begun;

    for (i = 0; i < n; i++, now += gap) {

        if (link_input(&path, size, now, &when) != NGX_OK) {
            got.bursts += (row == 0);
            got.longest = ngx_max(got.longest, ++row);
            continue;
        }

        row = 0;

        got.arrived++;
        got.sum = got.sum * 31 + when - begun;
        got.backwards += (when < last);
        got.least = ngx_min(got.least, when - now);
        got.most = ngx_max(got.most, when - now);
        got.end = when;
        last = when;

        if (path.twice) {
            got.twice++;
            got.backwards += (path.twice < last);
            last = path.twice;
        }
    }

    begun = now + SECOND;
}


static ngx_uint_t
within(double value, double from, double to)
{
    if (value < from || value > to) {
        printf("# %g is not within %g and %g\n", value, from, to);
        return 0;
    }

    return 1;
}


static void
nothing(void)
{
    link_conf_t  conf;

    ngx_memzero(&conf, sizeof(link_conf_t));

    run(&conf, 1000, 1200, 10);

    is_int(got.arrived, 1000, "without properties all arrives");
    is_int(got.most, 0, "at once");
    is_int(got.twice, 0, "each of them once");
    is_int(path.stats.in, 1000, "counted in");
    is_int(path.stats.out, 1000, "and out");
    is_int(path.stats.out_bytes, 1000 * 1200, "by bytes");
    is_int(link_queue(&path, START), 0, "nothing waits");
}


static void
rate(void)
{
    link_conf_t  conf;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.rate = 1000000;

    run(&conf, 1000, 1250, 20 * MS);

    is_int(got.least, 10 * MS, "10000 bits take 10 ms at 1 Mbit/s");
    is_int(got.most, 10 * MS, "each, below the rate");
    is_int(path.stats.queue_max, 0, "nothing has waited");

    run(&conf, 1000, 1250, 0);

    is_int(got.arrived, 1000, "a queue without an end loses nothing");
    is_int(got.end - START, 10 * SECOND, "it empties at the rate");
    is_int(link_queue(&path, START), 1000 * 1250, "all waits at first");
    is_int(link_queue(&path, START + 5 * SECOND), 500 * 1250, "half later");
    is_int(link_queue(&path, START + 10 * SECOND), 0, "nothing at the end");
    is_int(link_wait(&path, START), 10 * SECOND, "a packet would wait");
    is_int(link_wait(&path, START + 11 * SECOND), 0, "or would not");

    /* a size that divides no rate: nothing is lost to rounding */

    conf.rate = 7000001;

    run(&conf, COUNT, 1201, 0);

    ok(within(got.end - START, 137257.0e3, 137257.2e3),
       "the rate is exact after 100000 packets");
}


static void
queue(void)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  when;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.rate = 1000000;
    conf.queue = 12500;

    run(&conf, 11, 1250, 0);

    is_int(got.arrived, 10, "the queue takes as many bytes as it may");
    is_int(path.stats.dropped, 1, "and drops what comes then");
    is_int(path.stats.lost, 0, "which is not lost on the way");
    is_int(path.stats.queue_max, 90 * MS, "the last has waited for the rest");
    is_int(link_input(&path, 1250, START + 10 * MS - 1, &when), NGX_DECLINED,
           "it is full until one has left");
    is_int(link_input(&path, 1250, START + 10 * MS, &when), NGX_OK,
           "then there is room for one");
    is_int(when, START + 110 * MS, "which comes last");

    run(&conf, 10000, 1250, 5 * MS);

    ok(within(got.arrived, 5000, 5010), "twice the rate: half is dropped");
    ok(within(got.most, 95 * MS, 100 * MS), "the queue is as long as it may");
}


static void
delay(void)
{
    link_conf_t  conf;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.delay = 200 * MS;

    run(&conf, 1000, 1000, MS);

    is_int(got.least, 200 * MS, "a delay");
    is_int(got.most, 200 * MS, "is the same for all");

    conf.delay = 50 * MS;
    conf.jitter = 40 * MS;

    run(&conf, 10000, 100, 100 * MS);

    ok(within(got.least, 10 * MS, 10.1 * MS), "jitter goes down to 10 ms");
    ok(within(got.most, 89.9 * MS, 90 * MS), "and up to 90 ms");

    run(&conf, 10000, 100, 5 * MS);

    is_int(got.backwards, 0, "packets near each other keep their order");
    ok(within(got.most, 89.9 * MS, 90 * MS), "within the same bounds");

    conf.reorder = 1;

    run(&conf, 10000, 100, 5 * MS);

    ok(within(got.backwards, 3000, 6000), "or do not, if that is wanted");

    conf.delay = 10 * MS;

    run(&conf, 10000, 100, 5 * MS);

    is_int(got.least, 0, "none arrives before it was sent");
    ok(within(got.most, 49.9 * MS, 50 * MS), "others are as late as ever");
}


static void
loss(void)
{
    link_conf_t  conf;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.loss = 100;

    run(&conf, COUNT, 1000, MS);

    ok(within(path.stats.lost, 9700, 10300), "a tenth is lost");
    is_int(got.arrived + path.stats.lost, COUNT, "the rest arrives");
    ok(within((double) path.stats.lost / got.bursts, 1.08, 1.14),
       "one by one");

    conf.loss = 1;

    run(&conf, COUNT, 1000, MS);

    ok(within(path.stats.lost, 60, 140), "a thousandth is lost");

    conf.loss = 1000;

    run(&conf, 1000, 1000, MS);

    is_int(got.arrived, 0, "all is lost");
}


static void
bursts(void)
{
    link_conf_t  conf;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.loss = 100;
    conf.burst = 5;

    run(&conf, COUNT, 1000, MS);

    ok(within(path.stats.lost, 9200, 10800), "in bursts: a tenth is lost");
    ok(within((double) path.stats.lost / got.bursts, 4.7, 5.3),
       "five in a row on average");
    ok(within(got.longest, 20, 80), "sometimes many more");

    conf.loss = 1000;

    run(&conf, 1000, 1000, MS);

    is_int(got.arrived, 0, "all is lost");
}


static void
duplicates(void)
{
    link_conf_t  conf;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.duplicate = 50;
    conf.delay = 20 * MS;

    run(&conf, COUNT, 1000, MS);

    ok(within(got.twice, 4700, 5300), "a twentieth comes twice");
    is_int(path.stats.duplicated, got.twice, "which is counted");
    is_int(path.stats.out, COUNT, "beside the packets");
    is_int(got.backwards, 0, "not before the first copy");
}


static void
seeds(void)
{
    uint64_t     first;
    link_conf_t  conf;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.rate = 3000000;
    conf.queue = 30000;
    conf.delay = 30 * MS;
    conf.jitter = 10 * MS;
    conf.loss = 20;
    conf.burst = 3;
    conf.duplicate = 5;
    conf.seed = 1;

    run(&conf, 10000, 1200, 3 * MS);
    first = got.sum;

    run(&conf, 10000, 1200, 3 * MS);
    ok(got.sum == first, "the same seed makes the same run");

    conf.seed = 2;

    run(&conf, 10000, 1200, 3 * MS);
    ok(got.sum != first, "another one makes another");

    link_seed(&path, 1);
    run_on(10000, 1200, 3 * MS);
    ok(got.sum == first, "also from a later time on");

    conf.seed = 0;

    run(&conf, 10000, 1200, 3 * MS);
    ok(within(path.stats.lost, 120, 280), "zero is as good as any");
}


static void
steps(void)
{
    link_conf_t         conf;
    ngx_secmeet_usec_t  when;

    ngx_memzero(&conf, sizeof(link_conf_t));
    conf.rate = 1000000;

    /* 100 ms are queued when the rate changes */

    run(&conf, 10, 1250, 0);
    conf.rate = 500000;
    conf.delay = 7 * MS;
    link_conf(&path, &conf, START);

    is_int(link_queue(&path, START), 12500, "the queue outlasts a change");
    is_int(link_wait(&path, START), 200 * MS, "at half the rate it is slow");
    is_int(link_input(&path, 1250, START, &when), NGX_OK, "the next");
    is_int(when, START + 227 * MS, "comes after it, by the new properties");

    conf.rate = 10000000;
    conf.delay = 0;
    link_conf(&path, &conf, START + 120 * MS);

    is_int(link_queue(&path, START + 120 * MS), 13750 - 7500,
           "what was sent meanwhile is gone");
    is_int(link_wait(&path, START + 120 * MS), 5 * MS, "it is fast now");
    is_int(link_input(&path, 1250, START + 120 * MS, &when), NGX_OK,
           "the next");
    is_int(when, START + 227 * MS, "does not overtake the one before");

    conf.rate = 0;
    link_conf(&path, &conf, START + 300 * MS);
    (void) link_input(&path, 1250, START + 300 * MS, &when);

    is_int(when, START + 300 * MS, "a rate may be taken away");

    conf.loss = 1000;
    link_conf(&path, &conf, START + 300 * MS);

    is_int(link_input(&path, 1250, START + 300 * MS, &when), NGX_DECLINED,
           "loss may begin");

    conf.loss = 0;
    link_conf(&path, &conf, START + 300 * MS);

    is_int(link_input(&path, 1250, START + 300 * MS, &when), NGX_OK,
           "and end");
    is_int(path.stats.in, 15, "all of it is counted");
}
