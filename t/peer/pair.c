
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Two peers of one program, without a server and a handshake between them:
 * for tests of the peer itself.
 */


#include "command.h"
#include "feedback.h"
#include "secure.h"


static const char *peer_pair_with(peer_t *peer, peer_t *other,
    ngx_secmeet_dtls_keys_t *keys);


const char *
peer_command_pair(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer_t                   *other;
    ngx_uint_t                i;
    const char               *reason;
    ngx_secmeet_dtls_keys_t   keys, swapped;

    other = peer_find(peer_arg_uint(cmd, "with", 0));

    if (other == NULL || other == peer || peer->secure || other->secure) {
        return "with whom?  neither may have a server";
    }

    ngx_memzero(&keys, sizeof(ngx_secmeet_dtls_keys_t));

    keys.profile = NGX_SECMEET_SRTP_AEAD_AES_128_GCM;
    keys.len = 16 + 12;

    for (i = 0; i < keys.len; i++) {
        keys.local[i] = (u_char) i;
        keys.remote[i] = (u_char) (0x80 | i);
    }

    swapped = keys;
    ngx_memcpy(swapped.local, keys.remote, sizeof(keys.local));
    ngx_memcpy(swapped.remote, keys.local, sizeof(keys.local));

    reason = peer_pair_with(peer, other, &keys);

    return reason ? reason : peer_pair_with(other, peer, &swapped);
}


static const char *
peer_pair_with(peer_t *peer, peer_t *other, ngx_secmeet_dtls_keys_t *keys)
{
    peer_pair_t  *pair;

    peer->srtp = ngx_secmeet_srtp_create(keys);

    if (peer->srtp == NULL) {
        return "no SRTP";
    }

    pair = &peer->ice.pairs[0];
    pair->addr = other->local;

    peer->ice.npairs = 1;
    peer->ice.selected = pair;
    peer->paired = 1;
    peer->secure = 1;

    peer_secure_ssrcs(peer);
    peer_feedback_start(peer);

    return NULL;
}
