
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The zone of rooms: the one piece of shared memory, which remembers tags.
 */


#ifndef _NGX_HTTP_SECMEET_ZONE_H_INCLUDED_
#define _NGX_HTTP_SECMEET_ZONE_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* "NAME" or "NAME:SIZE" of the directive; says what is wrong with it */
char *ngx_http_secmeet_zone(ngx_conf_t *cf, ngx_str_t *value);

/* all locations are read */
void ngx_http_secmeet_zone_init(ngx_http_secmeet_main_conf_t *smcf);


#endif /* _NGX_HTTP_SECMEET_ZONE_H_INCLUDED_ */
