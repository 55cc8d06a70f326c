
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_rewrite.h"
#include "rewrite.h"
#include "tap.h"


#define SECOND  1000000


static void start_and_order(void);
static void switches(void);
static void wraps(void);
static void long_run(void);
static void find(void);
static void again(void);
static void gaps(void);
static void late_limit(void);
static void audio_layers(void);


int
main(void)
{
    start_and_order();
    switches();
    wraps();
    long_run();
    find();
    again();
    gaps();
    late_limit();
    audio_layers();

    return done();
}


static void
start_and_order(void)
{
    uint32_t    offset;
    ngx_uint_t  layer;

    begin(90000, 500, 7000);

    is_int(ngx_secmeet_rewrite_offset(&rw, &layer, &offset), NGX_DECLINED,
           "nothing is sent at first");

    is_int(audio(1000, 90000, SECOND), NGX_OK, "first packet is sent");
    is_int(out.seq, 500, "the first sequence number is the given one");
    is_int(out.timestamp, 7000, "the first timestamp is the given one");

    is_int(audio(1001, 93000, SECOND + 33333), NGX_OK, "next packet");
    is_int(out.seq, 501, "its sequence number");
    is_int(out.timestamp, 10000, "its timestamp");

    audio(1005, 96000, SECOND + 66666);
    is_int(out.seq, 505, "a gap of the source stays a gap");

    is_int(audio(1003, 93000, SECOND + 70000), NGX_OK, "a late packet");
    is_int(out.seq, 503, "keeps its place");
    is_int(out.timestamp, 10000, "and its timestamp");

    is_int(audio(999, 87000, SECOND + 80000), NGX_DECLINED,
           "one from before the first is not sent");

    is_int(ngx_secmeet_rewrite_offset(&rw, &layer, &offset), NGX_OK,
           "something is sent");
    is_int(layer, 0, "of the lowest layer");
    is_int(offset, (uint32_t) (7000 - 90000), "with this added");

    in.layer = NGX_SECMEET_REWRITE_LAYERS;
    is_int(audio(1006, 0, SECOND), NGX_DECLINED, "too many layers");
}


static void
switches(void)
{
    begin(90000, 0, 0);

    audio(100, 5000, SECOND);
    audio(101, 8000, SECOND + 100000);

    ngx_secmeet_rewrite_switch(&rw);

    is_int(audio(40000, 4000000000u, 3 * SECOND + 100000), NGX_OK,
           "the first packet of another source");
    is_int(out.seq, 2, "goes on with the next sequence number");
    is_int(out.timestamp, 3000 + 2 * 90000, "and by the time that passed");

    is_int(audio(39999, 3999999999u, 3 * SECOND + 100000), NGX_DECLINED,
           "a packet from before the switch is not sent");

    ngx_secmeet_rewrite_switch(&rw);
    audio(7, 1, 3 * SECOND + 100000);

    is_int(out.seq, 3, "a switch without any time between");
    is_int(out.timestamp, 3001 + 2 * 90000, "goes on by one tick");

    ngx_secmeet_rewrite_switch(&rw);
    ngx_secmeet_rewrite_switch(&rw);
    audio(8, 3001, 2 * SECOND);

    is_int(out.timestamp, 3002 + 2 * 90000,
           "a clock that steps back never takes the timestamp back");

    /* frames out of order: the highest counts, not the last */

    begin(90000, 0, 1000);

    audio(1, 9000, SECOND);
    audio(2, 18000, SECOND);
    audio(3, 12000, SECOND + 10);
    ngx_secmeet_rewrite_switch(&rw);
    audio(1, 0, SECOND + 10);

    is_int(out.timestamp, 10001, "nothing falls below a sent timestamp");
}


static void
wraps(void)
{
    begin(48000, 65535, 0xffffff00);

    audio(0xfffffffe, 0xfffffff0, SECOND);
    audio(0xffffffff, 0x000000f0, SECOND + 20000);

    is_int(out.seq, 0, "the sequence number goes round");
    is_int(out.timestamp, 0, "the timestamp goes round");

    audio(0, 0x000001f0, SECOND + 40000);
    is_int(out.seq, 1, "that of the source as well");

    is_int(audio(0xfffffffd, 0, SECOND), NGX_DECLINED, "old ones stay old");

    ngx_secmeet_rewrite_switch(&rw);
    audio(0, 0, (ngx_secmeet_usec_t) 40 * 86400 * SECOND);

    is_int(out.seq, 2, "a pause of weeks");
    is_int(out.timestamp, 0xf0 - 0xfffffff0 + 0xffffff00 + 0x100 + 0x7fffffff,
           "is not a step back of the timestamp");
}


