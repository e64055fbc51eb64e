/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_memory.c - regions: whose memory they are, what they cost, what the host sees of them and what it does not.
 *
 * Cost is counted in page faults and resident pages, not in seconds: both say what "no time in proportion to the memory"
 * means, and neither depends on who else uses the machine.
 */
#include "memory.h"
#include "sim.h"
#include "slowness.h"
#include "world.h"
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

static struct rmmsim *create(const struct rmmsim_region *regions, size_t num_regions, void *context)
{
        struct rmmsim_error error;
        struct rmmsim *sim = rmmsim_create(
                &(struct rmmsim_config){ .context = context, .regions = regions, .num_regions = num_regions }, &error);

        ck_assert_msg(sim != NULL, "%s", error.text);
        return sim;
}

static void delegate(struct rmmsim *sim, uint64_t pa)
{
        ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = pa).x[0], RMMSIM_RMI_SUCCESS);
}

static void undelegate(struct rmmsim *sim, uint64_t pa)
{
        ck_assert_uint_eq(rmmsim_call(sim, 0, rmi_granule_undelegate, .addr = pa).x[0], RMMSIM_RMI_SUCCESS);
}

static void expect_refused(struct rmmsim *sim, const struct rmmsim_regs *regs, const char *condition)
{
        const struct rmmsim_refusal *refusal = rmmsim_why(sim, 0);

        ck_assert_uint_eq(regs->x[0], RMMSIM_RMI_ERROR_INPUT);
        ck_assert_ptr_nonnull(refusal);
        ck_assert_str_eq(refusal->condition, condition);
}

static void expect_delegate_refused(struct rmmsim *sim, uint64_t pa, const char *condition)
{
        struct rmmsim_regs regs = rmmsim_call(sim, 0, rmi_granule_delegate, .addr = pa);

        expect_refused(sim, &regs, condition);
}

static bool is_filled(const uint8_t *page, uint8_t byte)
{
        return page[0] == byte && memcmp(page, page + 1, PAGE - 1) == 0;
}

/* ---- who owns the memory ---------------------------------------------------------------------------------------------- */

/* A page goes and comes back wiped; meanwhile the host's page is left alone by the RMM. */
static void go_and_come_back(struct rmmsim *sim, uint64_t pa, uint8_t *page)
{
        memset(page, 0x5a, PAGE);
        delegate(sim, pa);
        ck_assert(is_filled(memory_realm_page(&sim->rmm.memory, pa), 0));
        undelegate(sim, pa);
        ck_assert(is_filled(page, 0));
}

START_TEST(test_memory_of_the_library)
{
        const struct rmmsim_region region = { .base = GIB, .size = 16 * PAGE };
        struct rmmsim *sim = create(&region, 1, NULL);
        uint8_t *memory = rmmsim_host_pointer(sim, GIB, 16 * PAGE);

        for (unsigned i = 0; i < 16; i++) {
                ck_assert(is_filled(memory + i * PAGE, 0));
        }
        go_and_come_back(sim, GIB + 15 * PAGE, memory + 15 * PAGE);
        rmmsim_destroy(sim);
}
END_TEST

/* For an identity-mapped host a PA is the pointer. The memory outlives the instance with what the host wrote. */
START_TEST(test_memory_of_the_caller)
{
        uint8_t *memory = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        uint64_t base = (uint64_t)(uintptr_t)memory;
        const struct rmmsim_region region = { .base = base, .size = 16 * PAGE, .memory = memory };
        struct rmmsim *sim = create(&region, 1, NULL);

        ck_assert_ptr_eq(rmmsim_host_pointer(sim, base + 3 * PAGE + 7, 1), memory + 3 * PAGE + 7);
        go_and_come_back(sim, base + 3 * PAGE, memory + 3 * PAGE);
        memset(memory, 0x11, PAGE);
        delegate(sim, base);
        rmmsim_destroy(sim);
        ck_assert(is_filled(memory, 0x11));
        munmap(memory, 16 * PAGE);
}
END_TEST

/* A test bench with pages of its own, in an order of its own, one of them out of reach. */
struct bench {
        uint8_t pages[8][4096];
        uint64_t base;
        unsigned out_of_reach;
        unsigned calls;
};

