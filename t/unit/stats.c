
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_stats.h"
#include "tap.h"


#define DAY   20783                             /* 2026-11-26 */
#define FR    (5 * 26 + 17)
#define DE    (3 * 26 + 4)

#define NAMES 3


static ngx_secmeet_stats_t       stats, done_, other;
static ngx_secmeet_stats_book_t  book, again;
static u_char                    text[NGX_SECMEET_STATS_TEXT + 1];
static u_char                    copy[8192];

static ngx_str_t  names[NAMES] = {
    ngx_string("in"),
    ngx_string("drop-early"),
    ngx_string("out")
};


static void test_countries(void);
static void test_dates(void);
static void test_date(uint32_t date, const char *expected);
static void test_durations(void);
static void test_few(void);
static void test_days(void);
static void test_unsaved(void);
static void test_upgrade(void);
static void test_min(void);
static void test_many_days(void);
static void test_text(void);
static void test_damage(void);
static void test_bad(const char *from, const char *to, const char *what);
static void test_size(void);
static void start(uint32_t date);
static void join(ngx_uint_t country, ngx_uint_t n);
static void save(void);
static uint64_t total(ngx_uint_t sum);
static size_t sample(void);
static ngx_int_t parse(u_char *p, size_t len);


int
main(void)
{
    test_countries();
    test_dates();
    test_durations();
    test_few();
    test_days();
    test_unsaved();
    test_upgrade();
    test_min();
    test_many_days();
    test_text();
    test_damage();
    test_size();

    return done();
}


static void
test_countries(void)
{
    ngx_uint_t  i;

    static const char  *others[] = {
        "", "D", "DEU", "de", "dE", "D1", "--", "D ", "\xc3\x84", "off"
    };

    is_int(ngx_secmeet_stats_country((u_char *) "AA", 2), 0, "AA");
    is_int(ngx_secmeet_stats_country((u_char *) "DE", 2), DE, "DE");
    is_int(ngx_secmeet_stats_country((u_char *) "ZZ", 2), 675, "ZZ");

    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        is_int(ngx_secmeet_stats_country((u_char *) others[i],
                                         strlen(others[i])),
               NGX_SECMEET_STATS_OTHER, "no country: '%s'", others[i]);
    }
}


static void
test_dates(void)
{
    uint32_t   date, was;
    u_char     p[12], last[12];
    ngx_int_t  rising;

    test_date(0, "\"1970-01-01\"");
    test_date(1, "\"1970-01-02\"");
    test_date(11016, "\"2000-02-29\"");
    test_date(19782, "\"2024-02-29\"");
    test_date(DAY, "\"2026-11-26\"");
    test_date(47541, "\"2100-03-01\"");
    test_date(47540, "\"2100-02-28\"");
    test_date(NGX_SECMEET_STATS_DATE, "\"9999-12-31\"");

    rising = 1;
    was = 0;
    memset(last, 0, sizeof(last));

    for (date = 0; date <= NGX_SECMEET_STATS_DATE; date++) {
        (void) ngx_secmeet_stats_day(p, date);

        if (memcmp(p, last, sizeof(p)) <= 0) {
            rising = 0;
            was = date;
        }

        memcpy(last, p, sizeof(p));
    }

    ok(rising, "each day comes after the one before (%u)", was);
}


static void
test_date(uint32_t date, const char *expected)
{
    u_char  p[12];

    (void) ngx_secmeet_stats_day(p, date);

    is_mem(p, expected, 12, "date %s", expected);
}


static void
test_durations(void)
{
    ngx_uint_t  i, k;
    uint64_t    n;

    start(DAY);

    for (i = 0; i < NGX_SECMEET_STATS_BUCKETS - 1; i++) {
        ngx_secmeet_stats_end(&stats, ngx_secmeet_stats_bounds[i]);

        n = stats.days[0].sums[NGX_SECMEET_STATS_DURATIONS + i];
        is_int(n, i ? 2 : 1, "bucket %u: its bound is in it", (unsigned) i);

        ngx_secmeet_stats_end(&stats, ngx_secmeet_stats_bounds[i] + 1);

        n = stats.days[0].sums[NGX_SECMEET_STATS_DURATIONS + i + 1];
        is_int(n, 1, "bucket %u: a second more is not", (unsigned) i);
    }

    n = 0;

    for (k = 0; k < NGX_SECMEET_STATS_BUCKETS; k++) {
        n += stats.days[0].sums[NGX_SECMEET_STATS_DURATIONS + k];
    }

    is_int(n, 16, "each is in one");
    is_int(stats.days[0].sums[NGX_SECMEET_STATS_SECONDS], 2 * 57060 + 8,
           "seconds");

    start(DAY);
    ngx_secmeet_stats_end(&stats, 0);
    is_int(stats.days[0].sums[NGX_SECMEET_STATS_DURATIONS], 1, "none at all");
    ngx_secmeet_stats_end(&stats, (uint64_t) 1 << 40);
    is_int(stats.days[0].sums[NGX_SECMEET_STATS_SUMS - 1], 1, "very long");
}


