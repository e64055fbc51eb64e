/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wrapper_compare.c - what a wrapper did wrong, from the registers that arrived and what it stored.
 *
 * For each input the register it belongs into is looked at, and if the value is not there, it is looked for: that tells a
 * mistake in the order from one in the width, and both from an argument that was forgotten.
 */
#include "command.h"
#include "wrapper.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 4))) static void say(struct rmmsim_wrapper_finding *finding, const struct trial *trial,
                                                      const char *format, ...)
{
        char text[sizeof(finding->sentence)];
        va_list list;

        va_start(list, format);
        (void)vsnprintf(text, sizeof(text), format, list);
        va_end(list);
        if (finding->argument != 0) {
                (void)snprintf(finding->sentence, sizeof(finding->sentence), "%s: argument %u (%s) of %s %.180s",
                               trial->wrapper->label, finding->argument, finding->name,
                               command_rows[trial->wrapper->command].id, text);
        } else if (finding->name != NULL) {
                (void)snprintf(finding->sentence, sizeof(finding->sentence), "%s: %s of %s %.180s",
                               trial->wrapper->label, finding->name, command_rows[trial->wrapper->command].id, text);
        } else {
                (void)snprintf(finding->sentence, sizeof(finding->sentence), "%s %.200s", trial->wrapper->label, text);
        }
}

static struct rmmsim_wrapper_finding *about_input(struct findings *findings, const struct trial *trial, unsigned n,
                                                  enum rmmsim_wrapper_fault fault, struct rmmsim_wrapper_finding *spare)
{
        struct rmmsim_wrapper_finding *finding = finding_new(findings, trial->wrapper, fault, spare);

        finding->argument = trial->expected[n].argument;
        finding->name = trial->expected[n].name;
        finding->expected_in = n;
        finding->expected = trial->expected[n].value;
        finding->found = trial->regs.x[n];
        return finding;
}

/* The register that a value arrived in; 0: none. */
static unsigned register_with(const struct trial *trial, uint64_t value)
{
        for (unsigned i = 1; i < REGISTERS; i++) {
                if (trial->regs.x[i] == value) {
                        return i;
                }
        }
        return 0;
}

/* The input whose value this is; 0: none. */
static unsigned input_with(const struct trial *trial, uint64_t value)
{
        for (unsigned i = 1; i <= trial->num_inputs; i++) {
                if (trial->expected[i].argument != 0 && trial->expected[i].value == value) {
                        return i;
                }
        }
        return 0;
}

/* To how many bits was a value cut to become this, whatever was put above them? 0: to none. */
static unsigned cut_to(uint64_t value, uint64_t found)
{
        for (unsigned bits = 32; bits >= 8; bits /= 2) {
                uint64_t low = value << (64 - bits) >> (64 - bits);
                uint64_t extended = (uint64_t)((int64_t)(value << (64 - bits)) >> (64 - bits));

                if (found == low || found == extended) {
                        return bits;
                }
        }
        return 0;
}

static const struct rmmsim_wrapper_arg *argument_at(const struct trial *trial, unsigned argument)
{
        const struct rmmsim_wrapper_arg *arg = trial->wrapper->args;

        for (;; arg++) {
                argument -= arg->role != RMMSIM_ROLE_CONSTANT;
                if (argument == 0) {
                        return arg;
                }
        }
}

static void compare_width(struct findings *findings, const struct trial *trial, unsigned n)
{
        const struct expected *expected = &trial->expected[n];
        struct rmmsim_wrapper_finding spare;
        struct rmmsim_wrapper_finding *finding;
        unsigned bits;

        if (expected->argument == 0 || expected->class != INPUT_ADDRESS) {
                return;
        }
        bits = type_bits(argument_at(trial, expected->argument)->type);
        if (bits < 64) {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_NARROW, &spare);
                finding->found_in = trial->regs.x[n] == expected->value ? n : 0;
                say(finding, trial, "is an address, for x%u, in a type of %u bits", n, bits);
        }
}

