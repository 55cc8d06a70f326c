
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_remote.h"
#include "ngx_secmeet_drain.h"
#include "ngx_secmeet_guest.h"
#include "ngx_secmeet_relay.h"
#include "ngx_secmeet_registry.h"
#include "ngx_secmeet_session.h"
#include "../meeting/ngx_secmeet_room.h"
#include "../wire/ngx_secmeet_bytes.h"
#include "../wire/ngx_secmeet_ws.h"


#define NGX_SECMEET_REMOTE_SWEEP      10000     /* msec between two sweeps */
#define NGX_SECMEET_REMOTE_AGAIN      100       /* where much was found */
#define NGX_SECMEET_REMOTE_KEEP       60        /* seconds, a dead claim */
#define NGX_SECMEET_REMOTE_ENTRIES    256       /* looked at in one sweep */


static void ngx_secmeet_remote_sweep(ngx_event_t *ev);
static void ngx_secmeet_remote_forget(u_char *tag);
static ngx_int_t ngx_secmeet_remote_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static ngx_int_t ngx_secmeet_remote_door(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static void ngx_secmeet_remote_gone(ngx_secmeet_link_t *link);
static void ngx_secmeet_remote_crashed(ngx_secmeet_session_t *session);
static ngx_secmeet_link_t *ngx_secmeet_remote_owner(u_char *tag);


static ngx_secmeet_link_handler_t  ngx_secmeet_remote_handler = {
    ngx_secmeet_remote_input,
    ngx_secmeet_remote_gone
};

ngx_secmeet_mesh_t  ngx_secmeet_mesh;
ngx_secmeet_load_t  ngx_secmeet_load;

static ngx_event_t       ngx_secmeet_remote_event;
static ngx_connection_t  ngx_secmeet_remote_dummy;


ngx_int_t
ngx_secmeet_remote_init(ngx_secmeet_worker_t *worker, ngx_str_t *path)
{
    ngx_event_t  *ev;

    ngx_secmeet_session_init();

    if (ngx_secmeet_relay_init(worker) != NGX_OK
        || ngx_secmeet_load_init(&ngx_secmeet_load, worker,
                                 worker->tags->slots)
           != NGX_OK
        || ngx_secmeet_mesh_init(&ngx_secmeet_mesh, worker, path,
                                 &ngx_secmeet_remote_handler)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    worker->forget = ngx_secmeet_remote_forget;
    worker->drain = ngx_secmeet_remote_drain;

    /* the first sweep finds what a dead predecessor has left */

    ev = &ngx_secmeet_remote_event;
    ngx_memzero(ev, sizeof(ngx_event_t));

    ngx_secmeet_remote_dummy.fd = (ngx_socket_t) -1;

    ev->handler = ngx_secmeet_remote_sweep;
    ev->data = &ngx_secmeet_remote_dummy;
    ev->log = worker->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, 1000);

    return NGX_OK;
}


void
ngx_secmeet_remote_close(void)
{
    if (ngx_secmeet_remote_event.timer_set) {
        ngx_del_timer(&ngx_secmeet_remote_event);
    }

    ngx_secmeet_drain_close();
    ngx_secmeet_load_close(&ngx_secmeet_load);
    ngx_secmeet_mesh_close(&ngx_secmeet_mesh);
    ngx_secmeet_relay_free();
}


void
ngx_secmeet_remote_drain(void)
{
    ngx_secmeet_drain_start(&ngx_secmeet_load, &ngx_secmeet_mesh.run);
}


static void
ngx_secmeet_remote_sweep(ngx_event_t *ev)
{
    ngx_uint_t  removed;

    removed = ngx_secmeet_registry_sweep(&ngx_secmeet_mesh.run,
                                         NGX_SECMEET_REMOTE_KEEP,
                                         NGX_SECMEET_REMOTE_ENTRIES);

    ngx_add_timer(ev, removed ? NGX_SECMEET_REMOTE_AGAIN
                              : NGX_SECMEET_REMOTE_SWEEP);
}


/* a room has ended here */

static void
ngx_secmeet_remote_forget(u_char *tag)
{
    ngx_secmeet_registry_release(&ngx_secmeet_mesh.run, tag,
                                 ngx_secmeet_mesh.worker->id);
}


/* the link to the owner of tag's room; NULL: it is here, or nowhere */

static ngx_secmeet_link_t *
ngx_secmeet_remote_owner(u_char *tag)
{
    u_char  owner[NGX_SECMEET_WORKER_ID];

    if (ngx_secmeet_registry_find(&ngx_secmeet_mesh.run, tag, owner)
        != NGX_OK
        || ngx_memcmp(owner, ngx_secmeet_mesh.worker->id,
                      NGX_SECMEET_WORKER_ID)
           == 0)
    {
        return NULL;
    }

    return ngx_secmeet_link_find(&ngx_secmeet_mesh, owner);
}


ngx_secmeet_session_t *
ngx_secmeet_session_create(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_secmeet_addr_t *local)
{
    ngx_str_t               payload;
    ngx_secmeet_link_t     *link;
    ngx_secmeet_session_t  *session;
    u_char                  data[NGX_SECMEET_GUEST_OPEN];

    link = ngx_secmeet_remote_owner(tag);

    session = ngx_secmeet_session_new(link ? NGX_SECMEET_SESSION_DOOR
                                           : NGX_SECMEET_SESSION_LOCAL,
                                      link, 0);
    if (session == NULL) {
        return NULL;
    }

    if (link == NULL) {
        session->signal = ngx_secmeet_signal_create(ngx_secmeet_mesh.worker,
                                                    conf, tag, local);
        if (session->signal == NULL) {
            ngx_secmeet_session_free(session);
            return NULL;
        }

        return session;
    }

    payload.data = data;
    payload.len = ngx_secmeet_guest_open(data, conf, tag, local);

    if (ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_OPEN, &payload)
        != NGX_OK)
    {
        ngx_secmeet_session_free(session);
        return NULL;
    }

    return session;
}


