
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_report.h"


/* RFC 3550, A.1: a larger jump is believed when the next packet follows it */
#define NGX_SECMEET_REPORT_DROPOUT    3000
#define NGX_SECMEET_REPORT_MISORDER   100

/* 16 times this is the largest jitter that its scaled form can hold */
#define NGX_SECMEET_REPORT_JITTER     0x0fffffff


static void ngx_secmeet_report_start(ngx_secmeet_report_t *report,
    uint16_t seq);
static ngx_int_t ngx_secmeet_report_seq(ngx_secmeet_report_t *report,
    uint16_t seq);
static void ngx_secmeet_report_jitter(ngx_secmeet_report_t *report,
    uint32_t timestamp, ngx_secmeet_usec_t now);
static void ngx_secmeet_report_lost(ngx_secmeet_report_t *report,
    ngx_secmeet_rtcp_block_t *block);


void
ngx_secmeet_report_init(ngx_secmeet_report_t *report, uint32_t clock)
{
    ngx_memzero(report, sizeof(ngx_secmeet_report_t));

    report->clock = clock;
}


void
ngx_secmeet_report_input(ngx_secmeet_report_t *report, uint16_t seq,
    uint32_t timestamp, ngx_secmeet_usec_t now)
{
    if (!report->started) {
        ngx_secmeet_report_start(report, seq);
    }

    if (ngx_secmeet_report_seq(report, seq) != NGX_OK) {
        return;
    }

    ngx_secmeet_report_jitter(report, timestamp, now);

    report->received++;
    report->started = 1;
}


static void
ngx_secmeet_report_start(ngx_secmeet_report_t *report, uint16_t seq)
{
    report->base = seq;
    report->highest = seq;
    report->received = 0;
    report->expected_prior = 0;
    report->received_prior = 0;
    report->jump = 0;
}


/* RFC 3550, A.1, without probation: SRTP has authenticated the source */

static ngx_int_t
ngx_secmeet_report_seq(ngx_secmeet_report_t *report, uint16_t seq)
{
    uint16_t  ahead;

    ahead = seq - (uint16_t) report->highest;

    if (ahead < NGX_SECMEET_REPORT_DROPOUT) {
        report->highest += ahead;
        report->jump = 0;
        return NGX_OK;
    }

    if (ahead > 0x10000 - NGX_SECMEET_REPORT_MISORDER) {
        return NGX_OK;
    }

    if (report->jump == (uint32_t) seq + 0x10000) {
        ngx_secmeet_report_start(report, seq);
        return NGX_OK;
    }

    report->jump = ((seq + 1) & 0xffff) + 0x10000;

    return NGX_DECLINED;
}


/* RFC 3550, 6.4.1 and A.8 */

static void
ngx_secmeet_report_jitter(ngx_secmeet_report_t *report, uint32_t timestamp,
    ngx_secmeet_usec_t now)
{
    uint32_t  arrival, d, transit;

    arrival = now / 1000000 * report->clock
              + now % 1000000 * report->clock / 1000000;

    transit = arrival - timestamp;

    d = transit - report->transit;

    if ((int32_t) d < 0) {
        d = -d;
    }

    if (report->started) {
        d = ngx_min(d, NGX_SECMEET_REPORT_JITTER);
        report->jitter += d - ((report->jitter >> 4)
                               + ((report->jitter >> 3) & 1));
    }

    report->transit = transit;
}


void
ngx_secmeet_report_sr(ngx_secmeet_report_t *report, uint64_t ntp,
    ngx_secmeet_usec_t now)
{
    report->lsr = ntp >> 16;
    report->lsr_time = now;
}


ngx_int_t
ngx_secmeet_report_poll(ngx_secmeet_report_t *report,
    ngx_secmeet_rtcp_block_t *block, ngx_secmeet_usec_t now)
{
    uint64_t  passed;

    if (!report->started) {
        return NGX_DONE;
    }

    ngx_secmeet_report_lost(report, block);

    block->highest = report->highest;
    block->jitter = report->jitter >> 4;
    block->lsr = report->lsr;
    block->dlsr = 0;

    if (report->lsr) {
        passed = (now - report->lsr_time) / 15625 * 1024
                 + (now - report->lsr_time) % 15625 * 1024 / 15625;
        block->dlsr = ngx_min(passed, 0xffffffff);
    }

    return NGX_OK;
}


/* RFC 3550, A.3 */

static void
ngx_secmeet_report_lost(ngx_secmeet_report_t *report,
    ngx_secmeet_rtcp_block_t *block)
{
    int64_t   lost;
    uint32_t  expected, interval;

    expected = report->highest - report->base + 1;

    lost = (int64_t) expected - (int64_t) report->received;
    lost = ngx_min(lost, 0x7fffff);
    block->lost = ngx_max(lost, -0x800000);

    interval = expected - report->expected_prior;
    lost = (int64_t) interval
           - (int64_t) (report->received - report->received_prior);

    block->fraction = 0;

    if (lost > 0) {
        block->fraction = ngx_min(lost * 256 / interval, 255);
    }

    report->expected_prior = expected;
    report->received_prior = report->received;
}


ngx_secmeet_usec_t
ngx_secmeet_report_rtt(ngx_secmeet_rtcp_block_t *block, uint64_t now_ntp)
{
    uint32_t  rtt;

    if (block->lsr == 0) {
        return 0;
    }

    /* in 1/65536 s; below zero when the peer's clock runs faster */

    rtt = (uint32_t) (now_ntp >> 16) - block->lsr - block->dlsr;

    if ((int32_t) rtt < 0) {
        return 0;
    }

    return (uint64_t) rtt * 15625 / 1024;
}
