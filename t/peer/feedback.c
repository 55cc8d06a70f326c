
/*
 * Copyright (C) secmeet contributors
 */


#include "feedback.h"


#define PEER_FEEDBACK_EVERY   1000000
#define PEER_FEEDBACK_SIZE    1100

/* seconds from 1900 to 1970 */
#define PEER_NTP              2208988800u


typedef struct {
    u_char                    buf[PEER_DATAGRAM];
    size_t                    len;
    ngx_secmeet_rtcp_block_t  blocks[PEER_LINES];
    ngx_uint_t                nblocks;
    ngx_uint_t                done;             /* of blocks */
} peer_compound_t;


static void peer_feedback_timer(void *data);
static void peer_feedback_nack_timer(void *data);
static uint64_t peer_feedback_ntp(void);
static void peer_feedback_blocks(peer_t *peer, peer_compound_t *compound);
static void peer_feedback_report(peer_t *peer, peer_compound_t *compound,
    peer_source_t *source);
static void peer_feedback_flush(peer_t *peer, peer_compound_t *compound);
static void peer_feedback_sr(peer_t *peer, ngx_secmeet_rtcp_t *rtcp);
static void peer_feedback_rr(peer_t *peer, ngx_secmeet_rtcp_t *rtcp);
static void peer_feedback_rtpfb(peer_t *peer, ngx_secmeet_rtcp_t *rtcp);
static void peer_feedback_psfb(peer_t *peer, ngx_secmeet_rtcp_t *rtcp);
static peer_source_t *peer_feedback_source(peer_t *peer, uint32_t ssrc);


void
peer_feedback_init(peer_t *peer)
{
    peer->rtcp_timer.handler = peer_feedback_timer;
    peer->rtcp_timer.data = peer;
    peer->nack_timer.handler = peer_feedback_nack_timer;
    peer->nack_timer.data = peer;
}


void
peer_feedback_start(peer_t *peer)
{
    peer_timer_set(&peer->rtcp_timer,
                   peer_now + peer_random() % PEER_FEEDBACK_EVERY);
}


void
peer_feedback_stop(peer_t *peer)
{
    peer_timer_del(&peer->rtcp_timer);
    peer_timer_del(&peer->nack_timer);
}


static void
peer_feedback_timer(void *data)
{
    peer_t *peer = data;

    ngx_uint_t               i, k;
    peer_line_t             *line;
    static peer_compound_t   compound;

    peer_timer_set(&peer->rtcp_timer, peer_now + PEER_FEEDBACK_EVERY);

    if (peer->no_rr) {
        return;
    }

    compound.len = 0;
    compound.done = 0;

    peer_feedback_blocks(peer, &compound);

    for (i = 0; i < peer->nlines; i++) {
        line = peer->lines[i];

        for (k = 0; k < line->nlayers && !line->closed; k++) {
            if (line->layers[k]->sent) {
                peer_feedback_report(peer, &compound, line->layers[k]);
            }
        }
    }

    while (compound.done < compound.nblocks) {
        peer_feedback_report(peer, &compound, NULL);
    }

    peer_feedback_flush(peer, &compound);
}


static uint64_t
peer_feedback_ntp(void)
{
    uint64_t  now;

    now = peer_now + peer_epoch;

    return (now / 1000000 + PEER_NTP) << 32
           | ((now % 1000000) << 32) / 1000000;
}


static void
peer_feedback_blocks(peer_t *peer, peer_compound_t *compound)
{
    ngx_uint_t                 i;
    peer_line_t               *line;
    ngx_secmeet_rtcp_block_t  *block;

    compound->nblocks = 0;

    for (i = 0; i < peer->nlines; i++) {
        line = peer->lines[i];

        if (line->sink == NULL || line->closed) {
            continue;
        }

        block = &compound->blocks[compound->nblocks];

        if (ngx_secmeet_report_poll(&line->sink->report, block, peer_now)
            == NGX_OK)
        {
            block->ssrc = line->ssrc;
            compound->nblocks++;
        }
    }
}


static void
peer_feedback_report(peer_t *peer, peer_compound_t *compound,
    peer_source_t *source)
{
    u_char                     *p;
    ngx_uint_t                  n;
    ngx_secmeet_rtcp_report_t   report;

    n = compound->nblocks - compound->done;
    n = ngx_min(n, NGX_SECMEET_RTCP_BLOCKS);

    if (compound->len + n * NGX_SECMEET_RTCP_BLOCK > PEER_FEEDBACK_SIZE) {
        peer_feedback_flush(peer, compound);
    }

    ngx_memzero(&report, sizeof(ngx_secmeet_rtcp_report_t));

    report.blocks = compound->blocks + compound->done;
    report.nblocks = n;
    compound->done += n;

    p = compound->buf + compound->len;

    if (source == NULL) {
        report.ssrc = peer_feedback_ssrc(peer);
        compound->len += ngx_secmeet_rtcp_rr_create(p, &report);
        peer->counts.rr_out++;
        return;
    }

    report.ssrc = source->ssrc;
    report.ntp = peer_feedback_ntp();
    report.timestamp = peer_source_timestamp(source);
    report.packets = (uint32_t) source->sent;
    report.octets = (uint32_t) source->bytes;

    compound->len += ngx_secmeet_rtcp_sr_create(p, &report);
    peer->counts.sr_out++;
}


