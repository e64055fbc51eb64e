/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * mini_vmm.c - a small VMM, and what its run loop costs.
 *
 * It boots a Realm of two vCPUs and runs the first as a VMM does: enter, look why it came back, do something about it. The guest
 * is the one of the benchmark kit, so the exits are of a chosen mix, and the kit says how long each takes and whose time
 * that is: the VMM's, or the monitor's and the guest's. To measure another VMM, replace vm_boot() and vcpu_run() by its own.
 */
#include <rmmsim/bench.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE       UINT64_C(4096)
#define DRAM_BASE  UINT64_C(0x80000000)
#define DRAM_SIZE  (UINT64_C(16) << 20)
#define ENTRY_IPA  UINT64_C(0)
#define BUFFER_IPA PAGE                /* where the guest puts its host calls        */
#define HEAP_IPA   (UINT64_C(2) << 20) /* memory that the guest gives and takes      */
#define HEAP_PAGES 16
#define UART_IPA   (UINT64_C(1) << 39) /* the first Unprotected IPA: a device        */
#define SHARED_IPA (UART_IPA + PAGE)   /* behind it: a window of shared memory, of   */
#define WINDOW     64                  /* this many pages, of which the VMM keeps    */
#define POOL       8                   /* so many mapped                             */

struct vm {
        struct rmmsim *sim;
        uint64_t next_pa;
        uint64_t rd;
        uint64_t recs[2];
        uint64_t run_pa;
        struct rmmsim_rec_run *run;
        uint64_t pool[POOL];      /* pages of the host                                    */
        uint64_t pool_ipas[POOL]; /* where each is mapped, 0: nowhere                     */
        unsigned pool_next;
        uint32_t uart; /* the device's only register                           */
        uint64_t interrupts;
        struct rmmsim_bench_mix mix;
};

/* ---- calling the monitor ------------------------------------------------------------------------------------------- */

static struct rmmsim_regs must(struct vm *vm, struct rmmsim_regs regs)
{
        const struct rmmsim_refusal *why = rmmsim_why(vm->sim, 0);

        if (regs.x[0] != RMMSIM_RMI_SUCCESS) {
                fprintf(stderr, "refused: %s\n", why != NULL ? why->sentence : "not supported");
                exit(EXIT_FAILURE);
        }
        return regs;
}

#define rmi(vm, name, ...) must(vm, rmmsim_call((vm)->sim, 0, name, __VA_ARGS__))

static uint64_t page_alloc(struct vm *vm)
{
        return (vm->next_pa += PAGE) - PAGE;
}

static uint64_t delegated_alloc(struct vm *vm)
{
        uint64_t pa = page_alloc(vm);

        rmi(vm, rmi_granule_delegate, .addr = pa);
        return pa;
}

static void *at(struct vm *vm, uint64_t pa)
{
        return rmmsim_host_pointer(vm->sim, pa, PAGE);
}

/* ---- booting ------------------------------------------------------------------------------------------------------- */

static void tables_create(struct vm *vm, uint64_t ipa)
{
        uint64_t reached = rmi(vm, rmi_rtt_read_entry, .rd = vm->rd, .ipa = ipa & ~(PAGE - 1), .level = 3).x[1];

        for (uint64_t level = reached + 1; level <= 3; level++) {
                uint64_t covers = UINT64_C(1) << (12 + 9 * (4 - level));

                rmi(vm, rmi_rtt_create, .rd = vm->rd, .rtt = delegated_alloc(vm), .ipa = ipa & ~(covers - 1),
                    .level = level);
        }
}

static void ram_create(struct vm *vm, uint64_t base, uint64_t top)
{
        uint64_t zeroes = page_alloc(vm);

        tables_create(vm, base);
        rmi(vm, rmi_rtt_init_ripas, .rd = vm->rd, .base = base, .top = top);
        for (uint64_t ipa = base; ipa < top; ipa += PAGE) {
                rmi(vm, rmi_data_create, .rd = vm->rd, .data = delegated_alloc(vm), .ipa = ipa, .src = zeroes,
                    .flags = RMMSIM_DATA_FLAG_MEASURE);
        }
}

static void vcpus_create(struct vm *vm)
{
        uint64_t page = page_alloc(vm);
        struct rmmsim_rec_params *params = at(vm, page);

        params->pc = ENTRY_IPA;
        params->num_aux = rmi(vm, rmi_rec_aux_count, .rd = vm->rd).x[1];
        for (unsigned i = 0; i < 2; i++) {
                params->flags = i == 0 ? RMMSIM_REC_FLAG_RUNNABLE : 0;
                params->mpidr = i;
                for (uint64_t j = 0; j < params->num_aux; j++) {
                        params->aux[j] = delegated_alloc(vm);
                }
                vm->recs[i] = delegated_alloc(vm);
                rmi(vm, rmi_rec_create, .rd = vm->rd, .rec = vm->recs[i], .params_ptr = page);
        }
        vm->run_pa = page_alloc(vm);
        vm->run = at(vm, vm->run_pa);
}

