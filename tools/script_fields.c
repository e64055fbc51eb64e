/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_fields.c - NAME=VALUE: pages of the host, features of the platform, faults.
 */
#include "script_reader.h"
#include <rmmsim/inject.h>
#include <string.h>

/* ---- one field ---------------------------------------------------------------------------------------------------------- */

bool cut_field(struct reader *reader, struct script_field *field, struct word *value, const struct word *word)
{
        struct word name;

        if (!cut_word(word, '=', &name, value)) {
                return complain(reader, word->at, "'%.*s' has no place here: NAME=VALUE", (int)word->length,
                                word->text);
        }
        if (name.length == 0 || value->length == 0) {
                return complain(reader, word->at, "a name, = and a value, without blanks");
        }
        field->at = word->at;
        field->name = word_text(reader, &name);
        return true;
}

static const char flag[] = "flag"; /* the type of what is 0 or 1 */

/* Does a number fit into an element? Signed ones take both readings of a number. */
static bool fits(const struct rmmsim_spec_field *where, uint64_t number)
{
        uint64_t most = where->size >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * where->size) - 1;

        return number <= most || (where->is_signed != 0 && number >= (uint64_t)INT64_MIN >> (64 - 8 * where->size));
}

bool read_field_value(struct reader *reader, struct script_field *field, const struct word *value)
{
        if (field->where.count > 1 && field->where.size == 1) {
                return read_bytes(reader, &field->bytes, &field->num_bytes, value, field->where.count);
        }
        if (!read_value(reader, &field->value, value)) {
                return false;
        }
        if (field->where.type == flag && field->value.tree == NULL && field->value.number > 1) {
                return complain(reader, value->at, "%s is 0 or 1", field->name);
        }
        if (field->value.tree == NULL && !fits(&field->where, field->value.number)) {
                return complain(reader, value->at, "%s has %u byte%s, and 0x%llx does not fit", field->name,
                                field->where.size, field->where.size == 1 ? "" : "s",
                                (unsigned long long)field->value.number);
        }
        return true;
}

/* ---- fields of structures ----------------------------------------------------------------------------------------------- */

static const char *name_of_field(const void *context, uint32_t index)
{
        const struct rmmsim_spec_structure *structure = context;

        return index < structure->num_fields ? structure->fields[index].name : NULL;
}

static bool read_structure_field(struct reader *reader, struct script_field *field, const struct word *word,
                                 const struct rmmsim_spec_structure *structure)
{
        struct word value;

        if (!cut_field(reader, field, &value, word)) {
                return false;
        }
        if (!rmmsim_spec_locate(&field->where, structure, field->name)) {
                struct word name = { word->at, word->text, strlen(field->name) };

                return complain_unknown(reader, &name, "field", structure->c_name, name_of_field, structure);
        }
        if (field->where.count > 1 && field->where.size != 1) {
                return complain(reader, word->at, "%s has %u elements: %s[0]=..., one by one", field->name,
                                field->where.count, field->name);
        }
        if (field->where.size != 1 && field->where.size != 2 && field->where.size != 4 && field->where.size != 8) {
                return complain(reader, word->at, "%s is a structure: %s.FIELD=...", field->name, field->name);
        }
        return read_field_value(reader, field, &value);
}

bool read_fields(struct reader *reader, struct script_statement *statement,
                 const struct rmmsim_spec_structure *structure)
{
        struct script_field *fields = ARENA_ARRAY(reader->arena, struct script_field, reader->end - reader->next);
        const struct word *word;

        statement->fields = fields;
        while ((word = peek_word(reader)) != NULL && !word_is(word, "words")) {
                if (!read_structure_field(reader, &fields[statement->num_fields], word, structure)) {
                        return false;
                }
                statement->num_fields++;
                reader->next++;
        }
        return true;
}

/* ---- pages -------------------------------------------------------------------------------------------------------------- */

static const char *name_of_structure(const void *context, uint32_t index)
{
        const struct rmmsim_spec_structure *structure = rmmsim_spec_structure(index);

        (void)context;
        return structure == NULL ? NULL : structure->c_name;
}

