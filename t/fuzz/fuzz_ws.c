
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The first byte says who reads and how much a message may hold.  The rest
 * is read at once, by bytes, and by sevens: the same must come out of it.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_ws.h"


typedef struct {
    uint64_t                  hash;             /* of all that was read */
    ngx_int_t                 rc;
    ngx_uint_t                code;
} result_t;


static void feed(result_t *r, const uint8_t *data, size_t size,
    size_t chunk);
static void check(ngx_secmeet_ws_t *ws, ngx_int_t rc, u_char *p, u_char *end);
static void add(result_t *r, ngx_secmeet_ws_t *ws);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    result_t    whole, parts;
    ngx_uint_t  i;

    static size_t  chunks[] = { 1, 7 };

    if (size == 0) {
        return 0;
    }

    feed(&whole, data, size, size);

    for (i = 0; i < 2; i++) {
        feed(&parts, data, size, chunks[i]);

        if (parts.hash != whole.hash || parts.rc != whole.rc
            || parts.code != whole.code)
        {
            abort();
        }
    }

    return 0;
}


static void
feed(result_t *r, const uint8_t *data, size_t size, size_t chunk)
{
    size_t             n;
    u_char            *buf, *p;
    ngx_secmeet_ws_t   ws;

    ngx_memzero(r, sizeof(result_t));
    ngx_memzero(&ws, sizeof(ngx_secmeet_ws_t));

    ws.server = data[0] & 1;
    ws.max = (size_t) data[0] << (data[0] & 7);
    r->rc = NGX_AGAIN;

    for (data++, size--; size && r->rc != NGX_ERROR; data += n, size -= n) {
        n = ngx_min(chunk, size);
        buf = malloc(n);
        ngx_memcpy(buf, data, n);
        p = buf;

        do {
            r->rc = ngx_secmeet_ws_parse(&ws, &p, buf + n);
            check(&ws, r->rc, p, buf + n);

            if (r->rc == NGX_OK) {
                add(r, &ws);

            } else if (r->rc == NGX_BUSY) {
                ws.buf = realloc(ws.buf, ws.need);
                ws.size = ws.need;
            }

        } while (r->rc != NGX_AGAIN && r->rc != NGX_ERROR);

        free(buf);
    }

    r->code = ws.code;
    free(ws.buf);
}


static void
check(ngx_secmeet_ws_t *ws, ngx_int_t rc, u_char *p, u_char *end)
{
    u_char  *last;

    if ((rc == NGX_AGAIN && p != end) || (rc == NGX_ERROR && ws->code == 0)
        || (rc == NGX_BUSY && (ws->need <= ws->size || ws->need > ws->max))
        || ws->len > ws->max || p > end)
    {
        abort();
    }

    if (rc != NGX_OK) {
        return;
    }

    last = ws->payload.data + ws->payload.len;

    if (ws->opcode == NGX_SECMEET_WS_TEXT) {
        if (ws->payload.len > ws->max
            || ngx_secmeet_utf8(0, ws->payload.data, last) != 0)
        {
            abort();
        }

    } else if (ws->payload.len > NGX_SECMEET_WS_CONTROL_MAX) {
        abort();
    }
}


static void
add(result_t *r, ngx_secmeet_ws_t *ws)
{
    size_t  i;

    r->hash = r->hash * 31 + ws->opcode;
    r->hash = r->hash * 31 + ws->payload.len;

    if (ws->opcode == NGX_SECMEET_WS_CLOSE) {
        r->hash = r->hash * 31 + ws->status;
    }

    for (i = 0; i < ws->payload.len; i++) {
        r->hash = r->hash * 31 + ws->payload.data[i];
    }
}