static void *bench_page(void *context, uint64_t pa)
{
        struct bench *bench = context;
        unsigned number = (unsigned)((pa - bench->base) / PAGE);

        bench->calls++;
        ck_assert_uint_eq(pa % PAGE, 0);
        return number == bench->out_of_reach ? NULL : bench->pages[7 - number];
}

START_TEST(test_memory_by_callback)
{
        static struct bench bench = { .base = GIB, .out_of_reach = 4 };
        const struct rmmsim_region region = { .base = GIB, .size = 8 * PAGE, .phys_to_virt = bench_page };
        struct rmmsim *sim = create(&region, 1, &bench);

        ck_assert_ptr_eq(rmmsim_host_pointer(sim, GIB + 5, 4), &bench.pages[7][5]);
        ck_assert_ptr_eq(rmmsim_host_pointer(sim, GIB + PAGE - 1, 1), &bench.pages[7][4095]);
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB + PAGE - 1, 2));
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB, 2 * PAGE));
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB + 4 * PAGE, 1));
        go_and_come_back(sim, GIB + 2 * PAGE, bench.pages[5]);
        ck_assert_uint_gt(bench.calls, 0);
        rmmsim_destroy(sim);
}
END_TEST

/* A page that the host cannot reach can be given away all the same. Parameters are not read from it: as at a GPF. */
START_TEST(test_page_out_of_reach)
{
        static struct bench bench = { .base = GIB, .out_of_reach = 4 };
        const struct rmmsim_region region = { .base = GIB, .size = 8 * PAGE, .phys_to_virt = bench_page };
        struct rmmsim *sim = create(&region, 1, &bench);
        struct rmmsim_regs regs;

        delegate(sim, GIB);
        regs = rmmsim_call(sim, 0, rmi_realm_create, .rd = GIB, .params_ptr = GIB + 4 * PAGE);
        expect_refused(sim, &regs, "params_pas");
        delegate(sim, GIB + 4 * PAGE);
        undelegate(sim, GIB + 4 * PAGE);
        undelegate(sim, GIB);
        rmmsim_destroy(sim);
}
END_TEST

START_TEST(test_device_memory_is_not_delegable)
{
        const struct rmmsim_region regions[] = { { .base = GIB, .size = MIB },
                                                 { .base = 2 * GIB, .size = MIB, .kind = RMMSIM_REGION_DEVICE } };
        struct rmmsim *sim = create(regions, 2, NULL);
        struct rmmsim_granule granule;

        expect_delegate_refused(sim, 2 * GIB, "gran_bound");
        expect_delegate_refused(sim, 2 * GIB + MIB - PAGE, "gran_bound");
        expect_delegate_refused(sim, 2 * GIB - PAGE, "gran_bound");
        expect_delegate_refused(sim, GIB + MIB, "gran_bound");
        expect_delegate_refused(sim, GIB + 1, "gran_align");
        ck_assert_int_eq(rmmsim_granule(sim, &granule, 2 * GIB), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_granule(sim, &granule, GIB - 1), RMMSIM_ERROR_ADDRESS);
        ck_assert_int_eq(rmmsim_granule(sim, &granule, GIB + MIB - 1), 0);
        ck_assert_ptr_nonnull(rmmsim_host_pointer(sim, 2 * GIB, MIB));
        rmmsim_destroy(sim);
}
END_TEST

/* ---- what it costs ------------------------------------------------------------------------------------------------------- */

static long page_faults(void)
{
        struct rusage usage;

        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_minflt;
}

static long resident_pages(void)
{
        FILE *file = fopen("/proc/self/statm", "r");
        long size;
        long resident = 0;

        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
        fclose(file);
        return resident;
}

/* Page faults of one creation and destruction. */
static long cost_of(uint64_t size)
{
        const struct rmmsim_region region = { .base = 4 * TIB, .size = size };
        long before = page_faults();

        rmmsim_destroy(create(&region, 1, NULL));
        return page_faults() - before;
}

START_TEST(test_creation_costs_nothing_in_proportion)
{
        long small;

        (void)cost_of(MIB); /* what libcrypto loads, once */
        small = cost_of(GIB);
        ck_assert_int_le(cost_of(TIB), small + 64);
}
END_TEST

