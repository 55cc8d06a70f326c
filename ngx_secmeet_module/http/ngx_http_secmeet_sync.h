
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Waits until what was written to the file of used tags is on the disk: in
 * a thread, so that meetings do not wait for it.
 */


#ifndef _NGX_HTTP_SECMEET_SYNC_H_INCLUDED_
#define _NGX_HTTP_SECMEET_SYNC_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* rc: NGX_OK or NGX_BUSY; finalizes the request */
typedef void (*ngx_http_secmeet_synced_pt)(ngx_http_request_t *r,
    ngx_int_t rc);


/* the configuration will need threads; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_secmeet_sync_init(ngx_conf_t *cf,
    ngx_http_secmeet_main_conf_t *smcf);

/*
 * NGX_AGAIN: synced is called later; NGX_OK: it is on the disk, or there is
 * no file; NGX_BUSY: it is not; NGX_ERROR.
 */
ngx_int_t ngx_http_secmeet_sync(ngx_http_request_t *r,
    ngx_http_secmeet_synced_pt synced);


#endif /* _NGX_HTTP_SECMEET_SYNC_H_INCLUDED_ */
