
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_remote.h"
#include "ngx_secmeet_door.h"
#include "ngx_secmeet_drain.h"
#include "ngx_secmeet_guest.h"
#include "ngx_secmeet_relay.h"
#include "ngx_secmeet_sweep.h"
#include "ngx_secmeet_session.h"
#include "ngx_secmeet_survey.h"
#include "../engine/ngx_secmeet_tuples.h"
#include "../meeting/ngx_secmeet_room.h"
#include "../wire/ngx_secmeet_bytes.h"
#include "../wire/ngx_secmeet_ws.h"

#include <openssl/crypto.h>


#define NGX_SECMEET_REMOTE_SWEEP      10000     /* msec between two sweeps */
#define NGX_SECMEET_REMOTE_AGAIN      100       /* where much was found */
#define NGX_SECMEET_REMOTE_KEEP       60        /* seconds, a dead claim */
#define NGX_SECMEET_REMOTE_ENTRIES    256       /* looked at in one sweep */


static void ngx_secmeet_remote_sweep(ngx_event_t *ev);
static void ngx_secmeet_remote_forget(u_char *tag);
static ngx_int_t ngx_secmeet_remote_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
static void ngx_secmeet_remote_gone(ngx_secmeet_link_t *link);
static ngx_int_t ngx_secmeet_remote_revive(u_char *tag, u_char *epoch);
static ngx_uint_t ngx_secmeet_remote_claimed(u_char *tag, u_char *epoch,
    ngx_secmeet_claim_t *claim);
static ngx_int_t ngx_secmeet_remote_renew(u_char *tag, u_char *epoch);
static void ngx_secmeet_remote_leave(u_char *tag);


static ngx_secmeet_link_handler_t  ngx_secmeet_remote_handler = {
    ngx_secmeet_relay_met,
    ngx_secmeet_remote_input,
    ngx_secmeet_door_ready,
    ngx_secmeet_remote_gone
};

ngx_secmeet_mesh_t  ngx_secmeet_mesh;
ngx_secmeet_load_t  ngx_secmeet_load;

static u_char            ngx_secmeet_remote_nets[NGX_SECMEET_SECRET];
static ngx_event_t       ngx_secmeet_remote_event;
static ngx_connection_t  ngx_secmeet_remote_dummy;


