/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_world.c - settings, and what the world outside does.
 */
#include "script_reader.h"
#include <string.h>

/* ---- settings ----------------------------------------------------------------------------------------------------------- */

/* A setting that is one number, within limits. */
static bool read_one(struct reader *reader, struct script_statement *statement, uint64_t least, uint64_t most)
{
        static const char *const needs[] = { "a number" };

        if (!read_values(reader, statement, 1, 0, needs)) {
                return false;
        }
        if (statement->values[0].number < least || statement->values[0].number > most) {
                return complain(reader, statement->values[0].at, "%s is a number from %llu to %llu",
                                script_verb_name(statement->verb), (unsigned long long)least, (unsigned long long)most);
        }
        return true;
}

static bool read_pes(struct reader *reader, struct script_statement *statement)
{
        if (!read_one(reader, statement, 1, 1024)) {
                return false;
        }
        reader->num_pes = (unsigned)statement->values[0].number;
        return true;
}

static bool read_seed(struct reader *reader, struct script_statement *statement)
{
        return read_one(reader, statement, 0, UINT64_MAX);
}

static bool read_token_components(struct reader *reader, struct script_statement *statement)
{
        return read_one(reader, statement, 0, 500);
}

static bool read_guest_quantum(struct reader *reader, struct script_statement *statement)
{
        return read_one(reader, statement, 0, UINT32_MAX);
}

/* Profiles in small letters, as all names of the format. */
static const char *lower_case(char *text)
{
        for (char *at = text; *at != 0; at++) {
                *at = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;
        }
        return text;
}

static const char *name_of_profile(const void *context, uint32_t index)
{
        static const char *const names[] = { "rmm_1_0", "rmm_1_0_reference" };

        (void)context;
        return index < sizeof(names) / sizeof(names[0]) && rmmsim_spec_profile(index) != NULL ? names[index] : NULL;
}

static bool read_profile(struct reader *reader, struct script_statement *statement)
{
        const struct word *word = take_word(reader, "a profile");
        const struct rmmsim_spec_profile *profile;

        if (word == NULL) {
                return false;
        }
        for (uint32_t i = 0; (profile = rmmsim_spec_profile(i)) != NULL; i++) {
                const char *name = lower_case(arena_text(reader->arena, profile->name, strlen(profile->name)));

                if (word_is(word, name)) {
                        statement->name = name;
                        statement->name_value = profile->number;
                        return true;
                }
        }
        return complain_unknown(reader, word, "profile", NULL, name_of_profile, NULL);
}

static const char *name_of_quirk(const void *context, uint32_t index)
{
        const struct rmmsim_spec_quirk *quirk = rmmsim_spec_quirk(index);

        (void)context;
        return quirk == NULL ? NULL : quirk->name;
}

static bool read_quirk(struct reader *reader, struct script_statement *statement)
{
        const struct word *word = take_word(reader, "a quirk");
        const struct rmmsim_spec_quirk *quirk;

        if (word == NULL) {
                return false;
        }
        quirk = rmmsim_spec_quirk_by_name(word_text(reader, word));
        if (quirk == NULL) {
                return complain_unknown(reader, word, "quirk", NULL, name_of_quirk, NULL);
        }
        statement->name = quirk->name;
        statement->name_value = (int64_t)quirk->value;
        return true;
}

static bool read_region(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "a base", "a size" };

        if (!read_values(reader, statement, 2, 0, needs)) {
                return false;
        }
        for (unsigned i = 0; i < 2; i++) {
                if (statement->values[i].number % RMMSIM_GRANULE_SIZE != 0) {
                        return complain(reader, statement->values[i].at, "%s is no multiple of 4096",
                                        statement->values[i].text);
                }
        }
        if (++reader->num_regions > 32) {
                return complain(reader, statement->at, "there are at most 32 regions");
        }
        return true;
}

