/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inject_misuse.c - faults that make no sense, ids that are none, and callers who may not: each is told what to do.
 */
#include "world.h"
#include <rmmsim/inject.h>
#include <string.h>

static struct rmmsim_error error;

static int inject(struct world *world, const struct rmmsim_fault *fault)
{
        int id = rmmsim_inject(world->sim, fault, &error);

        ck_assert_msg(id > 0, "%s", error.text);
        return id;
}

/* ---- nonsense ------------------------------------------------------------------------------------------------------------- */

static const struct {
        struct rmmsim_fault fault;
        enum rmmsim_error_code code;
        const char *says;
} nonsense[] = {
        { { .kind = RMMSIM_NUM_FAULT_KINDS }, RMMSIM_ERROR_CONFIG, "kind 7 is none" },
        { { .kind = (enum rmmsim_fault_kind) - 1 }, RMMSIM_ERROR_CONFIG, "is none" },
        { { .kind = RMMSIM_FAULT_STATUS }, RMMSIM_ERROR_CONFIG, "x0 = 0x0 is no failure of RMI" },
        { { .x0 = 5 }, RMMSIM_ERROR_CONFIG, "RMMSIM_RMI_ERROR_RTT (4)" },
        { { .x0 = 10 }, RMMSIM_ERROR_CONFIG, "RMM 1.0 has no other status" },
        { { .x0 = 0x10001 }, RMMSIM_ERROR_CONFIG, "no other bits" },
        { { .x0 = 0x101 }, RMMSIM_ERROR_CONFIG, "only RMMSIM_RMI_ERROR_RTT carries an index" },
        { { .x0 = 1, .index_of_walk = true }, RMMSIM_ERROR_CONFIG, "only RMMSIM_RMI_ERROR_RTT carries an index" },
        { { .x0 = 0x404 }, RMMSIM_ERROR_CONFIG, "an RTT level, -1 to 3, not 4" },
        { { .x0 = 0xfe04 }, RMMSIM_ERROR_CONFIG, "an RTT level, -1 to 3, not -2" },
        { { .x0 = 1, .fid = 0xC4000156 }, RMMSIM_ERROR_CONFIG, "fid 0xc4000156 is no command" },
        { { .x0 = 1, .chance = 1000001 }, RMMSIM_ERROR_CONFIG, "chance is in a million" },
        { { .x0 = 1, .chance = 1, .nth = 1 }, RMMSIM_ERROR_CONFIG, "either a chance, or nth and every" },
        { { .x0 = 1, .chance = 1, .every = 1 }, RMMSIM_ERROR_CONFIG, "either a chance, or nth and every" },
        { { .x0 = 1, .one_pe = true, .pe = WORLD_PES }, RMMSIM_ERROR_CONFIG, "PE 4 does not exist" },
        { { .x0 = 0, .fid = RMMSIM_RSI_VERSION }, RMMSIM_ERROR_CONFIG, "no failure of RSI" },
        { { .x0 = 5, .fid = RMMSIM_RSI_VERSION }, RMMSIM_ERROR_CONFIG, "RMMSIM_RSI_ERROR_UNKNOWN (4)" },
        { { .x0 = 3, .fid = RMMSIM_RSI_VERSION }, RMMSIM_ERROR_CONFIG, "RSI_ATTESTATION_TOKEN_CONTINUE only" },
        { { .x0 = 0, .fid = RMMSIM_PSCI_CPU_ON }, RMMSIM_ERROR_CONFIG, "x0 = 0 is no failure of PSCI" },
        { { .x0 = (uint64_t)-10, .fid = RMMSIM_PSCI_CPU_ON }, RMMSIM_ERROR_CONFIG, "x0 = -10 is no failure of PSCI" },
        { { .kind = RMMSIM_FAULT_EXIT, .fid = RMMSIM_RMI_REC_CREATE }, RMMSIM_ERROR_CONFIG, "EXIT cannot strike in" },
        { { .kind = RMMSIM_FAULT_EXIT, .exit_reason = RMMSIM_EXIT_PSCI }, RMMSIM_ERROR_CONFIG, "exit_reason must be" },
        { { .kind = RMMSIM_FAULT_PAGE_READ, .fid = RMMSIM_RMI_VERSION }, RMMSIM_ERROR_CONFIG, "PAGE_READ cannot" },
        { { .kind = RMMSIM_FAULT_PAGE_WRITE, .fid = RMMSIM_RMI_DATA_CREATE },
          RMMSIM_ERROR_CONFIG,
          "PAGE_WRITE cannot" },
        { { .kind = RMMSIM_FAULT_ENTROPY, .fid = RMMSIM_RMI_REALM_CREATE }, RMMSIM_ERROR_CONFIG, "ENTROPY cannot" },
        { { .kind = RMMSIM_FAULT_BUSY }, RMMSIM_ERROR_STATE, "RMM 1.0 has no status for a lock that is taken" },
};