/* A TiB of which seven Granules are used, far from one another: those cost their pages, the rest nothing. */
START_TEST(test_a_granule_never_delegated_costs_nothing)
{
        enum {
                USED = 7
        };
        const struct rmmsim_region region = { .base = 4 * TIB, .size = TIB };
        struct rmmsim *sim;
        uint64_t pa = 0;
        long before;
        long created;

        (void)cost_of(MIB);
        before = resident_pages();
        sim = create(&region, 1, NULL);
        created = resident_pages();
        ck_assert_int_le(created - before, 64);
        for (uint64_t i = 0; i < USED; i++) {
                delegate(sim, 4 * TIB + i * (TIB / USED & ~(PAGE - 1)));
        }
        delegate(sim, 5 * TIB - PAGE);
        ck_assert_int_le(resident_pages() - created, 16 * (USED + 1));
        for (uint64_t i = 0; i < USED; i++) {
                ck_assert(rmmsim_next_delegated(sim, &pa, i == 0 ? 0 : pa + 1));
                ck_assert_uint_eq(pa, 4 * TIB + i * (TIB / USED & ~(PAGE - 1)));
        }
        ck_assert(rmmsim_next_delegated(sim, &pa, pa + 1));
        ck_assert_uint_eq(pa, 5 * TIB - PAGE);
        ck_assert(!rmmsim_next_delegated(sim, &pa, pa + 1));
        ck_assert_int_eq(rmmsim_audit(sim, NULL), 0);
        /* Looking for what is delegated touches what ever was, and one word a chunk of 128 MiB. */
        ck_assert_int_le(resident_pages() - created, 64 * (USED + 1));
        rmmsim_destroy(sim);
}
END_TEST

/* ---- the GPT ---------------------------------------------------------------------------------------------------------- */

static unsigned gpt_of(struct rmmsim *sim, uint64_t pa)
{
        struct rmmsim_granule granule;

        ck_assert_int_eq(rmmsim_granule(sim, &granule, pa), 0);
        return granule.gpt;
}

START_TEST(test_gpt_of_a_range)
{
        const struct rmmsim_region regions[] = {
                { .base = GIB, .size = 16 * PAGE },
                { .base = GIB + 16 * PAGE, .size = 16 * PAGE, .kind = RMMSIM_REGION_DEVICE }
        };
        struct rmmsim *sim = create(regions, 2, NULL);

        for (unsigned gpt = RMMSIM_GPT_GPT_NS; gpt <= RMMSIM_GPT_GPT_AAP; gpt++) {
                if (gpt == RMMSIM_GPT_GPT_REALM) {
                        continue;
                }
                ck_assert_int_eq(rmmsim_gpt_set(sim, GIB + PAGE, 3 * PAGE, (enum rmmsim_state)gpt), 0);
                for (unsigned i = 0; i < 5; i++) {
                        ck_assert_uint_eq(gpt_of(sim, GIB + i * PAGE), i >= 1 && i <= 3 ? gpt : RMMSIM_GPT_GPT_NS);
                }
                if (gpt != RMMSIM_GPT_GPT_NS) {
                        expect_delegate_refused(sim, GIB + 2 * PAGE, "gran_gpt");
                }
        }
        ck_assert_int_eq(rmmsim_gpt_set(sim, GIB, 16 * PAGE, RMMSIM_GPT_GPT_NS), 0);
        delegate(sim, GIB + 2 * PAGE);
        rmmsim_destroy(sim);
}
END_TEST

