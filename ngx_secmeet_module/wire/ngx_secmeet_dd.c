
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_dd.h"


#define NGX_SECMEET_DD_MANDATORY      3         /* bytes */

/* A.8.2, extended_descriptor_fields() */
#define NGX_SECMEET_DD_STRUCTURE      0x10
#define NGX_SECMEET_DD_ACTIVE         0x08
#define NGX_SECMEET_DD_CUSTOM_DTIS    0x04
#define NGX_SECMEET_DD_CUSTOM_FDIFFS  0x02

/* A.8.2, next_layer_idc */
#define NGX_SECMEET_DD_SAME           0
#define NGX_SECMEET_DD_NEXT_TID       1
#define NGX_SECMEET_DD_NEXT_SID       2

/* A.8.2, decode target indication */
#define NGX_SECMEET_DD_ABSENT         0
#define NGX_SECMEET_DD_SWITCH         2

/* facts */
#define NGX_SECMEET_DD_KNOWN          0x20


typedef struct {
    u_char                   *p;
    u_char                   *end;
    ngx_uint_t                bit;              /* of *p, 0 is the highest */
    ngx_uint_t                failed;
} ngx_secmeet_dd_bits_t;


/* indications of a frame, one for each decode target */
typedef u_char  ngx_secmeet_dd_dtis_t[NGX_SECMEET_DD_TARGETS];


static ngx_int_t ngx_secmeet_dd_frame(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_t *structure, ngx_secmeet_dd_frame_t *frame, u_char *p,
    u_char *end);
static ngx_int_t ngx_secmeet_dd_custom(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_bits_t *in, ngx_uint_t flags,
    ngx_secmeet_dd_frame_t *frame);
static ngx_uint_t ngx_secmeet_dd_read(ngx_secmeet_dd_bits_t *in,
    ngx_uint_t n);
static ngx_uint_t ngx_secmeet_dd_read_ns(ngx_secmeet_dd_bits_t *in,
    ngx_uint_t n);
static ngx_int_t ngx_secmeet_dd_structure(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_bits_t *in);
static ngx_int_t ngx_secmeet_dd_layers(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_bits_t *in);
static void ngx_secmeet_dd_indications(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_bits_t *in);
static void ngx_secmeet_dd_dtis(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_bits_t *in, ngx_secmeet_dd_dtis_t dtis);
static void ngx_secmeet_dd_sync(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_frame_t *frame, ngx_secmeet_dd_dtis_t dtis);
static void ngx_secmeet_dd_needs(ngx_secmeet_dd_frame_t *frame,
    ngx_uint_t diff);
static void ngx_secmeet_dd_chains(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_bits_t *in);
static void ngx_secmeet_dd_sizes(ngx_secmeet_dd_t *dd,
    ngx_secmeet_dd_bits_t *in);


ngx_int_t
ngx_secmeet_dd_parse(ngx_secmeet_dd_t *dd, ngx_secmeet_payload_t *payload,
    u_char *p, u_char *end)
{
    ngx_secmeet_dd_t         structure;
    ngx_secmeet_dd_frame_t   frame;

    if (end - p < NGX_SECMEET_DD_MANDATORY) {
        return NGX_DECLINED;
    }

    /* A.8.2.  |S|E|template id|, frame number */

    payload->start = p[0] >> 7;
    payload->end = (p[0] >> 6) & 1;
    payload->picture_id = (ngx_uint_t) p[1] << 8 | p[2];
    payload->has_picture_id = 1;
    payload->wide_picture_id = 1;

    structure.n = 0;

    if (dd == NULL
        || ngx_secmeet_dd_frame(dd, &structure, &frame, p, end) != NGX_OK)
    {
        return NGX_DONE;
    }

    payload->sid = frame.sid;
    payload->tid = frame.tid;
    payload->has_sid = 1;
    payload->has_tid = 1;
    payload->sync = frame.sync;
    payload->inter_picture = frame.inter_picture;
    payload->inter_layer = frame.inter_layer;

    if (frame.sid) {
        payload->key = 0;
    }

    if (structure.n) {
        *dd = structure;

        payload->width = dd->width;
        payload->height = dd->height;
        payload->layers = dd->nsids;
    }

    return NGX_OK;
}


/*
 * What a frame is, by its own structure, if it has one, or by what was there
 * before: dd.
 */

