
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Packets for the tests of rewriting.
 */


#ifndef _NGX_SECMEET_UNIT_REWRITE_H_INCLUDED_
#define _NGX_SECMEET_UNIT_REWRITE_H_INCLUDED_


static ngx_secmeet_rewrite_t       rw;
static ngx_secmeet_rewrite_in_t    in;
static ngx_secmeet_rewrite_out_t   out;
static ngx_secmeet_payload_t       payload;
static ngx_secmeet_rewrite_step_t  steps[NGX_SECMEET_REWRITE_VIDEO];


static inline void
begin(uint32_t clock, uint16_t seq, uint32_t timestamp)
{
    memset(&in, 0, sizeof(in));
    memset(&out, 0, sizeof(out));
    memset(&payload, 0, sizeof(payload));
    memset(steps, 0x5a, sizeof(steps));

    out.seq = seq;
    out.timestamp = timestamp;
    out.picture_id = 0x7ffe;
    out.tl0picidx = 0xfe;

    ngx_secmeet_rewrite_init(&rw, clock, &out, steps,
                             NGX_SECMEET_REWRITE_VIDEO);
}


/* in.layer is what the test has set */

static inline ngx_int_t
audio(uint32_t number, uint32_t timestamp, ngx_secmeet_usec_t now)
{
    in.number = number;
    in.seq = (uint16_t) number;
    in.timestamp = timestamp;

    return ngx_secmeet_rewrite_input(&rw, &in, &out, now);
}


/* as audio(), with the payload that the test has set */

static inline ngx_int_t
video(uint32_t number, uint32_t timestamp, ngx_secmeet_usec_t now)
{
    in.payload = &payload;
    in.video = 1;

    return audio(number, timestamp, now);
}


#endif /* _NGX_SECMEET_UNIT_REWRITE_H_INCLUDED_ */
