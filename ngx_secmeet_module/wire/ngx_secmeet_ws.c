
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_bytes.h"
#include "ngx_secmeet_ws.h"


#define NGX_SECMEET_WS_FIN            0x80
#define NGX_SECMEET_WS_RSV            0x70
#define NGX_SECMEET_WS_OPCODE         0x0f
#define NGX_SECMEET_WS_CONTROL        0x08      /* bit of control opcodes */
#define NGX_SECMEET_WS_MASK           0x80
#define NGX_SECMEET_WS_LEN            0x7f

#define NGX_SECMEET_WS_NO_STATUS      1005


static ngx_int_t ngx_secmeet_ws_header(ngx_secmeet_ws_t *ws, u_char **p,
    u_char *end);
static ngx_int_t ngx_secmeet_ws_start(ngx_secmeet_ws_t *ws);
static ngx_int_t ngx_secmeet_ws_start_data(ngx_secmeet_ws_t *ws,
    ngx_uint_t opcode);
static ngx_uint_t ngx_secmeet_ws_header_size(ngx_secmeet_ws_t *ws);
static ngx_int_t ngx_secmeet_ws_length(ngx_secmeet_ws_t *ws);
static ngx_int_t ngx_secmeet_ws_data(ngx_secmeet_ws_t *ws, u_char **p,
    u_char *end);
static ngx_int_t ngx_secmeet_ws_control(ngx_secmeet_ws_t *ws, u_char **p,
    u_char *end);
static ngx_int_t ngx_secmeet_ws_status(ngx_secmeet_ws_t *ws);
static size_t ngx_secmeet_ws_available(ngx_secmeet_ws_t *ws, u_char *p,
    u_char *end);
static void ngx_secmeet_ws_unmask(ngx_secmeet_ws_t *ws, u_char *dst,
    u_char *src, size_t n);
static void ngx_secmeet_ws_frame_done(ngx_secmeet_ws_t *ws);
static ngx_int_t ngx_secmeet_ws_fail(ngx_secmeet_ws_t *ws, ngx_uint_t code);


ngx_int_t
ngx_secmeet_ws_parse(ngx_secmeet_ws_t *ws, u_char **p, u_char *end)
{
    ngx_int_t  rc;

    if (ws->complete) {

        /* the message that the caller has had by now */

        ws->complete = 0;
        ws->len = 0;
    }

    for ( ;; ) {

        if (!ws->in_payload) {
            rc = ngx_secmeet_ws_header(ws, p, end);

            if (rc != NGX_OK) {
                return rc;
            }
        }

        if (ws->frame_opcode & NGX_SECMEET_WS_CONTROL) {
            return ngx_secmeet_ws_control(ws, p, end);
        }

        rc = ngx_secmeet_ws_data(ws, p, end);

        if (rc != NGX_DONE) {
            return rc;
        }
    }
}


static ngx_int_t
ngx_secmeet_ws_header(ngx_secmeet_ws_t *ws, u_char **p, u_char *end)
{
    ngx_int_t  rc;

    for ( ;; ) {

        if (ws->header_len >= 2
            && ws->header_len == ngx_secmeet_ws_header_size(ws))
        {
            return ngx_secmeet_ws_length(ws);
        }

        if (*p == end) {
            return NGX_AGAIN;
        }

        ws->header[ws->header_len++] = *(*p)++;

        if (ws->header_len == 2) {
            rc = ngx_secmeet_ws_start(ws);

            if (rc != NGX_OK) {
                return rc;
            }
        }
    }
}


/* what the first two bytes of a frame tell */

static ngx_int_t
ngx_secmeet_ws_start(ngx_secmeet_ws_t *ws)
{
    ngx_uint_t  len, masked, opcode;

    opcode = ws->header[0] & NGX_SECMEET_WS_OPCODE;
    masked = (ws->header[1] & NGX_SECMEET_WS_MASK) ? 1 : 0;
    len = ws->header[1] & NGX_SECMEET_WS_LEN;

    /*
     * RFC 6455, 5.2: RSV bits need an extension.
     * RFC 6455, 5.1: a client masks, a server does not.
     */

    if ((ws->header[0] & NGX_SECMEET_WS_RSV) || masked == ws->server) {
        return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_PROTOCOL);
    }

    ws->fin = (ws->header[0] & NGX_SECMEET_WS_FIN) ? 1 : 0;
    ws->frame_opcode = opcode;

    switch (opcode) {

    case NGX_SECMEET_WS_CONT:
    case NGX_SECMEET_WS_TEXT:
    case NGX_SECMEET_WS_BINARY:
        return ngx_secmeet_ws_start_data(ws, opcode);

    case NGX_SECMEET_WS_CLOSE:
    case NGX_SECMEET_WS_PING:
    case NGX_SECMEET_WS_PONG:

        /* RFC 6455, 5.5: at most 125 bytes, not fragmented */

        if (ws->fin && len <= NGX_SECMEET_WS_CONTROL_MAX) {
            return NGX_OK;
        }
    }

    return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_PROTOCOL);
}


