
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_emit.h"
#include "ngx_secmeet_path.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_share.h"


#define NGX_SECMEET_EGRESS_BATCH      64        /* packets of one turn */


static ngx_int_t ngx_secmeet_egress_numbers(ngx_secmeet_egress_t *egress,
    ngx_secmeet_sdp_media_t *m);
static void ngx_secmeet_egress_repeat(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_usec_t now);
static void ngx_secmeet_egress_handler(ngx_event_t *ev);
static ngx_secmeet_usec_t ngx_secmeet_egress_repeats(
    ngx_secmeet_egress_t *egress, ngx_secmeet_usec_t now);
static ngx_secmeet_usec_t ngx_secmeet_egress_paced(
    ngx_secmeet_egress_t *egress, ngx_secmeet_usec_t now);
static void ngx_secmeet_egress_stored(ngx_secmeet_backlog_item_t *item,
    ngx_secmeet_emit_t *how);
static ngx_int_t ngx_secmeet_egress_pad(ngx_secmeet_egress_t *egress,
    ngx_secmeet_pace_out_t *pace, ngx_secmeet_usec_t now);
static ngx_secmeet_sdp_codec_t *ngx_secmeet_egress_codec(
    ngx_secmeet_media_t *media);
static ngx_secmeet_usec_t ngx_secmeet_egress_trickle(
    ngx_secmeet_egress_t *egress, ngx_secmeet_usec_t now);
static void ngx_secmeet_egress_voice(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now);
static ngx_secmeet_usec_t ngx_secmeet_egress_estimate(
    ngx_secmeet_egress_t *egress, ngx_secmeet_usec_t now);
static void ngx_secmeet_egress_target(ngx_secmeet_egress_t *egress);
static void ngx_secmeet_egress_timer(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t due, ngx_secmeet_usec_t now);


/* of one feedback: there is one at a time in a process */

static ngx_secmeet_ledger_packet_t
    ngx_secmeet_egress_results[NGX_SECMEET_LEDGER_PACKETS];


ngx_int_t
ngx_secmeet_egress_open(ngx_secmeet_transport_t *tp,
    ngx_secmeet_sdp_media_t *m)
{
    ngx_uint_t             i;
    ngx_secmeet_egress_t  *egress;

    egress = tp->egress;

    if (egress == NULL) {
        egress = ngx_calloc(sizeof(ngx_secmeet_egress_t), tp->worker->log);
        if (egress == NULL) {
            return NGX_ERROR;
        }

        egress->tp = tp;

        for (i = 0; i < NGX_SECMEET_REPEAT_COPIES; i++) {
            ngx_secmeet_backlog_init(&egress->repeats[i],
                                     egress->repeated[i],
                                     NGX_SECMEET_EGRESS_REPEATS);
        }

        ngx_secmeet_alloc_init(&egress->alloc);
        ngx_secmeet_limit_init(&egress->resend,
                               NGX_SECMEET_EGRESS_START / 8,
                               NGX_SECMEET_EGRESS_START / 8,
                               ngx_secmeet_now());

        egress->timer.handler = ngx_secmeet_egress_handler;
        egress->timer.data = egress;
        egress->timer.log = tp->worker->log;

        tp->egress = egress;
    }

    return ngx_secmeet_egress_numbers(egress, m);
}


static ngx_int_t
ngx_secmeet_egress_numbers(ngx_secmeet_egress_t *egress,
    ngx_secmeet_sdp_media_t *m)
{
    ngx_uint_t                  i;
    ngx_secmeet_usec_t          now;
    ngx_secmeet_egress_path_t  *path;

    if (egress->path || m->exts[NGX_SECMEET_EXT_TWCC] == 0) {
        return NGX_OK;
    }

    for (i = 0; i < m->ncodecs; i++) {
        if (m->codecs[i].twcc && m->codecs[i].rtx) {
            break;
        }
    }

    if (i == m->ncodecs) {
        return NGX_OK;
    }

    path = ngx_calloc(sizeof(ngx_secmeet_egress_path_t),
                      egress->tp->worker->log);
    if (path == NULL) {
        return NGX_ERROR;
    }

    now = ngx_secmeet_now();

    ngx_secmeet_ledger_init(&path->ledger);
    ngx_secmeet_bwe_init(&path->bwe, NGX_SECMEET_EGRESS_START,
                         NGX_SECMEET_EGRESS_MIN, NGX_SECMEET_EGRESS_MAX, now);
    ngx_secmeet_pace_init(&path->pace, NGX_SECMEET_EGRESS_START, now);

    path->estimate.target = NGX_SECMEET_EGRESS_START;

    ngx_secmeet_backlog_init(&egress->paced, path->paced,
                             NGX_SECMEET_EGRESS_PACED);
    egress->path = path;

    return NGX_OK;
}


