
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_sweep.h"


#define NGX_SECMEET_SWEEP_CHANGED     64        /* in one sweep, at most */
#define NGX_SECMEET_SWEEP_BIND        5         /* s between bind, listen */
#define NGX_SECMEET_SWEEP_OWNERS      16        /* verdicts of one sweep */


typedef struct {
    u_char                    id[NGX_SECMEET_WORKER_ID];
    ngx_uint_t                alive;
} ngx_secmeet_sweep_owner_t;


typedef struct {
    ngx_secmeet_run_t        *run;
    int                       fd;               /* the folder */
    time_t                    keep;
    ngx_uint_t                nowners;          /* ever asked after */
    ngx_secmeet_sweep_owner_t owners[NGX_SECMEET_SWEEP_OWNERS];
} ngx_secmeet_sweep_t;


static ngx_uint_t ngx_secmeet_sweep_entry(ngx_secmeet_sweep_t *sweep,
    u_char *name);
static ngx_uint_t ngx_secmeet_sweep_socket(ngx_secmeet_sweep_t *sweep,
    u_char *name);
static ngx_uint_t ngx_secmeet_sweep_claim(ngx_secmeet_sweep_t *sweep,
    u_char *name);
static ngx_uint_t ngx_secmeet_sweep_due(ngx_secmeet_sweep_t *sweep,
    ngx_secmeet_claim_t *claim, struct stat *st);
static ngx_uint_t ngx_secmeet_sweep_nobody(ngx_secmeet_claim_t *claim);
static ngx_uint_t ngx_secmeet_sweep_alive(ngx_secmeet_sweep_t *sweep,
    u_char *id);
static ngx_uint_t ngx_secmeet_sweep_old(struct stat *st, time_t age);


/* where the sweep goes on */
static DIR  *ngx_secmeet_sweep_dir;


ngx_uint_t
ngx_secmeet_sweep(ngx_secmeet_run_t *run, time_t keep, ngx_uint_t max)
{
    ngx_uint_t            i, changed;
    struct dirent        *entry;
    ngx_secmeet_sweep_t   sweep;

    if (ngx_secmeet_sweep_dir == NULL) {
        ngx_secmeet_sweep_dir = opendir((char *) run->path.data);

        if (ngx_secmeet_sweep_dir == NULL) {
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                          "secmeet: " ngx_open_dir_n " of \"%V\" failed",
                          &run->path);
            return 0;
        }
    }

    sweep.run = run;
    sweep.fd = dirfd(ngx_secmeet_sweep_dir);
    sweep.keep = keep;
    sweep.nowners = 0;

    changed = 0;

    /* a sweep has the lock most of its time, and others want it too */

    for (i = 0; i < max && changed < NGX_SECMEET_SWEEP_CHANGED; i++) {
        entry = readdir(ngx_secmeet_sweep_dir);

        if (entry == NULL) {
            (void) closedir(ngx_secmeet_sweep_dir);
            ngx_secmeet_sweep_dir = NULL;
            break;
        }

        changed += ngx_secmeet_sweep_entry(&sweep, (u_char *) entry->d_name);
    }

    return changed;
}


static ngx_uint_t
ngx_secmeet_sweep_entry(ngx_secmeet_sweep_t *sweep, u_char *name)
{
    size_t  len;

    len = ngx_strlen(name);

    if (len == 2 + NGX_SECMEET_WORKER_ID
        && ngx_memcmp(name, "w.", 2) == 0
        && ngx_secmeet_registry_hex(name + 2, NGX_SECMEET_WORKER_ID))
    {
        return ngx_secmeet_sweep_socket(sweep, name);
    }

    if (len == 2 + NGX_SECMEET_RUN_HASH
        && ngx_memcmp(name, "r.", 2) == 0
        && ngx_secmeet_registry_hex(name + 2, NGX_SECMEET_RUN_HASH))
    {
        return ngx_secmeet_sweep_claim(sweep, name);
    }

    return 0;
}


