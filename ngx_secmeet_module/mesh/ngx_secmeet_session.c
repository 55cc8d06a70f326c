
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_session.h"
#include "../meeting/ngx_secmeet_wipe.h"


static ngx_int_t ngx_secmeet_session_grow(ngx_secmeet_session_t *session,
    size_t need);


static ngx_rbtree_t       ngx_secmeet_sessions;
static ngx_rbtree_node_t  ngx_secmeet_sessions_sentinel;


void
ngx_secmeet_session_init(void)
{
    ngx_rbtree_init(&ngx_secmeet_sessions, &ngx_secmeet_sessions_sentinel,
                    ngx_rbtree_insert_value);
}


ngx_secmeet_session_t *
ngx_secmeet_session_new(ngx_secmeet_session_e kind, ngx_secmeet_link_t *link,
    uint64_t number)
{
    ngx_secmeet_session_t  *session;

    session = ngx_calloc(sizeof(ngx_secmeet_session_t),
                         ngx_secmeet_worker->log);
    if (session == NULL) {
        return NULL;
    }

    if (kind != NGX_SECMEET_SESSION_LOCAL
        && ngx_secmeet_session_link(session, kind, link, number) != NGX_OK)
    {
        ngx_free(session);
        return NULL;
    }

    return session;
}


ngx_int_t
ngx_secmeet_session_link(ngx_secmeet_session_t *session,
    ngx_secmeet_session_e kind, ngx_secmeet_link_t *link, uint64_t number)
{
    /* random, so that two workers never give the same one */

    if (number == 0
        && ngx_secmeet_random(&number, sizeof(uint64_t)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    session->kind = kind;
    session->link = link;
    session->node.key = number;

    ngx_rbtree_insert(&ngx_secmeet_sessions, &session->node);
    ngx_queue_insert_tail(&link->sessions, &session->queue);

    return NGX_OK;
}


ngx_secmeet_session_t *
ngx_secmeet_session_next(ngx_secmeet_session_t *session)
{
    if (session) {
        return (ngx_secmeet_session_t *)
                   ngx_rbtree_next(&ngx_secmeet_sessions, &session->node);
    }

    if (ngx_secmeet_sessions.root == ngx_secmeet_sessions.sentinel) {
        return NULL;
    }

    return (ngx_secmeet_session_t *)
               ngx_rbtree_min(ngx_secmeet_sessions.root,
                              ngx_secmeet_sessions.sentinel);
}


void
ngx_secmeet_session_free(ngx_secmeet_session_t *session)
{
    if (session->kind != NGX_SECMEET_SESSION_LOCAL) {
        ngx_rbtree_delete(&ngx_secmeet_sessions, &session->node);
    }

    if (session->link) {
        ngx_queue_remove(&session->queue);
    }

    if (session->event.posted) {
        ngx_delete_posted_event(&session->event);
    }

    if (session->event.timer_set) {
        ngx_del_timer(&session->event);
    }

    ngx_secmeet_free(session->buf, session->size);
    ngx_secmeet_free(session, sizeof(ngx_secmeet_session_t));
    ngx_secmeet_wipe();
}


ngx_secmeet_session_t *
ngx_secmeet_session_find(ngx_secmeet_link_t *link, uint64_t number,
    ngx_secmeet_session_e kind)
{
    ngx_rbtree_node_t      *node, *sentinel;
    ngx_secmeet_session_t  *session;

    node = ngx_secmeet_sessions.root;
    sentinel = ngx_secmeet_sessions.sentinel;

    while (node != sentinel) {

        if (number != node->key) {
            node = (number < node->key) ? node->left : node->right;
            continue;
        }

        session = (ngx_secmeet_session_t *) node;

        if (session->link != link || session->kind != kind) {
            return NULL;
        }

        return session;
    }

    return NULL;
}


ngx_int_t
ngx_secmeet_session_frame(ngx_secmeet_session_t *session, ngx_uint_t type,
    ngx_str_t *payload)
{
    ngx_secmeet_frame_t  frame;

    if (session->link == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

    frame.type = type;
    frame.session = session->node.key;

    if (session->kind != NGX_SECMEET_SESSION_GUEST) {
        frame.flags = NGX_SECMEET_FRAME_TO_OWNER;
    }

    if (payload) {
        frame.payload = *payload;
    }

    return ngx_secmeet_link_send(session->link, &frame);
}


ngx_int_t
ngx_secmeet_session_send(ngx_secmeet_session_t *session, u_char *p,
    size_t len, ngx_uint_t flags)
{
    size_t               n;
    ngx_secmeet_frame_t  frame;

    do {
        n = ngx_min(len, NGX_SECMEET_LINK_PAYLOAD);

        ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

        frame.type = NGX_SECMEET_FRAME_TEXT;
        frame.session = session->node.key;
        frame.flags = flags | ((n < len) ? NGX_SECMEET_FRAME_MORE : 0);
        frame.payload.data = p;
        frame.payload.len = n;

        if (session->kind == NGX_SECMEET_SESSION_DOOR) {
            frame.flags |= NGX_SECMEET_FRAME_TO_OWNER;
        }

        if (session->link == NULL
            || ngx_secmeet_link_send(session->link, &frame) != NGX_OK)
        {
            return NGX_ERROR;
        }

        p += n;
        len -= n;

    } while (len);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_session_gather(ngx_secmeet_session_t *session,
    ngx_secmeet_frame_t *frame, size_t max, ngx_str_t *text)
{
    if (frame->payload.len > max - session->len) {
        session->len = 0;
        return NGX_DECLINED;
    }

    if (session->len == 0 && !(frame->flags & NGX_SECMEET_FRAME_MORE)) {
        *text = frame->payload;
        return NGX_OK;
    }

    if (ngx_secmeet_session_grow(session, session->len + frame->payload.len)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(session->buf + session->len, frame->payload.data,
               frame->payload.len);
    session->len += frame->payload.len;

    if (frame->flags & NGX_SECMEET_FRAME_MORE) {
        return NGX_AGAIN;
    }

    text->data = session->buf;
    text->len = session->len;
    session->len = 0;

    return NGX_OK;
}


void
ngx_secmeet_session_spent(ngx_secmeet_session_t *session)
{
    if (session->len) {
        return;
    }

    ngx_secmeet_free(session->buf, session->size);

    session->buf = NULL;
    session->size = 0;
}


ngx_int_t
ngx_secmeet_session_keep(ngx_secmeet_session_t *session, u_char *p,
    size_t len)
{
    if (ngx_secmeet_session_grow(session, len) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_memcpy(session->buf, p, len);
    session->len = len;

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_session_grow(ngx_secmeet_session_t *session, size_t need)
{
    u_char  *buf;
    size_t   size;

    if (need <= session->size) {
        return NGX_OK;
    }

    size = ngx_max(need, 2 * session->size);

    buf = ngx_alloc(size, ngx_secmeet_worker->log);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    if (session->len) {
        ngx_memcpy(buf, session->buf, session->len);
    }

    ngx_secmeet_free(session->buf, session->size);

    session->buf = buf;
    session->size = size;

    return NGX_OK;
}
