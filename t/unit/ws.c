
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_ws.h"
#include "tap.h"


#define LOG   65536

#define frames(server, bytes, log)                                           \
    { server, 1000, bytes, sizeof(bytes) - 1, log }

/* a mask of zeros leaves the payload readable */
#define Z  "\0\0\0\0"


typedef struct {
    int                       server;
    size_t                    max;
    const char               *bytes;
    size_t                    len;
    const char               *log;
} vector_t;


static void vectors(void);
static void limits(void);
static void long_message(void);
static void memory(void);
static void created(void);
static void utf8(void);
static char *feed(vector_t *v, size_t chunk);
static void note(ngx_secmeet_ws_t *ws, ngx_int_t rc);


static char  text[LOG];


/*
 * What is noted: T text, I ping, O pong, C close with its status, E the code
 * of an error, "." when more is awaited in the end.
 */

static vector_t  all[] = {

    /* RFC 6455, 5.7; "server" reads what a server sent */

    frames(1, "\x81\x05Hello", "T:Hello ."),
    frames(0, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "T:Hello ."),
    frames(1, "\x01\x03Hel\x80\x02lo", "T:Hello ."),
    frames(1, "\x89\x05Hello", "I:Hello ."),
    frames(0, "\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "O:Hello ."),
    frames(1, "\x82\x7e\x01\x00", "E1003"),
    frames(1, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", "E1003"),

    /* several, empty, fragmented with control frames between */

    frames(0, "\x81\x81" Z "a" "\x81\x81" Z "b", "T:a T:b ."),
    frames(0, "\x81\x80" Z "\x89\x80" Z, "T: I: ."),
    frames(0, "\x01\x80" Z "\x00\x80" Z "\x80\x80" Z, "T: ."),
    frames(0, "\x01\x81" Z "a" "\x89\x81" Z "p" "\x00\x81" Z "b"
              "\x8a\x80" Z "\x80\x81" Z "c" "\x81\x81" Z "d",
           "I:p O: T:abc T:d ."),
    frames(0, "", "."),
    frames(0, "\x81", "."),
    frames(0, "\x81\x85" Z "Hell", "."),
    frames(0, "\x88\x80" Z, "C1005: ."),
    frames(0, "\x88\x82" Z "\x03\xe8", "C1000:\x03\xe8 ."),
    frames(0, "\x88\x84" Z "\x0b\xb8" "hi", "C3000:\x0b\xb8hi ."),

    /* RFC 6455, 5.1: who masks */

    frames(0, "\x81\x05Hello", "E1002"),
    frames(1, "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "E1002"),

    /* RFC 6455, 5.2: reserved bits and opcodes, lengths */

    frames(0, "\xc1\x80" Z, "E1002"),
    frames(0, "\xa1\x80" Z, "E1002"),
    frames(0, "\x91\x80" Z, "E1002"),
    frames(0, "\x83\x80" Z, "E1002"),
    frames(0, "\x87\x80" Z, "E1002"),
    frames(0, "\x8b\x80" Z, "E1002"),
    frames(0, "\x8f\x80" Z, "E1002"),
    frames(0, "\x81\xfe\x00\x7d" Z, "E1002"),
    frames(0, "\x81\xff\0\0\0\0\0\0\xff\xff" Z, "E1002"),
    frames(0, "\x81\xff\x80\0\0\0\0\0\0\0" Z, "E1002"),
    frames(0, "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" Z, "E1009"),

    /* RFC 6455, 5.4: fragments */

    frames(0, "\x80\x80" Z, "E1002"),
    frames(0, "\x00\x80" Z, "E1002"),
    frames(0, "\x01\x81" Z "a" "\x81\x81" Z "b", "E1002"),
    frames(0, "\x01\x81" Z "a" "\x82\x81" Z "b", "E1002"),
    frames(0, "\x81\x81" Z "a" "\x80\x81" Z "b", "T:a E1002"),
    frames(0, "\x02\x81" Z "b", "E1003"),

    /* RFC 6455, 5.5: control frames */

    frames(0, "\x09\x80" Z, "E1002"),
    frames(0, "\x08\x80" Z, "E1002"),
    frames(0, "\x89\xfe\x00\x7e" Z, "E1002"),
    frames(0, "\x89\xff\0\0\0\0\0\x01\0\0" Z, "E1002"),

    /* RFC 6455, 5.5.1 and 7.4: close */

    frames(0, "\x88\x81" Z "\x03", "E1002"),
    frames(0, "\x88\x82" Z "\x00\x00", "E1002"),
    frames(0, "\x88\x82" Z "\x03\xe7", "E1002"),
    frames(0, "\x88\x82" Z "\x03\xeb", "C1003:\x03\xeb ."),
    frames(0, "\x88\x82" Z "\x03\xec", "E1002"),
    frames(0, "\x88\x82" Z "\x03\xed", "E1002"),
    frames(0, "\x88\x82" Z "\x03\xee", "E1002"),
    frames(0, "\x88\x82" Z "\x03\xef", "C1007:\x03\xef ."),
    frames(0, "\x88\x82" Z "\x03\xf6", "C1014:\x03\xf6 ."),
    frames(0, "\x88\x82" Z "\x03\xf7", "E1002"),
    frames(0, "\x88\x82" Z "\x0b\xb7", "E1002"),
    frames(0, "\x88\x82" Z "\x13\x87", "C4999:\x13\x87 ."),
    frames(0, "\x88\x82" Z "\x13\x88", "E1002"),
    frames(0, "\x88\x82" Z "\xff\xff", "E1002"),
    frames(0, "\x88\x83" Z "\x03\xe8\xc3", "E1007"),
    frames(0, "\x88\x84" Z "\x03\xe8\xc3\xa9", "C1000:\x03\xe8\xc3\xa9 ."),

    /* RFC 6455, 8.1: text, also across fragments */

    frames(0, "\x81\x82" Z "\xc3\xa9", "T:\xc3\xa9 ."),
    frames(0, "\x01\x81" Z "\xc3" "\x80\x81" Z "\xa9", "T:\xc3\xa9 ."),
    frames(0, "\x01\x81" Z "\xc3" "\x89\x81" Z "\xff" "\x80\x81" Z "\xa9",
           "I:\xff T:\xc3\xa9 ."),
    frames(0, "\x01\x81" Z "\xc3" "\x80\x81" Z "a", "E1007"),
    frames(0, "\x81\x81" Z "\xc3", "E1007"),
    frames(0, "\x01\x83" Z "a\xff", "E1007"),
    frames(0, "\x81\x83" Z "\xed\xa0", "E1007"),
    frames(0, "\x81\x81" Z "a" "\x81\x81" Z "\xa9", "T:a E1007")
};


int
main(void)
{
    vectors();
    limits();
    long_message();
    memory();
    created();
    utf8();

    return done();
}


static void
vectors(void)
{
    char       *got;
    size_t      i;
    ngx_uint_t  n;

    static size_t  chunks[] = { LOG, 1, 3, 7 };

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        for (n = 0; n < 4; n++) {
            got = feed(&all[i], chunks[n]);

            if (!ok(strcmp(got, all[i].log) == 0, "vector %zu by %zu", i,
                    chunks[n]))
            {
                printf("# got %s, expected %s\n", got, all[i].log);
            }
        }
    }
}


static void
limits(void)
{
    vector_t  v;

    static char  ping[] = "\x89\xfd" Z
        "0123456789012345678901234567890123456789012345678901234567890123"
        "4567890123456789012345678901234567890123456789012345678901234";

    v.server = 0;
    v.max = 5;

    v.bytes = "\x81\x85" Z "Hello";
    v.len = 11;
    ok(strcmp(feed(&v, 1), "T:Hello .") == 0, "a message of the limit");

    v.bytes = "\x81\x86" Z;
    v.len = 6;
    ok(strcmp(feed(&v, 1), "E1009") == 0, "one more, by its header");

    v.bytes = "\x01\x83" Z "Hel" "\x00\x80" Z "\x80\x82" Z "lo";
    v.len = 23;
    ok(strcmp(feed(&v, 1), "T:Hello .") == 0, "fragments of the limit");

    v.bytes = "\x01\x83" Z "Hel" "\x80\x83" Z;
    v.len = 15;
    ok(strcmp(feed(&v, 1), "E1009") == 0, "one more, by the last header");

    v.bytes = ping;
    v.len = sizeof(ping) - 1;
    is_int(v.len, 2 + 4 + 125, "the longest ping");
    ok(strncmp(feed(&v, LOG), "I:0123", 6) == 0, "is not a message");
}


/* masked, in pieces of all alignments */

static void
long_message(void)
{
    size_t      i, chunk;
    vector_t    v;
    ngx_uint_t  bad;

    static char         expected[5008];
    static char         bytes[5008];
    static const char   mask[] = "\x12\x9e\xf0\x7b";

    v.server = 0;
    v.max = 5000;
    v.bytes = bytes;
    v.len = 5008;

    memcpy(bytes, "\x81\xfe\x13\x88", 4);
    memcpy(bytes + 4, mask, 4);
    memcpy(expected, "T:", 2);

    for (i = 0; i < 5000; i++) {
        expected[2 + i] = (char) ('a' + i % 26);
        bytes[8 + i] = (char) (expected[2 + i] ^ mask[i % 4]);
    }

    memcpy(expected + 5002, " .", 3);

    bad = 0;

    for (chunk = 1; chunk < 70; chunk++) {
        bad += (strcmp(feed(&v, chunk), expected) != 0);
    }

    is_int(bad, 0, "5000 masked bytes by 1 to 69");
}


static void
memory(void)
{
    u_char            *p;
    ngx_secmeet_ws_t   ws;

    static u_char  buf[16];
    static u_char  bytes[] = "\x81\xfe\x03\xe8" Z "0123456789";

    ngx_memzero(&ws, sizeof(ngx_secmeet_ws_t));
    ws.max = 1000;

    p = bytes;
    is_int(ngx_secmeet_ws_parse(&ws, &p, bytes + 8), NGX_AGAIN,
           "a header alone asks for no memory");

    is_int(ngx_secmeet_ws_parse(&ws, &p, bytes + 18), NGX_BUSY,
           "payload does");
    is_int(ws.need, 10, "as much as has come");

    ws.buf = buf;
    ws.size = 10;

    is_int(ngx_secmeet_ws_parse(&ws, &p, bytes + 18), NGX_AGAIN, "it goes on");
    is_int(p - bytes, 18, "to the end");
    is_int(ws.len, 10, "keeps the bytes");
    is_mem(buf, "0123456789", 10, "in the buffer");

    p = bytes + 8;
    is_int(ngx_secmeet_ws_parse(&ws, &p, bytes + 9), NGX_BUSY, "one more");
    is_int(ws.need, 20, "doubles the buffer");
    is_int(p - bytes, 8, "nothing is read before");
}


static void
created(void)
{
    u_char  p[NGX_SECMEET_WS_HEADER_MAX];

    is_int(ngx_secmeet_ws_create(NULL, NGX_SECMEET_WS_TEXT, 125), 2, "125");
    is_int(ngx_secmeet_ws_create(NULL, NGX_SECMEET_WS_TEXT, 126), 4, "126");
    is_int(ngx_secmeet_ws_create(NULL, NGX_SECMEET_WS_TEXT, 65535), 4,
           "65535");
    is_int(ngx_secmeet_ws_create(NULL, NGX_SECMEET_WS_TEXT, 65536), 10,
           "65536");

    is_int(ngx_secmeet_ws_create(p, NGX_SECMEET_WS_TEXT, 5), 2, "Hello");
    is_mem(p, "\x81\x05", 2, "RFC 6455, 5.7: text");

    is_int(ngx_secmeet_ws_create(p, NGX_SECMEET_WS_PING, 5), 2, "ping");
    is_mem(p, "\x89\x05", 2, "RFC 6455, 5.7: ping");

    is_int(ngx_secmeet_ws_create(p, NGX_SECMEET_WS_BINARY, 256), 4, "256");
    is_mem(p, "\x82\x7e\x01\x00", 4, "RFC 6455, 5.7: 256 bytes");

    is_int(ngx_secmeet_ws_create(p, NGX_SECMEET_WS_BINARY, 65536), 10, "64K");
    is_mem(p, "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10,
           "RFC 6455, 5.7: 64K");
}


static void
utf8(void)
{
    size_t       i, len;
    u_char      *p;
    ngx_uint_t   n, state;

    static struct {
        const char  *text;
        int          valid;
    } texts[] = {
        { "", 1 },
        { "plain ascii, more than eight bytes", 1 },
        { "\x7f", 1 },
        { "\xc2\x80", 1 },
        { "\xdf\xbf", 1 },
        { "\xe0\xa0\x80", 1 },
        { "\xed\x9f\xbf", 1 },
        { "\xee\x80\x80", 1 },
        { "\xef\xbf\xbf", 1 },
        { "\xf0\x90\x80\x80", 1 },
        { "\xf0\x9f\x98\x80 twelve more", 1 },
        { "\xf4\x8f\xbf\xbf", 1 },
        { "\x80", 0 },
        { "\xbf", 0 },
        { "\xc0\x80", 0 },
        { "\xc1\xbf", 0 },
        { "\xe0\x9f\xbf", 0 },
        { "\xed\xa0\x80", 0 },
        { "\xed\xbf\xbf", 0 },
        { "\xf0\x8f\xbf\xbf", 0 },
        { "\xf4\x90\x80\x80", 0 },
        { "\xf5\x80\x80\x80", 0 },
        { "\xfe", 0 },
        { "\xff", 0 },
        { "\xc3(", 0 },
        { "\xe2\x82(", 0 },
        { "\xf0\x9f\x98(", 0 },
        { "seven..\xff", 0 },
        { "eight...\xff", 0 }
    };

    for (n = 0; n < sizeof(texts) / sizeof(texts[0]); n++) {
        p = (u_char *) texts[n].text;
        len = strlen(texts[n].text);

        ok((ngx_secmeet_utf8(0, p, p + len) == 0) == texts[n].valid,
           "UTF-8 text %zu", (size_t) n);

        for (state = 0, i = 0; i < len; i++) {
            state = ngx_secmeet_utf8(state, p + i, p + i + 1);
        }

        ok((state == 0) == texts[n].valid, "the same by bytes");
    }

}


static char *
feed(vector_t *v, size_t chunk)
{
    u_char            *buf, *p, *end;
    size_t             left, n;
    ngx_int_t          rc;
    ngx_secmeet_ws_t   ws;

    ngx_memzero(&ws, sizeof(ngx_secmeet_ws_t));
    ws.max = v->max;
    ws.server = v->server;

    text[0] = '\0';
    rc = NGX_AGAIN;

    for (left = v->len; left && rc != NGX_ERROR; left -= n) {
        n = ngx_min(chunk, left);

        /* its own memory, so that reading past it is seen */

        buf = malloc(n);
        memcpy(buf, v->bytes + v->len - left, n);
        p = buf;
        end = buf + n;

        do {
            rc = ngx_secmeet_ws_parse(&ws, &p, end);

            if (rc == NGX_BUSY) {
                ws.buf = realloc(ws.buf, ws.need);
                ws.size = ws.need;
                continue;
            }

            note(&ws, rc);

        } while (rc != NGX_AGAIN && rc != NGX_ERROR);

        free(buf);
    }

    free(ws.buf);

    if (rc == NGX_AGAIN) {
        strcat(text, ".");
    }

    return text;
}


static void
note(ngx_secmeet_ws_t *ws, ngx_int_t rc)
{
    char  *p;

    p = text + strlen(text);

    if (rc == NGX_ERROR) {
        sprintf(p, "E%d", (int) ws->code);
        return;
    }

    if (rc != NGX_OK) {
        return;
    }

    switch (ws->opcode) {

    case NGX_SECMEET_WS_TEXT:
        p += sprintf(p, "T:");
        break;

    case NGX_SECMEET_WS_PING:
        p += sprintf(p, "I:");
        break;

    case NGX_SECMEET_WS_PONG:
        p += sprintf(p, "O:");
        break;

    case NGX_SECMEET_WS_CLOSE:
        p += sprintf(p, "C%d:", (int) ws->status);
        break;
    }

    sprintf(p, "%.*s ", (int) ws->payload.len, (char *) ws->payload.data);
}
