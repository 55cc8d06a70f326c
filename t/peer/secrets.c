
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What this end of a transport knows, and so what the server knows as well:
 * for tests that look for it where it must not be.
 */


#include "command.h"
#include "../../ngx_secmeet_module/crypto/ngx_secmeet_ticket.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>


#define PEER_SECRETS_KEY    32          /* bytes of a key, at most */
#define PEER_SECRETS_SALT   14


static void peer_secrets_hex(json_t *json, const char *name, u_char *p,
    size_t len);
static void peer_secrets_text(json_t *json, const char *name, ngx_str_t *s);
static const char *peer_secrets_dtls(SSL *ssl, json_t *json);
static const char *peer_secrets_block(SSL *ssl, u_char *master, size_t len,
    json_t *json);
static const char *peer_secrets_srtp(peer_t *peer, json_t *json);
static const char *peer_secrets_derive(ngx_secmeet_dtls_keys_t *keys,
    u_char *key, const char *side, json_t *json);


const char *
peer_command_secrets(peer_t *peer, json_t *cmd, json_t *answer)
{
    SSL         *ssl;
    json_t      *json;
    const char  *reason;

    if (!peer->secure) {
        return "there was no handshake";
    }

    json = json_object();
    json_object_set_new(answer, "secrets", json);

    peer_secrets_text(json, "ufrag", &peer->ice.local.ufrag);
    peer_secrets_text(json, "pwd", &peer->ice.local.pwd);
    peer_secrets_text(json, "server_ufrag", &peer->ice.ufrag);
    peer_secrets_text(json, "server_pwd", &peer->ice.pwd);

    json_object_set_new(json, "local", peer_addr_json(&peer->local));

    /* it is the first thing in there, which is no secret between us */

    ssl = *(SSL **) peer->dtls;

    reason = peer_secrets_dtls(ssl, json);

    return reason ? reason : peer_secrets_srtp(peer, json);
}


static void
peer_secrets_hex(json_t *json, const char *name, u_char *p, size_t len)
{
    char           text[2 * 256 + 1];
    size_t         i;
    static char    hex[] = "0123456789abcdef";

    for (i = 0; i < len && i < 256; i++) {
        text[i * 2] = hex[p[i] >> 4];
        text[i * 2 + 1] = hex[p[i] & 15];
    }

    json_object_set_new(json, name, json_stringn(text, i * 2));
}


static void
peer_secrets_text(json_t *json, const char *name, ngx_str_t *s)
{
    json_object_set_new(json, name, json_stringn((char *) s->data, s->len));
}


static const char *
peer_secrets_dtls(SSL *ssl, json_t *json)
{
    u_char         master[SSL_MAX_MASTER_KEY_LENGTH];
    u_char         sha256[EVP_MAX_MD_SIZE];
    size_t         len;
    unsigned int   n;

    len = SSL_SESSION_get_master_key(SSL_get_session(ssl), master,
                                     sizeof(master));
    if (len == 0) {
        return "no master secret";
    }

    peer_secrets_hex(json, "dtls_master", master, len);

    if (X509_digest(SSL_get_certificate(ssl), EVP_sha256(), sha256, &n)
        != 1)
    {
        return "no fingerprint";
    }

    peer_secrets_hex(json, "fingerprint", sha256, n);

    return peer_secrets_block(ssl, master, len, json);
}


/* RFC 5246, 6.3.  Key Calculation, for AEAD: two keys, two salts */

static const char *
peer_secrets_block(SSL *ssl, u_char *master, size_t len, json_t *json)
{
    int                ok;
    u_char             seed[13 + 2 * SSL3_RANDOM_SIZE];
    u_char             block[2 * PEER_SECRETS_KEY];
    size_t             size;
    EVP_KDF           *kdf;
    OSSL_PARAM         params[4];
    EVP_KDF_CTX       *ctx;
    const EVP_MD      *md;
    const SSL_CIPHER  *cipher;

    cipher = SSL_get_current_cipher(ssl);
    md = SSL_CIPHER_get_handshake_digest(cipher);
    size = EVP_CIPHER_get_key_length(
               EVP_get_cipherbynid(SSL_CIPHER_get_cipher_nid(cipher)));

    ngx_memcpy(seed, "key expansion", 13);
    (void) SSL_get_server_random(ssl, seed + 13, SSL3_RANDOM_SIZE);
    (void) SSL_get_client_random(ssl, seed + 13 + SSL3_RANDOM_SIZE,
                                 SSL3_RANDOM_SIZE);

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                    (char *) EVP_MD_get0_name(md), 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET,
                    master, len);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED,
                    seed, sizeof(seed));
    params[3] = OSSL_PARAM_construct_end();

    kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    ok = ctx && EVP_KDF_derive(ctx, block, 2 * size, params) == 1;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);

    if (!ok) {
        return "no keys of DTLS";
    }

    peer_secrets_hex(json, "dtls_client_key", block, size);
    peer_secrets_hex(json, "dtls_server_key", block + size, size);

    return NULL;
}


