
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_book.h"
#include "ngx_secmeet_book_file.h"
#include "ngx_secmeet_remote.h"
#include "../meeting/ngx_secmeet_count.h"

#include <pthread.h>


static void ngx_secmeet_book_timer(ngx_event_t *ev, ngx_event_handler_pt
    handler, ngx_connection_t *dummy);
static void ngx_secmeet_book_grown(void);
static void ngx_secmeet_book_tick(ngx_event_t *ev);
static ngx_int_t ngx_secmeet_book_begin(void);
static void ngx_secmeet_book_start(void);
static void *ngx_secmeet_book_thread(void *data);
static void ngx_secmeet_book_look(ngx_event_t *ev);
static void ngx_secmeet_book_finish(void);
static void ngx_secmeet_book_failed(ngx_secmeet_book_file_t *file);


static ngx_secmeet_worker_t     *ngx_secmeet_book_worker;
static ngx_str_t                *ngx_secmeet_book_path;
static ngx_secmeet_book_file_t  *ngx_secmeet_book_file;   /* being saved */
static ngx_event_t               ngx_secmeet_book_event;
static ngx_event_t               ngx_secmeet_book_saving;
static ngx_connection_t          ngx_secmeet_book_dummy;
static ngx_uint_t                ngx_secmeet_book_ticks;
static ngx_uint_t                ngx_secmeet_book_told;   /* it fails */
static ngx_uint_t                ngx_secmeet_book_threaded;
static pthread_t                 ngx_secmeet_book_id;


void
ngx_secmeet_book_init(ngx_secmeet_worker_t *worker, ngx_str_t *path)
{
    ngx_secmeet_book_worker = worker;
    ngx_secmeet_book_path = path->len ? path : NULL;
    ngx_secmeet_book_dummy.fd = (ngx_socket_t) -1;

    worker->grown = ngx_secmeet_book_grown;

    ngx_secmeet_book_timer(&ngx_secmeet_book_event, ngx_secmeet_book_tick,
                           &ngx_secmeet_book_dummy);
    ngx_secmeet_book_timer(&ngx_secmeet_book_saving, ngx_secmeet_book_look,
                           &ngx_secmeet_book_dummy);

    ngx_add_timer(&ngx_secmeet_book_event, NGX_SECMEET_BOOK_TICK);
}


static void
ngx_secmeet_book_timer(ngx_event_t *ev, ngx_event_handler_pt handler,
    ngx_connection_t *dummy)
{
    ngx_memzero(ev, sizeof(ngx_event_t));

    ev->handler = handler;
    ev->data = dummy;
    ev->log = ngx_secmeet_book_worker->log;
    ev->cancelable = 1;
}


/* at once: until the next tick they may be fewer again */

static void
ngx_secmeet_book_grown(void)
{
    ngx_secmeet_load_count(&ngx_secmeet_load);

    ngx_secmeet_count_peaks(ngx_secmeet_book_worker,
                            ngx_secmeet_load_rooms(&ngx_secmeet_load),
                            ngx_secmeet_load_peers(&ngx_secmeet_load));
}


static void
ngx_secmeet_book_tick(ngx_event_t *ev)
{
    ngx_secmeet_count_packets(ngx_secmeet_book_worker);

    /* whoever is there at midnight is so on the next day as well */

    ngx_secmeet_book_grown();

    ngx_secmeet_book_ticks++;

    if (ngx_secmeet_book_ticks >= NGX_SECMEET_BOOK_SAVE
        && ngx_secmeet_book_file == NULL)
    {
        if (ngx_secmeet_book_begin() == NGX_OK) {
            ngx_secmeet_book_start();
        }
    }

    ngx_add_timer(ev, NGX_SECMEET_BOOK_TICK);
}


/*
 * NGX_OK: nobody else saves, and the file is to be written; NGX_AGAIN:
 * somebody does; NGX_DECLINED: there is nothing to save; NGX_ERROR
 */

