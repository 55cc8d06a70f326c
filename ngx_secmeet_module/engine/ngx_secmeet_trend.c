
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_trend.h"


#define NGX_SECMEET_TREND_FEWEST      5         /* groups, for a line */
#define NGX_SECMEET_TREND_SHORT       3         /* groups: the last ones */
#define NGX_SECMEET_TREND_SECOND      1000000
#define NGX_SECMEET_TREND_FALLEN      4.0       /* ms: no growth now */
#define NGX_SECMEET_TREND_FAR         1e12      /* ms: no base yet */


static void ngx_secmeet_trend_restart(ngx_secmeet_trend_t *trend,
    ngx_secmeet_usec_t sent, ngx_secmeet_usec_t received);
static void ngx_secmeet_trend_group(ngx_secmeet_trend_t *trend,
    ngx_secmeet_usec_t sent, double delay);
static void ngx_secmeet_trend_close(ngx_secmeet_trend_t *trend);
static double ngx_secmeet_trend_mean(ngx_secmeet_trend_t *trend,
    ngx_uint_t n);
static void ngx_secmeet_trend_base(ngx_secmeet_trend_t *trend, double delay);
static void ngx_secmeet_trend_fit(ngx_secmeet_trend_t *trend);
static ngx_secmeet_trend_e ngx_secmeet_trend_verdict(
    ngx_secmeet_trend_t *trend);
static ngx_uint_t ngx_secmeet_trend_rises(ngx_secmeet_trend_t *trend,
    double queue);


void
ngx_secmeet_trend_init(ngx_secmeet_trend_t *trend)
{
    ngx_memzero(trend, sizeof(ngx_secmeet_trend_t));

    trend->noise = NGX_SECMEET_TREND_NOISE;
    trend->tolerance = 1;
}


ngx_int_t
ngx_secmeet_trend_input(ngx_secmeet_trend_t *trend, ngx_secmeet_usec_t sent,
    ngx_secmeet_usec_t received)
{
    int64_t    delay;
    ngx_int_t  rc;

    delay = (int64_t) (received - sent - trend->offset);

    if (!trend->started
        || delay > NGX_SECMEET_TREND_JUMP
        || delay < -NGX_SECMEET_TREND_JUMP)
    {
        ngx_secmeet_trend_restart(trend, sent, received);
        return NGX_AGAIN;
    }

    /* what is told late tells nothing of now */

    if (sent < trend->start) {
        return NGX_AGAIN;
    }

    rc = NGX_AGAIN;

    if (sent - trend->start >= NGX_SECMEET_TREND_GROUP) {
        ngx_secmeet_trend_close(trend);
        rc = NGX_OK;

        if (sent - trend->start >= NGX_SECMEET_TREND_PAUSE) {
            trend->npoints = 0;
            trend->state = ngx_secmeet_trend_normal;
        }

        ngx_secmeet_trend_group(trend, sent, delay / 1000.0);
        return rc;
    }

    if (delay / 1000.0 < trend->group.y) {
        trend->group.y = delay / 1000.0;
        trend->group.x = (sent - trend->epoch) / 1000.0;
    }

    return rc;
}


static void
ngx_secmeet_trend_restart(ngx_secmeet_trend_t *trend,
    ngx_secmeet_usec_t sent, ngx_secmeet_usec_t received)
{
    ngx_uint_t  i;

    trend->offset = received - sent;
    trend->epoch = sent;
    trend->base_start = sent;
    trend->npoints = 0;
    trend->known = 0;
    trend->noise = NGX_SECMEET_TREND_NOISE;
    trend->slope = 0;
    trend->growth = 0;
    trend->queue = 0;
    trend->standing = 0;
    trend->state = ngx_secmeet_trend_normal;
    trend->started = 1;

    for (i = 0; i < NGX_SECMEET_TREND_BASES; i++) {
        trend->bases[i] = NGX_SECMEET_TREND_FAR;
    }

    ngx_secmeet_trend_group(trend, sent, 0);
}


static void
ngx_secmeet_trend_group(ngx_secmeet_trend_t *trend, ngx_secmeet_usec_t sent,
    double delay)
{
    trend->start = sent;
    trend->group.x = (sent - trend->epoch) / 1000.0;
    trend->group.y = delay;
}


static void
ngx_secmeet_trend_close(ngx_secmeet_trend_t *trend)
{
    double      base, last;
    ngx_uint_t  i;

    if (trend->npoints == NGX_SECMEET_TREND_POINTS) {
        ngx_memmove(&trend->points[0], &trend->points[1],
                    (NGX_SECMEET_TREND_POINTS - 1)
                    * sizeof(ngx_secmeet_trend_point_t));
        trend->npoints--;
    }

    trend->points[trend->npoints++] = trend->group;
    trend->known++;

    last = ngx_secmeet_trend_mean(trend, NGX_SECMEET_TREND_SHORT);

    ngx_secmeet_trend_base(trend, last);

    base = trend->bases[0];

    for (i = 1; i < NGX_SECMEET_TREND_BASES; i++) {
        base = ngx_min(base, trend->bases[i]);
    }

    trend->queue = last - base;
    trend->standing = ngx_secmeet_trend_mean(trend, trend->npoints) - base;

    if (trend->npoints < NGX_SECMEET_TREND_FEWEST) {
        trend->slope = 0;
        trend->growth = 0;
        trend->state = ngx_secmeet_trend_normal;
        return;
    }

    ngx_secmeet_trend_fit(trend);

    trend->state = ngx_secmeet_trend_verdict(trend);
    trend->tolerance = 1 + (trend->tolerance - 1) * 0.998;
}


