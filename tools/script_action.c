/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_action.c - what a PE of the host and a vCPU do.
 */
#include "script_reader.h"
#include <rmmsim/sysreg.h>
#include <string.h>

const struct verb_row *find_verb(const struct verb_row *rows, const struct word *word)
{
        while (rows->name != NULL && !word_is(word, rows->name)) {
                rows++;
        }
        return rows->name == NULL ? NULL : rows;
}

bool read_values(struct reader *reader, struct script_statement *statement, uint32_t count, uint32_t more,
                 const char *const *needs)
{
        struct script_value *values = ARENA_ARRAY(reader->arena, struct script_value, count + more);

        statement->values = values;
        while (statement->num_values < count + more) {
                const struct word *word = peek_word(reader);

                if (word == NULL) {
                        return statement->num_values >= count || complain_missing(reader, needs[statement->num_values]);
                }
                if (!read_value(reader, &values[statement->num_values], word)) {
                        return false;
                }
                statement->num_values++;
                reader->next++;
        }
        return true;
}

/* ---- commands ----------------------------------------------------------------------------------------------------------- */

static const char *name_of_input(const void *context, uint32_t index)
{
        const struct rmmsim_spec_command *command = context;

        return index < command->num_inputs ? command->inputs[index].name : NULL;
}

static bool complain_argument(struct reader *reader, const struct word *name, const struct rmmsim_spec_command *command)
{
        if (command->num_inputs == 0) {
                return complain(reader, name->at, "%s takes no arguments", command->name);
        }
        return complain_unknown(reader, name, "argument", command->name, name_of_input, command);
}

static bool read_argument(struct reader *reader, struct script_statement *statement, struct script_field *field,
                          const struct word *word)
{
        const struct rmmsim_spec_command *command = statement->command;
        struct word value;

        if (!cut_field(reader, field, &value, word)) {
                return false;
        }
        for (uint32_t i = 0; i < command->num_inputs; i++) {
                if (strcmp(command->inputs[i].name, field->name) == 0) {
                        field->where = (struct rmmsim_spec_field){ .name = command->inputs[i].name,
                                                                   .offset = command->inputs[i].argument_register,
                                                                   .size = 8,
                                                                   .count = 1 };
                }
        }
        for (uint32_t i = 0; i < statement->num_fields; i++) {
                if (field->where.name != NULL && statement->fields[i].where.offset == field->where.offset) {
                        return complain(reader, word->at, "%s is there twice", field->name);
                }
        }
        if (field->where.name == NULL) {
                struct word name = { word->at, word->text, strlen(field->name) };

                return complain_argument(reader, &name, command);
        }
        return read_field_value(reader, field, &value);
}

/* The names that an actor may use: commands of its interfaces, and its other verbs. */
struct names_of_actor {
        const struct verb_row *verbs;
        bool is_host;
};

static const char *name_for_actor(const void *context, uint32_t index)
{
        const struct names_of_actor *names = context;
        const struct rmmsim_spec_command *command;
        uint32_t verb = 0;

        for (uint32_t i = 0; (command = rmmsim_spec_command(i)) != NULL; i++) {
                if ((command->interface_number == RMMSIM_INTERFACE_RMI) == names->is_host && index-- == 0) {
                        return command->name;
                }
        }
        while (names->verbs[verb].name != NULL && index-- != 0) {
                verb++;
        }
        return names->verbs[verb].name;
}

bool read_command(struct reader *reader, struct script_statement *statement, const struct word *name)
{
        bool is_host = statement->actor == SCRIPT_PE;
        struct names_of_actor names = { is_host ? script_pe_verbs : script_vcpu_verbs, is_host };
        const struct rmmsim_spec_command *command = rmmsim_spec_command_by_name(word_text(reader, name));
        struct script_field *fields = ARENA_ARRAY(reader->arena, struct script_field, reader->end - reader->next + 1);
        const struct word *word;

        if (command == NULL || !word_is(name, command->name)) {
                return complain_unknown(reader, name, is_host ? "command" : "instruction or command", NULL,
                                        name_for_actor, &names);
        }
        if ((command->interface_number == RMMSIM_INTERFACE_RMI) != is_host) {
                return complain(reader, name->at, "%s is no command of %s: an SMC by its registers is 'smc 0x%x ...'",
                                command->name, is_host ? "the host" : "a vCPU", command->fid);
        }
        statement->verb = SCRIPT_COMMAND;
        statement->command = command;
        statement->fields = fields;
        while ((word = peek_word(reader)) != NULL) {
                if (!read_argument(reader, statement, &fields[statement->num_fields], word)) {
                        return false;
                }
                statement->num_fields++;
                reader->next++;
        }
        return true;
}

static bool read_smc(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "x0" };

        return read_values(reader, statement, 1, 17, needs);
}

