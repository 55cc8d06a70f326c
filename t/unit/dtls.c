
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "pair.h"
#include "crypto/ngx_secmeet_srtp.h"
#include "tap.h"


#define SECOND  1000000


static void fingerprints(void);
static void quiet(void);
static void losses(void);
static void lost_flights(void);
static void repeated(void);
static void reversed(void);
static void wrong_fingerprints(void);
static void sprayed(void);
static void glued_alert(void);
static void garbage(void);
static void ahead(void);
static void datagrams(void);
static void bytes(void);
static void age(void);
static void no_answer(void);
static void closed(void);
static void media(void);

static int established(pair_t *pair);
static int same_keys(pair_t *pair);
static int lose_one(int side, int n);
static int lose_first(int side, int n);
static int twice(int side, int n);
static int lose_all(int side, int n);
static void spray(pair_side_t *side);
static size_t record(u_char *p, int type, int epoch, size_t len);
static ngx_secmeet_dtls_t *server(void);
static int unchanged(ngx_secmeet_dtls_t *dtls, u_char *p, size_t len);


static ngx_secmeet_dtls_ctx_t  *ctx[2];
static pair_t                   pair;
static int                      lost_side, lost_number;
static int                      sprayed_wrong;


int
main(void)
{
    ctx[0] = ngx_secmeet_dtls_ctx_create();
    ctx[1] = ngx_secmeet_dtls_ctx_create();

    fingerprints();
    quiet();
    losses();
    lost_flights();
    repeated();
    reversed();
    wrong_fingerprints();
    sprayed();
    glued_alert();
    garbage();
    ahead();
    datagrams();
    bytes();
    age();
    no_answer();
    closed();
    media();

    is_int(ERR_peek_error(), 0, "no error is left in OpenSSL's queue");

    ngx_secmeet_dtls_ctx_free(ctx[0]);
    ngx_secmeet_dtls_ctx_free(ctx[1]);

    return done();
}


static void
fingerprints(void)
{
    ngx_str_t  *one, *two;

    one = ngx_secmeet_dtls_ctx_fingerprint(ctx[0]);
    two = ngx_secmeet_dtls_ctx_fingerprint(ctx[1]);

    is_int(one->len, NGX_SECMEET_DTLS_TEXT, "the length of a fingerprint");
    is_mem(one->data, "sha-256 ", 8, "its hash");
    ok(memcmp(one->data, two->data, one->len) != 0,
       "each context has its own certificate");
}


static void
quiet(void)
{
    ngx_secmeet_usec_t       next;
    ngx_secmeet_dtls_keys_t  keys;

    pair_open(&pair, ctx, NULL);

    is_int(ngx_secmeet_dtls_keys(pair.side[0].dtls, &keys), NGX_ERROR,
           "no keys before the end of the handshake");

    is_int(ngx_secmeet_dtls_poll(pair.side[PAIR_SERVER].dtls, &next,
                                 pair_now),
           NGX_AGAIN, "a server waits");
    is_int(pair.side[PAIR_SERVER].sent, 0, "and sends nothing first");

    pair_run(&pair, SECOND);

    ok(established(&pair), "a handshake without trouble");
    ok(same_keys(&pair), "both sides have the same keys");
    ok(pair.side[0].largest <= NGX_SECMEET_DTLS_MTU
       && pair.side[1].largest <= NGX_SECMEET_DTLS_MTU,
       "no datagram is above the MTU");
    is_int(ngx_secmeet_dtls_poll(pair.side[PAIR_SERVER].dtls, &next,
                                 pair_now),
           NGX_DONE, "the server has no timer then");
    is_int(ngx_secmeet_dtls_poll(pair.side[PAIR_CLIENT].dtls, &next,
                                 pair_now),
           NGX_DONE, "nor has the client");

    pair_close(&pair);
}


static void
losses(void)
{
    int                 i, side, sent[2];
    ngx_secmeet_usec_t  start;

    pair_open(&pair, ctx, NULL);
    pair_run(&pair, SECOND);

    sent[0] = pair.side[0].sent;
    sent[1] = pair.side[1].sent;

    pair_close(&pair);

    for (side = 0; side < 2; side++) {
        for (i = 0; i < sent[side]; i++) {
            lost_side = side;
            lost_number = i;

            start = pair_now;

            pair_open(&pair, ctx, NULL);
            pair.side[0].fate = lose_one;
            pair.side[1].fate = lose_one;
            pair_run(&pair, 10 * SECOND);

            ok(established(&pair) && same_keys(&pair)
               && pair_now - start < 200000,
               "datagram %d of side %d is lost: %d ms", i, side,
               (int) ((pair_now - start) / 1000));

            pair_close(&pair);
        }
    }
}


