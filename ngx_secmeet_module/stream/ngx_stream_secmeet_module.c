
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_stream.h>

#include "ngx_stream_secmeet.h"
#include "ngx_stream_secmeet_candidate.h"


static void *ngx_stream_secmeet_create_main_conf(ngx_conf_t *cf);
static void *ngx_stream_secmeet_create_srv_conf(ngx_conf_t *cf);
static char *ngx_stream_secmeet_media(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static char *ngx_stream_secmeet_candidates(ngx_conf_t *cf,
    ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_stream_secmeet_server(ngx_conf_t *cf,
    ngx_stream_secmeet_srv_conf_t *sscf);


static ngx_command_t  ngx_stream_secmeet_commands[] = {

    { ngx_string("secmeet_media"),
      NGX_STREAM_SRV_CONF|NGX_CONF_FLAG,
      ngx_stream_secmeet_media,
      NGX_STREAM_SRV_CONF_OFFSET,
      offsetof(ngx_stream_secmeet_srv_conf_t, enable),
      NULL },

    { ngx_string("secmeet_candidate"),
      NGX_STREAM_SRV_CONF|NGX_CONF_1MORE,
      ngx_stream_secmeet_candidates,
      NGX_STREAM_SRV_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_stream_module_t  ngx_stream_secmeet_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */

    ngx_stream_secmeet_create_main_conf,   /* create main configuration */
    NULL,                                  /* init main configuration */

    ngx_stream_secmeet_create_srv_conf,    /* create server configuration */
    NULL                                   /* merge server configuration */
};


ngx_module_t  ngx_stream_secmeet_module = {
    NGX_MODULE_V1,
    &ngx_stream_secmeet_module_ctx,        /* module context */
    ngx_stream_secmeet_commands,           /* module directives */
    NGX_STREAM_MODULE,                     /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


void
ngx_stream_secmeet_handler(ngx_stream_session_t *s)
{
    ngx_stream_finalize_session(s, NGX_STREAM_FORBIDDEN);
}


static void *
ngx_stream_secmeet_create_main_conf(ngx_conf_t *cf)
{
    ngx_stream_secmeet_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_stream_secmeet_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    if (ngx_array_init(&smcf->servers, cf->pool, 4,
                       sizeof(ngx_stream_secmeet_srv_conf_t *))
        != NGX_OK)
    {
        return NULL;
    }

    return smcf;
}


static void *
ngx_stream_secmeet_create_srv_conf(ngx_conf_t *cf)
{
    ngx_stream_secmeet_srv_conf_t  *sscf;

    sscf = ngx_pcalloc(cf->pool, sizeof(ngx_stream_secmeet_srv_conf_t));
    if (sscf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     sscf->candidates = NULL;
     *     sscf->file_name = NULL;
     *     sscf->line = 0;
     *     sscf->listeners = 0;
     *     sscf->inet = 0, and so on;
     */

    sscf->enable = NGX_CONF_UNSET;

    return sscf;
}


static char *
ngx_stream_secmeet_media(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_stream_secmeet_srv_conf_t *sscf = conf;

    char                        *rv;
    ngx_stream_core_srv_conf_t  *cscf;

    rv = ngx_conf_set_flag_slot(cf, cmd, conf);

    if (rv != NGX_CONF_OK || !sscf->enable) {
        return rv;
    }

    cscf = ngx_stream_conf_get_module_srv_conf(cf, ngx_stream_core_module);

    /* beside media there may be somebody else, by TCP */

    if (cscf->handler == NULL) {
        cscf->handler = ngx_stream_secmeet_handler;
    }

    if (ngx_stream_secmeet_server(cf, sscf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_stream_secmeet_candidates(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf)
{
    ngx_stream_secmeet_srv_conf_t *sscf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (sscf->candidates) {
        return "is duplicate";
    }

    sscf->candidates = ngx_array_create(cf->pool, 4,
                                        sizeof(ngx_secmeet_addr_t));
    if (sscf->candidates == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    for (i = 1; i < cf->args->nelts; i++) {
        rv = ngx_stream_secmeet_candidate(cf, sscf, &value[i]);

        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    if (ngx_stream_secmeet_server(cf, sscf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* to the servers that are looked at when all is read */

static ngx_int_t
ngx_stream_secmeet_server(ngx_conf_t *cf,
    ngx_stream_secmeet_srv_conf_t *sscf)
{
    ngx_stream_secmeet_srv_conf_t  **server;
    ngx_stream_secmeet_main_conf_t  *smcf;

    if (sscf->file_name) {
        return NGX_OK;
    }

    smcf = ngx_stream_conf_get_module_main_conf(cf,
                                                ngx_stream_secmeet_module);

    server = ngx_array_push(&smcf->servers);
    if (server == NULL) {
        return NGX_ERROR;
    }

    *server = sscf;

    sscf->file_name = cf->conf_file->file.name.data;
    sscf->line = cf->conf_file->line;

    return NGX_OK;
}
