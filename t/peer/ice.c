
/*
 * Copyright (C) secmeet contributors
 */


#include "peer.h"
#include "secure.h"
#include "../../ngx_secmeet_module/crypto/ngx_secmeet_ice.h"


/* RFC 8445, 5.1.2.1: type preference 110 (peer reflexive), component 1 */
#define PEER_ICE_PRIORITY     (110u << 24 | 65535u << 8 | 255u)

/* RFC 8445, 14.2: Ta; 14.3: RTO, here shorter */
#define PEER_ICE_TA           20000
#define PEER_ICE_RTO          50000
#define PEER_ICE_TRIES        7

/* RFC 7675, 5.1 */
#define PEER_ICE_INTERVAL     2500000
#define PEER_ICE_EXPIRY       30000000


static ngx_int_t peer_ice_credentials(peer_ice_local_t *local);
static void peer_ice_copy(peer_ice_local_t *to, peer_ice_local_t *from);
static const char *peer_ice_pairs(peer_t *peer, ngx_secmeet_sdp_t *sdp);
static void peer_ice_remote(peer_ice_t *ice, ngx_secmeet_sdp_t *sdp);
static void peer_ice_arm(peer_t *peer);
static void peer_ice_timer(void *data);
static void peer_ice_retry(peer_t *peer, peer_pair_t *pair);
static void peer_ice_consent(peer_t *peer, peer_pair_t *pair);
static void peer_ice_fail(peer_t *peer, const char *reason);
static void peer_ice_request(peer_t *peer, peer_pair_t *pair,
    ngx_uint_t retransmit);
static peer_pair_t *peer_ice_pair(peer_ice_t *ice, ngx_secmeet_stun_t *stun);
static void peer_ice_success(peer_t *peer, peer_pair_t *pair);
static void peer_ice_connected(peer_t *peer, peer_pair_t *pair);


ngx_int_t
peer_ice_init(peer_t *peer)
{
    peer_ice_t  *ice;

    ice = &peer->ice;

    ice->timer.handler = peer_ice_timer;
    ice->timer.data = peer;
    ice->tie_breaker = peer_random();
    ice->interval = PEER_ICE_INTERVAL;
    ice->expiry = PEER_ICE_EXPIRY;

    return peer_ice_credentials(&ice->local);
}


static ngx_int_t
peer_ice_credentials(peer_ice_local_t *local)
{
    local->ufrag.data = local->text;
    local->ufrag.len = PEER_ICE_UFRAG;
    local->pwd.data = local->text + PEER_ICE_UFRAG;
    local->pwd.len = PEER_ICE_PWD;

    return ngx_secmeet_ice_random(local->text, sizeof(local->text));
}


static void
peer_ice_copy(peer_ice_local_t *to, peer_ice_local_t *from)
{
    *to = *from;
    to->ufrag.data = to->text;
    to->pwd.data = to->text + PEER_ICE_UFRAG;
}


ngx_int_t
peer_ice_restart(peer_t *peer)
{
    if (peer->ice.generation == 0) {
        return peer_ice_credentials(&peer->ice.local);
    }

    peer->ice.restart = 1;

    return peer_ice_credentials(&peer->ice.offered);
}


const char *
peer_ice_answer(peer_t *peer, ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t   same;
    peer_ice_t  *ice;

    ice = &peer->ice;

    if (sdp->ufrag.len == 0 || sdp->ufrag.len > PEER_ICE_TEXT
        || sdp->pwd.len < 22 || sdp->pwd.len > PEER_ICE_TEXT)
    {
        return "no ICE credentials in the answer";
    }

    same = sdp->ufrag.len == ice->ufrag.len
           && ngx_memcmp(sdp->ufrag.data, ice->ufrag.data, ice->ufrag.len)
              == 0;

    if (ice->generation && !ice->restart) {
        return same ? NULL : "the server's ufrag changed without a restart";
    }

    if (ice->restart) {
        if (same) {
            return "the server's ufrag is the same after a restart";
        }

        ice->restart = 0;
        peer_ice_copy(&ice->local, &ice->offered);
    }

    ice->generation++;
    ice->started = peer_now;
    peer_ice_remote(ice, sdp);

    return peer_ice_pairs(peer, sdp);
}


static void
peer_ice_remote(peer_ice_t *ice, ngx_secmeet_sdp_t *sdp)
{
    ice->ufrag.data = ice->text;
    ice->ufrag.len = sdp->ufrag.len;
    ngx_memcpy(ice->ufrag.data, sdp->ufrag.data, sdp->ufrag.len);

    ice->pwd.data = ice->text + PEER_ICE_TEXT;
    ice->pwd.len = sdp->pwd.len;
    ngx_memcpy(ice->pwd.data, sdp->pwd.data, sdp->pwd.len);
}