ngx_int_t
ngx_secmeet_remote_init(ngx_secmeet_worker_t *worker, ngx_str_t *path)
{
    ngx_event_t  *ev;

    ngx_secmeet_session_init();
    ngx_secmeet_survey_init();

    if (ngx_secmeet_relay_init(worker) != NGX_OK
        || ngx_secmeet_load_init(&ngx_secmeet_load, worker,
                                 worker->tags->slots)
           != NGX_OK
        || ngx_secmeet_mesh_init(&ngx_secmeet_mesh, worker, path,
                                 &ngx_secmeet_remote_handler)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_secmeet_auth_hash(worker->ticket, ngx_secmeet_mesh.run.key,
                              (u_char *) "ticket", sizeof("ticket") - 1)
        != NGX_OK
        || ngx_secmeet_auth_hash(ngx_secmeet_remote_nets,
                                 ngx_secmeet_mesh.run.key,
                                 (u_char *) "nets", sizeof("nets") - 1)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    worker->forget = ngx_secmeet_remote_forget;
    worker->revive = ngx_secmeet_remote_revive;
    worker->leave = ngx_secmeet_remote_leave;
    worker->renew = ngx_secmeet_remote_renew;
    worker->spread = ngx_secmeet_guest_spread;
    worker->drain = ngx_secmeet_remote_drain;

    /* the first sweep finds what a dead predecessor has left */

    ev = &ngx_secmeet_remote_event;
    ngx_memzero(ev, sizeof(ngx_event_t));

    ngx_secmeet_remote_dummy.fd = (ngx_socket_t) -1;

    ev->handler = ngx_secmeet_remote_sweep;
    ev->data = &ngx_secmeet_remote_dummy;
    ev->log = worker->log;
    ev->cancelable = 1;

    ngx_add_timer(ev, 1000);

    ngx_secmeet_relay_meet();

    return NGX_OK;
}


void
ngx_secmeet_remote_close(void)
{
    if (ngx_secmeet_remote_event.timer_set) {
        ngx_del_timer(&ngx_secmeet_remote_event);
    }

    ngx_secmeet_survey_close();
    ngx_secmeet_drain_close();
    ngx_secmeet_load_close(&ngx_secmeet_load);
    ngx_secmeet_mesh_close(&ngx_secmeet_mesh);
    ngx_secmeet_relay_free();
}


void
ngx_secmeet_remote_drain(void)
{
    ngx_secmeet_drain_start(&ngx_secmeet_load, &ngx_secmeet_mesh.run);
}


static void
ngx_secmeet_remote_sweep(ngx_event_t *ev)
{
    ngx_uint_t  changed;

    changed = ngx_secmeet_sweep(&ngx_secmeet_mesh.run,
                                NGX_SECMEET_REMOTE_KEEP,
                                NGX_SECMEET_REMOTE_ENTRIES);

    ngx_add_timer(ev, changed ? NGX_SECMEET_REMOTE_AGAIN
                              : NGX_SECMEET_REMOTE_SWEEP);
}


/* a room has ended here */

static void
ngx_secmeet_remote_forget(u_char *tag)
{
    ngx_secmeet_registry_release(&ngx_secmeet_mesh.run, tag,
                                 ngx_secmeet_mesh.worker->id);
    ngx_secmeet_load_count(&ngx_secmeet_load);
}


/*
 * Somebody has a ticket for a room that is not here, but may be dead.  The
 * lock is for those who might win.
 */

static ngx_int_t
ngx_secmeet_remote_revive(u_char *tag, u_char *epoch)
{
    ngx_secmeet_run_t    *run;
    ngx_secmeet_claim_t   claim;

    run = &ngx_secmeet_mesh.run;

    if (!ngx_secmeet_remote_claimed(tag, epoch, &claim)) {
        return NGX_DECLINED;
    }

    if (ngx_secmeet_load.own->draining) {
        return NGX_AGAIN;
    }

    ngx_memcpy(claim.owner, ngx_secmeet_mesh.worker->id,
               NGX_SECMEET_WORKER_ID);

    if (ngx_secmeet_registry_take(run, tag, &claim) == NGX_OK) {
        return NGX_OK;
    }

    /* another one was faster, or the lock is not to be had */

    return ngx_secmeet_remote_claimed(tag, epoch, &claim) ? NGX_AGAIN
                                                          : NGX_DECLINED;
}


/* 1 if there is such a claim, and it is not this worker's */

static ngx_uint_t
ngx_secmeet_remote_claimed(u_char *tag, u_char *epoch,
    ngx_secmeet_claim_t *claim)
{
    return ngx_secmeet_registry_find(&ngx_secmeet_mesh.run, tag, claim)
           == NGX_OK
           && CRYPTO_memcmp(claim->epoch, epoch, NGX_SECMEET_ID) == 0
           && ngx_memcmp(claim->owner, ngx_secmeet_mesh.worker->id,
                         NGX_SECMEET_WORKER_ID)
              != 0;
}


/* tickets of before shall not open the room of tag again */

static ngx_int_t
ngx_secmeet_remote_renew(u_char *tag, u_char *epoch)
{
    ngx_secmeet_claim_t  claim;

    ngx_memcpy(claim.owner, ngx_secmeet_mesh.worker->id,
               NGX_SECMEET_WORKER_ID);
    ngx_memcpy(claim.epoch, epoch, NGX_SECMEET_ID);

    return ngx_secmeet_registry_renew(&ngx_secmeet_mesh.run, tag, &claim);
}


/* there was no memory for the room: somebody else may have some */

static void
ngx_secmeet_remote_leave(u_char *tag)
{
    (void) ngx_secmeet_registry_leave(&ngx_secmeet_mesh.run, tag,
                                      ngx_secmeet_mesh.worker->id);
}


uint64_t
ngx_secmeet_remote_net(struct sockaddr *sa)
{
    size_t                len;
    u_char                net[1 + 7];
    struct sockaddr_in   *sin;
    struct sockaddr_in6  *sin6;

    len = 0;

    if (sa->sa_family == AF_INET) {
        sin = (struct sockaddr_in *) sa;
        len = 3;
        ngx_memcpy(net + 1, &sin->sin_addr, len);

    } else if (sa->sa_family == AF_INET6) {
        sin6 = (struct sockaddr_in6 *) sa;

        if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr)) {
            len = 3;
            ngx_memcpy(net + 1, &sin6->sin6_addr.s6_addr[12], len);

        } else {
            len = 7;
            ngx_memcpy(net + 1, &sin6->sin6_addr, len);
        }
    }

    net[0] = len;

    return ngx_secmeet_tuples_hash(ngx_secmeet_remote_nets, net, 1 + len);
}


