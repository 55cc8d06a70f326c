
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_path.h"
#include "ngx_secmeet_peer.h"


/* RFC 8489, 14.8; RFC 8445, 7.3.1.1 */
#define NGX_SECMEET_STUN_UNKNOWN_ATTRIBUTE  420
#define NGX_SECMEET_STUN_ROLE_CONFLICT      487


static ngx_secmeet_path_t *ngx_secmeet_transport_path(
    ngx_secmeet_transport_t *tp, ngx_secmeet_datagram_t *dg);
static void ngx_secmeet_transport_evict(ngx_secmeet_transport_t *tp);
static void ngx_secmeet_transport_select(ngx_secmeet_transport_t *tp,
    ngx_secmeet_path_t *path, ngx_uint_t nominated);
static void ngx_secmeet_transport_respond(ngx_secmeet_path_t *path,
    ngx_secmeet_stun_t *request, ngx_secmeet_datagram_t *dg,
    ngx_uint_t error);
static void ngx_secmeet_transport_mapped(ngx_secmeet_addr_t *mapped,
    ngx_secmeet_addr_t *remote);


void
ngx_secmeet_transport_stun(ngx_secmeet_transport_t *tp,
    ngx_secmeet_stun_t *stun, ngx_secmeet_datagram_t *dg)
{
    ngx_str_t            pwd, local, remote;
    ngx_secmeet_path_t  *path;

    if (tp->peer->closing) {
        return;
    }

    pwd.data = tp->pwd;
    pwd.len = NGX_SECMEET_TRANSPORT_PWD;

    if (ngx_secmeet_ice_verify(stun, dg->start, &pwd) != NGX_OK
        || ngx_secmeet_stun_username(stun, &local, &remote) != NGX_OK
        || remote.len != tp->remote_ufrag_len
        || ngx_memcmp(remote.data, tp->remote_ufrag, remote.len) != 0)
    {
        tp->worker->counters[NGX_SECMEET_DROP_INTEGRITY]++;
        return;
    }

    path = ngx_secmeet_transport_path(tp, dg);

    if (path == NULL) {
        tp->worker->counters[NGX_SECMEET_DROP_PATHS]++;
        return;
    }

    if (stun->nunknown) {
        ngx_secmeet_transport_respond(path, stun, dg,
                                      NGX_SECMEET_STUN_UNKNOWN_ATTRIBUTE);
        return;
    }

    /* a lite agent is always controlled, RFC 8445, 6.1.1 */

    if (stun->controlled) {
        ngx_secmeet_transport_respond(path, stun, dg,
                                      NGX_SECMEET_STUN_ROLE_CONFLICT);
        return;
    }

    path->last = dg->now;
    tp->consent = dg->now;

    ngx_secmeet_transport_select(tp, path, stun->use_candidate);
    ngx_secmeet_transport_respond(path, stun, dg, 0);
}


static ngx_secmeet_path_t *
ngx_secmeet_transport_path(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg)
{
    ngx_secmeet_path_t  *path;

    path = ngx_secmeet_path_find(tp->worker, dg);

    if (path && path->transport == tp) {
        return path;
    }

    /* a connection is of one transport, and of one path */

    if (dg->tcp && (path || dg->tcp->data)) {
        return NULL;
    }

    if (path && path->proven
        && dg->now - path->last < NGX_SECMEET_TRANSPORT_STALE)
    {
        /* the source may be spoofed: who is there for certain stays */
        return NULL;
    }

    if (path) {
        /* a NAT has given the address to another peer */
        ngx_secmeet_path_close(path);
    }

    if (tp->npaths == NGX_SECMEET_TRANSPORT_PATHS) {
        ngx_secmeet_transport_evict(tp);
    }

    path = ngx_secmeet_path_create(tp, dg);

    if (path) {
        path->last = dg->now;
    }

    return path;
}


/* the path that was silent longest, but not the one in use */

