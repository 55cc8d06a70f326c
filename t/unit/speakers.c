
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_speakers.h"
#include "tap.h"


#define SECOND  1000000
#define PACKET  20000
#define TRACKS  (NGX_SECMEET_SPEAKERS_TRACKS + 1)


/* what a microphone hears */

typedef enum {
    QUIET = 0,
    MUTED,
    ABSENT,                             /* sends no packets */
    SPEECH,
    NOISE,
    CLICKS,
    BURST,                              /* loud until `until`, then quiet */
    LIES                                /* as if somebody always spoke */
} sound_e;


typedef struct {
    sound_e             sound;
    ngx_secmeet_usec_t  until;          /* of this syllable or pause */
    ngx_uint_t          part;
    ngx_uint_t          syllables;
} person_t;


static ngx_secmeet_speakers_t        s;
static ngx_secmeet_speakers_track_t  memory[TRACKS], more[TRACKS];
static ngx_secmeet_speakers_out_t    out;
static ngx_secmeet_usec_t            now, polled, switched;
static person_t                      people[TRACKS];
static ngx_uint_t                    npeople, switches, soonest, voice;
static uint64_t                      seed;


static void meet(ngx_uint_t n, ngx_uint_t most);
static void run(ngx_secmeet_usec_t time);
static void packet(ngx_uint_t i);
static ngx_uint_t level(person_t *p);
static ngx_uint_t speech(person_t *p);
static ngx_uint_t about(ngx_uint_t mean, ngx_uint_t most);
static void burst(ngx_uint_t i, ngx_secmeet_usec_t time);
static ngx_secmeet_usec_t until(ngx_int_t track, ngx_secmeet_usec_t time);
static int ranked(const char *expected);
static ngx_uint_t heard(ngx_uint_t i);
static void alone(void);
static void short_sounds(void);
static void noises(void);
static void both(void);
static void floor_kept(void);
static void turns(void);
static void last(void);
static void words(void);
static void crowd(void);
static void slots(void);
static void bits(void);


int
main(void)
{
    seed = 5;

    alone();
    short_sounds();
    noises();
    both();
    turns();
    last();
    words();
    crowd();
    slots();
    bits();
    floor_kept();

    return done();
}


static void
meet(ngx_uint_t n, ngx_uint_t most)
{
    ngx_uint_t  i, track;

    now = 1000 * (uint64_t) SECOND;
    polled = now;
    switched = 0;
    npeople = n;
    voice = 0;

    ngx_memzero(people, sizeof(people));
    ngx_secmeet_speakers_init(&s, memory, TRACKS, most, now);

    for (i = 0; i < n; i++) {
        (void) ngx_secmeet_speakers_add(&s, &track);
    }
}


static void
run(ngx_secmeet_usec_t time)
{
    ngx_uint_t          i;
    ngx_secmeet_usec_t  end;

    for (end = now + time; now < end; now += PACKET) {

        for (i = 0; i < npeople; i++) {
            packet(i);
        }

        if (now - polled < NGX_SECMEET_SPEAKERS_INTERVAL) {
            continue;
        }

        polled = now;
        (void) ngx_secmeet_speakers_poll(&s, &out, now);

        if (out.switched) {
            switches++;
            soonest = ngx_min(soonest, (ngx_uint_t) (now - switched));
            switched = now;
        }
    }
}


static void
packet(ngx_uint_t i)
{
    if (people[i].sound != ABSENT) {
        ngx_secmeet_speakers_input(&s, i, level(&people[i]), voice, now);
    }
}


static ngx_uint_t
level(person_t *p)
{
    switch (p->sound) {

    case MUTED:
        return 127;

    case SPEECH:
        return speech(p);

    case NOISE:
        return about(40, 2);

    case CLICKS:
        return (now / PACKET % 9 < 2) ? about(25, 4) : about(60, 2);

    case BURST:
        return (now < p->until) ? about(12, 3) : about(62, 2);

    case LIES:
        return now / NGX_SECMEET_SPEAKERS_INTERVAL % 10 == 0 ? 60
               : (now / PACKET % 2) ? 5 : 25;

    default:
        return about(62, 2);
    }
}


