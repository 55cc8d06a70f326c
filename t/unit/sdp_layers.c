
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Layers and retransmission in SDP: a=rid and a=simulcast, payload types
 * and SSRCs of RTX, and candidates of TCP.
 */


#include "sdp_util.h"


#define RIDS  "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\n"


static void chromium(void);
static void firefox(void);
static void rtx(void);
static void rtx_unmatched(void);
static void fid(void);
static void rids(void);
static void rid_names(void);
static void malformed(void);
static void directions(void);
static void candidates(void);
static void answer_receives(void);
static void answer_sends(void);
static void answer_without(void);
static int rids_are(const char *expected);
static int has(const char *s, size_t len, const char *part);
static void simulcast(const char *value, const char *expected,
    const char *name);


int
main(void)
{
    chromium();
    firefox();
    rtx();
    rtx_unmatched();
    fid();
    rids();
    rid_names();
    malformed();
    directions();
    candidates();
    answer_receives();
    answer_sends();
    answer_without();

    free(text);
    free(made);

    return done();
}


static int
rids_are(const char *expected)
{
    size_t                    len;
    char                      list[128];
    ngx_uint_t                i;
    ngx_secmeet_sdp_media_t  *m;

    m = &sdp.media[sdp.nmedia - 1];

    for (len = 0, i = 0; i < m->nrids; i++) {
        len += sprintf(list + len, "%s%.*s", i ? ";" : "",
                       (int) m->rids[i].len, (char *) m->rids[i].data);
    }

    list[len] = '\0';

    if (strcmp(list, expected) != 0) {
        printf("# rids: %s\n", list);
    }

    return strcmp(list, expected) == 0;
}


static int
has(const char *s, size_t len, const char *part)
{
    return memmem(s, len, part, strlen(part)) != NULL;
}


/* the value of a=simulcast of an offer with q, h, f sent and x received */

static void
simulcast(const char *value, const char *expected, const char *name)
{
    char  buf[1024];

    snprintf(buf, sizeof(buf),
             HEAD GROUP VIDEO "a=setup:actpass\r\n" RIDS "a=rid:x recv\r\n"
             "a=simulcast:%s\r\n", value);

    is_int(parse(buf), NGX_OK, "%s", name);
    ok(rids_are(expected), "its rids");
}


static void
chromium(void)
{
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse_bytes(big, load("simulcast-as-chromium")), NGX_OK,
           "simulcast of Chromium");

    m = &sdp.media[1];
    ok(m->simulcast && rids_are("q;h;f"), "its rids");
    is_int(m->nssrcs, 0, "no ssrcs");
    is_int(m->codecs[0].rtx, 97, "RTX of VP8");
    is_int(m->codecs[1].rtx, 103, "RTX of H264");
    is_int(m->codecs[7].rtx, 46, "RTX of AV1");
    is_int(m->codecs[9].rtx, 101, "RTX of the other VP9");
    is_int(m->codecs[0].twcc, 1, "transport-cc");
    is_int(m->exts[NGX_SECMEET_EXT_RID], 10, "rid extension");
    is_int(m->exts[NGX_SECMEET_EXT_RRID], 11, "repaired rid");
    is_int(m->exts[NGX_SECMEET_EXT_DD], 12, "dependency descriptor");
    ok(sdp.mixed, "extensions of one and of two bytes");
    is_int(sdp.media[0].codecs[0].rtx, 0, "none of opus");

    is_int(parse_bytes(big, load("chromium-156-offer")), NGX_OK,
           "without simulcast");
    ok(!sdp.media[1].simulcast && sdp.media[1].nrids == 0, "no rids");
    ok(sdp.media[1].nssrcs == 1 && sdp.media[1].rtx_ssrcs[0] == 398995983,
       "ssrc of RTX, group first");
    is_int(sdp.media[3].codecs[0].rtx, 97, "RTX to receive");
}


