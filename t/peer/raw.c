
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "secure.h"


#define PEER_RAW_TURN         64        /* datagrams of one wake-up */
#define PEER_RAW_LINGER       500000    /* for the last replies */


typedef struct {
    peer_io_t                 io;               /* fd -1: a peer's socket */
    peer_timer_t              timer;
    ngx_uint_t                id;               /* of that peer */
    ngx_uint_t                ref;
    ngx_secmeet_addr_t        to;

    u_char                    data[PEER_DATAGRAM];
    size_t                    len;
    ngx_uint_t                random;           /* first random byte */
    ngx_uint_t                nrandom;

    ngx_uint_t                count;
    ngx_uint_t                rate;
    ngx_uint_t                sent;
    ngx_secmeet_usec_t        start;
    ngx_uint_t                replies;
    uint64_t                  reply_bytes;
    ngx_uint_t                reply_max;
} peer_raw_t;


static const char *peer_raw_create(peer_raw_t **result, json_t *cmd);
static void peer_raw_timer(void *data);
static void peer_raw_one(peer_raw_t *raw);
static void peer_raw_read(void *data);
static void peer_raw_done(peer_raw_t *raw);


static const char *
peer_raw_create(peer_raw_t **result, json_t *cmd)
{
    json_t      *random;
    ssize_t      len;
    peer_raw_t  *raw;

    raw = peer_alloc(sizeof(peer_raw_t));

    len = peer_arg_hex(cmd, raw->data, PEER_DATAGRAM);

    if (len < 0) {
        free(raw);
        return "hex";
    }

    raw->len = len;
    raw->io.fd = -1;
    raw->io.read = peer_raw_read;
    raw->io.data = raw;
    raw->timer.handler = peer_raw_timer;
    raw->timer.data = raw;
    raw->id = peer_arg_uint(cmd, "id", 0);
    raw->ref = peer_arg_uint(cmd, "ref", 0);
    raw->count = peer_arg_uint(cmd, "count", 1);
    raw->rate = peer_arg_uint(cmd, "rate", 1000);
    raw->start = peer_now;

    /* [offset, length] of bytes that are new in each datagram */

    random = json_object_get(cmd, "random");

    if (json_is_array(random) && json_array_size(random) == 2) {
        raw->random = json_integer_value(json_array_get(random, 0));
        raw->nrandom = json_integer_value(json_array_get(random, 1));
    }

    if (raw->rate == 0 || raw->random + raw->nrandom > raw->len) {
        free(raw);
        return "rate or random";
    }

    *result = raw;

    return NULL;
}


const char *
peer_command_raw(peer_t *peer, json_t *cmd, json_t *answer)
{
    const char  *reason, *to;
    peer_raw_t  *raw;

    reason = peer_raw_create(&raw, cmd);

    if (reason) {
        return reason;
    }

    to = peer_arg_text(cmd, "to");

    if (to == NULL && peer->ice.selected) {
        raw->to = peer->ice.selected->addr;

    } else if (to == NULL || peer_addr_parse(&raw->to, to) != NGX_OK) {
        free(raw);
        return "to is needed before ICE has an address";
    }

    peer_raw_timer(raw);

    return NULL;
}


const char *
peer_command_raw_from(peer_t *peer, json_t *cmd, json_t *answer)
{
    const char          *reason, *from, *to;
    peer_raw_t          *raw;
    ngx_secmeet_addr_t   addr;

    from = peer_arg_text(cmd, "bind");
    to = peer_arg_text(cmd, "to");

    reason = peer_raw_create(&raw, cmd);

    if (reason) {
        return reason;
    }

    raw->id = 0;

    if (to == NULL || peer_addr_parse(&raw->to, to) != NGX_OK
        || peer_addr_parse(&addr, from ? from : "127.0.0.1") != NGX_OK)
    {
        free(raw);
        return "bind or to is no address";
    }

    raw->io.fd = socket(addr.sa.sockaddr.sa_family,
                        SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (raw->io.fd == -1
        || bind(raw->io.fd, &addr.sa.sockaddr, addr.len) == -1
        || peer_io_add(&raw->io, 0) != NGX_OK)
    {
        peer_io_close(&raw->io);
        free(raw);
        return "cannot bind";
    }

    peer_raw_timer(raw);

    return NULL;
}


static void
peer_raw_timer(void *data)
{
    peer_raw_t *raw = data;

    ngx_uint_t           n;
    ngx_secmeet_usec_t   next;

    next = peer_now;

    for (n = 0; n < PEER_RAW_TURN && next <= peer_now; n++) {

        if (raw->sent == raw->count) {
            peer_raw_done(raw);
            return;
        }

        peer_raw_one(raw);

        next = raw->start
               + (ngx_secmeet_usec_t) raw->sent * 1000000 / raw->rate;

        if (raw->sent == raw->count && raw->io.fd != -1) {
            next = peer_now + PEER_RAW_LINGER;
        }
    }

    peer_timer_set(&raw->timer, next);
}


static void
peer_raw_one(peer_raw_t *raw)
{
    peer_t      *peer;
    uint64_t     random;
    ngx_uint_t   i;

    for (i = 0; i < raw->nrandom; i++) {
        random = peer_random();
        raw->data[raw->random + i] = (u_char) random;
    }

    raw->sent++;

    if (raw->io.fd != -1) {
        (void) sendto(raw->io.fd, raw->data, raw->len, 0,
                      &raw->to.sa.sockaddr, raw->to.len);
        return;
    }

    peer = peer_find(raw->id);

    if (peer) {
        peer_send(peer, raw->data, raw->len, &raw->to);

    } else {
        raw->count = raw->sent;
    }
}


static void
peer_raw_read(void *data)
{
    peer_raw_t *raw = data;

    u_char   buf[PEER_DATAGRAM];
    ssize_t  n;

    for ( ;; ) {
        n = recv(raw->io.fd, buf, sizeof(buf), 0);

        if (n == -1) {
            return;
        }

        raw->replies++;
        raw->reply_bytes += n;
        raw->reply_max = ngx_max(raw->reply_max, (ngx_uint_t) n);
    }
}


static void
peer_raw_done(peer_raw_t *raw)
{
    if (raw->io.fd != -1) {
        peer_raw_read(raw);
    }

    peer_out(json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}",
                       "event", raw->id ? "raw_sent" : "raw_reply",
                       "id", (json_int_t) raw->id,
                       "of", (json_int_t) raw->ref,
                       "sent", (json_int_t) raw->sent,
                       "replies", (json_int_t) raw->replies,
                       "bytes", (json_int_t) raw->reply_bytes,
                       "largest", (json_int_t) raw->reply_max));

    peer_io_close(&raw->io);
    peer_defer(raw);
}


const char *
peer_command_hello(peer_t *peer, json_t *cmd, json_t *answer)
{
    char                *hex;
    size_t               i, len;
    u_char               buf[PEER_DATAGRAM];
    static const char    digits[] = "0123456789abcdef";

    len = peer_secure_hello(buf, sizeof(buf));

    if (len == 0) {
        return "no ClientHello";
    }

    hex = peer_alloc(len * 2 + 1);

    for (i = 0; i < len; i++) {
        hex[i * 2] = digits[buf[i] >> 4];
        hex[i * 2 + 1] = digits[buf[i] & 0xf];
    }

    json_object_set_new(answer, "hex", json_string(hex));

    free(hex);

    return NULL;
}
