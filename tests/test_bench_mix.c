/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bench_mix.c - a guest that exits in the mix that was asked for, in an order that its seed gives.
 *
 * Specification: none; <rmmsim/bench.h>, run loops.
 */
#include "vmm.h"
#include <string.h>

/* ---- the mix ------------------------------------------------------------------------------------------------------- */

static const struct {
        enum rmmsim_exit_reason reason;
        unsigned class;
} exits_of_kinds[RMMSIM_NUM_MIX_KINDS] = {
        [RMMSIM_MIX_IRQ] = { RMMSIM_EXIT_IRQ, 0 },
        [RMMSIM_MIX_FIQ] = { RMMSIM_EXIT_FIQ, 0 },
        [RMMSIM_MIX_HOST_CALL] = { RMMSIM_EXIT_HOST_CALL, 0 },
        [RMMSIM_MIX_PSCI] = { RMMSIM_EXIT_PSCI, 0 },
        [RMMSIM_MIX_RIPAS_CHANGE] = { RMMSIM_EXIT_RIPAS_CHANGE, 0 },
        [RMMSIM_MIX_MMIO_READ] = { RMMSIM_EXIT_SYNC, VMM_CLASS_DATA_ABORT },
        [RMMSIM_MIX_MMIO_WRITE] = { RMMSIM_EXIT_SYNC, VMM_CLASS_DATA_ABORT },
        [RMMSIM_MIX_DATA_ABORT] = { RMMSIM_EXIT_SYNC, VMM_CLASS_DATA_ABORT },
        [RMMSIM_MIX_WFI] = { RMMSIM_EXIT_SYNC, VMM_CLASS_WFX },
};

START_TEST(each_kind_alone)
{
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.mix.weights[_i] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        for (unsigned i = 0; i < 50; i++) {
                vmm_run(&vmm, 1);
                ck_assert_uint_eq(vmm.run->exit.exit_reason, exits_of_kinds[_i].reason);
                ck_assert_uint_eq(vmm.run->exit.esr >> 26, exits_of_kinds[_i].class);
        }
        ck_assert_uint_eq(vmm.mix.made[_i], 50);
        ck_assert_uint_eq(vmm.mix.failed, 0);
        ck_assert_uint_eq(vmm.mix.starved, 0);
        vmm_destroy(&vmm);
}
END_TEST

/* Reads and writes, emulatable or not: what a host tells them apart by. */
START_TEST(accesses)
{
        const struct {
                enum rmmsim_mix_kind kind;
                bool isv;
                bool write;
        } expected[] = { { RMMSIM_MIX_MMIO_READ, true, false },
                         { RMMSIM_MIX_MMIO_WRITE, true, true },
                         { RMMSIM_MIX_DATA_ABORT, false, false } };
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.mix.weights[expected[_i].kind] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm_run(&vmm, 1);
        ck_assert_int_eq((vmm.run->exit.esr >> 24 & 1) != 0, expected[_i].isv);
        ck_assert_int_eq((vmm.run->exit.esr >> 6 & 1) != 0, expected[_i].write);
        vmm_destroy(&vmm);
}
END_TEST

/* Pages go round in turn: to EMPTY first, then to RAM. */
START_TEST(ripas_goes_round)
{
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.mix.weights[RMMSIM_MIX_RIPAS_CHANGE] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        for (unsigned i = 0; i < 4 * VMM_NUM_PAGES; i++) {
                vmm_run(&vmm, 1);
                ck_assert_uint_eq(vmm.run->exit.ripas_base, VMM_RIPAS_IPA + i % VMM_NUM_PAGES * PAGE);
                ck_assert_uint_eq(vmm.run->exit.ripas_top, vmm.run->exit.ripas_base + PAGE);
                ck_assert_uint_eq(vmm.run->exit.ripas_value,
                                  i / VMM_NUM_PAGES % 2 == 0 ? RMMSIM_RIPAS_EMPTY : RMMSIM_RIPAS_RAM);
        }
        ck_assert_uint_eq(vmm.mix.failed, 0);
        vmm_destroy(&vmm);
}
END_TEST