/* k - 1 participants of a country, then k, then more */

static void
test_few(void)
{
    start(DAY);
    join(FR, 4);
    join(DE, 7);
    join(NGX_SECMEET_STATS_OTHER, 2);
    save();

    is_int(book.since, DAY, "since");
    is_int(book.ndays, 1, "one day");
    is_int(book.days[0].countries[FR], 0, "four are too few");
    is_int(book.total.countries[FR], 0, "in the total as well");
    is_int(book.days[0].countries[DE], 7, "seven are not");
    is_int(ngx_secmeet_stats_other(&book.days[0]), 6, "those are others");
    is_int(total(NGX_SECMEET_STATS_PARTICIPANTS), 13, "all are counted");

    save();

    is_int(total(NGX_SECMEET_STATS_PARTICIPANTS), 13, "once");
    is_int(book.days[0].countries[DE], 7, "once by country");

    join(FR, 1);
    save();

    is_int(book.days[0].countries[FR], 5, "five are enough");
    is_int(book.total.countries[FR], 5, "in the total as well");
    is_int(ngx_secmeet_stats_other(&book.days[0]), 2, "and no others more");
    is_int(stats.days[0].countries[FR], 0, "nothing waits");

    join(FR, 1);
    save();

    is_int(book.days[0].countries[FR], 6, "and then each one");
    is_int(book.total.countries[FR], 6, "in the total as well");
    is_int(ngx_secmeet_stats_other(&book.total), 2, "others");

    /* after a restart: who waited is not known any more */

    join(DE + 1, 3);
    save();
    memset(&stats, 0, sizeof(stats));
    stats.min = 5;
    ngx_secmeet_stats_date(&stats, DAY);
    join(DE + 1, 3);
    join(FR, 1);
    save();

    is_int(book.days[0].countries[DE + 1], 0, "three and three are not six");
    is_int(ngx_secmeet_stats_other(&book.days[0]), 8, "they stay others");
    is_int(book.days[0].countries[FR], 7, "whoever was shown is counted on");
}


static void
test_days(void)
{
    start(DAY);
    join(FR, 4);
    join(DE, 5);
    ngx_secmeet_stats_peak(&stats, NGX_SECMEET_STATS_ROOMS, 9);
    save();

    ngx_secmeet_stats_date(&stats, DAY + 1);
    join(FR, 1);
    ngx_secmeet_stats_peak(&stats, NGX_SECMEET_STATS_ROOMS, 3);
    ngx_secmeet_stats_peak(&stats, NGX_SECMEET_STATS_ROOMS, 2);
    save();

    is_int(book.ndays, 2, "another day");
    is_int(book.days[1].date, DAY + 1, "its date");
    is_int(book.days[0].countries[FR], 0, "four on the first day");
    is_int(book.days[1].countries[FR], 0, "one on the second");
    is_int(book.total.countries[FR], 0, "and five in all: not yet");
    is_int(book.days[0].peaks[NGX_SECMEET_STATS_ROOMS], 9, "peak of a day");
    is_int(book.days[1].peaks[NGX_SECMEET_STATS_ROOMS], 3, "of another");
    is_int(book.total.peaks[NGX_SECMEET_STATS_ROOMS], 9, "of all");

    /* what the days show and the total shows differ by 0, or by enough */

    ngx_secmeet_stats_date(&stats, DAY + 2);
    save();
    is_int(book.total.countries[FR], 0, "the first day is over");
    is_int(book.ndays, 3, "a day without anybody");

    ngx_secmeet_stats_date(&stats, DAY + 3);
    save();
    is_int(book.total.countries[FR], 5, "the second is, with five in all");
    is_int(book.days[0].countries[FR] + book.days[1].countries[FR], 0,
           "no day tells");
    is_int(book.total.countries[DE], 5, "nobody is counted twice");
    is_int(total(NGX_SECMEET_STATS_PARTICIPANTS), 10, "all");

    ngx_secmeet_stats_date(&stats, DAY + 2);
    join(DE, 6);
    save();
    is_int(book.days[3].countries[DE], 6, "a clock that steps back");
    is_int(book.days[2].countries[DE], 0, "changes no day of before");

    ngx_secmeet_stats_date(&stats, NGX_SECMEET_STATS_DATE + 1);
    is_int(stats.days[0].date, DAY + 3, "a date that no text has");
}


