/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_sweep.c - mistakes planted in a small host's error branches: each is found where it is, and nothing else is.
 */
#include "sweep_fixture.h"

static void expect_found(unsigned n, enum rmmsim_sweep_kind kind, enum rmmsim_command command, uint64_t number,
                         unsigned status)
{
        const struct rmmsim_sweep_finding *finding = &report.findings[n];

        ck_assert_uint_lt(n, report.num_listed);
        ck_assert_msg(finding->kind == kind && finding->command == command && finding->number == number, "found %s: %s",
                      rmmsim_sweep_name(finding->kind), finding->sentence);
        ck_assert_uint_eq(RMMSIM_RMI_STATUS(finding->fault.x0), status);
}

static void expect_lost(unsigned n, uint64_t pa, enum rmmsim_state state, enum rmmsim_command taker)
{
        const struct rmmsim_sweep_finding *finding = &report.findings[n];

        ck_assert_uint_eq(finding->num_lost, 1);
        ck_assert_uint_eq(finding->lost[0].pa, pa);
        ck_assert_int_eq(finding->lost[0].granule.state, state);
        ck_assert_int_eq(finding->lost[0].granule.taker, taker);
}

/*
 * Five Granules come and go: 5 + 5 points with the one status ERROR_INPUT, as has RMI_REALM_CREATE. Two statuses each: 2
 * RMI_RTT_CREATE and 2 RMI_RTT_DESTROY (INPUT, RTT), RMI_REC_CREATE, RMI_REALM_ACTIVATE and RMI_REALM_DESTROY (INPUT, REALM), and
 * RMI_REC_DESTROY (INPUT, REC).
 */
START_TEST(a_sound_host_passes)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);
        uint64_t hash = rmmsim_state_hash(host.world->sim);

        sweep_with(&sweep);
        ck_assert_uint_eq(report.points, 10 + 1 + 4 + 4);
        ck_assert_uint_eq(report.runs, 10 + 1 + 2 * (4 + 4));
        ck_assert_uint_eq(host.runs, 1 + report.runs);
        ck_assert_uint_eq(report.untried, 0);
        ck_assert_uint_eq(host.levels, 1 << 0 | 1 << 1); /* of the parents of tables at levels 1 and 2 */
        /* 5 undelegations, and 2 statuses for each of 4 destroying commands. */
        ck_assert_uint_eq(report.excused, 5 + 8);
        ck_assert_uint_eq(rmmsim_state_hash(host.world->sim), hash);
        ck_assert_int_eq(rmmsim_inject_remove(host.world->sim, 1, NULL), RMMSIM_ERROR_CONFIG);
        end(0);
}
END_TEST

START_TEST(a_forgotten_table_is_found)
{
        struct rmmsim_sweep sweep = begin(PLANT_TABLE);

        sweep_with(&sweep);
        expect_found(0, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rtt_create, 1, RMMSIM_RMI_ERROR_INPUT);
        expect_found(1, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rtt_create, 1, RMMSIM_RMI_ERROR_RTT);
        expect_found(2, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rtt_create, 2, RMMSIM_RMI_ERROR_INPUT);
        expect_found(3, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rtt_create, 2, RMMSIM_RMI_ERROR_RTT);
        for (unsigned i = 0; i < 4; i++) {
                expect_lost(i, at(TABLE_1 + i / 2), RMMSIM_GRANULE_DELEGATED, RMMSIM_COMMAND_rmi_granule_delegate);
        }
        end(4);
}
END_TEST

/* The finding's fault leads there again. */
START_TEST(a_finding_can_be_met_again)
{
        struct rmmsim_sweep sweep = begin(PLANT_TABLE);
        struct rmmsim_granule granule;

        sweep_with(&sweep);
        ck_assert_str_eq(report.findings[2].sentence,
                         "RMI_RTT_CREATE no. 2 on PE 0 answered ERROR_INPUT: 1 Granule lost: "
                         "0x80005000 DELEGATED since RMI_GRANULE_DELEGATE");
        ck_assert_int_gt(rmmsim_inject(sweep.sim, &report.findings[2].fault, &error), 0);
        boot_and_destroy(sweep.sim, &host);
        ck_assert_int_eq(rmmsim_granule(sweep.sim, &granule, 0x80005000), 0);
        ck_assert_int_eq(granule.state, RMMSIM_GRANULE_DELEGATED);
        end(4);
}
END_TEST

