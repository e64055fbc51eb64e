/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_shadow_apply.c - what a success changes, and what it proves: the footprints of the specification.
 *
 * Specification: lifecycle sheet 5 and 6.5, RTT sheet 2 and 3.
 */
#include "rmi_oracle.h"
#include <string.h>

/* Who is being written down. */
static const struct rmi_call *current;

static const char *name_of(const struct rmi_call *call)
{
        return rmi_commands[call->command].name;
}

static void wrong(const char *what, uint64_t value)
{
        rmi_fail("%s succeeded: %s (0x%llx)", name_of(current), what, (unsigned long long)value);
}

#define PROVES(condition, what, value)                                                                                 \
        do {                                                                                                           \
                if (!(condition)) {                                                                                    \
                        wrong(what, value);                                                                            \
                }                                                                                                      \
        } while (0)

/* A Granule goes from one state to another. Returns it, or NULL if it cannot have done so. */
static struct rmi_granule *move(struct rmi_shadow *shadow, uint64_t pa, unsigned from, unsigned to, int owner)
{
        int number = rmi_number(shadow, pa);
        struct rmi_granule *granule = number == RMI_NOWHERE ? NULL : &shadow->granules[number];

        if (granule == NULL || granule->state != from) {
                rmi_fail("%s took 0x%llx from %s to %s, and it was %s", name_of(current), (unsigned long long)pa,
                         rmmsim_state_name(RMMSIM_OBJECT_GRANULE, from), rmmsim_state_name(RMMSIM_OBJECT_GRANULE, to),
                         granule == NULL ? "no Granule" : rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule->state));
                return NULL;
        }
        *granule = (struct rmi_granule){ .state = (uint8_t)to, .gpt = granule->gpt, .owner = (int16_t)owner };
        return granule;
}

static void put(struct rmi_shadow *shadow, uint64_t pa, unsigned state, const struct rmi_realm *realm, uint64_t ipa,
                int level)
{
        struct rmi_granule *granule = move(shadow, pa, RMMSIM_GRANULE_DELEGATED, state, realm->rd);

        if (granule != NULL) {
                granule->ipa = ipa;
                granule->level = (int8_t)level;
        }
}

static void release(struct rmi_shadow *shadow, uint64_t pa, unsigned state)
{
        (void)move(shadow, pa, state, RMMSIM_GRANULE_DELEGATED, RMI_NOWHERE);
}

static void proves_new(const struct rmi_realm *realm)
{
        PROVES(realm->state == RMMSIM_REALM_REALM_NEW || realm->unsure, "the Realm was not new", realm->state);
}

/* ---- Realms --------------------------------------------------------------------------------------------------------------- */

static void realm_created(struct rmi_shadow *shadow, const struct rmi_call *call)
{
        struct rmi_realm *realm = NULL;
        int root = rmi_number(shadow, call->rtt_base);

        for (unsigned i = 0; i < RMI_REALMS_MAX; i++) {
                PROVES(shadow->realms[i].rd == RMI_NOWHERE || shadow->realms[i].vmid != call->vmid,
                       "the VMID is in use", call->vmid);
                if (shadow->realms[i].rd == RMI_NOWHERE && realm == NULL) {
                        realm = &shadow->realms[i];
                }
        }
        PROVES(call->page != RMI_NOWHERE && root != RMI_NOWHERE && realm != NULL, "there is no root RTT",
               call->rtt_base);
        PROVES(call->rtt_num_start >= 1 && call->rtt_num_start <= 16 &&
                       call->rtt_base % (call->rtt_num_start * RMI_PAGE) == 0,
               "the number or alignment of root RTTs", call->rtt_num_start);
        if (realm == NULL || root == RMI_NOWHERE || call->rtt_num_start > 16) {
                return;
        }
        memset(realm, 0, sizeof(*realm));
        realm->rd = (int16_t)rmi_number(shadow, call->in.x[1]);
        realm->lpa2 = call->lpa2;
        realm->width = (uint8_t)call->width;
        realm->start = (int8_t)call->rtt_level_start;
        realm->num_roots = (uint8_t)call->rtt_num_start;
        realm->root = (int16_t)root;
        realm->vmid = (uint16_t)call->vmid;
        (void)move(shadow, call->in.x[1], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_RD, realm->rd);
        for (unsigned i = 0; i < realm->num_roots; i++) {
                put(shadow, call->rtt_base + i * RMI_PAGE, RMMSIM_GRANULE_RTT, realm, 0, realm->start);
        }
}

