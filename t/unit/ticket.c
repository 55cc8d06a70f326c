
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "crypto/ngx_secmeet_ticket.h"
#include "tap.h"


static ngx_secmeet_ticket_t  ticket;
static u_char                key[NGX_SECMEET_SECRET];
static u_char                text[NGX_SECMEET_TICKET_SIZE];


static void same(void);
static void spoiled(void);
static void others(void);


int
main(void)
{
    ngx_memset(key, 0x42, sizeof(key));

    ngx_memset(ticket.tag, 'a', NGX_SECMEET_TAG);
    ngx_memset(ticket.room, 'd', NGX_SECMEET_ID);
    ngx_memset(ticket.epoch, 'b', NGX_SECMEET_ID);
    ngx_memset(ticket.peer, 'c', NGX_SECMEET_ID);
    ngx_memset(ticket.key, 1, NGX_SECMEET_SECRET);
    ngx_memset(ticket.proof, 2, NGX_SECMEET_SECRET);
    ngx_memset(ticket.token, 3, NGX_SECMEET_SECRET);

    same();
    spoiled();
    others();

    return done();
}


static void
same(void)
{
    ngx_uint_t            i;
    ngx_secmeet_ticket_t  other;

    for (i = 0; i < 4; i++) {
        ticket.has_proof = i & 1;
        ticket.host = i >> 1;

        is_int(ngx_secmeet_ticket_seal(text, &ticket, key), NGX_OK, "sealed");
        is_int(ngx_secmeet_ticket_open(&other, text, key), NGX_OK, "opened");
        ok(ngx_memcmp(&ticket, &other, sizeof(other)) == 0, "the same");
    }
}


/* each of its bytes counts */

static void
spoiled(void)
{
    u_char                zeros[sizeof(ngx_secmeet_ticket_t)];
    ngx_uint_t            i, opened, left;
    ngx_secmeet_ticket_t  other;

    ngx_memzero(zeros, sizeof(zeros));

    opened = 0;
    left = 0;

    for (i = 0; i < 8 * NGX_SECMEET_TICKET_SIZE; i++) {
        text[i / 8] ^= 1 << i % 8;

        if (ngx_secmeet_ticket_open(&other, text, key) != NGX_DECLINED) {
            opened++;
        }

        if (ngx_memcmp(&other, zeros, sizeof(zeros)) != 0) {
            left++;
        }

        text[i / 8] ^= 1 << i % 8;
    }

    is_int(opened, 0, "with one bit changed it is declined");
    is_int(left, 0, "and nothing of it is left");
    is_int(ngx_secmeet_ticket_open(&other, text, key), NGX_OK, "unchanged");

    key[0] ^= 1;
    is_int(ngx_secmeet_ticket_open(&other, text, key), NGX_DECLINED,
           "under another key");
    key[0] ^= 1;
}


static void
others(void)
{
    u_char  again[NGX_SECMEET_TICKET_SIZE];

    is_int(ngx_secmeet_ticket_seal(again, &ticket, key), NGX_OK, "again");
    ok(ngx_memcmp(again, text, NGX_SECMEET_TICKET_IV) != 0,
       "no two have the same IV");
    ok(ngx_memcmp(again + NGX_SECMEET_TICKET_IV, text + NGX_SECMEET_TICKET_IV,
                  NGX_SECMEET_TICKET_PLAIN) != 0, "nor the same bytes");
    is_int(NGX_SECMEET_TICKET_SIZE, 206, "the size that PROTOCOL.md tells");
}
