
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_alloc.h"


static ngx_uint_t ngx_secmeet_alloc_begin(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, ngx_secmeet_usec_t now);
static void ngx_secmeet_alloc_measure(ngx_secmeet_alloc_item_t *item,
    ngx_secmeet_usec_t elapsed);
static void ngx_secmeet_alloc_allow(ngx_secmeet_alloc_item_t *item);
static void ngx_secmeet_alloc_lowest(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, ngx_secmeet_usec_t now);
static void ngx_secmeet_alloc_climb(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_alloc_try(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *item, ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_alloc_above(ngx_secmeet_alloc_item_t *item,
    ngx_int_t step);
static ngx_int_t ngx_secmeet_alloc_below(ngx_secmeet_alloc_item_t *item,
    ngx_int_t step);
static ngx_int_t ngx_secmeet_alloc_end(ngx_secmeet_alloc_item_t *item,
    ngx_uint_t moved, ngx_secmeet_usec_t now);
static void ngx_secmeet_alloc_fell(ngx_secmeet_alloc_item_t *item,
    ngx_secmeet_usec_t now);


void
ngx_secmeet_alloc_init(ngx_secmeet_alloc_t *alloc)
{
    ngx_memzero(alloc, sizeof(ngx_secmeet_alloc_t));
}


void
ngx_secmeet_alloc_item(ngx_secmeet_alloc_item_t *item)
{
    ngx_memzero(item, sizeof(ngx_secmeet_alloc_item_t));

    item->priority = NGX_SECMEET_ALLOC_REST;
    item->was = NGX_SECMEET_ALLOC_REST;
    item->chosen = -1;
}


ngx_int_t
ngx_secmeet_alloc_poll(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, uint64_t budget,
    ngx_secmeet_usec_t now)
{
    ngx_int_t   rc;
    ngx_uint_t  i, most, moved;

    rc = NGX_DONE;
    most = ngx_min(n, NGX_SECMEET_ALLOC_ITEMS);

    alloc->budget = budget;
    alloc->total = 0;
    alloc->needed = 0;

    moved = ngx_secmeet_alloc_begin(alloc, items, most, now);

    ngx_secmeet_alloc_lowest(alloc, items, most, now);
    ngx_secmeet_alloc_climb(alloc, items, most, now);

    for (i = 0; i < most; i++) {
        if (ngx_secmeet_alloc_end(&items[i], moved, now) == NGX_OK) {
            rc = NGX_OK;
        }
    }

    for (i = most; i < n; i++) {
        if (items[i].chosen != -1) {
            items[i].chosen = -1;
            items[i].changed = now;
            rc = NGX_OK;
        }
    }

    return rc;
}


/* returns whether the items are others than before, or in other roles */

static ngx_uint_t
ngx_secmeet_alloc_begin(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, ngx_secmeet_usec_t now)
{
    ngx_int_t                  top;
    ngx_uint_t                 i, moved;
    ngx_secmeet_usec_t         elapsed;
    ngx_secmeet_alloc_item_t  *item;

    moved = (alloc->n != n);
    elapsed = now > alloc->last ? now - alloc->last : 0;

    for (i = 0; i < n; i++) {
        item = &items[i];

        ngx_secmeet_alloc_measure(item, elapsed);
        ngx_secmeet_alloc_allow(item);

        if (item->was != item->priority) {
            item->was = item->priority;
            item->hold = 0;
            item->failed = 0;
            item->climbed = 0;
            moved = 1;
        }

        if (item->failed && now - item->failed >= NGX_SECMEET_ALLOC_FORGET) {
            item->hold = 0;
            item->failed = 0;
        }

        item->next = -1;

        /* what it may not have any more it did not lose to others */

        item->held = ngx_secmeet_alloc_below(item, item->chosen + 1);

        top = ngx_secmeet_alloc_below(item, NGX_SECMEET_ALLOC_STEPS);
        alloc->needed += (top != -1) ? item->rates[top] : 0;
    }

    alloc->n = n;
    alloc->last = now;

    return moved;
}


/*
 * Measured rates go up and down by themselves: they are smoothed.  What
 * grew by half is believed at once, and so is what is there again.
 */

static void
ngx_secmeet_alloc_measure(ngx_secmeet_alloc_item_t *item,
    ngx_secmeet_usec_t elapsed)
{
    int64_t     rate, old;
    ngx_uint_t  i;

    elapsed = ngx_min(elapsed, NGX_SECMEET_ALLOC_SMOOTH);

    for (i = 0; i < NGX_SECMEET_ALLOC_STEPS; i++) {

        if (i >= item->nsteps || item->steps[i].rate == 0) {
            item->rates[i] = 0;
            continue;
        }

        rate = (int64_t) ngx_min(item->steps[i].rate, 0xffffffff);
        old = item->rates[i];

        if (old && rate < old + old / 2) {
            rate = old + (rate - old) * (int64_t) elapsed
                         / NGX_SECMEET_ALLOC_SMOOTH;
        }

        item->rates[i] = (uint32_t) ngx_max(rate, 1);
    }
}


/*
 * Steps that are there and not higher than needed: up to the lowest height
 * that is enough.  Where heights are not known, the lower half of the steps.
 */

static void
ngx_secmeet_alloc_allow(ngx_secmeet_alloc_item_t *item)
{
    ngx_uint_t  i, height, enough, there, nth, lowest;

    enough = 0;
    there = 0;

    for (i = 0; i < NGX_SECMEET_ALLOC_STEPS; i++) {

        if (item->rates[i] == 0) {
            continue;
        }

        there++;
        height = item->steps[i].height;

        if (height
            && height >= item->wanted
            && (enough == 0 || height < enough))
        {
            enough = height;
        }
    }

    item->allowed = 0;
    nth = 0;

    for (i = 0; i < NGX_SECMEET_ALLOC_STEPS; i++) {

        if (item->rates[i] == 0) {
            continue;
        }

        height = item->steps[i].height;
        lowest = (nth == 0);
        nth++;

        if (item->wanted == 0
            || lowest
            || (height ? (enough == 0 || height <= enough)
                       : nth <= (there + 1) / 2))
        {
            item->allowed |= 1 << i;
        }
    }
}


static void
ngx_secmeet_alloc_lowest(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, ngx_secmeet_usec_t now)
{
    ngx_uint_t  i, priority;

    for (priority = NGX_SECMEET_ALLOC_SCREEN;
         priority <= NGX_SECMEET_ALLOC_REST;
         priority++)
    {
        for (i = 0; i < n; i++) {
            if (ngx_min(items[i].priority, NGX_SECMEET_ALLOC_REST)
                == priority)
            {
                (void) ngx_secmeet_alloc_try(alloc, &items[i], now);
            }
        }
    }
}


static void
ngx_secmeet_alloc_climb(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *items, ngx_uint_t n, ngx_secmeet_usec_t now)
{
    ngx_uint_t  i, climbing, priority, round;

    for (priority = NGX_SECMEET_ALLOC_SCREEN;
         priority < NGX_SECMEET_ALLOC_REST;
         priority++)
    {
        for (i = 0; i < n; i++) {
            if (items[i].priority != priority || items[i].next == -1) {
                continue;
            }

            while (ngx_secmeet_alloc_try(alloc, &items[i], now) == NGX_OK) {
                /* void */
            }
        }
    }

    for (round = 0; round < NGX_SECMEET_ALLOC_STEPS; round++) {
        climbing = 0;

        for (i = 0; i < n; i++) {
            if (items[i].priority < NGX_SECMEET_ALLOC_REST
                || items[i].next == -1)
            {
                continue;
            }

            if (ngx_secmeet_alloc_try(alloc, &items[i], now) == NGX_OK) {
                climbing = 1;
            }
        }

        if (!climbing) {
            break;
        }
    }
}


/* one step more, if there is one and it fits */

static ngx_int_t
ngx_secmeet_alloc_try(ngx_secmeet_alloc_t *alloc,
    ngx_secmeet_alloc_item_t *item, ngx_secmeet_usec_t now)
{
    uint64_t   total, least;
    ngx_int_t  step;

    step = ngx_secmeet_alloc_above(item, item->next);

    if (step == -1) {
        return NGX_DECLINED;
    }

    total = alloc->total + item->rates[step];

    if (item->next != -1) {
        total -= item->rates[item->next];
    }

    least = total;

    if (step > item->held) {
        least += total * NGX_SECMEET_ALLOC_HEADROOM / 100;

        if (item->failed
            && step >= item->barred
            && now - item->failed < item->hold)
        {
            return NGX_DECLINED;
        }
    }

    if (least > alloc->budget) {
        return NGX_DECLINED;
    }

    alloc->total = total;
    item->next = step;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_alloc_above(ngx_secmeet_alloc_item_t *item, ngx_int_t step)
{
    while (++step < NGX_SECMEET_ALLOC_STEPS) {
        if (item->allowed & (1 << step)) {
            return step;
        }
    }

    return -1;
}


static ngx_int_t
ngx_secmeet_alloc_below(ngx_secmeet_alloc_item_t *item, ngx_int_t step)
{
    step = ngx_min(step, NGX_SECMEET_ALLOC_STEPS);

    while (--step >= 0) {
        if (item->allowed & (1 << step)) {
            return step;
        }
    }

    return -1;
}


static ngx_int_t
ngx_secmeet_alloc_end(ngx_secmeet_alloc_item_t *item, ngx_uint_t moved,
    ngx_secmeet_usec_t now)
{
    if (item->next > item->held) {
        item->climbed = now;

    } else if (item->next < item->held && !moved) {
        ngx_secmeet_alloc_fell(item, now);
    }

    if (item->next == item->chosen) {
        return NGX_DONE;
    }

    item->chosen = item->next;
    item->changed = now;

    return NGX_OK;
}


/* what did not last is not tried again soon, and each time later */

static void
ngx_secmeet_alloc_fell(ngx_secmeet_alloc_item_t *item, ngx_secmeet_usec_t now)
{
    ngx_secmeet_usec_t  climbed;

    climbed = item->climbed;
    item->climbed = 0;

    if (climbed == 0 || now - climbed >= NGX_SECMEET_ALLOC_FAILED) {
        return;
    }

    item->barred = (item->failed && now - item->failed < item->hold)
                   ? ngx_min(item->barred, item->held) : item->held;

    item->hold = item->hold ? ngx_min(item->hold * 2,
                                      NGX_SECMEET_ALLOC_HOLD_MAX)
                            : NGX_SECMEET_ALLOC_HOLD;
    item->failed = now;
}
