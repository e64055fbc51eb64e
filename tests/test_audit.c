/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_audit.c - every invariant of the audit, broken on purpose.
 *
 * A scene is a sound machine with something of everything. A plant breaks one thing in it, behind the RMM's back, and the audit
 * must name the invariant that the plant is for and no other. A row of audit_invariants.def without a plant fails.
 */
#include "audit_pass.h"
#include "rec.h"
#include "rtt.h"
#include "sim.h"
#include "world.h"
#include <stdlib.h>
#include <string.h>

/* ---- the scene ------------------------------------------------------------------------------------------------------ */

#define DATA_IPA   UINT64_C(0x2000)
#define TABLE_IPA  UINT64_C(0x40000000) /* a level 3 table without anything in it */
#define BEYOND_IPA BIT(40)

struct scene {
        struct world *world;
        struct rmm *rmm;
        struct realm_world active; /* two RECs, memory, shared memory   */
        struct realm_world new;    /* one REC                           */
        struct realm *realm;       /* of `active`                       */
        struct realm *young;       /* of `new`                          */
        struct rec *rec;           /* REC 0 of `active`                 */
        uint64_t data;             /* at DATA_IPA                       */
        uint64_t shared_ipa;
        uint64_t delegated;   /* unused                            */
        uint64_t undelegated; /* its neighbour, of the host        */
        uint64_t far_data;    /* DATA in another chunk             */
};

static void *page_of(const struct scene *s, uint64_t pa)
{
        return memory_realm_page(&s->rmm->memory, pa);
}

static void set_up(struct scene *s)
{
        memset(s, 0, sizeof(*s));
        s->world = world_create();
        s->rmm = &s->world->sim->rmm;
        realm_new(&s->new, s->world, NULL);
        realm_rec(&s->new, true, 0);
        realm_new(&s->active, s->world, NULL);
        s->data = realm_data(&s->active, DATA_IPA, 0x5a);
        s->shared_ipa = s->active.par_top + DATA_IPA;
        realm_share(&s->active, s->shared_ipa);
        realm_map_tables(&s->active, TABLE_IPA, 3);
        realm_rec(&s->active, true, 0);
        realm_rec(&s->active, false, 0);
        realm_activate(&s->active);
        s->delegated = world_delegated(s->world);
        s->undelegated = world_page(s->world);
        s->world->next_pa = (s->world->next_pa + 2 * MIB2) & ~(MIB2 - 1);
        s->far_data = realm_data_unknown(&s->active, DATA_IPA + PAGE);
        s->realm = page_of(s, s->active.rd);
        s->young = page_of(s, s->new.rd);
        s->rec = page_of(s, s->active.recs[0]);
}

static void tear_down(struct scene *s)
{
        rmmsim_destroy(s->world->sim);
        free(s->world);
}

static struct granule *granule_of(const struct scene *s, uint64_t pa)
{
        return memory_granule(&s->rmm->memory, pa);
}

static void set_word(const struct scene *s, uint64_t pa, unsigned state, unsigned gpt)
{
        atomic_store(&granule_of(s, pa)->word, state | gpt << GRANULE_GPT_SHIFT);
}

static void set_state(const struct scene *s, uint64_t pa, unsigned state)
{
        set_word(s, pa, state, RMMSIM_GPT_GPT_REALM);
}

static uint64_t *entry_at(const struct scene *s, uint64_t ipa, int level)
{
        struct rtt_walk walk;

        rtt_walk(s->rmm, s->realm, &walk, ipa, level);
        ck_assert_int_eq(walk.level, level);
        return &walk.table[walk.index];
}

static uint64_t make(unsigned state, int level, uint64_t pa)
{
        return rtte_make(state, level, pa, false);
}

/* Forget what an entry owns, as if it had never been there. */
static void cut(const struct scene *s, uint64_t ipa, int level)
{
        struct rtt_walk walk;

        rtt_walk(s->rmm, s->realm, &walk, ipa, level);
        walk.table[walk.index] = make(RMMSIM_RTTE_UNASSIGNED_EMPTY, level, 0);
        walk.granule->num_owners--;
}

/* A request of REC 0 that is sound; plants spoil it. */
static void request(struct rec *rec, unsigned pending)
{
        rec->pending = pending;
        switch (pending) {
        case RMMSIM_PENDING_PSCI_REQUEST:
                rec->gprs[0] = RMMSIM_PSCI_CPU_ON;
                rec->gprs[1] = 1;
                break;
        case RMMSIM_PENDING_HOST_CALL:
                rec->gprs[1] = rec->host_call_ipa = 0x100;
                break;
        case RMMSIM_PENDING_RIPAS_CHANGE:
                rec->ripas_addr = 0x1000;
                rec->ripas_top = 0x3000;
                rec->ripas_value = RMMSIM_RIPAS_RAM;
                break;
        default:
                break;
        }
}

