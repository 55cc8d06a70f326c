
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The DTLS association of a peer, and the SRTP keys that come of it.
 */


#ifndef _PEER_SECURE_H_INCLUDED_
#define _PEER_SECURE_H_INCLUDED_


#include "peer.h"


void peer_secure_init(peer_t *peer);

/* begins the handshake, once */
void peer_secure_start(peer_t *peer);

/* another handshake on the same path; the keys of the first stay */
const char *peer_secure_again(peer_t *peer);

void peer_secure_input(peer_t *peer, u_char *p, size_t len);

/* tells SRTP the SSRCs of all m-lines */
void peer_secure_ssrcs(peer_t *peer);

/* close_notify */
void peer_secure_close(peer_t *peer);
void peer_secure_free(peer_t *peer);

/* the first datagram of a handshake, up to size bytes; 0: none */
size_t peer_secure_hello(u_char *p, size_t size);


#endif /* _PEER_SECURE_H_INCLUDED_ */
