
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_stream.h>

#include "ngx_stream_secmeet_tcp.h"
#include "ngx_stream_secmeet_ingress.h"
#include "ngx_stream_secmeet_listen.h"
#include "../meeting/ngx_secmeet_tcp.h"
#include "../meeting/ngx_secmeet_wipe.h"
#include "../mesh/ngx_secmeet_dispatch.h"


#define NGX_STREAM_SECMEET_TCP_SOCKETS  4       /* of most configurations */


/* a listening socket, and whose it is besides; NULL: media's alone */
typedef struct {
    ngx_listening_t           *listening;
    ngx_connection_handler_pt  handler;
} ngx_stream_secmeet_tcp_socket_t;


/* a connection of which nothing is known yet; in its own pool */
typedef struct {
    ngx_queue_t                queue;
    ngx_connection_t          *connection;
    ngx_connection_handler_pt  handler;
} ngx_stream_secmeet_tcp_wait_t;


static void ngx_stream_secmeet_tcp_handler(ngx_connection_t *c);
static void ngx_stream_secmeet_tcp_read_handler(ngx_event_t *rev);
static void ngx_stream_secmeet_tcp_forget(
    ngx_stream_secmeet_tcp_wait_t *wait);
static void ngx_stream_secmeet_tcp_give(ngx_stream_secmeet_tcp_wait_t *wait);
static void ngx_stream_secmeet_tcp_take(ngx_stream_secmeet_tcp_wait_t *wait,
    ngx_str_t *request);
static void ngx_stream_secmeet_tcp_end(ngx_connection_t *c);


static ngx_array_t  *ngx_stream_secmeet_tcp_sockets;
static ngx_queue_t   ngx_stream_secmeet_tcp_waiting;
static ngx_uint_t    ngx_stream_secmeet_tcp_n;