static ngx_int_t
ngx_secmeet_ws_start_data(ngx_secmeet_ws_t *ws, ngx_uint_t opcode)
{
    /* RFC 6455, 5.4: fragments of two messages do not mix */

    if ((opcode == NGX_SECMEET_WS_CONT) != ws->in_message) {
        return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_PROTOCOL);
    }

    if (opcode == NGX_SECMEET_WS_BINARY) {
        return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_UNSUPPORTED);
    }

    if (opcode == NGX_SECMEET_WS_TEXT) {
        ws->in_message = 1;
        ws->len = 0;
        ws->utf8 = 0;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_secmeet_ws_header_size(ngx_secmeet_ws_t *ws)
{
    ngx_uint_t  size;

    size = 2;

    switch (ws->header[1] & NGX_SECMEET_WS_LEN) {

    case 126:
        size += 2;
        break;

    case 127:
        size += 8;
    }

    if (ws->header[1] & NGX_SECMEET_WS_MASK) {
        size += 4;
    }

    return size;
}


/* the header is there: its length and mask */

static ngx_int_t
ngx_secmeet_ws_length(ngx_secmeet_ws_t *ws)
{
    u_char    *p, *end;
    uint32_t   high, low;

    p = ws->header + 2;
    end = ws->header + ws->header_len;
    ws->frame_len = ws->header[1] & NGX_SECMEET_WS_LEN;

    /* RFC 6455, 5.2: the shortest form, and the top bit is 0 */

    switch (ws->frame_len) {

    case 126:
        ws->frame_len = (uint64_t) p[0] << 8 | p[1];
        p += 2;

        if (ws->frame_len < 126) {
            return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_PROTOCOL);
        }

        break;

    case 127:
        high = 0;
        low = 0;
        p = ngx_secmeet_read_uint32(p, end, &high);
        p = ngx_secmeet_read_uint32(p, end, &low);
        ws->frame_len = (uint64_t) high << 32 | low;

        if (ws->frame_len < 65536 || (high & 0x80000000)) {
            return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_PROTOCOL);
        }
    }

    ngx_memzero(ws->mask, 4);

    if (p < end) {
        ngx_memcpy(ws->mask, p, 4);
    }

    if (!(ws->frame_opcode & NGX_SECMEET_WS_CONTROL)
        && (ws->len > ws->max || ws->frame_len > ws->max - ws->len))
    {
        return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_TOO_BIG);
    }

    ws->frame_pos = 0;
    ws->in_payload = 1;

    return NGX_OK;
}


/* NGX_DONE: the frame is read, its message is not complete */

