
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The course of time in the world of bwe_world.h.
 */


#ifndef _NGX_SECMEET_BWE_STEP_H_INCLUDED_
#define _NGX_SECMEET_BWE_STEP_H_INCLUDED_


/* the receiver tells what has come since; late ones once more */

static inline void
world_tell(world_t *w, ngx_secmeet_usec_t now)
{
    uint64_t      i, to;
    world_back_t  *back;

    if (now < w->feedback) {
        return;
    }

    w->feedback = now + w->interval;
    to = w->told;

    for (i = w->told; i < w->seq; i++) {
        if (w->ring[i % WORLD_RING].arrival
            && w->ring[i % WORLD_RING].arrival <= now)
        {
            to = i + 1;
        }
    }

    if (to == w->told) {
        return;
    }

    back = &w->backs[w->last_back++ % WORLD_BACKS];
    back->when = now + w->back;
    back->made = now;
    back->before = w->made;
    back->from = w->told;
    back->to = to;

    w->told = to;
    w->made = now;

    if (world_random(w, 1000) < w->back_loss) {
        w->last_back--;
    }
}


static inline ngx_uint_t
world_result(world_t *w, ngx_secmeet_ledger_packet_t *out, uint64_t seq,
    world_back_t *back)
{
    world_packet_t  *packet;

    packet = &w->ring[seq % WORLD_RING];

    out->seq = seq;
    out->size = packet->size;
    out->cluster = packet->cluster;
    out->sent = packet->sent;
    out->acked = packet->arrival && packet->arrival <= back->made;
    out->lost = !out->acked;
    out->received = out->acked ? packet->arrival + WORLD_CLOCK : 0;

    if (seq < back->from) {
        return out->acked && packet->arrival > back->before;
    }

    return 1;
}


static inline void
world_heard(world_t *w, ngx_secmeet_usec_t now)
{
    uint64_t                      seq;
    ngx_uint_t                    n;
    world_back_t                 *back;
    ngx_secmeet_usec_t            rtt;
    ngx_secmeet_ledger_packet_t   packets[4096];

    while (w->first_back != w->last_back) {
        back = &w->backs[w->first_back % WORLD_BACKS];

        if (back->when > now) {
            return;
        }

        w->first_back++;
        n = 0;
        rtt = 0;
        seq = back->from > 200 ? back->from - 200 : 0;

        for ( /* void */ ; seq < back->to && n < 4096; seq++) {
            n += world_result(w, &packets[n], seq, back);

            if (n && packets[n - 1].acked) {
                rtt = packets[n - 1].received - WORLD_CLOCK
                      - packets[n - 1].sent + w->back;
            }
        }

        ngx_secmeet_bwe_feedback(&w->bwe, packets, n, rtt, now);
        w->polled = 0;
    }
}


static inline void
world_poll(world_t *w, ngx_secmeet_usec_t now)
{
    ngx_secmeet_usec_t  next;

    next = ngx_secmeet_bwe_next(&w->bwe);

    if (w->polled && (next == 0 || now < next)) {
        return;
    }

    w->polled = 1;
    ngx_secmeet_bwe_limited(&w->bwe, world_rate(w) < w->out.target,
                            w->wanted ? w->wanted : w->app, now);

    if (ngx_secmeet_bwe_poll(&w->bwe, &w->out, now) != NGX_OK) {
        return;
    }

    ngx_secmeet_pace_target(&w->pace, w->out.target);

    if (w->out.probe.cluster) {
        ngx_secmeet_pace_probe(&w->pace, w->out.probe.cluster,
                               w->out.probe.rate, w->out.probe.bytes,
                               w->out.probe.packets, now);
    }
}


static inline void
world_step(world_t *w, ngx_secmeet_usec_t now)
{
    size_t                  size;
    ngx_secmeet_pace_out_t  pace;

    world_tell(w, now);
    world_heard(w, now);
    world_poll(w, now);

    if (now >= w->frame) {
        w->frame += WORLD_FRAME;
        size = world_rate(w) * WORLD_FRAME / 8 / SECOND;
        w->waiting += size * (80 + world_random(w, 41)) / 100;
        w->waiting = ngx_min(w->waiting, world_rate(w) / 16 + 3000);
    }

    while (ngx_secmeet_pace_poll(&w->pace, &pace, now) == NGX_OK) {

        if (w->waiting) {
            size = ngx_min(w->waiting, WORLD_PACKET);
            w->waiting -= size;
            size += 40;

        } else if (pace.padding) {
            size = ngx_min(pace.padding, WORLD_PACKET);
            size = ngx_max(size, 100);
            w->padding += size;

        } else {
            break;
        }

        world_send(w, size, pace.cluster, now);
    }
}


#endif /* _NGX_SECMEET_BWE_STEP_H_INCLUDED_ */
