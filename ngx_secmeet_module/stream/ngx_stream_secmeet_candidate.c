
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_stream.h>

#include "ngx_stream_secmeet_candidate.h"


#define NGX_STREAM_SECMEET_CANDIDATES  16       /* in one server */


static ngx_int_t ngx_stream_secmeet_candidate_parse(
    ngx_secmeet_addr_t *addr, ngx_str_t *value);
static ngx_int_t ngx_stream_secmeet_candidate_ip(ngx_secmeet_addr_t *addr,
    u_char *p, u_char *end);
static const char *ngx_stream_secmeet_candidate_fault(
    ngx_secmeet_addr_t *addr);
static const char *ngx_stream_secmeet_candidate_fault6(
    struct in6_addr *addr6);
static ngx_uint_t ngx_stream_secmeet_candidate_loopback(
    ngx_secmeet_addr_t *addr);


char *
ngx_stream_secmeet_candidate(ngx_conf_t *cf,
    ngx_stream_secmeet_srv_conf_t *sscf, ngx_str_t *value)
{
    const char          *fault;
    ngx_secmeet_addr_t  *addr;

    if (sscf->candidates->nelts == NGX_STREAM_SECMEET_CANDIDATES) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "too many addresses in \"secmeet_candidate\": a "
                           "server has %d at most",
                           NGX_STREAM_SECMEET_CANDIDATES);
        return NGX_CONF_ERROR;
    }

    addr = ngx_array_push(sscf->candidates);
    if (addr == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_stream_secmeet_candidate_parse(addr, value) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid address \"%V\" in \"secmeet_candidate\": "
                           "write an IPv4 address or an IPv6 address in "
                           "brackets, and a port from 1 to 65535 if it is "
                           "not the listener's; names are not resolved",
                           value);
        return NGX_CONF_ERROR;
    }

    fault = ngx_stream_secmeet_candidate_fault(addr);

    if (fault) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" in \"secmeet_candidate\" is %s: write the "
                           "address by which browsers reach this server",
                           value, fault);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* ADDR[:PORT] or [ADDR6][:PORT] */

static ngx_int_t
ngx_stream_secmeet_candidate_parse(ngx_secmeet_addr_t *addr,
    ngx_str_t *value)
{
    u_char     *p, *end, *last, *port;
    ngx_int_t   n;

    p = value->data;
    end = p + value->len;
    last = p;

    ngx_memzero(addr, sizeof(ngx_secmeet_addr_t));

    if (p < end && *p == '[') {
        last = ngx_strlchr(p, end, ']');

        if (last == NULL) {
            return NGX_DECLINED;
        }

        last++;

        if (last < end && *last != ':') {
            return NGX_DECLINED;
        }
    }

    port = ngx_strlchr(last, end, ':');

    if (ngx_stream_secmeet_candidate_ip(addr, p, port ? port : end)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (port) {
        n = ngx_atoi(port + 1, end - port - 1);

        if (n < 1 || n > 65535) {
            return NGX_DECLINED;
        }

        ngx_inet_set_port(&addr->sa.sockaddr, (in_port_t) n);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_stream_secmeet_candidate_ip(ngx_secmeet_addr_t *addr, u_char *p,
    u_char *end)
{
    in_addr_t  inaddr;

#if (NGX_HAVE_INET6)

    if (p < end && *p == '[') {

        if (ngx_inet6_addr(p + 1, end - p - 2,
                           addr->sa.sockaddr_in6.sin6_addr.s6_addr)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        addr->sa.sockaddr_in6.sin6_family = AF_INET6;
        addr->len = sizeof(struct sockaddr_in6);

        return NGX_OK;
    }

#endif

    inaddr = ngx_inet_addr(p, end - p);

    /* INADDR_NONE is both the error and the broadcast address */

    if (inaddr == INADDR_NONE
        && (end - p != sizeof("255.255.255.255") - 1
            || ngx_memcmp(p, "255.255.255.255", end - p) != 0))
    {
        return NGX_DECLINED;
    }

    addr->sa.sockaddr_in.sin_family = AF_INET;
    addr->sa.sockaddr_in.sin_addr.s_addr = inaddr;
    addr->len = sizeof(struct sockaddr_in);

    return NGX_OK;
}


/* NULL: a packet can be sent there */

static const char *
ngx_stream_secmeet_candidate_fault(ngx_secmeet_addr_t *addr)
{
    in_addr_t  inaddr;

#if (NGX_HAVE_INET6)

    if (addr->sa.sockaddr.sa_family == AF_INET6) {
        return ngx_stream_secmeet_candidate_fault6(
                                          &addr->sa.sockaddr_in6.sin6_addr);
    }

#endif

    inaddr = ntohl(addr->sa.sockaddr_in.sin_addr.s_addr);

    if (inaddr >> 24 == 0) {
        return "a wildcard address";
    }

    if (inaddr == INADDR_BROADCAST) {
        return "a broadcast address";
    }

    if (inaddr >> 28 == 14) {
        return "a multicast address";
    }

    if (inaddr >> 28 == 15) {
        return "a reserved address";
    }

    return NULL;
}


static const char *
ngx_stream_secmeet_candidate_fault6(struct in6_addr *addr6)
{
    if (IN6_IS_ADDR_UNSPECIFIED(addr6)) {
        return "a wildcard address";
    }

    if (IN6_IS_ADDR_MULTICAST(addr6)) {
        return "a multicast address";
    }

    if (IN6_IS_ADDR_V4MAPPED(addr6)) {
        return "an IPv4 address in IPv6 clothes";
    }

    if (IN6_IS_ADDR_LINKLOCAL(addr6)) {
        return "a link-local address";
    }

    return NULL;
}


static ngx_uint_t
ngx_stream_secmeet_candidate_loopback(ngx_secmeet_addr_t *addr)
{
#if (NGX_HAVE_INET6)

    if (addr->sa.sockaddr.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&addr->sa.sockaddr_in6.sin6_addr);
    }

#endif

    return ntohl(addr->sa.sockaddr_in.sin_addr.s_addr) >> 24 == 127;
}


ngx_int_t
ngx_stream_secmeet_candidate_check(ngx_stream_secmeet_srv_conf_t *sscf,
    ngx_log_t *log)
{
    size_t               len;
    ngx_uint_t           i, listens, public;
    ngx_secmeet_addr_t  *addr;
    u_char               text[NGX_SOCKADDR_STRLEN];

    if (sscf->candidates == NULL) {
        return NGX_OK;
    }

    addr = sscf->candidates->elts;

    for (i = 0; i < sscf->candidates->nelts; i++) {

        listens = sscf->inet;
        public = sscf->inet_public;

#if (NGX_HAVE_INET6)

        if (addr[i].sa.sockaddr.sa_family == AF_INET6) {
            listens = sscf->inet6;
            public = sscf->inet6_public;
        }

#endif

        len = ngx_sock_ntop(&addr[i].sa.sockaddr, addr[i].len, text,
                            NGX_SOCKADDR_STRLEN, 0);

        if (!listens) {
            ngx_log_error(NGX_LOG_EMERG, log, 0,
                          "unreachable candidate \"%*s\" in %s:%ui: this "
                          "server has no \"listen\" of its family",
                          len, text, sscf->file_name, sscf->line);
            return NGX_ERROR;
        }

        if (public && ngx_stream_secmeet_candidate_loopback(&addr[i])) {
            ngx_log_error(NGX_LOG_WARN, log, 0,
                          "candidate \"%*s\" in %s:%ui is a loopback "
                          "address: only browsers on this machine reach it",
                          len, text, sscf->file_name, sscf->line);
        }
    }

    return NGX_OK;
}
