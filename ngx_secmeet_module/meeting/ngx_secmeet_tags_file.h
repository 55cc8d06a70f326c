
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The tags that ever named a room, in a file: what is in it outlives rooms,
 * workers, nginx and the machine's next start.  The master opens the file,
 * workers inherit it, and any number of generations, binaries and nginxes
 * append to one file, one at a time by its lock.  Never writes over a file
 * that is not its own, and has nothing in it that tells a tag.
 */


#ifndef _NGX_SECMEET_TAGS_FILE_H_INCLUDED_
#define _NGX_SECMEET_TAGS_FILE_H_INCLUDED_


#include "ngx_secmeet_meeting.h"
#include "../crypto/ngx_secmeet_record.h"


/* what the processes of one generation know of the file; under its lock */
typedef struct {
    ngx_uint_t                records;          /* of the file, in slots */
    ngx_uint_t                n;                /* slots in use */
    time_t                    told;             /* of an error, last */
    ngx_uint_t                nearly;           /* told: 90 % */
    ngx_uint_t                full;             /* told */
    uint64_t                  slots[1];
} ngx_secmeet_tags_index_t;


typedef struct {
    ngx_str_t                 path;             /* NUL-terminated */
    ngx_uint_t                max;              /* records */

    ngx_fd_t                  fd;
    ngx_msec_t                held;             /* when it was locked */
    ngx_shm_t                 shm;
    ngx_secmeet_tags_index_t *index;
    ngx_uint_t                n;                /* slots, at most */

    u_char                    header[NGX_SECMEET_RECORD_HEADER];
    u_char                    key[NGX_SECMEET_SECRET];
} ngx_secmeet_tags_file_t;


/*
 * In the master, when the configuration is read: opens the file of path, or
 * makes it, unless the configuration is only tested.  NGX_OK, or NGX_ERROR
 * with an [emerg] that says what to do.
 */
ngx_int_t ngx_secmeet_tags_file_init(ngx_cycle_t *cycle,
    ngx_secmeet_tags_file_t *file, ngx_uid_t user);

/*
 * NGX_OK: the tag has never been claimed before, and whoever looks sees its
 * claim, but a machine that dies may forget it until the file is synced;
 * NGX_DECLINED: it has been; NGX_BUSY: the file is full, or cannot be
 * written to, which the log tells; NGX_ERROR.
 */
ngx_int_t ngx_secmeet_tags_file_claim(ngx_secmeet_tags_file_t *file,
    u_char *tag);

/*
 * All that was claimed reaches the disk: 0 or an error.  Waits for it, and
 * may be called in a thread.
 */
ngx_err_t ngx_secmeet_tags_file_sync(ngx_secmeet_tags_file_t *file);

/* NGX_OK, or NGX_BUSY, which the log tells */
ngx_int_t ngx_secmeet_tags_file_synced(ngx_secmeet_tags_file_t *file,
    ngx_err_t err);

/*
 * For the file's own parts: it is locked from NGX_OK until
 * ngx_unlock_fd(file->fd); tries are a millisecond apart
 */
ngx_int_t ngx_secmeet_tags_file_lock(ngx_secmeet_tags_file_t *file,
    ngx_uint_t tries);

/* reads what others have appended; NGX_OK with their number, NGX_ERROR */
ngx_int_t ngx_secmeet_tags_file_read(ngx_secmeet_tags_file_t *file,
    off_t size, ngx_uint_t *records);

/* says so if it is nearly full */
void ngx_secmeet_tags_file_nearly(ngx_secmeet_tags_file_t *file,
    ngx_log_t *log);


#endif /* _NGX_SECMEET_TAGS_FILE_H_INCLUDED_ */
