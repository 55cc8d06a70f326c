
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include <openssl/crypto.h>
#include <srtp2/srtp.h>

#include "ngx_secmeet_srtp.h"
#include "../wire/ngx_secmeet_bytes.h"


#define NGX_SECMEET_SRTP_RTP_HEADER   12        /* RFC 3550, 5.1 */
#define NGX_SECMEET_SRTP_RTCP_HEADER  8         /* RFC 3711, 3.4: in clear */
#define NGX_SECMEET_SRTP_RTCP_INDEX   4


typedef struct {
    uint32_t                    ssrc;

    unsigned                    active:1;
    unsigned                    used:1;

    srtp_t                      session;
} ngx_secmeet_srtp_ssrc_t;


/* ascending, so that a packet finds its own in a few cache lines */
typedef struct {
    ngx_secmeet_srtp_ssrc_t    *elts;
    ngx_uint_t                  n;
    ngx_uint_t                  size;
} ngx_secmeet_srtp_table_t;


/*
 * libsrtp walks a list of all streams of a session for each packet, hence
 * one session for each SSRC.  RTCP that comes in has one session of its own
 * with a template, which can test a packet of an unknown sender before it
 * makes any state; RTP of an unknown SSRC is tested there as well.
 */
struct ngx_secmeet_srtp_s {
    ngx_secmeet_srtp_table_t    out;
    ngx_secmeet_srtp_table_t    in;
    ngx_secmeet_srtp_table_t    rtcp;           /* senders: no sessions */
    srtp_t                      rtcp_session;
    ngx_uint_t                  learnt;         /* in rtcp, but not in in */
    size_t                      rtp_tag;
    size_t                      rtcp_tag;
    ngx_secmeet_dtls_keys_t     keys;
};


static srtp_t ngx_secmeet_srtp_session(ngx_secmeet_srtp_t *srtp, u_char *key,
    srtp_ssrc_type_t type, uint32_t ssrc);
static ngx_int_t ngx_secmeet_srtp_add(ngx_secmeet_srtp_t *srtp,
    ngx_secmeet_srtp_table_t *table, u_char *key, uint32_t ssrc);
static void ngx_secmeet_srtp_remove(ngx_secmeet_srtp_table_t *table,
    uint32_t ssrc);
static ngx_uint_t ngx_secmeet_srtp_search(ngx_secmeet_srtp_table_t *table,
    uint32_t ssrc);
static ngx_secmeet_srtp_ssrc_t *ngx_secmeet_srtp_find(
    ngx_secmeet_srtp_table_t *table, uint32_t ssrc);
static ngx_secmeet_srtp_ssrc_t *ngx_secmeet_srtp_insert(
    ngx_secmeet_srtp_table_t *table, uint32_t ssrc);
static void ngx_secmeet_srtp_delete(ngx_secmeet_srtp_table_t *table,
    uint32_t ssrc);
static void ngx_secmeet_srtp_table_free(ngx_secmeet_srtp_table_t *table);
static ngx_secmeet_srtp_ssrc_t *ngx_secmeet_srtp_active(
    ngx_secmeet_srtp_table_t *table, u_char *ssrc);
static size_t ngx_secmeet_srtp_header(u_char *p, size_t len);
static ngx_int_t ngx_secmeet_srtp_learn(ngx_secmeet_srtp_t *srtp,
    uint32_t ssrc);
static ngx_int_t ngx_secmeet_srtp_status(srtp_err_status_t status, int n,
    size_t *len);


