
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What all floors share: types and return codes.  Owns nothing.
 *
 * Return codes have one meaning each:
 *
 *     NGX_OK        done
 *     NGX_DECLINED  malformed or not mine: drop it, count it, go on
 *     NGX_AGAIN     more is needed
 *     NGX_DONE      nothing left
 *     NGX_ERROR     the owner closes
 */


#ifndef _NGX_SECMEET_H_INCLUDED_
#define _NGX_SECMEET_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* a clock that never steps back, in microseconds */
typedef uint64_t  ngx_secmeet_usec_t;


typedef struct {
    ngx_sockaddr_t            sa;
    socklen_t                 len;
} ngx_secmeet_addr_t;


#define NGX_SECMEET_MTU       1500      /* bytes of a datagram, at most */

#define NGX_SECMEET_TAG       32        /* hex digits of a room's tag */
#define NGX_SECMEET_ID        16        /* hex digits of an id, an epoch */
#define NGX_SECMEET_SECRET    32        /* bytes: token, proof, hash, key */

#define NGX_SECMEET_WORKER_ID 8         /* ice-chars: lowercase hex digits */


#endif /* _NGX_SECMEET_H_INCLUDED_ */
