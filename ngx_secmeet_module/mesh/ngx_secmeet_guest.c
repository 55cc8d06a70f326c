
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_guest.h"
#include "ngx_secmeet_registry.h"
#include "../meeting/ngx_secmeet_room.h"
#include "../meeting/ngx_secmeet_wipe.h"
#include "../wire/ngx_secmeet_bytes.h"
#include "../wire/ngx_secmeet_ws.h"

#include <openssl/crypto.h>


#define NGX_SECMEET_GUEST_ANSWER  (4 + NGX_SECMEET_ROOM_SECRETS)
#define NGX_SECMEET_GUEST_LIMITS  9


static u_char *ngx_secmeet_guest_conf_write(u_char *p,
    ngx_secmeet_conf_t *conf);
static u_char *ngx_secmeet_guest_conf_read(u_char *p, u_char *end,
    ngx_secmeet_conf_t *conf);
static ngx_int_t ngx_secmeet_guest_opened(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static ngx_int_t ngx_secmeet_guest_text(ngx_secmeet_session_t *session,
    ngx_secmeet_frame_t *frame);
static void ngx_secmeet_guest_closed(ngx_secmeet_session_t *session,
    ngx_secmeet_frame_t *frame);
static ngx_int_t ngx_secmeet_guest_create_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static ngx_int_t ngx_secmeet_guest_delete_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static ngx_int_t ngx_secmeet_guest_reply(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame, ngx_int_t rc, u_char *secrets);
static void ngx_secmeet_guest_send(void *data, u_char *p, size_t len);
static void ngx_secmeet_guest_close(void *data, ngx_uint_t code);
static ngx_uint_t ngx_secmeet_guest_congested(void *data);
static void ngx_secmeet_guest_close_handler(ngx_event_t *ev);


static ngx_secmeet_carrier_t  ngx_secmeet_guest_carrier = {
    ngx_secmeet_guest_send,
    ngx_secmeet_guest_close,
    ngx_secmeet_guest_congested,
    NULL
};


size_t
ngx_secmeet_guest_open(u_char *p, ngx_secmeet_signal_t *signal)
{
    u_char      *start;
    ngx_uint_t   i;

    start = p;

    p = ngx_cpymem(p, signal->tag, NGX_SECMEET_TAG);
    p = ngx_secmeet_guest_conf_write(p, signal->conf);
    p = ngx_secmeet_write_uint32(p, signal->client.host);
    p = ngx_secmeet_write_uint32(p, signal->client.country);
    p = ngx_secmeet_write_uint32(p, signal->candidates.ntcp);
    p = ngx_cpymem(p, &signal->client.net, sizeof(uint64_t));

    for (i = 0; i < signal->candidates.n; i++) {
        p = ngx_secmeet_addr_write(p, &signal->candidates.addrs[i]);
    }

    return p - start;
}


size_t
ngx_secmeet_guest_create(u_char *p, ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_str_t *proof)
{
    u_char  *start;

    start = p;

    p = ngx_cpymem(p, tag, NGX_SECMEET_TAG);
    p = ngx_secmeet_guest_conf_write(p, conf);

    if (proof->data && proof->len == NGX_SECMEET_AUTH_TEXT) {
        p = ngx_cpymem(p, proof->data, proof->len);
    }

    return p - start;
}


size_t
ngx_secmeet_guest_delete(u_char *p, u_char *tag, ngx_str_t *token)
{
    u_char  *start;

    start = p;

    p = ngx_cpymem(p, tag, NGX_SECMEET_TAG);

    if (token->data && token->len == NGX_SECMEET_AUTH_TEXT) {
        p = ngx_cpymem(p, token->data, token->len);
    }

    return p - start;
}


static u_char *
ngx_secmeet_guest_conf_write(u_char *p, ngx_secmeet_conf_t *conf)
{
    p = ngx_secmeet_write_uint32(p, conf->peers);
    p = ngx_secmeet_write_uint32(p, conf->tracks);
    p = ngx_secmeet_write_uint32(p, conf->message_size);
    p = ngx_secmeet_write_uint32(p, conf->message_rate);
    p = ngx_secmeet_write_uint32(p, conf->idle_timeout);
    p = ngx_secmeet_write_uint32(p, conf->join_timeout);
    p = ngx_secmeet_write_uint32(p, conf->consent_timeout);

    p = ngx_secmeet_write_uint32(p, conf->resume_timeout);

    return ngx_secmeet_write_uint32(p, conf->lobby);
}


static u_char *
ngx_secmeet_guest_conf_read(u_char *p, u_char *end, ngx_secmeet_conf_t *conf)
{
    uint32_t    value[NGX_SECMEET_GUEST_LIMITS];
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_GUEST_LIMITS; i++) {
        p = ngx_secmeet_read_uint32(p, end, &value[i]);
    }

    if (p == NULL) {
        return NULL;
    }

    conf->peers = value[0];
    conf->tracks = value[1];
    conf->message_size = value[2];
    conf->message_rate = value[3];
    conf->idle_timeout = value[4];
    conf->join_timeout = value[5];
    conf->consent_timeout = value[6];
    conf->resume_timeout = value[7];
    conf->lobby = value[8];

    return p;
}


