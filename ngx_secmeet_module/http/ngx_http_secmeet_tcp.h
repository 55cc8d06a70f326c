
/*
 * Copyright (C) secmeet contributors
 */


/*
 * "secmeet_tcp": media by TCP on the ports of the site itself.
 */


#ifndef _NGX_HTTP_SECMEET_TCP_H_INCLUDED_
#define _NGX_HTTP_SECMEET_TCP_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* the directive */
char *ngx_http_secmeet_tcp(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/*
 * The whole configuration is read: finds the listening sockets, their
 * numbers go to hmcf->tcp.  NGX_OK, or NGX_ERROR with a log line.
 */
ngx_int_t ngx_http_secmeet_tcp_init(ngx_cycle_t *cycle,
    ngx_http_secmeet_main_conf_t *hmcf);


#endif /* _NGX_HTTP_SECMEET_TCP_H_INCLUDED_ */
