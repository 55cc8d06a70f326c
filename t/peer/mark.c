
/*
 * Copyright (C) secmeet contributors
 */


#include "source.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_bytes.h"


#define PEER_MARK_MAGIC       0x534d5030        /* "SMP0" */
#define PEER_MARK_LEVELED     1
#define PEER_MARK_LAYERED     2
#define PEER_MARK_TIDS        8                 /* bytes more, if layered */


static u_char *peer_mark_codec(u_char *p, ngx_secmeet_codec_e codec,
    peer_source_t *source);
static u_char *peer_mark_vp8(u_char *p, peer_source_t *source);
static u_char *peer_mark_vp8_layers(u_char *p, peer_source_t *source);
static u_char *peer_mark_vp8_skip(u_char *p, u_char *end, ngx_uint_t *key);
static u_char *peer_mark_skip(ngx_secmeet_codec_e codec, u_char *p,
    u_char *end, ngx_uint_t *key);


size_t
peer_mark_create(u_char *p, size_t size, peer_mark_t *mark,
    ngx_secmeet_codec_e codec, peer_source_t *source)
{
    u_char  *start;
    size_t   len;

    start = p;

    p = peer_mark_codec(p, codec, source);

    len = PEER_MARK + (mark->layered ? PEER_MARK_TIDS : 0);
    len = ngx_max(size, (size_t) (p - start) + len + 1);

    p = ngx_secmeet_write_uint32(p, PEER_MARK_MAGIC
                               | (mark->leveled ? PEER_MARK_LEVELED : 0)
                               | (mark->layered ? PEER_MARK_LAYERED : 0));
    p = ngx_secmeet_write_uint32(p, (uint32_t) len);
    p = ngx_secmeet_write_uint32(p, mark->tag);
    p = ngx_secmeet_write_uint32(p, mark->timestamp);
    p = ngx_secmeet_write_uint32(p, (uint32_t) (mark->counter >> 32));
    p = ngx_secmeet_write_uint32(p, (uint32_t) mark->counter);
    p = ngx_secmeet_write_uint32(p, (uint32_t) (mark->time >> 32));
    p = ngx_secmeet_write_uint32(p, (uint32_t) mark->time);

    if (mark->layered) {
        p = ngx_secmeet_write_uint32(p, mark->tids[0]);
        p = ngx_secmeet_write_uint32(p, mark->tids[1]);
    }

    ngx_memset(p, (u_char) mark->counter, len - (p - start));

    return len;
}


static u_char *
peer_mark_codec(u_char *p, ngx_secmeet_codec_e codec, peer_source_t *source)
{
    switch (codec) {

    case NGX_SECMEET_CODEC_OPUS:
        *p++ = 0x78;                    /* RFC 6716, 3.1: one 20 ms frame */
        return p;

    case NGX_SECMEET_CODEC_VP8:
        return peer_mark_vp8(p, source);

    case NGX_SECMEET_CODEC_VP9:

        /* RFC 9628, 4.2: I, P, B and E, and a 15-bit picture id */

        *p++ = (u_char) (0x80 | (source->key ? 0 : 0x40)
                         | (source->part ? 0 : 0x08)
                         | (source->part + 1 == source->frame ? 0x04 : 0));
        return ngx_secmeet_write_uint16(p, 0x8000 | (source->frames & 0x7fff));

    case NGX_SECMEET_CODEC_H264:

        /* an IDR slice, or another; first_mb_in_slice: 0, or 1 */

        *p++ = source->key ? 0x65 : 0x41;
        *p++ = source->part ? 0x40 : 0x80;
        return p;

    case NGX_SECMEET_CODEC_AV1:

        /* aggregation header: W 1, N; a sequence header or a frame OBU */

        if (source->key && source->part == 0) {
            *p++ = 0x18;
            *p++ = 0x08;

        } else {
            *p++ = 0x10;
            *p++ = 0x30;
        }

        return p;

    default:
        return p;
    }
}


