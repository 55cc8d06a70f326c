
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_tags_file.h"

#include <openssl/crypto.h>


#define NGX_SECMEET_TAGS_FILE_TRIES   50        /* of the lock */
#define NGX_SECMEET_TAGS_FILE_HELD    1000      /* msec: then tried once */
#define NGX_SECMEET_TAGS_FILE_TELL    60        /* seconds from line to line */
#define NGX_SECMEET_TAGS_FILE_READ    1024      /* records at a time */


static ngx_int_t ngx_secmeet_tags_file_check(ngx_secmeet_tags_file_t *file,
    off_t *size);
static void ngx_secmeet_tags_file_grow(ngx_secmeet_tags_file_t *file,
    ngx_uint_t records);
static ngx_int_t ngx_secmeet_tags_file_append(ngx_secmeet_tags_file_t *file,
    u_char *record);
static void ngx_secmeet_tags_file_error(ngx_secmeet_tags_file_t *file,
    ngx_err_t err, const char *what);


ngx_int_t
ngx_secmeet_tags_file_claim(ngx_secmeet_tags_file_t *file, u_char *tag)
{
    u_char     record[NGX_SECMEET_RECORD_SIZE];
    ngx_int_t  rc;

    if (ngx_secmeet_record_create(record, file->key, tag) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_secmeet_tags_file_lock(file, NGX_SECMEET_TAGS_FILE_TRIES)
        != NGX_OK)
    {
        ngx_secmeet_tags_file_error(file, 0, "is locked by somebody else");
        return NGX_BUSY;
    }

    rc = ngx_secmeet_tags_file_append(file, record);

    ngx_unlock_fd(file->fd);

    OPENSSL_cleanse(record, sizeof(record));

    return rc;
}


ngx_err_t
ngx_secmeet_tags_file_sync(ngx_secmeet_tags_file_t *file)
{
    return (fdatasync(file->fd) == -1) ? ngx_errno : 0;
}


ngx_int_t
ngx_secmeet_tags_file_synced(ngx_secmeet_tags_file_t *file, ngx_err_t err)
{
    if (err == 0) {
        return NGX_OK;
    }

    ngx_secmeet_tags_file_error(file, err, "does not reach the disk");

    return NGX_BUSY;
}


static ngx_int_t
ngx_secmeet_tags_file_append(ngx_secmeet_tags_file_t *file, u_char *record)
{
    off_t                      size;
    ssize_t                    n;
    ngx_uint_t                 records;
    ngx_secmeet_tags_index_t  *index;

    index = file->index;

    if (ngx_secmeet_tags_file_check(file, &size) != NGX_OK) {
        return NGX_BUSY;
    }

    if (ngx_secmeet_tags_file_read(file, size, &records) != NGX_OK) {
        ngx_secmeet_tags_file_error(file, ngx_errno, "cannot be read");
        return NGX_BUSY;
    }

    if (ngx_secmeet_record_find(index->slots, index->n, record) == NGX_OK) {
        return NGX_DECLINED;
    }

    if (records >= file->max) {

        if (!index->full) {
            index->full = 1;
            ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                          "secmeet: the file of used tags \"%V\" is full, "
                          "and no more rooms are created: raise \"max\" of "
                          "\"secmeet_tags\"", &file->path);
        }

        return NGX_BUSY;
    }

    /* what a writer left that died within a record is written over */

    n = pwrite(file->fd, record, NGX_SECMEET_RECORD_SIZE,
               NGX_SECMEET_RECORD_HEADER
               + (off_t) records * NGX_SECMEET_RECORD_SIZE);

    if (n != NGX_SECMEET_RECORD_SIZE) {
        ngx_secmeet_tags_file_error(file, n == -1 ? ngx_errno : NGX_ENOSPC,
                                    "cannot be written to");
        return NGX_BUSY;
    }

    if (ngx_secmeet_record_add(index->slots, index->n, record) != NGX_OK) {
        return NGX_ERROR;
    }

    index->records = records + 1;

    ngx_secmeet_tags_file_nearly(file, ngx_cycle->log);

    return NGX_OK;
}


/* that it is still the file that was opened, and not less of it */

