
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_history.h"
#include "tap.h"


#define SLOTS  8
#define FIRST  0xfffffffa                   /* the numbers go round */
#define OLD    ((uint32_t) (FIRST + 11))
#define LAST   ((uint32_t) (FIRST + 19))


static ngx_secmeet_history_t       history;
static ngx_secmeet_history_slot_t  slots[SLOTS];


static void keep(uint32_t number, size_t len);
static ngx_int_t kept(uint32_t number, size_t len);


int
main(void)
{
    u_char     big[NGX_SECMEET_MTU + 1];
    ngx_str_t  packet;
    ngx_int_t  i, n;

    memset(slots, 0xff, sizeof(slots));
    ngx_secmeet_history_init(&history, slots, SLOTS);

    is_int(ngx_secmeet_history_find(&history, 0xffff, &packet, NULL),
           NGX_DECLINED, "nothing is found in an empty history");

    for (i = 0; i < 20; i++) {
        keep(FIRST + i, i % 7 + 1);
    }

    n = 0;

    for (i = 12; i < 20; i++) {
        n += kept(FIRST + i, i % 7 + 1);
    }

    is_int(n, SLOTS, "the last eight are kept");
    ok(!kept(OLD, 11 % 7 + 1), "the ninth is not");

    keep(OLD, 3);
    ok(!kept(OLD, 3), "an old packet that comes late is not kept");
    ok(kept(LAST, 19 % 7 + 1), "and harms no newer one");

    keep(LAST, 5);
    ok(kept(LAST, 5), "the same number again replaces");

    memset(big, 20, sizeof(big));

    ngx_secmeet_history_input(&history, 20, big, NGX_SECMEET_MTU + 1, 0);
    ok(!kept(20, NGX_SECMEET_MTU + 1), "a packet beyond the MTU is not kept");

    ngx_secmeet_history_input(&history, 20, big, 0, 0);
    ok(!kept(20, 0), "nor is an empty one");

    ngx_secmeet_history_input(&history, 20, big, NGX_SECMEET_MTU, 20);
    ok(kept(20, NGX_SECMEET_MTU), "one of the MTU is");

    return done();
}


static void
keep(uint32_t number, size_t len)
{
    u_char  data[NGX_SECMEET_MTU];

    memset(data, (u_char) number, len);
    ngx_secmeet_history_input(&history, number, data, len,
                              number & 0xff);
}


static ngx_int_t
kept(uint32_t number, size_t len)
{
    size_t      i;
    ngx_str_t   packet;
    ngx_uint_t  facts;

    if (ngx_secmeet_history_find(&history, number, &packet, &facts) != NGX_OK
        || packet.len != len || facts != (number & 0xff))
    {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (packet.data[i] != (u_char) number) {
            return 0;
        }
    }

    return 1;
}
