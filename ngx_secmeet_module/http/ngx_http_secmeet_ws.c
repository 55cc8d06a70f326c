
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include <openssl/crypto.h>

#include "ngx_http_secmeet_output.h"
#include "ngx_http_secmeet_stats.h"
#include "ngx_http_secmeet_ws.h"

#include "../engine/ngx_secmeet_limit.h"
#include "../meeting/ngx_secmeet_signal.h"
#include "../mesh/ngx_secmeet_remote.h"
#include "../meeting/ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_bytes.h"
#include "../wire/ngx_secmeet_ws.h"


#define NGX_HTTP_SECMEET_WS_NO_STATUS  1005     /* RFC 6455, 7.1.5 */


struct ngx_http_secmeet_ws_s {
    ngx_queue_t                 queue;          /* of this worker's */
    ngx_http_request_t         *request;
    ngx_connection_t           *connection;
    ngx_secmeet_conf_t         *limits;
    ngx_secmeet_session_t      *session;        /* NULL once it is closed */

    ngx_secmeet_ws_t            in;
    ngx_secmeet_limit_t         controls;       /* pings and pongs */
    ngx_msec_t                  last;           /* a byte came */

    ngx_http_secmeet_output_t   out;

    ngx_event_t                 event;          /* this turn: send, close */
    ngx_event_t                 timer;          /* ping; then the goodbye */

    ngx_event_handler_pt        read_handler;   /* nginx's own */
    ngx_event_handler_pt        write_handler;

    ngx_uint_t                  how;            /* the client goes */
    unsigned                    closing:1;      /* our close is queued */
    unsigned                    discard:1;      /* nothing more is read */
    unsigned                    over:1;         /* its close has come, or
                                                   ours cannot be sent */
};


static void ngx_http_secmeet_ws_local(ngx_connection_t *c,
    ngx_secmeet_addr_t *local);
static void ngx_http_secmeet_ws_read_handler(ngx_event_t *rev);
static void ngx_http_secmeet_ws_write_handler(ngx_event_t *wev);
static void ngx_http_secmeet_ws_event_handler(ngx_event_t *ev);
static void ngx_http_secmeet_ws_timer_handler(ngx_event_t *ev);
static ngx_int_t ngx_http_secmeet_ws_read(ngx_http_secmeet_ws_t *ws);
static void ngx_http_secmeet_ws_input(ngx_http_secmeet_ws_t *ws, u_char *p,
    u_char *end);
static ngx_int_t ngx_http_secmeet_ws_grow(ngx_http_secmeet_ws_t *ws);
static void ngx_http_secmeet_ws_frame(ngx_http_secmeet_ws_t *ws);
static void ngx_http_secmeet_ws_text(ngx_http_secmeet_ws_t *ws);
static void ngx_http_secmeet_ws_goodbye(ngx_http_secmeet_ws_t *ws);
static void ngx_http_secmeet_ws_send(void *data, u_char *p, size_t len);
static void ngx_http_secmeet_ws_end(void *data, ngx_uint_t code);
static ngx_uint_t ngx_http_secmeet_ws_congested(void *data);
static void ngx_http_secmeet_ws_ready(void *data);
static ngx_int_t ngx_http_secmeet_ws_queue(ngx_http_secmeet_ws_t *ws,
    ngx_uint_t opcode, u_char *p, size_t len);
static ngx_int_t ngx_http_secmeet_ws_process(ngx_http_secmeet_ws_t *ws);
static void ngx_http_secmeet_ws_finalize(ngx_http_secmeet_ws_t *ws);
static void ngx_http_secmeet_ws_shutdown(ngx_http_secmeet_ws_t *ws);


static ngx_secmeet_carrier_t  ngx_http_secmeet_ws_carrier = {
    ngx_http_secmeet_ws_send,
    ngx_http_secmeet_ws_end,
    ngx_http_secmeet_ws_congested,
    ngx_http_secmeet_ws_ready
};

static ngx_queue_t  ngx_http_secmeet_ws_all;
static u_char       ngx_http_secmeet_ws_bytes[NGX_HTTP_SECMEET_WS_READ];


void
ngx_http_secmeet_ws_init(void)
{
    ngx_queue_init(&ngx_http_secmeet_ws_all);
}


