
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_tuples.h"

#include <openssl/crypto.h>


static ngx_secmeet_tuple_t **ngx_secmeet_tuples_place(
    ngx_secmeet_tuples_t *tuples, u_char *addrs);
static void ngx_secmeet_tuples_drop(ngx_secmeet_tuples_t *tuples,
    ngx_secmeet_tuple_t **place);


void
ngx_secmeet_tuples_init(ngx_secmeet_tuples_t *tuples,
    ngx_secmeet_tuple_t *all, ngx_secmeet_tuple_t **buckets, ngx_uint_t n)
{
    tuples->all = all;
    tuples->buckets = buckets;
    tuples->n = n;
    tuples->nused = 0;

    ngx_queue_init(&tuples->used);
    ngx_queue_init(&tuples->free);
}


void
ngx_secmeet_tuples_add(ngx_secmeet_tuples_t *tuples, u_char *addrs,
    u_char *id)
{
    ngx_queue_t          *q;
    ngx_secmeet_tuple_t  *tuple, **place;

    place = ngx_secmeet_tuples_place(tuples, addrs);

    if (*place) {
        ngx_memcpy((*place)->id, id, NGX_SECMEET_WORKER_ID);
        return;
    }

    if (!ngx_queue_empty(&tuples->free)) {
        q = ngx_queue_head(&tuples->free);
        ngx_queue_remove(q);
        tuple = ngx_queue_data(q, ngx_secmeet_tuple_t, queue);

    } else if (tuples->nused < tuples->n) {
        tuple = &tuples->all[tuples->nused++];

    } else {
        q = ngx_queue_head(&tuples->used);
        tuple = ngx_queue_data(q, ngx_secmeet_tuple_t, queue);

        ngx_secmeet_tuples_drop(tuples,
                                ngx_secmeet_tuples_place(tuples,
                                                         tuple->addrs));
        ngx_queue_remove(&tuple->queue);

        /* it may have been the last of the same bucket */

        place = ngx_secmeet_tuples_place(tuples, addrs);
    }

    ngx_memcpy(tuple->addrs, addrs, NGX_SECMEET_TUPLES_ADDRS);
    ngx_memcpy(tuple->id, id, NGX_SECMEET_WORKER_ID);
    tuple->next = NULL;

    *place = tuple;
    ngx_queue_insert_tail(&tuples->used, &tuple->queue);
}


void
ngx_secmeet_tuples_remove(ngx_secmeet_tuples_t *tuples, u_char *addrs,
    u_char *id)
{
    ngx_secmeet_tuple_t  **place;

    place = ngx_secmeet_tuples_place(tuples, addrs);

    if (*place && ngx_memcmp((*place)->id, id, NGX_SECMEET_WORKER_ID) == 0) {
        ngx_secmeet_tuples_drop(tuples, place);
    }
}


void
ngx_secmeet_tuples_forget(ngx_secmeet_tuples_t *tuples, u_char *id)
{
    ngx_queue_t          *q, *next;
    ngx_secmeet_tuple_t  *tuple;

    for (q = ngx_queue_head(&tuples->used);
         q != ngx_queue_sentinel(&tuples->used);
         q = next)
    {
        next = ngx_queue_next(q);
        tuple = ngx_queue_data(q, ngx_secmeet_tuple_t, queue);

        if (ngx_memcmp(tuple->id, id, NGX_SECMEET_WORKER_ID) == 0) {
            ngx_secmeet_tuples_drop(tuples,
                                    ngx_secmeet_tuples_place(tuples,
                                                             tuple->addrs));
        }
    }
}


u_char *
ngx_secmeet_tuples_find(ngx_secmeet_tuples_t *tuples, u_char *addrs)
{
    ngx_secmeet_tuple_t  *tuple;

    tuple = *ngx_secmeet_tuples_place(tuples, addrs);

    return tuple ? tuple->id : NULL;
}


/* the pointer to it, or to NULL where it would be */

static ngx_secmeet_tuple_t **
ngx_secmeet_tuples_place(ngx_secmeet_tuples_t *tuples, u_char *addrs)
{
    uint32_t               hash;
    ngx_uint_t             i;
    ngx_secmeet_tuple_t  **place;

    /* FNV-1a */

    hash = 2166136261u;

    for (i = 0; i < NGX_SECMEET_TUPLES_ADDRS; i++) {
        hash = (hash ^ addrs[i]) * 16777619u;
    }

    for (place = &tuples->buckets[hash & (tuples->n - 1)];
         *place;
         place = &(*place)->next)
    {
        if (ngx_memcmp((*place)->addrs, addrs, NGX_SECMEET_TUPLES_ADDRS)
            == 0)
        {
            break;
        }
    }

    return place;
}


static void
ngx_secmeet_tuples_drop(ngx_secmeet_tuples_t *tuples,
    ngx_secmeet_tuple_t **place)
{
    ngx_secmeet_tuple_t  *tuple;

    tuple = *place;
    *place = tuple->next;

    ngx_queue_remove(&tuple->queue);
    ngx_queue_insert_head(&tuples->free, &tuple->queue);

    OPENSSL_cleanse(tuple->addrs, NGX_SECMEET_TUPLES_ADDRS);
}
