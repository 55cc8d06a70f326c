
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A stream in pieces, the first byte says of what length: whatever they are,
 * the same datagrams come out, none is beyond the bytes, and what is kept
 * between pieces has its bound.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_framing.h"


static size_t whole(u_char *p, u_char *end, uint32_t *sum);
static void add(uint32_t *sum, ngx_str_t *datagram);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t      n, piece, len, count;
    u_char     *start, *p, *end, *last;
    uint32_t    sum, expected;
    ngx_int_t   rc;
    ngx_str_t   datagram;

    if (size < 1) {
        return 0;
    }

    piece = 1 + data[0];
    size--;

    start = malloc(size ? size : 1);
    memcpy(start, data + 1, size);

    last = start + size;
    count = whole(start, last, &expected);

    sum = 0;
    n = 0;
    rc = NGX_AGAIN;

    for (p = start, end = start; end < last && rc != NGX_DECLINED; ) {
        len = last - end;
        end += len < piece ? len : piece;

        while ((rc = ngx_secmeet_framing_parse(&datagram, &p, end))
               == NGX_OK)
        {
            if (datagram.len == 0 || datagram.len > NGX_SECMEET_MTU
                || datagram.data + datagram.len != p || p > end)
            {
                abort();
            }

            add(&sum, &datagram);
            n++;
        }

        if (rc == NGX_AGAIN && end - p > NGX_SECMEET_FRAMING_PARTIAL) {
            abort();
        }
    }

    if (n != count || sum != expected) {
        abort();
    }

    free(start);

    return 0;
}


/* all at once */

static size_t
whole(u_char *p, u_char *end, uint32_t *sum)
{
    size_t     n;
    ngx_str_t  datagram;

    *sum = 0;

    for (n = 0; ngx_secmeet_framing_parse(&datagram, &p, end) == NGX_OK; n++)
    {
        add(sum, &datagram);
    }

    return n;
}


static void
add(uint32_t *sum, ngx_str_t *datagram)
{
    size_t  i;

    for (i = 0; i < datagram->len; i++) {
        *sum = *sum * 31 + datagram->data[i];
    }

    *sum = *sum * 31 + datagram->len;
}
