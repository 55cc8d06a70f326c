
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Cursor reads and writes of big-endian numbers.  A read returns the new
 * cursor, or NULL when the bytes do not reach; a cursor that is NULL stays
 * NULL, so a parser may read several fields and check once.
 */


#ifndef _NGX_SECMEET_BYTES_H_INCLUDED_
#define _NGX_SECMEET_BYTES_H_INCLUDED_


#include "../ngx_secmeet.h"


static ngx_inline u_char *
ngx_secmeet_read_uint8(u_char *p, u_char *end, ngx_uint_t *value)
{
    if (p == NULL || end - p < 1) {
        return NULL;
    }

    *value = p[0];

    return p + 1;
}


static ngx_inline u_char *
ngx_secmeet_read_uint16(u_char *p, u_char *end, ngx_uint_t *value)
{
    if (p == NULL || end - p < 2) {
        return NULL;
    }

    *value = (ngx_uint_t) p[0] << 8 | p[1];

    return p + 2;
}


static ngx_inline u_char *
ngx_secmeet_read_uint32(u_char *p, u_char *end, uint32_t *value)
{
    if (p == NULL || end - p < 4) {
        return NULL;
    }

    *value = (uint32_t) p[0] << 24 | (uint32_t) p[1] << 16
             | (uint32_t) p[2] << 8 | p[3];

    return p + 4;
}


static ngx_inline u_char *
ngx_secmeet_write_uint16(u_char *p, ngx_uint_t value)
{
    p[0] = (u_char) (value >> 8);
    p[1] = (u_char) value;

    return p + 2;
}


static ngx_inline u_char *
ngx_secmeet_write_uint32(u_char *p, uint32_t value)
{
    p[0] = (u_char) (value >> 24);
    p[1] = (u_char) (value >> 16);
    p[2] = (u_char) (value >> 8);
    p[3] = (u_char) value;

    return p + 4;
}


#endif /* _NGX_SECMEET_BYTES_H_INCLUDED_ */
