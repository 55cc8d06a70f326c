
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_stats.h"


static void ngx_secmeet_stats_close_day(ngx_secmeet_stats_t *stats);
static void ngx_secmeet_stats_sum(ngx_secmeet_stats_record_t *to,
    ngx_secmeet_stats_record_t *from);
static void ngx_secmeet_stats_take(ngx_secmeet_stats_record_t *from,
    ngx_secmeet_stats_record_t *done);
static ngx_secmeet_stats_record_t *ngx_secmeet_stats_find(
    ngx_secmeet_stats_book_t *book, uint32_t date);
static void ngx_secmeet_stats_fold(ngx_secmeet_stats_record_t *record,
    uint32_t min);


const uint32_t  ngx_secmeet_stats_bounds[NGX_SECMEET_STATS_BUCKETS - 1] = {
    60, 300, 900, 1800, 3600, 7200, 14400, 28800
};


ngx_uint_t
ngx_secmeet_stats_country(u_char *p, size_t len)
{
    if (len != 2
        || p[0] < 'A' || p[0] > 'Z'
        || p[1] < 'A' || p[1] > 'Z')
    {
        return NGX_SECMEET_STATS_OTHER;
    }

    return (ngx_uint_t) (p[0] - 'A') * 26 + (p[1] - 'A');
}


void
ngx_secmeet_stats_date(ngx_secmeet_stats_t *stats, uint32_t date)
{
    if (date > NGX_SECMEET_STATS_DATE || date <= stats->days[0].date) {
        return;
    }

    if (stats->days[1].date) {
        ngx_secmeet_stats_close_day(stats);
    }

    stats->days[1] = stats->days[0];

    ngx_memzero(&stats->days[0], sizeof(ngx_secmeet_stats_record_t));
    stats->days[0].date = date;
}


/* what was not saved of a day is for the total alone, if there is enough */

static void
ngx_secmeet_stats_close_day(ngx_secmeet_stats_t *stats)
{
    ngx_uint_t                   i;
    ngx_secmeet_stats_record_t  *day, *rest;

    day = &stats->days[1];
    rest = &stats->rest;

    for (i = 0; i < NGX_SECMEET_STATS_COUNTRIES; i++) {

        if (day->countries[i] < stats->min) {
            stats->carry[i] += day->countries[i];
            day->countries[i] = 0;
        }

        if (stats->carry[i] >= stats->min) {
            day->countries[i] += stats->carry[i];
            stats->carry[i] = 0;
        }
    }

    ngx_secmeet_stats_sum(rest, day);
    stats->changed = 1;
}


void
ngx_secmeet_stats_add(ngx_secmeet_stats_t *stats, ngx_uint_t sum, uint64_t n)
{
    if (n) {
        stats->days[0].sums[sum] += n;
        stats->changed = 1;
    }
}


void
ngx_secmeet_stats_peak(ngx_secmeet_stats_t *stats, ngx_uint_t peak,
    uint64_t n)
{
    if (n > stats->days[0].peaks[peak]) {
        stats->days[0].peaks[peak] = n;
        stats->changed = 1;
    }
}


void
ngx_secmeet_stats_join(ngx_secmeet_stats_t *stats, ngx_uint_t country)
{
    ngx_secmeet_stats_add(stats, NGX_SECMEET_STATS_PARTICIPANTS, 1);

    if (country < NGX_SECMEET_STATS_COUNTRIES) {
        stats->days[0].countries[country]++;
    }
}


void
ngx_secmeet_stats_end(ngx_secmeet_stats_t *stats, uint64_t seconds)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_STATS_BUCKETS - 1; i++) {
        if (seconds <= ngx_secmeet_stats_bounds[i]) {
            break;
        }
    }

    ngx_secmeet_stats_add(stats, NGX_SECMEET_STATS_DURATIONS + i, 1);
    ngx_secmeet_stats_add(stats, NGX_SECMEET_STATS_SECONDS, seconds);
}


