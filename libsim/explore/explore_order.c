/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_order.c - the order in which the RMM takes its locks, held against the rule that makes deadlock impossible.
 *
 * The rule is one for all commands (call/call.h): a page of the host, RECs, the Realm's RD, the VMID, DELEGATED Granules, each
 * kind by rising address. So nothing has to be remembered from schedule to schedule: of any circle, one lock at least breaks
 * it, and that lock alone is a finding, in the first schedule that takes it.
 *
 * A lock is taken for a state, and that is what the PE has waited for. Once held, a Granule may change, and then others wait
 * for it as what it has become: what comes next has to be later than both. What is only tried is not waited for, and has no
 * place in the order; nor have Granules that are reached through an object, so those are locked alone or not at all.
 */
#include "explorer.h"

/* From 1 on; 0: none. */
static unsigned rank_of(uint64_t key, unsigned state)
{
        static const uint8_t ranks[GRANULE_STATE_MASK + 1] = {
                [RMMSIM_GRANULE_UNDELEGATED] = 1,
                [RMMSIM_GRANULE_REC] = 2,
                [RMMSIM_GRANULE_RD] = 3,
                [RMMSIM_GRANULE_DELEGATED] = 5,
        };

        return object_kind(key) == OBJECT_VMID ? 4 : ranks[state];
}

static unsigned state_now(uint64_t key)
{
        return object_kind(key) == OBJECT_GRANULE ? granule_state((const struct granule *)(uintptr_t)object_id(key))
                                                  : 0;
}

/* Of two of a kind. An instance that the explorer does not know has addresses that it does not know. */
static bool is_lower(const struct rmmsim_explorer *x, uint64_t key, uint64_t than)
{
        uint64_t address = record_object(x, key);

        return address < record_object(x, than) || address == UINT64_MAX;
}

static bool may_follow(const struct rmmsim_explorer *x, const struct hold *held, uint64_t key, unsigned state)
{
        unsigned then = rank_of(held->key, held->state);
        unsigned now = rank_of(held->key, state_now(held->key));
        unsigned latest = then > now ? then : now;
        unsigned next = rank_of(key, state);

        if (then == 0 || next == 0) {
                return false;
        }
        return latest == next ? is_lower(x, held->key, key) : latest < next;
}

static void name_held(char *text, size_t size, const struct rmmsim_explorer *x, const struct hold *held)
{
        char name[64];

        record_name(name, sizeof(name), x, held->key);
        if (state_now(held->key) == held->state) {
                (void)snprintf(text, size, "%s", name);
        } else {
                (void)snprintf(text, size, "%s, locked as %s", name,
                               rmmsim_state_name(RMMSIM_OBJECT_GRANULE, held->state));
        }
}

static void fail(struct rmmsim_explorer *x, const struct lane *lane, const struct hold *held, uint64_t key)
{
        enum rmmsim_command command = record_command(lane);
        const char *name = command == RMMSIM_COMMAND_NONE ? NULL : rmmsim_command_name(command);
        char taken[64];
        char before[128];

        record_name(taken, sizeof(taken), x, key);
        name_held(before, sizeof(before), x, held);
        run_fail(
                x, RMMSIM_FOUND_LOCK_ORDER,
                "PE %u%s%s locks %s while it holds %s: the order is pages of the host, RECs, RD, VMID, DELEGATED, each "
                "by rising address, and no other Granules",
                lane->pe, name == NULL ? "" : " in ", name == NULL ? "" : name, taken, before);
}

unsigned order_check(struct rmmsim_explorer *x, const struct lane *lane, uint64_t key)
{
        unsigned state = state_now(key);

        for (unsigned i = 0; i < lane->num_holds && x->program->lock_order; i++) {
                const struct hold *held = &lane->holds[i];

                if (object_kind(key) != OBJECT_MUTEX && object_kind(held->key) != OBJECT_MUTEX &&
                    !may_follow(x, held, key, state)) {
                        fail(x, lane, held, key);
                }
        }
        return state;
}
