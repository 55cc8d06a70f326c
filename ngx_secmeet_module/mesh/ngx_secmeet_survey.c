
/*
 * Copyright (C) secmeet contributors
 */


#include "ngx_secmeet_survey.h"
#include "ngx_secmeet_remote.h"
#include "../meeting/ngx_secmeet_count.h"
#include "../wire/ngx_secmeet_bytes.h"


/* rooms, peers, how many counters, the counters */
#define NGX_SECMEET_SURVEY_ANSWER     (3 * 4 + 8 * NGX_SECMEET_COUNTERS)


typedef struct {
    ngx_queue_t               queue;
    uint64_t                  number;
    ngx_secmeet_figures_t     figures;
    ngx_secmeet_survey_pt     done;
    void                     *data;
    ngx_event_t               timer;

    ngx_uint_t                nasked;           /* have not answered yet */
    u_char                    asked[NGX_SECMEET_LINK_LINKS]
                                   [NGX_SECMEET_WORKER_ID];
} ngx_secmeet_survey_t;


static void ngx_secmeet_survey_own(ngx_secmeet_figures_t *figures);
static void ngx_secmeet_survey_ask(ngx_secmeet_survey_t *survey);
static void ngx_secmeet_survey_timer(ngx_event_t *ev);
static ngx_uint_t ngx_secmeet_survey_strike(ngx_secmeet_survey_t *survey,
    u_char *id);
static ngx_int_t ngx_secmeet_survey_add(ngx_secmeet_figures_t *figures,
    ngx_secmeet_link_t *link, u_char *p, u_char *end);
static void ngx_secmeet_survey_done(ngx_secmeet_survey_t *survey);
static void ngx_secmeet_survey_free(ngx_secmeet_survey_t *survey);


static ngx_queue_t  ngx_secmeet_surveys;


void
ngx_secmeet_survey_init(void)
{
    ngx_queue_init(&ngx_secmeet_surveys);
}


void
ngx_secmeet_survey_close(void)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&ngx_secmeet_surveys)) {
        q = ngx_queue_head(&ngx_secmeet_surveys);
        ngx_secmeet_survey_done(ngx_queue_data(q, ngx_secmeet_survey_t,
                                               queue));
    }
}


void *
ngx_secmeet_survey(ngx_secmeet_survey_pt done, void *data)
{
    ngx_secmeet_figures_t   figures;
    ngx_secmeet_survey_t   *survey;

    survey = NULL;

    if (!ngx_queue_empty(&ngx_secmeet_mesh.links)) {
        survey = ngx_calloc(sizeof(ngx_secmeet_survey_t),
                            ngx_secmeet_worker->log);
    }

    if (survey
        && ngx_secmeet_random(&survey->number, sizeof(uint64_t)) != NGX_OK)
    {
        ngx_free(survey);
        survey = NULL;
    }

    /* nobody else is there, or cannot be asked */

    if (survey == NULL) {
        ngx_memzero(&figures, sizeof(ngx_secmeet_figures_t));
        ngx_secmeet_survey_own(&figures);
        ngx_memzero(figures.counters, sizeof(figures.counters));
        done(data, &figures);

        return NULL;
    }

    survey->done = done;
    survey->data = data;

    survey->timer.handler = ngx_secmeet_survey_timer;
    survey->timer.data = survey;
    survey->timer.log = ngx_secmeet_worker->log;

    ngx_queue_insert_tail(&ngx_secmeet_surveys, &survey->queue);

    ngx_secmeet_survey_own(&survey->figures);
    ngx_memzero(survey->figures.counters, sizeof(survey->figures.counters));

    ngx_secmeet_survey_ask(survey);

    if (survey->nasked == 0) {
        ngx_secmeet_survey_done(survey);
        return NULL;
    }

    /* whoever is gone by then is heard of at once */

    ngx_add_timer(&survey->timer, NGX_SECMEET_SURVEY_WAIT);

    return survey;
}


void
ngx_secmeet_survey_cancel(void *survey)
{
    ngx_secmeet_survey_free(survey);
}


static void
ngx_secmeet_survey_own(ngx_secmeet_figures_t *figures)
{
    ngx_uint_t             i;
    ngx_secmeet_worker_t  *worker;

    worker = ngx_secmeet_worker;

    ngx_secmeet_count_packets(worker);

    figures->workers++;
    figures->rooms += worker->nrooms;
    figures->peers += worker->npeers;

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        figures->counters[i] += worker->counters[i];
    }
}


static void
ngx_secmeet_survey_ask(ngx_secmeet_survey_t *survey)
{
    ngx_queue_t          *q;
    ngx_secmeet_link_t   *link;
    ngx_secmeet_frame_t   frame;

    ngx_memzero(&frame, sizeof(ngx_secmeet_frame_t));

    frame.type = NGX_SECMEET_FRAME_SURVEY;
    frame.session = survey->number;

    for (q = ngx_queue_head(&ngx_secmeet_mesh.links);
         q != ngx_queue_sentinel(&ngx_secmeet_mesh.links);
         q = ngx_queue_next(q))
    {
        link = ngx_queue_data(q, ngx_secmeet_link_t, queue);

        /* two workers that met at the same time have two links */

        if (!link->introduced
            || ngx_secmeet_link_find(&ngx_secmeet_mesh, link->id) != link
            || ngx_secmeet_link_send(link, &frame) != NGX_OK)
        {
            continue;
        }

        ngx_memcpy(survey->asked[survey->nasked++], link->id,
                   NGX_SECMEET_WORKER_ID);
    }
}


