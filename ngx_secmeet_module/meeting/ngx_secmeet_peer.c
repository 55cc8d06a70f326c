
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_worker.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_signal.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_wipe.h"
#include "../wire/ngx_secmeet_ws.h"


#define NGX_SECMEET_PEER_POOL  4096


static ngx_int_t ngx_secmeet_peer_init(ngx_secmeet_peer_t *peer,
    ngx_secmeet_entry_t *entry);
static void ngx_secmeet_peer_away_handler(ngx_event_t *ev);
static void ngx_secmeet_peer_close_handler(ngx_event_t *ev);
static void ngx_secmeet_peer_close_media(ngx_secmeet_peer_t *peer);


ngx_secmeet_peer_t *
ngx_secmeet_peer_create(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_secmeet_entry_t *entry)
{
    ngx_pool_t          *pool;
    ngx_secmeet_peer_t  *peer;

    pool = ngx_create_pool(NGX_SECMEET_PEER_POOL, room->worker->log);
    if (pool == NULL) {
        return NULL;
    }

    peer = ngx_pcalloc(pool, sizeof(ngx_secmeet_peer_t));
    if (peer == NULL) {
        ngx_destroy_pool(pool);
        return NULL;
    }

    peer->pool = pool;
    peer->room = room;
    peer->signal = signal;

    if (ngx_secmeet_peer_init(peer, entry) != NGX_OK) {
        ngx_secmeet_destroy_pool(pool);
        return NULL;
    }

    if (room->timer.timer_set) {
        ngx_del_timer(&room->timer);
    }

    ngx_queue_insert_tail(&room->peers, &peer->queue);
    room->npeers++;
    room->worker->npeers++;

    signal->peer = peer;

    ngx_secmeet_notify_peer(peer);

    return peer;
}


