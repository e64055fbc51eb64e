/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_dictionary.c - writes the words of the interfaces, from their rows, as a dictionary for libFuzzer and AFL++.
 *
 * Registers are little-endian, so words are: four bytes of an identifier, eight of a status that is negative.
 */
#include <inttypes.h>
#include <rmmsim/abi.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *to;

static void word(const char *name, uint64_t value, unsigned size)
{
        fprintf(to, "%s=\"", name);
        for (unsigned i = 0; i < size; i++) {
                fprintf(to, "\\x%02" PRIX64, value >> 8 * i & 0xff);
        }
        fprintf(to, "\"\n");
}

static void identifiers(void)
{
#define COMMAND(ID, name, fid, summary) word(#ID, fid, 4);
#include <rmmsim/spec/commands.def>
}

static void statuses(void)
{
#define RMI_STATUS(NAME, value, meaning)  word("RMI_" #NAME, value, 4);
#define RSI_STATUS(NAME, value, meaning)  word("RSI_" #NAME, value, 4);
#define PSCI_STATUS(NAME, value, meaning) word("PSCI_" #NAME, (uint64_t)(int64_t)(value), 8);
#include <rmmsim/spec/status.def>
}

int main(int argc, char **argv)
{
        to = argc > 1 ? fopen(argv[1], "w") : stdout;
        if (to == NULL) {
                perror(argv[1]);
                return EXIT_FAILURE;
        }
        identifiers();
        statuses();
        return fclose(to) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
