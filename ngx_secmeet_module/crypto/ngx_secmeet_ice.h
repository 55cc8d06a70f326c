
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Integrity of STUN messages (RFC 8489, 14.5, 14.7) and credentials of ICE
 * (RFC 8445, 5.3), by OpenSSL.
 */


#ifndef _NGX_SECMEET_ICE_H_INCLUDED_
#define _NGX_SECMEET_ICE_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "../wire/ngx_secmeet_stun.h"


/*
 * MESSAGE-INTEGRITY of a parsed message that begins at p: NGX_OK, or
 * NGX_DECLINED if it is missing or wrong.  Compared in constant time.
 */
ngx_int_t ngx_secmeet_ice_verify(ngx_secmeet_stun_t *stun, u_char *p,
    ngx_str_t *pwd);

/*
 * Appends MESSAGE-INTEGRITY and FINGERPRINT to a message of len bytes and
 * sets its length field; returns the new length.  p must have room for 32
 * bytes more.
 */
size_t ngx_secmeet_ice_sign(u_char *p, size_t len, ngx_str_t *pwd);

/* fills text with len random ice-chars: NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_ice_random(u_char *text, size_t len);


#endif /* _NGX_SECMEET_ICE_H_INCLUDED_ */
