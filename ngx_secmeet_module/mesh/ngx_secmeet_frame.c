
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_frame.h"
#include "../wire/ngx_secmeet_bytes.h"

#include <openssl/crypto.h>


#define NGX_SECMEET_FRAME_FLAGS                                              \
    (NGX_SECMEET_FRAME_MORE | NGX_SECMEET_FRAME_TO_OWNER                     \
     | NGX_SECMEET_FRAME_KEEP)


/* the bytes of the frame follow */
typedef struct {
    void                     *next;
    size_t                    len;
} ngx_secmeet_frame_out_t;


typedef union {
    struct cmsghdr            align;
    u_char                    data[CMSG_SPACE(sizeof(int))];
} ngx_secmeet_frame_control_t;


static ssize_t ngx_secmeet_frame_read(ngx_secmeet_link_t *link,
    ngx_socket_t *fd);
static void ngx_secmeet_frame_descriptor(struct msghdr *msg,
    ngx_socket_t *fd);
static ngx_int_t ngx_secmeet_frame_parse(ngx_secmeet_frame_t *frame,
    u_char *p, u_char *end);
static void ngx_secmeet_frame_create(u_char *p, ngx_secmeet_frame_t *frame);
static ngx_int_t ngx_secmeet_frame_write(ngx_secmeet_link_t *link,
    struct iovec *iov, ngx_uint_t n);
static ngx_int_t ngx_secmeet_frame_sendmsg(ngx_secmeet_link_t *link,
    struct msghdr *msg);
static void ngx_secmeet_frame_shift(ngx_secmeet_link_t *link);


/* one frame, used up before the next */

static u_char  ngx_secmeet_frame_data[NGX_SECMEET_LINK_HEADER
                                      + NGX_SECMEET_LINK_PAYLOAD];


ngx_int_t
ngx_secmeet_frame_recv(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    size_t      size;
    ssize_t     n;
    ngx_uint_t  tries;

    n = -1;

    /*
     * A peer that leaves without having read all gives one ECONNRESET, and
     * what it has sent before is still there.
     */

    for (tries = 0; tries < 3; tries++) {

        n = ngx_secmeet_frame_read(link, &frame->fd);

        if (n != -1
            || (ngx_errno != NGX_EINTR && ngx_errno != NGX_ECONNRESET))
        {
            break;
        }
    }

    if (n == -1) {
        return ngx_errno == NGX_EAGAIN ? NGX_AGAIN : NGX_ERROR;
    }

    if (n == 0) {
        return NGX_DONE;
    }

    size = n;

    if (size <= sizeof(ngx_secmeet_frame_data)
        && ngx_secmeet_frame_parse(frame, ngx_secmeet_frame_data,
                                   ngx_secmeet_frame_data + size)
           == NGX_OK
        && (frame->type == NGX_SECMEET_FRAME_SOCKET
            || frame->fd == (ngx_socket_t) -1))
    {
        return NGX_OK;
    }

    if (frame->fd != (ngx_socket_t) -1) {
        (void) ngx_close_socket(frame->fd);
    }

    OPENSSL_cleanse(ngx_secmeet_frame_data,
                    ngx_min(size, sizeof(ngx_secmeet_frame_data)));

    return NGX_DECLINED;
}


static ssize_t
ngx_secmeet_frame_read(ngx_secmeet_link_t *link, ngx_socket_t *fd)
{
    ssize_t                      n;
    struct iovec                 iov;
    struct msghdr                msg;
    ngx_secmeet_frame_control_t  control;

    iov.iov_base = ngx_secmeet_frame_data;
    iov.iov_len = sizeof(ngx_secmeet_frame_data);

    ngx_memzero(&msg, sizeof(struct msghdr));

    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;
    msg.msg_control = &control;
    msg.msg_controllen = sizeof(ngx_secmeet_frame_control_t);

    *fd = (ngx_socket_t) -1;

    n = recvmsg(link->connection->fd, &msg,
                MSG_DONTWAIT | MSG_TRUNC | MSG_CMSG_CLOEXEC);

    if (n != -1) {
        ngx_secmeet_frame_descriptor(&msg, fd);
    }

    return n;
}