static bool read_let(struct reader *reader, struct script_statement *statement)
{
        const struct word *name = take_word(reader, "a name");
        const struct word *equals = name == NULL ? NULL : take_word(reader, "=");
        const struct word *word = equals == NULL ? NULL : take_word(reader, "an expression");
        struct let *list;
        struct let *let;

        if (word == NULL) {
                return false;
        }
        if (!is_name(name->text, name->length)) {
                return complain(reader, name->at,
                                "a name begins with a letter or _, and goes on with letters, digits and _");
        }
        if (word_is_pe(name)) {
                return complain(reader, name->at, "'%.*s' is a PE, and cannot be a name", (int)name->length,
                                name->text);
        }
        if (!word_is(equals, "=")) {
                return complain(reader, equals->at, "let NAME = EXPRESSION, with blanks around the =");
        }
        if (find_let(reader, name) != NULL) {
                return complain(reader, name->at, "'%s' has been given in line %u", find_let(reader, name)->name,
                                find_let(reader, name)->at.line);
        }
        if ((reader->num_lets & (reader->num_lets - 1)) == 0) {
                list = ARENA_ARRAY(reader->arena, struct let, reader->num_lets == 0 ? 1 : 2 * (size_t)reader->num_lets);
                if (reader->num_lets != 0) {
                        memcpy(list, reader->list_of_lets, reader->num_lets * sizeof(*list));
                }
                reader->list_of_lets = list;
        }
        let = ARENA_NEW(reader->arena, struct let);
        *let = (struct let){ .name = word_text(reader, name), .at = name->at };
        reader->next--;
        statement->what = let->name;
        if (!read_values(reader, statement, 1, 0, NULL)) {
                return false;
        }
        let->number = statement->values[0].number;
        reader->list_of_lets[reader->num_lets++] = *let;
        (void)table_add(&reader->lets, reader->arena, table_hash(name->text, name->length), let);
        return true;
}

/* ---- the world outside -------------------------------------------------------------------------------------------------- */

/* The PE that an interrupt is for: "0" or "pe0". */
static bool read_target(struct reader *reader, struct script_statement *statement, const char *const *needs,
                        uint32_t count)
{
        const struct word *word = peek_word(reader);

        if (word != NULL && word->length > 2 && memcmp(word->text, "pe", 2) == 0) {
                struct word *number = &reader->words[reader->next];

                *number = (struct word){ place_in(word, word->text + 2), word->text + 2, word->length - 2 };
        }
        if (!read_values(reader, statement, count, 0, needs)) {
                return false;
        }
        if (statement->values[0].tree == NULL && statement->values[0].number >= reader->num_pes) {
                return complain(reader, statement->values[0].at, "there is no PE %s: this script has %u (pes N)",
                                statement->values[0].text, reader->num_pes);
        }
        return true;
}

static bool read_interrupt(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "a PE" };

        return read_target(reader, statement, needs, 1);
}

static bool read_serror(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "a PE", "a syndrome" };

        return read_target(reader, statement, needs, 2);
}

static bool read_time(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "a number of ticks" };

        return read_values(reader, statement, 1, 0, needs);
}

static const char *name_of_state(const void *context, uint32_t index)
{
        const struct rmmsim_spec_object *object = context;

        return index < object->num_states ? object->states[index].name : NULL;
}

static bool read_state(struct reader *reader, struct script_statement *statement, const char *object_name)
{
        const struct rmmsim_spec_object *object = rmmsim_spec_object_by_name(object_name);
        const struct word *word = take_word(reader, "a state");

        if (word == NULL) {
                return false;
        }
        for (uint32_t i = 0; i < object->num_states; i++) {
                if (word_is(word, object->states[i].name)) {
                        statement->name = object->states[i].name;
                        statement->name_value = object->states[i].value;
                        return true;
                }
        }
        return complain_unknown(reader, word, "state", object->name, name_of_state, object);
}

static bool read_gpt(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "an address", "a size" };
        uint32_t end = reader->end;
        bool read;

        reader->end = reader->next + 2 < end ? reader->next + 2 : end;
        read = read_values(reader, statement, 2, 0, needs);
        reader->end = end;
        return read && read_state(reader, statement, "GPT");
}

static bool read_nothing(struct reader *reader, struct script_statement *statement)
{
        (void)reader;
        (void)statement;
        return true;
}

static const char *const shown[] = { "granules", "statistics", "realm", "rec", "rtt", NULL };
static const char *const expected[] = { "granule", "realm", "rec", NULL };
static const char *const expected_objects[] = { "GRANULE", "REALM", "REC" };
enum {
        SHOWN_WITHOUT_ADDRESS = 2
};

static const char *name_in_list(const void *context, uint32_t index)
{
        return ((const char *const *)context)[index];
}