void
ngx_secmeet_session_carrier(ngx_secmeet_session_t *session,
    ngx_secmeet_carrier_t *carrier, void *data)
{
    if (session->signal) {
        ngx_secmeet_signal_carrier(session->signal, carrier, data);
    }

    session->carrier = carrier;
    session->data = data;
}


void
ngx_secmeet_session_input(ngx_secmeet_session_t *session, u_char *p,
    size_t len)
{
    if (session->signal) {
        ngx_secmeet_signal_input(session->signal, p, len);
        return;
    }

    /* a link that will not take it is being cut: "gone" tells the client */

    if (!session->over) {
        (void) ngx_secmeet_session_send(session, p, len);
    }
}


void
ngx_secmeet_session_close(ngx_secmeet_session_t *session)
{
    if (session->signal) {
        ngx_secmeet_signal_close(session->signal);

    } else if (!session->over) {
        (void) ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_CLOSE,
                                         NULL);
    }

    ngx_secmeet_session_free(session);
}


static ngx_int_t
ngx_secmeet_remote_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    switch (frame->type) {

    case NGX_SECMEET_FRAME_DATAGRAM:
        return ngx_secmeet_relay_datagram(link, frame);

    case NGX_SECMEET_FRAME_TUPLE:
        return ngx_secmeet_relay_tuple(link, frame);

    default:
        break;
    }

    if (frame->flags & NGX_SECMEET_FRAME_TO_OWNER) {
        return ngx_secmeet_guest_input(link, frame);
    }

    return ngx_secmeet_remote_door(link, frame);
}


/* from the owner; what has closed here meanwhile is not looked for */

static ngx_int_t
ngx_secmeet_remote_door(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    ngx_str_t               text;
    ngx_uint_t              code;
    ngx_secmeet_session_t  *session;

    if (frame->type == NGX_SECMEET_FRAME_CREATED
        || frame->type == NGX_SECMEET_FRAME_DELETED)
    {
        return ngx_secmeet_guest_answer(link, frame);
    }

    session = ngx_secmeet_session_find(link, frame->session,
                                       NGX_SECMEET_SESSION_DOOR);

    if (session == NULL || session->carrier == NULL || session->over) {
        return NGX_OK;
    }

    if (frame->type == NGX_SECMEET_FRAME_CLOSE) {

        if (ngx_secmeet_read_uint16(frame->payload.data,
                                    frame->payload.data + frame->payload.len,
                                    &code)
            == NULL)
        {
            return NGX_ERROR;
        }

        session->over = 1;
        session->carrier->close(session->data, code);

        return NGX_OK;
    }

    if (frame->type != NGX_SECMEET_FRAME_TEXT) {
        return NGX_ERROR;
    }

    if (ngx_secmeet_session_gather(session, frame, NGX_SECMEET_GUEST_TEXT,
                                   &text)
        == NGX_OK)
    {
        session->carrier->send(session->data, text.data, text.len);
    }

    return NGX_OK;
}


