
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Which transport a datagram belongs to, whatever socket it came by.  The
 * server's ufrag begins with the id of the worker that owns the transport.
 */


#ifndef _NGX_SECMEET_DISPATCH_H_INCLUDED_
#define _NGX_SECMEET_DISPATCH_H_INCLUDED_


#include "../meeting/ngx_secmeet_worker.h"


/* sets worker->dispatch */
void ngx_secmeet_dispatch_init(ngx_secmeet_worker_t *worker);

/*
 * A TCP connection that begins with this request, to whoever owns the
 * transport.  Takes fd in any case; NGX_OK, or NGX_DECLINED: closed.
 */
ngx_int_t ngx_secmeet_dispatch_socket(ngx_secmeet_worker_t *worker,
    ngx_socket_t fd, ngx_str_t *request);


#endif /* _NGX_SECMEET_DISPATCH_H_INCLUDED_ */