static ngx_int_t
ngx_secmeet_dd_frame(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_t *structure,
    ngx_secmeet_dd_frame_t *frame, u_char *p, u_char *end)
{
    ngx_uint_t             i, flags;
    ngx_secmeet_dd_bits_t  in;

    in.p = p + NGX_SECMEET_DD_MANDATORY;
    in.end = end;
    in.bit = 0;
    in.failed = 0;

    flags = (in.p == end) ? 0 : ngx_secmeet_dd_read(&in, 5);

    if (flags & NGX_SECMEET_DD_STRUCTURE) {

        if (ngx_secmeet_dd_structure(structure, &in) != NGX_OK) {
            return NGX_DECLINED;
        }

        dd = structure;
    }

    if (flags & NGX_SECMEET_DD_ACTIVE) {
        (void) ngx_secmeet_dd_read(&in, dd->ntargets);
    }

    i = ((p[0] & 0x3f) + NGX_SECMEET_DD_TEMPLATES - dd->first)
        % NGX_SECMEET_DD_TEMPLATES;

    if (i >= dd->n) {
        return NGX_DECLINED;
    }

    *frame = dd->templates[i];

    return ngx_secmeet_dd_custom(dd, &in, flags, frame);
}


/* A.8.2, frame_dependency_definition(), up to the chains */

static ngx_int_t
ngx_secmeet_dd_custom(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_bits_t *in,
    ngx_uint_t flags, ngx_secmeet_dd_frame_t *frame)
{
    ngx_uint_t             size;
    ngx_secmeet_dd_dtis_t  dtis;

    if (flags & NGX_SECMEET_DD_CUSTOM_DTIS) {
        ngx_secmeet_dd_dtis(dd, in, dtis);
        ngx_secmeet_dd_sync(dd, frame, dtis);
    }

    if (flags & NGX_SECMEET_DD_CUSTOM_FDIFFS) {
        frame->inter_picture = 0;
        frame->inter_layer = 0;

        for ( ;; ) {
            size = ngx_secmeet_dd_read(in, 2);

            if (size == 0) {
                break;
            }

            ngx_secmeet_dd_needs(frame,
                                 ngx_secmeet_dd_read(in, size * 4) + 1);
        }
    }

    return in->failed ? NGX_DECLINED : NGX_OK;
}


/* n is 32 at most */

static ngx_uint_t
ngx_secmeet_dd_read(ngx_secmeet_dd_bits_t *in, ngx_uint_t n)
{
    ngx_uint_t  value;

    value = 0;

    while (n--) {

        if (in->p == in->end) {
            in->failed = 1;
            return 0;
        }

        value = value << 1 | ((*in->p >> (7 - in->bit)) & 1);

        if (++in->bit == 8) {
            in->bit = 0;
            in->p++;
        }
    }

    return value;
}


/* A.8.1, ns(n): a number below n, in as few bits as that takes */

static ngx_uint_t
ngx_secmeet_dd_read_ns(ngx_secmeet_dd_bits_t *in, ngx_uint_t n)
{
    ngx_uint_t  w, m, value;

    for (w = 0; n >> w; w++) { /* void */ }

    if (w == 0) {
        return 0;
    }

    m = ((ngx_uint_t) 1 << w) - n;
    value = ngx_secmeet_dd_read(in, w - 1);

    if (value < m) {
        return value;
    }

    return (value << 1) - m + ngx_secmeet_dd_read(in, 1);
}


/* A.8.2, template_dependency_structure() */

static ngx_int_t
ngx_secmeet_dd_structure(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_bits_t *in)
{
    ngx_uint_t  i;

    ngx_memzero(dd, sizeof(ngx_secmeet_dd_t));

    dd->first = ngx_secmeet_dd_read(in, 6);
    dd->ntargets = ngx_secmeet_dd_read(in, 5) + 1;

    if (ngx_secmeet_dd_layers(dd, in) != NGX_OK) {
        return NGX_DECLINED;
    }

    ngx_secmeet_dd_indications(dd, in);

    for (i = 0; i < dd->n; i++) {
        while (ngx_secmeet_dd_read(in, 1)) {
            ngx_secmeet_dd_needs(&dd->templates[i],
                                 ngx_secmeet_dd_read(in, 4) + 1);
        }
    }

    ngx_secmeet_dd_chains(dd, in);

    if (ngx_secmeet_dd_read(in, 1)) {
        ngx_secmeet_dd_sizes(dd, in);
    }

    return in->failed ? NGX_DECLINED : NGX_OK;
}


static ngx_int_t
ngx_secmeet_dd_layers(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_bits_t *in)
{
    ngx_uint_t  sid, tid;

    sid = 0;
    tid = 0;

    for ( ;; ) {

        if (dd->n == NGX_SECMEET_DD_TEMPLATES || sid == NGX_SECMEET_DD_SIDS
            || tid == NGX_SECMEET_DD_TIDS)
        {
            return NGX_DECLINED;
        }

        dd->templates[dd->n].sid = sid;
        dd->templates[dd->n].tid = tid;
        dd->n++;

        switch (ngx_secmeet_dd_read(in, 2)) {

        case NGX_SECMEET_DD_SAME:

            if (in->failed) {
                return NGX_DECLINED;
            }

            break;

        case NGX_SECMEET_DD_NEXT_TID:
            tid++;
            break;

        case NGX_SECMEET_DD_NEXT_SID:
            tid = 0;
            sid++;
            break;

        default:
            dd->nsids = sid + 1;
            return NGX_OK;
        }
    }
}