/* length of the sockaddr's family: 0, 4 or 6; a byte of 0; port; address */

u_char *
ngx_secmeet_addr_write(u_char *p, ngx_secmeet_addr_t *addr)
{
    u_char  *end;

    end = p + NGX_SECMEET_GUEST_ADDR;

    ngx_memzero(p, NGX_SECMEET_GUEST_ADDR);

    if (addr->len == 0) {
        return end;
    }

    (void) ngx_secmeet_write_uint16(p + 2,
                                    ngx_inet_get_port(&addr->sa.sockaddr));

    if (addr->sa.sockaddr.sa_family == AF_INET6) {
        p[0] = 6;
        ngx_memcpy(p + 4, &addr->sa.sockaddr_in6.sin6_addr, 16);

    } else {
        p[0] = 4;
        ngx_memcpy(p + 4, &addr->sa.sockaddr_in.sin_addr, 4);
    }

    return end;
}


u_char *
ngx_secmeet_addr_read(u_char *p, u_char *end, ngx_secmeet_addr_t *addr)
{
    ngx_uint_t  port;

    if (p == NULL || end - p < NGX_SECMEET_GUEST_ADDR) {
        return NULL;
    }

    ngx_memzero(addr, sizeof(ngx_secmeet_addr_t));

    (void) ngx_secmeet_read_uint16(p + 2, end, &port);

    if (p[0] == 6) {
        addr->sa.sockaddr_in6.sin6_family = AF_INET6;
        addr->sa.sockaddr_in6.sin6_port = htons(port);
        ngx_memcpy(&addr->sa.sockaddr_in6.sin6_addr, p + 4, 16);
        addr->len = sizeof(struct sockaddr_in6);

    } else if (p[0] == 4) {
        addr->sa.sockaddr_in.sin_family = AF_INET;
        addr->sa.sockaddr_in.sin_port = htons(port);
        ngx_memcpy(&addr->sa.sockaddr_in.sin_addr, p + 4, 4);
        addr->len = sizeof(struct sockaddr_in);

    } else if (p[0] != 0) {
        return NULL;
    }

    return p + NGX_SECMEET_GUEST_ADDR;
}


ngx_int_t
ngx_secmeet_guest_input(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    ngx_secmeet_session_t  *session;

    switch (frame->type) {

    case NGX_SECMEET_FRAME_OPEN:
        return ngx_secmeet_guest_opened(link, frame);

    case NGX_SECMEET_FRAME_CREATE:
        return ngx_secmeet_guest_create_input(link, frame);

    case NGX_SECMEET_FRAME_DELETE:
        return ngx_secmeet_guest_delete_input(link, frame);

    case NGX_SECMEET_FRAME_TEXT:
    case NGX_SECMEET_FRAME_CLOSE:
        break;

    default:
        return NGX_ERROR;
    }

    session = ngx_secmeet_session_find(link, frame->session,
                                       NGX_SECMEET_SESSION_GUEST);
    if (session == NULL) {
        return NGX_OK;
    }

    if (frame->type == NGX_SECMEET_FRAME_TEXT) {
        return ngx_secmeet_guest_text(session, frame);
    }

    ngx_secmeet_guest_closed(session, frame);

    return NGX_OK;
}


/* without a reason, or by an unknown one, the client has left */