/* ---- plants --------------------------------------------------------------------------------------------------------- */

typedef void plant_fn(struct scene *s);

/* Each plant is a line or a few: which row it breaks, how, and what it does to the scene `s`. */
#define PLANTS(PLANT)                                                                                                  \
        PLANT(L, writer, atomic_fetch_or(&granule_of(s, s->active.rd)->word, (uint32_t)GRANULE_WRITER))                \
        PLANT(L, reader, atomic_fetch_add(&granule_of(s, s->undelegated)->word, (uint32_t)GRANULE_READER))             \
        PLANT(L, waiting, atomic_fetch_or(&granule_of(s, s->undelegated)->word, (uint32_t)GRANULE_WAITING))            \
        PLANT(L, frozen, atomic_fetch_or(&granule_of(s, s->data)->word, (uint32_t)GRANULE_FROZEN))                     \
        PLANT(L, vmid, vmid_lock(&s->rmm->vmids, 77))                                                                  \
        PLANT(S, granule, set_state(s, s->delegated, NUM_GRANULE_STATES))                                              \
        PLANT(S, gpt, set_word(s, s->undelegated, RMMSIM_GRANULE_UNDELEGATED, RMMSIM_GPT_GPT_AAP + 1))                 \
        PLANT(S, realm, s->realm->state = RMMSIM_REALM_REALM_SYSTEM_OFF + 1)                                           \
        PLANT(S, realm_flag, memset(&s->realm->pmu, 2, 1))                                                             \
        PLANT(S, rec, s->rec->state = RMMSIM_REC_REC_RUNNING + 1)                                                      \
        PLANT(S, power, s->rec->runnable = RMMSIM_POWER_RUNNABLE + 1)                                                  \
        PLANT(S, pending, s->rec->pending = RMMSIM_PENDING_RIPAS_CHANGE + 1)                                           \
        PLANT(S, attest, s->rec->attest_state = RMMSIM_ATTEST_ATTEST_IN_PROGRESS + 1)                                  \
        PLANT(S, rec_flag, memset(&s->rec->last_exit.emulatable, 2, 1))                                                \
        PLANT(M, chunk, untouch(s, s->far_data))                                                                       \
        PLANT(G1, delegated, set_word(s, s->delegated, RMMSIM_GRANULE_DELEGATED, RMMSIM_GPT_GPT_NS))                   \
        PLANT(G1, undelegated, set_state(s, s->undelegated, RMMSIM_GRANULE_UNDELEGATED))                               \
        PLANT(G2, device, s->rec->aux[3] = WORLD_DEVICE_BASE)                                                          \
        PLANT(G2, unaligned, s->rec->aux[3] += 8)                                                                      \
        PLANT(G2, link, s->realm->first_rec &= ~BIT(0))                                                                \
        PLANT(G2, nowhere, *entry_at(s, TABLE_IPA, 2) = make(RMMSIM_RTTE_TABLE, 2, BIT(46)))                           \
        PLANT(RTT12, owner, granule_of(s, s->realm->rtt_base)->num_owners--)                                           \
        PLANT(RTT12, shared, granule_of(s, s->realm->rtt_base)->num_shared++)                                          \
        PLANT(RTT12, no_table, granule_of(s, s->delegated)->num_owners++)                                              \
        PLANT(RTT12, nobodys, granule_of(s, s->undelegated)->num_shared++)                                             \
        PLANT(G3, first, memset(page_of(s, s->delegated), 1, 1))                                                       \
        PLANT(G3, last, memset((uint8_t *)page_of(s, s->delegated) + PAGE - 1, 1, 1))                                  \
        PLANT(G3, auxiliary, memset(page_of(s, s->rec->aux[1]), 1, 1))                                                 \
        PLANT(G4, moved, s->realm->rd += PAGE)                                                                         \
        PLANT(G4, empty, set_state(s, s->delegated, RMMSIM_GRANULE_RD))                                                \
        PLANT(G5, lost, set_state(s, s->delegated, RMMSIM_GRANULE_REC))                                                \
        PLANT(G6, lost, set_state(s, s->delegated, RMMSIM_GRANULE_REC_AUX))                                            \
        PLANT(G7, lost, set_state(s, s->delegated, RMMSIM_GRANULE_RTT))                                                \
        PLANT(G7, cut, cut(s, TABLE_IPA, 2))                                                                           \
        PLANT(G8, lost, set_state(s, s->delegated, RMMSIM_GRANULE_DATA))                                               \
        PLANT(G8, cut, cut(s, DATA_IPA, 3))                                                                            \
        PLANT(G9, data, *entry_at(s, DATA_IPA + 7 * PAGE, 3) = make(RMMSIM_RTTE_ASSIGNED_RAM, 3, s->data))             \
        PLANT(G9, table, *entry_at(s, TABLE_IPA + MIB2, 2) = *entry_at(s, TABLE_IPA, 2))                               \
        PLANT(G9, cycle, *entry_at(s, TABLE_IPA, 2) = make(RMMSIM_RTTE_TABLE, 2, s->realm->rtt_base))                  \
        PLANT(G9, roots, s->realm->rtt_base = s->young->rtt_base)                                                      \
        PLANT(G9, aux, s->rec->aux[1] = s->rec->aux[0])                                                                \
        PLANT(G9, list_loop, loop_list(s))                                                                             \
        PLANT(G9, list_end, s->rec->next = s->delegated | 1)                                                           \
        PLANT(R1, more, s->realm->num_recs++)                                                                          \
        PLANT(R1, fewer, s->realm->num_recs--)                                                                         \
        PLANT(R1, limit, s->rmm->profile.max_recs = 1)                                                                 \
        PLANT(R2, same, s->realm->vmid = s->young->vmid)                                                               \
        PLANT(R2, stale, vmid_set_used(&s->rmm->vmids, 77, true))                                                      \
        PLANT(R2, missing, vmid_set_used(&s->rmm->vmids, s->realm->vmid, false))                                       \
        PLANT(R2, wide, s->rmm->profile.vmid_bits = 1)                                                                 \
        PLANT(R3, number, s->realm->rtt_num_start = 2)                                                                 \
        PLANT(R3, huge_number, s->realm->rtt_num_start = UINT32_MAX)                                                   \
        PLANT(R3, level, s->realm->rtt_level_start = -128)                                                             \
        PLANT(R3, base, s->realm->rtt_base += 8)                                                                       \
        PLANT(R4, state,                                                                                               \
              (granule_of(s, s->realm->rtt_base)->num_owners = 0,                                                      \
               set_state(s, s->realm->rtt_base, RMMSIM_GRANULE_DATA)))                                                 \
        PLANT(R4, moved, s->realm->rtt_base = s->delegated)                                                            \
        PLANT(R5, self, s->realm->rtt_base = s->realm->rd)                                                             \
        PLANT(R6, rem, s->young->measurements[4][0] = 1)                                                               \
        PLANT(R8, rim, s->realm->measurements[0][32] = 1)                                                              \
        PLANT(R8, rem, s->realm->measurements[4][63] = 1)                                                              \
        PLANT(R11, width, s->realm->ipa_width = 49)                                                                    \
        PLANT(R11, no_width, s->realm->ipa_width = 0)                                                                  \
        PLANT(R11, hash, s->realm->hash_algo = 2)                                                                      \
        PLANT(R11, breakpoints, s->realm->num_bps = 0)                                                                 \
        PLANT(R11, lpa2, s->realm->lpa2 = true)                                                                        \
        PLANT(R11, vectors, s->realm->sve_vl = 1)                                                                      \
        PLANT(R11, counters, s->realm->pmu_num_ctrs = 1)                                                               \
        PLANT(R11, aux, s->realm->rec_aux_count--)                                                                     \
        PLANT(R13, register_8, young_rec(s)->gprs[8] = 1)                                                              \
        PLANT(R13, request, request(young_rec(s), RMMSIM_PENDING_HOST_CALL))                                           \
        PLANT(R13, abort, young_rec(s)->last_exit.unprotected = true)                                                  \
        PLANT(N, address, s->rec->pa += PAGE)                                                                          \
        PLANT(N, previous, s->rec->previous = 0)                                                                       \
        PLANT(C1, other, s->rec->owner = s->new.rd)                                                                    \
        PLANT(C1, nobody, s->rec->owner = s->delegated)                                                                \
        PLANT(C2, mpidr, s->rec->mpidr = 0x10)                                                                         \
        PLANT(C2, index, s->rec->index = 5)                                                                            \
        PLANT(C2, high, s->rec->index = s->rec->mpidr = 2)                                                             \
        PLANT(C2, twice, s->rec->index = s->rec->mpidr = 1)                                                            \
        PLANT(C3, count, s->rec->num_aux = REC_AUX_MAX + 1)                                                            \
        PLANT(C3, fewer, s->rec->num_aux--)                                                                            \
        PLANT(C3, state, s->rec->aux[0] = s->delegated)                                                                \
        PLANT(C3, itself, s->rec->aux[0] = s->rec->pa)                                                                 \
        PLANT(C4, running, young_rec(s)->state = RMMSIM_REC_REC_RUNNING)                                               \
        PLANT(C5, abort, (request(s->rec, RMMSIM_PENDING_HOST_CALL), s->rec->last_exit.emulatable = true))             \
        PLANT(C5, ripas, (request(s->rec, RMMSIM_PENDING_PSCI_REQUEST), s->rec->ripas_top = PAGE))                     \
        PLANT(C6, function, (request(s->rec, RMMSIM_PENDING_PSCI_REQUEST), s->rec->gprs[0] = RMMSIM_PSCI_CPU_OFF))     \
        PLANT(C6, hint, (request(s->rec, RMMSIM_PENDING_PSCI_REQUEST), s->rec->gprs[0] |= BIT(16)))                    \
        PLANT(C6, smc32, (request(s->rec, RMMSIM_PENDING_PSCI_REQUEST), s->rec->gprs[0] = 0x84000003))                 \
        PLANT(C6, target, (request(s->rec, RMMSIM_PENDING_PSCI_REQUEST), s->rec->gprs[1] = 2))                         \
        PLANT(C6, itself, (request(s->rec, RMMSIM_PENDING_PSCI_REQUEST), s->rec->gprs[1] = 0))                         \
        PLANT(C7, left_over, s->rec->ripas_addr = PAGE)                                                                \
        PLANT(C7, unaligned, (request(s->rec, RMMSIM_PENDING_RIPAS_CHANGE), s->rec->ripas_addr++))                     \
        PLANT(C7, passed, (request(s->rec, RMMSIM_PENDING_RIPAS_CHANGE), s->rec->ripas_addr = 0x4000))                 \
        PLANT(C7, unprotected, (request(s->rec, RMMSIM_PENDING_RIPAS_CHANGE), s->rec->ripas_top = BIT(39) + PAGE))     \
        PLANT(C7, none, s->rec->pending = RMMSIM_PENDING_RIPAS_CHANGE)                                                 \
        PLANT(I6, off, (request(s->rec, RMMSIM_PENDING_PSCI_REQUEST), s->rec->runnable = RMMSIM_POWER_NOT_RUNNABLE))   \
        PLANT(I11, destroyed, (request(s->rec, RMMSIM_PENDING_RIPAS_CHANGE), s->rec->ripas_value = 2))                 \
        PLANT(I12, unaligned, (request(s->rec, RMMSIM_PENDING_HOST_CALL), s->rec->host_call_ipa++))                    \
        PLANT(I12, register_1, (request(s->rec, RMMSIM_PENDING_HOST_CALL), s->rec->gprs[1] = 0))                       \
        PLANT(I12, unprotected,                                                                                        \
              (request(s->rec, RMMSIM_PENDING_HOST_CALL), s->rec->gprs[1] = s->rec->host_call_ipa = BIT(39)))          \
        PLANT(T, idle, s->rec->attest_state = RMMSIM_ATTEST_ATTEST_IN_PROGRESS)                                        \
        PLANT(T, stage, s->rec->attestation.stage = ATTESTATION_HASH)                                                  \
        PLANT(T, size, overlong_token(s->rec))                                                                         \
        PLANT(RTT1, state, *entry_at(s, TABLE_IPA, 2) = make(RMMSIM_RTTE_TABLE, 2, s->data))                           \
        PLANT(RTT2, page, *entry_at(s, TABLE_IPA, 3) = make(RMMSIM_RTTE_TABLE, 3, s->delegated))                       \
        PLANT(RTT4, table, *entry_at(s, TABLE_IPA, 2) = make(RMMSIM_RTTE_TABLE, 2, s->delegated))                      \
        PLANT(RTT4, data, *entry_at(s, TABLE_IPA, 3) = make(RMMSIM_RTTE_ASSIGNED_RAM, 3, s->undelegated))              \
        PLANT(RTT5, protected_half, *entry_at(s, TABLE_IPA, 3) = make(RMMSIM_RTTE_UNASSIGNED_NS, 3, 0))                \
        PLANT(RTT5, unprotected_half, *entry_at(s, s->shared_ipa + PAGE, 3) = make(RMMSIM_RTTE_UNASSIGNED_RAM, 3, 0))  \
        PLANT(RTT5, root, *entry_at(s, BIT(39), 0) = make(RMMSIM_RTTE_UNASSIGNED_EMPTY, 0, 0))                         \
        PLANT(RTT5, both_halves,                                                                                       \
              *entry_at(s, 0, 0) = *entry_at(s, BIT(39), 0) = make(RMMSIM_RTTE_UNASSIGNED_EMPTY, 0, 0))                \
        PLANT(RTT5, beyond, *entry_at(s, BEYOND_IPA, 0) = make(RMMSIM_RTTE_TABLE, 0, s->delegated))                    \
        PLANT(RTT6, huge_block, *entry_at(s, 0, 0) = make(RMMSIM_RTTE_ASSIGNED_RAM, 0, 0))                             \
        PLANT(RTT8, unaligned, *entry_at(s, TABLE_IPA + MIB2, 2) = make(RMMSIM_RTTE_ASSIGNED_EMPTY, 2, s->data))       \
        PLANT(RTT8, state, *entry_at(s, TABLE_IPA, 3) = make(RMMSIM_RTTE_ASSIGNED_DESTROYED, 3, s->new.rd))            \
        PLANT(RTT9, wide, *entry_at(s, TABLE_IPA, 2) |= BIT(48))                                                       \
        PLANT(RTT9, wide_ns, *entry_at(s, s->shared_ipa, 3) |= BIT(49))                                                \
        PLANT(RTT10, realm_pas, *entry_at(s, s->shared_ipa, 3) &= ~RTTE_NS)                                            \
        PLANT(RTT10, mem_attr, *entry_at(s, s->shared_ipa, 3) ^= (4u ^ 6u) << 2)                                       \
        PLANT(D, address, *entry_at(s, TABLE_IPA, 3) = PAGE)                                                           \
        PLANT(D, access_flag, *entry_at(s, DATA_IPA, 3) &= ~RTTE_AF)                                                   \
        PLANT(D, table_attributes, *entry_at(s, TABLE_IPA, 2) |= RTTE_AF)