static void
firefox(void)
{
    ngx_uint_t                i;
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse_bytes(big, load("simulcast-as-firefox")), NGX_OK,
           "simulcast of Firefox");

    m = &sdp.media[1];
    ok(m->simulcast && rids_are("q;h;f"), "its rids");
    is_int(m->codecs[0].rtx, 124, "RTX, fmtp before rtpmap");
    is_int(m->codecs[1].rtx, 125, "of VP9");
    is_int(m->codecs[2].rtx, 100, "of AV1");
    is_int(m->nssrcs, 3, "ssrcs");

    for (i = 0; i < 3; i++) {
        is_int(m->ssrcs[i], 2828522686 + i, "an ssrc");
        is_int(m->rtx_ssrcs[i], 1815464481 + i, "ssrc of its RTX");
    }

    is_int(m->exts[NGX_SECMEET_EXT_RID], 9, "rid extension");
    is_int(m->exts[NGX_SECMEET_EXT_RRID], 10, "repaired rid");
}


static void
rtx(void)
{
    ngx_secmeet_sdp_codec_t  *c;

    is_int(parse(HEAD "m=video 9 UDP/TLS/RTP/SAVPF 1 2 3 4 5 6\r\n"
                 "a=fmtp:1 apt=2\r\na=rtpmap:1 RTX/90000\r\n"
                 "a=rtpmap:2 VP8/90000\r\na=rtpmap:3 VP9/90000\r\n"
                 "a=rtpmap:4 rtx/90000\r\na=fmtp:4 rtx-time=9; apt=3\r\n"
                 "a=rtpmap:5 rtx/90000\r\na=fmtp:5 apt=3\r\n"
                 "a=rtpmap:6 AV1/90000\r\n"),
           NGX_OK, "RTX");

    c = sdp.media[0].codecs;
    is_int(sdp.media[0].ncodecs, 3, "is no codec");
    is_int(c[0].rtx, 1, "listed before its codec");
    is_int(c[1].rtx, 4, "after other parameters; the first of two");
    is_int(c[2].rtx, 0, "none");

    is_int(parse(HEAD "m=audio 9 UDP/TLS/RTP/SAVPF 1 2\r\n"
                 "a=rtpmap:1 opus/48000/2\r\n"
                 "a=rtpmap:2 rtx/48000\r\na=fmtp:2 apt=1\r\n"),
           NGX_OK, "RTX of audio");
    is_int(sdp.media[0].codecs[0].rtx, 2, "with its clock");
}


static void
rtx_unmatched(void)
{
    ngx_uint_t  i;

    is_int(parse(HEAD "m=video 9 UDP/TLS/RTP/SAVPF 1 0 3 4 5 6 7 8 9 10\r\n"
                 "a=rtpmap:1 VP8/90000\r\n"
                 "a=rtpmap:0 rtx/90000\r\na=fmtp:0 apt=1\r\n"
                 "a=rtpmap:3 rtx/90000\r\n"
                 "a=rtpmap:4 rtx/90000\r\na=fmtp:4 apt=x\r\n"
                 "a=rtpmap:5 rtx/90000\r\na=fmtp:5 apt=128\r\n"
                 "a=rtpmap:6 rtx/90000\r\na=fmtp:6 apt=99\r\n"
                 "a=rtpmap:7 rtx/48000\r\na=fmtp:7 apt=1\r\n"
                 "a=rtpmap:8 red/90000\r\na=fmtp:8 apt=1\r\n"
                 "a=rtpmap:9 rtx/90000\r\na=fmtp:9 apt=8\r\n"
                 "a=rtpmap:10 rtx/90000\r\na=fmtp:10 apt=10\r\n"
                 "a=rtpmap:11 rtx/90000\r\na=fmtp:11 apt=1\r\n"),
           NGX_OK, "RTX of nothing");
    is_int(sdp.media[0].ncodecs, 1, "is no codec");
    is_int(sdp.media[0].codecs[0].rtx, 0, "nor of another one");

    is_int(parse(HEAD "m=video 9 UDP/TLS/RTP/SAVPF 1 2\r\n"
                 "a=rtpmap:2 rtx/90000\r\na=rtpmap:2 VP9/90000\r\n"
                 "a=rtpmap:1 VP8/90000\r\na=rtpmap:1 rtx/90000\r\n"
                 "a=fmtp:1 apt=1\r\na=fmtp:2 apt=1\r\n"),
           NGX_OK, "a payload type with two names");
    is_int(sdp.media[0].ncodecs, 1, "has the first");
    is_int(sdp.media[0].codecs[0].rtx, 2, "whichever it is");

    /* nothing is left of the m-line before */

    is_int(parse(HEAD "m=video 9 UDP/TLS/RTP/SAVPF 1 2\r\na=rid:q send\r\n"
                 "a=rtpmap:1 VP8/90000\r\na=rtpmap:2 rtx/90000\r\n"
                 "a=fmtp:2 apt=1\r\na=simulcast:send q\r\n"
                 "m=video 9 UDP/TLS/RTP/SAVPF 1 2\r\n"
                 "a=rtpmap:1 VP8/90000\r\na=fmtp:2 apt=1\r\n"
                 "a=simulcast:send q\r\n"
                 "m=video 9 UDP/TLS/RTP/SAVPF 1\r\n"
                 "a=rtpmap:1 VP8/90000\r\na=rid:q send\r\n"),
           NGX_OK, "three m-lines");

    for (i = 0; i < 3; i++) {
        is_int(sdp.media[i].codecs[0].rtx, i ? 0 : 2, "the RTX of one");
        is_int(sdp.media[i].nrids, i ? 0 : 1, "its rids");
    }
}


