
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_limit.h"


#define NGX_SECMEET_LIMIT_TOKEN       1000000


void
ngx_secmeet_limit_init(ngx_secmeet_limit_t *limit, ngx_uint_t rate,
    ngx_uint_t burst, ngx_secmeet_usec_t now)
{
    limit->rate = rate;
    limit->burst = burst;
    limit->level = (uint64_t) burst * NGX_SECMEET_LIMIT_TOKEN;
    limit->last = now;
}


void
ngx_secmeet_limit_set(ngx_secmeet_limit_t *limit, ngx_uint_t rate,
    ngx_uint_t burst)
{
    limit->rate = rate;
    limit->burst = burst;
    limit->level = ngx_min(limit->level,
                           (uint64_t) burst * NGX_SECMEET_LIMIT_TOKEN);
}


ngx_int_t
ngx_secmeet_limit_input(ngx_secmeet_limit_t *limit, ngx_uint_t n,
    ngx_secmeet_usec_t now)
{
    uint64_t            room;
    ngx_secmeet_usec_t  passed;

    if (limit->rate == 0) {
        return NGX_OK;
    }

    passed = (now > limit->last) ? now - limit->last : 0;
    room = (uint64_t) limit->burst * NGX_SECMEET_LIMIT_TOKEN - limit->level;

    /* divided, since the product may overflow after a long silence */

    limit->level += (passed > room / limit->rate) ? room
                                                  : passed * limit->rate;
    limit->last += passed;

    if (n > limit->level / NGX_SECMEET_LIMIT_TOKEN) {
        return NGX_DECLINED;
    }

    limit->level -= (uint64_t) n * NGX_SECMEET_LIMIT_TOKEN;

    return NGX_OK;
}
