
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Four bytes a step: what to do, which track, a level, how much time passes.
 * Nobody is chosen who is not there, no more are heard than may be, the
 * order has everybody once, and two switches are apart.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_speakers.h"


#define STEP   4
#define SLOTS  16


static ngx_secmeet_speakers_track_t  memory[2][SLOTS];
static ngx_uint_t                    there[SLOTS];
static ngx_secmeet_usec_t            switched;


static void step(ngx_secmeet_speakers_t *s, const uint8_t *data,
    ngx_secmeet_usec_t now);
static void poll(ngx_secmeet_speakers_t *s, ngx_secmeet_usec_t now);
static void check(ngx_secmeet_speakers_t *s);
static void check_rank(ngx_secmeet_speakers_t *s, ngx_uint_t most);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_secmeet_usec_t      now;
    ngx_secmeet_speakers_t  s;

    if (size < STEP) {
        return 0;
    }

    now = 1000000;
    switched = 0;
    ngx_memzero(there, sizeof(there));

    ngx_secmeet_speakers_init(&s, memory[0], data[0] % (SLOTS + 1),
                              data[1] % SLOTS, now);

    for (data += STEP; size >= 2 * STEP; data += STEP, size -= STEP) {
        now += (ngx_secmeet_usec_t) data[3] << (data[0] >> 4);
        step(&s, data, now);
        check(&s);
        check_rank(&s, data[1] % (SLOTS + 1));
    }

    return 0;
}


static void
step(ngx_secmeet_speakers_t *s, const uint8_t *data, ngx_secmeet_usec_t now)
{
    ngx_uint_t  i, n, track;

    switch (data[0] & 15) {

    case 0:
        if (ngx_secmeet_speakers_add(s, &track) == NGX_OK) {

            if (track >= s->n || there[track]) {
                abort();
            }

            there[track] = 1;

        } else if (s->used != s->n) {
            abort();
        }

        break;

    case 1:
        track = data[1] % (SLOTS + 1);
        ngx_secmeet_speakers_remove(s, track);

        if (track < SLOTS) {
            there[track] = 0;
        }

        break;

    case 2:
        n = (s->tracks == memory[0]);
        ngx_secmeet_speakers_move(s, memory[n], data[1] % (SLOTS + 1));
        break;

    case 3:
    case 4:
        poll(s, now);
        break;

    default:

        /* a word of some packets */

        if (s->n == 0) {
            break;
        }

        for (i = 0; i <= (ngx_uint_t) (data[0] & 3); i++) {
            ngx_secmeet_speakers_input(s, data[1] % s->n, data[2],
                                       data[1] >> 7, now);
        }
    }
}


static void
poll(ngx_secmeet_speakers_t *s, ngx_secmeet_usec_t now)
{
    ngx_int_t                   before, rc;
    ngx_uint_t                  lost;
    ngx_secmeet_speakers_out_t  out;

    before = s->dominant;
    lost = s->lost;

    rc = ngx_secmeet_speakers_poll(s, &out, now);

    if ((rc == NGX_OK) != (out.switched || out.ranked || out.heard)
        || out.dominant != s->dominant
        || out.switched != (lost || before != out.dominant))
    {
        abort();
    }

    if (before != -1 && out.dominant != -1 && before != out.dominant) {

        if (now - switched < NGX_SECMEET_SPEAKERS_GAP) {
            abort();
        }
    }

    if (out.switched && out.dominant != -1) {
        switched = now;
    }

    if (ngx_secmeet_speakers_poll(s, &out, now) == NGX_OK && out.switched) {
        abort();
    }
}


static void
check(ngx_secmeet_speakers_t *s)
{
    ngx_uint_t  heard, i, used;

    heard = 0;
    used = 0;

    for (i = 0; i < s->n; i++) {

        if (s->tracks[i].used != there[i]
            || (s->tracks[i].heard && !there[i])
            || s->tracks[i].talk > 1000)
        {
            abort();
        }

        used += s->tracks[i].used;
        heard += s->tracks[i].heard;
    }

    if (used != s->used || heard != s->heard || heard > s->most) {
        abort();
    }

    if (s->dominant != -1
        && (s->dominant >= (ngx_int_t) s->n || !there[s->dominant]))
    {
        abort();
    }
}


static void
check_rank(ngx_secmeet_speakers_t *s, ngx_uint_t most)
{
    ngx_uint_t  i, n, tracks[SLOTS], seen[SLOTS];

    n = ngx_secmeet_speakers_rank(s, tracks, most);

    if (n != ngx_min(most, s->used)) {
        abort();
    }

    ngx_memzero(seen, sizeof(seen));

    for (i = 0; i < n; i++) {

        if (!there[tracks[i]] || seen[tracks[i]]++) {
            abort();
        }

        if (i
            && tracks[i - 1] != (ngx_uint_t) s->dominant
            && s->tracks[tracks[i - 1]].spoke < s->tracks[tracks[i]].spoke
            && !s->tracks[tracks[i - 1]].speaking)
        {
            abort();
        }
    }

    if (n && s->dominant != -1 && tracks[0] != (ngx_uint_t) s->dominant) {
        abort();
    }
}
