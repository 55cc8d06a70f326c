
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The programs of a link are told what to do by JSON lines, and answer each:
 *
 *     {"cmd": "conf", "way": "up"|"down"|"both", "rate": bit/s,
 *      "queue": bytes, "delay": ms, "jitter": ms, "loss": percent,
 *      "burst": packets, "duplicate": percent, "reorder": bool, "seed": n}
 *     {"cmd": "stats"}
 *
 * What conf does not name stays as it was; other commands are the program's.
 */


#ifndef _LINK_CONTROL_H_INCLUDED_
#define _LINK_CONTROL_H_INCLUDED_


#include "stage.h"


/* NGX_OK: done; NGX_DECLINED: no such command; NGX_ERROR: it failed */
typedef ngx_int_t (*link_command_pt)(const char *name, json_t *json);


extern link_stage_t  link_up;
extern link_stage_t  link_down;


/* stdin is read, and its end is the end of the program */
void link_control_init(link_command_pt command);


#endif /* _LINK_CONTROL_H_INCLUDED_ */
