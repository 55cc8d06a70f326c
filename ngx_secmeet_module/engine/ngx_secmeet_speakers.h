
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Who speaks, by the audio levels of RFC 6464: the dominant speaker of a
 * room, who spoke last (for video), and whose packets are worth sending on
 * (for audio).  Tracks that must be heard whatever their level, the sound of
 * a screen for one, stay outside.
 */


#ifndef _NGX_SECMEET_SPEAKERS_H_INCLUDED_
#define _NGX_SECMEET_SPEAKERS_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_SPEAKERS_TRACKS   1024      /* of one room */
#define NGX_SECMEET_SPEAKERS_INTERVAL 100000    /* usec between two polls */
#define NGX_SECMEET_SPEAKERS_WINDOW   1000000   /* usec, to know noise by */
#define NGX_SECMEET_SPEAKERS_WINDOWS  4
#define NGX_SECMEET_SPEAKERS_GAP      1000000   /* usec between two speakers */
#define NGX_SECMEET_SPEAKERS_TURN     10000000  /* usec of two who speak both:
                                                   the other one's turn */
#define NGX_SECMEET_SPEAKERS_KEEP     5000000   /* usec of silence: nobody */
#define NGX_SECMEET_SPEAKERS_LEAVE    2000000   /* usec of silence: unheard */
#define NGX_SECMEET_SPEAKERS_YIELD    300000    /* usec of silence: may be
                                                   put out by another */

#define NGX_SECMEET_SPEAKERS_SILENCE  127       /* a level, -dBov */


typedef struct {
    ngx_secmeet_usec_t        active;           /* above the noise, last */
    ngx_secmeet_usec_t        spoke;            /* 0: never */
    ngx_secmeet_usec_t        since;            /* it speaks */
    uint64_t                  id;               /* in order of _add */

    /* since the last poll */

    uint32_t                  sum;              /* of loudness, dB */
    uint16_t                  packets;
    uint16_t                  counted;          /* those not silent */
    uint16_t                  above;

    uint16_t                  talk;             /* share of time, 1/1000 */
    uint16_t                  age;              /* polls with sound */
    uint16_t                  polls;            /* of this window */

    /* loudness is 127 - level: 0 silence, 127 as loud as can be */

    u_char                    bar;              /* above it: a voice */
    u_char                    mean;             /* of the last poll */
    u_char                    steady;           /* polls, as loud as before */
    u_char                    low;              /* of this window */
    u_char                    high;
    u_char                    lows[NGX_SECMEET_SPEAKERS_WINDOWS];

    unsigned                  used:1;
    unsigned                  heard:1;
    unsigned                  speaking:1;
} ngx_secmeet_speakers_track_t;


typedef struct {
    ngx_secmeet_speakers_track_t  *tracks;
    ngx_uint_t                n;                /* slots */
    ngx_uint_t                used;
    ngx_uint_t                most;             /* heard at the same time */
    ngx_uint_t                heard;
    ngx_int_t                 dominant;         /* a track, -1: nobody */
    ngx_int_t                 yielded;          /* it was another's turn; -1 */
    uint64_t                  ids;
    ngx_secmeet_usec_t        polled;
    ngx_secmeet_usec_t        window;
    ngx_uint_t                polls;            /* of this window */
    ngx_secmeet_usec_t        switched;
    unsigned                  ranked:1;         /* the order is another one */
    unsigned                  admitted:1;       /* since the last poll */
    unsigned                  lost:1;           /* the dominant one went */
} ngx_secmeet_speakers_t;


typedef struct {
    ngx_int_t                 dominant;         /* a track, -1: nobody */
    unsigned                  switched:1;       /* another one than before */
    unsigned                  ranked:1;         /* ask _rank again */
    unsigned                  heard:1;          /* ask _heard again */
} ngx_secmeet_speakers_out_t;


/* memory of n tracks; most: how many are heard at the same time */
void ngx_secmeet_speakers_init(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *tracks, ngx_uint_t n, ngx_uint_t most,
    ngx_secmeet_usec_t now);

/* to a memory of more tracks; the old one is the caller's again */
void ngx_secmeet_speakers_move(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_track_t *tracks, ngx_uint_t n);

/* NGX_OK with the number of a new track; NGX_DECLINED: there is no room */
ngx_int_t ngx_secmeet_speakers_add(ngx_secmeet_speakers_t *s,
    ngx_uint_t *track);
void ngx_secmeet_speakers_remove(ngx_secmeet_speakers_t *s, ngx_uint_t track);

/* each audio packet of a track: its level, 0 (loud) to 127, and voice bit */
void ngx_secmeet_speakers_input(ngx_secmeet_speakers_t *s, ngx_uint_t track,
    ngx_uint_t level, ngx_uint_t voice, ngx_secmeet_usec_t now);

/* is what this track sends worth sending on? for each packet, after _input */
#define ngx_secmeet_speakers_heard(s, track)                                  \
    ((s)->used <= (s)->most || (s)->tracks[track].heard)

/* each interval; NGX_OK: something changed; NGX_DONE: nothing */
ngx_int_t ngx_secmeet_speakers_poll(ngx_secmeet_speakers_t *s,
    ngx_secmeet_speakers_out_t *out, ngx_secmeet_usec_t now);

/* when to poll; 0: not before another track */
ngx_secmeet_usec_t ngx_secmeet_speakers_next(ngx_secmeet_speakers_t *s);

/*
 * Fills out[] with up to n tracks, returns how many: the dominant one, those
 * who speak, those who spoke, the latest first, those who never did, in the
 * order of _add.  Only somebody who really speaks moves up.
 */
ngx_uint_t ngx_secmeet_speakers_rank(ngx_secmeet_speakers_t *s,
    ngx_uint_t *out, ngx_uint_t n);


#endif /* _NGX_SECMEET_SPEAKERS_H_INCLUDED_ */
