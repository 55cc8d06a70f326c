
/*
 * Copyright (C) secmeet contributors
 */


/*
 * One packet of a sub, from what is known of it to the bytes on the path:
 * header, extensions, transport-wide number, RTX or padding, SRTP.
 */


#ifndef _NGX_SECMEET_EMIT_H_INCLUDED_
#define _NGX_SECMEET_EMIT_H_INCLUDED_


#include "ngx_secmeet_forward.h"


/* how a packet is sent */
typedef struct {
    ngx_uint_t                rtx;
    ngx_uint_t                padding;          /* bytes: no payload */
    ngx_uint_t                cluster;
    u_char                    number[2];
    ngx_secmeet_usec_t        now;
} ngx_secmeet_emit_t;


/* NGX_OK; NGX_DECLINED: the packet would be too large */
ngx_int_t ngx_secmeet_emit_fits(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw);

/* the payload type of its retransmissions; 0: audio, or not negotiated */
ngx_uint_t ngx_secmeet_emit_rtx(ngx_secmeet_sub_t *sub);

/* 1 if its packets bear transport-wide numbers; it has a codec */
ngx_uint_t ngx_secmeet_emit_numbered(ngx_secmeet_sub_t *sub);

/* fw is NULL for padding.  NGX_OK: it leaves at the end of this turn */
ngx_int_t ngx_secmeet_emit(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_emit_t *how);


#endif /* _NGX_SECMEET_EMIT_H_INCLUDED_ */
