
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_bytes.h"
#include "ngx_secmeet_stun.h"


#define NGX_SECMEET_STUN_MAPPED           0x0001
#define NGX_SECMEET_STUN_USERNAME         0x0006
#define NGX_SECMEET_STUN_MI               0x0008
#define NGX_SECMEET_STUN_ERROR_CODE       0x0009
#define NGX_SECMEET_STUN_UNKNOWN_ATTRS    0x000a
#define NGX_SECMEET_STUN_MI_SHA256        0x001c
#define NGX_SECMEET_STUN_XOR_MAPPED       0x0020
#define NGX_SECMEET_STUN_PRIORITY         0x0024
#define NGX_SECMEET_STUN_USE_CANDIDATE    0x0025
#define NGX_SECMEET_STUN_CRC              0x8028
#define NGX_SECMEET_STUN_CONTROLLED       0x8029
#define NGX_SECMEET_STUN_CONTROLLING      0x802a

#define NGX_SECMEET_STUN_OPTIONAL         0x8000
#define NGX_SECMEET_STUN_CRC_XOR          0x5354554e
#define NGX_SECMEET_STUN_USERNAME_MAX     512
#define NGX_SECMEET_STUN_IPV4             0x01
#define NGX_SECMEET_STUN_IPV6             0x02


