
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "crypto/ngx_secmeet_record.h"
#include "tap.h"

#include <stdlib.h>


#define TAGS  3000


static u_char  header[NGX_SECMEET_RECORD_HEADER];
static u_char  key[NGX_SECMEET_SECRET];


static void headers(void);
static void records(void);
static void sizes(void);
static void sets(void);
static void whole(void);
static void make(u_char *record, ngx_uint_t i);


int
main(void)
{
    ngx_memset(key, 0x42, sizeof(key));

    headers();
    records();
    sizes();
    sets();
    whole();

    return done();
}


static void
headers(void)
{
    u_char      other[NGX_SECMEET_SECRET];
    ngx_int_t   rc;
    ngx_uint_t  i, foreign, damaged;

    is_int(ngx_secmeet_record_header(header, key), NGX_OK, "header");
    is_int(ngx_secmeet_record_parse(other, header), NGX_OK, "parsed");
    is_mem(other, key, sizeof(key), "its key");
    is_mem(header, "secmeet tags 1\n", 16, "what it begins with");

    foreign = 0;
    damaged = 0;

    for (i = 0; i < 8 * NGX_SECMEET_RECORD_HEADER; i++) {
        header[i / 8] ^= 1 << i % 8;

        rc = ngx_secmeet_record_parse(other, header);

        if (rc == NGX_DECLINED) {
            foreign++;

        } else if (rc == NGX_ERROR) {
            damaged++;
        }

        header[i / 8] ^= 1 << i % 8;
    }

    is_int(foreign, 8 * 16, "each bit of the first line counts");
    is_int(damaged, 8 * 48, "each bit of the rest as well");
    is_int(ngx_secmeet_record_parse(other, header), NGX_OK, "unchanged");
}


static void
records(void)
{
    u_char  tag[NGX_SECMEET_TAG];
    u_char  one[NGX_SECMEET_RECORD_SIZE], two[NGX_SECMEET_RECORD_SIZE];

    /* HMAC-SHA-256 by another program, the first half of it */

    static u_char  known[NGX_SECMEET_RECORD_SIZE] = {
        0xa0, 0xf5, 0x27, 0x70, 0x25, 0x2a, 0xbb, 0x8f,
        0xa3, 0x7b, 0x66, 0x89, 0x38, 0xb9, 0xbb, 0x44
    };

    ngx_memset(tag, 'a', NGX_SECMEET_TAG);

    is_int(ngx_secmeet_record_create(one, key, tag), NGX_OK, "record");
    is_mem(one, known, sizeof(known), "its bytes");

    tag[NGX_SECMEET_TAG - 1] = 'b';

    is_int(ngx_secmeet_record_create(two, key, tag), NGX_OK, "another tag");
    ok(ngx_memcmp(one, two, sizeof(one)) != 0, "has another record");

    key[0] ^= 1;
    tag[NGX_SECMEET_TAG - 1] = 'a';

    is_int(ngx_secmeet_record_create(two, key, tag), NGX_OK, "another key");
    ok(ngx_memcmp(one, two, sizeof(one)) != 0, "makes another record");

    key[0] ^= 1;
}


static void
sizes(void)
{
    ngx_uint_t  i, n, wrong;

    wrong = 0;

    for (i = 1; i < 10000; i++) {
        n = ngx_secmeet_record_slots(i);

        if ((n & (n - 1)) || n / 4 * 3 < i || (n > 4 && n / 8 * 3 >= i)) {
            wrong++;
        }
    }

    is_int(wrong, 0, "the least power of two that has a quarter left");
    is_int(ngx_secmeet_record_slots(3), 4, "3 records");
    is_int(ngx_secmeet_record_slots(4), 8, "4 records");
    is_int(ngx_secmeet_record_slots(1000000), 2097152, "a million");
    is_int(ngx_secmeet_record_slots(10000000), 16777216, "ten million");
}


static void
sets(void)
{
    u_char      record[NGX_SECMEET_RECORD_SIZE];
    uint64_t   *slots;
    ngx_uint_t  i, n, wrong;

    n = ngx_secmeet_record_slots(TAGS);
    slots = calloc(n, sizeof(uint64_t));

    wrong = 0;

    for (i = 0; i < TAGS; i++) {
        make(record, i);

        if (ngx_secmeet_record_find(slots, n, record) != NGX_DECLINED
            || ngx_secmeet_record_add(slots, n, record) != NGX_OK
            || ngx_secmeet_record_find(slots, n, record) != NGX_OK)
        {
            wrong++;
        }
    }

    is_int(wrong, 0, "each is new, then known");

    for (i = 0; i < 2 * TAGS; i++) {
        make(record, i);

        if (ngx_secmeet_record_find(slots, n, record)
            != (i < TAGS ? NGX_OK : NGX_DECLINED))
        {
            wrong++;
        }
    }

    is_int(wrong, 0, "all are known, and no others");

    make(record, 0);
    is_int(ngx_secmeet_record_add(slots, n, record), NGX_OK, "added again");

    for (i = 0, wrong = 0; i < n; i++) {
        wrong += (slots[i] != 0);
    }

    is_int(wrong, TAGS, "takes no second slot");

    free(slots);
}


/* four slots, and all that ends in the same place */

static void
whole(void)
{
    u_char      record[NGX_SECMEET_RECORD_SIZE];
    uint64_t    slots[4];
    ngx_uint_t  i;

    ngx_memzero(slots, sizeof(slots));
    ngx_memzero(record, sizeof(record));

    is_int(ngx_secmeet_record_find(slots, 4, record), NGX_DECLINED,
           "zeros are not in an empty set");
    is_int(ngx_secmeet_record_add(slots, 4, record), NGX_OK, "added");
    is_int(ngx_secmeet_record_find(slots, 4, record), NGX_OK, "found");

    for (i = 1; i < 4; i++) {
        ngx_memset(record, 0xff, sizeof(record));
        record[7] = (u_char) i;

        is_int(ngx_secmeet_record_add(slots, 4, record), NGX_OK,
               "around the end: %d", (int) i);
        is_int(ngx_secmeet_record_find(slots, 4, record), NGX_OK, "found");
    }

    record[7] = 4;

    is_int(ngx_secmeet_record_find(slots, 4, record), NGX_DECLINED,
           "not in a full set");
    is_int(ngx_secmeet_record_add(slots, 4, record), NGX_ERROR,
           "nor taken into it");
}


static void
make(u_char *record, ngx_uint_t i)
{
    u_char  tag[NGX_SECMEET_TAG];

    ngx_memset(tag, '0', sizeof(tag));
    ngx_memcpy(tag, &i, sizeof(i));

    (void) ngx_secmeet_record_create(record, key, tag);
}