static void
fid(void)
{
    size_t                    i, len;
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse(HEAD VIDEO "a=ssrc-group:FID 1 2\r\n"
                 "a=ssrc:1 cname:c\r\na=ssrc:2 cname:c\r\n"
                 "a=ssrc:4 cname:c\r\na=ssrc:3 cname:c\r\n"
                 "a=ssrc:5 cname:c\r\na=ssrc:6 cname:c\r\n"
                 "a=ssrc-group:FEC-FR 5 6\r\na=ssrc-group:FID 3 4\r\n"
                 "a=ssrc-group:FID 5 4\r\na=ssrc-group:FID x 9\r\n"
                 "a=ssrc-group:FID 1 8\r\n"),
           NGX_OK, "FID");

    m = &sdp.media[0];
    is_int(m->nssrcs, 3, "ssrcs");
    ok(m->ssrcs[0] == 1 && m->rtx_ssrcs[0] == 2, "before; the first of two");
    ok(m->ssrcs[1] == 3 && m->rtx_ssrcs[1] == 4, "after");
    ok(m->ssrcs[2] == 5 && m->rtx_ssrcs[2] == 0, "not FEC, not another's");

    is_int(parse(HEAD VIDEO "a=recvonly\r\na=ssrc-group:FID 1 2\r\n"
                 "a=ssrc:1 cname:c\r\na=ssrc:2 cname:c\r\n"),
           NGX_OK, "FID of one that only receives");
    ok(sdp.media[0].nssrcs == 1 && sdp.media[0].rtx_ssrcs[0] == 0,
       "says nothing");

    len = sprintf(big, HEAD VIDEO);

    for (i = 1; i < 9; i++) {
        len += sprintf(big + len, "a=ssrc-group:FID %zu %zu\r\n"
                       "a=ssrc:%zu cname:c\r\na=ssrc:%zu cname:c\r\n",
                       i, i + 100, i, i + 100);
    }

    is_int(parse_bytes(big, len), NGX_OK, "eight");
    ok(sdp.media[0].nssrcs == NGX_SECMEET_SDP_SSRCS
       && sdp.media[0].rtx_ssrcs[7] == 108, "all there");
}


static void
rids(void)
{
    simulcast("send q;h;f", "q;h;f", "three");
    simulcast("send f;q", "f;q", "in the order of the list");
    simulcast("send q,h;f", "q;f", "of alternatives the first");
    simulcast("send z,~h;f", "h;f", "that is there");
    simulcast("send ~q;~h;f", "q;h;f", "paused ones");
    simulcast("send q;z;f", "q;f", "one without a=rid");
    simulcast("send q;x;f", "q;f", "one of the other direction");
    simulcast("send q;h;q", "q;h", "one twice");
    simulcast("send q", "q", "one");
    simulcast("send z", "", "none");

    is_int(parse(HEAD GROUP VIDEO "a=simulcast:send q;h\r\n"
                 "a=simulcast:send h\r\n" RIDS),
           NGX_OK, "two lines before those of the rids");
    ok(rids_are("q;h"), "the first counts");

    is_int(parse(HEAD GROUP VIDEO RIDS), NGX_OK, "rids alone");
    ok(!sdp.media[0].simulcast && rids_are(""), "are no simulcast");

    is_int(parse_bytes(big, load("simulcast-both-ways")), NGX_OK,
           "both ways, six layers");
    ok(rids_are("a;c;d;e"), "what is sent, four of them");
    is_int(sdp.media[0].codecs[0].rtx, 97, "and RTX");
    is_int(sdp.media[0].codecs[1].rtx, 99, "of both codecs");
}


