
/*
 * Copyright (C) secmeet contributors
 */


/* temporal layers of VP8, temporal and spatial ones of VP9 and AV1 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_rewrite.h"
#include "rewrite.h"
#include "tap.h"


static void mark(ngx_uint_t flags);
static ngx_int_t vp8(uint32_t number, ngx_uint_t picture, ngx_uint_t tid,
    ngx_uint_t flags);
static ngx_int_t vp9(uint32_t number, ngx_uint_t picture, ngx_uint_t tid,
    ngx_uint_t sid, ngx_uint_t flags);
static void left_out(void);
static void late_ones(void);
static void late_before_switch(void);
static void late_before_source(void);
static void no_lowest(void);
static void whole_frames(void);
static void lost_starts(void);
static void up(void);
static void picture_ids(void);
static void no_picture_ids(void);
static void ring(void);
static void hole(void);
static void spatial(void);
static void spatial_up(void);
static void spatial_down(void);
static void vp9_temporal(void);
static ngx_int_t av1(uint32_t number, ngx_uint_t frame, ngx_uint_t picture,
    ngx_uint_t tid, ngx_uint_t sid, ngx_uint_t flags);
static void frame_numbers(void);
static void frame_leaps(void);
static void frame_numbers_stay(void);


#define START   0x01
#define KEY     0x03                            /* and start */
#define SYNC    0x04
#define END     0x08
#define INTER   0x10
#define MARKER  0x20
#define BOTH    (START|END)


int
main(void)
{
    left_out();
    late_ones();
    late_before_switch();
    late_before_source();
    no_lowest();
    whole_frames();
    lost_starts();
    up();
    picture_ids();
    no_picture_ids();
    ring();
    hole();
    spatial();
    spatial_up();
    spatial_down();
    vp9_temporal();
    frame_numbers();
    frame_leaps();
    frame_numbers_stay();

    return done();
}


static void
mark(ngx_uint_t flags)
{
    payload.start = (flags & START) != 0;
    payload.key = (flags & KEY) == KEY;
    payload.sync = (flags & SYNC) != 0;
    payload.end = (flags & END) != 0;
    payload.inter_picture = (flags & INTER) != 0;

    in.marker = (flags & MARKER) != 0;
}


static ngx_int_t
vp8(uint32_t number, ngx_uint_t picture, ngx_uint_t tid, ngx_uint_t flags)
{
    mark(flags);

    payload.has_picture_id = 1;
    payload.long_picture_id = 1;
    payload.picture_id = picture & 0x7fff;
    payload.has_tl0picidx = 1;
    payload.tl0picidx = (picture + 3) / 4 & 0xff;
    payload.has_tid = 1;
    payload.tid = tid;

    return video(number, (uint32_t) picture * 3000, picture * 33333);
}


static ngx_int_t
vp9(uint32_t number, ngx_uint_t picture, ngx_uint_t tid, ngx_uint_t sid,
    ngx_uint_t flags)
{
    payload.has_sid = 1;
    payload.sid = sid;

    return vp8(number, picture, tid, flags);
}


static void
left_out(void)
{
    begin(90000, 100, 5000);
    ngx_secmeet_rewrite_target(&rw, 0, NGX_SECMEET_REWRITE_ALL, 0);

    is_int(vp8(10, 4, 0, KEY), NGX_OK, "a key frame");
    is_int(out.seq, 100, "its number");
    is_int(out.picture_id, 0x7ffe, "its picture id");
    is_int(out.tl0picidx, 0xfe, "its TL0PICIDX");

    is_int(vp8(11, 5, 2, START), NGX_DECLINED, "a picture of TID 2");
    is_int(vp8(12, 6, 1, START), NGX_DECLINED, "one of TID 1");
    is_int(vp8(13, 6, 1, 0), NGX_DECLINED, "all of it");
    is_int(vp8(14, 7, 2, START), NGX_DECLINED, "and another one");

    is_int(vp8(15, 8, 0, START), NGX_OK, "the next of TID 0");
    is_int(out.seq, 101, "has the next number");
    is_int(out.timestamp, 5000 + 4 * 3000, "its own time");
    is_int(out.picture_id, 0x7fff, "the next picture id");
    is_int(out.tl0picidx, 0xff, "and the next TL0PICIDX");

    is_int(vp8(16, 12, 0, START), NGX_OK, "after three that are missing");
    is_int(out.seq, 102, "comes the next number");
    is_int(out.picture_id, 3, "picture ids are left free, and go round");
    is_int(out.tl0picidx, 0, "as TL0PICIDX does");
}


