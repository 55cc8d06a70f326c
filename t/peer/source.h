
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


/* what each payload carries after its codec's own first bytes */
typedef struct {
    uint32_t                  tag;              /* of the source */
    uint32_t                  timestamp;        /* as the source sent it */
    uint64_t                  counter;          /* from 0 */
    ngx_secmeet_usec_t        time;             /* CLOCK_MONOTONIC */
} peer_mark_t;


typedef struct {
    void                     *line;
    peer_timer_t              timer;
    uint32_t                  tag;
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

    ngx_secmeet_usec_t        start;
    uint64_t                  ticks;
    ngx_secmeet_history_t     history;
    ngx_str_t                 last;             /* protected, in history */

    uint64_t                  sent;
    uint64_t                  bytes;
    uint64_t                  dropped;
    uint64_t                  keys;
    uint64_t                  nacks;            /* sequence numbers */
    uint64_t                  nack_misses;
    uint64_t                  retransmitted;
    uint64_t                  plis;
    uint64_t                  firs;
    uint64_t                  reports;          /* blocks about us */
    ngx_secmeet_rtcp_block_t  report;           /* the last one */
    ngx_secmeet_usec_t        rtt;

    unsigned                  running:1;
    unsigned                  key_wanted:1;
    unsigned                  key:1;            /* this frame is one */
} peer_source_t;


void peer_source_create(void *line);
void peer_source_free(peer_source_t *source);

/* the commands start, stop and drop_out; NULL, or what is wrong */
const char *peer_source_start(peer_source_t *source, json_t *cmd);
void peer_source_stop(peer_source_t *source);

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


/* mark.c: what a payload begins with */

size_t peer_mark_create(u_char *p, size_t size, peer_mark_t *mark,
    ngx_secmeet_codec_e codec, peer_source_t *source);

/* NGX_OK with *key; NGX_DECLINED: not ours, or not whole */
ngx_int_t peer_mark_parse(peer_mark_t *mark, ngx_secmeet_codec_e codec,
    u_char *p, u_char *end, ngx_uint_t *key);


#endif /* _PEER_SOURCE_H_INCLUDED_ */
