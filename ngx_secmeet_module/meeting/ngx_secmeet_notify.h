
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the server says to clients: the messages of PROTOCOL.md, "Server to
 * client".
 */


#ifndef _NGX_SECMEET_NOTIFY_H_INCLUDED_
#define _NGX_SECMEET_NOTIFY_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_signal.h"


void ngx_secmeet_notify_error(ngx_secmeet_signal_t *signal,
    const char *code, const char *text, const char *of);
void ngx_secmeet_notify_pong(ngx_secmeet_signal_t *signal);

/* NGX_OK, or NGX_ERROR: no memory.  resumed: peer is as it was */
ngx_int_t ngx_secmeet_notify_joined(ngx_secmeet_peer_t *peer,
    ngx_uint_t resumed);

/* another ticket than before; not to one who is away */
void ngx_secmeet_notify_ticket(ngx_secmeet_peer_t *peer);

void ngx_secmeet_notify_answer(ngx_secmeet_peer_t *peer, u_char *sdp,
    size_t len);

/* 1 if it would not get to all others, or to one, in good time */
ngx_uint_t ngx_secmeet_notify_congested(ngx_secmeet_peer_t *from,
    ngx_secmeet_peer_t *to);
void ngx_secmeet_notify_message(ngx_secmeet_peer_t *from,
    ngx_secmeet_peer_t *to, ngx_str_t *data);

/* reasons are literals of PROTOCOL.md; signal may be NULL */
void ngx_secmeet_notify_end(ngx_secmeet_signal_t *signal,
    const char *reason);
void ngx_secmeet_notify_rejoin(ngx_secmeet_signal_t *signal,
    const char *reason);

/* where the signaling was in another worker, or is over */
void ngx_secmeet_notify_denied_by(ngx_secmeet_carrier_t *carrier,
    void *data);
void ngx_secmeet_notify_rejoin_by(ngx_secmeet_carrier_t *carrier,
    void *data, const char *reason);

/* of the lobby: to who waits, and to hosts: one of them, or all (NULL) */
void ngx_secmeet_notify_waiting(ngx_secmeet_signal_t *signal);
void ngx_secmeet_notify_knock(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *host, ngx_secmeet_waiting_t *waiting);
void ngx_secmeet_notify_gone(ngx_secmeet_room_t *room,
    ngx_secmeet_waiting_t *waiting);

/* all invitations, to one host, or to all (NULL) */
void ngx_secmeet_notify_invites(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *host);

/* to its publisher */
void ngx_secmeet_notify_stopped(ngx_secmeet_track_t *track);
void ngx_secmeet_notify_wanted(ngx_secmeet_track_t *track);

/* whom an m-line carries now */
void ngx_secmeet_notify_carry(ngx_secmeet_sub_t *sub);

/* takes json */
void ngx_secmeet_notify_quality(ngx_secmeet_peer_t *peer, json_t *json);

/* who speaks; speaker NULL: nobody; peer NULL: to all in the room */
void ngx_secmeet_notify_speaker(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *speaker, ngx_secmeet_peer_t *peer);

/* to all in the room; changed is a literal of PROTOCOL.md */
void ngx_secmeet_notify_room(ngx_secmeet_room_t *room, const char *changed);
void ngx_secmeet_notify_host(ngx_secmeet_peer_t *peer);
void ngx_secmeet_notify_silenced(ngx_secmeet_peer_t *peer);

/* to all others in the room */
void ngx_secmeet_notify_peer(ngx_secmeet_peer_t *peer);
void ngx_secmeet_notify_left(ngx_secmeet_peer_t *peer);
void ngx_secmeet_notify_tracks(ngx_secmeet_peer_t *peer);
void ngx_secmeet_notify_away(ngx_secmeet_peer_t *peer, ngx_uint_t on);


#endif /* _NGX_SECMEET_NOTIFY_H_INCLUDED_ */