static ngx_uint_t
ngx_secmeet_sweep_socket(ngx_secmeet_sweep_t *sweep, u_char *name)
{
    ngx_fd_t     lock;
    ngx_uint_t   removed;
    struct stat  st;

    /* between bind() and listen() a worker looks dead */

    if (fstatat(sweep->fd, (char *) name, &st, AT_SYMLINK_NOFOLLOW) == -1
        || !S_ISSOCK(st.st_mode)
        || !ngx_secmeet_sweep_old(&st, NGX_SECMEET_SWEEP_BIND)
        || ngx_secmeet_sweep_alive(sweep, name + 2))
    {
        return 0;
    }

    lock = ngx_secmeet_registry_lock(sweep->run, 1);
    if (lock == NGX_INVALID_FILE) {
        return 0;
    }

    removed = !ngx_secmeet_registry_alive(sweep->run, name + 2)
              && unlinkat(sweep->fd, (char *) name, 0) == 0;

    (void) ngx_close_file(lock);

    return removed;
}


static ngx_uint_t
ngx_secmeet_sweep_claim(ngx_secmeet_sweep_t *sweep, u_char *name)
{
    ngx_fd_t             lock;
    ngx_uint_t           changed;
    struct stat          st;
    ngx_secmeet_claim_t  claim, now;

    if (ngx_secmeet_registry_read(sweep->fd, name, &claim) != NGX_OK
        || fstatat(sweep->fd, (char *) name, &st, AT_SYMLINK_NOFOLLOW) == -1
        || !ngx_secmeet_sweep_due(sweep, &claim, &st))
    {
        return 0;
    }

    lock = ngx_secmeet_registry_lock(sweep->run, 1);
    if (lock == NGX_INVALID_FILE) {
        return 0;
    }

    changed = 0;

    /* ids never come again, so the dead stay dead */

    if (ngx_secmeet_registry_read(sweep->fd, name, &now) == NGX_OK
        && ngx_memcmp(&claim, &now, sizeof(ngx_secmeet_claim_t)) == 0)
    {
        if (ngx_secmeet_sweep_nobody(&claim)) {
            changed = unlinkat(sweep->fd, (char *) name, 0) == 0;

        } else {
            ngx_memcpy(now.owner, NGX_SECMEET_REGISTRY_NOBODY,
                       NGX_SECMEET_WORKER_ID);

            changed = ngx_secmeet_registry_replace(sweep->run, sweep->fd,
                                                   name, &now)
                      == NGX_OK;
        }
    }

    (void) ngx_close_file(lock);

    return changed;
}


/* 1: it is to be removed, or to become nobody's */

static ngx_uint_t
ngx_secmeet_sweep_due(ngx_secmeet_sweep_t *sweep,
    ngx_secmeet_claim_t *claim, struct stat *st)
{
    if (ngx_secmeet_sweep_nobody(claim)) {
        return ngx_secmeet_sweep_old(st, sweep->keep);
    }

    return !ngx_secmeet_sweep_alive(sweep, claim->owner);
}


static ngx_uint_t
ngx_secmeet_sweep_nobody(ngx_secmeet_claim_t *claim)
{
    return ngx_memcmp(claim->owner, NGX_SECMEET_REGISTRY_NOBODY,
                      NGX_SECMEET_WORKER_ID)
           == 0;
}


/* asks each worker once in a sweep, however many claims name it */

static ngx_uint_t
ngx_secmeet_sweep_alive(ngx_secmeet_sweep_t *sweep, u_char *id)
{
    ngx_uint_t                  i;
    ngx_secmeet_sweep_owner_t  *owner;

    if (ngx_memcmp(id, ngx_secmeet_worker->id, NGX_SECMEET_WORKER_ID) == 0) {
        return 1;
    }

    for (i = 0; i < ngx_min(sweep->nowners, NGX_SECMEET_SWEEP_OWNERS); i++) {
        owner = &sweep->owners[i];

        if (ngx_memcmp(id, owner->id, NGX_SECMEET_WORKER_ID) == 0) {
            return owner->alive;
        }
    }

    owner = &sweep->owners[sweep->nowners++ % NGX_SECMEET_SWEEP_OWNERS];

    ngx_memcpy(owner->id, id, NGX_SECMEET_WORKER_ID);
    owner->alive = ngx_secmeet_registry_alive(sweep->run, id);

    return owner->alive;
}


static ngx_uint_t
ngx_secmeet_sweep_old(struct stat *st, time_t age)
{
    time_t  past;

    past = ngx_time() - st->st_mtime;

    /* the clock may have been set back */

    return ngx_abs(past) >= age;
}
