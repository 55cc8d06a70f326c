
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_feedback.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_path.h"
#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_quality.h"
#include "ngx_secmeet_receive.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_share.h"
#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_sub.h"
#include "../wire/ngx_secmeet_ws.h"

#include <openssl/crypto.h>


static ngx_int_t ngx_secmeet_transport_credentials(
    ngx_secmeet_transport_t *tp, ngx_secmeet_sdp_t *offer);
static void ngx_secmeet_transport_event(ngx_secmeet_transport_t *tp,
    ngx_event_t *ev, ngx_event_handler_pt handler);
static void ngx_secmeet_transport_dtls(ngx_secmeet_path_t *path,
    ngx_secmeet_datagram_t *dg);
static ngx_int_t ngx_secmeet_transport_hello(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg);
static void ngx_secmeet_transport_dtls_send(void *data, u_char *p,
    size_t len);
static void ngx_secmeet_transport_dtls_failed(ngx_secmeet_transport_t *tp);
static void ngx_secmeet_transport_dtls_timer(ngx_event_t *ev);
static void ngx_secmeet_transport_secure(ngx_secmeet_transport_t *tp);
static ngx_int_t ngx_secmeet_transport_streams(ngx_secmeet_transport_t *tp);
static void ngx_secmeet_transport_tick(ngx_event_t *ev);
static void ngx_secmeet_transport_again(ngx_secmeet_transport_t *tp);
static void ngx_secmeet_transport_subs(ngx_secmeet_transport_t *tp,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_transport_feedback(ngx_event_t *ev);
static void ngx_secmeet_transport_arrived(ngx_event_t *ev);
static ngx_uint_t ngx_secmeet_transport_search(ngx_secmeet_transport_t *tp,
    uint32_t ssrc);


ngx_secmeet_transport_t *
ngx_secmeet_transport_create(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *offer)
{
    ngx_secmeet_transport_t  *tp;

    tp = ngx_pcalloc(peer->pool, sizeof(ngx_secmeet_transport_t));
    if (tp == NULL) {
        return NULL;
    }

    tp->ssrcs = ngx_palloc(peer->pool, NGX_SECMEET_TRANSPORT_SSRCS
                                       * sizeof(ngx_secmeet_transport_ssrc_t));
    if (tp->ssrcs == NULL) {
        return NULL;
    }

    tp->worker = peer->room->worker;
    tp->peer = peer;

    if (ngx_secmeet_random(&tp->ssrc, sizeof(uint32_t)) != NGX_OK
        || ngx_secmeet_sdp_fingerprint(&offer->fingerprint, tp->fingerprint)
           != NGX_OK
        || ngx_secmeet_transport_credentials(tp, offer) != NGX_OK)
    {
        return NULL;
    }

    ngx_queue_init(&tp->paths);
    ngx_secmeet_limit_init(&tp->rtcp, NGX_SECMEET_TRANSPORT_RTCP,
                           NGX_SECMEET_TRANSPORT_RTCP, ngx_secmeet_now());

    ngx_secmeet_transport_event(tp, &tp->dtls_event,
                                ngx_secmeet_transport_dtls_timer);
    ngx_secmeet_transport_event(tp, &tp->tick, ngx_secmeet_transport_tick);
    ngx_secmeet_transport_event(tp, &tp->feedback,
                                ngx_secmeet_transport_feedback);
    ngx_secmeet_transport_event(tp, &tp->retry,
                                ngx_secmeet_transport_feedback);
    ngx_secmeet_transport_event(tp, &tp->arrived,
                                ngx_secmeet_transport_arrived);

    ngx_add_timer(&tp->tick, NGX_SECMEET_TRANSPORT_TICK);

    return tp;
}


static void
ngx_secmeet_transport_event(ngx_secmeet_transport_t *tp, ngx_event_t *ev,
    ngx_event_handler_pt handler)
{
    ev->handler = handler;
    ev->data = tp;
    ev->log = tp->worker->log;
}


static ngx_int_t
ngx_secmeet_transport_credentials(ngx_secmeet_transport_t *tp,
    ngx_secmeet_sdp_t *offer)
{
    if (offer->ufrag.len > sizeof(tp->remote_ufrag)) {
        return NGX_ERROR;
    }

    /* whoever receives a datagram finds its worker by the ufrag */

    ngx_memcpy(tp->ufrag, tp->worker->id, NGX_SECMEET_WORKER_ID);

    if (ngx_secmeet_ice_random(tp->ufrag + NGX_SECMEET_WORKER_ID,
                               NGX_SECMEET_TRANSPORT_UFRAG
                               - NGX_SECMEET_WORKER_ID)
        != NGX_OK
        || ngx_secmeet_ice_random(tp->pwd, NGX_SECMEET_TRANSPORT_PWD)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(tp->remote_ufrag, offer->ufrag.data, offer->ufrag.len);
    tp->remote_ufrag_len = offer->ufrag.len;

    tp->node.str.data = tp->ufrag;
    tp->node.str.len = NGX_SECMEET_TRANSPORT_UFRAG;
    tp->node.node.key = ngx_crc32_short(tp->ufrag,
                                        NGX_SECMEET_TRANSPORT_UFRAG);

    ngx_rbtree_insert(&tp->worker->transports, &tp->node.node);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_transport_update(ngx_secmeet_transport_t *tp,
    ngx_secmeet_sdp_t *offer)
{
    if (offer->ufrag.len == tp->remote_ufrag_len
        && ngx_memcmp(offer->ufrag.data, tp->remote_ufrag,
                      tp->remote_ufrag_len)
           == 0)
    {
        return NGX_OK;
    }

    /*
     * RFC 8445, 9.  ICE Restarts: new credentials; the paths of before
     * carry media until one of the new generation is validated.
     */

    ngx_rbtree_delete(&tp->worker->transports, &tp->node.node);

    if (ngx_secmeet_transport_credentials(tp, offer) != NGX_OK) {
        ngx_rbtree_insert(&tp->worker->transports, &tp->node.node);
        return NGX_ERROR;
    }

    tp->restarted = 1;
    tp->tries = 0;

    return NGX_OK;
}


void
ngx_secmeet_transport_close(ngx_secmeet_transport_t *tp)
{
    ngx_uint_t    i;
    ngx_queue_t  *q;
    ngx_event_t  *events[] = { &tp->dtls_event, &tp->tick, &tp->feedback,
                               &tp->retry, &tp->arrived };

    if (tp->egress) {
        ngx_secmeet_egress_close(tp->egress);
    }

    if (tp->dtls) {
        ngx_secmeet_dtls_close(tp->dtls);
        ngx_secmeet_dtls_free(tp->dtls);
    }

    if (tp->srtp) {
        ngx_secmeet_srtp_free(tp->srtp);
    }

    while (!ngx_queue_empty(&tp->paths)) {
        q = ngx_queue_head(&tp->paths);
        ngx_secmeet_path_close(ngx_queue_data(q, ngx_secmeet_path_t, queue));
    }

    for (i = 0; i < 5; i++) {
        if (events[i]->timer_set) {
            ngx_del_timer(events[i]);
        }

        if (events[i]->posted) {
            ngx_delete_posted_event(events[i]);
        }
    }

    ngx_rbtree_delete(&tp->worker->transports, &tp->node.node);
    tp->peer->transport = NULL;
}


ngx_secmeet_transport_t *
ngx_secmeet_transport_find(ngx_secmeet_worker_t *worker, ngx_str_t *ufrag)
{
    uint32_t  hash;

    hash = ngx_crc32_short(ufrag->data, ufrag->len);

    return (ngx_secmeet_transport_t *)
               ngx_str_rbtree_lookup(&worker->transports, ufrag, hash);
}


void
ngx_secmeet_transport_input(ngx_secmeet_path_t *path,
    ngx_secmeet_datagram_t *dg)
{
    ngx_secmeet_worker_t     *worker;
    ngx_secmeet_transport_t  *tp;

    tp = path->transport;
    worker = tp->worker;

    if (tp->peer->closing) {
        return;
    }

    switch (ngx_secmeet_demux(dg->start, dg->len)) {

    case NGX_SECMEET_DEMUX_RTP:
        if (!tp->secure) {
            worker->counters[NGX_SECMEET_DROP_EARLY]++;
            return;
        }

        ngx_secmeet_receive_input(tp, dg);
        return;

    case NGX_SECMEET_DEMUX_RTCP:
        if (!tp->secure) {
            worker->counters[NGX_SECMEET_DROP_EARLY]++;
            return;
        }

        ngx_secmeet_feedback_input(tp, dg);
        return;

    case NGX_SECMEET_DEMUX_DTLS:
        ngx_secmeet_transport_dtls(path, dg);
        return;

    default:
        worker->counters[NGX_SECMEET_DROP_UNKNOWN]++;
        return;
    }
}


static void
ngx_secmeet_transport_dtls(ngx_secmeet_path_t *path,
    ngx_secmeet_datagram_t *dg)
{
    ngx_secmeet_transport_t  *tp;

    tp = path->transport;

    if (tp->dtls == NULL && ngx_secmeet_transport_hello(tp, dg) != NGX_OK) {
        tp->worker->counters[NGX_SECMEET_DROP_DTLS]++;
        return;
    }

    tp->handshake = path;

    switch (ngx_secmeet_dtls_input(tp->dtls, dg->start, dg->len, dg->now)) {

    case NGX_OK:
        if (!tp->secure) {
            ngx_secmeet_transport_secure(tp);
        }

        break;

    case NGX_AGAIN:
        break;

    case NGX_DONE:

        /* maybe of a page that is loaded again, whose WebSocket ends next */

        tp->goodbye = ngx_max(tp->goodbye, 1);
        return;

    case NGX_DECLINED:
        tp->worker->counters[NGX_SECMEET_DROP_DTLS]++;
        return;

    default: /* NGX_ERROR */
        ngx_secmeet_transport_dtls_failed(tp);
        return;
    }

    ngx_secmeet_transport_dtls_timer(&tp->dtls_event);
}


/*
 * A handshake begins with the ClientHello's first datagram: content type
 * handshake(22), epoch 0, RFC 6347, 4.1.
 */

static ngx_int_t
ngx_secmeet_transport_hello(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    if (dg->len < 14 || dg->start[0] != 22 || dg->start[3] != 0
        || dg->start[4] != 0 || dg->start[13] != 1)
    {
        return NGX_DECLINED;
    }

    if (tp->tries == NGX_SECMEET_TRANSPORT_TRIES) {
        return NGX_DECLINED;
    }

    tp->tries++;

    tp->dtls = ngx_secmeet_dtls_create(tp->worker->dtls, 1, tp->fingerprint,
                                       ngx_secmeet_transport_dtls_send, tp,
                                       dg->now);

    return tp->dtls ? NGX_OK : NGX_ERROR;
}


static void
ngx_secmeet_transport_dtls_send(void *data, u_char *p, size_t len)
{
    ngx_secmeet_path_t       *path;
    ngx_secmeet_transport_t  *tp;

    tp = data;
    path = tp->handshake ? tp->handshake : tp->selected;

    if (path) {
        ngx_secmeet_output_copy(&tp->worker->output, path, p, len);
    }
}


/* nothing of a failed handshake stays, the next ClientHello begins anew */

static void
ngx_secmeet_transport_dtls_failed(ngx_secmeet_transport_t *tp)
{
    tp->worker->counters[NGX_SECMEET_DROP_HANDSHAKE]++;

    if (tp->secure) {
        return;
    }

    if (tp->dtls_event.timer_set) {
        ngx_del_timer(&tp->dtls_event);
    }

    ngx_secmeet_dtls_free(tp->dtls);
    tp->dtls = NULL;
}


static void
ngx_secmeet_transport_dtls_timer(ngx_event_t *ev)
{
    ngx_int_t                 rc;
    ngx_msec_t                delay;
    ngx_secmeet_usec_t        now, next;
    ngx_secmeet_transport_t  *tp;

    tp = ev->data;

    if (tp->dtls == NULL) {
        return;
    }

    now = ngx_secmeet_now();
    rc = ngx_secmeet_dtls_poll(tp->dtls, &next, now);

    if (rc == NGX_ERROR) {
        ngx_secmeet_transport_dtls_failed(tp);
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    if (rc == NGX_AGAIN) {
        delay = next > now ? (ngx_msec_t) ((next - now) / 1000) : 0;
        ngx_add_timer(ev, delay + 1);
    }
}


static void
ngx_secmeet_transport_secure(ngx_secmeet_transport_t *tp)
{
    ngx_uint_t                i;
    ngx_secmeet_peer_t       *peer;
    ngx_secmeet_dtls_keys_t   keys;

    peer = tp->peer;

    if (ngx_secmeet_dtls_keys(tp->dtls, &keys) == NGX_OK) {
        tp->srtp = ngx_secmeet_srtp_create(&keys);
    }

    OPENSSL_cleanse(&keys, sizeof(ngx_secmeet_dtls_keys_t));

    if (tp->srtp == NULL || ngx_secmeet_transport_streams(tp) != NGX_OK) {
        ngx_secmeet_peer_end(peer, NGX_SECMEET_WS_INTERNAL);
        return;
    }

    tp->secure = 1;

    /* whoever did this has received what was sent there */

    if (tp->handshake) {
        tp->handshake->proven = 1;
    }

    for (i = 0; i < peer->nmedia; i++) {
        if (peer->media[i]->sub) {
            ngx_secmeet_sub_restart(peer->media[i]->sub);
        }
    }
}


/* all state of SRTP is made before the first packet */

static ngx_int_t
ngx_secmeet_transport_streams(ngx_secmeet_transport_t *tp)
{
    ngx_uint_t           i;
    ngx_secmeet_sub_t   *sub;
    ngx_secmeet_peer_t  *peer;

    peer = tp->peer;

    if (ngx_secmeet_srtp_add_out(tp->srtp, tp->ssrc) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < tp->nssrcs; i++) {
        if (ngx_secmeet_srtp_add_in(tp->srtp, tp->ssrcs[i].ssrc) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < peer->nmedia; i++) {
        sub = peer->media[i]->sub;

        if (sub == NULL) {
            continue;
        }

        if (ngx_secmeet_srtp_add_out(tp->srtp, sub->ssrc) != NGX_OK
            || (sub->rtx.ssrc
                && ngx_secmeet_srtp_add_out(tp->srtp, sub->rtx.ssrc)
                   != NGX_OK))
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* RFC 7675: without consent nothing is sent any more, and the peer is gone */

static void
ngx_secmeet_transport_tick(ngx_event_t *ev)
{
    ngx_queue_t              *q, *next;
    ngx_secmeet_usec_t        now, timeout;
    ngx_secmeet_path_t       *path;
    ngx_secmeet_transport_t  *tp;

    tp = ev->data;

    if (tp->peer->closing) {
        return;
    }

    now = ngx_secmeet_now();
    timeout = (ngx_secmeet_usec_t) tp->peer->room->conf.consent_timeout
              * 1000;

    if ((tp->consent && now - tp->consent > timeout)
        || (tp->goodbye > 1 && tp->peer->signal))
    {
        ngx_secmeet_peer_end(tp->peer, NGX_SECMEET_WS_CONSENT);
        return;
    }

    if (tp->goodbye) {
        tp->goodbye = 2;
    }

    for (q = ngx_queue_head(&tp->paths);
         q != ngx_queue_sentinel(&tp->paths);
         q = next)
    {
        next = ngx_queue_next(q);
        path = ngx_queue_data(q, ngx_secmeet_path_t, queue);

        if (now - path->last > timeout) {
            ngx_secmeet_path_close(path);
        }
    }

    if (tp->secure) {
        ngx_secmeet_feedback_report(tp);
        ngx_secmeet_transport_subs(tp, now);
        ngx_secmeet_quality(tp, now);
    }

    ngx_add_timer(ev, NGX_SECMEET_TRANSPORT_TICK);
}


/* its client has come back, and may have missed what was told meanwhile */

static void
ngx_secmeet_transport_again(ngx_secmeet_transport_t *tp)
{
    ngx_uint_t            i;
    ngx_secmeet_peer_t   *peer;
    ngx_secmeet_media_t  *media;

    peer = tp->peer;

    for (i = 0; i < peer->nmedia; i++) {
        media = peer->media[i];

        if (media->track) {
            media->track->wanted = -1;
        }

        if (media->sub && media->sub->speakers) {
            ngx_secmeet_notify_carry(media->sub);
        }
    }

    tp->told = 0;

    ngx_secmeet_stage_tell(peer);
}


/* layers come and go, and a key frame may have been lost for good */

static void
ngx_secmeet_transport_subs(ngx_secmeet_transport_t *tp,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t           i;
    ngx_secmeet_peer_t  *peer;

    peer = tp->peer;

    if (peer->again && peer->signal) {
        peer->again = 0;
        ngx_secmeet_transport_again(tp);
    }

    if (tp->egress) {
        ngx_secmeet_egress_tick(tp->egress, now);
    }

    for (i = 0; i < peer->nmedia; i++) {
        if (peer->media[i]->sub) {
            ngx_secmeet_sub_keyframe(peer->media[i]->sub);
        }

        if (peer->media[i]->track) {
            ngx_secmeet_share_tell(peer->media[i]->track);
        }
    }
}


static void
ngx_secmeet_transport_feedback(ngx_event_t *ev)
{
    ngx_secmeet_transport_t  *tp;

    tp = ev->data;

    if (tp->secure && !tp->peer->closing) {
        ngx_secmeet_feedback_poll(tp);
    }
}


static void
ngx_secmeet_transport_arrived(ngx_event_t *ev)
{
    ngx_secmeet_transport_t  *tp;

    tp = ev->data;

    if (tp->secure && !tp->peer->closing) {
        ngx_secmeet_feedback_arrivals(tp);
    }
}


void
ngx_secmeet_transport_rtcp(ngx_secmeet_transport_t *tp,
    ngx_secmeet_packet_t *packet)
{
    if (tp->selected == NULL
        || ngx_secmeet_srtp_protect_rtcp(tp->srtp, packet->data, &packet->len)
           != NGX_OK)
    {
        ngx_secmeet_output_cancel(&tp->worker->output, packet);
        return;
    }

    ngx_secmeet_output_send(&tp->worker->output, tp->selected, packet);
}


/* the index of ssrc, or where it belongs */

static ngx_uint_t
ngx_secmeet_transport_search(ngx_secmeet_transport_t *tp, uint32_t ssrc)
{
    ngx_uint_t  low, high, middle;

    low = 0;
    high = tp->nssrcs;

    while (low < high) {
        middle = (low + high) / 2;

        if (tp->ssrcs[middle].ssrc < ssrc) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


ngx_secmeet_transport_ssrc_t *
ngx_secmeet_transport_ssrc(ngx_secmeet_transport_t *tp, uint32_t ssrc)
{
    ngx_uint_t  i;

    i = ngx_secmeet_transport_search(tp, ssrc);

    if (i < tp->nssrcs && tp->ssrcs[i].ssrc == ssrc) {
        return &tp->ssrcs[i];
    }

    return NULL;
}


ngx_int_t
ngx_secmeet_transport_add(ngx_secmeet_transport_t *tp, uint32_t ssrc,
    ngx_secmeet_layer_t *layer, ngx_uint_t rtx)
{
    ngx_uint_t  i;

    if (tp->nssrcs == NGX_SECMEET_TRANSPORT_SSRCS) {
        return NGX_DECLINED;
    }

    i = ngx_secmeet_transport_search(tp, ssrc);

    if (i < tp->nssrcs && tp->ssrcs[i].ssrc == ssrc) {
        return NGX_DECLINED;
    }

    if (tp->srtp && ngx_secmeet_srtp_add_in(tp->srtp, ssrc) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memmove(&tp->ssrcs[i + 1], &tp->ssrcs[i],
                (tp->nssrcs - i) * sizeof(ngx_secmeet_transport_ssrc_t));

    tp->ssrcs[i].ssrc = ssrc;
    tp->ssrcs[i].rtx = rtx;
    tp->ssrcs[i].layer = layer;
    tp->nssrcs++;

    return NGX_OK;
}


void
ngx_secmeet_transport_remove(ngx_secmeet_transport_t *tp, uint32_t ssrc)
{
    ngx_uint_t  i;

    i = ngx_secmeet_transport_search(tp, ssrc);

    if (i == tp->nssrcs || tp->ssrcs[i].ssrc != ssrc) {
        return;
    }

    if (tp->srtp) {
        ngx_secmeet_srtp_remove_in(tp->srtp, ssrc);
    }

    tp->nssrcs--;

    ngx_memmove(&tp->ssrcs[i], &tp->ssrcs[i + 1],
                (tp->nssrcs - i) * sizeof(ngx_secmeet_transport_ssrc_t));
}
