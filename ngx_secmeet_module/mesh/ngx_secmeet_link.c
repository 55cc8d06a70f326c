
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_link.h"
#include "ngx_secmeet_accept.h"
#include "ngx_secmeet_frame.h"

#include <openssl/crypto.h>


#define NGX_SECMEET_LINK_BUFFER   1048576       /* bytes, of the socket */


static ngx_int_t ngx_secmeet_link_room(ngx_secmeet_mesh_t *mesh);
static ngx_secmeet_link_t *ngx_secmeet_link_connect(ngx_secmeet_mesh_t *mesh,
    u_char *id);
static ngx_int_t ngx_secmeet_link_trusted(int fd);
static ngx_secmeet_link_t *ngx_secmeet_link_create(ngx_secmeet_mesh_t *mesh,
    int fd);
static ngx_int_t ngx_secmeet_link_open(ngx_secmeet_link_t *link, int fd);
static void ngx_secmeet_link_introduce(ngx_secmeet_link_t *link);
static void ngx_secmeet_link_read_handler(ngx_event_t *rev);
static ngx_int_t ngx_secmeet_link_read(ngx_secmeet_link_t *link);
static ngx_int_t ngx_secmeet_link_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static void ngx_secmeet_link_write_handler(ngx_event_t *wev);
static ngx_int_t ngx_secmeet_link_wait(ngx_secmeet_link_t *link);
static ngx_int_t ngx_secmeet_link_refuse(ngx_secmeet_link_t *link,
    char *reason);
static void ngx_secmeet_link_break(ngx_secmeet_link_t *link);
static void ngx_secmeet_link_cut(ngx_secmeet_link_t *link);
static void ngx_secmeet_link_reap(ngx_event_t *ev);
static void ngx_secmeet_link_close(ngx_secmeet_link_t *link);


