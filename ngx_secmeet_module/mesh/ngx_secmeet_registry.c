
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_registry.h"

#include <sys/file.h>


#define NGX_SECMEET_REGISTRY_TRIES    20        /* of the lock */
#define NGX_SECMEET_REGISTRY_HELD     1000      /* msec: then tried once */


static ngx_int_t ngx_secmeet_registry_change(ngx_secmeet_run_t *run,
    u_char *tag, u_char *id, ngx_secmeet_claim_t *claim, ngx_uint_t epoch);
static ngx_int_t ngx_secmeet_registry_own(ngx_secmeet_run_t *run,
    u_char *name, u_char *id, ngx_secmeet_claim_t *claim);
static void ngx_secmeet_registry_target(u_char *target,
    ngx_secmeet_claim_t *claim);
static void ngx_secmeet_registry_error(ngx_secmeet_run_t *run,
    const char *call);


/* when the lock was not to be had */
static ngx_msec_t   ngx_secmeet_registry_held;


ngx_int_t
ngx_secmeet_registry_claim(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim)
{
    u_char  name[NGX_SECMEET_RUN_NAME];
    u_char  target[NGX_SECMEET_REGISTRY_TARGET + 1];

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_secmeet_registry_target(target, claim);

    if (symlink((char *) target, (char *) name) == 0) {
        return NGX_OK;
    }

    if (ngx_errno == NGX_EEXIST) {
        return NGX_DECLINED;
    }

    ngx_secmeet_registry_error(run, "symlink()");

    return NGX_ERROR;
}


ngx_int_t
ngx_secmeet_registry_take(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim)
{
    u_char               name[NGX_SECMEET_RUN_NAME];
    ngx_fd_t             lock;
    ngx_int_t            rc;
    ngx_secmeet_claim_t  now;

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK) {
        return NGX_ERROR;
    }

    lock = ngx_secmeet_registry_lock(run, NGX_SECMEET_REGISTRY_TRIES);
    if (lock == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    /* another taker may have been here before the lock was ours */

    if (ngx_secmeet_registry_read(AT_FDCWD, name, &now) != NGX_OK
        || ngx_memcmp(now.epoch, claim->epoch, NGX_SECMEET_ID) != 0
        || ngx_secmeet_registry_alive(run, now.owner))
    {
        rc = NGX_DECLINED;

    } else {
        rc = ngx_secmeet_registry_replace(run, AT_FDCWD, name, claim);
    }

    (void) ngx_close_file(lock);

    return rc;
}


ngx_int_t
ngx_secmeet_registry_find(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim)
{
    u_char  name[NGX_SECMEET_RUN_NAME];

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK
        || ngx_secmeet_registry_read(AT_FDCWD, name, claim) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
ngx_secmeet_registry_release(ngx_secmeet_run_t *run, u_char *tag, u_char *id)
{
    u_char               name[NGX_SECMEET_RUN_NAME];
    ngx_fd_t             lock;
    ngx_secmeet_claim_t  claim;

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK) {
        return;
    }

    /*
     * Without the lock it goes on as well: it only matters to a worker
     * whose socket is closed already, since others take over from then on.
     */

    lock = ngx_secmeet_registry_lock(run, NGX_SECMEET_REGISTRY_TRIES);

    if (ngx_secmeet_registry_own(run, name, id, &claim) == NGX_OK
        && ngx_delete_file(name) == NGX_FILE_ERROR)
    {
        ngx_secmeet_registry_error(run, ngx_delete_file_n);
    }

    if (lock != NGX_INVALID_FILE) {
        (void) ngx_close_file(lock);
    }
}


ngx_int_t
ngx_secmeet_registry_leave(ngx_secmeet_run_t *run, u_char *tag, u_char *id)
{
    ngx_secmeet_claim_t  claim;

    ngx_memcpy(claim.owner, NGX_SECMEET_REGISTRY_NOBODY,
               NGX_SECMEET_WORKER_ID);

    return ngx_secmeet_registry_change(run, tag, id, &claim, 0);
}


