
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A step says how numbers are changed from one incoming packet on; a new one
 * begins where packets are left out on purpose, and where what is sent
 * changes.  Steps do not overlap in what goes out, and each incoming packet
 * belongs to one at most: so no outgoing number ever stands for two packets.
 * All that goes out is told by the step and the packet alone: so it is the
 * same whenever it is asked for again.  Only a step that no packet has used
 * yet may be changed.  For ngx_secmeet_rewrite.c only.
 */


#ifndef _NGX_SECMEET_REWRITE_STEP_H_INCLUDED_
#define _NGX_SECMEET_REWRITE_STEP_H_INCLUDED_


#include "ngx_secmeet_rewrite.h"


#define NGX_SECMEET_REWRITE_WIDE      0xffff    /* picture ids */
#define NGX_SECMEET_REWRITE_LONG      0x7fff
#define NGX_SECMEET_REWRITE_SHORT     0x7f


#define ngx_secmeet_rewrite_newest(rw)  (&(rw)->steps[(rw)->newest])


/* a step from this packet on, else as the newest; that one if not yet used */
ngx_secmeet_rewrite_step_t *ngx_secmeet_rewrite_step(
    ngx_secmeet_rewrite_t *rw, uint32_t number, uint32_t out);

/* the step of a packet, and the number that it goes out with; NULL */
ngx_secmeet_rewrite_step_t *ngx_secmeet_rewrite_lookup(
    ngx_secmeet_rewrite_t *rw, ngx_secmeet_rewrite_in_t *in, uint32_t *out);

/* the newest step begins later, and those before it are dropped */
void ngx_secmeet_rewrite_trim(ngx_secmeet_rewrite_t *rw);

/* nothing of this layer is found any more */
void ngx_secmeet_rewrite_forget(ngx_secmeet_rewrite_t *rw, ngx_uint_t layer);

/* whether a packet that belongs to the step is sent */
ngx_uint_t ngx_secmeet_rewrite_wanted(ngx_secmeet_rewrite_step_t *step,
    ngx_secmeet_rewrite_in_t *in);

void ngx_secmeet_rewrite_create(ngx_secmeet_rewrite_step_t *step,
    ngx_secmeet_rewrite_in_t *in, uint32_t number,
    ngx_secmeet_rewrite_out_t *out);

/* of the bits that the picture id has */
ngx_uint_t ngx_secmeet_rewrite_mask(ngx_secmeet_payload_t *payload);


#endif /* _NGX_SECMEET_REWRITE_STEP_H_INCLUDED_ */
