
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_history.h"


void
ngx_secmeet_history_init(ngx_secmeet_history_t *history,
    ngx_secmeet_history_slot_t *slots, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        slots[i].len = 0;
    }

    history->slots = slots;
    history->n = n;
}


void
ngx_secmeet_history_input(ngx_secmeet_history_t *history, uint32_t number,
    u_char *p, size_t len, ngx_uint_t facts)
{
    ngx_secmeet_history_slot_t  *slot;

    if (len == 0 || len > NGX_SECMEET_MTU) {
        return;
    }

    slot = &history->slots[number & (history->n - 1)];

    if (slot->len && (int32_t) (number - slot->number) < 0) {
        return;
    }

    slot->number = number;
    slot->len = len;
    slot->facts = (u_char) facts;

    ngx_memcpy(slot->data, p, len);
}


ngx_int_t
ngx_secmeet_history_find(ngx_secmeet_history_t *history, uint32_t number,
    ngx_str_t *packet, ngx_uint_t *facts)
{
    ngx_secmeet_history_slot_t  *slot;

    slot = &history->slots[number & (history->n - 1)];

    if (slot->len == 0 || slot->number != number) {
        return NGX_DECLINED;
    }

    packet->data = slot->data;
    packet->len = slot->len;

    if (facts) {
        *facts = slot->facts;
    }

    return NGX_OK;
}