void
ngx_http_secmeet_ws_exit(void)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&ngx_http_secmeet_ws_all)) {
        q = ngx_queue_head(&ngx_http_secmeet_ws_all);

        ngx_queue_remove(q);
        ngx_queue_init(q);

        ngx_http_secmeet_ws_shutdown(ngx_queue_data(q, ngx_http_secmeet_ws_t,
                                                    queue));
    }
}


ngx_http_secmeet_ws_t *
ngx_http_secmeet_ws_create(ngx_http_request_t *r)
{
    ngx_str_t                     host;
    ngx_secmeet_addr_t            local;
    ngx_secmeet_client_t          client;
    ngx_http_secmeet_ws_t        *ws;
    ngx_http_secmeet_ctx_t       *ctx;
    ngx_http_secmeet_loc_conf_t  *slcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);
    slcf = ngx_http_get_module_loc_conf(r, ngx_http_secmeet_module);

    if (ngx_secmeet_worker == NULL) {
        return NULL;
    }

    ws = ngx_pcalloc(r->pool, sizeof(ngx_http_secmeet_ws_t));
    if (ws == NULL) {
        return NULL;
    }

    ngx_http_secmeet_ws_local(r->connection, &local);

    client.net = ngx_secmeet_remote_net(r->connection->sockaddr);
    client.host = 0;
    client.country = ngx_http_secmeet_stats_country(r);

    if (slcf->host) {
        if (ngx_http_complex_value(r, slcf->host, &host) != NGX_OK) {
            return NULL;
        }

        client.host = host.len && (host.len != 1 || host.data[0] != '0');
    }

    ws->session = ngx_secmeet_session_create(&slcf->limits, ctx->tag, &local,
                                             &client);
    if (ws->session == NULL) {
        return NULL;
    }

    ws->request = r;
    ws->connection = r->connection;
    ws->limits = &slcf->limits;
    ws->in.max = slcf->limits.message_size;

    ngx_queue_init(&ws->queue);
    ngx_http_secmeet_output_init(&ws->out, r);

    ngx_secmeet_limit_init(&ws->controls, slcf->limits.message_rate,
                           slcf->limits.message_rate, ngx_secmeet_now());

    ws->event.handler = ngx_http_secmeet_ws_event_handler;
    ws->event.data = ws;
    ws->event.log = r->connection->log;

    ws->timer.handler = ngx_http_secmeet_ws_timer_handler;
    ws->timer.data = ws;
    ws->timer.log = r->connection->log;

    ctx->ws = ws;

    return ws;
}


/* the address by which the client reached us; len 0: not an IP address */

static void
ngx_http_secmeet_ws_local(ngx_connection_t *c, ngx_secmeet_addr_t *local)
{
#if (NGX_HAVE_INET6)
    struct sockaddr_in   sin;
    struct sockaddr_in6  *sin6;
#endif

    ngx_memzero(local, sizeof(ngx_secmeet_addr_t));

    if (ngx_connection_local_sockaddr(c, NULL, 0) != NGX_OK
        || c->local_socklen > (socklen_t) sizeof(ngx_sockaddr_t))
    {
        return;
    }

    switch (c->local_sockaddr->sa_family) {

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) c->local_sockaddr;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            ngx_memzero(&sin, sizeof(struct sockaddr_in));

            sin.sin_family = AF_INET;
            sin.sin_port = sin6->sin6_port;
            ngx_memcpy(&sin.sin_addr, &sin6->sin6_addr.s6_addr[12], 4);

            local->sa.sockaddr_in = sin;
            local->len = sizeof(struct sockaddr_in);

            return;
        }

        break;
#endif

    case AF_INET:
        break;

    default:
        return;
    }

    ngx_memcpy(&local->sa, c->local_sockaddr, c->local_socklen);
    local->len = c->local_socklen;
}


ngx_int_t
ngx_http_secmeet_ws_start(ngx_http_secmeet_ws_t *ws)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = ws->request;
    c = ws->connection;

    c->log->action = "talking to a peer of a meeting";

    if (ngx_tcp_nodelay(c) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_secmeet_session_carrier(ws->session, &ngx_http_secmeet_ws_carrier,
                                ws);

    ngx_queue_insert_tail(&ngx_http_secmeet_ws_all, &ws->queue);

    ws->read_handler = c->read->handler;
    ws->write_handler = c->write->handler;

    c->read->handler = ngx_http_secmeet_ws_read_handler;
    c->write->handler = ngx_http_secmeet_ws_write_handler;

    r->read_event_handler = ngx_http_request_empty_handler;
    r->write_event_handler = ngx_http_request_empty_handler;
    r->main->count++;

    ws->last = ngx_current_msec;
    ngx_add_timer(&ws->timer, ws->limits->idle_timeout / 2);

    /* what came with the handshake, and what of it is not sent yet */

    ngx_post_event(c->read, &ngx_posted_events);
    ngx_post_event(&ws->event, &ngx_posted_events);

    return NGX_DONE;
}


