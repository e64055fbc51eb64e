/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_sweep_rules.c - what surrounds a sweep: instances of one's own, what was there before, hosts that break the rules, nonsense.
 */
#include "sweep_fixture.h"
#include <rmmsim/explore.h>
#include <rmmsim/guest.h>
#include <stdlib.h>

/* ---- instances by setup --------------------------------------------------------------------------------------------------- */

static unsigned num_setups;
static unsigned num_teardowns;

static struct rmmsim *make(struct rmmsim *sim, void *arg)
{
        struct rmmsim_config config = { .features.rec_aux_count = RMMSIM_NONE };

        ck_assert_ptr_null(sim);
        ck_assert_ptr_eq(arg, &host);
        num_setups++;
        host.world = world_create_with(&config);
        host.first = world_pages(host.world, NUM_GRANULES, PAGE);
        host.run_page = world_page(host.world);
        return host.world->sim;
}

static void unmake(struct rmmsim *sim, void *arg)
{
        ck_assert_ptr_eq(sim, host.world->sim);
        ck_assert_ptr_eq(arg, &host);
        num_teardowns++;
        world_destroy(host.world);
}

/* The same findings as from snapshots; endless runs are left there, too. */
START_TEST(setup_makes_the_instances)
{
        static struct rmmsim_sweep_report other;
        static const enum plant plants[] = { PLANT_NONE, PLANT_TABLE, PLANT_SPIN, PLANT_RESULT };
        struct rmmsim_sweep sweep = begin(plants[_i]);
        struct world *world = host.world;

        sweep_with(&sweep);
        other = report;
        memset(&report, 0, sizeof(report));
        sweep = (struct rmmsim_sweep){
                .run = boot_and_destroy, .arg = &host, .setup = make, .teardown = unmake, .smcs_max = 1190
        };
        sweep_with(&sweep);
        ck_assert_uint_eq(num_setups, 1 + report.runs);
        ck_assert_uint_eq(num_teardowns, num_setups);
        ck_assert_int_eq(memcmp(&report, &other, sizeof(report)), 0);
        host.world = world;
        end(other.num_findings);
}
END_TEST

static struct rmmsim *make_nothing(struct rmmsim *sim, void *arg)
{
        (void)sim, (void)arg;
        return NULL;
}

static unsigned num_prepared;

static struct rmmsim *prepare(struct rmmsim *sim, void *arg)
{
        (void)arg;
        ck_assert_ptr_eq(sim, host.world->sim);
        num_prepared++;
        return sim;
}

START_TEST(setup_with_an_instance_puts_variables_back)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);

        sweep.setup = prepare;
        sweep_with(&sweep);
        ck_assert_uint_eq(num_prepared, 1 + report.runs);
        end(0);
}
END_TEST

static int delegate_one(struct rmmsim *sim, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = 0x80000000);
        return rmmsim_call(sim, 0, rmi_granule_undelegate, .addr = 0x80000000).x[0] == 0 ? 0 : 1;
}

START_TEST(an_instance_that_nobody_traces)
{
        static const struct rmmsim_region region = { .base = 0x80000000, .size = 0x100000 };
        struct rmmsim_config config = { .regions = &region, .num_regions = 1 };
        struct rmmsim_sweep sweep = { .sim = rmmsim_create(&config, &error), .run = delegate_one };

        sweep_with(&sweep);
        ck_assert_uint_eq(report.points, 2);
        ck_assert_uint_eq(report.num_findings, 2);
        ck_assert_int_eq(report.findings[0].command, RMMSIM_COMMAND_rmi_granule_delegate);
        ck_assert_int_eq(report.findings[0].kind, RMMSIM_SWEEP_FAILED);
        ck_assert_int_eq(report.findings[1].command, RMMSIM_COMMAND_rmi_granule_undelegate);
        rmmsim_destroy(sweep.sim);
}
END_TEST

/* ---- what was there before ------------------------------------------------------------------------------------------------ */

