
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_dtls_bio.h"


static BIO_METHOD *ngx_secmeet_dtls_bio_method(void);
static int ngx_secmeet_dtls_bio_read(BIO *bio, char *buf, int size);
static int ngx_secmeet_dtls_bio_write(BIO *bio, const char *buf, int len);
static long ngx_secmeet_dtls_bio_ctrl(BIO *bio, int cmd, long n, void *p);


BIO *
ngx_secmeet_dtls_bio_create(ngx_secmeet_dtls_bio_t *data)
{
    BIO         *bio;
    BIO_METHOD  *method;

    method = ngx_secmeet_dtls_bio_method();
    if (method == NULL) {
        return NULL;
    }

    bio = BIO_new(method);
    if (bio == NULL) {
        return NULL;
    }

    BIO_set_data(bio, data);
    BIO_set_init(bio, 1);

    return bio;
}


static BIO_METHOD *
ngx_secmeet_dtls_bio_method(void)
{
    static BIO_METHOD  *method;

    BIO_METHOD  *m;

    if (method != NULL) {
        return method;
    }

    /* one for the life of the process: a BIO may outlive who made it */

    m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "secmeet datagram");
    if (m == NULL) {
        return NULL;
    }

    if (BIO_meth_set_read(m, ngx_secmeet_dtls_bio_read) != 1
        || BIO_meth_set_write(m, ngx_secmeet_dtls_bio_write) != 1
        || BIO_meth_set_ctrl(m, ngx_secmeet_dtls_bio_ctrl) != 1)
    {
        BIO_meth_free(m);
        return NULL;
    }

    method = m;

    return method;
}


static int
ngx_secmeet_dtls_bio_read(BIO *bio, char *buf, int size)
{
    size_t                   len;
    ngx_secmeet_dtls_bio_t  *data;

    data = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);

    if (data->p == NULL || size <= 0) {
        BIO_set_retry_read(bio);
        return -1;
    }

    len = ngx_min((size_t) size, data->len);
    ngx_memcpy(buf, data->p, len);

    data->p = NULL;
    data->len = 0;

    return (int) len;
}


static int
ngx_secmeet_dtls_bio_write(BIO *bio, const char *buf, int len)
{
    ngx_secmeet_dtls_bio_t  *data;

    data = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);

    if (len > 0) {
        data->send(data->data, (u_char *) buf, len);
    }

    return len;
}


static long
ngx_secmeet_dtls_bio_ctrl(BIO *bio, int cmd, long n, void *p)
{
    /*
     * OpenSSL also asks about MTU, timeouts and kernel TLS: a "1" there
     * would promise what this BIO does not do
     */

    return cmd == BIO_CTRL_FLUSH;
}
