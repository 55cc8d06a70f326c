
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Statistics: sums, peaks, and how many participants came from which
 * country; by day, and in total.  What one nginx has counted and not saved
 * yet is added to a book, which is what its file says.  A country that too
 * few participants of a day came from is in no book.
 */


#ifndef _NGX_SECMEET_STATS_H_INCLUDED_
#define _NGX_SECMEET_STATS_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_STATS_DAYS        400       /* kept in a book */
#define NGX_SECMEET_STATS_BUCKETS     9         /* the last has no bound */
#define NGX_SECMEET_STATS_COUNTRIES   (26 * 26) /* AA to ZZ */
#define NGX_SECMEET_STATS_OTHER       NGX_SECMEET_STATS_COUNTRIES
#define NGX_SECMEET_STATS_COUNTERS    64

/* of dates: what a book has no year for, 9999-12-31 */
#define NGX_SECMEET_STATS_DATE        2932896

/* bytes of the names of a text's counters */
#define NGX_SECMEET_STATS_NAME        40

/*
 * Bytes of a text, at most: for a record its sums and peaks by name and its
 * countries, for a counter its name.
 */
#define NGX_SECMEET_STATS_TEXT                                                \
    ((NGX_SECMEET_STATS_DAYS + 1)                                             \
     * (1024 + 20 * NGX_SECMEET_STATS_COUNTRIES)                              \
     + NGX_SECMEET_STATS_COUNTERS * (NGX_SECMEET_STATS_NAME + 40) + 1024)


typedef enum {
    NGX_SECMEET_STATS_SESSIONS = 0,
    NGX_SECMEET_STATS_PARTICIPANTS,
    NGX_SECMEET_STATS_BYTES,
    NGX_SECMEET_STATS_SECONDS,          /* of all sessions that have ended */
    NGX_SECMEET_STATS_DURATIONS,        /* the first bucket of them */

    NGX_SECMEET_STATS_SUMS = NGX_SECMEET_STATS_DURATIONS
                             + NGX_SECMEET_STATS_BUCKETS
} ngx_secmeet_stats_sum_e;


typedef enum {
    NGX_SECMEET_STATS_ROOMS = 0,        /* at a time */
    NGX_SECMEET_STATS_PEERS,

    NGX_SECMEET_STATS_PEAKS
} ngx_secmeet_stats_peak_e;


typedef struct {
    uint32_t                  date;     /* days since 1970-01-01; 0: none */
    uint32_t                  countries[NGX_SECMEET_STATS_COUNTRIES];
    uint64_t                  sums[NGX_SECMEET_STATS_SUMS];
    uint64_t                  peaks[NGX_SECMEET_STATS_PEAKS];
} ngx_secmeet_stats_record_t;


/* counted, not saved; all of it lies in this struct */
typedef struct {
    ngx_secmeet_stats_record_t  days[2];        /* the last one, one before */
    ngx_secmeet_stats_record_t  rest;           /* for the total alone */

    /* of days that are over: too few then, for the total when they are not */
    uint32_t                  carry[NGX_SECMEET_STATS_COUNTRIES];

    uint64_t                  counters[NGX_SECMEET_STATS_COUNTERS];
    uint32_t                  min;      /* participants of a country */
    uint32_t                  changed;
} ngx_secmeet_stats_t;


typedef struct {
    uint32_t                  since;            /* a date; 0: of nothing */
    ngx_uint_t                ndays;
    uint64_t                  counters[NGX_SECMEET_STATS_COUNTERS];
    ngx_secmeet_stats_record_t  total;
    ngx_secmeet_stats_record_t  days[NGX_SECMEET_STATS_DAYS];  /* by date */
} ngx_secmeet_stats_book_t;


/* upper bounds of the buckets but the last, in seconds */
extern const uint32_t  ngx_secmeet_stats_bounds[];


/* the number of a code of two letters, A to Z; others are _OTHER */
ngx_uint_t ngx_secmeet_stats_country(u_char *p, size_t len);

/* today's date comes before what is counted; it never goes back */
void ngx_secmeet_stats_date(ngx_secmeet_stats_t *stats, uint32_t date);
void ngx_secmeet_stats_add(ngx_secmeet_stats_t *stats, ngx_uint_t sum,
    uint64_t n);
void ngx_secmeet_stats_peak(ngx_secmeet_stats_t *stats, ngx_uint_t peak,
    uint64_t n);
void ngx_secmeet_stats_join(ngx_secmeet_stats_t *stats, ngx_uint_t country);
void ngx_secmeet_stats_end(ngx_secmeet_stats_t *stats, uint64_t seconds);

/*
 * Adds to the book what stats has and may be in it; done is what that was,
 * or NULL.  Countries of the book that have too few are gone from it.
 */
void ngx_secmeet_stats_merge(ngx_secmeet_stats_book_t *book,
    ngx_secmeet_stats_t *stats, ngx_secmeet_stats_t *done);

/* the book is saved: done is not to be counted again */
void ngx_secmeet_stats_settle(ngx_secmeet_stats_t *stats,
    ngx_secmeet_stats_t *done);

/* participants of a record that are of no country in it */
uint64_t ngx_secmeet_stats_other(ngx_secmeet_stats_record_t *record);


/*
 * The text of a book: JSON with its members in one order.  names are n of
 * the counters; those of a text that are not among them are left out.
 */

/* p has NGX_SECMEET_STATS_TEXT bytes; returns the end */
u_char *ngx_secmeet_stats_create(u_char *p, ngx_secmeet_stats_book_t *book,
    ngx_str_t *names, ngx_uint_t n);

/* NGX_OK; NGX_DECLINED: no such text, *pos is where it ceases to be one */
ngx_int_t ngx_secmeet_stats_parse(ngx_secmeet_stats_book_t *book,
    u_char **pos, u_char *end, ngx_str_t *names, ngx_uint_t n);

/* parts of it; each returns the end */
u_char *ngx_secmeet_stats_record(u_char *p,
    ngx_secmeet_stats_record_t *record);
u_char *ngx_secmeet_stats_days(u_char *p, ngx_secmeet_stats_book_t *book);
u_char *ngx_secmeet_stats_day(u_char *p, uint32_t date);
u_char *ngx_secmeet_stats_number(u_char *p, uint64_t n);


#endif /* _NGX_SECMEET_STATS_H_INCLUDED_ */
