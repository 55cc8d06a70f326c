
/*
 * Copyright (C) secmeet contributors
 */


/*
 * WebSocket frames (RFC 6455, 5): a resumable reader of what a client
 * sends, and a writer of frames.  No extension, so RSV bits are an error.
 * The reader joins fragments, unmasks, and checks UTF-8 as bytes arrive.
 */


#ifndef _NGX_SECMEET_WS_H_INCLUDED_
#define _NGX_SECMEET_WS_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_WS_CONT           0x0
#define NGX_SECMEET_WS_TEXT           0x1
#define NGX_SECMEET_WS_BINARY         0x2
#define NGX_SECMEET_WS_CLOSE          0x8
#define NGX_SECMEET_WS_PING           0x9
#define NGX_SECMEET_WS_PONG           0xa

#define NGX_SECMEET_WS_HEADER_MAX     10        /* of a frame we send */
#define NGX_SECMEET_WS_CONTROL_MAX    125

/* RFC 6455, 7.4.1, and ours (PROTOCOL.md) */
#define NGX_SECMEET_WS_NORMAL         1000
#define NGX_SECMEET_WS_AWAY           1001
#define NGX_SECMEET_WS_PROTOCOL       1002
#define NGX_SECMEET_WS_UNSUPPORTED    1003
#define NGX_SECMEET_WS_INVALID        1007
#define NGX_SECMEET_WS_POLICY         1008
#define NGX_SECMEET_WS_TOO_BIG        1009
#define NGX_SECMEET_WS_INTERNAL       1011
#define NGX_SECMEET_WS_RESTART        1012
#define NGX_SECMEET_WS_JOIN_TIMEOUT   4000
#define NGX_SECMEET_WS_IDLE           4001
#define NGX_SECMEET_WS_CONSENT        4002
#define NGX_SECMEET_WS_ENDED          4003
#define NGX_SECMEET_WS_DENIED         4004
#define NGX_SECMEET_WS_REPLACED       4005
#define NGX_SECMEET_WS_ABANDONED      4006      /* from a client */
#define NGX_SECMEET_WS_KICKED         4007


typedef struct {
    /* set by the caller */
    size_t                    max;              /* bytes of a message */
    u_char                   *buf;              /* the message so far */
    size_t                    size;             /* bytes that buf holds */

    /* what was read */
    ngx_uint_t                opcode;           /* TEXT, CLOSE, PING, PONG */
    ngx_str_t                 payload;          /* in buf or in control;
                                                   a CLOSE has its status */
    ngx_uint_t                status;           /* of a CLOSE; 1005: none */

    size_t                    need;             /* with NGX_BUSY */
    ngx_uint_t                code;             /* with NGX_ERROR: to close */

    /* the reader's own */
    u_char                    control[NGX_SECMEET_WS_CONTROL_MAX];
    u_char                    header[14];
    ngx_uint_t                header_len;
    u_char                    mask[4];
    ngx_uint_t                frame_opcode;
    uint64_t                  frame_len;
    uint64_t                  frame_pos;
    size_t                    len;              /* bytes in buf */
    ngx_uint_t                utf8;             /* state of the validator */

    unsigned                  server:1;         /* reading unmasked frames */
    unsigned                  fin:1;
    unsigned                  in_payload:1;
    unsigned                  in_message:1;
    unsigned                  complete:1;
} ngx_secmeet_ws_t;


/*
 * Reads from *p on and moves it.
 *
 *     NGX_OK     a message or control frame is complete; call again
 *     NGX_AGAIN  all bytes are read
 *     NGX_BUSY   buf must hold need bytes: enlarge it (keeping its first
 *                ws->len bytes), set buf and size, call again; need grows
 *                as bytes arrive, to twice the size at a time
 *     NGX_ERROR  the peer broke the protocol: close with ws->code
 */
ngx_int_t ngx_secmeet_ws_parse(ngx_secmeet_ws_t *ws, u_char **p,
    u_char *end);

/*
 * The header of an unmasked final frame; returns its length (p may be
 * NULL).
 */
size_t ngx_secmeet_ws_create(u_char *p, ngx_uint_t opcode, size_t len);

/*
 * Incremental UTF-8 (RFC 3629): 0 is the start state and the only one in
 * which a text may end; returns the new state or NGX_SECMEET_UTF8_INVALID.
 */
#define NGX_SECMEET_UTF8_INVALID      ((ngx_uint_t) -1)

ngx_uint_t ngx_secmeet_utf8(ngx_uint_t state, u_char *p, u_char *end);


#endif /* _NGX_SECMEET_WS_H_INCLUDED_ */
