
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_probe.h"


#define NGX_SECMEET_PROBE_ARRIVED     3         /* packets, at least */
#define NGX_SECMEET_PROBE_SHARE       0.7       /* less: a short queue */
#define NGX_SECMEET_PROBE_FASTEST     1e12      /* bit/s, of a measure */


static double ngx_secmeet_probe_longer(double noise);
static double ngx_secmeet_probe_growth(ngx_secmeet_probe_t *probe,
    double out);
static void ngx_secmeet_probe_over(ngx_secmeet_probe_t *probe,
    ngx_uint_t good, ngx_secmeet_usec_t now);
static double ngx_secmeet_probe_rate(ngx_uint_t bytes,
    ngx_secmeet_usec_t from, ngx_secmeet_usec_t to);


void
ngx_secmeet_probe_init(ngx_secmeet_probe_t *probe, ngx_secmeet_usec_t now)
{
    ngx_memzero(probe, sizeof(ngx_secmeet_probe_t));

    probe->wait = NGX_SECMEET_PROBE_WAIT;
    probe->next = now;
}


ngx_int_t
ngx_secmeet_probe_poll(ngx_secmeet_probe_t *probe, double target,
    double rate, double noise, ngx_secmeet_usec_t now)
{
    double               length;
    ngx_secmeet_probe_t  old;

    if (probe->now.cluster || now < probe->next) {
        return NGX_DONE;
    }

    old = *probe;

    ngx_memzero(probe, sizeof(ngx_secmeet_probe_t));

    probe->last = (old.last % 0xffff) + 1;
    probe->next = old.next;
    probe->wait = old.wait;
    probe->proved = old.proved;
    probe->failed = old.failed;
    probe->created = now;

    /*
     * so long that a path of just the target's rate would stretch it by
     * clearly more than the noise does
     */

    length = 2.5 * ngx_secmeet_probe_longer(noise)
             / ngx_max(rate / target - 1, 0.1) * 1000;
    length = ngx_max(length, NGX_SECMEET_PROBE_LENGTH + 4000 * noise
                             + 8000 * ngx_max(noise - 4, 0));
    length = ngx_min(length, NGX_SECMEET_PROBE_LENGTH_MAX);

    probe->now.cluster = probe->last;
    probe->now.rate = rate;
    probe->now.packets = NGX_SECMEET_PROBE_PACKETS;
    probe->now.bytes = ngx_max((ngx_uint_t) (rate / 8e6 * length),
                               NGX_SECMEET_PROBE_BYTES);

    return NGX_OK;
}


/* ms by which a cluster must be stretched to say that the path is full */

static double
ngx_secmeet_probe_longer(double noise)
{
    return ngx_max(2, 1.5 * noise);
}


void
ngx_secmeet_probe_input(ngx_secmeet_probe_t *probe, ngx_uint_t cluster,
    ngx_uint_t size, ngx_secmeet_usec_t sent, ngx_secmeet_usec_t received)
{
    double  x, y;

    if (cluster == 0 || cluster != probe->now.cluster) {
        return;
    }

    if (probe->told++ == 0) {
        probe->sent_first = sent;
    }

    probe->told_bytes += size;
    probe->sent_last = ngx_max(probe->sent_last, sent);
    probe->size_last = size;

    if (received == 0) {
        return;
    }

    if (probe->arrived++ == 0) {
        probe->offset = received - sent;
    }

    if (probe->arrived == 1 || received < probe->received_first) {
        probe->received_first = received;
        probe->size_early = size;
    }

    x = (int64_t) (sent - probe->sent_first) / 1000.0;
    y = (int64_t) (received - sent - probe->offset) / 1000.0;

    probe->x += x;
    probe->y += y;
    probe->xx += x * x;
    probe->xy += x * y;
    probe->z += size;
    probe->xz += x * size;
    probe->yz += y * size;
    probe->zz += (double) size * size;

    probe->arrived_bytes += size;
    probe->received_last = ngx_max(probe->received_last, received);
}


