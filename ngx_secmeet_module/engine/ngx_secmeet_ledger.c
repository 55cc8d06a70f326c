
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_ledger.h"


#define NGX_SECMEET_LEDGER_SIZE  65535


typedef struct {
    ngx_secmeet_ledger_packet_t  *out;
    ngx_uint_t                    n;
    ngx_uint_t                    room;
} ngx_secmeet_ledger_news_t;


static void ngx_secmeet_ledger_clock(ngx_secmeet_ledger_t *l,
    int64_t reference);
static void ngx_secmeet_ledger_lost(ngx_secmeet_ledger_t *l, uint64_t end,
    ngx_secmeet_ledger_news_t *news);
static void ngx_secmeet_ledger_acked(ngx_secmeet_ledger_t *l,
    uint64_t number, int64_t time, ngx_secmeet_ledger_news_t *news);
static void ngx_secmeet_ledger_forget(ngx_secmeet_ledger_t *l, uint64_t end);
static ngx_secmeet_ledger_packet_t *ngx_secmeet_ledger_tell(
    ngx_secmeet_ledger_t *l, uint64_t number,
    ngx_secmeet_ledger_news_t *news);
static ngx_secmeet_ledger_slot_t *ngx_secmeet_ledger_slot(
    ngx_secmeet_ledger_t *l, uint64_t number);


void
ngx_secmeet_ledger_init(ngx_secmeet_ledger_t *l)
{
    ngx_memzero(l, sizeof(ngx_secmeet_ledger_t));
}


uint16_t
ngx_secmeet_ledger_input(ngx_secmeet_ledger_t *l, ngx_uint_t size,
    ngx_uint_t cluster, ngx_secmeet_usec_t now)
{
    ngx_secmeet_ledger_slot_t  *slot;

    if (l->next - l->told == NGX_SECMEET_LEDGER_PACKETS) {
        ngx_secmeet_ledger_forget(l, l->told + 1);
    }

    slot = ngx_secmeet_ledger_slot(l, l->next);

    slot->sent = now;
    slot->size = (uint16_t) ngx_min(size, NGX_SECMEET_LEDGER_SIZE);
    slot->cluster = (uint16_t) cluster;
    slot->acked = 0;

    l->outstanding += slot->size;

    return (uint16_t) l->next++;
}


ngx_int_t
ngx_secmeet_ledger_feedback(ngx_secmeet_ledger_t *l,
    ngx_secmeet_twcc_t *twcc, ngx_secmeet_ledger_packet_t *out,
    ngx_uint_t *n, ngx_secmeet_usec_t now)
{
    int64_t                    base, first, end, number;
    ngx_secmeet_ledger_news_t  news;
    ngx_secmeet_twcc_packet_t  packet;

    news.out = out;
    news.room = *n;
    news.n = 0;

    *n = 0;

    /* what is not behind was never sent, or before all that is known */

    base = (int64_t) l->next - (uint16_t) (l->next - twcc->base);
    end = ngx_min(base + (int64_t) twcc->count, (int64_t) l->next);
    first = (int64_t) l->next - NGX_SECMEET_LEDGER_PACKETS;
    first = ngx_max(first, 0);
    first = ngx_max(first, base);

    if (first >= end) {
        return NGX_DONE;
    }

    ngx_secmeet_ledger_clock(l, twcc->reference);

    /* the feedback that told of these was lost */

    ngx_secmeet_ledger_forget(l, (uint64_t) first);

    while (ngx_secmeet_twcc_next(twcc, &packet) == NGX_OK) {
        number = base + (uint16_t) (packet.seq - twcc->base);

        if (number < first) {
            continue;
        }

        if (number >= end) {
            break;
        }

        ngx_secmeet_ledger_lost(l, (uint64_t) number, &news);
        ngx_secmeet_ledger_acked(l, (uint64_t) number,
                                 packet.time - twcc->reference, &news);

        if (news.n && out[news.n - 1].acked) {
            l->rtt = now - out[news.n - 1].sent;
        }
    }

    ngx_secmeet_ledger_lost(l, (uint64_t) end, &news);

    *n = news.n;

    return news.n ? NGX_OK : NGX_DONE;
}


