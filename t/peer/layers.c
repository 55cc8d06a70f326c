
/*
 * Copyright (C) secmeet contributors
 */


#include "command.h"


static const char *peer_layers_rid(peer_source_t *source, const char *rid);
static peer_source_t *peer_layers_find(peer_line_t *line, const char *rid);


const char *
peer_layers_create(peer_line_t *line, json_t *rids)
{
    size_t          i;
    json_t         *rid;
    const char     *reason;
    peer_source_t  *source;

    if (!json_is_array(rids)) {
        return NULL;
    }

    if (line->source == NULL || json_array_size(rids) == 0
        || json_array_size(rids) > PEER_LAYERS)
    {
        return "rids of what does not send, or too many";
    }

    json_array_foreach(rids, i, rid) {
        source = i ? peer_source_create(line) : line->source;
        reason = peer_layers_rid(source, json_string_value(rid));

        if (line->source->rtx_ssrc && i) {
            source->rtx_ssrc = (uint32_t) peer_random() | 1;
        }

        if (reason) {
            return reason;
        }
    }

    line->simulcast = 1;

    return NULL;
}


static const char *
peer_layers_rid(peer_source_t *source, const char *rid)
{
    size_t  len;

    len = rid ? ngx_strlen(rid) : 0;

    if (len == 0 || len > NGX_SECMEET_SDP_RID) {
        return "no rid";
    }

    source->rid.len = len;
    source->rid.data = peer_alloc(len + 1);
    ngx_memcpy(source->rid.data, rid, len);

    return NULL;
}


static peer_source_t *
peer_layers_find(peer_line_t *line, const char *rid)
{
    ngx_uint_t  i;

    for (i = 0; rid && i < line->nlayers; i++) {
        if (line->layers[i]->rid.len
            && ngx_strcmp(line->layers[i]->rid.data, rid) == 0)
        {
            return line->layers[i];
        }
    }

    return NULL;
}


/* RFC 8853, 5.3.2: what the answer leaves out is not sent */

const char *
peer_layers_answer(peer_line_t *line, ngx_secmeet_sdp_media_t *media)
{
    ngx_uint_t      i, k;
    peer_source_t  *source;

    if (media->nrids
        && (!line->simulcast || !media->rids_recv
            || !media->exts[NGX_SECMEET_EXT_RID]))
    {
        return "rids that were not offered, or without their extension";
    }

    for (i = 0; i < media->nrids; i++) {
        for (k = 0; k < line->nlayers; k++) {
            source = line->layers[k];

            if (source->rid.len == media->rids[i].len
                && ngx_memcmp(source->rid.data, media->rids[i].data,
                              source->rid.len)
                   == 0)
            {
                break;
            }
        }

        if (k == line->nlayers) {
            return "a rid that was not offered";
        }
    }

    return NULL;
}


/*
 * All layers, each with what "layers" has for its rid; without simulcast
 * only the first.
 */

const char *
peer_layers_start(peer_line_t *line, json_t *cmd)
{
    json_t         *args, *layers;
    ngx_uint_t      i;
    const char     *reason;
    peer_source_t  *source;

    if (!line->simulcast) {
        return peer_source_start(line->source, cmd);
    }

    layers = json_object_get(cmd, "layers");

    for (i = 0; i < line->nlayers; i++) {
        source = line->layers[i];

        args = json_deep_copy(cmd);
        json_object_update(args, json_object_get(layers,
                                             (char *) source->rid.data));
        reason = peer_source_start(source, args);
        json_decref(args);

        if (reason) {
            return reason;
        }
    }

    return NULL;
}


const char *
peer_command_layer(peer_t *peer, json_t *cmd, json_t *answer)
{
    peer_line_t    *line;
    peer_source_t  *source;

    line = peer_line_find(peer, peer_arg_text(cmd, "mid"));
    source = line ? peer_layers_find(line, peer_arg_text(cmd, "rid")) : NULL;

    if (source == NULL) {
        return "no such layer";
    }

    peer_source_on(source, peer_arg_on(cmd, "on", 1));

    return NULL;
}


const char *
peer_command_level(peer_t *peer, json_t *cmd, json_t *answer)
{
    ngx_uint_t    level;
    peer_line_t  *line;

    line = peer_line_find(peer, peer_arg_text(cmd, "mid"));
    level = peer_arg_uint(cmd, "level", 128);

    if (line == NULL || line->source == NULL || level > 128) {
        return "no such sending m-line, or level";
    }

    /* RFC 6464, 3; 128: as before, a number to check */

    line->source->level = (level == 128) ? -1 : (ngx_int_t) level;
    line->source->voice = peer_arg_on(cmd, "voice", level < 127);

    return NULL;
}
