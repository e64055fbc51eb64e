/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_rows.h - how rows that belong to something become a part of one array.
 *
 * An enumeration has one constant a row; BEGINS and ENDS in it mark where the rows of an owner begin and end, without taking a
 * number. So arrays need no lengths written by hand, an owner without rows is no special case, and a later row can add a field to
 * the element of an earlier one by its name.
 */
#ifndef SPEC_ROWS_H
#define SPEC_ROWS_H

#define BEGINS(rows, owner) rows##_FIRST_##owner, rows##_BEFORE_##owner = rows##_FIRST_##owner - 1,
#define ENDS(rows, owner)   rows##_PAST_##owner, rows##_LAST_##owner = rows##_PAST_##owner - 1,

#define FIRST_OF(rows, owner) rows##_FIRST_##owner
#define COUNT_OF(rows, owner) (rows##_PAST_##owner - rows##_FIRST_##owner)

/* The element at an index, or NULL past the end. */
#define ELEMENT(array, index) ((index) < ARRAY_SIZE(array) ? &(array)[index] : NULL)

#endif
