
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_index.h"
#include "tap.h"


#define WINDOW  NGX_SECMEET_INDEX_WINDOW


static ngx_secmeet_index_t  idx;
static uint32_t             number;


static ngx_int_t input(uint16_t seq);
static void order(void);
static void rounds(void);
static void far(void);
static void never_twice(void);


int
main(void)
{
    order();
    rounds();
    far();
    never_twice();

    return done();
}


static ngx_int_t
input(uint16_t seq)
{
    return ngx_secmeet_index_input(&idx, seq, &number);
}


static void
order(void)
{
    uint32_t  first;

    ngx_secmeet_index_init(&idx);

    is_int(input(7), NGX_OK, "the first");
    is_int((uint16_t) number, 7, "has its own number");
    first = number;

    is_int(input(7), NGX_DECLINED, "the same again");

    is_int(input(10), NGX_OK, "the third after it");
    is_int(number - first, 3, "is three ahead");

    is_int(input(9), NGX_OK, "a late one");
    is_int(number - first, 2, "has its place");
    is_int(input(9), NGX_DECLINED, "but once");

    is_int(input(5), NGX_OK, "one from before the first");
    is_int(first - number, 2, "is behind it");

    is_int(input(10 - WINDOW + 1), NGX_OK, "the latest that may come");
    is_int(first + 3 - number, WINDOW - 1, "is as far behind");
}


static void
rounds(void)
{
    uint32_t  i, first, bad;

    ngx_secmeet_index_init(&idx);

    (void) input(65535);
    first = number;
    bad = 0;

    for (i = 1; i < 200000; i++) {
        if (input((uint16_t) (i - 1)) != NGX_OK || number != first + i) {
            bad++;
        }
    }

    is_int(bad, 0, "200000 packets, three times round");
}


/* what is too late to be late is taken for far ahead */

static void
far(void)
{
    uint32_t  first;

    ngx_secmeet_index_init(&idx);

    (void) input(5000);
    first = number;

    is_int(input(5000 - WINDOW), NGX_OK, "a window back");
    is_int(number - first, 65536 - WINDOW, "is nearly a round ahead");

    is_int(input(5000), NGX_OK, "and the first number once more");
    is_int(number - first, 65536, "is of the next round");
    is_int(input(5000), NGX_DECLINED, "and is given once as well");
}


static void
never_twice(void)
{
    u_char    *given;
    uint32_t   i, first, random, bad;

    given = calloc(1, 1 << 27);

    ngx_secmeet_index_init(&idx);

    (void) input(1);
    first = number - WINDOW;
    random = 1;
    bad = 0;

    for (i = 0; i < 2000; i++) {
        random = random * 1664525 + 1013904223;

        if (input((uint16_t) (random >> ((i % 3) * 4 + 8))) != NGX_OK) {
            continue;
        }

        number -= first;

        if (number >> 27 || given[number]++) {
            bad++;
        }
    }

    free(given);

    is_int(bad, 0, "no number is given twice, whatever comes");
}
