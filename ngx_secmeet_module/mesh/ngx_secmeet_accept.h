
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Where other workers connect to this one: w.<id> in the run folder.  It is
 * no listening socket of nginx, so that a worker that drains still hears.
 */


#ifndef _NGX_SECMEET_ACCEPT_H_INCLUDED_
#define _NGX_SECMEET_ACCEPT_H_INCLUDED_


#include "ngx_secmeet_link.h"

#include <sys/un.h>


/* sets mesh->listening; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_accept_init(ngx_secmeet_mesh_t *mesh);

/* nobody connects any more; may be called twice */
void ngx_secmeet_accept_close(ngx_secmeet_mesh_t *mesh);

/* the address of a worker; id is one */
void ngx_secmeet_accept_address(ngx_secmeet_mesh_t *mesh, u_char *id,
    struct sockaddr_un *sun);


#endif /* _NGX_SECMEET_ACCEPT_H_INCLUDED_ */
