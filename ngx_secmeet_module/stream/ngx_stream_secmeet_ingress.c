
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_stream.h>

#include "ngx_stream_secmeet_ingress.h"
#include "ngx_stream_secmeet_listen.h"
#include "ngx_stream_secmeet_sender.h"
#include "ngx_stream_secmeet_tcp.h"
#include "../meeting/ngx_secmeet_wipe.h"


typedef union {
    struct cmsghdr            align;
    u_char                    bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
} ngx_stream_secmeet_control_t;


static ngx_int_t ngx_stream_secmeet_ingress_add(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker, ngx_listening_t *ls);
static ngx_int_t ngx_stream_secmeet_ingress_candidates(ngx_cycle_t *cycle,
    ngx_secmeet_listener_t *listener, ngx_listening_t *ls);
static ngx_int_t ngx_stream_secmeet_ingress_server(ngx_cycle_t *cycle,
    ngx_secmeet_listener_t *listener, ngx_listening_t *ls,
    ngx_stream_secmeet_srv_conf_t *sscf);
static ngx_uint_t ngx_stream_secmeet_ingress_wildcard(ngx_listening_t *ls);
static ngx_int_t ngx_stream_secmeet_ingress_pktinfo(ngx_listening_t *ls,
    ngx_log_t *log);
static void ngx_stream_secmeet_ingress_rcvbuf(ngx_listening_t *ls,
    ngx_log_t *log);
static ngx_int_t ngx_stream_secmeet_ingress_watch(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker);
static void ngx_stream_secmeet_ingress_drain(ngx_event_t *ev);
static void ngx_stream_secmeet_ingress_prepare(void);
static void ngx_stream_secmeet_ingress_handler(ngx_event_t *ev);
static void ngx_stream_secmeet_ingress_batch(
    ngx_secmeet_listener_t *listener, ngx_uint_t n);
static ngx_int_t ngx_stream_secmeet_ingress_datagram(
    ngx_secmeet_datagram_t *dg, struct mmsghdr *message);
static ngx_int_t ngx_stream_secmeet_ingress_local(ngx_secmeet_addr_t *local,
    struct msghdr *msg);


static struct mmsghdr
    ngx_stream_secmeet_messages[NGX_STREAM_SECMEET_BATCH];
static struct iovec
    ngx_stream_secmeet_iovs[NGX_STREAM_SECMEET_BATCH];
static ngx_sockaddr_t
    ngx_stream_secmeet_names[NGX_STREAM_SECMEET_BATCH];
static ngx_stream_secmeet_control_t
    ngx_stream_secmeet_controls[NGX_STREAM_SECMEET_BATCH];
static u_char
    ngx_stream_secmeet_bytes[NGX_STREAM_SECMEET_BATCH][NGX_SECMEET_MTU];

static ngx_secmeet_wipe_t  ngx_stream_secmeet_wipe[3];

/* stands for the listening sockets that nginx has closed */
static ngx_connection_t  ngx_stream_secmeet_closed;


