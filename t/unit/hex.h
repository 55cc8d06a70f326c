
/*
 * Copyright (C) secmeet contributors
 */


/*
 * Bytes written as hexadecimal text, in a block of exactly their size, so
 * that a sanitizer sees a read past them.
 */


#ifndef _NGX_SECMEET_HEX_H_INCLUDED_
#define _NGX_SECMEET_HEX_H_INCLUDED_


#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* blanks between bytes are skipped; the caller frees */
static inline unsigned char *
hex(const char *text, size_t *len)
{
    unsigned int    byte;
    unsigned char  *p, *block;

    block = malloc(strlen(text) / 2 + 1);
    p = block;

    while (*text) {
        if (*text == ' ') {
            text++;
            continue;
        }

        if (!isxdigit(text[0]) || !isxdigit(text[1])
            || sscanf(text, "%2x", &byte) != 1)
        {
            abort();
        }

        *p++ = (unsigned char) byte;
        text += 2;
    }

    *len = p - block;

    return realloc(block, *len ? *len : 1);
}


#endif /* _NGX_SECMEET_HEX_H_INCLUDED_ */
