
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_output.h"

#include "../meeting/ngx_secmeet_worker.h"
#include "../wire/ngx_secmeet_ws.h"


struct ngx_http_secmeet_frame_s {
    ngx_http_secmeet_frame_t   *next;
    size_t                      size;           /* of all this memory */
    u_char                     *pos;
    u_char                     *last;
};


static ngx_int_t ngx_http_secmeet_output_header(
    ngx_http_secmeet_output_t *output);


void
ngx_http_secmeet_output_init(ngx_http_secmeet_output_t *output,
    ngx_http_request_t *r)
{
    output->request = r;
    output->first = NULL;
    output->end = &output->first;
    output->queued = 0;
}


ngx_int_t
ngx_http_secmeet_output_add(ngx_http_secmeet_output_t *output,
    ngx_uint_t opcode, u_char *p, size_t len)
{
    size_t                     size;
    ngx_http_secmeet_frame_t  *frame;

    if (output->queued + len > NGX_HTTP_SECMEET_OUTPUT_MAX
        && opcode != NGX_SECMEET_WS_CLOSE)
    {
        return NGX_DECLINED;
    }

    size = sizeof(ngx_http_secmeet_frame_t) + NGX_SECMEET_WS_HEADER_MAX + len;

    frame = ngx_alloc(size, output->request->connection->log);
    if (frame == NULL) {
        return NGX_ERROR;
    }

    frame->next = NULL;
    frame->size = size;
    frame->pos = (u_char *) frame + sizeof(ngx_http_secmeet_frame_t);
    frame->last = frame->pos + ngx_secmeet_ws_create(frame->pos, opcode, len);

    if (len) {
        frame->last = ngx_cpymem(frame->last, p, len);
    }

    *output->end = frame;
    output->end = &frame->next;
    output->queued += frame->last - frame->pos;

    return NGX_OK;
}


ngx_int_t
ngx_http_secmeet_output_send(ngx_http_secmeet_output_t *output)
{
    ssize_t                    n;
    ngx_int_t                  rc;
    ngx_connection_t          *c;
    ngx_http_secmeet_frame_t  *frame;

    c = output->request->connection;

    rc = ngx_http_secmeet_output_header(output);

    if (rc != NGX_OK) {
        return rc;
    }

    while (output->first) {

        if (!c->write->ready) {
            return NGX_AGAIN;
        }

        frame = output->first;

        n = c->send(c, frame->pos, frame->last - frame->pos);

        if (n == NGX_ERROR || n == NGX_AGAIN) {
            return n;
        }

        frame->pos += n;
        output->queued -= n;

        if (frame->pos < frame->last) {
            continue;
        }

        output->first = frame->next;

        if (output->first == NULL) {
            output->end = &output->first;
        }

        ngx_secmeet_free(frame, frame->size);
    }

    return NGX_OK;
}


/* the answer to the handshake goes through nginx's own buffers */

static ngx_int_t
ngx_http_secmeet_output_header(ngx_http_secmeet_output_t *output)
{
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = output->request;
    c = r->connection;

    if (!r->buffered && !c->buffered) {
        return NGX_OK;
    }

    if (c->write->delayed) {
        return NGX_AGAIN;
    }

    if (ngx_http_output_filter(r, NULL) == NGX_ERROR) {
        return NGX_ERROR;
    }

    return r->buffered || c->buffered ? NGX_AGAIN : NGX_OK;
}


void
ngx_http_secmeet_output_free(ngx_http_secmeet_output_t *output)
{
    ngx_http_secmeet_frame_t  *frame;

    while (output->first) {
        frame = output->first;
        output->first = frame->next;
        ngx_secmeet_free(frame, frame->size);
    }

    output->end = &output->first;
    output->queued = 0;
}
