
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Sessions and rooms across workers.  A door opens a session here and does
 * not know whether its room is in this worker or in another.
 */


#ifndef _NGX_SECMEET_REMOTE_H_INCLUDED_
#define _NGX_SECMEET_REMOTE_H_INCLUDED_


#include "ngx_secmeet_link.h"
#include "ngx_secmeet_load.h"
#include "../meeting/ngx_secmeet_signal.h"


/* msec after which a client is told no, so that the time tells nothing */
#define NGX_SECMEET_REMOTE_DENIAL     1500


typedef struct ngx_secmeet_session_s  ngx_secmeet_session_t;


/* once in a worker, before anything else here; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_remote_init(ngx_secmeet_worker_t *worker,
    ngx_str_t *path);
void ngx_secmeet_remote_close(void);

/* the worker leaves: no new rooms, those that it has go on to their end */
void ngx_secmeet_remote_drain(void);

extern ngx_secmeet_mesh_t  ngx_secmeet_mesh;
extern ngx_secmeet_load_t  ngx_secmeet_load;


/*
 * A hash of the network that an address is in (/24, /56 of IPv6), the same
 * in all workers; of 0 bits where it is neither.
 */
uint64_t ngx_secmeet_remote_net(struct sockaddr *sa);


/*
 * For a WebSocket: the same calls as ngx_secmeet_signal_*, to the owner of
 * the tag's room, or to this worker if there is none.  NULL: no memory.
 * how: NGX_SECMEET_SIGNAL_LEFT and others.
 */
ngx_secmeet_session_t *ngx_secmeet_session_create(
    ngx_secmeet_conf_t *conf, u_char *tag, ngx_secmeet_addr_t *local,
    ngx_secmeet_client_t *client);
void ngx_secmeet_session_carrier(ngx_secmeet_session_t *session,
    ngx_secmeet_carrier_t *carrier, void *data);
void ngx_secmeet_session_input(ngx_secmeet_session_t *session, u_char *p,
    size_t len);

/* 1: read nothing more now; carrier->ready is called when it is time */
ngx_uint_t ngx_secmeet_session_busy(ngx_secmeet_session_t *session);
void ngx_secmeet_session_close(ngx_secmeet_session_t *session,
    ngx_uint_t how);


/*
 * A room is made in the worker with the least load.  done is called with
 * NGX_OK and secrets (NGX_SECMEET_ROOM_SECRETS bytes: the host's token, and
 * a resume ticket), or the code of ngx_secmeet_room_create(); at once or
 * later.  Returns what to give to _cancel, NULL if done was called.
 */
typedef void (*ngx_secmeet_created_pt)(void *data, ngx_int_t rc,
    u_char *secrets);

void *ngx_secmeet_remote_create(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_str_t *proof, ngx_secmeet_created_pt done, void *data);

/* ends the room of tag if token is its host's; done as above, secrets NULL */
void *ngx_secmeet_remote_delete(u_char *tag, ngx_str_t *token,
    ngx_secmeet_created_pt done, void *data);

/* the request is gone: done is not called any more */
void ngx_secmeet_remote_cancel(void *pending);


#endif /* _NGX_SECMEET_REMOTE_H_INCLUDED_ */
