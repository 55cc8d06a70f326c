
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_tags.h"
#include "ngx_secmeet_auth.h"
#include "ngx_secmeet_worker.h"

#include <openssl/crypto.h>


ngx_int_t
ngx_secmeet_tags_init_zone(ngx_shm_zone_t *zone, void *data)
{
    size_t                     size;
    ngx_secmeet_tags_t        *tags, *otags;
    ngx_secmeet_tags_table_t  *table;

    tags = zone->data;
    otags = data;

    if (otags) {
        tags->table = otags->table;
        tags->shpool = otags->shpool;
        tags->slots = otags->slots;
        tags->stats = otags->stats;
        return NGX_OK;
    }

    tags->shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (zone->shm.exists) {
        tags->table = tags->shpool->data;
        tags->slots = tags->table->workers;
        tags->stats = tags->table->stats;
        return NGX_OK;
    }

    table = ngx_slab_calloc(tags->shpool, sizeof(ngx_secmeet_tags_table_t));
    if (table == NULL) {
        return NGX_ERROR;
    }

    if (ngx_secmeet_random(table->key, NGX_SECMEET_SECRET) != NGX_OK) {
        return NGX_ERROR;
    }

    table->workers = ngx_slab_calloc(tags->shpool, NGX_SECMEET_TAGS_WORKERS
                                                   * NGX_SECMEET_TAGS_WORKER);
    if (table->workers == NULL) {
        return NGX_ERROR;
    }

    table->stats = ngx_slab_calloc(tags->shpool, sizeof(ngx_secmeet_stats_t));
    if (table->stats == NULL) {
        return NGX_ERROR;
    }

    /* the largest power of two that the zone holds */

    table->n = 1;
    size = zone->shm.size / NGX_SECMEET_TAGS_HASH;

    while (table->n * 2 <= size) {
        table->n *= 2;
    }

    tags->shpool->log_nomem = 0;

    for ( ;; ) {
        table->slots = ngx_slab_calloc(tags->shpool,
                                       table->n * NGX_SECMEET_TAGS_HASH);
        if (table->slots || table->n == 1) {
            break;
        }

        table->n /= 2;
    }

    if (table->slots == NULL) {
        return NGX_ERROR;
    }

    table->max = table->n / 4 * 3;

    tags->table = table;
    tags->slots = table->workers;
    tags->stats = table->stats;
    tags->shpool->data = table;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_tags_claim(ngx_secmeet_tags_t *tags, u_char *tag)
{
    u_char                    *slot;
    u_char                     hash[NGX_SECMEET_SECRET];
    uint32_t                   first;
    ngx_int_t                  rc;
    ngx_uint_t                 i;
    ngx_secmeet_tags_table_t  *table;

    static u_char              empty[NGX_SECMEET_TAGS_HASH];

    if (tags->file) {
        return ngx_secmeet_tags_file_claim(tags->file, tag);
    }

    table = tags->table;

    if (ngx_secmeet_auth_hash(hash, table->key, tag, NGX_SECMEET_TAG)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(&first, hash, sizeof(uint32_t));
    i = first;

    ngx_shmtx_lock(&tags->shpool->mutex);

    for ( ;; i++) {
        slot = table->slots + (i & (table->n - 1)) * NGX_SECMEET_TAGS_HASH;

        if (ngx_memcmp(slot, hash, NGX_SECMEET_TAGS_HASH) == 0) {
            rc = NGX_DECLINED;
            break;
        }

        if (ngx_memcmp(slot, empty, NGX_SECMEET_TAGS_HASH) == 0) {
            rc = NGX_BUSY;

            if (table->used < table->max) {
                ngx_memcpy(slot, hash, NGX_SECMEET_TAGS_HASH);
                table->used++;
                rc = NGX_OK;
            }

            break;
        }
    }

    ngx_shmtx_unlock(&tags->shpool->mutex);

    OPENSSL_cleanse(hash, sizeof(hash));

    return rc;
}
