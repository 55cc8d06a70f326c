
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A peer: one participant's session in a room.  Owns its transport, its
 * media (m-lines), tracks and subs; all of it lies in the peer's pool or is
 * closed with it.
 */


#ifndef _NGX_SECMEET_PEER_H_INCLUDED_
#define _NGX_SECMEET_PEER_H_INCLUDED_


#include "ngx_secmeet_meeting.h"
#include "../wire/ngx_secmeet_sdp.h"
#include "../wire/ngx_secmeet_message.h"


/* one m-line of the peer's session description */
struct ngx_secmeet_media_s {
    ngx_secmeet_sdp_kind_e    kind;
    ngx_str_t                 mid;
    u_char                    mid_data[NGX_SECMEET_MESSAGE_MID];

    ngx_secmeet_sdp_codec_t   codecs[NGX_SECMEET_SDP_CODECS];
    ngx_uint_t                ncodecs;          /* fmtp is not kept */
    ngx_uint_t                exts[NGX_SECMEET_EXT_N];

    ngx_secmeet_track_t      *track;            /* what it publishes */
    ngx_secmeet_sub_t        *sub;              /* what it receives */
};


/* by what, and as what, somebody comes in */
typedef struct {
    u_char                   *id;               /* NULL: a new one */
    u_char                   *invite;           /* its id; NULL: by none */
    ngx_str_t                 name;

    ngx_uint_t                host;
    ngx_uint_t                owner;            /* has the room's token */
    ngx_uint_t                again;            /* was in before */
    ngx_uint_t                link;             /* the link that all have */
    ngx_uint_t                silenced;
} ngx_secmeet_entry_t;


struct ngx_secmeet_peer_s {
    ngx_queue_t               queue;            /* in room->peers */
    ngx_secmeet_room_t       *room;
    ngx_secmeet_signal_t     *signal;           /* NULL: away, or closing */
    ngx_secmeet_transport_t  *transport;        /* NULL before an offer */
    ngx_pool_t               *pool;

    u_char                    id[NGX_SECMEET_ID];
    ngx_str_t                 name;
    u_char                    invite[NGX_SECMEET_ID];   /* if invited */
    ngx_uint_t                silenced;         /* by a host */

    ngx_secmeet_media_t     **media;            /* by index of m-line */
    ngx_uint_t                nmedia;
    ngx_uint_t                ntracks;
    uint64_t                  session;          /* o= of our answers */
    uint64_t                  version;

    /* sender's NTP clock to ours, usec; one for all tracks of a peer, so
       that what was in sync stays so */
    int64_t                   clock_offset;

    ngx_event_t               away;             /* has not come back */
    ngx_event_t               close;
    ngx_uint_t                code;             /* what its client is told */

    unsigned                  has_clock:1;
    unsigned                  host:1;
    unsigned                  owner:1;          /* has the room's token, or
                                                   is host by nginx.conf */
    unsigned                  link:1;           /* came by the link of all */
    unsigned                  invited:1;
    unsigned                  again:1;          /* tell it what holds now */
    unsigned                  quiet:1;          /* nobody hears it leave */
    unsigned                  closing:1;
};


/* joins the room and tells the others; NULL: no memory */
ngx_secmeet_peer_t *ngx_secmeet_peer_create(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_secmeet_entry_t *entry);

/* msec in which a page that has ended is loaded again */
#define NGX_SECMEET_PEER_RELOAD       5000


/*
 * Its client may come back by another connection: until then, or until
 * secmeet_resume_timeout, its media goes on.  how is LOST, or AWAY: no longer
 * than a page takes to be loaded again.
 */
void ngx_secmeet_peer_detach(ngx_secmeet_peer_t *peer, ngx_uint_t how);

/* the client is back; a connection that was not known to be lost is closed */
void ngx_secmeet_peer_attach(ngx_secmeet_peer_t *peer,
    ngx_secmeet_signal_t *signal);

/*
 * Marks the peer and posts its close, at the end of this turn: safe
 * anywhere.  code is what its client is told.
 */
void ngx_secmeet_peer_end(ngx_secmeet_peer_t *peer, ngx_uint_t code);

/* at once: bottom-up, wiped; tells the others; closes an empty room */
void ngx_secmeet_peer_close(ngx_secmeet_peer_t *peer);

/* by id of NGX_SECMEET_ID digits; NULL: none, or it is closing */
ngx_secmeet_peer_t *ngx_secmeet_peer_find(ngx_secmeet_room_t *room,
    ngx_str_t *id);

ngx_secmeet_media_t *ngx_secmeet_peer_media(ngx_secmeet_peer_t *peer,
    ngx_str_t *mid);

/* the codec of an m-line that agrees with another's; NULL */
ngx_secmeet_sdp_codec_t *ngx_secmeet_media_codec(ngx_secmeet_media_t *media,
    ngx_secmeet_sdp_codec_t *codec);

/* by payload type; NULL */
ngx_secmeet_sdp_codec_t *ngx_secmeet_media_pt(ngx_secmeet_media_t *media,
    ngx_uint_t pt);

/* by the payload type of its retransmissions; NULL */
ngx_secmeet_sdp_codec_t *ngx_secmeet_media_rtx(ngx_secmeet_media_t *media,
    ngx_uint_t pt);


#endif /* _NGX_SECMEET_PEER_H_INCLUDED_ */