static void
ngx_secmeet_transport_evict(ngx_secmeet_transport_t *tp)
{
    ngx_queue_t         *q;
    ngx_secmeet_path_t  *path, *oldest;

    oldest = NULL;

    for (q = ngx_queue_head(&tp->paths);
         q != ngx_queue_sentinel(&tp->paths);
         q = ngx_queue_next(q))
    {
        path = ngx_queue_data(q, ngx_secmeet_path_t, queue);

        if (path != tp->selected
            && (oldest == NULL || path->last < oldest->last))
        {
            oldest = path;
        }
    }

    if (oldest) {
        ngx_secmeet_path_close(oldest);
    }
}


/*
 * The latest nomination counts.  Without one the first path serves, since
 * browsers begin DTLS before they nominate, and another takes over when the
 * selected one has been silent for longer than any browser's interval.
 */

static void
ngx_secmeet_transport_select(ngx_secmeet_transport_t *tp,
    ngx_secmeet_path_t *path, ngx_uint_t nominated)
{
    if (tp->selected == path) {
        tp->restarted = 0;
        return;
    }

    if (tp->selected == NULL || nominated || tp->restarted
        || path->last - tp->selected->last > NGX_SECMEET_TRANSPORT_STALE)
    {
        tp->selected = path;
        tp->restarted = 0;
    }
}


static void
ngx_secmeet_transport_respond(ngx_secmeet_path_t *path,
    ngx_secmeet_stun_t *request, ngx_secmeet_datagram_t *dg,
    ngx_uint_t error)
{
    size_t                    len;
    ngx_str_t                 pwd;
    ngx_secmeet_stun_t        stun;
    ngx_secmeet_output_t     *output;
    ngx_secmeet_packet_t     *packet;
    ngx_secmeet_transport_t  *tp;

    tp = path->transport;
    output = &tp->worker->output;

    ngx_memzero(&stun, sizeof(ngx_secmeet_stun_t));

    stun.type = NGX_SECMEET_STUN_RESPONSE;
    stun.id = request->id;

    if (error) {
        stun.type = NGX_SECMEET_STUN_ERROR;
        stun.error = error;
        stun.nunknown = request->nunknown;
        ngx_memcpy(stun.unknown, request->unknown, sizeof(stun.unknown));

    } else {
        ngx_secmeet_transport_mapped(&stun.mapped, &dg->remote);
    }

    packet = ngx_secmeet_output_packet(output);

    len = ngx_secmeet_stun_create(packet->data, &stun);

    pwd.data = tp->pwd;
    pwd.len = NGX_SECMEET_TRANSPORT_PWD;

    packet->len = ngx_secmeet_ice_sign(packet->data, len, &pwd);

    /* never more than was asked with */

    if (packet->len > dg->len) {
        ngx_secmeet_output_cancel(output, packet);
        return;
    }

    ngx_secmeet_output_send(output, path, packet);
}


/* on a dual-stack socket an IPv4 peer shall read its IPv4 address */

static void
ngx_secmeet_transport_mapped(ngx_secmeet_addr_t *mapped,
    ngx_secmeet_addr_t *remote)
{
    struct sockaddr_in   *sin;
    struct sockaddr_in6  *sin6;

    *mapped = *remote;

    if (remote->sa.sockaddr.sa_family != AF_INET6
        || !IN6_IS_ADDR_V4MAPPED(&remote->sa.sockaddr_in6.sin6_addr))
    {
        return;
    }

    sin = &mapped->sa.sockaddr_in;
    sin6 = &remote->sa.sockaddr_in6;

    ngx_memzero(mapped, sizeof(ngx_secmeet_addr_t));

    sin->sin_family = AF_INET;
    sin->sin_port = sin6->sin6_port;
    ngx_memcpy(&sin->sin_addr, &sin6->sin6_addr.s6_addr[12], 4);
    mapped->len = sizeof(struct sockaddr_in);
}
