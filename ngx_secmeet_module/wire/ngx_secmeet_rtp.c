
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_bytes.h"
#include "ngx_secmeet_rtp.h"


#define NGX_SECMEET_RTP_STUN_MIN      20
#define NGX_SECMEET_RTP_DTLS_MIN      13
#define NGX_SECMEET_RTP_RTCP_MIN      8


static u_char *ngx_secmeet_rtp_header_parse(ngx_secmeet_rtp_t *rtp,
    u_char *p, u_char *end);
static u_char *ngx_secmeet_rtp_block_parse(ngx_secmeet_rtp_t *rtp, u_char *p,
    u_char *end);
static ngx_int_t ngx_secmeet_rtp_one_byte_parse(ngx_secmeet_rtp_t *rtp,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_rtp_two_byte_parse(ngx_secmeet_rtp_t *rtp,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_rtp_ext_add(ngx_secmeet_rtp_t *rtp,
    ngx_uint_t id, u_char *p, size_t len, u_char *end);
static ngx_uint_t ngx_secmeet_rtp_ext_form(ngx_secmeet_rtp_t *rtp);
static size_t ngx_secmeet_rtp_ext_length(ngx_secmeet_rtp_t *rtp,
    ngx_uint_t form);
static size_t ngx_secmeet_rtp_ext_create(u_char *p,
    ngx_secmeet_rtp_ext_t *ext, ngx_uint_t form);


ngx_secmeet_demux_e
ngx_secmeet_demux(u_char *p, size_t len)
{
    if (len == 0) {
        return NGX_SECMEET_DEMUX_UNKNOWN;
    }

    /* RFC 7983, 7.  RTP first, since it is the common case */

    if (p[0] >= 128 && p[0] <= 191) {

        /* RFC 5761, 4 */

        if (len >= NGX_SECMEET_RTP_RTCP_MIN && p[1] >= 192 && p[1] <= 223) {
            return NGX_SECMEET_DEMUX_RTCP;
        }

        if (len >= NGX_SECMEET_RTP_HEADER && (p[1] < 192 || p[1] > 223)) {
            return NGX_SECMEET_DEMUX_RTP;
        }

        return NGX_SECMEET_DEMUX_UNKNOWN;
    }

    if (p[0] <= 3 && len >= NGX_SECMEET_RTP_STUN_MIN) {
        return NGX_SECMEET_DEMUX_STUN;
    }

    if (p[0] >= 20 && p[0] <= 63 && len >= NGX_SECMEET_RTP_DTLS_MIN) {
        return NGX_SECMEET_DEMUX_DTLS;
    }

    return NGX_SECMEET_DEMUX_UNKNOWN;
}


ngx_int_t
ngx_secmeet_rtp_parse(ngx_secmeet_rtp_t *rtp, u_char *p, u_char *end,
    ngx_uint_t padded)
{
    u_char  *start;

    start = p;
    p = ngx_secmeet_rtp_header_parse(rtp, p, end);

    if (p == NULL) {
        return NGX_DECLINED;
    }

    /* RFC 3550, 5.1.  The last byte counts the padding, itself included */

    if (padded && start[0] & 0x20) {

        if (p == end || end[-1] == 0 || end[-1] > end - p) {
            return NGX_DECLINED;
        }

        rtp->padding = end[-1];
    }

    rtp->payload.data = p;
    rtp->payload.len = end - p - rtp->padding;

    return NGX_OK;
}


static u_char *
ngx_secmeet_rtp_header_parse(ngx_secmeet_rtp_t *rtp, u_char *p, u_char *end)
{
    ngx_uint_t  bits, seq, csrc;

    rtp->nexts = 0;
    rtp->padding = 0;

    p = ngx_secmeet_read_uint16(p, end, &bits);
    p = ngx_secmeet_read_uint16(p, end, &seq);
    p = ngx_secmeet_read_uint32(p, end, &rtp->timestamp);
    p = ngx_secmeet_read_uint32(p, end, &rtp->ssrc);

    /* RFC 3550, 5.1, A.1 */

    if (p == NULL || bits >> 14 != 2) {
        return NULL;
    }

    rtp->marker = (bits >> 7) & 1;
    rtp->pt = bits & 0x7f;
    rtp->seq = (uint16_t) seq;

    csrc = ((bits >> 8) & 0x0f) * 4;

    if ((size_t) (end - p) < csrc) {
        return NULL;
    }

    p += csrc;

    if (bits & 0x1000) {
        return ngx_secmeet_rtp_block_parse(rtp, p, end);
    }

    return p;
}


static u_char *
ngx_secmeet_rtp_block_parse(ngx_secmeet_rtp_t *rtp, u_char *p, u_char *end)
{
    u_char      *last;
    ngx_int_t    rc;
    ngx_uint_t   profile, words;

    p = ngx_secmeet_read_uint16(p, end, &profile);
    p = ngx_secmeet_read_uint16(p, end, &words);

    if (p == NULL || (size_t) (end - p) < words * 4) {
        return NULL;
    }

    last = p + words * 4;
    rc = NGX_OK;

    /* RFC 8285, 4.2, 4.3; the low four bits of the latter are the app's */

    if (profile == NGX_SECMEET_RTP_ONE_BYTE) {
        rc = ngx_secmeet_rtp_one_byte_parse(rtp, p, last);

    } else if ((profile & 0xfff0) == NGX_SECMEET_RTP_TWO_BYTE) {
        rc = ngx_secmeet_rtp_two_byte_parse(rtp, p, last);
    }

    return (rc == NGX_OK) ? last : NULL;
}


static ngx_int_t
ngx_secmeet_rtp_one_byte_parse(ngx_secmeet_rtp_t *rtp, u_char *p,
    u_char *end)
{
    size_t      len;
    ngx_uint_t  id;

    while (p < end) {

        if (*p == 0) {
            p++;
            continue;
        }

        id = *p >> 4;
        len = (*p++ & 0x0f) + 1;

        /*
         * RFC 8285, 4.2.  Id 15, and id 0 with a length, end the block;
         * what came before counts
         */

        if (id == 15 || id == 0) {
            return NGX_OK;
        }

        if (ngx_secmeet_rtp_ext_add(rtp, id, p, len, end) != NGX_OK) {
            return NGX_DECLINED;
        }

        p += len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_rtp_two_byte_parse(ngx_secmeet_rtp_t *rtp, u_char *p,
    u_char *end)
{
    ngx_uint_t  id, len;

    while (p < end) {

        /* RFC 8285, 4.3.  A byte of padding has no length */

        if (*p == 0) {
            p++;
            continue;
        }

        p = ngx_secmeet_read_uint8(p, end, &id);
        p = ngx_secmeet_read_uint8(p, end, &len);

        if (p == NULL
            || ngx_secmeet_rtp_ext_add(rtp, id, p, len, end) != NGX_OK)
        {
            return NGX_DECLINED;
        }

        p += len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_rtp_ext_add(ngx_secmeet_rtp_t *rtp, ngx_uint_t id, u_char *p,
    size_t len, u_char *end)
{
    ngx_secmeet_rtp_ext_t  *ext;

    if ((size_t) (end - p) < len) {
        return NGX_DECLINED;
    }

    if (rtp->nexts == NGX_SECMEET_RTP_EXTENSIONS) {
        return NGX_OK;
    }

    ext = &rtp->exts[rtp->nexts++];

    ext->id = id;
    ext->value.data = p;
    ext->value.len = len;

    return NGX_OK;
}


size_t
ngx_secmeet_rtp_create(u_char *p, ngx_secmeet_rtp_t *rtp)
{
    size_t      len;
    u_char     *end;
    ngx_uint_t  i, form;

    form = ngx_secmeet_rtp_ext_form(rtp);
    len = ngx_secmeet_rtp_ext_length(rtp, form);

    if (p == NULL) {
        return NGX_SECMEET_RTP_HEADER + (len ? 4 + len : 0);
    }

    *p++ = (u_char) (0x80 | (len ? 0x10 : 0));
    *p++ = (u_char) (rtp->marker << 7 | (rtp->pt & 0x7f));

    p = ngx_secmeet_write_uint16(p, rtp->seq);
    p = ngx_secmeet_write_uint32(p, rtp->timestamp);
    p = ngx_secmeet_write_uint32(p, rtp->ssrc);

    if (len == 0) {
        return NGX_SECMEET_RTP_HEADER;
    }

    p = ngx_secmeet_write_uint16(p, form);
    p = ngx_secmeet_write_uint16(p, len / 4);
    end = p + len;

    for (i = 0; i < rtp->nexts; i++) {
        p += ngx_secmeet_rtp_ext_create(p, &rtp->exts[i], form);
    }

    while (p < end) {
        *p++ = 0;
    }

    return NGX_SECMEET_RTP_HEADER + 4 + len;
}


static ngx_uint_t
ngx_secmeet_rtp_ext_form(ngx_secmeet_rtp_t *rtp)
{
    ngx_uint_t              i;
    ngx_secmeet_rtp_ext_t  *ext;

    for (i = 0; i < rtp->nexts; i++) {
        ext = &rtp->exts[i];

        if (ext->id != 0
            && (ext->id > 14 || ext->value.len == 0 || ext->value.len > 16))
        {
            return NGX_SECMEET_RTP_TWO_BYTE;
        }
    }

    return NGX_SECMEET_RTP_ONE_BYTE;
}


static size_t
ngx_secmeet_rtp_ext_length(ngx_secmeet_rtp_t *rtp, ngx_uint_t form)
{
    size_t      len;
    ngx_uint_t  i;

    len = 0;

    for (i = 0; i < rtp->nexts; i++) {
        len += ngx_secmeet_rtp_ext_create(NULL, &rtp->exts[i], form);
    }

    return ngx_align(len, 4);
}


static size_t
ngx_secmeet_rtp_ext_create(u_char *p, ngx_secmeet_rtp_ext_t *ext,
    ngx_uint_t form)
{
    size_t      len;
    ngx_uint_t  one_byte;

    len = ext->value.len;
    one_byte = (form == NGX_SECMEET_RTP_ONE_BYTE);

    if (ext->id == 0 || ext->id > 255 || len > 255) {
        return 0;
    }

    if (p == NULL) {
        return (one_byte ? 1 : 2) + len;
    }

    if (one_byte) {
        *p = (u_char) (ext->id << 4 | (len - 1));
        ngx_memcpy(p + 1, ext->value.data, len);

        return 1 + len;
    }

    p[0] = (u_char) ext->id;
    p[1] = (u_char) len;
    ngx_memcpy(p + 2, ext->value.data, len);

    return 2 + len;
}


ngx_str_t *
ngx_secmeet_rtp_ext(ngx_secmeet_rtp_t *rtp, ngx_uint_t id)
{
    ngx_uint_t  i;

    if (id == 0) {
        return NULL;
    }

    for (i = 0; i < rtp->nexts; i++) {

        if (rtp->exts[i].id == id) {
            return &rtp->exts[i].value;
        }
    }

    return NULL;
}