static void
lost_flights(void)
{
    int                 side;
    ngx_secmeet_usec_t  start;

    for (side = 0; side < 2; side++) {
        lost_side = side;
        start = pair_now;

        pair_open(&pair, ctx, NULL);
        pair.side[side].fate = lose_first;
        pair_run(&pair, 15 * SECOND);

        ok(established(&pair),
           "the first ten datagrams of side %d are lost: %d ms", side,
           (int) ((pair_now - start) / 1000));

        pair_close(&pair);
    }
}


static void
repeated(void)
{
    pair_open(&pair, ctx, NULL);
    pair.side[0].fate = twice;
    pair.side[1].fate = twice;
    pair_run(&pair, SECOND);

    ok(established(&pair) && same_keys(&pair), "every datagram comes twice");

    pair_close(&pair);
}


static void
reversed(void)
{
    pair_open(&pair, ctx, NULL);
    pair.reverse = 1;
    pair.side[0].fate = twice;
    pair.side[1].fate = twice;
    pair_run(&pair, 10 * SECOND);

    ok(established(&pair) && same_keys(&pair), "the last sent comes first");

    pair_close(&pair);
}


static void
wrong_fingerprints(void)
{
    int          wrong[2], side;
    const char  *reason;

    for (side = 0; side < 2; side++) {
        wrong[side] = 1;
        wrong[!side] = 0;

        pair_open(&pair, ctx, wrong);
        pair_run(&pair, SECOND);

        is_int(pair.side[side].rc, NGX_ERROR,
               "the wrong certificate for side %d is an error", side);
        ok(pair.side[!side].rc != NGX_OK, "the other side is not done");

        reason = ngx_secmeet_dtls_reason(pair.side[side].dtls);
        ok(reason && strcmp(reason, "wrong fingerprint") == 0,
           "the reason is told");

        pair_run(&pair, 30 * SECOND);

        ok(pair.side[side].rc == NGX_ERROR && pair.side[!side].rc
           == NGX_ERROR, "and in the end both have failed");

        pair_close(&pair);
    }
}


static void
sprayed(void)
{
    pair_open(&pair, ctx, NULL);
    pair.hook = spray;
    pair_run(&pair, SECOND);

    ok(established(&pair) && same_keys(&pair),
       "alerts and data in the clear do not end a handshake");
    is_int(sprayed_wrong, 0, "each of them is declined");

    spray(&pair.side[PAIR_SERVER]);
    spray(&pair.side[PAIR_CLIENT]);

    is_int(sprayed_wrong, 0, "after the handshake as well");

    pair_close(&pair);
}


static void
glued_alert(void)
{
    u_char     *p, buf[2 * NGX_SECMEET_MTU];
    size_t      len;
    ngx_int_t   rc;

    pair_open(&pair, ctx, NULL);
    (void) pair_poll(&pair);

    p = pair_take(&pair.side[PAIR_CLIENT], 0, &len);

    memcpy(buf + 15, p, len);
    (void) record(buf, 21, 0, 2);
    (void) record(buf + 15 + len, 21, 0, 2);

    rc = ngx_secmeet_dtls_input(pair.side[PAIR_SERVER].dtls, buf, len + 30,
                                pair_now);
    is_int(rc, NGX_AGAIN, "a hello between two alerts in one datagram");
    ok(pair.side[PAIR_SERVER].sent > 0, "is answered");

    pair_run(&pair, SECOND);
    ok(established(&pair), "and the handshake goes on");

    free(p);
    pair_close(&pair);
}


