
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What each worker of this nginx is doing, in the shared zone: its id, its
 * load, whether it drains.  Forgotten by a binary upgrade, which starts
 * workers that know only each other.
 */


#ifndef _NGX_SECMEET_LOAD_H_INCLUDED_
#define _NGX_SECMEET_LOAD_H_INCLUDED_


#include "../meeting/ngx_secmeet_worker.h"


/* slots, one a process slot */
#define NGX_SECMEET_LOAD_WORKERS      NGX_SECMEET_TAGS_WORKERS

#define NGX_SECMEET_LOAD_PEER         50        /* load of a silent peer */
#define NGX_SECMEET_LOAD_ROOM         10        /* of an empty room */
#define NGX_SECMEET_LOAD_TICK         1000      /* msec between two figures */


typedef struct {
    u_char                    id[NGX_SECMEET_WORKER_ID];
    ngx_atomic_t              pid;              /* 0: free */
    ngx_atomic_t              load;             /* packets/s and the above */
    ngx_atomic_t              draining;
    ngx_atomic_t              rooms;
    ngx_atomic_t              peers;

    /* a cache line of its own */
    u_char                    padding[NGX_SECMEET_TAGS_WORKER
                                      - NGX_SECMEET_WORKER_ID
                                      - 5 * sizeof(ngx_atomic_t)];
} ngx_secmeet_load_slot_t;


typedef struct {
    ngx_secmeet_worker_t     *worker;
    ngx_secmeet_load_slot_t  *slots;            /* in the zone */
    ngx_secmeet_load_slot_t  *own;
    uint64_t                  forwarded;        /* at the last tick */
    ngx_uint_t                rate;             /* packets/s, smoothed */
    ngx_msec_t                last;             /* when the last tick was */
    ngx_event_t               timer;            /* cancelable */
} ngx_secmeet_load_t;


/* takes the slot of this process; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_load_init(ngx_secmeet_load_t *load,
    ngx_secmeet_worker_t *worker, ngx_secmeet_load_slot_t *slots);

/* draining: new rooms go elsewhere; close: the slot is free again */
void ngx_secmeet_load_drain(ngx_secmeet_load_t *load);
void ngx_secmeet_load_close(ngx_secmeet_load_t *load);

/*
 * The id of the worker for a new room, the least loaded that does not
 * drain; adds a room's load to it at once, so that a burst spreads.  This
 * worker if no other will do, NULL if it drains as well.
 */
u_char *ngx_secmeet_load_place(ngx_secmeet_load_t *load);


/* how many rooms and peers this worker has now, for all to see */
void ngx_secmeet_load_count(ngx_secmeet_load_t *load);

/* how many all workers of this zone have */
ngx_uint_t ngx_secmeet_load_rooms(ngx_secmeet_load_t *load);
ngx_uint_t ngx_secmeet_load_peers(ngx_secmeet_load_t *load);

/* 1 if another worker of this zone lives and does not drain */
ngx_uint_t ngx_secmeet_load_others(ngx_secmeet_load_t *load);

/* 1 if the id is in a slot, alive or not */
ngx_uint_t ngx_secmeet_load_known(ngx_secmeet_load_t *load, u_char *id);


#endif /* _NGX_SECMEET_LOAD_H_INCLUDED_ */