/* syllables of about 200 ms, and a pause after some of them */

static ngx_uint_t
speech(person_t *p)
{
    if (now >= p->until) {

        if (p->part == 0) {
            p->part = 1;
            p->until = now + about(50000, 20000);

        } else if (p->syllables == 0) {
            p->part = 2;
            p->syllables = about(8, 4);
            p->until = now + about(300000, 200000);

        } else {
            p->part = 0;
            p->syllables--;
            p->until = now + about(150000, 60000);
        }
    }

    return (p->part == 0) ? about(24, 6) : (p->part == 1) ? about(42, 5)
                                                          : about(60, 3);
}


static ngx_uint_t
about(ngx_uint_t mean, ngx_uint_t most)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return mean - most + (seed >> 33) % (2 * most + 1);
}


static void
burst(ngx_uint_t i, ngx_secmeet_usec_t time)
{
    people[i].sound = BURST;
    people[i].until = now + time;
}


/* how long it takes until that track is the dominant one */

static ngx_secmeet_usec_t
until(ngx_int_t track, ngx_secmeet_usec_t time)
{
    ngx_secmeet_usec_t  start;

    start = now;

    while (s.dominant != track && now < start + time) {
        run(PACKET);
    }

    return now - start;
}


static int
ranked(const char *expected)
{
    char        got[8];
    ngx_uint_t  tracks[8], i, n;

    n = ngx_secmeet_speakers_rank(&s, tracks, strlen(expected));

    for (i = 0; i < n; i++) {
        got[i] = '0' + tracks[i];
    }

    got[n] = '\0';

    if (strcmp(got, expected) != 0) {
        printf("# got %s, expected %s\n", got, expected);
        return 0;
    }

    return 1;
}


static ngx_uint_t
heard(ngx_uint_t i)
{
    return ngx_secmeet_speakers_heard(&s, i);
}


static void
alone(void)
{
    ngx_secmeet_usec_t  time;

    meet(4, 3);
    is_int(ngx_secmeet_speakers_poll(&s, &out, now), NGX_OK, "new tracks");
    is_int(ngx_secmeet_speakers_poll(&s, &out, now), NGX_DONE, "none");
    is_int(ngx_secmeet_speakers_next(&s),
           now + NGX_SECMEET_SPEAKERS_INTERVAL, "when to poll again");

    run(10 * SECOND);
    is_int(s.dominant, -1, "nobody speaks");

    people[2].sound = SPEECH;
    time = until(2, 5 * SECOND);
    ok(time >= 300000 && time <= 1000000, "somebody does: %d ms",
       (int) time / 1000);

    switches = 0;
    run(60 * SECOND);
    is_int(switches, 0, "and has the floor");

    people[2].sound = QUIET;
    run(NGX_SECMEET_SPEAKERS_KEEP - SECOND);
    is_int(s.dominant, 2, "also for some seconds after");

    run(3 * SECOND);
    is_int(s.dominant, -1, "then nobody");

    /* who speaks from the first packet on */

    meet(2, 3);
    people[1].sound = SPEECH;
    time = until(1, 5 * SECOND);
    ok(time >= 500000 && time <= 2000000, "speaks on entering: %d ms",
       (int) time / 1000);
}