void
ngx_http_secmeet_ws_close(ngx_http_secmeet_ws_t *ws)
{
    /* without a goodbye of either side the client may come back */

    if (ws->session) {
        if (!ws->closing) {
            ws->how = NGX_SECMEET_SIGNAL_LOST;
        }

        ngx_secmeet_session_close(ws->session, ws->how);
        ws->session = NULL;
    }

    ngx_queue_remove(&ws->queue);

    if (ws->timer.timer_set) {
        ngx_del_timer(&ws->timer);
    }

    if (ws->event.posted) {
        ngx_delete_posted_event(&ws->event);
    }

    ngx_http_secmeet_output_free(&ws->out);

    ngx_secmeet_free(ws->in.buf, ws->in.size);
    OPENSSL_cleanse(&ws->in, sizeof(ngx_secmeet_ws_t));
}


static void
ngx_http_secmeet_ws_read_handler(ngx_event_t *rev)
{
    ngx_connection_t        *c;
    ngx_http_request_t      *r;
    ngx_http_secmeet_ctx_t  *ctx;

    c = rev->data;
    r = c->data;
    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    if (c->close) {

        /* worker_shutdown_timeout */

        ngx_http_secmeet_ws_shutdown(ctx->ws);
        return;
    }

    if (ngx_http_secmeet_ws_read(ctx->ws) != NGX_OK) {
        ngx_http_secmeet_ws_finalize(ctx->ws);
    }
}


static void
ngx_http_secmeet_ws_write_handler(ngx_event_t *wev)
{
    ngx_connection_t        *c;
    ngx_http_request_t      *r;
    ngx_http_secmeet_ctx_t  *ctx;

    c = wev->data;
    r = c->data;
    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    /* limit_rate may have delayed the handshake */

    if (wev->timedout) {
        wev->delayed = 0;
        wev->timedout = 0;
    }

    ngx_http_secmeet_ws_event_handler(&ctx->ws->event);
}


static void
ngx_http_secmeet_ws_event_handler(ngx_event_t *ev)
{
    ngx_http_secmeet_ws_t  *ws;

    ws = ev->data;

    if (ngx_http_secmeet_ws_process(ws) != NGX_OK) {
        ngx_http_secmeet_ws_finalize(ws);
    }
}


static void
ngx_http_secmeet_ws_timer_handler(ngx_event_t *ev)
{
    ngx_msec_t              idle, passed;
    ngx_http_secmeet_ws_t  *ws;

    ws = ev->data;

    if (ws->closing) {
        ngx_http_secmeet_ws_finalize(ws);
        return;
    }

    idle = ws->limits->idle_timeout;
    passed = ngx_current_msec - ws->last;

    if (passed >= idle) {
        ngx_http_secmeet_ws_end(ws, NGX_SECMEET_WS_IDLE);
        return;
    }

    if (ngx_http_secmeet_ws_queue(ws, NGX_SECMEET_WS_PING, NULL, 0)
        == NGX_OK)
    {
        ngx_add_timer(ev, ngx_min(idle / 2, idle - passed));
    }
}


/* NGX_ERROR: the connection is at its end */

