
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_feedback.h"
#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_forward.h"
#include "ngx_secmeet_quality.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_track.h"
#include "../wire/ngx_secmeet_rtcp.h"


#define NGX_SECMEET_FEEDBACK_SIZE     1100      /* bytes of a compound */
#define NGX_SECMEET_FEEDBACK_ELAPSED  60000000  /* usec since the last SR */

/* seconds from 1900 to 1970, RFC 5905, 6 */
#define NGX_SECMEET_NTP_EPOCH         2208988800ULL


typedef struct {
    ngx_secmeet_transport_t  *tp;
    ngx_secmeet_packet_t     *packet;
} ngx_secmeet_compound_t;


static void ngx_secmeet_feedback_packet(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now);
static void ngx_secmeet_feedback_sr(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now);
static void ngx_secmeet_feedback_align(ngx_secmeet_layer_t *layer);
static void ngx_secmeet_feedback_blocks(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now);
static void ngx_secmeet_feedback_nack(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now);
static void ngx_secmeet_feedback_keyframe(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp);
static void ngx_secmeet_feedback_wanted(ngx_secmeet_transport_t *tp,
    uint32_t ssrc);
static void ngx_secmeet_feedback_layer(ngx_secmeet_compound_t *compound,
    ngx_secmeet_layer_t *layer, ngx_secmeet_usec_t now);
static ngx_secmeet_usec_t ngx_secmeet_feedback_next(
    ngx_secmeet_layer_t *layer);
static void ngx_secmeet_feedback_sub(ngx_secmeet_compound_t *compound,
    ngx_secmeet_sub_t *sub, ngx_secmeet_usec_t now);
static u_char *ngx_secmeet_compound_space(ngx_secmeet_compound_t *compound,
    size_t len, ngx_uint_t report);
static void ngx_secmeet_compound_send(ngx_secmeet_compound_t *compound);
static uint64_t ngx_secmeet_ntp(ngx_secmeet_usec_t now);
static int64_t ngx_secmeet_ntp_usec(uint64_t ntp);


void
ngx_secmeet_feedback_input(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    u_char              *p, *end;
    ngx_int_t            rc;
    ngx_uint_t           n;
    ngx_secmeet_rtcp_t   rtcp;

    rc = ngx_secmeet_srtp_unprotect_rtcp(tp->srtp, dg->start, &dg->len);

    if (rc != NGX_OK) {
        tp->worker->counters[rc == NGX_DONE ? NGX_SECMEET_DROP_REPLAY
                                            : NGX_SECMEET_DROP_SRTCP]++;
        return;
    }

    if (ngx_secmeet_limit_input(&tp->rtcp, dg->len, dg->now) != NGX_OK) {
        tp->worker->counters[NGX_SECMEET_DROP_RATE]++;
        return;
    }

    p = dg->start;
    end = p + dg->len;

    for (n = 0; n < NGX_SECMEET_FEEDBACK_PACKETS; n++) {

        rc = ngx_secmeet_rtcp_parse(&rtcp, p, end);

        if (rc == NGX_DONE) {
            return;
        }

        if (rc != NGX_OK) {
            break;
        }

        ngx_secmeet_feedback_packet(tp, &rtcp, dg->now);

        p = rtcp.next;
    }

    tp->worker->counters[NGX_SECMEET_DROP_RTCP]++;
}


static void
ngx_secmeet_feedback_packet(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now)
{
    switch (rtcp->type) {

    case NGX_SECMEET_RTCP_SR:
        ngx_secmeet_feedback_sr(tp, rtcp, now);
        ngx_secmeet_feedback_blocks(tp, rtcp, now);
        break;

    case NGX_SECMEET_RTCP_RR:
        ngx_secmeet_feedback_blocks(tp, rtcp, now);
        break;

    case NGX_SECMEET_RTCP_RTPFB:
        if (rtcp->count == NGX_SECMEET_RTPFB_NACK) {
            ngx_secmeet_feedback_nack(tp, rtcp, now);

        } else if (rtcp->count == NGX_SECMEET_RTPFB_TWCC) {
            ngx_secmeet_egress_feedback(tp, rtcp, now);
        }

        break;

    case NGX_SECMEET_RTCP_PSFB:
        ngx_secmeet_feedback_keyframe(tp, rtcp);
        break;

    default:
        break;
    }
}


