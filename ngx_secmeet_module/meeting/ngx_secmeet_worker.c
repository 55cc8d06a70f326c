
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_worker.h"
#include "ngx_secmeet_path.h"
#include "ngx_secmeet_room.h"
#include "ngx_secmeet_tcp.h"
#include "../wire/ngx_secmeet_ws.h"

#include <jansson.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>


static void *ngx_secmeet_json_alloc(size_t size);
static void ngx_secmeet_json_free(void *p);


ngx_secmeet_worker_t  *ngx_secmeet_worker;


ngx_str_t  ngx_secmeet_counter_names[] = {
    ngx_string("in"),
    ngx_string("out"),
    ngx_string("forwarded"),
    ngx_string("resent"),
    ngx_string("relayed"),
    ngx_string("drop-unknown"),
    ngx_string("drop-truncated"),
    ngx_string("drop-stun"),
    ngx_string("drop-ufrag"),
    ngx_string("drop-integrity"),
    ngx_string("drop-paths"),
    ngx_string("drop-tuple"),
    ngx_string("drop-dtls"),
    ngx_string("drop-handshake"),
    ngx_string("drop-early"),
    ngx_string("drop-ssrc"),
    ngx_string("drop-srtp"),
    ngx_string("drop-srtcp"),
    ngx_string("drop-replay"),
    ngx_string("drop-rtp"),
    ngx_string("drop-rtcp"),
    ngx_string("drop-pt"),
    ngx_string("drop-silenced"),
    ngx_string("drop-rate"),
    ngx_string("drop-size"),
    ngx_string("drop-send")
};


ngx_int_t
ngx_secmeet_worker_init(ngx_cycle_t *cycle, ngx_secmeet_tags_t *tags,
    ngx_uint_t rooms_max)
{
    ngx_uint_t             i;
    ngx_secmeet_worker_t  *worker;

    worker = ngx_pcalloc(cycle->pool, sizeof(ngx_secmeet_worker_t));
    if (worker == NULL) {
        return NGX_ERROR;
    }

    worker->log = cycle->log;
    worker->tags = tags;
    worker->rooms_max = rooms_max;

    if (ngx_secmeet_random_hex(worker->id, NGX_SECMEET_WORKER_ID)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_rbtree_init(&worker->rooms, &worker->rooms_sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_rbtree_init(&worker->transports, &worker->transports_sentinel,
                    ngx_str_rbtree_insert_value);

    for (i = 0; i < NGX_SECMEET_WORKER_PATHS; i++) {
        ngx_queue_init(&worker->paths[i]);
    }

    ngx_queue_init(&worker->dead);
    ngx_secmeet_path_init();
    ngx_secmeet_tcp_init();

    worker->reap.handler = ngx_secmeet_path_reap;
    worker->reap.data = worker;
    worker->reap.log = cycle->log;

    if (ngx_array_init(&worker->listeners, cycle->pool, 4,
                       sizeof(ngx_secmeet_listener_t))
        != NGX_OK
        || ngx_array_init(&worker->tcp_listeners, cycle->pool, 4,
                          sizeof(ngx_secmeet_listener_t))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    worker->dtls = ngx_secmeet_dtls_ctx_create();
    if (worker->dtls == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: OpenSSL made no certificate for DTLS");
        return NGX_ERROR;
    }

    if (ngx_secmeet_output_init(&worker->output, cycle->log) != NGX_OK) {
        ngx_secmeet_dtls_ctx_free(worker->dtls);
        return NGX_ERROR;
    }

    /* what people wrote must not stay in freed memory */
    json_set_alloc_funcs(ngx_secmeet_json_alloc, ngx_secmeet_json_free);

    ngx_secmeet_worker = worker;

    return NGX_OK;
}


void
ngx_secmeet_worker_close(ngx_secmeet_worker_t *worker)
{
    ngx_rbtree_node_t   *node;
    ngx_secmeet_room_t  *room;

    while (worker->rooms.root != worker->rooms.sentinel) {
        node = worker->rooms.root;
        room = (ngx_secmeet_room_t *) node;

        ngx_secmeet_room_end(room, "stop", NGX_SECMEET_WS_AWAY);
        ngx_secmeet_room_close(room);
    }

    ngx_secmeet_path_reap(&worker->reap);

    if (worker->reap.posted) {
        ngx_delete_posted_event(&worker->reap);
    }

    ngx_secmeet_output_flush(&worker->output);
    ngx_secmeet_output_free(&worker->output);
    ngx_secmeet_dtls_ctx_free(worker->dtls);

    OPENSSL_cleanse(worker->ticket, NGX_SECMEET_SECRET);

    ngx_secmeet_worker = NULL;
}


void
ngx_secmeet_worker_end(ngx_secmeet_worker_t *worker, const char *reason,
    ngx_uint_t code)
{
    ngx_rbtree_node_t  *node;

    if (worker->rooms.root == worker->rooms.sentinel) {
        return;
    }

    for (node = ngx_rbtree_min(worker->rooms.root, worker->rooms.sentinel);
         node;
         node = ngx_rbtree_next(&worker->rooms, node))
    {
        ngx_secmeet_room_end((ngx_secmeet_room_t *) node, reason, code);
    }
}


ngx_secmeet_usec_t
ngx_secmeet_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (ngx_secmeet_usec_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


ngx_int_t
ngx_secmeet_random(void *p, size_t len)
{
    return RAND_bytes(p, len) == 1 ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_secmeet_random_hex(u_char *p, size_t len)
{
    u_char  bytes[64];

    if (ngx_secmeet_random(bytes, (len + 1) / 2) != NGX_OK) {
        return NGX_ERROR;
    }

    (void) ngx_hex_dump(p, bytes, len / 2);

    return NGX_OK;
}


void
ngx_secmeet_destroy_pool(ngx_pool_t *pool)
{
    u_char            *p;
    ngx_pool_t        *block;
    ngx_pool_large_t  *large;

    /* these go first: what lists them lies in the blocks */

    for (large = pool->large; large; large = large->next) {
        if (large->alloc) {
            ngx_secmeet_free(large->alloc, malloc_usable_size(large->alloc));
        }
    }

    pool->large = NULL;

    /* the first block also holds the pool's own header */

    for (block = pool->d.next; block; block = block->d.next) {
        p = (u_char *) block + sizeof(ngx_pool_data_t);
        OPENSSL_cleanse(p, block->d.last - p);
    }

    p = (u_char *) pool + sizeof(ngx_pool_t);
    OPENSSL_cleanse(p, pool->d.last - p);

    ngx_destroy_pool(pool);
}


void
ngx_secmeet_free(void *p, size_t size)
{
    if (p) {
        OPENSSL_cleanse(p, size);
        ngx_free(p);
    }
}


static void *
ngx_secmeet_json_alloc(size_t size)
{
    return malloc(size);
}


static void
ngx_secmeet_json_free(void *p)
{
    if (p) {
        OPENSSL_cleanse(p, malloc_usable_size(p));
        free(p);
    }
}
