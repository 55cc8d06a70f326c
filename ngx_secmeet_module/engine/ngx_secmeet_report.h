
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Reception statistics of one incoming SSRC for report blocks (RFC 3550,
 * 6.4.1, A.1, A.3, A.8), and the round trip from blocks that come back.
 */


#ifndef _NGX_SECMEET_REPORT_H_INCLUDED_
#define _NGX_SECMEET_REPORT_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "../wire/ngx_secmeet_rtcp.h"


typedef struct {
    uint32_t                  clock;            /* Hz */
    uint32_t                  base;             /* extended, first */
    uint32_t                  highest;          /* extended */
    uint64_t                  received;
    uint32_t                  expected_prior;
    uint64_t                  received_prior;
    uint32_t                  transit;
    uint32_t                  jitter;           /* scaled by 16 */
    uint32_t                  jump;             /* what would confirm one */
    uint32_t                  lsr;
    ngx_secmeet_usec_t        lsr_time;

    unsigned                  started:1;
} ngx_secmeet_report_t;


void ngx_secmeet_report_init(ngx_secmeet_report_t *report, uint32_t clock);

void ngx_secmeet_report_input(ngx_secmeet_report_t *report, uint16_t seq,
    uint32_t timestamp, ngx_secmeet_usec_t now);

/* a sender report of this SSRC came */
void ngx_secmeet_report_sr(ngx_secmeet_report_t *report, uint64_t ntp,
    ngx_secmeet_usec_t now);

/* fills block but its ssrc; NGX_DONE if nothing was received ever */
ngx_int_t ngx_secmeet_report_poll(ngx_secmeet_report_t *report,
    ngx_secmeet_rtcp_block_t *block, ngx_secmeet_usec_t now);

/*
 * The round trip by a block that answers an SR of ours (RFC 3550, 6.4.1),
 * now_ntp as in the SRs; 0: not known.
 */
ngx_secmeet_usec_t ngx_secmeet_report_rtt(ngx_secmeet_rtcp_block_t *block,
    uint64_t now_ntp);


#endif /* _NGX_SECMEET_REPORT_H_INCLUDED_ */
