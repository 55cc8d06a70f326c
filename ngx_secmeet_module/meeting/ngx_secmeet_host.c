
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_host.h"
#include "ngx_secmeet_auth.h"
#include "ngx_secmeet_invite.h"
#include "ngx_secmeet_lobby.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_track.h"
#include "../wire/ngx_secmeet_ws.h"


typedef struct {
    const char               *code;             /* of PROTOCOL.md */
    const char               *text;
} ngx_secmeet_host_error_t;


static ngx_secmeet_host_error_t *ngx_secmeet_host_do(
    ngx_secmeet_peer_t *host, ngx_secmeet_message_t *message);
static ngx_secmeet_host_error_t *ngx_secmeet_host_password(
    ngx_secmeet_room_t *room, ngx_str_t *proof);
static void ngx_secmeet_host_set(ngx_secmeet_room_t *room,
    ngx_uint_t *setting, ngx_uint_t value, const char *name);
static void ngx_secmeet_host_clear(ngx_secmeet_room_t *room);
static ngx_secmeet_host_error_t *ngx_secmeet_host_kick(
    ngx_secmeet_peer_t *host, ngx_str_t *id);
static ngx_secmeet_host_error_t *ngx_secmeet_host_silence(
    ngx_secmeet_peer_t *host, ngx_secmeet_message_t *message);
static void ngx_secmeet_host_silence_all(ngx_secmeet_room_t *room,
    ngx_uint_t on);
static void ngx_secmeet_host_silence_peer(ngx_secmeet_peer_t *peer,
    ngx_uint_t on);
static ngx_secmeet_host_error_t *ngx_secmeet_host_stop(
    ngx_secmeet_peer_t *host, ngx_str_t *id);
static ngx_secmeet_host_error_t *ngx_secmeet_host_promote(
    ngx_secmeet_room_t *room, ngx_str_t *id);
static ngx_secmeet_host_error_t *ngx_secmeet_host_invite(
    ngx_secmeet_peer_t *host, ngx_secmeet_message_t *message);


static ngx_secmeet_host_error_t  ngx_secmeet_host_only = {
    "forbidden", "only hosts may"
};

static ngx_secmeet_host_error_t  ngx_secmeet_host_never = {
    "forbidden", "the holder of the room's token stays"
};

static ngx_secmeet_host_error_t  ngx_secmeet_host_peer = {
    "peer", "no such peer"
};

static ngx_secmeet_host_error_t  ngx_secmeet_host_track = {
    "track", "no such track of another peer"
};

static ngx_secmeet_host_error_t  ngx_secmeet_host_no_invite = {
    "invite", "no such invitation"
};

static ngx_secmeet_host_error_t  ngx_secmeet_host_invites = {
    "limit", "too many invitations, or the same again"
};

static ngx_secmeet_host_error_t  ngx_secmeet_host_memory = {
    "busy", "try again in a second"
};


void
ngx_secmeet_host(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    ngx_secmeet_host_error_t  *error;

    error = signal->peer->host ? ngx_secmeet_host_do(signal->peer, message)
                               : &ngx_secmeet_host_only;

    if (error) {
        ngx_secmeet_signal_error(signal, error->code, error->text,
                                 message->of);
    }
}


