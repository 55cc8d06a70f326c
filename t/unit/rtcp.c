
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_rtcp.h"
#include "hex.h"
#include "tap.h"


#define BLOCK  "0a0b0c0d 40fffffe 00011234 00000010 12345678 00010000 "


static u_char                      *packet;
static size_t                       packet_len;
static ngx_secmeet_rtcp_t           rtcp;
static ngx_secmeet_rtcp_block_t     block;
static ngx_secmeet_rtcp_report_t    report;
static ngx_secmeet_rtcp_feedback_t  fb;


static ngx_int_t parse(const char *text);
static ngx_int_t next(void);
static void chromium(void);
static void firefox(void);
static void header(void);
static void padding(void);
static void sender_report(void);
static void receiver_report(void);
static void lost(void);
static void lost_as(const char *text, long long expected);
static void feedback(void);
static void nack(void);
static void nack_bounds(void);
static void fir(void);
static void bye(void);
static void created(size_t len, u_char *out, const char *text,
    const char *name);
static void create_reports(void);
static void create_bounds(void);
static void create_sdes(void);
static void create_feedback(void);
static void nack_created(uint16_t *seqs, ngx_uint_t n, const char *text,
    const char *name);
static void create_nack(void);
static void create_nack_long(void);


int
main(void)
{
    chromium();
    firefox();
    header();
    padding();
    sender_report();
    receiver_report();
    lost();
    feedback();
    nack();
    nack_bounds();
    fir();
    bye();
    create_reports();
    create_bounds();
    create_sdes();
    create_feedback();
    create_nack();
    create_nack_long();

    free(packet);

    return done();
}


static ngx_int_t
parse(const char *text)
{
    free(packet);
    packet = hex(text, &packet_len);

    return ngx_secmeet_rtcp_parse(&rtcp, packet, packet + packet_len);
}


static ngx_int_t
next(void)
{
    return ngx_secmeet_rtcp_parse(&rtcp, rtcp.next, packet + packet_len);
}


/* captured */

static void
chromium(void)
{
    is_int(parse("80c80006f23cfaae eeaed9025bdfb0d5 957d270c 00000034"
                 "00007b92 81ca0006f23cfaae0110386d503833"
                 "61346a376b6c506b353132000080cf0005f23cfaae"
                 "0500000300000001d901e3cc000077bf"), NGX_OK,
           "SR of Chromium");

    is_int(rtcp.type, NGX_SECMEET_RTCP_SR, "its type");
    is_int(rtcp.count, 0, "no blocks");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_OK, "parsed");
    is_int(report.ssrc, 0xf23cfaae, "SSRC");
    ok(report.ntp == 0xeeaed9025bdfb0d5, "NTP time");
    is_int(report.timestamp, 0x957d270c, "timestamp");
    is_int(report.packets, 0x34, "packets");
    is_int(report.octets, 0x7b92, "octets");

    is_int(next(), NGX_OK, "a packet follows");
    is_int(rtcp.type, NGX_SECMEET_RTCP_SDES, "SDES");
    is_int(rtcp.count, 1, "one chunk");
    is_int(next(), NGX_OK, "another follows");
    is_int(rtcp.type, 207, "XR");
    is_int(next(), NGX_DONE, "and no more");

    is_int(parse("82c9000d 00000001"
                 "93d5e750 00000000 000013f1 000007b6 00000000 00000000"
                 "f23cfaae 00000000 000056b8 00000042 00000000 00000000"
                 "80cf0004 00000001 04000002 eeaed901 e3cc2938"), NGX_OK,
           "RR of Chromium");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_OK, "parsed");
    is_int(report.ssrc, 1, "SSRC");
    is_int(ngx_secmeet_rtcp_block_parse(&block, &rtcp, 1), NGX_OK,
           "second block");
    is_int(block.ssrc, 0xf23cfaae, "its SSRC");
    is_int(block.highest, 0x56b8, "highest sequence number");
    is_int(block.jitter, 0x42, "jitter");
}


