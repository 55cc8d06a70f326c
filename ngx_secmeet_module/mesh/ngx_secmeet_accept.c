
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_accept.h"


#define NGX_SECMEET_ACCEPT_PAUSE  500           /* msec without a free fd */


static void ngx_secmeet_accept_handler(ngx_event_t *rev);
static ngx_int_t ngx_secmeet_accept_one(ngx_secmeet_mesh_t *mesh);


ngx_int_t
ngx_secmeet_accept_init(ngx_secmeet_mesh_t *mesh)
{
    int                 fd;
    ngx_connection_t   *c;
    struct sockaddr_un  sun;

    ngx_secmeet_accept_address(mesh, mesh->worker->id, &sun);

    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd == -1
        || bind(fd, (struct sockaddr *) &sun, sizeof(struct sockaddr_un))
           == -1)
    {
        ngx_log_error(NGX_LOG_EMERG, mesh->worker->log, ngx_socket_errno,
                      "secmeet: the socket \"%s\" cannot be made",
                      sun.sun_path);

        if (fd != -1) {
            (void) ngx_close_socket(fd);
        }

        return NGX_ERROR;
    }

    c = NULL;

    if (listen(fd, NGX_LISTEN_BACKLOG) == 0) {
        c = ngx_get_connection(fd, mesh->worker->log);
    }

    if (c == NULL) {
        (void) unlink(sun.sun_path);
        (void) ngx_close_socket(fd);
        return NGX_ERROR;
    }

    c->data = mesh;
    c->type = SOCK_SEQPACKET;
    c->read->handler = ngx_secmeet_accept_handler;
    c->read->log = c->log;
    c->read->cancelable = 1;
    c->write->log = c->log;

    mesh->listening = c;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_secmeet_accept_close(mesh);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_secmeet_accept_close(ngx_secmeet_mesh_t *mesh)
{
    struct sockaddr_un  sun;

    if (mesh->listening == NULL) {
        return;
    }

    ngx_secmeet_accept_address(mesh, mesh->worker->id, &sun);

    if (unlink(sun.sun_path) == -1 && ngx_errno != NGX_ENOENT) {
        ngx_log_error(NGX_LOG_ERR, mesh->worker->log, ngx_errno,
                      "secmeet: unlink() of \"%s\" failed", sun.sun_path);
    }

    ngx_close_connection(mesh->listening);
    mesh->listening = NULL;
}


/* NGX_SECMEET_RUN_PATH leaves room for the name */

void
ngx_secmeet_accept_address(ngx_secmeet_mesh_t *mesh, u_char *id,
    struct sockaddr_un *sun)
{
    ngx_memzero(sun, sizeof(struct sockaddr_un));

    sun->sun_family = AF_UNIX;
    ngx_secmeet_run_socket(&mesh->run, (u_char *) sun->sun_path, id);
}


static void
ngx_secmeet_accept_handler(ngx_event_t *rev)
{
    ngx_int_t            rc;
    ngx_uint_t           rounds;
    ngx_connection_t    *c;
    ngx_secmeet_mesh_t  *mesh;

    c = rev->data;
    mesh = c->data;

    if (c->close) {
        ngx_secmeet_accept_close(mesh);
        return;
    }

    rev->timedout = 0;

    for (rounds = 0; rounds < NGX_SECMEET_LINK_ROUNDS; rounds++) {

        rc = ngx_secmeet_accept_one(mesh);

        if (rc == NGX_AGAIN) {
            rev->ready = 0;
            (void) ngx_handle_read_event(rev, 0);
            return;
        }

        if (rc == NGX_ERROR) {

            /* no event will tell of those that wait already */

            if (!rev->timer_set) {
                ngx_add_timer(rev, NGX_SECMEET_ACCEPT_PAUSE);
            }

            return;
        }
    }

    ngx_post_event(rev, &ngx_posted_next_events);
}


/* NGX_OK; NGX_AGAIN: nobody waits; NGX_ERROR: no descriptor is free */

static ngx_int_t
ngx_secmeet_accept_one(ngx_secmeet_mesh_t *mesh)
{
    int        fd;
    ngx_err_t  err;

    fd = accept4(mesh->listening->fd, NULL, NULL,
                 SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd != -1) {
        ngx_secmeet_link_accept(mesh, fd);
        return NGX_OK;
    }

    err = ngx_socket_errno;

    if (err == NGX_EAGAIN) {
        return NGX_AGAIN;
    }

    if (err == NGX_EINTR || err == NGX_ECONNABORTED) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_ERR, mesh->worker->log, err,
                  "secmeet: accept() of another worker failed");

    return NGX_ERROR;
}
