/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_pieces.c - the text of an action, so that each round of a `for` can be printed as an action of its own.
 */
#include "script_reader.h"
#include <string.h>

struct writer {
        char *at;
        const char *begin; /* of the piece under way */
        struct script_piece *pieces;
        uint32_t num_pieces;
};

static void write_text(struct writer *writer, const char *text, size_t length)
{
        memcpy(writer->at, text, length);
        writer->at += length;
}

static void write_piece(struct writer *writer, const struct script_value *value)
{
        *writer->at++ = 0;
        writer->pieces[writer->num_pieces++] = (struct script_piece){ writer->begin, value };
        writer->begin = writer->at;
}

/* A word, cut at the numbers in it that depend on the round: those from *next on that lie within it. */
static void write_word(struct reader *reader, struct writer *writer, const struct word *word, uint32_t *next)
{
        const char *at = word->text;

        for (; *next < reader->num_varying && reader->varying[*next].text < word->text + word->length; ++*next) {
                const struct varying *varying = &reader->varying[*next];

                write_text(writer, at, (size_t)(varying->text - at));
                write_piece(writer, &varying->value);
                at = varying->text + varying->length;
        }
        write_text(writer, at, (size_t)(word->text + word->length - at));
}

/* Values are read in the order of the line, so that `varying` is in that order too. */
void write_pieces(struct reader *reader, struct script_statement *statement, uint32_t num_words)
{
        struct writer writer = { .pieces = ARENA_ARRAY(reader->arena, struct script_piece, reader->num_varying + 1) };
        uint32_t next = 0;
        size_t size = reader->num_varying + 1;

        for (uint32_t i = 0; i < num_words; i++) {
                size += reader->words[i].length + 1;
        }
        writer.begin = writer.at = arena_take(reader->arena, size);
        for (uint32_t i = 0; i < num_words; i++) {
                if (i != 0) {
                        *writer.at++ = ' ';
                }
                write_word(reader, &writer, &reader->words[i], &next);
        }
        write_piece(&writer, NULL);
        statement->pieces = writer.pieces;
        statement->num_pieces = writer.num_pieces;
}
