
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_secmeet_guess.h"


static ngx_secmeet_guess_net_t *ngx_secmeet_guess_find(
    ngx_secmeet_guess_t *guess, uint64_t net, ngx_secmeet_usec_t now);


void
ngx_secmeet_guess_init(ngx_secmeet_guess_t *guess, ngx_secmeet_usec_t now)
{
    ngx_memzero(guess, sizeof(ngx_secmeet_guess_t));

    ngx_secmeet_limit_init(&guess->limit, NGX_SECMEET_GUESS_RATE,
                           NGX_SECMEET_GUESS_BURST, now);
}


ngx_int_t
ngx_secmeet_guess_input(ngx_secmeet_guess_t *guess, uint64_t net,
    ngx_secmeet_usec_t now)
{
    ngx_secmeet_guess_net_t  *n;

    n = ngx_secmeet_guess_find(guess, net, now);

    if (n && now < n->next) {
        return NGX_DECLINED;
    }

    return ngx_secmeet_limit_input(&guess->limit, 1, now);
}


void
ngx_secmeet_guess_wrong(ngx_secmeet_guess_t *guess, uint64_t net,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t                i, doubled;
    ngx_secmeet_usec_t        pause;
    ngx_secmeet_guess_net_t  *n, *oldest;

    n = ngx_secmeet_guess_find(guess, net, now);

    if (n == NULL) {
        oldest = guess->nets;

        for (i = 0; i < NGX_SECMEET_GUESS_NETS; i++) {
            n = &guess->nets[i];

            if (n->wrong == 0) {
                oldest = n;
                break;
            }

            if (n->last < oldest->last) {
                oldest = n;
            }
        }

        n = oldest;
        ngx_memzero(n, sizeof(ngx_secmeet_guess_net_t));
        n->net = net;
    }

    n->wrong++;
    n->last = now;

    if (n->wrong < NGX_SECMEET_GUESS_FREE) {
        return;
    }

    doubled = n->wrong - NGX_SECMEET_GUESS_FREE;
    pause = NGX_SECMEET_GUESS_PAUSE_MAX;

    if (doubled < 6) {
        pause = ngx_min((ngx_secmeet_usec_t) NGX_SECMEET_GUESS_PAUSE
                        << doubled, pause);
    }

    n->next = now + pause;
}


static ngx_secmeet_guess_net_t *
ngx_secmeet_guess_find(ngx_secmeet_guess_t *guess, uint64_t net,
    ngx_secmeet_usec_t now)
{
    ngx_uint_t                i;
    ngx_secmeet_guess_net_t  *n;

    for (i = 0; i < NGX_SECMEET_GUESS_NETS; i++) {
        n = &guess->nets[i];

        if (n->wrong && n->net == net) {

            if (now - n->last >= NGX_SECMEET_GUESS_FORGET) {
                n->wrong = 0;
                n->next = 0;
                return NULL;
            }

            return n;
        }
    }

    return NULL;
}
