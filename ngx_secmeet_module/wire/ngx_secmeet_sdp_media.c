
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_sdp.h"
#include "ngx_secmeet_sdp_parser.h"


#define NGX_SECMEET_SDP_EXT_ID_MAX    255       /* RFC 8285, 5 */
#define NGX_SECMEET_SDP_H264_PROFILE  0x420010  /* RFC 6184, 8.1 */
#define NGX_SECMEET_SDP_CNAME         255       /* RFC 3550, 6.5.1 */
#define NGX_SECMEET_SDP_NAME          64        /* bytes that are echoed */


static ngx_int_t ngx_secmeet_sdp_formats(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
static void ngx_secmeet_sdp_codecs(ngx_secmeet_sdp_parser_t *ps);
static void ngx_secmeet_sdp_ssrcs(ngx_secmeet_sdp_parser_t *ps);
static ngx_secmeet_sdp_codec_t *ngx_secmeet_sdp_listed(
    ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value);
static ngx_int_t ngx_secmeet_sdp_profile(ngx_secmeet_sdp_codec_t *codec);
static ngx_int_t ngx_secmeet_sdp_param_number(ngx_str_t *fmtp,
    const char *name, uint64_t max, uint32_t *value);
static ngx_int_t ngx_secmeet_sdp_h264(ngx_secmeet_sdp_codec_t *codec);
static ngx_uint_t ngx_secmeet_sdp_has_ssrc(uint32_t *ssrcs, ngx_uint_t n,
    uint32_t ssrc);
static ngx_uint_t ngx_secmeet_sdp_passive(ngx_str_t *transport,
    ngx_str_t *rest);
static ngx_int_t ngx_secmeet_sdp_addr(ngx_secmeet_addr_t *addr,
    ngx_str_t *text, in_port_t port);
static ngx_uint_t ngx_secmeet_sdp_same_addr(ngx_secmeet_addr_t *a,
    ngx_secmeet_addr_t *b);


ngx_int_t
ngx_secmeet_sdp_media_start(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    uint64_t                  port;
    ngx_str_t                 word;
    ngx_secmeet_sdp_t        *sdp;
    ngx_secmeet_sdp_media_t  *media;

    sdp = ps->sdp;

    if (sdp->nmedia == sdp->media_max) {
        return ngx_secmeet_sdp_declined(ps, "sdp: too many m-lines");
    }

    media = &sdp->media[sdp->nmedia++];
    ps->media = media;

    ngx_memzero(media, sizeof(ngx_secmeet_sdp_media_t));

    ngx_memzero(&ps->own, sizeof(ngx_secmeet_sdp_transport_t));
    ngx_memzero(&ps->all, sizeof(ngx_secmeet_sdp_codec_t));
    ngx_memzero(ps->listed, NGX_SECMEET_SDP_FORMATS);

    ps->nformats = 0;
    ps->nssrcs = 0;
    ps->nrepairs = 0;
    ps->nrids = 0;
    ngx_str_null(&ps->simulcast);
    ps->has_direction = 0;
    ps->bundle_only = 0;

    /* RFC 8866, 5.14: m=<media> <port> <proto> <fmt> ... */

    ngx_secmeet_sdp_word(value, &media->kind_name);
    ngx_secmeet_sdp_word(value, &word);
    ngx_secmeet_sdp_word(value, &media->proto);

    if (!ngx_secmeet_sdp_is_token(&media->kind_name)
        || ngx_secmeet_sdp_number(&word, 65535, &port) != NGX_OK
        || media->kind_name.len > NGX_SECMEET_SDP_NAME
        || media->proto.len > NGX_SECMEET_SDP_NAME
        || media->proto.len == 0 || value->len == 0)
    {
        return ngx_secmeet_sdp_declined(ps, "sdp: malformed m-line");
    }

    media->port = (ngx_uint_t) port;

    if (ngx_secmeet_sdp_is(&media->kind_name, "audio")) {
        media->kind = NGX_SECMEET_SDP_AUDIO;

    } else if (ngx_secmeet_sdp_is(&media->kind_name, "video")) {
        media->kind = NGX_SECMEET_SDP_VIDEO;

    } else {
        media->kind = NGX_SECMEET_SDP_OTHER;
        return NGX_OK;
    }

    return ngx_secmeet_sdp_formats(ps, value);
}


static ngx_int_t
ngx_secmeet_sdp_formats(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    uint64_t   pt;
    ngx_str_t  word;

    for ( ;; ) {
        ngx_secmeet_sdp_word(value, &word);

        if (word.len == 0) {
            return NGX_OK;
        }

        if (ngx_secmeet_sdp_number(&word, NGX_SECMEET_SDP_FORMATS - 1, &pt)
            != NGX_OK)
        {
            return ngx_secmeet_sdp_declined(ps, "sdp: malformed m-line");
        }

        if (ps->listed[pt]) {
            continue;
        }

        ps->listed[pt] = 1;
        ps->formats[ps->nformats++] = (u_char) pt;

        ngx_memzero(&ps->codecs[pt], sizeof(ngx_secmeet_sdp_codec_t));
        ps->codecs[pt].pt = (ngx_uint_t) pt;
        ps->rtx[pt] = 0;
    }
}


void
ngx_secmeet_sdp_media_done(ngx_secmeet_sdp_parser_t *ps)
{
    ngx_secmeet_sdp_rtx_codecs(ps);
    ngx_secmeet_sdp_codecs(ps);
    ngx_secmeet_sdp_ssrcs(ps);
    ngx_secmeet_sdp_rtx_ssrcs(ps);
    ngx_secmeet_sdp_layers(ps);
}


/* those that we know, in the order of the m-line */

static void
ngx_secmeet_sdp_codecs(ngx_secmeet_sdp_parser_t *ps)
{
    ngx_uint_t                i;
    ngx_secmeet_sdp_codec_t  *codec;
    ngx_secmeet_sdp_media_t  *media;

    media = ps->media;

    for (i = 0; i < ps->nformats; i++) {

        if (media->ncodecs == NGX_SECMEET_SDP_CODECS) {
            break;
        }

        codec = &ps->codecs[ps->formats[i]];

        if (codec->codec == NGX_SECMEET_CODEC_NONE
            || ngx_secmeet_sdp_profile(codec) != NGX_OK)
        {
            continue;
        }

        codec->nack |= ps->all.nack;
        codec->pli |= ps->all.pli;
        codec->fir |= ps->all.fir;
        codec->twcc |= ps->all.twcc;

        media->codecs[media->ncodecs++] = *codec;
    }
}


/* repair SSRCs are known only when all lines were seen */

static void
ngx_secmeet_sdp_ssrcs(ngx_secmeet_sdp_parser_t *ps)
{
    ngx_uint_t                i;
    ngx_secmeet_sdp_media_t  *media;

    media = ps->media;

    for (i = 0; i < ps->nssrcs; i++) {

        if (media->nssrcs == NGX_SECMEET_SDP_SSRCS) {
            break;
        }

        if (!ngx_secmeet_sdp_has_ssrc(ps->repairs, ps->nrepairs,
                                      ps->ssrcs[i]))
        {
            media->ssrcs[media->nssrcs++] = ps->ssrcs[i];
        }
    }
}


/*
 * The payload type that the line speaks of, cut off from it; NULL if the
 * m-line does not list it: such lines stay behind in some offers.
 */

static ngx_secmeet_sdp_codec_t *
ngx_secmeet_sdp_listed(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    uint64_t   pt;
    ngx_str_t  word;

    ngx_secmeet_sdp_word(value, &word);

    if (ngx_secmeet_sdp_number(&word, NGX_SECMEET_SDP_FORMATS - 1, &pt)
        != NGX_OK
        || !ps->listed[pt])
    {
        return NULL;
    }

    return &ps->codecs[pt];
}


ngx_int_t
ngx_secmeet_sdp_rtpmap(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ngx_str_t                 word;
    ngx_secmeet_sdp_name_t   *name;
    ngx_secmeet_sdp_codec_t  *codec;

    codec = ngx_secmeet_sdp_listed(ps, value);

    if (codec == NULL || codec->codec != NGX_SECMEET_CODEC_NONE
        || ps->rtx[codec->pt])
    {
        return NGX_OK;
    }

    ngx_secmeet_sdp_word(value, &word);

    ps->rtx[codec->pt] = ngx_secmeet_sdp_is_case(&word,
                             ps->media->kind == NGX_SECMEET_SDP_AUDIO
                             ? "rtx/48000" : "rtx/90000");

    for (name = ngx_secmeet_sdp_names; name->codec; name++) {

        if (name->kind == ps->media->kind
            && ngx_secmeet_sdp_is_case(&word, (char *) name->name.data))
        {
            codec->codec = name->codec;
            codec->clock = name->clock;
            break;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_fmtp(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ngx_secmeet_sdp_codec_t  *codec;

    codec = ngx_secmeet_sdp_listed(ps, value);

    if (codec && codec->fmtp.len == 0) {
        codec->fmtp = *value;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_rtcp_fb(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    ngx_str_t                 type, subtype;
    ngx_secmeet_sdp_codec_t  *codec;

    /* RFC 4585, 4.2: "*" stands for all payload types */

    if (value->len > 1 && value->data[0] == '*' && value->data[1] == ' ') {
        ngx_secmeet_sdp_word(value, &type);
        codec = &ps->all;

    } else {
        codec = ngx_secmeet_sdp_listed(ps, value);
    }

    if (codec == NULL) {
        return NGX_OK;
    }

    ngx_secmeet_sdp_word(value, &type);
    ngx_secmeet_sdp_word(value, &subtype);

    if (ngx_secmeet_sdp_is(&type, "nack") && subtype.len == 0) {
        codec->nack = 1;

    } else if (ngx_secmeet_sdp_is(&type, "nack")) {
        codec->pli |= ngx_secmeet_sdp_is(&subtype, "pli");

    } else if (ngx_secmeet_sdp_is(&type, "ccm")) {
        codec->fir |= ngx_secmeet_sdp_is(&subtype, "fir");

    } else if (ngx_secmeet_sdp_is(&type, "transport-cc")) {
        codec->twcc = 1;
    }

    return NGX_OK;
}


/* what a codec's peer must have too; malformed ones cannot be matched */

static ngx_int_t
ngx_secmeet_sdp_profile(ngx_secmeet_sdp_codec_t *codec)
{
    switch (codec->codec) {

    case NGX_SECMEET_CODEC_VP9:
        return ngx_secmeet_sdp_param_number(&codec->fmtp, "profile-id", 255,
                                            &codec->profile);

    case NGX_SECMEET_CODEC_AV1:
        return ngx_secmeet_sdp_param_number(&codec->fmtp, "profile", 255,
                                            &codec->profile);

    case NGX_SECMEET_CODEC_H264:
        return ngx_secmeet_sdp_h264(codec);

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_secmeet_sdp_h264(ngx_secmeet_sdp_codec_t *codec)
{
    uint32_t   level_id, mode;
    ngx_str_t  value;

    if (ngx_secmeet_sdp_param_number(&codec->fmtp, "packetization-mode", 2,
                                     &mode)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    level_id = NGX_SECMEET_SDP_H264_PROFILE;

    if (ngx_secmeet_sdp_param(&codec->fmtp, "profile-level-id", &value)
        == NGX_OK)
    {
        if (value.len != 6
            || ngx_secmeet_sdp_hex(value.data, 6, &level_id) != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    codec->profile = mode << 24 | (level_id & 0xffff00);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_sdp_param_number(ngx_str_t *fmtp, const char *name, uint64_t max,
    uint32_t *value)
{
    uint64_t   n;
    ngx_str_t  text;

    n = 0;

    if (ngx_secmeet_sdp_param(fmtp, name, &text) == NGX_OK
        && ngx_secmeet_sdp_number(&text, max, &n) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    *value = (uint32_t) n;

    return NGX_OK;
}


/* "name=value; name=value"; NGX_DECLINED: not there */

ngx_int_t
ngx_secmeet_sdp_param(ngx_str_t *fmtp, const char *name, ngx_str_t *value)
{
    ngx_str_t  key, param, rest;

    rest = *fmtp;

    while (rest.len > 0) {
        ngx_secmeet_sdp_cut(&rest, &param, ';');
        ngx_secmeet_sdp_word(&param, &key);

        *value = key;
        ngx_secmeet_sdp_cut(value, &key, '=');

        if (ngx_secmeet_sdp_is_case(&key, name)) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_int_t
ngx_secmeet_sdp_extmap(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    uint64_t     id;
    ngx_str_t    number, uri, word;
    ngx_uint_t   i, n, *exts;

    /* RFC 8285, 8: <id>["/"<direction>] <URI> <attributes> */

    ngx_secmeet_sdp_word(value, &word);
    ngx_secmeet_sdp_word(value, &uri);
    ngx_secmeet_sdp_cut(&word, &number, '/');

    if (ngx_secmeet_sdp_number(&number, NGX_SECMEET_SDP_EXT_ID_MAX, &id)
        != NGX_OK
        || id == 0
        || ngx_secmeet_sdp_is(&word, "inactive"))
    {
        return NGX_OK;
    }

    exts = ps->media->exts;
    n = NGX_SECMEET_EXT_N;

    for (i = 0; i < NGX_SECMEET_EXT_N; i++) {

        if (exts[i] == id) {
            return NGX_OK;
        }

        if (ngx_secmeet_sdp_same(&uri, &ngx_secmeet_sdp_ext_uris[i])) {
            n = i;
        }
    }

    if (n < NGX_SECMEET_EXT_N && exts[n] == 0) {
        exts[n] = (ngx_uint_t) id;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_ssrc(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    uint64_t                  ssrc;
    ngx_str_t                 name, word;
    ngx_secmeet_sdp_media_t  *media;

    media = ps->media;

    /* RFC 5576, 4.1: <ssrc> <attribute>[":"<value>] */

    ngx_secmeet_sdp_word(value, &word);

    if (ngx_secmeet_sdp_number(&word, 0xffffffff, &ssrc) != NGX_OK) {
        return NGX_OK;
    }

    if (ps->nssrcs < NGX_SECMEET_SDP_SEEN
        && !ngx_secmeet_sdp_has_ssrc(ps->ssrcs, ps->nssrcs, (uint32_t) ssrc))
    {
        ps->ssrcs[ps->nssrcs++] = (uint32_t) ssrc;
    }

    ngx_secmeet_sdp_cut(value, &name, ':');

    if (media->cname.len == 0 && ngx_secmeet_sdp_is(&name, "cname")
        && value->len <= NGX_SECMEET_SDP_CNAME)
    {
        media->cname = *value;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_ssrc_group(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    uint64_t    ssrc, first;
    ngx_str_t   word;
    ngx_uint_t  fid;

    /* RFC 5576, 4.2; RFC 5956, 4.3: the second one repairs the first */

    ngx_secmeet_sdp_word(value, &word);

    fid = ngx_secmeet_sdp_is(&word, "FID");

    if (!fid && !ngx_secmeet_sdp_is(&word, "FEC-FR")) {
        return NGX_OK;
    }

    ngx_secmeet_sdp_word(value, &word);

    if (!fid || ngx_secmeet_sdp_number(&word, 0xffffffff, &first) != NGX_OK) {
        first = 0;
    }

    ngx_secmeet_sdp_word(value, &word);

    if (ps->nrepairs < NGX_SECMEET_SDP_SEEN
        && ngx_secmeet_sdp_number(&word, 0xffffffff, &ssrc) == NGX_OK)
    {
        ps->repaired[ps->nrepairs] = (uint32_t) first;
        ps->repairs[ps->nrepairs++] = (uint32_t) ssrc;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_sdp_has_ssrc(uint32_t *ssrcs, ngx_uint_t n, uint32_t ssrc)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (ssrcs[i] == ssrc) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_secmeet_sdp_candidate(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    uint64_t                      foundation, port, priority;
    ngx_str_t                     word[8];
    ngx_uint_t                    i, tcp;
    ngx_secmeet_sdp_t            *sdp;
    ngx_secmeet_sdp_candidate_t  *c;

    sdp = ps->sdp;

    if (sdp->ncandidates == NGX_SECMEET_SDP_CANDIDATES) {
        return NGX_OK;
    }

    /*
     * RFC 8839, 5.1: <foundation> <component> <transport> <priority>
     * <address> <port> "typ" <type> ...
     */

    for (i = 0; i < 8; i++) {
        ngx_secmeet_sdp_word(value, &word[i]);
    }

    tcp = ngx_secmeet_sdp_passive(&word[2], value);

    if (!ngx_secmeet_sdp_is(&word[1], "1")
        || (!tcp && !ngx_secmeet_sdp_is_case(&word[2], "udp"))
        || ngx_secmeet_sdp_number(&word[3], 0xffffffff, &priority) != NGX_OK
        || ngx_secmeet_sdp_number(&word[5], 65535, &port) != NGX_OK
        || port == 0
        || !ngx_secmeet_sdp_is(&word[6], "typ")
        || !ngx_secmeet_sdp_is(&word[7], "host"))
    {
        return NGX_OK;
    }

    if (ngx_secmeet_sdp_number(&word[0], 0xffffffff, &foundation) != NGX_OK) {
        foundation = 0;
    }

    c = &sdp->candidates[sdp->ncandidates];

    if (ngx_secmeet_sdp_addr(&c->addr, &word[4], (in_port_t) port) != NGX_OK) {
        return NGX_OK;
    }

    c->foundation = (ngx_uint_t) foundation;
    c->priority = (uint32_t) priority;
    c->tcp = tcp;

    /* every m-line repeats them */

    for (i = 0; i < sdp->ncandidates; i++) {
        if (sdp->candidates[i].tcp == c->tcp
            && ngx_secmeet_sdp_same_addr(&sdp->candidates[i].addr, &c->addr))
        {
            return NGX_OK;
        }
    }

    sdp->ncandidates++;

    return NGX_OK;
}


/* RFC 6544, 4.5: we could only connect, and to one that is passive */

static ngx_uint_t
ngx_secmeet_sdp_passive(ngx_str_t *transport, ngx_str_t *rest)
{
    ngx_str_t  name, value;

    if (!ngx_secmeet_sdp_is_case(transport, "tcp")) {
        return 0;
    }

    while (rest->len) {
        ngx_secmeet_sdp_word(rest, &name);
        ngx_secmeet_sdp_word(rest, &value);

        if (ngx_secmeet_sdp_is(&name, "tcptype")) {
            return ngx_secmeet_sdp_is(&value, "passive");
        }
    }

    return 0;
}


/* addresses only: a name is never resolved */

static ngx_int_t
ngx_secmeet_sdp_addr(ngx_secmeet_addr_t *addr, ngx_str_t *text,
    in_port_t port)
{
    char  buf[INET6_ADDRSTRLEN];

    if (text->len >= sizeof(buf)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(buf, text->data, text->len);
    buf[text->len] = '\0';

    ngx_memzero(addr, sizeof(ngx_secmeet_addr_t));

    if (inet_pton(AF_INET, buf, &addr->sa.sockaddr_in.sin_addr) == 1) {
        addr->sa.sockaddr_in.sin_family = AF_INET;
        addr->sa.sockaddr_in.sin_port = htons(port);
        addr->len = sizeof(struct sockaddr_in);

        return NGX_OK;
    }

#if (NGX_HAVE_INET6)

    if (inet_pton(AF_INET6, buf, &addr->sa.sockaddr_in6.sin6_addr) == 1) {
        addr->sa.sockaddr_in6.sin6_family = AF_INET6;
        addr->sa.sockaddr_in6.sin6_port = htons(port);
        addr->len = sizeof(struct sockaddr_in6);

        return NGX_OK;
    }

#endif

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_secmeet_sdp_same_addr(ngx_secmeet_addr_t *a, ngx_secmeet_addr_t *b)
{
    /* all bytes of both were zeroed first */

    return a->len == b->len && ngx_memcmp(&a->sa, &b->sa, a->len) == 0;
}