/* those for which there was no room are closed by the kernel */

static void
ngx_secmeet_frame_descriptor(struct msghdr *msg, ngx_socket_t *fd)
{
    size_t           i, n;
    ngx_socket_t     fds[sizeof(ngx_secmeet_frame_control_t) / sizeof(int)];
    struct cmsghdr  *cmsg;

    for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {

        if (cmsg->cmsg_level != SOL_SOCKET
            || cmsg->cmsg_type != SCM_RIGHTS)
        {
            continue;
        }

        n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        ngx_memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));

        for (i = 0; i < n; i++) {

            if (*fd == (ngx_socket_t) -1) {
                *fd = fds[i];

            } else {
                (void) ngx_close_socket(fds[i]);
            }
        }
    }
}


static ngx_int_t
ngx_secmeet_frame_parse(ngx_secmeet_frame_t *frame, u_char *p, u_char *end)
{
    uint32_t    len, high, low;
    ngx_uint_t  zero;

    p = ngx_secmeet_read_uint8(p, end, &frame->type);
    p = ngx_secmeet_read_uint8(p, end, &frame->flags);
    p = ngx_secmeet_read_uint16(p, end, &zero);
    p = ngx_secmeet_read_uint32(p, end, &len);
    p = ngx_secmeet_read_uint32(p, end, &high);
    p = ngx_secmeet_read_uint32(p, end, &low);

    if (p == NULL
        || frame->type < NGX_SECMEET_FRAME_HELLO
        || frame->type >= NGX_SECMEET_FRAME_N
        || frame->flags & ~(ngx_uint_t) NGX_SECMEET_FRAME_FLAGS
        || zero != 0
        || len != (size_t) (end - p))
    {
        return NGX_DECLINED;
    }

    frame->session = (uint64_t) high << 32 | low;
    frame->payload.data = p;
    frame->payload.len = len;

    return NGX_OK;
}


static void
ngx_secmeet_frame_create(u_char *p, ngx_secmeet_frame_t *frame)
{
    *p++ = (u_char) frame->type;
    *p++ = (u_char) frame->flags;
    p = ngx_secmeet_write_uint16(p, 0);
    p = ngx_secmeet_write_uint32(p, (uint32_t) frame->payload.len);
    p = ngx_secmeet_write_uint32(p, (uint32_t) (frame->session >> 32));
    (void) ngx_secmeet_write_uint32(p, (uint32_t) frame->session);
}


ngx_int_t
ngx_secmeet_frame_hello(ngx_secmeet_frame_t *frame, u_char *id)
{
    u_char  *p;

    p = frame->payload.data;

    if (frame->type != NGX_SECMEET_FRAME_HELLO
        || frame->payload.len != NGX_SECMEET_FRAME_HELLO_SIZE
        || p[0] != NGX_SECMEET_LINK_VERSION
        || !ngx_secmeet_frame_id(p + 1))
    {
        return NGX_DECLINED;
    }

    ngx_memcpy(id, p + 1, NGX_SECMEET_WORKER_ID);

    return NGX_OK;
}


ngx_uint_t
ngx_secmeet_frame_id(u_char *id)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_SECMEET_WORKER_ID; i++) {

        if ((id[i] < '0' || id[i] > '9') && (id[i] < 'a' || id[i] > 'f')) {
            return 0;
        }
    }

    return 1;
}


ngx_int_t
ngx_secmeet_frame_send(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    u_char        header[NGX_SECMEET_LINK_HEADER];
    struct iovec  iov[2];

    ngx_secmeet_frame_create(header, frame);

    iov[0].iov_base = header;
    iov[0].iov_len = NGX_SECMEET_LINK_HEADER;
    iov[1].iov_base = frame->payload.data;
    iov[1].iov_len = frame->payload.len;

    return ngx_secmeet_frame_write(link, iov, frame->payload.len ? 2 : 1);
}


static ngx_int_t
ngx_secmeet_frame_write(ngx_secmeet_link_t *link, struct iovec *iov,
    ngx_uint_t n)
{
    struct msghdr  msg;

    ngx_memzero(&msg, sizeof(struct msghdr));

    msg.msg_iov = iov;
    msg.msg_iovlen = n;

    return ngx_secmeet_frame_sendmsg(link, &msg);
}


