
/*
 * Copyright (C) secmeet contributors
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
static void is_frame(ngx_secmeet_codec_e codec, const char *text,
    ngx_uint_t start, ngx_uint_t key, const char *name);
static void declined(ngx_secmeet_codec_e codec, const char *text,
    const char *name);
static void others(void);
static void vp8_captured(void);
static void vp8_fields(void);
static void vp8_frames(void);
static void vp8_short(void);
static void vp9_captured(void);
static void vp9_fields(void);
static void vp9_frames(void);
static void vp9_differences(void);
static void vp9_structure(void);
static void vp9_short(void);
static void h264_captured(void);
static void h264_single(void);
static void h264_stap(void);
static void h264_fu(void);
static void av1(void);


int
main(void)
{
    others();
    vp8_captured();
    vp8_fields();
    vp8_frames();
    vp8_short();
    vp9_captured();
    vp9_fields();
    vp9_frames();
    vp9_differences();
    vp9_structure();
    vp9_short();
    h264_captured();
    h264_single();
    h264_stap();
    h264_fu();
    av1();

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
is_frame(ngx_secmeet_codec_e codec, const char *text, ngx_uint_t start,
    ngx_uint_t key, const char *name)
{
    is_int(parse(codec, text), NGX_OK, "%s", name);
    is_int(pl.start, start, "%s: start", name);
    is_int(pl.key, key, "%s: key", name);
}


static void
declined(ngx_secmeet_codec_e codec, const char *text, const char *name)
{
    is_int(parse(codec, text), NGX_DECLINED, "%s", name);
}


static void
others(void)
{
    is_frame(NGX_SECMEET_CODEC_OPUS, "f8fffe", 1, 1, "opus");
    is_frame(NGX_SECMEET_CODEC_OPUS, "", 1, 1, "empty opus");

    declined(NGX_SECMEET_CODEC_NONE, "f8fffe", "no codec");
    declined((ngx_secmeet_codec_e) 99, "f8fffe", "unknown codec");
}


static void
vp8_captured(void)
{
    is_frame(VP8, "10700a009d012aa0005a0039", 1, 1,
             "key frame of Chromium");
    is_int(pl.descriptor, 1, "one byte of descriptor");
    ok(!pl.has_picture_id && !pl.has_tl0picidx && !pl.has_tid,
       "and nothing in it");

    is_frame(VP8, "30310400131c240c2c2c44cc", 1, 0,
             "delta frame of Chromium");
    is_frame(VP8, "8080e4890c1ba431f8017c68", 0, 0,
             "middle of a frame of Chromium");
    is_int(pl.picture_id, 0x6489, "its picture id");

    is_frame(VP8, "9080e229f01b009d012a4001", 1, 1,
             "key frame of Firefox");
    is_int(pl.descriptor, 4, "four bytes of descriptor");
    ok(pl.has_picture_id, "with a picture id");
    is_int(pl.picture_id, 0x6229, "its value");

    is_frame(VP8, "9080e22ab10900e4a12fd0db", 1, 0,
             "delta frame of Firefox");
}


/* RFC 7741, 4.2 */

static void
vp8_fields(void)
{
    is_int(parse(VP8, "90f0ffff80e300"), NGX_OK, "all fields");
    is_int(pl.descriptor, 6, "length");
    ok(pl.has_picture_id && pl.picture_id == 0x7fff, "15 bits");
    ok(pl.has_tl0picidx && pl.tl0picidx == 0x80, "TL0PICIDX");
    ok(pl.has_tid && pl.tid == 3, "TID");
    ok(!pl.has_sid, "no spatial layer");

    is_int(parse(VP8, "90807f00"), NGX_OK, "picture id of 7 bits");
    is_int(pl.descriptor, 3, "length");
    ok(pl.has_picture_id && pl.picture_id == 0x7f, "its value");

    is_int(parse(VP8, "9080800000"), NGX_OK, "15 bits, 0");
    ok(pl.has_picture_id && pl.picture_id == 0, "its value");
    is_int(pl.descriptor, 4, "length");

    is_int(parse(VP8, "90405500"), NGX_OK, "TL0PICIDX only");
    ok(pl.has_tl0picidx && pl.tl0picidx == 0x55, "its value");
    ok(!pl.has_picture_id && !pl.has_tid, "no other");

    is_int(parse(VP8, "90208000"), NGX_OK, "TID only");
    ok(pl.has_tid && pl.tid == 2, "its value");

    is_int(parse(VP8, "9010df00"), NGX_OK, "KEYIDX only");
    ok(!pl.has_tid && pl.tid == 0, "no TID");
    is_int(pl.descriptor, 3, "length");

    is_int(parse(VP8, "900f00"), NGX_OK, "reserved bits");
    is_int(pl.descriptor, 2, "are ignored");
}


