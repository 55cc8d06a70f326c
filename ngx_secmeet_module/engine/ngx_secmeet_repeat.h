
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How many times the audio packets of one sub are sent: once, or as the same
 * bytes again some ms later.  SRTP drops what came twice before anybody
 * counts it (RFC 3711, 3.3), so a report tells what got lost each time: of
 * a path that loses p, p with no copy, p^2 with one, p^3 with two.
 */


#ifndef _NGX_SECMEET_REPEAT_H_INCLUDED_
#define _NGX_SECMEET_REPEAT_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_REPEAT_COPIES     2         /* at most */
#define NGX_SECMEET_REPEAT_FIRST      10        /* ms after the packet */
#define NGX_SECMEET_REPEAT_SECOND     30

#define NGX_SECMEET_REPEAT_ONE        10000     /* one copy: loss, 1/10^6 */
#define NGX_SECMEET_REPEAT_TWO        60000     /* two copies */

#define NGX_SECMEET_REPEAT_PACKETS    3000      /* of a report, at most */
#define NGX_SECMEET_REPEAT_HOLD       10000000  /* usec after the last loss */
#define NGX_SECMEET_REPEAT_HOLD_MAX   320000000
#define NGX_SECMEET_REPEAT_FAILED     15000000  /* usec: needed so soon */
#define NGX_SECMEET_REPEAT_FORGET     60000000


typedef struct {
    int64_t                   lost;             /* packets * 1024 */
    int64_t                   expected;
} ngx_secmeet_repeat_sum_t;


typedef struct {
    ngx_uint_t                level;            /* copies that are needed */
    ngx_uint_t                most;             /* that are allowed */
    ngx_secmeet_usec_t        changed;          /* what is sent */
    ngx_secmeet_usec_t        loss;             /* last */
    ngx_secmeet_usec_t        fell;             /* a copy less, 0: never */
    ngx_secmeet_usec_t        hold;             /* no loss, until a try */
    ngx_secmeet_usec_t        path;             /* last told, 0: never */
    ngx_secmeet_repeat_sum_t  fast;             /* of reports, 2 s */
    ngx_secmeet_repeat_sum_t  slow;             /* 10 to 60 s */
    ngx_secmeet_repeat_sum_t  known;            /* of the path */
    uint32_t                  highest;          /* of the last report */
    int32_t                   total;
    unsigned                  reported:1;
} ngx_secmeet_repeat_t;


void ngx_secmeet_repeat_init(ngx_secmeet_repeat_t *repeat,
    ngx_secmeet_usec_t now);

/*
 * A report block about the audio of this sub (RFC 3550, 6.4.1): cumulative
 * number of packets lost, 24 bits with a sign, and extended highest sequence
 * number.  NGX_OK: the number of copies changed; NGX_DONE: as before.
 */
ngx_int_t ngx_secmeet_repeat_input(ngx_secmeet_repeat_t *repeat,
    int32_t lost, uint32_t highest, ngx_secmeet_usec_t now);

/*
 * What is known of the path from packets that are not repeated (the video
 * of the same transport): as good as it gets, but need never be told.
 */
ngx_int_t ngx_secmeet_repeat_path(ngx_secmeet_repeat_t *repeat,
    ngx_uint_t lost, ngx_uint_t expected, ngx_secmeet_usec_t now);

/* how many copies the path has room for: 0 to 2, 2 from the start */
ngx_int_t ngx_secmeet_repeat_allow(ngx_secmeet_repeat_t *repeat,
    ngx_uint_t most, ngx_secmeet_usec_t now);

/* copies to send beside the packet itself, after _FIRST and _SECOND ms */
#define ngx_secmeet_repeat_copies(repeat)                                     \
    ngx_min((repeat)->level, (repeat)->most)


#endif /* _NGX_SECMEET_REPEAT_H_INCLUDED_ */
