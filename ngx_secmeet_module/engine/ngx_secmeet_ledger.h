
/*
 * Copyright (C) secmeet contributors
 */


/*
 * The packets sent on one transport with a transport-wide number, until
 * feedback tells what became of them.  A packet is told lost or received
 * once, one that was lost may turn out received; of what no feedback speaks,
 * since it went lost itself, nothing is told.
 */


#ifndef _NGX_SECMEET_LEDGER_H_INCLUDED_
#define _NGX_SECMEET_LEDGER_H_INCLUDED_


#include "../ngx_secmeet.h"
#include "../wire/ngx_secmeet_twcc.h"


#define NGX_SECMEET_LEDGER_PACKETS    2048      /* remembered */


typedef struct {
    uint16_t                  seq;
    uint16_t                  cluster;          /* of a probe; 0: none */
    ngx_uint_t                size;
    ngx_secmeet_usec_t        sent;
    ngx_secmeet_usec_t        received;         /* peer's clock; 0: lost */

    unsigned                  acked:1;
    unsigned                  lost:1;
} ngx_secmeet_ledger_packet_t;


typedef struct {
    ngx_secmeet_usec_t        sent;
    uint16_t                  size;
    uint16_t                  cluster;

    unsigned                  acked:1;
} ngx_secmeet_ledger_slot_t;


typedef struct {
    uint64_t                  next;             /* number of the next one */
    uint64_t                  told;             /* nothing is due before it */
    size_t                    outstanding;      /* bytes from told on */
    ngx_secmeet_usec_t        rtt;              /* and the wait to be told */
    int64_t                   reference;        /* of the last feedback */
    int64_t                   clock;            /* the same, over all laps */

    unsigned                  started:1;

    ngx_secmeet_ledger_slot_t slots[NGX_SECMEET_LEDGER_PACKETS];
} ngx_secmeet_ledger_t;


void ngx_secmeet_ledger_init(ngx_secmeet_ledger_t *l);

/* a packet leaves: its transport-wide number */
uint16_t ngx_secmeet_ledger_input(ngx_secmeet_ledger_t *l, ngx_uint_t size,
    ngx_uint_t cluster, ngx_secmeet_usec_t now);

/*
 * NGX_OK: out[0..*n) is news, in the order of numbers (*n: room in, count
 * out; NGX_SECMEET_LEDGER_PACKETS is enough for any, what finds no room is
 * told no more); NGX_DONE: none.  twcc is fresh from the parser.
 */
ngx_int_t ngx_secmeet_ledger_feedback(ngx_secmeet_ledger_t *l,
    ngx_secmeet_twcc_t *twcc, ngx_secmeet_ledger_packet_t *out,
    ngx_uint_t *n, ngx_secmeet_usec_t now);

/* bytes on their way, as far as is known */
size_t ngx_secmeet_ledger_outstanding(ngx_secmeet_ledger_t *l);


#endif /* _NGX_SECMEET_LEDGER_H_INCLUDED_ */
