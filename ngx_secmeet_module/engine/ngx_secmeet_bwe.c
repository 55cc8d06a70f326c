
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_bwe.h"


#define NGX_SECMEET_BWE_TOLD          50        /* 1/50: worth telling */
#define NGX_SECMEET_BWE_FAR           1e12      /* ms: not known */
#define NGX_SECMEET_BWE_GAP           1000      /* packets: a new start */
#define NGX_SECMEET_BWE_SECOND        1000000
#define NGX_SECMEET_BWE_WANTED        1.05      /* times the target: probe */
#define NGX_SECMEET_BWE_NOISY         4.0       /* ms */
#define NGX_SECMEET_BWE_PROVED        1.35      /* times the target */
#define NGX_SECMEET_BWE_PROBE         2.0       /* times the target */
#define NGX_SECMEET_BWE_PROBE_FIRST   3.0       /* times the start */
#define NGX_SECMEET_BWE_PROBE_FAILED  1.5       /* after some in vain */
#define NGX_SECMEET_BWE_PROBE_WANTED  1.3       /* times wanted, at most */


static void ngx_secmeet_bwe_packet(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packet);
static ngx_int_t ngx_secmeet_bwe_seq(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packet);
static void ngx_secmeet_bwe_lag(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packets, ngx_uint_t n,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_bwe_lags(ngx_secmeet_bwe_t *bwe);
static void ngx_secmeet_bwe_delay(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_bwe_look(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_bwe_lag_rebase(ngx_secmeet_bwe_t *bwe);
static void ngx_secmeet_bwe_drop(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_bwe_calm(ngx_secmeet_bwe_t *bwe);
static void ngx_secmeet_bwe_lost(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_loss_e what, ngx_secmeet_usec_t now);
static void ngx_secmeet_bwe_proved(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_bwe_silence(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_bwe_ready(ngx_secmeet_bwe_t *bwe);
static ngx_int_t ngx_secmeet_bwe_try(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_usec_t now);
static ngx_secmeet_bwe_e ngx_secmeet_bwe_state(ngx_secmeet_bwe_t *bwe);


void
ngx_secmeet_bwe_init(ngx_secmeet_bwe_t *bwe, uint64_t start, uint64_t min,
    uint64_t max, ngx_secmeet_usec_t now)
{
    ngx_uint_t  i;

    ngx_memzero(bwe, sizeof(ngx_secmeet_bwe_t));

    max = ngx_min(max, NGX_SECMEET_BWE_RATE_MAX);
    min = ngx_min(min, max);

    ngx_secmeet_trend_init(&bwe->trend);
    ngx_secmeet_aimd_init(&bwe->aimd, start, min, max, now);
    ngx_secmeet_loss_init(&bwe->loss, now);
    ngx_secmeet_probe_init(&bwe->probe, now);
    ngx_secmeet_goodput_init(&bwe->goodput);

    for (i = 0; i < NGX_SECMEET_BWE_LAGS; i++) {
        bwe->lags[i] = NGX_SECMEET_BWE_FAR;
    }

    bwe->lag_start = now;
    bwe->wanted = max;
    bwe->rtt = NGX_SECMEET_BWE_RTT;
}


void
ngx_secmeet_bwe_sent(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now)
{
    if (bwe->unheard == 0) {
        bwe->unheard = ngx_max(now, 1);
        bwe->silence = bwe->unheard + NGX_SECMEET_BWE_SILENCE + bwe->rtt;
    }
}


void
ngx_secmeet_bwe_feedback(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packets, ngx_uint_t n,
    ngx_secmeet_usec_t rtt, ngx_secmeet_usec_t now)
{
    ngx_int_t           lost;
    ngx_uint_t          i, new, queued;
    ngx_secmeet_loss_e  what;

    if (rtt) {
        bwe->rtt = ngx_min(rtt, NGX_SECMEET_BWE_RTT_MAX);
    }

    bwe->unheard = 0;
    bwe->silent = 0;

    lost = 0;
    new = 0;

    for (i = 0; i < n; i++) {

        if (ngx_secmeet_bwe_seq(bwe, &packets[i]) == NGX_OK) {
            new++;
            lost += !packets[i].acked;

        } else if (packets[i].acked) {
            lost--;
        }

        ngx_secmeet_bwe_packet(bwe, &packets[i]);
    }

    ngx_secmeet_bwe_lag(bwe, packets, n, now);
    ngx_secmeet_bwe_delay(bwe, now);

    queued = (bwe->trend.queue > NGX_SECMEET_TREND_QUEUE
              && bwe->trend.queue > 2 * bwe->trend.noise);

    what = ngx_secmeet_loss_input(&bwe->loss, new, lost, queued, bwe->rtt,
                                  now);
    ngx_secmeet_bwe_lost(bwe, what, now);

    ngx_secmeet_bwe_proved(bwe, now);
}


static void
ngx_secmeet_bwe_packet(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packet)
{
    bwe->size += ((double) packet->size - bwe->size) / 16;

    ngx_secmeet_probe_input(&bwe->probe, packet->cluster, packet->size,
                            packet->sent,
                            packet->acked ? packet->received : 0);

    if (!packet->acked) {
        return;
    }

    ngx_secmeet_goodput_input(&bwe->goodput, packet->size, packet->received);

    /* a probe makes a queue of its own, which says nothing of the target */

    if (packet->cluster == 0) {
        (void) ngx_secmeet_trend_input(&bwe->trend, packet->sent,
                                       packet->received);
    }
}


/* NGX_OK: a new one; NGX_DECLINED: told before, as lost */

static ngx_int_t
ngx_secmeet_bwe_seq(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packet)
{
    ngx_int_t  ahead;

    ahead = (int16_t) (packet->seq - bwe->seq);

    if (!bwe->heard) {
        bwe->heard = 1;
        bwe->seq = packet->seq;
        return NGX_OK;
    }

    if (ahead <= 0 && ahead > -NGX_SECMEET_BWE_GAP) {
        return NGX_DECLINED;
    }

    /* the feedback of those between was lost */

    if (ahead > 1 && ahead < NGX_SECMEET_BWE_GAP && packet->acked) {
        ngx_secmeet_goodput_fill(&bwe->goodput, (ahead - 1) * bwe->size,
                                 packet->received);
    }

    bwe->seq = packet->seq;

    return NGX_OK;
}


/*
 * How long ago the newest packet that arrived was sent, above the least of
 * the last seconds.  When a link becomes slow at once, this tells it before
 * the packets that wait in its queue do.
 */

static void
ngx_secmeet_bwe_lag(ngx_secmeet_bwe_t *bwe,
    ngx_secmeet_ledger_packet_t *packets, ngx_uint_t n,
    ngx_secmeet_usec_t now)
{
    double              lag, least;
    ngx_uint_t          i;
    ngx_secmeet_usec_t  sent;

    sent = 0;

    for (i = 0; i < n; i++) {
        if (packets[i].acked) {
            sent = ngx_max(sent, packets[i].sent);
        }
    }

    if (sent == 0 || sent > now) {
        return;
    }

    if (now - bwe->lag_start >= NGX_SECMEET_BWE_SECOND) {
        bwe->lag_start = now;

        ngx_memmove(&bwe->lags[1], &bwe->lags[0],
                    (NGX_SECMEET_BWE_LAGS - 1) * sizeof(double));
        bwe->lags[0] = NGX_SECMEET_BWE_FAR;
    }

    lag = (now - sent) / 1000.0;
    bwe->lags[0] = ngx_min(bwe->lags[0], lag);

    least = bwe->lags[0];

    for (i = 1; i < NGX_SECMEET_BWE_LAGS; i++) {
        least = ngx_min(least, bwe->lags[i]);
    }

    /* twice in a row: feedback may be late for once */

    bwe->lag = ngx_min(lag, bwe->lag_last) - least;
    bwe->lag = ngx_max(bwe->lag, 0);
    bwe->lag_last = lag;
}


static ngx_uint_t
ngx_secmeet_bwe_lags(ngx_secmeet_bwe_t *bwe)
{
    double  lag;

    lag = NGX_SECMEET_BWE_LAG + 8 * bwe->trend.noise;

    return bwe->lag > lag * bwe->trend.tolerance
           && bwe->trend.growth >= -NGX_SECMEET_TREND_GROWTH;
}


static void
ngx_secmeet_bwe_delay(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now)
{
    double                arrived;
    ngx_secmeet_trend_t  *trend;

    trend = &bwe->trend;

    if (bwe->check) {
        bwe->queue = ngx_max(bwe->queue, trend->queue);

        if (now >= bwe->check) {
            ngx_secmeet_bwe_look(bwe, now);
        }
    }

    if (ngx_secmeet_bwe_lags(bwe)) {
        ngx_secmeet_bwe_drop(bwe, now);
        return;
    }

    switch (trend->state) {

    case ngx_secmeet_trend_over:
    case ngx_secmeet_trend_standing:
        ngx_secmeet_bwe_drop(bwe, now);
        return;

    case ngx_secmeet_trend_under:
        ngx_secmeet_aimd_stay(&bwe->aimd, now);
        break;

    default:
        arrived = ngx_secmeet_goodput_rate(&bwe->goodput,
                                           NGX_SECMEET_GOODPUT_LONG);
        bwe->usual += (arrived - bwe->usual) / 16;

        if (bwe->loss.until) {
            ngx_secmeet_aimd_stay(&bwe->aimd, now);

        } else {
            ngx_secmeet_aimd_grow(&bwe->aimd, arrived, now);
        }

        break;
    }

    if (bwe->aimd.draining && ngx_secmeet_bwe_calm(bwe)) {
        ngx_secmeet_aimd_drained(&bwe->aimd, now);
    }
}


/*
 * Did the drop help?  A delay that stays where it is, though much less is
 * sent, is the path's own: it is the new base, and what was given up for it
 * comes back.
 */

static void
ngx_secmeet_bwe_look(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now)
{
    double                arrived, growth;
    ngx_secmeet_trend_t  *trend;

    trend = &bwe->trend;
    growth = ngx_max(NGX_SECMEET_TREND_GROWTH, 3 * trend->noise);

    bwe->check = 0;

    if (trend->queue < bwe->queue * 0.7 || trend->growth < -growth
        || ngx_secmeet_bwe_calm(bwe))
    {
        ngx_secmeet_trend_helped(trend, 1);
        return;
    }

    arrived = ngx_secmeet_goodput_rate(&bwe->goodput,
                                       NGX_SECMEET_GOODPUT_LONG);

    if (trend->growth > growth
        || arrived > bwe->load * NGX_SECMEET_BWE_RELIEF)
    {
        if (bwe->checks++ < NGX_SECMEET_BWE_CHECKS) {
            bwe->check = now + NGX_SECMEET_BWE_CHECK;
            return;
        }

        ngx_secmeet_trend_helped(trend, 0);
        return;
    }

    ngx_secmeet_trend_helped(trend, 0);
    ngx_secmeet_trend_rebase(trend);
    ngx_secmeet_bwe_lag_rebase(bwe);

    bwe->aimd.draining = 0;
    bwe->aimd.hold = now;
    bwe->aimd.link = 0;
    bwe->drops = 0;

    ngx_secmeet_aimd_set(&bwe->aimd, ngx_max(bwe->aimd.target,
                                             bwe->high * 0.9));
}


static void
ngx_secmeet_bwe_lag_rebase(ngx_secmeet_bwe_t *bwe)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_BWE_LAGS; i++) {
        bwe->lags[i] = NGX_SECMEET_BWE_FAR;
    }

    bwe->lags[0] = bwe->lag_last;
    bwe->lag = 0;
}


static void
ngx_secmeet_bwe_drop(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now)
{
    double      arrived, queue;
    ngx_uint_t  fast, slots;

    queue = bwe->trend.queue;

    if (ngx_secmeet_bwe_lags(bwe)) {
        queue = ngx_max(queue, bwe->lag);
    }

    if (bwe->aimd.dropped
        && now < bwe->aimd.dropped + NGX_SECMEET_BWE_AGAIN + bwe->rtt / 2)
    {
        ngx_secmeet_aimd_stay(&bwe->aimd, now);
        return;
    }

    /* the queue that a probe has made drains by itself */

    if (now < bwe->probed
        && queue < NGX_SECMEET_TREND_STANDING + 3 * bwe->trend.noise)
    {
        ngx_secmeet_aimd_stay(&bwe->aimd, now);
        return;
    }

    /* where it grows fast, what arrived before does not count */

    fast = (bwe->trend.slope > 0.2 || ngx_secmeet_bwe_lags(bwe));
    slots = fast ? NGX_SECMEET_GOODPUT_SHORT : NGX_SECMEET_GOODPUT_LONG;
    arrived = ngx_secmeet_goodput_rate(&bwe->goodput, slots);

    if (arrived <= 0) {
        return;
    }

    /*
     * who sends much less than it may has hardly made this queue: at first
     * it only gives up what it does not use
     */

    if (bwe->drops == 0
        || now >= bwe->aimd.dropped + NGX_SECMEET_BWE_EPISODE)
    {
        bwe->drops = 0;
        bwe->checks = 0;
        bwe->high = bwe->aimd.target;
        bwe->load = ngx_secmeet_goodput_rate(&bwe->goodput,
                                             NGX_SECMEET_GOODPUT_LONG);
    }

    if (bwe->limited && bwe->usual < bwe->aimd.target / 2) {
        arrived = ngx_max(arrived, bwe->usual * 1.1);

        /* a little cannot make much of a queue: that waits in some host */

        if (!fast || bwe->usual < NGX_SECMEET_BWE_LITTLE) {
            arrived = ngx_max(arrived, bwe->aimd.target / 2);
        }

        arrived /= NGX_SECMEET_AIMD_BETA;
        queue = 0;

    } else if (bwe->drops == 0 && arrived > bwe->usual * 0.9
               && arrived < bwe->aimd.target * NGX_SECMEET_AIMD_BETA)
    {
        /* layers come in steps: what arrives is not what could */

        arrived = bwe->aimd.target;
        queue = 0;
    }

    bwe->drops++;

    ngx_secmeet_aimd_drop(&bwe->aimd, arrived, queue, now);
    ngx_secmeet_probe_dropped(&bwe->probe, now);
    ngx_secmeet_loss_restart(&bwe->loss, now);

    bwe->lowered = 0;

    /* the lag has the way back in it: what the trend sees is compared */

    if (bwe->check == 0) {
        bwe->queue = bwe->trend.queue;
        bwe->check = now + NGX_SECMEET_BWE_HELPED + bwe->rtt;
    }
}


/* no queue that would show above the noise */

static ngx_uint_t
ngx_secmeet_bwe_calm(ngx_secmeet_bwe_t *bwe)
{
    double  queue;

    queue = ngx_max(NGX_SECMEET_TREND_QUEUE, 3 * bwe->trend.noise);

    return bwe->trend.queue < queue * bwe->trend.tolerance;
}


static void
ngx_secmeet_bwe_lost(ngx_secmeet_bwe_t *bwe, ngx_secmeet_loss_e what,
    ngx_secmeet_usec_t now)
{
    double  arrived;

    if (what == ngx_secmeet_loss_none) {
        return;
    }

    arrived = ngx_secmeet_goodput_rate(&bwe->goodput,
                                       NGX_SECMEET_GOODPUT_LONG);

    switch (what) {

    case ngx_secmeet_loss_try:
        bwe->before = bwe->aimd.target;
        bwe->lowered = 1;
        arrived *= 0.9 / (1 - ngx_min(bwe->loss.usual, 0.5));

        if (arrived < bwe->aimd.target) {
            ngx_secmeet_aimd_set(&bwe->aimd, arrived);
        }

        break;

    case ngx_secmeet_loss_back:
        bwe->lowered = 0;
        ngx_secmeet_aimd_set(&bwe->aimd, ngx_max(bwe->before,
                                                 bwe->aimd.target));
        break;

    case ngx_secmeet_loss_cured:
        bwe->lowered = 0;
        bwe->aimd.link = bwe->aimd.target;
        bwe->aimd.dropped = now;
        ngx_secmeet_probe_dropped(&bwe->probe, now);
        break;

    case ngx_secmeet_loss_high:

        if (bwe->aimd.target > NGX_SECMEET_LOSS_LEAST) {
            arrived = bwe->aimd.target * (1 - bwe->loss.loss / 4);
            ngx_secmeet_aimd_set(&bwe->aimd,
                                 ngx_max(arrived, NGX_SECMEET_LOSS_LEAST));
        }

        break;

    default:
        break;
    }
}


static void
ngx_secmeet_bwe_proved(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now)
{
    uint64_t    rate;
    ngx_int_t   rc;
    ngx_uint_t  full;

    rc = ngx_secmeet_probe_result(&bwe->probe, bwe->trend.noise, bwe->rtt,
                                  &rate, &full, now);

    if (rc != NGX_OK) {
        return;
    }

    if (full) {
        bwe->probed = now + NGX_SECMEET_BWE_PROBED + bwe->rtt;
    }

    if (bwe->aimd.draining || bwe->loss.until) {
        return;
    }

    /* what jitter may have hidden is believed by and by */

    if (!full && bwe->aimd.link > 0 && bwe->trend.noise > NGX_SECMEET_BWE_NOISY)
    {
        rate = ngx_min(rate, bwe->aimd.target * NGX_SECMEET_BWE_PROVED);
    }

    ngx_secmeet_aimd_prove(&bwe->aimd, rate, full, now);
}


void
ngx_secmeet_bwe_limited(ngx_secmeet_bwe_t *bwe, ngx_uint_t limited,
    uint64_t wanted, ngx_secmeet_usec_t now)
{
    bwe->limited = limited ? 1 : 0;
    bwe->wanted = ngx_min(wanted, NGX_SECMEET_BWE_RATE_MAX);
}


ngx_int_t
ngx_secmeet_bwe_poll(ngx_secmeet_bwe_t *bwe, ngx_secmeet_bwe_out_t *out,
    ngx_secmeet_usec_t now)
{
    uint64_t   target, change;
    ngx_int_t  rc;

    ngx_secmeet_bwe_silence(bwe, now);
    ngx_secmeet_bwe_proved(bwe, now);

    rc = ngx_secmeet_bwe_try(bwe, now);

    target = bwe->aimd.target;

    out->target = target;
    out->goodput = ngx_secmeet_goodput_rate(&bwe->goodput,
                                            NGX_SECMEET_GOODPUT_LONG);
    out->loss = bwe->loss.loss;
    out->queue = ngx_max(bwe->trend.queue, 0);
    out->state = ngx_secmeet_bwe_state(bwe);

    if (rc == NGX_OK) {
        out->probe = bwe->probe.now;

    } else {
        ngx_memzero(&out->probe, sizeof(ngx_secmeet_probe_cluster_t));
    }

    change = (target > bwe->told) ? target - bwe->told : bwe->told - target;

    if (rc != NGX_OK
        && change <= bwe->told / NGX_SECMEET_BWE_TOLD
        && out->state == bwe->state)
    {
        return NGX_DONE;
    }

    bwe->told = target;
    bwe->state = out->state;

    return NGX_OK;
}


static void
ngx_secmeet_bwe_silence(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now)
{
    if (bwe->unheard == 0 || now < bwe->silence) {
        return;
    }

    bwe->silent = 1;
    bwe->silence = now + NGX_SECMEET_BWE_SILENCE_STEP;
    bwe->loss.until = 0;

    ngx_secmeet_aimd_set(&bwe->aimd,
                         bwe->aimd.target * NGX_SECMEET_BWE_SILENCE_BETA);
    ngx_secmeet_aimd_stay(&bwe->aimd, now);
    ngx_secmeet_probe_dropped(&bwe->probe, now);
}


/* more is wanted, and nothing speaks against asking the path for it */

static ngx_uint_t
ngx_secmeet_bwe_ready(ngx_secmeet_bwe_t *bwe)
{
    return bwe->wanted > bwe->aimd.target * NGX_SECMEET_BWE_WANTED
           && bwe->aimd.target < bwe->aimd.max
           && !bwe->silent
           && !bwe->aimd.draining
           && bwe->loss.until == 0
           && bwe->trend.state == ngx_secmeet_trend_normal
           && ngx_secmeet_bwe_calm(bwe);
}


static ngx_int_t
ngx_secmeet_bwe_try(ngx_secmeet_bwe_t *bwe, ngx_secmeet_usec_t now)
{
    double  rate, times;

    if (!ngx_secmeet_bwe_ready(bwe)) {
        return NGX_DONE;
    }

    times = NGX_SECMEET_BWE_PROBE;

    if (bwe->probe.last == 0) {
        times = NGX_SECMEET_BWE_PROBE_FIRST;

    } else if (bwe->probe.failed > 1) {
        times = NGX_SECMEET_BWE_PROBE_FAILED;
    }

    rate = ngx_min(bwe->aimd.target * times,
                   bwe->wanted * NGX_SECMEET_BWE_PROBE_WANTED);
    rate = ngx_min(rate, bwe->aimd.max);

    return ngx_secmeet_probe_poll(&bwe->probe, bwe->aimd.target, rate,
                                  bwe->trend.noise, now);
}


static ngx_secmeet_bwe_e
ngx_secmeet_bwe_state(ngx_secmeet_bwe_t *bwe)
{
    if (bwe->silent) {
        return ngx_secmeet_bwe_silent;
    }

    if (bwe->aimd.draining) {
        return ngx_secmeet_bwe_congested;
    }

    return bwe->lowered ? ngx_secmeet_bwe_lossy : ngx_secmeet_bwe_steady;
}


ngx_secmeet_usec_t
ngx_secmeet_bwe_next(ngx_secmeet_bwe_t *bwe)
{
    ngx_secmeet_usec_t  next, probe;

    next = bwe->unheard ? bwe->silence : 0;

    if (bwe->probe.now.cluster) {
        probe = bwe->probe.created + NGX_SECMEET_PROBE_TIMEOUT + bwe->rtt + 1;

    } else if (ngx_secmeet_bwe_ready(bwe)) {
        probe = ngx_max(bwe->probe.next, 1);

    } else {
        return next;
    }

    return next ? ngx_min(next, probe) : probe;
}