/* Granules that are delegated already are not missed, and one among them that is lost is. */
START_TEST(what_was_delegated_before_is_not_lost)
{
        struct rmmsim_sweep sweep = begin(PLANT_TABLE);
        uint64_t between = at(TABLE_1);

        for (unsigned i = 0; i < 300; i++) {
                (void)world_delegated(host.world);
        }
        host.first = world_pages(host.world, NUM_GRANULES, PAGE);
        (void)world_delegated(host.world);
        expect_success(host.world, rmi_granule_delegate, .addr = between);
        sweep_with(&sweep);
        ck_assert_uint_eq(report.num_findings, 4);
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_uint_eq(report.findings[i].num_lost, 1);
                ck_assert_uint_eq(report.findings[i].lost[0].pa, at(TABLE_1 + i / 2));
        }
        end(4);
}
END_TEST

/* The test's own fault meets each run: here it makes the first run lose a table, and nothing more is tried. */
START_TEST(faults_that_are_there_stay)
{
        struct rmmsim_sweep sweep = begin(PLANT_TABLE);
        struct rmmsim_fault fault = {
                .kind = RMMSIM_FAULT_STATUS, .fid = RMMSIM_RMI_RTT_CREATE, .nth = 2, .x0 = RMMSIM_RMI_ERROR_RTT
        };
        struct rmmsim_fault_count count;
        int id = rmmsim_inject(sweep.sim, &fault, &error);

        ck_assert_int_gt(id, 0);
        sweep_with(&sweep);
        ck_assert_uint_eq(report.runs, 0);
        ck_assert_uint_eq(report.num_findings, 1);
        ck_assert_int_eq(report.findings[0].command, RMMSIM_COMMAND_NONE);
        ck_assert_str_eq(report.findings[0].sentence,
                         "without trouble: 1 Granule lost: 0x80005000 DELEGATED since RMI_GRANULE_DELEGATE");
        host.plant = PLANT_NONE;
        sweep_with(&sweep);
        ck_assert_int_eq(rmmsim_inject_count(sweep.sim, &count, id, &error), 0);
        ck_assert_uint_eq(count.seen, 0);
        ck_assert_uint_gt(count.total, 10);
        end(0);
}
END_TEST

/* ---- hosts that break the rules ------------------------------------------------------------------------------------------- */

static unsigned num_calls;

static int restless(struct rmmsim *sim, void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < num_calls; i++) {
                (void)rmmsim_call(sim, 0, rmi_version, .req = 0x10000);
        }
        num_calls = num_calls == 4 ? 2 : 4;
        return 0;
}

static int fickle(struct rmmsim *sim, void *arg)
{
        (void)arg;
        if (num_calls++ == 0) {
                (void)rmmsim_call(sim, 0, rmi_rec_aux_count, .rd = 0);
        } else {
                (void)rmmsim_call(sim, 0, rmi_features, .index = 0);
        }
        (void)rmmsim_call(sim, 0, rmi_version, .req = 0x10000);
        return 0;
}

START_TEST(a_run_that_is_another_each_time)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);

        sweep.run = restless;
        num_calls = 4;
        sweep_with(&sweep);
        /* Points 3 and 4 are there every other time: not in the runs for points 1 and 3. */
        ck_assert_uint_eq(report.runs, 4);
        ck_assert_uint_eq(report.num_findings, 1);
        ck_assert_int_eq(report.findings[0].kind, RMMSIM_SWEEP_DIVERGED);
        ck_assert_uint_eq(report.findings[0].number, 3);
        ck_assert_ptr_nonnull(strstr(report.findings[0].sentence, "put its variables back in `setup`"));
        sweep.run = fickle;
        num_calls = 0;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.num_findings, 2);
        ck_assert_int_eq(report.findings[0].kind, RMMSIM_SWEEP_DIVERGED);
        ck_assert_int_eq(report.findings[1].kind, RMMSIM_SWEEP_DIVERGED);
        end(2);
}
END_TEST

static int unhappy(struct rmmsim *sim, void *arg)
{
        (void)sim, (void)arg;
        return -1;
}

static int keeper(struct rmmsim *sim, void *arg)
{
        (void)sim, (void)arg;
        for (unsigned i = 0; i < 6; i++) {
                (void)rmmsim_call(sim, 0, rmi_granule_delegate, .addr = host.first + i * PAGE);
        }
        return 3;
}

