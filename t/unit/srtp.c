
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <stdlib.h>
#include "crypto/ngx_secmeet_srtp.h"
#include "tap.h"


#define SSRC  0x11223344
#define ROOM  (256 + NGX_SECMEET_SRTP_TRAILER)


static void unknown(void);
static void replays(void);
static void window(void);
static void repeats(void);
static void old_repeat(void);
static void removed(void);
static void changed(void);
static void tested(void);
static void lengths(void);
static void headers(void);
static void learnt(void);
static void learnt_removed(void);
static void forged(void);
static void many(void);
static void wrong_keys(void);

static void open_pair(ngx_secmeet_srtp_profile_e profile);
static void close_pair(void);
static size_t rtp(u_char *p, uint32_t ssrc, uint16_t seq, size_t len);
static size_t rtcp(u_char *p, uint32_t ssrc);
static ngx_int_t send_rtp(uint32_t ssrc, uint16_t seq);
static ngx_int_t send_rtcp(uint32_t ssrc);
static ngx_int_t take(u_char *p, size_t len, int is_rtcp);


static ngx_secmeet_srtp_t         *out, *in;
static u_char                      packet[ROOM];    /* the last one sent */
static size_t                      packet_len;

static ngx_secmeet_srtp_profile_e  profiles[] = {
    NGX_SECMEET_SRTP_AEAD_AES_128_GCM,
    NGX_SECMEET_SRTP_AEAD_AES_256_GCM,
    NGX_SECMEET_SRTP_AES128_CM_SHA1_80
};

static size_t                      lens[] = { 28, 44, 30 };
static size_t                      tags[] = { 16, 16, 10 };


int
main(void)
{
    is_int(ngx_secmeet_srtp_init(), NGX_OK, "init");

    unknown();
    replays();
    window();
    repeats();
    old_repeat();
    removed();
    changed();
    tested();
    lengths();
    headers();
    learnt();
    learnt_removed();
    forged();
    many();
    wrong_keys();

    return done();
}


static void
unknown(void)
{
    u_char  buf[ROOM];
    size_t  len;

    open_pair(profiles[0]);

    is_int(send_rtp(SSRC, 1), NGX_OK, "an SSRC that was added");

    len = rtp(buf, SSRC + 1, 1, 40);
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_DECLINED,
           "another is not sent");
    is_int(len, 52, "and its length stays");

    len = rtcp(buf, SSRC + 1);
    is_int(ngx_secmeet_srtp_protect_rtcp(out, buf, &len), NGX_DECLINED,
           "nor is its RTCP");

    (void) ngx_secmeet_srtp_add_out(out, SSRC + 1);
    is_int(send_rtp(SSRC + 1, 1), NGX_DECLINED, "one that is not expected");

    is_int(ngx_secmeet_srtp_add_in(in, SSRC + 1), NGX_OK, "added");
    is_int(ngx_secmeet_srtp_add_in(in, SSRC + 1), NGX_OK, "added twice");
    is_int(ngx_secmeet_srtp_add_out(out, SSRC + 1), NGX_OK, "both ways");

    is_int(take(packet, packet_len, 0), NGX_OK, "it is taken now");
    is_int(take(packet, packet_len, 0), NGX_DONE, "once");

    (void) ngx_secmeet_srtp_add_in(in, SSRC + 1);
    is_int(take(packet, packet_len, 0), NGX_DONE,
           "adding again forgets no replay");

    close_pair();
}


static void
replays(void)
{
    size_t  i;

    for (i = 0; i < 3; i++) {
        open_pair(profiles[i]);

        is_int(send_rtp(SSRC, 7), NGX_OK, "profile %zu: RTP", i);
        is_int(packet_len, 12 + 40 + tags[i], "its length");
        is_int(take(packet, packet_len, 0), NGX_DONE, "its replay");

        is_int(send_rtcp(SSRC), NGX_OK, "profile %zu: RTCP", i);
        is_int(packet_len, 28 + 4 + tags[i], "its length");
        is_int(take(packet, packet_len, 1), NGX_DONE, "its replay");

        is_int(send_rtp(SSRC, 8), NGX_OK, "the next RTP");
        is_int(send_rtcp(SSRC), NGX_OK, "the next RTCP");

        close_pair();
    }
}