static void
firefox(void)
{
    uint16_t    seqs[4];
    uint32_t    ssrc;

    is_int(parse("80c900019fa21139 81ca000c9fa2113901267b3066396366"
                 "3663662d356534362d343735652d613766642d30363535"
                 "62343261333965377d00000000 81cb00019fa21139"), NGX_OK,
           "RR of Firefox");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_block_parse(&block, &rtcp, 0), NGX_DECLINED,
           "no blocks");
    is_int(next(), NGX_OK, "SDES");
    is_int(next(), NGX_OK, "BYE");
    is_int(ngx_secmeet_rtcp_bye_parse(&rtcp, 0, &ssrc), NGX_OK, "parsed");
    is_int(ssrc, 0x9fa21139, "of the same SSRC");
    is_int(next(), NGX_DONE, "the end");

    is_int(parse("81cd000424c34b23a5c04f6f360e8000361f0000"), NGX_OK,
           "NACK of Firefox");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(fb.sender, 0x24c34b23, "sender");
    is_int(fb.ssrc, 0xa5c04f6f, "media source");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 4), 3, "asks for three");
    is_int(seqs[0], 0x360e, "first");
    is_int(seqs[1], 0x361e, "the last one of the mask");
    is_int(seqs[2], 0x361f, "second pair");

    is_int(parse("81ce000224c34b23a5c04f6f"), NGX_OK, "PLI of Firefox");
    is_int(rtcp.type, NGX_SECMEET_RTCP_PSFB, "type");
    is_int(rtcp.count, NGX_SECMEET_PSFB_PLI, "format");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(fb.ssrc, 0xa5c04f6f, "media source");
    ok(fb.fci == fb.end, "nothing more");
}


/* RFC 3550, 6.4.1, A.2 */

static void
header(void)
{
    is_int(parse(""), NGX_DONE, "empty");
    is_int(parse("80"), NGX_DECLINED, "one byte");
    is_int(parse("80c900"), NGX_DECLINED, "three bytes");
    is_int(parse("80cb0000"), NGX_OK, "header only");
    ok(rtcp.body == packet + 4 && rtcp.end == rtcp.body
       && rtcp.next == rtcp.body, "no body");
    is_int(next(), NGX_DONE, "the end");

    is_int(parse("00c9000101020304"), NGX_DECLINED, "version 0");
    is_int(parse("40c9000101020304"), NGX_DECLINED, "version 1");
    is_int(parse("c0c9000101020304"), NGX_DECLINED, "version 3");
    is_int(parse("80c9000201020304"), NGX_DECLINED, "length past the end");
    is_int(parse("80c9ffff01020304"), NGX_DECLINED, "length 65535");
    is_int(parse("80c9000101020304 80c9"), NGX_OK, "rest too short");
    is_int(next(), NGX_DECLINED, "is declined");
    is_int(parse("9fff000101020304"), NGX_OK, "unknown type");
    is_int(rtcp.type, 255, "is told");
    is_int(rtcp.count, 31, "with its count");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_DECLINED,
           "not a report");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_DECLINED,
           "not feedback");
}


static void
padding(void)
{
    is_int(parse("80c90001 01020304 a1ce0003 01020304 05060708 00000004"),
           NGX_OK, "packet before a padded one");
    is_int(next(), NGX_OK, "padded packet");
    is_int(rtcp.end - rtcp.body, 8, "without its padding");
    ok(rtcp.next == packet + packet_len, "is the last");
    is_int(next(), NGX_DONE, "the end");

    is_int(parse("a0cb0001 00000004"), NGX_OK, "padding only");
    ok(rtcp.end == rtcp.body, "no body");

    is_int(parse("a0c90002 01020304 00000004 80c90001 01020304"),
           NGX_DECLINED, "padding before the last packet");
    is_int(parse("a1ce0003 01020304 05060708 00000000"), NGX_DECLINED,
           "padding of 0");
    is_int(parse("a1ce0003 01020304 05060708 00000003"), NGX_DECLINED,
           "padding is not of words");
    is_int(parse("a1cd0003 01020304 05060708 00000003"), NGX_DECLINED,
           "nor in a NACK");
    is_int(parse("afcd0003 01020304 05060708 00000003"), NGX_OK,
           "but transport-wide feedback may have such");
    is_int(rtcp.end - rtcp.body, 9, "and ends before it");
    is_int(parse("afcd0003 01020304 05060708 0000000d"), NGX_DECLINED,
           "padding longer than it is");
    is_int(parse("a1ce0003 01020304 05060708 00000010"), NGX_DECLINED,
           "padding longer than the body");
    is_int(parse("a0cb0000"), NGX_DECLINED, "nothing to count");
    is_int(parse("a1ce0003 01020304 05060708 00000008"), NGX_OK,
           "padding over what should be there");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_DECLINED,
           "leaves too little");
}


