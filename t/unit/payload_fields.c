
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What is read for layers, and the numbers of pictures put in place.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_payload.h"
#include "hex.h"
#include "tap.h"


#define VP8   NGX_SECMEET_CODEC_VP8
#define VP9   NGX_SECMEET_CODEC_VP9
#define H264  NGX_SECMEET_CODEC_H264
#define AV1   NGX_SECMEET_CODEC_AV1


static ngx_secmeet_payload_t  pl;


static ngx_int_t parse(ngx_secmeet_codec_e codec, const char *text);
static void size(ngx_secmeet_codec_e codec, const char *text,
    ngx_uint_t width, ngx_uint_t height, const char *name);
static void bits(ngx_secmeet_codec_e codec, const char *text,
    const char *expected, const char *name);
static void rewritten(ngx_secmeet_codec_e codec, const char *text,
    ngx_uint_t picture_id, ngx_uint_t tl0picidx, const char *expected,
    const char *name);
static void vp8_size(void);
static void vp8_bits(void);
static void vp9_size(void);
static void vp9_bits(void);
static void rewrite_vp8(void);
static void rewrite_vp9(void);
static void rewrite_others(void);


int
main(void)
{
    vp8_size();
    vp8_bits();
    vp9_size();
    vp9_bits();
    rewrite_vp8();
    rewrite_vp9();
    rewrite_others();

    return done();
}


static ngx_int_t
parse(ngx_secmeet_codec_e codec, const char *text)
{
    size_t      len;
    u_char     *p;
    ngx_int_t   rc;

    p = hex(text, &len);
    rc = ngx_secmeet_payload_parse(&pl, codec, p, p + len);
    free(p);

    return rc;
}


static void
size(ngx_secmeet_codec_e codec, const char *text, ngx_uint_t width,
    ngx_uint_t height, const char *name)
{
    is_int(parse(codec, text), NGX_OK, "%s", name);
    is_int(pl.width, width, "%s: width", name);
    is_int(pl.height, height, "%s: height", name);
}


/* sync, discardable, end, inter_picture, inter_layer */

static void
bits(ngx_secmeet_codec_e codec, const char *text, const char *expected,
    const char *name)
{
    char  s[6];

    is_int(parse(codec, text), NGX_OK, "%s", name);

    s[0] = pl.sync ? 's' : '-';
    s[1] = pl.discardable ? 'd' : '-';
    s[2] = pl.end ? 'e' : '-';
    s[3] = pl.inter_picture ? 'p' : '-';
    s[4] = pl.inter_layer ? 'l' : '-';
    s[5] = '\0';

    ok(strcmp(s, expected) == 0, "%s: %s", name, s);
}


static void
rewritten(ngx_secmeet_codec_e codec, const char *text, ngx_uint_t picture_id,
    ngx_uint_t tl0picidx, const char *expected, const char *name)
{
    size_t   len, n;
    u_char  *p, *e;

    p = hex(text, &len);
    e = hex(expected, &n);

    is_int(ngx_secmeet_payload_parse(&pl, codec, p, p + len), NGX_OK, "%s",
           name);
    ngx_secmeet_payload_rewrite(p, &pl, codec, picture_id, tl0picidx);

    ok(len == n && memcmp(p, e, n) == 0, "%s: bytes", name);

    free(p);
    free(e);
}


static void
vp8_size(void)
{
    size(VP8, "10700a009d012aa0005a0039", 160, 90, "key frame of Chromium");
    size(VP8, "9080e229f01b009d012a4001b400", 320, 180,
         "key frame of Firefox");
    size(VP8, "10 000000 9d012a ffff ffff", 16383, 16383, "the greatest");
    size(VP8, "10 000000 9d012a 0040 0080", 0, 0, "scale alone");
    size(VP8, "10 000000 9d012a 0001 0200", 256, 2, "little-endian");

    size(VP8, "10 000000 9d012a 0001 02", 0, 0, "one byte short");
    size(VP8, "10 00", 0, 0, "the tag cut off");
    size(VP8, "10 000000 9c012a 0001 0200", 0, 0, "no start code");
    size(VP8, "10 000000 9d022a 0001 0200", 0, 0, "nor this");
    size(VP8, "10 000000 9d012b 0001 0200", 0, 0, "nor this");
    size(VP8, "10 010000 9d012a 0001 0200", 0, 0, "a delta frame");
    size(VP8, "00 000000 9d012a 0001 0200", 0, 0, "the middle of a frame");
    size(VP8, "11 000000 9d012a 0001 0200", 0, 0, "another partition");
    is_int(pl.layers, 0, "no spatial layers");
}


static void
vp8_bits(void)
{
    bits(VP8, "90e0ffff80 20 00", "s----", "TID 0, Y");
    bits(VP8, "90e0ffff80 df 00", "-----", "TID 3, no Y");
    bits(VP8, "90e0ffff80 a0 00", "s----", "TID 2, Y");
    bits(VP8, "9010 3f 00", "-----", "Y without a TID");
    bits(VP8, "3001", "-d---", "N");
    bits(VP8, "b0e0ffff80 e0 01", "sd---", "both");
    bits(VP8, "1000", "-----", "neither");

    is_int(parse(VP8, "9080ffff00"), NGX_OK, "15 bits");
    is_int(pl.long_picture_id, 1, "are told");
    is_int(parse(VP8, "90807f00"), NGX_OK, "7 bits");
    is_int(pl.long_picture_id, 0, "are told");
}


