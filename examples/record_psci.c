/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_psci.c - a Realm of four vCPUs turns its CPUs on and off, all at once, and is recorded: record_psci [psci.trace]
 *
 * Each vCPU has a PE. vCPU 0 turns the others on, asks whether they are off again, and turns the first of them on once more. The host
 * completes these requests on PE 0 while the targets run, leave or wait on theirs. The four PEs are those of an exploration with a
 * schedule drawn from a fixed seed, so the trace is the same each time; it can be drawn and replayed:
 *
 *     rmmsim draw psci.trace
 *     rmmsim replay psci.trace
 */
#include <rmmsim/explore.h>
#include <rmmsim/world.h>
#include <stdlib.h>
#include <string.h>

enum {
        NUM_VCPUS = 4
};

static struct host {
        const char *trace;
        struct rmmsim_world world;
        struct rmmsim_mutex lock;
        struct rmmsim_cond changed;
        unsigned starts[NUM_VCPUS]; /* how often each was turned on */
        bool over;
} host = { .lock.name = "power.lock", .changed.name = "power" };

/* ---- the Realm ---------------------------------------------------------------------------------------------------------- */

static void start(struct rmmsim_vcpu *vcpu, uint64_t mpidr)
{
        (void)rmmsim_guest_call(vcpu, psci_cpu_on, .target_cpu = mpidr, .entry_point_address = 0, .context_id = mpidr);
}

static void wait_until_off(struct rmmsim_vcpu *vcpu, uint64_t mpidr)
{
        while (rmmsim_guest_call(vcpu, psci_affinity_info, .target_affinity = mpidr).x[0] != RMMSIM_PSCI_AFFINITY_OFF) {
        }
}

/* x0 is what CPU_ON said: the vCPU's number. The secondaries turn themselves off by returning. */
static void program(struct rmmsim_vcpu *vcpu, void *arg)
{
        (void)arg;
        if (rmmsim_guest_x(vcpu, 0) != 0) {
                (void)rmmsim_guest_call(vcpu, rsi_version, .req = 0x10000);
                return;
        }
        for (uint64_t i = 1; i < NUM_VCPUS; i++) {
                start(vcpu, i);
        }
        wait_until_off(vcpu, 1);
        start(vcpu, 1);
        for (uint64_t i = 1; i < NUM_VCPUS; i++) {
                wait_until_off(vcpu, i);
        }
        (void)rmmsim_guest_call(vcpu, psci_system_off, 0);
}

/* ---- its host ----------------------------------------------------------------------------------------------------------- */

static void turn_on(unsigned vcpu)
{
        rmmsim_mutex_lock(&host.lock);
        host.starts[vcpu]++;
        rmmsim_cond_broadcast(&host.changed);
        rmmsim_mutex_unlock(&host.lock);
}

static void turn_system_off(void)
{
        rmmsim_mutex_lock(&host.lock);
        host.over = true;
        rmmsim_cond_broadcast(&host.changed);
        rmmsim_mutex_unlock(&host.lock);
}

/* Until the vCPU has been turned on once more than that. A start may come while the PE is still on its way out of CPU_OFF. */
static bool wait_for_start(unsigned vcpu, unsigned starts)
{
        bool on;

        rmmsim_mutex_lock(&host.lock);
        while (host.starts[vcpu] == starts && !host.over) {
                rmmsim_cond_wait(&host.changed, &host.lock);
        }
        on = !host.over;
        rmmsim_mutex_unlock(&host.lock);
        return on;
}

/* The host tells who is meant by the MPIDR; whether the request can be granted the RMM knows better. */
static void complete(struct rmmsim *sim, unsigned pe, const struct rmmsim_rec_exit *exit)
{
        unsigned target = (unsigned)exit->gprs[1];

        (void)rmmsim_call(sim, pe, rmi_psci_complete, .calling_rec = host.world.recs[pe],
                          .target_rec = host.world.recs[target], .status = RMMSIM_PSCI_SUCCESS);
        if (exit->gprs[0] == RMMSIM_PSCI_CPU_ON) {
                turn_on(target);
        }
}

/* From a start of the vCPU until it is off, or all are. */
static void run_until_off(struct rmmsim *sim, unsigned pe)
{
        const struct rmmsim_rec_run *run = rmmsim_host_pointer(sim, host.world.runs[pe], sizeof(*run));

        for (;;) {
                struct rmmsim_regs enter = { .x = { RMMSIM_RMI_REC_ENTER, host.world.recs[pe], host.world.runs[pe] } };

                (void)rmmsim_smc(sim, pe, &enter);
                if (enter.x[0] != RMMSIM_RMI_SUCCESS || run->exit.gprs[0] == RMMSIM_PSCI_CPU_OFF) {
                        return;
                }
                if (run->exit.gprs[0] == RMMSIM_PSCI_SYSTEM_OFF) {
                        turn_system_off();
                        return;
                }
                complete(sim, pe, &run->exit);
        }
}

/* The thread of a vCPU. */
static void run_vcpu(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        for (unsigned starts = 0; wait_for_start(pe, starts); starts++) {
                run_until_off(sim, pe);
        }
}

/* ---- the schedule -------------------------------------------------------------------------------------------------------- */

/* With the instance the recording begins. */
static struct rmmsim *set_up(struct rmmsim *sim, void *arg)
{
        const struct rmmsim_config config = { .num_pes = NUM_VCPUS };
        const struct rmmsim_world_shape shape = {
                .config = &config, .num_recs = NUM_VCPUS, .record = host.trace, .guest = program
        };
        struct rmmsim_error error;

        (void)sim, (void)arg;
        memset(host.starts, 0, sizeof(host.starts));
        host.starts[0] = 1;
        host.over = false;
        if (rmmsim_world_create(&host.world, &shape, &error) != 0) {
                fprintf(stderr, "%s\n", error.text);
                exit(EXIT_FAILURE);
        }
        return host.world.sim;
}

static void tear_down(struct rmmsim *sim, void *arg)
{
        (void)sim, (void)arg;
        rmmsim_world_destroy(&host.world);
}

int main(int argc, char **argv)
{
        static const struct rmmsim_program vmm = { .pes = { run_vcpu, run_vcpu, run_vcpu, run_vcpu },
                                                   .setup = set_up,
                                                   .teardown = tear_down };
        const struct rmmsim_strategy one = { .kind = RMMSIM_STRATEGY_RANDOM, .seed = 1, .schedules_max = 1 };
        static struct rmmsim_finding finding;

        host.trace = argc > 1 ? argv[1] : "psci.trace";
        if (rmmsim_explore(&vmm, &one, &finding) != 0 || finding.kind != RMMSIM_FOUND_NOTHING) {
                fprintf(stderr, "%s\n", finding.sentence);
                return EXIT_FAILURE;
        }
        printf("%s: four PEs, %llu places where another could go on\n", host.trace,
               (unsigned long long)finding.choices);
        return EXIT_SUCCESS;
}
