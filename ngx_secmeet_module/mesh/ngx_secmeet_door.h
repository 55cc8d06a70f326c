
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The client's side of a session: its WebSocket is in this worker, its room
 * here or in another.  Where, is looked up when the client joins.  Of mesh's
 * own use; doors see ngx_secmeet_remote.h.
 */


#ifndef _NGX_SECMEET_DOOR_H_INCLUDED_
#define _NGX_SECMEET_DOOR_H_INCLUDED_


#include "ngx_secmeet_session.h"


/* a frame of the owner for a session here; NGX_ERROR cuts the link */
ngx_int_t ngx_secmeet_door_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/* the link takes messages of clients again */
void ngx_secmeet_door_ready(ngx_secmeet_link_t *link);

/* any frame but SAME: nothing is kept any more */
void ngx_secmeet_door_forget(ngx_secmeet_link_t *link);

/* the owner is dead: the client shall come back */
void ngx_secmeet_door_gone(ngx_secmeet_session_t *session);

/* the link to the owner of tag's room; NULL: it is here, or nowhere */
ngx_secmeet_link_t *ngx_secmeet_door_owner(u_char *tag);

/* this worker leaves in a moment: clients of rooms elsewhere shall come by
   another; reason is a literal of PROTOCOL.md */
void ngx_secmeet_door_leave(const char *reason);


#endif /* _NGX_SECMEET_DOOR_H_INCLUDED_ */
