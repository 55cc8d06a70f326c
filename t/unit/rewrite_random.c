
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Whole streams by chance: encoders, a path that loses and reorders, wishes
 * that change, a receiver that asks again.  In the end each picture that was
 * begun is whole, and can be decoded from what was sent.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_index.h"
#include "engine/ngx_secmeet_rewrite.h"
#include "rewrite.h"
#include "rewrite_keys.h"
#include "tap.h"


#define PICTURES  2000
#define PACKETS   (PICTURES * 16)
#define FRAMES    (PICTURES * 4)
#define DELAY     500                           /* packets */
#define FIRST     65000                         /* number; goes round soon */
#define REFS      3
#define NONE      FRAMES


typedef enum { VP8, K_SVC, FULL_SVC } mode_e;


typedef struct {
    ngx_uint_t                 layer;
    ngx_uint_t                 key;
    ngx_uint_t                 npackets;
    ngx_uint_t                 sent;
    ngx_uint_t                 cut;
    ngx_uint_t                 refs[REFS];
    uint32_t                   picture;
    uint32_t                   timestamp;       /* out */
    ngx_uint_t                 picture_id;      /* out */
} frame_t;


typedef struct {
    ngx_secmeet_rewrite_in_t   in;
    ngx_secmeet_payload_t      payload;
    ngx_uint_t                 frame;
    ngx_uint_t                 arrived;
    ngx_int_t                  next;            /* of the same slot, or -1 */
} packet_t;


typedef struct {
    mode_e                     mode;
    ngx_uint_t                 reorder;         /* 1/1000 */
    ngx_uint_t                 loss;            /* 1/1000 */
    ngx_uint_t                 sources;         /* switches between them */
} scene_t;


static packet_t              packets[PACKETS];
static frame_t               frames[FRAMES];
static ngx_int_t             slots[PACKETS + DELAY + 1];
static ngx_int_t             numbers[4][PACKETS];  /* -> packet */
static ngx_uint_t            npackets, nframes;
static ngx_uint_t            since[4];             /* pictures since a key */
static ngx_uint_t            last[4][4][3];        /* layer, sid, tid: frame */
static uint32_t              next[4];
static uint32_t              tl0[4];
static ngx_secmeet_index_t   index_[4];
static ngx_uint_t            source, bad, sent, done_;
static uint32_t              first;
static uint64_t              state;
static scene_t              *scene;


static ngx_uint_t chance(ngx_uint_t n);
static void scenes(void);
static void run(ngx_uint_t seed);
static void generate(void);
static void generate_picture(ngx_uint_t layer, uint32_t picture);
static void generate_frame(ngx_uint_t layer, uint32_t picture,
    ngx_uint_t sid, ngx_uint_t tid, ngx_uint_t sync);
static void generate_refs(frame_t *frame, ngx_uint_t sid, ngx_uint_t tid,
    ngx_uint_t position);
static void generate_packet(ngx_uint_t n, ngx_uint_t sid, ngx_uint_t tid,
    ngx_uint_t sync, ngx_uint_t i);
static void arrive(packet_t *packet, ngx_secmeet_usec_t now);
static void ask(ngx_uint_t back);
static void check(void);
static void check_packet(keys_t *key, packet_t *packet, uint32_t *markers);
static void check_frame(frame_t *frame);


int
main(void)
{
    scenes();

    return done();
}


static ngx_uint_t
chance(ngx_uint_t n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;

    return (state >> 33) % n;
}


static void
scenes(void)
{
    ngx_uint_t       i, seed;
    static char     *names[] = { "VP8", "VP9, k-SVC", "VP9, SVC" };
    static scene_t   list[] = {
        { VP8, 0, 0, 0 }, { VP8, 50, 0, 0 }, { VP8, 50, 30, 1 },
        { K_SVC, 0, 0, 0 }, { K_SVC, 50, 0, 0 }, { K_SVC, 50, 30, 1 },
        { FULL_SVC, 0, 0, 0 }, { FULL_SVC, 50, 0, 0 },
        { FULL_SVC, 50, 30, 1 }
    };

    for (i = 0; i < sizeof(list) / sizeof(scene_t); i++) {
        scene = &list[i];
        bad = 0;
        sent = 0;
        done_ = 0;

        for (seed = 1; seed <= 6; seed++) {
            run(seed + 100 * i);
        }

        is_int(bad, 0, "%s, reordered %u, lost %u of 1000%s",
               names[scene->mode], (unsigned) scene->reorder,
               (unsigned) scene->loss,
               scene->sources ? ", other sources" : "");
        ok(sent > 5000, "many are sent");
        ok(!scene->reorder || done_ > 10, "and some are empty");
    }
}


