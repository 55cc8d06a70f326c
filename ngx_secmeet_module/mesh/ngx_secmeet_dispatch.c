
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_dispatch.h"
#include "ngx_secmeet_relay.h"
#include "../meeting/ngx_secmeet_path.h"
#include "../meeting/ngx_secmeet_transport.h"
#include "../wire/ngx_secmeet_rtp.h"
#include "../wire/ngx_secmeet_stun.h"


static ngx_int_t ngx_secmeet_dispatch_input(ngx_secmeet_worker_t *worker,
    ngx_secmeet_datagram_t *dg);
static ngx_int_t ngx_secmeet_dispatch_stun(ngx_secmeet_worker_t *worker,
    ngx_secmeet_datagram_t *dg);
static ngx_int_t ngx_secmeet_dispatch_owner(ngx_secmeet_stun_t *stun,
    u_char *p, u_char *end, ngx_str_t *ufrag, ngx_secmeet_worker_t *worker);
static ngx_int_t ngx_secmeet_dispatch_drop(ngx_secmeet_worker_t *worker,
    ngx_secmeet_counter_e reason);


void
ngx_secmeet_dispatch_init(ngx_secmeet_worker_t *worker)
{
    worker->dispatch = ngx_secmeet_dispatch_input;
}


/*
 * NGX_OK, or NGX_DECLINED and counted.  Nothing is kept, allocated or
 * answered for a datagram that is not authentic.
 */

static ngx_int_t
ngx_secmeet_dispatch_input(ngx_secmeet_worker_t *worker,
    ngx_secmeet_datagram_t *dg)
{
    ngx_secmeet_path_t  *path;

    switch (ngx_secmeet_demux(dg->start, dg->len)) {

    case NGX_SECMEET_DEMUX_STUN:
        return ngx_secmeet_dispatch_stun(worker, dg);

    case NGX_SECMEET_DEMUX_UNKNOWN:
        return ngx_secmeet_dispatch_drop(worker, NGX_SECMEET_DROP_UNKNOWN);

    default:
        break;
    }

    path = ngx_secmeet_path_find(worker, dg);

    if (path == NULL) {

        if (ngx_secmeet_relay_other(dg) == NGX_OK) {
            return NGX_OK;
        }

        return ngx_secmeet_dispatch_drop(worker, NGX_SECMEET_DROP_TUPLE);
    }

    ngx_secmeet_transport_input(path, dg);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_dispatch_stun(ngx_secmeet_worker_t *worker,
    ngx_secmeet_datagram_t *dg)
{
    ngx_str_t                 local;
    ngx_secmeet_stun_t        stun;
    ngx_secmeet_transport_t  *tp;

    if (ngx_secmeet_dispatch_owner(&stun, dg->start, dg->start + dg->len,
                                   &local, worker)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (ngx_memcmp(local.data, worker->id, NGX_SECMEET_WORKER_ID) != 0) {

        if (ngx_secmeet_relay_stun(dg, local.data) == NGX_OK) {
            return NGX_OK;
        }

        return ngx_secmeet_dispatch_drop(worker, NGX_SECMEET_DROP_UFRAG);
    }

    tp = ngx_secmeet_transport_find(worker, &local);

    if (tp == NULL) {
        return ngx_secmeet_dispatch_drop(worker, NGX_SECMEET_DROP_UFRAG);
    }

    ngx_secmeet_transport_stun(tp, &stun, dg);

    return NGX_OK;
}


/* a request, and whose transport it names; or NGX_DECLINED and counted */

static ngx_int_t
ngx_secmeet_dispatch_owner(ngx_secmeet_stun_t *stun, u_char *p, u_char *end,
    ngx_str_t *ufrag, ngx_secmeet_worker_t *worker)
{
    ngx_str_t  remote;

    if (ngx_secmeet_stun_parse(stun, p, end) != NGX_OK
        || stun->type != NGX_SECMEET_STUN_REQUEST)
    {
        return ngx_secmeet_dispatch_drop(worker, NGX_SECMEET_DROP_STUN);
    }

    if (ngx_secmeet_stun_username(stun, ufrag, &remote) != NGX_OK
        || ufrag->len != NGX_SECMEET_TRANSPORT_UFRAG)
    {
        return ngx_secmeet_dispatch_drop(worker, NGX_SECMEET_DROP_UFRAG);
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_dispatch_socket(ngx_secmeet_worker_t *worker, ngx_socket_t fd,
    ngx_str_t *request)
{
    ngx_int_t           rc;
    ngx_str_t           ufrag;
    ngx_secmeet_stun_t  stun;

    rc = ngx_secmeet_dispatch_owner(&stun, request->data,
                                    request->data + request->len, &ufrag,
                                    worker);

    if (rc == NGX_OK
        && ngx_memcmp(ufrag.data, worker->id, NGX_SECMEET_WORKER_ID) == 0)
    {
        return ngx_secmeet_tcp_accept(worker, fd);
    }

    if (rc == NGX_OK && ngx_secmeet_relay_pass(fd, ufrag.data) != NGX_OK) {
        rc = ngx_secmeet_dispatch_drop(worker, NGX_SECMEET_DROP_UFRAG);
    }

    (void) ngx_close_socket(fd);

    return rc;
}


static ngx_int_t
ngx_secmeet_dispatch_drop(ngx_secmeet_worker_t *worker,
    ngx_secmeet_counter_e reason)
{
    worker->counters[reason]++;

    return NGX_DECLINED;
}
