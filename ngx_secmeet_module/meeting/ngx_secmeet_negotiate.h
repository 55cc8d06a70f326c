
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Offer and answer (RFC 8829): the client's offer changes the peer's media,
 * and an answer says what came of it.  A refused offer changes nothing.
 */


#ifndef _NGX_SECMEET_NEGOTIATE_H_INCLUDED_
#define _NGX_SECMEET_NEGOTIATE_H_INCLUDED_


#include "ngx_secmeet_peer.h"


/* why an offer was refused: an error code of PROTOCOL.md and a sentence */
typedef struct {
    const char               *code;
    const char               *text;
} ngx_secmeet_refusal_t;


/*
 * NGX_OK: applied; NGX_DECLINED: refused, nothing has changed; NGX_ERROR:
 * no memory, the peer must end.  sdp stays filled for _answer, its media
 * (ngx_alloc) is freed by ngx_secmeet_negotiate_free().
 */
ngx_int_t ngx_secmeet_negotiate_offer(ngx_secmeet_peer_t *peer,
    ngx_secmeet_message_t *message, ngx_secmeet_sdp_t *sdp,
    ngx_secmeet_refusal_t *refusal);

/* turns the applied offer into the answer; strings live in the peer */
void ngx_secmeet_negotiate_answer(ngx_secmeet_peer_t *peer,
    ngx_secmeet_sdp_t *sdp);

void ngx_secmeet_negotiate_free(ngx_secmeet_sdp_t *sdp);


#endif /* _NGX_SECMEET_NEGOTIATE_H_INCLUDED_ */