START_TEST(a_first_run_with_findings_ends_the_sweep)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);

        sweep.run = unhappy;
        sweep_with(&sweep);
        ck_assert_str_eq(report.findings[0].sentence, "without trouble: the run returned -1");
        ck_assert_uint_eq(report.num_findings, 1);
        sweep.run = keeper;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.runs, 0);
        ck_assert_int_eq(report.findings[0].kind, RMMSIM_SWEEP_FAILED);
        ck_assert_int_eq(report.findings[1].kind, RMMSIM_SWEEP_LOST);
        ck_assert_uint_eq(report.findings[1].num_lost, 6);
        ck_assert_ptr_nonnull(strstr(report.findings[1].sentence, "6 Granules lost: "));
        ck_assert_ptr_nonnull(strstr(report.findings[1].sentence, "RMI_GRANULE_DELEGATE, ..."));
        end(2);
}
END_TEST

/* A command that the rows let never fail is not tried, and unknown identifiers are no points; both count as SMCs. */
static int odd(struct rmmsim *sim, void *arg)
{
        struct rmmsim_regs regs = { .x = { 0xC4000156 } };

        (void)arg;
        (void)rmmsim_smc(sim, 0, &regs);
        (void)rmmsim_call(sim, 0, rmi_features, .index = 0);
        regs.x[0] = RMMSIM_RMI_VERSION | 0x10000; /* with the SVE hint */
        regs.x[1] = 0x10000;
        (void)rmmsim_smc(sim, 0, &regs);
        return regs.x[0] == RMMSIM_RMI_SUCCESS ? 0 : 1;
}

START_TEST(points_are_commands_that_can_fail)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);

        sweep.run = odd;
        sweep.smcs_max = 3;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.points, 2);
        ck_assert_uint_eq(report.untried, 1);
        ck_assert_uint_eq(report.runs, 1);
        ck_assert_int_eq(report.findings[0].command, RMMSIM_COMMAND_rmi_version);
        ck_assert_int_eq(report.findings[0].kind, RMMSIM_SWEEP_FAILED);
        end(1);
}
END_TEST

/* A guest that acts as the host: its calls count, but it is not left in the middle of them. */
static unsigned num_hosted;

static void hosting(struct rmmsim_vcpu *vcpu, void *arg)
{
        for (unsigned i = 0; i < 50; i++) {
                (void)rmmsim_call(arg, 1, rmi_version, .req = 0x10000);
                num_hosted++;
        }
        rmmsim_guest_wfi(vcpu);
}

static int enter_hosting(struct rmmsim *sim, void *arg)
{
        struct realm_world *realm = arg;

        (void)sim;
        return realm_enter(realm, 0) == 0 ? 0 : 1;
}

START_TEST(a_guest_that_is_a_host_is_not_left)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);
        struct realm_world realm;

        realm_running(&realm, host.world, 1, hosting, sweep.sim);
        sweep.run = enter_hosting;
        sweep.arg = &realm;
        sweep.smcs_max = 20;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.points, 51);
        ck_assert_uint_eq(num_hosted, 50 * (1 + 50)); /* where the entry fails the guest does not run */
        end(3);
}
END_TEST

/* ---- nonsense ------------------------------------------------------------------------------------------------------------- */

static void expect_refused(const struct rmmsim_sweep *sweep, enum rmmsim_error_code code, const char *says)
{
        ck_assert_int_eq(rmmsim_sweep(sweep, &report, &error), code);
        ck_assert_int_eq(error.code, code);
        ck_assert_msg(strstr(error.text, says) != NULL, "it says: %s", error.text);
        ck_assert_int_eq(rmmsim_sweep(sweep, &report, NULL), code);
}

static int nested(struct rmmsim *sim, void *arg)
{
        struct rmmsim_sweep_report inner;

        (void)sim;
        return -rmmsim_sweep(arg, &inner, &error);
}

static void in_exploration(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe;
        expect_refused(arg, RMMSIM_ERROR_STATE, "inside an exploration");
}