void
ngx_secmeet_egress_close(ngx_secmeet_egress_t *egress)
{
    if (egress->timer.timer_set) {
        ngx_del_timer(&egress->timer);
    }

    egress->tp->egress = NULL;

    ngx_secmeet_free(egress->path, sizeof(ngx_secmeet_egress_path_t));
    ngx_secmeet_free(egress, sizeof(ngx_secmeet_egress_t));
}


void
ngx_secmeet_egress_forget(ngx_secmeet_sub_t *sub)
{
    ngx_uint_t             i;
    ngx_secmeet_egress_t  *egress;

    egress = sub->peer->transport->egress;

    ngx_secmeet_backlog_forget(&egress->paced, sub);

    for (i = 0; i < NGX_SECMEET_REPEAT_COPIES; i++) {
        ngx_secmeet_backlog_forget(&egress->repeats[i], sub);
    }
}


void
ngx_secmeet_egress_send(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out)
{
    ngx_secmeet_emit_t      how;
    ngx_secmeet_egress_t   *egress;
    ngx_secmeet_pace_out_t  pace;

    egress = sub->peer->transport->egress;

    ngx_memzero(&how, sizeof(ngx_secmeet_emit_t));
    how.now = fw->now;

    /*
     * RFC 3711, 3.3.1: what waits may be dropped, and the next packet to
     * leave must not be so far ahead that its rollover counter is not sure
     */

    if (egress->path && fw->in.video
        && (uint16_t) (out->seq - sub->emitted) < NGX_SECMEET_REWRITE_WINDOW)
    {
        if (egress->paced.n
            || ngx_secmeet_pace_poll(&egress->path->pace, &pace, fw->now)
               != NGX_OK)
        {
            ngx_secmeet_backlog_put(&egress->paced, sub, out->seq, 0);

            if (egress->paced.n == 1) {
                ngx_secmeet_egress_timer(egress, pace.when, fw->now);
            }

            return;
        }

        how.cluster = pace.cluster;
    }

    if (ngx_secmeet_emit(sub, fw, out, &how) == NGX_OK
        && !fw->in.video && ngx_secmeet_repeat_copies(&sub->repeat))
    {
        ngx_secmeet_egress_repeat(sub, out, fw->now);
    }
}


/* voice is sent again before anybody can know that it was lost */

static void
ngx_secmeet_egress_repeat(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_usec_t now)
{
    ngx_uint_t             i, n;
    ngx_secmeet_usec_t     due;
    ngx_secmeet_egress_t  *egress;

    egress = sub->peer->transport->egress;
    n = ngx_secmeet_repeat_copies(&sub->repeat);

    for (i = 0; i < n; i++) {
        due = now + (i ? NGX_SECMEET_REPEAT_SECOND
                       : NGX_SECMEET_REPEAT_FIRST) * 1000;

        ngx_secmeet_backlog_put(&egress->repeats[i], sub, out->seq, due);
        ngx_secmeet_egress_timer(egress, due, now);
    }
}


