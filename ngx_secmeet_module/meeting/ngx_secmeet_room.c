
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_room.h"
#include "ngx_secmeet_invite.h"
#include "ngx_secmeet_lobby.h"
#include "ngx_secmeet_worker.h"
#include "ngx_secmeet_count.h"
#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_signal.h"
#include "ngx_secmeet_stage.h"
#include "ngx_secmeet_wipe.h"
#include "../wire/ngx_secmeet_ws.h"

#include <openssl/crypto.h>


static ngx_secmeet_room_t *ngx_secmeet_room_new(
    ngx_secmeet_worker_t *worker, ngx_secmeet_conf_t *conf, u_char *tag,
    u_char *epoch);
static void ngx_secmeet_room_open(ngx_secmeet_room_t *room);
static ngx_int_t ngx_secmeet_room_secrets(ngx_secmeet_room_t *room,
    ngx_str_t *proof, u_char *token);
static void ngx_secmeet_room_renew_handler(ngx_event_t *ev);
static ngx_int_t ngx_secmeet_room_renewed(ngx_secmeet_room_t *room);
static void ngx_secmeet_room_renew_stop(ngx_secmeet_room_t *room);
static void ngx_secmeet_room_let_go(ngx_secmeet_room_t *room,
    void (*tell)(ngx_secmeet_signal_t *signal, const char *reason),
    const char *reason, ngx_uint_t code);
static void ngx_secmeet_room_forget(ngx_secmeet_room_t *room);
static void ngx_secmeet_room_timer(ngx_event_t *ev);
static void ngx_secmeet_room_close_handler(ngx_event_t *ev);


