
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_forward.h"
#include "ngx_secmeet_path.h"
#include "ngx_secmeet_room.h"
#include "../wire/ngx_secmeet_bytes.h"
#include "../wire/ngx_secmeet_payload.h"


/* less than the engine of a sub remembers */
#define NGX_SECMEET_FORWARD_GAP  0x3fff


/* one packet on its way to the subs */
typedef struct {
    ngx_secmeet_rtp_t        *rtp;
    ngx_secmeet_sdp_codec_t  *codec;
    uint32_t                  number;
    ngx_uint_t                key;
    ngx_secmeet_usec_t        now;
} ngx_secmeet_forward_t;


/* one byte each, to a receiver which negotiated them */
static const ngx_uint_t  ngx_secmeet_forward_exts[] = {
    NGX_SECMEET_EXT_AUDIO_LEVEL,
    NGX_SECMEET_EXT_ORIENTATION
};


static ngx_secmeet_layer_t *ngx_secmeet_forward_match(
    ngx_secmeet_transport_t *tp, ngx_secmeet_datagram_t *dg);
static void ngx_secmeet_forward_layer(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_sdp_codec_t *codec);
static ngx_uint_t ngx_secmeet_forward_key(ngx_secmeet_layer_t *layer,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_sdp_codec_t *codec,
    ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_forward_ready(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_sdp_codec_t *codec);
static void ngx_secmeet_forward_sub(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw);
static ngx_int_t ngx_secmeet_forward_send(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *header, ngx_secmeet_rtp_t *rtp);
static ngx_int_t ngx_secmeet_forward_header(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *header, ngx_secmeet_rtp_t *rtp);
static void ngx_secmeet_forward_exts_copy(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *header, ngx_secmeet_rtp_t *rtp);


void
ngx_secmeet_forward_input(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    uint32_t                  ssrc;
    uint64_t                 *counters;
    ngx_int_t                 rc;
    ngx_uint_t                learnt;
    ngx_secmeet_rtp_t         rtp;
    ngx_secmeet_layer_t      *layer;
    ngx_secmeet_sdp_codec_t  *codec;

    counters = tp->worker->counters;
    learnt = 0;

    if (dg->len < NGX_SECMEET_RTP_HEADER
        || ngx_secmeet_read_uint32(dg->start + 8, dg->start + dg->len, &ssrc)
           == NULL)
    {
        counters[NGX_SECMEET_DROP_SRTP]++;
        return;
    }

    layer = ngx_secmeet_transport_layer(tp, ssrc);

    if (layer == NULL) {
        layer = ngx_secmeet_forward_match(tp, dg);
        if (layer == NULL) {
            counters[NGX_SECMEET_DROP_SSRC]++;
            return;
        }

        if (ngx_secmeet_srtp_test(tp->srtp, dg->start, dg->len) != NGX_OK) {
            counters[NGX_SECMEET_DROP_SRTP]++;
            return;
        }

        if (ngx_secmeet_transport_add(tp, ssrc, layer) != NGX_OK) {
            counters[NGX_SECMEET_DROP_SSRC]++;
            return;
        }

        learnt = 1;
    }

    rc = ngx_secmeet_srtp_unprotect(tp->srtp, dg->start, &dg->len);

    if (rc != NGX_OK) {
        counters[rc == NGX_DONE ? NGX_SECMEET_DROP_REPLAY
                                : NGX_SECMEET_DROP_SRTP]++;

        if (learnt) {
            ngx_secmeet_transport_remove(tp, ssrc);
        }

        return;
    }

    if (learnt) {
        (void) ngx_secmeet_track_ssrc(layer->track, ssrc);
    }

    if (ngx_secmeet_rtp_parse(&rtp, dg->start, dg->start + dg->len, 1)
        != NGX_OK)
    {
        counters[NGX_SECMEET_DROP_RTP]++;
        return;
    }

    codec = ngx_secmeet_media_pt(layer->track->media, rtp.pt);

    if (codec == NULL) {
        counters[NGX_SECMEET_DROP_PT]++;
        return;
    }

    ngx_secmeet_forward_layer(layer, dg, &rtp, codec);
}


/*
 * RFC 9143, 9.2: an SSRC that the offer did not name belongs to the m-line
 * whose MID its packets carry.
 */

static ngx_secmeet_layer_t *
ngx_secmeet_forward_match(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    ngx_uint_t            i;
    ngx_str_t            *mid;
    ngx_secmeet_rtp_t     rtp;
    ngx_secmeet_media_t  *media;

    if (ngx_secmeet_rtp_parse(&rtp, dg->start, dg->start + dg->len, 0)
        != NGX_OK)
    {
        return NULL;
    }

    for (i = 0; i < tp->peer->nmedia; i++) {
        media = tp->peer->media[i];

        if (media->track == NULL) {
            continue;
        }

        mid = ngx_secmeet_rtp_ext(&rtp, media->exts[NGX_SECMEET_EXT_MID]);

        if (mid && mid->len == media->mid.len
            && ngx_memcmp(mid->data, media->mid.data, mid->len) == 0)
        {
            return &media->track->layer;
        }
    }

    return NULL;
}


static void
ngx_secmeet_forward_layer(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_sdp_codec_t *codec)
{
    ngx_queue_t              *q, *next;
    ngx_secmeet_track_t      *track;
    ngx_secmeet_forward_t     fw;
    ngx_secmeet_transport_t  *tp;

    track = layer->track;
    tp = track->peer->transport;

    if (ngx_secmeet_index_input(&layer->index, rtp->seq, &fw.number)
        != NGX_OK)
    {
        tp->worker->counters[NGX_SECMEET_DROP_REPLAY]++;
        return;
    }

    ngx_secmeet_report_input(&layer->report, rtp->seq, rtp->timestamp,
                             dg->now);

    if (codec->nack
        && ngx_secmeet_nack_input(&layer->nack, rtp->seq, dg->now) == NGX_OK
        && !tp->feedback.posted)
    {
        ngx_post_event(&tp->feedback, &ngx_posted_events);
    }

    fw.rtp = rtp;
    fw.codec = codec;
    fw.key = ngx_secmeet_forward_key(layer, rtp, codec, dg->now);
    fw.now = dg->now;

    if (track->muted || track->stopped) {
        return;
    }

    if (track->peer->silenced && !track->video) {
        tp->worker->counters[NGX_SECMEET_DROP_SILENCED]++;
        return;
    }

    ngx_secmeet_history_input(&layer->history, fw.number, dg->start,
                              dg->len);

    for (q = ngx_queue_head(&track->subs);
         q != ngx_queue_sentinel(&track->subs);
         q = next)
    {
        next = ngx_queue_next(q);

        ngx_secmeet_forward_sub(ngx_queue_data(q, ngx_secmeet_sub_t, queue),
                                &fw);
    }
}


static ngx_uint_t
ngx_secmeet_forward_key(ngx_secmeet_layer_t *layer, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_sdp_codec_t *codec, ngx_secmeet_usec_t now)
{
    ngx_secmeet_payload_t  payload;

    if (!layer->track->video) {
        return 1;
    }

    if (ngx_secmeet_payload_parse(&payload, codec->codec, rtp->payload.data,
                                  rtp->payload.data + rtp->payload.len)
        != NGX_OK
        || !payload.key || !payload.start)
    {
        return 0;
    }

    ngx_secmeet_keyframe_input(&layer->keyframe, now);

    return 1;
}


/* whether the sub takes this packet at all */

static ngx_int_t
ngx_secmeet_forward_ready(ngx_secmeet_sub_t *sub, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_sdp_codec_t *codec)
{
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;

    if (sub->paused || !tp->secure || tp->selected == NULL
        || sub->peer->closing)
    {
        return NGX_DECLINED;
    }

    if (sub->source != codec || sub->source_pt != rtp->pt) {
        sub->source = codec;
        sub->source_pt = rtp->pt;
        sub->codec = ngx_secmeet_media_codec(sub->media, codec);
    }

    return sub->codec ? NGX_OK : NGX_DECLINED;
}


static void
ngx_secmeet_forward_sub(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw)
{
    int32_t                     ahead;
    ngx_uint_t                  begin;
    ngx_secmeet_rtp_t           header;
    ngx_secmeet_rewrite_out_t   out;

    ahead = (int32_t) (fw->number - sub->number);

    /*
     * RFC 3711, 9.1: one key stream is for one packet.  After so many that
     * the sub did not take, 16 bits do not tell what it has had.
     */

    if (sub->rewrite.running && ahead > NGX_SECMEET_FORWARD_GAP) {
        ngx_secmeet_sub_restart(sub);
    }

    if (ngx_secmeet_forward_ready(sub, fw->rtp, fw->codec) != NGX_OK
        || (sub->wait && !fw->key)
        || ngx_secmeet_forward_header(sub, &header, fw->rtp) != NGX_OK)
    {
        return;
    }

    begin = !sub->rewrite.running;

    if (ngx_secmeet_rewrite_input(&sub->rewrite, fw->rtp->seq,
                                  fw->rtp->timestamp, &out, fw->now)
        != NGX_OK)
    {
        return;
    }

    if (begin || ahead > 0) {
        sub->number = fw->number;
    }

    sub->wait = 0;

    header.seq = out.seq;
    header.timestamp = out.timestamp;

    if (ngx_secmeet_forward_send(sub, &header, fw->rtp) == NGX_OK) {
        sub->peer->room->worker->counters[NGX_SECMEET_FORWARDED]++;
        sub->packets++;
        sub->octets += fw->rtp->payload.len;
    }
}


static ngx_int_t
ngx_secmeet_forward_send(ngx_secmeet_sub_t *sub, ngx_secmeet_rtp_t *header,
    ngx_secmeet_rtp_t *rtp)
{
    size_t                    len;
    ngx_secmeet_output_t     *output;
    ngx_secmeet_packet_t     *packet;
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;
    output = &tp->worker->output;

    packet = ngx_secmeet_output_packet(output);

    len = ngx_secmeet_rtp_create(packet->data, header);
    ngx_memcpy(packet->data + len, rtp->payload.data, rtp->payload.len);
    packet->len = len + rtp->payload.len;

    if (ngx_secmeet_srtp_protect(tp->srtp, packet->data, &packet->len)
        != NGX_OK)
    {
        ngx_secmeet_output_cancel(output, packet);
        return NGX_DECLINED;
    }

    tp->worker->bytes += packet->len;

    ngx_secmeet_output_send(output, tp->selected, packet);

    return NGX_OK;
}


/* all but the numbers; NGX_DECLINED: the packet would be too large */

static ngx_int_t
ngx_secmeet_forward_header(ngx_secmeet_sub_t *sub, ngx_secmeet_rtp_t *header,
    ngx_secmeet_rtp_t *rtp)
{
    header->pt = sub->codec->pt;
    header->seq = 0;
    header->timestamp = 0;
    header->ssrc = sub->ssrc;
    header->marker = rtp->marker;
    header->padding = 0;

    ngx_secmeet_forward_exts_copy(sub, header, rtp);

    if (ngx_secmeet_rtp_create(NULL, header) + rtp->payload.len
        > NGX_SECMEET_MTU)
    {
        sub->peer->room->worker->counters[NGX_SECMEET_DROP_SIZE]++;
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static void
ngx_secmeet_forward_exts_copy(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *header, ngx_secmeet_rtp_t *rtp)
{
    ngx_str_t              *value;
    ngx_uint_t              i, k;
    ngx_secmeet_media_t    *source, *media;
    ngx_secmeet_rtp_ext_t  *ext;

    source = sub->track->media;
    media = sub->media;
    ext = header->exts;

    if (media->exts[NGX_SECMEET_EXT_MID]) {
        ext->id = media->exts[NGX_SECMEET_EXT_MID];
        ext->value = media->mid;
        ext++;
    }

    for (i = 0;
         i < sizeof(ngx_secmeet_forward_exts) / sizeof(ngx_uint_t);
         i++)
    {
        k = ngx_secmeet_forward_exts[i];

        value = ngx_secmeet_rtp_ext(rtp, source->exts[k]);

        if (value && value->len == 1 && media->exts[k]) {
            ext->id = media->exts[k];
            ext->value = *value;
            ext++;
        }
    }

    header->nexts = ext - header->exts;
}


void
ngx_secmeet_forward_resend(ngx_secmeet_sub_t *sub, uint16_t seq,
    ngx_secmeet_usec_t now)
{
    uint16_t                  in;
    uint32_t                  number;
    ngx_str_t                 stored;
    ngx_secmeet_rtp_t         header, rtp;
    ngx_secmeet_track_t      *track;
    ngx_secmeet_sdp_codec_t  *codec;

    track = sub->track;

    if (track == NULL || sub->wait
        || ngx_secmeet_rewrite_find(&sub->rewrite, seq, &in) != NGX_OK)
    {
        return;
    }

    number = sub->number - (uint16_t) (sub->number - in);

    if (ngx_secmeet_history_find(&track->layer.history, number, &stored)
        != NGX_OK
        || ngx_secmeet_rtp_parse(&rtp, stored.data, stored.data + stored.len,
                                 1)
           != NGX_OK)
    {
        return;
    }

    codec = ngx_secmeet_media_pt(track->media, rtp.pt);

    if (codec == NULL || ngx_secmeet_forward_ready(sub, &rtp, codec) != NGX_OK
        || ngx_secmeet_forward_header(sub, &header, &rtp) != NGX_OK
        || ngx_secmeet_limit_input(&sub->resend, 1, now) != NGX_OK)
    {
        return;
    }

    /* the same bytes as before: the key stream is not used for others */

    header.seq = seq;
    header.timestamp = rtp.timestamp + sub->rewrite.timestamp_offset;

    if (ngx_secmeet_forward_send(sub, &header, &rtp) == NGX_OK) {
        sub->peer->room->worker->counters[NGX_SECMEET_RESENT]++;
    }
}