START_TEST(the_first_forgotten_granule_is_found)
{
        struct rmmsim_sweep sweep = begin(PLANT_ROOT);

        sweep_with(&sweep);
        expect_found(0, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_granule_delegate, 2, RMMSIM_RMI_ERROR_INPUT);
        expect_lost(0, at(RD), RMMSIM_GRANULE_DELEGATED, RMMSIM_COMMAND_rmi_granule_delegate);
        end(1);
}
END_TEST

START_TEST(a_mistake_after_one_status_is_found)
{
        struct rmmsim_sweep sweep = begin(PLANT_REC_REALM);

        sweep_with(&sweep);
        expect_found(0, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rec_create, 1, RMMSIM_RMI_ERROR_REALM);
        expect_lost(0, at(REC), RMMSIM_GRANULE_DELEGATED, RMMSIM_COMMAND_rmi_granule_delegate);
        /* The first status of its rows is ERROR_INPUT: one status is not enough for this one. */
        sweep.statuses = RMMSIM_SWEEP_ONE_STATUS;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.runs, report.points);
        ck_assert_uint_eq(report.num_findings, 0);
        /* And one of one's own choice, in every command. */
        sweep.x0 = RMMSIM_RMI_ERROR_REALM;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.runs, report.points);
        expect_found(0, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rec_create, 1, RMMSIM_RMI_ERROR_REALM);
        ck_assert_uint_eq(report.num_findings, 1);
        /* Left out it is not found. */
        sweep.leave_out = RMMSIM_SWEEP_COMMAND(rmi_rec_create) | RMMSIM_SWEEP_COMMAND(rmi_granule_undelegate);
        sweep_with(&sweep);
        ck_assert_uint_eq(report.untried, 6);
        ck_assert_uint_eq(report.runs, report.points - 6);
        end(0);
}
END_TEST

/* ---- what may be missing -------------------------------------------------------------------------------------------------- */

/* Only what the failed command would have given back is excused, and nothing at all where the host has to try again. */
START_TEST(an_excuse_is_for_one_granule)
{
        struct rmmsim_sweep sweep = begin(PLANT_SWAPPED);

        sweep.leave_out = ~RMMSIM_SWEEP_COMMAND(rmi_granule_undelegate) & (RMMSIM_SWEEP_COMMAND(rsi_version) - 1);
        sweep_with(&sweep);
        ck_assert_uint_eq(report.untried, 14);
        ck_assert_uint_eq(report.excused, 5);
        /* The order is REC, tables, root, RD: after the REC four more are dropped, after the RD none. */
        for (unsigned i = 0; i < 4; i++) {
                expect_found(i, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_granule_undelegate, i + 1,
                             RMMSIM_RMI_ERROR_INPUT);
                ck_assert_uint_eq(report.findings[i].num_lost, 4 - i);
        }
        end(4);
}
END_TEST

START_TEST(what_is_in_the_hosts_hands_is_not_excused)
{
        struct rmmsim_sweep sweep = begin(PLANT_DESTROYED);

        sweep_with(&sweep);
        ck_assert_uint_eq(report.num_findings, 2);
        for (unsigned i = 0; i < 2; i++) {
                expect_found(i, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rec_destroy, 1,
                             i == 0 ? RMMSIM_RMI_ERROR_INPUT : RMMSIM_RMI_ERROR_REC);
                ck_assert_uint_eq(report.findings[i].num_lost, 2);
                ck_assert_uint_eq(report.findings[i].lost[0].pa, at(TABLE_1));
                ck_assert_uint_eq(report.findings[i].lost[1].pa, at(TABLE_2));
                ck_assert_int_eq(report.findings[i].lost[0].granule.taker, RMMSIM_COMMAND_rmi_rtt_destroy);
        }
        end(2);
}
END_TEST

START_TEST(a_host_that_tries_again_needs_no_excuse)
{
        struct rmmsim_sweep sweep = begin(PLANT_NONE);

        sweep.give_back_retried = true;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.excused, 0);
        ck_assert_uint_eq(report.num_findings, 5 + 8);
        ck_assert_uint_eq(report.num_listed, 13);
        host.retries = true;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.excused, 0);
        end(0);
}
END_TEST

/* ---- other findings ------------------------------------------------------------------------------------------------------- */

