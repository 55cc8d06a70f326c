
/*
 * Copyright (C) secmeet contributors
 */


/* how the master opens the file of used tags, or makes it */


#include "ngx_secmeet_tags_file.h"
#include "ngx_secmeet_worker.h"

#include <openssl/crypto.h>


#define NGX_SECMEET_TAGS_OPEN_TRIES   2000      /* of the lock */


static ngx_int_t ngx_secmeet_tags_open(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file);
static ngx_int_t ngx_secmeet_tags_open_folder(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file);
static void ngx_secmeet_tags_open_parent(u_char *parent, ngx_str_t *path);
static ngx_int_t ngx_secmeet_tags_open_make(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file);
static ngx_int_t ngx_secmeet_tags_open_fill(ngx_fd_t fd);
static ngx_int_t ngx_secmeet_tags_open_name(ngx_secmeet_tags_file_t *file,
    u_char *temp);
static ngx_int_t ngx_secmeet_tags_open_check(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file, ngx_uid_t user);
static ngx_int_t ngx_secmeet_tags_open_header(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file);
static ngx_int_t ngx_secmeet_tags_open_load(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file);
static ngx_int_t ngx_secmeet_tags_open_index(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file, off_t size);
static void ngx_secmeet_tags_open_cleanup(void *data);


ngx_int_t
ngx_secmeet_tags_file_init(ngx_cycle_t *cycle, ngx_secmeet_tags_file_t *file,
    ngx_uid_t user)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cycle->pool, 0);
    if (cln == NULL) {
        return NGX_ERROR;
    }

    file->fd = NGX_INVALID_FILE;

    cln->handler = ngx_secmeet_tags_open_cleanup;
    cln->data = file;

    if (ngx_secmeet_tags_open(cycle, file) != NGX_OK) {
        return NGX_ERROR;
    }

    /* tested only, and not there yet */

    if (file->fd == NGX_INVALID_FILE) {
        return NGX_OK;
    }

    if (ngx_secmeet_tags_open_check(cycle, file, user) != NGX_OK
        || ngx_secmeet_tags_open_header(cycle, file) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_test_config ? NGX_OK
                           : ngx_secmeet_tags_open_load(cycle, file);
}


static ngx_int_t
ngx_secmeet_tags_open(ngx_cycle_t *cycle, ngx_secmeet_tags_file_t *file)
{
    ngx_uint_t  made;

    for (made = 0; /* void */ ; made = 1) {

        file->fd = open((char *) file->path.data,
                        O_RDWR|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);

        if (file->fd != NGX_INVALID_FILE) {
            return NGX_OK;
        }

        if (ngx_errno != NGX_ENOENT || made) {
            break;
        }

        if (ngx_test_config) {
            return ngx_secmeet_tags_open_folder(cycle, file);
        }

        if (ngx_secmeet_tags_open_make(cycle, file) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                  "secmeet: the file of used tags \"%V\" cannot be opened for "
                  "reading and writing: let nginx's master have it, or set "
                  "\"secmeet_tags\" to another path", &file->path);

    return NGX_ERROR;
}


/* where it would be made */

static ngx_int_t
ngx_secmeet_tags_open_folder(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file)
{
    u_char  parent[NGX_MAX_PATH];

    if (file->path.len < NGX_MAX_PATH) {
        ngx_secmeet_tags_open_parent(parent, &file->path);

        if (access((char *) parent, W_OK|X_OK) == 0) {
            return NGX_OK;
        }

    } else {
        ngx_set_errno(ENAMETOOLONG);
    }

    ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                  "secmeet: the file of used tags \"%V\" cannot be made: make "
                  "the folder, or set \"secmeet_tags\" to a path where nginx "
                  "may write", &file->path);

    return NGX_ERROR;
}


