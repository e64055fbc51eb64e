/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_main.c - a target as a plain program: it runs inputs, shrinks one, or searches for one that fails.
 */
#include "fuzz_coverage.h"
#include "fuzz_inputs.h"
#include "fuzz_line.h"
#include "fuzz_report.h"
#include "fuzz_search.h"
#include "fuzz_shrink.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
        NOTHING_FOUND = 0,
        FOUND = 1,
        WRONG = 2, /* arguments, or files */
        CORPORA_MAX = 16,
        HANG_SECONDS = 60
};

static struct {
        bool searches;
        bool shrinks;
        unsigned hang_seconds;
        const char *corpora[CORPORA_MAX];
        unsigned num_corpora;
        const char *out;
        const char *summary;
        struct fuzz_search search;
} options = { .hang_seconds = HANG_SECONDS, .search = { .seed = 1 } };

static void usage(FILE *to)
{
        fprintf(to,
                "fuzz_%s: %s\n\n"
                "  fuzz_%s FILE|DIR|LINE...     run inputs: from files, from all files of directories, from replay "
                "lines\n"
                "  fuzz_%s --shrink FILE|LINE   the smallest input that still fails\n"
                "  fuzz_%s --search SECONDS     look for an input that fails, and shrink it; 0: no limit\n\n"
                "  --seed N         of the search [1]\n"
                "  --runs N         the search ends after so many runs: with SECONDS 0 it does the same each time\n"
                "  --corpus DIR     inputs that the search begins with; may be repeated\n"
                "  --quiet          no progress lines\n"
                "  --out FILE       write the input that fails, as it was shrunk\n"
                "  --summary FILE   write the outcome as lines of key=value\n"
                "  --timeout N      an input that takes so many seconds is a failure [%d]; 0: never\n\n"
                "Exit status: 0 nothing found, 1 something found, 2 wrong arguments or files.\n",
                fuzz_target.name, fuzz_target.summary, fuzz_target.name, fuzz_target.name, fuzz_target.name,
                HANG_SECONDS);
}

/* ---- inputs, one after the other ---------------------------------------------------------------------------------------- */

struct replay {
        unsigned long inputs;
        unsigned long failures;
        bool describes; /* those that do not fail, too */
};

static void replay(void *context, const char *name, const uint8_t *bytes, size_t size)
{
        struct replay *replay = context;
        const struct fuzz_failure *failure = fuzz_run(bytes, size);

        (void)fuzz_coverage_gather();
        replay->inputs++;
        replay->failures += failure->found;
        if (failure->found || replay->describes) {
                printf("== %s\n", name);
                fuzz_report(failure, bytes, size, stdout);
        }
}

