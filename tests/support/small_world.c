/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * small_world.c - performing a call of the small alphabet, and saving and comparing all that it can change.
 */
#include "small_world.h"
#include "reached.h"
#include "sim.h"
#include "world.h"
#include <string.h>

enum {
        PAGE_REC_PARAMS = SMALL_GRANULES_MAX,
        PAGE_RUN = PAGE_REC_PARAMS + SMALL_RECS_MAX,
        NUM_PAGES
};
enum {
        VECTOR = 0x200
};

/* ---- the world ------------------------------------------------------------------------------------------------------------ */

struct rmmsim *small_sim;
static unsigned num_granules;
static enum small_act wanted_act;
static uint64_t wanted_target;

static uint64_t page_pa(unsigned n)
{
        return SMALL_PAGES + n * PAGE;
}

/* The Realm does what the host's call wants of it, and waits. */
static void step(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)arg;
        (void)result;
        next->kind = wanted_act == ACT_NOTHING ? RMMSIM_TRAP_WFI : RMMSIM_TRAP_SMC;
        switch (wanted_act) {
        case ACT_SYSTEM_OFF:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_SYSTEM_OFF);
                break;
        case ACT_CPU_OFF:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_CPU_OFF);
                break;
        case ACT_CPU_ON:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_PSCI_CPU_ON);
                rmmsim_guest_set_x(vcpu, 1, wanted_target);
                rmmsim_guest_set_x(vcpu, 2, 0);
                break;
        case ACT_ASK_FOR_RAM:
                rmmsim_guest_set_x(vcpu, 0, RMMSIM_RSI_IPA_STATE_SET);
                rmmsim_guest_set_x(vcpu, 1, 0);
                rmmsim_guest_set_x(vcpu, 2, PAGE);
                rmmsim_guest_set_x(vcpu, 3, RMMSIM_RIPAS_RAM);
                rmmsim_guest_set_x(vcpu, 4, RMMSIM_RIPAS_CHANGE_DESTROYED);
                break;
        default:
                break;
        }
        wanted_act = ACT_NOTHING;
}

static void fill_pages(void)
{
        for (unsigned i = 0; i < num_granules; i++) {
                realm_params_fill(rmmsim_host_pointer(small_sim, page_pa(i), PAGE),
                                  &(struct realm_shape){ .s2sz = 39, .level_start = 1, .vmid = (uint16_t)(1 + i % 2) },
                                  small_pa(i));
        }
        for (unsigned i = 0; i < SMALL_RECS_MAX; i++) {
                struct rmmsim_rec_params *params = rmmsim_host_pointer(small_sim, page_pa(PAGE_REC_PARAMS + i), PAGE);

                *params = (struct rmmsim_rec_params){ .flags = i == 0, .mpidr = i };
        }
}

void small_world_create(unsigned count)
{
        const struct rmmsim_region regions[] = { { .base = SMALL_BASE, .size = count * PAGE },
                                                 { .base = SMALL_PAGES, .size = NUM_PAGES * PAGE } };
        const struct rmmsim_config config = { .guard = RMMSIM_GUARD_NONE,
                                              .trace = reached_mark,
                                              .regions = regions,
                                              .num_regions = 2,
                                              .features = { .rec_aux_count = RMMSIM_NONE, .max_recs_order = 2 } };

        small_sim = rmmsim_create(&config, NULL);
        ck_assert_ptr_nonnull(small_sim);
        num_granules = count;
        fill_pages();
}

static uint64_t place_ipa(unsigned place)
{
        return place == TABLE_2_UNPROTECTED ? SMALL_HALF : 0;
}

static uint64_t place_level(unsigned place)
{
        return place == TABLE_3 ? 3 : 2;
}

#define X(name, ...) rmmsim_call(small_sim, 0, name, __VA_ARGS__)

static struct rmmsim_regs perform_rtt(const struct small_call *call)
{
        uint64_t a = small_pa(call->a);
        uint64_t b = small_pa(call->b);
        uint64_t c = call->c;

