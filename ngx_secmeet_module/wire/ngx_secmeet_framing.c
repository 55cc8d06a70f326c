
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_framing.h"
#include "ngx_secmeet_bytes.h"


ngx_int_t
ngx_secmeet_framing_parse(ngx_str_t *datagram, u_char **p, u_char *end)
{
    u_char      *start;
    ngx_uint_t   len;

    start = ngx_secmeet_read_uint16(*p, end, &len);

    if (start == NULL) {

        /* the first byte tells of most of what is no frame */

        return (*p < end && **p > NGX_SECMEET_MTU >> 8) ? NGX_DECLINED
                                                        : NGX_AGAIN;
    }

    if (len == 0 || len > NGX_SECMEET_MTU) {
        return NGX_DECLINED;
    }

    if ((size_t) (end - start) < len) {
        return NGX_AGAIN;
    }

    datagram->data = start;
    datagram->len = len;

    *p = start + len;

    return NGX_OK;
}


u_char *
ngx_secmeet_framing_create(u_char *p, size_t len)
{
    return ngx_secmeet_write_uint16(p, len);
}
