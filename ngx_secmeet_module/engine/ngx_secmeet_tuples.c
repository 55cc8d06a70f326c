
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_tuples.h"

#include <openssl/crypto.h>


#define ngx_secmeet_tuples_rotl(x, n)  ((x) << (n) | (x) >> (64 - (n)))


static void ngx_secmeet_tuples_rounds(uint64_t *v, ngx_uint_t n);
static uint64_t ngx_secmeet_tuples_word(u_char *p, size_t n);
static ngx_secmeet_tuple_t **ngx_secmeet_tuples_place(
    ngx_secmeet_tuples_t *tuples, u_char *addrs);
static void ngx_secmeet_tuples_drop(ngx_secmeet_tuples_t *tuples,
    ngx_secmeet_tuple_t **place);


void
ngx_secmeet_tuples_init(ngx_secmeet_tuples_t *tuples,
    ngx_secmeet_tuple_t *all, ngx_secmeet_tuple_t **buckets, ngx_uint_t n,
    u_char *key)
{
    ngx_memcpy(tuples->key, key, NGX_SECMEET_TUPLES_KEY);

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
    uint64_t               hash;
    ngx_secmeet_tuple_t  **place;

    hash = ngx_secmeet_tuples_hash(tuples->key, addrs,
                                   NGX_SECMEET_TUPLES_ADDRS);

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


uint64_t
ngx_secmeet_tuples_hash(u_char *key, u_char *p, size_t len)
{
    size_t    i, n;
    uint64_t  k0, k1, m, v[4];

    k0 = ngx_secmeet_tuples_word(key, 8);
    k1 = ngx_secmeet_tuples_word(key + 8, 8);

    v[0] = k0 ^ 0x736f6d6570736575ull;
    v[1] = k1 ^ 0x646f72616e646f6dull;
    v[2] = k0 ^ 0x6c7967656e657261ull;
    v[3] = k1 ^ 0x7465646279746573ull;

    for (i = 0; i <= len; i += 8) {
        n = ngx_min(len - i, 8);
        m = ngx_secmeet_tuples_word(p + i, n);

        /* the last word has the length */

        if (n < 8) {
            m |= (uint64_t) len << 56;
        }

        v[3] ^= m;
        ngx_secmeet_tuples_rounds(v, 2);
        v[0] ^= m;
    }

    v[2] ^= 0xff;
    ngx_secmeet_tuples_rounds(v, 4);

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}


static void
ngx_secmeet_tuples_rounds(uint64_t *v, ngx_uint_t n)
{
    while (n--) {
        v[0] += v[1];
        v[1] = ngx_secmeet_tuples_rotl(v[1], 13) ^ v[0];
        v[0] = ngx_secmeet_tuples_rotl(v[0], 32);
        v[2] += v[3];
        v[3] = ngx_secmeet_tuples_rotl(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = ngx_secmeet_tuples_rotl(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = ngx_secmeet_tuples_rotl(v[1], 17) ^ v[2];
        v[2] = ngx_secmeet_tuples_rotl(v[2], 32);
    }
}


/* n bytes, at most 8, the least significant first */

static uint64_t
ngx_secmeet_tuples_word(u_char *p, size_t n)
{
    uint64_t  word;

    word = 0;

    while (n--) {
        word = word << 8 | p[n];
    }

    return word;
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