static void
window(void)
{
    u_char  old[2][ROOM];
    size_t  len[2];

    open_pair(profiles[0]);

    len[0] = rtp(old[0], SSRC, 1000, 40);
    (void) ngx_secmeet_srtp_protect(out, old[0], &len[0]);

    len[1] = rtp(old[1], SSRC, 1001, 40);
    (void) ngx_secmeet_srtp_protect(out, old[1], &len[1]);

    is_int(send_rtp(SSRC, 1000 + NGX_SECMEET_SRTP_WINDOW), NGX_OK,
           "a packet far ahead");
    is_int(take(old[1], len[1], 0), NGX_OK,
           "one at the end of the window comes late");
    is_int(take(old[0], len[0], 0), NGX_DONE, "the one before it, too late");

    close_pair();

    /* the numbers go round, twice */

    open_pair(profiles[0]);

    for (len[0] = 1; len[0] < 140000 && send_rtp(SSRC, len[0]) == NGX_OK;
         len[0] += 1000)
    {
        /* void */
    }

    ok(len[0] >= 140000, "numbers go round");

    close_pair();
}


static void
repeats(void)
{
    u_char  one[ROOM], two[ROOM];
    size_t  i, len;

    for (i = 0; i < 3; i++) {
        open_pair(profiles[i]);

        len = rtp(one, SSRC, 9, 40);
        (void) ngx_secmeet_srtp_protect(out, one, &len);

        (void) send_rtp(SSRC, 10);

        len = rtp(two, SSRC, 9, 40);
        is_int(ngx_secmeet_srtp_protect(out, two, &len), NGX_OK,
               "profile %zu: a packet is protected again", i);
        is_mem(two, one, len, "to the same bytes");

        close_pair();
    }
}


static void
old_repeat(void)
{
    u_char     buf[ROOM];
    size_t     len;
    ngx_int_t  rc;

    open_pair(profiles[0]);

    (void) send_rtp(SSRC, 20000);
    (void) send_rtp(SSRC, 20001);

    len = rtp(buf, SSRC, 20001 - NGX_SECMEET_SRTP_WINDOW, 40);
    rc = ngx_secmeet_srtp_protect(out, buf, &len);
    ok(rc != NGX_OK, "one before the window is not sent again");

    is_int(send_rtp(SSRC, 20002), NGX_OK, "and harms no newer one");

    close_pair();
}


static void
removed(void)
{
    u_char  first[ROOM], buf[ROOM];
    size_t  len;

    open_pair(profiles[0]);

    ngx_secmeet_srtp_remove_out(out, SSRC + 9);
    ngx_secmeet_srtp_remove_in(in, SSRC + 9);
    ngx_secmeet_srtp_remove_out(out, SSRC);

    len = rtp(buf, SSRC, 5, 40);
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_DECLINED,
           "an SSRC that was removed is not sent");

    (void) ngx_secmeet_srtp_add_out(out, SSRC);
    is_int(send_rtp(SSRC, 5), NGX_OK, "added again it is");

    memcpy(first, packet, packet_len);
    len = packet_len;

    is_int(send_rtcp(SSRC), NGX_OK, "its RTCP");

    ngx_secmeet_srtp_remove_out(out, SSRC);
    ngx_secmeet_srtp_remove_in(in, SSRC);
    ngx_secmeet_srtp_remove_in(in, SSRC);

    is_int(take(first, len, 0), NGX_DECLINED, "removed on both sides");

    (void) ngx_secmeet_srtp_add_out(out, SSRC);
    (void) ngx_secmeet_srtp_add_in(in, SSRC);

    is_int(take(first, len, 0), NGX_DONE, "its old packet is a replay still");
    is_int(send_rtcp(SSRC), NGX_OK, "its RTCP goes on where it was");
    is_int(packet[packet_len - 1], 2, "with index 2");
    is_int(send_rtp(SSRC, 6), NGX_OK, "its RTP too");

    close_pair();
}


static void
changed(void)
{
    int     bit, n, rc, kind;
    u_char  buf[ROOM];
    size_t  i, k, len;

    for (i = 0; i < 3; i++) {
        for (kind = 0; kind < 2; kind++) {
            open_pair(profiles[i]);

            len = kind ? rtcp(packet, SSRC) : rtp(packet, SSRC, 3, 8);
            rc = kind ? ngx_secmeet_srtp_protect_rtcp(out, packet, &len)
                      : ngx_secmeet_srtp_protect(out, packet, &len);
            n = (rc != NGX_OK);

            for (k = 0; k < len; k++) {
                for (bit = 0; bit < 8; bit++) {
                    memcpy(buf, packet, len);
                    buf[k] ^= 1 << bit;

                    n += (take(buf, len, kind) == NGX_OK);
                }
            }

            is_int(n, 0, "profile %zu: no bit of %s can be changed", i,
                   kind ? "RTCP" : "RTP");
            is_int(take(packet, len, kind), NGX_OK,
                   "and after that the true packet is taken");

            close_pair();
        }
    }
}


