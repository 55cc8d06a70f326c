
/*
 * Copyright (C) secmeet contributors
 */


#include "loop.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/prctl.h>


#define PEER_EVENTS           256
#define PEER_TIMERS           65536
#define PEER_DEFERRED         4096


static ngx_secmeet_usec_t peer_clock(clockid_t id);
static void peer_loop_pause(void);
static void peer_loop_expire(void);
static void peer_loop_free(void);
static void peer_timer_up(ngx_uint_t i);
static void peer_timer_down(ngx_uint_t i);


ngx_secmeet_usec_t    peer_now;
ngx_secmeet_usec_t    peer_epoch;
ngx_secmeet_usec_t    peer_batch;

static int            peer_epoll;
static ngx_uint_t     peer_ntimers;
static ngx_uint_t     peer_ndeferred;
static peer_timer_t  *peer_timers[PEER_TIMERS + 1];
static void          *peer_deferred[PEER_DEFERRED];


static ngx_secmeet_usec_t
peer_clock(clockid_t id)
{
    struct timespec  ts;

    clock_gettime(id, &ts);

    return (ngx_secmeet_usec_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


void
peer_loop_time(void)
{
    peer_now = peer_clock(CLOCK_MONOTONIC);
    peer_epoch = peer_clock(CLOCK_REALTIME) - peer_now;
}


void
peer_loop_init(void)
{
    peer_epoll = epoll_create1(EPOLL_CLOEXEC);

    if (peer_epoll == -1) {
        perror("epoll_create1");
        exit(2);
    }

    /* packets are paced by the microsecond */
    (void) prctl(PR_SET_TIMERSLACK, 1000);

    peer_loop_time();
}


void
peer_loop_run(void)
{
    int                  i, n;
    peer_io_t           *io;
    ngx_secmeet_usec_t   wait;
    struct timespec      ts, *timeout;
    struct epoll_event   events[PEER_EVENTS];

    for ( ;; ) {
        peer_loop_pause();

        timeout = NULL;

        if (peer_ntimers) {
            wait = (peer_timers[1]->when > peer_now)
                   ? peer_timers[1]->when - peer_now : 0;

            ts.tv_sec = wait / 1000000;
            ts.tv_nsec = wait % 1000000 * 1000;
            timeout = &ts;
        }

        n = epoll_pwait2(peer_epoll, events, PEER_EVENTS, timeout, NULL);

        peer_loop_time();

        for (i = 0; i < n; i++) {
            io = events[i].data.ptr;

            if (io->fd != -1 && (events[i].events & EPOLLOUT)) {
                io->write(io->data);
            }

            if (io->fd != -1 && (events[i].events & ~EPOLLOUT)) {
                io->read(io->data);
            }
        }

        peer_loop_expire();
        peer_loop_free();
    }
}


static void
peer_loop_pause(void)
{
    struct timespec             ts;
    static ngx_secmeet_usec_t   next;

    if (peer_batch == 0) {
        return;
    }

    peer_loop_time();

    if (next > peer_now) {
        ts.tv_sec = next / 1000000;
        ts.tv_nsec = next % 1000000 * 1000;

        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
        peer_loop_time();
    }

    next = peer_now + peer_batch;
}


static void
peer_loop_expire(void)
{
    ngx_uint_t     n;
    peer_timer_t  *timer;

    for (n = 0; peer_ntimers && n < 10000; n++) {
        timer = peer_timers[1];

        if (timer->when > peer_now) {
            return;
        }

        peer_timer_del(timer);

        timer->handler(timer->data);
    }
}


static void
peer_loop_free(void)
{
    while (peer_ndeferred) {
        free(peer_deferred[--peer_ndeferred]);
    }
}


ngx_int_t
peer_io_add(peer_io_t *io, ngx_uint_t write)
{
    struct epoll_event  event;

    event.events = write ? EPOLLIN|EPOLLOUT : EPOLLIN;
    event.data.ptr = io;

    if (epoll_ctl(peer_epoll, EPOLL_CTL_ADD, io->fd, &event) == -1) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
peer_io_del(peer_io_t *io)
{
    (void) epoll_ctl(peer_epoll, EPOLL_CTL_DEL, io->fd, NULL);
}


void
peer_io_close(peer_io_t *io)
{
    if (io->fd != -1) {
        close(io->fd);
        io->fd = -1;
    }
}


void
peer_timer_set(peer_timer_t *timer, ngx_secmeet_usec_t when)
{
    timer->when = when;

    if (timer->index == 0) {
        if (peer_ntimers == PEER_TIMERS) {
            fprintf(stderr, "peer: too many timers\n");
            exit(2);
        }

        timer->index = ++peer_ntimers;
        peer_timers[timer->index] = timer;
    }

    peer_timer_up(timer->index);
    peer_timer_down(timer->index);
}


void
peer_timer_del(peer_timer_t *timer)
{
    ngx_uint_t  i;

    i = timer->index;

    if (i == 0) {
        return;
    }

    timer->index = 0;

    peer_timers[i] = peer_timers[peer_ntimers--];

    if (i <= peer_ntimers) {
        peer_timers[i]->index = i;
        peer_timer_up(i);
        peer_timer_down(i);
    }
}


static void
peer_timer_up(ngx_uint_t i)
{
    peer_timer_t  *timer;

    timer = peer_timers[i];

    while (i > 1 && peer_timers[i / 2]->when > timer->when) {
        peer_timers[i] = peer_timers[i / 2];
        peer_timers[i]->index = i;
        i /= 2;
    }

    peer_timers[i] = timer;
    timer->index = i;
}


static void
peer_timer_down(ngx_uint_t i)
{
    ngx_uint_t     child;
    peer_timer_t  *timer;

    timer = peer_timers[i];

    for ( ;; ) {
        child = i * 2;

        if (child > peer_ntimers) {
            break;
        }

        if (child < peer_ntimers
            && peer_timers[child + 1]->when < peer_timers[child]->when)
        {
            child++;
        }

        if (peer_timers[child]->when >= timer->when) {
            break;
        }

        peer_timers[i] = peer_timers[child];
        peer_timers[i]->index = i;
        i = child;
    }

    peer_timers[i] = timer;
    timer->index = i;
}


void *
peer_alloc(size_t size)
{
    void  *p;

    p = calloc(1, size);

    if (p == NULL) {
        perror("calloc");
        exit(2);
    }

    return p;
}


void
peer_defer(void *p)
{
    if (peer_ndeferred == PEER_DEFERRED) {

        /* never in practice; a leak is better than a use after free */

        return;
    }

    peer_deferred[peer_ndeferred++] = p;
}
