
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A sub: one receiving m-line of a peer, its SSRC, and the track that it
 * shows now.
 */


#ifndef _NGX_SECMEET_SUB_H_INCLUDED_
#define _NGX_SECMEET_SUB_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "../engine/ngx_secmeet_alloc.h"
#include "../engine/ngx_secmeet_limit.h"
#include "../engine/ngx_secmeet_repeat.h"
#include "../engine/ngx_secmeet_rewrite.h"
#include "../engine/ngx_secmeet_rtx.h"
#include "../wire/ngx_secmeet_rtp.h"


#define NGX_SECMEET_SUB_RESEND        500       /* packets/s, at most */

/* key frames of what is sent already: so many seconds for each, so many for
   nothing */
#define NGX_SECMEET_SUB_KEYFRAME      2
#define NGX_SECMEET_SUB_KEYFRAMES     8


struct ngx_secmeet_sub_s {
    ngx_queue_t               queue;            /* in track->subs */
    ngx_secmeet_peer_t       *peer;
    ngx_secmeet_media_t      *media;
    ngx_secmeet_track_t      *track;            /* NULL: idle */

    uint32_t                  ssrc;
    ngx_secmeet_rtx_t         rtx;
    ngx_str_t                 msid;             /* "peer sub" */
    u_char                    msid_data[2 * NGX_SECMEET_ID + 1];
    ngx_secmeet_rewrite_t     rewrite;
    uint16_t                  emitted;          /* highest number that left */
    ngx_secmeet_rewrite_step_t  *steps;
    ngx_uint_t                nsteps;
    ngx_secmeet_limit_t       resend;
    ngx_secmeet_limit_t       keyframes;        /* in seconds */
    ngx_secmeet_repeat_t      repeat;           /* of audio */

    ngx_uint_t                source_pt;        /* what the two below are */
    ngx_secmeet_sdp_codec_t  *source;           /* of, NULL: nothing */
    ngx_secmeet_sdp_codec_t  *codec;

    uint32_t                  packets;          /* for SR, RFC 3550, 6.4.1 */
    uint32_t                  octets;

    ngx_uint_t                height;           /* wanted; 0: no limit */
    ngx_secmeet_alloc_item_t  item;             /* its share */
    ngx_uint_t                quality;          /* as its client was told */

    unsigned                  paused:1;         /* by its client */
    unsigned                  starved:1;        /* for lack of bandwidth */
    unsigned                  speakers:1;       /* we choose its track */
};


/* NULL: no memory */
ngx_secmeet_sub_t *ngx_secmeet_sub_create(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media);
void ngx_secmeet_sub_close(ngx_secmeet_sub_t *sub);

/* the peer's one that shows the track; NULL */
ngx_secmeet_sub_t *ngx_secmeet_sub_showing(ngx_secmeet_peer_t *peer,
    ngx_secmeet_track_t *track);

/*
 * Shows a track of the same kind, or nothing (NULL).  Another one of the
 * same peer that shows it shows nothing any more.
 */
void ngx_secmeet_sub_track(ngx_secmeet_sub_t *sub,
    ngx_secmeet_track_t *track);
void ngx_secmeet_sub_pause(ngx_secmeet_sub_t *sub, ngx_uint_t pause);

/* how high its picture is shown, in pixels; 0: no limit */
void ngx_secmeet_sub_height(ngx_secmeet_sub_t *sub, ngx_uint_t height);

/* the path has no room for it now, or again */
void ngx_secmeet_sub_starve(ngx_secmeet_sub_t *sub, ngx_uint_t starve);

/* not more than these layers, from where the stream allows it on */
void ngx_secmeet_sub_target(ngx_secmeet_sub_t *sub, ngx_uint_t layer,
    ngx_uint_t sid, ngx_uint_t tid);

/* begins anew: after a change of track, codec, or when it becomes secure */
void ngx_secmeet_sub_restart(ngx_secmeet_sub_t *sub);

/* what sender reports tell of the layers that it may show */
void ngx_secmeet_sub_align(ngx_secmeet_sub_t *sub);

/* asks for the key frame that it waits for, if it does */
void ngx_secmeet_sub_keyframe(ngx_secmeet_sub_t *sub);

/* by our SSRC; NULL */
ngx_secmeet_sub_t *ngx_secmeet_sub_find(ngx_secmeet_peer_t *peer,
    uint32_t ssrc);


#endif /* _NGX_SECMEET_SUB_H_INCLUDED_ */
