
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_framing.h"
#include "tap.h"


static u_char  buf[4096];


static ngx_int_t parse(size_t len, ngx_str_t *datagram, size_t *used);
static void lengths(void);
static void halves(void);
static void many(void);


int
main(void)
{
    lengths();
    halves();
    many();

    return done();
}


/* of len bytes in buf */

static ngx_int_t
parse(size_t len, ngx_str_t *datagram, size_t *used)
{
    u_char     *p;
    ngx_int_t   rc;

    p = buf;
    rc = ngx_secmeet_framing_parse(datagram, &p, buf + len);
    *used = p - buf;

    return rc;
}


static void
lengths(void)
{
    size_t     used;
    u_char    *p;
    ngx_str_t  datagram;

    p = ngx_secmeet_framing_create(buf, 1);
    is_int(p - buf, NGX_SECMEET_FRAMING_HEADER, "a header of two bytes");
    is_int(parse(3, &datagram, &used), NGX_OK, "one byte");
    is_int(datagram.len, 1, "its length");
    is_int(datagram.data - buf, 2, "its place");
    is_int(used, 3, "the cursor is behind it");

    (void) ngx_secmeet_framing_create(buf, NGX_SECMEET_MTU);
    is_int(buf[0] << 8 | buf[1], NGX_SECMEET_MTU, "big-endian");
    is_int(parse(2 + NGX_SECMEET_MTU, &datagram, &used), NGX_OK, "the MTU");
    is_int(datagram.len, NGX_SECMEET_MTU, "whole");

    (void) ngx_secmeet_framing_create(buf, NGX_SECMEET_MTU + 1);
    is_int(parse(sizeof(buf), &datagram, &used), NGX_DECLINED,
           "a byte more than the MTU");
    is_int(used, 0, "the cursor stays");
    is_int(parse(2, &datagram, &used), NGX_DECLINED,
           "which the header tells");

    (void) ngx_secmeet_framing_create(buf, 0);
    is_int(parse(sizeof(buf), &datagram, &used), NGX_DECLINED, "length 0");

    (void) ngx_secmeet_framing_create(buf, 65535);
    is_int(parse(sizeof(buf), &datagram, &used), NGX_DECLINED,
           "length 65535");

    /* what begins as TLS or HTTP */

    buf[0] = 0x16;
    is_int(parse(1, &datagram, &used), NGX_DECLINED,
           "the first byte of TLS is enough");
    buf[0] = 'G';
    is_int(parse(1, &datagram, &used), NGX_DECLINED, "and that of GET");
    buf[0] = NGX_SECMEET_MTU >> 8;
    is_int(parse(1, &datagram, &used), NGX_AGAIN,
           "but not the greatest of a frame");
}


static void
halves(void)
{
    size_t      n, used;
    ngx_str_t   datagram;
    ngx_uint_t  wrong;

    (void) ngx_secmeet_framing_create(buf, 1200);
    wrong = 0;

    for (n = 0; n < 1202; n++) {
        if (parse(n, &datagram, &used) != NGX_AGAIN || used != 0) {
            wrong++;
        }
    }

    is_int(wrong, 0, "a frame that is not whole");
    is_int(parse(1202, &datagram, &used), NGX_OK, "and one that is");
    is_int(used, 1202, "all of it");

    (void) ngx_secmeet_framing_create(buf, NGX_SECMEET_MTU);
    is_int(parse(NGX_SECMEET_FRAMING_PARTIAL, &datagram, &used), NGX_AGAIN,
           "the longest that is not whole");
    is_int(parse(NGX_SECMEET_FRAMING_PARTIAL + 1, &datagram, &used), NGX_OK,
           "and a byte more");
}


static void
many(void)
{
    u_char     *p, *end;
    ngx_str_t   datagram;
    ngx_uint_t  n, wrong;

    p = buf;

    for (n = 1; n <= 50; n++) {
        p = ngx_secmeet_framing_create(p, n);
        ngx_memset(p, n, n);
        p += n;
    }

    end = p;
    p = buf;
    wrong = 0;

    for (n = 1; ngx_secmeet_framing_parse(&datagram, &p, end) == NGX_OK; n++)
    {
        if (datagram.len != n || datagram.data[0] != n
            || datagram.data[n - 1] != n)
        {
            wrong++;
        }
    }

    is_int(n, 51, "fifty in a row");
    is_int(wrong, 0, "each as it was");
    is_int(end - p, 0, "and nothing is left");
}
