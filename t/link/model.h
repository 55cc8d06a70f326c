
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A simulated link, one way: a rate behind a drop-tail queue, delay, jitter,
 * loss (alone or in bursts) and duplicates.  It is told the time and says
 * when a packet arrives; the packets are the caller's.  The same seed makes
 * the same run.
 */


#ifndef _LINK_MODEL_H_INCLUDED_
#define _LINK_MODEL_H_INCLUDED_


#include "../../ngx_secmeet_module/ngx_secmeet.h"


/* what it says of its queue, and of losses, is in parts of this */
#define LINK_PARTS            1000


typedef struct {
    uint64_t                  rate;             /* bit/s; 0: no limit */
    uint64_t                  queue;            /* bytes; 0: no limit */
    ngx_secmeet_usec_t        delay;
    ngx_secmeet_usec_t        jitter;           /* delay +- this, uniform */
    uint64_t                  loss;             /* in 1/1000 */
    uint64_t                  burst;            /* mean; 0, 1: each alone */
    uint64_t                  duplicate;        /* in 1/1000 */
    uint64_t                  seed;

    unsigned                  reorder:1;        /* jitter may change order */
} link_conf_t;


typedef struct {
    uint64_t                  in;
    uint64_t                  out;              /* duplicates not counted */
    uint64_t                  out_bytes;
    uint64_t                  lost;
    uint64_t                  dropped;          /* the queue was full */
    uint64_t                  duplicated;
    ngx_secmeet_usec_t        queue_max;        /* longest wait in the queue */
} link_stats_t;


typedef struct {
    link_conf_t               conf;
    link_stats_t              stats;
    ngx_secmeet_usec_t        twice;            /* see link_input() */
    ngx_secmeet_usec_t        last;             /* arrival told last */
    uint64_t                  idle;             /* when it has sent all, ns */
    uint64_t                  random;

    unsigned                  bad:1;            /* within a burst of losses */
} link_t;


void link_init(link_t *link, link_conf_t *conf);

/* the same losses and delays again from here on */
void link_seed(link_t *link, uint64_t seed);

/* other properties from now on, but the seed; what is queued stays so */
void link_conf(link_t *link, link_conf_t *conf, ngx_secmeet_usec_t now);

/*
 * A packet of so many bytes, headers of IP and UDP included, comes to this
 * end.  NGX_OK: it arrives at *when, which never decreases unless the link
 * reorders, and once more at link->twice if that is not 0; NGX_DECLINED: it
 * is lost or dropped.  now must not decrease.
 */
ngx_int_t link_input(link_t *link, size_t size, ngx_secmeet_usec_t now,
    ngx_secmeet_usec_t *when);

/* what waits: bytes, and how long a packet that comes now would wait */
size_t link_queue(link_t *link, ngx_secmeet_usec_t now);
ngx_secmeet_usec_t link_wait(link_t *link, ngx_secmeet_usec_t now);


#endif /* _LINK_MODEL_H_INCLUDED_ */
