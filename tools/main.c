/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * main.c - the program `rmmsim`: finds the sub-command, and sees to it that what it wrote has arrived.
 *
 * A reader that goes away ends the program by SIGPIPE, as it does most programs; where that signal is ignored, and where a disk is
 * full, the program says so and fails.
 */
#include "tool.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct subcommand *const subcommands[] = {
        &tool_draw, &tool_explain, &tool_spec, &tool_run, &tool_replay,
};
enum {
        NUM_SUBCOMMANDS = sizeof(subcommands) / sizeof(subcommands[0])
};

static void complain(const char *name, const char *format, va_list arguments)
{
        fprintf(stderr, "rmmsim%s%s: ", name != NULL ? " " : "", name != NULL ? name : "");
        vfprintf(stderr, format, arguments);
}

int tool_misused(const char *name, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        complain(name, format, arguments);
        va_end(arguments);
        fprintf(stderr, "; try 'rmmsim%s%s --help'\n", name != NULL ? " " : "", name != NULL ? name : "");
        return TOOL_MISUSED;
}

int tool_failed(const char *name, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        complain(name, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        return TOOL_FAILED;
}

static int print_help(void)
{
        printf("usage: rmmsim SUB-COMMAND [ARGUMENT...]\n"
               "       rmmsim SUB-COMMAND --help\n"
               "       rmmsim --help | --version\n\n"
               "A Realm Management Monitor (Arm CCA) in host memory: look things up, decode, run and draw.\n\n");
        for (unsigned i = 0; i < NUM_SUBCOMMANDS; i++) {
                printf("  %-9s %s\n", subcommands[i]->name, subcommands[i]->summary);
        }
        printf("\nExit status: 0 done, 1 it did not work, 2 not understood.\n");
        return TOOL_DONE;
}

static const struct subcommand *subcommand_called(const char *name)
{
        for (unsigned i = 0; i < NUM_SUBCOMMANDS; i++) {
                if (strcmp(subcommands[i]->name, name) == 0) {
                        return subcommands[i];
                }
        }
        return NULL;
}

/* Is --help among the arguments? Not behind "--", where nothing is an option. */
static int asks_for_help(int argc, char **argv)
{
        for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
                if (strcmp(argv[i], "--help") == 0) {
                        return 1;
                }
        }
        return 0;
}

static int run(int argc, char **argv)
{
        const struct subcommand *subcommand;

        if (argc < 2) {
                return tool_misused(NULL, "no sub-command given");
        }
        if (strcmp(argv[1], "--help") == 0) {
                return print_help();
        }
        if (strcmp(argv[1], "--version") == 0) {
                printf("rmmsim %s\n", RMMSIM_VERSION);
                return TOOL_DONE;
        }
        subcommand = subcommand_called(argv[1]);
        if (subcommand == NULL) {
                return tool_misused(NULL, "no %s '%s'", argv[1][0] == '-' ? "option" : "sub-command", argv[1]);
        }
        if (asks_for_help(argc - 1, argv + 1)) {
                fputs(subcommand->help, stdout);
                return TOOL_DONE;
        }
        return subcommand->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
        int status = run(argc, argv);
        int written;

        errno = 0;
        written = !ferror(stdout);
        if (fclose(stdout) != 0 || !written) {
                return tool_failed(NULL, "the output could not be written: %s", errno != 0 ? strerror(errno) : "error");
        }
        return status;
}
