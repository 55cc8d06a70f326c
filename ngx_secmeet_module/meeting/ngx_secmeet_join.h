
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How a session becomes a peer: by the room's proof or host token, by an
 * invitation, or by a resume ticket, which also opens a room again whose
 * worker has died.
 */


#ifndef _NGX_SECMEET_JOIN_H_INCLUDED_
#define _NGX_SECMEET_JOIN_H_INCLUDED_


#include "ngx_secmeet_peer.h"
#include "ngx_secmeet_signal.h"
#include "../crypto/ngx_secmeet_ticket.h"
#include "../wire/ngx_secmeet_message.h"


/* somebody comes in: told so, and of what there is */
void ngx_secmeet_join_enter(ngx_secmeet_room_t *room,
    ngx_secmeet_signal_t *signal, ngx_secmeet_entry_t *entry);

/* a "join": the session has a peer afterwards, or is told why not */
void ngx_secmeet_join(ngx_secmeet_signal_t *signal,
    ngx_secmeet_message_t *message);

/*
 * The ticket of a "join".  NGX_OK; NGX_DECLINED: there is none, it is not
 * authentic, or of another room.  The caller wipes ticket.
 */
ngx_int_t ngx_secmeet_join_ticket(ngx_secmeet_ticket_t *ticket,
    ngx_secmeet_message_t *message, u_char *tag);


#endif /* _NGX_SECMEET_JOIN_H_INCLUDED_ */
