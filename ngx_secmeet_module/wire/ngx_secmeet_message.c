
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <jansson.h>

#include "ngx_secmeet_field.h"


typedef struct {
    ngx_secmeet_message_e         type;
    const char                   *name;
    ngx_secmeet_field_t          *fields;
} ngx_secmeet_message_schema_t;


static ngx_int_t ngx_secmeet_message_load(ngx_secmeet_message_t *message,
    u_char *p, u_char *end);
static ngx_int_t ngx_secmeet_message_depth(u_char *p, u_char *end);
static ngx_secmeet_message_schema_t *ngx_secmeet_message_schema(
    ngx_secmeet_message_t *message);
static ngx_int_t ngx_secmeet_message_fields(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *fields);
static ngx_int_t ngx_secmeet_message_known(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *fields);


static ngx_secmeet_field_t  ngx_secmeet_message_join[] = {
    ngx_secmeet_field(proof, token, 0),
    ngx_secmeet_field(host, token, 0),
    ngx_secmeet_field(resume, ticket, 0),
    ngx_secmeet_field(fresh, flag, 0),
    ngx_secmeet_field(invite, token, 0),
    ngx_secmeet_field(name, name, 0),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_offer[] = {
    ngx_secmeet_field(sdp, string, 1),
    ngx_secmeet_field(publish, publish, 0),
    ngx_secmeet_field(receive, receive, 0),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_switch[] = {
    ngx_secmeet_field(mid, mid, 1),
    ngx_secmeet_field(track, view, 0),
    ngx_secmeet_field(pause, pause, 0),
    ngx_secmeet_field(height, height, 0),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_mute[] = {
    ngx_secmeet_field(track, id, 1),
    ngx_secmeet_field(on, flag, 1),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_send[] = {
    ngx_secmeet_field(data, string, 1),
    ngx_secmeet_field(to, id, 0),
    ngx_secmeet_field_end
};


/* no fields */

static ngx_secmeet_field_t  ngx_secmeet_message_empty[] = {
    ngx_secmeet_field_end
};


/* of hosts */

static ngx_secmeet_field_t  ngx_secmeet_message_password[] = {
    ngx_secmeet_field(proof, token_or_null, 1),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_setting[] = {
    ngx_secmeet_field(on, flag, 1),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_peer[] = {
    ngx_secmeet_field(peer, id, 1),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_silence[] = {
    ngx_secmeet_field(peer, id, 0),
    ngx_secmeet_field(on, flag, 1),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_stop[] = {
    ngx_secmeet_field(track, id, 1),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_invite[] = {
    ngx_secmeet_field(token, token, 1),
    ngx_secmeet_field(uses, uses, 0),
    ngx_secmeet_field(seconds, seconds, 0),
    ngx_secmeet_field_end
};


static ngx_secmeet_field_t  ngx_secmeet_message_revoke[] = {
    ngx_secmeet_field(invite, id, 1),
    ngx_secmeet_field_end
};


/* the body of PUT */

static ngx_secmeet_field_t  ngx_secmeet_message_create[] = {
    ngx_secmeet_field(proof, token, 0),
    ngx_secmeet_field(lobby, flag, 0),
    ngx_secmeet_field_end
};


static ngx_secmeet_message_schema_t  ngx_secmeet_message_schemas[] = {
    { NGX_SECMEET_MESSAGE_JOIN, "join", ngx_secmeet_message_join },
    { NGX_SECMEET_MESSAGE_OFFER, "offer", ngx_secmeet_message_offer },
    { NGX_SECMEET_MESSAGE_RECEIVE, "receive", ngx_secmeet_message_switch },
    { NGX_SECMEET_MESSAGE_MUTE, "mute", ngx_secmeet_message_mute },
    { NGX_SECMEET_MESSAGE_SEND, "send", ngx_secmeet_message_send },
    { NGX_SECMEET_MESSAGE_LEAVE, "leave", ngx_secmeet_message_empty },
    { NGX_SECMEET_MESSAGE_PING, "ping", ngx_secmeet_message_empty },
    { NGX_SECMEET_MESSAGE_PASSWORD, "password", ngx_secmeet_message_password },
    { NGX_SECMEET_MESSAGE_LOCK, "lock", ngx_secmeet_message_setting },
    { NGX_SECMEET_MESSAGE_LOBBY, "lobby", ngx_secmeet_message_setting },
    { NGX_SECMEET_MESSAGE_LINK, "link", ngx_secmeet_message_setting },
    { NGX_SECMEET_MESSAGE_ADMIT, "admit", ngx_secmeet_message_peer },
    { NGX_SECMEET_MESSAGE_DENY, "deny", ngx_secmeet_message_peer },
    { NGX_SECMEET_MESSAGE_KICK, "kick", ngx_secmeet_message_peer },
    { NGX_SECMEET_MESSAGE_SILENCE, "silence", ngx_secmeet_message_silence },
    { NGX_SECMEET_MESSAGE_STOP, "stop", ngx_secmeet_message_stop },
    { NGX_SECMEET_MESSAGE_PROMOTE, "promote", ngx_secmeet_message_peer },
    { NGX_SECMEET_MESSAGE_INVITE, "invite", ngx_secmeet_message_invite },
    { NGX_SECMEET_MESSAGE_REVOKE, "revoke", ngx_secmeet_message_revoke },
    { NGX_SECMEET_MESSAGE_END, "end", ngx_secmeet_message_empty },
    { NGX_SECMEET_MESSAGE_NONE, NULL, NULL }
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
        && !message->has_track && !message->has_pause
        && !message->has_height)
    {
        return ngx_secmeet_field_declined(message, "field",
                                  "track, pause or height is missing");
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
        return ngx_secmeet_field_declined(message, "json", "too deep");
    }

    /* without JSON_ALLOW_NUL, "\u0000" is refused */

    message->root = json_loadb((char *) p, end - p, JSON_REJECT_DUPLICATES,
                               &error);

    if (message->root == NULL) {
        return ngx_secmeet_field_declined(message, "json",
                                          "not JSON, or duplicate keys");
    }

    if (!json_is_object(message->root)) {
        return ngx_secmeet_field_declined(message, "json",
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
        (void) ngx_secmeet_field_declined(message, "type",
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

    (void) ngx_secmeet_field_declined(message, "type", "type is unknown");

    return NULL;
}


static ngx_int_t
ngx_secmeet_message_fields(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *fields)
{
    json_t               *value;
    ngx_secmeet_field_t  *field;

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
            return ngx_secmeet_field_declined(message, "field",
                                            field->missing);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_message_known(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *fields)
{
    json_t               *value;
    const char           *key;
    ngx_secmeet_field_t  *field;

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
            return ngx_secmeet_field_declined(message, "field",
                                            "unknown field");
        }
    }

    return NGX_OK;
}