static void
late_ones(void)
{
    uint32_t    number;
    ngx_uint_t  layer;

    begin(90000, 100, 5000);
    ngx_secmeet_rewrite_target(&rw, 0, NGX_SECMEET_REWRITE_ALL, 0);

    vp8(10, 0, 0, KEY);
    is_int(vp8(12, 1, 2, 0), NGX_DECLINED, "the end of one left out");
    is_int(vp8(15, 4, 0, START), NGX_OK, "the next but two");
    is_int(out.seq, 104, "leaves free what is not known");
    is_int(out.picture_id, 1, "and what is not known of pictures");

    is_int(vp8(11, 1, 2, START), NGX_DONE, "a late one of what is left out");
    is_int(out.seq, 101, "has an empty packet of its number");

    in.number = 11;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_DONE,
           "and so again");
    is_int(out.seq, 101, "with the same number");

    is_int(vp8(13, 2, 0, START), NGX_OK, "a late one that is not");
    is_int(out.seq, 102, "has its number");
    is_int(out.picture_id, 0x7fff, "and its picture id");
    is_int(out.timestamp, 5000 + 2 * 3000, "and its time");

    is_int(vp8(14, 3, 1, START), NGX_DONE, "another one left out");
    is_int(out.seq, 103, "has its number");

    is_int(ngx_secmeet_rewrite_find(&rw, 102, &layer, &number), NGX_OK,
           "the late one is found");
    is_int(number, 13, "as that");
    is_int(ngx_secmeet_rewrite_find(&rw, 101, &layer, &number), NGX_OK,
           "the empty one is found");
    is_int(number, 11, "as what it stands for");

    is_int(vp8(12, 1, 2, 0), NGX_DECLINED,
           "one whose number was given away is not sent");
    in.number = 12;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_DECLINED,
           "nor again");
}


/* ids are kept free for what is missing when another layer begins */

static void
late_before_switch(void)
{
    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    vp8(0, 0, 0, KEY);
    vp8(2, 5, 1, START);
    ngx_secmeet_rewrite_target(&rw, 1, 7, 0);

    in.layer = 1;
    is_int(vp8(50, 4, 0, KEY), NGX_OK, "another layer");
    is_int(out.seq, 2, "leaves free the number of what is missing");
    is_int(out.picture_id, 3, "its picture id");
    is_int(out.tl0picidx, 1, "its TL0PICIDX");

    in.layer = 0;
    is_int(vp8(1, 4, 0, START), NGX_OK, "which is sent when it comes");
    is_int(out.seq, 1, "with that number");
    is_int(out.picture_id, 2, "picture id");
    is_int(out.tl0picidx, 0xff, "and TL0PICIDX");
}


/* another source takes what was kept free, but nothing that was sent */

static void
late_before_source(void)
{
    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    vp8(0, 0, 0, KEY);
    vp8(4, 1, 1, 0);

    in.number = 2;
    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_DECLINED,
           "what was not sent is not sent again");

    is_int(vp8(2, 1, 1, 0), NGX_DONE, "an empty packet");
    is_int(out.seq, 2, "of a number that was kept free");

    ngx_secmeet_rewrite_switch(&rw);
    is_int(vp8(70, 3, 0, KEY), NGX_OK, "another source");
    is_int(out.seq, 3, "takes the number behind it");
}


/* pictures of VP9 may be without S0 */

