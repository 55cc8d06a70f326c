
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The names of this floor, the limits that a site sets, and the counters.
 * Everything here lives in one worker and takes no lock.
 */


#ifndef _NGX_SECMEET_MEETING_H_INCLUDED_
#define _NGX_SECMEET_MEETING_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "../ngx_secmeet.h"


typedef struct ngx_secmeet_worker_s     ngx_secmeet_worker_t;
typedef struct ngx_secmeet_listener_s   ngx_secmeet_listener_t;
typedef struct ngx_secmeet_room_s       ngx_secmeet_room_t;
typedef struct ngx_secmeet_peer_s       ngx_secmeet_peer_t;
typedef struct ngx_secmeet_transport_s  ngx_secmeet_transport_t;
typedef struct ngx_secmeet_path_s       ngx_secmeet_path_t;
typedef struct ngx_secmeet_media_s      ngx_secmeet_media_t;
typedef struct ngx_secmeet_track_s      ngx_secmeet_track_t;
typedef struct ngx_secmeet_layer_s      ngx_secmeet_layer_t;
typedef struct ngx_secmeet_sub_s        ngx_secmeet_sub_t;
typedef struct ngx_secmeet_forward_s    ngx_secmeet_forward_t;
typedef struct ngx_secmeet_egress_s     ngx_secmeet_egress_t;
typedef struct ngx_secmeet_stage_s      ngx_secmeet_stage_t;
typedef struct ngx_secmeet_signal_s     ngx_secmeet_signal_t;
typedef struct ngx_secmeet_waiting_s    ngx_secmeet_waiting_t;


/* limits; where a directive sets them, its name is in the comment */
typedef struct {
    ngx_uint_t                peers;            /* secmeet_peers, per room */
    ngx_uint_t                tracks;           /* secmeet_tracks, per peer */
    size_t                    message_size;     /* secmeet_message_size */
    ngx_uint_t                message_rate;     /* secmeet_message_rate, 1/s */
    ngx_msec_t                idle_timeout;     /* secmeet_idle_timeout */
    ngx_msec_t                join_timeout;     /* secmeet_join_timeout */
    ngx_msec_t                consent_timeout;  /* secmeet_consent_timeout */
    ngx_msec_t                resume_timeout;   /* secmeet_resume_timeout */
    ngx_uint_t                lobby;            /* of PUT: a new room has */
} ngx_secmeet_conf_t;


/* what happens to datagrams; names for status are in ngx_secmeet_worker.c */
typedef enum {
    NGX_SECMEET_IN = 0,                 /* datagrams received */
    NGX_SECMEET_OUT,                    /* datagrams sent */
    NGX_SECMEET_FORWARDED,              /* RTP packets sent to a sub */
    NGX_SECMEET_RESENT,                 /* RTP packets sent again */
    NGX_SECMEET_RELAYED,                /* datagrams to another worker */

    NGX_SECMEET_DROP_UNKNOWN,           /* no protocol of ours */
    NGX_SECMEET_DROP_TRUNCATED,         /* longer than a datagram may be */
    NGX_SECMEET_DROP_STUN,              /* malformed, or not a request */
    NGX_SECMEET_DROP_UFRAG,             /* names no transport */
    NGX_SECMEET_DROP_INTEGRITY,         /* STUN not authentic */
    NGX_SECMEET_DROP_PATHS,             /* too many paths */
    NGX_SECMEET_DROP_TUPLE,             /* from an address never validated */
    NGX_SECMEET_DROP_DTLS,              /* not accepted by DTLS */
    NGX_SECMEET_DROP_HANDSHAKE,         /* a handshake failed */
    NGX_SECMEET_DROP_EARLY,             /* RTP or RTCP before the keys */
    NGX_SECMEET_DROP_SSRC,              /* belongs to no track */
    NGX_SECMEET_DROP_SRTP,              /* RTP not authentic, or too short */
    NGX_SECMEET_DROP_SRTCP,             /* RTCP not authentic, or too short */
    NGX_SECMEET_DROP_REPLAY,
    NGX_SECMEET_DROP_RTP,               /* malformed after decryption */
    NGX_SECMEET_DROP_RTCP,
    NGX_SECMEET_DROP_PT,                /* payload type not negotiated */
    NGX_SECMEET_DROP_SILENCED,          /* of one whom a host has silenced */
    NGX_SECMEET_DROP_RATE,              /* more than a member may send */
    NGX_SECMEET_DROP_SIZE,              /* would not fit when forwarded */
    NGX_SECMEET_DROP_SEND,              /* the socket would not take it */

    NGX_SECMEET_COUNTERS
} ngx_secmeet_counter_e;


#endif /* _NGX_SECMEET_MEETING_H_INCLUDED_ */
