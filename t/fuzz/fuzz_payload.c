
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Payload descriptors: every input as every codec.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "wire/ngx_secmeet_payload.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_one(ngx_secmeet_codec_e codec, u_char *p, size_t len);


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
}
