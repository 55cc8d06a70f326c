
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The packet path: an authentic RTP packet of a layer goes to every sub of
 * its track that takes it.  No allocation, no lock, no log.
 */


#ifndef _NGX_SECMEET_FORWARD_H_INCLUDED_
#define _NGX_SECMEET_FORWARD_H_INCLUDED_


#include "ngx_secmeet_transport.h"
#include "ngx_secmeet_track.h"
#include "ngx_secmeet_sub.h"
#include "../wire/ngx_secmeet_payload.h"


/* one packet on its way to the subs */
struct ngx_secmeet_forward_s {
    ngx_secmeet_rtp_t        *rtp;
    ngx_secmeet_sdp_codec_t  *codec;            /* of the publisher */
    ngx_secmeet_payload_t     payload;
    ngx_str_t                *dd;               /* NULL: none, or not used */
    ngx_secmeet_rewrite_in_t  in;
    ngx_secmeet_usec_t        now;
};


/*
 * Fills what follows from rtp, codec and in.number; dd is what the
 * dependency descriptor refers to, NULL for a packet that is not new.
 */
void ngx_secmeet_forward_facts(ngx_secmeet_layer_t *layer,
    ngx_secmeet_forward_t *fw, ngx_secmeet_dd_t *dd);

void ngx_secmeet_forward_input(ngx_secmeet_layer_t *layer,
    ngx_secmeet_forward_t *fw);

/*
 * A sub asks for a packet again, by the number that it was sent under.
 * NGX_OK, sent or not kept any more; NGX_DECLINED: it asks too much.
 */
ngx_int_t ngx_secmeet_forward_resend(ngx_secmeet_sub_t *sub, uint16_t seq,
    ngx_secmeet_usec_t now);

/*
 * What was sent, or is to be sent, under this number: NGX_OK with fw, whose
 * rtp the caller gives, and out; NGX_DECLINED: it is not kept any more.
 */
ngx_int_t ngx_secmeet_forward_stored(ngx_secmeet_sub_t *sub, uint16_t seq,
    ngx_secmeet_forward_t *fw, ngx_secmeet_rewrite_out_t *out);


#endif /* _NGX_SECMEET_FORWARD_H_INCLUDED_ */
