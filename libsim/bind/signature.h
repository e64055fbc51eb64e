/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signature.h - the inputs and outputs of commands by name, and types of C as libffi knows them.
 */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <ffi.h>
#include <rmmsim/bind.h>

/* What an input is, as far as its values go. */
enum input_class {
        INPUT_ADDRESS,
        INPUT_LEVEL,
        INPUT_VALUE
};

struct signature_row {
        uint16_t command;
        uint8_t class; /* of an input */
        const char *name;
};

/* Rows of a command: inputs, or outputs, x1 first. */
const struct signature_row *signature_inputs(enum rmmsim_command command, unsigned *count);
const struct signature_row *signature_outputs(enum rmmsim_command command, unsigned *count);

/* Is it a type that arguments can have? */
bool type_is_argument(enum rmmsim_type type);
ffi_type *type_ffi(enum rmmsim_type type);
/* Of the bits of a value, what the type holds, as 64 bits of a register: extended by its sign if it has one. */
uint64_t type_fit(enum rmmsim_type type, uint64_t value);
unsigned type_bits(enum rmmsim_type type);
bool type_is_signed(enum rmmsim_type type);

#endif
