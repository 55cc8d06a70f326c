
/*
 * Copyright (C) secmeet contributors
 */


/*
 * ICE in the controlling role toward an ICE-lite server (RFC 8445), and
 * consent (RFC 7675).
 */


#ifndef _PEER_ICE_H_INCLUDED_
#define _PEER_ICE_H_INCLUDED_


#include "loop.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_sdp.h"


#define PEER_ICE_UFRAG        8
#define PEER_ICE_PWD          24
#define PEER_ICE_TEXT         256       /* of the other side, at most */


typedef struct peer_s  peer_t;


typedef enum {
    PEER_PAIR_WAITING = 0,
    PEER_PAIR_CHECK,
    PEER_PAIR_NOMINATE,
    PEER_PAIR_CONSENT,
    PEER_PAIR_FAILED
} peer_pair_e;


typedef struct {
    peer_pair_e               state;
    ngx_secmeet_addr_t        addr;
    u_char                    id[12];           /* of the last request */
    u_char                    former[12];       /* and of the one before */
    ngx_uint_t                tries;
    ngx_secmeet_usec_t        sent;
    ngx_secmeet_usec_t        next;             /* 0: nothing to do */
    unsigned                  outstanding:1;
} peer_pair_t;


typedef struct {
    u_char                    text[PEER_ICE_UFRAG + PEER_ICE_PWD];
    ngx_str_t                 ufrag;
    ngx_str_t                 pwd;
} peer_ice_local_t;


typedef struct {
    peer_ice_local_t          local;
    peer_ice_local_t          offered;          /* of a restart */
    u_char                    text[PEER_ICE_TEXT * 2];
    ngx_str_t                 ufrag;            /* of the server */
    ngx_str_t                 pwd;
    uint64_t                  tie_breaker;

    peer_pair_t               pairs[NGX_SECMEET_SDP_CANDIDATES];
    ngx_uint_t                npairs;
    peer_pair_t              *selected;

    peer_timer_t              timer;
    ngx_secmeet_usec_t        started;
    ngx_secmeet_usec_t        consent;          /* last response */
    ngx_secmeet_usec_t        interval;         /* of consent checks */
    ngx_secmeet_usec_t        expiry;           /* of consent */
    ngx_secmeet_usec_t        rtt;
    ngx_uint_t                generation;       /* 0: not started */
    uint64_t                  checks;
    uint64_t                  responses;
    uint64_t                  errors;
    uint64_t                  late;             /* answered already */

    unsigned                  restart:1;        /* offered is in the offer */
    unsigned                  nominate_first:1; /* in the first check */
    unsigned                  muted:1;
} peer_ice_t;


ngx_int_t peer_ice_init(peer_t *peer);

/* new credentials for the next offer */
ngx_int_t peer_ice_restart(peer_t *peer);

/*
 * The answer is there: checks begin if its credentials are new.  Returns
 * what is wrong with it, or NULL.
 */
const char *peer_ice_answer(peer_t *peer, ngx_secmeet_sdp_t *sdp);

/* a STUN message came */
void peer_ice_input(peer_t *peer, u_char *p, size_t len,
    ngx_secmeet_addr_t *from);

/* a consent check now */
void peer_ice_check(peer_t *peer);

/* no more checks */
void peer_ice_stop(peer_t *peer);


#endif /* _PEER_ICE_H_INCLUDED_ */
