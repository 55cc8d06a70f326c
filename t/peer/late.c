
/*
 * Copyright (C) secmeet contributors
 */


#include "late.h"


void
peer_late_input(peer_late_t *late, uint64_t counter,
    ngx_secmeet_usec_t delay)
{
    size_t     i, size;
    uint16_t  *delays;

    if (late->size == 0) {
        late->first = counter;
    }

    if (counter < late->first || counter - late->first >= PEER_LATE_MAX) {
        return;
    }

    i = counter - late->first;

    if (i >= late->size) {
        size = (i + 1) * 2;
        delays = peer_alloc(size * sizeof(uint16_t));

        if (late->delays) {
            ngx_memcpy(delays, late->delays, late->size * sizeof(uint16_t));
            free(late->delays);
        }

        late->delays = delays;
        late->size = size;
    }

    late->delays[i] = (uint16_t) ngx_min(delay / 1000 + 1, 65535);
    late->last = ngx_max(late->last, counter);
}


void
peer_late_free(peer_late_t *late)
{
    free(late->delays);
}


json_t *
peer_late_stats(peer_late_t *late)
{
    size_t      i;
    ngx_uint_t  audio, gap, longest, media, delay;

    audio = 0;
    media = 0;
    gap = 0;
    longest = 0;

    for (i = 0; late->size && i <= late->last - late->first; i++) {
        delay = late->delays[i];

        media += (delay && delay <= PEER_LATE_MEDIA);

        if (delay && delay <= PEER_LATE_AUDIO) {
            audio++;
            gap = 0;
            continue;
        }

        longest = ngx_max(longest, ++gap);
    }

    return json_pack("[I, I, I]", (json_int_t) audio, (json_int_t) media,
                     (json_int_t) longest);
}