static void
no_lowest(void)
{
    begin(90000, 0, 0);

    vp9(0, 0, 0, 0, KEY|END);
    vp9(1, 0, 0, 1, BOTH|MARKER);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    is_int(vp9(2, 1, 1, 1, BOTH|INTER|MARKER), NGX_DECLINED,
           "a picture without S0 is left out");
    ngx_secmeet_rewrite_target(&rw, 0, 7, 2);
    is_int(vp9(3, 2, 0, 1, BOTH|INTER|SYNC|MARKER), NGX_OK,
           "one is sent, and more with it");
    is_int(vp9(4, 3, 1, 1, BOTH|INTER|MARKER), NGX_OK, "as it says");
}


static void
whole_frames(void)
{
    begin(90000, 0, 0);

    vp8(0, 0, 0, KEY);
    vp8(1, 1, 1, START);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    is_int(vp8(2, 1, 1, 0), NGX_OK, "a frame that has begun goes on");
    is_int(vp8(3, 1, 1, 0), NGX_OK, "to its end");
    is_int(vp8(4, 2, 2, START), NGX_DECLINED, "the next one is left out");

    ngx_secmeet_rewrite_target(&rw, 0, 7, 2);

    is_int(vp8(5, 2, 2, SYNC), NGX_DECLINED,
           "as is the rest of it, whatever is wanted now");
    is_int(vp8(6, 3, 0, START), NGX_OK, "then goes on");
    is_int(out.seq, 4, "without a gap");
    is_int(out.picture_id, 0, "in pictures as well");
}


/* the start of a frame is late: it is not known whether more is missing */

static void
lost_starts(void)
{
    begin(90000, 0, 0);

    vp8(0, 0, 0, KEY);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    is_int(vp8(2, 1, 1, 0), NGX_OK, "a frame whose start is late stays");
    is_int(vp8(1, 1, 1, START), NGX_OK, "its start as well");
    is_int(vp8(3, 2, 1, START), NGX_DECLINED, "the next one is left out");

    is_int(vp8(5, 3, 1, START), NGX_DECLINED, "one more, after a gap");
    is_int(vp8(4, 2, 1, 0), NGX_DONE, "a late one of the former");

    begin(90000, 0, 0);

    vp8(0, 0, 0, KEY);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    is_int(vp8(3, 2, 1, START), NGX_DECLINED,
           "a start after a gap is left out");
    is_int(vp8(1, 1, 1, START), NGX_OK, "what is before it is not");
    is_int(vp8(2, 1, 1, 0), NGX_OK, "to its end");
}


static void
up(void)
{
    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    vp8(0, 0, 0, KEY);
    vp8(1, 1, 2, START);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 2);

    is_int(vp8(2, 2, 1, START), NGX_DECLINED,
           "TID 1 refers to what was left out");
    is_int(vp8(3, 3, 2, START|SYNC), NGX_DECLINED,
           "TID 2 comes after TID 1");
    is_int(vp8(4, 4, 0, START), NGX_OK, "TID 0 goes on");
    is_int(vp8(5, 5, 1, START|SYNC), NGX_OK, "TID 1 where it may begin");
    is_int(out.seq, 2, "with the next number");
    is_int(out.picture_id, 0, "and picture id");
    is_int(vp8(6, 5, 1, SYNC), NGX_OK, "all of it");
    is_int(vp8(7, 6, 2, START), NGX_DECLINED, "TID 2 not yet");
    is_int(vp8(8, 7, 1, START), NGX_OK, "TID 1 goes on");
    is_int(vp8(9, 8, 2, START|SYNC), NGX_OK, "TID 2 where it may begin");
    is_int(vp8(10, 9, 2, START), NGX_OK, "and goes on");
    is_int(out.seq, 6, "with the next number");
    is_int(out.picture_id, 3, "and picture id");

    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);
    vp8(11, 10, 2, START);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 2);

    is_int(vp8(12, 11, 0, KEY), NGX_OK, "a key frame");
    is_int(vp8(13, 12, 2, START), NGX_OK, "begins all");
}