static void realm_destroyed(struct rmi_shadow *shadow, struct rmi_realm *realm)
{
        uint64_t size = UINT64_C(1) << realm->width;

        PROVES(realm->num_recs == 0, "the Realm had RECs", realm->num_recs);
        PROVES(rmi_count_below(shadow, realm, RMMSIM_GRANULE_DATA, 0, size) == 0, "the Realm had Data", size);
        PROVES(rmi_count_below(shadow, realm, RMMSIM_GRANULE_RTT, 0, size) == 0, "the Realm had tables", size);
        for (unsigned i = 0; i < realm->num_roots; i++) {
                release(shadow, rmi_pa((unsigned)realm->root + i), RMMSIM_GRANULE_RTT);
        }
        release(shadow, rmi_pa((unsigned)realm->rd), RMMSIM_GRANULE_RD);
        realm->rd = RMI_NOWHERE;
}

/* ---- RECs ----------------------------------------------------------------------------------------------------------------- */

static void rec_created(struct rmi_shadow *shadow, struct rmi_realm *realm, const struct rmi_call *call)
{
        struct rmi_rec *rec = NULL;

        for (unsigned i = 0; i < RMI_RECS_MAX && rec == NULL; i++) {
                rec = shadow->recs[i].granule == RMI_NOWHERE ? &shadow->recs[i] : NULL;
        }
        proves_new(realm);
        PROVES(call->page != RMI_NOWHERE && rec != NULL, "there were no parameters", call->in.x[3]);
        PROVES(call->num_aux == RMI_NUM_AUX, "the number of auxiliary Granules", call->num_aux);
        PROVES((call->mpidr & 15) == realm->next_index, "the MPIDR is not the next", call->mpidr);
        if (rec == NULL) {
                return;
        }
        *rec = (struct rmi_rec){ .granule = (int16_t)rmi_number(shadow, call->in.x[2]),
                                 .realm = (int16_t)(realm - shadow->realms),
                                 .index = realm->next_index };
        (void)move(shadow, call->in.x[2], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_REC, realm->rd);
        for (unsigned i = 0; i < RMI_NUM_AUX; i++) {
                rec->aux[i] = (int16_t)rmi_number(shadow, call->aux[i]);
                (void)move(shadow, call->aux[i], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_REC_AUX, rec->granule);
        }
        realm->num_recs++;
        realm->next_index++;
}

static void rec_destroyed(struct rmi_shadow *shadow, struct rmi_rec *rec)
{
        PROVES(!rec->running, "the REC was running", rmi_pa((unsigned)rec->granule));
        for (unsigned i = 0; i < RMI_NUM_AUX; i++) {
                release(shadow, rmi_pa((unsigned)rec->aux[i]), RMMSIM_GRANULE_REC_AUX);
        }
        release(shadow, rmi_pa((unsigned)rec->granule), RMMSIM_GRANULE_REC);
        shadow->realms[rec->realm].num_recs--;
        rec->granule = RMI_NOWHERE;
}

static void psci_completed(struct rmi_shadow *shadow, struct rmi_rec *caller, const struct rmi_rec *target)
{
        PROVES(caller->asked == RMI_ASKED_PSCI || caller->unsure, "the caller had asked for nothing", current->in.x[1]);
        PROVES(caller->realm == target->realm, "the target is in another Realm", current->in.x[2]);
        PROVES(caller != target, "the target is the caller", current->in.x[2]);
        (void)shadow;
        caller->asked = RMI_ASKED_NOTHING;
}

/* ---- translation tables ---------------------------------------------------------------------------------------------------- */

static void rtt_created(struct rmi_shadow *shadow, const struct rmi_realm *realm, const struct rmi_call *call)
{
        uint64_t ipa = call->in.x[3];
        int level = (int)call->in.x[4];

        PROVES((int64_t)call->in.x[4] > realm->start && (int64_t)call->in.x[4] <= 3, "the level", call->in.x[4]);
        if (level < 0 || level > 3) {
                return;
        }
        PROVES(ipa % rmi_entry_size(level - 1) == 0 && ipa < UINT64_C(1) << realm->width, "the IPA", ipa);
        PROVES(rmi_deepest(shadow, realm, ipa) >= level - 1, "there is no table one level up", ipa);
        PROVES(rmi_table_at(shadow, realm, ipa, level) == RMI_NOWHERE, "there is a table", ipa);
        PROVES(realm->lpa2 || call->in.x[2] < RMI_HIGH_BASE, "the table is too high", call->in.x[2]);
        put(shadow, call->in.x[2], RMMSIM_GRANULE_RTT, realm, ipa, level);
}