ngx_int_t
ngx_secmeet_room_create(ngx_secmeet_worker_t *worker,
    ngx_secmeet_conf_t *conf, u_char *tag, u_char *epoch, ngx_str_t *proof,
    u_char *secrets)
{
    ngx_int_t            rc;
    ngx_secmeet_room_t  *room;

    if (worker->nrooms >= worker->rooms_max) {
        return NGX_BUSY;
    }

    room = ngx_secmeet_room_new(worker, conf, tag, epoch);
    if (room == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_secmeet_room_secrets(room, proof, secrets);

    if (rc == NGX_OK) {
        rc = ngx_secmeet_room_ticket(room, NULL,
                                     secrets + NGX_SECMEET_AUTH_TEXT);
    }

    if (rc == NGX_OK) {
        rc = ngx_secmeet_tags_claim(worker->tags, tag);
    }

    if (rc != NGX_OK) {
        ngx_secmeet_free(room, sizeof(ngx_secmeet_room_t));
        return rc;
    }

    ngx_secmeet_room_open(room);

    return NGX_OK;
}


ngx_secmeet_room_t *
ngx_secmeet_room_revive(ngx_secmeet_worker_t *worker,
    ngx_secmeet_conf_t *conf, ngx_secmeet_ticket_t *ticket)
{
    ngx_secmeet_room_t  *room;

    room = ngx_secmeet_room_new(worker, conf, ticket->tag, ticket->epoch);
    if (room == NULL) {
        return NULL;
    }

    room->returned = ngx_alloc(conf->peers * NGX_SECMEET_ID, worker->log);
    if (room->returned == NULL) {
        ngx_secmeet_free(room, sizeof(ngx_secmeet_room_t));
        return NULL;
    }

    ngx_memcpy(room->id, ticket->room, NGX_SECMEET_ID);
    ngx_memcpy(room->revived_by, ticket->epoch, NGX_SECMEET_ID);
    ngx_memcpy(room->key, ticket->key, NGX_SECMEET_SECRET);
    ngx_memcpy(room->proof, ticket->proof, NGX_SECMEET_SECRET);
    ngx_memcpy(room->host, ticket->token, NGX_SECMEET_SECRET);

    room->has_proof = ticket->has_proof;
    room->locked = ticket->locked;
    room->guarded = ticket->lobby;
    room->unlinked = ticket->unlinked;
    room->silent = ticket->silent;
    room->revived = ngx_current_msec;

    /* it may not be remembered here, and that it cannot be is no obstacle */

    (void) ngx_secmeet_tags_claim(worker->tags, ticket->tag);

    ngx_secmeet_room_open(room);

    return room;
}


static ngx_secmeet_room_t *
ngx_secmeet_room_new(ngx_secmeet_worker_t *worker, ngx_secmeet_conf_t *conf,
    u_char *tag, u_char *epoch)
{
    ngx_secmeet_room_t  *room;

    room = ngx_calloc(sizeof(ngx_secmeet_room_t), worker->log);
    if (room == NULL) {
        return NULL;
    }

    ngx_memcpy(room->tag, tag, NGX_SECMEET_TAG);
    ngx_memcpy(room->epoch, epoch, NGX_SECMEET_ID);

    room->worker = worker;
    room->conf = *conf;

    ngx_queue_init(&room->peers);
    ngx_queue_init(&room->lobby);
    ngx_queue_init(&room->invites);

    ngx_secmeet_guess_init(&room->guess, ngx_secmeet_now());

    room->guarded = conf->lobby;

    room->timer.handler = ngx_secmeet_room_timer;
    room->timer.data = room;
    room->timer.log = worker->log;

    room->close.handler = ngx_secmeet_room_close_handler;
    room->close.data = room;
    room->close.log = worker->log;

    room->cast.handler = ngx_secmeet_stage_cast_handler;
    room->cast.data = room;
    room->cast.log = worker->log;

    room->renew.handler = ngx_secmeet_room_renew_handler;
    room->renew.data = room;
    room->renew.log = worker->log;

    return room;
}


static void
ngx_secmeet_room_open(ngx_secmeet_room_t *room)
{
    room->node.str.data = room->tag;
    room->node.str.len = NGX_SECMEET_TAG;
    room->node.node.key = ngx_crc32_short(room->tag, NGX_SECMEET_TAG);

    ngx_rbtree_insert(&room->worker->rooms, &room->node.node);
    room->worker->nrooms++;

    ngx_add_timer(&room->timer, room->conf.join_timeout);
}


static ngx_int_t
ngx_secmeet_room_secrets(ngx_secmeet_room_t *room, ngx_str_t *proof,
    u_char *token)
{
    ngx_str_t  text;

    if (ngx_secmeet_random(room->key, NGX_SECMEET_SECRET) != NGX_OK
        || ngx_secmeet_random_hex(room->id, NGX_SECMEET_ID) != NGX_OK
        || ngx_secmeet_auth_token(token) != NGX_OK)
    {
        return NGX_ERROR;
    }

    text.data = token;
    text.len = NGX_SECMEET_AUTH_TEXT;

    if (ngx_secmeet_auth_keep(room->host, room->key, &text) != NGX_OK) {
        return NGX_ERROR;
    }

    if (proof->data) {
        room->has_proof = 1;

        if (ngx_secmeet_auth_keep(room->proof, room->key, proof) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_secmeet_room_t *
ngx_secmeet_room_find(ngx_secmeet_worker_t *worker, u_char *tag)
{
    uint32_t             hash;
    ngx_str_t            name;
    ngx_secmeet_room_t  *room;

    name.data = tag;
    name.len = NGX_SECMEET_TAG;
    hash = ngx_crc32_short(tag, NGX_SECMEET_TAG);

    room = (ngx_secmeet_room_t *)
               ngx_str_rbtree_lookup(&worker->rooms, &name, hash);

    if (room == NULL || room->closing) {
        return NULL;
    }

    return room;
}


ngx_int_t
ngx_secmeet_room_ticket(ngx_secmeet_room_t *room, ngx_secmeet_peer_t *peer,
    u_char *text)
{
    u_char                sealed[NGX_SECMEET_TICKET_SIZE];
    ngx_str_t             src, dst;
    ngx_int_t             rc;
    ngx_secmeet_ticket_t  ticket;

    ngx_memzero(&ticket, sizeof(ngx_secmeet_ticket_t));

    ngx_memcpy(ticket.tag, room->tag, NGX_SECMEET_TAG);
    ngx_memcpy(ticket.room, room->id, NGX_SECMEET_ID);
    ngx_memcpy(ticket.epoch, room->epoch, NGX_SECMEET_ID);
    ngx_memcpy(ticket.key, room->key, NGX_SECMEET_SECRET);
    ngx_memcpy(ticket.proof, room->proof, NGX_SECMEET_SECRET);
    ngx_memcpy(ticket.token, room->host, NGX_SECMEET_SECRET);
    ticket.has_proof = room->has_proof;
    ticket.locked = room->locked;
    ticket.lobby = room->guarded;
    ticket.unlinked = room->unlinked;
    ticket.silent = room->silent;

    rc = NGX_OK;

    if (peer) {
        ngx_memcpy(ticket.peer, peer->id, NGX_SECMEET_ID);
        ticket.host = peer->host;
        ticket.owner = peer->owner;
        ticket.silenced = peer->silenced;

    } else {
        rc = ngx_secmeet_random_hex(ticket.peer, NGX_SECMEET_ID);
        ticket.host = 1;
        ticket.owner = 1;
    }

    if (rc == NGX_OK) {
        rc = ngx_secmeet_ticket_seal(sealed, &ticket, room->worker->ticket);
    }

    if (rc == NGX_OK) {
        src.data = sealed;
        src.len = NGX_SECMEET_TICKET_SIZE;
        dst.data = text;

        ngx_encode_base64url(&dst, &src);
    }

    OPENSSL_cleanse(&ticket, sizeof(ngx_secmeet_ticket_t));
    OPENSSL_cleanse(sealed, sizeof(sealed));

    return rc;
}


ngx_int_t
ngx_secmeet_room_return(ngx_secmeet_room_t *room,
    ngx_secmeet_ticket_t *ticket)
{
    u_char      *p;
    ngx_uint_t   i;

    if (room->returned == NULL
        || room->nreturned == room->conf.peers
        || ngx_current_msec - room->revived >= NGX_SECMEET_ROOM_RETURN
        || CRYPTO_memcmp(ticket->epoch, room->revived_by, NGX_SECMEET_ID)
           != 0)
    {
        return NGX_DECLINED;
    }

    p = room->returned;

    for (i = 0; i < room->nreturned; i++, p += NGX_SECMEET_ID) {
        if (ngx_memcmp(p, ticket->peer, NGX_SECMEET_ID) == 0) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


void
ngx_secmeet_room_returned(ngx_secmeet_room_t *room, u_char *id)
{
    if (room->returned && room->nreturned < room->conf.peers) {
        ngx_memcpy(room->returned + room->nreturned * NGX_SECMEET_ID, id,
                   NGX_SECMEET_ID);
        room->nreturned++;
    }
}


void
ngx_secmeet_room_renew(ngx_secmeet_room_t *room)
{
    if (room->npeers && !room->closing) {
        ngx_post_event(&room->renew, &ngx_posted_events);
    }
}


static void
ngx_secmeet_room_renew_handler(ngx_event_t *ev)
{
    (void) ngx_secmeet_room_renewed(ev->data);
}


ngx_int_t
ngx_secmeet_room_renew_now(ngx_secmeet_room_t *room)
{
    if (!room->renew.posted && !room->renew.timer_set) {
        return NGX_OK;
    }

    return ngx_secmeet_room_renewed(room);
}


static ngx_int_t
ngx_secmeet_room_renewed(ngx_secmeet_room_t *room)
{
    u_char        epoch[NGX_SECMEET_ID];
    ngx_queue_t  *q;

    ngx_secmeet_room_renew_stop(room);

    if (room->closing) {
        return NGX_OK;
    }

    if (ngx_secmeet_random_hex(epoch, NGX_SECMEET_ID) != NGX_OK
        || (room->worker->renew
            && room->worker->renew(room->tag, epoch) != NGX_OK))
    {
        ngx_add_timer(&room->renew, NGX_SECMEET_ROOM_RENEW);
        return NGX_ERROR;
    }

    ngx_memcpy(room->epoch, epoch, NGX_SECMEET_ID);

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = ngx_queue_next(q))
    {
        ngx_secmeet_notify_ticket(ngx_queue_data(q, ngx_secmeet_peer_t,
                                                 queue));
    }

    return NGX_OK;
}


static void
ngx_secmeet_room_renew_stop(ngx_secmeet_room_t *room)
{
    if (room->renew.posted) {
        ngx_delete_posted_event(&room->renew);
    }

    if (room->renew.timer_set) {
        ngx_del_timer(&room->renew);
    }
}


ngx_int_t
ngx_secmeet_room_proof(ngx_secmeet_room_t *room, ngx_str_t *proof,
    uint64_t net)
{
    ngx_secmeet_usec_t  now;

    if (!room->has_proof) {
        return proof->data ? NGX_DECLINED : NGX_OK;
    }

    now = ngx_secmeet_now();

    if (ngx_secmeet_guess_input(&room->guess, net, now) != NGX_OK) {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_auth_check(room->proof, room->key, proof) != NGX_OK) {
        ngx_secmeet_guess_wrong(&room->guess, net, now);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_room_host(ngx_secmeet_room_t *room, ngx_str_t *token)
{
    ngx_int_t  rc;

    static u_char  none[NGX_SECMEET_SECRET];

    rc = ngx_secmeet_auth_check(room ? room->host : none,
                                room ? room->key : none, token);

    return room ? rc : NGX_DECLINED;
}


void
ngx_secmeet_room_end(ngx_secmeet_room_t *room, const char *reason,
    ngx_uint_t code)
{
    ngx_secmeet_room_let_go(room, ngx_secmeet_notify_end, reason, code);
}


void
ngx_secmeet_room_move(ngx_secmeet_room_t *room, const char *reason)
{
    room->moved = 1;

    ngx_secmeet_room_let_go(room, ngx_secmeet_notify_rejoin, reason,
                            NGX_SECMEET_WS_RESTART);
}


static void
ngx_secmeet_room_let_go(ngx_secmeet_room_t *room,
    void (*tell)(ngx_secmeet_signal_t *signal, const char *reason),
    const char *reason, ngx_uint_t code)
{
    ngx_queue_t         *q, *next;
    ngx_secmeet_peer_t  *peer;

    if (room->closing) {
        return;
    }

    room->closing = 1;

    ngx_secmeet_room_forget(room);
    ngx_secmeet_lobby_let_go(room, tell, reason, code);

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = next)
    {
        next = ngx_queue_next(q);
        peer = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        tell(peer->signal, reason);
        ngx_secmeet_peer_end(peer, code);
    }

    ngx_post_event(&room->close, &ngx_posted_events);
}


void
ngx_secmeet_room_leave(ngx_secmeet_room_t *room)
{
    if (room->npeers == 0) {
        room->closing = 1;
        ngx_secmeet_room_forget(room);
        ngx_post_event(&room->close, &ngx_posted_events);
        return;
    }

    ngx_secmeet_room_renew(room);
}


/* it has ended, for all workers */

static void
ngx_secmeet_room_forget(ngx_secmeet_room_t *room)
{
    ngx_secmeet_worker_t  *worker;

    worker = room->worker;

    if (room->over) {
        return;
    }

    room->over = 1;
    worker->nrooms--;

    if (worker->forget && !room->moved) {
        worker->forget(room->tag);
    }
}


static void
ngx_secmeet_room_timer(ngx_event_t *ev)
{
    ngx_secmeet_room_close(ev->data);
}


static void
ngx_secmeet_room_close_handler(ngx_event_t *ev)
{
    ngx_secmeet_room_t  *room;

    room = ev->data;

    /* peers that are still closing bring it here again */

    if (room->npeers == 0) {
        ngx_secmeet_room_close(room);
    }
}


void
ngx_secmeet_room_close(ngx_secmeet_room_t *room)
{
    ngx_queue_t           *q;
    ngx_secmeet_worker_t  *worker;

    worker = room->worker;
    room->closing = 1;

    while (!ngx_queue_empty(&room->peers)) {
        q = ngx_queue_head(&room->peers);
        ngx_secmeet_peer_close(ngx_queue_data(q, ngx_secmeet_peer_t, queue));
    }

    ngx_secmeet_lobby_let_go(room, NULL, NULL, NGX_SECMEET_WS_DENIED);
    ngx_secmeet_invite_close(room);

    if (room->timer.timer_set) {
        ngx_del_timer(&room->timer);
    }

    if (room->close.posted) {
        ngx_delete_posted_event(&room->close);
    }

    if (room->cast.posted) {
        ngx_delete_posted_event(&room->cast);
    }

    ngx_secmeet_stage_close(room);
    ngx_secmeet_room_renew_stop(room);

    ngx_rbtree_delete(&worker->rooms, &room->node.node);

    if (room->joined && !room->moved) {
        ngx_secmeet_count_end(worker, ngx_current_msec - room->begun);
    }

    ngx_secmeet_room_forget(room);

    ngx_secmeet_free(room->returned, room->conf.peers * NGX_SECMEET_ID);
    ngx_secmeet_free(room, sizeof(ngx_secmeet_room_t));
    ngx_secmeet_wipe();
}