/* the disk was full, or the worker went on while it was written */

static void
test_unsaved(void)
{
    start(DAY);
    join(FR, 6);
    ngx_secmeet_stats_merge(&book, &stats, &done_);
    is_int(book.days[0].countries[FR], 6, "merged");

    join(FR, 1);
    join(DE, 2);
    ngx_secmeet_stats_settle(&stats, &done_);
    is_int(stats.days[0].countries[FR], 1, "one has come meanwhile");
    is_int(stats.days[0].countries[DE], 2, "and two of another country");
    is_int(stats.days[0].sums[NGX_SECMEET_STATS_PARTICIPANTS], 3, "in all");

    ngx_secmeet_stats_merge(&book, &stats, &done_);
    ngx_secmeet_stats_date(&stats, DAY + 1);
    join(DE, 5);
    ngx_secmeet_stats_settle(&stats, &done_);
    is_int(stats.days[1].sums[NGX_SECMEET_STATS_PARTICIPANTS], 0,
           "midnight, meanwhile");
    is_int(stats.days[1].countries[DE], 2, "those who wait still do");
    is_int(stats.days[0].countries[DE], 5, "today is as it was");
    save();

    /* a month without a disk */

    start(DAY);
    join(FR, 6);
    stats.counters[1] = 7;
    ngx_secmeet_stats_date(&stats, DAY + 10);
    join(FR, 5);
    ngx_secmeet_stats_date(&stats, DAY + 20);
    join(FR, 1);
    ngx_secmeet_stats_date(&stats, DAY + 30);
    stats.changed = 0;
    join(FR, 8);
    is_int(stats.changed, 1, "changed");
    save();

    is_int(total(NGX_SECMEET_STATS_PARTICIPANTS), 20, "nobody is lost");
    is_int(book.total.countries[FR], 19, "but one of a day of too few");
    is_int(book.ndays, 2, "days that are long over are in the total alone");
    is_int(book.days[1].countries[FR], 8, "today");
    is_int(book.counters[1], 7, "a counter");
    is_int(stats.counters[1], 0, "is settled");
    save();
    is_int(total(NGX_SECMEET_STATS_PARTICIPANTS), 20, "saved once");
    is_int(book.counters[1], 7, "and the counter");
}


/* two binaries, which do not know what waits in the other */

static void
test_upgrade(void)
{
    start(DAY);
    join(FR, 3);
    save();

    other = stats;
    memset(&stats, 0, sizeof(stats));
    stats.min = 5;
    ngx_secmeet_stats_date(&stats, DAY);
    join(FR, 3);
    save();

    is_int(book.days[0].countries[FR], 0, "three in each");
    is_int(ngx_secmeet_stats_other(&book.days[0]), 6, "are six others");

    join(FR, 2);
    save();
    is_int(book.days[0].countries[FR], 5, "one of them has enough");

    stats = other;
    join(FR, 1);
    save();
    is_int(book.days[0].countries[FR], 9, "and then all are known");
    is_int(ngx_secmeet_stats_other(&book.days[0]), 0, "and none is other");
}


static void
test_min(void)
{
    start(DAY);
    join(FR, 6);
    join(DE, 12);
    save();

    stats.min = 10;
    join(DE, 1);
    save();

    is_int(book.days[0].countries[FR], 0, "six are too few for ten");
    is_int(book.total.countries[FR], 0, "in the total as well");
    is_int(book.days[0].countries[DE], 13, "thirteen are not");
    is_int(ngx_secmeet_stats_other(&book.days[0]), 6, "others");

    stats.min = 1;
    join(DE + 1, 1);
    save();
    is_int(book.days[0].countries[DE + 1], 1, "one is enough for one");
}