static void vm_boot(struct vm *vm)
{
        uint64_t page = page_alloc(vm);
        struct rmmsim_realm_params *params = at(vm, page);

        vm->rd = delegated_alloc(vm);
        params->s2sz = 40;
        params->num_bps = 1;
        params->num_wps = 1;
        params->vmid = 1;
        params->rtt_base = delegated_alloc(vm);
        params->rtt_num_start = 1;
        rmi(vm, rmi_realm_create, .rd = vm->rd, .params_ptr = page);
        ram_create(vm, ENTRY_IPA, BUFFER_IPA + PAGE);
        ram_create(vm, HEAP_IPA, HEAP_IPA + HEAP_PAGES * PAGE);
        tables_create(vm, UART_IPA);
        vcpus_create(vm);
        for (unsigned i = 0; i < POOL; i++) {
                vm->pool[i] = page_alloc(vm);
        }
        rmi(vm, rmi_realm_activate, .rd = vm->rd);
}

/* ---- running: one turn of the loop --------------------------------------------------------------------------------- */

static void uart_access(struct vm *vm, const struct rmmsim_rec_exit *exit)
{
        if ((exit->esr & (1 << 6)) != 0) { /* WnR */
                vm->uart = (uint32_t)exit->gprs[0];
        } else {
                vm->run->enter.gprs[0] = vm->uart;
        }
        vm->run->enter.flags |= RMMSIM_ENTER_EMUL_MMIO;
}

/* Shared memory is mapped when it is touched; the page that has been mapped longest makes room. */
static void shared_fault(struct vm *vm, uint64_t ipa)
{
        unsigned slot = vm->pool_next++ % POOL;

        if (vm->pool_ipas[slot] != 0) {
                rmi(vm, rmi_rtt_unmap_unprotected, .rd = vm->rd, .ipa = vm->pool_ipas[slot], .level = 3);
        }
        rmi(vm, rmi_rtt_map_unprotected, .rd = vm->rd, .ipa = ipa, .level = 3,
            .desc = vm->pool[slot] | 3 << 6 | 6 << 2);
        vm->pool_ipas[slot] = ipa;
}

static void sync_exit(struct vm *vm, const struct rmmsim_rec_exit *exit)
{
        uint64_t ipa = exit->hpfar >> 4 << 12;

        if (exit->esr >> 26 == 0x01) {
                return; /* WFI: nothing else wants this CPU */
        }
        if (ipa == UART_IPA) {
                uart_access(vm, exit);
        } else if (ipa >= SHARED_IPA && ipa < SHARED_IPA + WINDOW * PAGE) {
                shared_fault(vm, ipa);
        } else {
                vm->run->enter.flags |= RMMSIM_ENTER_INJECT_SEA;
        }
}

/* The call comes back with each register one higher. */
static void host_call(struct vm *vm, const struct rmmsim_rec_exit *exit)
{
        for (unsigned i = 0; i < 31; i++) {
                vm->run->enter.gprs[i] = exit->gprs[i] + 1;
        }
}

static void psci_exit(struct vm *vm, const struct rmmsim_rec_exit *exit)
{
        if (exit->gprs[0] == RMMSIM_PSCI_CPU_ON || exit->gprs[0] == RMMSIM_PSCI_AFFINITY_INFO) {
                rmi(vm, rmi_psci_complete, .calling_rec = vm->recs[0], .target_rec = vm->recs[exit->gprs[1] & 1],
                    .status = RMMSIM_PSCI_SUCCESS);
        }
}

static void ripas_exit(struct vm *vm, const struct rmmsim_rec_exit *exit)
{
        for (uint64_t base = exit->ripas_base; base < exit->ripas_top;) {
                base = rmi(vm, rmi_rtt_set_ripas, .rd = vm->rd, .rec = vm->recs[0], .base = base,
                           .top = exit->ripas_top)
                               .x[1];
        }
}

static int vcpu_run(void *context)
{
        struct vm *vm = context;
        const struct rmmsim_rec_exit *exit = &vm->run->exit;

        rmi(vm, rmi_rec_enter, .rec = vm->recs[0], .run_ptr = vm->run_pa);
        vm->run->enter.flags = RMMSIM_ENTER_TRAP_WFI;
        switch (exit->exit_reason) {
        case RMMSIM_EXIT_SYNC:
                sync_exit(vm, exit);
                break;
        case RMMSIM_EXIT_IRQ:
        case RMMSIM_EXIT_FIQ:
                vm->interrupts++;
                break;
        case RMMSIM_EXIT_PSCI:
                psci_exit(vm, exit);
                break;
        case RMMSIM_EXIT_RIPAS_CHANGE:
                ripas_exit(vm, exit);
                break;
        case RMMSIM_EXIT_HOST_CALL:
                host_call(vm, exit);
                break;
        default:
                return -1; /* an SError: nobody raises one here */
        }
        return 0;
}

