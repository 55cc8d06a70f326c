
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The tags that name or ever named a room, as keyed hashes in shared
 * memory, so that they outlive rooms and reloads.  A tag is claimed once.
 */


#ifndef _NGX_SECMEET_TAGS_H_INCLUDED_
#define _NGX_SECMEET_TAGS_H_INCLUDED_


#include "ngx_secmeet_meeting.h"


#define NGX_SECMEET_TAGS_HASH         16        /* bytes kept of a tag */
#define NGX_SECMEET_TAGS_SIZE         65536     /* bytes of the zone, least */


typedef struct {
    u_char                    key[NGX_SECMEET_SECRET];
    ngx_uint_t                n;                /* slots, a power of two */
    ngx_uint_t                used;
    ngx_uint_t                max;              /* claimed at most: 3/4 n */
    u_char                   *slots;
} ngx_secmeet_tags_table_t;


typedef struct {
    ngx_secmeet_tags_table_t *table;
    ngx_slab_pool_t          *shpool;
} ngx_secmeet_tags_t;


/* a zone's init handler; its data is an ngx_secmeet_tags_t */
ngx_int_t ngx_secmeet_tags_init_zone(ngx_shm_zone_t *zone, void *data);

/* NGX_OK: claimed; NGX_DECLINED: was claimed before; NGX_BUSY: full;
   NGX_ERROR */
ngx_int_t ngx_secmeet_tags_claim(ngx_secmeet_tags_t *tags, u_char *tag);


#endif /* _NGX_SECMEET_TAGS_H_INCLUDED_ */
