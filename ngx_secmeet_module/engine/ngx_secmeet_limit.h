
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A token bucket.
 */


#ifndef _NGX_SECMEET_LIMIT_H_INCLUDED_
#define _NGX_SECMEET_LIMIT_H_INCLUDED_


#include "../ngx_secmeet.h"


typedef struct {
    ngx_uint_t                rate;             /* tokens per second */
    ngx_uint_t                burst;            /* tokens at most */
    uint64_t                  level;            /* tokens * 1,000,000 */
    ngx_secmeet_usec_t        last;
} ngx_secmeet_limit_t;


/* starts full; rate 0: no limit */
void ngx_secmeet_limit_init(ngx_secmeet_limit_t *limit, ngx_uint_t rate,
    ngx_uint_t burst, ngx_secmeet_usec_t now);

/* others from now on; what it has is kept as far as burst allows */
void ngx_secmeet_limit_set(ngx_secmeet_limit_t *limit, ngx_uint_t rate,
    ngx_uint_t burst);

/* takes n tokens: NGX_OK, or NGX_DECLINED and takes none */
ngx_int_t ngx_secmeet_limit_input(ngx_secmeet_limit_t *limit, ngx_uint_t n,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_LIMIT_H_INCLUDED_ */
