/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_isolation.c - copies of a guest across pages, and who sees whose bytes: never the host the Realm's, never anybody
 * those of something destroyed; and guests and host at the same page at once.
 *
 * Specification: Realm memory, RTT sheet section 8, invariants 26 and 27.
 */
#include "sim.h"
#include "world.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define DATA UINT64_C(0x2000)

/* ---- copies across pages -------------------------------------------------------------------------------------------------- */

struct copy {
        uint64_t ipa;
        size_t size;
        uint8_t out[4 * 4096];
        uint8_t in[4 * 4096];
        int written;
        int read;
        uint64_t far;
};

static void copy_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct copy *copy = arg;

        copy->written = rmmsim_guest_write(vcpu, copy->ipa, copy->out, copy->size);
        copy->read = rmmsim_guest_read(vcpu, copy->ipa, copy->in, copy->size);
        copy->far = rmmsim_guest_exception(vcpu).far;
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

static void fill(uint8_t *bytes, size_t size)
{
        for (size_t i = 0; i < size; i++) {
                bytes[i] = (uint8_t)(i * 7 + (i >> 8));
        }
}

static void begin_copy(struct realm_world *realm, struct world *world, struct copy *copy, uint64_t ipa, size_t size)
{
        memset(copy, 0, sizeof(*copy));
        *copy = (struct copy){ .ipa = ipa, .size = size };
        fill(copy->out, sizeof(copy->out));
        realm_running(realm, world, 1, copy_guest, copy);
}

/* Three pages that are there: done without an exit, at any alignment. */
START_TEST(copy_across_pages)
{
        static struct copy copy;
        struct world *world = world_create();
        struct realm_world realm;

        begin_copy(&realm, world, &copy, DATA + 4095 - (uint64_t)_i, 4096 + 2 + (size_t)_i);
        for (uint64_t i = 0; i < 3; i++) {
                realm_data_unknown(&realm, DATA + i * PAGE);
        }
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_int_eq(copy.written, 0);
        ck_assert_int_eq(copy.read, 0);
        ck_assert_mem_eq(copy.in, copy.out, copy.size);
        ck_assert_uint_eq(copy.in[copy.size], 0);
        world_destroy(world);
}
END_TEST

/* Pages that come one at a time: each exits at its own address, and what was copied stays copied. */
START_TEST(copy_across_holes)
{
        static struct copy copy;
        struct world *world = world_create();
        struct realm_world realm;

        begin_copy(&realm, world, &copy, DATA + 4000, 2 * 4096);
        for (uint64_t i = 0; i < 3; i++) {
                struct rmmsim_rec_exit *exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC);

                ck_assert_uint_eq(exit->esr, 0x90000007);
                ck_assert_uint_eq(exit->hpfar, 0x20 + 0x10 * i);
                realm_data_unknown(&realm, DATA + i * PAGE);
        }
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_mem_eq(copy.in, copy.out, copy.size);
        world_destroy(world);
}
END_TEST

/* From the last Protected page into the first Unprotected one: each page faults as what it is. */
START_TEST(copy_across_the_halves)
{
        static struct copy copy;
        struct world *world = world_create();
        struct rmmsim_rec_exit *exit;
        struct realm_world realm;

        memset(&copy, 0, sizeof(copy));
        copy.ipa = UINT64_C(0x7ffffffffe);
        copy.size = 5;
        fill(copy.out, sizeof(copy.out));
        realm_new(&realm, world, NULL);
        realm_ram(&realm, 0, MIB2);
        realm_data(&realm, REALM_PC, 0xd6);
        realm_ram(&realm, UINT64_C(0x7fffe00000), UINT64_C(0x8000000000));
        realm_rec(&realm, true, REALM_PC);
        rmmsim_guest_bind(world->sim, realm.rd, REALM_PC, copy_guest, &copy);
        realm_activate(&realm);
        exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC);
        ck_assert_uint_eq(exit->esr, 0x90000007);
        ck_assert_uint_eq(exit->hpfar, 0x7ffffff0);
        realm_data_unknown(&realm, UINT64_C(0x7ffffff000));
        exit = realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC);
        ck_assert_uint_eq(exit->esr, 0x92000004);
        ck_assert_uint_eq(exit->hpfar, 0x80000000);
        realm_run(&realm, 0)->enter.flags = RMMSIM_ENTER_INJECT_SEA;
        ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        /* The write has ended there; the read starts over, and finds the two bytes. */
        ck_assert_int_eq(copy.written, RMMSIM_GUEST_EXCEPTION);
        ck_assert_uint_eq(realm_run(&realm, 0)->exit.esr, 0x92000004);
        ck_assert_uint_eq(realm_enter(&realm, 0), 0);
        ck_assert_int_eq(copy.read, RMMSIM_GUEST_EXCEPTION);
        ck_assert_uint_eq(copy.far, 0x8000000000);
        ck_assert_mem_eq(copy.in, copy.out, 2);
        ck_assert_uint_eq(copy.in[2], 0);
        world_destroy(world);
}
END_TEST

