
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The last packets of one incoming SSRC, by a number that does not go round,
 * for answering NACKs.  The memory is the caller's; nothing is allocated
 * here.
 */


#ifndef _NGX_SECMEET_HISTORY_H_INCLUDED_
#define _NGX_SECMEET_HISTORY_H_INCLUDED_


#include "../ngx_secmeet.h"


typedef struct {
    uint32_t                  number;
    uint16_t                  len;              /* 0: empty */
    u_char                    facts;            /* the caller's */
    u_char                    data[NGX_SECMEET_MTU];
} ngx_secmeet_history_slot_t;


typedef struct {
    ngx_secmeet_history_slot_t  *slots;
    ngx_uint_t                n;                /* a power of two */
} ngx_secmeet_history_t;


void ngx_secmeet_history_init(ngx_secmeet_history_t *history,
    ngx_secmeet_history_slot_t *slots, ngx_uint_t n);

/*
 * facts: a byte that is kept with it.  Longer than NGX_SECMEET_MTU or older
 * than what its slot holds: not kept.
 */
void ngx_secmeet_history_input(ngx_secmeet_history_t *history,
    uint32_t number, u_char *p, size_t len, ngx_uint_t facts);

/* NGX_OK with packet pointing into the slot, and facts; NGX_DECLINED */
ngx_int_t ngx_secmeet_history_find(ngx_secmeet_history_t *history,
    uint32_t number, ngx_str_t *packet, ngx_uint_t *facts);


#endif /* _NGX_SECMEET_HISTORY_H_INCLUDED_ */