static void
ngx_secmeet_feedback_sr(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now)
{
    int64_t                     offset;
    ngx_secmeet_peer_t         *peer;
    ngx_secmeet_layer_t        *layer;
    ngx_secmeet_rtcp_report_t   report;

    ngx_secmeet_transport_ssrc_t  *entry;

    if (ngx_secmeet_rtcp_report_parse(&report, rtcp) != NGX_OK) {
        return;
    }

    entry = ngx_secmeet_transport_ssrc(tp, report.ssrc);

    if (entry == NULL || entry->rtx) {
        return;
    }

    layer = entry->layer;

    ngx_secmeet_report_sr(&layer->report, report.ntp, now);

    layer->sr_ntp = report.ntp;
    layer->sr_timestamp = report.timestamp;
    layer->has_sr = 1;

    /* the fastest report tells the offset of the clocks best */

    peer = tp->peer;
    offset = (int64_t) now - ngx_secmeet_ntp_usec(report.ntp);

    if (!peer->has_clock || offset < peer->clock_offset) {
        peer->clock_offset = offset;
        peer->has_clock = 1;
    }

    ngx_secmeet_feedback_align(layer);
}


/* layers of one track by the clock that its publisher reports them by */

static void
ngx_secmeet_feedback_align(ngx_secmeet_layer_t *layer)
{
    uint64_t      usec;
    ngx_queue_t  *q;

    usec = (uint64_t) ngx_secmeet_ntp_usec(layer->sr_ntp);

    layer->align = layer->sr_timestamp
                   - (uint32_t) (usec / 1000000 * 90000
                                 + usec % 1000000 * 90000 / 1000000);

    for (q = ngx_queue_head(&layer->track->subs);
         q != ngx_queue_sentinel(&layer->track->subs);
         q = ngx_queue_next(q))
    {
        ngx_secmeet_sub_align(ngx_queue_data(q, ngx_secmeet_sub_t, queue));
    }
}


static void
ngx_secmeet_feedback_blocks(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now)
{
    ngx_uint_t                n;
    ngx_secmeet_sub_t        *sub;
    ngx_secmeet_usec_t        rtt;
    ngx_secmeet_rtcp_block_t  block;

    for (n = 0; n < rtcp->count; n++) {

        if (ngx_secmeet_rtcp_block_parse(&block, rtcp, n) != NGX_OK) {
            return;
        }

        rtt = ngx_secmeet_report_rtt(&block, ngx_secmeet_ntp(now));

        if (rtt) {
            tp->rtt = rtt;
        }

        sub = ngx_secmeet_sub_find(tp->peer, block.ssrc);

        if (sub && sub->ssrc == block.ssrc) {
            ngx_secmeet_quality_block(sub, &block, now);
        }
    }
}


static void
ngx_secmeet_feedback_nack(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now)
{
    uint16_t                      seqs[NGX_SECMEET_FEEDBACK_NACKS];
    ngx_uint_t                    i, n;
    ngx_secmeet_sub_t            *sub;
    ngx_secmeet_rtcp_feedback_t   fb;

    if (ngx_secmeet_rtcp_feedback_parse(&fb, rtcp) != NGX_OK) {
        return;
    }

    sub = ngx_secmeet_sub_find(tp->peer, fb.ssrc);
    if (sub == NULL) {
        return;
    }

    n = ngx_secmeet_rtcp_nack_parse(&fb, seqs, NGX_SECMEET_FEEDBACK_NACKS);

    for (i = 0; i < n; i++) {
        if (ngx_secmeet_forward_resend(sub, seqs[i], now) != NGX_OK) {
            return;
        }
    }
}


