
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_signal.h"
#include "ngx_secmeet_host.h"
#include "ngx_secmeet_join.h"
#include "ngx_secmeet_lobby.h"
#include "ngx_secmeet_negotiate.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_share.h"
#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_message.h"
#include "../wire/ngx_secmeet_ws.h"


static void ngx_secmeet_signal_timer(ngx_event_t *ev);
static ngx_uint_t ngx_secmeet_signal_cost(ngx_secmeet_signal_t *signal,
    size_t len);
static void ngx_secmeet_signal_state(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);
static void ngx_secmeet_signal_message(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);
static void ngx_secmeet_signal_offer(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);
static void ngx_secmeet_signal_answer(ngx_secmeet_signal_t *signal,
    ngx_secmeet_sdp_t *sdp);
static void ngx_secmeet_signal_receive(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);
static void ngx_secmeet_signal_mute(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);
static void ngx_secmeet_signal_relay(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);


ngx_secmeet_signal_t *
ngx_secmeet_signal_create(ngx_secmeet_worker_t *worker,
    ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_secmeet_candidates_t *candidates, ngx_secmeet_client_t *client)
{
    ngx_secmeet_signal_t  *signal;

    signal = ngx_calloc(sizeof(ngx_secmeet_signal_t), worker->log);
    if (signal == NULL) {
        return NULL;
    }

    signal->worker = worker;
    signal->conf = conf;
    signal->candidates = *candidates;
    signal->client = *client;
    ngx_memcpy(signal->tag, tag, NGX_SECMEET_TAG);

    ngx_secmeet_limit_init(&signal->limit, conf->message_rate,
                           conf->message_rate, ngx_secmeet_now());

    signal->timer.handler = ngx_secmeet_signal_timer;
    signal->timer.data = signal;
    signal->timer.log = worker->log;

    ngx_add_timer(&signal->timer, conf->join_timeout);

    return signal;
}


void
ngx_secmeet_signal_carrier(ngx_secmeet_signal_t *signal,
    ngx_secmeet_carrier_t *carrier, void *data)
{
    signal->carrier = carrier;
    signal->data = data;
}


static void
ngx_secmeet_signal_timer(ngx_event_t *ev)
{
    ngx_secmeet_signal_end(ev->data, NGX_SECMEET_WS_JOIN_TIMEOUT);
}


ngx_int_t
ngx_secmeet_signal_charge(ngx_secmeet_signal_t *signal, size_t len)
{
    if (signal->closing || (signal->peer && signal->peer->closing)) {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_limit_input(&signal->limit,
                                ngx_secmeet_signal_cost(signal, len),
                                ngx_secmeet_now())
        != NGX_OK)
    {
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_POLICY);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
ngx_secmeet_signal_input(ngx_secmeet_signal_t *signal, u_char *p, size_t len)
{
    ngx_secmeet_message_t  message;

    if (signal->closing || (signal->peer && signal->peer->closing)) {
        return;
    }

    if (signal->peer == NULL && len > NGX_SECMEET_SIGNAL_JOIN) {
        ngx_secmeet_signal_error(signal, "field", "join is too long", NULL);
        return;
    }

    if (ngx_secmeet_message_parse(&message, p, p + len) != NGX_OK) {
        ngx_secmeet_signal_error(signal, message.code, message.field,
                                 message.of);

    } else {
        ngx_secmeet_signal_state(signal, &message);
    }

    ngx_secmeet_message_free(&message);
}


static void
ngx_secmeet_signal_state(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    const char  *text;

    text = NULL;

    if (signal->waiting) {

        switch (message->type) {

        case NGX_SECMEET_MESSAGE_PING:
            ngx_secmeet_notify_pong(signal);
            return;

        case NGX_SECMEET_MESSAGE_LEAVE:
            ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_NORMAL);
            return;

        default:
            text = "a host is asked";
        }

    } else if (signal->peer == NULL) {

        if (message->type != NGX_SECMEET_MESSAGE_JOIN) {
            text = "join comes first";
        }

    } else if (message->type == NGX_SECMEET_MESSAGE_JOIN) {
        text = "joined already";
    }

    if (text) {
        ngx_secmeet_signal_error(signal, "state", text, message->of);
        return;
    }

    ngx_secmeet_signal_message(signal, message);
}


