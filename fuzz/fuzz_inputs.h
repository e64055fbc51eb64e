/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_inputs.h - inputs as they come from outside: in files, in directories of files, as replay lines.
 */
#ifndef FUZZ_INPUTS_H
#define FUZZ_INPUTS_H

#include "fuzz.h"

/* One input, and a name for it. */
typedef void fuzz_input_fn(void *context, const char *name, const uint8_t *bytes, size_t size);

/*
 * Call `each` for what an argument names: a replay line; a file, which holds an input or a replay line; or a directory, for each
 * of its files by name. Returns false, and says on stderr why, if something cannot be read or is no input.
 */
bool fuzz_inputs(const char *argument, fuzz_input_fn *each, void *context);

#endif
