
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_message.h"
#include "tap.h"


#define TOKEN  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_9"
#define ID     "0123456789abcdef"


typedef struct {
    const char               *text;
    const char               *code;             /* NULL: accepted */
    const char               *field;
} vector_t;


static void accepted(void);
static void refused(void);
static void depth(void);
static void maps(void);
static void names(void);
static void hosts(void);
static void bodies(void);
static void check(vector_t *v, ngx_uint_t body);
static ngx_int_t parse(ngx_secmeet_message_t *message, const char *text,
    ngx_uint_t body);
static int str_is(ngx_str_t *s, const char *text);


static vector_t  bad[] = {
    { "", "json", NULL },
    { " ", "json", NULL },
    { "{", "json", NULL },
    { "[]", "json", "not an object" },
    { "\"type\"", "json", NULL },
    { "null", "json", NULL },
    { "{\"type\":\"leave\"} x", "json", NULL },
    { "{\"type\":\"leave\"}{}", "json", NULL },
    { "{'type':'leave'}", "json", NULL },
    { "{\"type\":\"leave\",}", "json", NULL },
    { "{\"type\":\"leave\",\"type\":\"leave\"}", "json", NULL },
    { "{\"type\":\"send\",\"data\":\"a\",\"data\":\"b\"}", "json", NULL },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"receive\":"
      "{\"0\":null,\"0\":null}}", "json", NULL },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"receive\":"
      "{\"0\":null,\"\\u0030\":null}}", "json", NULL },
    { "{\"type\":\"send\",\"data\":\"\\u0000\"}", "json", NULL },
    { "{\"type\":\"send\",\"d\\u0000\":\"\"}", "json", NULL },
    { "{\"type\":\"send\",\"data\":\"\\ud800\"}", "json", NULL },
    { "{\"type\":\"send\",\"data\":\"\t\"}", "json", NULL },
    { "{\"type\":\"mute\",\"on\":1e999}", "json", NULL },

    { "{}", "type", "type is missing" },
    { "{\"Type\":\"leave\"}", "type", "type is missing" },
    { "{\"type\":null}", "type", "type is unknown" },
    { "{\"type\":1}", "type", "type is unknown" },
    { "{\"type\":\"\"}", "type", "type is unknown" },
    { "{\"type\":\"joined\"}", "type", "type is unknown" },
    { "{\"type\":\"Leave\"}", "type", "type is unknown" },
    { "{\"type\":\"create\"}", "type", "type is unknown" },

    { "{\"type\":\"leave\",\"sdp\":\"\"}", "field", "unknown field" },
    { "{\"type\":\"join\",\"from\":\"\"}", "field", "unknown field" },
    { "{\"type\":\"join\",\"__proto__\":{}}", "field", "unknown field" },

    { "{\"type\":\"join\",\"proof\":null}", "field", "proof is malformed" },
    { "{\"type\":\"join\",\"proof\":\"\"}", "field", "proof is malformed" },
    { "{\"type\":\"join\",\"proof\":\"" TOKEN "A\"}", "field",
      "proof is malformed" },
    { "{\"type\":\"join\",\"proof\":\"=" TOKEN "\"}", "field",
      "proof is malformed" },
    { "{\"type\":\"join\",\"proof\":"
      "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA+\"}", "field",
      "proof is malformed" },
    { "{\"type\":\"join\",\"host\":[]}", "field", "host is malformed" },
    { "{\"type\":\"join\",\"name\":7}", "field", "name is malformed" },

    { "{\"type\":\"offer\"}", "field", "sdp is missing" },
    { "{\"type\":\"offer\",\"sdp\":{}}", "field", "sdp is malformed" },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"publish\":[]}", "field",
      "publish is malformed" },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"publish\":{\"0\":\"mic\"}}",
      "field", "publish is malformed" },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"publish\":{\"0\":null}}",
      "field", "publish is malformed" },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"publish\":{\"\":\"camera\"}}",
      "field", "publish is malformed" },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"publish\":"
      "{\"012345678901234567890123456789012\":\"camera\"}}",
      "field", "publish is malformed" },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"receive\":{\"0\":\"\"}}",
      "field", "receive is malformed" },
    { "{\"type\":\"offer\",\"sdp\":\"\",\"receive\":{\"0\":false}}",
      "field", "receive is malformed" },

    { "{\"type\":\"receive\"}", "field", "mid is missing" },
    { "{\"type\":\"receive\",\"mid\":\"1\"}", "field",
      "track, pause or height is missing" },
    { "{\"type\":\"receive\",\"mid\":1,\"pause\":true}", "field",
      "mid is malformed" },
    { "{\"type\":\"receive\",\"mid\":\"\",\"pause\":true}", "field",
      "mid is malformed" },
    { "{\"type\":\"receive\",\"mid\":\"1\",\"pause\":null}", "field",
      "pause is malformed" },
    { "{\"type\":\"receive\",\"mid\":\"1\",\"pause\":1}", "field",
      "pause is malformed" },
    { "{\"type\":\"receive\",\"mid\":\"1\",\"track\":\"" ID "0\"}",
      "field", "track is malformed" },
    { "{\"type\":\"receive\",\"mid\":\"1\",\"track\":"
      "\"0123456789ABCDEF\"}", "field", "track is malformed" },

    { "{\"type\":\"mute\",\"track\":\"" ID "\"}", "field",
      "on is missing" },
    { "{\"type\":\"mute\",\"on\":true}", "field", "track is missing" },
    { "{\"type\":\"mute\",\"track\":null,\"on\":true}", "field",
      "track is malformed" },
    { "{\"type\":\"mute\",\"track\":\"" ID "\",\"on\":\"true\"}",
      "field", "on is malformed" },

    { "{\"type\":\"send\"}", "field", "data is missing" },
    { "{\"type\":\"send\",\"data\":{}}", "field", "data is malformed" },
    { "{\"type\":\"send\",\"data\":\"\",\"to\":null}", "field",
      "to is malformed" },
    { "{\"type\":\"send\",\"data\":\"\",\"to\":\"0123456789abcdeg\"}",
      "field", "to is malformed" },

    { "{\"type\":\"join\",\"invite\":\"" ID "\"}", "field",
      "invite is malformed" },
    { "{\"type\":\"join\",\"name\":\"a\\u0001\"}", "field",
      "name is malformed" },
    { "{\"type\":\"join\",\"name\":\"a\\nb\"}", "field",
      "name is malformed" },
    { "{\"type\":\"join\",\"fresh\":1}", "field", "fresh is malformed" },
    { "{\"type\":\"password\"}", "field", "proof is missing" },
    { "{\"type\":\"password\",\"proof\":\"\"}", "field",
      "proof is malformed" },
    { "{\"type\":\"lock\"}", "field", "on is missing" },
    { "{\"type\":\"lobby\",\"on\":null}", "field", "on is malformed" },
    { "{\"type\":\"link\",\"on\":0}", "field", "on is malformed" },
    { "{\"type\":\"admit\"}", "field", "peer is missing" },
    { "{\"type\":\"deny\",\"peer\":null}", "field", "peer is malformed" },
    { "{\"type\":\"kick\",\"peer\":\"" ID "0\"}", "field",
      "peer is malformed" },
    { "{\"type\":\"promote\",\"peer\":[]}", "field", "peer is malformed" },
    { "{\"type\":\"silence\"}", "field", "on is missing" },
    { "{\"type\":\"silence\",\"peer\":\"all\",\"on\":true}", "field",
      "peer is malformed" },
    { "{\"type\":\"stop\"}", "field", "track is missing" },
    { "{\"type\":\"invite\"}", "field", "token is missing" },
    { "{\"type\":\"invite\",\"token\":\"" TOKEN "\",\"uses\":0}", "field",
      "uses is malformed" },
    { "{\"type\":\"invite\",\"token\":\"" TOKEN "\",\"uses\":1001}",
      "field", "uses is malformed" },
    { "{\"type\":\"invite\",\"token\":\"" TOKEN "\",\"uses\":1.0}",
      "field", "uses is malformed" },
    { "{\"type\":\"invite\",\"token\":\"" TOKEN "\",\"seconds\":59}",
      "field", "seconds is malformed" },
    { "{\"type\":\"invite\",\"token\":\"" TOKEN "\",\"seconds\":2592001}",
      "field", "seconds is malformed" },
    { "{\"type\":\"revoke\",\"invite\":\"" TOKEN "\"}", "field",
      "invite is malformed" },
    { "{\"type\":\"end\",\"reason\":\"\"}", "field", "unknown field" }
};


