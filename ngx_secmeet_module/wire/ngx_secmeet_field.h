
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Fields of a message: each check reads one value of JSON into its place in
 * the struct, or says what is wrong with it.  Of ngx_secmeet_message.c's own
 * use.
 */


#ifndef _NGX_SECMEET_FIELD_H_INCLUDED_
#define _NGX_SECMEET_FIELD_H_INCLUDED_


#include "ngx_secmeet_message.h"


typedef struct ngx_secmeet_field_s  ngx_secmeet_field_t;

typedef ngx_int_t (*ngx_secmeet_field_check_pt)(
    ngx_secmeet_message_t *message, ngx_secmeet_field_t *field,
    json_t *value);


struct ngx_secmeet_field_s {
    const char                   *name;
    const char                   *missing;
    const char                   *malformed;
    const char                   *too_long;
    ngx_secmeet_field_check_pt    check;
    size_t                        offset;       /* of its place */
    ngx_uint_t                    required;
};


#define ngx_secmeet_field_at(name, member, check, required)                  \
    { #name, #name " is missing", #name " is malformed",                     \
      #name " is too long", ngx_secmeet_field_##check,                       \
      offsetof(ngx_secmeet_message_t, member), required }

#define ngx_secmeet_field(name, check, required)                             \
    ngx_secmeet_field_at(name, name, check, required)

#define ngx_secmeet_field_end                                                \
    { NULL, NULL, NULL, NULL, NULL, 0, 0 }


/* NGX_DECLINED, with these said */
ngx_int_t ngx_secmeet_field_declined(ngx_secmeet_message_t *message,
    const char *code, const char *text);

/* strings */
ngx_int_t ngx_secmeet_field_string(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_name(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_token(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_token_or_null(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_ticket(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_id(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_view(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_mid(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);

/* maps of mids */
ngx_int_t ngx_secmeet_field_publish(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_receive(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);

/* ngx_uint_t: 0 or 1, and numbers in their ranges */
ngx_int_t ngx_secmeet_field_pause(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_flag(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_height(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_uses(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);
ngx_int_t ngx_secmeet_field_seconds(ngx_secmeet_message_t *message,
    ngx_secmeet_field_t *field, json_t *value);


#endif /* _NGX_SECMEET_FIELD_H_INCLUDED_ */
