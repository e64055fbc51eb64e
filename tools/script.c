/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script.c - a script, line by line: the header, who acts, `for`, the answer; which statement edges and answers belong to.
 */
#include "script_reader.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts of a line ---------------------------------------------------------------------------------------------------- */

static uint32_t find_word(const struct reader *reader, const char *text, uint32_t end)
{
        uint32_t i = 0;

        while (i < end && !word_is(&reader->words[i], text)) {
                i++;
        }
        return i;
}

/* FIRST..LAST. */
static bool read_range(struct reader *reader, struct script_loop *loop, const struct word *word)
{
        struct word first = { .length = 0 };
        struct word last = { .length = 0 };
        const char *dots = NULL;

        for (size_t i = 0; dots == NULL && i + 1 < word->length; i++) {
                dots = word->text[i] == '.' && word->text[i + 1] == '.' ? word->text + i : NULL;
        }
        if (dots == NULL) {
                return complain(reader, word->at, "FIRST..LAST, without blanks: for i in 0..7");
        }
        first = (struct word){ word->at, word->text, (size_t)(dots - word->text) };
        last = (struct word){ place_in(word, dots + 2), dots + 2, word->length - first.length - 2 };
        if (!read_number(reader, &loop->first, &first) || !read_number(reader, &loop->last, &last)) {
                return false;
        }
        if (loop->last < loop->first) {
                return complain(reader, last.at, "the last is below the first: %llu, and %llu",
                                (unsigned long long)loop->last, (unsigned long long)loop->first);
        }
        if (loop->last - loop->first >= SCRIPT_ROUNDS_MAX) {
                return complain(reader, last.at, "a `for` has at most %d rounds", SCRIPT_ROUNDS_MAX);
        }
        return true;
}

/* `for NAME in FIRST..LAST` at the end of the action, if it is there: it goes from the words of the action. */
static bool read_loop(struct reader *reader, uint32_t *end)
{
        uint32_t at = find_word(reader, "for", *end);
        const struct word *words = reader->words + at;
        struct script_loop loop = { .at = words->at };

        if (at == *end) {
                return true;
        }
        if (at == 0 || *end - at != 4 || !word_is(&words[2], "in") || !is_name(words[1].text, words[1].length)) {
                return complain(reader, words->at, "an action ends in: for NAME in FIRST..LAST");
        }
        if (find_let(reader, &words[1]) != NULL) {
                return complain(reader, words[1].at, "'%s' has been given in line %u",
                                find_let(reader, &words[1])->name, find_let(reader, &words[1])->at.line);
        }
        if (!read_range(reader, &loop, &words[3])) {
                return false;
        }
        loop.name = word_text(reader, &words[1]);
        reader->loop = loop;
        *end = at;
        return true;
}

/* "pe0:" or "vcpu0:". */
static bool read_actor(struct reader *reader, struct script_statement *statement, const struct word *word)
{
        struct word name = { word->at, word->text, word->length - 1 };
        uint64_t number = 0;

        if (name.length == 0) {
                return complain(reader, word->at, "who acts? pe0: or the address of a REC and :");
        }
        statement->actor_text = word_text(reader, &name);
        if (!word_is_pe(&name)) {
                statement->actor = SCRIPT_VCPU;
                return read_number(reader, &statement->who, &name);
        }
        statement->actor = SCRIPT_PE;
        for (size_t i = 2; i < name.length && number <= 1024; i++) {
                number = number * 10 + (uint64_t)(name.text[i] - '0');
        }
        if (number >= reader->num_pes) {
                return complain(reader, word->at, "there is no %s: this script has %u (pes N)", statement->actor_text,
                                reader->num_pes);
        }
        statement->who = number;
        return true;
}

/* ---- statements --------------------------------------------------------------------------------------------------------- */

static const char *name_of_verb(const void *context, uint32_t index)
{
        const struct verb_row *rows = context;

        return rows[index].name;
}

