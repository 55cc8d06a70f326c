
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Relays UDP between clients and one server as a NAT would, each client by a
 * socket of its own, over a simulated link:
 *
 *     relay LISTEN SERVER
 *
 * both as ADDRESS:PORT.  Besides the commands of control.h it knows
 *
 *     {"cmd": "rebind"}      the NAT forgets: clients get other ports
 */


#include "control.h"
#include "../peer/peer.h"

#include <signal.h>
#include <stdio.h>


#define RELAY_CLIENTS         256
#define RELAY_HEADERS         28                /* IPv4 and UDP */


typedef struct {
    peer_io_t                 io;
    ngx_secmeet_addr_t        addr;
} relay_client_t;


static ngx_int_t relay_command(const char *name, json_t *json);
static ngx_int_t relay_open(ngx_secmeet_addr_t *bind_to,
    ngx_secmeet_addr_t *connect_to, peer_io_t *io);
static relay_client_t *relay_client(ngx_secmeet_addr_t *addr);
static void relay_from_clients(void *data);
static void relay_from_server(void *data);
static void relay_to_server(link_packet_t *packet);
static void relay_to_client(link_packet_t *packet);


static peer_io_t            relay_listen;
static ngx_uint_t           relay_nclients;
static relay_client_t       relay_clients[RELAY_CLIENTS];
static ngx_secmeet_addr_t   relay_server;
static u_char               relay_buf[65536];


int
main(int argc, char *const *argv)
{
    socklen_t            len;
    ngx_secmeet_addr_t   addr;

    signal(SIGPIPE, SIG_IGN);

    if (argc != 3 || peer_addr_parse(&addr, argv[1]) != NGX_OK
        || peer_addr_parse(&relay_server, argv[2]) != NGX_OK)
    {
        fprintf(stderr, "usage: relay LISTEN SERVER\n");
        return 2;
    }

    peer_loop_init();
    peer_out_init();

    link_stage_init(&link_up, relay_to_server);
    link_stage_init(&link_down, relay_to_client);

    relay_listen.read = relay_from_clients;
    relay_listen.write = relay_from_clients;

    len = sizeof(ngx_sockaddr_t);

    if (relay_open(&addr, NULL, &relay_listen) != NGX_OK
        || getsockname(relay_listen.fd, &addr.sa.sockaddr, &len) == -1)
    {
        perror("relay");
        return 2;
    }

    link_control_init(relay_command);

    peer_out(json_pack("{s:s, s:o, s:I}", "event", "ready", "listen",
                       peer_addr_json(&addr), "time", (json_int_t) peer_now));

    peer_loop_run();

    return 0;
}


static ngx_int_t
relay_command(const char *name, json_t *json)
{
    ngx_uint_t  i;

    if (ngx_strcmp(name, "rebind") != 0) {
        return NGX_DECLINED;
    }

    for (i = 0; i < relay_nclients; i++) {
        peer_io_close(&relay_clients[i].io);

        if (relay_open(NULL, &relay_server, &relay_clients[i].io) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
relay_open(ngx_secmeet_addr_t *bind_to, ngx_secmeet_addr_t *connect_to,
    peer_io_t *io)
{
    int                  size;
    ngx_secmeet_addr_t  *addr;

    addr = bind_to ? bind_to : connect_to;

    io->fd = socket(addr->sa.sockaddr.sa_family, SOCK_DGRAM|SOCK_NONBLOCK, 0);

    if (io->fd == -1) {
        return NGX_ERROR;
    }

    /* losses are the model's alone */

    size = 4 * 1024 * 1024;
    (void) setsockopt(io->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(int));

    if ((bind_to && bind(io->fd, &addr->sa.sockaddr, addr->len) == -1)
        || (connect_to && connect(io->fd, &addr->sa.sockaddr, addr->len) == -1)
        || peer_io_add(io, 0) != NGX_OK)
    {
        peer_io_close(io);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static relay_client_t *
relay_client(ngx_secmeet_addr_t *addr)
{
    ngx_uint_t       i;
    relay_client_t  *client;

    for (i = 0; i < relay_nclients; i++) {
        if (peer_addr_same(&relay_clients[i].addr, addr) == NGX_OK) {
            return &relay_clients[i];
        }
    }

    if (relay_nclients == RELAY_CLIENTS) {
        return NULL;
    }

    client = &relay_clients[relay_nclients];

    client->addr = *addr;
    client->io.read = relay_from_server;
    client->io.write = relay_from_server;
    client->io.data = client;

    if (relay_open(NULL, &relay_server, &client->io) != NGX_OK) {
        return NULL;
    }

    relay_nclients++;

    return client;
}


static void
relay_from_clients(void *data)
{
    ssize_t              n;
    relay_client_t      *client;
    ngx_secmeet_addr_t   addr;

    for ( ;; ) {
        addr.len = sizeof(ngx_sockaddr_t);

        n = recvfrom(relay_listen.fd, relay_buf, sizeof(relay_buf), 0,
                     &addr.sa.sockaddr, &addr.len);

        if (n == -1) {
            if (errno == EAGAIN) {
                return;
            }

            continue;
        }

        client = relay_client(&addr);

        if (client) {
            link_stage_input(&link_up, relay_buf, n, n + RELAY_HEADERS,
                             client);
        }
    }
}


static void
relay_from_server(void *data)
{
    ssize_t          n;
    relay_client_t  *client;

    client = data;

    for ( ;; ) {
        n = recv(client->io.fd, relay_buf, sizeof(relay_buf), 0);

        if (n == -1) {
            if (errno == EAGAIN) {
                return;
            }

            continue;
        }

        link_stage_input(&link_down, relay_buf, n, n + RELAY_HEADERS, client);
    }
}


static void
relay_to_server(link_packet_t *packet)
{
    relay_client_t  *client;

    client = packet->data;

    (void) send(client->io.fd, packet->bytes, packet->len, 0);
}


static void
relay_to_client(link_packet_t *packet)
{
    relay_client_t  *client;

    client = packet->data;

    (void) sendto(relay_listen.fd, packet->bytes, packet->len, 0,
                  &client->addr.sa.sockaddr, client->addr.len);
}
