
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_door.h"
#include "ngx_secmeet_guest.h"
#include "ngx_secmeet_registry.h"
#include "../meeting/ngx_secmeet_join.h"
#include "../meeting/ngx_secmeet_notify.h"
#include "../meeting/ngx_secmeet_room.h"
#include "../wire/ngx_secmeet_bytes.h"
#include "../wire/ngx_secmeet_ws.h"

#include <openssl/crypto.h>


static ngx_int_t ngx_secmeet_door_route(ngx_secmeet_session_t *session,
    u_char *p, size_t len);
static ngx_int_t ngx_secmeet_door_find(ngx_secmeet_session_t *session,
    ngx_secmeet_message_t *message, ngx_secmeet_link_t **link);
static ngx_int_t ngx_secmeet_door_ticket(ngx_secmeet_session_t *session,
    ngx_secmeet_claim_t *claim, ngx_secmeet_message_t *message);
static void ngx_secmeet_door_pass(ngx_secmeet_session_t *session, u_char *p,
    size_t len);
static void ngx_secmeet_door_wait(ngx_secmeet_session_t *session, u_char *p,
    size_t len);
static void ngx_secmeet_door_again(ngx_secmeet_session_t *session);
static void ngx_secmeet_door_timer(ngx_secmeet_session_t *session);
static void ngx_secmeet_door_handler(ngx_event_t *ev);
static void ngx_secmeet_door_denied(ngx_secmeet_session_t *session);
static void ngx_secmeet_door_send(void *data, u_char *p, size_t len);
static void ngx_secmeet_door_close(void *data, ngx_uint_t code);
static ngx_uint_t ngx_secmeet_door_congested(void *data);
static void ngx_secmeet_door_move(ngx_secmeet_session_t *session,
    ngx_secmeet_link_t *link);
static ngx_uint_t ngx_secmeet_door_own(u_char *id);
static ngx_int_t ngx_secmeet_door_text(ngx_secmeet_link_t *link,
    ngx_secmeet_session_t *session, ngx_secmeet_frame_t *frame);
static ngx_int_t ngx_secmeet_door_keep(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static void ngx_secmeet_door_rejoin(ngx_secmeet_session_t *session,
    const char *reason);


/* of what is signaled in this worker */

static ngx_secmeet_carrier_t  ngx_secmeet_door_carrier = {
    ngx_secmeet_door_send,
    ngx_secmeet_door_close,
    ngx_secmeet_door_congested,
    NULL
};


/* of a CLOSE to the owner: how the client goes */

static const ngx_uint_t  ngx_secmeet_door_codes[] = {
    NGX_SECMEET_WS_NORMAL,
    NGX_SECMEET_SESSION_LOST,
    NGX_SECMEET_WS_AWAY
};


ngx_secmeet_session_t *
ngx_secmeet_session_create(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_secmeet_addr_t *local, ngx_secmeet_client_t *client)
{
    ngx_secmeet_session_t     *session;
    ngx_secmeet_candidates_t   candidates;

    session = ngx_secmeet_session_new(NGX_SECMEET_SESSION_LOCAL, NULL, 0);
    if (session == NULL) {
        return NULL;
    }

    ngx_secmeet_candidates(&candidates, ngx_secmeet_mesh.worker, local);

    session->signal = ngx_secmeet_signal_create(ngx_secmeet_mesh.worker,
                                                conf, tag, &candidates,
                                                client);
    if (session->signal == NULL) {
        ngx_secmeet_session_free(session);
        return NULL;
    }

    ngx_memcpy(session->tag, tag, NGX_SECMEET_TAG);

    session->event.handler = ngx_secmeet_door_handler;
    session->event.data = session;
    session->event.log = ngx_secmeet_mesh.worker->log;

    return session;
}


void
ngx_secmeet_session_carrier(ngx_secmeet_session_t *session,
    ngx_secmeet_carrier_t *carrier, void *data)
{
    ngx_secmeet_signal_carrier(session->signal, &ngx_secmeet_door_carrier,
                               session);

    session->carrier = carrier;
    session->data = data;
}


void
ngx_secmeet_session_input(ngx_secmeet_session_t *session, u_char *p,
    size_t len)
{
    if (session->waiting) {
        return;
    }

    /* whether there is a room or not, and wherever it is */

    if (session->signal
        && ngx_secmeet_signal_charge(session->signal, len) != NGX_OK)
    {
        return;
    }

    if (session->signal && session->deadline == 0
        && !session->signal->closing
        && ngx_secmeet_door_route(session, p, len) != NGX_OK)
    {
        ngx_secmeet_door_wait(session, p, len);
        return;
    }

    ngx_secmeet_door_pass(session, p, len);
}


static void
ngx_secmeet_door_pass(ngx_secmeet_session_t *session, u_char *p, size_t len)
{
    if (session->signal) {
        ngx_secmeet_signal_input(session->signal, p, len);
        return;
    }

    /* a link that will not take it is being cut: "gone" tells the client */

    if (!session->over) {
        (void) ngx_secmeet_session_send(session, p, len, 0);
    }
}


ngx_uint_t
ngx_secmeet_session_busy(ngx_secmeet_session_t *session)
{
    if (session->link == NULL || session->over
        || !ngx_secmeet_link_busy(session->link))
    {
        return 0;
    }

    session->held = 1;

    return 1;
}


void
ngx_secmeet_door_ready(ngx_secmeet_link_t *link)
{
    ngx_queue_t            *q;
    ngx_secmeet_session_t  *session;

    for (q = ngx_queue_head(&link->sessions);
         q != ngx_queue_sentinel(&link->sessions);
         q = ngx_queue_next(q))
    {
        session = ngx_queue_data(q, ngx_secmeet_session_t, queue);

        if (session->held) {
            session->held = 0;
            session->carrier->ready(session->data);
        }
    }
}


void
ngx_secmeet_session_close(ngx_secmeet_session_t *session, ngx_uint_t how)
{
    u_char     code[2];
    ngx_str_t  payload;

    if (session->signal) {
        ngx_secmeet_signal_close(session->signal, how);

    } else if (!session->over) {
        payload.data = code;
        payload.len = 2;

        (void) ngx_secmeet_write_uint16(code, ngx_secmeet_door_codes[how]);

        (void) ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_CLOSE,
                                         &payload);
    }

    ngx_secmeet_session_free(session);
}


