
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "feedback.h"


#define PEER_SOURCE_TICKS     256       /* of one wake-up, to catch up */
#define PEER_SOURCE_SPOIL     10        /* frames after a key frame */


static void peer_source_timer(void *data);
static void peer_source_send(peer_source_t *source);
static void peer_source_frame(peer_source_t *source);
static void peer_source_go(peer_source_t *source);
static void peer_source_part(peer_source_t *source);
static void peer_source_picture(peer_source_t *source);
static const char *peer_source_spoilt(json_t *cmd);
static size_t peer_source_header(peer_source_t *source, u_char *p);


peer_source_t *
peer_source_create(void *data)
{
    peer_line_t *line = data;

    peer_source_t               *source;
    ngx_secmeet_history_slot_t  *slots;

    source = peer_alloc(sizeof(peer_source_t));
    slots = peer_alloc(sizeof(ngx_secmeet_history_slot_t) * PEER_HISTORY);

    ngx_secmeet_history_init(&source->history, slots, PEER_HISTORY);

    source->line = line;
    source->timer.handler = peer_source_timer;
    source->timer.data = source;
    source->layer = line->nlayers;
    source->tag = peer_source_tag(source);
    source->ssrc = (uint32_t) peer_random() | 1;
    source->seq = (uint16_t) (peer_random() & 0x7fff);
    source->timestamp = (uint32_t) peer_random();
    source->frame = 1;
    source->level = -1;
    source->voice = 1;
    source->picture.id = peer_random() & 0x7fff;
    source->picture.tl0picidx = peer_random() & 0xff;

    if (line->nlayers == 0) {
        line->source = source;
    }

    line->layers[line->nlayers++] = source;

    return source;
}


uint32_t
peer_source_tag(peer_source_t *source)
{
    peer_line_t  *line;

    line = source->line;

    return (uint32_t) (line->peer->id << 8 | (line->index & 0xff)
                       | source->layer << PEER_LAYER_SHIFT);
}


void
peer_source_free(peer_source_t *source)
{
    peer_timer_del(&source->timer);

    free(source->history.slots);
    free(source->plain.slots);
    free(source->rid.data);
    peer_defer(source);
}


const char *
peer_source_start(peer_source_t *source, json_t *cmd)
{
    peer_line_t *line = source->line;

    ngx_uint_t  count;

    if (!line->peer->secure) {
        return "not secure yet";
    }

    if (line->pending) {
        return "not negotiated yet";
    }

    source->rate = peer_arg_uint(cmd, "rate", 50);
    source->size = peer_arg_uint(cmd, "size", 120);
    source->burst = peer_arg_uint(cmd, "burst", 1);
    source->frame = peer_arg_uint(cmd, "frame", 1);
    source->keyframe_every = peer_arg_uint(cmd, "keyframe_every", 0);
    source->tag = (uint32_t) peer_arg_uint(cmd, "tag", source->tag);
    source->width = peer_arg_uint(cmd, "width", 320 << source->layer);
    source->height = peer_arg_uint(cmd, "height", 180 << source->layer);
    source->temporal = peer_arg_uint(cmd, "temporal", source->rid.len != 0);
    source->leave_from = source->frames + peer_arg_uint(cmd, "leave_from", 0);
    source->leave_to = source->frames + peer_arg_uint(cmd, "leave_to", 0);
    source->spoil = peer_source_spoilt(cmd);
    count = peer_arg_uint(cmd, "count", 0);

    if (source->rate == 0 || source->burst == 0 || source->frame == 0
        || source->temporal > PEER_TEMPORAL
        || source->size > NGX_SECMEET_MTU - NGX_SECMEET_SRTP_TRAILER
                          - NGX_SECMEET_RTP_HEADER_MAX)
    {
        return "rate, burst, frame, temporal or size";
    }

    source->until = count ? source->counter + count : 0;
    source->running = 1;

    peer_source_go(source);

    return NULL;
}


static void
peer_source_go(peer_source_t *source)
{
    if (source->off) {
        return;
    }

    if (source->time) {
        source->timestamp = peer_source_timestamp(source);
    }

    source->start = peer_now;
    source->ticks = 0;
    source->part = 0;

    peer_timer_set(&source->timer, peer_now);
}


/* off at the end of a frame; an encoder begins again with a key frame */

void
peer_source_on(peer_source_t *source, ngx_uint_t on)
{
    if (source->off == !on) {
        return;
    }

    source->off = !on;

    if (on && source->running) {
        source->key_wanted = 1;
        peer_source_go(source);
    }
}


void
peer_source_stop(peer_source_t *source)
{
    source->running = 0;
    peer_timer_del(&source->timer);
}