ngx_int_t
ngx_secmeet_egress_again(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out)
{
    ngx_secmeet_emit_t     how;
    ngx_secmeet_egress_t  *egress;

    egress = sub->peer->transport->egress;

    if (ngx_secmeet_limit_input(&egress->resend,
                                fw->rtp->payload.len
                                + NGX_SECMEET_EGRESS_HEADERS, fw->now)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    ngx_memzero(&how, sizeof(ngx_secmeet_emit_t));

    how.now = fw->now;
    how.rtx = (ngx_secmeet_emit_rtx(sub) != 0);

    if (ngx_secmeet_emit(sub, fw, out, &how) == NGX_OK) {
        sub->peer->room->worker->counters[NGX_SECMEET_RESENT]++;
    }

    return NGX_OK;
}


void
ngx_secmeet_egress_empty(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out)
{
    ngx_secmeet_emit_t  how;

    ngx_memzero(&how, sizeof(ngx_secmeet_emit_t));

    how.now = fw->now;
    how.padding = 1;

    (void) ngx_secmeet_emit(sub, NULL, out, &how);
}


uint16_t
ngx_secmeet_egress_number(ngx_secmeet_egress_t *egress, size_t len,
    ngx_uint_t cluster, ngx_secmeet_usec_t now)
{
    ngx_secmeet_egress_path_t  *path;

    path = egress->path;
    path->last = now;

    ngx_secmeet_pace_input(&path->pace, len, now);
    ngx_secmeet_bwe_sent(&path->bwe, now);

    if (egress->due == 0) {
        ngx_secmeet_egress_timer(egress, ngx_secmeet_bwe_next(&path->bwe),
                                 now);
    }

    return ngx_secmeet_ledger_input(&path->ledger, len, cluster, now);
}


static void
ngx_secmeet_egress_handler(ngx_event_t *ev)
{
    ngx_secmeet_usec_t     now, due, next;
    ngx_secmeet_egress_t  *egress;

    egress = ev->data;

    egress->due = 0;

    if (egress->tp->peer->closing) {
        return;
    }

    now = ngx_secmeet_now();

    due = ngx_secmeet_egress_repeats(egress, now);

    if (egress->path) {
        next = ngx_secmeet_egress_estimate(egress, now);
        due = (due && next) ? ngx_min(due, next) : due + next;

        next = ngx_secmeet_egress_trickle(egress, now);
        due = (due && next) ? ngx_min(due, next) : due + next;

        next = ngx_secmeet_egress_paced(egress, now);
        due = (due && next) ? ngx_min(due, next) : due + next;
    }

    ngx_secmeet_egress_timer(egress, due, now);
}


/* when the next one is due; 0: there is none */

static ngx_secmeet_usec_t
ngx_secmeet_egress_repeats(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t                   i;
    ngx_secmeet_emit_t           how;
    ngx_secmeet_usec_t           due;
    ngx_secmeet_backlog_t       *queue;
    ngx_secmeet_backlog_item_t  *first, item;

    ngx_memzero(&how, sizeof(ngx_secmeet_emit_t));

    how.now = now;
    due = 0;

    for (i = 0; i < NGX_SECMEET_REPEAT_COPIES; i++) {
        queue = &egress->repeats[i];

        for ( ;; ) {
            first = ngx_secmeet_backlog_first(queue);

            if (first == NULL) {
                break;
            }

            if (first->due > now) {
                due = due ? ngx_min(due, first->due) : first->due;
                break;
            }

            ngx_secmeet_backlog_take(queue, &item);
            ngx_secmeet_egress_stored(&item, &how);
        }
    }

    return due;
}


static ngx_secmeet_usec_t
ngx_secmeet_egress_paced(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t                  n;
    ngx_secmeet_pace_out_t      pace;
    ngx_secmeet_emit_t          how;
    ngx_secmeet_backlog_item_t  item;

    ngx_memzero(&how, sizeof(ngx_secmeet_emit_t));

    how.now = now;

    for (n = 0; n < NGX_SECMEET_EGRESS_BATCH; n++) {

        if (ngx_secmeet_pace_poll(&egress->path->pace, &pace, now) != NGX_OK)
        {
            return pace.when;
        }

        if (ngx_secmeet_backlog_first(&egress->paced)) {
            how.cluster = pace.cluster;

            ngx_secmeet_backlog_take(&egress->paced, &item);
            ngx_secmeet_egress_stored(&item, &how);

        } else if (pace.padding == 0
                   || ngx_secmeet_egress_pad(egress, &pace, now) != NGX_OK)
        {
            return 0;
        }
    }

    return now;
}


static void
ngx_secmeet_egress_stored(ngx_secmeet_backlog_item_t *item,
    ngx_secmeet_emit_t *how)
{
    ngx_secmeet_rtp_t          rtp;
    ngx_secmeet_forward_t      fw;
    ngx_secmeet_rewrite_out_t  out;

    fw.rtp = &rtp;
    fw.now = how->now;

    if (ngx_secmeet_forward_stored(item->owner, item->seq, &fw, &out)
        == NGX_OK)
    {
        (void) ngx_secmeet_emit(item->owner, &fw, &out, how);
    }
}


/* of any sub that bears numbers; NGX_DECLINED: there is none */

static ngx_int_t
ngx_secmeet_egress_pad(ngx_secmeet_egress_t *egress,
    ngx_secmeet_pace_out_t *pace, ngx_secmeet_usec_t now)
{
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_secmeet_sub_t         *sub;
    ngx_secmeet_emit_t         how;
    ngx_secmeet_peer_t        *peer;
    ngx_secmeet_sdp_codec_t   *codec;
    ngx_secmeet_rewrite_out_t  out;

    peer = egress->tp->peer;

    if (!egress->tp->secure || egress->tp->selected == NULL) {
        return NGX_DECLINED;
    }

    ngx_memzero(&how, sizeof(ngx_secmeet_emit_t));
    ngx_memzero(&out, sizeof(ngx_secmeet_rewrite_out_t));

    how.rtx = 1;
    how.cluster = pace->cluster;
    how.padding = ngx_max(1, ngx_min(pace->padding,
                                     NGX_SECMEET_EGRESS_PADDING));
    how.now = now;

    for (i = 0; i < peer->nmedia; i++) {
        sub = peer->media[i]->sub;

        if (sub == NULL) {
            continue;
        }

        /* RTX alone needs no codec of a source */

        codec = sub->codec;

        if (codec == NULL) {
            sub->codec = ngx_secmeet_egress_codec(sub->media);
        }

        rc = NGX_DECLINED;

        if (sub->codec && ngx_secmeet_emit_numbered(sub)) {
            out.timestamp = sub->rewrite.timestamp;
            rc = ngx_secmeet_emit(sub, NULL, &out, &how);
        }

        sub->codec = codec;

        if (rc == NGX_OK) {
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


static ngx_secmeet_sdp_codec_t *
ngx_secmeet_egress_codec(ngx_secmeet_media_t *media)
{
    ngx_uint_t  i;

    for (i = 0; i < media->ncodecs; i++) {
        if (media->codecs[i].rtx && media->codecs[i].twcc) {
            return &media->codecs[i];
        }
    }

    return NULL;
}


/* when the next one is due; 0: nothing is paused */

static ngx_secmeet_usec_t
ngx_secmeet_egress_trickle(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_pace_out_t      pace;
    ngx_secmeet_egress_path_t  *path;

    path = egress->path;

    if (egress->starved == 0) {
        return 0;
    }

    if (now - path->last >= NGX_SECMEET_EGRESS_TRICKLE) {
        ngx_memzero(&pace, sizeof(ngx_secmeet_pace_out_t));
        pace.padding = 1;

        path->last = now;
        (void) ngx_secmeet_egress_pad(egress, &pace, now);
    }

    return path->last + NGX_SECMEET_EGRESS_TRICKLE;
}


void
ngx_secmeet_egress_feedback(ngx_secmeet_transport_t *tp,
    ngx_secmeet_rtcp_t *rtcp, ngx_secmeet_usec_t now)
{
    ngx_uint_t                   i, n;
    ngx_secmeet_twcc_t           twcc;
    ngx_secmeet_egress_t        *egress;
    ngx_secmeet_ledger_packet_t *packets;

    egress = tp->egress;
    packets = ngx_secmeet_egress_results;

    if (egress == NULL || egress->path == NULL
        || ngx_secmeet_twcc_parse(&twcc, rtcp) != NGX_OK)
    {
        return;
    }

    n = NGX_SECMEET_LEDGER_PACKETS;

    if (ngx_secmeet_ledger_feedback(&egress->path->ledger, &twcc, packets,
                                    &n, now)
        != NGX_OK)
    {
        return;
    }

    for (i = 0; i < n; i++) {
        egress->path->lost += packets[i].lost;
        egress->path->expected++;
    }

    ngx_secmeet_bwe_feedback(&egress->path->bwe, packets, n, tp->rtt, now);

    ngx_secmeet_egress_timer(egress,
                             ngx_secmeet_egress_estimate(egress, now), now);
}


/* when it is to be asked again; 0: not before there is something new */

static ngx_secmeet_usec_t
ngx_secmeet_egress_estimate(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_bwe_out_t      *estimate;
    ngx_secmeet_egress_path_t  *path;

    path = egress->path;
    estimate = &path->estimate;

    if (ngx_secmeet_bwe_poll(&path->bwe, estimate, now) == NGX_OK) {
        ngx_secmeet_egress_target(egress);
        ngx_secmeet_share(egress, now);

        if (estimate->probe.cluster) {
            ngx_secmeet_pace_probe(&path->pace, estimate->probe.cluster,
                                   estimate->probe.rate,
                                   estimate->probe.bytes,
                                   estimate->probe.packets, now);
            estimate->probe.cluster = 0;

            ngx_secmeet_egress_timer(egress, now, now);
        }

    } else if (now - egress->shared >= NGX_SECMEET_SHARE_INTERVAL) {
        ngx_secmeet_share(egress, now);
    }

    return ngx_secmeet_bwe_next(&path->bwe);
}


static void
ngx_secmeet_egress_target(ngx_secmeet_egress_t *egress)
{
    uint64_t  rate;

    rate = egress->path->estimate.target;

    ngx_secmeet_pace_target(&egress->path->pace, rate);

    rate = ngx_max(rate, NGX_SECMEET_EGRESS_RESEND);
    rate = ngx_min(rate, NGX_SECMEET_EGRESS_RESEND_MAX) / 8;

    ngx_secmeet_limit_set(&egress->resend, rate, rate);
}


void
ngx_secmeet_egress_tick(ngx_secmeet_egress_t *egress, ngx_secmeet_usec_t now)
{
    if (now - egress->shared >= NGX_SECMEET_SHARE_INTERVAL) {
        ngx_secmeet_share(egress, now);
    }

    if (egress->path) {
        ngx_secmeet_egress_voice(egress, now);
        ngx_secmeet_egress_timer(egress, now, now);
    }
}


/*
 * What the path loses is a reason to repeat voice, unless it has no room for
 * it.
 */

static void
ngx_secmeet_egress_voice(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now)
{
    uint64_t                    target;
    ngx_uint_t                  i, most;
    ngx_secmeet_sub_t          *sub;
    ngx_secmeet_peer_t         *peer;
    ngx_secmeet_egress_path_t  *path;

    peer = egress->tp->peer;
    path = egress->path;

    target = path->estimate.target;
    most = NGX_SECMEET_REPEAT_COPIES;

    if (target < NGX_SECMEET_EGRESS_TIGHT) {
        most = (target >= NGX_SECMEET_EGRESS_NARROW);
    }

    for (i = 0; i < peer->nmedia; i++) {
        sub = peer->media[i]->sub;

        if (sub == NULL || sub->media->kind != NGX_SECMEET_SDP_AUDIO) {
            continue;
        }

        (void) ngx_secmeet_repeat_allow(&sub->repeat, most, now);

        if (path->expected) {
            (void) ngx_secmeet_repeat_path(&sub->repeat, path->lost,
                                           path->expected, now);
        }
    }

    path->lost = 0;
    path->expected = 0;
}


uint64_t
ngx_secmeet_egress_rate(ngx_secmeet_egress_t *egress)
{
    return egress->path ? egress->path->estimate.target : 0;
}


/* at due, or earlier if it is set so; 0: as it is */

static void
ngx_secmeet_egress_timer(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t due, ngx_secmeet_usec_t now)
{
    if (due == 0 || (egress->due && egress->due <= due)) {
        return;
    }

    egress->due = due;

    if (egress->timer.timer_set) {
        ngx_del_timer(&egress->timer);
    }

    ngx_add_timer(&egress->timer,
                  due > now ? (ngx_msec_t) ((due - now + 999) / 1000) : 1);
}
