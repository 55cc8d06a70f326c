
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_privacy.h"
#include "ngx_http_secmeet_mask.h"


/* a variable that nginx makes of the text of a connection's address */
typedef struct {
    ngx_http_get_variable_pt  handler;
    uintptr_t                 data;
} ngx_http_secmeet_variable_t;


static void ngx_http_secmeet_privacy_listen(ngx_cycle_t *cycle,
    ngx_http_conf_addr_t *addr, ngx_uint_t hide);
static void ngx_http_secmeet_privacy_cover(ngx_cycle_t *cycle,
    ngx_http_conf_addr_t *addr);
static ngx_int_t ngx_http_secmeet_privacy_variables(ngx_cycle_t *cycle);
static ngx_uint_t ngx_http_secmeet_privacy_is_address(ngx_str_t *name);
static ngx_int_t ngx_http_secmeet_privacy_replace(ngx_cycle_t *cycle,
    ngx_str_t *name);
static ngx_int_t ngx_http_secmeet_privacy_wrap(ngx_cycle_t *cycle,
    ngx_http_variable_t *v);
static void ngx_http_secmeet_privacy_warn(ngx_cycle_t *cycle);
static void ngx_http_secmeet_privacy_warn_level(ngx_cycle_t *cycle,
    ngx_log_t *log);
static void ngx_http_secmeet_privacy_connection(ngx_connection_t *c);
static u_char *ngx_http_secmeet_privacy_log_error(ngx_log_t *log,
    u_char *buf, size_t len);
static ngx_int_t ngx_http_secmeet_privacy_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_secmeet_privacy_hide(ngx_http_request_t *r);
static ngx_int_t ngx_http_secmeet_privacy_show(ngx_http_request_t *r);


static ngx_str_t  ngx_http_secmeet_privacy_text = ngx_string("-");

/* nginx's own, the same for all connections of http */
static ngx_log_handler_pt  ngx_http_secmeet_privacy_log_handler;

/* headers in which proxies write addresses are told by their names' form */
static ngx_str_t  ngx_http_secmeet_privacy_names[] = {
    ngx_string("binary_remote_addr"),
    ngx_string("proxy_add_x_forwarded_for"),
    ngx_string("proxy_protocol_addr"),
    ngx_string("proxy_protocol_port"),
    ngx_string("realip_remote_addr"),
    ngx_string("realip_remote_port"),
    ngx_string("remote_addr"),
    ngx_string("remote_port"),
    ngx_null_string
};

static ngx_str_t  ngx_http_secmeet_privacy_texts[] = {
    ngx_string("proxy_add_x_forwarded_for"),
    ngx_string("realip_remote_addr"),
    ngx_string("remote_addr"),
    ngx_null_string
};


