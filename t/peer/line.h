
/*
 * Copyright (C) secmeet contributors
 */


/*
 * An m-line of a peer, which sends or receives, and the ways to find it.
 */


#ifndef _PEER_LINE_H_INCLUDED_
#define _PEER_LINE_H_INCLUDED_


#include "ice.h"
#include "sink.h"
#include "source.h"


#define PEER_LINES            NGX_SECMEET_SDP_MEDIA
#define PEER_CODECS           4
#define PEER_LAYERS           NGX_SECMEET_SDP_RIDS


typedef struct {
    ngx_secmeet_codec_e       codec;
    ngx_uint_t                pt;
    ngx_uint_t                rtx;              /* 0: none */
} peer_codec_t;


typedef struct {
    peer_t                   *peer;
    ngx_uint_t                index;
    ngx_uint_t                kind;             /* NGX_SECMEET_SDP_* */
    ngx_uint_t                direction;        /* _SEND or _RECV: ours */
    ngx_str_t                 mid;
    uint32_t                  ssrc;             /* 0: not known yet */
    uint32_t                  clock;

    peer_codec_t              codecs[PEER_CODECS];
    ngx_uint_t                ncodecs;

    ngx_uint_t                exts[NGX_SECMEET_EXT_N];  /* negotiated */

    /* source is layers[0]; of simulcast, each has its rid and its SSRC */

    peer_source_t            *source;
    peer_source_t            *layers[PEER_LAYERS];
    ngx_uint_t                nlayers;
    peer_sink_t              *sink;
    uint32_t                  rtx_ssrc;         /* of the sink; 0: none */

    unsigned                  pending:1;        /* in no answer yet */
    unsigned                  closed:1;
    unsigned                  rtx:1;            /* negotiated */
    unsigned                  simulcast:1;
} peer_line_t;


/* whose an SSRC is */
typedef struct {
    uint32_t                  ssrc;
    peer_line_t              *line;
    peer_source_t            *source;           /* NULL: the line's sink */
    ngx_uint_t                rtx;
} peer_end_t;


peer_line_t *peer_line_create(peer_t *peer, ngx_uint_t kind,
    ngx_uint_t direction, ngx_str_t *mid);
void peer_line_free(peer_line_t *line);
peer_line_t *peer_line_find(peer_t *peer, const char *mid);
peer_line_t *peer_line_by_ssrc(peer_t *peer, uint32_t ssrc);
peer_end_t *peer_line_end(peer_t *peer, uint32_t ssrc);
void peer_line_map(peer_t *peer);
ngx_secmeet_codec_e peer_line_codec(peer_line_t *line, ngx_uint_t pt);

/* the payload type of RTX for another, 0: none */
ngx_uint_t peer_line_rtx(peer_line_t *line, ngx_uint_t pt);

/* rtx.c: turns a packet into what it carries, or NGX_DECLINED */
ngx_int_t peer_rtx_unwrap(peer_line_t *line, ngx_secmeet_rtp_t *rtp);


/* layers.c: rids of an m-line, and what it sends by them */

const char *peer_layers_create(peer_line_t *line, json_t *rids);
const char *peer_layers_answer(peer_line_t *line,
    ngx_secmeet_sdp_media_t *media);
const char *peer_layers_start(peer_line_t *line, json_t *cmd);


#endif /* _PEER_LINE_H_INCLUDED_ */
