
/*
 * Copyright (C) secmeet contributors
 */


/*
 * "secmeet_candidate": the addresses that browsers are told.
 */


#ifndef _NGX_STREAM_SECMEET_CANDIDATE_H_INCLUDED_
#define _NGX_STREAM_SECMEET_CANDIDATE_H_INCLUDED_


#include "ngx_stream_secmeet.h"


/* one argument of the directive; says what is wrong with it */
char *ngx_stream_secmeet_candidate(ngx_conf_t *cf,
    ngx_stream_secmeet_srv_conf_t *sscf, ngx_str_t *value);

/* a server's candidates against its listeners; NGX_ERROR, with a log line */
ngx_int_t ngx_stream_secmeet_candidate_check(
    ngx_stream_secmeet_srv_conf_t *sscf, ngx_log_t *log);


#endif /* _NGX_STREAM_SECMEET_CANDIDATE_H_INCLUDED_ */
