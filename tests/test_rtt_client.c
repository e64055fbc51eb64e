/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_client.c - what a hypervisor relies on: its loops around refusals and `top` come to an end, and do what they
 * are for.
 *
 * The loops are those of the Linux KVM host for RMM 1.0, reduced to their decisions. They look at nothing but return
 * codes and outputs.
 *
 * Specification: RTT sheet, 3.4 to 3.8 (lines marked [L]) and the client expectations behind section 9.
 */
#include "rtt_fixture.h"
#include <pthread.h>

static struct machine m;

static void teardown(void)
{
        machine_destroy(&m);
}

static uint64_t status(void)
{
        return RMMSIM_RMI_STATUS(m.out.x[0]);
}

static int index_of(void)
{
        return (int8_t)RMMSIM_RMI_INDEX(m.out.x[0]);
}

static const struct {
        unsigned width;
        int level;
        unsigned roots;
        bool lpa2;
} shapes[] = { { 40, 0, 1, false }, { 40, 1, 2, false }, { 34, 2, 16, false },
               { 48, 0, 1, false }, { 52, -1, 1, true }, { 52, 0, 16, true } };

static void begin(int i)
{
        machine_create(&m, (struct rmmsim_config){ 0 });
        realm_begin(&m, shapes[i].width, shapes[i].level, shapes[i].roots, shapes[i].lpa2);
}

/* Populate a page: on ERROR_RTT make the tables that are missing below the level reached, and try again. */
static void fault_in(uint64_t ipa, uint64_t pa)
{
        CALL(&m, rmi_data_create_unknown, .rd = m.rd, .data = pa, .ipa = ipa);
        if (status() == ERROR_RTT) {
                for (int level = index_of() + 1; level <= 3; level++) {
                        (void)table(&m, ipa & ~(rtt_table_size(level) - 1), level);
                }
                CALL(&m, rmi_data_create_unknown, .rd = m.rd, .data = pa, .ipa = ipa);
        }
        expect_granted(&m);
}

/* Share a page the same way. */
static void share(uint64_t ipa, uint64_t pa)
{
        CALL(&m, rmi_rtt_map_unprotected, .rd = m.rd, .ipa = ipa, .level = 3, .desc = pa | DESC_RW);
        if (status() == ERROR_RTT) {
                for (int level = index_of() + 1; level <= 3; level++) {
                        (void)table(&m, ipa & ~(rtt_table_size(level) - 1), level);
                }
                CALL(&m, rmi_rtt_map_unprotected, .rd = m.rd, .ipa = ipa, .level = 3, .desc = pa | DESC_RW);
        }
        expect_granted(&m);
}

/* Take away all memory of a range: skip to top, and split a block that is in the way. Returns the number of pages. */
static unsigned drain(uint64_t base, uint64_t end)
{
        unsigned count = 0, calls = 0;

        for (uint64_t ipa = base; ipa < end; calls++) {
                ck_assert_uint_lt(calls, 5000);
                CALL(&m, rmi_data_destroy, .rd = m.rd, .ipa = ipa);
                if (status() == RMMSIM_RMI_SUCCESS) {
                        uint64_t pa = m.out.x[1], top = m.out.x[2];

                        count++;
                        GRANTED(&m, rmi_granule_undelegate, .addr = pa);
                        ck_assert_uint_gt(top, ipa);
                        ipa = top;
                } else {
                        ck_assert_uint_eq(status(), ERROR_RTT);
                        if (m.out.x[2] > ipa) {
                                ipa = m.out.x[2];
                                continue;
                        }
                        /* A block: a table below it, then once more. */
                        ck_assert_uint_eq(m.out.x[2], ipa);
                        ck_assert_int_lt(index_of(), 3);
                        (void)table(&m, ipa & ~(rtt_table_size(index_of() + 1) - 1), index_of() + 1);
                }
        }
        return count;
}