/* A caller may move the ranges; the guest then is in them with the next page. */
START_TEST(ranges_may_move)
{
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.mix.weights[_i == 0 ? RMMSIM_MIX_RIPAS_CHANGE : RMMSIM_MIX_DATA_ABORT] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm_run(&vmm, VMM_NUM_PAGES + 1);
        for (int move = 1; move >= -1; move -= 2) {
                uint64_t by = (uint64_t)(move * 16) * PAGE;

                vmm.mix.ripas_base += by;
                vmm.mix.ripas_top += by;
                vmm.mix.abort_base += by;
                vmm.mix.abort_top += by;
                for (uint64_t i = 0; i <= VMM_NUM_PAGES; i++) {
                        uint64_t page = i % VMM_NUM_PAGES * PAGE;

                        vmm_run(&vmm, 1);
                        if (_i == 0) {
                                ck_assert_uint_eq(vmm.run->exit.ripas_base, vmm.mix.ripas_base + page);
                        } else {
                                ck_assert_uint_eq(vmm.run->exit.hpfar >> 4 << 12, vmm.mix.abort_base + page);
                        }
                }
        }
        vmm_destroy(&vmm);
}
END_TEST

/* Weights 1, 2, ... 9: after each row of 45 the proportions are exact. */
START_TEST(proportions)
{
        struct vmm vmm;

        vmm_create(&vmm);
        for (unsigned i = 0; i < RMMSIM_NUM_MIX_KINDS; i++) {
                vmm.mix.weights[i] = i + 1;
        }
        vmm.mix.seed = (uint64_t)_i * 0x1234567;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        for (unsigned row = 1; row <= 5; row++) {
                vmm_run(&vmm, 45);
                for (unsigned i = 0; i < RMMSIM_NUM_MIX_KINDS; i++) {
                        ck_assert_uint_eq(vmm.mix.made[i], row * (i + 1));
                }
        }
        ck_assert_uint_eq(vmm.mix.failed, 0);
        ck_assert_uint_eq(vmm.mix.starved, 0);
        vmm_destroy(&vmm);
}
END_TEST

static void record(uint8_t sequence[VMM_SEQUENCE_MAX], uint64_t seed)
{
        struct vmm vmm;

        vmm_create(&vmm);
        for (unsigned i = 0; i < RMMSIM_NUM_MIX_KINDS; i++) {
                vmm.mix.weights[i] = 20;
        }
        vmm.mix.seed = seed;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm_run(&vmm, VMM_SEQUENCE_MAX);
        memcpy(sequence, vmm.sequence, VMM_SEQUENCE_MAX);
        vmm_destroy(&vmm);
}

START_TEST(reproducible_from_its_seed)
{
        uint8_t first[VMM_SEQUENCE_MAX];
        uint8_t again[VMM_SEQUENCE_MAX];
        uint8_t other[VMM_SEQUENCE_MAX];
        unsigned same = 0;
        unsigned repeated = 0;

        record(first, 42);
        record(again, 42);
        record(other, 43);
        ck_assert_mem_eq(first, again, VMM_SEQUENCE_MAX);
        for (unsigned i = 0; i < VMM_SEQUENCE_MAX; i++) {
                same += first[i] == other[i];
                repeated += i != 0 && first[i] == first[i - 1];
        }
        /* Two orders that know nothing of one another agree in about every sixth place. */
        ck_assert_uint_lt(same, VMM_SEQUENCE_MAX / 3);
        /* Nor do kinds come in runs, or never twice in a row. */
        ck_assert_uint_gt(repeated, VMM_SEQUENCE_MAX / 20);
        ck_assert_uint_lt(repeated, VMM_SEQUENCE_MAX / 3);
}
END_TEST

