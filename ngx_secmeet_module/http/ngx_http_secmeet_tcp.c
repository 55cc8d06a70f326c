
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_tcp.h"
#include "ngx_http_secmeet_mask.h"
#include "ngx_http_secmeet_privacy.h"


static ngx_int_t ngx_http_secmeet_tcp_address(ngx_cycle_t *cycle,
    ngx_http_secmeet_main_conf_t *hmcf, ngx_http_conf_addr_t *addr);
static ngx_int_t ngx_http_secmeet_tcp_socket(
    ngx_http_secmeet_main_conf_t *hmcf, ngx_uint_t n);


char *
ngx_http_secmeet_tcp(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_secmeet_srv_conf_t *sscf = conf;

    sscf->file_name = cf->conf_file->file.name.data;
    sscf->line = cf->conf_file->line;

    return ngx_conf_set_flag_slot(cf, cmd, conf);
}


ngx_int_t
ngx_http_secmeet_tcp_init(ngx_cycle_t *cycle,
    ngx_http_secmeet_main_conf_t *hmcf)
{
    ngx_uint_t                  i, n;
    ngx_http_conf_addr_t       *addr;
    ngx_http_conf_port_t       *port;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);

    hmcf->tcp = ngx_array_create(cycle->pool, 4, sizeof(ngx_uint_t));
    if (hmcf->tcp == NULL) {
        return NGX_ERROR;
    }

    port = cmcf->ports ? cmcf->ports->elts : NULL;

    for (i = 0; port && i < cmcf->ports->nelts; i++) {
        addr = port[i].addrs.elts;

        for (n = 0; n < port[i].addrs.nelts; n++) {

            if (ngx_http_secmeet_tcp_address(cycle, hmcf, &addr[n])
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* a socket is media's too if one of the servers that have it says so */

static ngx_int_t
ngx_http_secmeet_tcp_address(ngx_cycle_t *cycle,
    ngx_http_secmeet_main_conf_t *hmcf, ngx_http_conf_addr_t *addr)
{
    ngx_uint_t                    i, found, wildcard;
    ngx_listening_t              *ls;
    ngx_http_core_srv_conf_t    **server;
    ngx_http_secmeet_srv_conf_t  *sscf;

    server = addr->servers.elts;
    sscf = NULL;

    for (i = 0; i < addr->servers.nelts; i++) {
        sscf = server[i]->ctx->srv_conf[ngx_http_secmeet_module.ctx_index];

        if (sscf->tcp == 1) {
            break;
        }
    }

    if (i == addr->servers.nelts) {
        return NGX_OK;
    }

    if (addr->opt.proxy_protocol) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"secmeet_tcp\" in %s:%ui cannot work on \"listen %V "
                      "... proxy_protocol\": browsers bring media without it",
                      sscf->file_name, sscf->line, &addr->opt.addr_text);
        return NGX_ERROR;
    }

    ls = cycle->listening.elts;
    found = 0;

    for (wildcard = 0; !found && wildcard < 2; wildcard++) {

        for (i = 0; i < cycle->listening.nelts; i++) {

            if (ls[i].type != SOCK_STREAM
                || (ls[i].sockaddr->sa_family != AF_INET
                    && ls[i].sockaddr->sa_family != AF_INET6)
                || !ngx_http_secmeet_privacy_socket(&ls[i], addr, wildcard))
            {
                continue;
            }

            found = 1;

            if (ngx_http_secmeet_tcp_socket(hmcf, i) != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/* once, though it may have several addresses */

static ngx_int_t
ngx_http_secmeet_tcp_socket(ngx_http_secmeet_main_conf_t *hmcf, ngx_uint_t n)
{
    ngx_uint_t  i, *number;

    number = hmcf->tcp->elts;

    for (i = 0; i < hmcf->tcp->nelts; i++) {
        if (number[i] == n) {
            return NGX_OK;
        }
    }

    number = ngx_array_push(hmcf->tcp);
    if (number == NULL) {
        return NGX_ERROR;
    }

    *number = n;

    return NGX_OK;
}
