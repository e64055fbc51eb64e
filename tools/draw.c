/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * draw.c - `rmmsim draw`: a trace as a picture.
 */
#include "draw.h"
#include "run.h"
#include "script.h"
#include "tool.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum format {
        FORMAT_NONE,
        FORMAT_TEXT,
        FORMAT_MERMAID,
        FORMAT_SVG,
        FORMAT_HTML,
        NUM_FORMATS
};

struct options {
        const char *path;
        const char *output; /* NULL: stdout */
        enum format format;
        uint32_t first; /* steps; 0: from the begin on */
        uint32_t last;
        unsigned width; /* 0: as wide as the terminal */
};

enum {
        WIDTH = 120, /* of a text that goes to no terminal */
        WIDTH_MIN = 40,
        WIDTH_MAX = 10000,
        SVG_STEPS = 2000,   /* more is no picture anybody looks at     */
        HTML_STEPS = 200000 /* more is no page that browsers open well */
};

/* ---- what is asked for ---------------------------------------------------------------------------------------------------- */

static const struct {
        const char *option;
        const char *ending;
        enum format format;
} formats[] = {
        { "--text", ".txt", FORMAT_TEXT },
        { "--mermaid", ".mmd", FORMAT_MERMAID },
        { "--svg", ".svg", FORMAT_SVG },
        { "--html", ".html", FORMAT_HTML },
};
enum {
        NUM_ROWS = sizeof(formats) / sizeof(formats[0])
};

static bool read_number(uint32_t *number, const char *text, const char **end)
{
        char *behind;
        unsigned long value;

        errno = 0;
        value = strtoul(text, &behind, 10);
        *end = behind;
        *number = (uint32_t)value;
        return behind != text && text[0] >= '0' && text[0] <= '9' && errno == 0 && value <= INT32_MAX;
}

/* FIRST..LAST; either may be missing. */
static bool read_steps(struct options *options, const char *text)
{
        const char *end = text;

        if (*text != '.' && (!read_number(&options->first, text, &end) || options->first == 0)) {
                return false;
        }
        if (strncmp(end, "..", 2) != 0) {
                return false;
        }
        end += 2;
        return *end == '\0' || (read_number(&options->last, end, &end) && *end == '\0' &&
                                options->last >= options->first && options->last != 0);
}

static bool read_format(struct options *options, const char *option)
{
        for (unsigned i = 0; i < NUM_ROWS; i++) {
                if (strcmp(formats[i].option, option) == 0) {
                        options->format = formats[i].format;
                        return true;
                }
        }
        return false;
}

/* An option with a value: where it stands, in this word or in the next. */
static const char *value_of(const char *name, const char *word, int argc, char **argv, int *at)
{
        size_t size = strlen(name);

        if (strncmp(word, name, size) != 0) {
                return NULL;
        }
        if (word[size] == '=') {
                return word + size + 1;
        }
        return word[size] == '\0' && *at + 1 < argc ? argv[++*at] : NULL;
}

static int read_option(struct options *options, int argc, char **argv, int *at)
{
        const char *word = argv[*at];
        const char *value;
        const char *end;

        if (read_format(options, word)) {
                return TOOL_DONE;
        }
        if ((value = value_of("-o", word, argc, argv, at)) != NULL) {
                options->output = value;
        } else if ((value = value_of("--steps", word, argc, argv, at)) != NULL) {
                return read_steps(options, value)
                               ? TOOL_DONE
                               : tool_misused("draw", "'%s' is no range of steps, as in 10..20", value);
        } else if ((value = value_of("--width", word, argc, argv, at)) != NULL) {
                return read_number(&options->width, value, &end) && *end == '\0' && options->width >= WIDTH_MIN &&
                                       options->width <= WIDTH_MAX
                               ? TOOL_DONE
                               : tool_misused("draw", "'%s' is no width from %d to %d", value, WIDTH_MIN, WIDTH_MAX);
        } else {
                bool is_known = strcmp(word, "-o") == 0 || strcmp(word, "--steps") == 0 || strcmp(word, "--width") == 0;

                return tool_misused("draw", is_known ? "nothing behind '%s'" : "no option '%s'", word);
        }
        return TOOL_DONE;
}

