
/*
 * Copyright (C) secmeet contributors
 */


#include "out.h"

#include <stdio.h>


static void peer_out_write(void *data);


static peer_io_t   peer_stdout;
static char       *peer_out_buf;
static size_t      peer_out_len;
static size_t      peer_out_size;


void
peer_out_init(void)
{
    peer_stdout.fd = STDOUT_FILENO;
    peer_stdout.read = peer_out_write;
    peer_stdout.write = peer_out_write;

    (void) fcntl(STDOUT_FILENO, F_SETFL,
                 fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
}


void
peer_out(json_t *json)
{
    char    *line;
    size_t   len;

    line = json_dumps(json, JSON_COMPACT);

    json_decref(json);

    if (line == NULL) {
        fprintf(stderr, "peer: an event cannot be written\n");
        return;
    }

    len = ngx_strlen(line);

    if (peer_out_len + len + 1 > peer_out_size) {
        peer_out_size = (peer_out_len + len + 1) * 2;
        peer_out_buf = realloc(peer_out_buf, peer_out_size);

        if (peer_out_buf == NULL) {
            perror("realloc");
            exit(2);
        }
    }

    ngx_memcpy(peer_out_buf + peer_out_len, line, len);
    peer_out_len += len;
    peer_out_buf[peer_out_len++] = '\n';

    free(line);

    peer_out_write(NULL);
}


static void
peer_out_write(void *data)
{
    ssize_t            n;
    static ngx_uint_t  waiting;

    while (peer_out_len) {
        n = write(STDOUT_FILENO, peer_out_buf, peer_out_len);

        if (n == -1) {
            if (errno == EINTR) {
                continue;
            }

            if (errno != EAGAIN) {
                exit(0);
            }

            if (!waiting) {
                waiting = 1;
                (void) peer_io_add(&peer_stdout, 1);
            }

            return;
        }

        peer_out_len -= n;
        ngx_memmove(peer_out_buf, peer_out_buf + n, peer_out_len);
    }

    if (waiting) {
        waiting = 0;
        peer_io_del(&peer_stdout);
    }
}
