
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_guess.h"
#include "tap.h"


#define SECOND  1000000


static void one_net(void);
static void others(void);
static void many(void);
static void forgotten(void);
static ngx_uint_t tries(ngx_secmeet_guess_t *guess, uint64_t net,
    ngx_secmeet_usec_t from, ngx_secmeet_usec_t to, ngx_secmeet_usec_t step,
    ngx_uint_t nets);


int
main(void)
{
    one_net();
    others();
    many();
    forgotten();

    return done();
}


/* five at once, then after 1, 2, 4 .. 64 seconds, and so on */

static void
one_net(void)
{
    ngx_uint_t            i;
    ngx_secmeet_usec_t    now, pause;
    ngx_secmeet_guess_t   guess;

    now = 77 * SECOND;
    ngx_secmeet_guess_init(&guess, now);

    for (i = 0; i < 5; i++) {
        is_int(ngx_secmeet_guess_input(&guess, 1, now), NGX_OK, "at once");
        ngx_secmeet_guess_wrong(&guess, 1, now);
    }

    for (i = 0; i < 9; i++) {
        pause = ngx_min(1 << i, 64) * (ngx_secmeet_usec_t) SECOND;

        is_int(ngx_secmeet_guess_input(&guess, 1, now + pause - 1),
               NGX_DECLINED, "a microsecond too early");
        is_int(ngx_secmeet_guess_input(&guess, 1, now + pause), NGX_OK,
               "in time");

        now += pause;
        ngx_secmeet_guess_wrong(&guess, 1, now);
    }

    ngx_secmeet_guess_init(&guess, now);
    is_int(tries(&guess, 1, now, now + 10 * SECOND, SECOND / 1000, 1), 8,
           "10,000 in 10 seconds: 8 are looked at");
}


/* are not hit by what one does */

static void
others(void)
{
    ngx_secmeet_usec_t   now;
    ngx_secmeet_guess_t  guess;

    now = SECOND;
    ngx_secmeet_guess_init(&guess, now);
    (void) tries(&guess, 1, now, now + 60 * SECOND, SECOND / 100, 1);

    now += 60 * SECOND;
    is_int(ngx_secmeet_guess_input(&guess, 1, now), NGX_DECLINED, "the one");
    is_int(ngx_secmeet_guess_input(&guess, 2, now), NGX_OK, "another");
    ngx_secmeet_guess_wrong(&guess, 2, now);
    is_int(ngx_secmeet_guess_input(&guess, 2, now), NGX_OK, "and again");
}


/* as many networks as one likes: so many tries a second, no more */

static void
many(void)
{
    ngx_uint_t           n;
    ngx_secmeet_usec_t   now;
    ngx_secmeet_guess_t  guess;

    now = SECOND;
    ngx_secmeet_guess_init(&guess, now);

    n = tries(&guess, 1, now, now + 100 * SECOND, SECOND / 1000, 100000);

    ok(n >= 1000 && n <= NGX_SECMEET_GUESS_BURST
                         + 100 * NGX_SECMEET_GUESS_RATE,
       "100,000 networks: 10 a second");

    ngx_secmeet_guess_init(&guess, now);

    n = tries(&guess, 1, now, now + 100 * SECOND, SECOND / 1000, 64);

    ok(n <= 64 * 12, "64 networks: each has its pauses");
}


static void
forgotten(void)
{
    ngx_uint_t           i;
    ngx_secmeet_usec_t   now;
    ngx_secmeet_guess_t  guess;

    now = SECOND;
    ngx_secmeet_guess_init(&guess, now);

    for (i = 0; i < 8; i++) {
        ngx_secmeet_guess_wrong(&guess, 1, now);
    }

    now += NGX_SECMEET_GUESS_FORGET;
    is_int(ngx_secmeet_guess_input(&guess, 1, now), NGX_OK, "forgotten");
    ngx_secmeet_guess_wrong(&guess, 1, now);
    is_int(ngx_secmeet_guess_input(&guess, 1, now), NGX_OK, "it begins anew");

    for (i = 2; i < 200; i++) {
        ngx_secmeet_guess_wrong(&guess, i, now + i);
    }

    for (i = 0; i < 8; i++) {
        ngx_secmeet_guess_wrong(&guess, 199, now + 200);
    }

    now += 201;
    is_int(ngx_secmeet_guess_input(&guess, 199, now), NGX_DECLINED,
           "the latest is remembered");
    is_int(ngx_secmeet_guess_input(&guess, 2, now), NGX_OK,
           "the oldest has given way");
}


/* wrong ones of so many networks in turn; how many were looked at */

static ngx_uint_t
tries(ngx_secmeet_guess_t *guess, uint64_t net, ngx_secmeet_usec_t from,
    ngx_secmeet_usec_t to, ngx_secmeet_usec_t step, ngx_uint_t nets)
{
    ngx_uint_t          n, i;
    ngx_secmeet_usec_t  now;

    n = 0;
    i = 0;

    for (now = from; now < to; now += step) {
        i = (i + 1) % nets;

        if (ngx_secmeet_guess_input(guess, net + i, now) == NGX_OK) {
            ngx_secmeet_guess_wrong(guess, net + i, now);
            n++;
        }
    }

    return n;
}
