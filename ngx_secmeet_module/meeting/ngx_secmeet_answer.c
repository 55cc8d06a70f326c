
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_negotiate.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_signal.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_transport.h"


static void ngx_secmeet_answer_media(ngx_secmeet_media_t *media,
    ngx_secmeet_sdp_media_t *m);
static void ngx_secmeet_answer_track(ngx_secmeet_track_t *track,
    ngx_secmeet_sdp_media_t *m);
static void ngx_secmeet_answer_sub(ngx_secmeet_sub_t *sub,
    ngx_secmeet_sdp_media_t *m);
static void ngx_secmeet_answer_candidates(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp);


void
ngx_secmeet_negotiate_answer(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t                i;
    ngx_secmeet_transport_t  *tp;

    tp = peer->transport;

    sdp->ufrag.data = tp->ufrag;
    sdp->ufrag.len = NGX_SECMEET_TRANSPORT_UFRAG;
    sdp->pwd.data = tp->pwd;
    sdp->pwd.len = NGX_SECMEET_TRANSPORT_PWD;
    sdp->fingerprint = *ngx_secmeet_dtls_ctx_fingerprint(tp->worker->dtls);
    sdp->setup = NGX_SECMEET_SETUP_PASSIVE;
    sdp->session = peer->session;
    sdp->version = ++peer->version;
    sdp->lite = 1;

    for (i = 0; i < sdp->nmedia; i++) {
        ngx_secmeet_answer_media(peer->media[i], &sdp->media[i]);
    }

    ngx_secmeet_answer_candidates(peer, sdp);
}


static void
ngx_secmeet_answer_media(ngx_secmeet_media_t *media,
    ngx_secmeet_sdp_media_t *m)
{
    m->nssrcs = 0;
    m->direction = 0;
    ngx_str_null(&m->cname);
    ngx_str_null(&m->msid);

    if (m->port == 0) {
        return;
    }

    m->port = 9;

    if (media->track) {
        m->direction |= NGX_SECMEET_SDP_RECV;
        ngx_secmeet_answer_track(media->track, m);

    } else {
        /*
         * its RID stays: browsers take what one answer leaves out for
         * refused on m-lines that come later, too
         */

        m->nrids = 0;
        m->simulcast = 0;
    }

    if (media->sub) {
        m->direction |= NGX_SECMEET_SDP_SEND;
        ngx_secmeet_answer_sub(media->sub, m);
    }
}


/* RFC 8853, 5.3: the layers that were there from the first offer on */

static void
ngx_secmeet_answer_track(ngx_secmeet_track_t *track,
    ngx_secmeet_sdp_media_t *m)
{
    ngx_uint_t  i;

    m->nrids = 0;

    for (i = 0; i < track->nlayers && i < NGX_SECMEET_SDP_RIDS; i++) {
        if (track->layers[i].rid.len) {
            m->rids[m->nrids++] = track->layers[i].rid;
        }
    }

    m->simulcast = (m->nrids != 0);
}


static void
ngx_secmeet_answer_sub(ngx_secmeet_sub_t *sub, ngx_secmeet_sdp_media_t *m)
{
    ngx_uint_t  i;

    m->ssrcs[0] = sub->ssrc;
    m->rtx_ssrcs[0] = 0;
    m->nssrcs = 1;

    for (i = 0; i < m->ncodecs; i++) {
        if (m->codecs[i].rtx) {
            m->rtx_ssrcs[0] = sub->rtx.ssrc;
        }
    }

    m->cname.data = sub->peer->id;
    m->cname.len = NGX_SECMEET_ID;

    /* tracks of one peer play in sync: RFC 8830 groups them by its id */

    m->msid = sub->msid;

    if (sub->track) {
        ngx_memcpy(sub->msid.data, sub->track->peer->id, NGX_SECMEET_ID);

    } else {
        ngx_memset(sub->msid.data, '0', NGX_SECMEET_ID);
    }
}


static void
ngx_secmeet_answer_candidates(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t                    i, nudp;
    ngx_secmeet_candidates_t     *candidates;
    ngx_secmeet_sdp_candidate_t  *candidate;

    candidates = &peer->signal->candidates;

    /*
     * RFC 8445, 5.1.2.1: type preference 126, a local preference each, and
     * component 1.  RFC 6544, 4.2: by TCP a lower one, here 90, and direction
     * preference 4, passive, before the local one.
     */

    nudp = candidates->n - candidates->ntcp;

    for (i = 0; i < candidates->n; i++) {
        candidate = &sdp->candidates[i];

        candidate->addr = candidates->addrs[i];
        candidate->priority = (uint32_t) 126 << 24
                              | (uint32_t) (65535 - i) << 8 | 255;
        candidate->foundation = i + 1;
        candidate->tcp = (i >= nudp);

        if (candidate->tcp) {
            candidate->priority = (uint32_t) 90 << 24
                                  | (uint32_t) (4 << 13 | (8191 - i)) << 8
                                  | 255;
        }
    }

    sdp->ncandidates = candidates->n;

    if (candidates->n == 0) {
        ngx_log_error(NGX_LOG_ERR, peer->room->worker->log, 0,
                      "secmeet: no address for media to offer: say "
                      "secmeet_candidate in the stream server");
    }
}
