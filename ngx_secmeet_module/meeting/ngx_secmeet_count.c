
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_count.h"


#define NGX_SECMEET_COUNT_DAY  86400


static ngx_secmeet_stats_t *ngx_secmeet_count_lock(
    ngx_secmeet_worker_t *worker);
static void ngx_secmeet_count_unlock(ngx_secmeet_worker_t *worker);


void
ngx_secmeet_count_init(ngx_secmeet_worker_t *worker, ngx_uint_t min)
{
    ngx_secmeet_stats_t  *stats;

    stats = ngx_secmeet_count_lock(worker);

    stats->min = min;

    ngx_secmeet_count_unlock(worker);
}


void
ngx_secmeet_count_session(ngx_secmeet_worker_t *worker)
{
    ngx_secmeet_stats_t  *stats;

    stats = ngx_secmeet_count_lock(worker);

    ngx_secmeet_stats_add(stats, NGX_SECMEET_STATS_SESSIONS, 1);

    ngx_secmeet_count_unlock(worker);
}


void
ngx_secmeet_count_end(ngx_secmeet_worker_t *worker, ngx_msec_t msec)
{
    ngx_secmeet_stats_t  *stats;

    stats = ngx_secmeet_count_lock(worker);

    /* rounded up: a minute and a bit is longer than a minute */

    ngx_secmeet_stats_end(stats, (msec + 999) / 1000);

    ngx_secmeet_count_unlock(worker);
}


void
ngx_secmeet_count_join(ngx_secmeet_worker_t *worker, ngx_uint_t country)
{
    ngx_secmeet_stats_t  *stats;

    stats = ngx_secmeet_count_lock(worker);

    ngx_secmeet_stats_join(stats, country);

    ngx_secmeet_count_unlock(worker);
}


void
ngx_secmeet_count_peaks(ngx_secmeet_worker_t *worker, ngx_uint_t rooms,
    ngx_uint_t peers)
{
    ngx_secmeet_stats_t  *stats;

    stats = ngx_secmeet_count_lock(worker);

    ngx_secmeet_stats_peak(stats, NGX_SECMEET_STATS_ROOMS, rooms);
    ngx_secmeet_stats_peak(stats, NGX_SECMEET_STATS_PEERS, peers);

    ngx_secmeet_count_unlock(worker);
}


void
ngx_secmeet_count_packets(ngx_secmeet_worker_t *worker)
{
    uint64_t              n;
    ngx_uint_t            i;
    ngx_secmeet_stats_t  *stats;

    stats = ngx_secmeet_count_lock(worker);

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        n = worker->counters[i] - worker->counted[i];

        if (n) {
            worker->counted[i] += n;
            stats->counters[i] += n;
            stats->changed = 1;
        }
    }

    n = worker->bytes - worker->counted_bytes;
    worker->counted_bytes += n;

    ngx_secmeet_stats_add(stats, NGX_SECMEET_STATS_BYTES, n);

    ngx_secmeet_count_unlock(worker);
}


/* with today's date */

static ngx_secmeet_stats_t *
ngx_secmeet_count_lock(ngx_secmeet_worker_t *worker)
{
    ngx_secmeet_stats_t  *stats;

    stats = worker->tags->stats;

    ngx_shmtx_lock(&worker->tags->shpool->mutex);

    ngx_secmeet_stats_date(stats,
                           (uint32_t) (ngx_time() / NGX_SECMEET_COUNT_DAY));

    return stats;
}


static void
ngx_secmeet_count_unlock(ngx_secmeet_worker_t *worker)
{
    ngx_shmtx_unlock(&worker->tags->shpool->mutex);
}
