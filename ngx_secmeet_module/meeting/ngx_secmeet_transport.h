
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A transport: one peer's ICE, DTLS and SRTP association.  ICE-lite (RFC
 * 8445, 2.5), DTLS server, one handshake in one ICE generation.
 */


#ifndef _NGX_SECMEET_TRANSPORT_H_INCLUDED_
#define _NGX_SECMEET_TRANSPORT_H_INCLUDED_


#include "ngx_secmeet_worker.h"
#include "../crypto/ngx_secmeet_ice.h"
#include "../crypto/ngx_secmeet_srtp.h"
#include "../engine/ngx_secmeet_arrivals.h"
#include "../engine/ngx_secmeet_limit.h"
#include "../wire/ngx_secmeet_sdp.h"


#define NGX_SECMEET_TRANSPORT_UFRAG   16        /* worker's id, random */
#define NGX_SECMEET_TRANSPORT_PWD     24
#define NGX_SECMEET_TRANSPORT_PATHS   8
#define NGX_SECMEET_TRANSPORT_TRIES   32        /* handshakes begun */
#define NGX_SECMEET_TRANSPORT_SSRCS   256       /* incoming, at most */
#define NGX_SECMEET_TRANSPORT_RTCP    100000    /* bytes/s that are read */
#define NGX_SECMEET_TRANSPORT_STALE   7000000   /* usec without STUN */
#define NGX_SECMEET_TRANSPORT_TICK    1000      /* msec: consent, reports */


typedef struct {
    uint32_t                  ssrc;
    ngx_uint_t                rtx;              /* retransmissions of layer */
    ngx_secmeet_layer_t      *layer;
} ngx_secmeet_transport_ssrc_t;


struct ngx_secmeet_transport_s {
    ngx_str_node_t            node;             /* by ufrag */
    u_char                    ufrag[NGX_SECMEET_TRANSPORT_UFRAG];
    u_char                    pwd[NGX_SECMEET_TRANSPORT_PWD];

    ngx_secmeet_worker_t     *worker;
    ngx_secmeet_peer_t       *peer;

    u_char                    remote_ufrag[256];
    size_t                    remote_ufrag_len;
    u_char                    fingerprint[32];

    ngx_queue_t               paths;
    ngx_uint_t                npaths;
    ngx_secmeet_path_t       *selected;
    ngx_secmeet_path_t       *handshake;        /* where DTLS came last */
    ngx_secmeet_usec_t        consent;          /* last STUN; 0: none yet */

    ngx_secmeet_dtls_t       *dtls;
    ngx_uint_t                tries;
    ngx_secmeet_limit_t       rtcp;             /* bytes of it that come */
    ngx_secmeet_srtp_t       *srtp;

    ngx_secmeet_transport_ssrc_t  *ssrcs;       /* sorted */
    ngx_uint_t                nssrcs;

    uint32_t                  ssrc;             /* of our reports */
    ngx_secmeet_usec_t        rtt;              /* 0: not known */

    ngx_uint_t                up;               /* loss of what it sends, */
    ngx_uint_t                down;             /* and is sent, 1/1000000 */
    ngx_secmeet_usec_t        told;             /* so, last; 0: never */
    uint32_t                  told_hash;

    ngx_secmeet_arrivals_t   *arrivals;         /* NULL: without numbers */
    ngx_secmeet_egress_t     *egress;           /* NULL: receives nothing */

    ngx_uint_t                goodbye;          /* by DTLS: 1, later more */

    ngx_event_t               dtls_event;
    ngx_event_t               tick;
    ngx_event_t               feedback;         /* NACK, PLI: this turn */
    ngx_event_t               retry;            /* and later */
    ngx_event_t               arrived;          /* feedback of arrivals */

    unsigned                  secure:1;
    unsigned                  restarted:1;      /* ICE, not yet validated */
};


/* by a checked offer; NULL: no memory */
ngx_secmeet_transport_t *ngx_secmeet_transport_create(
    ngx_secmeet_peer_t *peer, ngx_secmeet_sdp_t *offer);

/* a later offer: another ufrag restarts ICE.  NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_transport_update(ngx_secmeet_transport_t *tp,
    ngx_secmeet_sdp_t *offer);
void ngx_secmeet_transport_close(ngx_secmeet_transport_t *tp);

/* by our ufrag; NULL */
ngx_secmeet_transport_t *ngx_secmeet_transport_find(
    ngx_secmeet_worker_t *worker, ngx_str_t *ufrag);

/* a parsed STUN request that names this transport */
void ngx_secmeet_transport_stun(ngx_secmeet_transport_t *tp,
    ngx_secmeet_stun_t *stun, ngx_secmeet_datagram_t *dg);

/* DTLS, RTP or RTCP on a path */
void ngx_secmeet_transport_input(ngx_secmeet_path_t *path,
    ngx_secmeet_datagram_t *dg);

/* protects and queues an RTCP compound of len bytes on the selected path */
void ngx_secmeet_transport_rtcp(ngx_secmeet_transport_t *tp,
    ngx_secmeet_packet_t *packet);

/* NULL: not known; good until the next _add or _remove */
ngx_secmeet_transport_ssrc_t *ngx_secmeet_transport_ssrc(
    ngx_secmeet_transport_t *tp, uint32_t ssrc);

/* NGX_OK; NGX_DECLINED: in use, or too many; NGX_ERROR: no memory */
ngx_int_t ngx_secmeet_transport_add(ngx_secmeet_transport_t *tp,
    uint32_t ssrc, ngx_secmeet_layer_t *layer, ngx_uint_t rtx);
void ngx_secmeet_transport_remove(ngx_secmeet_transport_t *tp,
    uint32_t ssrc);


#endif /* _NGX_SECMEET_TRANSPORT_H_INCLUDED_ */