ngx_int_t
ngx_http_secmeet_privacy_init(ngx_cycle_t *cycle, ngx_uint_t hide)
{
    ngx_uint_t                  i, n;
    ngx_http_conf_addr_t       *addr;
    ngx_http_conf_port_t       *port;
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);

    if (ngx_http_secmeet_mask_first(cycle, ngx_http_secmeet_mask_request)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    port = cmcf->ports ? cmcf->ports->elts : NULL;

    for (i = 0; port && i < cmcf->ports->nelts; i++) {
        addr = port[i].addrs.elts;

        for (n = 0; n < port[i].addrs.nelts; n++) {
            ngx_http_secmeet_privacy_listen(cycle, &addr[n], hide);
        }
    }

    if (!hide) {
        return NGX_OK;
    }

    if (ngx_http_secmeet_privacy_variables(cycle) != NGX_OK
        || ngx_http_secmeet_mask_first(cycle, ngx_http_secmeet_privacy_hide)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_LOG_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_secmeet_privacy_show;

    ngx_http_secmeet_privacy_warn(cycle);

    return NGX_OK;
}


/* what comes to an address before its server is known is the default's */

static void
ngx_http_secmeet_privacy_listen(ngx_cycle_t *cycle,
    ngx_http_conf_addr_t *addr, ngx_uint_t hide)
{
    ngx_uint_t                     i;
    ngx_http_core_srv_conf_t     **server;
    ngx_http_secmeet_srv_conf_t   *sscf;

    server = addr->servers.elts;

    for (i = 0; i < addr->servers.nelts; i++) {
        sscf = server[i]->ctx->srv_conf[ngx_http_secmeet_module.ctx_index];

        if (sscf->rooms) {
            break;
        }
    }

    if (i == addr->servers.nelts) {
        return;
    }

    sscf = addr->default_server->ctx
               ->srv_conf[ngx_http_secmeet_module.ctx_index];
    sscf->beside = 1;

    if (hide) {
        ngx_http_secmeet_privacy_cover(cycle, addr);
    }
}


static void
ngx_http_secmeet_privacy_cover(ngx_cycle_t *cycle,
    ngx_http_conf_addr_t *addr)
{
    ngx_uint_t        found, i, wildcard;
    ngx_listening_t  *ls;

    ls = cycle->listening.elts;
    found = 0;

    /* its own socket, or several with "reuseport"; or that of all addresses */

    for (wildcard = 0; !found && wildcard < 2; wildcard++) {

        for (i = 0; i < cycle->listening.nelts; i++) {

            if (!ngx_http_secmeet_privacy_socket(&ls[i], addr, wildcard)) {
                continue;
            }

            found = 1;

            ls[i].addr_ntop = 0;
            ls[i].handler = ngx_http_secmeet_privacy_connection;
        }
    }

    if (addr->opt.proxy_protocol) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "\"secmeet_hide_addresses\": nginx logs a malformed "
                      "PROXY protocol header as it comes, with the address "
                      "in it, on \"listen %V ... proxy_protocol\" of the "
                      "server in %s:%ui",
                      &addr->opt.addr_text, addr->default_server->file_name,
                      addr->default_server->line);
    }
}


ngx_uint_t
ngx_http_secmeet_privacy_socket(ngx_listening_t *ls,
    ngx_http_conf_addr_t *addr, ngx_uint_t wildcard)
{
    if (ls->handler != ngx_http_init_connection
        && ls->handler != ngx_http_secmeet_privacy_connection)
    {
        return 0;
    }

    if (!wildcard) {
        return ngx_cmp_sockaddr(ls->sockaddr, ls->socklen,
                                addr->opt.sockaddr, addr->opt.socklen, 1)
               == NGX_OK;
    }

    return ls->sockaddr->sa_family == addr->opt.sockaddr->sa_family
           && ngx_inet_wildcard(ls->sockaddr)
           && ngx_inet_get_port(ls->sockaddr)
              == ngx_inet_get_port(addr->opt.sockaddr);
}


