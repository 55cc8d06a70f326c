
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_stream.h>

#include "ngx_stream_secmeet_sender.h"
#include "ngx_stream_secmeet_listen.h"


#define NGX_STREAM_SECMEET_SENDER_DISCARD  9    /* RFC 863 */
#define NGX_STREAM_SECMEET_SENDER_SNDBUF   (4 * 1024 * 1024)
#define NGX_STREAM_SECMEET_SENDER_PORTS                                      \
    "/proc/sys/net/ipv4/ip_unprivileged_port_start"


static ngx_int_t ngx_stream_secmeet_sender_add(ngx_cycle_t *cycle,
    ngx_array_t *senders, ngx_listening_t *ls);
static ngx_socket_t ngx_stream_secmeet_sender_socket(ngx_listening_t *ls);
static socklen_t ngx_stream_secmeet_sender_discard(ngx_sockaddr_t *to,
    struct sockaddr *from);
static void ngx_stream_secmeet_sender_cleanup(void *data);
static in_port_t ngx_stream_secmeet_sender_ports(void);


ngx_int_t
ngx_stream_secmeet_sender_init(ngx_cycle_t *cycle, ngx_uid_t user)
{
    in_port_t                        first, port;
    ngx_uint_t                       i;
    ngx_array_t                     *senders;
    ngx_listening_t                 *ls;
    ngx_pool_cleanup_t              *cln;
    ngx_stream_secmeet_sender_t     *sender;
    ngx_stream_secmeet_main_conf_t  *smcf;

    /* once in the life of a master */

    static ngx_uint_t                told;

    smcf = ngx_stream_cycle_get_module_main_conf(cycle,
                                                 ngx_stream_secmeet_module);

    senders = ngx_array_create(cycle->pool, 4,
                               sizeof(ngx_stream_secmeet_sender_t));
    cln = ngx_pool_cleanup_add(cycle->pool, 0);

    if (senders == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    cln->handler = ngx_stream_secmeet_sender_cleanup;
    cln->data = senders;
    smcf->senders = senders;

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {

        if (ls[i].type == SOCK_DGRAM
            && ngx_stream_secmeet_listen_conf(&ls[i])
            && ngx_stream_secmeet_sender_find(cycle, &ls[i]) == NULL
            && ngx_stream_secmeet_sender_add(cycle, senders, &ls[i])
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (geteuid() != 0 || user == 0) {
        return NGX_OK;
    }

    first = ngx_stream_secmeet_sender_ports();
    sender = senders->elts;

    for (i = 0; i < senders->nelts; i++) {
        port = ngx_inet_get_port(&sender[i].addr.sa.sockaddr);

        if (port >= first) {
            continue;
        }

        sender[i].relay = 1;

        if (!told) {
            told = 1;
            ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                          "secmeet: workers may not bind the port %d, so "
                          "media is relayed between them: a port from %d "
                          "on costs less", (int) port, (int) first);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_stream_secmeet_sender_add(ngx_cycle_t *cycle, ngx_array_t *senders,
    ngx_listening_t *ls)
{
    ngx_stream_secmeet_sender_t  *sender;

    sender = ngx_array_push(senders);
    if (sender == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(sender, sizeof(ngx_stream_secmeet_sender_t));

    sender->addr.len = ls->socklen;
    ngx_memcpy(&sender->addr.sa, ls->sockaddr, ls->socklen);

    sender->fd = ngx_stream_secmeet_sender_socket(ls);

    if (sender->fd == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, ngx_socket_errno,
                      "secmeet: no socket to send from %V could be made: "
                      "meetings that have no sockets of their own lose "
                      "their media after a reload", &ls->addr_text);
    }

    return NGX_OK;
}


/* connected to nobody, so that nothing but that is ever received */

static ngx_socket_t
ngx_stream_secmeet_sender_socket(ngx_listening_t *ls)
{
    int             one, size;
    socklen_t       len;
    ngx_err_t       err;
    ngx_socket_t    fd;
    ngx_sockaddr_t  to;

    fd = socket(ls->sockaddr->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == (ngx_socket_t) -1) {
        return fd;
    }

    one = 1;
    size = NGX_STREAM_SECMEET_SENDER_SNDBUF;
    len = ngx_stream_secmeet_sender_discard(&to, ls->sockaddr);

#if (NGX_HAVE_INET6 && defined IPV6_V6ONLY)

    if (ls->sockaddr->sa_family == AF_INET6) {
        int  v6only = ls->ipv6only;

        (void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only,
                          sizeof(int));
    }

#endif

    (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(int));

    if (ngx_nonblocking(fd) == -1
        || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(int)) == -1
        || bind(fd, ls->sockaddr, ls->socklen) == -1
        || connect(fd, &to.sockaddr, len) == -1)
    {
        err = ngx_socket_errno;
        (void) ngx_close_socket(fd);
        ngx_set_socket_errno(err);

        return (ngx_socket_t) -1;
    }

    return fd;
}


static socklen_t
ngx_stream_secmeet_sender_discard(ngx_sockaddr_t *to, struct sockaddr *from)
{
    ngx_memzero(to, sizeof(ngx_sockaddr_t));

#if (NGX_HAVE_INET6)

    if (from->sa_family == AF_INET6) {
        to->sockaddr_in6.sin6_family = AF_INET6;
        to->sockaddr_in6.sin6_port = htons(NGX_STREAM_SECMEET_SENDER_DISCARD);
        to->sockaddr_in6.sin6_addr = in6addr_loopback;

        return sizeof(struct sockaddr_in6);
    }

#endif

    to->sockaddr_in.sin_family = AF_INET;
    to->sockaddr_in.sin_port = htons(NGX_STREAM_SECMEET_SENDER_DISCARD);
    to->sockaddr_in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    return sizeof(struct sockaddr_in);
}


static void
ngx_stream_secmeet_sender_cleanup(void *data)
{
    ngx_array_t *senders = data;

    ngx_uint_t                    i;
    ngx_stream_secmeet_sender_t  *sender;

    sender = senders->elts;

    for (i = 0; i < senders->nelts; i++) {
        if (sender[i].fd != (ngx_socket_t) -1) {
            (void) ngx_close_socket(sender[i].fd);
        }
    }
}


/* the first port that any user may bind */

static in_port_t
ngx_stream_secmeet_sender_ports(void)
{
    u_char     text[8];
    ssize_t    n;
    ngx_fd_t   fd;
    ngx_int_t  first;

    fd = ngx_open_file(NGX_STREAM_SECMEET_SENDER_PORTS, NGX_FILE_RDONLY,
                       NGX_FILE_OPEN, 0);

    n = (fd == NGX_INVALID_FILE) ? 0 : ngx_read_fd(fd, text, sizeof(text));

    if (fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(fd);
    }

    while (n > 0 && (text[n - 1] < '0' || text[n - 1] > '9')) {
        n--;
    }

    first = (n > 0) ? ngx_atoi(text, n) : NGX_ERROR;

    return first < 0 || first > 65535 ? 1024 : first;
}


ngx_stream_secmeet_sender_t *
ngx_stream_secmeet_sender_find(ngx_cycle_t *cycle, ngx_listening_t *ls)
{
    ngx_uint_t                       i;
    ngx_stream_secmeet_sender_t     *sender;
    ngx_stream_secmeet_main_conf_t  *smcf;

    smcf = ngx_stream_cycle_get_module_main_conf(cycle,
                                                 ngx_stream_secmeet_module);

    if (smcf->senders == NULL) {
        return NULL;
    }

    sender = smcf->senders->elts;

    for (i = 0; i < smcf->senders->nelts; i++) {
        if (ngx_cmp_sockaddr(&sender[i].addr.sa.sockaddr, sender[i].addr.len,
                             ls->sockaddr, ls->socklen, 1)
            == NGX_OK)
        {
            return &sender[i];
        }
    }

    return NULL;
}
