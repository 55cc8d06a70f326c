
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Commands: one JSON object per line on stdin, {"cmd": name, "id": peer,
 * ...}.  Each is answered by one line, {"event": name, ...} or {"event":
 * "error", "of": name, "reason": text}; "ref" comes back as it was sent.
 * Test::Secmeet::Peer describes them.
 */


#ifndef _PEER_COMMAND_H_INCLUDED_
#define _PEER_COMMAND_H_INCLUDED_


#include "peer.h"


/* what is wrong, or NULL; answer is filled in */
typedef const char *(*peer_command_pt)(peer_t *peer, json_t *cmd,
    json_t *answer);

typedef struct {
    const char               *name;
    peer_command_pt           handler;
    ngx_uint_t                peer;             /* it needs one */
} peer_command_t;


/* a line of text from stdin */
void peer_command(const char *line, size_t len);

/* arguments of a command */
ngx_uint_t peer_arg_uint(json_t *cmd, const char *name, ngx_uint_t value);
ngx_uint_t peer_arg_on(json_t *cmd, const char *name, ngx_uint_t value);
const char *peer_arg_text(json_t *cmd, const char *name);

/* hex digits into p: bytes, or -1 */
ssize_t peer_arg_hex(json_t *cmd, u_char *p, size_t size);


/* offer.c */

const char *peer_command_offer(peer_t *peer, json_t *cmd, json_t *answer);
const char *peer_command_rollback(peer_t *peer, json_t *cmd, json_t *answer);

/* answer.c */

const char *peer_command_answer(peer_t *peer, json_t *cmd, json_t *answer);

/* layers.c */

const char *peer_command_layer(peer_t *peer, json_t *cmd, json_t *answer);
const char *peer_command_level(peer_t *peer, json_t *cmd, json_t *answer);

/* twcc.c */

const char *peer_command_twcc(peer_t *peer, json_t *cmd, json_t *answer);

/* pair.c */

const char *peer_command_pair(peer_t *peer, json_t *cmd, json_t *answer);

/* raw.c */

const char *peer_command_raw(peer_t *peer, json_t *cmd, json_t *answer);
const char *peer_command_raw_from(peer_t *peer, json_t *cmd, json_t *answer);
const char *peer_command_hello(peer_t *peer, json_t *cmd, json_t *answer);

/* inject.c */

const char *peer_command_inject(peer_t *peer, json_t *cmd, json_t *answer);

/* scan.c */

const char *peer_command_scan(peer_t *peer, json_t *cmd, json_t *answer);

/* secrets.c */

const char *peer_command_secrets(peer_t *peer, json_t *cmd, json_t *answer);
const char *peer_command_unseal(peer_t *peer, json_t *cmd, json_t *answer);

/* stats.c */

const char *peer_command_stats(peer_t *peer, json_t *cmd, json_t *answer);
const char *peer_command_cpu(peer_t *peer, json_t *cmd, json_t *answer);


#endif /* _PEER_COMMAND_H_INCLUDED_ */
