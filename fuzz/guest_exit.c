/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest_exit.c - the masks and places of what an exit may show.
 */
#include "guest_exit.h"
#include "fuzz.h"

static bool all_zero(const void *bytes, size_t size)
{
        const uint8_t *at = bytes;

        while (size > 0 && *at == 0) {
                at++;
                size--;
        }
        return size == 0;
}

/* ESR bits that an exit may show, by reason and exception class. */
static uint64_t esr_mask(const struct rmmsim_rec_exit *exit)
{
        if (exit->exit_reason == RMMSIM_EXIT_SERROR) {
                return UINT64_C(0xfd001e3f);
        }
        if (exit->exit_reason != RMMSIM_EXIT_SYNC) {
                return 0;
        }
        switch (exit->esr >> 26) {
        case 0x01:
                return UINT64_C(0xfc000003);
        case 0x20:
                return UINT64_C(0xfc001a3f);
        case 0x24:
                return UINT64_C(0xffc09e7f);
        default:
                return 0;
        }
}

/* How many of gprs may be other than zero. */
static unsigned gprs_shown(const struct rmmsim_rec_exit *exit)
{
        switch (exit->exit_reason) {
        case RMMSIM_EXIT_PSCI:
                return 4;
        case RMMSIM_EXIT_HOST_CALL:
                return 31;
        case RMMSIM_EXIT_SYNC:
                return 1;
        default:
                return 0;
        }
}

void exit_check(const struct rmmsim_rec_exit *exit, bool wide_hpfar)
{
        bool ripas = exit->exit_reason == RMMSIM_EXIT_RIPAS_CHANGE;
        bool abort = exit->exit_reason == RMMSIM_EXIT_SYNC && (exit->esr >> 26 == 0x20 || exit->esr >> 26 == 0x24);
        unsigned shown = gprs_shown(exit);

        if (exit->exit_reason >= RMMSIM_NUM_EXIT_REASONS || (exit->esr & ~esr_mask(exit)) != 0) {
                fuzz_fail("an exit for reason %llu with esr 0x%llx", (unsigned long long)exit->exit_reason,
                          (unsigned long long)exit->esr);
        }
        if (exit->far >= RMMSIM_GRANULE_SIZE || (!wide_hpfar && (exit->hpfar & 15) != 0) ||
            (!abort && (exit->far != 0 || exit->hpfar != 0))) {
                fuzz_fail("an exit with far 0x%llx, hpfar 0x%llx", (unsigned long long)exit->far,
                          (unsigned long long)exit->hpfar);
        }
        if (!all_zero(exit->gprs + shown, (31 - shown) * sizeof(exit->gprs[0]))) {
                fuzz_fail("an exit (%s) that shows registers", rmmsim_exit_name((unsigned)exit->exit_reason));
        }
        if ((!ripas && (exit->ripas_base | exit->ripas_top | exit->ripas_value) != 0) ||
            (exit->exit_reason != RMMSIM_EXIT_HOST_CALL && exit->imm != 0)) {
                fuzz_fail("an exit (%s) with ripas or imm", rmmsim_exit_name((unsigned)exit->exit_reason));
        }
        if ((exit->gicv3_hcr & ~UINT64_C(0xf80040fe)) != 0 || exit->pmu_ovf_status > 1 ||
            !all_zero(exit->reserved_008, sizeof(exit->reserved_008)) ||
            !all_zero(exit->reserved_118, sizeof(exit->reserved_118)) ||
            !all_zero(exit->reserved_398, sizeof(exit->reserved_398)) ||
            !all_zero(exit->reserved_420, sizeof(exit->reserved_420)) ||
            !all_zero(exit->reserved_511, sizeof(exit->reserved_511)) ||
            !all_zero(exit->reserved_604, sizeof(exit->reserved_604)) ||
            !all_zero(exit->reserved_708, sizeof(exit->reserved_708))) {
                fuzz_fail("an exit with bits that mean nothing");
        }
}
