
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Pictures of VP8 with layers, in the order of the RTP numbers: what was
 * left out on purpose must not show in their numbers, and whatever is there
 * must not need it.
 */


#include "peer.h"


#define PEER_PICTURE_IDS      0x7fff


static void peer_picture_walk(peer_pictures_t *pictures, uint64_t end);
static void peer_picture_next(peer_pictures_t *pictures,
    peer_packet_t *packet);
static void peer_picture_frame(peer_pictures_t *pictures,
    peer_packet_t *packet);
static void peer_picture_layer(peer_pictures_t *pictures,
    peer_packet_t *packet);
static void peer_picture_tid(peer_pictures_t *pictures,
    peer_packet_t *packet, ngx_uint_t whole);


void
peer_picture_input(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp, uint64_t seq,
    void *data)
{
    peer_mark_t *mark = data;

    peer_packet_t          *packet;
    peer_pictures_t        *pictures;
    ngx_secmeet_payload_t   payload;

    ngx_memzero(&payload, sizeof(ngx_secmeet_payload_t));

    if (mark
        && (ngx_secmeet_payload_parse(&payload, NGX_SECMEET_CODEC_VP8,
                                      rtp->payload.data,
                                      rtp->payload.data + rtp->payload.len)
            != NGX_OK
            || !payload.has_tl0picidx))
    {
        return;
    }

    pictures = sink->pictures;

    if (pictures == NULL) {
        if (mark == NULL) {
            return;
        }

        pictures = peer_alloc(sizeof(peer_pictures_t));
        pictures->next = seq;
        sink->pictures = pictures;
    }

    if (seq < pictures->next) {
        return;
    }

    /* after a long silence, all before it is history */

    if (seq >= pictures->next + PEER_PICTURES) {
        peer_picture_walk(pictures, seq - PEER_PICTURES + 1);
    }

    packet = &pictures->packets[seq % PEER_PICTURES];

    ngx_memzero(packet, sizeof(peer_packet_t));

    packet->seq = seq;
    packet->timestamp = rtp->timestamp;
    packet->marker = rtp->marker;
    packet->empty = (mark == NULL);

    if (mark) {
        packet->tag = mark->tag;
        packet->counter = mark->counter;
        packet->time = mark->time;
        packet->tids[0] = mark->tids[0];
        packet->tids[1] = mark->tids[1];
        packet->picture_id = (uint16_t) payload.picture_id;
        packet->tl0picidx = (u_char) payload.tl0picidx;
        packet->tid = (u_char) payload.tid;
        packet->height = (uint16_t) payload.height;
        packet->start = payload.start;
        packet->key = payload.key;
        packet->sync = payload.sync;
    }

    if (sink->window.highest > PEER_PICTURES_LAG) {
        peer_picture_walk(pictures,
                          sink->window.highest - PEER_PICTURES_LAG);
    }
}


/* up to end; what has not come by now is a gap */

static void
peer_picture_walk(peer_pictures_t *pictures, uint64_t end)
{
    peer_packet_t  *packet;

    for ( /* void */ ; pictures->next < end; pictures->next++) {
        packet = &pictures->packets[pictures->next % PEER_PICTURES];

        if (packet->seq != pictures->next) {
            pictures->gaps++;
            pictures->running = 0;
            continue;
        }

        if (packet->empty) {
            pictures->empty++;
            continue;
        }

        peer_picture_next(pictures, packet);

        pictures->last = *packet;
        pictures->running = 1;
    }
}


static void
peer_picture_next(peer_pictures_t *pictures, peer_packet_t *packet)
{
    ngx_uint_t      whole;
    peer_packet_t  *last;

    last = &pictures->last;
    whole = pictures->running;

    if (packet->start) {
        if (whole) {
            peer_picture_frame(pictures, packet);
        }

        pictures->frames++;
        pictures->tids[packet->tid & 3]++;
        pictures->layer = packet->tag >> PEER_LAYER_SHIFT;

        if (packet->height) {
            pictures->height = packet->height;
        }

        peer_picture_tid(pictures, packet, whole);
        return;
    }

    if (!whole) {
        return;
    }

    pictures->frame_breaks += last->marker
                              || packet->tag != last->tag
                              || packet->counter != last->counter + 1
                              || packet->timestamp != last->timestamp
                              || packet->picture_id != last->picture_id
                              || packet->tl0picidx != last->tl0picidx;
}


