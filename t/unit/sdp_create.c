
/*
 * Copyright (C) secmeet contributors
 */


#include "sdp_util.h"


static void captured(void);
static void answer(void);
static void answer_candidates(ngx_secmeet_sdp_t *s);
static void answer_media(ngx_secmeet_sdp_media_t *m);
static void offer(void);


static const char  answer_text[] =
    "v=0\r\n"
    "o=- 18446744073709551615 2 IN IP4 127.0.0.1\r\n"
    "s=-\r\n"
    "t=0 0\r\n"
    "a=group:BUNDLE 0 1\r\n"
    "a=ice-lite\r\n"
    "a=extmap-allow-mixed\r\n"
    "a=msid-semantic:WMS *\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=rtcp-mux\r\n"
    "a=mid:0\r\n"
    "a=recvonly\r\n"
    "a=rtpmap:111 opus/48000/2\r\n"
    "a=fmtp:111 useinbandfec=1\r\n"
    "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
    "a=candidate:7 1 udp 2130706431 192.0.2.1 3478 typ host\r\n"
    "a=candidate:8 1 udp 1 2001:db8::1 3478 typ host\r\n"
    "a=end-of-candidates\r\n"
    "a=ice-ufrag:abcd\r\n"
    "a=ice-pwd:" PWD "\r\n"
    "a=fingerprint:" HASH "\r\n"
    "a=setup:passive\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=rtcp-mux\r\n"
    "a=mid:1\r\n"
    "a=sendonly\r\n"
    "a=rtpmap:96 VP8/90000\r\n"
    "a=rtcp-fb:96 transport-cc\r\n"
    "a=rtcp-fb:96 ccm fir\r\n"
    "a=rtcp-fb:96 nack\r\n"
    "a=rtcp-fb:96 nack pli\r\n"
    "a=msid:s t\r\n"
    "a=ssrc:4294967295 cname:c\r\n"
    "a=candidate:7 1 udp 2130706431 192.0.2.1 3478 typ host\r\n"
    "a=candidate:8 1 udp 1 2001:db8::1 3478 typ host\r\n"
    "a=end-of-candidates\r\n"
    "a=ice-ufrag:abcd\r\n"
    "a=ice-pwd:" PWD "\r\n"
    "a=fingerprint:" HASH "\r\n"
    "a=setup:passive\r\n"
    "m=video 0 UDP/TLS/RTP/SAVPF 0\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=mid:2\r\n"
    "a=inactive\r\n"
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    "c=IN IP4 0.0.0.0\r\n"
    "a=mid:3\r\n"
    "a=inactive\r\n";


int
main(void)
{
    captured();
    answer();
    offer();

    free(text);
    free(made);

    return done();
}


/* what is created from a parsed text is parsed to the same */

static void
captured(void)
{
    char         *first;
    size_t        len;
    ngx_uint_t    i;

    static const char  *all[] = {
        "chromium-156-offer",
        "chromium-156-offer-trickle",
        "chromium-156-answer",
        "firefox-153-offer",
        "firefox-153-offer-trickle",
        "firefox-153-offer-stopped-video",
        "firefox-153-answer",
        "simulcast-as-chromium",
        "simulcast-as-firefox",
        "simulcast-both-ways",
        "simulcast-answer",
        "tcp-passive"
    };

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        is_int(parse_bytes(big, load(all[i])), NGX_OK, "%s", all[i]);

        len = create(&sdp);
        first = made;
        made = NULL;

        is_int(parse_bytes(first, len), NGX_OK, "created from it");

        if (is_int(create(&sdp), len, "and again: the length")) {
            is_mem(made, first, len, "and the bytes");
        }

        free(first);
    }
}


static void
answer(void)
{
    size_t                    len;
    ngx_secmeet_sdp_t         s;
    ngx_secmeet_sdp_media_t   m[4];

    ngx_memzero(&s, sizeof(ngx_secmeet_sdp_t));
    ngx_memzero(m, sizeof(m));

    s.session = (uint64_t) -1;
    s.version = 2;
    s.media = m;
    s.nmedia = 4;
    s.lite = 1;
    s.mixed = 1;
    ngx_str_set(&s.ufrag, "abcd");
    ngx_str_set(&s.pwd, PWD);
    ngx_str_set(&s.fingerprint, HASH);
    s.setup = NGX_SECMEET_SETUP_PASSIVE;

    answer_candidates(&s);
    answer_media(m);

    len = create(&s);

    if (!is_int(len, sizeof(answer_text) - 1, "an answer: its length")
        || !is_mem(made, answer_text, len, "and its bytes"))
    {
        printf("# %.*s\n", (int) len, made);
    }
}


