
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The owner's side of what comes over a link: sessions of clients whose
 * WebSocket is in another worker, rooms to make and to end.  Also what both
 * sides write into the frames for it.  Of mesh's own use.
 */


#ifndef _NGX_SECMEET_GUEST_H_INCLUDED_
#define _NGX_SECMEET_GUEST_H_INCLUDED_


#include "ngx_secmeet_session.h"
#include "../meeting/ngx_secmeet_auth.h"


#define NGX_SECMEET_GUEST_CONF        36        /* bytes of the limits */
#define NGX_SECMEET_GUEST_CLIENT      20        /* of what is known of it */
#define NGX_SECMEET_GUEST_ADDR        20
#define NGX_SECMEET_GUEST_OPEN        (NGX_SECMEET_TAG                        \
                                       + NGX_SECMEET_GUEST_CONF               \
                                       + NGX_SECMEET_GUEST_CLIENT)
#define NGX_SECMEET_GUEST_OPEN_MAX    (NGX_SECMEET_GUEST_OPEN                 \
                                       + NGX_SECMEET_GUEST_ADDR               \
                                         * NGX_SECMEET_SDP_CANDIDATES)
#define NGX_SECMEET_GUEST_CREATE      (NGX_SECMEET_TAG                        \
                                       + NGX_SECMEET_GUEST_CONF               \
                                       + NGX_SECMEET_AUTH_TEXT)
#define NGX_SECMEET_GUEST_DELETE      (NGX_SECMEET_TAG                        \
                                       + NGX_SECMEET_AUTH_TEXT)

/* bytes of a message to a client: answers grow beyond their offers */
#define NGX_SECMEET_GUEST_TEXT        1048576


/* payloads; each returns its length */
size_t ngx_secmeet_guest_open(u_char *p, ngx_secmeet_signal_t *signal);
size_t ngx_secmeet_guest_create(u_char *p, ngx_secmeet_conf_t *conf,
    u_char *tag, ngx_str_t *proof);
size_t ngx_secmeet_guest_delete(u_char *p, u_char *tag, ngx_str_t *token);

/* addresses as they stand in frames, NGX_SECMEET_GUEST_ADDR bytes */
u_char *ngx_secmeet_addr_write(u_char *p, ngx_secmeet_addr_t *addr);
u_char *ngx_secmeet_addr_read(u_char *p, u_char *end,
    ngx_secmeet_addr_t *addr);

/* a frame to the owner; NGX_ERROR cuts the link */
ngx_int_t ngx_secmeet_guest_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/* CREATED or DELETED */
ngx_int_t ngx_secmeet_guest_answer(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/* those who got a text that is for many need not keep it any longer */
void ngx_secmeet_guest_spread(void);

/* GUEST or PENDING: the other worker is dead */
void ngx_secmeet_guest_gone(ngx_secmeet_session_t *session);

/* in this worker; codes as of ngx_secmeet_room_create() */
ngx_int_t ngx_secmeet_guest_make(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_str_t *proof, u_char *secrets);
ngx_int_t ngx_secmeet_guest_end(u_char *tag, ngx_str_t *token);


#endif /* _NGX_SECMEET_GUEST_H_INCLUDED_ */