static void
picture_ids(void)
{
    uint32_t  i, bad;

    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);
    bad = 0;

    for (i = 0; i < 40000; i++) {
        vp8(2 * i, 2 * i, 0, i ? START : KEY);

        if (out.picture_id != ((i + 0x7ffe) & 0x7fff)
            || out.seq != (uint16_t) i)
        {
            bad++;
        }

        vp8(2 * i + 1, 2 * i + 1, 1, START);
    }

    is_int(bad, 0, "40000 pictures, each other one left out: 15 bits");

    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);
    bad = 0;

    payload.has_picture_id = 1;
    payload.has_tid = 1;

    for (i = 0; i < 1000; i++) {
        payload.start = 1;
        payload.key = (i == 0);
        payload.picture_id = i & 0x7f;
        payload.tid = i & 1;

        if (video(i, i * 3000, i) != NGX_OK) {
            bad += ((i & 1) == 0);

        } else if (out.picture_id != ((i / 2 + 0x7ffe) & 0x7f)) {
            bad++;
        }
    }

    is_int(bad, 0, "1000 pictures: 7 bits");

    ngx_secmeet_rewrite_switch(&rw);
    vp8(7, 7, 0, KEY);
    is_int(out.picture_id & 0x7f, (499 + 0x7ffe + 1) & 0x7f,
           "the next source goes on");
}


static void
no_picture_ids(void)
{
    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    payload.start = 1;
    payload.key = 1;
    payload.has_tid = 1;

    is_int(video(0, 0, 0), NGX_OK, "a stream without picture ids");
    is_int(out.picture_id, 0, "has none");
    is_int(out.tl0picidx, 0, "and no TL0PICIDX");

    payload.key = 0;
    payload.tid = 1;
    is_int(video(1, 3000, 0), NGX_DECLINED, "its TID counts");
    payload.tid = 0;
    is_int(video(2, 6000, 0), NGX_OK, "and it goes on");
    is_int(out.seq, 1, "without a gap");

    in.payload = NULL;
    in.video = 1;
    is_int(audio(3, 9000, 0), NGX_OK, "a payload that is not known");
    is_int(out.seq, 2, "goes with the others");
}


static void
ring(void)
{
    uint32_t    i, number;
    ngx_uint_t  layer;

    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    /* each picture is two packets, of which the second may be late */

    vp8(0, 0, 0, KEY);

    for (i = 1; i <= NGX_SECMEET_REWRITE_VIDEO + 10; i++) {
        vp8(3 * i, 2 * i, 0, START);
        vp8(3 * i + 2, 2 * i + 1, 1, START);
    }

    /* 3i has the number 2i + 1; the last step begins behind the last */

    i = NGX_SECMEET_REWRITE_VIDEO + 10;

    is_int(vp8(3 * i + 1, 2 * i, 0, 0), NGX_OK, "a late packet");
    is_int(out.seq, (2 + 2 * i) & 0xffff, "has its number");

    i = 13;
    is_int(vp8(3 * i + 1, 2 * i, 0, 0), NGX_OK,
           "one of the oldest that is remembered");
    is_int(out.seq, 2 + 2 * i, "has its number");
    is_int(ngx_secmeet_rewrite_find(&rw, 1 + 2 * i, &layer, &number), NGX_OK,
           "is found");
    is_int(number, 3 * i, "as what it is");

    i = 11;
    is_int(vp8(3 * i + 1, 2 * i, 0, 0), NGX_DECLINED, "an older one is not");
    is_int(ngx_secmeet_rewrite_find(&rw, 1 + 2 * i, &layer, &number),
           NGX_DECLINED, "nor found");
}


/* so many are left out that numbers would come round to what was sent */

static void
hole(void)
{
    uint32_t    i, sent, number;
    ngx_uint_t  layer;

    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    vp8(0, 0, 0, KEY);
    sent = 0;

    for (i = 1; i < 0x10010; i++) {
        sent += (vp8(i, i, 1, START) != NGX_DECLINED);
    }

    is_int(sent, 0, "65551 packets are left out");
    is_int(ngx_secmeet_rewrite_find(&rw, 0, &layer, &number), NGX_DECLINED,
           "what was before is forgotten");
    is_int(vp8(i, i, 0, START), NGX_OK, "the next one");
    is_int(out.seq, 1, "has the next number");
}


