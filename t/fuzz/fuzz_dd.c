
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Dependency descriptors, one after the other, each after a byte with its
 * length.  What is not understood changes nothing, and what a descriptor
 * says by itself is the same whatever came before it.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "wire/ngx_secmeet_dd.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_one(ngx_secmeet_dd_t *dd, u_char *p, size_t len);
static void fuzz_alone(ngx_secmeet_payload_t *payload, u_char *p, size_t len);
static void fuzz_structure(ngx_secmeet_dd_t *dd);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t             len;
    u_char            *p;
    ngx_secmeet_dd_t   dd;

    memset(&dd, 0, sizeof(dd));

    while (size) {
        len = *data++;
        size--;
        len = ngx_min(len, size);

        /* exactly as long, so that reading past it is seen */

        p = malloc(len);
        memcpy(p, data, len);

        fuzz_one(&dd, p, len);

        free(p);

        data += len;
        size -= len;
    }

    return 0;
}


static void
fuzz_one(ngx_secmeet_dd_t *dd, u_char *p, size_t len)
{
    ngx_int_t              rc;
    ngx_secmeet_dd_t       before;
    ngx_secmeet_payload_t  payload;

    before = *dd;

    memset(&payload, 0, sizeof(payload));
    payload.key = 1;

    rc = ngx_secmeet_dd_parse(dd, &payload, p, p + len);

    assert(rc == NGX_OK || rc == NGX_DONE || rc == NGX_DECLINED);
    assert((rc == NGX_DECLINED) == (len < 3));
    assert(rc == NGX_OK || memcmp(dd, &before, sizeof(before)) == 0);
    assert((rc == NGX_OK) == payload.has_sid);
    assert((rc == NGX_OK) == payload.has_tid);
    assert(rc == NGX_OK || payload.key);
    assert(!payload.has_sid || payload.key == (payload.sid == 0));

    fuzz_structure(dd);

    if (rc == NGX_DECLINED) {
        assert(!payload.has_picture_id);
        return;
    }

    assert(payload.has_picture_id && payload.wide_picture_id);

    fuzz_alone(&payload, p, len);
}


static void
fuzz_alone(ngx_secmeet_payload_t *payload, u_char *p, size_t len)
{
    u_char                 *copy;
    ngx_uint_t              facts;
    ngx_secmeet_payload_t   again;

    memset(&again, 0, sizeof(again));

    assert(ngx_secmeet_dd_parse(NULL, &again, p, p + len) == NGX_DONE);

    assert(again.picture_id == payload->picture_id);
    assert(again.start == payload->start);
    assert(again.end == payload->end);
    assert(!again.has_sid && !again.has_tid);

    facts = ngx_secmeet_dd_facts(payload);
    assert(facts <= 255);

    ngx_secmeet_dd_restore(&again, facts);

    assert(again.has_sid == payload->has_sid && again.sid == payload->sid);
    assert(again.has_tid == payload->has_tid && again.tid == payload->tid);

    /* another number, and back */

    copy = malloc(len);
    memcpy(copy, p, len);

    ngx_secmeet_dd_rewrite(copy, payload->picture_id ^ 0xa5c3);
    assert(ngx_secmeet_dd_parse(NULL, &again, copy, copy + len) == NGX_DONE);
    assert(again.picture_id == (payload->picture_id ^ 0xa5c3));

    ngx_secmeet_dd_rewrite(copy, payload->picture_id);
    assert(memcmp(copy, p, len) == 0);

    free(copy);
}


static void
fuzz_structure(ngx_secmeet_dd_t *dd)
{
    ngx_uint_t  i;

    assert(dd->n <= NGX_SECMEET_DD_TEMPLATES);
    assert(dd->ntargets <= NGX_SECMEET_DD_TARGETS);
    assert(dd->nsids <= NGX_SECMEET_DD_SIDS);
    assert(dd->first < NGX_SECMEET_DD_TEMPLATES);
    assert(dd->width <= 65536 && dd->height <= 65536);

    for (i = 0; i < dd->n; i++) {
        assert(dd->templates[i].sid < dd->nsids);
    }
}
