
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_backlog.h"


static void ngx_secmeet_backlog_room(ngx_secmeet_backlog_t *backlog);
static void *ngx_secmeet_backlog_most(ngx_secmeet_backlog_t *backlog);
static ngx_secmeet_backlog_item_t *ngx_secmeet_backlog_nth(
    ngx_secmeet_backlog_t *backlog, ngx_uint_t n);


void
ngx_secmeet_backlog_init(ngx_secmeet_backlog_t *backlog,
    ngx_secmeet_backlog_item_t *items, ngx_uint_t size)
{
    backlog->items = items;
    backlog->size = size;
    backlog->first = 0;
    backlog->n = 0;
}


void
ngx_secmeet_backlog_put(ngx_secmeet_backlog_t *backlog, void *owner,
    uint16_t seq, ngx_secmeet_usec_t due)
{
    ngx_secmeet_backlog_item_t  *item;

    if (backlog->n == backlog->size) {
        ngx_secmeet_backlog_room(backlog);
    }

    item = ngx_secmeet_backlog_nth(backlog, backlog->n++);

    item->owner = owner;
    item->seq = seq;
    item->due = due;
}


static void
ngx_secmeet_backlog_room(ngx_secmeet_backlog_t *backlog)
{
    void        *owner;
    ngx_uint_t   i;

    owner = ngx_secmeet_backlog_most(backlog);

    for (i = 0; i < backlog->n - 1; i++) {
        if (ngx_secmeet_backlog_nth(backlog, i)->owner == owner) {
            break;
        }
    }

    /* those before it move up */

    for ( /* void */ ; i; i--) {
        *ngx_secmeet_backlog_nth(backlog, i)
            = *ngx_secmeet_backlog_nth(backlog, i - 1);
    }

    backlog->first = (backlog->first + 1) % backlog->size;
    backlog->n--;
}


/*
 * Whose one is to go: one that is forgotten, or else by a majority vote
 * (Boyer and Moore), which finds whoever has more than half.
 */

static void *
ngx_secmeet_backlog_most(ngx_secmeet_backlog_t *backlog)
{
    void        *owner, *most;
    ngx_uint_t   i, votes;

    most = NULL;
    votes = 0;

    for (i = 0; i < backlog->n; i++) {
        owner = ngx_secmeet_backlog_nth(backlog, i)->owner;

        if (owner == NULL) {
            return NULL;
        }

        if (votes == 0) {
            most = owner;
        }

        if (owner == most) {
            votes++;

        } else {
            votes--;
        }
    }

    return most;
}


static ngx_secmeet_backlog_item_t *
ngx_secmeet_backlog_nth(ngx_secmeet_backlog_t *backlog, ngx_uint_t n)
{
    return &backlog->items[(backlog->first + n) % backlog->size];
}


ngx_secmeet_backlog_item_t *
ngx_secmeet_backlog_first(ngx_secmeet_backlog_t *backlog)
{
    while (backlog->n && backlog->items[backlog->first].owner == NULL) {
        backlog->first = (backlog->first + 1) % backlog->size;
        backlog->n--;
    }

    return backlog->n ? &backlog->items[backlog->first] : NULL;
}


void
ngx_secmeet_backlog_take(ngx_secmeet_backlog_t *backlog,
    ngx_secmeet_backlog_item_t *item)
{
    *item = backlog->items[backlog->first];

    backlog->first = (backlog->first + 1) % backlog->size;
    backlog->n--;
}


void
ngx_secmeet_backlog_forget(ngx_secmeet_backlog_t *backlog, void *owner)
{
    ngx_uint_t                   i;
    ngx_secmeet_backlog_item_t  *item;

    for (i = 0; i < backlog->n; i++) {
        item = ngx_secmeet_backlog_nth(backlog, i);

        if (item->owner == owner) {
            item->owner = NULL;
        }
    }
}
