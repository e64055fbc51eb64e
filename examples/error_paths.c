/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * error_paths.c - a host whose error branches are all taken: one of them forgets a Granule, and the sweep says which.
 *
 * An RMM refuses a host that makes no mistakes almost never, so `goto put_table` below is code that no test runs. The sweep
 * boots and destroys this VM once for each SMC and each status that may come back.
 */
#include <rmmsim/inject.h>
#include <stdlib.h>

#define DRAM    UINT64_C(0x80000000)
#define PAGE(n) (DRAM + UINT64_C(4096) * (n))

enum {
        RD,
        ROOT,
        REC,
        TABLES, /* one for each of levels 1 to 3 */
        PARAMS = TABLES + 3,
        NUM_PAGES
};

static struct vm {
        struct rmmsim *sim;
        int64_t tables;
        bool rec;
        bool fixed;
} vm;

#define smc(name, ...) (rmmsim_call(vm.sim, 0, name, __VA_ARGS__).x[0] == RMMSIM_RMI_SUCCESS)

static bool take(uint64_t pa)
{
        return smc(rmi_granule_delegate, .addr = pa);
}

/* A page that does not come back stays out of use: to hand it to somebody else would be worse. */
static void put(uint64_t pa)
{
        (void)smc(rmi_granule_undelegate, .addr = pa);
}

static bool add_table(int64_t level)
{
        uint64_t table = PAGE((uint64_t)(TABLES + level - 1));

        if (!take(table)) {
                return false;
        }
        if (!smc(rmi_rtt_create, .rd = PAGE(RD), .rtt = table, .ipa = 0, .level = (uint64_t)level)) {
                goto put_table;
        }
        vm.tables = level;
        return true;
put_table:
        if (vm.fixed) { /* forgotten at first */
                put(table);
        }
        return false;
}

static bool add_rec(void)
{
        struct rmmsim_rec_params *params = rmmsim_host_pointer(vm.sim, PAGE(PARAMS), sizeof(*params));

        *params = (struct rmmsim_rec_params){ .flags = RMMSIM_REC_FLAG_RUNNABLE };
        if (!take(PAGE(REC))) {
                return false;
        }
        vm.rec = smc(rmi_rec_create, .rd = PAGE(RD), .rec = PAGE(REC), .params_ptr = PAGE(PARAMS));
        if (!vm.rec) {
                put(PAGE(REC));
        }
        return vm.rec;
}

/* From the leaves to the root. What cannot be destroyed keeps what it is made of. */
static void vm_destroy(void)
{
        if (vm.rec) {
                if (!smc(rmi_rec_destroy, .rec = PAGE(REC))) {
                        return;
                }
                put(PAGE(REC));
        }
        for (; vm.tables > 0; vm.tables--) {
                if (!smc(rmi_rtt_destroy, .rd = PAGE(RD), .ipa = 0, .level = (uint64_t)vm.tables)) {
                        return;
                }
                put(PAGE((uint64_t)(TABLES + vm.tables - 1)));
        }
        if (smc(rmi_realm_destroy, .rd = PAGE(RD))) {
                put(PAGE(ROOT));
                put(PAGE(RD));
        }
}

static bool vm_create(void)
{
        struct rmmsim_realm_params *params = rmmsim_host_pointer(vm.sim, PAGE(PARAMS), sizeof(*params));

        *params = (struct rmmsim_realm_params){
                .s2sz = 40, .vmid = 1, .rtt_base = PAGE(ROOT), .rtt_num_start = 1, .num_bps = 1, .num_wps = 1
        };
        if (!take(PAGE(RD))) {
                return false;
        }
        if (!take(PAGE(ROOT))) {
                goto put_rd;
        }
        if (!smc(rmi_realm_create, .rd = PAGE(RD), .params_ptr = PAGE(PARAMS))) {
                goto put_root;
        }
        if (!add_table(1) || !add_table(2) || !add_table(3) || !add_rec() || !smc(rmi_realm_activate, .rd = PAGE(RD))) {
                vm_destroy();
                return false;
        }
        return true;
put_root:
        put(PAGE(ROOT));
put_rd:
        put(PAGE(RD));
        return false;
}

static int boot_and_destroy(struct rmmsim *sim, void *arg)
{
        (void)arg;
        vm = (struct vm){ .sim = sim, .fixed = vm.fixed };
        if (vm_create()) {
                vm_destroy();
        }
        return 0;
}

/* One fault: the second table cannot be created, and the host has to notice. */
static bool is_refused_once(struct rmmsim *sim)
{
        struct rmmsim_error error;
        struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS,
                                      .fid = RMMSIM_RMI_RTT_CREATE,
                                      .nth = 2,
                                      .x0 = RMMSIM_RMI_RESULT(RMMSIM_RMI_ERROR_RTT, 2) };
        int id = rmmsim_inject(sim, &fault, &error);
        struct rmmsim_fault_count count;
        bool refused;

        vm = (struct vm){ .sim = sim, .fixed = true };
        refused = !vm_create() && rmmsim_inject_count(sim, &count, id, &error) == 0 && count.hits == 1;
        vm.fixed = false;
        return refused && rmmsim_inject_remove(sim, id, &error) == 0;
}

int main(void)
{
        const struct rmmsim_region dram = { .base = DRAM, .size = 4096 * NUM_PAGES };
        struct rmmsim_config config = { .regions = &dram, .num_regions = 1, .features.rec_aux_count = RMMSIM_NONE };
        struct rmmsim_sweep sweep = { .sim = rmmsim_create(&config, NULL), .run = boot_and_destroy };
        static struct rmmsim_sweep_report report;
        struct rmmsim_error error;
        uint64_t lost;

        if (!is_refused_once(sweep.sim)) {
                return EXIT_FAILURE;
        }
        if (rmmsim_sweep(&sweep, &report, &error) != 0 || report.num_findings == 0) {
                return EXIT_FAILURE; /* the leak is there, and has to be found */
        }
        rmmsim_sweep_print(&report, stdout);

        /* The first finding once more, by itself: a page is missing. It is given back by hand, for what comes next. */
        rmmsim_inject(sweep.sim, &report.findings[0].fault, &error);
        boot_and_destroy(sweep.sim, NULL);
        rmmsim_inject_clear(sweep.sim, &error);
        if (!rmmsim_next_delegated(sweep.sim, &lost, 0)) {
                return EXIT_FAILURE;
        }
        put(lost);

        vm.fixed = true;
        if (rmmsim_sweep(&sweep, &report, &error) != 0 || report.num_findings != 0) {
                return EXIT_FAILURE;
        }
        printf("\nWith the table given back:\n");
        rmmsim_sweep_print(&report, stdout);
        rmmsim_destroy(sweep.sim);
        return EXIT_SUCCESS;
}
