
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What the dead leave in the run folder: their sockets, and claims that
 * nobody takes.
 */


#ifndef _NGX_SECMEET_SWEEP_H_INCLUDED_
#define _NGX_SECMEET_SWEEP_H_INCLUDED_


#include "ngx_secmeet_registry.h"


/*
 * Sockets of the dead are removed.  Their claims become nobody's, and are
 * removed keep seconds later, so that people have that time to come back.
 * Looks at max entries at most and goes on there next time, so it never
 * blocks for long.  Returns how many were changed.
 */
ngx_uint_t ngx_secmeet_sweep(ngx_secmeet_run_t *run, time_t keep,
    ngx_uint_t max);


#endif /* _NGX_SECMEET_SWEEP_H_INCLUDED_ */
