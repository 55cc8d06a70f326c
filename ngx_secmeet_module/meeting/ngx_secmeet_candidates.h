
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The addresses at which a client reaches the media of the worker that has
 * taken its WebSocket: of the configuration that listens now, whichever
 * worker holds the room.
 */


#ifndef _NGX_SECMEET_CANDIDATES_H_INCLUDED_
#define _NGX_SECMEET_CANDIDATES_H_INCLUDED_


#include "ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_sdp.h"


typedef struct {
    ngx_secmeet_addr_t        addrs[NGX_SECMEET_SDP_CANDIDATES];
    ngx_uint_t                n;                /* the best ones first */
    ngx_uint_t                ntcp;             /* the last ones, by TCP */
} ngx_secmeet_candidates_t;


/* local: where the client has reached us over HTTP; len 0: not known */
void ngx_secmeet_candidates(ngx_secmeet_candidates_t *candidates,
    ngx_secmeet_worker_t *worker, ngx_secmeet_addr_t *local);


#endif /* _NGX_SECMEET_CANDIDATES_H_INCLUDED_ */
