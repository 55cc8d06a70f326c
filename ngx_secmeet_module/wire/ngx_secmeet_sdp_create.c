
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_sdp.h"
#include "ngx_secmeet_sdp_parser.h"


typedef struct {
    u_char                   *p;                /* NULL: only count */
    size_t                    len;
} ngx_secmeet_sdp_out_t;


#define ngx_secmeet_sdp_put_text(out, text)                                  \
    ngx_secmeet_sdp_put(out, text, sizeof(text) - 1)


static void ngx_secmeet_sdp_put(ngx_secmeet_sdp_out_t *out, const void *data,
    size_t len);
static void ngx_secmeet_sdp_put_str(ngx_secmeet_sdp_out_t *out,
    ngx_str_t *s);
static void ngx_secmeet_sdp_put_number(ngx_secmeet_sdp_out_t *out,
    uint64_t n);
static void ngx_secmeet_sdp_put_line(ngx_secmeet_sdp_out_t *out,
    const char *name, ngx_str_t *value);
static void ngx_secmeet_sdp_put_session(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_t *sdp);
static void ngx_secmeet_sdp_put_group(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_t *sdp);
static void ngx_secmeet_sdp_put_media(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_t *sdp, ngx_secmeet_sdp_media_t *media);
static void ngx_secmeet_sdp_put_m(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media);
static void ngx_secmeet_sdp_put_formats(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media);
static void ngx_secmeet_sdp_put_codec(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media, ngx_secmeet_sdp_codec_t *codec);
static void ngx_secmeet_sdp_put_rtx(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media, ngx_secmeet_sdp_codec_t *codec);
static void ngx_secmeet_sdp_put_rtpmap(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_codec_t *codec);
static void ngx_secmeet_sdp_put_pt(ngx_secmeet_sdp_out_t *out,
    const char *name, ngx_uint_t pt, ngx_str_t *value);
static void ngx_secmeet_sdp_put_exts(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media);
static void ngx_secmeet_sdp_put_rids(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_t *sdp, ngx_secmeet_sdp_media_t *media);
static void ngx_secmeet_sdp_put_ssrcs(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media);
static void ngx_secmeet_sdp_put_ssrc(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media, uint32_t ssrc);
static void ngx_secmeet_sdp_put_transport(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_t *sdp);
static void ngx_secmeet_sdp_put_candidate(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_candidate_t *c);


static ngx_str_t  ngx_secmeet_sdp_nack = ngx_string("nack");
static ngx_str_t  ngx_secmeet_sdp_pli = ngx_string("nack pli");
static ngx_str_t  ngx_secmeet_sdp_fir = ngx_string("ccm fir");
static ngx_str_t  ngx_secmeet_sdp_twcc = ngx_string("transport-cc");


/* of audio, of video: RFC 4588, 8.1, the clock of what is repaired */

static ngx_str_t  ngx_secmeet_sdp_rtx[] = {
    ngx_string("rtx/48000"),
    ngx_string("rtx/90000")
};


/* by direction bits */

static ngx_str_t  ngx_secmeet_sdp_directions[] = {
    ngx_string("a=inactive\r\n"),
    ngx_string("a=sendonly\r\n"),
    ngx_string("a=recvonly\r\n"),
    ngx_string("a=sendrecv\r\n")
};


/* by NGX_SECMEET_SETUP_* */

static ngx_str_t  ngx_secmeet_sdp_setups[] = {
    ngx_null_string,
    ngx_string("actpass"),
    ngx_string("active"),
    ngx_string("passive")
};


size_t
ngx_secmeet_sdp_create(u_char *p, ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t             i;
    ngx_secmeet_sdp_out_t  out;

    out.p = p;
    out.len = 0;

    ngx_secmeet_sdp_put_session(&out, sdp);

    for (i = 0; i < sdp->nmedia; i++) {
        ngx_secmeet_sdp_put_media(&out, sdp, &sdp->media[i]);
    }

    return out.len;
}


static void
ngx_secmeet_sdp_put_session(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_t *sdp)
{
    ngx_secmeet_sdp_put_text(out, "v=0\r\no=- ");
    ngx_secmeet_sdp_put_number(out, sdp->session);
    ngx_secmeet_sdp_put_text(out, " ");
    ngx_secmeet_sdp_put_number(out, sdp->version);
    ngx_secmeet_sdp_put_text(out, " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");

    ngx_secmeet_sdp_put_group(out, sdp);

    if (sdp->lite) {
        ngx_secmeet_sdp_put_text(out, "a=ice-lite\r\n");
    }

    if (sdp->mixed) {
        ngx_secmeet_sdp_put_text(out, "a=extmap-allow-mixed\r\n");
    }

    ngx_secmeet_sdp_put_text(out, "a=msid-semantic:WMS *\r\n");
}


