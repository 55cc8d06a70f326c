
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What an m-line sends: paced RTP packets, each marked so that a sink can
 * account for it, kept for a while to answer NACKs.
 */


#ifndef _PEER_SOURCE_H_INCLUDED_
#define _PEER_SOURCE_H_INCLUDED_


#include "loop.h"
#include "../../ngx_secmeet_module/engine/ngx_secmeet_history.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_payload.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_rtcp.h"

#include <jansson.h>


#define PEER_HISTORY          512       /* packets, a power of two */
#define PEER_MARK             32        /* bytes of a mark */


#define PEER_LAYER_SHIFT      28        /* of a tag */
#define PEER_TEMPORAL         3         /* layers of time, at most */


/* what each payload carries after its codec's own first bytes */
typedef struct {
    uint32_t                  tag;              /* of the source */
    uint32_t                  timestamp;        /* as the source sent it */
    uint64_t                  counter;          /* from 0 */
    ngx_secmeet_usec_t        time;             /* CLOCK_MONOTONIC */
    ngx_uint_t                leveled;          /* its level was set */
    ngx_uint_t                layered;          /* it has tids: frames of */
    uint32_t                  tids[2];          /* 1 and 2 before this one */
} peer_mark_t;


/* numbers of a picture, for VP8 that has layers */
typedef struct {
    ngx_uint_t                id;               /* of the first, random */
    ngx_uint_t                tl0picidx;
    ngx_uint_t                tid;
    ngx_uint_t                sync;             /* Y */
    ngx_uint_t                cycle;            /* since the key frame */
    uint32_t                  tids[PEER_TEMPORAL];  /* frames before it */
} peer_picture_t;


typedef struct {
    void                     *line;
    peer_timer_t              timer;
    uint32_t                  tag;
    uint32_t                  ssrc;
    uint32_t                  rtx_ssrc;         /* 0: none */
    uint16_t                  rtx_seq;
    ngx_str_t                 rid;              /* empty: no simulcast */
    ngx_uint_t                layer;
    uint16_t                  seq;              /* the next one */
    uint32_t                  timestamp;        /* of the last frame */
    ngx_secmeet_usec_t        time;             /* of it */
    uint64_t                  counter;          /* packets, lost ones too */
    uint64_t                  frames;
    ngx_uint_t                part;             /* packet within its frame */

    ngx_uint_t                rate;             /* packets per second */
    ngx_uint_t                size;             /* bytes of the payload */
    ngx_uint_t                burst;            /* packets per wake-up */
    ngx_uint_t                frame;            /* packets per frame */
    ngx_uint_t                keyframe_every;   /* frames, 0: on demand */
    uint64_t                  until;            /* counter to stop at */
    ngx_uint_t                drop_out;         /* every nth is kept back */
    ngx_uint_t                width;
    ngx_uint_t                height;
    ngx_uint_t                temporal;         /* layers; 0: no numbers */
    peer_picture_t            picture;
    uint64_t                  leave_from;       /* frames of the highest */
    uint64_t                  leave_to;         /* layer that are left out */
    const char               *spoil;            /* of numbers, once */
    ngx_int_t                 level;            /* -1: the counter */
    ngx_uint_t                voice;

    ngx_secmeet_usec_t        start;
    uint64_t                  ticks;
    ngx_secmeet_history_t     history;
    ngx_secmeet_history_t     plain;            /* unprotected, for RTX */
    ngx_str_t                 last;             /* protected, in history */

    uint64_t                  sent;
    uint64_t                  bytes;
    uint64_t                  dropped;
    uint64_t                  keys;
    uint64_t                  nacks;            /* sequence numbers */
    uint64_t                  nack_misses;
    uint64_t                  retransmitted;
    uint64_t                  rtx_sent;
    uint64_t                  plis;
    uint64_t                  firs;
    uint64_t                  reports;          /* blocks about us */
    ngx_secmeet_rtcp_block_t  report;           /* the last one */
    ngx_secmeet_usec_t        rtt;

    unsigned                  running:1;
    unsigned                  key_wanted:1;
    unsigned                  key:1;            /* this frame is one */
    unsigned                  acked:1;          /* the other side knows it */
    unsigned                  off:1;            /* until it is on again */
    unsigned                  left:1;           /* this frame is left out */
} peer_source_t;


/* one more layer of an m-line; the first is its source */
peer_source_t *peer_source_create(void *line);
void peer_source_free(peer_source_t *source);

/* the commands start, stop and layer; NULL, or what is wrong */
const char *peer_source_start(peer_source_t *source, json_t *cmd);
void peer_source_stop(peer_source_t *source);
void peer_source_on(peer_source_t *source, ngx_uint_t on);

/* of its peer, m-line and layer */
uint32_t peer_source_tag(peer_source_t *source);

/* feedback for this source */
void peer_source_nack(peer_source_t *source, uint16_t seq);
void peer_source_key(peer_source_t *source, ngx_uint_t fir);

json_t *peer_source_stats(peer_source_t *source);

/* the RTP timestamp of this moment */
uint32_t peer_source_timestamp(peer_source_t *source);

/*
 * The next packet, unprotected, with size bytes of payload: its length.  The
 * source does not go on.
 */
size_t peer_source_packet(peer_source_t *source, u_char *p, size_t size);


/* rtx.c: RFC 4588 */

void peer_rtx_enable(peer_source_t *source);
void peer_rtx_keep(peer_source_t *source, u_char *p, size_t len);

/* NGX_DECLINED: it is not kept any more */
ngx_int_t peer_rtx_send(peer_source_t *source, uint64_t counter);


/* mark.c: what a payload begins with */

size_t peer_mark_create(u_char *p, size_t size, peer_mark_t *mark,
    ngx_secmeet_codec_e codec, peer_source_t *source);

/* NGX_OK with *key; NGX_DECLINED: not ours, or not whole */
ngx_int_t peer_mark_parse(peer_mark_t *mark, ngx_secmeet_codec_e codec,
    u_char *p, u_char *end, ngx_uint_t *key);


#endif /* _PEER_SOURCE_H_INCLUDED_ */
