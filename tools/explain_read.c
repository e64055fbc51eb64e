/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain_read.c - from a piece of a log to registers.
 *
 * A dump is words: numbers and names, each of which is the next register, and labels ("x1=", "x1:", "rd="), which say which
 * register comes next. An arrow stands between what was passed and what was returned. A line of a script or trace
 * (docs/scripts.md) says first who acts, "pe0:", and behind the name of a status its index and the condition.
 */
#include "explain.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
        WORD_SIZE = 64
};

struct reader {
        struct dump *dump;
        const struct rmmsim_spec_command *command; /* NULL: not known yet, or unknown */
        unsigned next;                             /* register that the next word is */
        bool beside;                               /* ... but it is of another register, which no call passes */
        char label[WORD_SIZE];                     /* that waits for its value, or empty */
        bool is_line;                              /* of a script or trace */
        bool is_named;                             /* the status that came back, by its name, and is a failure */
        bool hex;
};

static bool not_understood(struct reader *reader, const char *why, const char *word)
{
        snprintf(reader->dump->error, sizeof(reader->dump->error), "%s '%s'", why, word);
        return false;
}

/* ---- numbers -------------------------------------------------------------------------------------------------------- */

static bool only(const char *text, const char *characters)
{
        return *text != '\0' && text[strspn(text, characters)] == '\0';
}

bool number_read(uint64_t *number, const char *text, bool hex)
{
        static const char decimal_digits[] = "0123456789";
        static const char hex_digits[] = "0123456789abcdefABCDEF";
        bool negative = text[0] == '-';

        text += negative;
        if (strncasecmp(text, "0x", 2) == 0) {
                hex = true;
                text += 2;
        }
        if (!only(text, hex_digits)) {
                return false;
        }
        /* Written out to a fixed width, or with a letter: nobody writes decimal numbers like that. */
        hex = hex || !only(text, decimal_digits) || (text[0] == '0' && text[1] != '\0');
        errno = 0;
        *number = strtoull(text, NULL, hex ? 16 : 10);
        *number = negative ? 0 - *number : *number;
        return errno == 0;
}

/* A function identifier has bit 31 set: eight digits are never a decimal one. */
static bool fid_read(uint64_t *fid, const char *text, bool hex)
{
        return number_read(fid, text, hex || strlen(text) == 8);
}

/* ---- names ---------------------------------------------------------------------------------------------------------- */

static const struct rmmsim_spec_command *command_called(const char *name)
{
        const struct rmmsim_spec_command *command;

        for (unsigned i = 0; (command = rmmsim_spec_command(i)) != NULL; i++) {
                if (strcasecmp(command->id, name) == 0) {
                        return command;
                }
        }
        return NULL;
}

static bool serves_smc32(const struct rmmsim_spec_command *command)
{
        const struct rmmsim_spec_variation *variation;

        for (unsigned i = 0; (variation = rmmsim_spec_variation(i)) != NULL; i++) {
                if (variation->condition == NULL && variation->quirk->value == RMMSIM_QUIRK_psci_smc32 &&
                    strcmp(variation->command, command->id) == 0) {
                        return true;
                }
        }
        return false;
}

const struct rmmsim_spec_command *command_selected(uint64_t x0)
{
        const struct rmmsim_spec_command *command = rmmsim_spec_command_by_fid((uint32_t)x0);
        const struct rmmsim_spec_command *twin = rmmsim_spec_command_by_fid((uint32_t)x0 | UINT32_C(0x40000000));

        return command != NULL ? command : twin != NULL && serves_smc32(twin) ? twin : NULL;
}

static bool status_read(uint64_t *x0, const struct reader *reader, const char *name)
{
        const struct rmmsim_spec_value *status;

        if (strcasecmp(name, "NOT_SUPPORTED") == 0) {
                *x0 = RMMSIM_NOT_SUPPORTED;
                return true;
        }
        for (unsigned i = 0; reader->command != NULL; i++) {
                status = rmmsim_spec_status(reader->command->interface_number, i);
                if (status == NULL) {
                        return false;
                }
                if (strcasecmp(status->name, name) == 0) {
                        *x0 = (uint64_t)status->value;
                        return true;
                }
        }
        return false;
}

