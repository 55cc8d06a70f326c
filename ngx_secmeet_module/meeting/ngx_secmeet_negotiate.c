
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_negotiate.h"
#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_transport.h"

#include <openssl/crypto.h>


typedef struct {
    ngx_str_t                 name;
    ngx_uint_t                kind;
} ngx_secmeet_source_t;


static ngx_uint_t ngx_secmeet_negotiate_count(ngx_str_t *sdp);
static const char *ngx_secmeet_negotiate_check(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp);
static const char *ngx_secmeet_negotiate_check_media(
    ngx_secmeet_peer_t *peer, ngx_secmeet_sdp_t *sdp);
static ngx_int_t ngx_secmeet_negotiate_limits(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp);
static ngx_int_t ngx_secmeet_negotiate_maps(ngx_secmeet_sdp_t *sdp,
    json_t *map, ngx_uint_t direction);
static ngx_int_t ngx_secmeet_negotiate_kinds(ngx_secmeet_sdp_t *sdp,
    json_t *publish);
static ngx_secmeet_source_t *ngx_secmeet_negotiate_source(json_t *value);
static void ngx_secmeet_negotiate_codecs(ngx_secmeet_sdp_media_t *m);
static ngx_int_t ngx_secmeet_negotiate_apply(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp, ngx_secmeet_message_t *message);
static void ngx_secmeet_negotiate_dd(ngx_secmeet_sdp_t *sdp);
static ngx_int_t ngx_secmeet_negotiate_media(ngx_secmeet_peer_t *peer,
    ngx_uint_t n, ngx_secmeet_sdp_media_t *m,
    ngx_secmeet_message_t *message);
static ngx_uint_t ngx_secmeet_negotiate_keep(ngx_secmeet_media_t *media,
    ngx_secmeet_sdp_media_t *m);
static ngx_int_t ngx_secmeet_negotiate_send(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_secmeet_sdp_media_t *m, json_t *publish);
static ngx_int_t ngx_secmeet_negotiate_arrivals(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_media_t *m);
static ngx_int_t ngx_secmeet_negotiate_recv(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_secmeet_sdp_media_t *m, json_t *receive);
static void ngx_secmeet_negotiate_close(ngx_secmeet_media_t *media,
    ngx_uint_t direction);
static json_t *ngx_secmeet_negotiate_find(json_t *map, ngx_str_t *mid);


/* the first of each kind is what an m-line is, if nothing else is said */

static ngx_secmeet_source_t  ngx_secmeet_sources[] = {
    { ngx_string("microphone"), NGX_SECMEET_SDP_AUDIO },
    { ngx_string("camera"), NGX_SECMEET_SDP_VIDEO },
    { ngx_string("screen"), NGX_SECMEET_SDP_VIDEO },
    { ngx_string("screen-audio"), NGX_SECMEET_SDP_AUDIO },
    { ngx_null_string, 0 }
};


ngx_int_t
ngx_secmeet_negotiate_offer(ngx_secmeet_peer_t *peer,
    ngx_secmeet_message_t *message, ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_refusal_t *refusal)
{
    const char  *reason;

    ngx_memzero(sdp, sizeof(ngx_secmeet_sdp_t));

    sdp->media_max = ngx_secmeet_negotiate_count(&message->sdp);
    sdp->media = ngx_alloc(sdp->media_max * sizeof(ngx_secmeet_sdp_media_t),
                           peer->room->worker->log);
    if (sdp->media == NULL) {
        return NGX_ERROR;
    }

    refusal->code = "sdp";

    if (ngx_secmeet_sdp_parse(sdp, message->sdp.data,
                              message->sdp.data + message->sdp.len)
        != NGX_OK)
    {
        refusal->text = sdp->reason;
        return NGX_DECLINED;
    }

    reason = ngx_secmeet_negotiate_check(peer, sdp);

    if (reason) {
        refusal->text = reason;

        if (ngx_strcmp(reason, "fingerprint is not sha-256") == 0
            || ngx_strcmp(reason, "fingerprint has changed") == 0)
        {
            refusal->code = "fingerprint";
        }

        return NGX_DECLINED;
    }

    if (ngx_secmeet_negotiate_limits(peer, sdp) != NGX_OK) {
        refusal->code = "limit";
        refusal->text = "more tracks than secmeet_tracks allows";
        return NGX_DECLINED;
    }

    if (ngx_secmeet_negotiate_maps(sdp, message->publish,
                                   NGX_SECMEET_SDP_SEND)
        != NGX_OK
        || ngx_secmeet_negotiate_maps(sdp, message->receive,
                                      NGX_SECMEET_SDP_RECV)
           != NGX_OK)
    {
        refusal->code = "mid";
        refusal->text = "publish or receive names no such m-line";
        return NGX_DECLINED;
    }

    if (ngx_secmeet_negotiate_kinds(sdp, message->publish) != NGX_OK) {
        refusal->code = "mid";
        refusal->text = "publish names a source of another kind";
        return NGX_DECLINED;
    }

    return ngx_secmeet_negotiate_apply(peer, sdp, message);
}


