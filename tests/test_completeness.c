/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_completeness.c - whether the suite has reached every row: each command carried out, each failure condition provoked, each
 * edge of a state machine taken, each exit reason seen.
 *
 * The marks are those of the whole suite, so this program comes last and needs the file that the others have written
 * (reached.h). What exists only under a quirk is a row like any other.
 *
 * Whether the rows agree with one another is looked at too: that needs no marks.
 */
#include "bits.h"
#include "command.h"
#include "reached.h"
#include "world.h"
#include <stdio.h>
#include <string.h>

/* ---- what was reached ---------------------------------------------------------------------------------------------------- */

static unsigned num_missing;

static void need(bool reached, const char *what, const char *name)
{
        if (!reached) {
                printf("never %s: %s\n", what, name);
                num_missing++;
        }
}

START_TEST(test_everything_was_reached)
{
        const struct reached *reached = reached_open();

        ck_assert_ptr_nonnull(reached);
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                need(reached->succeeded[i] != 0, "carried out", rmmsim_command_name((enum rmmsim_command)i));
        }
        for (unsigned i = RMMSIM_CONDITION_NONE + 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                need(reached->refused[i] != 0, "refused by", rmmsim_condition_name((enum rmmsim_condition)i));
        }
        for (unsigned i = 0; i < RMMSIM_NUM_EDGES; i++) {
                need(reached->edge[i] != 0, "went", rmmsim_edge_name((enum rmmsim_edge)i));
        }
        for (unsigned i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                need(reached->exit[i] != 0, "exited for", rmmsim_exit_name(i));
        }
        fflush(stdout);
        ck_assert_msg(num_missing == 0, "%u rows were never reached: see above", num_missing);
}
END_TEST

/* ---- whether the rows agree --------------------------------------------------------------------------------------------------- */

/* The registers of each command by name. */
struct input {
        uint16_t command;
        const char *name;
};

static const struct input inputs[] = {
#define IN(command, argument, KIND) { RMMSIM_COMMAND_##command, #argument },
#include <rmmsim/spec/rmi.def>
#define IN(command, argument, KIND) { RMMSIM_COMMAND_##command, #argument },
#include <rmmsim/spec/rsi.def>
#define IN(command, argument, KIND) { RMMSIM_COMMAND_##command, #argument },
#include <rmmsim/spec/psci.def>
};

static bool is_input(unsigned command, const char *name)
{
        for (unsigned i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
                if (inputs[i].command == command && strcmp(inputs[i].name, name) == 0) {
                        return true;
                }
        }
        return false;
}

START_TEST(test_conditions_name_inputs)
{
        for (unsigned i = RMMSIM_CONDITION_INJECTED + 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                const struct condition_row *row = &condition_rows[i];
                bool none = strcmp(row->argument, "none") == 0;

                ck_assert_msg(none || is_input(row->command, row->argument), "%s: %s is no input",
                              rmmsim_condition_name((enum rmmsim_condition)i), row->argument);
                ck_assert_uint_eq(row->argument_register == 0, none);
                ck_assert_uint_le(row->argument_register, command_rows[row->command].num_inputs);
                ck_assert_uint_eq(row->interface, command_rows[row->command].interface);
                ck_assert_int_ne(row->status, 0);
                ck_assert_uint_gt(strlen(row->expected), 0);
        }
}
END_TEST

START_TEST(test_conditions_are_unique)
{
        for (unsigned i = RMMSIM_CONDITION_INJECTED + 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                for (unsigned j = i + 1; j < RMMSIM_NUM_CONDITIONS; j++) {
                        bool same = condition_rows[i].command == condition_rows[j].command &&
                                    strcmp(condition_rows[i].name, condition_rows[j].name) == 0;

                        ck_assert_msg(!same, "%s stands twice", rmmsim_condition_name((enum rmmsim_condition)i));
                }
        }
}
END_TEST

/* What must be evaluated first stands first. */
struct precedence {
        unsigned first;
        unsigned second;
};

static const struct precedence precedences[] = {
#define PRECEDES(command, before, after) { RMMSIM_FAIL_##command##_##before, RMMSIM_FAIL_##command##_##after },
#include <rmmsim/spec/order.def>
};

