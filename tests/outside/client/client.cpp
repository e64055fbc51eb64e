/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.cpp - a client in C++17 and C++20: a Realm whose guest is a lambda runs until the guest switches it off.
 */
#include <cstdio>
#include <rmmsim/world.h>

namespace
{

/* Destroyed where its scope ends. */
struct world : rmmsim_world {
        explicit world(const rmmsim_world_shape &shape)
        {
                struct rmmsim_error error;

                if (rmmsim_world_create(this, &shape, &error) != 0) {
                        std::printf("%s\n", error.text);
                }
        }
        ~world()
        {
                rmmsim_world_destroy(this);
        }
        world(const world &) = delete;
        world &operator=(const world &) = delete;
};

uint64_t enter(const world &world)
{
#if __cplusplus >= 202002L
        return rmmsim_call(world.sim, 0, rmi_rec_enter, .rec = world.recs[0], .run_ptr = world.runs[0]).x[0];
#else
        return rmmsim_call(world.sim, 0, rmi_rec_enter, 0, world.recs[0], world.runs[0]).x[0];
#endif
}

} // namespace

int main()
{
        uint64_t version = 0;
        rmmsim_world_shape shape{};

        shape.arg = &version;
        shape.guest = [](rmmsim_vcpu *vcpu, void *arg) {
                *static_cast<uint64_t *>(arg) = rmmsim_guest_call(vcpu, rsi_version, 0, 0x10000).x[1];
                rmmsim_guest_call(vcpu, psci_system_off, 0);
        };
        world world(shape);
        uint64_t status = enter(world);
        auto *run =
                static_cast<rmmsim_rec_run *>(rmmsim_host_pointer(world.sim, world.runs[0], sizeof(rmmsim_rec_run)));

        std::printf("exit %s, RSI version 0x%llx\n", rmmsim_exit_name(static_cast<unsigned>(run->exit.exit_reason)),
                    static_cast<unsigned long long>(version));
        return status != RMMSIM_RMI_SUCCESS || run->exit.exit_reason != RMMSIM_EXIT_PSCI || version != 0x10000;
}
