
/*
 * Copyright (C) secmeet contributors
 */


/*
 * SRTP once more, from its RFCs and OpenSSL's primitives: pinned by the
 * vectors of RFC 3711 and RFC 7714, it then judges the packets that libsrtp
 * makes.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include "crypto/ngx_secmeet_srtp.h"
#include "tap.h"


#define SSRC  0xcafebabe


typedef struct {
    u_char   key[32];
    u_char   salt[14];
    u_char   auth[20];
} session_t;


static void kdf_vectors(void);
static void cm_vectors(void);
static void gcm_vectors(void);
static void gcm_rtcp_vectors(void);
static void known_packet(void);
static void packets(void);
static void packet_check(ngx_secmeet_dtls_keys_t *keys);

static void aes_cm(u_char *out, u_char *key, size_t bits, u_char *iv,
    u_char *in, size_t len);
static void gcm(u_char *out, u_char *key, size_t bits, u_char *iv,
    ngx_str_t *aad, ngx_str_t *text);
static void kdf(u_char *out, size_t len, u_char *key, size_t bits,
    u_char *salt, int label);
static void derive(session_t *s, ngx_secmeet_dtls_keys_t *keys, int label);
static size_t rtp_cm(u_char *out, session_t *s, u_char *p, size_t len,
    uint32_t roc);
static size_t rtcp_cm(u_char *out, session_t *s, u_char *p, size_t len,
    uint32_t index);
static size_t rtp_gcm(u_char *out, session_t *s, size_t bits, u_char *p,
    size_t len, uint32_t roc);
static size_t rtcp_gcm(u_char *out, session_t *s, size_t bits, u_char *p,
    size_t len, uint32_t index);
static void put(u_char *p, uint32_t n);
static size_t hex(u_char *out, const char *text);
static size_t key_bits(ngx_secmeet_dtls_keys_t *keys);


int
main(void)
{
    (void) ngx_secmeet_srtp_init();

    kdf_vectors();
    cm_vectors();
    gcm_vectors();
    gcm_rtcp_vectors();
    known_packet();
    packets();

    return done();
}


/* RFC 3711, B.3 */

