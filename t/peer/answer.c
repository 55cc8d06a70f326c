
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "secure.h"


static const char *peer_answer_session(peer_t *peer, ngx_secmeet_sdp_t *sdp);
static const char *peer_answer_media(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media);
static const char *peer_answer_codecs(peer_line_t *line,
    ngx_secmeet_sdp_media_t *media);
static void peer_answer_apply(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media);


const char *
peer_command_answer(peer_t *peer, json_t *cmd, json_t *answer)
{
    ngx_uint_t                       i;
    const char                      *text, *reason;
    ngx_secmeet_sdp_t                sdp;
    static ngx_secmeet_sdp_media_t   media[PEER_LINES];

    text = peer_arg_text(cmd, "sdp");

    if (text == NULL) {
        return "sdp is missing";
    }

    ngx_memzero(&sdp, sizeof(ngx_secmeet_sdp_t));

    sdp.media = media;
    sdp.media_max = PEER_LINES;

    if (ngx_secmeet_sdp_parse(&sdp, (u_char *) text,
                              (u_char *) text + ngx_strlen(text))
        != NGX_OK)
    {
        return sdp.reason ? sdp.reason : "the answer cannot be parsed";
    }

    if (sdp.nmedia != peer->nlines) {
        return "the answer has not as many m-lines as the offer";
    }

    for (i = 0; i < sdp.nmedia; i++) {
        reason = peer_answer_media(peer, peer->lines[i], &media[i]);

        if (reason) {
            json_object_set_new(answer, "mline", json_integer(i));
            return reason;
        }
    }

    reason = peer_answer_session(peer, &sdp);

    if (reason) {
        return reason;
    }

    for (i = 0; i < sdp.nmedia; i++) {
        peer_answer_apply(peer, peer->lines[i], &media[i]);
    }

    peer_line_map(peer);
    peer_secure_ssrcs(peer);
    peer_early(peer);

    return peer->paired ? NULL : peer_ice_answer(peer, &sdp);
}


static const char *
peer_answer_session(peer_t *peer, ngx_secmeet_sdp_t *sdp)
{
    ngx_str_t  *text;

    if (!sdp->lite || sdp->setup != NGX_SECMEET_SETUP_PASSIVE
        || !sdp->bundle)
    {
        return "the answer is not ICE-lite, passive and bundled";
    }

    text = &peer->server_fingerprint;

    if (text->len
        && (text->len != sdp->fingerprint.len
            || ngx_memcmp(text->data, sdp->fingerprint.data, text->len)
               != 0))
    {
        return "the server's fingerprint changed";
    }

    if (ngx_secmeet_sdp_fingerprint(&sdp->fingerprint, peer->sha256)
        != NGX_OK)
    {
        return "no fingerprint in the answer";
    }

    if (text->len == 0) {
        text->len = sdp->fingerprint.len;
        text->data = peer_alloc(text->len);
        ngx_memcpy(text->data, sdp->fingerprint.data, text->len);
    }

    return NULL;
}


static const char *
peer_answer_media(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media)
{
    const char  *reason;

    if (media->kind != line->kind) {
        return "an m-line of another kind";
    }

    if (line->closed) {
        return media->port ? "a closed m-line is open in the answer" : NULL;
    }

    if (media->port == 0) {
        return NULL;
    }

    if (media->mid.len != line->mid.len
        || ngx_memcmp(media->mid.data, line->mid.data, line->mid.len) != 0)
    {
        return "an m-line with another mid";
    }

    if (!media->rtcp_mux || !media->bundled) {
        return "an m-line without rtcp-mux or BUNDLE";
    }

    /* RFC 3264, 6.1 */

    if (media->direction & line->direction) {
        return "a direction that the offer does not allow";
    }

    if (line->sink && media->direction) {
        if (media->nssrcs != 1) {
            return "a receiving m-line without its a=ssrc";
        }

        if (line->ssrc && line->ssrc != media->ssrcs[0]) {
            return "the SSRC of an m-line changed";
        }

        if (line->rtx_ssrc && line->rtx_ssrc != media->rtx_ssrcs[0]) {
            return "the SSRC of an m-line's RTX changed";
        }
    }

    reason = peer_layers_answer(line, media);

    if (reason) {
        return reason;
    }

    return peer_answer_codecs(line, media);
}


static const char *
peer_answer_codecs(peer_line_t *line, ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i;

    if (media->ncodecs == 0) {
        return "an m-line without a codec";
    }

    for (i = 0; i < media->ncodecs; i++) {
        if (peer_line_codec(line, media->codecs[i].pt)
            != media->codecs[i].codec)
        {
            return "a payload type that was not offered";
        }

        if (media->codecs[i].rtx
            && media->codecs[i].rtx
               != peer_line_rtx(line, media->codecs[i].pt))
        {
            return "a payload type of RTX that was not offered";
        }
    }

    for (i = 0; i < NGX_SECMEET_EXT_N; i++) {
        if (media->exts[i] && media->exts[i] != line->peer->exts[i]) {
            return "a header extension that was not offered";
        }
    }

    return NULL;
}


static void
peer_answer_apply(peer_t *peer, peer_line_t *line,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i;

    line->pending = 0;

    if (media->port == 0) {
        line->closed = 1;

        if (line->source) {
            peer_source_stop(line->source);
        }

        return;
    }

    for (i = 0; i < NGX_SECMEET_EXT_N; i++) {
        line->exts[i] = media->exts[i];
    }

    if (line->source) {

        /* we send what the server likes best */

        line->codecs[0].codec = media->codecs[0].codec;
        line->codecs[0].pt = media->codecs[0].pt;
        line->codecs[0].rtx = media->codecs[0].rtx;
        line->rtx = (media->codecs[0].rtx != 0);
        line->simulcast = (media->nrids != 0);

        for (i = 0; line->rtx && i < line->nlayers; i++) {
            peer_rtx_enable(line->layers[i]);
        }

    } else if (media->nssrcs) {
        line->ssrc = media->ssrcs[0];
        line->rtx_ssrc = media->rtx_ssrcs[0];
    }
}