/* an SSRC that is not added: what is told of it, and what is not kept */

static void
tested(void)
{
    int     n;
    u_char  buf[ROOM];
    size_t  i, k;

    for (i = 0; i < 3; i++) {
        open_pair(profiles[i]);

        (void) ngx_secmeet_srtp_add_out(out, SSRC + 1);
        is_int(send_rtp(SSRC + 1, 7), NGX_DECLINED,
               "profile %zu: not added, not taken", i);

        memcpy(buf, packet, packet_len);

        for (n = 0; n < 3; n++) {
            is_int(ngx_secmeet_srtp_test(in, buf, packet_len), NGX_OK,
                   "true, test %d", n);
        }

        is_mem(buf, packet, packet_len, "and left as it was");

        n = 0;

        for (k = 0; k < packet_len; k++) {
            buf[k] ^= 0x10;
            n += (ngx_secmeet_srtp_test(in, buf, packet_len) == NGX_OK);
            buf[k] ^= 0x10;
            n += (ngx_secmeet_srtp_test(in, buf, k) == NGX_OK);
        }

        is_int(n, 0, "changed or cut, it is not");

        (void) ngx_secmeet_srtp_add_in(in, SSRC + 1);
        is_int(take(packet, packet_len, 0), NGX_OK, "taken when added");
        is_int(take(packet, packet_len, 0), NGX_DONE, "once");

        /* its RTCP is known: the same state */

        (void) ngx_secmeet_srtp_add_out(out, SSRC + 2);
        is_int(send_rtcp(SSRC + 2), NGX_OK, "RTCP of another");
        is_int(send_rtp(SSRC + 2, 9), NGX_DECLINED, "its RTP");
        is_int(ngx_secmeet_srtp_test(in, packet, packet_len), NGX_OK,
               "is true");
        is_int(send_rtcp(SSRC + 2), NGX_OK, "its RTCP goes on");

        close_pair();
    }
}


static void
lengths(void)
{
    int     n, kind;
    size_t  i, k, len;

    for (i = 0; i < 3; i++) {
        open_pair(profiles[i]);
        n = 0;

        for (kind = 0; kind < 2; kind++) {
            len = kind ? rtcp(packet, SSRC) : rtp(packet, SSRC, 3, 8);

            (void) (kind ? ngx_secmeet_srtp_protect_rtcp(out, packet, &len)
                         : ngx_secmeet_srtp_protect(out, packet, &len));

            for (k = 0; k < len; k++) {
                n += (take(packet, k, kind) != NGX_DECLINED);
            }
        }

        is_int(n, 0, "profile %zu: nothing shorter is taken", i);

        len = rtp(packet, SSRC, 4, 0);
        is_int(ngx_secmeet_srtp_protect(out, packet, &len), NGX_OK,
               "RTP without payload is protected");
        is_int(take(packet, len, 0), NGX_OK, "and taken");

        for (k = 0; k < 12; k++) {
            len = k;
            n += (ngx_secmeet_srtp_protect(out, packet, &len)
                  != NGX_DECLINED);

            len = k;
            n += (k < 8 && ngx_secmeet_srtp_protect_rtcp(out, packet, &len)
                  != NGX_DECLINED);
        }

        is_int(n, 0, "nothing without a header is protected");

        close_pair();
    }
}


static void
headers(void)
{
    size_t  len;
    u_char  buf[ROOM];

    open_pair(profiles[0]);

    (void) rtp(buf, SSRC, 1, 100);
    buf[0] = 0x8f;
    len = 71;
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_DECLINED,
           "15 CSRCs that do not fit");
    len = 72;
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_OK, "that fit");
    is_int(take(buf, len - 1, 0), NGX_DECLINED, "less than a tag is left");
    is_int(take(buf, len, 0), NGX_OK, "all is there");

    (void) rtp(buf, SSRC, 2, 100);
    buf[0] = 0x90;
    len = 15;
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_DECLINED,
           "an extension without its header");

    buf[14] = 0;
    buf[15] = 2;
    len = 23;
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_DECLINED,
           "an extension that does not fit");
    len = 24;
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_OK, "that fits");

    buf[14] = 0xff;
    buf[15] = 0xff;
    is_int(take(buf, len, 0), NGX_DECLINED, "a very long one");

    (void) rtp(buf, SSRC, 3, 100);
    buf[0] = 0x40;
    len = 112;
    is_int(ngx_secmeet_srtp_protect(out, buf, &len), NGX_DECLINED,
           "version 1 of RTP");
    is_int(ngx_secmeet_srtp_protect_rtcp(out, buf, &len), NGX_DECLINED,
           "version 1 of RTCP");
    is_int(take(buf, 112, 0), NGX_DECLINED, "version 1 comes in");
    is_int(take(buf, 112, 1), NGX_DECLINED, "by RTCP as well");

    close_pair();
}


