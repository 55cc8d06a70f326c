
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_bytes.h"
#include "wire/ngx_secmeet_stun.h"
#include "hex.h"
#include "tap.h"


#define ID  "000102030405060708090a0b"


static u_char              *packet;
static size_t               packet_len;
static ngx_secmeet_stun_t   stun;


static ngx_int_t parse(const char *text);
static void is_text(ngx_str_t *got, const char *expected, const char *name);
static void rfc5769_request(void);
static void rfc5769_responses(void);
static void rfc5769_long_term(void);
static void chromium(void);
static void firefox(void);
static void header(void);
static void attributes(void);
static void lengths(void);
static void duplicates(void);
static void unknown(void);
static void after_integrity(void);
static void fingerprint(void);
static void errors(void);
static void create_request(void);
static void create_response(void);
static void create_error(void);
static void username(void);
static ngx_int_t split(const char *text);


static ngx_str_t  local, remote;


int
main(void)
{
    rfc5769_request();
    rfc5769_responses();
    rfc5769_long_term();
    chromium();
    firefox();
    header();
    attributes();
    lengths();
    duplicates();
    unknown();
    after_integrity();
    fingerprint();
    errors();
    create_request();
    create_response();
    create_error();
    username();

    free(packet);

    return done();
}


static ngx_int_t
parse(const char *text)
{
    free(packet);
    packet = hex(text, &packet_len);

    return ngx_secmeet_stun_parse(&stun, packet, packet + packet_len);
}


static void
is_text(ngx_str_t *got, const char *expected, const char *name)
{
    ok(got->len == strlen(expected)
       && memcmp(got->data, expected, got->len) == 0,
       "%s is %s", name, expected);
}


/* RFC 5769, 2.1.  The password is the business of crypto */

static void
rfc5769_request(void)
{
    size_t   len;
    u_char   out[128];

    is_int(parse("000100582112a442b7e7a701bc34d686fa87dfae"
                 "802200105354554e207465737420636c69656e74"
                 "002400046e0001ff80290008932ff9b151263b36"
                 "000600096576746a3a68367659202020"
                 "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
                 "80280004e57a3bcf"), NGX_OK, "RFC 5769, 2.1");

    is_int(stun.type, NGX_SECMEET_STUN_REQUEST, "a request");
    ok(stun.id == packet + 8, "the id is in place");
    ok(stun.has_username, "has a user name");
    is_text(&stun.username, "evtj:h6vY", "user name");
    ok(stun.has_priority, "has a priority");
    is_int(stun.priority, 0x6e0001ff, "priority");
    ok(stun.controlled && !stun.controlling, "controlled");
    ok(stun.tie_breaker == 0x932ff9b151263b36, "tie breaker");
    ok(!stun.use_candidate, "does not nominate");
    ok(stun.integrity == packet + 76, "integrity is found");
    ok(stun.fingerprint == packet + 100, "fingerprint is found");
    is_int(stun.nunknown, 0, "nothing unknown");
    is_int(stun.error, 0, "no error code");
    is_int(stun.mapped.len, 0, "no mapped address");

    is_int(ngx_secmeet_stun_crc(packet, 100), 0xe57a3bcf, "CRC");

    len = ngx_secmeet_stun_create(NULL, &stun);

    is_int(len, 20 + 16 + 8 + 12, "length of what is created of it");
    is_int(ngx_secmeet_stun_create(out, &stun), len, "created");
    is_mem(out + 4, packet + 4, 16, "cookie and id of 2.1");
    is_mem(out + 20, packet + 60, 13, "USERNAME of 2.1");
    is_mem(out + 36, packet + 40, 8, "PRIORITY of 2.1");
    is_mem(out + 44, packet + 48, 12, "ICE-CONTROLLED of 2.1");
}


/* RFC 5769, 2.2, 2.3 */