static void
test_many_days(void)
{
    ngx_uint_t  i;

    start(DAY);

    for (i = 0; i < NGX_SECMEET_STATS_DAYS; i++) {
        ngx_secmeet_stats_date(&stats, DAY + i);
        join(FR, 5);
        save();
    }

    is_int(book.ndays, NGX_SECMEET_STATS_DAYS, "as many days as there may be");
    is_int(book.days[0].date, DAY, "from the first on");

    ngx_secmeet_stats_date(&stats, DAY + i);
    join(FR, 5);
    save();

    is_int(book.ndays, NGX_SECMEET_STATS_DAYS, "and no more");
    is_int(book.days[0].date, DAY + 1, "without the oldest");
    is_int(book.days[NGX_SECMEET_STATS_DAYS - 1].date, DAY + i, "the last");
    is_int(book.total.countries[FR], 5 * (NGX_SECMEET_STATS_DAYS + 1),
           "the total has all");
    is_int(book.since, DAY, "since then");

    memset(&stats, 0, sizeof(stats));
    stats.min = 5;
    ngx_secmeet_stats_date(&stats, DAY - 1);
    join(DE, 5);
    save();

    is_int(book.days[0].date, DAY + 1, "a day before all of them");
    is_int(book.total.countries[DE], 5, "is in the total");

    /* between two */

    start(DAY);
    join(FR, 5);
    save();
    ngx_secmeet_stats_date(&stats, DAY + 9);
    join(FR, 5);
    save();
    memset(&stats, 0, sizeof(stats));
    stats.min = 5;
    ngx_secmeet_stats_date(&stats, DAY + 3);
    join(DE, 5);
    save();

    is_int(book.ndays, 3, "a day between two");
    is_int(book.days[1].date, DAY + 3, "its place");
    is_int(book.days[1].countries[DE], 5, "what it has");
    is_int(book.days[2].countries[FR], 5, "and the one after it");
}


static void
test_text(void)
{
    size_t      len;
    ngx_str_t   few[2];

    len = sample();

    ok(len > 500 && len < sizeof(copy), "a text of %d bytes", (int) len);
    is_int(parse(text, len), NGX_OK, "is parsed");
    is_mem(&again, &book, sizeof(book), "and is the book");

    memmove(copy, text, len);
    is_int(ngx_secmeet_stats_create(text, &again, names, NAMES) - text, len,
           "written again");
    is_mem(text, copy, len, "it is the same text");

    /* of another version, which counts other things */

    few[0] = names[2];
    ngx_str_set(&few[1], "new");
    len = ngx_secmeet_stats_create(text, &book, names, NAMES) - text;
    {
        u_char  *p = text;

        is_int(ngx_secmeet_stats_parse(&again, &p, text + len, few, 2),
               NGX_OK, "other counters");
        is_int(again.counters[0], 3, "one that is known");
        is_int(again.counters[1], 0, "one that is new");
    }

    memset(&book, 0, sizeof(book));
    len = ngx_secmeet_stats_create(text, &book, names, 0) - text;
    is_int(parse(text, len), NGX_OK, "an empty one");
    is_mem(&again, &book, sizeof(book), "is empty");
}


static void
test_damage(void)
{
    size_t      i, len;
    u_char      ch, *p;
    ngx_uint_t  good;

    len = sample();
    good = 0;

    for (i = 0; i < len - 1; i++) {
        good += (parse(text, i) == NGX_OK);
    }

    is_int(good, 0, "none that is cut off");

    for (i = 0; i < len; i++) {
        ch = text[i];
        text[i] = 1;
        good += (parse(text, len) == NGX_OK);
        text[i] = ch;
    }

    is_int(good, 0, "none with a byte that is no text");

    text[len] = '{';
    is_int(parse(text, len + 1), NGX_DECLINED, "none with more behind it");
    is_int(parse(text, len), NGX_OK, "the text itself");

    p = text;
    text[100] = '#';
    (void) ngx_secmeet_stats_parse(&again, &p, text + len, names, NAMES);
    ok(p <= text + 100 && p > text + 60, "where it is damaged");

    test_bad("\"secmeet\": 1", "\"secmeet\": 2", "another format");
    test_bad("2026-11-26", "2026-02-30", "no such day");
    test_bad("2026-11-26", "2026-13-26", "no such month");
    test_bad("2026-11-26", "1969-11-26", "a year of before");
    test_bad("\"2026-11-27\": {", "\"2026-11-26\": {", "a day twice");
    test_bad("\"2026-11-27\": {", "\"2026-11-25\": {", "days not in order");
    test_bad("\"DE\": 7", "\"DE\": 9", "more of a country than of all");
    test_bad("\"DE\": 7", "\"DE\": 6", "fewer, and not others instead");
    test_bad("\"DE\": 7", "\"De\": 7", "no country");
    test_bad("\"DE\": 7", "\"DE\": 0", "nobody of a country");
    test_bad("\"FR\": 5", "\"DE\": 5", "a country twice");
    test_bad("\"sessions\": 2", "\"sessions\": -", "no number");
    test_bad("\"in\": 1", "\"in\": 9999999999999999999", "too much");
    test_bad("\"in\": 1", "\"in\": \"\"", "no number but a string");
    test_bad("\"sessions\"", "\"sessiens\"", "another name");
    test_bad("\"other\"", "\"athor\"", "no others");
}


