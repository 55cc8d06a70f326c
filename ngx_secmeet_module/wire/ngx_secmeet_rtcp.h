
/*
 * Copyright (C) secmeet contributors
 */


/*
 * RTCP packets: SR, RR, SDES, BYE (RFC 3550, 6), NACK and PLI (RFC 4585),
 * FIR (RFC 5104).  A compound is walked one packet at a time.
 */


#ifndef _NGX_SECMEET_RTCP_H_INCLUDED_
#define _NGX_SECMEET_RTCP_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_RTCP_SR           200
#define NGX_SECMEET_RTCP_RR           201
#define NGX_SECMEET_RTCP_SDES         202
#define NGX_SECMEET_RTCP_BYE          203
#define NGX_SECMEET_RTCP_RTPFB        205
#define NGX_SECMEET_RTCP_PSFB         206

#define NGX_SECMEET_RTPFB_NACK        1
#define NGX_SECMEET_RTPFB_TWCC        15
#define NGX_SECMEET_PSFB_PLI          1
#define NGX_SECMEET_PSFB_FIR          4

#define NGX_SECMEET_RTCP_BLOCK        24        /* bytes of a report block */
#define NGX_SECMEET_RTCP_BLOCKS       31        /* in one packet, at most */


typedef struct {
    ngx_uint_t                type;
    ngx_uint_t                count;            /* RC, SC or FMT */
    u_char                   *body;             /* after the 4-byte header */
    u_char                   *end;              /* without padding */
    u_char                   *next;             /* the packet after this */
} ngx_secmeet_rtcp_t;


typedef struct {
    uint32_t                  ssrc;
    ngx_uint_t                fraction;         /* 1/256 */
    int32_t                   lost;             /* 24 bits, signed */
    uint32_t                  highest;          /* extended sequence number */
    uint32_t                  jitter;           /* timestamp units */
    uint32_t                  lsr;
    uint32_t                  dlsr;             /* 1/65536 s */
} ngx_secmeet_rtcp_block_t;


typedef struct {
    uint32_t                  ssrc;             /* sender */
    uint64_t                  ntp;
    uint32_t                  timestamp;
    uint32_t                  packets;
    uint32_t                  octets;
    ngx_secmeet_rtcp_block_t  *blocks;          /* for create */
    ngx_uint_t                nblocks;
} ngx_secmeet_rtcp_report_t;


typedef struct {
    uint32_t                  sender;
    uint32_t                  ssrc;             /* the media source */
    u_char                   *fci;
    u_char                   *end;
} ngx_secmeet_rtcp_feedback_t;


/* NGX_OK; NGX_DONE when p == end; NGX_DECLINED */
ngx_int_t ngx_secmeet_rtcp_parse(ngx_secmeet_rtcp_t *rtcp, u_char *p,
    u_char *end);

/* SR or RR; blocks are read by _block with n < rtcp->count */
ngx_int_t ngx_secmeet_rtcp_report_parse(ngx_secmeet_rtcp_report_t *report,
    ngx_secmeet_rtcp_t *rtcp);
ngx_int_t ngx_secmeet_rtcp_block_parse(ngx_secmeet_rtcp_block_t *block,
    ngx_secmeet_rtcp_t *rtcp, ngx_uint_t n);

/* RTPFB or PSFB */
ngx_int_t ngx_secmeet_rtcp_feedback_parse(ngx_secmeet_rtcp_feedback_t *fb,
    ngx_secmeet_rtcp_t *rtcp);

/*
 * The sequence numbers that a NACK asks for: at most n into seqs, returns
 * how many.  RFC 4585, 6.2.1.
 */
ngx_uint_t ngx_secmeet_rtcp_nack_parse(ngx_secmeet_rtcp_feedback_t *fb,
    uint16_t *seqs, ngx_uint_t n);

/* the SSRC of FIR entry n, or NGX_DECLINED; RFC 5104, 4.3.1.1 */
ngx_int_t ngx_secmeet_rtcp_fir_parse(ngx_secmeet_rtcp_feedback_t *fb,
    ngx_uint_t n, uint32_t *ssrc, ngx_uint_t *seq);

/* SSRC number n of a BYE, or NGX_DECLINED */
ngx_int_t ngx_secmeet_rtcp_bye_parse(ngx_secmeet_rtcp_t *rtcp, ngx_uint_t n,
    uint32_t *ssrc);

/* these return the length; p may be NULL */
size_t ngx_secmeet_rtcp_sr_create(u_char *p,
    ngx_secmeet_rtcp_report_t *report);
size_t ngx_secmeet_rtcp_rr_create(u_char *p,
    ngx_secmeet_rtcp_report_t *report);
size_t ngx_secmeet_rtcp_sdes_create(u_char *p, uint32_t ssrc,
    ngx_str_t *cname);
size_t ngx_secmeet_rtcp_bye_create(u_char *p, uint32_t ssrc);
size_t ngx_secmeet_rtcp_pli_create(u_char *p, uint32_t sender,
    uint32_t ssrc);
size_t ngx_secmeet_rtcp_fir_create(u_char *p, uint32_t sender,
    uint32_t ssrc, ngx_uint_t seq);

/* seqs ascend (modulo 2^16) and are packed into PID/BLP pairs */
size_t ngx_secmeet_rtcp_nack_create(u_char *p, uint32_t sender,
    uint32_t ssrc, uint16_t *seqs, ngx_uint_t n);


#endif /* _NGX_SECMEET_RTCP_H_INCLUDED_ */
