
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The run folder: where the workers of all generations and binaries of one
 * nginx meet.  The master makes it, 0700 and owned by the workers' user; it
 * holds the workers' sockets (w.<id>), the claims of rooms (r.<hash>), a
 * lock file and a key.  Nothing in it says which rooms there are.
 */


#ifndef _NGX_SECMEET_RUN_H_INCLUDED_
#define _NGX_SECMEET_RUN_H_INCLUDED_


#include "../meeting/ngx_secmeet_worker.h"


/* of the folder's path, so that "/w.<id>" fits in a sockaddr_un */
#define NGX_SECMEET_RUN_PATH          80
#define NGX_SECMEET_RUN_NAME          128       /* path and name, with NUL */
#define NGX_SECMEET_RUN_HASH          32        /* hex digits in r.<hash> */


typedef struct {
    ngx_str_t                 path;             /* NUL-terminated */
    u_char                    key[NGX_SECMEET_SECRET];
} ngx_secmeet_run_t;


/*
 * In the master (init_module, not when testing the configuration): makes
 * folder and key, or takes what is there if it is ours and 0700.  NGX_OK or
 * NGX_ERROR with an [emerg] that says what to do.
 */
ngx_int_t ngx_secmeet_run_create(ngx_cycle_t *cycle, ngx_str_t *path,
    ngx_uid_t user);

/* in a worker: reads the key; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_run_open(ngx_secmeet_run_t *run, ngx_str_t *path,
    ngx_log_t *log);

/* NUL-terminated names, NGX_SECMEET_RUN_NAME bytes each */
void ngx_secmeet_run_socket(ngx_secmeet_run_t *run, u_char *name,
    u_char *id);
ngx_int_t ngx_secmeet_run_claim(ngx_secmeet_run_t *run, u_char *name,
    u_char *tag);


#endif /* _NGX_SECMEET_RUN_H_INCLUDED_ */
