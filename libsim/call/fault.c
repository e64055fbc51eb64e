/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fault.c - which fault acts, and what the command then does.
 *
 * A trigger looks at nothing but the number of the opportunity, so faults are as repeatable as the calls that meet them. Counting
 * goes under a lock of the table's own, in which nothing else happens: PEs may count at once.
 */
#include "fault.h"
#include "rtt.h"

/* ---- counting --------------------------------------------------------------------------------------------------------- */

static void count_begin(struct faults *faults)
{
        while (atomic_flag_test_and_set_explicit(&faults->counting, memory_order_acquire)) {
        }
}

static void count_end(struct faults *faults)
{
        atomic_flag_clear_explicit(&faults->counting, memory_order_release);
}

static uint64_t mixed(uint64_t seed, uint64_t n)
{
        uint64_t z = seed + n * UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* Does the rule select the n-th opportunity, counted from 1? */
static bool selects(const struct rmmsim_fault *rule, uint64_t n)
{
        uint64_t first = rule->nth != 0 ? rule->nth : rule->every != 0 ? rule->every : 1;

        if (rule->chance != 0) {
                return mixed(rule->seed, n) % 1000000 < rule->chance;
        }
        return n == first || (rule->every != 0 && n > first && (n - first) % rule->every == 0);
}

static void count_hit(struct fault *fault)
{
        fault->count.hits++;
        fault->count.total++;
}

static bool concerns(const struct fault *fault, const struct pe *pe, enum rmmsim_fault_kind kind,
                     enum rmmsim_command command)
{
        bool any = fault->command == RMMSIM_COMMAND_NONE &&
                   (kind != RMMSIM_FAULT_STATUS || command_rows[command].interface == INTERFACE_RMI);

        return fault->rule.kind == kind && (any || fault->command == command) &&
               (!fault->rule.one_pe || fault->rule.pe == pe->index);
}

/* An opportunity: all that it concerns count it, and the first whose turn it is acts. An exit acts later, or not at all. */
static struct fault *choose(const struct pe *pe, enum rmmsim_fault_kind kind, enum rmmsim_command command)
{
        struct faults *faults = pe->rmm->faults;
        struct fault *chosen = NULL;

        for (unsigned i = 0; i < faults->num; i++) {
                struct fault *fault = &faults->all[i];
                bool exhausted;

                if (!concerns(fault, pe, kind, command)) {
                        continue;
                }
                point_touch(OBJECT_FAULT, fault->id, true);
                count_begin(faults);
                exhausted = fault->rule.hits_max != 0 && fault->count.hits >= fault->rule.hits_max;
                fault->count.seen++;
                if (chosen == NULL && !exhausted && selects(&fault->rule, fault->count.seen)) {
                        chosen = fault;
                        if (kind != RMMSIM_FAULT_EXIT) {
                                count_hit(fault);
                        }
                }
                count_end(faults);
        }
        return chosen;
}

struct rmmsim_fault_count fault_count(struct faults *faults, const struct fault *fault)
{
        struct rmmsim_fault_count count;

        count_begin(faults);
        count = fault->count;
        count_end(faults);
        return count;
}

static void tell(const struct pe *pe, const struct fault *fault, enum rmmsim_command command, const struct rec *rec,
                 uint64_t value)
{
        struct rmmsim_event event = { .kind = RMMSIM_EVENT_FAULT, .pe = pe->index };

        if (pe->rmm->trace.fn == NULL) {
                return;
        }
        event.of.fault.id = fault->id;
        event.of.fault.kind = fault->rule.kind;
        event.of.fault.command = command;
        event.of.fault.rec = rec == NULL ? 0 : rec->pa;
        event.of.fault.value = value;
        pe->rmm->trace.fn(pe->rmm->trace.context, &event);
}

/* ---- commands --------------------------------------------------------------------------------------------------------- */

void fault_begin(struct pe *pe, const uint64_t *x)
{
        const struct fault_probe *probe = &pe->rmm->faults->probe;

        pe->page_fault = 0;
        if (probe->fn != NULL) {
                probe->fn(probe->context, pe, x);
        }
}

/* Has the check walked the tables, as far as it had to? It has where it passed, or failed by what it found there. */
static bool has_walked(enum rmmsim_command command, const struct verdict *verdict)
{
        if (verdict->condition != RMMSIM_CONDITION_NONE && !verdict_ends_walk(verdict)) {
                return false;
        }
        for (unsigned i = RMMSIM_CONDITION_INJECTED + 1; i < RMMSIM_NUM_CONDITIONS; i++) {
                const struct condition_row *row = &condition_rows[i];

                if (row->command == command && row->interface == INTERFACE_RMI && row->status == RMMSIM_RMI_ERROR_RTT) {
                        return true;
                }
        }
        return false;
}

static struct verdict refuse(struct pe *pe, const struct fault *fault, enum rmmsim_command command,
                             const struct args_common *common, const struct verdict *verdict, uint64_t x0)
{
        bool walked = has_walked(command, verdict);

        if (walked && fault->rule.index_of_walk) {
                x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_STATUS(x0), common->walk->level);
        }
        pe->status_fault = fault->id;
        tell(pe, fault, command, common->vcpu == NULL ? NULL : common->rec, x0);
        return INJECTED(x0, walked);
}