/* how many m-lines there can be at most, so that memory fits the offer */

static ngx_uint_t
ngx_secmeet_negotiate_count(ngx_str_t *sdp)
{
    u_char      *p, *last;
    ngx_uint_t   n;

    n = 1;
    p = sdp->data;
    last = p + sdp->len;

    while (p < last && n < NGX_SECMEET_SDP_MEDIA) {
        p = ngx_strlchr(p, last, '\n');

        if (p == NULL || last - p < 3) {
            break;
        }

        p++;

        if (p[0] == 'm' && p[1] == '=') {
            n++;
        }
    }

    return n;
}


static const char *
ngx_secmeet_negotiate_check(ngx_secmeet_peer_t *peer, ngx_secmeet_sdp_t *sdp)
{
    u_char  sha256[32];

    /* RFC 8839, 5.4: at least 4 and 22 characters, at most 256 */

    if (sdp->ufrag.len < 4 || sdp->ufrag.len > 256) {
        return "ice-ufrag is missing or not 4 to 256 characters long";
    }

    if (sdp->pwd.len < 22 || sdp->pwd.len > 256) {
        return "ice-pwd is missing or not 22 to 256 characters long";
    }

    if (sdp->fingerprint.len == 0) {
        return "fingerprint is missing";
    }

    if (ngx_secmeet_sdp_fingerprint(&sdp->fingerprint, sha256) != NGX_OK) {
        return "fingerprint is not sha-256";
    }

    if (peer->transport
        && CRYPTO_memcmp(sha256, peer->transport->fingerprint, 32) != 0)
    {
        return "fingerprint has changed";
    }

    /* RFC 8842, 5.2: the offerer leaves the role open, or is the client */

    if (sdp->setup != NGX_SECMEET_SETUP_ACTPASS
        && sdp->setup != NGX_SECMEET_SETUP_ACTIVE)
    {
        return "setup is not actpass or active";
    }

    if (!sdp->bundle) {
        return "BUNDLE is missing";
    }

    return ngx_secmeet_negotiate_check_media(peer, sdp);
}


static const char *
ngx_secmeet_negotiate_check_media(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t                i;
    ngx_secmeet_media_t      *media;
    ngx_secmeet_sdp_media_t  *m;

    /* RFC 3264, 8: m-lines are never taken away */

    if (sdp->nmedia < peer->nmedia) {
        return "m-lines of an earlier offer are missing";
    }

    for (i = 0; i < sdp->nmedia; i++) {
        m = &sdp->media[i];

        if (m->port == 0 || m->kind == NGX_SECMEET_SDP_OTHER) {
            continue;
        }

        if (m->mid.len == 0 || m->mid.len > NGX_SECMEET_MESSAGE_MID) {
            return "mid is missing or longer than 32 characters";
        }

        if (!m->bundled) {
            return "an m-line is not in BUNDLE";
        }

        if (!m->rtcp_mux) {
            return "rtcp-mux is missing";
        }

        media = (i < peer->nmedia) ? peer->media[i] : NULL;

        if (media && media->mid.len && (media->track || media->sub)
            && (media->kind != m->kind || media->mid.len != m->mid.len
                || ngx_memcmp(media->mid.data, m->mid.data, m->mid.len) != 0))
        {
            return "an m-line in use has another mid or kind";
        }
    }

    return NULL;
}


