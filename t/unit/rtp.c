
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_rtp.h"
#include "hex.h"
#include "tap.h"


/* marker 0, type 96, sequence number 0x1234 */
#define REST  "60 1234 01020304 0a0b0c0d "


static u_char             *packet;
static size_t              packet_len;
static ngx_secmeet_rtp_t   rtp;


static ngx_int_t parse(const char *text, ngx_uint_t padded);
static void is_ext(ngx_uint_t id, const char *text);
static ngx_secmeet_demux_e demux(const char *text);
static void demultiplex(void);
static void demultiplex_lengths(void);
static void chromium_two_byte(void);
static void chromium_opus(void);
static void firefox_video(void);
static void header(void);
static void csrc(void);
static void padding(void);
static void one_byte(void);
static void one_byte_stops(void);
static void two_byte(void);
static void blocks(void);
static void sixteen(void);
static void add(ngx_uint_t id, const char *value, size_t len);
static void created(const char *text, const char *name);
static void create(void);
static void create_form(void);


int
main(void)
{
    demultiplex();
    demultiplex_lengths();
    chromium_two_byte();
    chromium_opus();
    firefox_video();
    header();
    csrc();
    padding();
    one_byte();
    one_byte_stops();
    two_byte();
    blocks();
    sixteen();
    create();
    create_form();

    free(packet);

    return done();
}


static ngx_int_t
parse(const char *text, ngx_uint_t padded)
{
    free(packet);
    packet = hex(text, &packet_len);

    return ngx_secmeet_rtp_parse(&rtp, packet, packet + packet_len, padded);
}


static void
is_ext(ngx_uint_t id, const char *text)
{
    size_t      len;
    u_char     *expected;
    ngx_str_t  *value;

    expected = hex(text, &len);
    value = ngx_secmeet_rtp_ext(&rtp, id);

    ok(value != NULL && value->len == len
       && memcmp(value->data, expected, len) == 0,
       "extension %d is %s", (int) id, text);

    free(expected);
}


static ngx_secmeet_demux_e
demux(const char *text)
{
    u_char               *p;
    size_t                len;
    ngx_secmeet_demux_e   kind;

    p = hex(text, &len);
    kind = ngx_secmeet_demux(p, len);
    free(p);

    return kind;
}


/* RFC 7983, 7; RFC 5761, 4 */

static void
demultiplex(void)
{
    u_char               p[20];
    ngx_uint_t           i, j, wrong;
    ngx_secmeet_demux_e  kind, expected;

    memset(p, 0, sizeof(p));
    wrong = 0;

    for (i = 0; i < 256; i++) {
        for (j = 0; j < 256; j++) {
            p[0] = (u_char) i;
            p[1] = (u_char) j;

            expected = i <= 3 ? NGX_SECMEET_DEMUX_STUN
                     : i < 20 ? NGX_SECMEET_DEMUX_UNKNOWN
                     : i <= 63 ? NGX_SECMEET_DEMUX_DTLS
                     : i < 128 || i > 191 ? NGX_SECMEET_DEMUX_UNKNOWN
                     : j >= 192 && j <= 223 ? NGX_SECMEET_DEMUX_RTCP
                     : NGX_SECMEET_DEMUX_RTP;

            kind = ngx_secmeet_demux(p, sizeof(p));
            wrong += (kind != expected);
        }
    }

    is_int(wrong, 0, "all pairs of first bytes");

    is_int(demux("16feff000000000000000004a3010005"),
           NGX_SECMEET_DEMUX_DTLS, "ClientHello");
    is_int(demux("2fed4c0023b651c926da0a9e9ea842f5"),
           NGX_SECMEET_DEMUX_DTLS, "record of DTLS 1.3");
    is_int(demux("afcd0007fa17fa17caddadf4"), NGX_SECMEET_DEMUX_RTCP,
           "SRTCP of Chromium");
}


static void
demultiplex_lengths(void)
{
    is_int(demux(""), NGX_SECMEET_DEMUX_UNKNOWN, "empty");
    is_int(demux("80"), NGX_SECMEET_DEMUX_UNKNOWN, "one byte of RTP");
    is_int(demux("8060123401020304 0a0b0c"), NGX_SECMEET_DEMUX_UNKNOWN,
           "RTP of 11 bytes");
    is_int(demux("8060123401020304 0a0b0c0d"), NGX_SECMEET_DEMUX_RTP,
           "RTP of 12 bytes");
    is_int(demux("80c90001010203"), NGX_SECMEET_DEMUX_UNKNOWN,
           "RTCP of 7 bytes");
    is_int(demux("80c9000101020304"), NGX_SECMEET_DEMUX_RTCP,
           "RTCP of 8 bytes");
    is_int(demux("000100002112a442000102030405060708090a"),
           NGX_SECMEET_DEMUX_UNKNOWN, "STUN of 19 bytes");
    is_int(demux("000100002112a442000102030405060708090a0b"),
           NGX_SECMEET_DEMUX_STUN, "STUN of 20 bytes");
    is_int(demux("16feff000000000000000000"), NGX_SECMEET_DEMUX_UNKNOWN,
           "DTLS of 12 bytes");
    is_int(demux("15fefd00000000000000000000"), NGX_SECMEET_DEMUX_DTLS,
           "DTLS of 13 bytes");
}


