
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The stage of a room: who speaks, by the levels of RFC 6464, and whom the
 * m-lines carry that a client has left to us ("speakers").
 */


#ifndef _NGX_SECMEET_STAGE_H_INCLUDED_
#define _NGX_SECMEET_STAGE_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "../engine/ngx_secmeet_speakers.h"


#define NGX_SECMEET_STAGE_TRACKS      16        /* at first; it grows */
#define NGX_SECMEET_STAGE_HEARD       10        /* voices at the same time */
#define NGX_SECMEET_STAGE_LINES       64        /* of a kind, of one peer */


struct ngx_secmeet_stage_s {
    ngx_secmeet_room_t       *room;
    ngx_secmeet_speakers_t    speakers;
    ngx_secmeet_speakers_track_t  *spots;
    ngx_secmeet_track_t     **tracks;           /* by spot */
    ngx_uint_t               *rank;             /* scratch */
    ngx_uint_t                n;                /* of these three */
    ngx_secmeet_peer_t       *speaker;          /* NULL: nobody */
    ngx_event_t               timer;
};


/* a microphone's track comes, or goes.  NGX_OK, or NGX_ERROR: no memory */
ngx_int_t ngx_secmeet_stage_add(ngx_secmeet_track_t *track);
void ngx_secmeet_stage_remove(ngx_secmeet_track_t *track);
void ngx_secmeet_stage_close(ngx_secmeet_room_t *room);

/* of each audio packet */
void ngx_secmeet_stage_level(ngx_secmeet_track_t *track, ngx_uint_t level,
    ngx_uint_t voice, ngx_secmeet_usec_t now);

/* 1 if the peer is the one who speaks */
ngx_uint_t ngx_secmeet_stage_speaks(ngx_secmeet_peer_t *peer);

/* somebody new: who speaks, if anybody does */
void ngx_secmeet_stage_tell(ngx_secmeet_peer_t *peer);

/* 1 if it is the word that stands for "whoever speaks" */
ngx_uint_t ngx_secmeet_stage_is(ngx_str_t *track);

/* from now on it carries whom we choose */
void ngx_secmeet_stage_carry(ngx_secmeet_sub_t *sub);

/* what there is to choose from has changed: at the end of this turn */
void ngx_secmeet_stage_changed(ngx_secmeet_room_t *room);
void ngx_secmeet_stage_cast_handler(ngx_event_t *ev);


#endif /* _NGX_SECMEET_STAGE_H_INCLUDED_ */
