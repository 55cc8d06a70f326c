
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Who may try a password of a room now.  Wrong ones cost the network they
 * came from a pause that grows; all strangers together have so many tries a
 * second.  Nothing is allocated, nothing is kept but a hash of the network.
 */


#ifndef _NGX_SECMEET_GUESS_H_INCLUDED_
#define _NGX_SECMEET_GUESS_H_INCLUDED_


#include "ngx_secmeet_limit.h"


#define NGX_SECMEET_GUESS_NETS        64        /* remembered; the one that
                                                   was heard of first goes */
#define NGX_SECMEET_GUESS_FREE        5         /* wrong ones without pause */
#define NGX_SECMEET_GUESS_PAUSE       1000000   /* usec, doubled by each */
#define NGX_SECMEET_GUESS_PAUSE_MAX   64000000
#define NGX_SECMEET_GUESS_FORGET      600000000 /* usec without a wrong one */
#define NGX_SECMEET_GUESS_RATE        10        /* tries of all, per second */
#define NGX_SECMEET_GUESS_BURST       50


typedef struct {
    uint64_t                  net;
    ngx_uint_t                wrong;            /* 0: the place is free */
    ngx_secmeet_usec_t        last;             /* wrong one */
    ngx_secmeet_usec_t        next;             /* not before */
} ngx_secmeet_guess_net_t;


typedef struct {
    ngx_secmeet_guess_net_t   nets[NGX_SECMEET_GUESS_NETS];
    ngx_secmeet_limit_t       limit;
} ngx_secmeet_guess_t;


void ngx_secmeet_guess_init(ngx_secmeet_guess_t *guess,
    ngx_secmeet_usec_t now);

/*
 * A try from net: NGX_OK: look at it, and call _wrong if it is;
 * NGX_DECLINED: do not, it is refused whatever it is.
 */
ngx_int_t ngx_secmeet_guess_input(ngx_secmeet_guess_t *guess, uint64_t net,
    ngx_secmeet_usec_t now);

void ngx_secmeet_guess_wrong(ngx_secmeet_guess_t *guess, uint64_t net,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_GUESS_H_INCLUDED_ */
