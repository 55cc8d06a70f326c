
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_wipe.h"
#include "ngx_secmeet_worker.h"

#include <malloc.h>
#include <openssl/crypto.h>


static void ngx_secmeet_wipe_handler(ngx_event_t *ev);
static void ngx_secmeet_wipe_small(ngx_log_t *log);
static void ngx_secmeet_wipe_stack(void);


static ngx_event_t          ngx_secmeet_wipe_event;
static ngx_connection_t     ngx_secmeet_wipe_dummy;
static ngx_secmeet_wipe_t  *ngx_secmeet_wipe_all;


void
ngx_secmeet_wipe_init(ngx_log_t *log)
{
    ngx_event_t  *ev;

    ev = &ngx_secmeet_wipe_event;
    ngx_memzero(ev, sizeof(ngx_event_t));

    ngx_secmeet_wipe_dummy.fd = (ngx_socket_t) -1;

    ev->handler = ngx_secmeet_wipe_handler;
    ev->data = &ngx_secmeet_wipe_dummy;
    ev->log = log;
    ev->cancelable = 1;

#ifdef M_PERTURB

    /*
     * The one place that all have in common, nginx's pools and OpenSSL's
     * records included.  What is freed becomes this byte, what is allocated
     * its complement.
     */

    (void) mallopt(M_PERTURB, 0xff);

#endif
}


void
ngx_secmeet_wipe_close(void)
{
    if (ngx_secmeet_wipe_event.timer_set) {
        ngx_del_timer(&ngx_secmeet_wipe_event);
    }

    ngx_secmeet_wipe_event.handler = NULL;
}


void
ngx_secmeet_wipe_add(ngx_secmeet_wipe_t *wipe, void *start, size_t size)
{
    if (wipe->start) {
        return;
    }

    wipe->start = start;
    wipe->size = size;
    wipe->next = ngx_secmeet_wipe_all;

    ngx_secmeet_wipe_all = wipe;
}


void
ngx_secmeet_wipe(void)
{
    ngx_event_t  *ev;

    ev = &ngx_secmeet_wipe_event;

    if (ev->handler && !ev->timer_set) {
        ngx_add_timer(ev, NGX_SECMEET_WIPE_DELAY);
    }
}


static void
ngx_secmeet_wipe_handler(ngx_event_t *ev)
{
    ngx_secmeet_wipe_t  *wipe;

    ngx_secmeet_output_wipe(&ngx_secmeet_worker->output);

    for (wipe = ngx_secmeet_wipe_all; wipe; wipe = wipe->next) {
        OPENSSL_cleanse(wipe->start, wipe->size);
    }

    ngx_secmeet_wipe_small(ev->log);
    ngx_secmeet_wipe_stack();
}


/*
 * libc hands small pieces from one to the next without a look at them: the
 * last ones of each size that were freed, which it gives out first.
 */

static void
ngx_secmeet_wipe_small(ngx_log_t *log)
{
    void        *p[NGX_SECMEET_WIPE_EACH];
    size_t       size;
    ngx_uint_t   i;

    for (size = 24; size <= NGX_SECMEET_WIPE_SMALL; size += 16) {

        for (i = 0; i < NGX_SECMEET_WIPE_EACH; i++) {
            p[i] = ngx_alloc(size, log);

            if (p[i]) {
                OPENSSL_cleanse(p[i], size);
            }
        }

        while (i) {
            ngx_free(p[--i]);
        }
    }
}


static void
ngx_secmeet_wipe_stack(void)
{
    u_char  bytes[NGX_SECMEET_WIPE_STACK];

    OPENSSL_cleanse(bytes, sizeof(bytes));
}
