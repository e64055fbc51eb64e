/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * script_edge.c - lines that begin with `|`: edges of state machines, faults that act, and states that were there before.
 */
#include "script_reader.h"
#include <string.h>

static const char *name_of_object(const void *context, uint32_t index)
{
        const struct rmmsim_spec_object *object = rmmsim_spec_object(index);

        (void)context;
        return object == NULL ? NULL : object->name;
}

static const char *name_of_state(const void *context, uint32_t index)
{
        const struct rmmsim_spec_object *object = context;

        return index < object->num_states ? object->states[index].name : NULL;
}

static bool take_state(struct reader *reader, unsigned *state, const struct rmmsim_spec_object *object)
{
        const struct word *word = take_word(reader, "a state");

        if (word == NULL) {
                return false;
        }
        for (uint32_t i = 0; i < object->num_states; i++) {
                if (word_is(word, object->states[i].name)) {
                        *state = (unsigned)object->states[i].value;
                        return true;
                }
        }
        return complain_unknown(reader, word, "state", object->name, name_of_state, object);
}

static bool take_value(struct reader *reader, struct script_value *value, const char *what)
{
        const struct word *word = take_word(reader, what);

        return word != NULL && read_value(reader, value, word);
}

static const char *name_of_fault(const void *context, uint32_t index)
{
        (void)context;
        return index < RMMSIM_NUM_FAULT_KINDS ? rmmsim_fault_name(index) : NULL;
}

static bool read_fault(struct reader *reader, struct script_edge *edge)
{
        const struct word *kind;

        edge->kind = SCRIPT_EDGE_FAULT;
        if (!take_value(reader, &edge->address, "the id of a fault") ||
            (kind = take_word(reader, "a kind of fault")) == NULL) {
                return false;
        }
        while (edge->from < RMMSIM_NUM_FAULT_KINDS && !word_is(kind, rmmsim_fault_name(edge->from))) {
                edge->from++;
        }
        if (edge->from == RMMSIM_NUM_FAULT_KINDS) {
                return complain_unknown(reader, kind, "kind of fault", NULL, name_of_fault, NULL);
        }
        return take_value(reader, &edge->value, "a value");
}

/* rd=VALUE and level=VALUE, which say where an RTT entry is. */
static bool read_whose(struct reader *reader, struct script_edge *edge)
{
        const struct word *word;
        struct word name;
        struct word value;

        while ((word = peek_word(reader)) != NULL && cut_word(word, '=', &name, &value)) {
                struct script_value *to = word_is(&name, "rd")      ? &edge->rd
                                          : word_is(&name, "level") ? &edge->level
                                                                    : NULL;

                if (to == NULL) {
                        return complain(reader, word->at, "an edge has rd= and level= only, not '%.*s'",
                                        (int)name.length, name.text);
                }
                if (!read_value(reader, to, &value)) {
                        return false;
                }
                reader->next++;
        }
        return true;
}

bool read_edge(struct reader *reader, struct script_statement *statement, struct script_edge *edge)
{
        const struct word *word;

        *edge = (struct script_edge){ .at = reader->words[0].at };
        reader->next = 1;
        word = take_word(reader, "an object, or FAULT,");
        if (word == NULL) {
                return false;
        }
        if (word_is(word, "FAULT")) {
                return read_fault(reader, edge);
        }
        edge->object = rmmsim_spec_object_by_name(word_text(reader, word));
        if (edge->object == NULL) {
                return complain_unknown(reader, word, "object", NULL, name_of_object, NULL);
        }
        if (!take_value(reader, &edge->address, "an address") || !read_whose(reader, edge) ||
            !take_state(reader, &edge->from, edge->object)) {
                return false;
        }
        edge->to = edge->from;
        if (statement->verb == SCRIPT_USED) {
                edge->kind = SCRIPT_EDGE_STATE;
                return true;
        }
        word = take_word(reader, "->");
        if (word == NULL) {
                return false;
        }
        if (!word_is(word, "->")) {
                return complain(reader, word->at, "OBJECT ADDRESS FROM -> TO: here is '%.*s' in place of ->",
                                (int)word->length, word->text);
        }
        return take_state(reader, &edge->to, edge->object) && read_whose(reader, edge);
}
