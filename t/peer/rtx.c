
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"
#include "feedback.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_bytes.h"


#define PEER_RTX_OSN          2         /* bytes of the number it had */


void
peer_rtx_enable(peer_source_t *source)
{
    ngx_secmeet_history_slot_t  *slots;

    if (source->plain.slots) {
        return;
    }

    slots = peer_alloc(sizeof(ngx_secmeet_history_slot_t) * PEER_HISTORY);

    ngx_secmeet_history_init(&source->plain, slots, PEER_HISTORY);

    source->rtx_seq = (uint16_t) (peer_random() & 0x7fff);
}


void
peer_rtx_keep(peer_source_t *source, u_char *p, size_t len)
{
    if (source->plain.slots) {
        ngx_secmeet_history_input(&source->plain, source->counter, p, len,
                                  0);
    }
}


ngx_int_t
peer_rtx_send(peer_source_t *source, uint64_t counter)
{
    peer_line_t *line = source->line;

    u_char              buf[PEER_DATAGRAM], seq[2];
    size_t              len;
    ngx_str_t           packet, payload;
    ngx_uint_t          osn;
    ngx_secmeet_rtp_t   rtp;

    if (ngx_secmeet_history_find(&source->plain, counter, &packet, NULL)
        != NGX_OK
        || ngx_secmeet_rtp_parse(&rtp, packet.data, packet.data + packet.len,
                                 1)
           != NGX_OK)
    {
        return NGX_DECLINED;
    }

    payload = rtp.payload;
    osn = rtp.seq;

    rtp.pt = line->codecs[0].rtx;
    rtp.seq = source->rtx_seq++;
    rtp.ssrc = source->rtx_ssrc;
    rtp.nexts = 0;

    if (line->exts[NGX_SECMEET_EXT_MID]) {
        rtp.exts[rtp.nexts].id = line->exts[NGX_SECMEET_EXT_MID];
        rtp.exts[rtp.nexts++].value = line->mid;
    }

    if (source->rid.len && line->exts[NGX_SECMEET_EXT_RRID]) {
        rtp.exts[rtp.nexts].id = line->exts[NGX_SECMEET_EXT_RRID];
        rtp.exts[rtp.nexts++].value = source->rid;
    }

    peer_twcc_stamp(line, &rtp, seq, payload.len);

    /* RFC 4588, 4 */

    len = ngx_secmeet_rtp_create(buf, &rtp);

    (void) ngx_secmeet_write_uint16(buf + len, osn);
    len += PEER_RTX_OSN;

    ngx_memcpy(buf + len, payload.data, payload.len);
    len += payload.len;

    if (ngx_secmeet_srtp_protect(line->peer->srtp, buf, &len) != NGX_OK) {
        return NGX_DECLINED;
    }

    source->rtx_sent++;

    peer_send(line->peer, buf, len, NULL);

    return NGX_OK;
}


ngx_int_t
peer_rtx_unwrap(peer_line_t *line, ngx_secmeet_rtp_t *rtp)
{
    ngx_uint_t  i, osn;

    for (i = 0; i < line->ncodecs; i++) {
        if (line->codecs[i].rtx && line->codecs[i].rtx == rtp->pt) {
            break;
        }
    }

    if (i == line->ncodecs || rtp->payload.len <= PEER_RTX_OSN
        || ngx_secmeet_read_uint16(rtp->payload.data, rtp->payload.data
                                   + rtp->payload.len, &osn)
           == NULL)
    {
        return NGX_DECLINED;
    }

    rtp->pt = line->codecs[i].pt;
    rtp->seq = (uint16_t) osn;
    rtp->ssrc = line->ssrc;
    rtp->payload.data += PEER_RTX_OSN;
    rtp->payload.len -= PEER_RTX_OSN;

    return NGX_OK;
}
