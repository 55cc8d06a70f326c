
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_emit.h"
#include "ngx_secmeet_egress.h"
#include "ngx_secmeet_layer.h"
#include "ngx_secmeet_room.h"
#include "../wire/ngx_secmeet_bytes.h"


/* RFC 3550, 5.1 and RFC 8285, 4.2: a header without what is in it */
#define NGX_SECMEET_EMIT_HEADER     16

/* audio level, orientation, transport-wide number, with their first bytes */
#define NGX_SECMEET_EMIT_EXTS       10

#define NGX_SECMEET_EMIT_ALIGN      3


static void ngx_secmeet_emit_header(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw, ngx_secmeet_rewrite_out_t *out,
    ngx_secmeet_emit_t *how, ngx_secmeet_rtp_t *header, u_char *dd);
static ngx_secmeet_rtp_ext_t *ngx_secmeet_emit_ext(
    ngx_secmeet_rtp_ext_t *ext, ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *rtp, ngx_uint_t k);
static ngx_uint_t ngx_secmeet_emit_dd(ngx_secmeet_sub_t *sub,
    ngx_secmeet_forward_t *fw);
static u_char *ngx_secmeet_emit_payload(u_char *p, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out);


ngx_int_t
ngx_secmeet_emit_fits(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw)
{
    size_t  len;

    len = NGX_SECMEET_EMIT_HEADER + NGX_SECMEET_EMIT_EXTS
          + 2 + sub->media->mid.len + NGX_SECMEET_EMIT_ALIGN;

    if (ngx_secmeet_emit_rtx(sub)) {
        len += NGX_SECMEET_RTX_OSN;
    }

    if (ngx_secmeet_emit_dd(sub, fw)) {
        len += 2 + fw->dd->len;
    }

    return len + fw->rtp->payload.len > NGX_SECMEET_MTU ? NGX_DECLINED
                                                        : NGX_OK;
}


ngx_int_t
ngx_secmeet_emit(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_emit_t *how)
{
    u_char                   *p;
    u_char                    dd[NGX_SECMEET_DD_MAX];
    ngx_secmeet_rtp_t         header;
    ngx_secmeet_output_t     *output;
    ngx_secmeet_packet_t     *packet;
    ngx_secmeet_transport_t  *tp;

    tp = sub->peer->transport;
    output = &tp->worker->output;

    packet = ngx_secmeet_output_packet(output);
    p = packet->data;

    ngx_secmeet_emit_header(sub, fw, out, how, &header, dd);

    if (how->rtx && fw) {
        p = ngx_secmeet_rtx_wrap(&sub->rtx, &header, sub->codec->rtx, p,
                                 NGX_SECMEET_MTU);
        if (p == NULL) {
            ngx_secmeet_output_cancel(output, packet);
            return NGX_DECLINED;
        }

    } else {
        p += ngx_secmeet_rtp_create(p, &header);
    }

    if (how->padding) {
        p = ngx_secmeet_rtx_pad(packet->data, p, how->padding);

    } else {
        p = ngx_secmeet_emit_payload(p, fw, out);
    }

    packet->len = p - packet->data;

    if (ngx_secmeet_srtp_protect(tp->srtp, packet->data, &packet->len)
        != NGX_OK)
    {
        ngx_secmeet_output_cancel(output, packet);
        return NGX_DECLINED;
    }

    tp->worker->bytes += packet->len;

    ngx_secmeet_output_send(output, tp->selected, packet);

    if (!how->rtx && (int16_t) (out->seq - sub->emitted) > 0) {
        sub->emitted = out->seq;
    }

    if (!how->rtx && !how->padding) {
        tp->worker->counters[NGX_SECMEET_FORWARDED]++;
        sub->packets++;
        sub->octets += fw->rtp->payload.len;
    }

    return NGX_OK;
}


