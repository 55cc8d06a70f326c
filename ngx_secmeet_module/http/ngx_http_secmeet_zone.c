
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_zone.h"


#define NGX_HTTP_SECMEET_ZONE      (1024 * 1024)
#define NGX_HTTP_SECMEET_ZONE_MAX  (1024 * 1024 * 1024)


static char *ngx_http_secmeet_zone_size(ngx_conf_t *cf, ngx_str_t *value,
    size_t *size);
static ngx_int_t ngx_http_secmeet_zone_name(ngx_str_t *name);
static char *ngx_http_secmeet_zone_add(ngx_conf_t *cf, ngx_str_t *name);


char *
ngx_http_secmeet_zone(ngx_conf_t *cf, ngx_str_t *value)
{
    char                          *rv;
    size_t                         size;
    u_char                        *p;
    ngx_str_t                      name;
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_secmeet_module);

    name = *value;
    size = 0;

    p = (u_char *) ngx_strchr(value->data, ':');

    if (p) {
        name.len = p - value->data;

        rv = ngx_http_secmeet_zone_size(cf, value, &size);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (ngx_http_secmeet_zone_name(&name) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name of a zone in \"%V\": use letters, "
                           "digits, \"-\" and \"_\"", value);
        return NGX_CONF_ERROR;
    }

    if (smcf->zone == NULL) {
        rv = ngx_http_secmeet_zone_add(cf, &name);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (smcf->name.len != name.len
        || ngx_memcmp(smcf->name.data, name.data, name.len) != 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "one nginx holds one zone of rooms: use \"%V\" "
                           "everywhere, as in %s:%ui",
                           &smcf->name, smcf->file_name, smcf->line);
        return NGX_CONF_ERROR;
    }

    if (size && smcf->size) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "the zone \"%V\" has a size already: leave it "
                           "out here", &name);
        return NGX_CONF_ERROR;
    }

    if (size) {
        smcf->size = size;
        smcf->zone->shm.size = size;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_secmeet_zone_size(ngx_conf_t *cf, ngx_str_t *value, size_t *size)
{
    ssize_t    n;
    ngx_str_t  text;

    text.data = (u_char *) ngx_strchr(value->data, ':') + 1;
    text.len = value->data + value->len - text.data;

    n = ngx_parse_size(&text);

    if (n == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid size of a zone in \"%V\": write it as "
                           "in \"meet:1m\"", value);
        return NGX_CONF_ERROR;
    }

    if (n < NGX_SECMEET_TAGS_SIZE || n > NGX_HTTP_SECMEET_ZONE_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "size of the zone in \"%V\" must be between 128k "
                           "and 1024m", value);
        return NGX_CONF_ERROR;
    }

    *size = n;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_secmeet_zone_name(ngx_str_t *name)
{
    u_char      ch, c;
    ngx_uint_t  i;

    for (i = 0; i < name->len; i++) {
        ch = name->data[i];
        c = ch | 0x20;

        if ((c < 'a' || c > 'z') && (ch < '0' || ch > '9')
            && ch != '-' && ch != '_')
        {
            return NGX_DECLINED;
        }
    }

    return name->len ? NGX_OK : NGX_DECLINED;
}


static char *
ngx_http_secmeet_zone_add(ngx_conf_t *cf, ngx_str_t *name)
{
    ngx_str_t                      full;
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_secmeet_module);

    smcf->tags = ngx_pcalloc(cf->pool, sizeof(ngx_secmeet_tags_t));
    if (smcf->tags == NULL) {
        return NGX_CONF_ERROR;
    }

    full.len = sizeof("secmeet_") - 1 + name->len;
    full.data = ngx_pnalloc(cf->pool, full.len);
    if (full.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_sprintf(full.data, "secmeet_%V", name);

    smcf->zone = ngx_shared_memory_add(cf, &full, 0,
                                       &ngx_http_secmeet_module);
    if (smcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    smcf->zone->init = ngx_secmeet_tags_init_zone;
    smcf->zone->data = smcf->tags;

    smcf->name = *name;
    smcf->file_name = cf->conf_file->file.name.data;
    smcf->line = cf->conf_file->line;

    return NGX_CONF_OK;
}


void
ngx_http_secmeet_zone_init(ngx_http_secmeet_main_conf_t *smcf)
{
    if (smcf->zone && smcf->size == 0) {
        smcf->zone->shm.size = NGX_HTTP_SECMEET_ZONE;
    }
}