/* RFC 9143, 7.3: a rejected m-line is in no group */

static void
ngx_secmeet_sdp_put_group(ngx_secmeet_sdp_out_t *out, ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t                i, n;
    ngx_secmeet_sdp_media_t  *media;

    for (n = 0, i = 0; i < sdp->nmedia; i++) {
        media = &sdp->media[i];

        if (media->port == 0 || media->mid.len == 0) {
            continue;
        }

        if (n++ == 0) {
            ngx_secmeet_sdp_put_text(out, "a=group:BUNDLE");
        }

        ngx_secmeet_sdp_put_text(out, " ");
        ngx_secmeet_sdp_put_str(out, &media->mid);
    }

    if (n > 0) {
        ngx_secmeet_sdp_put_text(out, "\r\n");
    }
}


static void
ngx_secmeet_sdp_put_media(ngx_secmeet_sdp_out_t *out, ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i;

    ngx_secmeet_sdp_put_m(out, media);

    /* RFC 8829, 5.3.1 */

    if (media->port == 0) {
        ngx_secmeet_sdp_put_line(out, "a=mid:", &media->mid);
        ngx_secmeet_sdp_put_str(out, &ngx_secmeet_sdp_directions[0]);

        if (media->ncodecs) {
            ngx_secmeet_sdp_put_rtpmap(out, &media->codecs[0]);
        }

        return;
    }

    ngx_secmeet_sdp_put_text(out, "a=rtcp-mux\r\n");
    ngx_secmeet_sdp_put_line(out, "a=mid:", &media->mid);
    ngx_secmeet_sdp_put_str(out,
                         &ngx_secmeet_sdp_directions[media->direction & 3]);

    for (i = 0; i < media->ncodecs; i++) {
        ngx_secmeet_sdp_put_codec(out, media, &media->codecs[i]);
    }

    ngx_secmeet_sdp_put_exts(out, media);
    ngx_secmeet_sdp_put_rids(out, sdp, media);
    ngx_secmeet_sdp_put_line(out, "a=msid:", &media->msid);
    ngx_secmeet_sdp_put_ssrcs(out, media);
    ngx_secmeet_sdp_put_transport(out, sdp);
}


static void
ngx_secmeet_sdp_put_m(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_secmeet_sdp_put_text(out, "m=");

    if (media->kind_name.len) {
        ngx_secmeet_sdp_put_str(out, &media->kind_name);

    } else if (media->kind == NGX_SECMEET_SDP_AUDIO) {
        ngx_secmeet_sdp_put_text(out, "audio");

    } else {
        ngx_secmeet_sdp_put_text(out, "video");
    }

    if (media->port) {
        ngx_secmeet_sdp_put_text(out, " 9 ");

    } else {
        ngx_secmeet_sdp_put_text(out, " 0 ");
    }

    if (media->proto.len) {
        ngx_secmeet_sdp_put_str(out, &media->proto);

    } else {
        ngx_secmeet_sdp_put_text(out, "UDP/TLS/RTP/SAVPF");
    }

    ngx_secmeet_sdp_put_formats(out, media);

    ngx_secmeet_sdp_put_text(out, "\r\nc=IN IP4 0.0.0.0\r\n");
}


static void
ngx_secmeet_sdp_put_formats(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i, n;

    n = media->port ? media->ncodecs : ngx_min(media->ncodecs, 1);

    for (i = 0; i < n; i++) {
        ngx_secmeet_sdp_put_text(out, " ");
        ngx_secmeet_sdp_put_number(out, media->codecs[i].pt);

        if (media->port && media->codecs[i].rtx
            && ngx_secmeet_sdp_has_rtx(media))
        {
            ngx_secmeet_sdp_put_text(out, " ");
            ngx_secmeet_sdp_put_number(out, media->codecs[i].rtx);
        }
    }

    if (n > 0) {
        return;
    }

    /* RFC 8866, 5.14 asks for a format even where there is none */

    if (media->kind == NGX_SECMEET_SDP_OTHER
        && ngx_secmeet_sdp_is(&media->kind_name, "application"))
    {
        ngx_secmeet_sdp_put_text(out, " webrtc-datachannel");

    } else {
        ngx_secmeet_sdp_put_text(out, " 0");
    }
}


