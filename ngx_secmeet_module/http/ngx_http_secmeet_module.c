
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet.h"
#include "ngx_http_secmeet_answer.h"
#include "ngx_http_secmeet_header.h"
#include "ngx_http_secmeet_mask.h"
#include "ngx_http_secmeet_origin.h"
#include "ngx_http_secmeet_request.h"
#include "ngx_http_secmeet_room.h"
#include "ngx_http_secmeet_stats.h"
#include "ngx_http_secmeet_status.h"
#include "ngx_http_secmeet_sync.h"
#include "ngx_http_secmeet_tags.h"
#include "ngx_http_secmeet_tcp.h"
#include "ngx_http_secmeet_upgrade.h"
#include "ngx_http_secmeet_zone.h"


/* for numbers, sizes and times alike; text is what the operator reads */
typedef struct {
    ngx_conf_post_handler_pt  post_handler;
    ngx_uint_t                low;
    ngx_uint_t                high;
    const char               *text;
} ngx_http_secmeet_bounds_t;


static ngx_int_t ngx_http_secmeet_handler(ngx_http_request_t *r);
static ngx_int_t ngx_http_secmeet_create(ngx_http_request_t *r,
    ngx_http_secmeet_loc_conf_t *slcf);
static ngx_int_t ngx_http_secmeet_tag(ngx_http_request_t *r, u_char *tag);
static void *ngx_http_secmeet_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_secmeet_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_secmeet_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_secmeet_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static ngx_int_t ngx_http_secmeet_init(ngx_conf_t *cf);
static char *ngx_http_secmeet(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
static ngx_uint_t ngx_http_secmeet_base(ngx_http_core_loc_conf_t *clcf);
static char *ngx_http_secmeet_check_bounds(ngx_conf_t *cf, void *post,
    void *data);


static ngx_http_secmeet_bounds_t  ngx_http_secmeet_rooms_bounds = {
    ngx_http_secmeet_check_bounds, 1, 100000, "1 and 100000"
};

static ngx_http_secmeet_bounds_t  ngx_http_secmeet_country_bounds = {
    ngx_http_secmeet_check_bounds, 1, 1000, "1 and 1000"
};

static ngx_http_secmeet_bounds_t  ngx_http_secmeet_peers_bounds = {
    ngx_http_secmeet_check_bounds, 1, 1000, "1 and 1000"
};

static ngx_http_secmeet_bounds_t  ngx_http_secmeet_tracks_bounds = {
    ngx_http_secmeet_check_bounds, 1, 64, "1 and 64"
};

static ngx_http_secmeet_bounds_t  ngx_http_secmeet_size_bounds = {
    ngx_http_secmeet_check_bounds, 1024, 256 * 1024, "1k and 256k"
};

static ngx_http_secmeet_bounds_t  ngx_http_secmeet_rate_bounds = {
    ngx_http_secmeet_check_bounds, 1, 10000, "1 and 10000"
};

static ngx_http_secmeet_bounds_t  ngx_http_secmeet_time_bounds = {
    ngx_http_secmeet_check_bounds, 1000, 86400000, "1s and 1d"
};


static ngx_command_t  ngx_http_secmeet_commands[] = {

    { ngx_string("secmeet"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_secmeet,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("secmeet_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_secmeet_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("secmeet_stats"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_secmeet_stats,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("secmeet_country"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_secmeet_country,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("secmeet_country_min"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_secmeet_main_conf_t, country_min),
      &ngx_http_secmeet_country_bounds },

    { ngx_string("secmeet_rooms"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_http_secmeet_main_conf_t, rooms),
      &ngx_http_secmeet_rooms_bounds },

    { ngx_string("secmeet_tags"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_http_secmeet_tags,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("secmeet_origin"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF
                        |NGX_CONF_1MORE,
      ngx_http_secmeet_origin,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("secmeet_create"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, create),
      NULL },

    { ngx_string("secmeet_peers"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.peers),
      &ngx_http_secmeet_peers_bounds },

    { ngx_string("secmeet_tracks"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.tracks),
      &ngx_http_secmeet_tracks_bounds },

    { ngx_string("secmeet_message_size"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.message_size),
      &ngx_http_secmeet_size_bounds },

    { ngx_string("secmeet_message_rate"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.message_rate),
      &ngx_http_secmeet_rate_bounds },

    { ngx_string("secmeet_idle_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.idle_timeout),
      &ngx_http_secmeet_time_bounds },

    { ngx_string("secmeet_join_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.join_timeout),
      &ngx_http_secmeet_time_bounds },

    { ngx_string("secmeet_consent_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.consent_timeout),
      &ngx_http_secmeet_time_bounds },

    { ngx_string("secmeet_resume_timeout"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, limits.resume_timeout),
      &ngx_http_secmeet_time_bounds },

    { ngx_string("secmeet_host"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_http_secmeet_loc_conf_t, host),
      NULL },

    { ngx_string("secmeet_tcp"),
      NGX_HTTP_SRV_CONF|NGX_CONF_FLAG,
      ngx_http_secmeet_tcp,
      NGX_HTTP_SRV_CONF_OFFSET,
      offsetof(ngx_http_secmeet_srv_conf_t, tcp),
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_secmeet_module_ctx = {
    NULL,                                  /* preconfiguration */
    ngx_http_secmeet_init,                 /* postconfiguration */

    ngx_http_secmeet_create_main_conf,     /* create main configuration */
    ngx_http_secmeet_init_main_conf,       /* init main configuration */

    ngx_http_secmeet_mask_create_srv_conf, /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_secmeet_create_loc_conf,      /* create location configuration */
    ngx_http_secmeet_merge_loc_conf        /* merge location configuration */
};


ngx_module_t  ngx_http_secmeet_module = {
    NGX_MODULE_V1,
    &ngx_http_secmeet_module_ctx,          /* module context */
    ngx_http_secmeet_commands,             /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_http_secmeet_handler(ngx_http_request_t *r)
{
    ngx_http_secmeet_ctx_t       *ctx;
    ngx_http_secmeet_loc_conf_t  *slcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);
    slcf = ngx_http_get_module_loc_conf(r, ngx_http_secmeet_module);

    if (ctx == NULL || r != r->main) {
        return NGX_HTTP_NOT_FOUND;
    }

    if (ngx_http_secmeet_origin_check(r, slcf->origins) != NGX_OK) {
        return ngx_http_secmeet_answer_error(r, NGX_HTTP_FORBIDDEN,
                                             "origin");
    }

    if (ngx_http_secmeet_tag(r, ctx->tag) != NGX_OK) {
        return ngx_http_secmeet_answer_error(r, NGX_HTTP_NOT_FOUND,
                                             "not-found");
    }

    switch (r->method) {

    case NGX_HTTP_GET:
        return ngx_http_secmeet_upgrade(r);

    case NGX_HTTP_PUT:
        return ngx_http_secmeet_create(r, slcf);

    case NGX_HTTP_DELETE:
        return ngx_http_secmeet_room_delete(r);
    }

    if (ngx_http_secmeet_header_add(r, "Allow", "GET, PUT, DELETE")
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_secmeet_answer_error(r, NGX_HTTP_NOT_ALLOWED, "method");
}


static ngx_int_t
ngx_http_secmeet_create(ngx_http_request_t *r,
    ngx_http_secmeet_loc_conf_t *slcf)
{
    ngx_str_t  value;

    if (slcf->create == NULL) {
        return ngx_http_secmeet_room_put(r);
    }

    if (ngx_http_complex_value(r, slcf->create, &value) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (value.len == 0 || (value.len == 1 && value.data[0] == '0')) {
        return ngx_http_secmeet_answer_error(r, NGX_HTTP_FORBIDDEN,
                                             "create");
    }

    return ngx_http_secmeet_room_put(r);
}


/* what follows the location's prefix, or the last segment for a regex */

static ngx_int_t
ngx_http_secmeet_tag(ngx_http_request_t *r, u_char *tag)
{
    u_char                    *p, *uri;
    ngx_uint_t                 i;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->uri.len <= NGX_SECMEET_TAG) {
        return NGX_DECLINED;
    }

    uri = r->uri.data;
    p = uri + r->uri.len - NGX_SECMEET_TAG;

    if (r->uri.len >= clcf->name.len
        && ngx_memcmp(uri, clcf->name.data, clcf->name.len) == 0)
    {
        if (p != uri + clcf->name.len) {
            return NGX_DECLINED;
        }

    } else if (p[-1] != '/') {
        return NGX_DECLINED;
    }

    for (i = 0; i < NGX_SECMEET_TAG; i++) {
        if ((p[i] < '0' || p[i] > '9') && (p[i] < 'a' || p[i] > 'f')) {
            return NGX_DECLINED;
        }
    }

    ngx_memcpy(tag, p, NGX_SECMEET_TAG);

    return NGX_OK;
}


static void *
ngx_http_secmeet_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_secmeet_main_conf_t  *smcf;

    smcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_secmeet_main_conf_t));
    if (smcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     smcf->name = { 0, NULL };
     *     smcf->size = 0;
     *     smcf->stats = { 0, NULL };
     *     smcf->zone = NULL;
     *     smcf->tags = NULL;
     *     smcf->hidden = NULL;
     *     smcf->file_name = NULL;
     *     smcf->line = 0;
     */

    smcf->rooms = NGX_CONF_UNSET;
    smcf->file = NGX_CONF_UNSET_PTR;

    smcf->mask = ngx_http_secmeet_mask_create(cf);
    if (smcf->mask == NULL) {
        return NULL;
    }
    smcf->country_min = NGX_CONF_UNSET;

    return smcf;
}


static char *
ngx_http_secmeet_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_secmeet_main_conf_t *smcf = conf;

    ngx_conf_init_value(smcf->rooms, 1000);
    ngx_conf_init_value(smcf->country_min, 5);

    ngx_http_secmeet_zone_init(smcf);

    if (ngx_http_secmeet_tags_init(cf, smcf) != NGX_OK
        || ngx_http_secmeet_sync_init(cf, smcf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_secmeet_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_secmeet_loc_conf_t  *slcf;

    slcf = ngx_palloc(cf->pool, sizeof(ngx_http_secmeet_loc_conf_t));
    if (slcf == NULL) {
        return NULL;
    }

    slcf->limits.peers = NGX_CONF_UNSET_UINT;
    slcf->limits.tracks = NGX_CONF_UNSET_UINT;
    slcf->limits.message_size = NGX_CONF_UNSET_SIZE;
    slcf->limits.message_rate = NGX_CONF_UNSET_UINT;
    slcf->limits.idle_timeout = NGX_CONF_UNSET_MSEC;
    slcf->limits.join_timeout = NGX_CONF_UNSET_MSEC;
    slcf->limits.consent_timeout = NGX_CONF_UNSET_MSEC;
    slcf->limits.resume_timeout = NGX_CONF_UNSET_MSEC;
    slcf->limits.lobby = 0;
    slcf->host = NULL;
    slcf->origins = NGX_CONF_UNSET_PTR;
    slcf->create = NULL;
    slcf->enable = NGX_CONF_UNSET;
    slcf->country = NGX_CONF_UNSET_PTR;
    slcf->prometheus = 0;

    return slcf;
}


static char *
ngx_http_secmeet_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_secmeet_loc_conf_t *prev = parent;
    ngx_http_secmeet_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    if (conf->host == NULL) {
        conf->host = prev->host;
    }

    ngx_conf_merge_uint_value(conf->limits.peers, prev->limits.peers, 100);
    ngx_conf_merge_uint_value(conf->limits.tracks, prev->limits.tracks, 8);
    ngx_conf_merge_size_value(conf->limits.message_size,
                              prev->limits.message_size, 65536);
    ngx_conf_merge_uint_value(conf->limits.message_rate,
                              prev->limits.message_rate, 50);
    ngx_conf_merge_msec_value(conf->limits.idle_timeout,
                              prev->limits.idle_timeout, 60000);
    ngx_conf_merge_msec_value(conf->limits.join_timeout,
                              prev->limits.join_timeout, 60000);
    ngx_conf_merge_msec_value(conf->limits.consent_timeout,
                              prev->limits.consent_timeout, 30000);
    ngx_conf_merge_msec_value(conf->limits.resume_timeout,
                              prev->limits.resume_timeout, 15000);
    ngx_conf_merge_ptr_value(conf->origins, prev->origins, NULL);
    ngx_conf_merge_ptr_value(conf->country, prev->country, NULL);

    if (conf->create == NULL) {
        conf->create = prev->create;
    }

    /* as a content handler: not inherited but by "if" and "limit_except" */

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->noname) {
        ngx_conf_merge_value(conf->enable, prev->enable, 0);

        if (conf->enable && clcf->lmt_excpt && clcf->handler == NULL) {
            clcf->handler = ngx_http_secmeet_handler;
        }
    }

    ngx_conf_init_value(conf->enable, 0);

    if (ngx_http_secmeet_mask_error_log(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_secmeet_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_core_main_conf_t  *cmcf;

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_secmeet_request_begin;

    return ngx_http_secmeet_mask_init(cf);
}


static char *
ngx_http_secmeet(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_secmeet_loc_conf_t *slcf = conf;

    char                      *rv;
    ngx_str_t                 *value;
    ngx_http_core_loc_conf_t  *clcf;

    if (slcf->enable != NGX_CONF_UNSET) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        slcf->enable = 0;
        return NGX_CONF_OK;
    }

    rv = ngx_http_secmeet_zone(cf, &value[1]);

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (!ngx_http_secmeet_base(clcf)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "rooms are below \"location /path/\", with a "
                           "slash at the end, and not at \"%V\"",
                           &clcf->name);
    }

    clcf->handler = ngx_http_secmeet_handler;
    slcf->enable = 1;

    if (ngx_http_secmeet_mask_base(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* 1 if a tag can follow the location's name, or a regex decides */

static ngx_uint_t
ngx_http_secmeet_base(ngx_http_core_loc_conf_t *clcf)
{
#if (NGX_PCRE)

    if (clcf->regex) {
        return 1;
    }

#endif

    return clcf->name.len
           && clcf->name.data[clcf->name.len - 1] == '/'
           && !clcf->exact_match
           && !clcf->named;
}


static char *
ngx_http_secmeet_check_bounds(ngx_conf_t *cf, void *post, void *data)
{
    ngx_http_secmeet_bounds_t *bounds = post;
    ngx_uint_t *value = data;

    if (*value >= bounds->low && *value <= bounds->high) {
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "value must be between %s",
                       bounds->text);

    return NGX_CONF_ERROR;
}
