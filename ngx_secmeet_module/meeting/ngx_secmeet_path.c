
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_path.h"
#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_wipe.h"
#include "../wire/ngx_secmeet_rtp.h"
#include "../wire/ngx_secmeet_ws.h"


#define NGX_SECMEET_PATH_BATCH   32
#define NGX_SECMEET_PATH_BUFFER  1048576        /* bytes of socket buffers */
#define NGX_SECMEET_PATH_ERRORS  16             /* in a row */


static ngx_uint_t ngx_secmeet_path_foreign(ngx_secmeet_path_t *path);
static void ngx_secmeet_path_open(ngx_secmeet_path_t *path);
static void ngx_secmeet_path_told(ngx_log_t *log);
static int ngx_secmeet_path_socket(ngx_secmeet_path_t *path);
static void ngx_secmeet_path_handler(ngx_event_t *ev);
static int ngx_secmeet_path_recv(ngx_connection_t *c);
static void ngx_secmeet_path_datagram(ngx_secmeet_path_t *path,
    ngx_uint_t n, ngx_secmeet_usec_t now);
static ngx_queue_t *ngx_secmeet_path_bucket(ngx_secmeet_worker_t *worker,
    ngx_secmeet_addr_t *remote);


/* one batch, read and used up before the next */

static u_char              ngx_secmeet_path_data[NGX_SECMEET_PATH_BATCH]
                                                [NGX_SECMEET_MTU];
static struct iovec        ngx_secmeet_path_iov[NGX_SECMEET_PATH_BATCH];
static struct mmsghdr      ngx_secmeet_path_msgs[NGX_SECMEET_PATH_BATCH];
static ngx_secmeet_addr_t  ngx_secmeet_path_from[NGX_SECMEET_PATH_BATCH];

static ngx_secmeet_wipe_t  ngx_secmeet_path_wipe[2];


void
ngx_secmeet_path_init(void)
{
    ngx_secmeet_wipe_add(&ngx_secmeet_path_wipe[0], ngx_secmeet_path_data,
                         sizeof(ngx_secmeet_path_data));
    ngx_secmeet_wipe_add(&ngx_secmeet_path_wipe[1], ngx_secmeet_path_from,
                         sizeof(ngx_secmeet_path_from));
}


ngx_secmeet_path_t *
ngx_secmeet_path_create(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    ngx_secmeet_path_t  *path;

    path = ngx_calloc(sizeof(ngx_secmeet_path_t), tp->worker->log);
    if (path == NULL) {
        return NULL;
    }

    path->transport = tp;
    path->listener = dg->listener;
    path->local = dg->local;
    path->remote = dg->remote;

    ngx_queue_insert_tail(&tp->paths, &path->queue);
    tp->npaths++;

    ngx_queue_insert_head(ngx_secmeet_path_bucket(tp->worker, &path->remote),
                          &path->bucket);

    if (dg->tcp) {

        if (ngx_secmeet_tcp_open(path, dg->tcp) != NGX_OK) {
            ngx_secmeet_path_close(path);
            return NULL;
        }

        return path;
    }

    ngx_secmeet_path_open(path);

    if (path->connection == NULL && ngx_secmeet_path_foreign(path)) {
        ngx_secmeet_path_close(path);
        return NULL;
    }

    if (path->connection == NULL && tp->worker->relay) {
        path->told = 1;
        tp->worker->relay(path, 1);
    }

    return path;
}


/*
 * 1 if it goes to a port on which only workers of another configuration
 * listen: nothing can be sent from there but by a socket of its own.
 */

static ngx_uint_t
ngx_secmeet_path_foreign(ngx_secmeet_path_t *path)
{
    return ngx_inet_get_port(&path->local.sa.sockaddr)
           != ngx_inet_get_port(&path->listener->addr.sa.sockaddr);
}


/* without a socket of its own the path works by the listener's */

static void
ngx_secmeet_path_open(ngx_secmeet_path_t *path)
{
    int                fd;
    ngx_connection_t  *c;

    if (path->listener->relay && !ngx_secmeet_path_foreign(path)) {
        return;
    }

    fd = ngx_secmeet_path_socket(path);
    if (fd == -1) {
        ngx_secmeet_path_told(path->transport->worker->log);
        return;
    }

    c = ngx_get_connection(fd, path->transport->worker->log);
    if (c == NULL) {
        (void) ngx_close_socket(fd);
        return;
    }

    c->data = path;
    c->type = SOCK_DGRAM;
    c->read->handler = ngx_secmeet_path_handler;
    c->read->log = c->log;
    c->write->log = c->log;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_close_connection(c);
        return;
    }

    path->connection = c;
}


/* once, since it will be the same for all */

