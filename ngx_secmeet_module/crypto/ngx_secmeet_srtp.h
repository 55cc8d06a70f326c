
/*
 * Copyright (C) secmeet contributors
 */


/*
 * SRTP and SRTCP (RFC 3711, RFC 7714) of one transport, by libsrtp: one
 * context in, one out.  Bad packets are told, never fatal.
 */


#ifndef _NGX_SECMEET_SRTP_H_INCLUDED_
#define _NGX_SECMEET_SRTP_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "ngx_secmeet_dtls.h"


#define NGX_SECMEET_SRTP_TRAILER      20        /* bytes added, at most */
#define NGX_SECMEET_SRTP_WINDOW       1024      /* packets, of replay */
#define NGX_SECMEET_SRTP_SSRCS        1024      /* of each direction */
#define NGX_SECMEET_SRTP_RTCP         16        /* senders of RTCP learnt */


typedef struct ngx_secmeet_srtp_s  ngx_secmeet_srtp_t;


/* once in a process; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_srtp_init(void);

ngx_secmeet_srtp_t *ngx_secmeet_srtp_create(ngx_secmeet_dtls_keys_t *keys);
void ngx_secmeet_srtp_free(ngx_secmeet_srtp_t *srtp);

/*
 * An SSRC that we send, or that we accept: its state is made here, so that
 * the packet path allocates nothing.  A packet of another SSRC is declined,
 * but for RTCP that comes in: authentic senders are learnt, _RTCP of them
 * beside those that were added.  Adding twice is NGX_OK.  NGX_ERROR: no
 * memory, or more than _SSRCS.
 *
 * Removing keeps the state of an SSRC that has been used, so that adding it
 * again neither repeats a keystream (RFC 3711, 9.1) nor accepts a replay.
 */
ngx_int_t ngx_secmeet_srtp_add_out(ngx_secmeet_srtp_t *srtp, uint32_t ssrc);
ngx_int_t ngx_secmeet_srtp_add_in(ngx_secmeet_srtp_t *srtp, uint32_t ssrc);
void ngx_secmeet_srtp_remove_out(ngx_secmeet_srtp_t *srtp, uint32_t ssrc);
void ngx_secmeet_srtp_remove_in(ngx_secmeet_srtp_t *srtp, uint32_t ssrc);

/*
 * In place; *len changes.  protect needs room for _TRAILER bytes more.
 * NGX_OK; NGX_DECLINED: too short, not authentic, unknown SSRC;
 * NGX_DONE: a replay, which is no attack by itself (RFC 3711, 3.3.2).
 * A packet may be protected again if its bytes are the same.
 */
ngx_int_t ngx_secmeet_srtp_protect(ngx_secmeet_srtp_t *srtp, u_char *p,
    size_t *len);
ngx_int_t ngx_secmeet_srtp_unprotect(ngx_secmeet_srtp_t *srtp, u_char *p,
    size_t *len);
/*
 * Whether an RTP packet of an SSRC that was not added may be worth adding
 * it: nothing is made or kept for one that is not authentic, and the packet
 * stays as it is.  NGX_OK or NGX_DECLINED.
 */
ngx_int_t ngx_secmeet_srtp_test(ngx_secmeet_srtp_t *srtp, u_char *p,
    size_t len);

ngx_int_t ngx_secmeet_srtp_protect_rtcp(ngx_secmeet_srtp_t *srtp, u_char *p,
    size_t *len);
ngx_int_t ngx_secmeet_srtp_unprotect_rtcp(ngx_secmeet_srtp_t *srtp,
    u_char *p, size_t *len);


#endif /* _NGX_SECMEET_SRTP_H_INCLUDED_ */
