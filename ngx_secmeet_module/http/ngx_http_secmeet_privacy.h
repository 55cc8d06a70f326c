
/*
 * Copyright (C) secmeet contributors
 */


/*
 * "secmeet_hide_addresses": clients' addresses stay out of nginx's error and
 * access logs for all that comes by the listening sockets of meetings.  What
 * handles a request knows them as before.
 */


#ifndef _NGX_HTTP_SECMEET_PRIVACY_H_INCLUDED_
#define _NGX_HTTP_SECMEET_PRIVACY_H_INCLUDED_


#include "ngx_http_secmeet.h"


/*
 * The whole configuration is read: sets up what keeps tags out of the logs
 * and, to hide addresses, all that this unit does; NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_secmeet_privacy_init(ngx_cycle_t *cycle, ngx_uint_t hide);

/*
 * 1 if ls is the socket of this address; with wildcard, that of all
 * addresses
 */
ngx_uint_t ngx_http_secmeet_privacy_socket(ngx_listening_t *ls,
    ngx_http_conf_addr_t *addr, ngx_uint_t wildcard);

/* a request's connection: from now on its error log lines hide it */
void ngx_http_secmeet_privacy_connection_log(ngx_connection_t *c);


#endif /* _NGX_HTTP_SECMEET_PRIVACY_H_INCLUDED_ */
