
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_stats.h"


#define NGX_SECMEET_STATS_FORMAT      1         /* "secmeet" of the text */
#define NGX_SECMEET_STATS_EPOCH       719468    /* 1970-01-01 in days since
                                                   0000-03-01 */

static u_char *ngx_secmeet_stats_text(u_char *p, const char *text);
static u_char *ngx_secmeet_stats_key(u_char *p, const char *key,
    uint64_t n);
static u_char *ngx_secmeet_stats_countries(u_char *p,
    ngx_secmeet_stats_record_t *record);
static ngx_int_t ngx_secmeet_stats_read_record(
    ngx_secmeet_stats_record_t *record, u_char **pos, u_char *end);
static ngx_int_t ngx_secmeet_stats_read_countries(
    ngx_secmeet_stats_record_t *record, u_char **pos, u_char *end);
static ngx_int_t ngx_secmeet_stats_read_counters(
    ngx_secmeet_stats_book_t *book, u_char **pos, u_char *end,
    ngx_str_t *names, ngx_uint_t n);
static ngx_int_t ngx_secmeet_stats_read_days(ngx_secmeet_stats_book_t *book,
    u_char **pos, u_char *end);
static ngx_int_t ngx_secmeet_stats_read_char(u_char **pos, u_char *end,
    u_char ch);
static ngx_int_t ngx_secmeet_stats_read_string(u_char **pos, u_char *end,
    ngx_str_t *text);
static ngx_int_t ngx_secmeet_stats_read_name(u_char **pos, u_char *end,
    const char *name);
static ngx_int_t ngx_secmeet_stats_read_number(u_char **pos, u_char *end,
    uint64_t *n);
static ngx_int_t ngx_secmeet_stats_read_date(u_char **pos, u_char *end,
    uint32_t *date);
static ngx_int_t ngx_secmeet_stats_read_key(u_char **pos, u_char *end,
    const char *name, uint64_t *n);


static const char  *ngx_secmeet_stats_sums[NGX_SECMEET_STATS_DURATIONS] = {
    "sessions",
    "participants",
    "forwarded_bytes",
    "session_seconds"
};

static const char  *ngx_secmeet_stats_buckets[NGX_SECMEET_STATS_BUCKETS] = {
    "1m", "5m", "15m", "30m", "1h", "2h", "4h", "8h", "more"
};

static const char  *ngx_secmeet_stats_peaks[NGX_SECMEET_STATS_PEAKS] = {
    "peak_rooms",
    "peak_participants"
};


u_char *
ngx_secmeet_stats_create(u_char *p, ngx_secmeet_stats_book_t *book,
    ngx_str_t *names, ngx_uint_t n)
{
    ngx_uint_t  i;

    p = ngx_secmeet_stats_text(p, "{\n\"secmeet\": ");
    p = ngx_secmeet_stats_number(p, NGX_SECMEET_STATS_FORMAT);
    p = ngx_secmeet_stats_text(p, ",\n\"since\": ");
    p = ngx_secmeet_stats_day(p, book->since);
    p = ngx_secmeet_stats_text(p, ",\n\"total\": ");
    p = ngx_secmeet_stats_record(p, &book->total);
    p = ngx_secmeet_stats_text(p, ",\n\"counters\": {");

    for (i = 0; i < n; i++) {
        p = ngx_secmeet_stats_text(p, i ? ", \"" : "\"");
        p = ngx_cpymem(p, names[i].data, names[i].len);
        p = ngx_secmeet_stats_text(p, "\": ");
        p = ngx_secmeet_stats_number(p, book->counters[i]);
    }

    p = ngx_secmeet_stats_text(p, "},\n\"days\": ");
    p = ngx_secmeet_stats_days(p, book);

    return ngx_secmeet_stats_text(p, "\n}\n");
}


u_char *
ngx_secmeet_stats_days(u_char *p, ngx_secmeet_stats_book_t *book)
{
    ngx_uint_t  i;

    *p++ = '{';

    for (i = 0; i < book->ndays; i++) {
        p = ngx_secmeet_stats_text(p, i ? ",\n" : "\n");
        p = ngx_secmeet_stats_day(p, book->days[i].date);
        p = ngx_secmeet_stats_text(p, ": ");
        p = ngx_secmeet_stats_record(p, &book->days[i]);
    }

    *p++ = '}';

    return p;
}