static void
peer_source_timer(void *data)
{
    peer_source_t *source = data;

    ngx_uint_t           i, n;
    peer_line_t         *line;
    ngx_secmeet_usec_t   next;

    next = peer_now;

    for (n = 0; n < PEER_SOURCE_TICKS && next <= peer_now; n++) {

        if (source->off && source->part == 0) {
            return;
        }

        for (i = 0; i < source->burst; i++) {
            peer_source_send(source);

            if (source->until && source->counter >= source->until) {
                line = source->line;
                source->running = 0;

                peer_event(line->peer, "done",
                           json_pack("{s:s, s:I, s:I}",
                                     "mid", (char *) line->mid.data,
                                     "counter", (json_int_t) source->counter,
                                     "sent", (json_int_t) source->sent));
                return;
            }
        }

        source->ticks++;

        next = source->start
               + source->ticks * source->burst * 1000000 / source->rate;
    }

    peer_timer_set(&source->timer, next);
}


static void
peer_source_send(peer_source_t *source)
{
    peer_line_t *line = source->line;

    u_char  buf[PEER_DATAGRAM];
    size_t  len;

    peer_loop_time();

    if (source->part == 0) {
        peer_source_frame(source);
    }

    if (source->left) {
        source->counter++;
        peer_source_part(source);
        return;
    }

    len = peer_source_packet(source, buf, source->size);

    peer_rtx_keep(source, buf, len);

    if (ngx_secmeet_srtp_protect(line->peer->srtp, buf, &len) != NGX_OK) {
        return;
    }

    ngx_secmeet_history_input(&source->history, source->counter, buf, len,
                              0);
    (void) ngx_secmeet_history_find(&source->history, source->counter,
                                    &source->last, NULL);

    source->seq++;
    source->counter++;

    peer_source_part(source);

    if (source->drop_out && source->counter % source->drop_out == 0) {
        source->dropped++;
        return;
    }

    source->sent++;
    source->bytes += source->size;

    peer_send(line->peer, buf, len, NULL);
}


static void
peer_source_part(peer_source_t *source)
{
    if (++source->part == source->frame) {
        source->part = 0;
        source->frames++;
        source->key = 0;

        /* as if it had never been, but for the frames that need it */

        if (source->left) {
            source->picture.id--;
        }
    }
}


static void
peer_source_frame(peer_source_t *source)
{
    peer_line_t *line = source->line;

    if (source->time) {
        source->timestamp += line->clock * source->frame / source->rate;
    }

    source->time = peer_now;

    source->key = source->frames == 0 || source->key_wanted
                  || (source->keyframe_every
                      && source->frames % source->keyframe_every == 0);

    if (source->key) {
        source->key_wanted = 0;
        source->keys++;
    }

    if (source->temporal) {
        peer_source_picture(source);
    }
}


/*
 * As libvpx does it: 0, or 0 1, or 0 2 1 2; the first ones after a key frame
 * and after every second round need nothing but the frame of layer 0 before
 * them.
 */

static void
peer_source_picture(peer_source_t *source)
{
    ngx_uint_t       n;
    peer_picture_t  *picture;

    static ngx_uint_t  tids[PEER_TEMPORAL][4] = {
        { 0, 0, 0, 0 }, { 0, 1, 0, 1 }, { 0, 2, 1, 2 }
    };

    picture = &source->picture;
    picture->tids[picture->tid]++;
    picture->cycle = source->key ? 0 : picture->cycle + 1;

    n = picture->cycle % 8;

    picture->tid = tids[source->temporal - 1][n % 4];
    picture->sync = picture->tid && (n == 1 || n == 2);

    if (picture->tid == 0) {
        picture->tl0picidx = (picture->tl0picidx + 1) & 0xff;
    }

    source->left = picture->tid && picture->tid + 1 == source->temporal
                   && source->frames >= source->leave_from
                   && source->frames < source->leave_to;

    if (source->spoil && picture->cycle == PEER_SOURCE_SPOIL) {
        picture->id += (source->spoil[0] == 'i');
        picture->tl0picidx += (source->spoil[0] == 't');
        source->timestamp -= (source->spoil[0] == 'c') ? 90000 : 0;
        source->spoil = NULL;
    }
}


static const char *
peer_source_spoilt(json_t *cmd)
{
    const char   *name;
    ngx_uint_t    i;

    static const char  *names[] = { "id", "tl0", "clock" };

    name = peer_arg_text(cmd, "spoil");

    for (i = 0; name && i < 3; i++) {
        if (ngx_strcmp(names[i], name) == 0) {
            return names[i];
        }
    }

    return NULL;
}


uint32_t
peer_source_timestamp(peer_source_t *source)
{
    peer_line_t *line = source->line;

    return source->timestamp
           + (uint32_t) ((peer_now - source->time) * line->clock / 1000000);
}


size_t
peer_source_packet(peer_source_t *source, u_char *p, size_t size)
{
    peer_line_t *line = source->line;

    size_t       len;
    peer_mark_t  mark;

    len = peer_source_header(source, p);

    mark.tag = source->tag;
    mark.timestamp = source->timestamp;
    mark.counter = source->counter;
    mark.time = peer_now;
    mark.leveled = (source->level >= 0);
    mark.layered = (source->temporal != 0);
    mark.tids[0] = source->picture.tids[1];
    mark.tids[1] = source->picture.tids[2];

    return len + peer_mark_create(p + len, size, &mark,
                                  line->codecs[0].codec, source);
}


