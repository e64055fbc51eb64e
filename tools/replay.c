/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay.c - the sub-command `replay`: a trace again, and every answer and every edge must be the same.
 */
#include "run.h"
#include "tool.h"

static int replay_file(const char *path)
{
        const struct run_options options = { .quiet = true, .strict = true };
        struct script *script = script_read(path, stderr);
        int status = TOOL_MISUSED;

        if (script == NULL) {
                return TOOL_MISUSED;
        }
        if (!script->is_trace) {
                fprintf(stderr, "%s:1:1: a script, and no trace: rmmsim run\n", path);
        } else {
                status = run_script(script, &options);
        }
        script_free(script);
        return status;
}

static int replay(int argc, char **argv)
{
        if (argc < 2) {
                return tool_misused("replay", "no trace given");
        }
        if (argv[1][0] == '-' && argv[1][1] != 0) {
                return tool_misused("replay", "no option '%s'", argv[1]);
        }
        if (argc > 2) {
                return tool_misused("replay", "one trace at a time, and '%s' is another", argv[2]);
        }
        return replay_file(argv[1]);
}

const struct subcommand tool_replay = {
        .name = "replay",
        .summary = "carry out a trace; every answer and edge must be as recorded",
        .help = "usage: rmmsim replay TRACE\n\n"
                "Carries out a trace, as rmmsim_record() and `rmmsim run --record` write it: each answer and each edge "
                "of a state\n"
                "machine must be the recorded one, and none may be missing. docs/scripts.md describes the format. "
                "TRACE may be -, the\n"
                "standard input.\n\n"
                "Exit status: 0 all was as recorded, 1 something was not, 2 the trace has a mistake.\n",
        .run = replay,
};
