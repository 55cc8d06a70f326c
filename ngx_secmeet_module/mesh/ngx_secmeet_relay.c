
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_relay.h"
#include "ngx_secmeet_guest.h"
#include "ngx_secmeet_remote.h"
#include "../engine/ngx_secmeet_tuples.h"
#include "../meeting/ngx_secmeet_path.h"
#include "../meeting/ngx_secmeet_wipe.h"
#include "../wire/ngx_secmeet_rtp.h"

#include <openssl/crypto.h>


#define NGX_SECMEET_RELAY_HEAD    NGX_SECMEET_TUPLES_ADDRS

/* tuples in one frame */
#define NGX_SECMEET_RELAY_FRAME                                              \
    (NGX_SECMEET_LINK_PAYLOAD / NGX_SECMEET_RELAY_HEAD)


static void ngx_secmeet_relay_wait(ngx_event_t *ev);
static void ngx_secmeet_relay_told(ngx_secmeet_link_t *link);
static void ngx_secmeet_relay_confirm(ngx_secmeet_link_t *link,
    ngx_secmeet_datagram_t *dg);
static ngx_int_t ngx_secmeet_relay_send(ngx_secmeet_datagram_t *dg,
    u_char *id);
static void ngx_secmeet_relay_path(ngx_secmeet_path_t *path,
    ngx_uint_t open);
static void ngx_secmeet_relay_addrs(u_char *addrs, ngx_secmeet_addr_t *local,
    ngx_secmeet_addr_t *remote);
static ngx_int_t ngx_secmeet_relay_tell(ngx_secmeet_link_t *link,
    ngx_uint_t type, ngx_uint_t flags, u_char *addrs, ngx_uint_t n);
static ngx_secmeet_listener_t *ngx_secmeet_relay_listener(
    ngx_secmeet_addr_t *local);


static ngx_secmeet_tuples_t  ngx_secmeet_tuples;
static ngx_event_t           ngx_secmeet_relay_event;
static ngx_connection_t      ngx_secmeet_relay_dummy;
static ngx_uint_t            ngx_secmeet_relay_awaited;


ngx_int_t
ngx_secmeet_relay_init(ngx_secmeet_worker_t *worker)
{
    u_char                 key[NGX_SECMEET_TUPLES_KEY];
    ngx_event_t           *ev;
    ngx_secmeet_tuple_t   *all;
    ngx_secmeet_tuple_t  **buckets;

    /* pages that are not used are not there */

    all = ngx_alloc(NGX_SECMEET_RELAY_TUPLES * sizeof(ngx_secmeet_tuple_t),
                    worker->log);
    buckets = ngx_calloc(NGX_SECMEET_RELAY_TUPLES
                         * sizeof(ngx_secmeet_tuple_t *), worker->log);

    if (all == NULL || buckets == NULL
        || ngx_secmeet_random(key, NGX_SECMEET_TUPLES_KEY) != NGX_OK)
    {
        ngx_free(all);
        ngx_free(buckets);
        return NGX_ERROR;
    }

    ngx_secmeet_tuples_init(&ngx_secmeet_tuples, all, buckets,
                            NGX_SECMEET_RELAY_TUPLES, key);

    ev = &ngx_secmeet_relay_event;
    ngx_memzero(ev, sizeof(ngx_event_t));

    ngx_secmeet_relay_dummy.fd = (ngx_socket_t) -1;

    ev->handler = ngx_secmeet_relay_wait;
    ev->data = &ngx_secmeet_relay_dummy;
    ev->log = worker->log;
    ev->cancelable = 1;

    worker->relay = ngx_secmeet_relay_path;

    return NGX_OK;
}


void
ngx_secmeet_relay_free(void)
{
    if (ngx_secmeet_relay_event.timer_set) {
        ngx_del_timer(&ngx_secmeet_relay_event);
    }

    ngx_secmeet_free(ngx_secmeet_tuples.all,
                     ngx_secmeet_tuples.nused * sizeof(ngx_secmeet_tuple_t));
    ngx_free(ngx_secmeet_tuples.buckets);

    ngx_memzero(&ngx_secmeet_tuples, sizeof(ngx_secmeet_tuples_t));
}


/*
 * Datagrams of paths that have no socket of their own come to any worker.
 * Before it knows whose they are, a new one takes none from the listening
 * sockets: there they wait.
 */

