
/*
 * Copyright (C) secmeet contributors
 */


#include "peer.h"
#include "feedback.h"


static ngx_int_t peer_sink_packet(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_usec_t when);
static void peer_sink_rate(peer_sink_t *sink, size_t len);
static uint64_t peer_sink_rate_now(peer_sink_t *sink);
static uint64_t peer_sink_extend(peer_window_t *window, uint16_t seq);
static void peer_sink_exts(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp,
    peer_mark_t *mark);
static peer_flow_t *peer_sink_flow(peer_sink_t *sink, peer_mark_t *mark,
    ngx_uint_t key);
static void peer_sink_mark(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp,
    peer_mark_t *mark, ngx_uint_t key);
static void peer_sink_switch(peer_sink_t *sink, peer_flow_t *flow,
    ngx_secmeet_rtp_t *rtp, uint64_t highest);
static void peer_sink_delay(peer_sink_t *sink, ngx_secmeet_usec_t delay);
static json_t *peer_flow_stats(peer_flow_t *flow);


void
peer_sink_create(void *data)
{
    peer_line_t *line = data;

    line->sink = peer_alloc(sizeof(peer_sink_t));
    line->sink->line = line;
    line->sink->level = -1;

    ngx_secmeet_nack_init(&line->sink->nack);
    ngx_secmeet_report_init(&line->sink->report, line->clock);
}


void
peer_sink_free(peer_sink_t *sink)
{
    ngx_uint_t  i;

    for (i = 0; i < sink->nflows; i++) {
        peer_late_free(&sink->flows[i]->late);
        free(sink->flows[i]);
    }

    free(sink->flows);
    free(sink->pictures);
    peer_defer(sink);
}


ngx_uint_t
peer_sink_drop(peer_sink_t *sink, u_char *p)
{
    uint16_t  seq;

    seq = (uint16_t) (p[2] << 8 | p[3]);

    /* only what is new: a retransmission gets through */

    if (sink->drop_started && (int16_t) (seq - sink->drop_seq) <= 0) {
        return 0;
    }

    sink->drop_started = 1;
    sink->drop_seq = seq;

    if (seq % sink->drop_in) {
        return 0;
    }

    sink->dropped++;

    return 1;
}


void
peer_sink_input(peer_sink_t *sink, u_char *p, size_t len,
    ngx_secmeet_usec_t when, ngx_uint_t rtx)
{
    peer_line_t *line = sink->line;

    ngx_secmeet_rtp_t  rtp;

    if (ngx_secmeet_rtp_parse(&rtp, p, p + len, 1) != NGX_OK) {
        sink->bad++;
        return;
    }

    peer_twcc_arrived(line, &rtp, when);
    peer_sink_rate(sink, len);

    if (!rtx) {
        sink->packets++;
        sink->bytes += rtp.payload.len;

        ngx_secmeet_report_input(&sink->report, rtp.seq, rtp.timestamp,
                                 peer_now);

        peer_sink_packet(sink, &rtp, when);
        return;
    }

    if (rtp.payload.len == 0) {
        sink->padding++;
        sink->padding_bytes += len;
        return;
    }

    if (peer_rtx_unwrap(line, &rtp) != NGX_OK) {
        sink->rtx_bad++;
        return;
    }

    sink->rtx++;

    if (peer_sink_packet(sink, &rtp, when) == NGX_OK) {
        sink->rtx_recovered++;

    } else {
        sink->rtx_duplicates++;
    }
}


/* NGX_OK: its number is new */