/* By RTT_DESTROY or RTT_FOLD: the table that the result names is the one that was there. */
static bool table_gone(struct rmi_shadow *shadow, const struct rmi_realm *realm, const struct rmi_call *call,
                       uint64_t table)
{
        int level = (int)call->in.x[3];
        int number = call->in.x[3] <= 3 && level > realm->start ? rmi_table_at(shadow, realm, call->in.x[2], level)
                                                                : RMI_NOWHERE;

        PROVES(number != RMI_NOWHERE && rmi_pa((unsigned)number) == table, "it returned another table than was there",
               table);
        if (number == RMI_NOWHERE) {
                return false;
        }
        release(shadow, rmi_pa((unsigned)number), RMMSIM_GRANULE_RTT);
        return true;
}

static void rtt_destroyed(struct rmi_shadow *shadow, const struct rmi_realm *realm, const struct rmi_call *call,
                          const struct rmmsim_regs *out)
{
        uint64_t size;

        PROVES(out->x[2] > call->in.x[2], "top is not above the IPA", out->x[2]);
        if (!table_gone(shadow, realm, call, out->x[1])) {
                return;
        }
        size = rmi_entry_size((int)call->in.x[3] - 1);
        PROVES(rmi_count_below(shadow, realm, RMMSIM_GRANULE_DATA, call->in.x[2], size) == 0, "there was Data below",
               call->in.x[2]);
        PROVES(rmi_count_below(shadow, realm, RMMSIM_GRANULE_RTT, call->in.x[2], size) == 0, "there were tables below",
               call->in.x[2]);
}

static void rtt_folded(struct rmi_shadow *shadow, const struct rmi_realm *realm, const struct rmi_call *call,
                       const struct rmmsim_regs *out)
{
        uint64_t size;
        unsigned data;

        if (!table_gone(shadow, realm, call, out->x[1])) {
                return;
        }
        size = rmi_entry_size((int)call->in.x[3] - 1);
        data = rmi_count_below(shadow, realm, RMMSIM_GRANULE_DATA, call->in.x[2], size);
        PROVES(data == 0 || data == size / RMI_PAGE, "the table was not homogeneous", data);
        PROVES(rmi_count_below(shadow, realm, RMMSIM_GRANULE_RTT, call->in.x[2], size) == 0, "there were tables below",
               call->in.x[2]);
}

static void data_created(struct rmi_shadow *shadow, const struct rmi_realm *realm, const struct rmi_call *call)
{
        uint64_t ipa = call->in.x[3];

        PROVES(ipa % RMI_PAGE == 0 && ipa < UINT64_C(1) << (realm->width - 1), "the IPA", ipa);
        PROVES(rmi_deepest(shadow, realm, ipa) == 3, "there is no table at level 3", ipa);
        PROVES(rmi_data_at(shadow, realm, ipa) == RMI_NOWHERE, "there is Data at the IPA", ipa);
        PROVES(realm->lpa2 || call->in.x[2] < RMI_HIGH_BASE, "the Granule is too high", call->in.x[2]);
        put(shadow, call->in.x[2], RMMSIM_GRANULE_DATA, realm, ipa, 0);
}

static void data_destroyed(struct rmi_shadow *shadow, const struct rmi_realm *realm, const struct rmi_call *call,
                           const struct rmmsim_regs *out)
{
        int number = rmi_data_at(shadow, realm, call->in.x[2]);

        PROVES(out->x[2] > call->in.x[2], "top is not above the IPA", out->x[2]);
        PROVES(number != RMI_NOWHERE && rmi_pa((unsigned)number) == out->x[1], "it returned other Data than was there",
               out->x[1]);
        PROVES(rmi_deepest(shadow, realm, call->in.x[2]) == 3, "there is no table at level 3", call->in.x[2]);
        release(shadow, out->x[1], RMMSIM_GRANULE_DATA);
}

/* RTT sheet 9, D6: where nothing is left to be done, RTT_SET_RIPAS may return the base. */
static void ripas_set(const struct rmi_call *call, unsigned base, const struct rmmsim_regs *out)
{
        uint64_t least = call->in.x[base] + (call->command == RMMSIM_COMMAND_rmi_rtt_init_ripas);

        PROVES(out->x[1] >= least && out->x[1] <= call->in.x[base + 1], "out_top is not in the range", out->x[1]);
}

