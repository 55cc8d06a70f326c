
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_layer.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_transport.h"

#include <openssl/crypto.h>
#include <sys/mman.h>


static void ngx_secmeet_layer_reset(ngx_secmeet_layer_t *layer);
static void ngx_secmeet_layer_wipe(ngx_secmeet_layer_t *layer);
static ngx_int_t ngx_secmeet_layer_add(ngx_secmeet_layer_t *layer,
    uint32_t ssrc, ngx_uint_t rtx);


/* pages of the history come with the packets: an offer alone takes none */

ngx_int_t
ngx_secmeet_layer_open(ngx_secmeet_layer_t *layer,
    ngx_secmeet_track_t *track, ngx_uint_t n, ngx_str_t *rid,
    ngx_uint_t packets)
{
    void  *p;

    p = mmap(NULL, packets * sizeof(ngx_secmeet_history_slot_t),
             PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        ngx_log_error(NGX_LOG_EMERG, track->peer->room->worker->log,
                      ngx_errno, "secmeet: mmap() of a history failed");
        return NGX_ERROR;
    }

    layer->track = track;
    layer->n = n;

    layer->rid.data = layer->rid_data;
    layer->rid.len = ngx_min(rid->len, NGX_SECMEET_LAYER_RID);

    if (layer->rid.len) {
        ngx_memcpy(layer->rid.data, rid->data, layer->rid.len);
    }

    layer->history.slots = p;
    layer->history.n = packets;

    ngx_secmeet_layer_reset(layer);

    return NGX_OK;
}


void
ngx_secmeet_layer_close(ngx_secmeet_layer_t *layer)
{
    ngx_secmeet_history_t    *history;
    ngx_secmeet_transport_t  *tp;

    history = &layer->history;
    tp = layer->track->peer->transport;

    if (layer->known && tp) {
        ngx_secmeet_transport_remove(tp, layer->ssrc);
    }

    if (layer->has_rtx && tp) {
        ngx_secmeet_transport_remove(tp, layer->rtx);
    }

    ngx_secmeet_layer_wipe(layer);

    (void) munmap(history->slots,
                  history->n * sizeof(ngx_secmeet_history_slot_t));
}


static void
ngx_secmeet_layer_wipe(ngx_secmeet_layer_t *layer)
{
    ngx_uint_t                   i;
    ngx_secmeet_history_slot_t  *slot;

    for (i = 0; i < layer->history.n; i++) {
        slot = &layer->history.slots[i];

        /* to write to the others would make them */

        if (slot->len) {
            OPENSSL_cleanse(slot, sizeof(ngx_secmeet_history_slot_t));
        }
    }
}


static void
ngx_secmeet_layer_reset(ngx_secmeet_layer_t *layer)
{
    uint32_t    clock;
    ngx_uint_t  sid, tid;

    clock = layer->track->video ? 90000 : 48000;

    ngx_secmeet_index_init(&layer->index);
    ngx_secmeet_nack_init(&layer->nack);
    ngx_secmeet_report_init(&layer->report, clock);
    ngx_secmeet_keyframe_init(&layer->keyframe);
    ngx_secmeet_layer_wipe(layer);
    ngx_memzero(&layer->dd, sizeof(ngx_secmeet_dd_t));

    for (sid = 0; sid < NGX_SECMEET_LAYER_SIDS; sid++) {
        for (tid = 0; tid < NGX_SECMEET_LAYER_TIDS; tid++) {
            ngx_secmeet_meter_init(&layer->meters[sid][tid]);
        }
    }

    layer->sids = 0;
    layer->tids = 0;
    layer->height = 0;
    layer->last = 0;
    layer->has_sr = 0;
}


ngx_int_t
ngx_secmeet_layer_ssrc(ngx_secmeet_layer_t *layer, uint32_t ssrc)
{
    ngx_int_t  rc;

    if (layer->known && layer->ssrc == ssrc) {
        return NGX_OK;
    }

    rc = ngx_secmeet_layer_add(layer, ssrc, 0);
    if (rc != NGX_OK) {
        return rc;
    }

    if (layer->known) {
        ngx_secmeet_transport_remove(layer->track->peer->transport,
                                     layer->ssrc);
        ngx_secmeet_layer_reset(layer);
    }

    layer->ssrc = ssrc;
    layer->known = 1;

    ngx_secmeet_track_restart(layer->track);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_layer_rtx(ngx_secmeet_layer_t *layer, uint32_t ssrc)
{
    ngx_int_t  rc;

    if (layer->has_rtx && layer->rtx == ssrc) {
        return NGX_OK;
    }

    rc = ngx_secmeet_layer_add(layer, ssrc, 1);
    if (rc != NGX_OK) {
        return rc;
    }

    if (layer->has_rtx) {
        ngx_secmeet_transport_remove(layer->track->peer->transport,
                                     layer->rtx);
    }

    layer->rtx = ssrc;
    layer->has_rtx = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_layer_add(ngx_secmeet_layer_t *layer, uint32_t ssrc,
    ngx_uint_t rtx)
{
    ngx_secmeet_transport_t       *tp;
    ngx_secmeet_transport_ssrc_t  *entry;

    tp = layer->track->peer->transport;
    entry = ngx_secmeet_transport_ssrc(tp, ssrc);

    /* by the packet path, which has looked at the packet first */

    if (entry && entry->layer == layer && entry->rtx == rtx) {
        return NGX_OK;
    }

    return ngx_secmeet_transport_add(tp, ssrc, layer, rtx);
}


void
ngx_secmeet_layer_input(ngx_secmeet_layer_t *layer, ngx_uint_t sid,
    ngx_uint_t tid, size_t len, ngx_secmeet_usec_t now)
{
    sid = ngx_min(sid, NGX_SECMEET_LAYER_SIDS - 1);
    tid = ngx_min(tid, NGX_SECMEET_LAYER_TIDS - 1);

    layer->sids = ngx_max(layer->sids, sid + 1);
    layer->tids = ngx_max(layer->tids, tid + 1);
    layer->last = now;

    ngx_secmeet_meter_input(&layer->meters[sid][tid],
                            len + NGX_SECMEET_LAYER_OVERHEAD, now);
}


uint64_t
ngx_secmeet_layer_rate(ngx_secmeet_layer_t *layer, ngx_uint_t sid,
    ngx_uint_t tid, ngx_secmeet_usec_t now)
{
    uint64_t    rate;
    ngx_uint_t  s, t;

    if (layer->last == 0 || now - layer->last > NGX_SECMEET_LAYER_IDLE) {
        return 0;
    }

    rate = 0;

    for (s = 0; s <= sid && s < layer->sids; s++) {
        for (t = 0; t <= tid && t < layer->tids; t++) {
            rate += ngx_secmeet_meter_rate(&layer->meters[s][t], now);
        }
    }

    return rate;
}


void
ngx_secmeet_layer_keyframe(ngx_secmeet_layer_t *layer)
{
    ngx_secmeet_track_t      *track;
    ngx_secmeet_transport_t  *tp;

    track = layer->track;
    tp = track->peer->transport;

    if (!track->video || track->muted || !layer->known || tp == NULL
        || !tp->secure)
    {
        return;
    }

    ngx_secmeet_keyframe_request(&layer->keyframe);

    if (!tp->feedback.posted) {
        ngx_post_event(&tp->feedback, &ngx_posted_events);
    }
}
