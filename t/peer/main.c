
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"

#include <signal.h>
#include <stdio.h>


#define PEER_LINE_MAX         (4 * 1024 * 1024)


static void peer_main_read(void *data);
static void peer_main_lines(void);


static peer_io_t   peer_stdin;
static char       *peer_line;
static size_t      peer_line_len;


int
main(int argc, char *const *argv)
{
    signal(SIGPIPE, SIG_IGN);

    if (ngx_secmeet_srtp_init() != NGX_OK) {
        fprintf(stderr, "peer: libsrtp does not start\n");
        return 2;
    }

    peer_line = peer_alloc(PEER_LINE_MAX);

    peer_loop_init();
    peer_out_init();

    peer_stdin.fd = STDIN_FILENO;
    peer_stdin.read = peer_main_read;
    peer_stdin.write = peer_main_read;

    (void) fcntl(STDIN_FILENO, F_SETFL,
                 fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);

    if (peer_io_add(&peer_stdin, 0) != NGX_OK) {
        fprintf(stderr, "peer: stdin must be a pipe\n");
        return 2;
    }

    peer_out(json_pack("{s:s, s:I}", "event", "ready", "time",
                       (json_int_t) peer_now));

    peer_loop_run();

    return 0;
}


static void
peer_main_read(void *data)
{
    ssize_t  n;

    for ( ;; ) {
        n = read(STDIN_FILENO, peer_line + peer_line_len,
                 PEER_LINE_MAX - peer_line_len);

        if (n == 0) {
            exit(0);
        }

        if (n == -1) {
            if (errno == EAGAIN || errno == EINTR) {
                return;
            }

            exit(2);
        }

        peer_line_len += n;
        peer_main_lines();

        if (peer_line_len == PEER_LINE_MAX) {
            fprintf(stderr, "peer: a command is too long\n");
            exit(2);
        }
    }
}


static void
peer_main_lines(void)
{
    char    *p, *end;
    size_t   done, left;

    done = 0;

    for ( ;; ) {
        p = peer_line + done;
        left = peer_line_len - done;
        end = memchr(p, '\n', left);

        if (end == NULL) {
            break;
        }

        peer_command(p, end - p);
        done += end - p + 1;
    }

    peer_line_len -= done;
    ngx_memmove(peer_line, peer_line + done, peer_line_len);
}
