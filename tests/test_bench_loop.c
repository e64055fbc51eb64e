/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_bench_loop.c - measuring a host's run loop: the time of an exit is split at the library's door.
 *
 * Machines are noisy and sanitizers slow, so what is asserted of times is what no noise can turn round: who has burnt
 * half a millisecond on purpose.
 *
 * Specification: none; <rmmsim/bench.h>, run loops.
 */
#include "vmm.h"
#include <string.h>
#include <time.h>

#define BURN_NS 500000.0

static const struct rmmsim_bench_method brief = { .rounds = 5, .round_ns = 100000 };

static double now_ns(void)
{
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void burn(void)
{
        double end = now_ns() + BURN_NS;

        while (now_ns() < end) {
        }
}

static void vmm_with(struct vmm *vmm, enum rmmsim_mix_kind kind)
{
        vmm_create(vmm);
        vmm->mix.weights[kind] = 1;
        ck_assert_int_eq(vmm_bind(vmm), 0);
}

static struct rmmsim_bench_loop loop_of(struct vmm *vmm, int (*step)(void *))
{
        return (struct rmmsim_bench_loop){ .sim = vmm->world->sim, .step = step, .context = vmm };
}

/* ---- what is found out --------------------------------------------------------------------------------------------- */

static void expect_figure(const struct rmmsim_bench_figure *figure, uint64_t exits)
{
        ck_assert(figure->median_ns >= figure->min_ns);
        ck_assert(figure->min_ns >= 0);
        ck_assert(figure->spread >= 0);
        ck_assert_uint_eq(figure->rounds, brief.rounds);
        ck_assert_uint_eq(figure->iterations, exits);
}

START_TEST(split_of_exits)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        uint64_t exits = 0;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_HOST_CALL);
        vmm.mix.weights[RMMSIM_MIX_FIQ] = 3;
        loop = loop_of(&vmm, vmm_step);
        loop.exits = 400;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), 0);
        expect_figure(&split.ours, 400);
        expect_figure(&split.theirs, 400);
        expect_figure(&split.both, 400);
        ck_assert(split.ours.min_ns > 0);
        ck_assert(split.both.min_ns >= split.ours.min_ns + split.theirs.min_ns - 1);
        ck_assert(split.calls == 1);
        ck_assert_uint_eq(split.exits, 5 * 400);
        for (unsigned i = 0; i < RMMSIM_NUM_EXIT_REASONS; i++) {
                exits += split.reasons[i];
        }
        ck_assert_uint_eq(exits, split.exits);
        ck_assert_uint_eq(split.reasons[RMMSIM_EXIT_HOST_CALL], 5 * 100);
        ck_assert_uint_eq(split.reasons[RMMSIM_EXIT_FIQ], 5 * 300);
        /* Warmed up once, and nothing beside that. */
        ck_assert_uint_eq(vmm.num_exits, 6 * 400);
        vmm_destroy(&vmm);
}
END_TEST

/* Without a number of exits a round lasts as long as the method says. */
START_TEST(as_long_as_the_method_says)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_IRQ);
        loop = loop_of(&vmm, vmm_step);
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), 0);
        ck_assert_uint_ge(split.both.iterations, 1);
        ck_assert_uint_eq(split.exits, split.both.iterations * brief.rounds);
        vmm_destroy(&vmm);
}
END_TEST

static int step_that_burns(void *context)
{
        burn();
        return vmm_step(context);
}

START_TEST(time_of_the_caller)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_IRQ);
        loop = loop_of(&vmm, step_that_burns);
        loop.exits = 3;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), 0);
        ck_assert(split.theirs.min_ns > 0.9 * BURN_NS);
        ck_assert(split.ours.min_ns < 0.9 * BURN_NS);
        vmm_destroy(&vmm);
}
END_TEST

static void guest_that_burns(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                burn();
                rmmsim_guest_wfi(vcpu);
        }
}

START_TEST(time_of_the_library)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        struct vmm vmm;

        vmm_create(&vmm);
        ck_assert_int_eq(rmmsim_guest_bind(vmm.world->sim, vmm.realm.rd, REALM_PC, guest_that_burns, NULL), 0);
        loop = loop_of(&vmm, vmm_step);
        loop.exits = 3;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), 0);
        ck_assert(split.ours.min_ns > 0.9 * BURN_NS);
        ck_assert(split.theirs.min_ns < 0.9 * BURN_NS);
        vmm_destroy(&vmm);
}
END_TEST

