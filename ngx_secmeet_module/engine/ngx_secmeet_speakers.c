
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_speakers.h"


#define NGX_SECMEET_SPEAKERS_MARGIN   8         /* dB above the noise */
#define NGX_SECMEET_SPEAKERS_VOICE    3         /* dB less with a voice bit */
#define NGX_SECMEET_SPEAKERS_QUIET    57        /* loudness, least of a voice */
#define NGX_SECMEET_SPEAKERS_NEW      67        /* noise of a new track */
#define NGX_SECMEET_SPEAKERS_STEADY   5         /* dB up and down: no voice */
#define NGX_SECMEET_SPEAKERS_EVEN     3         /* dB from poll to poll */
#define NGX_SECMEET_SPEAKERS_SAME     2         /* polls of that */
#define NGX_SECMEET_SPEAKERS_YOUNG    10        /* polls of a new track */
#define NGX_SECMEET_SPEAKERS_UNKNOWN  255

/* shares of the last second or so, 1/1000 */

#define NGX_SECMEET_SPEAKERS_TIME     700000    /* usec, to average over */
#define NGX_SECMEET_SPEAKERS_TALKS    420
#define NGX_SECMEET_SPEAKERS_MORE     300       /* than who has the floor */
#define NGX_SECMEET_SPEAKERS_STOPS    150
#define NGX_SECMEET_SPEAKERS_CLICKS   300
#define NGX_SECMEET_SPEAKERS_WORD     600       /* of one poll */


static void ngx_secmeet_speakers_measure(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *t, ngx_secmeet_usec_t elapsed,
    ngx_uint_t window);
static ngx_uint_t ngx_secmeet_speakers_noise(ngx_secmeet_speakers_track_t *t,
    ngx_uint_t polls);