static void
ngx_secmeet_remote_gone(ngx_secmeet_link_t *link)
{
    ngx_queue_t            *q;
    ngx_secmeet_session_t  *session;

    while (!ngx_queue_empty(&link->sessions)) {
        q = ngx_queue_head(&link->sessions);
        ngx_queue_remove(q);

        session = ngx_queue_data(q, ngx_secmeet_session_t, queue);
        session->link = NULL;

        if (session->kind == NGX_SECMEET_SESSION_DOOR) {
            ngx_secmeet_remote_crashed(session);

        } else {
            ngx_secmeet_guest_gone(session);
        }
    }
}


static void
ngx_secmeet_remote_crashed(ngx_secmeet_session_t *session)
{
    static u_char  text[] = "{\"type\":\"end\",\"reason\":\"crash\"}";

    if (session->over || session->carrier == NULL) {
        return;
    }

    session->over = 1;

    session->carrier->send(session->data, text, sizeof(text) - 1);
    session->carrier->close(session->data, NGX_SECMEET_WS_INTERNAL);
}


void *
ngx_secmeet_remote_create(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_str_t *proof, ngx_secmeet_created_pt done, void *data)
{
    u_char                 *id;
    ngx_int_t               rc;
    ngx_str_t               payload;
    ngx_secmeet_link_t     *link;
    ngx_secmeet_session_t  *session;
    u_char                  buf[NGX_SECMEET_GUEST_CREATE];
    u_char                  token[NGX_SECMEET_AUTH_TEXT];

    link = NULL;
    id = ngx_secmeet_load_place(&ngx_secmeet_load);

    if (id && ngx_memcmp(id, ngx_secmeet_mesh.worker->id,
                         NGX_SECMEET_WORKER_ID)
              != 0)
    {
        link = ngx_secmeet_link_find(&ngx_secmeet_mesh, id);
    }

    if (link) {
        session = ngx_secmeet_session_new(NGX_SECMEET_SESSION_PENDING, link,
                                          0);
        if (session == NULL) {
            done(data, NGX_ERROR, NULL);
            return NULL;
        }

        session->done = done;
        session->data = data;

        payload.data = buf;
        payload.len = ngx_secmeet_guest_create(buf, conf, tag, proof);

        if (ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_CREATE,
                                      &payload)
            == NGX_OK)
        {
            return session;
        }

        ngx_secmeet_session_free(session);
    }

    rc = ngx_secmeet_guest_make(conf, tag, proof, token);
    done(data, rc, token);

    return NULL;
}


void *
ngx_secmeet_remote_delete(u_char *tag, ngx_str_t *token,
    ngx_secmeet_created_pt done, void *data)
{
    ngx_str_t               payload;
    ngx_secmeet_link_t     *link;
    ngx_secmeet_session_t  *session;
    u_char                  buf[NGX_SECMEET_GUEST_DELETE];

    link = ngx_secmeet_remote_owner(tag);

    if (link == NULL) {
        done(data, ngx_secmeet_guest_end(tag, token), NULL);
        return NULL;
    }

    session = ngx_secmeet_session_new(NGX_SECMEET_SESSION_PENDING, link, 0);
    if (session == NULL) {
        done(data, NGX_ERROR, NULL);
        return NULL;
    }

    session->done = done;
    session->data = data;

    payload.data = buf;
    payload.len = ngx_secmeet_guest_delete(buf, tag, token);

    if (ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_DELETE,
                                  &payload)
        != NGX_OK)
    {
        ngx_secmeet_session_free(session);
        done(data, NGX_DECLINED, NULL);
        return NULL;
    }

    return session;
}


void
ngx_secmeet_remote_cancel(void *pending)
{
    ngx_secmeet_session_free(pending);
}
