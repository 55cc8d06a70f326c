
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_rtx.h"


#define NGX_SECMEET_RTX_PADDED        0x20      /* P of an RTP header */


void
ngx_secmeet_rtx_init(ngx_secmeet_rtx_t *rtx, uint32_t ssrc, uint16_t seq)
{
    rtx->ssrc = ssrc;
    rtx->seq = seq;
}


ngx_int_t
ngx_secmeet_rtx_unwrap(ngx_secmeet_rtp_t *rtp, ngx_uint_t pt, uint32_t ssrc)
{
    u_char  *p;

    if (rtp->payload.len == 0) {
        return rtp->padding ? NGX_DONE : NGX_DECLINED;
    }

    if (rtp->payload.len < NGX_SECMEET_RTX_OSN) {
        return NGX_DECLINED;
    }

    p = rtp->payload.data;

    rtp->pt = pt;
    rtp->ssrc = ssrc;
    rtp->seq = (uint16_t) (p[0] << 8 | p[1]);
    rtp->payload.data += NGX_SECMEET_RTX_OSN;
    rtp->payload.len -= NGX_SECMEET_RTX_OSN;

    return NGX_OK;
}


u_char *
ngx_secmeet_rtx_wrap(ngx_secmeet_rtx_t *rtx, ngx_secmeet_rtp_t *rtp,
    ngx_uint_t pt, u_char *p, size_t size)
{
    uint16_t  seq;

    if (ngx_secmeet_rtp_create(NULL, rtp) + NGX_SECMEET_RTX_OSN
        + rtp->payload.len
        > size)
    {
        return NULL;
    }

    seq = rtp->seq;

    rtp->pt = pt;
    rtp->ssrc = rtx->ssrc;
    rtp->seq = rtx->seq++;

    p += ngx_secmeet_rtp_create(p, rtp);

    *p++ = (u_char) (seq >> 8);
    *p++ = (u_char) seq;

    return p;
}


/* RFC 3550, 5.1.  The last byte counts the padding, itself included */

u_char *
ngx_secmeet_rtx_pad(u_char *packet, u_char *p, size_t n)
{
    packet[0] |= NGX_SECMEET_RTX_PADDED;

    ngx_memzero(p, n);
    p += n;
    p[-1] = (u_char) n;

    return p;
}
