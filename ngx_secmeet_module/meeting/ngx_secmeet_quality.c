
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_quality.h"
#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_transport.h"


/* a report counts for a quarter of what is known */
#define NGX_SECMEET_QUALITY_WEIGHT    4

#define NGX_SECMEET_QUALITY_RATE      50000     /* bit/s, told in such steps */
#define NGX_SECMEET_QUALITY_RTT       10        /* ms */


static void ngx_secmeet_quality_input(ngx_uint_t *loss, ngx_uint_t fraction);
static ngx_uint_t ngx_secmeet_quality_level(ngx_secmeet_transport_t *tp);
static json_t *ngx_secmeet_quality_videos(ngx_secmeet_peer_t *peer);
static json_t *ngx_secmeet_quality_peers(ngx_secmeet_peer_t *peer);


void
ngx_secmeet_quality_block(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtcp_block_t *block, ngx_secmeet_usec_t now)
{
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;

    ngx_secmeet_quality_input(&tp->down, block->fraction);

    if (sub->media->kind == NGX_SECMEET_SDP_AUDIO) {
        (void) ngx_secmeet_repeat_input(&sub->repeat, block->lost,
                                        block->highest, now);
    }
}


void
ngx_secmeet_quality_sent(ngx_secmeet_layer_t *layer,
    ngx_secmeet_rtcp_block_t *block)
{
    ngx_secmeet_quality_input(&layer->track->peer->transport->up,
                              block->fraction);
}


/* of 256 to 1/1000000, smoothed */

static void
ngx_secmeet_quality_input(ngx_uint_t *loss, ngx_uint_t fraction)
{
    ngx_uint_t  now;

    now = fraction * 1000000 / 256;

    *loss = (*loss * (NGX_SECMEET_QUALITY_WEIGHT - 1) + now)
            / NGX_SECMEET_QUALITY_WEIGHT;
}


static ngx_uint_t
ngx_secmeet_quality_level(ngx_secmeet_transport_t *tp)
{
    ngx_uint_t  loss, rtt;

    loss = ngx_max(tp->up, tp->down) / 1000;
    rtt = (ngx_uint_t) (tp->rtt / 1000);

    if (loss <= NGX_SECMEET_QUALITY_LOSS_GOOD
        && rtt <= NGX_SECMEET_QUALITY_RTT_GOOD)
    {
        return NGX_SECMEET_QUALITY_GOOD;
    }

    if (loss <= NGX_SECMEET_QUALITY_LOSS_FAIR
        && rtt <= NGX_SECMEET_QUALITY_RTT_FAIR)
    {
        return NGX_SECMEET_QUALITY_FAIR;
    }

    if (loss <= NGX_SECMEET_QUALITY_LOSS_POOR
        && rtt <= NGX_SECMEET_QUALITY_RTT_POOR)
    {
        return NGX_SECMEET_QUALITY_POOR;
    }

    return NGX_SECMEET_QUALITY_BAD;
}


void
ngx_secmeet_quality(ngx_secmeet_transport_t *tp, ngx_secmeet_usec_t now)
{
    char      *text;
    size_t     len;
    json_t    *json;
    uint32_t   hash;
    uint64_t   rate;

    if (tp->peer->signal == NULL
        || now - tp->told < NGX_SECMEET_QUALITY_INTERVAL)
    {
        return;
    }

    rate = tp->egress ? ngx_secmeet_egress_rate(tp->egress) : 0;
    rate -= rate % NGX_SECMEET_QUALITY_RATE;

    json = json_pack("{ss sI sI sf sf so so}", "type", "quality",
                     "rate", (json_int_t) rate,
                     "rtt", (json_int_t) (tp->rtt / 1000
                                          / NGX_SECMEET_QUALITY_RTT
                                          * NGX_SECMEET_QUALITY_RTT),
                     "loss", (double) (tp->down / 10000) / 100,
                     "up", (double) (tp->up / 10000) / 100,
                     "videos", ngx_secmeet_quality_videos(tp->peer),
                     "peers", ngx_secmeet_quality_peers(tp->peer));

    text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    if (text == NULL) {
        json_decref(json);
        return;
    }

    len = ngx_strlen(text);
    hash = ngx_crc32_long((u_char *) text, len);

    ngx_memzero(text, len);
    free(text);

    if (tp->told && hash == tp->told_hash) {
        json_decref(json);
        return;
    }

    tp->told = now;
    tp->told_hash = hash;

    ngx_secmeet_notify_quality(tp->peer, json);
}


static json_t *
ngx_secmeet_quality_videos(ngx_secmeet_peer_t *peer)
{
    char                  mid[NGX_SECMEET_MESSAGE_MID + 1];
    json_t               *videos;
    ngx_uint_t            i;
    ngx_secmeet_media_t  *media;

    videos = json_object();

    for (i = 0; i < peer->nmedia; i++) {
        media = peer->media[i];

        if (media->sub == NULL || media->sub->track == NULL
            || !media->sub->track->video || media->sub->paused)
        {
            continue;
        }

        ngx_memcpy(mid, media->mid.data, media->mid.len);
        mid[media->mid.len] = '\0';

        (void) json_object_set_new(videos, mid,
                                   json_integer(media->sub->quality));
    }

    return videos;
}


/* those who are not good */

static json_t *
ngx_secmeet_quality_peers(ngx_secmeet_peer_t *peer)
{
    char                 id[NGX_SECMEET_ID + 1];
    json_t              *peers;
    ngx_uint_t           level;
    ngx_queue_t         *q;
    ngx_secmeet_peer_t  *other;

    peers = json_object();

    for (q = ngx_queue_head(&peer->room->peers);
         q != ngx_queue_sentinel(&peer->room->peers);
         q = ngx_queue_next(q))
    {
        other = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        if (other->transport == NULL || other->closing
            || !other->transport->secure)
        {
            continue;
        }

        level = ngx_secmeet_quality_level(other->transport);

        if (level != NGX_SECMEET_QUALITY_GOOD) {
            (void) ngx_cpystrn((u_char *) id, other->id, NGX_SECMEET_ID + 1);
            (void) json_object_set_new(peers, id, json_integer(level));
        }
    }

    return peers;
}
