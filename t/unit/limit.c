
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_limit.h"
#include "tap.h"


#define SECOND  1000000


static ngx_secmeet_limit_t  limit;


static ngx_uint_t taken(ngx_uint_t tries, ngx_secmeet_usec_t now);


int
main(void)
{
    ngx_uint_t          n;
    ngx_secmeet_usec_t  now;

    now = 5 * SECOND;
    ngx_secmeet_limit_init(&limit, 50, 100, now);

    is_int(taken(1000, now), 100, "starts full, with the burst");
    is_int(taken(10, now + 19999), 0, "nothing before a token has grown");
    is_int(taken(10, now + 20000), 1, "one token after 1/50 s");

    now += 20000 + SECOND;
    is_int(taken(1000, now), 50, "the rate after a second");

    now += (ngx_secmeet_usec_t) 400 * 86400 * SECOND;
    is_int(taken(1000, now), 100, "no more than the burst after a year");

    now += SECOND;
    ngx_secmeet_limit_set(&limit, 10, 20);
    now += 100 * SECOND;
    is_int(taken(1000, now), 20, "another burst");
    ngx_secmeet_limit_set(&limit, 10, 5);
    is_int(taken(1000, now), 0, "nothing comes by a new limit");
    is_int(taken(1000, now + SECOND), 5, "a smaller burst");

    now += 100 * SECOND;
    ngx_secmeet_limit_set(&limit, 50, 100);
    is_int(taken(1, now), 1, "more may come again");
    ngx_secmeet_limit_set(&limit, 10, 5);
    is_int(taken(1000, now), 5, "what there was is cut to the burst");
    ngx_secmeet_limit_set(&limit, 50, 100);

    is_int(taken(10, now - SECOND), 0, "a clock that steps back gives none");
    is_int(taken(10, now), 0, "and none when it comes back");

    now += SECOND;
    is_int(ngx_secmeet_limit_input(&limit, 51, now), NGX_DECLINED,
           "more than there is");
    is_int(ngx_secmeet_limit_input(&limit, 50, now), NGX_OK,
           "a refusal has taken nothing");

    for (n = 0; n < 1000; n++) {
        now += 1000;
        (void) ngx_secmeet_limit_input(&limit, 100, now);
    }

    is_int(taken(1000, now), 50, "time in small steps is not lost");

    ngx_secmeet_limit_init(&limit, 0, 0, now);
    is_int(taken(100000, now), 100000, "rate 0 is no limit");

    ngx_secmeet_limit_init(&limit, 1, (ngx_uint_t) 4000000000u, now);
    is_int(ngx_secmeet_limit_input(&limit, (ngx_uint_t) -1, now),
           NGX_DECLINED, "a count that would overflow");

    ngx_secmeet_limit_init(&limit, 1000000, 1000000, now);
    is_int(ngx_secmeet_limit_input(&limit, 1000000, now), NGX_OK,
           "a million bytes");
    is_int(taken(10, now + 3), 3, "a token each microsecond");

    return done();
}


static ngx_uint_t
taken(ngx_uint_t tries, ngx_secmeet_usec_t now)
{
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < tries; i++) {
        if (ngx_secmeet_limit_input(&limit, 1, now) == NGX_OK) {
            n++;
        }
    }

    return n;
}