static size_t
peer_source_header(peer_source_t *source, u_char *p)
{
    peer_line_t *line = source->line;

    u_char             level, seq[2];
    ngx_secmeet_rtp_t  rtp;

    rtp.pt = line->codecs[0].pt;
    rtp.seq = source->seq;
    rtp.timestamp = source->timestamp;
    rtp.ssrc = source->ssrc;
    rtp.padding = 0;
    rtp.nexts = 0;
    rtp.marker = (line->kind == NGX_SECMEET_SDP_VIDEO)
                 ? source->part + 1 == source->frame
                 : source->counter == 0;

    if (line->exts[NGX_SECMEET_EXT_MID]) {
        rtp.exts[rtp.nexts].id = line->exts[NGX_SECMEET_EXT_MID];
        rtp.exts[rtp.nexts++].value = line->mid;
    }

    if (line->exts[NGX_SECMEET_EXT_AUDIO_LEVEL]) {

        /* RFC 6464, 3: voice, and a level that the sink can check */

        level = (u_char) (0x80 | source->counter);

        if (source->level >= 0) {
            level = (u_char) ((source->voice ? 0x80 : 0) | source->level);
        }

        rtp.exts[rtp.nexts].id = line->exts[NGX_SECMEET_EXT_AUDIO_LEVEL];
        rtp.exts[rtp.nexts].value.data = &level;
        rtp.exts[rtp.nexts++].value.len = 1;
    }

    if (source->rid.len && !source->acked) {
        rtp.exts[rtp.nexts].id = line->exts[NGX_SECMEET_EXT_RID];
        rtp.exts[rtp.nexts++].value = source->rid;
    }

    peer_twcc_stamp(line, &rtp, seq, source->size);

    return ngx_secmeet_rtp_create(p, &rtp);
}


void
peer_source_nack(peer_source_t *source, uint16_t seq)
{
    uint64_t      counter;
    ngx_str_t     packet;
    peer_line_t  *line;

    line = source->line;
    source->nacks++;
    counter = source->counter - (uint16_t) (source->seq - seq);

    if (source->plain.slots) {
        if (peer_rtx_send(source, counter) == NGX_OK) {
            source->retransmitted++;

        } else {
            source->nack_misses++;
        }

        return;
    }

    if (ngx_secmeet_history_find(&source->history, counter, &packet, NULL)
        != NGX_OK)
    {
        source->nack_misses++;
        return;
    }

    source->retransmitted++;

    peer_send(line->peer, packet.data, packet.len, NULL);
}


void
peer_source_key(peer_source_t *source, ngx_uint_t fir)
{
    peer_line_t *line = source->line;

    if (fir) {
        source->firs++;

    } else {
        source->plis++;
    }

    source->key_wanted = 1;

    peer_event(line->peer, fir ? "fir" : "pli",
               json_pack("{s:s, s:s}", "mid", (char *) line->mid.data,
                         "rid", source->rid.len ? (char *) source->rid.data
                                                : ""));
}


json_t *
peer_source_stats(peer_source_t *source)
{
    json_t       *json;
    peer_line_t  *line;

    line = source->line;

    json = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
                     "mid", (char *) line->mid.data,
                     "ssrc", (json_int_t) source->ssrc,
                     "tag", (json_int_t) source->tag,
                     "counter", (json_int_t) source->counter,
                     "sent", (json_int_t) source->sent,
                     "dropped", (json_int_t) source->dropped,
                     "frames", (json_int_t) source->frames,
                     "keys", (json_int_t) source->keys,
                     "running", source->running);

    json_object_update_new(json,
             json_pack("{s:s, s:I, s:I, s:I, s:b, s:b}",
                       "rid", source->rid.len ? (char *) source->rid.data
                                              : "",
                       "bytes", (json_int_t) source->bytes,
                       "rtx_ssrc", (json_int_t) source->rtx_ssrc,
                       "rtx_sent", (json_int_t) source->rtx_sent,
                       "acked", source->acked, "on", !source->off));

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I, s:I, s:I}",
                       "nacks", (json_int_t) source->nacks,
                       "nack_misses", (json_int_t) source->nack_misses,
                       "retransmitted", (json_int_t) source->retransmitted,
                       "plis", (json_int_t) source->plis,
                       "firs", (json_int_t) source->firs));

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}",
                       "reports", (json_int_t) source->reports,
                       "fraction_lost", (json_int_t) source->report.fraction,
                       "lost", (json_int_t) source->report.lost,
                       "highest", (json_int_t) source->report.highest,
                       "jitter", (json_int_t) source->report.jitter,
                       "rtt", (json_int_t) source->rtt));

    return json;
}
