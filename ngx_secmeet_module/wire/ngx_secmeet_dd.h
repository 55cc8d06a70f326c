
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The dependency descriptor: an RTP header extension that says which layers
 * a frame belongs to and what it needs, whatever its payload is (AV1 RTP
 * specification 1.0, appendix A).
 */


#ifndef _NGX_SECMEET_DD_H_INCLUDED_
#define _NGX_SECMEET_DD_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "ngx_secmeet_payload.h"


#define NGX_SECMEET_DD_TEMPLATES      64
#define NGX_SECMEET_DD_TARGETS        32
#define NGX_SECMEET_DD_SIDS           4
#define NGX_SECMEET_DD_TIDS           8

/* bytes of the value of an extension, at most (RFC 8285, 4.3) */
#define NGX_SECMEET_DD_MAX            255


typedef struct {
    unsigned                  sid:2;
    unsigned                  tid:3;
    unsigned                  sync:1;           /* as of a payload */
    unsigned                  inter_picture:1;
    unsigned                  inter_layer:1;
} ngx_secmeet_dd_frame_t;


/* what the descriptors of a stream of packets refer to; all zero: nothing */
typedef struct {
    ngx_uint_t                n;                /* templates */
    ngx_uint_t                first;            /* the id of the first one */
    ngx_uint_t                ntargets;         /* decode targets */
    ngx_uint_t                nsids;
    ngx_uint_t                width;            /* of the highest layer; */
    ngx_uint_t                height;           /* 0: not told */
    ngx_secmeet_dd_frame_t    templates[NGX_SECMEET_DD_TEMPLATES];
    ngx_secmeet_dd_frame_t    targets[NGX_SECMEET_DD_TARGETS];
} ngx_secmeet_dd_t;


/*
 * Adds to what the payload says of itself: frame number (as picture id),
 * start and end of the frame, which the descriptor says by itself; sid, tid,
 * sync, inter_picture and inter_layer; by a new structure size and number of
 * layers.  dd gets the new structure.  Of a payload in a higher spatial
 * layer, key is unset.
 *
 *     NGX_OK        all of it
 *     NGX_DONE      what it says by itself, and dd is as before: dd is NULL,
 *                   the structure did not come, or the rest cannot be read
 *     NGX_DECLINED  nothing
 */
ngx_int_t ngx_secmeet_dd_parse(ngx_secmeet_dd_t *dd,
    ngx_secmeet_payload_t *payload, u_char *p, u_char *end);

/* puts another frame number into a descriptor that was parsed */
void ngx_secmeet_dd_rewrite(u_char *p, ngx_uint_t number);

/*
 * Which layers a payload is of, in one number, and back: what was told by a
 * structure that may be another one by now.  0: not known.
 */
ngx_uint_t ngx_secmeet_dd_facts(ngx_secmeet_payload_t *payload);
void ngx_secmeet_dd_restore(ngx_secmeet_payload_t *payload, ngx_uint_t facts);


#endif /* _NGX_SECMEET_DD_H_INCLUDED_ */
