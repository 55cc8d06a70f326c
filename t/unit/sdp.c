
/*
 * Copyright (C) secmeet contributors
 */


#include "sdp_util.h"


static void chromium(void);
static void firefox(void);
static void codecs(void);
static void formats(void);
static void extensions(void);
static void ssrcs(void);
static void levels(void);
static void bundle(void);
static void candidates(void);
static void lines(void);
static void fingerprint(void);


int
main(void)
{
    chromium();
    firefox();
    codecs();
    formats();
    extensions();
    ssrcs();
    levels();
    bundle();
    candidates();
    lines();
    fingerprint();

    free(text);
    free(made);

    return done();
}


static void
chromium(void)
{
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse_bytes(big, load("chromium-156-offer")), NGX_OK, "chromium");
    is_int(sdp.nmedia, 4, "m-lines");
    ok(is(&sdp.ufrag, "Zz7E") && is(&sdp.pwd, "GCwPyoaSJkZHlXs7tuxlh0Yl"),
       "ice");
    is_int(sdp.setup, NGX_SECMEET_SETUP_ACTPASS, "setup");
    ok(!sdp.lite && sdp.bundle, "bundle, not lite");
    ok(sdp.fingerprint.len == 8 + 95, "fingerprint");
    is_int(sdp.ncandidates, 16, "candidates of 4 m-lines");

    m = &sdp.media[0];
    is_int(m->kind, NGX_SECMEET_SDP_AUDIO, "audio");
    ok(is(&m->mid, "0") && m->port == 52891 && m->bundled && m->rtcp_mux,
       "mid, port, bundled, mux");
    is_int(m->direction, NGX_SECMEET_SDP_SEND, "sends");
    is_int(m->ncodecs, 1, "opus alone is kept");
    is_int(m->codecs[0].codec, NGX_SECMEET_CODEC_OPUS, "opus");
    is_int(m->codecs[0].pt, 111, "111");
    is_int(m->codecs[0].clock, 48000, "48000");
    ok(m->codecs[0].twcc && !m->codecs[0].nack, "feedback");
    ok(is(&m->codecs[0].fmtp, "minptime=10;useinbandfec=1"), "fmtp");
    is_int(m->exts[NGX_SECMEET_EXT_AUDIO_LEVEL], 1, "audio level");
    is_int(m->exts[NGX_SECMEET_EXT_MID], 4, "mid extension");
    is_int(m->exts[NGX_SECMEET_EXT_TWCC], 3, "transport-cc");
    is_int(m->exts[NGX_SECMEET_EXT_ORIENTATION], 0, "no orientation");
    ok(m->nssrcs == 1 && m->ssrcs[0] == 1311678818, "ssrc once");
    ok(is(&m->cname, "SfYTrkdYcYgo6+yb"), "cname");
    ok(is(&m->msid, "1efea6d1-5e62-41f9-8354-7995d91ef4cd "
                    "29bca0f2-7bd4-46f1-afd3-66ef709bc851"), "msid");

    m = &sdp.media[1];
    is_int(m->ncodecs, 10, "video codecs");
    is_int(m->codecs[0].codec, NGX_SECMEET_CODEC_VP8, "VP8 first");
    ok(m->codecs[0].nack && m->codecs[0].pli && m->codecs[0].fir, "feedback");
    is_int(m->codecs[1].codec, NGX_SECMEET_CODEC_H264, "then H264");
    is_int(m->codecs[1].profile, 0x01420000, "mode 1, baseline");
    is_int(m->codecs[4].profile, 0x0042e000, "mode 0, constrained");
    is_int(m->codecs[7].codec, NGX_SECMEET_CODEC_AV1, "AV1");
    is_int(m->codecs[9].codec, NGX_SECMEET_CODEC_VP9, "VP9");
    is_int(m->codecs[9].profile, 2, "its profile");
    ok(m->nssrcs == 1 && m->ssrcs[0] == 1885113475, "no rtx ssrc");
    is_int(m->exts[NGX_SECMEET_EXT_RID], 10, "rid");

    is_int(sdp.media[2].direction, NGX_SECMEET_SDP_RECV, "receives");
    is_int(sdp.media[3].ncodecs, 15, "more codecs to receive");
}


