
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "feedback.h"
#include "secure.h"


static const char *peer_command_run(json_t *cmd, json_t *answer,
    const char *name);
static const char *peer_command_new(peer_t *peer, json_t *cmd,
    json_t *answer);
static void peer_command_options(peer_t *peer, json_t *cmd);
static const char *peer_command_start(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_stop(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_drop(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_nack(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_rr(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_key(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_bye(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_close(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_mute(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_migrate(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_tcp(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_impair(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_dtls(peer_t *peer, json_t *cmd,
    json_t *answer);
static const char *peer_command_batch(peer_t *peer, json_t *cmd,
    json_t *answer);


static peer_command_t  peer_commands[] = {
    { "new", peer_command_new, 0 },
    { "offer", peer_command_offer, 1 },
    { "rollback", peer_command_rollback, 1 },
    { "answer", peer_command_answer, 1 },
    { "start", peer_command_start, 1 },
    { "stop", peer_command_stop, 1 },
    { "layer", peer_command_layer, 1 },
    { "level", peer_command_level, 1 },
    { "twcc", peer_command_twcc, 1 },
    { "pair", peer_command_pair, 1 },
    { "drop_out", peer_command_drop, 1 },
    { "drop_in", peer_command_drop, 1 },
    { "nack", peer_command_nack, 1 },
    { "rr", peer_command_rr, 1 },
    { "pli", peer_command_key, 1 },
    { "fir", peer_command_key, 1 },
    { "bye", peer_command_bye, 1 },
    { "close", peer_command_close, 1 },
    { "mute_ice", peer_command_mute, 1 },
    { "migrate", peer_command_migrate, 1 },
    { "tcp", peer_command_tcp, 1 },
    { "impair", peer_command_impair, 1 },
    { "dtls", peer_command_dtls, 1 },
    { "inject", peer_command_inject, 1 },
    { "raw", peer_command_raw, 1 },
    { "raw_from", peer_command_raw_from, 0 },
    { "hello", peer_command_hello, 0 },
    { "scan", peer_command_scan, 0 },
    { "secrets", peer_command_secrets, 1 },
    { "unseal", peer_command_unseal, 0 },
    { "stats", peer_command_stats, 1 },
    { "cpu", peer_command_cpu, 0 },
    { "batch", peer_command_batch, 0 },
    { NULL, NULL, 0 }
};


void
peer_command(const char *line, size_t len)
{
    json_t        *cmd, *answer, *ref;
    const char    *name, *reason;
    json_error_t   error;

    cmd = json_loadb(line, len, 0, &error);

    if (!json_is_object(cmd)) {
        json_decref(cmd);
        peer_out(json_pack("{s:s, s:s}", "event", "error", "reason",
                           "not a JSON object"));
        return;
    }

    name = peer_arg_text(cmd, "cmd");

    answer = json_pack("{s:s, s:I}", "event", name ? name : "",
                       "time", (json_int_t) peer_now);

    ref = json_object_get(cmd, "ref");

    if (ref) {
        json_object_set(answer, "ref", ref);
    }

    if (json_object_get(cmd, "id")) {
        json_object_set(answer, "id", json_object_get(cmd, "id"));
    }

    reason = peer_command_run(cmd, answer, name);

    if (reason) {
        json_object_set_new(answer, "event", json_string("error"));
        json_object_set_new(answer, "of", json_string(name ? name : ""));
        json_object_set_new(answer, "reason", json_string(reason));
    }

    json_decref(cmd);

    peer_out(answer);
}


static const char *
peer_command_run(json_t *cmd, json_t *answer, const char *name)
{
    peer_t          *peer;
    peer_command_t  *command;

    peer = peer_find(peer_arg_uint(cmd, "id", 0));

    for (command = peer_commands; name && command->name; command++) {
        if (ngx_strcmp(command->name, name) != 0) {
            continue;
        }

        if (command->peer && peer == NULL) {
            return "no such peer";
        }

        return command->handler(peer, cmd, answer);
    }

    return "unknown command";
}


ngx_uint_t
peer_arg_uint(json_t *cmd, const char *name, ngx_uint_t value)
{
    json_t  *json;

    json = json_object_get(cmd, name);

    if (!json_is_integer(json) || json_integer_value(json) < 0) {
        return value;
    }

    return (ngx_uint_t) json_integer_value(json);
}


ngx_uint_t
peer_arg_on(json_t *cmd, const char *name, ngx_uint_t value)
{
    json_t  *json;

    json = json_object_get(cmd, name);

    if (json_is_integer(json)) {
        return json_integer_value(json) != 0;
    }

    return json_is_boolean(json) ? (ngx_uint_t) json_is_true(json) : value;
}


const char *
peer_arg_text(json_t *cmd, const char *name)
{
    return json_string_value(json_object_get(cmd, name));
}


ssize_t
peer_arg_hex(json_t *cmd, u_char *p, size_t size)
{
    char         digit[3];
    char        *end;
    size_t       i, len;
    const char  *text;

    text = peer_arg_text(cmd, "hex");

    if (text == NULL) {
        return -1;
    }

    len = ngx_strlen(text);

    if (len % 2 || len / 2 > size) {
        return -1;
    }

    digit[2] = '\0';

    for (i = 0; i < len / 2; i++) {
        digit[0] = text[i * 2];
        digit[1] = text[i * 2 + 1];

        p[i] = (u_char) strtol(digit, &end, 16);

        if (*end) {
            return -1;
        }
    }

    return (ssize_t) len / 2;
}


static const char *
peer_command_new(peer_t *peer, json_t *cmd, json_t *answer)
{
    ngx_uint_t           id;
    const char          *bind;
    ngx_secmeet_addr_t   addr;

    id = peer_arg_uint(cmd, "id", 0);
    bind = peer_arg_text(cmd, "bind");

    if (id == 0 || peer) {
        return "id is missing, or taken";
    }

    if (peer_addr_parse(&addr, bind ? bind : "127.0.0.1") != NGX_OK) {
        return "bind is no address";
    }

    peer = peer_create(id);

    if (peer == NULL) {
        return "cannot create a peer";
    }

    if (peer_arg_on(cmd, "tcp", 0)) {
        peer->tcp = peer_tcp_create(peer);
    }

    if (peer_bind(peer, &addr) != NGX_OK) {
        peer_close(peer);
        return "cannot bind";
    }

    peer_command_options(peer, cmd);

    json_object_set_new(answer, "local", peer_addr_json(&peer->local));

    return NULL;
}


static void
peer_command_options(peer_t *peer, json_t *cmd)
{
    ngx_uint_t  *exts;

    exts = peer->exts;

    exts[NGX_SECMEET_EXT_MID] = peer_arg_uint(cmd, "ext_mid",
                                     exts[NGX_SECMEET_EXT_MID]);
    exts[NGX_SECMEET_EXT_AUDIO_LEVEL] = peer_arg_uint(cmd, "ext_level",
                                     exts[NGX_SECMEET_EXT_AUDIO_LEVEL]);

    exts[NGX_SECMEET_EXT_TWCC] = peer_arg_uint(cmd, "ext_twcc", 0);
    exts[NGX_SECMEET_EXT_RID] = peer_arg_uint(cmd, "ext_rid", 10);
    exts[NGX_SECMEET_EXT_RRID] = peer_arg_uint(cmd, "ext_rrid", 11);

    if (exts[NGX_SECMEET_EXT_TWCC]) {
        peer_twcc_create(peer);
    }

    peer->rtx = peer_arg_on(cmd, "rtx", 0);
    peer->pt_shift = peer_arg_uint(cmd, "pt_shift", 0);
    peer->no_ssrc = !peer_arg_on(cmd, "ssrc", 1);
    peer->ice.nominate_first = peer_arg_on(cmd, "nominate_first", 0);
    peer->ice.interval = peer_arg_uint(cmd, "consent", 2500) * 1000;
    peer->ice.expiry = peer_arg_uint(cmd, "consent_expiry", 30000) * 1000;
}


static const char *
peer_command_start(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer_line_t  *line;

    line = peer_line_find(peer, peer_arg_text(cmd, "mid"));

    if (line == NULL || line->source == NULL) {
        return "no such sending m-line";
    }

    json_object_set_new(answer, "tag", json_integer(line->source->tag));

    return peer_layers_start(line, cmd);
}


static const char *
peer_command_stop(peer_t *peer, json_t *cmd, json_t *answer)
{
    ngx_uint_t    i, k;
    const char   *mid;
    peer_line_t  *line;

    mid = peer_arg_text(cmd, "mid");

    for (i = 0; i < peer->nlines; i++) {
        line = peer->lines[i];

        if (mid && ngx_strcmp(line->mid.data, mid) != 0) {
            continue;
        }

        for (k = 0; k < line->nlayers; k++) {
            peer_source_stop(line->layers[k]);
        }
    }

    return NULL;
}


static const char *
peer_command_drop(peer_t *peer, json_t *cmd, json_t *answer)
{
    ngx_uint_t    every, i;
    peer_line_t  *line;

    line = peer_line_find(peer, peer_arg_text(cmd, "mid"));
    every = peer_arg_uint(cmd, "every", 0);

    if (line == NULL) {
        return "no such m-line";
    }

    for (i = 0; i < line->nlayers; i++) {
        line->layers[i]->drop_out = every;
    }

    if (line->sink) {
        line->sink->drop_in = every;
        line->sink->drop_started = 0;
    }

    return NULL;
}


static const char *
peer_command_nack(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer->nack = peer_arg_on(cmd, "on", 1);

    return NULL;
}


static const char *
peer_command_rr(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer->no_rr = !peer_arg_on(cmd, "on", 1);

    return NULL;
}


static const char *
peer_command_key(peer_t *peer, json_t *cmd, json_t *answer)
{
    return peer_feedback_key(peer,
                       peer_line_find(peer, peer_arg_text(cmd, "mid")),
                       ngx_strcmp(peer_arg_text(cmd, "cmd"), "fir") == 0);
}


static const char *
peer_command_bye(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer_feedback_bye(peer);
    peer_secure_close(peer);

    return NULL;
}


static const char *
peer_command_close(peer_t *peer, json_t *cmd, json_t *answer)
{
    if (!peer_arg_on(cmd, "silent", 0)) {
        peer_secure_close(peer);
    }

    peer_close(peer);

    return NULL;
}


static const char *
peer_command_mute(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer->mute = peer_arg_on(cmd, "on", 1);

    return NULL;
}


static const char *
peer_command_migrate(peer_t *peer, json_t *cmd, json_t *answer)
{
    const char          *bind;
    ngx_secmeet_addr_t   addr;

    bind = peer_arg_text(cmd, "bind");

    if (peer_addr_parse(&addr, bind ? bind : "127.0.0.1") != NGX_OK) {
        return "bind is no address";
    }

    if (peer_bind(peer, &addr) != NGX_OK) {
        return "cannot bind";
    }

    json_object_set_new(answer, "local", peer_addr_json(&peer->local));

    if (peer_arg_on(cmd, "check", 1)) {
        peer_ice_check(peer);
    }

    return NULL;
}


static const char *
peer_command_tcp(peer_t *peer, json_t *cmd, json_t *answer)
{
    ssize_t  len;
    u_char   bytes[PEER_DATAGRAM];

    if (peer->tcp == NULL) {
        return "not by tcp";
    }

    if (json_object_get(cmd, "pause")) {
        peer_tcp_pause(peer->tcp, peer_arg_on(cmd, "pause", 0));
    }

    if (json_object_get(cmd, "hex")) {
        len = peer_arg_hex(cmd, bytes, PEER_DATAGRAM);

        if (len < 0) {
            return "hex";
        }

        peer_tcp_bytes(peer->tcp, bytes, len);
    }

    if (peer_arg_on(cmd, "cut", 0)) {
        peer_tcp_cut(peer->tcp);
    }

    return NULL;
}


static const char *
peer_command_impair(peer_t *peer, json_t *cmd, json_t *answer)
{
    json_t  *in, *out;

    /* percent, with a fraction if one likes */

    in = json_object_get(cmd, "loss_in");
    out = json_object_get(cmd, "loss_out");

    peer->loss_in = (ngx_uint_t) (json_number_value(in) * 10);
    peer->loss_out = (ngx_uint_t) (json_number_value(out) * 10);
    peer->seed = peer_arg_uint(cmd, "seed", peer->seed);

    /* xorshift stays at 0 for ever */

    if (peer->seed == 0) {
        peer->seed = 1;
    }

    return NULL;
}


static const char *
peer_command_dtls(peer_t *peer, json_t *cmd, json_t *answer)
{
    const char  *fingerprint;

    fingerprint = peer_arg_text(cmd, "fingerprint");

    peer->wrong_fingerprint = fingerprint
                              && ngx_strcmp(fingerprint, "wrong") == 0;
    peer->hold = peer_arg_on(cmd, "hold", 0);

    if (peer_arg_on(cmd, "again", 0)) {
        return peer_secure_again(peer);
    }

    return NULL;
}


static const char *
peer_command_batch(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer_batch = peer_arg_uint(cmd, "usec", 0);

    return NULL;
}
