/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * chaos_story.c - calls, and sequences of calls that get somewhere: a Realm that runs, a block that folds, a Realm that is
 * taken down. Each call of a sequence may go wrong like any other, so a story is a preference and no script.
 */
#include "chaos.h"
#include "rtt.h"
#include <string.h>

enum {
        AUDIT_PERIOD = 2048
};

static unsigned free_pe(struct chaos *chaos)
{
        unsigned pe = roll_below(&chaos->dice, CHAOS_PES);

        while (chaos->in_call[pe]) {
                pe = (pe + 1) % CHAOS_PES;
        }
        return pe;
}

static void check_error(struct chaos *chaos, int error)
{
        CHAOS_CHECK(chaos, error == 0 || error == RMMSIM_ERROR_NO_GUEST, "rmmsim_smc: %s", rmmsim_error_text(error));
}

struct rmmsim_regs chaos_call(struct chaos *chaos, struct rmmsim_regs regs)
{
        const struct rmmsim_regs in = regs;
        unsigned pe = free_pe(chaos);
        bool sampled = chaos->depth == 0 && once_in(&chaos->dice, 64 + 2 * chaos->num_granules);
        uint64_t exits = chaos->num_exits;

        if (sampled) {
                chaos_remember(chaos);
        }
        chaos->in_call[pe] = true;
        chaos->depth++;
        check_error(chaos, rmmsim_smc(chaos->sim, pe, &regs));
        chaos->depth--;
        chaos->in_call[pe] = false;
        chaos_check_answer(chaos, pe, &in, &regs);
        /* An entry whose run page went away meanwhile is refused, and yet the REC has run. */
        if (sampled && chaos->num_exits == exits && chaos_changes_nothing(chaos, rmmsim_why(chaos->sim, pe))) {
                chaos_compare(chaos);
        }
        return regs;
}

static struct rmmsim_regs call_by_name(struct chaos *chaos, enum rmmsim_command id, const uint64_t *arguments,
                                       unsigned count)
{
        struct rmmsim_regs regs = { .x = { command_rows[id].fid } };

        memcpy(&regs.x[1], arguments, count * sizeof(uint64_t));
        return chaos_call(chaos, regs);
}

#define CALL(chaos, name, ...)                                                                                         \
        call_by_name(chaos, RMMSIM_COMMAND_##name, (const uint64_t[]){ __VA_ARGS__ },                                  \
                     sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

static bool delegate(struct chaos *chaos, uint64_t pa)
{
        return CALL(chaos, rmi_granule_delegate, pa).x[0] == RMMSIM_RMI_SUCCESS;
}

/* Keep some Granules DELEGATED and some not. */
static void balance(struct chaos *chaos)
{
        unsigned delegated = chaos->num_listed[RMMSIM_GRANULE_DELEGATED];
        unsigned undelegated = chaos->num_listed[RMMSIM_GRANULE_UNDELEGATED];

        if (delegated < undelegated) {
                uint64_t pa = chaos_granule(chaos, RMMSIM_GRANULE_UNDELEGATED);

                if (chaos_number(chaos, pa) >= 4 || once_in(&chaos->dice, 16)) {
                        (void)delegate(chaos, pa);
                }
        } else {
                (void)CALL(chaos, rmi_granule_undelegate, chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED));
        }
}

/* ---- any call ----------------------------------------------------------------------------------------------------------- */

static enum rmmsim_command a_command(struct dice *dice)
{
        enum rmmsim_command id = (enum rmmsim_command)roll_below(dice, RMMSIM_COMMAND_rsi_version);

        /* What ends things is rare, so that things get somewhere; what runs a Realm is frequent. */
        if ((id == RMMSIM_COMMAND_rmi_realm_destroy || id == RMMSIM_COMMAND_rmi_rec_destroy ||
             id == RMMSIM_COMMAND_rmi_realm_activate || id == RMMSIM_COMMAND_rmi_version ||
             id == RMMSIM_COMMAND_rmi_features) &&
            !once_in(dice, 12)) {
                return RMMSIM_COMMAND_rmi_rec_enter;
        }
        return id;
}

