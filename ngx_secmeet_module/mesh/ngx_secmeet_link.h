
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The mesh: SOCK_SEQPACKET connections between the workers of one nginx,
 * made when first needed, kept while both live.  One packet is one frame:
 * a header and a payload.  Queues are bounded, nothing blocks; the end of a
 * connection is the death notice of the worker at its other end.
 */


#ifndef _NGX_SECMEET_LINK_H_INCLUDED_
#define _NGX_SECMEET_LINK_H_INCLUDED_


#include "ngx_secmeet_run.h"


#define NGX_SECMEET_LINK_VERSION      3
#define NGX_SECMEET_LINK_HEADER       16        /* bytes of a frame's head */
#define NGX_SECMEET_LINK_PAYLOAD      32768     /* bytes, at most */
#define NGX_SECMEET_LINK_QUEUE        4194304   /* bytes unsent: it is cut */
#define NGX_SECMEET_LINK_BUSY         1048576   /* what can wait, waits */
#define NGX_SECMEET_LINK_TEXT         1048576   /* bytes kept for others */
#define NGX_SECMEET_LINK_LINKS        256       /* of one worker, at most */
#define NGX_SECMEET_LINK_ROUNDS       64        /* frames in one wake-up */


typedef enum {
    NGX_SECMEET_FRAME_HELLO = 1,    /* version, sender's id: always first */
    NGX_SECMEET_FRAME_OPEN,         /* a client's session: tag, limits */
    NGX_SECMEET_FRAME_TEXT,         /* a part of a message, either way */
    NGX_SECMEET_FRAME_SAME,         /* the message kept last, once more;
                                       session 0: it is not needed again */
    NGX_SECMEET_FRAME_CLOSE,        /* session over; payload: code, 2 bytes */
    NGX_SECMEET_FRAME_CREATE,       /* make a room */
    NGX_SECMEET_FRAME_CREATED,      /* its result */
    NGX_SECMEET_FRAME_DELETE,       /* end a room */
    NGX_SECMEET_FRAME_DELETED,
    NGX_SECMEET_FRAME_DATAGRAM,     /* for a transport of the receiver */
    NGX_SECMEET_FRAME_TUPLES,       /* these addresses are the sender's */
    NGX_SECMEET_FRAME_FREED,        /* and these no longer */
    NGX_SECMEET_FRAME_SURVEY,       /* how much are you doing? */
    NGX_SECMEET_FRAME_FIGURES,      /* so much */
    NGX_SECMEET_FRAME_SOCKET,       /* comes along: a TCP connection to a
                                       transport of the receiver */
    NGX_SECMEET_FRAME_N
} ngx_secmeet_frame_e;


/* flags */
#define NGX_SECMEET_FRAME_MORE        1         /* of this, comes next */
#define NGX_SECMEET_FRAME_TO_OWNER    2         /* of a session: which way */
#define NGX_SECMEET_FRAME_KEEP        4         /* others get the same */


/* on the wire: type, flags, 2 bytes of 0, payload length (4), session (8) */
typedef struct {
    ngx_uint_t                type;
    ngx_uint_t                flags;
    uint64_t                  session;
    ngx_str_t                 payload;          /* valid while handled */
    ngx_socket_t              fd;               /* received; -1: none, or
                                                   the handler has it */
} ngx_secmeet_frame_t;


typedef struct ngx_secmeet_link_s   ngx_secmeet_link_t;
typedef struct ngx_secmeet_mesh_s   ngx_secmeet_mesh_t;


typedef struct {
    /* the other worker has introduced itself */
    void       (*met)(ngx_secmeet_link_t *link);

    /* a frame of an introduced worker; NGX_ERROR cuts the link */
    ngx_int_t  (*input)(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame);

    /* less than half of NGX_SECMEET_LINK_BUSY waits again */
    void       (*ready)(ngx_secmeet_link_t *link);

    /* the worker at the other end is gone; link is freed afterwards */
    void       (*gone)(ngx_secmeet_link_t *link);
} ngx_secmeet_link_handler_t;


struct ngx_secmeet_mesh_s {
    ngx_secmeet_run_t         run;
    ngx_secmeet_worker_t     *worker;
    ngx_connection_t         *listening;        /* w.<id> */
    ngx_queue_t               links;
    ngx_uint_t                nlinks;
    ngx_secmeet_link_handler_t  *handler;

    uint64_t                  sent;             /* frames, for the status */
    uint64_t                  received;
    uint64_t                  refused;          /* malformed, not ours */
    uint64_t                  dropped;          /* datagrams: queue full */
};


struct ngx_secmeet_link_s {
    ngx_queue_t               queue;
    ngx_secmeet_mesh_t       *mesh;
    ngx_connection_t         *connection;
    u_char                    id[NGX_SECMEET_WORKER_ID];    /* of the other */
    ngx_queue_t               sessions;         /* the handler's own */
    void                     *first;            /* frames not sent yet */
    void                    **end;
    size_t                    queued;
    ngx_event_t               reap;             /* closes it, later */

    uint64_t                  broadcast;        /* what the other keeps */
    u_char                   *text;             /* what is kept here */
    size_t                    text_len;
    size_t                    text_size;

    unsigned                  introduced:1;     /* its HELLO has come */
    unsigned                  known:1;          /* to the handler */
    unsigned                  awaited:1;        /* its tuples are */
    unsigned                  held:1;           /* somebody waits for ready */
    unsigned                  keeping:1;        /* text is not whole yet */
    unsigned                  broken:1;         /* takes no more frames */
    unsigned                  closing:1;
};


/* listens on w.<id>; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_mesh_init(ngx_secmeet_mesh_t *mesh,
    ngx_secmeet_worker_t *worker, ngx_str_t *path,
    ngx_secmeet_link_handler_t *handler);

/* closes all ("gone" is called for each link), unlinks w.<id> */
void ngx_secmeet_mesh_close(ngx_secmeet_mesh_t *mesh);

/*
 * The link to a worker, connecting if there is none; NULL: it is dead, or
 * there are too many links.  id comes from outside: anything but lowercase
 * hex digits gives NULL, and so does the id of this worker.
 */
ngx_secmeet_link_t *ngx_secmeet_link_find(ngx_secmeet_mesh_t *mesh,
    u_char *id);

/* 1 if much waits to be sent; "ready" is called when it does no longer */
ngx_uint_t ngx_secmeet_link_busy(ngx_secmeet_link_t *link);

/* 1 if there is another link to the same worker */
ngx_uint_t ngx_secmeet_link_twin(ngx_secmeet_link_t *link);

/* a connection that another worker has made; takes fd in any case */
void ngx_secmeet_link_accept(ngx_secmeet_mesh_t *mesh, int fd);

/*
 * Sends or queues.  NGX_OK; NGX_BUSY: a DATAGRAM that was dropped since
 * the socket is full; NGX_ERROR: the link is being cut.  "gone" is called
 * later, never from in here.
 */
ngx_int_t ngx_secmeet_link_send(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/*
 * A SOCKET with fd, which stays the caller's: the other worker has a copy.
 * NGX_OK; NGX_BUSY: the socket is full; NGX_ERROR: the link is being cut.
 */
ngx_int_t ngx_secmeet_link_pass(ngx_secmeet_link_t *link, ngx_socket_t fd);


#endif /* _NGX_SECMEET_LINK_H_INCLUDED_ */
