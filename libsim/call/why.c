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
#include <string.h>

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

static const char *status_name(unsigned interface, uint64_t x0)
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

        if (interface == INTERFACE_RMI) {
                return rmmsim_rmi_status_name(x0);
        }
        if (interface == INTERFACE_RSI) {
                return rsi[x0].name;
        }
        return psci[-(int64_t)x0].name;
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
                 refusal->command,
                 status_name(row->interface, verdict_x0(&(struct verdict){ .condition = refusal->id })),
                 refusal->condition, argument, argument[0] == '\0' ? "there " : " ", refusal->expected, found);
        if (refusal->fault != 0) {
                size_t length = strlen(pe->refusal_text);

                snprintf(pe->refusal_text + length, sizeof(pe->refusal_text) - length,
                         ": fault %u of rmmsim_inject() has taken the page away", refusal->fault);
        }
}

/* An injected refusal says nothing about the call: which condition would have been met first nobody knows. */
static const struct rmmsim_refusal *injected(struct pe *pe, const struct refusal_record *record)
{
        const struct command_row *command = &command_rows[record->argument_value];
        struct rmmsim_refusal *refusal = &pe->refusal_public;

        *refusal = (struct rmmsim_refusal){ .command = command->id,
                                            .condition = "injected",
                                            .argument = "none",
                                            .expected = "no fault",
                                            .found = record->x0,
                                            .x0 = record->x0,
                                            .id = RMMSIM_CONDITION_INJECTED,
                                            .fault = record->fault,
                                            .sentence = pe->refusal_text };
        snprintf(pe->refusal_text, sizeof(pe->refusal_text),
                 "%s was answered %s by fault %u of rmmsim_inject(), and not "
                 "carried out",
                 command->id, status_name(command->interface, record->x0), refusal->fault);
        return refusal;
}

const struct rmmsim_refusal *why(struct pe *pe, const struct refusal_record *record)
{
        const struct condition_row *row = &condition_rows[record->verdict.condition];
        struct rmmsim_refusal *refusal = &pe->refusal_public;

        if (record->verdict.condition == RMMSIM_CONDITION_NONE) {
                return NULL;
        }
        if (record->verdict.condition == RMMSIM_CONDITION_INJECTED) {
                return injected(pe, record);
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
                                            .id = record->verdict.condition,
                                            .fault = record->fault };
        compose(pe, row, refusal);
        refusal->sentence = pe->refusal_text;
        return refusal;
}