static void
rfc5769_responses(void)
{
    u_char                out[64], addr[16];
    struct sockaddr_in6  *sin6;

    is_int(parse("0101003c2112a442b7e7a701bc34d686fa87dfae"
                 "8022000b7465737420766563746f7220"
                 "002000080001a147e112a643"
                 "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                 "80280004c07d4c96"), NGX_OK, "RFC 5769, 2.2");

    is_int(stun.type, NGX_SECMEET_STUN_RESPONSE, "a response");
    is_int(stun.mapped.len, sizeof(struct sockaddr_in), "IPv4");
    is_int(stun.mapped.sa.sockaddr_in.sin_family, AF_INET, "its family");
    is_int(ntohs(stun.mapped.sa.sockaddr_in.sin_port), 32853, "its port");
    is_mem(&stun.mapped.sa.sockaddr_in.sin_addr, "\300\0\2\1", 4,
           "its address is 192.0.2.1");

    is_int(ngx_secmeet_stun_create(out, &stun), 32, "created");
    is_mem(out + 4, packet + 4, 16, "cookie and id of 2.2");
    is_mem(out + 20, packet + 36, 12, "XOR-MAPPED-ADDRESS of 2.2");

    is_int(parse("010100482112a442b7e7a701bc34d686fa87dfae"
                 "8022000b7465737420766563746f7220"
                 "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                 "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
                 "80280004c8fb0b4c"), NGX_OK, "RFC 5769, 2.3");

    sin6 = &stun.mapped.sa.sockaddr_in6;

    is_int(stun.mapped.len, sizeof(struct sockaddr_in6), "IPv6");
    is_int(sin6->sin6_family, AF_INET6, "its family");
    is_int(ntohs(sin6->sin6_port), 32853, "its port");

    memcpy(addr, "\x20\x01\x0d\xb8\x12\x34\x56\x78", 8);
    memcpy(addr + 8, "\x00\x11\x22\x33\x44\x55\x66\x77", 8);

    is_mem(&sin6->sin6_addr, addr, 16, "its address");

    is_int(ngx_secmeet_stun_create(out, &stun), 44, "created");
    is_mem(out + 4, packet + 4, 16, "cookie and id of 2.3");
    is_mem(out + 20, packet + 36, 24, "XOR-MAPPED-ADDRESS of 2.3");
}


/* RFC 5769, 2.4: no business of ours, but well-formed */

static void
rfc5769_long_term(void)
{
    is_int(parse("000100602112a44278ad3433c6ad72c029da412e"
                 "00060012e3839ee38388e383aae38383e382afe382b90000"
                 "0015001c662f2f3439396b39353464364f4c33346f4c394653547679"
                 "36347341"
                 "0014000b6578616d706c652e6f726700"
                 "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666"),
           NGX_OK, "RFC 5769, 2.4");

    is_int(stun.username.len, 18, "user name of 2.4");
    ok(stun.integrity == packet + packet_len - 24, "integrity of 2.4");
    ok(stun.fingerprint == NULL, "no fingerprint in 2.4");
    is_int(stun.nunknown, 2, "NONCE and REALM are not comprehended");
    is_int(stun.unknown[0], 0x0015, "NONCE");
    is_int(stun.unknown[1], 0x0014, "REALM");
}


/* captured: Chromium 156 has 0xc057, which need not be comprehended */

static void
chromium(void)
{
    is_int(parse("000100502112a4422b54757a354d42586c575443"
                 "000600094f344f6b3a64412f75000000"
                 "c057000400030032"
                 "802a000803ea84415b9682c2"
                 "00250000"
                 "002400046e7e1eff"
                 "00080014c8abcd77a5e8e0884ababa57ddf7434e2cd2d8ef"
                 "802800047ea243c4"), NGX_OK, "request of Chromium");

    ok(stun.controlling, "Chromium is controlling");
    ok(stun.tie_breaker == 0x03ea84415b9682c2, "its tie breaker");
    ok(stun.use_candidate, "it nominates");
    is_int(stun.priority, 0x6e7e1eff, "its priority");
    is_int(stun.nunknown, 0, "nothing unknown in it");

    is_int(ngx_secmeet_stun_username(&stun, &local, &remote), NGX_OK,
           "its user name");
    is_text(&local, "O4Ok", "local part");
    is_text(&remote, "dA/u", "remote part");
}


static void
firefox(void)
{
    is_int(parse("000100502112a442332ab6a78bbc0e2ca00408c3"
                 "0006001130386639373036353a3561383630346238000000"
                 "00250000"
                 "002400046e7c00ff"
                 "802a0008b32bbf44792f5c43"
                 "00080014"
                 "7129a72a33b41c07dd80ec230bfcef442976d85e"
                 "80280004debb8d75"), NGX_OK, "request of Firefox");

    ok(stun.controlling && stun.use_candidate, "Firefox nominates");
    ok(stun.integrity == packet + 68, "its integrity");

    is_int(ngx_secmeet_stun_username(&stun, &local, &remote), NGX_OK,
           "its user name");
    is_text(&local, "08f97065", "local part");
    is_text(&remote, "5a8604b8", "remote part");
}


static void
header(void)
{
    is_int(parse("000100002112a442" ID), NGX_OK, "header only");
    is_int(stun.type, NGX_SECMEET_STUN_REQUEST, "its type");
    is_mem(stun.id, packet + 8, 12, "its id");
    ok(!stun.has_username && !stun.has_priority && stun.integrity == NULL,
       "nothing in it");

    is_int(parse(""), NGX_DECLINED, "empty");
    is_int(parse("0001"), NGX_DECLINED, "two bytes");
    is_int(parse("000100002112a442"), NGX_DECLINED, "eight bytes");
    is_int(parse("000100002112a442000102030405060708090a"), NGX_DECLINED,
           "nineteen bytes");
    is_int(parse("000100002112a443" ID), NGX_DECLINED, "another cookie");
    is_int(parse("400100002112a442" ID), NGX_DECLINED, "first bits not 0");
    is_int(parse("800100002112a442" ID), NGX_DECLINED, "as in RTP");
    is_int(parse("001100002112a442" ID), NGX_OK, "indication");
    is_int(stun.type, NGX_SECMEET_STUN_INDICATION, "its type");
    is_int(parse("3fff00002112a442" ID), NGX_OK, "any type is told");
    is_int(stun.type, 0x3fff, "as it is");
}


static void
attributes(void)
{
    is_int(parse("000100182112a442" ID "00060003613a6200"
                 "002400040000000100250000ffff0000"), NGX_OK,
           "an optional attribute is ignored");
    is_text(&stun.username, "a:b", "user name, padding left out");
    is_int(stun.nunknown, 0, "not an unknown one");

    is_int(parse("000100082112a442" ID "00060003613a62ff"), NGX_OK,
           "padding may be any byte");
    is_text(&stun.username, "a:b", "user name");

    is_int(parse("000100042112a442" ID "00060000"), NGX_OK,
           "empty user name");
    ok(stun.has_username && stun.username.len == 0, "is there");

    is_int(parse("0001000c2112a442" ID "802a0008ffffffffffffffff"), NGX_OK,
           "largest tie breaker");
    ok(stun.tie_breaker == 0xffffffffffffffff, "is kept");

    is_int(parse("000100082112a442" ID "0024000400000000"), NGX_OK,
           "priority 0");
    ok(stun.has_priority && stun.priority == 0, "is there");

    is_int(parse("0101000c2112a442" ID "000100080001a147c0000201"), NGX_OK,
           "MAPPED-ADDRESS");
    ok(stun.mapped.len == 0 && stun.nunknown == 0,
       "is comprehended and not used");
}


static void
lengths(void)
{
    u_char              *p;
    ngx_secmeet_stun_t   long_name;

    is_int(parse("000100042112a442" ID), NGX_DECLINED,
           "length past the datagram");
    is_int(parse("000100002112a442" ID "00250000"), NGX_DECLINED,
           "bytes past the length");
    is_int(parse("000100022112a442" ID "0025"), NGX_DECLINED,
           "length is not of words");
    is_int(parse("000100032112a442" ID "002500"), NGX_DECLINED,
           "odd length");
    is_int(parse("000100082112a442" ID "00060005613a6263"), NGX_DECLINED,
           "attribute by one byte too long");
    is_int(parse("000100082112a442" ID "0006ffff613a6263"), NGX_DECLINED,
           "attribute of 65535 bytes");
    is_int(parse("000100042112a442" ID "00060004"), NGX_DECLINED,
           "attribute without its value");
    is_int(parse("000100082112a442" ID "0025000400000000"), NGX_DECLINED,
           "USE-CANDIDATE of 4 bytes");
    is_int(parse("000100082112a442" ID "0024000300000000"), NGX_DECLINED,
           "PRIORITY of 3 bytes");
    is_int(parse("000100082112a442" ID "802a000400000000"), NGX_DECLINED,
           "ICE-CONTROLLING of 4 bytes");
    is_int(parse("000100082112a442" ID "8029000400000000"), NGX_DECLINED,
           "ICE-CONTROLLED of 4 bytes");
    is_int(parse("000100082112a442" ID "0008000400000000"), NGX_DECLINED,
           "MESSAGE-INTEGRITY of 4 bytes");
    is_int(parse("000100082112a442" ID "8028000300000000"), NGX_DECLINED,
           "FINGERPRINT of 3 bytes");
    is_int(parse("0101000c2112a442" ID "002000080002a147e112a643"),
           NGX_DECLINED, "IPv6 of 8 bytes");
    is_int(parse("0101000c2112a442" ID "002000080003a147e112a643"),
           NGX_DECLINED, "unknown family");
    is_int(parse("010100082112a442" ID "002000040001a147"), NGX_DECLINED,
           "address without itself");
    is_int(parse("010100042112a442" ID "00200000"), NGX_DECLINED,
           "empty address");

    memset(&long_name, 0, sizeof(ngx_secmeet_stun_t));

    p = calloc(1, 1024);

    long_name.type = NGX_SECMEET_STUN_REQUEST;
    long_name.id = p;
    long_name.has_username = 1;
    long_name.username.data = p;
    long_name.username.len = 512;

    packet = realloc(packet, 1024);
    packet_len = ngx_secmeet_stun_create(packet, &long_name);

    is_int(ngx_secmeet_stun_parse(&stun, packet, packet + packet_len),
           NGX_OK, "user name of 512 bytes");

    long_name.username.len = 513;
    packet_len = ngx_secmeet_stun_create(packet, &long_name);

    is_int(ngx_secmeet_stun_parse(&stun, packet, packet + packet_len),
           NGX_DECLINED, "user name of 513 bytes");

    free(p);
}


/* RFC 8489, 14: the first counts */

static void
duplicates(void)
{
    is_int(parse("000100382112a442" ID
                 "00060003613a6200" "00060003633a6400"
                 "0024000400000001" "0024000400000002"
                 "802900080000000000000003"
                 "802a00080000000000000004"), NGX_OK, "duplicates");

    is_text(&stun.username, "a:b", "user name");
    is_int(stun.priority, 1, "priority");
    ok(stun.controlled && !stun.controlling, "role");
    is_int(stun.tie_breaker, 3, "tie breaker");

    is_int(parse("000100182112a442" ID
                 "802a00080000000000000000"
                 "802900080000000000000004"), NGX_OK, "tie breaker 0");
    ok(stun.controlling && !stun.controlled && stun.tie_breaker == 0,
       "is the first");

    is_int(parse("010100182112a442" ID
                 "002000080001a147e112a643"
                 "002000080001a147e112a644"), NGX_OK, "two addresses");
    is_mem(&stun.mapped.sa.sockaddr_in.sin_addr, "\300\0\2\1", 4,
           "the first");

    is_int(parse("000100102112a442" ID
                 "0024000400000001" "0024000300000002"), NGX_DECLINED,
           "a malformed duplicate");
}


/* RFC 8489, 14: 0x0000 to 0x7fff must be comprehended */

static void
unknown(void)
{
    ngx_uint_t  i;

    is_int(parse("000100102112a442" ID
                 "00000000" "7fff0000" "80000000" "ffff0000"), NGX_OK,
           "unknown attributes");
    is_int(stun.nunknown, 2, "two of them must be comprehended");
    is_int(stun.unknown[0], 0x0000, "0x0000");
    is_int(stun.unknown[1], 0x7fff, "0x7fff");

    is_int(parse("000100282112a442" ID
                 "70000000" "70010000" "70020000" "70030000" "70040000"
                 "70050000" "70060000" "70070000" "70080000" "70090000"),
           NGX_OK, "ten of them");
    is_int(stun.nunknown, NGX_SECMEET_STUN_UNKNOWN, "eight are remembered");

    for (i = 0; i < NGX_SECMEET_STUN_UNKNOWN; i++) {
        if (stun.unknown[i] != 0x7000 + i) {
            break;
        }
    }

    is_int(i, NGX_SECMEET_STUN_UNKNOWN, "the first eight");
}


/* RFC 8489, 14.5 */

static void
after_integrity(void)
{
    is_int(parse("0001003c2112a442" ID
                 "00060003613a6200"
                 "000800140000000000000000000000000000000000000000"
                 "00250000" "00240002ffff0000"
                 "0006000378780000" "70000000" "802a0000"), NGX_OK,
           "attributes after MESSAGE-INTEGRITY");
    is_text(&stun.username, "a:b", "user name");
    ok(stun.integrity == packet + 28, "integrity");
    ok(!stun.use_candidate, "no nomination");
    ok(!stun.has_priority && !stun.controlling, "no priority, no role");
    is_int(stun.nunknown, 0, "nothing unknown");

    is_int(parse("000100302112a442" ID
                 "000800141111111111111111111111111111111111111111"
                 "000800142222222222222222222222222222222222222222"),
           NGX_OK, "two MESSAGE-INTEGRITY");
    ok(stun.integrity == packet + 20, "the first counts");

    is_int(parse("0001002c2112a442" ID
                 "001c00101111111111111111" "1111111111111111"
                 "000800142222222222222222222222222222222222222222"),
           NGX_OK, "MESSAGE-INTEGRITY after that of SHA-256");
    ok(stun.integrity == NULL, "does not count");

    is_int(parse("000100302112a442" ID
                 "000800142222222222222222222222222222222222222222"
                 "001c00101111111111111111" "1111111111111111"
                 "00250000"), NGX_OK, "MESSAGE-INTEGRITY-SHA256 after it");
    ok(stun.integrity == packet + 20 && stun.nunknown == 0,
       "is tolerated");
}


/* RFC 8489, 14.7 */

static void
fingerprint(void)
{
    uint32_t  crc;

    is_int(parse("000100082112a442" ID "8028000400000000"), NGX_DECLINED,
           "wrong CRC");

    crc = ngx_secmeet_stun_crc(packet, 20);
    ngx_secmeet_write_uint32(packet + 24, crc);

    is_int(ngx_secmeet_stun_parse(&stun, packet, packet + 28), NGX_OK,
           "right CRC");
    ok(stun.fingerprint == packet + 20, "is found");

    ngx_secmeet_write_uint32(packet + 24, crc ^ 0x5354554e);

    is_int(ngx_secmeet_stun_parse(&stun, packet, packet + 28), NGX_DECLINED,
           "CRC without the XOR");

    is_int(parse("0001000c2112a442" ID "8028000400000000" "80220000"),
           NGX_DECLINED, "FINGERPRINT is not the last");

    ngx_secmeet_write_uint32(packet + 24, ngx_secmeet_stun_crc(packet, 20));

    is_int(ngx_secmeet_stun_parse(&stun, packet, packet + 32), NGX_DECLINED,
           "though its CRC is right");

    is_int(ngx_secmeet_stun_crc((u_char *) "123456789", 9)
           ^ 0x5354554e, 0xcbf43926, "check value of CRC-32");
    is_int(ngx_secmeet_stun_crc((u_char *) "", 0), 0x5354554e,
           "CRC of nothing");
}


static void
errors(void)
{
    is_int(parse("011100082112a442" ID "0009000400000457"), NGX_OK,
           "error response");
    is_int(stun.type, NGX_SECMEET_STUN_ERROR, "its type");
    is_int(stun.error, 487, "its code");

    is_int(parse("0111000c2112a442" ID "00090007fffffc01626164ff"), NGX_OK,
           "with reserved bits and a phrase");
    is_int(stun.error, 401, "its code");

    is_int(parse("011100082112a442" ID "0009000400000200"), NGX_DECLINED,
           "class 2");
    is_int(parse("011100082112a442" ID "0009000400000700"), NGX_DECLINED,
           "class 7");
    is_int(parse("011100082112a442" ID "0009000400000464"), NGX_DECLINED,
           "number 100");
    is_int(parse("011100082112a442" ID "0009000300000400"), NGX_DECLINED,
           "three bytes");
}


static void
create_request(void)
{
    size_t              len;
    u_char             *expected, out[128];
    ngx_secmeet_stun_t  req;

    memset(&req, 0, sizeof(ngx_secmeet_stun_t));
    memset(out, 0xaa, sizeof(out));

    req.type = NGX_SECMEET_STUN_REQUEST;
    req.id = (u_char *) "\0\1\2\3\4\5\6\7\10\11\12\13";
    req.has_username = 1;
    ngx_str_set(&req.username, "ab:cd");
    req.has_priority = 1;
    req.priority = 0x6e7f00ff;
    req.controlling = 1;
    req.tie_breaker = 0x0123456789abcdef;
    req.use_candidate = 1;

    expected = hex("000100242112a442" ID "0006000561623a6364000000"
                   "002400046e7f00ff" "802a00080123456789abcdef"
                   "00250000", &len);

    is_int(ngx_secmeet_stun_create(NULL, &req), len, "length of a request");
    is_int(ngx_secmeet_stun_create(out, &req), len, "request");
    is_mem(out, expected, len, "its bytes");
    is_int(out[len], 0xaa, "and not one more");

    free(expected);
}


static void
create_response(void)
{
    size_t                len;
    u_char               *expected, out[64];
    ngx_secmeet_stun_t    res;
    struct sockaddr_in6  *sin6;

    memset(&res, 0, sizeof(ngx_secmeet_stun_t));

    res.type = NGX_SECMEET_STUN_RESPONSE;
    res.id = (u_char *) "\0\1\2\3\4\5\6\7\10\11\12\13";
    res.mapped.len = sizeof(struct sockaddr_in6);

    sin6 = &res.mapped.sa.sockaddr_in6;
    sin6->sin6_family = AF_INET6;
    sin6->sin6_port = htons(1);
    sin6->sin6_addr.s6_addr[15] = 1;

    expected = hex("010100182112a442" ID "002000140002" "2113"
                   "2112a442" "000102030405060708090a0a", &len);

    is_int(ngx_secmeet_stun_create(NULL, &res), len, "length of a response");
    is_int(ngx_secmeet_stun_create(out, &res), len, "response");
    is_mem(out, expected, len, "its bytes");

    free(expected);
}


static void
create_error(void)
{
    size_t              len;
    u_char             *expected, out[64];
    ngx_secmeet_stun_t  res;

    memset(&res, 0, sizeof(ngx_secmeet_stun_t));

    res.type = NGX_SECMEET_STUN_ERROR;
    res.id = (u_char *) "\0\1\2\3\4\5\6\7\10\11\12\13";
    res.error = 420;
    res.unknown[0] = 0x7000;
    res.unknown[1] = 0x0014;
    res.unknown[2] = 0x0015;
    res.nunknown = 3;

    expected = hex("011100142112a442" ID "0009000400000414"
                   "000a0006" "7000001400150000", &len);

    is_int(ngx_secmeet_stun_create(NULL, &res), len, "length of error 420");
    is_int(ngx_secmeet_stun_create(out, &res), len, "error 420");
    is_mem(out, expected, len, "its bytes");

    free(expected);

    res.error = 401;

    is_int(ngx_secmeet_stun_create(out, &res), 28,
           "other errors name no attributes");
    is_mem(out + 24, "\0\0\4\1", 4, "error 401");
}


static ngx_int_t
split(const char *text)
{
    memset(&stun, 0, sizeof(ngx_secmeet_stun_t));

    stun.has_username = 1;
    stun.username.data = (u_char *) text;
    stun.username.len = strlen(text);

    return ngx_secmeet_stun_username(&stun, &local, &remote);
}


/* RFC 8445, 7.2.2; RFC 8839, 5.4 */

static void
username(void)
{
    char  text[600];

    is_int(split("azAZ:09+/"), NGX_OK, "all kinds of ice-chars");
    is_text(&local, "azAZ", "local part");
    is_text(&remote, "09+/", "remote part");

    is_int(split(""), NGX_DECLINED, "empty");
    is_int(split("abcd"), NGX_DECLINED, "no colon");
    is_int(split(":"), NGX_DECLINED, "a colon only");
    is_int(split("abcd:"), NGX_DECLINED, "no remote part");
    is_int(split(":abcd"), NGX_DECLINED, "no local part");
    is_int(split("ab:cd:ef"), NGX_DECLINED, "two colons");
    is_int(split("ab-d:abcd"), NGX_DECLINED, "dash");
    is_int(split("abcd:ab_d"), NGX_DECLINED, "underscore");
    is_int(split("ab d:abcd"), NGX_DECLINED, "blank");
    is_int(split("abc@:abcd"), NGX_DECLINED, "character before A");
    is_int(split("abc[:abcd"), NGX_DECLINED, "character after Z");
    is_int(split("abc`:abcd"), NGX_DECLINED, "character before a");
    is_int(split("abc{:abcd"), NGX_DECLINED, "character after z");
    is_int(split("abc\xc3\xa9:abcd"), NGX_DECLINED, "UTF-8");

    memset(text, 'a', sizeof(text));
    text[256] = ':';
    text[513] = '\0';

    is_int(split(text), NGX_OK, "256 characters each");

    text[256] = 'a';
    text[257] = ':';

    is_int(split(text), NGX_DECLINED, "257 characters");

    memset(&stun, 0, sizeof(ngx_secmeet_stun_t));

    is_int(ngx_secmeet_stun_username(&stun, &local, &remote), NGX_DECLINED,
           "no user name");
}