static void
ngx_secmeet_guest_closed(ngx_secmeet_session_t *session,
    ngx_secmeet_frame_t *frame)
{
    u_char      *p;
    ngx_uint_t   code, how;

    p = frame->payload.data;
    code = NGX_SECMEET_WS_NORMAL;

    (void) ngx_secmeet_read_uint16(p, p + frame->payload.len, &code);

    session->over = 1;

    how = (code == NGX_SECMEET_SESSION_LOST) ? NGX_SECMEET_SIGNAL_LOST
          : (code == NGX_SECMEET_WS_AWAY) ? NGX_SECMEET_SIGNAL_AWAY
          : NGX_SECMEET_SIGNAL_LEFT;

    ngx_secmeet_signal_close(session->signal, how);
    ngx_secmeet_session_free(session);
}


static ngx_int_t
ngx_secmeet_guest_opened(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    u_char                    *p, *end;
    uint32_t                   host, country, ntcp;
    ngx_uint_t                 n;
    ngx_secmeet_client_t       client;
    ngx_secmeet_session_t     *session;
    ngx_secmeet_candidates_t   candidates;

    if (frame->payload.len < NGX_SECMEET_GUEST_OPEN
        || frame->payload.len > NGX_SECMEET_GUEST_OPEN_MAX)
    {
        return NGX_ERROR;
    }

    session = ngx_secmeet_session_new(NGX_SECMEET_SESSION_GUEST, link,
                                      frame->session);
    if (session == NULL) {
        return NGX_ERROR;
    }

    p = frame->payload.data;
    end = p + frame->payload.len;

    p = ngx_secmeet_guest_conf_read(p + NGX_SECMEET_TAG, end, &session->conf);
    p = ngx_secmeet_read_uint32(p, end, &host);
    p = ngx_secmeet_read_uint32(p, end, &country);
    p = ngx_secmeet_read_uint32(p, end, &ntcp);

    if (p) {
        client.host = host;
        client.country = country;
        ngx_memcpy(&client.net, p, sizeof(uint64_t));
        p += sizeof(uint64_t);
    }

    for (n = 0; p && p < end; n++) {
        p = ngx_secmeet_addr_read(p, end, &candidates.addrs[n]);

        if (p && candidates.addrs[n].len == 0) {
            p = NULL;
        }
    }

    if (p == NULL || ntcp > n) {
        ngx_secmeet_session_free(session);
        return NGX_ERROR;
    }

    candidates.n = n;
    candidates.ntcp = ntcp;

    session->event.handler = ngx_secmeet_guest_close_handler;
    session->event.data = session;
    session->event.log = ngx_secmeet_worker->log;

    session->signal = ngx_secmeet_signal_create(ngx_secmeet_worker,
                                                &session->conf,
                                                frame->payload.data,
                                                &candidates, &client);
    if (session->signal == NULL) {
        ngx_secmeet_session_free(session);
        return NGX_ERROR;
    }

    ngx_secmeet_signal_carrier(session->signal, &ngx_secmeet_guest_carrier,
                               session);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_guest_text(ngx_secmeet_session_t *session,
    ngx_secmeet_frame_t *frame)
{
    ngx_str_t  text;

    if (session->over) {
        return NGX_OK;
    }

    switch (ngx_secmeet_session_gather(session, frame,
                                       session->conf.message_size, &text))
    {

    case NGX_OK:

        if (ngx_secmeet_signal_charge(session->signal, text.len) == NGX_OK) {
            ngx_secmeet_signal_input(session->signal, text.data, text.len);
        }

        ngx_secmeet_session_spent(session);
        return NGX_OK;

    case NGX_AGAIN:
        return NGX_OK;

    default:
        ngx_secmeet_guest_close(session, NGX_SECMEET_WS_TOO_BIG);
        return NGX_OK;
    }
}


static void
ngx_secmeet_guest_send(void *data, u_char *p, size_t len)
{
    ngx_secmeet_session_t *session = data;

    uint64_t             broadcast;
    ngx_secmeet_link_t  *link;

    link = session->link;

    if (session->over || link == NULL) {
        return;
    }

    broadcast = ngx_secmeet_worker->broadcast;

    if (broadcast == 0) {
        (void) ngx_secmeet_session_send(session, p, len, 0);
        return;
    }

    /* what many get crosses a link once */

    if (link->broadcast == broadcast) {
        (void) ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_SAME,
                                         NULL);
        return;
    }

    link->broadcast = broadcast;

    (void) ngx_secmeet_session_send(session, p, len, NGX_SECMEET_FRAME_KEEP);
}