static void
firefox(void)
{
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse_bytes(big, load("firefox-153-offer")), NGX_OK, "firefox");
    is_int(sdp.nmedia, 4, "m-lines");
    ok(is(&sdp.ufrag, "c50f7723"), "ufrag");
    ok(is(&sdp.pwd, "4d68596740b22cccd4ac5e118561b10e"), "pwd");
    ok(sdp.fingerprint.len == 8 + 95, "fingerprint of the session");
    is_int(sdp.setup, NGX_SECMEET_SETUP_ACTPASS, "setup");

    m = &sdp.media[1];
    is_int(m->ncodecs, 3, "VP8, VP9, AV1");
    is_int(m->codecs[2].codec, NGX_SECMEET_CODEC_AV1, "AV1");
    is_int(m->codecs[2].profile, 0, "without fmtp");
    ok(m->nssrcs == 1 && m->ssrcs[0] == 2828522686, "group after ssrc");

    m = &sdp.media[2];
    is_int(m->port, 9, "bundle-only is not closed");
    ok(m->bundled && is(&m->mid, "2"), "but bundled");
    is_int(m->direction, NGX_SECMEET_SDP_RECV, "receives");

    is_int(parse_bytes(big, load("firefox-153-offer-stopped-video")), NGX_OK,
           "firefox, after a transceiver was stopped");
    is_int(sdp.nmedia, 7, "m-lines");
    ok(sdp.media[1].port == 0 && !sdp.media[1].bundled, "one is closed");
    ok(sdp.media[5].port == 0 && sdp.media[5].kind == NGX_SECMEET_SDP_OTHER,
       "a data channel was rejected");
    ok(sdp.media[6].port == 9 && sdp.media[6].bundled, "one is new");
    is_int(sdp.ncandidates, 0, "names are not candidates");
}


static void
codecs(void)
{
    ngx_secmeet_sdp_codec_t  *c;

    is_int(parse(HEAD GROUP "m=audio 9 UDP/TLS/RTP/SAVPF 1 2 3 4 5 6\r\n"
                 "a=rtpmap:1 opus/48000\r\na=rtpmap:2 opus/48000/1\r\n"
                 "a=rtpmap:3 OPUS/48000/2\r\na=rtpmap:4 opus/16000/2\r\n"
                 "a=rtpmap:5 VP8/90000\r\na=rtpmap:7 opus/48000/2\r\n"),
           NGX_OK, "audio codecs");
    is_int(sdp.media[0].ncodecs, 1, "one is known and listed");
    is_int(sdp.media[0].codecs[0].pt, 3, "whatever the case");

    is_int(parse(HEAD "m=video 9 UDP/TLS/RTP/SAVPF 1 2 3 4 5 6 7 8\r\n"
                 "a=rtpmap:8 H264/90000\r\na=rtpmap:7 H264/90000\r\n"
                 "a=rtpmap:6 H264/90000\r\na=rtpmap:5 H264/90000\r\n"
                 "a=rtpmap:4 H264/90000\r\na=rtpmap:3 VP9/90000\r\n"
                 "a=rtpmap:2 VP9/90000\r\na=rtpmap:1 AV1/90000\r\n"
                 "a=fmtp:8 Profile-Level-ID=640C1F; packetization-mode=1\r\n"
                 "a=fmtp:7 packetization-mode=3\r\n"
                 "a=fmtp:6 profile-level-id=42001\r\n"
                 "a=fmtp:5 profile-level-id=42001g;packetization-mode=1\r\n"
                 "a=fmtp:3 x-profile-id=7;profile-id=1\r\n"
                 "a=fmtp:1 tier=0;profile=2;level-idx=5\r\n"),
           NGX_OK, "profiles");

    c = sdp.media[0].codecs;
    is_int(sdp.media[0].ncodecs, 5, "malformed ones are left out");
    is_int(c[0].profile, 2, "AV1 profile");
    is_int(c[1].profile, 0, "VP9 without one");
    is_int(c[2].profile, 1, "VP9 profile");
    is_int(c[3].profile, 0x00420000, "H264 defaults");
    is_int(c[4].profile, 0x01640c00, "H264 profile without its level");
    is_int(c[0].pt, 1, "in the order of the m-line");
}