static void
ngx_secmeet_feedback_keyframe(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp)
{
    uint32_t                     ssrc;
    ngx_uint_t                   n, seq;
    ngx_secmeet_rtcp_feedback_t  fb;

    if (ngx_secmeet_rtcp_feedback_parse(&fb, rtcp) != NGX_OK) {
        return;
    }

    if (rtcp->count == NGX_SECMEET_PSFB_PLI) {
        ngx_secmeet_feedback_wanted(tp, fb.ssrc);
        return;
    }

    if (rtcp->count != NGX_SECMEET_PSFB_FIR) {
        return;
    }

    for (n = 0; n < NGX_SECMEET_FEEDBACK_PACKETS; n++) {

        if (ngx_secmeet_rtcp_fir_parse(&fb, n, &ssrc, &seq) != NGX_OK) {
            return;
        }

        ngx_secmeet_feedback_wanted(tp, ssrc);
    }
}


static void
ngx_secmeet_feedback_wanted(ngx_secmeet_transport_t *tp, uint32_t ssrc)
{
    uint32_t             offset;
    ngx_uint_t           n;
    ngx_secmeet_sub_t   *sub;

    sub = ngx_secmeet_sub_find(tp->peer, ssrc);

    if (sub == NULL || sub->track == NULL || sub->paused || sub->starved) {
        return;
    }

    /* of what it is sent; if that is nothing yet, of what it waits for */

    if (ngx_secmeet_rewrite_offset(&sub->rewrite, &n, &offset) == NGX_OK
        && n < sub->track->nlayers)
    {
        /* each one makes the picture worse for all others */

        if (ngx_secmeet_limit_input(&sub->keyframes,
                                    NGX_SECMEET_SUB_KEYFRAME,
                                    ngx_secmeet_now())
            != NGX_OK)
        {
            return;
        }

        ngx_secmeet_layer_keyframe(&sub->track->layers[n]);
        return;
    }

    ngx_secmeet_sub_keyframe(sub);
}


void
ngx_secmeet_feedback_poll(ngx_secmeet_transport_t *tp)
{
    ngx_uint_t               i, k;
    ngx_secmeet_peer_t      *peer;
    ngx_secmeet_usec_t       now, next, due;
    ngx_secmeet_track_t     *track;
    ngx_secmeet_compound_t   compound;

    peer = tp->peer;
    now = ngx_secmeet_now();
    due = 0;

    compound.tp = tp;
    compound.packet = NULL;

    for (i = 0; i < peer->nmedia; i++) {
        track = peer->media[i]->track;

        for (k = 0; track && k < track->nlayers; k++) {

            if (!track->layers[k].known) {
                continue;
            }

            ngx_secmeet_feedback_layer(&compound, &track->layers[k], now);

            next = ngx_secmeet_feedback_next(&track->layers[k]);

            if (next && (due == 0 || next < due)) {
                due = next;
            }
        }
    }

    ngx_secmeet_compound_send(&compound);

    if (tp->retry.timer_set) {
        ngx_del_timer(&tp->retry);
    }

    if (due) {
        ngx_add_timer(&tp->retry,
                      due > now ? (ngx_msec_t) ((due - now) / 1000 + 1) : 1);
    }
}


static void
ngx_secmeet_feedback_layer(ngx_secmeet_compound_t *compound,
    ngx_secmeet_layer_t *layer, ngx_secmeet_usec_t now)
{
    u_char                   *p;
    uint16_t                  seqs[NGX_SECMEET_NACK_LIST];
    ngx_uint_t                n;
    ngx_secmeet_transport_t  *tp;

    tp = compound->tp;

    if (tp->rtt) {
        ngx_secmeet_nack_rtt(&layer->nack, tp->rtt);
    }

    n = NGX_SECMEET_NACK_LIST;

    if (ngx_secmeet_nack_poll(&layer->nack, seqs, &n, now) == NGX_OK) {
        p = ngx_secmeet_compound_space(compound,
                    ngx_secmeet_rtcp_nack_create(NULL, tp->ssrc, layer->ssrc,
                                                 seqs, n), 0);
        (void) ngx_secmeet_rtcp_nack_create(p, tp->ssrc, layer->ssrc, seqs,
                                            n);
    }

    if (ngx_secmeet_keyframe_poll(&layer->keyframe, now) == NGX_OK) {
        p = ngx_secmeet_compound_space(compound,
                    ngx_secmeet_rtcp_pli_create(NULL, tp->ssrc, layer->ssrc),
                    0);
        (void) ngx_secmeet_rtcp_pli_create(p, tp->ssrc, layer->ssrc);
    }
}


