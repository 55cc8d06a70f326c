
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Signaling messages of PROTOCOL.md: JSON text from a client to a checked
 * struct.  jansson parses (its memory is the one thing this floor does not
 * own); the tables here refuse what the protocol does not name.
 */


#ifndef _NGX_SECMEET_MESSAGE_H_INCLUDED_
#define _NGX_SECMEET_MESSAGE_H_INCLUDED_


#include "../ngx_secmeet.h"

#include <jansson.h>


#define NGX_SECMEET_MESSAGE_DEPTH     8
#define NGX_SECMEET_MESSAGE_NAME      1024      /* bytes of a peer's name */
#define NGX_SECMEET_MESSAGE_TOKEN     43        /* base64url of 32 bytes */
#define NGX_SECMEET_MESSAGE_TICKET    275       /* of a resume ticket */
#define NGX_SECMEET_MESSAGE_ID        16        /* hex digits of an id */
#define NGX_SECMEET_MESSAGE_MID       32        /* bytes of a mid */
#define NGX_SECMEET_MESSAGE_MAP       256       /* entries of a map */
#define NGX_SECMEET_MESSAGE_HEIGHT    8640      /* pixels of a picture */
#define NGX_SECMEET_MESSAGE_USES      1000      /* of an invitation */
#define NGX_SECMEET_MESSAGE_SECONDS_MIN  60
#define NGX_SECMEET_MESSAGE_SECONDS   2592000   /* 30 days */


typedef enum {
    NGX_SECMEET_MESSAGE_NONE = 0,
    NGX_SECMEET_MESSAGE_JOIN,
    NGX_SECMEET_MESSAGE_OFFER,
    NGX_SECMEET_MESSAGE_RECEIVE,
    NGX_SECMEET_MESSAGE_MUTE,
    NGX_SECMEET_MESSAGE_SEND,
    NGX_SECMEET_MESSAGE_LEAVE,
    NGX_SECMEET_MESSAGE_PING,

    /* of hosts */
    NGX_SECMEET_MESSAGE_PASSWORD,
    NGX_SECMEET_MESSAGE_LOCK,
    NGX_SECMEET_MESSAGE_LOBBY,
    NGX_SECMEET_MESSAGE_LINK,
    NGX_SECMEET_MESSAGE_ADMIT,
    NGX_SECMEET_MESSAGE_DENY,
    NGX_SECMEET_MESSAGE_KICK,
    NGX_SECMEET_MESSAGE_SILENCE,
    NGX_SECMEET_MESSAGE_STOP,
    NGX_SECMEET_MESSAGE_PROMOTE,
    NGX_SECMEET_MESSAGE_INVITE,
    NGX_SECMEET_MESSAGE_REVOKE,
    NGX_SECMEET_MESSAGE_END,

    NGX_SECMEET_MESSAGE_CREATE              /* body of PUT: has no type */
} ngx_secmeet_message_e;


/*
 * Strings are NUL-terminated besides, belong to root and live as long as it
 * does; data NULL means that the field is not there.
 */
typedef struct {
    ngx_secmeet_message_e     type;
    json_t                   *root;

    ngx_str_t                 proof;
    ngx_str_t                 host;
    ngx_str_t                 resume;
    ngx_str_t                 name;
    ngx_str_t                 sdp;
    ngx_str_t                 mid;
    ngx_str_t                 track;
    ngx_str_t                 data;
    ngx_str_t                 to;
    ngx_str_t                 peer;
    ngx_str_t                 token;
    ngx_str_t                 invite;       /* join: token; revoke: id */

    json_t                   *publish;      /* object: mid -> source name */
    json_t                   *receive;      /* object: mid -> track, null or
                                               "speakers" */

    ngx_uint_t                pause;
    ngx_uint_t                height;
    ngx_uint_t                on;
    ngx_uint_t                fresh;
    ngx_uint_t                lobby;
    ngx_uint_t                uses;         /* 0: not there */
    ngx_uint_t                seconds;

    unsigned                  has_track:1;  /* null counts */
    unsigned                  has_pause:1;
    unsigned                  has_height:1;

    const char               *code;         /* error code of PROTOCOL.md */
    const char               *field;        /* what is wrong: literal text */
    const char               *of;           /* its type's name, or NULL */
} ngx_secmeet_message_t;


/*
 * NGX_OK; NGX_DECLINED with code and field set (literals, never the peer's
 * own words).  Either way ngx_secmeet_message_free() follows.
 *
 * Checks: one object, depth, no duplicate keys, no NUL in strings, all
 * fields known, present and of their type; proof, host and the tokens of
 * invitations are exactly 43 base64url characters, resume is 275; track, to,
 * peer and the ids of invitations are 16 lowercase hex digits, and where a
 * track is to be received it may be "speakers" as well; map keys are mids of
 * 1..32 bytes; publish values are one of the four sources.
 */
ngx_int_t ngx_secmeet_message_parse(ngx_secmeet_message_t *message,
    u_char *p, u_char *end);

/* the body of PUT: empty, or {"proof"?, "lobby"?} */
ngx_int_t ngx_secmeet_message_parse_create(ngx_secmeet_message_t *message,
    u_char *p, u_char *end);

void ngx_secmeet_message_free(ngx_secmeet_message_t *message);


#endif /* _NGX_SECMEET_MESSAGE_H_INCLUDED_ */
