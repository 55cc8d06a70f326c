
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_run.h"
#include "../meeting/ngx_secmeet_auth.h"

#include <openssl/crypto.h>


static int ngx_secmeet_run_folder(ngx_cycle_t *cycle, u_char *path,
    ngx_uid_t owner);
static ngx_int_t ngx_secmeet_run_check(ngx_cycle_t *cycle, u_char *path,
    struct stat *st, ngx_uid_t owner);
static ngx_int_t ngx_secmeet_run_key(ngx_cycle_t *cycle, int dir,
    u_char *path, ngx_uid_t owner);
static ngx_int_t ngx_secmeet_run_make_key(int dir, ngx_uid_t owner);
static ngx_int_t ngx_secmeet_run_write_key(int fd, ngx_uid_t owner);


ngx_int_t
ngx_secmeet_run_create(ngx_cycle_t *cycle, ngx_str_t *path, ngx_uid_t user)
{
    int        dir;
    size_t     len;
    u_char     name[NGX_SECMEET_RUN_PATH + 1];
    ngx_int_t  rc;
    ngx_uid_t  owner;

    if (path->len == 0 || path->len > NGX_SECMEET_RUN_PATH) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: the path of the run folder \"%V\" has %uz "
                      "characters, and names of sockets leave room for %d: "
                      "set \"secmeet_run_path\" to a shorter one",
                      path, path->len, NGX_SECMEET_RUN_PATH);
        return NGX_ERROR;
    }

    /* with a slash at its end a symlink would be followed */

    for (len = path->len; len > 1 && path->data[len - 1] == '/'; len--) {
        /* void */
    }

    (void) ngx_cpystrn(name, path->data, len + 1);

    owner = geteuid() == 0 ? user : geteuid();

    dir = ngx_secmeet_run_folder(cycle, name, owner);
    if (dir == -1) {
        return NGX_ERROR;
    }

    rc = ngx_secmeet_run_key(cycle, dir, name, owner);

    (void) close(dir);

    return rc;
}


/* the folder opened, or -1 */

static int
ngx_secmeet_run_folder(ngx_cycle_t *cycle, u_char *path, ngx_uid_t owner)
{
    int          fd;
    ngx_uint_t   made;
    struct stat  st;

    made = (mkdir((char *) path, 0700) == 0);

    if (!made && ngx_errno != NGX_EEXIST) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "secmeet: the run folder \"%s\" cannot be made: make "
                      "the folder above it, or set \"secmeet_run_path\" to "
                      "a place where nginx may write", path);
        return -1;
    }

    fd = open((char *) path,
              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd == -1 || fstat(fd, &st) == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "secmeet: the run folder \"%s\" is no folder that "
                      "nginx can open, or is a symlink: remove it, or set "
                      "\"secmeet_run_path\" to another path", path);

        if (fd != -1) {
            (void) close(fd);
        }

        return -1;
    }

    /* only what was made here just now is given to the workers' user */

    if (made && st.st_uid == geteuid() && st.st_uid != owner) {

        if (fchown(fd, owner, (gid_t) -1) == -1) {
            ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                          "secmeet: the run folder \"%s\" cannot be given "
                          "to the user of the workers: set "
                          "\"secmeet_run_path\" to a file system where "
                          "that is possible", path);

            (void) rmdir((char *) path);
            (void) close(fd);

            return -1;
        }

        st.st_uid = owner;
    }

    if (ngx_secmeet_run_check(cycle, path, &st, owner) != NGX_OK) {
        (void) close(fd);
        return -1;
    }

    return fd;
}


