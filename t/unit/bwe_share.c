
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Two on one link: another sender of the same kind, and one that knows
 * nothing but loss (slow start, one packet more each rtt, half at a loss).
 */


#include "bwe_show.h"


#define TCP_RING    16384
#define TCP_BACK    (20 * MS)


typedef struct {
    ngx_secmeet_usec_t  told;                   /* acknowledged; 0: lost */
    ngx_secmeet_usec_t  sent;
} tcp_packet_t;


typedef struct {
    link_t             *link;
    tcp_packet_t        ring[TCP_RING];
    uint64_t            next;
    uint64_t            done;                   /* all before are known */
    double              window;                 /* packets */
    double              slow;                   /* slow start until it */
    ngx_secmeet_usec_t  halved;
    uint64_t            arrived;                /* bytes */
} tcp_t;


static world_t  w, w2;
static tcp_t    tcp;
static link_t   path;
static show_t   s;


static ngx_secmeet_usec_t begin(uint64_t kbits, ngx_uint_t queue);
static void two(uint64_t kbits, uint64_t later);
static void against_tcp(uint64_t kbits, ngx_uint_t queue);
static void tcp_step(ngx_secmeet_usec_t now);
static ngx_uint_t tcp_lost(ngx_secmeet_usec_t now);


int
main(void)
{
    two(2000, 0);
    two(2000, 20);
    two(1000, 20);
    against_tcp(2000, 25000);
    against_tcp(3000, 60000);

    return done();
}


static ngx_secmeet_usec_t
begin(uint64_t kbits, ngx_uint_t queue)
{
    link_conf_t  conf;

    memset(&conf, 0, sizeof(link_conf_t));
    conf.rate = kbits * KBIT;
    conf.queue = queue;
    conf.delay = 25 * MS;
    conf.seed = 1;

    link_init(&path, &conf);
    world_init(&w, &path, 5000 * KBIT, 10 * SECOND);

    return 10 * SECOND;
}


/* the second comes so many seconds later */

static void
two(uint64_t kbits, uint64_t later)
{
    uint64_t            one, other;
    ngx_secmeet_usec_t  now;

    now = begin(kbits, 60000);

    if (later) {
        now = show_run(&s, &w, NULL, now, now + later * SECOND);
    }

    world_init(&w2, &path, 5000 * KBIT, now);
    w2.random = 424242;

    now = show_run(&s, &w, &w2, now, now + 20 * SECOND);

    one = w.arrived;
    other = w2.arrived;

    now = show_run(&s, &w, &w2, now, now + 90 * SECOND);
    show(&s, "one of two", kbits / 2);

    one = (w.arrived - one) * 100 / (kbits * 90 * 125);
    other = (w2.arrived - other) * 100 / (kbits * 90 * 125);

    printf("# two share %llu kbit/s, %llu s apart: %llu%% and %llu%%\n",
           (unsigned long long) kbits, (unsigned long long) later,
           (unsigned long long) one, (unsigned long long) other);

    within(one, 25, 75, "the one");
    within(other, 25, 75, "the other");
    within(one + other, 85, 101, "both");
    within(s.p95, 0, 150, "95th percentile of the queue");
}


static void
against_tcp(uint64_t kbits, ngx_uint_t queue)
{
    uint64_t            one, other, sent, padding;
    ngx_secmeet_usec_t  now, until;

    now = begin(kbits, queue);
    now = show_run(&s, &w, NULL, now, now + 10 * SECOND);

    memset(&tcp, 0, sizeof(tcp_t));
    tcp.link = &path;
    tcp.window = 10;
    tcp.slow = 1e9;

    one = w.arrived;
    sent = w.sent;
    padding = w.padding;

    show_begin(&s);

    for (until = now + 90 * SECOND; now < until; now += MS) {
        world_step(&w, now);
        tcp_step(now);
        show_sample(&s, &w, now);
    }

    show_end(&s, &w, sent, one, padding);
    show(&s, "beside TCP", kbits / 2);

    one = (w.arrived - one) * 100 / (kbits * 90 * 125);
    other = tcp.arrived * 100 / (kbits * 90 * 125);

    printf("# beside TCP on %llu kbit/s: %llu%% and %llu%%\n",
           (unsigned long long) kbits, (unsigned long long) one,
           (unsigned long long) other);

    within(one, 10, 75, "we");
    within(other, 25, 90, "TCP");
}


static void
tcp_step(ngx_secmeet_usec_t now)
{
    tcp_packet_t        *packet;
    ngx_secmeet_usec_t   when;

    while (tcp.done < tcp.next) {
        packet = &tcp.ring[tcp.done % TCP_RING];

        if (packet->told ? packet->told > now : !tcp_lost(now)) {
            break;
        }

        tcp.done++;

        if (packet->told) {
            tcp.window += (tcp.window < tcp.slow) ? 1 : 1 / tcp.window;

        } else if (packet->sent > tcp.halved) {
            tcp.window = ngx_max(tcp.window / 2, 2);
            tcp.slow = tcp.window;
            tcp.halved = now;
        }
    }

    while (tcp.next - tcp.done < (uint64_t) tcp.window) {
        packet = &tcp.ring[tcp.next++ % TCP_RING];
        packet->sent = now;
        packet->told = 0;

        if (link_input(tcp.link, 1240, now, &when) == NGX_OK) {
            packet->told = when + TCP_BACK;
            tcp.arrived += 1240;
        }
    }
}


/* three later ones have come, or a second has passed */

static ngx_uint_t
tcp_lost(ngx_secmeet_usec_t now)
{
    uint64_t       i;
    ngx_uint_t     later;
    tcp_packet_t  *packet;

    later = 0;

    for (i = tcp.done + 1; i < tcp.next && later < 3; i++) {
        packet = &tcp.ring[i % TCP_RING];

        if (packet->told && packet->told <= now) {
            later++;
        }
    }

    return later == 3
           || now >= tcp.ring[tcp.done % TCP_RING].sent + SECOND;
}
