
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The dependency descriptor, as Chromium 156 sends it with AV1, and what no
 * browser sends.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_dd.h"
#include "hex.h"
#include "tap.h"


/* L1T3, 320x180 */
#define L1T3      "800001800214eaa860414d1410208427013f00b3"

/* L3T3_KEY and L3T3, 960x540 */
#define L3T3_KEY  "c0000580081485214eaaaaa8000600004000100002aa80a800060000" \
                  "4000100002a000a800060000400016d549241b5524906d54923157e0" \
                  "01974ca864330e222396eca8655304224390eca8775300ef008601df" \
                  "010d03bf021b"
#define L3T3      "c10001c0081485214eafffaaaa863cf0430c10c302afc0aaa0063c00" \
                  "430010c002a000a80006000040001d954926e082b04a0941b820ac12" \
                  "82503157f974000ca864330e222222eca8655304224230eca8775300" \
                  "ef008601df010d03bf021b1f80"

/* the middle one of three encodings */
#define SIMULCAST "c00006800214eaa860414d141020842701df010d"


static ngx_secmeet_dd_t       dd;
static ngx_secmeet_payload_t  pl;


static ngx_int_t parse(ngx_secmeet_dd_t *structure, const char *text);
static void frame(const char *text, ngx_uint_t number, ngx_uint_t sid,
    ngx_uint_t tid, const char *bits, const char *name);
static void size(ngx_uint_t layers, ngx_uint_t width, ngx_uint_t height,
    const char *name);
static void temporal(void);
static void spatial(void);
static void spatial_always(void);
static void simulcast(void);
static void alone(void);
static void unknown(void);
static void prefixes(const char *text, const char *name);
static void refused(const char *text, const char *name);
static void limits(void);
static void custom(void);
static void numbers(void);


int
main(void)
{
    temporal();
    spatial();
    spatial_always();
    simulcast();
    alone();
    unknown();
    prefixes(L1T3, "L1T3");
    prefixes(L3T3_KEY, "L3T3_KEY");
    prefixes(L3T3, "L3T3");
    limits();
    custom();
    numbers();

    return done();
}


/* key is set, as by a payload whose N bit is */

static ngx_int_t
parse(ngx_secmeet_dd_t *structure, const char *text)
{
    size_t      len;
    u_char     *p;
    ngx_int_t   rc;

    memset(&pl, 0, sizeof(pl));
    pl.key = 1;

    p = hex(text, &len);
    rc = ngx_secmeet_dd_parse(structure, &pl, p, p + len);
    free(p);

    return rc;
}


/* start, end, sync, inter_picture, inter_layer, key */

static void
frame(const char *text, ngx_uint_t number, ngx_uint_t sid, ngx_uint_t tid,
    const char *bits, const char *name)
{
    char  s[7];

    is_int(parse(&dd, text), NGX_OK, "%s", name);

    s[0] = pl.start ? 's' : '-';
    s[1] = pl.end ? 'e' : '-';
    s[2] = pl.sync ? 'u' : '-';
    s[3] = pl.inter_picture ? 'p' : '-';
    s[4] = pl.inter_layer ? 'l' : '-';
    s[5] = pl.key ? 'k' : '-';
    s[6] = '\0';

    ok(strcmp(s, bits) == 0, "%s: %s", name, s);
    is_int(pl.picture_id, number, "%s: number", name);
    is_int(pl.has_sid ? pl.sid : 9, sid, "%s: sid", name);
    is_int(pl.has_tid ? pl.tid : 9, tid, "%s: tid", name);
    ok(pl.has_picture_id && pl.wide_picture_id, "%s: in 16 bits", name);
}


static void
size(ngx_uint_t layers, ngx_uint_t width, ngx_uint_t height,
    const char *name)
{
    is_int(pl.layers, layers, "%s: layers", name);
    is_int(pl.width, width, "%s: width", name);
    is_int(pl.height, height, "%s: height", name);
}


