
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What one worker process holds: its rooms, the indexes by which datagrams
 * find their transport, the memory of outgoing packets, the counters.
 */


#ifndef _NGX_SECMEET_WORKER_H_INCLUDED_
#define _NGX_SECMEET_WORKER_H_INCLUDED_


#include "ngx_secmeet_meeting.h"
#include "ngx_secmeet_output.h"
#include "ngx_secmeet_tags.h"
#include "../crypto/ngx_secmeet_dtls.h"


#define NGX_SECMEET_WORKER_PATHS      4096      /* buckets */


/* one datagram as it came in */
typedef struct {
    ngx_secmeet_listener_t   *listener;         /* NULL if it came by TCP */
    ngx_connection_t         *tcp;              /* NULL if by UDP */
    ngx_secmeet_addr_t        local;            /* port included */
    ngx_secmeet_addr_t        remote;
    u_char                   *start;
    size_t                    len;
    ngx_secmeet_usec_t        now;
    unsigned                  relayed:1;        /* by another worker */
} ngx_secmeet_datagram_t;


/* an address on which media is received, by UDP or by TCP */
struct ngx_secmeet_listener_s {
    ngx_connection_t         *connection;       /* the listening socket */
    ngx_socket_t              sender;           /* only sends; -1: none */
    ngx_secmeet_addr_t        addr;
    ngx_array_t              *candidates;       /* ngx_secmeet_addr_t, or
                                                   NULL; port 0: addr's */
    unsigned                  wildcard:1;
    unsigned                  relay:1;          /* workers cannot bind it */
};


typedef void (*ngx_secmeet_forget_pt)(u_char *tag);
typedef ngx_int_t (*ngx_secmeet_revive_pt)(u_char *tag, u_char *epoch);
typedef void (*ngx_secmeet_relay_pt)(ngx_secmeet_path_t *path,
    ngx_uint_t open);
typedef ngx_int_t (*ngx_secmeet_dispatch_pt)(ngx_secmeet_worker_t *worker,
    ngx_secmeet_datagram_t *dg);


struct ngx_secmeet_worker_s {
    u_char                    id[NGX_SECMEET_WORKER_ID];
    ngx_log_t                *log;
    ngx_secmeet_tags_t       *tags;
    ngx_uint_t                rooms_max;        /* secmeet_rooms */

    ngx_rbtree_t              rooms;            /* by tag */
    ngx_rbtree_node_t         rooms_sentinel;
    ngx_uint_t                nrooms;
    ngx_uint_t                npeers;

    ngx_rbtree_t              transports;       /* by our ufrag */
    ngx_rbtree_node_t         transports_sentinel;
    ngx_queue_t               paths[NGX_SECMEET_WORKER_PATHS];
    ngx_queue_t               dead;             /* closed paths */
    ngx_event_t               reap;

    ngx_array_t               listeners;        /* ngx_secmeet_listener_t */
    ngx_array_t               tcp_listeners;    /* the same, by TCP */
    ngx_secmeet_dispatch_pt   dispatch;         /* set by mesh */
    ngx_secmeet_forget_pt     forget;           /* a room has ended */

    /* of a room that is not here: NGX_OK: it is this worker's from now on;
       NGX_AGAIN: it is another's; NGX_DECLINED: there is none */
    ngx_secmeet_revive_pt     revive;

    /* and is given away again */
    ngx_secmeet_forget_pt     leave;

    /* of a room that is here: another epoch; NGX_OK or NGX_ERROR */
    ngx_secmeet_revive_pt     renew;

    /* a path without a socket of its own comes, or goes */
    ngx_secmeet_relay_pt      relay;

    void                    (*drain)(void);     /* the worker leaves */
    u_char                    ticket[NGX_SECMEET_SECRET];   /* their key */
    ngx_secmeet_dtls_ctx_t   *dtls;
    ngx_secmeet_output_t      output;

    uint64_t                  counters[NGX_SECMEET_COUNTERS];
    uint64_t                  bytes;            /* of what is forwarded */

    /* of both, what the statistics have already */
    uint64_t                  counted[NGX_SECMEET_COUNTERS];
    uint64_t                  counted_bytes;

    void                    (*grown)(void);     /* there are more peers */

    /* what was sent to many is with all of them */
    void                    (*spread)(void);

    uint64_t                  broadcasts;
    uint64_t                  broadcast;        /* number of what is being
                                                   sent to many; 0: to one */

    unsigned                  waiting:1;        /* nothing is read yet */
};


/* NULL in the master and wherever secmeet is not configured */
extern ngx_secmeet_worker_t  *ngx_secmeet_worker;

/* in words with dashes, as in the status page: "drop-integrity" */
extern ngx_str_t  ngx_secmeet_counter_names[];


/*
 * Called once in init_process; listeners are added by the caller.  NGX_OK
 * or NGX_ERROR.
 */
ngx_int_t ngx_secmeet_worker_init(ngx_cycle_t *cycle,
    ngx_secmeet_tags_t *tags, ngx_uint_t rooms_max);

/* exit_process: ends all rooms (reason "stop") and frees everything */
void ngx_secmeet_worker_close(ngx_secmeet_worker_t *worker);

/* all meetings end; reason is a literal of PROTOCOL.md */
void ngx_secmeet_worker_end(ngx_secmeet_worker_t *worker,
    const char *reason, ngx_uint_t code);

/* microseconds of a clock that never steps back */
ngx_secmeet_usec_t ngx_secmeet_now(void);

/* NGX_OK or NGX_ERROR: len random bytes */
ngx_int_t ngx_secmeet_random(void *p, size_t len);

/* len random lowercase hex digits */
ngx_int_t ngx_secmeet_random_hex(u_char *p, size_t len);

/* cleanses all memory of a pool, then destroys it */
void ngx_secmeet_destroy_pool(ngx_pool_t *pool);

/* cleanses, then frees what ngx_alloc() gave; NULL is fine */
void ngx_secmeet_free(void *p, size_t size);


#endif /* _NGX_SECMEET_WORKER_H_INCLUDED_ */
