
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The registry: which worker owns a room.  A claim is a symlink in the run
 * folder, made atomically, that all workers of all generations see.
 */


#ifndef _NGX_SECMEET_REGISTRY_H_INCLUDED_
#define _NGX_SECMEET_REGISTRY_H_INCLUDED_


#include "ngx_secmeet_run.h"


/*
 * Claims the tag for the worker id.  NGX_OK: ours now; NGX_DECLINED: a
 * claim exists, alive or not; NGX_ERROR.
 */
ngx_int_t ngx_secmeet_registry_claim(ngx_secmeet_run_t *run, u_char *tag,
    u_char *id);

/*
 * Takes over the claim of a dead owner (its socket refuses a connection),
 * under a lock, so that one of several takers wins.  NGX_OK; NGX_DECLINED:
 * no claim, or its owner lives; NGX_ERROR.
 */
ngx_int_t ngx_secmeet_registry_take(ngx_secmeet_run_t *run, u_char *tag,
    u_char *id);

/* NGX_OK with owner, NGX_SECMEET_WORKER_ID bytes; NGX_DECLINED: none */
ngx_int_t ngx_secmeet_registry_find(ngx_secmeet_run_t *run, u_char *tag,
    u_char *owner);

/* the room has ended; only the owner's own claim is removed */
void ngx_secmeet_registry_release(ngx_secmeet_run_t *run, u_char *tag,
    u_char *id);

/*
 * Removes sockets of the dead and claims on them that are older than keep
 * seconds; looks at max entries at most and goes on there next time, so it
 * never blocks for long.  Returns how many were removed.
 */
ngx_uint_t ngx_secmeet_registry_sweep(ngx_secmeet_run_t *run, time_t keep,
    ngx_uint_t max);

/* 1 if the worker's socket takes a connection */
ngx_uint_t ngx_secmeet_registry_alive(ngx_secmeet_run_t *run, u_char *id);


#endif /* _NGX_SECMEET_REGISTRY_H_INCLUDED_ */
