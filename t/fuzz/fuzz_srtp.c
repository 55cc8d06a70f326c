
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Two ends of SRTP.  Input: a byte for the profile, then steps of an action,
 * a length and as many bytes.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <stdlib.h>
#include "crypto/ngx_secmeet_srtp.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void step(int action, const uint8_t *data, size_t len);
static void forged(int is_rtcp, const uint8_t *data, size_t len);
static void sent(int is_rtcp, const uint8_t *data, size_t len);
static void ssrc(int action, const uint8_t *data, size_t len);


static ngx_secmeet_srtp_t  *out, *in;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                   len;
    const uint8_t           *end;
    ngx_secmeet_dtls_keys_t  keys;

    static int     ready;
    static size_t  lens[] = { 28, 44, 30 };

    if (!ready++) {
        (void) ngx_secmeet_srtp_init();
    }

    if (size == 0) {
        return 0;
    }

    memset(&keys, 7, sizeof(keys));
    keys.profile = 1 + data[0] % 3;
    keys.len = lens[data[0] % 3];

    out = ngx_secmeet_srtp_create(&keys);
    in = ngx_secmeet_srtp_create(&keys);

    end = data + size;
    data++;

    while (end - data >= 2) {
        len = ngx_min(data[1], end - data - 2);
        step(data[0] % 8, data + 2, len);
        data += 2 + len;
    }

    ngx_secmeet_srtp_free(out);
    ngx_secmeet_srtp_free(in);

    return 0;
}


static void
step(int action, const uint8_t *data, size_t len)
{
    switch (action) {

    case 0:
    case 1:
        forged(action, data, len);
        break;

    case 2:
    case 3:
        sent(action - 2, data, len);
        break;

    default:
        ssrc(action - 4, data, len);
    }
}


/* what was not made by the other end is never taken */

static void
forged(int is_rtcp, const uint8_t *data, size_t len)
{
    u_char     *p;
    size_t      n;
    ngx_int_t   rc;

    p = malloc(len ? len : 1);
    memcpy(p, data, len);
    n = len;

    if (!is_rtcp) {
        (void) ngx_secmeet_srtp_test(in, p, len);

        if (memcmp(p, data, len) != 0) {
            abort();
        }
    }

    rc = is_rtcp ? ngx_secmeet_srtp_unprotect_rtcp(in, p, &n)
                 : ngx_secmeet_srtp_unprotect(in, p, &n);

    if (rc == NGX_OK || rc == NGX_ERROR || n != len) {
        abort();
    }

    free(p);
}


/* what was is, once, as it was, or not at all */

static void
sent(int is_rtcp, const uint8_t *data, size_t len)
{
    u_char     *p, *q;
    size_t      n, m;
    ngx_int_t   rc;

    p = malloc(len + NGX_SECMEET_SRTP_TRAILER);
    memcpy(p, data, len);
    n = len;

    rc = is_rtcp ? ngx_secmeet_srtp_protect_rtcp(out, p, &n)
                 : ngx_secmeet_srtp_protect(out, p, &n);

    if (rc != NGX_OK) {
        free(p);
        return;
    }

    if (n > len + NGX_SECMEET_SRTP_TRAILER) {
        abort();
    }

    if (!is_rtcp) {
        (void) ngx_secmeet_srtp_test(in, p, n);
    }

    q = malloc(n);
    memcpy(q, p, n);
    m = n;

    rc = is_rtcp ? ngx_secmeet_srtp_unprotect_rtcp(in, q, &m)
                 : ngx_secmeet_srtp_unprotect(in, q, &m);

    if (rc == NGX_OK && (m != len || memcmp(q, data, len) != 0)) {
        abort();
    }

    if (rc == NGX_OK) {
        m = n;

        rc = is_rtcp ? ngx_secmeet_srtp_unprotect_rtcp(in, p, &m)
                     : ngx_secmeet_srtp_unprotect(in, p, &m);

        if (rc != NGX_DONE) {
            abort();
        }
    }

    free(p);
    free(q);
}


static void
ssrc(int action, const uint8_t *data, size_t len)
{
    uint32_t  n;

    n = 0;
    memcpy(&n, data, ngx_min(len, 4));
    n = ntohl(n);

    switch (action) {

    case 0:
        (void) ngx_secmeet_srtp_add_out(out, n);
        break;

    case 1:
        (void) ngx_secmeet_srtp_add_in(in, n);
        break;

    case 2:
        ngx_secmeet_srtp_remove_out(out, n);
        break;

    default:
        ngx_secmeet_srtp_remove_in(in, n);
    }
}