static void
spatial(void)
{
    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 1, 7);

    is_int(vp9(0, 10, 0, 0, KEY|END), NGX_OK, "a key picture: S0");
    is_int(out.marker, 0, "is not its end");
    is_int(vp9(1, 10, 0, 1, START), NGX_OK, "S1");
    is_int(out.marker, 0, "is not its end yet");
    is_int(vp9(2, 10, 0, 1, END), NGX_OK, "the rest of S1");
    is_int(out.marker, 1, "is its end");
    is_int(out.picture_id, 0x7ffe, "of one picture");
    is_int(vp9(3, 10, 0, 2, BOTH|MARKER), NGX_DECLINED, "S2 is left out");

    is_int(vp9(4, 11, 0, 0, BOTH|INTER), NGX_OK, "the next picture: S0");
    is_int(out.seq, 3, "has the next number");
    is_int(out.picture_id, 0x7fff, "and the next picture id");
    is_int(vp9(5, 11, 0, 1, BOTH|INTER), NGX_OK, "its S1");
    is_int(out.marker, 1, "is its end");
    is_int(vp9(7, 11, 0, 2, END|INTER|MARKER), NGX_DECLINED,
           "its S2 is left out");
    is_int(vp9(6, 11, 0, 2, START|INTER), NGX_DONE,
           "what was late of it is empty");
    is_int(out.seq, 5, "and has its number");

    is_int(vp9(8, 12, 0, 0, BOTH|INTER|MARKER), NGX_OK,
           "a picture of one layer");
    is_int(out.marker, 1, "keeps its end");
    is_int(out.seq, 6, "and goes on");
}


static void
spatial_up(void)
{
    ngx_uint_t  layer;

    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 0, 7);

    vp9(0, 0, 0, 0, KEY|END);
    vp9(1, 0, 0, 1, BOTH);
    ngx_secmeet_rewrite_target(&rw, 0, 2, 7);

    is_int(ngx_secmeet_rewrite_waits(&rw, &layer), NGX_DONE,
           "nothing higher has come yet");

    vp9(2, 1, 0, 0, BOTH|INTER);
    is_int(out.marker, 1, "S0 is all there is");
    is_int(vp9(3, 1, 0, 1, BOTH|INTER), NGX_DECLINED,
           "S1 refers to what was not sent");
    is_int(ngx_secmeet_rewrite_waits(&rw, &layer), NGX_OK,
           "a key picture is needed");
    is_int(layer, 0, "of the same layer");

    vp9(4, 2, 0, 0, BOTH|INTER);
    is_int(vp9(5, 2, 0, 2, BOTH), NGX_DECLINED, "S2 comes after S1");
    vp9(6, 3, 0, 0, BOTH|INTER);
    is_int(vp9(7, 3, 0, 1, BOTH), NGX_OK, "S1 where it may begin");
    is_int(out.seq, 4, "with the next number");
    is_int(out.marker, 1, "ends the picture");
    is_int(vp9(8, 3, 0, 2, BOTH|INTER), NGX_DECLINED, "S2 not yet");
    is_int(vp9(9, 4, 0, 0, BOTH|INTER), NGX_OK, "the next picture");
    is_int(out.marker, 0, "does not end with S0");
    is_int(vp9(10, 4, 0, 1, BOTH|INTER), NGX_OK, "but with S1");
    is_int(out.marker, 1, "as it says");

    is_int(vp9(11, 5, 0, 0, KEY|END), NGX_OK, "a key picture");
    is_int(out.marker, 0, "has more");
    is_int(ngx_secmeet_rewrite_waits(&rw, &layer), NGX_DONE,
           "nothing is needed then");
    is_int(vp9(12, 5, 0, 1, BOTH), NGX_OK, "S1 of it");
    is_int(out.marker, 0, "is not its end");
    is_int(vp9(13, 5, 0, 2, BOTH|MARKER), NGX_OK, "S2 of it");
    is_int(out.marker, 1, "is its end");
    is_int(out.picture_id, 3, "of the same picture");
}


