
/*
 * Copyright (C) secmeet contributors
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_http_secmeet_header.h"


static ngx_uint_t ngx_http_secmeet_header_list(ngx_str_t *list,
    ngx_str_t *token, ngx_uint_t caseless);


ngx_table_elt_t *
ngx_http_secmeet_header_find(ngx_http_request_t *r, const char *name,
    ngx_table_elt_t *prev)
{
    size_t            len;
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    len = ngx_strlen(name);

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (header[i].key.len != len
                || ngx_strncasecmp(header[i].key.data, (u_char *) name, len)
                   != 0)
            {
                continue;
            }

            if (prev == NULL) {
                return &header[i];
            }

            if (prev == &header[i]) {
                prev = NULL;
            }
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_secmeet_header_token(ngx_http_request_t *r, const char *name,
    const char *token, ngx_uint_t caseless)
{
    ngx_str_t         text;
    ngx_table_elt_t  *header;

    text.data = (u_char *) token;
    text.len = ngx_strlen(token);

    for (header = ngx_http_secmeet_header_find(r, name, NULL);
         header;
         header = ngx_http_secmeet_header_find(r, name, header))
    {
        if (ngx_http_secmeet_header_list(&header->value, &text, caseless)) {
            return 1;
        }
    }

    return 0;
}


static ngx_uint_t
ngx_http_secmeet_header_list(ngx_str_t *list, ngx_str_t *token,
    ngx_uint_t caseless)
{
    u_char  *p, *end, *last, *next;

    end = list->data + list->len;

    for (p = list->data; p < end; p = next + 1) {

        next = ngx_strlchr(p, end, ',');

        if (next == NULL) {
            next = end;
        }

        while (p < next && (*p == ' ' || *p == '\t')) {
            p++;
        }

        for (last = next; p < last; last--) {
            if (last[-1] != ' ' && last[-1] != '\t') {
                break;
            }
        }

        if ((size_t) (last - p) != token->len) {
            continue;
        }

        if (ngx_memcmp(p, token->data, token->len) == 0
            || (caseless && ngx_strncasecmp(p, token->data, token->len) == 0))
        {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_secmeet_header_add(ngx_http_request_t *r, const char *name,
    const char *value)
{
    ngx_table_elt_t  *header;

    header = ngx_list_push(&r->headers_out.headers);
    if (header == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(header, sizeof(ngx_table_elt_t));

    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value.data = (u_char *) value;
    header->value.len = ngx_strlen(value);

    return NGX_OK;
}
