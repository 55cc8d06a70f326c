
/*
 * Copyright (C) secmeet contributors
 */


/*
 * DTLS 1.2 (RFC 6347) for SRTP (RFC 5764), by OpenSSL over a datagram BIO of
 * our own.  Sans-IO: datagrams and time come in, datagrams leave through the
 * send handler given at creation.
 */


#ifndef _NGX_SECMEET_DTLS_H_INCLUDED_
#define _NGX_SECMEET_DTLS_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_DTLS_MTU          1200      /* bytes of a datagram */
#define NGX_SECMEET_DTLS_TIMER        50000     /* usec, first; doubles */
#define NGX_SECMEET_DTLS_TIMER_MAX    1600000
#define NGX_SECMEET_DTLS_BYTES        65536     /* before it is done */
#define NGX_SECMEET_DTLS_DATAGRAMS    128       /* before it is done */
#define NGX_SECMEET_DTLS_AGE          20000000  /* usec before it is done */
#define NGX_SECMEET_DTLS_TEXT         103       /* "sha-256 AB:...", no NUL */
#define NGX_SECMEET_DTLS_KEYS         120       /* largest exported material */


typedef struct ngx_secmeet_dtls_ctx_s  ngx_secmeet_dtls_ctx_t;
typedef struct ngx_secmeet_dtls_s  ngx_secmeet_dtls_t;

typedef void (*ngx_secmeet_dtls_send_pt)(void *data, u_char *p, size_t len);

typedef enum {
    NGX_SECMEET_SRTP_NONE = 0,
    NGX_SECMEET_SRTP_AEAD_AES_128_GCM,
    NGX_SECMEET_SRTP_AEAD_AES_256_GCM,
    NGX_SECMEET_SRTP_AES128_CM_SHA1_80
} ngx_secmeet_srtp_profile_e;


/* a fresh ECDSA P-256 key and self-signed certificate; NULL on error */
ngx_secmeet_dtls_ctx_t *ngx_secmeet_dtls_ctx_create(void);
void ngx_secmeet_dtls_ctx_free(ngx_secmeet_dtls_ctx_t *ctx);

/* "sha-256 AB:CD:...", NGX_SECMEET_DTLS_TEXT bytes, of our certificate */
ngx_str_t *ngx_secmeet_dtls_ctx_fingerprint(ngx_secmeet_dtls_ctx_t *ctx);


/*
 * sha256 (32 bytes, copied) is the fingerprint that the certificate of the
 * other side must have.  server: 1 waits for a ClientHello, 0 is the client
 * and begins with poll().
 */
ngx_secmeet_dtls_t *ngx_secmeet_dtls_create(ngx_secmeet_dtls_ctx_t *ctx,
    ngx_uint_t server, u_char *sha256, ngx_secmeet_dtls_send_pt send,
    void *data, ngx_secmeet_usec_t now);

/* no close_notify; wipes */
void ngx_secmeet_dtls_free(ngx_secmeet_dtls_t *dtls);

/* sends close_notify if the handshake is done */
void ngx_secmeet_dtls_close(ngx_secmeet_dtls_t *dtls);

/*
 * One datagram.
 *
 *     NGX_OK        the handshake is done and the fingerprint is right
 *                   (said for each datagram from then on)
 *     NGX_AGAIN     it goes on
 *     NGX_DECLINED  not counted as part of it: not DTLS, or an alert in the
 *                   clear (unauthenticated, so ignored)
 *     NGX_DONE      closed by close_notify
 *     NGX_ERROR     failed: wrong fingerprint, no common profile, a fatal
 *                   error, or more than NGX_SECMEET_DTLS_BYTES,
 *                   _DATAGRAMS or _AGE before it was done
 */
ngx_int_t ngx_secmeet_dtls_input(ngx_secmeet_dtls_t *dtls, u_char *p,
    size_t len, ngx_secmeet_usec_t now);

/*
 * Retransmits if it is time.  NGX_AGAIN with *next, when to call again;
 * NGX_DONE: no timer; NGX_ERROR: failed, or too old.
 */
ngx_int_t ngx_secmeet_dtls_poll(ngx_secmeet_dtls_t *dtls,
    ngx_secmeet_usec_t *next, ngx_secmeet_usec_t now);

/* why NGX_ERROR was returned: a literal, or NULL */
const char *ngx_secmeet_dtls_reason(ngx_secmeet_dtls_t *dtls);


typedef struct {
    ngx_secmeet_srtp_profile_e  profile;
    u_char                    local[NGX_SECMEET_DTLS_KEYS / 2];
    u_char                    remote[NGX_SECMEET_DTLS_KEYS / 2];
    size_t                    len;      /* of each: master key and salt */
} ngx_secmeet_dtls_keys_t;

/*
 * After NGX_OK: the keys by the exporter of RFC 5764, 4.2, each key followed
 * by its salt.  The caller wipes them.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_secmeet_dtls_keys(ngx_secmeet_dtls_t *dtls,
    ngx_secmeet_dtls_keys_t *keys);


#endif /* _NGX_SECMEET_DTLS_H_INCLUDED_ */
