
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_lobby.h"
#include "ngx_secmeet_join.h"
#include "ngx_secmeet_notify.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_ws.h"

#include <openssl/crypto.h>


static ngx_uint_t ngx_secmeet_lobby_count(ngx_secmeet_room_t *room,
    uint64_t net);
static ngx_secmeet_waiting_t *ngx_secmeet_lobby_find(
    ngx_secmeet_room_t *room, ngx_str_t *id);
static void ngx_secmeet_lobby_open(ngx_secmeet_waiting_t *waiting);


ngx_int_t
ngx_secmeet_lobby_enter(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_str_t *name)
{
    ngx_secmeet_waiting_t  *waiting;

    if (room->nwaiting == NGX_SECMEET_LOBBY
        || ngx_secmeet_lobby_count(room, signal->client.net)
           == NGX_SECMEET_LOBBY_NET)
    {
        return NGX_DECLINED;
    }

    waiting = ngx_calloc(sizeof(ngx_secmeet_waiting_t), room->worker->log);
    if (waiting == NULL) {
        return NGX_ERROR;
    }

    if (ngx_secmeet_random_hex(waiting->id, NGX_SECMEET_ID) != NGX_OK) {
        ngx_secmeet_free(waiting, sizeof(ngx_secmeet_waiting_t));
        return NGX_ERROR;
    }

    waiting->room = room;
    waiting->signal = signal;
    waiting->name.data = waiting->name_data;
    waiting->name.len = name->len;

    if (name->len) {
        ngx_memcpy(waiting->name_data, name->data, name->len);
    }

    ngx_queue_insert_tail(&room->lobby, &waiting->queue);
    room->nwaiting++;

    signal->waiting = waiting;

    ngx_secmeet_notify_waiting(signal);
    ngx_secmeet_notify_knock(room, NULL, waiting);

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_lobby_count(ngx_secmeet_room_t *room, uint64_t net)
{
    ngx_uint_t              n;
    ngx_queue_t            *q;
    ngx_secmeet_waiting_t  *waiting;

    n = 0;

    for (q = ngx_queue_head(&room->lobby);
         q != ngx_queue_sentinel(&room->lobby);
         q = ngx_queue_next(q))
    {
        waiting = ngx_queue_data(q, ngx_secmeet_waiting_t, queue);
        n += (waiting->signal->client.net == net);
    }

    return n;
}


void
ngx_secmeet_lobby_leave(ngx_secmeet_signal_t *signal)
{
    ngx_secmeet_room_t     *room;
    ngx_secmeet_waiting_t  *waiting;

    waiting = signal->waiting;

    if (waiting == NULL) {
        return;
    }

    room = waiting->room;
    signal->waiting = NULL;

    ngx_queue_remove(&waiting->queue);
    room->nwaiting--;

    ngx_secmeet_notify_gone(room, waiting);

    ngx_secmeet_free(waiting, sizeof(ngx_secmeet_waiting_t));
}


ngx_int_t
ngx_secmeet_lobby_admit(ngx_secmeet_room_t *room, ngx_str_t *id)
{
    ngx_secmeet_waiting_t  *waiting;

    waiting = ngx_secmeet_lobby_find(room, id);

    if (waiting == NULL) {
        return NGX_DECLINED;
    }

    ngx_secmeet_lobby_open(waiting);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_lobby_deny(ngx_secmeet_room_t *room, ngx_str_t *id)
{
    ngx_secmeet_waiting_t  *waiting;

    waiting = ngx_secmeet_lobby_find(room, id);

    if (waiting == NULL) {
        return NGX_DECLINED;
    }

    ngx_secmeet_signal_end(waiting->signal, NGX_SECMEET_WS_DENIED);

    return NGX_OK;
}


void
ngx_secmeet_lobby_admit_all(ngx_secmeet_room_t *room)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&room->lobby)) {
        q = ngx_queue_head(&room->lobby);
        ngx_secmeet_lobby_open(ngx_queue_data(q, ngx_secmeet_waiting_t,
                                              queue));
    }
}


/* whoever comes too late for the last place is denied */

static void
ngx_secmeet_lobby_open(ngx_secmeet_waiting_t *waiting)
{
    u_char                 id[NGX_SECMEET_ID];
    u_char                 name[NGX_SECMEET_MESSAGE_NAME];
    ngx_secmeet_room_t    *room;
    ngx_secmeet_entry_t    entry;
    ngx_secmeet_signal_t  *signal;

    room = waiting->room;
    signal = waiting->signal;

    ngx_memzero(&entry, sizeof(ngx_secmeet_entry_t));
    ngx_memcpy(id, waiting->id, NGX_SECMEET_ID);
    ngx_memcpy(name, waiting->name_data, waiting->name.len);

    entry.id = id;
    entry.link = 1;
    entry.silenced = room->silent;
    entry.name.data = name;
    entry.name.len = waiting->name.len;

    ngx_secmeet_lobby_leave(signal);

    if (room->npeers >= room->conf.peers) {
        ngx_secmeet_signal_end(signal, NGX_SECMEET_WS_DENIED);

    } else {
        ngx_secmeet_join_enter(room, signal, &entry);
    }

    OPENSSL_cleanse(name, sizeof(name));
}


void
ngx_secmeet_lobby_tell(ngx_secmeet_peer_t *peer)
{
    ngx_queue_t         *q;
    ngx_secmeet_room_t  *room;

    room = peer->room;

    for (q = ngx_queue_head(&room->lobby);
         q != ngx_queue_sentinel(&room->lobby);
         q = ngx_queue_next(q))
    {
        ngx_secmeet_notify_knock(room, peer,
                                 ngx_queue_data(q, ngx_secmeet_waiting_t,
                                                queue));
    }
}


void
ngx_secmeet_lobby_let_go(ngx_secmeet_room_t *room,
    void (*tell)(ngx_secmeet_signal_t *signal, const char *reason),
    const char *reason, ngx_uint_t code)
{
    ngx_queue_t            *q;
    ngx_secmeet_signal_t   *signal;
    ngx_secmeet_waiting_t  *waiting;

    while (!ngx_queue_empty(&room->lobby)) {
        q = ngx_queue_head(&room->lobby);
        waiting = ngx_queue_data(q, ngx_secmeet_waiting_t, queue);
        signal = waiting->signal;

        if (tell) {
            tell(signal, reason);
        }

        ngx_secmeet_signal_end(signal, code);
    }
}


static ngx_secmeet_waiting_t *
ngx_secmeet_lobby_find(ngx_secmeet_room_t *room, ngx_str_t *id)
{
    ngx_queue_t            *q;
    ngx_secmeet_waiting_t  *waiting;

    for (q = ngx_queue_head(&room->lobby);
         q != ngx_queue_sentinel(&room->lobby);
         q = ngx_queue_next(q))
    {
        waiting = ngx_queue_data(q, ngx_secmeet_waiting_t, queue);

        if (ngx_memcmp(waiting->id, id->data, NGX_SECMEET_ID) == 0) {
            return waiting;
        }
    }

    return NULL;
}
