/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_report.c - failures for a reader, in an orderly way or in a hurry.
 */
#include "fuzz_report.h"
#include "fuzz_line.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static char line[FUZZ_LINE_MAX];

void fuzz_report(const struct fuzz_failure *failure, const uint8_t *bytes, size_t size, FILE *to)
{
        struct fuzz_input input = fuzz_split(bytes, size);

        fprintf(to, "%s: %s\n\n", fuzz_target.name, failure->found ? failure->sentence : "nothing found");
        fuzz_target.describe(&input, to);
        fputc('\n', to);
        if (failure->finding != NULL) {
                (void)rmmsim_finding_print(failure->finding, to);
                fputc('\n', to);
        }
        (void)fuzz_line_write(line, bytes, size);
        fprintf(to, "replay: %s", line);
        (void)fflush(to);
}

/* ---- sudden ends -------------------------------------------------------------------------------------------------------- */

static void last_words(const char *why)
{
        size_t size;
        const uint8_t *bytes = fuzz_running(&size);
        size_t length;

        if (bytes == NULL) {
                return;
        }
        length = fuzz_line_write(line, bytes, size);
        if (write(STDOUT_FILENO, why, strlen(why)) < 0 || write(STDOUT_FILENO, "replay: ", 8) < 0 ||
            write(STDOUT_FILENO, line, length) < 0) {
                _exit(EXIT_FAILURE);
        }
}

/* Returns to where the signal came from, which then has its usual effect: the handler is gone. */
static void on_signal(int number)
{
        (void)number;
        last_words("\nthe program dies while an input runs\n");
}

static void on_death(void)
{
        last_words("\na sanitizer ends the program while an input runs\n");
}

/* Of the sanitizers; absent without them. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

void fuzz_report_death(void)
{
        static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
        struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK) };
        size_t count = sizeof(signals) / sizeof(signals[0]);
        static char stack[1 << 16];

        if (__sanitizer_set_death_callback != NULL) {
                __sanitizer_set_death_callback(on_death);
                count = 1; /* they see to the others, and say more of them */
        } else {
                /* Of a stack that has overflowed nothing is left for a handler. */
                (void)sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof(stack) }, NULL);
        }
        for (size_t i = 0; i < count; i++) {
                (void)sigaction(signals[i], &action, NULL);
        }
}

static unsigned seconds_max;

static void on_second(int number)
{
        static uint64_t last_run;
        static unsigned seconds;
        size_t size;

        (void)number;
        if (fuzz_running(&size) == NULL || fuzz_runs() != last_run) {
                last_run = fuzz_runs();
                seconds = 0;
                return;
        }
        if (++seconds > seconds_max) {
                last_words("\nan input does not come to an end\n");
                _exit(EXIT_FAILURE);
        }
}

void fuzz_report_hang(unsigned seconds)
{
        struct sigaction action = { .sa_handler = on_second, .sa_flags = (int)(SA_RESTART | SA_ONSTACK) };
        struct itimerval second = { { 1, 0 }, { 1, 0 } };

        seconds_max = seconds;
        if (seconds != 0) {
                (void)sigaction(SIGALRM, &action, NULL);
                (void)setitimer(ITIMER_REAL, &second, NULL);
        }
}