ngx_int_t
ngx_secmeet_frame_pass(ngx_secmeet_link_t *link, ngx_socket_t fd)
{
    u_char                       header[NGX_SECMEET_LINK_HEADER];
    ngx_int_t                    rc;
    struct iovec                 iov;
    struct msghdr                msg;
    struct cmsghdr              *cmsg;
    ngx_secmeet_frame_t          frame;
    ngx_secmeet_frame_control_t  control;

    ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

    frame.type = NGX_SECMEET_FRAME_SOCKET;
    ngx_secmeet_frame_create(header, &frame);

    iov.iov_base = header;
    iov.iov_len = NGX_SECMEET_LINK_HEADER;

    ngx_memzero(&control, sizeof(ngx_secmeet_frame_control_t));
    ngx_memzero(&msg, sizeof(struct msghdr));

    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;
    msg.msg_control = &control;
    msg.msg_controllen = sizeof(ngx_secmeet_frame_control_t);

    cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    ngx_memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));

    rc = ngx_secmeet_frame_sendmsg(link, &msg);

    /* unix(7): too many are on their way and not received yet */

    if (rc == NGX_ERROR
        && (ngx_errno == ETOOMANYREFS || ngx_errno == NGX_ENOMEM
            || ngx_errno == ENOBUFS))
    {
        return NGX_AGAIN;
    }

    return rc;
}


static ngx_int_t
ngx_secmeet_frame_sendmsg(ngx_secmeet_link_t *link, struct msghdr *msg)
{
    ssize_t  sent;

    do {
        sent = sendmsg(link->connection->fd, msg,
                       MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent == -1 && ngx_errno == NGX_EINTR);

    if (sent == -1) {
        return ngx_errno == NGX_EAGAIN ? NGX_AGAIN : NGX_ERROR;
    }

    link->mesh->sent++;

    return NGX_OK;
}


size_t
ngx_secmeet_frame_size(ngx_secmeet_frame_t *frame)
{
    return sizeof(ngx_secmeet_frame_out_t) + NGX_SECMEET_LINK_HEADER
           + frame->payload.len;
}


ngx_int_t
ngx_secmeet_frame_queue(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    u_char                   *p;
    ngx_secmeet_frame_out_t  *out;

    out = ngx_alloc(ngx_secmeet_frame_size(frame), link->connection->log);
    if (out == NULL) {
        return NGX_ERROR;
    }

    out->next = NULL;
    out->len = NGX_SECMEET_LINK_HEADER + frame->payload.len;

    p = (u_char *) out + sizeof(ngx_secmeet_frame_out_t);

    ngx_secmeet_frame_create(p, frame);

    if (frame->payload.len) {
        ngx_memcpy(p + NGX_SECMEET_LINK_HEADER, frame->payload.data,
                   frame->payload.len);
    }

    *link->end = out;
    link->end = &out->next;
    link->queued += ngx_secmeet_frame_size(frame);

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_frame_flush(ngx_secmeet_link_t *link)
{
    ngx_int_t                 rc;
    struct iovec              iov;
    ngx_secmeet_frame_out_t  *out;

    while (link->first) {
        out = link->first;

        iov.iov_base = (u_char *) out + sizeof(ngx_secmeet_frame_out_t);
        iov.iov_len = out->len;

        rc = ngx_secmeet_frame_write(link, &iov, 1);
        if (rc != NGX_OK) {
            return rc;
        }

        ngx_secmeet_frame_shift(link);
    }

    return NGX_OK;
}


void
ngx_secmeet_frame_free(ngx_secmeet_link_t *link)
{
    while (link->first) {
        ngx_secmeet_frame_shift(link);
    }
}


static void
ngx_secmeet_frame_shift(ngx_secmeet_link_t *link)
{
    size_t                    size;
    ngx_secmeet_frame_out_t  *out;

    out = link->first;
    size = sizeof(ngx_secmeet_frame_out_t) + out->len;

    link->first = out->next;
    link->queued -= size;

    if (link->first == NULL) {
        link->end = &link->first;
    }

    ngx_secmeet_free(out, size);
}