static unsigned argument_called(const struct rmmsim_spec_argument *arguments, uint32_t count, const char *name)
{
        for (unsigned i = 0; i < count; i++) {
                if (strcasecmp(arguments[i].name, name) == 0) {
                        return arguments[i].argument_register;
                }
        }
        return NUM_REGISTERS;
}

/* ---- labels and words ----------------------------------------------------------------------------------------------- */

/* "x12", "w12" or "X12". */
static bool register_called(unsigned *n, const char *name)
{
        if (strchr("xXwW", name[0]) == NULL || !only(name + 1, "0123456789") || strlen(name) > 3) {
                return false;
        }
        *n = (unsigned)atoi(name + 1);
        return true;
}

/* Other registers of a dump, and who called: not a part of the call. */
static bool is_beside(const struct reader *reader, const char *name)
{
        static const char *const others[] = { "pc", "lr", "sp", "pstate" };

        for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
                if (strcasecmp(others[i], name) == 0) {
                        return true;
                }
        }
        return strcmp(name, "rec") == 0 && reader->command == NULL;
}

static bool take_label(struct reader *reader, const char *name)
{
        const struct rmmsim_spec_command *command = reader->command;
        unsigned n = NUM_REGISTERS;

        if (register_called(&n, name)) {
                reader->beside = n >= NUM_REGISTERS;
        } else {
                if (command != NULL) {
                        n = reader->dump->has_arrow ? argument_called(command->outputs, command->num_outputs, name)
                                                    : argument_called(command->inputs, command->num_inputs, name);
                }
                reader->beside = n == NUM_REGISTERS && is_beside(reader, name);
                if (n == NUM_REGISTERS && !reader->beside) {
                        return not_understood(reader, "no register", name);
                }
        }
        reader->next = reader->beside ? reader->next : n;
        snprintf(reader->label, sizeof(reader->label), "%s", name);
        return true;
}

/* x0 of the call: an identifier or a name. */
static bool take_function(struct reader *reader, const char *word)
{
        struct registers *in = &reader->dump->in;
        const struct rmmsim_spec_command *named = command_called(word);

        if (named != NULL) {
                in->x[0] = named->fid;
        } else if (!fid_read(&in->x[0], word, reader->hex)) {
                return not_understood(reader, "neither a function identifier nor the name of a command:", word);
        }
        reader->command = command_selected(in->x[0]);
        return true;
}

static bool take_word(struct reader *reader, const char *word)
{
        struct registers *registers = reader->dump->has_arrow ? &reader->dump->out : &reader->dump->in;
        unsigned n = reader->next;
        uint64_t value;

        reader->label[0] = '\0';
        if (reader->beside) {
                reader->beside = false;
                return number_read(&value, word, reader->hex) || not_understood(reader, "not a number:", word);
        }
        if (n == NUM_REGISTERS) {
                return not_understood(reader, "more than x0 to x17:", word);
        }
        if (n == 0 && !reader->dump->has_arrow) {
                if (!take_function(reader, word)) {
                        return false;
                }
        } else if (!number_read(&registers->x[n], word, reader->hex)) {
                if (n != 0 || !status_read(&registers->x[n], reader, word)) {
                        return not_understood(reader,
                                              n == 0 ? "neither a number nor a status:" : "not a number:", word);
                }
                reader->is_named = registers->x[n] != 0;
        }
        registers->known |= 1u << n;
        reader->next = n + 1;
        return true;
}

/* Behind a status its index, "(2)"; at the end of a line of a trace the condition, "(rd_state)". */
static bool take_parenthesis(struct reader *reader, const char *word)
{
        struct dump *dump = reader->dump;
        uint64_t index;

        if (!dump->has_arrow || !is_known(&dump->out, 0)) {
                return not_understood(reader, "unexpected", word);
        }
        if (number_read(&index, word, false)) {
                dump->out.x[0] |= (index & 0xff) << 8;
        } else {
                snprintf(dump->condition, sizeof(dump->condition), "%s", word);
        }
        return true;
}

