
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Signaling of one client: the messages of PROTOCOL.md, whatever carries
 * them.  The carrier gives texts to _input and is told what to send and
 * when to close by its handlers; neither handler calls back in.
 */


#ifndef _NGX_SECMEET_SIGNAL_H_INCLUDED_
#define _NGX_SECMEET_SIGNAL_H_INCLUDED_


#include "ngx_secmeet_candidates.h"
#include "../engine/ngx_secmeet_limit.h"


#define NGX_SECMEET_SIGNAL_ERRORS     16        /* then closed, 1008 */
#define NGX_SECMEET_SIGNAL_JOIN       8192      /* bytes before joined */
/* how a client goes: for good, without a word, with its page */
#define NGX_SECMEET_SIGNAL_LEFT       0
#define NGX_SECMEET_SIGNAL_LOST       1
#define NGX_SECMEET_SIGNAL_AWAY       2

#define NGX_SECMEET_SIGNAL_TOKEN      4096      /* bytes that cost as much as
                                                   a message */


typedef struct {
    /* the text is copied; the carrier may close later, never inside */
    void  (*send)(void *data, u_char *p, size_t len);

    /*
     * All is said: send a close with this code, then call _close.  With
     * NGX_SECMEET_WS_DENIED nothing is said yet, and "denied" comes first.
     */
    void  (*close)(void *data, ngx_uint_t code);

    /* 1: much waits to be sent; what can be said later should be */
    ngx_uint_t  (*congested)(void *data);

    /* what did not take input takes it again */
    void  (*ready)(void *data);
} ngx_secmeet_carrier_t;


/* what nginx knows of a client, and the owner of its room shall know */
typedef struct {
    uint64_t                  net;              /* hash of its network */
    ngx_uint_t                host;             /* by nginx.conf */
    ngx_uint_t                country;          /* until it is counted */
} ngx_secmeet_client_t;


struct ngx_secmeet_signal_s {
    ngx_secmeet_worker_t     *worker;
    ngx_secmeet_conf_t       *conf;
    ngx_secmeet_carrier_t    *carrier;          /* NULL once it is gone */
    void                     *data;

    u_char                    tag[NGX_SECMEET_TAG];
    ngx_secmeet_candidates_t  candidates;
    ngx_secmeet_client_t      client;
    ngx_secmeet_waiting_t    *waiting;          /* in the lobby; or NULL */
    ngx_secmeet_peer_t       *peer;             /* NULL before join */
    ngx_secmeet_limit_t       limit;
    ngx_uint_t                errors;
    ngx_event_t               timer;            /* no join yet */

    unsigned                  closing:1;
};


/* NULL: no memory.  conf must outlive the session. */
ngx_secmeet_signal_t *ngx_secmeet_signal_create(
    ngx_secmeet_worker_t *worker, ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_secmeet_candidates_t *candidates, ngx_secmeet_client_t *client);
void ngx_secmeet_signal_carrier(ngx_secmeet_signal_t *signal,
    ngx_secmeet_carrier_t *carrier, void *data);

/*
 * A text of so many bytes has come: NGX_OK, or NGX_DECLINED: it is not to be
 * read, because the session is closing or there are too many.
 */
ngx_int_t ngx_secmeet_signal_charge(ngx_secmeet_signal_t *signal,
    size_t len);

/* one text message, charged for; after carrier->close nothing is read */
void ngx_secmeet_signal_input(ngx_secmeet_signal_t *signal, u_char *p,
    size_t len);

/* a "join" has come, whatever becomes of it: the client is in time */
void ngx_secmeet_signal_hold(ngx_secmeet_signal_t *signal);

/*
 * The carrier is gone, or is about to be: the peer leaves, or waits for its
 * client if it did not leave, and signal is freed.  No handler is
 * called from here on.  Safe at any time but inside _input.
 */
void ngx_secmeet_signal_close(ngx_secmeet_signal_t *signal,
    ngx_uint_t how);


/* to the carrier; of meeting's own use */

ngx_uint_t ngx_secmeet_signal_congested(ngx_secmeet_signal_t *signal);

void ngx_secmeet_signal_send(ngx_secmeet_signal_t *signal, u_char *p,
    size_t len);

/* "error" of PROTOCOL.md; too many of them end the session */
void ngx_secmeet_signal_error(ngx_secmeet_signal_t *signal,
    const char *code, const char *text, const char *of);

/* asks the carrier to close; the peer leaves when it does */
void ngx_secmeet_signal_end(ngx_secmeet_signal_t *signal, ngx_uint_t code);


#endif /* _NGX_SECMEET_SIGNAL_H_INCLUDED_ */
