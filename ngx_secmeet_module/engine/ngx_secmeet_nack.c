
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_nack.h"


static void ngx_secmeet_nack_restart(ngx_secmeet_nack_t *nack, uint16_t seq);
static void ngx_secmeet_nack_add(ngx_secmeet_nack_t *nack, uint16_t seq,
    ngx_secmeet_usec_t now);
static void ngx_secmeet_nack_received(ngx_secmeet_nack_t *nack,
    uint16_t seq);
static void ngx_secmeet_nack_remove(ngx_secmeet_nack_t *nack, ngx_uint_t i,
    ngx_uint_t n);
static ngx_uint_t ngx_secmeet_nack_expired(ngx_secmeet_nack_item_t *item,
    ngx_secmeet_usec_t now);


void
ngx_secmeet_nack_init(ngx_secmeet_nack_t *nack)
{
    ngx_memzero(nack, sizeof(ngx_secmeet_nack_t));

    nack->rtt = NGX_SECMEET_NACK_RTT;
}


void
ngx_secmeet_nack_rtt(ngx_secmeet_nack_t *nack, ngx_secmeet_usec_t rtt)
{
    rtt = ngx_min(rtt, NGX_SECMEET_NACK_AGE);
    nack->rtt = ngx_max(rtt, NGX_SECMEET_NACK_RTT_MIN);
}


ngx_int_t
ngx_secmeet_nack_input(ngx_secmeet_nack_t *nack, uint16_t seq,
    ngx_secmeet_usec_t now)
{
    ngx_int_t  ahead;

    ahead = (int16_t) (seq - nack->highest);

    if (!nack->started
        || ahead > NGX_SECMEET_NACK_GAP
        || ahead < -NGX_SECMEET_NACK_GAP)
    {
        ngx_secmeet_nack_restart(nack, seq);

    } else if (ahead > 0) {
        ngx_secmeet_nack_add(nack, seq, now);

    } else {
        ngx_secmeet_nack_received(nack, seq);
    }

    return nack->nitems ? NGX_OK : NGX_DONE;
}


static void
ngx_secmeet_nack_restart(ngx_secmeet_nack_t *nack, uint16_t seq)
{
    nack->given_up += nack->nitems;
    nack->nitems = 0;
    nack->highest = seq;
    nack->started = 1;
}


/* all between the highest and seq are missing */

static void
ngx_secmeet_nack_add(ngx_secmeet_nack_t *nack, uint16_t seq,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t                missing, room;
    ngx_secmeet_nack_item_t  *item;

    missing = (uint16_t) (seq - nack->highest - 1);
    nack->highest = seq;

    if (missing > NGX_SECMEET_NACK_LIST) {
        nack->given_up += missing - NGX_SECMEET_NACK_LIST;
        missing = NGX_SECMEET_NACK_LIST;
    }

    room = NGX_SECMEET_NACK_LIST - nack->nitems;

    if (missing > room) {
        nack->given_up += missing - room;
        ngx_secmeet_nack_remove(nack, 0, missing - room);
    }

    for ( /* void */ ; missing; missing--) {
        item = &nack->items[nack->nitems++];

        item->seq = seq - missing;
        item->tries = 0;
        item->since = now;
        item->next = now;
    }
}


static void
ngx_secmeet_nack_received(ngx_secmeet_nack_t *nack, uint16_t seq)
{
    ngx_uint_t  i;

    for (i = 0; i < nack->nitems; i++) {

        if (nack->items[i].seq != seq) {
            continue;
        }

        if (nack->items[i].tries) {
            nack->recovered++;
        }

        ngx_secmeet_nack_remove(nack, i, 1);
        return;
    }
}


static void
ngx_secmeet_nack_remove(ngx_secmeet_nack_t *nack, ngx_uint_t i, ngx_uint_t n)
{
    nack->nitems -= n;

    ngx_memmove(&nack->items[i], &nack->items[i + n],
                (nack->nitems - i) * sizeof(ngx_secmeet_nack_item_t));
}


ngx_int_t
ngx_secmeet_nack_poll(ngx_secmeet_nack_t *nack, uint16_t *seqs,
    ngx_uint_t *n, ngx_secmeet_usec_t now)
{
    ngx_uint_t                i, k, kept;
    ngx_secmeet_nack_item_t  *item;

    k = 0;
    kept = 0;

    for (i = 0; i < nack->nitems; i++) {
        item = &nack->items[i];

        if (ngx_secmeet_nack_expired(item, now)) {
            nack->given_up++;
            continue;
        }

        if (now >= item->next && k < *n) {
            seqs[k++] = item->seq;
            item->tries++;
            item->next = now + nack->rtt;
        }

        nack->items[kept++] = *item;
    }

    nack->nitems = kept;
    *n = k;

    return k ? NGX_OK : NGX_DONE;
}


static ngx_uint_t
ngx_secmeet_nack_expired(ngx_secmeet_nack_item_t *item,
    ngx_secmeet_usec_t now)
{
    if (now >= item->since + NGX_SECMEET_NACK_AGE) {
        return 1;
    }

    return item->tries == NGX_SECMEET_NACK_TRIES && now >= item->next;
}


ngx_secmeet_usec_t
ngx_secmeet_nack_next(ngx_secmeet_nack_t *nack)
{
    ngx_uint_t                i;
    ngx_secmeet_usec_t        next;
    ngx_secmeet_nack_item_t  *item;

    if (nack->nitems == 0) {
        return 0;
    }

    /* the first of the list is the oldest */

    next = nack->items[0].since + NGX_SECMEET_NACK_AGE;

    for (i = 0; i < nack->nitems; i++) {
        item = &nack->items[i];
        next = ngx_min(next, item->next);
    }

    return ngx_max(next, 1);
}