void
ngx_secmeet_relay_meet(void)
{
    u_char              *id;
    ngx_dir_t            dir;
    ngx_secmeet_mesh_t  *mesh;
    ngx_secmeet_link_t  *link;

    mesh = &ngx_secmeet_mesh;

    if (ngx_open_dir(&mesh->run.path, &dir) == NGX_ERROR) {
        return;
    }

    while (ngx_read_dir(&dir) == NGX_OK) {

        if (ngx_de_namelen(&dir) != 2 + NGX_SECMEET_WORKER_ID
            || ngx_strncmp(ngx_de_name(&dir), "w.", 2) != 0)
        {
            continue;
        }

        id = ngx_de_name(&dir) + 2;
        link = ngx_secmeet_link_find(mesh, id);

        if (link && !link->awaited) {
            link->awaited = 1;
            ngx_secmeet_relay_awaited++;
        }
    }

    (void) ngx_close_dir(&dir);

    if (ngx_secmeet_relay_awaited) {
        mesh->worker->waiting = 1;
        ngx_add_timer(&ngx_secmeet_relay_event, NGX_SECMEET_RELAY_WAIT);
    }
}


static void
ngx_secmeet_relay_wait(ngx_event_t *ev)
{
    ngx_secmeet_mesh.worker->waiting = 0;
}


static void
ngx_secmeet_relay_told(ngx_secmeet_link_t *link)
{
    if (!link->awaited) {
        return;
    }

    link->awaited = 0;

    if (--ngx_secmeet_relay_awaited == 0) {
        ngx_secmeet_mesh.worker->waiting = 0;
    }
}


void
ngx_secmeet_relay_met(ngx_secmeet_link_t *link)
{
    ngx_uint_t             i, n;
    ngx_queue_t           *q, *bucket;
    ngx_secmeet_path_t    *path;
    ngx_secmeet_worker_t  *worker;

    static u_char          addrs[NGX_SECMEET_LINK_PAYLOAD];

    worker = ngx_secmeet_mesh.worker;
    n = 0;

    for (i = 0; i < NGX_SECMEET_WORKER_PATHS; i++) {
        bucket = &worker->paths[i];

        for (q = ngx_queue_head(bucket);
             q != ngx_queue_sentinel(bucket);
             q = ngx_queue_next(q))
        {
            path = ngx_queue_data(q, ngx_secmeet_path_t, bucket);

            if (path->connection) {
                continue;
            }

            if (n == NGX_SECMEET_RELAY_FRAME) {
                (void) ngx_secmeet_relay_tell(link, NGX_SECMEET_FRAME_TUPLES,
                                              NGX_SECMEET_FRAME_MORE, addrs,
                                              n);
                n = 0;
            }

            ngx_secmeet_relay_addrs(addrs + n * NGX_SECMEET_RELAY_HEAD,
                                    &path->local, &path->remote);
            n++;
        }
    }

    (void) ngx_secmeet_relay_tell(link, NGX_SECMEET_FRAME_TUPLES, 0, addrs,
                                  n);

    OPENSSL_cleanse(addrs, n * NGX_SECMEET_RELAY_HEAD);
}


void
ngx_secmeet_relay_gone(ngx_secmeet_link_t *link)
{
    ngx_secmeet_relay_told(link);

    if (!ngx_secmeet_link_twin(link)) {
        ngx_secmeet_tuples_forget(&ngx_secmeet_tuples, link->id);
    }
}


ngx_int_t
ngx_secmeet_relay_stun(ngx_secmeet_datagram_t *dg, u_char *id)
{
    return ngx_secmeet_relay_send(dg, id);
}


ngx_int_t
ngx_secmeet_relay_other(ngx_secmeet_datagram_t *dg)
{
    u_char  *id;
    u_char   addrs[NGX_SECMEET_RELAY_HEAD];

    ngx_secmeet_relay_addrs(addrs, &dg->local, &dg->remote);

    id = ngx_secmeet_tuples_find(&ngx_secmeet_tuples, addrs);

    return id ? ngx_secmeet_relay_send(dg, id) : NGX_DECLINED;
}


