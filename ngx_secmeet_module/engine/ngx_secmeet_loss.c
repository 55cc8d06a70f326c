
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_loss.h"


static ngx_secmeet_loss_e ngx_secmeet_loss_window(ngx_secmeet_loss_t *loss,
    ngx_uint_t queued, ngx_secmeet_usec_t rtt, ngx_secmeet_usec_t now);


void
ngx_secmeet_loss_init(ngx_secmeet_loss_t *loss, ngx_secmeet_usec_t now)
{
    ngx_memzero(loss, sizeof(ngx_secmeet_loss_t));

    loss->start = now;
}


ngx_secmeet_loss_e
ngx_secmeet_loss_input(ngx_secmeet_loss_t *loss, ngx_uint_t packets,
    ngx_int_t lost, ngx_uint_t queued, ngx_secmeet_usec_t rtt,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_usec_t  passed;
    ngx_secmeet_loss_e  rc;

    loss->packets += packets;

    /* what was told lost may arrive late */

    if (lost < 0) {
        loss->lost -= ngx_min((ngx_uint_t) -lost, loss->lost);

    } else {
        loss->lost += lost;
    }

    passed = now - loss->start;

    if (loss->packets == 0
        || passed < NGX_SECMEET_LOSS_WINDOW
        || (loss->packets < NGX_SECMEET_LOSS_PACKETS
            && passed < NGX_SECMEET_LOSS_WINDOW_MAX))
    {
        return ngx_secmeet_loss_none;
    }

    loss->lost = ngx_min(loss->lost, loss->packets);
    loss->last = (double) loss->lost / loss->packets;

    rc = ngx_secmeet_loss_window(loss, queued, rtt, now);

    loss->packets = 0;
    loss->lost = 0;
    loss->start = now;

    return rc;
}


static ngx_secmeet_loss_e
ngx_secmeet_loss_window(ngx_secmeet_loss_t *loss, ngx_uint_t queued,
    ngx_secmeet_usec_t rtt, ngx_secmeet_usec_t now)
{
    double  more;

    /* at first there is little to congest: what is lost then is usual */

    if (loss->windows++ == 0) {
        loss->loss = loss->last;
        loss->usual = ngx_min(loss->last, NGX_SECMEET_LOSS_HIGH);
        return ngx_secmeet_loss_none;
    }

    loss->loss += (loss->last - loss->loss) * 0.4;

    if (loss->until) {

        if (now < loss->until) {
            return ngx_secmeet_loss_none;
        }

        loss->until = 0;
        loss->many = 0;

        if (loss->last - loss->usual > (loss->before - loss->usual) / 2) {
            loss->usual = ngx_max(loss->last, loss->loss);
            return ngx_secmeet_loss_back;
        }

        return ngx_secmeet_loss_cured;
    }

    /* a queue, though too short to tell more, makes it likely to be ours */

    more = queued ? NGX_SECMEET_LOSS_QUEUED : NGX_SECMEET_LOSS_MORE;
    more += loss->usual / 4;

    if (loss->last < loss->usual) {
        loss->usual += (loss->last - loss->usual) * 0.1;

    } else if (!queued && loss->last < loss->usual + more) {
        loss->usual += (loss->last - loss->usual) * 0.05;
    }

    if (loss->loss > loss->usual + more && loss->last > loss->usual + more) {

        if (++loss->many >= 2) {
            loss->before = loss->loss;
            loss->until = now + NGX_SECMEET_LOSS_TRY + rtt;
            return ngx_secmeet_loss_try;
        }

    } else {
        loss->many = 0;
    }

    if (loss->loss > NGX_SECMEET_LOSS_HIGH) {
        return ngx_secmeet_loss_high;
    }

    return ngx_secmeet_loss_none;
}


void
ngx_secmeet_loss_restart(ngx_secmeet_loss_t *loss, ngx_secmeet_usec_t now)
{
    loss->packets = 0;
    loss->lost = 0;
    loss->many = 0;
    loss->until = 0;
    loss->start = now;
}