/* One of a list; its index, or -1. */
static int read_one_of(struct reader *reader, struct script_statement *statement, const char *const *list,
                       const char *what)
{
        const struct word *word = take_word(reader, what);

        for (int i = 0; word != NULL && list[i] != NULL; i++) {
                if (word_is(word, list[i])) {
                        statement->what = list[i];
                        return i;
                }
        }
        if (word != NULL) {
                (void)complain_unknown(reader, word, "object", script_verb_name(statement->verb), name_in_list, list);
        }
        return -1;
}

static bool read_show(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "an address" };
        int which = read_one_of(reader, statement, shown, "what to show");

        return which >= 0 && (which < SHOWN_WITHOUT_ADDRESS || read_values(reader, statement, 1, 0, needs));
}

static bool read_expect(struct reader *reader, struct script_statement *statement)
{
        static const char *const needs[] = { "an address" };
        int which = read_one_of(reader, statement, expected, "an object");
        uint32_t end = reader->end;
        bool read;

        if (which < 0) {
                return false;
        }
        reader->end = reader->next + 1 < end ? reader->next + 1 : end;
        read = read_values(reader, statement, 1, 0, needs);
        reader->end = end;
        return read && read_state(reader, statement, expected_objects[which]);
}

static bool read_used(struct reader *reader, struct script_statement *statement)
{
        if (!reader->is_trace || reader->acting) {
                return complain(reader, statement->at, "'used' stands in traces only, before the first action");
        }
        reader->used = true;
        return true;
}

const struct verb_row script_world_verbs[] = {
        { "pes", SCRIPT_PES, SCRIPT_WORLD, read_pes },
        { "profile", SCRIPT_PROFILE, SCRIPT_WORLD, read_profile },
        { "quirk", SCRIPT_QUIRK, SCRIPT_WORLD, read_quirk },
        { "feature", SCRIPT_FEATURE, SCRIPT_WORLD, read_feature },
        { "dram", SCRIPT_DRAM, SCRIPT_WORLD, read_region },
        { "device", SCRIPT_DEVICE, SCRIPT_WORLD, read_region },
        { "seed", SCRIPT_SEED, SCRIPT_WORLD, read_seed },
        { "token_components", SCRIPT_TOKEN_COMPONENTS, SCRIPT_WORLD, read_token_components },
        { "guest_quantum", SCRIPT_GUEST_QUANTUM, SCRIPT_WORLD, read_guest_quantum },
        { "let", SCRIPT_LET, SCRIPT_WORLD, read_let },
        { "page", SCRIPT_PAGE, SCRIPT_WORLD, read_page },
        { "fill", SCRIPT_FILL, SCRIPT_WORLD, read_fill },
        { "irq", SCRIPT_IRQ, SCRIPT_WORLD, read_interrupt },
        { "fiq", SCRIPT_FIQ, SCRIPT_WORLD, read_interrupt },
        { "serror", SCRIPT_SERROR, SCRIPT_WORLD, read_serror },
        { "time", SCRIPT_TIME, SCRIPT_WORLD, read_time },
        { "gpt", SCRIPT_GPT, SCRIPT_WORLD, read_gpt },
        { "snapshot", SCRIPT_SNAPSHOT, SCRIPT_WORLD, read_nothing },
        { "restore", SCRIPT_RESTORE, SCRIPT_WORLD, read_nothing },
        { "inject", SCRIPT_INJECT, SCRIPT_WORLD, read_inject },
        { "audit", SCRIPT_AUDIT, SCRIPT_WORLD, read_nothing },
        { "show", SCRIPT_SHOW, SCRIPT_WORLD, read_show },
        { "expect", SCRIPT_EXPECT, SCRIPT_WORLD, read_expect },
        { "used", SCRIPT_USED, SCRIPT_WORLD, read_used },
        { NULL, SCRIPT_NUM_VERBS, SCRIPT_WORLD, NULL },
};

const char *script_verb_name(enum script_verb verb)
{
        static const struct verb_row *const all[] = { script_world_verbs, script_pe_verbs, script_vcpu_verbs };

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                for (const struct verb_row *row = all[i]; row->name != NULL; row++) {
                        if (row->verb == verb) {
                                return row->name;
                        }
                }
        }
        return verb == SCRIPT_INJECT_CLEAR    ? "inject clear"
               : verb == SCRIPT_INJECT_REMOVE ? "inject remove"
               : verb == SCRIPT_ANSWER        ? "=>"
                                              : "command";
}
