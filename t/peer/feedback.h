
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

/* whom RTCP packets are from: the first source, or a number of their own */
uint32_t peer_feedback_ssrc(peer_t *peer);

/* protects and sends; p has room for the trailer */
void peer_feedback_send(peer_t *peer, u_char *p, size_t len);


/* twcc.c: transport-wide congestion control */

void peer_twcc_create(peer_t *peer);
void peer_twcc_free(peer_t *peer);

/* adds the extension, if it is negotiated; p: room for two bytes */
void peer_twcc_stamp(peer_line_t *line, ngx_secmeet_rtp_t *rtp, u_char *p,
    size_t size);
void peer_twcc_arrived(peer_line_t *line, ngx_secmeet_rtp_t *rtp,
    ngx_secmeet_usec_t when);
void peer_twcc_input(peer_t *peer, ngx_secmeet_rtcp_t *rtcp);
json_t *peer_twcc_stats(peer_t *peer);


#endif /* _PEER_FEEDBACK_H_INCLUDED_ */