static ngx_int_t
ngx_secmeet_negotiate_limits(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t                i, n;
    ngx_secmeet_sdp_media_t  *m;

    n = 0;

    for (i = 0; i < sdp->nmedia; i++) {
        m = &sdp->media[i];

        ngx_secmeet_negotiate_codecs(m);

        if (m->port && (m->direction & NGX_SECMEET_SDP_SEND)) {
            n++;
        }
    }

    return n > peer->room->conf.tracks ? NGX_DECLINED : NGX_OK;
}


/* every mid named by a map is there and has that direction */

static ngx_int_t
ngx_secmeet_negotiate_maps(ngx_secmeet_sdp_t *sdp, json_t *map,
    ngx_uint_t direction)
{
    size_t                    found;
    ngx_uint_t                i;
    ngx_secmeet_sdp_media_t  *m;

    if (map == NULL) {
        return NGX_OK;
    }

    found = 0;

    for (i = 0; i < sdp->nmedia; i++) {
        m = &sdp->media[i];

        if ((m->direction & direction)
            && ngx_secmeet_negotiate_find(map, &m->mid))
        {
            found++;
        }
    }

    return found < json_object_size(map) ? NGX_DECLINED : NGX_OK;
}


/* a camera is no sound */

static ngx_int_t
ngx_secmeet_negotiate_kinds(ngx_secmeet_sdp_t *sdp, json_t *publish)
{
    json_t                   *value;
    ngx_uint_t                i;
    ngx_secmeet_source_t     *source;
    ngx_secmeet_sdp_media_t  *m;

    for (i = 0; i < sdp->nmedia; i++) {
        m = &sdp->media[i];

        if (!(m->direction & NGX_SECMEET_SDP_SEND)) {
            continue;
        }

        value = ngx_secmeet_negotiate_find(publish, &m->mid);
        source = ngx_secmeet_negotiate_source(value);

        if (source && source->kind != m->kind) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* NULL: none is named */

static ngx_secmeet_source_t *
ngx_secmeet_negotiate_source(json_t *value)
{
    ngx_uint_t  i;

    for (i = 0; value && ngx_secmeet_sources[i].name.len; i++) {
        if (ngx_strcmp(ngx_secmeet_sources[i].name.data,
                       json_string_value(value))
            == 0)
        {
            return &ngx_secmeet_sources[i];
        }
    }

    return NULL;
}


/*
 * Keeps what can be forwarded: one payload type of each codec and profile,
 * in the offer's order.  An m-line of which nothing is left is rejected.
 */

static void
ngx_secmeet_negotiate_codecs(ngx_secmeet_sdp_media_t *m)
{
    ngx_uint_t                i, k, n;
    ngx_secmeet_sdp_codec_t  *codec;

    n = 0;

    for (i = 0; i < m->ncodecs; i++) {
        codec = &m->codecs[i];

        if ((codec->codec == NGX_SECMEET_CODEC_OPUS)
            != (m->kind == NGX_SECMEET_SDP_AUDIO))
        {
            continue;
        }

        /* RFC 6184, 6.3: single NAL units and FU-A need mode 1 */

        if (codec->codec == NGX_SECMEET_CODEC_H264
            && codec->profile >> 24 != 1)
        {
            continue;
        }

        for (k = 0; k < n; k++) {
            if (m->codecs[k].codec == codec->codec
                && m->codecs[k].profile == codec->profile)
            {
                break;
            }
        }

        if (k == n) {
            m->codecs[n++] = *codec;
        }
    }

    m->ncodecs = n;

    if (n == 0 || m->kind == NGX_SECMEET_SDP_OTHER) {
        m->port = 0;
    }
}


static ngx_int_t
ngx_secmeet_negotiate_apply(ngx_secmeet_peer_t *peer, ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_message_t *message)
{
    ngx_uint_t  i;

    if (peer->transport == NULL) {
        peer->transport = ngx_secmeet_transport_create(peer, sdp);

        if (peer->transport == NULL) {
            return NGX_ERROR;
        }

    } else if (ngx_secmeet_transport_update(peer->transport, sdp) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_secmeet_negotiate_dd(sdp);

    for (i = 0; i < sdp->nmedia; i++) {
        if (ngx_secmeet_negotiate_media(peer, i, &sdp->media[i], message)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * The dependency descriptor is read of AV1 alone, and would cost all others.
 * It may be longer than the form of one byte has room for.
 */

static void
ngx_secmeet_negotiate_dd(ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t                i, k, n, used;
    ngx_secmeet_sdp_media_t  *m;

    used = 0;

    for (i = 0; i < sdp->nmedia; i++) {
        m = &sdp->media[i];

        /* browsers send by the first codec */

        n = (m->direction & NGX_SECMEET_SDP_SEND) ? ngx_min(m->ncodecs, 1)
                                                  : m->ncodecs;

        for (k = 0; k < n; k++) {
            if (m->codecs[k].codec == NGX_SECMEET_CODEC_AV1) {
                break;
            }
        }

        if (k == n || !sdp->mixed) {
            m->exts[NGX_SECMEET_EXT_DD] = 0;
        }

        if (m->exts[NGX_SECMEET_EXT_DD]) {
            used = 1;
        }
    }

    sdp->mixed = used;
}


static ngx_int_t
ngx_secmeet_negotiate_media(ngx_secmeet_peer_t *peer, ngx_uint_t n,
    ngx_secmeet_sdp_media_t *m, ngx_secmeet_message_t *message)
{
    ngx_uint_t            changed;
    ngx_secmeet_media_t  *media;

    if (n == peer->nmedia) {
        media = ngx_pcalloc(peer->pool, sizeof(ngx_secmeet_media_t));
        if (media == NULL) {
            return NGX_ERROR;
        }

        media->mid.data = media->mid_data;
        peer->media[peer->nmedia++] = media;
    }

    media = peer->media[n];

    if (m->port == 0) {
        ngx_secmeet_negotiate_close(media, NGX_SECMEET_SDP_SEND
                                           | NGX_SECMEET_SDP_RECV);
        media->mid.len = 0;
        return NGX_OK;
    }

    ngx_secmeet_negotiate_close(media, ~m->direction);

    changed = ngx_secmeet_negotiate_keep(media, m);

    if ((m->direction & NGX_SECMEET_SDP_SEND)
        && ngx_secmeet_negotiate_send(peer, media, m, message->publish)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if ((m->direction & NGX_SECMEET_SDP_RECV)
        && ngx_secmeet_negotiate_recv(peer, media, m, message->receive)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (changed && media->sub) {
        ngx_secmeet_sub_restart(media->sub);
    }

    return NGX_OK;
}


/*
 * What packets are written by: if any of it changes, what was sent before
 * cannot be made again to the letter.
 */

static ngx_uint_t
ngx_secmeet_negotiate_keep(ngx_secmeet_media_t *media,
    ngx_secmeet_sdp_media_t *m)
{
    ngx_uint_t                i, changed;
    ngx_queue_t              *q;
    ngx_secmeet_sdp_codec_t  *codec;

    changed = (media->ncodecs != m->ncodecs
               || ngx_memcmp(media->exts, m->exts, sizeof(media->exts)) != 0);

    media->kind = m->kind;
    media->mid.len = m->mid.len;
    ngx_memcpy(media->mid.data, m->mid.data, m->mid.len);
    ngx_memcpy(media->exts, m->exts, sizeof(media->exts));

    for (i = 0; i < m->ncodecs; i++) {
        codec = &media->codecs[i];

        if (codec->pt != m->codecs[i].pt
            || codec->codec != m->codecs[i].codec
            || codec->profile != m->codecs[i].profile
            || codec->rtx != m->codecs[i].rtx)
        {
            changed = 1;
        }

        *codec = m->codecs[i];
        ngx_str_null(&codec->fmtp);
    }

    media->ncodecs = m->ncodecs;

    if (changed && media->track) {
        for (q = ngx_queue_head(&media->track->subs);
             q != ngx_queue_sentinel(&media->track->subs);
             q = ngx_queue_next(q))
        {
            ngx_secmeet_sub_restart(ngx_queue_data(q, ngx_secmeet_sub_t,
                                                   queue));
        }
    }

    return changed;
}


static ngx_int_t
ngx_secmeet_negotiate_send(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_secmeet_sdp_media_t *m, json_t *publish)
{
    json_t                *value;
    ngx_secmeet_layer_t   *layer;
    ngx_secmeet_source_t  *source;

    value = ngx_secmeet_negotiate_find(publish, &m->mid);
    source = ngx_secmeet_negotiate_source(value);

    if (source == NULL) {
        source = &ngx_secmeet_sources[m->kind == NGX_SECMEET_SDP_VIDEO];
    }

    if (media->track == NULL) {
        if (ngx_secmeet_track_create(peer, media, &source->name, m->rids,
                                     m->nrids)
            == NULL)
        {
            return NGX_ERROR;
        }

    } else if (value) {
        media->track->source = source->name;
        ngx_secmeet_stage_changed(peer->room);
    }

    if (ngx_secmeet_negotiate_arrivals(peer, m) != NGX_OK) {
        return NGX_ERROR;
    }

    /* of several layers, the packets themselves tell which is which */

    if (m->nssrcs == 0 || media->track->layers[0].rid.len) {
        return NGX_OK;
    }

    layer = &media->track->layers[0];

    if (ngx_secmeet_layer_ssrc(layer, m->ssrcs[0]) == NGX_ERROR
        || (m->rtx_ssrcs[0]
            && ngx_secmeet_layer_rtx(layer, m->rtx_ssrcs[0]) == NGX_ERROR))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* what comes by transport-wide numbers is told of */

static ngx_int_t
ngx_secmeet_negotiate_arrivals(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_media_t *m)
{
    ngx_uint_t                i;
    ngx_secmeet_transport_t  *tp;

    tp = peer->transport;

    if (tp->arrivals || m->exts[NGX_SECMEET_EXT_TWCC] == 0) {
        return NGX_OK;
    }

    for (i = 0; i < m->ncodecs; i++) {
        if (m->codecs[i].twcc) {
            break;
        }
    }

    if (i == m->ncodecs) {
        return NGX_OK;
    }

    tp->arrivals = ngx_palloc(peer->pool, sizeof(ngx_secmeet_arrivals_t));
    if (tp->arrivals == NULL) {
        return NGX_ERROR;
    }

    ngx_secmeet_arrivals_init(tp->arrivals);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_negotiate_recv(ngx_secmeet_peer_t *peer,
    ngx_secmeet_media_t *media, ngx_secmeet_sdp_media_t *m, json_t *receive)
{
    json_t               *value;
    ngx_str_t             id;
    ngx_secmeet_track_t  *track;

    if (ngx_secmeet_egress_open(peer->transport, m) != NGX_OK
        || (media->sub == NULL
            && ngx_secmeet_sub_create(peer, media) == NULL))
    {
        return NGX_ERROR;
    }

    value = ngx_secmeet_negotiate_find(receive, &m->mid);

    if (value == NULL) {
        return NGX_OK;
    }

    track = NULL;

    if (json_is_string(value)) {
        id.data = (u_char *) json_string_value(value);
        id.len = json_string_length(value);

        if (ngx_secmeet_stage_is(&id)) {
            ngx_secmeet_stage_carry(media->sub);
            return NGX_OK;
        }

        track = ngx_secmeet_track_find(peer->room, &id);

        /* it may be gone by now, which is no error; one's own is not shown */

        if (track && (track->peer == peer
                      || track->media->kind != media->kind))
        {
            track = NULL;
        }
    }

    media->sub->speakers = 0;
    ngx_secmeet_sub_track(media->sub, track);

    return NGX_OK;
}


static void
ngx_secmeet_negotiate_close(ngx_secmeet_media_t *media, ngx_uint_t direction)
{
    if (media->track && (direction & NGX_SECMEET_SDP_SEND)) {
        ngx_secmeet_track_close(media->track);
    }

    if (media->sub && (direction & NGX_SECMEET_SDP_RECV)) {
        ngx_secmeet_sub_close(media->sub);
    }
}


static json_t *
ngx_secmeet_negotiate_find(json_t *map, ngx_str_t *mid)
{
    char  key[NGX_SECMEET_MESSAGE_MID + 1];

    if (map == NULL || mid->len > NGX_SECMEET_MESSAGE_MID) {
        return NULL;
    }

    ngx_memcpy(key, mid->data, mid->len);
    key[mid->len] = '\0';

    return json_object_get(map, key);
}


void
ngx_secmeet_negotiate_free(ngx_secmeet_sdp_t *sdp)
{
    ngx_secmeet_free(sdp->media,
                     sdp->media_max * sizeof(ngx_secmeet_sdp_media_t));
    sdp->media = NULL;
}