static void
run(ngx_uint_t seed)
{
    ngx_int_t   n;
    ngx_uint_t  i, k;

    state = seed;
    keys_init();
    generate();
    begin(90000, 0x7ff0, 0xfffff000);

    source = 1;
    first = 0x10000 + 0x7ff0;

    for (i = 0; i < 4; i++) {
        ngx_secmeet_index_init(&index_[i]);
        ngx_secmeet_rewrite_align(&rw, i, i * 7000000);
    }

    for (i = 0; i < npackets + DELAY; i++) {

        if (chance(100) == 0) {
            ngx_secmeet_rewrite_target(&rw,
                            scene->mode == VP8 ? chance(3) : 0,
                            scene->mode == VP8 ? 7 : chance(3), chance(3));
        }

        if (scene->sources && chance(2000) == 0) {
            source++;
            ngx_secmeet_rewrite_switch(&rw);
        }

        for (n = slots[i]; n != -1; n = packets[n].next) {
            arrive(&packets[n], (ngx_secmeet_usec_t) i * 5000);
        }

        if (i % 10 == 0 && keys_started) {
            ask(300);
        }

        for (k = 0; k < 3 && keys_started; k++) {
            bad += !keys_again(&rw, source, keys_highest - chance(1000));
        }
    }

    if (!scene->loss) {
        ask(2000);
        check();
    }
}


static void
generate(void)
{
    uint32_t    picture;
    ngx_uint_t  i, layers;

    npackets = 0;
    nframes = 0;
    layers = scene->mode == VP8 ? 3 : 1;

    for (i = 0; i < 4; i++) {
        next[i] = FIRST + i;
        since[i] = 0;
        tl0[i] = i;
    }

    for (i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
        slots[i] = -1;
    }

    for (picture = 0; picture < PICTURES; picture++) {

        for (i = 0; i < layers; i++) {
            since[i] = chance(40) ? since[i] : 0;
            generate_picture(i, picture);
            since[i]++;
        }
    }
}


/* T0 T2 T1 T2, and in VP8 T0 T2 T1 T2 once more without sync points */

static void
generate_picture(ngx_uint_t layer, uint32_t picture)
{
    ngx_uint_t               sid, tid, sync, position;
    static const ngx_uint_t  tids[] = { 0, 2, 1, 2 };

    position = since[layer] % 8;
    tid = tids[position % 4];

    if (tid == 0) {
        tl0[layer]++;
    }

    if (scene->mode == VP8) {
        sync = (position == 1 || position == 2);
        generate_frame(layer, picture, 0, tid, sync);
        return;
    }

    for (sid = 0; sid < 3; sid++) {
        generate_frame(layer, picture, sid, tid, tid == 0);
    }
}


static void
generate_frame(ngx_uint_t layer, uint32_t picture, ngx_uint_t sid,
    ngx_uint_t tid, ngx_uint_t sync)
{
    frame_t     *frame;
    ngx_uint_t   i;

    frame = &frames[nframes];
    memset(frame, 0, sizeof(frame_t));

    frame->layer = layer;
    frame->picture = picture;
    frame->key = (since[layer] == 0);
    frame->npackets = 1 + chance(3);

    generate_refs(frame, sid, tid, since[layer] % 8);

    last[layer][sid][tid] = nframes;

    for (i = 0; i < frame->npackets; i++) {
        generate_packet(npackets, sid, tid, sync, i);
        npackets++;
    }

    nframes++;
}


static void
generate_refs(frame_t *frame, ngx_uint_t sid, ngx_uint_t tid,
    ngx_uint_t position)
{
    ngx_uint_t  *of;

    of = last[frame->layer][sid];

    frame->refs[0] = frame->key ? NONE : of[0];
    frame->refs[1] = NONE;
    frame->refs[2] = NONE;

    if (position % 4 == 3 || (scene->mode == VP8 && position >= 5)) {
        frame->refs[1] = of[1];
    }

    if (sid && (frame->key || scene->mode == FULL_SVC)) {
        frame->refs[2] = nframes - 1;
    }
}


static void
generate_packet(ngx_uint_t n, ngx_uint_t sid, ngx_uint_t tid,
    ngx_uint_t sync, ngx_uint_t i)
{
    frame_t                *frame;
    packet_t               *packet;
    ngx_uint_t              slot;
    ngx_secmeet_payload_t  *p;

    frame = &frames[nframes];
    packet = &packets[n];
    memset(packet, 0, sizeof(packet_t));

    packet->frame = nframes;

    p = &packet->payload;
    p->start = (i == 0);
    p->end = (i == frame->npackets - 1);
    p->key = frame->key && p->start && sid == 0;
    p->has_picture_id = 1;
    p->long_picture_id = 1;
    p->picture_id = (frame->picture + 1000 * frame->layer + 32000) & 0x7fff;
    p->has_tl0picidx = 1;
    p->tl0picidx = tl0[frame->layer] & 0xff;
    p->has_tid = 1;
    p->tid = tid;
    p->has_sid = (scene->mode != VP8);
    p->sid = sid;
    p->sync = sync;
    p->inter_picture = !frame->key;
    p->inter_layer = (frame->refs[2] != NONE);

    packet->in.layer = frame->layer;
    packet->in.number = next[frame->layer]++;
    packet->in.seq = (uint16_t) packet->in.number;
    packet->in.timestamp = frame->picture * 3000 + frame->layer * 7000000;
    packet->in.payload = p;
    packet->in.marker = p->end && (scene->mode == VP8 || sid == 2);
    packet->in.video = 1;

    numbers[frame->layer][packet->in.number - FIRST] = n;

    if (n > 100 && chance(1000) < scene->loss) {
        return;
    }

    slot = n;

    if (n > 100 && chance(1000) < scene->reorder) {
        slot += chance(DELAY);
    }

    packet->next = slots[slot];
    slots[slot] = n;
}


