
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Runs the world of bwe_world.h for some time and says what it was like.
 */


#ifndef _NGX_SECMEET_BWE_SHOW_H_INCLUDED_
#define _NGX_SECMEET_BWE_SHOW_H_INCLUDED_


#include "bwe_world.h"
#include "tap.h"


#define SHOW_SAMPLES    100000


typedef struct {
    uint64_t    min;                            /* target, kbit/s */
    uint64_t    mean;
    uint64_t    max;
    uint64_t    sent;                           /* kbit/s */
    uint64_t    arrived;
    uint64_t    padding;                        /* kbit/s, of sent */
    uint64_t    median;                         /* queue, ms */
    uint64_t    p95;
    uint64_t    most;
    ngx_uint_t  samples;
    uint32_t    queue[SHOW_SAMPLES];
} show_t;


static inline int
show_compare(const void *one, const void *two)
{
    uint32_t  a, b;

    a = *(const uint32_t *) one;
    b = *(const uint32_t *) two;

    return (a > b) - (a < b);
}


static inline void
show_begin(show_t *show)
{
    memset(show, 0, sizeof(show_t));
    show->min = (uint64_t) -1;
}


/* one millisecond */

static inline void
show_sample(show_t *show, world_t *w, ngx_secmeet_usec_t now)
{
    uint64_t  target;

    target = w->out.target / KBIT;

    show->min = ngx_min(show->min, target);
    show->max = ngx_max(show->max, target);
    show->mean += target;

    if (show->samples < SHOW_SAMPLES) {
        show->queue[show->samples++] = link_wait(w->link, now) / MS;
    }
}


static inline void
show_end(show_t *show, world_t *w, uint64_t sent, uint64_t arrived,
    uint64_t padding)
{
    ngx_uint_t  n;

    n = show->samples;

    show->mean /= n;
    show->sent = (w->sent - sent) * 8 / n;
    show->arrived = (w->arrived - arrived) * 8 / n;
    show->padding = (w->padding - padding) * 8 / n;

    qsort(show->queue, n, sizeof(uint32_t), show_compare);

    show->median = show->queue[n / 2];
    show->p95 = show->queue[n * 95 / 100];
    show->most = show->queue[n - 1];
}


/* until then; w2 may be NULL */

static inline ngx_secmeet_usec_t
show_run(show_t *show, world_t *w, world_t *w2, ngx_secmeet_usec_t now,
    ngx_secmeet_usec_t until)
{
    uint64_t  sent, arrived, padding;

    show_begin(show);

    sent = w->sent;
    arrived = w->arrived;
    padding = w->padding;

    for ( /* void */ ; now < until; now += MS) {
        world_step(w, now);

        if (w2) {
            world_step(w2, now);
        }

        show_sample(show, w, now);
    }

    show_end(show, w, sent, arrived, padding);

    return now;
}


/* how many ms it takes until the target is above or below, in kbit/s */

static inline uint64_t
show_until(world_t *w, ngx_secmeet_usec_t *now, uint64_t above,
    uint64_t below, ngx_secmeet_usec_t most)
{
    uint64_t            target;
    ngx_secmeet_usec_t  start;

    start = *now;

    for ( /* void */ ; *now < start + most; *now += MS) {
        target = w->out.target / KBIT;

        if (target >= above && target <= below) {
            break;
        }

        world_step(w, *now);
    }

    return (*now - start) / MS;
}


static inline void
show(show_t *show, const char *name, uint64_t kbits)
{
    printf("# %-28s target %4llu..%4llu, mean %4llu, sent %4llu"
           " (padding %llu), of %llu: %llu%%; queue %llu, p95 %llu,"
           " max %llu ms\n",
           name, (unsigned long long) show->min,
           (unsigned long long) show->max, (unsigned long long) show->mean,
           (unsigned long long) show->sent,
           (unsigned long long) show->padding, (unsigned long long) kbits,
           (unsigned long long) (show->arrived * 100 / kbits),
           (unsigned long long) show->median,
           (unsigned long long) show->p95, (unsigned long long) show->most);
}


/* [low, high], told with what it was */

static inline int
within(uint64_t got, uint64_t low, uint64_t high, const char *what)
{
    return ok(got >= low && got <= high, "%s: %llu, from %llu to %llu", what,
              (unsigned long long) got, (unsigned long long) low,
              (unsigned long long) high);
}


#endif /* _NGX_SECMEET_BWE_SHOW_H_INCLUDED_ */
