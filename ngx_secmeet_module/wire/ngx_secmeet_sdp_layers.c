
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_sdp.h"
#include "ngx_secmeet_sdp_parser.h"


static ngx_int_t ngx_secmeet_sdp_list(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *list, ngx_uint_t direction);
static ngx_int_t ngx_secmeet_sdp_alternative(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *alternatives, ngx_uint_t direction, ngx_str_t *rid);
static ngx_uint_t ngx_secmeet_sdp_has_rid(ngx_secmeet_sdp_media_t *media,
    ngx_str_t *rid);


ngx_int_t
ngx_secmeet_sdp_rid(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    u_char                  c;
    ngx_str_t               word;
    ngx_uint_t              i;
    ngx_secmeet_sdp_rid_t  *rid;

    if (ps->nrids == NGX_SECMEET_SDP_SEEN) {
        return NGX_OK;
    }

    /* RFC 8851, 10: <id> "send" or "recv" and restrictions of formats */

    rid = &ps->rids[ps->nrids];

    ngx_secmeet_sdp_word(value, &rid->id);
    ngx_secmeet_sdp_word(value, &word);

    if (ngx_secmeet_sdp_is(&word, "send")) {
        rid->direction = NGX_SECMEET_SDP_SEND;

    } else if (ngx_secmeet_sdp_is(&word, "recv")) {
        rid->direction = NGX_SECMEET_SDP_RECV;

    } else {
        return NGX_OK;
    }

    /* RFC 8852, 3.1: what the header extension may carry */

    if (rid->id.len == 0 || rid->id.len > NGX_SECMEET_SDP_RID) {
        return NGX_OK;
    }

    for (i = 0; i < rid->id.len; i++) {
        c = rid->id.data[i];

        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
            && (c < '0' || c > '9'))
        {
            return NGX_OK;
        }
    }

    ps->nrids++;

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_sdp_simulcast(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *value)
{
    /* its rids may be described only later */

    if (!ps->media->simulcast) {
        ps->media->simulcast = 1;
        ps->simulcast = *value;
    }

    return NGX_OK;
}


/*
 * RFC 8853, 5.1: "send" or "recv" and a list, or both, in either order.
 * Of both, what is sent counts.  Nothing is taken from a malformed one.
 */

void
ngx_secmeet_sdp_layers(ngx_secmeet_sdp_parser_t *ps)
{
    ngx_str_t                 rest, word, send, recv;
    ngx_secmeet_sdp_media_t  *media;

    media = ps->media;
    rest = ps->simulcast;
    ngx_str_null(&send);
    ngx_str_null(&recv);

    while (rest.len) {
        ngx_secmeet_sdp_word(&rest, &word);

        if (ngx_secmeet_sdp_is(&word, "send") && send.len == 0) {
            ngx_secmeet_sdp_word(&rest, &send);

        } else if (ngx_secmeet_sdp_is(&word, "recv") && recv.len == 0) {
            ngx_secmeet_sdp_word(&rest, &recv);

        } else {
            return;
        }
    }

    if (ngx_secmeet_sdp_list(ps, &recv, NGX_SECMEET_SDP_RECV) != NGX_OK) {
        media->nrids = 0;
        return;
    }

    if (send.len == 0) {
        media->rids_recv = (media->nrids > 0);
        return;
    }

    media->nrids = 0;

    if (ngx_secmeet_sdp_list(ps, &send, NGX_SECMEET_SDP_SEND) != NGX_OK) {
        media->nrids = 0;
    }
}


static ngx_int_t
ngx_secmeet_sdp_list(ngx_secmeet_sdp_parser_t *ps, ngx_str_t *list,
    ngx_uint_t direction)
{
    u_char                    last;
    ngx_str_t                 alternatives, rid;
    ngx_secmeet_sdp_media_t  *media;

    media = ps->media;

    if (list->len == 0) {
        return NGX_OK;
    }

    last = list->data[list->len - 1];

    if (last == ';' || last == ',') {
        return NGX_DECLINED;
    }

    while (list->len) {
        ngx_secmeet_sdp_cut(list, &alternatives, ';');

        if (ngx_secmeet_sdp_alternative(ps, &alternatives, direction, &rid)
            != NGX_OK)
        {
            return NGX_DECLINED;
        }

        if (rid.len && media->nrids < NGX_SECMEET_SDP_RIDS
            && !ngx_secmeet_sdp_has_rid(media, &rid))
        {
            media->rids[media->nrids++] = rid;
        }
    }

    return NGX_OK;
}


