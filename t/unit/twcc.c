
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "hex.h"
#include "tap.h"

#include "wire/ngx_secmeet_twcc.h"


#define TICK   NGX_SECMEET_TWCC_TICK
#define UNIT   NGX_SECMEET_TWCC_UNIT


static u_char                    *packet;
static u_char                     out[NGX_SECMEET_TWCC_MAX];
static size_t                     packet_len;
static ngx_secmeet_twcc_t         twcc;
static ngx_secmeet_rtcp_t         rtcp;
static ngx_secmeet_twcc_packet_t  got;
static ngx_secmeet_twcc_packet_t  list[NGX_SECMEET_TWCC_PACKETS + 1];


static ngx_int_t parse(const char *text);
static ngx_int_t parse_n(const char *head, ngx_uint_t n, const char *text);
static void is_next(ngx_uint_t seq, long long time, const char *name);
static void is_done(const char *name);
static ngx_uint_t rest(void);
static void browsers(void);
static void runs(void);
static void vectors(void);
static void deltas(void);
static void wraps(void);
static void refused(void);
static void hostile(void);
static void set(ngx_uint_t i, ngx_uint_t seq, long long time);
static void created(ngx_uint_t n, const char *text, const char *name);
static void again(ngx_uint_t n, const char *name);
static void create_runs(void);
static void create_vectors(void);
static void create_deltas(void);
static void create_wraps(void);
static void create_refused(void);
static void create_bounds(void);


int
main(void)
{
    browsers();
    runs();
    vectors();
    deltas();
    wraps();
    refused();
    hostile();
    create_runs();
    create_vectors();
    create_deltas();
    create_wraps();
    create_refused();
    create_bounds();

    free(packet);

    return done();
}


