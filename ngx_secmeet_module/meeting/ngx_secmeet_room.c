
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_room.h"
#include "ngx_secmeet_worker.h"
#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_signal.h"

#include <openssl/crypto.h>


static ngx_int_t ngx_secmeet_room_secrets(ngx_secmeet_room_t *room,
    ngx_str_t *proof, u_char *token);
static void ngx_secmeet_room_timer(ngx_event_t *ev);
static void ngx_secmeet_room_close_handler(ngx_event_t *ev);


ngx_int_t
ngx_secmeet_room_create(ngx_secmeet_worker_t *worker,
    ngx_secmeet_conf_t *conf, u_char *tag, ngx_str_t *proof, u_char *token)
{
    ngx_int_t            rc;
    ngx_secmeet_room_t  *room;

    if (worker->nrooms >= worker->rooms_max) {
        return NGX_BUSY;
    }

    room = ngx_calloc(sizeof(ngx_secmeet_room_t), worker->log);
    if (room == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_secmeet_room_secrets(room, proof, token);

    if (rc == NGX_OK) {
        rc = ngx_secmeet_tags_claim(worker->tags, tag);
    }

    if (rc != NGX_OK) {
        ngx_secmeet_free(room, sizeof(ngx_secmeet_room_t));
        return rc;
    }

    ngx_memcpy(room->tag, tag, NGX_SECMEET_TAG);
    room->node.str.data = room->tag;
    room->node.str.len = NGX_SECMEET_TAG;
    room->node.node.key = ngx_crc32_short(room->tag, NGX_SECMEET_TAG);
    room->worker = worker;
    room->conf = *conf;

    ngx_queue_init(&room->peers);

    room->timer.handler = ngx_secmeet_room_timer;
    room->timer.data = room;
    room->timer.log = worker->log;

    room->close.handler = ngx_secmeet_room_close_handler;
    room->close.data = room;
    room->close.log = worker->log;

    ngx_rbtree_insert(&worker->rooms, &room->node.node);
    worker->nrooms++;

    ngx_add_timer(&room->timer, conf->join_timeout);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_room_secrets(ngx_secmeet_room_t *room, ngx_str_t *proof,
    u_char *token)
{
    ngx_str_t  text;

    if (ngx_secmeet_random(room->key, NGX_SECMEET_SECRET) != NGX_OK
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
ngx_secmeet_room_admit(ngx_secmeet_room_t *room, ngx_str_t *proof)
{
    u_char     *hash, *key;
    ngx_int_t   rc;

    static u_char  none[NGX_SECMEET_SECRET];

    hash = room ? room->proof : none;
    key = room ? room->key : none;

    rc = ngx_secmeet_auth_check(hash, key, proof);

    if (room == NULL || room->npeers >= room->conf.peers) {
        return NGX_DECLINED;
    }

    if (!room->has_proof) {
        return proof->data ? NGX_DECLINED : NGX_OK;
    }

    return rc;
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
    ngx_queue_t         *q, *next;
    ngx_secmeet_peer_t  *peer;

    if (room->closing) {
        return;
    }

    room->closing = 1;

    for (q = ngx_queue_head(&room->peers);
         q != ngx_queue_sentinel(&room->peers);
         q = next)
    {
        next = ngx_queue_next(q);
        peer = ngx_queue_data(q, ngx_secmeet_peer_t, queue);

        ngx_secmeet_notify_end(peer, reason);
        ngx_secmeet_peer_end(peer, code);
    }

    ngx_post_event(&room->close, &ngx_posted_events);
}


void
ngx_secmeet_room_leave(ngx_secmeet_room_t *room)
{
    if (room->npeers == 0) {
        room->closing = 1;
        ngx_post_event(&room->close, &ngx_posted_events);
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

    if (room->timer.timer_set) {
        ngx_del_timer(&room->timer);
    }

    if (room->close.posted) {
        ngx_delete_posted_event(&room->close);
    }

    ngx_rbtree_delete(&worker->rooms, &room->node.node);
    worker->nrooms--;

    if (worker->forget) {
        worker->forget(room->tag);
    }

    ngx_secmeet_free(room, sizeof(ngx_secmeet_room_t));
}