/* a long message is as many; the longest one shall always be possible */

static ngx_uint_t
ngx_secmeet_signal_cost(ngx_secmeet_signal_t *signal, size_t len)
{
    ngx_uint_t  cost;

    cost = 1 + len / NGX_SECMEET_SIGNAL_TOKEN;

    return ngx_min(cost, signal->limit.burst);
}


static void
ngx_secmeet_signal_message(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    switch (message->type) {

    case NGX_SECMEET_MESSAGE_JOIN:
        ngx_secmeet_join(signal, message);
        break;

    case NGX_SECMEET_MESSAGE_OFFER:
        ngx_secmeet_signal_offer(signal, message);
        break;

    case NGX_SECMEET_MESSAGE_RECEIVE:
        ngx_secmeet_signal_receive(signal, message);
        break;

    case NGX_SECMEET_MESSAGE_MUTE:
        ngx_secmeet_signal_mute(signal, message);
        break;

    case NGX_SECMEET_MESSAGE_SEND:
        ngx_secmeet_signal_relay(signal, message);
        break;

    case NGX_SECMEET_MESSAGE_PING:
        ngx_secmeet_notify_pong(signal);
        break;

    case NGX_SECMEET_MESSAGE_LEAVE:
        ngx_secmeet_peer_end(signal->peer, NGX_SECMEET_WS_NORMAL);
        break;

    default:
        ngx_secmeet_host(signal, message);
        break;
    }
}


void
ngx_secmeet_signal_error(ngx_secmeet_signal_t *signal, const char *code,
    const char *text, const char *of)
{
    ngx_secmeet_notify_error(signal, code, text, of);

    /* somebody may have left meanwhile: no fault of this one */

    if (ngx_strcmp(code, "track") == 0 || ngx_strcmp(code, "peer") == 0
        || ngx_strcmp(code, "invite") == 0 || ngx_strcmp(code, "busy") == 0)
    {
        return;
    }

    if (++signal->errors == NGX_SECMEET_SIGNAL_ERRORS) {
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_POLICY);
    }
}


static void
ngx_secmeet_signal_offer(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    ngx_int_t              rc;
    ngx_secmeet_sdp_t      sdp;
    ngx_secmeet_refusal_t  refusal;

    rc = ngx_secmeet_negotiate_offer(signal->peer, message, &sdp, &refusal);

    if (rc == NGX_OK) {
        ngx_secmeet_negotiate_answer(signal->peer, &sdp);
        ngx_secmeet_signal_answer(signal, &sdp);

    } else if (rc == NGX_DECLINED) {
        ngx_secmeet_signal_error(signal, refusal.code, refusal.text, "offer");

    } else {
        ngx_secmeet_peer_end(signal->peer, NGX_SECMEET_WS_INTERNAL);
    }

    ngx_secmeet_negotiate_free(&sdp);
}


static void
ngx_secmeet_signal_answer(ngx_secmeet_signal_t *signal,
    ngx_secmeet_sdp_t *sdp)
{
    size_t   len;
    u_char  *p;

    len = ngx_secmeet_sdp_create(NULL, sdp);

    p = ngx_alloc(len, signal->worker->log);
    if (p == NULL) {
        ngx_secmeet_peer_end(signal->peer, NGX_SECMEET_WS_INTERNAL);
        return;
    }

    (void) ngx_secmeet_sdp_create(p, sdp);

    ngx_secmeet_notify_answer(signal->peer, p, len);
    ngx_secmeet_notify_tracks(signal->peer);

    if (signal->peer->version == 1) {
        ngx_secmeet_stage_tell(signal->peer);
    }

    ngx_secmeet_free(p, len);
}