void chaos_any_call(struct chaos *chaos)
{
        struct rmmsim_regs regs;
        struct dice *dice = &chaos->dice;
        enum rmmsim_command id = a_command(dice);

        chaos_arguments(chaos, id, regs.x);
        if (once_in(dice, 64)) {
                regs.x[0] = once_in(dice, 2) ? regs.x[0] ^ BIT(roll_below(dice, 64)) : roll_garbage(dice);
        }
        if (once_in(dice, 128)) {
                for (unsigned i = 1; i < 18; i++) {
                        regs.x[i] = roll_garbage(dice);
                }
        }
        regs = chaos_call(chaos, regs);
        if (id == RMMSIM_COMMAND_rmi_realm_create && regs.x[0] == RMMSIM_RMI_SUCCESS) {
                const struct realm *realm = chaos_realm(chaos);

                if (realm != NULL) {
                        chaos_bind(chaos, realm->rd);
                }
        }
}

/* ---- stories ------------------------------------------------------------------------------------------------------------- */

static void make_tables(struct chaos *chaos, const struct realm *realm, uint64_t ipa)
{
        uint64_t rd = realm->rd;

        for (int level = realm->rtt_level_start + 1; level <= 3; level++) {
                (void)CALL(chaos, rmi_rtt_create, rd, chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED),
                           align_down(ipa, rtt_entry_size(level - 1)), (uint64_t)level);
        }
}

/* Stories need Granules to work with. */
static void stock_up(struct chaos *chaos, unsigned wanted)
{
        while (chaos->num_listed[RMMSIM_GRANULE_DELEGATED] < wanted &&
               chaos->num_listed[RMMSIM_GRANULE_UNDELEGATED] > 16) {
                (void)delegate(chaos, chaos_granule(chaos, RMMSIM_GRANULE_UNDELEGATED));
                if (once_in(&chaos->dice, 64)) {
                        break;
                }
        }
}

/* A Realm that is still being built: one that there is, or a new one. */
static const struct realm *unfinished_realm(struct chaos *chaos)
{
        const struct realm *realm = chaos_realm(chaos);
        struct rmmsim_regs regs;

        for (int tries = 0; tries < 4 && realm != NULL; tries++, realm = chaos_realm(chaos)) {
                if (realm->state == RMMSIM_REALM_REALM_NEW) {
                        return realm;
                }
        }
        stock_up(chaos, 32);
        chaos_arguments(chaos, RMMSIM_COMMAND_rmi_realm_create, regs.x);
        if (chaos_call(chaos, regs).x[0] != RMMSIM_RMI_SUCCESS) {
                return NULL;
        }
        chaos->focus = regs.x[1];
        chaos_bind(chaos, regs.x[1]);
        return chaos_page(chaos, regs.x[1]);
}

/* Memory, a few RECs, and off it goes. */
static void story_of_a_realm(struct chaos *chaos)
{
        const struct realm *realm = unfinished_realm(chaos);
        struct rmmsim_regs regs;
        uint64_t rd;

        if (realm == NULL) {
                return;
        }
        rd = chaos->focus = realm->rd;
        stock_up(chaos, 16);
        make_tables(chaos, realm, 0);
        for (unsigned i = 0; i < 6; i++) {
                uint64_t data = chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED);

                (void)CALL(chaos, rmi_rtt_init_ripas, rd, i * GRANULE_SIZE, (i + 1) * GRANULE_SIZE);
                (void)CALL(chaos, rmi_data_create, rd, data, i * GRANULE_SIZE,
                           chaos_granule(chaos, RMMSIM_GRANULE_UNDELEGATED), i % 2);
        }
        for (unsigned i = 0; i < 3; i++) {
                chaos_arguments(chaos, RMMSIM_COMMAND_rmi_rec_create, regs.x);
                (void)chaos_call(chaos, regs);
        }
        if (!once_in(&chaos->dice, 4)) {
                (void)CALL(chaos, rmi_realm_activate, rd);
        }
}

