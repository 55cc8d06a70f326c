
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A resume ticket: what a peer may show to come back to its room, and what
 * another worker needs to open the room again when its owner has died.  Only
 * workers can read it: AES-256-GCM under a key that all of them have.
 */


#ifndef _NGX_SECMEET_TICKET_H_INCLUDED_
#define _NGX_SECMEET_TICKET_H_INCLUDED_


#include "../ngx_secmeet.h"


/* bytes: version and flags, tag, room, epoch, peer, three secrets */
#define NGX_SECMEET_TICKET_PLAIN      (2 + NGX_SECMEET_TAG                    \
                                       + 3 * NGX_SECMEET_ID                   \
                                       + 3 * NGX_SECMEET_SECRET)
#define NGX_SECMEET_TICKET_IV         12
#define NGX_SECMEET_TICKET_MAC        16        /* of GCM */
#define NGX_SECMEET_TICKET_SIZE       (NGX_SECMEET_TICKET_IV                  \
                                       + NGX_SECMEET_TICKET_PLAIN             \
                                       + NGX_SECMEET_TICKET_MAC)


typedef struct {
    u_char                    tag[NGX_SECMEET_TAG];
    u_char                    room[NGX_SECMEET_ID];     /* of its whole life */
    u_char                    epoch[NGX_SECMEET_ID];    /* to open it again */
    u_char                    peer[NGX_SECMEET_ID];

    /* the room's key, and what it keeps of its proof and host token */
    u_char                    key[NGX_SECMEET_SECRET];
    u_char                    proof[NGX_SECMEET_SECRET];
    u_char                    token[NGX_SECMEET_SECRET];

    unsigned                  has_proof:1;
    unsigned                  locked:1;         /* as hosts wanted it */
    unsigned                  lobby:1;
    unsigned                  unlinked:1;
    unsigned                  silent:1;

    unsigned                  host:1;           /* the peer is one */
    unsigned                  owner:1;          /* by the room's token */
    unsigned                  silenced:1;
} ngx_secmeet_ticket_t;


/* writes NGX_SECMEET_TICKET_SIZE bytes; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_ticket_seal(u_char *p, ngx_secmeet_ticket_t *ticket,
    u_char *key);

/*
 * Reads NGX_SECMEET_TICKET_SIZE bytes.  NGX_OK; NGX_DECLINED: not sealed
 * under this key, and ticket is all zeros.
 */
ngx_int_t ngx_secmeet_ticket_open(ngx_secmeet_ticket_t *ticket, u_char *p,
    u_char *key);


#endif /* _NGX_SECMEET_TICKET_H_INCLUDED_ */
