
/*
 * Copyright (C) secmeet contributors
 */


/*
 * STUN messages (RFC 8489) with the attributes of ICE (RFC 8445).  Parses
 * and creates; integrity is checked and added by crypto/ngx_secmeet_ice.
 */


#ifndef _NGX_SECMEET_STUN_H_INCLUDED_
#define _NGX_SECMEET_STUN_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_STUN_REQUEST      0x0001
#define NGX_SECMEET_STUN_INDICATION   0x0011
#define NGX_SECMEET_STUN_RESPONSE     0x0101
#define NGX_SECMEET_STUN_ERROR        0x0111

#define NGX_SECMEET_STUN_HEADER       20
#define NGX_SECMEET_STUN_COOKIE       0x2112a442
#define NGX_SECMEET_STUN_INTEGRITY    24        /* bytes of the attribute */
#define NGX_SECMEET_STUN_FINGERPRINT  8
#define NGX_SECMEET_STUN_UNKNOWN      8         /* attributes remembered */


typedef struct {
    uint16_t                  type;
    u_char                   *id;               /* 12 bytes */
    ngx_str_t                 username;
    uint32_t                  priority;
    uint64_t                  tie_breaker;
    ngx_uint_t                error;            /* 0: no ERROR-CODE */
    ngx_secmeet_addr_t        mapped;           /* len 0: none */

    u_char                   *integrity;        /* the attribute, or NULL */
    u_char                   *fingerprint;

    uint16_t                  unknown[NGX_SECMEET_STUN_UNKNOWN];
    ngx_uint_t                nunknown;         /* comprehension-required */

    unsigned                  has_username:1;
    unsigned                  has_priority:1;
    unsigned                  controlling:1;
    unsigned                  controlled:1;
    unsigned                  use_candidate:1;
} ngx_secmeet_stun_t;


/*
 * NGX_OK or NGX_DECLINED.  Checks the cookie, the length field against the
 * datagram, that attributes end inside, that FINGERPRINT is the last, and
 * its CRC.  Of what follows MESSAGE-INTEGRITY only FINGERPRINT counts.
 */
ngx_int_t ngx_secmeet_stun_parse(ngx_secmeet_stun_t *stun, u_char *p,
    u_char *end);

/*
 * Writes header and attributes, without MESSAGE-INTEGRITY and FINGERPRINT;
 * returns the length (p may be NULL).  With error 420 the unknown types are
 * written as UNKNOWN-ATTRIBUTES.
 */
size_t ngx_secmeet_stun_create(u_char *p, ngx_secmeet_stun_t *stun);

/* "local:remote", RFC 8445, 7.2.2; NGX_DECLINED unless both are ice-chars */
ngx_int_t ngx_secmeet_stun_username(ngx_secmeet_stun_t *stun,
    ngx_str_t *local, ngx_str_t *remote);

/* the FINGERPRINT value of the bytes before the attribute, RFC 8489, 14.7 */
uint32_t ngx_secmeet_stun_crc(u_char *p, size_t len);


#endif /* _NGX_SECMEET_STUN_H_INCLUDED_ */
