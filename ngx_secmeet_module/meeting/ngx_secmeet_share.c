
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_share.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_stage.h"


static ngx_uint_t ngx_secmeet_share_collect(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_share_item(ngx_secmeet_sub_t *sub, ngx_uint_t n,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_share_screen(ngx_secmeet_track_t *track);
static ngx_uint_t ngx_secmeet_share_steps(ngx_secmeet_sub_t *sub,
    ngx_secmeet_alloc_step_t *steps, ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_share_layer(ngx_secmeet_sub_t *sub,
    ngx_secmeet_layer_t *layer, ngx_secmeet_alloc_step_t *step,
    ngx_uint_t room, ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_share_height(ngx_secmeet_layer_t *layer);
static void ngx_secmeet_share_apply(ngx_secmeet_egress_t *egress,
    ngx_uint_t n);
static void ngx_secmeet_share_none(ngx_secmeet_sub_t *sub);
static ngx_int_t ngx_secmeet_share_height_wanted(ngx_secmeet_track_t *track);
static ngx_uint_t ngx_secmeet_share_quality(ngx_secmeet_sub_t *sub);


/* of one poll: there is one at a time in a process */

static ngx_secmeet_sub_t  *ngx_secmeet_share_subs[NGX_SECMEET_ALLOC_ITEMS];
static ngx_secmeet_alloc_item_t
    ngx_secmeet_share_items[NGX_SECMEET_ALLOC_ITEMS];
static ngx_secmeet_alloc_step_t
    ngx_secmeet_share_ladder[NGX_SECMEET_ALLOC_ITEMS]
                            [NGX_SECMEET_ALLOC_STEPS];


void
ngx_secmeet_share(ngx_secmeet_egress_t *egress, ngx_secmeet_usec_t now)
{
    uint64_t                    budget, needed;
    ngx_uint_t                  n;
    ngx_secmeet_egress_path_t  *path;

    path = egress->path;
    egress->shared = now;

    n = ngx_secmeet_share_collect(egress, now);
    budget = path ? path->estimate.target : NGX_SECMEET_EGRESS_MAX;

    (void) ngx_secmeet_alloc_poll(&egress->alloc, ngx_secmeet_share_items, n,
                                  budget, now);

    ngx_secmeet_share_apply(egress, n);

    /* to climb, there must be more than what is needed */

    if (path) {
        needed = egress->alloc.needed
                 + egress->alloc.needed * NGX_SECMEET_SHARE_HEADROOM / 100;

        ngx_secmeet_bwe_limited(&path->bwe, needed <= budget, needed, now);
    }
}


static ngx_uint_t
ngx_secmeet_share_collect(ngx_secmeet_egress_t *egress,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t           i, n;
    ngx_secmeet_sub_t   *sub;
    ngx_secmeet_peer_t  *peer;

    peer = egress->tp->peer;
    n = 0;

    for (i = 0; i < peer->nmedia && n < NGX_SECMEET_ALLOC_ITEMS; i++) {
        sub = peer->media[i]->sub;

        if (sub && sub->track && sub->track->video && !sub->paused
            && !sub->track->muted)
        {
            ngx_secmeet_share_item(sub, n++, now);
        }
    }

    return n;
}


static void
ngx_secmeet_share_item(ngx_secmeet_sub_t *sub, ngx_uint_t n,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_alloc_item_t  *item;
    ngx_secmeet_alloc_step_t  *steps;

    item = &sub->item;
    steps = ngx_secmeet_share_ladder[n];

    item->steps = steps;
    item->nsteps = ngx_secmeet_share_steps(sub, steps, now);
    item->wanted = sub->height;

    if (ngx_secmeet_share_screen(sub->track)) {
        item->priority = NGX_SECMEET_ALLOC_SCREEN;

    } else if (ngx_secmeet_stage_speaks(sub->track->peer)) {
        item->priority = NGX_SECMEET_ALLOC_SPEAKER;

    } else {
        item->priority = NGX_SECMEET_ALLOC_REST;
    }

    ngx_secmeet_share_subs[n] = sub;
    ngx_secmeet_share_items[n] = *item;
}


/* with many of them nobody takes the place of others */

static ngx_uint_t
ngx_secmeet_share_screen(ngx_secmeet_track_t *track)
{
    ngx_uint_t            i;
    ngx_secmeet_peer_t   *peer;
    ngx_secmeet_track_t  *first;

    if (ngx_strcmp(track->source.data, "screen") != 0) {
        return 0;
    }

    peer = track->peer;

    for (i = 0; i < peer->nmedia; i++) {
        first = peer->media[i]->track;

        if (first && ngx_strcmp(first->source.data, "screen") == 0) {
            return first == track;
        }
    }

    return 0;
}


/*
 * The ladder of a track: all temporal layers of its lowest layer that is
 * sent, then the higher ones as a whole.  Each place keeps its index.
 */

static ngx_uint_t
ngx_secmeet_share_steps(ngx_secmeet_sub_t *sub,
    ngx_secmeet_alloc_step_t *steps, ngx_secmeet_usec_t now)
{
    ngx_uint_t            i, n;
    ngx_secmeet_track_t  *track;

    track = sub->track;
    n = 0;

    for (i = 0; i < track->nlayers; i++) {
        n += ngx_secmeet_share_layer(sub, &track->layers[i], &steps[n],
                                     NGX_SECMEET_ALLOC_STEPS - n, now);
    }

    return n;
}


static ngx_uint_t
ngx_secmeet_share_layer(ngx_secmeet_sub_t *sub, ngx_secmeet_layer_t *layer,
    ngx_secmeet_alloc_step_t *step, ngx_uint_t room, ngx_secmeet_usec_t now)
{
    ngx_uint_t  sid, tid, n;

    n = 0;

    for (sid = 0; sid < NGX_SECMEET_LAYER_SIDS; sid++) {

        /* one SSRC of simulcast has no spatial layers */

        if (sid && layer->rid.len) {
            break;
        }

        /* nor can they be told apart in AV1 by who knows no descriptor */

        if (sid && layer->dd.n && !sub->media->exts[NGX_SECMEET_EXT_DD]) {
            break;
        }

        for (tid = 0; tid < NGX_SECMEET_LAYER_TIDS; tid++) {

            /* above the lowest picture, fewer frames are no good choice */

            if ((sid || layer->n) && tid != NGX_SECMEET_LAYER_TIDS - 1) {
                continue;
            }

            if (n == room) {
                return n;
            }

            step[n].layer = layer->n;
            step[n].sid = layer->rid.len ? NGX_SECMEET_REWRITE_ALL : sid;
            step[n].tid = tid;
            step[n].height = ngx_secmeet_share_height(layer);
            step[n].rate = 0;

            if (sid < layer->sids
                && (tid + 1 < layer->tids
                    || tid == NGX_SECMEET_LAYER_TIDS - 1))
            {
                step[n].rate = ngx_secmeet_layer_rate(layer, step[n].sid, tid,
                                                      now);

                /* a picture that stands still takes nothing, and stays */

                if (step[n].rate == 0 && layer->track->nlayers == 1) {
                    step[n].rate = 1;
                }
            }

            if (layer->sids > 1) {
                step[n].height >>= layer->sids - 1 - ngx_min(sid,
                                                       layer->sids - 1);
            }

            n++;
        }
    }

    return n;
}


/* not every codec tells: each lower layer has half the height */

static ngx_uint_t
ngx_secmeet_share_height(ngx_secmeet_layer_t *layer)
{
    if (layer->height) {
        return layer->height;
    }

    if (layer->rid.len == 0) {
        return 0;
    }

    return NGX_SECMEET_SHARE_HEIGHT >> (layer->track->nlayers - 1 - layer->n);
}


static void
ngx_secmeet_share_apply(ngx_secmeet_egress_t *egress, ngx_uint_t n)
{
    ngx_uint_t                 i;
    ngx_secmeet_sub_t         *sub;
    ngx_secmeet_alloc_item_t  *item;
    ngx_secmeet_alloc_step_t  *step;

    egress->starved = 0;

    for (i = 0; i < n; i++) {
        sub = ngx_secmeet_share_subs[i];

        sub->item = ngx_secmeet_share_items[i];
        item = &sub->item;

        if (item->chosen >= 0 && (ngx_uint_t) item->chosen < item->nsteps) {
            step = &item->steps[item->chosen];

            ngx_secmeet_sub_starve(sub, 0);
            ngx_secmeet_sub_target(sub, step->layer, step->sid,
                                   step->tid == NGX_SECMEET_LAYER_TIDS - 1
                                   ? NGX_SECMEET_REWRITE_ALL : step->tid);

        } else {
            ngx_secmeet_share_none(sub);
        }

        sub->quality = ngx_secmeet_share_quality(sub);
        egress->starved += sub->starved;
        item->steps = NULL;
    }
}


/* nothing is chosen: there is nothing yet, or no room for it */

static void
ngx_secmeet_share_none(ngx_secmeet_sub_t *sub)
{
    ngx_uint_t                 i;
    ngx_secmeet_alloc_item_t  *item;

    item = &sub->item;

    for (i = 0; i < item->nsteps; i++) {
        if (item->steps[i].rate) {
            ngx_secmeet_sub_starve(sub, 1);
            return;
        }
    }

    ngx_secmeet_sub_starve(sub, 0);
}


/* by the place of what is chosen among what it could be as wanted */

static ngx_uint_t
ngx_secmeet_share_quality(ngx_secmeet_sub_t *sub)
{
    ngx_uint_t                 i, n, place;
    ngx_secmeet_alloc_item_t  *item;

    if (sub->starved) {
        return NGX_SECMEET_SHARE_PAUSED;
    }

    item = &sub->item;
    n = 0;
    place = 0;

    for (i = 0; i < item->nsteps; i++) {
        if (item->steps[i].rate && (item->allowed & (uint32_t) 1 << i)) {
            n++;

            if (item->chosen >= (ngx_int_t) i) {
                place = n;
            }
        }
    }

    if (place == n) {
        return NGX_SECMEET_SHARE_FULL;
    }

    return 2 * place > n ? NGX_SECMEET_SHARE_MIDDLE : NGX_SECMEET_SHARE_LOW;
}


void
ngx_secmeet_share_reset(ngx_secmeet_sub_t *sub)
{
    ngx_secmeet_alloc_item(&sub->item);
    ngx_secmeet_rewrite_target(&sub->rewrite, 0, NGX_SECMEET_REWRITE_ALL,
                               NGX_SECMEET_REWRITE_ALL);
}


void
ngx_secmeet_share_wanted(ngx_secmeet_track_t *track)
{
    ngx_int_t           wanted;
    ngx_secmeet_usec_t  now;

    wanted = ngx_secmeet_share_height_wanted(track);

    /* more at once, less later: a finger on a button is not to be felt */

    now = ngx_secmeet_now();

    if (wanted > track->wanted
        && now - track->told >= NGX_SECMEET_SHARE_WANTED)
    {
        track->told = now;
        track->wanted = wanted;
        ngx_secmeet_notify_wanted(track);
    }
}


void
ngx_secmeet_share_tell(ngx_secmeet_track_t *track)
{
    ngx_int_t  wanted;

    if (!track->video || track->stopped || track->peer->signal == NULL) {
        return;
    }

    wanted = ngx_secmeet_share_height_wanted(track);

    if (wanted != track->wanted) {
        track->told = ngx_secmeet_now();
        track->wanted = wanted;
        ngx_secmeet_notify_wanted(track);
    }
}


/* by all who see the track; -1: it is none to be told of */

static ngx_int_t
ngx_secmeet_share_height_wanted(ngx_secmeet_track_t *track)
{
    ngx_int_t           wanted;
    ngx_queue_t        *q;
    ngx_secmeet_sub_t  *sub;

    if (!track->video || track->stopped || track->peer->closing
        || track->peer->signal == NULL)
    {
        return -1;
    }

    wanted = 0;

    for (q = ngx_queue_head(&track->subs);
         q != ngx_queue_sentinel(&track->subs);
         q = ngx_queue_next(q))
    {
        sub = ngx_queue_data(q, ngx_secmeet_sub_t, queue);

        if (sub->paused) {
            continue;
        }

        wanted = sub->height ? ngx_max(wanted, (ngx_int_t) sub->height)
                             : NGX_SECMEET_MESSAGE_HEIGHT;
    }

    return wanted;
}