static void
ngx_secmeet_sdp_put_codec(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media, ngx_secmeet_sdp_codec_t *codec)
{
    ngx_secmeet_sdp_put_rtpmap(out, codec);

    if (codec->twcc) {
        ngx_secmeet_sdp_put_pt(out, "a=rtcp-fb:", codec->pt,
                               &ngx_secmeet_sdp_twcc);
    }

    if (codec->fir) {
        ngx_secmeet_sdp_put_pt(out, "a=rtcp-fb:", codec->pt,
                               &ngx_secmeet_sdp_fir);
    }

    if (codec->nack) {
        ngx_secmeet_sdp_put_pt(out, "a=rtcp-fb:", codec->pt,
                               &ngx_secmeet_sdp_nack);
    }

    if (codec->pli) {
        ngx_secmeet_sdp_put_pt(out, "a=rtcp-fb:", codec->pt,
                               &ngx_secmeet_sdp_pli);
    }

    ngx_secmeet_sdp_put_pt(out, "a=fmtp:", codec->pt, &codec->fmtp);

    if (codec->rtx && ngx_secmeet_sdp_has_rtx(media)) {
        ngx_secmeet_sdp_put_rtx(out, media, codec);
    }
}


static void
ngx_secmeet_sdp_put_rtx(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media, ngx_secmeet_sdp_codec_t *codec)
{
    ngx_secmeet_sdp_put_pt(out, "a=rtpmap:", codec->rtx,
                      &ngx_secmeet_sdp_rtx[media->kind
                                           == NGX_SECMEET_SDP_VIDEO]);
    ngx_secmeet_sdp_put_text(out, "a=fmtp:");
    ngx_secmeet_sdp_put_number(out, codec->rtx);
    ngx_secmeet_sdp_put_text(out, " apt=");
    ngx_secmeet_sdp_put_number(out, codec->pt);
    ngx_secmeet_sdp_put_text(out, "\r\n");
}


static void
ngx_secmeet_sdp_put_rtpmap(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_codec_t *codec)
{
    ngx_secmeet_sdp_name_t  *name;

    for (name = ngx_secmeet_sdp_names; name->codec; name++) {
        if (name->codec == codec->codec) {
            break;
        }
    }

    ngx_secmeet_sdp_put_pt(out, "a=rtpmap:", codec->pt, &name->name);
}


static void
ngx_secmeet_sdp_put_pt(ngx_secmeet_sdp_out_t *out, const char *name,
    ngx_uint_t pt, ngx_str_t *value)
{
    if (value->len == 0) {
        return;
    }

    ngx_secmeet_sdp_put(out, name, ngx_strlen(name));
    ngx_secmeet_sdp_put_number(out, pt);
    ngx_secmeet_sdp_put_line(out, " ", value);
}


static void
ngx_secmeet_sdp_put_exts(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_EXT_N; i++) {
        if (media->exts[i]) {
            ngx_secmeet_sdp_put_pt(out, "a=extmap:", media->exts[i],
                                   &ngx_secmeet_sdp_ext_uris[i]);
        }
    }
}


/* RFC 8851, 10; RFC 8853, 5.1 */

static void
ngx_secmeet_sdp_put_rids(ngx_secmeet_sdp_out_t *out, ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i, send;

    send = (sdp->setup == NGX_SECMEET_SETUP_ACTPASS);

    if (!media->simulcast || media->nrids == 0
        || !(media->direction
             & (send ? NGX_SECMEET_SDP_SEND : NGX_SECMEET_SDP_RECV)))
    {
        return;
    }

    for (i = 0; i < media->nrids; i++) {
        ngx_secmeet_sdp_put_text(out, "a=rid:");
        ngx_secmeet_sdp_put_str(out, &media->rids[i]);
        ngx_secmeet_sdp_put(out, send ? " send\r\n" : " recv\r\n", 7);
    }

    ngx_secmeet_sdp_put(out, send ? "a=simulcast:send " : "a=simulcast:recv ",
                        17);

    for (i = 0; i < media->nrids; i++) {

        if (i > 0) {
            ngx_secmeet_sdp_put_text(out, ";");
        }

        ngx_secmeet_sdp_put_str(out, &media->rids[i]);
    }

    ngx_secmeet_sdp_put_text(out, "\r\n");
}


static void
ngx_secmeet_sdp_put_ssrcs(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i, rtx;

    rtx = (media->direction & NGX_SECMEET_SDP_SEND)
          && ngx_secmeet_sdp_has_rtx(media);

    for (i = 0; rtx && i < media->nssrcs; i++) {

        if (media->rtx_ssrcs[i] == 0) {
            continue;
        }

        ngx_secmeet_sdp_put_text(out, "a=ssrc-group:FID ");
        ngx_secmeet_sdp_put_number(out, media->ssrcs[i]);
        ngx_secmeet_sdp_put_text(out, " ");
        ngx_secmeet_sdp_put_number(out, media->rtx_ssrcs[i]);
        ngx_secmeet_sdp_put_text(out, "\r\n");
    }

    for (i = 0; i < media->nssrcs; i++) {
        ngx_secmeet_sdp_put_ssrc(out, media, media->ssrcs[i]);

        if (rtx && media->rtx_ssrcs[i]) {
            ngx_secmeet_sdp_put_ssrc(out, media, media->rtx_ssrcs[i]);
        }
    }
}