ngx_int_t
ngx_stream_secmeet_ingress_init(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker)
{
    ngx_uint_t               i;
    ngx_listening_t         *ls;
    ngx_secmeet_listener_t  *listener;

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {

        /* without a connection: another worker's */

        if (ls[i].connection == NULL
            || ngx_stream_secmeet_listen_conf(&ls[i]) == NULL)
        {
            continue;
        }

        if (ls[i].type != SOCK_DGRAM) {

            if (ngx_stream_secmeet_tcp_add(cycle, worker, &ls[i]) != NGX_OK)
            {
                return NGX_ERROR;
            }

            continue;
        }

        if (ngx_stream_secmeet_ingress_add(cycle, worker, &ls[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    /* they do not move any more */

    listener = worker->listeners.elts;

    for (i = 0; i < worker->listeners.nelts; i++) {
        listener[i].connection->data = &listener[i];
        listener[i].connection->read->handler =
                                          ngx_stream_secmeet_ingress_handler;
    }

    ngx_stream_secmeet_ingress_prepare();

    return ngx_stream_secmeet_ingress_watch(cycle, worker);
}


static ngx_int_t
ngx_stream_secmeet_ingress_add(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker, ngx_listening_t *ls)
{
    ngx_secmeet_listener_t       *listener;
    ngx_stream_secmeet_sender_t  *sender;

    listener = ngx_array_push(&worker->listeners);
    if (listener == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(listener, sizeof(ngx_secmeet_listener_t));

    sender = ngx_stream_secmeet_sender_find(cycle, ls);

    listener->sender = sender ? sender->fd : (ngx_socket_t) -1;
    listener->relay = sender && sender->relay;

    if (ngx_stream_secmeet_ingress_listener(cycle, listener, ls) != NGX_OK) {
        return NGX_ERROR;
    }

    if (listener->wildcard
        && ngx_stream_secmeet_ingress_pktinfo(ls, cycle->log) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_stream_secmeet_ingress_rcvbuf(ls, cycle->log);

    return NGX_OK;
}


ngx_int_t
ngx_stream_secmeet_ingress_listener(ngx_cycle_t *cycle,
    ngx_secmeet_listener_t *listener, ngx_listening_t *ls)
{
    listener->connection = ls->connection;
    listener->wildcard = ngx_stream_secmeet_ingress_wildcard(ls);
    listener->addr.len = ls->socklen;
    ngx_memcpy(&listener->addr.sa, ls->sockaddr, ls->socklen);

    return ngx_stream_secmeet_ingress_candidates(cycle, listener, ls);
}


/* the candidates that this socket can serve: its server's, or of all */

static ngx_int_t
ngx_stream_secmeet_ingress_candidates(ngx_cycle_t *cycle,
    ngx_secmeet_listener_t *listener, ngx_listening_t *ls)
{
    ngx_uint_t                       i;
    ngx_stream_secmeet_srv_conf_t   *sscf, **server;
    ngx_stream_secmeet_main_conf_t  *smcf;

    sscf = ngx_stream_secmeet_listen_conf(ls);

    if (sscf) {
        return ngx_stream_secmeet_ingress_server(cycle, listener, ls, sscf);
    }

    smcf = ngx_stream_cycle_get_module_main_conf(cycle,
                                                 ngx_stream_secmeet_module);
    server = smcf->servers.elts;

    for (i = 0; i < smcf->servers.nelts; i++) {
        if (ngx_stream_secmeet_ingress_server(cycle, listener, ls, server[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_stream_secmeet_ingress_server(ngx_cycle_t *cycle,
    ngx_secmeet_listener_t *listener, ngx_listening_t *ls,
    ngx_stream_secmeet_srv_conf_t *sscf)
{
    ngx_uint_t           i;
    ngx_secmeet_addr_t  *addr, *candidate;

    if (sscf->candidates == NULL) {
        return NGX_OK;
    }

    addr = sscf->candidates->elts;

    for (i = 0; i < sscf->candidates->nelts; i++) {

        if (addr[i].sa.sockaddr.sa_family != ls->sockaddr->sa_family
#if (NGX_HAVE_INET6)
            && (addr[i].sa.sockaddr.sa_family == AF_INET6
                || !listener->wildcard
                || ls->ipv6only)
#endif
           )
        {
            continue;
        }

        if (listener->candidates == NULL) {
            listener->candidates = ngx_array_create(cycle->pool, 4,
                                                sizeof(ngx_secmeet_addr_t));
            if (listener->candidates == NULL) {
                return NGX_ERROR;
            }
        }

        candidate = ngx_array_push(listener->candidates);
        if (candidate == NULL) {
            return NGX_ERROR;
        }

        *candidate = addr[i];

        /* the site's own socket is at its own port */

        if (ngx_stream_secmeet_listen_conf(ls) == NULL) {
            ngx_inet_set_port(&candidate->sa.sockaddr, 0);
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_stream_secmeet_ingress_wildcard(ngx_listening_t *ls)
{
    struct sockaddr_in   *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;

    if (ls->sockaddr->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) ls->sockaddr;

        return IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr);
    }

#endif

    sin = (struct sockaddr_in *) ls->sockaddr;

    return sin->sin_addr.s_addr == INADDR_ANY;
}


static ngx_int_t
ngx_stream_secmeet_ingress_pktinfo(ngx_listening_t *ls, ngx_log_t *log)
{
    int  level, name, value;

    level = IPPROTO_IP;
    name = IP_PKTINFO;
    value = 1;

#if (NGX_HAVE_INET6)

    if (ls->sockaddr->sa_family == AF_INET6) {
        level = IPPROTO_IPV6;
        name = IPV6_RECVPKTINFO;
    }

#endif

    if (setsockopt(ls->fd, level, name, (const void *) &value, sizeof(int))
        == -1)
    {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_socket_errno,
                      "secmeet: setsockopt(PKTINFO) %V failed",
                      &ls->addr_text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* as far as the system allows, unless "listen" has "rcvbuf" */

static void
ngx_stream_secmeet_ingress_rcvbuf(ngx_listening_t *ls, ngx_log_t *log)
{
    int        size;
    socklen_t  len;

    len = sizeof(int);

    if (ls->rcvbuf != -1
        || getsockopt(ls->fd, SOL_SOCKET, SO_RCVBUF, (void *) &size, &len)
           == -1
        || size >= NGX_STREAM_SECMEET_RCVBUF)
    {
        return;
    }

    size = NGX_STREAM_SECMEET_RCVBUF;

    if (setsockopt(ls->fd, SOL_SOCKET, SO_RCVBUF, (const void *) &size,
                   sizeof(int))
        == -1)
    {
        ngx_log_error(NGX_LOG_WARN, log, ngx_socket_errno,
                      "secmeet: setsockopt(SO_RCVBUF) %V failed",
                      &ls->addr_text);
    }
}


/*
 * A worker that leaves closes its listening sockets, and nothing tells: but
 * idle connections are called right after.  This one is never in epoll.
 */

static ngx_int_t
ngx_stream_secmeet_ingress_watch(ngx_cycle_t *cycle,
    ngx_secmeet_worker_t *worker)
{
    ngx_connection_t        *c;
    ngx_secmeet_listener_t  *listener;

    ngx_stream_secmeet_closed.fd = (ngx_socket_t) -1;

    if (worker->listeners.nelts) {
        listener = worker->listeners.elts;

    } else if (worker->tcp_listeners.nelts) {
        listener = worker->tcp_listeners.elts;

    } else {
        return NGX_OK;
    }

    c = ngx_get_connection(listener[0].connection->fd, cycle->log);
    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = worker;
    c->idle = 1;
    c->log = cycle->log;
    c->read->log = cycle->log;
    c->write->log = cycle->log;
    c->read->channel = 1;
    c->read->handler = ngx_stream_secmeet_ingress_drain;

    return NGX_OK;
}


static void
ngx_stream_secmeet_ingress_drain(ngx_event_t *ev)
{
    ngx_uint_t               i;
    ngx_connection_t        *c;
    ngx_secmeet_worker_t    *worker;
    ngx_secmeet_listener_t  *listener;

    c = ev->data;
    worker = c->data;
    listener = worker->listeners.elts;

    for (i = 0; i < worker->listeners.nelts; i++) {
        listener[i].connection = &ngx_stream_secmeet_closed;
    }

    if (worker->drain) {
        worker->drain();
    }

    c->idle = 0;

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}


static void
ngx_stream_secmeet_ingress_prepare(void)
{
    ngx_uint_t      i;
    struct msghdr  *msg;

    for (i = 0; i < NGX_STREAM_SECMEET_BATCH; i++) {
        ngx_stream_secmeet_iovs[i].iov_base = ngx_stream_secmeet_bytes[i];
        ngx_stream_secmeet_iovs[i].iov_len = NGX_SECMEET_MTU;

        msg = &ngx_stream_secmeet_messages[i].msg_hdr;

        ngx_memzero(msg, sizeof(struct msghdr));

        msg->msg_name = &ngx_stream_secmeet_names[i];
        msg->msg_iov = &ngx_stream_secmeet_iovs[i];
        msg->msg_iovlen = 1;
        msg->msg_control = &ngx_stream_secmeet_controls[i];
    }

    ngx_secmeet_wipe_add(&ngx_stream_secmeet_wipe[0],
                         ngx_stream_secmeet_names,
                         sizeof(ngx_stream_secmeet_names));
    ngx_secmeet_wipe_add(&ngx_stream_secmeet_wipe[1],
                         ngx_stream_secmeet_controls,
                         sizeof(ngx_stream_secmeet_controls));
    ngx_secmeet_wipe_add(&ngx_stream_secmeet_wipe[2],
                         ngx_stream_secmeet_bytes,
                         sizeof(ngx_stream_secmeet_bytes));
}


static void
ngx_stream_secmeet_ingress_handler(ngx_event_t *ev)
{
    int                      n;
    ngx_err_t                err;
    ngx_uint_t               i, round;
    struct msghdr           *msg;
    ngx_connection_t        *c;
    ngx_secmeet_listener_t  *listener;

    c = ev->data;
    listener = c->data;

    if (ev->timedout) {

        /* nginx ran out of connections and stops listening for a while */

        if (ngx_enable_accept_events((ngx_cycle_t *) ngx_cycle) != NGX_OK) {
            return;
        }

        ev->timedout = 0;
    }

    ev->ready = 0;

    /* others tell whose is what: until then all stays in the socket */

    if (ngx_secmeet_worker->waiting) {
        return;
    }

    /* the event is level-triggered: what is left comes after the others */

    for (round = 0; round < NGX_STREAM_SECMEET_ROUNDS; round++) {

        for (i = 0; i < NGX_STREAM_SECMEET_BATCH; i++) {
            msg = &ngx_stream_secmeet_messages[i].msg_hdr;
            msg->msg_namelen = sizeof(ngx_sockaddr_t);
            msg->msg_controllen = sizeof(ngx_stream_secmeet_control_t);
        }

        n = recvmmsg(c->fd, ngx_stream_secmeet_messages,
                     NGX_STREAM_SECMEET_BATCH, 0, NULL);

        if (n == -1) {
            err = ngx_socket_errno;

            if (err == NGX_EINTR) {
                continue;
            }

            if (err != NGX_EAGAIN) {
                ngx_log_error(NGX_LOG_ERR, ev->log, err,
                              "secmeet: recvmmsg() failed");
            }

            return;
        }

        ngx_stream_secmeet_ingress_batch(listener, n);

        if (n < NGX_STREAM_SECMEET_BATCH) {
            return;
        }
    }
}


static void
ngx_stream_secmeet_ingress_batch(ngx_secmeet_listener_t *listener,
    ngx_uint_t n)
{
    ngx_uint_t               i;
    ngx_secmeet_worker_t    *worker;
    ngx_secmeet_datagram_t   dg;

    worker = ngx_secmeet_worker;

    ngx_memzero(&dg, sizeof(ngx_secmeet_datagram_t));

    dg.listener = listener;
    dg.now = ngx_secmeet_now();

    for (i = 0; i < n; i++) {
        worker->counters[NGX_SECMEET_IN]++;

        dg.start = ngx_stream_secmeet_bytes[i];
        dg.len = ngx_stream_secmeet_messages[i].msg_len;

        if (ngx_stream_secmeet_ingress_datagram(&dg,
                                           &ngx_stream_secmeet_messages[i])
            != NGX_OK
            || worker->dispatch(worker, &dg) != NGX_OK)
        {
            /* of no meeting here whose end would wipe it, such as a late one */

            ngx_secmeet_wipe();
        }
    }
}


/* NGX_DECLINED: dropped and counted */

static ngx_int_t
ngx_stream_secmeet_ingress_datagram(ngx_secmeet_datagram_t *dg,
    struct mmsghdr *message)
{
    struct msghdr           *msg;
    ngx_secmeet_listener_t  *listener;

    msg = &message->msg_hdr;
    listener = dg->listener;

    if (msg->msg_flags & MSG_TRUNC) {
        ngx_secmeet_worker->counters[NGX_SECMEET_DROP_TRUNCATED]++;
        return NGX_DECLINED;
    }

    if (dg->len == 0 || msg->msg_namelen > sizeof(ngx_sockaddr_t)) {
        ngx_secmeet_worker->counters[NGX_SECMEET_DROP_UNKNOWN]++;
        return NGX_DECLINED;
    }

    /* an IPv4 peer of a [::] socket stays mapped: so the socket sends */

    dg->remote.len = msg->msg_namelen;
    ngx_memcpy(&dg->remote.sa, msg->msg_name, msg->msg_namelen);

    dg->local = listener->addr;

    if (listener->wildcard
        && ngx_stream_secmeet_ingress_local(&dg->local, msg) != NGX_OK)
    {
        ngx_secmeet_worker->counters[NGX_SECMEET_DROP_UNKNOWN]++;
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* the address that the datagram was sent to; the port is there */

static ngx_int_t
ngx_stream_secmeet_ingress_local(ngx_secmeet_addr_t *local,
    struct msghdr *msg)
{
    struct cmsghdr       *cmsg;
    struct in_pktinfo     info;
#if (NGX_HAVE_INET6)
    struct in6_pktinfo    info6;
    struct sockaddr_in6  *sin6;
#endif

    for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {

        if (cmsg->cmsg_level == IPPROTO_IP
            && cmsg->cmsg_type == IP_PKTINFO
            && local->sa.sockaddr.sa_family == AF_INET)
        {
            ngx_memcpy(&info, CMSG_DATA(cmsg), sizeof(struct in_pktinfo));

            local->sa.sockaddr_in.sin_addr = info.ipi_addr;

            return NGX_OK;
        }

#if (NGX_HAVE_INET6)

        if (cmsg->cmsg_level == IPPROTO_IPV6
            && cmsg->cmsg_type == IPV6_PKTINFO
            && local->sa.sockaddr.sa_family == AF_INET6)
        {
            ngx_memcpy(&info6, CMSG_DATA(cmsg), sizeof(struct in6_pktinfo));

            sin6 = &local->sa.sockaddr_in6;
            sin6->sin6_addr = info6.ipi6_addr;

            /* bind() needs to know which of the fe80:: networks */

            if (IN6_IS_ADDR_LINKLOCAL(&sin6->sin6_addr)) {
                sin6->sin6_scope_id = info6.ipi6_ifindex;
            }

            return NGX_OK;
        }

#endif
    }

    return NGX_DECLINED;
}
