
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_bytes.h"
#include "ngx_secmeet_twcc.h"


#define NGX_SECMEET_TWCC_HEADER       20        /* up to the chunks */

#define NGX_SECMEET_TWCC_NONE         0         /* not received */
#define NGX_SECMEET_TWCC_SMALL        1         /* one byte of delta */
#define NGX_SECMEET_TWCC_LARGE        2         /* two, signed */

#define NGX_SECMEET_TWCC_RUN          0x1fff
#define NGX_SECMEET_TWCC_VECTOR       0x8000
#define NGX_SECMEET_TWCC_TWO_BITS     0x4000
#define NGX_SECMEET_TWCC_ONES         14        /* symbols of a vector */
#define NGX_SECMEET_TWCC_TWOS         7


typedef struct {
    ngx_secmeet_twcc_packet_t  *packets;
    ngx_uint_t                  n;
    ngx_uint_t                  i;              /* the next received */
    ngx_uint_t                  offset;
    ngx_uint_t                  count;
    uint16_t                    base;
} ngx_secmeet_twcc_cursor_t;


static ngx_uint_t ngx_secmeet_twcc_symbols(ngx_uint_t bits);
static ngx_uint_t ngx_secmeet_twcc_symbol(ngx_uint_t bits, ngx_uint_t left);
static ngx_int_t ngx_secmeet_twcc_size(ngx_uint_t bits, ngx_uint_t n,
    size_t *size);
static int64_t ngx_secmeet_twcc_ticks(int64_t time);
static int64_t ngx_secmeet_twcc_reference(int64_t time);
static int64_t ngx_secmeet_twcc_delta(ngx_secmeet_twcc_cursor_t *c,
    ngx_uint_t i);
static ngx_uint_t ngx_secmeet_twcc_peek(ngx_secmeet_twcc_cursor_t *c);
static ngx_uint_t ngx_secmeet_twcc_run(ngx_secmeet_twcc_cursor_t *c);
static void ngx_secmeet_twcc_skip(ngx_secmeet_twcc_cursor_t *c,
    ngx_uint_t n);
static ngx_uint_t ngx_secmeet_twcc_chunk(ngx_secmeet_twcc_cursor_t *c);
static size_t ngx_secmeet_twcc_chunks(u_char *p,
    ngx_secmeet_twcc_cursor_t *c);
static size_t ngx_secmeet_twcc_deltas(u_char *p,
    ngx_secmeet_twcc_cursor_t *c);
static ngx_int_t ngx_secmeet_twcc_check(ngx_secmeet_twcc_cursor_t *c);