/* Destroy the tables at `level` over a range, deeper ones first where a table is live. */
static void destroy_tables(int level, uint64_t base, uint64_t end)
{
        unsigned calls = 0;

        for (uint64_t ipa = base; ipa < end; calls++) {
                ck_assert_uint_lt(calls, 5000);
                CALL(&m, rmi_rtt_destroy, .rd = m.rd, .ipa = ipa, .level = (uint64_t)(int64_t)level);
                if (status() == RMMSIM_RMI_SUCCESS) {
                        uint64_t rtt = m.out.x[1], top = m.out.x[2];

                        GRANTED(&m, rmi_granule_undelegate, .addr = rtt);
                        ck_assert_uint_gt(top, ipa);
                        ipa = top;
                } else {
                        ck_assert_uint_eq(status(), ERROR_RTT);
                        if (m.out.x[2] > ipa) {
                                ipa = m.out.x[2];
                                continue;
                        }
                        ck_assert_int_eq(index_of(), level);
                        ck_assert_int_lt(level, 3);
                        destroy_tables(level + 1, ipa, ipa + rtt_table_size(level));
                }
        }
}

static void tear_down_realm(int i)
{
        uint64_t root = the_realm(&m)->rtt_base, pa;

        destroy_tables(shapes[i].level + 1, 0, 2 * m.half);
        GRANTED(&m, rmi_realm_destroy, .rd = m.rd);
        GRANTED(&m, rmi_granule_undelegate, .addr = m.rd);
        for (unsigned r = 0; r < shapes[i].roots; r++) {
                GRANTED(&m, rmi_granule_undelegate, .addr = root + r * PAGE);
        }
        ck_assert_msg(!rmmsim_next_delegated(m.sim, &pa, 0), "%llx was lost", (unsigned long long)pa);
}

/* Pages here and there in both halves; then all of it away, led by top alone. */
START_TEST(a_life)
{
        unsigned count = 0;

        begin(_i);
        for (unsigned i = 0; i < 40; i++) {
                uint64_t ipa = (i * UINT64_C(0x5DEECE66D1234) + i * PAGE) % m.half & ~(PAGE - 1);

                fault_in(ipa, delegated(&m));
                count++;
                share(m.half + ipa, pages(&m, 1, PAGE));
        }
        fault_in(m.half - PAGE, delegated(&m));
        share(2 * m.half - PAGE, pages(&m, 1, PAGE));
        ck_assert_uint_eq(drain(0, m.half), count + 1);
        tear_down_realm(_i);
}
END_TEST

/* 512 pages become a block, and are taken away again from inside. */
START_TEST(a_block)
{
        uint64_t ipa, first;

        begin(_i);
        ipa = m.half - 4 * MB;
        first = delegated_pages(&m, 512, 2 * MB);
        for (unsigned i = 0; i < 512; i++) {
                fault_in(ipa + i * PAGE, first + i * PAGE);
        }
        GRANTED(&m, rmi_rtt_fold, .rd = m.rd, .ipa = ipa, .level = 3);
        GRANTED(&m, rmi_granule_undelegate, .addr = m.out.x[1]);
        CALL(&m, rmi_data_destroy, .rd = m.rd, .ipa = ipa + 0x33000);
        ck_assert_uint_eq(m.out.x[0], RMMSIM_RMI_RESULT(ERROR_RTT, 2));
        ck_assert_uint_eq(m.out.x[2], ipa + 0x33000);
        ck_assert_uint_eq(drain(0, m.half), 512);
        tear_down_realm(_i);
}
END_TEST

/* Folding as the host tries it after each fault: "nothing here", "try deeper", or done. */
START_TEST(folding_all)
{
        begin(_i);
        tables(&m, 0, 3);
        for (int level = 3; level > shapes[_i].level; level--) {
                for (int deeper = shapes[_i].level + 1; deeper < level; deeper++) {
                        CALL(&m, rmi_rtt_fold, .rd = m.rd, .ipa = 0, .level = (uint64_t)(int64_t)deeper);
                        ck_assert_uint_eq(status(), ERROR_RTT);
                        ck_assert_int_eq(index_of(), deeper);
                }
                CALL(&m, rmi_rtt_fold, .rd = m.rd, .ipa = 0, .level = (uint64_t)(int64_t)level);
                expect_granted(&m);
                GRANTED(&m, rmi_granule_undelegate, .addr = m.out.x[1]);
        }
        CALL(&m, rmi_rtt_fold, .rd = m.rd, .ipa = 0, .level = 3);
        ck_assert_uint_eq(status(), ERROR_RTT);
        ck_assert_int_lt(index_of(), 3);
        tear_down_realm(_i);
}
END_TEST

/* ---- several CPUs in one tree -------------------------------------------------------------------------------------- */

