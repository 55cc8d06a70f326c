
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The file of the statistics.  All workers of one nginx, those of an old
 * configuration or binary included, add to it what their zone has counted:
 * one at a time, into a new file that takes the place of the old one when it
 * is on the disk.  A file that is not ours, or damaged, is left as it is.
 */


#ifndef _NGX_SECMEET_BOOK_H_INCLUDED_
#define _NGX_SECMEET_BOOK_H_INCLUDED_


#include "ngx_secmeet_load.h"
#include "../engine/ngx_secmeet_stats.h"


#define NGX_SECMEET_BOOK_PATH         1000      /* bytes of a path, at most */
#define NGX_SECMEET_BOOK_MODE         0640
#define NGX_SECMEET_BOOK_TICK         1000      /* msec */
#define NGX_SECMEET_BOOK_SAVE         10        /* ticks between two saves */
#define NGX_SECMEET_BOOK_LOOK         10        /* msec: is it on the disk? */
#define NGX_SECMEET_BOOK_LAST         200       /* looks, for a last save */


/*
 * In the master, also when testing the configuration: whether the workers
 * can write there.  NGX_OK, or NGX_ERROR with an [emerg].
 */
ngx_int_t ngx_secmeet_book_check(ngx_cycle_t *cycle, ngx_core_conf_t *ccf,
    ngx_str_t *path);

/* once in a worker, after ngx_secmeet_load; path may be empty: no file */
void ngx_secmeet_book_init(ngx_secmeet_worker_t *worker, ngx_str_t *path);

/* saves what there is; the worker's rooms have ended */
void ngx_secmeet_book_close(void);

/*
 * The file, and what is not saved yet; without a file, or with one that
 * cannot be read, only that.  NULL: no memory; the caller frees it.
 */
ngx_secmeet_stats_book_t *ngx_secmeet_book_read(void);

/* 1 if there is a file, and what exited workers have counted is in it */
ngx_uint_t ngx_secmeet_book_kept(void);


#endif /* _NGX_SECMEET_BOOK_H_INCLUDED_ */
