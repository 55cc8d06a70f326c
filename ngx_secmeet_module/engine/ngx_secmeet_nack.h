
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Which packets of one incoming SSRC are missing, and when to ask for them
 * (RFC 4585, 6.2.1).  A gap is asked for at once, then again each rtt while
 * it lasts, NGX_SECMEET_NACK_TRIES times and NGX_SECMEET_NACK_AGE at most.
 */


#ifndef _NGX_SECMEET_NACK_H_INCLUDED_
#define _NGX_SECMEET_NACK_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_NACK_LIST         64        /* missing ones remembered */
#define NGX_SECMEET_NACK_TRIES        8
#define NGX_SECMEET_NACK_AGE          1000000   /* microseconds */
#define NGX_SECMEET_NACK_RTT_MIN      20000
#define NGX_SECMEET_NACK_RTT          100000    /* until one is measured */
#define NGX_SECMEET_NACK_GAP          1000      /* larger: a new start */


typedef struct {
    uint16_t                  seq;
    uint16_t                  tries;
    ngx_secmeet_usec_t        since;
    ngx_secmeet_usec_t        next;             /* when to ask again */
} ngx_secmeet_nack_item_t;


typedef struct {
    ngx_secmeet_nack_item_t   items[NGX_SECMEET_NACK_LIST];
    ngx_uint_t                nitems;           /* ascending sequence */
    uint16_t                  highest;
    ngx_secmeet_usec_t        rtt;
    uint64_t                  recovered;        /* came after being asked */
    uint64_t                  given_up;

    unsigned                  started:1;
} ngx_secmeet_nack_t;


void ngx_secmeet_nack_init(ngx_secmeet_nack_t *nack);
void ngx_secmeet_nack_rtt(ngx_secmeet_nack_t *nack, ngx_secmeet_usec_t rtt);

/*
 * A packet came.  NGX_OK: a gap was found or lasts, poll is worth calling;
 * NGX_DONE: nothing is missing.
 */
ngx_int_t ngx_secmeet_nack_input(ngx_secmeet_nack_t *nack, uint16_t seq,
    ngx_secmeet_usec_t now);

/*
 * NGX_OK: seqs[0..*n) are to be asked for now (*n: room in, count out);
 * NGX_DONE: none.  Drops what is too old.
 */
ngx_int_t ngx_secmeet_nack_poll(ngx_secmeet_nack_t *nack, uint16_t *seqs,
    ngx_uint_t *n, ngx_secmeet_usec_t now);

/* when poll has something again; 0: not before another packet */
ngx_secmeet_usec_t ngx_secmeet_nack_next(ngx_secmeet_nack_t *nack);


#endif /* _NGX_SECMEET_NACK_H_INCLUDED_ */