ngx_int_t
ngx_secmeet_srtp_init(void)
{
    if (srtp_init() != srtp_err_status_ok) {
        return NGX_ERROR;
    }

    /* the default of both writes to the standard output */

    if (srtp_install_event_handler(NULL) != srtp_err_status_ok
        || srtp_install_log_handler(NULL, NULL) != srtp_err_status_ok)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_secmeet_srtp_t *
ngx_secmeet_srtp_create(ngx_secmeet_dtls_keys_t *keys)
{
    ngx_secmeet_srtp_t  *srtp;

    srtp = OPENSSL_zalloc(sizeof(ngx_secmeet_srtp_t));
    if (srtp == NULL) {
        return NULL;
    }

    srtp->keys = *keys;

    srtp->rtcp_session = ngx_secmeet_srtp_session(srtp, srtp->keys.remote,
                                                  ssrc_any_inbound, 0);
    if (srtp->rtcp_session == NULL) {
        ngx_secmeet_srtp_free(srtp);
        return NULL;
    }

    return srtp;
}


void
ngx_secmeet_srtp_free(ngx_secmeet_srtp_t *srtp)
{
    ngx_secmeet_srtp_table_free(&srtp->out);
    ngx_secmeet_srtp_table_free(&srtp->in);
    ngx_secmeet_srtp_table_free(&srtp->rtcp);

    if (srtp->rtcp_session) {
        (void) srtp_dealloc(srtp->rtcp_session);
    }

    OPENSSL_clear_free(srtp, sizeof(ngx_secmeet_srtp_t));
}


static srtp_t
ngx_secmeet_srtp_session(ngx_secmeet_srtp_t *srtp, u_char *key,
    srtp_ssrc_type_t type, uint32_t ssrc)
{
    srtp_t          session;
    srtp_policy_t   policy;
    srtp_profile_t  profile;

    switch (srtp->keys.profile) {

    case NGX_SECMEET_SRTP_AEAD_AES_128_GCM:
        profile = srtp_profile_aead_aes_128_gcm;
        break;

    case NGX_SECMEET_SRTP_AEAD_AES_256_GCM:
        profile = srtp_profile_aead_aes_256_gcm;
        break;

    case NGX_SECMEET_SRTP_AES128_CM_SHA1_80:
        profile = srtp_profile_aes128_cm_sha1_80;
        break;

    default:
        return NULL;
    }

    if (srtp->keys.len != srtp_profile_get_master_key_length(profile)
                          + srtp_profile_get_master_salt_length(profile))
    {
        return NULL;
    }

    ngx_memzero(&policy, sizeof(srtp_policy_t));

    if (srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, profile)
        != srtp_err_status_ok
        || srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, profile)
           != srtp_err_status_ok)
    {
        return NULL;
    }

    srtp->rtp_tag = policy.rtp.auth_tag_len;
    srtp->rtcp_tag = policy.rtcp.auth_tag_len;

    policy.ssrc.type = type;
    policy.ssrc.value = ssrc;
    policy.key = key;
    policy.window_size = NGX_SECMEET_SRTP_WINDOW;
    policy.allow_repeat_tx = 1;

    if (srtp_create(&session, &policy) != srtp_err_status_ok) {
        return NULL;
    }

    return session;
}


ngx_int_t
ngx_secmeet_srtp_add_out(ngx_secmeet_srtp_t *srtp, uint32_t ssrc)
{
    return ngx_secmeet_srtp_add(srtp, &srtp->out, srtp->keys.local, ssrc);
}


