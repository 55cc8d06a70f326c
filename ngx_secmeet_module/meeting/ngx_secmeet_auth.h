
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Tokens and proofs.  What a client shows is never stored: the room keeps a
 * keyed hash and compares in constant time.
 */


#ifndef _NGX_SECMEET_AUTH_H_INCLUDED_
#define _NGX_SECMEET_AUTH_H_INCLUDED_


#include "ngx_secmeet_meeting.h"


#define NGX_SECMEET_AUTH_TEXT         43        /* base64url of 32 bytes */


/* HMAC-SHA-256(key, text) into hash, 32 bytes each; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_auth_hash(u_char *hash, u_char *key, u_char *p,
    size_t len);

/* a random token as text, NGX_SECMEET_AUTH_TEXT bytes; NGX_OK, NGX_ERROR */
ngx_int_t ngx_secmeet_auth_token(u_char *text);

/*
 * NGX_OK if the hash of the bytes that text stands for is the one given,
 * NGX_DECLINED otherwise.  text with data NULL is declined after the same
 * work.
 */
ngx_int_t ngx_secmeet_auth_check(u_char *hash, u_char *key, ngx_str_t *text);

/* the hash to keep of base64url text; NGX_OK, NGX_DECLINED if malformed */
ngx_int_t ngx_secmeet_auth_keep(u_char *hash, u_char *key, ngx_str_t *text);


#endif /* _NGX_SECMEET_AUTH_H_INCLUDED_ */