static ngx_int_t
ngx_secmeet_run_check(ngx_cycle_t *cycle, u_char *path, struct stat *st,
    ngx_uid_t owner)
{
    if (st->st_uid != owner) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: the run folder \"%s\" belongs to the user "
                      "%ui, and the workers run as %ui: stop nginx and "
                      "remove the folder, or set \"secmeet_run_path\" to "
                      "another path",
                      path, (ngx_uint_t) st->st_uid, (ngx_uint_t) owner);
        return NGX_ERROR;
    }

    if ((st->st_mode & 07777) != 0700) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: the run folder \"%s\" must not be open to "
                      "others: stop nginx and remove the folder, or run "
                      "\"chmod 0700\" on it if nobody else has put "
                      "anything there", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_run_key(ngx_cycle_t *cycle, int dir, u_char *path,
    ngx_uid_t owner)
{
    struct stat  st;

    if (fstatat(dir, "key", &st, AT_SYMLINK_NOFOLLOW) == 0) {

        if (S_ISREG(st.st_mode)
            && st.st_uid == owner
            && (st.st_mode & 07777) == 0600
            && st.st_size == NGX_SECMEET_SECRET)
        {
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: \"%s/key\" is not a file of %d bytes, mode "
                      "0600, of the user of the workers: stop nginx and "
                      "remove the folder", path, NGX_SECMEET_SECRET);
        return NGX_ERROR;
    }

    if (ngx_errno != NGX_ENOENT
        || ngx_secmeet_run_make_key(dir, owner) != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "secmeet: \"%s/key\" cannot be made: see that the "
                      "file system is writable and not full, or set "
                      "\"secmeet_run_path\" to another path", path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* whoever looks sees a whole key or none */

static ngx_int_t
ngx_secmeet_run_make_key(int dir, ngx_uid_t owner)
{
    int        fd;
    ngx_err_t  err;

    (void) unlinkat(dir, "key.new", 0);

    fd = openat(dir, "key.new",
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1) {
        return NGX_ERROR;
    }

    if (ngx_secmeet_run_write_key(fd, owner) != NGX_OK
        || renameat(dir, "key.new", dir, "key") == -1)
    {
        err = ngx_errno;

        (void) close(fd);
        (void) unlinkat(dir, "key.new", 0);

        ngx_set_errno(err);

        return NGX_ERROR;
    }

    (void) close(fd);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_run_write_key(int fd, ngx_uid_t owner)
{
    u_char   key[NGX_SECMEET_SECRET];
    ssize_t  n;

    if (ngx_secmeet_random(key, NGX_SECMEET_SECRET) != NGX_OK) {
        return NGX_ERROR;
    }

    n = write(fd, key, NGX_SECMEET_SECRET);

    OPENSSL_cleanse(key, NGX_SECMEET_SECRET);

    if (n != NGX_SECMEET_SECRET || fchmod(fd, 0600) == -1) {
        return NGX_ERROR;
    }

    if (owner != geteuid() && fchown(fd, owner, (gid_t) -1) == -1) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_run_open(ngx_secmeet_run_t *run, ngx_str_t *path, ngx_log_t *log)
{
    int      fd;
    u_char   name[NGX_SECMEET_RUN_NAME];
    ssize_t  n;

    if (path->len > NGX_SECMEET_RUN_PATH) {
        return NGX_ERROR;
    }

    run->path = *path;

    (void) ngx_sprintf(name, "%V/key%Z", path);

    fd = open((char *) name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    n = (fd == -1) ? -1 : read(fd, run->key, NGX_SECMEET_SECRET);

    if (n != NGX_SECMEET_SECRET) {
        ngx_log_error(NGX_LOG_EMERG, log, n == -1 ? ngx_errno : 0,
                      "secmeet: \"%s\" cannot be read: restart nginx, which "
                      "makes it again", name);
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return n == NGX_SECMEET_SECRET ? NGX_OK : NGX_ERROR;
}


void
ngx_secmeet_run_socket(ngx_secmeet_run_t *run, u_char *name, u_char *id)
{
    (void) ngx_sprintf(name, "%V/w.%*s%Z", &run->path,
                       (size_t) NGX_SECMEET_WORKER_ID, id);
}


ngx_int_t
ngx_secmeet_run_claim(ngx_secmeet_run_t *run, u_char *name, u_char *tag)
{
    u_char  *p;
    u_char   hash[NGX_SECMEET_SECRET];
    u_char   text[sizeof("claim") - 1 + NGX_SECMEET_TAG];

    p = ngx_cpymem(text, "claim", sizeof("claim") - 1);
    ngx_memcpy(p, tag, NGX_SECMEET_TAG);

    if (ngx_secmeet_auth_hash(hash, run->key, text, sizeof(text)) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(name, "%V/r.", &run->path);
    p = ngx_hex_dump(p, hash, NGX_SECMEET_RUN_HASH / 2);
    *p = '\0';

    return NGX_OK;
}