static void
ngx_secmeet_survey_timer(ngx_event_t *ev)
{
    ngx_secmeet_survey_done(ev->data);
}


ngx_int_t
ngx_secmeet_survey_asked(ngx_secmeet_link_t *link,
    ngx_secmeet_frame_t *frame)
{
    u_char                 *p;
    ngx_uint_t              i;
    ngx_secmeet_frame_t     answer;
    ngx_secmeet_figures_t   figures;
    u_char                  data[NGX_SECMEET_SURVEY_ANSWER];

    if (frame->payload.len) {
        return NGX_ERROR;
    }

    ngx_memzero(&figures, sizeof(ngx_secmeet_figures_t));
    ngx_secmeet_survey_own(&figures);

    p = ngx_secmeet_write_uint32(data, figures.rooms);
    p = ngx_secmeet_write_uint32(p, figures.peers);
    p = ngx_secmeet_write_uint32(p, NGX_SECMEET_COUNTERS);

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        p = ngx_secmeet_write_uint32(p, (uint32_t) (figures.counters[i]
                                                    >> 32));
        p = ngx_secmeet_write_uint32(p, (uint32_t) figures.counters[i]);
    }

    ngx_memzero(&answer, sizeof(ngx_secmeet_frame_t));

    answer.type = NGX_SECMEET_FRAME_FIGURES;
    answer.session = frame->session;
    answer.payload.data = data;
    answer.payload.len = p - data;

    return ngx_secmeet_link_send(link, &answer);
}


ngx_int_t
ngx_secmeet_survey_told(ngx_secmeet_link_t *link, ngx_secmeet_frame_t *frame)
{
    u_char                *p;
    ngx_queue_t           *q;
    ngx_secmeet_survey_t  *survey;

    p = frame->payload.data;

    for (q = ngx_queue_head(&ngx_secmeet_surveys);
         q != ngx_queue_sentinel(&ngx_secmeet_surveys);
         q = ngx_queue_next(q))
    {
        survey = ngx_queue_data(q, ngx_secmeet_survey_t, queue);

        if (survey->number != frame->session
            || !ngx_secmeet_survey_strike(survey, link->id))
        {
            continue;
        }

        if (ngx_secmeet_survey_add(&survey->figures, link, p,
                                   p + frame->payload.len)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (survey->nasked == 0) {
            ngx_secmeet_survey_done(survey);
        }

        break;
    }

    /* an answer may have come too late */

    return NGX_OK;
}


void
ngx_secmeet_survey_gone(ngx_secmeet_link_t *link)
{
    ngx_queue_t           *q;
    ngx_secmeet_survey_t  *survey;

    if (ngx_secmeet_link_twin(link)) {
        return;
    }

    q = ngx_queue_head(&ngx_secmeet_surveys);

    while (q != ngx_queue_sentinel(&ngx_secmeet_surveys)) {
        survey = ngx_queue_data(q, ngx_secmeet_survey_t, queue);
        q = ngx_queue_next(q);

        if (ngx_secmeet_survey_strike(survey, link->id)
            && survey->nasked == 0)
        {
            ngx_secmeet_survey_done(survey);

            /* which may have ended others as well */

            q = ngx_queue_head(&ngx_secmeet_surveys);
        }
    }
}


/* 1 if it was asked and had not answered */

static ngx_uint_t
ngx_secmeet_survey_strike(ngx_secmeet_survey_t *survey, u_char *id)
{
    ngx_uint_t  i;

    for (i = 0; i < survey->nasked; i++) {

        if (ngx_memcmp(survey->asked[i], id, NGX_SECMEET_WORKER_ID) == 0) {
            survey->nasked--;
            ngx_memcpy(survey->asked[i], survey->asked[survey->nasked],
                       NGX_SECMEET_WORKER_ID);
            return 1;
        }
    }

    return 0;
}


/*
 * Another version may have other counters: those are left out.  Those of
 * this zone are in it by now.
 */

static ngx_int_t
ngx_secmeet_survey_add(ngx_secmeet_figures_t *figures,
    ngx_secmeet_link_t *link, u_char *p, u_char *end)
{
    uint32_t    rooms, peers, n, high, low;
    ngx_uint_t  i;

    p = ngx_secmeet_read_uint32(p, end, &rooms);
    p = ngx_secmeet_read_uint32(p, end, &peers);
    p = ngx_secmeet_read_uint32(p, end, &n);

    if (p == NULL || (size_t) (end - p) != (size_t) n * 8) {
        return NGX_ERROR;
    }

    figures->workers++;
    figures->rooms += rooms;
    figures->peers += peers;

    if (n != NGX_SECMEET_COUNTERS
        || ngx_secmeet_load_known(&ngx_secmeet_load, link->id))
    {
        return NGX_OK;
    }

    high = 0;
    low = 0;

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        p = ngx_secmeet_read_uint32(p, end, &high);
        p = ngx_secmeet_read_uint32(p, end, &low);

        figures->counters[i] += (uint64_t) high << 32 | low;
    }

    return NGX_OK;
}


static void
ngx_secmeet_survey_done(ngx_secmeet_survey_t *survey)
{
    void                   *data;
    ngx_secmeet_figures_t   figures;
    ngx_secmeet_survey_pt   done;

    done = survey->done;
    data = survey->data;
    figures = survey->figures;

    ngx_secmeet_survey_free(survey);

    done(data, &figures);
}


static void
ngx_secmeet_survey_free(ngx_secmeet_survey_t *survey)
{
    ngx_queue_remove(&survey->queue);

    if (survey->timer.timer_set) {
        ngx_del_timer(&survey->timer);
    }

    ngx_free(survey);
}
