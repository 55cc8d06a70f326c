
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The core module: looks at the configuration as a whole, and makes and
 * ends what a worker holds.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_http.h>

#include "crypto/ngx_secmeet_srtp.h"
#include "meeting/ngx_secmeet_count.h"
#include "meeting/ngx_secmeet_wipe.h"
#include "meeting/ngx_secmeet_worker.h"
#include "mesh/ngx_secmeet_book.h"
#include "mesh/ngx_secmeet_dispatch.h"
#include "mesh/ngx_secmeet_remote.h"
#include "mesh/ngx_secmeet_run.h"
#include "http/ngx_http_secmeet.h"
#include "http/ngx_http_secmeet_mask.h"
#include "http/ngx_http_secmeet_privacy.h"
#include "http/ngx_http_secmeet_tcp.h"
#include "http/ngx_http_secmeet_ws.h"
#include "stream/ngx_stream_secmeet.h"
#include "stream/ngx_stream_secmeet_ingress.h"
#include "stream/ngx_stream_secmeet_listen.h"
#include "stream/ngx_stream_secmeet_sender.h"
#include "stream/ngx_stream_secmeet_tcp.h"


typedef struct {
    ngx_str_t                 path;             /* secmeet_run_path */
    ngx_uint_t                used;             /* there are meetings */
    ngx_flag_t                hide;             /* secmeet_hide_addresses */
} ngx_secmeet_core_conf_t;


static void *ngx_secmeet_create_conf(ngx_cycle_t *cycle);
static char *ngx_secmeet_init_conf(ngx_cycle_t *cycle, void *conf);
static ngx_int_t ngx_secmeet_init_path(ngx_cycle_t *cycle,
    ngx_secmeet_core_conf_t *scf, ngx_core_conf_t *ccf);
static ngx_int_t ngx_secmeet_init_tags(ngx_cycle_t *cycle,
    ngx_http_secmeet_main_conf_t *hmcf, ngx_core_conf_t *ccf);
static ngx_int_t ngx_secmeet_init_module(ngx_cycle_t *cycle);
static ngx_int_t ngx_secmeet_init_process(ngx_cycle_t *cycle);
static void ngx_secmeet_exit_process(ngx_cycle_t *cycle);


static ngx_command_t  ngx_secmeet_commands[] = {

    { ngx_string("secmeet_run_path"),
      NGX_MAIN_CONF|NGX_DIRECT_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      0,
      offsetof(ngx_secmeet_core_conf_t, path),
      NULL },

    { ngx_string("secmeet_hide_addresses"),
      NGX_MAIN_CONF|NGX_DIRECT_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      0,
      offsetof(ngx_secmeet_core_conf_t, hide),
      NULL },

      ngx_null_command
};


static ngx_core_module_t  ngx_secmeet_module_ctx = {
    ngx_string("secmeet"),
    ngx_secmeet_create_conf,
    ngx_secmeet_init_conf
};


ngx_module_t  ngx_secmeet_module = {
    NGX_MODULE_V1,
    &ngx_secmeet_module_ctx,               /* module context */
    ngx_secmeet_commands,                  /* module directives */
    NGX_CORE_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_secmeet_init_module,               /* init module */
    ngx_secmeet_init_process,              /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_secmeet_exit_process,              /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


/* runs at "load_module": stream has been loaded by now, or never will be */

static void *
ngx_secmeet_create_conf(ngx_cycle_t *cycle)
{
    ngx_secmeet_core_conf_t  *scf;

    if (&ngx_stream_core_module == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet needs nginx's stream module, and needs it "
                      "first: put \"load_module "
                      "modules/ngx_stream_module.so;\" before the "
                      "\"load_module\" of ngx_secmeet_module.so");
        return NULL;
    }

    scf = ngx_pcalloc(cycle->pool, sizeof(ngx_secmeet_core_conf_t));
    if (scf == NULL) {
        return NULL;
    }

    scf->hide = NGX_CONF_UNSET;

    return scf;
}


/* runs when the whole configuration is read */

