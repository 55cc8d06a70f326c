
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The packet path: an authentic RTP packet of a layer goes to every sub of
 * its track.  No allocation, no lock, no log.
 */


#ifndef _NGX_SECMEET_FORWARD_H_INCLUDED_
#define _NGX_SECMEET_FORWARD_H_INCLUDED_


#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_sub.h"


/* a protected RTP packet came on a secure transport */
void ngx_secmeet_forward_input(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg);

/* a sub asks for a packet again, by the number that it was sent under */
void ngx_secmeet_forward_resend(ngx_secmeet_sub_t *sub, uint16_t seq,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_FORWARD_H_INCLUDED_ */
