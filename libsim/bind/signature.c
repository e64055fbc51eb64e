/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * signature.c - the rows as signatures: what a function of a command looks like to C.
 */
#include "signature.h"
#include "bits.h"

#define CLASS_VALUE           INPUT_VALUE
#define CLASS_LEVEL           INPUT_LEVEL
#define CLASS_IPA             INPUT_ADDRESS
#define CLASS_PA              INPUT_ADDRESS
#define CLASS_PA_UNDELEGATED  INPUT_ADDRESS
#define CLASS_PA_NS           INPUT_ADDRESS
#define CLASS_PA_DELEGATED    INPUT_ADDRESS
#define CLASS_PA_RD           INPUT_ADDRESS
#define CLASS_PA_RD_SHARED    INPUT_ADDRESS
#define CLASS_PA_REC          INPUT_ADDRESS
#define CLASS_PA_REC_OF_REALM INPUT_ADDRESS

static const struct signature_row inputs[] = {
#define IN(lower, argument, KIND) { .command = RMMSIM_COMMAND_##lower, .class = CLASS_##KIND, .name = #argument },
#include <rmmsim/spec/commands.def>
};

static const struct signature_row outputs[] = {
#define OUT(lower, output, KIND) { .command = RMMSIM_COMMAND_##lower, .name = #output },
#include <rmmsim/spec/commands.def>
};

/* Rows of one command stand together. */
static const struct signature_row *rows_of(const struct signature_row *rows, size_t num_rows,
                                           enum rmmsim_command command, unsigned *count)
{
        size_t first = 0;

        while (first < num_rows && rows[first].command != command) {
                first++;
        }
        *count = 0;
        while (first + *count < num_rows && rows[first + *count].command == command) {
                (*count)++;
        }
        return rows + first;
}

const struct signature_row *signature_inputs(enum rmmsim_command command, unsigned *count)
{
        return rows_of(inputs, ARRAY_SIZE(inputs), command, count);
}

const struct signature_row *signature_outputs(enum rmmsim_command command, unsigned *count)
{
        return rows_of(outputs, ARRAY_SIZE(outputs), command, count);
}

/* ---- types -------------------------------------------------------------------------------------------------------------- */

static const struct {
        ffi_type *ffi;
        uint8_t bits;
        bool is_signed;
} types[RMMSIM_NUM_TYPES] = {
        [RMMSIM_TYPE_VOID] = { &ffi_type_void, 0, false },       [RMMSIM_TYPE_BOOL] = { &ffi_type_uint8, 1, false },
        [RMMSIM_TYPE_U8] = { &ffi_type_uint8, 8, false },        [RMMSIM_TYPE_S8] = { &ffi_type_sint8, 8, true },
        [RMMSIM_TYPE_U16] = { &ffi_type_uint16, 16, false },     [RMMSIM_TYPE_S16] = { &ffi_type_sint16, 16, true },
        [RMMSIM_TYPE_U32] = { &ffi_type_uint32, 32, false },     [RMMSIM_TYPE_S32] = { &ffi_type_sint32, 32, true },
        [RMMSIM_TYPE_U64] = { &ffi_type_uint64, 64, false },     [RMMSIM_TYPE_S64] = { &ffi_type_sint64, 64, true },
        [RMMSIM_TYPE_POINTER] = { &ffi_type_pointer, 64, false }
};

bool type_is_argument(enum rmmsim_type type)
{
        return type > RMMSIM_TYPE_VOID && type < RMMSIM_NUM_TYPES;
}

ffi_type *type_ffi(enum rmmsim_type type)
{
        return types[type].ffi;
}

unsigned type_bits(enum rmmsim_type type)
{
        return types[type].bits;
}

bool type_is_signed(enum rmmsim_type type)
{
        return types[type].is_signed;
}

uint64_t type_fit(enum rmmsim_type type, uint64_t value)
{
        unsigned unused = 64 - types[type].bits;

        if (unused == 64 || unused == 0) {
                return value;
        }
        return types[type].is_signed ? (uint64_t)((int64_t)(value << unused) >> unused) : value << unused >> unused;
}
