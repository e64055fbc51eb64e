/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_main.c - a target as a plain program: `fuzz_NAME FILE...` runs inputs, `fuzz_NAME --search N [SEED]` makes N up.
 */
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>

static int report(const char *name, const uint8_t *bytes, size_t size, bool describes)
{
        const struct fuzz_failure *failure = fuzz_run(bytes, size);
        struct fuzz_input input = fuzz_split(bytes, size);

        if (!failure->found && !describes) {
                return 0;
        }
        printf("%s: %s\n", name, failure->found ? failure->sentence : "nothing found");
        fuzz_target.describe(&input, stdout);
        if (failure->finding != NULL) {
                rmmsim_finding_print(failure->finding, stdout);
        }
        return failure->found;
}

static int search(unsigned long count, unsigned seed)
{
        uint8_t bytes[FUZZ_INPUT_MAX];

        srandom(seed);
        for (unsigned long n = 0; n < count; n++) {
                size_t size = (size_t)random() % 300 + 2;

                for (size_t i = 0; i < size; i++) {
                        bytes[i] = (uint8_t)random();
                }
                bytes[0] = (uint8_t)(size * 3 / 4);
                bytes[1] = 0;
                if (report("a random input", bytes, size, false) != 0) {
                        printf("after %lu inputs\n", n + 1);
                        return 1;
                }
        }
        return 0;
}

int main(int argc, char **argv)
{
        static uint8_t bytes[FUZZ_INPUT_MAX];
        int status = 0;

        if (argc >= 3 && strcmp(argv[1], "--search") == 0) {
                return search(strtoul(argv[2], NULL, 0), argc > 3 ? (unsigned)strtoul(argv[3], NULL, 0) : 1);
        }
        for (int i = 1; i < argc; i++) {
                FILE *file = fopen(argv[i], "rb");

                if (file == NULL) {
                        perror(argv[i]);
                        return 2;
                }
                status |= report(argv[i], bytes, fread(bytes, 1, sizeof(bytes), file), true);
                (void)fclose(file);
        }
        return status;
}
