
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The lobby of a room: who waits until a host says yes or no.  They hear
 * nothing of the room, and only hosts hear of them.
 */


#ifndef _NGX_SECMEET_LOBBY_H_INCLUDED_
#define _NGX_SECMEET_LOBBY_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_signal.h"


#define NGX_SECMEET_LOBBY             100       /* who wait, at most */
#define NGX_SECMEET_LOBBY_NET         50        /* of one network */


struct ngx_secmeet_waiting_s {
    ngx_queue_t               queue;            /* in room->lobby */
    ngx_secmeet_room_t       *room;
    ngx_secmeet_signal_t     *signal;
    u_char                    id[NGX_SECMEET_ID];   /* of the peer to be */
    ngx_str_t                 name;
    u_char                    name_data[NGX_SECMEET_MESSAGE_NAME];
};


/*
 * The session waits, and hosts are told.  NGX_OK; NGX_DECLINED: too many
 * do; NGX_ERROR: no memory.
 */
ngx_int_t ngx_secmeet_lobby_enter(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_str_t *name);

/* the session waits no more, if it did */
void ngx_secmeet_lobby_leave(ngx_secmeet_signal_t *signal);

/* by id; NGX_OK, or NGX_DECLINED: nobody */
ngx_int_t ngx_secmeet_lobby_admit(ngx_secmeet_room_t *room, ngx_str_t *id);
ngx_int_t ngx_secmeet_lobby_deny(ngx_secmeet_room_t *room, ngx_str_t *id);

void ngx_secmeet_lobby_admit_all(ngx_secmeet_room_t *room);

/* to a host: who waits */
void ngx_secmeet_lobby_tell(ngx_secmeet_peer_t *peer);

/* all are let go; tell is one of notify's, or NULL */
void ngx_secmeet_lobby_let_go(ngx_secmeet_room_t *room,
    void (*tell)(ngx_secmeet_signal_t *signal, const char *reason),
    const char *reason, ngx_uint_t code);


#endif /* _NGX_SECMEET_LOBBY_H_INCLUDED_ */