static void
peer_feedback_flush(peer_t *peer, peer_compound_t *compound)
{
    ngx_str_t  cname;

    if (compound->len == 0) {
        return;
    }

    cname.data = peer->cname;
    cname.len = sizeof(peer->cname) - 1;

    compound->len += ngx_secmeet_rtcp_sdes_create(
                         compound->buf + compound->len,
                         peer_feedback_ssrc(peer), &cname);

    peer_feedback_send(peer, compound->buf, compound->len);

    compound->len = 0;
}


uint32_t
peer_feedback_ssrc(peer_t *peer)
{
    ngx_uint_t  i;

    for (i = 0; i < peer->nlines; i++) {
        if (peer->lines[i]->source && !peer->lines[i]->closed
            && !peer->lines[i]->pending)
        {
            return peer->lines[i]->ssrc;
        }
    }

    return peer->ssrc;
}


void
peer_feedback_send(peer_t *peer, u_char *p, size_t len)
{
    if (peer->srtp == NULL
        || ngx_secmeet_srtp_protect_rtcp(peer->srtp, p, &len) != NGX_OK)
    {
        return;
    }

    peer_send(peer, p, len, NULL);
}


void
peer_feedback_nack(peer_t *peer)
{
    if (peer->nack_timer.index == 0 || peer->nack_timer.when > peer_now) {
        peer_timer_set(&peer->nack_timer, peer_now);
    }
}


static void
peer_feedback_nack_timer(void *data)
{
    peer_t *peer = data;

    u_char               buf[1500];
    size_t               len;
    uint16_t             seqs[NGX_SECMEET_NACK_LIST];
    ngx_uint_t           i, n;
    peer_line_t         *line;
    ngx_secmeet_usec_t   next, when;

    next = 0;

    for (i = 0; i < peer->nlines && peer->nack; i++) {
        line = peer->lines[i];

        if (line->sink == NULL || line->closed) {
            continue;
        }

        n = NGX_SECMEET_NACK_LIST;

        if (ngx_secmeet_nack_poll(&line->sink->nack, seqs, &n, peer_now)
            == NGX_OK)
        {
            len = ngx_secmeet_rtcp_nack_create(buf, peer_feedback_ssrc(peer),
                                               line->ssrc, seqs, n);
            line->sink->nacks += n;
            peer->counts.nack_out++;

            peer_feedback_send(peer, buf, len);
        }

        when = ngx_secmeet_nack_next(&line->sink->nack);

        if (when && (next == 0 || when < next)) {
            next = when;
        }
    }

    if (next) {
        peer_timer_set(&peer->nack_timer, ngx_max(next, peer_now + 1000));
    }
}


const char *
peer_feedback_key(peer_t *peer, peer_line_t *line, ngx_uint_t fir)
{
    u_char             buf[128];
    size_t             len;
    static ngx_uint_t  seq;

    if (line == NULL || line->sink == NULL || line->ssrc == 0) {
        return "no such receiving m-line";
    }

    if (fir) {
        len = ngx_secmeet_rtcp_fir_create(buf, peer_feedback_ssrc(peer),
                                          line->ssrc, seq++ & 0xff);

    } else {
        len = ngx_secmeet_rtcp_pli_create(buf, peer_feedback_ssrc(peer),
                                          line->ssrc);
    }

    peer_feedback_send(peer, buf, len);

    return NULL;
}


void
peer_feedback_bye(peer_t *peer)
{
    u_char                      buf[256];
    size_t                      len;
    ngx_uint_t                  i;
    ngx_secmeet_rtcp_report_t   report;

    /* RFC 3550, 6.1: a compound begins with a report */

    for (i = 0; i < peer->nlines; i++) {
        if (peer->lines[i]->source == NULL || peer->lines[i]->closed) {
            continue;
        }

        ngx_memzero(&report, sizeof(ngx_secmeet_rtcp_report_t));
        report.ssrc = peer->lines[i]->ssrc;

        len = ngx_secmeet_rtcp_rr_create(buf, &report);
        len += ngx_secmeet_rtcp_bye_create(buf + len, report.ssrc);

        peer_feedback_send(peer, buf, len);
    }
}