static void
formats(void)
{
    size_t                    len;
    ngx_uint_t                i;
    ngx_secmeet_sdp_codec_t  *c;

    /* lines of payload types that are not offered, and of all of them */

    is_int(parse(HEAD GROUP VIDEO "a=rtcp-fb:97 nack\r\na=fmtp:97 apt=96\r\n"
                 "a=rtcp-fb:* nack pli\r\na=rtcp-fb:96 ccm fir\r\n"
                 "a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:999 nack\r\n"
                 "a=rtcp-fb:x nack\r\na=rtcp-fb:\r\na=rtpmap:98 VP9/90000\r\n"
                 "a=rtcp-fb:96 nack rpsi\r\na=fmtp:96 max-fs=1\r\n"
                 "a=fmtp:96 max-fs=2\r\n"),
           NGX_OK, "stale lines");

    c = sdp.media[0].codecs;
    is_int(sdp.media[0].ncodecs, 1, "are not offered");
    ok(c->pli && c->fir && !c->nack && !c->twcc, "feedback of * and of 96");
    ok(is(&c->fmtp, "max-fs=1"), "the first fmtp");

    len = sprintf(big, HEAD "m=video 9 UDP/TLS/RTP/SAVPF");

    for (i = 0; i < 40; i++) {
        len += sprintf(big + len, " %d %d", (int) i, (int) i + 60);
    }

    len += sprintf(big + len, "\r\n");

    for (i = 40; i > 0; i--) {
        len += sprintf(big + len, "a=rtpmap:%d VP8/90000\r\n"
                       "a=rtpmap:%d rtx/90000\r\n",
                       (int) i - 1, (int) i + 59);
    }

    is_int(parse_bytes(big, len), NGX_OK, "80 payload types");
    is_int(sdp.media[0].ncodecs, NGX_SECMEET_SDP_CODECS, "16 are kept");
    is_int(sdp.media[0].codecs[15].pt, 15, "the first ones");

    is_int(parse(HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 5 5 5\r\n"
                 "a=rtpmap:5 opus/48000/2\r\n"),
           NGX_OK, "a payload type listed thrice");
    is_int(sdp.media[0].ncodecs, 1, "is one codec");
}


static void
extensions(void)
{
    ngx_uint_t  *e;

    is_int(parse(HEAD AUDIO
                 "a=extmap:0 urn:3gpp:video-orientation\r\n"
                 "a=extmap:3/recvonly urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
                 "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
                 "a=extmap:3 urn:3gpp:video-orientation\r\n"
                 "a=extmap:255 urn:3gpp:video-orientation\r\n"
                 "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level "
                 "vad=on\r\n"
                 "a=extmap:256 urn:ietf:params:rtp-hdrext:"
                 "sdes:rtp-stream-id\r\n"
                 "a=extmap:5/inactive urn:ietf:params:rtp-hdrext:"
                 "sdes:rtp-stream-id\r\n"
                 "a=extmap:6 urn:x\r\na=extmap:7\r\na=extmap:\r\n"),
           NGX_OK, "extmap");

    e = sdp.media[0].exts;
    is_int(e[NGX_SECMEET_EXT_MID], 3, "the first id of a URI");
    is_int(e[NGX_SECMEET_EXT_ORIENTATION], 255, "not an id twice");
    is_int(e[NGX_SECMEET_EXT_AUDIO_LEVEL], 1, "with attributes");
    is_int(e[NGX_SECMEET_EXT_RID], 0, "not inactive, not past 255");
}