START_TEST(test_precedence_agrees_with_the_order)
{
        for (unsigned i = 0; i < sizeof(precedences) / sizeof(precedences[0]); i++) {
                ck_assert_msg(precedences[i].first < precedences[i].second, "%s stands behind %s",
                              rmmsim_condition_name((enum rmmsim_condition)precedences[i].first),
                              rmmsim_condition_name((enum rmmsim_condition)precedences[i].second));
        }
}
END_TEST

START_TEST(test_identifiers_are_unique)
{
        for (unsigned i = 0; i < RMMSIM_NUM_COMMANDS; i++) {
                const struct command_row *row = &command_rows[i];

                ck_assert_msg(row->interface == INTERFACE_PSCI || row->fid >> 24 == 0xC4, "%s", row->id);
                ck_assert_uint_le(row->num_inputs, 16);
                ck_assert_uint_le(row->num_outputs, 16);
                ck_assert_uint_gt(strlen(row->summary), 0);
                for (unsigned j = i + 1; j < RMMSIM_NUM_COMMANDS; j++) {
                        /* The SMC32 twin of a PSCI function counts as well. */
                        ck_assert_msg((row->fid | BIT(30)) != (command_rows[j].fid | BIT(30)), "%s and %s", row->id,
                                      command_rows[j].id);
                        ck_assert_str_ne(row->id, command_rows[j].id);
                }
        }
}
END_TEST

START_TEST(test_edges_connect_states)
{
        for (unsigned i = 0; i < RMMSIM_NUM_EDGES; i++) {
                const struct edge_row *edge = &edge_rows[i];
                char text[80];

                ck_assert_uint_ne(edge->from, edge->to);
                ck_assert_str_ne(rmmsim_state_name((enum rmmsim_object)edge->object, edge->from), "?");
                ck_assert_str_ne(rmmsim_state_name((enum rmmsim_object)edge->object, edge->to), "?");
                ck_assert_uint_eq(edge_find((enum rmmsim_object)edge->object, edge->from, edge->to), i);
                snprintf(text, sizeof(text), "%s -> %s",
                         rmmsim_state_name((enum rmmsim_object)edge->object, edge->from),
                         rmmsim_state_name((enum rmmsim_object)edge->object, edge->to));
                ck_assert_msg(strstr(edge->text, text) != NULL, "%s is not %s", edge->text, text);
        }
}
END_TEST

/* Every state of a machine that has edges can be left or entered. */
START_TEST(test_states_are_connected)
{
        for (unsigned object = 0; object < RMMSIM_NUM_OBJECTS; object++) {
                for (unsigned state = 0; state < RMMSIM_NUM_STATES_MAX; state++) {
                        bool found = object == RMMSIM_OBJECT_GPT ||
                                     strcmp(rmmsim_state_name((enum rmmsim_object)object, state), "?") == 0;

                        for (unsigned i = 0; i < RMMSIM_NUM_EDGES && !found; i++) {
                                found = edge_rows[i].object == object &&
                                        (edge_rows[i].from == state || edge_rows[i].to == state);
                        }
                        ck_assert_msg(found, "nothing leads to or from %s",
                                      rmmsim_state_name((enum rmmsim_object)object, state));
                }
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("completeness");
        TCase *rows = tcase_create("rows");

        tcase_add_test(rows, test_conditions_name_inputs);
        tcase_add_test(rows, test_conditions_are_unique);
        tcase_add_test(rows, test_precedence_agrees_with_the_order);
        tcase_add_test(rows, test_identifiers_are_unique);
        tcase_add_test(rows, test_edges_connect_states);
        tcase_add_test(rows, test_states_are_connected);
        suite_add_tcase(suite, rows);
        if (reached_open() != NULL) {
                TCase *reached = tcase_create("reached");

                tcase_add_test(reached, test_everything_was_reached);
                suite_add_tcase(suite, reached);
        } else {
                printf("completeness: skipped what was reached, as RMMSIM_TEST_REACHED does not name the marks of a "
                       "suite run\n");
        }
        return run_suite(suite);
}
