/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wrapper.h - a wrapper that is being checked: what it was called with, what arrived, and what it stored.
 */
#ifndef WRAPPER_H
#define WRAPPER_H

#include "signature.h"

enum {
        REGISTERS = 18,
        STORED_WORDS = 4 /* room behind a pointer for an output, of which one word is looked at */
};

/* What belongs into an input register. */
struct expected {
        const char *name; /* of the input; NULL: not the command's */
        enum input_class class;
        unsigned argument; /* of the wrapper, from 1; 0: none */
        bool described;    /* by an argument or a constant    */
        uint64_t value;
};

struct trial {
        const struct rmmsim_wrapper *wrapper;
        unsigned num_args; /* of the list, constants too */
        unsigned num_inputs;
        unsigned num_outputs;
        const struct signature_row *inputs;
        const struct signature_row *outputs;
        struct expected expected[REGISTERS];         /* by register */
        unsigned output_of[RMMSIM_WRAPPER_ARGS_MAX]; /* the register that belongs behind this pointer; 0: none */
        uint64_t passed[RMMSIM_WRAPPER_ARGS_MAX];
        uint64_t stored[RMMSIM_WRAPPER_ARGS_MAX][STORED_WORDS];

        /* What the recorder saw. */
        unsigned calls;
        uint64_t first_fid;
        bool arrived; /* the command did */
        struct rmmsim_regs regs;
};

/* Where findings go. */
struct findings {
        struct rmmsim_wrapper_finding *list;
        size_t room;
        size_t count;
};

/* Understand the description and choose values. Returns NULL, or what is wrong with it. */
const char *trial_prepare(struct trial *trial, const struct rmmsim_wrapper *wrapper);

/* What the recorder answers in a register. */
uint64_t trial_answer(unsigned n);

/* Look at what happened. */
void trial_compare(struct findings *findings, const struct trial *trial);

/* A finding to be filled in. It is one of the list, or nobody's if that is full. */
struct rmmsim_wrapper_finding *finding_new(struct findings *findings, const struct rmmsim_wrapper *wrapper,
                                           enum rmmsim_wrapper_fault fault, struct rmmsim_wrapper_finding *spare);

#endif