/* ---- all of them ---------------------------------------------------------------------------------------------------------- */

static void of_realm(struct rmi_shadow *shadow, struct rmi_realm *realm, const struct rmi_call *call,
                     const struct rmmsim_regs *out)
{
        struct rmi_rec *rec;

        switch (call->command) {
        case RMMSIM_COMMAND_rmi_realm_activate:
                proves_new(realm);
                realm->state = RMMSIM_REALM_REALM_ACTIVE;
                break;
        case RMMSIM_COMMAND_rmi_realm_destroy:
                realm_destroyed(shadow, realm);
                break;
        case RMMSIM_COMMAND_rmi_rec_create:
                rec_created(shadow, realm, call);
                break;
        case RMMSIM_COMMAND_rmi_rtt_create:
                rtt_created(shadow, realm, call);
                break;
        case RMMSIM_COMMAND_rmi_rtt_destroy:
                rtt_destroyed(shadow, realm, call, out);
                break;
        case RMMSIM_COMMAND_rmi_rtt_fold:
                rtt_folded(shadow, realm, call, out);
                break;
        case RMMSIM_COMMAND_rmi_data_create:
                proves_new(realm);
                data_created(shadow, realm, call);
                break;
        case RMMSIM_COMMAND_rmi_data_create_unknown:
                data_created(shadow, realm, call);
                break;
        case RMMSIM_COMMAND_rmi_data_destroy:
                data_destroyed(shadow, realm, call, out);
                break;
        case RMMSIM_COMMAND_rmi_rtt_unmap_unprotected:
                PROVES(out->x[1] > call->in.x[2], "top is not above the IPA", out->x[1]);
                break;
        case RMMSIM_COMMAND_rmi_rec_aux_count:
                PROVES(out->x[1] == RMI_NUM_AUX, "the number of auxiliary Granules", out->x[1]);
                break;
        case RMMSIM_COMMAND_rmi_rtt_init_ripas:
                proves_new(realm);
                ripas_set(call, 2, out);
                break;
        case RMMSIM_COMMAND_rmi_rtt_set_ripas:
                rec = rmi_rec_at(shadow, rmi_number(shadow, call->in.x[2]));
                PROVES(rec != NULL && &shadow->realms[rec->realm] == realm, "the REC is of another Realm",
                       call->in.x[2]);
                PROVES(rec != NULL && (rec->unsure || (rec->asked == RMI_ASKED_RIPAS && rec->base == call->in.x[3] &&
                                                       call->in.x[4] <= rec->top)),
                       "the REC had not asked for this", call->in.x[3]);
                ripas_set(call, 3, out);
                if (rec != NULL) {
                        rec->base = out->x[1];
                }
                break;
        default:
                break;
        }
}

static void of_rec(struct rmi_shadow *shadow, struct rmi_rec *rec, const struct rmi_call *call)
{
        struct rmi_rec *target = rmi_rec_at(shadow, rmi_number(shadow, call->in.x[2]));

        if (call->command == RMMSIM_COMMAND_rmi_rec_destroy) {
                rec_destroyed(shadow, rec);
        } else if (call->command == RMMSIM_COMMAND_rmi_psci_complete && target != NULL) {
                psci_completed(shadow, rec, target);
        }
}

void rmi_shadow_apply(struct rmi_shadow *shadow, const struct rmi_call *call, const struct rmmsim_regs *out)
{
        int first = rmi_number(shadow, call->in.x[1]);
        struct rmi_realm *realm = rmi_realm_at(shadow, first);
        struct rmi_rec *rec = rmi_rec_at(shadow, first);

        current = call;
        if (call->command == RMMSIM_COMMAND_rmi_granule_delegate) {
                (void)move(shadow, call->in.x[1], RMMSIM_GRANULE_UNDELEGATED, RMMSIM_GRANULE_DELEGATED, RMI_NOWHERE);
        } else if (call->command == RMMSIM_COMMAND_rmi_granule_undelegate) {
                (void)move(shadow, call->in.x[1], RMMSIM_GRANULE_DELEGATED, RMMSIM_GRANULE_UNDELEGATED, RMI_NOWHERE);
        } else if (call->command == RMMSIM_COMMAND_rmi_realm_create) {
                realm_created(shadow, call);
        } else if (realm != NULL) {
                of_realm(shadow, realm, call, out);
        } else if (rec != NULL) {
                of_rec(shadow, rec, call);
        }
}
