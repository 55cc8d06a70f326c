
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Our DTLS server against a client that is plain OpenSSL, set up as browsers
 * are and as they should not be.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include "pair.h"
#include "crypto/ngx_secmeet_dtls_bio.h"
#include "tap.h"


#define SECOND  1000000


typedef struct {
    SSL_CTX                 *ctx;
    SSL                     *ssl;
    ngx_secmeet_dtls_bio_t   bio;
    int                      rc;            /* of SSL_do_handshake() */
    u_char                   sha256[32];
} client_t;


static void certificate(void);
static void profiles(void);
static void fragments(void);
static void rsa(void);
static void second_hello(void);
static void no_renegotiation(void);
static void no_resumption(void);
static void refused(void);

static void client_create(client_t *cl, EVP_PKEY *key);
static void client_open(client_t *cl, ngx_secmeet_dtls_t **dtls);
static void client_run(client_t *cl, ngx_secmeet_dtls_t *dtls, int reverse);
static void client_free(client_t *cl);
static void server_run(ngx_secmeet_dtls_t *dtls, int reverse);
static int same_keys(client_t *cl, ngx_secmeet_dtls_t *dtls, size_t key,
    size_t salt);
static void refuse(const char *name, client_t *cl);


static ngx_secmeet_dtls_ctx_t  *ctx;
static EVP_PKEY                *key;
static pair_side_t              side[2];    /* only their queues */
static ngx_int_t                server_rc;
static int                      server_read;


int
main(void)
{
    ctx = ngx_secmeet_dtls_ctx_create();
    key = EVP_EC_gen("P-256");

    certificate();
    profiles();
    fragments();
    rsa();
    second_hello();
    no_renegotiation();
    no_resumption();
    refused();

    EVP_PKEY_free(key);
    ngx_secmeet_dtls_ctx_free(ctx);

    return done();
}


static void
certificate(void)
{
    int                  bits;
    char                 name[64];
    X509                *cert;
    time_t               now;
    u_char               md[32], text[32];
    client_t             cl;
    ngx_secmeet_dtls_t  *dtls;

    client_create(&cl, key);
    client_open(&cl, &dtls);
    client_run(&cl, dtls, 0);

    is_int(server_rc, NGX_OK, "our server and OpenSSL's client");
    is_int(cl.rc, 1, "the client is done");
    is_int(SSL_version(cl.ssl), DTLS1_2_VERSION, "by DTLS 1.2");
    ok(strcmp(SSL_get_cipher_name(cl.ssl), "ECDHE-ECDSA-AES128-GCM-SHA256")
       == 0, "with %s", SSL_get_cipher_name(cl.ssl));

    cert = SSL_get1_peer_certificate(cl.ssl);

    (void) X509_digest(cert, EVP_sha256(), md, NULL);
    pair_sha256(ctx, text);
    is_mem(md, text, 32, "the fingerprint is the certificate's");

    (void) X509_NAME_oneline(X509_get_subject_name(cert), name, 64);
    ok(strcmp(name, "/CN=secmeet") == 0, "its name: %s", name);

    bits = EVP_PKEY_get_bits(X509_get0_pubkey(cert));
    is_int(bits, 256, "bits of its key");
    is_int(X509_verify(cert, X509_get0_pubkey(cert)), 1, "self-signed");

    now = time(NULL);
    is_int(X509_cmp_time(X509_get0_notBefore(cert), &now), -1, "is valid");
    is_int(X509_cmp_time(X509_get0_notAfter(cert), &now), 1, "still");

    now += 31 * 24 * 3600;
    is_int(X509_cmp_time(X509_get0_notAfter(cert), &now), -1,
           "but not for long");

    X509_free(cert);
    client_free(&cl);
    ngx_secmeet_dtls_free(dtls);
}


static void
profiles(void)
{
    size_t               i;
    client_t             cl;
    ngx_secmeet_dtls_t  *dtls;

    static struct {
        const char  *offer;
        size_t       key;
        size_t       salt;
    } t[] = {
        { "SRTP_AEAD_AES_128_GCM", 16, 12 },
        { "SRTP_AEAD_AES_256_GCM", 32, 12 },
        { "SRTP_AES128_CM_SHA1_80", 16, 14 },
        { "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM"
          ":SRTP_AEAD_AES_128_GCM", 16, 12 },
        { "SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80", 16, 14 }
    };

    for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
        client_create(&cl, key);
        (void) SSL_CTX_set_tlsext_use_srtp(cl.ctx, t[i].offer);
        client_open(&cl, &dtls);
        client_run(&cl, dtls, 0);

        is_int(server_rc, NGX_OK, "%s", t[i].offer);
        ok(same_keys(&cl, dtls, t[i].key, t[i].salt), "the same keys");

        client_free(&cl);
        ngx_secmeet_dtls_free(dtls);
    }
}


