
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Packets on their way out.  They are made in one arena of the worker, hang
 * on their path, and leave together at the end of the event-loop turn; a
 * run of equal sizes to one path leaves in one call (UDP_SEGMENT).
 */


#ifndef _NGX_SECMEET_OUTPUT_H_INCLUDED_
#define _NGX_SECMEET_OUTPUT_H_INCLUDED_


#include "ngx_secmeet_meeting.h"


#define NGX_SECMEET_OUTPUT_PACKETS    1024      /* flushed early if full */
#define NGX_SECMEET_OUTPUT_SIZE       1600      /* of one; > MTU + trailer */
#define NGX_SECMEET_OUTPUT_SEGMENTS   64        /* in one call, kernel's */
#define NGX_SECMEET_OUTPUT_BYTES      64000     /* in one call */
#define NGX_SECMEET_OUTPUT_MESSAGES   64        /* in one sendmmsg */


typedef struct ngx_secmeet_packet_s  ngx_secmeet_packet_t;

struct ngx_secmeet_packet_s {
    ngx_secmeet_packet_t     *next;
    size_t                    len;
    u_char                    data[NGX_SECMEET_OUTPUT_SIZE];
};


typedef struct {
    ngx_secmeet_packet_t     *packets;
    ngx_uint_t                npackets;         /* in use */
    ngx_uint_t                nused;            /* since they were wiped */
    ngx_queue_t               paths;            /* with packets */
    ngx_event_t               event;
    unsigned                  segment:1;        /* UDP_SEGMENT works */
} ngx_secmeet_output_t;


ngx_int_t ngx_secmeet_output_init(ngx_secmeet_output_t *output,
    ngx_log_t *log);
void ngx_secmeet_output_free(ngx_secmeet_output_t *output);

/*
 * An empty packet; it is used up by _send or given back by _cancel before
 * the next one is taken.  Never NULL: flushes when the arena is full.
 */
ngx_secmeet_packet_t *ngx_secmeet_output_packet(
    ngx_secmeet_output_t *output);
void ngx_secmeet_output_cancel(ngx_secmeet_output_t *output,
    ngx_secmeet_packet_t *packet);

/* queues the packet on the path; it leaves at the end of this turn */
void ngx_secmeet_output_send(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, ngx_secmeet_packet_t *packet);

/* copies len <= NGX_SECMEET_MTU bytes and queues them */
void ngx_secmeet_output_copy(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, u_char *p, size_t len);

void ngx_secmeet_output_flush(ngx_secmeet_output_t *output);

/* sends all there is, then wipes the memory of packets */
void ngx_secmeet_output_wipe(ngx_secmeet_output_t *output);

/* the path closes: sends what it still has */
void ngx_secmeet_output_forget(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path);


#endif /* _NGX_SECMEET_OUTPUT_H_INCLUDED_ */