static void
kdf_vectors(void)
{
    u_char  key[16], salt[14], got[20], expected[20];

    (void) hex(key, "E1F97A0D3E018BE0D64FA32C06DE4139");
    (void) hex(salt, "0EC675AD498AFEEBB6960B3AABE6");

    kdf(got, 16, key, 128, salt, 0);
    (void) hex(expected, "C61E7A93744F39EE10734AFE3FF7A087");
    is_mem(got, expected, 16, "RFC 3711, B.3: the cipher key");

    kdf(got, 14, key, 128, salt, 2);
    (void) hex(expected, "30CBBC08863D8C85D49DB34A9AE1");
    is_mem(got, expected, 14, "RFC 3711, B.3: the salt");

    kdf(got, 20, key, 128, salt, 1);
    (void) hex(expected, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
    is_mem(got, expected, 20, "RFC 3711, B.3: the authentication key");
}


/* RFC 3711, B.2 */

static void
cm_vectors(void)
{
    u_char  key[16], iv[16], zero[32], got[32], expected[32];

    (void) hex(key, "2B7E151628AED2A6ABF7158809CF4F3C");
    (void) hex(iv, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000");
    memset(zero, 0, 32);

    aes_cm(got, key, 128, iv, zero, 32);
    (void) hex(expected, "E03EAD0935C95E80E166B16DD92B4EB4"
                         "D23513162B02D0F72A43A2FE4A5F97AB");
    is_mem(got, expected, 32, "RFC 3711, B.2: the keystream");
}


/* RFC 7714, 16.1.1 and 16.2.1 */

static void
gcm_vectors(void)
{
    size_t     len;
    u_char     p[64], got[80], expected[80];
    session_t  s;

    (void) hex(s.key, "000102030405060708090a0b0c0d0e0f"
                      "101112131415161718191a1b1c1d1e1f");
    (void) hex(s.salt, "517569642070726f2071756f");

    len = hex(p, "8040f17b8041f8d35501a0b247616c6c"
                 "696120657374206f6d6e697320646976"
                 "69736120696e20706172746573207472"
                 "6573");

    is_int(rtp_gcm(got, &s, 128, p, len, 0),
           hex(expected, "8040f17b8041f8d35501a0b2f24de3a3"
                         "fb34de6cacba861c9d7e4bcabe633bd5"
                         "0d294e6f42a5f47a51c7d19b36de3adf"
                         "8833899d7f27beb16a9152cf765ee439"
                         "0cce"),
           "RFC 7714, 16.1.1: length");
    is_mem(got, expected, len + 16, "RFC 7714, 16.1.1: bytes");

    is_int(rtp_gcm(got, &s, 256, p, len, 0),
           hex(expected, "8040f17b8041f8d35501a0b232b1de78"
                         "a822fe12ef9f78fa332e33aab1801238"
                         "9a58e2f3b50b2a0276ffae0f1ba63799"
                         "b87b7aa3db36dfffd6b0f9bb7878d7a7"
                         "6c13"),
           "RFC 7714, 16.2.1: length");
    is_mem(got, expected, len + 16, "RFC 7714, 16.2.1: bytes");
}


/* RFC 7714, 17.1 and 17.3 */

static void
gcm_rtcp_vectors(void)
{
    size_t     len;
    u_char     p[64], got[80], expected[80];
    session_t  s;

    (void) hex(s.key, "000102030405060708090a0b0c0d0e0f"
                      "101112131415161718191a1b1c1d1e1f");
    (void) hex(s.salt, "517569642070726f2071756f");

    len = hex(p, "81c8000d4d6172734e5450314e545032"
                 "525450200000042a0000e9304c756e61"
                 "deadbeefdeadbeefdeadbeefdeadbeef"
                 "deadbeef");

    is_int(rtcp_gcm(got, &s, 128, p, len, 0x5d4),
           hex(expected, "81c8000d4d61727363e94885dcdab67c"
                         "a727d7662f6b7e997ff5c0f76c06f32d"
                         "c676a5f1730d6fda4ce09b4686303ded"
                         "0bb9275bc84aa45896cf4d2fc5abf872"
                         "45d9eade800005d4"),
           "RFC 7714, 17.1: length");
    is_mem(got, expected, len + 20, "RFC 7714, 17.1: bytes");

    is_int(rtcp_gcm(got, &s, 256, p, len, 0x5d4),
           hex(expected, "81c8000d4d617273d50ae4d1f5ce5d30"
                         "4ba297e47d470c282c3ece5dbffe0a50"
                         "a2eaa5c1110555be8415f658c61de047"
                         "6f1b6fad1d1eb30c4446839f57ff6f6c"
                         "b26ac3be800005d4"),
           "RFC 7714, 17.3: length");
    is_mem(got, expected, len + 20, "RFC 7714, 17.3: bytes");
}


/* a packet that implementations of RFC 3711 test themselves with */

static void
known_packet(void)
{
    size_t                    len;
    u_char                    p[64], expected[64];
    ngx_secmeet_srtp_t       *srtp;
    ngx_secmeet_dtls_keys_t   keys;

    memset(&keys, 0, sizeof(keys));
    keys.profile = NGX_SECMEET_SRTP_AES128_CM_SHA1_80;
    keys.len = hex(keys.local, "e1f97a0d3e018be0d64fa32c06de4139"
                               "0ec675ad498afeebb6960b3aabe6");

    srtp = ngx_secmeet_srtp_create(&keys);
    (void) ngx_secmeet_srtp_add_out(srtp, SSRC);

    len = hex(p, "800f1234decafbadcafebabe"
                 "abababababababababababababababab");

    is_int(ngx_secmeet_srtp_protect(srtp, p, &len), NGX_OK, "protected");
    is_int(len, hex(expected, "800f1234decafbadcafebabe"
                              "4e55dc4ce79978d88ca4d215949d2402"
                              "b78d6acc99ea179b8dbb"),
           "a known packet: length");
    is_mem(p, expected, len, "a known packet: bytes");

    ngx_secmeet_srtp_free(srtp);
}


static void
packets(void)
{
    size_t                   i;
    ngx_secmeet_dtls_keys_t  keys;

    memset(&keys, 0, sizeof(keys));

    for (i = 0; i < sizeof(keys.local); i++) {
        keys.local[i] = (u_char) (i * 37 + 11);
        keys.remote[i] = (u_char) (i * 41 + 5);
    }

    keys.profile = NGX_SECMEET_SRTP_AEAD_AES_128_GCM;
    keys.len = 28;
    packet_check(&keys);

    keys.profile = NGX_SECMEET_SRTP_AEAD_AES_256_GCM;
    keys.len = 44;
    packet_check(&keys);

    keys.profile = NGX_SECMEET_SRTP_AES128_CM_SHA1_80;
    keys.len = 30;
    packet_check(&keys);
}


/* RTP before and after its numbers go round, then RTCP */

static void
packet_check(ngx_secmeet_dtls_keys_t *keys)
{
    u_char               p[128], got[128], expected[128];
    size_t               len, n;
    uint32_t             i;
    session_t            s;
    ngx_secmeet_srtp_t  *srtp;

    srtp = ngx_secmeet_srtp_create(keys);
    (void) ngx_secmeet_srtp_add_out(srtp, SSRC);

    derive(&s, keys, 0);

    for (i = 65534; i < 65538; i++) {
        len = hex(p, "906f000001020304cafebabebede0001"
                     "32aabbcc00112233445566778899aabb");
        p[2] = (u_char) (i >> 8);
        p[3] = (u_char) i;

        n = keys->len == 30
            ? rtp_cm(expected, &s, p, len, i >> 16)
            : rtp_gcm(expected, &s, key_bits(keys), p, len, i >> 16);

        memcpy(got, p, len);
        (void) ngx_secmeet_srtp_protect(srtp, got, &len);

        is_int(len, n, "profile %d: RTP %u, length", keys->profile, i);
        is_mem(got, expected, n, "profile %d: RTP %u, bytes", keys->profile,
               i);
    }

    derive(&s, keys, 3);

    for (i = 1; i < 4; i++) {
        len = hex(p, "81c90007cafebabe0102030405060708"
                     "090a0b0c0d0e0f101112131415161718");

        n = keys->len == 30
            ? rtcp_cm(expected, &s, p, len, i)
            : rtcp_gcm(expected, &s, key_bits(keys), p, len, i);

        memcpy(got, p, len);
        (void) ngx_secmeet_srtp_protect_rtcp(srtp, got, &len);

        is_int(len, n, "profile %d: RTCP %u, length", keys->profile, i);
        is_mem(got, expected, n, "profile %d: RTCP %u, bytes", keys->profile,
               i);
    }

    ngx_secmeet_srtp_free(srtp);
}


static void
aes_cm(u_char *out, u_char *key, size_t bits, u_char *iv, u_char *in,
    size_t len)
{
    int              n;
    EVP_CIPHER_CTX  *c;

    c = EVP_CIPHER_CTX_new();

    (void) EVP_EncryptInit_ex(c, bits == 256 ? EVP_aes_256_ctr()
                                             : EVP_aes_128_ctr(),
                              NULL, key, iv);
    (void) EVP_EncryptUpdate(c, out, &n, in, (int) len);

    EVP_CIPHER_CTX_free(c);
}


/* out gets the tag besides */

static void
gcm(u_char *out, u_char *key, size_t bits, u_char *iv, ngx_str_t *aad,
    ngx_str_t *text)
{
    int              n;
    EVP_CIPHER_CTX  *c;

    c = EVP_CIPHER_CTX_new();

    (void) EVP_EncryptInit_ex(c, bits == 256 ? EVP_aes_256_gcm()
                                             : EVP_aes_128_gcm(),
                              NULL, key, iv);
    (void) EVP_EncryptUpdate(c, NULL, &n, aad->data, (int) aad->len);
    (void) EVP_EncryptUpdate(c, out, &n, text->data, (int) text->len);
    (void) EVP_EncryptFinal_ex(c, out + text->len, &n);
    (void) EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16,
                               out + text->len);

    EVP_CIPHER_CTX_free(c);
}


/* RFC 3711, 4.3.1; the key derivation rate is 0 */

static void
kdf(u_char *out, size_t len, u_char *key, size_t bits, u_char *salt,
    int label)
{
    u_char  iv[16], zero[64];

    memset(iv, 0, 16);
    memset(zero, 0, 64);
    memcpy(iv, salt, 14);

    iv[7] ^= label;

    aes_cm(out, key, bits, iv, zero, len);
}


/* label 0 is for SRTP, 3 for SRTCP; RFC 7714, 11: the salt is padded */

static void
derive(session_t *s, ngx_secmeet_dtls_keys_t *keys, int label)
{
    u_char  salt[14];
    size_t  bits;

    bits = key_bits(keys);

    memset(salt, 0, sizeof(salt));
    memcpy(salt, keys->local + bits / 8, keys->len - bits / 8);

    kdf(s->key, bits / 8, keys->local, bits, salt, label);
    kdf(s->auth, 20, keys->local, bits, salt, label + 1);
    kdf(s->salt, 14, keys->local, bits, salt, label + 2);
}


static size_t
key_bits(ngx_secmeet_dtls_keys_t *keys)
{
    return keys->len == 44 ? 256 : 128;
}


/* RFC 3711, 4.1.1 and 4.2.1; the extension is not encrypted */

static size_t
rtp_cm(u_char *out, session_t *s, u_char *p, size_t len, uint32_t roc)
{
    int     i;
    u_char  iv[16], md[20];
    size_t  header;

    header = 12 + ((p[0] & 0x10) ? 4 + 4 * p[15] : 0);

    memset(iv, 0, 16);
    memcpy(iv, s->salt, 14);

    for (i = 0; i < 4; i++) {
        iv[4 + i] ^= p[8 + i];
        iv[8 + i] ^= (u_char) (roc >> (24 - 8 * i));
    }

    iv[12] ^= p[2];
    iv[13] ^= p[3];

    memcpy(out, p, header);
    aes_cm(out + header, s->key, 128, iv, p + header, len - header);

    put(out + len, roc);
    (void) HMAC(EVP_sha1(), s->auth, 20, out, len + 4, md, NULL);
    memcpy(out + len, md, 10);

    return len + 10;
}


static size_t
rtcp_cm(u_char *out, session_t *s, u_char *p, size_t len, uint32_t index)
{
    int     i;
    u_char  iv[16], md[20];

    memset(iv, 0, 16);
    memcpy(iv, s->salt, 14);

    for (i = 0; i < 4; i++) {
        iv[4 + i] ^= p[4 + i];
        iv[10 + i] ^= (u_char) (index >> (24 - 8 * i));
    }

    memcpy(out, p, 8);
    aes_cm(out + 8, s->key, 128, iv, p + 8, len - 8);

    put(out + len, 0x80000000 | index);
    (void) HMAC(EVP_sha1(), s->auth, 20, out, len + 4, md, NULL);
    memcpy(out + len + 4, md, 10);

    return len + 14;
}


/* RFC 7714, 8.1 and 8.2 */

static size_t
rtp_gcm(u_char *out, session_t *s, size_t bits, u_char *p, size_t len,
    uint32_t roc)
{
    int        i;
    u_char     iv[12];
    ngx_str_t  aad, text;

    aad.data = p;
    aad.len = 12 + ((p[0] & 0x10) ? 4 + 4 * p[15] : 0);
    text.data = p + aad.len;
    text.len = len - aad.len;

    memcpy(iv, s->salt, 12);

    for (i = 0; i < 4; i++) {
        iv[2 + i] ^= p[8 + i];
        iv[6 + i] ^= (u_char) (roc >> (24 - 8 * i));
    }

    iv[10] ^= p[2];
    iv[11] ^= p[3];

    memcpy(out, p, aad.len);
    gcm(out + aad.len, s->key, bits, iv, &aad, &text);

    return len + 16;
}


/* RFC 7714, 9.1 and 9.2 */

static size_t
rtcp_gcm(u_char *out, session_t *s, size_t bits, u_char *p, size_t len,
    uint32_t index)
{
    int        i;
    u_char     iv[12], clear[12];
    ngx_str_t  aad, text;

    memcpy(iv, s->salt, 12);

    for (i = 0; i < 4; i++) {
        iv[2 + i] ^= p[4 + i];
        iv[8 + i] ^= (u_char) (index >> (24 - 8 * i));
    }

    memcpy(clear, p, 8);
    put(clear + 8, 0x80000000 | index);

    aad.data = clear;
    aad.len = 12;
    text.data = p + 8;
    text.len = len - 8;

    memcpy(out, p, 8);
    gcm(out + 8, s->key, bits, iv, &aad, &text);
    put(out + len + 16, 0x80000000 | index);

    return len + 20;
}


static void
put(u_char *p, uint32_t n)
{
    p[0] = (u_char) (n >> 24);
    p[1] = (u_char) (n >> 16);
    p[2] = (u_char) (n >> 8);
    p[3] = (u_char) n;
}


static size_t
hex(u_char *out, const char *text)
{
    size_t        n;
    unsigned int  c;

    for (n = 0; sscanf(text + 2 * n, "%2x", &c) == 1; n++) {
        out[n] = (u_char) c;
    }

    return n;
}