static void
ngx_secmeet_emit_header(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out, ngx_secmeet_emit_t *how,
    ngx_secmeet_rtp_t *header, u_char *dd)
{
    size_t                  len;
    uint16_t                number;
    ngx_secmeet_media_t    *media;
    ngx_secmeet_rtp_ext_t  *ext;

    media = sub->media;
    ext = header->exts;

    header->pt = sub->codec->pt;
    header->seq = out->seq;
    header->timestamp = out->timestamp;
    header->ssrc = sub->ssrc;
    header->marker = 0;
    header->padding = 0;

    if (how->rtx && how->padding) {
        header->pt = sub->codec->rtx;
        header->seq = sub->rtx.seq++;
        header->ssrc = sub->rtx.ssrc;
    }

    if (media->exts[NGX_SECMEET_EXT_MID]) {
        ext->id = media->exts[NGX_SECMEET_EXT_MID];
        ext->value = media->mid;
        ext++;
    }

    len = how->padding;

    if (len == 0) {
        ext = ngx_secmeet_emit_ext(ext, sub, fw->rtp,
                                     NGX_SECMEET_EXT_AUDIO_LEVEL);
        ext = ngx_secmeet_emit_ext(ext, sub, fw->rtp,
                                     NGX_SECMEET_EXT_ORIENTATION);

        if (ngx_secmeet_emit_dd(sub, fw)) {
            ngx_memcpy(dd, fw->dd->data, fw->dd->len);
            ngx_secmeet_dd_rewrite(dd, out->picture_id);

            ext->id = media->exts[NGX_SECMEET_EXT_DD];
            ext->value.data = dd;
            ext->value.len = fw->dd->len;
            ext++;
        }

        header->marker = out->marker;
        len = fw->rtp->payload.len;
    }

    header->payload.len = len;

    if (ngx_secmeet_emit_numbered(sub)) {
        ext->id = media->exts[NGX_SECMEET_EXT_TWCC];
        ext->value.data = how->number;
        ext->value.len = 2;
        ext++;

        header->nexts = ext - header->exts;

        len += ngx_secmeet_rtp_create(NULL, header)
               + NGX_SECMEET_LAYER_OVERHEAD;

        number = ngx_secmeet_egress_number(sub->peer->transport->egress, len,
                                           how->cluster, how->now);
        (void) ngx_secmeet_write_uint16(how->number, number);

        return;
    }

    header->nexts = ext - header->exts;
}


ngx_uint_t
ngx_secmeet_emit_rtx(ngx_secmeet_sub_t *sub)
{
    return sub->rtx.ssrc ? sub->codec->rtx : 0;
}


ngx_uint_t
ngx_secmeet_emit_numbered(ngx_secmeet_sub_t *sub)
{
    return ngx_secmeet_emit_rtx(sub) && sub->codec->twcc
           && sub->media->exts[NGX_SECMEET_EXT_TWCC]
           && sub->peer->transport->egress->path;
}


/* one of a byte, to a receiver which negotiated it */

static ngx_secmeet_rtp_ext_t *
ngx_secmeet_emit_ext(ngx_secmeet_rtp_ext_t *ext, ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtp_t *rtp, ngx_uint_t k)
{
    ngx_str_t  *value;

    value = ngx_secmeet_rtp_ext(rtp, sub->track->media->exts[k]);

    if (value && value->len == 1 && sub->media->exts[k]) {
        ext->id = sub->media->exts[k];
        ext->value = *value;
        ext++;
    }

    return ext;
}


/* to a receiver which negotiated it, as large as it may be */

static ngx_uint_t
ngx_secmeet_emit_dd(ngx_secmeet_sub_t *sub, ngx_secmeet_forward_t *fw)
{
    return fw->dd && fw->dd->len <= NGX_SECMEET_DD_MAX
           && sub->media->exts[NGX_SECMEET_EXT_DD];
}


/* its end */

static u_char *
ngx_secmeet_emit_payload(u_char *p, ngx_secmeet_forward_t *fw,
    ngx_secmeet_rewrite_out_t *out)
{
    ngx_str_t  *payload;

    payload = &fw->rtp->payload;

    ngx_memcpy(p, payload->data, payload->len);

    if (fw->in.video) {
        ngx_secmeet_payload_rewrite(p, &fw->payload, fw->codec->codec,
                                    out->picture_id, out->tl0picidx);
    }

    return p + payload->len;
}