void
ngx_secmeet_stats_merge(ngx_secmeet_stats_book_t *book,
    ngx_secmeet_stats_t *stats, ngx_secmeet_stats_t *done)
{
    uint32_t                     n;
    ngx_uint_t                   i, k;
    ngx_secmeet_stats_t          own;
    ngx_secmeet_stats_record_t  *day;

    if (done == NULL) {
        done = &own;
    }

    *done = *stats;
    ngx_memzero(done->carry, sizeof(done->carry));

    /* the day before first: the last one may push out what is oldest */

    for (i = 2; i-- > 0; /* void */ ) {
        if (stats->days[i].date == 0) {
            continue;
        }

        day = ngx_secmeet_stats_find(book, stats->days[i].date);

        for (k = 0; k < NGX_SECMEET_STATS_COUNTRIES; k++) {
            n = stats->days[i].countries[k];

            if (n < stats->min && (day == NULL || day->countries[k] == 0)) {
                done->days[i].countries[k] = 0;
            }
        }

        if (day) {
            ngx_secmeet_stats_sum(day, &done->days[i]);
        }

        ngx_secmeet_stats_sum(&book->total, &done->days[i]);
    }

    ngx_secmeet_stats_sum(&book->total, &done->rest);

    for (i = 0; i < NGX_SECMEET_STATS_COUNTERS; i++) {
        book->counters[i] += done->counters[i];
    }

    for (i = 0; i < book->ndays; i++) {
        ngx_secmeet_stats_fold(&book->days[i], stats->min);
    }

    ngx_secmeet_stats_fold(&book->total, stats->min);

    if (book->since == 0) {
        book->since = book->ndays ? book->days[0].date : 0;
    }
}


static void
ngx_secmeet_stats_sum(ngx_secmeet_stats_record_t *to,
    ngx_secmeet_stats_record_t *from)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_STATS_SUMS; i++) {
        to->sums[i] += from->sums[i];
    }

    for (i = 0; i < NGX_SECMEET_STATS_PEAKS; i++) {
        to->peaks[i] = ngx_max(to->peaks[i], from->peaks[i]);
    }

    for (i = 0; i < NGX_SECMEET_STATS_COUNTRIES; i++) {
        to->countries[i] += from->countries[i];
    }
}


/* the day of the book, made if need be; NULL: it is older than all of it */

static ngx_secmeet_stats_record_t *
ngx_secmeet_stats_find(ngx_secmeet_stats_book_t *book, uint32_t date)
{
    ngx_uint_t                   i;
    ngx_secmeet_stats_record_t  *days;

    days = book->days;

    for (i = book->ndays; i > 0; i--) {

        if (days[i - 1].date == date) {
            return &days[i - 1];
        }

        if (days[i - 1].date < date) {
            break;
        }
    }

    if (book->ndays == NGX_SECMEET_STATS_DAYS) {

        if (i == 0) {
            return NULL;
        }

        i--;
        ngx_memmove(&days[0], &days[1],
                    i * sizeof(ngx_secmeet_stats_record_t));

    } else {
        ngx_memmove(&days[i + 1], &days[i],
                    (book->ndays - i) * sizeof(ngx_secmeet_stats_record_t));
        book->ndays++;
    }

    ngx_memzero(&days[i], sizeof(ngx_secmeet_stats_record_t));
    days[i].date = date;

    return &days[i];
}


static void
ngx_secmeet_stats_fold(ngx_secmeet_stats_record_t *record, uint32_t min)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_STATS_COUNTRIES; i++) {
        if (record->countries[i] < min) {
            record->countries[i] = 0;
        }
    }
}


void
ngx_secmeet_stats_settle(ngx_secmeet_stats_t *stats,
    ngx_secmeet_stats_t *done)
{
    ngx_uint_t  i, k;

    for (i = 0; i < 2; i++) {
        if (done->days[i].date == 0) {
            continue;
        }

        for (k = 0; k < 2; k++) {
            if (stats->days[k].date == done->days[i].date) {
                break;
            }
        }

        /* the day was closed meanwhile */

        ngx_secmeet_stats_take(k < 2 ? &stats->days[k] : &stats->rest,
                               &done->days[i]);
    }

    ngx_secmeet_stats_take(&stats->rest, &done->rest);

    for (i = 0; i < NGX_SECMEET_STATS_COUNTERS; i++) {
        stats->counters[i] -= ngx_min(stats->counters[i], done->counters[i]);
    }
}


/* peaks stay: they may be saved again */

static void
ngx_secmeet_stats_take(ngx_secmeet_stats_record_t *from,
    ngx_secmeet_stats_record_t *done)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_STATS_SUMS; i++) {
        from->sums[i] -= ngx_min(from->sums[i], done->sums[i]);
    }

    for (i = 0; i < NGX_SECMEET_STATS_COUNTRIES; i++) {
        from->countries[i] -= ngx_min(from->countries[i],
                                      done->countries[i]);
    }
}


uint64_t
ngx_secmeet_stats_other(ngx_secmeet_stats_record_t *record)
{
    uint64_t    n;
    ngx_uint_t  i;

    n = record->sums[NGX_SECMEET_STATS_PARTICIPANTS];

    for (i = 0; i < NGX_SECMEET_STATS_COUNTRIES; i++) {
        n -= ngx_min(n, record->countries[i]);
    }

    return n;
}