/* Handling an exit may take calls: they are the library's time, and counted. */
START_TEST(calls_between)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_RIPAS_CHANGE);
        loop = loop_of(&vmm, vmm_step);
        loop.exits = 20;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), 0);
        ck_assert(split.calls == 2);
        vmm_destroy(&vmm);
}
END_TEST

enum {
        CHEAP_CALLS = 200
};

static int step_of_cheap_calls(void *context)
{
        struct vmm *vmm = context;
        struct rmmsim_regs regs;

        for (int i = 0; i < CHEAP_CALLS; i++) {
                regs = (struct rmmsim_regs){ .x = { RMMSIM_RMI_VERSION, UINT64_C(1) << 16 } };
                rmmsim_smc(vmm->world->sim, 0, &regs);
        }
        return vmm_step(vmm);
}

static double least_without_meter(struct vmm *vmm, unsigned steps)
{
        double least = 0;

        for (unsigned round = 0; round < brief.rounds; round++) {
                double start = now_ns();
                double took;

                for (unsigned i = 0; i < steps; i++) {
                        step_of_cheap_calls(vmm);
                }
                took = (now_ns() - start) / steps;
                least = round == 0 || took < least ? took : least;
        }
        return least;
}

/*
 * With many cheap calls a step, reading the clock around each of them takes a third of the time or more; taken off, the time is what
 * it is without a meter. Other work on the machine may spoil one comparison, but not each of several.
 */
START_TEST(reading_the_clock_is_taken_off)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        double ratio = 0;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_IRQ);
        loop = loop_of(&vmm, step_of_cheap_calls);
        loop.exits = 20;
        for (int attempt = 0; attempt < 10 && !(ratio > 0.85 && ratio < 1.15); attempt++) {
                double without = least_without_meter(&vmm, 20);

                ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), 0);
                ck_assert(split.calls == CHEAP_CALLS + 1);
                ratio = split.both.min_ns / without;
        }
        ck_assert_msg(ratio > 0.85 && ratio < 1.15, "%.2f times what it is without a meter", ratio);
        vmm_destroy(&vmm);
}
END_TEST

static int step_of_three_exits(void *context)
{
        vmm_run(context, 3);
        return 0;
}

static int step_that_exits_sometimes(void *context)
{
        struct vmm *vmm = context;

        if (++vmm->steps % 4 == 0) {
                vmm_run(vmm, 1);
        }
        return 0;
}

/* An exit is an exit, however many steps it takes, or a step makes. */
START_TEST(steps_that_are_no_exits)
{
        struct rmmsim_bench_split splits[2];
        struct rmmsim_bench_loop loops[2];
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_FIQ);
        loops[0] = loop_of(&vmm, step_of_three_exits);
        loops[0].exits = 30;
        loops[1] = loop_of(&vmm, step_that_exits_sometimes);
        loops[1].exits = 20;
        ck_assert_int_eq(rmmsim_bench_loop(splits, loops, 2, &brief), 0);
        ck_assert_uint_ge(splits[0].exits, 5 * 30);
        ck_assert_uint_eq(splits[0].reasons[RMMSIM_EXIT_FIQ], splits[0].exits);
        ck_assert(splits[0].calls == 1);
        ck_assert_uint_eq(splits[1].exits, 5 * 20);
        ck_assert(splits[1].calls == 1);
        vmm_destroy(&vmm);
}
END_TEST

/* ---- in turns ------------------------------------------------------------------------------------------------------ */

struct turns {
        struct vmm *vmm;
        enum rmmsim_mix_kind kind;
        char *order; /* what both have written */
};

static void turn_begins(void *context)
{
        struct turns *turns = context;
        size_t length = strlen(turns->order);

        memset(turns->vmm->mix.weights, 0, sizeof(turns->vmm->mix.weights));
        turns->vmm->mix.weights[turns->kind] = 1;
        turns->order[length] = (char)('a' + turns->kind);
}

static int turn_step(void *context)
{
        return vmm_step(((struct turns *)context)->vmm);
}

START_TEST(visited_in_turns)
{
        struct rmmsim_bench_split splits[2];
        struct rmmsim_bench_loop loops[2];
        char order[64] = { 0 };
        struct vmm vmm;
        struct turns turns[2] = { { &vmm, RMMSIM_MIX_IRQ, order }, { &vmm, RMMSIM_MIX_FIQ, order } };

        vmm_with(&vmm, RMMSIM_MIX_WFI);
        for (unsigned i = 0; i < 2; i++) {
                loops[i] = loop_of(&vmm, turn_step);
                loops[i].begin = turn_begins;
                loops[i].context = &turns[i];
                loops[i].exits = 10;
        }
        ck_assert_int_eq(rmmsim_bench_loop(splits, loops, 2, &brief), 0);
        ck_assert_str_eq(order, "abababababab");
        ck_assert_uint_eq(splits[0].reasons[RMMSIM_EXIT_IRQ], 50);
        ck_assert_uint_eq(splits[1].reasons[RMMSIM_EXIT_FIQ], 50);
        vmm_destroy(&vmm);
}
END_TEST

