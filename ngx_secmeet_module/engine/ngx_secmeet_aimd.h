
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The target rate (draft-ietf-rmcat-gcc-02, 5.5): down to a part of what
 * arrives as soon as a queue grows, so low that the queue drains within
 * about a second, then back to just below what arrived; up by a share per
 * second, slowly near the rate at which the queue grew last, and never far
 * above what arrives: what is not sent proves nothing.
 */


#ifndef _NGX_SECMEET_AIMD_H_INCLUDED_
#define _NGX_SECMEET_AIMD_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_AIMD_BETA         0.85      /* of what arrives, at most */
#define NGX_SECMEET_AIMD_BETA_MIN     0.5       /* with a long queue */
#define NGX_SECMEET_AIMD_BACK         0.92      /* when it has drained */
#define NGX_SECMEET_AIMD_FAR          0.08      /* up, share per second */
#define NGX_SECMEET_AIMD_NEAR         0.002     /* near the link's rate */
#define NGX_SECMEET_AIMD_NEAR_RATE    10000     /* and bit/s per second */
#define NGX_SECMEET_AIMD_BEYOND       1.5       /* times what arrives */
#define NGX_SECMEET_AIMD_ALWAYS       10000     /* bit/s above it */

/* microseconds */
#define NGX_SECMEET_AIMD_HOLD         500000    /* after draining */
#define NGX_SECMEET_AIMD_DRAIN        3000000   /* at most */
#define NGX_SECMEET_AIMD_NEAR_TIME    10000000  /* then not so near */


typedef struct {
    double                    target;           /* bit/s */
    double                    min;
    double                    max;
    double                    link;             /* what it carried; 0: ? */
    ngx_secmeet_usec_t        updated;
    ngx_secmeet_usec_t        dropped;          /* when last lowered */
    ngx_secmeet_usec_t        hold;             /* no increase until */

    unsigned                  draining:1;
} ngx_secmeet_aimd_t;


void ngx_secmeet_aimd_init(ngx_secmeet_aimd_t *aimd, double start,
    double min, double max, ngx_secmeet_usec_t now);

/* a queue of so many ms grows, and so many bit/s arrive */
void ngx_secmeet_aimd_drop(ngx_secmeet_aimd_t *aimd, double arrived,
    double queue, ngx_secmeet_usec_t now);

/* the queue has drained */
void ngx_secmeet_aimd_drained(ngx_secmeet_aimd_t *aimd,
    ngx_secmeet_usec_t now);

/* time passes and nothing speaks against more */
void ngx_secmeet_aimd_grow(ngx_secmeet_aimd_t *aimd, double arrived,
    ngx_secmeet_usec_t now);

/* time passes, no increase */
void ngx_secmeet_aimd_stay(ngx_secmeet_aimd_t *aimd, ngx_secmeet_usec_t now);

/* a probe: so many bit/s got through; full: no more than that would */
void ngx_secmeet_aimd_prove(ngx_secmeet_aimd_t *aimd, double rate,
    ngx_uint_t full, ngx_secmeet_usec_t now);

/* set it, within its bounds */
void ngx_secmeet_aimd_set(ngx_secmeet_aimd_t *aimd, double target);


#endif /* _NGX_SECMEET_AIMD_H_INCLUDED_ */
