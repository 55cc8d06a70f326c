
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_sub.h"
#include "ngx_secmeet_track.h"


static ngx_uint_t ngx_secmeet_stage_spotted(ngx_secmeet_peer_t *peer);
static void ngx_secmeet_stage_heir(ngx_secmeet_track_t *track);
static ngx_secmeet_stage_t *ngx_secmeet_stage_open(ngx_secmeet_room_t *room);
static ngx_int_t ngx_secmeet_stage_grow(ngx_secmeet_stage_t *stage,
    ngx_uint_t n);
static void ngx_secmeet_stage_free(ngx_secmeet_stage_t *stage,
    ngx_secmeet_speakers_track_t *spots, ngx_secmeet_track_t **tracks,
    ngx_uint_t *rank, ngx_uint_t n);
static void ngx_secmeet_stage_timer(ngx_secmeet_stage_t *stage,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_stage_handler(ngx_event_t *ev);
static void ngx_secmeet_stage_speaker(ngx_secmeet_stage_t *stage,
    ngx_int_t spot);
static void ngx_secmeet_stage_cast(ngx_secmeet_room_t *room);
static void ngx_secmeet_stage_peer(ngx_secmeet_peer_t *peer,
    ngx_uint_t nrank, ngx_uint_t video);
static ngx_uint_t ngx_secmeet_stage_lines(ngx_secmeet_peer_t *peer,
    ngx_uint_t video, ngx_secmeet_sub_t **lines);
static ngx_uint_t ngx_secmeet_stage_choose(ngx_secmeet_peer_t *peer,
    ngx_uint_t nrank, ngx_uint_t video, ngx_secmeet_track_t **chosen,
    ngx_uint_t n);
static ngx_uint_t ngx_secmeet_stage_choose_one(ngx_secmeet_peer_t *peer,
    ngx_secmeet_track_t *track, ngx_secmeet_track_t **chosen, ngx_uint_t k);
static ngx_secmeet_track_t *ngx_secmeet_stage_camera(
    ngx_secmeet_peer_t *peer);


ngx_int_t
ngx_secmeet_stage_add(ngx_secmeet_track_t *track)
{
    ngx_uint_t            spot;
    ngx_secmeet_room_t   *room;
    ngx_secmeet_stage_t  *stage;

    room = track->peer->room;

    ngx_secmeet_stage_changed(room);

    if (track->video || ngx_strcmp(track->source.data, "microphone") != 0) {
        return NGX_OK;
    }

    stage = ngx_secmeet_stage_open(room);
    if (stage == NULL) {
        return NGX_ERROR;
    }

    /* with many microphones nobody takes the places of others */

    if (ngx_secmeet_stage_spotted(track->peer)) {
        return NGX_OK;
    }

    if (ngx_secmeet_speakers_add(&stage->speakers, &spot) != NGX_OK) {

        /* of more than this, nobody is heard better */

        if (stage->n == NGX_SECMEET_SPEAKERS_TRACKS) {
            return NGX_OK;
        }

        if (ngx_secmeet_stage_grow(stage, 2 * stage->n) != NGX_OK
            || ngx_secmeet_speakers_add(&stage->speakers, &spot) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    stage->tracks[spot] = track;
    track->spot = spot;

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_stage_spotted(ngx_secmeet_peer_t *peer)
{
    ngx_uint_t            i;
    ngx_secmeet_track_t  *track;

    for (i = 0; i < peer->nmedia; i++) {
        track = peer->media[i]->track;

        if (track && track->spot >= 0) {
            return 1;
        }
    }

    return 0;
}


void
ngx_secmeet_stage_remove(ngx_secmeet_track_t *track)
{
    ngx_secmeet_room_t   *room;
    ngx_secmeet_stage_t  *stage;

    room = track->peer->room;
    stage = room->stage;

    ngx_secmeet_stage_changed(room);

    if (stage == NULL || track->spot < 0) {
        return;
    }

    if (stage->speaker == track->peer) {
        ngx_secmeet_stage_speaker(stage, -1);
    }

    ngx_secmeet_speakers_remove(&stage->speakers, track->spot);

    stage->tracks[track->spot] = NULL;
    track->spot = -1;

    ngx_secmeet_stage_heir(track);
}


/* another microphone of the same peer comes in its place */

static void
ngx_secmeet_stage_heir(ngx_secmeet_track_t *track)
{
    ngx_uint_t            i;
    ngx_secmeet_peer_t   *peer;
    ngx_secmeet_track_t  *other;

    peer = track->peer;

    for (i = 0; i < peer->nmedia && !peer->closing; i++) {
        other = peer->media[i]->track;

        if (other && other != track
            && ngx_strcmp(other->source.data, "microphone") == 0)
        {
            (void) ngx_secmeet_stage_add(other);
            return;
        }
    }
}


static ngx_secmeet_stage_t *
ngx_secmeet_stage_open(ngx_secmeet_room_t *room)
{
    ngx_secmeet_stage_t  *stage;

    if (room->stage) {
        return room->stage;
    }

    stage = ngx_calloc(sizeof(ngx_secmeet_stage_t), room->worker->log);
    if (stage == NULL) {
        return NULL;
    }

    stage->room = room;

    stage->timer.handler = ngx_secmeet_stage_handler;
    stage->timer.data = stage;
    stage->timer.log = room->worker->log;

    if (ngx_secmeet_stage_grow(stage, NGX_SECMEET_STAGE_TRACKS) != NGX_OK) {
        ngx_secmeet_free(stage, sizeof(ngx_secmeet_stage_t));
        return NULL;
    }

    room->stage = stage;

    return stage;
}


static ngx_int_t
ngx_secmeet_stage_grow(ngx_secmeet_stage_t *stage, ngx_uint_t n)
{
    ngx_log_t                     *log;
    ngx_uint_t                    *rank;
    ngx_secmeet_track_t          **tracks;
    ngx_secmeet_speakers_track_t  *spots;

    log = stage->room->worker->log;

    spots = ngx_calloc(n * sizeof(ngx_secmeet_speakers_track_t), log);
    tracks = ngx_calloc(n * sizeof(ngx_secmeet_track_t *), log);
    rank = ngx_calloc(n * sizeof(ngx_uint_t), log);

    if (spots == NULL || tracks == NULL || rank == NULL) {
        ngx_secmeet_stage_free(stage, spots, tracks, rank, n);
        return NGX_ERROR;
    }

    if (stage->n) {
        ngx_secmeet_speakers_move(&stage->speakers, spots, n);
        ngx_memcpy(tracks, stage->tracks,
                   stage->n * sizeof(ngx_secmeet_track_t *));
        ngx_secmeet_stage_free(stage, stage->spots, stage->tracks,
                               stage->rank, stage->n);

    } else {
        ngx_secmeet_speakers_init(&stage->speakers, spots, n,
                                  NGX_SECMEET_STAGE_HEARD, ngx_secmeet_now());
    }

    stage->spots = spots;
    stage->tracks = tracks;
    stage->rank = rank;
    stage->n = n;

    return NGX_OK;
}


static void
ngx_secmeet_stage_free(ngx_secmeet_stage_t *stage,
    ngx_secmeet_speakers_track_t *spots, ngx_secmeet_track_t **tracks,
    ngx_uint_t *rank, ngx_uint_t n)
{
    ngx_secmeet_free(spots, n * sizeof(ngx_secmeet_speakers_track_t));
    ngx_secmeet_free(tracks, n * sizeof(ngx_secmeet_track_t *));
    ngx_secmeet_free(rank, n * sizeof(ngx_uint_t));
}


void
ngx_secmeet_stage_close(ngx_secmeet_room_t *room)
{
    ngx_secmeet_stage_t  *stage;

    stage = room->stage;

    if (stage == NULL) {
        return;
    }

    if (stage->timer.timer_set) {
        ngx_del_timer(&stage->timer);
    }

    ngx_secmeet_stage_free(stage, stage->spots, stage->tracks, stage->rank,
                           stage->n);
    ngx_secmeet_free(stage, sizeof(ngx_secmeet_stage_t));

    room->stage = NULL;
}


void
ngx_secmeet_stage_level(ngx_secmeet_track_t *track, ngx_uint_t level,
    ngx_uint_t voice, ngx_secmeet_usec_t now)
{
    ngx_secmeet_stage_t  *stage;

    stage = track->peer->room->stage;

    if (stage == NULL || track->spot < 0) {
        return;
    }

    ngx_secmeet_speakers_input(&stage->speakers, track->spot, level, voice,
                               now);

    if (!stage->timer.timer_set) {
        ngx_secmeet_stage_timer(stage, now);
    }
}


static void
ngx_secmeet_stage_timer(ngx_secmeet_stage_t *stage, ngx_secmeet_usec_t now)
{
    ngx_secmeet_usec_t  next;

    next = ngx_secmeet_speakers_next(&stage->speakers);

    if (next) {
        ngx_add_timer(&stage->timer,
                      next > now ? (ngx_msec_t) ((next - now) / 1000 + 1)
                                 : 1);
    }
}


static void
ngx_secmeet_stage_handler(ngx_event_t *ev)
{
    ngx_secmeet_usec_t          now;
    ngx_secmeet_stage_t        *stage;
    ngx_secmeet_speakers_out_t  out;

    stage = ev->data;

    if (stage->room->closing) {
        return;
    }

    now = ngx_secmeet_now();

    if (ngx_secmeet_speakers_poll(&stage->speakers, &out, now) == NGX_OK) {

        if (out.switched) {
            ngx_secmeet_stage_speaker(stage, out.dominant);
        }

        if (out.ranked || out.heard) {
            ngx_secmeet_stage_cast(stage->room);
        }
    }

    ngx_secmeet_stage_timer(stage, now);
}


static void
ngx_secmeet_stage_speaker(ngx_secmeet_stage_t *stage, ngx_int_t spot)
{
    ngx_secmeet_peer_t  *speaker;

    speaker = (spot < 0 || stage->tracks[spot] == NULL)
              ? NULL : stage->tracks[spot]->peer;

    if (speaker != stage->speaker) {
        stage->speaker = speaker;
        ngx_secmeet_notify_speaker(stage->room, speaker, NULL);
    }
}


ngx_uint_t
ngx_secmeet_stage_speaks(ngx_secmeet_peer_t *peer)
{
    return peer->room->stage && peer->room->stage->speaker == peer;
}


void
ngx_secmeet_stage_tell(ngx_secmeet_peer_t *peer)
{
    ngx_secmeet_stage_t  *stage;

    stage = peer->room->stage;

    if (stage && stage->speaker) {
        ngx_secmeet_notify_speaker(peer->room, stage->speaker, peer);
    }
}


ngx_uint_t
ngx_secmeet_stage_is(ngx_str_t *track)
{
    return track->data && track->len == sizeof("speakers") - 1
           && ngx_memcmp(track->data, "speakers", track->len) == 0;
}


void
ngx_secmeet_stage_carry(ngx_secmeet_sub_t *sub)
{
    if (!sub->speakers) {
        sub->speakers = 1;
        ngx_secmeet_stage_changed(sub->peer->room);
    }
}


void
ngx_secmeet_stage_changed(ngx_secmeet_room_t *room)
{
    if (!room->cast.posted && !room->closing) {
        ngx_post_event(&room->cast, &ngx_posted_events);
    }
}


void
ngx_secmeet_stage_cast_handler(ngx_event_t *ev)
{
    ngx_secmeet_stage_cast(ev->data);
}


/* each peer's lines of "speakers" carry those who are worth it */

static void
ngx_secmeet_stage_cast(ngx_secmeet_room_t *room)
{
    ngx_uint_t            n;
    ngx_queue_t          *q;
    ngx_secmeet_peer_t   *peer;
    ngx_secmeet_stage_t  *stage;

    if (room->closing) {
        return;
    }

    stage = room->stage;
    n = stage ? ngx_secmeet_speakers_rank(&stage->speakers, stage->rank,
                                          stage->n)
              : 0;

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = ngx_queue_next(q))
    {
        peer = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        if (peer->transport && !peer->closing) {
            ngx_secmeet_stage_peer(peer, n, 0);
            ngx_secmeet_stage_peer(peer, n, 1);
        }
    }
}


static void
ngx_secmeet_stage_peer(ngx_secmeet_peer_t *peer, ngx_uint_t nrank,
    ngx_uint_t video)
{
    ngx_uint_t            i, k, n, nchosen;
    ngx_secmeet_sub_t    *lines[NGX_SECMEET_STAGE_LINES];
    ngx_secmeet_track_t  *chosen[NGX_SECMEET_STAGE_LINES];

    n = ngx_secmeet_stage_lines(peer, video, lines);

    if (n == 0) {
        return;
    }

    nchosen = ngx_secmeet_stage_choose(peer, nrank, video, chosen, n);

    /* those who are carried stay where they are */

    for (i = 0; i < n; i++) {
        for (k = 0; k < nchosen; k++) {
            if (chosen[k] && lines[i]->track == chosen[k]) {
                chosen[k] = NULL;
                lines[i] = NULL;
                break;
            }
        }
    }

    k = 0;

    for (i = 0; i < n; i++) {

        if (lines[i] == NULL) {
            continue;
        }

        while (k < nchosen && chosen[k] == NULL) {
            k++;
        }

        /* the track of somebody who has left is taken away before */

        if (k == nchosen) {
            break;
        }

        ngx_secmeet_sub_track(lines[i], chosen[k++]);
        ngx_secmeet_notify_carry(lines[i]);
    }
}


static ngx_uint_t
ngx_secmeet_stage_lines(ngx_secmeet_peer_t *peer, ngx_uint_t video,
    ngx_secmeet_sub_t **lines)
{
    ngx_uint_t          i, n;
    ngx_secmeet_sub_t  *sub;

    n = 0;

    for (i = 0; i < peer->nmedia && n < NGX_SECMEET_STAGE_LINES; i++) {
        sub = peer->media[i]->sub;

        if (sub && sub->speakers
            && (sub->media->kind == NGX_SECMEET_SDP_VIDEO) == (int) video)
        {
            lines[n++] = sub;
        }
    }

    return n;
}


/*
 * Up to n tracks: voices that are heard now, then the order of the ranking,
 * then, for pictures, those who have no voice.
 */

static ngx_uint_t
ngx_secmeet_stage_choose(ngx_secmeet_peer_t *peer, ngx_uint_t nrank,
    ngx_uint_t video, ngx_secmeet_track_t **chosen, ngx_uint_t n)
{
    ngx_uint_t            i, k, pass;
    ngx_queue_t          *q;
    ngx_secmeet_stage_t  *stage;
    ngx_secmeet_track_t  *track;

    stage = peer->room->stage;
    k = 0;

    for (pass = video; pass < 2; pass++) {
        for (i = 0; i < nrank && k < n; i++) {
            track = stage->tracks[stage->rank[i]];

            if (pass == 0
                && !stage->speakers.tracks[stage->rank[i]].heard)
            {
                continue;
            }

            k = ngx_secmeet_stage_choose_one(peer,
                             video && track
                             ? ngx_secmeet_stage_camera(track->peer) : track,
                             chosen, k);
        }
    }

    for (q = ngx_queue_head(&peer->room->peers);
         video && k < n && q != ngx_queue_sentinel(&peer->room->peers);
         q = ngx_queue_next(q))
    {
        track = ngx_secmeet_stage_camera(ngx_queue_data(q, ngx_secmeet_peer_t,
                                                        queue));
        k = ngx_secmeet_stage_choose_one(peer, track, chosen, k);
    }

    return k;
}


/* how many there are with it */

static ngx_uint_t
ngx_secmeet_stage_choose_one(ngx_secmeet_peer_t *peer,
    ngx_secmeet_track_t *track, ngx_secmeet_track_t **chosen, ngx_uint_t k)
{
    ngx_uint_t          i;
    ngx_secmeet_sub_t  *sub;

    if (track == NULL || track->peer == peer || track->peer->closing
        || track->stopped || (track->video && track->muted))
    {
        return k;
    }

    /* what its client has chosen stays where it is */

    sub = ngx_secmeet_sub_showing(peer, track);

    if (sub && !sub->speakers) {
        return k;
    }

    for (i = 0; i < k; i++) {
        if (chosen[i] == track) {
            return k;
        }
    }

    chosen[k] = track;

    return k + 1;
}


static ngx_secmeet_track_t *
ngx_secmeet_stage_camera(ngx_secmeet_peer_t *peer)
{
    ngx_uint_t            i;
    ngx_secmeet_track_t  *track;

    for (i = 0; i < peer->nmedia; i++) {
        track = peer->media[i]->track;

        if (track && ngx_strcmp(track->source.data, "camera") == 0) {
            return track;
        }
    }

    return NULL;
}