enum {
        CPUS = 4,
        STEPS = 3000,
        SHARED_PAGES = 16
};

struct cpu {
        unsigned pe;
        uint64_t random;
        uint64_t granules[SHARED_PAGES];
        pthread_t thread;
};

static uint64_t cpu_call(const struct cpu *cpu, uint32_t fid, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
        struct rmmsim_regs regs = { .x = { fid, a, b, c, d } };

        ck_assert_int_eq(rmmsim_smc(m.sim, cpu->pe, &regs), 0);
        return RMMSIM_RMI_STATUS(regs.x[0]);
}

/* All on the same pages and the same tables: any status may come back, as long as it is one that the command has. */
static void *cpu_main(void *arg)
{
        struct cpu *cpu = arg;

        for (unsigned i = 0; i < STEPS; i++) {
                uint64_t x = cpu->random = cpu->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
                uint64_t granule = cpu->granules[x >> 33 & (SHARED_PAGES - 1)];
                uint64_t ipa = (x >> 40 & 3) * PAGE, status_ = 0;

                switch (x >> 50 & 7) {
                case 0:
                case 1:
                        status_ = cpu_call(cpu, RMMSIM_RMI_DATA_CREATE_UNKNOWN, m.rd, granule, ipa, 0);
                        break;
                case 2:
                        status_ = cpu_call(cpu, RMMSIM_RMI_DATA_DESTROY, m.rd, ipa, 0, 0);
                        break;
                case 3:
                        status_ = cpu_call(cpu, RMMSIM_RMI_RTT_CREATE, m.rd, granule, 0, 1 + (x >> 45) % 3);
                        break;
                case 4:
                        status_ = cpu_call(cpu, RMMSIM_RMI_RTT_DESTROY, m.rd, 0, 1 + (x >> 45) % 3, 0);
                        break;
                case 5:
                        status_ = cpu_call(cpu, RMMSIM_RMI_RTT_FOLD, m.rd, 0, 1 + (x >> 45) % 3, 0);
                        break;
                case 6:
                        status_ = cpu_call(cpu, RMMSIM_RMI_RTT_INIT_RIPAS, m.rd, ipa, ipa + PAGE, 0);
                        break;
                default:
                        ck_assert_uint_eq(cpu_call(cpu, RMMSIM_RMI_RTT_READ_ENTRY, m.rd, ipa, 3, 0), 0);
                        break;
                }
                ck_assert(status_ == 0 || status_ == ERROR_INPUT || status_ == ERROR_RTT);
        }
        return NULL;
}

START_TEST(many_cpus)
{
        static struct cpu cpus[CPUS];

        machine_create(&m, (struct rmmsim_config){ .num_pes = CPUS });
        realm_begin(&m, 40, 0, 1, false);
        for (unsigned i = 0; i < SHARED_PAGES; i++) {
                cpus[0].granules[i] = delegated(&m);
        }
        for (unsigned i = 0; i < CPUS; i++) {
                cpus[i].pe = i;
                cpus[i].random = i + 1;
                memcpy(cpus[i].granules, cpus[0].granules, sizeof(cpus[i].granules));
                ck_assert_int_eq(pthread_create(&cpus[i].thread, NULL, cpu_main, &cpus[i]), 0);
        }
        for (unsigned i = 0; i < CPUS; i++) {
                ck_assert_int_eq(pthread_join(cpus[i].thread, NULL), 0);
        }
        (void)drain(0, m.half);
        for (unsigned i = 0; i < SHARED_PAGES; i++) {
                (void)rmmsim_call(m.sim, 0, rmi_granule_undelegate, .addr = cpus[0].granules[i]);
        }
        tear_down_realm(0);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_client");
        TCase *tcase = tcase_create("loops");

        tcase_set_timeout(tcase, 120);
        tcase_add_checked_fixture(tcase, NULL, teardown);
        tcase_add_loop_test(tcase, a_life, 0, (int)ARRAY_SIZE(shapes));
        tcase_add_loop_test(tcase, a_block, 0, (int)ARRAY_SIZE(shapes));
        tcase_add_loop_test(tcase, folding_all, 0, (int)ARRAY_SIZE(shapes));
        tcase_add_test(tcase, many_cpus);
        suite_add_tcase(suite, tcase);
        return run(suite);
}