static void
ngx_secmeet_path_told(ngx_log_t *log)
{
    static ngx_uint_t  told;

    if (!told) {
        ngx_log_error(NGX_LOG_NOTICE, log, ngx_socket_errno,
                      "secmeet: no socket could be made for a peer: its "
                      "media goes by the listening sockets");
        told = 1;
    }
}


/*
 * SO_REUSEADDR alone: SO_REUSEPORT would need the listener's user.  What
 * arrives between bind and connect may be anybody's, so each source address
 * is looked at when reading.
 */

static int
ngx_secmeet_path_socket(ngx_secmeet_path_t *path)
{
    int  fd, one, zero, size;

    fd = socket(path->local.sa.sockaddr.sa_family, SOCK_DGRAM | SOCK_CLOEXEC,
                0);
    if (fd == -1) {
        return -1;
    }

    one = 1;
    zero = 0;
    size = NGX_SECMEET_PATH_BUFFER;

    (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(int));
    (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(int));

    if (path->local.sa.sockaddr.sa_family == AF_INET6
        && IN6_IS_ADDR_V4MAPPED(&path->local.sa.sockaddr_in6.sin6_addr))
    {
        (void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(int));
    }

    if (ngx_nonblocking(fd) == -1
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(int)) == -1
        || bind(fd, &path->local.sa.sockaddr, path->local.len) == -1
        || connect(fd, &path->remote.sa.sockaddr, path->remote.len) == -1)
    {
        (void) ngx_close_socket(fd);
        return -1;
    }

    return fd;
}


void
ngx_secmeet_path_close(ngx_secmeet_path_t *path)
{
    ngx_secmeet_transport_t  *tp;

    tp = path->transport;

    ngx_secmeet_output_forget(&tp->worker->output, path);

    if (path->told) {
        tp->worker->relay(path, 0);
    }

    if (tp->selected == path) {
        tp->selected = NULL;
    }

    if (tp->handshake == path) {
        tp->handshake = NULL;
    }

    ngx_queue_remove(&path->queue);
    ngx_queue_remove(&path->bucket);
    tp->npaths--;

    path->closing = 1;

    ngx_queue_insert_tail(&tp->worker->dead, &path->queue);

    if (!tp->worker->reap.posted) {
        ngx_post_event(&tp->worker->reap, &ngx_posted_events);
    }
}


void
ngx_secmeet_path_reap(ngx_event_t *ev)
{
    ngx_queue_t           *q;
    ngx_secmeet_path_t    *path;
    ngx_secmeet_worker_t  *worker;

    worker = ev->data;

    while (!ngx_queue_empty(&worker->dead)) {
        q = ngx_queue_head(&worker->dead);
        ngx_queue_remove(q);

        path = ngx_queue_data(q, ngx_secmeet_path_t, queue);

        if (path->connection) {
            ngx_close_connection(path->connection);
        }

        if (path->tcp) {
            ngx_secmeet_tcp_free(path->tcp);
        }

        ngx_secmeet_free(path, sizeof(ngx_secmeet_path_t));
    }

    ngx_secmeet_wipe();
}


static void
ngx_secmeet_path_handler(ngx_event_t *ev)
{
    int                  n, i;
    ngx_uint_t           rounds;
    ngx_connection_t    *c;
    ngx_secmeet_usec_t   now;
    ngx_secmeet_path_t  *path;

    c = ev->data;
    path = c->data;

    if (path->closing) {
        return;
    }

    if (c->close) {
        ngx_secmeet_peer_end(path->transport->peer, NGX_SECMEET_WS_AWAY);
        return;
    }

    for (rounds = 0; rounds < NGX_SECMEET_PATH_ROUNDS; rounds++) {

        n = ngx_secmeet_path_recv(c);
        if (n == 0) {
            return;
        }

        now = ngx_secmeet_now();
        path->transport->worker->counters[NGX_SECMEET_IN] += n;

        /* a STUN request among them may give this path's place away */

        for (i = 0; i < n && !path->closing; i++) {
            ngx_secmeet_path_datagram(path, i, now);
        }

        if (path->closing) {
            return;
        }
    }

    /* the rest comes in the next turn: others want their share */

    ngx_post_event(ev, &ngx_posted_next_events);
}


/* how many were read, 0 when there are no more */

