
/*
 * Copyright (C) secmeet contributors
 */


/*
 * RTCP of a peer: reports each second, NACKs for gaps, PLI and FIR, and what
 * the server says in return.
 */


#ifndef _PEER_FEEDBACK_H_INCLUDED_
#define _PEER_FEEDBACK_H_INCLUDED_


#include "peer.h"


void peer_feedback_init(peer_t *peer);
void peer_feedback_start(peer_t *peer);
void peer_feedback_stop(peer_t *peer);

/* an SRTCP datagram */
void peer_feedback_input(peer_t *peer, u_char *p, size_t len);

/* a sink has a gap */
void peer_feedback_nack(peer_t *peer);

/* NULL, or what is wrong */
const char *peer_feedback_key(peer_t *peer, peer_line_t *line,
    ngx_uint_t fir);
void peer_feedback_bye(peer_t *peer);

/* protects and sends; p has room for the trailer */
void peer_feedback_send(peer_t *peer, u_char *p, size_t len);


#endif /* _PEER_FEEDBACK_H_INCLUDED_ */
