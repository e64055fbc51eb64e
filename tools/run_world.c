/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_world.c - what the world outside does: interrupts, time, snapshots, faults; and looking at what there is.
 */
#include "run.h"
#include <inttypes.h>
#include <limits.h>
#include <rmmsim/inject.h>
#include <rmmsim/inspect.h>
#include <rmmsim/snapshot.h>
#include <stdlib.h>
#include <string.h>

static uint64_t value(const struct runner *runner, uint32_t index)
{
        return run_number(runner, &runner->statement->values[index]);
}

bool run_was_ok(struct runner *runner, int error)
{
        if (runner->misuse[0] != 0) {
                return run_error(runner, "%s", runner->misuse);
        }
        return error >= 0 || run_error(runner, "%s", rmmsim_error_text(error));
}

/* ---- interrupts --------------------------------------------------------------------------------------------------------- */

static bool interrupt(struct runner *runner)
{
        uint64_t pe = value(runner, 0);

        if (pe >= runner->script->num_pes) {
                return run_error(runner, "there is no PE %" PRIu64 ": this script has %u (pes N)", pe,
                                 runner->script->num_pes);
        }
        switch (runner->statement->verb) {
        case SCRIPT_IRQ:
                return run_was_ok(runner, rmmsim_irq_raise(runner->sim, (unsigned)pe));
        case SCRIPT_FIQ:
                return run_was_ok(runner, rmmsim_fiq_raise(runner->sim, (unsigned)pe));
        default:
                return run_was_ok(runner, rmmsim_serror_raise(runner->sim, (unsigned)pe, value(runner, 1)));
        }
}

static bool gpt(struct runner *runner)
{
        enum rmmsim_state state = (enum rmmsim_state)runner->statement->name_value;
        int error = rmmsim_gpt_set(runner->sim, value(runner, 0), value(runner, 1), state);

        if (error == RMMSIM_ERROR_STATE) {
                return run_error(runner, "Granules whose GPT entry changes have to be UNDELEGATED, and in a `dram`");
        }
        return run_was_ok(runner, error);
}

/* ---- snapshots and faults ----------------------------------------------------------------------------------------------- */

static bool snapshot(struct runner *runner)
{
        struct rmmsim_error error;

        if (rmmsim_snapshot(runner->sim, &error) != 0) {
                return run_error(runner, "%s", error.text);
        }
        run_vcpus_keep(runner);
        runner->has_snapshot = true;
        return true;
}

static bool restore(struct runner *runner)
{
        if (!runner->has_snapshot) {
                return run_error(runner, "there is no snapshot to go back to");
        }
        run_vcpus_restore(runner);
        return run_was_ok(runner, rmmsim_restore(runner->sim));
}

static bool inject(struct runner *runner)
{
        const struct script_statement *statement = runner->statement;
        struct rmmsim_fault fault = { .kind = (enum rmmsim_fault_kind)statement->name_value };
        struct rmmsim_error error;
        int id;

        for (uint32_t i = 0; i < statement->num_fields; i++) {
                const struct script_field *field = &statement->fields[i];
                uint64_t number = run_number(runner, &field->value);

                memcpy((char *)&fault + field->where.offset, &number,
                       field->where.size); /* of little-endian machines */
                fault.one_pe = fault.one_pe || strcmp(field->name, "pe") == 0;
        }
        id = rmmsim_inject(runner->sim, &fault, &error);
        return id >= 0 || run_error(runner, "%s", error.text);
}

static bool inject_remove(struct runner *runner)
{
        struct rmmsim_error error;
        uint64_t id = value(runner, 0);

        if (id > INT_MAX) {
                return run_error(runner, "there is no fault %" PRIu64, id);
        }
        return rmmsim_inject_remove(runner->sim, (int)id, &error) == 0 || run_error(runner, "%s", error.text);
}

static bool inject_clear(struct runner *runner)
{
        struct rmmsim_error error;

        return rmmsim_inject_clear(runner->sim, &error) == 0 || run_error(runner, "%s", error.text);
}

/* ---- looking ------------------------------------------------------------------------------------------------------------ */

static bool audit(struct runner *runner)
{
        struct rmmsim_report report;

        if (rmmsim_audit(runner->sim, &report) != 0) {
                run_differs(runner, runner->statement->at, "invariant %s does not hold: %s", report.invariant,
                            report.text);
        }
        return true;
}

