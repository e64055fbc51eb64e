/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * first_realm.c - a Realm with a program in it, entered and left.
 */
#include <rmmsim/world.h>
#include <stdio.h>

static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        uint64_t *seen = arg;

        rmmsim_guest_store(vcpu, 0x2000, 8, 42); /* through stage 2: may exit to the host */
        rmmsim_guest_load(vcpu, 0x2000, 8, seen);
        rmmsim_guest_call(vcpu, rsi_host_call, .addr = 0x1000); /* exits; returns after the next entry   */
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

int main(void)
{
        uint64_t seen = 0;
        struct rmmsim_world_shape shape = { .num_pages = 4, .guest = guest, .arg = &seen };
        struct rmmsim_world world;
        const struct rmmsim_rec_run *run;
        int failed;

        if (rmmsim_world_create(&world, &shape, NULL) != 0) {
                return 1;
        }
        run = rmmsim_host_pointer(world.sim, world.runs[0], 4096);
        rmmsim_call(world.sim, 0, rmi_rec_enter, .rec = world.recs[0], .run_ptr = world.runs[0]);
        failed = seen != 42 || run->exit.exit_reason != RMMSIM_EXIT_HOST_CALL;
        rmmsim_call(world.sim, 0, rmi_rec_enter, .rec = world.recs[0], .run_ptr = world.runs[0]);
        failed |= run->exit.exit_reason != RMMSIM_EXIT_PSCI;
        failed |= rmmsim_world_tear_down(&world) != 0; /* every page comes back */
        rmmsim_world_destroy(&world);
        printf("%s\n", failed ? "something is wrong" : "a Realm has lived");
        return failed;
}