static void
short_sounds(void)
{
    ngx_uint_t  i;

    meet(3, 3);
    run(5 * SECOND);
    switches = 0;

    for (i = 0; i < 50; i++) {
        burst(1, 100000 + i % 10 * 20000);
        run(2 * SECOND + i * PACKET);
    }

    is_int(switches, 0, "coughs into silence");

    people[0].sound = SPEECH;
    (void) until(0, 5 * SECOND);
    switches = 0;

    for (i = 0; i < 50; i++) {
        burst(1, 100000 + i % 10 * 20000);
        run(2 * SECOND + i * PACKET);
    }

    is_int(switches, 0, "coughs into a talk");

    people[0].sound = QUIET;
    people[1].sound = QUIET;
    run(10 * SECOND);
    people[1].sound = CLICKS;
    switches = 0;
    run(60 * SECOND);
    is_int(switches, 0, "a keyboard");
    is_int(s.dominant, -1, "is nobody");

    people[1].sound = QUIET;
    run(5 * SECOND);
    people[1].sound = SPEECH;
    people[1].syllables = 9;
    run(1200000);
    is_int(s.dominant, 1, "half a sentence is somebody");
}


static void
noises(void)
{
    meet(3, 3);
    people[0].sound = NOISE;
    switches = 0;
    run(30 * SECOND);
    is_int(switches, 0, "a noisy place is nobody");

    people[1].sound = SPEECH;
    ok(until(1, 5 * SECOND) <= SECOND, "a talk beside it is heard");

    switches = 0;
    run(60 * SECOND);
    is_int(switches, 0, "and keeps the floor");

    people[2].sound = NOISE;
    run(30 * SECOND);
    is_int(switches, 0, "a noise that begins does not take it");

    people[2].sound = MUTED;
    run(30 * SECOND);
    people[2].sound = NOISE;
    run(30 * SECOND);
    is_int(switches, 0, "nor one that is unmuted");

    people[1].sound = QUIET;
    run(10 * SECOND);
    is_int(s.dominant, -1, "and has it from nobody");

    people[2].sound = MUTED;
    run(10 * SECOND);
    people[2].sound = NOISE;
    switches = 0;
    run(20 * SECOND);
    is_int(switches, 0, "unmuted into silence");

    people[0].sound = SPEECH;
    ok(until(0, 5 * SECOND) <= 2 * SECOND, "a talk in a noisy place is heard");
}


static void
both(void)
{
    meet(3, 3);
    people[0].sound = SPEECH;
    people[1].sound = SPEECH;
    (void) until(0, 2 * SECOND);

    switches = 0;
    soonest = 100 * SECOND;
    switched = 0;
    run(120 * SECOND);

    ok(switches <= 40, "two at once: %d switches in 120 s", (int) switches);
    ok(switches == 0 || soonest >= NGX_SECMEET_SPEAKERS_GAP,
       "never two in a second");
}


/* with levels that are not true, nobody keeps the floor for ever */

static void
floor_kept(void)
{
    ngx_uint_t  i, mine;

    meet(3, 3);
    people[0].sound = LIES;
    run(5 * SECOND);
    is_int(s.dominant, 0, "who lies is believed");

    people[1].sound = SPEECH;
    switches = 0;
    mine = 0;

    for (i = 0; i < 600; i++) {
        run(SECOND);
        mine += (s.dominant == 1);
    }

    printf("# %d of 600 seconds, %d switches\n", (int) mine, (int) switches);
    ok(mine >= 250, "who speaks all the time has a part of it");
    ok(switches <= 70, "in turns that are not short");
    ok(soonest >= NGX_SECMEET_SPEAKERS_GAP, "as ever");
}


static void
turns(void)
{
    ngx_int_t           i, slow;
    ngx_secmeet_usec_t  time;

    meet(4, 3);
    run(2 * SECOND);
    slow = 0;
    switches = 0;

    for (i = 0; i < 40; i++) {
        people[i % 4].sound = SPEECH;
        time = until(i % 4, 5 * SECOND);

        if (time > 1500000) {
            printf("# %d ms\n", (int) time / 1000);
            slow++;
        }

        run(4 * SECOND);
        people[i % 4].sound = QUIET;
    }

    is_int(slow, 0, "in turn: each has the floor within 1.5 s");
    ok(switches <= 48, "%d switches for 40 turns", (int) switches);
}