static void untouch(const struct scene *s, uint64_t pa)
{
        const struct region *region = memory_region(&s->rmm->memory, pa);

        atomic_fetch_and(&region->touched[(pa - region->base) / MIB2 / 64], ~BIT((pa - region->base) / MIB2 % 64));
}

static struct rec *young_rec(const struct scene *s)
{
        return page_of(s, s->new.recs[0]);
}

/* The list is REC 1, REC 0; now REC 0 goes back to REC 1. */
static void loop_list(const struct scene *s)
{
        s->rec->next = s->active.recs[1] | 1;
}

static void overlong_token(struct rec *rec)
{
        rec->attest_state = RMMSIM_ATTEST_ATTEST_IN_PROGRESS;
        rec->attestation = (struct attestation_op){ .stage = ATTESTATION_DELIVER,
                                                    .realm_token_size = ATTESTATION_BUFFER_SIZE + 1,
                                                    .token_size = 4096 };
}

#define PLANT_FUNCTION(ROW, how, statement)                                                                            \
        static void plant_##ROW##_##how(struct scene *s)                                                               \
        {                                                                                                              \
                statement;                                                                                             \
        }
PLANTS(PLANT_FUNCTION)

static const struct {
        enum invariant row;
        const char *name;
        plant_fn *plant;
} plants[] = {
#define PLANT_ROW(ROW, how, statement) { AUDIT_##ROW, #ROW "_" #how, plant_##ROW##_##how },
        PLANTS(PLANT_ROW)
};

