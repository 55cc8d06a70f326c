
/*
 * Copyright (C) secmeet contributors
 */


#include "secure.h"
#include "feedback.h"

#include <openssl/crypto.h>


typedef struct {
    u_char                   *p;
    size_t                    size;
    size_t                    len;
} peer_hello_t;


static void peer_secure_send(void *data, u_char *p, size_t len);
static void peer_secure_timer(void *data);
static void peer_secure_done(peer_t *peer);
static void peer_secure_fail(peer_t *peer);
static void peer_secure_capture(void *data, u_char *p, size_t len);


static const char  *peer_profiles[] = {
    "none",
    "AEAD_AES_128_GCM",
    "AEAD_AES_256_GCM",
    "AES128_CM_SHA1_80"
};


void
peer_secure_init(peer_t *peer)
{
    peer->dtls_timer.handler = peer_secure_timer;
    peer->dtls_timer.data = peer;
}


void
peer_secure_start(peer_t *peer)
{
    if (peer->dtls || peer->hold) {
        return;
    }

    peer->dtls = ngx_secmeet_dtls_create(peer->ctx, 0, peer->sha256,
                                         peer_secure_send, peer, peer_now);

    if (peer->dtls == NULL) {
        peer_event(peer, "failed",
                   json_pack("{s:s}", "reason", "dtls: cannot begin"));
        return;
    }

    peer_secure_timer(peer);
}


const char *
peer_secure_again(peer_t *peer)
{
    if (!peer->secure) {
        return "there was no handshake";
    }

    peer->again = 1;

    peer_timer_del(&peer->dtls_timer);
    ngx_secmeet_dtls_free(peer->dtls);
    peer->dtls = NULL;

    peer_secure_start(peer);

    return NULL;
}


static void
peer_secure_send(void *data, u_char *p, size_t len)
{
    peer_send(data, p, len, NULL);
}


static void
peer_secure_timer(void *data)
{
    peer_t *peer = data;

    ngx_secmeet_usec_t  next;

    switch (ngx_secmeet_dtls_poll(peer->dtls, &next, peer_now)) {

    case NGX_AGAIN:
        peer_timer_set(&peer->dtls_timer, next);
        break;

    case NGX_ERROR:
        peer_secure_fail(peer);
        break;

    default:
        peer_timer_del(&peer->dtls_timer);
        break;
    }
}


static void
peer_secure_fail(peer_t *peer)
{
    const char  *reason;

    peer_timer_del(&peer->dtls_timer);

    reason = ngx_secmeet_dtls_reason(peer->dtls);

    peer_event(peer, "failed",
               json_pack("{s:o}", "reason",
                         json_sprintf("dtls: %s", reason ? reason : "")));
}


void
peer_secure_input(peer_t *peer, u_char *p, size_t len)
{
    if (peer->dtls == NULL) {
        peer->counts.unknown++;
        return;
    }

    switch (ngx_secmeet_dtls_input(peer->dtls, p, len, peer_now)) {

    case NGX_OK:

        if (peer->again) {
            peer->again = 0;
            peer_event(peer, "secure-again", NULL);

        } else if (!peer->secure) {
            peer_secure_done(peer);
        }

        /* fall through */

    case NGX_AGAIN:
        peer_secure_timer(peer);
        break;

    case NGX_DONE:
        peer_event(peer, "closed", NULL);
        break;

    case NGX_ERROR:
        peer_secure_fail(peer);
        break;

    default:
        peer->counts.unknown++;
        break;
    }
}


static void
peer_secure_done(peer_t *peer)
{
    ngx_secmeet_usec_t         took;
    ngx_secmeet_dtls_keys_t    keys;
    ngx_secmeet_srtp_profile_e  profile;

    if (ngx_secmeet_dtls_keys(peer->dtls, &keys) != NGX_OK) {
        peer_secure_fail(peer);
        return;
    }

    profile = keys.profile;
    peer->srtp = ngx_secmeet_srtp_create(&keys);

    OPENSSL_cleanse(&keys, sizeof(ngx_secmeet_dtls_keys_t));

    if (peer->srtp == NULL) {
        peer_secure_fail(peer);
        return;
    }

    peer->secure = 1;
    took = peer_now - peer->ice.started;

    peer_secure_ssrcs(peer);
    peer_feedback_start(peer);

    peer_event(peer, "secure",
               json_pack("{s:s, s:I}", "profile", peer_profiles[profile],
                         "took", (json_int_t) took));
}


void
peer_secure_ssrcs(peer_t *peer)
{
    ngx_uint_t    i, k;
    peer_line_t  *line;

    if (peer->srtp == NULL) {
        return;
    }

    (void) ngx_secmeet_srtp_add_out(peer->srtp, peer->ssrc);

    for (i = 0; i < peer->nlines; i++) {
        line = peer->lines[i];

        if (line->closed || line->ssrc == 0) {
            continue;
        }

        for (k = 0; k < line->nlayers; k++) {
            (void) ngx_secmeet_srtp_add_out(peer->srtp,
                                            line->layers[k]->ssrc);

            if (line->rtx) {
                (void) ngx_secmeet_srtp_add_out(peer->srtp,
                                                line->layers[k]->rtx_ssrc);
            }
        }

        if (line->sink) {
            (void) ngx_secmeet_srtp_add_in(peer->srtp, line->ssrc);
        }

        if (line->rtx_ssrc) {
            (void) ngx_secmeet_srtp_add_in(peer->srtp, line->rtx_ssrc);
        }
    }
}


void
peer_secure_close(peer_t *peer)
{
    if (peer->dtls) {
        ngx_secmeet_dtls_close(peer->dtls);
    }
}


void
peer_secure_free(peer_t *peer)
{
    peer_timer_del(&peer->dtls_timer);

    if (peer->dtls) {
        ngx_secmeet_dtls_free(peer->dtls);
    }

    if (peer->srtp) {
        ngx_secmeet_srtp_free(peer->srtp);
    }

    peer->dtls = NULL;
    peer->srtp = NULL;
}


static void
peer_secure_capture(void *data, u_char *p, size_t len)
{
    peer_hello_t *hello = data;

    if (hello->len == 0 && len <= hello->size) {
        ngx_memcpy(hello->p, p, len);
        hello->len = len;
    }
}


size_t
peer_secure_hello(u_char *p, size_t size)
{
    u_char                   sha256[32];
    peer_hello_t             hello;
    ngx_secmeet_usec_t       next;
    ngx_secmeet_dtls_t      *dtls;
    ngx_secmeet_dtls_ctx_t  *ctx;

    hello.p = p;
    hello.size = size;
    hello.len = 0;

    ngx_memzero(sha256, sizeof(sha256));

    ctx = ngx_secmeet_dtls_ctx_create();

    if (ctx == NULL) {
        return 0;
    }

    dtls = ngx_secmeet_dtls_create(ctx, 0, sha256, peer_secure_capture,
                                   &hello, peer_now);

    if (dtls) {
        (void) ngx_secmeet_dtls_poll(dtls, &next, peer_now);
        ngx_secmeet_dtls_free(dtls);
    }

    ngx_secmeet_dtls_ctx_free(ctx);

    return hello.len;
}
