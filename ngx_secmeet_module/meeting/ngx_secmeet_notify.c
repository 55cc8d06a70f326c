
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_invite.h"
#include "ngx_secmeet_lobby.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_signal.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_worker.h"

#include <openssl/crypto.h>


static json_t *ngx_secmeet_notify_text(u_char *p, size_t len);
static json_t *ngx_secmeet_notify_settings(ngx_secmeet_room_t *room);
static json_t *ngx_secmeet_notify_list(ngx_secmeet_peer_t *peer);
static json_t *ngx_secmeet_notify_roster(ngx_secmeet_peer_t *peer);
static void ngx_secmeet_notify_send(ngx_secmeet_signal_t *signal,
    json_t *json);
static void ngx_secmeet_notify_by(ngx_secmeet_carrier_t *carrier,
    void *data, json_t *json);
static void ngx_secmeet_notify_others(ngx_secmeet_peer_t *peer,
    json_t *json);
static void ngx_secmeet_notify_hosts(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *host, json_t *json);
static void ngx_secmeet_notify_some(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *but, ngx_uint_t hosts, json_t *json);
static u_char *ngx_secmeet_notify_dump(json_t *json, size_t *len,
    ngx_log_t *log);


void
ngx_secmeet_notify_error(ngx_secmeet_signal_t *signal, const char *code,
    const char *text, const char *of)
{
    json_t  *json;

    json = json_pack("{ss ss ss}", "type", "error", "code", code, "message",
                     text);

    if (json && of) {
        (void) json_object_set_new(json, "of", json_string(of));
    }

    ngx_secmeet_notify_send(signal, json);
}


void
ngx_secmeet_notify_pong(ngx_secmeet_signal_t *signal)
{
    ngx_secmeet_notify_send(signal, json_pack("{ss}", "type", "pong"));
}


ngx_int_t
ngx_secmeet_notify_joined(ngx_secmeet_peer_t *peer, ngx_uint_t resumed)
{
    json_t  *json;
    u_char   ticket[NGX_SECMEET_MESSAGE_TICKET];

    if (ngx_secmeet_room_ticket(peer->room, peer, ticket) != NGX_OK) {
        return NGX_ERROR;
    }

    json = json_pack("{ss so so sb sb sb so so}", "type", "joined", "you",
                     ngx_secmeet_notify_text(peer->id, NGX_SECMEET_ID),
                     "resume",
                     ngx_secmeet_notify_text(ticket, sizeof(ticket)),
                     "resumed", (int) resumed,
                     "host", (int) peer->host,
                     "silenced", (int) peer->silenced,
                     "room", ngx_secmeet_notify_settings(peer->room),
                     "peers", ngx_secmeet_notify_roster(peer));

    OPENSSL_cleanse(ticket, sizeof(ticket));

    ngx_secmeet_notify_send(peer->signal, json);

    return NGX_OK;
}


void
ngx_secmeet_notify_ticket(ngx_secmeet_peer_t *peer)
{
    u_char  ticket[NGX_SECMEET_MESSAGE_TICKET];

    if (peer->closing || peer->signal == NULL
        || ngx_secmeet_room_ticket(peer->room, peer, ticket) != NGX_OK)
    {
        return;
    }

    ngx_secmeet_notify_send(peer->signal,
        json_pack("{ss so}", "type", "ticket", "resume",
                  ngx_secmeet_notify_text(ticket, sizeof(ticket))));

    OPENSSL_cleanse(ticket, sizeof(ticket));
}


static json_t *
ngx_secmeet_notify_roster(ngx_secmeet_peer_t *peer)
{
    json_t              *array;
    ngx_queue_t         *q;
    ngx_secmeet_peer_t  *other;

    array = json_array();

    for (q = ngx_queue_head(&peer->room->peers);
         q != ngx_queue_sentinel(&peer->room->peers);
         q = ngx_queue_next(q))
    {
        other = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        if (other == peer || other->closing) {
            continue;
        }

        (void) json_array_append_new(array, json_pack("{so so so sb sb sb}",
                   "peer", ngx_secmeet_notify_text(other->id, NGX_SECMEET_ID),
                   "name", ngx_secmeet_notify_text(other->name.data,
                                                   other->name.len),
                   "tracks", ngx_secmeet_notify_list(other),
                   "away", other->signal == NULL,
                   "host", (int) other->host,
                   "silenced", (int) other->silenced));
    }

    return array;
}