static const char *
peer_secrets_srtp(peer_t *peer, json_t *json)
{
    const char               *reason;
    ngx_secmeet_dtls_keys_t   keys;

    if (ngx_secmeet_dtls_keys(peer->dtls, &keys) != NGX_OK) {
        return "no keys of SRTP";
    }

    reason = peer_secrets_derive(&keys, keys.local, "client", json);

    if (reason == NULL) {
        reason = peer_secrets_derive(&keys, keys.remote, "server", json);
    }

    return reason;
}


/* RFC 3711, 4.3.1 and 4.3.3, with a key derivation rate of 0 */

static const char *
peer_secrets_derive(ngx_secmeet_dtls_keys_t *keys, u_char *key,
    const char *side, json_t *json)
{
    int               n, ok;
    char              name[64];
    size_t            size, salt;
    u_char            iv[16], zeros[PEER_SECRETS_KEY], out[PEER_SECRETS_KEY];
    ngx_uint_t        label;
    EVP_CIPHER_CTX   *ctx;

    static const char  *labels[] = { "rtp_key", NULL, "rtp_salt", "rtcp_key",
                                     NULL, "rtcp_salt" };

    salt = keys->profile == NGX_SECMEET_SRTP_AES128_CM_SHA1_80
           ? PEER_SECRETS_SALT : 12;
    size = keys->len - salt;

    (void) snprintf(name, sizeof(name), "srtp_%s_master", side);
    peer_secrets_hex(json, name, key, size);
    (void) snprintf(name, sizeof(name), "srtp_%s_salt", side);
    peer_secrets_hex(json, name, key + size, salt);

    ngx_memzero(zeros, sizeof(zeros));

    for (label = 0; label < 6; label++) {

        if (labels[label] == NULL) {
            continue;
        }

        ngx_memzero(iv, sizeof(iv));
        ngx_memcpy(iv, key + size, salt);
        iv[7] ^= label;

        ctx = EVP_CIPHER_CTX_new();

        ok = ctx
             && EVP_EncryptInit_ex(ctx, size == 32 ? EVP_aes_256_ctr()
                                                   : EVP_aes_128_ctr(),
                                   NULL, key, iv)
             && EVP_EncryptUpdate(ctx, out, &n, zeros, sizeof(zeros));

        EVP_CIPHER_CTX_free(ctx);

        if (!ok) {
            return "no keys of SRTP";
        }

        (void) snprintf(name, sizeof(name), "srtp_%s_%s", side,
                        labels[label]);
        peer_secrets_hex(json, name, out,
                         label == 0 || label == 3 ? size : salt);
    }

    return NULL;
}


const char *
peer_command_unseal(peer_t *peer, json_t *cmd, json_t *answer)
{
    u_char                bytes[NGX_SECMEET_SECRET + NGX_SECMEET_TICKET_SIZE];
    json_t               *json;
    ngx_secmeet_ticket_t  ticket;

    if (peer_arg_hex(cmd, bytes, sizeof(bytes)) != sizeof(bytes)) {
        return "hex is not a key and a ticket";
    }

    if (ngx_secmeet_ticket_open(&ticket, bytes + NGX_SECMEET_SECRET, bytes)
        != NGX_OK)
    {
        return "another key has sealed it";
    }

    json = json_object();
    json_object_set_new(answer, "ticket", json);

    peer_secrets_hex(json, "room", ticket.room, NGX_SECMEET_ID);
    peer_secrets_hex(json, "epoch", ticket.epoch, NGX_SECMEET_ID);
    peer_secrets_hex(json, "peer", ticket.peer, NGX_SECMEET_ID);
    peer_secrets_hex(json, "key", ticket.key, NGX_SECMEET_SECRET);
    peer_secrets_hex(json, "proof", ticket.proof, NGX_SECMEET_SECRET);
    peer_secrets_hex(json, "token", ticket.token, NGX_SECMEET_SECRET);

    return NULL;
}