static ngx_int_t
ngx_secmeet_ws_data(ngx_secmeet_ws_t *ws, u_char **p, u_char *end)
{
    size_t   n, all;
    u_char  *dst;

    n = ngx_secmeet_ws_available(ws, *p, end);

    if (n > 0) {

        if (ws->size < ws->len + n) {

            /*
             * memory follows the bytes that have come, not those that the
             * header promises
             */

            all = ws->len + (size_t) (ws->frame_len - ws->frame_pos);
            ws->need = ngx_min(ngx_max(ws->len + n, 2 * ws->size), all);

            return NGX_BUSY;
        }

        dst = ws->buf + ws->len;
        ngx_secmeet_ws_unmask(ws, dst, *p, n);

        *p += n;
        ws->len += n;
        ws->frame_pos += n;

        /* RFC 6455, 8.1 */

        ws->utf8 = ngx_secmeet_utf8(ws->utf8, dst, dst + n);

        if (ws->utf8 == NGX_SECMEET_UTF8_INVALID) {
            return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_INVALID);
        }
    }

    if (ws->frame_pos < ws->frame_len) {
        return NGX_AGAIN;
    }

    ngx_secmeet_ws_frame_done(ws);

    if (!ws->fin) {
        return NGX_DONE;
    }

    if (ws->utf8 != 0) {
        return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_INVALID);
    }

    ws->opcode = NGX_SECMEET_WS_TEXT;
    ws->payload.data = ws->len ? ws->buf : ws->control;
    ws->payload.len = ws->len;
    ws->in_message = 0;
    ws->complete = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_ws_control(ngx_secmeet_ws_t *ws, u_char **p, u_char *end)
{
    size_t  n;

    n = ngx_secmeet_ws_available(ws, *p, end);

    ngx_secmeet_ws_unmask(ws, ws->control + ws->frame_pos, *p, n);

    *p += n;
    ws->frame_pos += n;

    if (ws->frame_pos < ws->frame_len) {
        return NGX_AGAIN;
    }

    ngx_secmeet_ws_frame_done(ws);

    ws->opcode = ws->frame_opcode;
    ws->payload.data = ws->control;
    ws->payload.len = (size_t) ws->frame_len;

    if (ws->opcode == NGX_SECMEET_WS_CLOSE) {
        return ngx_secmeet_ws_status(ws);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_ws_status(ngx_secmeet_ws_t *ws)
{
    u_char      *p, *end;
    ngx_uint_t   status;

    p = ws->payload.data;
    end = p + ws->payload.len;
    status = 0;

    if (p == end) {
        ws->status = NGX_SECMEET_WS_NO_STATUS;
        return NGX_OK;
    }

    /* RFC 6455, 5.5.1: two bytes of status, then a reason in UTF-8 */

    p = ngx_secmeet_read_uint16(p, end, &status);

    /* RFC 6455, 7.4: 1004..1006 and 1015 are never sent */

    if (p == NULL
        || status < 1000 || status > 4999
        || (status > 1003 && status < 1007)
        || (status > 1014 && status < 3000))
    {
        return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_PROTOCOL);
    }

    if (ngx_secmeet_utf8(0, p, end) != 0) {
        return ngx_secmeet_ws_fail(ws, NGX_SECMEET_WS_INVALID);
    }

    ws->status = status;

    return NGX_OK;
}


static size_t
ngx_secmeet_ws_available(ngx_secmeet_ws_t *ws, u_char *p, u_char *end)
{
    uint64_t  n;

    n = ws->frame_len - ws->frame_pos;

    return (n < (uint64_t) (end - p)) ? (size_t) n : (size_t) (end - p);
}


static void
ngx_secmeet_ws_unmask(ngx_secmeet_ws_t *ws, u_char *dst, u_char *src,
    size_t n)
{
    size_t    i;
    u_char    mask[8];
    uint64_t  m, word;

    /* RFC 6455, 5.3: byte i goes with byte i modulo 4 of the mask */

    for (i = 0; i < 8; i++) {
        mask[i] = ws->mask[(ws->frame_pos + i) & 3];
    }

    ngx_memcpy(&m, mask, 8);

    for (i = 0; n - i >= 8; i += 8) {
        ngx_memcpy(&word, src + i, 8);
        word ^= m;
        ngx_memcpy(dst + i, &word, 8);
    }

    for ( /* void */ ; i < n; i++) {
        dst[i] = src[i] ^ mask[i & 7];
    }
}


static void
ngx_secmeet_ws_frame_done(ngx_secmeet_ws_t *ws)
{
    ws->header_len = 0;
    ws->in_payload = 0;
}


static ngx_int_t
ngx_secmeet_ws_fail(ngx_secmeet_ws_t *ws, ngx_uint_t code)
{
    ws->code = code;

    return NGX_ERROR;
}


size_t
ngx_secmeet_ws_create(u_char *p, ngx_uint_t opcode, size_t len)
{
    size_t  size;

    size = (len < 126) ? 2 : (len < 65536) ? 4 : 10;

    if (p == NULL) {
        return size;
    }

    p[0] = (u_char) (NGX_SECMEET_WS_FIN | opcode);

    switch (size) {

    case 2:
        p[1] = (u_char) len;
        break;

    case 4:
        p[1] = 126;
        ngx_secmeet_write_uint16(p + 2, len);
        break;

    default:
        p[1] = 127;
        p = ngx_secmeet_write_uint32(p + 2, (uint32_t) ((uint64_t) len >> 32));
        ngx_secmeet_write_uint32(p, (uint32_t) len);
    }

    return size;
}