static void
learnt(void)
{
    int  i, n;

    open_pair(profiles[0]);

    n = 0;

    for (i = 1; i <= NGX_SECMEET_SRTP_RTCP + 1; i++) {
        (void) ngx_secmeet_srtp_add_out(out, i);
    }

    for (i = 1; i <= NGX_SECMEET_SRTP_RTCP; i++) {
        n += (send_rtcp(i) == NGX_OK);
    }

    is_int(n, NGX_SECMEET_SRTP_RTCP, "as many senders of RTCP as may be");
    is_int(send_rtcp(NGX_SECMEET_SRTP_RTCP + 1), NGX_DECLINED, "one more");
    is_int(send_rtcp(SSRC), NGX_OK, "one that was added beside them");
    is_int(send_rtcp(1), NGX_OK, "those that were learnt go on");

    (void) ngx_secmeet_srtp_add_in(in, NGX_SECMEET_SRTP_RTCP + 1);
    is_int(send_rtcp(NGX_SECMEET_SRTP_RTCP + 1), NGX_OK,
           "the one more, added");

    close_pair();
}


static void
learnt_removed(void)
{
    int     i;
    u_char  old[ROOM];
    size_t  len;

    open_pair(profiles[0]);

    for (i = 1; i <= NGX_SECMEET_SRTP_RTCP + 1; i++) {
        (void) ngx_secmeet_srtp_add_out(out, i);
    }

    (void) send_rtcp(1);
    memcpy(old, packet, packet_len);
    len = packet_len;

    (void) ngx_secmeet_srtp_add_in(in, 1);
    is_int(take(old, len, 1), NGX_DONE,
           "a sender that is added after it was learnt");
    ngx_secmeet_srtp_remove_in(in, 1);
    is_int(take(old, len, 1), NGX_DONE,
           "and removed: its replays are known");

    for (i = 2; i <= NGX_SECMEET_SRTP_RTCP; i++) {
        (void) send_rtcp(i);
    }

    is_int(send_rtcp(i), NGX_DECLINED, "it is one of those learnt again");

    (void) ngx_secmeet_srtp_add_in(in, 1);
    is_int(send_rtcp(i), NGX_OK, "added, it leaves its place to another");

    ngx_secmeet_srtp_remove_in(in, 1);
    is_int(send_rtcp(1), NGX_DECLINED, "removed, it finds no place");
    is_int(send_rtcp(i), NGX_OK, "the other keeps its own");

    (void) ngx_secmeet_srtp_add_in(in, 1);
    is_int(send_rtcp(1), NGX_OK, "until it is added");

    close_pair();
}


static void
forged(void)
{
    int     i, n;
    u_char  buf[ROOM];

    open_pair(profiles[0]);

    n = 0;

    for (i = 0; i < 1000; i++) {
        memset(buf, i, sizeof(buf));
        (void) rtp(buf, SSRC, i, 60);
        n += (take(buf, 72, 0) != NGX_DECLINED);

        (void) rtcp(buf, i);
        n += (take(buf, 72, 1) != NGX_DECLINED);
    }

    is_int(n, 0, "forged packets are declined");

    for (i = 1; i <= NGX_SECMEET_SRTP_RTCP; i++) {
        (void) ngx_secmeet_srtp_add_out(out, i);
        n += (send_rtcp(i) != NGX_OK);
    }

    is_int(n, 0, "they take no place of a sender");
    is_int(send_rtp(SSRC, 30000), NGX_OK, "nor move a number");

    close_pair();
}


