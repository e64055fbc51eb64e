/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * verdict.h - the answer to "may this command go ahead?": no condition, or the first one that refuses it.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include <rmmsim/trace.h>

struct verdict {
        enum rmmsim_condition condition; /* RMMSIM_CONDITION_NONE: passed                        */
        uint8_t index;                   /* index of the return code: an RTT level as 8 bits     */
        uint64_t found;                  /* read as the row of the condition says                */
};

/* One that was injected: `found` is x0, and `index` whether an RTT walk was made whose end can be reported. */
#define INJECTED(x0, walked)                                                                                           \
        ((struct verdict){ .condition = RMMSIM_CONDITION_INJECTED, .index = (walked), .found = (x0) })

#define PASSED ((struct verdict){ .condition = RMMSIM_CONDITION_NONE })

/*
 * One line a row of the failure table: refuse with the named condition if `when` holds. `found_value` is what the reader of
 * the refusal will be shown.
 */
#define FAIL_IF(name, refused, when, found_value)                                                                      \
        do {                                                                                                           \
                if (when) {                                                                                            \
                        return (struct verdict){ .condition = RMMSIM_FAIL_##name##_##refused,                          \
                                                 .found = (uint64_t)(found_value) };                                   \
                }                                                                                                      \
        } while (0)

/* The same for a status that carries an index. */
#define FAIL_AT(name, refused, when, found_value, status_index)                                                        \
        do {                                                                                                           \
                if (when) {                                                                                            \
                        return (struct verdict){ .condition = RMMSIM_FAIL_##name##_##refused,                          \
                                                 .index = (uint8_t)(status_index),                                     \
                                                 .found = (uint64_t)(found_value) };                                   \
                }                                                                                                      \
        } while (0)

#endif