/*
 * Only a "join" leads elsewhere, and it is the last message of a session
 * that is not let in: what comes before says nothing of any room.
 * NGX_DECLINED: there is no room.
 */

static ngx_int_t
ngx_secmeet_door_route(ngx_secmeet_session_t *session, u_char *p, size_t len)
{
    ngx_int_t               rc;
    ngx_secmeet_link_t     *link;
    ngx_secmeet_message_t   message;

    if (len > NGX_SECMEET_SIGNAL_JOIN) {
        return NGX_OK;
    }

    rc = NGX_OK;
    link = NULL;

    if (ngx_secmeet_message_parse(&message, p, p + len) == NGX_OK
        && message.type == NGX_SECMEET_MESSAGE_JOIN)
    {
        if (session->deadline == 0) {
            session->deadline = ngx_current_msec + NGX_SECMEET_REMOTE_DENIAL;
        }

        ngx_secmeet_signal_hold(session->signal);

        rc = ngx_secmeet_door_find(session, &message, &link);
    }

    ngx_secmeet_message_free(&message);

    if (link) {
        ngx_secmeet_door_move(session, link);
    }

    return rc;
}


/* NGX_OK: a link, or NULL: it is here; NGX_DECLINED: it is nowhere */

static ngx_int_t
ngx_secmeet_door_find(ngx_secmeet_session_t *session,
    ngx_secmeet_message_t *message, ngx_secmeet_link_t **link)
{
    u_char               *id;
    ngx_secmeet_claim_t   claim;

    if (ngx_secmeet_room_find(ngx_secmeet_mesh.worker, session->tag))
    {
        return NGX_OK;
    }

    if (ngx_secmeet_registry_find(&ngx_secmeet_mesh.run, session->tag,
                                  &claim)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_door_own(claim.owner)) {
        return NGX_OK;
    }

    *link = ngx_secmeet_link_find(&ngx_secmeet_mesh, claim.owner);

    if (*link) {
        return NGX_OK;
    }

    /* its owner is dead: by a ticket it is opened where there is room */

    if (ngx_secmeet_door_ticket(session, &claim, message) != NGX_OK) {
        return NGX_DECLINED;
    }

    id = ngx_secmeet_load_place(&ngx_secmeet_load);

    if (id && !ngx_secmeet_door_own(id)) {
        *link = ngx_secmeet_link_find(&ngx_secmeet_mesh, id);
    }

    return NGX_OK;
}


/*
 * Whoever is denied is so at the same time after the "join", wherever the
 * room is and whatever is the reason.  A room whose worker has died is often
 * there again until then.
 */

static void
ngx_secmeet_door_wait(ngx_secmeet_session_t *session, u_char *p, size_t len)
{
    if (ngx_secmeet_session_keep(session, p, len) != NGX_OK) {
        session->carrier->close(session->data, NGX_SECMEET_WS_INTERNAL);
        return;
    }

    session->waiting = 1;

    ngx_secmeet_door_timer(session);
}


