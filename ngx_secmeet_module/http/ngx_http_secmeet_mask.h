
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Keeps tags out of the logs where a request has not come to its location:
 * refused for its header, its size or its time, or only naming a room in
 * its Referer.  A tag is a segment of a path with 32 hexadecimal digits.
 */


#ifndef _NGX_HTTP_SECMEET_MASK_H_INCLUDED_
#define _NGX_HTTP_SECMEET_MASK_H_INCLUDED_


#include "ngx_http_secmeet.h"


typedef struct {
    ngx_http_core_srv_conf_t  *server;
    ngx_log_t                 *log;
} ngx_http_secmeet_log_t;


struct ngx_http_secmeet_mask_s {
    ngx_array_t               bases;    /* ngx_str_t, names of locations */
    ngx_array_t               logs;     /* ngx_http_secmeet_log_t */
    unsigned                  any:1;    /* a location without a base */
};


typedef struct {
    unsigned                  rooms:1;  /* a location of it has "secmeet" */
    unsigned                  beside:1; /* default where such a one listens */

    ngx_flag_t                tcp;      /* secmeet_tcp */
    u_char                   *file_name;
    ngx_uint_t                line;
} ngx_http_secmeet_srv_conf_t;


/* NULL: no memory */
ngx_http_secmeet_mask_t *ngx_http_secmeet_mask_create(ngx_conf_t *cf);
void *ngx_http_secmeet_mask_create_srv_conf(ngx_conf_t *cf);

/* this location has "secmeet"; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_secmeet_mask_base(ngx_conf_t *cf);

/* each location, when it is merged: NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_secmeet_mask_error_log(ngx_conf_t *cf);

/* the phase before all that may refuse a request; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_secmeet_mask_init(ngx_conf_t *cf);

/* when all is read: a handler of the log phase that goes before the others */
ngx_int_t ngx_http_secmeet_mask_first(ngx_cycle_t *cycle,
    ngx_http_handler_pt handler);

/* a handler of the log phase */
ngx_int_t ngx_http_secmeet_mask_request(ngx_http_request_t *r);

/* in init_module: what goes to error logs passes by; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_secmeet_mask_writers(ngx_cycle_t *cycle);


#endif /* _NGX_HTTP_SECMEET_MASK_H_INCLUDED_ */
