
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Eight bytes a step: what changes, in which item, and how long it takes
 * until the next poll.  What is chosen is there and no more than wanted, all
 * of it fits, nothing that needs no room is left out, and the same once more
 * changes nothing.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_alloc.h"


#define STEP   8
#define ITEMS  8
#define STEPS  (NGX_SECMEET_ALLOC_STEPS + 1)


static ngx_secmeet_alloc_item_t  items[ITEMS];
static ngx_secmeet_alloc_step_t  steps[ITEMS][STEPS];


static void change(const uint8_t *data);
static void check(ngx_secmeet_alloc_t *alloc, ngx_uint_t n, uint64_t budget);
static uint64_t check_item(ngx_secmeet_alloc_item_t *item);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t             budget;
    ngx_uint_t           i, n;
    ngx_secmeet_usec_t   now;
    ngx_secmeet_alloc_t  alloc;

    ngx_secmeet_alloc_init(&alloc);
    ngx_memzero(steps, sizeof(steps));

    for (i = 0; i < ITEMS; i++) {
        ngx_secmeet_alloc_item(&items[i]);
        items[i].steps = steps[i];
    }

    now = 1;
    budget = 0;

    for ( /* void */ ; size >= STEP; data += STEP, size -= STEP) {

        change(data);

        n = data[6] % (ITEMS + 1);
        now += (ngx_secmeet_usec_t) data[7] << (data[6] >> 4);

        if (data[0] & 0x80) {
            budget = (uint64_t) (data[1] << 8 | data[2]) << (data[3] % 48);
        }

        (void) ngx_secmeet_alloc_poll(&alloc, items, n, budget, now);
        check(&alloc, n, budget);

        /* at the same time, with all that was measured */

        if (ngx_secmeet_alloc_poll(&alloc, items, n, budget, now) == NGX_OK) {
            (void) ngx_secmeet_alloc_poll(&alloc, items, n, budget, now);
            check(&alloc, n, budget);
        }
    }

    return 0;
}


static void
change(const uint8_t *data)
{
    ngx_uint_t                 i, k;
    ngx_secmeet_alloc_step_t  *step;

    i = data[0] % ITEMS;
    k = data[1] % STEPS;
    step = &steps[i][k];

    switch ((data[0] >> 3) & 7) {

    case 0:
        step->rate = (uint64_t) data[2] << (data[3] % 56);
        break;

    case 1:
        step->height = data[2] << 4;
        break;

    case 2:
        items[i].wanted = data[2] << 4 | data[3];
        break;

    case 3:
        items[i].priority = data[2] & 3;
        break;

    case 4:
        items[i].nsteps = k;
        break;

    case 5:
        ngx_secmeet_alloc_item(&items[i]);
        items[i].steps = steps[i];
        items[i].nsteps = k;
        break;

    default:

        /* three layers, as they come */

        for (k = 0; k < 3; k++) {
            steps[i][k].rate = (uint64_t) data[2 + k] << (7 + 2 * k);
            steps[i][k].height = 180 << k;
        }

        items[i].nsteps = 3;
    }
}


static void
check(ngx_secmeet_alloc_t *alloc, ngx_uint_t n, uint64_t budget)
{
    uint64_t    total;
    ngx_uint_t  i;

    total = 0;

    for (i = 0; i < n; i++) {
        total += check_item(&items[i]);
    }

    if (total != alloc->total || total > budget) {
        abort();
    }
}


static uint64_t
check_item(ngx_secmeet_alloc_item_t *item)
{
    ngx_uint_t                 i, n;
    ngx_secmeet_alloc_step_t  *step, *lower;

    if (item->hold > NGX_SECMEET_ALLOC_HOLD_MAX || item->chosen < -1) {
        abort();
    }

    if (item->chosen == -1) {
        return 0;
    }

    n = ngx_min(item->nsteps, NGX_SECMEET_ALLOC_STEPS);
    step = &item->steps[item->chosen];

    if ((ngx_uint_t) item->chosen >= n || step->rate == 0) {
        abort();
    }

    /* a lower picture would have been enough, and is there */

    for (i = 0; item->wanted && i < n; i++) {
        lower = &item->steps[i];

        if (lower->rate
            && lower->height >= item->wanted
            && step->height > lower->height
            && i < (ngx_uint_t) item->chosen)
        {
            abort();
        }
    }

    return item->rates[item->chosen];
}
