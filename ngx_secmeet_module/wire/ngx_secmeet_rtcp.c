
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_bytes.h"
#include "ngx_secmeet_rtcp.h"


#define NGX_SECMEET_RTCP_HEADER       4
#define NGX_SECMEET_RTCP_SENDER       20        /* sender info of an SR */
#define NGX_SECMEET_RTCP_FB           8         /* sender and media source */
#define NGX_SECMEET_RTCP_NACK_PAIR    4
#define NGX_SECMEET_RTCP_FIR_ENTRY    8
#define NGX_SECMEET_RTCP_CNAME        1
#define NGX_SECMEET_RTCP_CNAME_MAX    255


static u_char *ngx_secmeet_rtcp_blocks(ngx_secmeet_rtcp_t *rtcp);
static u_char *ngx_secmeet_rtcp_header_create(u_char *p, ngx_uint_t type,
    ngx_uint_t count, size_t len);
static u_char *ngx_secmeet_rtcp_feedback_create(u_char *p, ngx_uint_t type,
    ngx_uint_t fmt, size_t len, uint32_t sender, uint32_t ssrc);
static void ngx_secmeet_rtcp_blocks_create(u_char *p,
    ngx_secmeet_rtcp_report_t *report, ngx_uint_t n);
static ngx_uint_t ngx_secmeet_rtcp_nack_pairs(u_char *p, uint16_t *seqs,
    ngx_uint_t n);