/* ---- what is wrong ------------------------------------------------------------------------------------------------- */

static int step_without_exit(void *context)
{
        struct vmm *vmm = context;

        vmm->steps++;
        return 0;
}

START_TEST(never_exits)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_IRQ);
        loop = loop_of(&vmm, step_without_exit);
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), RMMSIM_ERROR_STATE);
        ck_assert_uint_eq(vmm.steps, 10000);
        /* Nor does an exit on another PE count. */
        loop.pe = 1;
        loop.step = vmm_step;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), RMMSIM_ERROR_STATE);
        vmm_destroy(&vmm);
}
END_TEST

static int step_that_gives_up(void *context)
{
        struct vmm *vmm = context;

        return ++vmm->steps < 25 ? vmm_step(vmm) : 77;
}

START_TEST(gives_up)
{
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        struct rmmsim_meter meter = { 0 };
        uint64_t calls;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_IRQ);
        ck_assert_int_eq(rmmsim_meter_attach(vmm.world->sim, 0, &meter), 0);
        loop = loop_of(&vmm, step_that_gives_up);
        loop.exits = 10;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), 77);
        ck_assert_uint_eq(vmm.steps, 25);
        /* The caller's own meter is back. */
        calls = meter.calls;
        vmm_run(&vmm, 3);
        ck_assert_uint_eq(meter.calls, calls + 3);
        ck_assert_int_eq(rmmsim_meter_attach(vmm.world->sim, 0, NULL), 0);
        vmm_destroy(&vmm);
}
END_TEST

static unsigned misuses;

static void count_misuse(void *context, const char *sentence)
{
        (void)context;
        (void)sentence;
        misuses++;
}

START_TEST(makes_no_sense)
{
        const struct rmmsim_region region = { .base = WORLD_DRAM_BASE, .size = WORLD_DRAM_SIZE };
        struct rmmsim *other = rmmsim_create(
                &(struct rmmsim_config){ .regions = &region, .num_regions = 1, .misuse = count_misuse }, NULL);
        struct rmmsim_bench_split split;
        struct rmmsim_bench_loop loop;
        struct vmm vmm;

        vmm_with(&vmm, RMMSIM_MIX_IRQ);
        loop = loop_of(&vmm, vmm_step);
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 0, &brief), 0);
        ck_assert_int_eq(rmmsim_bench_loop(NULL, &loop, 1, &brief), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_bench_loop(&split, NULL, 1, &brief), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &(struct rmmsim_bench_method){ .rounds = 2 }),
                         RMMSIM_ERROR_CONFIG);
        loop.exits = UINT64_MAX;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), RMMSIM_ERROR_CONFIG);
        loop = loop_of(&vmm, NULL);
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), RMMSIM_ERROR_CONFIG);
        loop = loop_of(&vmm, vmm_step);
        loop.sim = NULL;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), RMMSIM_ERROR_CONFIG);
        loop.sim = other;
        loop.pe = 1;
        ck_assert_int_eq(rmmsim_bench_loop(&split, &loop, 1, &brief), RMMSIM_ERROR_MISUSE);
        ck_assert_uint_eq(misuses, 1);
        ck_assert_uint_eq(vmm.num_exits, 0);
        rmmsim_destroy(other);
        vmm_destroy(&vmm);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("bench_loop");
        TCase *tcase = tcase_create("loop");

        tcase_add_test(tcase, split_of_exits);
        tcase_add_test(tcase, as_long_as_the_method_says);
        tcase_add_test(tcase, time_of_the_caller);
        tcase_add_test(tcase, time_of_the_library);
        tcase_add_test(tcase, calls_between);
        tcase_add_test(tcase, reading_the_clock_is_taken_off);
        tcase_add_test(tcase, steps_that_are_no_exits);
        tcase_add_test(tcase, visited_in_turns);
        tcase_add_test(tcase, never_exits);
        tcase_add_test(tcase, gives_up);
        tcase_add_test(tcase, makes_no_sense);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