void
peer_feedback_input(peer_t *peer, u_char *p, size_t len)
{
    u_char              *end;
    ngx_int_t            rc;
    ngx_secmeet_rtcp_t   rtcp;

    if (peer->srtp == NULL) {
        peer->counts.early++;
        return;
    }

    rc = ngx_secmeet_srtp_unprotect_rtcp(peer->srtp, p, &len);

    if (rc != NGX_OK) {
        if (rc == NGX_DONE) {
            peer->counts.replays++;

        } else {
            peer->counts.bad_rtcp++;
        }

        return;
    }

    for (end = p + len; /* void */ ; p = rtcp.next) {
        rc = ngx_secmeet_rtcp_parse(&rtcp, p, end);

        if (rc != NGX_OK) {
            peer->counts.bad_rtcp += (rc == NGX_DECLINED);
            return;
        }

        switch (rtcp.type) {

        case NGX_SECMEET_RTCP_SR:
            peer_feedback_sr(peer, &rtcp);
            peer_feedback_rr(peer, &rtcp);
            break;

        case NGX_SECMEET_RTCP_RR:
            peer_feedback_rr(peer, &rtcp);
            break;

        case NGX_SECMEET_RTCP_BYE:
            peer->counts.bye_in++;
            break;

        case NGX_SECMEET_RTCP_RTPFB:
            peer_feedback_rtpfb(peer, &rtcp);
            break;

        case NGX_SECMEET_RTCP_PSFB:
            peer_feedback_psfb(peer, &rtcp);
            break;
        }
    }
}


static void
peer_feedback_sr(peer_t *peer, ngx_secmeet_rtcp_t *rtcp)
{
    peer_line_t                *line;
    ngx_secmeet_rtcp_report_t   report;

    if (ngx_secmeet_rtcp_report_parse(&report, rtcp) != NGX_OK) {
        peer->counts.bad_rtcp++;
        return;
    }

    line = peer_line_by_ssrc(peer, report.ssrc);

    if (line == NULL || line->sink == NULL) {
        peer->counts.feedback_unknown++;
        return;
    }

    peer_sink_report(line->sink, &report);
}


static void
peer_feedback_rr(peer_t *peer, ngx_secmeet_rtcp_t *rtcp)
{
    ngx_uint_t                 i;
    peer_source_t             *source;
    ngx_secmeet_rtcp_block_t   block;

    for (i = 0; i < rtcp->count; i++) {
        if (ngx_secmeet_rtcp_block_parse(&block, rtcp, i) != NGX_OK) {
            peer->counts.bad_rtcp++;
            return;
        }

        source = peer_feedback_source(peer, block.ssrc);

        if (source) {
            source->acked = 1;
            source->reports++;
            source->report = block;
            source->rtt = ngx_secmeet_report_rtt(&block,
                                                 peer_feedback_ntp());
        }
    }
}


static void
peer_feedback_rtpfb(peer_t *peer, ngx_secmeet_rtcp_t *rtcp)
{
    uint16_t                     seqs[1024];
    ngx_uint_t                   i, n;
    peer_source_t               *source;
    ngx_secmeet_rtcp_feedback_t  fb;

    if (ngx_secmeet_rtcp_feedback_parse(&fb, rtcp) != NGX_OK) {
        peer->counts.bad_rtcp++;
        return;
    }

    if (rtcp->count == NGX_SECMEET_RTPFB_TWCC) {
        peer_twcc_input(peer, rtcp);
        return;
    }

    source = peer_feedback_source(peer, fb.ssrc);

    if (source == NULL || rtcp->count != NGX_SECMEET_RTPFB_NACK) {
        return;
    }

    n = ngx_secmeet_rtcp_nack_parse(&fb, seqs, 1024);

    for (i = 0; i < n; i++) {
        peer_source_nack(source, seqs[i]);
    }
}


static void
peer_feedback_psfb(peer_t *peer, ngx_secmeet_rtcp_t *rtcp)
{
    uint32_t                      ssrc;
    ngx_uint_t                    n, seq;
    peer_source_t                *source;
    ngx_secmeet_rtcp_feedback_t   fb;

    if (ngx_secmeet_rtcp_feedback_parse(&fb, rtcp) != NGX_OK) {
        peer->counts.bad_rtcp++;
        return;
    }

    if (rtcp->count == NGX_SECMEET_PSFB_PLI) {
        source = peer_feedback_source(peer, fb.ssrc);

        if (source) {
            peer_source_key(source, 0);
        }

        return;
    }

    if (rtcp->count != NGX_SECMEET_PSFB_FIR) {
        return;
    }

    for (n = 0; /* void */ ; n++) {
        if (ngx_secmeet_rtcp_fir_parse(&fb, n, &ssrc, &seq) != NGX_OK) {
            return;
        }

        source = peer_feedback_source(peer, ssrc);

        if (source) {
            peer_source_key(source, 1);
        }
    }
}


static peer_source_t *
peer_feedback_source(peer_t *peer, uint32_t ssrc)
{
    peer_end_t  *end;

    end = peer_line_end(peer, ssrc);

    if (end == NULL || end->source == NULL || end->rtx) {
        peer->counts.feedback_unknown++;
        return NULL;
    }

    return end->source;
}