/* the next frame, with nothing lost since the one before */

static void
peer_picture_frame(peer_pictures_t *pictures, peer_packet_t *packet)
{
    peer_packet_t  *last;

    last = &pictures->last;

    pictures->frame_breaks += !last->marker;
    pictures->id_breaks += packet->picture_id
                           != ((last->picture_id + 1) & PEER_PICTURE_IDS);
    pictures->tl0_breaks += packet->tl0picidx
                            != (u_char) (last->tl0picidx
                                         + (packet->tid == 0));
    pictures->timestamp_breaks += (int32_t) (packet->timestamp
                                             - last->timestamp)
                                  <= 0;

    if (packet->tag != last->tag) {
        peer_picture_layer(pictures, packet);
    }
}


static void
peer_picture_layer(peer_pictures_t *pictures, peer_packet_t *packet)
{
    int64_t         skew;
    peer_packet_t  *last;

    last = &pictures->last;

    pictures->layer_switches++;
    pictures->layer_breaks += !packet->key;

    skew = (int64_t) (int32_t) (packet->timestamp - last->timestamp)
           * 1000 / 90
           - ((int64_t) packet->time - (int64_t) last->time);

    if (skew < 0) {
        skew = -skew;
    }

    pictures->layer_skew = ngx_max(pictures->layer_skew,
                                   (ngx_secmeet_usec_t) skew);
}


/*
 * Which layers of time can be shown: all after a key frame.  One of whose
 * frames one was left out is lost, with those above it, until a sync point.
 */

static void
peer_picture_tid(peer_pictures_t *pictures, peer_packet_t *packet,
    ngx_uint_t whole)
{
    ngx_uint_t      tid;
    peer_packet_t  *last;

    last = &pictures->last;

    if (packet->key || !whole) {
        pictures->tid = PEER_TEMPORAL - 1;
        return;
    }

    for (tid = PEER_TEMPORAL - 1; tid && packet->tag == last->tag; tid--) {
        if (packet->tids[tid - 1] != last->tids[tid - 1] + (last->tid == tid))
        {
            pictures->tid = ngx_min(pictures->tid, tid - 1);
        }
    }

    if (packet->tid > pictures->tid) {
        pictures->tid_breaks += !packet->sync;
        pictures->tid = packet->tid;
    }
}


json_t *
peer_picture_stats(peer_sink_t *sink)
{
    json_t           *json;
    peer_pictures_t  *pictures;

    pictures = sink->pictures;

    if (pictures == NULL) {
        return json_null();
    }

    peer_picture_walk(pictures, sink->window.highest + 1);

    json = json_pack("{s:I, s:[I, I, I], s:I, s:I, s:I, s:I, s:I}",
                     "frames", (json_int_t) pictures->frames,
                     "tids", (json_int_t) pictures->tids[0],
                     (json_int_t) pictures->tids[1],
                     (json_int_t) pictures->tids[2],
                     "gaps", (json_int_t) pictures->gaps,
                     "empty", (json_int_t) pictures->empty,
                     "layer", (json_int_t) pictures->layer,
                     "height", (json_int_t) pictures->height,
                     "tid", (json_int_t) pictures->tid);

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                       "id_breaks", (json_int_t) pictures->id_breaks,
                       "tl0_breaks", (json_int_t) pictures->tl0_breaks,
                       "timestamp_breaks", (json_int_t)
                                           pictures->timestamp_breaks,
                       "frame_breaks", (json_int_t) pictures->frame_breaks,
                       "layer_breaks", (json_int_t) pictures->layer_breaks,
                       "tid_breaks", (json_int_t) pictures->tid_breaks,
                       "layer_switches", (json_int_t)
                                         pictures->layer_switches,
                       "layer_skew", (json_int_t) pictures->layer_skew));

    return json;
}
