
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Counts what happens for the statistics, in the shared zone: numbers that
 * are of no meeting and of nobody.  Knows nothing of their file.
 */


#ifndef _NGX_SECMEET_COUNT_H_INCLUDED_
#define _NGX_SECMEET_COUNT_H_INCLUDED_


#include "ngx_secmeet_worker.h"
#include "../engine/ngx_secmeet_stats.h"


/* once in a worker; min: participants of a country that may be named */
void ngx_secmeet_count_init(ngx_secmeet_worker_t *worker, ngx_uint_t min);

/* a room begins: somebody joins it for the first time */
void ngx_secmeet_count_session(ngx_secmeet_worker_t *worker);

/* and has ended, so long after that */
void ngx_secmeet_count_end(ngx_secmeet_worker_t *worker, ngx_msec_t msec);

/* somebody who was not there before; of ngx_secmeet_stats_country() */
void ngx_secmeet_count_join(ngx_secmeet_worker_t *worker,
    ngx_uint_t country);

/* what all workers have at this moment */
void ngx_secmeet_count_peaks(ngx_secmeet_worker_t *worker, ngx_uint_t rooms,
    ngx_uint_t peers);

/* what this worker has counted of packets since the last time */
void ngx_secmeet_count_packets(ngx_secmeet_worker_t *worker);


#endif /* _NGX_SECMEET_COUNT_H_INCLUDED_ */