/* ---- a PE --------------------------------------------------------------------------------------------------------------- */

static const char *name_of_exit(const void *context, uint32_t index)
{
        const struct rmmsim_spec_value *reason = rmmsim_spec_exit(index);

        (void)context;
        return reason == NULL ? NULL : reason->name;
}

static bool read_exits(struct reader *reader, struct script_statement *statement)
{
        const struct word *word = peek_word(reader);

        statement->structure = rmmsim_spec_structure_by_name("rec_exit");
        if (word != NULL && memchr(word->text, '=', word->length) == NULL) {
                const struct rmmsim_spec_value *reason = rmmsim_spec_exit_by_name(word_text(reader, word));

                if (reason == NULL) {
                        return complain_unknown(reader, word, "exit reason", NULL, name_of_exit, NULL);
                }
                statement->name = reason->name;
                statement->name_value = reason->value;
                reader->next++;
        }
        return read_fields(reader, statement, statement->structure);
}

const struct verb_row script_pe_verbs[] = {
        { "smc", SCRIPT_SMC, SCRIPT_PE, read_smc },
        { "exits", SCRIPT_EXITS, SCRIPT_PE, read_exits },
        { NULL, SCRIPT_NUM_VERBS, SCRIPT_PE, NULL },
};

/* ---- a vCPU ------------------------------------------------------------------------------------------------------------- */

/* "x0" to "x31", or "xzr": -1 if it is none. */
static int register_number(const struct word *word)
{
        int number = 0;

        if (word_is(word, "xzr")) {
                return 31;
        }
        if (word->length < 2 || word->length > 3 || word->text[0] != 'x') {
                return -1;
        }
        for (size_t i = 1; i < word->length; i++) {
                if (word->text[i] < '0' || word->text[i] > '9') {
                        return -1;
                }
                number = number * 10 + (word->text[i] - '0');
        }
        return number <= 31 ? number : -1;
}

/* The register of an instruction, if one is named. */
static void read_rt(struct reader *reader, struct script_statement *statement)
{
        const struct word *word = peek_word(reader);
        int number = word == NULL ? -1 : register_number(word);

        if (number >= 0) {
                statement->rt = (uint32_t)number;
                reader->next++;
        }
}

static bool read_nothing(struct reader *reader, struct script_statement *statement)
{
        (void)reader;
        (void)statement;
        return true;
}

static bool read_timeout(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "a value of the counter" };

        return read_values(reader, statement, 1, 0, needs);
}

static bool read_ipa(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "an IPA" };

        return read_values(reader, statement, 1, 0, needs);
}

static const char *name_of_sysreg(const void *context, uint32_t index)
{
        const struct rmmsim_spec_sysreg *sysreg = rmmsim_spec_sysreg(index);

        (void)context;
        return sysreg == NULL ? NULL : sysreg->name;
}

static bool read_sysreg(struct reader *reader, struct script_statement *statement)
{
        const struct rmmsim_spec_sysreg *sysreg;
        const struct word *word;
        uint64_t number;

        read_rt(reader, statement);
        word = take_word(reader, "a system register");
        if (word == NULL) {
                return false;
        }
        sysreg = rmmsim_spec_sysreg_by_name(word_text(reader, word));
        if (sysreg != NULL) {
                statement->sysreg = sysreg->encoding;
                return true;
        }
        if (is_name(word->text, word->length)) {
                return complain_unknown(reader, word, "system register", NULL, name_of_sysreg, NULL);
        }
        if (!read_number(reader, &number, word)) {
                return false;
        }
        if ((number & ~(uint64_t)RMMSIM_SYSREG_MASK) != 0) {
                return complain(reader, word->at,
                                "a system register by its number has bits within 0x%x only (RMMSIM_SYSREG())",
                                RMMSIM_SYSREG_MASK);
        }
        statement->sysreg = (uint32_t)number;
        return true;
}

static bool read_msr(struct reader *reader, struct script_statement *statement)
{
        return read_sysreg(reader, statement) && read_values(reader, statement, 0, 1, NULL);
}

static bool check_access_size(struct reader *reader, const struct script_value *size)
{
        if (size->tree == NULL && size->number != 1 && size->number != 2 && size->number != 4 && size->number != 8) {
                return complain(reader, size->at, "an access has 1, 2, 4 or 8 bytes, not %s", size->text);
        }
        return true;
}

static bool read_access(struct reader *reader, struct script_statement *statement, uint32_t more)
{
        static const char *const needs[] = { "an IPA", "a size" };
        static const struct {
                const char *name;
                uint32_t flag;
        } options[] = { { "signed", SCRIPT_SIGNED }, { "w", SCRIPT_W }, { "noisv", SCRIPT_NOISV } };
        const struct word *word;
        uint32_t given = reader->end;

        read_rt(reader, statement);
        while (given > reader->next && (word = &reader->words[given - 1]) != NULL) {
                uint32_t flag = 0;

                for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
                        flag |= word_is(word, options[i].name) ? options[i].flag : 0;
                }
                if (flag == 0) {
                        break;
                }
                statement->flags |= flag;
                given--;
        }
        reader->end = given;
        return read_values(reader, statement, 2, more, needs) && check_access_size(reader, &statement->values[1]);
}

