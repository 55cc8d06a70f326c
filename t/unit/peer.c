
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How the test peer counts: a wrong count would hide what the media tests
 * are there to show.
 */


#include "tap.h"

#include "../peer/mark.c"
#include "../peer/window.c"


static void test_window(void);
static void test_window_old(void);
static void test_delay(void);
static void test_mark(ngx_secmeet_codec_e codec, const char *name);


int
main(int argc, char *const *argv)
{
    plan(66);

    test_window();
    test_window_old();
    test_delay();

    test_mark(NGX_SECMEET_CODEC_OPUS, "opus");
    test_mark(NGX_SECMEET_CODEC_VP8, "VP8");
    test_mark(NGX_SECMEET_CODEC_VP9, "VP9");
    test_mark(NGX_SECMEET_CODEC_H264, "H264");
    test_mark(NGX_SECMEET_CODEC_AV1, "AV1");

    return done();
}


static void
test_window(void)
{
    uint64_t       n;
    peer_window_t  window;

    ngx_memzero(&window, sizeof(peer_window_t));

    is_int(peer_window_missing(&window), 0, "nothing yet");

    for (n = 1000; n < 11000; n++) {
        if (n % 10) {
            (void) peer_window_input(&window, n);
        }
    }

    /* it began with 1001, and ended with 10999 */

    is_int(window.unique, 9000, "unique");
    is_int(peer_window_missing(&window), 999, "each tenth is missing");
    is_int(window.reordered, 0, "in order");

    is_int(peer_window_input(&window, 10990), NGX_OK, "one comes late");
    is_int(peer_window_missing(&window), 998, "and is not missing");
    is_int(window.reordered, 1, "but reordered");
    is_int(peer_window_input(&window, 10990), NGX_DONE, "again");
    is_int(peer_window_input(&window, 10999), NGX_DONE, "the last again");
    is_int(window.duplicates, 2, "duplicates");
    is_int(peer_window_missing(&window), 998, "missing as before");
}


static void
test_window_old(void)
{
    peer_window_t  window;

    ngx_memzero(&window, sizeof(peer_window_t));

    is_int(peer_window_input(&window, 100000), NGX_OK, "the first");
    is_int(peer_window_input(&window, 99990), NGX_OK, "one before it");
    is_int(peer_window_missing(&window), 9, "nine between them");

    is_int(peer_window_input(&window, 200000), NGX_OK, "a jump");
    is_int(window.unique, 3, "three in all");
    is_int(peer_window_input(&window, 200000 - PEER_WINDOW), NGX_DECLINED,
           "too old to tell");
    is_int(peer_window_input(&window, 200001 - PEER_WINDOW), NGX_OK,
           "as old as may be");
}


static void
test_delay(void)
{
    uint32_t             delays[PEER_DELAYS];
    ngx_uint_t           i, wrong;
    ngx_secmeet_usec_t   delay, bound;

    wrong = 0;

    for (delay = 1; delay < 10000000; delay += delay / 50 + 1) {
        ngx_memzero(delays, sizeof(delays));
        delays[peer_delay_bucket(delay)] = 1;
        bound = peer_delay_percentile(delays, 990);

        wrong += (bound < delay || bound > delay + delay / 8 + 1);
    }

    is_int(wrong, 0, "a bucket is an eighth of an octave");

    ngx_memzero(delays, sizeof(delays));

    for (i = 0; i < 990; i++) {
        delays[peer_delay_bucket(100)]++;
    }

    for (i = 0; i < 10; i++) {
        delays[peer_delay_bucket(50000)]++;
    }

    delay = peer_delay_percentile(delays, 990);
    ok(delay >= 100 && delay < 120, "99%% below 120 us");

    delays[peer_delay_bucket(50000)] += 5;

    delay = peer_delay_percentile(delays, 990);
    ok(delay >= 50000 && delay < 58000, "one more in a hundred is seen");
}


static void
test_mark(ngx_secmeet_codec_e codec, const char *name)
{
    u_char                 buf[1500];
    size_t                 len;
    ngx_uint_t             i, key;
    peer_mark_t            in, out;
    peer_source_t          source;
    ngx_secmeet_payload_t  payload;

    ngx_memzero(&source, sizeof(peer_source_t));

    source.frame = 3;
    source.frames = 40000;

    in.tag = 0x80000001;
    in.timestamp = 0xfffffff0;
    in.counter = ((uint64_t) 1 << 40) + 77;
    in.time = ((uint64_t) 7 << 35) + 1;

    for (i = 0; i < 2; i++) {
        source.key = (i == 0);

        len = peer_mark_create(buf, 1000, &in, codec, &source);

        ok(len == 1000
           && peer_mark_parse(&out, codec, buf, buf + len, &key) == NGX_OK
           && out.tag == in.tag && out.timestamp == in.timestamp
           && out.counter == in.counter && out.time == in.time,
           "%s: the mark comes back, key %d", name, (int) source.key);

        is_int(ngx_secmeet_payload_parse(&payload, codec, buf, buf + len),
               NGX_OK, "%s: what the server reads", name);

        ok(payload.key == source.key || codec == NGX_SECMEET_CODEC_OPUS,
           "%s: it sees a key frame: %d", name, payload.key);
    }

    ok(!payload.has_picture_id || payload.picture_id == (40000 & 0x7fff),
       "%s: picture id", name);

    buf[len - 1] ^= 1;
    is_int(peer_mark_parse(&out, codec, buf, buf + len, &key), NGX_DECLINED,
           "%s: a changed payload", name);

    source.part = 1;
    len = peer_mark_create(buf, 8, &in, codec, &source);
    is_int(peer_mark_parse(&out, codec, buf, buf + len, &key), NGX_OK,
           "%s: a small packet within a frame", name);
}
