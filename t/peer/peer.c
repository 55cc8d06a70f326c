
/*
 * Copyright (C) secmeet contributors
 */


/* for recvmmsg() */
#define _GNU_SOURCE

#include "peer.h"
#include "feedback.h"
#include "secure.h"

#include <openssl/rand.h>
#include <stdio.h>


#define PEER_MMSG             64
#define PEER_PORT             32768
#define PEER_PORTS            28000


static int peer_socket(ngx_secmeet_addr_t *addr);
static int peer_socket_bind(int fd, ngx_secmeet_addr_t *addr);
static void peer_read_init(void);
static void peer_read(void *data);
static ngx_secmeet_usec_t peer_read_time(struct msghdr *msg);
static void peer_rtp_input(peer_t *peer, u_char *p, size_t len,
    ngx_secmeet_usec_t when);
static void peer_early_keep(peer_t *peer, u_char *p, size_t len,
    ngx_secmeet_usec_t when);
static ngx_uint_t peer_lose(peer_t *peer, ngx_uint_t loss);


static peer_t             *peer_list[256];
static struct mmsghdr      peer_msgs[PEER_MMSG];
static struct iovec        peer_iovs[PEER_MMSG];
static ngx_secmeet_addr_t  peer_addrs[PEER_MMSG];
static u_char              peer_bufs[PEER_MMSG][PEER_DATAGRAM];
static u_char              peer_controls[PEER_MMSG][64];


peer_t *
peer_create(ngx_uint_t id)
{
    peer_t  *peer;

    peer = peer_alloc(sizeof(peer_t));

    peer->id = id;
    peer->io.fd = -1;
    peer->io.read = peer_read;
    peer->io.data = peer;
    peer->session = peer_random() >> 2;
    peer->ssrc = (uint32_t) peer_random() | 1;
    peer->seed = id + 1;
    peer->exts[NGX_SECMEET_EXT_MID] = 4;
    peer->exts[NGX_SECMEET_EXT_AUDIO_LEVEL] = 1;

    (void) snprintf((char *) peer->cname, sizeof(peer->cname), "%016llx",
                    (unsigned long long) peer_random());

    peer_secure_init(peer);
    peer_feedback_init(peer);

    peer->ctx = ngx_secmeet_dtls_ctx_create();

    if (peer->ctx == NULL || peer_ice_init(peer) != NGX_OK) {
        peer_close(peer);
        return NULL;
    }

    peer->next = peer_list[id % 256];
    peer_list[id % 256] = peer;

    return peer;
}


peer_t *
peer_find(ngx_uint_t id)
{
    peer_t  *peer;

    for (peer = peer_list[id % 256]; peer; peer = peer->next) {
        if (peer->id == id) {
            return peer;
        }
    }

    return NULL;
}


void
peer_close(peer_t *peer)
{
    peer_t      **link;
    ngx_uint_t    i;

    for (link = &peer_list[peer->id % 256]; *link; link = &(*link)->next) {
        if (*link == peer) {
            *link = peer->next;
            break;
        }
    }

    for (i = 0; i < peer->nlines; i++) {
        peer_line_free(peer->lines[i]);
    }

    peer_feedback_stop(peer);
    peer_twcc_free(peer);
    peer_ice_stop(peer);
    peer_secure_free(peer);
    peer_io_close(&peer->io);

    if (peer->tcp) {
        peer_tcp_free(peer->tcp);
    }

    if (peer->ctx) {
        ngx_secmeet_dtls_ctx_free(peer->ctx);
    }

    free(peer->early);
    free(peer->server_fingerprint.data);
    peer_defer(peer);
}


ngx_int_t
peer_bind(peer_t *peer, ngx_secmeet_addr_t *addr)
{
    int  fd;

    if (peer->tcp) {
        peer_tcp_bind(peer->tcp, addr);
        peer->local = *addr;
        return NGX_OK;
    }

    fd = peer_socket(addr);

    if (fd == -1) {
        return NGX_ERROR;
    }

    peer_io_close(&peer->io);

    peer->io.fd = fd;

    peer->local.len = sizeof(ngx_sockaddr_t);

    if (getsockname(fd, &peer->local.sa.sockaddr, &peer->local.len) == -1) {
        return NGX_ERROR;
    }

    return peer_io_add(&peer->io, 0);
}