static void
ngx_secmeet_tags_open_parent(u_char *parent, ngx_str_t *path)
{
    size_t  len;

    for (len = path->len; len > 1 && path->data[len - 1] != '/'; len--) {
        /* void */
    }

    (void) ngx_cpystrn(parent, path->data, len + 1);
}


/* whoever looks sees a file with its header or none */

static ngx_int_t
ngx_secmeet_tags_open_make(ngx_cycle_t *cycle, ngx_secmeet_tags_file_t *file)
{
    u_char     temp[NGX_MAX_PATH + 32];
    ngx_fd_t   fd;
    ngx_err_t  err;
    ngx_int_t  rc;

    if (ngx_secmeet_tags_open_folder(cycle, file) != NGX_OK) {
        return NGX_ERROR;
    }

    (void) ngx_sprintf(temp, "%V.%P%Z", &file->path, ngx_pid);
    (void) ngx_delete_file(temp);

    fd = open((char *) temp, O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC,
              0600);

    rc = NGX_ERROR;

    if (fd != NGX_INVALID_FILE) {

        if (ngx_secmeet_tags_open_fill(fd) == NGX_OK) {
            rc = ngx_secmeet_tags_open_name(file, temp);
        }

        err = ngx_errno;

        (void) ngx_close_file(fd);
        (void) ngx_delete_file(temp);

        ngx_set_errno(err);
    }

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "secmeet: the file of used tags \"%V\" cannot be made: "
                      "see that the file system is writable and not full, or "
                      "set \"secmeet_tags\" to another path", &file->path);
    }

    return rc;
}


static ngx_int_t
ngx_secmeet_tags_open_fill(ngx_fd_t fd)
{
    u_char     key[NGX_SECMEET_SECRET];
    u_char     header[NGX_SECMEET_RECORD_HEADER];
    ssize_t    n;
    ngx_int_t  rc;

    rc = ngx_secmeet_random(key, NGX_SECMEET_SECRET);

    if (rc == NGX_OK) {
        rc = ngx_secmeet_record_header(header, key);
    }

    if (rc == NGX_OK) {
        n = write(fd, header, NGX_SECMEET_RECORD_HEADER);

        if (n != NGX_SECMEET_RECORD_HEADER
            || fchmod(fd, 0600) == -1
            || fsync(fd) == -1)
        {
            rc = NGX_ERROR;
        }
    }

    OPENSSL_cleanse(key, sizeof(key));
    OPENSSL_cleanse(header, sizeof(header));

    return rc;
}


/* another master may have made one meanwhile: then it is that one */

static ngx_int_t
ngx_secmeet_tags_open_name(ngx_secmeet_tags_file_t *file, u_char *temp)
{
    u_char     parent[NGX_MAX_PATH];
    ngx_fd_t   dir;
    ngx_int_t  rc;

    if (link((char *) temp, (char *) file->path.data) == -1
        && ngx_errno != NGX_EEXIST)
    {
        return NGX_ERROR;
    }

    ngx_secmeet_tags_open_parent(parent, &file->path);

    dir = open((char *) parent, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (dir == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    rc = (fsync(dir) == -1) ? NGX_ERROR : NGX_OK;

    (void) ngx_close_file(dir);

    return rc;
}


/* nobody else could have had a hand in it, or could read it */

static ngx_int_t
ngx_secmeet_tags_open_check(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file, ngx_uid_t user)
{
    ngx_file_info_t  fi;

    if (ngx_fd_info(file->fd, &fi) == NGX_FILE_ERROR || !ngx_is_file(&fi)) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: \"%V\" is no file, and used tags are kept in "
                      "one: set \"secmeet_tags\" to another path",
                      &file->path);
        return NGX_ERROR;
    }

    if (fi.st_uid != geteuid() && fi.st_uid != user) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: the file of used tags \"%V\" belongs to the "
                      "user %ui, who is not the one that nginx runs as: run "
                      "\"chown\" on it if nobody else has changed it",
                      &file->path, (ngx_uint_t) fi.st_uid);
        return NGX_ERROR;
    }

    if ((fi.st_mode & 07177) != 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: the file of used tags \"%V\" must not be open "
                      "to others: run \"chmod 0600\" on it if nobody else has "
                      "changed it", &file->path);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_tags_open_header(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file)
{
    ssize_t    n;
    ngx_int_t  rc;

    n = pread(file->fd, file->header, NGX_SECMEET_RECORD_HEADER, 0);

    rc = (n == NGX_SECMEET_RECORD_HEADER)
         ? ngx_secmeet_record_parse(file->key, file->header)
         : NGX_DECLINED;

    if (rc == NGX_OK) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, cycle->log, n == -1 ? ngx_errno : 0,
                  "secmeet: \"%V\" %s, and is left as it is: restore it, or "
                  "set \"secmeet_tags\" to another path, where tags that "
                  "were used are not known", &file->path,
                  rc == NGX_DECLINED ? "is no file of used tags"
                                     : "is a damaged file of used tags");

    return NGX_ERROR;
}