static void
fragments(void)
{
    int                  reverse;
    u_char               alpn[1400];
    client_t             cl;
    ngx_secmeet_dtls_t  *dtls;

    /* names to make the hello as long as a browser's */

    memset(alpn, 'a', sizeof(alpn));
    alpn[0] = 250;
    alpn[251] = 250;
    alpn[502] = 250;
    alpn[753] = 250;
    alpn[1004] = 250;

    for (reverse = 0; reverse < 2; reverse++) {
        client_create(&cl, key);
        (void) SSL_CTX_set_alpn_protos(cl.ctx, alpn, 1255);
        client_open(&cl, &dtls);
        (void) SSL_set_mtu(cl.ssl, 400);

        client_run(&cl, dtls, reverse);

        is_int(server_rc, NGX_OK, "a hello in fragments%s",
               reverse ? ", the last first" : "");
        ok(server_read > 4, "they were %d datagrams", server_read);

        client_free(&cl);
        ngx_secmeet_dtls_free(dtls);
    }
}


static void
rsa(void)
{
    client_t             cl;
    EVP_PKEY            *other;
    ngx_secmeet_dtls_t  *dtls;

    other = EVP_RSA_gen(2048);

    client_create(&cl, other);
    client_open(&cl, &dtls);
    client_run(&cl, dtls, 0);

    is_int(server_rc, NGX_OK, "a client with an RSA certificate");

    client_free(&cl);
    ngx_secmeet_dtls_free(dtls);
    EVP_PKEY_free(other);
}


/* threats: the hello of somebody else in the middle of a handshake */

static void
second_hello(void)
{
    u_char              *p;
    size_t               len;
    client_t             cl, forger;
    ngx_int_t            rc;
    ngx_secmeet_dtls_t  *dtls, *none;

    client_create(&forger, key);
    client_open(&forger, &none);
    (void) SSL_do_handshake(forger.ssl);
    p = pair_take(&side[PAIR_CLIENT], 0, &len);

    client_create(&cl, key);
    client_open(&cl, &dtls);
    (void) SSL_do_handshake(cl.ssl);
    server_run(dtls, 0);
    ok(side[PAIR_SERVER].sent > 0, "a hello is answered");

    rc = ngx_secmeet_dtls_input(dtls, p, len, pair_now);
    is_int(rc, NGX_AGAIN, "a forged one after it is not");

    client_run(&cl, dtls, 0);
    is_int(server_rc, NGX_OK, "the handshake ends well");

    free(p);
    client_free(&cl);
    client_free(&forger);
    ngx_secmeet_dtls_free(dtls);
    ngx_secmeet_dtls_free(none);
}


static void
no_renegotiation(void)
{
    int                  sent;
    client_t             cl;
    ngx_secmeet_dtls_t  *dtls;

    client_create(&cl, key);
    SSL_CTX_set_options(cl.ctx, SSL_OP_LEGACY_SERVER_CONNECT);
    client_open(&cl, &dtls);
    client_run(&cl, dtls, 0);

    sent = side[PAIR_SERVER].sent;

    (void) SSL_renegotiate(cl.ssl);
    (void) SSL_do_handshake(cl.ssl);
    ok(side[PAIR_CLIENT].queued > 0, "a client that begins anew");

    server_run(dtls, 0);

    is_int(server_rc, NGX_OK, "ends nothing");
    ok(side[PAIR_SERVER].sent <= sent + 1
       && side[PAIR_SERVER].queue[0].len < 60, "and gets an alert at most");

    ERR_clear_error();
    client_free(&cl);
    ngx_secmeet_dtls_free(dtls);
}


static void
no_resumption(void)
{
    client_t             cl;
    SSL_SESSION         *session;
    ngx_secmeet_dtls_t  *dtls;

    client_create(&cl, key);
    client_open(&cl, &dtls);
    client_run(&cl, dtls, 0);

    session = SSL_get1_session(cl.ssl);
    ok(!SSL_SESSION_has_ticket(session), "no ticket is given");

    SSL_free(cl.ssl);
    ngx_secmeet_dtls_free(dtls);

    client_open(&cl, &dtls);
    (void) SSL_set_session(cl.ssl, session);
    client_run(&cl, dtls, 0);

    is_int(server_rc, NGX_OK, "a client that wants to resume");
    ok(!SSL_session_reused(cl.ssl), "makes a full handshake");

    SSL_SESSION_free(session);
    client_free(&cl);
    ngx_secmeet_dtls_free(dtls);
}


static void
refused(void)
{
    client_t  cl;

    client_create(&cl, key);
    (void) SSL_CTX_set_cipher_list(cl.ctx, "ECDHE-RSA-AES128-GCM-SHA256");
    refuse("no shared cipher", &cl);

    client_create(&cl, key);
    (void) SSL_CTX_set_cipher_list(cl.ctx, "aNULL:eNULL@SECLEVEL=0");
    refuse("no shared cipher", &cl);

    client_create(&cl, key);
    (void) SSL_CTX_set1_groups_list(cl.ctx, "P-521");
    refuse("no shared cipher", &cl);

    client_create(&cl, key);
    (void) SSL_CTX_set_tlsext_use_srtp(cl.ctx, "SRTP_AES128_CM_SHA1_32");
    refuse("no common SRTP profile", &cl);

    client_create(&cl, NULL);
    refuse("peer did not return a certificate", &cl);

    client_create(&cl, key);
    (void) SSL_CTX_set_cipher_list(cl.ctx, "ALL@SECLEVEL=0");
    (void) SSL_CTX_set_min_proto_version(cl.ctx, DTLS1_VERSION);
    (void) SSL_CTX_set_max_proto_version(cl.ctx, DTLS1_VERSION);
    refuse("unsupported protocol", &cl);

    client_create(&cl, key);
    cl.sha256[0] ^= 1;
    refuse("wrong fingerprint", &cl);
}