START_TEST(a_run_that_does_not_end_is_left)
{
        struct rmmsim_sweep sweep = begin(PLANT_SPIN);

        sweep_with(&sweep);
        expect_found(0, RMMSIM_SWEEP_ENDLESS, RMMSIM_COMMAND_rmi_realm_activate, 1, RMMSIM_RMI_ERROR_INPUT);
        expect_found(1, RMMSIM_SWEEP_ENDLESS, RMMSIM_COMMAND_rmi_realm_activate, 1, RMMSIM_RMI_ERROR_REALM);
        ck_assert_ptr_nonnull(strstr(report.findings[0].sentence, "the run made more than 1190 SMCs"));
        ck_assert_uint_eq(report.runs, 27);
        ck_assert_uint_eq(report.num_findings, 2);
        /* 19 points: with one SMC less the run without trouble is too long, and that is all. */
        sweep.smcs_max = 19;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.num_findings, 2);
        sweep.smcs_max = 18;
        sweep_with(&sweep);
        expect_found(0, RMMSIM_SWEEP_ENDLESS, RMMSIM_COMMAND_NONE, 0, 0);
        ck_assert_str_eq(report.findings[0].sentence, "without trouble: the run made more than 18 SMCs");
        ck_assert_uint_eq(report.runs, 0);
        end(1);
}
END_TEST

START_TEST(a_result_is_a_finding)
{
        struct rmmsim_sweep sweep = begin(PLANT_RESULT);

        sweep_with(&sweep);
        /* 3 delegations, 2 RMI_RTT_CREATE, RMI_REC_CREATE and RMI_REALM_ACTIVATE with two statuses each. */
        for (unsigned i = 0; i < report.num_listed; i++) {
                ck_assert_int_eq(report.findings[i].kind, RMMSIM_SWEEP_FAILED);
                ck_assert_int_eq(report.findings[i].result, 5);
        }
        ck_assert_ptr_nonnull(strstr(report.findings[0].sentence, "RMI_GRANULE_DELEGATE no. 3 on PE 0 answered "
                                                                  "ERROR_INPUT: the run returned 5"));
        end(3 + 2 * 4);
}
END_TEST

START_TEST(exits_are_swept_on_request)
{
        struct rmmsim_sweep sweep = begin(PLANT_SERROR);

        host.enters = true;
        sweep.leave_out = RMMSIM_SWEEP_COMMAND(rsi_version) - 1;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.runs, 0);
        ck_assert_uint_eq(report.entries, 0);
        sweep.exits = true;
        sweep_with(&sweep);
        ck_assert_uint_eq(report.entries, 3);
        ck_assert_uint_eq(report.runs, 9);
        for (unsigned i = 0; i < 3; i++) {
                expect_found(i, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rec_enter, i + 1, 0);
                ck_assert_int_eq(report.findings[i].fault.exit_reason, RMMSIM_EXIT_SERROR);
                ck_assert_uint_eq(report.findings[i].num_lost, NUM_GRANULES);
        }
        ck_assert_ptr_nonnull(
                strstr(report.findings[1].sentence, "entry no. 2 left at once with SERROR: 5 Granules lost:"));
        end(3);
}
END_TEST

/* Numbers are of the command on its PE. */
START_TEST(points_have_a_pe)
{
        struct rmmsim_sweep sweep = begin(PLANT_TABLE);

        host.pe = 2;
        sweep_with(&sweep);
        expect_found(0, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rtt_create, 1, RMMSIM_RMI_ERROR_INPUT);
        expect_found(2, RMMSIM_SWEEP_LOST, RMMSIM_COMMAND_rmi_rtt_create, 1, RMMSIM_RMI_ERROR_INPUT);
        ck_assert_uint_eq(report.findings[0].pe, 0);
        ck_assert_uint_eq(report.findings[2].pe, 2);
        end(4);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("sweep");
        TCase *tcase = tcase_create("sweep");

        tcase_add_test(tcase, a_sound_host_passes);
        tcase_add_test(tcase, a_forgotten_table_is_found);
        tcase_add_test(tcase, a_finding_can_be_met_again);
        tcase_add_test(tcase, the_first_forgotten_granule_is_found);
        tcase_add_test(tcase, a_mistake_after_one_status_is_found);
        tcase_add_test(tcase, an_excuse_is_for_one_granule);
        tcase_add_test(tcase, what_is_in_the_hosts_hands_is_not_excused);
        tcase_add_test(tcase, a_host_that_tries_again_needs_no_excuse);
        tcase_add_test(tcase, a_run_that_does_not_end_is_left);
        tcase_add_test(tcase, a_result_is_a_finding);
        tcase_add_test(tcase, exits_are_swept_on_request);
        tcase_add_test(tcase, points_have_a_pe);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
