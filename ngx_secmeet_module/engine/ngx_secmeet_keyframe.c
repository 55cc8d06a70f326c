
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_secmeet_keyframe.h"


void
ngx_secmeet_keyframe_init(ngx_secmeet_keyframe_t *kf)
{
    ngx_memzero(kf, sizeof(ngx_secmeet_keyframe_t));
}


void
ngx_secmeet_keyframe_request(ngx_secmeet_keyframe_t *kf)
{
    kf->wanted = 1;
}


void
ngx_secmeet_keyframe_input(ngx_secmeet_keyframe_t *kf, ngx_secmeet_usec_t now)
{
    kf->wanted = 0;
    kf->tries = 0;
}


ngx_int_t
ngx_secmeet_keyframe_poll(ngx_secmeet_keyframe_t *kf, ngx_secmeet_usec_t now)
{
    if (!kf->wanted) {
        return NGX_DONE;
    }

    if (now < ngx_secmeet_keyframe_next(kf)) {
        return NGX_AGAIN;
    }

    if (kf->tries == NGX_SECMEET_KEYFRAME_TRIES) {
        kf->wanted = 0;
        kf->tries = 0;
        return NGX_DONE;
    }

    kf->sent = now;
    kf->tries++;

    return NGX_OK;
}


ngx_secmeet_usec_t
ngx_secmeet_keyframe_next(ngx_secmeet_keyframe_t *kf)
{
    if (!kf->wanted) {
        return 0;
    }

    if (kf->sent == 0) {
        return 1;
    }

    return kf->sent + (kf->tries ? NGX_SECMEET_KEYFRAME_RETRY
                                 : NGX_SECMEET_KEYFRAME_GAP);
}
