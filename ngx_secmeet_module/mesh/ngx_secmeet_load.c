
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_load.h"


static void ngx_secmeet_load_tick(ngx_event_t *ev);
static ngx_uint_t ngx_secmeet_load_open(ngx_secmeet_load_slot_t *slot);


ngx_int_t
ngx_secmeet_load_init(ngx_secmeet_load_t *load, ngx_secmeet_worker_t *worker,
    ngx_secmeet_load_slot_t *slots)
{
    ngx_secmeet_load_slot_t  *own;

    if (ngx_process_slot < 0 || ngx_process_slot >= NGX_SECMEET_LOAD_WORKERS)
    {
        ngx_log_error(NGX_LOG_EMERG, worker->log, 0,
                      "secmeet: nginx has more than %d processes",
                      NGX_SECMEET_LOAD_WORKERS);
        return NGX_ERROR;
    }

    own = &slots[ngx_process_slot];

    load->worker = worker;
    load->slots = slots;
    load->own = own;
    load->forwarded = worker->counters[NGX_SECMEET_FORWARDED];
    load->rate = 0;
    load->last = ngx_current_msec;

    /* nobody looks at what a dead predecessor left while it changes */

    own->pid = 0;
    ngx_memory_barrier();

    ngx_memcpy(own->id, worker->id, NGX_SECMEET_WORKER_ID);
    own->load = 0;
    own->draining = 0;
    own->rooms = 0;
    own->peers = 0;

    ngx_memory_barrier();
    own->pid = ngx_pid;

    ngx_memzero(&load->timer, sizeof(ngx_event_t));
    load->timer.handler = ngx_secmeet_load_tick;
    load->timer.data = load;
    load->timer.log = worker->log;
    load->timer.cancelable = 1;

    ngx_add_timer(&load->timer, NGX_SECMEET_LOAD_TICK);

    return NGX_OK;
}


void
ngx_secmeet_load_drain(ngx_secmeet_load_t *load)
{
    load->own->draining = 1;
}


void
ngx_secmeet_load_close(ngx_secmeet_load_t *load)
{
    if (load->timer.timer_set) {
        ngx_del_timer(&load->timer);
    }

    (void) ngx_atomic_cmp_set(&load->own->pid, ngx_pid, 0);
}


u_char *
ngx_secmeet_load_place(ngx_secmeet_load_t *load)
{
    ngx_uint_t                i;
    ngx_secmeet_load_slot_t  *best, *slot;

    best = load->own->draining ? NULL : load->own;

    for (i = 0; i < NGX_SECMEET_LOAD_WORKERS; i++) {
        slot = &load->slots[i];

        if (slot->pid == 0
            || slot->draining
            || (best && slot->load >= best->load))
        {
            continue;
        }

        if (ngx_secmeet_load_open(slot)) {
            best = slot;
        }
    }

    if (best == NULL) {
        return NULL;
    }

    (void) ngx_atomic_fetch_add(&best->load, NGX_SECMEET_LOAD_ROOM);

    return best->id;
}


void
ngx_secmeet_load_count(ngx_secmeet_load_t *load)
{
    load->own->rooms = load->worker->nrooms;
    load->own->peers = load->worker->npeers;
}


ngx_uint_t
ngx_secmeet_load_rooms(ngx_secmeet_load_t *load)
{
    ngx_uint_t                i, rooms;
    ngx_secmeet_load_slot_t  *slot;

    rooms = 0;

    for (i = 0; i < NGX_SECMEET_LOAD_WORKERS; i++) {
        slot = &load->slots[i];

        if (slot->pid && slot->rooms && ngx_secmeet_load_open(slot)) {
            rooms += slot->rooms;
        }
    }

    return rooms;
}


ngx_uint_t
ngx_secmeet_load_peers(ngx_secmeet_load_t *load)
{
    ngx_uint_t                i, peers;
    ngx_secmeet_load_slot_t  *slot;

    peers = 0;

    for (i = 0; i < NGX_SECMEET_LOAD_WORKERS; i++) {
        slot = &load->slots[i];

        if (slot->pid && slot->peers && ngx_secmeet_load_open(slot)) {
            peers += slot->peers;
        }
    }

    return peers;
}


ngx_uint_t
ngx_secmeet_load_others(ngx_secmeet_load_t *load)
{
    ngx_uint_t                i;
    ngx_secmeet_load_slot_t  *slot;

    for (i = 0; i < NGX_SECMEET_LOAD_WORKERS; i++) {
        slot = &load->slots[i];

        if (slot != load->own && slot->pid && !slot->draining
            && ngx_secmeet_load_open(slot))
        {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_secmeet_load_known(ngx_secmeet_load_t *load, u_char *id)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_LOAD_WORKERS; i++) {
        if (load->slots[i].pid
            && ngx_memcmp(load->slots[i].id, id, NGX_SECMEET_WORKER_ID) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* a worker that was killed cannot free its slot */

static ngx_uint_t
ngx_secmeet_load_open(ngx_secmeet_load_slot_t *slot)
{
    ngx_atomic_uint_t  pid;

    pid = slot->pid;

    if (pid == 0) {
        return 0;
    }

    if (kill((ngx_pid_t) pid, 0) == -1 && ngx_errno == NGX_ESRCH) {
        (void) ngx_atomic_cmp_set(&slot->pid, pid, 0);
        return 0;
    }

    return 1;
}


static void
ngx_secmeet_load_tick(ngx_event_t *ev)
{
    uint64_t               forwarded;
    ngx_msec_t             elapsed;
    ngx_uint_t             rate;
    ngx_secmeet_load_t    *load;
    ngx_secmeet_worker_t  *worker;

    load = ev->data;
    worker = load->worker;

    forwarded = worker->counters[NGX_SECMEET_FORWARDED];
    elapsed = ngx_max(ngx_current_msec - load->last, 1);

    /* what was forwarded per second, mostly as it was before */

    rate = (forwarded - load->forwarded) * 1000 / elapsed;

    load->rate = (load->rate * 3 + rate) / 4;
    load->forwarded = forwarded;
    load->last = ngx_current_msec;

    ngx_secmeet_load_count(load);

    load->own->load = load->rate
                      + worker->npeers * NGX_SECMEET_LOAD_PEER
                      + worker->nrooms * NGX_SECMEET_LOAD_ROOM;

    ngx_add_timer(&load->timer, NGX_SECMEET_LOAD_TICK);
}
