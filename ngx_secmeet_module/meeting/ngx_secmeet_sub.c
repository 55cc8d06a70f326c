
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_share.h"
#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_worker.h"


static ngx_int_t ngx_secmeet_sub_init(ngx_secmeet_sub_t *sub);
static ngx_int_t ngx_secmeet_sub_ssrc(ngx_secmeet_sub_t *sub,
    uint32_t *ssrc);


ngx_secmeet_sub_t *
ngx_secmeet_sub_create(ngx_secmeet_peer_t *peer, ngx_secmeet_media_t *media)
{
    ngx_secmeet_sub_t  *sub;

    sub = ngx_calloc(sizeof(ngx_secmeet_sub_t), peer->room->worker->log);
    if (sub == NULL) {
        return NULL;
    }

    sub->peer = peer;
    sub->media = media;

    sub->nsteps = (media->kind == NGX_SECMEET_SDP_VIDEO)
                  ? NGX_SECMEET_REWRITE_VIDEO
                  : NGX_SECMEET_REWRITE_AUDIO;
    sub->steps = ngx_calloc(sub->nsteps * sizeof(ngx_secmeet_rewrite_step_t),
                            peer->room->worker->log);

    if (sub->steps == NULL || ngx_secmeet_sub_init(sub) != NGX_OK) {
        ngx_secmeet_free(sub->steps, sub->nsteps
                                     * sizeof(ngx_secmeet_rewrite_step_t));
        ngx_secmeet_free(sub, sizeof(ngx_secmeet_sub_t));
        return NULL;
    }

    media->sub = sub;

    return sub;
}


static ngx_int_t
ngx_secmeet_sub_init(ngx_secmeet_sub_t *sub)
{
    uint32_t                   clock, rtx, start[3];
    ngx_uint_t                 video;
    ngx_secmeet_usec_t         now;
    ngx_secmeet_rewrite_out_t  out;

    now = ngx_secmeet_now();
    video = (sub->media->kind == NGX_SECMEET_SDP_VIDEO);
    clock = video ? 90000 : 48000;
    rtx = 0;

    if (ngx_secmeet_random(start, sizeof(start)) != NGX_OK
        || ngx_secmeet_random_hex(&sub->msid_data[NGX_SECMEET_ID + 1],
                                  NGX_SECMEET_ID)
           != NGX_OK
        || ngx_secmeet_sub_ssrc(sub, &sub->ssrc) != NGX_OK
        || (video && ngx_secmeet_sub_ssrc(sub, &rtx) != NGX_OK))
    {
        return NGX_ERROR;
    }

    sub->msid_data[NGX_SECMEET_ID] = ' ';
    sub->msid.data = sub->msid_data;
    sub->msid.len = sizeof(sub->msid_data);

    /* RFC 3711, 3.3.1: a start below 2^15 keeps the rollover counter sure */

    out.seq = (uint16_t) (start[0] & 0x7fff);
    out.timestamp = start[1];
    out.picture_id = start[2] & 0x7fff;
    out.tl0picidx = start[2] >> 16 & 0xff;

    ngx_secmeet_rewrite_init(&sub->rewrite, clock, &out, sub->steps,
                             sub->nsteps);
    sub->emitted = out.seq - 1;

    ngx_secmeet_rtx_init(&sub->rtx, rtx, (uint16_t) (start[0] >> 16 & 0x7fff));

    ngx_secmeet_limit_init(&sub->resend, NGX_SECMEET_SUB_RESEND,
                           NGX_SECMEET_SUB_RESEND, now);
    ngx_secmeet_limit_init(&sub->keyframes, 1,
                           NGX_SECMEET_SUB_KEYFRAMES
                           * NGX_SECMEET_SUB_KEYFRAME, now);
    ngx_secmeet_repeat_init(&sub->repeat, now);
    ngx_secmeet_alloc_item(&sub->item);

    return NGX_OK;
}


/* one that its transport does not use yet */

static ngx_int_t
ngx_secmeet_sub_ssrc(ngx_secmeet_sub_t *sub, uint32_t *ssrc)
{
    uint32_t                  n;
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;

    do {
        if (ngx_secmeet_random(&n, sizeof(uint32_t)) != NGX_OK) {
            return NGX_ERROR;
        }

    } while (n == 0 || n == tp->ssrc || n == sub->ssrc
             || ngx_secmeet_sub_find(sub->peer, n));

    if (tp->srtp && ngx_secmeet_srtp_add_out(tp->srtp, n) != NGX_OK) {
        return NGX_ERROR;
    }

    *ssrc = n;

    return NGX_OK;
}


