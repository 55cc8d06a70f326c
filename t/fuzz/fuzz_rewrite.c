
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Six bytes a step: what to do, how much time passes, a sequence number, a
 * timestamp.  What goes out is never numbered twice for two packets of one
 * source, never goes back over a switch, and can be found again.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_rewrite.h"


#define STEP  6


static void check(ngx_secmeet_rewrite_t *rw, ngx_secmeet_rewrite_t *old,
    ngx_secmeet_rewrite_out_t *out, uint16_t seq);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t                   seq;
    uint32_t                   timestamp;
    ngx_secmeet_usec_t         now;
    ngx_secmeet_rewrite_t      rw, old;
    ngx_secmeet_rewrite_out_t  out;

    if (size < STEP) {
        return 0;
    }

    ngx_secmeet_rewrite_init(&rw, data[0] & 1 ? 90000 : 48000,
                             data[1] << 8 | data[2],
                             (uint32_t) data[3] << 24 | data[4]);
    now = data[5];

    for (data += STEP; size >= 2 * STEP; data += STEP, size -= STEP) {

        now += (ngx_secmeet_usec_t) data[1] << (data[0] >> 2);
        seq = data[2] << 8 | data[3];
        timestamp = (uint32_t) data[4] << 24 | data[5] << 8;

        if (data[0] & 1) {
            ngx_secmeet_rewrite_switch(&rw);
        }

        old = rw;

        if (ngx_secmeet_rewrite_input(&rw, seq, timestamp, &out, now)
            == NGX_OK)
        {
            check(&rw, &old, &out, seq);

        } else if (!old.running || memcmp(&rw, &old, sizeof(rw)) != 0) {
            abort();
        }
    }

    return 0;
}


static void
check(ngx_secmeet_rewrite_t *rw, ngx_secmeet_rewrite_t *old,
    ngx_secmeet_rewrite_out_t *out, uint16_t seq)
{
    uint16_t  in;

    if (ngx_secmeet_rewrite_find(rw, out->seq, &in) != NGX_OK || in != seq) {
        abort();
    }

    if (old->running && (uint16_t) (out->seq - seq) != old->seq_offset) {
        abort();
    }

    if (!old->running && out->seq != (uint16_t) (old->last + 1)) {
        abort();
    }

    if (!old->running
        && old->started
        && (int32_t) (out->timestamp - old->last_timestamp) <= 0)
    {
        abort();
    }

    if ((int16_t) (rw->last - old->last) < 0) {
        abort();
    }
}