static void
many(void)
{
    int       n;
    uint32_t  i, ssrc;

    open_pair(profiles[0]);

    n = 0;

    for (i = 1; i < NGX_SECMEET_SRTP_SSRCS; i++) {
        ssrc = SSRC + i * 0x9e3779b1;
        n += (ngx_secmeet_srtp_add_out(out, ssrc) == NGX_OK
              && ngx_secmeet_srtp_add_in(in, ssrc) == NGX_OK);
    }

    is_int(n, NGX_SECMEET_SRTP_SSRCS - 1, "as many SSRCs as may be");

    ssrc = SSRC + i * 0x9e3779b1;
    is_int(ngx_secmeet_srtp_add_out(out, ssrc), NGX_ERROR, "one more");
    is_int(ngx_secmeet_srtp_add_in(in, ssrc), NGX_ERROR, "both ways");

    n = 0;

    for (i = 0; i < NGX_SECMEET_SRTP_SSRCS; i++) {
        n += (send_rtp(SSRC + i * 0x9e3779b1, i) == NGX_OK);
    }

    is_int(n, NGX_SECMEET_SRTP_SSRCS, "each has its own state");

    close_pair();
    open_pair(profiles[0]);

    n = 0;

    for (i = 0; i < 3 * NGX_SECMEET_SRTP_SSRCS; i++) {
        n += (ngx_secmeet_srtp_add_in(in, i) == NGX_OK);
        ngx_secmeet_srtp_remove_in(in, i);
    }

    is_int(n, i, "those that came and went unused do not count");

    close_pair();
}


static void
wrong_keys(void)
{
    ngx_secmeet_dtls_keys_t  keys;

    memset(&keys, 0, sizeof(keys));
    keys.len = 28;
    ok(ngx_secmeet_srtp_create(&keys) == NULL, "no profile");

    keys.profile = NGX_SECMEET_SRTP_AEAD_AES_256_GCM;
    ok(ngx_secmeet_srtp_create(&keys) == NULL, "keys that are too short");
}


static void
open_pair(ngx_secmeet_srtp_profile_e profile)
{
    size_t                   i;
    ngx_secmeet_dtls_keys_t  keys;

    memset(&keys, 0, sizeof(keys));
    keys.profile = profile;

    for (i = 0; i < 3; i++) {
        if (profiles[i] == profile) {
            keys.len = lens[i];
        }
    }

    for (i = 0; i < keys.len; i++) {
        keys.local[i] = i + 1;
        keys.remote[i] = 101 + i;
    }

    out = ngx_secmeet_srtp_create(&keys);

    memset(keys.local, 0, keys.len);

    for (i = 0; i < keys.len; i++) {
        keys.remote[i] = i + 1;
    }

    in = ngx_secmeet_srtp_create(&keys);

    (void) ngx_secmeet_srtp_add_out(out, SSRC);
    (void) ngx_secmeet_srtp_add_in(in, SSRC);
}


static void
close_pair(void)
{
    ngx_secmeet_srtp_free(out);
    ngx_secmeet_srtp_free(in);
}


static size_t
rtp(u_char *p, uint32_t ssrc, uint16_t seq, size_t len)
{
    memset(p, 0, 12);
    memset(p + 12, 0x5a, len);

    p[0] = 0x80;
    p[1] = 96;
    p[2] = seq >> 8;
    p[3] = (u_char) seq;

    ssrc = htonl(ssrc);
    memcpy(p + 8, &ssrc, 4);

    return 12 + len;
}


/* a sender report without blocks */

static size_t
rtcp(u_char *p, uint32_t ssrc)
{
    memset(p, 0x5a, 28);

    p[0] = 0x80;
    p[1] = 200;
    p[2] = 0;
    p[3] = 6;

    ssrc = htonl(ssrc);
    memcpy(p + 4, &ssrc, 4);

    return 28;
}


static ngx_int_t
send_rtp(uint32_t ssrc, uint16_t seq)
{
    ngx_int_t  rc;

    packet_len = rtp(packet, ssrc, seq, 40);

    rc = ngx_secmeet_srtp_protect(out, packet, &packet_len);
    if (rc != NGX_OK) {
        return rc;
    }

    return take(packet, packet_len, 0);
}


static ngx_int_t
send_rtcp(uint32_t ssrc)
{
    ngx_int_t  rc;

    packet_len = rtcp(packet, ssrc);

    rc = ngx_secmeet_srtp_protect_rtcp(out, packet, &packet_len);
    if (rc != NGX_OK) {
        return rc;
    }

    return take(packet, packet_len, 1);
}


/* in exact-size memory, so that a read beyond it is seen */

static ngx_int_t
take(u_char *p, size_t len, int is_rtcp)
{
    u_char     *copy;
    size_t      n;
    ngx_int_t   rc;

    copy = malloc(len ? len : 1);
    memcpy(copy, p, len);
    n = len;

    rc = is_rtcp ? ngx_secmeet_srtp_unprotect_rtcp(in, copy, &n)
                 : ngx_secmeet_srtp_unprotect(in, copy, &n);

    free(copy);

    return (rc != NGX_OK && n != len) ? NGX_ERROR : rc;
}
