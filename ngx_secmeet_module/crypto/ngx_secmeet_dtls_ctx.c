
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "ngx_secmeet_dtls.h"
#include "ngx_secmeet_dtls_ctx.h"


#define NGX_SECMEET_DTLS_BEFORE       (-24 * 3600)      /* seconds */
#define NGX_SECMEET_DTLS_AFTER        (30 * 24 * 3600)

#define NGX_SECMEET_DTLS_CIPHERS                                              \
    "ECDHE-ECDSA-AES128-GCM-SHA256:"                                          \
    "ECDHE-ECDSA-AES256-GCM-SHA384:"                                          \
    "ECDHE-ECDSA-CHACHA20-POLY1305"

/* in the order in which we choose: AEAD costs half of HMAC-SHA1 */
#define NGX_SECMEET_DTLS_PROFILES                                             \
    "SRTP_AEAD_AES_128_GCM:"                                                  \
    "SRTP_AEAD_AES_256_GCM:"                                                  \
    "SRTP_AES128_CM_SHA1_80"

/* bytes of a handshake message, at most: a certificate is the largest */
#define NGX_SECMEET_DTLS_MESSAGE      16384


static X509 *ngx_secmeet_dtls_cert(EVP_PKEY *key);
static ngx_int_t ngx_secmeet_dtls_cert_fill(X509 *cert, EVP_PKEY *key);
static ngx_int_t ngx_secmeet_dtls_ctx_setup(SSL_CTX *ssl, X509 *cert,
    EVP_PKEY *key);
static void ngx_secmeet_dtls_ctx_text(ngx_secmeet_dtls_ctx_t *ctx,
    u_char *sha256);


ngx_secmeet_dtls_ctx_t *
ngx_secmeet_dtls_ctx_create(void)
{
    X509                    *cert;
    u_char                   sha256[NGX_SECMEET_DTLS_SHA256];
    EVP_PKEY                *key;
    ngx_secmeet_dtls_ctx_t  *ctx;

    cert = NULL;
    key = NULL;

    ERR_clear_error();

    ctx = OPENSSL_zalloc(sizeof(ngx_secmeet_dtls_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    ctx->ssl = SSL_CTX_new(DTLS_method());
    if (ctx->ssl == NULL) {
        goto failed;
    }

    key = EVP_EC_gen("P-256");
    if (key == NULL) {
        goto failed;
    }

    cert = ngx_secmeet_dtls_cert(key);
    if (cert == NULL) {
        goto failed;
    }

    if (ngx_secmeet_dtls_ctx_setup(ctx->ssl, cert, key) != NGX_OK
        || ngx_secmeet_dtls_sha256(sha256, cert) != NGX_OK)
    {
        goto failed;
    }

    ngx_secmeet_dtls_ctx_text(ctx, sha256);

    X509_free(cert);
    EVP_PKEY_free(key);

    return ctx;

failed:

    X509_free(cert);
    EVP_PKEY_free(key);
    ngx_secmeet_dtls_ctx_free(ctx);
    ERR_clear_error();

    return NULL;
}


void
ngx_secmeet_dtls_ctx_free(ngx_secmeet_dtls_ctx_t *ctx)
{
    SSL_CTX_free(ctx->ssl);
    OPENSSL_free(ctx);
}


ngx_str_t *
ngx_secmeet_dtls_ctx_fingerprint(ngx_secmeet_dtls_ctx_t *ctx)
{
    return &ctx->fingerprint;
}


static X509 *
ngx_secmeet_dtls_cert(EVP_PKEY *key)
{
    X509  *cert;

    cert = X509_new();
    if (cert == NULL) {
        return NULL;
    }

    if (ngx_secmeet_dtls_cert_fill(cert, key) != NGX_OK) {
        X509_free(cert);
        return NULL;
    }

    return cert;
}


static ngx_int_t
ngx_secmeet_dtls_cert_fill(X509 *cert, EVP_PKEY *key)
{
    uint64_t    serial;
    X509_NAME  *name;

    if (RAND_bytes((u_char *) &serial, sizeof(uint64_t)) != 1) {
        return NGX_ERROR;
    }

    /* the name tells nothing of the site */

    name = X509_NAME_new();
    if (name == NULL) {
        return NGX_ERROR;
    }

    if (X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   (u_char *) "secmeet", -1, -1, 0) != 1
        || X509_set_subject_name(cert, name) != 1
        || X509_set_issuer_name(cert, name) != 1)
    {
        X509_NAME_free(name);
        return NGX_ERROR;
    }

    X509_NAME_free(name);

    if (X509_set_version(cert, 2) != 1
        || ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) != 1
        || X509_gmtime_adj(X509_getm_notBefore(cert),
                           NGX_SECMEET_DTLS_BEFORE) == NULL
        || X509_gmtime_adj(X509_getm_notAfter(cert),
                           NGX_SECMEET_DTLS_AFTER) == NULL
        || X509_set_pubkey(cert, key) != 1
        || X509_sign(cert, key, EVP_sha256()) == 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_dtls_ctx_setup(SSL_CTX *ssl, X509 *cert, EVP_PKEY *key)
{
    if (SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) != 1
        || SSL_CTX_set_max_proto_version(ssl, DTLS1_2_VERSION) != 1
        || SSL_CTX_set_cipher_list(ssl, NGX_SECMEET_DTLS_CIPHERS) != 1
        || SSL_CTX_set1_groups_list(ssl, "X25519:P-256") != 1
        || SSL_CTX_use_certificate(ssl, cert) != 1
        || SSL_CTX_use_PrivateKey(ssl, key) != 1)
    {
        return NGX_ERROR;
    }

    /* this one returns 0 on success */

    if (SSL_CTX_set_tlsext_use_srtp(ssl, NGX_SECMEET_DTLS_PROFILES) != 0) {
        return NGX_ERROR;
    }

    SSL_CTX_set_options(ssl, SSL_OP_NO_QUERY_MTU|SSL_OP_NO_RENEGOTIATION
                             |SSL_OP_NO_TICKET|SSL_OP_NO_COMPRESSION
                             |SSL_OP_CIPHER_SERVER_PREFERENCE);

    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(ssl, NGX_SECMEET_DTLS_MESSAGE);

    /*
     * RFC 5763, 5: both sides show a certificate; it is worth what its
     * fingerprint is worth, so no chain is built.
     */

    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER|SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       NULL);
    SSL_CTX_set_cert_verify_callback(ssl, ngx_secmeet_dtls_verify, NULL);

    return NGX_OK;
}


static void
ngx_secmeet_dtls_ctx_text(ngx_secmeet_dtls_ctx_t *ctx, u_char *sha256)
{
    u_char        *p;
    ngx_uint_t     i;
    static u_char  hex[] = "0123456789ABCDEF";

    p = ngx_cpymem(ctx->text, "sha-256 ", sizeof("sha-256 ") - 1);

    for (i = 0; i < NGX_SECMEET_DTLS_SHA256; i++) {
        if (i) {
            *p++ = ':';
        }

        *p++ = hex[sha256[i] >> 4];
        *p++ = hex[sha256[i] & 0xf];
    }

    ctx->fingerprint.data = ctx->text;
    ctx->fingerprint.len = p - ctx->text;
}


ngx_int_t
ngx_secmeet_dtls_sha256(u_char *sha256, X509 *cert)
{
    u_char        md[EVP_MAX_MD_SIZE];
    unsigned int  n;

    if (X509_digest(cert, EVP_sha256(), md, &n) != 1
        || n != NGX_SECMEET_DTLS_SHA256)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(sha256, md, NGX_SECMEET_DTLS_SHA256);

    return NGX_OK;
}