static char *
ngx_secmeet_init_conf(ngx_cycle_t *cycle, void *conf)
{
    ngx_secmeet_core_conf_t *scf = conf;

    ngx_core_conf_t                *ccf;
    ngx_http_secmeet_main_conf_t   *hmcf;
    ngx_stream_secmeet_srv_conf_t  *media;

    hmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_secmeet_module);

    ngx_conf_init_value(scf->hide, 0);

    if (ngx_stream_secmeet_listen_check(cycle, &media) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (scf->hide) {
        ngx_stream_secmeet_listen_hide(cycle);
    }

    if (hmcf == NULL || hmcf->zone == NULL) {

        if (media) {
            ngx_log_error(NGX_LOG_WARN, cycle->log, 0,
                          "\"secmeet_media\" in %s:%ui has no meetings to "
                          "serve: add a location with \"secmeet meet;\" to "
                          "a server of http",
                          media->file_name, media->line);
        }

        return NGX_CONF_OK;
    }

    if (media == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"secmeet\" in %s:%ui has no port for media: add "
                      "\"stream { server { listen 3478 udp; "
                      "secmeet_media on; } }\" beside \"http\"",
                      hmcf->file_name, hmcf->line);
        return NGX_CONF_ERROR;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (ngx_secmeet_init_path(cycle, scf, ccf) != NGX_OK
        || ngx_secmeet_init_tags(cycle, hmcf, ccf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_secmeet_privacy_init(cycle, scf->hide) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_secmeet_tcp_init(cycle, hmcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (hmcf->stats.len
        && ngx_secmeet_book_check(cycle, ccf, &hmcf->stats) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    scf->used = 1;

    return NGX_CONF_OK;
}


/* beside the pid file, which tells one nginx from another as well */

static ngx_int_t
ngx_secmeet_init_path(ngx_cycle_t *cycle, ngx_secmeet_core_conf_t *scf,
    ngx_core_conf_t *ccf)
{
    if (scf->path.len == 0) {
        scf->path.len = ccf->pid.len + sizeof(".secmeet") - 1;

        scf->path.data = ngx_pnalloc(cycle->pool, scf->path.len + 1);
        if (scf->path.data == NULL) {
            return NGX_ERROR;
        }

        (void) ngx_sprintf(scf->path.data, "%V.secmeet%Z", &ccf->pid);

    } else if (ngx_conf_full_name(cycle, &scf->path, 0) != NGX_OK) {
        return NGX_ERROR;
    }

    if (scf->path.len > NGX_SECMEET_RUN_PATH) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"secmeet_run_path\" \"%V\" is longer than %d "
                      "characters, too long for the sockets in it: name a "
                      "shorter one", &scf->path, NGX_SECMEET_RUN_PATH);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* here a reload can still be refused, and the old workers go on */

static ngx_int_t
ngx_secmeet_init_tags(ngx_cycle_t *cycle, ngx_http_secmeet_main_conf_t *hmcf,
    ngx_core_conf_t *ccf)
{
    if (hmcf->file == NULL || ngx_process == NGX_PROCESS_SIGNALLER) {
        return NGX_OK;
    }

    hmcf->tags->file = hmcf->file;

    return ngx_secmeet_tags_file_init(cycle, hmcf->file, ccf->user);
}


/* in the master, which may still be root */

static ngx_int_t
ngx_secmeet_init_module(ngx_cycle_t *cycle)
{
    ngx_core_conf_t          *ccf;
    ngx_secmeet_core_conf_t  *scf;

    scf = (ngx_secmeet_core_conf_t *) ngx_get_conf(cycle->conf_ctx,
                                                   ngx_secmeet_module);

    if (!scf->used || ngx_test_config
        || ngx_process == NGX_PROCESS_SIGNALLER)
    {
        return NGX_OK;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    if (ngx_http_secmeet_mask_writers(cycle) != NGX_OK
        || ngx_stream_secmeet_sender_init(cycle, ccf->user) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_secmeet_run_create(cycle, &scf->path, ccf->user);
}


static ngx_int_t
ngx_secmeet_init_process(ngx_cycle_t *cycle)
{
    ngx_secmeet_core_conf_t       *scf;
    ngx_http_secmeet_main_conf_t  *hmcf;

    scf = (ngx_secmeet_core_conf_t *) ngx_get_conf(cycle->conf_ctx,
                                                   ngx_secmeet_module);

    if (!scf->used
        || (ngx_process != NGX_PROCESS_WORKER
            && ngx_process != NGX_PROCESS_SINGLE))
    {
        return NGX_OK;
    }

    hmcf = ngx_http_cycle_get_module_main_conf(cycle,
                                               ngx_http_secmeet_module);

    if (ngx_secmeet_srtp_init() != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: libsrtp does not start");
        return NGX_ERROR;
    }

    if (ngx_secmeet_worker_init(cycle, hmcf->tags, hmcf->rooms) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_secmeet_count_init(ngx_secmeet_worker, hmcf->country_min);
    ngx_secmeet_dispatch_init(ngx_secmeet_worker);
    ngx_http_secmeet_ws_init();

    if (ngx_stream_secmeet_ingress_init(cycle, ngx_secmeet_worker)
        != NGX_OK
        || ngx_stream_secmeet_tcp_beside(cycle, ngx_secmeet_worker, hmcf->tcp)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_secmeet_remote_init(ngx_secmeet_worker, &scf->path) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_secmeet_book_init(ngx_secmeet_worker, &hmcf->stats);
    ngx_secmeet_wipe_init(cycle->log);

    return NGX_OK;
}


static void
ngx_secmeet_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_secmeet_worker == NULL) {
        return;
    }

    ngx_secmeet_wipe_close();
    ngx_stream_secmeet_tcp_close();

    /* the meetings end, and their last words go out with the goodbye */

    ngx_secmeet_worker_close(ngx_secmeet_worker);
    ngx_http_secmeet_ws_exit();
    ngx_secmeet_book_close();
    ngx_secmeet_remote_close();
}
