
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Reading and writing the file of the statistics.  Part of it runs in a
 * thread: nothing here allocates from a pool, logs, or looks at a worker.
 */


#ifndef _NGX_SECMEET_BOOK_FILE_H_INCLUDED_
#define _NGX_SECMEET_BOOK_FILE_H_INCLUDED_


#include "ngx_secmeet_book.h"


/* a failure that is none of the system's */
#define NGX_SECMEET_BOOK_DAMAGED      ((const char *) -1)


typedef struct {
    int                       folder;           /* locked */
    u_char                    path[NGX_SECMEET_BOOK_PATH + 8];
    u_char                    temp[NGX_SECMEET_BOOK_PATH + 8];

    ngx_secmeet_stats_t       stats;            /* to be added */
    ngx_secmeet_stats_t       done;             /* what was */
    ngx_secmeet_stats_book_t  book;

    const char               *failure;          /* NULL: none */
    ngx_err_t                 err;
    size_t                    at;               /* byte of the damage */

    volatile ngx_uint_t       written;
} ngx_secmeet_book_file_t;


/* NGX_OK; NGX_AGAIN: another process has the lock; NGX_ERROR */
ngx_int_t ngx_secmeet_book_file_lock(ngx_secmeet_book_file_t *file,
    ngx_str_t *path);
void ngx_secmeet_book_file_unlock(ngx_secmeet_book_file_t *file);

/* a new file beside the old one, with stats added; sets failure */
void ngx_secmeet_book_file_write(ngx_secmeet_book_file_t *file);

/* and in its place; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_book_file_replace(ngx_secmeet_book_file_t *file);

/* NGX_OK; NGX_DECLINED: damaged, *at (or NULL) is where; NGX_ERROR */
ngx_int_t ngx_secmeet_book_file_load(ngx_secmeet_stats_book_t *book, int fd,
    size_t *at);


#endif /* _NGX_SECMEET_BOOK_FILE_H_INCLUDED_ */