static ngx_secmeet_usec_t
ngx_secmeet_feedback_next(ngx_secmeet_layer_t *layer)
{
    ngx_secmeet_usec_t  nack, keyframe;

    nack = ngx_secmeet_nack_next(&layer->nack);
    keyframe = ngx_secmeet_keyframe_next(&layer->keyframe);

    if (nack == 0 || keyframe == 0) {
        return nack + keyframe;
    }

    return ngx_min(nack, keyframe);
}


void
ngx_secmeet_feedback_arrivals(ngx_secmeet_transport_t *tp)
{
    u_char                     *p;
    size_t                      len;
    ngx_uint_t                  n;
    ngx_secmeet_twcc_t          twcc;
    ngx_secmeet_usec_t          now, next;
    ngx_secmeet_compound_t      compound;
    ngx_secmeet_twcc_packet_t   packets[NGX_SECMEET_TWCC_PACKETS];

    now = ngx_secmeet_now();

    compound.tp = tp;
    compound.packet = NULL;

    for ( ;; ) {
        n = NGX_SECMEET_TWCC_PACKETS;

        if (ngx_secmeet_arrivals_poll(tp->arrivals, &twcc, packets, &n, now)
            != NGX_OK)
        {
            break;
        }

        twcc.sender = tp->ssrc;
        twcc.ssrc = tp->nssrcs ? tp->ssrcs[0].ssrc : 0;

        len = ngx_secmeet_twcc_create(NULL, &twcc, packets, n);

        if (len) {
            p = ngx_secmeet_compound_space(&compound, len, 0);
            (void) ngx_secmeet_twcc_create(p, &twcc, packets, n);

            /* it may be padded, and only the last one of a compound may */

            ngx_secmeet_compound_send(&compound);
        }
    }

    next = ngx_secmeet_arrivals_next(tp->arrivals);

    if (next) {
        ngx_add_timer(&tp->arrived,
                      next > now ? (ngx_msec_t) ((next - now) / 1000 + 1) : 1);
    }
}


void
ngx_secmeet_feedback_report(ngx_secmeet_transport_t *tp)
{
    u_char                     *p;
    ngx_uint_t                  i, k;
    ngx_secmeet_peer_t         *peer;
    ngx_secmeet_usec_t          now;
    ngx_secmeet_layer_t        *layer;
    ngx_secmeet_media_t        *media;
    ngx_secmeet_compound_t      compound;
    ngx_secmeet_rtcp_block_t    blocks[NGX_SECMEET_RTCP_BLOCKS];
    ngx_secmeet_rtcp_report_t   report;

    peer = tp->peer;
    now = ngx_secmeet_now();

    compound.tp = tp;
    compound.packet = NULL;

    ngx_memzero(&report, sizeof(ngx_secmeet_rtcp_report_t));
    report.ssrc = tp->ssrc;
    report.blocks = blocks;

    for (i = 0; i < peer->nmedia; i++) {
        media = peer->media[i];

        if (media->sub) {
            ngx_secmeet_feedback_sub(&compound, media->sub, now);
        }

        for (k = 0; media->track && k < media->track->nlayers; k++) {
            layer = &media->track->layers[k];

            if (layer->known && report.nblocks < NGX_SECMEET_RTCP_BLOCKS
                && ngx_secmeet_report_poll(&layer->report,
                                           &blocks[report.nblocks], now)
                   == NGX_OK)
            {
                ngx_secmeet_quality_sent(layer, &blocks[report.nblocks]);

                blocks[report.nblocks++].ssrc = layer->ssrc;
            }
        }
    }

    if (report.nblocks) {
        p = ngx_secmeet_compound_space(&compound,
                           ngx_secmeet_rtcp_rr_create(NULL, &report), 1);
        (void) ngx_secmeet_rtcp_rr_create(p, &report);
    }

    ngx_secmeet_compound_send(&compound);
}


/*
 * RFC 3550, 6.4.1.  The moment is ours; the timestamp is where the
 * publisher's media is at that moment by its own last report, so that its
 * tracks stay in sync with each other.
 */

