
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_registry.h"

#include <sys/file.h>


#define NGX_SECMEET_REGISTRY_TARGET   (2 + NGX_SECMEET_WORKER_ID)
#define NGX_SECMEET_REGISTRY_TRIES    20        /* of the lock */
#define NGX_SECMEET_REGISTRY_HELD     1000      /* msec: then tried once */
#define NGX_SECMEET_REGISTRY_REMOVED  64        /* in one sweep, at most */
#define NGX_SECMEET_REGISTRY_BIND     5         /* s between bind, listen */
#define NGX_SECMEET_REGISTRY_OWNERS   16        /* verdicts of one sweep */


typedef struct {
    u_char                    id[NGX_SECMEET_WORKER_ID];
    ngx_uint_t                alive;
} ngx_secmeet_registry_owner_t;


typedef struct {
    ngx_secmeet_run_t        *run;
    int                       fd;               /* the folder */
    time_t                    keep;
    ngx_uint_t                nowners;          /* ever asked after */
    ngx_secmeet_registry_owner_t
                              owners[NGX_SECMEET_REGISTRY_OWNERS];
} ngx_secmeet_registry_sweep_t;


static ngx_int_t ngx_secmeet_registry_read(int dir, u_char *name,
    u_char *owner);
static void ngx_secmeet_registry_target(u_char *target, u_char *id);
static ngx_uint_t ngx_secmeet_registry_hex(u_char *p, size_t len);
static ngx_fd_t ngx_secmeet_registry_lock(ngx_secmeet_run_t *run,
    ngx_uint_t tries);
static ngx_int_t ngx_secmeet_registry_replace(ngx_secmeet_run_t *run,
    u_char *name, u_char *id);
static ngx_uint_t ngx_secmeet_registry_sweep_socket(
    ngx_secmeet_registry_sweep_t *sweep, u_char *name);
static ngx_uint_t ngx_secmeet_registry_sweep_claim(
    ngx_secmeet_registry_sweep_t *sweep, u_char *name);
static ngx_uint_t ngx_secmeet_registry_sweep_alive(
    ngx_secmeet_registry_sweep_t *sweep, u_char *id);
static ngx_uint_t ngx_secmeet_registry_old(struct stat *st, time_t age);
static void ngx_secmeet_registry_error(ngx_secmeet_run_t *run,
    const char *call);


/* where the sweep goes on */
static DIR         *ngx_secmeet_registry_dir;

/* when the lock was not to be had */
static ngx_msec_t   ngx_secmeet_registry_held;