static ngx_int_t
ngx_http_secmeet_privacy_variables(ngx_cycle_t *cycle)
{
    ngx_str_t                     *name;
    ngx_uint_t                     i, *index;
    ngx_http_variable_t           *v;
    ngx_http_core_main_conf_t     *cmcf;
    ngx_http_secmeet_main_conf_t  *smcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);
    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_secmeet_module);

    smcf->hidden = ngx_array_create(cycle->pool, 8, sizeof(ngx_uint_t));
    if (smcf->hidden == NULL) {
        return NGX_ERROR;
    }

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {

        if (!ngx_http_secmeet_privacy_is_address(&v[i].name)) {
            continue;
        }

        index = ngx_array_push(smcf->hidden);
        if (index == NULL) {
            return NGX_ERROR;
        }

        *index = i;
    }

    for (name = ngx_http_secmeet_privacy_texts; name->len; name++) {
        if (ngx_http_secmeet_privacy_replace(cycle, name) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* $http_x_forwarded_for, $http_x_real_ip, $http_x_remote_addr and such */

static ngx_uint_t
ngx_http_secmeet_privacy_is_address(ngx_str_t *name)
{
    u_char     *last, *p;
    ngx_str_t  *known;

    for (known = ngx_http_secmeet_privacy_names; known->len; known++) {
        if (name->len == known->len
            && ngx_memcmp(name->data, known->data, known->len) == 0)
        {
            return 1;
        }
    }

    if (name->len < 5 || ngx_strncmp(name->data, "http_", 5) != 0) {
        return 0;
    }

    p = name->data + 4;
    last = name->data + name->len;

    return ngx_strnstr(p, "forwarded", last - p) != NULL
           || (last - p >= 3 && ngx_memcmp(last - 3, "_ip", 3) == 0)
           || ngx_strnstr(p, "_addr", last - p) != NULL;
}


/* the indexed one and the one that is looked up by its name, if any */

static ngx_int_t
ngx_http_secmeet_privacy_replace(ngx_cycle_t *cycle, ngx_str_t *name)
{
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_core_module);

    v = ngx_hash_find(&cmcf->variables_hash,
                      ngx_hash_key(name->data, name->len),
                      name->data, name->len);

    if (v && ngx_http_secmeet_privacy_wrap(cycle, v) != NGX_OK) {
        return NGX_ERROR;
    }

    v = cmcf->variables.elts;

    for (i = 0; i < cmcf->variables.nelts; i++) {
        if (v[i].name.len == name->len
            && ngx_memcmp(v[i].name.data, name->data, name->len) == 0)
        {
            return ngx_http_secmeet_privacy_wrap(cycle, &v[i]);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_secmeet_privacy_wrap(ngx_cycle_t *cycle, ngx_http_variable_t *v)
{
    ngx_http_secmeet_variable_t  *variable;

    if (v->get_handler == NULL) {
        return NGX_OK;
    }

    variable = ngx_palloc(cycle->pool, sizeof(ngx_http_secmeet_variable_t));
    if (variable == NULL) {
        return NGX_ERROR;
    }

    variable->handler = v->get_handler;
    variable->data = v->data;

    v->get_handler = ngx_http_secmeet_privacy_variable;
    v->data = (uintptr_t) variable;

    return NGX_OK;
}


/* debug levels show all */

static void
ngx_http_secmeet_privacy_warn(ngx_cycle_t *cycle)
{
    ngx_uint_t                     i, n;
    ngx_http_secmeet_log_t        *log;
    ngx_http_secmeet_srv_conf_t   *sscf;
    ngx_http_secmeet_main_conf_t  *smcf;
#if (NGX_DEBUG)
    ngx_event_conf_t              *ecf;

    ecf = ngx_event_get_conf(cycle->conf_ctx, ngx_event_core_module);

    if (ecf->debug_connection.nelts) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "\"secmeet_hide_addresses\": \"debug_connection\" in "
                      "\"events\" logs addresses and all else of its "
                      "connections");
    }

#endif

    smcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_secmeet_module);

    ngx_http_secmeet_privacy_warn_level(cycle, &cycle->new_log);

    log = smcf->mask->logs.elts;

    for (i = 0; i < smcf->mask->logs.nelts; i++) {
        sscf = log[i].server->ctx
                   ->srv_conf[ngx_http_secmeet_module.ctx_index];

        if (log[i].log == &cycle->new_log
            || (!sscf->rooms && !sscf->beside))
        {
            continue;
        }

        for (n = 0; n < i; n++) {
            if (log[n].log == log[i].log) {
                break;
            }
        }

        if (n == i) {
            ngx_http_secmeet_privacy_warn_level(cycle, log[i].log);
        }
    }
}


static void
ngx_http_secmeet_privacy_warn_level(ngx_cycle_t *cycle, ngx_log_t *log)
{
    static ngx_str_t  other = ngx_string("(no file)");

    for ( /* void */ ; log; log = log->next) {

        if (!(log->log_level & NGX_LOG_DEBUG_ALL)) {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                      "\"secmeet_hide_addresses\": \"error_log %V\" logs "
                      "addresses and all else at a debug level",
                      log->file && log->file->name.len ? &log->file->name
                                                       : &other);
    }
}


static void
ngx_http_secmeet_privacy_connection(ngx_connection_t *c)
{
    c->addr_text = ngx_http_secmeet_privacy_text;

    ngx_http_init_connection(c);
}


/* "set_real_ip_from" changes the text of the address again */

void
ngx_http_secmeet_privacy_connection_log(ngx_connection_t *c)
{
    if (c->listening->addr_ntop
        || c->log->handler == NULL
        || c->log->handler == ngx_http_secmeet_privacy_log_error)
    {
        return;
    }

    ngx_http_secmeet_privacy_log_handler = c->log->handler;
    c->log->handler = ngx_http_secmeet_privacy_log_error;
}


static u_char *
ngx_http_secmeet_privacy_log_error(ngx_log_t *log, u_char *buf, size_t len)
{
    u_char              *p;
    ngx_str_t            text;
    ngx_connection_t    *c;
    ngx_http_log_ctx_t  *ctx;

    ctx = log->data;
    c = ctx->connection;

    text = c->addr_text;
    c->addr_text = ngx_http_secmeet_privacy_text;

    p = ngx_http_secmeet_privacy_log_handler(log, buf, len);

    c->addr_text = text;

    return p;
}


static ngx_int_t
ngx_http_secmeet_privacy_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_secmeet_variable_t *variable =
                                        (ngx_http_secmeet_variable_t *) data;

    ngx_int_t          rc;
    ngx_str_t          text;
    ngx_connection_t  *c;

    c = r->connection;

    if (c->listening->addr_ntop) {
        return variable->handler(r, v, variable->data);
    }

    text = c->addr_text;

    c->addr_text.data = ngx_pnalloc(r->pool, NGX_SOCKADDR_STRLEN);

    if (c->addr_text.data == NULL) {
        c->addr_text = text;
        return NGX_ERROR;
    }

    c->addr_text.len = ngx_sock_ntop(c->sockaddr, c->socklen,
                                     c->addr_text.data, NGX_SOCKADDR_STRLEN,
                                     0);

    rc = variable->handler(r, v, variable->data);

    c->addr_text = text;

    return rc;
}


