
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"


typedef struct {
    const char               *name;
    ngx_secmeet_codec_e       codec;
    ngx_uint_t                kind;
    ngx_uint_t                pt;
    const char               *fmtp;
    uint32_t                  profile;
} peer_known_t;


static const char *peer_offer_add(peer_t *peer, json_t *list,
    ngx_uint_t direction);
static const char *peer_offer_line(peer_t *peer, json_t *item,
    ngx_uint_t direction);
static const char *peer_offer_codecs(peer_line_t *line, json_t *item);
static const peer_known_t *peer_offer_known(ngx_secmeet_codec_e codec);
static void peer_offer_close(peer_t *peer, json_t *list);
static void peer_offer_media(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media);
static void peer_offer_rids(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media);
static void peer_offer_codec(peer_codec_t *from, ngx_secmeet_sdp_codec_t *to);
static void peer_offer_session(peer_t *peer, ngx_secmeet_sdp_t *sdp);


static const peer_known_t  peer_known[] = {
    { "opus", NGX_SECMEET_CODEC_OPUS, NGX_SECMEET_SDP_AUDIO, 111,
      "minptime=10;useinbandfec=1", 0 },
    { "VP8", NGX_SECMEET_CODEC_VP8, NGX_SECMEET_SDP_VIDEO, 96, "", 0 },
    { "VP9", NGX_SECMEET_CODEC_VP9, NGX_SECMEET_SDP_VIDEO, 98,
      "profile-id=0", 0 },
    { "H264", NGX_SECMEET_CODEC_H264, NGX_SECMEET_SDP_VIDEO, 102,
      "level-asymmetry-allowed=1;packetization-mode=1;"
      "profile-level-id=42e01f", 0x0142e000 },
    { "AV1", NGX_SECMEET_CODEC_AV1, NGX_SECMEET_SDP_VIDEO, 45, "", 0 },
    { NULL, NGX_SECMEET_CODEC_NONE, 0, 0, NULL, 0 }
};


const char *
peer_command_offer(peer_t *peer, json_t *cmd, json_t *answer)
{
    size_t                           len;
    char                            *text;
    ngx_uint_t                       i;
    const char                      *reason;
    ngx_secmeet_sdp_t                sdp;
    static ngx_secmeet_sdp_media_t   media[PEER_LINES];

    reason = peer_offer_add(peer, json_object_get(cmd, "send"),
                            NGX_SECMEET_SDP_SEND);

    if (reason == NULL) {
        reason = peer_offer_add(peer, json_object_get(cmd, "recv"),
                                NGX_SECMEET_SDP_RECV);
    }

    if (reason) {
        return reason;
    }

    peer_offer_close(peer, json_object_get(cmd, "close"));

    if (peer_arg_on(cmd, "restart", 0) && peer_ice_restart(peer) != NGX_OK) {
        return "no random numbers";
    }

    ngx_memzero(&sdp, sizeof(ngx_secmeet_sdp_t));

    sdp.media = media;
    sdp.nmedia = peer->nlines;

    for (i = 0; i < peer->nlines; i++) {
        peer_offer_media(peer, peer->lines[i], &media[i]);
    }

    peer_offer_session(peer, &sdp);
    peer->offered = 1;

    len = ngx_secmeet_sdp_create(NULL, &sdp);
    text = peer_alloc(len + 1);
    (void) ngx_secmeet_sdp_create((u_char *) text, &sdp);

    json_object_set_new(answer, "sdp", json_stringn(text, len));

    free(text);

    return NULL;
}


static const char *
peer_offer_add(peer_t *peer, json_t *list, ngx_uint_t direction)
{
    size_t       i;
    json_t      *item;
    const char  *reason;

    json_array_foreach(list, i, item) {
        reason = peer_offer_line(peer, item, direction);

        if (reason) {
            return reason;
        }
    }

    return NULL;
}