START_TEST(weights_may_change)
{
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.mix.weights[RMMSIM_MIX_FIQ] = 1000;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm_run(&vmm, 10);
        vmm.mix.weights[RMMSIM_MIX_FIQ] = 0;
        vmm.mix.weights[RMMSIM_MIX_IRQ] = 1;
        vmm.mix.weights[RMMSIM_MIX_HOST_CALL] = 1;
        vmm_run(&vmm, 10);
        ck_assert_uint_eq(vmm.mix.made[RMMSIM_MIX_FIQ], 10);
        ck_assert_uint_eq(vmm.mix.made[RMMSIM_MIX_IRQ], 5);
        ck_assert_uint_eq(vmm.mix.made[RMMSIM_MIX_HOST_CALL], 5);
        /* Without any, the guest does not keep the PE for itself. */
        memset(vmm.mix.weights, 0, sizeof(vmm.mix.weights));
        vmm_run(&vmm, 3);
        ck_assert_uint_eq(vmm.run->exit.exit_reason, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(vmm.mix.starved, 3);
        vmm_destroy(&vmm);
}
END_TEST

/* Requests that the host has to answer: CPU_ON of a vCPU that is off, AFFINITY_INFO. */
START_TEST(psci_requests)
{
        const uint64_t fids[] = { RMMSIM_PSCI_CPU_ON, RMMSIM_PSCI_AFFINITY_INFO };
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.psci_denies = fids[_i] == RMMSIM_PSCI_CPU_ON;
        vmm.mix.weights[RMMSIM_MIX_PSCI] = 1;
        vmm.mix.psci[0] = fids[_i];
        vmm.mix.psci[1] = 1;
        vmm.mix.psci[2] = fids[_i] == RMMSIM_PSCI_CPU_ON ? REALM_PC : 0;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        for (unsigned i = 0; i < 10; i++) {
                vmm_run(&vmm, 1);
                ck_assert_uint_eq(vmm.run->exit.exit_reason, RMMSIM_EXIT_PSCI);
                ck_assert_uint_eq(vmm.run->exit.gprs[0], fids[_i]);
                ck_assert_uint_eq(vmm.run->exit.gprs[1], 1);
        }
        ck_assert_uint_eq(vmm.mix.failed, 0);
        vmm_destroy(&vmm);
}
END_TEST

/* A host that maps every page: the guest is interrupted, and says so. */
START_TEST(starved)
{
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.maps = true;
        vmm.mix.weights[RMMSIM_MIX_DATA_ABORT] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm_run(&vmm, VMM_NUM_PAGES);
        ck_assert_uint_eq(vmm.mix.starved, 0);
        vmm_run(&vmm, 3);
        ck_assert_uint_eq(vmm.run->exit.exit_reason, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(vmm.mix.starved, 3);
        vmm_destroy(&vmm);
}
END_TEST

/* Calls that the RMM refuses make no exit, and are counted. */
START_TEST(failed)
{
        const enum rmmsim_mix_kind kinds[] = { RMMSIM_MIX_HOST_CALL, RMMSIM_MIX_PSCI, RMMSIM_MIX_RIPAS_CHANGE };
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.mix.host_call = vmm.realm.par_top;
        vmm.mix.psci[0] = RMMSIM_PSCI_AFFINITY_INFO;
        vmm.mix.psci[1] = 5; /* no such vCPU */
        vmm.mix.ripas_base = vmm.realm.par_top;
        vmm.mix.ripas_top = vmm.realm.par_top + PAGE;
        vmm.mix.weights[kinds[_i]] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm_run(&vmm, 1);
        ck_assert_uint_eq(vmm.run->exit.exit_reason, RMMSIM_EXIT_IRQ);
        ck_assert_uint_ge(vmm.mix.failed, 100);
        ck_assert_uint_eq(vmm.mix.failed, vmm.mix.made[kinds[_i]]);
        vmm_destroy(&vmm);
}
END_TEST

START_TEST(mixes_that_make_no_sense)
{
        static const struct {
                enum rmmsim_mix_kind kind;
                struct rmmsim_bench_mix mix;
        } wrong[] = {
                { RMMSIM_MIX_HOST_CALL, { .host_call = 0x80 } },
                { RMMSIM_MIX_RIPAS_CHANGE, { .ripas_base = 0 } },
                { RMMSIM_MIX_RIPAS_CHANGE, { .ripas_base = PAGE, .ripas_top = PAGE } },
                { RMMSIM_MIX_RIPAS_CHANGE, { .ripas_base = 8, .ripas_top = PAGE } },
                { RMMSIM_MIX_RIPAS_CHANGE, { .ripas_base = 0, .ripas_top = PAGE + 8 } },
                { RMMSIM_MIX_MMIO_READ, { .mmio = 0 } },
                { RMMSIM_MIX_MMIO_WRITE, { .mmio = 0 } },
                { RMMSIM_MIX_MMIO_READ, { .mmio = 0x1002 } },
                { RMMSIM_MIX_DATA_ABORT, { .abort_base = 0 } },
                { RMMSIM_MIX_DATA_ABORT, { .abort_base = 2 * PAGE, .abort_top = PAGE } },
        };
        struct vmm vmm;

        vmm_create(&vmm);
        ck_assert_int_eq(vmm_bind(&vmm), RMMSIM_ERROR_CONFIG); /* no weight */
        vmm.mix.weights[RMMSIM_MIX_IRQ] = UINT32_MAX;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm.mix.weights[RMMSIM_MIX_FIQ] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), RMMSIM_ERROR_CONFIG); /* too many */
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
                vmm.mix = wrong[i].mix;
                vmm.mix.weights[RMMSIM_MIX_IRQ] = 1;
                ck_assert_int_eq(vmm_bind(&vmm), 0); /* nobody needs the address */
                vmm.mix.weights[wrong[i].kind] = 1;
                ck_assert_msg(vmm_bind(&vmm) == RMMSIM_ERROR_CONFIG, "mix %zu was accepted", i);
        }
        ck_assert_int_eq(rmmsim_bench_guest_bind(vmm.world->sim, vmm.realm.rd, REALM_PC, NULL), RMMSIM_ERROR_CONFIG);
        memset(vmm.mix.weights, 0, sizeof(vmm.mix.weights));
        vmm.mix.weights[RMMSIM_MIX_IRQ] = 1;
        ck_assert_int_eq(rmmsim_bench_guest_bind(vmm.world->sim, vmm.realm.recs[0], REALM_PC, &vmm.mix),
                         RMMSIM_ERROR_STATE);
        vmm_destroy(&vmm);
}
END_TEST

