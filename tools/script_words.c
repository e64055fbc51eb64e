/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_words.c - a line into words, and complaints about them.
 */
#include "script_reader.h"
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool complain(struct reader *reader, struct script_place at, const char *format, ...)
{
        va_list arguments;

        reader->num_complaints++;
        if (reader->complaints == NULL || reader->num_complaints > SCRIPT_COMPLAINTS_MAX) {
                return false;
        }
        fprintf(reader->complaints, "%s:%u:%u: ", reader->path, at.line, at.column);
        va_start(arguments, format);
        vfprintf(reader->complaints, format, arguments);
        va_end(arguments);
        fputc('\n', reader->complaints);
        return false;
}

bool complain_unknown(struct reader *reader, const struct word *word, const char *what, const char *of,
                      script_name_fn *name, const void *context)
{
        char text[64];
        const char *nearest;

        snprintf(text, sizeof(text), "%.*s", (int)(word->length < sizeof(text) ? word->length : sizeof(text)),
                 word->text);
        nearest = script_nearest(text, name, context);
        return complain(reader, word->at, "unknown %s '%s'%s%s%s%s%s", what, text, of == NULL ? "" : " of ",
                        of == NULL ? "" : of, nearest == NULL ? "" : ": ", nearest == NULL ? "" : nearest,
                        nearest == NULL ? "" : "?");
}

/* ---- nearest names ------------------------------------------------------------------------------------------------------ */

enum {
        NEAREST_MAX = 64
};

/* Letters to insert, to leave out or to replace, to make one word of the other. */
static unsigned distance(const char *one, size_t length, const char *other)
{
        unsigned row[NEAREST_MAX + 1];
        size_t columns = strlen(other);

        if (columns > NEAREST_MAX) {
                return NEAREST_MAX;
        }
        for (size_t j = 0; j <= columns; j++) {
                row[j] = (unsigned)j;
        }
        for (size_t i = 1; i <= length; i++) {
                unsigned corner = row[0];

                row[0] = (unsigned)i;
                for (size_t j = 1; j <= columns; j++) {
                        unsigned replaced = corner + (one[i - 1] != other[j - 1]);
                        unsigned least = row[j] < row[j - 1] ? row[j] : row[j - 1];

                        corner = row[j];
                        row[j] = replaced < least + 1 ? replaced : least + 1;
                }
        }
        return row[columns];
}

/* "READY" of "REC_READY": as a drawing calls it. */
static bool is_last_word(const char *word, size_t length, const char *candidate)
{
        size_t size = strlen(candidate);

        return size > length + 1 && candidate[size - length - 1] == '_' && strcmp(candidate + size - length, word) == 0;
}

const char *script_nearest(const char *word, script_name_fn *name, const void *context)
{
        size_t length = strlen(word);
        unsigned least = length < 4 ? 2 : (unsigned)length / 3 + 2; /* further away it is another word */
        const char *nearest = NULL;
        const char *candidate;

        for (uint32_t i = 0; length <= NEAREST_MAX && (candidate = name(context, i)) != NULL; i++) {
                unsigned far = is_last_word(word, length, candidate) ? 1 : distance(word, length, candidate);

                if (far < least && far < length) {
                        least = far;
                        nearest = candidate;
                }
        }
        return nearest;
}

/* ---- words -------------------------------------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

static struct word *new_word(struct reader *reader)
{
        if (reader->num_words == reader->words_room) {
                size_t room = reader->words_room == 0 ? 64 : reader->words_room * 2;
                struct word *words = ARENA_ARRAY(reader->arena, struct word, room);

                if (reader->num_words != 0) {
                        memcpy(words, reader->words, reader->num_words * sizeof(*words));
                }
                reader->words = words;
                reader->words_room = room;
        }
        return &reader->words[reader->num_words++];
}

static bool complain_byte(struct reader *reader, struct script_place at, unsigned char byte)
{
        if (byte == 0) {
                return complain(reader, at, "a zero byte: a script is text");
        }
        return complain(reader, at, "a byte 0x%02x: outside of comments a script is plain ASCII", byte);
}

bool split_line(struct reader *reader, const char *line, size_t length, uint32_t number)
{
        const char *end = line + length;
        const char *at = line;

        reader->num_words = reader->next = reader->end = 0;
        if (length > SCRIPT_LINE_MAX) {
                return complain(reader, (struct script_place){ number, SCRIPT_LINE_MAX + 1 },
                                "a line of more than %d bytes", SCRIPT_LINE_MAX);
        }
        while (at < end) {
                struct script_place place = { number, (uint32_t)(at - line) + 1 };
                const char *begin = at;

                if (*at == '#' || (*at == '\r' && at + 1 == end)) {
                        break;
                }
                if (is_blank(*at)) {
                        at++;
                        continue;
                }
                while (at < end && !is_blank(*at) && *at != '#' && *at > ' ' && *at < 0x7f) {
                        at++;
                }
                if (at == begin || (at < end && !is_blank(*at) && *at != '#' && !(*at == '\r' && at + 1 == end))) {
                        place.column = (uint32_t)(at - line) + 1;
                        return complain_byte(reader, place, (unsigned char)*at);
                }
                *new_word(reader) = (struct word){ place, begin, (size_t)(at - begin) };
        }
        reader->end = reader->num_words;
        return true;
}

bool word_is(const struct word *word, const char *text)
{
        return strlen(text) == word->length && memcmp(word->text, text, word->length) == 0;
}

bool word_is_pe(const struct word *word)
{
        size_t digits = 2;

        while (digits < word->length && word->text[digits] >= '0' && word->text[digits] <= '9') {
                digits++;
        }
        return word->length > 2 && memcmp(word->text, "pe", 2) == 0 && digits == word->length;
}

char *word_text(struct reader *reader, const struct word *word)
{
        return arena_text(reader->arena, word->text, word->length);
}

static bool is_name_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name(const char *text, size_t length)
{
        for (size_t i = 0; i < length; i++) {
                if (!is_name_letter(text[i]) && !(i != 0 && text[i] >= '0' && text[i] <= '9')) {
                        return false;
                }
        }
        return length != 0;
}

const struct word *peek_word(const struct reader *reader)
{
        return reader->next < reader->end ? &reader->words[reader->next] : NULL;
}

bool complain_missing(struct reader *reader, const char *what)
{
        const struct word *last = &reader->words[reader->next - 1];
        struct script_place behind;

        assert(reader->next != 0 && reader->words != NULL);
        behind = (struct script_place){ last->at.line, last->at.column + (uint32_t)last->length };
        return complain(reader, behind, "%s is missing after '%.*s'", what, (int)last->length, last->text);
}

const struct word *take_word(struct reader *reader, const char *what)
{
        const struct word *word = peek_word(reader);

        if (word == NULL) {
                (void)complain_missing(reader, what);
                return NULL;
        }
        reader->next++;
        return word;
}

bool cut_word(const struct word *word, char mark, struct word *before, struct word *behind)
{
        const char *at = memchr(word->text, mark, word->length);

        if (at == NULL) {
                return false;
        }
        *before = (struct word){ word->at, word->text, (size_t)(at - word->text) };
        *behind = (struct word){ place_in(word, at + 1), at + 1, word->length - before->length - 1 };
        return true;
}