static void
sender_report(void)
{
    is_int(parse("81c8000c 01020304 e1e2e3e4e5e6e7e8 11121314 21222324"
                 "31323334" BLOCK), NGX_OK, "SR");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_OK, "parsed");
    is_int(report.ssrc, 0x01020304, "SSRC");
    ok(report.ntp == 0xe1e2e3e4e5e6e7e8, "NTP time");
    is_int(report.timestamp, 0x11121314, "timestamp");
    is_int(report.packets, 0x21222324, "packets");
    is_int(report.octets, 0x31323334, "octets");

    is_int(ngx_secmeet_rtcp_block_parse(&block, &rtcp, 0), NGX_OK, "block");
    is_int(block.ssrc, 0x0a0b0c0d, "its SSRC");
    is_int(block.fraction, 0x40, "fraction");
    is_int(block.lost, -2, "lost");
    is_int(block.highest, 0x11234, "highest sequence number");
    is_int(block.jitter, 16, "jitter");
    is_int(block.lsr, 0x12345678, "last SR");
    is_int(block.dlsr, 65536, "delay since then");

    is_int(ngx_secmeet_rtcp_block_parse(&block, &rtcp, 1), NGX_DECLINED,
           "no second block");

    is_int(parse("80c80005 01020304 e1e2e3e4e5e6e7e8 11121314 21222324"),
           NGX_OK, "SR without octets");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_DECLINED,
           "is too short");

    is_int(parse("82c8000c 01020304 e1e2e3e4e5e6e7e8 11121314 21222324"
                 "31323334" BLOCK), NGX_OK, "SR with a block missing");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_DECLINED,
           "is declined");
    is_int(ngx_secmeet_rtcp_block_parse(&block, &rtcp, 0), NGX_DECLINED,
           "and so is its first block");
}


static void
receiver_report(void)
{
    is_int(parse("81c90007 01020304" BLOCK), NGX_OK, "RR");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_OK, "parsed");
    is_int(report.ssrc, 0x01020304, "SSRC");
    ok(report.ntp == 0 && report.packets == 0, "nothing of a sender");
    is_int(ngx_secmeet_rtcp_block_parse(&block, &rtcp, 0), NGX_OK, "block");
    is_int(block.dlsr, 65536, "its last number");

    is_int(parse("81c90008 01020304" BLOCK "ffffffff"), NGX_OK,
           "RR with an extension");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_OK,
           "is no fault");

    is_int(parse("80c90000"), NGX_OK, "RR of a header");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_DECLINED,
           "is too short");

    is_int(parse("81c90006 01020304 0a0b0c0d 40fffffe 00011234 00000010"
                 "12345678"), NGX_OK, "RR without dlsr");
    is_int(ngx_secmeet_rtcp_report_parse(&report, &rtcp), NGX_DECLINED,
           "is declined");
}


static void
lost_as(const char *text, long long expected)
{
    char  rr[128];

    snprintf(rr, sizeof(rr), "81c90007 01020304 00000000 ff%s"
             "00000000 00000000 00000000 00000000", text);

    (void) parse(rr);
    (void) ngx_secmeet_rtcp_block_parse(&block, &rtcp, 0);

    is_int(block.lost, expected, "lost 0x%s", text);
    is_int(block.fraction, 255, "fraction beside it");
}


/* RFC 3550, 6.4.1 */

static void
lost(void)
{
    lost_as("000000", 0);
    lost_as("000001", 1);
    lost_as("7fffff", 8388607);
    lost_as("800000", -8388608);
    lost_as("ffffff", -1);
}


static void
feedback(void)
{
    is_int(parse("8fcd0003 01020304 05060708 11223344"), NGX_OK,
           "transport feedback");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(rtcp.count, 15, "its format");
    is_int(fb.sender, 0x01020304, "sender");
    is_int(fb.ssrc, 0x05060708, "media source");
    is_int(fb.end - fb.fci, 4, "its information");

    is_int(parse("81ce0001 01020304"), NGX_OK, "feedback of one SSRC");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_DECLINED,
           "is too short");

    is_int(parse("80c90002 01020304 05060708"), NGX_OK, "RR");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_DECLINED,
           "is not feedback");
}