/* ---- measuring it -------------------------------------------------------------------------------------------------- */

enum {
        NUM_LOOPS = RMMSIM_NUM_MIX_KINDS + 1
};

static const char *const names[NUM_LOOPS] = {
        [RMMSIM_MIX_IRQ] = "interrupt",
        [RMMSIM_MIX_FIQ] = "fast interrupt",
        [RMMSIM_MIX_HOST_CALL] = "host call",
        [RMMSIM_MIX_PSCI] = "PSCI_AFFINITY_INFO",
        [RMMSIM_MIX_RIPAS_CHANGE] = "RIPAS change",
        [RMMSIM_MIX_MMIO_READ] = "device read",
        [RMMSIM_MIX_MMIO_WRITE] = "device write",
        [RMMSIM_MIX_DATA_ABORT] = "shared memory fault",
        [RMMSIM_MIX_WFI] = "idle",
        [RMMSIM_NUM_MIX_KINDS] = "a mix of all",
};

struct mode {
        struct vm *vm;
        unsigned kind; /* RMMSIM_NUM_MIX_KINDS: all */
};

static void mode_begin(void *context)
{
        const struct mode *mode = context;

        for (unsigned i = 0; i < RMMSIM_NUM_MIX_KINDS; i++) {
                mode->vm->mix.weights[i] = mode->kind == i || mode->kind == RMMSIM_NUM_MIX_KINDS;
        }
}

static int mode_step(void *context)
{
        return vcpu_run(((struct mode *)context)->vm);
}

static void measure(struct vm *vm)
{
        const struct rmmsim_bench_method method = { .rounds = 15, .round_ns = 1000000, .pin = true };
        struct rmmsim_bench_split splits[NUM_LOOPS];
        struct rmmsim_bench_loop loops[NUM_LOOPS];
        struct mode modes[NUM_LOOPS];
        int error;

        for (unsigned i = 0; i < NUM_LOOPS; i++) {
                modes[i] = (struct mode){ vm, i };
                loops[i] = (struct rmmsim_bench_loop){
                        .sim = vm->sim, .step = mode_step, .begin = mode_begin, .context = &modes[i]
                };
        }
        error = rmmsim_bench_loop(splits, loops, NUM_LOOPS, &method);
        if (error != 0) {
                fprintf(stderr, "not measured: %s\n", rmmsim_error_text(error));
                exit(EXIT_FAILURE);
        }
        printf("%-22s %10s %10s %8s %8s\n", "nanoseconds an exit", "the VMM's", "rmmsim's", "spread", "SMCs");
        for (unsigned i = 0; i < NUM_LOOPS; i++) {
                printf("%-22s %10.1f %10.1f %7.0f%% %8.2f%s\n", names[i], splits[i].theirs.median_ns,
                       splits[i].ours.median_ns, splits[i].both.spread * 100, splits[i].calls,
                       splits[i].both.noisy ? "  (noisy)" : "");
        }
}

int main(void)
{
        const struct rmmsim_region region = { .base = DRAM_BASE, .size = DRAM_SIZE };
        static struct vm vm = { .next_pa = DRAM_BASE };
        struct rmmsim_error error;

        vm.sim = rmmsim_create(&(struct rmmsim_config){ .regions = &region, .num_regions = 1 }, &error);
        if (vm.sim == NULL) {
                fprintf(stderr, "%s\n", error.text);
                return EXIT_FAILURE;
        }
        vm_boot(&vm);
        vm.mix = (struct rmmsim_bench_mix){ .weights = { [RMMSIM_MIX_IRQ] = 1 },
                                            .host_call = BUFFER_IPA,
                                            .psci = { RMMSIM_PSCI_AFFINITY_INFO, 1 },
                                            .ripas_base = HEAP_IPA,
                                            .ripas_top = HEAP_IPA + HEAP_PAGES * PAGE,
                                            .mmio = UART_IPA,
                                            .abort_base = SHARED_IPA,
                                            .abort_top = SHARED_IPA + WINDOW * PAGE };
        if (rmmsim_bench_guest_bind(vm.sim, vm.rd, ENTRY_IPA, &vm.mix) != 0) {
                fprintf(stderr, "the mix makes no sense\n");
                return EXIT_FAILURE;
        }
        measure(&vm);
        if (vm.mix.failed != 0 || vm.mix.starved != 0) {
                fprintf(stderr, "the guest was refused %llu times and starved %llu times\n",
                        (unsigned long long)vm.mix.failed, (unsigned long long)vm.mix.starved);
                return EXIT_FAILURE;
        }
        rmmsim_destroy(vm.sim);
        return EXIT_SUCCESS;
}
