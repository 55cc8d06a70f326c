
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_aimd.h"


#define NGX_SECMEET_AIMD_STEP         1000000   /* usec in one increase */


void
ngx_secmeet_aimd_init(ngx_secmeet_aimd_t *aimd, double start, double min,
    double max, ngx_secmeet_usec_t now)
{
    ngx_memzero(aimd, sizeof(ngx_secmeet_aimd_t));

    aimd->min = ngx_max(min, 1);
    aimd->max = ngx_max(max, aimd->min);
    aimd->updated = now;

    ngx_secmeet_aimd_set(aimd, start);
}


void
ngx_secmeet_aimd_drop(ngx_secmeet_aimd_t *aimd, double arrived, double queue,
    ngx_secmeet_usec_t now)
{
    double  beta;

    /* with this the queue is gone in about a second */

    beta = NGX_SECMEET_AIMD_BETA + 0.03 - queue / 1000;
    beta = ngx_min(beta, NGX_SECMEET_AIMD_BETA);
    beta = ngx_max(beta, NGX_SECMEET_AIMD_BETA_MIN);

    aimd->link = ngx_max(arrived, aimd->min);
    aimd->dropped = now;
    aimd->updated = now;
    aimd->draining = 1;
    aimd->hold = now + NGX_SECMEET_AIMD_DRAIN;

    ngx_secmeet_aimd_set(aimd, ngx_min(aimd->target, arrived * beta));
}


void
ngx_secmeet_aimd_drained(ngx_secmeet_aimd_t *aimd, ngx_secmeet_usec_t now)
{
    if (!aimd->draining) {
        return;
    }

    aimd->draining = 0;
    aimd->hold = now + NGX_SECMEET_AIMD_HOLD;

    ngx_secmeet_aimd_set(aimd, ngx_max(aimd->target,
                                       aimd->link * NGX_SECMEET_AIMD_BACK));
}


void
ngx_secmeet_aimd_grow(ngx_secmeet_aimd_t *aimd, double arrived,
    ngx_secmeet_usec_t now)
{
    double              more, most, near;
    ngx_secmeet_usec_t  passed;

    passed = ngx_min(now - aimd->updated, NGX_SECMEET_AIMD_STEP);
    aimd->updated = now;

    if (now < aimd->hold) {
        return;
    }

    aimd->draining = 0;

    if (arrived > aimd->link * 1.2) {
        aimd->link = 0;
    }

    more = aimd->target * NGX_SECMEET_AIMD_FAR;

    if (aimd->link > 0 && aimd->target > aimd->link * 0.9) {
        near = aimd->target * NGX_SECMEET_AIMD_NEAR
               + NGX_SECMEET_AIMD_NEAR_RATE;
        near *= 1 + (double) (now - aimd->dropped)
                    / NGX_SECMEET_AIMD_NEAR_TIME;
        more = ngx_min(more, near);
    }

    most = arrived * NGX_SECMEET_AIMD_BEYOND + NGX_SECMEET_AIMD_ALWAYS;

    if (aimd->target >= most) {
        return;
    }

    most = ngx_min(most, aimd->target + more * passed / 1e6);

    ngx_secmeet_aimd_set(aimd, most);
}


void
ngx_secmeet_aimd_stay(ngx_secmeet_aimd_t *aimd, ngx_secmeet_usec_t now)
{
    aimd->updated = now;
}


void
ngx_secmeet_aimd_prove(ngx_secmeet_aimd_t *aimd, double rate,
    ngx_uint_t full, ngx_secmeet_usec_t now)
{
    if (full) {
        rate *= NGX_SECMEET_AIMD_BACK;

        /*
         * a burst takes more than its share from other flows: near what we
         * had when the queue grew last, it is no reason to take more
         */

        if (aimd->link > 0
            && now < aimd->dropped + NGX_SECMEET_AIMD_NEAR_TIME)
        {
            rate = ngx_min(rate, aimd->link * NGX_SECMEET_AIMD_BACK);
        }
    }

    if (rate <= aimd->target) {
        return;
    }

    /* near it from now on, or no longer */

    if (full) {
        aimd->link = rate / NGX_SECMEET_AIMD_BACK;
        aimd->dropped = ngx_max(now, 1);

    } else if (rate > aimd->link) {
        aimd->link = 0;
    }

    ngx_secmeet_aimd_set(aimd, rate);
}


void
ngx_secmeet_aimd_set(ngx_secmeet_aimd_t *aimd, double target)
{
    target = ngx_min(target, aimd->max);
    aimd->target = ngx_max(target, aimd->min);
}
