
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the files of the http door share: its configuration, and what a
 * request below the base path of the rooms carries.  No meeting's name,
 * address or secret goes to a log from here.
 */


#ifndef _NGX_HTTP_SECMEET_H_INCLUDED_
#define _NGX_HTTP_SECMEET_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "../meeting/ngx_secmeet_meeting.h"
#include "../meeting/ngx_secmeet_tags.h"


#define NGX_HTTP_SECMEET_BODY         1024      /* bytes of a body, at most */


typedef struct ngx_http_secmeet_ws_s       ngx_http_secmeet_ws_t;
typedef struct ngx_http_secmeet_body_s     ngx_http_secmeet_body_t;
typedef struct ngx_http_secmeet_mask_s     ngx_http_secmeet_mask_t;
typedef struct ngx_http_secmeet_origins_s  ngx_http_secmeet_origins_t;


typedef struct {
    ngx_int_t                 rooms;            /* secmeet_rooms */
    ngx_int_t                 country_min;      /* secmeet_country_min */
    ngx_str_t                 stats;            /* secmeet_stats; len 0: off,
                                                   data NULL: not given */

    ngx_str_t                 name;             /* data NULL: no location */
    size_t                    size;             /* 0: not given */
    ngx_shm_zone_t           *zone;
    ngx_secmeet_tags_t       *tags;
    ngx_secmeet_tags_file_t  *file;             /* NULL: "off" */
#if (NGX_THREADS)
    ngx_thread_pool_t        *threads;          /* that wait for the disk */
#endif
    ngx_http_secmeet_mask_t  *mask;             /* what logs do not show */
    ngx_array_t              *hidden;           /* ngx_uint_t, variables */
    ngx_array_t              *tcp;              /* ngx_uint_t, listening
                                                   sockets; or NULL */

    u_char                   *file_name;        /* of the first "secmeet" */
    ngx_uint_t                line;
} ngx_http_secmeet_main_conf_t;


typedef struct {
    ngx_secmeet_conf_t        limits;
    ngx_http_complex_value_t *host;             /* secmeet_host; or NULL */
    ngx_http_secmeet_origins_t  *origins;       /* NULL: the site's own */
    ngx_http_complex_value_t *create;           /* NULL: everyone may */
    ngx_flag_t                enable;
    ngx_http_complex_value_t *country;          /* secmeet_country, or NULL */
    ngx_uint_t                prometheus;       /* the status page is text */
} ngx_http_secmeet_loc_conf_t;


typedef struct {
    ngx_http_request_t       *request;
    ngx_str_t                 base;             /* of the path; not secret */
    ngx_buf_t                *answer;           /* wiped with the request */
    ngx_http_secmeet_body_t  *body;             /* while it is read */
    ngx_http_secmeet_ws_t    *ws;               /* NULL: no WebSocket */
    void                     *pending;          /* asked of another worker */
    u_char                    tag[NGX_SECMEET_TAG];
    ngx_event_t               no;               /* it is told no, later */
    ngx_msec_t                deadline;         /* when */

    /* a handler of nginx runs, which takes care of what it posted */
    unsigned                  inside:1;
} ngx_http_secmeet_ctx_t;


extern ngx_module_t  ngx_http_secmeet_module;


#endif /* _NGX_HTTP_SECMEET_H_INCLUDED_ */
