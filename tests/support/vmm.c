/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vmm.c - a small VMM with a run loop, as users of the benchmark kit have one.
 */
#include "vmm.h"
#include <string.h>

static void abort_exit(struct vmm *vmm, uint64_t ipa)
{
        bool is_mmio = ipa == (vmm->mix.mmio & ~(PAGE - 1));

        if (is_mmio) {
                vmm->run->enter.flags |= RMMSIM_ENTER_EMUL_MMIO;
        } else if (vmm->maps) {
                realm_share(&vmm->realm, ipa);
        } else {
                vmm->run->enter.flags |= RMMSIM_ENTER_INJECT_SEA;
        }
}

static void psci_exit(struct vmm *vmm)
{
        uint64_t fid = vmm->run->exit.gprs[0];

        if (fid == RMMSIM_PSCI_CPU_ON || fid == RMMSIM_PSCI_AFFINITY_INFO) {
                expect_success(vmm->world, rmi_psci_complete, .calling_rec = vmm->realm.recs[0],
                               .target_rec = vmm->realm.recs[1],
                               .status = vmm->psci_denies ? (uint64_t)RMMSIM_PSCI_DENIED : RMMSIM_PSCI_SUCCESS);
        }
}

static void ripas_exit(struct vmm *vmm)
{
        const struct rmmsim_rec_exit *exit = &vmm->run->exit;

        expect_success(vmm->world, rmi_rtt_set_ripas, .rd = vmm->realm.rd, .rec = vmm->realm.recs[0],
                       .base = exit->ripas_base, .top = exit->ripas_top);
}

int vmm_step(void *context)
{
        struct vmm *vmm = context;
        struct rmmsim_rec_exit *exit = &vmm->run->exit;

        ck_assert_uint_eq(realm_enter(&vmm->realm, 0), 0);
        vmm->run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        if (vmm->num_exits < VMM_SEQUENCE_MAX) {
                vmm->sequence[vmm->num_exits] = (uint8_t)(exit->exit_reason << 6 | exit->esr >> 26);
        }
        vmm->num_exits++;
        switch (exit->exit_reason) {
        case RMMSIM_EXIT_SYNC:
                if (exit->esr >> 26 == VMM_CLASS_DATA_ABORT) {
                        abort_exit(vmm, exit->hpfar >> 4 << 12);
                }
                break;
        case RMMSIM_EXIT_PSCI:
                psci_exit(vmm);
                break;
        case RMMSIM_EXIT_RIPAS_CHANGE:
                ripas_exit(vmm);
                break;
        default:
                break;
        }
        return 0;
}

void vmm_create(struct vmm *vmm)
{
        memset(vmm, 0, sizeof(*vmm));
        vmm->world = world_create();
        realm_new(&vmm->realm, vmm->world, NULL);
        realm_ram(&vmm->realm, 0, MIB2);
        realm_data(&vmm->realm, REALM_PC, 0xd6);
        realm_data(&vmm->realm, VMM_HOST_CALL_IPA, 0);
        realm_rec(&vmm->realm, true, REALM_PC);
        realm_rec(&vmm->realm, false, REALM_PC);
        realm_map_tables(&vmm->realm, vmm->realm.par_top, 3);
        realm_activate(&vmm->realm);
        vmm->run = realm_run(&vmm->realm, 0);
        vmm->run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        vmm->mix.host_call = VMM_HOST_CALL_IPA;
        vmm->mix.ripas_base = VMM_RIPAS_IPA;
        vmm->mix.ripas_top = VMM_RIPAS_IPA + VMM_NUM_PAGES * PAGE;
        vmm->mix.mmio = vmm->realm.par_top + 0x8010;
        vmm->mix.abort_base = vmm->realm.par_top + 0x10000;
        vmm->mix.abort_top = vmm->mix.abort_base + VMM_NUM_PAGES * PAGE;
}

void vmm_destroy(struct vmm *vmm)
{
        realm_tear_down(&vmm->realm);
        world_destroy(vmm->world);
}

int vmm_bind(struct vmm *vmm)
{
        return rmmsim_bench_guest_bind(vmm->world->sim, vmm->realm.rd, REALM_PC, &vmm->mix);
}

void vmm_run(struct vmm *vmm, unsigned num)
{
        for (unsigned i = 0; i < num; i++) {
                ck_assert_int_eq(vmm_step(vmm), 0);
        }
}
