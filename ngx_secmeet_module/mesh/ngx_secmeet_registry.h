
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The registry: which worker owns a room.  A claim is a symlink in the run
 * folder, made atomically, that all workers of all generations see.  It says
 * who the owner is and which tickets are good for the room.  A claim whose
 * owner is dead is taken by whoever brings such a ticket.
 */


#ifndef _NGX_SECMEET_REGISTRY_H_INCLUDED_
#define _NGX_SECMEET_REGISTRY_H_INCLUDED_


#include "ngx_secmeet_run.h"


/* the symlink's text: w.<owner>.<epoch> */
#define NGX_SECMEET_REGISTRY_TARGET   (3 + NGX_SECMEET_WORKER_ID              \
                                       + NGX_SECMEET_ID)

/* an owner that never lives, instead of one that gave the room away */
#define NGX_SECMEET_REGISTRY_NOBODY   "00000000"


typedef struct {
    u_char                    owner[NGX_SECMEET_WORKER_ID];
    u_char                    epoch[NGX_SECMEET_ID];
} ngx_secmeet_claim_t;


/*
 * Claims the tag.  NGX_OK: it is the owner's now; NGX_DECLINED: a claim
 * exists, alive or not; NGX_ERROR.
 */
ngx_int_t ngx_secmeet_registry_claim(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim);

/*
 * Takes over the claim of a dead owner (its socket refuses a connection)
 * for another one, if the epoch is the same; under a lock, so that one of
 * several takers wins.  NGX_OK; NGX_DECLINED: no such claim, or its owner
 * lives; NGX_ERROR.
 */
ngx_int_t ngx_secmeet_registry_take(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim);

/* NGX_OK with claim; NGX_DECLINED: none */
ngx_int_t ngx_secmeet_registry_find(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim);

/* the room has ended; only the owner's own claim is removed */
void ngx_secmeet_registry_release(ngx_secmeet_run_t *run, u_char *tag,
    u_char *id);

/*
 * The owner lets the room go: whoever has a ticket opens it elsewhere.
 * NGX_OK, or NGX_ERROR: it is still the owner's.
 */
ngx_int_t ngx_secmeet_registry_leave(ngx_secmeet_run_t *run, u_char *tag,
    u_char *id);

/* tickets of before are good no more; NGX_OK, or NGX_ERROR: they are */
ngx_int_t ngx_secmeet_registry_renew(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim);

/* 1 if the worker's socket takes a connection */
ngx_uint_t ngx_secmeet_registry_alive(ngx_secmeet_run_t *run, u_char *id);


/* of mesh's own use */

/* NGX_OK; NGX_DECLINED: there is nothing; NGX_ERROR: no claim of ours */
ngx_int_t ngx_secmeet_registry_read(int dir, u_char *name,
    ngx_secmeet_claim_t *claim);

/* name in dir becomes that claim, at once; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_registry_replace(ngx_secmeet_run_t *run, int dir,
    u_char *name, ngx_secmeet_claim_t *claim);

/*
 * A descriptor that holds the lock until it is closed, or -1; tries are a
 * millisecond apart.
 */
ngx_fd_t ngx_secmeet_registry_lock(ngx_secmeet_run_t *run, ngx_uint_t tries);

/* 1 if these are lowercase hex digits */
ngx_uint_t ngx_secmeet_registry_hex(u_char *p, size_t len);


#endif /* _NGX_SECMEET_REGISTRY_H_INCLUDED_ */
