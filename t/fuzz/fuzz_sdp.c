
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A text that parses is created anew and parsed again: to the same struct,
 * but for what is not written into rejected m-lines.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_sdp.h"


static void again(ngx_secmeet_sdp_t *a);
static ngx_uint_t reject(ngx_secmeet_sdp_t *sdp);
static ngx_uint_t differ(ngx_secmeet_sdp_t *a, ngx_secmeet_sdp_t *b);
static ngx_uint_t differ_media(ngx_secmeet_sdp_media_t *a,
    ngx_secmeet_sdp_media_t *b);
static ngx_uint_t differ_rtx(ngx_secmeet_sdp_media_t *a,
    ngx_secmeet_sdp_media_t *b);
static ngx_uint_t differ_rids(ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_sdp_media_t *a, ngx_secmeet_sdp_media_t *b);
static ngx_uint_t differ_codec(ngx_secmeet_sdp_codec_t *a,
    ngx_secmeet_sdp_codec_t *b);
static ngx_uint_t differ_str(ngx_str_t *a, ngx_str_t *b);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static ngx_secmeet_sdp_media_t  first[NGX_SECMEET_SDP_MEDIA];
static ngx_secmeet_sdp_media_t  second[NGX_SECMEET_SDP_MEDIA];


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char             *p, sha256[32];
    ngx_secmeet_sdp_t   sdp;

    p = malloc(size);
    ngx_memcpy(p, data, size);

    ngx_memset(&sdp, 0xa5, sizeof(ngx_secmeet_sdp_t));
    sdp.media = first;
    sdp.media_max = NGX_SECMEET_SDP_MEDIA;

    if (ngx_secmeet_sdp_parse(&sdp, p, p + size) != NGX_OK) {
        if (sdp.reason == NULL) {
            abort();
        }

    } else {
        (void) ngx_secmeet_sdp_fingerprint(&sdp.fingerprint, sha256);
        again(&sdp);
    }

    free(p);

    return 0;
}


static void
again(ngx_secmeet_sdp_t *a)
{
    size_t              len;
    u_char             *p;
    ngx_uint_t          live;
    ngx_secmeet_sdp_t   b;

    live = reject(a);

    len = ngx_secmeet_sdp_create(NULL, a);
    p = malloc(len);

    if (ngx_secmeet_sdp_create(p, a) != len) {
        abort();
    }

    b.media = second;
    b.media_max = NGX_SECMEET_SDP_MEDIA;

    if (len <= NGX_SECMEET_SDP_SIZE
        && (ngx_secmeet_sdp_parse(&b, p, p + len) != NGX_OK
            || (live && differ(a, &b))))
    {
        abort();
    }

    free(p);
}


/* what is not bundled cannot be written but as rejected */

static ngx_uint_t
reject(ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t  i, live;

    for (live = 0, i = 0; i < sdp->nmedia; i++) {
        if (!sdp->media[i].bundled) {
            sdp->media[i].port = 0;
        }

        live += (sdp->media[i].port != 0);
    }

    return live;
}


