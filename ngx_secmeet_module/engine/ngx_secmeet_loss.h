
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Which losses a lower rate would cure.  Loss that is always there (radio)
 * is learnt as usual and not answered: halving the rate halves the picture
 * and not the loss.  More loss than usual is answered by a try: a lower
 * rate for a second; if the loss does not fall with it, it becomes usual
 * and the rate comes back.  Above NGX_SECMEET_LOSS_HIGH the rate is lowered
 * all the same, slowly.
 */


#ifndef _NGX_SECMEET_LOSS_H_INCLUDED_
#define _NGX_SECMEET_LOSS_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_LOSS_WINDOW       700000    /* usec, at least */
#define NGX_SECMEET_LOSS_PACKETS      30        /* at least, in a window */
#define NGX_SECMEET_LOSS_WINDOW_MAX   2000000   /* usec */
#define NGX_SECMEET_LOSS_TRY          1000000   /* usec, and the rtt */
#define NGX_SECMEET_LOSS_MORE         0.05      /* than usual: a try */
#define NGX_SECMEET_LOSS_QUEUED       0.02      /* the same, with a queue */
#define NGX_SECMEET_LOSS_HIGH         0.2       /* lower in any case */
#define NGX_SECMEET_LOSS_LEAST        200000    /* bit/s: but not below */


typedef enum {
    ngx_secmeet_loss_none = 0,                  /* nothing to do */
    ngx_secmeet_loss_try,                       /* lower the rate */
    ngx_secmeet_loss_back,                      /* it was in vain */
    ngx_secmeet_loss_cured,                     /* keep it low */
    ngx_secmeet_loss_high                       /* lower it a little */
} ngx_secmeet_loss_e;


typedef struct {
    ngx_uint_t                packets;          /* of this window */
    ngx_uint_t                lost;
    ngx_secmeet_usec_t        start;
    double                    loss;             /* 0 to 1, smoothed */
    double                    last;             /* of the last window */
    double                    usual;
    double                    before;           /* when the try began */
    ngx_secmeet_usec_t        until;            /* of the try; 0: none */
    ngx_uint_t                many;             /* windows above usual */
    ngx_uint_t                windows;
} ngx_secmeet_loss_t;


void ngx_secmeet_loss_init(ngx_secmeet_loss_t *loss, ngx_secmeet_usec_t now);

/*
 * So many were told, lost ones among them; lost < 0: some came after all;
 * queued: there is a queue just now.
 */
ngx_secmeet_loss_e ngx_secmeet_loss_input(ngx_secmeet_loss_t *loss,
    ngx_uint_t packets, ngx_int_t lost, ngx_uint_t queued,
    ngx_secmeet_usec_t rtt, ngx_secmeet_usec_t now);

/* what is lost now has another reason: a queue, which is dealt with */
void ngx_secmeet_loss_restart(ngx_secmeet_loss_t *loss,
    ngx_secmeet_usec_t now);


#endif /* _NGX_SECMEET_LOSS_H_INCLUDED_ */
