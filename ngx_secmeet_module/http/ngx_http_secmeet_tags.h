
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The directive that says where used tags are kept.
 */


#ifndef _NGX_HTTP_SECMEET_TAGS_H_INCLUDED_
#define _NGX_HTTP_SECMEET_TAGS_H_INCLUDED_


#include "ngx_http_secmeet.h"


/* "secmeet_tags" */
char *ngx_http_secmeet_tags(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* all of http is read: the default; NGX_OK or NGX_ERROR */
ngx_int_t ngx_http_secmeet_tags_init(ngx_conf_t *cf,
    ngx_http_secmeet_main_conf_t *smcf);


#endif /* _NGX_HTTP_SECMEET_TAGS_H_INCLUDED_ */