static void
rid_names(void)
{
    size_t  i, len;

    is_int(parse(HEAD GROUP VIDEO
                 "a=rid:0123456789abcdeF send pt=96;max-width=1280\r\n"
                 "a=rid:0123456789abcdeFg send\r\na=rid:a-b send\r\n"
                 "a=rid:a_b send\r\na=rid: send\r\na=rid:c\r\n"
                 "a=rid:d both\r\na=rid\r\na=rid:Z send\r\n"
                 "a=simulcast:send 0123456789abcdeFg;0123456789abcdeF;a-b;"
                 "a_b;c;d;Z\r\n"),
           NGX_OK, "names of rids");
    ok(rids_are("0123456789abcdeF;Z"), "16 letters and digits");

    len = sprintf(big, HEAD GROUP VIDEO);

    for (i = 0; i < 17; i++) {
        len += sprintf(big + len, "a=rid:%zu send\r\n", i);
    }

    len += sprintf(big + len, "a=simulcast:send 16;15\r\n");
    is_int(parse_bytes(big, len), NGX_OK, "17 rids");
    ok(rids_are("15"), "16 are seen");
}


static void
malformed(void)
{
    simulcast("", "", "empty");
    simulcast("send", "", "no list");
    simulcast("send ", "", "none behind a space");
    simulcast("send q;", "", "ends with ;");
    simulcast("send ;q", "", "begins with ;");
    simulcast("send q;;h", "", "an empty one");
    simulcast("send q,;h", "", "an empty alternative");
    simulcast("send ,q;h", "", "an empty first alternative");
    simulcast("send q;~", "", "~ alone");
    simulcast("send q;~,h", "", "~ alone of two");
    simulcast("q;h", "", "no direction");
    simulcast("send q;h f", "", "more behind it");
    simulcast("send q send h", "", "one direction twice");
    simulcast("recv x recv x send q", "", "the other one twice");
    simulcast("both q", "", "unknown direction");
    simulcast("send q recv ;", "", "the other one malformed");
}


static void
directions(void)
{
    simulcast("send q;h recv x", "q;h", "both");
    simulcast("recv x send q;h", "q;h", "both, the other way round");
    simulcast("recv x", "", "an offer to receive layers");

    is_int(parse_bytes(big, load("simulcast-answer")), NGX_OK, "an answer");
    ok(rids_are("q;h") && sdp.media[0].rids_recv, "rids that it receives");

    is_int(parse(HEAD GROUP "a=setup:active\r\n" VIDEO RIDS
                 "a=simulcast:send q\r\n"),
           NGX_OK, "an offer with setup active");
    ok(rids_are("q") && !sdp.media[0].rids_recv, "rids that it sends");
}


static void
candidates(void)
{
    ngx_secmeet_sdp_candidate_t  *c;

    is_int(parse_bytes(big, load("tcp-passive")), NGX_OK, "candidates");
    is_int(sdp.ncandidates, 3, "of both, one address");

    c = sdp.candidates;
    ok(c[0].tcp && c[1].tcp && !c[2].tcp, "TCP, TCP, UDP");
    is_int(ntohs(c[0].addr.sa.sockaddr_in.sin_port), 443, "port");
    is_int(c[1].addr.sa.sockaddr.sa_family, AF_INET6, "IPv6");

    is_int(parse(HEAD GROUP VIDEO
        "a=candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype active\r\n"
        "a=candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype so\r\n"
        "a=candidate:1 1 tcp 1 192.0.2.1 9 typ host tcptype\r\n"
        "a=candidate:1 1 tcp 1 192.0.2.1 9 typ host generation tcptype "
        "passive 0\r\n"
        "a=candidate:1 1 tcp 1 192.0.2.1 9 typ host\r\n"
        "a=candidate:1 1 ssltcp 1 192.0.2.1 9 typ host tcptype passive\r\n"
        "a=candidate:1 2 tcp 1 192.0.2.1 9 typ host tcptype passive\r\n"
        "a=candidate:1 1 tcp 1 a.local 9 typ host tcptype passive\r\n"
        "a=candidate:1 1 udp 1 192.0.2.1 9 typ host tcptype active\r\n"),
           NGX_OK, "not passive");
    is_int(sdp.ncandidates, 1, "skipped");
    is_int(sdp.candidates[0].tcp, 0, "UDP has no type");
}


