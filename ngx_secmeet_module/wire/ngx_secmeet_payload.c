
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_bytes.h"
#include "ngx_secmeet_payload.h"


/* RFC 6184, 5.2 and ISO/IEC 14496-10, table 7-1 */

#define NGX_SECMEET_H264_SLICE        1
#define NGX_SECMEET_H264_IDR          5
#define NGX_SECMEET_H264_SEI          6
#define NGX_SECMEET_H264_SPS          7
#define NGX_SECMEET_H264_DELIMITER    9
#define NGX_SECMEET_H264_SINGLE_MAX   23
#define NGX_SECMEET_H264_STAP_A       24
#define NGX_SECMEET_H264_FU_A         28


static ngx_int_t ngx_secmeet_payload_vp8_parse(ngx_secmeet_payload_t *payload,
    u_char *p, u_char *end);
static void ngx_secmeet_payload_vp8_size(ngx_secmeet_payload_t *payload,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_payload_vp9_parse(ngx_secmeet_payload_t *payload,
    u_char *p, u_char *end);
static u_char *ngx_secmeet_payload_vp9_layer(ngx_secmeet_payload_t *payload,
    ngx_uint_t bits, u_char *p, u_char *end);
static u_char *ngx_secmeet_payload_vp9_diffs(u_char *p, u_char *end);
static u_char *ngx_secmeet_payload_vp9_structure(
    ngx_secmeet_payload_t *payload, u_char *p, u_char *end);
static u_char *ngx_secmeet_payload_vp9_sizes(ngx_secmeet_payload_t *payload,
    u_char *p, u_char *end);
static u_char *ngx_secmeet_payload_picture_id(ngx_secmeet_payload_t *payload,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_payload_h264_parse(
    ngx_secmeet_payload_t *payload, u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_payload_stap_parse(
    ngx_secmeet_payload_t *payload, u_char *p, u_char *end);
static void ngx_secmeet_payload_nal(ngx_secmeet_payload_t *payload,
    ngx_uint_t type, u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_payload_av1_parse(ngx_secmeet_payload_t *payload,
    u_char *p, u_char *end);


ngx_int_t
ngx_secmeet_payload_parse(ngx_secmeet_payload_t *payload,
    ngx_secmeet_codec_e codec, u_char *p, u_char *end)
{
    ngx_memzero(payload, sizeof(ngx_secmeet_payload_t));

    switch (codec) {

    case NGX_SECMEET_CODEC_OPUS:
        payload->start = 1;
        payload->key = 1;

        return NGX_OK;

    case NGX_SECMEET_CODEC_VP8:
        return ngx_secmeet_payload_vp8_parse(payload, p, end);

    case NGX_SECMEET_CODEC_VP9:
        return ngx_secmeet_payload_vp9_parse(payload, p, end);

    case NGX_SECMEET_CODEC_H264:
        return ngx_secmeet_payload_h264_parse(payload, p, end);

    case NGX_SECMEET_CODEC_AV1:
        return ngx_secmeet_payload_av1_parse(payload, p, end);

    default:
        return NGX_DECLINED;
    }
}


/*
 * RFC 7741, 4.2
 *
 *     |X|R|N|S|R| PID |    X: |I|L|T|K| RSV |
 *     I: |M| PictureID ...    L: |TL0PICIDX|    T or K: |TID|Y| KEYIDX |
 */

static ngx_int_t
ngx_secmeet_payload_vp8_parse(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    u_char      *start;
    ngx_uint_t   bits, ext, layer;

    start = p;
    bits = 0;
    ext = 0;
    layer = 0;

    p = ngx_secmeet_read_uint8(p, end, &bits);

    if (bits & 0x80) {
        p = ngx_secmeet_read_uint8(p, end, &ext);
    }

    if (ext & 0x80) {
        p = ngx_secmeet_payload_picture_id(payload, p, end);
    }

    if (ext & 0x40) {
        payload->has_tl0picidx = 1;
        p = ngx_secmeet_read_uint8(p, end, &payload->tl0picidx);
    }

    if (ext & 0x30) {
        p = ngx_secmeet_read_uint8(p, end, &layer);
    }

    if (p == NULL || p == end) {
        return NGX_DECLINED;
    }

    if (ext & 0x20) {
        payload->has_tid = 1;
        payload->tid = layer >> 6;
        payload->sync = (layer >> 5) & 0x01;
    }

    payload->descriptor = p - start;

    /* RFC 7741, 4.3.  P is inverse: 0 on a key frame */

    payload->start = ((bits & 0x17) == 0x10);
    payload->key = (payload->start && (*p & 0x01) == 0);
    payload->discardable = (bits >> 5) & 0x01;

    if (payload->key) {
        ngx_secmeet_payload_vp8_size(payload, p, end);
    }

    return NGX_OK;
}


/*
 * RFC 6386, 9.1: a frame tag of 3 bytes, a start code, then two numbers of
 * 14 bits, little-endian, each below 2 bits of scale
 */

static void
ngx_secmeet_payload_vp8_size(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    if (end - p < 10 || p[3] != 0x9d || p[4] != 0x01 || p[5] != 0x2a) {
        return;
    }

    payload->width = (p[6] | p[7] << 8) & 0x3fff;
    payload->height = (p[8] | p[9] << 8) & 0x3fff;
}


/*
 * RFC 9628, 4.2
 *
 *     |I|P|L|F|B|E|V|Z|    I: |M| PictureID ...    L: |TID|U|SID|D|
 *     L, not F: |TL0PICIDX|    P and F: |P_DIFF|N| ...    V: structure
 */

static ngx_int_t
ngx_secmeet_payload_vp9_parse(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    u_char      *start;
    ngx_uint_t   bits;

    start = p;
    p = ngx_secmeet_read_uint8(p, end, &bits);

    /* flexible mode needs a picture id */

    if (p == NULL || (bits & 0x90) == 0x10) {
        return NGX_DECLINED;
    }

    if (bits & 0x80) {
        p = ngx_secmeet_payload_picture_id(payload, p, end);
    }

    if (bits & 0x20) {
        p = ngx_secmeet_payload_vp9_layer(payload, bits, p, end);
    }

    if ((bits & 0x50) == 0x50) {
        p = ngx_secmeet_payload_vp9_diffs(p, end);
    }

    if (bits & 0x02) {
        p = ngx_secmeet_payload_vp9_structure(payload, p, end);
    }

    if (p == NULL || p == end) {
        return NGX_DECLINED;
    }

    payload->descriptor = p - start;

    payload->start = (bits & 0x08) != 0;
    payload->end = (bits & 0x04) != 0;
    payload->inter_picture = (bits & 0x40) != 0;
    payload->discardable = bits & 0x01;
    payload->key = (payload->start && (bits & 0x40) == 0
                    && payload->sid == 0);

    return NGX_OK;
}


static u_char *
ngx_secmeet_payload_vp9_layer(ngx_secmeet_payload_t *payload,
    ngx_uint_t bits, u_char *p, u_char *end)
{
    ngx_uint_t  layer;

    p = ngx_secmeet_read_uint8(p, end, &layer);

    if (p == NULL) {
        return NULL;
    }

    payload->has_tid = 1;
    payload->tid = layer >> 5;
    payload->has_sid = 1;
    payload->sid = (layer >> 1) & 0x07;
    payload->sync = (layer >> 4) & 0x01;
    payload->inter_layer = layer & 0x01;

    if (bits & 0x10) {
        return p;
    }

    payload->has_tl0picidx = 1;

    return ngx_secmeet_read_uint8(p, end, &payload->tl0picidx);
}


static u_char *
ngx_secmeet_payload_vp9_diffs(u_char *p, u_char *end)
{
    ngx_uint_t  i, diff;

    /* RFC 9628, 4.2.  Three references at most */

    for (i = 0; i < 3; i++) {
        p = ngx_secmeet_read_uint8(p, end, &diff);

        if (p == NULL || (diff & 0x01) == 0) {
            return p;
        }
    }

    return NULL;
}


/* RFC 9628, 4.2.1.  |N_S|Y|G| RSV |, sizes, picture group */

static u_char *
ngx_secmeet_payload_vp9_structure(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    size_t      skip;
    ngx_uint_t  bits, pictures, picture;

    p = ngx_secmeet_read_uint8(p, end, &bits);

    if (p == NULL) {
        return NULL;
    }

    payload->layers = (bits >> 5) + 1;

    if (bits & 0x10) {
        p = ngx_secmeet_payload_vp9_sizes(payload, p, end);
    }

    pictures = 0;

    if (bits & 0x08) {
        p = ngx_secmeet_read_uint8(p, end, &pictures);
    }

    while (p != NULL && pictures--) {
        p = ngx_secmeet_read_uint8(p, end, &picture);

        if (p == NULL) {
            return NULL;
        }

        skip = (picture >> 2) & 0x03;

        if ((size_t) (end - p) < skip) {
            return NULL;
        }

        p += skip;
    }

    return p;
}


/* width and height of each layer, the top one last */

static u_char *
ngx_secmeet_payload_vp9_sizes(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    size_t  skip;

    skip = (payload->layers - 1) * 4;

    if ((size_t) (end - p) < skip) {
        return NULL;
    }

    p = ngx_secmeet_read_uint16(p + skip, end, &payload->width);

    if (p == NULL) {
        return NULL;
    }

    return ngx_secmeet_read_uint16(p, end, &payload->height);
}


/* 7 bits, or 15 if the first is set: the same in VP8 and VP9 */

static u_char *
ngx_secmeet_payload_picture_id(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    payload->has_picture_id = 1;

    if (p == NULL || p == end) {
        return NULL;
    }

    if ((*p & 0x80) == 0) {
        return ngx_secmeet_read_uint8(p, end, &payload->picture_id);
    }

    p = ngx_secmeet_read_uint16(p, end, &payload->picture_id);
    payload->picture_id &= 0x7fff;
    payload->long_picture_id = 1;

    return p;
}


void
ngx_secmeet_payload_rewrite(u_char *p, ngx_secmeet_payload_t *payload,
    ngx_secmeet_codec_e codec, ngx_uint_t picture_id, ngx_uint_t tl0picidx)
{
    switch (codec) {

    case NGX_SECMEET_CODEC_VP8:
        p += 2;
        break;

    case NGX_SECMEET_CODEC_VP9:
        p += 1;
        break;

    default:
        return;
    }

    if (payload->long_picture_id) {
        *p++ = (u_char) (0x80 | picture_id >> 8);
        *p++ = (u_char) picture_id;

    } else if (payload->has_picture_id) {
        *p++ = (u_char) (picture_id & 0x7f);
    }

    if (!payload->has_tl0picidx) {
        return;
    }

    /* VP9 has its layers in between */

    if (codec == NGX_SECMEET_CODEC_VP9) {
        p++;
    }

    *p = (u_char) tl0picidx;
}


static ngx_int_t
ngx_secmeet_payload_h264_parse(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    ngx_uint_t  type, fu;

    p = ngx_secmeet_read_uint8(p, end, &type);

    if (p == NULL) {
        return NGX_DECLINED;
    }

    type &= 0x1f;

    if (type == NGX_SECMEET_H264_STAP_A) {
        return ngx_secmeet_payload_stap_parse(payload, p, end);
    }

    if (type == NGX_SECMEET_H264_FU_A) {
        p = ngx_secmeet_read_uint8(p, end, &fu);

        /* RFC 6184, 5.8.  S and E are never both set */

        if (p == NULL || p == end || (fu & 0xc0) == 0xc0) {
            return NGX_DECLINED;
        }

        if (fu & 0x80) {
            ngx_secmeet_payload_nal(payload, fu & 0x1f, p, end);
        }

        return NGX_OK;
    }

    /* RFC 6184, 6.3.  The others belong to the interleaved mode */

    if (type == 0 || type > NGX_SECMEET_H264_SINGLE_MAX) {
        return NGX_DECLINED;
    }

    ngx_secmeet_payload_nal(payload, type, p, end);

    return NGX_OK;
}


/* RFC 6184, 5.7.1.  A 16-bit size before each NAL unit */

static ngx_int_t
ngx_secmeet_payload_stap_parse(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    ngx_uint_t  size;

    if (p == end) {
        return NGX_DECLINED;
    }

    while (p < end) {
        p = ngx_secmeet_read_uint16(p, end, &size);

        if (p == NULL || size == 0 || (size_t) (end - p) < size) {
            return NGX_DECLINED;
        }

        ngx_secmeet_payload_nal(payload, p[0] & 0x1f, p + 1, p + size);

        p += size;
    }

    return NGX_OK;
}


/*
 * p is behind the header of the NAL unit.  A slice begins a frame if its
 * first_mb_in_slice, an Exp-Golomb number, is 0: one set bit.  Units 6 to 9
 * (SEI, SPS, PPS, delimiter) come before the slices.
 */

static void
ngx_secmeet_payload_nal(ngx_secmeet_payload_t *payload, ngx_uint_t type,
    u_char *p, u_char *end)
{
    if (type == NGX_SECMEET_H264_IDR || type == NGX_SECMEET_H264_SPS) {
        payload->key = 1;
    }

    if (type >= NGX_SECMEET_H264_SLICE && type <= NGX_SECMEET_H264_IDR) {

        if (p < end && *p & 0x80) {
            payload->start = 1;
        }

        return;
    }

    if (type >= NGX_SECMEET_H264_SEI && type <= NGX_SECMEET_H264_DELIMITER) {
        payload->start = 1;
    }
}


/* AV1 RTP specification, 4.4.  |Z|Y|W|N|-|-|-| */

static ngx_int_t
ngx_secmeet_payload_av1_parse(ngx_secmeet_payload_t *payload, u_char *p,
    u_char *end)
{
    ngx_uint_t  bits;

    p = ngx_secmeet_read_uint8(p, end, &bits);

    if (p == NULL || p == end) {
        return NGX_DECLINED;
    }

    /* a new coded video sequence does not begin inside an OBU */

    if ((bits & 0x88) == 0x88) {
        return NGX_DECLINED;
    }

    payload->start = (bits & 0x80) == 0;
    payload->key = (bits & 0x08) != 0;

    return NGX_OK;
}
