/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_fork.c - a second instance in the state of the first, and in what two instances differ.
 */
#include "world.h"
#include <rmmsim/snapshot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A Realm whose step guest counts, in x20, what it was entered for, and tells the host. */
static void count(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg, (void)result;
        rmmsim_guest_set_x(vcpu, 20, rmmsim_guest_x(vcpu, 20) + 1);
        next->kind = RMMSIM_TRAP_WFI;
}

static struct world *busy_world(struct realm_world *realm, const struct rmmsim_config *config)
{
        struct world *world = world_create_with(config);

        realm_new(realm, world, NULL);
        realm_ram(realm, 0, MIB2);
        realm_data(realm, REALM_PC, 0xd6);
        realm_share(realm, realm->par_top);
        realm_rec(realm, true, REALM_PC);
        realm_rec(realm, false, REALM_PC);
        ck_assert_int_eq(rmmsim_guest_bind_step(world->sim, realm->rd, REALM_PC, count, NULL), 0);
        realm_activate(realm);
        realm_enter_expect(realm, 0, RMMSIM_EXIT_IRQ);
        rmmsim_time_advance(world->sim, 77);
        ck_assert_int_eq(rmmsim_irq_raise(world->sim, 1), 0);
        ck_assert_int_eq(rmmsim_serror_raise(world->sim, 2, 5), 0);
        ck_assert_int_eq(rmmsim_gpt_set(world->sim, world_page(world), PAGE, RMMSIM_GPT_GPT_ROOT), 0);
        (void)call(world, rmi_granule_delegate, .addr = 1); /* leaves a refusal behind */
        return world;
}

static struct rmmsim *fork_of(const struct rmmsim *sim)
{
        struct rmmsim_error error;
        struct rmmsim *copy = rmmsim_fork(sim, &error);

        ck_assert_msg(copy != NULL, "%s", error.text);
        return copy;
}

static const char *differences(const struct rmmsim *one, const struct rmmsim *other, int expected)
{
        static char text[4096];

        int count = rmmsim_compare(one, other, text, sizeof(text));

        ck_assert_msg(count == expected, "%d differences:\n%s", count, text);
        return text;
}

/* ---- forks ----------------------------------------------------------------------------------------------------------------- */

static const enum rmmsim_guard guards[] = { RMMSIM_GUARD_TOOLS, RMMSIM_GUARD_NONE, RMMSIM_GUARD_CANARY,
                                            RMMSIM_GUARD_PROTECT };

START_TEST(a_fork_is_the_same)
{
        struct rmmsim_config config = { .num_pes = 4, .seed = 9, .guard = guards[_i] };
        struct realm_world realm;
        struct world *world = busy_world(&realm, &config);
        uint64_t page = world_page(world);
        struct rmmsim *copy;

        memset(world_at(world, page), 0x5a, PAGE);
        copy = fork_of(world->sim);
        ck_assert_uint_eq(rmmsim_state_hash(copy), rmmsim_state_hash(world->sim));
        ck_assert_str_eq(differences(world->sim, copy, 0), "");
        ck_assert_int_eq(memcmp(rmmsim_host_pointer(copy, page, PAGE), world_at(world, page), PAGE), 0);
        ck_assert_ptr_ne(rmmsim_host_pointer(copy, page, PAGE), world_at(world, page));
        ck_assert_str_eq(rmmsim_why(copy, 0)->condition, "gran_align");
        ck_assert_int_eq(rmmsim_audit(copy, &(struct rmmsim_report){ 0 }), 0);
        rmmsim_destroy(copy);
        world_destroy(world);
}
END_TEST