/* an offer is made into its answer in place, as it was parsed */

static void
answer_receives(void)
{
    size_t  len;

    is_int(parse_bytes(big, load("simulcast-as-firefox")), NGX_OK, "offer");

    sdp.setup = NGX_SECMEET_SETUP_PASSIVE;
    sdp.media[1].direction = NGX_SECMEET_SDP_RECV;
    sdp.media[1].nssrcs = 0;
    len = create(&sdp);

    ok(has(made, len, "\r\na=rid:q recv\r\na=rid:h recv\r\na=rid:f recv\r\n"
                      "a=simulcast:recv q;h;f\r\n"), "rids received");
    ok(has(made, len, "\r\nm=video 9 UDP/TLS/RTP/SAVPF 120 124 121 125 99 "
                      "100\r\n"), "RTX types");
    ok(has(made, len, "\r\na=rtpmap:124 rtx/90000\r\na=fmtp:124 apt=120\r\n"),
       "RTX map");
    ok(!has(made, len, "ssrc-group"), "nothing is sent");

    memcpy(big, made, len);
    is_int(parse_bytes(big, len), NGX_OK, "parsed again");
    ok(rids_are("q;h;f") && sdp.media[1].rids_recv, "the same rids");
    is_int(sdp.media[1].codecs[2].rtx, 100, "and RTX");

    sdp.media[1].direction = 0;
    len = create(&sdp);
    ok(!has(made, len, "simulcast:"), "not of one that does not receive");
}


static void
answer_sends(void)
{
    size_t                    len;
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse_bytes(big, load("chromium-156-offer")), NGX_OK, "offer");

    m = &sdp.media[3];
    sdp.nmedia = 4;
    sdp.setup = NGX_SECMEET_SETUP_PASSIVE;
    m->direction = NGX_SECMEET_SDP_SEND;
    m->nssrcs = 1;
    m->ssrcs[0] = 7;
    m->rtx_ssrcs[0] = 4294967295;
    ngx_str_set(&m->cname, "c");
    ngx_str_set(&m->msid, "s t");
    sdp.candidates[0].tcp = 1;
    sdp.ncandidates = 1;

    len = create(&sdp);

    ok(has(made, len, "\r\na=msid:s t\r\na=ssrc-group:FID 7 4294967295\r\n"
                      "a=ssrc:7 cname:c\r\na=ssrc:4294967295 cname:c\r\n"),
       "both ssrcs, the group first");
    ok(has(made, len, "\r\na=candidate:2812171688 1 tcp 2122194687 127.0.0.1 "
                      "52891 typ host tcptype passive\r\n"), "candidate");

    m->ncodecs = 1;
    m->codecs[0].rtx = 0;
    len = create(&sdp);
    ok(!has(made, len, "FID 7"), "no group without a payload type");
}


/* as it is answered by one who knows nothing of RTX and layers */

static void
answer_without(void)
{
    size_t                    len;
    ngx_secmeet_sdp_media_t  *m;

    is_int(parse_bytes(big, load("simulcast-as-chromium")), NGX_OK, "offer");

    sdp.setup = NGX_SECMEET_SETUP_PASSIVE;
    m = &sdp.media[1];
    m->direction = NGX_SECMEET_SDP_RECV;
    m->simulcast = 0;
    len = create(&sdp);
    ok(!has(made, len, "a=rid") && !has(made, len, "simulcast"), "no rids");

    m->direction = NGX_SECMEET_SDP_SEND;
    m->nssrcs = 1;
    m->ssrcs[0] = 7;
    len = create(&sdp);
    ok(!has(made, len, "rtx/") && !has(made, len, "FID"),
       "no RTX that would never be sent");

    m->port = 0;
    m->rtx_ssrcs[0] = 8;
    len = create(&sdp);
    ok(has(made, len, "\r\nm=video 0 UDP/TLS/RTP/SAVPF 96\r\n"),
       "no RTX in a rejected one");
}
