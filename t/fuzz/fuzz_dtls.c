
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A handshake between two of ours whose datagrams are spoiled on their way
 * as the input says; before it, datagrams that the input has whole.
 *
 * Input: a byte of options, then steps: 0 lets datagrams pass, 1 loses one,
 * 2 repeats one, 3 changes a byte of one, 4 cuts one, 5 is a datagram of its
 * own, 6 lets time pass, 7 turns the order.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "pair.h"


#define WRONG   1           /* the server expects another certificate */
#define CLIENT  2           /* spoil what comes to the client */
#define SHORT   4           /* do not go on to the end: cheap */


typedef struct {
    const uint8_t  *p;
    const uint8_t  *end;
} input_t;


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void step(input_t *in, int to);
static void spoil(input_t *in, int how, pair_side_t *from);
static void inject(input_t *in, pair_side_t *to);
static int next(input_t *in);
static void check(int wrong);


static ngx_secmeet_dtls_ctx_t  *ctx[2];
static pair_t                   pair;


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int      i, options, wrong[2];
    input_t  in;

    if (ctx[0] == NULL) {
        ctx[0] = ngx_secmeet_dtls_ctx_create();
        ctx[1] = ngx_secmeet_dtls_ctx_create();
    }

    in.p = data;
    in.end = data + size;

    options = next(&in);
    wrong[PAIR_CLIENT] = 0;
    wrong[PAIR_SERVER] = (options & WRONG);

    pair_open(&pair, ctx, wrong);
    (void) pair_poll(&pair);

    for (i = 0; in.p < in.end && i < 300; i++) {
        step(&in, (options & CLIENT) ? PAIR_CLIENT : PAIR_SERVER);
        check(wrong[PAIR_SERVER]);
    }

    if (!(options & SHORT)) {
        pair_run(&pair, 3000000);
        check(wrong[PAIR_SERVER]);

        ngx_secmeet_dtls_close(pair.side[0].dtls);
        pair_deliver(&pair, PAIR_SERVER);
        check(wrong[PAIR_SERVER]);
    }

    pair_close(&pair);

    return 0;
}


static void
step(input_t *in, int to)
{
    int  how;

    how = next(in);

    switch (how) {

    case 0:
        pair_deliver(&pair, PAIR_SERVER);
        pair_deliver(&pair, PAIR_CLIENT);
        break;

    case 5:
        inject(in, &pair.side[to]);
        break;

    case 6:
        pair_now += 10000 * next(in);
        (void) pair_poll(&pair);
        break;

    case 7:
        pair.reverse ^= 1;
        break;

    default:
        spoil(in, how, &pair.side[!to]);
        pair_deliver(&pair, to);
    }
}


/* the first datagram that waits */

static void
spoil(input_t *in, int how, pair_side_t *from)
{
    u_char  *p;
    size_t   len, n;

    if (from->queued == 0) {
        return;
    }

    p = from->queue[0].data;
    len = from->queue[0].len;

    switch (how) {

    case 1:
        free(pair_take(from, 0, &len));
        break;

    case 2:
        if (from->queued < PAIR_QUEUE) {
            from->queue[from->queued++] = from->queue[0];
        }

        break;

    case 3:
        n = next(in) << 8;
        n |= next(in);
        p[n % len] ^= next(in);
        break;

    case 4:
        n = next(in) << 8;
        n |= next(in);
        from->queue[0].len = 1 + n % len;
        break;

    default:
        break;
    }
}


static void
inject(input_t *in, pair_side_t *to)
{
    u_char     *p;
    size_t      len;
    ngx_int_t   rc;

    len = next(in) << 8;
    len |= next(in);
    len = ngx_min(len, (size_t) (in->end - in->p));

    p = malloc(len ? len : 1);
    memcpy(p, in->p, len);
    in->p += len;

    rc = ngx_secmeet_dtls_input(to->dtls, p, len, pair_now);
    if (rc != NGX_DECLINED) {
        to->rc = rc;
    }

    free(p);
}


static int
next(input_t *in)
{
    return in->p < in->end ? *in->p++ : 0;
}


static void
check(int wrong)
{
    int                      i;
    ngx_int_t                rc;
    ngx_secmeet_dtls_keys_t  keys[2];

    if (ERR_peek_error() != 0) {
        abort();
    }

    for (i = 0; i < 2; i++) {
        rc = ngx_secmeet_dtls_keys(pair.side[i].dtls, &keys[i]);

        /* a server that expects another certificate is never done */

        if (rc == NGX_OK && i == PAIR_SERVER && wrong) {
            abort();
        }

        if (rc != NGX_OK && pair.side[i].rc == NGX_OK) {
            abort();
        }

        if (rc != NGX_OK) {
            return;
        }
    }

    if (keys[0].len != keys[1].len
        || memcmp(keys[0].local, keys[1].remote, keys[0].len) != 0
        || memcmp(keys[0].remote, keys[1].local, keys[0].len) != 0)
    {
        abort();
    }
}
