
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


typedef struct {
    ngx_secmeet_codec_e       codec;
    ngx_uint_t                pt;
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

    peer_source_t            *source;
    peer_sink_t              *sink;

    unsigned                  pending:1;        /* in no answer yet */
    unsigned                  closed:1;
} peer_line_t;


peer_line_t *peer_line_create(peer_t *peer, ngx_uint_t kind,
    ngx_uint_t direction, ngx_str_t *mid);
void peer_line_free(peer_line_t *line);
peer_line_t *peer_line_find(peer_t *peer, const char *mid);
peer_line_t *peer_line_by_ssrc(peer_t *peer, uint32_t ssrc);
void peer_line_map(peer_t *peer);
ngx_secmeet_codec_e peer_line_codec(peer_line_t *line, ngx_uint_t pt);


#endif /* _PEER_LINE_H_INCLUDED_ */