static int
peer_socket(ngx_secmeet_addr_t *addr)
{
    int  fd, size, on;

    fd = socket(addr->sa.sockaddr.sa_family,
                SOCK_DGRAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (fd == -1) {
        return -1;
    }

    on = 1;
    size = 4 * 1024 * 1024;

    /* as large as the system lets it be: what we lose, nobody sent wrong */

    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(int)) == -1)
    {
        (void) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(int));
    }

    (void) setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(int));

    if (peer_socket_bind(fd, addr) == -1) {
        close(fd);
        return -1;
    }

    return fd;
}


/*
 * A port used again at once would be taken for the peer that has had it
 * before, as long as that may still be there: they go round.
 */

static int
peer_socket_bind(int fd, ngx_secmeet_addr_t *addr)
{
    ngx_uint_t           i;
    in_port_t           *port;
    ngx_secmeet_addr_t   to;

    static ngx_uint_t    next;

    to = *addr;

    port = to.sa.sockaddr.sa_family == AF_INET6 ? &to.sa.sockaddr_in6.sin6_port
                                                : &to.sa.sockaddr_in.sin_port;

    if (*port) {
        return bind(fd, &to.sa.sockaddr, to.len);
    }

    if (next == 0) {
        next = peer_random();
    }

    for (i = 0; i < PEER_PORTS; i++) {
        next++;
        *port = htons(PEER_PORT + next % PEER_PORTS);

        if (bind(fd, &to.sa.sockaddr, to.len) == 0) {
            return 0;
        }

        if (errno != EADDRINUSE) {
            return -1;
        }
    }

    return -1;
}


static void
peer_read_init(void)
{
    ngx_uint_t  i;

    for (i = 0; i < PEER_MMSG; i++) {
        peer_iovs[i].iov_base = peer_bufs[i];
        peer_iovs[i].iov_len = PEER_DATAGRAM;
        peer_msgs[i].msg_hdr.msg_iov = &peer_iovs[i];
        peer_msgs[i].msg_hdr.msg_iovlen = 1;
        peer_msgs[i].msg_hdr.msg_name = &peer_addrs[i].sa;
        peer_msgs[i].msg_hdr.msg_namelen = sizeof(ngx_sockaddr_t);
        peer_msgs[i].msg_hdr.msg_control = peer_controls[i];
        peer_msgs[i].msg_hdr.msg_controllen = 64;
    }
}


static void
peer_read(void *data)
{
    peer_t *peer = data;

    int         i, n;
    ngx_uint_t  turns;

    if (peer_iovs[0].iov_base == NULL) {
        peer_read_init();
    }

    for (turns = 0; turns < 8 && peer->io.fd != -1; turns++) {
        n = recvmmsg(peer->io.fd, peer_msgs, PEER_MMSG, 0, NULL);

        if (n <= 0) {
            return;
        }

        for (i = 0; i < n; i++) {
            if (peer->io.fd != -1) {
                peer_addrs[i].len = peer_msgs[i].msg_hdr.msg_namelen;
                peer_datagram(peer, peer_bufs[i], peer_msgs[i].msg_len,
                              &peer_addrs[i],
                              peer_read_time(&peer_msgs[i].msg_hdr));
            }

            peer_msgs[i].msg_hdr.msg_namelen = sizeof(ngx_sockaddr_t);
            peer_msgs[i].msg_hdr.msg_controllen = 64;
        }

        if (n < PEER_MMSG) {
            return;
        }
    }
}


