
/*
 * Copyright (C) secmeet contributors
 */


#include "peer.h"

#include <stdio.h>


static ngx_int_t peer_addr_port(const char *text, in_port_t *port);


ngx_int_t
peer_addr_parse(ngx_secmeet_addr_t *addr, const char *text)
{
    char        *p, host[64];
    in_port_t    port;
    ngx_uint_t   v6;

    ngx_memzero(addr, sizeof(ngx_secmeet_addr_t));

    if (ngx_strlen(text) >= sizeof(host)) {
        return NGX_ERROR;
    }

    (void) snprintf(host, sizeof(host), "%s", text + (text[0] == '['));

    port = 0;
    p = (text[0] == '[') ? ngx_strchr(host, ']') : ngx_strchr(host, ':');
    v6 = (text[0] == '[' || (p && ngx_strchr(p + 1, ':')));

    if (p && (text[0] == '[' || !v6)) {
        *p++ = '\0';
        p += (*p == ':');

        if (*p && peer_addr_port(p, &port) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    if (v6) {
        addr->len = sizeof(struct sockaddr_in6);
        addr->sa.sockaddr_in6.sin6_family = AF_INET6;
        addr->sa.sockaddr_in6.sin6_port = port;

        return inet_pton(AF_INET6, host, &addr->sa.sockaddr_in6.sin6_addr)
               == 1 ? NGX_OK : NGX_ERROR;
    }

    addr->len = sizeof(struct sockaddr_in);
    addr->sa.sockaddr_in.sin_family = AF_INET;
    addr->sa.sockaddr_in.sin_port = port;

    return inet_pton(AF_INET, host, &addr->sa.sockaddr_in.sin_addr) == 1
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
peer_addr_port(const char *text, in_port_t *port)
{
    char  *end;
    long   n;

    n = strtol(text, &end, 10);

    if (*end || n < 1 || n > 65535) {
        return NGX_ERROR;
    }

    *port = htons((uint16_t) n);

    return NGX_OK;
}


json_t *
peer_addr_json(ngx_secmeet_addr_t *addr)
{
    char  host[INET6_ADDRSTRLEN];

    if (addr->sa.sockaddr.sa_family == AF_INET6) {
        (void) inet_ntop(AF_INET6, &addr->sa.sockaddr_in6.sin6_addr, host,
                         sizeof(host));

        return json_sprintf("[%s]:%d", host,
                            ntohs(addr->sa.sockaddr_in6.sin6_port));
    }

    (void) inet_ntop(AF_INET, &addr->sa.sockaddr_in.sin_addr, host,
                     sizeof(host));

    return json_sprintf("%s:%d", host, ntohs(addr->sa.sockaddr_in.sin_port));
}


ngx_int_t
peer_addr_same(ngx_secmeet_addr_t *a, ngx_secmeet_addr_t *b)
{
    if (a->sa.sockaddr.sa_family != b->sa.sockaddr.sa_family) {
        return NGX_DECLINED;
    }

    if (a->sa.sockaddr.sa_family == AF_INET6) {
        return a->sa.sockaddr_in6.sin6_port == b->sa.sockaddr_in6.sin6_port
               && ngx_memcmp(&a->sa.sockaddr_in6.sin6_addr,
                             &b->sa.sockaddr_in6.sin6_addr, 16)
                  == 0
               ? NGX_OK : NGX_DECLINED;
    }

    return a->sa.sockaddr_in.sin_port == b->sa.sockaddr_in.sin_port
           && a->sa.sockaddr_in.sin_addr.s_addr
              == b->sa.sockaddr_in.sin_addr.s_addr
           ? NGX_OK : NGX_DECLINED;
}
