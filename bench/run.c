/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run.c - measuring families of rows.
 *
 * The floors are visited in turns with the rows of each family, so that a ratio compares what passed in the same seconds. The
 * worlds of a family exist together and go before the next family's are made.
 */
#include "run.h"
#include <stdlib.h>
#include <string.h>

enum {
        ROUNDS = 81,
        ROUNDS_QUICK = 7,
        ATTEMPTS = 3,
        ROWS_MAX = 256
};
#define ROUND_NS       UINT64_C(1500000)
#define ROUND_NS_QUICK UINT64_C(500000)

const struct bench_family *const families[] = { &family_floors,   &family_commands, &family_rec,
                                                &family_phases,   &family_refused,  &family_lifecycle,
                                                &family_snapshot, &family_explore,  &family_scale };
const size_t num_families = sizeof(families) / sizeof(families[0]);

static void *floor_contexts[NUM_FLOORS];

bool row_wanted(const struct bench_row *row, const char *filter)
{
        return filter == NULL || strstr(row->name, filter) != NULL;
}

bool run_begin(const struct run_options *options)
{
        floors_quick = options->quick;
        for (size_t i = 0; i < NUM_FLOORS; i++) {
                floor_contexts[i] = family_floors.rows[i].begin();
                if (floor_contexts[i] == NULL) {
                        fprintf(stderr,
                                "bench: %s cannot be set up: the system has no memory, or libcrypto no SHA-256\n",
                                family_floors.rows[i].name);
                        return false;
                }
        }
        return true;
}

void run_end(void)
{
        for (size_t i = 0; i < NUM_FLOORS; i++) {
                if (floor_contexts[i] != NULL) {
                        family_floors.rows[i].end(floor_contexts[i]);
                        floor_contexts[i] = NULL;
                }
        }
}

/* Rows of a family that are being measured: the floors, then those that were asked for. */
struct visit {
        struct rmmsim_bench_row rows[NUM_FLOORS + ROWS_MAX];
        struct rmmsim_bench_figure figures[NUM_FLOORS + ROWS_MAX];
        struct rmmsim_bench_figure tried[NUM_FLOORS + ROWS_MAX];
        size_t family_row[NUM_FLOORS + ROWS_MAX];
        size_t num_rows;
};

static void visit_add_floors(struct visit *visit)
{
        for (size_t i = 0; i < NUM_FLOORS; i++) {
                const struct bench_row *row = &family_floors.rows[i];

                visit->rows[visit->num_rows++] = (struct rmmsim_bench_row){ row->name, row->run, floor_contexts[i] };
        }
}

static bool visit_begin(struct visit *visit, const struct bench_family *family, const char *filter)
{
        bool sound = true;

        visit_add_floors(visit);
        for (size_t i = 0; family != &family_floors && i < family->num_rows; i++) {
                const struct bench_row *row = &family->rows[i];
                void *context;

                if (!row_wanted(row, filter) || row->figure != NULL || visit->num_rows == NUM_FLOORS + ROWS_MAX) {
                        continue;
                }
                context = row->begin();
                if (context == NULL) {
                        fprintf(stderr, "bench: %s cannot be set up\n", row->name);
                        sound = false;
                        continue;
                }
                visit->family_row[visit->num_rows] = i;
                visit->rows[visit->num_rows++] = (struct rmmsim_bench_row){ row->name, row->run, context };
        }
        return sound;
}

static void visit_end(struct visit *visit, const struct bench_family *family)
{
        for (size_t i = NUM_FLOORS; i < visit->num_rows; i++) {
                family->rows[visit->family_row[i]].end(visit->rows[i].context);
        }
}

/*
 * Measure all rows, and again while more than a quarter of them are noisy: on a shared machine somebody else's build ends after
 * a while. The calmest attempt counts, as a whole, because ratios hold within one only.
 */
static int visit_measure(struct visit *visit, const struct rmmsim_bench_method *method, unsigned attempts)
{
        size_t least = SIZE_MAX;

        for (unsigned i = 0; i < attempts && (i == 0 || 4 * least > visit->num_rows); i++) {
                int error = rmmsim_bench_measure(visit->tried, visit->rows, visit->num_rows, method);
                size_t noisy = 0;

                if (error != 0) {
                        return error;
                }
                for (size_t j = 0; j < visit->num_rows; j++) {
                        noisy += visit->tried[j].noisy;
                }
                if (noisy < least) {
                        least = noisy;
                        memcpy(visit->figures, visit->tried, sizeof(visit->figures));
                }
        }
        return 0;
}