/* the other end need not keep it any longer: once more, for nobody */

void
ngx_secmeet_guest_spread(void)
{
    ngx_queue_t          *q;
    ngx_secmeet_link_t   *link;
    ngx_secmeet_frame_t   frame;

    for (q = ngx_queue_head(&ngx_secmeet_mesh.links);
         q != ngx_queue_sentinel(&ngx_secmeet_mesh.links);
         q = ngx_queue_next(q))
    {
        link = ngx_queue_data(q, ngx_secmeet_link_t, queue);

        if (link->broadcast != ngx_secmeet_worker->broadcast) {
            continue;
        }

        ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));
        frame.type = NGX_SECMEET_FRAME_SAME;

        (void) ngx_secmeet_link_send(link, &frame);
    }
}


static ngx_uint_t
ngx_secmeet_guest_congested(void *data)
{
    ngx_secmeet_session_t *session = data;

    return session->link && session->link->queued >= NGX_SECMEET_LINK_BUSY;
}


static void
ngx_secmeet_guest_close(void *data, ngx_uint_t code)
{
    ngx_secmeet_session_t *session = data;

    u_char     bytes[2];
    ngx_str_t  payload;

    if (session->over) {
        return;
    }

    session->over = 1;

    payload.data = bytes;
    payload.len = 2;
    (void) ngx_secmeet_write_uint16(bytes, code);

    (void) ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_CLOSE,
                                     &payload);

    ngx_post_event(&session->event, &ngx_posted_events);
}


/* the owner has closed it */

static void
ngx_secmeet_guest_close_handler(ngx_event_t *ev)
{
    ngx_secmeet_session_t *session = ev->data;

    ngx_secmeet_signal_close(session->signal, NGX_SECMEET_SIGNAL_LEFT);
    ngx_secmeet_session_free(session);
}


void
ngx_secmeet_guest_gone(ngx_secmeet_session_t *session)
{
    ngx_secmeet_created_pt   done;
    void                    *data;

    if (session->kind == NGX_SECMEET_SESSION_PENDING) {
        done = session->done;
        data = session->data;

        ngx_secmeet_session_free(session);
        done(data, NGX_ERROR, NULL);

        return;
    }

    /* the client itself may be well, and come by another worker */

    ngx_secmeet_signal_close(session->signal, NGX_SECMEET_SIGNAL_LOST);
    ngx_secmeet_session_free(session);
}


static ngx_int_t
ngx_secmeet_guest_create_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    u_char              *p, *end;
    u_char               secrets[NGX_SECMEET_ROOM_SECRETS];
    ngx_int_t            rc;
    ngx_str_t            proof;
    ngx_secmeet_conf_t  *conf;

    p = frame->payload.data;
    end = p + frame->payload.len;

    if (frame->payload.len != NGX_SECMEET_GUEST_CREATE
        && frame->payload.len
           != NGX_SECMEET_GUEST_CREATE - NGX_SECMEET_AUTH_TEXT)
    {
        return NGX_ERROR;
    }

    /* the room outlives the frame */

    conf = ngx_alloc(sizeof(ngx_secmeet_conf_t), ngx_secmeet_worker->log);
    if (conf == NULL) {
        return ngx_secmeet_guest_reply(link, frame, NGX_ERROR, NULL);
    }

    proof.data = ngx_secmeet_guest_conf_read(p + NGX_SECMEET_TAG, end, conf);
    proof.len = end - proof.data;

    if (proof.len == 0) {
        proof.data = NULL;
    }

    rc = ngx_secmeet_guest_make(conf, p, &proof, secrets);

    ngx_free(conf);

    rc = ngx_secmeet_guest_reply(link, frame, rc, secrets);

    OPENSSL_cleanse(secrets, sizeof(secrets));

    return rc;
}