void
ngx_secmeet_sub_close(ngx_secmeet_sub_t *sub)
{
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;

    ngx_secmeet_sub_track(sub, NULL);

    if (tp && tp->srtp) {
        ngx_secmeet_srtp_remove_out(tp->srtp, sub->ssrc);

        if (sub->rtx.ssrc) {
            ngx_secmeet_srtp_remove_out(tp->srtp, sub->rtx.ssrc);
        }
    }

    sub->media->sub = NULL;

    ngx_secmeet_free(sub->steps,
                     sub->nsteps * sizeof(ngx_secmeet_rewrite_step_t));
    ngx_secmeet_free(sub, sizeof(ngx_secmeet_sub_t));
}


ngx_secmeet_sub_t *
ngx_secmeet_sub_showing(ngx_secmeet_peer_t *peer, ngx_secmeet_track_t *track)
{
    ngx_uint_t          i;
    ngx_secmeet_sub_t  *sub;

    for (i = 0; i < peer->nmedia; i++) {
        sub = peer->media[i]->sub;

        if (sub && sub->track == track) {
            return sub;
        }
    }

    return NULL;
}


void
ngx_secmeet_sub_track(ngx_secmeet_sub_t *sub, ngx_secmeet_track_t *track)
{
    ngx_secmeet_sub_t    *other;
    ngx_secmeet_track_t  *old;

    old = sub->track;

    if (old == track) {
        return;
    }

    if (track) {
        other = ngx_secmeet_sub_showing(sub->peer, track);

        if (other) {
            ngx_secmeet_sub_track(other, NULL);
            ngx_secmeet_stage_changed(sub->peer->room);
        }
    }

    if (old) {
        ngx_queue_remove(&sub->queue);
    }

    sub->track = track;
    sub->starved = 0;

    ngx_secmeet_egress_forget(sub);
    ngx_secmeet_share_reset(sub);

    if (old) {
        ngx_secmeet_share_wanted(old);
    }

    if (track) {
        ngx_queue_insert_tail(&track->subs, &sub->queue);
        ngx_secmeet_share_wanted(track);
        ngx_secmeet_sub_restart(sub);
    }
}


void
ngx_secmeet_sub_pause(ngx_secmeet_sub_t *sub, ngx_uint_t pause)
{
    if (sub->paused == pause) {
        return;
    }

    sub->paused = pause;

    if (sub->track) {
        ngx_secmeet_share_wanted(sub->track);
    }

    if (!pause) {
        ngx_secmeet_sub_restart(sub);
    }
}


void
ngx_secmeet_sub_height(ngx_secmeet_sub_t *sub, ngx_uint_t height)
{
    if (sub->height == height) {
        return;
    }

    sub->height = height;

    if (sub->track) {
        ngx_secmeet_share_wanted(sub->track);
    }
}


void
ngx_secmeet_sub_starve(ngx_secmeet_sub_t *sub, ngx_uint_t starve)
{
    if (sub->starved == starve) {
        return;
    }

    sub->starved = starve;

    if (!starve) {
        ngx_secmeet_sub_restart(sub);
    }
}


void
ngx_secmeet_sub_target(ngx_secmeet_sub_t *sub, ngx_uint_t layer,
    ngx_uint_t sid, ngx_uint_t tid)
{
    ngx_secmeet_rewrite_target(&sub->rewrite, layer, sid, tid);
    ngx_secmeet_sub_keyframe(sub);
}


void
ngx_secmeet_sub_restart(ngx_secmeet_sub_t *sub)
{
    ngx_secmeet_rewrite_switch(&sub->rewrite);

    sub->source = NULL;
    sub->codec = NULL;

    ngx_secmeet_sub_align(sub);
    ngx_secmeet_sub_keyframe(sub);
}


void
ngx_secmeet_sub_align(ngx_secmeet_sub_t *sub)
{
    ngx_uint_t            i;
    ngx_secmeet_layer_t  *layer;

    if (sub->track == NULL || sub->track->nlayers == 1) {
        return;
    }

    for (i = 0; i < sub->track->nlayers; i++) {
        layer = &sub->track->layers[i];

        if (layer->has_sr) {
            ngx_secmeet_rewrite_align(&sub->rewrite, i, layer->align);
        }
    }
}


void
ngx_secmeet_sub_keyframe(ngx_secmeet_sub_t *sub)
{
    ngx_uint_t            n;
    ngx_secmeet_track_t  *track;

    track = sub->track;

    if (track == NULL || !track->video || sub->paused || sub->starved
        || !sub->peer->transport->secure
        || ngx_secmeet_rewrite_waits(&sub->rewrite, &n) != NGX_OK
        || n >= track->nlayers)
    {
        return;
    }

    ngx_secmeet_layer_keyframe(&track->layers[n]);
}


ngx_secmeet_sub_t *
ngx_secmeet_sub_find(ngx_secmeet_peer_t *peer, uint32_t ssrc)
{
    ngx_uint_t          i;
    ngx_secmeet_sub_t  *sub;

    for (i = 0; i < peer->nmedia; i++) {
        sub = peer->media[i]->sub;

        if (sub && ssrc && (sub->ssrc == ssrc || sub->rtx.ssrc == ssrc)) {
            return sub;
        }
    }

    return NULL;
}
