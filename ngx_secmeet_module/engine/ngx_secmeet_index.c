
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_index.h"


static void ngx_secmeet_index_advance(ngx_secmeet_index_t *index,
    ngx_uint_t n);


void
ngx_secmeet_index_init(ngx_secmeet_index_t *index)
{
    ngx_memzero(index, sizeof(ngx_secmeet_index_t));
}


ngx_int_t
ngx_secmeet_index_input(ngx_secmeet_index_t *index, uint16_t seq,
    uint32_t *number)
{
    uint64_t    bit, *seen;
    ngx_uint_t  behind;

    if (!index->started) {
        index->started = 1;
        index->highest = seq - 1;
    }

    /* what cannot be late goes on, however far */

    behind = (uint16_t) (index->highest - seq);

    if (behind >= NGX_SECMEET_INDEX_WINDOW) {
        ngx_secmeet_index_advance(index, 65536 - behind);
        behind = 0;
    }

    *number = index->highest - (uint32_t) behind;

    seen = &index->seen[*number % NGX_SECMEET_INDEX_WINDOW / 64];
    bit = (uint64_t) 1 << (*number % 64);

    if (*seen & bit) {
        return NGX_DECLINED;
    }

    *seen |= bit;

    return NGX_OK;
}


static void
ngx_secmeet_index_advance(ngx_secmeet_index_t *index, ngx_uint_t n)
{
    uint32_t  number;

    if (n >= NGX_SECMEET_INDEX_WINDOW) {
        ngx_memzero(index->seen, sizeof(index->seen));
        index->highest += (uint32_t) n;
        return;
    }

    for ( /* void */ ; n; n--) {
        number = ++index->highest;

        index->seen[number % NGX_SECMEET_INDEX_WINDOW / 64]
            &= ~((uint64_t) 1 << (number % 64));
    }
}