void
ngx_secmeet_notify_answer(ngx_secmeet_peer_t *peer, u_char *sdp, size_t len)
{
    json_t               *json, *tracks;
    ngx_uint_t            i;
    ngx_secmeet_media_t  *media;

    char                  mid[NGX_SECMEET_MESSAGE_MID + 1];

    tracks = json_object();

    for (i = 0; i < peer->nmedia; i++) {
        media = peer->media[i];

        if (media->track == NULL) {
            continue;
        }

        ngx_memcpy(mid, media->mid.data, media->mid.len);
        mid[media->mid.len] = '\0';

        (void) json_object_set_new(tracks, mid,
                   ngx_secmeet_notify_text(media->track->id, NGX_SECMEET_ID));
    }

    json = json_pack("{ss so so}", "type", "answer", "sdp",
                     ngx_secmeet_notify_text(sdp, len), "tracks", tracks);

    ngx_secmeet_notify_send(peer->signal, json);
}


ngx_uint_t
ngx_secmeet_notify_congested(ngx_secmeet_peer_t *from,
    ngx_secmeet_peer_t *to)
{
    ngx_queue_t         *q;
    ngx_secmeet_peer_t  *other;

    if (to) {
        return to->signal && ngx_secmeet_signal_congested(to->signal);
    }

    for (q = ngx_queue_head(&from->room->peers);
         q != ngx_queue_sentinel(&from->room->peers);
         q = ngx_queue_next(q))
    {
        other = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        if (other != from && other->signal
            && ngx_secmeet_signal_congested(other->signal))
        {
            return 1;
        }
    }

    return 0;
}


void
ngx_secmeet_notify_message(ngx_secmeet_peer_t *from, ngx_secmeet_peer_t *to,
    ngx_str_t *data)
{
    json_t  *json;

    json = json_pack("{ss so so}", "type", "message", "from",
                     ngx_secmeet_notify_text(from->id, NGX_SECMEET_ID),
                     "data", ngx_secmeet_notify_text(data->data, data->len));

    if (to == NULL) {
        ngx_secmeet_notify_others(from, json);
        return;
    }

    (void) json_object_set_new(json, "to",
                        ngx_secmeet_notify_text(to->id, NGX_SECMEET_ID));

    ngx_secmeet_notify_send(to->signal, json);
}


void
ngx_secmeet_notify_end(ngx_secmeet_signal_t *signal, const char *reason)
{
    ngx_secmeet_notify_send(signal,
                            json_pack("{ss ss}", "type", "end", "reason",
                                      reason));
}


void
ngx_secmeet_notify_rejoin(ngx_secmeet_signal_t *signal, const char *reason)
{
    if (signal && signal->carrier && !signal->closing) {
        ngx_secmeet_notify_rejoin_by(signal->carrier, signal->data, reason);
    }
}


void
ngx_secmeet_notify_rejoin_by(ngx_secmeet_carrier_t *carrier, void *data,
    const char *reason)
{
    ngx_secmeet_notify_by(carrier, data, json_pack("{ss ss}", "type",
                          "rejoin", "reason", reason));
}


void
ngx_secmeet_notify_denied_by(ngx_secmeet_carrier_t *carrier, void *data)
{
    ngx_secmeet_notify_by(carrier, data,
                          json_pack("{ss}", "type", "denied"));
}


static void
ngx_secmeet_notify_by(ngx_secmeet_carrier_t *carrier, void *data,
    json_t *json)
{
    size_t   len;
    u_char  *p;

    p = json ? ngx_secmeet_notify_dump(json, &len, ngx_secmeet_worker->log)
             : NULL;

    if (p) {
        carrier->send(data, p, len);
        ngx_secmeet_free(p, len);
    }

    json_decref(json);
}


void
ngx_secmeet_notify_peer(ngx_secmeet_peer_t *peer)
{
    ngx_secmeet_notify_others(peer,
        json_pack("{ss so so sb sb}", "type", "peer", "peer",
                  ngx_secmeet_notify_text(peer->id, NGX_SECMEET_ID),
                  "name", ngx_secmeet_notify_text(peer->name.data,
                                                  peer->name.len),
                  "host", (int) peer->host,
                  "silenced", (int) peer->silenced));
}


void
ngx_secmeet_notify_left(ngx_secmeet_peer_t *peer)
{
    ngx_secmeet_notify_others(peer,
        json_pack("{ss so}", "type", "left", "peer",
                  ngx_secmeet_notify_text(peer->id, NGX_SECMEET_ID)));
}


void
ngx_secmeet_notify_tracks(ngx_secmeet_peer_t *peer)
{
    ngx_secmeet_notify_others(peer,
        json_pack("{ss so so}", "type", "tracks", "peer",
                  ngx_secmeet_notify_text(peer->id, NGX_SECMEET_ID),
                  "tracks", ngx_secmeet_notify_list(peer)));
}


