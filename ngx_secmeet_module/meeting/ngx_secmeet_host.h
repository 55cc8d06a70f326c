
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What hosts may do: who gets in, who is heard, who goes.
 */


#ifndef _NGX_SECMEET_HOST_H_INCLUDED_
#define _NGX_SECMEET_HOST_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_signal.h"


/* a message of PROTOCOL.md, "hosts only", from a peer that may be none */
void ngx_secmeet_host(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);

/* a host has just come, or become one: what only hosts are told */
void ngx_secmeet_host_tell(ngx_secmeet_peer_t *peer);


#endif /* _NGX_SECMEET_HOST_H_INCLUDED_ */