static void
ngx_secmeet_door_timer(ngx_secmeet_session_t *session)
{
    ngx_msec_int_t  left;

    left = session->deadline - ngx_current_msec;

    ngx_add_timer(&session->event, ngx_max(left, 1));
}


static void
ngx_secmeet_door_handler(ngx_event_t *ev)
{
    ngx_secmeet_session_t *session = ev->data;

    ngx_secmeet_claim_t  claim;

    /* looked for in any case: it takes time */

    if (ngx_secmeet_registry_find(&ngx_secmeet_mesh.run, session->tag, &claim)
        == NGX_OK
        && session->waiting)
    {
        ngx_secmeet_door_again(session);
        return;
    }

    ngx_secmeet_door_denied(session);
}


static void
ngx_secmeet_door_denied(ngx_secmeet_session_t *session)
{
    session->waiting = 1;

    ngx_secmeet_notify_denied_by(session->carrier, session->data);
    session->carrier->close(session->data, NGX_SECMEET_WS_DENIED);
}


/* a room is there now */

static void
ngx_secmeet_door_again(ngx_secmeet_session_t *session)
{
    size_t   len, size;
    u_char  *p;

    p = session->buf;
    len = session->len;
    size = session->size;

    session->buf = NULL;
    session->len = 0;
    session->size = 0;
    session->waiting = 0;

    if (ngx_secmeet_door_route(session, p, len) == NGX_OK) {
        ngx_secmeet_door_pass(session, p, len);

    } else {
        ngx_secmeet_door_denied(session);
    }

    ngx_secmeet_free(p, size);
}


static void
ngx_secmeet_door_send(void *data, u_char *p, size_t len)
{
    ngx_secmeet_session_t *session = data;

    session->carrier->send(session->data, p, len);
}


static void
ngx_secmeet_door_close(void *data, ngx_uint_t code)
{
    ngx_secmeet_session_t *session = data;

    if (code == NGX_SECMEET_WS_DENIED) {
        ngx_secmeet_door_timer(session);
        return;
    }

    session->carrier->close(session->data, code);
}


static ngx_uint_t
ngx_secmeet_door_congested(void *data)
{
    ngx_secmeet_session_t *session = data;

    return session->carrier->congested(session->data);
}


/* NGX_OK if the "join" has a ticket for the claim */

static ngx_int_t
ngx_secmeet_door_ticket(ngx_secmeet_session_t *session,
    ngx_secmeet_claim_t *claim, ngx_secmeet_message_t *message)
{
    ngx_int_t             rc;
    ngx_secmeet_ticket_t  ticket;

    rc = ngx_secmeet_join_ticket(&ticket, message, session->tag);

    if (CRYPTO_memcmp(ticket.epoch, claim->epoch, NGX_SECMEET_ID) != 0) {
        rc = NGX_DECLINED;
    }

    OPENSSL_cleanse(&ticket, sizeof(ngx_secmeet_ticket_t));

    return rc;
}


static void
ngx_secmeet_door_move(ngx_secmeet_session_t *session,
    ngx_secmeet_link_t *link)
{
    ngx_str_t              payload;
    ngx_secmeet_signal_t  *signal;
    u_char                 data[NGX_SECMEET_GUEST_OPEN_MAX];

    signal = session->signal;

    if (ngx_secmeet_session_link(session, NGX_SECMEET_SESSION_DOOR, link, 0)
        != NGX_OK)
    {
        return;
    }

    payload.data = data;
    payload.len = ngx_secmeet_guest_open(data, signal);

    session->signal = NULL;
    ngx_secmeet_signal_close(signal, NGX_SECMEET_SIGNAL_LEFT);

    /* a link that is broken is cut, and the client told so */

    (void) ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_OPEN,
                                     &payload);
}


ngx_secmeet_link_t *
ngx_secmeet_door_owner(u_char *tag)
{
    ngx_secmeet_claim_t  claim;

    if (ngx_secmeet_registry_find(&ngx_secmeet_mesh.run, tag, &claim)
        != NGX_OK
        || ngx_secmeet_door_own(claim.owner))
    {
        return NULL;
    }

    return ngx_secmeet_link_find(&ngx_secmeet_mesh, claim.owner);
}


static ngx_uint_t
ngx_secmeet_door_own(u_char *id)
{
    return ngx_memcmp(id, ngx_secmeet_mesh.worker->id, NGX_SECMEET_WORKER_ID)
           == 0;
}


/* what has closed here meanwhile is not looked for */

