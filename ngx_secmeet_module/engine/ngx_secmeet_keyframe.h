
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Requests for a key frame of one layer: many receivers ask, the publisher
 * hears one PLI at a time, and again if no key frame comes.
 */


#ifndef _NGX_SECMEET_KEYFRAME_H_INCLUDED_
#define _NGX_SECMEET_KEYFRAME_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_KEYFRAME_GAP      500000    /* usec between two PLIs */
#define NGX_SECMEET_KEYFRAME_RETRY    300000    /* usec without an answer */
#define NGX_SECMEET_KEYFRAME_TRIES    10


typedef struct {
    ngx_secmeet_usec_t        sent;             /* last PLI, 0: never */
    ngx_uint_t                tries;
    unsigned                  wanted:1;
} ngx_secmeet_keyframe_t;


void ngx_secmeet_keyframe_init(ngx_secmeet_keyframe_t *kf);

/* somebody needs one */
void ngx_secmeet_keyframe_request(ngx_secmeet_keyframe_t *kf);

/* one came: nobody waits any more */
void ngx_secmeet_keyframe_input(ngx_secmeet_keyframe_t *kf,
    ngx_secmeet_usec_t now);

/* NGX_OK: send a PLI now; NGX_AGAIN: later, see _next; NGX_DONE: none */
ngx_int_t ngx_secmeet_keyframe_poll(ngx_secmeet_keyframe_t *kf,
    ngx_secmeet_usec_t now);

/* when to poll again; 0: not before another request */
ngx_secmeet_usec_t ngx_secmeet_keyframe_next(ngx_secmeet_keyframe_t *kf);


#endif /* _NGX_SECMEET_KEYFRAME_H_INCLUDED_ */
