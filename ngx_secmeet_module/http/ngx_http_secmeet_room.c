
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_room.h"
#include "ngx_http_secmeet_answer.h"
#include "ngx_http_secmeet_body.h"
#include "ngx_http_secmeet_sync.h"

#include "../meeting/ngx_secmeet_auth.h"
#include "../meeting/ngx_secmeet_room.h"
#include "../mesh/ngx_secmeet_remote.h"
#include "../meeting/ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_message.h"
#include "../wire/ngx_secmeet_ws.h"


static void ngx_http_secmeet_room_body(ngx_http_request_t *r, ngx_int_t rc,
    u_char *p, size_t len);
static void ngx_http_secmeet_room_create(ngx_http_request_t *r,
    ngx_secmeet_message_t *message);
static void ngx_http_secmeet_room_created(void *data, ngx_int_t rc,
    u_char *secrets);
static ngx_int_t ngx_http_secmeet_room_keep(ngx_http_request_t *r,
    u_char *secrets);
static void ngx_http_secmeet_room_synced(ngx_http_request_t *r,
    ngx_int_t rc);
static void ngx_http_secmeet_room_drop(ngx_http_request_t *r);
static void ngx_http_secmeet_room_dropped(void *data, ngx_int_t rc,
    u_char *unused);
static ngx_int_t ngx_http_secmeet_room_answer(ngx_http_request_t *r,
    ngx_int_t rc);
static void ngx_http_secmeet_room_deleted(void *data, ngx_int_t rc,
    u_char *unused);
static void ngx_http_secmeet_room_deny(ngx_http_request_t *r,
    ngx_http_secmeet_ctx_t *ctx);
static void ngx_http_secmeet_room_denied(ngx_event_t *ev);
static ngx_int_t ngx_http_secmeet_room_token(ngx_http_request_t *r,
    ngx_str_t *token);


ngx_int_t
ngx_http_secmeet_room_put(ngx_http_request_t *r)
{
    if (r->headers_in.content_length_n > NGX_HTTP_SECMEET_BODY) {
        return ngx_http_secmeet_answer_error(r,
                                            NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                            "too-large");
    }

    return ngx_http_secmeet_body_read(r, ngx_http_secmeet_room_body);
}


static void
ngx_http_secmeet_room_body(ngx_http_request_t *r, ngx_int_t rc, u_char *p,
    size_t len)
{
    ngx_secmeet_message_t  message;

    if (rc != NGX_OK) {
        rc = ngx_http_secmeet_answer_error(r,
                                           NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                           "too-large");
        ngx_http_finalize_request(r, rc);
        return;
    }

    if (ngx_secmeet_message_parse_create(&message, p, p + len) == NGX_OK) {
        ngx_http_secmeet_room_create(r, &message);

    } else {
        rc = ngx_http_secmeet_answer_error(r, NGX_HTTP_BAD_REQUEST,
                                           "bad-request");
        ngx_http_finalize_request(r, rc);
    }

    ngx_secmeet_message_free(&message);
}


static void
ngx_http_secmeet_room_create(ngx_http_request_t *r,
    ngx_secmeet_message_t *message)
{
    void                         *pending;
    ngx_secmeet_conf_t            conf;
    ngx_http_secmeet_ctx_t       *ctx;
    ngx_http_secmeet_loc_conf_t  *slcf;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);
    slcf = ngx_http_get_module_loc_conf(r, ngx_http_secmeet_module);

    ctx->inside = 1;

    if (ngx_secmeet_worker == NULL) {
        ngx_http_secmeet_room_created(r, NGX_BUSY, NULL);
        return;
    }

    conf = slcf->limits;
    conf.lobby = message->lobby;

    pending = ngx_secmeet_remote_create(&conf, ctx->tag, &message->proof,
                                        ngx_http_secmeet_room_created, r);

    /* NULL: it is answered, and the request may be gone */

    if (pending) {
        ctx->pending = pending;
        ctx->inside = 0;
    }
}


static void
ngx_http_secmeet_room_created(void *data, ngx_int_t rc, u_char *secrets)
{
    ngx_http_request_t *r = data;

    ngx_uint_t               inside;
    ngx_connection_t        *c;
    ngx_http_secmeet_ctx_t  *ctx;

    c = r->connection;
    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);
    inside = ctx->inside;
    ctx->pending = NULL;

    if (rc == NGX_OK) {
        rc = ngx_http_secmeet_room_keep(r, secrets);
    }

    if (rc == NGX_OK) {
        rc = ngx_http_secmeet_sync(r, ngx_http_secmeet_room_synced);

        if (rc == NGX_AGAIN) {
            return;
        }
    }

    ngx_http_secmeet_room_synced(r, rc);

    if (!inside) {
        ngx_http_run_posted_requests(c);
    }
}


static ngx_int_t
ngx_http_secmeet_room_keep(ngx_http_request_t *r, u_char *secrets)
{
    ngx_buf_t               *b;
    ngx_http_secmeet_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    b = ngx_create_temp_buf(r->pool,
                            sizeof("{\"host\":\"\",\"resume\":\"\"}") - 1
                            + NGX_SECMEET_ROOM_SECRETS);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->last = ngx_sprintf(b->last, "{\"host\":\"%*s\",\"resume\":\"%*s\"}",
                          (size_t) NGX_SECMEET_AUTH_TEXT, secrets,
                          (size_t) NGX_SECMEET_MESSAGE_TICKET,
                          secrets + NGX_SECMEET_AUTH_TEXT);
    ctx->answer = b;

    return NGX_OK;
}