static void
vp9_size(void)
{
    size(VP9, "9f8349100280016882498342", 640, 360, "key frame of Chromium");
    is_int(pl.layers, 1, "one layer");

    size(VP9, "bed4d41010014000b4834983", 320, 180, "SVC, lowest layer");
    is_int(pl.layers, 1, "one layer");

    size(VP9, "0a 50 00a0005a 014000b4 02800168 aa", 640, 360, "three");
    is_int(pl.layers, 3, "layers");

    size(VP9, "0a f0 00000000 00000000 00000000 00000000"
         "00000000 00000000 00000000 fffffffe aa", 65535, 65534, "eight");
    is_int(pl.layers, 8, "layers");

    size(VP9, "0a 20 aa", 0, 0, "two, no sizes");
    is_int(pl.layers, 2, "layers");

    size(VP9, "08 aa", 0, 0, "no structure");
    is_int(pl.layers, 0, "layers are not told");

    is_int(parse(VP9, "0a 30 014000b4 028001"), NGX_DECLINED,
           "the last size past the end");
    is_int(parse(VP9, "0a 30 014000b4 0280"), NGX_DECLINED, "half of it");
    is_int(parse(VP9, "0a 30 014000b4"), NGX_DECLINED, "all of it");
    is_int(parse(VP9, "0a 30 0140"), NGX_DECLINED, "the first one too");
    is_int(parse(VP9, "0a 18 014000b4"), NGX_DECLINED, "and the group");
}


static void
vp9_bits(void)
{
    bits(VP9, "08 aa", "-----", "B");
    bits(VP9, "0c aa", "--e--", "B, E");
    bits(VP9, "01 aa", "-d---", "Z");
    bits(VP9, "40 aa", "---p-", "P");
    bits(VP9, "20 10 00 aa", "s----", "U");
    bits(VP9, "20 01 00 aa", "----l", "D");
    bits(VP9, "20 ee 00 aa", "-----", "the other bits of layers");
    bits(VP9, "65 11 00 aa", "sdepl", "all");
    is_int(parse(VP9, "20 ee 00 aa"), NGX_OK, "layers");
    ok(pl.tid == 7 && pl.sid == 7, "their bits");

    bits(VP9, "bdd4d5138702020004fe02ce", "sde-l", "SVC, upper layer");
    bits(VP9, "fdd4d6500287000000027e01", "sdep-", "SVC, delta frame");

    is_int(parse(VP9, "88ffff00"), NGX_OK, "15 bits");
    is_int(pl.long_picture_id, 1, "are told");
    is_int(parse(VP9, "887f00"), NGX_OK, "7 bits");
    is_int(pl.long_picture_id, 0, "are told");
}


static void
rewrite_vp8(void)
{
    rewritten(VP8, "90e0 8123 45 67 89 ab", 0x7edc, 0xba,
              "90e0 fedc ba 67 89 ab", "15 bits and TL0PICIDX");
    rewritten(VP8, "90e0 8123 45 67 89 ab", 0, 0,
              "90e0 8000 00 67 89 ab", "zeros stay 15 bits");
    rewritten(VP8, "90e0 8123 45 67 89 ab", 0x18001, 0x102,
              "90e0 8001 02 67 89 ab", "more bits are cut off");
    rewritten(VP8, "90f0 23 45 67 89", 0x7fd5, 0xba,
              "90f0 55 ba 67 89", "7 bits");
    rewritten(VP8, "9080 8123 89 ab", 0x7fff, 0xba,
              "9080 ffff 89 ab", "picture id alone");
    rewritten(VP8, "9080 23 89", 0x12, 0xba, "9080 12 89", "of 7 bits");
    rewritten(VP8, "9040 45 89", 0x7fff, 0xba, "9040 ba 89",
              "TL0PICIDX alone");
    rewritten(VP8, "9030 67 89", 0x7fff, 0xba, "9030 67 89", "neither");
    rewritten(VP8, "9000 89", 0x7fff, 0xba, "9000 89", "no field");
    rewritten(VP8, "10 89", 0x7fff, 0xba, "10 89", "no extension");
}


static void
rewrite_vp9(void)
{
    rewritten(VP9, "a8 8123 45 67 89", 0x7edc, 0xba,
              "a8 fedc 45 ba 89", "15 bits and TL0PICIDX");
    rewritten(VP9, "a8 23 45 67 89", 0x7fd5, 0x1ba,
              "a8 55 45 ba 89", "7 bits");
    rewritten(VP9, "b8 8123 45 89", 0x0001, 0xba,
              "b8 8001 45 89", "flexible mode");
    rewritten(VP9, "28 45 67 89", 0x7fff, 0xba,
              "28 45 ba 89", "TL0PICIDX alone");
    rewritten(VP9, "88 8123 89", 0, 0xba, "88 8000 89",
              "picture id alone");
    rewritten(VP9, "0a 10 014000b4 89", 0x7fff, 0xba,
              "0a 10 014000b4 89", "neither");
    rewritten(VP9, "dd834a0286004092389059a3", 0x34b, 0,
              "dd834b0286004092389059a3", "delta frame of Chromium");
}


static void
rewrite_others(void)
{
    rewritten(H264, "6588ffff", 0x1234, 0x56, "6588ffff", "H264");
    rewritten(AV1, "281008 0210", 0x1234, 0x56, "281008 0210", "AV1");
    rewritten(NGX_SECMEET_CODEC_OPUS, "f8fffe", 0x1234, 0x56, "f8fffe",
              "opus");
    rewritten(NGX_SECMEET_CODEC_OPUS, "", 0x1234, 0x56, "", "empty opus");
}