/* Binding again begins anew. */
START_TEST(bound_again)
{
        struct vmm vmm;

        vmm_create(&vmm);
        vmm.mix.weights[RMMSIM_MIX_IRQ] = 1;
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        vmm_run(&vmm, 5);
        ck_assert_int_eq(vmm_bind(&vmm), 0);
        ck_assert_uint_eq(vmm.mix.made[RMMSIM_MIX_IRQ], 0);
        vmm_destroy(&vmm);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bench_mix");
        TCase *tcase = tcase_create("mix");

        tcase_add_loop_test(tcase, each_kind_alone, 0, RMMSIM_NUM_MIX_KINDS);
        tcase_add_loop_test(tcase, accesses, 0, 3);
        tcase_add_test(tcase, ripas_goes_round);
        tcase_add_loop_test(tcase, ranges_may_move, 0, 2);
        tcase_add_loop_test(tcase, proportions, 0, 4);
        tcase_add_test(tcase, reproducible_from_its_seed);
        tcase_add_test(tcase, weights_may_change);
        tcase_add_loop_test(tcase, psci_requests, 0, 2);
        tcase_add_test(tcase, starved);
        tcase_add_loop_test(tcase, failed, 0, 3);
        tcase_add_test(tcase, mixes_that_make_no_sense);
        tcase_add_test(tcase, bound_again);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
