/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * small_model_parts.h - what the two halves of the model share.
 */
#ifndef SMALL_MODEL_PARTS_H
#define SMALL_MODEL_PARTS_H

#include "small_model.h"
#include <stddef.h>

#define SUCCESS         ((struct small_result){ .x0 = RMMSIM_RMI_SUCCESS })
#define FAIL(STATUS)    ((struct small_result){ .x0 = RMMSIM_RMI_ERROR_##STATUS })
#define FAIL_RTT(level) ((struct small_result){ .x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, level) })

static inline struct small_realm *realm_of(struct small_model *m, unsigned granule)
{
        return m->state[granule] == RMMSIM_GRANULE_RD ? &m->realm[granule] : NULL;
}

/* The level at which IPA 0 is described. */
static inline unsigned walk(const struct small_realm *realm)
{
        unsigned level = 1;

        while (realm->entry[level].state == RMMSIM_RTT_TABLE) {
                level++;
        }
        return level;
}

/* The commands on tables and memory: small_model_rtt.c. */
struct small_result small_rtt_create(struct small_model *m, unsigned rd, unsigned table, enum small_place place);
struct small_result small_rtt_destroy(struct small_model *m, unsigned rd, enum small_place place);
struct small_result small_rtt_fold(struct small_model *m, unsigned rd, enum small_place place);
struct small_result small_rtt_read(struct small_model *m, unsigned rd, bool unprotected);
struct small_result small_map(struct small_model *m, unsigned rd, unsigned level, bool unmap);
struct small_result small_data_create(struct small_model *m, unsigned rd, unsigned data, bool unknown);
struct small_result small_data_destroy(struct small_model *m, unsigned rd);
struct small_result small_init_ripas(struct small_model *m, unsigned rd, bool whole_table);
struct small_result small_set_ripas(struct small_model *m, unsigned rd, unsigned granule);

#endif
