/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * why.c - from a condition and what was found to a sentence such as
 *
 *     RMI_RTT_CREATE refused with ERROR_INPUT by rtt_state: rtt (x2 = 0x80003000) must be a Granule in state DELEGATED,
 *     found UNDELEGATED
 *
 * Made only when somebody asks, so a refused command costs no more than any other.
 */
#include "why.h"
#include <stdio.h>

static void describe(char *text, size_t size, enum rmmsim_found as, uint64_t found)
{
        switch (as) {
        case RMMSIM_FOUND_NUMBER:
        case RMMSIM_FOUND_LEVEL:
                snprintf(text, size, "%s%lld", as == RMMSIM_FOUND_LEVEL ? "level " : "", (long long)found);
                break;
        case RMMSIM_FOUND_GRANULE_STATE:
                snprintf(text, size, "%s", rmmsim_state_name(RMMSIM_OBJECT_GRANULE, (unsigned)found));
                break;
        case RMMSIM_FOUND_GPT:
                snprintf(text, size, "%s", rmmsim_state_name(RMMSIM_OBJECT_GPT, (unsigned)found));
                break;
        case RMMSIM_FOUND_PAGE_ACCESS:
                snprintf(text, size, "%s, %s", rmmsim_state_name(RMMSIM_OBJECT_GRANULE, (unsigned)found & 0xff),
                         rmmsim_state_name(RMMSIM_OBJECT_GPT, (unsigned)found >> 8));
                break;
        case RMMSIM_FOUND_REALM_STATE:
                snprintf(text, size, "%s", rmmsim_state_name(RMMSIM_OBJECT_REALM, (unsigned)found));
                break;
        case RMMSIM_FOUND_REC_STATE:
                snprintf(text, size, "%s", rmmsim_state_name(RMMSIM_OBJECT_REC, (unsigned)found));
                break;
        case RMMSIM_FOUND_RTTE_STATE:
                snprintf(text, size, "%s", rmmsim_state_name(RMMSIM_OBJECT_RTTE, (unsigned)found));
                break;
        default:
                snprintf(text, size, "0x%llx", (unsigned long long)found);
                break;
        }
}

static const char *status_name(const struct condition_row *row)
{
        static const struct {
                int8_t value;
                const char *name;
        } rsi[] = {
#define RSI_STATUS(NAME, code, meaning) { code, #NAME },
#include <rmmsim/spec/status.def>
        },
          psci[] = {
#define PSCI_STATUS(NAME, code, meaning) { code, #NAME },
#include <rmmsim/spec/status.def>
          };

        if (row->interface == INTERFACE_RMI) {
                return rmmsim_rmi_status_name((uint64_t)row->status);
        }
        if (row->interface == INTERFACE_RSI) {
                return rsi[row->status].name;
        }
        return psci[-row->status].name;
}

static void compose(struct pe *pe, const struct condition_row *row, const struct rmmsim_refusal *refusal)
{
        char found[64];
        char argument[64] = "";

        describe(found, sizeof(found), refusal->found_as, refusal->found);
        if (refusal->argument_register != 0) {
                snprintf(argument, sizeof(argument), "%s (x%u = 0x%llx)", refusal->argument, refusal->argument_register,
                         (unsigned long long)refusal->argument_value);
        }
        snprintf(pe->refusal_text, sizeof(pe->refusal_text), "%s refused with %s by %s: %s%smust be %s, found %s",
                 refusal->command, status_name(row), refusal->condition, argument, argument[0] == '\0' ? "there " : " ",
                 refusal->expected, found);
}

const struct rmmsim_refusal *why(struct pe *pe, const struct refusal_record *record)
{
        const struct condition_row *row = &condition_rows[record->verdict.condition];
        struct rmmsim_refusal *refusal = &pe->refusal_public;

        if (record->verdict.condition == RMMSIM_CONDITION_NONE) {
                return NULL;
        }
        *refusal = (struct rmmsim_refusal){ .command = command_rows[row->command].id,
                                            .condition = row->name,
                                            .argument = row->argument,
                                            .argument_register = row->argument_register,
                                            .argument_value = record->argument_value,
                                            .found_as = (enum rmmsim_found)row->found_as,
                                            .found = record->verdict.found,
                                            .expected = row->expected,
                                            .x0 = record->x0,
                                            .id = record->verdict.condition };
        compose(pe, row, refusal);
        refusal->sentence = pe->refusal_text;
        return refusal;
}