static const char *
peer_offer_line(peer_t *peer, json_t *item, ngx_uint_t direction)
{
    ngx_str_t     mid;
    ngx_uint_t    i, kind;
    const char   *name, *reason;
    peer_line_t  *line;

    name = peer_arg_text(item, "kind");
    mid.data = (u_char *) peer_arg_text(item, "mid");

    if (name == NULL || mid.data == NULL
        || peer_line_find(peer, (char *) mid.data))
    {
        return "kind or mid is missing, or mid is taken";
    }

    mid.len = ngx_strlen(mid.data);
    kind = (ngx_strcmp(name, "audio") == 0) ? NGX_SECMEET_SDP_AUDIO
                                            : NGX_SECMEET_SDP_VIDEO;

    /* RFC 8829, 5.2.2: a closed m-section may be used again */

    i = peer->nlines;

    if (peer_arg_on(item, "recycle", 0)) {
        for (i = 0; i < peer->nlines; i++) {
            if (peer->lines[i]->closed) {
                break;
            }
        }
    }

    if (i == PEER_LINES) {
        return "too many m-lines";
    }

    line = peer_line_create(peer, kind, direction, &mid);

    reason = peer_offer_codecs(line, item);

    if (reason == NULL) {
        reason = peer_layers_create(line, json_object_get(item, "rids"));
    }

    if (reason) {
        peer_line_free(line);
        return reason;
    }

    if (i < peer->nlines) {
        peer_line_free(peer->lines[i]);

    } else {
        peer->nlines++;
    }

    line->index = i;
    peer->lines[i] = line;

    for (i = 0; i < line->nlayers; i++) {
        line->layers[i]->tag = peer_source_tag(line->layers[i]);
    }

    peer_line_map(peer);

    return NULL;
}


static const char *
peer_offer_codecs(peer_line_t *line, json_t *item)
{
    ngx_uint_t           i, pt, rtx;
    const char          *name;
    const peer_known_t  *known;

    rtx = (line->kind == NGX_SECMEET_SDP_VIDEO)
          && peer_arg_on(item, "rtx", line->peer->rtx);

    for (i = 0; rtx && i < line->nlayers; i++) {
        line->layers[i]->rtx_ssrc = (uint32_t) peer_random() | 1;
    }

    name = peer_arg_text(item, "codec");

    if (name == NULL && line->source) {
        name = (line->kind == NGX_SECMEET_SDP_AUDIO) ? "opus" : "VP8";
    }

    for (known = peer_known; known->name; known++) {
        if (known->kind != line->kind
            || (name && ngx_strcmp(known->name, name) != 0))
        {
            continue;
        }

        pt = known->pt + line->peer->pt_shift;
        pt = name ? peer_arg_uint(item, "pt", pt) : pt;

        line->codecs[line->ncodecs].codec = known->codec;
        line->codecs[line->ncodecs].rtx = rtx ? pt + 1 : 0;
        line->codecs[line->ncodecs++].pt = pt;
    }

    return line->ncodecs ? NULL : "unknown codec";
}


static const peer_known_t *
peer_offer_known(ngx_secmeet_codec_e codec)
{
    const peer_known_t  *known;

    for (known = peer_known; known->name; known++) {
        if (known->codec == codec) {
            break;
        }
    }

    return known;
}


static void
peer_offer_close(peer_t *peer, json_t *list)
{
    size_t        i;
    json_t       *mid;
    peer_line_t  *line;

    json_array_foreach(list, i, mid) {
        line = peer_line_find(peer, json_string_value(mid));

        if (line == NULL) {
            continue;
        }

        line->closed = 1;

        if (line->source) {
            peer_source_stop(line->source);
        }
    }

    peer_line_map(peer);
}


