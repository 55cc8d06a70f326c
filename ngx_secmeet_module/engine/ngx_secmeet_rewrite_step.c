
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_rewrite_step.h"


ngx_secmeet_rewrite_step_t *
ngx_secmeet_rewrite_step(ngx_secmeet_rewrite_t *rw, uint32_t number,
    uint32_t out)
{
    ngx_secmeet_rewrite_step_t  *step, *former;

    former = ngx_secmeet_rewrite_newest(rw);

    if (rw->count && former->out == out) {
        step = former;

    } else {
        rw->newest = (rw->newest + 1) & (rw->nsteps - 1);
        rw->count = ngx_min(rw->count + 1, rw->nsteps);

        step = ngx_secmeet_rewrite_newest(rw);
        *step = *former;
    }

    step->number = number;
    step->out = out;

    return step;
}


ngx_secmeet_rewrite_step_t *
ngx_secmeet_rewrite_lookup(ngx_secmeet_rewrite_t *rw,
    ngx_secmeet_rewrite_in_t *in, uint32_t *out)
{
    uint32_t                     end;
    ngx_uint_t                   i, n;
    ngx_secmeet_rewrite_step_t  *step;

    end = rw->last + 1;

    for (n = 0, i = rw->newest; n < rw->count; n++, i--) {
        step = &rw->steps[i & (rw->nsteps - 1)];

        if (step->layer == in->layer && !step->gone
            && (int32_t) (in->number - step->number) >= 0)
        {
            *out = step->out + (in->number - step->number);

            if ((int32_t) (end - *out) <= 0
                || (int32_t) (rw->sent - *out) > NGX_SECMEET_REWRITE_WINDOW)
            {
                return NULL;
            }

            return step;
        }

        end = step->out;
    }

    return NULL;
}


/* lest half a round later new packets look old */

void
ngx_secmeet_rewrite_trim(ngx_secmeet_rewrite_t *rw)
{
    uint32_t                     n;
    ngx_secmeet_rewrite_step_t  *step;

    step = ngx_secmeet_rewrite_newest(rw);
    n = rw->last - step->out - NGX_SECMEET_REWRITE_WINDOW;

    step->number += n;
    step->out += n;

    rw->count = 1;
}


void
ngx_secmeet_rewrite_forget(ngx_secmeet_rewrite_t *rw, ngx_uint_t layer)
{
    ngx_uint_t                   i, n;
    ngx_secmeet_rewrite_step_t  *step;

    for (n = 0, i = rw->newest; n < rw->count; n++, i--) {
        step = &rw->steps[i & (rw->nsteps - 1)];

        if (step->layer == layer) {
            step->gone = 1;
        }
    }

    rw->held &= ~(1 << layer);
}


ngx_uint_t
ngx_secmeet_rewrite_wanted(ngx_secmeet_rewrite_step_t *step,
    ngx_secmeet_rewrite_in_t *in)
{
    ngx_secmeet_payload_t  *p;

    p = in->payload;

    return !in->video || p == NULL
           || ((!p->has_tid || p->tid <= step->tid)
               && (!p->has_sid || p->sid <= step->sid));
}


void
ngx_secmeet_rewrite_create(ngx_secmeet_rewrite_step_t *step,
    ngx_secmeet_rewrite_in_t *in, uint32_t number,
    ngx_secmeet_rewrite_out_t *out)
{
    ngx_secmeet_payload_t  *p;

    out->seq = (uint16_t) number;
    out->timestamp = in->timestamp + step->timestamp;
    out->picture_id = 0;
    out->tl0picidx = 0;
    out->marker = in->marker;

    p = in->payload;

    if (!in->video || p == NULL) {
        return;
    }

    if (p->has_picture_id) {
        out->picture_id = (p->picture_id + step->picture_id)
                          & ngx_secmeet_rewrite_mask(p);
    }

    if (p->has_tl0picidx) {
        out->tl0picidx = (p->tl0picidx + step->tl0picidx) & 0xff;
    }

    /* RFC 9628, 4.1.  Set on the last packet of a picture */

    if (p->has_sid && p->end && p->sid == step->sid) {
        out->marker = 1;
    }
}


ngx_uint_t
ngx_secmeet_rewrite_mask(ngx_secmeet_payload_t *payload)
{
    if (payload->wide_picture_id) {
        return NGX_SECMEET_REWRITE_WIDE;
    }

    return payload->long_picture_id ? NGX_SECMEET_REWRITE_LONG
                                    : NGX_SECMEET_REWRITE_SHORT;
}
