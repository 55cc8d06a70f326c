
/*
 * Copyright (C) secmeet contributors
 */


/*
 * RTP headers and header extensions (RFC 3550, 5.1; RFC 8285), and which
 * protocol a datagram belongs to (RFC 7983, RFC 5761).
 */


#ifndef _NGX_SECMEET_RTP_H_INCLUDED_
#define _NGX_SECMEET_RTP_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_RTP_HEADER        12
#define NGX_SECMEET_RTP_EXTENSIONS    16        /* looked at in one packet */
#define NGX_SECMEET_RTP_ONE_BYTE      0xbede
#define NGX_SECMEET_RTP_TWO_BYTE      0x1000

/* a header with no CSRC and extensions of one byte each fits in this */
#define NGX_SECMEET_RTP_HEADER_MAX    128


typedef enum {
    NGX_SECMEET_DEMUX_UNKNOWN = 0,
    NGX_SECMEET_DEMUX_STUN,
    NGX_SECMEET_DEMUX_DTLS,
    NGX_SECMEET_DEMUX_RTP,
    NGX_SECMEET_DEMUX_RTCP
} ngx_secmeet_demux_e;


typedef struct {
    ngx_uint_t                id;               /* 1..14, or 1..255 */
    ngx_str_t                 value;
} ngx_secmeet_rtp_ext_t;


typedef struct {
    ngx_uint_t                pt;
    uint16_t                  seq;
    uint32_t                  timestamp;
    uint32_t                  ssrc;
    ngx_uint_t                padding;          /* bytes at the end */
    ngx_str_t                 payload;          /* without padding */

    ngx_secmeet_rtp_ext_t     exts[NGX_SECMEET_RTP_EXTENSIONS];
    ngx_uint_t                nexts;

    unsigned                  marker:1;
} ngx_secmeet_rtp_t;


ngx_secmeet_demux_e ngx_secmeet_demux(u_char *p, size_t len);

/*
 * NGX_OK or NGX_DECLINED.  Works on a protected packet as well: the header
 * and its extensions are in the clear, and the payload then includes the
 * tag; pass padded = 0 for it, since the padding count is encrypted.
 * Extensions past the sixteenth are skipped.
 */
ngx_int_t ngx_secmeet_rtp_parse(ngx_secmeet_rtp_t *rtp, u_char *p,
    u_char *end, ngx_uint_t padded);

/*
 * Writes the header with rtp->exts (one-byte form if all ids are 1..14 and
 * all values 1..16 bytes, otherwise two-byte form) and neither CSRC,
 * padding nor payload; returns the length (p may be NULL).  Extensions with
 * id 0 are left out.
 */
size_t ngx_secmeet_rtp_create(u_char *p, ngx_secmeet_rtp_t *rtp);

/* the value of an extension, or NULL; id 0 is never found */
ngx_str_t *ngx_secmeet_rtp_ext(ngx_secmeet_rtp_t *rtp, ngx_uint_t id);


#endif /* _NGX_SECMEET_RTP_H_INCLUDED_ */
