
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Wipes what those leave behind that cannot be asked to wipe: freed memory
 * of nginx, OpenSSL, libsrtp and libc, the stack, buffers that are used over
 * and over.  Not for what is in use, and not in place of ngx_secmeet_free().
 */


#ifndef _NGX_SECMEET_WIPE_H_INCLUDED_
#define _NGX_SECMEET_WIPE_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_WIPE_DELAY        100       /* msec: ten in a second */
#define NGX_SECMEET_WIPE_STACK        131072    /* bytes below the loop */
#define NGX_SECMEET_WIPE_SMALL        1032      /* bytes; libc keeps those */
#define NGX_SECMEET_WIPE_EACH         16        /* of a size, at most */


/* a buffer that is empty whenever the event loop has nothing to do */
typedef struct ngx_secmeet_wipe_s  ngx_secmeet_wipe_t;

struct ngx_secmeet_wipe_s {
    ngx_secmeet_wipe_t       *next;
    void                     *start;
    size_t                    size;
};


/*
 * The last thing in init_process: from now on whatever is freed in this
 * process is overwritten, and memory that is allocated is of zeros.
 */
void ngx_secmeet_wipe_init(ngx_log_t *log);
void ngx_secmeet_wipe_close(void);

/* wipe is the caller's, and static; adding twice is nothing */
void ngx_secmeet_wipe_add(ngx_secmeet_wipe_t *wipe, void *start,
    size_t size);

/* something has ended: wipes soon, when all of it is freed */
void ngx_secmeet_wipe(void);


#endif /* _NGX_SECMEET_WIPE_H_INCLUDED_ */
