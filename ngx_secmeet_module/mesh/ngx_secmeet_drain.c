
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_drain.h"
#include "ngx_secmeet_door.h"
#include "ngx_secmeet_registry.h"
#include "../meeting/ngx_secmeet_room.h"
#include "../wire/ngx_secmeet_ws.h"


static void ngx_secmeet_drain_event_init(ngx_event_t *ev,
    ngx_event_handler_pt handler, ngx_log_t *log);
static void ngx_secmeet_drain_handler(ngx_event_t *ev);
static void ngx_secmeet_drain_leave_handler(ngx_event_t *ev);
static ngx_uint_t ngx_secmeet_drain_successor(void);
static ngx_uint_t ngx_secmeet_drain_foreign(ngx_str_t *name);


static ngx_event_t          ngx_secmeet_drain_event;
static ngx_event_t          ngx_secmeet_drain_leave;
static ngx_connection_t     ngx_secmeet_drain_dummy;
static ngx_secmeet_load_t  *ngx_secmeet_drain_load;
static ngx_secmeet_run_t   *ngx_secmeet_drain_run;
static ngx_uint_t           ngx_secmeet_drain_alone;


void
ngx_secmeet_drain_start(ngx_secmeet_load_t *load, ngx_secmeet_run_t *run)
{
    ngx_msec_t        timeout;
    ngx_core_conf_t  *ccf;

    ngx_secmeet_load_drain(load);

    ngx_secmeet_drain_load = load;
    ngx_secmeet_drain_run = run;
    ngx_secmeet_drain_alone = 0;
    ngx_secmeet_drain_dummy.fd = (ngx_socket_t) -1;

    ngx_secmeet_drain_event_init(&ngx_secmeet_drain_event,
                                 ngx_secmeet_drain_handler,
                                 load->worker->log);
    ngx_secmeet_drain_event_init(&ngx_secmeet_drain_leave,
                                 ngx_secmeet_drain_leave_handler,
                                 load->worker->log);

    /* not cancelable: nginx keeps a leaving worker for it */

    if (load->worker->nrooms) {
        ngx_add_timer(&ngx_secmeet_drain_event, NGX_SECMEET_DRAIN_TICK);
    }

    /* WebSockets keep it as well, so this one need not */

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);
    timeout = ccf->shutdown_timeout;

    if (timeout) {
        timeout -= ngx_min(timeout / 2, NGX_SECMEET_DRAIN_LEAVE);

        ngx_secmeet_drain_leave.cancelable = 1;
        ngx_add_timer(&ngx_secmeet_drain_leave, timeout);
    }
}


static void
ngx_secmeet_drain_event_init(ngx_event_t *ev, ngx_event_handler_pt handler,
    ngx_log_t *log)
{
    ngx_memzero(ev, sizeof(ngx_event_t));

    ev->handler = handler;
    ev->data = &ngx_secmeet_drain_dummy;
    ev->log = log;
}


void
ngx_secmeet_drain_close(void)
{
    if (ngx_secmeet_drain_event.timer_set) {
        ngx_del_timer(&ngx_secmeet_drain_event);
    }

    if (ngx_secmeet_drain_leave.timer_set) {
        ngx_del_timer(&ngx_secmeet_drain_leave);
    }
}


static void
ngx_secmeet_drain_handler(ngx_event_t *ev)
{
    ngx_secmeet_worker_t  *worker;

    worker = ngx_secmeet_drain_load->worker;

    if (worker->nrooms == 0) {
        return;
    }

    /* a worker that died has a successor in no time, hence the second look */

    if (ngx_secmeet_drain_successor()) {
        ngx_secmeet_drain_alone = 0;

    } else if (++ngx_secmeet_drain_alone == NGX_SECMEET_DRAIN_ALONE) {
        ngx_secmeet_worker_end(worker, "stop", NGX_SECMEET_WS_AWAY);
    }

    ngx_add_timer(ev, NGX_SECMEET_DRAIN_TICK);
}


/* the claims go first, so that nobody comes back here */

static void
ngx_secmeet_drain_leave_handler(ngx_event_t *ev)
{
    ngx_uint_t             again;
    ngx_rbtree_t          *rooms;
    ngx_rbtree_node_t     *node;
    ngx_secmeet_room_t    *room;
    ngx_secmeet_worker_t  *worker;

    worker = ngx_secmeet_drain_load->worker;
    rooms = &worker->rooms;
    again = 0;

    if (!ngx_secmeet_drain_successor()) {
        ngx_secmeet_worker_end(worker, "stop", NGX_SECMEET_WS_AWAY);
        return;
    }

    node = (rooms->root == rooms->sentinel)
           ? NULL : ngx_rbtree_min(rooms->root, rooms->sentinel);

    for ( /* void */ ; node; node = ngx_rbtree_next(rooms, node)) {
        room = (ngx_secmeet_room_t *) node;

        if (room->closing) {
            continue;
        }

        /* who was put out a moment ago shall not be the one to open it */

        if (ngx_secmeet_room_renew_now(room) == NGX_OK
            && ngx_secmeet_registry_leave(ngx_secmeet_drain_run, room->tag,
                                          worker->id)
               == NGX_OK)
        {
            ngx_secmeet_room_move(room, "shutdown");

        } else {
            again = 1;
        }
    }

    if (again) {
        ngx_add_timer(ev, NGX_SECMEET_DRAIN_AGAIN);
        return;
    }

    ngx_secmeet_door_leave("shutdown");
}


/* a worker that takes connections: of a new configuration, or binary */

static ngx_uint_t
ngx_secmeet_drain_successor(void)
{
    ngx_err_t   err;
    ngx_str_t   name;
    ngx_dir_t   dir;
    ngx_uint_t  found;

    if (ngx_secmeet_load_others(ngx_secmeet_drain_load)) {
        return 1;
    }

    if (ngx_open_dir(&ngx_secmeet_drain_run->path, &dir) == NGX_ERROR) {
        return 0;
    }

    found = 0;

    while (!found) {
        ngx_set_errno(0);

        if (ngx_read_dir(&dir) == NGX_ERROR) {
            err = ngx_errno;

            if (err != NGX_ENOMOREFILES && err != 0) {
                ngx_log_error(NGX_LOG_ERR, ngx_secmeet_drain_load->worker->log,
                              err, ngx_read_dir_n " of the run folder failed");
            }

            break;
        }

        name.data = ngx_de_name(&dir);
        name.len = ngx_de_namelen(&dir);

        found = ngx_secmeet_drain_foreign(&name);
    }

    (void) ngx_close_dir(&dir);

    return found;
}


/* the other binary has a zone of its own, but the same run folder */

static ngx_uint_t
ngx_secmeet_drain_foreign(ngx_str_t *name)
{
    u_char  *id;

    if (name->len != 2 + NGX_SECMEET_WORKER_ID
        || ngx_strncmp(name->data, "w.", 2) != 0)
    {
        return 0;
    }

    id = name->data + 2;

    return !ngx_secmeet_load_known(ngx_secmeet_drain_load, id)
           && ngx_secmeet_registry_alive(ngx_secmeet_drain_run, id);
}
