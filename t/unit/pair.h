
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A DTLS client and a DTLS server in one process, with a network between
 * them that loses, repeats and reorders.
 */


#ifndef _NGX_SECMEET_PAIR_H_INCLUDED_
#define _NGX_SECMEET_PAIR_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/err.h>
#include "side.h"


/* before a datagram is delivered to a side */
typedef void (*pair_hook_pt)(pair_side_t *side);


typedef struct {
    pair_side_t          side[2];
    pair_hook_pt         hook;
    int                  reverse;
} pair_t;


static inline void
pair_sha256(ngx_secmeet_dtls_ctx_t *ctx, u_char *sha256)
{
    int         i;
    ngx_str_t  *text;

    text = ngx_secmeet_dtls_ctx_fingerprint(ctx);

    for (i = 0; i < 32; i++) {
        sha256[i] = strtoul((char *) text->data + 8 + 3 * i, NULL, 16);
    }
}


/* the last byte of what each expects of the other is changed by wrong */

static inline void
pair_open(pair_t *pair, ngx_secmeet_dtls_ctx_t **ctx, int *wrong)
{
    int           i;
    u_char        sha256[32];
    pair_side_t  *side;

    memset(pair, 0, sizeof(pair_t));

    for (i = 0; i < 2; i++) {
        side = &pair->side[i];

        pair_sha256(ctx[!i], sha256);
        sha256[31] ^= wrong ? wrong[i] : 0;

        side->number = i;
        side->rc = NGX_AGAIN;
        side->dtls = ngx_secmeet_dtls_create(ctx[i], i == PAIR_SERVER,
                                             sha256, pair_send, side,
                                             pair_now);
    }
}


static inline void
pair_close(pair_t *pair)
{
    ngx_secmeet_dtls_free(pair->side[0].dtls);
    ngx_secmeet_dtls_free(pair->side[1].dtls);
}


static inline void
pair_deliver(pair_t *pair, int to)
{
    u_char       *p;
    size_t        len;
    ngx_int_t     rc;
    pair_side_t  *side;

    side = &pair->side[to];

    p = pair_take(&pair->side[!to], pair->reverse, &len);
    if (p == NULL) {
        return;
    }

    if (pair->hook) {
        pair->hook(side);
    }

    rc = ngx_secmeet_dtls_input(side->dtls, p, len, pair_now);
    if (rc != NGX_DECLINED) {
        side->rc = rc;
    }

    free(p);
}


/* polls both; the time to which nothing will happen, or 0 */

static inline ngx_secmeet_usec_t
pair_poll(pair_t *pair)
{
    int                 i;
    ngx_int_t           rc;
    ngx_secmeet_usec_t  first, next;

    first = 0;

    for (i = 0; i < 2; i++) {
        rc = ngx_secmeet_dtls_poll(pair->side[i].dtls, &next, pair_now);

        if (rc == NGX_ERROR) {
            pair->side[i].rc = rc;

        } else if (rc == NGX_AGAIN && (first == 0 || next < first)) {
            first = next;
        }
    }

    return first;
}


/* until nothing moves any more, or usec have passed */

static inline void
pair_run(pair_t *pair, ngx_secmeet_usec_t usec)
{
    ngx_secmeet_usec_t  end, next;

    end = pair_now + usec;

    for ( ;; ) {
        while (pair->side[0].queued || pair->side[1].queued) {
            pair_deliver(pair, PAIR_SERVER);
            pair_deliver(pair, PAIR_CLIENT);
        }

        next = pair_poll(pair);

        if (pair->side[0].queued || pair->side[1].queued) {
            continue;
        }

        if (next == 0 || next > end) {
            return;
        }

        pair_now = ngx_max(next, pair_now + 1);
    }
}


#endif /* _NGX_SECMEET_PAIR_H_INCLUDED_ */
