
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Probes: short clusters of packets sent faster than the target, to learn
 * whether more gets through.  Decides when and how fast, and reads what
 * came of one.  One cluster at a time; sends nothing itself.
 */


#ifndef _NGX_SECMEET_PROBE_H_INCLUDED_
#define _NGX_SECMEET_PROBE_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_PROBE_PACKETS     6         /* at least, in a cluster */
#define NGX_SECMEET_PROBE_BYTES       3000
#define NGX_SECMEET_PROBE_LENGTH      20000     /* usec, without noise */
#define NGX_SECMEET_PROBE_LENGTH_MAX  100000

/* microseconds from the end of one to the next */
#define NGX_SECMEET_PROBE_WAIT        500000    /* then 1.5 times as long */
#define NGX_SECMEET_PROBE_WAIT_MAX    2500000   /* where room may come back */
#define NGX_SECMEET_PROBE_WAIT_LONG   4000000   /* after LONG in vain */
#define NGX_SECMEET_PROBE_LONG        20
#define NGX_SECMEET_PROBE_AGAIN       1200000   /* after a drop */
#define NGX_SECMEET_PROBE_PROVED      2000000   /* overuse after it: wrong */
#define NGX_SECMEET_PROBE_TIMEOUT     600000    /* and the rtt */


typedef struct {
    ngx_uint_t                cluster;
    uint64_t                  rate;             /* bit/s */
    ngx_uint_t                bytes;            /* at least */
    ngx_uint_t                packets;          /* at least */
} ngx_secmeet_probe_cluster_t;


typedef struct {
    ngx_secmeet_probe_cluster_t  now;           /* cluster 0: none */
    ngx_uint_t                last;             /* cluster number given */
    ngx_secmeet_usec_t        created;
    ngx_secmeet_usec_t        next;             /* when to try */
    ngx_secmeet_usec_t        wait;
    ngx_secmeet_usec_t        proved;           /* when one went well */
    ngx_uint_t                failed;           /* in a row */

    /* of this cluster: what was sent and what arrived of it */

    ngx_uint_t                told;
    ngx_uint_t                told_bytes;
    ngx_uint_t                arrived;
    ngx_uint_t                arrived_bytes;
    ngx_uint_t                size_last;        /* sent last */
    ngx_uint_t                size_early;       /* arrived first */
    uint64_t                  offset;           /* of the two clocks */
    ngx_secmeet_usec_t        sent_first;
    ngx_secmeet_usec_t        sent_last;
    ngx_secmeet_usec_t        received_first;   /* the receiver's clock */
    ngx_secmeet_usec_t        received_last;
    double                    x;                /* sums: ms of sending, */
    double                    y;                /* ms of delay, */
    double                    z;                /* bytes */
    double                    xx;
    double                    xy;
    double                    xz;
    double                    yz;
    double                    zz;
} ngx_secmeet_probe_t;


void ngx_secmeet_probe_init(ngx_secmeet_probe_t *probe,
    ngx_secmeet_usec_t now);

/*
 * NGX_OK: start probe->now, at rate, while target is sent (bit/s both), on a
 * path with this noise (ms); NGX_DONE: not now.
 */
ngx_int_t ngx_secmeet_probe_poll(ngx_secmeet_probe_t *probe, double target,
    double rate, double noise, ngx_secmeet_usec_t now);

/* a packet of the cluster of that number; received 0: lost */
void ngx_secmeet_probe_input(ngx_secmeet_probe_t *probe, ngx_uint_t cluster,
    ngx_uint_t size, ngx_secmeet_usec_t sent, ngx_secmeet_usec_t received);

/*
 * NGX_OK: the cluster is over and *rate (bit/s) got through, less than was
 * sent if *full; NGX_DECLINED: over, and it tells nothing; NGX_AGAIN: not
 * yet; NGX_DONE: there is none.
 */
ngx_int_t ngx_secmeet_probe_result(ngx_secmeet_probe_t *probe, double noise,
    ngx_secmeet_usec_t rtt, uint64_t *rate, ngx_uint_t *full,
    ngx_secmeet_usec_t now);

/* the path has become slower: what a probe proved does not hold */
void ngx_secmeet_probe_dropped(ngx_secmeet_probe_t *probe,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_PROBE_H_INCLUDED_ */
