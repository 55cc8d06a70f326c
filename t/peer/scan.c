
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Looks for bytes in the memory of another process: stack, heap, shared
 * zones, all that can be written or has no file behind it.  Pages of its own
 * that a process has never touched are zeros, or what the file has; there may
 * be hundreds of megabytes of them, so they are not read.
 */


#include "command.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>


#define PEER_SCAN_PATTERNS  256
#define PEER_SCAN_MIN       6           /* bytes of a pattern */
#define PEER_SCAN_MAX       512
#define PEER_SCAN_BLOCK     1048576
#define PEER_SCAN_HITS      256         /* told, at most */

/* Documentation/admin-guide/mm/pagemap.rst of Linux: present, or swapped */
#define PEER_SCAN_TOUCHED   (3ULL << 62)
#define PEER_SCAN_PAGES     512         /* asked for at a time */


typedef struct {
    u_char                    bytes[PEER_SCAN_MAX];
    size_t                    len;
} peer_scan_pattern_t;


typedef struct {
    int                       mem;
    int                       pages;
    unsigned long             start;
    unsigned long             end;
    ngx_uint_t                own;
    const char               *name;
    json_t                   *hits;
} peer_scan_t;


static const char *peer_scan_patterns(json_t *list);
static ngx_int_t peer_scan_hex(peer_scan_pattern_t *pattern,
    const char *text);
static ngx_uint_t peer_scan_wanted(peer_scan_t *scan, const char *line);
static void peer_scan_region(peer_scan_t *scan);
static void peer_scan_run(peer_scan_t *scan, unsigned long start,
    unsigned long end);
static void peer_scan_block(peer_scan_t *scan, u_char *p, size_t len,
    size_t owned, unsigned long start);


static peer_scan_pattern_t  peer_scan_all[PEER_SCAN_PATTERNS];
static ngx_uint_t           peer_scan_n;

/* by the first two bytes: number + 1 of a pattern, then of the next one */
static uint16_t             peer_scan_first[65536];
static uint16_t             peer_scan_next[PEER_SCAN_PATTERNS];

static uint64_t             peer_scan_bytes;


const char *
peer_command_scan(peer_t *peer, json_t *cmd, json_t *answer)
{
    FILE          *maps;
    char           path[64], line[1024];
    const char    *reason;
    peer_scan_t    scan;
    unsigned long  pid;

    reason = peer_scan_patterns(json_object_get(cmd, "patterns"));

    if (reason) {
        return reason;
    }

    pid = peer_arg_uint(cmd, "pid", 0);

    (void) snprintf(path, sizeof(path), "/proc/%lu/mem", pid);
    scan.mem = open(path, O_RDONLY | O_CLOEXEC);

    (void) snprintf(path, sizeof(path), "/proc/%lu/pagemap", pid);
    scan.pages = open(path, O_RDONLY | O_CLOEXEC);

    (void) snprintf(path, sizeof(path), "/proc/%lu/maps", pid);
    maps = fopen(path, "re");

    scan.hits = json_array();
    json_object_set_new(answer, "hits", scan.hits);

    peer_scan_bytes = 0;

    while (scan.mem != -1 && maps && fgets(line, sizeof(line), maps)) {
        if (peer_scan_wanted(&scan, line)) {
            peer_scan_region(&scan);
        }
    }

    json_object_set_new(answer, "bytes", json_integer(peer_scan_bytes));

    if (maps) {
        (void) fclose(maps);
    }

    if (scan.mem != -1) {
        (void) close(scan.mem);
    }

    if (scan.pages != -1) {
        (void) close(scan.pages);
    }

    return peer_scan_bytes ? NULL : "the memory cannot be read";
}


static const char *
peer_scan_patterns(json_t *list)
{
    size_t                i;
    json_t               *item;
    uint16_t             *first;
    peer_scan_pattern_t  *pattern;

    ngx_memzero(peer_scan_first, sizeof(peer_scan_first));
    peer_scan_n = 0;

    json_array_foreach(list, i, item) {

        if (i == PEER_SCAN_PATTERNS) {
            return "too many patterns";
        }

        pattern = &peer_scan_all[i];

        if (peer_scan_hex(pattern, json_string_value(item)) != NGX_OK) {
            return "a pattern is not hex, too short or too long";
        }

        first = &peer_scan_first[pattern->bytes[0] << 8 | pattern->bytes[1]];

        peer_scan_next[i] = *first;
        *first = (uint16_t) (i + 1);
        peer_scan_n++;
    }

    return peer_scan_n ? NULL : "no patterns";
}


