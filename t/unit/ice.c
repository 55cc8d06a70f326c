
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <stdlib.h>
#include "crypto/ngx_secmeet_ice.h"
#include "tap.h"


typedef struct {
    const char  *name;
    size_t       len;
    u_char       data[128];
} vector_t;


static void check(vector_t *v);
static void changed(vector_t *v);
static void missing(void);
static void chars(void);


static ngx_str_t  pwd = ngx_string("VOkJxbRl1RmTxUk/WvJxBt");

static vector_t   vectors[] = {

    { "RFC 5769, 2.1, request", 108,
      { 0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42,
        0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
        0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10,
        0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
        0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74,
        0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
        0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1,
        0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
        0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76,
        0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
        0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56,
        0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
        0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04,
        0xe5, 0x7a, 0x3b, 0xcf } },

    { "RFC 5769, 2.2, IPv4 response", 80,
      { 0x01, 0x01, 0x00, 0x3c, 0x21, 0x12, 0xa4, 0x42,
        0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
        0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b,
        0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
        0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x08,
        0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43,
        0x00, 0x08, 0x00, 0x14, 0x2b, 0x91, 0xf5, 0x99,
        0xfd, 0x9e, 0x90, 0xc3, 0x8c, 0x74, 0x89, 0xf9,
        0x2a, 0xf9, 0xba, 0x53, 0xf0, 0x6b, 0xe7, 0xd7,
        0x80, 0x28, 0x00, 0x04, 0xc0, 0x7d, 0x4c, 0x96 } },

    { "RFC 5769, 2.3, IPv6 response", 92,
      { 0x01, 0x01, 0x00, 0x48, 0x21, 0x12, 0xa4, 0x42,
        0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
        0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x0b,
        0x74, 0x65, 0x73, 0x74, 0x20, 0x76, 0x65, 0x63,
        0x74, 0x6f, 0x72, 0x20, 0x00, 0x20, 0x00, 0x14,
        0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa,
        0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25, 0xf4, 0xb5,
        0xbe, 0xd2, 0xb9, 0xd9, 0x00, 0x08, 0x00, 0x14,
        0xa3, 0x82, 0x95, 0x4e, 0x4b, 0xe6, 0x7b, 0xf1,
        0x17, 0x84, 0xc9, 0x7c, 0x82, 0x92, 0xc2, 0x75,
        0xbf, 0xe3, 0xed, 0x41, 0x80, 0x28, 0x00, 0x04,
        0xc8, 0xfb, 0x0b, 0x4c } }
};


int
main(void)
{
    size_t  i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        check(&vectors[i]);
    }

    changed(&vectors[0]);
    missing();
    chars();

    return done();
}


static void
check(vector_t *v)
{
    u_char              buf[128];
    size_t              len;
    ngx_str_t           other;
    ngx_secmeet_stun_t  stun;

    memcpy(buf, v->data, v->len);

    is_int(ngx_secmeet_stun_parse(&stun, buf, buf + v->len), NGX_OK,
           "%s: parsed", v->name);
    is_int(ngx_secmeet_ice_verify(&stun, buf, &pwd), NGX_OK,
           "%s: the integrity is right", v->name);
    is_mem(buf, v->data, v->len, "%s: unchanged by that", v->name);

    ngx_str_set(&other, "VOkJxbRl1RmTxUk/WvJxBs");
    is_int(ngx_secmeet_ice_verify(&stun, buf, &other), NGX_DECLINED,
           "%s: but not with another password", v->name);

    other.len = 0;
    is_int(ngx_secmeet_ice_verify(&stun, buf, &other), NGX_DECLINED,
           "%s: nor with none", v->name);

    len = v->len - NGX_SECMEET_STUN_INTEGRITY - NGX_SECMEET_STUN_FINGERPRINT;
    memset(buf + len, 0xff, sizeof(buf) - len);
    memset(buf + 2, 0xff, 2);

    is_int(ngx_secmeet_ice_sign(buf, len, &pwd), v->len,
           "%s: signed, the length", v->name);
    is_mem(buf, v->data, v->len, "%s: signed, the bytes", v->name);
}


static void
changed(vector_t *v)
{
    int                 i, bit, n;
    u_char              buf[128];
    ngx_secmeet_stun_t  stun;

    n = 0;

    /* all that the integrity covers, but for the length field */

    for (i = 0; i < (int) v->len - NGX_SECMEET_STUN_FINGERPRINT; i++) {

        if (i == 2 || i == 3 || (i >= 76 && i < 80)) {
            continue;
        }

        for (bit = 0; bit < 8; bit++) {
            memcpy(buf, v->data, v->len);

            if (ngx_secmeet_stun_parse(&stun, buf, buf + v->len) != NGX_OK) {
                break;
            }

            buf[i] ^= 1 << bit;

            n += (ngx_secmeet_ice_verify(&stun, buf, &pwd) != NGX_DECLINED);
        }
    }

    is_int(n, 0, "no bit can be changed");
}


static void
missing(void)
{
    u_char              buf[64];
    size_t              len;
    ngx_secmeet_stun_t  stun;

    memset(&stun, 0, sizeof(stun));
    stun.type = NGX_SECMEET_STUN_REQUEST;
    stun.id = vectors[0].data + 8;

    len = ngx_secmeet_stun_create(buf, &stun);

    is_int(ngx_secmeet_stun_parse(&stun, buf, buf + len), NGX_OK,
           "a request without integrity is parsed");
    is_int(ngx_secmeet_ice_verify(&stun, buf, &pwd), NGX_DECLINED,
           "but declined");
    is_int(ngx_secmeet_ice_sign(buf, len, &pwd), len + 32,
           "when signed it has 32 bytes more");
    is_int(ngx_secmeet_stun_parse(&stun, buf, buf + len + 32), NGX_OK,
           "is parsed, with its CRC");
    is_int(ngx_secmeet_ice_verify(&stun, buf, &pwd), NGX_OK, "and taken");
}


static void
chars(void)
{
    int      seen[256], i, n, strange;
    u_char  *text;

    text = malloc(4096);
    memset(seen, 0, sizeof(seen));

    is_int(ngx_secmeet_ice_random(text, 4096), NGX_OK, "random text");

    n = 0;
    strange = 0;

    for (i = 0; i < 4096; i++) {
        n += (seen[text[i]]++ == 0);

        strange += !((text[i] >= 'a' && text[i] <= 'z')
                     || (text[i] >= 'A' && text[i] <= 'Z')
                     || (text[i] >= '0' && text[i] <= '9')
                     || text[i] == '+' || text[i] == '/');
    }

    is_int(strange, 0, "has nothing but ice-chars");
    is_int(n, 64, "and all of them");
    is_int(ngx_secmeet_ice_random(text, 0), NGX_OK, "no text at all is fine");

    free(text);
}
