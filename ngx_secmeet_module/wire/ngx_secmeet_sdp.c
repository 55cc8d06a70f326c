
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_sdp.h"
#include "ngx_secmeet_sdp_parser.h"


#define NGX_SECMEET_SDP_AT_SESSION    1
#define NGX_SECMEET_SDP_AT_MEDIA      2
#define NGX_SECMEET_SDP_AT_BOTH       3

#define NGX_SECMEET_SDP_UFRAG_MIN     4
#define NGX_SECMEET_SDP_PWD_MIN       22


typedef ngx_int_t (*ngx_secmeet_sdp_attr_pt)(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);


typedef struct {
    const char                   *name;
    ngx_uint_t                    level;
    ngx_secmeet_sdp_attr_pt       handler;
} ngx_secmeet_sdp_attr_t;


static ngx_int_t ngx_secmeet_sdp_lines(ngx_secmeet_sdp_parser_t *ps,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_sdp_line(ngx_secmeet_sdp_parser_t *ps,
    u_char **p, u_char *end, ngx_str_t *line);
static ngx_int_t ngx_secmeet_sdp_attribute(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_media_end(ngx_secmeet_sdp_parser_t *ps);
static ngx_uint_t ngx_secmeet_sdp_in_group(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *mid);
static ngx_int_t ngx_secmeet_sdp_transport(ngx_secmeet_sdp_parser_t *ps);
static ngx_int_t ngx_secmeet_sdp_merge(ngx_str_t *have, ngx_str_t *own,
    ngx_str_t *session);
static ngx_secmeet_sdp_transport_t *ngx_secmeet_sdp_level(
    ngx_secmeet_sdp_parser_t *ps);

static ngx_int_t ngx_secmeet_sdp_group(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_mixed(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_lite(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_ufrag(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_pwd(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_hash(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_setup(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_sendrecv(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_sendonly(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_recvonly(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_inactive(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_direction(ngx_secmeet_sdp_parser_t *ps,
    ngx_uint_t direction);
static ngx_int_t ngx_secmeet_sdp_mid(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_msid(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_mux(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_bundle_only(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static void ngx_secmeet_sdp_offer_rids(ngx_secmeet_sdp_t *sdp);


ngx_secmeet_sdp_name_t  ngx_secmeet_sdp_names[] = {
    { NGX_SECMEET_CODEC_OPUS, NGX_SECMEET_SDP_AUDIO, 48000,
      ngx_string("opus/48000/2") },
    { NGX_SECMEET_CODEC_VP8, NGX_SECMEET_SDP_VIDEO, 90000,
      ngx_string("VP8/90000") },
    { NGX_SECMEET_CODEC_VP9, NGX_SECMEET_SDP_VIDEO, 90000,
      ngx_string("VP9/90000") },
    { NGX_SECMEET_CODEC_H264, NGX_SECMEET_SDP_VIDEO, 90000,
      ngx_string("H264/90000") },
    { NGX_SECMEET_CODEC_AV1, NGX_SECMEET_SDP_VIDEO, 90000,
      ngx_string("AV1/90000") },
    { NGX_SECMEET_CODEC_NONE, NGX_SECMEET_SDP_OTHER, 0, ngx_null_string }
};


/* by NGX_SECMEET_EXT_* */

ngx_str_t  ngx_secmeet_sdp_ext_uris[NGX_SECMEET_EXT_N] = {
    ngx_string("urn:ietf:params:rtp-hdrext:sdes:mid"),
    ngx_string("urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"),
    ngx_string("urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"),
    ngx_string("urn:ietf:params:rtp-hdrext:ssrc-audio-level"),
    ngx_string("urn:3gpp:video-orientation"),
    ngx_string("http://www.ietf.org/id/"
               "draft-holmer-rmcat-transport-wide-cc-extensions-01"),
    ngx_string("https://aomediacodec.github.io/av1-rtp-spec/"
               "#dependency-descriptor-rtp-header-extension")
};


static ngx_secmeet_sdp_attr_t  ngx_secmeet_sdp_attrs[] = {
    { "rtcp-fb", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_rtcp_fb },
    { "rtpmap", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_rtpmap },
    { "fmtp", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_fmtp },
    { "extmap", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_extmap },
    { "ssrc", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_ssrc },
    { "ssrc-group", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_ssrc_group },
    { "candidate", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_candidate },
    { "mid", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_mid },
    { "msid", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_msid },
    { "rtcp-mux", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_mux },
    { "bundle-only", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_bundle_only },
    { "rid", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_rid },
    { "simulcast", NGX_SECMEET_SDP_AT_MEDIA, ngx_secmeet_sdp_simulcast },
    { "ice-ufrag", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_ufrag },
    { "ice-pwd", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_pwd },
    { "fingerprint", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_hash },
    { "setup", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_setup },
    { "sendrecv", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_sendrecv },
    { "sendonly", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_sendonly },
    { "recvonly", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_recvonly },
    { "inactive", NGX_SECMEET_SDP_AT_BOTH, ngx_secmeet_sdp_inactive },
    { "group", NGX_SECMEET_SDP_AT_SESSION, ngx_secmeet_sdp_group },
    { "extmap-allow-mixed", NGX_SECMEET_SDP_AT_SESSION,
      ngx_secmeet_sdp_mixed },
    { "ice-lite", NGX_SECMEET_SDP_AT_SESSION, ngx_secmeet_sdp_lite },
    { NULL, 0, NULL }
};


ngx_int_t
ngx_secmeet_sdp_parse(ngx_secmeet_sdp_t *sdp, u_char *p, u_char *end)
{
    ngx_uint_t                 max;
    ngx_secmeet_sdp_media_t   *media;
    ngx_secmeet_sdp_parser_t   ps;

    media = sdp->media;
    max = sdp->media_max;

    ngx_memzero(sdp, sizeof(ngx_secmeet_sdp_t));

    sdp->media = media;
    sdp->media_max = ngx_min(max, NGX_SECMEET_SDP_MEDIA);

    ngx_memzero(&ps, sizeof(ngx_secmeet_sdp_parser_t));

    ps.sdp = sdp;
    ps.direction = NGX_SECMEET_SDP_SEND|NGX_SECMEET_SDP_RECV;

    if (end - p > NGX_SECMEET_SDP_SIZE) {
        return ngx_secmeet_sdp_declined(&ps, "sdp: too large");
    }

    if (ngx_secmeet_sdp_lines(&ps, p, end) != NGX_OK
        || ngx_secmeet_sdp_media_end(&ps) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    /* nothing bundled said more */

    (void) ngx_secmeet_sdp_merge(&sdp->ufrag, &ps.session.ufrag,
                                 &ps.session.ufrag);
    (void) ngx_secmeet_sdp_merge(&sdp->pwd, &ps.session.pwd,
                                 &ps.session.pwd);
    (void) ngx_secmeet_sdp_merge(&sdp->fingerprint, &ps.session.fingerprint,
                                 &ps.session.fingerprint);

    if (sdp->setup == NGX_SECMEET_SETUP_NONE) {
        sdp->setup = ps.session.setup;
    }

    ngx_secmeet_sdp_offer_rids(sdp);

    return NGX_OK;
}


/* what an offerer would receive layers of is not for us to send */

static void
ngx_secmeet_sdp_offer_rids(ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t  i;

    if (sdp->setup != NGX_SECMEET_SETUP_ACTPASS) {
        return;
    }

    for (i = 0; i < sdp->nmedia; i++) {
        if (sdp->media[i].rids_recv) {
            sdp->media[i].nrids = 0;
            sdp->media[i].rids_recv = 0;
        }
    }
}


static ngx_int_t
ngx_secmeet_sdp_lines(ngx_secmeet_sdp_parser_t *ps, u_char *p, u_char *end)
{
    u_char      type;
    ngx_int_t   rc;
    ngx_str_t   line;
    ngx_uint_t  n;

    for (n = 0; p < end; n++) {

        if (ngx_secmeet_sdp_line(ps, &p, end, &line) != NGX_OK) {
            return NGX_DECLINED;
        }

        /* RFC 8866, 5.1 */

        if (n == 0 && !ngx_secmeet_sdp_is(&line, "v=0")) {
            break;
        }

        if (line.len == 0) {
            continue;
        }

        if (line.len < 2 || line.data[1] != '=') {
            return ngx_secmeet_sdp_declined(ps, "sdp: malformed line");
        }

        type = line.data[0];
        line.data += 2;
        line.len -= 2;
        rc = NGX_OK;

        if (type == 'a') {
            rc = ngx_secmeet_sdp_attribute(ps, &line);

        } else if (type == 'm') {
            rc = ngx_secmeet_sdp_media_end(ps);

            if (rc == NGX_OK) {
                rc = ngx_secmeet_sdp_media_start(ps, &line);
            }
        }

        if (rc != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    if (n == 0) {
        return ngx_secmeet_sdp_declined(ps, "sdp: does not begin with v=0");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_line(ngx_secmeet_sdp_parser_t *ps, u_char **p, u_char *end,
    ngx_str_t *line)
{
    u_char  *s, *last;

    s = *p;

    for (last = s; last < end && *last != LF; last++) {

        if (last - s > NGX_SECMEET_SDP_LINE) {
            return ngx_secmeet_sdp_declined(ps, "sdp: line too long");
        }

        /* parts of lines are echoed: nothing in them may end a line */

        if (*last == '\0'
            || (*last == CR && end - last > 1 && last[1] != LF))
        {
            return ngx_secmeet_sdp_declined(ps, "sdp: malformed line");
        }
    }

    *p = (last < end) ? last + 1 : end;

    if (last > s && last[-1] == CR) {
        last--;
    }

    if (last - s > NGX_SECMEET_SDP_LINE) {
        return ngx_secmeet_sdp_declined(ps, "sdp: line too long");
    }

    line->data = s;
    line->len = last - s;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_attribute(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ngx_str_t                name;
    ngx_uint_t               level;
    ngx_secmeet_sdp_attr_t  *attr;

    ngx_secmeet_sdp_cut(value, &name, ':');

    level = ps->media ? NGX_SECMEET_SDP_AT_MEDIA : NGX_SECMEET_SDP_AT_SESSION;

    for (attr = ngx_secmeet_sdp_attrs; attr->name; attr++) {

        if ((attr->level & level) && ngx_secmeet_sdp_is(&name, attr->name)) {
            return attr->handler(ps, value);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_media_end(ngx_secmeet_sdp_parser_t *ps)
{
    ngx_uint_t                n;
    ngx_secmeet_sdp_t        *sdp;
    ngx_secmeet_sdp_media_t  *media;

    media = ps->media;

    if (media == NULL) {
        return NGX_OK;
    }

    sdp = ps->sdp;

    if (!ps->has_direction) {
        media->direction = ps->direction;
    }

    ngx_secmeet_sdp_media_done(ps);

    if (media->mid.len == 0) {
        return NGX_OK;
    }

    /* RFC 5888, 9.2; the last m-line is this one */

    for (n = 0; n < sdp->nmedia - 1; n++) {
        if (ngx_secmeet_sdp_same(&sdp->media[n].mid, &media->mid)) {
            return ngx_secmeet_sdp_declined(ps, "sdp: mid used twice");
        }
    }

    if (!ngx_secmeet_sdp_in_group(ps, &media->mid)) {
        return NGX_OK;
    }

    media->bundled = 1;

    /* RFC 9143, 6: with bundle-only, port 0 does not mean closed */

    if (media->port == 0) {
        if (!ps->bundle_only) {
            return NGX_OK;
        }

        media->port = 9;
    }

    return ngx_secmeet_sdp_transport(ps);
}


static ngx_uint_t
ngx_secmeet_sdp_in_group(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *mid)
{
    ngx_str_t  rest, word;

    rest = ps->group;

    for ( ;; ) {
        ngx_secmeet_sdp_word(&rest, &word);

        if (word.len == 0) {
            return 0;
        }

        if (ngx_secmeet_sdp_same(&word, mid)) {
            return 1;
        }
    }
}


static ngx_int_t
ngx_secmeet_sdp_transport(ngx_secmeet_sdp_parser_t *ps)
{
    ngx_secmeet_setup_e           setup;
    ngx_secmeet_sdp_t            *sdp;
    ngx_secmeet_sdp_transport_t  *own, *session;

    sdp = ps->sdp;
    own = &ps->own;
    session = &ps->session;

    /* RFC 9143, 7.1.3: bundled m-lines have one transport */

    if (ngx_secmeet_sdp_merge(&sdp->ufrag, &own->ufrag, &session->ufrag)
        != NGX_OK
        || ngx_secmeet_sdp_merge(&sdp->pwd, &own->pwd, &session->pwd)
           != NGX_OK)
    {
        return ngx_secmeet_sdp_declined(ps,
                               "sdp: ice-ufrag or ice-pwd differs in BUNDLE");
    }

    if (ngx_secmeet_sdp_merge(&sdp->fingerprint, &own->fingerprint,
                              &session->fingerprint)
        != NGX_OK)
    {
        return ngx_secmeet_sdp_declined(ps,
                                        "sdp: fingerprint differs in BUNDLE");
    }

    setup = own->setup;

    if (sdp->setup == NGX_SECMEET_SETUP_NONE) {
        sdp->setup = setup ? setup : session->setup;

    } else if (setup && setup != sdp->setup) {
        return ngx_secmeet_sdp_declined(ps, "sdp: setup differs in BUNDLE");
    }

    return NGX_OK;
}


/* an m-line's own value counts, then the session's; the first one stays */

static ngx_int_t
ngx_secmeet_sdp_merge(ngx_str_t *have, ngx_str_t *own, ngx_str_t *session)
{
    if (have->len == 0) {
        *have = own->len ? *own : *session;
        return NGX_OK;
    }

    if (own->len == 0 || ngx_secmeet_sdp_same(own, have)) {
        return NGX_OK;
    }

    return NGX_DECLINED;
}


static ngx_secmeet_sdp_transport_t *
ngx_secmeet_sdp_level(ngx_secmeet_sdp_parser_t *ps)
{
    return ps->media ? &ps->own : &ps->session;
}


static ngx_int_t
ngx_secmeet_sdp_group(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ngx_str_t  word;

    ngx_secmeet_sdp_word(value, &word);

    if (ngx_secmeet_sdp_is(&word, "BUNDLE") && !ps->sdp->bundle) {
        ps->sdp->bundle = 1;
        ps->group = *value;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_mixed(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ps->sdp->mixed = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_lite(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ps->sdp->lite = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_ufrag(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    if (!ngx_secmeet_sdp_is_ice(value, NGX_SECMEET_SDP_UFRAG_MIN)) {
        return ngx_secmeet_sdp_declined(ps, "sdp: malformed ice-ufrag");
    }

    ngx_secmeet_sdp_level(ps)->ufrag = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_pwd(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    if (!ngx_secmeet_sdp_is_ice(value, NGX_SECMEET_SDP_PWD_MIN)) {
        return ngx_secmeet_sdp_declined(ps, "sdp: malformed ice-pwd");
    }

    ngx_secmeet_sdp_level(ps)->pwd = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_hash(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    u_char                        sha256[32];
    ngx_secmeet_sdp_transport_t  *tp;

    tp = ngx_secmeet_sdp_level(ps);

    /* RFC 8122, 5: there may be several; the first that we can use */

    if (tp->fingerprint.len == 0
        || (ngx_secmeet_sdp_fingerprint(&tp->fingerprint, sha256) != NGX_OK
            && ngx_secmeet_sdp_fingerprint(value, sha256) == NGX_OK))
    {
        tp->fingerprint = *value;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_setup(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ngx_secmeet_sdp_transport_t  *tp;

    tp = ngx_secmeet_sdp_level(ps);

    if (ngx_secmeet_sdp_is(value, "actpass")) {
        tp->setup = NGX_SECMEET_SETUP_ACTPASS;

    } else if (ngx_secmeet_sdp_is(value, "active")) {
        tp->setup = NGX_SECMEET_SETUP_ACTIVE;

    } else if (ngx_secmeet_sdp_is(value, "passive")) {
        tp->setup = NGX_SECMEET_SETUP_PASSIVE;

    } else {
        return ngx_secmeet_sdp_declined(ps, "sdp: unknown setup");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_sendrecv(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    return ngx_secmeet_sdp_direction(ps,
                                   NGX_SECMEET_SDP_SEND|NGX_SECMEET_SDP_RECV);
}


static ngx_int_t
ngx_secmeet_sdp_sendonly(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    return ngx_secmeet_sdp_direction(ps, NGX_SECMEET_SDP_SEND);
}


static ngx_int_t
ngx_secmeet_sdp_recvonly(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    return ngx_secmeet_sdp_direction(ps, NGX_SECMEET_SDP_RECV);
}


static ngx_int_t
ngx_secmeet_sdp_inactive(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    return ngx_secmeet_sdp_direction(ps, 0);
}


static ngx_int_t
ngx_secmeet_sdp_direction(ngx_secmeet_sdp_parser_t *ps, ngx_uint_t direction)
{
    if (ps->media == NULL) {
        ps->direction = direction;
        return NGX_OK;
    }

    ps->media->direction = direction;
    ps->has_direction = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_mid(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    if (value->len > NGX_SECMEET_SDP_MID || !ngx_secmeet_sdp_is_token(value)) {
        return ngx_secmeet_sdp_declined(ps, "sdp: malformed mid");
    }

    ps->media->mid = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_msid(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    if (ps->media->msid.len == 0) {
        ps->media->msid = *value;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_mux(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ps->media->rtcp_mux = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_bundle_only(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ps->bundle_only = 1;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_fingerprint(ngx_str_t *text, u_char *sha256)
{
    u_char      *p;
    uint32_t     value;
    ngx_str_t    rest, name;
    ngx_uint_t   i;

    rest = *text;
    ngx_secmeet_sdp_word(&rest, &name);

    if (!ngx_secmeet_sdp_is_case(&name, "sha-256") || rest.len != 32 * 3 - 1) {
        return NGX_DECLINED;
    }

    p = rest.data;

    for (i = 0; i < 32; i++, p += 3) {

        if (ngx_secmeet_sdp_hex(p, 2, &value) != NGX_OK
            || (i < 31 && p[2] != ':'))
        {
            return NGX_DECLINED;
        }

        sha256[i] = (u_char) value;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_declined(ngx_secmeet_sdp_parser_t *ps, const char *reason)
{
    ps->sdp->reason = reason;

    return NGX_DECLINED;
}
