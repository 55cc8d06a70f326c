
/*
 * Copyright (C) secmeet contributors
 */


/*
 * RTP from a publisher, up to an authentic packet of one of its layers: by
 * SSRC, or by MID and RID where an SSRC is new (RFC 9143, 9.2, RFC 8852);
 * what comes by RTX is what it was (RFC 4588).
 */


#ifndef _NGX_SECMEET_RECEIVE_H_INCLUDED_
#define _NGX_SECMEET_RECEIVE_H_INCLUDED_


#include "ngx_secmeet_transport.h"


/* a protected RTP packet came on a secure transport */
void ngx_secmeet_receive_input(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg);


#endif /* _NGX_SECMEET_RECEIVE_H_INCLUDED_ */