static bool read_verb(struct reader *reader, struct script_statement *statement)
{
        static const struct verb_row *const rows[] = { script_world_verbs, script_pe_verbs, script_vcpu_verbs };
        const struct word *word = take_word(reader, "what it does");
        const struct verb_row *row;

        if (word == NULL) {
                return false;
        }
        row = find_verb(rows[statement->actor], word);
        if (row != NULL) {
                statement->verb = row->verb;
                return row->read(reader, statement);
        }
        if (statement->actor != SCRIPT_WORLD) {
                return read_command(reader, statement, word);
        }
        if (memchr(word->text, ':', word->length) != NULL) {
                return complain(reader, word->at, "behind 'pe0:' or 'vcpu0:' comes a blank");
        }
        if (word_is_pe(word)) {
                return complain(reader, word->at, "behind '%.*s' a colon is missing", (int)word->length, word->text);
        }
        return complain_unknown(reader, word, "statement", NULL, name_of_verb, script_world_verbs);
}

/* Settings once, but for those that add something, and before all actions. */
static bool check_order(struct reader *reader, const struct script_statement *statement)
{
        enum script_verb verb = statement->verb;
        bool adds = verb == SCRIPT_QUIRK || verb == SCRIPT_FEATURE || verb == SCRIPT_DRAM || verb == SCRIPT_DEVICE;

        if (verb == SCRIPT_LET) {
                return true;
        }
        if (verb > SCRIPT_LAST_SETTING) {
                reader->acting = true;
                return true;
        }
        if (reader->acting) {
                return complain(reader, statement->at, "'%s' is a setting, and settings come before all actions",
                                script_verb_name(verb));
        }
        if (!adds && (reader->settings_given & 1u << verb) != 0) {
                return complain(reader, statement->at, "'%s' is there twice", script_verb_name(verb));
        }
        reader->settings_given |= 1u << verb;
        return true;
}

static bool is_instruction(const struct script_statement *statement)
{
        return statement->actor == SCRIPT_VCPU && statement->verb != SCRIPT_SET && statement->verb != SCRIPT_AGAIN &&
               statement->verb != SCRIPT_ANSWER;
}

/* Of each vCPU the instruction that it was in, at a snapshot. */
static void keep_instructions(struct reader *reader)
{
        for (size_t i = 0; i < reader->instructions.num_buckets; i++) {
                for (const struct table_entry *entry = reader->instructions.buckets[i]; entry != NULL;
                     entry = entry->next) {
                        struct table_entry *kept = table_find(&reader->kept, entry->number);

                        if (kept == NULL) {
                                kept = table_add(&reader->kept, reader->arena, entry->number, NULL);
                        }
                        kept->thing = entry->thing;
                }
        }
}

/* It goes back to that, or to none. */
static void restore_instructions(struct reader *reader)
{
        for (size_t i = 0; i < reader->instructions.num_buckets; i++) {
                for (struct table_entry *entry = reader->instructions.buckets[i]; entry != NULL; entry = entry->next) {
                        const struct table_entry *kept = table_find(&reader->kept, entry->number);

                        entry->thing = kept == NULL ? NULL : kept->thing;
                }
        }
}

static void note_instruction(struct reader *reader, const struct script_statement *statement)
{
        struct table_entry *entry;

        if (statement->verb == SCRIPT_SNAPSHOT) {
                keep_instructions(reader);
        } else if (statement->verb == SCRIPT_RESTORE) {
                restore_instructions(reader);
        }
        if (!is_instruction(statement)) {
                return;
        }
        entry = table_find(&reader->instructions, statement->who);
        if (entry == NULL) {
                (void)table_add(&reader->instructions, reader->arena, statement->who, statement);
        } else {
                entry->thing = statement;
        }
}

static void find_instruction(struct reader *reader, struct script_statement *statement)
{
        const struct table_entry *entry = table_find(&reader->instructions, statement->who);

        statement->instruction = entry == NULL ? NULL : entry->thing;
}

/* The words before `for` and `=>`. */
static bool read_action(struct reader *reader, struct script_statement *statement, uint32_t end)
{
        const struct word *first = &reader->words[0];
        const struct word *word;

        reader->next = 0;
        reader->end = end;
        if (first->text[first->length - 1] == ':') {
                reader->next = 1;
                if (!read_actor(reader, statement, first)) {
                        return false;
                }
        }
        if (statement->actor == SCRIPT_VCPU && end == 1 && end < reader->num_words && reader->loop.name == NULL) {
                statement->verb = SCRIPT_ANSWER;
        } else if (!read_verb(reader, statement)) {
                return false;
        }
        word = peek_word(reader);
        if (word != NULL) {
                return complain(reader, word->at, "'%.*s' has no place here", (int)word->length, word->text);
        }
        return check_order(reader, statement);
}