static ngx_int_t
peer_sink_packet(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_usec_t when)
{
    peer_line_t *line = sink->line;

    uint64_t             highest, seq;
    ngx_int_t            rc;
    ngx_uint_t           key;
    peer_mark_t          mark;
    peer_flow_t         *flow;
    ngx_secmeet_codec_e  codec;

    highest = sink->window.highest;
    seq = peer_sink_extend(&sink->window, rtp->seq);

    rc = peer_window_input(&sink->window, seq);

    if (line->peer->nack
        && ngx_secmeet_nack_input(&sink->nack, rtp->seq, peer_now) == NGX_OK)
    {
        peer_feedback_nack(line->peer);
    }

    /* a number that carries nothing, so that nobody waits for it */

    if (rtp->payload.len == 0) {
        sink->empty++;
        peer_picture_input(sink, rtp, seq, NULL);
        return rc;
    }

    codec = peer_line_codec(line, rtp->pt);

    if (codec == NGX_SECMEET_CODEC_NONE) {
        sink->bad_pt++;
        return rc;
    }

    if (peer_mark_parse(&mark, codec, rtp->payload.data,
                        rtp->payload.data + rtp->payload.len, &key)
        != NGX_OK)
    {
        sink->bad_mark++;
        return rc;
    }

    peer_sink_exts(sink, rtp, &mark);

    if (codec == NGX_SECMEET_CODEC_VP8) {
        peer_picture_input(sink, rtp, seq, &mark);
    }

    if (sink->flow == NULL || sink->flow->tag != mark.tag) {
        flow = peer_sink_flow(sink, &mark, key);

        /* a late one of what was shown before is no switch */

        if (seq != sink->window.highest && flow->window.started) {
            (void) peer_window_input(&flow->window, mark.counter);
            return rc;
        }

        peer_sink_switch(sink, flow, rtp, highest);
    }

    peer_sink_mark(sink, rtp, &mark, key);
    peer_sink_delay(sink, when > mark.time ? when - mark.time : 0);

    return rc;
}


/* bytes of the last second, by tenths of it */

static void
peer_sink_rate(peer_sink_t *sink, size_t len)
{
    uint64_t  slot;

    slot = peer_now / (1000000 / PEER_RATES);

    if (slot - sink->rate_slot >= PEER_RATES) {
        ngx_memzero(sink->rates, sizeof(sink->rates));
        sink->rate_slot = slot;
    }

    while (sink->rate_slot < slot) {
        sink->rates[++sink->rate_slot % PEER_RATES] = 0;
    }

    sink->rates[slot % PEER_RATES] += len;
}


/* of whole tenths; the present one has not ended */

static uint64_t
peer_sink_rate_now(peer_sink_t *sink)
{
    uint64_t    bytes;
    ngx_uint_t  i;

    peer_sink_rate(sink, 0);

    bytes = 0;

    for (i = 1; i < PEER_RATES; i++) {
        bytes += sink->rates[(sink->rate_slot + i) % PEER_RATES];
    }

    return bytes * PEER_RATES / (PEER_RATES - 1);
}


static uint64_t
peer_sink_extend(peer_window_t *window, uint16_t seq)
{
    if (!window->started) {
        return 0x10000 + seq;
    }

    return window->highest
           + (int64_t) (int16_t) (seq - (uint16_t) window->highest);
}


static void
peer_sink_exts(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp, peer_mark_t *mark)
{
    peer_line_t *line = sink->line;

    ngx_str_t  *ext;

    ext = ngx_secmeet_rtp_ext(rtp, line->exts[NGX_SECMEET_EXT_MID]);

    if (ext) {
        sink->mids++;

        if (ext->len != line->mid.len
            || ngx_memcmp(ext->data, line->mid.data, ext->len) != 0)
        {
            sink->bad_mid++;
        }
    }

    ext = ngx_secmeet_rtp_ext(rtp, line->exts[NGX_SECMEET_EXT_AUDIO_LEVEL]);

    if (ext) {
        sink->levels++;

        if (ext->len != 1
            || (!mark->leveled
                && ext->data[0] != (u_char) (0x80 | mark->counter)))
        {
            sink->bad_level++;

        } else {
            sink->level = ext->data[0] & 0x7f;
        }
    }
}