static void
temporal(void)
{
    frame(L1T3, 1, 0, 0, "s-u--k", "a key frame");
    size(1, 320, 180, "its structure");

    frame("400001", 1, 0, 0, "-eu--k", "its end");
    size(0, 0, 0, "no structure");

    frame("c30002", 2, 0, 2, "seup-k", "of the highest temporal layer");
    frame("c20003", 3, 0, 1, "seup-k", "of the second");
    frame("c40004", 4, 0, 2, "seup-k", "another of the highest");
    frame("c10005", 5, 0, 0, "seup-k", "of the lowest");
    frame("830006", 6, 0, 2, "s-up-k", "a first packet");
    frame("430006", 6, 0, 2, "-eup-k", "a last one");
    frame("01ffff", 65535, 0, 0, "--up-k", "one between, the last number");
}


static void
spatial(void)
{
    memset(&dd, 0, sizeof(dd));

    frame(L3T3_KEY, 5, 0, 0, "seu--k", "a key picture");
    size(3, 960, 540, "its structure");

    frame("c50006", 6, 1, 0, "seu-l-", "its second layer");
    frame("8a0007", 7, 2, 0, "s-u-l-", "its third one");

    /* flags 00010, one reference, two frames back */

    frame("8a0007" "12" "20", 7, 2, 0, "s-up--", "one that may be its own");

    frame("c2002f", 47, 0, 1, "seup-k", "the lowest layer, T1");
    frame("c70030", 48, 1, 1, "seup--", "the second one, T1");
    frame("8c0031", 49, 2, 1, "s-up--", "the third one, T1");
    frame("c90033", 51, 1, 2, "seup--", "the second one, T2");
    frame("8b0043", 67, 2, 0, "s-up--", "the third one, T0");
}


/* each spatial layer needs what is below it, in all pictures */

static void
spatial_always(void)
{
    memset(&dd, 0, sizeof(dd));

    is_int(parse(&dd, L3T3), NGX_OK, "another structure");
    size(3, 960, 540, "it");

    frame("c30030", 48, 0, 2, "seup-k", "the lowest layer");
    frame("c80031", 49, 1, 2, "seupl-", "the second one");
    frame("8d0032", 50, 2, 2, "s-upl-", "the third one");
}


/* all encodings count together, and so say what they need one by one */

static void
simulcast(void)
{
    memset(&dd, 0, sizeof(dd));

    frame(SIMULCAST, 6, 0, 0, "seu--k", "a key frame of an encoding");
    size(1, 480, 270, "its structure");

    frame("c400091240", 9, 0, 2, "seup-k", "T2, with its own reference");
    frame("c2000c1aa030", 12, 0, 1, "seup-k", "T1, and its own chain");
    frame("c000121b6060", 18, 0, 0, "seup-k", "T0, far from what it needs");
}


/* without what it refers to */

static void
alone(void)
{
    is_int(parse(NULL, L1T3), NGX_DONE, "nothing to refer to");
    is_int(pl.picture_id, 1, "the number is told");
    ok(pl.start && !pl.end && pl.key, "where it begins, too");
    ok(!pl.has_sid && !pl.has_tid, "but no layers");

    is_int(parse(NULL, "c000"), NGX_DECLINED, "two bytes");
    is_int(parse(NULL, ""), NGX_DECLINED, "none");
    ok(!pl.has_picture_id, "no number");
}


static void
unknown(void)
{
    memset(&dd, 0, sizeof(dd));

    is_int(parse(&dd, "c30002"), NGX_DONE, "before a structure");
    is_int(pl.picture_id, 2, "there is a number");
    ok(!pl.has_sid && !pl.has_tid, "and no layer");

    is_int(parse(&dd, L1T3), NGX_OK, "with the structure");
    is_int(parse(&dd, "c50002"), NGX_DONE, "five templates, and a sixth");
    is_int(parse(&dd, "ff0002"), NGX_DONE, "the one before the first");
    ok(!pl.has_tid, "which has no layer");
    is_int(parse(&dd, "c40002"), NGX_OK, "the fifth");
}


/* what ends too early changes nothing */

