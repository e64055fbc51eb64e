/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rec.c - RECs go, whatever they were at; and the measurement of a Realm that has been given everything.
 *
 * Specification: RMI_REC_DESTROY, Realm Initial Measurement; lifecycle sheet sections 5.10 and 7.5.
 */
#include "lifecycle_fixture.h"
#include <stdio.h>

/* ---- RMI_REC_DESTROY, refused --------------------------------------------------------------------------------------- */

struct row {
        const char *condition;
        uint64_t (*rec)(const struct zoo *zoo);
};

#define REC_IS(name, condition, expression)                                                                            \
        static uint64_t name(const struct zoo *zoo)                                                                    \
        {                                                                                                              \
                (void)zoo;                                                                                             \
                return expression;                                                                                     \
        }
#define ROW(name, condition, expression) { #condition, name },

#define ROWS(X)                                                                                                        \
        X(unaligned_by_one, rec_align, zoo->rec + 1)                                                                   \
        X(unaligned_by_half, rec_align, zoo->rec + 0x800)                                                              \
        X(unaligned_nowhere, rec_align, HOLE + 1)                                                                      \
        X(device, rec_bound, DEVICE)                                                                                   \
        X(hole, rec_bound, HOLE)                                                                                       \
        X(last_page, rec_bound, LAST_PAGE)                                                                             \
        X(undelegated, rec_gran_state, zoo->ns)                                                                        \
        X(secure, rec_gran_state, zoo->secure)                                                                         \
        X(delegated, rec_gran_state, zoo->delegated)                                                                   \
        X(rd, rec_gran_state, zoo->rd)                                                                                 \
        X(aux, rec_gran_state, zoo->aux)                                                                               \
        X(rtt, rec_gran_state, zoo->rtt)                                                                               \
        X(data, rec_gran_state, zoo->data)

/* clang-format off */
ROWS(REC_IS)
static const struct row rows[] = { ROWS(ROW) };
/* clang-format on */

START_TEST(destroy_refuses)
{
        struct world *w = world_create();
        struct zoo zoo;

        zoo_create(&zoo, w);
        expect_refusal(w, ERROR_INPUT, rows[_i].condition, rmi_rec_destroy, .rec = rows[_i].rec(&zoo));
        expect_success(w, rmi_rec_destroy, .rec = zoo.rec);
        /* The order that the specification states: a Granule that is no REC has no state of a REC. */
        expect_refusal(w, ERROR_INPUT, "rec_gran_state", rmi_rec_destroy, .rec = zoo.rec);
        world_destroy(w);
}
END_TEST

/* ---- RMI_REC_DESTROY, carried out ----------------------------------------------------------------------------------- */

/* The REC is gone, its Granules are wiped to the last byte and free, and only the Realm's count knows. */
static void destroy_and_check(struct world *w, uint64_t rd, uint64_t rec)
{
        struct realm before = *realm_at(w, rd);
        uint64_t aux[16];

        ck_assert_uint_eq(rec_at(w, rec)->num_aux, 16);
        memcpy(aux, rec_at(w, rec)->aux, sizeof(aux));
        for (unsigned i = 0; i < 16; i++) {
                ck_assert(page_is_zero(w, aux[i])); /* an RMM that keeps nothing there has nothing to wipe */
        }
        memset((uint8_t *)(uintptr_t)page_at(w, rec) + sizeof(struct rec), 0xa0, PAGE - sizeof(struct rec));
        expect_success(w, rmi_rec_destroy, .rec = rec);
        EXPECT_STATE(w, rec, DELEGATED);
        ck_assert(page_is_zero(w, rec));
        for (unsigned i = 0; i < 16; i++) {
                EXPECT_STATE(w, aux[i], DELEGATED);
                ck_assert(page_is_zero(w, aux[i]));
        }
        ck_assert_uint_eq(realm_at(w, rd)->num_recs, before.num_recs - 1);
        ck_assert_uint_eq(realm_at(w, rd)->rec_index, before.rec_index);
        ck_assert_mem_eq(realm_at(w, rd)->measurements, before.measurements, sizeof(before.measurements));
}