/* captured: the first packet of a simulcast key frame, and a RED block */

static void
chromium_two_byte(void)
{
    is_int(parse("90f614d3467d9720e74198ab 10000014"
                 "02031f6e6e 03020004 040131 0a0171 080406060610 0d0100"
                 "070d01000100020002000600000000"
                 "0c17c000018002044eaaaf2860414d34538a09404027c01640"
                 "090b01805078c801009f00593c 000000"
                 "6010700a009d012aa0005a003925000d", 1), NGX_OK,
           "two-byte extensions of Chromium");

    is_int(rtp.pt, 118, "payload type");
    ok(rtp.marker, "marker");
    is_int(rtp.seq, 0x14d3, "sequence number");
    is_int(rtp.timestamp, 0x467d9720, "timestamp");
    is_int(rtp.ssrc, 0xe74198ab, "SSRC");
    is_int(rtp.nexts, 9, "nine extensions");

    is_ext(2, "1f6e6e");
    is_ext(3, "0004");
    is_ext(4, "31");
    is_ext(10, "71");
    is_ext(8, "06060610");
    is_ext(13, "00");
    is_ext(7, "01000100020002000600000000");
    is_ext(12, "c000018002044eaaaf2860414d34538a09404027c01640");
    is_ext(9, "01805078c801009f00593c");

    ok(rtp.payload.data == packet + 96, "payload");
    is_int(rtp.payload.len, 16, "its length");
}


static void
chromium_opus(void)
{
    is_int(parse("90ef0a4527639b92d474a167 bede0003"
                 "220598f9 310001 4030 10ff 00"
                 "780be4c136ecc58d8c49469904c5aaed92e7634a3a1898ee"
                 "62cb60ff6c1b2900", 1), NGX_OK, "opus of Chromium");

    is_int(rtp.pt, 111, "payload type");
    is_int(rtp.nexts, 4, "four extensions");
    is_ext(2, "0598f9");
    is_ext(3, "0001");
    is_ext(4, "30");
    is_ext(1, "ff");
    ok(ngx_secmeet_rtp_ext(&rtp, 5) == NULL, "no extension 5");
    ok(ngx_secmeet_rtp_ext(&rtp, 0) == NULL, "never extension 0");
    is_int(rtp.payload.len, packet_len - 28, "payload");

    is_int(parse("b06121060000 0000d5d3c44a bede0003"
                 "4031 310003 222b7a72 000000 637934be410c6cc9", 0), NGX_OK,
           "SRTP with encrypted padding");
    is_int(rtp.padding, 0, "padding is not looked at");
    is_int(rtp.payload.len, 8, "all of it is payload");
    is_ext(2, "2b7a72");
}


static void
firefox_video(void)
{
    is_int(parse("90fa0bf0fd66776cb57b3fbb bede0004"
                 "424af617 5200005a 71002a 3031 000000"
                 "789080e22ab10900e4a12fd0db37a747", 1), NGX_OK,
           "video of Firefox");

    is_int(rtp.nexts, 4, "four extensions");
    is_ext(4, "4af617");
    is_ext(5, "00005a");
    is_ext(7, "002a");
    is_ext(3, "31");
    is_int(rtp.payload.len, 16, "payload");
}


/* RFC 3550, 5.1 */

static void
header(void)
{
    is_int(parse("80" REST, 1), NGX_OK, "header only");
    is_int(rtp.pt, 96, "payload type");
    ok(!rtp.marker, "no marker");
    is_int(rtp.seq, 0x1234, "sequence number");
    is_int(rtp.timestamp, 0x01020304, "timestamp");
    is_int(rtp.ssrc, 0x0a0b0c0d, "SSRC");
    is_int(rtp.payload.len, 0, "no payload");
    is_int(rtp.padding, 0, "no padding");
    is_int(rtp.nexts, 0, "no extensions");

    is_int(parse("80ffffffffffffffffffffff", 1), NGX_OK, "all bits set");
    ok(rtp.marker && rtp.pt == 127 && rtp.seq == 65535, "marker, type, seq");

    is_int(parse("", 1), NGX_DECLINED, "empty");
    is_int(parse("80601234010203040a0b0c", 1), NGX_DECLINED, "11 bytes");
    is_int(parse("00" REST, 1), NGX_DECLINED, "version 0");
    is_int(parse("40" REST, 1), NGX_DECLINED, "version 1");
    is_int(parse("c0" REST, 1), NGX_DECLINED, "version 3");
}


