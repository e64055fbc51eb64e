/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain.h - what somebody's log says of a call, and the parts of `rmmsim explain` that tell it.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <rmmsim/spec.h>

enum {
        NUM_REGISTERS = 18 /* x0 to x17: what a call can pass and return */
};

/* Registers of which some are known. */
struct registers {
        uint64_t x[NUM_REGISTERS];
        uint32_t known; /* bit n: xn */
};

/* A dump, read. */
struct dump {
        struct registers in;
        struct registers out;
        bool has_arrow;     /* results were given, or were to be                     */
        char condition[64]; /* "rd_state", where the log names what refused the call */
        char error[160];    /* what was not understood; empty: all was               */
};

/* Read a dump. hex: numbers without 0x are hexadecimal. Returns false and says why in dump->error. */
bool dump_read(struct dump *dump, const char *text, bool hex);

/*
 * The command that an identifier selects, with or without SVE hint; also by an SMC32 form that a quirk makes the RMM serve. NULL: none.
 */
const struct rmmsim_spec_command *command_selected(uint64_t x0);

/* Read one number as a dump holds it; false if it is none. */
bool number_read(uint64_t *number, const char *text, bool hex);

static inline bool is_known(const struct registers *registers, unsigned n)
{
        return (registers->known >> n & 1) != 0;
}

/* A word as its type says, without a newline: "EMUL_MMIO | TRAP_WFI". name: that of the type, or NULL for a number. */
void print_typed(const char *name, uint64_t value);

void explain_call(const struct rmmsim_spec_command *command, const struct dump *dump);
void explain_unknown(uint64_t x0);

/* Is it the line of a trace for an exit? */
bool is_exit_line(const char *text);

/* An exit of a REC. Returns as a sub-command does. */
int explain_exit(const char *text, bool hex);

#endif
