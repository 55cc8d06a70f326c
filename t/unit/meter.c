
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_meter.h"
#include "tap.h"


#define SECOND  1000000


static ngx_secmeet_meter_t  meter;


static ngx_secmeet_usec_t run(ngx_secmeet_usec_t now, ngx_secmeet_usec_t time,
    ngx_uint_t rate);
static int about(uint64_t got, uint64_t wanted, ngx_uint_t percent);
static void start(ngx_secmeet_usec_t now);
static void steps(ngx_secmeet_usec_t now);
static void silence(ngx_secmeet_usec_t now);
static void phases(void);


int
main(void)
{
    ok(sizeof(ngx_secmeet_meter_t) <= 64, "it is small");

    start(10 * SECOND + 33333);
    steps(20 * SECOND + 77777);
    silence(40 * SECOND + 1);
    phases();

    return done();
}


/* a packet each 10 ms; the time of the last one */

static ngx_secmeet_usec_t
run(ngx_secmeet_usec_t now, ngx_secmeet_usec_t time, ngx_uint_t rate)
{
    ngx_secmeet_usec_t  end;

    for (end = now + time; now < end; /* void */ ) {
        now += 10000;
        ngx_secmeet_meter_input(&meter, rate / 800, now);
    }

    return now;
}


static int
about(uint64_t got, uint64_t wanted, ngx_uint_t percent)
{
    uint64_t  most;

    most = wanted * percent / 100;

    if (got + most >= wanted && got <= wanted + most) {
        return 1;
    }

    printf("# got %llu, expected about %llu\n", (unsigned long long) got,
           (unsigned long long) wanted);

    return 0;
}


static void
start(ngx_secmeet_usec_t now)
{
    ngx_secmeet_meter_init(&meter);
    is_int(ngx_secmeet_meter_rate(&meter, now), 0, "nothing came");

    now = run(now, 50000, 1000000);
    ok(ngx_secmeet_meter_rate(&meter, now) < 1000000,
       "what just began is not made too much of");

    now = run(now, 150000, 1000000);
    ok(about(ngx_secmeet_meter_rate(&meter, now), 1000000, 10),
       "it knows after 200 ms");
}


static void
steps(ngx_secmeet_usec_t now)
{
    ngx_secmeet_meter_init(&meter);

    now = run(now, 5 * SECOND, 1000000);
    ok(about(ngx_secmeet_meter_rate(&meter, now), 1000000, 2), "steady");

    now = run(now, SECOND, 4000000);
    ok(about(ngx_secmeet_meter_rate(&meter, now), 4000000, 2),
       "a step up, a second later");

    now = run(now, SECOND / 2, 200000);
    ok(about(ngx_secmeet_meter_rate(&meter, now), 2100000, 15),
       "half a second after a step down");

    now = run(now, SECOND / 2, 200000);
    ok(about(ngx_secmeet_meter_rate(&meter, now), 200000, 2),
       "a second after it");

    ngx_secmeet_meter_input(&meter, 1000, now - SECOND / 2);
    ok(about(ngx_secmeet_meter_rate(&meter, now), 208000, 2),
       "a time that was counts as the last one");
}


static void
silence(ngx_secmeet_usec_t now)
{
    ngx_secmeet_usec_t  last;

    ngx_secmeet_meter_init(&meter);
    last = run(now, 3 * SECOND, 800000);

    ok(about(ngx_secmeet_meter_rate(&meter, last + SECOND / 2), 400000, 15),
       "it falls while nothing comes");
    ok(ngx_secmeet_meter_rate(&meter, last + SECOND / 2) > 0,
       "but not to nothing at once");
    is_int(ngx_secmeet_meter_rate(&meter, last + SECOND), 0,
           "it does in a second");
    is_int(ngx_secmeet_meter_rate(&meter, last + 9 * (uint64_t) SECOND), 0,
           "and stays there");

    last = run(last + 3600 * (uint64_t) SECOND, 200000, 800000);
    ok(about(ngx_secmeet_meter_rate(&meter, last), 800000, 10),
       "it begins anew after a silence");
}


/* wherever the window's edge is */

static void
phases(void)
{
    int                 good;
    ngx_uint_t          i;
    ngx_secmeet_usec_t  now;

    good = 1;

    for (i = 0; i < 125; i++) {
        ngx_secmeet_meter_init(&meter);
        now = run(SECOND + i * 1000, 2 * SECOND, 1600000);

        if (!about(ngx_secmeet_meter_rate(&meter, now), 1600000, 3)) {
            good = 0;
        }
    }

    ok(good, "the same at any time");
}