u_char *
ngx_secmeet_stats_record(u_char *p, ngx_secmeet_stats_record_t *record)
{
    ngx_uint_t  i;

    *p++ = '{';

    for (i = 0; i < NGX_SECMEET_STATS_DURATIONS; i++) {
        p = ngx_secmeet_stats_key(p, ngx_secmeet_stats_sums[i],
                                  record->sums[i]);
        p = ngx_secmeet_stats_text(p, ", ");
    }

    for (i = 0; i < NGX_SECMEET_STATS_PEAKS; i++) {
        p = ngx_secmeet_stats_key(p, ngx_secmeet_stats_peaks[i],
                                  record->peaks[i]);
        p = ngx_secmeet_stats_text(p, ", ");
    }

    p = ngx_secmeet_stats_text(p, "\"session_durations\": {");

    for (i = 0; i < NGX_SECMEET_STATS_BUCKETS; i++) {
        p = ngx_secmeet_stats_text(p, i ? ", " : "");
        p = ngx_secmeet_stats_key(p, ngx_secmeet_stats_buckets[i],
                              record->sums[NGX_SECMEET_STATS_DURATIONS + i]);
    }

    p = ngx_secmeet_stats_text(p, "}, \"countries\": {");
    p = ngx_secmeet_stats_countries(p, record);

    return ngx_secmeet_stats_text(p, "}}");
}


static u_char *
ngx_secmeet_stats_countries(u_char *p, ngx_secmeet_stats_record_t *record)
{
    char        name[3];
    ngx_uint_t  i;

    name[2] = '\0';

    for (i = 0; i < NGX_SECMEET_STATS_COUNTRIES; i++) {
        if (record->countries[i]) {
            name[0] = 'A' + i / 26;
            name[1] = 'A' + i % 26;

            p = ngx_secmeet_stats_key(p, name, record->countries[i]);
            p = ngx_secmeet_stats_text(p, ", ");
        }
    }

    return ngx_secmeet_stats_key(p, "other",
                                 ngx_secmeet_stats_other(record));
}


static u_char *
ngx_secmeet_stats_text(u_char *p, const char *text)
{
    while (*text) {
        *p++ = *text++;
    }

    return p;
}


static u_char *
ngx_secmeet_stats_key(u_char *p, const char *key, uint64_t n)
{
    *p++ = '"';
    p = ngx_secmeet_stats_text(p, key);
    p = ngx_secmeet_stats_text(p, "\": ");

    return ngx_secmeet_stats_number(p, n);
}


u_char *
ngx_secmeet_stats_number(u_char *p, uint64_t n)
{
    u_char  *digit;
    u_char   digits[20];

    digit = digits + sizeof(digits);

    do {
        *--digit = '0' + n % 10;
        n /= 10;
    } while (n);

    return ngx_cpymem(p, digit, digits + sizeof(digits) - digit);
}


/* years begin in March: the odd day comes last */

u_char *
ngx_secmeet_stats_day(u_char *p, uint32_t date)
{
    uint32_t  day, era, month, year;

    date += NGX_SECMEET_STATS_EPOCH;
    era = date / 146097;
    day = date % 146097;

    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    month = (5 * day + 2) / 153;
    day -= (153 * month + 2) / 5;

    month += (month < 10) ? 3 : -9;
    year += era * 400 + (month <= 2);
    day++;

    *p++ = '"';
    *p++ = '0' + year / 1000;
    *p++ = '0' + year / 100 % 10;
    *p++ = '0' + year / 10 % 10;
    *p++ = '0' + year % 10;
    *p++ = '-';
    *p++ = '0' + month / 10;
    *p++ = '0' + month % 10;
    *p++ = '-';
    *p++ = '0' + day / 10;
    *p++ = '0' + day % 10;
    *p++ = '"';

    return p;
}


