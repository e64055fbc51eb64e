/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.c - the sub-command `run`: statement by statement, and what is said at the end.
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
                if (!runner->options.strict && runner->statement->num_edges == 0) {
                        run_events_print(runner);
                        run_events_begin(runner);
                }
                if (runner->round++ == loop->last) {
                        break;
                }
        }
        runner->round = loop->last;
        if (!runner->failed) {
                run_events_print(runner);
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
        }
        pthread_cond_destroy(&runner.wake);
        pthread_mutex_destroy(&runner.lock);
        arena_destroy(runner.arena);
        return status;
}

/* ---- the sub-command ---------------------------------------------------------------------------------------------------- */

static int run(int argc, char **argv)
{
        struct run_options options = { .quiet = false };
        const char *path = NULL;
        struct script *script;
        int status;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--quiet") == 0) {
                        options.quiet = true;
                } else if (strcmp(argv[i], "--edges") == 0) {
                        options.edges = true;
                } else if (strcmp(argv[i], "--record") == 0) {
                        if (++i == argc) {
                                return tool_misused("run", "--record needs the name of a file");
                        }
                        options.record = argv[i];
                } else if (argv[i][0] == '-' && argv[i][1] != 0) {
                        return tool_misused("run", "no option '%s'", argv[i]);
                } else if (path != NULL) {
                        return tool_misused("run", "one script at a time, and '%s' is another", argv[i]);
                } else {
                        path = argv[i];
                }
        }
        if (path == NULL) {
                return tool_misused("run", "no script given");
        }
        script = script_read(path, stderr);
        if (script == NULL) {
                return TOOL_MISUSED;
        }
        status = run_script(script, &options);
        script_free(script);
        return status;
}

const struct subcommand tool_run = {
        .name = "run",
        .summary = "carry out a script of commands and of what Realms do",
        .help = "usage: rmmsim run [--quiet] [--edges] [--record TRACE] SCRIPT\n\n"
                "Carries out a script, line by line, and prints each action with its answer: a script again, in which "
                "refusals are\n"
                "explained. docs/scripts.md describes the format. SCRIPT may be -, the standard input, and may be a "
                "trace.\n\n"
                "  --quiet         print only what is not as the script expects\n"
                "  --edges         print which edges of state machines each action took\n"
                "  --record TRACE  write a trace, with all answers and edges (rmmsim replay, rmmsim draw)\n\n"
                "What is not as expected, and mistakes in the script, are told on the standard error: "
                "FILE:LINE:COLUMN: a sentence.\n"
                "Exit status: 0 all was as expected, 1 something was not, 2 the script has a mistake.\n",
        .run = run,
};