static void
ngx_secmeet_feedback_sub(ngx_secmeet_compound_t *compound,
    ngx_secmeet_sub_t *sub, ngx_secmeet_usec_t now)
{
    u_char                     *p;
    size_t                      len;
    int64_t                     elapsed;
    uint32_t                    offset;
    ngx_str_t                   cname;
    ngx_uint_t                  n;
    ngx_secmeet_layer_t        *layer;
    ngx_secmeet_rtcp_report_t   report;

    if (sub->track == NULL || sub->packets == 0
        || ngx_secmeet_rewrite_offset(&sub->rewrite, &n, &offset) != NGX_OK
        || n >= sub->track->nlayers || !sub->track->layers[n].has_sr)
    {
        return;
    }

    layer = &sub->track->layers[n];

    elapsed = (int64_t) now - ngx_secmeet_ntp_usec(layer->sr_ntp)
              - sub->track->peer->clock_offset;

    /* a clock that jumps, or a report of long ago, tells nothing */

    if (elapsed < -NGX_SECMEET_FEEDBACK_ELAPSED
        || elapsed > NGX_SECMEET_FEEDBACK_ELAPSED)
    {
        return;
    }

    ngx_memzero(&report, sizeof(ngx_secmeet_rtcp_report_t));

    report.ssrc = sub->ssrc;
    report.ntp = ngx_secmeet_ntp(now);
    report.timestamp = layer->sr_timestamp + offset
                       + (uint32_t) (elapsed * (int64_t) sub->rewrite.clock
                                     / 1000000);
    report.packets = sub->packets;
    report.octets = sub->octets;

    cname.data = sub->peer->id;
    cname.len = NGX_SECMEET_ID;

    len = ngx_secmeet_rtcp_sr_create(NULL, &report)
          + ngx_secmeet_rtcp_sdes_create(NULL, sub->ssrc, &cname);

    p = ngx_secmeet_compound_space(compound, len, 1);

    p += ngx_secmeet_rtcp_sr_create(p, &report);
    (void) ngx_secmeet_rtcp_sdes_create(p, sub->ssrc, &cname);
}


/*
 * Room for len bytes.  RFC 3550, 6.1: a compound begins with a report, so
 * one that would not gets an empty RR first.
 */

static u_char *
ngx_secmeet_compound_space(ngx_secmeet_compound_t *compound, size_t len,
    ngx_uint_t report)
{
    u_char                     *p;
    ngx_secmeet_packet_t       *packet;
    ngx_secmeet_rtcp_report_t   empty;

    packet = compound->packet;

    if (packet && packet->len + len > NGX_SECMEET_FEEDBACK_SIZE) {
        ngx_secmeet_compound_send(compound);
        packet = NULL;
    }

    if (packet == NULL) {
        packet = ngx_secmeet_output_packet(&compound->tp->worker->output);
        compound->packet = packet;

        if (!report) {
            ngx_memzero(&empty, sizeof(ngx_secmeet_rtcp_report_t));
            empty.ssrc = compound->tp->ssrc;
            packet->len = ngx_secmeet_rtcp_rr_create(packet->data, &empty);
        }
    }

    p = packet->data + packet->len;
    packet->len += len;

    return p;
}


static void
ngx_secmeet_compound_send(ngx_secmeet_compound_t *compound)
{
    if (compound->packet) {
        ngx_secmeet_transport_rtcp(compound->tp, compound->packet);
        compound->packet = NULL;
    }
}


/* the epoch of our clock does not matter, only that it runs evenly */

static uint64_t
ngx_secmeet_ntp(ngx_secmeet_usec_t now)
{
    uint64_t  sec, usec;

    sec = now / 1000000 + NGX_SECMEET_NTP_EPOCH;
    usec = now % 1000000;

    return sec << 32 | ((usec << 32) / 1000000);
}


static int64_t
ngx_secmeet_ntp_usec(uint64_t ntp)
{
    return (int64_t) (ntp >> 32) * 1000000
           + (int64_t) (((ntp & 0xffffffff) * 1000000) >> 32);
}
