
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A track: what a peer publishes in one m-line.  Its layer is one incoming
 * SSRC with all that is known of it.
 */


#ifndef _NGX_SECMEET_TRACK_H_INCLUDED_
#define _NGX_SECMEET_TRACK_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "../engine/ngx_secmeet_history.h"
#include "../engine/ngx_secmeet_index.h"
#include "../engine/ngx_secmeet_keyframe.h"
#include "../engine/ngx_secmeet_nack.h"
#include "../engine/ngx_secmeet_report.h"


#define NGX_SECMEET_TRACK_VIDEO       512       /* packets of history */
#define NGX_SECMEET_TRACK_AUDIO       64


struct ngx_secmeet_layer_s {
    ngx_secmeet_track_t      *track;
    uint32_t                  ssrc;
    ngx_secmeet_index_t       index;
    ngx_secmeet_nack_t        nack;
    ngx_secmeet_report_t      report;
    ngx_secmeet_keyframe_t    keyframe;
    ngx_secmeet_history_t     history;

    uint64_t                  sr_ntp;           /* last SR of the peer */
    uint32_t                  sr_timestamp;

    unsigned                  known:1;          /* ssrc is set */
    unsigned                  has_sr:1;
};


struct ngx_secmeet_track_s {
    ngx_secmeet_peer_t       *peer;
    ngx_secmeet_media_t      *media;
    u_char                    id[NGX_SECMEET_ID];
    ngx_str_t                 source;           /* a literal */
    ngx_queue_t               subs;
    ngx_secmeet_layer_t       layer;

    unsigned                  video:1;
    unsigned                  muted:1;
    unsigned                  stopped:1;        /* by a host, for ever */
};


/* NULL: no memory.  media is of peer, and has its codecs */
ngx_secmeet_track_t *ngx_secmeet_track_create(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_str_t *source);

/* its subs show nothing from now on */
void ngx_secmeet_track_close(ngx_secmeet_track_t *track);

/* the SSRC by which its packets come; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_track_ssrc(ngx_secmeet_track_t *track, uint32_t ssrc);

/* nobody receives it any more, nor can */
void ngx_secmeet_track_stop(ngx_secmeet_track_t *track);

/* what is left out from now on, or was, is a gap that nobody asks for */
void ngx_secmeet_track_restart(ngx_secmeet_track_t *track);

/* of any peer in the room, by id; NULL.  A stopped one is none. */
ngx_secmeet_track_t *ngx_secmeet_track_find(ngx_secmeet_room_t *room,
    ngx_str_t *id);

/* somebody cannot go on without a key frame */
void ngx_secmeet_track_keyframe(ngx_secmeet_track_t *track);


#endif /* _NGX_SECMEET_TRACK_H_INCLUDED_ */
