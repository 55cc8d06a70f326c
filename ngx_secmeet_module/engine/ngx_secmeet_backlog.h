
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What waits to be sent, by the numbers that it has: first in, first out.
 * Its owners are whoever the caller says.  When it is full, the oldest one
 * goes of whoever has more than half of it, or else of somebody: the burst
 * of one does not cost others.
 */


#ifndef _NGX_SECMEET_BACKLOG_H_INCLUDED_
#define _NGX_SECMEET_BACKLOG_H_INCLUDED_


#include "../ngx_secmeet.h"


typedef struct {
    void                     *owner;            /* NULL: it is forgotten */
    uint16_t                  seq;
    ngx_secmeet_usec_t        due;
} ngx_secmeet_backlog_item_t;


typedef struct {
    ngx_secmeet_backlog_item_t  *items;
    ngx_uint_t                size;
    ngx_uint_t                first;
    ngx_uint_t                n;                /* forgotten ones included */
} ngx_secmeet_backlog_t;


void ngx_secmeet_backlog_init(ngx_secmeet_backlog_t *backlog,
    ngx_secmeet_backlog_item_t *items, ngx_uint_t size);

void ngx_secmeet_backlog_put(ngx_secmeet_backlog_t *backlog, void *owner,
    uint16_t seq, ngx_secmeet_usec_t due);

/* the oldest one; NULL: there is none */
ngx_secmeet_backlog_item_t *ngx_secmeet_backlog_first(
    ngx_secmeet_backlog_t *backlog);

/* it leaves; there is one */
void ngx_secmeet_backlog_take(ngx_secmeet_backlog_t *backlog,
    ngx_secmeet_backlog_item_t *item);

/* all of this owner */
void ngx_secmeet_backlog_forget(ngx_secmeet_backlog_t *backlog, void *owner);


#endif /* _NGX_SECMEET_BACKLOG_H_INCLUDED_ */