        switch ((enum small_command)call->command) {
        case RTT_CREATE:
                return X(rmi_rtt_create, .rd = a, .rtt = b, .ipa = place_ipa(call->c), .level = place_level(call->c));
        case RTT_DESTROY:
                return X(rmi_rtt_destroy, .rd = a, .ipa = place_ipa(call->c), .level = place_level(call->c));
        case RTT_FOLD:
                return X(rmi_rtt_fold, .rd = a, .ipa = place_ipa(call->c), .level = place_level(call->c));
        case RTT_READ:
                return X(rmi_rtt_read_entry, .rd = a, .ipa = c != 0 ? SMALL_HALF : 0, .level = c != 0 ? 2 : 3);
        case DATA_CREATE:
                return X(rmi_data_create, .rd = a, .data = b, .src = page_pa(0));
        case DATA_UNKNOWN:
                return X(rmi_data_create_unknown, .rd = a, .data = b);
        case DATA_DESTROY:
                return X(rmi_data_destroy, .rd = a);
        case INIT_RIPAS:
                return X(rmi_rtt_init_ripas, .rd = a, .top = c != 0 ? MIB2 : PAGE);
        case SET_RIPAS:
                return X(rmi_rtt_set_ripas, .rd = a, .rec = b, .top = PAGE);
        case MAP:
                return X(rmi_rtt_map_unprotected, .rd = a, .ipa = SMALL_HALF, .level = 1 + c, .desc = 0xd8);
        default:
                return X(rmi_rtt_unmap_unprotected, .rd = a, .ipa = SMALL_HALF, .level = 1 + c);
        }
}

static struct rmmsim_regs perform(const struct small_call *call)
{
        uint64_t a = small_pa(call->a);
        uint64_t b = small_pa(call->b);

        switch ((enum small_command)call->command) {
        case DELEGATE:
                return X(rmi_granule_delegate, .addr = a);
        case UNDELEGATE:
                return X(rmi_granule_undelegate, .addr = a);
        case REALM_CREATE:
                return X(rmi_realm_create, .rd = a, .params_ptr = page_pa(call->b));
        case REALM_ACTIVATE:
                return X(rmi_realm_activate, .rd = a);
        case REALM_DESTROY:
                return X(rmi_realm_destroy, .rd = a);
        case REC_CREATE:
                return X(rmi_rec_create, .rd = a, .rec = b, .params_ptr = page_pa(PAGE_REC_PARAMS + call->c));
        case REC_DESTROY:
                return X(rmi_rec_destroy, .rec = a);
        case REC_ENTER:
                return X(rmi_rec_enter, .rec = a, .run_ptr = page_pa(PAGE_RUN));
        case PSCI_COMPLETE:
                return X(rmi_psci_complete, .calling_rec = a, .target_rec = b,
                         .status = call->c != 0 ? (uint64_t)RMMSIM_PSCI_DENIED : RMMSIM_PSCI_SUCCESS);
        default:
                return perform_rtt(call);
        }
}

/* A Realm's programs are bound where its RECs can start: at their PC, and at their vector. */
struct rmmsim_regs small_world_call(const struct small_call *call, uint64_t target)
{
        struct rmmsim_regs regs;

        wanted_act = call->command == REC_ENTER ? (enum small_act)call->c : ACT_NOTHING;
        wanted_target = target;
        regs = perform(call);
        if (call->command == REALM_CREATE && regs.x[0] == RMMSIM_RMI_SUCCESS) {
                ck_assert_int_eq(rmmsim_guest_bind_step(small_sim, small_pa(call->a), 0, step, NULL), 0);
                ck_assert_int_eq(rmmsim_guest_bind_step(small_sim, small_pa(call->a), VECTOR, step, NULL), 0);
        }
        return regs;
}

/* ---- states of the world ------------------------------------------------------------------------------------------------------ */

struct part {
        void *at;
        size_t offset;
        size_t size;
};

