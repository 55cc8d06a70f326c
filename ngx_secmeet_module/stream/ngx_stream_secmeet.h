
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the files of the stream door share.  Its symbols of nginx are weak,
 * so that the module can say in its own words that stream is missing.
 */


#ifndef _NGX_STREAM_SECMEET_H_INCLUDED_
#define _NGX_STREAM_SECMEET_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_stream.h>

#include "../meeting/ngx_secmeet_worker.h"


#pragma weak ngx_stream_module
#pragma weak ngx_stream_core_module
#pragma weak ngx_stream_init_connection
#pragma weak ngx_stream_finalize_session


typedef struct {
    ngx_flag_t                enable;           /* secmeet_media */
    ngx_array_t              *candidates;       /* ngx_secmeet_addr_t; NULL:
                                                   the listener's */
    u_char                   *file_name;
    ngx_uint_t                line;

    ngx_uint_t                listeners;        /* that are its own */

    unsigned                  inet:1;           /* has one of that family, */
    unsigned                  inet6:1;
    unsigned                  inet_public:1;    /* and not on loopback */
    unsigned                  inet6_public:1;
} ngx_stream_secmeet_srv_conf_t;


typedef struct {
    ngx_array_t               servers;   /* ngx_stream_secmeet_srv_conf_t * */
    ngx_array_t              *senders;   /* ngx_stream_secmeet_sender_t */
} ngx_stream_secmeet_main_conf_t;


/* the content handler: it refuses, media never comes so far */
void ngx_stream_secmeet_handler(ngx_stream_session_t *s);

extern ngx_module_t  ngx_stream_secmeet_module;


#endif /* _NGX_STREAM_SECMEET_H_INCLUDED_ */
