
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_sync.h"
#include "../meeting/ngx_secmeet_worker.h"


#define NGX_HTTP_SECMEET_SYNC_TIMER  60000      /* msec */


#if (NGX_THREADS)

typedef struct {
    ngx_http_request_t          *request;
    ngx_secmeet_tags_file_t     *file;
    ngx_http_secmeet_synced_pt   synced;
    ngx_err_t                    err;
} ngx_http_secmeet_sync_t;


static void ngx_http_secmeet_sync_thread(void *data, ngx_log_t *log);
static void ngx_http_secmeet_sync_event(ngx_event_t *ev);

#endif


ngx_int_t
ngx_http_secmeet_sync_init(ngx_conf_t *cf,
    ngx_http_secmeet_main_conf_t *smcf)
{
#if (NGX_THREADS)

    if (smcf->zone && smcf->file) {
        smcf->threads = ngx_thread_pool_add(cf, NULL);

        if (smcf->threads == NULL) {
            return NGX_ERROR;
        }
    }

#endif

    return NGX_OK;
}


/*
 * The file is that of this worker.  The room may be in another one, whose
 * file is the same unless a reload has changed it just now.
 */

ngx_int_t
ngx_http_secmeet_sync(ngx_http_request_t *r,
    ngx_http_secmeet_synced_pt synced)
{
    ngx_secmeet_tags_file_t       *file;
#if (NGX_THREADS)
    ngx_thread_task_t             *task;
    ngx_http_secmeet_sync_t       *sync;
    ngx_http_secmeet_main_conf_t  *smcf;
#endif

    file = ngx_secmeet_worker->tags->file;

    if (file == NULL) {
        return NGX_OK;
    }

#if (NGX_THREADS)

    smcf = ngx_http_get_module_main_conf(r, ngx_http_secmeet_module);

    task = ngx_thread_task_alloc(r->pool, sizeof(ngx_http_secmeet_sync_t));
    if (task == NULL) {
        return NGX_ERROR;
    }

    sync = task->ctx;

    sync->request = r;
    sync->file = file;
    sync->synced = synced;

    task->handler = ngx_http_secmeet_sync_thread;
    task->event.handler = ngx_http_secmeet_sync_event;
    task->event.data = sync;
    task->event.log = ngx_cycle->log;

    if (ngx_thread_task_post(smcf->threads, task) != NGX_OK) {
        return NGX_ERROR;
    }

    /* a worker that leaves would not wait for a thread, but for a timer */

    ngx_add_timer(&task->event, NGX_HTTP_SECMEET_SYNC_TIMER);

    r->main->blocked++;
    r->aio = 1;

    return NGX_AGAIN;

#else

    return ngx_secmeet_tags_file_synced(file,
                                        ngx_secmeet_tags_file_sync(file));

#endif
}


#if (NGX_THREADS)

static void
ngx_http_secmeet_sync_thread(void *data, ngx_log_t *log)
{
    ngx_http_secmeet_sync_t *sync = data;

    sync->err = ngx_secmeet_tags_file_sync(sync->file);
}


static void
ngx_http_secmeet_sync_event(ngx_event_t *ev)
{
    ngx_int_t                 rc;
    ngx_connection_t         *c;
    ngx_http_request_t       *r;
    ngx_http_secmeet_sync_t  *sync;

    sync = ev->data;

    if (ev->timedout) {
        ev->timedout = 0;
        ngx_add_timer(ev, NGX_HTTP_SECMEET_SYNC_TIMER);
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    r = sync->request;
    c = r->connection;

    r->main->blocked--;
    r->aio = 0;

    rc = ngx_secmeet_tags_file_synced(sync->file, sync->err);

    if (c->error) {
        ngx_http_finalize_request(r, NGX_ERROR);

    } else {
        sync->synced(r, rc);
    }

    ngx_http_run_posted_requests(c);
}

#endif
