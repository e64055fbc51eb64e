/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tool.h - what the sub-commands of the program `rmmsim` have in common.
 *
 * A sub-command is one constant, defined in its own file and listed in main.c. The program is a user of the shared library like any
 * other: public headers only.
 */
#ifndef TOOL_H
#define TOOL_H

/* Exit statuses: of a sub-command, and so of the program. */
enum {
        TOOL_DONE = 0,
        TOOL_FAILED = 1, /* what was asked for did not work: said in one line on stderr  */
        TOOL_MISUSED = 2 /* nobody could know what was asked for: the same              */
};

struct subcommand {
        const char *name;
        const char *summary; /* one line for `rmmsim --help`, without a full stop                             */
        const char *help; /* what `rmmsim NAME --help` prints: begins with "usage: rmmsim NAME", ends with a newline */

        /* argv[0] is the name. Writes to stdout; that it could be written is checked by the caller. */
        int (*run)(int argc, char **argv);
};

extern const struct subcommand tool_draw;
extern const struct subcommand tool_explain;
extern const struct subcommand tool_spec;
extern const struct subcommand tool_run;
extern const struct subcommand tool_replay;

/* One line on stderr, "rmmsim NAME: ...", with where to find help. Returns TOOL_MISUSED. */
__attribute__((format(printf, 2, 3))) int tool_misused(const char *name, const char *format, ...);

/* One line on stderr, "rmmsim NAME: ...". Returns TOOL_FAILED. */
__attribute__((format(printf, 2, 3))) int tool_failed(const char *name, const char *format, ...);

#endif
