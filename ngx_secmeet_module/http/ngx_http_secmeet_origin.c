
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_origin.h"
#include "ngx_http_secmeet_header.h"


static char *ngx_http_secmeet_origin_value(ngx_conf_t *cf,
    ngx_http_secmeet_origins_t *origins, ngx_str_t *value);
static char *ngx_http_secmeet_origin_regex(ngx_conf_t *cf,
    ngx_http_secmeet_origins_t *origins, ngx_str_t *value);
static ngx_int_t ngx_http_secmeet_origin_parse(
    ngx_http_secmeet_origin_t *origin, ngx_str_t *text);
static ngx_int_t ngx_http_secmeet_origin_authority(
    ngx_http_secmeet_origin_t *origin, u_char *p, u_char *end);
static ngx_int_t ngx_http_secmeet_origin_host(ngx_str_t *host);
static ngx_int_t ngx_http_secmeet_origin_self(ngx_http_request_t *r,
    ngx_http_secmeet_origin_t *origin);
static ngx_uint_t ngx_http_secmeet_origin_same(
    ngx_http_secmeet_origin_t *rule, ngx_http_secmeet_origin_t *origin);
static ngx_uint_t ngx_http_secmeet_origin_matches(
    ngx_http_secmeet_origins_t *origins, ngx_http_secmeet_origin_t *origin);