/* RFC 7741, 4.2, 4.3 */

static void
vp8_frames(void)
{
    is_frame(VP8, "1000", 1, 1, "S, partition 0, P 0");
    is_frame(VP8, "1001", 1, 0, "S, partition 0, P 1");
    is_frame(VP8, "1100", 0, 0, "S, partition 1");
    is_frame(VP8, "1700", 0, 0, "S, partition 7");
    is_frame(VP8, "0000", 0, 0, "not S");
    is_frame(VP8, "30fe", 1, 1, "N is no matter");
    is_frame(VP8, "58fe", 1, 1, "nor are R bits");
}


static void
vp8_short(void)
{
    declined(VP8, "", "empty");
    declined(VP8, "10", "descriptor only");
    declined(VP8, "90", "no extension byte");
    declined(VP8, "9000", "extension byte, no payload");
    declined(VP8, "9080", "no picture id");
    declined(VP8, "9080ff", "half a picture id");
    declined(VP8, "9080ffff", "picture id, no payload");
    declined(VP8, "9040", "no TL0PICIDX");
    declined(VP8, "9020", "no TID");
    declined(VP8, "90f0ffff80", "no TID after the others");
    declined(VP8, "90f0ffff80e3", "all fields, no payload");
}


static void
vp9_captured(void)
{
    is_frame(VP9, "9f8349100280016882498342", 1, 1,
             "key frame of Chromium");
    is_int(pl.descriptor, 8, "structure included");
    is_int(pl.picture_id, 0x349, "picture id");
    ok(!pl.has_tid && !pl.has_tl0picidx, "no layers");

    is_frame(VP9, "dd834a0286004092389059a3", 1, 0,
             "delta frame of Chromium");
    is_int(pl.descriptor, 4, "one difference included");
    is_frame(VP9, "d5835102cbb50aac1e1406d8", 0, 0, "its last packet");

    is_frame(VP9, "bed4d41010014000b4834983", 1, 1, "SVC, lowest layer");
    is_int(pl.descriptor, 9, "descriptor");
    ok(pl.has_tid && pl.tid == 0, "temporal layer 0");
    ok(pl.has_sid && pl.sid == 0, "spatial layer 0");

    is_frame(VP9, "bdd4d5138702020004fe02ce", 1, 0, "SVC, upper layer");
    is_int(pl.sid, 1, "spatial layer 1");
    is_int(pl.descriptor, 4, "descriptor");

    is_frame(VP9, "fdd4d6500287000000027e01", 1, 0, "SVC, delta frame");
    is_int(pl.tid, 2, "temporal layer 2");
    is_int(pl.sid, 0, "spatial layer 0");
    is_int(pl.descriptor, 5, "descriptor");
}


/* RFC 9628, 4.2 */

static void
vp9_fields(void)
{
    is_int(parse(VP9, "a87fefc800"), NGX_OK, "all of non-flexible mode");
    is_int(pl.descriptor, 4, "length");
    ok(pl.has_picture_id && pl.picture_id == 0x7f, "7 bits");
    ok(pl.has_tid && pl.tid == 7, "TID");
    ok(pl.has_sid && pl.sid == 7, "SID");
    ok(pl.has_tl0picidx && pl.tl0picidx == 0xc8, "TL0PICIDX");

    is_int(parse(VP9, "b8ffff2000"), NGX_OK, "flexible mode");
    is_int(pl.descriptor, 4, "length");
    is_int(pl.picture_id, 0x7fff, "15 bits");
    ok(pl.has_tid && pl.tid == 1 && pl.sid == 0, "layers");
    ok(!pl.has_tl0picidx, "no TL0PICIDX");

    is_int(parse(VP9, "0800"), NGX_OK, "no fields");
    is_int(pl.descriptor, 1, "length");
    ok(!pl.has_picture_id && !pl.has_tid && !pl.has_sid
       && !pl.has_tl0picidx, "nothing is there");
}


