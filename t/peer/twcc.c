
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "feedback.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_bytes.h"


static void peer_twcc_timer(void *data);
static void peer_twcc_news(peer_t *peer, ngx_secmeet_twcc_t *twcc);


void
peer_twcc_create(peer_t *peer)
{
    peer_twcc_t  *twcc;

    twcc = peer_alloc(sizeof(peer_twcc_t));

    ngx_secmeet_arrivals_init(&twcc->arrivals);
    ngx_secmeet_ledger_init(&twcc->ledger);

    twcc->timer.handler = peer_twcc_timer;
    twcc->timer.data = peer;

    peer->twcc = twcc;
}


void
peer_twcc_free(peer_t *peer)
{
    if (peer->twcc) {
        peer_timer_del(&peer->twcc->timer);
        peer_defer(peer->twcc);
    }
}


void
peer_twcc_stamp(peer_line_t *line, ngx_secmeet_rtp_t *rtp, u_char *p,
    size_t size)
{
    uint16_t   seq;
    peer_t    *peer;

    peer = line->peer;

    if (peer->twcc == NULL || line->exts[NGX_SECMEET_EXT_TWCC] == 0) {
        return;
    }

    seq = ngx_secmeet_ledger_input(&peer->twcc->ledger, size, 0, peer_now);

    (void) ngx_secmeet_write_uint16(p, seq);

    rtp->exts[rtp->nexts].id = line->exts[NGX_SECMEET_EXT_TWCC];
    rtp->exts[rtp->nexts].value.data = p;
    rtp->exts[rtp->nexts++].value.len = 2;

    peer->counts.twcc_stamped++;
}


void
peer_twcc_arrived(peer_line_t *line, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_usec_t when)
{
    peer_t              *peer;
    ngx_str_t           *ext;
    ngx_uint_t           seq;
    peer_twcc_t         *twcc;
    ngx_secmeet_usec_t   next;

    peer = line->peer;
    twcc = peer->twcc;
    ext = ngx_secmeet_rtp_ext(rtp, line->exts[NGX_SECMEET_EXT_TWCC]);

    if (twcc == NULL || ext == NULL) {
        return;
    }

    if (ext->len != 2
        || ngx_secmeet_read_uint16(ext->data, ext->data + 2, &seq) == NULL)
    {
        peer->counts.twcc_bad++;
        return;
    }

    peer->counts.twcc_arrived++;
    twcc->ssrc = rtp->ssrc;

    ngx_secmeet_arrivals_input(&twcc->arrivals, (uint16_t) seq, when);

    next = ngx_secmeet_arrivals_next(&twcc->arrivals);

    if (next
        && (twcc->timer.index == 0 || next < twcc->timer.when))
    {
        peer_timer_set(&twcc->timer, next);
    }
}


static void
peer_twcc_timer(void *data)
{
    peer_t *peer = data;

    u_char                      buf[PEER_DATAGRAM];
    size_t                      len;
    ngx_uint_t                  n;
    peer_twcc_t                *twcc;
    ngx_secmeet_usec_t          next;
    ngx_secmeet_twcc_t          fb;
    ngx_secmeet_twcc_packet_t   packets[NGX_SECMEET_TWCC_PACKETS];

    twcc = peer->twcc;

    while (ngx_secmeet_arrivals_poll(&twcc->arrivals, &fb, packets, &n,
                                     peer_now)
           == NGX_OK)
    {
        if (twcc->mute) {
            continue;
        }

        fb.sender = peer_feedback_ssrc(peer);
        fb.ssrc = twcc->ssrc;

        len = ngx_secmeet_twcc_create(buf, &fb, packets, n);
        peer->counts.twcc_out++;

        peer_feedback_send(peer, buf, len);
    }

    next = ngx_secmeet_arrivals_next(&twcc->arrivals);

    if (next) {
        peer_timer_set(&twcc->timer, next);
    }
}


void
peer_twcc_input(peer_t *peer, ngx_secmeet_rtcp_t *rtcp)
{
    peer_twcc_t         *twcc;
    ngx_secmeet_twcc_t   fb;

    twcc = peer->twcc;

    if (twcc == NULL || ngx_secmeet_twcc_parse(&fb, rtcp) != NGX_OK) {
        peer->counts.bad_rtcp++;
        return;
    }

    if (peer->counts.twcc_in++) {
        peer->counts.twcc_missed += (fb.number - twcc->number - 1) & 0xff;
        twcc->gap = ngx_max(twcc->gap, peer_now - twcc->heard);
    }

    twcc->number = fb.number;
    twcc->heard = peer_now;

    peer_twcc_news(peer, &fb);
}


static void
peer_twcc_news(peer_t *peer, ngx_secmeet_twcc_t *fb)
{
    ngx_uint_t                          i, n;
    static ngx_secmeet_ledger_packet_t  news[NGX_SECMEET_LEDGER_PACKETS];

    n = NGX_SECMEET_LEDGER_PACKETS;

    if (ngx_secmeet_ledger_feedback(&peer->twcc->ledger, fb, news, &n,
                                    peer_now)
        != NGX_OK)
    {
        peer->counts.twcc_foreign++;
        return;
    }

    for (i = 0; i < n; i++) {
        peer->counts.twcc_acked += news[i].acked;
        peer->counts.twcc_lost += news[i].lost;
    }
}


json_t *
peer_twcc_stats(peer_t *peer)
{
    peer_twcc_t  *twcc;

    twcc = peer->twcc;

    if (twcc == NULL) {
        return json_null();
    }

    return json_pack("{s:I, s:I, s:I}",
                     "rtt", (json_int_t) twcc->ledger.rtt,
                     "gap", (json_int_t) twcc->gap,
                     "outstanding", (json_int_t)
                            ngx_secmeet_ledger_outstanding(&twcc->ledger));
}


const char *
peer_command_twcc(peer_t *peer, json_t *cmd, json_t *answer)
{
    if (peer->twcc == NULL) {
        return "not offered";
    }

    peer->twcc->mute = !peer_arg_on(cmd, "on", 1);

    return NULL;
}