/* Does serving this call take cryptography? Once the token is signed it is only handed out. */
static bool takes_entropy(enum rmmsim_command command, const struct args_common *common)
{
        return command == RMMSIM_COMMAND_rsi_attestation_token_init ||
               (command == RMMSIM_COMMAND_rsi_attestation_token_continue &&
                common->rec->attestation.stage != ATTESTATION_DELIVER);
}

struct verdict fault_verdict(struct pe *pe, enum rmmsim_command command, const struct args_common *common,
                             struct verdict verdict)
{
        const struct fault *fault = choose(pe, RMMSIM_FAULT_STATUS, command);

        if (fault != NULL) {
                return refuse(pe, fault, command, common, &verdict, fault->rule.x0);
        }
        if (verdict.condition != RMMSIM_CONDITION_NONE) {
                return verdict;
        }
        if (takes_entropy(command, common) && (fault = choose(pe, RMMSIM_FAULT_ENTROPY, command)) != NULL) {
                return refuse(pe, fault, command, common, &verdict, RMMSIM_RSI_ERROR_UNKNOWN);
        }
        if (command == RMMSIM_COMMAND_rsi_attestation_token_continue &&
            (fault = choose(pe, RMMSIM_FAULT_TOKEN_INCOMPLETE, command)) != NULL) {
                return refuse(pe, fault, command, common, &verdict, RMMSIM_RSI_INCOMPLETE);
        }
        if (command == RMMSIM_COMMAND_rmi_psci_complete && (fault = choose(pe, RMMSIM_FAULT_BUSY, command)) != NULL) {
                return refuse(pe, fault, command, common, &verdict, RMMSIM_RMI_ERROR_INPUT);
        }
        return verdict;
}

bool fault_page(struct pe *pe, enum rmmsim_fault_kind kind, uint64_t pa)
{
        const struct fault *fault = choose(pe, kind, pe->command);

        if (fault != NULL) {
                pe->page_fault = fault->id;
                tell(pe, fault, pe->command, NULL, pa);
        }
        return fault != NULL;
}

void fault_arm_exit(struct pe *pe)
{
        struct fault *fault = choose(pe, RMMSIM_FAULT_EXIT, pe->command);

        if (fault != NULL) {
                pe->entry.fault = fault;
                if (fault->rule.traps < pe->entry.traps_max) {
                        pe->entry.traps_max = fault->rule.traps;
                }
        }
}

void fault_exit_taken(struct pe *pe, struct fault *fault, const struct rec *rec)
{
        count_begin(pe->rmm->faults);
        count_hit(fault);
        count_end(pe->rmm->faults);
        tell(pe, fault, RMMSIM_COMMAND_rmi_rec_enter, rec, fault->rule.exit_reason);
}

void fault_note(struct pe *pe, struct refusal_record *record, enum rmmsim_command command)
{
        enum rmmsim_condition condition = record->verdict.condition;

        if (condition == RMMSIM_CONDITION_INJECTED) {
                record->argument_value = command;
                pe_count(&pe->statistics.statuses[command][command_status(command, record->x0)]);
                record->fault = pe->status_fault;
        } else if (condition_rows[condition].found_as == RMMSIM_FOUND_PAGE_ACCESS) {
                record->fault = pe->page_fault;
        }
}

/* ---- snapshots -------------------------------------------------------------------------------------------------------- */

void faults_save(struct faults *faults)
{
        for (unsigned i = 0; faults != NULL && i < faults->num; i++) {
                faults->all[i].saved = faults->all[i].count;
        }
}

void faults_restore(struct faults *faults)
{
        for (unsigned i = 0; faults != NULL && i < faults->num; i++) {
                struct fault *fault = &faults->all[i];

                fault->count.seen = fault->saved.seen;
                fault->count.hits = fault->saved.hits;
        }
}
