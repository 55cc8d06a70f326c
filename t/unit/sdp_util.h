
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the unit tests of SDP share.
 */


#ifndef _NGX_SECMEET_SDP_UTIL_H_INCLUDED_
#define _NGX_SECMEET_SDP_UTIL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_sdp.h"
#include "tap.h"


#define SEEDS  "t/fuzz/seeds/sdp/"

#define HASH   "sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"    \
               "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1f"
#define PWD    "0123456789012345678901"

#define HEAD   "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
#define GROUP  "a=group:BUNDLE 0 1\r\n"
#define ICE(ufrag)                                                           \
    "a=ice-ufrag:" ufrag "\r\na=ice-pwd:" PWD "\r\n"                         \
    "a=fingerprint:" HASH "\r\na=setup:actpass\r\n"
#define AUDIO  "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"                         \
               "a=rtpmap:111 opus/48000/2\r\na=mid:0\r\n"
#define VIDEO  "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"                          \
               "a=rtpmap:96 VP8/90000\r\na=mid:1\r\n"


static char                     *text;          /* what sdp points into */
static char                     *made;          /* what was created */
static char                      big[NGX_SECMEET_SDP_SIZE + 4096];
static ngx_secmeet_sdp_t         sdp;
static ngx_secmeet_sdp_media_t   media[NGX_SECMEET_SDP_MEDIA];


static inline ngx_int_t
parse_bytes(const char *bytes, size_t len)
{
    /* exactly these bytes, so that reading past them is seen */

    free(text);
    text = malloc(len);
    memcpy(text, bytes, len);

    memset(&sdp, 0xa5, sizeof(ngx_secmeet_sdp_t));
    sdp.media = media;
    sdp.media_max = NGX_SECMEET_SDP_MEDIA;

    return ngx_secmeet_sdp_parse(&sdp, (u_char *) text,
                                 (u_char *) text + len);
}


static inline ngx_int_t
parse(const char *s)
{
    return parse_bytes(s, strlen(s));
}


static inline size_t
load(const char *name)
{
    char    path[256];
    FILE   *f;
    size_t  len;

    snprintf(path, sizeof(path), SEEDS "%s", name);

    f = fopen(path, "rb");

    if (f == NULL) {
        printf("# no %s\n", path);
        return 0;
    }

    len = fread(big, 1, sizeof(big), f);
    fclose(f);

    return len;
}


static inline size_t
create(ngx_secmeet_sdp_t *s)
{
    size_t  len;

    len = ngx_secmeet_sdp_create(NULL, s);

    free(made);
    made = malloc(len);

    return ngx_secmeet_sdp_create((u_char *) made, s) == len ? len : 0;
}


static inline int
is(ngx_str_t *s, const char *expected)
{
    return s->len == strlen(expected)
           && memcmp(s->data, expected, s->len) == 0;
}


static inline int
declined(const char *s, const char *reason)
{
    return ok(parse(s) == NGX_DECLINED && strcmp(sdp.reason, reason) == 0,
              "%s", reason);
}


#endif /* _NGX_SECMEET_SDP_UTIL_H_INCLUDED_ */