static ngx_int_t
ngx_secmeet_remote_input(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    /* what was kept is for the frames that follow at once */

    if (link->text && frame->type != NGX_SECMEET_FRAME_SAME
        && !link->keeping)
    {
        ngx_secmeet_door_forget(link);
    }

    switch (frame->type) {

    case NGX_SECMEET_FRAME_DATAGRAM:
        return ngx_secmeet_relay_datagram(link, frame);

    case NGX_SECMEET_FRAME_TUPLES:
    case NGX_SECMEET_FRAME_FREED:
        return ngx_secmeet_relay_tuples(link, frame);

    case NGX_SECMEET_FRAME_SOCKET:
        return ngx_secmeet_relay_socket(frame);

    case NGX_SECMEET_FRAME_SURVEY:
        return ngx_secmeet_survey_asked(link, frame);

    case NGX_SECMEET_FRAME_FIGURES:
        return ngx_secmeet_survey_told(link, frame);

    default:
        break;
    }

    if (frame->flags & NGX_SECMEET_FRAME_TO_OWNER) {
        return ngx_secmeet_guest_input(link, frame);
    }

    return ngx_secmeet_door_input(link, frame);
}


static void
ngx_secmeet_remote_gone(ngx_secmeet_link_t *link)
{
    ngx_queue_t            *q;
    ngx_secmeet_session_t  *session;

    ngx_secmeet_relay_gone(link);
    ngx_secmeet_survey_gone(link);

    while (!ngx_queue_empty(&link->sessions)) {
        q = ngx_queue_head(&link->sessions);
        ngx_queue_remove(q);

        session = ngx_queue_data(q, ngx_secmeet_session_t, queue);
        session->link = NULL;

        if (session->kind == NGX_SECMEET_SESSION_DOOR) {
            ngx_secmeet_door_gone(session);

        } else {
            ngx_secmeet_guest_gone(session);
        }
    }
}


void *
ngx_secmeet_remote_create(ngx_secmeet_conf_t *conf, u_char *tag,
    ngx_str_t *proof, ngx_secmeet_created_pt done, void *data)
{
    u_char                 *id;
    ngx_int_t               rc;
    ngx_str_t               payload;
    ngx_secmeet_link_t     *link;
    ngx_secmeet_session_t  *session;
    u_char                  buf[NGX_SECMEET_GUEST_CREATE];
    u_char                  secrets[NGX_SECMEET_ROOM_SECRETS];

    link = NULL;
    id = ngx_secmeet_load_place(&ngx_secmeet_load);

    if (id && ngx_memcmp(id, ngx_secmeet_mesh.worker->id,
                         NGX_SECMEET_WORKER_ID)
              != 0)
    {
        link = ngx_secmeet_link_find(&ngx_secmeet_mesh, id);
    }

    if (link) {
        session = ngx_secmeet_session_new(NGX_SECMEET_SESSION_PENDING, link,
                                          0);
        if (session == NULL) {
            done(data, NGX_ERROR, NULL);
            return NULL;
        }

        session->done = done;
        session->data = data;

        payload.data = buf;
        payload.len = ngx_secmeet_guest_create(buf, conf, tag, proof);

        rc = ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_CREATE,
                                       &payload);

        OPENSSL_cleanse(buf, sizeof(buf));

        if (rc == NGX_OK) {
            return session;
        }

        ngx_secmeet_session_free(session);
    }

    rc = ngx_secmeet_guest_make(conf, tag, proof, secrets);
    done(data, rc, secrets);

    OPENSSL_cleanse(secrets, sizeof(secrets));

    return NULL;
}


void *
ngx_secmeet_remote_delete(u_char *tag, ngx_str_t *token,
    ngx_secmeet_created_pt done, void *data)
{
    ngx_int_t               rc;
    ngx_str_t               payload;
    ngx_secmeet_link_t     *link;
    ngx_secmeet_session_t  *session;
    u_char                  buf[NGX_SECMEET_GUEST_DELETE];

    link = ngx_secmeet_door_owner(tag);

    if (link == NULL) {
        done(data, ngx_secmeet_guest_end(tag, token), NULL);
        return NULL;
    }

    session = ngx_secmeet_session_new(NGX_SECMEET_SESSION_PENDING, link, 0);
    if (session == NULL) {
        done(data, NGX_ERROR, NULL);
        return NULL;
    }

    session->done = done;
    session->data = data;

    payload.data = buf;
    payload.len = ngx_secmeet_guest_delete(buf, tag, token);

    rc = ngx_secmeet_session_frame(session, NGX_SECMEET_FRAME_DELETE,
                                   &payload);

    OPENSSL_cleanse(buf, sizeof(buf));

    if (rc != NGX_OK) {
        ngx_secmeet_session_free(session);
        done(data, NGX_DECLINED, NULL);
        return NULL;
    }

    return session;
}


void
ngx_secmeet_remote_cancel(void *pending)
{
    ngx_secmeet_session_free(pending);
}
