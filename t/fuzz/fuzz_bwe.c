
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Eight bytes a step: what to do, how much time passes, and what of a
 * packet is told: any sizes, clocks, losses, clusters, gaps.  The target is
 * always within its bounds, a probe is one that can be sent, and polling at
 * the time that _next names comes to an end.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_bwe.h"
#include "engine/ngx_secmeet_pace.h"


#define STEP     8
#define PACKETS  64
#define MIN      50000
#define MAX      20000000


typedef struct {
    ngx_secmeet_bwe_t            bwe;
    ngx_secmeet_pace_t           pace;
    ngx_secmeet_ledger_packet_t  packets[PACKETS];
    ngx_uint_t                   npackets;
    ngx_uint_t                   cluster;
    ngx_secmeet_usec_t           now;
    uint16_t                     seq;
} fuzz_t;


static void step(fuzz_t *f, const uint8_t *p);
static void packet(fuzz_t *f, const uint8_t *p);
static void poll(fuzz_t *f);
static void drain(fuzz_t *f);
static void pace(fuzz_t *f, ngx_uint_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fuzz_t  f;

    memset(&f, 0, sizeof(fuzz_t));
    f.now = 1000000;

    ngx_secmeet_bwe_init(&f.bwe, 300000, MIN, MAX, f.now);
    ngx_secmeet_pace_init(&f.pace, 300000, f.now);

    for ( /* void */ ; size >= STEP; data += STEP, size -= STEP) {
        f.now += (ngx_secmeet_usec_t) data[1] << (data[0] >> 4);
        step(&f, data);
        poll(&f);
    }

    drain(&f);

    return 0;
}


static void
step(fuzz_t *f, const uint8_t *p)
{
    uint64_t  big;

    switch (p[0] & 7) {

    case 0:
    case 1:
    case 2:
    case 3:
        packet(f, p);

        if (f->npackets == PACKETS) {
            ngx_secmeet_bwe_feedback(&f->bwe, f->packets, f->npackets, 0,
                                     f->now);
            f->npackets = 0;
        }

        break;

    case 4:
        ngx_secmeet_bwe_feedback(&f->bwe, f->packets, f->npackets,
                                 (ngx_secmeet_usec_t) p[2] << (p[3] & 63),
                                 f->now);
        f->npackets = 0;
        break;

    case 5:
        ngx_secmeet_bwe_sent(&f->bwe, f->now);
        break;

    case 6:
        big = (uint64_t) p[2] << (p[3] & 63);
        ngx_secmeet_bwe_limited(&f->bwe, p[4] & 1, big, f->now);
        break;

    default:
        pace(f, (ngx_uint_t) p[2] << (p[3] & 63));
        break;
    }
}


static void
packet(fuzz_t *f, const uint8_t *p)
{
    uint64_t                      past;
    ngx_secmeet_ledger_packet_t  *packet;

    packet = &f->packets[f->npackets++];

    /* mostly the next number, a little ago, by a clock of its own */

    f->seq += (p[0] & 8) ? (int8_t) p[2] : 1;
    past = (uint64_t) p[3] << (p[4] & 15);

    packet->seq = f->seq;
    packet->size = (p[5] & 1) ? 1200 : (ngx_uint_t) p[6] << (p[7] & 15);
    packet->sent = f->now - ngx_min(past, f->now);
    packet->cluster = (p[5] & 2) ? f->cluster : (p[5] & 4) ? p[6] : 0;
    packet->acked = (p[5] & 24) != 0;
    packet->lost = !packet->acked;
    packet->received = packet->acked ? packet->sent + ((p[5] & 32)
                       ? (uint64_t) p[6] << (p[7] & 63) : p[6] * 1000u) : 0;
}


static void
poll(fuzz_t *f)
{
    ngx_secmeet_bwe_out_t  out;

    (void) ngx_secmeet_bwe_poll(&f->bwe, &out, f->now);

    if (out.target < MIN || out.target > MAX
        || !(out.loss >= 0 && out.loss <= 1) || !(out.queue >= 0))
    {
        abort();
    }

    ngx_secmeet_pace_target(&f->pace, out.target);

    if (out.probe.cluster == 0) {
        return;
    }

    if (out.probe.cluster > 0xffff
        || out.probe.rate < out.target
        || out.probe.rate > MAX
        || out.probe.bytes > 1000000
        || out.probe.packets > 100)
    {
        abort();
    }

    f->cluster = out.probe.cluster;
    ngx_secmeet_pace_probe(&f->pace, f->cluster, out.probe.rate,
                           out.probe.bytes, out.probe.packets, f->now);
}


/* no feedback any more: it comes to rest, at the least or where it is */

static void
drain(fuzz_t *f)
{
    ngx_uint_t             polls;
    ngx_secmeet_usec_t     next, end;
    ngx_secmeet_bwe_out_t  out;

    end = f->now + 10000000;

    for (polls = 0; f->now < end; polls++) {
        next = ngx_secmeet_bwe_next(&f->bwe);

        if (next == 0) {
            return;
        }

        if (polls > 200) {
            abort();
        }

        f->now = ngx_max(f->now, next);
        (void) ngx_secmeet_bwe_poll(&f->bwe, &out, f->now);
    }
}


static void
pace(fuzz_t *f, ngx_uint_t size)
{
    ngx_uint_t              n;
    ngx_secmeet_pace_out_t  out;

    for (n = 0; n < 1000; n++) {

        if (ngx_secmeet_pace_poll(&f->pace, &out, f->now) != NGX_OK) {

            if (out.when <= f->now) {
                abort();
            }

            return;
        }

        ngx_secmeet_pace_input(&f->pace, ngx_max(size, 200), f->now);
    }

    abort();
}
