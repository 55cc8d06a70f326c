
/*
 * Copyright (C) secmeet contributors
 */


/*
 * RTCP both ways: reports each second, NACK and PLI to publishers, and what
 * receivers ask for.
 */


#ifndef _NGX_SECMEET_FEEDBACK_H_INCLUDED_
#define _NGX_SECMEET_FEEDBACK_H_INCLUDED_


#include "ngx_secmeet_transport.h"


#define NGX_SECMEET_FEEDBACK_PACKETS  64        /* RTCP packets looked at */
#define NGX_SECMEET_FEEDBACK_NACKS    64        /* sequence numbers of one */


/* a protected RTCP packet came on a secure transport */
void ngx_secmeet_feedback_input(ngx_secmeet_transport_t *tp,
    ngx_secmeet_datagram_t *dg);

/* what the layers of this transport's peer need to be asked for, now */
void ngx_secmeet_feedback_poll(ngx_secmeet_transport_t *tp);

/* when what has transport-wide numbers came */
void ngx_secmeet_feedback_arrivals(ngx_secmeet_transport_t *tp);

/* sender and receiver reports */
void ngx_secmeet_feedback_report(ngx_secmeet_transport_t *tp);


#endif /* _NGX_SECMEET_FEEDBACK_H_INCLUDED_ */
