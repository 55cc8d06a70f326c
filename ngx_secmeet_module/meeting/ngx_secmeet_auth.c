
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_auth.h"
#include "ngx_secmeet_worker.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>


static ngx_int_t ngx_secmeet_auth_decode(u_char *secret, ngx_str_t *text);


ngx_int_t
ngx_secmeet_auth_hash(u_char *hash, u_char *key, u_char *p, size_t len)
{
    unsigned  n;

    if (HMAC(EVP_sha256(), key, NGX_SECMEET_SECRET, p, len, hash, &n)
        == NULL)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_auth_token(u_char *text)
{
    u_char     secret[NGX_SECMEET_SECRET];
    ngx_str_t  src, dst;

    if (ngx_secmeet_random(secret, NGX_SECMEET_SECRET) != NGX_OK) {
        return NGX_ERROR;
    }

    src.data = secret;
    src.len = NGX_SECMEET_SECRET;
    dst.data = text;

    ngx_encode_base64url(&dst, &src);

    OPENSSL_cleanse(secret, sizeof(secret));

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_auth_check(u_char *hash, u_char *key, ngx_str_t *text)
{
    u_char     other[NGX_SECMEET_SECRET];
    ngx_int_t  rc;

    rc = ngx_secmeet_auth_keep(other, key, text);

    if (CRYPTO_memcmp(other, hash, NGX_SECMEET_SECRET) != 0) {
        rc = NGX_DECLINED;
    }

    OPENSSL_cleanse(other, sizeof(other));

    return rc;
}


ngx_int_t
ngx_secmeet_auth_keep(u_char *hash, u_char *key, ngx_str_t *text)
{
    u_char     secret[NGX_SECMEET_SECRET];
    ngx_int_t  rc;

    rc = ngx_secmeet_auth_decode(secret, text);

    /* malformed text costs as much as well-formed text */

    if (ngx_secmeet_auth_hash(hash, key, secret, NGX_SECMEET_SECRET)
        != NGX_OK)
    {
        rc = NGX_DECLINED;
    }

    OPENSSL_cleanse(secret, sizeof(secret));

    return rc;
}


static ngx_int_t
ngx_secmeet_auth_decode(u_char *secret, ngx_str_t *text)
{
    ngx_str_t  dst;

    ngx_memzero(secret, NGX_SECMEET_SECRET);

    if (text->data == NULL || text->len != NGX_SECMEET_AUTH_TEXT) {
        return NGX_DECLINED;
    }

    /* 43 digits are 32 bytes, never more */

    dst.data = secret;

    if (ngx_decode_base64url(&dst, text) != NGX_OK
        || dst.len != NGX_SECMEET_SECRET)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}