static void
garbage(void)
{
    int                  i;
    u_char               buf[64];
    ngx_secmeet_dtls_t  *dtls;

    memset(buf, 0, sizeof(buf));
    dtls = server();

    ok(unchanged(dtls, buf, 0), "an empty datagram is declined");
    ok(unchanged(dtls, buf, 20), "zeros are declined");

    ok(unchanged(dtls, buf, record(buf, 22, 0, 16) - 1),
       "a record longer than its datagram is declined");
    ok(unchanged(dtls, buf, record(buf, 22, 0, 16) + 1),
       "a byte after the record declines the whole datagram");
    ok(unchanged(dtls, buf, record(buf, 22, 0, 16) + 12),
       "so does part of a header");
    ok(unchanged(dtls, buf, record(buf, 19, 0, 16)), "type 19 is declined");
    ok(unchanged(dtls, buf, record(buf, 24, 0, 16)), "type 24 is declined");
    ok(unchanged(dtls, buf, record(buf, 22, 2, 16)),
       "an epoch that cannot be is declined");
    ok(unchanged(dtls, buf, record(buf, 23, 0, 16)),
       "data in the clear is declined");
    ok(unchanged(dtls, buf, record(buf, 20, 0, 2)),
       "a ChangeCipherSpec of two bytes is declined");

    (void) record(buf, 22, 0, 16);
    buf[1] = 3;
    ok(unchanged(dtls, buf, 29), "TLS is declined");

    for (i = 0; i < NGX_SECMEET_DTLS_DATAGRAMS; i++) {
        (void) unchanged(dtls, buf, 29);
    }

    (void) record(buf, 22, 0, 16);
    is_int(ngx_secmeet_dtls_input(dtls, buf, 29, pair_now), NGX_ERROR,
           "a malformed hello is an error");
    is_int(ngx_secmeet_dtls_input(dtls, buf, 29, pair_now), NGX_ERROR,
           "and that is final");
    ok(ngx_secmeet_dtls_reason(dtls) != NULL, "with a reason: %s",
       ngx_secmeet_dtls_reason(dtls));

    ngx_secmeet_dtls_free(dtls);
}


static void
ahead(void)
{
    int                  i, n;
    u_char               buf[64];
    ngx_secmeet_dtls_t  *dtls;

    pair_open(&pair, ctx, NULL);
    dtls = pair.side[PAIR_SERVER].dtls;

    n = 0;

    for (i = 0; i < 20; i++) {
        (void) record(buf, i & 1 ? 21 : 22, 1, 40);
        buf[10] = i;

        n += (ngx_secmeet_dtls_input(dtls, buf, 53, pair_now) == NGX_AGAIN);
    }

    is_int(n, 8, "eight forged records of the next epoch are kept");

    pair_run(&pair, SECOND);
    ok(established(&pair) && same_keys(&pair), "and do no harm");

    pair_close(&pair);
}


static void
datagrams(void)
{
    int                  i, n;
    u_char               buf[64];
    ngx_secmeet_dtls_t  *dtls;

    dtls = server();
    (void) record(buf, 20, 0, 1);

    n = 0;

    for (i = 0; i < NGX_SECMEET_DTLS_DATAGRAMS; i++) {
        buf[9] = i >> 8;
        buf[10] = i;

        n += (ngx_secmeet_dtls_input(dtls, buf, 14, pair_now) == NGX_AGAIN);
    }

    is_int(n, NGX_SECMEET_DTLS_DATAGRAMS, "as many datagrams as may be");
    is_int(ngx_secmeet_dtls_input(dtls, buf, 14, pair_now), NGX_ERROR,
           "one more");
    ok(strcmp(ngx_secmeet_dtls_reason(dtls), "too many datagrams") == 0,
       "the reason is told");

    ngx_secmeet_dtls_free(dtls);
}


static void
bytes(void)
{
    int                  i, n;
    u_char               buf[1024];
    ngx_secmeet_dtls_t  *dtls;

    dtls = server();

    /* one good record, then filling which is not wanted */

    (void) record(buf, 20, 0, 1);
    (void) record(buf + 14, 21, 0, 1024 - 14 - 13);

    n = 0;

    for (i = 0; i < NGX_SECMEET_DTLS_BYTES / 1024; i++) {
        n += (ngx_secmeet_dtls_input(dtls, buf, 1024, pair_now)
              == NGX_AGAIN);
    }

    is_int(n * 1024, NGX_SECMEET_DTLS_BYTES, "as many bytes as may be");
    is_int(ngx_secmeet_dtls_input(dtls, buf, 14, pair_now), NGX_ERROR,
           "some more");
    ok(strcmp(ngx_secmeet_dtls_reason(dtls), "too many bytes") == 0,
       "the reason is told");

    ngx_secmeet_dtls_free(dtls);
}