static ngx_int_t ngx_secmeet_stun_header_parse(ngx_secmeet_stun_t *stun,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_stun_crc_check(u_char *msg, u_char *attr,
    size_t len);
static ngx_int_t ngx_secmeet_stun_attr_parse(ngx_secmeet_stun_t *stun,
    ngx_uint_t type, u_char *p, size_t len);
static ngx_int_t ngx_secmeet_stun_username_parse(ngx_secmeet_stun_t *stun,
    u_char *p, size_t len);
static ngx_int_t ngx_secmeet_stun_error_parse(ngx_secmeet_stun_t *stun,
    u_char *p, size_t len);
static ngx_int_t ngx_secmeet_stun_priority_parse(ngx_secmeet_stun_t *stun,
    u_char *p, size_t len);
static ngx_int_t ngx_secmeet_stun_role_parse(ngx_secmeet_stun_t *stun,
    ngx_uint_t type, u_char *p, size_t len);
static ngx_int_t ngx_secmeet_stun_mapped_parse(ngx_secmeet_stun_t *stun,
    u_char *p, size_t len);
static void ngx_secmeet_stun_unknown_add(ngx_secmeet_stun_t *stun,
    ngx_uint_t type);
static size_t ngx_secmeet_stun_length(ngx_secmeet_stun_t *stun);
static u_char *ngx_secmeet_stun_attr_create(u_char *p, ngx_uint_t type,
    size_t len);
static u_char *ngx_secmeet_stun_request_create(u_char *p,
    ngx_secmeet_stun_t *stun);
static u_char *ngx_secmeet_stun_error_create(u_char *p,
    ngx_secmeet_stun_t *stun);
static size_t ngx_secmeet_stun_mapped_length(ngx_secmeet_stun_t *stun);
static u_char *ngx_secmeet_stun_mapped_create(u_char *p,
    ngx_secmeet_stun_t *stun, u_char *mask);
static void ngx_secmeet_stun_xor(u_char *dst, u_char *src, u_char *mask,
    size_t len);
static ngx_int_t ngx_secmeet_stun_ice_chars(ngx_str_t *text);


/* CRC-32 of ITU V.42, reflected, by nibbles */

static uint32_t  ngx_secmeet_stun_crc_table[] = {
    0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
    0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
    0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
    0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c
};


ngx_int_t
ngx_secmeet_stun_parse(ngx_secmeet_stun_t *stun, u_char *p, u_char *end)
{
    u_char      *msg, *attr;
    ngx_int_t    rc;
    ngx_uint_t   type, len, covered;

    msg = p;
    covered = 0;

    rc = ngx_secmeet_stun_header_parse(stun, p, end);

    if (rc == NGX_OK) {
        p += NGX_SECMEET_STUN_HEADER;
    }

    while (rc == NGX_OK && p < end) {

        /* RFC 8489, 14.7.  FINGERPRINT is the last attribute */

        if (stun->fingerprint != NULL) {
            return NGX_DECLINED;
        }

        attr = p;

        p = ngx_secmeet_read_uint16(p, end, &type);
        p = ngx_secmeet_read_uint16(p, end, &len);

        if (p == NULL || (size_t) (end - p) < ngx_align(len, 4)) {
            return NGX_DECLINED;
        }

        if (type == NGX_SECMEET_STUN_CRC) {
            stun->fingerprint = attr;
            rc = ngx_secmeet_stun_crc_check(msg, attr, len);

        } else if (covered) {

            /*
             * RFC 8489, 14.5, 14.6.  What follows MESSAGE-INTEGRITY is not
             * protected by it, so it does not count
             */

        } else if (type == NGX_SECMEET_STUN_MI_SHA256) {
            covered = 1;

        } else if (type == NGX_SECMEET_STUN_MI) {
            covered = 1;
            stun->integrity = attr;
            rc = (len == NGX_SECMEET_STUN_INTEGRITY - 4) ? NGX_OK
                                                         : NGX_DECLINED;

        } else {
            rc = ngx_secmeet_stun_attr_parse(stun, type, p, len);
        }

        p += ngx_align(len, 4);
    }

    return rc;
}


static ngx_int_t
ngx_secmeet_stun_header_parse(ngx_secmeet_stun_t *stun, u_char *p,
    u_char *end)
{
    uint32_t    cookie;
    ngx_uint_t  type, len;

    ngx_memzero(stun, sizeof(ngx_secmeet_stun_t));

    p = ngx_secmeet_read_uint16(p, end, &type);
    p = ngx_secmeet_read_uint16(p, end, &len);
    p = ngx_secmeet_read_uint32(p, end, &cookie);

    if (p == NULL || end - p < 12) {
        return NGX_DECLINED;
    }

    stun->type = (uint16_t) type;
    stun->id = p;

    /* RFC 8489, 5, 6.3 */

    if (type & 0xc000 || cookie != NGX_SECMEET_STUN_COOKIE) {
        return NGX_DECLINED;
    }

    if (len & 3 || len != (size_t) (end - p) - 12) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_stun_crc_check(u_char *msg, u_char *attr, size_t len)
{
    uint32_t  value;

    if (len != NGX_SECMEET_STUN_FINGERPRINT - 4) {
        return NGX_DECLINED;
    }

    (void) ngx_secmeet_read_uint32(attr + 4, attr + 8, &value);

    if (value != ngx_secmeet_stun_crc(msg, attr - msg)) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/*
 * RFC 8489, 14.  Of an attribute that comes twice the first counts; the
 * others must be well-formed only.
 */

static ngx_int_t
ngx_secmeet_stun_attr_parse(ngx_secmeet_stun_t *stun, ngx_uint_t type,
    u_char *p, size_t len)
{
    switch (type) {

    case NGX_SECMEET_STUN_USERNAME:
        return ngx_secmeet_stun_username_parse(stun, p, len);

    case NGX_SECMEET_STUN_ERROR_CODE:
        return ngx_secmeet_stun_error_parse(stun, p, len);

    case NGX_SECMEET_STUN_XOR_MAPPED:
        return ngx_secmeet_stun_mapped_parse(stun, p, len);

    case NGX_SECMEET_STUN_PRIORITY:
        return ngx_secmeet_stun_priority_parse(stun, p, len);

    case NGX_SECMEET_STUN_CONTROLLED:
    case NGX_SECMEET_STUN_CONTROLLING:
        return ngx_secmeet_stun_role_parse(stun, type, p, len);

    case NGX_SECMEET_STUN_USE_CANDIDATE:

        /* RFC 8445, 16.1 */

        if (len != 0) {
            return NGX_DECLINED;
        }

        stun->use_candidate = 1;

        return NGX_OK;

    case NGX_SECMEET_STUN_MAPPED:
    case NGX_SECMEET_STUN_UNKNOWN_ATTRS:
        return NGX_OK;

    default:
        ngx_secmeet_stun_unknown_add(stun, type);

        return NGX_OK;
    }
}


static ngx_int_t
ngx_secmeet_stun_username_parse(ngx_secmeet_stun_t *stun, u_char *p,
    size_t len)
{
    /* RFC 8489, 14.3, with the bound of RFC 5389 */

    if (len > NGX_SECMEET_STUN_USERNAME_MAX) {
        return NGX_DECLINED;
    }

    if (!stun->has_username) {
        stun->has_username = 1;
        stun->username.data = p;
        stun->username.len = len;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_stun_error_parse(ngx_secmeet_stun_t *stun, u_char *p, size_t len)
{
    ngx_uint_t  class, number;

    /* RFC 8489, 14.8 */

    if (len < 4) {
        return NGX_DECLINED;
    }

    class = p[2] & 0x07;
    number = p[3];

    if (class < 3 || class > 6 || number > 99) {
        return NGX_DECLINED;
    }

    if (stun->error == 0) {
        stun->error = class * 100 + number;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_stun_priority_parse(ngx_secmeet_stun_t *stun, u_char *p,
    size_t len)
{
    /* RFC 8445, 16.1 */

    if (len != 4) {
        return NGX_DECLINED;
    }

    if (!stun->has_priority) {
        stun->has_priority = 1;
        (void) ngx_secmeet_read_uint32(p, p + 4, &stun->priority);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_stun_role_parse(ngx_secmeet_stun_t *stun, ngx_uint_t type,
    u_char *p, size_t len)
{
    uint32_t  high, low;

    /* RFC 8445, 16.1 */

    if (len != 8) {
        return NGX_DECLINED;
    }

    if (stun->controlling || stun->controlled) {
        return NGX_OK;
    }

    (void) ngx_secmeet_read_uint32(p, p + 4, &high);
    (void) ngx_secmeet_read_uint32(p + 4, p + 8, &low);

    stun->tie_breaker = (uint64_t) high << 32 | low;

    if (type == NGX_SECMEET_STUN_CONTROLLING) {
        stun->controlling = 1;

    } else {
        stun->controlled = 1;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_stun_mapped_parse(ngx_secmeet_stun_t *stun, u_char *p,
    size_t len)
{
    u_char               *mask;
    ngx_secmeet_addr_t   *addr;
    struct sockaddr_in   *sin;
    struct sockaddr_in6  *sin6;

    /* RFC 8489, 14.2.  The mask is the cookie and the id, in the header */

    mask = stun->id - 4;
    addr = &stun->mapped;

    if (len == 8 && p[1] == NGX_SECMEET_STUN_IPV4) {
        if (addr->len != 0) {
            return NGX_OK;
        }

        sin = &addr->sa.sockaddr_in;
        sin->sin_family = AF_INET;
        addr->len = sizeof(struct sockaddr_in);

        ngx_secmeet_stun_xor((u_char *) &sin->sin_port, p + 2, mask, 2);
        ngx_secmeet_stun_xor((u_char *) &sin->sin_addr, p + 4, mask, 4);

        return NGX_OK;
    }

    if (len == 20 && p[1] == NGX_SECMEET_STUN_IPV6) {
        if (addr->len != 0) {
            return NGX_OK;
        }

        sin6 = &addr->sa.sockaddr_in6;
        sin6->sin6_family = AF_INET6;
        addr->len = sizeof(struct sockaddr_in6);

        ngx_secmeet_stun_xor((u_char *) &sin6->sin6_port, p + 2, mask, 2);
        ngx_secmeet_stun_xor((u_char *) &sin6->sin6_addr, p + 4, mask, 16);

        return NGX_OK;
    }

    return NGX_DECLINED;
}


static void
ngx_secmeet_stun_unknown_add(ngx_secmeet_stun_t *stun, ngx_uint_t type)
{
    /* RFC 8489, 14.  The upper half need not be comprehended */

    if (type >= NGX_SECMEET_STUN_OPTIONAL
        || stun->nunknown == NGX_SECMEET_STUN_UNKNOWN)
    {
        return;
    }

    stun->unknown[stun->nunknown++] = (uint16_t) type;
}


size_t
ngx_secmeet_stun_create(u_char *p, ngx_secmeet_stun_t *stun)
{
    size_t   len;
    u_char  *msg;

    len = ngx_secmeet_stun_length(stun);

    if (p == NULL) {
        return len;
    }

    msg = p;

    p = ngx_secmeet_write_uint16(p, stun->type);
    p = ngx_secmeet_write_uint16(p, len - NGX_SECMEET_STUN_HEADER);
    p = ngx_secmeet_write_uint32(p, NGX_SECMEET_STUN_COOKIE);
    p = ngx_cpymem(p, stun->id, 12);

    p = ngx_secmeet_stun_request_create(p, stun);
    p = ngx_secmeet_stun_error_create(p, stun);
    p = ngx_secmeet_stun_mapped_create(p, stun, msg + 4);

    return p - msg;
}


static size_t
ngx_secmeet_stun_length(ngx_secmeet_stun_t *stun)
{
    size_t  len;

    len = NGX_SECMEET_STUN_HEADER;

    if (stun->has_username) {
        len += 4 + ngx_align(stun->username.len, 4);
    }

    if (stun->has_priority) {
        len += 4 + 4;
    }

    if (stun->controlling || stun->controlled) {
        len += 4 + 8;
    }

    if (stun->use_candidate) {
        len += 4;
    }

    if (stun->error) {
        len += 4 + 4;
    }

    if (stun->error == 420) {
        len += 4 + ngx_align(stun->nunknown * 2, 4);
    }

    if (stun->mapped.len) {
        len += 4 + ngx_secmeet_stun_mapped_length(stun);
    }

    return len;
}


static u_char *
ngx_secmeet_stun_attr_create(u_char *p, ngx_uint_t type, size_t len)
{
    p = ngx_secmeet_write_uint16(p, type);

    return ngx_secmeet_write_uint16(p, len);
}


static u_char *
ngx_secmeet_stun_request_create(u_char *p, ngx_secmeet_stun_t *stun)
{
    size_t      len;
    ngx_uint_t  type;

    if (stun->has_username) {
        len = stun->username.len;

        p = ngx_secmeet_stun_attr_create(p, NGX_SECMEET_STUN_USERNAME, len);
        p = ngx_cpymem(p, stun->username.data, len);

        for ( /* void */ ; len & 3; len++) {
            *p++ = 0;
        }
    }

    if (stun->has_priority) {
        p = ngx_secmeet_stun_attr_create(p, NGX_SECMEET_STUN_PRIORITY, 4);
        p = ngx_secmeet_write_uint32(p, stun->priority);
    }

    if (stun->controlling || stun->controlled) {
        type = stun->controlling ? NGX_SECMEET_STUN_CONTROLLING
                                 : NGX_SECMEET_STUN_CONTROLLED;

        p = ngx_secmeet_stun_attr_create(p, type, 8);
        p = ngx_secmeet_write_uint32(p, (uint32_t) (stun->tie_breaker >> 32));
        p = ngx_secmeet_write_uint32(p, (uint32_t) stun->tie_breaker);
    }

    if (stun->use_candidate) {
        p = ngx_secmeet_stun_attr_create(p, NGX_SECMEET_STUN_USE_CANDIDATE,
                                         0);
    }

    return p;
}


static u_char *
ngx_secmeet_stun_error_create(u_char *p, ngx_secmeet_stun_t *stun)
{
    ngx_uint_t  i;

    if (stun->error == 0) {
        return p;
    }

    /* RFC 8489, 14.8, without a phrase */

    p = ngx_secmeet_stun_attr_create(p, NGX_SECMEET_STUN_ERROR_CODE, 4);
    p = ngx_secmeet_write_uint16(p, 0);

    *p++ = (u_char) (stun->error / 100);
    *p++ = (u_char) (stun->error % 100);

    if (stun->error != 420) {
        return p;
    }

    /* RFC 8489, 14.13 */

    p = ngx_secmeet_stun_attr_create(p, NGX_SECMEET_STUN_UNKNOWN_ATTRS,
                                     stun->nunknown * 2);

    for (i = 0; i < stun->nunknown; i++) {
        p = ngx_secmeet_write_uint16(p, stun->unknown[i]);
    }

    if (i & 1) {
        p = ngx_secmeet_write_uint16(p, 0);
    }

    return p;
}


static size_t
ngx_secmeet_stun_mapped_length(ngx_secmeet_stun_t *stun)
{
    return (stun->mapped.sa.sockaddr.sa_family == AF_INET6) ? 20 : 8;
}


static u_char *
ngx_secmeet_stun_mapped_create(u_char *p, ngx_secmeet_stun_t *stun,
    u_char *mask)
{
    size_t                len;
    struct sockaddr_in   *sin;
    struct sockaddr_in6  *sin6;

    if (stun->mapped.len == 0) {
        return p;
    }

    len = ngx_secmeet_stun_mapped_length(stun);
    p = ngx_secmeet_stun_attr_create(p, NGX_SECMEET_STUN_XOR_MAPPED, len);

    if (len == 20) {
        sin6 = &stun->mapped.sa.sockaddr_in6;

        p = ngx_secmeet_write_uint16(p, NGX_SECMEET_STUN_IPV6);
        ngx_secmeet_stun_xor(p, (u_char *) &sin6->sin6_port, mask, 2);
        ngx_secmeet_stun_xor(p + 2, (u_char *) &sin6->sin6_addr, mask, 16);

    } else {
        sin = &stun->mapped.sa.sockaddr_in;

        p = ngx_secmeet_write_uint16(p, NGX_SECMEET_STUN_IPV4);
        ngx_secmeet_stun_xor(p, (u_char *) &sin->sin_port, mask, 2);
        ngx_secmeet_stun_xor(p + 2, (u_char *) &sin->sin_addr, mask, 4);
    }

    return p + len - 2;
}


static void
ngx_secmeet_stun_xor(u_char *dst, u_char *src, u_char *mask, size_t len)
{
    while (len--) {
        *dst++ = *src++ ^ *mask++;
    }
}


ngx_int_t
ngx_secmeet_stun_username(ngx_secmeet_stun_t *stun, ngx_str_t *local,
    ngx_str_t *remote)
{
    u_char  *p, *end;

    if (stun->username.len == 0) {
        return NGX_DECLINED;
    }

    p = stun->username.data;
    end = p + stun->username.len;

    while (p < end && *p != ':') {
        p++;
    }

    if (p == end) {
        return NGX_DECLINED;
    }

    local->data = stun->username.data;
    local->len = p - local->data;

    remote->data = p + 1;
    remote->len = end - remote->data;

    if (ngx_secmeet_stun_ice_chars(local) != NGX_OK) {
        return NGX_DECLINED;
    }

    return ngx_secmeet_stun_ice_chars(remote);
}


/* RFC 8839, 5.4.  ALPHA / DIGIT / "+" / "/", 256 at most */

static ngx_int_t
ngx_secmeet_stun_ice_chars(ngx_str_t *text)
{
    u_char      ch, lower;
    ngx_uint_t  i;

    if (text->len == 0 || text->len > 256) {
        return NGX_DECLINED;
    }

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];
        lower = (u_char) (ch | 0x20);

        if ((lower < 'a' || lower > 'z')
            && (ch < '0' || ch > '9')
            && ch != '+'
            && ch != '/')
        {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


uint32_t
ngx_secmeet_stun_crc(u_char *p, size_t len)
{
    uint32_t  crc;

    crc = 0xffffffff;

    while (len--) {
        crc ^= *p++;
        crc = ngx_secmeet_stun_crc_table[crc & 0x0f] ^ (crc >> 4);
        crc = ngx_secmeet_stun_crc_table[crc & 0x0f] ^ (crc >> 4);
    }

    return crc ^ 0xffffffff ^ NGX_SECMEET_STUN_CRC_XOR;
}
