
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_report.h"
#include "tap.h"


#define SECOND  1000000


static ngx_secmeet_report_t      report;
static ngx_secmeet_rtcp_block_t  block;


static void packets(uint32_t first, uint32_t last,
    ngx_secmeet_usec_t now);
static void loss(void);
static void jumps(void);
static void jitter(void);
static void round_trip(void);


int
main(void)
{
    loss();
    jumps();
    jitter();
    round_trip();

    return done();
}


static void
packets(uint32_t first, uint32_t last, ngx_secmeet_usec_t now)
{
    for ( /* void */ ; first <= last; first++) {
        ngx_secmeet_report_input(&report, first, 0, now);
    }
}


static void
loss(void)
{
    ngx_secmeet_report_init(&report, 90000);

    is_int(ngx_secmeet_report_poll(&report, &block, 0), NGX_DONE,
           "no report before a packet");

    block.ssrc = 0x1234;
    packets(1000, 1099, SECOND);

    is_int(ngx_secmeet_report_poll(&report, &block, SECOND), NGX_OK,
           "a report after some");
    is_int(block.ssrc, 0x1234, "the ssrc is left alone");
    is_int(block.lost, 0, "nothing lost");
    is_int(block.fraction, 0, "not even a fraction");
    is_int(block.highest, 1099, "the highest sequence number");
    is_int(block.lsr, 0, "no sender report yet");
    is_int(block.dlsr, 0, "and no delay since it");

    packets(1150, 1199, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);

    is_int(block.lost, 50, "50 of 100 lost");
    is_int(block.fraction, 128, "are 128 of 256");

    packets(1120, 1149, SECOND);
    packets(1200, 1200, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);

    is_int(block.lost, 20, "late packets are no longer lost");
    is_int(block.fraction, 0, "and a fraction is never negative");

    packets(1190, 1199, SECOND);
    packets(1190, 1199, SECOND);
    packets(1190, 1199, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);

    is_int(block.lost, -10, "repeated ones make the count negative");

    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.fraction, 0, "an interval without packets");

    packets(4000, 4000, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.fraction, 255, "all but one of 2800 lost");
}


static void
jumps(void)
{
    ngx_secmeet_report_init(&report, 90000);

    packets(65000, 66000, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);

    is_int(block.highest, 66000, "the cycle is counted");
    is_int(block.lost, 0, "and nothing is lost in it");

    packets(65500, 65500, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.highest, 66000, "a late one of the former cycle");

    packets(30000, 30000, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.highest, 66000, "one packet far away is not believed");

    packets(500, 500, SECOND);
    packets(30001, 30001, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.highest, 66036, "nor two with another between them");

    packets(30002, 30002, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.highest, 30002, "two in a row are");
    is_int(block.lost, 0, "and begin the count anew");

    packets(30003, 30102, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.highest, 30102, "it goes on from there");
    is_int(block.lost, 0, "without a loss");

    packets(0, 0, SECOND);
    packets(65535, 65535, SECOND);
    packets(0, 0, SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, SECOND);
    is_int(block.highest, 0, "a jump across the end of a cycle");
}


static void
jitter(void)
{
    uint32_t            i;
    ngx_secmeet_usec_t  now;

    ngx_secmeet_report_init(&report, 48000);

    now = (ngx_secmeet_usec_t) 1900000000 * SECOND;

    for (i = 0; i < 1000; i++) {
        ngx_secmeet_report_input(&report, i, i * 960 + 0xfffff000,
                                 now + i * 20000);
    }

    (void) ngx_secmeet_report_poll(&report, &block, now);
    ok(block.jitter <= 1, "an even flow has no jitter");

    for (i = 0; i < 1000; i++) {
        ngx_secmeet_report_input(&report, 1000 + i,
                                 (1000 + i) * 960 + 0xfffff000,
                                 now + (1000 + i) * 20000
                                 + ((i & 1) ? 10000 : 0));
    }

    (void) ngx_secmeet_report_poll(&report, &block, now);
    ok(block.jitter > 460 && block.jitter <= 480,
       "10 ms to and fro are 480 ticks: %u", (unsigned) block.jitter);

    for (i = 0; i < 1000; i++) {
        ngx_secmeet_report_input(&report, 2000 + i,
                                 (i & 1) ? 0x80000000 : 0, now);
    }

    (void) ngx_secmeet_report_poll(&report, &block, now);
    ok(block.jitter > 0x0f000000, "wild timestamps do not overflow it");
}


static void
round_trip(void)
{
    uint64_t  ntp;

    ngx_secmeet_report_init(&report, 90000);
    packets(1, 1, SECOND);

    ntp = 0xe0123456c0000000;
    ngx_secmeet_report_sr(&report, ntp, 10 * SECOND);
    (void) ngx_secmeet_report_poll(&report, &block, 12 * SECOND + 500000);

    is_int(block.lsr, 0x3456c000, "the middle of the NTP timestamp");
    is_int(block.dlsr, 2 * 65536 + 32768, "2.5 s since");

    /* RFC 3550, 6.4.1, figure 2 */

    block.lsr = 0xb7052000;
    block.dlsr = 0x00054000;

    ok(ngx_secmeet_report_rtt(&block, 0x0000b71080000000) == 6125000,
       "the round trip of the example in RFC 3550");

    block.lsr = 0;
    is_int(ngx_secmeet_report_rtt(&block, ntp), 0, "not known without an SR");

    block.lsr = 0xb7052000;
    block.dlsr = 0x00100000;
    is_int(ngx_secmeet_report_rtt(&block, 0x0000b71080000000), 0,
           "nor when the peer claims more delay than passed");

    block.lsr = 0xfffff000;
    block.dlsr = 0;
    is_int(ngx_secmeet_report_rtt(&block, 0x0000000010000000), 125000,
           "across the end of the 18 hours");

    (void) ngx_secmeet_report_poll(&report, &block,
                                   (ngx_secmeet_usec_t) 100 * 86400 * SECOND);
    ok(block.dlsr == 0xffffffff, "a delay beyond the field stays at its end");
}