ngx_int_t
ngx_stream_secmeet_tcp_add(ngx_cycle_t *cycle, ngx_secmeet_worker_t *worker,
    ngx_listening_t *ls)
{
    ngx_secmeet_listener_t           *listener;
    ngx_stream_secmeet_tcp_socket_t  *socket;

    if (worker->tcp_listeners.nelts == 0) {
        ngx_queue_init(&ngx_stream_secmeet_tcp_waiting);

        ngx_stream_secmeet_tcp_sockets = ngx_array_create(cycle->pool,
                                    NGX_STREAM_SECMEET_TCP_SOCKETS,
                                    sizeof(ngx_stream_secmeet_tcp_socket_t));
        if (ngx_stream_secmeet_tcp_sockets == NULL) {
            return NGX_ERROR;
        }
    }

    listener = ngx_array_push(&worker->tcp_listeners);
    socket = ngx_array_push(ngx_stream_secmeet_tcp_sockets);

    if (listener == NULL || socket == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(listener, sizeof(ngx_secmeet_listener_t));

    listener->sender = (ngx_socket_t) -1;

    if (ngx_stream_secmeet_ingress_listener(cycle, listener, ls) != NGX_OK) {
        return NGX_ERROR;
    }

    socket->listening = ls;
    socket->handler = ngx_stream_secmeet_listen_shared(ls) ? ls->handler
                                                           : NULL;

    ls->handler = ngx_stream_secmeet_tcp_handler;

    return NGX_OK;
}


ngx_int_t
ngx_stream_secmeet_tcp_beside(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker, ngx_array_t *sockets)
{
    ngx_uint_t        i, *number;
    ngx_listening_t  *ls;

    ls = cycle->listening.elts;
    number = sockets->elts;

    for (i = 0; i < sockets->nelts; i++) {

        if (ls[number[i]].connection
            && ngx_stream_secmeet_tcp_add(cycle, worker, &ls[number[i]])
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_stream_secmeet_tcp_close(void)
{
    ngx_queue_t                    *q;
    ngx_connection_t               *c;
    ngx_stream_secmeet_tcp_wait_t  *wait;

    while (ngx_stream_secmeet_tcp_n) {
        q = ngx_queue_head(&ngx_stream_secmeet_tcp_waiting);
        wait = ngx_queue_data(q, ngx_stream_secmeet_tcp_wait_t, queue);
        c = wait->connection;

        ngx_stream_secmeet_tcp_forget(wait);
        ngx_stream_secmeet_tcp_end(c);
    }
}


static void
ngx_stream_secmeet_tcp_handler(ngx_connection_t *c)
{
    ngx_uint_t                        i;
    ngx_queue_t                      *q;
    ngx_stream_secmeet_tcp_wait_t    *wait;
    ngx_stream_secmeet_tcp_socket_t  *sockets;

    wait = ngx_palloc(c->pool, sizeof(ngx_stream_secmeet_tcp_wait_t));
    if (wait == NULL) {
        ngx_stream_secmeet_tcp_end(c);
        return;
    }

    sockets = ngx_stream_secmeet_tcp_sockets->elts;

    for (i = 0; sockets[i].listening != c->listening; i++) { /* void */ }

    /* the one that has been silent longest makes room */

    if (ngx_stream_secmeet_tcp_n == NGX_STREAM_SECMEET_TCP_WAITING) {
        q = ngx_queue_head(&ngx_stream_secmeet_tcp_waiting);
        ngx_stream_secmeet_tcp_give(ngx_queue_data(q,
                                    ngx_stream_secmeet_tcp_wait_t, queue));
    }

    wait->connection = c;
    wait->handler = sockets[i].handler;

    ngx_queue_insert_tail(&ngx_stream_secmeet_tcp_waiting, &wait->queue);
    ngx_stream_secmeet_tcp_n++;

    c->data = wait;
    c->read->handler = ngx_stream_secmeet_tcp_read_handler;

    ngx_add_timer(c->read, NGX_STREAM_SECMEET_TCP_TIMEOUT);
    ngx_reusable_connection(c, 1);

    ngx_stream_secmeet_tcp_read_handler(c->read);
}


static void
ngx_stream_secmeet_tcp_read_handler(ngx_event_t *rev)
{
    ngx_int_t                       rc;
    ngx_str_t                       request;
    ngx_connection_t               *c;
    ngx_stream_secmeet_tcp_wait_t  *wait;

    c = rev->data;
    wait = c->data;

    if (c->close) {
        rc = NGX_ERROR;

    } else if (rev->timedout) {
        rev->timedout = 0;
        rc = ngx_exiting ? NGX_ERROR : NGX_DECLINED;

    } else {
        rc = ngx_secmeet_tcp_peek(c->fd, &request);
    }

    if (rc == NGX_AGAIN) {
        rev->ready = 0;

        if (ngx_handle_read_event(rev, 0) == NGX_OK) {
            return;
        }

        rc = NGX_ERROR;
    }

    switch (rc) {

    case NGX_OK:
        ngx_stream_secmeet_tcp_take(wait, &request);
        return;

    case NGX_DECLINED:
        ngx_stream_secmeet_tcp_give(wait);
        return;

    default: /* NGX_ERROR */
        ngx_stream_secmeet_tcp_forget(wait);
        ngx_stream_secmeet_tcp_end(c);
        return;
    }
}


static void
ngx_stream_secmeet_tcp_forget(ngx_stream_secmeet_tcp_wait_t *wait)
{
    ngx_connection_t  *c;

    c = wait->connection;

    ngx_queue_remove(&wait->queue);
    ngx_stream_secmeet_tcp_n--;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    ngx_reusable_connection(c, 0);

    c->data = NULL;
}


/* not media: to whoever else listens there, as if it had just come */

static void
ngx_stream_secmeet_tcp_give(ngx_stream_secmeet_tcp_wait_t *wait)
{
    ngx_connection_t           *c;
    ngx_connection_handler_pt   handler;

    c = wait->connection;
    handler = wait->handler;

    ngx_stream_secmeet_tcp_forget(wait);

    if (handler == NULL) {
        ngx_secmeet_worker->counters[NGX_SECMEET_DROP_UNKNOWN]++;
        ngx_stream_secmeet_tcp_end(c);
        return;
    }

    /* what was looked at is still to be read */

    c->read->ready = 1;

    handler(c);
}


/* the socket alone goes on, in this worker or in another one */

static void
ngx_stream_secmeet_tcp_take(ngx_stream_secmeet_tcp_wait_t *wait,
    ngx_str_t *request)
{
    ngx_pool_t        *pool;
    ngx_socket_t       fd;
    ngx_connection_t  *c;

    c = wait->connection;

    ngx_stream_secmeet_tcp_forget(wait);

    if (c->read->active && ngx_del_conn) {
        ngx_del_conn(c, 0);

    } else if (c->read->active) {
        ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

#if (NGX_STAT_STUB)
    (void) ngx_atomic_fetch_add(ngx_stat_active, -1);
#endif

    fd = c->fd;
    pool = c->pool;

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;

    ngx_destroy_pool(pool);

    if (ngx_secmeet_dispatch_socket(ngx_secmeet_worker, fd, request)
        != NGX_OK)
    {
        ngx_secmeet_wipe();
    }
}


static void
ngx_stream_secmeet_tcp_end(ngx_connection_t *c)
{
    ngx_pool_t  *pool;

#if (NGX_STAT_STUB)
    (void) ngx_atomic_fetch_add(ngx_stat_active, -1);
#endif

    pool = c->pool;

    ngx_close_connection(c);
    ngx_destroy_pool(pool);
}