static void
csrc(void)
{
    is_int(parse("82" REST "11111111 22222222 aa", 1), NGX_OK, "two CSRCs");
    is_int(rtp.payload.len, 1, "are skipped");
    is_int(rtp.payload.data[0], 0xaa, "payload");

    is_int(parse("82" REST "11111111 222222", 1), NGX_DECLINED,
           "CSRCs past the end");
    is_int(parse("8f" REST, 1), NGX_DECLINED, "15 CSRCs that are not there");
    is_int(parse("91" REST "11111111 bede0001 10ff0000 aa", 1), NGX_OK,
           "a CSRC and an extension");
    is_ext(1, "ff");
    is_int(rtp.payload.len, 1, "payload");
}


static void
padding(void)
{
    is_int(parse("a0" REST "aabb0003", 1), NGX_OK,
           "padding of three bytes");
    is_int(rtp.padding, 3, "is counted");
    is_int(rtp.payload.len, 1, "and cut off");

    is_int(parse("a0" REST "00000004", 1), NGX_OK, "padding only");
    is_int(rtp.payload.len, 0, "no payload");
    is_int(rtp.padding, 4, "all of it");

    is_int(parse("a0" REST "aabb0000", 1), NGX_DECLINED, "padding of 0");
    is_int(parse("a0" REST "aabb0005", 1), NGX_DECLINED,
           "padding longer than the payload");
    is_int(parse("a0" REST, 1), NGX_DECLINED, "nothing to count");
    is_int(parse("b0" REST "bede0001 10ff0004", 1), NGX_DECLINED,
           "the count is not one of the extension's bytes");

    is_int(parse("a0" REST "aabb0003", 0), NGX_OK, "protected");
    is_int(rtp.payload.len, 4, "the payload is all");
    is_int(rtp.padding, 0, "padding is not known");
}


/* RFC 8285, 4.2 */

static void
one_byte(void)
{
    is_int(parse("90" REST "bede0000 aa", 1), NGX_OK, "empty block");
    is_int(rtp.nexts, 0, "no extension");
    is_int(rtp.payload.len, 1, "payload");

    is_int(parse("90" REST "bede0002 00 10ff 00 21fefd 00 aa", 1), NGX_OK,
           "padding between");
    is_int(rtp.nexts, 2, "two extensions");
    is_ext(1, "ff");
    is_ext(2, "fefd");

    is_int(parse("90" REST "bede0005"
                 "ef000102030405060708090a0b0c0d0e0f 000000", 1), NGX_OK,
           "16 bytes, id 14");
    is_ext(14, "000102030405060708090a0b0c0d0e0f");

    is_int(parse("90" REST "bede0001 10aa10bb", 1), NGX_OK, "one id twice");
    is_ext(1, "aa");

    is_int(parse("90" REST "bede0001 11aa0012", 1), NGX_DECLINED,
           "an extension past the block");
    is_int(parse("90" REST "bede0001 10aa0010 aaaaaaaa", 1), NGX_DECLINED,
           "though the payload goes on");
    is_int(parse("90" REST "bede0001 1faabbcc", 1), NGX_DECLINED,
           "a long one in a short block");
}


static void
one_byte_stops(void)
{
    is_int(parse("90" REST "bede0002 10aa f0ff 20bb 0000 cc", 1), NGX_OK,
           "id 15");
    is_int(rtp.nexts, 1, "ends the block");
    is_ext(1, "aa");
    is_int(rtp.payload.len, 1, "not the packet");

    is_int(parse("90" REST "bede0001 10aa00ff", 1), NGX_OK,
           "id 15 in the last byte");
    is_int(rtp.nexts, 1, "what came before counts");

    is_int(parse("90" REST "bede0002 10aa 03bb 20cc 0000", 1), NGX_OK,
           "id 0 with a length");
    is_int(rtp.nexts, 1, "ends the block");
}


/* RFC 8285, 4.3 */

static void
two_byte(void)
{
    is_int(parse("90" REST "10000003 0100 00 ff03aabbcc 0f01dd 00 ee", 1),
           NGX_OK, "two-byte form");
    is_int(rtp.nexts, 3, "three extensions");
    is_ext(1, "");
    is_ext(255, "aabbcc");
    is_ext(15, "dd");
    is_int(rtp.payload.len, 1, "payload");

    is_int(parse("90" REST "100f0001 0102aabb", 1), NGX_OK, "appbits");
    is_ext(1, "aabb");

    is_int(parse("90" REST "10000001 00000001", 1), NGX_DECLINED,
           "no room for a length");
    is_int(parse("90" REST "10000001 0103aabb cccccccc", 1), NGX_DECLINED,
           "an extension past the block");
    is_int(parse("90" REST "10000001 01ff0000 cccccccc", 1), NGX_DECLINED,
           "255 bytes in a short block");
}