ngx_int_t
ngx_secmeet_registry_claim(ngx_secmeet_run_t *run, u_char *tag, u_char *id)
{
    u_char  name[NGX_SECMEET_RUN_NAME];
    u_char  target[NGX_SECMEET_REGISTRY_TARGET + 1];

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_secmeet_registry_target(target, id);

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
ngx_secmeet_registry_take(ngx_secmeet_run_t *run, u_char *tag, u_char *id)
{
    u_char     name[NGX_SECMEET_RUN_NAME], owner[NGX_SECMEET_WORKER_ID];
    ngx_fd_t   lock;
    ngx_int_t  rc;

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK) {
        return NGX_ERROR;
    }

    lock = ngx_secmeet_registry_lock(run, NGX_SECMEET_REGISTRY_TRIES);
    if (lock == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    /* another taker may have been here before the lock was ours */

    rc = ngx_secmeet_registry_read(AT_FDCWD, name, owner);

    if (rc == NGX_OK && ngx_secmeet_registry_alive(run, owner)) {
        rc = NGX_DECLINED;
    }

    if (rc != NGX_DECLINED) {
        rc = ngx_secmeet_registry_replace(run, name, id);
    }

    (void) ngx_close_file(lock);

    return rc;
}


ngx_int_t
ngx_secmeet_registry_find(ngx_secmeet_run_t *run, u_char *tag,
    u_char *owner)
{
    u_char  name[NGX_SECMEET_RUN_NAME];

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK
        || ngx_secmeet_registry_read(AT_FDCWD, name, owner) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


void
ngx_secmeet_registry_release(ngx_secmeet_run_t *run, u_char *tag, u_char *id)
{
    u_char    name[NGX_SECMEET_RUN_NAME], owner[NGX_SECMEET_WORKER_ID];
    ngx_fd_t  lock;

    if (ngx_secmeet_run_claim(run, name, tag) != NGX_OK) {
        return;
    }

    /*
     * Without the lock it goes on as well: it only matters to a worker
     * whose socket is closed already, since others take over from then on.
     */

    lock = ngx_secmeet_registry_lock(run, NGX_SECMEET_REGISTRY_TRIES);

    if (ngx_secmeet_registry_read(AT_FDCWD, name, owner) == NGX_OK
        && ngx_memcmp(owner, id, NGX_SECMEET_WORKER_ID) == 0
        && ngx_delete_file(name) == NGX_FILE_ERROR)
    {
        ngx_secmeet_registry_error(run, ngx_delete_file_n);
    }

    if (lock != NGX_INVALID_FILE) {
        (void) ngx_close_file(lock);
    }
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


/* NGX_OK; NGX_DECLINED: there is nothing; NGX_ERROR: no claim of ours */

static ngx_int_t
ngx_secmeet_registry_read(int dir, u_char *name, u_char *owner)
{
    u_char   target[NGX_SECMEET_REGISTRY_TARGET + 1];
    ssize_t  n;

    n = readlinkat(dir, (char *) name, (char *) target, sizeof(target));

    if (n == -1) {
        return ngx_errno == NGX_ENOENT ? NGX_DECLINED : NGX_ERROR;
    }

    if (n != NGX_SECMEET_REGISTRY_TARGET
        || ngx_memcmp(target, "w.", 2) != 0
        || !ngx_secmeet_registry_hex(target + 2, NGX_SECMEET_WORKER_ID))
    {
        return NGX_ERROR;
    }

    ngx_memcpy(owner, target + 2, NGX_SECMEET_WORKER_ID);

    return NGX_OK;
}


static void
ngx_secmeet_registry_target(u_char *target, u_char *id)
{
    u_char  *p;

    p = ngx_cpymem(target, "w.", 2);
    p = ngx_cpymem(p, id, NGX_SECMEET_WORKER_ID);
    *p = '\0';
}


static ngx_uint_t
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


/* a descriptor that holds the lock until it is closed; tries 1 ms apart */

static ngx_fd_t
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

static ngx_int_t
ngx_secmeet_registry_replace(ngx_secmeet_run_t *run, u_char *name,
    u_char *id)
{
    u_char  temp[NGX_SECMEET_RUN_NAME];
    u_char  target[NGX_SECMEET_REGISTRY_TARGET + 1];

    (void) ngx_snprintf(temp, NGX_SECMEET_RUN_NAME, "%V/take%Z", &run->path);

    ngx_secmeet_registry_target(target, id);

    /* what a taker left that died just here */

    (void) ngx_delete_file(temp);

    if (symlink((char *) target, (char *) temp) == -1) {
        ngx_secmeet_registry_error(run, "symlink()");
        return NGX_ERROR;
    }

    if (ngx_rename_file(temp, name) == NGX_FILE_ERROR) {
        ngx_secmeet_registry_error(run, ngx_rename_file_n);
        (void) ngx_delete_file(temp);
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_uint_t
ngx_secmeet_registry_sweep(ngx_secmeet_run_t *run, time_t keep,
    ngx_uint_t max)
{
    size_t                         len;
    u_char                        *name;
    ngx_uint_t                     i, removed;
    struct dirent                 *entry;
    ngx_secmeet_registry_sweep_t   sweep;

    if (ngx_secmeet_registry_dir == NULL) {
        ngx_secmeet_registry_dir = opendir((char *) run->path.data);

        if (ngx_secmeet_registry_dir == NULL) {
            ngx_secmeet_registry_error(run, ngx_open_dir_n);
            return 0;
        }
    }

    sweep.run = run;
    sweep.fd = dirfd(ngx_secmeet_registry_dir);
    sweep.keep = keep;
    sweep.nowners = 0;

    removed = 0;

    /* a sweep has the lock most of its time, and others want it too */

    for (i = 0; i < max && removed < NGX_SECMEET_REGISTRY_REMOVED; i++) {
        entry = readdir(ngx_secmeet_registry_dir);

        if (entry == NULL) {
            (void) closedir(ngx_secmeet_registry_dir);
            ngx_secmeet_registry_dir = NULL;
            break;
        }

        name = (u_char *) entry->d_name;
        len = ngx_strlen(name);

        if (len == NGX_SECMEET_REGISTRY_TARGET
            && ngx_memcmp(name, "w.", 2) == 0
            && ngx_secmeet_registry_hex(name + 2, NGX_SECMEET_WORKER_ID))
        {
            removed += ngx_secmeet_registry_sweep_socket(&sweep, name);
        }

        if (len == 2 + NGX_SECMEET_RUN_HASH
            && ngx_memcmp(name, "r.", 2) == 0
            && ngx_secmeet_registry_hex(name + 2, NGX_SECMEET_RUN_HASH))
        {
            removed += ngx_secmeet_registry_sweep_claim(&sweep, name);
        }
    }

    return removed;
}


static ngx_uint_t
ngx_secmeet_registry_sweep_socket(ngx_secmeet_registry_sweep_t *sweep,
    u_char *name)
{
    ngx_fd_t     lock;
    ngx_uint_t   removed;
    struct stat  st;

    /* between bind() and listen() a worker looks dead */

    if (fstatat(sweep->fd, (char *) name, &st, AT_SYMLINK_NOFOLLOW) == -1
        || !S_ISSOCK(st.st_mode)
        || !ngx_secmeet_registry_old(&st, NGX_SECMEET_REGISTRY_BIND)
        || ngx_secmeet_registry_sweep_alive(sweep, name + 2))
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
ngx_secmeet_registry_sweep_claim(ngx_secmeet_registry_sweep_t *sweep,
    u_char *name)
{
    u_char       owner[NGX_SECMEET_WORKER_ID], now[NGX_SECMEET_WORKER_ID];
    ngx_fd_t     lock;
    ngx_uint_t   removed;
    struct stat  st;

    if (fstatat(sweep->fd, (char *) name, &st, AT_SYMLINK_NOFOLLOW) == -1
        || !S_ISLNK(st.st_mode)
        || !ngx_secmeet_registry_old(&st, sweep->keep)
        || ngx_secmeet_registry_read(sweep->fd, name, owner) != NGX_OK
        || ngx_secmeet_registry_sweep_alive(sweep, owner))
    {
        return 0;
    }

    lock = ngx_secmeet_registry_lock(sweep->run, 1);
    if (lock == NGX_INVALID_FILE) {
        return 0;
    }

    /* ids never come again, so the dead stay dead */

    removed = ngx_secmeet_registry_read(sweep->fd, name, now) == NGX_OK
              && ngx_memcmp(owner, now, NGX_SECMEET_WORKER_ID) == 0
              && unlinkat(sweep->fd, (char *) name, 0) == 0;

    (void) ngx_close_file(lock);

    return removed;
}


/* asks each worker once in a sweep, however many claims name it */

static ngx_uint_t
ngx_secmeet_registry_sweep_alive(ngx_secmeet_registry_sweep_t *sweep,
    u_char *id)
{
    ngx_uint_t                     i;
    ngx_secmeet_registry_owner_t  *owner;

    if (ngx_memcmp(id, ngx_secmeet_worker->id, NGX_SECMEET_WORKER_ID) == 0) {
        return 1;
    }

    for (i = 0; i < ngx_min(sweep->nowners, NGX_SECMEET_REGISTRY_OWNERS);
         i++)
    {
        owner = &sweep->owners[i];

        if (ngx_memcmp(id, owner->id, NGX_SECMEET_WORKER_ID) == 0) {
            return owner->alive;
        }
    }

    owner = &sweep->owners[sweep->nowners++ % NGX_SECMEET_REGISTRY_OWNERS];

    ngx_memcpy(owner->id, id, NGX_SECMEET_WORKER_ID);
    owner->alive = ngx_secmeet_registry_alive(sweep->run, id);

    return owner->alive;
}


static ngx_uint_t
ngx_secmeet_registry_old(struct stat *st, time_t age)
{
    time_t  past;

    past = ngx_time() - st->st_mtime;

    /* the clock may have been set back */

    return ngx_abs(past) >= age;
}


static void
ngx_secmeet_registry_error(ngx_secmeet_run_t *run, const char *call)
{
    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, ngx_errno,
                  "secmeet: %s in \"%V\" failed", call, &run->path);
}