static peer_flow_t *
peer_sink_flow(peer_sink_t *sink, peer_mark_t *mark, ngx_uint_t key)
{
    ngx_uint_t    i;
    peer_flow_t  *flow;
    peer_line_t  *line;

    for (i = 0; i < sink->nflows; i++) {
        if (sink->flows[i]->tag == mark->tag) {
            return sink->flows[i];
        }
    }

    if (sink->nflows == PEER_FLOWS) {
        return sink->flows[PEER_FLOWS - 1];
    }

    if (sink->flows == NULL) {
        sink->flows = peer_alloc(sizeof(peer_flow_t *) * PEER_FLOWS);
    }

    flow = peer_alloc(sizeof(peer_flow_t));
    sink->flows[sink->nflows++] = flow;

    flow->tag = mark->tag;
    flow->first = peer_now;
    flow->key_first = key;

    line = sink->line;

    peer_event(line->peer, "rtp-first",
               json_pack("{s:s, s:I, s:I, s:b}",
                         "mid", (char *) line->mid.data,
                         "ssrc", (json_int_t) line->ssrc,
                         "tag", (json_int_t) flow->tag, "key", (int) key));

    return flow;
}


static void
peer_sink_switch(peer_sink_t *sink, peer_flow_t *flow,
    ngx_secmeet_rtp_t *rtp, uint64_t highest)
{
    if (sink->flow) {
        sink->switches++;

        if (rtp->seq != (uint16_t) (highest + 1)
            || (int32_t) (rtp->timestamp - sink->last_timestamp) <= 0)
        {
            sink->switch_breaks++;
        }
    }

    flow->running = 0;
    sink->flow = flow;
}


static void
peer_sink_mark(peer_sink_t *sink, ngx_secmeet_rtp_t *rtp, peer_mark_t *mark,
    ngx_uint_t key)
{
    uint16_t      seq;
    uint32_t      timestamp;
    peer_flow_t  *flow;
    peer_line_t  *line;

    flow = sink->flow;

    /* numbers of one source keep their distances, if it is shown whole */

    seq = (uint16_t) (rtp->seq - mark->counter);
    timestamp = rtp->timestamp - mark->timestamp;

    if (flow->running) {
        flow->seq_breaks += (flow->seq_offset != seq && !mark->layered);
        flow->timestamp_breaks += (flow->timestamp_offset != timestamp);
    }

    flow->seq_offset = seq;
    flow->timestamp_offset = timestamp;
    flow->running = 1;

    if (peer_window_input(&flow->window, mark->counter) != NGX_OK) {
        return;
    }

    peer_late_input(&flow->late, mark->counter,
                    peer_now > mark->time ? peer_now - mark->time : 0);

    if (rtp->seq == (uint16_t) sink->window.highest) {
        sink->last_timestamp = rtp->timestamp;
        sink->last_time = peer_now;
    }

    if (!key) {
        return;
    }

    flow->keys++;
    line = sink->line;

    if (flow->keys == 1 && line->kind == NGX_SECMEET_SDP_VIDEO) {
        peer_event(line->peer, "rtp-key",
                   json_pack("{s:s, s:I, s:I}",
                             "mid", (char *) line->mid.data,
                             "tag", (json_int_t) flow->tag,
                             "waited", (json_int_t) (peer_now
                                                     - flow->first)));
    }
}


static void
peer_sink_delay(peer_sink_t *sink, ngx_secmeet_usec_t delay)
{
    sink->delays[peer_delay_bucket(delay)]++;
    sink->delay_sum += delay;

    if (delay > sink->delay_max) {
        sink->delay_max = delay;
    }
}


void
peer_sink_delays(peer_sink_t *sink, uint32_t *delays)
{
    ngx_uint_t  i;

    for (i = 0; i < PEER_DELAYS; i++) {
        delays[i] += sink->delays[i];
    }
}


void
peer_sink_report(peer_sink_t *sink, ngx_secmeet_rtcp_report_t *report)
{
    int64_t       skew;
    peer_line_t  *line;

    sink->senders++;

    ngx_secmeet_report_sr(&sink->report, report->ntp, peer_now);

    if (sink->flow == NULL) {
        return;
    }

    /* its timestamp and those of the packets must be of one clock */

    line = sink->line;

    skew = (int64_t) (int32_t) (report->timestamp - sink->last_timestamp)
           * 1000000 / line->clock
           - (int64_t) (peer_now - sink->last_time);

    if (skew < 0) {
        skew = -skew;
    }

    sink->skew = ngx_max(sink->skew, (ngx_secmeet_usec_t) skew);
}


