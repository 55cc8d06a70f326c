
/*
 * Copyright (C) secmeet contributors
 */


#include "stage.h"


static void link_stage_add(link_stage_t *stage, u_char *p, size_t len,
    void *data, ngx_secmeet_usec_t when);
static void link_stage_expire(void *data);


void
link_stage_init(link_stage_t *stage, link_handler_pt handler)
{
    link_conf_t  conf;

    ngx_memzero(stage, sizeof(link_stage_t));
    ngx_memzero(&conf, sizeof(link_conf_t));

    link_init(&stage->link, &conf);
    ngx_queue_init(&stage->packets);

    stage->handler = handler;
    stage->timer.handler = link_stage_expire;
    stage->timer.data = stage;
}


void
link_stage_input(link_stage_t *stage, u_char *p, size_t len, size_t size,
    void *data)
{
    ngx_secmeet_usec_t  when;

    if (link_input(&stage->link, size, peer_now, &when) != NGX_OK) {
        return;
    }

    link_stage_add(stage, p, len, data, when);

    if (stage->link.twice) {
        link_stage_add(stage, p, len, data, stage->link.twice);
    }

    link_stage_expire(stage);
}


static void
link_stage_add(link_stage_t *stage, u_char *p, size_t len, void *data,
    ngx_secmeet_usec_t when)
{
    ngx_queue_t    *q;
    link_packet_t  *before, *packet;

    if (stage->npackets == LINK_PACKETS) {
        return;
    }

    packet = malloc(sizeof(link_packet_t) + len);

    if (packet == NULL) {
        return;
    }

    packet->when = when;
    packet->data = data;
    packet->len = len;
    ngx_memcpy(packet->bytes, p, len);

    /* most come last */

    for (q = ngx_queue_last(&stage->packets);
         q != ngx_queue_sentinel(&stage->packets);
         q = ngx_queue_prev(q))
    {
        before = ngx_queue_data(q, link_packet_t, queue);

        if (before->when <= when) {
            break;
        }
    }

    ngx_queue_insert_after(q, &packet->queue);
    stage->npackets++;
}


static void
link_stage_expire(void *data)
{
    ngx_queue_t    *q;
    link_stage_t   *stage;
    link_packet_t  *packet;

    stage = data;

    while (!ngx_queue_empty(&stage->packets)) {
        q = ngx_queue_head(&stage->packets);
        packet = ngx_queue_data(q, link_packet_t, queue);

        if (packet->when > peer_now) {
            peer_timer_set(&stage->timer, packet->when);
            return;
        }

        ngx_queue_remove(q);
        stage->npackets--;

        stage->handler(packet);
        free(packet);
    }

    peer_timer_del(&stage->timer);
}