/* of the last n groups */

static double
ngx_secmeet_trend_mean(ngx_secmeet_trend_t *trend, ngx_uint_t n)
{
    double      sum;
    ngx_uint_t  i;

    n = ngx_min(n, trend->npoints);
    sum = 0;

    for (i = trend->npoints - n; i < trend->npoints; i++) {
        sum += trend->points[i].y;
    }

    return sum / n;
}


/* the least of each second; bases[0] is this one's */

static void
ngx_secmeet_trend_base(ngx_secmeet_trend_t *trend, double delay)
{
    ngx_uint_t          i;
    ngx_secmeet_usec_t  passed;

    passed = (trend->start - trend->base_start) / NGX_SECMEET_TREND_SECOND;

    if (passed) {
        trend->base_start += passed * NGX_SECMEET_TREND_SECOND;
        passed = ngx_min(passed, NGX_SECMEET_TREND_BASES - 1);

        ngx_memmove(&trend->bases[passed], &trend->bases[0],
                    (NGX_SECMEET_TREND_BASES - passed) * sizeof(double));

        for (i = 0; i < passed; i++) {
            trend->bases[i] = NGX_SECMEET_TREND_FAR;
        }
    }

    trend->bases[0] = ngx_min(trend->bases[0], delay);
}


/* least squares; the noise is the mean distance from the line */

static void
ngx_secmeet_trend_fit(ngx_secmeet_trend_t *trend)
{
    double      x, y, sxx, sxy, mx, my, far, weight;
    ngx_uint_t  i, n;

    n = trend->npoints;
    mx = 0;

    for (i = 0; i < n; i++) {
        mx += trend->points[i].x;
    }

    mx /= n;
    my = ngx_secmeet_trend_mean(trend, n);
    sxx = 0;
    sxy = 0;

    for (i = 0; i < n; i++) {
        x = trend->points[i].x - mx;
        y = trend->points[i].y - my;
        sxx += x * x;
        sxy += x * y;
    }

    trend->slope = (sxx > 0) ? sxy / sxx : 0;
    trend->growth = trend->slope * (trend->points[n - 1].x
                                    - trend->points[0].x);
    far = 0;

    for (i = 0; i < n; i++) {
        y = trend->points[i].y - my
            - trend->slope * (trend->points[i].x - mx);
        far += (y < 0) ? -y : y;
    }

    /*
     * a queue that begins to grow bends the line: what looks like much more
     * noise than before is believed by and by only
     */

    far = ngx_min(far / n, 3 * trend->noise + 1);
    weight = 1.0 / ngx_min(trend->known, 25);
    trend->noise += (far - trend->noise) * weight;
}


static ngx_secmeet_trend_e
ngx_secmeet_trend_verdict(ngx_secmeet_trend_t *trend)
{
    double  growth, queue, standing;

    growth = ngx_max(NGX_SECMEET_TREND_GROWTH, 5 * trend->noise);
    queue = ngx_max(NGX_SECMEET_TREND_QUEUE, 3 * trend->noise);
    standing = ngx_max(NGX_SECMEET_TREND_STANDING, 5 * trend->noise);

    if (trend->growth < -growth) {
        return ngx_secmeet_trend_under;
    }

    growth *= trend->tolerance;
    queue *= trend->tolerance;
    standing *= trend->tolerance;

    if (trend->growth > growth && trend->queue > queue
        && ngx_secmeet_trend_rises(trend, queue))
    {
        return ngx_secmeet_trend_over;
    }

    if (trend->standing > standing && trend->queue > standing
        && trend->growth > -NGX_SECMEET_TREND_GROWTH)
    {
        return ngx_secmeet_trend_standing;
    }

    return ngx_secmeet_trend_normal;
}


/*
 * One late group is no queue, and behind a machine that halted each delay is
 * shorter than the one before, though all are long.
 */

static ngx_uint_t
ngx_secmeet_trend_rises(ngx_secmeet_trend_t *trend, double queue)
{
    double  base, before, last;

    base = ngx_secmeet_trend_mean(trend, NGX_SECMEET_TREND_SHORT)
           - trend->queue;
    before = trend->points[trend->npoints - 2].y;
    last = trend->points[trend->npoints - 1].y;

    return before - base > queue / 2
           && before - last < ngx_max(NGX_SECMEET_TREND_FALLEN, trend->noise);
}


void
ngx_secmeet_trend_helped(ngx_secmeet_trend_t *trend, ngx_uint_t helped)
{
    if (helped) {
        trend->tolerance = 1 + (trend->tolerance - 1) * 0.8;
        return;
    }

    trend->tolerance = ngx_min(trend->tolerance * 1.5,
                               NGX_SECMEET_TREND_TOLERANCE);
}


void
ngx_secmeet_trend_rebase(ngx_secmeet_trend_t *trend)
{
    ngx_uint_t  i;

    for (i = 1; i < NGX_SECMEET_TREND_BASES; i++) {
        trend->bases[i] = NGX_SECMEET_TREND_FAR;
    }

    if (trend->npoints) {
        trend->bases[0] = ngx_secmeet_trend_mean(trend,
                                                 NGX_SECMEET_TREND_SHORT);
    }

    trend->npoints = 0;
    trend->slope = 0;
    trend->growth = 0;
    trend->queue = 0;
    trend->standing = 0;
    trend->state = ngx_secmeet_trend_normal;
}