static ngx_secmeet_host_error_t *
ngx_secmeet_host_do(ngx_secmeet_peer_t *host, ngx_secmeet_message_t *message)
{
    ngx_secmeet_room_t  *room;

    room = host->room;

    switch (message->type) {

    case NGX_SECMEET_MESSAGE_PASSWORD:
        return ngx_secmeet_host_password(room, &message->proof);

    case NGX_SECMEET_MESSAGE_LOCK:
        ngx_secmeet_host_set(room, &room->locked, message->on, "locked");
        ngx_secmeet_host_clear(room);
        return NULL;

    case NGX_SECMEET_MESSAGE_LINK:
        ngx_secmeet_host_set(room, &room->unlinked, !message->on, "link");
        ngx_secmeet_host_clear(room);
        return NULL;

    case NGX_SECMEET_MESSAGE_LOBBY:
        ngx_secmeet_host_set(room, &room->guarded, message->on, "lobby");

        if (!room->guarded) {
            ngx_secmeet_lobby_admit_all(room);
        }

        return NULL;

    case NGX_SECMEET_MESSAGE_ADMIT:
        return ngx_secmeet_lobby_admit(room, &message->peer) == NGX_OK
               ? NULL : &ngx_secmeet_host_peer;

    case NGX_SECMEET_MESSAGE_DENY:
        return ngx_secmeet_lobby_deny(room, &message->peer) == NGX_OK
               ? NULL : &ngx_secmeet_host_peer;

    case NGX_SECMEET_MESSAGE_KICK:
        return ngx_secmeet_host_kick(host, &message->peer);

    case NGX_SECMEET_MESSAGE_SILENCE:
        return ngx_secmeet_host_silence(host, message);

    case NGX_SECMEET_MESSAGE_STOP:
        return ngx_secmeet_host_stop(host, &message->track);

    case NGX_SECMEET_MESSAGE_PROMOTE:
        return ngx_secmeet_host_promote(room, &message->peer);

    case NGX_SECMEET_MESSAGE_INVITE:
        return ngx_secmeet_host_invite(host, message);

    case NGX_SECMEET_MESSAGE_REVOKE:

        if (ngx_secmeet_invite_revoke(room, message->invite.data)
            != NGX_OK)
        {
            return &ngx_secmeet_host_no_invite;
        }

        ngx_secmeet_notify_invites(room, NULL);
        return NULL;

    default: /* NGX_SECMEET_MESSAGE_END */
        ngx_secmeet_room_end(room, "host", NGX_SECMEET_WS_ENDED);
        return NULL;
    }
}


void
ngx_secmeet_host_tell(ngx_secmeet_peer_t *peer)
{
    if (peer->host) {
        ngx_secmeet_notify_invites(peer->room, peer);
        ngx_secmeet_lobby_tell(peer);
    }
}


/* a hash that cannot be made leaves the old one */

static ngx_secmeet_host_error_t *
ngx_secmeet_host_password(ngx_secmeet_room_t *room, ngx_str_t *proof)
{
    if (proof->data
        && ngx_secmeet_auth_keep(room->proof, room->key, proof) != NGX_OK)
    {
        return &ngx_secmeet_host_memory;
    }

    room->has_proof = (proof->data != NULL);

    if (!room->has_proof) {
        ngx_memzero(room->proof, NGX_SECMEET_SECRET);
    }

    ngx_secmeet_room_renew(room);
    ngx_secmeet_notify_room(room, "password");

    /* whoever waits has shown the one before */

    ngx_secmeet_lobby_let_go(room, NULL, NULL, NGX_SECMEET_WS_DENIED);

    return NULL;
}


/* also in the tickets: a room that is opened again is as it was */

static void
ngx_secmeet_host_set(ngx_secmeet_room_t *room, ngx_uint_t *setting,
    ngx_uint_t value, const char *name)
{
    if (*setting == value) {
        return;
    }

    *setting = value;

    ngx_secmeet_room_renew(room);
    ngx_secmeet_notify_room(room, name);
}


/* who may not come in any more waits for nothing */

static void
ngx_secmeet_host_clear(ngx_secmeet_room_t *room)
{
    if (room->locked || room->unlinked) {
        ngx_secmeet_lobby_let_go(room, NULL, NULL, NGX_SECMEET_WS_DENIED);
    }
}


static ngx_secmeet_host_error_t *
ngx_secmeet_host_kick(ngx_secmeet_peer_t *host, ngx_str_t *id)
{
    ngx_uint_t           n;
    ngx_secmeet_room_t  *room;
    ngx_secmeet_peer_t  *peer;

    room = host->room;
    peer = ngx_secmeet_peer_find(room, id);

    if (peer == NULL || peer == host) {
        return &ngx_secmeet_host_peer;
    }

    if (peer->owner) {
        return &ngx_secmeet_host_never;
    }

    /* burnt is whatever it came by, has made, or may know */

    n = ngx_secmeet_invite_revoke_of(room, peer->id);

    if (peer->invited
        && ngx_secmeet_invite_revoke(room, peer->invite) == NGX_OK)
    {
        n++;
    }

    if (n) {
        ngx_secmeet_notify_invites(room, NULL);
    }

    if (peer->link || peer->host || !room->has_proof) {
        ngx_secmeet_host_set(room, &room->unlinked, 1, "link");
        ngx_secmeet_host_clear(room);
    }

    /* its ticket: of before a crash, and with the next epoch that of now */

    room->nreturned = room->conf.peers;

    ngx_secmeet_notify_end(peer->signal, "kicked");
    ngx_secmeet_peer_end(peer, NGX_SECMEET_WS_KICKED);

    return NULL;
}


