
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The BIO below OpenSSL's DTLS: a read takes the one record that was laid
 * ready, a write is one datagram.  Copies and keeps nothing.
 */


#ifndef _NGX_SECMEET_DTLS_BIO_H_INCLUDED_
#define _NGX_SECMEET_DTLS_BIO_H_INCLUDED_


#include "../ngx_secmeet.h"

#include <openssl/bio.h>

#include "ngx_secmeet_dtls.h"


typedef struct {
    u_char                    *p;       /* to be read, or NULL */
    size_t                     len;
    ngx_secmeet_dtls_send_pt   send;
    void                      *data;    /* of send */
} ngx_secmeet_dtls_bio_t;


/* data is referenced; NULL on error */
BIO *ngx_secmeet_dtls_bio_create(ngx_secmeet_dtls_bio_t *data);


#endif /* _NGX_SECMEET_DTLS_BIO_H_INCLUDED_ */