static void
prefixes(const char *text, const char *name)
{
    char              part[512];
    size_t            i, len;
    ngx_int_t         rc;
    ngx_uint_t        bad;
    ngx_secmeet_dd_t  before;

    memset(&dd, 0, sizeof(dd));
    is_int(parse(&dd, L1T3), NGX_OK, "%s: before", name);
    before = dd;

    bad = 0;
    len = strlen(text);

    /* the padding is not missed */

    while (strcmp(text + len - 4, "1f80") == 0) {
        len -= 4;
    }

    for (i = 0; i + 2 < len; i += 2) {
        memcpy(part, text, i);
        part[i] = '\0';

        rc = parse(&dd, part);

        bad += (rc != (i < 6 ? NGX_DECLINED : i == 6 ? rc : NGX_DONE));
        bad += (memcmp(&dd, &before, sizeof(dd)) != 0);
    }

    is_int(bad, 0, "%s: nothing is made of a part of it", name);
}


static void
refused(const char *text, const char *name)
{
    ngx_secmeet_dd_t  before;

    memset(&dd, 0, sizeof(dd));
    (void) parse(&dd, L1T3);
    before = dd;

    is_int(parse(&dd, text), NGX_DONE, "%s", name);
    ok(memcmp(&dd, &before, sizeof(dd)) == 0, "%s: changes nothing", name);
}


/*
 * Flags 10000, template_id_offset 000000, dt_cnt_minus_one 00000, then
 * next_layer_idc.
 */

static void
limits(void)
{
    /* 64 templates of one target, no chains: 63 times 0, 3, then nothing */

    is_int(parse(&dd, "c00001" "8000" "00000000000000000000000000000003"
                      "00000000000000000000000000000000"
                      "0000000000000000"
                      "0000"), NGX_OK, "64 templates");
    is_int(dd.n, 64, "all of them are there");

    refused("c00001" "8000" "0000000000000000000000000000000000000000"
            "00000000000000000000000000000000000000000000000000000000", "65");

    /* 1 seven times, 3 */

    is_int(parse(&dd, "c00001" "8000" "5557" "0000" "00" "0000"), NGX_OK,
           "eight temporal layers");
    is_int(dd.templates[7].tid, 7, "the last of them");
    refused("c00001" "8000" "5555c0" "000000000000000000", "nine");

    /* 2 three times, 3 */

    is_int(parse(&dd, "c00001" "8000" "ab" "00" "0000"), NGX_OK,
           "four spatial layers");
    is_int(dd.nsids, 4, "the number of them");
    refused("c00001" "8000" "aac0" "000000000000", "five");
}


/* indications and references of its own: all sizes */

static void
custom(void)
{
    memset(&dd, 0, sizeof(dd));
    (void) parse(&dd, L1T3);

    /* flags 00100, indications 2 2 2 */

    frame("c10002" "25" "40", 2, 0, 0, "seup-k", "all may be switched to");

    /* 2 2 3: the highest one is required, and not to be switched to */

    frame("c10002" "25" "60", 2, 0, 0, "se-p-k", "one may not");

    /* flags 00010: no references */

    frame("c10002" "10", 2, 0, 0, "seu--k", "needs nothing");

    /* of 12 bits, then none */

    frame("c10002" "16" "0000", 2, 0, 0, "seup-k", "12 bits");

    is_int(parse(&dd, "c10002" "16" "00"), NGX_DONE, "and too few");
}


static void
numbers(void)
{
    u_char      p[3] = { 0xc1, 0x12, 0x34 };
    ngx_uint_t  facts;

    ngx_secmeet_dd_rewrite(p, 0xfedc);
    ok(p[0] == 0xc1 && p[1] == 0xfe && p[2] == 0xdc, "another number");

    memset(&dd, 0, sizeof(dd));
    (void) parse(&dd, L3T3_KEY);

    is_int(parse(&dd, "8d0032"), NGX_OK, "the highest layers");
    facts = ngx_secmeet_dd_facts(&pl);
    ok(facts > 0 && facts < 256, "they are a byte");

    is_int(parse(NULL, "8d0032"), NGX_DONE, "the same, not known");
    is_int(ngx_secmeet_dd_facts(&pl), 0, "is zero");

    ngx_secmeet_dd_restore(&pl, 0);
    ok(!pl.has_sid && !pl.has_tid, "from which nothing comes");

    ngx_secmeet_dd_restore(&pl, facts);
    ok(pl.has_sid && pl.has_tid && pl.sid == 2 && pl.tid == 2,
       "from the byte they come back");
}