/* All of the range, or none of it. */
START_TEST(test_gpt_refusals)
{
        const struct rmmsim_region regions[] = {
                { .base = GIB, .size = 16 * PAGE },
                { .base = GIB + 16 * PAGE, .size = 16 * PAGE, .kind = RMMSIM_REGION_DEVICE }
        };
        struct rmmsim *sim = create(regions, 2, NULL);
        const enum rmmsim_state root = RMMSIM_GPT_GPT_ROOT;

        delegate(sim, GIB + 2 * PAGE);
        ck_assert_uint_eq(gpt_of(sim, GIB + 2 * PAGE), RMMSIM_GPT_GPT_REALM);
        ck_assert_int_eq(rmmsim_gpt_set(sim, GIB, PAGE, RMMSIM_GPT_GPT_REALM), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_gpt_set(sim, GIB, PAGE, (enum rmmsim_state)5), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_gpt_set(sim, GIB, 4 * PAGE, root), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_gpt_set(sim, GIB + 14 * PAGE, 4 * PAGE, root), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_gpt_set(sim, GIB + 16 * PAGE, PAGE, root), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_gpt_set(sim, 0, PAGE, root), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_gpt_set(sim, GIB + 14 * PAGE, SIZE_MAX & ~(PAGE - 1), root), RMMSIM_ERROR_STATE);
        ck_assert_int_lt(rmmsim_gpt_set(sim, GIB + 8, PAGE, root), 0);
        ck_assert_int_lt(rmmsim_gpt_set(sim, GIB, PAGE + 8, root), 0);
        for (unsigned i = 0; i < 16; i++) {
                ck_assert_uint_eq(gpt_of(sim, GIB + i * PAGE), i == 2 ? RMMSIM_GPT_GPT_REALM : RMMSIM_GPT_GPT_NS);
        }
        /* Nothing is left locked. */
        for (unsigned i = 0; i < 16; i++) {
                if (i != 2) {
                        delegate(sim, GIB + i * PAGE);
                }
        }
        rmmsim_destroy(sim);
}
END_TEST

/* ---- what the host sees --------------------------------------------------------------------------------------------------- */

START_TEST(test_host_pointer)
{
        const struct rmmsim_region regions[] = { { .base = GIB, .size = 4 * PAGE },
                                                 { .base = GIB + 4 * PAGE, .size = PAGE } };
        struct rmmsim *sim = create(regions, 2, NULL);
        uint8_t *first = rmmsim_host_pointer(sim, GIB, 1);

        ck_assert_ptr_nonnull(first);
        ck_assert_ptr_eq(rmmsim_host_pointer(sim, GIB + 100, 3 * PAGE), first + 100);
        ck_assert_ptr_eq(rmmsim_host_pointer(sim, GIB, 4 * PAGE), first);
        ck_assert_ptr_eq(rmmsim_host_pointer(sim, GIB + 4 * PAGE - 1, 1), first + 4 * PAGE - 1);
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB + 4 * PAGE - 1, 2)); /* neighbours, yet two regions */
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB, 4 * PAGE + 1));
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB + PAGE, SIZE_MAX));
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB - 1, 1));
        ck_assert_ptr_null(rmmsim_host_pointer(sim, GIB + 5 * PAGE, 1));
        ck_assert_ptr_null(rmmsim_host_pointer(sim, UINT64_MAX, 1));
        rmmsim_destroy(sim);
}
END_TEST

static void keep_a_secret(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t secret = 0;

        ck_assert_int_eq(rmmsim_guest_store(vcpu, REALM_PC + 8, 8, UINT64_C(0x5ec2e75ec2e75ec2)), 0);
        ck_assert_int_eq(rmmsim_guest_load(vcpu, REALM_PC + 8, 8, &secret), 0);
        *(uint64_t *)arg = secret;
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

/* The host's page behind a Realm's memory shows nothing of it, while it is delegated and when it has come back. */
START_TEST(test_realm_memory_never_reaches_the_host)
{
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_NONE, .num_pes = WORLD_PES });
        struct realm_world realm;
        uint64_t seen = 0;
        uint64_t data;
        uint8_t *page;

        realm_running(&realm, world, 1, keep_a_secret, &seen);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(seen, UINT64_C(0x5ec2e75ec2e75ec2));
        data = call_regs(world, rmi_rtt_read_entry, .rd = realm.rd, .ipa = REALM_PC, .level = 3).x[3];
        page = world_at(world, data);
        ck_assert(is_filled(page, 0));
        memset(page, 0x77, PAGE); /* what a host must not do has no effect either */
        ck_assert_uint_eq(call(world, rmi_data_destroy, .rd = realm.rd, .ipa = REALM_PC), RMMSIM_RMI_SUCCESS);
        ck_assert(is_filled(memory_realm_page(&world->sim->rmm.memory, data), 0));
        expect_success(world, rmi_granule_undelegate, .addr = data);
        ck_assert(is_filled(page, 0));
        world_destroy(world);
}
END_TEST

/* ---- finding what is delegated -------------------------------------------------------------------------------------------- */