ngx_int_t
ngx_secmeet_twcc_parse(ngx_secmeet_twcc_t *twcc, ngx_secmeet_rtcp_t *rtcp)
{
    size_t                        size;
    u_char                       *p;
    uint32_t                      word;
    ngx_uint_t                    base, bits, left, n;
    ngx_secmeet_rtcp_feedback_t   fb;

    if (rtcp->type != NGX_SECMEET_RTCP_RTPFB
        || rtcp->count != NGX_SECMEET_RTPFB_TWCC
        || ngx_secmeet_rtcp_feedback_parse(&fb, rtcp) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    p = ngx_secmeet_read_uint16(fb.fci, fb.end, &base);
    p = ngx_secmeet_read_uint16(p, fb.end, &left);
    p = ngx_secmeet_read_uint32(p, fb.end, &word);

    if (p == NULL || left == 0) {
        return NGX_DECLINED;
    }

    twcc->sender = fb.sender;
    twcc->ssrc = fb.ssrc;
    twcc->base = (uint16_t) base;
    twcc->count = left;
    twcc->reference = (int64_t) (word >> 8) * NGX_SECMEET_TWCC_UNIT;
    twcc->number = word & 0xff;

    twcc->chunk = p;
    twcc->end = fb.end;
    twcc->left = 0;
    twcc->offset = 0;
    twcc->time = twcc->reference;

    size = 0;

    while (left) {
        p = ngx_secmeet_read_uint16(p, fb.end, &bits);

        if (p == NULL) {
            return NGX_DECLINED;
        }

        n = ngx_secmeet_twcc_symbols(bits);
        n = ngx_min(n, left);

        if (ngx_secmeet_twcc_size(bits, n, &size) != NGX_OK) {
            return NGX_DECLINED;
        }

        left -= n;
    }

    twcc->delta = p;

    return ((size_t) (fb.end - p) < size) ? NGX_DECLINED : NGX_OK;
}


/* how many statuses a chunk tells of */

static ngx_uint_t
ngx_secmeet_twcc_symbols(ngx_uint_t bits)
{
    if (!(bits & NGX_SECMEET_TWCC_VECTOR)) {
        return bits & NGX_SECMEET_TWCC_RUN;
    }

    return (bits & NGX_SECMEET_TWCC_TWO_BITS) ? NGX_SECMEET_TWCC_TWOS
                                              : NGX_SECMEET_TWCC_ONES;
}


/* the status that has `left` symbols of its chunk from itself on */

static ngx_uint_t
ngx_secmeet_twcc_symbol(ngx_uint_t bits, ngx_uint_t left)
{
    if (!(bits & NGX_SECMEET_TWCC_VECTOR)) {
        return (bits >> 13) & 3;
    }

    if (bits & NGX_SECMEET_TWCC_TWO_BITS) {
        return (bits >> (left - 1) * 2) & 3;
    }

    return (bits >> (left - 1)) & 1;
}


/* adds the bytes of deltas for the first n statuses of a chunk */

static ngx_int_t
ngx_secmeet_twcc_size(ngx_uint_t bits, ngx_uint_t n, size_t *size)
{
    ngx_uint_t  left, symbol;

    if (!(bits & NGX_SECMEET_TWCC_VECTOR)) {
        symbol = ngx_secmeet_twcc_symbol(bits, n);
        *size += symbol * n;

        return (symbol > NGX_SECMEET_TWCC_LARGE) ? NGX_DECLINED : NGX_OK;
    }

    for (left = ngx_secmeet_twcc_symbols(bits); n; n--, left--) {
        symbol = ngx_secmeet_twcc_symbol(bits, left);

        /* draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1.1 */

        if (symbol > NGX_SECMEET_TWCC_LARGE) {
            return NGX_DECLINED;
        }

        *size += symbol;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_twcc_next(ngx_secmeet_twcc_t *twcc,
    ngx_secmeet_twcc_packet_t *packet)
{
    ngx_uint_t  delta, symbol;

    while (twcc->offset < twcc->count) {

        if (twcc->left == 0) {
            twcc->chunk = ngx_secmeet_read_uint16(twcc->chunk, twcc->end,
                                                  &twcc->bits);
            if (twcc->chunk == NULL) {
                return NGX_DONE;
            }

            twcc->left = ngx_secmeet_twcc_symbols(twcc->bits);
            continue;
        }

        symbol = ngx_secmeet_twcc_symbol(twcc->bits, twcc->left);

        if (symbol == NGX_SECMEET_TWCC_NONE
            && !(twcc->bits & NGX_SECMEET_TWCC_VECTOR))
        {
            /* thousands may be missing for two bytes */

            twcc->offset += twcc->left;
            twcc->left = 0;
            continue;
        }

        twcc->offset++;
        twcc->left--;

        switch (symbol) {

        case NGX_SECMEET_TWCC_NONE:
            continue;

        case NGX_SECMEET_TWCC_SMALL:
            twcc->delta = ngx_secmeet_read_uint8(twcc->delta, twcc->end,
                                                 &delta);
            break;

        default:
            twcc->delta = ngx_secmeet_read_uint16(twcc->delta, twcc->end,
                                                  &delta);
        }

        if (twcc->delta == NULL) {
            return NGX_DONE;
        }

        twcc->time += (symbol == NGX_SECMEET_TWCC_SMALL)
                      ? (int64_t) delta * NGX_SECMEET_TWCC_TICK
                      : (int64_t) (int16_t) delta * NGX_SECMEET_TWCC_TICK;

        packet->seq = (uint16_t) (twcc->base + twcc->offset - 1);
        packet->time = twcc->time;

        return NGX_OK;
    }

    return NGX_DONE;
}


size_t
ngx_secmeet_twcc_create(u_char *p, ngx_secmeet_twcc_t *twcc,
    ngx_secmeet_twcc_packet_t *packets, ngx_uint_t n)
{
    size_t                      len, padding;
    u_char                     *end;
    int64_t                     reference;
    ngx_secmeet_twcc_cursor_t   c;

    if (n == 0 || n > NGX_SECMEET_TWCC_PACKETS) {
        return 0;
    }

    c.packets = packets;
    c.n = n;
    c.i = 0;
    c.offset = 0;
    c.base = twcc->base;
    c.count = (uint16_t) (packets[n - 1].seq - c.base) + 1;

    if (ngx_secmeet_twcc_check(&c) != NGX_OK) {
        return 0;
    }

    len = NGX_SECMEET_TWCC_HEADER + ngx_secmeet_twcc_chunks(NULL, &c)
          + ngx_secmeet_twcc_deltas(NULL, &c);

    padding = (4 - len % 4) % 4;
    len += padding;

    if (p == NULL) {
        return len;
    }

    end = p + len;
    reference = ngx_secmeet_twcc_reference(packets[0].time)
                / NGX_SECMEET_TWCC_UNIT;

    *p++ = (u_char) (0x80 | (padding ? 0x20 : 0) | NGX_SECMEET_RTPFB_TWCC);
    *p++ = NGX_SECMEET_RTCP_RTPFB;

    p = ngx_secmeet_write_uint16(p, len / 4 - 1);
    p = ngx_secmeet_write_uint32(p, twcc->sender);
    p = ngx_secmeet_write_uint32(p, twcc->ssrc);
    p = ngx_secmeet_write_uint16(p, c.base);
    p = ngx_secmeet_write_uint16(p, c.count);
    p = ngx_secmeet_write_uint32(p, ((uint32_t) reference & 0xffffff) << 8
                                    | (twcc->number & 0xff));

    p += ngx_secmeet_twcc_chunks(p, &c);
    p += ngx_secmeet_twcc_deltas(p, &c);

    /* as browsers do: RFC 3550, 6.4.1, without its multiple of four */

    while (p < end) {
        p++;
        p[-1] = (u_char) ((p == end) ? padding : 0);
    }

    return len;
}


static ngx_int_t
ngx_secmeet_twcc_check(ngx_secmeet_twcc_cursor_t *c)
{
    ngx_uint_t                  i, offset, next;
    ngx_secmeet_twcc_packet_t  *packets;

    if (c->count > NGX_SECMEET_TWCC_COUNT) {
        return NGX_DECLINED;
    }

    packets = c->packets;
    next = 0;

    for (i = 0; i < c->n; i++) {
        offset = (uint16_t) (packets[i].seq - c->base);

        if (offset < next || offset >= c->count) {
            return NGX_DECLINED;
        }

        next = offset + 1;

        if (i
            && !ngx_secmeet_twcc_fits(packets[i - 1].time, packets[i].time))
        {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


ngx_uint_t
ngx_secmeet_twcc_fits(int64_t a, int64_t b)
{
    int64_t  delta;

    delta = ngx_secmeet_twcc_ticks(b) - ngx_secmeet_twcc_ticks(a);

    return delta >= -32768 && delta <= 32767;
}


/* down, also before the beginning of the clock, so that none add up */

static int64_t
ngx_secmeet_twcc_ticks(int64_t time)
{
    return time / NGX_SECMEET_TWCC_TICK - (time % NGX_SECMEET_TWCC_TICK < 0);
}


static int64_t
ngx_secmeet_twcc_reference(int64_t time)
{
    int64_t  rest;

    rest = time % NGX_SECMEET_TWCC_UNIT;

    return time - rest - (rest < 0 ? NGX_SECMEET_TWCC_UNIT : 0);
}


/* of packet i, in ticks */

static int64_t
ngx_secmeet_twcc_delta(ngx_secmeet_twcc_cursor_t *c, ngx_uint_t i)
{
    int64_t  before;

    before = i ? c->packets[i - 1].time
               : ngx_secmeet_twcc_reference(c->packets[0].time);

    return ngx_secmeet_twcc_ticks(c->packets[i].time)
           - ngx_secmeet_twcc_ticks(before);
}


/* the status at the cursor; past the end, none */

static ngx_uint_t
ngx_secmeet_twcc_peek(ngx_secmeet_twcc_cursor_t *c)
{
    int64_t  delta;

    if (c->i == c->n
        || c->packets[c->i].seq != (uint16_t) (c->base + c->offset))
    {
        return NGX_SECMEET_TWCC_NONE;
    }

    delta = ngx_secmeet_twcc_delta(c, c->i);

    return (delta >= 0 && delta <= 255) ? NGX_SECMEET_TWCC_SMALL
                                        : NGX_SECMEET_TWCC_LARGE;
}


/* for how long the status at the cursor stays */

static ngx_uint_t
ngx_secmeet_twcc_run(ngx_secmeet_twcc_cursor_t *c)
{
    ngx_uint_t                 n, symbol;
    ngx_secmeet_twcc_cursor_t  at;

    symbol = ngx_secmeet_twcc_peek(c);

    /* the last one is received: one follows where one is missing */

    if (symbol == NGX_SECMEET_TWCC_NONE) {
        return (uint16_t) (c->packets[c->i].seq - c->base - c->offset);
    }

    at = *c;

    for (n = 0; ngx_secmeet_twcc_peek(&at) == symbol; n++) {
        ngx_secmeet_twcc_skip(&at, 1);
    }

    return n;
}


static void
ngx_secmeet_twcc_skip(ngx_secmeet_twcc_cursor_t *c, ngx_uint_t n)
{
    if (ngx_secmeet_twcc_peek(c) != NGX_SECMEET_TWCC_NONE) {
        c->i += n;
    }

    c->offset += n;
}


/* the chunk at the cursor, which moves on */

static ngx_uint_t
ngx_secmeet_twcc_chunk(ngx_secmeet_twcc_cursor_t *c)
{
    ngx_uint_t                 i, large, n, ones, run, symbol, twos;
    ngx_secmeet_twcc_cursor_t  at;

    run = ngx_secmeet_twcc_run(c);

    ones = NGX_SECMEET_TWCC_VECTOR;
    twos = NGX_SECMEET_TWCC_VECTOR | NGX_SECMEET_TWCC_TWO_BITS;
    large = 0;
    at = *c;

    for (i = 0; i < NGX_SECMEET_TWCC_ONES; i++) {
        symbol = ngx_secmeet_twcc_peek(&at);

        ones |= symbol << (NGX_SECMEET_TWCC_ONES - 1 - i);
        large |= (symbol == NGX_SECMEET_TWCC_LARGE);

        if (i < NGX_SECMEET_TWCC_TWOS) {
            twos |= symbol << (NGX_SECMEET_TWCC_TWOS - 1 - i) * 2;
        }

        ngx_secmeet_twcc_skip(&at, 1);
    }

    n = large ? NGX_SECMEET_TWCC_TWOS : NGX_SECMEET_TWCC_ONES;

    /* what a vector would not tell more of is a run: both are two bytes */

    if (run >= n || c->offset + run == c->count) {
        run = ngx_min(run, NGX_SECMEET_TWCC_RUN);
        symbol = ngx_secmeet_twcc_peek(c);

        ngx_secmeet_twcc_skip(c, run);

        return symbol << 13 | run;
    }

    while (n--) {
        ngx_secmeet_twcc_skip(c, 1);
    }

    return large ? twos : ones;
}


static size_t
ngx_secmeet_twcc_chunks(u_char *p, ngx_secmeet_twcc_cursor_t *c)
{
    size_t                     len;
    ngx_uint_t                 chunk;
    ngx_secmeet_twcc_cursor_t  at;

    at = *c;

    for (len = 0; at.offset < at.count; len += 2) {
        chunk = ngx_secmeet_twcc_chunk(&at);

        if (p != NULL) {
            p = ngx_secmeet_write_uint16(p, chunk);
        }
    }

    return len;
}


static size_t
ngx_secmeet_twcc_deltas(u_char *p, ngx_secmeet_twcc_cursor_t *c)
{
    size_t      len;
    int64_t     delta;
    ngx_uint_t  i, small;

    len = 0;

    for (i = 0; i < c->n; i++) {
        delta = ngx_secmeet_twcc_delta(c, i);
        small = (delta >= 0 && delta <= 255);
        len += small ? 1 : 2;

        if (p == NULL) {
            continue;
        }

        if (small) {
            *p++ = (u_char) delta;

        } else {
            p = ngx_secmeet_write_uint16(p, (uint16_t) delta);
        }
    }

    return len;
}