ngx_int_t
ngx_secmeet_mesh_init(ngx_secmeet_mesh_t *mesh, ngx_secmeet_worker_t *worker,
    ngx_str_t *path, ngx_secmeet_link_handler_t *handler)
{
    ngx_memzero(mesh, sizeof(ngx_secmeet_mesh_t));

    ngx_queue_init(&mesh->links);

    mesh->worker = worker;
    mesh->handler = handler;

    if (ngx_secmeet_run_open(&mesh->run, path, worker->log) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_secmeet_accept_init(mesh);
}


void
ngx_secmeet_mesh_close(ngx_secmeet_mesh_t *mesh)
{
    ngx_queue_t         *q;
    ngx_secmeet_link_t  *link;

    if (mesh->worker == NULL) {
        return;
    }

    ngx_secmeet_accept_close(mesh);

    while (!ngx_queue_empty(&mesh->links)) {
        q = ngx_queue_head(&mesh->links);
        link = ngx_queue_data(q, ngx_secmeet_link_t, queue);

        /* the last words, as far as the socket takes them */

        if (!link->broken) {
            (void) ngx_secmeet_frame_flush(link);
        }

        ngx_secmeet_link_close(link);
    }

    OPENSSL_cleanse(mesh->run.key, NGX_SECMEET_SECRET);
}


/*
 * A worker introduces itself at once: among those who do not the one that
 * came first gives way.
 */

static ngx_int_t
ngx_secmeet_link_room(ngx_secmeet_mesh_t *mesh)
{
    ngx_queue_t         *q;
    ngx_secmeet_link_t  *link;

    if (mesh->nlinks < NGX_SECMEET_LINK_LINKS) {
        return NGX_OK;
    }

    for (q = ngx_queue_head(&mesh->links);
         q != ngx_queue_sentinel(&mesh->links);
         q = ngx_queue_next(q))
    {
        link = ngx_queue_data(q, ngx_secmeet_link_t, queue);

        if (!link->known) {
            mesh->refused++;
            ngx_secmeet_link_close(link);
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}


ngx_secmeet_link_t *
ngx_secmeet_link_find(ngx_secmeet_mesh_t *mesh, u_char *id)
{
    ngx_queue_t         *q;
    ngx_secmeet_link_t  *link;

    if (mesh->worker == NULL
        || !ngx_secmeet_frame_id(id)
        || ngx_memcmp(id, mesh->worker->id, NGX_SECMEET_WORKER_ID) == 0)
    {
        return NULL;
    }

    for (q = ngx_queue_head(&mesh->links);
         q != ngx_queue_sentinel(&mesh->links);
         q = ngx_queue_next(q))
    {
        link = ngx_queue_data(q, ngx_secmeet_link_t, queue);

        if (link->known
            && !link->broken
            && !link->closing
            && ngx_memcmp(link->id, id, NGX_SECMEET_WORKER_ID) == 0)
        {
            return link;
        }
    }

    /* a worker that is leaving starts nothing */

    if (mesh->listening == NULL) {
        return NULL;
    }

    return ngx_secmeet_link_connect(mesh, id);
}


ngx_uint_t
ngx_secmeet_link_busy(ngx_secmeet_link_t *link)
{
    if (link->queued < NGX_SECMEET_LINK_BUSY) {
        return 0;
    }

    link->held = 1;

    return 1;
}


ngx_uint_t
ngx_secmeet_link_twin(ngx_secmeet_link_t *link)
{
    ngx_queue_t         *q, *links;
    ngx_secmeet_link_t  *other;

    links = &link->mesh->links;

    for (q = ngx_queue_head(links);
         q != ngx_queue_sentinel(links);
         q = ngx_queue_next(q))
    {
        other = ngx_queue_data(q, ngx_secmeet_link_t, queue);

        if (other != link && other->known
            && ngx_memcmp(other->id, link->id, NGX_SECMEET_WORKER_ID) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static ngx_secmeet_link_t *
ngx_secmeet_link_connect(ngx_secmeet_mesh_t *mesh, u_char *id)
{
    int                  fd;
    ngx_secmeet_link_t  *link;
    struct sockaddr_un   sun;

    ngx_secmeet_accept_address(mesh, id, &sun);

    /* anybody may name an id in a datagram: those that are not cost least */

    if (access(sun.sun_path, F_OK) == -1
        || ngx_secmeet_link_room(mesh) != NGX_OK)
    {
        return NULL;
    }

    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd == -1) {
        ngx_log_error(NGX_LOG_ERR, mesh->worker->log, ngx_socket_errno,
                      "secmeet: socket() to another worker failed");
        return NULL;
    }

    /* EAGAIN is a worker that accepts nothing: as good as dead */

    if (connect(fd, (struct sockaddr *) &sun, sizeof(struct sockaddr_un))
        == -1
        || ngx_secmeet_link_trusted(fd) != NGX_OK)
    {
        (void) ngx_close_socket(fd);
        return NULL;
    }

    link = ngx_secmeet_link_create(mesh, fd);
    if (link == NULL) {
        return NULL;
    }

    ngx_memcpy(link->id, id, NGX_SECMEET_WORKER_ID);

    ngx_secmeet_link_introduce(link);

    if (link->broken || link->closing) {
        return NULL;
    }

    link->known = 1;

    return link;
}


void
ngx_secmeet_link_accept(ngx_secmeet_mesh_t *mesh, int fd)
{
    ngx_secmeet_link_t  *link;

    if (ngx_secmeet_link_trusted(fd) != NGX_OK
        || ngx_secmeet_link_room(mesh) != NGX_OK)
    {
        mesh->refused++;
        (void) ngx_close_socket(fd);
        return;
    }

    link = ngx_secmeet_link_create(mesh, fd);
    if (link == NULL) {
        return;
    }

    ngx_secmeet_link_introduce(link);

    /* its introduction is there already, so that it need not give way */

    ngx_secmeet_link_read_handler(link->connection->read);
}


/* whoever may look into the folder may be there; nobody else comes so far */

static ngx_int_t
ngx_secmeet_link_trusted(int fd)
{
    socklen_t     len;
    struct ucred  cred;

    len = sizeof(struct ucred);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1
        || (cred.uid != geteuid() && cred.uid != 0))
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* takes fd, also if it fails */

static ngx_secmeet_link_t *
ngx_secmeet_link_create(ngx_secmeet_mesh_t *mesh, int fd)
{
    int                  size;
    ngx_secmeet_link_t  *link;

    link = ngx_calloc(sizeof(ngx_secmeet_link_t), mesh->worker->log);
    if (link == NULL) {
        (void) ngx_close_socket(fd);
        return NULL;
    }

    link->mesh = mesh;
    link->end = &link->first;

    ngx_queue_init(&link->sessions);

    link->reap.handler = ngx_secmeet_link_reap;
    link->reap.data = link;
    link->reap.log = mesh->worker->log;

    size = NGX_SECMEET_LINK_BUFFER;

    (void) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(int));

    if (ngx_secmeet_link_open(link, fd) != NGX_OK) {
        ngx_free(link);
        return NULL;
    }

    ngx_queue_insert_tail(&mesh->links, &link->queue);
    mesh->nlinks++;

    return link;
}


static ngx_int_t
ngx_secmeet_link_open(ngx_secmeet_link_t *link, int fd)
{
    ngx_connection_t  *c;

    c = ngx_get_connection(fd, link->mesh->worker->log);
    if (c == NULL) {
        (void) ngx_close_socket(fd);
        return NGX_ERROR;
    }

    c->data = link;
    c->type = SOCK_SEQPACKET;
    c->read->handler = ngx_secmeet_link_read_handler;
    c->read->log = c->log;
    c->write->handler = ngx_secmeet_link_write_handler;
    c->write->log = c->log;

    if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
        ngx_close_connection(c);
        return NGX_ERROR;
    }

    link->connection = c;

    return NGX_OK;
}


static void
ngx_secmeet_link_introduce(ngx_secmeet_link_t *link)
{
    ngx_secmeet_frame_t  frame;
    u_char               data[NGX_SECMEET_FRAME_HELLO_SIZE];

    data[0] = NGX_SECMEET_LINK_VERSION;
    ngx_memcpy(data + 1, link->mesh->worker->id, NGX_SECMEET_WORKER_ID);

    frame.type = NGX_SECMEET_FRAME_HELLO;
    frame.flags = 0;
    frame.session = 0;
    frame.payload.data = data;
    frame.payload.len = NGX_SECMEET_FRAME_HELLO_SIZE;

    (void) ngx_secmeet_link_send(link, &frame);
}


static void
ngx_secmeet_link_read_handler(ngx_event_t *rev)
{
    ngx_int_t            rc;
    ngx_uint_t           rounds;
    ngx_connection_t    *c;
    ngx_secmeet_link_t  *link;

    c = rev->data;
    link = c->data;

    if (c->close) {
        ngx_secmeet_link_cut(link);
    }

    for (rounds = 0; rounds < NGX_SECMEET_LINK_ROUNDS; rounds++) {

        if (link->closing) {
            return;
        }

        rc = ngx_secmeet_link_read(link);

        if (rc == NGX_AGAIN && !link->broken) {
            rev->ready = 0;
            rc = ngx_handle_read_event(rev, 0);

            if (rc == NGX_OK) {
                return;
            }
        }

        if (rc != NGX_OK) {
            ngx_secmeet_link_cut(link);
            return;
        }
    }

    /* the rest comes in the next turn: others want their share */

    ngx_post_event(rev, &ngx_posted_next_events);
}


/* one frame; NGX_AGAIN: there is none; else the link is over */

static ngx_int_t
ngx_secmeet_link_read(ngx_secmeet_link_t *link)
{
    ngx_int_t            rc;
    ngx_secmeet_frame_t  frame;

    rc = ngx_secmeet_frame_recv(link, &frame);

    if (rc == NGX_DECLINED) {
        return ngx_secmeet_link_refuse(link, "malformed frame");
    }

    if (rc != NGX_OK) {
        return rc;
    }

    rc = ngx_secmeet_link_input(link, &frame);

    OPENSSL_cleanse(frame.payload.data, frame.payload.len);

    if (frame.fd != (ngx_socket_t) -1) {
        (void) ngx_close_socket(frame.fd);
    }

    return rc;
}


static ngx_int_t
ngx_secmeet_link_input(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    u_char               id[NGX_SECMEET_WORKER_ID];
    ngx_secmeet_mesh_t  *mesh;

    mesh = link->mesh;

    if (link->introduced) {

        if (frame->type == NGX_SECMEET_FRAME_HELLO) {
            return ngx_secmeet_link_refuse(link, "second introduction");
        }

        mesh->received++;

        /* an answer that cannot be sent any more is no fault of this frame */

        if (mesh->handler->input(link, frame) == NGX_ERROR
            && !link->broken
            && !link->closing)
        {
            return ngx_secmeet_link_refuse(link, "unexpected frame");
        }

        return NGX_OK;
    }

    if (ngx_secmeet_frame_hello(frame, id) != NGX_OK
        || ngx_memcmp(id, mesh->worker->id, NGX_SECMEET_WORKER_ID) == 0
        || (link->known
            && ngx_memcmp(id, link->id, NGX_SECMEET_WORKER_ID) != 0))
    {
        return ngx_secmeet_link_refuse(link, "no introduction");
    }

    mesh->received++;

    ngx_memcpy(link->id, id, NGX_SECMEET_WORKER_ID);

    link->introduced = 1;
    link->known = 1;

    mesh->handler->met(link);

    return NGX_OK;
}


static void
ngx_secmeet_link_write_handler(ngx_event_t *wev)
{
    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_secmeet_link_t  *link;

    c = wev->data;
    link = c->data;

    if (link->closing || link->broken) {
        return;
    }

    rc = ngx_secmeet_frame_flush(link);

    if (link->held && link->queued < NGX_SECMEET_LINK_BUSY / 2) {
        link->held = 0;
        link->mesh->handler->ready(link);
    }

    switch (rc) {

    case NGX_OK:
        break;

    case NGX_AGAIN:

        if (ngx_secmeet_link_wait(link) != NGX_OK) {
            ngx_secmeet_link_cut(link);
        }

        return;

    default: /* NGX_ERROR */
        ngx_secmeet_link_break(link);
        return;
    }

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        ngx_secmeet_link_cut(link);
    }
}


/* until the socket takes frames again */

static ngx_int_t
ngx_secmeet_link_wait(ngx_secmeet_link_t *link)
{
    link->connection->write->ready = 0;

    return ngx_handle_write_event(link->connection->write, 0);
}


ngx_int_t
ngx_secmeet_link_send(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    size_t      limit;
    ngx_int_t   rc;
    ngx_uint_t  datagram;

    if (link->closing || link->broken) {
        return NGX_ERROR;
    }

    if (frame->payload.len > NGX_SECMEET_LINK_PAYLOAD) {
        ngx_log_error(NGX_LOG_ALERT, link->mesh->worker->log, 0,
                      "secmeet: a frame of %uz bytes for another worker",
                      frame->payload.len);
        ngx_secmeet_link_cut(link);
        return NGX_ERROR;
    }

    if (link->first == NULL) {
        rc = ngx_secmeet_frame_send(link, frame);

        if (rc == NGX_OK) {
            return NGX_OK;
        }

        if (rc == NGX_ERROR) {
            ngx_secmeet_link_break(link);
            return NGX_ERROR;
        }

        if (ngx_secmeet_link_wait(link) != NGX_OK) {
            ngx_secmeet_link_cut(link);
            return NGX_ERROR;
        }
    }

    datagram = (frame->type == NGX_SECMEET_FRAME_DATAGRAM);
    limit = datagram ? NGX_SECMEET_LINK_QUEUE / 4 : NGX_SECMEET_LINK_QUEUE;

    if (link->queued + ngx_secmeet_frame_size(frame) <= limit
        && ngx_secmeet_frame_queue(link, frame) == NGX_OK)
    {
        return NGX_OK;
    }

    if (datagram) {
        link->mesh->dropped++;
        return NGX_BUSY;
    }

    ngx_log_error(NGX_LOG_WARN, link->mesh->worker->log, 0,
                  "secmeet: another worker has not read %uz bytes: given up",
                  link->queued);

    ngx_secmeet_link_cut(link);

    return NGX_ERROR;
}


ngx_int_t
ngx_secmeet_link_pass(ngx_secmeet_link_t *link, ngx_socket_t fd)
{
    ngx_int_t  rc;

    if (link->closing || link->broken) {
        return NGX_ERROR;
    }

    /* a frame of its own, that may overtake those that wait */

    rc = ngx_secmeet_frame_pass(link, fd);

    if (rc == NGX_ERROR) {
        ngx_secmeet_link_break(link);
    }

    return rc == NGX_AGAIN ? NGX_BUSY : rc;
}


static ngx_int_t
ngx_secmeet_link_refuse(ngx_secmeet_link_t *link, char *reason)
{
    link->mesh->refused++;

    ngx_log_error(NGX_LOG_INFO, link->mesh->worker->log, 0,
                  "secmeet: connection of another worker refused: %s",
                  reason);

    return NGX_DECLINED;
}


/*
 * The other end has closed.  What it said before is read first, since it
 * may say why; then the end of the connection comes, and the link goes.
 */

static void
ngx_secmeet_link_break(ngx_secmeet_link_t *link)
{
    link->broken = 1;

    ngx_post_event(link->connection->read, &ngx_posted_next_events);
}


static void
ngx_secmeet_link_cut(ngx_secmeet_link_t *link)
{
    if (link->closing) {
        return;
    }

    link->closing = 1;

    /* the next turn comes at once, wherever this was called from */

    ngx_post_event(&link->reap, &ngx_posted_next_events);
}


static void
ngx_secmeet_link_reap(ngx_event_t *ev)
{
    ngx_secmeet_link_close(ev->data);
}


/* never from a handler of the same link */

static void
ngx_secmeet_link_close(ngx_secmeet_link_t *link)
{
    link->closing = 1;

    if (link->known) {
        link->mesh->handler->gone(link);
    }

    if (link->reap.posted) {
        ngx_delete_posted_event(&link->reap);
    }

    ngx_close_connection(link->connection);

    ngx_queue_remove(&link->queue);
    link->mesh->nlinks--;

    ngx_secmeet_frame_free(link);

    ngx_secmeet_free(link->text, link->text_size);
    ngx_secmeet_free(link, sizeof(ngx_secmeet_link_t));
}