/* Without an option the name of the output says the format. A name that says another one is a mistake. */
static int choose_format(struct options *options)
{
        const char *slash = options->output == NULL ? NULL : strrchr(options->output, '/');
        const char *ending = options->output == NULL ? NULL : strrchr(slash == NULL ? options->output : slash, '.');

        for (unsigned i = 0; options->format == FORMAT_NONE && ending != NULL && i < NUM_ROWS; i++) {
                if (strcmp(formats[i].ending, ending) == 0) {
                        options->format = formats[i].format;
                }
        }
        if (options->format == FORMAT_NONE && ending != NULL) {
                return tool_misused("draw", "'%s' is no ending of a picture: .txt, .mmd, .svg or .html", ending);
        }
        options->format = options->format != FORMAT_NONE ? options->format : FORMAT_TEXT;
        return TOOL_DONE;
}

static int read_options(struct options *options, int argc, char **argv)
{
        bool only_names = false;

        for (int i = 1; i < argc; i++) {
                if (!only_names && strcmp(argv[i], "--") == 0) {
                        only_names = true;
                } else if (!only_names && argv[i][0] == '-' && argv[i][1] != '\0') {
                        int status = read_option(options, argc, argv, &i);

                        if (status != TOOL_DONE) {
                                return status;
                        }
                } else if (options->path != NULL) {
                        return tool_misused("draw", "one trace, and not '%s' too", argv[i]);
                } else {
                        options->path = argv[i];
                }
        }
        return options->path != NULL ? choose_format(options) : tool_misused("draw", "no trace given");
}

/* ---- the picture ---------------------------------------------------------------------------------------------------------- */

void draw_summary(const struct draw_model *model, struct draw_text *text)
{
        uint32_t refused = 0;

        for (uint32_t i = 0; i < model->steps.count; i++) {
                refused += model->steps.at[i].tone == DRAW_REFUSED;
        }
        draw_print(text, "%" PRIu32 " step%s, %" PRIu32 " refused", model->steps.count,
                   model->steps.count == 1 ? "" : "s", refused);
        draw_print(text, "%s", model->used ? "; recorded from an instance that was in use" : "");
        if (model->gaps != 0) {
                draw_print(text, "; at %" PRIu32 " edge%s the state before is not the one that the trace led to",
                           model->gaps, model->gaps == 1 ? "" : "s");
        }
        if (model->last + 1 - model->first < model->steps.count) {
                draw_print(text, "; drawn are steps %" PRIu32 " to %" PRIu32, model->first, model->last);
        }
}

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash == NULL ? path : slash + 1;
}

/* What a picture is limited to if nobody asked for certain steps. */
static int choose_steps(struct draw_model *model, const struct options *options)
{
        enum format format = options->format;
        uint32_t most = format == FORMAT_SVG ? SVG_STEPS : format == FORMAT_HTML ? HTML_STEPS : UINT32_MAX;

        if (options->first > model->steps.count) {
                return tool_misused("draw", "no step %" PRIu32 ": there are %" PRIu32, options->first,
                                    model->steps.count);
        }
        if (options->first != 0) {
                model->first = options->first;
        }
        if (options->last != 0 && options->last < model->last) {
                model->last = options->last;
        }
        if (options->first == 0 && options->last == 0 && model->last > most) {
                model->last = most;
        }
        return TOOL_DONE;
}

