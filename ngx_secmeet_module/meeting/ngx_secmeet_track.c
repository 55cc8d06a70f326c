
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_track.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_worker.h"

#include <openssl/crypto.h>
#include <sys/mman.h>


static ngx_int_t ngx_secmeet_layer_open(ngx_secmeet_layer_t *layer,
    ngx_uint_t n, ngx_log_t *log);
static void ngx_secmeet_layer_close(ngx_secmeet_layer_t *layer);
static void ngx_secmeet_layer_reset(ngx_secmeet_layer_t *layer);
static void ngx_secmeet_layer_wipe(ngx_secmeet_layer_t *layer);


ngx_secmeet_track_t *
ngx_secmeet_track_create(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_str_t *source)
{
    ngx_log_t            *log;
    ngx_secmeet_track_t  *track;

    log = peer->room->worker->log;

    track = ngx_calloc(sizeof(ngx_secmeet_track_t), log);
    if (track == NULL) {
        return NULL;
    }

    track->peer = peer;
    track->media = media;
    track->source = *source;
    track->video = (media->kind == NGX_SECMEET_SDP_VIDEO);
    track->layer.track = track;

    ngx_queue_init(&track->subs);

    if (ngx_secmeet_random_hex(track->id, NGX_SECMEET_ID) != NGX_OK
        || ngx_secmeet_layer_open(&track->layer,
                                  track->video ? NGX_SECMEET_TRACK_VIDEO
                                               : NGX_SECMEET_TRACK_AUDIO,
                                  log)
           != NGX_OK)
    {
        ngx_secmeet_free(track, sizeof(ngx_secmeet_track_t));
        return NULL;
    }

    media->track = track;
    peer->ntracks++;

    return track;
}


void
ngx_secmeet_track_close(ngx_secmeet_track_t *track)
{
    ngx_queue_t          *q;
    ngx_secmeet_layer_t  *layer;

    layer = &track->layer;

    while (!ngx_queue_empty(&track->subs)) {
        q = ngx_queue_head(&track->subs);
        ngx_secmeet_sub_track(ngx_queue_data(q, ngx_secmeet_sub_t, queue),
                              NULL);
    }

    if (layer->known && track->peer->transport) {
        ngx_secmeet_transport_remove(track->peer->transport, layer->ssrc);
    }

    track->media->track = NULL;
    track->peer->ntracks--;

    ngx_secmeet_layer_close(layer);
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


/* pages of the history come with the packets: an offer alone takes none */

static ngx_int_t
ngx_secmeet_layer_open(ngx_secmeet_layer_t *layer, ngx_uint_t n,
    ngx_log_t *log)
{
    void  *p;

    p = mmap(NULL, n * sizeof(ngx_secmeet_history_slot_t),
             PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                      "secmeet: mmap() of a history failed");
        return NGX_ERROR;
    }

    layer->history.slots = p;
    layer->history.n = n;

    ngx_secmeet_layer_reset(layer);

    return NGX_OK;
}


static void
ngx_secmeet_layer_close(ngx_secmeet_layer_t *layer)
{
    ngx_secmeet_history_t  *history;

    history = &layer->history;

    ngx_secmeet_layer_wipe(layer);

    (void) munmap(history->slots,
                  history->n * sizeof(ngx_secmeet_history_slot_t));
}


static void
ngx_secmeet_layer_wipe(ngx_secmeet_layer_t *layer)
{
    ngx_uint_t                   i;
    ngx_secmeet_history_slot_t  *slot;

    for (i = 0; i < layer->history.n; i++) {
        slot = &layer->history.slots[i];

        /* to write to the others would make them */

        if (slot->len) {
            OPENSSL_cleanse(slot, sizeof(ngx_secmeet_history_slot_t));
        }
    }
}


static void
ngx_secmeet_layer_reset(ngx_secmeet_layer_t *layer)
{
    uint32_t  clock;

    clock = layer->track->video ? 90000 : 48000;

    ngx_secmeet_index_init(&layer->index);
    ngx_secmeet_nack_init(&layer->nack);
    ngx_secmeet_report_init(&layer->report, clock);
    ngx_secmeet_keyframe_init(&layer->keyframe);
    ngx_secmeet_layer_wipe(layer);

    layer->has_sr = 0;
}


ngx_int_t
ngx_secmeet_track_ssrc(ngx_secmeet_track_t *track, uint32_t ssrc)
{
    ngx_int_t                 rc;
    ngx_queue_t              *q;
    ngx_secmeet_layer_t      *layer;
    ngx_secmeet_transport_t  *tp;

    layer = &track->layer;
    tp = track->peer->transport;

    if (layer->known && layer->ssrc == ssrc) {
        return NGX_OK;
    }

    if (ngx_secmeet_transport_layer(tp, ssrc) != layer) {
        rc = ngx_secmeet_transport_add(tp, ssrc, layer);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (layer->known) {
        ngx_secmeet_transport_remove(tp, layer->ssrc);
        ngx_secmeet_layer_reset(layer);
    }

    layer->ssrc = ssrc;
    layer->known = 1;

    for (q = ngx_queue_head(&track->subs);
         q != ngx_queue_sentinel(&track->subs);
         q = ngx_queue_next(q))
    {
        ngx_secmeet_sub_restart(ngx_queue_data(q, ngx_secmeet_sub_t, queue));
    }

    return NGX_OK;
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


void
ngx_secmeet_track_keyframe(ngx_secmeet_track_t *track)
{
    ngx_secmeet_transport_t  *tp;

    tp = track->peer->transport;

    if (!track->video || track->muted || !track->layer.known
        || tp == NULL || !tp->secure)
    {
        return;
    }

    ngx_secmeet_keyframe_request(&track->layer.keyframe);

    if (!tp->feedback.posted) {
        ngx_post_event(&tp->feedback, &ngx_posted_events);
    }
}
