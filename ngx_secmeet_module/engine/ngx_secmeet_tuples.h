
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Whose addresses are whose: pairs of addresses (tuples) that other workers
 * have said to be theirs.  Bounded: the one that was said first gives way.
 * The memory is the caller's; nothing is allocated here.
 */


#ifndef _NGX_SECMEET_TUPLES_H_INCLUDED_
#define _NGX_SECMEET_TUPLES_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_TUPLES_ADDRS      40        /* bytes: local, remote */
#define NGX_SECMEET_TUPLES_KEY        16        /* bytes, random */


typedef struct ngx_secmeet_tuple_s  ngx_secmeet_tuple_t;

struct ngx_secmeet_tuple_s {
    ngx_queue_t               queue;            /* the oldest first, or free */
    ngx_secmeet_tuple_t      *next;             /* in its bucket */
    u_char                    addrs[NGX_SECMEET_TUPLES_ADDRS];
    u_char                    id[NGX_SECMEET_WORKER_ID];
};


typedef struct {
    ngx_secmeet_tuple_t      *all;
    ngx_secmeet_tuple_t     **buckets;
    ngx_uint_t                n;                /* of both */
    u_char                    key[NGX_SECMEET_TUPLES_KEY];
    ngx_uint_t                nused;            /* of all, ever */
    ngx_queue_t               used;
    ngx_queue_t               free;
} ngx_secmeet_tuples_t;


/*
 * n tuples in all, and n buckets of NULL; n is a power of two.  The key keeps
 * those who choose their addresses from choosing the bucket.
 */
void ngx_secmeet_tuples_init(ngx_secmeet_tuples_t *tuples,
    ngx_secmeet_tuple_t *all, ngx_secmeet_tuple_t **buckets, ngx_uint_t n,
    u_char *key);

/* addrs are those of the worker id from now on */
void ngx_secmeet_tuples_add(ngx_secmeet_tuples_t *tuples, u_char *addrs,
    u_char *id);

/* if they were those of id, they are nobody's */
void ngx_secmeet_tuples_remove(ngx_secmeet_tuples_t *tuples, u_char *addrs,
    u_char *id);

/* the worker id is gone */
void ngx_secmeet_tuples_forget(ngx_secmeet_tuples_t *tuples, u_char *id);

/* SipHash-2-4 (Aumasson and Bernstein, 2012) of len bytes */
uint64_t ngx_secmeet_tuples_hash(u_char *key, u_char *p, size_t len);

/* NULL: nobody's */
u_char *ngx_secmeet_tuples_find(ngx_secmeet_tuples_t *tuples,
    u_char *addrs);


#endif /* _NGX_SECMEET_TUPLES_H_INCLUDED_ */