/* ---- tests ---------------------------------------------------------------------------------------------------------- */

START_TEST(test_plant_is_found)
{
        struct rmmsim_report report;
        struct scene s;

        set_up(&s);
        ck_assert_msg(audit(s.rmm, &report), "the scene is not sound: %s: %s", report.invariant, report.text);
        ck_assert_str_eq(report.invariant, "");
        plants[_i].plant(&s);
        ck_assert_int_eq(rmmsim_audit(s.world->sim, &report), RMMSIM_ERROR_AUDIT);
        ck_assert_msg(strcmp(report.invariant, invariant_rows[plants[_i].row].name) == 0,
                      "plant %s was found as %s: %s", plants[_i].name, report.invariant, report.text);
        ck_assert_msg(strstr(report.text, "; it must hold that ") != NULL, "no room for the rule: %s", report.text);
        tear_down(&s);
}
END_TEST

START_TEST(test_row_has_plant)
{
        size_t i = 0;

        while (i < ARRAY_SIZE(plants) && plants[i].row != (enum invariant)_i) {
                i++;
        }
        ck_assert_msg(i < ARRAY_SIZE(plants), "no plant breaks row %s", invariant_rows[_i].name);
        ck_assert_uint_lt(strlen(invariant_rows[_i].name), sizeof(((struct rmmsim_report *)NULL)->invariant));
}
END_TEST