static void
spatial_down(void)
{
    begin(90000, 0, 0);

    vp9(0, 0, 0, 0, KEY|END);
    vp9(1, 0, 0, 1, BOTH);
    ngx_secmeet_rewrite_target(&rw, 0, 0, 7);

    is_int(vp9(2, 0, 0, 2, BOTH|MARKER), NGX_OK, "the picture goes on");
    is_int(vp9(3, 1, 0, 0, BOTH|INTER), NGX_OK, "the next one");
    is_int(out.marker, 1, "is S0 only");
    is_int(vp9(4, 1, 0, 1, BOTH|INTER), NGX_DECLINED, "not S1");
    is_int(vp9(5, 1, 0, 2, BOTH|INTER|MARKER), NGX_DECLINED, "not S2");
    is_int(vp9(6, 2, 0, 0, BOTH|INTER), NGX_OK, "and so on");
    is_int(out.seq, 4, "without a gap");
}


static void
vp9_temporal(void)
{
    begin(90000, 0, 0);
    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);

    vp9(0, 0, 0, 0, KEY|END);
    is_int(vp9(1, 1, 2, 0, BOTH|INTER), NGX_DECLINED, "TID 2 is left out");
    ngx_secmeet_rewrite_target(&rw, 0, 7, 2);
    is_int(vp9(2, 2, 1, 0, BOTH|INTER|SYNC), NGX_DECLINED,
           "U tells of the pictures behind, not of this one");
    is_int(vp9(3, 3, 2, 0, BOTH|INTER), NGX_DECLINED, "nor of those of 1");
    is_int(vp9(4, 4, 0, 0, BOTH|INTER), NGX_OK, "TID 0 goes on");
    is_int(out.seq, 1, "with the next number");
    is_int(out.picture_id, 2,
           "pictures refer to others by how far they are back");
    is_int(vp9(5, 8, 0, 0, BOTH|INTER|SYNC), NGX_OK, "one with U");
    is_int(vp9(6, 9, 2, 0, BOTH|INTER), NGX_OK, "then comes all");
    is_int(vp9(7, 10, 1, 0, BOTH|INTER), NGX_OK, "whatever it is");
}


static ngx_int_t
av1(uint32_t number, ngx_uint_t frame, ngx_uint_t picture, ngx_uint_t tid,
    ngx_uint_t sid, ngx_uint_t flags)
{
    mark(flags);

    payload.has_picture_id = 1;
    payload.wide_picture_id = 1;
    payload.picture_id = frame & 0xffff;
    payload.has_tid = 1;
    payload.tid = tid;
    payload.has_sid = 1;
    payload.sid = sid;

    return video(number, (uint32_t) picture * 3000, picture * 33333);
}


/* of AV1: two spatial layers, of which one is left out, then both */

static void
frame_numbers(void)
{
    ngx_secmeet_rewrite_out_t  first;

    begin(90000, 100, 5000);
    ngx_secmeet_rewrite_target(&rw, 0, 0, 0);

    is_int(av1(10, 65534, 0, 0, 0, KEY|END), NGX_OK, "AV1: a key frame");
    is_int(out.picture_id, 0x7ffe, "its frame number");
    is_int(out.marker, 1, "all that is sent of the picture");
    first = out;

    is_int(av1(11, 65535, 0, 0, 1, BOTH|MARKER), NGX_DECLINED,
           "the layer above");
    is_int(av1(12, 65536, 1, 1, 0, BOTH|INTER), NGX_DECLINED, "T1");
    is_int(av1(13, 65537, 1, 1, 1, BOTH|INTER|MARKER), NGX_DECLINED,
           "and its layer above");

    is_int(av1(14, 65538, 2, 0, 0, BOTH|INTER|SYNC), NGX_OK, "T0");
    is_int(out.seq, 101, "has the next number");
    is_int(out.picture_id, 0x7ffe + 4, "and is as far from the key frame");

    in.number = 10;
    in.timestamp = 0;
    payload.picture_id = 65534;

    is_int(ngx_secmeet_rewrite_again(&rw, &in, &out), NGX_OK,
           "the key frame again");
    ok(out.seq == first.seq && out.picture_id == first.picture_id
       && out.marker == first.marker && out.timestamp == first.timestamp,
       "has the numbers it had");

    ngx_secmeet_rewrite_target(&rw, 0, 1, 1);

    is_int(av1(15, 65539, 2, 0, 1, BOTH|INTER|MARKER), NGX_DECLINED,
           "the layer above, which needs what was left out");
    is_int(av1(16, 65540, 3, 0, 0, KEY|END), NGX_OK, "a key frame");
    is_int(av1(17, 65541, 3, 0, 1, BOTH|MARKER), NGX_OK, "and both layers");
    is_int(out.picture_id, 0x7ffe + 7, "numbers go on over 2^15");
}


