
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The bit rate of something over a sliding window.  Small: there is one for
 * each layer and temporal id of a track.
 */


#ifndef _NGX_SECMEET_METER_H_INCLUDED_
#define _NGX_SECMEET_METER_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_METER_BUCKETS     8
#define NGX_SECMEET_METER_BUCKET      125000    /* usec */
#define NGX_SECMEET_METER_LEAST       200000    /* usec to divide by, least */


typedef struct {
    ngx_secmeet_usec_t        first;            /* began to be there */
    uint32_t                  current;          /* bucket, from time 0 */
    uint32_t                  started;          /* 0: nothing came */
    uint32_t                  bytes[NGX_SECMEET_METER_BUCKETS];
} ngx_secmeet_meter_t;


void ngx_secmeet_meter_init(ngx_secmeet_meter_t *meter);

void ngx_secmeet_meter_input(ngx_secmeet_meter_t *meter, size_t bytes,
    ngx_secmeet_usec_t now);

/*
 * bit/s: of the last second, or, where there was nothing for a second or
 * more before, from the first packet on; 0: nothing for a second
 */
uint64_t ngx_secmeet_meter_rate(ngx_secmeet_meter_t *meter,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_METER_H_INCLUDED_ */
