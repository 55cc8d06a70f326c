
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_candidates.h"


/* 127.0.0.1 in network order */
#if (NGX_HAVE_LITTLE_ENDIAN)
#define NGX_SECMEET_LOOPBACK  0x0100007f
#else
#define NGX_SECMEET_LOOPBACK  0x7f000001
#endif


static void ngx_secmeet_candidates_listeners(
    ngx_secmeet_candidates_t *candidates, ngx_array_t *array,
    ngx_secmeet_addr_t *local);
static void ngx_secmeet_candidates_listener(
    ngx_secmeet_candidates_t *candidates, ngx_secmeet_listener_t *listener,
    ngx_secmeet_addr_t *local);
static ngx_uint_t ngx_secmeet_candidates_loopback(ngx_secmeet_addr_t *addr);
static void ngx_secmeet_candidates_add(ngx_secmeet_candidates_t *candidates,
    ngx_secmeet_addr_t *addr, in_port_t port);


void
ngx_secmeet_candidates(ngx_secmeet_candidates_t *candidates,
    ngx_secmeet_worker_t *worker, ngx_secmeet_addr_t *local)
{
    ngx_uint_t  n;

    candidates->n = 0;
    ngx_secmeet_candidates_listeners(candidates, &worker->listeners, local);

    n = candidates->n;
    ngx_secmeet_candidates_listeners(candidates, &worker->tcp_listeners,
                                     local);

    candidates->ntcp = candidates->n - n;
}


static void
ngx_secmeet_candidates_listeners(ngx_secmeet_candidates_t *candidates,
    ngx_array_t *array, ngx_secmeet_addr_t *local)
{
    ngx_uint_t               i;
    ngx_secmeet_listener_t  *listeners;

    listeners = array->elts;

    for (i = 0; i < array->nelts; i++) {
        ngx_secmeet_candidates_listener(candidates, &listeners[i], local);
    }
}


static void
ngx_secmeet_candidates_listener(ngx_secmeet_candidates_t *candidates,
    ngx_secmeet_listener_t *listener, ngx_secmeet_addr_t *local)
{
    in_port_t            port, own;
    ngx_uint_t           i;
    ngx_secmeet_addr_t  *addrs;

    static ngx_secmeet_addr_t  loopback = {
        .sa.sockaddr_in = {
            .sin_family = AF_INET,
            .sin_addr.s_addr = NGX_SECMEET_LOOPBACK
        },
        .len = sizeof(struct sockaddr_in)
    };

    static ngx_secmeet_addr_t  loopback6 = {
        .sa.sockaddr_in6 = {
            .sin6_family = AF_INET6,
            .sin6_addr = IN6ADDR_LOOPBACK_INIT
        },
        .len = sizeof(struct sockaddr_in6)
    };

    port = ngx_inet_get_port(&listener->addr.sa.sockaddr);

    if (listener->candidates) {
        addrs = listener->candidates->elts;

        for (i = 0; i < listener->candidates->nelts; i++) {
            own = ngx_inet_get_port(&addrs[i].sa.sockaddr);
            ngx_secmeet_candidates_add(candidates, &addrs[i], own ? own : port);
        }

        return;
    }

    if (!listener->wildcard) {
        ngx_secmeet_candidates_add(candidates, &listener->addr, port);
        return;
    }

    /* the address on which the browser has reached us already */

    if (local->len == 0) {
        return;
    }

    if (local->sa.sockaddr.sa_family == listener->addr.sa.sockaddr.sa_family) {
        ngx_secmeet_candidates_add(candidates, local, port);

    } else if (ngx_secmeet_candidates_loopback(local)) {
        ngx_secmeet_candidates_add(candidates,
            listener->addr.sa.sockaddr.sa_family == AF_INET6 ? &loopback6
                                                             : &loopback,
            port);
    }
}


/* "localhost" is both, and a browser may have a socket in one family only */

static ngx_uint_t
ngx_secmeet_candidates_loopback(ngx_secmeet_addr_t *addr)
{
    struct sockaddr_in  *sin;

    if (addr->sa.sockaddr.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&addr->sa.sockaddr_in6.sin6_addr);
    }

    sin = &addr->sa.sockaddr_in;

    return (ntohl(sin->sin_addr.s_addr) >> 24) == 127;
}


static void
ngx_secmeet_candidates_add(ngx_secmeet_candidates_t *candidates,
    ngx_secmeet_addr_t *addr, in_port_t port)
{
    ngx_secmeet_addr_t  *candidate;

    if (candidates->n == NGX_SECMEET_SDP_CANDIDATES) {
        return;
    }

    candidate = &candidates->addrs[candidates->n++];
    *candidate = *addr;

    ngx_inet_set_port(&candidate->sa.sockaddr, port);
}