int
main(void)
{
    accepted();
    refused();
    depth();
    maps();
    names();
    hosts();
    bodies();

    return done();
}


static void
accepted(void)
{
    ngx_secmeet_message_t  m;

    is_int(parse(&m, "{\"type\":\"join\"}", 0), NGX_OK, "join");
    is_int(m.type, NGX_SECMEET_MESSAGE_JOIN, "its type");
    ok(strcmp(m.of, "join") == 0, "its name");
    ok(m.proof.data == NULL && m.host.data == NULL && m.name.data == NULL,
       "no fields");
    ngx_secmeet_message_free(&m);
    ok(m.root == NULL && m.of == NULL, "freed");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"join\",\"proof\":\"" TOKEN "\",\"host\":\""
                     TOKEN "\",\"name\":\"\"}", 0),
           NGX_OK, "join with all");
    ok(str_is(&m.proof, TOKEN) && str_is(&m.host, TOKEN), "tokens");
    ok(m.name.data != NULL && m.name.len == 0, "an empty name");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"offer\",\"sdp\":\"v=0\\r\\n\"}", 0),
           NGX_OK, "offer");
    ok(str_is(&m.sdp, "v=0\r\n"), "its text");
    ok(m.publish == NULL && m.receive == NULL, "no maps");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"sdp\":\"\",\"publish\":{\"0\":\"microphone\","
                     "\"1\":\"camera\",\"2\":\"screen\",\"3\":"
                     "\"screen-audio\"},\"receive\":{\"4\":null,\"5\":\""
                     ID "\"},\"type\":\"offer\"}", 0),
           NGX_OK, "offer with maps");
    is_int(json_object_size(m.publish), 4, "publish");
    is_int(json_object_size(m.receive), 2, "receive");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"receive\",\"mid\":\"5\",\"track\":null}",
                 0),
           NGX_OK, "receive nothing");
    ok(m.has_track && m.track.data == NULL && !m.has_pause, "null counts");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"receive\",\"mid\":\"5\",\"pause\":false}",
                 0),
           NGX_OK, "receive goes on");
    ok(!m.has_track && m.has_pause && !m.pause, "has pause");
    ok(str_is(&m.mid, "5"), "mid");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"receive\",\"mid\":\"5\",\"track\":\"" ID
                     "\",\"pause\":true}", 0),
           NGX_OK, "receive, paused");
    ok(m.has_track && str_is(&m.track, ID) && m.pause, "both");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"mute\",\"track\":\"" ID "\",\"on\":true}",
                 0),
           NGX_OK, "mute");
    ok(m.has_track && str_is(&m.track, ID) && m.on, "on");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"send\",\"data\":\"\\u20ac{[\\\"\"}", 0),
           NGX_OK, "send");
    ok(str_is(&m.data, "\xe2\x82\xac{[\"") && m.to.data == NULL, "to all");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"type\":\"send\",\"data\":\"\",\"to\":\"" ID "\"}",
                 0),
           NGX_OK, "send to one");
    ok(str_is(&m.to, ID) && !m.has_track, "to");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, " {\"type\":\"leave\"}\n", 0), NGX_OK, "leave");
    is_int(m.type, NGX_SECMEET_MESSAGE_LEAVE, "its type");
    ngx_secmeet_message_free(&m);
}


