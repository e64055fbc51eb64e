/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wrapper.c - the wrapper checker: understand what a wrapper is said to be, call it by libffi, record what it does.
 *
 * Values are such that any two registers differ, in their low 32 bits as well as in their high ones, and that what a careful wrapper
 * may check of them holds: addresses are aligned and within 47 bits, levels are small. They are negative, too, as level
 * -1 is the one that is lost when a level is kept as an unsigned int.
 */
#include "wrapper.h"
#include "bits.h"
#include "command.h"
#include <stdio.h>
#include <string.h>

/* ---- descriptions --------------------------------------------------------------------------------------------------------- */

static uint64_t address_value(uint64_t n)
{
        return (0x5a10 + n) << 32 | UINT64_C(0x80000000) | n << 12;
}

/* What belongs into the register; the argument is that, as far as its type goes. */
static uint64_t made_up(enum input_class class, enum rmmsim_type type, uint64_t n)
{
        switch (class) {
        case INPUT_ADDRESS:
                return type_fit(type, address_value(n));
        case INPUT_LEVEL:
                return -(16 + n); /* whatever the type: one that loses the sign is a mistake */
        default:
                /* Highest bits set, so that a sign that is extended or lost shows. */
                return type_bits(type) == 1 ? 1
                                            : type_fit(type, (UINT64_C(0xa5) + n) << (type_bits(type) - 8) | (n << 3));
        }
}

/* Which row a name means: its place, from 1; 0 if there is none. Without a name the next one. */
static unsigned find_row(const struct signature_row *rows, unsigned count, const char *name, unsigned last)
{
        if (name == NULL) {
                return last < count ? last + 1 : 0;
        }
        for (unsigned i = 0; i < count; i++) {
                if (strcmp(rows[i].name, name) == 0) {
                        return i + 1;
                }
        }
        return 0;
}

static const char *take_input(struct trial *trial, unsigned i, unsigned argument, unsigned *last)
{
        const struct rmmsim_wrapper_arg *arg = &trial->wrapper->args[i];
        unsigned n = find_row(trial->inputs, trial->num_inputs, arg->name, *last);
        struct expected *expected = &trial->expected[n];

        if (n == 0) {
                return "the command has no such input, or not so many";
        }
        if (expected->described) {
                return "two arguments are said to be the same input";
        }
        *last = n;
        expected->described = true;
        expected->argument = argument;
        expected->value = arg->value;
        if (arg->role == RMMSIM_ROLE_INPUT) {
                expected->value = arg->value != 0 ? arg->value : made_up(expected->class, arg->type, n);
                trial->passed[argument - 1] = type_fit(arg->type, expected->value);
        }
        return NULL;
}

static const char *take_output(struct trial *trial, unsigned i, unsigned argument, unsigned *last)
{
        const struct rmmsim_wrapper_arg *arg = &trial->wrapper->args[i];
        unsigned n = find_row(trial->outputs, trial->num_outputs, arg->name, *last);

        if (n == 0) {
                return "the command has no such output, or not so many";
        }
        *last = n;
        trial->output_of[argument - 1] = n;
        trial->passed[argument - 1] = (uintptr_t)trial->stored[argument - 1];
        return NULL;
}

const char *trial_prepare(struct trial *trial, const struct rmmsim_wrapper *wrapper)
{
        unsigned last_input = 0;
        unsigned last_output = 0;
        const char *wrong = NULL;

        memset(trial, 0, sizeof(*trial));
        trial->wrapper = wrapper;
        if (wrapper->label == NULL || wrapper->fn == NULL) {
                return "label and fn must not be NULL";
        }
        if ((unsigned)wrapper->command >= RMMSIM_NUM_COMMANDS) {
                return "there is no such command";
        }
        if ((unsigned)wrapper->result >= RMMSIM_NUM_TYPES) {
                return "the type of the result is none";
        }
        trial->inputs = signature_inputs(wrapper->command, &trial->num_inputs);
        trial->outputs = signature_outputs(wrapper->command, &trial->num_outputs);
        for (unsigned i = 0; i < trial->num_inputs; i++) {
                trial->expected[i + 1].name = trial->inputs[i].name;
                trial->expected[i + 1].class = trial->inputs[i].class;
        }
        for (unsigned i = 0; i < RMMSIM_WRAPPER_ARGS_MAX && wrapper->args[i].type != RMMSIM_TYPE_VOID && wrong == NULL;
             i++) {
                const struct rmmsim_wrapper_arg *arg = &wrapper->args[i];

                if (!type_is_argument(arg->type)) {
                        return "the type of an argument is none";
                }
                trial->num_args += arg->role != RMMSIM_ROLE_CONSTANT;
                switch (arg->role) {
                case RMMSIM_ROLE_INPUT:
                        wrong = take_input(trial, i, trial->num_args, &last_input);
                        break;
                case RMMSIM_ROLE_CONSTANT:
                        wrong = take_input(trial, i, 0, &last_input);
                        break;
                case RMMSIM_ROLE_OUTPUT:
                        wrong = take_output(trial, i, trial->num_args, &last_output);
                        break;
                case RMMSIM_ROLE_OTHER:
                        trial->passed[trial->num_args - 1] = arg->value;
                        break;
                default:
                        wrong = "the role of an argument is none";
                        break;
                }
        }
        return wrong;
}

