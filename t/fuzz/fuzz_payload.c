
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Payload descriptors: every input as every codec.  With other numbers put
 * in, it says the same but for them, and nothing behind it has changed.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "wire/ngx_secmeet_payload.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_one(ngx_secmeet_codec_e codec, u_char *p, size_t len);
static void fuzz_rewrite(ngx_secmeet_codec_e codec,
    ngx_secmeet_payload_t *payload, u_char *p, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char               *p;
    ngx_secmeet_codec_e   codec;

    p = malloc(size);
    memcpy(p, data, size);

    for (codec = NGX_SECMEET_CODEC_NONE;
         codec <= NGX_SECMEET_CODEC_AV1;
         codec++)
    {
        fuzz_one(codec, p, size);
    }

    free(p);

    return 0;
}


static void
fuzz_one(ngx_secmeet_codec_e codec, u_char *p, size_t len)
{
    ngx_int_t              rc;
    ngx_secmeet_payload_t  payload;

    rc = ngx_secmeet_payload_parse(&payload, codec, p, p + len);

    assert(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_DECLINED) {
        return;
    }

    assert(codec != NGX_SECMEET_CODEC_NONE);
    assert(payload.picture_id <= 0x7fff);
    assert(payload.has_picture_id || payload.picture_id == 0);
    assert(payload.tl0picidx <= 255);
    assert(payload.has_tl0picidx || payload.tl0picidx == 0);
    assert(payload.tid <= 7);
    assert(payload.has_tid || payload.tid == 0);
    assert(payload.sid <= 7);
    assert(payload.has_sid || payload.sid == 0);

    if (codec == NGX_SECMEET_CODEC_VP8 || codec == NGX_SECMEET_CODEC_VP9) {
        assert(payload.descriptor > 0 && payload.descriptor < len);
        assert(payload.start || !payload.key);
    }

    assert(payload.has_picture_id || !payload.long_picture_id);
    assert(payload.has_tid || !payload.sync);
    assert(payload.has_sid || !payload.inter_layer);
    assert(payload.layers <= 8);
    assert(payload.width <= 0xffff && payload.height <= 0xffff);
    assert(codec == NGX_SECMEET_CODEC_VP9
           || (!payload.end && !payload.inter_picture && !payload.layers));

    fuzz_rewrite(codec, &payload, p, len);
}


static void
fuzz_rewrite(ngx_secmeet_codec_e codec, ngx_secmeet_payload_t *payload,
    u_char *p, size_t len)
{
    u_char                 *copy;
    ngx_uint_t              id, idx;
    ngx_secmeet_payload_t   again;

    /* exactly as long, so that writing past it is seen */

    copy = malloc(len);
    memcpy(copy, p, len);

    id = (len ? p[len - 1] : 0) * 0x0101 + 1;
    idx = id ^ 0x5a;

    ngx_secmeet_payload_rewrite(copy, payload, codec, id, idx);

    assert(memcmp(copy + payload->descriptor, p + payload->descriptor,
                  len - payload->descriptor)
           == 0);
    assert(ngx_secmeet_payload_parse(&again, codec, copy, copy + len)
           == NGX_OK);

    if (payload->has_picture_id) {
        assert(again.picture_id
               == (id & (payload->long_picture_id ? 0x7fff : 0x7f)));
    }

    if (payload->has_tl0picidx) {
        assert(again.tl0picidx == (idx & 0xff));
    }

    /* and back */

    ngx_secmeet_payload_rewrite(copy, payload, codec, payload->picture_id,
                                payload->tl0picidx);
    assert(memcmp(copy, p, len) == 0);

    again.picture_id = payload->picture_id;
    again.tl0picidx = payload->tl0picidx;
    assert(memcmp(&again, payload, sizeof(ngx_secmeet_payload_t)) == 0);

    free(copy);
}
