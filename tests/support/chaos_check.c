/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chaos_check.c - what must hold after any call.
 *
 * An answer has the form that the calling convention gives it, a refusal has a name, and a refused call has changed nothing:
 * no Granule, no page of either world, no VMID.
 */
#include "chaos.h"
#include "sim.h"
#include <stdlib.h>
#include <string.h>

/* ---- answers ------------------------------------------------------------------------------------------------------------ */

static enum rmmsim_command command_of(uint64_t x0)
{
        uint32_t fid = (uint32_t)x0 & ~(uint32_t)BIT(16);

        for (int i = 0; i < RMMSIM_COMMAND_rsi_version; i++) {
                if (command_rows[i].fid == fid) {
                        return (enum rmmsim_command)i;
                }
        }
        return RMMSIM_COMMAND_NONE;
}

/* Outputs that a refused command has all the same. */
static bool reports(enum rmmsim_command id, unsigned status, unsigned i)
{
        switch (id) {
        case RMMSIM_COMMAND_rmi_version:
                return i <= 2;
        case RMMSIM_COMMAND_rmi_data_destroy:
        case RMMSIM_COMMAND_rmi_rtt_destroy:
                return status == RMMSIM_RMI_ERROR_RTT && i == 2;
        case RMMSIM_COMMAND_rmi_rtt_unmap_unprotected:
                return status == RMMSIM_RMI_ERROR_RTT && i == 1;
        default:
                return false;
        }
}

static bool index_fits(enum rmmsim_command id, unsigned status, int index)
{
        if (status == RMMSIM_RMI_ERROR_RTT) {
                return index >= -1 && index <= 3;
        }
        if (status == RMMSIM_RMI_ERROR_REALM && id == RMMSIM_COMMAND_rmi_rec_enter) {
                return index == 0 || index == 1;
        }
        return index == 0;
}

/* A refusal leaves everything as it was, but for one of deployed monitors. */
bool chaos_changes_nothing(const struct chaos *chaos, const struct rmmsim_refusal *refusal)
{
        return refusal != NULL && (refusal->id != RMMSIM_FAIL_rmi_psci_complete_status ||
                                   !QUIRKED(&chaos->sim->rmm.profile, psci_denied_on_running_consumes));
}

static void check_refusal(struct chaos *chaos, enum rmmsim_command id, unsigned pe, uint64_t x0)
{
        const struct rmmsim_refusal *refusal = rmmsim_why(chaos->sim, pe);
        bool consumed = id == RMMSIM_COMMAND_rmi_psci_complete &&
                        QUIRKED(&chaos->sim->rmm.profile, psci_denied_on_running_consumes);

        CHAOS_CHECK(chaos, (refusal != NULL) == (RMMSIM_RMI_STATUS(x0) != RMMSIM_RMI_SUCCESS) || consumed,
                    "x0 is 0x%llx: %s", (unsigned long long)x0, refusal == NULL ? "no refusal" : refusal->sentence);
        if (refusal != NULL) {
                CHAOS_CHECK(chaos, refusal->x0 == x0, "the refusal says 0x%llx, x0 is 0x%llx",
                            (unsigned long long)refusal->x0, (unsigned long long)x0);
                CHAOS_CHECK(chaos, condition_rows[refusal->id].command == id, "a refusal of another command: %s",
                            refusal->sentence);
                CHAOS_CHECK(chaos, (uint8_t)condition_rows[refusal->id].status == RMMSIM_RMI_STATUS(x0),
                            "a refusal with another status: %s", refusal->sentence);
        }
}

void chaos_check_answer(struct chaos *chaos, unsigned pe, const struct rmmsim_regs *in, const struct rmmsim_regs *out)
{
        enum rmmsim_command id = command_of(in->x[0]);
        unsigned status = RMMSIM_RMI_STATUS(out->x[0]);
        unsigned num_outputs = id == RMMSIM_COMMAND_NONE ? 0 : command_rows[id].num_outputs;

        if (id == RMMSIM_COMMAND_NONE) {
                CHAOS_CHECK(chaos, out->x[0] == RMMSIM_NOT_SUPPORTED, "x0 of an unknown function is 0x%llx",
                            (unsigned long long)out->x[0]);
        } else {
                CHAOS_CHECK(chaos, status <= RMMSIM_RMI_ERROR_RTT && out->x[0] >> 16 == 0, "x0 is 0x%llx",
                            (unsigned long long)out->x[0]);
                CHAOS_CHECK(chaos, index_fits(id, status, (int8_t)RMMSIM_RMI_INDEX(out->x[0])), "x0 is 0x%llx",
                            (unsigned long long)out->x[0]);
                check_refusal(chaos, id, pe, out->x[0]);
        }
        for (unsigned i = 1; i < 17; i++) {
                bool output = i <= num_outputs && (status == RMMSIM_RMI_SUCCESS || reports(id, status, i));

                CHAOS_CHECK(chaos, output || out->x[i] == 0, "x%u is 0x%llx", i, (unsigned long long)out->x[i]);
        }
        CHAOS_CHECK(chaos, out->x[17] == in->x[17], "x17 has changed");
}

