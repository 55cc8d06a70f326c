
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What all workers together are doing: asks each of them, those of an old
 * configuration or binary as well, and adds up.
 */


#ifndef _NGX_SECMEET_SURVEY_H_INCLUDED_
#define _NGX_SECMEET_SURVEY_H_INCLUDED_


#include "ngx_secmeet_link.h"


/* msec after which who has not answered is left out */
#define NGX_SECMEET_SURVEY_WAIT       300


typedef struct {
    ngx_uint_t                workers;          /* that are counted here */
    ngx_uint_t                rooms;
    ngx_uint_t                peers;
    uint64_t                  counters[NGX_SECMEET_COUNTERS];   /* of workers
                                                   with another zone */
} ngx_secmeet_figures_t;


typedef void (*ngx_secmeet_survey_pt)(void *data,
    ngx_secmeet_figures_t *figures);


/*
 * done is called at once or later, within NGX_SECMEET_SURVEY_WAIT.  Returns
 * what to give to _cancel, NULL if done was called.
 */
void *ngx_secmeet_survey(ngx_secmeet_survey_pt done, void *data);

/* done is not called any more */
void ngx_secmeet_survey_cancel(void *survey);


/* of mesh's own use */

void ngx_secmeet_survey_init(void);
void ngx_secmeet_survey_close(void);

/* frames; NGX_ERROR cuts the link */
ngx_int_t ngx_secmeet_survey_asked(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);
ngx_int_t ngx_secmeet_survey_told(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame);

/* a worker is gone: nobody waits for it */
void ngx_secmeet_survey_gone(ngx_secmeet_link_t *link);


#endif /* _NGX_SECMEET_SURVEY_H_INCLUDED_ */
