
/*
 * Copyright (C) secmeet contributors
 */


/* a switch between the encodings of one track: simulcast */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_rewrite.h"
#include "rewrite.h"
#include "tap.h"


#define SECOND  1000000


static ngx_int_t layer(ngx_uint_t n, uint32_t number, uint32_t timestamp,
    ngx_uint_t key, ngx_secmeet_usec_t now);
static void beginning(void);
static void change(void);
static void late_ones(void);
static void there_and_back(void);
static void far_away(void);
static void by_time(void);
static void aligned(void);
static void not_sane(void);
static void drift(void);


int
main(void)
{
    beginning();
    change();
    late_ones();
    there_and_back();
    far_away();
    by_time();
    aligned();
    not_sane();
    drift();

    return done();
}


/* key: 0, 1; 2 is a key frame but not its start */

static ngx_int_t
layer(ngx_uint_t n, uint32_t number, uint32_t timestamp, ngx_uint_t key,
    ngx_secmeet_usec_t now)
{
    in.layer = n;

    payload.start = (key != 2);
    payload.key = (key != 0);
    payload.has_picture_id = 1;
    payload.long_picture_id = 1;
    payload.picture_id = (number + n * 1000) & 0x7fff;
    payload.has_tl0picidx = 1;
    payload.tl0picidx = (number + n * 50) & 0xff;

    return video(number, timestamp, now);
}


static void
beginning(void)
{
    ngx_uint_t  n;

    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);

    is_int(ngx_secmeet_rewrite_waits(&rw, &n), NGX_OK, "needs a key frame");
    is_int(n, 1, "of the wanted layer");
    is_int(layer(1, 5, 0, 0, 0), NGX_DECLINED, "not another frame");
    is_int(layer(1, 6, 0, 2, 0), NGX_DECLINED, "not the middle of one");
    is_int(layer(2, 5, 0, 1, 0), NGX_DECLINED, "not one of a higher layer");
    is_int(layer(0, 5, 0, 1, 0), NGX_OK, "one of a lower one will do");
    is_int(ngx_secmeet_rewrite_waits(&rw, &n), NGX_OK, "it waits on");
    is_int(layer(1, 7, 0, 1, 0), NGX_OK, "until that of the wanted");
    is_int(ngx_secmeet_rewrite_waits(&rw, &n), NGX_DONE, "and not longer");

    ngx_secmeet_rewrite_switch(&rw);
    is_int(ngx_secmeet_rewrite_waits(&rw, &n), NGX_OK,
           "another source needs one again");
    is_int(layer(1, 8, 0, 0, 0), NGX_DECLINED, "nothing else is sent");
    is_int(layer(1, 9, 0, 1, 0), NGX_OK, "but that");

    in.payload = NULL;
    ngx_secmeet_rewrite_switch(&rw);
    is_int(audio(10, 0, 0), NGX_DECLINED,
           "it does not begin with what is not known");
}


static void
change(void)
{
    begin(90000, 10, 0);

    layer(0, 0, 100, 1, 0);
    layer(0, 1, 3100, 0, 33333);
    is_int(layer(1, 70, 9000, 0, 40000), NGX_DECLINED,
           "a layer that is not wanted");
    is_int(layer(1, 71, 12000, 1, 60000), NGX_DECLINED,
           "not with a key frame either");

    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);

    is_int(layer(1, 72, 12000, 2, 60000), NGX_DECLINED,
           "it begins with the start");
    is_int(layer(0, 2, 6100, 0, 66666), NGX_OK, "the old layer goes on");
    is_int(out.seq, 12, "with the next number");
    is_int(layer(1, 73, 15000, 1, 100000), NGX_OK, "until the key frame");
    is_int(out.seq, 13, "with the next number");
    is_int(out.picture_id, (0x7ffe + 3) & 0x7fff, "the next picture id");
    is_int(out.tl0picidx, 1, "the next TL0PICIDX");
    is_int(layer(0, 3, 9100, 0, 100000), NGX_DECLINED,
           "then the old one is left out");
    is_int(layer(0, 4, 9100, 1, 100000), NGX_DECLINED,
           "with a key frame as well");
    is_int(layer(1, 74, 15000, 2, 100000), NGX_OK, "the new one goes on");
    is_int(out.seq, 14, "with the next number");
}


