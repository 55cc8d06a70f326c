
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_stats.h"

#include "../meeting/ngx_secmeet_worker.h"


/* bytes of a record without its countries, of one of them, of a metric */
#define NGX_HTTP_SECMEET_STATS_RECORD   1024
#define NGX_HTTP_SECMEET_STATS_COUNTRY  80
#define NGX_HTTP_SECMEET_STATS_METRIC   256


static ngx_buf_t *ngx_http_secmeet_stats_buf(ngx_http_request_t *r,
    ngx_secmeet_stats_book_t *book);
static u_char *ngx_http_secmeet_stats_metric(u_char *p, const char *name,
    const char *type, const char *help);
static u_char *ngx_http_secmeet_stats_value(u_char *p, const char *name,
    const char *type, const char *help, uint64_t n);
static u_char *ngx_http_secmeet_stats_durations(u_char *p,
    ngx_secmeet_stats_record_t *total);
static u_char *ngx_http_secmeet_stats_countries(u_char *p,
    ngx_secmeet_stats_record_t *total);
static u_char *ngx_http_secmeet_stats_counters(u_char *p,
    ngx_secmeet_stats_book_t *book, ngx_uint_t drops);


char *
ngx_http_secmeet_stats(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_secmeet_main_conf_t *smcf = conf;

    ngx_str_t  *value;

    if (smcf->stats.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "needs a path, or \"off\"";
    }

    smcf->stats = value[1];

    if (ngx_strcmp(value[1].data, "off") == 0) {
        smcf->stats.len = 0;
        return NGX_CONF_OK;
    }

    if (ngx_conf_full_name(cf->cycle, &smcf->stats, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_secmeet_country(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_secmeet_loc_conf_t *slcf = conf;

    ngx_str_t                         *value;
    ngx_http_compile_complex_value_t   ccv;

    if (slcf->country != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0) {
        slcf->country = NULL;
        return NGX_CONF_OK;
    }

    if (ngx_http_script_variables_count(&value[1]) == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is the same for everybody: name a "
                           "variable, such as \"$geoip2_country_code\"",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    slcf->country = ngx_palloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (slcf->country == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[1];
    ccv.complex_value = slcf->country;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


ngx_uint_t
ngx_http_secmeet_stats_country(ngx_http_request_t *r)
{
    ngx_str_t                     code;
    ngx_http_secmeet_loc_conf_t  *slcf;

    slcf = ngx_http_get_module_loc_conf(r, ngx_http_secmeet_module);

    if (slcf->country == NULL
        || ngx_http_complex_value(r, slcf->country, &code) != NGX_OK)
    {
        return NGX_SECMEET_STATS_OTHER;
    }

    return ngx_secmeet_stats_country(code.data, code.len);
}


ngx_buf_t *
ngx_http_secmeet_stats_json(ngx_http_request_t *r,
    ngx_secmeet_figures_t *figures, ngx_secmeet_stats_book_t *book)
{
    u_char      *p;
    ngx_buf_t   *b;
    ngx_str_t   *name;
    ngx_uint_t   i;

    b = ngx_http_secmeet_stats_buf(r, book);
    if (b == NULL) {
        return NULL;
    }

    name = ngx_secmeet_counter_names;

    p = ngx_sprintf(b->last, "{\"workers\":%ui,\"rooms\":%ui,\"peers\":%ui,"
                    "\"counters\":{",
                    figures->workers, figures->rooms, figures->peers);

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        p = ngx_sprintf(p, "%s\"%V\":%uL", i ? "," : "", &name[i],
                        book->counters[i]);
    }

    p = ngx_sprintf(p, "},\"stats\":{\"since\":");

    p = book->since ? ngx_secmeet_stats_day(p, book->since)
                    : ngx_sprintf(p, "null");

    p = ngx_sprintf(p, ",\"total\":");
    p = ngx_secmeet_stats_record(p, &book->total);

    p = ngx_sprintf(p, ",\"days\":");
    p = ngx_secmeet_stats_days(p, book);

    b->last = ngx_sprintf(p, "}}");

    return b;
}


/* room for either text */

static ngx_buf_t *
ngx_http_secmeet_stats_buf(ngx_http_request_t *r,
    ngx_secmeet_stats_book_t *book)
{
    size_t                       size;
    ngx_uint_t                   i, k;
    ngx_secmeet_stats_record_t  *record;

    size = NGX_HTTP_SECMEET_STATS_METRIC * 32;

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        size += ngx_secmeet_counter_names[i].len
                + NGX_HTTP_SECMEET_STATS_METRIC;
    }

    for (i = 0; i <= book->ndays; i++) {
        record = i ? &book->days[i - 1] : &book->total;
        size += NGX_HTTP_SECMEET_STATS_RECORD;

        for (k = 0; k < NGX_SECMEET_STATS_COUNTRIES; k++) {
            size += record->countries[k] ? NGX_HTTP_SECMEET_STATS_COUNTRY : 0;
        }
    }

    return ngx_create_temp_buf(r->pool, size);
}


/*
 * The text exposition format, 0.0.4.  Names and codes are letters, digits
 * and dashes: there is nothing to escape in a label.
 */

ngx_buf_t *
ngx_http_secmeet_stats_prometheus(ngx_http_request_t *r,
    ngx_secmeet_figures_t *figures, ngx_secmeet_stats_book_t *book)
{
    u_char                      *p;
    ngx_buf_t                   *b;
    ngx_secmeet_stats_record_t  *total;

    b = ngx_http_secmeet_stats_buf(r, book);
    if (b == NULL) {
        return NULL;
    }

    p = b->last;
    total = &book->total;

    p = ngx_http_secmeet_stats_value(p, "workers", "gauge",
            "Worker processes.", figures->workers);
    p = ngx_http_secmeet_stats_value(p, "rooms", "gauge",
            "Rooms at the moment.", figures->rooms);
    p = ngx_http_secmeet_stats_value(p, "peers", "gauge",
            "Peers at the moment.", figures->peers);
    p = ngx_http_secmeet_stats_value(p, "peak_rooms", "gauge",
            "Most rooms at a time.", total->peaks[NGX_SECMEET_STATS_ROOMS]);
    p = ngx_http_secmeet_stats_value(p, "peak_participants", "gauge",
            "Most participants at a time.",
            total->peaks[NGX_SECMEET_STATS_PEERS]);
    p = ngx_http_secmeet_stats_value(p, "sessions_total", "counter",
            "Sessions that have begun.",
            total->sums[NGX_SECMEET_STATS_SESSIONS]);
    p = ngx_http_secmeet_stats_value(p, "participants_total", "counter",
            "Participants.", total->sums[NGX_SECMEET_STATS_PARTICIPANTS]);
    p = ngx_http_secmeet_stats_value(p, "forwarded_bytes_total", "counter",
            "Bytes of RTP packets sent to participants.",
            total->sums[NGX_SECMEET_STATS_BYTES]);

    p = ngx_http_secmeet_stats_durations(p, total);
    p = ngx_http_secmeet_stats_countries(p, total);

    p = ngx_http_secmeet_stats_metric(p, "datagrams_total", "counter",
            "Datagrams by what happened to them.");
    p = ngx_http_secmeet_stats_counters(p, book, 0);

    p = ngx_http_secmeet_stats_metric(p, "dropped_datagrams_total", "counter",
            "Datagrams dropped, by reason.");
    p = ngx_http_secmeet_stats_counters(p, book, 1);

    b->last = p;

    return b;
}


static u_char *
ngx_http_secmeet_stats_metric(u_char *p, const char *name, const char *type,
    const char *help)
{
    return ngx_sprintf(p, "# HELP secmeet_%s %s\n# TYPE secmeet_%s %s\n",
                       name, help, name, type);
}


static u_char *
ngx_http_secmeet_stats_value(u_char *p, const char *name, const char *type,
    const char *help, uint64_t n)
{
    p = ngx_http_secmeet_stats_metric(p, name, type, help);

    return ngx_sprintf(p, "secmeet_%s %uL\n", name, n);
}


static u_char *
ngx_http_secmeet_stats_durations(u_char *p,
    ngx_secmeet_stats_record_t *total)
{
    uint64_t    n;
    ngx_uint_t  i;

    p = ngx_http_secmeet_stats_metric(p, "session_duration_seconds",
            "histogram", "Sessions that have ended, by their duration.");

    n = 0;

    for (i = 0; i < NGX_SECMEET_STATS_BUCKETS; i++) {
        n += total->sums[NGX_SECMEET_STATS_DURATIONS + i];

        p = ngx_sprintf(p, "secmeet_session_duration_seconds_bucket{le=\"");

        if (i < NGX_SECMEET_STATS_BUCKETS - 1) {
            p = ngx_secmeet_stats_number(p, ngx_secmeet_stats_bounds[i]);

        } else {
            p = ngx_sprintf(p, "+Inf");
        }

        p = ngx_sprintf(p, "\"} %uL\n", n);
    }

    return ngx_sprintf(p, "secmeet_session_duration_seconds_sum %uL\n"
                       "secmeet_session_duration_seconds_count %uL\n",
                       total->sums[NGX_SECMEET_STATS_SECONDS], n);
}


/* no counter: who was "other" may be of a country later */

static u_char *
ngx_http_secmeet_stats_countries(u_char *p,
    ngx_secmeet_stats_record_t *total)
{
    ngx_uint_t  i;

    p = ngx_http_secmeet_stats_metric(p, "country_participants", "gauge",
            "Participants by country.");

    for (i = 0; i < NGX_SECMEET_STATS_COUNTRIES; i++) {
        if (total->countries[i]) {
            p = ngx_sprintf(p, "secmeet_country_participants"
                            "{country=\"%c%c\"} %uD\n",
                            'A' + i / 26, 'A' + i % 26, total->countries[i]);
        }
    }

    return ngx_sprintf(p, "secmeet_country_participants"
                       "{country=\"other\"} %uL\n",
                       ngx_secmeet_stats_other(total));
}


static u_char *
ngx_http_secmeet_stats_counters(u_char *p, ngx_secmeet_stats_book_t *book,
    ngx_uint_t drops)
{
    ngx_str_t   name;
    ngx_uint_t  drop, i;

    for (i = 0; i < NGX_SECMEET_COUNTERS; i++) {
        name = ngx_secmeet_counter_names[i];
        drop = (ngx_strncmp(name.data, "drop-", 5) == 0);

        if (drop != drops) {
            continue;
        }

        if (drop) {
            name.data += 5;
            name.len -= 5;
        }

        p = ngx_sprintf(p, "secmeet_%sdatagrams_total{%s=\"%V\"} %uL\n",
                        drop ? "dropped_" : "", drop ? "reason" : "event",
                        &name, book->counters[i]);
    }

    return p;
}