static void
ngx_secmeet_signal_receive(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    ngx_secmeet_media_t  *media;
    ngx_secmeet_track_t  *track;

    media = ngx_secmeet_peer_media(signal->peer, &message->mid);

    if (media == NULL || media->sub == NULL) {
        ngx_secmeet_signal_error(signal, "mid", "no such receiving m-line",
                                 "receive");
        return;
    }

    if (message->has_track && ngx_secmeet_stage_is(&message->track)) {
        ngx_secmeet_stage_carry(media->sub);

    } else if (message->has_track) {
        track = NULL;

        if (message->track.data) {
            track = ngx_secmeet_track_find(signal->peer->room,
                                           &message->track);

            if (track == NULL || track->peer == signal->peer
                || track->media->kind != media->kind)
            {
                ngx_secmeet_signal_error(signal, "track",
                                         "no such track of that kind",
                                         "receive");
                return;
            }
        }

        media->sub->speakers = 0;
        ngx_secmeet_sub_track(media->sub, track);
    }

    if (message->has_height) {
        ngx_secmeet_sub_height(media->sub, message->height);
    }

    if (message->has_pause) {
        ngx_secmeet_sub_pause(media->sub, message->pause);
    }

    if (signal->peer->transport->egress) {
        ngx_secmeet_share(signal->peer->transport->egress,
                          ngx_secmeet_now());
    }
}


static void
ngx_secmeet_signal_mute(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    ngx_secmeet_track_t  *track;

    track = ngx_secmeet_track_find(signal->peer->room, &message->track);

    if (track == NULL || track->peer != signal->peer) {
        ngx_secmeet_signal_error(signal, "track", "no such track of yours",
                                 "mute");
        return;
    }

    if (track->muted == message->on) {
        return;
    }

    track->muted = message->on;

    ngx_secmeet_track_restart(track);
    ngx_secmeet_stage_changed(signal->peer->room);
    ngx_secmeet_notify_tracks(signal->peer);
}


static void
ngx_secmeet_signal_relay(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    ngx_secmeet_peer_t  *to;

    to = NULL;

    if (message->to.data) {
        to = ngx_secmeet_peer_find(signal->peer->room, &message->to);

        if (to == NULL) {
            ngx_secmeet_signal_error(signal, "peer", "no such peer", "send");
            return;
        }
    }

    /* what people write gives way to what makes the meeting */

    if (ngx_secmeet_notify_congested(signal->peer, to)) {
        ngx_secmeet_signal_error(signal, "busy", "try again in a second",
                                 "send");
        return;
    }

    ngx_secmeet_notify_message(signal->peer, to, &message->data);
}


void
ngx_secmeet_signal_hold(ngx_secmeet_signal_t *signal)
{
    if (signal->timer.timer_set) {
        ngx_del_timer(&signal->timer);
    }
}


void
ngx_secmeet_signal_close(ngx_secmeet_signal_t *signal, ngx_uint_t how)
{
    ngx_secmeet_peer_t  *peer;

    signal->carrier = NULL;
    signal->closing = 1;

    ngx_secmeet_lobby_leave(signal);

    if (signal->timer.timer_set) {
        ngx_del_timer(&signal->timer);
    }

    peer = signal->peer;

    if (peer && how != NGX_SECMEET_SIGNAL_LEFT) {
        ngx_secmeet_peer_detach(peer, how);

    } else if (peer) {
        peer->signal = NULL;
        ngx_secmeet_peer_close(peer);
    }

    ngx_secmeet_free(signal, sizeof(ngx_secmeet_signal_t));
}


void
ngx_secmeet_signal_send(ngx_secmeet_signal_t *signal, u_char *p, size_t len)
{
    if (signal->carrier && !signal->closing) {
        signal->carrier->send(signal->data, p, len);
    }
}


ngx_uint_t
ngx_secmeet_signal_congested(ngx_secmeet_signal_t *signal)
{
    return signal->carrier && signal->carrier->congested(signal->data);
}


void
ngx_secmeet_signal_end(ngx_secmeet_signal_t *signal, ngx_uint_t code)
{
    if (signal->closing) {
        return;
    }

    signal->closing = 1;

    ngx_secmeet_lobby_leave(signal);

    if (signal->timer.timer_set) {
        ngx_del_timer(&signal->timer);
    }

    if (signal->carrier) {
        signal->carrier->close(signal->data, code);
    }
}
