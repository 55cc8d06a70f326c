
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


static void ngx_secmeet_door_route(ngx_secmeet_session_t *session, u_char *p,
    size_t len);
static ngx_secmeet_link_t *ngx_secmeet_door_find(
    ngx_secmeet_session_t *session, u_char *p, size_t len);
static ngx_int_t ngx_secmeet_door_ticket(ngx_secmeet_session_t *session,
    ngx_secmeet_claim_t *claim, u_char *p, size_t len);
static void ngx_secmeet_door_move(ngx_secmeet_session_t *session,
    ngx_secmeet_link_t *link);
static ngx_uint_t ngx_secmeet_door_own(u_char *id);
static void ngx_secmeet_door_rejoin(ngx_secmeet_session_t *session,
    const char *reason);


ngx_secmeet_session_t *
ngx_secmeet_session_create(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_secmeet_addr_t *local)
{
    ngx_secmeet_session_t     *session;
    ngx_secmeet_candidates_t   candidates;

    session = ngx_secmeet_session_new(NGX_SECMEET_SESSION_LOCAL, NULL, 0);
    if (session == NULL) {
        return NULL;
    }

    ngx_secmeet_candidates(&candidates, ngx_secmeet_mesh.worker, local);

    session->signal = ngx_secmeet_signal_create(ngx_secmeet_mesh.worker,
                                                conf, tag, &candidates);
    if (session->signal == NULL) {
        ngx_secmeet_session_free(session);
        return NULL;
    }

    return session;
}


void
ngx_secmeet_session_carrier(ngx_secmeet_session_t *session,
    ngx_secmeet_carrier_t *carrier, void *data)
{
    ngx_secmeet_signal_carrier(session->signal, carrier, data);

    session->carrier = carrier;
    session->data = data;
}


void
ngx_secmeet_session_input(ngx_secmeet_session_t *session, u_char *p,
    size_t len)
{
    if (session->signal && session->signal->peer == NULL
        && !session->signal->closing)
    {
        ngx_secmeet_door_route(session, p, len);
    }

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
ngx_secmeet_session_close(ngx_secmeet_session_t *session, ngx_uint_t lost)
{
    u_char     code[2];
    ngx_str_t  payload;

    if (session->signal) {
        ngx_secmeet_signal_close(session->signal, lost);

    } else if (!session->over) {
        payload.data = code;
        payload.len = 2;

        (void) ngx_secmeet_write_uint16(code, lost ? NGX_SECMEET_SESSION_LOST
                                                   : NGX_SECMEET_WS_NORMAL);

        (void) ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_CLOSE,
                                         &payload);
    }

    ngx_secmeet_session_free(session);
}


/* a room that was not here when the client came may be elsewhere now */

static void
ngx_secmeet_door_route(ngx_secmeet_session_t *session, u_char *p, size_t len)
{
    ngx_secmeet_link_t  *link;

    if (ngx_secmeet_room_find(ngx_secmeet_mesh.worker, session->signal->tag))
    {
        return;
    }

    link = ngx_secmeet_door_find(session, p, len);

    if (link) {
        ngx_secmeet_door_move(session, link);
    }
}


static ngx_secmeet_link_t *
ngx_secmeet_door_find(ngx_secmeet_session_t *session, u_char *p, size_t len)
{
    u_char               *id;
    ngx_secmeet_link_t   *link;
    ngx_secmeet_claim_t   claim;

    if (ngx_secmeet_registry_find(&ngx_secmeet_mesh.run, session->signal->tag,
                                  &claim)
        != NGX_OK
        || ngx_secmeet_door_own(claim.owner))
    {
        return NULL;
    }

    link = ngx_secmeet_link_find(&ngx_secmeet_mesh, claim.owner);

    if (link) {
        return link;
    }

    /* its owner is dead: by a ticket it is opened where there is room */

    if (ngx_secmeet_door_ticket(session, &claim, p, len) != NGX_OK) {
        return NULL;
    }

    id = ngx_secmeet_load_place(&ngx_secmeet_load);

    if (id == NULL || ngx_secmeet_door_own(id)) {
        return NULL;
    }

    return ngx_secmeet_link_find(&ngx_secmeet_mesh, id);
}


/* NGX_OK if the message is a "join" with a ticket for the claim */

static ngx_int_t
ngx_secmeet_door_ticket(ngx_secmeet_session_t *session,
    ngx_secmeet_claim_t *claim, u_char *p, size_t len)
{
    ngx_int_t              rc;
    ngx_secmeet_ticket_t   ticket;
    ngx_secmeet_message_t  message;

    rc = ngx_secmeet_message_parse(&message, p, p + len);

    if (rc == NGX_OK && message.type == NGX_SECMEET_MESSAGE_JOIN) {
        rc = ngx_secmeet_join_ticket(&ticket, &message,
                                     session->signal->tag);

        if (CRYPTO_memcmp(ticket.epoch, claim->epoch, NGX_SECMEET_ID) != 0) {
            rc = NGX_DECLINED;
        }

        OPENSSL_cleanse(&ticket, sizeof(ngx_secmeet_ticket_t));

    } else {
        rc = NGX_DECLINED;
    }

    ngx_secmeet_message_free(&message);

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
    payload.len = ngx_secmeet_guest_open(data, signal->conf, signal->tag,
                                         &signal->candidates);

    session->signal = NULL;
    ngx_secmeet_signal_close(signal, 0);

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