static const char *
peer_ice_pairs(peer_t *peer, ngx_secmeet_sdp_t *sdp)
{
    ngx_uint_t           i;
    peer_ice_t          *ice;
    peer_pair_t         *pair;
    static peer_pair_t   former;

    ice = &peer->ice;

    /*
     * RFC 8445, 9: media goes on over the former pair until the restart
     * has a new one.
     */

    if (ice->selected) {
        former = *ice->selected;
        former.state = PEER_PAIR_FAILED;
        former.outstanding = 0;
        ice->pairs[0] = former;
        ice->selected = &ice->pairs[0];
        ice->npairs = 1;

    } else {
        ice->npairs = 0;
    }

    for (i = 0; i < sdp->ncandidates; i++) {
        if (sdp->candidates[i].addr.sa.sockaddr.sa_family
            != peer->local.sa.sockaddr.sa_family
            || sdp->candidates[i].tcp != (peer->tcp != NULL)
            || ice->npairs == NGX_SECMEET_SDP_CANDIDATES)
        {
            continue;
        }

        pair = &ice->pairs[ice->npairs];

        ngx_memzero(pair, sizeof(peer_pair_t));

        pair->addr = sdp->candidates[i].addr;
        pair->next = peer_now + i * PEER_ICE_TA;

        ice->npairs++;

        /* it has one connection, to the best candidate */

        if (peer->tcp) {
            break;
        }
    }

    if (ice->npairs == (ngx_uint_t) (ice->selected != NULL)) {
        return "no candidate of our address family in the answer";
    }

    peer_ice_timer(peer);

    return NULL;
}


void
peer_ice_stop(peer_t *peer)
{
    peer_timer_del(&peer->ice.timer);
}


static void
peer_ice_arm(peer_t *peer)
{
    ngx_uint_t           i;
    ngx_secmeet_usec_t   next;

    next = 0;

    for (i = 0; i < peer->ice.npairs; i++) {
        if (peer->ice.pairs[i].next
            && (next == 0 || peer->ice.pairs[i].next < next))
        {
            next = peer->ice.pairs[i].next;
        }
    }

    if (next) {
        peer_timer_set(&peer->ice.timer, next);

    } else {
        peer_timer_del(&peer->ice.timer);
    }
}


static void
peer_ice_timer(void *data)
{
    peer_t *peer = data;

    ngx_uint_t    i;
    peer_ice_t   *ice;
    peer_pair_t  *pair;

    ice = &peer->ice;

    for (i = 0; i < ice->npairs; i++) {
        pair = &ice->pairs[i];

        if (pair->next == 0 || pair->next > peer_now) {
            continue;
        }

        switch (pair->state) {

        case PEER_PAIR_WAITING:
            pair->state = PEER_PAIR_CHECK;
            peer_ice_request(peer, pair, 0);
            break;

        case PEER_PAIR_CHECK:
        case PEER_PAIR_NOMINATE:
            peer_ice_retry(peer, pair);
            break;

        case PEER_PAIR_CONSENT:
            peer_ice_consent(peer, pair);
            break;

        default:
            pair->next = 0;
            break;
        }
    }

    peer_ice_arm(peer);
}


static void
peer_ice_retry(peer_t *peer, peer_pair_t *pair)
{
    ngx_uint_t  i;

    if (pair->tries < PEER_ICE_TRIES) {
        peer_ice_request(peer, pair, 1);
        return;
    }

    pair->state = PEER_PAIR_FAILED;
    pair->outstanding = 0;
    pair->next = 0;

    for (i = 0; i < peer->ice.npairs; i++) {
        if (peer->ice.pairs[i].state != PEER_PAIR_FAILED) {
            return;
        }
    }

    peer_ice_fail(peer, "ice: no response");
}


static void
peer_ice_consent(peer_t *peer, peer_pair_t *pair)
{
    if (peer_now - peer->ice.consent > peer->ice.expiry) {
        pair->state = PEER_PAIR_FAILED;
        pair->next = 0;
        peer_ice_fail(peer, "ice: consent expired");
        return;
    }

    peer_ice_request(peer, pair, 0);

    /* RFC 7675, 5.1: randomized between 0.8 and 1.2 of the interval */

    pair->next = peer_now
                 + peer->ice.interval * (800 + peer_random() % 401) / 1000;
}


void
peer_ice_check(peer_t *peer)
{
    peer_pair_t  *pair;

    pair = peer->ice.selected;

    if (pair && pair->state == PEER_PAIR_CONSENT) {
        pair->next = peer_now;
        peer_ice_arm(peer);
    }
}


static void
peer_ice_fail(peer_t *peer, const char *reason)
{
    peer_event(peer, "failed", json_pack("{s:s}", "reason", reason));
}