static ngx_int_t
ngx_secmeet_tags_open_load(ngx_cycle_t *cycle, ngx_secmeet_tags_file_t *file)
{
    ngx_err_t        err;
    ngx_int_t        rc;
    ngx_uint_t       records, left;
    ngx_file_info_t  fi;

    if (ngx_secmeet_tags_file_lock(file, NGX_SECMEET_TAGS_OPEN_TRIES)
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "secmeet: the file of used tags \"%V\" cannot be "
                      "locked: see which process holds it, or set "
                      "\"secmeet_tags\" to another file system",
                      &file->path);
        return NGX_ERROR;
    }

    rc = NGX_ERROR;
    left = 0;

    if (ngx_fd_info(file->fd, &fi) != NGX_FILE_ERROR
        && ngx_file_size(&fi) >= NGX_SECMEET_RECORD_HEADER)
    {
        left = ngx_file_size(&fi) % NGX_SECMEET_RECORD_SIZE;
        rc = ngx_secmeet_tags_open_index(cycle, file, ngx_file_size(&fi));
    }

    if (rc == NGX_OK) {
        rc = ngx_secmeet_tags_file_read(file, ngx_file_size(&fi), &records);
    }

    err = ngx_errno;

    ngx_unlock_fd(file->fd);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, err,
                      "secmeet: the file of used tags \"%V\" cannot be read",
                      &file->path);
        return NGX_ERROR;
    }

    if (left) {
        ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                      "secmeet: the file of used tags \"%V\" ends within a "
                      "record: those %ui bytes are left out",
                      &file->path, left);
    }

    ngx_secmeet_tags_file_nearly(file, cycle->log);

    return NGX_OK;
}


/* memory that the workers of this master share */

static ngx_int_t
ngx_secmeet_tags_open_index(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file, off_t size)
{
    ngx_uint_t  records;

    records = (size - NGX_SECMEET_RECORD_HEADER) / NGX_SECMEET_RECORD_SIZE;

    /* there may be more than nowadays may be */

    file->n = ngx_secmeet_record_slots(ngx_max(file->max, records));

    ngx_str_set(&file->shm.name, "secmeet_tags");
    file->shm.size = sizeof(ngx_secmeet_tags_index_t)
                     + file->n * sizeof(uint64_t);
    file->shm.log = cycle->log;

    if (ngx_shm_alloc(&file->shm) != NGX_OK) {
        return NGX_ERROR;
    }

    /* zeroed by the system, which gives pages when they are used */

    file->index = (ngx_secmeet_tags_index_t *) file->shm.addr;

    return NGX_OK;
}


static void
ngx_secmeet_tags_open_cleanup(void *data)
{
    ngx_secmeet_tags_file_t *file = data;

    if (file->index) {
        ngx_shm_free(&file->shm);
        file->index = NULL;
    }

    if (file->fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(file->fd);
        file->fd = NGX_INVALID_FILE;
    }
}