/* the nearest time to the last one that the reference can stand for */

static void
ngx_secmeet_ledger_clock(ngx_secmeet_ledger_t *l, int64_t reference)
{
    int64_t  ahead;

    if (!l->started) {
        l->started = 1;
        l->clock = reference + NGX_SECMEET_TWCC_LAP;

    } else {
        ahead = reference - l->reference;

        if (ahead >= NGX_SECMEET_TWCC_LAP / 2) {
            ahead -= NGX_SECMEET_TWCC_LAP;

        } else if (ahead < -NGX_SECMEET_TWCC_LAP / 2) {
            ahead += NGX_SECMEET_TWCC_LAP;
        }

        l->clock += ahead;

        /* nobody goes back for days but to bring it below zero */

        if (l->clock < NGX_SECMEET_TWCC_LAP / 2) {
            l->clock += NGX_SECMEET_TWCC_LAP;
        }
    }

    l->reference = reference;
}


/* all up to end that nothing was told of */

static void
ngx_secmeet_ledger_lost(ngx_secmeet_ledger_t *l, uint64_t end,
    ngx_secmeet_ledger_news_t *news)
{
    ngx_secmeet_ledger_packet_t  *packet;

    while (l->told < end) {
        packet = ngx_secmeet_ledger_tell(l, l->told, news);

        if (packet != NULL) {
            packet->lost = 1;
        }

        ngx_secmeet_ledger_forget(l, l->told + 1);
    }
}


static void
ngx_secmeet_ledger_acked(ngx_secmeet_ledger_t *l, uint64_t number,
    int64_t time, ngx_secmeet_ledger_news_t *news)
{
    ngx_secmeet_ledger_slot_t    *slot;
    ngx_secmeet_ledger_packet_t  *packet;

    slot = ngx_secmeet_ledger_slot(l, number);

    if (slot->acked) {
        return;
    }

    slot->acked = 1;
    packet = ngx_secmeet_ledger_tell(l, number, news);

    if (packet != NULL) {
        packet->acked = 1;
        packet->received = (ngx_secmeet_usec_t) (l->clock + time);
    }

    ngx_secmeet_ledger_forget(l, number + 1);
}


/* they are no longer on their way */

static void
ngx_secmeet_ledger_forget(ngx_secmeet_ledger_t *l, uint64_t end)
{
    for ( /* void */ ; l->told < end; l->told++) {
        l->outstanding -= ngx_secmeet_ledger_slot(l, l->told)->size;
    }
}


static ngx_secmeet_ledger_packet_t *
ngx_secmeet_ledger_tell(ngx_secmeet_ledger_t *l, uint64_t number,
    ngx_secmeet_ledger_news_t *news)
{
    ngx_secmeet_ledger_slot_t    *slot;
    ngx_secmeet_ledger_packet_t  *packet;

    if (news->n == news->room) {
        return NULL;
    }

    slot = ngx_secmeet_ledger_slot(l, number);
    packet = &news->out[news->n++];

    packet->seq = (uint16_t) number;
    packet->cluster = slot->cluster;
    packet->size = slot->size;
    packet->sent = slot->sent;
    packet->received = 0;
    packet->acked = 0;
    packet->lost = 0;

    return packet;
}


static ngx_secmeet_ledger_slot_t *
ngx_secmeet_ledger_slot(ngx_secmeet_ledger_t *l, uint64_t number)
{
    return &l->slots[number % NGX_SECMEET_LEDGER_PACKETS];
}


size_t
ngx_secmeet_ledger_outstanding(ngx_secmeet_ledger_t *l)
{
    return l->outstanding;
}
