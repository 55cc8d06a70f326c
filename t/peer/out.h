
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Answers and events, one JSON object per line on stdout.  What the reader
 * does not take is kept, so that the peer never waits for it.
 */


#ifndef _PEER_OUT_H_INCLUDED_
#define _PEER_OUT_H_INCLUDED_


#include "loop.h"

#include <jansson.h>


void peer_out_init(void);

/* takes the reference */
void peer_out(json_t *json);


#endif /* _PEER_OUT_H_INCLUDED_ */