static void
refused(void)
{
    size_t                 i;
    ngx_secmeet_message_t  m;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        check(&bad[i], 0);
    }

    (void) parse(&m, "{\"type\":\"send\"}", 0);
    ok(m.of && strcmp(m.of, "send") == 0, "of is set when the type is known");
    ngx_secmeet_message_free(&m);

    (void) parse(&m, "{\"type\":\"sned\"}", 0);
    ok(m.of == NULL, "and is not when it is unknown");
    ngx_secmeet_message_free(&m);
}


static void
depth(void)
{
    char      text[4096];
    int       i, n;
    size_t    len;
    vector_t  v;

    for (n = 7; n <= 8; n++) {
        len = sprintf(text, "{\"type\":\"join\",\"x\":");

        for (i = 0; i < n; i++) {
            text[len++] = '[';
        }

        for (i = 0; i < n; i++) {
            text[len++] = ']';
        }

        text[len++] = '}';
        text[len] = '\0';

        v.text = text;
        v.code = (n == 7) ? "field" : "json";
        v.field = (n == 7) ? "unknown field" : "too deep";
        check(&v, 0);
    }

    memset(text, '[', 4095);
    text[4095] = '\0';
    v.text = text;
    check(&v, 0);

    v.text = "{\"type\":\"send\",\"data\":\"[[[[[[[[[[\\\"[[[[[[[[[[\"}";
    v.code = NULL;
    check(&v, 0);

    v.text = "{\"type\":\"send\",\"data\":\"\\\\\",\"x\":[[[[[[[[]]]]]]]]}";
    v.code = "json";
    v.field = "too deep";
    check(&v, 0);
}


