
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Eight bytes a step: what to do and how much time passes; a packet's layer,
 * sequence number, timestamp and what its payload tells.  No number goes out
 * for two packets or with other bytes, also where numbers go round; none
 * leaps further than SRTP can follow; what is found is what was sent; after
 * a switch all goes on from a packet where a receiver can begin.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "engine/ngx_secmeet_index.h"
#include "engine/ngx_secmeet_rewrite.h"
#include "rewrite_keys.h"


#define STEP  8


typedef struct {
    ngx_secmeet_rewrite_t       rw;
    ngx_secmeet_rewrite_step_t  steps[NGX_SECMEET_REWRITE_VIDEO];
    ngx_secmeet_index_t         index[NGX_SECMEET_REWRITE_LAYERS];
    uint16_t                    seq[NGX_SECMEET_REWRITE_LAYERS];
    uint32_t                    timestamp[NGX_SECMEET_REWRITE_LAYERS];
    ngx_uint_t                  source;
    ngx_uint_t                  video;
    ngx_secmeet_usec_t          now;
} fuzz_t;


static void fuzz_init(fuzz_t *fz, const uint8_t *p);
static void fuzz_source(fuzz_t *fz, ngx_uint_t value);
static void fuzz_step(fuzz_t *fz, const uint8_t *p);
static void fuzz_packet(fuzz_t *fz, const uint8_t *p);
static void fuzz_payload(ngx_secmeet_payload_t *payload, const uint8_t *p);
static void fuzz_check(fuzz_t *fz, ngx_secmeet_rewrite_in_t *in,
    ngx_secmeet_rewrite_t *old, ngx_secmeet_rewrite_out_t *out,
    ngx_int_t rc);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t  n;
    fuzz_t  fz;

    if (size < STEP) {
        return 0;
    }

    keys_init();
    fuzz_init(&fz, data);

    for (n = STEP; n + STEP <= size; n += STEP) {
        fuzz_step(&fz, data + n);
    }

    return 0;
}


static void
fuzz_init(fuzz_t *fz, const uint8_t *p)
{
    ngx_secmeet_rewrite_out_t  out;

    memset(fz, 0, sizeof(fuzz_t));

    out.seq = p[1] << 8 | p[2];
    out.timestamp = (uint32_t) p[3] << 24;
    out.picture_id = p[4] << 7;
    out.tl0picidx = p[5];
    out.marker = 0;

    fz->video = p[0] & 1;
    fz->now = p[6];

    ngx_secmeet_rewrite_init(&fz->rw, fz->video ? 90000 : 48000, &out,
                             fz->steps, p[0] & 2 ? 8 : 128);
    fuzz_source(fz, p[7]);
}


/* numbers of a source begin anywhere, also shortly before they go round */

static void
fuzz_source(fuzz_t *fz, ngx_uint_t value)
{
    ngx_uint_t  i;

    fz->source++;

    for (i = 0; i < NGX_SECMEET_REWRITE_LAYERS; i++) {
        ngx_secmeet_index_init(&fz->index[i]);

        if (value & (1 << i)) {
            fz->index[i].started = 1;
            fz->index[i].highest = 0 - (uint32_t) (value & 0xf0);
        }

        fz->seq[i] = (uint16_t) fz->index[i].highest;
        fz->timestamp[i] = (uint32_t) value << 24;
    }
}


static void
fuzz_step(fuzz_t *fz, const uint8_t *p)
{
    fz->now += (ngx_secmeet_usec_t) (p[1] & 0x1f) << (p[0] >> 5) * 3;

    switch (p[0] & 0x1f) {

    case 0:
        fuzz_source(fz, p[2]);
        ngx_secmeet_rewrite_switch(&fz->rw);
        break;

    case 1:
        /* the same source after a pause */
        fz->source++;
        ngx_secmeet_rewrite_switch(&fz->rw);
        break;

    case 2:
        ngx_secmeet_rewrite_align(&fz->rw, p[2] & 7,
                                  (uint32_t) p[3] << 24 | p[4] << 8);
        break;

    case 3:
    case 4:
        ngx_secmeet_rewrite_target(&fz->rw, p[2] & 7, p[3] & 7, p[4] & 7);
        break;

    case 5:
        assert(keys_again(&fz->rw, fz->source, p[2] << 8 | p[3]));
        break;

    case 6:
        assert(keys_again(&fz->rw, fz->source, keys_highest - p[2]));
        break;

    default:
        fuzz_packet(fz, p);
        break;
    }
}