static void
ssrcs(void)
{
    size_t                    i, len;
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse(HEAD VIDEO "a=ssrc:1 msid:a b\r\na=ssrc:1 cname:c\r\n"
                 "a=ssrc-group:FID 1 2\r\na=ssrc:2 cname:d\r\n"
                 "a=ssrc:4 cname:e\r\na=ssrc:3\r\na=ssrc:4294967295 x:y\r\n"
                 "a=ssrc:4294967296 cname:x\r\na=ssrc:x cname:y\r\n"
                 "a=ssrc-group:SIM 1 3\r\na=ssrc-group:FID 3 4\r\n"
                 "a=ssrc-group:FID\r\na=ssrc-group:FID 1\r\n"),
           NGX_OK, "ssrc");

    m = &sdp.media[0];
    is_int(m->nssrcs, 3, "media ones");
    ok(m->ssrcs[0] == 1 && m->ssrcs[1] == 3 && m->ssrcs[2] == 0xffffffff,
       "in order");
    ok(is(&m->cname, "c"), "the first cname");

    len = sprintf(big, HEAD VIDEO);

    for (i = 1; i < 100; i++) {
        len += sprintf(big + len, "a=ssrc:%zu cname:x\r\n"
                       "a=ssrc-group:FID %zu %zu\r\n", i, i, i + 100);
    }

    is_int(parse_bytes(big, len), NGX_OK, "many");
    is_int(sdp.media[0].nssrcs, NGX_SECMEET_SDP_SSRCS, "8 are kept");
}


static void
levels(void)
{
    is_int(parse(HEAD GROUP ICE("sess") "a=sendonly\r\na=ice-lite\r\n"
                 AUDIO VIDEO "a=recvonly\r\n"),
           NGX_OK, "all at session level");
    ok(is(&sdp.ufrag, "sess") && is(&sdp.pwd, PWD), "ice");
    ok(is(&sdp.fingerprint, HASH), "fingerprint");
    is_int(sdp.setup, NGX_SECMEET_SETUP_ACTPASS, "setup");
    is_int(sdp.lite, 1, "lite");
    is_int(sdp.media[0].direction, NGX_SECMEET_SDP_SEND, "inherited");
    is_int(sdp.media[1].direction, NGX_SECMEET_SDP_RECV, "its own");

    is_int(parse(HEAD GROUP ICE("sess") AUDIO ICE("mmmm") VIDEO), NGX_OK,
           "an m-line's own");
    ok(is(&sdp.ufrag, "mmmm"), "goes before the session's");

    is_int(parse(HEAD AUDIO), NGX_OK, "no direction");
    is_int(sdp.media[0].direction, NGX_SECMEET_SDP_SEND|NGX_SECMEET_SDP_RECV,
           "both");
    ok(!sdp.bundle && !sdp.media[0].bundled, "no group");
    ok(sdp.ufrag.len == 0 && sdp.setup == NGX_SECMEET_SETUP_NONE, "nothing");

    is_int(parse(HEAD GROUP ICE("sess") "a=rtcp-mux\r\na=mid:0\r\n"
                 "a=rtpmap:96 VP8/90000\r\na=ssrc:1 cname:x\r\n"),
           NGX_OK, "attributes of m-lines without one");
    is_int(sdp.nmedia, 0, "mean nothing");

    is_int(parse(HEAD GROUP AUDIO "a=fingerprint:sha-1 AB:CD\r\n"
                 "a=fingerprint:" HASH "\r\na=fingerprint:sha-512 AB\r\n"),
           NGX_OK, "three fingerprints");
    ok(is(&sdp.fingerprint, HASH), "the one that we can use");
}