ngx_int_t
ngx_secmeet_door_input(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    ngx_uint_t              code;
    ngx_secmeet_session_t  *session;

    if (frame->type == NGX_SECMEET_FRAME_CREATED
        || frame->type == NGX_SECMEET_FRAME_DELETED)
    {
        return ngx_secmeet_guest_answer(link, frame);
    }

    session = ngx_secmeet_session_find(link, frame->session,
                                       NGX_SECMEET_SESSION_DOOR);

    if (session && (session->carrier == NULL || session->over)) {
        session = NULL;
    }

    switch (frame->type) {

    case NGX_SECMEET_FRAME_TEXT:
        return ngx_secmeet_door_text(link, session, frame);

    case NGX_SECMEET_FRAME_SAME:

        if (frame->session == 0) {
            ngx_secmeet_door_forget(link);
            return NGX_OK;
        }

        if (session && link->text_len) {
            session->carrier->send(session->data, link->text,
                                   link->text_len);
        }

        return NGX_OK;

    case NGX_SECMEET_FRAME_CLOSE:

        if (session == NULL) {
            return NGX_OK;
        }

        if (ngx_secmeet_read_uint16(frame->payload.data,
                                    frame->payload.data + frame->payload.len,
                                    &code)
            == NULL)
        {
            return NGX_ERROR;
        }

        session->over = 1;
        ngx_secmeet_door_close(session, code);

        return NGX_OK;

    default:
        return NGX_ERROR;
    }
}


/* what others get as well is kept, also if the first of them is gone */

static ngx_int_t
ngx_secmeet_door_text(ngx_secmeet_link_t *link,
    ngx_secmeet_session_t *session, ngx_secmeet_frame_t *frame)
{
    ngx_int_t  rc;
    ngx_str_t  text;

    if (frame->flags & NGX_SECMEET_FRAME_KEEP) {
        rc = ngx_secmeet_door_keep(link, frame);
        text.data = link->text;
        text.len = link->text_len;

    } else if (session) {
        rc = ngx_secmeet_session_gather(session, frame,
                                        NGX_SECMEET_GUEST_TEXT, &text);

    } else {
        return NGX_OK;
    }

    switch (rc) {

    case NGX_OK:

        if (session) {
            session->carrier->send(session->data, text.data, text.len);
            ngx_secmeet_session_spent(session);
        }

        return NGX_OK;

    case NGX_AGAIN:
        return NGX_OK;

    case NGX_DECLINED:

        /* nobody else suffers for a text that is too long */

        session->carrier->close(session->data, NGX_SECMEET_WS_INTERNAL);
        return NGX_OK;

    default:
        return NGX_ERROR;
    }
}


/* NGX_OK: the text is whole; NGX_AGAIN; NGX_ERROR */

static ngx_int_t
ngx_secmeet_door_keep(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    size_t   len, size;
    u_char  *text;

    /* the first part */

    if (!link->keeping) {
        link->text_len = 0;
    }

    len = link->text_len + frame->payload.len;

    if (len > NGX_SECMEET_LINK_TEXT) {
        return NGX_ERROR;
    }

    if (len > link->text_size) {
        size = ngx_max(len, 2 * link->text_size);

        text = ngx_alloc(size, ngx_secmeet_worker->log);
        if (text == NULL) {
            return NGX_ERROR;
        }

        if (link->text_len) {
            ngx_memcpy(text, link->text, link->text_len);
        }

        ngx_secmeet_free(link->text, link->text_size);

        link->text = text;
        link->text_size = size;
    }

    ngx_memcpy(link->text + link->text_len, frame->payload.data,
               frame->payload.len);

    link->text_len = len;
    link->keeping = (frame->flags & NGX_SECMEET_FRAME_MORE) != 0;

    return link->keeping ? NGX_AGAIN : NGX_OK;
}


void
ngx_secmeet_door_forget(ngx_secmeet_link_t *link)
{
    ngx_secmeet_free(link->text, link->text_size);

    link->text = NULL;
    link->text_len = 0;
    link->text_size = 0;
}


void
ngx_secmeet_door_gone(ngx_secmeet_session_t *session)
{
    if (session->over || session->carrier == NULL) {
        return;
    }

    session->over = 1;

    ngx_secmeet_door_rejoin(session, "crash");
}


void
ngx_secmeet_door_leave(const char *reason)
{
    ngx_secmeet_session_t  *session;

    for (session = ngx_secmeet_session_next(NULL);
         session;
         session = ngx_secmeet_session_next(session))
    {
        if (session->kind == NGX_SECMEET_SESSION_DOOR
            && session->carrier && !session->over)
        {
            ngx_secmeet_door_rejoin(session, reason);
        }
    }
}


static void
ngx_secmeet_door_rejoin(ngx_secmeet_session_t *session, const char *reason)
{
    ngx_secmeet_notify_rejoin_by(session->carrier, session->data, reason);
    session->carrier->close(session->data, NGX_SECMEET_WS_RESTART);
}
