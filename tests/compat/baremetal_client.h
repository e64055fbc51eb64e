/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * baremetal_client.h - the prototypes of baremetal.c, for whoever calls it.
 */
#ifndef BAREMETAL_CLIENT_H
#define BAREMETAL_CLIENT_H

#include <stdint.h>

uint64_t suite_version(uint64_t *higher);
uint64_t suite_delegate(uint64_t pa);
uint64_t suite_undelegate(uint64_t pa);
/* Any command with two inputs at most, by three registers in place. */
uint64_t suite_short_array(uint64_t x[3]);

#endif
