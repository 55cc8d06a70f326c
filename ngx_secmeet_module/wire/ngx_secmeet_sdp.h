
/*
 * Copyright (C) secmeet contributors
 */


/*
 * SDP (RFC 8866) as far as WebRTC offers and answers (RFC 8829) need it.
 * The same struct serves an offer and an answer, parsed and created.
 * Parsing copies nothing: strings point into the text.  What is not known,
 * and lines that speak of payload types not in the m-line, are skipped.
 */


#ifndef _NGX_SECMEET_SDP_H_INCLUDED_
#define _NGX_SECMEET_SDP_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "ngx_secmeet_payload.h"


#define NGX_SECMEET_SDP_SIZE          262144    /* bytes, at most */
#define NGX_SECMEET_SDP_LINE          4096
#define NGX_SECMEET_SDP_MEDIA         256       /* m-lines, at most */
#define NGX_SECMEET_SDP_MID           32        /* bytes of a mid */
#define NGX_SECMEET_SDP_CODECS        16        /* kept of one m-line */
#define NGX_SECMEET_SDP_EXTS          16
#define NGX_SECMEET_SDP_SSRCS         8
#define NGX_SECMEET_SDP_RIDS          4         /* layers of simulcast */
#define NGX_SECMEET_SDP_RID           16        /* bytes of a rid */
#define NGX_SECMEET_SDP_CANDIDATES    16        /* of the whole text */

/* header extensions we know, by URI */
#define NGX_SECMEET_EXT_MID           0
#define NGX_SECMEET_EXT_RID           1
#define NGX_SECMEET_EXT_RRID          2
#define NGX_SECMEET_EXT_AUDIO_LEVEL   3
#define NGX_SECMEET_EXT_ORIENTATION   4
#define NGX_SECMEET_EXT_TWCC          5
#define NGX_SECMEET_EXT_DD            6
#define NGX_SECMEET_EXT_N             7

typedef enum {
    NGX_SECMEET_SDP_AUDIO = 1,
    NGX_SECMEET_SDP_VIDEO,
    NGX_SECMEET_SDP_OTHER                       /* always rejected */
} ngx_secmeet_sdp_kind_e;

/* directions as bits, seen from the writer of the text */
#define NGX_SECMEET_SDP_SEND          1
#define NGX_SECMEET_SDP_RECV          2

typedef enum {
    NGX_SECMEET_SETUP_NONE = 0,
    NGX_SECMEET_SETUP_ACTPASS,
    NGX_SECMEET_SETUP_ACTIVE,
    NGX_SECMEET_SETUP_PASSIVE
} ngx_secmeet_setup_e;


typedef struct {
    ngx_uint_t                pt;               /* 0..127 */
    ngx_secmeet_codec_e       codec;            /* NONE ones are not kept */
    uint32_t                  clock;            /* Hz */
    /*
     * what must agree beside the codec: VP9 profile-id; AV1 profile; H264
     * packetization-mode << 24 | profile-level-id with level_idc 0
     */
    uint32_t                  profile;
    ngx_str_t                 fmtp;             /* as written, or empty */
    ngx_uint_t                rtx;              /* payload type of its RTX by
                                                   apt (RFC 4588), 0: none */

    unsigned                  nack:1;           /* rtcp-fb */
    unsigned                  pli:1;
    unsigned                  fir:1;
    unsigned                  twcc:1;
} ngx_secmeet_sdp_codec_t;


