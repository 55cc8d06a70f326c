
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Packet numbers of one incoming SSRC: sequence numbers that do not go
 * round, each given once.  RFC 3711, 3.3.1, has the same for its own use;
 * here it keeps what is sent on from bearing a number twice.
 */


#ifndef _NGX_SECMEET_INDEX_H_INCLUDED_
#define _NGX_SECMEET_INDEX_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_INDEX_WINDOW      1024      /* how late one may come */


typedef struct {
    uint32_t                  highest;
    uint64_t                  seen[NGX_SECMEET_INDEX_WINDOW / 64];

    unsigned                  started:1;
} ngx_secmeet_index_t;


void ngx_secmeet_index_init(ngx_secmeet_index_t *index);

/*
 * NGX_OK with the packet's number, modulo 2^32; NGX_DECLINED: it was given
 * before, or the packet comes too late to know.
 */
ngx_int_t ngx_secmeet_index_input(ngx_secmeet_index_t *index, uint16_t seq,
    uint32_t *number);


#endif /* _NGX_SECMEET_INDEX_H_INCLUDED_ */