/* RFC 4585, 6.2.1 */

static void
nack(void)
{
    uint16_t    seqs[40];
    ngx_uint_t  i;

    is_int(parse("81cd0004 01020304 05060708 0064 0000 00c8 8001"), NGX_OK,
           "NACK");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 40), 4, "four");
    is_int(seqs[0], 100, "alone");
    is_int(seqs[1], 200, "PID");
    is_int(seqs[2], 201, "lowest bit");
    is_int(seqs[3], 216, "highest bit");

    is_int(parse("81cd0003 01020304 05060708 fff8 ffff"), NGX_OK,
           "NACK over the wrap");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 40), 17, "seventeen");

    for (i = 0; i < 17; i++) {
        if (seqs[i] != (uint16_t) (0xfff8 + i)) {
            break;
        }
    }

    is_int(i, 17, "they wrap around");

    is_int(parse("81cd0003 01020304 05060708 ffff 0001"), NGX_OK,
           "65535 and 0");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 40), 2, "two");
    is_int(seqs[1], 0, "0 follows 65535");
}


static void
nack_bounds(void)
{
    uint16_t  seqs[40];

    is_int(parse("81cd0004 01020304 05060708 0064 ffff 00c8 ffff"), NGX_OK,
           "NACK of 34");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");

    memset(seqs, 0xee, sizeof(seqs));

    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 40), 34, "all of them");
    is_int(seqs[34], 0xeeee, "not one more");

    memset(seqs, 0xee, sizeof(seqs));

    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 10), 10, "the first ten");
    is_int(seqs[9], 109, "the tenth");
    is_int(seqs[10], 0xeeee, "not the eleventh");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 17), 17, "a whole pair");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 18), 18, "and a PID");
    is_int(seqs[17], 200, "which is the second");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, NULL, 0), 0, "none");

    is_int(parse("81cd0002 01020304 05060708"), NGX_OK, "empty NACK");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_nack_parse(&fb, seqs, 40), 0, "asks for none");
}


/* RFC 5104, 4.3.1.1 */

static void
fir(void)
{
    uint32_t    ssrc;
    ngx_uint_t  seq;

    is_int(parse("84ce0006 01020304 00000000 0a0b0c0d 07ffffff"
                 "0a0b0c0e ff000000"), NGX_OK, "FIR");
    is_int(rtcp.count, NGX_SECMEET_PSFB_FIR, "its format");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_fir_parse(&fb, 0, &ssrc, &seq), NGX_OK,
           "first entry");
    is_int(ssrc, 0x0a0b0c0d, "its SSRC");
    is_int(seq, 7, "its number");
    is_int(ngx_secmeet_rtcp_fir_parse(&fb, 1, &ssrc, &seq), NGX_OK,
           "second entry");
    is_int(ssrc, 0x0a0b0c0e, "its SSRC");
    is_int(seq, 255, "its number");
    is_int(ngx_secmeet_rtcp_fir_parse(&fb, 2, &ssrc, &seq), NGX_DECLINED,
           "no third entry");
    is_int(ngx_secmeet_rtcp_fir_parse(&fb, (ngx_uint_t) -1, &ssrc, &seq),
           NGX_DECLINED, "nor the last possible");

    is_int(parse("84ce0003 01020304 00000000 0a0b0c0d"), NGX_OK,
           "FIR with half an entry");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_fir_parse(&fb, 0, &ssrc, &seq), NGX_DECLINED,
           "has none");
}


/* RFC 3550, 6.6 */

static void
bye(void)
{
    uint32_t  ssrc;

    is_int(parse("82cb0004 01020304 05060708 07726561 736f6e00"), NGX_OK,
           "BYE with a reason");
    is_int(ngx_secmeet_rtcp_bye_parse(&rtcp, 0, &ssrc), NGX_OK, "first");
    is_int(ssrc, 0x01020304, "its SSRC");
    is_int(ngx_secmeet_rtcp_bye_parse(&rtcp, 1, &ssrc), NGX_OK, "second");
    is_int(ssrc, 0x05060708, "its SSRC");
    is_int(ngx_secmeet_rtcp_bye_parse(&rtcp, 2, &ssrc), NGX_DECLINED,
           "the reason is no SSRC");

    is_int(parse("9fcb0001 01020304"), NGX_OK, "BYE of 31 with one");
    is_int(ngx_secmeet_rtcp_bye_parse(&rtcp, 0, &ssrc), NGX_OK, "has one");
    is_int(ngx_secmeet_rtcp_bye_parse(&rtcp, 1, &ssrc), NGX_DECLINED,
           "not two");

    is_int(parse("81c90001 01020304"), NGX_OK, "RR");
    is_int(ngx_secmeet_rtcp_bye_parse(&rtcp, 0, &ssrc), NGX_DECLINED,
           "is not BYE");
}


