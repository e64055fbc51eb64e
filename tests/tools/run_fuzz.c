/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_fuzz.c - scripts that nobody would write are read and carried out: nothing crashes, nothing hangs.
 *
 *     run_fuzz RUNS SEED LAST SCRIPT...
 *
 * Each run takes lines and words of the scripts given and mixes them: lines go, come twice, change places or come from another script, words
 * are replaced by others, bytes flip. LAST is a file that holds the script of the run under way, for whoever finds the program dead.
 */
#include "run.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
        LINES_MAX = 4000,
        TEXT_MAX = 1 << 20,
        SECONDS_MAX = 60,    /* of one run                      */
        ROUNDS_MAX = 600,    /* of a `for`, to be carried out   */
        REGION_MAX = 1 << 26 /* of a region, likewise           */
};

static uint64_t dice;

static uint32_t below(uint32_t limit)
{
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        return (uint32_t)((dice >> 16) % limit);
}

/* ---- the scripts given -------------------------------------------------------------------------------------------------- */

static char *lines[LINES_MAX]; /* of all scripts, one after the other */
static uint32_t num_lines;
static uint32_t begins[64]; /* of each script */
static uint32_t num_scripts;

static void load(const char *path)
{
        FILE *file = fopen(path, "r");
        char *line = NULL;
        size_t room = 0;

        if (file == NULL || num_scripts == 63) {
                fprintf(stderr, "run_fuzz: %s\n", path);
                exit(2);
        }
        begins[num_scripts++] = num_lines;
        while (num_lines < LINES_MAX && getline(&line, &room, file) > 0) {
                lines[num_lines++] = strdup(line);
        }
        begins[num_scripts] = num_lines;
        free(line);
        fclose(file);
}

/* ---- mixing ------------------------------------------------------------------------------------------------------------- */

static char text[TEXT_MAX];
static size_t length;

static void add(const char *what, size_t size)
{
        if (length + size < TEXT_MAX) {
                memcpy(text + length, what, size);
                length += size;
        }
}

/* A word of any line; its length. */
static size_t any_word(const char **word)
{
        const char *line = lines[below(num_lines)];
        uint32_t skip = below(6);

        line += strspn(line, " \n");
        while (skip-- != 0 && line[strcspn(line, " \n")] == ' ') {
                line += strcspn(line, " \n") + 1;
        }
        *word = line;
        return strcspn(line, " \n");
}

static void add_line_changed(const char *line)
{
        static const char *const odd[] = { "0",     "-1",  "0xffffffffffffffff",
                                           "(",     "=>",  "for",
                                           "i",     "in",  "0..3",
                                           "|",     "=",   ":",
                                           "pe0:",  "->",  "64K",
                                           "1T",    "x31", "#",
                                           "words", "" };
        uint32_t kind = below(4);
        size_t size = strlen(line);

        for (size_t i = 0; i < size; i++) {
                const char *word;
                size_t word_size;

                if ((i == 0 || line[i - 1] == ' ' || line[i - 1] == '=') && below(8) == 0 && kind != 0) {
                        word = odd[below(sizeof(odd) / sizeof(odd[0]))];
                        word_size = strlen(word);
                        if (kind == 1) {
                                word_size = any_word(&word);
                        }
                        add(word, word_size);
                        i += strcspn(line + i, " =\n");
                }
                if (kind == 0 && below(20) == 0) {
                        char byte = (char)below(256);

                        add(&byte, 1);
                } else if (i < size) {
                        add(line + i, 1);
                }
        }
}

static void mix(void)
{
        uint32_t script = below(num_scripts);
        uint32_t wildness = 1 + below(40); /* one line in so many is touched */

        length = 0;
        for (uint32_t i = begins[script]; i < begins[script + 1]; i++) {
                const char *other;
                uint32_t change = i < begins[script] + 2 || below(wildness) != 0 ? 99 : below(6);

                switch (change) {
                case 0:
                        break;
                case 1:
                        add(lines[i], strlen(lines[i]));
                        add(lines[i], strlen(lines[i]));
                        break;
                case 2:
                        add_line_changed(lines[begins[script] + below(begins[script + 1] - begins[script])]);
                        break;
                case 3:
                        add_line_changed(lines[below(num_lines)]);
                        break;
                case 4:
                        other = lines[begins[script] + below(begins[script + 1] - begins[script])];
                        add(lines[i], strlen(lines[i]));
                        add(other, strlen(other));
                        break;
                case 5:
                        add_line_changed(lines[i]);
                        break;
                default:
                        add(lines[i], strlen(lines[i]));
                        break;
                }
        }
        if (below(10) == 0) {
                length = below((uint32_t)length + 1);
        }
}

/* ---- running ------------------------------------------------------------------------------------------------------------ */

/* What would only take its time is not carried out. */
static bool is_small(const struct script *script)
{
        for (uint32_t i = 0; i < script->num_statements; i++) {
                const struct script_statement *statement = script->statements[i];
                bool region = statement->verb == SCRIPT_DRAM || statement->verb == SCRIPT_DEVICE;

                if (statement->loop.last - statement->loop.first > ROUNDS_MAX ||
                    (region && script_number(&statement->values[1], 0) > REGION_MAX)) {
                        return false;
                }
        }
        return true;
}

static void keep(const char *path)
{
        FILE *file = fopen(path, "w");

        if (file == NULL || fwrite(text, 1, length, file) != length || fclose(file) != 0) {
                fprintf(stderr, "run_fuzz: %s cannot be written\n", path);
                exit(2);
        }
}

int main(int argc, char **argv)
{
        struct run_options options = { .quiet = true };
        unsigned long runs;
        unsigned long read = 0;
        unsigned long statuses[3] = { 0 };

        if (argc < 5) {
                fprintf(stderr, "usage: run_fuzz RUNS SEED LAST SCRIPT...\n");
                return 2;
        }
        runs = strtoul(argv[1], NULL, 0);
        dice = strtoul(argv[2], NULL, 0) * 0x9e3779b97f4a7c15 + 1;
        for (int i = 4; i < argc; i++) {
                load(argv[i]);
        }
        if (freopen("/dev/null", "w", stderr) == NULL) {
                return 2;
        }
        for (unsigned long i = 0; i < runs; i++) {
                struct script *script;

                mix();
                keep(argv[3]);
                alarm(SECONDS_MAX);
                script = script_parse("fuzz", text, length, stderr);
                if (script != NULL && is_small(script)) {
                        int status;

                        options.strict = below(4) == 0;
                        status = run_script(script, &options);

                        read++;
                        statuses[status < 3 ? status : 2]++;
                }
                script_free(script);
        }
        printf("%lu scripts, of which %lu could be read: %lu as expected, %lu not, %lu with a mistake\n", runs, read,
               statuses[0], statuses[1], statuses[2]);
        return read > runs / 20 && statuses[1] != 0 && statuses[2] != 0 ? 0 : 1;
}
