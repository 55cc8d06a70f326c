
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "feedback.h"

#include <sys/resource.h>


typedef struct {
    const char               *name;
    size_t                    offset;
} peer_count_t;


static json_t *peer_stats_brief(peer_sink_t *sink);
static json_t *peer_stats_counts(peer_t *peer);
static json_t *peer_stats_ice(peer_t *peer);


static const peer_count_t  peer_counts[] = {
    { "in", offsetof(peer_counts_t, in) },
    { "out", offsetof(peer_counts_t, out) },
    { "bytes_in", offsetof(peer_counts_t, bytes_in) },
    { "bytes_out", offsetof(peer_counts_t, bytes_out) },
    { "lost_in", offsetof(peer_counts_t, lost_in) },
    { "lost_out", offsetof(peer_counts_t, lost_out) },
    { "unknown", offsetof(peer_counts_t, unknown) },
    { "foreign", offsetof(peer_counts_t, foreign) },
    { "bad_decrypt", offsetof(peer_counts_t, bad_decrypt) },
    { "bad_rtcp", offsetof(peer_counts_t, bad_rtcp) },
    { "bad_stun", offsetof(peer_counts_t, bad_stun) },
    { "bad_frame", offsetof(peer_counts_t, bad_frame) },
    { "unknown_ssrc", offsetof(peer_counts_t, unknown_ssrc) },
    { "early", offsetof(peer_counts_t, early) },
    { "replays", offsetof(peer_counts_t, replays) },
    { "requests", offsetof(peer_counts_t, requests) },
    { "sr_out", offsetof(peer_counts_t, sr_out) },
    { "rr_out", offsetof(peer_counts_t, rr_out) },
    { "nack_out", offsetof(peer_counts_t, nack_out) },
    { "bye_in", offsetof(peer_counts_t, bye_in) },
    { "feedback_unknown", offsetof(peer_counts_t, feedback_unknown) },
    { "twcc_in", offsetof(peer_counts_t, twcc_in) },
    { "twcc_out", offsetof(peer_counts_t, twcc_out) },
    { "twcc_missed", offsetof(peer_counts_t, twcc_missed) },
    { "twcc_foreign", offsetof(peer_counts_t, twcc_foreign) },
    { "twcc_acked", offsetof(peer_counts_t, twcc_acked) },
    { "twcc_lost", offsetof(peer_counts_t, twcc_lost) },
    { "twcc_stamped", offsetof(peer_counts_t, twcc_stamped) },
    { "twcc_arrived", offsetof(peer_counts_t, twcc_arrived) },
    { "twcc_bad", offsetof(peer_counts_t, twcc_bad) },
    { NULL, 0 }
};


const char *
peer_command_stats(peer_t *peer, json_t *cmd, json_t *answer)
{
    json_t       *send, *recv;
    uint32_t      delays[PEER_DELAYS];
    ngx_uint_t    i, k, brief;
    peer_line_t  *line;

    send = json_array();
    recv = json_array();
    brief = peer_arg_on(cmd, "brief", 0);

    ngx_memzero(delays, sizeof(delays));

    for (i = 0; i < peer->nlines; i++) {
        line = peer->lines[i];

        for (k = 0; k < line->nlayers; k++) {
            json_array_append_new(send, peer_source_stats(line->layers[k]));
        }

        if (line->sink) {
            json_array_append_new(recv,
                                  brief ? peer_stats_brief(line->sink)
                                        : peer_sink_stats(line->sink));
            peer_sink_delays(line->sink, delays);
        }
    }

    json_object_set_new(answer, "send", send);
    json_object_set_new(answer, "recv", recv);
    json_object_set_new(answer, "counts", peer_stats_counts(peer));
    json_object_set_new(answer, "ice", peer_stats_ice(peer));
    json_object_set_new(answer, "twcc", peer_twcc_stats(peer));
    json_object_set_new(answer, "secure", json_boolean(peer->secure));
    json_object_set_new(answer, "delay_p99",
                    json_integer(peer_delay_percentile(delays, 990)));

    return NULL;
}


/* for rooms of many: one source, and the sum of all that is wrong */

static json_t *
peer_stats_brief(peer_sink_t *sink)
{
    uint64_t      wrong;
    peer_flow_t  *flow;
    peer_line_t  *line;

    line = sink->line;
    flow = sink->nflows ? sink->flows[0] : NULL;

    wrong = sink->bad + sink->bad_mark + sink->bad_mid + sink->bad_level
            + sink->bad_pt + sink->window.old;

    if (flow) {
        wrong += flow->seq_breaks + flow->timestamp_breaks;
    }

    return json_pack("[s, I, I, I, I, I, I, I, I]",
                     (char *) line->mid.data,
                     (json_int_t) sink->packets,
                     (json_int_t) peer_window_missing(&sink->window),
                     (json_int_t) (sink->window.duplicates + sink->replays),
                     (json_int_t) wrong, (json_int_t) sink->senders,
                     (json_int_t) sink->nflows,
                     (json_int_t) (flow ? flow->tag : 0),
                     (json_int_t) (flow ? flow->window.unique : 0));
}


static json_t *
peer_stats_counts(peer_t *peer)
{
    json_t              *json;
    uint64_t             n;
    const peer_count_t  *count;

    json = json_object();

    for (count = peer_counts; count->name; count++) {
        ngx_memcpy(&n, (u_char *) &peer->counts + count->offset,
                   sizeof(uint64_t));

        json_object_set_new(json, count->name, json_integer(n));
    }

    return json;
}


static json_t *
peer_stats_ice(peer_t *peer)
{
    peer_ice_t  *ice;

    ice = &peer->ice;

    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
                     "checks", (json_int_t) ice->checks,
                     "responses", (json_int_t) ice->responses,
                     "errors", (json_int_t) ice->errors,
                     "late", (json_int_t) ice->late,
                     "rtt", (json_int_t) ice->rtt,
                     "generation", (json_int_t) ice->generation,
                     "local", peer_addr_json(&peer->local),
                     "remote", ice->selected
                               ? peer_addr_json(&ice->selected->addr)
                               : json_null());
}


const char *
peer_command_cpu(peer_t *peer, json_t *cmd, json_t *answer)
{
    struct rusage  usage;

    (void) getrusage(RUSAGE_SELF, &usage);

    json_object_set_new(answer, "user",
            json_integer(usage.ru_utime.tv_sec * 1000000
                         + usage.ru_utime.tv_usec));
    json_object_set_new(answer, "system",
            json_integer(usage.ru_stime.tv_sec * 1000000
                         + usage.ru_stime.tv_usec));

    return NULL;
}
