
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Invitations of a room: tokens that let in without a proof, so many times
 * and so long.  Only a hash of each is kept.
 */


#ifndef _NGX_SECMEET_INVITE_H_INCLUDED_
#define _NGX_SECMEET_INVITE_H_INCLUDED_


#include "ngx_secmeet_meeting.h"


#define NGX_SECMEET_INVITES           64        /* of a room, at a time */
#define NGX_SECMEET_INVITE_USES       1         /* unless said otherwise */
#define NGX_SECMEET_INVITE_SECONDS    86400


typedef struct {
    ngx_queue_t               queue;            /* in room->invites */
    u_char                    id[NGX_SECMEET_ID];
    u_char                    hash[NGX_SECMEET_SECRET];
    u_char                    host[NGX_SECMEET_ID];     /* who has made it */
    ngx_uint_t                uses;
    ngx_uint_t                left;
    ngx_msec_t                expires;
} ngx_secmeet_invite_t;


/*
 * host: the id of who makes it; uses, seconds: 0 for the default.  NGX_OK;
 * NGX_DECLINED: there are too many, or this one is there; NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_secmeet_invite_add(ngx_secmeet_room_t *room, u_char *host,
    ngx_str_t *token, ngx_uint_t uses, ngx_uint_t seconds);

/* one that still lets in; NULL */
ngx_secmeet_invite_t *ngx_secmeet_invite_find(ngx_secmeet_room_t *room,
    ngx_str_t *token);

/* by one; the last use ends it */
void ngx_secmeet_invite_use(ngx_secmeet_room_t *room,
    ngx_secmeet_invite_t *invite);

/* by id; NGX_OK, or NGX_DECLINED: there is none */
ngx_int_t ngx_secmeet_invite_revoke(ngx_secmeet_room_t *room, u_char *id);

/* all that a peer has made; how many there were */
ngx_uint_t ngx_secmeet_invite_revoke_of(ngx_secmeet_room_t *room,
    u_char *host);

/* those whose time is over go */
void ngx_secmeet_invite_expire(ngx_secmeet_room_t *room);

void ngx_secmeet_invite_close(ngx_secmeet_room_t *room);


#endif /* _NGX_SECMEET_INVITE_H_INCLUDED_ */