static void
refuse(const char *name, client_t *cl)
{
    const char          *reason;
    ngx_secmeet_dtls_t  *dtls;

    client_open(cl, &dtls);
    client_run(cl, dtls, 0);

    reason = ngx_secmeet_dtls_reason(dtls);

    is_int(server_rc, NGX_ERROR, "refused");
    ok(reason && strcmp(reason, name) == 0, "the reason: %s", reason);
    is_int(ERR_peek_error(), 0, "the error is not left behind");

    client_free(cl);
    ngx_secmeet_dtls_free(dtls);
}


static void
client_create(client_t *cl, EVP_PKEY *key)
{
    X509  *cert;

    memset(cl, 0, sizeof(client_t));

    cl->ctx = SSL_CTX_new(DTLS_client_method());

    SSL_CTX_set_verify(cl->ctx, SSL_VERIFY_NONE, NULL);
    (void) SSL_CTX_set_tlsext_use_srtp(cl->ctx, "SRTP_AEAD_AES_128_GCM");

    if (key == NULL) {
        return;
    }

    cert = X509_new();
    (void) X509_set_version(cert, 2);
    (void) ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    (void) X509_gmtime_adj(X509_getm_notBefore(cert), -60);
    (void) X509_gmtime_adj(X509_getm_notAfter(cert), 60);
    (void) X509_set_pubkey(cert, key);
    (void) X509_sign(cert, key, EVP_sha256());
    (void) X509_digest(cert, EVP_sha256(), cl->sha256, NULL);

    (void) SSL_CTX_use_certificate(cl->ctx, cert);
    (void) SSL_CTX_use_PrivateKey(cl->ctx, key);

    X509_free(cert);
}


static void
client_open(client_t *cl, ngx_secmeet_dtls_t **dtls)
{
    BIO  *bio;

    memset(side, 0, sizeof(side));

    cl->bio.send = pair_send;
    cl->bio.data = &side[PAIR_CLIENT];

    cl->ssl = SSL_new(cl->ctx);
    bio = ngx_secmeet_dtls_bio_create(&cl->bio);
    SSL_set_bio(cl->ssl, bio, bio);
    SSL_set_connect_state(cl->ssl);
    SSL_set_options(cl->ssl, SSL_OP_NO_QUERY_MTU);
    (void) SSL_set_mtu(cl->ssl, 1200);

    server_rc = NGX_AGAIN;
    server_read = 0;
    ERR_clear_error();

    *dtls = ngx_secmeet_dtls_create(ctx, 1, cl->sha256, pair_send,
                                    &side[PAIR_SERVER], pair_now);
}


static void
client_free(client_t *cl)
{
    SSL_free(cl->ssl);
    SSL_CTX_free(cl->ctx);
}


static void
client_run(client_t *cl, ngx_secmeet_dtls_t *dtls, int reverse)
{
    int      i;
    u_char  *p;
    size_t   len;

    /* only the hello comes in reverse order */

    cl->rc = SSL_do_handshake(cl->ssl);
    server_run(dtls, reverse);

    for (i = 0; i < 100; i++) {
        server_run(dtls, 0);

        p = pair_take(&side[PAIR_SERVER], 0, &len);
        cl->bio.p = p;
        cl->bio.len = len;

        cl->rc = SSL_do_handshake(cl->ssl);
        free(p);

        if (side[0].queued + side[1].queued == 0) {
            break;
        }
    }

    ERR_clear_error();
}


static void
server_run(ngx_secmeet_dtls_t *dtls, int reverse)
{
    u_char  *p;
    size_t   len;

    for ( ;; ) {
        p = pair_take(&side[PAIR_CLIENT], reverse, &len);
        if (p == NULL) {
            return;
        }

        server_read++;
        server_rc = ngx_secmeet_dtls_input(dtls, p, len, pair_now);
        free(p);
    }
}


/* RFC 5764, 4.2, as the client sees it */

static int
same_keys(client_t *cl, ngx_secmeet_dtls_t *dtls, size_t key, size_t salt)
{
    u_char                   buf[88];
    ngx_secmeet_dtls_keys_t  keys;

    if (SSL_export_keying_material(cl->ssl, buf, 2 * (key + salt),
                                   "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0)
        != 1)
    {
        return 0;
    }

    return ngx_secmeet_dtls_keys(dtls, &keys) == NGX_OK
           && keys.len == key + salt
           && memcmp(keys.remote, buf, key) == 0
           && memcmp(keys.local, buf + key, key) == 0
           && memcmp(keys.remote + key, buf + 2 * key, salt) == 0
           && memcmp(keys.local + key, buf + 2 * key + salt, salt) == 0;
}
