/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bare_metal_host.c - a host without an operating system: physical addresses are pointers, and each CPU runs its own code.
 *
 * The first half is the firmware's: it casts addresses to pointers and makes SMCs by one function in assembly. The second half is
 * the test: memory at the addresses that the firmware believes in, and a thread for each CPU.
 */
#include <pthread.h>
#include <rmmsim/compat/baremetal.h>
#include <rmmsim/use.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the firmware's, as it is --------------------------------------------------------------------------------------- */

enum {
        PAGE = 4096,
        NUM_PAGES = 64,
        NUM_CPUS = 4
};

void smc(uint64_t regs[18]); /* on the target: smc.S */

static uint8_t *heap;

static uint64_t rmi(uint64_t fid, uint64_t x1, uint64_t x2)
{
        uint64_t regs[18] = { fid, x1, x2 };

        smc(regs);
        return regs[0];
}

/* Each CPU gives its share of the pages to the Realm world and takes it back. Returns what went wrong. */
static unsigned cpu_main(unsigned cpu)
{
        unsigned failed = 0;

        for (unsigned i = cpu; i < NUM_PAGES; i += NUM_CPUS) {
                uint8_t *page = heap + (size_t)i * PAGE;

                memset(page, 0x5a, PAGE);
                failed += rmi(0xC4000151, (uintptr_t)page, 0) != 0; /* RMI_GRANULE_DELEGATE   */
                failed += rmi(0xC4000151, (uintptr_t)page, 0) != 1; /* twice is ERROR_INPUT   */
                failed += rmi(0xC4000152, (uintptr_t)page, 0) != 0; /* RMI_GRANULE_UNDELEGATE */
                failed += page[0] != 0;                             /* it comes back wiped    */
        }
        return failed;
}

/* ---- the test ------------------------------------------------------------------------------------------------------- */

void smc(uint64_t regs[18])
{
        rmmsim_smc_array(regs, 18);
}

struct cpu {
        struct rmmsim *sim;
        unsigned number;
        unsigned failed;
};

static void *cpu_thread(void *arg)
{
        struct cpu *cpu = arg;

        rmmsim_use(cpu->sim, cpu->number); /* this thread is that PE */
        cpu->failed = cpu_main(cpu->number);
        return NULL;
}

int main(void)
{
        uint8_t *memory = aligned_alloc(PAGE, (size_t)NUM_PAGES * PAGE);
        const struct rmmsim_region dram = { .base = (uintptr_t)memory,
                                            .size = (size_t)NUM_PAGES * PAGE,
                                            .memory = memory };
        struct rmmsim_config config = { .regions = &dram, .num_regions = 1, .num_pes = NUM_CPUS };
        struct rmmsim *sim = rmmsim_create(&config, NULL);
        struct cpu cpus[NUM_CPUS];
        pthread_t threads[NUM_CPUS];
        unsigned failed = 0;
        uint64_t pa;

        heap = memory;
        for (unsigned i = 0; i < NUM_CPUS; i++) {
                cpus[i] = (struct cpu){ sim, i, 0 };
                pthread_create(&threads[i], NULL, cpu_thread, &cpus[i]);
        }
        for (unsigned i = 0; i < NUM_CPUS; i++) {
                pthread_join(threads[i], NULL);
                failed += cpus[i].failed;
        }
        failed += rmmsim_next_delegated(sim, &pa, 0); /* is every page the firmware's again? */
        printf("%d CPUs, %d pages, %u failures\n", NUM_CPUS, NUM_PAGES, failed);
        rmmsim_destroy(sim);
        free(memory);
        return failed != 0;
}
