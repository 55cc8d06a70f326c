
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_meter.h"


static uint32_t ngx_secmeet_meter_bucket(ngx_secmeet_meter_t *meter,
    ngx_secmeet_usec_t now);


void
ngx_secmeet_meter_init(ngx_secmeet_meter_t *meter)
{
    ngx_memzero(meter, sizeof(ngx_secmeet_meter_t));
}


void
ngx_secmeet_meter_input(ngx_secmeet_meter_t *meter, size_t bytes,
    ngx_secmeet_usec_t now)
{
    uint32_t  bucket;

    bucket = ngx_secmeet_meter_bucket(meter, now);

    if (!meter->started
        || bucket - meter->current >= NGX_SECMEET_METER_BUCKETS)
    {
        ngx_memzero(meter->bytes, sizeof(meter->bytes));
        meter->first = now;
        meter->current = bucket;
        meter->started = 1;
    }

    while (meter->current != bucket) {
        meter->current++;
        meter->bytes[meter->current % NGX_SECMEET_METER_BUCKETS] = 0;
    }

    meter->bytes[bucket % NGX_SECMEET_METER_BUCKETS] += (uint32_t) bytes;
}


uint64_t
ngx_secmeet_meter_rate(ngx_secmeet_meter_t *meter, ngx_secmeet_usec_t now)
{
    uint32_t            age, bucket;
    uint64_t            bytes;
    ngx_uint_t          i;
    ngx_secmeet_usec_t  span;

    if (!meter->started) {
        return 0;
    }

    bucket = ngx_secmeet_meter_bucket(meter, now);
    bytes = 0;

    /* those that are still in the window at this time */

    for (i = 0; i < NGX_SECMEET_METER_BUCKETS; i++) {
        age = bucket - meter->current + (uint32_t) i;

        if (age >= NGX_SECMEET_METER_BUCKETS) {
            break;
        }

        bytes += meter->bytes[(meter->current - i)
                              % NGX_SECMEET_METER_BUCKETS];
    }

    now = ngx_max(now, meter->first);

    span = (NGX_SECMEET_METER_BUCKETS - 1) * NGX_SECMEET_METER_BUCKET
           + now % NGX_SECMEET_METER_BUCKET;
    span = ngx_min(span, now - meter->first);
    span = ngx_max(span, NGX_SECMEET_METER_LEAST);

    return bytes * 8 * 1000000 / span;
}


/* a time before the last one counts as the last one */

static uint32_t
ngx_secmeet_meter_bucket(ngx_secmeet_meter_t *meter, ngx_secmeet_usec_t now)
{
    uint32_t  bucket;

    bucket = (uint32_t) (now / NGX_SECMEET_METER_BUCKET);

    if (meter->started && (int32_t) (bucket - meter->current) < 0) {
        return meter->current;
    }

    return bucket;
}