ngx_int_t
ngx_secmeet_registry_renew(ngx_secmeet_run_t *run, u_char *tag,
    ngx_secmeet_claim_t *claim)
{
    return ngx_secmeet_registry_change(run, tag, claim->owner, claim, 1);
}


/* what the worker id has claimed: another owner, or another epoch */

static ngx_int_t
ngx_secmeet_registry_change(ngx_secmeet_run_t *run, u_char *tag, u_char *id,
    ngx_secmeet_claim_t *claim, ngx_uint_t epoch)
{
    u_char               name[NGX_SECMEET_RUN_NAME];
    ngx_fd_t             lock;
    ngx_int_t            rc;
    ngx_secmeet_claim_t  now;

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK) {
        return NGX_ERROR;
    }

    lock = ngx_secmeet_registry_lock(run, NGX_SECMEET_REGISTRY_TRIES);
    if (lock == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    rc = NGX_ERROR;

    if (ngx_secmeet_registry_own(run, name, id, &now) == NGX_OK) {

        if (!epoch) {
            ngx_memcpy(claim->epoch, now.epoch, NGX_SECMEET_ID);
        }

        rc = ngx_secmeet_registry_replace(run, AT_FDCWD, name, claim);
    }

    (void) ngx_close_file(lock);

    return rc;
}


/* NGX_OK if the claim is that of the worker id */

static ngx_int_t
ngx_secmeet_registry_own(ngx_secmeet_run_t *run, u_char *name, u_char *id,
    ngx_secmeet_claim_t *claim)
{
    if (ngx_secmeet_registry_read(AT_FDCWD, name, claim) == NGX_OK
        && ngx_memcmp(claim->owner, id, NGX_SECMEET_WORKER_ID) == 0)
    {
        return NGX_OK;
    }

    return NGX_DECLINED;
}


ngx_uint_t
ngx_secmeet_registry_alive(ngx_secmeet_run_t *run, u_char *id)
{
    u_char              name[NGX_SECMEET_RUN_NAME];
    ngx_err_t           err;
    ngx_socket_t        s;
    struct stat         st;
    struct sockaddr_un  sun;

    if (!ngx_secmeet_registry_hex(id, NGX_SECMEET_WORKER_ID)) {
        return 0;
    }

    ngx_secmeet_run_socket(run, name, id);

    /* connect() would follow a symlink out of the folder */

    if (lstat((char *) name, &st) == -1) {
        return ngx_errno != NGX_ENOENT;
    }

    if (!S_ISSOCK(st.st_mode)) {
        return 0;
    }

    ngx_memzero(&sun, sizeof(struct sockaddr_un));
    sun.sun_family = AF_UNIX;
    ngx_cpystrn((u_char *) sun.sun_path, name, sizeof(sun.sun_path));

    s = socket(AF_UNIX, SOCK_SEQPACKET|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);

    if (s == (ngx_socket_t) -1) {
        ngx_secmeet_registry_error(run, "socket()");
        return 1;
    }

    err = 0;

    if (connect(s, (struct sockaddr *) &sun, sizeof(struct sockaddr_un))
        == -1)
    {
        err = ngx_socket_errno;
    }

    (void) ngx_close_socket(s);

    /* NGX_EAGAIN: it is busy; in any doubt nothing is taken from it */

    return err != NGX_ECONNREFUSED && err != NGX_ENOENT;
}


