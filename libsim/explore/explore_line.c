/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explore_line.c - a schedule as a line of text: "rmmsim-explore:1 pes=2 p=12>1,30>0".
 */
#include "explorer.h"
#include <string.h>

static const char head[] = "rmmsim-explore:1 pes=";

bool line_write(char *line, size_t size, unsigned num_pes, const struct preemption *list, uint64_t count)
{
        int length = snprintf(line, size, "%s%u p=", head, num_pes);

        for (uint64_t i = 0; i < count; i++) {
                length += snprintf(line + length, size - (size_t)length, "%s%llu>%u", i == 0 ? "" : ",",
                                   (unsigned long long)list[i].choice, list[i].pe);
                if ((size_t)length >= size) {
                        line[0] = '\0';
                        return false;
                }
        }
        return true;
}

/* A number without sign or blanks in front. */
static bool read_number(const char **at, uint64_t *number)
{
        const char *begin = *at;

        for (*number = 0; **at >= '0' && **at <= '9'; ++*at) {
                if (*number > (UINT64_MAX - 9) / 10) {
                        return false;
                }
                *number = *number * 10 + (uint64_t)(**at - '0');
        }
        return *at != begin;
}

static bool read_text(const char **at, const char *text)
{
        size_t length = strlen(text);

        if (strncmp(*at, text, length) != 0) {
                return false;
        }
        *at += length;
        return true;
}

const char *line_read(struct preemption *list, uint64_t *count, const char *line, unsigned num_pes)
{
        uint64_t pe;

        *count = 0;
        if (!read_text(&line, "rmmsim-explore:")) {
                return "the replay line must begin with \"rmmsim-explore:1 pes=\"";
        }
        if (!read_text(&line, "1 pes=")) {
                return "the replay line is of another version than 1, which this library reads";
        }
        if (!read_number(&line, &pe) || !read_text(&line, " p=")) {
                return "the replay line must go on with the number of PEs and \" p=\"";
        }
        if (pe != num_pes) {
                return "the replay line is for another number of PEs than the program has";
        }
        while (*line != '\0' && *line != '\n') {
                struct preemption *next = &list[*count];

                if (*count == CHOICES_MAX) {
                        return "the replay line has more than 65,536 preemptions";
                }
                if ((*count != 0 && !read_text(&line, ",")) || !read_number(&line, &next->choice) ||
                    !read_text(&line, ">") || !read_number(&line, &pe)) {
                        return "a preemption in the replay line must read \"12>1\", and the next follow after a comma";
                }
                if (pe >= num_pes || (*count != 0 && next->choice <= next[-1].choice)) {
                        return "a preemption in the replay line names a PE that the program does not have, or a choice "
                               "that is "
                               "not later than the one before";
                }
                next->pe = (unsigned)pe;
                ++*count;
        }
        return NULL;
}
