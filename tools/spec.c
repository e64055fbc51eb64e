/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec.c - `rmmsim spec`: which part of the reference is asked for.
 */
#include "spec.h"
#include "script.h"
#include "tool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help[] =
        "usage: rmmsim spec [WHAT...] [--profile NAME]\n"
        "\n"
        "Prints what the RMM's interface is, from the facts that the library itself is made of. WHAT is one of\n"
        "\n"
        "  COMMAND      a command: RMI_RTT_CREATE, rsi_version, PSCI_CPU_ON, or its identifier: 0xc400015d\n"
        "  rmi rsi psci all commands of an interface\n"
        "  statuses     what commands return\n"
        "  exits        why a REC exits to the host\n"
        "  states       objects with states, and the commands that change them\n"
        "  quirks       behaviours of deployed monitors that a profile may switch on\n"
        "  structures   structures in memory, field by field\n"
        "  types        how words are made up: flags, feature register, descriptors, syndromes\n"
        "  sysregs      system registers that a Realm can name\n"
        "  NAME         one object, structure or type: RTTE, RmiRealmParams, Esr\n"
        "\n"
        "Without WHAT it lists the commands. Upper and lower case are alike.\n"
        "\n"
        "  --profile NAME  of commands and quirks only what is in force in a profile: RMM_1_0 or RMM_1_0_REFERENCE.\n"
        "                  Without it, all is printed, and what needs a quirk is marked.\n";

static void list_commands(void)
{
        const struct rmmsim_spec_command *command;

        for (unsigned i = 0; (command = rmmsim_spec_command(i)) != NULL; i++) {
                printf("0x%08x  %-30s  %s\n", command->fid, command->id, command->summary);
        }
}

static void print_interface(uint32_t interface_number, const struct rmmsim_spec_profile *profile)
{
        const struct rmmsim_spec_command *command;
        const char *blank = "";

        for (unsigned i = 0; (command = rmmsim_spec_command(i)) != NULL; i++) {
                if (command->interface_number == interface_number) {
                        fputs(blank, stdout);
                        spec_print_command(command, profile);
                        blank = "\n";
                }
        }
}

/* ---- what is asked for ---------------------------------------------------------------------------------------------- */

static bool print_topic(const char *what, const struct rmmsim_spec_profile *profile)
{
        static const struct {
                const char *name;
                void (*print)(void);
        } topics[] = {
                { "statuses", spec_print_statuses }, { "exits", spec_print_exits },
                { "states", spec_print_states },     { "structures", spec_print_structures },
                { "types", spec_print_types },       { "sysregs", spec_print_sysregs },
        };

        for (unsigned i = 0; i < RMMSIM_NUM_INTERFACES; i++) {
                if (strcasecmp(what, rmmsim_interface_name(i)) == 0) {
                        print_interface(i, profile);
                        return true;
                }
        }
        for (unsigned i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
                if (strcasecmp(what, topics[i].name) == 0) {
                        topics[i].print();
                        return true;
                }
        }
        if (strcasecmp(what, "quirks") == 0) {
                spec_print_quirks(profile);
                return true;
        }
        return false;
}

static bool print_command_called(const char *what, const struct rmmsim_spec_profile *profile)
{
        const struct rmmsim_spec_command *command;
        unsigned long fid;
        char *end;

        for (unsigned i = 0; (command = rmmsim_spec_command(i)) != NULL; i++) {
                if (strcasecmp(what, command->id) == 0) {
                        spec_print_command(command, profile);
                        return true;
                }
        }
        fid = strncasecmp(what, "0x", 2) == 0 ? strtoul(what, &end, 16) : 0;
        command = fid != 0 && fid <= UINT32_MAX && *end == '\0' ? rmmsim_spec_command_by_fid((uint32_t)fid) : NULL;
        if (command != NULL) {
                spec_print_command(command, profile);
        }
        return command != NULL;
}

static bool print_named(const char *what)
{
        const struct rmmsim_spec_object *object;
        const struct rmmsim_spec_structure *structure;
        const struct rmmsim_spec_type *type;

        for (unsigned i = 0; (object = rmmsim_spec_object(i)) != NULL; i++) {
                if (strcasecmp(what, object->name) == 0) {
                        spec_print_object(object);
                        return true;
                }
        }
        for (unsigned i = 0; (structure = rmmsim_spec_structure(i)) != NULL; i++) {
                if (strcasecmp(what, structure->name) == 0 || strcasecmp(what, structure->c_name) == 0) {
                        spec_print_structure(structure);
                        return true;
                }
        }
        for (unsigned i = 0; (type = rmmsim_spec_type(i)) != NULL; i++) {
                if (strcasecmp(what, type->name) == 0) {
                        spec_print_type(type);
                        return true;
                }
        }
        return false;
}

static const struct rmmsim_spec_profile *profile_called(const char *name)
{
        const struct rmmsim_spec_profile *profile;

        for (unsigned i = 0; (profile = rmmsim_spec_profile(i)) != NULL; i++) {
                if (strcasecmp(name, profile->name) == 0) {
                        return profile;
                }
        }
        return NULL;
}

/* ---- the sub-command ------------------------------------------------------------------------------------------------ */

/* All names, one list behind the other: of commands either. */
static const char *name_at(const void *context, uint32_t index)
{
        uint32_t commands = 0, objects = 0, structures = 0;

        (void)context;
        for (; rmmsim_spec_command(commands) != NULL; commands++) {
                if (index / 2 == commands) {
                        return index % 2 == 0 ? rmmsim_spec_command(commands)->id : rmmsim_spec_command(commands)->name;
                }
        }
        for (index -= 2 * commands; rmmsim_spec_object(objects) != NULL; objects++) {
                if (index == objects) {
                        return rmmsim_spec_object(objects)->name;
                }
        }
        for (index -= objects; rmmsim_spec_structure(structures) != NULL; structures++) {
                if (index == structures) {
                        return rmmsim_spec_structure(structures)->name;
                }
        }
        index -= structures;
        return rmmsim_spec_type(index) != NULL ? rmmsim_spec_type(index)->name : NULL;
}

static int complain(const char *name)
{
        const char *nearest = script_nearest(name, name_at, NULL);

        return tool_misused("spec", "nothing is called '%s'%s%s%s", name, nearest == NULL ? "" : ": ",
                            nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
}

static int run(int argc, char **argv)
{
        const struct rmmsim_spec_profile *profile = NULL;
        int num_asked = 0;

        for (int i = 1; i < argc; i++) {
                if (strcmp(argv[i], "--profile") == 0) {
                        if (i + 1 == argc) {
                                return tool_misused("spec", "--profile needs a name");
                        }
                        profile = profile_called(argv[++i]);
                        if (profile == NULL) {
                                return tool_misused("spec", "no profile '%s'", argv[i]);
                        }
                } else if (argv[i][0] == '-') {
                        return tool_misused("spec", "no option '%s'", argv[i]);
                } else {
                        argv[1 + num_asked++] = argv[i];
                }
        }
        if (num_asked == 0) {
                list_commands();
        }
        for (int i = 1; i <= num_asked; i++) {
                if (i > 1) {
                        putchar('\n');
                }
                if (!print_topic(argv[i], profile) && !print_command_called(argv[i], profile) &&
                    !print_named(argv[i])) {
                        return complain(argv[i]);
                }
        }
        return TOOL_DONE;
}

const struct subcommand tool_spec = {
        .name = "spec",
        .summary = "print the reference: commands, statuses, states, structures, quirks",
        .help = help,
        .run = run,
};
