
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_relay.h"
#include "ngx_secmeet_guest.h"
#include "ngx_secmeet_remote.h"
#include "../meeting/ngx_secmeet_path.h"
#include "../wire/ngx_secmeet_rtp.h"


#define NGX_SECMEET_RELAY_HEAD  (2 * NGX_SECMEET_GUEST_ADDR)


typedef struct {
    u_char                    addrs[NGX_SECMEET_RELAY_HEAD];
    u_char                    id[NGX_SECMEET_WORKER_ID];
} ngx_secmeet_tuple_t;


static ngx_int_t ngx_secmeet_relay_send(ngx_secmeet_datagram_t *dg,
    u_char *id);
static void ngx_secmeet_relay_confirm(ngx_secmeet_link_t *link,
    ngx_secmeet_datagram_t *dg);
static void ngx_secmeet_relay_tell(ngx_secmeet_link_t *link, u_char *addrs);
static ngx_secmeet_tuple_t *ngx_secmeet_relay_slot(u_char *addrs);
static ngx_secmeet_listener_t *ngx_secmeet_relay_listener(
    ngx_secmeet_addr_t *local);


static ngx_secmeet_tuple_t  *ngx_secmeet_tuples;


ngx_int_t
ngx_secmeet_relay_init(ngx_secmeet_worker_t *worker)
{
    ngx_secmeet_tuples = ngx_calloc(NGX_SECMEET_RELAY_TUPLES
                                    * sizeof(ngx_secmeet_tuple_t),
                                    worker->log);

    return ngx_secmeet_tuples ? NGX_OK : NGX_ERROR;
}


void
ngx_secmeet_relay_free(void)
{
    ngx_secmeet_free(ngx_secmeet_tuples, NGX_SECMEET_RELAY_TUPLES
                                         * sizeof(ngx_secmeet_tuple_t));
    ngx_secmeet_tuples = NULL;
}


ngx_int_t
ngx_secmeet_relay_stun(ngx_secmeet_datagram_t *dg, u_char *id)
{
    return ngx_secmeet_relay_send(dg, id);
}


ngx_int_t
ngx_secmeet_relay_other(ngx_secmeet_datagram_t *dg)
{
    u_char                addrs[NGX_SECMEET_RELAY_HEAD];
    ngx_secmeet_tuple_t  *tuple;

    (void) ngx_secmeet_addr_write(ngx_secmeet_addr_write(addrs, &dg->local),
                                  &dg->remote);

    tuple = ngx_secmeet_relay_slot(addrs);

    if (ngx_memcmp(tuple->addrs, addrs, NGX_SECMEET_RELAY_HEAD) != 0) {
        return NGX_DECLINED;
    }

    return ngx_secmeet_relay_send(dg, tuple->id);
}


