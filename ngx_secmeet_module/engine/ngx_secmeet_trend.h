
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the delay of a path says: whether a queue grows, stands or drains.
 * Packets are grouped by the time they were sent, each group counts with
 * its shortest one-way delay (jitter lengthens most delays, a queue all of
 * them), and a line is fitted through the groups of the last half second
 * (draft-ietf-rmcat-gcc-02, 5: inter-arrival groups, a filter, a threshold
 * that adapts).  The threshold follows the noise around that line and what
 * the queue did when the rate was lowered before.
 *
 * Clocks of the two ends need not agree: a constant difference is nothing,
 * and a drift is forgotten after NGX_SECMEET_TREND_BASES seconds.
 */


#ifndef _NGX_SECMEET_TREND_H_INCLUDED_
#define _NGX_SECMEET_TREND_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_TREND_GROUP       40000     /* usec of sending */
#define NGX_SECMEET_TREND_POINTS      12        /* groups in the fit */
#define NGX_SECMEET_TREND_BASES       10        /* seconds remembered */
#define NGX_SECMEET_TREND_PAUSE       1000000   /* usec: a new line */
#define NGX_SECMEET_TREND_JUMP        10000000  /* usec: another clock */

/* milliseconds */
#define NGX_SECMEET_TREND_GROWTH      8.0       /* in half a second */
#define NGX_SECMEET_TREND_QUEUE       10.0      /* no overuse below it */
#define NGX_SECMEET_TREND_STANDING    40.0      /* too much, if it stays */
#define NGX_SECMEET_TREND_NOISE       5.0       /* until it is measured */

#define NGX_SECMEET_TREND_TOLERANCE   8.0       /* times the threshold */


typedef enum {
    ngx_secmeet_trend_normal = 0,
    ngx_secmeet_trend_over,                     /* the queue grows */
    ngx_secmeet_trend_standing,                 /* it is long and stays */
    ngx_secmeet_trend_under                     /* it drains */
} ngx_secmeet_trend_e;


typedef struct {
    double                    x;                /* ms, sent */
    double                    y;                /* ms, delay */
} ngx_secmeet_trend_point_t;


typedef struct {
    ngx_secmeet_trend_point_t  points[NGX_SECMEET_TREND_POINTS];
    ngx_uint_t                npoints;
    double                    bases[NGX_SECMEET_TREND_BASES];   /* ms */
    ngx_secmeet_usec_t        base_start;       /* of bases[0] */

    uint64_t                  offset;           /* of the two clocks */
    ngx_secmeet_usec_t        epoch;            /* x = 0 */
    ngx_secmeet_usec_t        start;            /* of this group */
    ngx_secmeet_trend_point_t  group;
    ngx_uint_t                known;            /* groups since the start */

    double                    noise;            /* ms, mean distance */
    double                    slope;            /* ms of delay per ms */
    double                    growth;           /* ms along the line */
    double                    queue;            /* ms, of the last groups */
    double                    standing;         /* ms, of all groups */
    double                    tolerance;        /* 1 and more */
    ngx_secmeet_trend_e       state;

    unsigned                  started:1;
} ngx_secmeet_trend_t;


void ngx_secmeet_trend_init(ngx_secmeet_trend_t *trend);

/*
 * A packet that arrived, in the order of sending: times in microseconds by
 * the sender's and by the receiver's clock.  NGX_OK: a group is complete,
 * what the structure says is new; NGX_AGAIN: nothing new.
 */
ngx_int_t ngx_secmeet_trend_input(ngx_secmeet_trend_t *trend,
    ngx_secmeet_usec_t sent, ngx_secmeet_usec_t received);

/*
 * The rate was lowered: did the queue become shorter?  If not, it is not
 * ours, and we shall bear more before we yield again.
 */
void ngx_secmeet_trend_helped(ngx_secmeet_trend_t *trend, ngx_uint_t helped);

/* the delay of now is that of an empty path */
void ngx_secmeet_trend_rebase(ngx_secmeet_trend_t *trend);


#endif /* _NGX_SECMEET_TREND_H_INCLUDED_ */
