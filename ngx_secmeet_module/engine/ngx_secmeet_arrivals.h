
/*
 * Copyright (C) secmeet contributors
 */


/*
 * When the packets of a publisher's transport came, by their transport-wide
 * numbers, and when to tell it so.  What comes late is told with all that
 * came after it; a jump of the numbers starts anew.
 */


#ifndef _NGX_SECMEET_ARRIVALS_H_INCLUDED_
#define _NGX_SECMEET_ARRIVALS_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "../wire/ngx_secmeet_twcc.h"


#define NGX_SECMEET_ARRIVALS_WINDOW   2048      /* a larger gap is a jump */
#define NGX_SECMEET_ARRIVALS_LATE     500000    /* microseconds, at most */
#define NGX_SECMEET_ARRIVALS_WAIT     100000    /* of the first to be told */
#define NGX_SECMEET_ARRIVALS_SHORT    50000     /* of many */
#define NGX_SECMEET_ARRIVALS_MANY     10


typedef struct {
    uint32_t                  start;            /* the first to tell of */
    uint32_t                  highest;
    ngx_uint_t                untold;           /* came since the last poll */
    ngx_secmeet_usec_t        since;            /* the first of these */
    ngx_uint_t                number;           /* of feedback */

    unsigned                  started:1;
    unsigned                  telling:1;        /* more than one feedback */

    ngx_secmeet_usec_t        times[NGX_SECMEET_ARRIVALS_WINDOW]; /* 0: not */
} ngx_secmeet_arrivals_t;


void ngx_secmeet_arrivals_init(ngx_secmeet_arrivals_t *a);
void ngx_secmeet_arrivals_input(ngx_secmeet_arrivals_t *a, uint16_t seq,
    ngx_secmeet_usec_t now);

/*
 * NGX_OK: a feedback is to be sent now: base and number of twcc and
 * packets[0..*n) for ngx_secmeet_twcc_create(), the caller adds the SSRCs;
 * there is room for NGX_SECMEET_TWCC_PACKETS.  To be called until NGX_DONE:
 * nothing (more) to tell yet.
 */
ngx_int_t ngx_secmeet_arrivals_poll(ngx_secmeet_arrivals_t *a,
    ngx_secmeet_twcc_t *twcc, ngx_secmeet_twcc_packet_t *packets,
    ngx_uint_t *n, ngx_secmeet_usec_t now);

/* when to poll; 0: not before another packet */
ngx_secmeet_usec_t ngx_secmeet_arrivals_next(ngx_secmeet_arrivals_t *a);


#endif /* _NGX_SECMEET_ARRIVALS_H_INCLUDED_ */