static bool read_statement(struct reader *reader)
{
        struct script_statement *statement = ARENA_NEW(reader->arena, struct script_statement);
        uint32_t arrow = find_word(reader, "=>", reader->num_words);
        uint32_t end = arrow;

        reader->loop = (struct script_loop){ .name = NULL };
        reader->num_varying = 0;
        statement->at = reader->words[0].at;
        if (end == 0) {
                return complain(reader, statement->at, "an answer, but to what?");
        }
        if (!read_loop(reader, &end)) {
                return false;
        }
        reader->varying = reader->loop.name == NULL
                                  ? NULL
                                  : ARENA_ARRAY(reader->arena, struct varying, 2 * (size_t)reader->num_words);
        statement->loop = reader->loop;
        if (!read_action(reader, statement, end)) {
                return false;
        }
        if (statement->loop.name != NULL && statement->verb <= SCRIPT_LAST_SETTING) {
                return complain(reader, statement->loop.at, "a setting has no `for`");
        }
        if (statement->verb == SCRIPT_ANSWER || statement->verb == SCRIPT_AGAIN) {
                find_instruction(reader, statement);
        }
        write_pieces(reader, statement, end);
        note_instruction(reader, statement);
        if (arrow != reader->num_words) {
                uint32_t first = arrow + 1 < reader->num_words ? arrow + 1 : arrow;
                const struct word *last = &reader->words[reader->num_words - 1];
                const struct word *begin = &reader->words[first];

                statement->answer.text =
                        arena_text(reader->arena, begin->text, (size_t)(last->text + last->length - begin->text));
                reader->next = arrow + 1;
                reader->end = reader->num_words;
                for (uint32_t i = reader->next; i < reader->end; i++) {
                        if (word_is(&reader->words[i], "for")) {
                                return complain(reader, reader->words[i].at, "`for` stands before the answer");
                        }
                }
                if (!read_answer(reader, statement)) {
                        return false;
                }
                if (peek_word(reader) != NULL) {
                        return complain(reader, peek_word(reader)->at, "'%.*s' has no place in this answer",
                                        (int)peek_word(reader)->length, peek_word(reader)->text);
                }
        }
        if ((reader->num_statements & (reader->num_statements - 1)) == 0) {
                size_t room = reader->num_statements == 0 ? 1 : 2 * (size_t)reader->num_statements;
                struct script_statement **list = ARENA_ARRAY(reader->arena, struct script_statement *, room);

                if (reader->num_statements != 0) {
                        memcpy(list, reader->statements, reader->num_statements * sizeof(struct script_statement *));
                }
                reader->statements = list;
        }
        reader->statements[reader->num_statements++] = statement;
        reader->edges_room = 0;
        return true;
}

static bool add_edge(struct reader *reader)
{
        struct script_statement *statement;
        struct script_edge *edges;

        if (reader->num_statements == 0 || !reader->acting) {
                return complain(reader, reader->words[0].at, "an edge of what action?");
        }
        statement = reader->statements[reader->num_statements - 1];
        if (statement->num_edges == reader->edges_room) {
                reader->edges_room = reader->edges_room == 0 ? 4 : 2 * reader->edges_room;
                edges = ARENA_ARRAY(reader->arena, struct script_edge, reader->edges_room);
                if (statement->num_edges != 0) {
                        memcpy(edges, statement->edges, statement->num_edges * sizeof(*edges));
                }
                statement->edges = edges;
        }
        edges = (struct script_edge *)(uintptr_t)statement->edges;
        reader->loop = (struct script_loop){ .name = NULL };
        if (!read_edge(reader, statement, &edges[statement->num_edges])) {
                return false;
        }
        if (peek_word(reader) != NULL) {
                return complain(reader, peek_word(reader)->at, "'%.*s' has no place behind an edge",
                                (int)peek_word(reader)->length, peek_word(reader)->text);
        }
        statement->num_edges++;
        return true;
}

/* ---- a script ----------------------------------------------------------------------------------------------------------- */

