
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <nginx.h>
#include <ngx_stream.h>

#include "ngx_stream_secmeet_listen.h"
#include "ngx_stream_secmeet_candidate.h"


static ngx_int_t ngx_stream_secmeet_listen_socket(ngx_cycle_t *cycle,
    ngx_listening_t *ls);
static ngx_int_t ngx_stream_secmeet_listen_alone(ngx_cycle_t *cycle,
    ngx_listening_t *ls, ngx_stream_secmeet_srv_conf_t *sscf);
static ngx_int_t ngx_stream_secmeet_listen_plain(ngx_cycle_t *cycle,
    ngx_listening_t *ls, ngx_stream_secmeet_srv_conf_t *sscf);
static void ngx_stream_secmeet_listen_family(ngx_listening_t *ls,
    ngx_stream_secmeet_srv_conf_t *sscf);
static ngx_int_t ngx_stream_secmeet_listen_server(ngx_cycle_t *cycle,
    ngx_stream_secmeet_srv_conf_t *sscf);
static ngx_stream_conf_ctx_t *ngx_stream_secmeet_listen_ctx(
    ngx_listening_t *ls, ngx_uint_t i);
static ngx_stream_addr_conf_t *ngx_stream_secmeet_listen_addr(
    ngx_listening_t *ls, ngx_uint_t i);


ngx_int_t
ngx_stream_secmeet_listen_check(ngx_cycle_t *cycle,
    ngx_stream_secmeet_srv_conf_t **first)
{
    ngx_uint_t                       i;
    ngx_listening_t                 *ls;
    ngx_stream_secmeet_srv_conf_t  **server;
    ngx_stream_secmeet_main_conf_t  *smcf;

    *first = NULL;

    smcf = ngx_stream_cycle_get_module_main_conf(cycle,
                                                 ngx_stream_secmeet_module);
    if (smcf == NULL) {
        return NGX_OK;
    }

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {
        if (ngx_stream_secmeet_listen_socket(cycle, &ls[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    server = smcf->servers.elts;

    for (i = 0; i < smcf->servers.nelts; i++) {

        if (ngx_stream_secmeet_listen_server(cycle, server[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (*first == NULL && server[i]->enable == 1) {
            *first = server[i];
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_stream_secmeet_listen_socket(ngx_cycle_t *cycle, ngx_listening_t *ls)
{
    ngx_uint_t                      i;
    ngx_stream_port_t              *port;
    ngx_stream_conf_ctx_t          *ctx;
    ngx_stream_secmeet_srv_conf_t  *sscf;

    if (ls->handler != ngx_stream_init_connection) {
        return NGX_OK;
    }

    port = ls->servers;

    for (i = 0; i < port->naddrs; i++) {
        ctx = ngx_stream_secmeet_listen_ctx(ls, i);
        sscf = ctx->srv_conf[ngx_stream_secmeet_module.ctx_index];

        if (sscf->enable == 1) {
            return ngx_stream_secmeet_listen_alone(cycle, ls, sscf);
        }
    }

    return NGX_OK;
}


/* media takes the whole socket: nobody else can have a part of it */

static ngx_int_t
ngx_stream_secmeet_listen_alone(ngx_cycle_t *cycle, ngx_listening_t *ls,
    ngx_stream_secmeet_srv_conf_t *sscf)
{
    ngx_uint_t                   i;
    ngx_stream_port_t           *port;
    ngx_stream_conf_ctx_t       *ctx;

    if (ls->sockaddr->sa_family != AF_INET
#if (NGX_HAVE_INET6)
        && ls->sockaddr->sa_family != AF_INET6
#endif
       )
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"secmeet_media\" in %s:%ui cannot listen on %V: it "
                      "needs an IP address and a port",
                      sscf->file_name, sscf->line, &ls->addr_text);
        return NGX_ERROR;
    }

    port = ls->servers;

    for (i = 0; i < port->naddrs; i++) {
        ctx = ngx_stream_secmeet_listen_ctx(ls, i);

        if (ctx->srv_conf[ngx_stream_secmeet_module.ctx_index] != sscf) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "\"secmeet_media\" in %s:%ui shares the %s socket "
                          "of %V with another server: give it a port of its "
                          "own, or add \"bind\" to the \"listen\" of an "
                          "address",
                          sscf->file_name, sscf->line,
                          ls->type == SOCK_DGRAM ? "udp" : "tcp",
                          &ls->addr_text);
            return NGX_ERROR;
        }
    }

    if (ls->type != SOCK_DGRAM) {

        if (ngx_stream_secmeet_listen_plain(cycle, ls, sscf) != NGX_OK) {
            return NGX_ERROR;
        }

    } else if (ngx_stream_secmeet_listen_shared(ls)) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "the server with \"secmeet_media\" in %s:%ui cannot "
                      "do anything else by udp: move \"proxy_pass\" or what "
                      "else there is to a server of its own",
                      sscf->file_name, sscf->line);
        return NGX_ERROR;
    }

    ngx_stream_secmeet_listen_family(ls, sscf);

    return NGX_OK;
}


/* by TCP, media is what a connection begins with */

static ngx_int_t
ngx_stream_secmeet_listen_plain(ngx_cycle_t *cycle, ngx_listening_t *ls,
    ngx_stream_secmeet_srv_conf_t *sscf)
{
    char                    *name;
    ngx_uint_t               i;
    ngx_stream_port_t       *port;
    ngx_stream_addr_conf_t  *conf;

    port = ls->servers;
    name = NULL;

    for (i = 0; i < port->naddrs; i++) {
        conf = ngx_stream_secmeet_listen_addr(ls, i);

        if (conf->proxy_protocol) {
            name = "proxy_protocol";
        }

        if (conf->ssl) {
            name = "ssl";
        }
    }

    if (name == NULL) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "the server with \"secmeet_media\" in %s:%ui cannot listen "
                  "on %V with \"%s\": browsers bring media without it",
                  sscf->file_name, sscf->line, &ls->addr_text, name);

    return NGX_ERROR;
}


static void
ngx_stream_secmeet_listen_family(ngx_listening_t *ls,
    ngx_stream_secmeet_srv_conf_t *sscf)
{
    in_addr_t             inaddr;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6  *sin6;
#endif

    sscf->listeners++;

#if (NGX_HAVE_INET6)

    if (ls->sockaddr->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) ls->sockaddr;

        sscf->inet6 = 1;

        if (!IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr)) {
            sscf->inet6_public = 1;
        }

        if (IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr) && !ls->ipv6only) {
            sscf->inet = 1;
            sscf->inet_public = 1;
        }

        return;
    }

#endif

    inaddr = ((struct sockaddr_in *) ls->sockaddr)->sin_addr.s_addr;

    sscf->inet = 1;

    if (ntohl(inaddr) >> 24 != 127) {
        sscf->inet_public = 1;
    }
}


