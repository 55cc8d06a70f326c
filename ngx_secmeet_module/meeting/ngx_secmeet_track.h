
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A track: what a peer publishes in one m-line, in one or more layers.
 */


#ifndef _NGX_SECMEET_TRACK_H_INCLUDED_
#define _NGX_SECMEET_TRACK_H_INCLUDED_


#include "ngx_secmeet_layer.h"
#include "../engine/ngx_secmeet_limit.h"


/*
 * bytes/s of one audio track, at most, each packet so many more than it has:
 * opus has 510 kbit/s at most (RFC 6716, 2.1.1), in packets of 20 ms
 */
#define NGX_SECMEET_TRACK_AUDIO       80000
#define NGX_SECMEET_TRACK_PACKET      100

/* packets/s of one video track */
#define NGX_SECMEET_TRACK_VIDEO       5000


struct ngx_secmeet_track_s {
    ngx_secmeet_peer_t       *peer;
    ngx_secmeet_media_t      *media;
    u_char                    id[NGX_SECMEET_ID];
    ngx_str_t                 source;           /* a literal */
    ngx_queue_t               subs;
    ngx_secmeet_layer_t      *layers;           /* ascending */
    ngx_uint_t                nlayers;
    ngx_int_t                 wanted;           /* height, as its publisher
                                                   was told; -1: was not */
    ngx_secmeet_usec_t        told;             /* so, last */
    ngx_secmeet_limit_t       limit;            /* of what comes */
    ngx_int_t                 spot;             /* on the stage, -1: not */

    unsigned                  video:1;
    unsigned                  muted:1;
    unsigned                  stopped:1;        /* by a host, for ever */
};


/*
 * NULL: no memory.  media is of peer, and has its codecs; nrids 0: one
 * layer without a RID.
 */
ngx_secmeet_track_t *ngx_secmeet_track_create(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_str_t *source, ngx_str_t *rids,
    ngx_uint_t nrids);

/* NGX_DECLINED: a packet of len bytes is more than it may send */
ngx_int_t ngx_secmeet_track_input(ngx_secmeet_track_t *track, size_t len,
    ngx_secmeet_usec_t now);

/* its subs show nothing from now on */
void ngx_secmeet_track_close(ngx_secmeet_track_t *track);

/* nobody receives it any more, nor can */
void ngx_secmeet_track_stop(ngx_secmeet_track_t *track);

/* what is left out from now on, or was, is a gap that nobody asks for */
void ngx_secmeet_track_restart(ngx_secmeet_track_t *track);

/* of any peer in the room, by id; NULL.  A stopped one is none. */
ngx_secmeet_track_t *ngx_secmeet_track_find(ngx_secmeet_room_t *room,
    ngx_str_t *id);


#endif /* _NGX_SECMEET_TRACK_H_INCLUDED_ */