START_TEST(nonsense_is_refused_with_advice)
{
        struct world *world = world_create();

        ck_assert_int_eq(rmmsim_inject(world->sim, &nonsense[_i].fault, &error), nonsense[_i].code);
        ck_assert_int_eq(error.code, nonsense[_i].code);
        ck_assert_msg(strstr(error.text, nonsense[_i].says) != NULL, "it says: %s", error.text);
        ck_assert_uint_lt(strlen(error.text), sizeof(error.text) - 1);
        ck_assert_int_eq(rmmsim_inject(world->sim, &nonsense[_i].fault, NULL), nonsense[_i].code);
        for (unsigned i = 0; i < 3; i++) {
                expect_success(world, rmi_features, .index = 0);
        }
        world_destroy(world);
}
END_TEST

START_TEST(what_is_not_there_is_refused)
{
        struct world *world = world_create();
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = 1, .nth = 1000 };
        struct rmmsim_fault_count count;

        ck_assert_int_eq(rmmsim_inject(world->sim, NULL, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_inject(NULL, &fault, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_inject_count(NULL, &count, 1, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_inject_remove(NULL, 1, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_inject_clear(NULL, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_inject_clear(world->sim, NULL), 0);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, 1, NULL), RMMSIM_ERROR_CONFIG);
        for (int i = 1; i <= RMMSIM_FAULTS_MAX; i++) {
                ck_assert_int_eq(inject(world, &fault), i);
        }
        ck_assert_int_eq(rmmsim_inject(world->sim, &fault, &error), RMMSIM_ERROR_STATE);
        ck_assert_str_eq(error.text, "there are 64 faults already: remove one first");
        ck_assert_int_eq(rmmsim_inject_count(world->sim, NULL, 1, &error), RMMSIM_ERROR_CONFIG);
        for (unsigned i = 0; i < 3; i++) {
                static const int unknown[] = { -1, 0, RMMSIM_FAULTS_MAX + 1 };

                ck_assert_int_eq(rmmsim_inject_count(world->sim, &count, unknown[i], &error), RMMSIM_ERROR_CONFIG);
                ck_assert_ptr_nonnull(strstr(error.text, "use what rmmsim_inject() returned"));
        }
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, 0, &error), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, 0x10001, &error), RMMSIM_ERROR_CONFIG);
        /* Ids go round after 65535, past those in use. */
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, 7, &error), 0);
        for (int id = 65; id < 0x10000; id++) {
                ck_assert_int_eq(inject(world, &fault), id);
                ck_assert_int_eq(rmmsim_inject_remove(world->sim, id, &error), 0);
        }
        ck_assert_int_eq(inject(world, &fault), 7);
        world_destroy(world);
}
END_TEST

/* ---- inside a call -------------------------------------------------------------------------------------------------------- */

static unsigned num_misuses;

static void note_misuse(void *context, const char *sentence)
{
        (void)context;
        ck_assert_ptr_nonnull(strstr(sentence, "no guest may do it"));
        num_misuses++;
}

static void meddle(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct world *world = arg;
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = 1 };

        ck_assert_int_eq(rmmsim_inject(world->sim, &fault, &error), RMMSIM_ERROR_MISUSE);
        ck_assert_int_eq(error.code, RMMSIM_ERROR_MISUSE);
        ck_assert_int_eq(rmmsim_inject_remove(world->sim, 1, &error), RMMSIM_ERROR_MISUSE);
        ck_assert_int_eq(rmmsim_inject_clear(world->sim, &error), RMMSIM_ERROR_MISUSE);
        rmmsim_guest_wfi(vcpu);
}

START_TEST(a_guest_may_not_inject)
{
        struct rmmsim_config config = { .misuse = note_misuse };
        struct world *world = world_create_with(&config);
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS, .x0 = 1, .nth = 1000 };
        struct rmmsim_fault_count count;
        struct realm_world realm;

        realm_running(&realm, world, 1, meddle, world);
        ck_assert_int_eq(inject(world, &fault), 1);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(num_misuses, 3);
        ck_assert_int_eq(rmmsim_inject_count(world->sim, &count, 1, &error), 0);
        ck_assert_uint_eq(count.seen, 1);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("inject_misuse");
        TCase *tcase = tcase_create("inject_misuse");

        tcase_add_loop_test(tcase, nonsense_is_refused_with_advice, 0, (int)(sizeof(nonsense) / sizeof(nonsense[0])));
        tcase_add_test(tcase, what_is_not_there_is_refused);
        tcase_add_test(tcase, a_guest_may_not_inject);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
