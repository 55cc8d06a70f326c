
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How good each peer's connection is: from the reports of both ways, and
 * told to its client and to the others ("quality" in PROTOCOL.md).
 */


#ifndef _NGX_SECMEET_QUALITY_H_INCLUDED_
#define _NGX_SECMEET_QUALITY_H_INCLUDED_


#include "ngx_secmeet_layer.h"
#include "ngx_secmeet_sub.h"


#define NGX_SECMEET_QUALITY_INTERVAL  2000000   /* usec between two messages */

/* loss in 1/1000 and round trip in ms up to which it is good, fair, poor */
#define NGX_SECMEET_QUALITY_LOSS_GOOD 20
#define NGX_SECMEET_QUALITY_LOSS_FAIR 50
#define NGX_SECMEET_QUALITY_LOSS_POOR 120
#define NGX_SECMEET_QUALITY_RTT_GOOD  300
#define NGX_SECMEET_QUALITY_RTT_FAIR  600
#define NGX_SECMEET_QUALITY_RTT_POOR  1200

#define NGX_SECMEET_QUALITY_BAD       1
#define NGX_SECMEET_QUALITY_POOR      2
#define NGX_SECMEET_QUALITY_FAIR      3
#define NGX_SECMEET_QUALITY_GOOD      4


/* a report of the peer about what it is sent */
void ngx_secmeet_quality_block(ngx_secmeet_sub_t *sub,
    ngx_secmeet_rtcp_block_t *block, ngx_secmeet_usec_t now);

/* a report to the peer about what it sends */
void ngx_secmeet_quality_sent(ngx_secmeet_layer_t *layer,
    ngx_secmeet_rtcp_block_t *block);

/* each second: tells the peer's client if it is time, and if it has changed */
void ngx_secmeet_quality(ngx_secmeet_transport_t *tp,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_QUALITY_H_INCLUDED_ */
