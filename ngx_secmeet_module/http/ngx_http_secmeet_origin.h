
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Which pages may use the rooms: the Origin of a request (RFC 6454) against
 * "secmeet_origin".
 */


#ifndef _NGX_HTTP_SECMEET_ORIGIN_H_INCLUDED_
#define _NGX_HTTP_SECMEET_ORIGIN_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* scheme://host[:port], and what a wildcard leaves of the host */
typedef struct {
    ngx_str_t                 scheme;
    ngx_str_t                 host;
    ngx_uint_t                port;             /* 0: unknown scheme's own */
    ngx_uint_t                wildcard;
} ngx_http_secmeet_origin_t;


struct ngx_http_secmeet_origins_s {
    ngx_array_t               origins;
    ngx_array_t              *regex;            /* ngx_regex_elt_t, or NULL */

    unsigned                  self:1;
    unsigned                  none:1;
    unsigned                  any:1;
};


/* the directive */
char *ngx_http_secmeet_origin(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

/* NGX_OK, NGX_DECLINED; origins NULL: the site's own only */
ngx_int_t ngx_http_secmeet_origin_check(ngx_http_request_t *r,
    ngx_http_secmeet_origins_t *origins);


#endif /* _NGX_HTTP_SECMEET_ORIGIN_H_INCLUDED_ */
