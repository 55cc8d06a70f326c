
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "engine/ngx_secmeet_rtx.h"
#include "tap.h"


static void original(ngx_secmeet_rtp_t *rtp, u_char *payload, size_t len);
static void there_and_back(void);
static void sizes(void);
static void short_ones(void);
static void padding(void);


int
main(void)
{
    there_and_back();
    sizes();
    short_ones();
    padding();

    return done();
}


static void
original(ngx_secmeet_rtp_t *rtp, u_char *payload, size_t len)
{
    ngx_memzero(rtp, sizeof(ngx_secmeet_rtp_t));

    rtp->pt = 96;
    rtp->seq = 0xabcd;
    rtp->timestamp = 0x01020304;
    rtp->ssrc = 0x11111111;
    rtp->marker = 1;
    rtp->payload.data = payload;
    rtp->payload.len = len;
    rtp->exts[0].id = 3;
    rtp->exts[0].value.data = (u_char *) "0";
    rtp->exts[0].value.len = 1;
    rtp->nexts = 1;
}


static void
there_and_back(void)
{
    u_char             *p, buf[200];
    ngx_secmeet_rtp_t   rtp;
    ngx_secmeet_rtx_t   rtx;

    ngx_secmeet_rtx_init(&rtx, 0x22222222, 65535);
    original(&rtp, (u_char *) "payload", 7);

    p = ngx_secmeet_rtx_wrap(&rtx, &rtp, 97, buf, sizeof(buf));

    is_int(p - buf, 12 + 8 + 2, "header, extension, original number");
    is_mem(p - 2, "\xab\xcd", 2, "the original number");
    is_int(rtx.seq, 0, "the next one's number goes round");

    p = ngx_cpymem(p, "payload", 7);

    is_int(ngx_secmeet_rtp_parse(&rtp, buf, p, 1), NGX_OK, "is RTP");
    is_int(rtp.pt, 97, "of the payload type of RTX");
    is_int(rtp.ssrc, 0x22222222, "on its SSRC");
    is_int(rtp.seq, 65535, "with its number");
    is_int(rtp.timestamp, 0x01020304, "with the original timestamp");
    is_int(rtp.marker, 1, "and marker");
    is_int(rtp.nexts, 1, "and extension");

    is_int(ngx_secmeet_rtx_unwrap(&rtp, 96, 0x11111111), NGX_OK,
           "it is unwrapped");
    is_int(rtp.pt, 96, "the original payload type");
    is_int(rtp.ssrc, 0x11111111, "SSRC");
    is_int(rtp.seq, 0xabcd, "sequence number");
    is_int(rtp.payload.len, 7, "length");
    is_mem(rtp.payload.data, "payload", 7, "and payload");

    original(&rtp, (u_char *) "payload", 7);
    (void) ngx_secmeet_rtx_wrap(&rtx, &rtp, 97, buf, sizeof(buf));
    is_int(rtp.seq, 0, "numbers follow each other");
}


static void
sizes(void)
{
    u_char              buf[12 + 8 + 2 + 5];
    ngx_secmeet_rtp_t   rtp;
    ngx_secmeet_rtx_t   rtx;

    ngx_secmeet_rtx_init(&rtx, 0x22222222, 9);
    original(&rtp, (u_char *) "12345", 5);

    ok(ngx_secmeet_rtx_wrap(&rtx, &rtp, 97, buf, sizeof(buf) - 1) == NULL,
       "one byte too large");
    is_int(rtp.seq, 0xabcd, "the packet is as it was");
    is_int(rtx.seq, 9, "no number is used");

    ok(ngx_secmeet_rtx_wrap(&rtx, &rtp, 97, buf, sizeof(buf))
       == buf + 12 + 8 + 2, "it fits");
}


static void
short_ones(void)
{
    ngx_secmeet_rtp_t  rtp;

    original(&rtp, (u_char *) "\x01\x02", 0);
    is_int(ngx_secmeet_rtx_unwrap(&rtp, 96, 1), NGX_DECLINED, "nothing");

    rtp.padding = 1;
    is_int(ngx_secmeet_rtx_unwrap(&rtp, 96, 1), NGX_DONE,
           "nothing but padding");
    is_int(rtp.ssrc, 0x11111111, "is left as it is");

    original(&rtp, (u_char *) "\x01\x02", 1);
    is_int(ngx_secmeet_rtx_unwrap(&rtp, 96, 1), NGX_DECLINED,
           "half a number");
    is_int(rtp.seq, 0xabcd, "is left as it is");

    original(&rtp, (u_char *) "\x01\x02", 2);
    is_int(ngx_secmeet_rtx_unwrap(&rtp, 96, 1), NGX_OK,
           "an original without a payload");
    is_int(rtp.seq, 0x0102, "its number");
    is_int(rtp.payload.len, 0, "its length");
}


static void
padding(void)
{
    u_char             *p, buf[400];
    ngx_secmeet_rtp_t   rtp;

    original(&rtp, NULL, 0);
    memset(buf, 0x55, sizeof(buf));

    p = buf + ngx_secmeet_rtp_create(buf, &rtp);
    p = ngx_secmeet_rtx_pad(buf, p, 1);

    is_int(p - buf, 12 + 8 + 1, "one byte of padding");
    is_int(ngx_secmeet_rtp_parse(&rtp, buf, p, 1), NGX_OK, "is RTP");
    is_int(rtp.padding, 1, "of one byte");
    is_int(rtp.payload.len, 0, "without a payload");

    original(&rtp, NULL, 0);
    p = buf + ngx_secmeet_rtp_create(buf, &rtp);
    p = ngx_secmeet_rtx_pad(buf, p, NGX_SECMEET_RTX_PADDING);

    is_int(ngx_secmeet_rtp_parse(&rtp, buf, p, 1), NGX_OK, "most padding");
    is_int(rtp.padding, NGX_SECMEET_RTX_PADDING, "of that many bytes");
    is_int(p[-2], 0, "which are zeroes");
}