/* the first of "a,~b" that a=rid describes; none: an empty one */

static ngx_int_t
ngx_secmeet_sdp_alternative(ngx_secmeet_sdp_parser_t *ps,
    ngx_str_t *alternatives, ngx_uint_t direction, ngx_str_t *rid)
{
    ngx_str_t   id;
    ngx_uint_t  i;

    ngx_str_null(rid);

    if (alternatives->len == 0
        || alternatives->data[alternatives->len - 1] == ',')
    {
        return NGX_DECLINED;
    }

    while (alternatives->len) {
        ngx_secmeet_sdp_cut(alternatives, &id, ',');

        if (id.len && id.data[0] == '~') {
            id.data++;
            id.len--;
        }

        if (id.len == 0) {
            return NGX_DECLINED;
        }

        for (i = 0; rid->len == 0 && i < ps->nrids; i++) {
            if (ps->rids[i].direction == direction
                && ngx_secmeet_sdp_same(&ps->rids[i].id, &id))
            {
                *rid = id;
            }
        }
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_sdp_has_rid(ngx_secmeet_sdp_media_t *media, ngx_str_t *rid)
{
    ngx_uint_t  i;

    for (i = 0; i < media->nrids; i++) {
        if (ngx_secmeet_sdp_same(&media->rids[i], rid)) {
            return 1;
        }
    }

    return 0;
}


/* before codecs are kept: the lines of RTX may come before or after theirs */

void
ngx_secmeet_sdp_rtx_codecs(ngx_secmeet_sdp_parser_t *ps)
{
    uint64_t                  apt;
    ngx_str_t                 text;
    ngx_uint_t                i, pt;
    ngx_secmeet_sdp_codec_t  *codec;

    for (i = 0; i < ps->nformats; i++) {
        pt = ps->formats[i];

        if (!ps->rtx[pt] || pt == 0
            || ngx_secmeet_sdp_param(&ps->codecs[pt].fmtp, "apt", &text)
               != NGX_OK
            || ngx_secmeet_sdp_number(&text, NGX_SECMEET_SDP_FORMATS - 1,
                                      &apt)
               != NGX_OK
            || !ps->listed[apt])
        {
            continue;
        }

        codec = &ps->codecs[apt];

        if (codec->rtx == 0) {
            codec->rtx = pt;
        }
    }
}


/* RFC 5576, 4.2; an SSRC repairs one other */

void
ngx_secmeet_sdp_rtx_ssrcs(ngx_secmeet_sdp_parser_t *ps)
{
    ngx_uint_t                i, k, n;
    ngx_secmeet_sdp_media_t  *media;

    media = ps->media;

    if (!(media->direction & NGX_SECMEET_SDP_SEND)) {
        return;
    }

    for (i = 0; i < media->nssrcs; i++) {

        for (k = 0; k < ps->nrepairs; k++) {

            if (ps->repaired[k] != media->ssrcs[i]
                || media->ssrcs[i] == 0)
            {
                continue;
            }

            for (n = 0; n < i; n++) {
                if (media->rtx_ssrcs[n] == ps->repairs[k]) {
                    break;
                }
            }

            if (n == i) {
                media->rtx_ssrcs[i] = ps->repairs[k];
                break;
            }
        }
    }
}


ngx_uint_t
ngx_secmeet_sdp_has_rtx(ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t  i;

    if ((media->direction & NGX_SECMEET_SDP_SEND)
        && media->nssrcs && media->rtx_ssrcs[0] == 0)
    {
        return 0;
    }

    for (i = 0; i < media->ncodecs; i++) {
        if (media->codecs[i].rtx) {
            return 1;
        }
    }

    return 0;
}