static void
answer_candidates(ngx_secmeet_sdp_t *s)
{
    ngx_secmeet_sdp_candidate_t  *c;

    s->ncandidates = 2;
    c = s->candidates;
    c[0].foundation = 7;
    c[0].priority = 2130706431;
    c[0].addr.len = sizeof(struct sockaddr_in);
    c[0].addr.sa.sockaddr_in.sin_family = AF_INET;
    c[0].addr.sa.sockaddr_in.sin_port = htons(3478);
    c[0].addr.sa.sockaddr_in.sin_addr.s_addr = htonl(0xc0000201);
    c[1].foundation = 8;
    c[1].priority = 1;
    c[1].addr.len = sizeof(struct sockaddr_in6);
    c[1].addr.sa.sockaddr_in6.sin6_family = AF_INET6;
    c[1].addr.sa.sockaddr_in6.sin6_port = htons(3478);
    inet_pton(AF_INET6, "2001:db8::1", &c[1].addr.sa.sockaddr_in6.sin6_addr);
}


static void
answer_media(ngx_secmeet_sdp_media_t *m)
{
    m[0].kind = NGX_SECMEET_SDP_AUDIO;
    m[0].port = 1234;
    m[0].direction = NGX_SECMEET_SDP_RECV;
    ngx_str_set(&m[0].mid, "0");
    m[0].ncodecs = 1;
    m[0].codecs[0].pt = 111;
    m[0].codecs[0].codec = NGX_SECMEET_CODEC_OPUS;
    ngx_str_set(&m[0].codecs[0].fmtp, "useinbandfec=1");
    m[0].exts[NGX_SECMEET_EXT_MID] = 4;
    m[0].exts[NGX_SECMEET_EXT_AUDIO_LEVEL] = 1;

    m[1].kind = NGX_SECMEET_SDP_VIDEO;
    m[1].port = 9;
    m[1].direction = NGX_SECMEET_SDP_SEND;
    ngx_str_set(&m[1].mid, "1");
    m[1].ncodecs = 1;
    m[1].codecs[0].pt = 96;
    m[1].codecs[0].codec = NGX_SECMEET_CODEC_VP8;
    m[1].codecs[0].nack = 1;
    m[1].codecs[0].pli = 1;
    m[1].codecs[0].fir = 1;
    m[1].codecs[0].twcc = 1;
    m[1].nssrcs = 1;
    m[1].ssrcs[0] = 0xffffffff;
    ngx_str_set(&m[1].cname, "c");
    ngx_str_set(&m[1].msid, "s t");

    m[2].kind = NGX_SECMEET_SDP_VIDEO;
    ngx_str_set(&m[2].mid, "2");

    m[3].kind = NGX_SECMEET_SDP_OTHER;
    ngx_str_set(&m[3].kind_name, "application");
    ngx_str_set(&m[3].proto, "UDP/DTLS/SCTP");
    ngx_str_set(&m[3].mid, "3");
}


static void
offer(void)
{
    size_t                    len;
    ngx_secmeet_sdp_t         s;
    ngx_secmeet_sdp_media_t   m;

    ngx_memzero(&s, sizeof(ngx_secmeet_sdp_t));
    ngx_memzero(&m, sizeof(ngx_secmeet_sdp_media_t));

    s.media = &m;
    s.nmedia = 1;
    s.setup = NGX_SECMEET_SETUP_ACTPASS;
    ngx_str_set(&s.ufrag, "abcd");

    m.kind = NGX_SECMEET_SDP_AUDIO;
    m.port = 9;
    m.direction = NGX_SECMEET_SDP_SEND|NGX_SECMEET_SDP_RECV;
    ngx_str_set(&m.mid, "0");
    m.nssrcs = 1;
    m.ssrcs[0] = 5;

    len = create(&s);
    is_int(parse_bytes(made, len), NGX_OK, "an offer, created");
    ok(!sdp.lite && sdp.bundle && sdp.setup == NGX_SECMEET_SETUP_ACTPASS,
       "actpass, not lite");
    is_int(sdp.media[0].direction, m.direction, "both ways");
    ok(sdp.media[0].nssrcs == 1 && is(&sdp.media[0].cname, "-"),
       "an ssrc without a cname");
    is_int(sdp.ncandidates, 0, "no candidates");

    s.nmedia = 0;
    len = create(&s);
    is_int(parse_bytes(made, len), NGX_OK, "no m-lines");
    ok(!sdp.bundle, "no group");
}