static void
peer_ice_request(peer_t *peer, peer_pair_t *pair, ngx_uint_t retransmit)
{
    u_char              buf[1024], username[PEER_ICE_TEXT * 2], *p;
    size_t              len;
    uint64_t            random[2];
    peer_ice_t         *ice;
    ngx_secmeet_stun_t  stun;

    ice = &peer->ice;

    if (!retransmit) {
        random[0] = peer_random();
        random[1] = peer_random();
        ngx_memcpy(pair->former, pair->id, sizeof(pair->id));
        ngx_memcpy(pair->id, random, sizeof(pair->id));
        pair->tries = 0;
        pair->sent = peer_now;
        pair->outstanding = 1;
        ice->checks++;
    }

    p = ngx_cpymem(username, ice->ufrag.data, ice->ufrag.len);
    *p++ = ':';
    p = ngx_cpymem(p, ice->local.ufrag.data, ice->local.ufrag.len);

    ngx_memzero(&stun, sizeof(ngx_secmeet_stun_t));

    stun.type = NGX_SECMEET_STUN_REQUEST;
    stun.id = pair->id;
    stun.username.data = username;
    stun.username.len = p - username;
    stun.has_username = 1;
    stun.priority = PEER_ICE_PRIORITY;
    stun.has_priority = 1;
    stun.controlling = 1;
    stun.tie_breaker = ice->tie_breaker;
    stun.use_candidate = (pair->state != PEER_PAIR_CHECK
                          || ice->nominate_first);

    len = ngx_secmeet_stun_create(buf, &stun);
    len = ngx_secmeet_ice_sign(buf, len, &ice->pwd);

    pair->next = peer_now + (PEER_ICE_RTO << pair->tries);
    pair->tries++;

    peer_send(peer, buf, len, &pair->addr);
}


static peer_pair_t *
peer_ice_pair(peer_ice_t *ice, ngx_secmeet_stun_t *stun)
{
    ngx_uint_t    i;
    peer_pair_t  *pair;

    for (i = 0; i < ice->npairs; i++) {
        pair = &ice->pairs[i];

        if (ngx_memcmp(pair->id, stun->id, 12) == 0
            || ngx_memcmp(pair->former, stun->id, 12) == 0)
        {
            return pair;
        }
    }

    return NULL;
}


void
peer_ice_input(peer_t *peer, u_char *p, size_t len, ngx_secmeet_addr_t *from)
{
    peer_ice_t          *ice;
    peer_pair_t         *pair;
    ngx_secmeet_stun_t   stun;

    ice = &peer->ice;

    if (ngx_secmeet_stun_parse(&stun, p, p + len) != NGX_OK) {
        peer->counts.bad_stun++;
        return;
    }

    if (stun.type == NGX_SECMEET_STUN_REQUEST) {

        /* a lite agent never checks; RFC 8445, 2.5 */

        peer->counts.requests++;
        return;
    }

    pair = peer_ice_pair(ice, &stun);

    if (pair == NULL) {
        peer->counts.bad_stun++;
        return;
    }

    if (!pair->outstanding || ngx_memcmp(pair->id, stun.id, 12) != 0) {
        ice->late++;
        return;
    }

    /* RFC 8445, 7.2.5.2.1: it must come from where the request went */

    if (stun.fingerprint == NULL
        || ngx_secmeet_ice_verify(&stun, p, &ice->pwd) != NGX_OK
        || peer_addr_same(from, &pair->addr) != NGX_OK)
    {
        peer->counts.bad_stun++;
        return;
    }

    pair->outstanding = 0;

    if (stun.type != NGX_SECMEET_STUN_RESPONSE) {
        ice->errors++;
        peer_event(peer, "stun-error",
                   json_pack("{s:i}", "code", (int) stun.error));
        return;
    }

    if (stun.mapped.len == 0
        || peer_addr_same(&stun.mapped, &peer->local) != NGX_OK)
    {
        peer->counts.bad_stun++;
    }

    ice->responses++;
    ice->consent = peer_now;

    if (pair->tries == 1) {
        ice->rtt = peer_now - pair->sent;
    }

    peer_ice_success(peer, pair);
}


static void
peer_ice_success(peer_t *peer, peer_pair_t *pair)
{
    ngx_uint_t   i;
    peer_ice_t  *ice;

    ice = &peer->ice;

    if (pair->state == PEER_PAIR_CONSENT) {
        return;
    }

    if (pair->state == PEER_PAIR_NOMINATE
        || (pair->state == PEER_PAIR_CHECK && ice->nominate_first))
    {
        pair->state = PEER_PAIR_CONSENT;
        pair->next = peer_now + ice->interval;
        peer_ice_connected(peer, pair);
        peer_ice_arm(peer);
        return;
    }

    if (pair->state != PEER_PAIR_CHECK) {
        return;
    }

    /* the first pair that works is nominated */

    for (i = 0; i < ice->npairs; i++) {
        if (&ice->pairs[i] != pair) {
            ice->pairs[i].state = PEER_PAIR_FAILED;
            ice->pairs[i].outstanding = 0;
            ice->pairs[i].next = 0;
        }
    }

    pair->state = PEER_PAIR_NOMINATE;
    ice->selected = pair;
    peer_ice_request(peer, pair, 0);
    peer_ice_arm(peer);

    peer_secure_start(peer);
}


static void
peer_ice_connected(peer_t *peer, peer_pair_t *pair)
{
    peer->ice.selected = pair;

    peer_event(peer, "connected",
               json_pack("{s:o, s:I, s:I, s:I}",
                         "remote", peer_addr_json(&pair->addr),
                         "rtt", (json_int_t) peer->ice.rtt,
                         "took", (json_int_t) (peer_now - peer->ice.started),
                         "generation", (json_int_t) peer->ice.generation));

    peer_secure_start(peer);
}