typedef struct {
    ngx_secmeet_sdp_kind_e    kind;
    ngx_str_t                 kind_name;        /* "audio", "application" */
    ngx_str_t                 proto;            /* "UDP/TLS/RTP/SAVPF" */

    /*
     * 0: rejected, closed; not so with a=bundle-only (RFC 9143, 6), which
     * is given as 9
     */
    ngx_uint_t                port;

    ngx_str_t                 mid;
    ngx_uint_t                direction;        /* SEND | RECV */

    ngx_secmeet_sdp_codec_t   codecs[NGX_SECMEET_SDP_CODECS];
    ngx_uint_t                ncodecs;

    /* ids by NGX_SECMEET_EXT_*, 0: not there */
    ngx_uint_t                exts[NGX_SECMEET_EXT_N];

    uint32_t                  ssrcs[NGX_SECMEET_SDP_SSRCS];
    ngx_uint_t                nssrcs;           /* different ones, in order */
    uint32_t                  rtx_ssrcs[NGX_SECMEET_SDP_SSRCS];
                                                /* of ssrcs[i] by FID, where
                                                   it sends; 0: none */
    ngx_str_t                 cname;            /* of the first a=ssrc */
    ngx_str_t                 msid;             /* "stream track": browsers
                                                   want no two alike */

    /*
     * Of a=simulcast (RFC 8853), in its order: what the offerer sends, or
     * what the answerer receives.  Only those with a=rid; of alternatives
     * the first, paused ones too.  Written if simulcast is set.
     */
    ngx_str_t                 rids[NGX_SECMEET_SDP_RIDS];
    ngx_uint_t                nrids;

    unsigned                  rtcp_mux:1;
    unsigned                  bundled:1;        /* mid is in a=group:BUNDLE */
    unsigned                  simulcast:1;      /* a=simulcast is there */
    unsigned                  rids_recv:1;      /* rids are of "recv" */
} ngx_secmeet_sdp_media_t;


typedef struct {
    uint32_t                  priority;
    ngx_secmeet_addr_t        addr;             /* port included */
    ngx_uint_t                foundation;

    unsigned                  tcp:1;            /* passive, RFC 6544 */
} ngx_secmeet_sdp_candidate_t;


typedef struct {
    /* one set for all bundled m-lines; differing ones are NGX_DECLINED */
    ngx_str_t                 ufrag;
    ngx_str_t                 pwd;
    ngx_str_t                 fingerprint;      /* "sha-256 AB:CD:..." */
    ngx_secmeet_setup_e       setup;

    uint64_t                  session;          /* o= session id, create */
    uint64_t                  version;          /* o= version, create */

    ngx_secmeet_sdp_media_t  *media;            /* caller's memory */
    ngx_uint_t                nmedia;
    ngx_uint_t                media_max;        /* elements of media */

    /*
     * host candidates by address, of UDP and passive ones of TCP; others
     * and names are skipped
     */
    ngx_secmeet_sdp_candidate_t  candidates[NGX_SECMEET_SDP_CANDIDATES];
    ngx_uint_t                ncandidates;

    const char               *reason;           /* why it was declined */

    unsigned                  lite:1;
    unsigned                  bundle:1;         /* there is a BUNDLE group */
    unsigned                  mixed:1;          /* extensions of one byte and
                                                   of two in one stream: RFC
                                                   8285, 6, for all m-lines */
} ngx_secmeet_sdp_t;


/*
 * NGX_OK or NGX_DECLINED with a reason in words ("sdp: line too long").
 * media and media_max are set by the caller; more m-lines are declined.
 */
ngx_int_t ngx_secmeet_sdp_parse(ngx_secmeet_sdp_t *sdp, u_char *p,
    u_char *end);

/*
 * Writes the text; returns its length (p may be NULL).  An m-line with port
 * 0 is written as rejected and left out of BUNDLE.  Candidates, ufrag,
 * pwd, fingerprint and setup go into every m-line that is not rejected.
 * With setup actpass it is an offer: its rids are sent, else received.
 *
 * RTX payload types are written, but for an m-line that sends ssrcs[0]
 * without rtx_ssrcs[0]: nothing would ever come by them.
 */
size_t ngx_secmeet_sdp_create(u_char *p, ngx_secmeet_sdp_t *sdp);

/*
 * The 32 bytes of a "sha-256 AB:CD:..." fingerprint, RFC 8122, 5.  The hash
 * name and the digits are not case-sensitive.  NGX_OK or NGX_DECLINED.
 */
ngx_int_t ngx_secmeet_sdp_fingerprint(ngx_str_t *text, u_char *sha256);


#endif /* _NGX_SECMEET_SDP_H_INCLUDED_ */