static void
last(void)
{
    ngx_uint_t  i;

    meet(6, 3);
    run(2 * SECOND);
    ok(ranked("012345"), "who never spoke, in order of coming");
    ok(ranked("012"), "the first of them");
    ok(ranked(""), "none of them");

    static ngx_uint_t  spoke[] = { 4, 2, 5 };

    for (i = 0; i < 3; i++) {
        people[spoke[i]].sound = SPEECH;
        run(4 * SECOND);
        people[spoke[i]].sound = QUIET;
        run(SECOND);
    }

    ok(ranked("524013"), "who spoke last comes first");

    burst(0, 250000);
    run(SECOND);
    people[1].sound = NOISE;
    run(20 * SECOND);
    people[3].sound = CLICKS;
    run(20 * SECOND);
    ok(ranked("524013"), "coughs, noise and clicks put nobody out");

    people[3].sound = SPEECH;
    run(3 * SECOND);
    ok(ranked("3524"), "who really speaks does");

    people[2].sound = SPEECH;
    run(10 * SECOND);
    ok(ranked("32") || ranked("23"), "two who speak");

    people[2].sound = QUIET;
    people[3].sound = QUIET;
    people[0].sound = SPEECH;
    run(10 * SECOND);

    /* the slot of the one who left is taken by one who came last */

    ngx_secmeet_speakers_remove(&s, 1);
    (void) ngx_secmeet_speakers_add(&s, &i);
    is_int(i, 1, "a slot is used again");
    ok(ranked("032541") || ranked("023541"), "one who comes is the last");
}


/* the first syllable of each */

static void
words(void)
{
    ngx_uint_t  i;

    meet(5, 5);
    ok(heard(0) && heard(4), "as many as there is room for: all are heard");

    meet(6, 3);
    run(5 * SECOND);
    ok(!heard(0) && !heard(5), "who is silent is not");

    for (i = 0; i < 3; i++) {
        burst(i, 200000);
        packet(i);
        ok(heard(i), "a word is heard with its first packet");
    }

    burst(4, 100000);
    packet(4);
    ok(!heard(4), "three at once, and no room");

    run(NGX_SECMEET_SPEAKERS_LEAVE - 200000);
    ok(heard(0) && heard(1) && heard(2), "they stay for a while");

    burst(4, 2 * SECOND);
    run(120000);
    ok(heard(4), "one more is heard within 120 ms");
    is_int(heard(0) + heard(1) + heard(2), 2, "in the place of one of them");
    is_int(s.heard, 3, "three are heard");

    run(NGX_SECMEET_SPEAKERS_LEAVE);
    ok(!heard(0) && !heard(1) && !heard(2) && heard(4),
       "who says nothing for two seconds leaves");

    run(2 * NGX_SECMEET_SPEAKERS_LEAVE);
    is_int(s.heard, 0, "all do");

    meet(6, 0);
    burst(0, SECOND);
    run(2 * SECOND);
    is_int(heard(0), 0, "room for none");
}


/* a hundred in a room of places for six */

static void
crowd(void)
{
    int                 good;
    ngx_uint_t          i, n, word, cut, most;
    ngx_secmeet_usec_t  start;

    meet(100, 6);

    for (i = 0; i < 100; i++) {
        people[i].sound = (i % 4 == 0) ? NOISE : (i % 4 == 1) ? CLICKS : QUIET;
    }

    people[99].sound = SPEECH;
    run(10 * SECOND);
    is_int(s.dominant, 99, "a talk among noise and clicks");

    good = 1;
    most = 0;

    for (word = 0; word < 40; word++) {
        n = 2 + 4 * (word % 20);
        people[n].sound = SPEECH;
        people[n].part = 1;
        people[n].until = 0;
        people[n].syllables = 9;
        start = now;

        while (!heard(n) && now < start + 2 * SECOND) {
            run(PACKET);
        }

        cut = (ngx_uint_t) (now - start);
        most = ngx_max(most, cut);

        run(2 * SECOND);

        if (!heard(99) || !heard(n) || s.heard > 6) {
            good = 0;
        }

        people[n].sound = QUIET;
    }

    ok(most <= 240000, "a word is heard within %d ms", (int) most / 1000);
    ok(good, "and so is who had the floor before");
}