static ngx_int_t
ngx_secmeet_tags_file_check(ngx_secmeet_tags_file_t *file, off_t *size)
{
    u_char           header[NGX_SECMEET_RECORD_HEADER];
    ngx_file_info_t  fi;

    if (ngx_fd_info(file->fd, &fi) == NGX_FILE_ERROR) {
        ngx_secmeet_tags_file_error(file, ngx_errno, "cannot be read");
        return NGX_ERROR;
    }

    *size = ngx_file_size(&fi);

    if (fi.st_nlink == 0) {
        ngx_secmeet_tags_file_error(file, 0, "was removed");
        return NGX_ERROR;
    }

    if (pread(file->fd, header, NGX_SECMEET_RECORD_HEADER, 0)
        != NGX_SECMEET_RECORD_HEADER
        || ngx_memcmp(header, file->header, NGX_SECMEET_RECORD_HEADER) != 0
        || *size < NGX_SECMEET_RECORD_HEADER
                   + (off_t) file->index->records * NGX_SECMEET_RECORD_SIZE)
    {
        ngx_secmeet_tags_file_error(file, 0, "was changed by somebody else");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_tags_file_read(ngx_secmeet_tags_file_t *file, off_t size,
    ngx_uint_t *records)
{
    size_t                     len;
    u_char                    *p;
    ssize_t                    n;
    ngx_uint_t                 last;
    ngx_secmeet_tags_index_t  *index;
    u_char                     buf[NGX_SECMEET_TAGS_FILE_READ
                                   * NGX_SECMEET_RECORD_SIZE];

    index = file->index;

    *records = (size - NGX_SECMEET_RECORD_HEADER) / NGX_SECMEET_RECORD_SIZE;

    /* beyond the bound nothing is claimed, so nothing needs to be known */

    last = ngx_min(*records, file->n / 4 * 3);

    ngx_secmeet_tags_file_grow(file, last + 1);

    while (index->records < last) {
        len = ngx_min(last - index->records, NGX_SECMEET_TAGS_FILE_READ)
              * NGX_SECMEET_RECORD_SIZE;

        n = pread(file->fd, buf, len,
                  NGX_SECMEET_RECORD_HEADER
                  + (off_t) index->records * NGX_SECMEET_RECORD_SIZE);

        if (n != (ssize_t) len) {
            return NGX_ERROR;
        }

        for (p = buf; p < buf + len; p += NGX_SECMEET_RECORD_SIZE) {

            if (ngx_secmeet_record_add(index->slots, index->n, p) != NGX_OK) {
                return NGX_ERROR;
            }
        }

        index->records += len / NGX_SECMEET_RECORD_SIZE;
    }

    return NGX_OK;
}


/*
 * Doubles the set: all is read again, some ten milliseconds for half a
 * million records.  If this process is killed here, the next one begins anew.
 */

static void
ngx_secmeet_tags_file_grow(ngx_secmeet_tags_file_t *file, ngx_uint_t records)
{
    ngx_uint_t                 n;
    ngx_secmeet_tags_index_t  *index;

    index = file->index;

    n = ngx_min(ngx_secmeet_record_slots(records), file->n);

    if (n > index->n) {
        index->records = 0;
        ngx_memory_barrier();

        ngx_memzero(index->slots, n * sizeof(uint64_t));
        ngx_memory_barrier();

        index->n = n;
    }
}


ngx_int_t
ngx_secmeet_tags_file_lock(ngx_secmeet_tags_file_t *file, ngx_uint_t tries)
{
    ngx_err_t   err;
    ngx_uint_t  i;

    /* a holder that is stuck must not cost every caller the full time */

    if (file->held
        && ngx_current_msec - file->held < NGX_SECMEET_TAGS_FILE_HELD)
    {
        tries = 1;
    }

    for (i = 0; i < tries; i++) {

        if (i) {
            ngx_msleep(1);
        }

        err = ngx_trylock_fd(file->fd);

        if (err == 0) {
            file->held = 0;
            return NGX_OK;
        }

        if (err != NGX_EAGAIN && err != NGX_EACCES) {
            break;
        }
    }

    if (tries > 1) {
        file->held = ngx_current_msec;
    }

    return NGX_ERROR;
}


void
ngx_secmeet_tags_file_nearly(ngx_secmeet_tags_file_t *file, ngx_log_t *log)
{
    if (file->index->nearly
        || file->index->records < file->max - file->max / 10)
    {
        return;
    }

    file->index->nearly = 1;

    ngx_log_error(NGX_LOG_WARN, log, 0,
                  "secmeet: the file of used tags \"%V\" holds %ui of the %ui "
                  "tags that it may: raise \"max\" of \"secmeet_tags\" before "
                  "no more rooms are created",
                  &file->path, file->index->records, file->max);
}


/* one line a minute, by all processes together */

static void
ngx_secmeet_tags_file_error(ngx_secmeet_tags_file_t *file, ngx_err_t err,
    const char *what)
{
    time_t  now;

    now = ngx_time();

    if (now - file->index->told < NGX_SECMEET_TAGS_FILE_TELL) {
        return;
    }

    file->index->told = now;

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, err,
                  "secmeet: the file of used tags \"%V\" %s, and no room is "
                  "created without it", &file->path, what);
}
