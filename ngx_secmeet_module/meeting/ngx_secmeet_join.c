
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_join.h"
#include "ngx_secmeet_count.h"
#include "ngx_secmeet_host.h"
#include "ngx_secmeet_invite.h"
#include "ngx_secmeet_lobby.h"
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
    u_char                    invite[NGX_SECMEET_ID];   /* that it had */

    unsigned                  valid:1;          /* the ticket is */
    unsigned                  known:1;          /* and was in this room */
} ngx_secmeet_join_t;


static ngx_int_t ngx_secmeet_join_room(ngx_secmeet_join_t *join);
static void ngx_secmeet_join_known(ngx_secmeet_join_t *join);
static void ngx_secmeet_join_again(ngx_secmeet_join_t *join);
static void ngx_secmeet_join_new(ngx_secmeet_join_t *join);
static ngx_int_t ngx_secmeet_join_admit(ngx_secmeet_join_t *join,
    ngx_secmeet_entry_t *entry);
static void ngx_secmeet_join_as_before(ngx_secmeet_join_t *join,
    ngx_secmeet_entry_t *entry);
static ngx_int_t ngx_secmeet_join_invited(ngx_secmeet_join_t *join,
    ngx_secmeet_entry_t *entry);
static void ngx_secmeet_join_replace(ngx_secmeet_join_t *join,
    ngx_secmeet_entry_t *entry);
static void ngx_secmeet_join_count(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_uint_t again);
static void ngx_secmeet_join_done(ngx_secmeet_signal_t *signal,
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
    ngx_secmeet_join_count(join->room, join->signal, 1);
    ngx_secmeet_join_done(join->signal, 1);
}


static void
ngx_secmeet_join_new(ngx_secmeet_join_t *join)
{
    ngx_int_t              rc;
    ngx_secmeet_entry_t    entry;
    ngx_secmeet_signal_t  *signal;

    signal = join->signal;

    ngx_memzero(&entry, sizeof(ngx_secmeet_entry_t));

    entry.name = join->message->name;

    rc = ngx_secmeet_join_admit(join, &entry);

    if (rc == NGX_AGAIN) {
        rc = ngx_secmeet_lobby_enter(join->room, signal, &entry.name);

        if (rc == NGX_OK) {
            return;
        }
    }

    switch (rc) {

    case NGX_OK:
        ngx_secmeet_join_replace(join, &entry);
        return;

    case NGX_DECLINED:
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_DENIED);
        return;

    default:
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_INTERNAL);
    }
}


/* NGX_OK; NGX_AGAIN: a host is to be asked; NGX_DECLINED */

static ngx_int_t
ngx_secmeet_join_admit(ngx_secmeet_join_t *join, ngx_secmeet_entry_t *entry)
{
    ngx_uint_t              by_site, token;
    ngx_secmeet_room_t     *room;
    ngx_secmeet_message_t  *message;

    room = join->room;
    message = join->message;
    by_site = join->signal->client.host;
    token = (ngx_secmeet_room_host(room, &message->host) == NGX_OK);

    if (by_site || token) {
        entry->host = 1;
        entry->owner = 1;
    }

    if (join->known) {
        ngx_secmeet_join_as_before(join, entry);
    }

    /* an old peer gives its place away */

    if (join->peer) {
        return NGX_OK;
    }

    if (room == NULL || room->npeers >= room->conf.peers) {
        return NGX_DECLINED;
    }

    if (join->known || token) {
        return NGX_OK;
    }

    entry->silenced = room->silent && !entry->host;

    if (room->locked && !by_site) {
        return NGX_DECLINED;
    }

    if (message->invite.data) {
        return ngx_secmeet_join_invited(join, entry);
    }

    if (room->unlinked && !by_site) {
        return NGX_DECLINED;
    }

    entry->link = 1;

    if (ngx_secmeet_room_proof(room, &message->proof,
                               join->signal->client.net)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return (room->guarded && !by_site) ? NGX_AGAIN : NGX_OK;
}


/* what a ticket has shown, or what the peer is that gives its place away */

static void
ngx_secmeet_join_as_before(ngx_secmeet_join_t *join,
    ngx_secmeet_entry_t *entry)
{
    ngx_secmeet_peer_t  *old;

    old = join->peer;

    entry->id = join->ticket.peer;
    entry->again = 1;

    if (old == NULL) {
        entry->host |= join->ticket.host;
        entry->owner |= join->ticket.owner;
        entry->silenced = join->ticket.silenced;
        entry->link = !entry->owner;
        return;
    }

    entry->host |= old->host;
    entry->owner |= old->owner;
    entry->silenced = old->silenced;
    entry->link = old->link;

    if (old->invited) {
        entry->invite = old->invite;
    }
}


static ngx_int_t
ngx_secmeet_join_invited(ngx_secmeet_join_t *join, ngx_secmeet_entry_t *entry)
{
    ngx_secmeet_room_t    *room;
    ngx_secmeet_invite_t  *invite;

    room = join->room;
    invite = ngx_secmeet_invite_find(room, &join->message->invite);

    if (invite == NULL) {
        return NGX_DECLINED;
    }

    ngx_memcpy(join->invite, invite->id, NGX_SECMEET_ID);
    entry->invite = join->invite;

    ngx_secmeet_invite_use(room, invite);
    ngx_secmeet_notify_invites(room, NULL);

    return NGX_OK;
}


/* the new one comes first, so that the room is not empty meanwhile */

static void
ngx_secmeet_join_replace(ngx_secmeet_join_t *join, ngx_secmeet_entry_t *entry)
{
    ngx_secmeet_peer_t  *old;

    old = join->peer;

    if (old) {
        old->closing = 1;
        old->code = NGX_SECMEET_WS_REPLACED;
    }

    ngx_secmeet_join_enter(join->room, join->signal, entry);

    if (join->known && old == NULL && join->signal->peer) {
        ngx_secmeet_room_returned(join->room, join->ticket.peer);
    }

    if (old) {
        old->quiet = (join->signal->peer != NULL);
        ngx_secmeet_peer_close(old);
    }
}


void
ngx_secmeet_join_enter(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_secmeet_entry_t *entry)
{
    if (ngx_secmeet_peer_create(room, signal, entry) == NULL) {
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_INTERNAL);
        return;
    }

    ngx_secmeet_join_count(room, signal, entry->again);
    ngx_secmeet_join_done(signal, 0);
}


static void
ngx_secmeet_join_done(ngx_secmeet_signal_t *signal, ngx_uint_t resumed)
{
    ngx_secmeet_signal_hold(signal);

    if (ngx_secmeet_notify_joined(signal->peer, resumed) != NGX_OK) {
        ngx_secmeet_peer_end(signal->peer, NGX_SECMEET_WS_INTERNAL);
        return;
    }

    ngx_secmeet_host_tell(signal->peer);
}


/* who was there before is not one more; the country is of no use any more */

static void
ngx_secmeet_join_count(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_uint_t again)
{
    ngx_uint_t             country;
    ngx_secmeet_worker_t  *worker;

    worker = room->worker;

    country = signal->client.country;
    signal->client.country = NGX_SECMEET_STATS_OTHER;

    if (!room->joined) {
        room->joined = 1;
        room->begun = ngx_current_msec;

        if (room->returned == NULL) {
            ngx_secmeet_count_session(worker);
        }
    }

    if (again) {
        return;
    }

    ngx_secmeet_count_join(worker, country);

    if (worker->grown) {
        worker->grown();
    }
}
