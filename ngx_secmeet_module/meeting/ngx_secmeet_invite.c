
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_invite.h"
#include "ngx_secmeet_auth.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_worker.h"


static void ngx_secmeet_invite_free(ngx_secmeet_room_t *room,
    ngx_secmeet_invite_t *invite);


ngx_int_t
ngx_secmeet_invite_add(ngx_secmeet_room_t *room, u_char *host,
    ngx_str_t *token, ngx_uint_t uses, ngx_uint_t seconds)
{
    ngx_secmeet_invite_t  *invite;

    if (ngx_secmeet_invite_find(room, token)
        || room->ninvites == NGX_SECMEET_INVITES)
    {
        return NGX_DECLINED;
    }

    invite = ngx_calloc(sizeof(ngx_secmeet_invite_t), room->worker->log);
    if (invite == NULL) {
        return NGX_ERROR;
    }

    if (ngx_secmeet_random_hex(invite->id, NGX_SECMEET_ID) != NGX_OK
        || ngx_secmeet_auth_keep(invite->hash, room->key, token) != NGX_OK)
    {
        ngx_secmeet_free(invite, sizeof(ngx_secmeet_invite_t));
        return NGX_ERROR;
    }

    ngx_memcpy(invite->host, host, NGX_SECMEET_ID);

    if (seconds == 0) {
        seconds = NGX_SECMEET_INVITE_SECONDS;
    }

    invite->uses = uses ? uses : NGX_SECMEET_INVITE_USES;
    invite->left = invite->uses;
    invite->expires = ngx_current_msec + seconds * 1000;

    ngx_queue_insert_tail(&room->invites, &invite->queue);
    room->ninvites++;

    return NGX_OK;
}


ngx_secmeet_invite_t *
ngx_secmeet_invite_find(ngx_secmeet_room_t *room, ngx_str_t *token)
{
    ngx_queue_t           *q;
    ngx_secmeet_invite_t  *invite;

    ngx_secmeet_invite_expire(room);

    for (q = ngx_queue_head(&room->invites);
         q != ngx_queue_sentinel(&room->invites);
         q = ngx_queue_next(q))
    {
        invite = ngx_queue_data(q, ngx_secmeet_invite_t, queue);

        if (ngx_secmeet_auth_check(invite->hash, room->key, token)
            == NGX_OK)
        {
            return invite;
        }
    }

    return NULL;
}


void
ngx_secmeet_invite_use(ngx_secmeet_room_t *room,
    ngx_secmeet_invite_t *invite)
{
    if (--invite->left == 0) {
        ngx_secmeet_invite_free(room, invite);
    }
}


ngx_int_t
ngx_secmeet_invite_revoke(ngx_secmeet_room_t *room, u_char *id)
{
    ngx_queue_t           *q;
    ngx_secmeet_invite_t  *invite;

    for (q = ngx_queue_head(&room->invites);
         q != ngx_queue_sentinel(&room->invites);
         q = ngx_queue_next(q))
    {
        invite = ngx_queue_data(q, ngx_secmeet_invite_t, queue);

        if (ngx_memcmp(invite->id, id, NGX_SECMEET_ID) == 0) {
            ngx_secmeet_invite_free(room, invite);
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_uint_t
ngx_secmeet_invite_revoke_of(ngx_secmeet_room_t *room, u_char *host)
{
    ngx_uint_t             n;
    ngx_queue_t           *q, *next;
    ngx_secmeet_invite_t  *invite;

    n = 0;

    for (q = ngx_queue_head(&room->invites);
         q != ngx_queue_sentinel(&room->invites);
         q = next)
    {
        next = ngx_queue_next(q);
        invite = ngx_queue_data(q, ngx_secmeet_invite_t, queue);

        if (ngx_memcmp(invite->host, host, NGX_SECMEET_ID) == 0) {
            ngx_secmeet_invite_free(room, invite);
            n++;
        }
    }

    return n;
}


void
ngx_secmeet_invite_expire(ngx_secmeet_room_t *room)
{
    ngx_queue_t           *q, *next;
    ngx_secmeet_invite_t  *invite;

    for (q = ngx_queue_head(&room->invites);
         q != ngx_queue_sentinel(&room->invites);
         q = next)
    {
        next = ngx_queue_next(q);
        invite = ngx_queue_data(q, ngx_secmeet_invite_t, queue);

        if ((ngx_msec_int_t) (invite->expires - ngx_current_msec) <= 0) {
            ngx_secmeet_invite_free(room, invite);
        }
    }
}


void
ngx_secmeet_invite_close(ngx_secmeet_room_t *room)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&room->invites)) {
        q = ngx_queue_head(&room->invites);
        ngx_secmeet_invite_free(room, ngx_queue_data(q, ngx_secmeet_invite_t,
                                                     queue));
    }
}


static void
ngx_secmeet_invite_free(ngx_secmeet_room_t *room,
    ngx_secmeet_invite_t *invite)
{
    ngx_queue_remove(&invite->queue);
    room->ninvites--;

    ngx_secmeet_free(invite, sizeof(ngx_secmeet_invite_t));
}
