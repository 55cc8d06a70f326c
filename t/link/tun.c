
/*
 * Copyright (C) secmeet contributors
 */


/*
 * A simulated link between two network namespaces, by a TUN device at each
 * end: the one in which it is started, where the server is, and a new one,
 * which lasts as long as this process and what was started in it:
 *
 *     tun SERVER CLIENT
 *     nsenter -t PID -n COMMAND...
 *
 * SERVER and CLIENT are IPv4 addresses of one /24.  Besides the commands of
 * control.h it knows
 *
 *     {"cmd": "block", "udp": bool}       a firewall
 *     {"cmd": "move", "address": "..."}   the client's interface gets another
 */


#include "control.h"

#include <net/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>


#define TUN_DEVICE            "meet0"
#define TUN_PACKET            65536


static ngx_int_t tun_command(const char *name, json_t *json);
static ngx_int_t tun_run(const char *format, const char *address);
static ngx_int_t tun_address(const char *address);
static ngx_int_t tun_open(peer_io_t *io, link_stage_t *stage,
    const char *address);
static void tun_read(void *data);
static void tun_to_server(link_packet_t *packet);
static void tun_to_client(link_packet_t *packet);


static u_char       tun_buf[TUN_PACKET];
static peer_io_t    tun_server;
static peer_io_t    tun_client;
static ngx_uint_t   tun_blocked;


int
main(int argc, char *const *argv)
{
    if (argc != 3 || tun_address(argv[1]) != NGX_OK
        || tun_address(argv[2]) != NGX_OK)
    {
        fprintf(stderr, "usage: tun SERVER CLIENT\n");
        return 2;
    }

    peer_loop_init();
    peer_out_init();

    link_stage_init(&link_up, tun_to_server);
    link_stage_init(&link_down, tun_to_client);

    /* the device at the server's end carries what goes down */

    if (tun_open(&tun_server, &link_down, argv[1]) != NGX_OK
        || unshare(CLONE_NEWNET) == -1
        || tun_run("ip link set lo up", "") != NGX_OK
        || tun_open(&tun_client, &link_up, argv[2]) != NGX_OK
        || tun_run("ip route add default dev " TUN_DEVICE, "") != NGX_OK)
    {
        perror("tun");
        return 2;
    }

    link_control_init(tun_command);

    peer_out(json_pack("{s:s, s:I, s:I}", "event", "ready", "pid",
                       (json_int_t) getpid(), "time", (json_int_t) peer_now));

    peer_loop_run();

    return 0;
}


static ngx_int_t
tun_command(const char *name, json_t *json)
{
    const char  *address;

    if (ngx_strcmp(name, "block") == 0) {
        tun_blocked = json_is_true(json_object_get(json, "udp"));
        return NGX_OK;
    }

    if (ngx_strcmp(name, "move") == 0) {
        address = json_string_value(json_object_get(json, "address"));

        if (address == NULL || tun_address(address) != NGX_OK) {
            return NGX_ERROR;
        }

        if (tun_run("ip addr flush dev " TUN_DEVICE, "") != NGX_OK
            || tun_run("ip addr add %s/24 dev " TUN_DEVICE, address) != NGX_OK
            || tun_run("ip route add default dev " TUN_DEVICE, "") != NGX_OK)
        {
            return NGX_ERROR;
        }

        return NGX_OK;
    }

    return NGX_DECLINED;
}


/* as ip(8) does it, in the namespace of this moment */

static ngx_int_t
tun_run(const char *format, const char *address)
{
    int   status;
    char  command[128];

    (void) snprintf(command, sizeof(command), format, address);

    status = system(command);

    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ? NGX_OK
                                                           : NGX_ERROR;
}


static ngx_int_t
tun_address(const char *address)
{
    struct in_addr  addr;

    return inet_pton(AF_INET, address, &addr) == 1 ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
tun_open(peer_io_t *io, link_stage_t *stage, const char *address)
{
    struct ifreq  ifr;

    ngx_memzero(&ifr, sizeof(struct ifreq));

    ifr.ifr_flags = IFF_TUN|IFF_NO_PI;
    ngx_memcpy(ifr.ifr_name, TUN_DEVICE, sizeof(TUN_DEVICE));

    io->read = tun_read;
    io->write = tun_read;
    io->data = stage;

    io->fd = open("/dev/net/tun", O_RDWR|O_NONBLOCK|O_CLOEXEC);

    if (io->fd == -1 || ioctl(io->fd, TUNSETIFF, &ifr) == -1
        || peer_io_add(io, 0) != NGX_OK
        || tun_run("ip addr add %s/24 dev " TUN_DEVICE, address) != NGX_OK
        || tun_run("ip link set " TUN_DEVICE " up", "") != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
tun_read(void *data)
{
    int            fd;
    ssize_t        n;
    link_stage_t  *stage;

    stage = data;
    fd = (stage == &link_up) ? tun_client.fd : tun_server.fd;

    for ( ;; ) {
        n = read(fd, tun_buf, TUN_PACKET);

        if (n == -1) {
            if (errno == EINTR) {
                continue;
            }

            return;
        }

        /* RFC 791: version 4, and the protocol */

        if (tun_blocked && n >= 20 && tun_buf[0] >> 4 == 4
            && tun_buf[9] == IPPROTO_UDP)
        {
            continue;
        }

        link_stage_input(stage, tun_buf, n, n, NULL);
    }
}


static void
tun_to_server(link_packet_t *packet)
{
    (void) !write(tun_server.fd, packet->bytes, packet->len);
}


static void
tun_to_client(link_packet_t *packet)
{
    (void) !write(tun_client.fd, packet->bytes, packet->len);
}
