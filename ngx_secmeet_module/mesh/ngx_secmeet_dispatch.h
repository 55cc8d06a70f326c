
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


#endif /* _NGX_SECMEET_DISPATCH_H_INCLUDED_ */
