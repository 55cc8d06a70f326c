
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A layer: one encoding of a track, by its own SSRC, with all that is known
 * of it.  Simulcast (RFC 8853) has several of them, told apart by their RID;
 * spatial and temporal layers within one SSRC are facts about it.
 */


#ifndef _NGX_SECMEET_LAYER_H_INCLUDED_
#define _NGX_SECMEET_LAYER_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "../engine/ngx_secmeet_history.h"
#include "../engine/ngx_secmeet_index.h"
#include "../engine/ngx_secmeet_keyframe.h"
#include "../engine/ngx_secmeet_meter.h"
#include "../engine/ngx_secmeet_nack.h"
#include "../engine/ngx_secmeet_report.h"
#include "../wire/ngx_secmeet_dd.h"


#define NGX_SECMEET_LAYER_VIDEO       512       /* packets of history */
#define NGX_SECMEET_LAYER_LOWER       256       /* not the highest layer */
#define NGX_SECMEET_LAYER_AUDIO       64

#define NGX_SECMEET_LAYER_SIDS        3         /* that are told apart */
#define NGX_SECMEET_LAYER_TIDS        4
#define NGX_SECMEET_LAYER_IDLE        1500000   /* usec: it is not sent now */
#define NGX_SECMEET_LAYER_OVERHEAD    44        /* bytes of each packet: IP,
                                                   UDP, the tag */
#define NGX_SECMEET_LAYER_RID         16        /* bytes of a RID */


struct ngx_secmeet_layer_s {
    ngx_secmeet_track_t      *track;
    ngx_uint_t                n;                /* 0: the lowest */
    ngx_str_t                 rid;              /* empty: there is one layer */
    u_char                    rid_data[NGX_SECMEET_LAYER_RID];

    uint32_t                  ssrc;
    uint32_t                  rtx;              /* SSRC, RFC 4588 */
    ngx_secmeet_index_t       index;
    ngx_secmeet_nack_t        nack;
    ngx_secmeet_report_t      report;
    ngx_secmeet_keyframe_t    keyframe;
    ngx_secmeet_history_t     history;
    ngx_secmeet_dd_t          dd;               /* AV1 */
    uint32_t                  dd_number;        /* the packet that it is of */

    /* what each spatial and temporal layer adds */
    ngx_secmeet_meter_t       meters[NGX_SECMEET_LAYER_SIDS]
                                    [NGX_SECMEET_LAYER_TIDS];
    ngx_uint_t                sids;             /* so many have been seen */
    ngx_uint_t                tids;
    ngx_uint_t                height;           /* 0: not known */
    ngx_secmeet_usec_t        last;             /* packet; 0: none */

    uint64_t                  sr_ntp;           /* last SR of the peer */
    uint32_t                  sr_timestamp;
    uint32_t                  align;            /* by it: of the clock that
                                                   all layers share */

    unsigned                  known:1;          /* ssrc is set */
    unsigned                  has_rtx:1;
    unsigned                  has_sr:1;
};


/*
 * n: its place among its track's layers; rid may be empty.  NGX_OK or
 * NGX_ERROR: no memory.  packets is a power of two.
 */
ngx_int_t ngx_secmeet_layer_open(ngx_secmeet_layer_t *layer,
    ngx_secmeet_track_t *track, ngx_uint_t n, ngx_str_t *rid,
    ngx_uint_t packets);
void ngx_secmeet_layer_close(ngx_secmeet_layer_t *layer);

/*
 * The SSRC by which its packets come, or their retransmissions; NGX_OK,
 * NGX_DECLINED: it is in use, or there are too many; NGX_ERROR: no memory.
 */
ngx_int_t ngx_secmeet_layer_ssrc(ngx_secmeet_layer_t *layer, uint32_t ssrc);
ngx_int_t ngx_secmeet_layer_rtx(ngx_secmeet_layer_t *layer, uint32_t ssrc);

/* a packet of len bytes came, of these spatial and temporal layers */
void ngx_secmeet_layer_input(ngx_secmeet_layer_t *layer, ngx_uint_t sid,
    ngx_uint_t tid, size_t len, ngx_secmeet_usec_t now);

/* bit/s of all up to sid and tid; 0: not sent now */
uint64_t ngx_secmeet_layer_rate(ngx_secmeet_layer_t *layer, ngx_uint_t sid,
    ngx_uint_t tid, ngx_secmeet_usec_t now);

/* somebody cannot go on without a key frame of it */
void ngx_secmeet_layer_keyframe(ngx_secmeet_layer_t *layer);


#endif /* _NGX_SECMEET_LAYER_H_INCLUDED_ */
