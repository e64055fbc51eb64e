/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.c - a script, statement by statement, and what is said of it.
 */
#include "run.h"
#include "tool.h"
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* ---- what is said ------------------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 0))) static void say(const struct runner *runner, struct script_place at,
                                                      const char *format, va_list arguments)
{
        const struct script_statement *statement = runner->statement;

        fflush(stdout); /* so that both stand in their order at a terminal */
        fprintf(stderr, "%s:%u:%u: ", runner->script->path, at.line, at.column);
        vfprintf(stderr, format, arguments);
        if (statement != NULL && statement->loop.name != NULL) {
                fprintf(stderr, " (%s = %" PRIu64 ")", statement->loop.name, runner->round);
        }
        fputc('\n', stderr);
}

bool run_error_at(struct runner *runner, struct script_place at, const char *format, ...)
{
        va_list arguments;

        runner->failed = true;
        va_start(arguments, format);
        say(runner, at, format, arguments);
        va_end(arguments);
        return false;
}

void run_differs(struct runner *runner, struct script_place at, const char *format, ...)
{
        va_list arguments;

        if (++runner->num_differences > RUN_SHOWN_DIFFERENCES) {
                return;
        }
        va_start(arguments, format);
        say(runner, at, format, arguments);
        va_end(arguments);
}

/* ---- statements --------------------------------------------------------------------------------------------------------- */

static bool run_round(struct runner *runner)
{
        switch (runner->statement->actor) {
        case SCRIPT_PE:
                return run_host(runner);
        case SCRIPT_VCPU:
                return run_vcpu(runner);
        default:
                return run_world(runner);
        }
}

/* A `for` is one action as far as its edges go. */
static void run_action(struct runner *runner)
{
        const struct script_loop *loop = &runner->statement->loop;

        run_events_begin(runner);
        runner->round = loop->first;
        while (run_round(runner) && !runner->failed) {
                run_events_print(runner);
                if (runner->round == loop->last) {
                        break;
                }
                runner->round++;
        }
        if (!runner->failed) {
                run_events_compare(runner);
        }
}

static void run_statements(struct runner *runner)
{
        run_print(runner, "rmmsim-script 1\n\n");
        for (uint32_t i = 0; i < runner->script->num_statements && !runner->failed; i++) {
                runner->statement = runner->script->statements[i];
                if (runner->statement->verb <= SCRIPT_LAST_SETTING) {
                        run_print_statement(runner);
                        run_print(runner, "\n");
                } else {
                        run_action(runner);
                }
        }
        if (runner->statement != NULL) {
                run_events_begin(runner);
                run_out(runner);
        }
}

static int conclude(const struct runner *runner)
{
        const char *path = runner->script->path;

        fflush(stdout);
        if (runner->num_differences > RUN_SHOWN_DIFFERENCES) {
                fprintf(stderr, "%s: and %" PRIu64 " more\n", path, runner->num_differences - RUN_SHOWN_DIFFERENCES);
        }
        if (runner->failed) {
                return TOOL_MISUSED;
        }
        if (runner->num_differences != 0) {
                fprintf(stderr, "%s: %" PRIu64 " difference%s in %" PRIu64 " actions\n", path, runner->num_differences,
                        runner->num_differences == 1 ? "" : "s", runner->num_actions);
                return TOOL_FAILED;
        }
        if (runner->options.strict) {
                printf("%" PRIu64 " actions, all answered as recorded\n", runner->num_actions);
        }
        return TOOL_DONE;
}

int run_script(const struct script *script, const struct run_options *options)
{
        struct runner runner = { .script = script, .options = *options, .arena = arena_create() };
        int status = TOOL_MISUSED;

        runner.lanes = ARENA_ARRAY(runner.arena, struct lane *, script->num_pes);
        pthread_mutex_init(&runner.lock, NULL);
        pthread_cond_init(&runner.wake, NULL);
        if (run_create(&runner)) {
                run_statements(&runner);
                lanes_end(&runner);
                status = conclude(&runner);
                if (!run_destroy(&runner) && status == TOOL_DONE) {
                        status = TOOL_FAILED;
                }
        } else if (!runner.failed) {
                status = TOOL_FAILED; /* there is no place for the trace */
        }
        pthread_cond_destroy(&runner.wake);
        pthread_mutex_destroy(&runner.lock);
        arena_destroy(runner.arena);
        return status;
}