static ngx_int_t
ngx_stream_secmeet_listen_server(ngx_cycle_t *cycle,
    ngx_stream_secmeet_srv_conf_t *sscf)
{
    if (sscf->enable != 1) {

        if (sscf->candidates) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                          "\"secmeet_candidate\" in %s:%ui is of no use "
                          "without \"secmeet_media on\" in the same server",
                          sscf->file_name, sscf->line);
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    if (sscf->listeners == 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "the server with \"secmeet_media\" in %s:%ui is "
                      "nobody's default: give it a port of its own",
                      sscf->file_name, sscf->line);
        return NGX_ERROR;
    }

    return ngx_stream_secmeet_candidate_check(sscf, cycle->log);
}


ngx_stream_secmeet_srv_conf_t *
ngx_stream_secmeet_listen_conf(ngx_listening_t *ls)
{
    ngx_stream_conf_ctx_t          *ctx;
    ngx_stream_secmeet_srv_conf_t  *sscf;

    if (ls->handler != ngx_stream_init_connection) {
        return NULL;
    }

    ctx = ngx_stream_secmeet_listen_ctx(ls, 0);
    sscf = ctx->srv_conf[ngx_stream_secmeet_module.ctx_index];

    return sscf->enable == 1 ? sscf : NULL;
}


ngx_uint_t
ngx_stream_secmeet_listen_shared(ngx_listening_t *ls)
{
    ngx_stream_conf_ctx_t       *ctx;
    ngx_stream_core_srv_conf_t  *cscf;

    if (ls->handler != ngx_stream_init_connection) {
        return 1;
    }

    ctx = ngx_stream_secmeet_listen_ctx(ls, 0);
    cscf = ctx->srv_conf[ngx_stream_core_module.ctx_index];

    return cscf->handler != ngx_stream_secmeet_handler;
}


void
ngx_stream_secmeet_listen_hide(ngx_cycle_t *cycle)
{
    ngx_uint_t        i;
    ngx_listening_t  *ls;

    ls = cycle->listening.elts;

    for (i = 0; i < cycle->listening.nelts; i++) {
        if (ngx_stream_secmeet_listen_conf(&ls[i])) {
            ls[i].addr_ntop = 0;
        }
    }
}


static ngx_stream_conf_ctx_t *
ngx_stream_secmeet_listen_ctx(ngx_listening_t *ls, ngx_uint_t i)
{
    ngx_stream_addr_conf_t  *conf;

    conf = ngx_stream_secmeet_listen_addr(ls, i);

#if (nginx_version >= 1025005)
    return conf->default_server->ctx;
#else
    return conf->ctx;
#endif
}


static ngx_stream_addr_conf_t *
ngx_stream_secmeet_listen_addr(ngx_listening_t *ls, ngx_uint_t i)
{
    ngx_stream_port_t      *port;
    ngx_stream_in_addr_t   *addr;
#if (NGX_HAVE_INET6)
    ngx_stream_in6_addr_t  *addr6;
#endif

    port = ls->servers;

    switch (ls->sockaddr->sa_family) {

#if (NGX_HAVE_INET6)
    case AF_INET6:
        addr6 = port->addrs;
        return &addr6[i].conf;
#endif

    default: /* AF_INET */
        addr = port->addrs;
        return &addr[i].conf;
    }
}