static void
bundle(void)
{
    declined(HEAD GROUP AUDIO ICE("aaaa") VIDEO ICE("bbbb"),
             "sdp: ice-ufrag or ice-pwd differs in BUNDLE");
    declined(HEAD GROUP AUDIO ICE("aaaa") VIDEO "a=setup:active\r\n",
             "sdp: setup differs in BUNDLE");
    declined(HEAD GROUP AUDIO ICE("aaaa") VIDEO "a=fingerprint:sha-1 A\r\n",
             "sdp: fingerprint differs in BUNDLE");
    declined(HEAD GROUP AUDIO AUDIO, "sdp: mid used twice");

    is_int(parse(HEAD GROUP AUDIO ICE("aaaa") VIDEO), NGX_OK,
           "bundled without attributes of its own");
    ok(sdp.media[1].bundled && is(&sdp.ufrag, "aaaa"), "is bundled");

    is_int(parse(HEAD GROUP AUDIO VIDEO ICE("bbbb")), NGX_OK,
           "the first one has none");
    ok(is(&sdp.ufrag, "bbbb"), "the next one's count");

    is_int(parse(HEAD "a=group:BUNDLE 1\r\n" AUDIO ICE("aaaa")
                 VIDEO ICE("bbbb")),
           NGX_OK, "one outside the group");
    ok(!sdp.media[0].bundled && sdp.media[1].bundled, "is not bundled");
    ok(is(&sdp.ufrag, "bbbb"), "and does not count");

    is_int(parse(HEAD GROUP "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
                 ICE("aaaa") VIDEO ICE("bbbb")),
           NGX_OK, "a rejected one");
    ok(sdp.media[0].port == 0 && is(&sdp.ufrag, "bbbb"), "does not count");

    is_int(parse(HEAD "a=group:LS 0\r\na=group:BUNDLE  1  0 \r\n"
                 "a=group:BUNDLE 2\r\n" AUDIO VIDEO
                 "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
                 "a=mid:2\r\n"),
           NGX_OK, "groups");
    ok(sdp.media[0].bundled && sdp.media[1].bundled && !sdp.media[2].bundled,
       "the first BUNDLE counts");
    is_int(sdp.media[2].kind, NGX_SECMEET_SDP_OTHER, "application");
    ok(is(&sdp.media[2].kind_name, "application"), "its name");
    ok(is(&sdp.media[2].proto, "UDP/DTLS/SCTP"), "its protocol");

    is_int(parse(HEAD "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\na=bundle-only\r\n"
                 "a=mid:0\r\n"),
           NGX_OK, "bundle-only without BUNDLE");
    is_int(sdp.media[0].port, 0, "is closed");
}


static void
candidates(void)
{
    ngx_secmeet_sdp_candidate_t  *c;

    is_int(parse(HEAD GROUP AUDIO
        "a=candidate:1 1 udp 2122262783 b1946ac9-2d0c.local 5000 typ host\r\n"
        "a=candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype "
        "active\r\n"
        "a=candidate:3 1 UDP 4294967295 192.0.2.1 5000 typ host\r\n"
        "a=candidate:4 2 udp 7 192.0.2.1 5001 typ host\r\n"
        "a=candidate:5 1 udp 7 192.0.2.1 5002 typ srflx raddr 0.0.0.0 rport "
        "0\r\n"
        "a=candidate:a/b 1 udp 7 2001:db8::1 5003 typ host generation 0\r\n"
        "a=candidate:6 1 udp 7 192.0.2 5000 typ host\r\n"
        "a=candidate:7 1 udp 7 192.0.2.1 0 typ host\r\n"
        "a=candidate:8 1 udp 7 192.0.2.1 65536 typ host\r\n"
        "a=candidate:9 1 udp 7 fe80::1%%lo 5000 typ host\r\n"
        "a=candidate:9 1 udp 7 2001:0db8:0000:0000:0000:0000:0000:0001:0000"
        ":0000 5000 typ host\r\n"
        "a=candidate:10 1 udp x 192.0.2.1 5000 typ host\r\n"
        "a=candidate\r\na=candidate:\r\na=candidate:1 1 udp\r\n"
        VIDEO "a=candidate:3 1 UDP 4294967295 192.0.2.1 5000 typ host\r\n"),
           NGX_OK, "candidates");

    is_int(sdp.ncandidates, 2, "UDP, host, by address, once");

    c = sdp.candidates;
    is_int(c[0].foundation, 3, "foundation");
    is_int(c[0].priority, 4294967295, "priority");
    is_int(c[0].addr.len, sizeof(struct sockaddr_in), "IPv4");
    is_int(ntohs(c[0].addr.sa.sockaddr_in.sin_port), 5000, "port");
    is_int(ntohl(c[0].addr.sa.sockaddr_in.sin_addr.s_addr), 0xc0000201,
           "address");
    is_int(c[1].addr.sa.sockaddr.sa_family, AF_INET6, "IPv6");
    is_int(ntohs(c[1].addr.sa.sockaddr_in6.sin6_port), 5003, "port");
}


