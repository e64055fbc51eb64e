/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * seam.c - the one variable that says whose turn it is.
 */
#include "seam.h"

_Thread_local struct seam *seam;