#define PART(where, member, bytes)                                                                                     \
        {                                                                                                              \
                (void *)(uintptr_t)(where), offsetof(struct small_snapshot, member), bytes                             \
        }

static void transfer(struct small_snapshot *snapshot,
                     void (*fn)(const struct part *part, struct small_snapshot *snapshot))
{
        const struct memory *memory = &small_sim->rmm.memory;
        struct guests *guests = small_sim->rmm.guests;
        size_t count = num_granules;
        const struct part parts[] = {
                PART(memory_granule(memory, SMALL_BASE), granules, 64 * sizeof(struct granule)),
                PART(&small_sim->rmm.vmids.used[0], vmids, sizeof(uint64_t)),
                PART(memory_realm_page(memory, SMALL_BASE), realm_pages, count * PAGE),
                PART(memory_host_page(memory, SMALL_BASE), host_pages, count * PAGE),
                PART(memory_host_page(memory, page_pa(PAGE_RUN)) + 2048, exit, 2048),
                PART(&guests->num_bindings, num_bindings, sizeof(uint32_t)),
                PART(&guests->free_bindings, free_bindings, sizeof(uint32_t)),
                PART(&guests->buckets[(SMALL_BASE >> GRANULE_SHIFT) % BINDING_BUCKETS], buckets,
                     count * sizeof(uint32_t)),
                PART(guests->bindings, bindings, 2 * count * sizeof(struct binding)),
        };

        for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
                fn(&parts[i], snapshot);
        }
}

static void take_part(const struct part *part, struct small_snapshot *snapshot)
{
        memcpy((uint8_t *)snapshot + part->offset, part->at, part->size);
}

static void put_part(const struct part *part, struct small_snapshot *snapshot)
{
        memcpy(part->at, (uint8_t *)snapshot + part->offset, part->size);
}

static bool parts_differ;

static void compare_part(const struct part *part, struct small_snapshot *snapshot)
{
        parts_differ = parts_differ || memcmp(part->at, (uint8_t *)snapshot + part->offset, part->size) != 0;
}

void small_world_take(struct small_snapshot *snapshot)
{
        transfer(snapshot, take_part);
}

void small_world_put(struct small_snapshot *snapshot)
{
        transfer(snapshot, put_part);
}

bool small_world_equals(struct small_snapshot *snapshot)
{
        parts_differ = false;
        transfer(snapshot, compare_part);
        return !parts_differ;
}

static uint64_t hash_words(uint64_t hash, const void *data, size_t size)
{
        const uint64_t *words = data;
        uint64_t lanes[4] = { hash, 1, 2, 3 };

        for (size_t i = 0; i + 4 <= size / 8; i += 4) {
                for (unsigned j = 0; j < 4; j++) {
                        lanes[j] = (lanes[j] ^ words[i + j]) * UINT64_C(0x9e3779b97f4a7c15);
                        lanes[j] ^= lanes[j] >> 29;
                }
        }
        return (lanes[0] ^ lanes[1] << 17 ^ lanes[2] << 31 ^ lanes[3] << 47) * UINT64_C(0xbf58476d1ce4e5b9);
}

/* A number for the state as commands see it: who brought a Granule there, and what was measured, makes no difference. */
uint64_t small_world_number(void)
{
        uint64_t hash = small_sim->rmm.vmids.used[0];

        for (unsigned i = 0; i < num_granules; i++) {
                const struct granule *granule = memory_granule(&small_sim->rmm.memory, small_pa(i));
                uint64_t page[512];

                memcpy(page, memory_realm_page(&small_sim->rmm.memory, small_pa(i)), PAGE);
                if (granule_state(granule) == RMMSIM_GRANULE_RD) {
                        memset(((struct realm *)(void *)page)->measurements, 0,
                               sizeof(((struct realm *)NULL)->measurements));
                }
                hash = hash_words(hash ^ atomic_load(&granule->word), page, PAGE);
        }
        return hash;
}
