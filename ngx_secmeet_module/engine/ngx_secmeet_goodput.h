
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How many bits per second arrive, by the receiver's clock: bytes in slots
 * of time, over the last half second or, where it must be quick, less.
 */


#ifndef _NGX_SECMEET_GOODPUT_H_INCLUDED_
#define _NGX_SECMEET_GOODPUT_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_GOODPUT_SLOT      25000     /* usec */
#define NGX_SECMEET_GOODPUT_SLOTS     32        /* a power of 2 */
#define NGX_SECMEET_GOODPUT_LONG      20        /* slots */
#define NGX_SECMEET_GOODPUT_SHORT     8


typedef struct {
    ngx_uint_t                bytes[NGX_SECMEET_GOODPUT_SLOTS];
    uint64_t                  last;             /* number of a slot */
    ngx_uint_t                known;            /* slots since the start */
    ngx_secmeet_usec_t        received;         /* last, receiver's clock */

    unsigned                  started:1;
} ngx_secmeet_goodput_t;


void ngx_secmeet_goodput_init(ngx_secmeet_goodput_t *goodput);
void ngx_secmeet_goodput_input(ngx_secmeet_goodput_t *goodput,
    ngx_uint_t size, ngx_secmeet_usec_t received);

/* bytes whose feedback was lost: they came between the last and this one */
void ngx_secmeet_goodput_fill(ngx_secmeet_goodput_t *goodput,
    ngx_uint_t size, ngx_secmeet_usec_t received);

/* bit/s over so many whole slots, at most; 0: not known */
double ngx_secmeet_goodput_rate(ngx_secmeet_goodput_t *goodput,
    ngx_uint_t slots);


#endif /* _NGX_SECMEET_GOODPUT_H_INCLUDED_ */