static bool read_header(struct reader *reader)
{
        struct script_place begin = { 1, 1 };
        const struct word *words = reader->words;
        bool script = reader->num_words > 0 && word_is(&words[0], "rmmsim-script");
        bool trace = reader->num_words > 0 && word_is(&words[0], "rmmsim-trace");

        if (!script && !trace) {
                return complain(reader, begin, "the first line is 'rmmsim-script 1' or 'rmmsim-trace 1'");
        }
        reader->is_trace = trace;
        if (reader->num_words != 2 || !word_is(&words[1], "1")) {
                return complain(reader, reader->num_words < 2 ? begin : words[1].at,
                                "this program reads version 1 of the format: %s 1",
                                trace ? "rmmsim-trace" : "rmmsim-script");
        }
        return true;
}

/* Returns false where it makes no sense to read on. */
static bool read_line(struct reader *reader, const char *line, size_t length, uint32_t number)
{
        if (!split_line(reader, line, length, number)) {
                return number != 1;
        }
        if (number == 1) {
                return read_header(reader);
        }
        if (reader->num_words != 0) {
                if (word_is(&reader->words[0], "|")) {
                        (void)add_edge(reader);
                } else {
                        (void)read_statement(reader);
                }
        }
        return true;
}

static void read_lines(struct reader *reader, const char *text, size_t size)
{
        const char *end = text + size;
        uint32_t number = 1;

        do {
                const char *newline = memchr(text, '\n', (size_t)(end - text));
                size_t length = (size_t)((newline == NULL ? end : newline) - text);

                if (!read_line(reader, text, length, number) || newline == NULL) {
                        return;
                }
                text = newline + 1;
                number++;
        } while (text < end);
}

struct script *script_parse(const char *path, const char *text, size_t size, FILE *complaints)
{
        struct reader reader = { .arena = arena_create(), .path = path, .complaints = complaints, .num_pes = 1 };
        struct script *script;

        if (size > UINT32_MAX / 4) {
                (void)complain(&reader, (struct script_place){ 1, 1 }, "a script has at most 1 GiB");
        } else {
                read_lines(&reader, text, size);
        }
        if (reader.num_complaints > SCRIPT_COMPLAINTS_MAX && complaints != NULL) {
                fprintf(complaints, "%s: and %u more\n", path, reader.num_complaints - SCRIPT_COMPLAINTS_MAX);
        }
        if (reader.num_complaints != 0) {
                arena_destroy(reader.arena);
                return NULL;
        }
        script = ARENA_NEW(reader.arena, struct script);
        *script = (struct script){ .path = arena_text(reader.arena, path, strlen(path)),
                                   .is_trace = reader.is_trace,
                                   .num_statements = reader.num_statements,
                                   .statements = (const struct script_statement *const *)reader.statements,
                                   .num_pes = reader.num_pes,
                                   .used = reader.used,
                                   .arena = reader.arena };
        return script;
}

/* All of a file, which may be a pipe. */
static char *read_whole(FILE *file, size_t *size)
{
        size_t room = 1 << 16;
        char *text = malloc(room);

        *size = 0;
        while (text != NULL) {
                size_t got = fread(text + *size, 1, room - *size, file);
                char *more;

                *size += got;
                if (got == 0 || *size > UINT32_MAX / 4) {
                        break;
                }
                if (*size == room) {
                        room *= 2;
                        more = realloc(text, room);
                        if (more == NULL) {
                                free(text);
                        }
                        text = more;
                }
        }
        return text;
}

struct script *script_read(const char *path, FILE *complaints)
{
        bool is_stdin = strcmp(path, "-") == 0;
        struct script *script = NULL;
        char *text = NULL;
        size_t size;
        FILE *file;

        errno = 0;
        file = is_stdin ? stdin : fopen(path, "rb");
        if (file != NULL) {
                text = read_whole(file, &size);
        }
        if (file == NULL || text == NULL || ferror(file)) {
                fprintf(complaints, "%s: cannot be read: %s\n", path, strerror(errno != 0 ? errno : ENOENT));
        } else {
                script = script_parse(path, text, size, complaints);
        }
        if (file != NULL && !is_stdin) {
                fclose(file);
        }
        free(text);
        return script;
}

void script_free(struct script *script)
{
        if (script != NULL) {
                arena_destroy(script->arena);
        }
}
