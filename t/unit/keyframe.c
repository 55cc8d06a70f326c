
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_keyframe.h"
#include "tap.h"


#define SECOND  1000000


static ngx_secmeet_keyframe_t  kf;


static ngx_int_t ask(ngx_secmeet_usec_t now);
static void unanswered(ngx_secmeet_usec_t now);
static void many(ngx_secmeet_usec_t now);


int
main(void)
{
    ngx_secmeet_usec_t  now;

    now = 10 * SECOND;
    ngx_secmeet_keyframe_init(&kf);

    is_int(ask(now), NGX_DONE, "nothing is wanted");
    is_int(ngx_secmeet_keyframe_next(&kf), 0, "and nothing to wait for");

    ngx_secmeet_keyframe_request(&kf);

    ok(ngx_secmeet_keyframe_next(&kf) <= now
       && ngx_secmeet_keyframe_next(&kf) != 0, "the first is due at once");
    is_int(ask(now), NGX_OK, "the first request is sent");
    is_int(ask(now), NGX_AGAIN, "once");

    ngx_secmeet_keyframe_request(&kf);
    is_int(ask(now + 1000), NGX_AGAIN, "a second request waits");

    ngx_secmeet_keyframe_input(&kf, now + 100000);
    is_int(ask(now + 100000), NGX_DONE, "the key frame answers both");
    is_int(ngx_secmeet_keyframe_next(&kf), 0, "nothing more to wait for");

    ngx_secmeet_keyframe_request(&kf);
    is_int(ngx_secmeet_keyframe_next(&kf), now + NGX_SECMEET_KEYFRAME_GAP,
           "the next one comes after the gap");
    is_int(ask(now + NGX_SECMEET_KEYFRAME_GAP - 1), NGX_AGAIN,
           "not before it");
    is_int(ask(now + NGX_SECMEET_KEYFRAME_GAP), NGX_OK, "at its end");

    unanswered(now + 10 * SECOND);
    many(now + 60 * SECOND);

    return done();
}


static ngx_int_t
ask(ngx_secmeet_usec_t now)
{
    return ngx_secmeet_keyframe_poll(&kf, now);
}


static void
unanswered(ngx_secmeet_usec_t now)
{
    ngx_int_t           rc;
    ngx_uint_t          n;
    ngx_secmeet_usec_t  last;

    ngx_secmeet_keyframe_init(&kf);
    ngx_secmeet_keyframe_request(&kf);

    n = 0;
    last = now;

    for ( ;; ) {
        rc = ask(now);

        if (rc == NGX_DONE) {
            break;
        }

        if (rc == NGX_OK) {
            n++;
            last = now;
        }

        now += 1000;
    }

    is_int(n, NGX_SECMEET_KEYFRAME_TRIES, "asks ten times without an answer");
    is_int(now - last, NGX_SECMEET_KEYFRAME_RETRY,
           "and gives up when the last had its time");

    ngx_secmeet_keyframe_request(&kf);
    is_int(ask(now), NGX_AGAIN, "a new request waits for the gap");
    is_int(ask(now + NGX_SECMEET_KEYFRAME_GAP), NGX_OK, "and begins anew");
}


/* fifty receivers lose packets for ten seconds */

static void
many(ngx_secmeet_usec_t now)
{
    ngx_uint_t          i, n;
    ngx_secmeet_usec_t  answer, end;

    ngx_secmeet_keyframe_init(&kf);

    n = 0;
    answer = 0;
    end = now + 10 * SECOND;

    for ( /* void */ ; now < end; now += 1000) {

        for (i = 0; i < 50; i++) {
            ngx_secmeet_keyframe_request(&kf);
        }

        if (ask(now) == NGX_OK) {
            n++;
            answer = now + 80000;
        }

        if (now == answer) {
            ngx_secmeet_keyframe_input(&kf, now);
        }
    }

    is_int(n, 20, "two in a second, however many ask");
}
