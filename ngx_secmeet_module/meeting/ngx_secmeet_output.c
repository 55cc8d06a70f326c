
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_worker.h"
#include "ngx_secmeet_path.h"

#include <netinet/udp.h>
#include <openssl/crypto.h>


#ifndef UDP_SEGMENT
#define UDP_SEGMENT  103
#endif


/* one run of equal packets, or a single one */
typedef struct {
    struct iovec         *iov;
    ngx_uint_t            n;
    size_t                size;         /* of each but the last */
} ngx_secmeet_run_t;


typedef union {
    struct cmsghdr        align;
    u_char                data[CMSG_SPACE(sizeof(struct in6_pktinfo))
                               + CMSG_SPACE(sizeof(uint16_t))];
} ngx_secmeet_control_t;


static void ngx_secmeet_output_handler(ngx_event_t *ev);
static void ngx_secmeet_output_path(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path);
static ngx_uint_t ngx_secmeet_output_runs(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, ngx_secmeet_run_t *runs, struct iovec *iov);
static void ngx_secmeet_output_messages(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, ngx_secmeet_run_t *runs, ngx_uint_t n);
static int ngx_secmeet_output_socket(ngx_secmeet_path_t *path);
static size_t ngx_secmeet_output_control(ngx_secmeet_control_t *control,
    ngx_secmeet_path_t *path, ngx_secmeet_run_t *run);
static void ngx_secmeet_output_pktinfo(struct cmsghdr *cmsg,
    ngx_secmeet_path_t *path);