/* before the access log, and after it: a subrequest may be logged */

static ngx_int_t
ngx_http_secmeet_privacy_hide(ngx_http_request_t *r)
{
    ngx_uint_t                     i, *index;
    ngx_http_variable_value_t     *v;
    ngx_http_secmeet_main_conf_t  *smcf;

    if (r->connection->listening->addr_ntop) {
        return NGX_OK;
    }

    smcf = ngx_http_get_module_main_conf(r, ngx_http_secmeet_module);
    index = smcf->hidden->elts;

    for (i = 0; i < smcf->hidden->nelts; i++) {
        v = &r->variables[index[i]];

        v->len = ngx_http_secmeet_privacy_text.len;
        v->valid = 1;
        v->no_cacheable = 0;
        v->not_found = 0;
        v->data = ngx_http_secmeet_privacy_text.data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_secmeet_privacy_show(ngx_http_request_t *r)
{
    ngx_uint_t                     i, *index;
    ngx_http_variable_value_t     *v;
    ngx_http_secmeet_main_conf_t  *smcf;

    if (r->connection->listening->addr_ntop) {
        return NGX_OK;
    }

    smcf = ngx_http_get_module_main_conf(r, ngx_http_secmeet_module);
    index = smcf->hidden->elts;

    for (i = 0; i < smcf->hidden->nelts; i++) {
        v = &r->variables[index[i]];

        v->valid = 0;
        v->not_found = 0;
    }

    return NGX_OK;
}