static ngx_int_t
ngx_secmeet_book_begin(void)
{
    ngx_int_t                 rc;
    ngx_secmeet_tags_t       *tags;
    ngx_secmeet_book_file_t  *file;

    tags = ngx_secmeet_book_worker->tags;

    if (ngx_secmeet_book_path == NULL || !tags->stats->changed) {
        return NGX_DECLINED;
    }

    /* those of the new configuration do, and may have another file */

    if (ngx_exiting && ngx_secmeet_load_others(&ngx_secmeet_load)) {
        return NGX_DECLINED;
    }

    file = ngx_alloc(sizeof(ngx_secmeet_book_file_t),
                     ngx_secmeet_book_worker->log);
    if (file == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_secmeet_book_file_lock(file, ngx_secmeet_book_path);

    if (rc != NGX_OK) {

        if (rc == NGX_ERROR) {
            ngx_secmeet_book_ticks = 0;
            ngx_secmeet_book_failed(file);
        }

        ngx_free(file);
        return rc;
    }

    ngx_secmeet_book_ticks = 0;
    ngx_secmeet_book_file = file;

    ngx_shmtx_lock(&tags->shpool->mutex);

    file->stats = *tags->stats;
    tags->stats->changed = 0;

    ngx_shmtx_unlock(&tags->shpool->mutex);

    return NGX_OK;
}


/*
 * A disk may take its time, and media does not wait: it is written by a
 * thread, which calls nothing of nginx.
 */

static void
ngx_secmeet_book_start(void)
{
    int       rc;
    sigset_t  all, old;

    /* signals are for the thread that has the event loop */

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_BLOCK, &all, &old);

    rc = pthread_create(&ngx_secmeet_book_id, NULL, ngx_secmeet_book_thread,
                        ngx_secmeet_book_file);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);

    if (rc != 0) {
        (void) ngx_secmeet_book_thread(ngx_secmeet_book_file);
        ngx_secmeet_book_finish();
        return;
    }

    ngx_secmeet_book_threaded = 1;
    ngx_add_timer(&ngx_secmeet_book_saving, NGX_SECMEET_BOOK_LOOK);
}


static void *
ngx_secmeet_book_thread(void *data)
{
    ngx_secmeet_book_file_t *file = data;

    ngx_secmeet_book_file_write(file);

    ngx_memory_barrier();
    file->written = 1;

    return NULL;
}


static void
ngx_secmeet_book_look(ngx_event_t *ev)
{
    if (!ngx_secmeet_book_file->written) {
        ngx_add_timer(ev, NGX_SECMEET_BOOK_LOOK);
        return;
    }

    ngx_memory_barrier();
    ngx_secmeet_book_finish();
}


/*
 * One step for who reads it: what is in the file is not in the zone.  If
 * the worker is killed between the two, it is in both.
 */

static void
ngx_secmeet_book_finish(void)
{
    ngx_secmeet_tags_t       *tags;
    ngx_secmeet_book_file_t  *file;

    file = ngx_secmeet_book_file;
    tags = ngx_secmeet_book_worker->tags;

    if (ngx_secmeet_book_threaded) {
        (void) pthread_join(ngx_secmeet_book_id, NULL);
        ngx_secmeet_book_threaded = 0;
    }

    ngx_shmtx_lock(&tags->shpool->mutex);

    if (ngx_secmeet_book_file_replace(file) == NGX_OK) {
        ngx_secmeet_stats_settle(tags->stats, &file->done);

    } else {
        tags->stats->changed = 1;
    }

    ngx_shmtx_unlock(&tags->shpool->mutex);

    if (file->failure) {
        ngx_secmeet_book_failed(file);

    } else if (ngx_secmeet_book_told) {
        ngx_secmeet_book_told = 0;

        ngx_log_error(NGX_LOG_NOTICE, ngx_secmeet_book_worker->log, 0,
                      "secmeet: \"%V\" is written again",
                      ngx_secmeet_book_path);
    }

    ngx_secmeet_book_file_unlock(file);
    ngx_free(file);

    ngx_secmeet_book_file = NULL;
}


