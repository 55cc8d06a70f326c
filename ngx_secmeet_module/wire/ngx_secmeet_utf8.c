
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_ws.h"


/*
 * States: 0, between characters; 1..3, that many bytes are missing; the
 * others are those where the next byte has a narrower range, which keeps out
 * overlong forms, surrogates, and what is past U+10FFFF (RFC 3629, 4).
 */

#define NGX_SECMEET_UTF8_E0           4
#define NGX_SECMEET_UTF8_ED           5
#define NGX_SECMEET_UTF8_F0           6
#define NGX_SECMEET_UTF8_F4           7
#define NGX_SECMEET_UTF8_STATES       8


typedef struct {
    u_char                    low;
    u_char                    high;
    u_char                    next;
} ngx_secmeet_utf8_state_t;


static ngx_uint_t ngx_secmeet_utf8_first(ngx_uint_t ch);
static u_char *ngx_secmeet_utf8_skip_ascii(u_char *p, u_char *end);


static ngx_secmeet_utf8_state_t  ngx_secmeet_utf8_states[] = {
    { 0x00, 0x7f, 0 },
    { 0x80, 0xbf, 0 },
    { 0x80, 0xbf, 1 },
    { 0x80, 0xbf, 2 },
    { 0xa0, 0xbf, 1 },                         /* NGX_SECMEET_UTF8_E0 */
    { 0x80, 0x9f, 1 },                         /* NGX_SECMEET_UTF8_ED */
    { 0x90, 0xbf, 2 },                         /* NGX_SECMEET_UTF8_F0 */
    { 0x80, 0x8f, 2 }                          /* NGX_SECMEET_UTF8_F4 */
};


ngx_uint_t
ngx_secmeet_utf8(ngx_uint_t state, u_char *p, u_char *end)
{
    ngx_secmeet_utf8_state_t  *s;

    if (state >= NGX_SECMEET_UTF8_STATES) {
        return NGX_SECMEET_UTF8_INVALID;
    }

    while (p < end) {

        if (state == 0) {
            p = ngx_secmeet_utf8_skip_ascii(p, end);

            if (p == end) {
                break;
            }

            state = ngx_secmeet_utf8_first(*p++);

            if (state == NGX_SECMEET_UTF8_INVALID) {
                return NGX_SECMEET_UTF8_INVALID;
            }

            continue;
        }

        s = &ngx_secmeet_utf8_states[state];

        if (*p < s->low || *p > s->high) {
            return NGX_SECMEET_UTF8_INVALID;
        }

        state = s->next;
        p++;
    }

    return state;
}


static ngx_uint_t
ngx_secmeet_utf8_first(ngx_uint_t ch)
{
    if (ch < 0x80) {
        return 0;
    }

    /* 80..bf continue, c0 and c1 would be overlong */

    if (ch < 0xc2 || ch > 0xf4) {
        return NGX_SECMEET_UTF8_INVALID;
    }

    switch (ch) {

    case 0xe0:
        return NGX_SECMEET_UTF8_E0;

    case 0xed:
        return NGX_SECMEET_UTF8_ED;

    case 0xf0:
        return NGX_SECMEET_UTF8_F0;

    case 0xf4:
        return NGX_SECMEET_UTF8_F4;

    default:
        return (ch < 0xe0) ? 1 : (ch < 0xf0) ? 2 : 3;
    }
}


static u_char *
ngx_secmeet_utf8_skip_ascii(u_char *p, u_char *end)
{
    uint64_t  n;

    while (end - p >= 8) {
        ngx_memcpy(&n, p, 8);

        if (n & 0x8080808080808080) {
            break;
        }

        p += 8;
    }

    while (p < end && *p < 0x80) {
        p++;
    }

    return p;
}