static void
maps(void)
{
    int       i, n;
    size_t    len;
    vector_t  v;

    static char  text[16384];

    for (n = 256; n <= 257; n++) {
        len = sprintf(text, "{\"type\":\"offer\",\"sdp\":\"\",\"receive\":{");

        for (i = 0; i < n; i++) {
            len += sprintf(text + len, "%s\"%d\":null", i ? "," : "", i);
        }

        strcpy(text + len, "}}");

        v.text = text;
        v.code = (n == 256) ? NULL : "field";
        v.field = "receive is too long";
        check(&v, 0);
    }
}


static void
names(void)
{
    int       n;
    vector_t  v;

    static char  text[2048];

    for (n = 1024; n <= 1025; n++) {
        sprintf(text, "{\"type\":\"join\",\"name\":\"%0*d\"}", n, 0);

        v.text = text;
        v.code = (n == 1024) ? NULL : "field";
        v.field = "name is too long";
        check(&v, 0);
    }
}


static void
hosts(void)
{
    size_t                 i;
    ngx_secmeet_message_t  m;

    static vector_t  all[] = {
        { "{\"type\":\"join\",\"invite\":\"" TOKEN "\"}", NULL, NULL },
        { "{\"type\":\"password\",\"proof\":\"" TOKEN "\"}", NULL, NULL },
        { "{\"type\":\"password\",\"proof\":null}", NULL, NULL },
        { "{\"type\":\"lock\",\"on\":true}", NULL, NULL },
        { "{\"type\":\"lobby\",\"on\":false}", NULL, NULL },
        { "{\"type\":\"link\",\"on\":false}", NULL, NULL },
        { "{\"type\":\"admit\",\"peer\":\"" ID "\"}", NULL, NULL },
        { "{\"type\":\"deny\",\"peer\":\"" ID "\"}", NULL, NULL },
        { "{\"type\":\"kick\",\"peer\":\"" ID "\"}", NULL, NULL },
        { "{\"type\":\"silence\",\"on\":true}", NULL, NULL },
        { "{\"type\":\"silence\",\"peer\":\"" ID "\",\"on\":true}", NULL,
          NULL },
        { "{\"type\":\"stop\",\"track\":\"" ID "\"}", NULL, NULL },
        { "{\"type\":\"promote\",\"peer\":\"" ID "\"}", NULL, NULL },
        { "{\"type\":\"invite\",\"token\":\"" TOKEN "\"}", NULL, NULL },
        { "{\"type\":\"invite\",\"token\":\"" TOKEN "\",\"uses\":1,"
          "\"seconds\":60}", NULL, NULL },
        { "{\"type\":\"invite\",\"token\":\"" TOKEN "\",\"uses\":1000,"
          "\"seconds\":2592000}", NULL, NULL },
        { "{\"type\":\"revoke\",\"invite\":\"" ID "\"}", NULL, NULL },
        { "{\"type\":\"end\"}", NULL, NULL }
    };

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        check(&all[i], 0);
    }

    is_int(parse(&m, "{\"type\":\"invite\",\"token\":\"" TOKEN "\","
                     "\"uses\":7,\"seconds\":61}", 0),
           NGX_OK, "invite");
    ok(m.uses == 7 && m.seconds == 61 && str_is(&m.token, TOKEN), "its terms");
    ngx_secmeet_message_free(&m);

    is_int(parse(&m, "{\"lobby\":true}", 1), NGX_OK, "a room with a lobby");
    ok(m.lobby == 1, "it has");
    ngx_secmeet_message_free(&m);
}