static void
test_bad(const char *from, const char *to, const char *what)
{
    char    *at;
    size_t   len, rest;

    len = sample();
    text[len] = '\0';

    at = strstr((char *) text, from);

    if (at == NULL) {
        ok(0, "no \"%s\" in the text", from);
        return;
    }

    rest = len - ((u_char *) at - text) - strlen(from);

    memmove(at + strlen(to), at + strlen(from), rest);
    memcpy(at, to, strlen(to));

    is_int(parse(text, len - strlen(from) + strlen(to)), NGX_DECLINED, "%s",
           what);
}


static void
test_size(void)
{
    size_t                       len;
    ngx_uint_t                   i, k;
    ngx_secmeet_stats_record_t  *record;

    static ngx_str_t  many[NGX_SECMEET_STATS_COUNTERS];
    static u_char     name[NGX_SECMEET_STATS_NAME];

    memset(&book, 0, sizeof(book));
    memset(name, 'n', sizeof(name));

    book.ndays = NGX_SECMEET_STATS_DAYS;

    for (i = 0; i <= NGX_SECMEET_STATS_DAYS; i++) {
        record = i ? &book.days[i - 1] : &book.total;

        if (i) {
            record->date = DAY + i;
        }

        memset(record->countries, 0xff, sizeof(record->countries));

        for (k = 0; k < NGX_SECMEET_STATS_SUMS; k++) {
            record->sums[k] = (uint64_t) 9000000000000000000u;
        }

        for (k = 0; k < NGX_SECMEET_STATS_PEAKS; k++) {
            record->peaks[k] = (uint64_t) 9000000000000000000u;
        }
    }

    for (i = 0; i < NGX_SECMEET_STATS_COUNTERS; i++) {
        many[i].data = name;
        many[i].len = sizeof(name);
    }

    len = ngx_secmeet_stats_create(text, &book, many,
                                   NGX_SECMEET_STATS_COUNTERS) - text;

    ok(len <= NGX_SECMEET_STATS_TEXT, "the longest text fits: %d of %d",
       (int) len, (int) NGX_SECMEET_STATS_TEXT);
    is_int(parse(text, len), NGX_OK, "and is parsed");
    is_mem(again.days, book.days, sizeof(book.days), "to the same days");
}


static void
start(uint32_t date)
{
    memset(&book, 0, sizeof(book));
    memset(&stats, 0, sizeof(stats));

    stats.min = 5;
    ngx_secmeet_stats_date(&stats, date);
}


static void
join(ngx_uint_t country, ngx_uint_t n)
{
    while (n--) {
        ngx_secmeet_stats_join(&stats, country);
    }
}


static void
save(void)
{
    ngx_secmeet_stats_merge(&book, &stats, &done_);
    ngx_secmeet_stats_settle(&stats, &done_);
}


static uint64_t
total(ngx_uint_t sum)
{
    uint64_t    n;
    ngx_uint_t  i;

    n = 0;

    for (i = 0; i < book.ndays; i++) {
        n += book.days[i].sums[sum];
    }

    if (n > book.total.sums[sum]) {
        ok(0, "days have %d and the total %d", (int) n,
           (int) book.total.sums[sum]);
    }

    return book.total.sums[sum];
}


static size_t
sample(void)
{
    start(DAY);
    join(DE, 7);
    join(FR, 5);
    join(NGX_SECMEET_STATS_OTHER, 1);
    ngx_secmeet_stats_add(&stats, NGX_SECMEET_STATS_SESSIONS, 2);
    ngx_secmeet_stats_add(&stats, NGX_SECMEET_STATS_BYTES, 123456789012);
    ngx_secmeet_stats_end(&stats, 59);
    ngx_secmeet_stats_end(&stats, 3601);
    ngx_secmeet_stats_peak(&stats, NGX_SECMEET_STATS_PEERS, 13);

    stats.counters[0] = 1;
    stats.counters[1] = 2;
    stats.counters[2] = 3;

    save();

    ngx_secmeet_stats_date(&stats, DAY + 1);
    join(DE, 6);
    save();

    return ngx_secmeet_stats_create(text, &book, names, NAMES) - text;
}


static ngx_int_t
parse(u_char *p, size_t len)
{
    return ngx_secmeet_stats_parse(&again, &p, p + len, names, NAMES);
}
