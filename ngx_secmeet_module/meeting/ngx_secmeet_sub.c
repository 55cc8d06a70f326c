
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_worker.h"


ngx_secmeet_sub_t *
ngx_secmeet_sub_create(ngx_secmeet_peer_t *peer, ngx_secmeet_media_t *media)
{
    uint32_t                  clock, start[2];
    ngx_secmeet_sub_t        *sub;
    ngx_secmeet_transport_t  *tp;

    tp = peer->transport;

    sub = ngx_calloc(sizeof(ngx_secmeet_sub_t), tp->worker->log);
    if (sub == NULL) {
        return NULL;
    }

    if (ngx_secmeet_random(start, sizeof(start)) != NGX_OK
        || ngx_secmeet_random_hex(&sub->msid_data[NGX_SECMEET_ID + 1],
                                  NGX_SECMEET_ID)
           != NGX_OK)
    {
        goto failed;
    }

    sub->msid_data[NGX_SECMEET_ID] = ' ';

    do {
        if (ngx_secmeet_random(&sub->ssrc, sizeof(uint32_t)) != NGX_OK) {
            goto failed;
        }

    } while (sub->ssrc == 0 || sub->ssrc == tp->ssrc
             || ngx_secmeet_sub_find(peer, sub->ssrc));

    if (tp->srtp && ngx_secmeet_srtp_add_out(tp->srtp, sub->ssrc) != NGX_OK) {
        goto failed;
    }

    /* RFC 3711, 3.3.1: a start below 2^15 keeps the rollover counter sure */

    clock = (media->kind == NGX_SECMEET_SDP_VIDEO) ? 90000 : 48000;

    ngx_secmeet_rewrite_init(&sub->rewrite, clock,
                             (uint16_t) (start[0] & 0x7fff), start[1]);
    ngx_secmeet_limit_init(&sub->resend, NGX_SECMEET_SUB_RESEND,
                           NGX_SECMEET_SUB_RESEND, ngx_secmeet_now());

    sub->peer = peer;
    sub->media = media;
    sub->msid.data = sub->msid_data;
    sub->msid.len = sizeof(sub->msid_data);
    media->sub = sub;

    return sub;

failed:

    ngx_secmeet_free(sub, sizeof(ngx_secmeet_sub_t));

    return NULL;
}


void
ngx_secmeet_sub_close(ngx_secmeet_sub_t *sub)
{
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;

    ngx_secmeet_sub_track(sub, NULL);

    if (tp && tp->srtp) {
        ngx_secmeet_srtp_remove_out(tp->srtp, sub->ssrc);
    }

    sub->media->sub = NULL;

    ngx_secmeet_free(sub, sizeof(ngx_secmeet_sub_t));
}


void
ngx_secmeet_sub_track(ngx_secmeet_sub_t *sub, ngx_secmeet_track_t *track)
{
    if (sub->track == track) {
        return;
    }

    if (sub->track) {
        ngx_queue_remove(&sub->queue);
    }

    sub->track = track;

    if (track) {
        ngx_queue_insert_tail(&track->subs, &sub->queue);
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

    if (!pause) {
        ngx_secmeet_sub_restart(sub);
    }
}


void
ngx_secmeet_sub_restart(ngx_secmeet_sub_t *sub)
{
    ngx_secmeet_rewrite_switch(&sub->rewrite);

    sub->source = NULL;
    sub->codec = NULL;
    sub->wait = 0;

    if (sub->track && sub->track->video) {
        sub->wait = 1;

        if (sub->peer->transport->secure && !sub->paused) {
            ngx_secmeet_track_keyframe(sub->track);
        }
    }
}


ngx_secmeet_sub_t *
ngx_secmeet_sub_find(ngx_secmeet_peer_t *peer, uint32_t ssrc)
{
    ngx_uint_t          i;
    ngx_secmeet_sub_t  *sub;

    for (i = 0; i < peer->nmedia; i++) {
        sub = peer->media[i]->sub;

        if (sub && sub->ssrc == ssrc) {
            return sub;
        }
    }

    return NULL;
}
