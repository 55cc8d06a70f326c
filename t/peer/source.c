
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"


#define PEER_SOURCE_TICKS     256       /* of one wake-up, to catch up */


static void peer_source_timer(void *data);
static void peer_source_send(peer_source_t *source);
static void peer_source_frame(peer_source_t *source);
static size_t peer_source_header(peer_source_t *source, u_char *p);


void
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
    source->tag = (uint32_t) (line->peer->id << 8 | (line->index & 0xff));
    source->seq = (uint16_t) (peer_random() & 0x7fff);
    source->timestamp = (uint32_t) peer_random();
    source->frame = 1;

    line->source = source;
}


void
peer_source_free(peer_source_t *source)
{
    peer_timer_del(&source->timer);

    free(source->history.slots);
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
    count = peer_arg_uint(cmd, "count", 0);

    if (source->rate == 0 || source->burst == 0 || source->frame == 0
        || source->size > NGX_SECMEET_MTU - NGX_SECMEET_SRTP_TRAILER
                          - NGX_SECMEET_RTP_HEADER_MAX)
    {
        return "rate, burst, frame or size";
    }

    if (source->time) {
        source->timestamp = peer_source_timestamp(source);
    }

    source->until = count ? source->counter + count : 0;
    source->start = peer_now;
    source->ticks = 0;
    source->part = 0;
    source->running = 1;

    peer_timer_set(&source->timer, peer_now);

    return NULL;
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

    len = peer_source_packet(source, buf, source->size);

    if (ngx_secmeet_srtp_protect(line->peer->srtp, buf, &len) != NGX_OK) {
        return;
    }

    ngx_secmeet_history_input(&source->history, source->counter, buf, len);
    (void) ngx_secmeet_history_find(&source->history, source->counter,
                                    &source->last);

    source->seq++;
    source->counter++;

    if (++source->part == source->frame) {
        source->part = 0;
        source->frames++;
        source->key = 0;
    }

    if (source->drop_out && source->counter % source->drop_out == 0) {
        source->dropped++;
        return;
    }

    source->sent++;
    source->bytes += source->size;

    peer_send(line->peer, buf, len, NULL);
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

    return len + peer_mark_create(p + len, size, &mark,
                                  line->codecs[0].codec, source);
}


static size_t
peer_source_header(peer_source_t *source, u_char *p)
{
    peer_line_t *line = source->line;

    u_char             level;
    ngx_secmeet_rtp_t  rtp;

    rtp.pt = line->codecs[0].pt;
    rtp.seq = source->seq;
    rtp.timestamp = source->timestamp;
    rtp.ssrc = line->ssrc;
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

        rtp.exts[rtp.nexts].id = line->exts[NGX_SECMEET_EXT_AUDIO_LEVEL];
        rtp.exts[rtp.nexts].value.data = &level;
        rtp.exts[rtp.nexts++].value.len = 1;
    }

    return ngx_secmeet_rtp_create(p, &rtp);
}


void
peer_source_nack(peer_source_t *source, uint16_t seq)
{
    ngx_str_t     packet;
    peer_line_t  *line;

    line = source->line;
    source->nacks++;

    if (ngx_secmeet_history_find(&source->history,
                                 source->counter
                                 - (uint16_t) (source->seq - seq), &packet)
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
               json_pack("{s:s}", "mid", (char *) line->mid.data));
}


json_t *
peer_source_stats(peer_source_t *source)
{
    json_t       *json;
    peer_line_t  *line;

    line = source->line;

    json = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
                     "mid", (char *) line->mid.data,
                     "ssrc", (json_int_t) line->ssrc,
                     "tag", (json_int_t) source->tag,
                     "counter", (json_int_t) source->counter,
                     "sent", (json_int_t) source->sent,
                     "dropped", (json_int_t) source->dropped,
                     "frames", (json_int_t) source->frames,
                     "keys", (json_int_t) source->keys,
                     "running", source->running);

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
