/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * point.c - the one variable behind the points.
 */
#include "point.h"

_Thread_local struct exploration *exploration;