ngx_int_t
ngx_secmeet_registry_read(int dir, u_char *name, ngx_secmeet_claim_t *claim)
{
    u_char   target[NGX_SECMEET_REGISTRY_TARGET + 1];
    u_char  *owner, *dot, *epoch;
    ssize_t  n;

    n = readlinkat(dir, (char *) name, (char *) target, sizeof(target));

    if (n == -1) {
        return ngx_errno == NGX_ENOENT ? NGX_DECLINED : NGX_ERROR;
    }

    owner = target + 2;
    dot = owner + NGX_SECMEET_WORKER_ID;
    epoch = dot + 1;

    if (n != NGX_SECMEET_REGISTRY_TARGET
        || ngx_memcmp(target, "w.", 2) != 0
        || !ngx_secmeet_registry_hex(owner, NGX_SECMEET_WORKER_ID)
        || *dot != '.'
        || !ngx_secmeet_registry_hex(epoch, NGX_SECMEET_ID))
    {
        return NGX_ERROR;
    }

    ngx_memcpy(claim->owner, owner, NGX_SECMEET_WORKER_ID);
    ngx_memcpy(claim->epoch, epoch, NGX_SECMEET_ID);

    return NGX_OK;
}


static void
ngx_secmeet_registry_target(u_char *target, ngx_secmeet_claim_t *claim)
{
    u_char  *p;

    p = ngx_cpymem(target, "w.", 2);
    p = ngx_cpymem(p, claim->owner, NGX_SECMEET_WORKER_ID);
    *p++ = '.';
    p = ngx_cpymem(p, claim->epoch, NGX_SECMEET_ID);
    *p = '\0';
}


ngx_uint_t
ngx_secmeet_registry_hex(u_char *p, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if ((p[i] < '0' || p[i] > '9') && (p[i] < 'a' || p[i] > 'f')) {
            return 0;
        }
    }

    return 1;
}


ngx_fd_t
ngx_secmeet_registry_lock(ngx_secmeet_run_t *run, ngx_uint_t tries)
{
    u_char      name[NGX_SECMEET_RUN_NAME];
    ngx_fd_t    fd;
    ngx_uint_t  i;

    (void) ngx_snprintf(name, NGX_SECMEET_RUN_NAME, "%V/lock%Z", &run->path);

    fd = open((char *) name, O_RDWR|O_CREAT|O_NOFOLLOW|O_CLOEXEC, 0600);

    if (fd == NGX_INVALID_FILE) {
        ngx_secmeet_registry_error(run, ngx_open_file_n);
        return NGX_INVALID_FILE;
    }

    /* a holder that is stuck must not cost every caller the full time */

    if (ngx_secmeet_registry_held
        && ngx_current_msec - ngx_secmeet_registry_held
           < NGX_SECMEET_REGISTRY_HELD)
    {
        tries = 1;
    }

    for (i = 0; i < tries; i++) {

        if (i) {
            ngx_msleep(1);
        }

        if (flock(fd, LOCK_EX|LOCK_NB) == 0) {
            return fd;
        }
    }

    if (tries > 1) {
        ngx_secmeet_registry_held = ngx_current_msec;
        ngx_secmeet_registry_error(run, "flock()");
    }

    (void) ngx_close_file(fd);

    return NGX_INVALID_FILE;
}


/* under the lock, so one name will do for all */

ngx_int_t
ngx_secmeet_registry_replace(ngx_secmeet_run_t *run, int dir, u_char *name,
    ngx_secmeet_claim_t *claim)
{
    u_char  temp[NGX_SECMEET_RUN_NAME];
    u_char  target[NGX_SECMEET_REGISTRY_TARGET + 1];

    (void) ngx_snprintf(temp, NGX_SECMEET_RUN_NAME, "%V/take%Z", &run->path);

    ngx_secmeet_registry_target(target, claim);

    /* what a taker left that died just here */

    (void) ngx_delete_file(temp);

    if (symlink((char *) target, (char *) temp) == -1) {
        ngx_secmeet_registry_error(run, "symlink()");
        return NGX_ERROR;
    }

    if (renameat(AT_FDCWD, (char *) temp, dir, (char *) name) == -1) {
        ngx_secmeet_registry_error(run, ngx_rename_file_n);
        (void) ngx_delete_file(temp);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_secmeet_registry_error(ngx_secmeet_run_t *run, const char *call)
{
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                  "secmeet: %s in \"%V\" failed", call, &run->path);
}
