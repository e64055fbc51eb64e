/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain.c - `rmmsim explain`: a register dump from somebody's log, in words.
 */
#include "explain.h"
#include "tool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
        "usage: rmmsim explain [--hex] FID [X1 X2 ...] [-> X0 [X1 ...]]\n"
        "       rmmsim explain [--hex] --exit REASON [ESR [FAR [HPFAR]]]\n"
        "\n"
        "Says what the registers of an SMC mean: which command of RMI, RSI or PSCI, its arguments, and its results "
        "behind\n"
        "the arrow. Of a failure it lists the conditions that give this status, in the order in which they are "
        "evaluated,\n"
        "and leaves out those that the registers given rule out. Without results it lists all that can come back.\n"
        "Of an identifier that no command has it says what the SMC calling convention says of it.\n"
        "\n"
        "The arguments may be one quoted string or many, so a piece of a log can be pasted (quote it: the shell takes\n"
        "'>' for its own):\n"
        "\n"
        "  rmmsim explain 'c4000151 0x80000000 -> 1'\n"
        "  rmmsim explain 'x0=0xc4000151 x1=0x80000000'        also x0: and w0:\n"
        "  rmmsim explain 'RMI_RTT_READ_ENTRY rd=0x80000000 ipa=0 level=3 -> SUCCESS 3 1'\n"
        "  rmmsim explain 'pe0 RMI_RTT_CREATE rd=0x80000000 ... -> ERROR_RTT(2) (rtt_walk)'\n"
        "  rmmsim explain 'pe0: rmi_rtt_create rd=0x80000000 ... => ERROR_RTT 2 rtt_walk'    lines of a trace, too\n"
        "\n"
        "Words stand for the registers in turn, from x0 on; a label says which register comes next. x18 to x30, pc, "
        "lr, sp\n"
        "and pstate are skipped. Spaces, commas and semicolons separate.\n"
        "\n"
        "Numbers: with 0x hexadecimal. Without, they are hexadecimal if they hold one of the digits a to f or begin "
        "with a\n"
        "0 that is not all, else decimal; a function identifier of eight digits is always hexadecimal. A minus sign "
        "makes\n"
        "the 64-bit two's complement.\n"
        "\n"
        "  --hex   numbers without 0x are hexadecimal, all of them\n"
        "  --exit  explains an exit of a REC: REASON is a number or a name, such as SYNC or HOST_CALL. Fields may be "
        "labelled:\n"
        "          esr=, far=, hpfar=. A line of a trace, 'pe0: exits SYNC esr=...', or of rmmsim_event_format(), 'pe0 "
        "exit\n"
        "          rec=...', needs no option.\n";

/* All arguments as one text, with a blank after each. NULL: there was no memory. */
static char *join(int argc, char **argv)
{
        size_t size = 1;
        size_t used = 0;
        char *text;

        for (int i = 0; i < argc; i++) {
                size += strlen(argv[i]) + 1;
        }
        text = calloc(1, size);
        for (int i = 0; text != NULL && i < argc; i++) {
                used += (size_t)snprintf(text + used, size - used, "%s ", argv[i]);
        }
        return text;
}

static int explain_dump(const char *text, bool hex)
{
        const struct rmmsim_spec_command *command;
        struct dump dump;

        if (!dump_read(&dump, text, hex)) {
                return tool_misused("explain", "%s", dump.error);
        }
        command = command_selected(dump.in.x[0]);
        if (command != NULL) {
                explain_call(command, &dump);
        } else {
                explain_unknown(dump.in.x[0]);
        }
        return TOOL_DONE;
}

static int run(int argc, char **argv)
{
        bool hex = false;
        bool is_exit = false;
        int first = 1;
        char *text;
        int status;

        for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
                if (strcmp(argv[first], "--hex") == 0) {
                        hex = true;
                } else if (strcmp(argv[first], "--exit") == 0) {
                        is_exit = true;
                } else {
                        return tool_misused("explain", "no option '%s'", argv[first]);
                }
        }
        text = join(argc - first, argv + first);
        if (text == NULL) {
                return tool_failed("explain", "there is no memory");
        }
        status = (is_exit || is_exit_line(text) ? explain_exit : explain_dump)(text, hex);
        free(text);
        return status;
}

const struct subcommand tool_explain = {
        .name = "explain",
        .summary = "decode the registers of a call, or an exit, from a log",
        .help = help,
        .run = run,
};
