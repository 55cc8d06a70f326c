
/*
 * Copyright (C) secmeet contributors
 */


/*
 * One way of a link with the packets on it: what goes in comes out at the
 * handler when the model says so, in the model's order.
 */


#ifndef _LINK_STAGE_H_INCLUDED_
#define _LINK_STAGE_H_INCLUDED_


#include "model.h"
#include "../peer/out.h"


#define LINK_PACKETS          65536             /* on one way at a time */


typedef struct {
    ngx_queue_t               queue;
    ngx_secmeet_usec_t        when;
    void                     *data;             /* the caller's */
    size_t                    len;
    u_char                    bytes[];
} link_packet_t;


typedef void (*link_handler_pt)(link_packet_t *packet);


typedef struct {
    link_t                    link;
    ngx_queue_t               packets;          /* by time of arrival */
    ngx_uint_t                npackets;
    peer_timer_t              timer;
    link_handler_pt           handler;
} link_stage_t;


void link_stage_init(link_stage_t *stage, link_handler_pt handler);

/* size: what the link carries for it, headers included */
void link_stage_input(link_stage_t *stage, u_char *p, size_t len, size_t size,
    void *data);


#endif /* _LINK_STAGE_H_INCLUDED_ */
