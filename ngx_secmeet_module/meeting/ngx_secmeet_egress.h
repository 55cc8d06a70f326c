
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What leaves for one subscriber: packets of its subs get their transport-
 * wide numbers and wait where a burst would be too much for the path; lost
 * ones go again by RTX (RFC 4588), voice on a lossy path goes twice; what
 * comes back of the numbers makes the estimate of the path's bandwidth.
 *
 * Only m-lines with RTX bear numbers.  What has none is sent again as the
 * same bytes (RFC 3711, 9.1), and a number would not be the same.
 */


#ifndef _NGX_SECMEET_EGRESS_H_INCLUDED_
#define _NGX_SECMEET_EGRESS_H_INCLUDED_


#include "ngx_secmeet_forward.h"
#include "../engine/ngx_secmeet_backlog.h"
#include "../engine/ngx_secmeet_bwe.h"
#include "../engine/ngx_secmeet_ledger.h"
#include "../engine/ngx_secmeet_limit.h"
#include "../engine/ngx_secmeet_pace.h"
#include "../wire/ngx_secmeet_rtcp.h"


#define NGX_SECMEET_EGRESS_PACED      512       /* packets that wait */
#define NGX_SECMEET_EGRESS_REPEATS    256
#define NGX_SECMEET_EGRESS_PADDING    240       /* bytes of a packet of it */

/* usec: while videos are paused, one packet so often, to hear of the path */
#define NGX_SECMEET_EGRESS_TRICKLE    200000

/* bit/s: what is assumed before anything is known, and the bounds */
#define NGX_SECMEET_EGRESS_START      1000000
#define NGX_SECMEET_EGRESS_MIN        10000
#define NGX_SECMEET_EGRESS_MAX        50000000

/*
 * bit/s of packets that are sent again: as much as the estimate at most,
 * within these bounds, _START where there is none
 */
#define NGX_SECMEET_EGRESS_RESEND     500000
#define NGX_SECMEET_EGRESS_RESEND_MAX 10000000
#define NGX_SECMEET_EGRESS_HEADERS    70        /* bytes, of each of them */

/* below this, voice is repeated once at most, and not at all */
#define NGX_SECMEET_EGRESS_TIGHT      200000
#define NGX_SECMEET_EGRESS_NARROW     60000


/* of a path whose packets bear numbers */
typedef struct {
    ngx_secmeet_ledger_t      ledger;
    ngx_secmeet_bwe_t         bwe;
    ngx_secmeet_bwe_out_t     estimate;
    ngx_secmeet_pace_t        pace;
    ngx_secmeet_usec_t        last;             /* when a number left */
    ngx_uint_t                lost;             /* since voice was told */
    ngx_uint_t                expected;
    ngx_secmeet_backlog_item_t  paced[NGX_SECMEET_EGRESS_PACED];
} ngx_secmeet_egress_path_t;


struct ngx_secmeet_egress_s {
    ngx_secmeet_transport_t  *tp;
    ngx_secmeet_egress_path_t  *path;           /* NULL: no numbers */
    ngx_secmeet_backlog_t     paced;            /* of subs */
    ngx_secmeet_backlog_t     repeats[NGX_SECMEET_REPEAT_COPIES];
    ngx_secmeet_backlog_item_t  repeated[NGX_SECMEET_REPEAT_COPIES]
                                       [NGX_SECMEET_EGRESS_REPEATS];
    ngx_secmeet_limit_t       resend;           /* bytes, of all subs */
    ngx_secmeet_alloc_t       alloc;
    ngx_secmeet_usec_t        shared;           /* when, last */
    ngx_uint_t                starved;          /* subs, then */
    ngx_secmeet_usec_t        due;              /* of the timer; 0: unset */
    ngx_event_t               timer;
};


/*
 * There will be a sub for this m-line of the offer.  NGX_OK, or NGX_ERROR:
 * no memory.
 */
ngx_int_t ngx_secmeet_egress_open(ngx_secmeet_transport_t *tp,
    ngx_secmeet_sdp_media_t *m);
void ngx_secmeet_egress_close(ngx_secmeet_egress_t *egress);

/* nothing more of what the sub has been sent so far */
void ngx_secmeet_egress_forget(ngx_secmeet_sub_t *sub);

/* now, or when the path has room */
void ngx_secmeet_egress_send(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw, ngx_secmeet_rewrite_out_t *out);

/* once more, at once; NGX_DECLINED: too much was sent again of late */
ngx_int_t ngx_secmeet_egress_again(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw, ngx_secmeet_rewrite_out_t *out);

/* padding, so that nobody waits for the number of what is left out */
void ngx_secmeet_egress_empty(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw, ngx_secmeet_rewrite_out_t *out);

/* the transport-wide number of a packet of len bytes that leaves now */
uint16_t ngx_secmeet_egress_number(ngx_secmeet_egress_t *egress, size_t len,
    ngx_uint_t cluster, ngx_secmeet_usec_t now);

/* transport-wide feedback of the subscriber */
void ngx_secmeet_egress_feedback(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now);

/* each second */
void ngx_secmeet_egress_tick(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now);

/* bit/s that videos may take; 0: not known, no limit */
uint64_t ngx_secmeet_egress_rate(ngx_secmeet_egress_t *egress);


#endif /* _NGX_SECMEET_EGRESS_H_INCLUDED_ */
