
/*
 * Copyright (C) secmeet contributors
 */


/*
 * One WebRTC peer without a browser: a socket, ICE in the controlling role,
 * a DTLS client, SRTP, and m-lines that send or receive.  It knows nothing
 * of signaling: SDP comes and goes by command.
 */


#ifndef _PEER_H_INCLUDED_
#define _PEER_H_INCLUDED_


#include "loop.h"
#include "out.h"
#include "ice.h"
#include "line.h"
#include "sink.h"
#include "source.h"
#include "tcp.h"
#include "../../ngx_secmeet_module/wire/ngx_secmeet_sdp.h"
#include "../../ngx_secmeet_module/engine/ngx_secmeet_arrivals.h"
#include "../../ngx_secmeet_module/engine/ngx_secmeet_ledger.h"
#include "../../ngx_secmeet_module/crypto/ngx_secmeet_dtls.h"
#include "../../ngx_secmeet_module/crypto/ngx_secmeet_srtp.h"


#define PEER_MAP              1024      /* SSRC -> end, a power of two */
#define PEER_DATAGRAM         4096      /* bytes that we read or write */
#define PEER_EARLY            256       /* packets before an answer */


/* a packet of an SSRC that the answer, not here yet, will name */
typedef struct {
    u_char                    data[NGX_SECMEET_MTU];
    size_t                    len;
    ngx_secmeet_usec_t        when;
} peer_early_t;


typedef struct {
    uint64_t                  in;               /* datagrams */
    uint64_t                  out;
    uint64_t                  bytes_in;
    uint64_t                  bytes_out;
    uint64_t                  lost_in;          /* by impair */
    uint64_t                  lost_out;
    uint64_t                  unknown;          /* of no protocol */
    uint64_t                  foreign;          /* not from our server */
    uint64_t                  bad_decrypt;
    uint64_t                  bad_rtcp;
    uint64_t                  bad_stun;
    uint64_t                  bad_frame;
    uint64_t                  unknown_ssrc;
    uint64_t                  early;            /* SRTP before the keys */
    uint64_t                  replays;
    uint64_t                  requests;         /* STUN requests to us */
    uint64_t                  sr_out;
    uint64_t                  rr_out;
    uint64_t                  nack_out;
    uint64_t                  bye_in;
    uint64_t                  feedback_unknown; /* for no SSRC of ours */
    uint64_t                  twcc_in;          /* feedback */
    uint64_t                  twcc_out;
    uint64_t                  twcc_missed;      /* by its own numbers */
    uint64_t                  twcc_foreign;     /* tells of nothing we sent */
    uint64_t                  twcc_acked;       /* packets */
    uint64_t                  twcc_lost;
    uint64_t                  twcc_stamped;     /* sent, received with one */
    uint64_t                  twcc_arrived;
    uint64_t                  twcc_bad;         /* not of two bytes */
} peer_counts_t;


/* transport-wide congestion control, both ways */
typedef struct {
    peer_timer_t              timer;
    ngx_secmeet_arrivals_t    arrivals;
    ngx_secmeet_ledger_t      ledger;
    uint32_t                  ssrc;             /* of what came last */
    ngx_uint_t                number;           /* of the last feedback */
    ngx_secmeet_usec_t        heard;
    ngx_secmeet_usec_t        gap;              /* between two, at most */
    unsigned                  mute:1;           /* sends none */
} peer_twcc_t;


struct peer_s {
    ngx_uint_t                id;
    peer_t                   *next;
    peer_io_t                 io;
    ngx_secmeet_addr_t        local;
    peer_tcp_t               *tcp;              /* NULL: by UDP */

    peer_ice_t                ice;

    ngx_secmeet_dtls_ctx_t   *ctx;
    ngx_secmeet_dtls_t       *dtls;
    ngx_secmeet_srtp_t       *srtp;
    ngx_str_t                 server_fingerprint;
    u_char                    sha256[32];
    peer_timer_t              dtls_timer;

    peer_line_t              *lines[PEER_LINES];
    ngx_uint_t                nlines;
    peer_end_t                map[PEER_MAP];

    uint64_t                  session;
    uint64_t                  version;
    ngx_uint_t                exts[NGX_SECMEET_EXT_N];  /* offered */
    ngx_uint_t                pt_shift;         /* of the usual ones */
    ngx_uint_t                rtx;              /* offered with video */
    u_char                    cname[17];

    uint32_t                  ssrc;             /* of RTCP when not sending */
    peer_timer_t              rtcp_timer;
    peer_timer_t              nack_timer;
    peer_counts_t             counts;
    peer_twcc_t              *twcc;             /* NULL: not offered */
    peer_early_t             *early;            /* PEER_EARLY of them */
    ngx_uint_t                nearly;

    ngx_uint_t                loss_in;          /* 1/1000 */
    ngx_uint_t                loss_out;
    uint64_t                  seed;

    unsigned                  mute:1;           /* a cut cable */
    unsigned                  secure:1;
    unsigned                  offered:1;        /* and not answered yet */
    unsigned                  nack:1;
    unsigned                  no_rr:1;
    unsigned                  no_ssrc:1;        /* leaves a=ssrc out */
    unsigned                  wrong_fingerprint:1;
    unsigned                  hold:1;           /* ICE without DTLS */
    unsigned                  again:1;          /* a second handshake */
    unsigned                  paired:1;         /* with another, no server */
};


peer_t *peer_create(ngx_uint_t id);
peer_t *peer_find(ngx_uint_t id);
void peer_close(peer_t *peer);

/* NGX_OK, or NGX_ERROR with errno; an older socket is closed */
ngx_int_t peer_bind(peer_t *peer, ngx_secmeet_addr_t *addr);

/* what came from there */
void peer_datagram(peer_t *peer, u_char *p, size_t len,
    ngx_secmeet_addr_t *from, ngx_secmeet_usec_t when);

/* to the selected address, or to the given one; counts, and loses by impair */
void peer_send(peer_t *peer, u_char *p, size_t len, ngx_secmeet_addr_t *to);

/* the answer is there: takes what came before it */
void peer_early(peer_t *peer);

/* an event of a peer; takes fields, which may be NULL */
void peer_event(peer_t *peer, const char *event, json_t *fields);

/* "127.0.0.1", "::1", "127.0.0.1:3478", "[::1]:3478" */
ngx_int_t peer_addr_parse(ngx_secmeet_addr_t *addr, const char *text);
json_t *peer_addr_json(ngx_secmeet_addr_t *addr);
ngx_int_t peer_addr_same(ngx_secmeet_addr_t *a, ngx_secmeet_addr_t *b);

uint64_t peer_random(void);


#endif /* _PEER_H_INCLUDED_ */