static u_char *
peer_mark_vp8(u_char *p, peer_source_t *source)
{
    /* RFC 7741, 4.2: X, S; I; a 15-bit picture id */

    *p++ = source->part ? 0x80 : 0x90;

    if (source->temporal) {
        p = peer_mark_vp8_layers(p, source);

    } else {
        *p++ = 0x80;
        p = ngx_secmeet_write_uint16(p, 0x8000 | (source->frames & 0x7fff));
    }

    if (source->part) {
        return p;
    }

    /* RFC 6386, 9.1: the P bit is 0 in key frames; shown; some size */

    *p++ = source->key ? 0x10 : 0x11;
    *p++ = 0x02;
    *p++ = 0x00;

    if (source->key) {
        *p++ = 0x9d;
        *p++ = 0x01;
        *p++ = 0x2a;
        *p++ = (u_char) source->width;
        *p++ = (u_char) (source->width >> 8 & 0x3f);
        *p++ = (u_char) source->height;
        *p++ = (u_char) (source->height >> 8 & 0x3f);
    }

    return p;
}


/* after X: I, L and T, all that belongs to them; N where nobody needs it */

static u_char *
peer_mark_vp8_layers(u_char *p, peer_source_t *source)
{
    peer_picture_t  *picture;

    picture = &source->picture;

    if (picture->tid && picture->tid + 1 == source->temporal) {
        p[-1] |= 0x20;
    }

    *p++ = 0xe0;

    p = ngx_secmeet_write_uint16(p, 0x8000
                               | ((picture->id + source->frames) & 0x7fff));

    *p++ = (u_char) picture->tl0picidx;
    *p++ = (u_char) (picture->tid << 6 | picture->sync << 5);

    return p;
}


ngx_int_t
peer_mark_parse(peer_mark_t *mark, ngx_secmeet_codec_e codec, u_char *p,
    u_char *end, ngx_uint_t *key)
{
    u_char    *start;
    uint32_t   magic, len, high[2], low[2];

    start = p;

    p = peer_mark_skip(codec, p, end, key);

    p = ngx_secmeet_read_uint32(p, end, &magic);
    p = ngx_secmeet_read_uint32(p, end, &len);
    p = ngx_secmeet_read_uint32(p, end, &mark->tag);
    p = ngx_secmeet_read_uint32(p, end, &mark->timestamp);
    p = ngx_secmeet_read_uint32(p, end, &high[0]);
    p = ngx_secmeet_read_uint32(p, end, &low[0]);
    p = ngx_secmeet_read_uint32(p, end, &high[1]);
    p = ngx_secmeet_read_uint32(p, end, &low[1]);

    if (p == NULL || (magic & ~3u) != PEER_MARK_MAGIC
        || len != (size_t) (end - start))
    {
        return NGX_DECLINED;
    }

    mark->leveled = magic & PEER_MARK_LEVELED;
    mark->layered = magic & PEER_MARK_LAYERED;

    if (mark->layered) {
        p = ngx_secmeet_read_uint32(p, end, &mark->tids[0]);
        p = ngx_secmeet_read_uint32(p, end, &mark->tids[1]);
    }

    if (p == NULL || p == end) {
        return NGX_DECLINED;
    }

    mark->counter = (uint64_t) high[0] << 32 | low[0];
    mark->time = (uint64_t) high[1] << 32 | low[1];

    if (end[-1] != (u_char) mark->counter) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static u_char *
peer_mark_skip(ngx_secmeet_codec_e codec, u_char *p, u_char *end,
    ngx_uint_t *key)
{
    *key = 0;

    if (end - p < 4) {
        return NULL;
    }

    switch (codec) {

    case NGX_SECMEET_CODEC_OPUS:
        *key = 1;
        return p + 1;

    case NGX_SECMEET_CODEC_VP8:
        return peer_mark_vp8_skip(p, end, key);

    case NGX_SECMEET_CODEC_VP9:
        *key = ((p[0] & 0x48) == 0x08);
        return p + 3;

    case NGX_SECMEET_CODEC_H264:
        *key = (p[0] == 0x65 && p[1] == 0x80);
        return p + 2;

    case NGX_SECMEET_CODEC_AV1:
        *key = (p[0] == 0x18);
        return p + 2;

    default:
        return NULL;
    }
}


static u_char *
peer_mark_vp8_skip(u_char *p, u_char *end, ngx_uint_t *key)
{
    ngx_uint_t  first, exts;

    first = p[0];
    exts = p[1];

    if (!(first & 0x80)) {
        return NULL;
    }

    p += 2;

    if (exts & 0x80) {
        p += (p[0] & 0x80) ? 2 : 1;
    }

    p += ((exts & 0x40) != 0) + ((exts & 0x30) != 0);

    if (end - p < 10) {
        return NULL;
    }

    if (!(first & 0x10)) {
        return p;
    }

    *key = !(p[0] & 1);

    return p + (*key ? 10 : 3);
}
