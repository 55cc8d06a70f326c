
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "ngx_secmeet_message.h"


typedef struct ngx_secmeet_message_field_s  ngx_secmeet_message_field_t;

typedef ngx_int_t (*ngx_secmeet_message_check_pt)(
    ngx_secmeet_message_t *message, ngx_secmeet_message_field_t *field,
    json_t *value);


struct ngx_secmeet_message_field_s {
    const char                   *name;
    const char                   *missing;
    const char                   *malformed;
    const char                   *too_long;
    ngx_secmeet_message_check_pt  check;
    size_t                        offset;       /* of a string or a map */
    ngx_uint_t                    required;
};


typedef struct {
    ngx_secmeet_message_e         type;
    const char                   *name;
    ngx_secmeet_message_field_t  *fields;
} ngx_secmeet_message_schema_t;


#define ngx_secmeet_message_field(name, check, required)                     \
    { #name, #name " is missing", #name " is malformed",                     \
      #name " is too long", ngx_secmeet_message_##check,                     \
      offsetof(ngx_secmeet_message_t, name), required }

/* a field that is kept as a bit */
#define ngx_secmeet_message_flag(name, required)                             \
    { #name, #name " is missing", #name " is malformed", NULL,               \
      ngx_secmeet_message_##name, 0, required }

#define ngx_secmeet_message_end                                              \
    { NULL, NULL, NULL, NULL, NULL, 0, 0 }


static ngx_int_t ngx_secmeet_message_load(ngx_secmeet_message_t *message,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_message_depth(u_char *p, u_char *end);
static ngx_secmeet_message_schema_t *ngx_secmeet_message_schema(
    ngx_secmeet_message_t *message);
static ngx_int_t ngx_secmeet_message_fields(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *fields);
static ngx_int_t ngx_secmeet_message_known(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *fields);

static ngx_int_t ngx_secmeet_message_string(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_name(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_token(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_ticket(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_base64url(
    ngx_secmeet_message_t *message, ngx_secmeet_message_field_t *field,
    json_t *value, size_t len);
static ngx_int_t ngx_secmeet_message_id(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_id_or_null(
    ngx_secmeet_message_t *message, ngx_secmeet_message_field_t *field,
    json_t *value);
static ngx_int_t ngx_secmeet_message_mid(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_publish(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_receive(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_pause(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_on(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);
static ngx_int_t ngx_secmeet_message_fresh(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value);

static ngx_int_t ngx_secmeet_message_map(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *map,
    ngx_uint_t (*check)(json_t *value));
static ngx_uint_t ngx_secmeet_message_is_source(json_t *value);
static ngx_uint_t ngx_secmeet_message_is_id(json_t *value);
static ngx_uint_t ngx_secmeet_message_is_id_or_null(json_t *value);
static ngx_int_t ngx_secmeet_message_declined(ngx_secmeet_message_t *message,
    const char *code, const char *field);


static ngx_secmeet_message_field_t  ngx_secmeet_message_join[] = {
    ngx_secmeet_message_field(proof, token, 0),
    ngx_secmeet_message_field(host, token, 0),
    ngx_secmeet_message_field(resume, ticket, 0),
    ngx_secmeet_message_flag(fresh, 0),
    ngx_secmeet_message_field(name, name, 0),
    ngx_secmeet_message_end
};


static ngx_secmeet_message_field_t  ngx_secmeet_message_offer[] = {
    ngx_secmeet_message_field(sdp, string, 1),
    ngx_secmeet_message_field(publish, publish, 0),
    ngx_secmeet_message_field(receive, receive, 0),
    ngx_secmeet_message_end
};


static ngx_secmeet_message_field_t  ngx_secmeet_message_switch[] = {
    ngx_secmeet_message_field(mid, mid, 1),
    ngx_secmeet_message_field(track, id_or_null, 0),
    ngx_secmeet_message_flag(pause, 0),
    ngx_secmeet_message_end
};


static ngx_secmeet_message_field_t  ngx_secmeet_message_mute[] = {
    ngx_secmeet_message_field(track, id, 1),
    ngx_secmeet_message_flag(on, 1),
    ngx_secmeet_message_end
};


static ngx_secmeet_message_field_t  ngx_secmeet_message_send[] = {
    ngx_secmeet_message_field(data, string, 1),
    ngx_secmeet_message_field(to, id, 0),
    ngx_secmeet_message_end
};


/* no fields */

static ngx_secmeet_message_field_t  ngx_secmeet_message_leave[] = {
    ngx_secmeet_message_end
};


static ngx_secmeet_message_field_t  ngx_secmeet_message_create[] = {
    ngx_secmeet_message_field(proof, token, 0),
    ngx_secmeet_message_end
};


static ngx_secmeet_message_schema_t  ngx_secmeet_message_schemas[] = {
    { NGX_SECMEET_MESSAGE_JOIN, "join", ngx_secmeet_message_join },
    { NGX_SECMEET_MESSAGE_OFFER, "offer", ngx_secmeet_message_offer },
    { NGX_SECMEET_MESSAGE_RECEIVE, "receive", ngx_secmeet_message_switch },
    { NGX_SECMEET_MESSAGE_MUTE, "mute", ngx_secmeet_message_mute },
    { NGX_SECMEET_MESSAGE_SEND, "send", ngx_secmeet_message_send },
    { NGX_SECMEET_MESSAGE_LEAVE, "leave", ngx_secmeet_message_leave },
    { NGX_SECMEET_MESSAGE_PING, "ping", ngx_secmeet_message_leave },
    { NGX_SECMEET_MESSAGE_NONE, NULL, NULL }
};


static const char  *ngx_secmeet_message_sources[] = {
    "microphone",
    "camera",
    "screen",
    "screen-audio",
    NULL
};


ngx_int_t
ngx_secmeet_message_parse(ngx_secmeet_message_t *message, u_char *p,
    u_char *end)
{
    ngx_secmeet_message_schema_t  *schema;

    ngx_memzero(message, sizeof(ngx_secmeet_message_t));

    if (ngx_secmeet_message_load(message, p, end) != NGX_OK) {
        return NGX_DECLINED;
    }

    schema = ngx_secmeet_message_schema(message);

    if (schema == NULL) {
        return NGX_DECLINED;
    }

    message->type = schema->type;
    message->of = schema->name;

    if (ngx_secmeet_message_fields(message, schema->fields) != NGX_OK) {
        return NGX_DECLINED;
    }

    if (message->type == NGX_SECMEET_MESSAGE_RECEIVE
        && !message->has_track && !message->has_pause)
    {
        return ngx_secmeet_message_declined(message, "field",
                                            "track or pause is missing");
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_message_parse_create(ngx_secmeet_message_t *message, u_char *p,
    u_char *end)
{
    ngx_memzero(message, sizeof(ngx_secmeet_message_t));

    message->type = NGX_SECMEET_MESSAGE_CREATE;

    if (p == end) {
        return NGX_OK;
    }

    if (ngx_secmeet_message_load(message, p, end) != NGX_OK) {
        return NGX_DECLINED;
    }

    return ngx_secmeet_message_fields(message, ngx_secmeet_message_create);
}


void
ngx_secmeet_message_free(ngx_secmeet_message_t *message)
{
    json_decref(message->root);

    ngx_memzero(message, sizeof(ngx_secmeet_message_t));
}


static ngx_int_t
ngx_secmeet_message_load(ngx_secmeet_message_t *message, u_char *p,
    u_char *end)
{
    json_error_t  error;

    if (ngx_secmeet_message_depth(p, end) != NGX_OK) {
        return ngx_secmeet_message_declined(message, "json", "too deep");
    }

    /* without JSON_ALLOW_NUL, "\u0000" is refused */

    message->root = json_loadb((char *) p, end - p, JSON_REJECT_DUPLICATES,
                               &error);

    if (message->root == NULL) {
        return ngx_secmeet_message_declined(message, "json",
                                            "not JSON, or duplicate keys");
    }

    if (!json_is_object(message->root)) {
        return ngx_secmeet_message_declined(message, "json",
                                            "not an object");
    }

    return NGX_OK;
}


/* jansson itself recurses up to 2048 levels */

static ngx_int_t
ngx_secmeet_message_depth(u_char *p, u_char *end)
{
    ngx_uint_t  depth, quoted;

    depth = 0;
    quoted = 0;

    for ( /* void */ ; p < end; p++) {

        switch (*p) {

        case '"':
            quoted = !quoted;
            break;

        case '\\':
            if (quoted && end - p > 1) {
                p++;
            }

            break;

        case '{':
        case '[':
            if (!quoted && ++depth > NGX_SECMEET_MESSAGE_DEPTH) {
                return NGX_DECLINED;
            }

            break;

        case '}':
        case ']':
            if (!quoted && depth > 0) {
                depth--;
            }
        }
    }

    return NGX_OK;
}


static ngx_secmeet_message_schema_t *
ngx_secmeet_message_schema(ngx_secmeet_message_t *message)
{
    json_t                        *type;
    const char                    *name;
    ngx_secmeet_message_schema_t  *schema;

    type = json_object_get(message->root, "type");

    if (type == NULL) {
        (void) ngx_secmeet_message_declined(message, "type",
                                            "type is missing");
        return NULL;
    }

    name = json_string_value(type);

    if (name != NULL) {
        for (schema = ngx_secmeet_message_schemas; schema->name; schema++) {
            if (ngx_strcmp(schema->name, name) == 0) {
                return schema;
            }
        }
    }

    (void) ngx_secmeet_message_declined(message, "type", "type is unknown");

    return NULL;
}


static ngx_int_t
ngx_secmeet_message_fields(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *fields)
{
    json_t                       *value;
    ngx_secmeet_message_field_t  *field;

    if (ngx_secmeet_message_known(message, fields) != NGX_OK) {
        return NGX_DECLINED;
    }

    for (field = fields; field->name; field++) {
        value = json_object_get(message->root, field->name);

        if (value != NULL) {
            if (field->check(message, field, value) != NGX_OK) {
                return NGX_DECLINED;
            }

            continue;
        }

        if (field->required) {
            return ngx_secmeet_message_declined(message, "field",
                                                field->missing);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_message_known(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *fields)
{
    json_t                       *value;
    const char                   *key;
    ngx_secmeet_message_field_t  *field;

    json_object_foreach(message->root, key, value) {

        if (message->type != NGX_SECMEET_MESSAGE_CREATE
            && ngx_strcmp(key, "type") == 0)
        {
            continue;
        }

        for (field = fields; field->name; field++) {
            if (ngx_strcmp(field->name, key) == 0) {
                break;
            }
        }

        if (field->name == NULL) {
            return ngx_secmeet_message_declined(message, "field",
                                                "unknown field");
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_message_string(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    ngx_str_t  *s;

    if (!json_is_string(value)) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    s = (ngx_str_t *) ((u_char *) message + field->offset);

    s->data = (u_char *) json_string_value(value);
    s->len = json_string_length(value);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_message_name(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    if (json_string_length(value) > NGX_SECMEET_MESSAGE_NAME) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->too_long);
    }

    return ngx_secmeet_message_string(message, field, value);
}


static ngx_int_t
ngx_secmeet_message_token(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    return ngx_secmeet_message_base64url(message, field, value,
                                         NGX_SECMEET_MESSAGE_TOKEN);
}


static ngx_int_t
ngx_secmeet_message_ticket(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    return ngx_secmeet_message_base64url(message, field, value,
                                         NGX_SECMEET_MESSAGE_TICKET);
}


/* exactly len characters of RFC 4648, 5 */

static ngx_int_t
ngx_secmeet_message_base64url(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value, size_t len)
{
    size_t   i;
    u_char   c;
    u_char  *p;

    p = (u_char *) json_string_value(value);

    if (json_string_length(value) != len) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    for (i = 0; i < len; i++) {
        c = p[i];

        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
            && (c < '0' || c > '9') && c != '-' && c != '_')
        {
            return ngx_secmeet_message_declined(message, "field",
                                                field->malformed);
        }
    }

    return ngx_secmeet_message_string(message, field, value);
}


static ngx_int_t
ngx_secmeet_message_id(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    if (!ngx_secmeet_message_is_id(value)) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    message->has_track |= (field->offset
                           == offsetof(ngx_secmeet_message_t, track));

    return ngx_secmeet_message_string(message, field, value);
}


static ngx_int_t
ngx_secmeet_message_id_or_null(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    if (json_is_null(value)) {
        message->has_track = 1;
        return NGX_OK;
    }

    return ngx_secmeet_message_id(message, field, value);
}


static ngx_int_t
ngx_secmeet_message_mid(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    size_t  len;

    len = json_string_length(value);

    if (len < 1 || len > NGX_SECMEET_MESSAGE_MID) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    return ngx_secmeet_message_string(message, field, value);
}


static ngx_int_t
ngx_secmeet_message_publish(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    return ngx_secmeet_message_map(message, field, value,
                                   ngx_secmeet_message_is_source);
}


static ngx_int_t
ngx_secmeet_message_receive(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    return ngx_secmeet_message_map(message, field, value,
                                   ngx_secmeet_message_is_id_or_null);
}


static ngx_int_t
ngx_secmeet_message_pause(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    if (!json_is_boolean(value)) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    message->has_pause = 1;
    message->pause = json_is_true(value);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_message_on(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    if (!json_is_boolean(value)) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    message->on = json_is_true(value);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_message_fresh(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *value)
{
    if (!json_is_boolean(value)) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    message->fresh = json_is_true(value);

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_message_map(ngx_secmeet_message_t *message,
    ngx_secmeet_message_field_t *field, json_t *map,
    ngx_uint_t (*check)(json_t *value))
{
    size_t       len;
    json_t      *value, **place;
    const char  *key;

    if (!json_is_object(map)) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->malformed);
    }

    if (json_object_size(map) > NGX_SECMEET_MESSAGE_MAP) {
        return ngx_secmeet_message_declined(message, "field",
                                            field->too_long);
    }

    json_object_foreach(map, key, value) {
        len = ngx_strlen(key);

        if (len < 1 || len > NGX_SECMEET_MESSAGE_MID || !check(value)) {
            return ngx_secmeet_message_declined(message, "field",
                                                field->malformed);
        }
    }

    place = (json_t **) ((u_char *) message + field->offset);
    *place = map;

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_message_is_source(json_t *value)
{
    const char   *name;
    const char  **source;

    name = json_string_value(value);

    if (name == NULL) {
        return 0;
    }

    for (source = ngx_secmeet_message_sources; *source; source++) {
        if (ngx_strcmp(*source, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_secmeet_message_is_id(json_t *value)
{
    size_t   i;
    u_char  *p;

    /* the length of what is not a string is 0 */

    if (json_string_length(value) != NGX_SECMEET_MESSAGE_ID) {
        return 0;
    }

    p = (u_char *) json_string_value(value);

    for (i = 0; i < NGX_SECMEET_MESSAGE_ID; i++) {
        if ((p[i] < '0' || p[i] > '9') && (p[i] < 'a' || p[i] > 'f')) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_secmeet_message_is_id_or_null(json_t *value)
{
    return json_is_null(value) || ngx_secmeet_message_is_id(value);
}


static ngx_int_t
ngx_secmeet_message_declined(ngx_secmeet_message_t *message,
    const char *code, const char *field)
{
    message->code = code;
    message->field = field;

    return NGX_DECLINED;
}