void chaos_check_realm_answer(struct chaos *chaos, const struct rmmsim_event *event)
{
        enum rmmsim_command id = event->of.command.id;
        int64_t x0 = (int64_t)event->of.command.out[0];

        if (id == RMMSIM_COMMAND_NONE) {
                CHAOS_CHECK(chaos, x0 == -1 || x0 == 0x10002, "an unknown call of a Realm returns %lld", (long long)x0);
        } else if (command_rows[id].interface == INTERFACE_RSI) {
                CHAOS_CHECK(chaos, x0 >= 0 && x0 <= RMMSIM_RSI_ERROR_UNKNOWN, "RSI returns %lld", (long long)x0);
        } else if (id != RMMSIM_COMMAND_psci_version) {
                CHAOS_CHECK(chaos, x0 >= RMMSIM_PSCI_INVALID_ADDRESS && x0 <= 1, "PSCI returns %lld", (long long)x0);
        }
        if (event->of.command.refused != RMMSIM_CONDITION_NONE) {
                CHAOS_CHECK(chaos, condition_rows[event->of.command.refused].status == x0, "%s returns %lld",
                            rmmsim_condition_name(event->of.command.refused), (long long)x0);
        }
}

/* ---- everything that a command can change --------------------------------------------------------------------------------- */

struct snapshot {
        uint32_t words[CHAOS_GRANULES_MAX];
        uint64_t vmids[NUM_VMIDS / 64];
        size_t num_bytes;
        uint8_t pages[]; /* of the Realm world, then of the host, region by region */
};

/* Go through all pages, with a buffer: either copying to it or comparing with it. */
static uint64_t walk_pages(struct chaos *chaos, uint8_t *at, bool compare)
{
        const struct memory *memory = &chaos->sim->rmm.memory;

        for (unsigned i = 0; i < chaos->num_granules; i++) {
                uint64_t pa = chaos_pa(chaos, i);
                const uint8_t *pages[2] = { memory_realm_page(memory, pa), memory_host_page(memory, pa) };

                for (unsigned j = 0; j < 2; j++, at += GRANULE_SIZE) {
                        if (pages[j] == NULL) {
                                continue;
                        }
                        if (!compare) {
                                memcpy(at, pages[j], GRANULE_SIZE);
                        } else if (memcmp(at, pages[j], GRANULE_SIZE) != 0) {
                                return pa;
                        }
                }
        }
        return UINT64_MAX;
}

static uint32_t word_of(const struct chaos *chaos, unsigned number)
{
        return atomic_load(&memory_granule(&chaos->sim->rmm.memory, chaos_pa(chaos, number))->word);
}

void chaos_remember(struct chaos *chaos)
{
        struct snapshot *before = chaos->before;

        if (before == NULL) {
                before = malloc(sizeof(*before) + chaos->num_granules * 2 * GRANULE_SIZE);
                CHAOS_CHECK(chaos, before != NULL, "out of memory");
                chaos->before = before;
        }
        for (unsigned i = 0; i < chaos->num_granules; i++) {
                before->words[i] = word_of(chaos, i);
        }
        memcpy(before->vmids, (const void *)chaos->sim->rmm.vmids.used, sizeof(before->vmids));
        (void)walk_pages(chaos, before->pages, false);
}

void chaos_compare(struct chaos *chaos)
{
        struct snapshot *before = chaos->before;
        uint64_t pa;

        for (unsigned i = 0; i < chaos->num_granules; i++) {
                CHAOS_CHECK(chaos, before->words[i] == word_of(chaos, i),
                            "a refused command changed the Granule at 0x%llx", (unsigned long long)chaos_pa(chaos, i));
        }
        CHAOS_CHECK(chaos, memcmp(before->vmids, (const void *)chaos->sim->rmm.vmids.used, sizeof(before->vmids)) == 0,
                    "a refused command changed the VMIDs");
        pa = walk_pages(chaos, before->pages, true);
        CHAOS_CHECK(chaos, pa == UINT64_MAX, "a refused command changed the page at 0x%llx", (unsigned long long)pa);
}

void chaos_audit(struct chaos *chaos)
{
        struct rmmsim_report report;

        CHAOS_CHECK(chaos, rmmsim_audit(chaos->sim, &report) == 0, "%s: %s", report.invariant, report.text);
        chaos_check_lists(chaos);
}
