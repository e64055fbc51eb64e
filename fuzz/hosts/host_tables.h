/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host_tables.h - what is known about the models: programs to explore them with, hazards, planted faults, and what finds each.
 *
 * Tests hold every row against an exploration: without the hazard or the fault nothing is found, with it what the row says.
 */
#ifndef HOST_TABLES_H
#define HOST_TABLES_H

#include "host.h"

enum {
        HOST_NUM_PROGRAMS = 21
};
extern const struct host_program host_programs[HOST_NUM_PROGRAMS];
const struct host_program *host_program_find(const char *name);

/* Does the protocol do what the program is about? One that cannot deny has no use for a program that unplugs. */
bool host_program_suits(const struct host_program *program, const struct host_protocol *protocol);

struct host_hazard_row {
        const struct host_protocol *protocol;
        enum host_hazard hazard;
        const char *name;
        const char *program;
        enum rmmsim_finding_kind kind;
        const char *found; /* how the sentence begins */
};

enum {
        HOST_NUM_HAZARDS = 20
};
extern const struct host_hazard_row host_hazards[HOST_NUM_HAZARDS];

struct host_fault_row {
        const char *name; /* "K01" */
        const char *summary;
        const struct host_protocol *protocol; /* NULL: the fault cannot be planted here */
        enum host_fault fault;
        enum rmmsim_profile profile;
        const char *program;
        enum rmmsim_finding_kind kind;
        const char *found; /* how the sentence begins, or why the fault cannot be planted */
};

enum {
        HOST_NUM_FAULT_ROWS = 18
};
extern const struct host_fault_row host_faults[HOST_NUM_FAULT_ROWS];

/* A fault that can be planted, by name; NULL if there is none. */
const struct host_fault_row *host_fault_find(const char *name);

/* The fault that the variable RMMSIM_FUZZ_FAULT of the environment names, or none. */
const struct host_fault_row *host_fault_selected(void);

#endif