static void
ngx_http_secmeet_room_synced(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_http_secmeet_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    if (rc != NGX_OK && ctx->answer) {
        ngx_http_secmeet_room_drop(r);
    }

    ngx_http_finalize_request(r, ngx_http_secmeet_room_answer(r, rc));
}


/* the room is there, and nobody will be told how to be its host */

static void
ngx_http_secmeet_room_drop(ngx_http_request_t *r)
{
    ngx_str_t                token;
    ngx_http_secmeet_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    token.data = ctx->answer->pos + sizeof("{\"host\":\"") - 1;
    token.len = NGX_SECMEET_AUTH_TEXT;

    (void) ngx_secmeet_remote_delete(ctx->tag, &token,
                                     ngx_http_secmeet_room_dropped, NULL);
}


static void
ngx_http_secmeet_room_dropped(void *data, ngx_int_t rc, u_char *unused)
{
    /* void */
}


static ngx_int_t
ngx_http_secmeet_room_answer(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_http_secmeet_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    switch (rc) {

    case NGX_OK:
        return ngx_http_secmeet_answer(r, NGX_HTTP_CREATED, ctx->answer);

    case NGX_DECLINED:
        return ngx_http_secmeet_answer_error(r, NGX_HTTP_CONFLICT, "exists");

    case NGX_BUSY:
        return ngx_http_secmeet_answer_error(r, NGX_HTTP_SERVICE_UNAVAILABLE,
                                             "full");

    default: /* NGX_ERROR */
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


ngx_int_t
ngx_http_secmeet_room_delete(ngx_http_request_t *r)
{
    void                    *pending;
    ngx_str_t                token;
    ngx_http_secmeet_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);

    if (ngx_http_secmeet_room_token(r, &token) != NGX_OK) {
        ngx_str_null(&token);
    }

    r->main->count++;
    ctx->inside = 1;
    ctx->deadline = ngx_current_msec + NGX_SECMEET_REMOTE_DENIAL;

    if (ngx_secmeet_worker == NULL) {
        ngx_http_secmeet_room_deleted(r, NGX_DECLINED, NULL);
        return NGX_DONE;
    }

    pending = ngx_secmeet_remote_delete(ctx->tag, &token,
                                        ngx_http_secmeet_room_deleted, r);

    if (pending) {
        ctx->pending = pending;
        ctx->inside = 0;
    }

    return NGX_DONE;
}


static void
ngx_http_secmeet_room_deleted(void *data, ngx_int_t rc, u_char *unused)
{
    ngx_http_request_t *r = data;

    ngx_str_t                token;
    ngx_uint_t               inside;
    ngx_connection_t        *c;
    ngx_http_secmeet_ctx_t  *ctx;

    c = r->connection;
    ctx = ngx_http_get_module_ctx(r, ngx_http_secmeet_module);
    ctx->pending = NULL;
    inside = ctx->inside;

    if (ngx_http_secmeet_room_token(r, &token) == NGX_OK) {
        ngx_memset(token.data, '-', token.len);
    }

    if (rc != NGX_OK) {
        ngx_http_secmeet_room_deny(r, ctx);
        return;
    }

    ngx_http_finalize_request(r, ngx_http_secmeet_answer(r,
                                            NGX_HTTP_NO_CONTENT, NULL));

    if (!inside) {
        ngx_http_run_posted_requests(c);
    }
}


/* whether there is such a room, and where, takes more time or less */

static void
ngx_http_secmeet_room_deny(ngx_http_request_t *r, ngx_http_secmeet_ctx_t *ctx)
{
    ngx_msec_int_t  left;

    left = ctx->deadline - ngx_current_msec;

    ctx->no.handler = ngx_http_secmeet_room_denied;
    ctx->no.data = r;
    ctx->no.log = r->connection->log;

    ngx_add_timer(&ctx->no, ngx_max(left, 1));
}


static void
ngx_http_secmeet_room_denied(ngx_event_t *ev)
{
    ngx_http_request_t *r = ev->data;

    ngx_connection_t  *c;

    c = r->connection;

    ngx_http_finalize_request(r,
        ngx_http_secmeet_answer_error(r, NGX_HTTP_FORBIDDEN, "forbidden"));

    ngx_http_run_posted_requests(c);
}


/* RFC 6750, 2.1 */

static ngx_int_t
ngx_http_secmeet_room_token(ngx_http_request_t *r, ngx_str_t *token)
{
    size_t      len;
    ngx_str_t  *value;

    len = sizeof("Bearer ") - 1;

    if (r->headers_in.authorization == NULL) {
        return NGX_DECLINED;
    }

    value = &r->headers_in.authorization->value;

    if (value->len != len + NGX_SECMEET_AUTH_TEXT
        || ngx_strncasecmp(value->data, (u_char *) "Bearer ", len) != 0)
    {
        return NGX_DECLINED;
    }

    token->data = value->data + len;
    token->len = NGX_SECMEET_AUTH_TEXT;

    return NGX_OK;
}