static bool read_store(struct reader *reader, struct script_store *store, const struct word *word)
{
        struct word offset;
        struct word value;

        if (!cut_word(word, '=', &offset, &value)) {
                return complain(reader, word->at, "'%.*s' has no place here: OFFSET=VALUE", (int)word->length,
                                word->text);
        }
        if (!read_value(reader, &store->offset, &offset) || !read_value(reader, &store->value, &value)) {
                return false;
        }
        if (store->offset.tree == NULL &&
            (store->offset.number % 8 != 0 || store->offset.number >= RMMSIM_GRANULE_SIZE)) {
                return complain(reader, word->at, "an offset is a multiple of 8 below 4096, not %s",
                                store->offset.text);
        }
        return true;
}

/* `words`, and what follows. */
static bool read_words(struct reader *reader, struct script_statement *statement)
{
        struct script_store *stores;
        const struct word *word = take_word(reader, "'words'");

        if (word == NULL) {
                return false;
        }
        if (!word_is(word, "words")) {
                return complain(reader, word->at, "'%.*s' has no place here: 'words', and then OFFSET=VALUE",
                                (int)word->length, word->text);
        }
        stores = ARENA_ARRAY(reader->arena, struct script_store, reader->end - reader->next + 1);
        statement->words = stores;
        while ((word = peek_word(reader)) != NULL) {
                if (!read_store(reader, &stores[statement->num_words], word)) {
                        return false;
                }
                statement->num_words++;
                reader->next++;
        }
        return true;
}

bool read_page(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "the address of a page" };
        const struct word *word;

        if (!read_values(reader, statement, 1, 0, needs)) {
                return false;
        }
        word = peek_word(reader);
        if (word != NULL && !word_is(word, "words")) {
                statement->structure = rmmsim_spec_structure_by_name(word_text(reader, word));
                if (statement->structure == NULL) {
                        return complain_unknown(reader, word, "structure", NULL, name_of_structure, NULL);
                }
                reader->next++;
                if (!read_fields(reader, statement, statement->structure)) {
                        return false;
                }
        }
        return peek_word(reader) == NULL || read_words(reader, statement);
}

bool read_fill(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "the address of a page" };

        return read_values(reader, statement, 1, 0, needs) && read_words(reader, statement) &&
               (statement->num_words != 0 || complain_missing(reader, "OFFSET=VALUE"));
}

/* ---- features and faults ------------------------------------------------------------------------------------------------ */

/* Structures of the library's own, that no row describes. */
struct own_field {
        const char *name;
        uint32_t offset;
        uint32_t size;
        bool is_flag; /* 0 or 1 */
};
#define OWN(structure, field)                                                                                          \
        {                                                                                                              \
#field, offsetof(struct structure, field), sizeof(((struct structure *)0)->field),                     \
                        _Generic(((struct structure *)0)->field, bool                                                  \
                                 : true, default                                                                       \
                                 : false)                                                                              \
        }

static const struct own_field features[] = {
        OWN(rmmsim_features, s2sz),
        OWN(rmmsim_features, ipa_width_min),
        OWN(rmmsim_features, pa_bits),
        OWN(rmmsim_features, lpa2),
        OWN(rmmsim_features, sve_vectors),
        OWN(rmmsim_features, num_bps),
        OWN(rmmsim_features, num_wps),
        OWN(rmmsim_features, no_pmu),
        OWN(rmmsim_features, pmu_num_ctrs),
        OWN(rmmsim_features, no_sha_256),
        OWN(rmmsim_features, no_sha_512),
        OWN(rmmsim_features, gicv3_num_lrs),
        OWN(rmmsim_features, max_recs_order),
        OWN(rmmsim_features, rec_aux_count),
        OWN(rmmsim_features, vmid_bits),
        OWN(rmmsim_features, gic_priority_bits),
        OWN(rmmsim_features, gic_intid_bits),
        OWN(rmmsim_features, gic_extended_range),
        { NULL, 0, 0, false },
};