static void
lines(void)
{
    is_int(parse("v=0\nm=audio 9 UDP/TLS/RTP/SAVPF 111\na=mid:0\n\n"
                 "a=rtpmap:111 opus/48000/2"),
           NGX_OK, "LF alone, an empty line, no end of the last line");
    is_int(sdp.media[0].ncodecs, 1, "a codec");

    declined("", "sdp: does not begin with v=0");
    declined("\r\nv=0\r\n", "sdp: does not begin with v=0");
    declined("v=1\r\n", "sdp: does not begin with v=0");
    declined("o=- 1 1 IN IP4 0.0.0.0\r\n", "sdp: does not begin with v=0");
    declined("v=0\r\na\r\n", "sdp: malformed line");
    declined("v=0\r\nhello\r\n", "sdp: malformed line");
    declined("v=0\r\na=mid:1\rm=audio\r\n", "sdp: malformed line");
    declined("v=0\r\na=x\r\r\n", "sdp: malformed line");

    is_int(parse_bytes("v=0\r\na=x\0y\r\n", 12), NGX_DECLINED, "NUL");

    declined(HEAD "m=\r\n", "sdp: malformed m-line");
    declined(HEAD "m=audio\r\n", "sdp: malformed m-line");
    declined(HEAD "m=audio 9 UDP/TLS/RTP/SAVPF\r\n",
             "sdp: malformed m-line");
    declined(HEAD "m=audio x UDP/TLS/RTP/SAVPF 0\r\n",
             "sdp: malformed m-line");
    declined(HEAD "m=audio 65536 UDP/TLS/RTP/SAVPF 0\r\n",
             "sdp: malformed m-line");
    declined(HEAD "m=audio 18446744073709551617 UDP/TLS/RTP/SAVPF 0\r\n",
             "sdp: malformed m-line");
    declined(HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 128\r\n",
             "sdp: malformed m-line");
    declined(HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 0 x\r\n",
             "sdp: malformed m-line");
    declined(HEAD "m=au:dio 9 UDP/TLS/RTP/SAVPF 0\r\n",
             "sdp: malformed m-line");

    declined(HEAD AUDIO "a=mid:\r\n", "sdp: malformed mid");
    declined(HEAD AUDIO "a=mid:a b\r\n", "sdp: malformed mid");
    declined(HEAD AUDIO "a=mid:a\"\r\n", "sdp: malformed mid");
    declined(HEAD AUDIO "a=mid:012345678901234567890123456789012\r\n",
             "sdp: malformed mid");
    is_int(parse(HEAD AUDIO "a=mid:01234567890123456789012345678901\r\n"),
           NGX_OK, "a mid of 32 bytes");

    declined(HEAD "a=ice-ufrag:abc\r\n", "sdp: malformed ice-ufrag");
    declined(HEAD "a=ice-ufrag:abc:\r\n", "sdp: malformed ice-ufrag");
    declined(HEAD "a=ice-pwd:012345678901234567890\r\n",
             "sdp: malformed ice-pwd");
    declined(HEAD "a=ice-pwd:0123456789012345678901 \r\n",
             "sdp: malformed ice-pwd");
    declined(HEAD "a=setup:holdconn\r\n", "sdp: unknown setup");
}


static void
fingerprint(void)
{
    int        i, bad;
    u_char     sha256[32];
    ngx_str_t  s;

    static ngx_str_t  wrong[] = {
        ngx_string("sha-1 00:01"),
        ngx_string("sha-256"),
        ngx_string("sha-256 "),
        ngx_string("sha-256 00:01"),
        ngx_string(HASH "0"),
        ngx_string(HASH " "),
        ngx_string("sha-384" HASH),
        ngx_string(""),
        ngx_string("sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F-"
                   "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1f"),
        ngx_string("sha-256 0g:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
                   "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1f")
    };

    ngx_str_set(&s, HASH);
    is_int(ngx_secmeet_sdp_fingerprint(&s, sha256), NGX_OK, "sha-256");

    for (bad = 0, i = 0; i < 32; i++) {
        bad += (sha256[i] != i);
    }

    is_int(bad, 0, "its bytes");

    ngx_str_set(&s, "SHA-256 ab:CD:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
                    "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1f");
    is_int(ngx_secmeet_sdp_fingerprint(&s, sha256), NGX_OK, "either case");
    ok(sha256[0] == 0xab && sha256[1] == 0xcd, "of digits too");

    for (i = 0; i < (int) (sizeof(wrong) / sizeof(wrong[0])); i++) {
        is_int(ngx_secmeet_sdp_fingerprint(&wrong[i], sha256), NGX_DECLINED,
               "wrong fingerprint %d", i);
    }
}