/* once: what was counted is kept, and it is tried again */

static void
ngx_secmeet_book_failed(ngx_secmeet_book_file_t *file)
{
    if (ngx_secmeet_book_told) {
        return;
    }

    ngx_secmeet_book_told = 1;

    if (file->failure == NGX_SECMEET_BOOK_DAMAGED) {
        ngx_log_error(NGX_LOG_ERR, ngx_secmeet_book_worker->log, 0,
                      "secmeet: \"%V\" is damaged at byte %uz and is left "
                      "as it is: mend it or move it away, and what is "
                      "counted meanwhile goes to it",
                      ngx_secmeet_book_path, file->at);
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_secmeet_book_worker->log, file->err,
                  "secmeet: \"%V\" cannot be %s: see that the workers may "
                  "write to its folder, and that the disk is not full",
                  ngx_secmeet_book_path, file->failure);
}


void
ngx_secmeet_book_close(void)
{
    ngx_int_t   rc;
    ngx_uint_t  i;

    if (ngx_secmeet_book_worker == NULL) {
        return;
    }

    if (ngx_secmeet_book_event.timer_set) {
        ngx_del_timer(&ngx_secmeet_book_event);
    }

    if (ngx_secmeet_book_saving.timer_set) {
        ngx_del_timer(&ngx_secmeet_book_saving);
    }

    ngx_secmeet_count_packets(ngx_secmeet_book_worker);

    if (ngx_secmeet_book_file) {
        ngx_secmeet_book_finish();
    }

    rc = NGX_OK;

    for (i = 0; i < NGX_SECMEET_BOOK_LAST; i++) {
        rc = ngx_secmeet_book_begin();

        if (rc == NGX_OK) {
            (void) ngx_secmeet_book_thread(ngx_secmeet_book_file);
            ngx_secmeet_book_finish();
        }

        if (rc != NGX_AGAIN) {
            break;
        }

        ngx_msleep(NGX_SECMEET_BOOK_LOOK);
    }

    if (rc == NGX_AGAIN) {
        ngx_log_error(NGX_LOG_ERR, ngx_secmeet_book_worker->log, 0,
                      "secmeet: \"%V\" was locked for too long: what was "
                      "counted at last is not in it", ngx_secmeet_book_path);
    }

    ngx_secmeet_book_worker = NULL;
}


ngx_secmeet_stats_book_t *
ngx_secmeet_book_read(void)
{
    int                        fd;
    ngx_log_t                 *log;
    ngx_secmeet_tags_t        *tags;
    ngx_secmeet_stats_t        stats;
    ngx_secmeet_stats_book_t  *book;

    log = ngx_cycle->log;

    book = ngx_calloc(sizeof(ngx_secmeet_stats_book_t), log);

    if (book == NULL || ngx_secmeet_book_worker == NULL) {
        return book;
    }

    fd = -1;
    tags = ngx_secmeet_book_worker->tags;

    ngx_shmtx_lock(&tags->shpool->mutex);

    stats = *tags->stats;

    if (ngx_secmeet_book_path) {
        fd = open((char *) ngx_secmeet_book_path->data,
                  O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }

    ngx_shmtx_unlock(&tags->shpool->mutex);

    if (fd != -1) {

        if (ngx_secmeet_book_file_load(book, fd, NULL) != NGX_OK) {
            ngx_memzero(book, sizeof(ngx_secmeet_stats_book_t));
        }

        (void) close(fd);
    }

    ngx_secmeet_stats_merge(book, &stats, NULL);

    return book;
}


ngx_uint_t
ngx_secmeet_book_kept(void)
{
    return ngx_secmeet_book_path != NULL;
}
