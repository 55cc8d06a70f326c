
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The event loop of the test peer: epoll, a heap of timers, and memory that
 * is freed only when nothing of this turn can point to it any more.
 */


#ifndef _PEER_LOOP_H_INCLUDED_
#define _PEER_LOOP_H_INCLUDED_


#include "../../ngx_secmeet_module/ngx_secmeet.h"


typedef void (*peer_handler_pt)(void *data);


typedef struct {
    ngx_secmeet_usec_t        when;
    ngx_uint_t                index;            /* in the heap; 0: unset */
    peer_handler_pt           handler;
    void                     *data;
} peer_timer_t;


typedef struct {
    int                       fd;
    peer_handler_pt           read;
    peer_handler_pt           write;
    void                     *data;
} peer_io_t;


/* CLOCK_MONOTONIC of this turn, and what CLOCK_REALTIME has more */
extern ngx_secmeet_usec_t  peer_now;
extern ngx_secmeet_usec_t  peer_epoch;

/* microseconds that a turn takes at least, so that packets gather */
extern ngx_secmeet_usec_t  peer_batch;


void peer_loop_init(void);
void peer_loop_time(void);
void peer_loop_run(void);

ngx_int_t peer_io_add(peer_io_t *io, ngx_uint_t write);
void peer_io_del(peer_io_t *io);
void peer_io_close(peer_io_t *io);

/* sets, or moves, a timer */
void peer_timer_set(peer_timer_t *timer, ngx_secmeet_usec_t when);
void peer_timer_del(peer_timer_t *timer);

/* malloc() that ends the program instead of failing; zeroed */
void *peer_alloc(size_t size);

/* free() at the end of this turn */
void peer_defer(void *p);


#endif /* _PEER_LOOP_H_INCLUDED_ */
