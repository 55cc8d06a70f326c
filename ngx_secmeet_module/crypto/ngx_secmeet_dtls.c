
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "ngx_secmeet_dtls.h"
#include "ngx_secmeet_dtls_bio.h"
#include "ngx_secmeet_dtls_ctx.h"
#include "../wire/ngx_secmeet_bytes.h"


#define NGX_SECMEET_DTLS_LABEL        "EXTRACTOR-dtls_srtp"

/* RFC 6347, 4.1 */
#define NGX_SECMEET_DTLS_HEADER       13
#define NGX_SECMEET_DTLS_RECORD       (16384 + 2048)
#define NGX_SECMEET_DTLS_CCS          20
#define NGX_SECMEET_DTLS_ALERT        21
#define NGX_SECMEET_DTLS_HANDSHAKE    22
#define NGX_SECMEET_DTLS_DATA         23

/* encrypted records kept by OpenSSL until it can read them, at most */
#define NGX_SECMEET_DTLS_AHEAD        8


struct ngx_secmeet_dtls_s {
    SSL                      *ssl;
    ngx_secmeet_dtls_bio_t    bio;
    ngx_secmeet_usec_t        created;
    size_t                    bytes;
    ngx_uint_t                datagrams;
    ngx_uint_t                ahead;
    const char               *reason;
    u_char                    sha256[NGX_SECMEET_DTLS_SHA256];

    unsigned                  server:1;
    unsigned                  started:1;
    unsigned                  done:1;
    unsigned                  closed:1;
    unsigned                  shut:1;
    unsigned                  failed:1;
};


typedef struct {
    ngx_uint_t                type;
    ngx_uint_t                epoch;
    u_char                   *start;
    u_char                   *body;
    u_char                   *end;
} ngx_secmeet_dtls_record_t;


static ngx_int_t ngx_secmeet_dtls_setup(ngx_secmeet_dtls_t *dtls);
static ngx_int_t ngx_secmeet_dtls_match(ngx_secmeet_dtls_t *dtls,
    X509 *cert);
static unsigned int ngx_secmeet_dtls_timer(SSL *ssl, unsigned int usec);
static u_char *ngx_secmeet_dtls_record(ngx_secmeet_dtls_record_t *rec,
    u_char *p, u_char *end);
static ngx_uint_t ngx_secmeet_dtls_wanted(ngx_secmeet_dtls_t *dtls,
    ngx_secmeet_dtls_record_t *rec);
static ngx_uint_t ngx_secmeet_dtls_ahead(ngx_secmeet_dtls_t *dtls,
    ngx_secmeet_dtls_record_t *rec);