static ngx_int_t
ngx_http_secmeet_ws_read(ngx_http_secmeet_ws_t *ws)
{
    ssize_t            n;
    ngx_buf_t         *b;
    ngx_uint_t         i;
    ngx_connection_t  *c;

    c = ws->connection;
    b = ws->request->header_in;

    if (b->pos < b->last) {
        ngx_http_secmeet_ws_input(ws, b->pos, b->last);
        OPENSSL_cleanse(b->pos, b->last - b->pos);
        b->pos = b->last;
    }

    for (i = 0; i < NGX_HTTP_SECMEET_WS_ROUNDS; i++) {

        /* the worker that has the room cannot keep up: TCP holds the client */

        if (ws->session && ngx_secmeet_session_busy(ws->session)) {
            return NGX_OK;
        }

        n = c->recv(c, ngx_http_secmeet_ws_bytes, NGX_HTTP_SECMEET_WS_READ);

        if (n == NGX_AGAIN) {
            return ngx_handle_read_event(c->read, 0);
        }

        if (n == NGX_ERROR || n == 0) {
            return NGX_ERROR;
        }

        ws->last = ngx_current_msec;

        ngx_http_secmeet_ws_input(ws, ngx_http_secmeet_ws_bytes,
                                  ngx_http_secmeet_ws_bytes + n);
        OPENSSL_cleanse(ngx_http_secmeet_ws_bytes, n);
    }

    /* others first */

    ngx_post_event(c->read, &ngx_posted_next_events);

    return NGX_OK;
}


static void
ngx_http_secmeet_ws_input(ngx_http_secmeet_ws_t *ws, u_char *p, u_char *end)
{
    while (!ws->discard) {

        switch (ngx_secmeet_ws_parse(&ws->in, &p, end)) {

        case NGX_OK:
            ngx_http_secmeet_ws_frame(ws);
            break;

        case NGX_AGAIN:
            return;

        case NGX_BUSY:

            if (ngx_http_secmeet_ws_grow(ws) != NGX_OK) {
                ngx_http_secmeet_ws_end(ws, NGX_SECMEET_WS_INTERNAL);
                ws->discard = 1;
            }

            break;

        default: /* NGX_ERROR */
            ngx_http_secmeet_ws_end(ws, ws->in.code);
            ws->discard = 1;
        }
    }
}


static ngx_int_t
ngx_http_secmeet_ws_grow(ngx_http_secmeet_ws_t *ws)
{
    u_char            *buf;
    ngx_secmeet_ws_t  *in;

    in = &ws->in;

    buf = ngx_alloc(in->need, ws->connection->log);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    if (in->len) {
        ngx_memcpy(buf, in->buf, in->len);
    }

    ngx_secmeet_free(in->buf, in->size);

    in->buf = buf;
    in->size = in->need;

    return NGX_OK;
}


static void
ngx_http_secmeet_ws_frame(ngx_http_secmeet_ws_t *ws)
{
    switch (ws->in.opcode) {

    case NGX_SECMEET_WS_TEXT:
        ngx_http_secmeet_ws_text(ws);
        return;

    case NGX_SECMEET_WS_CLOSE:
        ngx_http_secmeet_ws_goodbye(ws);
        return;
    }

    /* a ping or a pong; their number has the limit that messages have */

    if (ws->closing) {
        return;
    }

    if (ngx_secmeet_limit_input(&ws->controls, 1, ngx_secmeet_now())
        != NGX_OK)
    {
        ngx_http_secmeet_ws_end(ws, NGX_SECMEET_WS_POLICY);
        return;
    }

    if (ws->in.opcode == NGX_SECMEET_WS_PING) {
        (void) ngx_http_secmeet_ws_queue(ws, NGX_SECMEET_WS_PONG,
                                         ws->in.payload.data,
                                         ws->in.payload.len);
    }
}


static void
ngx_http_secmeet_ws_text(ngx_http_secmeet_ws_t *ws)
{
    if (!ws->closing) {
        ngx_secmeet_session_input(ws->session, ws->in.payload.data,
                                  ws->in.payload.len);
    }

    ngx_secmeet_free(ws->in.buf, ws->in.size);

    ws->in.buf = NULL;
    ws->in.size = 0;
}


/* RFC 6455, 5.5.1: answered with a close, with the status that came */

static void
ngx_http_secmeet_ws_goodbye(ngx_http_secmeet_ws_t *ws)
{
    size_t  len;
    u_char  status[2];

    ws->discard = 1;

    if (!ws->closing) {
        ws->closing = 1;

        /* a page that goes away may be one that is loaded again */

        if (ws->in.status == NGX_SECMEET_WS_ABANDONED) {
            ws->how = NGX_SECMEET_SIGNAL_LOST;

        } else if (ws->in.status == NGX_SECMEET_WS_AWAY) {
            ws->how = NGX_SECMEET_SIGNAL_AWAY;
        }

        len = 0;

        if (ws->in.status != NGX_HTTP_SECMEET_WS_NO_STATUS) {
            len = ngx_secmeet_write_uint16(status, ws->in.status) - status;
        }

        (void) ngx_http_secmeet_ws_queue(ws, NGX_SECMEET_WS_CLOSE, status,
                                         len);
    }

    ws->over = 1;

    ngx_post_event(&ws->event, &ngx_posted_events);
}