static void answer(struct chaos *chaos, enum rmmsim_command id)
{
        struct rmmsim_regs regs;

        do {
                chaos_arguments(chaos, id, regs.x);
                (void)chaos_call(chaos, regs);
        } while (once_in(&chaos->dice, 3));
}

static void story_of_an_end(struct chaos *chaos, uint64_t rd);

/* Memory where the Realm found none. */
static void answer_abort(struct chaos *chaos, const struct rec *rec, const struct rmmsim_rec_exit *exit)
{
        const struct realm *realm = chaos_page(chaos, rec->owner);
        uint64_t ipa = exit->hpfar >> 4 << GRANULE_SHIFT;
        uint64_t rd = rec->owner;

        if (exit->hpfar == 0 || ipa >= realm_ipa_top(realm)) {
                return;
        }
        if (is_protected(realm, ipa)) {
                make_tables(chaos, realm, ipa);
                if (CALL(chaos, rmi_data_create_unknown, rd, chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED), ipa)
                                    .x[0] == RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, 3) &&
                    once_in(&chaos->dice, 8)) {
                        story_of_an_end(chaos, rd);
                }
        } else if (once_in(&chaos->dice, 2)) {
                make_tables(chaos, realm, ipa);
                (void)CALL(chaos, rmi_rtt_map_unprotected, rd, ipa, 3,
                           chaos_granule(chaos, RMMSIM_GRANULE_UNDELEGATED) | UINT64_C(0xd8));
        }
}

static void answer_exit(struct chaos *chaos, const struct rec *rec, const void *run)
{
        const struct realm *realm = chaos_page(chaos, rec->owner);
        const struct rmmsim_rec_exit *exit = run == NULL ? NULL : &((const struct rmmsim_rec_run *)run)->exit;

        if (realm->state == RMMSIM_REALM_REALM_SYSTEM_OFF && once_in(&chaos->dice, 4)) {
                story_of_an_end(chaos, realm->rd);
        } else if (rec->pending == RMMSIM_PENDING_PSCI_REQUEST) {
                answer(chaos, RMMSIM_COMMAND_rmi_psci_complete);
        } else if (rec->pending == RMMSIM_PENDING_RIPAS_CHANGE) {
                answer(chaos, RMMSIM_COMMAND_rmi_rtt_set_ripas);
        } else if (exit != NULL && exit->exit_reason == RMMSIM_EXIT_SYNC && !once_in(&chaos->dice, 4)) {
                answer_abort(chaos, rec, exit);
        }
}

/* Run what can run, each for a while, and answer what it asks. Returns false when nothing could run. */
static bool story_of_entries(struct chaos *chaos)
{
        uint64_t exits = chaos->num_exits;

        for (unsigned i = 0; i < 8 && chaos_can_run(chaos); i++) {
                uint64_t steps = chaos->num_steps;
                struct rmmsim_regs regs;
                const struct rec *rec;
                uint64_t rd;

                chaos_arguments(chaos, RMMSIM_COMMAND_rmi_rec_enter, regs.x);
                if (chaos_call(chaos, regs).x[0] != RMMSIM_RMI_SUCCESS ||
                    chaos->state[chaos_number(chaos, regs.x[1])] != RMMSIM_GRANULE_REC) {
                        continue;
                }
                rec = chaos_page(chaos, regs.x[1]);
                rd = rec->owner;
                answer_exit(chaos, rec, rmmsim_host_pointer(chaos->sim, regs.x[2], GRANULE_SIZE));
                /* Nowhere to fetch from, for instance: it would take the host's time for ever. */
                if (chaos->num_steps == steps && once_in(&chaos->dice, 12)) {
                        story_of_an_end(chaos, rd);
                }
        }
        return chaos->num_exits != exits;
}

