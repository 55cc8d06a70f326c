
/*
 * Copyright (C) secmeet contributors
 */


/*
 * RTCP: reads nothing outside of the compound; reports and NACKs that are
 * created are parsed back as the same.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "wire/ngx_secmeet_rtcp.h"


#define FUZZ_SEQS  1024


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_packet(ngx_secmeet_rtcp_t *rtcp);
static void fuzz_report(ngx_secmeet_rtcp_t *rtcp);
static void fuzz_feedback(ngx_secmeet_rtcp_t *rtcp);
static void fuzz_nack(ngx_secmeet_rtcp_feedback_t *fb, uint16_t *seqs,
    ngx_uint_t n);
static void fuzz_sdes(u_char *p, size_t len);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char              *p, *next, *end;
    ngx_int_t            rc;
    ngx_secmeet_rtcp_t   rtcp;

    p = malloc(size);
    memcpy(p, data, size);
    end = p + size;

    for (next = p; /* void */ ; next = rtcp.next) {
        rc = ngx_secmeet_rtcp_parse(&rtcp, next, end);

        if (rc != NGX_OK) {
            break;
        }

        assert(rtcp.body == next + 4);
        assert(rtcp.body <= rtcp.end);
        assert(rtcp.end <= rtcp.next && rtcp.next <= end);
        assert(rtcp.count <= 31 && rtcp.type <= 255);

        fuzz_packet(&rtcp);
    }

    assert(rc == (next == end ? NGX_DONE : NGX_DECLINED));

    fuzz_sdes(p, size);
    free(p);

    return 0;
}


static void
fuzz_packet(ngx_secmeet_rtcp_t *rtcp)
{
    uint32_t    ssrc;
    ngx_uint_t  n;

    for (n = 0; ngx_secmeet_rtcp_bye_parse(rtcp, n, &ssrc) == NGX_OK; n++) {
        assert(n < rtcp->count);
    }

    fuzz_report(rtcp);
    fuzz_feedback(rtcp);
}


static void
fuzz_report(ngx_secmeet_rtcp_t *rtcp)
{
    size_t                     len;
    u_char                    *p;
    ngx_uint_t                 n;
    ngx_secmeet_rtcp_t         again;
    ngx_secmeet_rtcp_block_t   blocks[NGX_SECMEET_RTCP_BLOCKS];
    ngx_secmeet_rtcp_report_t  report;

    if (ngx_secmeet_rtcp_report_parse(&report, rtcp) != NGX_OK) {
        assert(ngx_secmeet_rtcp_block_parse(blocks, rtcp, 0) != NGX_OK);
        return;
    }

    for (n = 0; n < rtcp->count; n++) {
        assert(ngx_secmeet_rtcp_block_parse(&blocks[n], rtcp, n) == NGX_OK);
    }

    assert(ngx_secmeet_rtcp_block_parse(&blocks[0], rtcp, n) != NGX_OK);

    report.blocks = blocks;
    report.nblocks = n;

    len = (rtcp->type == NGX_SECMEET_RTCP_SR)
          ? ngx_secmeet_rtcp_sr_create(NULL, &report)
          : ngx_secmeet_rtcp_rr_create(NULL, &report);

    p = malloc(len);

    (void) ((rtcp->type == NGX_SECMEET_RTCP_SR)
            ? ngx_secmeet_rtcp_sr_create(p, &report)
            : ngx_secmeet_rtcp_rr_create(p, &report));

    assert(ngx_secmeet_rtcp_parse(&again, p, p + len) == NGX_OK);
    assert(again.type == rtcp->type && again.count == rtcp->count);
    assert(memcmp(again.body, rtcp->body, len - 4) == 0);

    free(p);
}


static void
fuzz_feedback(ngx_secmeet_rtcp_t *rtcp)
{
    uint16_t                     seqs[FUZZ_SEQS];
    uint32_t                     ssrc;
    ngx_uint_t                   n, seq;
    ngx_secmeet_rtcp_feedback_t  fb;

    if (ngx_secmeet_rtcp_feedback_parse(&fb, rtcp) != NGX_OK) {
        return;
    }

    for (n = 0;
         ngx_secmeet_rtcp_fir_parse(&fb, n, &ssrc, &seq) == NGX_OK;
         n++)
    {
        assert(seq <= 255);
    }

    n = ngx_secmeet_rtcp_nack_parse(&fb, seqs, FUZZ_SEQS);

    assert(n <= FUZZ_SEQS);
    assert(n <= (size_t) (fb.end - fb.fci) / 4 * 17);

    fuzz_nack(&fb, seqs, n);
}


static void
fuzz_nack(ngx_secmeet_rtcp_feedback_t *fb, uint16_t *seqs, ngx_uint_t n)
{
    size_t                       len;
    u_char                      *p;
    uint16_t                     got[FUZZ_SEQS];
    ngx_uint_t                   i, m;
    ngx_secmeet_rtcp_t           rtcp;
    ngx_secmeet_rtcp_feedback_t  again;
    static u_char                in[65536], out[65536];

    len = ngx_secmeet_rtcp_nack_create(NULL, fb->sender, fb->ssrc, seqs, n);

    if (len == 0) {
        assert(n == 0);
        return;
    }

    p = malloc(len);

    assert(ngx_secmeet_rtcp_nack_create(p, fb->sender, fb->ssrc, seqs, n)
           == len);
    assert(ngx_secmeet_rtcp_parse(&rtcp, p, p + len) == NGX_OK);
    assert(ngx_secmeet_rtcp_feedback_parse(&again, &rtcp) == NGX_OK);
    assert(again.sender == fb->sender && again.ssrc == fb->ssrc);

    m = ngx_secmeet_rtcp_nack_parse(&again, got, FUZZ_SEQS);

    assert(m <= n);

    for (i = 0; i < n; i++) {
        in[seqs[i]] = 1;
    }

    for (i = 0; i < m; i++) {
        assert(in[got[i]] == 1);
        out[got[i]] = 1;
    }

    for (i = 0; i < n; i++) {
        assert(out[seqs[i]] == 1);
    }

    for (i = 0; i < n; i++) {
        in[seqs[i]] = out[seqs[i]] = 0;
    }

    free(p);
}


static void
fuzz_sdes(u_char *p, size_t len)
{
    size_t               size;
    u_char              *sdes;
    ngx_str_t            cname;
    ngx_secmeet_rtcp_t   rtcp;

    cname.data = p;
    cname.len = len;

    size = ngx_secmeet_rtcp_sdes_create(NULL, 1, &cname);
    sdes = malloc(size);

    assert(ngx_secmeet_rtcp_sdes_create(sdes, 1, &cname) == size);
    assert(ngx_secmeet_rtcp_parse(&rtcp, sdes, sdes + size) == NGX_OK);
    assert(rtcp.next == sdes + size);
    assert(sdes[size - 1] == 0);

    free(sdes);
}