void
ngx_secmeet_notify_away(ngx_secmeet_peer_t *peer, ngx_uint_t on)
{
    ngx_secmeet_notify_others(peer,
        json_pack("{ss so sb}", "type", "away", "peer",
                  ngx_secmeet_notify_text(peer->id, NGX_SECMEET_ID),
                  "on", (int) on));
}


void
ngx_secmeet_notify_waiting(ngx_secmeet_signal_t *signal)
{
    ngx_secmeet_notify_send(signal, json_pack("{ss}", "type", "waiting"));
}


void
ngx_secmeet_notify_knock(ngx_secmeet_room_t *room, ngx_secmeet_peer_t *host,
    ngx_secmeet_waiting_t *waiting)
{
    ngx_secmeet_notify_hosts(room, host,
        json_pack("{ss so so}", "type", "knock", "peer",
                  ngx_secmeet_notify_text(waiting->id, NGX_SECMEET_ID),
                  "name", ngx_secmeet_notify_text(waiting->name.data,
                                                  waiting->name.len)));
}


void
ngx_secmeet_notify_gone(ngx_secmeet_room_t *room,
    ngx_secmeet_waiting_t *waiting)
{
    ngx_secmeet_notify_hosts(room, NULL,
        json_pack("{ss so}", "type", "gone", "peer",
                  ngx_secmeet_notify_text(waiting->id, NGX_SECMEET_ID)));
}


void
ngx_secmeet_notify_invites(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *host)
{
    json_t                *array;
    ngx_msec_int_t         left;
    ngx_queue_t           *q;
    ngx_secmeet_invite_t  *invite;

    ngx_secmeet_invite_expire(room);

    array = json_array();

    for (q = ngx_queue_head(&room->invites);
         q != ngx_queue_sentinel(&room->invites);
         q = ngx_queue_next(q))
    {
        invite = ngx_queue_data(q, ngx_secmeet_invite_t, queue);
        left = invite->expires - ngx_current_msec;

        (void) json_array_append_new(array, json_pack("{so sI sI sI}",
                   "invite", ngx_secmeet_notify_text(invite->id,
                                                     NGX_SECMEET_ID),
                   "uses", (json_int_t) invite->uses,
                   "left", (json_int_t) invite->left,
                   "seconds", (json_int_t) left / 1000));
    }

    ngx_secmeet_notify_hosts(room, host,
        json_pack("{ss so}", "type", "invites", "invites", array));
}


void
ngx_secmeet_notify_stopped(ngx_secmeet_track_t *track)
{
    ngx_secmeet_notify_send(track->peer->signal,
        json_pack("{ss so}", "type", "stopped", "track",
                  ngx_secmeet_notify_text(track->id, NGX_SECMEET_ID)));
}


void
ngx_secmeet_notify_wanted(ngx_secmeet_track_t *track)
{
    ngx_secmeet_notify_send(track->peer->signal,
        json_pack("{ss so sI}", "type", "wanted", "track",
                  ngx_secmeet_notify_text(track->id, NGX_SECMEET_ID),
                  "height", (json_int_t) track->wanted));
}


void
ngx_secmeet_notify_carry(ngx_secmeet_sub_t *sub)
{
    ngx_str_t  *mid;

    mid = &sub->media->mid;

    ngx_secmeet_notify_send(sub->peer->signal,
        json_pack("{ss so so}", "type", "carry", "mid",
                  ngx_secmeet_notify_text(mid->data, mid->len), "track",
                  sub->track ? ngx_secmeet_notify_text(sub->track->id,
                                                       NGX_SECMEET_ID)
                             : json_null()));
}


void
ngx_secmeet_notify_quality(ngx_secmeet_peer_t *peer, json_t *json)
{
    ngx_secmeet_notify_send(peer->signal, json);
}


void
ngx_secmeet_notify_speaker(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *speaker, ngx_secmeet_peer_t *peer)
{
    json_t  *json;

    json = json_pack("{ss so}", "type", "speaker", "peer",
                     speaker ? ngx_secmeet_notify_text(speaker->id,
                                                       NGX_SECMEET_ID)
                             : json_null());

    if (peer) {
        ngx_secmeet_notify_send(peer->signal, json);
        return;
    }

    ngx_secmeet_notify_some(room, NULL, 0, json);
}