ngx_int_t
ngx_secmeet_rtcp_parse(ngx_secmeet_rtcp_t *rtcp, u_char *p, u_char *end)
{
    size_t      len, padding;
    ngx_uint_t  bits, words;

    if (p == end) {
        return NGX_DONE;
    }

    rtcp->body = ngx_secmeet_read_uint16(p, end, &bits);
    rtcp->body = ngx_secmeet_read_uint16(rtcp->body, end, &words);

    /* RFC 3550, 6.4.1, A.2 */

    if (rtcp->body == NULL || bits >> 14 != 2) {
        return NGX_DECLINED;
    }

    len = words * 4;

    if ((size_t) (end - rtcp->body) < len) {
        return NGX_DECLINED;
    }

    rtcp->type = bits & 0xff;
    rtcp->count = (bits >> 8) & 0x1f;
    rtcp->next = rtcp->body + len;
    rtcp->end = rtcp->next;

    if ((bits & 0x2000) == 0) {
        return NGX_OK;
    }

    /*
     * Only the last packet of a compound may have padding, in words, but
     * for transport-wide feedback, which is not made of words.
     */

    if (rtcp->next != end || len == 0) {
        return NGX_DECLINED;
    }

    padding = end[-1];

    if (padding == 0 || padding > len) {
        return NGX_DECLINED;
    }

    if (padding & 3
        && (rtcp->type != NGX_SECMEET_RTCP_RTPFB
            || rtcp->count != NGX_SECMEET_RTPFB_TWCC))
    {
        return NGX_DECLINED;
    }

    rtcp->end -= padding;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_rtcp_report_parse(ngx_secmeet_rtcp_report_t *report,
    ngx_secmeet_rtcp_t *rtcp)
{
    u_char    *p;
    uint32_t   high, low;

    ngx_memzero(report, sizeof(ngx_secmeet_rtcp_report_t));

    if (ngx_secmeet_rtcp_blocks(rtcp) == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_secmeet_read_uint32(rtcp->body, rtcp->end, &report->ssrc);

    if (rtcp->type == NGX_SECMEET_RTCP_RR) {
        return NGX_OK;
    }

    p = ngx_secmeet_read_uint32(p, rtcp->end, &high);
    p = ngx_secmeet_read_uint32(p, rtcp->end, &low);
    p = ngx_secmeet_read_uint32(p, rtcp->end, &report->timestamp);
    p = ngx_secmeet_read_uint32(p, rtcp->end, &report->packets);
    p = ngx_secmeet_read_uint32(p, rtcp->end, &report->octets);

    if (p == NULL) {
        return NGX_DECLINED;
    }

    report->ntp = (uint64_t) high << 32 | low;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_rtcp_block_parse(ngx_secmeet_rtcp_block_t *block,
    ngx_secmeet_rtcp_t *rtcp, ngx_uint_t n)
{
    u_char    *p, *end;
    uint32_t   lost;

    p = ngx_secmeet_rtcp_blocks(rtcp);

    if (p == NULL || n >= rtcp->count) {
        return NGX_DECLINED;
    }

    end = rtcp->end;
    p += n * NGX_SECMEET_RTCP_BLOCK;

    p = ngx_secmeet_read_uint32(p, end, &block->ssrc);
    p = ngx_secmeet_read_uint32(p, end, &lost);
    p = ngx_secmeet_read_uint32(p, end, &block->highest);
    p = ngx_secmeet_read_uint32(p, end, &block->jitter);
    p = ngx_secmeet_read_uint32(p, end, &block->lsr);
    p = ngx_secmeet_read_uint32(p, end, &block->dlsr);

    if (p == NULL) {
        return NGX_DECLINED;
    }

    /* RFC 3550, 6.4.1.  Duplicates can make the count negative */

    block->fraction = lost >> 24;
    block->lost = (int32_t) (lost & 0xffffff);

    if (block->lost & 0x800000) {
        block->lost -= 0x1000000;
    }

    return NGX_OK;
}


/* where the report blocks begin; NULL unless all of them are there */

static u_char *
ngx_secmeet_rtcp_blocks(ngx_secmeet_rtcp_t *rtcp)
{
    size_t  before;

    switch (rtcp->type) {

    case NGX_SECMEET_RTCP_SR:
        before = 4 + NGX_SECMEET_RTCP_SENDER;
        break;

    case NGX_SECMEET_RTCP_RR:
        before = 4;
        break;

    default:
        return NULL;
    }

    if ((size_t) (rtcp->end - rtcp->body)
        < before + rtcp->count * NGX_SECMEET_RTCP_BLOCK)
    {
        return NULL;
    }

    return rtcp->body + before;
}


ngx_int_t
ngx_secmeet_rtcp_feedback_parse(ngx_secmeet_rtcp_feedback_t *fb,
    ngx_secmeet_rtcp_t *rtcp)
{
    if (rtcp->type != NGX_SECMEET_RTCP_RTPFB
        && rtcp->type != NGX_SECMEET_RTCP_PSFB)
    {
        return NGX_DECLINED;
    }

    /* RFC 4585, 6.1 */

    fb->end = rtcp->end;
    fb->fci = ngx_secmeet_read_uint32(rtcp->body, fb->end, &fb->sender);
    fb->fci = ngx_secmeet_read_uint32(fb->fci, fb->end, &fb->ssrc);

    return (fb->fci != NULL) ? NGX_OK : NGX_DECLINED;
}


ngx_uint_t
ngx_secmeet_rtcp_nack_parse(ngx_secmeet_rtcp_feedback_t *fb, uint16_t *seqs,
    ngx_uint_t n)
{
    u_char      *p;
    ngx_uint_t   i, pid, blp;

    i = 0;
    p = fb->fci;

    while (i < n) {
        p = ngx_secmeet_read_uint16(p, fb->end, &pid);
        p = ngx_secmeet_read_uint16(p, fb->end, &blp);

        if (p == NULL) {
            break;
        }

        /* RFC 4585, 6.2.1.  Bit k of the mask stands for pid + k + 1 */

        seqs[i++] = (uint16_t) pid;

        for ( /* void */ ; blp != 0 && i < n; blp >>= 1) {
            pid++;

            if (blp & 1) {
                seqs[i++] = (uint16_t) pid;
            }
        }
    }

    return i;
}


ngx_int_t
ngx_secmeet_rtcp_fir_parse(ngx_secmeet_rtcp_feedback_t *fb, ngx_uint_t n,
    uint32_t *ssrc, ngx_uint_t *seq)
{
    u_char  *p;

    if (n >= (size_t) (fb->end - fb->fci) / NGX_SECMEET_RTCP_FIR_ENTRY) {
        return NGX_DECLINED;
    }

    p = fb->fci + n * NGX_SECMEET_RTCP_FIR_ENTRY;
    p = ngx_secmeet_read_uint32(p, fb->end, ssrc);
    (void) ngx_secmeet_read_uint8(p, fb->end, seq);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_rtcp_bye_parse(ngx_secmeet_rtcp_t *rtcp, ngx_uint_t n,
    uint32_t *ssrc)
{
    if (rtcp->type != NGX_SECMEET_RTCP_BYE
        || n >= rtcp->count
        || n >= (size_t) (rtcp->end - rtcp->body) / 4)
    {
        return NGX_DECLINED;
    }

    (void) ngx_secmeet_read_uint32(rtcp->body + n * 4, rtcp->end, ssrc);

    return NGX_OK;
}


size_t
ngx_secmeet_rtcp_sr_create(u_char *p, ngx_secmeet_rtcp_report_t *report)
{
    size_t      len;
    ngx_uint_t  n;

    n = ngx_min(report->nblocks, NGX_SECMEET_RTCP_BLOCKS);
    len = NGX_SECMEET_RTCP_HEADER + 4 + NGX_SECMEET_RTCP_SENDER
          + n * NGX_SECMEET_RTCP_BLOCK;

    if (p == NULL) {
        return len;
    }

    p = ngx_secmeet_rtcp_header_create(p, NGX_SECMEET_RTCP_SR, n, len);
    p = ngx_secmeet_write_uint32(p, report->ssrc);
    p = ngx_secmeet_write_uint32(p, (uint32_t) (report->ntp >> 32));
    p = ngx_secmeet_write_uint32(p, (uint32_t) report->ntp);
    p = ngx_secmeet_write_uint32(p, report->timestamp);
    p = ngx_secmeet_write_uint32(p, report->packets);
    p = ngx_secmeet_write_uint32(p, report->octets);

    ngx_secmeet_rtcp_blocks_create(p, report, n);

    return len;
}


size_t
ngx_secmeet_rtcp_rr_create(u_char *p, ngx_secmeet_rtcp_report_t *report)
{
    size_t      len;
    ngx_uint_t  n;

    n = ngx_min(report->nblocks, NGX_SECMEET_RTCP_BLOCKS);
    len = NGX_SECMEET_RTCP_HEADER + 4 + n * NGX_SECMEET_RTCP_BLOCK;

    if (p == NULL) {
        return len;
    }

    p = ngx_secmeet_rtcp_header_create(p, NGX_SECMEET_RTCP_RR, n, len);
    p = ngx_secmeet_write_uint32(p, report->ssrc);

    ngx_secmeet_rtcp_blocks_create(p, report, n);

    return len;
}


static void
ngx_secmeet_rtcp_blocks_create(u_char *p, ngx_secmeet_rtcp_report_t *report,
    ngx_uint_t n)
{
    ngx_uint_t                 i;
    ngx_secmeet_rtcp_block_t  *block;

    for (i = 0; i < n; i++) {
        block = &report->blocks[i];

        p = ngx_secmeet_write_uint32(p, block->ssrc);
        p = ngx_secmeet_write_uint32(p, (uint32_t) block->fraction << 24
                                        | ((uint32_t) block->lost
                                           & 0xffffff));
        p = ngx_secmeet_write_uint32(p, block->highest);
        p = ngx_secmeet_write_uint32(p, block->jitter);
        p = ngx_secmeet_write_uint32(p, block->lsr);
        p = ngx_secmeet_write_uint32(p, block->dlsr);
    }
}


size_t
ngx_secmeet_rtcp_sdes_create(u_char *p, uint32_t ssrc, ngx_str_t *cname)
{
    size_t   len, text;
    u_char  *end;

    /* RFC 3550, 6.5.  At least one zero byte ends the list of items */

    text = ngx_min(cname->len, NGX_SECMEET_RTCP_CNAME_MAX);
    len = NGX_SECMEET_RTCP_HEADER + 4 + ngx_align(2 + text + 1, 4);

    if (p == NULL) {
        return len;
    }

    end = p + len;

    p = ngx_secmeet_rtcp_header_create(p, NGX_SECMEET_RTCP_SDES, 1, len);
    p = ngx_secmeet_write_uint32(p, ssrc);

    *p++ = NGX_SECMEET_RTCP_CNAME;
    *p++ = (u_char) text;

    p = ngx_cpymem(p, cname->data, text);

    while (p < end) {
        *p++ = 0;
    }

    return len;
}


size_t
ngx_secmeet_rtcp_bye_create(u_char *p, uint32_t ssrc)
{
    size_t  len;

    len = NGX_SECMEET_RTCP_HEADER + 4;

    if (p == NULL) {
        return len;
    }

    p = ngx_secmeet_rtcp_header_create(p, NGX_SECMEET_RTCP_BYE, 1, len);
    (void) ngx_secmeet_write_uint32(p, ssrc);

    return len;
}


size_t
ngx_secmeet_rtcp_pli_create(u_char *p, uint32_t sender, uint32_t ssrc)
{
    size_t  len;

    /* RFC 4585, 6.3.1 */

    len = NGX_SECMEET_RTCP_HEADER + NGX_SECMEET_RTCP_FB;

    if (p == NULL) {
        return len;
    }

    (void) ngx_secmeet_rtcp_feedback_create(p, NGX_SECMEET_RTCP_PSFB,
                                            NGX_SECMEET_PSFB_PLI, len, sender,
                                            ssrc);
    return len;
}


size_t
ngx_secmeet_rtcp_fir_create(u_char *p, uint32_t sender, uint32_t ssrc,
    ngx_uint_t seq)
{
    size_t  len;

    len = NGX_SECMEET_RTCP_HEADER + NGX_SECMEET_RTCP_FB
          + NGX_SECMEET_RTCP_FIR_ENTRY;

    if (p == NULL) {
        return len;
    }

    /* RFC 5104, 4.3.1.2.  The source in the header is 0, the entry has it */

    p = ngx_secmeet_rtcp_feedback_create(p, NGX_SECMEET_RTCP_PSFB,
                                         NGX_SECMEET_PSFB_FIR, len, sender,
                                         0);
    p = ngx_secmeet_write_uint32(p, ssrc);
    (void) ngx_secmeet_write_uint32(p, (uint32_t) seq << 24);

    return len;
}


size_t
ngx_secmeet_rtcp_nack_create(u_char *p, uint32_t sender, uint32_t ssrc,
    uint16_t *seqs, ngx_uint_t n)
{
    size_t  len;

    if (n == 0) {
        return 0;
    }

    len = NGX_SECMEET_RTCP_HEADER + NGX_SECMEET_RTCP_FB
          + ngx_secmeet_rtcp_nack_pairs(NULL, seqs, n)
            * NGX_SECMEET_RTCP_NACK_PAIR;

    if (p == NULL) {
        return len;
    }

    p = ngx_secmeet_rtcp_feedback_create(p, NGX_SECMEET_RTCP_RTPFB,
                                         NGX_SECMEET_RTPFB_NACK, len, sender,
                                         ssrc);

    (void) ngx_secmeet_rtcp_nack_pairs(p, seqs, n);

    return len;
}


static ngx_uint_t
ngx_secmeet_rtcp_nack_pairs(u_char *p, uint16_t *seqs, ngx_uint_t n)
{
    uint16_t    pid, distance;
    ngx_uint_t  i, blp, pairs;

    i = 0;
    pairs = 0;

    while (i < n) {
        pid = seqs[i++];
        blp = 0;

        /* RFC 4585, 6.2.1.  A distance wraps around as the numbers do */

        for ( /* void */ ; i < n; i++) {
            distance = (uint16_t) (seqs[i] - pid);

            if (distance > 16) {
                break;
            }

            if (distance != 0) {
                blp |= (ngx_uint_t) 1 << (distance - 1);
            }
        }

        if (p != NULL) {
            p = ngx_secmeet_write_uint16(p, pid);
            p = ngx_secmeet_write_uint16(p, blp);
        }

        pairs++;
    }

    return pairs;
}


static u_char *
ngx_secmeet_rtcp_header_create(u_char *p, ngx_uint_t type, ngx_uint_t count,
    size_t len)
{
    *p++ = (u_char) (0x80 | count);
    *p++ = (u_char) type;

    return ngx_secmeet_write_uint16(p, len / 4 - 1);
}


static u_char *
ngx_secmeet_rtcp_feedback_create(u_char *p, ngx_uint_t type, ngx_uint_t fmt,
    size_t len, uint32_t sender, uint32_t ssrc)
{
    p = ngx_secmeet_rtcp_header_create(p, type, fmt, len);
    p = ngx_secmeet_write_uint32(p, sender);

    return ngx_secmeet_write_uint32(p, ssrc);
}
