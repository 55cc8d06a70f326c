
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The tags that name or ever named a room.  A tag is claimed once.  They are
 * in a file, or, without one, in shared memory as keyed hashes, which outlive
 * rooms and reloads, and nothing else.  The same memory has room for what
 * workers tell each other.
 */


#ifndef _NGX_SECMEET_TAGS_H_INCLUDED_
#define _NGX_SECMEET_TAGS_H_INCLUDED_


#include "ngx_secmeet_meeting.h"
#include "ngx_secmeet_tags_file.h"
#include "../engine/ngx_secmeet_stats.h"


#define NGX_SECMEET_TAGS_HASH         16        /* bytes kept of a tag */
#define NGX_SECMEET_TAGS_SIZE         131072    /* bytes of the zone, least */
#define NGX_SECMEET_TAGS_WORKERS      1024      /* slots for figures of all */
#define NGX_SECMEET_TAGS_WORKER       64        /* bytes of such a slot */


typedef struct {
    u_char                    key[NGX_SECMEET_SECRET];
    ngx_uint_t                n;                /* slots, a power of two */
    ngx_uint_t                used;
    ngx_uint_t                max;              /* claimed at most: 3/4 n */
    u_char                   *slots;
    void                     *workers;
    ngx_secmeet_stats_t      *stats;
} ngx_secmeet_tags_table_t;


typedef struct {
    ngx_secmeet_tags_table_t *table;
    ngx_slab_pool_t          *shpool;
    void                     *slots;            /* of workers, for mesh */
    ngx_secmeet_tags_file_t  *file;             /* NULL: memory only */
    ngx_secmeet_stats_t      *stats;            /* not saved yet */
} ngx_secmeet_tags_t;


/* a zone's init handler; its data is an ngx_secmeet_tags_t */
ngx_int_t ngx_secmeet_tags_init_zone(ngx_shm_zone_t *zone, void *data);

/* NGX_OK: claimed; NGX_DECLINED: was claimed before; NGX_BUSY: cannot be
   remembered; NGX_ERROR */
ngx_int_t ngx_secmeet_tags_claim(ngx_secmeet_tags_t *tags, u_char *tag);


#endif /* _NGX_SECMEET_TAGS_H_INCLUDED_ */