/* Both go on with the same calls, and stay the same, to the last byte of their exits. */
START_TEST(a_fork_goes_on_in_the_same_way)
{
        struct rmmsim_config config = { .num_pes = 4, .guard = guards[_i] };
        struct realm_world realm;
        struct world *world = busy_world(&realm, &config);
        struct rmmsim *copy = fork_of(world->sim);
        struct rmmsim *sims[] = { world->sim, copy };

        for (unsigned n = 0; n < 3; n++) {
                for (unsigned i = 0; i < 2; i++) {
                        ck_assert_uint_eq(
                                rmmsim_call(sims[i], n, rmi_rec_enter, .rec = realm.recs[0], .run_ptr = realm.run).x[0],
                                RMMSIM_RMI_SUCCESS);
                }
                ck_assert_int_eq(memcmp(rmmsim_host_pointer(copy, realm.run, PAGE), world_at(world, realm.run), PAGE),
                                 0);
                ck_assert_uint_eq(rmmsim_state_hash(copy), rmmsim_state_hash(world->sim));
        }
        /* And the copy can be taken down. */
        for (unsigned i = 0; i < 2; i++) {
                ck_assert_uint_eq(rmmsim_call(copy, 0, rmi_rec_destroy, .rec = realm.recs[i]).x[0], RMMSIM_RMI_SUCCESS);
                ck_assert_uint_eq(rmmsim_call(copy, 0, rmi_granule_undelegate, .addr = realm.recs[i]).x[0],
                                  RMMSIM_RMI_SUCCESS);
        }
        ck_assert_uint_ne(rmmsim_state_hash(copy), rmmsim_state_hash(world->sim));
        rmmsim_destroy(copy);
        world_destroy(world);
}
END_TEST

START_TEST(what_one_does_the_other_does_not_see)
{
        struct rmmsim_config config = { .num_pes = 4 };
        struct realm_world realm;
        struct world *world = busy_world(&realm, &config);
        struct rmmsim *copy = fork_of(world->sim);
        uint64_t before = rmmsim_state_hash(world->sim);

        ck_assert_int_eq(rmmsim_snapshot(copy, NULL), 0);
        ck_assert_uint_eq(rmmsim_call(copy, 0, rmi_data_destroy, .rd = realm.rd, .ipa = REALM_PC).x[0],
                          RMMSIM_RMI_SUCCESS);
        rmmsim_time_advance(copy, 1);
        ck_assert_uint_eq(rmmsim_state_hash(world->sim), before);
        ck_assert_int_eq(rmmsim_restore(copy), 0);
        ck_assert_uint_eq(rmmsim_state_hash(copy), before);
        rmmsim_destroy(world->sim);
        ck_assert_int_eq(rmmsim_audit(copy, &(struct rmmsim_report){ 0 }), 0);
        rmmsim_destroy(copy);
        free(world);
}
END_TEST

