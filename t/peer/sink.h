
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What an m-line receives: every packet is accounted for, by RTP sequence
 * number and by the marks of whoever published it.
 */


#ifndef _PEER_SINK_H_INCLUDED_
#define _PEER_SINK_H_INCLUDED_


#include "late.h"
#include "../../ngx_secmeet_module/engine/ngx_secmeet_nack.h"
#include "../../ngx_secmeet_module/engine/ngx_secmeet_report.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_payload.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_rtp.h"
#include "pictures.h"

#include <jansson.h>


#define PEER_WINDOW           2048      /* numbers, a multiple of 64 */
#define PEER_FLOWS            64        /* sources of one sink, at most */
#define PEER_DELAYS           192       /* buckets, 8 to an octave */
#define PEER_PICTURES_LAG     512       /* what is late may come so late */
#define PEER_RATES            10        /* tenths of a second */


/* which of the last numbers were seen */
typedef struct {
    uint64_t                  first;
    uint64_t                  highest;
    uint64_t                  unique;
    uint64_t                  duplicates;
    uint64_t                  reordered;
    uint64_t                  old;              /* before the window */
    uint64_t                  bits[PEER_WINDOW / 64];
    unsigned                  started:1;
} peer_window_t;


/* one publisher's packets */
typedef struct {
    uint32_t                  tag;
    uint16_t                  seq_offset;
    uint32_t                  timestamp_offset;
    uint64_t                  seq_breaks;
    uint64_t                  timestamp_breaks;
    uint64_t                  keys;
    ngx_secmeet_usec_t        first;            /* when it began */
    peer_window_t             window;           /* of counters */
    peer_late_t               late;
    unsigned                  key_first:1;      /* it began with a key */
    unsigned                  running:1;        /* the offsets are known */
} peer_flow_t;


typedef struct {
    void                     *line;
    uint64_t                  packets;
    uint64_t                  bytes;
    uint64_t                  replays;
    uint64_t                  dropped;          /* by drop_in */
    uint64_t                  bad;              /* not an RTP packet */
    uint64_t                  bad_mark;
    uint64_t                  bad_mid;
    uint64_t                  bad_level;
    uint64_t                  bad_pt;
    uint64_t                  switches;
    uint64_t                  switch_breaks;    /* seq or timestamp */
    uint64_t                  mids;             /* with the extension */
    uint64_t                  levels;
    uint64_t                  senders;          /* SRs */
    ngx_secmeet_usec_t        skew;             /* of SRs, at most */
    uint64_t                  nacks;            /* sequence numbers */
    uint64_t                  rtx;              /* packets, not padding */
    uint64_t                  rtx_recovered;
    uint64_t                  rtx_duplicates;   /* were not missing */
    uint64_t                  rtx_bad;
    uint64_t                  padding;          /* packets of nothing else */
    uint64_t                  padding_bytes;
    uint64_t                  empty;            /* the same, on the media */
    ngx_int_t                 level;            /* the last; -1: none */
    uint32_t                  last_timestamp;
    ngx_secmeet_usec_t        last_time;

    ngx_uint_t                drop_in;
    uint16_t                  drop_seq;
    unsigned                  drop_started:1;

    peer_window_t             window;           /* of sequence numbers */
    peer_flow_t             **flows;
    ngx_uint_t                nflows;
    peer_flow_t              *flow;             /* of the last packet */

    ngx_secmeet_nack_t        nack;
    ngx_secmeet_report_t      report;

    peer_pictures_t          *pictures;         /* NULL: no layers seen */
    uint64_t                  rates[PEER_RATES];    /* bytes */
    uint64_t                  rate_slot;

    ngx_secmeet_usec_t        delay_max;
    uint64_t                  delay_sum;
    uint32_t                  delays[PEER_DELAYS];
} peer_sink_t;


void peer_sink_create(void *line);
void peer_sink_free(peer_sink_t *sink);

/* 1: behave as if this packet, still protected, were lost */
ngx_uint_t peer_sink_drop(peer_sink_t *sink, u_char *p);

/* an unprotected packet, of RTX or not, and when the kernel had it */
void peer_sink_input(peer_sink_t *sink, u_char *p, size_t len,
    ngx_secmeet_usec_t when, ngx_uint_t rtx);

/* a sender report for this SSRC */
void peer_sink_report(peer_sink_t *sink, ngx_secmeet_rtcp_report_t *report);

json_t *peer_sink_stats(peer_sink_t *sink);

/* counts of delays[PEER_DELAYS] are added to */
void peer_sink_delays(peer_sink_t *sink, uint32_t *delays);


/*
 * NGX_OK: a new number; NGX_DONE: a duplicate; NGX_DECLINED: too old to
 * tell.
 */
ngx_int_t peer_window_input(peer_window_t *window, uint64_t n);

/* numbers between the first and the highest that never came */
uint64_t peer_window_missing(peer_window_t *window);

/* picture.c: seq does not go round */

void peer_picture_input(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp,
    uint64_t seq, void *mark);
json_t *peer_picture_stats(peer_sink_t *sink);


/* delays as buckets */
ngx_uint_t peer_delay_bucket(ngx_secmeet_usec_t delay);
ngx_secmeet_usec_t peer_delay_percentile(uint32_t *delays, ngx_uint_t p);


#endif /* _PEER_SINK_H_INCLUDED_ */
