
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Transport-wide congestion control feedback, RTPFB of format 15
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1): which packets
 * of a transport came, and when.  Packets between those that are told as
 * received, from base on, did not come.
 */


#ifndef _NGX_SECMEET_TWCC_H_INCLUDED_
#define _NGX_SECMEET_TWCC_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "ngx_secmeet_rtcp.h"


#define NGX_SECMEET_TWCC_PACKETS      128       /* created in one, at most */
#define NGX_SECMEET_TWCC_COUNT        8192      /* statuses of one created */

/* whatever is created fits in this */
#define NGX_SECMEET_TWCC_MAX          800

#define NGX_SECMEET_TWCC_TICK         250       /* microseconds of a delta */
#define NGX_SECMEET_TWCC_UNIT         64000     /* of the reference time */
#define NGX_SECMEET_TWCC_LAP          ((int64_t) NGX_SECMEET_TWCC_UNIT << 24)


typedef struct {
    uint16_t                  seq;
    int64_t                   time;             /* microseconds */
} ngx_secmeet_twcc_packet_t;


typedef struct {
    uint32_t                  sender;
    uint32_t                  ssrc;             /* the media source */
    uint16_t                  base;             /* the first it tells of */
    ngx_uint_t                count;            /* it tells of so many */
    int64_t                   reference;        /* in a lap, of the unit */
    ngx_uint_t                number;           /* of feedback, 8 bits */

    /* where _next is */

    u_char                   *chunk;
    u_char                   *delta;
    u_char                   *end;
    ngx_uint_t                bits;             /* the present chunk */
    ngx_uint_t                left;             /* symbols of it */
    ngx_uint_t                offset;           /* from base */
    int64_t                   time;
} ngx_secmeet_twcc_t;


/* NGX_OK, all of it is checked; NGX_DECLINED */
ngx_int_t ngx_secmeet_twcc_parse(ngx_secmeet_twcc_t *twcc,
    ngx_secmeet_rtcp_t *rtcp);

/*
 * NGX_OK: the next received packet, in the order of their numbers, with the
 * reference and all deltas in its time; NGX_DONE.
 */
ngx_int_t ngx_secmeet_twcc_next(ngx_secmeet_twcc_t *twcc,
    ngx_secmeet_twcc_packet_t *packet);

/*
 * A whole RTCP packet, the last one of a compound since it may be padded;
 * returns the length (p may be NULL).  Takes sender, ssrc, base and number;
 * packets ascend from base on.  Times are of one clock, cut to ticks.
 * 0: more than above, not in order, or too far apart in time to be told.
 */
size_t ngx_secmeet_twcc_create(u_char *p, ngx_secmeet_twcc_t *twcc,
    ngx_secmeet_twcc_packet_t *packets, ngx_uint_t n);

/* whether one feedback can tell of b right after a */
ngx_uint_t ngx_secmeet_twcc_fits(int64_t a, int64_t b);


#endif /* _NGX_SECMEET_TWCC_H_INCLUDED_ */
