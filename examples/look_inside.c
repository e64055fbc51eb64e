/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * look_inside.c - a vCPU asks for another one to be turned on, and the test looks where everything stands.
 */
#include <rmmsim/inspect.h>
#include <rmmsim/world.h>
#include <stdio.h>

/* The Realm: vCPU 0 turns vCPU 1 on, which exits to the host. */
static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = 1, .entry_point_address = 0, .context_id = 7);
}

/* Is the request pending, about the right vCPU? */
static int look_at_the_request(const struct rmmsim_world *world)
{
        struct rmmsim_rec rec;

        return rmmsim_rec(world->sim, &rec, world->recs[0]) != 0 || rec.pending != RMMSIM_PENDING_PSCI_REQUEST ||
               rec.psci_target != world->recs[1];
}

/* How does the Realm reach an address, and who owns the page in the end? */
static int follow(const struct rmmsim_world *world, uint64_t ipa)
{
        struct rmmsim_rtt_entry steps[RMMSIM_RTT_STEPS_MAX];
        int count = rmmsim_rtt_walk(world->sim, steps, world->rd, ipa, RMMSIM_RTT_LEVEL_PAGE);
        struct rmmsim_owner owner;

        for (int i = 0; i < count; i++) {
                printf("level %d: entry %3u of the table at 0x%llx is %s\n", steps[i].level, steps[i].index,
                       (unsigned long long)steps[i].table, rmmsim_state_name(RMMSIM_OBJECT_RTTE, steps[i].state));
        }
        return count < 1 || rmmsim_owner(world->sim, &owner, steps[count - 1].pa) != 0 || owner.rd != world->rd ||
               owner.ipa != ipa;
}

int main(void)
{
        const struct rmmsim_world_shape shape = { .num_recs = 2, .num_pages = 16, .guest = guest };
        struct rmmsim_statistics statistics;
        struct rmmsim_world world;
        int failed;

        if (rmmsim_world_create(&world, &shape, NULL) != 0) {
                return 1;
        }
        rmmsim_call(world.sim, 0, rmi_rec_enter, .rec = world.recs[0], .run_ptr = world.runs[0]);
        failed = look_at_the_request(&world) | follow(&world, 0x3000);
        rmmsim_statistics(world.sim, &statistics);
        failed |= statistics.exits[RMMSIM_EXIT_PSCI] != 1;
        failed |= statistics.statuses[RMMSIM_COMMAND_rmi_data_create][RMMSIM_RMI_SUCCESS] != 16;
        failed |= rmmsim_dump(world.sim, stdout, RMMSIM_DUMP_REALM, RMMSIM_DUMP_TEXT, world.rd) != 0;
        rmmsim_world_destroy(&world);
        return failed;
}
