/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_inputs.c - reading inputs.
 */
#include "fuzz_inputs.h"
#include "fuzz_line.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool complain(const char *name, const char *sentence)
{
        fprintf(stderr, "fuzz_%s: %.200s: %s\n", fuzz_target.name, name, sentence);
        return false;
}

static bool is_line(const char *text)
{
        return strncmp(text, FUZZ_LINE_PREFIX, strlen(FUZZ_LINE_PREFIX)) == 0;
}

static bool from_line(const char *name, const char *line, fuzz_input_fn *each, void *context)
{
        uint8_t bytes[FUZZ_INPUT_MAX];
        size_t size;
        const char *wrong = fuzz_line_read(line, bytes, &size);

        if (wrong != NULL) {
                return complain(name, wrong);
        }
        each(context, name, bytes, size);
        return true;
}

static bool from_file(const char *name, fuzz_input_fn *each, void *context)
{
        char text[FUZZ_LINE_MAX + 1];
        FILE *file = fopen(name, "rb");
        size_t size;
        bool failed;

        if (file == NULL) {
                return complain(name, strerror(errno));
        }
        size = fread(text, 1, FUZZ_LINE_MAX, file);
        failed = ferror(file) != 0;
        (void)fclose(file);
        text[size] = '\0';
        if (failed) {
                return complain(name, "cannot be read");
        }
        if (is_line(text)) {
                return from_line(name, text, each, context);
        }
        if (size > FUZZ_INPUT_MAX) {
                return complain(name, "longer than 4096 bytes, which is the most an input has");
        }
        each(context, name, (const uint8_t *)text, size);
        return true;
}

static int is_visible(const struct dirent *entry)
{
        return entry->d_name[0] != '.';
}

static bool from_directory(const char *name, fuzz_input_fn *each, void *context)
{
        struct dirent **entries;
        int count = scandir(name, &entries, is_visible, alphasort);
        bool good = count >= 0 || complain(name, strerror(errno));

        for (int i = 0; i < count; i++) {
                char path[4096];
                struct stat status;

                (void)snprintf(path, sizeof(path), "%s/%s", name, entries[i]->d_name);
                if (stat(path, &status) == 0 && !S_ISDIR(status.st_mode)) {
                        good &= from_file(path, each, context);
                }
                free(entries[i]);
        }
        if (count >= 0) {
                free(entries);
        }
        return good;
}

bool fuzz_inputs(const char *argument, fuzz_input_fn *each, void *context)
{
        struct stat status;

        if (is_line(argument)) {
                return from_line("the line", argument, each, context);
        }
        if (stat(argument, &status) != 0) {
                return complain(argument, strerror(errno));
        }
        return S_ISDIR(status.st_mode) ? from_directory(argument, each, context) : from_file(argument, each, context);
}