static bool read_load(struct reader *reader, struct script_statement *statement)
{
        return read_access(reader, statement, 0);
}

static bool read_store(struct reader *reader, struct script_statement *statement)
{
        return read_access(reader, statement, 1);
}

static bool check_one_page(struct reader *reader, const struct script_statement *statement, uint64_t bytes)
{
        const struct script_value *ipa = &statement->values[0];

        if (ipa->tree == NULL && ipa->number % RMMSIM_GRANULE_SIZE + bytes > RMMSIM_GRANULE_SIZE) {
                return complain(reader, ipa->at, "%llu bytes at %s are not within one page", (unsigned long long)bytes,
                                ipa->text);
        }
        return true;
}

static bool read_read(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "an IPA", "a number of bytes" };
        const struct script_value *bytes;

        if (!read_values(reader, statement, 2, 0, needs)) {
                return false;
        }
        bytes = &statement->values[1];
        if (bytes->tree == NULL && bytes->number > SCRIPT_BYTES_MAX) {
                return complain(reader, bytes->at, "a copy has at most 4096 bytes, not %s", bytes->text);
        }
        return bytes->tree != NULL || check_one_page(reader, statement, bytes->number);
}

static bool read_write(struct reader *reader, struct script_statement *statement)
{
        const struct word *word;

        if (!read_ipa(reader, statement)) {
                return false;
        }
        if (peek_word(reader) == NULL) {
                return true;
        }
        word = take_word(reader, "what to write, two digits a byte,");
        return read_bytes(reader, &statement->bytes, &statement->num_bytes, word, SCRIPT_BYTES_MAX) &&
               check_one_page(reader, statement, statement->num_bytes);
}

static bool read_set(struct reader *reader, struct script_statement *statement)
{
        uint32_t most = (reader->end - reader->next) / 2 + 1;
        uint32_t *registers = ARENA_ARRAY(reader->arena, uint32_t, most);
        struct script_value *values = ARENA_ARRAY(reader->arena, struct script_value, most);

        statement->registers = registers;
        statement->values = values;
        do {
                const struct word *word = take_word(reader, "a register");
                int number = word == NULL ? -1 : register_number(word);

                if (word == NULL) {
                        return false;
                }
                if (number < 0 || number > 30) {
                        return complain(reader, word->at, "a register is x0 to x30, not '%.*s'", (int)word->length,
                                        word->text);
                }
                registers[statement->num_values] = (uint32_t)number;
                word = take_word(reader, "a value");
                if (word == NULL || !read_value(reader, &values[statement->num_values], word)) {
                        return false;
                }
                statement->num_values++;
        } while (peek_word(reader) != NULL);
        return true;
}

const struct verb_row script_vcpu_verbs[] = {
        { "smc", SCRIPT_SMC, SCRIPT_VCPU, read_smc },
        { "hvc", SCRIPT_HVC, SCRIPT_VCPU, read_nothing },
        { "undefined", SCRIPT_UNDEFINED, SCRIPT_VCPU, read_nothing },
        { "nop", SCRIPT_NOP, SCRIPT_VCPU, read_nothing },
        { "wfi", SCRIPT_WFI, SCRIPT_VCPU, read_nothing },
        { "wfe", SCRIPT_WFE, SCRIPT_VCPU, read_nothing },
        { "wfit", SCRIPT_WFIT, SCRIPT_VCPU, read_timeout },
        { "wfet", SCRIPT_WFET, SCRIPT_VCPU, read_timeout },
        { "mrs", SCRIPT_MRS, SCRIPT_VCPU, read_sysreg },
        { "msr", SCRIPT_MSR, SCRIPT_VCPU, read_msr },
        { "load", SCRIPT_LOAD, SCRIPT_VCPU, read_load },
        { "store", SCRIPT_STORE, SCRIPT_VCPU, read_store },
        { "read", SCRIPT_READ, SCRIPT_VCPU, read_read },
        { "write", SCRIPT_WRITE, SCRIPT_VCPU, read_write },
        { "fetch", SCRIPT_FETCH, SCRIPT_VCPU, read_ipa },
        { "set", SCRIPT_SET, SCRIPT_VCPU, read_set },
        { "again", SCRIPT_AGAIN, SCRIPT_VCPU, read_nothing },
        { NULL, SCRIPT_NUM_VERBS, SCRIPT_VCPU, NULL },
};