START_TEST(nonsense_is_refused_with_advice)
{
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };
        struct rmmsim_program program = { .pes = { in_exploration } };
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = 1, .nth = UINT64_MAX };
        static struct rmmsim_finding finding;
        struct rmmsim_sweep sweep = begin(PLANT_NONE);
        struct rmmsim_sweep bad;

        expect_refused(NULL, RMMSIM_ERROR_CONFIG, "sweep and report must not be NULL");
        ck_assert_int_eq(rmmsim_sweep(&sweep, NULL, &error), RMMSIM_ERROR_CONFIG);
        bad = sweep, bad.run = NULL;
        expect_refused(&bad, RMMSIM_ERROR_CONFIG, "run must not be NULL");
        bad = sweep, bad.sim = NULL;
        expect_refused(&bad, RMMSIM_ERROR_CONFIG, "set sim, or a setup");
        bad = sweep, bad.leave_out = RMMSIM_SWEEP_COMMAND(rsi_version);
        expect_refused(&bad, RMMSIM_ERROR_CONFIG, "leave_out has bits of no command");
        bad = sweep, bad.statuses = (enum rmmsim_sweep_statuses)2;
        expect_refused(&bad, RMMSIM_ERROR_CONFIG, "statuses must be");
        bad = sweep, bad.x0 = 10;
        expect_refused(&bad, RMMSIM_ERROR_CONFIG, "x0 = 0xa is no failure of RMI");
        bad = sweep, bad.setup = make_nothing;
        expect_refused(&bad, RMMSIM_ERROR_STATE, "setup must return the instance");
        bad = sweep, bad.setup = prepare, bad.run = nested, bad.arg = &sweep;
        program.arg = &sweep;
        ck_assert_int_eq(rmmsim_explore(&program, &strategy, &finding), 0);
        bad.setup = NULL;
        sweep_with(&bad);
        ck_assert_int_eq(report.findings[0].result, -RMMSIM_ERROR_STATE);
        ck_assert_str_eq(error.text, "the instance is being swept already");
        for (unsigned i = 0; i < RMMSIM_FAULTS_MAX; i++) {
                ck_assert_int_gt(rmmsim_inject(sweep.sim, &fault, &error), 0);
        }
        expect_refused(&sweep, RMMSIM_ERROR_STATE, "there are 64 faults already");
        ck_assert_int_eq(rmmsim_inject_clear(sweep.sim, NULL), 0);
        sweep_with(&sweep);
        end(0);
}
END_TEST

static void idle(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

START_TEST(no_snapshot_no_sweep)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);
        struct realm_world realm;

        realm_running(&realm, host.world, 1, idle, NULL);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        expect_refused(&sweep, RMMSIM_ERROR_STATE, "has been started");
        report.num_findings = 0;
        end(0);
}
END_TEST

START_TEST(a_report_for_a_reader)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);
        char text[4096] = { 0 };
        FILE *to = fmemopen(text, sizeof(text), "w");

        sweep.give_back_retried = true;
        host.plant = PLANT_TABLE;
        sweep_with(&sweep);
        ck_assert_int_eq(rmmsim_sweep_print(&report, to), 0);
        ck_assert_int_eq(rmmsim_sweep_print(NULL, to), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_sweep_print(&report, NULL), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(fclose(to), 0);
        ck_assert_ptr_eq(strstr(text, "points: 19, untried: 0; runs with trouble: 27, excused: 0; findings: 17\n"
                                      "lost: RMI_RTT_CREATE no. 1 on PE 0 answered ERROR_INPUT: 1 Granule lost: "),
                         text);
        ck_assert_ptr_nonnull(strstr(text, "\nand 1 more\n"));
        ck_assert_str_eq(rmmsim_sweep_name(RMMSIM_SWEEP_ENDLESS), "endless");
        ck_assert_str_eq(rmmsim_sweep_name(RMMSIM_NUM_SWEEP_KINDS), "?");
        end(17);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("sweep_rules");
        TCase *tcase = tcase_create("sweep_rules");

        tcase_add_loop_test(tcase, setup_makes_the_instances, 0, 4);
        tcase_add_test(tcase, setup_with_an_instance_puts_variables_back);
        tcase_add_test(tcase, an_instance_that_nobody_traces);
        tcase_add_test(tcase, what_was_delegated_before_is_not_lost);
        tcase_add_test(tcase, faults_that_are_there_stay);
        tcase_add_test(tcase, a_run_that_is_another_each_time);
        tcase_add_test(tcase, a_first_run_with_findings_ends_the_sweep);
        tcase_add_test(tcase, points_are_commands_that_can_fail);
        tcase_add_test(tcase, a_guest_that_is_a_host_is_not_left);
        tcase_add_test(tcase, nonsense_is_refused_with_advice);
        tcase_add_test(tcase, no_snapshot_no_sweep);
        tcase_add_test(tcase, a_report_for_a_reader);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
