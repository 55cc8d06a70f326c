
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_record.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>


/* a line of text, for whoever finds the file; 1 is the version */
#define NGX_SECMEET_RECORD_MAGIC      "secmeet tags 1\n"
#define NGX_SECMEET_RECORD_KEY        16        /* where it is */
#define NGX_SECMEET_RECORD_CHECK      48


static ngx_int_t ngx_secmeet_record_hash(u_char *hash, u_char *key,
    u_char *p, size_t len);
static uint64_t *ngx_secmeet_record_slot(uint64_t *slots, ngx_uint_t n,
    u_char *p, uint64_t *value);


ngx_int_t
ngx_secmeet_record_header(u_char *p, u_char *key)
{
    ngx_memcpy(p, NGX_SECMEET_RECORD_MAGIC, NGX_SECMEET_RECORD_KEY);
    ngx_memcpy(p + NGX_SECMEET_RECORD_KEY, key, NGX_SECMEET_SECRET);

    return ngx_secmeet_record_hash(p + NGX_SECMEET_RECORD_CHECK, key, p,
                                   NGX_SECMEET_RECORD_KEY);
}


ngx_int_t
ngx_secmeet_record_parse(u_char *key, u_char *p)
{
    u_char  check[NGX_SECMEET_RECORD_SIZE];

    if (ngx_memcmp(p, NGX_SECMEET_RECORD_MAGIC, NGX_SECMEET_RECORD_KEY) != 0)
    {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_record_hash(check, p + NGX_SECMEET_RECORD_KEY, p,
                                NGX_SECMEET_RECORD_KEY)
        != NGX_OK
        || ngx_memcmp(check, p + NGX_SECMEET_RECORD_CHECK,
                      NGX_SECMEET_RECORD_SIZE)
           != 0)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(key, p + NGX_SECMEET_RECORD_KEY, NGX_SECMEET_SECRET);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_record_create(u_char *p, u_char *key, u_char *tag)
{
    return ngx_secmeet_record_hash(p, key, tag, NGX_SECMEET_TAG);
}


/* HMAC-SHA-256, cut to the size of a record */

static ngx_int_t
ngx_secmeet_record_hash(u_char *hash, u_char *key, u_char *p, size_t len)
{
    u_char     whole[EVP_MAX_MD_SIZE];
    unsigned   n;
    ngx_int_t  rc;

    rc = NGX_ERROR;

    if (HMAC(EVP_sha256(), key, NGX_SECMEET_SECRET, p, len, whole, &n)) {
        ngx_memcpy(hash, whole, NGX_SECMEET_RECORD_SIZE);
        rc = NGX_OK;
    }

    OPENSSL_cleanse(whole, sizeof(whole));

    return rc;
}


ngx_uint_t
ngx_secmeet_record_slots(ngx_uint_t records)
{
    ngx_uint_t  n;

    /* at most three of four are taken */

    for (n = 4; n / 4 * 3 < records; n *= 2) {
        /* void */
    }

    return n;
}


ngx_int_t
ngx_secmeet_record_find(uint64_t *slots, ngx_uint_t n, u_char *p)
{
    uint64_t  *slot, value;

    slot = ngx_secmeet_record_slot(slots, n, p, &value);

    return (slot && *slot == value) ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_secmeet_record_add(uint64_t *slots, ngx_uint_t n, u_char *p)
{
    uint64_t  *slot, value;

    slot = ngx_secmeet_record_slot(slots, n, p, &value);

    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = value;

    return NGX_OK;
}


/* where it is or would be; NULL: nowhere, and all slots are taken */

static uint64_t *
ngx_secmeet_record_slot(uint64_t *slots, ngx_uint_t n, u_char *p,
    uint64_t *value)
{
    uint64_t   *slot;
    ngx_uint_t  first, i;

    ngx_memcpy(value, p, sizeof(uint64_t));

    /* 0 is an empty slot */

    if (*value == 0) {
        *value = 1;
    }

    first = (ngx_uint_t) *value;

    for (i = 0; i < n; i++) {
        slot = &slots[(first + i) & (n - 1)];

        if (*slot == 0 || *slot == *value) {
            return slot;
        }
    }

    return NULL;
}