/* A table whose entries continue one another folds into a block, and the block unfolds. */
static void story_of_a_block(struct chaos *chaos)
{
        const struct realm *realm = once_in(&chaos->dice, 2) ? chaos_realm(chaos) : unfinished_realm(chaos);
        uint64_t base = chaos_pa(chaos, chaos->first_of_block);
        uint64_t rd;

        if (realm == NULL || chaos->first_of_block == CHAOS_GRANULES_MAX) {
                return;
        }
        rd = realm->rd;
        make_tables(chaos, realm, BIT(21));
        if (once_in(&chaos->dice, 2)) {
                (void)CALL(chaos, rmi_rtt_init_ripas, rd, BIT(21), 2 * BIT(21));
        }
        for (uint64_t i = 0; i < CHAOS_BLOCK; i++) {
                (void)delegate(chaos, base + i * GRANULE_SIZE);
                (void)CALL(chaos, rmi_data_create_unknown, rd, base + i * GRANULE_SIZE, BIT(21) + i * GRANULE_SIZE);
        }
        for (int i = 0; i < 3; i++) {
                (void)CALL(chaos, rmi_rtt_fold, rd, BIT(21), 3);
                (void)CALL(chaos, rmi_rtt_create, rd, chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED), BIT(21), 3);
        }
        if (once_in(&chaos->dice, 2)) {
                (void)CALL(chaos, rmi_rtt_fold, rd, BIT(21), 3);
        }
        for (uint64_t ipa = BIT(21); ipa < 2 * BIT(21) && once_in(&chaos->dice, 300) == 0; ipa += GRANULE_SIZE) {
                (void)CALL(chaos, rmi_data_destroy, rd, ipa);
        }
}

/* Follow `top`, as hosts do: it must rise, or there is something there. */
static void destroy_data(struct chaos *chaos, uint64_t rd, uint64_t par_top)
{
        uint64_t ipa = 0;

        while (ipa < par_top) {
                struct rmmsim_regs regs = CALL(chaos, rmi_data_destroy, rd, ipa);

                if (regs.x[2] > ipa) {
                        ipa = regs.x[2];
                        continue;
                }
                /* A block, to be unfolded first. */
                CHAOS_CHECK(chaos,
                            RMMSIM_RMI_STATUS(regs.x[0]) == RMMSIM_RMI_ERROR_RTT && RMMSIM_RMI_INDEX(regs.x[0]) < 3,
                            "DATA_DESTROY does not get past 0x%llx", (unsigned long long)ipa);
                if (CALL(chaos, rmi_rtt_create, rd, chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED),
                         align_down(ipa, rtt_entry_size((int8_t)RMMSIM_RMI_INDEX(regs.x[0]))),
                         RMMSIM_RMI_INDEX(regs.x[0]) + 1u)
                            .x[0] != RMMSIM_RMI_SUCCESS) {
                        if (chaos->num_listed[RMMSIM_GRANULE_DELEGATED] == 0) {
                                return;
                        }
                }
        }
}

static void destroy_tables(struct chaos *chaos, uint64_t rd, uint64_t ipa_top, int level)
{
        uint64_t size = rtt_entry_size(level - 1);
        uint64_t ipa = 0;

        while (ipa < ipa_top) {
                struct rmmsim_regs regs = CALL(chaos, rmi_rtt_destroy, rd, ipa, (uint64_t)level);
                uint64_t top = align_down(regs.x[2], size);

                ipa = top > ipa ? top : ipa + size;
        }
}

/* Tables left over by a lack of Granules are for another time. */
static void story_of_an_end(struct chaos *chaos, uint64_t rd)
{
        const struct realm *realm = chaos_page(chaos, rd);
        uint64_t ipa_top;
        int level_start;

        if (chaos->state[chaos_number(chaos, rd)] != RMMSIM_GRANULE_RD) {
                return;
        }
        ipa_top = realm_ipa_top(realm);
        level_start = realm->rtt_level_start;
        for (unsigned i = 0; i < chaos->num_granules; i++) {
                uint64_t pa = chaos_pa(chaos, i);

                if (chaos->state[i] == RMMSIM_GRANULE_REC && ((const struct rec *)chaos_page(chaos, pa))->owner == rd) {
                        (void)CALL(chaos, rmi_rec_destroy, pa);
                }
        }
        destroy_data(chaos, rd, ipa_top / 2);
        for (int level = 3; level > level_start; level--) {
                destroy_tables(chaos, rd, ipa_top, level);
        }
        (void)CALL(chaos, rmi_realm_destroy, rd);
}