static void
ngx_http_secmeet_ws_send(void *data, u_char *p, size_t len)
{
    ngx_http_secmeet_ws_t *ws = data;

    if (!ws->closing) {
        (void) ngx_http_secmeet_ws_queue(ws, NGX_SECMEET_WS_TEXT, p, len);
    }
}


static void
ngx_http_secmeet_ws_end(void *data, ngx_uint_t code)
{
    ngx_http_secmeet_ws_t *ws = data;

    u_char  status[2];

    if (ws->closing) {
        return;
    }

    ws->closing = 1;

    /* the connection is at its end, not what it was for */

    if (code == NGX_SECMEET_WS_IDLE || code == NGX_SECMEET_WS_AWAY
        || code == NGX_SECMEET_WS_RESTART)
    {
        ws->how = NGX_SECMEET_SIGNAL_LOST;
    }

    (void) ngx_secmeet_write_uint16(status, code);

    if (ngx_http_secmeet_ws_queue(ws, NGX_SECMEET_WS_CLOSE, status, 2)
        != NGX_OK)
    {
        ws->over = 1;
    }

    ngx_post_event(&ws->event, &ngx_posted_events);
}


/* who does not read has a limit of his own, and it concerns nobody else */

static ngx_uint_t
ngx_http_secmeet_ws_congested(void *data)
{
    return 0;
}


static void
ngx_http_secmeet_ws_ready(void *data)
{
    ngx_http_secmeet_ws_t *ws = data;

    ngx_post_event(ws->connection->read, &ngx_posted_events);
}


/* NGX_ERROR: it does not go out, and the connection is closing */

static ngx_int_t
ngx_http_secmeet_ws_queue(ngx_http_secmeet_ws_t *ws, ngx_uint_t opcode,
    u_char *p, size_t len)
{
    switch (ngx_http_secmeet_output_add(&ws->out, opcode, p, len)) {

    case NGX_OK:
        ngx_post_event(&ws->event, &ngx_posted_events);
        return NGX_OK;

    case NGX_DECLINED:
        ngx_http_secmeet_ws_end(ws, NGX_SECMEET_WS_POLICY);
        return NGX_ERROR;

    default:
        ngx_http_secmeet_ws_end(ws, NGX_SECMEET_WS_INTERNAL);
        return NGX_ERROR;
    }
}


/* NGX_OK, or NGX_ERROR and NGX_DONE: the connection is at its end */

static ngx_int_t
ngx_http_secmeet_ws_process(ngx_http_secmeet_ws_t *ws)
{
    if (ws->closing && ws->session) {
        ngx_secmeet_session_close(ws->session, ws->how);
        ws->session = NULL;

        if (ws->timer.timer_set) {
            ngx_del_timer(&ws->timer);
        }

        ngx_add_timer(&ws->timer, NGX_HTTP_SECMEET_WS_LINGER);
    }

    switch (ngx_http_secmeet_output_send(&ws->out)) {

    case NGX_OK:

        /* RFC 6455, 7.1.1: both have closed, the server is the first to go */

        return ws->over ? NGX_DONE : NGX_OK;

    case NGX_AGAIN:
        return ngx_handle_write_event(ws->connection->write, 0);

    default:
        return NGX_ERROR;
    }
}


/* frees ws */

static void
ngx_http_secmeet_ws_finalize(ngx_http_secmeet_ws_t *ws)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = ws->request;
    c = ws->connection;

    c->read->handler = ws->read_handler;
    c->write->handler = ws->write_handler;

    ngx_http_finalize_request(r, NGX_ERROR);
    ngx_http_run_posted_requests(c);
}


/* there is no time to wait for anything; frees ws */

static void
ngx_http_secmeet_ws_shutdown(ngx_http_secmeet_ws_t *ws)
{
    ngx_http_secmeet_ws_end(ws, NGX_SECMEET_WS_AWAY);

    (void) ngx_http_secmeet_ws_process(ws);

    if (ws->out.first) {

        /* TLS cannot say goodbye either */

        ws->connection->error = 1;
    }

    ngx_http_secmeet_ws_finalize(ws);
}
