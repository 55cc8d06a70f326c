
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What was sent under which number.  RFC 3711, 3.3.1 and 9.1: the key stream
 * of a packet is that of its sequence number and how often those have gone
 * round, and it must never be used for other bytes.
 */


#ifndef _NGX_SECMEET_UNIT_REWRITE_KEYS_H_INCLUDED_
#define _NGX_SECMEET_UNIT_REWRITE_KEYS_H_INCLUDED_


typedef struct {
    uint32_t                    number;         /* out, does not go round */
    ngx_uint_t                  run;            /* that it is of */
    ngx_uint_t                  source;
    ngx_int_t                   rc;
    ngx_secmeet_rewrite_in_t    in;
    ngx_secmeet_payload_t       payload;
    ngx_secmeet_rewrite_out_t   out;
} keys_t;


static keys_t      keys[65536];
static uint32_t    keys_highest;
static ngx_uint_t  keys_started;
static ngx_uint_t  keys_run;


static inline void
keys_init(void)
{
    keys_run++;
    keys_started = 0;
}


static inline uint32_t
keys_number(uint16_t seq)
{
    return keys_highest + (uint32_t) (int16_t) (seq - keys_highest);
}


/* what was sent with this number last, or NULL */

static inline keys_t *
keys_find(uint16_t seq)
{
    keys_t  *key;

    key = &keys[seq];

    return (key->run == keys_run && key->number == keys_number(seq)) ? key
                                                                     : NULL;
}


static inline ngx_uint_t
keys_same(keys_t *key, ngx_int_t rc, ngx_secmeet_rewrite_out_t *out)
{
    return key->rc == rc
           && key->out.seq == out->seq
           && key->out.timestamp == out->timestamp
           && (rc == NGX_DONE
               || (key->out.picture_id == out->picture_id
                   && key->out.tl0picidx == out->tl0picidx
                   && !key->out.marker == !out->marker));
}


/* 0: this number was sent before, and not so; or it leaps */

static inline ngx_uint_t
keys_add(ngx_uint_t source, ngx_int_t rc, ngx_secmeet_rewrite_in_t *in,
    ngx_secmeet_rewrite_out_t *out)
{
    keys_t    *key;
    uint32_t   number;

    if (!keys_started) {
        keys_started = 1;
        keys_highest = 0x10000 + out->seq;
    }

    number = keys_number(out->seq);
    key = &keys[out->seq];

    if (key->run == keys_run && key->number == number) {
        return key->source == source
               && key->in.layer == in->layer
               && key->in.number == in->number
               && keys_same(key, rc, out);
    }

    /* not to be told from a round before or after, RFC 3711, 3.3.1 */

    if ((int32_t) (number - keys_highest) > NGX_SECMEET_REWRITE_GAP + 1
        || (int32_t) (keys_highest - number) > NGX_SECMEET_REWRITE_WINDOW)
    {
        return 0;
    }

    if ((int32_t) (number - keys_highest) > 0) {
        keys_highest = number;
    }

    key->number = number;
    key->run = keys_run;
    key->source = source;
    key->rc = rc;
    key->in = *in;
    key->out = *out;

    if (in->payload) {
        key->payload = *in->payload;
        key->in.payload = &key->payload;
    }

    return 1;
}


/* 0: what is found and sent again is not what was sent */

static inline ngx_uint_t
keys_again(ngx_secmeet_rewrite_t *rw, ngx_uint_t source, uint16_t seq)
{
    keys_t                     *key;
    uint32_t                    number;
    ngx_int_t                   rc;
    ngx_uint_t                  layer;
    ngx_secmeet_rewrite_out_t   out;

    if (ngx_secmeet_rewrite_find(rw, seq, &layer, &number) != NGX_OK) {
        return 1;
    }

    key = keys_find(seq);

    if (key == NULL) {
        return 1;
    }

    if (key->source != source || key->in.layer != layer
        || key->in.number != number)
    {
        return 0;
    }

    rc = ngx_secmeet_rewrite_again(rw, &key->in, &out);

    return rc != NGX_DECLINED && keys_same(key, rc, &out);
}


#endif /* _NGX_SECMEET_UNIT_REWRITE_KEYS_H_INCLUDED_ */