ngx_int_t
ngx_secmeet_stats_parse(ngx_secmeet_stats_book_t *book, u_char **pos,
    u_char *end, ngx_str_t *names, ngx_uint_t n)
{
    uint64_t  format;

    ngx_memzero(book, sizeof(ngx_secmeet_stats_book_t));

    if (ngx_secmeet_stats_read_char(pos, end, '{') != NGX_OK
        || ngx_secmeet_stats_read_key(pos, end, "secmeet", &format) != NGX_OK
        || format != NGX_SECMEET_STATS_FORMAT
        || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK
        || ngx_secmeet_stats_read_name(pos, end, "since") != NGX_OK
        || ngx_secmeet_stats_read_date(pos, end, &book->since) != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK
        || ngx_secmeet_stats_read_name(pos, end, "total") != NGX_OK
        || ngx_secmeet_stats_read_record(&book->total, pos, end) != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK
        || ngx_secmeet_stats_read_counters(book, pos, end, names, n)
           != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK
        || ngx_secmeet_stats_read_days(book, pos, end) != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, '}') != NGX_OK)
    {
        return NGX_DECLINED;
    }

    while (*pos < end && (**pos == '\n' || **pos == '\r' || **pos == ' ')) {
        (*pos)++;
    }

    return *pos == end ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_secmeet_stats_read_record(ngx_secmeet_stats_record_t *record,
    u_char **pos, u_char *end)
{
    ngx_uint_t  i;

    if (ngx_secmeet_stats_read_char(pos, end, '{') != NGX_OK) {
        return NGX_DECLINED;
    }

    for (i = 0; i < NGX_SECMEET_STATS_DURATIONS; i++) {
        if (ngx_secmeet_stats_read_key(pos, end, ngx_secmeet_stats_sums[i],
                                       &record->sums[i])
            != NGX_OK
            || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    for (i = 0; i < NGX_SECMEET_STATS_PEAKS; i++) {
        if (ngx_secmeet_stats_read_key(pos, end, ngx_secmeet_stats_peaks[i],
                                       &record->peaks[i])
            != NGX_OK
            || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    if (ngx_secmeet_stats_read_name(pos, end, "session_durations")
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    for (i = 0; i < NGX_SECMEET_STATS_BUCKETS; i++) {
        if (ngx_secmeet_stats_read_char(pos, end, i ? ',' : '{') != NGX_OK
            || ngx_secmeet_stats_read_key(pos, end,
                             ngx_secmeet_stats_buckets[i],
                             &record->sums[NGX_SECMEET_STATS_DURATIONS + i])
               != NGX_OK)
        {
            return NGX_DECLINED;
        }
    }

    if (ngx_secmeet_stats_read_char(pos, end, '}') != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK
        || ngx_secmeet_stats_read_name(pos, end, "countries") != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, '{') != NGX_OK
        || ngx_secmeet_stats_read_countries(record, pos, end) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    return ngx_secmeet_stats_read_char(pos, end, '}');
}


/* "other", which is what is left, comes last */

static ngx_int_t
ngx_secmeet_stats_read_countries(ngx_secmeet_stats_record_t *record,
    u_char **pos, u_char *end)
{
    uint64_t    left, n;
    ngx_str_t   name;
    ngx_uint_t  country;

    left = record->sums[NGX_SECMEET_STATS_PARTICIPANTS];

    for ( ;; ) {
        if (ngx_secmeet_stats_read_string(pos, end, &name) != NGX_OK
            || ngx_secmeet_stats_read_char(pos, end, ':') != NGX_OK
            || ngx_secmeet_stats_read_number(pos, end, &n) != NGX_OK
            || n > left)
        {
            return NGX_DECLINED;
        }

        left -= n;
        country = ngx_secmeet_stats_country(name.data, name.len);

        if (country == NGX_SECMEET_STATS_OTHER) {
            break;
        }

        if (record->countries[country] || n == 0 || n > 0xffffffff
            || ngx_secmeet_stats_read_char(pos, end, ',') != NGX_OK)
        {
            return NGX_DECLINED;
        }

        record->countries[country] = (uint32_t) n;
    }

    if (name.len != sizeof("other") - 1
        || ngx_memcmp(name.data, "other", name.len) != 0
        || left)
    {
        return NGX_DECLINED;
    }

    return ngx_secmeet_stats_read_char(pos, end, '}');
}


static ngx_int_t
ngx_secmeet_stats_read_counters(ngx_secmeet_stats_book_t *book,
    u_char **pos, u_char *end, ngx_str_t *names, ngx_uint_t n)
{
    uint64_t    value;
    ngx_str_t   name;
    ngx_uint_t  i;

    if (ngx_secmeet_stats_read_name(pos, end, "counters") != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, '{') != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_stats_read_char(pos, end, '}') == NGX_OK) {
        return NGX_OK;
    }

    do {
        if (ngx_secmeet_stats_read_string(pos, end, &name) != NGX_OK
            || ngx_secmeet_stats_read_char(pos, end, ':') != NGX_OK
            || ngx_secmeet_stats_read_number(pos, end, &value) != NGX_OK)
        {
            return NGX_DECLINED;
        }

        for (i = 0; i < n; i++) {
            if (names[i].len == name.len
                && ngx_memcmp(names[i].data, name.data, name.len) == 0)
            {
                book->counters[i] = value;
            }
        }

    } while (ngx_secmeet_stats_read_char(pos, end, ',') == NGX_OK);

    return ngx_secmeet_stats_read_char(pos, end, '}');
}


static ngx_int_t
ngx_secmeet_stats_read_days(ngx_secmeet_stats_book_t *book, u_char **pos,
    u_char *end)
{
    uint32_t                     last;
    ngx_secmeet_stats_record_t  *day;

    if (ngx_secmeet_stats_read_name(pos, end, "days") != NGX_OK
        || ngx_secmeet_stats_read_char(pos, end, '{') != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_stats_read_char(pos, end, '}') == NGX_OK) {
        return NGX_OK;
    }

    last = 0;

    do {
        if (book->ndays == NGX_SECMEET_STATS_DAYS) {
            return NGX_DECLINED;
        }

        day = &book->days[book->ndays++];

        if (ngx_secmeet_stats_read_date(pos, end, &day->date) != NGX_OK
            || day->date <= last
            || ngx_secmeet_stats_read_char(pos, end, ':') != NGX_OK
            || ngx_secmeet_stats_read_record(day, pos, end) != NGX_OK)
        {
            return NGX_DECLINED;
        }

        last = day->date;

    } while (ngx_secmeet_stats_read_char(pos, end, ',') == NGX_OK);

    return ngx_secmeet_stats_read_char(pos, end, '}');
}


/* what follows white space; *pos stays there if it does not */

static ngx_int_t
ngx_secmeet_stats_read_char(u_char **pos, u_char *end, u_char ch)
{
    while (*pos < end
           && (**pos == ' ' || **pos == '\n' || **pos == '\r'
               || **pos == '\t'))
    {
        (*pos)++;
    }

    if (*pos == end || **pos != ch) {
        return NGX_DECLINED;
    }

    (*pos)++;

    return NGX_OK;
}


/* letters, digits and dashes need no escape */

static ngx_int_t
ngx_secmeet_stats_read_string(u_char **pos, u_char *end, ngx_str_t *text)
{
    u_char  ch;

    if (ngx_secmeet_stats_read_char(pos, end, '"') != NGX_OK) {
        return NGX_DECLINED;
    }

    text->data = *pos;

    for ( /* void */ ; *pos < end; (*pos)++) {
        ch = **pos;

        if (ch == '"') {
            text->len = *pos - text->data;
            (*pos)++;
            return NGX_OK;
        }

        if ((ch < 'a' || ch > 'z') && (ch < 'A' || ch > 'Z')
            && (ch < '0' || ch > '9') && ch != '-' && ch != '_')
        {
            break;
        }
    }

    return NGX_DECLINED;
}


static ngx_int_t
ngx_secmeet_stats_read_name(u_char **pos, u_char *end, const char *name)
{
    ngx_str_t  text;

    if (ngx_secmeet_stats_read_string(pos, end, &text) != NGX_OK
        || text.len != ngx_strlen(name)
        || ngx_memcmp(text.data, name, text.len) != 0)
    {
        return NGX_DECLINED;
    }

    return ngx_secmeet_stats_read_char(pos, end, ':');
}


static ngx_int_t
ngx_secmeet_stats_read_number(u_char **pos, u_char *end, uint64_t *n)
{
    ngx_uint_t   digit;

    *n = 0;

    while (*pos < end && (**pos == ' ' || **pos == '\n')) {
        (*pos)++;
    }

    if (*pos == end || **pos < '0' || **pos > '9') {
        return NGX_DECLINED;
    }

    for ( /* void */ ; *pos < end && **pos >= '0' && **pos <= '9'; (*pos)++)
    {
        digit = **pos - '0';

        /* sums of two of them shall not overflow either */

        if (*n > (uint64_t) 0x7fffffffffffffff / 10 - 1) {
            return NGX_DECLINED;
        }

        *n = *n * 10 + digit;
    }

    return NGX_OK;
}


/* days of the month are counted, not checked: what was not written by
   _day() has another text */

static ngx_int_t
ngx_secmeet_stats_read_date(u_char **pos, u_char *end, uint32_t *date)
{
    u_char     *p;
    uint32_t    day, month, year;
    ngx_str_t   text;
    ngx_uint_t  i;
    u_char      again[12];

    if (ngx_secmeet_stats_read_string(pos, end, &text) != NGX_OK
        || text.len != 10)
    {
        return NGX_DECLINED;
    }

    p = text.data;

    for (i = 0; i < 10; i++) {
        if ((i == 4 || i == 7) ? p[i] != '-' : (p[i] < '0' || p[i] > '9')) {
            return NGX_DECLINED;
        }
    }

    year = (p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10
           + (p[3] - '0');
    month = (p[5] - '0') * 10 + (p[6] - '0');
    day = (p[8] - '0') * 10 + (p[9] - '0');

    if (year < 1970 || month < 1 || month > 12 || day < 1) {
        return NGX_DECLINED;
    }

    year -= (month <= 2);
    month = (month + 9) % 12;

    *date = year * 365 + year / 4 - year / 100 + year / 400
            + (153 * month + 2) / 5 + day - 1 - NGX_SECMEET_STATS_EPOCH;

    (void) ngx_secmeet_stats_day(again, *date);

    return ngx_memcmp(again + 1, p, 10) == 0 ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_secmeet_stats_read_key(u_char **pos, u_char *end, const char *name,
    uint64_t *n)
{
    if (ngx_secmeet_stats_read_name(pos, end, name) != NGX_OK) {
        return NGX_DECLINED;
    }

    return ngx_secmeet_stats_read_number(pos, end, n);
}
