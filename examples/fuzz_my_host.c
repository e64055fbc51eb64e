/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_my_host.c - a fuzz target for a host's own code: the input decides what goes wrong, and no page may be lost.
 *
 * Under libFuzzer: clang -DLIBFUZZER -fsanitize=fuzzer,address fuzz_my_host.c ... As a plain program it runs some thousand inputs of
 * its own, or the files that it is given.
 */
#include <rmmsim/inject.h>
#include <rmmsim/snapshot.h>
#include <rmmsim/world.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the host's ------------------------------------------------------------------------------------------------------ */

#define rmi(world, name, ...) RMMSIM_RMI_STATUS(rmmsim_call((world)->sim, 0, name, __VA_ARGS__).x[0])

/* Give the Realm a page of memory at an IPA. Returns 0, or -1 and then nothing has changed. */
static int memory_add(struct rmmsim_world *world, uint64_t ipa, uint64_t pa)
{
        if (rmi(world, rmi_granule_delegate, .addr = pa) != 0) {
                return -1;
        }
        if (rmi(world, rmi_data_create_unknown, .rd = world->rd, .data = pa, .ipa = ipa) != 0) {
                (void)rmi(world, rmi_granule_undelegate, .addr = pa);
                return -1;
        }
        return 0;
}

/* Take it back. Returns 0, or -1 and then the page is still the Realm's. */
static int memory_remove(struct rmmsim_world *world, uint64_t ipa, uint64_t pa)
{
        if (rmi(world, rmi_data_destroy, .rd = world->rd, .ipa = ipa) != 0) {
                return -1;
        }
        while (rmi(world, rmi_granule_undelegate, .addr = pa) != 0) {
        }
        return 0;
}

/* ---- the target ------------------------------------------------------------------------------------------------------ */

enum {
        PAGES = 8
};

/* A record of two bytes: a page and what to do with it; in the upper bits, which of the next RMI commands fails, if any. */
static void carry_out(struct rmmsim_world *world, uint64_t first_pa, const uint8_t *data, size_t size)
{
        bool added[PAGES] = { false };

        for (size_t i = 0; i + 1 < size; i += 2) {
                unsigned page = data[i] % PAGES;
                uint64_t ipa = (16 + page) * UINT64_C(4096);
                uint64_t pa = first_pa + page * UINT64_C(4096);
                struct rmmsim_fault fault = { .kind = RMMSIM_FAULT_STATUS,
                                              .nth = data[i + 1] >> 4,
                                              .x0 = RMMSIM_RMI_ERROR_INPUT };
                struct rmmsim_granule granule;

                if (fault.nth != 0) {
                        rmmsim_inject(world->sim, &fault, NULL);
                }
                if ((data[i + 1] & 1) == 0 && !added[page]) {
                        added[page] = memory_add(world, ipa, pa) == 0;
                } else if ((data[i + 1] & 1) != 0 && added[page]) {
                        added[page] = memory_remove(world, ipa, pa) != 0;
                }
                rmmsim_inject_clear(world->sim, NULL);
                if (rmmsim_granule(world->sim, &granule, pa) != 0 ||
                    granule.state != (added[page] ? RMMSIM_GRANULE_DATA : RMMSIM_GRANULE_UNDELEGATED)) {
                        fprintf(stderr, "the host is wrong about page %u\n", page);
                        abort();
                }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct rmmsim_world world;
        static uint64_t first_pa;

        if (world.sim == NULL) { /* once: the same world for all inputs */
                struct rmmsim_world_shape shape = { .num_pages = 1 };

                if (rmmsim_world_create(&world, &shape, NULL) != 0 || rmmsim_snapshot(world.sim, NULL) != 0) {
                        abort();
                }
                first_pa = world.next_pa;
        }
        rmmsim_restore(world.sim);
        carry_out(&world, first_pa, data, size);
        return 0;
}

#ifndef LIBFUZZER
int main(int argc, char **argv)
{
        static uint8_t input[4096];
        uint64_t random = 1;

        for (int i = 1; i < argc; i++) {
                FILE *file = fopen(argv[i], "rb");

                if (file == NULL) {
                        return 1;
                }
                LLVMFuzzerTestOneInput(input, fread(input, 1, sizeof(input), file));
                fclose(file);
        }
        for (int i = 0; argc == 1 && i < 20000; i++) {
                for (unsigned j = 0; j < 32; j++) {
                        random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                        input[j] = (uint8_t)(random >> 56);
                }
                LLVMFuzzerTestOneInput(input, 32);
        }
        printf("no page was lost\n");
        return 0;
}
#endif
