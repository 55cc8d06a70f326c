
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Six bytes a step: a packet is sent, one arrives, feedback is due, or one
 * comes that is made up.  What is told comes in order, is lost or received,
 * and no packet is told received twice; what is due can be created.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "engine/ngx_secmeet_arrivals.h"
#include "engine/ngx_secmeet_ledger.h"


#define STEP     6
#define PACKETS  NGX_SECMEET_LEDGER_PACKETS


static u_char                       acked[65536];   /* 1: known, 2: came */
static ngx_secmeet_ledger_t         ledger;
static ngx_secmeet_arrivals_t       arrivals;
static ngx_secmeet_ledger_packet_t  out[PACKETS];


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void step(const uint8_t *data, ngx_secmeet_usec_t now);
static void sent(ngx_uint_t count, ngx_secmeet_usec_t now);
static void due(ngx_secmeet_usec_t now);
static void made_up(const uint8_t *data, ngx_secmeet_usec_t now);
static void heard(u_char *p, size_t len, ngx_secmeet_usec_t now);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_secmeet_usec_t  now;

    ngx_secmeet_ledger_init(&ledger);
    ngx_secmeet_arrivals_init(&arrivals);
    memset(acked, 0, sizeof(acked));

    for (now = 0; size >= STEP; data += STEP, size -= STEP) {
        now += (ngx_secmeet_usec_t) data[1] << (data[0] >> 3);
        step(data, now);
    }

    return 0;
}


static void
step(const uint8_t *data, ngx_secmeet_usec_t now)
{
    uint16_t  seq;

    seq = data[2] << 8 | data[3];

    switch (data[0] & 7) {

    case 0:
    case 1:
        sent(data[4] + 1, now);
        break;

    case 2:
        ngx_secmeet_arrivals_input(&arrivals, seq, now);
        break;

    case 3:
    case 4:
        ngx_secmeet_arrivals_input(&arrivals, arrivals.highest
                                              + (signed char) data[3], now);
        break;

    case 5:
        due(now);
        break;

    default:
        made_up(data, now);
    }
}


static void
sent(ngx_uint_t count, ngx_secmeet_usec_t now)
{
    size_t      before;
    uint16_t    seq;
    ngx_uint_t  i;

    for (i = 0; i < count; i++) {
        before = ledger.outstanding;
        seq = ngx_secmeet_ledger_input(&ledger, i, i, now);
        acked[seq] = 1;

        assert(ledger.outstanding <= before + i);
        assert(ledger.next - ledger.told <= PACKETS);
    }
}


static void
due(ngx_secmeet_usec_t now)
{
    u_char                     p[NGX_SECMEET_TWCC_MAX];
    size_t                     len;
    ngx_uint_t                 n, polls;
    ngx_secmeet_twcc_t         twcc;
    ngx_secmeet_twcc_packet_t  list[NGX_SECMEET_TWCC_PACKETS];

    for (polls = 0;
         ngx_secmeet_arrivals_poll(&arrivals, &twcc, list, &n, now) == NGX_OK;
         polls++)
    {
        assert(polls <= NGX_SECMEET_ARRIVALS_WINDOW);

        len = ngx_secmeet_twcc_create(p, &twcc, list, n);

        assert(len && len <= NGX_SECMEET_TWCC_MAX);

        heard(p, len, now);
    }

    assert(n == 0);
    assert(ngx_secmeet_arrivals_next(&arrivals) == 0
           || ngx_secmeet_arrivals_next(&arrivals) > now);
}


/* near to what was sent, or anywhere */

static void
made_up(const uint8_t *data, ngx_secmeet_usec_t now)
{
    u_char  p[32];

    memcpy(p, "\x8f\xcd\x00\x07" "\0\0\0\1" "\0\0\0\2", 12);

    p[12] = data[2];
    p[13] = data[3];
    p[14] = data[0] & 1 ? data[4] : 0;
    p[15] = data[5];
    p[16] = data[4];
    p[17] = data[5];
    p[18] = data[3];
    p[19] = data[1];

    /* a run that is missing, a vector, a run of up to six that came */

    p[20] = data[4] & 0x1f;
    p[21] = data[5];
    p[22] = 0x80 | (data[5] & 1);
    p[23] = data[4] & 3;
    p[24] = data[4] & 0x20 ? 0x20 : 0x1f;
    p[25] = data[4] & 0x20 ? 2 : 0xff;
    p[26] = 0x1f;
    p[27] = 0xff;
    p[28] = data[1];
    p[29] = data[2];
    p[30] = data[3];
    p[31] = data[4];

    heard(p, sizeof(p), now);
}


static void
heard(u_char *p, size_t len, ngx_secmeet_usec_t now)
{
    uint16_t            before;
    ngx_int_t           rc;
    ngx_uint_t          i, n;
    ngx_secmeet_rtcp_t  rtcp;
    ngx_secmeet_twcc_t  twcc;

    if (ngx_secmeet_rtcp_parse(&rtcp, p, p + len) != NGX_OK
        || ngx_secmeet_twcc_parse(&twcc, &rtcp) != NGX_OK)
    {
        return;
    }

    n = len % 3 ? PACKETS : 5;
    rc = ngx_secmeet_ledger_feedback(&ledger, &twcc, out, &n, now);

    assert((rc == NGX_OK) == (n != 0) && n <= PACKETS);
    assert(ledger.told <= ledger.next);
    assert((ledger.told == ledger.next) <= (ledger.outstanding == 0));

    for (i = 0; i < n; i++) {
        before = out[i ? i - 1 : i].seq;

        assert(i == 0 || (int16_t) (out[i].seq - before) > 0);
        assert(acked[out[i].seq] && acked[out[i].seq] != 2);
        assert(out[i].acked != out[i].lost);
        assert(out[i].acked == (out[i].received != 0));

        if (out[i].acked) {
            acked[out[i].seq] = 2;
        }
    }
}