static void
late_ones(void)
{
    uint32_t    number;
    ngx_uint_t  n;

    begin(90000, 10, 0);

    layer(0, 0, 100, 1, 0);
    layer(0, 3, 3100, 0, 33333);
    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
    layer(1, 73, 15000, 1, 100000);
    layer(1, 75, 15000, 2, 100000);

    is_int(layer(0, 1, 3100, 0, 100000), NGX_OK, "one of the old layer");
    is_int(out.seq, 11, "has its number");
    is_int(out.timestamp, 3000, "its time");
    is_int(out.picture_id, 0x7fff, "its picture id");
    is_int(layer(0, 4, 6100, 0, 100000), NGX_DECLINED,
           "one of behind the switch is not sent");
    is_int(layer(1, 72, 15000, 0, 100000), NGX_DECLINED,
           "nor one of before the key frame");
    is_int(layer(1, 74, 15000, 2, 100000), NGX_OK, "one behind it is");
    is_int(out.seq, 15, "with its number");

    is_int(ngx_secmeet_rewrite_find(&rw, 13, &n, &number), NGX_OK,
           "the last of the old layer is found");
    is_int(n, 0, "in its layer");
    is_int(number, 3, "as what it was");
    is_int(ngx_secmeet_rewrite_find(&rw, 14, &n, &number), NGX_OK,
           "the first of the new one is found");
    is_int(n, 1, "in its layer");
    is_int(number, 73, "as what it was");
}


static void
there_and_back(void)
{
    uint32_t    number, i;
    ngx_uint_t  n, bad;

    begin(90000, 0, 0);

    layer(0, 100, 0, 1, 0);
    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
    layer(1, 100, 0, 1, 0);
    layer(0, 101, 0, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 7);
    is_int(layer(0, 105, 0, 1, 0), NGX_OK, "back again");
    is_int(out.seq, 2, "with the next number");
    is_int(layer(0, 104, 0, 0, 0), NGX_DECLINED,
           "one of the time between is not sent");
    is_int(layer(0, 99, 0, 0, 0), NGX_DECLINED, "nor one of before");
    is_int(ngx_secmeet_rewrite_find(&rw, 0, &n, &number), NGX_OK,
           "the first one is found");
    is_int(number, 100, "as what it was");
    is_int(ngx_secmeet_rewrite_find(&rw, 2, &n, &number), NGX_OK,
           "the last one is found");
    is_int(number, 105, "as what it was");

    bad = 0;

    for (i = 4; i < 100000; i++) {
        ngx_secmeet_rewrite_target(&rw, i % 3, 7, 7);

        if (layer(i % 3, 200 + i, i * 3000, 1, i * 33333) != NGX_OK
            || out.seq != (uint16_t) (i - 1)
            || out.picture_id != ((0x7ffe + i - 1) & 0x7fff)
            || out.tl0picidx != ((0xfe + i - 1) & 0xff))
        {
            bad++;
        }
    }

    is_int(bad, 0, "100000 switches");

    n = in.layer;
    ngx_secmeet_rewrite_target(&rw, n, 7, 7);

    for (i = 0; i < 3 * NGX_SECMEET_REWRITE_WINDOW; i++) {
        layer(n, 200000 + i, 0, i == 0, 0);
    }

    is_int(rw.count, 1, "what is too old is dropped");
}


/* numbers of a layer that is not sent come round to those that were */