/* ---- the text ------------------------------------------------------------------------------------------------------- */

/* "pe0:", "vcpu0:", "0x80010000:": the begin of a line of a script or trace. */
static bool is_actor(const struct reader *reader, const char *word)
{
        unsigned n;

        return reader->dump->in.known == 0 && !reader->dump->has_arrow && reader->label[0] == '\0' &&
               !reader->is_line && !register_called(&n, word) && !is_beside(reader, word);
}

/* What is no register in such a line: an SMC by its registers, a REC that has been entered, an answer that comes later. */
static bool is_verb(const struct reader *reader, const char *word)
{
        const struct dump *dump = reader->dump;

        return reader->is_line && reader->label[0] == '\0' &&
               (dump->has_arrow ? dump->out.known == 0 && (strcmp(word, "entered") == 0 || strcmp(word, "exits") == 0)
                                : dump->in.known == 0 && strcmp(word, "smc") == 0);
}

/* "pe0": who called, in a line of rmmsim_event_format(). "unknown": there the identifier follows. */
static bool is_before_function(const struct reader *reader, const char *word)
{
        return reader->dump->in.known == 0 &&
               ((strncmp(word, "pe", 2) == 0 && only(word + 2, "0123456789")) || strcmp(word, "unknown") == 0);
}

static bool is_arrow(const char *text)
{
        return strncmp(text, "->", 2) == 0 || strncmp(text, "=>", 2) == 0;
}

/* Copies the word at *text and moves *text behind it; false if it is too long for one. */
static bool next_word(char word[WORD_SIZE], const char **text)
{
        size_t length = strcspn(*text, " \t\r\n,;=:()");

        snprintf(word, WORD_SIZE, "%.*s", (int)length, *text);
        *text += length;
        return length < WORD_SIZE;
}

static bool has_no_label(struct reader *reader)
{
        return reader->label[0] == '\0' || not_understood(reader, "no value behind", reader->label);
}

static bool take(struct reader *reader, const char **text)
{
        bool parenthesis = **text == '(';
        char word[WORD_SIZE];
        const char *rest;

        *text += parenthesis;
        if (!next_word(word, text) || word[0] == '\0') {
                return not_understood(reader, "not understood:", word[0] != '\0' ? word : *text);
        }
        if (parenthesis) {
                *text += **text == ')';
                return take_parenthesis(reader, word);
        }
        rest = *text + strspn(*text, " \t");
        if (**text == ':' && is_actor(reader, word)) {
                *text += 1;
                return reader->is_line = true;
        }
        if ((*rest == '=' && !is_arrow(rest)) || *rest == ':') {
                *text = rest + 1;
                return has_no_label(reader) && take_label(reader, word);
        }
        if (reader->is_line && reader->is_named && reader->label[0] == '\0') {
                return take_parenthesis(reader, word);
        }
        return is_before_function(reader, word) || is_verb(reader, word) || take_word(reader, word);
}

bool dump_read(struct dump *dump, const char *text, bool hex)
{
        struct reader reader = { .dump = dump, .hex = hex };

        memset(dump, 0, sizeof(*dump));
        for (;;) {
                text += strspn(text, " \t\r\n,;");
                if (*text == '\0') {
                        break;
                }
                if (is_arrow(text)) {
                        if (!has_no_label(&reader)) {
                                return false;
                        }
                        if (dump->has_arrow) {
                                return not_understood(&reader, "a second", "->");
                        }
                        dump->has_arrow = true;
                        reader.next = 0;
                        text += 2;
                } else if (!take(&reader, &text)) {
                        return false;
                }
        }
        if (!has_no_label(&reader)) {
                return false;
        }
        dump->has_arrow = dump->has_arrow && (!reader.is_line || dump->out.known != 0);
        if (!is_known(&dump->in, 0)) {
                snprintf(dump->error, sizeof(dump->error), "no function identifier is given");
                return false;
        }
        return true;
}
