
/*
 * Copyright (C) secmeet contributors
 */


#include "peer.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_framing.h"

#include <netinet/tcp.h>


#define PEER_TCP_OUT          4194304   /* bytes that wait, at most */
#define PEER_TCP_IN           65536


struct peer_tcp_s {
    peer_io_t                 io;
    peer_t                   *peer;
    ngx_secmeet_addr_t        bind;
    ngx_secmeet_addr_t        to;

    u_char                   *out;
    size_t                    nout;
    u_char                    in[NGX_SECMEET_FRAMING_PARTIAL + PEER_TCP_IN];
    size_t                    nin;

    unsigned                  writing:1;        /* watched for it */
    unsigned                  paused:1;
};


static ngx_int_t peer_tcp_connect(peer_tcp_t *tcp, ngx_secmeet_addr_t *to);
static void peer_tcp_write(void *data);
static void peer_tcp_watch(peer_tcp_t *tcp, ngx_uint_t writing);
static void peer_tcp_read(void *data);
static void peer_tcp_frames(peer_tcp_t *tcp);


peer_tcp_t *
peer_tcp_create(peer_t *peer)
{
    peer_tcp_t  *tcp;

    tcp = peer_alloc(sizeof(peer_tcp_t));

    tcp->io.fd = -1;
    tcp->io.read = peer_tcp_read;
    tcp->io.write = peer_tcp_write;
    tcp->io.data = tcp;
    tcp->peer = peer;
    tcp->out = peer_alloc(PEER_TCP_OUT);

    return tcp;
}


void
peer_tcp_bind(peer_tcp_t *tcp, ngx_secmeet_addr_t *addr)
{
    peer_tcp_cut(tcp);

    tcp->bind = *addr;
}


void
peer_tcp_free(peer_tcp_t *tcp)
{
    peer_io_close(&tcp->io);
    free(tcp->out);
    peer_defer(tcp);
}


void
peer_tcp_cut(peer_tcp_t *tcp)
{
    peer_io_close(&tcp->io);

    tcp->nin = 0;
    tcp->nout = 0;
    tcp->writing = 0;
}


static ngx_int_t
peer_tcp_connect(peer_tcp_t *tcp, ngx_secmeet_addr_t *to)
{
    int      fd, one;
    peer_t  *peer;

    peer = tcp->peer;

    peer_tcp_cut(tcp);

    fd = socket(to->sa.sockaddr.sa_family, SOCK_STREAM|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        return NGX_ERROR;
    }

    one = 1;
    (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(int));

    if (bind(fd, &tcp->bind.sa.sockaddr, tcp->bind.len) == -1
        || connect(fd, &to->sa.sockaddr, to->len) == -1
        || fcntl(fd, F_SETFL, O_NONBLOCK) == -1)
    {
        close(fd);
        return NGX_ERROR;
    }

    tcp->io.fd = fd;
    tcp->to = *to;

    peer->local.len = sizeof(ngx_sockaddr_t);
    (void) getsockname(fd, &peer->local.sa.sockaddr, &peer->local.len);

    return tcp->paused ? NGX_OK : peer_io_add(&tcp->io, 0);
}


void
peer_tcp_send(peer_tcp_t *tcp, u_char *p, size_t len, ngx_secmeet_addr_t *to)
{
    u_char  head[NGX_SECMEET_FRAMING_HEADER];

    if ((tcp->io.fd == -1 || peer_addr_same(&tcp->to, to) != NGX_OK)
        && peer_tcp_connect(tcp, to) != NGX_OK)
    {
        return;
    }

    if (tcp->nout + sizeof(head) + len > PEER_TCP_OUT) {
        return;
    }

    (void) ngx_secmeet_framing_create(head, len);

    peer_tcp_bytes(tcp, head, sizeof(head));
    peer_tcp_bytes(tcp, p, len);
}


void
peer_tcp_bytes(peer_tcp_t *tcp, u_char *p, size_t len)
{
    if (tcp->io.fd == -1 || tcp->nout + len > PEER_TCP_OUT) {
        return;
    }

    ngx_memcpy(tcp->out + tcp->nout, p, len);
    tcp->nout += len;

    /* head and datagram leave together */

    if (len != NGX_SECMEET_FRAMING_HEADER && !tcp->writing) {
        peer_tcp_write(tcp);
    }
}


static void
peer_tcp_write(void *data)
{
    peer_tcp_t *tcp = data;

    ssize_t  n;

    n = send(tcp->io.fd, tcp->out, tcp->nout, MSG_NOSIGNAL);

    if (n > 0) {
        tcp->nout -= n;
        ngx_memmove(tcp->out, tcp->out + n, tcp->nout);
    }

    peer_tcp_watch(tcp, tcp->nout != 0);
}


static void
peer_tcp_watch(peer_tcp_t *tcp, ngx_uint_t writing)
{
    if (tcp->paused || tcp->writing == writing) {
        return;
    }

    tcp->writing = writing;

    peer_io_del(&tcp->io);
    (void) peer_io_add(&tcp->io, writing);
}


void
peer_tcp_pause(peer_tcp_t *tcp, ngx_uint_t on)
{
    if (tcp->paused == on) {
        return;
    }

    tcp->paused = on;

    if (tcp->io.fd == -1) {
        return;
    }

    if (on) {
        peer_io_del(&tcp->io);

    } else {
        (void) peer_io_add(&tcp->io, tcp->writing);
    }
}


static void
peer_tcp_read(void *data)
{
    peer_tcp_t *tcp = data;

    ssize_t     n;
    ngx_uint_t  turns;

    for (turns = 0; turns < 16 && tcp->io.fd != -1 && !tcp->paused; turns++)
    {
        n = recv(tcp->io.fd, tcp->in + tcp->nin, PEER_TCP_IN, 0);

        if (n == -1 && errno == EAGAIN) {
            return;
        }

        if (n <= 0) {
            peer_tcp_cut(tcp);
            peer_event(tcp->peer, "tcp-closed", NULL);
            return;
        }

        tcp->nin += n;
        peer_tcp_frames(tcp);
    }
}


static void
peer_tcp_frames(peer_tcp_t *tcp)
{
    u_char     *p, *end;
    ngx_int_t   rc;
    ngx_str_t   datagram;

    p = tcp->in;
    end = p + tcp->nin;

    for ( ;; ) {
        rc = ngx_secmeet_framing_parse(&datagram, &p, end);

        if (rc != NGX_OK || tcp->io.fd == -1) {
            break;
        }

        peer_datagram(tcp->peer, datagram.data, datagram.len, &tcp->to,
                      peer_now);
    }

    if (tcp->io.fd == -1) {
        return;
    }

    if (rc == NGX_DECLINED) {
        tcp->peer->counts.bad_frame++;
        peer_tcp_cut(tcp);
        return;
    }

    tcp->nin = end - p;
    ngx_memmove(tcp->in, p, tcp->nin);
}
