
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_sdp.h"
#include "ngx_secmeet_sdp_parser.h"


void
ngx_secmeet_sdp_word(ngx_str_t *rest, ngx_str_t *word)
{
    while (rest->len > 0 && *rest->data == ' ') {
        rest->data++;
        rest->len--;
    }

    ngx_secmeet_sdp_cut(rest, word, ' ');

    while (rest->len > 0 && *rest->data == ' ') {
        rest->data++;
        rest->len--;
    }
}


void
ngx_secmeet_sdp_cut(ngx_str_t *rest, ngx_str_t *word, u_char sep)
{
    size_t  n;

    word->data = rest->data;
    word->len = 0;

    if (rest->len == 0) {
        return;
    }

    for (n = 0; n < rest->len && rest->data[n] != sep; n++) { /* void */ }

    word->len = n;

    if (n < rest->len) {
        n++;
    }

    rest->data += n;
    rest->len -= n;
}


ngx_int_t
ngx_secmeet_sdp_number(ngx_str_t *word, uint64_t max, uint64_t *value)
{
    size_t    i;
    u_char    c;
    uint64_t  n;

    n = 0;

    for (i = 0; i < word->len; i++) {
        c = word->data[i];

        if (c < '0' || c > '9') {
            return NGX_DECLINED;
        }

        c -= '0';

        if (c > max || n > (max - c) / 10) {
            return NGX_DECLINED;
        }

        n = n * 10 + c;
    }

    if (word->len == 0) {
        return NGX_DECLINED;
    }

    *value = n;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_hex(u_char *p, ngx_uint_t digits, uint32_t *value)
{
    u_char    c;
    uint32_t  n;

    for (n = 0; digits > 0; digits--) {
        c = ngx_tolower(*p);
        p++;

        if (c >= '0' && c <= '9') {
            c -= '0';

        } else if (c >= 'a' && c <= 'f') {
            c -= 'a' - 10;

        } else {
            return NGX_DECLINED;
        }

        n = n << 4 | c;
    }

    *value = n;

    return NGX_OK;
}


ngx_uint_t
ngx_secmeet_sdp_same(ngx_str_t *a, ngx_str_t *b)
{
    return a->len == b->len && ngx_memcmp(a->data, b->data, a->len) == 0;
}


ngx_uint_t
ngx_secmeet_sdp_is(ngx_str_t *s, const char *text)
{
    return s->len == ngx_strlen(text)
           && ngx_memcmp(s->data, text, s->len) == 0;
}


ngx_uint_t
ngx_secmeet_sdp_is_case(ngx_str_t *s, const char *text)
{
    size_t  i;

    if (s->len != ngx_strlen(text)) {
        return 0;
    }

    for (i = 0; i < s->len; i++) {
        if (ngx_tolower(s->data[i]) != ngx_tolower((u_char) text[i])) {
            return 0;
        }
    }

    return 1;
}


/* RFC 8866, 9 */

ngx_uint_t
ngx_secmeet_sdp_is_token(ngx_str_t *s)
{
    size_t  i;
    u_char  c;

    for (i = 0; i < s->len; i++) {
        c = s->data[i];

        if (c <= ' ' || c >= 0x7f || c == '"' || c == '(' || c == ')'
            || c == ',' || c == '/' || (c >= ':' && c <= '@')
            || (c >= '[' && c <= ']'))
        {
            return 0;
        }
    }

    return s->len > 0;
}


/* RFC 8839, 5.4 */

ngx_uint_t
ngx_secmeet_sdp_is_ice(ngx_str_t *s, size_t min)
{
    size_t  i;
    u_char  c;

    if (s->len < min || s->len > NGX_SECMEET_SDP_ICE_MAX) {
        return 0;
    }

    for (i = 0; i < s->len; i++) {
        c = s->data[i];

        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
            && (c < '0' || c > '9') && c != '+' && c != '/')
        {
            return 0;
        }
    }

    return 1;
}