static ngx_int_t
parse(const char *text)
{
    free(packet);
    packet = hex(text, &packet_len);

    if (ngx_secmeet_rtcp_parse(&rtcp, packet, packet + packet_len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_secmeet_twcc_parse(&twcc, &rtcp);
}


/* the same with text n times */

static ngx_int_t
parse_n(const char *head, ngx_uint_t n, const char *text)
{
    char       *all, *p;
    ngx_int_t   rc;

    all = malloc(strlen(head) + n * strlen(text) + 1);
    p = stpcpy(all, head);

    while (n--) {
        p = stpcpy(p, text);
    }

    rc = parse(all);
    free(all);

    return rc;
}


static void
is_next(ngx_uint_t seq, long long time, const char *name)
{
    is_int(ngx_secmeet_twcc_next(&twcc, &got), NGX_OK, "%s", name);
    is_int(got.seq, seq, "its number");
    is_int(got.time, time, "its time");
}


static void
is_done(const char *name)
{
    is_int(ngx_secmeet_twcc_next(&twcc, &got), NGX_DONE, "%s", name);
    is_int(ngx_secmeet_twcc_next(&twcc, &got), NGX_DONE, "for good");
}


static ngx_uint_t
rest(void)
{
    ngx_uint_t  n;

    for (n = 0; ngx_secmeet_twcc_next(&twcc, &got) == NGX_OK; n++) {
        /* void */
    }

    return n;
}


/* captured */

static void
browsers(void)
{
    is_int(parse("afcd0008 fa17fa17 93d5e750 0001000c 006d8700 200c"
                 "794e050e200e09100001110e 0002"), NGX_OK,
           "feedback of Chromium");
    is_int(twcc.sender, 0xfa17fa17, "its sender");
    is_int(twcc.ssrc, 0x93d5e750, "its source");
    is_int(twcc.base, 1, "the first packet");
    is_int(twcc.count, 12, "how many");
    is_int(twcc.number, 0, "the first feedback");
    is_int(twcc.reference, 0x6d87LL * UNIT, "its reference time");

    is_next(1, 0x6d87LL * UNIT + 0x79 * TICK, "the first");
    is_next(2, 0x6d87LL * UNIT + (0x79 + 0x4e) * TICK, "the second");
    is_int(rest(), 10, "and ten more");
    is_int(got.seq, 12, "the last of them");

    /* 79 4e 05 0e 20 0e 09 10 00 01 11 0e add up */

    is_int(got.time, 0x6d87LL * UNIT + 321 * TICK, "its time");

    is_int(parse("afcd000a cb64bf0f c0fd10b9 00010015 00106300 2015"
                 "740d050c090d0a000f01150102000500020108004301"),
           NGX_OK, "feedback of Firefox");
    is_int(twcc.count, 21, "how many");
    is_int(twcc.reference, 0x1063LL * UNIT, "its reference time");
    is_int(rest(), 21, "all of them came");
    is_int(got.seq, 21, "the last");
    is_int(got.time, 0x1063LL * UNIT + 301 * TICK, "its time");
}


static void
runs(void)
{
    is_int(parse("8fcd0007 00000001 00000002 00640006 000001ff"
                 "2002 0003 2001 01 02 03 000000"), NGX_OK, "runs");
    is_int(twcc.number, 255, "its number");
    is_next(100, UNIT + TICK, "one");
    is_next(101, UNIT + 3 * TICK, "another");
    is_next(105, UNIT + 6 * TICK, "one after three that are missing");
    is_done("the end");

    is_int(parse("8fcd0005 00000001 00000002 00640002 00000100 3fff 0102"),
           NGX_OK, "a run past the count");
    is_int(rest(), 2, "ends with it");

    is_int(parse("8fcd0006 00000001 00000002 00640002 00000100 2000 2002"
                 "0102 0000"), NGX_OK, "an empty run");
    is_int(rest(), 2, "says nothing");

    is_int(parse("8fcd0005 00000001 00000002 00640007 00000100 0007 0000"),
           NGX_OK, "nothing came");
    is_done("nothing to tell");

    is_int(parse("8fcd0005 00000001 00000002 00640002 00000100 0001 2001"),
           NGX_DECLINED, "a delta is missing");
    is_int(parse("8fcd0005 00000001 00000002 00640003 00000100 0001 0001"),
           NGX_DECLINED, "a status is missing");
}


static void
vectors(void)
{
    /* the draft's example: 01111100011100 */

    is_int(parse("8fcd0007 00000001 00000002 ffff000e 00000000"
                 "9f1c 0101 01010101 01010000"), NGX_OK, "one bit each");
    is_next(0, TICK, "the second came");
    is_int(rest(), 7, "and seven more");
    is_int(got.seq, 10, "the last, two before the end");
    is_int(got.time, 8 * TICK, "its time");

    /* 00 01 01 01 00 10 00 */

    is_int(parse("8fcd0006 00000001 00000002 00640007 00000000"
                 "cd50 d548 0000 0000"), NGX_DECLINED, "one is reserved");
    is_int(parse("8fcd0006 00000001 00000002 00640007 00000000"
                 "c548 0101 01 ffff 00"), NGX_OK, "two bits each");
    is_next(101, TICK, "a small one");
    is_next(102, 2 * TICK, "a small one");
    is_next(103, 3 * TICK, "a small one");
    is_next(105, 2 * TICK, "a large one goes back");
    is_done("the end");

    /* two of the fourteen count: the third is set and has no delta */

    is_int(parse("8fcd0005 00000001 00000002 00640002 00000000 b800 0101"),
           NGX_OK, "past the count");
    is_int(rest(), 2, "nothing is looked at");
    is_int(parse("8fcd0005 00000001 00000002 00640002 00000000 d7ff 0101"),
           NGX_OK, "with two bits each");
    is_int(rest(), 2, "neither");
    is_int(parse("8fcd0005 00000001 00000002 00640003 00000000 b800 0101"),
           NGX_DECLINED, "within the count, its delta is missing");
}


static void
deltas(void)
{
    is_int(parse("8fcd0008 00000001 00000002 00640005 00000200"
                 "4004 2001 7fff 8000 8000 0000 ff 000000"), NGX_OK,
           "large deltas");
    is_next(100, 2 * UNIT + 32767 * TICK, "the largest");
    is_next(101, 2 * UNIT - TICK, "the smallest");
    is_next(102, 2 * UNIT - 32769 * TICK, "before the clock began");
    is_next(103, 2 * UNIT - 32769 * TICK, "none");
    is_next(104, 2 * UNIT - 32514 * TICK, "the largest small one");
    is_done("the end");
}


static void
wraps(void)
{
    is_int(parse("8fcd0006 00000001 00000002 fffe0004 ffffff00 2004"
                 "00ff ff02 0000"), NGX_OK, "across the end");
    is_int(twcc.reference, (int64_t) 0xffffff * UNIT, "the last reference");
    is_next(65534, NGX_SECMEET_TWCC_LAP - UNIT, "before");
    is_next(65535, NGX_SECMEET_TWCC_LAP - UNIT + 255 * TICK, "before");
    is_next(0, NGX_SECMEET_TWCC_LAP - UNIT + 510 * TICK, "after it");
    is_next(1, NGX_SECMEET_TWCC_LAP - UNIT + 512 * TICK, "after it");
}


static void
refused(void)
{
    is_int(parse("81cd0005 00000001 00000002 00640002 00000100 2002 0102"),
           NGX_DECLINED, "a NACK");
    is_int(parse("8fce0005 00000001 00000002 00640002 00000100 2002 0102"),
           NGX_DECLINED, "feedback of a payload");
    is_int(parse("8fcd0005 00000001 00000002 00640000 00000100 2002 0102"),
           NGX_DECLINED, "about nothing");
    is_int(parse("8fcd0004 00000001 00000002 00640001 00000100"),
           NGX_DECLINED, "no chunk");
    is_int(parse("8fcd0003 00000001 00000002 00640001"), NGX_DECLINED,
           "no reference");
    is_int(parse("8fcd0001 00000001"), NGX_DECLINED, "no source");
    is_int(parse("8fcd0005 00000001 00000002 00640002 00000100 6002 0102"),
           NGX_DECLINED, "a reserved status");
    is_int(parse("8fcd0005 00000001 00000002 00640001 00000100 f000 0102"),
           NGX_DECLINED, "in a vector");
    is_int(parse("afcd0005 00000001 00000002 00640002 00000100 2002 0102"),
           NGX_DECLINED, "padding over its deltas");
}


static void
hostile(void)
{
    /* 65535 that are missing, in 20 bytes */

    is_int(parse("8fcd0008 00000001 00000002 0064ffff 00000100"
                 "1fff1fff1fff1fff 1fff1fff1fff1fff"), NGX_DECLINED,
           "seven less than its count");
    is_int(parse("8fcd0009 00000001 00000002 0064ffff 00000100"
                 "1fff1fff1fff1fff 1fff1fff1fff1fff 00070000"), NGX_OK,
           "65535 that did not come");
    is_done("nothing to tell");

    is_int(parse("8fcd0009 00000001 00000002 0064ffff 00000100"
                 "1fff1fff1fff1fff 1fff1fff1fff1fff 20070000"),
           NGX_DECLINED, "deltas are missing");

    is_int(parse("8fcd0009 00000001 00000002 0064ffff 00000100"
                 "5fff5fff5fff5fff 5fff5fff5fff5fff 40070000"),
           NGX_DECLINED, "65535 that all came, without a delta");

    is_int(parse_n("8fcd0176 00000001 00000002 0064ffff 00000100", 740,
                   "8000"), NGX_DECLINED, "many vectors, but too few");
    is_int(parse_n("8fcd0176 00000001 00000002 00640001 00000100", 740,
                   "0000"), NGX_DECLINED, "many empty runs");
}


static void
set(ngx_uint_t i, ngx_uint_t seq, long long time)
{
    list[i].seq = (uint16_t) seq;
    list[i].time = time;
}


static void
created(ngx_uint_t n, const char *text, const char *name)
{
    size_t   len;
    u_char  *expected;

    expected = hex(text, &len);

    is_int(ngx_secmeet_twcc_create(NULL, &twcc, list, n), len,
           "%s: length", name);

    memset(out, 0xa5, sizeof(out));

    is_int(ngx_secmeet_twcc_create(out, &twcc, list, n), len,
           "%s: written", name);
    is_mem(out, expected, len, "%s: bytes", name);

    free(expected);

    again(n, name);
}


/* what was created tells the same */

static void
again(ngx_uint_t n, const char *name)
{
    size_t              len;
    int64_t             offset;
    ngx_uint_t          i;
    ngx_secmeet_rtcp_t  r;
    ngx_secmeet_twcc_t  t;

    len = ngx_secmeet_twcc_create(out, &twcc, list, n);

    ok(len && len <= NGX_SECMEET_TWCC_MAX, "%s: fits", name);
    is_int(ngx_secmeet_rtcp_parse(&r, out, out + len), NGX_OK,
           "%s: RTCP", name);
    is_int(ngx_secmeet_twcc_parse(&t, &r), NGX_OK, "%s: parsed", name);

    offset = 0;

    for (i = 0; ngx_secmeet_twcc_next(&t, &got) == NGX_OK; i++) {
        if (i == 0) {
            offset = got.time - list[0].time / TICK * TICK;
        }

        if (i == n || got.seq != list[i].seq
            || got.time - list[i].time / TICK * TICK != offset)
        {
            break;
        }
    }

    is_int(i, n, "%s: all are the same", name);
    ok(offset % NGX_SECMEET_TWCC_LAP == 0, "%s: by whole laps", name);
}


static void
create_runs(void)
{
    ngx_memzero(&twcc, sizeof(ngx_secmeet_twcc_t));

    twcc.sender = 0xfa17fa17;
    twcc.ssrc = 0x93d5e750;
    twcc.base = 1;

    set(0, 1, 0x6d87LL * UNIT + 0x79 * TICK);
    created(1, "afcd0005 fa17fa17 93d5e750 00010001 006d8700 2001 79 01",
            "one packet");

    set(1, 2, 0x6d87LL * UNIT + 0xc7 * TICK + TICK - 1);
    created(2, "8fcd0005 fa17fa17 93d5e750 00010002 006d8700 2002 79 4e",
            "two");

    set(2, 23, 0x6d87LL * UNIT + 0xc8 * TICK);
    twcc.number = 0x1ff;
    created(3, "afcd0006 fa17fa17 93d5e750 00010017 006d87ff"
               "b000 8020 79 4e 01 01", "a gap past a vector");
    twcc.number = 0;
    twcc.base = 0;
    set(0, 8000, 5 * UNIT);
    created(1, "afcd0006 fa17fa17 93d5e750 00001f41 00000500 1f40 2001"
               "00 000003", "thousands before");
    set(0, 8191, 5 * UNIT);
    created(1, "afcd0006 fa17fa17 93d5e750 00002000 00000500 1fff 2001"
               "00 000003", "as many as a run takes");
}


static void
create_vectors(void)
{
    ngx_uint_t  i;

    /* 1010..., thirteen of them; the last is alone */

    twcc.base = 10;

    for (i = 0; i < 8; i++) {
        set(i, 10 + 2 * i, i * TICK);
    }

    created(8, "8fcd0007 fa17fa17 93d5e750 000a000f 00000000"
               "aaaa 2001 0001010101010101", "every other one");

    /* small, large, small, none, small: 01 10 01 00 01 00 00 */

    set(0, 10, 0);
    set(1, 11, 256 * TICK);
    set(2, 12, 257 * TICK);
    set(3, 14, 257 * TICK);
    created(4, "afcd0006 fa17fa17 93d5e750 000a0005 00000000"
               "d910 00 0100 01 00 01", "small and large");

    /* seven small ones before a large one are a run of seven */

    for (i = 0; i < 7; i++) {
        set(i, 10 + i, 0);
    }

    set(7, 17, 1000 * TICK);
    created(8, "afcd0008 fa17fa17 93d5e750 000a0008 00000000"
               "2007 4001 00000000000000 03e8 000003",
            "seven small ones, a large one");

    /* missing ones within a vector before what is large */

    set(0, 12, 0);
    set(1, 22, 300 * TICK);
    set(2, 30, 0);
    created(3, "afcd0007 fa17fa17 93d5e750 000a0015 00000000"
               "c100 c008 c002 00 012c fed4 01",
            "gaps and large deltas");
}


static void
create_deltas(void)
{
    twcc.base = 0;

    set(0, 0, 7 * UNIT + 255 * TICK);
    set(1, 1, 7 * UNIT + 510 * TICK);
    set(2, 2, 7 * UNIT + 510 * TICK + 32767LL * TICK);
    set(3, 3, 7 * UNIT + 509 * TICK);
    set(4, 4, 7 * UNIT + 508 * TICK);
    created(5, "afcd0007 fa17fa17 93d5e750 00000005 00000700"
               "d6a0 ff ff 7fff 8000 ffff 0002", "the largest deltas");
}


static void
create_wraps(void)
{
    twcc.base = 65535;

    set(0, 65535, NGX_SECMEET_TWCC_LAP * 3 - 1);
    set(1, 0, NGX_SECMEET_TWCC_LAP * 3);
    set(2, 1, NGX_SECMEET_TWCC_LAP * 3 + 250);
    created(3, "afcd0006 fa17fa17 93d5e750 ffff0003 ffffff00"
               "2003 ff0101 000003", "across the end of both");

    set(0, 0, NGX_SECMEET_TWCC_LAP * 3);
    set(1, 1, NGX_SECMEET_TWCC_LAP * 3 + 250);
    created(2, "8fcd0005 fa17fa17 93d5e750 ffff0003 00000000"
               "9800 0001", "from the end of numbers");
}


static void
create_refused(void)
{
    twcc.base = 100;

    set(0, 100, 0);
    set(1, 101, 32767LL * TICK);

    is_int(ngx_secmeet_twcc_create(out, &twcc, list, 0), 0, "no packets");
    ok(ngx_secmeet_twcc_create(out, &twcc, list, 2) != 0, "as far as it goes");

    set(1, 101, 32768LL * TICK);
    is_int(ngx_secmeet_twcc_create(out, &twcc, list, 2), 0, "too late");
    set(1, 101, -32768LL * TICK);
    ok(ngx_secmeet_twcc_create(out, &twcc, list, 2) != 0, "as far back");
    set(1, 101, -32768LL * TICK - 1);
    is_int(ngx_secmeet_twcc_create(out, &twcc, list, 2), 0, "too early");

    set(1, 100, 0);
    is_int(ngx_secmeet_twcc_create(out, &twcc, list, 2), 0, "twice");
    set(1, 99, 0);
    is_int(ngx_secmeet_twcc_create(out, &twcc, list, 2), 0, "backwards");
    set(0, 99, 0);
    set(1, 101, 0);
    is_int(ngx_secmeet_twcc_create(out, &twcc, list, 2), 0, "before base");

    set(0, 100 + NGX_SECMEET_TWCC_COUNT, 0);
    is_int(ngx_secmeet_twcc_create(out, &twcc, list, 1), 0, "too many");
    set(0, 99 + NGX_SECMEET_TWCC_COUNT, 0);
    ok(ngx_secmeet_twcc_create(out, &twcc, list, 1) != 0, "the most");
}


/* the longest that can be told, and at random */

static void
create_bounds(void)
{
    uint32_t    seed;
    ngx_uint_t  i, k, n, gap, seq;

    twcc.base = 65000;
    n = NGX_SECMEET_TWCC_PACKETS;

    for (gap = 1; gap < 64; gap++) {
        for (i = 0; i < n; i++) {
            set(i, 65000 + i * gap, (i & 1) * 1000000);
        }

        if (ngx_secmeet_twcc_create(NULL, &twcc, list, n)
            > NGX_SECMEET_TWCC_MAX)
        {
            break;
        }
    }

    is_int(gap, 64, "none is longer, whatever the gaps");
    again(n, "all large");

    set(n, 65000 + n * 64, 0);
    is_int(ngx_secmeet_twcc_create(out, &twcc, list, n + 1), 0, "one more");

    seed = 1;

    for (k = 0; k < 12; k++) {
        seq = 65000;

        for (i = 0; i < n; i++) {
            seed = seed * 1664525 + 1013904223;
            seq += (seed >> 28 < 10) ? 0 : (seed >> 20) % 60;
            set(i, seq++, 10000000 + (k & 1 ? seed >> 12 : seed >> 16)
                          % (1 << (k + 9)));
        }

        again(n, "at random");
    }
}
