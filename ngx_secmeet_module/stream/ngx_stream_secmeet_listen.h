
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Which listening sockets of stream are media's.
 */


#ifndef _NGX_STREAM_SECMEET_LISTEN_H_INCLUDED_
#define _NGX_STREAM_SECMEET_LISTEN_H_INCLUDED_


#include "ngx_stream_secmeet.h"


/*
 * The whole configuration is read: NGX_OK, or NGX_ERROR with a log line.
 * *first is the first server with "secmeet_media on", or NULL.
 */
ngx_int_t ngx_stream_secmeet_listen_check(ngx_cycle_t *cycle,
    ngx_stream_secmeet_srv_conf_t **first);

/* the server of a checked socket; NULL: it is not media's */
ngx_stream_secmeet_srv_conf_t *ngx_stream_secmeet_listen_conf(
    ngx_listening_t *ls);

/* 1 if its server does something else for connections that are not media */
ngx_uint_t ngx_stream_secmeet_listen_shared(ngx_listening_t *ls);

/* "secmeet_hide_addresses": connections to media have no text of one */
void ngx_stream_secmeet_listen_hide(ngx_cycle_t *cycle);


#endif /* _NGX_STREAM_SECMEET_LISTEN_H_INCLUDED_ */