/* ---- the call ------------------------------------------------------------------------------------------------------------- */

uint64_t trial_answer(unsigned n)
{
        return n == 0 ? 0 : UINT64_C(0x7e57000090000000) + ((uint64_t)n << 36) + ((uint64_t)n << 12) + n;
}

/* The SVE hint is no part of the identifier. */
static uint32_t fid_of(const struct rmmsim_regs *regs)
{
        return (uint32_t)regs->x[0] & ~(UINT32_C(1) << 16);
}

static void record(void *context, struct rmmsim_regs *regs)
{
        struct trial *trial = context;

        if (trial->calls++ == 0) {
                trial->first_fid = fid_of(regs);
        }
        if (!trial->arrived && fid_of(regs) == command_rows[trial->wrapper->command].fid) {
                trial->arrived = true;
                trial->regs = *regs;
        }
        for (unsigned i = 0; i < REGISTERS; i++) {
                regs->x[i] = trial_answer(i);
        }
}

static void call(struct trial *trial)
{
        ffi_type *types[RMMSIM_WRAPPER_ARGS_MAX];
        void *values[RMMSIM_WRAPPER_ARGS_MAX];
        const struct rmmsim_wrapper *wrapper = trial->wrapper;
        struct rmmsim_selection before;
        unsigned count = 0;
        uint64_t result = 0; /* libffi stores a whole register, as this is */
        ffi_cif cif;

        for (unsigned i = 0; count < trial->num_args; i++) {
                const struct rmmsim_wrapper_arg *arg = &wrapper->args[i];

                if (arg->role != RMMSIM_ROLE_CONSTANT) {
                        types[count] = arg->role == RMMSIM_ROLE_OUTPUT ? &ffi_type_pointer : type_ffi(arg->type);
                        values[count] = &trial->passed[count];
                        count++;
                }
        }
        /* The types are those of libffi itself, so there is nothing that it could refuse. */
        (void)ffi_prep_cif(&cif, FFI_DEFAULT_ABI, count, type_ffi(wrapper->result), types);
        before = rmmsim_use_handler(record, trial);
        ffi_call(&cif, wrapper->fn, &result, values);
        rmmsim_use_again(before);
}

/* ---- findings --------------------------------------------------------------------------------------------------------------- */

struct rmmsim_wrapper_finding *finding_new(struct findings *findings, const struct rmmsim_wrapper *wrapper,
                                           enum rmmsim_wrapper_fault fault, struct rmmsim_wrapper_finding *spare)
{
        struct rmmsim_wrapper_finding *finding =
                findings->count < findings->room ? &findings->list[findings->count] : spare;

        findings->count++;
        *finding = (struct rmmsim_wrapper_finding){ .wrapper = wrapper, .fault = fault };
        return finding;
}

static void check(struct findings *findings, const struct rmmsim_wrapper *wrapper)
{
        struct rmmsim_wrapper_finding spare;
        struct rmmsim_wrapper_finding *finding;
        struct trial trial;
        const char *wrong = trial_prepare(&trial, wrapper);

        if (wrong != NULL) {
                finding = finding_new(findings, wrapper, RMMSIM_WRAPPER_DESCRIPTION, &spare);
                snprintf(finding->sentence, sizeof(finding->sentence), "%s is not called: %s",
                         wrapper->label != NULL ? wrapper->label : "a wrapper", wrong);
                return;
        }
        call(&trial);
        trial_compare(findings, &trial);
}

int rmmsim_check_wrappers(struct rmmsim_wrapper_finding *findings, size_t *num_findings,
                          const struct rmmsim_wrapper *wrappers, size_t num_wrappers)
{
        struct findings found;

        if (num_findings == NULL || (findings == NULL && *num_findings != 0) ||
            (wrappers == NULL && num_wrappers != 0)) {
                return RMMSIM_ERROR_CONFIG;
        }
        found = (struct findings){ .list = findings, .room = *num_findings };
        for (size_t i = 0; i < num_wrappers; i++) {
                check(&found, &wrappers[i]);
        }
        *num_findings = found.count;
        return 0;
}

const char *rmmsim_wrapper_fault_name(unsigned fault)
{
        static const char *const names[RMMSIM_NUM_WRAPPER_FAULTS] = { [RMMSIM_WRAPPER_DESCRIPTION] = "description",
                                                                      [RMMSIM_WRAPPER_NO_CALL] = "no call",
                                                                      [RMMSIM_WRAPPER_COMMAND] = "command",
                                                                      [RMMSIM_WRAPPER_SWAPPED] = "swapped",
                                                                      [RMMSIM_WRAPPER_MISPLACED] = "misplaced",
                                                                      [RMMSIM_WRAPPER_TRUNCATED] = "truncated",
                                                                      [RMMSIM_WRAPPER_NARROW] = "narrow",
                                                                      [RMMSIM_WRAPPER_MISSING] = "missing",
                                                                      [RMMSIM_WRAPPER_OUTPUT] = "output" };

        return fault < RMMSIM_NUM_WRAPPER_FAULTS ? names[fault] : "?";
}
