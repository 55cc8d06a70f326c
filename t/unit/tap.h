
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Test Anything Protocol for the unit tests.
 */


#ifndef _NGX_SECMEET_TAP_H_INCLUDED_
#define _NGX_SECMEET_TAP_H_INCLUDED_


#include <stdarg.h>
#include <stdio.h>
#include <string.h>


static int  tap_run;
static int  tap_failed;
static int  tap_planned;


static inline void
plan(int n)
{
    tap_planned = n;
    printf("1..%d\n", n);
}


static inline int
tap_result(int good, const char *fmt, va_list args)
{
    printf("%sok %d - ", good ? "" : "not ", ++tap_run);
    vprintf(fmt, args);
    printf("\n");
    fflush(stdout);

    if (!good) {
        tap_failed++;
    }

    return good;
}


__attribute__((format(printf, 2, 3)))
static inline int
ok(int good, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    tap_result(good, fmt, args);
    va_end(args);

    return good;
}


__attribute__((format(printf, 3, 4)))
static inline int
is_int(long long got, long long expected, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    tap_result(got == expected, fmt, args);
    va_end(args);

    if (got != expected) {
        printf("# got %lld, expected %lld\n", got, expected);
    }

    return got == expected;
}


__attribute__((format(printf, 4, 5)))
static inline int
is_mem(const void *got, const void *expected, size_t len, const char *fmt,
    ...)
{
    int      good;
    size_t   i;
    va_list  args;

    good = (memcmp(got, expected, len) == 0);

    va_start(args, fmt);
    tap_result(good, fmt, args);
    va_end(args);

    for (i = 0; !good && i < len; i++) {
        if (((const unsigned char *) got)[i]
            != ((const unsigned char *) expected)[i])
        {
            printf("# first difference at byte %zu: %02x, expected %02x\n",
                   i, ((const unsigned char *) got)[i],
                   ((const unsigned char *) expected)[i]);
            break;
        }
    }

    return good;
}


static inline int
done(void)
{
    if (tap_planned == 0) {
        printf("1..%d\n", tap_run);

    } else if (tap_planned != tap_run) {
        printf("# planned %d, ran %d\n", tap_planned, tap_run);
        return 1;
    }

    return tap_failed != 0;
}


#endif /* _NGX_SECMEET_TAP_H_INCLUDED_ */