ngx_int_t
ngx_secmeet_srtp_add_in(ngx_secmeet_srtp_t *srtp, uint32_t ssrc)
{
    ngx_secmeet_srtp_ssrc_t  *in;

    in = ngx_secmeet_srtp_find(&srtp->in, ssrc);

    if (in && in->active) {
        return NGX_OK;
    }

    if (ngx_secmeet_srtp_add(srtp, &srtp->in, srtp->keys.remote, ssrc)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_secmeet_srtp_find(&srtp->rtcp, ssrc)) {
        srtp->learnt--;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_secmeet_srtp_add(ngx_secmeet_srtp_t *srtp,
    ngx_secmeet_srtp_table_t *table, u_char *key, uint32_t ssrc)
{
    srtp_t                    session;
    ngx_secmeet_srtp_ssrc_t  *elt;

    elt = ngx_secmeet_srtp_find(table, ssrc);

    if (elt) {
        elt->active = 1;
        return NGX_OK;
    }

    if (table->n >= NGX_SECMEET_SRTP_SSRCS) {
        return NGX_ERROR;
    }

    session = ngx_secmeet_srtp_session(srtp, key, ssrc_specific, ssrc);
    if (session == NULL) {
        return NGX_ERROR;
    }

    elt = ngx_secmeet_srtp_insert(table, ssrc);
    if (elt == NULL) {
        (void) srtp_dealloc(session);
        return NGX_ERROR;
    }

    elt->active = 1;
    elt->session = session;

    return NGX_OK;
}


void
ngx_secmeet_srtp_remove_out(ngx_secmeet_srtp_t *srtp, uint32_t ssrc)
{
    ngx_secmeet_srtp_remove(&srtp->out, ssrc);
}


void
ngx_secmeet_srtp_remove_in(ngx_secmeet_srtp_t *srtp, uint32_t ssrc)
{
    ngx_secmeet_srtp_ssrc_t  *in;

    in = ngx_secmeet_srtp_find(&srtp->in, ssrc);

    if (in == NULL || !in->active) {
        return;
    }

    ngx_secmeet_srtp_remove(&srtp->in, ssrc);

    if (ngx_secmeet_srtp_find(&srtp->rtcp, ssrc) == NULL) {
        return;
    }

    if (srtp->learnt < NGX_SECMEET_SRTP_RTCP) {
        srtp->learnt++;
        return;
    }

    (void) srtp_remove_stream(srtp->rtcp_session, htonl(ssrc));
    ngx_secmeet_srtp_delete(&srtp->rtcp, ssrc);
}


static void
ngx_secmeet_srtp_remove(ngx_secmeet_srtp_table_t *table, uint32_t ssrc)
{
    ngx_secmeet_srtp_ssrc_t  *elt;

    elt = ngx_secmeet_srtp_find(table, ssrc);
    if (elt == NULL) {
        return;
    }

    if (elt->used) {
        elt->active = 0;
        return;
    }

    (void) srtp_dealloc(elt->session);
    ngx_secmeet_srtp_delete(table, ssrc);
}


/* the first element that is not less */

static ngx_uint_t
ngx_secmeet_srtp_search(ngx_secmeet_srtp_table_t *table, uint32_t ssrc)
{
    ngx_uint_t  low, high, n;

    low = 0;
    high = table->n;

    while (low < high) {
        n = (low + high) / 2;

        if (table->elts[n].ssrc < ssrc) {
            low = n + 1;

        } else {
            high = n;
        }
    }

    return low;
}


static ngx_secmeet_srtp_ssrc_t *
ngx_secmeet_srtp_find(ngx_secmeet_srtp_table_t *table, uint32_t ssrc)
{
    ngx_uint_t  n;

    n = ngx_secmeet_srtp_search(table, ssrc);

    if (n == table->n || table->elts[n].ssrc != ssrc) {
        return NULL;
    }

    return &table->elts[n];
}


static ngx_secmeet_srtp_ssrc_t *
ngx_secmeet_srtp_insert(ngx_secmeet_srtp_table_t *table, uint32_t ssrc)
{
    ngx_uint_t                n;
    ngx_secmeet_srtp_ssrc_t  *elts;

    if (table->n == table->size) {
        n = table->size ? 2 * table->size : 4;

        elts = OPENSSL_realloc(table->elts,
                               n * sizeof(ngx_secmeet_srtp_ssrc_t));
        if (elts == NULL) {
            return NULL;
        }

        table->elts = elts;
        table->size = n;
    }

    n = ngx_secmeet_srtp_search(table, ssrc);
    elts = &table->elts[n];

    ngx_memmove(elts + 1, elts,
                (table->n - n) * sizeof(ngx_secmeet_srtp_ssrc_t));
    ngx_memzero(elts, sizeof(ngx_secmeet_srtp_ssrc_t));

    elts->ssrc = ssrc;
    table->n++;

    return elts;
}


static void
ngx_secmeet_srtp_delete(ngx_secmeet_srtp_table_t *table, uint32_t ssrc)
{
    ngx_uint_t                n;
    ngx_secmeet_srtp_ssrc_t  *elts;

    n = ngx_secmeet_srtp_search(table, ssrc);
    elts = &table->elts[n];

    table->n--;

    ngx_memmove(elts, elts + 1,
                (table->n - n) * sizeof(ngx_secmeet_srtp_ssrc_t));
}


static void
ngx_secmeet_srtp_table_free(ngx_secmeet_srtp_table_t *table)
{
    ngx_uint_t  i;

    for (i = 0; i < table->n; i++) {
        if (table->elts[i].session) {
            (void) srtp_dealloc(table->elts[i].session);
        }
    }

    OPENSSL_free(table->elts);
}


ngx_int_t
ngx_secmeet_srtp_protect(ngx_secmeet_srtp_t *srtp, u_char *p, size_t *len)
{
    int                       n;
    srtp_err_status_t         status;
    ngx_secmeet_srtp_ssrc_t  *out;

    if (ngx_secmeet_srtp_header(p, *len) == 0) {
        return NGX_DECLINED;
    }

    out = ngx_secmeet_srtp_active(&srtp->out, p + 8);
    if (out == NULL) {
        return NGX_DECLINED;
    }

    n = (int) *len;
    status = srtp_protect(out->session, p, &n);

    if (status == srtp_err_status_ok) {
        out->used = 1;
    }

    return ngx_secmeet_srtp_status(status, n, len);
}


ngx_int_t
ngx_secmeet_srtp_unprotect(ngx_secmeet_srtp_t *srtp, u_char *p, size_t *len)
{
    int                       n;
    size_t                    header;
    srtp_err_status_t         status;
    ngx_secmeet_srtp_ssrc_t  *in;

    header = ngx_secmeet_srtp_header(p, *len);

    if (header == 0 || *len - header < srtp->rtp_tag) {
        return NGX_DECLINED;
    }

    in = ngx_secmeet_srtp_active(&srtp->in, p + 8);
    if (in == NULL) {
        return NGX_DECLINED;
    }

    n = (int) *len;
    status = srtp_unprotect(in->session, p, &n);

    if (status == srtp_err_status_ok) {
        in->used = 1;
    }

    return ngx_secmeet_srtp_status(status, n, len);
}


ngx_int_t
ngx_secmeet_srtp_test(ngx_secmeet_srtp_t *srtp, u_char *p, size_t len)
{
    int                n;
    size_t             header;
    uint32_t           ssrc;
    srtp_err_status_t  status;
    u_char             copy[NGX_SECMEET_MTU];

    header = ngx_secmeet_srtp_header(p, len);

    if (header == 0 || len - header < srtp->rtp_tag || len > sizeof(copy)) {
        return NGX_DECLINED;
    }

    (void) ngx_secmeet_read_uint32(p + 8, p + 12, &ssrc);

    /* its state is there, and knows better */

    if (ngx_secmeet_srtp_find(&srtp->in, ssrc)) {
        return NGX_OK;
    }

    ngx_memcpy(copy, p, len);
    n = (int) len;

    status = srtp_unprotect(srtp->rtcp_session, copy, &n);

    OPENSSL_cleanse(copy, len);

    if (status != srtp_err_status_ok) {
        return NGX_DECLINED;
    }

    /* libsrtp has just made state for it, unless its RTCP is known */

    if (ngx_secmeet_srtp_find(&srtp->rtcp, ssrc) == NULL) {
        (void) srtp_remove_stream(srtp->rtcp_session, htonl(ssrc));
    }

    return NGX_OK;
}


ngx_int_t
ngx_secmeet_srtp_protect_rtcp(ngx_secmeet_srtp_t *srtp, u_char *p,
    size_t *len)
{
    int                       n;
    srtp_err_status_t         status;
    ngx_secmeet_srtp_ssrc_t  *out;

    if (*len < NGX_SECMEET_SRTP_RTCP_HEADER || p[0] >> 6 != 2) {
        return NGX_DECLINED;
    }

    out = ngx_secmeet_srtp_active(&srtp->out, p + 4);
    if (out == NULL) {
        return NGX_DECLINED;
    }

    n = (int) *len;
    status = srtp_protect_rtcp(out->session, p, &n);

    if (status == srtp_err_status_ok) {
        out->used = 1;
    }

    return ngx_secmeet_srtp_status(status, n, len);
}


ngx_int_t
ngx_secmeet_srtp_unprotect_rtcp(ngx_secmeet_srtp_t *srtp, u_char *p,
    size_t *len)
{
    int                n;
    uint32_t           ssrc;
    ngx_int_t          rc;
    ngx_uint_t         known, added;
    srtp_err_status_t  status;

    if (*len < NGX_SECMEET_SRTP_RTCP_HEADER + NGX_SECMEET_SRTP_RTCP_INDEX
               + srtp->rtcp_tag
        || p[0] >> 6 != 2)
    {
        return NGX_DECLINED;
    }

    (void) ngx_secmeet_read_uint32(p + 4, p + 8, &ssrc);

    known = (ngx_secmeet_srtp_find(&srtp->rtcp, ssrc) != NULL);
    added = (ngx_secmeet_srtp_active(&srtp->in, p + 4) != NULL);

    if (!known && !added && srtp->learnt >= NGX_SECMEET_SRTP_RTCP) {
        return NGX_DECLINED;
    }

    n = (int) *len;
    status = srtp_unprotect_rtcp(srtp->rtcp_session, p, &n);

    rc = ngx_secmeet_srtp_status(status, n, len);

    if (rc != NGX_OK || known) {
        return rc;
    }

    return ngx_secmeet_srtp_learn(srtp, ssrc);
}


/* libsrtp has just made state for this sender */

static ngx_int_t
ngx_secmeet_srtp_learn(ngx_secmeet_srtp_t *srtp, uint32_t ssrc)
{
    ngx_secmeet_srtp_ssrc_t  *in;

    if (ngx_secmeet_srtp_insert(&srtp->rtcp, ssrc) == NULL) {
        (void) srtp_remove_stream(srtp->rtcp_session, htonl(ssrc));
        return NGX_DECLINED;
    }

    in = ngx_secmeet_srtp_find(&srtp->in, ssrc);

    if (in == NULL || !in->active) {
        srtp->learnt++;
    }

    return NGX_OK;
}


static ngx_secmeet_srtp_ssrc_t *
ngx_secmeet_srtp_active(ngx_secmeet_srtp_table_t *table, u_char *ssrc)
{
    uint32_t                  value;
    ngx_secmeet_srtp_ssrc_t  *elt;

    if (ngx_secmeet_read_uint32(ssrc, ssrc + 4, &value) == NULL) {
        return NULL;
    }

    elt = ngx_secmeet_srtp_find(table, value);

    if (elt == NULL || !elt->active) {
        return NULL;
    }

    return elt;
}


/* the length of what stays in the clear, 0 if the packet is too short */

static size_t
ngx_secmeet_srtp_header(u_char *p, size_t len)
{
    size_t  n;

    if (len < NGX_SECMEET_SRTP_RTP_HEADER || p[0] >> 6 != 2) {
        return 0;
    }

    n = NGX_SECMEET_SRTP_RTP_HEADER + 4 * (p[0] & 0x0f);

    if (p[0] & 0x10) {
        n += 4;

        if (n > len) {
            return 0;
        }

        n += 4 * ((size_t) p[n - 2] << 8 | p[n - 1]);
    }

    return n > len ? 0 : n;
}


static ngx_int_t
ngx_secmeet_srtp_status(srtp_err_status_t status, int n, size_t *len)
{
    switch (status) {

    case srtp_err_status_ok:
        *len = n;
        return NGX_OK;

    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
        return NGX_DONE;

    default:
        return NGX_DECLINED;
    }
}