static ngx_int_t
ngx_secmeet_relay_send(ngx_secmeet_datagram_t *dg, u_char *id)
{
    u_char               *p;
    ngx_secmeet_link_t   *link;
    ngx_secmeet_frame_t   frame;

    static u_char         data[NGX_SECMEET_RELAY_HEAD + NGX_SECMEET_MTU];

    if (dg->relayed) {
        return NGX_DECLINED;
    }

    link = ngx_secmeet_link_find(&ngx_secmeet_mesh, id);

    if (link == NULL) {
        return NGX_DECLINED;
    }

    p = ngx_secmeet_addr_write(data, &dg->local);
    p = ngx_secmeet_addr_write(p, &dg->remote);
    p = ngx_cpymem(p, dg->start, dg->len);

    ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

    frame.type = NGX_SECMEET_FRAME_DATAGRAM;
    frame.payload.data = data;
    frame.payload.len = p - data;

    if (ngx_secmeet_link_send(link, &frame) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_secmeet_mesh.worker->counters[NGX_SECMEET_RELAYED]++;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_relay_datagram(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    u_char                  *p, *end;
    ngx_secmeet_worker_t    *worker;
    ngx_secmeet_datagram_t   dg;

    worker = ngx_secmeet_mesh.worker;

    p = frame->payload.data;
    end = p + frame->payload.len;

    p = ngx_secmeet_addr_read(p, end, &dg.local);
    p = ngx_secmeet_addr_read(p, end, &dg.remote);

    if (p == NULL || end - p > NGX_SECMEET_MTU
        || dg.local.len == 0 || dg.remote.len == 0)
    {
        return NGX_ERROR;
    }

    dg.listener = ngx_secmeet_relay_listener(&dg.local);

    if (dg.listener == NULL) {
        worker->counters[NGX_SECMEET_DROP_TUPLE]++;
        return NGX_OK;
    }

    dg.start = p;
    dg.len = end - p;
    dg.now = ngx_secmeet_now();
    dg.relayed = 1;

    if (ngx_secmeet_demux(dg.start, dg.len) != NGX_SECMEET_DEMUX_STUN) {
        (void) worker->dispatch(worker, &dg);
        return NGX_OK;
    }

    if (worker->dispatch(worker, &dg) == NGX_OK) {
        ngx_secmeet_relay_confirm(link, &dg);
    }

    return NGX_OK;
}


/*
 * An authenticated request has made or kept a path: what else comes from
 * there is ours.  Without a socket of our own it may come to any worker.
 */

static void
ngx_secmeet_relay_confirm(ngx_secmeet_link_t *link,
    ngx_secmeet_datagram_t *dg)
{
    u_char               addrs[NGX_SECMEET_RELAY_HEAD];
    ngx_queue_t         *q;
    ngx_secmeet_path_t  *path;

    path = ngx_secmeet_path_find(ngx_secmeet_mesh.worker, dg);

    if (path == NULL) {
        return;
    }

    (void) ngx_secmeet_addr_write(ngx_secmeet_addr_write(addrs, &dg->local),
                                  &dg->remote);

    if (path->connection) {
        ngx_secmeet_relay_tell(link, addrs);
        return;
    }

    for (q = ngx_queue_head(&ngx_secmeet_mesh.links);
         q != ngx_queue_sentinel(&ngx_secmeet_mesh.links);
         q = ngx_queue_next(q))
    {
        ngx_secmeet_relay_tell(ngx_queue_data(q, ngx_secmeet_link_t, queue),
                               addrs);
    }
}


static void
ngx_secmeet_relay_tell(ngx_secmeet_link_t *link, u_char *addrs)
{
    ngx_secmeet_frame_t  frame;

    ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

    frame.type = NGX_SECMEET_FRAME_TUPLE;
    frame.payload.data = addrs;
    frame.payload.len = NGX_SECMEET_RELAY_HEAD;

    (void) ngx_secmeet_link_send(link, &frame);
}


ngx_int_t
ngx_secmeet_relay_tuple(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    ngx_secmeet_tuple_t  *tuple;

    if (frame->payload.len != NGX_SECMEET_RELAY_HEAD) {
        return NGX_ERROR;
    }

    tuple = ngx_secmeet_relay_slot(frame->payload.data);

    ngx_memcpy(tuple->addrs, frame->payload.data, NGX_SECMEET_RELAY_HEAD);
    ngx_memcpy(tuple->id, link->id, NGX_SECMEET_WORKER_ID);

    return NGX_OK;
}


static ngx_secmeet_tuple_t *
ngx_secmeet_relay_slot(u_char *addrs)
{
    uint32_t  hash;

    hash = ngx_crc32_short(addrs, NGX_SECMEET_RELAY_HEAD);

    return &ngx_secmeet_tuples[hash & (NGX_SECMEET_RELAY_TUPLES - 1)];
}


/* ours of that port, since another generation may listen elsewhere */

static ngx_secmeet_listener_t *
ngx_secmeet_relay_listener(ngx_secmeet_addr_t *local)
{
    ngx_uint_t               i;
    ngx_secmeet_worker_t    *worker;
    ngx_secmeet_listener_t  *listeners, *found;

    worker = ngx_secmeet_mesh.worker;
    listeners = worker->listeners.elts;
    found = NULL;

    for (i = 0; i < worker->listeners.nelts; i++) {

        if (listeners[i].addr.sa.sockaddr.sa_family
            != local->sa.sockaddr.sa_family)
        {
            continue;
        }

        if (ngx_inet_get_port(&listeners[i].addr.sa.sockaddr)
            == ngx_inet_get_port(&local->sa.sockaddr))
        {
            return &listeners[i];
        }

        found = &listeners[i];
    }

    return found;
}
