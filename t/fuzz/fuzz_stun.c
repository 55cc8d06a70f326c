
/*
 * Copyright (C) secmeet contributors
 */


/*
 * STUN: reads nothing outside of the datagram; what is created is parsed
 * back as the same; a FINGERPRINT of our own is accepted.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "wire/ngx_secmeet_bytes.h"
#include "wire/ngx_secmeet_stun.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_one(u_char *p, size_t len);
static void fuzz_again(ngx_secmeet_stun_t *stun);
static void fuzz_same(ngx_secmeet_stun_t *a, ngx_secmeet_stun_t *b);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char  *p;

    p = malloc(size);
    memcpy(p, data, size);

    fuzz_one(p, size);

    /* once more behind a good header */

    if (size >= NGX_SECMEET_STUN_HEADER && size < 65536) {
        ngx_secmeet_write_uint16(p + 2, size - NGX_SECMEET_STUN_HEADER);
        ngx_secmeet_write_uint32(p + 4, NGX_SECMEET_STUN_COOKIE);

        fuzz_one(p, size);
    }

    free(p);

    return 0;
}


static void
fuzz_one(u_char *p, size_t len)
{
    ngx_int_t           rc;
    ngx_str_t           local, remote;
    ngx_secmeet_stun_t  stun;

    rc = ngx_secmeet_stun_parse(&stun, p, p + len);

    assert(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_DECLINED) {
        return;
    }

    assert(len % 4 == 0);
    assert(stun.nunknown <= NGX_SECMEET_STUN_UNKNOWN);
    assert(stun.integrity == NULL
           || p + len - stun.integrity >= NGX_SECMEET_STUN_INTEGRITY);
    assert(stun.fingerprint == NULL
           || p + len - stun.fingerprint == NGX_SECMEET_STUN_FINGERPRINT);

    if (ngx_secmeet_stun_username(&stun, &local, &remote) == NGX_OK) {
        assert(local.len + 1 + remote.len == stun.username.len);
    }

    fuzz_again(&stun);
}


static void
fuzz_again(ngx_secmeet_stun_t *stun)
{
    size_t              len, total;
    u_char             *p, *crc;
    ngx_secmeet_stun_t  again;

    len = ngx_secmeet_stun_create(NULL, stun);
    p = malloc(len);

    assert(ngx_secmeet_stun_create(p, stun) == len);
    assert(ngx_secmeet_stun_parse(&again, p, p + len) == NGX_OK);
    fuzz_same(stun, &again);

    total = len + NGX_SECMEET_STUN_FINGERPRINT;
    p = realloc(p, total);
    crc = p + len;

    ngx_secmeet_write_uint16(p + 2, total - NGX_SECMEET_STUN_HEADER);
    ngx_secmeet_write_uint32(crc, 0x80280004);
    ngx_secmeet_write_uint32(crc + 4, ngx_secmeet_stun_crc(p, len));

    assert(ngx_secmeet_stun_parse(&again, p, p + total) == NGX_OK);
    assert(again.fingerprint == crc);

    crc[7] ^= 1;
    assert(ngx_secmeet_stun_parse(&again, p, p + total) == NGX_DECLINED);

    free(p);
}


static void
fuzz_same(ngx_secmeet_stun_t *a, ngx_secmeet_stun_t *b)
{
    assert(a->type == b->type);
    assert(memcmp(a->id, b->id, 12) == 0);
    assert(a->has_username == b->has_username);
    assert(a->username.len == b->username.len);
    assert(a->username.len == 0
           || memcmp(a->username.data, b->username.data, a->username.len)
              == 0);
    assert(a->has_priority == b->has_priority);
    assert(a->priority == b->priority);
    assert(a->controlling == b->controlling);
    assert(a->controlled == b->controlled);
    assert(a->tie_breaker == b->tie_breaker);
    assert(a->use_candidate == b->use_candidate);
    assert(a->error == b->error);
    assert(a->mapped.len == b->mapped.len);
    assert(memcmp(&a->mapped.sa, &b->mapped.sa, a->mapped.len) == 0);
}
