
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_book_file.h"

#include <grp.h>
#include <sys/file.h>


#define NGX_SECMEET_BOOK_GROUPS  128


static ngx_int_t ngx_secmeet_book_file_old(ngx_secmeet_book_file_t *file);
static ngx_int_t ngx_secmeet_book_file_new(ngx_secmeet_book_file_t *file,
    u_char *text, size_t len);
static ngx_int_t ngx_secmeet_book_file_put(int fd, u_char *text, size_t len);
static void ngx_secmeet_book_file_fail(ngx_secmeet_book_file_t *file,
    const char *failure);
static void ngx_secmeet_book_file_folder(u_char *folder, u_char *path);
static ngx_uint_t ngx_secmeet_book_file_may(ngx_core_conf_t *ccf,
    u_char *path, struct stat *st, ngx_uint_t mode);
static ngx_int_t ngx_secmeet_book_file_check(ngx_cycle_t *cycle,
    ngx_core_conf_t *ccf, u_char *path);


ngx_int_t
ngx_secmeet_book_file_lock(ngx_secmeet_book_file_t *file, ngx_str_t *path)
{
    u_char  folder[NGX_SECMEET_BOOK_PATH + 8];

    ngx_memzero(file, offsetof(ngx_secmeet_book_file_t, stats));

    file->failure = NULL;
    file->written = 0;

    (void) ngx_sprintf(file->path, "%V%Z", path);
    (void) ngx_sprintf(file->temp, "%V.new%Z", path);

    ngx_secmeet_book_file_folder(folder, file->path);

    file->folder = open((char *) folder,
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (file->folder == -1) {
        ngx_secmeet_book_file_fail(file, "opened");
        return NGX_ERROR;
    }

    if (flock(file->folder, LOCK_EX | LOCK_NB) == 0) {
        return NGX_OK;
    }

    if (ngx_errno != EWOULDBLOCK) {
        ngx_secmeet_book_file_fail(file, "locked");
    }

    (void) close(file->folder);

    return file->failure ? NGX_ERROR : NGX_AGAIN;
}


void
ngx_secmeet_book_file_unlock(ngx_secmeet_book_file_t *file)
{
    (void) close(file->folder);
}


void
ngx_secmeet_book_file_write(ngx_secmeet_book_file_t *file)
{
    u_char  *p, *text;

    if (ngx_secmeet_book_file_old(file) != NGX_OK) {
        return;
    }

    ngx_secmeet_stats_merge(&file->book, &file->stats, &file->done);

    text = malloc(NGX_SECMEET_STATS_TEXT);
    if (text == NULL) {
        ngx_secmeet_book_file_fail(file, "written");
        return;
    }

    p = ngx_secmeet_stats_create(text, &file->book, ngx_secmeet_counter_names,
                                 NGX_SECMEET_COUNTERS);

    if (ngx_secmeet_book_file_new(file, text, p - text) != NGX_OK) {
        ngx_secmeet_book_file_fail(file, "written");
        (void) unlink((char *) file->temp);
    }

    free(text);
}


/* what there is; nothing is an empty book */

static ngx_int_t
ngx_secmeet_book_file_old(ngx_secmeet_book_file_t *file)
{
    int        fd;
    ngx_int_t  rc;

    fd = open((char *) file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd == -1) {

        if (ngx_errno != NGX_ENOENT) {
            ngx_secmeet_book_file_fail(file, "read");
            return NGX_ERROR;
        }

        ngx_memzero(&file->book, sizeof(ngx_secmeet_stats_book_t));

        return NGX_OK;
    }

    rc = ngx_secmeet_book_file_load(&file->book, fd, &file->at);

    if (rc != NGX_OK) {
        ngx_secmeet_book_file_fail(file, rc == NGX_DECLINED
                                         ? NGX_SECMEET_BOOK_DAMAGED : "read");
    }

    (void) close(fd);

    return rc;
}


ngx_int_t
ngx_secmeet_book_file_load(ngx_secmeet_stats_book_t *book, int fd,
    size_t *at)
{
    u_char       *p, *text;
    size_t        len;
    ssize_t       n;
    ngx_int_t     rc;
    struct stat   st;

    if (fstat(fd, &st) == -1) {
        return NGX_ERROR;
    }

    if (at) {
        *at = 0;
    }

    if (!S_ISREG(st.st_mode) || st.st_size > NGX_SECMEET_STATS_TEXT) {
        return NGX_DECLINED;
    }

    text = malloc(st.st_size + 1);
    if (text == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_OK;

    for (len = 0; len < (size_t) st.st_size; len += n) {
        n = read(fd, text + len, st.st_size - len);

        if (n == -1) {
            rc = NGX_ERROR;
            break;
        }

        if (n == 0) {
            break;
        }
    }

    if (rc == NGX_OK) {
        p = text;

        rc = ngx_secmeet_stats_parse(book, &p, text + len,
                                     ngx_secmeet_counter_names,
                                     NGX_SECMEET_COUNTERS);

        if (at) {
            *at = p - text;
        }
    }

    free(text);

    return rc;
}


static ngx_int_t
ngx_secmeet_book_file_new(ngx_secmeet_book_file_t *file, u_char *text,
    size_t len)
{
    int        fd;
    ngx_int_t  rc;

    /* somebody may have been killed here before; we have the lock */

    (void) unlink((char *) file->temp);

    fd = open((char *) file->temp,
              O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
              NGX_SECMEET_BOOK_MODE);
    if (fd == -1) {
        return NGX_ERROR;
    }

    rc = ngx_secmeet_book_file_put(fd, text, len);

    if (rc == NGX_OK
        && (fchmod(fd, NGX_SECMEET_BOOK_MODE) == -1 || fsync(fd) == -1))
    {
        rc = NGX_ERROR;
    }

    if (close(fd) == -1) {
        rc = NGX_ERROR;
    }

    return rc;
}


static ngx_int_t
ngx_secmeet_book_file_put(int fd, u_char *text, size_t len)
{
    ssize_t  n;

    for ( /* void */ ; len; text += n, len -= n) {
        n = write(fd, text, len);

        if (n <= 0) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_book_file_replace(ngx_secmeet_book_file_t *file)
{
    if (file->failure) {
        return NGX_ERROR;
    }

    if (rename((char *) file->temp, (char *) file->path) == -1) {
        ngx_secmeet_book_file_fail(file, "replaced");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_secmeet_book_file_fail(ngx_secmeet_book_file_t *file,
    const char *failure)
{
    file->err = ngx_errno;
    file->failure = failure;
}


/* up to the last slash; there is one, and both have room for its path */

static void
ngx_secmeet_book_file_folder(u_char *folder, u_char *path)
{
    size_t  len;

    len = ngx_strlen(path);

    while (len > 1 && path[len - 1] != '/') {
        len--;
    }

    (void) ngx_cpystrn(folder, path, len + 1);
}


ngx_int_t
ngx_secmeet_book_check(ngx_cycle_t *cycle, ngx_core_conf_t *ccf,
    ngx_str_t *path)
{
    u_char       folder[NGX_SECMEET_BOOK_PATH + 8];
    struct stat  st;

    if (path->len > NGX_SECMEET_BOOK_PATH
        || path->data[path->len - 1] == '/')
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"secmeet_stats\" \"%V\" is no name of a file, or "
                      "longer than %d characters",
                      path, NGX_SECMEET_BOOK_PATH);
        return NGX_ERROR;
    }

    ngx_secmeet_book_file_folder(folder, path->data);

    if (stat((char *) folder, &st) == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "\"secmeet_stats\": there is no folder \"%s\": make "
                      "it, and let the workers write to it", folder);
        return NGX_ERROR;
    }

    if (!S_ISDIR(st.st_mode)
        || !ngx_secmeet_book_file_may(ccf, folder, &st, 07))
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"secmeet_stats\": the workers cannot write to "
                      "\"%s\": give the folder to their user%s%s%s",
                      folder, ccf->username ? " \"" : "",
                      ccf->username ? ccf->username : "",
                      ccf->username ? "\"" : "");
        return NGX_ERROR;
    }

    return ngx_secmeet_book_file_check(cycle, ccf, path->data);
}


/* whether the workers have all of the bits of mode, 07 at most */

static ngx_uint_t
ngx_secmeet_book_file_may(ngx_core_conf_t *ccf, u_char *path,
    struct stat *st, ngx_uint_t mode)
{
    int    i, n;
    gid_t  groups[NGX_SECMEET_BOOK_GROUPS];

    if (geteuid() != 0) {
        return access((char *) path, mode) == 0;
    }

    if (ccf->user == 0) {
        return 1;
    }

    if (st->st_uid == ccf->user) {
        return (st->st_mode >> 6 & mode) == mode;
    }

    n = NGX_SECMEET_BOOK_GROUPS;

    if (ccf->username == NULL
        || getgrouplist(ccf->username, ccf->group, groups, &n) == -1)
    {
        groups[0] = ccf->group;
        n = 1;
    }

    for (i = 0; i < n; i++) {
        if (st->st_gid == groups[i]) {
            return (st->st_mode >> 3 & mode) == mode;
        }
    }

    return (st->st_mode & mode) == mode;
}


/* a damaged file is no reason for nginx not to start */

static ngx_int_t
ngx_secmeet_book_file_check(ngx_cycle_t *cycle, ngx_core_conf_t *ccf,
    u_char *path)
{
    int                        fd;
    size_t                     at;
    ngx_int_t                  rc;
    struct stat                st;
    ngx_secmeet_stats_book_t  *book;

    if (stat((char *) path, &st) == -1) {

        if (ngx_errno == NGX_ENOENT) {
            return NGX_OK;
        }

        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "\"secmeet_stats\": \"%s\" cannot be read", path);
        return NGX_ERROR;
    }

    if (!S_ISREG(st.st_mode)
        || !ngx_secmeet_book_file_may(ccf, path, &st, 04))
    {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "\"secmeet_stats\": \"%s\" is no file, or one that "
                      "the workers cannot read", path);
        return NGX_ERROR;
    }

    book = ngx_alloc(sizeof(ngx_secmeet_stats_book_t), cycle->log);
    if (book == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_ERROR;
    at = 0;
    fd = open((char *) path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd != -1) {
        rc = ngx_secmeet_book_file_load(book, fd, &at);
        (void) close(fd);
    }

    ngx_free(book);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "\"secmeet_stats\": \"%s\" is damaged at byte %uz: "
                      "mend it or move it away, it is left as it is and "
                      "nothing is saved until then", path, at);
        return NGX_OK;
    }

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "\"secmeet_stats\": \"%s\" cannot be read", path);
    }

    return rc;
}