static void
created(size_t len, u_char *out, const char *text, const char *name)
{
    size_t   size;
    u_char  *expected;

    expected = hex(text, &size);

    is_int(len, size, "%s: length", name);
    is_mem(out, expected, size, "%s: bytes", name);
    is_int(out[size], 0xaa, "%s: not one more", name);

    free(expected);
}


static void
create_reports(void)
{
    u_char                    out[128];
    ngx_secmeet_rtcp_block_t  blocks[2];

    memset(out, 0xaa, sizeof(out));
    memset(blocks, 0, sizeof(blocks));
    memset(&report, 0, sizeof(ngx_secmeet_rtcp_report_t));

    report.ssrc = 0x01020304;
    report.ntp = 0xe1e2e3e4e5e6e7e8;
    report.timestamp = 0x11121314;
    report.packets = 0x21222324;
    report.octets = 0x31323334;

    is_int(ngx_secmeet_rtcp_sr_create(NULL, &report), 28, "length of an SR");
    created(ngx_secmeet_rtcp_sr_create(out, &report), out,
            "80c80006 01020304 e1e2e3e4e5e6e7e8 11121314 21222324 31323334",
            "SR");

    blocks[0].ssrc = 0x0a0b0c0d;
    blocks[0].fraction = 0x40;
    blocks[0].lost = -2;
    blocks[0].highest = 0x11234;
    blocks[0].jitter = 16;
    blocks[0].lsr = 0x12345678;
    blocks[0].dlsr = 65536;
    report.blocks = blocks;
    report.nblocks = 1;

    created(ngx_secmeet_rtcp_sr_create(out, &report), out,
            "81c8000c 01020304 e1e2e3e4e5e6e7e8 11121314 21222324 31323334"
            BLOCK, "SR with a block");

    report.nblocks = 2;
    memset(out, 0xaa, sizeof(out));

    is_int(ngx_secmeet_rtcp_rr_create(NULL, &report), 56, "length of an RR");
    created(ngx_secmeet_rtcp_rr_create(out, &report), out,
            "82c9000d 01020304" BLOCK
            "00000000 00000000 00000000 00000000 00000000 00000000",
            "RR with two blocks");
}


static void
create_bounds(void)
{
    u_char                    out[8 + 32 * NGX_SECMEET_RTCP_BLOCK];
    ngx_secmeet_rtcp_block_t  blocks[NGX_SECMEET_RTCP_BLOCKS + 1];

    memset(out, 0xaa, sizeof(out));
    memset(blocks, 0, sizeof(blocks));
    memset(&report, 0, sizeof(ngx_secmeet_rtcp_report_t));

    report.blocks = blocks;
    report.nblocks = NGX_SECMEET_RTCP_BLOCKS + 1;

    is_int(ngx_secmeet_rtcp_rr_create(out, &report),
           8 + 31 * NGX_SECMEET_RTCP_BLOCK, "31 blocks at most");
    is_int(out[0], 0x9f, "their count");
    is_int(out[8 + 31 * NGX_SECMEET_RTCP_BLOCK], 0xaa, "not one more");

    report.nblocks = 0;
    memset(out, 0xaa, sizeof(out));

    created(ngx_secmeet_rtcp_rr_create(out, &report), out,
            "80c90001 00000000", "empty RR");
}


/* RFC 3550, 6.5 */