void chaos_tear_down(struct chaos *chaos)
{
        uint64_t pa;

        while (chaos->num_listed[RMMSIM_GRANULE_RD] != 0) {
                unsigned realms = chaos->num_listed[RMMSIM_GRANULE_RD];

                stock_up(chaos, 8);
                for (unsigned i = 0; i < 64 && chaos->num_listed[RMMSIM_GRANULE_RD] == realms; i++) {
                        story_of_an_end(chaos, chaos_granule(chaos, RMMSIM_GRANULE_RD));
                }
                CHAOS_CHECK(chaos, chaos->num_listed[RMMSIM_GRANULE_RD] < realms, "a Realm cannot be taken down");
        }
        while (chaos->num_listed[RMMSIM_GRANULE_DELEGATED] != 0) {
                (void)CALL(chaos, rmi_granule_undelegate, chaos_granule(chaos, RMMSIM_GRANULE_DELEGATED));
        }
        for (unsigned i = 0; i < CHAOS_BLOCK && chaos->first_of_block != CHAOS_GRANULES_MAX; i++) {
                (void)CALL(chaos, rmi_granule_undelegate, chaos_pa(chaos, chaos->first_of_block + i));
        }
        CHAOS_CHECK(chaos, !rmmsim_next_delegated(chaos->sim, &pa, 0), "0x%llx has not come back",
                    (unsigned long long)pa);
}

/* ---- a step -------------------------------------------------------------------------------------------------------------- */

/* What happens outside the RMM. */
static void meddle(struct chaos *chaos)
{
        struct dice *dice = &chaos->dice;
        unsigned pe = roll_below(dice, CHAOS_PES);

        switch (roll_below(dice, 6)) {
        case 0:
                (void)rmmsim_irq_raise(chaos->sim, pe);
                break;
        case 1:
                (void)rmmsim_fiq_raise(chaos->sim, pe);
                break;
        case 2:
                (void)rmmsim_serror_raise(chaos->sim, pe, roll_garbage(dice));
                break;
        case 3:
                rmmsim_time_advance(chaos->sim, roll_garbage(dice));
                break;
        case 4:
                (void)rmmsim_gpt_set(chaos->sim, chaos_granule(chaos, RMMSIM_GRANULE_UNDELEGATED), GRANULE_SIZE,
                                     (enum rmmsim_state)roll_below(dice, 6));
                break;
        default:
                /* Most pages come back to the host, or nothing would work any more. */
                for (unsigned i = 0; i < chaos->num_granules; i++) {
                        (void)rmmsim_gpt_set(chaos->sim, chaos_pa(chaos, i), GRANULE_SIZE, RMMSIM_GPT_GPT_NS);
                }
                break;
        }
}

void chaos_story(struct chaos *chaos)
{
        unsigned which = roll_below(&chaos->dice, 1024);

        if (which < 2 ||
            chaos->num_listed[RMMSIM_GRANULE_DELEGATED] + chaos->num_listed[RMMSIM_GRANULE_UNDELEGATED] < 48) {
                story_of_an_end(chaos, chaos_granule(chaos, RMMSIM_GRANULE_RD));
        } else if (which < 8) {
                story_of_a_block(chaos);
        } else if (which < 46) {
                meddle(chaos);
        } else if (which < 60 || !story_of_entries(chaos)) {
                story_of_a_realm(chaos);
        }
}

void chaos_step(struct chaos *chaos)
{
        uint64_t audits = chaos->num_commands / AUDIT_PERIOD;

        if (once_in(&chaos->dice, 8)) {
                balance(chaos);
        } else if (once_in(&chaos->dice, 4)) {
                chaos_story(chaos);
        } else {
                chaos_any_call(chaos);
        }
        if (chaos->num_commands / AUDIT_PERIOD != audits) {
                chaos_audit(chaos);
        }
}
