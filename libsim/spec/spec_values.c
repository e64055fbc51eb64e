/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_values.c - types, statuses and exit reasons as data for users: <rmmsim/spec.h>.
 */
#include "bits.h"
#include "spec_rows.h"
#include <rmmsim/spec.h>
#include <string.h>

#define NAMED(NAME, number, text) { .name = #NAME, .meaning = text, .value = (number) },

static const struct rmmsim_spec_value rmi_statuses[] = {
#define RMI_STATUS NAMED
#include <rmmsim/spec/status.def>
};

static const struct rmmsim_spec_value rsi_statuses[] = {
#define RSI_STATUS NAMED
#include <rmmsim/spec/status.def>
};

static const struct rmmsim_spec_value psci_statuses[] = {
#define PSCI_STATUS NAMED
#include <rmmsim/spec/status.def>
};

static const struct rmmsim_spec_value exits[] = {
#define EXIT_REASON NAMED
#include <rmmsim/spec/exits.def>
};

static const struct rmmsim_spec_value *by_name(const struct rmmsim_spec_value *values, size_t count, const char *name)
{
        for (size_t i = 0; name != NULL && i < count; i++) {
                if (strcmp(values[i].name, name) == 0) {
                        return &values[i];
                }
        }
        return NULL;
}

const struct rmmsim_spec_value *rmmsim_spec_status(uint32_t interface_number, uint32_t index)
{
        switch (interface_number) {
        case RMMSIM_INTERFACE_RMI:
                return ELEMENT(rmi_statuses, index);
        case RMMSIM_INTERFACE_RSI:
                return ELEMENT(rsi_statuses, index);
        case RMMSIM_INTERFACE_PSCI:
                return ELEMENT(psci_statuses, index);
        default:
                return NULL;
        }
}

const struct rmmsim_spec_value *rmmsim_spec_status_by_name(uint32_t interface_number, const char *name)
{
        switch (interface_number) {
        case RMMSIM_INTERFACE_RMI:
                return by_name(rmi_statuses, ARRAY_SIZE(rmi_statuses), name);
        case RMMSIM_INTERFACE_RSI:
                return by_name(rsi_statuses, ARRAY_SIZE(rsi_statuses), name);
        case RMMSIM_INTERFACE_PSCI:
                return by_name(psci_statuses, ARRAY_SIZE(psci_statuses), name);
        default:
                return NULL;
        }
}

const struct rmmsim_spec_value *rmmsim_spec_exit(uint32_t index)
{
        return ELEMENT(exits, index);
}

const struct rmmsim_spec_value *rmmsim_spec_exit_by_name(const char *name)
{
        return by_name(exits, ARRAY_SIZE(exits), name);
}

/* ---- types ---------------------------------------------------------------------------------------------------------- */

enum {
#define TYPE(NAME, meaning)                BEGINS(VALUE, NAME)
#define VALUE(TYPE, NAME, number, meaning) VALUE_##TYPE##_##NAME,
#define TYPE_END(NAME)                     ENDS(VALUE, NAME)
#include <rmmsim/spec/types.def>
        NUM_VALUE
};

static const struct rmmsim_spec_value values[NUM_VALUE] = {
#define VALUE(TYPE, NAME, number, meaning) NAMED(NAME, number, meaning)
#include <rmmsim/spec/types.def>
};

enum {
#define TYPE(NAME, meaning)                   BEGINS(BITS, NAME)
#define BITS(TYPE, NAME, low, width, meaning) BITS_##TYPE##_##NAME,
#define TYPE_END(NAME)                        ENDS(BITS, NAME)
#include <rmmsim/spec/types.def>
        NUM_BITS
};

static const struct rmmsim_spec_bits bits[NUM_BITS] = {
#define BITS(TYPE, NAME, lowest, number, text)                                                                         \
        [BITS_##TYPE##_##NAME] = { .name = #NAME, .meaning = text, .low = (lowest), .width = (number) },
#define BITS_TYPE(TYPE, NAME, OTHER) [BITS_##TYPE##_##NAME].type = #OTHER,
#include <rmmsim/spec/types.def>
};

static const struct rmmsim_spec_type types[] = {
#define TYPE(NAME, text)                                                                                               \
        { .name = #NAME,                                                                                               \
          .meaning = text,                                                                                             \
          .values = values + FIRST_OF(VALUE, NAME),                                                                    \
          .bits = bits + FIRST_OF(BITS, NAME),                                                                         \
          .num_values = COUNT_OF(VALUE, NAME),                                                                         \
          .num_bits = COUNT_OF(BITS, NAME) },
#include <rmmsim/spec/types.def>
        /* Those whose values have rows of their own. */
        { .name = "RmiRecExitReason",
          .meaning = "why a REC has exited",
          .values = exits,
          .bits = bits,
          .num_values = ARRAY_SIZE(exits) },
        { .name = "PsciReturnCode",
          .meaning = "what a PSCI function answers",
          .values = psci_statuses,
          .bits = bits,
          .num_values = ARRAY_SIZE(psci_statuses) },
};

const struct rmmsim_spec_type *rmmsim_spec_type(uint32_t index)
{
        return ELEMENT(types, index);
}

const struct rmmsim_spec_type *rmmsim_spec_type_by_name(const char *name)
{
        for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(types); i++) {
                if (strcmp(types[i].name, name) == 0) {
                        return &types[i];
                }
        }
        return NULL;
}
