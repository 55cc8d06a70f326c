
/*
 * Copyright (C) secmeet contributors
 */


/*
 * How late each packet of one publisher came, by its own counter: what a
 * player that waits so long at most could have played.
 */


#ifndef _PEER_LATE_H_INCLUDED_
#define _PEER_LATE_H_INCLUDED_


#include "loop.h"

#include <jansson.h>


#define PEER_LATE_MAX         65536             /* packets */
#define PEER_LATE_AUDIO       200               /* ms, of who listens */
#define PEER_LATE_MEDIA       400               /* of who watches */


typedef struct {
    uint64_t                  first;
    uint64_t                  last;
    uint16_t                 *delays;           /* ms + 1; 0: never came */
    size_t                    size;
} peer_late_t;


void peer_late_input(peer_late_t *late, uint64_t counter,
    ngx_secmeet_usec_t delay);
void peer_late_free(peer_late_t *late);

/*
 * [within 200 ms, within 400 ms, longest run in which nothing came within
 * 200 ms, all from the first packet to the last that came]
 */
json_t *peer_late_stats(peer_late_t *late);


#endif /* _PEER_LATE_H_INCLUDED_ */