static ngx_uint_t
differ(ngx_secmeet_sdp_t *a, ngx_secmeet_sdp_t *b)
{
    ngx_uint_t                    i;
    ngx_secmeet_sdp_candidate_t  *ca, *cb;

    if (differ_str(&a->ufrag, &b->ufrag) || differ_str(&a->pwd, &b->pwd)
        || differ_str(&a->fingerprint, &b->fingerprint)
        || a->setup != b->setup || a->lite != b->lite
        || a->bundle != b->bundle || a->nmedia != b->nmedia
        || a->ncandidates != b->ncandidates)
    {
        return 1;
    }

    for (i = 0; i < a->ncandidates; i++) {
        ca = &a->candidates[i];
        cb = &b->candidates[i];

        if (ca->priority != cb->priority || ca->foundation != cb->foundation
            || ca->addr.len != cb->addr.len || ca->tcp != cb->tcp
            || ngx_memcmp(&ca->addr.sa, &cb->addr.sa, ca->addr.len))
        {
            return 1;
        }
    }

    for (i = 0; i < a->nmedia; i++) {
        if (differ_media(&a->media[i], &b->media[i])
            || differ_rtx(&a->media[i], &b->media[i])
            || differ_rids(a, &a->media[i], &b->media[i]))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
differ_media(ngx_secmeet_sdp_media_t *a, ngx_secmeet_sdp_media_t *b)
{
    ngx_uint_t  i;

    if (a->kind != b->kind || differ_str(&a->kind_name, &b->kind_name)
        || differ_str(&a->proto, &b->proto) || differ_str(&a->mid, &b->mid)
        || (a->port == 0) != (b->port == 0))
    {
        return 1;
    }

    if (a->port == 0) {
        return b->bundled;
    }

    if (a->direction != b->direction || !b->bundled || !b->rtcp_mux
        || a->ncodecs != b->ncodecs || a->nssrcs != b->nssrcs
        || differ_str(&a->msid, &b->msid)
        || (a->nssrcs && a->cname.len && differ_str(&a->cname, &b->cname))
        || ngx_memcmp(a->exts, b->exts, sizeof(a->exts))
        || ngx_memcmp(a->ssrcs, b->ssrcs, sizeof(a->ssrcs)))
    {
        return 1;
    }

    for (i = 0; i < a->ncodecs; i++) {
        if (differ_codec(&a->codecs[i], &b->codecs[i])) {
            return 1;
        }
    }

    return 0;
}


/* RTX is there with an SSRC for what is sent, or not at all */

static ngx_uint_t
differ_rtx(ngx_secmeet_sdp_media_t *a, ngx_secmeet_sdp_media_t *b)
{
    ngx_uint_t  i, sent, maps, kept;

    if (a->port == 0) {
        return 0;
    }

    sent = (a->direction & NGX_SECMEET_SDP_SEND);
    kept = !(sent && a->nssrcs && a->rtx_ssrcs[0] == 0);

    for (maps = 0, i = 0; i < a->ncodecs; i++) {
        maps |= a->codecs[i].rtx;

        if (b->codecs[i].rtx != (kept ? a->codecs[i].rtx : 0)) {
            return 1;
        }
    }

    for (i = 0; i < a->nssrcs; i++) {
        if ((a->rtx_ssrcs[i] && !sent)
            || b->rtx_ssrcs[i] != (kept && maps ? a->rtx_ssrcs[i] : 0))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
differ_rids(ngx_secmeet_sdp_t *sdp, ngx_secmeet_sdp_media_t *a,
    ngx_secmeet_sdp_media_t *b)
{
    ngx_uint_t  i, want;

    if (a->nrids > NGX_SECMEET_SDP_RIDS || (a->nrids && !a->simulcast)) {
        return 1;
    }

    want = (sdp->setup == NGX_SECMEET_SETUP_ACTPASS) ? NGX_SECMEET_SDP_SEND
                                                     : NGX_SECMEET_SDP_RECV;

    if (a->port == 0 || !(a->direction & want)) {
        return b->nrids != 0;
    }

    if (a->nrids != b->nrids) {
        return 1;
    }

    for (i = 0; i < a->nrids; i++) {
        if (a->rids[i].len > NGX_SECMEET_SDP_RID
            || differ_str(&a->rids[i], &b->rids[i]))
        {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
differ_codec(ngx_secmeet_sdp_codec_t *a, ngx_secmeet_sdp_codec_t *b)
{
    return a->pt != b->pt || a->codec != b->codec || a->clock != b->clock
           || a->profile != b->profile || differ_str(&a->fmtp, &b->fmtp)
           || a->nack != b->nack || a->pli != b->pli || a->fir != b->fir
           || a->twcc != b->twcc;
}


static ngx_uint_t
differ_str(ngx_str_t *a, ngx_str_t *b)
{
    return a->len != b->len
           || (a->len && ngx_memcmp(a->data, b->data, a->len));
}