/* Each Granule has its own place in the table, and neighbours, which may be locked by different CPUs, no line in common. */
START_TEST(test_neighbours_share_no_cache_line)
{
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_NONE, .num_pes = WORLD_PES });
        const struct memory *memory = &world->sim->rmm.memory;
        uint8_t taken[256] = { 0 };

        for (uint64_t i = 0; i < sizeof(taken); i++) {
                const struct granule *granule = memory_granule(memory, WORLD_DRAM_BASE + i * PAGE);
                size_t place = (size_t)(granule - memory->regions[0].granules);

                ck_assert_uint_lt(place, sizeof(taken));
                ck_assert_uint_eq(taken[place]++, 0);
                for (uint64_t j = i + 1; j < i + 12; j++) {
                        const struct granule *other = memory_granule(memory, WORLD_DRAM_BASE + j * PAGE);

                        ck_assert_uint_ne((uintptr_t)granule / 64, (uintptr_t)other / 64);
                }
        }
        world_destroy(world);
}
END_TEST

START_TEST(test_next_delegated)
{
        /* Not in the order of their addresses, and one of them huge with Granules in far-apart chunks. */
        const struct rmmsim_region regions[] = { { .base = 8 * GIB, .size = 4 * GIB },
                                                 { .base = GIB, .size = MIB },
                                                 { .base = 0, .size = PAGE },
                                                 { .base = 2 * GIB, .size = MIB, .kind = RMMSIM_REGION_DEVICE } };
        static const uint64_t used[] = { 0,
                                         GIB,
                                         GIB + MIB - PAGE,
                                         8 * GIB + 5 * PAGE,
                                         8 * GIB + 2 * MIB - PAGE,
                                         8 * GIB + 2 * MIB,
                                         8 * GIB + 128 * MIB - PAGE,
                                         8 * GIB + 128 * MIB,
                                         11 * GIB + 12345 * PAGE,
                                         12 * GIB - PAGE };
        enum {
                USED = sizeof(used) / sizeof(used[0])
        };
        struct rmmsim *sim = create(regions, 4, NULL);
        uint64_t pa = 1;

        ck_assert(!rmmsim_next_delegated(sim, &pa, 0));
        for (unsigned i = 0; i < USED; i++) {
                delegate(sim, used[(i * 7 + 3) % USED]);
        }
        for (unsigned i = 0; i < USED; i++) {
                ck_assert(rmmsim_next_delegated(sim, &pa, used[i]));
                ck_assert_uint_eq(pa, used[i]);
                ck_assert(rmmsim_next_delegated(sim, &pa, used[i] + 1) == (i + 1 < USED));
                ck_assert(i + 1 == USED || pa == used[i + 1]);
        }
        ck_assert(!rmmsim_next_delegated(sim, &pa, UINT64_MAX));
        for (unsigned i = 0; i < USED; i++) {
                undelegate(sim, used[i]);
                ck_assert(rmmsim_next_delegated(sim, &pa, 0) == (i + 1 < USED));
                ck_assert(i + 1 == USED || pa == used[i + 1]);
        }
        rmmsim_destroy(sim);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("memory");
        TCase *tcase = tcase_create("memory");

        tcase_add_test(tcase, test_memory_of_the_library);
        tcase_add_test(tcase, test_memory_of_the_caller);
        tcase_add_test(tcase, test_memory_by_callback);
        tcase_add_test(tcase, test_page_out_of_reach);
        tcase_add_test(tcase, test_device_memory_is_not_delegable);
        tcase_add_test(tcase, test_gpt_of_a_range);
        tcase_add_test(tcase, test_gpt_refusals);
        tcase_add_test(tcase, test_host_pointer);
        tcase_add_test(tcase, test_realm_memory_never_reaches_the_host);
        tcase_add_test(tcase, test_next_delegated);
        tcase_add_test(tcase, test_neighbours_share_no_cache_line);
        suite_add_tcase(suite, tcase);
        if (!UNDER_TSAN && !UNDER_ASAN && !under_valgrind()) {
                TCase *cost = tcase_create("cost");

                tcase_add_test(cost, test_creation_costs_nothing_in_proportion);
                tcase_add_test(cost, test_a_granule_never_delegated_costs_nothing);
                suite_add_tcase(suite, cost);
        } else {
                printf("memory: not counted here, as the tool that watches keeps shadow pages of its own: cost\n");
        }
        return run_suite(suite);
}
