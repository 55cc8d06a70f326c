
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What an RTP payload says of itself in its first bytes: VP8 (RFC 7741),
 * VP9 (RFC 9628), H264 (RFC 6184), AV1 (AV1 RTP specification 1.0).
 */


#ifndef _NGX_SECMEET_PAYLOAD_H_INCLUDED_
#define _NGX_SECMEET_PAYLOAD_H_INCLUDED_


#include "../ngx_secmeet.h"


typedef enum {
    NGX_SECMEET_CODEC_NONE = 0,
    NGX_SECMEET_CODEC_OPUS,
    NGX_SECMEET_CODEC_VP8,
    NGX_SECMEET_CODEC_VP9,
    NGX_SECMEET_CODEC_H264,
    NGX_SECMEET_CODEC_AV1
} ngx_secmeet_codec_e;


typedef struct {
    ngx_uint_t                descriptor;       /* bytes of it; VP8, VP9 */
    ngx_uint_t                picture_id;       /* or number of the frame */
    ngx_uint_t                tl0picidx;
    ngx_uint_t                tid;
    ngx_uint_t                sid;
    ngx_uint_t                width;            /* of the picture, of its top */
    ngx_uint_t                height;           /* layer; 0: not told */
    ngx_uint_t                layers;           /* spatial ones; 0: not told */

    unsigned                  start:1;          /* first packet of a frame */
    unsigned                  key:1;            /* a decoder can start here */
    unsigned                  has_picture_id:1;
    unsigned                  has_tl0picidx:1;
    unsigned                  has_tid:1;
    unsigned                  has_sid:1;
    unsigned                  long_picture_id:1;    /* 15 bits, not 7 */
    unsigned                  wide_picture_id:1;    /* 16 bits */

    unsigned                  sync:1;           /* one may go up to its tid */
    unsigned                  discardable:1;    /* VP8: by anybody; VP9: for
                                                   what shows higher layers */
    unsigned                  end:1;            /* last packet of a frame;
                                                   VP9, AV1 */
    unsigned                  inter_picture:1;  /* needs one before it */
    unsigned                  inter_layer:1;    /* needs a layer below in the
                                                   same picture; both: VP9,
                                                   AV1 */
} ngx_secmeet_payload_t;


/*
 * NGX_OK or NGX_DECLINED.  key is set on the packet from which a newcomer
 * can decode: the start of a key frame (VP8: P bit 0 of the frame's first
 * packet; VP9: start, not inter-predicted, lowest spatial layer; H264: SPS
 * or IDR, alone, in a STAP-A, or the start of an FU-A; AV1: N bit).  For
 * opus every packet is.
 *
 * The size is told by key frames of VP8 and by VP9's scalability structure,
 * and the number of layers by the latter.
 */
ngx_int_t ngx_secmeet_payload_parse(ngx_secmeet_payload_t *payload,
    ngx_secmeet_codec_e codec, u_char *p, u_char *end);

/*
 * Puts other numbers into a descriptor of VP8 or VP9, in as many bits as
 * there are.  p is the payload that was parsed, or a copy of it.  What is
 * not there is not put.
 */
void ngx_secmeet_payload_rewrite(u_char *p, ngx_secmeet_payload_t *payload,
    ngx_secmeet_codec_e codec, ngx_uint_t picture_id, ngx_uint_t tl0picidx);


#endif /* _NGX_SECMEET_PAYLOAD_H_INCLUDED_ */