static void
ngx_secmeet_sdp_put_ssrc(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_media_t *media, uint32_t ssrc)
{
    ngx_secmeet_sdp_put_text(out, "a=ssrc:");
    ngx_secmeet_sdp_put_number(out, ssrc);

    /* RFC 5576, 4.1: an SSRC needs an attribute, and a cname is due */

    if (media->cname.len) {
        ngx_secmeet_sdp_put_line(out, " cname:", &media->cname);

    } else {
        ngx_secmeet_sdp_put_text(out, " cname:-\r\n");
    }
}


static void
ngx_secmeet_sdp_put_transport(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t  i;

    for (i = 0; i < sdp->ncandidates; i++) {
        ngx_secmeet_sdp_put_candidate(out, &sdp->candidates[i]);
    }

    if (sdp->ncandidates) {
        ngx_secmeet_sdp_put_text(out, "a=end-of-candidates\r\n");
    }

    ngx_secmeet_sdp_put_line(out, "a=ice-ufrag:", &sdp->ufrag);
    ngx_secmeet_sdp_put_line(out, "a=ice-pwd:", &sdp->pwd);
    ngx_secmeet_sdp_put_line(out, "a=fingerprint:", &sdp->fingerprint);
    ngx_secmeet_sdp_put_line(out, "a=setup:",
                             &ngx_secmeet_sdp_setups[sdp->setup]);
}


static void
ngx_secmeet_sdp_put_candidate(ngx_secmeet_sdp_out_t *out,
    ngx_secmeet_sdp_candidate_t *c)
{
    char         addr[INET6_ADDRSTRLEN];
    in_port_t    port;
    const void  *bytes;

    switch (c->addr.sa.sockaddr.sa_family) {

#if (NGX_HAVE_INET6)
    case AF_INET6:
        bytes = &c->addr.sa.sockaddr_in6.sin6_addr;
        port = ntohs(c->addr.sa.sockaddr_in6.sin6_port);
        break;
#endif

    case AF_INET:
        bytes = &c->addr.sa.sockaddr_in.sin_addr;
        port = ntohs(c->addr.sa.sockaddr_in.sin_port);
        break;

    default:
        return;
    }

    if (inet_ntop(c->addr.sa.sockaddr.sa_family, bytes, addr, sizeof(addr))
        == NULL)
    {
        return;
    }

    ngx_secmeet_sdp_put_text(out, "a=candidate:");
    ngx_secmeet_sdp_put_number(out, c->foundation);
    ngx_secmeet_sdp_put(out, c->tcp ? " 1 tcp " : " 1 udp ", 7);
    ngx_secmeet_sdp_put_number(out, c->priority);
    ngx_secmeet_sdp_put_text(out, " ");
    ngx_secmeet_sdp_put(out, addr, ngx_strlen(addr));
    ngx_secmeet_sdp_put_text(out, " ");
    ngx_secmeet_sdp_put_number(out, port);
    ngx_secmeet_sdp_put_text(out, " typ host");

    if (c->tcp) {
        ngx_secmeet_sdp_put_text(out, " tcptype passive");
    }

    ngx_secmeet_sdp_put_text(out, "\r\n");
}


/* nothing is written for an empty value */

static void
ngx_secmeet_sdp_put_line(ngx_secmeet_sdp_out_t *out, const char *name,
    ngx_str_t *value)
{
    if (value->len == 0) {
        return;
    }

    ngx_secmeet_sdp_put(out, name, ngx_strlen(name));
    ngx_secmeet_sdp_put_str(out, value);
    ngx_secmeet_sdp_put_text(out, "\r\n");
}


static void
ngx_secmeet_sdp_put_str(ngx_secmeet_sdp_out_t *out, ngx_str_t *s)
{
    ngx_secmeet_sdp_put(out, s->data, s->len);
}


static void
ngx_secmeet_sdp_put_number(ngx_secmeet_sdp_out_t *out, uint64_t n)
{
    u_char   buf[NGX_INT64_LEN + 1];
    u_char  *p;

    p = buf + sizeof(buf);

    do {
        *--p = (u_char) ('0' + n % 10);
        n /= 10;
    } while (n);

    ngx_secmeet_sdp_put(out, p, buf + sizeof(buf) - p);
}


static void
ngx_secmeet_sdp_put(ngx_secmeet_sdp_out_t *out, const void *data, size_t len)
{
    if (out->p && len) {
        out->p = ngx_cpymem(out->p, data, len);
    }

    out->len += len;
}
