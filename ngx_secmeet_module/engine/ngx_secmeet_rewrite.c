
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_rewrite.h"
#include "ngx_secmeet_rewrite_step.h"


/* a longer pause would look like a step back */
#define NGX_SECMEET_REWRITE_PAUSE     0x7fffffff

/* so many packets left out in a row end what was before them */
#define NGX_SECMEET_REWRITE_HOLE      0x10000


static void ngx_secmeet_rewrite_reset(ngx_secmeet_rewrite_t *rw);
static ngx_int_t ngx_secmeet_rewrite_start(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_rewrite_other(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_rewrite_late(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_rewrite_leaps(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_step_t *step, ngx_secmeet_rewrite_in_t *in);
static ngx_uint_t ngx_secmeet_rewrite_key(ngx_secmeet_rewrite_in_t *in);
static void ngx_secmeet_rewrite_begin(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now);
static uint32_t ngx_secmeet_rewrite_time(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_usec_t now);
static void ngx_secmeet_rewrite_adapt(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in);
static ngx_uint_t ngx_secmeet_rewrite_adapt_tid(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_payload_t *payload);
static void ngx_secmeet_rewrite_leave(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, uint32_t out);
static void ngx_secmeet_rewrite_sent(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, uint32_t number,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_usec_t now);
static void ngx_secmeet_rewrite_ids(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_payload_t *p, ngx_secmeet_rewrite_out_t *out);


void
ngx_secmeet_rewrite_init(ngx_secmeet_rewrite_t *rw, uint32_t clock,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_rewrite_step_t *steps,
    ngx_uint_t n)
{
    ngx_memzero(rw, sizeof(ngx_secmeet_rewrite_t));

    rw->steps = steps;
    rw->nsteps = (uint16_t) n;
    rw->clock = clock;

    rw->sent = (uint16_t) (out->seq - 1);
    rw->last = rw->sent;
    rw->timestamp = out->timestamp;
    rw->picture_id = (out->picture_id - 1) & NGX_SECMEET_REWRITE_LONG;
    rw->frame = rw->picture_id;
    rw->tl0picidx = (u_char) (out->tl0picidx - 1);

    rw->want_sid = NGX_SECMEET_REWRITE_ALL;
    rw->want_tid = NGX_SECMEET_REWRITE_ALL;
}


void
ngx_secmeet_rewrite_target(ngx_secmeet_rewrite_t *rw, ngx_uint_t layer,
    ngx_uint_t sid, ngx_uint_t tid)
{
    rw->want_layer = ngx_min(layer, NGX_SECMEET_REWRITE_LAYERS - 1);
    rw->want_sid = ngx_min(sid, NGX_SECMEET_REWRITE_ALL);
    rw->want_tid = ngx_min(tid, NGX_SECMEET_REWRITE_ALL);

    /* known again once a packet tells it */
    rw->higher = 0;
}


void
ngx_secmeet_rewrite_switch(ngx_secmeet_rewrite_t *rw)
{
    ngx_secmeet_rewrite_reset(rw);

    rw->aligned = 0;
}


static void
ngx_secmeet_rewrite_reset(ngx_secmeet_rewrite_t *rw)
{
    rw->running = 0;
    rw->count = 0;
    rw->held = 0;
    rw->based = 0;
    rw->higher = 0;
}


ngx_int_t
ngx_secmeet_rewrite_waits(ngx_secmeet_rewrite_t *rw, ngx_uint_t *layer)
{
    if (rw->running && rw->layer == rw->want_layer && !rw->higher) {
        return NGX_DONE;
    }

    *layer = rw->want_layer;

    return NGX_OK;
}


/*
 * The base stays over a switch of layer whose timestamp could not be what
 * it should, so that the next one is right again.
 */

void
ngx_secmeet_rewrite_align(ngx_secmeet_rewrite_t *rw, ngx_uint_t layer,
    uint32_t offset)
{
    ngx_uint_t  bit;

    if (layer >= NGX_SECMEET_REWRITE_LAYERS) {
        return;
    }

    bit = 1 << layer;

    if (rw->running && rw->layer == layer) {

        if (!rw->based) {
            rw->base = ngx_secmeet_rewrite_newest(rw)->timestamp + offset;
            rw->based = 1;

        } else if (rw->aligned & bit) {

            /* the clocks drift, and what is sent goes with the layer's */

            rw->base += offset - rw->align[layer];
        }
    }

    rw->align[layer] = offset;
    rw->aligned |= bit;
}


ngx_int_t
ngx_secmeet_rewrite_input(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now)
{
    uint32_t                     number;
    ngx_secmeet_rewrite_step_t  *step;

    if (in->layer >= NGX_SECMEET_REWRITE_LAYERS) {
        return NGX_DECLINED;
    }

    if (!rw->running) {
        return ngx_secmeet_rewrite_start(rw, in, out, now);
    }

    if (in->layer != rw->layer) {
        return ngx_secmeet_rewrite_other(rw, in, out, now);
    }

    if ((int32_t) (in->number - rw->number) <= 0) {
        return ngx_secmeet_rewrite_late(rw, in, out, now);
    }

    step = ngx_secmeet_rewrite_newest(rw);
    number = step->out + (in->number - step->number);

    if (number - rw->sent > NGX_SECMEET_REWRITE_GAP) {
        ngx_secmeet_rewrite_reset(rw);
        return ngx_secmeet_rewrite_start(rw, in, out, now);
    }

    if (in->video && in->payload) {
        ngx_secmeet_rewrite_adapt(rw, in);

        step = ngx_secmeet_rewrite_newest(rw);

        if (!ngx_secmeet_rewrite_wanted(step, in)) {
            ngx_secmeet_rewrite_leave(rw, in, number);
            return NGX_DECLINED;
        }

        if (ngx_secmeet_rewrite_leaps(rw, step, in)) {
            ngx_secmeet_rewrite_reset(rw);
            return ngx_secmeet_rewrite_start(rw, in, out, now);
        }
    }

    rw->number = in->number;
    rw->in_timestamp = in->timestamp;
    rw->last = number;

    if (number - step->out > 2 * NGX_SECMEET_REWRITE_WINDOW) {
        ngx_secmeet_rewrite_trim(rw);
    }

    ngx_secmeet_rewrite_create(step, in, number, out);
    ngx_secmeet_rewrite_sent(rw, in, number, out, now);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_rewrite_start(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now)
{
    if (!ngx_secmeet_rewrite_key(in) || in->layer > rw->want_layer) {
        return NGX_DECLINED;
    }

    /* numbers that were kept free and never sent are free again */

    rw->last = rw->sent;

    ngx_secmeet_rewrite_begin(rw, in, out, now);

    return NGX_OK;
}


/* a packet of a layer that is not sent now */

static ngx_int_t
ngx_secmeet_rewrite_other(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now)
{
    uint32_t    ahead;
    ngx_uint_t  bit;

    bit = 1 << in->layer;

    if (rw->held & bit) {
        ahead = in->number - rw->ends[in->layer];

        if ((int32_t) ahead <= 0) {
            return ngx_secmeet_rewrite_late(rw, in, out, now);
        }

        /* long before its numbers go round */

        if (ahead > NGX_SECMEET_REWRITE_WINDOW) {
            ngx_secmeet_rewrite_forget(rw, in->layer);
        }
    }

    if (in->layer != rw->want_layer || !ngx_secmeet_rewrite_key(in)) {
        return NGX_DECLINED;
    }

    rw->ends[rw->layer] = rw->number;
    rw->held |= 1 << rw->layer;

    ngx_secmeet_rewrite_begin(rw, in, out, now);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_rewrite_late(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now)
{
    uint32_t                     number;
    ngx_secmeet_rewrite_step_t  *step;

    step = ngx_secmeet_rewrite_lookup(rw, in, &number);

    if (step == NULL) {
        return NGX_DECLINED;
    }

    /* an empty packet in its place would be another one under its number */

    if (ngx_secmeet_rewrite_leaps(rw, step, in)) {
        ngx_secmeet_rewrite_reset(rw);
        return NGX_DECLINED;
    }

    ngx_secmeet_rewrite_create(step, in, number, out);

    if (!ngx_secmeet_rewrite_wanted(step, in)) {

        if ((int32_t) (number - rw->sent) > 0) {
            rw->sent = number;
        }

        return NGX_DONE;
    }

    ngx_secmeet_rewrite_sent(rw, in, number, out, now);

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_rewrite_leaps(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_step_t *step, ngx_secmeet_rewrite_in_t *in)
{
    int16_t  ahead;

    if (!in->video || in->payload == NULL || !in->payload->wide_picture_id
        || !ngx_secmeet_rewrite_wanted(step, in))
    {
        return 0;
    }

    ahead = (int16_t) (in->payload->picture_id + step->picture_id
                       - rw->frame);

    return ahead > NGX_SECMEET_REWRITE_FRAMES
           || ahead < -NGX_SECMEET_REWRITE_FRAMES;
}


/* whether a receiver can begin with this packet */

static ngx_uint_t
ngx_secmeet_rewrite_key(ngx_secmeet_rewrite_in_t *in)
{
    return !in->video
           || (in->payload && in->payload->start && in->payload->key);
}


static void
ngx_secmeet_rewrite_begin(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_usec_t now)
{
    uint32_t                     timestamp;
    ngx_secmeet_payload_t       *p;
    ngx_secmeet_rewrite_step_t  *step;

    timestamp = ngx_secmeet_rewrite_time(rw, in, now);
    p = in->video ? in->payload : NULL;

    rw->layer = in->layer;
    rw->sid = rw->want_sid;
    rw->tid = rw->want_tid;
    rw->left = 0;
    rw->higher = 0;

    if (p && p->has_sid && p->sid > rw->sid) {
        rw->sid = p->sid;
    }

    if (p && p->has_tid && p->tid > rw->tid) {
        rw->tid = p->tid;
    }

    step = ngx_secmeet_rewrite_step(rw, in->number, rw->last + 1);

    step->timestamp = timestamp - in->timestamp;
    step->picture_id = 0;
    step->tl0picidx = 0;
    step->layer = rw->layer;
    step->sid = rw->sid;
    step->tid = rw->tid;
    step->gone = 0;

    if (p && p->wide_picture_id) {
        step->picture_id = (uint16_t) (rw->frame - p->picture_id
                           + (rw->started ? NGX_SECMEET_REWRITE_APART : 1));

    } else if (p && p->has_picture_id) {
        step->picture_id = (uint16_t) (rw->picture_id + 1 - p->picture_id);
    }

    if (p && p->has_tl0picidx) {
        step->tl0picidx = (u_char) (rw->tl0picidx + 1 - p->tl0picidx);
    }

    if (!rw->based && rw->aligned & (1 << rw->layer)) {
        rw->base = step->timestamp + rw->align[rw->layer];
        rw->based = 1;
    }

    rw->started = 1;
    rw->running = 1;

    rw->number = in->number;
    rw->in_timestamp = in->timestamp;
    rw->last++;
    rw->timestamp = timestamp;
    rw->time = now;

    ngx_secmeet_rewrite_create(step, in, rw->last, out);
    ngx_secmeet_rewrite_sent(rw, in, rw->last, out, now);
}


/*
 * The timestamp of the packet with which a source or layer begins: by the
 * layer's clock where it is known and not far from ours, never a step back.
 */

static uint32_t
ngx_secmeet_rewrite_time(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_usec_t now)
{
    int64_t             ahead;
    uint64_t            ticks;
    ngx_secmeet_usec_t  passed;

    if (!rw->started) {
        return rw->timestamp;
    }

    passed = (now > rw->time) ? now - rw->time : 0;

    ticks = passed / 1000000 * rw->clock
            + passed % 1000000 * rw->clock / 1000000;

    ticks = ngx_min(ticks, NGX_SECMEET_REWRITE_PAUSE);

    if (rw->based && rw->aligned & (1 << in->layer)) {
        ahead = (int32_t) (in->timestamp + rw->base - rw->align[in->layer]
                           - rw->timestamp);

        if (ahead - (int64_t) ticks <= (int64_t) rw->clock
            && (int64_t) ticks - ahead <= (int64_t) rw->clock)
        {
            ticks = ngx_max(ahead, 0);
        }
    }

    return rw->timestamp + (uint32_t) ngx_max(ticks, 1);
}


/* what is wished takes effect where it can */

static void
ngx_secmeet_rewrite_adapt(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in)
{
    ngx_uint_t                   sid, tid, begins;
    ngx_secmeet_payload_t       *p;
    ngx_secmeet_rewrite_step_t  *step;

    if (rw->tid == rw->want_tid && rw->sid == rw->want_sid) {
        return;
    }

    p = in->payload;
    sid = rw->sid;
    tid = rw->tid;

    /* no packet that may still come is of this picture and before this one */

    begins = in->timestamp != rw->in_timestamp
             && (in->number == rw->number + 1
                 || (p->start && (!p->has_sid || p->sid == 0)));

    if (begins && p->start && p->key) {
        sid = rw->want_sid;
        tid = rw->want_tid;

    } else if (begins) {
        sid = ngx_min(sid, rw->want_sid);
        tid = ngx_secmeet_rewrite_adapt_tid(rw, p);
    }

    /* RFC 9628, 4.2.  P is 0: needs only the layer below of this picture */

    if (sid < rw->want_sid && p->has_sid && p->sid == sid + 1 && p->start
        && !p->inter_picture && p->tid <= tid)
    {
        sid = p->sid;
    }

    if (sid == rw->sid && tid == rw->tid) {
        return;
    }

    rw->sid = sid;
    rw->tid = tid;

    if (sid == rw->want_sid) {
        rw->higher = 0;
    }

    step = ngx_secmeet_rewrite_newest(rw);
    step = ngx_secmeet_rewrite_step(rw, in->number,
                                  step->out + (in->number - step->number));
    step->sid = sid;
    step->tid = tid;
}


/*
 * RFC 7741, 4.2: a frame with Y refers to none above TID 0, so the next
 * higher tid may begin with it.  RFC 9628, 4.2: after a picture with U all
 * higher ones refer to nothing higher of before it.
 */

static ngx_uint_t
ngx_secmeet_rewrite_adapt_tid(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_payload_t *payload)
{
    if (rw->tid >= rw->want_tid) {
        return rw->want_tid;
    }

    if (!payload->sync || !payload->has_tid) {
        return rw->tid;
    }

    if (payload->has_sid) {
        return payload->tid <= rw->tid ? rw->want_tid : rw->tid;
    }

    return payload->tid == (ngx_uint_t) rw->tid + 1 ? payload->tid : rw->tid;
}


/* out is the number that it would have had: the next packet gets it */

static void
ngx_secmeet_rewrite_leave(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, uint32_t out)
{
    ngx_secmeet_payload_t       *p;
    ngx_secmeet_rewrite_out_t    ids;
    ngx_secmeet_rewrite_step_t  *step, *former;

    p = in->payload;
    step = ngx_secmeet_rewrite_newest(rw);

    if (step->number == in->number) {
        step->number++;

        /* numbers must not come round to those of the step before */

        if (rw->count > 1) {
            former = &rw->steps[(rw->newest - 1) & (rw->nsteps - 1)];

            if (step->number - former->number - (step->out - former->out)
                > NGX_SECMEET_REWRITE_HOLE)
            {
                rw->count = 1;
            }
        }

    } else {
        step = ngx_secmeet_rewrite_step(rw, in->number + 1, out);
    }

    /*
     * VP8 counts pictures without a gap.  VP9 and the dependency descriptor
     * refer to them by how far they are back, so what they count stays.
     */

    if (p->has_picture_id && !p->has_sid
        && (!rw->left || in->timestamp != rw->left_timestamp))
    {
        step->picture_id--;
        rw->left_timestamp = in->timestamp;
        rw->left = 1;
    }

    /* what is missing before it keeps its ids, whatever comes next */

    if (!p->wide_picture_id) {
        ngx_secmeet_rewrite_create(step, in, out, &ids);
        ngx_secmeet_rewrite_ids(rw, p, &ids);
    }

    if (p->has_sid && p->sid > rw->sid && p->sid <= rw->want_sid) {
        rw->higher = 1;
    }

    rw->number = in->number;
    rw->in_timestamp = in->timestamp;
    rw->last = out - 1;
}


static void
ngx_secmeet_rewrite_sent(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, uint32_t number,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_usec_t now)
{
    if ((int32_t) (number - rw->sent) > 0) {
        rw->sent = number;
    }

    /* frames that refer to later ones come with falling timestamps */

    if ((int32_t) (out->timestamp - rw->timestamp) > 0) {
        rw->timestamp = out->timestamp;
        rw->time = now;
    }

    if (in->video && in->payload) {
        ngx_secmeet_rewrite_ids(rw, in->payload, out);
    }
}


static void
ngx_secmeet_rewrite_ids(ngx_secmeet_rewrite_t *rw, ngx_secmeet_payload_t *p,
    ngx_secmeet_rewrite_out_t *out)
{
    ngx_uint_t  mask;

    if (p->wide_picture_id) {

        if ((int16_t) (out->picture_id - rw->frame) > 0) {
            rw->frame = (uint16_t) out->picture_id;
        }

    } else if (p->has_picture_id) {
        mask = ngx_secmeet_rewrite_mask(p);

        if (((out->picture_id - rw->picture_id) & mask) <= mask / 2) {
            rw->picture_id = (uint16_t) out->picture_id;
        }
    }

    if (p->has_tl0picidx
        && ((out->tl0picidx - rw->tl0picidx) & 0xff) <= 0x7f)
    {
        rw->tl0picidx = (u_char) out->tl0picidx;
    }
}


ngx_int_t
ngx_secmeet_rewrite_find(ngx_secmeet_rewrite_t *rw, uint16_t seq,
    ngx_uint_t *layer, uint32_t *number)
{
    uint32_t                     behind, out;
    ngx_uint_t                   i, n;
    ngx_secmeet_rewrite_step_t  *step;

    behind = (uint16_t) (rw->sent - seq);

    if (behind > NGX_SECMEET_REWRITE_WINDOW) {
        return NGX_DECLINED;
    }

    out = rw->sent - behind;

    for (n = 0, i = rw->newest; n < rw->count; n++, i--) {
        step = &rw->steps[i & (rw->nsteps - 1)];

        if ((int32_t) (out - step->out) < 0) {
            continue;
        }

        if (step->gone) {
            return NGX_DECLINED;
        }

        *layer = step->layer;
        *number = step->number + (out - step->out);

        return NGX_OK;
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_secmeet_rewrite_again(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, ngx_secmeet_rewrite_out_t *out)
{
    uint32_t                     number;
    ngx_secmeet_rewrite_step_t  *step;

    step = ngx_secmeet_rewrite_lookup(rw, in, &number);

    if (step == NULL || (int32_t) (number - rw->sent) > 0) {
        return NGX_DECLINED;
    }

    ngx_secmeet_rewrite_create(step, in, number, out);

    return ngx_secmeet_rewrite_wanted(step, in) ? NGX_OK : NGX_DONE;
}


ngx_int_t
ngx_secmeet_rewrite_offset(ngx_secmeet_rewrite_t *rw, ngx_uint_t *layer,
    uint32_t *offset)
{
    if (!rw->running) {
        return NGX_DECLINED;
    }

    *layer = rw->layer;
    *offset = ngx_secmeet_rewrite_newest(rw)->timestamp;

    return NGX_OK;
}