/* What a REC that runs keeps to itself is not looked at; what others may name is. */
START_TEST(test_running_rec_is_judged_from_outside)
{
        struct rmmsim_report report;
        struct scene s;

        set_up(&s);
        s.rec->state = RMMSIM_REC_REC_RUNNING;
        s.rec->pending = 99;
        s.rec->ripas_addr = 1;
        s.rec->attestation.stage = 99;
        ck_assert_msg(audit(s.rmm, &report), "%s: %s", report.invariant, report.text);
        s.rec->runnable = 99;
        ck_assert(!audit(s.rmm, &report));
        s.rec->runnable = RMMSIM_POWER_NOT_RUNNABLE;
        s.rec->aux[2] = s.rec->aux[1];
        ck_assert(!audit(s.rmm, &report));
        ck_assert_str_eq(report.invariant, "G9");
        tear_down(&s);
}
END_TEST

START_TEST(test_requests_of_the_scene_are_sound)
{
        static const unsigned requests[] = { RMMSIM_PENDING_PSCI_REQUEST, RMMSIM_PENDING_HOST_CALL,
                                             RMMSIM_PENDING_RIPAS_CHANGE };
        struct rmmsim_report report;
        struct scene s;

        set_up(&s);
        request(s.rec, requests[_i]);
        ck_assert_msg(audit(s.rmm, &report), "%s: %s", report.invariant, report.text);
        tear_down(&s);
}
END_TEST

