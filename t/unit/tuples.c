
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_tuples.h"
#include "tap.h"


#define N  64


static ngx_secmeet_tuple_t    all[N];
static ngx_secmeet_tuple_t   *buckets[N];
static ngx_secmeet_tuples_t   tuples;

static u_char  key[] = "\x00\x01\x02\x03\x04\x05\x06\x07"
                       "\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f";
static u_char  one[] = "aaaaaaaa";
static u_char  two[] = "bbbbbbbb";


static u_char *addrs(ngx_uint_t i);
static ngx_uint_t is_of(ngx_uint_t i, u_char *id);
static void init(void);
static void known(void);
static void limit(void);
static void many(void);
static void wiped(void);
static void hashed(void);


int
main(void)
{
    hashed();
    known();
    limit();
    many();
    wiped();

    return done();
}


static u_char *
addrs(ngx_uint_t i)
{
    static u_char  text[NGX_SECMEET_TUPLES_ADDRS];

    ngx_memzero(text, sizeof(text));
    ngx_memcpy(text + 30, &i, sizeof(ngx_uint_t));
    text[0] = 4;

    return text;
}


static ngx_uint_t
is_of(ngx_uint_t i, u_char *id)
{
    u_char  *found;

    found = ngx_secmeet_tuples_find(&tuples, addrs(i));

    if (found == NULL || id == NULL) {
        return found == id;
    }

    return ngx_memcmp(found, id, NGX_SECMEET_WORKER_ID) == 0;
}


static void
init(void)
{
    ngx_memzero(buckets, sizeof(buckets));

    ngx_secmeet_tuples_init(&tuples, all, buckets, N, key);
}


static void
known(void)
{
    init();

    ok(is_of(1, NULL), "nothing is known");

    ngx_secmeet_tuples_add(&tuples, addrs(1), one);
    ok(is_of(1, one), "one is");
    ok(is_of(2, NULL), "another is not");

    ngx_secmeet_tuples_add(&tuples, addrs(1), two);
    ok(is_of(1, two), "who says so last has it");
    is_int(tuples.nused, 1, "and it takes one place");

    ngx_secmeet_tuples_remove(&tuples, addrs(1), one);
    ok(is_of(1, two), "nobody else gives it up");

    ngx_secmeet_tuples_remove(&tuples, addrs(1), two);
    ok(is_of(1, NULL), "who has it does");

    ngx_secmeet_tuples_remove(&tuples, addrs(1), two);
    ok(is_of(1, NULL), "also twice");
}


static void
limit(void)
{
    ngx_uint_t  i, n;

    init();

    for (i = 0; i < N; i++) {
        ngx_secmeet_tuples_add(&tuples, addrs(i), one);
    }

    for (i = 0, n = 0; i < N; i++) {
        n += is_of(i, one);
    }

    is_int(n, N, "as many as there is room for");

    ngx_secmeet_tuples_add(&tuples, addrs(N), two);

    for (i = 1, n = 0; i < N; i++) {
        n += is_of(i, one);
    }

    ok(is_of(N, two), "one more");
    ok(is_of(0, NULL), "takes the place of the oldest");
    is_int(n, N - 1, "of nobody else");

    ngx_secmeet_tuples_forget(&tuples, one);

    for (i = 1, n = 0; i < N; i++) {
        n += is_of(i, NULL);
    }

    is_int(n, N - 1, "all of one are forgotten");
    ok(is_of(N, two), "none of another");

    for (i = 1; i < N; i++) {
        ngx_secmeet_tuples_add(&tuples, addrs(i), two);
    }

    ok(is_of(N, two), "and their places are free");
}


/* what is found is what was said last, whatever came and went */

static void
many(void)
{
    u_char      *id;
    uint32_t     x;
    ngx_uint_t   i, k, wrong;
    u_char      *model[4 * N];

    init();
    ngx_memzero(model, sizeof(model));

    x = 1;
    wrong = 0;

    for (i = 0; i < 200000; i++) {
        x = x * 1103515245 + 12345;
        k = (x >> 16) % (4 * N);
        id = (x >> 30) & 1 ? one : two;

        if ((x >> 8) & 1) {
            ngx_secmeet_tuples_add(&tuples, addrs(k), id);
            model[k] = id;

        } else {
            ngx_secmeet_tuples_remove(&tuples, addrs(k), id);

            if (model[k] == id) {
                model[k] = NULL;
            }
        }

        /* what gave way is not found; nothing wrong ever is */

        k = (x >> 9) % (4 * N);

        if (!is_of(k, NULL) && !is_of(k, model[k])) {
            wrong++;
        }
    }

    is_int(wrong, 0, "nothing is found that was not said");
    is_int(tuples.nused, N, "in the memory that there is");
}


static void
wiped(void)
{
    u_char      zeros[NGX_SECMEET_TUPLES_ADDRS];
    ngx_uint_t  i, left;

    ngx_memzero(zeros, sizeof(zeros));

    ngx_secmeet_tuples_forget(&tuples, one);
    ngx_secmeet_tuples_forget(&tuples, two);

    for (i = 0, left = 0; i < N; i++) {
        left += ngx_memcmp(all[i].addrs, zeros, sizeof(zeros)) != 0;
    }

    is_int(left, 0, "no address is left");
}


/* the vectors of SipHash-2-4: of "", 00, 00 01, and so on */

static void
hashed(void)
{
    u_char                 text[64];
    ngx_uint_t             i, n;

    static const struct {
        size_t             len;
        uint64_t           hash;
    } vectors[] = {
        { 0, 0x726fdb47dd0e0e31ull },
        { 1, 0x74f839c593dc67fdull },
        { 7, 0xab0200f58b01d137ull },
        { 8, 0x93f5f5799a932462ull },
        { 15, 0xa129ca6149be45e5ull }
    };

    for (i = 0; i < sizeof(text); i++) {
        text[i] = (u_char) i;
    }

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        n = vectors[i].len;
        ok(ngx_secmeet_tuples_hash(key, text, n) == vectors[i].hash,
           "SipHash of %d bytes", (int) n);
    }
}