ngx_int_t
ngx_secmeet_output_init(ngx_secmeet_output_t *output, ngx_log_t *log)
{
    output->packets = ngx_alloc(NGX_SECMEET_OUTPUT_PACKETS
                                * sizeof(ngx_secmeet_packet_t), log);
    if (output->packets == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_init(&output->paths);

    output->event.handler = ngx_secmeet_output_handler;
    output->event.data = output;
    output->event.log = log;
    output->segment = 1;

    return NGX_OK;
}


void
ngx_secmeet_output_free(ngx_secmeet_output_t *output)
{
    if (output->event.posted) {
        ngx_delete_posted_event(&output->event);
    }

    ngx_secmeet_free(output->packets, NGX_SECMEET_OUTPUT_PACKETS
                                      * sizeof(ngx_secmeet_packet_t));
    output->packets = NULL;
}


ngx_secmeet_packet_t *
ngx_secmeet_output_packet(ngx_secmeet_output_t *output)
{
    ngx_secmeet_packet_t  *packet;

    if (output->npackets == NGX_SECMEET_OUTPUT_PACKETS) {
        ngx_secmeet_output_flush(output);
    }

    packet = &output->packets[output->npackets++];
    packet->next = NULL;
    packet->len = 0;

    return packet;
}


void
ngx_secmeet_output_cancel(ngx_secmeet_output_t *output,
    ngx_secmeet_packet_t *packet)
{
    if (packet == &output->packets[output->npackets - 1]) {
        output->npackets--;
    }
}


void
ngx_secmeet_output_send(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, ngx_secmeet_packet_t *packet)
{
    if (path->first == NULL) {
        path->end = &path->first;
        ngx_queue_insert_tail(&output->paths, &path->output);
    }

    *path->end = packet;
    path->end = &packet->next;

    if (!output->event.posted) {
        ngx_post_event(&output->event, &ngx_posted_events);
    }
}


void
ngx_secmeet_output_copy(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, u_char *p, size_t len)
{
    ngx_secmeet_packet_t  *packet;

    if (len > NGX_SECMEET_MTU) {
        return;
    }

    packet = ngx_secmeet_output_packet(output);

    ngx_memcpy(packet->data, p, len);
    packet->len = len;

    ngx_secmeet_output_send(output, path, packet);
}


static void
ngx_secmeet_output_handler(ngx_event_t *ev)
{
    ngx_secmeet_output_flush(ev->data);
}


void
ngx_secmeet_output_flush(ngx_secmeet_output_t *output)
{
    ngx_queue_t         *q;
    ngx_secmeet_path_t  *path;

    while (!ngx_queue_empty(&output->paths)) {
        q = ngx_queue_head(&output->paths);
        path = ngx_queue_data(q, ngx_secmeet_path_t, output);

        ngx_secmeet_output_forget(output, path);
    }

    /* and one that was given back */

    if (output->nused <= output->npackets) {
        output->nused = ngx_min(output->npackets + 1,
                                NGX_SECMEET_OUTPUT_PACKETS);
    }

    output->npackets = 0;
}


void
ngx_secmeet_output_wipe(ngx_secmeet_output_t *output)
{
    ngx_secmeet_output_flush(output);

    OPENSSL_cleanse(output->packets,
                    output->nused * sizeof(ngx_secmeet_packet_t));

    output->nused = 0;
}


void
ngx_secmeet_output_forget(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path)
{
    if (path->first == NULL) {
        return;
    }

    ngx_queue_remove(&path->output);
    ngx_secmeet_output_path(output, path);
    path->first = NULL;
}


static void
ngx_secmeet_output_path(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path)
{
    ngx_uint_t         n;
    struct iovec       iov[NGX_SECMEET_OUTPUT_MESSAGES
                           + NGX_SECMEET_OUTPUT_SEGMENTS];
    ngx_secmeet_run_t  runs[NGX_SECMEET_OUTPUT_MESSAGES];

    if (path->tcp) {
        ngx_secmeet_tcp_output(path);
        return;
    }

    while (path->first) {
        n = ngx_secmeet_output_runs(output, path, runs, iov);
        ngx_secmeet_output_messages(output, path, runs, n);
    }
}


/* takes packets off the path; the last of a run may be shorter, udp(7) */

static ngx_uint_t
ngx_secmeet_output_runs(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, ngx_secmeet_run_t *runs, struct iovec *iov)
{
    size_t                 total;
    ngx_uint_t             n, left;
    ngx_secmeet_run_t     *run;
    ngx_secmeet_packet_t  *packet;

    left = NGX_SECMEET_OUTPUT_MESSAGES;

    for (n = 0; path->first && n < NGX_SECMEET_OUTPUT_MESSAGES && left; n++) {
        run = &runs[n];
        run->iov = iov;
        run->n = 0;
        run->size = path->first->len;
        total = 0;

        while (path->first && left) {
            packet = path->first;

            if (run->n
                && (!output->segment
                    || packet->len > run->size
                    || iov[-1].iov_len != run->size
                    || total + packet->len > NGX_SECMEET_OUTPUT_BYTES))
            {
                break;
            }

            iov->iov_base = packet->data;
            iov->iov_len = packet->len;
            iov++;

            run->n++;
            left--;
            total += packet->len;
            path->first = packet->next;
        }
    }

    return n;
}


static void
ngx_secmeet_output_messages(ngx_secmeet_output_t *output,
    ngx_secmeet_path_t *path, ngx_secmeet_run_t *runs, ngx_uint_t n)
{
    int                    fd, rc;
    ngx_err_t              err;
    ngx_uint_t             again, i, k;
    struct msghdr         *hdr;
    struct mmsghdr         msgs[NGX_SECMEET_OUTPUT_MESSAGES];
    ngx_secmeet_worker_t  *worker;
    ngx_secmeet_control_t  controls[NGX_SECMEET_OUTPUT_MESSAGES];

    worker = ngx_secmeet_worker;
    fd = ngx_secmeet_output_socket(path);

    ngx_memzero(msgs, n * sizeof(struct mmsghdr));

    for (i = 0; i < n; i++) {
        hdr = &msgs[i].msg_hdr;
        hdr->msg_iov = runs[i].iov;
        hdr->msg_iovlen = runs[i].n;

        if (path->connection == NULL) {
            hdr->msg_name = &path->remote.sa;
            hdr->msg_namelen = path->remote.len;
        }

        hdr->msg_controllen = ngx_secmeet_output_control(&controls[i], path,
                                                         &runs[i]);
        hdr->msg_control = hdr->msg_controllen ? &controls[i] : NULL;
    }

    again = 0;

    for (i = 0; i < n; /* void */ ) {
        rc = sendmmsg(fd, &msgs[i], n - i, MSG_DONTWAIT);

        if (rc > 0) {
            for (k = 0; k < (ngx_uint_t) rc; k++) {
                worker->counters[NGX_SECMEET_OUT] += runs[i + k].n;
            }

            i += rc;
            again = 0;
            continue;
        }

        err = ngx_errno;

        if (err == NGX_EINTR) {
            continue;
        }

        /* an echo of the past, by ICMP, is told once: this run was not sent */

        if (err == NGX_ECONNREFUSED && !again) {
            again = 1;
            continue;
        }

        /* of this run only; consent decides, not we */

        if (runs[i].n > 1 && (err == EIO || err == NGX_EINVAL)) {
            ngx_log_error(NGX_LOG_NOTICE, worker->log, err,
                          "secmeet: the kernel takes no UDP_SEGMENT here, "
                          "sending packets one by one");
            output->segment = 0;
        }

        worker->counters[NGX_SECMEET_DROP_SEND] += runs[i].n;
        again = 0;
        i++;
    }
}


/* a socket that only sends outlives the listening one */

static int
ngx_secmeet_output_socket(ngx_secmeet_path_t *path)
{
    if (path->connection) {
        return path->connection->fd;
    }

    if (path->listener->sender != (ngx_socket_t) -1) {
        return path->listener->sender;
    }

    return path->listener->connection->fd;
}


static size_t
ngx_secmeet_output_control(ngx_secmeet_control_t *control,
    ngx_secmeet_path_t *path, ngx_secmeet_run_t *run)
{
    size_t           len;
    uint16_t         size;
    struct cmsghdr  *cmsg;

    ngx_memzero(control, sizeof(ngx_secmeet_control_t));

    len = 0;
    cmsg = (struct cmsghdr *) control->data;

    if (path->connection == NULL && path->listener->wildcard) {
        ngx_secmeet_output_pktinfo(cmsg, path);

        len = CMSG_ALIGN(cmsg->cmsg_len);
        cmsg = (struct cmsghdr *) (control->data + len);
    }

    if (run->n > 1) {
        size = (uint16_t) run->size;

        cmsg->cmsg_level = SOL_UDP;
        cmsg->cmsg_type = UDP_SEGMENT;
        cmsg->cmsg_len = CMSG_LEN(sizeof(uint16_t));
        ngx_memcpy(CMSG_DATA(cmsg), &size, sizeof(uint16_t));

        len += CMSG_SPACE(sizeof(uint16_t));
    }

    return len;
}


/* leave from the address to which the peer sends */

static void
ngx_secmeet_output_pktinfo(struct cmsghdr *cmsg, ngx_secmeet_path_t *path)
{
    struct in_pktinfo    info;
    struct in6_pktinfo   info6;
    struct sockaddr_in6 *sin6;

    if (path->local.sa.sockaddr.sa_family == AF_INET6) {
        sin6 = &path->local.sa.sockaddr_in6;

        ngx_memzero(&info6, sizeof(struct in6_pktinfo));
        info6.ipi6_addr = sin6->sin6_addr;
        info6.ipi6_ifindex = sin6->sin6_scope_id;

        cmsg->cmsg_level = IPPROTO_IPV6;
        cmsg->cmsg_type = IPV6_PKTINFO;
        cmsg->cmsg_len = CMSG_LEN(sizeof(struct in6_pktinfo));
        ngx_memcpy(CMSG_DATA(cmsg), &info6, sizeof(struct in6_pktinfo));

        return;
    }

    ngx_memzero(&info, sizeof(struct in_pktinfo));
    info.ipi_spec_dst = path->local.sa.sockaddr_in.sin_addr;

    cmsg->cmsg_level = IPPROTO_IP;
    cmsg->cmsg_type = IP_PKTINFO;
    cmsg->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
    ngx_memcpy(CMSG_DATA(cmsg), &info, sizeof(struct in_pktinfo));
}