static void
bodies(void)
{
    size_t  i;

    static vector_t  all[] = {
        { "", NULL, NULL },
        { "{}", NULL, NULL },
        { "{\"proof\":\"" TOKEN "\"}", NULL, NULL },
        { "{\"proof\":\"" TOKEN "\",\"lobby\":false}", NULL, NULL },
        { "{\"lobby\":\"on\"}", "field", "lobby is malformed" },
        { "{\"proof\":\"\"}", "field", "proof is malformed" },
        { "{\"proof\":null}", "field", "proof is malformed" },
        { "{\"type\":\"join\"}", "field", "unknown field" },
        { "{\"host\":\"" TOKEN "\"}", "field", "unknown field" },
        { "[]", "json", "not an object" },
        { " ", "json", NULL },
        { "{", "json", NULL }
    };

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        check(&all[i], 1);
    }
}


static void
check(vector_t *v, ngx_uint_t body)
{
    ngx_int_t              rc;
    ngx_secmeet_message_t  m;

    rc = parse(&m, v->text, body);

    if (v->code == NULL) {
        is_int(rc, NGX_OK, "accepted: %.60s", v->text);

    } else if (!ok(rc == NGX_DECLINED && m.code && m.field
                   && strcmp(m.code, v->code) == 0
                   && (v->field == NULL || strcmp(m.field, v->field) == 0),
                   "refused: %.60s", v->text[0] == '{' ? v->text : "text"))
    {
        printf("# %s: %s\n", m.code, m.field);
    }

    ngx_secmeet_message_free(&m);
}


static ngx_int_t
parse(ngx_secmeet_message_t *message, const char *text, ngx_uint_t body)
{
    size_t      len;
    u_char     *p;
    ngx_int_t   rc;

    /* exactly these bytes, and they go away: the struct keeps its own */

    len = strlen(text);
    p = malloc(len);
    memcpy(p, text, len);

    rc = body ? ngx_secmeet_message_parse_create(message, p, p + len)
              : ngx_secmeet_message_parse(message, p, p + len);

    free(p);

    return rc;
}


static int
str_is(ngx_str_t *s, const char *text)
{
    return s->len == strlen(text) && memcmp(s->data, text, s->len) == 0
           && s->data[s->len] == '\0';
}