/* It is not where it belongs; is it anywhere else? */
static void compare_place(struct findings *findings, const struct trial *trial, unsigned n)
{
        uint64_t value = trial->expected[n].value;
        uint64_t found = trial->regs.x[n];
        unsigned place = register_with(trial, value);
        unsigned other = input_with(trial, found);
        unsigned bits = cut_to(value, found);
        struct rmmsim_wrapper_finding spare;
        struct rmmsim_wrapper_finding *finding;

        if (place != 0 && other != 0) {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_SWAPPED, &spare);
                finding->found_in = place;
                say(finding, trial, "belongs into x%u and is in x%u; x%u holds argument %u (%s)", n, place, n,
                    trial->expected[other].argument, trial->expected[other].name);
        } else if (place != 0) {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_MISPLACED, &spare);
                finding->found_in = place;
                say(finding, trial, "belongs into x%u and is in x%u; x%u holds 0x%llx", n, place, n,
                    (unsigned long long)found);
        } else if (bits != 0 && found != 0) {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_TRUNCATED, &spare);
                finding->found_in = n;
                say(finding, trial, "arrives in x%u cut to %u bits: 0x%llx of 0x%llx", n, bits,
                    (unsigned long long)found, (unsigned long long)value);
        } else if (other != 0) {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_MISSING, &spare);
                say(finding, trial, "belongs into x%u and is in no register; x%u holds argument %u (%s)", n, n,
                    trial->expected[other].argument, trial->expected[other].name);
        } else {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_MISSING, &spare);
                say(finding, trial, "belongs into x%u and is in no register; x%u %s 0x%llx", n, n,
                    found == RMMSIM_REGISTER_UNSET ? "was not set:" : "holds", (unsigned long long)found);
        }
}

static void compare_input(struct findings *findings, const struct trial *trial, unsigned n)
{
        const struct expected *expected = &trial->expected[n];
        struct rmmsim_wrapper_finding spare;
        struct rmmsim_wrapper_finding *finding;

        compare_width(findings, trial, n);
        if (!expected->described) {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_MISSING, &spare);
                say(finding, trial, "is no argument of the wrapper; x%u holds 0x%llx", n,
                    (unsigned long long)trial->regs.x[n]);
        } else if (trial->regs.x[n] == expected->value) {
                return;
        } else if (expected->argument != 0) {
                compare_place(findings, trial, n);
        } else {
                finding = about_input(findings, trial, n, RMMSIM_WRAPPER_MISSING, &spare);
                say(finding, trial, "should be 0x%llx in x%u, which holds 0x%llx", (unsigned long long)expected->value,
                    n, (unsigned long long)trial->regs.x[n]);
        }
}

static void compare_output(struct findings *findings, const struct trial *trial, unsigned argument)
{
        unsigned n = trial->output_of[argument - 1];
        unsigned bits = type_bits(argument_at(trial, argument)->type);
        struct rmmsim_wrapper_finding spare;
        struct rmmsim_wrapper_finding *finding;
        uint64_t expected = trial_answer(n);
        uint64_t found = 0;
        unsigned from = 0;

        memcpy(&found, trial->stored[argument - 1], bits < 8 ? 1 : bits / 8);
        if (bits == 1) {
                expected = 1;
        } else if (bits < 64) {
                expected &= (UINT64_C(1) << bits) - 1;
        }
        if (found == expected) {
                return;
        }
        for (unsigned i = 1; i < REGISTERS && bits == 64 && from == 0; i++) {
                from = trial_answer(i) == found ? i : 0;
        }
        finding = finding_new(findings, trial->wrapper, RMMSIM_WRAPPER_OUTPUT, &spare);
        finding->argument = argument;
        finding->name = trial->outputs[n - 1].name;
        finding->expected_in = n;
        finding->found_in = from;
        finding->expected = expected;
        finding->found = found;
        if (from != 0) {
                say(finding, trial, "should be x%u of the answer and is x%u", n, from);
        } else {
                say(finding, trial, "should be x%u of the answer, 0x%llx, and is 0x%llx", n,
                    (unsigned long long)expected, (unsigned long long)found);
        }
}

void trial_compare(struct findings *findings, const struct trial *trial)
{
        const char *id = command_rows[trial->wrapper->command].id;
        struct rmmsim_wrapper_finding spare;
        struct rmmsim_wrapper_finding *finding;

        if (trial->calls == 0) {
                finding = finding_new(findings, trial->wrapper, RMMSIM_WRAPPER_NO_CALL, &spare);
                say(finding, trial, "made no SMC, and %s was expected", id);
                return;
        }
        if (!trial->arrived) {
                finding = finding_new(findings, trial->wrapper, RMMSIM_WRAPPER_COMMAND, &spare);
                finding->expected = command_rows[trial->wrapper->command].fid;
                finding->found = trial->first_fid;
                say(finding, trial, "called 0x%llx in place of %s (0x%llx)", (unsigned long long)finding->found, id,
                    (unsigned long long)finding->expected);
                return;
        }
        for (unsigned n = 1; n <= trial->num_inputs; n++) {
                compare_input(findings, trial, n);
        }
        for (unsigned argument = 1; argument <= trial->num_args; argument++) {
                if (trial->output_of[argument - 1] != 0) {
                        compare_output(findings, trial, argument);
                }
        }
}
