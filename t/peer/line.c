
/*
 * Copyright (C) secmeet contributors
 */


#include "peer.h"


static ngx_uint_t peer_line_hash(uint32_t ssrc);


peer_line_t *
peer_line_create(peer_t *peer, ngx_uint_t kind, ngx_uint_t direction,
    ngx_str_t *mid)
{
    peer_line_t  *line;

    line = peer_alloc(sizeof(peer_line_t));

    line->peer = peer;
    line->kind = kind;
    line->direction = direction;
    line->clock = (kind == NGX_SECMEET_SDP_AUDIO) ? 48000 : 90000;
    line->pending = 1;

    line->mid.len = mid->len;
    line->mid.data = peer_alloc(mid->len + 1);
    ngx_memcpy(line->mid.data, mid->data, mid->len);

    if (direction == NGX_SECMEET_SDP_SEND) {
        line->ssrc = (uint32_t) peer_random() | 1;
        peer_source_create(line);

    } else {
        peer_sink_create(line);
    }

    return line;
}


void
peer_line_free(peer_line_t *line)
{
    if (line->source) {
        peer_source_free(line->source);
    }

    if (line->sink) {
        peer_sink_free(line->sink);
    }

    free(line->mid.data);
    peer_defer(line);
}


peer_line_t *
peer_line_find(peer_t *peer, const char *mid)
{
    ngx_uint_t  i;

    for (i = 0; mid && i < peer->nlines; i++) {
        if (!peer->lines[i]->closed
            && ngx_strcmp(peer->lines[i]->mid.data, mid) == 0)
        {
            return peer->lines[i];
        }
    }

    return NULL;
}


static ngx_uint_t
peer_line_hash(uint32_t ssrc)
{
    return ((uint32_t) (ssrc * 2654435761u) >> 16) & (PEER_MAP - 1);
}


peer_line_t *
peer_line_by_ssrc(peer_t *peer, uint32_t ssrc)
{
    ngx_uint_t  i, n;

    i = peer_line_hash(ssrc);

    for (n = 0; n < PEER_MAP && peer->map[i]; n++) {
        if (peer->lines[peer->map[i] - 1]->ssrc == ssrc) {
            return peer->lines[peer->map[i] - 1];
        }

        i = (i + 1) & (PEER_MAP - 1);
    }

    return NULL;
}


void
peer_line_map(peer_t *peer)
{
    ngx_uint_t    i, n;
    peer_line_t  *line;

    ngx_memzero(peer->map, sizeof(peer->map));

    for (n = 0; n < peer->nlines; n++) {
        line = peer->lines[n];

        if (line->closed || line->ssrc == 0) {
            continue;
        }

        i = peer_line_hash(line->ssrc);

        while (peer->map[i]) {
            i = (i + 1) & (PEER_MAP - 1);
        }

        peer->map[i] = (uint16_t) (n + 1);
    }
}


ngx_secmeet_codec_e
peer_line_codec(peer_line_t *line, ngx_uint_t pt)
{
    ngx_uint_t  i;

    for (i = 0; i < line->ncodecs; i++) {
        if (line->codecs[i].pt == pt) {
            return line->codecs[i].codec;
        }
    }

    return NGX_SECMEET_CODEC_NONE;
}
