
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "ngx_secmeet_ice.h"
#include "../wire/ngx_secmeet_bytes.h"


#define NGX_SECMEET_ICE_INTEGRITY     0x0008
#define NGX_SECMEET_ICE_FINGERPRINT   0x8028
#define NGX_SECMEET_ICE_HMAC          20        /* bytes of HMAC-SHA1 */


static ngx_int_t ngx_secmeet_ice_hmac(u_char *md, u_char *p, size_t len,
    ngx_str_t *pwd);


static u_char  ngx_secmeet_ice_chars[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";


ngx_int_t
ngx_secmeet_ice_verify(ngx_secmeet_stun_t *stun, u_char *p, ngx_str_t *pwd)
{
    u_char      length[2];
    u_char      md[EVP_MAX_MD_SIZE];
    size_t      len;
    ngx_int_t   rc;
    ngx_uint_t  n;

    if (stun->integrity == NULL) {
        return NGX_DECLINED;
    }

    (void) ngx_secmeet_read_uint16(stun->integrity + 2,
                                   stun->integrity + 4, &n);
    if (n != NGX_SECMEET_ICE_HMAC) {
        return NGX_DECLINED;
    }

    /*
     * RFC 8489, 14.5.  MESSAGE-INTEGRITY
     *
     * The length field counts up to this attribute, whatever follows it;
     * the datagram is put back as it was.
     */

    len = stun->integrity - p;

    length[0] = p[2];
    length[1] = p[3];

    (void) ngx_secmeet_write_uint16(p + 2, len + NGX_SECMEET_STUN_INTEGRITY
                                           - NGX_SECMEET_STUN_HEADER);

    rc = ngx_secmeet_ice_hmac(md, p, len, pwd);

    p[2] = length[0];
    p[3] = length[1];

    if (rc != NGX_OK) {
        return NGX_DECLINED;
    }

    if (CRYPTO_memcmp(md, stun->integrity + 4, NGX_SECMEET_ICE_HMAC) != 0) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


size_t
ngx_secmeet_ice_sign(u_char *p, size_t len, ngx_str_t *pwd)
{
    u_char    *last;
    u_char     md[EVP_MAX_MD_SIZE];
    uint32_t   crc;

    (void) ngx_secmeet_write_uint16(p + 2, len + NGX_SECMEET_STUN_INTEGRITY
                                           - NGX_SECMEET_STUN_HEADER);

    if (ngx_secmeet_ice_hmac(md, p, len, pwd) != NGX_OK) {
        return 0;
    }

    last = ngx_secmeet_write_uint16(p + len, NGX_SECMEET_ICE_INTEGRITY);
    last = ngx_secmeet_write_uint16(last, NGX_SECMEET_ICE_HMAC);
    last = ngx_cpymem(last, md, NGX_SECMEET_ICE_HMAC);

    len = last - p;

    /* RFC 8489, 14.7: the CRC covers the length with FINGERPRINT in it */

    (void) ngx_secmeet_write_uint16(p + 2, len + NGX_SECMEET_STUN_FINGERPRINT
                                           - NGX_SECMEET_STUN_HEADER);

    crc = ngx_secmeet_stun_crc(p, len);

    last = ngx_secmeet_write_uint16(last, NGX_SECMEET_ICE_FINGERPRINT);
    last = ngx_secmeet_write_uint16(last, 4);
    last = ngx_secmeet_write_uint32(last, crc);

    return last - p;
}


ngx_int_t
ngx_secmeet_ice_random(u_char *text, size_t len)
{
    size_t  i;

    if (RAND_bytes(text, (int) len) != 1) {
        return NGX_ERROR;
    }

    /* RFC 8445, 5.3: ice-chars are 64, so six bits of each byte are even */

    for (i = 0; i < len; i++) {
        text[i] = ngx_secmeet_ice_chars[text[i] & 0x3f];
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_ice_hmac(u_char *md, u_char *p, size_t len, ngx_str_t *pwd)
{
    unsigned int  n;

    if (HMAC(EVP_sha1(), pwd->data, (int) pwd->len, p, len, md, &n) == NULL
        || n != NGX_SECMEET_ICE_HMAC)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}
