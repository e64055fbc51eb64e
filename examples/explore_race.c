/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_race.c - a VMM's way of completing PSCI CPU_ON, with a race in it; the explorer finds the schedule and draws it.
 * With a file's name as argument also for a browser: explore_race race.svg
 *
 * The thread of vCPU 0 has learnt from an exit that its guest wants CPU 1, and wakes the thread of vCPU 1, which has gone to
 * sleep until then. The flag between them is looked at without the lock: where the wake-up comes between the look and the sleep, it is
 * lost, and the guest's second CPU never starts. Threads would show that once in a million boots.
 */
#include <rmmsim/explore.h>
#include <string.h>

static struct vmm {
        struct rmmsim_mutex lock;
        struct rmmsim_cond changed;
        bool powered_on; /* of vCPU 1: what CPU_ON asks for */
        bool fixed;      /* look under the lock             */
} vmm = { .lock.name = "vcpu1.lock", .changed.name = "vcpu1.power" };

/* The exit handler of vCPU 0, on CPU_ON: RMI_PSCI_COMPLETE would come here, and then the target may run. */
static void complete_cpu_on(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        rmmsim_mutex_lock(&vmm.lock);
        vmm.powered_on = true;
        rmmsim_cond_signal(&vmm.changed);
        rmmsim_mutex_unlock(&vmm.lock);
}

/* The thread of vCPU 1: wait until it is turned on, then enter the REC for the first time. */
static void wait_for_power(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim, (void)pe, (void)arg;
        if (!vmm.fixed) {
                if (!vmm.powered_on) {
                        rmmsim_mutex_lock(&vmm.lock); /* too late: it may have been turned on just now */
                        rmmsim_cond_wait(&vmm.changed, &vmm.lock);
                        rmmsim_mutex_unlock(&vmm.lock);
                }
                return;
        }
        rmmsim_mutex_lock(&vmm.lock);
        while (!vmm.powered_on) {
                rmmsim_cond_wait(&vmm.changed, &vmm.lock);
        }
        rmmsim_mutex_unlock(&vmm.lock);
}

static struct rmmsim *set_up(struct rmmsim *sim, void *arg)
{
        (void)arg;
        vmm.powered_on = false;
        return sim;
}

static bool draw(const struct rmmsim_finding *finding, const char *name)
{
        FILE *file = fopen(name, "w");
        int error;

        if (file == NULL) {
                return false;
        }
        error = rmmsim_finding_svg(finding, file);
        return fclose(file) == 0 && error == 0;
}

int main(int argc, char **argv)
{
        static const struct rmmsim_program program = { .pes = { complete_cpu_on, wait_for_power }, .setup = set_up };
        struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_EXHAUSTIVE };
        static struct rmmsim_finding finding;
        char line[sizeof(finding.replay)];

        if (rmmsim_explore(&program, &strategy, &finding) != 0 || finding.kind != RMMSIM_FOUND_DEADLOCK) {
                return 1; /* the race is there, and has to be found */
        }
        rmmsim_finding_print(&finding, stdout);
        if (argc > 1 && !draw(&finding, argv[1])) {
                perror(argv[1]);
                return 1;
        }

        /* A day later, from the line alone. */
        memcpy(line, finding.replay, sizeof(line));
        strategy = (struct rmmsim_strategy){ .kind = RMMSIM_STRATEGY_REPLAY, .line = line };
        if (rmmsim_explore(&program, &strategy, &finding) != 0 || finding.kind != RMMSIM_FOUND_DEADLOCK) {
                return 1;
        }

        /* Corrected: no schedule fails, and there are no others. */
        vmm.fixed = true;
        strategy = (struct rmmsim_strategy){ .kind = RMMSIM_STRATEGY_EXHAUSTIVE };
        if (rmmsim_explore(&program, &strategy, &finding) != 0 || finding.kind != RMMSIM_FOUND_NOTHING ||
            !finding.complete) {
                return 1;
        }
        printf("\nWith the look under the lock:\n");
        rmmsim_finding_print(&finding, stdout);
        return 0;
}
