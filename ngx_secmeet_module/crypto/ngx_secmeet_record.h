
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What is written down of tags that were used: a header with a random key,
 * and then a record for each tag, its keyed hash.  And a set of records, in
 * memory that the caller has zeroed, which keeps 64 bits of each.  Knows of
 * no file; no tag can be read from a record.
 */


#ifndef _NGX_SECMEET_RECORD_H_INCLUDED_
#define _NGX_SECMEET_RECORD_H_INCLUDED_


#include "../ngx_secmeet.h"


#define NGX_SECMEET_RECORD_SIZE       16
#define NGX_SECMEET_RECORD_HEADER     64        /* a multiple of it */


/* header, NGX_SECMEET_RECORD_HEADER bytes; NGX_OK or NGX_ERROR */
ngx_int_t ngx_secmeet_record_header(u_char *p, u_char *key);

/*
 * NGX_OK with its key; NGX_DECLINED: it is something else; NGX_ERROR: it
 * was a header before something happened to it.
 */
ngx_int_t ngx_secmeet_record_parse(u_char *key, u_char *p);

/* the record of a tag, NGX_SECMEET_RECORD_SIZE bytes; NGX_OK, NGX_ERROR */
ngx_int_t ngx_secmeet_record_create(u_char *p, u_char *key, u_char *tag);

/* how many slots a set of so many records needs: a power of two */
ngx_uint_t ngx_secmeet_record_slots(ngx_uint_t records);

/* NGX_OK: it is in the set of n slots; NGX_DECLINED: it is not */
ngx_int_t ngx_secmeet_record_find(uint64_t *slots, ngx_uint_t n, u_char *p);

/* NGX_OK: it is there, or has been; NGX_ERROR: there is no room */
ngx_int_t ngx_secmeet_record_add(uint64_t *slots, ngx_uint_t n, u_char *p);


#endif /* _NGX_SECMEET_RECORD_H_INCLUDED_ */
