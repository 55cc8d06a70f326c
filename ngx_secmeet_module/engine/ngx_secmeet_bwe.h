
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How much one peer can be sent: send-side bandwidth estimation after
 * draft-ietf-rmcat-gcc-02, made for a sender that forwards layers of video
 * and so mostly sends less than it may.  From the results of transport-wide
 * feedback it tells a target, and which probes are to be sent.  Sends
 * nothing, decides nothing about what the target is spent on.
 *
 * All rates are bit/s on the wire as counted in the packets' sizes, times
 * microseconds; a packet costs constant work.
 */


#ifndef _NGX_SECMEET_BWE_H_INCLUDED_
#define _NGX_SECMEET_BWE_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "ngx_secmeet_aimd.h"
#include "ngx_secmeet_goodput.h"
#include "ngx_secmeet_ledger.h"
#include "ngx_secmeet_loss.h"
#include "ngx_secmeet_probe.h"
#include "ngx_secmeet_trend.h"


#define NGX_SECMEET_BWE_SILENCE       1000000   /* and rtt: then it falls */
#define NGX_SECMEET_BWE_SILENCE_STEP  500000    /* so often */
#define NGX_SECMEET_BWE_SILENCE_BETA  0.8       /* to this part */
#define NGX_SECMEET_BWE_AGAIN         200000    /* and rtt / 2: next drop */
#define NGX_SECMEET_BWE_HELPED        700000    /* and rtt: look whether */
#define NGX_SECMEET_BWE_LAG           120.0     /* ms behind: congested */
#define NGX_SECMEET_BWE_LAGS          8         /* seconds remembered */
#define NGX_SECMEET_BWE_CHECK         300000    /* until the next look */
#define NGX_SECMEET_BWE_CHECKS        4
#define NGX_SECMEET_BWE_EPISODE       2000000   /* without a drop: its end */
#define NGX_SECMEET_BWE_RELIEF        0.8       /* of the load: it is less */
#define NGX_SECMEET_BWE_LITTLE        300000.0  /* bit/s: of no weight */
#define NGX_SECMEET_BWE_PROBED        300000    /* and rtt: after a probe */
#define NGX_SECMEET_BWE_RTT           100000    /* until it is known */
#define NGX_SECMEET_BWE_RTT_MAX       2000000
#define NGX_SECMEET_BWE_RATE_MAX      1000000000000 /* bit/s, of any */


typedef enum {
    ngx_secmeet_bwe_steady = 0,                 /* all is well */
    ngx_secmeet_bwe_congested,                  /* a queue is drained */
    ngx_secmeet_bwe_lossy,                      /* lowered for loss */
    ngx_secmeet_bwe_silent                      /* no feedback comes */
} ngx_secmeet_bwe_e;


typedef struct {
    uint64_t                  target;           /* bit/s */
    uint64_t                  goodput;          /* bit/s that arrive now */
    double                    loss;             /* 0 to 1 */
    double                    queue;            /* ms in the path's queue */
    ngx_secmeet_bwe_e         state;
    ngx_secmeet_probe_cluster_t  probe;         /* cluster 0: none */
} ngx_secmeet_bwe_out_t;


typedef struct {
    ngx_secmeet_trend_t       trend;
    ngx_secmeet_aimd_t        aimd;
    ngx_secmeet_loss_t        loss;
    ngx_secmeet_probe_t       probe;
    ngx_secmeet_goodput_t     goodput;

    uint64_t                  wanted;           /* bit/s */
    uint64_t                  told;             /* target of the last poll */
    ngx_secmeet_bwe_e         state;            /* told, too */

    ngx_secmeet_usec_t        rtt;
    ngx_secmeet_usec_t        unheard;          /* sent since, first; 0 */
    ngx_secmeet_usec_t        silence;          /* next step down */

    double                    lags[NGX_SECMEET_BWE_LAGS];   /* ms, least */
    ngx_secmeet_usec_t        lag_start;        /* of lags[0] */
    double                    lag_last;         /* of the last feedback */
    double                    lag;              /* ms above the least */

    double                    queue;            /* ms, most since a drop */
    ngx_secmeet_usec_t        check;            /* whether it helped; 0 */
    ngx_uint_t                checks;           /* of this episode */
    ngx_uint_t                drops;
    double                    high;             /* target before them */
    double                    load;             /* bit/s that arrived then */
    ngx_secmeet_usec_t        probed;           /* its queue drains until */
    double                    before;           /* target before a try */
    double                    size;             /* bytes, mean */
    double                    usual;            /* bit/s that arrive, mean */
    uint16_t                  seq;              /* highest told */

    unsigned                  heard:1;          /* any feedback yet */
    unsigned                  limited:1;
    unsigned                  lowered:1;        /* for loss */
    unsigned                  silent:1;
} ngx_secmeet_bwe_t;


/* bit/s each; min and max are put in order, start between them */
void ngx_secmeet_bwe_init(ngx_secmeet_bwe_t *bwe, uint64_t start,
    uint64_t min, uint64_t max, ngx_secmeet_usec_t now);

/*
 * A packet that will be told in feedback leaves.  Without this call the
 * target does not fall when no feedback comes.
 */
void ngx_secmeet_bwe_sent(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now);

/*
 * One feedback message, in the order of sequence numbers; rtt: of the path,
 * usec, 0: not known.
 */
void ngx_secmeet_bwe_feedback(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packets, ngx_uint_t n,
    ngx_secmeet_usec_t rtt, ngx_secmeet_usec_t now);

/*
 * limited: less is sent than may be, there is no more to send.  wanted
 * (bit/s): what could be used; above the target it is probed for, 0: never.
 * At first all that there is, is wanted.
 */
void ngx_secmeet_bwe_limited(ngx_secmeet_bwe_t *bwe, ngx_uint_t limited,
    uint64_t wanted, ngx_secmeet_usec_t now);

/*
 * To be called after feedback and at ngx_secmeet_bwe_next().  NGX_OK: target
 * or state have changed or a probe is to be sent; NGX_DONE: nothing is new,
 * but out is filled all the same.
 */
ngx_int_t ngx_secmeet_bwe_poll(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_bwe_out_t *out, ngx_secmeet_usec_t now);

/* when to poll, at the latest; 0: not before feedback */
ngx_secmeet_usec_t ngx_secmeet_bwe_next(ngx_secmeet_bwe_t *bwe);


#endif /* _NGX_SECMEET_BWE_H_INCLUDED_ */