/* RFC 3550, 5.3.1 */

static void
blocks(void)
{
    is_int(parse("90" REST, 1), NGX_DECLINED, "no extension header");
    is_int(parse("90" REST "bede00", 1), NGX_DECLINED, "a cut header");
    is_int(parse("90" REST "bede0002 10aa0000", 1), NGX_DECLINED,
           "block past the end");
    is_int(parse("90" REST "bedeffff 10aa0000", 1), NGX_DECLINED,
           "block of 65535 words");
    is_int(parse("90" REST "c0de0001 10aa1fbb cc", 1), NGX_OK,
           "another profile");
    is_int(rtp.nexts, 0, "is not read");
    is_int(rtp.payload.len, 1, "but skipped");
    is_int(parse("90" REST "10100001 0102aabb cc", 1), NGX_OK,
           "profile 0x1010");
    is_int(rtp.nexts, 0, "is another profile");
}


static void
sixteen(void)
{
    is_int(parse("90" REST "bede000a"
                 "1000 2001 3002 4003 5004 6005 7006 8007 9008 a009"
                 "b00a c00b d00c e00d 100e 200f 3010 4011 5012 e013 aa", 1),
           NGX_OK, "twenty extensions");
    is_int(rtp.nexts, NGX_SECMEET_RTP_EXTENSIONS, "sixteen are kept");
    is_ext(14, "0d");
    is_int(rtp.payload.len, 1, "payload");

    is_int(parse("90" REST "bede000a"
                 "1000 2001 3002 4003 5004 6005 7006 8007 9008 a009"
                 "b00a c00b d00c e00d 100e 200f 3010 4011 5012 e113 aa", 1),
           NGX_DECLINED, "a malformed twentieth");
}


static void
add(ngx_uint_t id, const char *value, size_t len)
{
    rtp.exts[rtp.nexts].id = id;
    rtp.exts[rtp.nexts].value.data = (u_char *) value;
    rtp.exts[rtp.nexts].value.len = len;
    rtp.nexts++;
}


static void
created(const char *text, const char *name)
{
    size_t   len;
    u_char  *expected, out[512];

    memset(out, 0xaa, sizeof(out));
    expected = hex(text, &len);

    is_int(ngx_secmeet_rtp_create(NULL, &rtp), len, "%s: length", name);
    is_int(ngx_secmeet_rtp_create(out, &rtp), len, "%s: created", name);
    is_mem(out, expected, len, "%s: bytes", name);
    is_int(out[len], 0xaa, "%s: not one more", name);

    free(expected);
}


static void
create(void)
{
    memset(&rtp, 0, sizeof(ngx_secmeet_rtp_t));

    rtp.pt = 96;
    rtp.seq = 0x1234;
    rtp.timestamp = 0x01020304;
    rtp.ssrc = 0x0a0b0c0d;

    created("80" REST, "no extension");

    rtp.marker = 1;
    rtp.padding = 7;
    created("80e0 1234 01020304 0a0b0c0d", "marker");

    rtp.marker = 0;
    add(0, "x", 1);
    created("80" REST, "id 0 is left out");

    add(4, "0", 1);
    created("90" REST "bede0001 40300000", "one extension");

    add(1, "\xff", 1);
    created("90" REST "bede0001 403010ff", "two, no padding");

    add(14, "0123456789abcdef", 16);
    created("90" REST "bede0006 403010ff"
            "ef30313233343536373839616263646566 000000", "16 bytes, id 14");
}


static void
create_form(void)
{
    char  value[255];

    rtp.nexts = 0;
    add(15, "a", 1);
    created("90" REST "10000001 0f016100", "id 15");

    rtp.nexts = 0;
    add(0, "", 0);
    add(1, "", 0);
    created("90" REST "10000001 01000000", "empty value");

    rtp.nexts = 0;
    add(1, "0123456789abcdefg", 17);
    add(2, "b", 1);
    created("90" REST "10000006"
            "0111 3031323334353637383961626364656667 020162 0000",
            "17 bytes");

    memset(value, 'v', sizeof(value));

    rtp.nexts = 0;
    add(255, value, 255);
    is_int(ngx_secmeet_rtp_create(NULL, &rtp), 16 + 260, "255 bytes");

    rtp.nexts = 0;
    add(256, value, 1);
    add(1, value, 256);
    created("80" REST, "what no form can hold is left out");
}
