
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_rewrite.h"
#include "tap.h"


#define SECOND  1000000


static ngx_secmeet_rewrite_t      rw;
static ngx_secmeet_rewrite_out_t  out;


static ngx_int_t input(uint16_t seq, uint32_t timestamp,
    ngx_secmeet_usec_t now);
static void start_and_order(void);
static void switches(void);
static void wraps(void);
static void long_run(void);
static void find(void);


int
main(void)
{
    start_and_order();
    switches();
    wraps();
    long_run();
    find();

    return done();
}


static ngx_int_t
input(uint16_t seq, uint32_t timestamp, ngx_secmeet_usec_t now)
{
    return ngx_secmeet_rewrite_input(&rw, seq, timestamp, &out, now);
}


static void
start_and_order(void)
{
    ngx_secmeet_rewrite_init(&rw, 90000, 500, 7000);

    is_int(input(1000, 90000, SECOND), NGX_OK, "first packet is sent");
    is_int(out.seq, 500, "the first sequence number is the given one");
    is_int(out.timestamp, 7000, "the first timestamp is the given one");

    is_int(input(1001, 93000, SECOND + 33333), NGX_OK, "next packet");
    is_int(out.seq, 501, "its sequence number");
    is_int(out.timestamp, 10000, "its timestamp");

    input(1005, 96000, SECOND + 66666);
    is_int(out.seq, 505, "a gap of the source stays a gap");

    is_int(input(1003, 93000, SECOND + 70000), NGX_OK, "a late packet");
    is_int(out.seq, 503, "keeps its place");
    is_int(out.timestamp, 10000, "and its timestamp");

    is_int(input(1005, 96000, SECOND + 70000), NGX_OK, "a repeated one");
    is_int(out.seq, 505, "comes out the same");

    is_int(input(999, 87000, SECOND + 80000), NGX_DECLINED,
           "one from before the first is not sent");
}


static void
switches(void)
{
    ngx_secmeet_rewrite_init(&rw, 90000, 0, 0);

    input(100, 5000, SECOND);
    input(101, 8000, SECOND + 100000);

    ngx_secmeet_rewrite_switch(&rw);

    is_int(input(40000, 4000000000u, 3 * SECOND + 100000), NGX_OK,
           "the first packet of another source");
    is_int(out.seq, 2, "goes on with the next sequence number");
    is_int(out.timestamp, 3000 + 2 * 90000, "and by the time that passed");

    is_int(input(39999, 3999999999u, 3 * SECOND + 100000), NGX_DECLINED,
           "a packet from before the switch is not sent");

    ngx_secmeet_rewrite_switch(&rw);
    input(7, 1, 3 * SECOND + 100000);

    is_int(out.seq, 3, "a switch without any time between");
    is_int(out.timestamp, 3001 + 2 * 90000, "goes on by one tick");

    ngx_secmeet_rewrite_switch(&rw);
    ngx_secmeet_rewrite_switch(&rw);
    input(8, 3001, 2 * SECOND);

    is_int(out.timestamp, 3002 + 2 * 90000,
           "a clock that steps back never takes the timestamp back");

    /* frames out of order: the highest counts, not the last */

    ngx_secmeet_rewrite_init(&rw, 90000, 0, 1000);

    input(1, 9000, SECOND);
    input(2, 18000, SECOND);
    input(3, 12000, SECOND + 10);
    ngx_secmeet_rewrite_switch(&rw);
    input(1, 0, SECOND + 10);

    is_int(out.timestamp, 10001, "nothing falls below a sent timestamp");
}


static void
wraps(void)
{
    ngx_secmeet_rewrite_init(&rw, 48000, 65535, 0xffffff00);

    input(65534, 0xfffffff0, SECOND);
    input(65535, 0x000000f0, SECOND + 20000);

    is_int(out.seq, 0, "the sequence number goes round");
    is_int(out.timestamp, 0, "the timestamp goes round");

    input(0, 0x000001f0, SECOND + 40000);
    is_int(out.seq, 1, "that of the source as well");

    is_int(input(65533, 0, SECOND), NGX_DECLINED, "old ones stay old");

    ngx_secmeet_rewrite_switch(&rw);
    input(0, 0, (ngx_secmeet_usec_t) 40 * 86400 * SECOND);

    is_int(out.seq, 2, "a pause of weeks");
    is_int(out.timestamp, 0xf0 - 0xfffffff0 + 0xffffff00 + 0x100 + 0x7fffffff,
           "is not a step back of the timestamp");
}


static void
long_run(void)
{
    uint32_t  i, bad;

    ngx_secmeet_rewrite_init(&rw, 48000, 10, 0);
    bad = 0;

    for (i = 0; i < 200000; i++) {

        if (input(i + 77, i * 960, i * 20000) != NGX_OK
            || out.seq != (uint16_t) (i + 10)
            || out.timestamp != i * 960)
        {
            bad++;
        }
    }

    is_int(bad, 0, "200000 packets of one source, three times round");

    is_int(input(i + 77 - 0x4002, 0, 0), NGX_DECLINED,
           "a quarter of a round back is too old");
}


static void
find(void)
{
    uint16_t  in;

    ngx_secmeet_rewrite_init(&rw, 90000, 65530, 0);

    is_int(ngx_secmeet_rewrite_find(&rw, 65530, &in), NGX_DECLINED,
           "nothing is found before anything is sent");

    input(100, 0, 0);
    input(110, 0, 0);

    is_int(ngx_secmeet_rewrite_find(&rw, 65530, &in), NGX_OK,
           "the first is found");
    is_int(in, 100, "and is the source's first");
    is_int(ngx_secmeet_rewrite_find(&rw, 4, &in), NGX_OK,
           "the last is found");
    is_int(in, 110, "and is the source's last");
    is_int(ngx_secmeet_rewrite_find(&rw, 5, &in), NGX_DECLINED,
           "the one after the last is not");
    is_int(ngx_secmeet_rewrite_find(&rw, 65529, &in), NGX_DECLINED,
           "the one before the first is not");

    ngx_secmeet_rewrite_switch(&rw);

    is_int(ngx_secmeet_rewrite_find(&rw, 4, &in), NGX_DECLINED,
           "nothing is found between two sources");

    input(3000, 0, 1);

    is_int(ngx_secmeet_rewrite_find(&rw, 4, &in), NGX_DECLINED,
           "one of the former source is not found");
    is_int(ngx_secmeet_rewrite_find(&rw, 5, &in), NGX_OK,
           "one of the new source is");
    is_int(in, 3000, "by its own number");
}