json_t *
peer_sink_stats(peer_sink_t *sink)
{
    json_t       *json, *flows;
    ngx_uint_t    i;
    peer_line_t  *line;

    line = sink->line;

    json = json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                     "mid", (char *) line->mid.data,
                     "ssrc", (json_int_t) line->ssrc,
                     "packets", (json_int_t) sink->packets,
                     "bytes", (json_int_t) sink->bytes,
                     "first_seq", (json_int_t) (sink->window.first & 0xffff),
                     "missing", (json_int_t)
                                peer_window_missing(&sink->window),
                     "duplicates", (json_int_t) (sink->window.duplicates
                                                 + sink->replays),
                     "reordered", (json_int_t) sink->window.reordered,
                     "dropped", (json_int_t) sink->dropped);

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                       "bad", (json_int_t) (sink->bad + sink->window.old),
                       "bad_mark", (json_int_t) sink->bad_mark,
                       "bad_mid", (json_int_t) sink->bad_mid,
                       "bad_level", (json_int_t) sink->bad_level,
                       "bad_pt", (json_int_t) sink->bad_pt,
                       "switches", (json_int_t) sink->switches,
                       "switch_breaks", (json_int_t) sink->switch_breaks,
                       "mids", (json_int_t) sink->mids,
                       "levels", (json_int_t) sink->levels));

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I, s:I, s:I}",
                       "senders", (json_int_t) sink->senders,
                       "skew", (json_int_t) sink->skew,
                       "nacks", (json_int_t) sink->nacks,
                       "recovered", (json_int_t) sink->nack.recovered,
                       "given_up", (json_int_t) sink->nack.given_up));

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                       "rtx_ssrc", (json_int_t) line->rtx_ssrc,
                       "rtx", (json_int_t) sink->rtx,
                       "rtx_recovered", (json_int_t) sink->rtx_recovered,
                       "rtx_duplicates", (json_int_t) sink->rtx_duplicates,
                       "rtx_bad", (json_int_t) sink->rtx_bad,
                       "padding", (json_int_t) sink->padding,
                       "padding_bytes", (json_int_t) sink->padding_bytes));

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I, s:o}",
                       "empty", (json_int_t) sink->empty,
                       "level", (json_int_t) sink->level,
                       "rate", (json_int_t) peer_sink_rate_now(sink),
                       "pictures", peer_picture_stats(sink)));

    json_object_update_new(json,
             json_pack("{s:I, s:I, s:I}",
                       "delay_max", (json_int_t) sink->delay_max,
                       "delay_p99", (json_int_t)
                                    peer_delay_percentile(sink->delays, 990),
                       "delay_mean", (json_int_t) (sink->delay_sum
                                     / ngx_max(sink->packets, 1))));

    flows = json_array();

    for (i = 0; i < sink->nflows; i++) {
        json_array_append_new(flows, peer_flow_stats(sink->flows[i]));
    }

    json_object_set_new(json, "flows", flows);

    return json;
}


static json_t *
peer_flow_stats(peer_flow_t *flow)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o}",
                     "tag", (json_int_t) flow->tag,
                     "packets", (json_int_t) flow->window.unique,
                     "first", (json_int_t) flow->window.first,
                     "highest", (json_int_t) flow->window.highest,
                     "missing", (json_int_t)
                                peer_window_missing(&flow->window),
                     "seq_breaks", (json_int_t) flow->seq_breaks,
                     "timestamp_breaks", (json_int_t) flow->timestamp_breaks,
                     "keys", (json_int_t) flow->keys,
                     "key_first", flow->key_first,
                     "late", peer_late_stats(&flow->late));
}
