
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>
#include <ngx_sha1.h>

#include "ngx_http_secmeet_upgrade.h"
#include "ngx_http_secmeet_answer.h"
#include "ngx_http_secmeet_header.h"
#include "ngx_http_secmeet_ws.h"


/* RFC 6455, 1.3 */
#define NGX_HTTP_SECMEET_GUID         "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

#define NGX_HTTP_SECMEET_KEY          24        /* base64 of 16 bytes */
#define NGX_HTTP_SECMEET_ACCEPT       28        /* base64 of a SHA-1 */


static ngx_int_t ngx_http_secmeet_upgrade_asked(ngx_http_request_t *r);
static ngx_int_t ngx_http_secmeet_upgrade_key(ngx_http_request_t *r,
    ngx_str_t *key);
static ngx_int_t ngx_http_secmeet_upgrade_refuse(ngx_http_request_t *r);
static ngx_int_t ngx_http_secmeet_upgrade_header(ngx_http_request_t *r,
    ngx_str_t *key);


ngx_int_t
ngx_http_secmeet_upgrade(ngx_http_request_t *r)
{
    ngx_int_t               rc;
    ngx_str_t               key;
    ngx_http_secmeet_ws_t  *ws;

    if (ngx_http_secmeet_upgrade_asked(r) != NGX_OK) {
        return ngx_http_secmeet_upgrade_refuse(r);
    }

    if (ngx_http_secmeet_upgrade_key(r, &key) != NGX_OK
        || r->headers_in.content_length_n > 0
        || r->headers_in.chunked)
    {
        return ngx_http_secmeet_answer_error(r, NGX_HTTP_BAD_REQUEST,
                                             "bad-request");
    }

    ws = ngx_http_secmeet_ws_create(r);
    if (ws == NULL) {
        return ngx_http_secmeet_answer_error(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                             "full");
    }

    if (ngx_http_secmeet_upgrade_header(r, &key) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->keepalive = 0;
    r->headers_out.status = NGX_HTTP_SWITCHING_PROTOCOLS;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK) {
        return rc;
    }

    if (ngx_http_send_special(r, NGX_HTTP_FLUSH) == NGX_ERROR) {
        return NGX_ERROR;
    }

    return ngx_http_secmeet_ws_start(ws);
}


/* RFC 6455, 4.2.1: what makes it a request for our protocol */

static ngx_int_t
ngx_http_secmeet_upgrade_asked(ngx_http_request_t *r)
{
    ngx_table_elt_t  *version;

    if (r->http_version != NGX_HTTP_VERSION_11) {
        return NGX_DECLINED;
    }

    version = ngx_http_secmeet_header_find(r, "sec-websocket-version", NULL);

    if (version == NULL
        || version->value.len != 2
        || ngx_memcmp(version->value.data, "13", 2) != 0)
    {
        return NGX_DECLINED;
    }

    if (!ngx_http_secmeet_header_token(r, "upgrade", "websocket", 1)
        || !ngx_http_secmeet_header_token(r, "connection", "upgrade", 1)
        || !ngx_http_secmeet_header_token(r, "sec-websocket-protocol",
                                          "secmeet.1", 0))
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_secmeet_upgrade_key(ngx_http_request_t *r, ngx_str_t *key)
{
    ngx_str_t         decoded;
    ngx_table_elt_t  *header;
    u_char            bytes[ngx_base64_decoded_length(NGX_HTTP_SECMEET_KEY)];

    header = ngx_http_secmeet_header_find(r, "sec-websocket-key", NULL);

    if (header == NULL
        || header->value.len != NGX_HTTP_SECMEET_KEY
        || ngx_http_secmeet_header_find(r, "sec-websocket-key", header))
    {
        return NGX_DECLINED;
    }

    *key = header->value;
    decoded.data = bytes;

    if (ngx_decode_base64(&decoded, key) != NGX_OK || decoded.len != 16) {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* RFC 9110, 15.5.22; RFC 6455, 4.2.2 */

static ngx_int_t
ngx_http_secmeet_upgrade_refuse(ngx_http_request_t *r)
{
    if (r->http_version <= NGX_HTTP_VERSION_11) {

        /* these headers are of HTTP/1 only */

        if (ngx_http_secmeet_header_add(r, "Upgrade", "websocket") != NGX_OK
            || ngx_http_secmeet_header_add(r, "Connection", "upgrade")
               != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_http_secmeet_header_add(r, "Sec-WebSocket-Version", "13")
        != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_str_set(&r->headers_out.status_line, "426 Upgrade Required");

    return ngx_http_secmeet_answer_error(r, 426, "upgrade");
}


static ngx_int_t
ngx_http_secmeet_upgrade_header(ngx_http_request_t *r, ngx_str_t *key)
{
    ngx_str_t   accept, digest;
    ngx_sha1_t  sha1;
    u_char      hash[20];

    accept.data = ngx_pnalloc(r->pool, NGX_HTTP_SECMEET_ACCEPT + 1);
    if (accept.data == NULL) {
        return NGX_ERROR;
    }

    ngx_sha1_init(&sha1);
    ngx_sha1_update(&sha1, key->data, key->len);
    ngx_sha1_update(&sha1, NGX_HTTP_SECMEET_GUID,
                    sizeof(NGX_HTTP_SECMEET_GUID) - 1);
    ngx_sha1_final(hash, &sha1);

    digest.data = hash;
    digest.len = sizeof(hash);

    ngx_encode_base64(&accept, &digest);
    accept.data[accept.len] = '\0';

    if (ngx_http_secmeet_header_add(r, "Upgrade", "websocket") != NGX_OK
        || ngx_http_secmeet_header_add(r, "Sec-WebSocket-Accept",
                                       (char *) accept.data)
           != NGX_OK
        || ngx_http_secmeet_header_add(r, "Sec-WebSocket-Protocol",
                                       "secmeet.1")
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_secmeet_header_add(r, "Cache-Control", "no-store");
}
