
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Retransmission on an SSRC of its own, RFC 4588: the payload of an RTX
 * packet is the original's sequence number and its payload.  Also the
 * packets of nothing but padding.
 */


#ifndef _NGX_SECMEET_RTX_H_INCLUDED_
#define _NGX_SECMEET_RTX_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "../wire/ngx_secmeet_rtp.h"


#define NGX_SECMEET_RTX_OSN           2         /* bytes before the payload */
#define NGX_SECMEET_RTX_PADDING       255       /* bytes of one packet */


typedef struct {
    uint32_t                  ssrc;             /* 0: no RTX */
    uint16_t                  seq;              /* of the next packet */
} ngx_secmeet_rtx_t;


/* seq: random, below 2^15 (RFC 3711, 3.3.1) */
void ngx_secmeet_rtx_init(ngx_secmeet_rtx_t *rtx, uint32_t ssrc,
    uint16_t seq);

/*
 * Makes the original of a parsed RTX packet: payload type pt (by apt), ssrc,
 * sequence number and payload are its own; timestamp, marker and extensions
 * are those of the RTX packet.
 *
 *     NGX_OK        rtp is the original
 *     NGX_DONE      padding only: a probe, which carries nothing
 *     NGX_DECLINED  too short
 */
ngx_int_t ngx_secmeet_rtx_unwrap(ngx_secmeet_rtp_t *rtp, ngx_uint_t pt,
    uint32_t ssrc);

/*
 * Writes the header and the original sequence number of an RTX packet:
 * rtp, the original as it was sent, changes to the RTX packet's pt, SSRC and
 * sequence number.  The payload follows at the returned place.  NULL: it
 * would be larger than size, and nothing is changed.
 */
u_char *ngx_secmeet_rtx_wrap(ngx_secmeet_rtx_t *rtx, ngx_secmeet_rtp_t *rtp,
    ngx_uint_t pt, u_char *p, size_t size);

/*
 * Fills up a packet, of which the header is written, with n bytes of padding
 * (1 to NGX_SECMEET_RTX_PADDING) at p, its end so far; returns the new end.
 */
u_char *ngx_secmeet_rtx_pad(u_char *packet, u_char *p, size_t n);


#endif /* _NGX_SECMEET_RTX_H_INCLUDED_ */
