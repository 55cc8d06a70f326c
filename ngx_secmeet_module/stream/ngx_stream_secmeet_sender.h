
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Sockets that only send, one for each address on which media is received.
 * The master makes them, since a worker may not be allowed to bind there;
 * unlike the listening sockets they are there until the worker's end.
 */


#ifndef _NGX_STREAM_SECMEET_SENDER_H_INCLUDED_
#define _NGX_STREAM_SECMEET_SENDER_H_INCLUDED_


#include "ngx_stream_secmeet.h"


typedef struct {
    ngx_secmeet_addr_t        addr;
    ngx_socket_t              fd;               /* -1: could not be made */
    unsigned                  relay:1;          /* workers cannot bind it */
} ngx_stream_secmeet_sender_t;


/* in init_module, for the user of the workers; NGX_OK or NGX_ERROR */
ngx_int_t ngx_stream_secmeet_sender_init(ngx_cycle_t *cycle,
    ngx_uid_t user);

/* the one of a listening socket, in a worker; NULL */
ngx_stream_secmeet_sender_t *ngx_stream_secmeet_sender_find(
    ngx_cycle_t *cycle, ngx_listening_t *ls);


#endif /* _NGX_STREAM_SECMEET_SENDER_H_INCLUDED_ */