static ngx_secmeet_usec_t
peer_read_time(struct msghdr *msg)
{
    struct cmsghdr   *cmsg;
    struct timespec   ts;

    cmsg = CMSG_FIRSTHDR(msg);

    if (cmsg == NULL || cmsg->cmsg_type != SCM_TIMESTAMPNS) {
        return peer_now;
    }

    ngx_memcpy(&ts, CMSG_DATA(cmsg), sizeof(struct timespec));

    return (ngx_secmeet_usec_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000
           - peer_epoch;
}


void
peer_datagram(peer_t *peer, u_char *p, size_t len, ngx_secmeet_addr_t *from,
    ngx_secmeet_usec_t when)
{
    if (peer->mute) {
        return;
    }

    peer->counts.in++;
    peer->counts.bytes_in += len;

    if (peer->loss_in && peer_lose(peer, peer->loss_in)) {
        peer->counts.lost_in++;
        return;
    }

    switch (ngx_secmeet_demux(p, len)) {

    case NGX_SECMEET_DEMUX_STUN:
        peer_ice_input(peer, p, len, from);
        return;

    case NGX_SECMEET_DEMUX_UNKNOWN:
        peer->counts.unknown++;
        return;

    default:
        break;
    }

    if (peer->ice.selected == NULL
        || peer_addr_same(from, &peer->ice.selected->addr) != NGX_OK)
    {
        peer->counts.foreign++;
        return;
    }

    switch (ngx_secmeet_demux(p, len)) {

    case NGX_SECMEET_DEMUX_DTLS:
        peer_secure_input(peer, p, len);
        break;

    case NGX_SECMEET_DEMUX_RTP:
        peer_rtp_input(peer, p, len, when);
        break;

    default: /* NGX_SECMEET_DEMUX_RTCP */
        peer_feedback_input(peer, p, len);
        break;
    }
}


static void
peer_rtp_input(peer_t *peer, u_char *p, size_t len, ngx_secmeet_usec_t when)
{
    uint32_t      ssrc;
    peer_end_t   *end;
    peer_line_t  *line;

    if (peer->srtp == NULL) {
        peer->counts.early++;
        return;
    }

    if (len < NGX_SECMEET_RTP_HEADER) {
        peer->counts.bad_decrypt++;
        return;
    }

    ssrc = (uint32_t) p[8] << 24 | p[9] << 16 | p[10] << 8 | p[11];

    end = peer_line_end(peer, ssrc);

    if (end == NULL || end->source) {
        peer_early_keep(peer, p, len, when);
        return;
    }

    line = end->line;

    if (!end->rtx && line->sink->drop_in && peer_sink_drop(line->sink, p)) {
        return;
    }

    switch (ngx_secmeet_srtp_unprotect(peer->srtp, p, &len)) {

    case NGX_OK:
        peer_sink_input(line->sink, p, len, when, end->rtx);
        break;

    case NGX_DONE:
        line->sink->replays++;
        peer->counts.replays++;
        break;

    default:
        peer->counts.bad_decrypt++;
        break;
    }
}


static void
peer_early_keep(peer_t *peer, u_char *p, size_t len, ngx_secmeet_usec_t when)
{
    peer_early_t  *early;

    if (!peer->offered || peer->nearly == PEER_EARLY
        || len > NGX_SECMEET_MTU)
    {
        peer->counts.unknown_ssrc++;
        return;
    }

    if (peer->early == NULL) {
        peer->early = peer_alloc(sizeof(peer_early_t) * PEER_EARLY);
    }

    early = &peer->early[peer->nearly++];
    early->len = len;
    early->when = when;
    ngx_memcpy(early->data, p, len);
}


void
peer_early(peer_t *peer)
{
    ngx_uint_t  i;

    peer->offered = 0;

    for (i = 0; i < peer->nearly; i++) {
        peer_rtp_input(peer, peer->early[i].data, peer->early[i].len,
                       peer->early[i].when);
    }

    peer->nearly = 0;
}


void
peer_send(peer_t *peer, u_char *p, size_t len, ngx_secmeet_addr_t *to)
{
    if (to == NULL) {
        if (peer->ice.selected == NULL) {
            return;
        }

        to = &peer->ice.selected->addr;
    }

    if (peer->mute || (peer->io.fd == -1 && peer->tcp == NULL)) {
        return;
    }

    peer->counts.out++;
    peer->counts.bytes_out += len;

    if (peer->loss_out && peer_lose(peer, peer->loss_out)) {
        peer->counts.lost_out++;
        return;
    }

    if (peer->tcp) {
        peer_tcp_send(peer->tcp, p, len, to);
        return;
    }

    (void) sendto(peer->io.fd, p, len, 0, &to->sa.sockaddr, to->len);
}


static ngx_uint_t
peer_lose(peer_t *peer, ngx_uint_t loss)
{
    uint64_t  x;

    /* the same seed loses the same datagrams */

    x = peer->seed;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    peer->seed = x;

    return (x >> 20) % 1000 < loss;
}


void
peer_event(peer_t *peer, const char *event, json_t *fields)
{
    json_t  *json;

    json = json_pack("{s:s, s:I, s:I}", "event", event,
                     "id", (json_int_t) peer->id,
                     "time", (json_int_t) peer_now);

    if (fields) {
        json_object_update(json, fields);
        json_decref(fields);
    }

    peer_out(json);
}


uint64_t
peer_random(void)
{
    uint64_t  n;

    if (RAND_bytes((u_char *) &n, sizeof(uint64_t)) != 1) {
        fprintf(stderr, "peer: no random numbers\n");
        exit(2);
    }

    return n;
}