static void
age(void)
{
    u_char               buf[14];
    ngx_secmeet_usec_t   start, next;
    ngx_secmeet_dtls_t  *dtls;

    start = pair_now;
    dtls = server();
    (void) record(buf, 20, 0, 1);

    is_int(ngx_secmeet_dtls_poll(dtls, &next, start), NGX_AGAIN,
           "a server without a hello has a timer");
    is_int(next - start, NGX_SECMEET_DTLS_AGE + 1, "its end");

    pair_now = start + NGX_SECMEET_DTLS_AGE;
    is_int(ngx_secmeet_dtls_input(dtls, buf, 14, pair_now), NGX_AGAIN,
           "as old as it may be");
    is_int(ngx_secmeet_dtls_poll(dtls, &next, pair_now), NGX_AGAIN,
           "as the timer says");

    pair_now++;
    is_int(ngx_secmeet_dtls_poll(dtls, &next, pair_now), NGX_ERROR,
           "one microsecond more");
    ok(strcmp(ngx_secmeet_dtls_reason(dtls), "too old") == 0,
       "the reason is told");

    ngx_secmeet_dtls_free(dtls);
    dtls = server();

    pair_now += NGX_SECMEET_DTLS_AGE + 1;
    is_int(ngx_secmeet_dtls_input(dtls, buf, 14, pair_now), NGX_ERROR,
           "a datagram that comes too late");

    ngx_secmeet_dtls_free(dtls);
}


static void
no_answer(void)
{
    int                  i;
    ngx_int_t            rc;
    ngx_secmeet_usec_t   start, next, before;
    ngx_secmeet_dtls_t  *dtls;

    pair_open(&pair, ctx, NULL);
    pair.side[PAIR_CLIENT].fate = lose_all;

    dtls = pair.side[PAIR_CLIENT].dtls;
    start = pair_now;
    before = pair_now;

    for (i = 0; i < 8; i++) {
        (void) ngx_secmeet_dtls_poll(dtls, &next, pair_now);

        is_int(next - before,
               ngx_min(NGX_SECMEET_DTLS_TIMER << i,
                       NGX_SECMEET_DTLS_TIMER_MAX),
               "the client's timer number %d", i);
        is_int(pair.side[PAIR_CLIENT].sent, i + 1, "its hello was sent");

        before = next;
        pair_now = next;
    }

    do {
        rc = ngx_secmeet_dtls_poll(dtls, &next, pair_now);
        pair_now = next;
    } while (rc == NGX_AGAIN && pair_now < start + 60 * SECOND);

    is_int(rc, NGX_ERROR, "without an answer it fails: %s",
           ngx_secmeet_dtls_reason(dtls));
    ok(pair_now - start <= NGX_SECMEET_DTLS_AGE + 1, "in time");

    pair_close(&pair);
}


static void
closed(void)
{
    int                  side;
    u_char               buf[NGX_SECMEET_DTLS_BYTES];
    ngx_int_t            rc;
    ngx_secmeet_usec_t   next;
    ngx_secmeet_dtls_t  *dtls;

    for (side = 0; side < 2; side++) {
        pair_open(&pair, ctx, NULL);

        ngx_secmeet_dtls_close(pair.side[side].dtls);
        is_int(pair.side[side].sent, 0, "nothing to close yet");

        pair_run(&pair, SECOND);
        dtls = pair.side[!side].dtls;

        rc = ngx_secmeet_dtls_input(dtls, buf, record(buf, 22, 1, 40),
                                    pair_now + 2 * NGX_SECMEET_DTLS_AGE);
        is_int(rc, NGX_OK, "a forged record afterwards changes nothing");

        ngx_secmeet_dtls_close(pair.side[side].dtls);
        ngx_secmeet_dtls_close(pair.side[side].dtls);
        is_int(pair.side[side].queued, 1, "close_notify is sent once");

        pair_deliver(&pair, !side);

        is_int(pair.side[!side].rc, NGX_DONE, "and understood");
        is_int(ngx_secmeet_dtls_poll(dtls, &next, pair_now), NGX_DONE,
               "no timer after it");
        is_int(ngx_secmeet_dtls_input(dtls, buf, 53, pair_now), NGX_DONE,
               "nothing is read after it");

        ngx_secmeet_dtls_close(dtls);
        is_int(pair.side[!side].queued, 1, "it is answered if one wishes");

        pair_close(&pair);
    }
}


/* the keys work: a packet of each kind, each way */