static void ngx_secmeet_speakers_speak(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *t, ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_speakers_dominate(ngx_secmeet_speakers_t *s,
    ngx_secmeet_usec_t now);
static ngx_int_t ngx_secmeet_speakers_turn(ngx_secmeet_speakers_t *s,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_speakers_leave(ngx_secmeet_speakers_t *s,
    ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_speakers_enter(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *t, ngx_secmeet_usec_t now);
static ngx_uint_t ngx_secmeet_speakers_word(
    ngx_secmeet_speakers_track_t *t);
static ngx_uint_t ngx_secmeet_speakers_before(ngx_secmeet_speakers_t *s,
    ngx_uint_t a, ngx_uint_t b);


void
ngx_secmeet_speakers_init(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *tracks, ngx_uint_t n, ngx_uint_t most,
    ngx_secmeet_usec_t now)
{
    ngx_memzero(s, sizeof(ngx_secmeet_speakers_t));
    ngx_memzero(tracks, n * sizeof(ngx_secmeet_speakers_track_t));

    s->tracks = tracks;
    s->n = ngx_min(n, NGX_SECMEET_SPEAKERS_TRACKS);
    s->most = most;
    s->dominant = -1;
    s->yielded = -1;
    s->polled = now;
    s->window = now;
}


void
ngx_secmeet_speakers_move(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *tracks, ngx_uint_t n)
{
    n = ngx_min(n, NGX_SECMEET_SPEAKERS_TRACKS);

    if (n < s->n) {
        return;
    }

    ngx_memcpy(tracks, s->tracks,
               s->n * sizeof(ngx_secmeet_speakers_track_t));
    ngx_memzero(tracks + s->n,
                (n - s->n) * sizeof(ngx_secmeet_speakers_track_t));

    s->tracks = tracks;
    s->n = n;
}


ngx_int_t
ngx_secmeet_speakers_add(ngx_secmeet_speakers_t *s, ngx_uint_t *track)
{
    ngx_uint_t                     i;
    ngx_secmeet_speakers_track_t  *t;

    for (i = 0; i < s->n; i++) {
        t = &s->tracks[i];

        if (t->used) {
            continue;
        }

        ngx_memzero(t, sizeof(ngx_secmeet_speakers_track_t));

        t->used = 1;
        t->id = ++s->ids;
        t->bar = NGX_SECMEET_SPEAKERS_NEW + NGX_SECMEET_SPEAKERS_MARGIN;
        t->low = NGX_SECMEET_SPEAKERS_UNKNOWN;
        ngx_memset(t->lows, NGX_SECMEET_SPEAKERS_UNKNOWN, sizeof(t->lows));

        s->used++;
        s->ranked = 1;
        s->admitted = 1;

        *track = i;

        return NGX_OK;
    }

    return NGX_DECLINED;
}


void
ngx_secmeet_speakers_remove(ngx_secmeet_speakers_t *s, ngx_uint_t track)
{
    ngx_secmeet_speakers_track_t  *t;

    if (track >= s->n || !s->tracks[track].used) {
        return;
    }

    t = &s->tracks[track];

    s->used--;
    s->heard -= t->heard;
    s->ranked = 1;
    s->admitted = 1;

    ngx_memzero(t, sizeof(ngx_secmeet_speakers_track_t));

    /* another track may be here before the next poll */

    if (s->dominant == (ngx_int_t) track) {
        s->dominant = -1;
        s->lost = 1;
    }

    if (s->yielded == (ngx_int_t) track) {
        s->yielded = -1;
    }
}


void
ngx_secmeet_speakers_input(ngx_secmeet_speakers_t *s, ngx_uint_t track,
    ngx_uint_t level, ngx_uint_t voice, ngx_secmeet_usec_t now)
{
    ngx_uint_t                     loud;
    ngx_secmeet_speakers_track_t  *t;

    t = &s->tracks[track];

    if (!t->used || t->packets == 0xffff) {
        return;
    }

    loud = (level < NGX_SECMEET_SPEAKERS_SILENCE)
           ? NGX_SECMEET_SPEAKERS_SILENCE - level : 0;

    t->packets++;
    t->counted += (loud != 0);
    t->sum += loud;

    if (loud + (voice ? NGX_SECMEET_SPEAKERS_VOICE : 0) < t->bar) {
        return;
    }

    t->above++;
    t->active = now;

    /* there is room: the first packet of a word is heard */

    if (!t->heard && s->heard < s->most) {
        t->heard = 1;
        s->heard++;
        s->admitted = 1;
    }
}


ngx_int_t
ngx_secmeet_speakers_poll(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_out_t *out, ngx_secmeet_usec_t now)
{
    ngx_uint_t                     i, window;
    ngx_secmeet_usec_t             elapsed;
    ngx_secmeet_speakers_track_t  *t;

    elapsed = now > s->polled ? now - s->polled : 0;
    window = (now - s->window >= NGX_SECMEET_SPEAKERS_WINDOW);
    s->polls++;

    out->heard = s->admitted;
    out->heard |= ngx_secmeet_speakers_leave(s, now);

    for (i = 0; i < s->n; i++) {
        if (s->tracks[i].above && !s->tracks[i].heard) {
            out->heard |= ngx_secmeet_speakers_enter(s, &s->tracks[i], now);
        }
    }

    for (i = 0; i < s->n; i++) {
        t = &s->tracks[i];

        if (t->used) {
            ngx_secmeet_speakers_measure(s, t, elapsed, window);
            ngx_secmeet_speakers_speak(s, t, now);
        }
    }

    out->switched = s->lost;
    out->switched |= ngx_secmeet_speakers_dominate(s, now);
    out->dominant = s->dominant;
    out->ranked = s->ranked | out->switched;

    s->ranked = 0;
    s->admitted = 0;
    s->lost = 0;
    s->polled = now;

    if (window) {
        s->window = now;
        s->polls = 0;
    }

    return (out->switched || out->ranked || out->heard) ? NGX_OK : NGX_DONE;
}


ngx_secmeet_usec_t
ngx_secmeet_speakers_next(ngx_secmeet_speakers_t *s)
{
    if (s->used == 0 && s->dominant == -1 && !s->ranked) {
        return 0;
    }

    return s->polled + NGX_SECMEET_SPEAKERS_INTERVAL;
}


/* how much of the time there was a voice, and what counts as one from now */

static void
ngx_secmeet_speakers_measure(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *t, ngx_secmeet_usec_t elapsed,
    ngx_uint_t window)
{
    ngx_int_t   share;
    ngx_uint_t  mean, noise;

    elapsed = ngx_min(elapsed, NGX_SECMEET_SPEAKERS_TIME / 2);
    share = t->packets ? t->above * 1000 / t->packets : 0;

    if (t->counted) {
        mean = t->sum / t->counted;

        t->steady = (ngx_abs((ngx_int_t) mean - t->mean)
                     <= NGX_SECMEET_SPEAKERS_EVEN)
                    ? ngx_min(t->steady + 1, 255) : 0;
        t->mean = mean;

        t->low = ngx_min(t->low, mean);
        t->high = ngx_max(t->high, mean);
        t->age = ngx_min(t->age + 1, 0xffff);
        t->polls++;
    }

    /* what does not go up and down is no voice, however loud */

    if (t->steady >= NGX_SECMEET_SPEAKERS_SAME) {
        share = 0;
    }

    t->talk = t->talk + (share - t->talk) * (ngx_int_t) elapsed
                        / NGX_SECMEET_SPEAKERS_TIME;

    noise = ngx_secmeet_speakers_noise(t, window ? s->polls : 0);

    /* too early to tell a voice from noise: it is heard, but not chosen */

    if (t->age < NGX_SECMEET_SPEAKERS_YOUNG) {
        noise = ngx_min(noise, NGX_SECMEET_SPEAKERS_NEW);
    }

    if (t->age <= NGX_SECMEET_SPEAKERS_YOUNG) {
        t->talk = ngx_min(t->talk, NGX_SECMEET_SPEAKERS_TALKS - 1);
    }

    t->bar = ngx_max(noise + NGX_SECMEET_SPEAKERS_MARGIN,
                     NGX_SECMEET_SPEAKERS_QUIET);

    t->sum = 0;
    t->packets = 0;
    t->counted = 0;
    t->above = 0;
}


/*
 * The quietest moment of some seconds: a voice pauses for breath.  What
 * keeps its level for a whole second is no voice at all.
 */

static ngx_uint_t
ngx_secmeet_speakers_noise(ngx_secmeet_speakers_track_t *t, ngx_uint_t polls)
{
    ngx_uint_t  i, noise;

    noise = t->low;

    for (i = 0; i < NGX_SECMEET_SPEAKERS_WINDOWS; i++) {
        noise = ngx_min(noise, t->lows[i]);
    }

    if (noise == NGX_SECMEET_SPEAKERS_UNKNOWN) {
        noise = NGX_SECMEET_SPEAKERS_NEW;
    }

    if (polls == 0) {
        return noise;
    }

    /* the end of a window of so many polls */

    if (t->polls == polls
        && t->age >= NGX_SECMEET_SPEAKERS_YOUNG
        && t->high - t->low < NGX_SECMEET_SPEAKERS_STEADY)
    {
        ngx_memset(t->lows, t->low, sizeof(t->lows));
        noise = t->low;

    } else if (t->polls) {
        ngx_memmove(&t->lows[1], &t->lows[0], sizeof(t->lows) - 1);
        t->lows[0] = t->low;
    }

    t->low = NGX_SECMEET_SPEAKERS_UNKNOWN;
    t->high = 0;
    t->polls = 0;

    return noise;
}


static void
ngx_secmeet_speakers_speak(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *t, ngx_secmeet_usec_t now)
{
    if (!t->speaking && t->talk >= NGX_SECMEET_SPEAKERS_TALKS) {
        t->speaking = 1;
        t->since = now;
        s->ranked = 1;
    }

    if (t->speaking) {
        t->spoke = now;

        if (t->talk < NGX_SECMEET_SPEAKERS_STOPS) {
            t->speaking = 0;
            s->ranked = 1;
        }
    }
}


/*
 * Another one has to speak for a while and more than the one before, which
 * is so only when that one stops, and not too soon after the last time.  But
 * levels may lie: nobody keeps the floor from who speaks all the time.
 */

static ngx_uint_t
ngx_secmeet_speakers_dominate(ngx_secmeet_speakers_t *s,
    ngx_secmeet_usec_t now)
{
    ngx_int_t                      best, yielded;
    ngx_uint_t                     i, least;
    ngx_secmeet_speakers_track_t  *t;

    best = -1;
    yielded = -1;
    least = NGX_SECMEET_SPEAKERS_TALKS;

    if (s->dominant != -1) {
        t = &s->tracks[s->dominant];

        if (now - t->spoke >= NGX_SECMEET_SPEAKERS_KEEP) {
            s->dominant = -1;
            (void) ngx_secmeet_speakers_dominate(s, now);

            return 1;
        }

        if (now - s->switched < NGX_SECMEET_SPEAKERS_GAP) {
            return 0;
        }

        if (t->speaking && now - s->switched < NGX_SECMEET_SPEAKERS_TURN) {
            yielded = s->yielded;
        }

        least = ngx_max(least, (ngx_uint_t) t->talk
                               + NGX_SECMEET_SPEAKERS_MORE);
    }

    for (i = 0; i < s->n; i++) {
        t = &s->tracks[i];

        if (t->used && t->talk >= least && (ngx_int_t) i != s->dominant
            && (ngx_int_t) i != yielded)
        {
            least = t->talk + 1;
            best = i;
        }
    }

    if (best == -1) {
        best = ngx_secmeet_speakers_turn(s, now);
        yielded = (best == -1) ? yielded : s->dominant;
    }

    s->yielded = yielded;

    if (best == -1) {
        return 0;
    }

    s->dominant = best;
    s->switched = now;

    return 1;
}


/* who speaks longest without having had the floor meanwhile; -1 */

static ngx_int_t
ngx_secmeet_speakers_turn(ngx_secmeet_speakers_t *s, ngx_secmeet_usec_t now)
{
    ngx_int_t                      longest;
    ngx_uint_t                     i;
    ngx_secmeet_usec_t             since;
    ngx_secmeet_speakers_track_t  *t;

    if (s->dominant == -1 || now - s->switched < NGX_SECMEET_SPEAKERS_TURN) {
        return -1;
    }

    longest = -1;
    since = now - NGX_SECMEET_SPEAKERS_TURN;

    for (i = 0; i < s->n; i++) {
        t = &s->tracks[i];

        if (t->used && t->speaking && (ngx_int_t) i != s->dominant
            && t->since <= since)
        {
            since = t->since;
            longest = i;
        }
    }

    return longest;
}


/* who says nothing for a while is not sent on any more */

static ngx_uint_t
ngx_secmeet_speakers_leave(ngx_secmeet_speakers_t *s, ngx_secmeet_usec_t now)
{
    ngx_uint_t                     i, left;
    ngx_secmeet_speakers_track_t  *t;

    left = 0;

    for (i = 0; i < s->n; i++) {
        t = &s->tracks[i];

        if (t->heard && now - t->active >= NGX_SECMEET_SPEAKERS_LEAVE) {
            t->heard = 0;
            s->heard--;
            left = 1;
        }
    }

    return left;
}


/*
 * A voice for which there was no room takes that of who pauses, or only
 * makes some noise now and then.
 */

static ngx_uint_t
ngx_secmeet_speakers_enter(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *t, ngx_secmeet_usec_t now)
{
    ngx_uint_t                     i;
    ngx_secmeet_speakers_track_t  *least, *other;

    if (s->heard < s->most) {
        t->heard = 1;
        s->heard++;
        return 1;
    }

    if (!ngx_secmeet_speakers_word(t)) {
        return 0;
    }

    least = NULL;

    for (i = 0; i < s->n; i++) {
        other = &s->tracks[i];

        if (!other->heard) {
            continue;
        }

        if (now - other->active < NGX_SECMEET_SPEAKERS_YIELD
            && (other->talk >= NGX_SECMEET_SPEAKERS_CLICKS
                || ngx_secmeet_speakers_word(other)))
        {
            continue;
        }

        if (least == NULL || other->talk < least->talk) {
            least = other;
        }
    }

    if (least == NULL) {
        return 0;
    }

    least->heard = 0;
    t->heard = 1;

    return 1;
}


static ngx_uint_t
ngx_secmeet_speakers_word(ngx_secmeet_speakers_track_t *t)
{
    return t->above * 1000 >= t->packets * NGX_SECMEET_SPEAKERS_WORD;
}


ngx_uint_t
ngx_secmeet_speakers_rank(ngx_secmeet_speakers_t *s, ngx_uint_t *out,
    ngx_uint_t n)
{
    ngx_uint_t  filled, i, k;

    filled = 0;

    for (i = 0; i < s->n; i++) {

        if (!s->tracks[i].used) {
            continue;
        }

        /* most are not among the first: they cost one comparison */

        if (filled == n) {

            if (n == 0 || !ngx_secmeet_speakers_before(s, i, out[n - 1])) {
                continue;
            }

            filled--;
        }

        for (k = filled; k > 0; k--) {

            if (!ngx_secmeet_speakers_before(s, i, out[k - 1])) {
                break;
            }

            out[k] = out[k - 1];
        }

        out[k] = i;
        filled++;
    }

    return filled;
}


static ngx_uint_t
ngx_secmeet_speakers_before(ngx_secmeet_speakers_t *s, ngx_uint_t a,
    ngx_uint_t b)
{
    ngx_secmeet_speakers_track_t  *x, *y;

    if ((ngx_int_t) a == s->dominant || (ngx_int_t) b == s->dominant) {
        return (ngx_int_t) a == s->dominant;
    }

    x = &s->tracks[a];
    y = &s->tracks[b];

    if (x->speaking != y->speaking) {
        return x->speaking;
    }

    if (!x->speaking && x->spoke != y->spoke) {
        return x->spoke > y->spoke;
    }

    return x->id < y->id;
}