/* ---- isolation -------------------------------------------------------------------------------------------------------------- */

static const char secret[] = "the Realm's own words, nobody else's";

static void secret_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        char *seen = arg;

        rmmsim_guest_write(vcpu, DATA + 64, secret, sizeof(secret));
        rmmsim_guest_wfi(vcpu);
        rmmsim_guest_read(vcpu, DATA + 64, seen, sizeof(secret));
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

/* Is the secret anywhere that the host can look? */
static bool host_sees_secret(struct world *world)
{
        for (uint64_t pa = WORLD_DRAM_BASE; pa < world->next_pa; pa += PAGE) {
                const char *page = rmmsim_host_pointer(world->sim, pa, PAGE);

                if (memmem(page, PAGE, secret, sizeof(secret)) != NULL) {
                        return true;
                }
        }
        return false;
}

static bool realm_world_holds_secret(struct world *world)
{
        for (uint64_t pa = WORLD_DRAM_BASE; pa < world->next_pa; pa += PAGE) {
                if (memmem(memory_realm_page(&world->sim->rmm.memory, pa), PAGE, secret, sizeof(secret)) != NULL) {
                        return true;
                }
        }
        return false;
}

/* Not while it is there, not when it was taken away, not when its page came back or went to another Realm. */
START_TEST(secret_stays_inside)
{
        char seen[sizeof(secret)] = { 0 };
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_NONE, .num_pes = WORLD_PES });
        struct realm_world realm;
        uint64_t data;

        realm_running(&realm, world, 1, secret_guest, seen);
        data = realm_data_unknown(&realm, DATA);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert(!host_sees_secret(world));
        ck_assert(realm_world_holds_secret(world));
        expect_success(world, rmi_data_destroy, .rd = realm.rd, .ipa = DATA);
        ck_assert(!host_sees_secret(world));
        ck_assert(!realm_world_holds_secret(world));
        /* The same page again: the Realm cannot get the bytes back either. */
        ck_assert_uint_eq(realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC)->esr, 0x90000007);
        expect_success(world, rmi_data_create_unknown, .rd = realm.rd, .data = data, .ipa = DATA);
        ck_assert_uint_eq(realm_enter_expect(&realm, 0, RMMSIM_EXIT_SYNC)->esr, 0x90000007);
        expect_success(world, rmi_data_destroy, .rd = realm.rd, .ipa = DATA);
        expect_success(world, rmi_granule_undelegate, .addr = data);
        ck_assert(!host_sees_secret(world));
        world_destroy(world);
}
END_TEST

/* The RMM keeps the registers of a REC where the host cannot look, and wipes them. */
static void register_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        for (unsigned i = 0; i < 31; i++) {
                uint64_t word;

                memcpy(&word, secret, sizeof(word));
                rmmsim_guest_set_x(vcpu, i, word);
        }
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

START_TEST(registers_stay_inside)
{
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_NONE, .num_pes = WORLD_PES });
        struct realm_world realm;

        realm_running(&realm, world, 1, register_guest, NULL);
        for (unsigned i = 0; i < 2; i++) {
                for (uint64_t pa = WORLD_DRAM_BASE; pa < world->next_pa; pa += PAGE) {
                        const void *page = i == 0 ? rmmsim_host_pointer(world->sim, pa, PAGE)
                                                  : memory_realm_page(&world->sim->rmm.memory, pa);

                        ck_assert_ptr_null(memmem(page, PAGE, secret, sizeof(uint64_t)));
                }
                realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                realm_tear_down(&realm);
                if (i == 0) {
                        realm_running(&realm, world, 1, register_guest, NULL);
                }
        }
        world_destroy(world);
}
END_TEST

