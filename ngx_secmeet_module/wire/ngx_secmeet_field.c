
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "ngx_secmeet_field.h"


static ngx_int_t ngx_secmeet_field_base64url(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value, size_t len);
static ngx_int_t ngx_secmeet_field_number(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value, json_int_t min,
    json_int_t max);
static ngx_int_t ngx_secmeet_field_map(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *map,
    ngx_uint_t (*check)(json_t *value));
static ngx_uint_t ngx_secmeet_field_is_source(json_t *value);
static ngx_uint_t ngx_secmeet_field_is_id(json_t *value);
static ngx_uint_t ngx_secmeet_field_is_view(json_t *value);
static ngx_uint_t ngx_secmeet_field_is_speakers(json_t *value);


static const char  *ngx_secmeet_field_sources[] = {
    "microphone",
    "camera",
    "screen",
    "screen-audio",
    NULL
};


ngx_int_t
ngx_secmeet_field_string(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    ngx_str_t  *s;

    if (!json_is_string(value)) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->malformed);
    }

    s = (ngx_str_t *) ((u_char *) message + field->offset);

    s->data = (u_char *) json_string_value(value);
    s->len = json_string_length(value);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_field_name(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    size_t   i, len;
    u_char  *p;

    p = (u_char *) json_string_value(value);
    len = json_string_length(value);

    if (len > NGX_SECMEET_MESSAGE_NAME) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->too_long);
    }

    /* JSON has six bytes for each of these */

    for (i = 0; i < len; i++) {
        if (p[i] < 0x20) {
            return ngx_secmeet_field_declined(message, "field",
                                              field->malformed);
        }
    }

    return ngx_secmeet_field_string(message, field, value);
}


ngx_int_t
ngx_secmeet_field_token(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    return ngx_secmeet_field_base64url(message, field, value,
                                       NGX_SECMEET_MESSAGE_TOKEN);
}


ngx_int_t
ngx_secmeet_field_token_or_null(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    if (json_is_null(value)) {
        return NGX_OK;
    }

    return ngx_secmeet_field_token(message, field, value);
}


ngx_int_t
ngx_secmeet_field_ticket(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    return ngx_secmeet_field_base64url(message, field, value,
                                       NGX_SECMEET_MESSAGE_TICKET);
}


/* exactly len characters of RFC 4648, 5 */

static ngx_int_t
ngx_secmeet_field_base64url(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value, size_t len)
{
    size_t   i;
    u_char   c;
    u_char  *p;

    p = (u_char *) json_string_value(value);

    if (json_string_length(value) != len) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->malformed);
    }

    for (i = 0; i < len; i++) {
        c = p[i];

        if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
            && (c < '0' || c > '9') && c != '-' && c != '_')
        {
            return ngx_secmeet_field_declined(message, "field",
                                              field->malformed);
        }
    }

    return ngx_secmeet_field_string(message, field, value);
}


ngx_int_t
ngx_secmeet_field_id(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    if (!ngx_secmeet_field_is_id(value)) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->malformed);
    }

    message->has_track |= (field->offset
                           == offsetof(ngx_secmeet_message_t, track));

    return ngx_secmeet_field_string(message, field, value);
}


ngx_int_t
ngx_secmeet_field_view(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    message->has_track = 1;

    if (json_is_null(value)) {
        return NGX_OK;
    }

    if (ngx_secmeet_field_is_speakers(value)) {
        return ngx_secmeet_field_string(message, field, value);
    }

    return ngx_secmeet_field_id(message, field, value);
}


ngx_int_t
ngx_secmeet_field_mid(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    size_t  len;

    len = json_string_length(value);

    if (len < 1 || len > NGX_SECMEET_MESSAGE_MID) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->malformed);
    }

    return ngx_secmeet_field_string(message, field, value);
}


ngx_int_t
ngx_secmeet_field_publish(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    return ngx_secmeet_field_map(message, field, value,
                                 ngx_secmeet_field_is_source);
}


ngx_int_t
ngx_secmeet_field_receive(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    return ngx_secmeet_field_map(message, field, value,
                                 ngx_secmeet_field_is_view);
}


ngx_int_t
ngx_secmeet_field_pause(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    message->has_pause = 1;

    return ngx_secmeet_field_flag(message, field, value);
}


ngx_int_t
ngx_secmeet_field_flag(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    ngx_uint_t  *place;

    if (!json_is_boolean(value)) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->malformed);
    }

    place = (ngx_uint_t *) ((u_char *) message + field->offset);
    *place = json_is_true(value);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_field_height(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    message->has_height = 1;

    return ngx_secmeet_field_number(message, field, value, 0,
                                    NGX_SECMEET_MESSAGE_HEIGHT);
}


ngx_int_t
ngx_secmeet_field_uses(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    return ngx_secmeet_field_number(message, field, value, 1,
                                    NGX_SECMEET_MESSAGE_USES);
}


ngx_int_t
ngx_secmeet_field_seconds(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value)
{
    return ngx_secmeet_field_number(message, field, value,
                                    NGX_SECMEET_MESSAGE_SECONDS_MIN,
                                    NGX_SECMEET_MESSAGE_SECONDS);
}


static ngx_int_t
ngx_secmeet_field_number(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value, json_int_t min,
    json_int_t max)
{
    json_int_t   n;
    ngx_uint_t  *place;

    n = json_integer_value(value);

    if (!json_is_integer(value) || n < min || n > max) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->malformed);
    }

    place = (ngx_uint_t *) ((u_char *) message + field->offset);
    *place = n;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_field_map(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *map,
    ngx_uint_t (*check)(json_t *value))
{
    size_t       len;
    json_t      *value, **place;
    const char  *key;

    if (!json_is_object(map)) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->malformed);
    }

    if (json_object_size(map) > NGX_SECMEET_MESSAGE_MAP) {
        return ngx_secmeet_field_declined(message, "field",
                                          field->too_long);
    }

    json_object_foreach(map, key, value) {
        len = ngx_strlen(key);

        if (len < 1 || len > NGX_SECMEET_MESSAGE_MID || !check(value)) {
            return ngx_secmeet_field_declined(message, "field",
                                              field->malformed);
        }
    }

    place = (json_t **) ((u_char *) message + field->offset);
    *place = map;

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_field_is_source(json_t *value)
{
    const char   *name;
    const char  **source;

    name = json_string_value(value);

    if (name == NULL) {
        return 0;
    }

    for (source = ngx_secmeet_field_sources; *source; source++) {
        if (ngx_strcmp(*source, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_secmeet_field_is_id(json_t *value)
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
ngx_secmeet_field_is_view(json_t *value)
{
    return json_is_null(value) || ngx_secmeet_field_is_id(value)
           || ngx_secmeet_field_is_speakers(value);
}


/* of a track: whoever speaks */

static ngx_uint_t
ngx_secmeet_field_is_speakers(json_t *value)
{
    return json_is_string(value)
           && ngx_strcmp(json_string_value(value), "speakers") == 0;
}


ngx_int_t
ngx_secmeet_field_declined(ngx_secmeet_message_t *message,
    const char *code, const char *text)
{
    message->code = code;
    message->field = text;

    return NGX_DECLINED;
}
