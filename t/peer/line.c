
/*
 * Copyright (C) secmeet contributors
 */


#include "peer.h"


static ngx_uint_t peer_line_hash(uint32_t ssrc);
static void peer_line_map_add(peer_line_t *line, peer_source_t *source,
    uint32_t ssrc, ngx_uint_t rtx);


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
        peer_source_create(line);
        line->ssrc = line->source->ssrc;

    } else {
        peer_sink_create(line);
    }

    return line;
}


void
peer_line_free(peer_line_t *line)
{
    ngx_uint_t  i;

    for (i = 0; i < line->nlayers; i++) {
        peer_source_free(line->layers[i]);
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


peer_end_t *
peer_line_end(peer_t *peer, uint32_t ssrc)
{
    ngx_uint_t  i, n;

    i = peer_line_hash(ssrc);

    for (n = 0; n < PEER_MAP && peer->map[i].line; n++) {
        if (peer->map[i].ssrc == ssrc) {
            return &peer->map[i];
        }

        i = (i + 1) & (PEER_MAP - 1);
    }

    return NULL;
}


peer_line_t *
peer_line_by_ssrc(peer_t *peer, uint32_t ssrc)
{
    peer_end_t  *end;

    end = peer_line_end(peer, ssrc);

    return end && !end->rtx ? end->line : NULL;
}


void
peer_line_map(peer_t *peer)
{
    ngx_uint_t      i, n;
    peer_line_t    *line;
    peer_source_t  *source;

    ngx_memzero(peer->map, sizeof(peer->map));

    for (n = 0; n < peer->nlines; n++) {
        line = peer->lines[n];

        if (line->closed) {
            continue;
        }

        for (i = 0; i < line->nlayers; i++) {
            source = line->layers[i];

            peer_line_map_add(line, source, source->ssrc, 0);
            peer_line_map_add(line, source, source->rtx_ssrc, 1);
        }

        if (line->sink) {
            peer_line_map_add(line, NULL, line->ssrc, 0);
            peer_line_map_add(line, NULL, line->rtx_ssrc, 1);
        }
    }
}


static void
peer_line_map_add(peer_line_t *line, peer_source_t *source, uint32_t ssrc,
    ngx_uint_t rtx)
{
    ngx_uint_t   i, n;
    peer_end_t  *end;

    if (ssrc == 0) {
        return;
    }

    i = peer_line_hash(ssrc);

    for (n = 0; n < PEER_MAP; n++) {
        end = &line->peer->map[i];

        if (end->line == NULL) {
            end->ssrc = ssrc;
            end->line = line;
            end->source = source;
            end->rtx = rtx;
            return;
        }

        i = (i + 1) & (PEER_MAP - 1);
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


ngx_uint_t
peer_line_rtx(peer_line_t *line, ngx_uint_t pt)
{
    ngx_uint_t  i;

    for (i = 0; i < line->ncodecs; i++) {
        if (line->codecs[i].pt == pt) {
            return line->codecs[i].rtx;
        }
    }

    return 0;
}