/* An SMC32 form is a request where it is served. */
START_TEST(test_forms_of_a_psci_request)
{
        struct rmmsim_report report;
        struct scene s;

        set_up(&s);
        request(s.rec, RMMSIM_PENDING_PSCI_REQUEST);
        s.rec->gprs[0] = RMMSIM_PSCI_AFFINITY_INFO;
        ck_assert_msg(audit(s.rmm, &report), "%s: %s", report.invariant, report.text);
        s.rmm->profile.quirks |= RMMSIM_QUIRK_psci_smc32;
        s.rec->gprs[0] = 0x84000003;
        ck_assert_msg(audit(s.rmm, &report), "%s: %s", report.invariant, report.text);
        tear_down(&s);
}
END_TEST

static void note_misuse(void *context, const char *sentence)
{
        ck_assert_ptr_nonnull(strstr(sentence, "invariant G3 does not hold after RMI_VERSION"));
        ++*(unsigned *)context;
}

START_TEST(test_period_tells_the_misuse_handler)
{
        unsigned told = 0;
        struct world *world = world_create_with(
                &(struct rmmsim_config){ .audit_period = 1, .misuse = note_misuse, .context = &told });
        struct rmmsim_regs regs = { .x = { RMMSIM_RMI_VERSION, 0x10000 } };
        uint64_t pa = world_delegated(world);

        ck_assert_int_eq(rmmsim_smc(world->sim, 0, &regs), 0);
        memset(memory_realm_page(&world->sim->rmm.memory, pa), 1, PAGE);
        regs = (struct rmmsim_regs){ .x = { RMMSIM_RMI_VERSION, 0x10000 } };
        ck_assert_int_eq(rmmsim_smc(world->sim, 0, &regs), RMMSIM_ERROR_AUDIT);
        ck_assert_uint_eq(told, 1);
        rmmsim_destroy(world->sim);
        free(world);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("audit");
        TCase *tcase = tcase_create("audit");

        tcase_add_loop_test(tcase, test_plant_is_found, 0, (int)ARRAY_SIZE(plants));
        tcase_add_loop_test(tcase, test_row_has_plant, 0, NUM_INVARIANTS);
        tcase_add_test(tcase, test_running_rec_is_judged_from_outside);
        tcase_add_loop_test(tcase, test_requests_of_the_scene_are_sound, 0, 3);
        tcase_add_test(tcase, test_forms_of_a_psci_request);
        tcase_add_test(tcase, test_period_tells_the_misuse_handler);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