static ngx_int_t
ngx_secmeet_relay_send(ngx_secmeet_datagram_t *dg, u_char *id)
{
    u_char               *p;
    ngx_int_t             rc;
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

    ngx_secmeet_relay_addrs(data, &dg->local, &dg->remote);
    p = ngx_cpymem(data + NGX_SECMEET_RELAY_HEAD, dg->start, dg->len);

    ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

    frame.type = NGX_SECMEET_FRAME_DATAGRAM;
    frame.payload.data = data;
    frame.payload.len = p - data;

    rc = ngx_secmeet_link_send(link, &frame);

    /* the meeting is another worker's, which does not tell its end */

    OPENSSL_cleanse(data, p - data);
    ngx_secmeet_wipe();

    if (rc != NGX_OK) {
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

    dg.tcp = NULL;
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


ngx_int_t
ngx_secmeet_relay_pass(ngx_socket_t fd, u_char *id)
{
    ngx_secmeet_link_t  *link;

    link = ngx_secmeet_link_find(&ngx_secmeet_mesh, id);

    if (link == NULL || ngx_secmeet_link_pass(link, fd) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_secmeet_mesh.worker->counters[NGX_SECMEET_RELAYED]++;

    /* the meeting is another worker's: nothing of it stays here */

    ngx_secmeet_wipe();

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_relay_socket(ngx_secmeet_frame_t *frame)
{
    ngx_socket_t  fd;

    if (frame->payload.len) {
        return NGX_ERROR;
    }

    fd = frame->fd;
    frame->fd = (ngx_socket_t) -1;

    /* this process had no descriptor for it */

    if (fd == (ngx_socket_t) -1) {
        ngx_secmeet_mesh.worker->counters[NGX_SECMEET_DROP_PATHS]++;
        return NGX_OK;
    }

    (void) ngx_secmeet_tcp_accept(ngx_secmeet_mesh.worker, fd);

    return NGX_OK;
}


/*
 * An authenticated request has made or kept a path: what else has come that
 * way before our socket was there is ours as well.
 */

static void
ngx_secmeet_relay_confirm(ngx_secmeet_link_t *link,
    ngx_secmeet_datagram_t *dg)
{
    u_char               addrs[NGX_SECMEET_RELAY_HEAD];
    ngx_secmeet_path_t  *path;

    path = ngx_secmeet_path_find(ngx_secmeet_mesh.worker, dg);

    if (path && path->connection) {
        path->told = 1;
        ngx_secmeet_relay_addrs(addrs, &dg->local, &dg->remote);
        (void) ngx_secmeet_relay_tell(link, NGX_SECMEET_FRAME_TUPLES, 0,
                                      addrs, 1);
    }
}


/* a path without a socket of its own has come, or one that was told goes */

static void
ngx_secmeet_relay_path(ngx_secmeet_path_t *path, ngx_uint_t open)
{
    u_char               addrs[NGX_SECMEET_RELAY_HEAD];
    ngx_queue_t         *q;
    ngx_secmeet_link_t  *link;

    ngx_secmeet_relay_addrs(addrs, &path->local, &path->remote);

    for (q = ngx_queue_head(&ngx_secmeet_mesh.links);
         q != ngx_queue_sentinel(&ngx_secmeet_mesh.links);
         q = ngx_queue_next(q))
    {
        link = ngx_queue_data(q, ngx_secmeet_link_t, queue);

        if (link->introduced) {
            (void) ngx_secmeet_relay_tell(link,
                                          open ? NGX_SECMEET_FRAME_TUPLES
                                               : NGX_SECMEET_FRAME_FREED,
                                          0, addrs, 1);
        }
    }
}


static void
ngx_secmeet_relay_addrs(u_char *addrs, ngx_secmeet_addr_t *local,
    ngx_secmeet_addr_t *remote)
{
    addrs = ngx_secmeet_addr_write(addrs, local);
    (void) ngx_secmeet_addr_write(addrs, remote);
}


static ngx_int_t
ngx_secmeet_relay_tell(ngx_secmeet_link_t *link, ngx_uint_t type,
    ngx_uint_t flags, u_char *addrs, ngx_uint_t n)
{
    ngx_secmeet_frame_t  frame;

    ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

    frame.type = type;
    frame.flags = flags;
    frame.payload.data = addrs;
    frame.payload.len = n * NGX_SECMEET_RELAY_HEAD;

    return ngx_secmeet_link_send(link, &frame);
}


ngx_int_t
ngx_secmeet_relay_tuples(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    u_char  *p, *end;

    if (frame->payload.len % NGX_SECMEET_RELAY_HEAD) {
        return NGX_ERROR;
    }

    p = frame->payload.data;
    end = p + frame->payload.len;

    for ( /* void */ ; p < end; p += NGX_SECMEET_RELAY_HEAD) {

        if (frame->type == NGX_SECMEET_FRAME_TUPLES) {
            ngx_secmeet_tuples_add(&ngx_secmeet_tuples, p, link->id);

        } else {
            ngx_secmeet_tuples_remove(&ngx_secmeet_tuples, p, link->id);
        }
    }

    if (!(frame->flags & NGX_SECMEET_FRAME_MORE)) {
        ngx_secmeet_relay_told(link);
    }

    return NGX_OK;
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
