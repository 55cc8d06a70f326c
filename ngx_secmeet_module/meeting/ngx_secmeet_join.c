
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_join.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_ws.h"

#include <openssl/crypto.h>


/* a "join" on its way */
typedef struct {
    ngx_secmeet_signal_t     *signal;
    ngx_secmeet_message_t    *message;
    ngx_secmeet_room_t       *room;             /* NULL: none */
    ngx_secmeet_peer_t       *peer;             /* who it was */
    ngx_secmeet_ticket_t      ticket;

    unsigned                  valid:1;          /* the ticket is */
    unsigned                  known:1;          /* and was in this room */
} ngx_secmeet_join_t;


static ngx_int_t ngx_secmeet_join_room(ngx_secmeet_join_t *join);
static void ngx_secmeet_join_known(ngx_secmeet_join_t *join);
static void ngx_secmeet_join_again(ngx_secmeet_join_t *join);
static void ngx_secmeet_join_new(ngx_secmeet_join_t *join);
static void ngx_secmeet_join_done(ngx_secmeet_join_t *join,
    ngx_uint_t resumed);


void
ngx_secmeet_join(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message)
{
    ngx_secmeet_join_t  join;

    ngx_memzero(&join, sizeof(ngx_secmeet_join_t));

    join.signal = signal;
    join.message = message;
    join.valid = (ngx_secmeet_join_ticket(&join.ticket, message, signal->tag)
                  == NGX_OK);

    if (ngx_secmeet_join_room(&join) == NGX_AGAIN) {
        ngx_secmeet_notify_rejoin(signal, "moved");
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_RESTART);

    } else {
        ngx_secmeet_join_known(&join);

        if (join.peer && !message->fresh) {
            ngx_secmeet_join_again(&join);

        } else {
            ngx_secmeet_join_new(&join);
        }
    }

    OPENSSL_cleanse(&join.ticket, sizeof(ngx_secmeet_ticket_t));
}


ngx_int_t
ngx_secmeet_join_ticket(ngx_secmeet_ticket_t *ticket,
    ngx_secmeet_message_t *message, u_char *tag)
{
    u_char     sealed[NGX_SECMEET_TICKET_SIZE + 1];
    ngx_int_t  rc;
    ngx_str_t  dst;

    ngx_memzero(sealed, sizeof(sealed));

    dst.data = sealed;
    dst.len = 0;

    /* 275 digits are 206 bytes, never more */

    if (message->resume.data) {
        (void) ngx_decode_base64url(&dst, &message->resume);
    }

    rc = ngx_secmeet_ticket_open(ticket, sealed, ngx_secmeet_worker->ticket);

    OPENSSL_cleanse(sealed, sizeof(sealed));

    if (rc == NGX_OK
        && CRYPTO_memcmp(ticket->tag, tag, NGX_SECMEET_TAG) != 0)
    {
        rc = NGX_DECLINED;
    }

    return rc;
}


/* NGX_OK, also if there is no room; NGX_AGAIN: another worker has it */

static ngx_int_t
ngx_secmeet_join_room(ngx_secmeet_join_t *join)
{
    ngx_int_t              rc;
    ngx_secmeet_ticket_t  *ticket;
    ngx_secmeet_worker_t  *worker;
    ngx_secmeet_signal_t  *signal;

    signal = join->signal;
    worker = signal->worker;
    ticket = &join->ticket;

    join->room = ngx_secmeet_room_find(worker, signal->tag);

    if (join->room || !join->valid || worker->revive == NULL) {
        return NGX_OK;
    }

    rc = worker->revive(signal->tag, ticket->epoch);

    if (rc != NGX_OK) {
        return rc == NGX_AGAIN ? NGX_AGAIN : NGX_OK;
    }

    join->room = ngx_secmeet_room_revive(worker, signal->conf, ticket);

    if (join->room == NULL) {
        worker->leave(signal->tag);
        return NGX_AGAIN;
    }

    return NGX_OK;
}


/*
 * What the ticket is good for: its place, or once a place in a room that was
 * opened again a short while ago.
 */

static void
ngx_secmeet_join_known(ngx_secmeet_join_t *join)
{
    ngx_str_t            id;
    ngx_secmeet_room_t  *room;

    room = join->room;

    if (room == NULL || !join->valid
        || CRYPTO_memcmp(join->ticket.room, room->id, NGX_SECMEET_ID) != 0)
    {
        return;
    }

    id.data = join->ticket.peer;
    id.len = NGX_SECMEET_ID;

    join->peer = ngx_secmeet_peer_find(room, &id);

    join->known = join->peer
                  || ngx_secmeet_room_return(room, &join->ticket) == NGX_OK;
}


/* the client has another connection, its peer is what it was */

static void
ngx_secmeet_join_again(ngx_secmeet_join_t *join)
{
    ngx_secmeet_peer_attach(join->peer, join->signal);
    ngx_secmeet_join_done(join, 1);
}


static void
ngx_secmeet_join_new(ngx_secmeet_join_t *join)
{
    u_char                *id;
    ngx_int_t              host;
    ngx_secmeet_room_t    *room;
    ngx_secmeet_peer_t    *old;
    ngx_secmeet_signal_t  *signal;

    room = join->room;
    old = join->peer;
    signal = join->signal;

    host = ngx_secmeet_room_host(room, &join->message->host);

    /* an old peer gives its place away */

    if (ngx_secmeet_room_admit(room, &join->message->proof, join->known)
        != NGX_OK
        && old == NULL)
    {
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_DENIED);
        return;
    }

    id = join->known ? join->ticket.peer : NULL;

    /* the new one comes first, so that the room is not empty meanwhile */

    if (old) {
        old->closing = 1;
        old->code = NGX_SECMEET_WS_REPLACED;
    }

    if (ngx_secmeet_peer_create(room, signal, &join->message->name, id)
        == NULL)
    {
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_INTERNAL);

    } else {
        if (old) {
            old->quiet = 1;
        }

        signal->peer->host = (host == NGX_OK
                              || (join->known && join->ticket.host));
        ngx_secmeet_join_done(join, 0);
    }

    if (old) {
        ngx_secmeet_peer_close(old);
    }
}


static void
ngx_secmeet_join_done(ngx_secmeet_join_t *join, ngx_uint_t resumed)
{
    ngx_secmeet_signal_t  *signal;

    signal = join->signal;

    if (signal->timer.timer_set) {
        ngx_del_timer(&signal->timer);
    }

    if (ngx_secmeet_notify_joined(signal->peer, resumed) != NGX_OK) {
        ngx_secmeet_peer_end(signal->peer, NGX_SECMEET_WS_INTERNAL);
    }
}
