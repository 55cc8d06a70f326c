
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_backlog.h"
#include "tap.h"


#define SIZE  16


static ngx_secmeet_backlog_t       backlog;
static ngx_secmeet_backlog_item_t  items[SIZE];

static char  ada, bob, cy;


static void put(void *owner, ngx_uint_t from, ngx_uint_t n);
static ngx_int_t next(void *owner);
static ngx_uint_t count(void *owner);


int
main(void)
{
    ngx_uint_t  i;

    ngx_secmeet_backlog_init(&backlog, items, SIZE);
    ok(ngx_secmeet_backlog_first(&backlog) == NULL, "empty at first");

    put(&ada, 10, 2);
    put(&bob, 20, 1);
    put(&ada, 12, 1);
    is_int(backlog.items[0].due, 10000, "with the time");
    is_int(next(&ada), 10, "in order");
    is_int(next(&ada), 11, "of one");
    is_int(next(&bob), 20, "and of another");
    is_int(next(&ada), 12, "to the last");
    ok(ngx_secmeet_backlog_first(&backlog) == NULL, "empty again");

    /* full: one owner */

    put(&ada, 100, SIZE);
    is_int(count(&ada), SIZE, "as many as there is room for");
    put(&ada, 100 + SIZE, 1);
    is_int(count(&ada), SIZE, "and not one more");
    is_int(next(&ada), 101, "the oldest one has gone");

    /* who has most of it pays */

    ngx_secmeet_backlog_init(&backlog, items, SIZE);
    put(&bob, 1, 3);
    put(&ada, 100, SIZE - 3);
    put(&ada, 200, 50);
    is_int(count(&bob), 3, "a burst costs nobody else");
    put(&bob, 4, 2);
    is_int(count(&bob), 5, "others find room");
    put(&cy, 50, 2);
    is_int(count(&cy), 2, "newcomers too");
    is_int(count(&ada), SIZE - 7, "the burst is cut");

    for (i = 1; i <= 3; i++) {
        is_int(next(&bob), i, "whoever was first is first");
    }

    is_int(next(&ada), 200 + 50 - (SIZE - 7), "its latest are kept");

    /* who has gone */

    ngx_secmeet_backlog_init(&backlog, items, SIZE);
    put(&ada, 1, 4);
    put(&bob, 10, 1);
    put(&ada, 5, 1);
    put(&bob, 11, 1);
    ngx_secmeet_backlog_forget(&backlog, &ada);
    is_int(next(&bob), 10, "what is forgotten is left out");
    is_int(next(&bob), 11, "wherever it was");
    ok(ngx_secmeet_backlog_first(&backlog) == NULL, "and no more");

    put(&ada, 1, SIZE);
    ngx_secmeet_backlog_forget(&backlog, &ada);
    put(&bob, 1, SIZE);
    is_int(count(&bob), SIZE, "what is forgotten makes room");
    is_int(next(&bob), 1, "for all");

    return done();
}


static void
put(void *owner, ngx_uint_t from, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        ngx_secmeet_backlog_put(&backlog, owner, (uint16_t) (from + i),
                                (from + i) * 1000);
    }
}


/* -1: it is another's, or there is none */

static ngx_int_t
next(void *owner)
{
    ngx_secmeet_backlog_item_t  *first, item;

    first = ngx_secmeet_backlog_first(&backlog);

    if (first == NULL || first->owner != owner) {
        return -1;
    }

    ngx_secmeet_backlog_take(&backlog, &item);

    return item.seq;
}


static ngx_uint_t
count(void *owner)
{
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < backlog.n; i++) {
        n += (backlog.items[(backlog.first + i) % SIZE].owner == owner);
    }

    return n;
}