static ngx_int_t
ngx_secmeet_peer_init(ngx_secmeet_peer_t *peer, ngx_secmeet_entry_t *entry)
{
    peer->media = ngx_pcalloc(peer->pool, NGX_SECMEET_SDP_MEDIA
                                          * sizeof(ngx_secmeet_media_t *));
    if (peer->media == NULL) {
        return NGX_ERROR;
    }

    if (entry->name.len) {
        peer->name.data = ngx_pstrdup(peer->pool, &entry->name);
        if (peer->name.data == NULL) {
            return NGX_ERROR;
        }

        peer->name.len = entry->name.len;
    }

    peer->host = entry->host;
    peer->owner = entry->owner;
    peer->link = entry->link;
    peer->silenced = entry->silenced;

    if (entry->invite) {
        peer->invited = 1;
        ngx_memcpy(peer->invite, entry->invite, NGX_SECMEET_ID);
    }

    peer->close.handler = ngx_secmeet_peer_close_handler;
    peer->close.data = peer;
    peer->close.log = peer->room->worker->log;

    peer->away.handler = ngx_secmeet_peer_away_handler;
    peer->away.data = peer;
    peer->away.log = peer->room->worker->log;

    if (ngx_secmeet_random(&peer->session, sizeof(uint64_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    /* RFC 8829, 5.2.1: the session id fits in 63 bits */
    peer->session >>= 2;

    if (entry->id) {
        ngx_memcpy(peer->id, entry->id, NGX_SECMEET_ID);
        return NGX_OK;
    }

    return ngx_secmeet_random_hex(peer->id, NGX_SECMEET_ID);
}


void
ngx_secmeet_peer_detach(ngx_secmeet_peer_t *peer, ngx_uint_t how)
{
    ngx_msec_t  timeout;

    peer->signal = NULL;

    if (peer->closing) {
        return;
    }

    timeout = peer->room->conf.resume_timeout;

    if (how == NGX_SECMEET_SIGNAL_AWAY) {
        timeout = ngx_min(timeout, NGX_SECMEET_PEER_RELOAD);
    }

    ngx_add_timer(&peer->away, timeout);

    ngx_secmeet_notify_away(peer, 1);
}


static void
ngx_secmeet_peer_away_handler(ngx_event_t *ev)
{
    ngx_secmeet_peer_close(ev->data);
}


void
ngx_secmeet_peer_attach(ngx_secmeet_peer_t *peer,
    ngx_secmeet_signal_t *signal)
{
    ngx_secmeet_signal_t  *old;

    old = peer->signal;

    if (old) {
        old->peer = NULL;
        ngx_secmeet_signal_end(old, NGX_SECMEET_WS_REPLACED);
    }

    peer->signal = signal;
    peer->again = 1;
    signal->peer = peer;

    if (peer->away.timer_set) {
        ngx_del_timer(&peer->away);

        ngx_secmeet_notify_away(peer, 0);
    }
}


void
ngx_secmeet_peer_end(ngx_secmeet_peer_t *peer, ngx_uint_t code)
{
    if (peer->closing) {
        return;
    }

    peer->closing = 1;
    peer->code = code;

    ngx_post_event(&peer->close, &ngx_posted_events);
}


static void
ngx_secmeet_peer_close_handler(ngx_event_t *ev)
{
    ngx_secmeet_peer_close(ev->data);
}


void
ngx_secmeet_peer_close(ngx_secmeet_peer_t *peer)
{
    ngx_secmeet_room_t    *room;
    ngx_secmeet_signal_t  *signal;

    room = peer->room;
    signal = peer->signal;
    peer->closing = 1;

    if (peer->close.posted) {
        ngx_delete_posted_event(&peer->close);
    }

    if (peer->away.timer_set) {
        ngx_del_timer(&peer->away);
    }

    ngx_queue_remove(&peer->queue);
    room->npeers--;
    room->worker->npeers--;

    if (!peer->quiet) {
        ngx_secmeet_notify_left(peer);
    }

    ngx_secmeet_peer_close_media(peer);

    if (peer->transport) {
        ngx_secmeet_transport_close(peer->transport);
    }

    /* before its client is told: who has left opens nothing again */

    ngx_secmeet_room_leave(room);

    if (signal) {
        signal->peer = NULL;
        ngx_secmeet_signal_end(signal, peer->code);
    }

    ngx_secmeet_destroy_pool(peer->pool);
    ngx_secmeet_wipe();
}


static void
ngx_secmeet_peer_close_media(ngx_secmeet_peer_t *peer)
{
    ngx_uint_t            i;
    ngx_secmeet_media_t  *media;

    for (i = 0; i < peer->nmedia; i++) {
        media = peer->media[i];

        if (media->sub) {
            ngx_secmeet_sub_close(media->sub);
        }

        if (media->track) {
            ngx_secmeet_track_close(media->track);
        }
    }
}


ngx_secmeet_peer_t *
ngx_secmeet_peer_find(ngx_secmeet_room_t *room, ngx_str_t *id)
{
    ngx_queue_t         *q;
    ngx_secmeet_peer_t  *peer;

    if (id->len != NGX_SECMEET_ID) {
        return NULL;
    }

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = ngx_queue_next(q))
    {
        peer = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        if (!peer->closing
            && ngx_memcmp(peer->id, id->data, NGX_SECMEET_ID) == 0)
        {
            return peer;
        }
    }

    return NULL;
}


ngx_secmeet_media_t *
ngx_secmeet_peer_media(ngx_secmeet_peer_t *peer, ngx_str_t *mid)
{
    ngx_uint_t            i;
    ngx_secmeet_media_t  *media;

    for (i = 0; i < peer->nmedia; i++) {
        media = peer->media[i];

        if (media->mid.len && media->mid.len == mid->len
            && ngx_memcmp(media->mid.data, mid->data, mid->len) == 0)
        {
            return media;
        }
    }

    return NULL;
}


ngx_secmeet_sdp_codec_t *
ngx_secmeet_media_codec(ngx_secmeet_media_t *media,
    ngx_secmeet_sdp_codec_t *codec)
{
    ngx_uint_t  i;

    for (i = 0; i < media->ncodecs; i++) {
        if (media->codecs[i].codec == codec->codec
            && media->codecs[i].profile == codec->profile)
        {
            return &media->codecs[i];
        }
    }

    return NULL;
}


ngx_secmeet_sdp_codec_t *
ngx_secmeet_media_pt(ngx_secmeet_media_t *media, ngx_uint_t pt)
{
    ngx_uint_t  i;

    for (i = 0; i < media->ncodecs; i++) {
        if (media->codecs[i].pt == pt) {
            return &media->codecs[i];
        }
    }

    return NULL;
}


ngx_secmeet_sdp_codec_t *
ngx_secmeet_media_rtx(ngx_secmeet_media_t *media, ngx_uint_t pt)
{
    ngx_uint_t  i;

    for (i = 0; i < media->ncodecs; i++) {
        if (media->codecs[i].rtx && media->codecs[i].rtx == pt) {
            return &media->codecs[i];
        }
    }

    return NULL;
}