static void
vp9_frames(void)
{
    is_frame(VP9, "0800", 1, 1, "B, not P");
    is_frame(VP9, "4800", 1, 0, "B, P");
    is_frame(VP9, "0000", 0, 0, "not B");
    is_frame(VP9, "0c00", 1, 1, "B, E");
    is_frame(VP9, "0400", 0, 0, "E");
    is_frame(VP9, "0900", 1, 1, "Z is no matter");
    is_frame(VP9, "28000000", 1, 1, "spatial layer 0");
    is_frame(VP9, "28030000", 1, 0, "spatial layer 1, not P");
    is_frame(VP9, "28e00000", 1, 1, "temporal layer is no matter");
}


static void
vp9_differences(void)
{
    is_frame(VP9, "d87f0400", 1, 0, "one difference");
    is_int(pl.descriptor, 3, "length");
    is_frame(VP9, "d87f05030400", 1, 0, "three differences");
    is_int(pl.descriptor, 5, "length");

    declined(VP9, "d87f0503070400", "four differences");
    declined(VP9, "d87f0503", "differences past the end");
    declined(VP9, "d87f", "no difference");
    declined(VP9, "d87f04", "no payload");
    declined(VP9, "5800", "flexible mode without a picture id");
    declined(VP9, "1800", "though nothing is predicted");
}


/* RFC 9628, 4.2.1 */

static void
vp9_structure(void)
{
    is_frame(VP9, "0a00aa", 1, 1, "empty structure");
    is_int(pl.descriptor, 2, "length");

    is_frame(VP9, "0a30 014000b4 02800168 aa", 1, 1, "two sizes");
    is_int(pl.descriptor, 10, "length");

    is_int(parse(VP9, "0af0"
                 "00000000 00000000 00000000 00000000"
                 "00000000 00000000 00000000 00000000 aa"), NGX_OK,
           "eight sizes");
    is_int(pl.descriptor, 34, "length");

    is_frame(VP9, "0a08 00 aa", 1, 1, "group of no pictures");
    is_int(pl.descriptor, 3, "length");

    is_frame(VP9, "0a08 04 00 14 01 38 0102 4c 010203 aa", 1, 1,
             "group of four pictures");
    is_int(pl.descriptor, 13, "length");

    is_frame(VP9, "0a18 014000b4 01 04 01 aa", 1, 1, "size and group");
    is_int(pl.descriptor, 9, "length");

    declined(VP9, "0a", "no structure");
    declined(VP9, "0a00", "structure, no payload");
    declined(VP9, "0a10 014000", "half a size");
    declined(VP9, "0a30 014000b4 014000", "second size past the end");
    declined(VP9, "0a08", "no number of pictures");
    declined(VP9, "0a08 02 00", "second picture past the end");
    declined(VP9, "0a08 01 0c 0102", "third reference past the end");
    declined(VP9, "0a08 ff aa", "255 pictures that are not there");
}


static void
vp9_short(void)
{
    declined(VP9, "", "empty");
    declined(VP9, "08", "descriptor only");
    declined(VP9, "8880", "half a picture id");
    declined(VP9, "88", "no picture id");
    declined(VP9, "28", "no layers");
    declined(VP9, "2800", "no TL0PICIDX");
    declined(VP9, "280000", "no payload");
    declined(VP9, "b87f00", "flexible mode, no payload");
}


