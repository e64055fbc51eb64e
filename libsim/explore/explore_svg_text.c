/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_svg_text.c - text in a drawing: as XML can hold it, as wide as it will be, and in lines of a given width.
 *
 * Names come from programs, and are cut to fit a step. So nothing about them is known but where they end.
 */
#include "explore_svg.h"
#include <stdbool.h>
#include <stdint.h>

/* Specification: XML 1.0, production Char. */
static bool is_xml(uint32_t code)
{
        return (code >= 0x20 && code < 0xd800) || (code >= 0xe000 && code < 0xfffe) ||
               (code >= 0x10000 && code < 0x110000) || code == '\t' || code == '\n' || code == '\r';
}

/* The bytes of the character that begins here in UTF-8, the shortest way to write it; or one byte that is none. */
static size_t next_character(const char *text, size_t size, bool *sound)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        uint8_t first = (uint8_t)text[0];
        size_t length = first < 0x80   ? 1
                        : first < 0xc0 ? 0
                        : first < 0xe0 ? 2
                        : first < 0xf0 ? 3
                        : first < 0xf8 ? 4
                                       : 0;
        uint32_t code = length == 1 ? first : first & (0xffu >> (length + 1));

        *sound = false;
        if (length == 0 || length > size) {
                return 1;
        }
        for (size_t i = 1; i < length; i++) {
                if (((uint8_t)text[i] & 0xc0) != 0x80) {
                        return 1;
                }
                code = code << 6 | ((uint8_t)text[i] & 0x3f);
        }
        *sound = code >= least[length] && is_xml(code);
        return *sound ? length : 1;
}

static const char *entity_of(char c)
{
        switch (c) {
        case '<':
                return "&lt;";
        case '>':
                return "&gt;";
        case '&':
                return "&amp;";
        case '"':
                return "&quot;";
        case '\'':
                return "&apos;";
        case '\t':
        case '\n':
        case '\r':
                return " ";
        default:
                return NULL;
        }
}

void svg_text(const char *text, size_t size, FILE *to)
{
        size_t length;

        for (size_t i = 0; i < size; i += length) {
                const char *entity = entity_of(text[i]);
                bool sound;

                length = next_character(text + i, size - i, &sound);
                if (entity != NULL) {
                        fputs(entity, to);
                } else if (sound) {
                        (void)fwrite(text + i, 1, length, to);
                } else {
                        fputs("\xef\xbf\xbd", to);
                }
        }
}

unsigned svg_text_length(const char *text, size_t size)
{
        unsigned count = 0;
        bool sound;

        for (size_t i = 0; i < size; count++) {
                i += next_character(text + i, size - i, &sound);
        }
        return count;
}

size_t svg_text_line(const char *text, size_t size, unsigned characters)
{
        size_t at = 0;
        size_t broken = 0;
        bool sound;

        for (unsigned count = 0; at < size && count < characters; count++) {
                char c = text[at];

                at += next_character(text + at, size - at, &sound);
                if (c == ' ' || c == ',') {
                        broken = at;
                }
        }
        return at == size || broken == 0 ? at : broken;
}