static ngx_int_t
peer_scan_hex(peer_scan_pattern_t *pattern, const char *text)
{
    char     digit[3];
    char    *end;
    size_t   i, len;

    len = text ? ngx_strlen(text) : 0;

    if (len % 2 || len / 2 < PEER_SCAN_MIN || len / 2 > PEER_SCAN_MAX) {
        return NGX_ERROR;
    }

    digit[2] = '\0';

    for (i = 0; i < len / 2; i++) {
        digit[0] = text[i * 2];
        digit[1] = text[i * 2 + 1];

        pattern->bytes[i] = (u_char) strtol(digit, &end, 16);

        if (*end) {
            return NGX_ERROR;
        }
    }

    pattern->len = len / 2;

    return NGX_OK;
}


/* not what is as it was in its file, nor the kernel's own pages */

static ngx_uint_t
peer_scan_wanted(peer_scan_t *scan, const char *line)
{
    int   n;
    char  mode[5];

    n = 0;

    if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %n", &scan->start, &scan->end,
               mode, &n) < 3
        || mode[0] != 'r')
    {
        return 0;
    }

    scan->name = line + n;
    scan->own = (mode[3] == 'p');

    if (ngx_strncmp(scan->name, "[v", 2) == 0) {
        return 0;
    }

    return mode[1] == 'w' || scan->name[0] == '\0' || scan->name[0] == '[';
}


static void
peer_scan_region(peer_scan_t *scan)
{
    size_t         i, size;
    ssize_t        n;
    unsigned long  start, from;
    uint64_t       pages[PEER_SCAN_PAGES];

    size = getpagesize();
    start = scan->start;

    while (scan->own && start < scan->end) {

        n = pread(scan->pages, pages,
                  sizeof(uint64_t)
                  * ngx_min((scan->end - start) / size, PEER_SCAN_PAGES),
                  (off_t) (start / size * sizeof(uint64_t)));

        if (n < (ssize_t) sizeof(uint64_t)) {
            break;
        }

        n /= sizeof(uint64_t);
        from = start;

        for (i = 0; i < (size_t) n; i++, start += size) {
            if (!(pages[i] & PEER_SCAN_TOUCHED)) {
                peer_scan_run(scan, from, start);
                from = start + size;
            }
        }

        peer_scan_run(scan, from, start);
    }

    /* all of what is shared, and all of it if pages cannot be asked for */

    peer_scan_run(scan, start, scan->end);
}


/* a hit may end behind a run, in what belongs to the same mapping */

static void
peer_scan_run(peer_scan_t *scan, unsigned long start, unsigned long end)
{
    size_t         want, more;
    ssize_t        n;
    static u_char  block[PEER_SCAN_BLOCK + PEER_SCAN_MAX];

    while (start < end) {
        want = ngx_min(end - start, PEER_SCAN_BLOCK);
        more = ngx_min(scan->end - start - want, PEER_SCAN_MAX);

        n = pread(scan->mem, block, want + more, (off_t) start);

        if (n <= 0) {
            return;
        }

        peer_scan_block(scan, block, n, ngx_min((size_t) n, want), start);

        peer_scan_bytes += n;
        start += want;
    }
}


/* owned: bytes at which a hit may begin, the rest is the next block's */

static void
peer_scan_block(peer_scan_t *scan, u_char *p, size_t len, size_t owned,
    unsigned long start)
{
    size_t                i;
    uint16_t              k;
    peer_scan_pattern_t  *pattern;

    for (i = 0; i + 1 < len && i < owned; i++) {

        for (k = peer_scan_first[p[i] << 8 | p[i + 1]]; k;
             k = peer_scan_next[k - 1])
        {
            pattern = &peer_scan_all[k - 1];

            if (pattern->len > len - i
                || ngx_memcmp(p + i, pattern->bytes, pattern->len) != 0
                || json_array_size(scan->hits) >= PEER_SCAN_HITS)
            {
                continue;
            }

            json_array_append_new(scan->hits, json_pack("[i, o, o]", k - 1,
                json_sprintf("%lx", start + i),
                json_stringn(scan->name, strcspn(scan->name, "\n"))));
        }
    }
}
