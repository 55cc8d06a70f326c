
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A worker that leaves: its rooms go on to their end, and it stays for them
 * as long as there is another worker that people can reach them by.  When
 * there is none any more, nginx is stopping, and the meetings are ended.
 * Shortly before worker_shutdown_timeout passes, people are told to come
 * back, and the meetings go on in other workers.
 */


#ifndef _NGX_SECMEET_DRAIN_H_INCLUDED_
#define _NGX_SECMEET_DRAIN_H_INCLUDED_


#include "ngx_secmeet_load.h"
#include "ngx_secmeet_run.h"


#define NGX_SECMEET_DRAIN_TICK        1000      /* msec between two looks */
#define NGX_SECMEET_DRAIN_ALONE       2         /* ticks, then rooms end */

/* msec before worker_shutdown_timeout, or half of it if that is less */
#define NGX_SECMEET_DRAIN_LEAVE       2000
#define NGX_SECMEET_DRAIN_AGAIN       100       /* where it did not work */


void ngx_secmeet_drain_start(ngx_secmeet_load_t *load,
    ngx_secmeet_run_t *run);
void ngx_secmeet_drain_close(void);


#endif /* _NGX_SECMEET_DRAIN_H_INCLUDED_ */
