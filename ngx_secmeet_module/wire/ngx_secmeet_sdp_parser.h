
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the files of the SDP unit share: the names of codecs and extensions,
 * the state of the parser, and its small helpers.  Nobody else includes it.
 */


#ifndef _NGX_SECMEET_SDP_PARSER_H_INCLUDED_
#define _NGX_SECMEET_SDP_PARSER_H_INCLUDED_


#include "ngx_secmeet_sdp.h"


#define NGX_SECMEET_SDP_FORMATS       128       /* payload types there are */
#define NGX_SECMEET_SDP_SEEN          16        /* SSRCs of one m-line */
#define NGX_SECMEET_SDP_ICE_MAX       256       /* bytes of ufrag, of pwd */


typedef struct {
    ngx_secmeet_codec_e           codec;
    ngx_secmeet_sdp_kind_e        kind;
    uint32_t                      clock;
    ngx_str_t                     name;         /* as in a=rtpmap */
} ngx_secmeet_sdp_name_t;


typedef struct {
    ngx_str_t                     ufrag;
    ngx_str_t                     pwd;
    ngx_str_t                     fingerprint;
    ngx_secmeet_setup_e           setup;
} ngx_secmeet_sdp_transport_t;


typedef struct {
    ngx_str_t                     id;
    ngx_uint_t                    direction;    /* SEND or RECV */
} ngx_secmeet_sdp_rid_t;


typedef struct {
    ngx_secmeet_sdp_t            *sdp;
    ngx_secmeet_sdp_media_t      *media;        /* NULL: session level */

    ngx_secmeet_sdp_transport_t   session;
    ngx_secmeet_sdp_transport_t   own;          /* of the m-line */
    ngx_uint_t                    direction;    /* of the session */
    ngx_str_t                     group;        /* mids of BUNDLE */

    /* all below is of the m-line */

    ngx_uint_t                    nformats;
    u_char                        formats[NGX_SECMEET_SDP_FORMATS];
    u_char                        listed[NGX_SECMEET_SDP_FORMATS];
    ngx_secmeet_sdp_codec_t       codecs[NGX_SECMEET_SDP_FORMATS];
    ngx_secmeet_sdp_codec_t       all;          /* a=rtcp-fb:* */

    uint32_t                      ssrcs[NGX_SECMEET_SDP_SEEN];
    ngx_uint_t                    nssrcs;
    uint32_t                      repairs[NGX_SECMEET_SDP_SEEN];
    ngx_uint_t                    nrepairs;
    uint32_t                      repaired[NGX_SECMEET_SDP_SEEN];
                                                /* by FID, the same index */

    u_char                        rtx[NGX_SECMEET_SDP_FORMATS];
    ngx_secmeet_sdp_rid_t         rids[NGX_SECMEET_SDP_SEEN];
    ngx_uint_t                    nrids;
    ngx_str_t                     simulcast;    /* value of the first */

    unsigned                      has_direction:1;
    unsigned                      bundle_only:1;
} ngx_secmeet_sdp_parser_t;


extern ngx_secmeet_sdp_name_t  ngx_secmeet_sdp_names[];
extern ngx_str_t  ngx_secmeet_sdp_ext_uris[NGX_SECMEET_EXT_N];


/* an m-line: its first line, its attributes (value after ':'), its end */
ngx_int_t ngx_secmeet_sdp_media_start(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
void ngx_secmeet_sdp_media_done(ngx_secmeet_sdp_parser_t *ps);

ngx_int_t ngx_secmeet_sdp_rtpmap(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
ngx_int_t ngx_secmeet_sdp_fmtp(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
ngx_int_t ngx_secmeet_sdp_rtcp_fb(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
ngx_int_t ngx_secmeet_sdp_extmap(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
ngx_int_t ngx_secmeet_sdp_ssrc(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
ngx_int_t ngx_secmeet_sdp_ssrc_group(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);

/* layers and RTX: their attributes, and what they come to at the end */
ngx_int_t ngx_secmeet_sdp_rid(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
ngx_int_t ngx_secmeet_sdp_simulcast(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);
void ngx_secmeet_sdp_layers(ngx_secmeet_sdp_parser_t *ps);
void ngx_secmeet_sdp_rtx_codecs(ngx_secmeet_sdp_parser_t *ps);
void ngx_secmeet_sdp_rtx_ssrcs(ngx_secmeet_sdp_parser_t *ps);

/* whether RTX is written: see ngx_secmeet_sdp_create() */
ngx_uint_t ngx_secmeet_sdp_has_rtx(ngx_secmeet_sdp_media_t *media);

ngx_int_t ngx_secmeet_sdp_candidate(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *value);

/* cuts the first word off, or all up to sep; len 0: there was none */
void ngx_secmeet_sdp_word(ngx_str_t *rest, ngx_str_t *word);
void ngx_secmeet_sdp_cut(ngx_str_t *rest, ngx_str_t *word, u_char sep);

/* a parameter of an a=fmtp; NGX_DECLINED: not there */
ngx_int_t ngx_secmeet_sdp_param(ngx_str_t *fmtp, const char *name,
    ngx_str_t *value);

/* the whole word is a decimal number up to max, or hex digits */
ngx_int_t ngx_secmeet_sdp_number(ngx_str_t *word, uint64_t max,
    uint64_t *value);
ngx_int_t ngx_secmeet_sdp_hex(u_char *p, ngx_uint_t digits, uint32_t *value);

ngx_uint_t ngx_secmeet_sdp_same(ngx_str_t *a, ngx_str_t *b);
ngx_uint_t ngx_secmeet_sdp_is(ngx_str_t *s, const char *text);
ngx_uint_t ngx_secmeet_sdp_is_case(ngx_str_t *s, const char *text);
ngx_uint_t ngx_secmeet_sdp_is_token(ngx_str_t *s);
ngx_uint_t ngx_secmeet_sdp_is_ice(ngx_str_t *s, size_t min);

ngx_int_t ngx_secmeet_sdp_declined(ngx_secmeet_sdp_parser_t *ps,
    const char *reason);


#endif /* _NGX_SECMEET_SDP_PARSER_H_INCLUDED_ */