ngx_int_t
ngx_secmeet_probe_result(ngx_secmeet_probe_t *probe, double noise,
    ngx_secmeet_usec_t rtt, uint64_t *rate, ngx_uint_t *full,
    ngx_secmeet_usec_t now)
{
    double     in, out;
    ngx_int_t  timeout;

    if (probe->now.cluster == 0) {
        return NGX_DONE;
    }

    timeout = now > probe->created + NGX_SECMEET_PROBE_TIMEOUT + rtt;

    if (!timeout && (probe->told < probe->now.packets
                     || probe->told_bytes < probe->now.bytes))
    {
        return NGX_AGAIN;
    }

    /* feedback that was lost says nothing for or against the path */

    if (probe->told < NGX_SECMEET_PROBE_PACKETS
        || probe->told_bytes < probe->now.bytes / 2)
    {
        probe->now.cluster = 0;
        probe->next = now + NGX_SECMEET_PROBE_WAIT;
        return NGX_DECLINED;
    }

    if (probe->arrived < NGX_SECMEET_PROBE_ARRIVED
        || probe->arrived_bytes < probe->told_bytes / 2)
    {
        ngx_secmeet_probe_over(probe, 0, now);
        return NGX_DECLINED;
    }

    in = ngx_secmeet_probe_rate(probe->told_bytes - probe->size_last,
                                probe->sent_first, probe->sent_last);
    out = ngx_secmeet_probe_rate(probe->arrived_bytes - probe->size_early,
                                 probe->received_first,
                                 probe->received_last);

    *full = ngx_secmeet_probe_growth(probe, out)
            > ngx_secmeet_probe_longer(noise)
            || probe->arrived_bytes
               < probe->told_bytes * NGX_SECMEET_PROBE_SHARE;
    *rate = *full ? ngx_min(in, out) : in;

    ngx_secmeet_probe_over(probe, !*full && in > probe->now.rate * 0.7, now);

    return NGX_OK;
}


/*
 * By how many ms the delay grew from its first packet to its last: a plane
 * through the delays, since a large packet takes longer than a small one
 * without any queue, at most as long as at the rate that came out.
 */

static double
ngx_secmeet_probe_growth(ngx_secmeet_probe_t *probe, double out)
{
    double  n, xx, xy, xz, yz, zz, det, most, share;

    n = probe->arrived;
    xx = probe->xx - probe->x * probe->x / n;
    xy = probe->xy - probe->x * probe->y / n;
    xz = probe->xz - probe->x * probe->z / n;
    yz = probe->yz - probe->y * probe->z / n;
    zz = probe->zz - probe->z * probe->z / n;

    if (xx < 1) {
        return 0;
    }

    /* ms per byte */

    most = 8000 / out;
    det = xx * zz - xz * xz;
    share = (det > xx) ? (xx * yz - xz * xy) / det : most / 2;
    share = ngx_max(share, 0);
    share = ngx_min(share, most);

    return (xy - share * xz) / xx
           * ((int64_t) (probe->sent_last - probe->sent_first) / 1000.0);
}


static void
ngx_secmeet_probe_over(ngx_secmeet_probe_t *probe, ngx_uint_t good,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_usec_t  most;

    probe->now.cluster = 0;

    if (good) {
        probe->failed = 0;
        probe->wait = NGX_SECMEET_PROBE_WAIT;
        probe->proved = now;
        probe->next = now;
        return;
    }

    probe->failed++;
    probe->next = now + probe->wait;

    most = (probe->failed > NGX_SECMEET_PROBE_LONG)
           ? NGX_SECMEET_PROBE_WAIT_LONG : NGX_SECMEET_PROBE_WAIT_MAX;

    probe->wait = ngx_min(probe->wait * 3 / 2, most);
}


static double
ngx_secmeet_probe_rate(ngx_uint_t bytes, ngx_secmeet_usec_t from,
    ngx_secmeet_usec_t to)
{
    if (to <= from) {
        return NGX_SECMEET_PROBE_FASTEST;
    }

    return bytes * 8e6 / (to - from);
}


void
ngx_secmeet_probe_dropped(ngx_secmeet_probe_t *probe, ngx_secmeet_usec_t now)
{
    if (probe->proved && now < probe->proved + NGX_SECMEET_PROBE_PROVED) {
        probe->wait = ngx_min(probe->wait * 3, NGX_SECMEET_PROBE_WAIT_MAX);
        probe->next = now + probe->wait;
        probe->failed++;
        probe->proved = 0;
    }

    probe->now.cluster = 0;
    probe->next = ngx_max(probe->next, now + NGX_SECMEET_PROBE_AGAIN);
}
