
/*
 * Copyright (C) secmeet contributors
 */


#include "control.h"

#include <math.h>
#include <stdio.h>


#define LINK_LINE_MAX         4096


static void link_control_read(void *data);
static void link_control_line(char *p, size_t len);
static const char *link_control_run(const char *name, json_t *json);
static const char *link_control_conf(json_t *json);
static const char *link_control_set(link_stage_t *stage, json_t *json);
static ngx_int_t link_control_number(double number, double scale, double max,
    uint64_t *value);
static json_t *link_control_stats(link_stage_t *stage);


link_stage_t            link_up;
link_stage_t            link_down;

static char             link_line[LINK_LINE_MAX];
static size_t           link_len;
static peer_io_t        link_stdin;
static link_command_pt  link_command;


void
link_control_init(link_command_pt command)
{
    link_command = command;

    link_stdin.fd = STDIN_FILENO;
    link_stdin.read = link_control_read;
    link_stdin.write = link_control_read;

    (void) fcntl(STDIN_FILENO, F_SETFL,
                 fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);

    if (peer_io_add(&link_stdin, 0) != NGX_OK) {
        fprintf(stderr, "link: stdin must be a pipe\n");
        exit(2);
    }
}


static void
link_control_read(void *data)
{
    char     *end;
    size_t    done;
    ssize_t   n;

    for ( ;; ) {
        n = read(STDIN_FILENO, link_line + link_len, LINK_LINE_MAX - link_len);

        if (n == 0) {
            exit(0);
        }

        if (n == -1) {
            if (errno == EAGAIN || errno == EINTR) {
                return;
            }

            exit(2);
        }

        link_len += n;

        while ((end = memchr(link_line, '\n', link_len)) != NULL) {
            done = end + 1 - link_line;

            link_control_line(link_line, done - 1);

            link_len -= done;
            ngx_memmove(link_line, end + 1, link_len);
        }

        if (link_len == LINK_LINE_MAX) {
            fprintf(stderr, "link: a command is too long\n");
            exit(2);
        }
    }
}


static void
link_control_line(char *p, size_t len)
{
    json_t      *json, *answer;
    const char  *error, *name;

    json = json_loadb(p, len, JSON_REJECT_DUPLICATES, NULL);
    name = json_string_value(json_object_get(json, "cmd"));

    error = name ? link_control_run(name, json) : "no command";

    if (error) {
        answer = json_pack("{s:s, s:s}", "event", "error", "reason", error);

    } else {
        answer = json_pack("{s:s, s:I, s:o, s:o}", "event", "done",
                           "time", (json_int_t) peer_now,
                           "up", link_control_stats(&link_up),
                           "down", link_control_stats(&link_down));
    }

    if (json_object_get(json, "ref")) {
        json_object_set(answer, "ref", json_object_get(json, "ref"));
    }

    peer_out(answer);
    json_decref(json);
}


static const char *
link_control_run(const char *name, json_t *json)
{
    if (ngx_strcmp(name, "conf") == 0) {
        return link_control_conf(json);
    }

    if (ngx_strcmp(name, "stats") == 0) {
        return NULL;
    }

    switch (link_command(name, json)) {

    case NGX_OK:
        return NULL;

    case NGX_DECLINED:
        return "no such command";

    default:
        return "it failed";
    }
}


static const char *
link_control_conf(json_t *json)
{
    const char  *error, *way;

    way = json_string_value(json_object_get(json, "way"));

    if (way == NULL || ngx_strcmp(way, "both") == 0) {
        error = link_control_set(&link_up, json);
        return error ? error : link_control_set(&link_down, json);
    }

    if (ngx_strcmp(way, "up") == 0) {
        return link_control_set(&link_up, json);
    }

    if (ngx_strcmp(way, "down") == 0) {
        return link_control_set(&link_down, json);
    }

    return "no such way";
}


static const char *
link_control_set(link_stage_t *stage, json_t *json)
{
    int           reorder;
    double        rate, queue, delay, jitter, loss, burst, duplicate, seed;
    json_t       *ref;
    const char   *cmd, *way;
    link_conf_t   conf;

    conf = stage->link.conf;

    rate = conf.rate;
    queue = conf.queue;
    delay = conf.delay / 1000.0;
    jitter = conf.jitter / 1000.0;
    loss = conf.loss * 100.0 / LINK_PARTS;
    burst = conf.burst;
    duplicate = conf.duplicate * 100.0 / LINK_PARTS;
    seed = conf.seed;
    reorder = conf.reorder;

    if (json_unpack(json, "{s:s, s?s, s?o, s?F, s?F, s?F, s?F, s?F, s?F, s?F,"
                    " s?F, s?b !}", "cmd", &cmd, "way", &way, "ref", &ref,
                    "rate", &rate, "queue", &queue, "delay", &delay,
                    "jitter", &jitter, "loss", &loss, "burst", &burst,
                    "duplicate", &duplicate, "seed", &seed,
                    "reorder", &reorder)
        != 0)
    {
        return "no such property";
    }

    if (link_control_number(rate, 1, 1e10, &conf.rate) != NGX_OK
        || link_control_number(queue, 1, 1e9, &conf.queue) != NGX_OK
        || link_control_number(delay, 1000, 6e7, &conf.delay) != NGX_OK
        || link_control_number(jitter, 1000, 6e7, &conf.jitter) != NGX_OK
        || link_control_number(loss, LINK_PARTS / 100.0, LINK_PARTS,
                               &conf.loss)
           != NGX_OK
        || link_control_number(burst, 1, 1000, &conf.burst) != NGX_OK
        || link_control_number(duplicate, LINK_PARTS / 100.0, LINK_PARTS,
                               &conf.duplicate)
           != NGX_OK
        || link_control_number(seed, 1, 1e9, &conf.seed) != NGX_OK)
    {
        return "a property is out of bounds";
    }

    conf.reorder = reorder;

    link_conf(&stage->link, &conf, peer_now);

    if (json_object_get(json, "seed")) {
        link_seed(&stage->link, conf.seed);
    }

    return NULL;
}


static ngx_int_t
link_control_number(double number, double scale, double max, uint64_t *value)
{
    number = round(number * scale);

    if (!(number >= 0 && number <= max)) {
        return NGX_DECLINED;
    }

    *value = (uint64_t) number;

    return NGX_OK;
}


static json_t *
link_control_stats(link_stage_t *stage)
{
    link_stats_t  *stats;

    stats = &stage->link.stats;

    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
                     "in", (json_int_t) stats->in,
                     "out", (json_int_t) stats->out,
                     "out_bytes", (json_int_t) stats->out_bytes,
                     "lost", (json_int_t) stats->lost,
                     "dropped", (json_int_t) stats->dropped,
                     "duplicated", (json_int_t) stats->duplicated,
                     "queue", (json_int_t) link_queue(&stage->link, peer_now),
                     "wait", (json_int_t) link_wait(&stage->link, peer_now),
                     "queue_max", (json_int_t) stats->queue_max);
}
