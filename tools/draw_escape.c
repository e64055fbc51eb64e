/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw_escape.c - text of a trace as text in a file of another language. A trace may come from anybody, so nothing in it may mean
 * anything there; and what is no UTF-8 would make the whole file unreadable.
 */
#include "draw.h"
#include <string.h>

/* How many bytes the character at `text` has, or 0 if it is none. */
static size_t character(const char *text)
{
        const unsigned char *byte = (const unsigned char *)text;
        size_t size = byte[0] < 0x80   ? 1
                      : byte[0] < 0xC2 ? 0
                      : byte[0] < 0xE0 ? 2
                      : byte[0] < 0xF0 ? 3
                      : byte[0] < 0xF5 ? 4
                                       : 0;

        for (size_t i = 1; i < size; i++) {
                if ((byte[i] & 0xC0) != 0x80) {
                        return 0;
                }
        }
        if ((byte[0] == 0xE0 && byte[1] < 0xA0) || (byte[0] == 0xED && byte[1] > 0x9F) ||
            (byte[0] == 0xF0 && byte[1] < 0x90) || (byte[0] == 0xF4 && byte[1] > 0x8F) ||
            (byte[0] == 0xEF && byte[1] == 0xBF && byte[2] >= 0xBE)) {
                return 0; /* longer than need be, a surrogate, past the last, or no character */
        }
        return byte[0] < 0x20 || byte[0] == 0x7F ? 0 : size;
}

static const char *entity(char c)
{
        switch (c) {
        case '&':
                return "&amp;";
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '"':
                return "&quot;";
        case '\'':
                return "&#39;";
        default:
                return NULL;
        }
}

void draw_markup(FILE *to, const char *text)
{
        while (*text != '\0') {
                size_t size = character(text);
                const char *name = entity(*text);

                if (name != NULL) {
                        fputs(name, to);
                } else if (size == 0) {
                        fputs("\xEF\xBF\xBD", to);
                } else {
                        fwrite(text, 1, size, to);
                }
                text += size == 0 ? 1 : size;
        }
}

/* Within an element `script` the parser of HTML looks for `<` only; U+2028 and U+2029 end lines of JavaScript. */
void draw_json(FILE *to, const char *text)
{
        fputc('"', to);
        while (*text != '\0') {
                size_t size = character(text);

                if (size == 0) {
                        fputs("\\ufffd", to);
                } else if (strchr("\"\\<>&'", *text) != NULL) {
                        fprintf(to, "\\u%04x", (unsigned)*text);
                } else if (strncmp(text, "\xE2\x80\xA8", 3) == 0 || strncmp(text, "\xE2\x80\xA9", 3) == 0) {
                        fputc(' ', to);
                } else {
                        fwrite(text, 1, size, to);
                }
                text += size == 0 ? 1 : size;
        }
        fputc('"', to);
}
