/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * why.h - a refusal in words.
 */
#ifndef WHY_H
#define WHY_H

#include "pe.h"

/* The record as a public refusal, in the PE's buffer, or NULL if nothing was refused. */
const struct rmmsim_refusal *why(struct pe *pe, const struct refusal_record *record);

#endif