void
ngx_secmeet_notify_room(ngx_secmeet_room_t *room, const char *changed)
{
    json_t  *json;

    json = ngx_secmeet_notify_settings(room);

    if (json) {
        (void) json_object_set_new(json, "type", json_string("room"));
        (void) json_object_set_new(json, "changed", json_string(changed));
    }

    ngx_secmeet_notify_some(room, NULL, 0, json);
}


void
ngx_secmeet_notify_host(ngx_secmeet_peer_t *peer)
{
    ngx_secmeet_notify_some(peer->room, NULL, 0,
        json_pack("{ss so}", "type", "host", "peer",
                  ngx_secmeet_notify_text(peer->id, NGX_SECMEET_ID)));
}


void
ngx_secmeet_notify_silenced(ngx_secmeet_peer_t *peer)
{
    ngx_secmeet_notify_some(peer->room, NULL, 0,
        json_pack("{ss so sb}", "type", "silenced", "peer",
                  ngx_secmeet_notify_text(peer->id, NGX_SECMEET_ID),
                  "on", (int) peer->silenced));
}


static json_t *
ngx_secmeet_notify_settings(ngx_secmeet_room_t *room)
{
    return json_pack("{sb sb sb sb}", "password", (int) room->has_proof,
                     "locked", (int) room->locked,
                     "lobby", (int) room->guarded,
                     "link", (int) !room->unlinked);
}


static json_t *
ngx_secmeet_notify_list(ngx_secmeet_peer_t *peer)
{
    json_t               *array;
    ngx_uint_t            i;
    ngx_secmeet_track_t  *track;

    array = json_array();

    for (i = 0; i < peer->nmedia; i++) {
        track = peer->media[i]->track;

        if (track == NULL || track->stopped) {
            continue;
        }

        (void) json_array_append_new(array, json_pack("{so ss ss sb}",
                   "track", ngx_secmeet_notify_text(track->id,
                                                    NGX_SECMEET_ID),
                   "kind", track->video ? "video" : "audio",
                   "source", (char *) track->source.data,
                   "muted", (int) track->muted));
    }

    return array;
}


/* NULL data is an empty text */

static json_t *
ngx_secmeet_notify_text(u_char *p, size_t len)
{
    return json_stringn_nocheck(p ? (char *) p : "", len);
}


/* these take json over; NULL: it could not be made */

static void
ngx_secmeet_notify_send(ngx_secmeet_signal_t *signal, json_t *json)
{
    size_t   len;
    u_char  *p;

    if (json && signal) {
        p = ngx_secmeet_notify_dump(json, &len, signal->worker->log);

        if (p) {
            ngx_secmeet_signal_send(signal, p, len);
            ngx_secmeet_free(p, len);
        }
    }

    json_decref(json);
}


static void
ngx_secmeet_notify_others(ngx_secmeet_peer_t *peer, json_t *json)
{
    ngx_secmeet_notify_some(peer->room, peer, 0, json);
}


/* to one of them, or to all (NULL) */

static void
ngx_secmeet_notify_hosts(ngx_secmeet_room_t *room, ngx_secmeet_peer_t *host,
    json_t *json)
{
    if (host) {
        ngx_secmeet_notify_send(host->signal, json);
        return;
    }

    ngx_secmeet_notify_some(room, NULL, 1, json);
}


static void
ngx_secmeet_notify_some(ngx_secmeet_room_t *room, ngx_secmeet_peer_t *but,
    ngx_uint_t hosts, json_t *json)
{
    size_t                 len;
    u_char                *p;
    ngx_queue_t           *q;
    ngx_secmeet_peer_t    *peer;
    ngx_secmeet_worker_t  *worker;

    worker = room->worker;

    p = json ? ngx_secmeet_notify_dump(json, &len, worker->log) : NULL;

    json_decref(json);

    if (p == NULL) {
        return;
    }

    /* one text for all of these */

    worker->broadcast = ++worker->broadcasts;

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = ngx_queue_next(q))
    {
        peer = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        if (peer != but && !peer->closing && peer->signal
            && (!hosts || peer->host))
        {
            ngx_secmeet_signal_send(peer->signal, p, len);
        }
    }

    if (worker->spread) {
        worker->spread();
    }

    worker->broadcast = 0;

    ngx_secmeet_free(p, len);
}


static u_char *
ngx_secmeet_notify_dump(json_t *json, size_t *len, ngx_log_t *log)
{
    u_char  *p;

    *len = json_dumpb(json, NULL, 0, JSON_COMPACT);

    p = *len ? ngx_alloc(*len, log) : NULL;

    if (p) {
        (void) json_dumpb(json, (char *) p, *len, JSON_COMPACT);
    }

    return p;
}