static const struct own_field fault_fields[] = {
        OWN(rmmsim_fault, fid),           OWN(rmmsim_fault, one_pe),      OWN(rmmsim_fault, pe),
        OWN(rmmsim_fault, nth),           OWN(rmmsim_fault, every),       OWN(rmmsim_fault, chance),
        OWN(rmmsim_fault, seed),          OWN(rmmsim_fault, hits_max),    OWN(rmmsim_fault, x0),
        OWN(rmmsim_fault, index_of_walk), OWN(rmmsim_fault, exit_reason), OWN(rmmsim_fault, esr),
        OWN(rmmsim_fault, traps),         { NULL, 0, 0, false },
};

static const char *name_of_own(const void *context, uint32_t index)
{
        const struct own_field *own = context;

        return own[index].name;
}

/* A few numbers have names: a command for its identifier, an exit reason. */
static bool is_named(struct reader *reader, struct script_field *field, const struct word *value)
{
        const struct rmmsim_spec_command *command;
        const struct rmmsim_spec_value *reason;
        char *name = word_text(reader, value);

        if (strcmp(field->name, "fid") == 0 && (command = rmmsim_spec_command_by_name(name)) != NULL) {
                field->value = (struct script_value){ .at = value->at, .text = name, .number = command->fid };
                return true;
        }
        if (strcmp(field->name, "exit_reason") == 0 && (reason = rmmsim_spec_exit_by_name(name)) != NULL) {
                field->value =
                        (struct script_value){ .at = value->at, .text = name, .number = (uint64_t)reason->value };
                return true;
        }
        return false;
}

static bool read_own_field(struct reader *reader, struct script_field *field, const struct word *word,
                           const struct own_field *own, const char *of)
{
        const struct own_field *list = own;
        struct word value;

        if (!cut_field(reader, field, &value, word)) {
                return false;
        }
        while (own->name != NULL && strcmp(own->name, field->name) != 0) {
                own++;
        }
        if (own->name == NULL) {
                struct word name = { word->at, word->text, strlen(field->name) };

                return complain_unknown(reader, &name, "field", of, name_of_own, list);
        }
        field->where = (struct rmmsim_spec_field){ .name = own->name,
                                                   .offset = own->offset,
                                                   .size = own->size,
                                                   .count = 1,
                                                   .type = own->is_flag ? flag : NULL };
        return is_named(reader, field, &value) || read_field_value(reader, field, &value);
}

static bool read_own_fields(struct reader *reader, struct script_statement *statement, const struct own_field *own,
                            const char *of)
{
        struct script_field *fields = ARENA_ARRAY(reader->arena, struct script_field, reader->end - reader->next + 1);
        const struct word *word;

        statement->fields = fields;
        while ((word = peek_word(reader)) != NULL) {
                if (!read_own_field(reader, &fields[statement->num_fields], word, own, of)) {
                        return false;
                }
                statement->num_fields++;
                reader->next++;
        }
        return true;
}

bool read_feature(struct reader *reader, struct script_statement *statement)
{
        return read_own_fields(reader, statement, features, "struct rmmsim_features") &&
               (statement->num_fields != 0 || complain_missing(reader, "NAME=VALUE"));
}

static const char *name_of_fault(const void *context, uint32_t index)
{
        (void)context;
        if (index < RMMSIM_NUM_FAULT_KINDS) {
                return rmmsim_fault_name(index);
        }
        return index == RMMSIM_NUM_FAULT_KINDS ? "remove" : index == RMMSIM_NUM_FAULT_KINDS + 1 ? "clear" : NULL;
}

bool read_inject(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "the id of a fault" };
        const struct word *word = take_word(reader, "a kind of fault, or 'clear',");

        if (word == NULL) {
                return false;
        }
        statement->name = word_text(reader, word);
        if (word_is(word, "clear")) {
                statement->verb = SCRIPT_INJECT_CLEAR;
                return true;
        }
        if (word_is(word, "remove")) {
                statement->verb = SCRIPT_INJECT_REMOVE;
                return read_values(reader, statement, 1, 0, needs);
        }
        for (unsigned kind = 0; kind < RMMSIM_NUM_FAULT_KINDS; kind++) {
                if (word_is(word, rmmsim_fault_name(kind))) {
                        statement->name_value = kind;
                        return read_own_fields(reader, statement, fault_fields, "struct rmmsim_fault");
                }
        }
        return complain_unknown(reader, word, "kind of fault", NULL, name_of_fault, NULL);
}
