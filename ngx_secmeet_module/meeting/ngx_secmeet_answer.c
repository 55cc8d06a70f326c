
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_negotiate.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_signal.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_transport.h"


/* 127.0.0.1 in network order */
#if (NGX_HAVE_LITTLE_ENDIAN)
#define NGX_SECMEET_LOOPBACK  0x0100007f
#else
#define NGX_SECMEET_LOOPBACK  0x7f000001
#endif


static void ngx_secmeet_answer_media(ngx_secmeet_media_t *media,
    ngx_secmeet_sdp_media_t *m);
static void ngx_secmeet_answer_sub(ngx_secmeet_sub_t *sub,
    ngx_secmeet_sdp_media_t *m);
static void ngx_secmeet_answer_candidates(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp);
static void ngx_secmeet_answer_listener(ngx_secmeet_listener_t *listener,
    ngx_secmeet_addr_t *local, ngx_secmeet_sdp_t *sdp);
static ngx_uint_t ngx_secmeet_answer_loopback(ngx_secmeet_addr_t *addr);
static void ngx_secmeet_answer_candidate(ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_addr_t *addr, in_port_t port);


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
    ngx_uint_t  i;

    m->nssrcs = 0;
    m->simulcast = 0;
    m->direction = 0;
    ngx_str_null(&m->cname);
    ngx_str_null(&m->msid);

    if (m->port == 0) {
        return;
    }

    m->port = 9;

    m->exts[NGX_SECMEET_EXT_RID] = 0;
    m->exts[NGX_SECMEET_EXT_RRID] = 0;
    m->exts[NGX_SECMEET_EXT_TWCC] = 0;
    m->exts[NGX_SECMEET_EXT_DD] = 0;

    for (i = 0; i < m->ncodecs; i++) {
        m->codecs[i].twcc = 0;
    }

    if (media->track) {
        m->direction |= NGX_SECMEET_SDP_RECV;
    }

    if (media->sub) {
        m->direction |= NGX_SECMEET_SDP_SEND;
        ngx_secmeet_answer_sub(media->sub, m);
    }
}


static void
ngx_secmeet_answer_sub(ngx_secmeet_sub_t *sub, ngx_secmeet_sdp_media_t *m)
{
    m->ssrcs[0] = sub->ssrc;
    m->nssrcs = 1;

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
    ngx_uint_t               i, n;
    ngx_secmeet_addr_t      *local;
    ngx_secmeet_worker_t    *worker;
    ngx_secmeet_listener_t  *listeners;

    worker = peer->room->worker;
    listeners = worker->listeners.elts;
    local = &peer->signal->local;

    sdp->ncandidates = 0;

    for (i = 0; i < worker->listeners.nelts; i++) {
        ngx_secmeet_answer_listener(&listeners[i], local, sdp);
    }

    /*
     * RFC 8445, 5.1.2.1: type preference 126, a local preference each, and
     * component 1.
     */

    n = sdp->ncandidates;

    for (i = 0; i < n; i++) {
        sdp->candidates[i].priority = (uint32_t) 126 << 24
                                      | (uint32_t) (65535 - i) << 8 | 255;
        sdp->candidates[i].foundation = i + 1;
    }

    if (n == 0) {
        ngx_log_error(NGX_LOG_ERR, worker->log, 0,
                      "secmeet: no address for media to offer: say "
                      "secmeet_candidate in the stream server");
    }
}


static void
ngx_secmeet_answer_listener(ngx_secmeet_listener_t *listener,
    ngx_secmeet_addr_t *local, ngx_secmeet_sdp_t *sdp)
{
    in_port_t            port, own;
    ngx_uint_t           i;
    ngx_secmeet_addr_t  *addrs;

    static ngx_secmeet_addr_t  loopback = {
        .sa.sockaddr_in = {
            .sin_family = AF_INET,
            .sin_addr.s_addr = NGX_SECMEET_LOOPBACK
        },
        .len = sizeof(struct sockaddr_in)
    };

    static ngx_secmeet_addr_t  loopback6 = {
        .sa.sockaddr_in6 = {
            .sin6_family = AF_INET6,
            .sin6_addr = IN6ADDR_LOOPBACK_INIT
        },
        .len = sizeof(struct sockaddr_in6)
    };

    port = ngx_inet_get_port(&listener->addr.sa.sockaddr);

    if (listener->candidates) {
        addrs = listener->candidates->elts;

        for (i = 0; i < listener->candidates->nelts; i++) {
            own = ngx_inet_get_port(&addrs[i].sa.sockaddr);
            ngx_secmeet_answer_candidate(sdp, &addrs[i], own ? own : port);
        }

        return;
    }

    if (!listener->wildcard) {
        ngx_secmeet_answer_candidate(sdp, &listener->addr, port);
        return;
    }

    /* the address on which the browser has reached us already */

    if (local->len == 0) {
        return;
    }

    if (local->sa.sockaddr.sa_family == listener->addr.sa.sockaddr.sa_family) {
        ngx_secmeet_answer_candidate(sdp, local, port);

    } else if (ngx_secmeet_answer_loopback(local)) {
        ngx_secmeet_answer_candidate(sdp,
            listener->addr.sa.sockaddr.sa_family == AF_INET6 ? &loopback6
                                                             : &loopback,
            port);
    }
}


/* "localhost" is both, and a browser may have a socket in one family only */

static ngx_uint_t
ngx_secmeet_answer_loopback(ngx_secmeet_addr_t *addr)
{
    struct sockaddr_in  *sin;

    if (addr->sa.sockaddr.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&addr->sa.sockaddr_in6.sin6_addr);
    }

    sin = &addr->sa.sockaddr_in;

    return (ntohl(sin->sin_addr.s_addr) >> 24) == 127;
}


static void
ngx_secmeet_answer_candidate(ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_addr_t *addr, in_port_t port)
{
    ngx_secmeet_sdp_candidate_t  *candidate;

    if (sdp->ncandidates == NGX_SECMEET_SDP_CANDIDATES) {
        return;
    }

    candidate = &sdp->candidates[sdp->ncandidates++];
    candidate->addr = *addr;

    ngx_inet_set_port(&candidate->addr.sa.sockaddr, port);
}