static void
h264_captured(void)
{
    is_frame(H264, "78 0013 6742c01f8c8d405017fcb35060606078442350"
             "0004 68ce3c80 0009 65b8000400000538 8c", 1, 1,
             "parameter sets and IDR of Chromium in STAP-A");
    is_frame(H264, "61e0004000be4053807310c1", 1, 0,
             "slice of Chromium");
    is_frame(H264, "7c81e00200043e4057f8cbbb", 1, 0,
             "first fragment of Chromium");
    is_frame(H264, "7c414008383ef9f983f36a60", 0, 0,
             "last fragment of Chromium");
}


/* RFC 6184, 5.6, 6.3 */

static void
h264_single(void)
{
    is_frame(H264, "6742", 1, 1, "SPS");
    is_frame(H264, "68ce", 1, 0, "PPS");
    is_frame(H264, "6588", 1, 1, "IDR, first slice");
    is_frame(H264, "6570", 0, 1, "IDR, another slice");
    is_frame(H264, "4180", 1, 0, "first slice");
    is_frame(H264, "4140", 0, 0, "another slice");
    is_frame(H264, "41", 0, 0, "slice without a byte");
    is_frame(H264, "0605", 1, 0, "SEI");
    is_frame(H264, "0910", 1, 0, "delimiter");
    is_frame(H264, "0c80", 0, 0, "filler");
    is_frame(H264, "7780", 0, 0, "type 23");

    declined(H264, "", "empty");
    declined(H264, "6042", "type 0");
    declined(H264, "790001000267420001", "STAP-B");
    declined(H264, "7a00", "MTAP16");
    declined(H264, "7b00", "MTAP24");
    declined(H264, "7d850000", "FU-B");
    declined(H264, "7e00", "type 30");
    declined(H264, "7f00", "type 31");
}


/* RFC 6184, 5.7.1 */

static void
h264_stap(void)
{
    is_frame(H264, "78 0002 6742 0002 68ce 0002 6588", 1, 1,
             "SPS, PPS, IDR");
    is_frame(H264, "78 0002 0605 0002 4180", 1, 0, "SEI, slice");
    is_frame(H264, "78 0002 0605 0002 6580", 1, 1, "SEI, IDR");
    is_frame(H264, "78 0002 4140 0002 4140", 0, 0, "slices");
    is_frame(H264, "78 0001 41 0001 80", 0, 0,
             "a slice does not reach into the next");

    declined(H264, "78", "no unit");
    declined(H264, "78 00", "half a size");
    declined(H264, "78 0002", "size only");
    declined(H264, "78 0003 6742", "unit past the end");
    declined(H264, "78 0002 6742 0003 68ce", "second past the end");
    declined(H264, "78 0002 6742 00", "half a second size");
    declined(H264, "78 0000 6742", "size 0");
    declined(H264, "78 ffff 6742", "size 65535");
}


/* RFC 6184, 5.8 */

static void
h264_fu(void)
{
    is_frame(H264, "7c8588", 1, 1, "first of an IDR");
    is_frame(H264, "7c0588", 0, 0, "middle of an IDR");
    is_frame(H264, "7c4588", 0, 0, "last of an IDR");
    is_frame(H264, "7c8570", 0, 1, "first of another IDR slice");
    is_frame(H264, "5c8188", 1, 0, "first of a slice");
    is_frame(H264, "7c8742", 1, 1, "first of an SPS");

    declined(H264, "7c", "no FU header");
    declined(H264, "7c85", "no fragment");
    declined(H264, "7cc588", "first and last");
}


/* AV1 RTP specification, 4.4 */

static void
av1(void)
{
    is_frame(AV1, "281008 0210", 1, 1, "new sequence");
    is_frame(AV1, "1034403000", 1, 0, "frame of Chromium");
    is_frame(AV1, "5034403400049249", 1, 0, "its first packet of two");
    is_frame(AV1, "9049a9bd956d9b91", 0, 0, "its last packet");
    is_frame(AV1, "d00d61a3bde42e1c", 0, 0, "a packet between");
    is_frame(AV1, "1f00", 1, 1, "reserved bits are ignored");

    declined(AV1, "", "empty");
    declined(AV1, "10", "aggregation header only");
    declined(AV1, "980a0b", "a new sequence that goes on");
}
