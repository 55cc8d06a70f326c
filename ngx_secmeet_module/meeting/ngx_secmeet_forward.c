
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_forward.h"
#include "ngx_secmeet_path.h"
#include "ngx_secmeet_room.h"
#include "../wire/ngx_secmeet_bytes.h"
#include "../wire/ngx_secmeet_payload.h"


/* extensions that go on to a receiver which negotiated them */
static const ngx_uint_t  ngx_secmeet_forward_exts[] = {
    NGX_SECMEET_EXT_AUDIO_LEVEL,
    NGX_SECMEET_EXT_ORIENTATION
};


static ngx_secmeet_layer_t *ngx_secmeet_forward_learn(
    ngx_secmeet_transport_t *tp, ngx_secmeet_datagram_t *dg, uint32_t ssrc);
static void ngx_secmeet_forward_layer(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_sdp_codec_t *codec);
static ngx_uint_t ngx_secmeet_forward_key(ngx_secmeet_layer_t *layer,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_sdp_codec_t *codec,
    ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_forward_ready(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_sdp_codec_t *codec);
static ngx_int_t ngx_secmeet_forward_send(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_rewrite_out_t *out);
static void ngx_secmeet_forward_header(ngx_secmeet_sub_t *sub,
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
        layer = ngx_secmeet_forward_learn(tp, dg, ssrc);
        if (layer == NULL) {
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
 * whose MID its packets carry.  Nothing stays if the packet proves false.
 */

static ngx_secmeet_layer_t *
ngx_secmeet_forward_learn(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg, uint32_t ssrc)
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

        if (mid == NULL || mid->len != media->mid.len
            || ngx_memcmp(mid->data, media->mid.data, mid->len) != 0)
        {
            continue;
        }

        if (ngx_secmeet_transport_add(tp, ssrc, &media->track->layer)
            != NGX_OK)
        {
            return NULL;
        }

        return &media->track->layer;
    }

    return NULL;
}


static void
ngx_secmeet_forward_layer(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_sdp_codec_t *codec)
{
    ngx_uint_t                 key;
    ngx_queue_t               *q;
    ngx_secmeet_sub_t         *sub;
    ngx_secmeet_track_t       *track;
    ngx_secmeet_transport_t   *tp;
    ngx_secmeet_rewrite_out_t  out;

    track = layer->track;
    tp = track->peer->transport;

    ngx_secmeet_report_input(&layer->report, rtp->seq, rtp->timestamp,
                             dg->now);

    if (codec->nack
        && ngx_secmeet_nack_input(&layer->nack, rtp->seq, dg->now) == NGX_OK
        && !tp->feedback.posted)
    {
        ngx_post_event(&tp->feedback, &ngx_posted_events);
    }

    key = ngx_secmeet_forward_key(layer, rtp, codec, dg->now);

    if (track->muted) {
        return;
    }

    ngx_secmeet_history_input(&layer->history, rtp->seq, dg->start, dg->len);

    for (q = ngx_queue_head(&track->subs);
         q != ngx_queue_sentinel(&track->subs);
         q = ngx_queue_next(q))
    {
        sub = ngx_queue_data(q, ngx_secmeet_sub_t, queue);

        if (ngx_secmeet_forward_ready(sub, rtp, codec) != NGX_OK
            || (sub->wait && !key)
            || ngx_secmeet_rewrite_input(&sub->rewrite, rtp->seq,
                                         rtp->timestamp, &out, dg->now)
               != NGX_OK)
        {
            continue;
        }

        sub->wait = 0;

        if (ngx_secmeet_forward_send(sub, rtp, &out) == NGX_OK) {
            tp->worker->counters[NGX_SECMEET_FORWARDED]++;
            sub->packets++;
            sub->octets += rtp->payload.len;
        }
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


static ngx_int_t
ngx_secmeet_forward_send(ngx_secmeet_sub_t *sub, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_rewrite_out_t *out)
{
    size_t                    len;
    ngx_secmeet_rtp_t         header;
    ngx_secmeet_output_t     *output;
    ngx_secmeet_packet_t     *packet;
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;
    output = &tp->worker->output;

    header.pt = sub->codec->pt;
    header.seq = out->seq;
    header.timestamp = out->timestamp;
    header.ssrc = sub->ssrc;
    header.marker = rtp->marker;
    header.padding = 0;

    ngx_secmeet_forward_header(sub, &header, rtp);

    len = ngx_secmeet_rtp_create(NULL, &header) + rtp->payload.len;

    if (len > NGX_SECMEET_MTU) {
        tp->worker->counters[NGX_SECMEET_DROP_SIZE]++;
        return NGX_DECLINED;
    }

    packet = ngx_secmeet_output_packet(output);

    len = ngx_secmeet_rtp_create(packet->data, &header);
    ngx_memcpy(packet->data + len, rtp->payload.data, rtp->payload.len);
    packet->len = len + rtp->payload.len;

    if (ngx_secmeet_srtp_protect(tp->srtp, packet->data, &packet->len)
        != NGX_OK)
    {
        ngx_secmeet_output_cancel(output, packet);
        return NGX_DECLINED;
    }

    ngx_secmeet_output_send(output, tp->selected, packet);

    return NGX_OK;
}


static void
ngx_secmeet_forward_header(ngx_secmeet_sub_t *sub, ngx_secmeet_rtp_t *header,
    ngx_secmeet_rtp_t *rtp)
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

        if (value && value->len && media->exts[k]) {
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
    uint16_t                   in;
    ngx_str_t                  stored;
    ngx_secmeet_rtp_t          rtp;
    ngx_secmeet_layer_t       *layer;
    ngx_secmeet_sdp_codec_t   *codec;
    ngx_secmeet_rewrite_out_t  out;

    if (sub->track == NULL || sub->wait) {
        return;
    }

    layer = &sub->track->layer;

    if (ngx_secmeet_rewrite_find(&sub->rewrite, seq, &in) != NGX_OK
        || ngx_secmeet_history_find(&layer->history, in, &stored) != NGX_OK
        || ngx_secmeet_rtp_parse(&rtp, stored.data, stored.data + stored.len,
                                 1)
           != NGX_OK)
    {
        return;
    }

    codec = ngx_secmeet_media_pt(sub->track->media, rtp.pt);

    if (codec == NULL || ngx_secmeet_forward_ready(sub, &rtp, codec) != NGX_OK
        || ngx_secmeet_limit_input(&sub->resend, 1, now) != NGX_OK)
    {
        return;
    }

    /* the same bytes as before: the key stream is not used for others */

    out.seq = seq;
    out.timestamp = rtp.timestamp + sub->rewrite.timestamp_offset;

    if (ngx_secmeet_forward_send(sub, &rtp, &out) == NGX_OK) {
        sub->peer->room->worker->counters[NGX_SECMEET_RESENT]++;
    }
}