static void
media(void)
{
    int                       side;
    size_t                    len;
    u_char                    buf[64 + NGX_SECMEET_SRTP_TRAILER], sent[64];
    ngx_secmeet_srtp_t       *srtp[2];
    ngx_secmeet_dtls_keys_t   keys;

    (void) ngx_secmeet_srtp_init();

    pair_open(&pair, ctx, NULL);
    pair_run(&pair, SECOND);

    for (side = 0; side < 2; side++) {
        (void) ngx_secmeet_dtls_keys(pair.side[side].dtls, &keys);

        srtp[side] = ngx_secmeet_srtp_create(&keys);
        (void) ngx_secmeet_srtp_add_out(srtp[side], 0x01010101);
        (void) ngx_secmeet_srtp_add_in(srtp[side], 0x01010101);
    }

    for (side = 0; side < 2; side++) {
        memset(sent, 1, sizeof(sent));
        sent[0] = 0x80;

        memcpy(buf, sent, 64);
        len = 64;
        is_int(ngx_secmeet_srtp_protect(srtp[side], buf, &len), NGX_OK,
               "side %d protects RTP", side);
        ok(len == 80 && memcmp(buf + 12, sent + 12, 52) != 0, "so it is");
        is_int(ngx_secmeet_srtp_unprotect(srtp[!side], buf, &len), NGX_OK,
               "the other side reads it");
        ok(len == 64 && memcmp(buf, sent, 64) == 0, "as it was");

        sent[1] = 201;
        sent[2] = 0;
        sent[3] = 15;

        memcpy(buf, sent, 64);
        is_int(ngx_secmeet_srtp_protect_rtcp(srtp[side], buf, &len), NGX_OK,
               "side %d protects RTCP", side);
        is_int(ngx_secmeet_srtp_unprotect_rtcp(srtp[!side], buf, &len),
               NGX_OK, "the other side reads it");
        ok(len == 64 && memcmp(buf, sent, 64) == 0, "as it was");
    }

    ngx_secmeet_srtp_free(srtp[0]);
    ngx_secmeet_srtp_free(srtp[1]);
    pair_close(&pair);
}


static int
established(pair_t *pair)
{
    return pair->side[0].rc == NGX_OK && pair->side[1].rc == NGX_OK;
}


static int
same_keys(pair_t *pair)
{
    ngx_secmeet_dtls_keys_t  a, b;

    if (ngx_secmeet_dtls_keys(pair->side[0].dtls, &a) != NGX_OK
        || ngx_secmeet_dtls_keys(pair->side[1].dtls, &b) != NGX_OK)
    {
        return 0;
    }

    return a.profile == NGX_SECMEET_SRTP_AEAD_AES_128_GCM
           && b.profile == a.profile
           && a.len == 28
           && b.len == 28
           && memcmp(a.local, b.remote, a.len) == 0
           && memcmp(a.remote, b.local, a.len) == 0
           && memcmp(a.local, a.remote, a.len) != 0;
}


static int
lose_one(int side, int n)
{
    return side != lost_side || n != lost_number;
}


static int
lose_first(int side, int n)
{
    return n >= 10;
}


static int
twice(int side, int n)
{
    return 2;
}


static int
lose_all(int side, int n)
{
    return 0;
}


static void
spray(pair_side_t *side)
{
    int     i;
    u_char  buf[32];

    static u_char  level[] = { 2, 1, 2, 1, 2 };
    static u_char  description[] = { 40, 0, 10, 90, 0 };

    for (i = 0; i < 5; i++) {
        (void) record(buf, 21, 0, 2);
        buf[13] = level[i];
        buf[14] = description[i];

        sprayed_wrong += !unchanged(side->dtls, buf, 15);
    }
}


static size_t
record(u_char *p, int type, int epoch, size_t len)
{
    memset(p, 0, 13);
    memset(p + 13, 1, len);

    p[0] = type;
    p[1] = 0xfe;
    p[2] = 0xfd;
    p[4] = epoch;
    p[11] = len >> 8;
    p[12] = len;

    return 13 + len;
}


static ngx_secmeet_dtls_t *
server(void)
{
    u_char  sha256[32];

    memset(sha256, 0, 32);

    return ngx_secmeet_dtls_create(ctx[PAIR_SERVER], 1, sha256, pair_send,
                                   &pair.side[PAIR_SERVER], pair_now);
}


static int
unchanged(ngx_secmeet_dtls_t *dtls, u_char *p, size_t len)
{
    u_char     *copy;
    ngx_int_t   rc;

    copy = malloc(len + 1);
    memcpy(copy, p, len);

    rc = ngx_secmeet_dtls_input(dtls, copy, len, pair_now);

    free(copy);

    return rc == NGX_DECLINED;
}