static ngx_int_t
ngx_secmeet_guest_delete_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    ngx_str_t  token;

    if (frame->payload.len != NGX_SECMEET_GUEST_DELETE
        && frame->payload.len != NGX_SECMEET_TAG)
    {
        return NGX_ERROR;
    }

    token.len = frame->payload.len - NGX_SECMEET_TAG;
    token.data = token.len ? frame->payload.data + NGX_SECMEET_TAG : NULL;

    return ngx_secmeet_guest_reply(link, frame,
                   ngx_secmeet_guest_end(frame->payload.data, &token), NULL);
}


static ngx_int_t
ngx_secmeet_guest_reply(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame,
    ngx_int_t rc, u_char *secrets)
{
    u_char               data[NGX_SECMEET_GUEST_ANSWER];
    ngx_secmeet_frame_t  answer;

    ngx_memzero(&answer, sizeof(ngx_secmeet_frame_t));

    answer.type = (frame->type == NGX_SECMEET_FRAME_CREATE)
                  ? NGX_SECMEET_FRAME_CREATED : NGX_SECMEET_FRAME_DELETED;
    answer.session = frame->session;
    answer.payload.data = data;
    answer.payload.len = 4;

    (void) ngx_secmeet_write_uint32(data, (uint32_t) (int32_t) rc);

    if (rc == NGX_OK && secrets) {
        ngx_memcpy(data + 4, secrets, NGX_SECMEET_ROOM_SECRETS);
        answer.payload.len += NGX_SECMEET_ROOM_SECRETS;
    }

    rc = ngx_secmeet_link_send(link, &answer);

    OPENSSL_cleanse(data, sizeof(data));
    ngx_secmeet_wipe();

    return rc;
}


ngx_int_t
ngx_secmeet_guest_answer(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    void                    *data;
    u_char                  *p, *secrets;
    uint32_t                 rc;
    ngx_secmeet_session_t   *session;
    ngx_secmeet_created_pt   done;

    p = frame->payload.data;

    if (frame->payload.len != 4
        && frame->payload.len != NGX_SECMEET_GUEST_ANSWER)
    {
        return NGX_ERROR;
    }

    session = ngx_secmeet_session_find(link, frame->session,
                                       NGX_SECMEET_SESSION_PENDING);
    if (session == NULL) {
        return NGX_OK;
    }

    rc = 0;
    (void) ngx_secmeet_read_uint32(p, p + 4, &rc);

    secrets = (frame->payload.len > 4) ? p + 4 : NULL;

    if (rc == NGX_OK && secrets == NULL
        && frame->type == NGX_SECMEET_FRAME_CREATED)
    {
        return NGX_ERROR;
    }

    done = session->done;
    data = session->data;

    ngx_secmeet_session_free(session);
    done(data, (int32_t) rc, secrets);

    return NGX_OK;
}


/* the claim first: it is what all workers see */

ngx_int_t
ngx_secmeet_guest_make(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_str_t *proof, u_char *secrets)
{
    ngx_int_t              rc;
    ngx_secmeet_run_t     *run;
    ngx_secmeet_claim_t    claim;
    ngx_secmeet_worker_t  *worker;

    run = &ngx_secmeet_mesh.run;
    worker = ngx_secmeet_mesh.worker;

    if (ngx_secmeet_load_rooms(&ngx_secmeet_load) >= worker->rooms_max) {
        return NGX_BUSY;
    }

    ngx_memcpy(claim.owner, worker->id, NGX_SECMEET_WORKER_ID);

    if (ngx_secmeet_random_hex(claim.epoch, NGX_SECMEET_ID) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_secmeet_registry_claim(run, tag, &claim);

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_secmeet_room_create(worker, conf, tag, claim.epoch, proof,
                                 secrets);

    if (rc != NGX_OK) {
        ngx_secmeet_registry_release(run, tag, worker->id);
    }

    ngx_secmeet_load_count(&ngx_secmeet_load);

    if (worker->grown) {
        worker->grown();
    }

    return rc;
}


ngx_int_t
ngx_secmeet_guest_end(u_char *tag, ngx_str_t *token)
{
    ngx_secmeet_room_t  *room;

    room = ngx_secmeet_room_find(ngx_secmeet_mesh.worker, tag);

    if (ngx_secmeet_room_host(room, token) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_secmeet_room_end(room, "host", NGX_SECMEET_WS_ENDED);

    return NGX_OK;
}
