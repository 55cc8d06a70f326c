
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_tcp.h"
#include "ngx_secmeet_path.h"
#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_wipe.h"
#include "../wire/ngx_secmeet_rtp.h"
#include "../wire/ngx_secmeet_ws.h"

#include <netinet/tcp.h>
#include <sys/mman.h>


static ssize_t ngx_secmeet_tcp_look(ngx_socket_t fd, size_t size);
static ngx_uint_t ngx_secmeet_tcp_request(u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_tcp_addresses(ngx_secmeet_datagram_t *dg,
    ngx_socket_t fd);
static ngx_int_t ngx_secmeet_tcp_first(ngx_secmeet_worker_t *worker,
    ngx_connection_t *c);
static void ngx_secmeet_tcp_read_handler(ngx_event_t *rev);
static ngx_int_t ngx_secmeet_tcp_read(ngx_secmeet_path_t *path);
static ngx_int_t ngx_secmeet_tcp_frames(ngx_secmeet_path_t *path, u_char *p,
    u_char *end);
static void ngx_secmeet_tcp_datagram(ngx_secmeet_path_t *path,
    ngx_str_t *datagram, ngx_secmeet_usec_t now);
static void ngx_secmeet_tcp_send(ngx_secmeet_path_t *path);
static ssize_t ngx_secmeet_tcp_write(ngx_secmeet_path_t *path,
    struct iovec *iov, ngx_uint_t n);
static void ngx_secmeet_tcp_sent(ngx_secmeet_path_t *path, size_t sent);
static void ngx_secmeet_tcp_keep(ngx_secmeet_path_t *path);
static void ngx_secmeet_tcp_put(ngx_secmeet_tcp_t *tcp, u_char *p,
    size_t len);
static void ngx_secmeet_tcp_write_handler(ngx_event_t *wev);
static void ngx_secmeet_tcp_wait(ngx_secmeet_path_t *path);
static void ngx_secmeet_tcp_break(ngx_secmeet_path_t *path);


/* one read, used up before the next; a frame may have begun before */

static u_char  ngx_secmeet_tcp_data[NGX_SECMEET_FRAMING_PARTIAL
                                    + NGX_SECMEET_TCP_BUFFER];

static ngx_secmeet_wipe_t  ngx_secmeet_tcp_wipe;

/* of a binding request, less its length: RFC 8489, 5 */

static u_char  ngx_secmeet_tcp_head[] = { 0, 1, 0, 0,
                                          0x21, 0x12, 0xa4, 0x42 };


void
ngx_secmeet_tcp_init(void)
{
    ngx_secmeet_wipe_add(&ngx_secmeet_tcp_wipe, ngx_secmeet_tcp_data,
                         sizeof(ngx_secmeet_tcp_data));
}


ngx_int_t
ngx_secmeet_tcp_peek(ngx_socket_t fd, ngx_str_t *datagram)
{
    u_char   *p;
    ssize_t   n;

    /* what is a site's is not looked at any further */

    n = ngx_secmeet_tcp_look(fd, NGX_SECMEET_FRAMING_HEADER
                                 + sizeof(ngx_secmeet_tcp_head));
    p = ngx_secmeet_tcp_data;

    if (n > 0 && !ngx_secmeet_tcp_request(p, p + n)) {
        return NGX_DECLINED;
    }

    if (n > 0) {
        n = ngx_secmeet_tcp_look(fd, NGX_SECMEET_FRAMING_HEADER
                                     + NGX_SECMEET_MTU);
    }

    if (n <= 0) {
        return (n == -1 && ngx_socket_errno == NGX_EAGAIN) ? NGX_AGAIN
                                                           : NGX_ERROR;
    }

    return ngx_secmeet_framing_parse(datagram, &p, p + n);
}


static ssize_t
ngx_secmeet_tcp_look(ngx_socket_t fd, size_t size)
{
    ssize_t  n;

    do {
        n = recv(fd, ngx_secmeet_tcp_data, size, MSG_PEEK | MSG_DONTWAIT);
    } while (n == -1 && ngx_socket_errno == NGX_EINTR);

    return n;
}


/* as far as it is there: a frame with a binding request, RFC 8489, 5 */

static ngx_uint_t
ngx_secmeet_tcp_request(u_char *p, u_char *end)
{
    size_t  n;

    static u_char  mask[] = { 1, 1, 0, 0, 1, 1, 1, 1 };

    p += NGX_SECMEET_FRAMING_HEADER;

    for (n = 0; n < sizeof(mask) && p < end; n++, p++) {
        if (mask[n] && *p != ngx_secmeet_tcp_head[n]) {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_secmeet_tcp_accept(ngx_secmeet_worker_t *worker, ngx_socket_t fd)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(fd, worker->log);

    if (c == NULL) {
        (void) ngx_close_socket(fd);
        return NGX_DECLINED;
    }

    c->data = NULL;
    c->type = SOCK_STREAM;
    c->read->handler = ngx_secmeet_tcp_read_handler;
    c->read->log = c->log;
    c->write->handler = ngx_secmeet_tcp_write_handler;
    c->write->log = c->log;
    c->write->ready = 1;

    if (ngx_secmeet_tcp_first(worker, c) != NGX_OK) {
        ngx_close_connection(c);
        return NGX_DECLINED;
    }

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_secmeet_path_close(c->data);
        return NGX_DECLINED;
    }

    /* there may be more already */

    ngx_post_event(c->read, &ngx_posted_events);

    return NGX_OK;
}


/* NGX_OK: it was authentic, and c is a path's */

static ngx_int_t
ngx_secmeet_tcp_first(ngx_secmeet_worker_t *worker, ngx_connection_t *c)
{
    size_t                  size;
    ngx_str_t               datagram;
    ngx_secmeet_datagram_t  dg;

    ngx_memzero(&dg, sizeof(ngx_secmeet_datagram_t));

    if (ngx_secmeet_tcp_addresses(&dg, c->fd) != NGX_OK
        || ngx_secmeet_tcp_peek(c->fd, &datagram) != NGX_OK)
    {
        worker->counters[NGX_SECMEET_DROP_UNKNOWN]++;
        return NGX_DECLINED;
    }

    worker->counters[NGX_SECMEET_IN]++;

    dg.tcp = c;
    dg.start = datagram.data;
    dg.len = datagram.len;
    dg.now = ngx_secmeet_now();
    dg.relayed = 1;

    (void) worker->dispatch(worker, &dg);

    if (c->data == NULL) {
        ngx_secmeet_wipe();
        return NGX_DECLINED;
    }

    size = NGX_SECMEET_FRAMING_HEADER + datagram.len;

    if (recv(c->fd, ngx_secmeet_tcp_data, size, MSG_DONTWAIT)
        != (ssize_t) size)
    {
        ngx_secmeet_tcp_break(c->data);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_tcp_addresses(ngx_secmeet_datagram_t *dg, ngx_socket_t fd)
{
    int        type;
    socklen_t  len;

    len = sizeof(int);
    dg->local.len = sizeof(ngx_sockaddr_t);
    dg->remote.len = sizeof(ngx_sockaddr_t);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1
        || type != SOCK_STREAM
        || getsockname(fd, &dg->local.sa.sockaddr, &dg->local.len) == -1
        || getpeername(fd, &dg->remote.sa.sockaddr, &dg->remote.len) == -1)
    {
        return NGX_DECLINED;
    }

    switch (dg->remote.sa.sockaddr.sa_family) {

    case AF_INET:
#if (NGX_HAVE_INET6)
    case AF_INET6:
#endif
        return NGX_OK;

    default:
        return NGX_DECLINED;
    }
}


ngx_int_t
ngx_secmeet_tcp_open(ngx_secmeet_path_t *path, ngx_connection_t *c)
{
    int                 one, size;
    void               *queue;
    ngx_secmeet_tcp_t  *tcp;

    tcp = ngx_calloc(sizeof(ngx_secmeet_tcp_t), c->log);
    if (tcp == NULL) {
        return NGX_ERROR;
    }

    /* pages that are not used are not there, and the kernel wipes them */

    queue = mmap(NULL, NGX_SECMEET_TCP_QUEUE, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (queue == MAP_FAILED) {
        ngx_free(tcp);
        return NGX_ERROR;
    }

    tcp->queue = queue;

    one = 1;
    size = NGX_SECMEET_TCP_LOWAT;

    (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(int));

    /* what waits, waits here, where it can still be dropped */

    (void) setsockopt(c->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &size,
                      sizeof(int));

    path->tcp = tcp;
    path->connection = c;
    c->data = path;

    return NGX_OK;
}


void
ngx_secmeet_tcp_free(ngx_secmeet_tcp_t *tcp)
{
    (void) munmap(tcp->queue, NGX_SECMEET_TCP_QUEUE);

    ngx_secmeet_free(tcp, sizeof(ngx_secmeet_tcp_t));
}


static void
ngx_secmeet_tcp_read_handler(ngx_event_t *rev)
{
    ngx_int_t            rc;
    ngx_uint_t           rounds;
    ngx_connection_t    *c;
    ngx_secmeet_path_t  *path;

    c = rev->data;
    path = c->data;

    if (path->closing) {
        return;
    }

    if (c->close) {
        ngx_secmeet_peer_end(path->transport->peer, NGX_SECMEET_WS_AWAY);
        return;
    }

    for (rounds = 0; rounds < NGX_SECMEET_TCP_ROUNDS; rounds++) {

        rc = ngx_secmeet_tcp_read(path);

        if (path->closing) {
            return;
        }

        if (rc == NGX_AGAIN && !path->tcp->broken) {
            rev->ready = 0;
            rc = ngx_handle_read_event(rev, 0);

            if (rc == NGX_OK) {
                return;
            }
        }

        if (rc != NGX_OK) {

            /* the peer may come by another path: consent decides */

            ngx_secmeet_path_close(path);
            return;
        }
    }

    /* the rest comes in the next turn: others want their share */

    ngx_post_event(rev, &ngx_posted_next_events);
}


/* NGX_OK; NGX_AGAIN: there is no more; else the connection is over */

static ngx_int_t
ngx_secmeet_tcp_read(ngx_secmeet_path_t *path)
{
    u_char             *p;
    ssize_t             n;
    ngx_secmeet_tcp_t  *tcp;

    tcp = path->tcp;
    p = ngx_cpymem(ngx_secmeet_tcp_data, tcp->partial, tcp->npartial);

    do {
        n = recv(path->connection->fd, p, NGX_SECMEET_TCP_BUFFER,
                 MSG_DONTWAIT);
    } while (n == -1 && ngx_socket_errno == NGX_EINTR);

    if (n == -1) {
        return ngx_socket_errno == NGX_EAGAIN ? NGX_AGAIN : NGX_ERROR;
    }

    if (n == 0) {
        return NGX_DONE;
    }

    return ngx_secmeet_tcp_frames(path, ngx_secmeet_tcp_data, p + n);
}


static ngx_int_t
ngx_secmeet_tcp_frames(ngx_secmeet_path_t *path, u_char *p, u_char *end)
{
    ngx_int_t            rc;
    ngx_str_t            datagram;
    ngx_secmeet_usec_t   now;
    ngx_secmeet_tcp_t   *tcp;

    tcp = path->tcp;
    now = ngx_secmeet_now();

    for ( ;; ) {
        rc = ngx_secmeet_framing_parse(&datagram, &p, end);

        if (rc != NGX_OK) {
            break;
        }

        ngx_secmeet_tcp_datagram(path, &datagram, now);

        if (path->closing) {
            return NGX_OK;
        }
    }

    if (rc == NGX_DECLINED) {
        path->transport->worker->counters[NGX_SECMEET_DROP_UNKNOWN]++;
        return NGX_DECLINED;
    }

    tcp->npartial = end - p;
    ngx_memcpy(tcp->partial, p, tcp->npartial);

    return NGX_OK;
}


static void
ngx_secmeet_tcp_datagram(ngx_secmeet_path_t *path, ngx_str_t *datagram,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_worker_t    *worker;
    ngx_secmeet_datagram_t   dg;

    worker = path->transport->worker;
    worker->counters[NGX_SECMEET_IN]++;

    dg.listener = NULL;
    dg.tcp = path->connection;
    dg.local = path->local;
    dg.remote = path->remote;
    dg.start = datagram->data;
    dg.len = datagram->len;
    dg.now = now;
    dg.relayed = 1;

    if (ngx_secmeet_demux(dg.start, dg.len) != NGX_SECMEET_DEMUX_STUN) {
        ngx_secmeet_transport_input(path, &dg);
        return;
    }

    (void) worker->dispatch(worker, &dg);
}


void
ngx_secmeet_tcp_output(ngx_secmeet_path_t *path)
{
    ngx_secmeet_tcp_t  *tcp;

    tcp = path->tcp;

    while (path->first && tcp->queued == 0 && !tcp->broken
           && path->connection->write->ready)
    {
        ngx_secmeet_tcp_send(path);
    }

    if (path->first) {
        ngx_secmeet_tcp_keep(path);
    }

    if (tcp->queued && !tcp->broken) {
        ngx_secmeet_tcp_wait(path);
    }
}


static void
ngx_secmeet_tcp_send(ngx_secmeet_path_t *path)
{
    ssize_t                sent;
    ngx_uint_t             n;
    ngx_secmeet_packet_t  *packet;
    u_char                 heads[NGX_SECMEET_TCP_FRAMES]
                                [NGX_SECMEET_FRAMING_HEADER];
    struct iovec           iov[NGX_SECMEET_TCP_FRAMES * 2];

    n = 0;

    for (packet = path->first;
         packet && n < NGX_SECMEET_TCP_FRAMES;
         packet = packet->next)
    {
        (void) ngx_secmeet_framing_create(heads[n], packet->len);

        iov[n * 2].iov_base = heads[n];
        iov[n * 2].iov_len = NGX_SECMEET_FRAMING_HEADER;
        iov[n * 2 + 1].iov_base = packet->data;
        iov[n * 2 + 1].iov_len = packet->len;

        n++;
    }

    sent = ngx_secmeet_tcp_write(path, iov, n * 2);

    if (sent > 0) {
        ngx_secmeet_tcp_sent(path, sent);
    }
}


/* bytes; less than there were, or none: the socket is full, or broken */

static ssize_t
ngx_secmeet_tcp_write(ngx_secmeet_path_t *path, struct iovec *iov,
    ngx_uint_t n)
{
    size_t             size;
    ssize_t            sent;
    ngx_uint_t         i;
    struct msghdr      msg;
    ngx_connection_t  *c;

    c = path->connection;
    size = 0;

    for (i = 0; i < n; i++) {
        size += iov[i].iov_len;
    }

    ngx_memzero(&msg, sizeof(struct msghdr));

    msg.msg_iov = iov;
    msg.msg_iovlen = n;

    do {
        sent = sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent == -1 && ngx_socket_errno == NGX_EINTR);

    if (sent == -1 && ngx_socket_errno != NGX_EAGAIN) {
        ngx_secmeet_tcp_break(path);
        return 0;
    }

    if (sent < (ssize_t) size) {
        c->write->ready = 0;
    }

    return ngx_max(sent, 0);
}


/* takes off the path what has left, and keeps the rest of a frame cut */

static void
ngx_secmeet_tcp_sent(ngx_secmeet_path_t *path, size_t sent)
{
    size_t                 size;
    u_char                 head[NGX_SECMEET_FRAMING_HEADER];
    ngx_secmeet_packet_t  *packet;

    while (path->first && sent) {
        packet = path->first;
        size = NGX_SECMEET_FRAMING_HEADER + packet->len;

        path->first = packet->next;
        path->transport->worker->counters[NGX_SECMEET_OUT]++;

        if (sent >= size) {
            sent -= size;
            continue;
        }

        if (sent < NGX_SECMEET_FRAMING_HEADER) {
            (void) ngx_secmeet_framing_create(head, packet->len);
            ngx_secmeet_tcp_put(path->tcp, head + sent,
                                NGX_SECMEET_FRAMING_HEADER - sent);
            sent = NGX_SECMEET_FRAMING_HEADER;
        }

        sent -= NGX_SECMEET_FRAMING_HEADER;
        ngx_secmeet_tcp_put(path->tcp, packet->data + sent,
                            packet->len - sent);
        return;
    }
}


/* what does not fit any more is dropped, as on a full link */

static void
ngx_secmeet_tcp_keep(ngx_secmeet_path_t *path)
{
    u_char                 head[NGX_SECMEET_FRAMING_HEADER];
    ngx_secmeet_tcp_t     *tcp;
    ngx_secmeet_packet_t  *packet;
    ngx_secmeet_worker_t  *worker;

    tcp = path->tcp;
    worker = path->transport->worker;

    for (packet = path->first; packet; packet = packet->next) {

        if (tcp->broken
            || tcp->queued + NGX_SECMEET_FRAMING_HEADER + packet->len
               > NGX_SECMEET_TCP_QUEUE)
        {
            worker->counters[NGX_SECMEET_DROP_SEND]++;
            continue;
        }

        (void) ngx_secmeet_framing_create(head, packet->len);

        ngx_secmeet_tcp_put(tcp, head, NGX_SECMEET_FRAMING_HEADER);
        ngx_secmeet_tcp_put(tcp, packet->data, packet->len);

        worker->counters[NGX_SECMEET_OUT]++;
    }

    path->first = NULL;
}


static void
ngx_secmeet_tcp_put(ngx_secmeet_tcp_t *tcp, u_char *p, size_t len)
{
    size_t  n, last;

    while (len) {
        last = (tcp->first + tcp->queued) % NGX_SECMEET_TCP_QUEUE;
        n = ngx_min(len, NGX_SECMEET_TCP_QUEUE - last);

        ngx_memcpy(tcp->queue + last, p, n);

        tcp->queued += n;
        p += n;
        len -= n;
    }
}


static void
ngx_secmeet_tcp_write_handler(ngx_event_t *wev)
{
    ssize_t              sent;
    ngx_uint_t           n;
    struct iovec         iov[2];
    ngx_connection_t    *c;
    ngx_secmeet_tcp_t   *tcp;
    ngx_secmeet_path_t  *path;

    c = wev->data;
    path = c->data;
    tcp = path->tcp;

    while (!path->closing && !tcp->broken && tcp->queued && wev->ready) {
        n = ngx_min(tcp->queued, NGX_SECMEET_TCP_QUEUE - tcp->first);

        iov[0].iov_base = tcp->queue + tcp->first;
        iov[0].iov_len = n;
        iov[1].iov_base = tcp->queue;
        iov[1].iov_len = tcp->queued - n;

        sent = ngx_secmeet_tcp_write(path, iov, 2);

        tcp->first = (tcp->first + sent) % NGX_SECMEET_TCP_QUEUE;
        tcp->queued -= sent;
    }

    if (!path->closing && !tcp->broken && tcp->queued) {
        ngx_secmeet_tcp_wait(path);
    }
}


static void
ngx_secmeet_tcp_wait(ngx_secmeet_path_t *path)
{
    if (ngx_handle_write_event(path->connection->write, 0) != NGX_OK) {
        ngx_secmeet_tcp_break(path);
    }
}


/* whoever sends still holds the path: it is closed where it is read */

static void
ngx_secmeet_tcp_break(ngx_secmeet_path_t *path)
{
    path->tcp->broken = 1;

    ngx_post_event(path->connection->read, &ngx_posted_next_events);
}
