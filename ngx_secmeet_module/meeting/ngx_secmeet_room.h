
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A room: exists from its creation until its last peer leaves, or until
 * nobody has joined in time; then all of it is wiped.
 */


#ifndef _NGX_SECMEET_ROOM_H_INCLUDED_
#define _NGX_SECMEET_ROOM_H_INCLUDED_


#include "ngx_secmeet_meeting.h"
#include "ngx_secmeet_auth.h"


struct ngx_secmeet_room_s {
    ngx_str_node_t            node;             /* in worker->rooms */
    u_char                    tag[NGX_SECMEET_TAG];

    ngx_secmeet_worker_t     *worker;
    ngx_secmeet_conf_t        conf;             /* as it was created */

    ngx_queue_t               peers;
    ngx_uint_t                npeers;

    u_char                    key[NGX_SECMEET_SECRET];
    u_char                    proof[NGX_SECMEET_SECRET];
    u_char                    host[NGX_SECMEET_SECRET];

    ngx_event_t               timer;            /* nobody has joined yet */
    ngx_event_t               close;

    unsigned                  has_proof:1;
    unsigned                  closing:1;
};


/*
 * NGX_OK with the host token written to token (NGX_SECMEET_AUTH_TEXT
 * bytes); NGX_DECLINED: the tag is, or was, in use; NGX_BUSY: too many
 * rooms or tags; NGX_ERROR: no memory.  proof may have data NULL.
 */
ngx_int_t ngx_secmeet_room_create(ngx_secmeet_worker_t *worker,
    ngx_secmeet_conf_t *conf, u_char *tag, ngx_str_t *proof, u_char *token);

/* NULL if there is none, or if it is closing */
ngx_secmeet_room_t *ngx_secmeet_room_find(ngx_secmeet_worker_t *worker,
    u_char *tag);

/*
 * NGX_OK: these may enter; NGX_DECLINED.  The same work is done whether the
 * room exists (room NULL: it does not) or not.
 */
ngx_int_t ngx_secmeet_room_admit(ngx_secmeet_room_t *room, ngx_str_t *proof);

/* NGX_OK if token is the room's host token, NGX_DECLINED */
ngx_int_t ngx_secmeet_room_host(ngx_secmeet_room_t *room, ngx_str_t *token);

/* the meeting ends for everyone; reason is a literal of PROTOCOL.md */
void ngx_secmeet_room_end(ngx_secmeet_room_t *room, const char *reason,
    ngx_uint_t code);

/* a peer has gone: the last one takes the room with it */
void ngx_secmeet_room_leave(ngx_secmeet_room_t *room);

/* at once, with whoever is in it */
void ngx_secmeet_room_close(ngx_secmeet_room_t *room);


#endif /* _NGX_SECMEET_ROOM_H_INCLUDED_ */
