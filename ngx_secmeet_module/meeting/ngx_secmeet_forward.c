
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_forward.h"
#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_emit.h"
#include "ngx_secmeet_room.h"


static void ngx_secmeet_forward_dd(ngx_secmeet_layer_t *layer,
    ngx_secmeet_forward_t *fw, ngx_secmeet_dd_t *dd);
static void ngx_secmeet_forward_sub(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw);
static ngx_int_t ngx_secmeet_forward_ready(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *rtp, ngx_secmeet_sdp_codec_t *codec);


void
ngx_secmeet_forward_facts(ngx_secmeet_layer_t *layer,
    ngx_secmeet_forward_t *fw, ngx_secmeet_dd_t *dd)
{
    ngx_secmeet_rtp_t  *rtp;

    rtp = fw->rtp;

    /* what cannot be read is sent on as it is, but nobody starts with it */

    if (ngx_secmeet_payload_parse(&fw->payload, fw->codec->codec,
                                  rtp->payload.data,
                                  rtp->payload.data + rtp->payload.len)
        != NGX_OK)
    {
        ngx_memzero(&fw->payload, sizeof(ngx_secmeet_payload_t));
    }

    ngx_secmeet_forward_dd(layer, fw, dd);

    fw->in.layer = layer->n;
    fw->in.seq = rtp->seq;
    fw->in.timestamp = rtp->timestamp;
    fw->in.payload = &fw->payload;
    fw->in.marker = rtp->marker;
    fw->in.video = layer->track->video;
}


static void
ngx_secmeet_forward_dd(ngx_secmeet_layer_t *layer, ngx_secmeet_forward_t *fw,
    ngx_secmeet_dd_t *dd)
{
    ngx_str_t         *value;
    ngx_secmeet_dd_t   newer;

    fw->dd = NULL;

    if (fw->codec->codec != NGX_SECMEET_CODEC_AV1) {

        if (dd) {
            dd->n = 0;
        }

        return;
    }

    value = ngx_secmeet_rtp_ext(fw->rtp,
                                layer->track->media->exts[NGX_SECMEET_EXT_DD]);
    if (value == NULL) {
        return;
    }

    /* a structure that comes late is for its own frame alone */

    if (dd && dd->n && (int32_t) (fw->in.number - layer->dd_number) < 0) {
        newer = *dd;
        dd = &newer;
    }

    if (ngx_secmeet_dd_parse(dd, &fw->payload, value->data,
                             value->data + value->len)
        == NGX_DECLINED)
    {
        return;
    }

    fw->dd = value;

    if (dd && dd != &newer && fw->payload.layers) {
        layer->dd_number = fw->in.number;
    }
}


void
ngx_secmeet_forward_input(ngx_secmeet_layer_t *layer,
    ngx_secmeet_forward_t *fw)
{
    ngx_queue_t          *q, *next;
    ngx_secmeet_track_t  *track;

    track = layer->track;

    for (q = ngx_queue_head(&track->subs);
         q != ngx_queue_sentinel(&track->subs);
         q = next)
    {
        next = ngx_queue_next(q);

        ngx_secmeet_forward_sub(ngx_queue_data(q, ngx_secmeet_sub_t, queue),
                                fw);
    }
}


static void
ngx_secmeet_forward_sub(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw)
{
    ngx_int_t                  rc;
    ngx_secmeet_rewrite_out_t  out;

    if (ngx_secmeet_forward_ready(sub, fw->rtp, fw->codec) != NGX_OK) {

        /* RFC 3711, 9.1: of what it has not seen, it knows no numbers */

        if (sub->rewrite.running) {
            ngx_secmeet_rewrite_switch(&sub->rewrite);
        }

        return;
    }

    if (ngx_secmeet_emit_fits(sub, fw) != NGX_OK) {
        sub->peer->room->worker->counters[NGX_SECMEET_DROP_SIZE]++;
        return;
    }

    rc = ngx_secmeet_rewrite_input(&sub->rewrite, &fw->in, &out, fw->now);

    if (rc == NGX_DONE) {
        ngx_secmeet_egress_empty(sub, fw, &out);
        return;
    }

    if (rc != NGX_OK) {
        return;
    }

    ngx_secmeet_egress_send(sub, fw, &out);
}


/* whether the sub takes this packet at all */

static ngx_int_t
ngx_secmeet_forward_ready(ngx_secmeet_sub_t *sub, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_sdp_codec_t *codec)
{
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;

    if (sub->paused || sub->starved || !tp->secure || tp->selected == NULL
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


ngx_int_t
ngx_secmeet_forward_resend(ngx_secmeet_sub_t *sub, uint16_t seq,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_rtp_t          rtp;
    ngx_secmeet_forward_t      fw;
    ngx_secmeet_rewrite_out_t  out;

    fw.rtp = &rtp;
    fw.now = now;

    /* the limit first: to look for it costs more than to send it */

    if (ngx_secmeet_limit_input(&sub->resend, 1, now) != NGX_OK) {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_forward_stored(sub, seq, &fw, &out) != NGX_OK) {
        return NGX_OK;
    }

    return ngx_secmeet_egress_again(sub, &fw, &out);
}


ngx_int_t
ngx_secmeet_forward_stored(ngx_secmeet_sub_t *sub, uint16_t seq,
    ngx_secmeet_forward_t *fw, ngx_secmeet_rewrite_out_t *out)
{
    uint32_t              number;
    ngx_str_t             stored;
    ngx_uint_t            n, facts;
    ngx_secmeet_layer_t  *layer;
    ngx_secmeet_track_t  *track;

    track = sub->track;

    if (track == NULL
        || ngx_secmeet_rewrite_find(&sub->rewrite, seq, &n, &number)
           != NGX_OK
        || n >= track->nlayers)
    {
        return NGX_DECLINED;
    }

    layer = &track->layers[n];

    if (ngx_secmeet_history_find(&layer->history, number, &stored, &facts)
        != NGX_OK
        || ngx_secmeet_rtp_parse(fw->rtp, stored.data,
                                 stored.data + stored.len, 1)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    fw->codec = ngx_secmeet_media_pt(track->media, fw->rtp->pt);

    if (fw->codec == NULL
        || ngx_secmeet_forward_ready(sub, fw->rtp, fw->codec) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_secmeet_forward_facts(layer, fw, NULL);

    if (fw->dd) {
        ngx_secmeet_dd_restore(&fw->payload, facts);
    }

    if (ngx_secmeet_emit_fits(sub, fw) != NGX_OK) {
        return NGX_DECLINED;
    }

    fw->in.number = number;

    return ngx_secmeet_rewrite_again(&sub->rewrite, &fw->in, out);
}