static void
long_run(void)
{
    uint32_t    i, bad, number;
    ngx_uint_t  layer;

    begin(48000, 10, 0);
    bad = 0;

    for (i = 0; i < 200000; i++) {

        if (audio(i + 77, i * 960, i * 20000) != NGX_OK
            || out.seq != (uint16_t) (i + 10)
            || out.timestamp != i * 960
            || ngx_secmeet_rewrite_find(&rw, out.seq, &layer, &number)
               != NGX_OK
            || number != i + 77)
        {
            bad++;
        }
    }

    is_int(bad, 0, "200000 packets of one source, three times round");

    is_int(audio(i + 76 - NGX_SECMEET_REWRITE_WINDOW, 0, 0), NGX_OK,
           "a quarter of a round back is known");
    is_int(audio(i + 75 - NGX_SECMEET_REWRITE_WINDOW, 0, 0), NGX_DECLINED,
           "one more is too old");
    is_int(ngx_secmeet_rewrite_find(&rw, (uint16_t) (i + 9
                                         - NGX_SECMEET_REWRITE_WINDOW),
                                    &layer, &number),
           NGX_OK, "and is found");
    is_int(number, i + 76 - NGX_SECMEET_REWRITE_WINDOW, "as that");
    is_int(ngx_secmeet_rewrite_find(&rw, (uint16_t) (i + 8
                                         - NGX_SECMEET_REWRITE_WINDOW),
                                    &layer, &number),
           NGX_DECLINED, "one more is not found");
}


static void
find(void)
{
    uint32_t    number;
    ngx_uint_t  layer;

    begin(90000, 65530, 0);

    is_int(ngx_secmeet_rewrite_find(&rw, 65530, &layer, &number),
           NGX_DECLINED, "nothing is found before anything is sent");

    audio(100, 0, 0);
    audio(110, 0, 0);

    is_int(ngx_secmeet_rewrite_find(&rw, 65530, &layer, &number), NGX_OK,
           "the first is found");
    is_int(number, 100, "and is the source's first");
    is_int(layer, 0, "of its layer");
    is_int(ngx_secmeet_rewrite_find(&rw, 4, &layer, &number), NGX_OK,
           "the last is found");
    is_int(number, 110, "and is the source's last");
    is_int(ngx_secmeet_rewrite_find(&rw, 5, &layer, &number), NGX_DECLINED,
           "the one after the last is not");
    is_int(ngx_secmeet_rewrite_find(&rw, 65529, &layer, &number),
           NGX_DECLINED, "the one before the first is not");

    ngx_secmeet_rewrite_switch(&rw);

    is_int(ngx_secmeet_rewrite_find(&rw, 4, &layer, &number), NGX_DECLINED,
           "nothing is found between two sources");

    audio(3000, 0, 1);

    is_int(ngx_secmeet_rewrite_find(&rw, 4, &layer, &number), NGX_DECLINED,
           "one of the former source is not found");
    is_int(ngx_secmeet_rewrite_find(&rw, 5, &layer, &number), NGX_OK,
           "one of the new source is");
    is_int(number, 3000, "by its own number");
}


static void
again(void)
{
    begin(48000, 7, 100);

    audio(50, 1000, 0);
    audio(52, 3000, 0);

    in.number = 50;
    in.timestamp = 1000;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_OK,
           "a packet that was sent");
    is_int(out.seq, 7, "has its number again");
    is_int(out.timestamp, 100, "and its timestamp");

    in.number = 49;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_DECLINED,
           "one of before it began was not");

    in.number = 53;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_DECLINED,
           "one that is yet to come neither");

    ngx_secmeet_rewrite_switch(&rw);

    in.number = 52;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_DECLINED,
           "nothing between two sources");

    audio(53, 4000, 0);
    in.number = 52;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_DECLINED,
           "nor one of before the switch");
}


static void
gaps(void)
{
    uint32_t  first;

    begin(48000, 0, 0);

    audio(0, 0, 0);
    audio(NGX_SECMEET_REWRITE_GAP, 960, 20000);

    is_int(out.seq, NGX_SECMEET_REWRITE_GAP, "as many may be missing");

    audio(2 * NGX_SECMEET_REWRITE_GAP + 1, 960, SECOND + 20000);

    is_int(out.seq, NGX_SECMEET_REWRITE_GAP + 1,
           "after more it begins anew");
    is_int(out.timestamp, 960 + 48000, "by the time that has passed");
    is_int(audio(2 * NGX_SECMEET_REWRITE_GAP, 0, 0), NGX_DECLINED,
           "and what was before is not sent");

    /* as after packets that another part of the program did not pass on */

    for (first = 16; first < 32; first++) {
        begin(48000, 0, 0);
        audio(5, 0, 0);
        audio(5 + (1u << first), 0, 0);

        if (first < 31) {
            is_int(out.seq, 1, "a leap of 2^%u", first);
        }
    }
}


static void
late_limit(void)
{
    begin(48000, 0, 0);

    audio(0, 0, 0);
    audio(NGX_SECMEET_REWRITE_GAP, 0, 0);
    audio(NGX_SECMEET_REWRITE_GAP + 2, 0, 0);

    is_int(audio(2, 0, 0), NGX_OK, "a very late packet");
    is_int(out.seq, 2, "has its number");
    is_int(audio(0, 0, 0), NGX_DECLINED, "a later one is not sent");
}


/* a track of audio has one layer; another one just goes on */

static void
audio_layers(void)
{
    begin(48000, 0, 0);

    audio(10, 0, 0);
    in.layer = 1;
    is_int(audio(70, 500, 0), NGX_DECLINED, "another layer is not sent");

    ngx_secmeet_rewrite_target(&rw, 1, NGX_SECMEET_REWRITE_ALL,
                               NGX_SECMEET_REWRITE_ALL);

    is_int(audio(71, 960, 20000), NGX_OK, "once it is wanted it is");
    is_int(out.seq, 1, "with the next number");
    is_int(out.timestamp, 960, "and the next timestamp");
}
