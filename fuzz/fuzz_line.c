/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_line.c - writing and reading replay lines.
 */
#include "fuzz_line.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>

static const char digits[] = "0123456789abcdef";

static char *put(char *to, const char *text)
{
        while (*text != '\0') {
                *to++ = *text++;
        }
        return to;
}

size_t fuzz_line_write(char *line, const uint8_t *bytes, size_t size)
{
        char *end = put(line, FUZZ_LINE_PREFIX "1 target=");

        end = put(put(end, fuzz_target.name), " input=");
        for (size_t i = 0; i < size && i < FUZZ_INPUT_MAX; i++) {
                *end++ = digits[bytes[i] >> 4];
                *end++ = digits[bytes[i] & 15];
        }
        end = put(end, "\n");
        *end = '\0';
        return (size_t)(end - line);
}

/* Returns what follows `text` in `line`, or NULL if that does not begin with it. */
static const char *after(const char *line, const char *text)
{
        size_t length = strlen(text);

        return line != NULL && strncmp(line, text, length) == 0 ? line + length : NULL;
}

static const char *read_digits(const char *text, uint8_t *bytes, size_t *size)
{
        size_t n = 0;

        for (; *text != '\0' && !isspace((unsigned char)*text); text++, n++) {
                const char *digit = strchr(digits, tolower((unsigned char)*text));

                if (digit == NULL) {
                        return "the input of the line is not hexadecimal";
                }
                if (n == 2 * (size_t)FUZZ_INPUT_MAX) {
                        return "the input of the line is longer than 4096 bytes";
                }
                bytes[n / 2] = (uint8_t)(n % 2 == 0 ? (digit - digits) << 4 : bytes[n / 2] | (digit - digits));
        }
        *size = n / 2;
        if (n % 2 != 0) {
                return "the input of the line ends in the middle of a byte";
        }
        return text[strspn(text, " \t\r\n")] == '\0' ? NULL : "there is more behind the line";
}

const char *fuzz_line_read(const char *line, uint8_t *bytes, size_t *size)
{
        static char wrong[160];
        const char *name;
        size_t length;

        static_assert(FUZZ_INPUT_MAX == 4096, "a sentence says it");
        line = after(line + strspn(line, " \t\r\n"), FUZZ_LINE_PREFIX);
        if (line == NULL) {
                return "not a replay line: it begins with \"" FUZZ_LINE_PREFIX "1 target=\"";
        }
        line = after(line, "1 ");
        if (line == NULL) {
                return "the line is of another version than 1";
        }
        name = after(line, "target=");
        length = name == NULL ? 0 : strcspn(name, " ");
        line = name == NULL ? NULL : after(name + length, " input=");
        if (line == NULL) {
                return "the line has no target=NAME input=HEX";
        }
        if (length != strlen(fuzz_target.name) || strncmp(name, fuzz_target.name, length) != 0) {
                (void)snprintf(wrong, sizeof(wrong), "the line is for target %.*s, this is %s",
                               length > 40 ? 40 : (int)length, name, fuzz_target.name);
                return wrong;
        }
        return read_digits(line, bytes, size);
}
