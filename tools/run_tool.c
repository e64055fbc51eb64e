/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_tool.c - the sub-command `run`: a script, carried out.
 */
#include "run.h"
#include "tool.h"
#include <string.h>

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
                "What is not as expected is told on the standard error, by file, line and column, and the script goes "
                "on. So is a mistake,\n"
                "which ends it: in words and names before anything is carried out.\n"
                "Exit status: 0 all was as expected, 1 something was not, 2 the script has a mistake.\n",
        .run = run,
};
