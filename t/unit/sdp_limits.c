
/*
 * Copyright (C) secmeet contributors
 */


#include <time.h>

#include "sdp_util.h"


static void bounds(void);
static void floods(void);
static void flood(const char *what, const char *head, const char *line);


int
main(void)
{
    bounds();
    floods();

    free(text);
    free(made);

    return done();
}


static void
bounds(void)
{
    int     i;
    size_t  len;

    memset(big, ' ', sizeof(big));

    memcpy(big, "v=0\r\na=", 7);
    memcpy(big + 5 + 4096, "\r\n", 2);
    is_int(parse_bytes(big, 5 + 4098), NGX_OK, "a line of 4096 bytes");

    memcpy(big + 5 + 4096, " \r\n", 3);
    is_int(parse_bytes(big, 5 + 4099), NGX_DECLINED, "one of 4097");
    ok(strcmp(sdp.reason, "sdp: line too long") == 0, "the reason");

    memcpy(big + 5 + 4097, "  ", 2);
    is_int(parse_bytes(big, 5 + 4096), NGX_OK, "4096 without an end");
    is_int(parse_bytes(big, 5 + 4097), NGX_DECLINED, "4097 without an end");

    len = sprintf(big, "v=0\n");

    while (len < NGX_SECMEET_SDP_SIZE) {
        big[len++] = '\n';
    }

    big[len] = '\n';
    is_int(parse_bytes(big, len), NGX_OK, "262144 bytes");
    is_int(parse_bytes(big, len + 1), NGX_DECLINED, "262145 bytes");
    ok(strcmp(sdp.reason, "sdp: too large") == 0, "the reason");

    len = sprintf(big, "v=0\n");

    for (i = 0; i < 257; i++) {
        len += sprintf(big + len, "m=audio 0 RTP/AVP 0\n");
    }

    is_int(parse_bytes(big, len - 20), NGX_OK, "256 m-lines");
    is_int(sdp.nmedia, 256, "all there");
    is_int(parse_bytes(big, len), NGX_DECLINED, "257 m-lines");
    ok(strcmp(sdp.reason, "sdp: too many m-lines") == 0, "the reason");

    ngx_memzero(&sdp, sizeof(ngx_secmeet_sdp_t));
    sdp.media = media;
    sdp.media_max = 1;
    strcpy(big, HEAD AUDIO VIDEO);
    is_int(ngx_secmeet_sdp_parse(&sdp, (u_char *) big,
                                 (u_char *) big + strlen(big)),
           NGX_DECLINED, "more m-lines than the caller has room for");
}


/* 250 KB of a kind of line take no longer than of another */

static void
floods(void)
{
    size_t  n;

    static const char  m[] = HEAD GROUP "m=video 9 UDP/TLS/RTP/SAVPF 96\n"
                             "a=mid:0\n";

    flood("rtpmap", m, "a=rtpmap:96 x/90000\n");
    flood("known rtpmap", m, "a=rtpmap:96 AV1/90000\n");
    flood("fmtp", m, "a=fmtp:96 a;b;c;d;e;f;g;h;i;j;k;l;m\n");
    flood("rtcp-fb", m, "a=rtcp-fb:96 nack\n");
    flood("extmap", m, "a=extmap:9 urn:x\n");
    flood("ssrc", m, "a=ssrc:%d cname:x\n");
    flood("ssrc-group", m, "a=ssrc-group:FID 1 %d\n");
    flood("candidate", m, "a=candidate:1 1 udp 1 192.0.2.1 %d typ host\n");
    flood("fingerprint", m, "a=fingerprint:" HASH "\n");
    flood("group", HEAD, "a=group:BUNDLE 1 2 3 4 5 6 7 8 9\n");
    flood("m", HEAD, "m=audio 9 RTP/AVP 0 1 2 3 4 5 6 7 8 9 10 11 12\n"
          "a=mid:%d\n");
    flood("empty", HEAD, "\n");

    /* 256 mids, none of them among the 2000 of the longest line */

    n = sprintf(big, HEAD "a=group:BUNDLE");

    while (n < sizeof(HEAD) + 4090) {
        n += sprintf(big + n, " x");
    }

    strcpy(big + n, "\n");

    flood("mids", NULL, "m=audio 9 RTP/AVP 0\na=mid:%d\n");
}


static void
flood(const char *what, const char *head, const char *line)
{
    int      i;
    size_t   len;
    clock_t  start;

    if (head) {
        strcpy(big, head);
    }

    len = strlen(big);

    for (i = 1; len < NGX_SECMEET_SDP_SIZE - 200; i++) {
        len += sprintf(big + len, line, i);
    }

    start = clock();
    (void) parse_bytes(big, len);

    ok(clock() - start < CLOCKS_PER_SEC, "a flood of %s lines", what);
}