static void
arrive(packet_t *packet, ngx_secmeet_usec_t now)
{
    uint32_t   number;
    ngx_int_t  rc;

    if (ngx_secmeet_index_input(&index_[packet->in.layer], packet->in.seq,
                                &number)
        != NGX_OK
        || number != packet->in.number)
    {
        bad++;
        return;
    }

    packet->arrived = 1;

    rc = ngx_secmeet_rewrite_input(&rw, &packet->in, &out, now);

    if (rc == NGX_DECLINED) {
        return;
    }

    sent++;
    done_ += (rc == NGX_DONE);
    bad += !keys_add(source, rc, &packet->in, &out);
}


/* the receiver misses numbers: those that have come are sent */

static void
ask(ngx_uint_t back)
{
    uint32_t    n, number;
    ngx_int_t   rc;
    packet_t   *packet;
    ngx_uint_t  layer;

    n = keys_highest - back;

    if ((int32_t) (n - first) < 0) {
        n = first;
    }

    for ( /* void */ ; n != keys_highest; n++) {

        if (keys_find((uint16_t) n)
            || ngx_secmeet_rewrite_find(&rw, (uint16_t) n, &layer, &number)
               != NGX_OK)
        {
            continue;
        }

        packet = &packets[numbers[layer][number - FIRST]];

        if (!packet->arrived) {
            continue;
        }

        rc = ngx_secmeet_rewrite_again(&rw, &packet->in, &out);

        if (rc == NGX_DECLINED || out.seq != (uint16_t) n) {
            bad++;
            continue;
        }

        bad += !keys_add(source, rc, &packet->in, &out);
    }
}


static void
check(void)
{
    keys_t    *key;
    uint32_t   n, markers;
    packet_t  *packet;

    markers = 0;

    for (n = first; n != keys_highest + 1; n++) {
        key = keys_find((uint16_t) n);

        /* nothing is missing */

        if (key == NULL) {
            bad++;
            continue;
        }

        packet = &packets[numbers[key->in.layer][key->in.number - FIRST]];

        if (key->rc == NGX_OK) {
            check_packet(key, packet, &markers);
        }
    }

    for (n = 0; n < nframes; n++) {

        if (frames[n].sent) {
            check_frame(&frames[n]);
        }
    }
}


/* in the order in which they are sent */

static void
check_packet(keys_t *key, packet_t *packet, uint32_t *markers)
{
    frame_t             *frame;
    static frame_t      *former;
    static ngx_uint_t    ended, tl0picidx;

    frame = &frames[packet->frame];

    if (frame->sent == 0) {
        frame->timestamp = key->out.timestamp;
        frame->picture_id = key->out.picture_id;
    }

    bad += (frame->timestamp != key->out.timestamp);
    bad += (frame->picture_id != key->out.picture_id);

    if (*markers == 0) {
        former = NULL;
        *markers = 1;
        tl0picidx = key->out.tl0picidx - 1;
    }

    if (former && (frame->layer != former->layer
                   || frame->picture != former->picture))
    {
        /* the former has its end, if no other layer came between */

        former->cut = (!ended && frame->layer != former->layer);
        bad += (!ended && !former->cut);
        bad += (((frame->picture_id - former->picture_id) & 0x7fff) - 1
                > (scene->reorder || scene->mode != VP8 ? 3000 : 0));

        if (!scene->reorder) {
            bad += ((int32_t) (frame->timestamp - former->timestamp) <= 0);
        }

    } else if (former) {
        /* more layers may be wanted after what was the highest is sent */

        bad += (ended && packet->payload.inter_picture);
        bad += (frame->timestamp != former->timestamp);
        bad += (frame->picture_id != former->picture_id);
    }

    if (packet->payload.tid == 0 && packet->payload.start
        && packet->payload.sid == 0)
    {
        tl0picidx = (tl0picidx + 1) & 0xff;
    }

    bad += (key->out.tl0picidx != (tl0picidx & 0xff));

    frame->sent++;
    ended = key->out.marker;
    former = frame;
}


static void
check_frame(frame_t *frame)
{
    ngx_uint_t  i, ref;

    bad += (frame->sent != frame->npackets && !frame->cut);

    for (i = 0; i < REFS; i++) {
        ref = frame->refs[i];

        if (ref != NONE && frames[ref].sent != frames[ref].npackets) {
            bad++;
        }
    }
}