/* receivers never see them leap, nor go back over a key frame */

static void
frame_leaps(void)
{
    ngx_uint_t  highest;

    begin(90000, 100, 5000);

    (void) av1(10, 1000, 0, 0, 0, KEY|END);
    highest = out.picture_id;

    is_int(av1(11, 1000 + NGX_SECMEET_REWRITE_FRAMES, 1, 0, 0, BOTH|INTER),
           NGX_OK, "as far as it may be");
    is_int(out.picture_id, highest + NGX_SECMEET_REWRITE_FRAMES, "so far");

    is_int(av1(12, 1000 - 1, 2, 0, 0, BOTH|INTER), NGX_DECLINED,
           "further back than that");
    is_int(av1(13, 1000, 3, 0, 0, BOTH|INTER), NGX_DECLINED,
           "nothing goes on");
    is_int(av1(14, 5, 4, 0, 0, KEY|END), NGX_OK, "but with a key frame");
    is_int(out.picture_id, highest + NGX_SECMEET_REWRITE_FRAMES
                           + NGX_SECMEET_REWRITE_APART, "above all before");
    highest = out.picture_id;

    is_int(av1(15, 5 + NGX_SECMEET_REWRITE_FRAMES + 1, 5, 0, 0, BOTH|INTER),
           NGX_DECLINED, "further ahead");
    is_int(av1(16, 40000, 6, 0, 0, KEY|END), NGX_OK, "a key frame, far ahead");
    is_int(out.picture_id, highest + NGX_SECMEET_REWRITE_APART,
           "is not far for who receives it");

    /* what is left out counts for nothing */

    ngx_secmeet_rewrite_target(&rw, 0, 7, 0);
    (void) av1(17, 40001, 7, 0, 0, KEY|END);
    highest = out.picture_id;

    is_int(av1(18, 60000, 8, 1, 0, BOTH|INTER), NGX_DECLINED, "left out");
    is_int(av1(19, 40003, 9, 0, 0, BOTH|INTER), NGX_OK, "not noticed");
    is_int(out.picture_id, highest + 2, "in its place");

    /* a late one */

    is_int(av1(21, 40005, 11, 0, 0, BOTH|INTER), NGX_OK, "one is missing");
    is_int(av1(20, 5, 10, 0, 0, BOTH|INTER), NGX_DECLINED,
           "which comes from far back");
    is_int(av1(22, 40006, 12, 0, 0, BOTH|INTER), NGX_DECLINED,
           "nothing goes on then");
}


/* VP8 in between counts by itself */

static void
frame_numbers_stay(void)
{
    ngx_uint_t  i, last;

    begin(90000, 100, 5000);

    (void) av1(10, 0, 0, 0, 0, KEY|END);

    for (i = 1; i < 5000; i++) {
        (void) av1(10 + i, i, i, 0, 0, BOTH|INTER);
    }

    last = out.picture_id;
    ok(last > 0x8000, "AV1 has gone on over 2^15");

    ngx_secmeet_rewrite_switch(&rw);
    memset(&payload, 0, sizeof(payload));
    (void) vp8(0, 0, 0, KEY);
    is_int(out.picture_id, 0x7ffe, "VP8 has its own numbers");
    (void) vp8(1, 1, 0, START);
    is_int(out.picture_id, 0x7fff, "that go on");

    ngx_secmeet_rewrite_switch(&rw);
    memset(&payload, 0, sizeof(payload));
    (void) av1(0, 77, 0, 0, 0, KEY|END);
    is_int(out.picture_id, last + NGX_SECMEET_REWRITE_APART,
           "and so do those of AV1");
}
