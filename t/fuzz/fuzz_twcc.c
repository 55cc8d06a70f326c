
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Transport-wide feedback: reads nothing outside of the packet, ends within
 * what its bytes can hold, and what is created is read back as the same.
 * What is no RTCP is a list to create from: six bytes a packet.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "wire/ngx_secmeet_twcc.h"


#define STEP  6


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_parse(ngx_secmeet_rtcp_t *rtcp);
static void fuzz_list(const uint8_t *data, size_t size);
static void fuzz_again(uint16_t base, ngx_secmeet_twcc_packet_t *list,
    ngx_uint_t n);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char              *p;
    ngx_secmeet_rtcp_t   rtcp;

    p = malloc(size);
    memcpy(p, data, size);

    if (ngx_secmeet_rtcp_parse(&rtcp, p, p + size) == NGX_OK) {
        fuzz_parse(&rtcp);

    } else {
        fuzz_list(data, size);
    }

    free(p);

    return 0;
}


static void
fuzz_parse(ngx_secmeet_rtcp_t *rtcp)
{
    size_t                     total;
    uint16_t                   base;
    ngx_int_t                  before, offset;
    ngx_uint_t                 n;
    ngx_secmeet_twcc_t         twcc;
    ngx_secmeet_twcc_packet_t  list[NGX_SECMEET_TWCC_PACKETS];

    if (ngx_secmeet_twcc_parse(&twcc, rtcp) != NGX_OK) {
        return;
    }

    assert(twcc.count && twcc.count <= 65535);
    assert(twcc.reference >= 0 && twcc.reference < NGX_SECMEET_TWCC_LAP);
    assert(twcc.reference % NGX_SECMEET_TWCC_UNIT == 0);

    before = -1;
    base = twcc.base;
    total = 0;
    n = 0;

    while (ngx_secmeet_twcc_next(&twcc, &list[n]) == NGX_OK) {
        offset = (uint16_t) (list[n].seq - twcc.base);

        assert(offset > before);
        assert(offset < (ngx_int_t) twcc.count);
        assert(list[n].time % NGX_SECMEET_TWCC_TICK == 0);

        before = offset;
        total++;

        if (++n == NGX_SECMEET_TWCC_PACKETS) {
            fuzz_again(base, list, n);
            base = list[n - 1].seq + 1;
            n = 0;
        }
    }

    assert(total <= (size_t) (rtcp->end - rtcp->body));
    assert(twcc.delta <= rtcp->end);

    if (n) {
        fuzz_again(base, list, n);
    }
}


static void
fuzz_list(const uint8_t *data, size_t size)
{
    int64_t                    time;
    uint16_t                   base, seq;
    ngx_uint_t                 n;
    ngx_secmeet_twcc_packet_t  list[NGX_SECMEET_TWCC_PACKETS + 1];

    if (size < STEP) {
        return;
    }

    base = data[0] << 8 | data[1];
    time = (int64_t) data[2] << 40 | (int64_t) data[3] << 8;
    seq = base;
    n = 0;

    for (data += STEP, size -= STEP;
         size >= STEP && n <= NGX_SECMEET_TWCC_PACKETS;
         data += STEP, size -= STEP)
    {
        seq += data[0] & 1 ? data[1] : 1;
        time += (int64_t) (int16_t) (data[2] << 8 | data[3])
                * (data[0] & 2 ? 1000 : 10) + data[4];

        list[n].seq = seq;
        list[n++].time = time;
    }

    fuzz_again(base, list, n);
}


static void
fuzz_again(uint16_t base, ngx_secmeet_twcc_packet_t *list, ngx_uint_t n)
{
    size_t                     len;
    u_char                    *p;
    int64_t                    first;
    ngx_uint_t                 i;
    ngx_secmeet_rtcp_t         rtcp;
    ngx_secmeet_twcc_t         in, twcc;
    ngx_secmeet_twcc_packet_t  packet;

    twcc.sender = 1;
    twcc.ssrc = 2;
    twcc.base = base;
    twcc.number = n;

    len = ngx_secmeet_twcc_create(NULL, &twcc, list, n);

    if (len == 0) {
        return;
    }

    assert(len % 4 == 0 && len <= NGX_SECMEET_TWCC_MAX);

    p = malloc(len);

    assert(ngx_secmeet_twcc_create(p, &twcc, list, n) == len);
    assert(ngx_secmeet_rtcp_parse(&rtcp, p, p + len) == NGX_OK);
    assert(ngx_secmeet_twcc_parse(&in, &rtcp) == NGX_OK);
    assert(in.sender == 1 && in.ssrc == 2);
    assert(in.base == base && in.number == (n & 0xff));
    assert(in.count == (ngx_uint_t) (uint16_t) (list[n - 1].seq - base) + 1);

    /* times are in ticks from the first, which is in the first lap */

    first = 0;

    for (i = 0; ngx_secmeet_twcc_next(&in, &packet) == NGX_OK; i++) {
        assert(i < n);
        assert(packet.seq == list[i].seq);

        if (i == 0) {
            first = packet.time - list[0].time;
            assert(packet.time >= 0 && packet.time < NGX_SECMEET_TWCC_LAP);
        }

        assert(packet.time - list[i].time - first < NGX_SECMEET_TWCC_TICK);
        assert(packet.time - list[i].time - first > -NGX_SECMEET_TWCC_TICK);
    }

    assert(i == n);

    free(p);
}