static ngx_secmeet_host_error_t *
ngx_secmeet_host_silence(ngx_secmeet_peer_t *host,
    ngx_secmeet_message_t *message)
{
    ngx_secmeet_peer_t  *peer;

    if (message->peer.data == NULL) {
        ngx_secmeet_host_silence_all(host->room, message->on);
        return NULL;
    }

    peer = ngx_secmeet_peer_find(host->room, &message->peer);

    if (peer == NULL) {
        return &ngx_secmeet_host_peer;
    }

    ngx_secmeet_host_silence_peer(peer, message->on);

    return NULL;
}


static void
ngx_secmeet_host_silence_all(ngx_secmeet_room_t *room, ngx_uint_t on)
{
    ngx_queue_t         *q;
    ngx_secmeet_peer_t  *peer;

    room->silent = on;

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = ngx_queue_next(q))
    {
        peer = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        if (!peer->closing && (!peer->host || !on)) {
            ngx_secmeet_host_silence_peer(peer, on);
        }
    }

    /* also if there was nobody: it is in the tickets */

    ngx_secmeet_room_renew(room);
}


static void
ngx_secmeet_host_silence_peer(ngx_secmeet_peer_t *peer, ngx_uint_t on)
{
    ngx_uint_t            i;
    ngx_secmeet_track_t  *track;

    if (peer->silenced == on) {
        return;
    }

    peer->silenced = on;

    for (i = 0; i < peer->nmedia; i++) {
        track = peer->media[i]->track;

        if (track && !track->video) {
            ngx_secmeet_track_restart(track);
        }
    }

    /* so that no ticket of before brings it back with a voice */

    ngx_secmeet_room_renew(peer->room);
    ngx_secmeet_notify_silenced(peer);
}


static ngx_secmeet_host_error_t *
ngx_secmeet_host_stop(ngx_secmeet_peer_t *host, ngx_str_t *id)
{
    ngx_secmeet_track_t  *track;

    track = ngx_secmeet_track_find(host->room, id);

    if (track == NULL || track->peer == host) {
        return &ngx_secmeet_host_track;
    }

    ngx_secmeet_track_stop(track);
    ngx_secmeet_stage_changed(track->peer->room);

    ngx_secmeet_notify_stopped(track);
    ngx_secmeet_notify_tracks(track->peer);

    return NULL;
}


static ngx_secmeet_host_error_t *
ngx_secmeet_host_promote(ngx_secmeet_room_t *room, ngx_str_t *id)
{
    ngx_secmeet_peer_t  *peer;

    peer = ngx_secmeet_peer_find(room, id);

    if (peer == NULL) {
        return &ngx_secmeet_host_peer;
    }

    if (!peer->host) {
        peer->host = 1;

        ngx_secmeet_notify_host(peer);
        ngx_secmeet_notify_ticket(peer);
        ngx_secmeet_host_tell(peer);
    }

    return NULL;
}


static ngx_secmeet_host_error_t *
ngx_secmeet_host_invite(ngx_secmeet_peer_t *host,
    ngx_secmeet_message_t *message)
{
    ngx_secmeet_room_t  *room;

    room = host->room;

    switch (ngx_secmeet_invite_add(room, host->id, &message->token,
                                   message->uses, message->seconds))
    {

    case NGX_OK:
        ngx_secmeet_notify_invites(room, NULL);
        return NULL;

    case NGX_DECLINED:
        return &ngx_secmeet_host_invites;

    default:
        return &ngx_secmeet_host_memory;
    }
}
