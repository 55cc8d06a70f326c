
/*
 * Copyright (C) secmeet contributors
 */


/*
 * What is accepted keeps the promises of the header, and is accepted again
 * when it is written out and read once more.
 */


#include <ngx_config.h>
#include <ngx_core.h>
#include "wire/ngx_secmeet_message.h"


static void check(ngx_secmeet_message_t *m, ngx_int_t rc);
static void again(ngx_secmeet_message_t *m);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char                 *p;
    ngx_int_t               rc;
    ngx_secmeet_message_t   m;

    p = malloc(size);
    ngx_memcpy(p, data, size);

    rc = ngx_secmeet_message_parse(&m, p, p + size);
    check(&m, rc);

    if (rc == NGX_OK) {
        again(&m);
    }

    ngx_secmeet_message_free(&m);

    rc = ngx_secmeet_message_parse_create(&m, p, p + size);
    check(&m, rc);
    ngx_secmeet_message_free(&m);

    free(p);

    return 0;
}


static void
check(ngx_secmeet_message_t *m, ngx_int_t rc)
{
    ngx_uint_t   i;
    ngx_str_t  **s, *all[] = {
        &m->proof, &m->host, &m->name, &m->sdp, &m->mid, &m->track,
        &m->data, &m->to, &m->peer, &m->token, &m->invite, NULL
    };

    if (rc != NGX_OK) {
        if (rc != NGX_DECLINED || m->code == NULL || m->field == NULL) {
            abort();
        }

        return;
    }

    if (m->type == NGX_SECMEET_MESSAGE_NONE || m->code || m->field) {
        abort();
    }

    for (s = all; *s; s++) {
        for (i = 0; i < (*s)->len; i++) {
            if ((*s)->data[i] == '\0') {
                abort();
            }
        }
    }

    if ((m->proof.data && m->proof.len != NGX_SECMEET_MESSAGE_TOKEN)
        || (m->host.data && m->host.len != NGX_SECMEET_MESSAGE_TOKEN)
        || (m->track.data && m->track.len != NGX_SECMEET_MESSAGE_ID)
        || (m->to.data && m->to.len != NGX_SECMEET_MESSAGE_ID)
        || (m->peer.data && m->peer.len != NGX_SECMEET_MESSAGE_ID)
        || (m->token.data && m->token.len != NGX_SECMEET_MESSAGE_TOKEN)
        || m->uses > NGX_SECMEET_MESSAGE_USES
        || m->seconds > NGX_SECMEET_MESSAGE_SECONDS
        || m->on > 1 || m->fresh > 1 || m->lobby > 1
        || (m->type == NGX_SECMEET_MESSAGE_KICK && m->peer.data == NULL)
        || (m->type == NGX_SECMEET_MESSAGE_INVITE && m->token.data == NULL)
        || m->name.len > NGX_SECMEET_MESSAGE_NAME
        || m->mid.len > NGX_SECMEET_MESSAGE_MID
        || (m->type == NGX_SECMEET_MESSAGE_OFFER && m->sdp.data == NULL)
        || (m->type == NGX_SECMEET_MESSAGE_SEND && m->data.data == NULL)
        || (m->type == NGX_SECMEET_MESSAGE_MUTE && m->track.data == NULL)
        || (m->type == NGX_SECMEET_MESSAGE_RECEIVE && m->mid.len == 0))
    {
        abort();
    }
}


static void
again(ngx_secmeet_message_t *m)
{
    char                   *text;
    ngx_secmeet_message_t   copy;

    text = json_dumps(m->root, 0);

    if (ngx_secmeet_message_parse(&copy, (u_char *) text,
                                  (u_char *) text + ngx_strlen(text))
        != NGX_OK
        || copy.type != m->type || !json_equal(copy.root, m->root))
    {
        abort();
    }

    ngx_secmeet_message_free(&copy);
    free(text);
}