static void
far_away(void)
{
    uint32_t    number, i;
    ngx_uint_t  n, sent;

    begin(90000, 0, 0);

    layer(0, 100, 0, 1, 0);
    layer(0, 110, 0, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
    layer(1, 5, 0, 1, 0);
    layer(0, 110 + NGX_SECMEET_REWRITE_WINDOW, 0, 0, 0);

    is_int(layer(0, 105, 0, 0, 0), NGX_OK, "a quarter of a round is known");

    sent = 0;

    for (i = 1; i <= 65536; i++) {
        sent += (layer(0, 110 + i * 65535, 0, 0, 0) != NGX_DECLINED);
        sent += (layer(0, 110 + i * 65535 - 7, 0, 0, 0) != NGX_DECLINED);
    }

    is_int(sent, 0, "after more nothing is sent of it, 2^32 round");
    is_int(ngx_secmeet_rewrite_find(&rw, 0, &n, &number), NGX_DECLINED,
           "and nothing found");
    is_int(ngx_secmeet_rewrite_find(&rw, 11, &n, &number), NGX_OK,
           "other than the new layer's");

    ngx_secmeet_rewrite_target(&rw, 0, 7, 7);
    is_int(layer(0, 200, 0, 1, 0), NGX_OK, "the old layer again");
    is_int(out.seq, 12, "with the next number");
    is_int(layer(0, 106, 0, 0, 0), NGX_DECLINED, "its old ones are gone");
}


static void
by_time(void)
{
    begin(90000, 0, 1000);

    layer(0, 0, 77, 1, 0);
    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
    ngx_secmeet_rewrite_align(&rw, 1, 500);
    layer(1, 0, 123456, 1, SECOND / 2);

    is_int(out.timestamp, 1000 + 45000,
           "by the time while one layer's clock is not known");
}


/* the common clock is that of layer 0, less 5000; layer 1 has 800000 more */

static void
aligned(void)
{
    begin(90000, 0, 1000);

    ngx_secmeet_rewrite_align(&rw, 0, 5000);
    layer(0, 0, 100000, 1, 0);
    layer(0, 1, 103000, 0, 40000);
    ngx_secmeet_rewrite_align(&rw, 1, 805000);
    ngx_secmeet_rewrite_align(&rw, NGX_SECMEET_REWRITE_LAYERS, 1);

    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
    layer(1, 0, 906000, 1, 90000);
    is_int(out.timestamp, 7000, "as taken by the camera, not as it came");

    /* the same picture in the lower layer: one tick, for it must go on */

    ngx_secmeet_rewrite_target(&rw, 0, 7, 7);
    layer(0, 2, 106000, 1, 95000);
    is_int(out.timestamp, 7001, "a picture that was sent already");
    layer(0, 3, 109000, 0, 120000);
    is_int(out.timestamp, 10001, "those behind it");

    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
    layer(1, 1, 912000, 1, 150000);
    is_int(out.timestamp, 13000, "the next switch is right again");

    ngx_secmeet_rewrite_switch(&rw);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 7);
    layer(0, 4, 0, 1, 250000);
    is_int(out.timestamp, 22000, "another source: by the time");
    ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
    layer(1, 2, 808500, 1, 350000);
    is_int(out.timestamp, 31000, "whose clocks are not those of before");
}


static void
not_sane(void)
{
    ngx_int_t  i;
    int32_t    offs[] = { 90000, 90001, -90000, -90001 };
    uint32_t   wanted[] = { 19001 + 90000, 19000, 10002, 19000 };

    for (i = 0; i < 4; i++) {
        begin(90000, 0, 10000);

        ngx_secmeet_rewrite_align(&rw, 0, 0);
        ngx_secmeet_rewrite_align(&rw, 1, 0);
        layer(0, 0, 100000, 1, 0);
        layer(0, 1, 100001, 0, 0);
        ngx_secmeet_rewrite_target(&rw, 1, 7, 7);
        layer(1, 0, 109001 + offs[i], 1, 100000);

        is_int(out.timestamp, wanted[i] + (i & 1), "a clock that is %d off",
               offs[i]);
    }
}


static void
drift(void)
{
    uint32_t    i, now, bad;
    ngx_uint_t  n;

    begin(90000, 0, 0);

    bad = 0;

    /* the layers' clocks gain 9 ticks each second against the common one */

    for (i = 0; i < 40000; i++) {
        n = i / 10 % 2;
        now = i * 90000;

        ngx_secmeet_rewrite_align(&rw, 0, 9 * i);
        ngx_secmeet_rewrite_align(&rw, 1, 9 * i + 7000);
        ngx_secmeet_rewrite_target(&rw, n, 7, 7);

        layer(n, i, now + 9 * i + 7000 * n, 1,
              (ngx_secmeet_usec_t) i * SECOND + i % 7 * 1000);

        if (out.timestamp != now + 9 * i) {
            bad++;
        }
    }

    is_int(bad, 0, "11 hours of switches between clocks that drift");
}
