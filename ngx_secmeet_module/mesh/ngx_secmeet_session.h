
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The ends of what crosses a link, by their numbers: a client's session in
 * the worker that took its WebSocket, the same session in the worker that
 * owns its room, a request that waits for an answer.  Of mesh's own use.
 */


#ifndef _NGX_SECMEET_SESSION_H_INCLUDED_
#define _NGX_SECMEET_SESSION_H_INCLUDED_


#include "ngx_secmeet_remote.h"


/* code of a CLOSE to the owner: the client may come back, RFC 6455, 7.1.5 */
#define NGX_SECMEET_SESSION_LOST      1006


typedef enum {
    NGX_SECMEET_SESSION_LOCAL = 0,      /* room and client in this worker */
    NGX_SECMEET_SESSION_DOOR,           /* client here, room elsewhere */
    NGX_SECMEET_SESSION_GUEST,          /* room here, client elsewhere */
    NGX_SECMEET_SESSION_PENDING         /* waits for CREATED or DELETED */
} ngx_secmeet_session_e;


struct ngx_secmeet_session_s {
    ngx_rbtree_node_t         node;             /* by number */
    ngx_queue_t               queue;            /* in link->sessions */
    ngx_secmeet_session_e     kind;
    ngx_secmeet_link_t       *link;             /* NULL: it is gone */

    ngx_secmeet_signal_t     *signal;           /* LOCAL, GUEST */
    ngx_secmeet_conf_t        conf;             /* GUEST */

    u_char                    tag[NGX_SECMEET_TAG];     /* LOCAL, DOOR */
    ngx_secmeet_carrier_t    *carrier;          /* LOCAL, DOOR */
    void                     *data;             /* and PENDING */
    ngx_secmeet_created_pt    done;             /* PENDING */

    u_char                   *buf;              /* a message in parts */
    size_t                    len;
    size_t                    size;

    /* GUEST: close; LOCAL, DOOR: the join is decided, or looked at again */
    ngx_event_t               event;
    ngx_msec_t                deadline;         /* of the answer to a join */

    unsigned                  held:1;           /* its client is not read */
    unsigned                  waiting:1;        /* for a room, or denied */
    unsigned                  over:1;           /* CLOSE has come or gone */
};


/* number 0: a new one.  NULL: no memory */
ngx_secmeet_session_t *ngx_secmeet_session_new(ngx_secmeet_session_e kind,
    ngx_secmeet_link_t *link, uint64_t number);
void ngx_secmeet_session_free(ngx_secmeet_session_t *session);

/* what was LOCAL becomes one of a link; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_session_link(ngx_secmeet_session_t *session,
    ngx_secmeet_session_e kind, ngx_secmeet_link_t *link, uint64_t number);

/* of those of links, in some order; NULL: the first, or no more */
ngx_secmeet_session_t *ngx_secmeet_session_next(
    ngx_secmeet_session_t *session);

/* NULL: none of that kind on this link */
ngx_secmeet_session_t *ngx_secmeet_session_find(ngx_secmeet_link_t *link,
    uint64_t number, ngx_secmeet_session_e kind);

/*
 * A text in frames, with flags besides those that it needs.  NGX_OK or
 * NGX_ERROR.
 */
ngx_int_t ngx_secmeet_session_send(ngx_secmeet_session_t *session,
    u_char *p, size_t len, ngx_uint_t flags);

/*
 * A frame of text came.  NGX_OK with the whole message, valid until the
 * next call; NGX_AGAIN; NGX_DECLINED: longer than max; NGX_ERROR.
 */
ngx_int_t ngx_secmeet_session_gather(ngx_secmeet_session_t *session,
    ngx_secmeet_frame_t *frame, size_t max, ngx_str_t *text);

/* the message is used up: wipes it, unless the next one has begun */
void ngx_secmeet_session_spent(ngx_secmeet_session_t *session);

/* a text for later; NGX_OK or NGX_ERROR.  Not while one is gathered. */
ngx_int_t ngx_secmeet_session_keep(ngx_secmeet_session_t *session,
    u_char *p, size_t len);

/* a frame of this session with a payload, NULL for none */
ngx_int_t ngx_secmeet_session_frame(ngx_secmeet_session_t *session,
    ngx_uint_t type, ngx_str_t *payload);

void ngx_secmeet_session_init(void);


#endif /* _NGX_SECMEET_SESSION_H_INCLUDED_ */
