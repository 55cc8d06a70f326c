
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Datagrams in a stream of bytes: each after two bytes that tell its length
 * (RFC 4571, 2).  Copies nothing.
 */


#ifndef _NGX_SECMEET_FRAMING_H_INCLUDED_
#define _NGX_SECMEET_FRAMING_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_FRAMING_HEADER    2

/* bytes of a frame that is not whole yet, at most */
#define NGX_SECMEET_FRAMING_PARTIAL                                          \
    (NGX_SECMEET_FRAMING_HEADER + NGX_SECMEET_MTU - 1)


/*
 * The frame that begins at *p.  NGX_OK: its datagram, and *p is behind it;
 * NGX_AGAIN: it is not whole, and *p stays; NGX_DECLINED: its length is 0
 * or more than NGX_SECMEET_MTU, and nothing behind it can be understood.
 */
ngx_int_t ngx_secmeet_framing_parse(ngx_str_t *datagram, u_char **p,
    u_char *end);

/* the header of a datagram of len bytes; returns where that begins */
u_char *ngx_secmeet_framing_create(u_char *p, size_t len);


#endif /* _NGX_SECMEET_FRAMING_H_INCLUDED_ */