char *
ngx_http_secmeet_origin(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_secmeet_loc_conf_t *slcf = conf;

    char                        *rv;
    ngx_str_t                   *value;
    ngx_uint_t                   i;
    ngx_http_secmeet_origins_t  *origins;

    if (slcf->origins != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    origins = ngx_pcalloc(cf->pool, sizeof(ngx_http_secmeet_origins_t));
    if (origins == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_array_init(&origins->origins, cf->pool, 4,
                       sizeof(ngx_http_secmeet_origin_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_http_secmeet_origin_value(cf, origins, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    slcf->origins = origins;

    return NGX_CONF_OK;
}


static char *
ngx_http_secmeet_origin_value(ngx_conf_t *cf,
    ngx_http_secmeet_origins_t *origins, ngx_str_t *value)
{
    ngx_http_secmeet_origin_t  *origin;

    if (ngx_strcmp(value->data, "self") == 0) {
        origins->self = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "none") == 0) {
        origins->none = 1;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value->data, "any") == 0) {
        origins->any = 1;
        return NGX_CONF_OK;
    }

    if (value->len && value->data[0] == '~') {
        return ngx_http_secmeet_origin_regex(cf, origins, value);
    }

    origin = ngx_array_push(&origins->origins);
    if (origin == NULL) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_secmeet_origin_parse(origin, value) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid origin \"%V\": write scheme://host or "
                           "scheme://host:port without a path, such as "
                           "https://meet.example.com or "
                           "https://*.example.com", value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_secmeet_origin_regex(ngx_conf_t *cf,
    ngx_http_secmeet_origins_t *origins, ngx_str_t *value)
{
#if (NGX_PCRE)
    u_char               *p, *last;
    ngx_regex_elt_t      *re;
    ngx_regex_compile_t   rc;
    u_char                errstr[NGX_MAX_CONF_ERRSTR];

    ngx_memzero(&rc, sizeof(ngx_regex_compile_t));

    p = value->data + 1;
    last = value->data + value->len;

    if (p < last && *p == '*') {
        rc.options = NGX_REGEX_CASELESS;
        p++;
    }

    if (p == last) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "empty regex in \"%V\"", value);
        return NGX_CONF_ERROR;
    }

    if (*p != '^' || last[-1] != '$') {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "regex \"%V\" allows more origins than it seems: "
                           "begin it with \"^\" and end it with \"$\"",
                           value);
    }

    if (origins->regex == NULL) {
        origins->regex = ngx_array_create(cf->pool, 2,
                                          sizeof(ngx_regex_elt_t));
        if (origins->regex == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    re = ngx_array_push(origins->regex);
    if (re == NULL) {
        return NGX_CONF_ERROR;
    }

    rc.pattern.data = p;
    rc.pattern.len = last - p;
    rc.pool = cf->pool;
    rc.err.len = NGX_MAX_CONF_ERRSTR;
    rc.err.data = errstr;

    if (ngx_regex_compile(&rc) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V", &rc.err);
        return NGX_CONF_ERROR;
    }

    re->regex = rc.regex;
    re->name = p;

    return NGX_CONF_OK;

#else

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "regex \"%V\" needs an nginx with PCRE", value);

    return NGX_CONF_ERROR;

#endif
}


ngx_int_t
ngx_http_secmeet_origin_check(ngx_http_request_t *r,
    ngx_http_secmeet_origins_t *origins)
{
    ngx_table_elt_t            *header;
    ngx_http_secmeet_origin_t   origin, self;

    header = ngx_http_secmeet_header_find(r, "origin", NULL);

    if (header == NULL) {
        return origins && origins->none ? NGX_OK : NGX_DECLINED;
    }

    /* RFC 6454, 7.3: a user agent sends one */

    if (ngx_http_secmeet_header_find(r, "origin", header)) {
        return NGX_DECLINED;
    }

    if (origins && origins->any) {
        return NGX_OK;
    }

    /* "null" and lists of origins are none */

    if (ngx_http_secmeet_origin_parse(&origin, &header->value) != NGX_OK
        || origin.wildcard)
    {
        return NGX_DECLINED;
    }

    if (origins == NULL || origins->self) {

        if (ngx_http_secmeet_origin_self(r, &self) == NGX_OK
            && ngx_http_secmeet_origin_same(&self, &origin))
        {
            return NGX_OK;
        }
    }

    if (origins == NULL) {
        return NGX_DECLINED;
    }

    if (ngx_http_secmeet_origin_matches(origins, &origin)) {
        return NGX_OK;
    }

#if (NGX_PCRE)

    if (origins->regex
        && ngx_regex_exec_array(origins->regex, &header->value,
                                r->connection->log)
           == NGX_OK)
    {
        return NGX_OK;
    }

#endif

    return NGX_DECLINED;
}


static ngx_uint_t
ngx_http_secmeet_origin_matches(ngx_http_secmeet_origins_t *origins,
    ngx_http_secmeet_origin_t *origin)
{
    ngx_uint_t                  i;
    ngx_http_secmeet_origin_t  *rule;

    rule = origins->origins.elts;

    for (i = 0; i < origins->origins.nelts; i++) {
        if (ngx_http_secmeet_origin_same(&rule[i], origin)) {
            return 1;
        }
    }

    return 0;
}


/* the scheme of the connection and the Host of the request */

static ngx_int_t
ngx_http_secmeet_origin_self(ngx_http_request_t *r,
    ngx_http_secmeet_origin_t *origin)
{
    ngx_str_t  *host;

    ngx_str_set(&origin->scheme, "http");
    origin->port = 80;
    origin->wildcard = 0;

#if (NGX_HTTP_SSL)

    if (r->connection->ssl) {
        ngx_str_set(&origin->scheme, "https");
        origin->port = 443;
    }

#endif

    host = r->headers_in.host ? &r->headers_in.host->value
                              : &r->headers_in.server;

    if (ngx_http_secmeet_origin_authority(origin, host->data,
                                          host->data + host->len)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return origin->wildcard ? NGX_DECLINED : NGX_OK;
}


/* "*.example.com" keeps ".example.com", which one label or more precede */

static ngx_uint_t
ngx_http_secmeet_origin_same(ngx_http_secmeet_origin_t *rule,
    ngx_http_secmeet_origin_t *origin)
{
    u_char  *p;
    size_t   more;

    if (rule->port != origin->port
        || rule->scheme.len != origin->scheme.len
        || ngx_strncasecmp(rule->scheme.data, origin->scheme.data,
                           origin->scheme.len)
           != 0
        || rule->host.len > origin->host.len)
    {
        return 0;
    }

    more = origin->host.len - rule->host.len;
    p = origin->host.data;

    if (rule->wildcard ? more == 0 : more != 0) {
        return 0;
    }

    return ngx_strncasecmp(rule->host.data, p + more, rule->host.len) == 0;
}


static ngx_int_t
ngx_http_secmeet_origin_parse(ngx_http_secmeet_origin_t *origin,
    ngx_str_t *text)
{
    u_char  *p, *end;

    p = text->data;
    end = p + text->len;

    origin->scheme.data = p;

    while (p < end && ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')) {
        p++;
    }

    origin->scheme.len = p - origin->scheme.data;
    origin->port = 0;

    if (origin->scheme.len == 0
        || end - p < 3
        || ngx_memcmp(p, "://", 3) != 0)
    {
        return NGX_DECLINED;
    }

    if (origin->scheme.len == 4
        && ngx_strncasecmp(origin->scheme.data, (u_char *) "http", 4) == 0)
    {
        origin->port = 80;
    }

    if (origin->scheme.len == 5
        && ngx_strncasecmp(origin->scheme.data, (u_char *) "https", 5) == 0)
    {
        origin->port = 443;
    }

    return ngx_http_secmeet_origin_authority(origin, p + 3, end);
}


/* host[:port]; without a port the one that is set stays */

static ngx_int_t
ngx_http_secmeet_origin_authority(ngx_http_secmeet_origin_t *origin,
    u_char *p, u_char *end)
{
    u_char     *last;
    ngx_int_t   port;

    last = NULL;

    if (p < end && *p == '[') {
        last = ngx_strlchr(p, end, ']');

        if (last == NULL) {
            return NGX_DECLINED;
        }
    }

    last = ngx_strlchr(last ? last : p, end, ':');

    if (last) {
        port = ngx_atoi(last + 1, end - last - 1);

        if (port < 1 || port > 65535) {
            return NGX_DECLINED;
        }

        origin->port = port;
        end = last;
    }

    origin->wildcard = 0;

    if (end - p > 2 && p[0] == '*' && p[1] == '.') {
        origin->wildcard = 1;
        p++;
    }

    origin->host.data = p;
    origin->host.len = end - p;

    return ngx_http_secmeet_origin_host(&origin->host);
}


/* the characters of names and addresses, and no empty label but the first */

static ngx_int_t
ngx_http_secmeet_origin_host(ngx_str_t *host)
{
    u_char  ch, *p, *end;

    p = host->data;
    end = p + host->len;

    if (p == end) {
        return NGX_DECLINED;
    }

    if (*p == '[') {

        for (p++; p < end - 1; p++) {
            ch = *p | 0x20;

            if ((*p < '0' || *p > ':') && *p != '.'
                && (ch < 'a' || ch > 'f'))
            {
                return NGX_DECLINED;
            }
        }

        return p < end && *p == ']' ? NGX_OK : NGX_DECLINED;
    }

    for ( /* void */ ; p < end; p++) {
        ch = *p | 0x20;

        if (*p == '.') {

            if (p + 1 < end && p[1] == '.') {
                return NGX_DECLINED;
            }

            continue;
        }

        if ((ch < 'a' || ch > 'z') && (*p < '0' || *p > '9')
            && *p != '-' && *p != '_')
        {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}