static void
peer_offer_media(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i;

    ngx_memzero(media, sizeof(ngx_secmeet_sdp_media_t));

    media->exts[NGX_SECMEET_EXT_TWCC] = peer->exts[NGX_SECMEET_EXT_TWCC];

    media->kind = line->kind;

    if (line->kind == NGX_SECMEET_SDP_AUDIO) {
        ngx_str_set(&media->kind_name, "audio");
        media->exts[NGX_SECMEET_EXT_AUDIO_LEVEL]
                                = peer->exts[NGX_SECMEET_EXT_AUDIO_LEVEL];

    } else {
        ngx_str_set(&media->kind_name, "video");
    }

    ngx_str_set(&media->proto, "UDP/TLS/RTP/SAVPF");

    media->port = line->closed ? 0 : 9;
    media->mid = line->mid;
    media->direction = line->direction;
    media->exts[NGX_SECMEET_EXT_MID] = peer->exts[NGX_SECMEET_EXT_MID];
    media->rtcp_mux = 1;
    media->bundled = !line->closed;

    for (i = 0; i < line->ncodecs; i++) {
        peer_offer_codec(&line->codecs[i], &media->codecs[i]);
        media->codecs[i].twcc = (peer->exts[NGX_SECMEET_EXT_TWCC] != 0);
    }

    media->ncodecs = line->ncodecs;

    if (line->simulcast) {
        peer_offer_rids(peer, line, media);

    } else if (line->source && !peer->no_ssrc) {
        media->ssrcs[0] = line->ssrc;
        media->rtx_ssrcs[0] = line->source->rtx_ssrc;
        media->nssrcs = 1;
        media->cname.data = peer->cname;
        media->cname.len = sizeof(peer->cname) - 1;
        ngx_str_set(&media->msid, "peer source");
    }
}


/* no a=ssrc beside a=rid, as browsers do */

static void
peer_offer_rids(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i;

    media->exts[NGX_SECMEET_EXT_RID] = peer->exts[NGX_SECMEET_EXT_RID];
    media->exts[NGX_SECMEET_EXT_RRID] = peer->exts[NGX_SECMEET_EXT_RRID];
    media->simulcast = 1;
    media->nrids = line->nlayers;
    ngx_str_set(&media->msid, "peer source");

    for (i = 0; i < line->nlayers; i++) {
        media->rids[i] = line->layers[i]->rid;
    }
}


static void
peer_offer_codec(peer_codec_t *from, ngx_secmeet_sdp_codec_t *to)
{
    const peer_known_t  *known;

    known = peer_offer_known(from->codec);

    to->pt = from->pt;
    to->rtx = from->rtx;
    to->codec = from->codec;
    to->clock = 90000;
    to->profile = known->profile;
    to->fmtp.data = (u_char *) known->fmtp;
    to->fmtp.len = ngx_strlen(known->fmtp);
    to->nack = 1;

    if (from->codec == NGX_SECMEET_CODEC_OPUS) {
        to->clock = 48000;
        return;
    }

    to->pli = 1;
    to->fir = 1;
}


static void
peer_offer_session(peer_t *peer, ngx_secmeet_sdp_t *sdp)
{
    ngx_str_t          *text;
    peer_ice_local_t   *local;
    static u_char       wrong[NGX_SECMEET_DTLS_TEXT];

    local = peer->ice.restart ? &peer->ice.offered : &peer->ice.local;

    text = ngx_secmeet_dtls_ctx_fingerprint(peer->ctx);

    sdp->ufrag = local->ufrag;
    sdp->pwd = local->pwd;
    sdp->fingerprint = *text;
    sdp->setup = NGX_SECMEET_SETUP_ACTPASS;
    sdp->session = peer->session;
    sdp->version = ++peer->version;
    sdp->bundle = 1;

    sdp->candidates[0].priority = 2130706431;
    sdp->candidates[0].addr = peer->local;
    sdp->candidates[0].foundation = 1;
    sdp->ncandidates = 1;

    if (peer->wrong_fingerprint) {
        ngx_memcpy(wrong, text->data, NGX_SECMEET_DTLS_TEXT);

        wrong[NGX_SECMEET_DTLS_TEXT - 1]
            = (wrong[NGX_SECMEET_DTLS_TEXT - 1] == '0') ? '1' : '0';

        sdp->fingerprint.data = wrong;
        sdp->fingerprint.len = NGX_SECMEET_DTLS_TEXT;
    }
}


const char *
peer_command_rollback(peer_t *peer, json_t *cmd, json_t *answer)
{
    while (peer->nlines && peer->lines[peer->nlines - 1]->pending) {
        peer_line_free(peer->lines[--peer->nlines]);
    }

    peer->ice.restart = 0;
    peer_line_map(peer);
    peer_early(peer);

    return NULL;
}
