
/*
 * Copyright (C) secmeet contributors
 */


/*
 * RTP and the first byte of any datagram: reads nothing outside of it; the
 * header that is created is parsed back as the same.  A packet that is sent
 * again as RTX comes back as it was.
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <assert.h>

#include "engine/ngx_secmeet_rtx.h"
#include "wire/ngx_secmeet_rtp.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_one(u_char *p, size_t len, ngx_uint_t padded);
static void fuzz_again(ngx_secmeet_rtp_t *rtp);
static void fuzz_unwrap(ngx_secmeet_rtp_t rtp);
static void fuzz_wrap(ngx_secmeet_rtp_t *rtp);
static void fuzz_same(ngx_secmeet_rtp_t *a, ngx_secmeet_rtp_t *b);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char               *p;
    ngx_secmeet_demux_e   kind;

    p = malloc(size);
    memcpy(p, data, size);

    kind = ngx_secmeet_demux(p, size);

    assert(kind <= NGX_SECMEET_DEMUX_RTCP);
    assert(size != 0 || kind == NGX_SECMEET_DEMUX_UNKNOWN);

    fuzz_one(p, size, 0);
    fuzz_one(p, size, 1);

    free(p);

    return 0;
}


static void
fuzz_one(u_char *p, size_t len, ngx_uint_t padded)
{
    u_char             *end;
    ngx_int_t           rc;
    ngx_uint_t          i;
    ngx_secmeet_rtp_t   rtp;

    end = p + len;
    rc = ngx_secmeet_rtp_parse(&rtp, p, end, padded);

    assert(rc == NGX_OK || rc == NGX_DECLINED);

    if (rc == NGX_DECLINED) {
        return;
    }

    assert(rtp.payload.data + rtp.payload.len + rtp.padding == end);
    assert(rtp.payload.data - p >= NGX_SECMEET_RTP_HEADER);
    assert(padded || rtp.padding == 0);
    assert(rtp.nexts <= NGX_SECMEET_RTP_EXTENSIONS);
    assert(ngx_secmeet_rtp_ext(&rtp, 0) == NULL);

    for (i = 0; i < rtp.nexts; i++) {
        assert(rtp.exts[i].value.data + rtp.exts[i].value.len
               <= rtp.payload.data);
        assert(ngx_secmeet_rtp_ext(&rtp, rtp.exts[i].id) != NULL);
    }

    fuzz_again(&rtp);
    fuzz_unwrap(rtp);
    fuzz_wrap(&rtp);
}


static void
fuzz_again(ngx_secmeet_rtp_t *rtp)
{
    size_t              len;
    u_char             *p, *end;
    ngx_secmeet_rtp_t   again;

    len = ngx_secmeet_rtp_create(NULL, rtp);
    p = malloc(len);

    assert(len % 4 == 0);
    assert(ngx_secmeet_rtp_create(p, rtp) == len);

    p = realloc(p, len + rtp->payload.len);
    end = ngx_cpymem(p + len, rtp->payload.data, rtp->payload.len);

    assert(ngx_secmeet_rtp_parse(&again, p, end, 1) == NGX_OK);
    fuzz_same(rtp, &again);

    free(p);
}


static void
fuzz_unwrap(ngx_secmeet_rtp_t rtp)
{
    u_char     *end;
    size_t      len;
    ngx_int_t   rc;

    len = rtp.payload.len;
    end = rtp.payload.data + len;

    rc = ngx_secmeet_rtx_unwrap(&rtp, 1, 2);

    assert(rtp.payload.data + rtp.payload.len == end);

    if (rc == NGX_OK) {
        assert(len >= 2 && rtp.payload.len == len - 2);
        assert(rtp.pt == 1 && rtp.ssrc == 2);
        return;
    }

    assert(rtp.payload.len == len && len < 2);
    assert(rc == (len == 0 && rtp.padding ? NGX_DONE : NGX_DECLINED));
}


static void
fuzz_wrap(ngx_secmeet_rtp_t *rtp)
{
    u_char             *p, *end;
    size_t              size;
    ngx_secmeet_rtp_t   sent, back;
    ngx_secmeet_rtx_t   rtx;

    size = ngx_secmeet_rtp_create(NULL, rtp) + 2 + rtp->payload.len;
    p = malloc(size);

    sent = *rtp;
    ngx_secmeet_rtx_init(&rtx, ~rtp->ssrc, rtp->seq ^ 0x5555);

    assert(ngx_secmeet_rtx_wrap(&rtx, &sent, 127, p, size - 1) == NULL);

    end = ngx_secmeet_rtx_wrap(&rtx, &sent, 127, p, size);
    end = ngx_cpymem(end, rtp->payload.data, rtp->payload.len);

    assert(end == p + size);
    assert(ngx_secmeet_rtp_parse(&back, p, end, 1) == NGX_OK);
    assert(back.pt == 127 && back.ssrc == ~rtp->ssrc);
    assert(back.seq == (rtp->seq ^ 0x5555));

    assert(ngx_secmeet_rtx_unwrap(&back, rtp->pt, rtp->ssrc) == NGX_OK);
    fuzz_same(rtp, &back);

    free(p);
}


static void
fuzz_same(ngx_secmeet_rtp_t *a, ngx_secmeet_rtp_t *b)
{
    ngx_uint_t  i;

    assert(a->pt == b->pt);
    assert(a->marker == b->marker);
    assert(a->seq == b->seq);
    assert(a->timestamp == b->timestamp);
    assert(a->ssrc == b->ssrc);
    assert(b->padding == 0);
    assert(a->payload.len == b->payload.len);
    assert(memcmp(a->payload.data, b->payload.data, a->payload.len) == 0);
    assert(a->nexts == b->nexts);

    for (i = 0; i < a->nexts; i++) {
        assert(a->exts[i].id == b->exts[i].id);
        assert(a->exts[i].value.len == b->exts[i].value.len);
        assert(memcmp(a->exts[i].value.data, b->exts[i].value.data,
                      a->exts[i].value.len)
               == 0);
    }
}