static void
slots(void)
{
    int         good;
    ngx_uint_t  i, track;

    meet(0, 3);
    is_int(ngx_secmeet_speakers_next(&s), 0, "nobody, nothing to poll");

    good = 1;

    for (i = 0; i < NGX_SECMEET_SPEAKERS_TRACKS; i++) {
        good &= (ngx_secmeet_speakers_add(&s, &track) == NGX_OK
                 && track == i);
    }

    ok(good, "all slots");
    is_int(ngx_secmeet_speakers_add(&s, &track), NGX_DECLINED, "no more");

    ngx_secmeet_speakers_remove(&s, 77);
    ngx_secmeet_speakers_remove(&s, 77);
    ngx_secmeet_speakers_remove(&s, TRACKS);
    is_int(s.used, NGX_SECMEET_SPEAKERS_TRACKS - 1, "one goes, once");

    now = 10 * SECOND;
    ngx_secmeet_speakers_init(&s, memory, 2, 3, now);
    (void) ngx_secmeet_speakers_add(&s, &track);
    (void) ngx_secmeet_speakers_add(&s, &track);
    is_int(ngx_secmeet_speakers_add(&s, &track), NGX_DECLINED, "two slots");

    npeople = 2;
    polled = now;
    people[1].sound = SPEECH;
    (void) until(1, 5 * SECOND);

    ngx_secmeet_speakers_move(&s, more, 5);
    memset(memory, 0xff, sizeof(memory));
    is_int(ngx_secmeet_speakers_add(&s, &track), NGX_OK, "five");
    is_int(track, 2, "the third");
    run(2 * SECOND);
    is_int(s.dominant, 1, "all goes on where the memory is another one");

    npeople = 0;
    ngx_secmeet_speakers_remove(&s, 1);
    (void) ngx_secmeet_speakers_add(&s, &track);
    is_int(track, 1, "another one in the place of who spoke");
    is_int(ngx_secmeet_speakers_poll(&s, &out, now), NGX_OK, "is told");
    ok(out.switched && out.dominant == -1 && out.ranked, "nobody speaks");
    is_int(ngx_secmeet_speakers_poll(&s, &out, now), NGX_DONE, "once");

    ngx_secmeet_speakers_remove(&s, 1);
    ngx_secmeet_speakers_input(&s, 1, 0, 1, now);
    is_int(s.heard, 0, "packets of who left do nothing");
}


static void
bits(void)
{
    ngx_uint_t  i;

    meet(9, 3);
    run(3 * SECOND);

    /* the noise is about -62: a voice is 8 dB above it, or 5 */

    for (i = 0; i < 5; i++) {
        ngx_secmeet_speakers_input(&s, 0, 58, 0, now);
        ngx_secmeet_speakers_input(&s, 1, 58, 1, now);
        ngx_secmeet_speakers_input(&s, 2, 50, 0, now);
        ngx_secmeet_speakers_input(&s, 3, 127, 1, now);
        ngx_secmeet_speakers_input(&s, 4, 255, 1, now);
    }

    ok(!heard(0), "a little above the noise");
    ok(heard(1), "with the voice bit that is enough");
    ok(heard(2), "more above it");
    ok(!heard(3) && !heard(4), "silence, and what is no level");

    /* packets that come seldom, where there is silence between words */

    people[5].sound = ABSENT;
    run(20 * SECOND);
    people[5].sound = SPEECH;
    ok(until(5, 5 * SECOND) <= SECOND, "who sent nothing before");
}