static void add_result(struct report *report, const struct bench_family *family, const struct bench_row *row,
                       const struct rmmsim_bench_figure *figure, const struct rmmsim_bench_figure *floors)
{
        struct result *result = report_add(report, row->name);

        if (result == NULL) {
                fprintf(stderr, "bench: no memory for results\n");
                exit(2);
        }
        result->timed = true;
        result->figure = *figure;
        result->floor_ns = 0;
        result->goal_ns = row->goal_ns;
        snprintf(result->family, sizeof(result->family), "%s", family->name);
        snprintf(result->what, sizeof(result->what), "%s", row->what);
        snprintf(result->unit, sizeof(result->unit), "%s", row->unit != NULL ? row->unit : "ns");
        for (size_t i = 0; i < NUM_FLOORS; i++) {
                result->floor_ns += row->floors[i] * floors[i].median_ns;
        }
}

/* All rows of the family get their figure, in the family's order; those that no loop times are asked for it now. */
static void collect(struct report *report, struct rmmsim_bench_figure *figures, const struct visit *visit,
                    const struct bench_family *family, const char *filter)
{
        for (size_t i = 0; i < family->num_rows; i++) {
                const struct bench_row *row = &family->rows[i];

                figures[i] = (struct rmmsim_bench_figure){ 0 };
                if (row->figure != NULL && row_wanted(row, filter)) {
                        double value = row->figure();

                        figures[i] = (struct rmmsim_bench_figure){
                                .median_ns = value, .min_ns = value, .iterations = 1, .rounds = 1
                        };
                }
        }
        for (size_t i = family == &family_floors ? 0 : NUM_FLOORS; i < visit->num_rows; i++) {
                figures[family == &family_floors ? i : visit->family_row[i]] = visit->figures[i];
        }
        for (size_t i = 0; i < family->num_rows; i++) {
                if (figures[i].rounds != 0) {
                        add_result(report, family, &family->rows[i], &figures[i], visit->figures);
                }
        }
}

static bool any_wanted(const struct bench_family *family, const char *filter)
{
        for (size_t i = 0; i < family->num_rows; i++) {
                if (family == &family_floors || row_wanted(&family->rows[i], filter)) {
                        return true;
                }
        }
        return false;
}

bool run_family(FILE *out, struct report *report, const struct bench_family *family, const struct run_options *options)
{
        /* Threads that a row creates would inherit the one CPU. */
        struct rmmsim_bench_method method = { .rounds = options->quick ? ROUNDS_QUICK : ROUNDS,
                                              .round_ns = options->quick ? ROUND_NS_QUICK : ROUND_NS,
                                              .pin = family != &family_scale };
        struct rmmsim_bench_figure *figures;
        struct visit *visit;
        size_t first = report->num_results;
        bool sound;

        if (!any_wanted(family, options->filter)) {
                return true;
        }
        visit = calloc(1, sizeof(*visit));
        figures = calloc(family->num_rows, sizeof(*figures));
        if (visit == NULL || figures == NULL) {
                free(visit);
                free(figures);
                fprintf(stderr, "bench: no memory for results\n");
                return false;
        }
        sound = visit_begin(visit, family, options->filter);
        if (visit_measure(visit, &method, options->quick ? 1 : ATTEMPTS) != 0) {
                fprintf(stderr, "bench: no memory for measurements\n");
                sound = false;
        } else {
                fprintf(out, "\n%s\n", family->title);
                table_print_header(out);
                collect(report, figures, visit, family, options->filter);
                for (size_t i = first; i < report->num_results; i++) {
                        table_print_row(out, &report->results[i]);
                }
                if (family->notes != NULL) {
                        family->notes(out, figures);
                }
        }
        visit_end(visit, family);
        free(visit);
        free(figures);
        fflush(out);
        return sound;
}

/* The row of that name, in *family. */
static const struct bench_row *find_row(const struct bench_family **family, const char *name)
{
        for (size_t i = 0; i < num_families; i++) {
                *family = families[i];
                for (size_t j = 0; j < families[i]->num_rows; j++) {
                        if (strcmp(families[i]->rows[j].name, name) == 0) {
                                return &families[i]->rows[j];
                        }
                }
        }
        return NULL;
}

void run_again(struct report *report, const char *name)
{
        const struct bench_family *family = NULL;
        const struct bench_row *row = find_row(&family, name);
        const struct rmmsim_bench_method method = { .rounds = ROUNDS,
                                                    .round_ns = ROUND_NS,
                                                    .pin = family != &family_scale };
        struct visit *visit = calloc(1, sizeof(*visit));
        void *context = row != NULL && row->figure == NULL && visit != NULL ? row->begin() : NULL;

        if (context != NULL) {
                visit_add_floors(visit);
                visit->rows[visit->num_rows++] = (struct rmmsim_bench_row){ row->name, row->run, context };
                if (visit_measure(visit, &method, 1) == 0) {
                        add_result(report, family, row, &visit->figures[NUM_FLOORS], visit->figures);
                }
                row->end(context);
        }
        free(visit);
}