static ngx_int_t ngx_secmeet_dtls_count(ngx_secmeet_dtls_t *dtls, size_t len,
    ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_dtls_step(ngx_secmeet_dtls_t *dtls);
static ngx_int_t ngx_secmeet_dtls_read(ngx_secmeet_dtls_t *dtls);
static ngx_int_t ngx_secmeet_dtls_finish(ngx_secmeet_dtls_t *dtls);
static ngx_secmeet_srtp_profile_e ngx_secmeet_dtls_profile(SSL *ssl);
static ngx_int_t ngx_secmeet_dtls_fail(ngx_secmeet_dtls_t *dtls,
    const char *reason);


ngx_secmeet_dtls_t *
ngx_secmeet_dtls_create(ngx_secmeet_dtls_ctx_t *ctx, ngx_uint_t server,
    u_char *sha256, ngx_secmeet_dtls_send_pt send, void *data,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_dtls_t  *dtls;

    ERR_clear_error();

    dtls = OPENSSL_zalloc(sizeof(ngx_secmeet_dtls_t));
    if (dtls == NULL) {
        return NULL;
    }

    dtls->bio.send = send;
    dtls->bio.data = data;
    dtls->created = now;
    dtls->server = (server != 0);
    ngx_memcpy(dtls->sha256, sha256, NGX_SECMEET_DTLS_SHA256);

    dtls->ssl = SSL_new(ctx->ssl);

    if (dtls->ssl == NULL || ngx_secmeet_dtls_setup(dtls) != NGX_OK) {
        ngx_secmeet_dtls_free(dtls);
        ERR_clear_error();
        return NULL;
    }

    return dtls;
}


static ngx_int_t
ngx_secmeet_dtls_setup(ngx_secmeet_dtls_t *dtls)
{
    BIO  *bio;

    bio = ngx_secmeet_dtls_bio_create(&dtls->bio);
    if (bio == NULL) {
        return NGX_ERROR;
    }

    SSL_set_bio(dtls->ssl, bio, bio);

    if (SSL_set_app_data(dtls->ssl, dtls) != 1
        || SSL_set_mtu(dtls->ssl, NGX_SECMEET_DTLS_MTU) == 0)
    {
        return NGX_ERROR;
    }

    DTLS_set_timer_cb(dtls->ssl, ngx_secmeet_dtls_timer);

    if (dtls->server) {
        SSL_set_accept_state(dtls->ssl);

    } else {
        SSL_set_connect_state(dtls->ssl);
    }

    return NGX_OK;
}


void
ngx_secmeet_dtls_free(ngx_secmeet_dtls_t *dtls)
{
    SSL_free(dtls->ssl);
    OPENSSL_clear_free(dtls, sizeof(ngx_secmeet_dtls_t));
}


void
ngx_secmeet_dtls_close(ngx_secmeet_dtls_t *dtls)
{
    if (!dtls->done || dtls->failed || dtls->shut) {
        return;
    }

    dtls->shut = 1;
    dtls->closed = 1;

    ERR_clear_error();
    (void) SSL_shutdown(dtls->ssl);
    ERR_clear_error();
}


ngx_int_t
ngx_secmeet_dtls_input(ngx_secmeet_dtls_t *dtls, u_char *p, size_t len,
    ngx_secmeet_usec_t now)
{
    u_char                     *end, *last;
    ngx_int_t                   rc;
    ngx_uint_t                  n;
    ngx_secmeet_dtls_record_t   rec;

    if (dtls->failed) {
        return NGX_ERROR;
    }

    if (dtls->closed) {
        return NGX_DONE;
    }

    n = 0;
    end = p + len;

    for (last = p; last < end; /* void */ ) {
        last = ngx_secmeet_dtls_record(&rec, last, end);
        if (last == NULL) {
            return NGX_DECLINED;
        }

        n += ngx_secmeet_dtls_wanted(dtls, &rec);
    }

    if (n == 0) {
        return NGX_DECLINED;
    }

    rc = ngx_secmeet_dtls_count(dtls, len, now);

    /* each record apart, so that one which is not wanted can be left out */

    while (rc == NGX_OK && p < end) {
        p = ngx_secmeet_dtls_record(&rec, p, end);

        if (ngx_secmeet_dtls_wanted(dtls, &rec)) {
            dtls->ahead += ngx_secmeet_dtls_ahead(dtls, &rec);

            dtls->bio.p = rec.start;
            dtls->bio.len = rec.end - rec.start;

            rc = ngx_secmeet_dtls_step(dtls);
        }
    }

    dtls->bio.p = NULL;
    dtls->bio.len = 0;

    if (rc != NGX_OK) {
        return rc;
    }

    return dtls->done ? NGX_OK : NGX_AGAIN;
}


static u_char *
ngx_secmeet_dtls_record(ngx_secmeet_dtls_record_t *rec, u_char *p,
    u_char *end)
{
    ngx_uint_t  len;

    /* RFC 6347, 4.1.  type, version, epoch, sequence number, length */

    if (end - p < NGX_SECMEET_DTLS_HEADER) {
        return NULL;
    }

    rec->start = p;
    rec->type = p[0];

    if (rec->type < NGX_SECMEET_DTLS_CCS || rec->type > NGX_SECMEET_DTLS_DATA
        || p[1] != 0xfe)
    {
        return NULL;
    }

    (void) ngx_secmeet_read_uint16(p + 3, end, &rec->epoch);

    rec->body = ngx_secmeet_read_uint16(p + 11, end, &len);

    if (rec->body == NULL
        || len > NGX_SECMEET_DTLS_RECORD
        || (size_t) (end - rec->body) < len)
    {
        return NULL;
    }

    rec->end = rec->body + len;

    return rec->end;
}


static ngx_uint_t
ngx_secmeet_dtls_wanted(ngx_secmeet_dtls_t *dtls,
    ngx_secmeet_dtls_record_t *rec)
{
    /*
     * Anybody who can spoof an address can write records of epoch 0, and
     * an alert, or data, among them would end the handshake in OpenSSL.
     */

    if (rec->epoch == 0) {

        if (rec->type == NGX_SECMEET_DTLS_HANDSHAKE) {
            return 1;
        }

        return rec->type == NGX_SECMEET_DTLS_CCS
               && rec->end - rec->body == 1
               && rec->body[0] == 1;
    }

    /* there is no renegotiation, so there is no other epoch */

    if (rec->epoch > 1) {
        return 0;
    }

    if (dtls->done) {
        return 1;
    }

    if (rec->type == NGX_SECMEET_DTLS_DATA) {
        return 0;
    }

    return !ngx_secmeet_dtls_ahead(dtls, rec)
           || dtls->ahead < NGX_SECMEET_DTLS_AHEAD;
}


static ngx_uint_t
ngx_secmeet_dtls_ahead(ngx_secmeet_dtls_t *dtls,
    ngx_secmeet_dtls_record_t *rec)
{
    if (rec->epoch == 0 || dtls->done) {
        return 0;
    }

    /*
     * Until ChangeCipherSpec is read OpenSSL cannot tell a true record of
     * the next epoch from a forged one: it keeps both, each in a buffer of
     * the largest size.
     */

    switch (SSL_get_state(dtls->ssl)) {

    case TLS_ST_CR_CHANGE:
    case TLS_ST_SR_CHANGE:
        return 0;

    default:
        return 1;
    }
}


static ngx_int_t
ngx_secmeet_dtls_count(ngx_secmeet_dtls_t *dtls, size_t len,
    ngx_secmeet_usec_t now)
{
    if (dtls->done) {
        return NGX_OK;
    }

    dtls->datagrams++;
    dtls->bytes += len;

    if (dtls->datagrams > NGX_SECMEET_DTLS_DATAGRAMS) {
        return ngx_secmeet_dtls_fail(dtls, "too many datagrams");
    }

    if (dtls->bytes > NGX_SECMEET_DTLS_BYTES) {
        return ngx_secmeet_dtls_fail(dtls, "too many bytes");
    }

    if (now - dtls->created > NGX_SECMEET_DTLS_AGE) {
        return ngx_secmeet_dtls_fail(dtls, "too old");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_dtls_step(ngx_secmeet_dtls_t *dtls)
{
    int        n;
    ngx_int_t  rc;

    if (dtls->done) {
        return ngx_secmeet_dtls_read(dtls);
    }

    ERR_clear_error();

    n = SSL_do_handshake(dtls->ssl);

    if (n == 1) {
        rc = ngx_secmeet_dtls_finish(dtls);

    } else if (SSL_get_error(dtls->ssl, n) == SSL_ERROR_WANT_READ) {
        rc = NGX_OK;

    } else {
        rc = ngx_secmeet_dtls_fail(dtls,
                                   ERR_reason_error_string(ERR_peek_error()));
    }

    ERR_clear_error();

    return rc;
}


static ngx_int_t
ngx_secmeet_dtls_read(ngx_secmeet_dtls_t *dtls)
{
    int        n;
    u_char     buf[2048];
    ngx_int_t  rc;

    ERR_clear_error();

    /*
     * No application data is expected and none is kept; a repeated last
     * flight is answered in here, and alerts are read.
     */

    do {
        n = SSL_read(dtls->ssl, buf, sizeof(buf));
    } while (n > 0);

    switch (SSL_get_error(dtls->ssl, n)) {

    case SSL_ERROR_WANT_READ:
        rc = NGX_OK;
        break;

    case SSL_ERROR_ZERO_RETURN:
        dtls->closed = 1;
        rc = NGX_DONE;
        break;

    default:
        rc = ngx_secmeet_dtls_fail(dtls,
                                   ERR_reason_error_string(ERR_peek_error()));
    }

    ERR_clear_error();

    return rc;
}


static ngx_int_t
ngx_secmeet_dtls_finish(ngx_secmeet_dtls_t *dtls)
{
    /*
     * RFC 8122, 6.2: without the right certificate nothing is reported as
     * done, whatever the callback has said.
     */

    if (ngx_secmeet_dtls_match(dtls, SSL_get0_peer_certificate(dtls->ssl))
        != NGX_OK)
    {
        return ngx_secmeet_dtls_fail(dtls, "wrong fingerprint");
    }

    if (ngx_secmeet_dtls_profile(dtls->ssl) == NGX_SECMEET_SRTP_NONE) {
        return ngx_secmeet_dtls_fail(dtls, "no common SRTP profile");
    }

    dtls->done = 1;

    return ngx_secmeet_dtls_read(dtls);
}


int
ngx_secmeet_dtls_verify(X509_STORE_CTX *store, void *data)
{
    SSL                 *ssl;
    ngx_secmeet_dtls_t  *dtls;

    ssl = X509_STORE_CTX_get_ex_data(store,
                                     SSL_get_ex_data_X509_STORE_CTX_idx());
    dtls = SSL_get_app_data(ssl);

    if (ngx_secmeet_dtls_match(dtls, X509_STORE_CTX_get0_cert(store))
        != NGX_OK)
    {
        dtls->reason = "wrong fingerprint";
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);

        return 0;
    }

    X509_STORE_CTX_set_error(store, X509_V_OK);

    return 1;
}


static ngx_int_t
ngx_secmeet_dtls_match(ngx_secmeet_dtls_t *dtls, X509 *cert)
{
    u_char  sha256[NGX_SECMEET_DTLS_SHA256];

    if (cert == NULL || ngx_secmeet_dtls_sha256(sha256, cert) != NGX_OK) {
        return NGX_DECLINED;
    }

    if (CRYPTO_memcmp(sha256, dtls->sha256, NGX_SECMEET_DTLS_SHA256) != 0) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static unsigned int
ngx_secmeet_dtls_timer(SSL *ssl, unsigned int usec)
{
    if (usec == 0) {
        return NGX_SECMEET_DTLS_TIMER;
    }

    return ngx_min(usec * 2, NGX_SECMEET_DTLS_TIMER_MAX);
}


ngx_int_t
ngx_secmeet_dtls_poll(ngx_secmeet_dtls_t *dtls, ngx_secmeet_usec_t *next,
    ngx_secmeet_usec_t now)
{
    struct timeval      tv;
    ngx_secmeet_usec_t  deadline;

    if (dtls->failed) {
        return NGX_ERROR;
    }

    if (dtls->closed) {
        return NGX_DONE;
    }

    if (!dtls->done && now - dtls->created > NGX_SECMEET_DTLS_AGE) {
        return ngx_secmeet_dtls_fail(dtls, "too old");
    }

    if (!dtls->server && !dtls->started) {
        dtls->started = 1;

        if (ngx_secmeet_dtls_step(dtls) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ERR_clear_error();

    if (DTLSv1_handle_timeout(dtls->ssl) < 0) {
        ERR_clear_error();
        return ngx_secmeet_dtls_fail(dtls, "no answer");
    }

    deadline = dtls->created + NGX_SECMEET_DTLS_AGE + 1;

    if (DTLSv1_get_timeout(dtls->ssl, &tv) == 1) {
        *next = now + (ngx_secmeet_usec_t) tv.tv_sec * 1000000 + tv.tv_usec;

        if (!dtls->done) {
            *next = ngx_min(*next, deadline);
        }

        return NGX_AGAIN;
    }

    if (dtls->done) {
        return NGX_DONE;
    }

    *next = deadline;

    return NGX_AGAIN;
}


const char *
ngx_secmeet_dtls_reason(ngx_secmeet_dtls_t *dtls)
{
    return dtls->reason;
}


static ngx_int_t
ngx_secmeet_dtls_fail(ngx_secmeet_dtls_t *dtls, const char *reason)
{
    dtls->failed = 1;

    if (dtls->reason == NULL) {
        dtls->reason = reason ? reason : "handshake failed";
    }

    return NGX_ERROR;
}


static ngx_secmeet_srtp_profile_e
ngx_secmeet_dtls_profile(SSL *ssl)
{
    SRTP_PROTECTION_PROFILE  *profile;

    profile = SSL_get_selected_srtp_profile(ssl);
    if (profile == NULL) {
        return NGX_SECMEET_SRTP_NONE;
    }

    switch (profile->id) {

    case SRTP_AEAD_AES_128_GCM:
        return NGX_SECMEET_SRTP_AEAD_AES_128_GCM;

    case SRTP_AEAD_AES_256_GCM:
        return NGX_SECMEET_SRTP_AEAD_AES_256_GCM;

    case SRTP_AES128_CM_SHA1_80:
        return NGX_SECMEET_SRTP_AES128_CM_SHA1_80;

    default:
        return NGX_SECMEET_SRTP_NONE;
    }
}


ngx_int_t
ngx_secmeet_dtls_keys(ngx_secmeet_dtls_t *dtls,
    ngx_secmeet_dtls_keys_t *keys)
{
    u_char  *client, *server;
    u_char   buf[NGX_SECMEET_DTLS_KEYS];
    size_t   key, salt;

    if (!dtls->done) {
        return NGX_ERROR;
    }

    ngx_memzero(keys, sizeof(ngx_secmeet_dtls_keys_t));

    keys->profile = ngx_secmeet_dtls_profile(dtls->ssl);

    /* RFC 7714, 12; RFC 5764, 4.1.2 */

    key = (keys->profile == NGX_SECMEET_SRTP_AEAD_AES_256_GCM) ? 32 : 16;
    salt = (keys->profile == NGX_SECMEET_SRTP_AES128_CM_SHA1_80) ? 14 : 12;

    ERR_clear_error();

    if (SSL_export_keying_material(dtls->ssl, buf, 2 * (key + salt),
                                   NGX_SECMEET_DTLS_LABEL,
                                   sizeof(NGX_SECMEET_DTLS_LABEL) - 1,
                                   NULL, 0, 0)
        != 1)
    {
        ERR_clear_error();
        return NGX_ERROR;
    }

    /* RFC 5764, 4.2: both keys come first, then both salts */

    client = dtls->server ? keys->remote : keys->local;
    server = dtls->server ? keys->local : keys->remote;

    ngx_memcpy(client, buf, key);
    ngx_memcpy(server, buf + key, key);
    ngx_memcpy(client + key, buf + 2 * key, salt);
    ngx_memcpy(server + key, buf + 2 * key + salt, salt);

    keys->len = key + salt;

    OPENSSL_cleanse(buf, sizeof(buf));

    return NGX_OK;
}
