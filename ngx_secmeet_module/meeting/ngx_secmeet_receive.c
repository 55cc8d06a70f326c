
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_receive.h"
#include "ngx_secmeet_forward.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_stage.h"
#include "../engine/ngx_secmeet_rtx.h"
#include "../wire/ngx_secmeet_bytes.h"


/* whose an SSRC is */
typedef struct {
    ngx_secmeet_layer_t      *layer;
    ngx_uint_t                rtx;
} ngx_secmeet_receive_t;


static ngx_int_t ngx_secmeet_receive_learn(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg, uint32_t ssrc, ngx_secmeet_receive_t *from);
static ngx_int_t ngx_secmeet_receive_match(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_receive_t *from);
static ngx_int_t ngx_secmeet_receive_rid(ngx_secmeet_media_t *media,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_receive_t *from);
static ngx_int_t ngx_secmeet_receive_unprotect(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg);
static void ngx_secmeet_receive_number(ngx_secmeet_transport_t *tp,
    ngx_secmeet_media_t *media, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_receive_rtx(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_rtp_t *rtp);
static void ngx_secmeet_receive_layer(ngx_secmeet_receive_t *from,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_forward_t *fw);
static void ngx_secmeet_receive_facts(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_forward_t *fw);
static void ngx_secmeet_receive_level(ngx_secmeet_track_t *track,
    ngx_secmeet_forward_t *fw);


void
ngx_secmeet_receive_input(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    uint32_t                       ssrc;
    uint64_t                      *counters;
    ngx_secmeet_rtp_t              rtp;
    ngx_secmeet_media_t           *media;
    ngx_secmeet_forward_t          fw;
    ngx_secmeet_receive_t          from;
    ngx_secmeet_transport_ssrc_t  *entry;

    counters = tp->worker->counters;

    if (dg->len < NGX_SECMEET_RTP_HEADER
        || ngx_secmeet_read_uint32(dg->start + 8, dg->start + dg->len, &ssrc)
           == NULL)
    {
        counters[NGX_SECMEET_DROP_SRTP]++;
        return;
    }

    entry = ngx_secmeet_transport_ssrc(tp, ssrc);

    if (entry) {
        from.layer = entry->layer;
        from.rtx = entry->rtx;

        if (ngx_secmeet_receive_unprotect(tp, dg) != NGX_OK) {
            return;
        }

    } else if (ngx_secmeet_receive_learn(tp, dg, ssrc, &from) != NGX_OK) {
        return;
    }

    if (ngx_secmeet_rtp_parse(&rtp, dg->start, dg->start + dg->len, 1)
        != NGX_OK)
    {
        counters[NGX_SECMEET_DROP_RTP]++;
        return;
    }

    media = from.layer->track->media;

    ngx_secmeet_receive_number(tp, media, &rtp, dg->now);

    if (from.rtx && ngx_secmeet_receive_rtx(from.layer, dg, &rtp) != NGX_OK) {
        return;
    }

    fw.rtp = &rtp;
    fw.codec = ngx_secmeet_media_pt(media, rtp.pt);
    fw.now = dg->now;

    if (fw.codec == NULL) {
        counters[NGX_SECMEET_DROP_PT]++;
        return;
    }

    ngx_secmeet_receive_layer(&from, dg, &fw);
}


/* an SSRC that is not known is one from now on if its packet is authentic */

static ngx_int_t
ngx_secmeet_receive_learn(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg, uint32_t ssrc, ngx_secmeet_receive_t *from)
{
    ngx_secmeet_rtp_t  rtp;

    if (ngx_secmeet_rtp_parse(&rtp, dg->start, dg->start + dg->len, 0)
        != NGX_OK
        || ngx_secmeet_receive_match(tp, &rtp, from) != NGX_OK)
    {
        tp->worker->counters[NGX_SECMEET_DROP_SSRC]++;
        return NGX_DECLINED;
    }

    if (ngx_secmeet_srtp_test(tp->srtp, dg->start, dg->len) != NGX_OK) {
        tp->worker->counters[NGX_SECMEET_DROP_SRTP]++;
        return NGX_DECLINED;
    }

    if (ngx_secmeet_transport_add(tp, ssrc, from->layer, from->rtx)
        != NGX_OK)
    {
        tp->worker->counters[NGX_SECMEET_DROP_SSRC]++;
        return NGX_DECLINED;
    }

    if (ngx_secmeet_receive_unprotect(tp, dg) != NGX_OK) {
        ngx_secmeet_transport_remove(tp, ssrc);
        return NGX_DECLINED;
    }

    if (from->rtx) {
        (void) ngx_secmeet_layer_rtx(from->layer, ssrc);

    } else {
        (void) ngx_secmeet_layer_ssrc(from->layer, ssrc);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_receive_match(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_receive_t *from)
{
    ngx_uint_t            i;
    ngx_str_t            *mid;
    ngx_secmeet_media_t  *media;

    for (i = 0; i < tp->peer->nmedia; i++) {
        media = tp->peer->media[i];

        if (media->track == NULL) {
            continue;
        }

        mid = ngx_secmeet_rtp_ext(rtp, media->exts[NGX_SECMEET_EXT_MID]);

        if (mid && mid->len == media->mid.len
            && ngx_memcmp(mid->data, media->mid.data, mid->len) == 0)
        {
            return ngx_secmeet_receive_rid(media, rtp, from);
        }
    }

    return NGX_DECLINED;
}


/* RFC 8852, 3: retransmissions have a RID of their own kind */

static ngx_int_t
ngx_secmeet_receive_rid(ngx_secmeet_media_t *media, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_receive_t *from)
{
    ngx_str_t            *rid;
    ngx_uint_t            i;
    ngx_secmeet_track_t  *track;

    track = media->track;
    from->rtx = (ngx_secmeet_media_rtx(media, rtp->pt) != NULL);

    if (track->layers[0].rid.len == 0) {
        from->layer = &track->layers[0];
        return NGX_OK;
    }

    rid = ngx_secmeet_rtp_ext(rtp, media->exts[from->rtx
                                               ? NGX_SECMEET_EXT_RRID
                                               : NGX_SECMEET_EXT_RID]);
    if (rid == NULL) {
        return NGX_DECLINED;
    }

    for (i = 0; i < track->nlayers; i++) {
        from->layer = &track->layers[i];

        if (rid->len == from->layer->rid.len
            && ngx_memcmp(rid->data, from->layer->rid.data, rid->len) == 0)
        {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_secmeet_receive_unprotect(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    ngx_int_t  rc;

    rc = ngx_secmeet_srtp_unprotect(tp->srtp, dg->start, &dg->len);

    if (rc != NGX_OK) {
        tp->worker->counters[rc == NGX_DONE ? NGX_SECMEET_DROP_REPLAY
                                            : NGX_SECMEET_DROP_SRTP]++;
    }

    return rc;
}


/* its transport-wide number, which feedback tells the publisher of */

static void
ngx_secmeet_receive_number(ngx_secmeet_transport_t *tp,
    ngx_secmeet_media_t *media, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_usec_t now)
{
    ngx_str_t           *value;
    ngx_secmeet_usec_t   next;

    if (tp->arrivals == NULL) {
        return;
    }

    value = ngx_secmeet_rtp_ext(rtp, media->exts[NGX_SECMEET_EXT_TWCC]);

    if (value == NULL || value->len != 2) {
        return;
    }

    ngx_secmeet_arrivals_input(tp->arrivals,
                               (uint16_t) (value->data[0] << 8
                                           | value->data[1]),
                               now);

    if (!tp->arrived.timer_set) {
        next = ngx_secmeet_arrivals_next(tp->arrivals);

        if (next) {
            ngx_add_timer(&tp->arrived,
                          next > now ? (ngx_msec_t) ((next - now) / 1000 + 1)
                                     : 1);
        }
    }
}


/* NGX_OK: dg and rtp are the packet that is repaired */

static ngx_int_t
ngx_secmeet_receive_rtx(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_rtp_t *rtp)
{
    u_char                   *p;
    size_t                    len;
    uint64_t                 *counters;
    ngx_int_t                 rc;
    ngx_secmeet_sdp_codec_t  *codec;

    counters = layer->track->peer->transport->worker->counters;

    codec = ngx_secmeet_media_rtx(layer->track->media, rtp->pt);

    if (codec == NULL) {
        counters[NGX_SECMEET_DROP_PT]++;
        return NGX_DECLINED;
    }

    p = dg->start;
    len = rtp->payload.data - p;

    rc = layer->known ? ngx_secmeet_rtx_unwrap(rtp, codec->pt, layer->ssrc)
                      : NGX_DONE;

    if (rc != NGX_OK) {
        if (rc == NGX_DECLINED) {
            counters[NGX_SECMEET_DROP_RTP]++;
        }

        return NGX_DECLINED;
    }

    /* the packet that it was, for the history: less the OSN */

    ngx_memmove(p + NGX_SECMEET_RTX_OSN, p, len);

    dg->start += NGX_SECMEET_RTX_OSN;
    dg->len -= NGX_SECMEET_RTX_OSN;

    p = dg->start + 1;
    *p = (u_char) ((*p & 0x80) | rtp->pt);
    p = ngx_secmeet_write_uint16(p + 1, rtp->seq);
    (void) ngx_secmeet_write_uint32(p + sizeof(uint32_t), rtp->ssrc);

    return ngx_secmeet_rtp_parse(rtp, dg->start, dg->start + dg->len, 1);
}


static void
ngx_secmeet_receive_layer(ngx_secmeet_receive_t *from,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_forward_t *fw)
{
    ngx_secmeet_rtp_t        *rtp;
    ngx_secmeet_layer_t      *layer;
    ngx_secmeet_track_t      *track;
    ngx_secmeet_transport_t  *tp;

    rtp = fw->rtp;
    layer = from->layer;
    track = layer->track;
    tp = track->peer->transport;

    if (ngx_secmeet_index_input(&layer->index, rtp->seq, &fw->in.number)
        != NGX_OK)
    {
        tp->worker->counters[NGX_SECMEET_DROP_REPLAY]++;
        return;
    }

    /* RFC 4588, 5.3: what came again is in the reports of its own SSRC */

    if (!from->rtx) {
        ngx_secmeet_report_input(&layer->report, rtp->seq, rtp->timestamp,
                                 dg->now);
    }

    if (fw->codec->nack
        && ngx_secmeet_nack_input(&layer->nack, rtp->seq, dg->now) == NGX_OK
        && !tp->feedback.posted)
    {
        ngx_post_event(&tp->feedback, &ngx_posted_events);
    }

    ngx_secmeet_receive_facts(layer, dg, fw);

    if (track->muted || track->stopped) {
        return;
    }

    if (track->peer->silenced && !track->video) {
        tp->worker->counters[NGX_SECMEET_DROP_SILENCED]++;
        return;
    }

    /* nobody's path is asked whether it has room for voice */

    if (ngx_secmeet_track_input(track, dg->len, dg->now) != NGX_OK) {
        tp->worker->counters[NGX_SECMEET_DROP_RATE]++;
        return;
    }

    if (!track->video) {
        ngx_secmeet_receive_level(track, fw);
    }

    ngx_secmeet_history_input(&layer->history, fw->in.number, dg->start,
                              dg->len, ngx_secmeet_dd_facts(&fw->payload));

    ngx_secmeet_forward_input(layer, fw);
}


/* what the packet tells of its layer */

static void
ngx_secmeet_receive_facts(ngx_secmeet_layer_t *layer,
    ngx_secmeet_datagram_t *dg, ngx_secmeet_forward_t *fw)
{
    ngx_secmeet_payload_t  *payload;

    payload = &fw->payload;

    ngx_secmeet_forward_facts(layer, fw, &layer->dd);
    ngx_secmeet_layer_input(layer, payload->sid, payload->tid, dg->len,
                            dg->now);

    if (!layer->track->video) {
        return;
    }

    if (payload->height) {
        layer->height = payload->height;
    }

    if (payload->key && payload->start) {
        ngx_secmeet_keyframe_input(&layer->keyframe, dg->now);
    }
}


/* RFC 6464 */

static void
ngx_secmeet_receive_level(ngx_secmeet_track_t *track,
    ngx_secmeet_forward_t *fw)
{
    ngx_str_t  *value;

    value = ngx_secmeet_rtp_ext(fw->rtp,
                         track->media->exts[NGX_SECMEET_EXT_AUDIO_LEVEL]);

    if (value && value->len == 1) {
        ngx_secmeet_stage_level(track, value->data[0] & 0x7f,
                                value->data[0] >> 7, fw->now);
    }
}