/* The state of what `expect` names, and what kind of state that is; negative if it is not there. */
static int state_of(const struct runner *runner, enum rmmsim_object *object, uint64_t address)
{
        const char *what = runner->statement->what;
        struct rmmsim_granule granule;
        struct rmmsim_realm realm;
        struct rmmsim_rec rec;

        if (strcmp(what, "granule") == 0) {
                *object = RMMSIM_OBJECT_GRANULE;
                return rmmsim_granule(runner->sim, &granule, address) == 0 ? (int)granule.state : -1;
        }
        if (strcmp(what, "realm") == 0) {
                *object = RMMSIM_OBJECT_REALM;
                return rmmsim_realm(runner->sim, &realm, address) == 0 ? (int)realm.state : -1;
        }
        *object = RMMSIM_OBJECT_REC;
        return rmmsim_rec(runner->sim, &rec, address) == 0 ? (int)rec.state : -1;
}

static bool expect(struct runner *runner)
{
        const struct script_statement *statement = runner->statement;
        enum rmmsim_object object;
        int state = state_of(runner, &object, value(runner, 0));

        if (state != (int)statement->name_value) {
                run_differs(runner, statement->at, "expected %s 0x%" PRIx64 " to be %s, it is %s", statement->what,
                            value(runner, 0), statement->name,
                            state < 0 ? "not there" : rmmsim_state_name(object, (unsigned)state));
        }
        return true;
}

/* A dump, each line of it a comment: what is printed stays a script. */
static void print_dump(struct runner *runner, const char *text)
{
        while (*text != 0) {
                size_t length = strcspn(text, "\n");

                run_print(runner, "# %.*s\n", (int)length, text);
                text += length + (text[length] != 0);
        }
}

static bool show(struct runner *runner)
{
        static const struct {
                const char *what;
                enum rmmsim_dump_subject subject;
        } subjects[] = { { "granules", RMMSIM_DUMP_GRANULES },
                         { "realm", RMMSIM_DUMP_REALM },
                         { "rec", RMMSIM_DUMP_REC },
                         { "rtt", RMMSIM_DUMP_RTT },
                         { "statistics", RMMSIM_DUMP_STATISTICS } };
        const struct script_statement *statement = runner->statement;
        uint64_t address = statement->num_values != 0 ? value(runner, 0) : 0;
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);
        unsigned i = 0;
        int error;

        if (stream == NULL) {
                return run_error(runner, "%s", rmmsim_error_text(RMMSIM_ERROR_MEMORY));
        }
        while (strcmp(subjects[i].what, statement->what) != 0) {
                i++;
        }
        error = rmmsim_dump(runner->sim, stream, subjects[i].subject, RMMSIM_DUMP_TEXT, address);
        if (fclose(stream) == 0 && error == 0) {
                print_dump(runner, text);
        }
        free(text);
        return error != RMMSIM_ERROR_STATE
                       ? run_was_ok(runner, error)
                       : run_error(runner, "there is no %s at 0x%" PRIx64, statement->what, address);
}

/* ---- the world outside -------------------------------------------------------------------------------------------------- */

static bool act(struct runner *runner)
{
        const struct script_statement *statement = runner->statement;

        switch (statement->verb) {
        case SCRIPT_IRQ:
        case SCRIPT_FIQ:
        case SCRIPT_SERROR:
                return interrupt(runner);
        case SCRIPT_TIME:
                rmmsim_time_advance(runner->sim, value(runner, 0));
                return true;
        case SCRIPT_GPT:
                return gpt(runner);
        case SCRIPT_SNAPSHOT:
                return snapshot(runner);
        case SCRIPT_RESTORE:
                return restore(runner);
        case SCRIPT_INJECT:
                return inject(runner);
        case SCRIPT_INJECT_REMOVE:
                return inject_remove(runner);
        case SCRIPT_INJECT_CLEAR:
                return inject_clear(runner);
        case SCRIPT_AUDIT:
                return audit(runner);
        case SCRIPT_EXPECT:
                return expect(runner);
        case SCRIPT_USED:
                return run_error(
                        runner,
                        "recording began when the instance had been used: such a trace can be drawn, not replayed");
        default:
                return show(runner);
        }
}

static bool wants_all_outside(enum script_verb verb)
{
        return verb == SCRIPT_SNAPSHOT || verb == SCRIPT_RESTORE || verb == SCRIPT_INJECT ||
               verb == SCRIPT_INJECT_CLEAR || verb == SCRIPT_AUDIT;
}

bool run_world(struct runner *runner)
{
        static const struct outcome nothing = { .kind = SCRIPT_NO_ANSWER };
        const struct script_statement *statement = runner->statement;

        if (statement->verb == SCRIPT_PAGE || statement->verb == SCRIPT_FILL) {
                return run_page(runner);
        }
        if (wants_all_outside(statement->verb) && !run_all_outside(runner, script_verb_name(statement->verb))) {
                return false;
        }
        if (statement->verb == SCRIPT_SHOW) {
                run_answered(runner, &statement->answer, &nothing);
                return show(runner);
        }
        if (!act(runner)) {
                return false;
        }
        run_answered(runner, &statement->answer, &nothing);
        return true;
}
