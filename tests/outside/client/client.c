/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * client.c - a client of the installed library: boots a Realm. With -DNAMESAKES=N it is linked with N functions whose names the
 * library uses inside (names.sh), and must reach those.
 */
#include <rmmsim/guest.h>
#include <stdio.h>
#include <string.h>

#ifdef NAMESAKES
int client_functions(void); /* how many functions of the client's own bear names that the library uses inside */
#endif

#define BASE UINT64_C(0x80000000)
#define PAGE UINT64_C(4096)

static struct rmmsim *sim;
static uint64_t next_pa = BASE;

static uint64_t rmi(struct rmmsim_regs regs)
{
        if (regs.x[0] != RMMSIM_RMI_SUCCESS) {
                printf("%s\n", rmmsim_why(sim, 0)->sentence);
        }
        return regs.x[0];
}

static uint64_t page(void)
{
        next_pa += PAGE;
        return next_pa - PAGE;
}

static uint64_t delegated(void)
{
        uint64_t pa = page();

        rmi(rmmsim_call(sim, 0, rmi_granule_delegate, .addr = pa));
        return pa;
}

static void guest(struct rmmsim_vcpu *vcpu, void *arg)
{
        *(uint64_t *)arg = rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000).x[1];
        rmmsim_guest_call(vcpu, psci_system_off, 0);
}

int main(void)
{
        const struct rmmsim_region dram = { .base = BASE, .size = 1 << 24 };
        uint64_t host = page();
        uint64_t version = 0;
        uint64_t failed = 0;
        uint64_t root;
        uint64_t rec;
        uint64_t rd;

        sim = rmmsim_create(&(struct rmmsim_config){ .regions = &dram, .num_regions = 1 }, NULL);
        struct rmmsim_realm_params *realm = rmmsim_host_pointer(sim, host, PAGE);
        struct rmmsim_rec_params *params = (void *)realm;
        struct rmmsim_rec_run *run = (void *)realm;

        rd = delegated();
        root = delegated();
        *realm = (struct rmmsim_realm_params){
                .s2sz = 40, .num_bps = 1, .num_wps = 1, .rtt_base = root, .rtt_num_start = 1
        };
        failed |= rmi(rmmsim_call(sim, 0, rmi_realm_create, .rd = rd, .params_ptr = host));
        for (uint64_t level = 1; level <= 3; level++) {
                failed |= rmi(
                        rmmsim_call(sim, 0, rmi_rtt_create, .rd = rd, .rtt = delegated(), .ipa = 0, .level = level));
        }
        failed |= rmi(rmmsim_call(sim, 0, rmi_data_create, .rd = rd, .data = delegated(), .ipa = 0x1000, .src = host));
        memset(params, 0, sizeof(*params));
        params->flags = RMMSIM_REC_FLAG_RUNNABLE;
        params->pc = 0x1000;
        params->num_aux = rmmsim_call(sim, 0, rmi_rec_aux_count, .rd = rd).x[1];
        for (uint64_t i = 0; i < params->num_aux; i++) {
                params->aux[i] = delegated();
        }
        rec = delegated();
        failed |= rmi(rmmsim_call(sim, 0, rmi_rec_create, .rd = rd, .rec = rec, .params_ptr = host));
        failed |= rmi(rmmsim_call(sim, 0, rmi_realm_activate, .rd = rd));
        failed |= (uint64_t)rmmsim_guest_bind(sim, rd, 0x1000, guest, &version);
        memset(run, 0, sizeof(*run));
        failed |= rmi(rmmsim_call(sim, 0, rmi_rec_enter, .rec = rec, .run_ptr = host));
        printf("exit %s, RSI version 0x%llx\n", rmmsim_exit_name((unsigned)run->exit.exit_reason),
               (unsigned long long)version);
        failed |= run->exit.exit_reason != RMMSIM_EXIT_PSCI || version != 0x10000;
#ifdef NAMESAKES
        failed |= client_functions() != NAMESAKES;
#endif
        rmmsim_destroy(sim);
        return failed != 0;
}
