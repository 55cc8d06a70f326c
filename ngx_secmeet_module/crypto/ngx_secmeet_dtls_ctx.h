
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the DTLS files share among themselves: our certificate and OpenSSL's
 * context of it.  Nothing else includes this.
 */


#ifndef _NGX_SECMEET_DTLS_CTX_H_INCLUDED_
#define _NGX_SECMEET_DTLS_CTX_H_INCLUDED_


#include "../ngx_secmeet.h"

#include <openssl/ssl.h>

#include "ngx_secmeet_dtls.h"


#define NGX_SECMEET_DTLS_SHA256       32        /* bytes of a fingerprint */


struct ngx_secmeet_dtls_ctx_s {
    SSL_CTX                  *ssl;
    ngx_str_t                 fingerprint;
    u_char                    text[NGX_SECMEET_DTLS_TEXT];
};


/* the fingerprint of a certificate: NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_dtls_sha256(u_char *sha256, X509 *cert);

/* for OpenSSL: 1 if the certificate is the one that was announced */
int ngx_secmeet_dtls_verify(X509_STORE_CTX *store, void *data);


#endif /* _NGX_SECMEET_DTLS_CTX_H_INCLUDED_ */
