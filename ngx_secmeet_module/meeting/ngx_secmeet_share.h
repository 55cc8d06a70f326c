
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How what a subscriber can be sent is shared among its videos: layers of
 * each by what its client shows, what there is, and what the path carries.
 */


#ifndef _NGX_SECMEET_SHARE_H_INCLUDED_
#define _NGX_SECMEET_SHARE_H_INCLUDED_


#include "ngx_secmeet_egress.h"


#define NGX_SECMEET_SHARE_INTERVAL    200000    /* usec between two */

#define NGX_SECMEET_SHARE_WANTED      200000    /* usec between two "wanted" */

/* per cent that are probed for beside what is needed; more than _ALLOC_ */
#define NGX_SECMEET_SHARE_HEADROOM    35

/* heights where layers do not tell theirs: the highest is taken for this */
#define NGX_SECMEET_SHARE_HEIGHT      720

/* of the message "quality", PROTOCOL.md */
#define NGX_SECMEET_SHARE_PAUSED      0
#define NGX_SECMEET_SHARE_LOW         1
#define NGX_SECMEET_SHARE_MIDDLE      2
#define NGX_SECMEET_SHARE_FULL        3


/* chooses anew for all subs of the subscriber */
void ngx_secmeet_share(ngx_secmeet_egress_t *egress, ngx_secmeet_usec_t now);

/* the sub shows another track: nothing of before counts */
void ngx_secmeet_share_reset(ngx_secmeet_sub_t *sub);

/*
 * Somebody wants the track, or does not any more, or in another size: its
 * publisher is told at once if more is wanted of it; and of what is wanted
 * now, if that is not what it knows.
 */
void ngx_secmeet_share_wanted(ngx_secmeet_track_t *track);
void ngx_secmeet_share_tell(ngx_secmeet_track_t *track);


#endif /* _NGX_SECMEET_SHARE_H_INCLUDED_ */
