/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_reader.h - what the files that read scripts share: the line under way, its words, and how to complain.
 *
 * A function that reads returns false after it has complained; the rest of its line is then left aside and reading goes on with
 * the next, so that one run names as many mistakes as it can.
 */
#ifndef SCRIPT_READER_H
#define SCRIPT_READER_H

#include "script.h"
#include "script_arena.h"

enum {
        SCRIPT_LINE_MAX = 65536,     /* bytes of a line                             */
        SCRIPT_DEPTH_MAX = 64,       /* parentheses within parentheses              */
        SCRIPT_PARTS_MAX = 256,      /* operators of an expression that varies      */
        SCRIPT_COMPLAINTS_MAX = 20,  /* more are counted, not printed               */
        SCRIPT_ROUNDS_MAX = 1 << 20, /* of a `for`                                  */
        SCRIPT_BYTES_MAX = 4096      /* of a `read` or `write`: a page              */
};

/* A part of the line. */
struct word {
        struct script_place at;
        const char *text; /* not terminated */
        size_t length;
};

/* A number that depends on the name of the `for`, and where in the line it stands. */
struct varying {
        const char *text;
        size_t length;
        struct script_value value;
};

struct let {
        const char *name;
        uint64_t number;
        struct script_place at;
};

struct reader {
        struct arena *arena;
        const char *path;
        FILE *complaints;
        unsigned num_complaints;
        bool is_trace;

        /* The line. */
        struct word *words;
        size_t words_room;
        uint32_t num_words;
        uint32_t next; /* word to be read                        */
        uint32_t end;  /* of the words of this part of the line  */
        struct script_loop loop;
        struct varying *varying;
        uint32_t num_varying;

        /* The script up to here. */
        struct table lets; /* struct let, by name */
        struct let *list_of_lets;
        uint32_t num_lets;
        struct table instructions; /* the last one of each REC */
        struct table kept;         /* as they were at the snapshot */
        bool acting;               /* there was an action      */
        unsigned num_pes;
        unsigned num_regions;
        uint32_t settings_given; /* bits by verb */
        bool used;
        struct script_statement **statements;
        uint32_t num_statements;
        uint32_t edges_room; /* of the last statement */
};

/* Always false. */
__attribute__((format(printf, 3, 4))) bool complain(struct reader *reader, struct script_place at, const char *format,
                                                    ...);

/* As above, with the nearest of a list of names behind the sentence, if one is near. */
bool complain_unknown(struct reader *reader, const struct word *word, const char *what, const char *of,
                      script_name_fn *name, const void *context);

/* ---- words -------------------------------------------------------------------------------------------------------------- */

/* Cut a line into the reader's words. */
bool split_line(struct reader *reader, const char *line, size_t length, uint32_t number);

bool word_is(const struct word *word, const char *text);

/* pe0, pe1, ... */
bool word_is_pe(const struct word *word);
char *word_text(struct reader *reader, const struct word *word);
static inline struct script_place place_in(const struct word *word, const char *at)
{
        return (struct script_place){ word->at.line, word->at.column + (uint32_t)(at - word->text) };
}

/* Is it a name: a letter or _, then letters, digits and _? */
bool is_name(const char *text, size_t length);

/* The next word, or NULL at the end. */
const struct word *peek_word(const struct reader *reader);

/* The next word; complains that `what` is missing ("a size") if there is none. */
const struct word *take_word(struct reader *reader, const char *what);
/* Behind the last word read, of which there has to be one. */
bool complain_missing(struct reader *reader, const char *what);

/* Cut a word at the first `mark`, which goes: false, without a complaint, if there is none. */
bool cut_word(const struct word *word, char mark, struct word *before, struct word *behind);

/* ---- numbers and bytes -------------------------------------------------------------------------------------------------- */

/* What a word was given to stand for; NULL: nothing. */
const struct let *find_let(const struct reader *reader, const struct word *name);

bool read_value(struct reader *reader, struct script_value *value, const struct word *word);

/* The same, where the number may not depend on the `for`. */
bool read_number(struct reader *reader, uint64_t *number, const struct word *word);

/* Two digits a byte. */
bool read_bytes(struct reader *reader, const uint8_t **bytes, uint32_t *num_bytes, const struct word *word,
                uint32_t most);

/* ---- NAME=VALUE --------------------------------------------------------------------------------------------------------- */

/* All words that follow and are NAME=VALUE, by a structure of the rows; `words` ends them. */
bool read_fields(struct reader *reader, struct script_statement *statement,
                 const struct rmmsim_spec_structure *structure);

/* Cut NAME=VALUE, and allot the names of the fields from `fields`. */
bool cut_field(struct reader *reader, struct script_field *field, struct word *value, const struct word *word);
bool read_field_value(struct reader *reader, struct script_field *field, const struct word *value);

/* ---- statements --------------------------------------------------------------------------------------------------------- */

typedef bool read_fn(struct reader *reader, struct script_statement *statement);
struct verb_row {
        const char *name;
        enum script_verb verb;
        enum script_actor actor;
        read_fn *read;
};

/* The rows of each actor end with one without a name. */
extern const struct verb_row script_world_verbs[];
extern const struct verb_row script_pe_verbs[];
extern const struct verb_row script_vcpu_verbs[];
const struct verb_row *find_verb(const struct verb_row *rows, const struct word *word);

bool read_command(struct reader *reader, struct script_statement *statement, const struct word *name);
bool read_page(struct reader *reader, struct script_statement *statement);
bool read_fill(struct reader *reader, struct script_statement *statement);
bool read_feature(struct reader *reader, struct script_statement *statement);
bool read_inject(struct reader *reader, struct script_statement *statement);

/* The first words of the line, as text and numbers that vary. */
void write_pieces(struct reader *reader, struct script_statement *statement, uint32_t num_words);

/* The words after `=>`: the reader's, from `next` to `end`. */
bool read_answer(struct reader *reader, struct script_statement *statement);

/* A line that begins with `|`, after `statement`. */
bool read_edge(struct reader *reader, struct script_statement *statement, struct script_edge *edge);

/* `count` values, and up to `more` that may be missing; `needs` names them for complaints. */
bool read_values(struct reader *reader, struct script_statement *statement, uint32_t count, uint32_t more,
                 const char *const *needs);

#endif