static void
fuzz_packet(fuzz_t *fz, const uint8_t *p)
{
    uint16_t                   seq;
    ngx_int_t                  rc;
    ngx_uint_t                 layer, reset;
    ngx_secmeet_payload_t      payload;
    ngx_secmeet_rewrite_t      old;
    ngx_secmeet_rewrite_in_t   in;
    ngx_secmeet_rewrite_out_t  out;

    layer = p[1] >> 6;

    /* mostly small steps; leaps of a quarter round by the upper bits */

    seq = fz->seq[layer] + (uint16_t) (int8_t) p[2];

    if (p[0] & 0x10 && p[7] & 0x40) {
        seq += (uint16_t) (p[7] << 8);
    }

    if (ngx_secmeet_index_input(&fz->index[layer], seq, &in.number)
        != NGX_OK)
    {
        return;
    }

    fuzz_payload(&payload, p);

    fz->seq[layer] = (uint16_t) fz->index[layer].highest;
    fz->timestamp[layer] += (int8_t) p[3] * 100;

    in.layer = layer;
    in.seq = seq;
    in.timestamp = fz->timestamp[layer];
    in.payload = fz->video && (p[7] & 0x20) == 0 ? &payload : NULL;
    in.marker = p[7] & 1;
    in.video = fz->video;

    old = fz->rw;

    rc = ngx_secmeet_rewrite_input(&fz->rw, &in, &out, fz->now);

    /* it has begun anew by itself: what was before is of another source */

    reset = old.running
            && (!fz->rw.running
                || (fz->rw.count == 1 && fz->rw.held == 0 && rc == NGX_OK
                    && fz->steps[fz->rw.newest].number == in.number));

    if (reset) {
        fz->source++;
        old.running = 0;
    }

    if (rc != NGX_DECLINED) {
        fuzz_check(fz, &in, &old, &out, rc);
    }
}


static void
fuzz_payload(ngx_secmeet_payload_t *payload, const uint8_t *p)
{
    memset(payload, 0, sizeof(ngx_secmeet_payload_t));

    payload->start = p[4] & 1;
    payload->key = p[4] >> 1 & 1;
    payload->sync = p[4] >> 2 & 1;
    payload->end = p[4] >> 3 & 1;
    payload->inter_picture = p[4] >> 4 & 1;
    payload->has_picture_id = p[4] >> 5 & 1;
    payload->has_tl0picidx = p[4] >> 6 & 1;
    payload->has_tid = p[4] >> 7 & 1;
    payload->has_sid = p[5] & 1;
    payload->long_picture_id = p[5] >> 1 & 1;

    payload->tid = payload->has_tid ? p[5] >> 2 & 7 : 0;
    payload->sid = payload->has_sid ? p[5] >> 5 & 7 : 0;
    payload->tl0picidx = payload->has_tl0picidx ? p[7] : 0;

    if (payload->has_picture_id) {
        payload->picture_id = payload->long_picture_id ? p[6] << 7 | p[7] >> 1
                                                       : p[6] & 0x7f;

        if (payload->long_picture_id && p[7] & 1) {
            payload->wide_picture_id = 1;
            payload->picture_id = p[6] << 8 | p[7];
        }
    }
}


static void
fuzz_check(fuzz_t *fz, ngx_secmeet_rewrite_in_t *in,
    ngx_secmeet_rewrite_t *old, ngx_secmeet_rewrite_out_t *out, ngx_int_t rc)
{
    uint32_t    number;
    ngx_uint_t  layer;

    assert(keys_add(fz->source, rc, in, out));

    assert(ngx_secmeet_rewrite_find(&fz->rw, out->seq, &layer, &number)
           == NGX_OK);
    assert(layer == in->layer && number == in->number);
    assert(keys_again(&fz->rw, fz->source, out->seq));

    assert((int32_t) (fz->rw.timestamp - old->timestamp) >= 0);

    if (old->running) {
        return;
    }

    assert(rc == NGX_OK);
    assert(out->seq == (uint16_t) (old->sent + 1));
    assert(in->layer <= fz->rw.want_layer);
    assert(!in->video || (in->payload->start && in->payload->key));

    if (old->started) {
        assert((int32_t) (out->timestamp - old->timestamp) > 0);

    } else {
        assert(out->timestamp == old->timestamp);
    }
}