static bool is_directory(const char *path)
{
        struct stat status;

        return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int run_inputs(char *const *arguments, int count)
{
        struct replay all = { .describes = count == 1 && !is_directory(arguments[0]) };
        char reached[160];
        bool good = true;

        for (int i = 0; i < count; i++) {
                good &= fuzz_inputs(arguments[i], replay, &all);
        }
        (void)fuzz_coverage_format(reached, sizeof(reached));
        printf("fuzz_%s: %lu inputs, %lu failures; %s\n", fuzz_target.name, all.inputs, all.failures, reached);
        return all.failures != 0 ? FOUND : good ? NOTHING_FOUND : WRONG;
}

/* ---- the end of a search ------------------------------------------------------------------------------------------------ */

static bool write_summary(const struct fuzz_shrunk *shrunk, const char *sentence)
{
        const struct fuzz_search *search = &options.search;
        struct fuzz_reached reached = fuzz_coverage_reached();
        FILE *to = fopen(options.summary, "w");

        if (to == NULL) {
                perror(options.summary);
                return false;
        }
        fprintf(to, "target=%s\nseed=%llu\nfound=%d\nruns=%llu\nseconds=%.3f\nkept=%zu\n", fuzz_target.name,
                (unsigned long long)search->seed, search->found, (unsigned long long)search->runs, search->took,
                search->kept);
        fprintf(to, "conditions=%u\nconditions_all=%d\nedges=%u\nedges_all=%d\nexits=%u\npairs=%u\nfeatures=%u\n",
                reached.conditions, RMMSIM_NUM_CONDITIONS - 1, reached.edges, RMMSIM_NUM_EDGES, reached.exits,
                reached.pairs, reached.features);
        if (search->found) {
                char line[FUZZ_LINE_MAX];

                (void)fuzz_line_write(line, search->bytes, search->size);
                fprintf(to, "records=%zu\npreemptions=%zu\nshrink_runs=%llu\nsentence=%s\nreplay=%s", shrunk->records,
                        shrunk->preemptions, (unsigned long long)shrunk->runs, sentence, line);
        }
        return fclose(to) == 0;
}

static bool write_input(void)
{
        FILE *to = fopen(options.out, "wb");
        bool good = to != NULL && fwrite(options.search.bytes, 1, options.search.size, to) == options.search.size;

        if (to == NULL || fclose(to) != 0 || !good) {
                perror(options.out);
                return false;
        }
        return true;
}

/* The input that failed, shrunk, to the reader and to files. */
static int report_found(void)
{
        struct fuzz_search *search = &options.search;
        struct fuzz_shrunk shrunk = fuzz_shrink(search->bytes, search->size);
        const struct fuzz_failure *failure;

        search->size = shrunk.size;
        failure = fuzz_run(search->bytes, search->size);
        if (!shrunk.fails) {
                printf("it did not fail again: the target does not do the same each time\n");
        }
        printf("shrunk to %zu records, %zu preemptions by %llu runs\n\n", shrunk.records, shrunk.preemptions,
               (unsigned long long)shrunk.runs);
        fuzz_report(failure, search->bytes, search->size, stdout);
        if ((options.out != NULL && !write_input()) ||
            (options.summary != NULL && !write_summary(&shrunk, failure->sentence))) {
                return WRONG;
        }
        return FOUND;
}

/* ---- search and shrink -------------------------------------------------------------------------------------------------- */

static void begin_with(void *context, const char *name, const uint8_t *bytes, size_t size)
{
        (void)name;
        (void)fuzz_search_begin_with(context, bytes, size);
}

static int search(void)
{
        struct fuzz_search *search = &options.search;
        char reached[160];

        search->began = fuzz_clock();
        for (unsigned i = 0; i < options.num_corpora; i++) {
                if (!fuzz_inputs(options.corpora[i], begin_with, search)) {
                        return WRONG;
                }
        }
        fuzz_search_run(search);
        (void)fuzz_coverage_format(reached, sizeof(reached));
        printf("fuzz_%s: seed %llu, %llu runs in %.2f s: %s; %s\n", fuzz_target.name, (unsigned long long)search->seed,
               (unsigned long long)search->runs, search->took, search->found ? "found a failure" : "nothing found",
               reached);
        if (search->found) {
                return report_found();
        }
        return options.summary == NULL || write_summary(NULL, NULL) ? NOTHING_FOUND : WRONG;
}

static void take(void *context, const char *name, const uint8_t *bytes, size_t size)
{
        struct fuzz_search *search = context;

        (void)name;
        memcpy(search->bytes, bytes, size);
        search->size = size;
        search->found = fuzz_run(bytes, size)->found;
}

static int shrink(const char *argument)
{
        if (!fuzz_inputs(argument, take, &options.search)) {
                return WRONG;
        }
        if (!options.search.found) {
                printf("fuzz_%s: the input does not fail\n", fuzz_target.name);
                return NOTHING_FOUND;
        }
        return report_found();
}

/* ---- arguments ---------------------------------------------------------------------------------------------------------- */

static uint64_t number(const char *text)
{
        char *end;
        uint64_t value = strtoull(text, &end, 0);

        if (end == text || *end != '\0' || *text == '-') {
                fprintf(stderr, "fuzz_%s: %s is not a number\n", fuzz_target.name, text);
                exit(WRONG);
        }
        return value;
}

static void add_corpus(const char *path)
{
        if (options.num_corpora == CORPORA_MAX) {
                fprintf(stderr, "fuzz_%s: more than %d corpora\n", fuzz_target.name, CORPORA_MAX);
                exit(WRONG);
        }
        options.corpora[options.num_corpora++] = path;
}

static void take_option(int option)
{
        switch (option) {
        case 's':
                options.searches = true;
                options.search.seconds = (double)number(optarg);
                break;
        case 'k':
                options.shrinks = true;
                break;
        case 'e':
                options.search.seed = number(optarg);
                break;
        case 'r':
                options.search.runs_max = number(optarg);
                break;
        case 'c':
                add_corpus(optarg);
                break;
        case 'q':
                options.search.quiet = true;
                break;
        case 'o':
                options.out = optarg;
                break;
        case 'm':
                options.summary = optarg;
                break;
        case 't':
                options.hang_seconds = (unsigned)number(optarg);
                break;
        case 'h':
                usage(stdout);
                exit(EXIT_SUCCESS);
        default:
                usage(stderr);
                exit(WRONG);
        }
}

int main(int argc, char **argv)
{
        static const struct option known[] = {
                { "search", required_argument, NULL, 's' },
                { "shrink", no_argument, NULL, 'k' },
                { "seed", required_argument, NULL, 'e' },
                { "runs", required_argument, NULL, 'r' },
                { "corpus", required_argument, NULL, 'c' },
                { "quiet", no_argument, NULL, 'q' },
                { "out", required_argument, NULL, 'o' },
                { "summary", required_argument, NULL, 'm' },
                { "timeout", required_argument, NULL, 't' },
                { "help", no_argument, NULL, 'h' },
                { NULL, 0, NULL, 0 },
        };
        int option;
        int inputs;

        while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
                take_option(option);
        }
        inputs = argc - optind;
        if (options.searches ? inputs != 0 || options.shrinks : options.shrinks ? inputs != 1 : inputs == 0) {
                usage(stderr);
                return WRONG;
        }
        fuzz_report_death();
        fuzz_report_hang(options.hang_seconds);
        if (options.searches) {
                return search();
        }
        return options.shrinks ? shrink(argv[optind]) : run_inputs(argv + optind, inputs);
}