static void
create_sdes(void)
{
    u_char     out[512];
    ngx_str_t  cname;

    memset(out, 0xaa, sizeof(out));

    ngx_str_set(&cname, "a");
    created(ngx_secmeet_rtcp_sdes_create(out, 0x01020304, &cname), out,
            "81ca0002 01020304 01016100", "SDES, one zero byte");

    memset(out, 0xaa, sizeof(out));

    ngx_str_set(&cname, "ab");
    created(ngx_secmeet_rtcp_sdes_create(out, 0x01020304, &cname), out,
            "81ca0003 01020304 01026162 00000000", "SDES, four zero bytes");

    cname.len = 256;
    cname.data = calloc(1, 256);

    is_int(ngx_secmeet_rtcp_sdes_create(NULL, 1, &cname), 8 + 260,
           "length of a long name");
    is_int(ngx_secmeet_rtcp_sdes_create(out, 1, &cname), 8 + 260, "SDES");
    is_int(out[9], 255, "the name is cut");

    free(cname.data);
}


static void
create_feedback(void)
{
    u_char  out[64];

    memset(out, 0xaa, sizeof(out));

    is_int(ngx_secmeet_rtcp_pli_create(NULL, 1, 2), 12, "length of a PLI");
    created(ngx_secmeet_rtcp_pli_create(out, 0x01020304, 0x05060708), out,
            "81ce0002 01020304 05060708", "PLI");

    memset(out, 0xaa, sizeof(out));

    is_int(ngx_secmeet_rtcp_fir_create(NULL, 1, 2, 3), 20,
           "length of a FIR");
    created(ngx_secmeet_rtcp_fir_create(out, 0x01020304, 0x05060708, 0x1ff),
            out, "84ce0004 01020304 00000000 05060708 ff000000", "FIR");

    memset(out, 0xaa, sizeof(out));

    is_int(ngx_secmeet_rtcp_bye_create(NULL, 1), 8, "length of a BYE");
    created(ngx_secmeet_rtcp_bye_create(out, 0x01020304), out,
            "81cb0001 01020304", "BYE");
}


static void
nack_created(uint16_t *seqs, ngx_uint_t n, const char *text,
    const char *name)
{
    u_char  out[128];

    memset(out, 0xaa, sizeof(out));

    is_int(ngx_secmeet_rtcp_nack_create(NULL, 1, 2, seqs, n),
           ngx_secmeet_rtcp_nack_create(out, 1, 2, seqs, n),
           "%s: both lengths", name);

    created(ngx_secmeet_rtcp_nack_create(out, 1, 2, seqs, n), out, text,
            name);
}


/* RFC 4585, 6.2.1 */

static void
create_nack(void)
{
    uint16_t  one[] = { 100 };
    uint16_t  near[] = { 100, 101, 116 };
    uint16_t  far[] = { 100, 117, 118 };
    uint16_t  wrap[] = { 65530, 65535, 0, 10, 11 };
    uint16_t  twice[] = { 100, 100, 101, 101 };

    nack_created(one, 1, "81cd0003 00000001 00000002 0064 0000", "one");
    nack_created(near, 3, "81cd0003 00000001 00000002 0064 8001",
                 "sixteen apart");
    nack_created(far, 3, "81cd0004 00000001 00000002 0064 0000 0075 0001",
                 "seventeen apart");
    nack_created(wrap, 5, "81cd0004 00000001 00000002 fffa 8030 000b 0000",
                 "over the wrap");
    nack_created(twice, 4, "81cd0003 00000001 00000002 0064 0001",
                 "duplicates");

    is_int(ngx_secmeet_rtcp_nack_create(NULL, 1, 2, one, 0), 0,
           "none, no packet");
}


static void
create_nack_long(void)
{
    u_char      *out;
    size_t       len;
    uint16_t     seqs[1000], got[1000];
    ngx_uint_t   i, n;

    for (i = 0; i < 1000; i++) {
        seqs[i] = (uint16_t) (65000 + i + i / 3);
    }

    len = ngx_secmeet_rtcp_nack_create(NULL, 1, 2, seqs, 1000);
    out = malloc(len);

    is_int(ngx_secmeet_rtcp_nack_create(out, 1, 2, seqs, 1000), len,
           "a thousand");
    is_int(ngx_secmeet_rtcp_parse(&rtcp, out, out + len), NGX_OK, "parsed");
    is_int(ngx_secmeet_rtcp_feedback_parse(&fb, &rtcp), NGX_OK, "feedback");

    n = ngx_secmeet_rtcp_nack_parse(&fb, got, 1000);

    is_int(n, 1000, "as many");
    is_mem(got, seqs, sizeof(seqs), "the same");

    free(out);
}
