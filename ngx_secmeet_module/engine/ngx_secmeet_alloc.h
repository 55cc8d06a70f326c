
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Which quality of each video one subscriber is sent, so that all of them
 * together take no more than the estimate of its path.  Audio is outside.
 *
 * First everybody gets the lowest step: screens, the speaker, the rest, in
 * the order of the list; what does not fit is paused.  Then screens climb
 * to what is wanted, then the speaker, then the rest, a step each in turn.
 */


#ifndef _NGX_SECMEET_ALLOC_H_INCLUDED_
#define _NGX_SECMEET_ALLOC_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_ALLOC_ITEMS       256       /* those beyond are paused */
#define NGX_SECMEET_ALLOC_STEPS       16        /* those beyond do not count */

#define NGX_SECMEET_ALLOC_HEADROOM    10        /* per cent, to climb */
#define NGX_SECMEET_ALLOC_FAILED      8000000   /* usec: fell so soon again */
#define NGX_SECMEET_ALLOC_HOLD        2000000   /* usec, the first time */
#define NGX_SECMEET_ALLOC_HOLD_MAX    60000000
#define NGX_SECMEET_ALLOC_FORGET      120000000
#define NGX_SECMEET_ALLOC_SMOOTH      4000000   /* usec, of measured rates */

#define NGX_SECMEET_ALLOC_SCREEN      0
#define NGX_SECMEET_ALLOC_SPEAKER     1
#define NGX_SECMEET_ALLOC_REST        2


typedef struct {
    ngx_uint_t                layer;
    ngx_uint_t                sid;
    ngx_uint_t                tid;
    uint64_t                  rate;             /* bit/s in all; 0: the step
                                                   is not there now */
    ngx_uint_t                height;           /* 0: not known */
} ngx_secmeet_alloc_step_t;


typedef struct {
    ngx_uint_t                priority;
    ngx_uint_t                wanted;           /* height, 0: no limit */
    ngx_secmeet_alloc_step_t *steps;            /* by ascending rate */
    ngx_uint_t                nsteps;

    ngx_int_t                 chosen;           /* out, and what holds until
                                                   then; -1: paused */
    ngx_secmeet_usec_t        changed;          /* out: when it did last */

    /* the allocator's own */

    ngx_secmeet_usec_t        climbed;          /* 0: fell since */
    ngx_secmeet_usec_t        failed;           /* last failed climb */
    ngx_secmeet_usec_t        hold;             /* no climb for so long */
    ngx_int_t                 barred;           /* to this step or above */
    ngx_int_t                 held;             /* where it was, if there */
    ngx_int_t                 next;             /* what it got so far */
    ngx_uint_t                was;              /* priority */
    uint32_t                  allowed;          /* steps, a bit each */
    uint32_t                  rates[NGX_SECMEET_ALLOC_STEPS];
} ngx_secmeet_alloc_item_t;


typedef struct {
    uint64_t                  total;            /* bit/s of what is chosen */
    uint64_t                  needed;           /* bit/s of all as wanted */
    uint64_t                  budget;
    ngx_uint_t                n;
    ngx_secmeet_usec_t        last;
} ngx_secmeet_alloc_t;


void ngx_secmeet_alloc_init(ngx_secmeet_alloc_t *alloc);

/* paused; also when an item gets another track or other steps */
void ngx_secmeet_alloc_item(ngx_secmeet_alloc_item_t *item);

/*
 * Fills `chosen` of all items, `total` and `needed`.  The caller fills the
 * first part of each item; steps keep their index while the item is the
 * same one, those that are not sent now have rate 0 and are never chosen.
 * NGX_OK: something is chosen anew; NGX_DONE: all as before.
 */
ngx_int_t ngx_secmeet_alloc_poll(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, uint64_t budget,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_ALLOC_H_INCLUDED_ */
