
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "feedback.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_bytes.h"


#define PEER_INJECT_NACKS     17                /* one FCI, RFC 4585 */


typedef struct {
    const char               *name;
    void                    (*handler)(peer_t *peer, peer_source_t *source,
                                       ngx_uint_t n);
} peer_inject_t;


static void peer_inject_rtp(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_bad_tag(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_short(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_short_rtcp(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_bad_rtcp(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_odd_rtcp(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_other(peer_t *peer, peer_source_t *source,
    ngx_uint_t mid);
static void peer_inject_unknown(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_new(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_replay(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_oversize(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_round(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_leap(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_nacks(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);
static void peer_inject_numbered(peer_t *peer, peer_source_t *source,
    uint16_t seq, ngx_uint_t pt);
static void peer_inject_alert(peer_t *peer, peer_source_t *source,
    ngx_uint_t n);


static const peer_inject_t  peer_injects[] = {
    { "srtp-plain", peer_inject_rtp },
    { "srtp-bad-tag", peer_inject_bad_tag },
    { "srtp-short", peer_inject_short },
    { "srtcp-short", peer_inject_short_rtcp },
    { "srtcp-bad-tag", peer_inject_bad_rtcp },
    { "srtcp-odd", peer_inject_odd_rtcp },
    { "unknown-ssrc", peer_inject_unknown },
    { "new-ssrc", peer_inject_new },
    { "replay", peer_inject_replay },
    { "oversize", peer_inject_oversize },
    { "round", peer_inject_round },
    { "leap", peer_inject_leap },
    { "nacks", peer_inject_nacks },
    { "dtls-alert", peer_inject_alert },
    { NULL, NULL }
};


const char *
peer_command_inject(peer_t *peer, json_t *cmd, json_t *answer)
{
    ngx_uint_t            i, count;
    const char           *kind;
    peer_line_t          *line;
    peer_source_t        *source;
    const peer_inject_t  *inject;

    kind = peer_arg_text(cmd, "kind");
    count = peer_arg_uint(cmd, "count", 1);
    source = NULL;

    for (i = 0; i < peer->nlines && source == NULL; i++) {
        line = peer->lines[i];

        if (line->source && !line->closed && !line->pending) {
            source = line->source;
        }
    }

    if (source == NULL || peer->srtp == NULL) {
        return "it takes a sending m-line and SRTP";
    }

    for (inject = peer_injects; kind && inject->name; inject++) {
        if (ngx_strcmp(inject->name, kind) == 0) {
            for (i = 0; i < count; i++) {
                inject->handler(peer, source, i);
            }

            return NULL;
        }
    }

    return "unknown kind";
}


/* a packet without protection */

static void
peer_inject_rtp(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char  buf[PEER_DATAGRAM];

    peer_send(peer, buf, peer_source_packet(source, buf, 200), NULL);
}


/* the tag of a genuine packet is changed */

static void
peer_inject_bad_tag(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char  buf[PEER_DATAGRAM];

    if (source->last.len == 0) {
        return;
    }

    ngx_memcpy(buf, source->last.data, source->last.len);
    buf[2]++;
    buf[source->last.len - 1] ^= 0x55;

    peer_send(peer, buf, source->last.len, NULL);
}


/* an RTP header with less behind it than any tag has: RFC 3711, 3.1 */

static void
peer_inject_short(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char  buf[PEER_DATAGRAM];

    (void) peer_source_packet(source, buf, 200);
    peer_send(peer, buf, 1 + n % 28, NULL);
}


static void
peer_inject_short_rtcp(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char                      buf[256];
    ngx_secmeet_rtcp_report_t   report;

    ngx_memzero(buf, sizeof(buf));
    ngx_memzero(&report, sizeof(ngx_secmeet_rtcp_report_t));

    report.ssrc = ((peer_line_t *) source->line)->ssrc;

    (void) ngx_secmeet_rtcp_rr_create(buf, &report);
    peer_send(peer, buf, 2 + n % 30, NULL);
}


static void
peer_inject_bad_rtcp(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char                      buf[256];
    size_t                      len;
    ngx_secmeet_rtcp_report_t   report;

    ngx_memzero(&report, sizeof(ngx_secmeet_rtcp_report_t));

    report.ssrc = ((peer_line_t *) source->line)->ssrc;

    len = ngx_secmeet_rtcp_rr_create(buf, &report);

    if (ngx_secmeet_srtp_protect_rtcp(peer->srtp, buf, &len) == NGX_OK) {
        buf[len - 6] ^= 0x55;
        peer_send(peer, buf, len, NULL);
    }
}


/* authentic, but no RTCP that anybody should act upon */

static void
peer_inject_odd_rtcp(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char    buf[256];
    uint64_t  random[8];
    size_t    i, len;

    for (i = 0; i < 8; i++) {
        random[i] = peer_random();
    }

    ngx_memcpy(buf, random, sizeof(random));
    (void) ngx_secmeet_write_uint32(buf + 4,
                                    ((peer_line_t *) source->line)->ssrc);

    buf[0] = 0x80 | (buf[0] & 0x3f);
    buf[1] = (u_char) (200 + n % 8);
    len = 8 + n % 14 * 4;

    /* the length field fits in one of four */

    buf[2] = 0;
    buf[3] = (u_char) ((n % 4) ? len / 4 - 1 : buf[3]);

    peer_feedback_send(peer, buf, len);
}


/* authentic, of an SSRC that the offer did not name; without MID if asked */

static void
peer_inject_other(peer_t *peer, peer_source_t *source, ngx_uint_t mid)
{
    u_char                    buf[PEER_DATAGRAM];
    size_t                    len;
    uint32_t                  ssrc;
    ngx_uint_t                id;
    peer_line_t              *line;
    ngx_secmeet_srtp_t       *srtp;
    ngx_secmeet_dtls_keys_t   keys;

    line = source->line;
    id = line->exts[NGX_SECMEET_EXT_MID];

    if (!mid) {
        line->exts[NGX_SECMEET_EXT_MID] = 0;
    }

    len = peer_source_packet(source, buf, 200);
    line->exts[NGX_SECMEET_EXT_MID] = id;

    ssrc = (uint32_t) peer_random();
    (void) ngx_secmeet_write_uint32(buf + 8, ssrc);

    /* there may be more of them than one context holds */

    if (ngx_secmeet_dtls_keys(peer->dtls, &keys) != NGX_OK) {
        return;
    }

    srtp = ngx_secmeet_srtp_create(&keys);

    if (srtp == NULL) {
        return;
    }

    if (ngx_secmeet_srtp_add_out(srtp, ssrc) == NGX_OK
        && ngx_secmeet_srtp_protect(srtp, buf, &len) == NGX_OK)
    {
        peer_send(peer, buf, len, NULL);
    }

    ngx_secmeet_srtp_free(srtp);
}


static void
peer_inject_unknown(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    peer_inject_other(peer, source, 0);
}


static void
peer_inject_new(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    peer_inject_other(peer, source, 1);
}


static void
peer_inject_replay(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    peer_send(peer, source->last.data, source->last.len, NULL);
}


static void
peer_inject_oversize(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char     buf[PEER_DATAGRAM];
    size_t     len;
    ngx_str_t  last;

    len = peer_source_packet(source, buf, 1440 + n * 97 % 2400);
    last = source->last;

    if (ngx_secmeet_srtp_protect(peer->srtp, buf, &len) == NGX_OK) {
        source->seq++;
        source->counter++;
        source->last = last;
        peer_send(peer, buf, len, NULL);
    }
}


/*
 * The last number of the source once more, for another packet: authentic,
 * since packets of a payload type that nobody has negotiated lead around.
 */

static void
peer_inject_round(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    uint16_t      seq;
    ngx_uint_t    i;
    peer_line_t  *line;

    line = source->line;
    seq = source->seq - 1;

    for (i = 1; i < 5; i++) {
        peer_inject_numbered(peer, source, (uint16_t) (seq + i * 0x3fff),
                             127);
    }

    peer_inject_numbered(peer, source, seq, line->codecs[0].pt);
}


/*
 * Numbers leap ahead, each time less than a receiver takes for a new start,
 * until they seem to be some hundreds behind.
 */

static void
peer_inject_leap(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    ngx_uint_t    i;
    peer_line_t  *line;

    line = source->line;

    for (i = 0; i < 4; i++) {
        source->seq += 0x3e00;
        peer_inject_numbered(peer, source, source->seq++,
                             line->codecs[0].pt);
    }

    source->seq += 0x600;
}


/* the latest packets of each m-line that receives are asked for again */

static void
peer_inject_nacks(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    u_char        buf[256];
    size_t        len;
    uint16_t      seqs[PEER_INJECT_NACKS];
    ngx_uint_t    i, k;
    peer_line_t  *line;

    for (i = 0; i < peer->nlines; i++) {
        line = peer->lines[i];

        if (line->sink == NULL || line->ssrc == 0) {
            continue;
        }

        for (k = 0; k < PEER_INJECT_NACKS; k++) {
            seqs[k] = (uint16_t) (line->sink->window.highest + 1 + k
                                  - PEER_INJECT_NACKS);
        }

        len = ngx_secmeet_rtcp_nack_create(buf, source->ssrc, line->ssrc,
                                           seqs, PEER_INJECT_NACKS);
        peer_feedback_send(peer, buf, len);
    }
}


static void
peer_inject_numbered(peer_t *peer, peer_source_t *source, uint16_t seq,
    ngx_uint_t pt)
{
    u_char  buf[PEER_DATAGRAM];
    size_t  len;

    len = peer_source_packet(source, buf, source->size ? source->size : 200);

    buf[1] = (u_char) pt;
    buf[2] = (u_char) (seq >> 8);
    buf[3] = (u_char) seq;

    if (ngx_secmeet_srtp_protect(peer->srtp, buf, &len) == NGX_OK) {
        peer_send(peer, buf, len, NULL);
    }
}


/* a fatal alert in the clear, from the right address */

static void
peer_inject_alert(peer_t *peer, peer_source_t *source, ngx_uint_t n)
{
    static u_char  alert[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1,
                               0, 2, 2, 40 };

    alert[10] = (u_char) n;

    peer_send(peer, alert, sizeof(alert), NULL);
}