/* What a REC was at when it went. A program that is still in the middle of something ends where it stands. */
static void idle(struct rmmsim_vcpu *vcpu, void *arg)
{
        unsigned *starts = arg;

        if (starts != NULL) {
                ++*starts;
        }
        for (;;) {
                rmmsim_guest_wfi(vcpu);
        }
}

static void ask_for_cpu(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1, .entry_point_address = REALM_PC);
}

static void ask_for_ripas(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, rsi_ipa_state_set, .base = 0x2000, .top = 0x3000, .ripas = RMMSIM_RIPAS_EMPTY);
}

static void ask_the_host(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, rsi_host_call, .addr = REALM_PC);
}

static void ask_for_a_token(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, rsi_attestation_token_init, .challenge_0 = 1);
        rmmsim_guest_wfi(vcpu);
}

static void turn_off(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)vcpu;
        (void)arg;
}

static void turn_system_off(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        (void)rmmsim_guest_call(vcpu, psci_system_off, .none = 0);
}

static const struct {
        rmmsim_guest_fn *program;
        enum rmmsim_exit_reason reason;
        unsigned pending;
        unsigned realm_state;
} pursuits[] = {
        { idle, RMMSIM_EXIT_IRQ, RMMSIM_PENDING_NO_REQUEST, RMMSIM_REALM_REALM_ACTIVE },
        { ask_for_cpu, RMMSIM_EXIT_PSCI, RMMSIM_PENDING_PSCI_REQUEST, RMMSIM_REALM_REALM_ACTIVE },
        { ask_for_ripas, RMMSIM_EXIT_RIPAS_CHANGE, RMMSIM_PENDING_RIPAS_CHANGE, RMMSIM_REALM_REALM_ACTIVE },
        { ask_the_host, RMMSIM_EXIT_HOST_CALL, RMMSIM_PENDING_HOST_CALL, RMMSIM_REALM_REALM_ACTIVE },
        { ask_for_a_token, RMMSIM_EXIT_IRQ, RMMSIM_PENDING_NO_REQUEST, RMMSIM_REALM_REALM_ACTIVE },
        { turn_off, RMMSIM_EXIT_PSCI, RMMSIM_PENDING_NO_REQUEST, RMMSIM_REALM_REALM_ACTIVE },
        { turn_system_off, RMMSIM_EXIT_PSCI, RMMSIM_PENDING_NO_REQUEST, RMMSIM_REALM_REALM_SYSTEM_OFF },
};

START_TEST(destroy_takes_a_rec_at_anything)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_running(&realm, w, 2, pursuits[_i].program, NULL);
        (void)realm_enter_expect(&realm, 0, pursuits[_i].reason);
        ck_assert_uint_eq(rec_at(w, realm.recs[0])->pending, pursuits[_i].pending);
        ck_assert_uint_eq(realm_at(w, realm.rd)->state, pursuits[_i].realm_state);
        if (pursuits[_i].program == ask_for_a_token) {
                ck_assert_uint_eq(rec_at(w, realm.recs[0])->attest_state, RMMSIM_ATTEST_ATTEST_IN_PROGRESS);
        }
        destroy_and_check(w, realm.rd, realm.recs[0]);
        destroy_and_check(w, realm.rd, realm.recs[1]);
        world_destroy(w);
}
END_TEST

START_TEST(destroy_takes_a_rec_of_a_new_realm)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_new(&realm, w, NULL);
        realm_rec(&realm, true, 0);
        realm_rec(&realm, false, 0);
        destroy_and_check(w, realm.rd, realm.recs[0]);
        destroy_and_check(w, realm.rd, realm.recs[1]);
        expect_success(w, rmi_realm_destroy, .rd = realm.rd);
        world_destroy(w);
}
END_TEST

/* While the REC runs, another PE of the host tries to destroy it. */
static void be_destroyed(struct rmmsim_vcpu *vcpu, void *arg)
{
        const struct realm_world *realm = arg;
        struct rmmsim *sim = realm->world->sim;
        struct rmmsim_regs regs = rmmsim_call(sim, 1, rmi_rec_destroy, .rec = realm->recs[0]);

        ck_assert_uint_eq(regs.x[0], ERROR_REC);
        ck_assert_str_eq(rmmsim_why(sim, 1)->condition, "rec_state");
        ck_assert_uint_eq(rmmsim_why(sim, 1)->found, RMMSIM_REC_REC_RUNNING);
        ck_assert_uint_eq(rmmsim_call(sim, 1, rmi_rec_destroy, .rec = realm->recs[1]).x[0], 0);
        idle(vcpu, NULL);
}