static unsigned width_of(const struct options *options, FILE *to)
{
        struct winsize size;

        if (options->width != 0) {
                return options->width;
        }
        if (isatty(fileno(to)) && ioctl(fileno(to), TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_MIN) {
                return size.ws_col;
        }
        return WIDTH;
}

static void draw(const struct draw_model *model, const struct options *options, FILE *to)
{
        switch (options->format) {
        case FORMAT_MERMAID:
                draw_as_mermaid(model, to);
                break;
        case FORMAT_SVG:
                draw_as_svg(model, to);
                break;
        case FORMAT_HTML:
                draw_as_html(model, to);
                break;
        default:
                draw_as_text(model, to, width_of(options, to), isatty(fileno(to)) && getenv("NO_COLOR") == NULL);
                break;
        }
}

static int draw_to_file(const struct draw_model *model, const struct options *options)
{
        FILE *to;
        bool failed;

        if (options->output == NULL || strcmp(options->output, "-") == 0) {
                draw(model, options, stdout);
                return TOOL_DONE;
        }
        to = fopen(options->output, "w");
        if (to == NULL) {
                return tool_failed("draw", "%s: %s", options->output, strerror(errno));
        }
        draw(model, options, to);
        failed = ferror(to) != 0;
        if (fclose(to) != 0 || failed) {
                return tool_failed("draw", "%s: could not be written", options->output);
        }
        return TOOL_DONE;
}

/* What a script does is what its recording says: it is run once. Whatever came of it is drawn, failures too. */
static struct script *record(const struct script *script, int *status)
{
        const char *folder = getenv("TMPDIR");
        struct script *trace = NULL;
        char path[4096];
        int file;

        if (snprintf(path, sizeof(path), "%s/rmmsim-draw-XXXXXX", folder != NULL ? folder : "/tmp") >=
                    (int)sizeof(path) ||
            (file = mkstemp(path)) < 0) {
                *status = tool_failed("draw", "%s: %s", path, strerror(errno));
                return NULL;
        }
        close(file);
        *status = run_script(script, &(struct run_options){ .quiet = true, .record = path });
        if (*status != TOOL_MISUSED) {
                trace = script_read(path, stderr);
        }
        unlink(path);
        return trace;
}

static int run(int argc, char **argv)
{
        struct options options = { 0 };
        struct draw_model model;
        struct script *script;
        struct script *trace;
        int drawn;
        int status = read_options(&options, argc, argv);

        if (status != TOOL_DONE || options.path == NULL) {
                return status;
        }
        script = script_read(options.path, stderr);
        if (script == NULL) {
                return TOOL_MISUSED;
        }
        trace = script->is_trace ? script : record(script, &status);
        if (trace != NULL) {
                draw_read(&model, trace, trace == script ? NULL : script,
                          strcmp(options.path, "-") == 0 ? "trace" : base_name(options.path));
        }
        if (trace != script) {
                script_free(trace);
        }
        script_free(script);
        if (trace == NULL) {
                return status != TOOL_DONE ? status : TOOL_FAILED;
        }
        drawn = choose_steps(&model, &options);
        if (drawn == TOOL_DONE) {
                drawn = draw_to_file(&model, &options);
        }
        draw_free(&model);
        return drawn != TOOL_DONE ? drawn : status;
}

const struct subcommand tool_draw = {
        .name = "draw",
        .summary = "draw a trace or script: text, Mermaid, SVG, a page to step through",
        .help = "usage: rmmsim draw TRACE|SCRIPT [--text | --mermaid | --svg | --html] [-o FILE] [--steps FIRST..LAST] "
                "[--width N]\n\n"
                "Draws what a trace says (docs/scripts.md) as a sequence diagram: who asked whom for what, what was "
                "answered, and\n"
                "which states that changed. A SCRIPT is run first. '-' is standard input.\n\n"
                "  --text      for a terminal; what there is if nothing else is asked for\n"
                "  --mermaid   for places that draw Mermaid in Markdown, up to the 50,000 characters that they read\n"
                "  --svg       one file that any browser shows; the first 2,000 steps, unless --steps says otherwise\n"
                "  --html      one file for a browser, to step through: the state of every object after each step.\n"
                "              #step=N behind its address leads to a step. The first 200,000 steps\n"
                "  -o FILE     where to; its name says the format too: .txt, .mmd, .svg, .html\n"
                "  --steps R   these steps only: 10..20, 10.., ..20\n"
                "  --width N   of the text, in columns: the terminal's, or 120\n\n"
                "Exit status: 0 done, 1 it could not be written, 2 no such trace, or mistakes in it: "
                "FILE:LINE:COLUMN.\n",
        .run = run,
};
