
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_track.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_worker.h"


static ngx_int_t ngx_secmeet_track_layers(ngx_secmeet_track_t *track,
    ngx_str_t *rids, ngx_uint_t nrids);


ngx_secmeet_track_t *
ngx_secmeet_track_create(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_str_t *source, ngx_str_t *rids,
    ngx_uint_t nrids)
{
    ngx_str_t             none;
    ngx_uint_t            rate;
    ngx_secmeet_track_t  *track;

    track = ngx_calloc(sizeof(ngx_secmeet_track_t), peer->room->worker->log);
    if (track == NULL) {
        return NULL;
    }

    track->peer = peer;
    track->media = media;
    track->source = *source;
    track->video = (media->kind == NGX_SECMEET_SDP_VIDEO);

    ngx_queue_init(&track->subs);

    if (nrids == 0) {
        ngx_str_null(&none);
        rids = &none;
        nrids = 1;
    }

    if (ngx_secmeet_random_hex(track->id, NGX_SECMEET_ID) != NGX_OK
        || ngx_secmeet_track_layers(track, rids, nrids) != NGX_OK)
    {
        ngx_secmeet_free(track, sizeof(ngx_secmeet_track_t));
        return NULL;
    }

    rate = track->video ? NGX_SECMEET_TRACK_VIDEO : NGX_SECMEET_TRACK_AUDIO;

    ngx_secmeet_limit_init(&track->limit, rate, rate, ngx_secmeet_now());

    track->wanted = -1;
    track->spot = -1;

    media->track = track;
    peer->ntracks++;

    if (ngx_secmeet_stage_add(track) != NGX_OK) {
        ngx_secmeet_track_close(track);
        return NULL;
    }

    return track;
}


static ngx_int_t
ngx_secmeet_track_layers(ngx_secmeet_track_t *track, ngx_str_t *rids,
    ngx_uint_t nrids)
{
    ngx_uint_t  i, packets;

    track->layers = ngx_calloc(nrids * sizeof(ngx_secmeet_layer_t),
                               track->peer->room->worker->log);
    if (track->layers == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < nrids; i++) {
        packets = NGX_SECMEET_LAYER_AUDIO;

        if (track->video) {
            packets = (i == nrids - 1) ? NGX_SECMEET_LAYER_VIDEO
                                       : NGX_SECMEET_LAYER_LOWER;
        }

        if (ngx_secmeet_layer_open(&track->layers[i], track, i, &rids[i],
                                   packets)
            != NGX_OK)
        {
            while (i-- > 0) {
                ngx_secmeet_layer_close(&track->layers[i]);
            }

            ngx_secmeet_free(track->layers,
                             nrids * sizeof(ngx_secmeet_layer_t));
            return NGX_ERROR;
        }
    }

    track->nlayers = nrids;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_track_input(ngx_secmeet_track_t *track, size_t len,
    ngx_secmeet_usec_t now)
{
    return ngx_secmeet_limit_input(&track->limit,
                                   track->video
                                   ? 1 : len + NGX_SECMEET_TRACK_PACKET,
                                   now);
}


void
ngx_secmeet_track_close(ngx_secmeet_track_t *track)
{
    ngx_uint_t    i;
    ngx_queue_t  *q;

    ngx_secmeet_stage_remove(track);

    while (!ngx_queue_empty(&track->subs)) {
        q = ngx_queue_head(&track->subs);
        ngx_secmeet_sub_track(ngx_queue_data(q, ngx_secmeet_sub_t, queue),
                              NULL);
    }

    for (i = 0; i < track->nlayers; i++) {
        ngx_secmeet_layer_close(&track->layers[i]);
    }

    track->media->track = NULL;
    track->peer->ntracks--;

    ngx_secmeet_free(track->layers,
                     track->nlayers * sizeof(ngx_secmeet_layer_t));
    ngx_secmeet_free(track, sizeof(ngx_secmeet_track_t));
}


void
ngx_secmeet_track_stop(ngx_secmeet_track_t *track)
{
    ngx_queue_t  *q;

    track->stopped = 1;

    while (!ngx_queue_empty(&track->subs)) {
        q = ngx_queue_head(&track->subs);
        ngx_secmeet_sub_track(ngx_queue_data(q, ngx_secmeet_sub_t, queue),
                              NULL);
    }
}


void
ngx_secmeet_track_restart(ngx_secmeet_track_t *track)
{
    ngx_queue_t  *q;

    for (q = ngx_queue_head(&track->subs);
         q != ngx_queue_sentinel(&track->subs);
         q = ngx_queue_next(q))
    {
        ngx_secmeet_sub_restart(ngx_queue_data(q, ngx_secmeet_sub_t, queue));
    }
}


ngx_secmeet_track_t *
ngx_secmeet_track_find(ngx_secmeet_room_t *room, ngx_str_t *id)
{
    ngx_uint_t            i;
    ngx_queue_t          *q;
    ngx_secmeet_peer_t   *peer;
    ngx_secmeet_track_t  *track;

    if (id->len != NGX_SECMEET_ID) {
        return NULL;
    }

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = ngx_queue_next(q))
    {
        peer = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        for (i = 0; i < peer->nmedia && !peer->closing; i++) {
            track = peer->media[i]->track;

            if (track && !track->stopped
                && ngx_memcmp(track->id, id->data, NGX_SECMEET_ID) == 0)
            {
                return track;
            }
        }
    }

    return NULL;
}
