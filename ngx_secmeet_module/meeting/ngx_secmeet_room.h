
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A room: exists from its creation until its last peer leaves, or until
 * nobody has joined in time; then all of it is wiped.
 */


#ifndef _NGX_SECMEET_ROOM_H_INCLUDED_
#define _NGX_SECMEET_ROOM_H_INCLUDED_


#include "ngx_secmeet_meeting.h"
#include "ngx_secmeet_auth.h"
#include "../crypto/ngx_secmeet_ticket.h"
#include "../engine/ngx_secmeet_guess.h"
#include "../wire/ngx_secmeet_message.h"


/* msec in which people come back to a room that was opened again */
#define NGX_SECMEET_ROOM_RETURN       60000

#define NGX_SECMEET_ROOM_RENEW        100       /* msec to the next try */

/* bytes that who makes a room is given: the host token, a resume ticket */
#define NGX_SECMEET_ROOM_SECRETS      (NGX_SECMEET_AUTH_TEXT                  \
                                       + NGX_SECMEET_MESSAGE_TICKET)


struct ngx_secmeet_room_s {
    ngx_str_node_t            node;             /* in worker->rooms */
    u_char                    tag[NGX_SECMEET_TAG];

    ngx_secmeet_worker_t     *worker;
    ngx_secmeet_conf_t        conf;             /* as it was created */

    ngx_queue_t               peers;
    ngx_uint_t                npeers;

    ngx_queue_t               lobby;            /* ngx_secmeet_waiting_t */
    ngx_uint_t                nwaiting;
    ngx_queue_t               invites;          /* ngx_secmeet_invite_t */
    ngx_uint_t                ninvites;
    ngx_secmeet_guess_t       guess;
    ngx_secmeet_stage_t      *stage;            /* NULL: no voice yet */

    /* as hosts want it */
    ngx_uint_t                locked;           /* nobody new */
    ngx_uint_t                guarded;          /* by the lobby */
    ngx_uint_t                unlinked;         /* the proof does not count */
    ngx_uint_t                silent;           /* guests are silenced */

    u_char                    key[NGX_SECMEET_SECRET];
    u_char                    proof[NGX_SECMEET_SECRET];
    u_char                    host[NGX_SECMEET_SECRET];
    u_char                    id[NGX_SECMEET_ID];       /* in its tickets */
    u_char                    epoch[NGX_SECMEET_ID];    /* of those of now */

    ngx_msec_t                begun;            /* when, if it has */

    /* opened again: when, in what epoch, and who has come back since */
    ngx_msec_t                revived;
    u_char                    revived_by[NGX_SECMEET_ID];
    u_char                   *returned;         /* ids; NULL: it was not */
    ngx_uint_t                nreturned;

    ngx_event_t               cast;             /* of the stage: anew */
    ngx_event_t               renew;            /* tickets, for those inside */
    ngx_event_t               timer;            /* nobody has joined yet */
    ngx_event_t               close;

    unsigned                  has_proof:1;
    unsigned                  joined:1;         /* by somebody, once */
    unsigned                  moved:1;          /* its claim is not ours */
    unsigned                  over:1;           /* nobody finds it any more */
    unsigned                  closing:1;
};


/*
 * NGX_OK with NGX_SECMEET_ROOM_SECRETS bytes written to secrets;
 * NGX_DECLINED: the tag is, or was, in use; NGX_BUSY: too many rooms or
 * tags; NGX_ERROR: no memory.  proof may have data NULL.  epoch is random,
 * NGX_SECMEET_ID digits.
 */
ngx_int_t ngx_secmeet_room_create(ngx_secmeet_worker_t *worker,
    ngx_secmeet_conf_t *conf, u_char *tag, u_char *epoch, ngx_str_t *proof,
    u_char *secrets);

/* opens a room again that has lost its worker; NULL: no memory */
ngx_secmeet_room_t *ngx_secmeet_room_revive(ngx_secmeet_worker_t *worker,
    ngx_secmeet_conf_t *conf, ngx_secmeet_ticket_t *ticket);

/*
 * NGX_OK: who has the ticket was in the room when its worker died, and has
 * not come back by it yet; NGX_DECLINED.
 */
ngx_int_t ngx_secmeet_room_return(ngx_secmeet_room_t *room,
    ngx_secmeet_ticket_t *ticket);

/* the peer of this id has come back */
void ngx_secmeet_room_returned(ngx_secmeet_room_t *room, u_char *id);

/*
 * Somebody has left: at the end of this turn those who are inside are given
 * tickets of another epoch, and those of before open the room no more.
 */
void ngx_secmeet_room_renew(ngx_secmeet_room_t *room);

/* what is due of it, now; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_room_renew_now(ngx_secmeet_room_t *room);

/* what opens it once more; peer NULL: for who has made it.  text has
   NGX_SECMEET_MESSAGE_TICKET bytes; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_room_ticket(ngx_secmeet_room_t *room,
    ngx_secmeet_peer_t *peer, u_char *text);

/* NULL if there is none, or if it is closing */
ngx_secmeet_room_t *ngx_secmeet_room_find(ngx_secmeet_worker_t *worker,
    u_char *tag);

/*
 * NGX_OK: the proof is right, or there is none and none is needed;
 * NGX_DECLINED: it is not, or too many from net, or from anywhere, were not.
 */
ngx_int_t ngx_secmeet_room_proof(ngx_secmeet_room_t *room, ngx_str_t *proof,
    uint64_t net);

/* NGX_OK if token is the room's host token, NGX_DECLINED; room may be NULL */
ngx_int_t ngx_secmeet_room_host(ngx_secmeet_room_t *room, ngx_str_t *token);

/* the meeting ends for everyone; reason is a literal of PROTOCOL.md */
void ngx_secmeet_room_end(ngx_secmeet_room_t *room, const char *reason,
    ngx_uint_t code);

/*
 * The room leaves this worker, its meeting goes on elsewhere: all are told
 * to come back.  The claim is no longer this worker's.
 */
void ngx_secmeet_room_move(ngx_secmeet_room_t *room, const char *reason);

/* a peer has gone: the last one takes the room with it */
void ngx_secmeet_room_leave(ngx_secmeet_room_t *room);

/* at once, with whoever is in it */
void ngx_secmeet_room_close(ngx_secmeet_room_t *room);


#endif /* _NGX_SECMEET_ROOM_H_INCLUDED_ */
