/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_measurement.c - the Realm reads its measurements and extends four of them.
 *
 * Specification: RSI_MEASUREMENT_READ, RSI_MEASUREMENT_EXTEND, RemExtend.
 */
#include "measurement.h"
#include "rsi.h"
#include <string.h>

enum {
        MEASUREMENT_VALUE_MAX = 64
};

struct verdict rsi_measurement_read_check(const struct rmm *rmm, const struct rsi_measurement_read_args *a)
{
        (void)rmm;
        FAIL_IF(rsi_measurement_read, index_bound, a->index >= NUM_MEASUREMENTS, a->index);
        return PASSED;
}

void rsi_measurement_read_apply(struct pe *pe, const struct rsi_measurement_read_args *a,
                                struct rsi_measurement_read_results *r)
{
        (void)pe;
        memcpy((uint8_t *)r + offsetof(struct rsi_measurement_read_results, value_0),
               a->common.realm->measurements[a->index], MEASUREMENT_VALUE_MAX);
}

struct verdict rsi_measurement_extend_check(const struct rmm *rmm, const struct rsi_measurement_extend_args *a)
{
        (void)rmm;
        FAIL_IF(rsi_measurement_extend, index_bound, a->index == 0 || a->index >= NUM_MEASUREMENTS, a->index);
        FAIL_IF(rsi_measurement_extend, size_bound, a->size > MEASUREMENT_VALUE_MAX, a->size);
        return PASSED;
}

void rsi_measurement_extend_apply(struct pe *pe, const struct rsi_measurement_extend_args *a,
                                  struct rsi_measurement_extend_results *r)
{
        struct realm *realm = a->common.realm;
        bool padded = !QUIRKED(&pe->rmm->profile, rem_extend_unpadded);
        uint8_t value[MEASUREMENT_VALUE_MAX];

        memcpy(value, (const uint8_t *)a + offsetof(struct rsi_measurement_extend_args, value_0), sizeof(value));
        if (!rem_extend(realm->measurements[a->index], &pe->hasher, (enum hash_algorithm)realm->hash_algo, value,
                        a->size, padded)) {
                r->common.x0 = RMMSIM_RSI_ERROR_UNKNOWN;
        }
}
