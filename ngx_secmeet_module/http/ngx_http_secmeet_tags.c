
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_tags.h"


#define NGX_HTTP_SECMEET_TAGS_NAME     "secmeet.tags"
#define NGX_HTTP_SECMEET_TAGS          1000000
#define NGX_HTTP_SECMEET_TAGS_MAX      10000000


static char *ngx_http_secmeet_tags_max(ngx_conf_t *cf, ngx_str_t *value,
    ngx_uint_t *max);
static ngx_int_t ngx_http_secmeet_tags_default(ngx_conf_t *cf,
    ngx_str_t *path);
static ngx_int_t ngx_http_secmeet_tags_file(ngx_conf_t *cf,
    ngx_http_secmeet_main_conf_t *smcf, ngx_str_t *path, ngx_uint_t max);


char *
ngx_http_secmeet_tags(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_secmeet_main_conf_t *smcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   max;

    if (smcf->file != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;
    max = NGX_HTTP_SECMEET_TAGS;

    if (cf->args->nelts > 2) {
        rv = ngx_http_secmeet_tags_max(cf, &value[2], &max);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (value[1].len == 0
        || value[1].data[value[1].len - 1] == '/'
        || ngx_strncmp(value[1].data, "max=", 4) == 0)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is no path of a file for used tags: write "
                           "\"secmeet_tags path max=number\" or "
                           "\"secmeet_tags off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_strcmp(value[1].data, "off") == 0) {

        if (cf->args->nelts > 2) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"%V\" is of no use with \"off\"",
                               &value[2]);
            return NGX_CONF_ERROR;
        }

        smcf->file = NULL;
        return NGX_CONF_OK;
    }

    if (ngx_http_secmeet_tags_file(cf, smcf, &value[1], max) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_secmeet_tags_max(ngx_conf_t *cf, ngx_str_t *value, ngx_uint_t *max)
{
    ngx_int_t  n;

    if (ngx_strncmp(value->data, "max=", 4) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid parameter \"%V\"", value);
        return NGX_CONF_ERROR;
    }

    n = ngx_atoi(value->data + 4, value->len - 4);

    if (n == NGX_ERROR || n < 1 || n > NGX_HTTP_SECMEET_TAGS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" must be between 1 and %d", value,
                           NGX_HTTP_SECMEET_TAGS_MAX);
        return NGX_CONF_ERROR;
    }

    *max = n;

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_secmeet_tags_init(ngx_conf_t *cf,
    ngx_http_secmeet_main_conf_t *smcf)
{
    ngx_str_t  path;

    if (smcf->file != NGX_CONF_UNSET_PTR) {
        return NGX_OK;
    }

    if (ngx_http_secmeet_tags_default(cf, &path) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_secmeet_tags_file(cf, smcf, &path,
                                      NGX_HTTP_SECMEET_TAGS);
}


/* beside the temporary files of http: where this nginx has its state */

static ngx_int_t
ngx_http_secmeet_tags_default(ngx_conf_t *cf, ngx_str_t *path)
{
    u_char     *p;
    ngx_str_t   folder;

    ngx_str_set(&folder, NGX_HTTP_CLIENT_TEMP_PATH);

    while (folder.len && folder.data[folder.len - 1] != '/') {
        folder.len--;
    }

    path->len = folder.len + sizeof(NGX_HTTP_SECMEET_TAGS_NAME) - 1;

    path->data = ngx_pnalloc(cf->pool, path->len + 1);
    if (path->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(path->data, folder.data, folder.len);
    ngx_memcpy(p, NGX_HTTP_SECMEET_TAGS_NAME,
               sizeof(NGX_HTTP_SECMEET_TAGS_NAME));

    return NGX_OK;
}


static ngx_int_t
ngx_http_secmeet_tags_file(ngx_conf_t *cf,
    ngx_http_secmeet_main_conf_t *smcf, ngx_str_t *path, ngx_uint_t max)
{
    ngx_secmeet_tags_file_t  *file;

    file = ngx_pcalloc(cf->pool, sizeof(ngx_secmeet_tags_file_t));
    if (file == NULL) {
        return NGX_ERROR;
    }

    file->path = *path;
    file->max = max;

    smcf->file = file;

    return ngx_conf_full_name(cf->cycle, &file->path, 0);
}