START_TEST(destroy_refuses_a_rec_that_runs)
{
        struct world *w = world_create();
        struct realm_world realm;

        realm_running(&realm, w, 2, be_destroyed, &realm);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        destroy_and_check(w, realm.rd, realm.recs[0]);
        world_destroy(w);
}
END_TEST

/* A stack for one program only: each REC that goes gives it back. */
START_TEST(destroy_gives_the_stack_back)
{
        struct world *w = world_create_with(&(struct rmmsim_config){ .max_guests = 1 });
        unsigned starts = 0;

        for (unsigned i = 0; i < 5; i++) {
                struct realm_world realm;

                realm_running(&realm, w, 1, idle, &starts);
                (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
                realm_tear_down(&realm);
        }
        ck_assert_uint_eq(starts, 5);
        world_destroy(w);
}
END_TEST

/* ---- the list of RECs ----------------------------------------------------------------------------------------------- */

static void expect_listed(const struct world *w, const struct realm_world *realm, unsigned alive)
{
        const struct rmm *rmm = &w->sim->rmm;
        unsigned found = 0;

        for (const struct rec *rec = rec_first(rmm, realm_at(w, realm->rd)); rec != NULL; rec = rec_next(rmm, rec)) {
                found |= 1u << rec->index;
        }
        ck_assert_uint_eq(found, alive);
        for (unsigned i = 0; i < 4; i++) {
                const struct rec *rec = rec_find(rmm, realm_at(w, realm->rd), i);

                ck_assert_int_eq(rec != NULL, (alive >> i & 1) != 0);
                ck_assert(rec == NULL || rec->pa == realm->recs[i]);
        }
}

/* Four RECs, destroyed in each of the 24 orders; the Realm knows at every moment which are left. */
START_TEST(list_is_right_in_every_order)
{
        for (unsigned order = 0; order < 256; order++) {
                unsigned victims[4] = { order & 3, order >> 2 & 3, order >> 4 & 3, order >> 6 & 3 };
                struct realm_world realm;
                struct world *w;
                unsigned alive = 15;

                if ((1u << victims[0] | 1u << victims[1] | 1u << victims[2] | 1u << victims[3]) != 15) {
                        continue;
                }
                w = world_create();
                realm_new(&realm, w, NULL);
                for (unsigned i = 0; i < 4; i++) {
                        realm_rec(&realm, false, 0);
                }
                expect_listed(w, &realm, alive);
                for (unsigned i = 0; i < 4; i++) {
                        expect_success(w, rmi_rec_destroy, .rec = realm.recs[victims[i]]);
                        alive &= ~(1u << victims[i]);
                        expect_listed(w, &realm, alive);
                }
                expect_success(w, rmi_realm_destroy, .rd = realm.rd);
                world_destroy(w);
        }
}
END_TEST

/* Physical address 0 is a place like any other. */
START_TEST(list_takes_a_rec_at_zero)
{
        static const struct rmmsim_region region = { .base = 0, .size = 256 * PAGE };
        struct world *w = world_create_with(&(struct rmmsim_config){
                .regions = &region, .num_regions = 1, .features = { .rec_aux_count = RMMSIM_NONE } });
        uint64_t page = world_page(w);
        struct realm_world realm;

        expect_success(w, rmi_granule_delegate, .addr = 0);
        w->params_pa = page;
        w->params = world_at(w, page);
        realm_new(&realm, w, NULL);
        realm_rec(&realm, false, 0);
        rec_params_at(w, page, 1, 0, 0);
        expect_success(w, rmi_rec_create, .rd = realm.rd, .rec = 0, .params_ptr = page);
        realm.recs[1] = 0;
        realm.num_recs = 2;
        realm_rec(&realm, false, 0);
        expect_listed(w, &realm, 7);
        expect_success(w, rmi_rec_destroy, .rec = 0);
        expect_listed(w, &realm, 5);
        world_destroy(w);
}
END_TEST

/* ---- RIM: vectors V0 to V8 of the sheet ----------------------------------------------------------------------------- */

#define ZEROES "0000000000000000000000000000000000000000000000000000000000000000"

static const char *const rim[2][9] = {
        {
                "045cb3602843a6845cb710fbbfbb92f0c7d611afe0106ac2953e46950a70c42b" ZEROES,
                "7f8c7d7dd5d0845f56a62190d6d1fd15458a1132897bf0041ea3e0720af799d1" ZEROES,
                "3e4f93f70c2b4c8435decd075affd8a6fd9100af430276a02cdcf57714689a79" ZEROES,
                "3b649ba7d4885cd85a5dc69497557f059ed2efc37069e0e19603bc66c26cef70" ZEROES,
                "172a951b05ce473068121add85d01d45d32b3ef4ce293761a2ec07e2f76741cc" ZEROES,
                "ee9b323b8864b4442e783c6f6a1307ec254ea48a22f88b51648275ddcf006a39" ZEROES,
                "47fb7c275f2391d60339156cfdb4feb890153a5764fca7c40cbc0bdc549e5539" ZEROES,
                "47fb7c275f2391d60339156cfdb4feb890153a5764fca7c40cbc0bdc549e5539" ZEROES,
                "e4b07641dc83624ccd527d7d164434f44ba803c02c71c2ecfe9bb3396971b757" ZEROES,
        },
        {
                "066e19aa2c3418dadc20ef31b5595907c612991952553e1e99731a677b5797c9"
                "898dffb6e3963a20b8e1af6d136cd2fe6fe25f048577dc3d7e5bf3a79a4b1e81",
                "fea4544604b6ed15bac7c38057ca6fa59c5ae51f67ea5ac2011b66031a806c5c"
                "917672fe59b0e30ebc1f6a7c9b7e7beee852e6b3bc03b7567a33d72ba1949a0f",
                "c0f2861fc125825fa80ff23afe16935c5b1d21145e1f022e6d6ad4924505b1bb"
                "1c3899364a545f1f806e662a4f71c0d6209d9c43db9197d870150b5c677531fb",
                "8c5b3a4550185beff8c03d402b4df2746286227cb51cc7a6699756b57ea6156e"
                "7aa1f7693fe0d27394dd5f47fe27e0e1969941cdcbb993393e0f31f516e6f6da",
                "ab14744113297e66f592913066fe12417e1e229342f286a9805c5178bd8d9830"
                "69856ced62ae074a4830c4d931cee2eaf6254d30793840f949581a0e1466df97",
                "107a1d186993e134369e46978c876ab3287edbd1c7f7c8af46c9f6b71048a204"
                "9d15051ba4af1f7f54870a9c822f352a798169f7b5edeef1195cadf1d66798ea",
                "45d4fb6e75ed00653b0e73f82f7c9cb1825ee2bc64877173d62e6f20c79f007d"
                "34b160c33e39f9af365f07bd9cd40d9bf16d4611a5c914a29366baa92170445f",
                "45d4fb6e75ed00653b0e73f82f7c9cb1825ee2bc64877173d62e6f20c79f007d"
                "34b160c33e39f9af365f07bd9cd40d9bf16d4611a5c914a29366baa92170445f",
                "85a127f3bb26db123c0fde0e272363d8a326ce9104ab3872c988bc10f99a5b15"
                "19e70ad4f8f97f489b6697cb3143fcd9fc45e7575e869b3b6defab5b85b17b46",
        },
};

static void to_hex(char text[129], const uint8_t *bytes)
{
        for (unsigned i = 0; i < 64; i++) {
                snprintf(text + 2 * i, 3, "%02x", bytes[i]);
        }
}

static void expect_rim(const struct realm_world *realm, const char *hex)
{
        char text[129];

        to_hex(text, realm_at(realm->world, realm->rd)->measurements[0]);
        ck_assert_str_eq(text, hex);
}

static void init_ripas(struct realm_world *realm, uint64_t base, uint64_t top, uint64_t out_top)
{
        struct rmmsim_regs regs =
                call_regs(realm->world, rmi_rtt_init_ripas, .rd = realm->rd, .base = base, .top = top);

        expect_x0(realm->world, 0, regs.x[0]);
        ck_assert_uint_eq(regs.x[1], out_top);
}

static void v_rec(struct realm_world *realm, uint64_t flags)
{
        struct world *w = realm->world;
        uint64_t page = world_page(w);
        uint64_t rec = world_delegated(w);

        rec_params_at(w, page, realm->num_recs, 16, world_delegated_pages(w, 16, PAGE))->flags = flags;
        expect_success(w, rmi_rec_create, .rd = realm->rd, .rec = rec, .params_ptr = page);
        realm->recs[realm->num_recs++] = rec;
}

/* The Realm itself reads what the vectors say. */
static void read_rim(struct rmmsim_vcpu *vcpu, void *arg)
{
        struct rmmsim_regs regs = rmmsim_guest_call(vcpu, rsi_measurement_read, .index = 0);
        char text[129];

        ck_assert_uint_eq(regs.x[0], 0);
        to_hex(text, (const uint8_t *)&regs.x[1]);
        ck_assert_str_eq(text, arg);
        idle(vcpu, NULL);
}

START_TEST(rim_follows_the_vectors)
{
        const char *const *v = rim[_i];
        struct world *w = world_create();
        struct realm_world realm;
        uint64_t source = world_page(w);

        realm_new(&realm, w, &(struct realm_shape){ .hash_algo = (uint8_t)_i });
        expect_rim(&realm, v[0]);
        realm_map_tables(&realm, 0, 2);
        expect_rim(&realm, v[0]);
        init_ripas(&realm, 0, 0x200000, 0x200000);
        expect_rim(&realm, v[1]);
        realm_map_tables(&realm, 0x200000, 3);
        memset(world_at(w, source), 0xA5, PAGE);
        expect_success(w, rmi_data_create, .rd = realm.rd, .data = world_delegated(w), .ipa = 0x200000, .src = source,
                       .flags = 1);
        expect_rim(&realm, v[2]);
        expect_success(w, rmi_data_create, .rd = realm.rd, .data = world_delegated(w), .ipa = 0x201000, .src = source,
                       .flags = 0);
        expect_rim(&realm, v[3]);
        v_rec(&realm, 1);
        expect_rim(&realm, v[4]);
        init_ripas(&realm, 0x202000, 0x205000, 0x205000);
        expect_rim(&realm, v[5]);
        init_ripas(&realm, 0x400000, 0x801000, 0x800000);
        expect_rim(&realm, v[6]);
        v_rec(&realm, 0);
        expect_rim(&realm, v[7]);
        init_ripas(&realm, 0x202000, 0x203000, 0x203000);
        expect_rim(&realm, v[8]);
        expect_failure(w, ERROR_INPUT, 0, "rec_gran_state", rmi_rec_destroy, .rec = realm.rd);
        ck_assert_int_eq(rmmsim_guest_bind(w->sim, realm.rd, 0x200000, read_rim, (void *)v[8]), 0);
        realm_activate(&realm);
        expect_rim(&realm, v[8]);
        (void)realm_enter_expect(&realm, 0, RMMSIM_EXIT_IRQ);
        world_destroy(w);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rec");
        TCase *destroy = tcase_create("destroy");
        TCase *list = tcase_create("list");
        TCase *measured = tcase_create("rim");

        tcase_add_loop_test(destroy, destroy_refuses, 0, ARRAY_SIZE(rows));
        tcase_add_loop_test(destroy, destroy_takes_a_rec_at_anything, 0, ARRAY_SIZE(pursuits));
        tcase_add_test(destroy, destroy_takes_a_rec_of_a_new_realm);
        tcase_add_test(destroy, destroy_refuses_a_rec_that_runs);
        tcase_add_test(destroy, destroy_gives_the_stack_back);
        suite_add_tcase(suite, destroy);
        tcase_add_test(list, list_is_right_in_every_order);
        tcase_add_test(list, list_takes_a_rec_at_zero);
        suite_add_tcase(suite, list);
        tcase_add_loop_test(measured, rim_follows_the_vectors, 0, 2);
        suite_add_tcase(suite, measured);
        return run_suite(suite);
}