/* What is shared is shared: one page, seen at once by both sides. */
static void share_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t *value = arg;

        rmmsim_guest_store(vcpu, UINT64_C(0x8000000008), 4, 0x12345678);
        rmmsim_guest_wfi(vcpu);
        rmmsim_guest_load(vcpu, UINT64_C(0x8000000010), 8, value);
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

START_TEST(shared_page)
{
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_NONE, .num_pes = WORLD_PES });
        struct realm_world realm;
        uint64_t value = 0;
        uint64_t *page;

        realm_running(&realm, world, 1, share_guest, &value);
        page = world_at(world, realm_share(&realm, UINT64_C(0x8000000000)));
        page[1] = UINT64_MAX;
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        ck_assert_uint_eq(page[1], 0xffffffff12345678);
        page[2] = 0xfedcba9876543210;
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        ck_assert_uint_eq(value, 0xfedcba9876543210);
        world_destroy(world);
}
END_TEST

/* ---- at once ---------------------------------------------------------------------------------------------------------------- */

enum {
        ROUNDS = 20000
};

static void storing_guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        atomic_bool *over = arg;

        while (!*over) {
                rmmsim_guest_store(vcpu, UINT64_C(0x8000000000), 8, 1);
        }
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

struct rival {
        struct realm_world *realm;
        uint64_t page;
        atomic_bool over;
};

/* RMI_DATA_CREATE wants the page first and the Realm then; the guest has its Realm when it comes to the page. */
static void *create_from_page(void *arg)
{
        struct rival *rival = arg;
        struct rmmsim *sim = rival->realm->world->sim;

        for (unsigned i = 0; i < ROUNDS; i++) {
                uint64_t x0 = rmmsim_call(sim, 1, rmi_data_create, .rd = rival->realm->rd,
                                          .data = rival->realm->recs[0] + 1, .ipa = 0x10000, .src = rival->page)
                                      .x[0];

                ck_assert_uint_eq(x0, RMMSIM_RMI_ERROR_INPUT);
        }
        rival->over = true;
        return NULL;
}

/* RMI_REC_ENTER through a page that a guest writes; RMI_RTT_SET_RIPAS waits for the Realm alone meanwhile. */
static void *write_to_realm(void *arg)
{
        struct rival *rival = arg;
        struct rmmsim *sim = rival->realm->world->sim;

        while (!rival->over) {
                (void)rmmsim_call(sim, 2, rmi_rtt_unmap_unprotected, .rd = rival->realm->rd,
                                  .ipa = UINT64_C(0x8000001000), .level = 3);
                (void)rmmsim_call(sim, 3, rmi_rec_enter, .rec = rival->realm->recs[1], .run_ptr = rival->page);
        }
        return NULL;
}

START_TEST(guest_and_host_at_one_page)
{
        struct world *world =
                world_create_with(&(struct rmmsim_config){ .guard = RMMSIM_GUARD_NONE, .num_pes = WORLD_PES });
        struct realm_world realm;
        struct rival rival = { .realm = &realm };
        pthread_t threads[2];

        realm_running(&realm, world, 2, storing_guest, &rival.over);
        rival.page = realm_share(&realm, UINT64_C(0x8000000000));
        ck_assert_int_eq(pthread_create(&threads[0], NULL, create_from_page, &rival), 0);
        ck_assert_int_eq(pthread_create(&threads[1], NULL, write_to_realm, &rival), 0);
        realm_enter_expect(&realm, 0, RMMSIM_EXIT_PSCI);
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        world_destroy(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guest_isolation");
        TCase *copies = tcase_create("copies");
        TCase *isolation = tcase_create("isolation");

        tcase_add_loop_test(copies, copy_across_pages, 0, 3);
        tcase_add_test(copies, copy_across_holes);
        tcase_add_test(copies, copy_across_the_halves);
        tcase_add_test(isolation, secret_stays_inside);
        tcase_add_test(isolation, registers_stay_inside);
        tcase_add_test(isolation, shared_page);
        tcase_add_test(isolation, guest_and_host_at_one_page);
        suite_add_tcase(suite, copies);
        suite_add_tcase(suite, isolation);
        return run_suite(suite);
}