static int
ngx_secmeet_path_recv(ngx_connection_t *c)
{
    int             n;
    ngx_uint_t      i;
    struct msghdr  *hdr;

    n = -1;

    for (i = 0; i < NGX_SECMEET_PATH_BATCH; i++) {
        ngx_secmeet_path_iov[i].iov_base = ngx_secmeet_path_data[i];
        ngx_secmeet_path_iov[i].iov_len = NGX_SECMEET_MTU;

        hdr = &ngx_secmeet_path_msgs[i].msg_hdr;
        hdr->msg_iov = &ngx_secmeet_path_iov[i];
        hdr->msg_iovlen = 1;
        hdr->msg_name = &ngx_secmeet_path_from[i].sa;
        hdr->msg_namelen = sizeof(ngx_sockaddr_t);
        hdr->msg_control = NULL;
        hdr->msg_controllen = 0;
        hdr->msg_flags = 0;
    }

    for (i = 0; i < NGX_SECMEET_PATH_ERRORS; i++) {
        n = recvmmsg(c->fd, ngx_secmeet_path_msgs, NGX_SECMEET_PATH_BATCH,
                     MSG_DONTWAIT, NULL);

        if (n != -1 || ngx_errno == NGX_EAGAIN) {
            break;
        }

        /* an echo of what was sent, by ICMP, told once: consent decides */
    }

    return n > 0 ? n : 0;
}


static void
ngx_secmeet_path_datagram(ngx_secmeet_path_t *path, ngx_uint_t n,
    ngx_secmeet_usec_t now)
{
    struct mmsghdr          *msg;
    ngx_secmeet_worker_t    *worker;
    ngx_secmeet_datagram_t   dg;

    worker = path->transport->worker;
    msg = &ngx_secmeet_path_msgs[n];

    if (msg->msg_hdr.msg_flags & MSG_TRUNC) {
        worker->counters[NGX_SECMEET_DROP_TRUNCATED]++;
        return;
    }

    dg.listener = path->listener;
    dg.tcp = NULL;
    dg.local = path->local;
    dg.remote = ngx_secmeet_path_from[n];
    dg.remote.len = msg->msg_hdr.msg_namelen;
    dg.start = ngx_secmeet_path_data[n];
    dg.len = msg->msg_len;
    dg.now = now;
    dg.relayed = 0;

    if (ngx_secmeet_demux(dg.start, dg.len) != NGX_SECMEET_DEMUX_STUN
        && ngx_secmeet_addr_same(&dg.remote, &path->remote))
    {
        ngx_secmeet_transport_input(path, &dg);
        return;
    }

    (void) worker->dispatch(worker, &dg);
}


static ngx_queue_t *
ngx_secmeet_path_bucket(ngx_secmeet_worker_t *worker,
    ngx_secmeet_addr_t *remote)
{
    uint32_t              hash;
    struct sockaddr_in   *sin;
    struct sockaddr_in6  *sin6;

    if (remote->sa.sockaddr.sa_family == AF_INET6) {
        sin6 = &remote->sa.sockaddr_in6;
        hash = ngx_crc32_short(sin6->sin6_addr.s6_addr, 16)
               ^ sin6->sin6_port;

    } else {
        sin = &remote->sa.sockaddr_in;
        hash = ngx_crc32_short((u_char *) &sin->sin_addr, 4) ^ sin->sin_port;
    }

    return &worker->paths[hash % NGX_SECMEET_WORKER_PATHS];
}


ngx_secmeet_path_t *
ngx_secmeet_path_find(ngx_secmeet_worker_t *worker,
    ngx_secmeet_datagram_t *dg)
{
    ngx_queue_t         *q, *bucket;
    ngx_secmeet_path_t  *path;

    bucket = ngx_secmeet_path_bucket(worker, &dg->remote);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        path = ngx_queue_data(q, ngx_secmeet_path_t, bucket);

        if ((path->tcp == NULL) == (dg->tcp == NULL)
            && ngx_secmeet_addr_same(&path->remote, &dg->remote)
            && ngx_secmeet_addr_same(&path->local, &dg->local))
        {
            return path;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_secmeet_addr_same(ngx_secmeet_addr_t *one, ngx_secmeet_addr_t *two)
{
    struct sockaddr_in   *sin1, *sin2;
    struct sockaddr_in6  *six1, *six2;

    if (one->sa.sockaddr.sa_family != two->sa.sockaddr.sa_family) {
        return 0;
    }

    if (one->sa.sockaddr.sa_family == AF_INET6) {
        six1 = &one->sa.sockaddr_in6;
        six2 = &two->sa.sockaddr_in6;

        return six1->sin6_port == six2->sin6_port
               && six1->sin6_scope_id == six2->sin6_scope_id
               && ngx_memcmp(&six1->sin6_addr, &six2->sin6_addr, 16) == 0;
    }

    sin1 = &one->sa.sockaddr_in;
    sin2 = &two->sa.sockaddr_in;

    return sin1->sin_port == sin2->sin_port
           && sin1->sin_addr.s_addr == sin2->sin_addr.s_addr;
}