/* template_dtis(), and decode_target_layers(), which follows from them */

static void
ngx_secmeet_dd_indications(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_bits_t *in)
{
    ngx_uint_t               i, k;
    ngx_secmeet_dd_dtis_t    dtis[NGX_SECMEET_DD_TEMPLATES];
    ngx_secmeet_dd_frame_t  *frame, *target;

    for (i = 0; i < dd->n; i++) {
        frame = &dd->templates[i];

        ngx_secmeet_dd_dtis(dd, in, dtis[i]);

        for (k = 0; k < dd->ntargets; k++) {
            target = &dd->targets[k];

            if (dtis[i][k] != NGX_SECMEET_DD_ABSENT) {
                target->sid = ngx_max(target->sid, frame->sid);
                target->tid = ngx_max(target->tid, frame->tid);
            }
        }
    }

    for (i = 0; i < dd->n; i++) {
        ngx_secmeet_dd_sync(dd, &dd->templates[i], dtis[i]);
    }
}


static void
ngx_secmeet_dd_dtis(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_bits_t *in,
    ngx_secmeet_dd_dtis_t dtis)
{
    ngx_uint_t  k;

    for (k = 0; k < dd->ntargets; k++) {
        dtis[k] = (u_char) ngx_secmeet_dd_read(in, 2);
    }
}


/*
 * A.5: who can decode a frame with "switch" for a target can go on with that
 * target.  Here it is asked of all targets with more of the same layer.
 */

static void
ngx_secmeet_dd_sync(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_frame_t *frame,
    ngx_secmeet_dd_dtis_t dtis)
{
    ngx_uint_t               k;
    ngx_secmeet_dd_frame_t  *target;

    frame->sync = 1;

    for (k = 0; k < dd->ntargets; k++) {
        target = &dd->targets[k];

        if (target->sid == frame->sid && target->tid > frame->tid
            && dtis[k] != NGX_SECMEET_DD_SWITCH)
        {
            frame->sync = 0;
        }
    }
}


/*
 * Frames of one picture have numbers in a row, one of each spatial layer; but
 * the second one may be missing, and then the third one's own is that far.
 */

static void
ngx_secmeet_dd_needs(ngx_secmeet_dd_frame_t *frame, ngx_uint_t diff)
{
    if (diff > frame->sid || (diff == frame->sid && diff > 1)) {
        frame->inter_picture = 1;

    } else {
        frame->inter_layer = 1;
    }
}


/* template_chains(), which is not needed but for what comes after it */

static void
ngx_secmeet_dd_chains(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_bits_t *in)
{
    ngx_uint_t  i, n;

    n = ngx_secmeet_dd_read_ns(in, dd->ntargets + 1);

    if (n == 0) {
        return;
    }

    for (i = 0; i < dd->ntargets; i++) {
        (void) ngx_secmeet_dd_read_ns(in, n);
    }

    for (i = 0; i < dd->n * n && !in->failed; i++) {
        (void) ngx_secmeet_dd_read(in, 4);
    }
}


static void
ngx_secmeet_dd_sizes(ngx_secmeet_dd_t *dd, ngx_secmeet_dd_bits_t *in)
{
    ngx_uint_t  i;

    for (i = 0; i < dd->nsids; i++) {
        dd->width = ngx_secmeet_dd_read(in, 16) + 1;
        dd->height = ngx_secmeet_dd_read(in, 16) + 1;
    }
}


void
ngx_secmeet_dd_rewrite(u_char *p, ngx_uint_t number)
{
    p[1] = (u_char) (number >> 8);
    p[2] = (u_char) number;
}


ngx_uint_t
ngx_secmeet_dd_facts(ngx_secmeet_payload_t *payload)
{
    if (!payload->has_sid || !payload->has_tid) {
        return 0;
    }

    return NGX_SECMEET_DD_KNOWN | payload->sid << 3 | payload->tid;
}


void
ngx_secmeet_dd_restore(ngx_secmeet_payload_t *payload, ngx_uint_t facts)
{
    if (facts & NGX_SECMEET_DD_KNOWN) {
        payload->sid = (facts >> 3) & 0x03;
        payload->tid = facts & 0x07;
        payload->has_sid = 1;
        payload->has_tid = 1;
    }
}
