
/*
 * Copyright (C) secmeet contributors
 */


/*
 * "secmeet_status": numbers, never a name or an address.
 */


#ifndef _NGX_HTTP_SECMEET_STATUS_H_INCLUDED_
#define _NGX_HTTP_SECMEET_STATUS_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* the directive */
char *ngx_http_secmeet_status(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);


#endif /* _NGX_HTTP_SECMEET_STATUS_H_INCLUDED_ */
