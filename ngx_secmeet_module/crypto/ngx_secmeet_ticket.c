
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_ticket.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>


#define NGX_SECMEET_TICKET_VERSION    2
#define NGX_SECMEET_TICKET_PROOF      1         /* flags */
#define NGX_SECMEET_TICKET_HOST       2
#define NGX_SECMEET_TICKET_LOCKED     4
#define NGX_SECMEET_TICKET_LOBBY      8
#define NGX_SECMEET_TICKET_UNLINKED   16
#define NGX_SECMEET_TICKET_SILENT     32
#define NGX_SECMEET_TICKET_OWNER      64
#define NGX_SECMEET_TICKET_SILENCED   128


static void ngx_secmeet_ticket_create(u_char *p,
    ngx_secmeet_ticket_t *ticket);
static ngx_int_t ngx_secmeet_ticket_parse(ngx_secmeet_ticket_t *ticket,
    u_char *p);
static ngx_int_t ngx_secmeet_ticket_crypt(u_char *out, u_char *in,
    u_char *iv, u_char *mac, u_char *key, int seal);


ngx_int_t
ngx_secmeet_ticket_seal(u_char *p, ngx_secmeet_ticket_t *ticket, u_char *key)
{
    u_char     *iv, *text, *mac;
    u_char      plain[NGX_SECMEET_TICKET_PLAIN];
    ngx_int_t   rc;

    iv = p;
    text = iv + NGX_SECMEET_TICKET_IV;
    mac = text + NGX_SECMEET_TICKET_PLAIN;

    /* NIST SP 800-38D, 8.3: good for 2^32 tickets under one key */

    if (RAND_bytes(iv, NGX_SECMEET_TICKET_IV) != 1) {
        return NGX_ERROR;
    }

    ngx_secmeet_ticket_create(plain, ticket);

    rc = ngx_secmeet_ticket_crypt(text, plain, iv, mac, key, 1);

    OPENSSL_cleanse(plain, sizeof(plain));

    return rc == NGX_OK ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_secmeet_ticket_open(ngx_secmeet_ticket_t *ticket, u_char *p, u_char *key)
{
    u_char     *iv, *text, *mac;
    u_char      plain[NGX_SECMEET_TICKET_PLAIN];
    ngx_int_t   rc;

    iv = p;
    text = iv + NGX_SECMEET_TICKET_IV;
    mac = text + NGX_SECMEET_TICKET_PLAIN;

    ngx_memzero(ticket, sizeof(ngx_secmeet_ticket_t));

    rc = ngx_secmeet_ticket_crypt(plain, text, iv, mac, key, 0);

    if (rc == NGX_OK) {
        rc = ngx_secmeet_ticket_parse(ticket, plain);
    }

    OPENSSL_cleanse(plain, sizeof(plain));

    return rc;
}


static void
ngx_secmeet_ticket_create(u_char *p, ngx_secmeet_ticket_t *ticket)
{
    *p++ = NGX_SECMEET_TICKET_VERSION;
    *p++ = (ticket->has_proof ? NGX_SECMEET_TICKET_PROOF : 0)
           | (ticket->host ? NGX_SECMEET_TICKET_HOST : 0)
           | (ticket->locked ? NGX_SECMEET_TICKET_LOCKED : 0)
           | (ticket->lobby ? NGX_SECMEET_TICKET_LOBBY : 0)
           | (ticket->unlinked ? NGX_SECMEET_TICKET_UNLINKED : 0)
           | (ticket->silent ? NGX_SECMEET_TICKET_SILENT : 0)
           | (ticket->owner ? NGX_SECMEET_TICKET_OWNER : 0)
           | (ticket->silenced ? NGX_SECMEET_TICKET_SILENCED : 0);

    p = ngx_cpymem(p, ticket->tag, NGX_SECMEET_TAG);
    p = ngx_cpymem(p, ticket->room, NGX_SECMEET_ID);
    p = ngx_cpymem(p, ticket->epoch, NGX_SECMEET_ID);
    p = ngx_cpymem(p, ticket->peer, NGX_SECMEET_ID);
    p = ngx_cpymem(p, ticket->key, NGX_SECMEET_SECRET);
    p = ngx_cpymem(p, ticket->proof, NGX_SECMEET_SECRET);
    ngx_memcpy(p, ticket->token, NGX_SECMEET_SECRET);
}


/* what another version has sealed is not read */

static ngx_int_t
ngx_secmeet_ticket_parse(ngx_secmeet_ticket_t *ticket, u_char *p)
{
    if (p[0] != NGX_SECMEET_TICKET_VERSION) {
        return NGX_DECLINED;
    }

    ticket->has_proof = (p[1] & NGX_SECMEET_TICKET_PROOF) != 0;
    ticket->host = (p[1] & NGX_SECMEET_TICKET_HOST) != 0;
    ticket->locked = (p[1] & NGX_SECMEET_TICKET_LOCKED) != 0;
    ticket->lobby = (p[1] & NGX_SECMEET_TICKET_LOBBY) != 0;
    ticket->unlinked = (p[1] & NGX_SECMEET_TICKET_UNLINKED) != 0;
    ticket->silent = (p[1] & NGX_SECMEET_TICKET_SILENT) != 0;
    ticket->owner = (p[1] & NGX_SECMEET_TICKET_OWNER) != 0;
    ticket->silenced = (p[1] & NGX_SECMEET_TICKET_SILENCED) != 0;

    p += 2;

    ngx_memcpy(ticket->tag, p, NGX_SECMEET_TAG);
    p += NGX_SECMEET_TAG;

    ngx_memcpy(ticket->room, p, NGX_SECMEET_ID);
    p += NGX_SECMEET_ID;

    ngx_memcpy(ticket->epoch, p, NGX_SECMEET_ID);
    p += NGX_SECMEET_ID;

    ngx_memcpy(ticket->peer, p, NGX_SECMEET_ID);
    p += NGX_SECMEET_ID;

    ngx_memcpy(ticket->key, p, NGX_SECMEET_SECRET);
    p += NGX_SECMEET_SECRET;

    ngx_memcpy(ticket->proof, p, NGX_SECMEET_SECRET);
    p += NGX_SECMEET_SECRET;

    ngx_memcpy(ticket->token, p, NGX_SECMEET_SECRET);

    return NGX_OK;
}


/* NGX_OK, or NGX_DECLINED: not authentic */

static ngx_int_t
ngx_secmeet_ticket_crypt(u_char *out, u_char *in, u_char *iv, u_char *mac,
    u_char *key, int seal)
{
    int              n, ok;
    EVP_CIPHER_CTX  *ctx;

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_DECLINED;
    }

    ok = EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, iv, seal);

    if (ok && !seal) {
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG,
                                 NGX_SECMEET_TICKET_MAC, mac);
    }

    ok = ok && EVP_CipherUpdate(ctx, out, &n, in, NGX_SECMEET_TICKET_PLAIN)
         && EVP_CipherFinal_ex(ctx, out + n, &n);

    if (ok && seal) {
        ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG,
                                 NGX_SECMEET_TICKET_MAC, mac);
    }

    EVP_CIPHER_CTX_free(ctx);

    return ok ? NGX_OK : NGX_DECLINED;
}