static void idle(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct rmmsim *sim = arg;

        if (sim != NULL) {
                ck_assert_ptr_null(rmmsim_fork(sim, NULL));
        }
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static unsigned complaints;

static void complain(void *context, const char *sentence)
{
        (void)context, (void)sentence;
        complaints++;
}

START_TEST(what_cannot_be_had_twice_is_refused)
{
        struct rmmsim_config config = { .num_pes = 1, .misuse = complain };
        struct world *world = world_create_with(&config);
        struct realm_world realm;
        struct rmmsim_error error;
        uint8_t *pages = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        struct rmmsim_region region = { .base = 0, .size = 4 * PAGE, .memory = pages };
        struct rmmsim *sim;

        complaints = 0;
        realm_running(&realm, world, 1, idle, world->sim);
        ck_assert_uint_eq(realm_enter(&realm, 0), RMMSIM_RMI_SUCCESS);
        ck_assert_uint_eq(complaints, 1); /* from inside a call */
        ck_assert_ptr_null(rmmsim_fork(world->sim, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_STATE);
        ck_assert_ptr_nonnull(strstr(error.text, "step function"));
        world_destroy(world);

        sim = rmmsim_create(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 }, NULL);
        ck_assert_ptr_nonnull(sim);
        ck_assert_ptr_null(rmmsim_fork(sim, &error));
        ck_assert_int_eq(error.code, RMMSIM_ERROR_STATE);
        rmmsim_destroy(sim);
        munmap(pages, 4 * PAGE);
}
END_TEST

/* ---- comparisons ----------------------------------------------------------------------------------------------------------- */

START_TEST(each_difference_is_a_line)
{
        struct rmmsim_config config = { .num_pes = 4 };
        struct realm_world realm;
        struct world *world = busy_world(&realm, &config);
        struct rmmsim *copy = fork_of(world->sim);
        uint64_t other = world_page(world);
        uint64_t page = world_page(world);
        char line[200];
        char small[40];
        const char *text;

        rmmsim_time_advance(copy, 3);
        ck_assert_str_eq(differences(world->sim, copy, 1), "time is 77, and 80\n");
        ck_assert_int_eq(rmmsim_fiq_raise(copy, 0), 0);
        ck_assert_int_eq(rmmsim_serror_raise(copy, 2, 6), 0);
        ck_assert_uint_eq(rmmsim_call(copy, 0, rmi_granule_delegate, .addr = other).x[0], RMMSIM_RMI_SUCCESS);
        text = differences(world->sim, copy, 4);
        snprintf(line, sizeof(line), "Granule 0x%llx is UNDELEGATED, and DELEGATED\n", (unsigned long long)other);
        ck_assert_ptr_nonnull(strstr(text, line));
        ck_assert_ptr_nonnull(strstr(text, "PE 0: pending interrupts are 0x0, and 0x2\n"));
        ck_assert_ptr_nonnull(strstr(text, "PE 2: syndromes"));
        ck_assert_int_eq(rmmsim_gpt_set(world->sim, page, PAGE, RMMSIM_GPT_GPT_ROOT), 0);
        ck_assert_int_eq(rmmsim_gpt_set(copy, page, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
        ck_assert_ptr_nonnull(strstr(differences(world->sim, copy, 5), " has GPT entry GPT_ROOT, and GPT_SECURE\n"));
        ck_assert_int_eq(rmmsim_gpt_set(copy, page, PAGE, RMMSIM_GPT_GPT_ROOT), 0);
        ck_assert_int_eq(rmmsim_compare(copy, world->sim, NULL, 0), 4);
        ck_assert_int_eq(rmmsim_compare(world->sim, copy, small, sizeof(small)), 4);
        ck_assert_uint_lt(strlen(small), sizeof(small));
        rmmsim_destroy(copy);
        world_destroy(world);
}
END_TEST

/* Objects say which of their fields it is. */
START_TEST(objects_are_compared_by_field)
{
        struct rmmsim_config config = { .num_pes = 4 };
        struct realm_world realm;
        struct world *world = busy_world(&realm, &config);
        struct rmmsim *copy = fork_of(world->sim);
        const char *text;
        char line[200];

        ck_assert_uint_eq(rmmsim_call(copy, 0, rmi_rec_enter, .rec = realm.recs[0], .run_ptr = realm.run).x[0],
                          RMMSIM_RMI_SUCCESS);
        text = differences(world->sim, copy, 2);
        snprintf(line, sizeof(line), "REC 0x%llx: gprs[20] is 0x1, and 0x2\nREC 0x%llx: pc is 0x1004, and 0x1008\n",
                 (unsigned long long)realm.recs[0], (unsigned long long)realm.recs[0]);
        ck_assert_str_eq(text, line);
        ck_assert_uint_eq(
                rmmsim_call(copy, 0, rmi_rtt_unmap_unprotected, .rd = realm.rd, .ipa = realm.par_top, .level = 3).x[0],
                RMMSIM_RMI_SUCCESS);
        text = differences(world->sim, copy, 2 + 1);
        ck_assert_ptr_nonnull(strstr(text, "RTT 0x"));
        ck_assert_ptr_nonnull(strstr(text, ": entry 0 is 0x"));
        ck_assert_uint_eq(rmmsim_call(copy, 0, rmi_rec_destroy, .rec = realm.recs[1]).x[0], RMMSIM_RMI_SUCCESS);
        text = differences(world->sim, copy, 2 + 1 + 1 + 16 + 1);
        ck_assert_ptr_nonnull(strstr(text, ": num_recs is 0x2, and 0x1\n"));
        rmmsim_destroy(copy);
        world_destroy(world);
}
END_TEST

START_TEST(instances_of_another_shape_are_not_compared)
{
        struct world *world = world_create();
        struct world *other = world_create_with(&(struct rmmsim_config){ .num_pes = 2 });

        ck_assert_int_eq(rmmsim_compare(world->sim, other->sim, NULL, 0), RMMSIM_ERROR_CONFIG);
        world_destroy(other);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("fork");
        TCase *tcase = tcase_create("fork");

        tcase_add_loop_test(tcase, a_fork_is_the_same, 0, 4);
        tcase_add_loop_test(tcase, a_fork_goes_on_in_the_same_way, 0, 4);
        tcase_add_test(tcase, what_one_does_the_other_does_not_see);
        tcase_add_test(tcase, what_cannot_be_had_twice_is_refused);
        tcase_add_test(tcase, each_difference_is_a_line);
        tcase_add_test(tcase, objects_are_compared_by_field);
        tcase_add_test(tcase, instances_of_another_shape_are_not_compared);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
