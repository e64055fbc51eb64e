/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_explore_svg.c - the drawing of a finding: XML that every reader takes, with each lane and step in it, and no text that does not
 * fit.
 */
#include "explore_stage.h"
#include <locale.h>
#include <wchar.h>

/* ---- a reader of the XML that a drawing may consist of -------------------------------------------------------------------- */

static struct reader {
        const char *at;
        char open[8][32]; /* names of the elements around */
        unsigned depth;
        int width; /* of the drawing */
        unsigned num_texts;
        char texts[1600][128]; /* as they are read: entities resolved */
} reader;

static bool skip(const char *what)
{
        bool there = strncmp(reader.at, what, strlen(what)) == 0;

        reader.at += there ? strlen(what) : 0;
        return there;
}

/* One character between elements or inside an attribute, resolved. */
static char read_character(void)
{
        static const struct {
                const char *entity;
                char c;
        } rows[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' } };

        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                if (skip(rows[i].entity)) {
                        return rows[i].c;
                }
        }
        ck_assert_int_ne(*reader.at, '&');
        ck_assert_int_ne(*reader.at, '<');
        ck_assert(*reader.at == '\n' || (unsigned char)*reader.at >= ' ');
        return *reader.at++;
}

static void read_name(char *name)
{
        unsigned length = 0;

        while ((*reader.at >= 'a' && *reader.at <= 'z') || (*reader.at >= 'A' && *reader.at <= 'Z') ||
               (length != 0 && (*reader.at == '-' || (*reader.at >= '0' && *reader.at <= '9')))) {
                ck_assert_uint_lt(length, 31);
                name[length++] = *reader.at++;
        }
        ck_assert_uint_ne(length, 0);
        name[length] = '\0';
}

/* Returns the x of the element, or 0. */
static int read_attributes(void)
{
        int x = 0;

        while (skip(" ")) {
                char name[32];

                read_name(name);
                ck_assert(skip("=\""));
                if (strcmp(name, "x") == 0) {
                        x = atoi(reader.at);
                }
                if (strcmp(name, "width") == 0 && reader.depth == 0) {
                        reader.width = atoi(reader.at);
                }
                while (*reader.at != '"') {
                        (void)read_character();
                }
                reader.at++;
        }
        return x;
}

/* What stands between the tags of a text must end within the drawing: a character is 0.6 of its 12 pixels wide. */
static void read_text(int x)
{
        char *text = reader.texts[reader.num_texts++];
        unsigned length = 0;
        size_t characters;

        ck_assert_uint_lt(reader.num_texts, 1600);
        while (*reader.at != '<') {
                if (length < 127) {
                        text[length++] = read_character();
                } else {
                        (void)read_character();
                        length++;
                }
                ck_assert_uint_lt(length, 2000);
        }
        text[length < 127 ? length : 127] = '\0';
        characters = length < 127 ? mbstowcs(NULL, text, 0) : length;
        ck_assert_int_ne((int)characters, -1);
        ck_assert_int_le(x + (int)characters * 72 / 10, reader.width);
}

static void read_element(void)
{
        char name[32];

        if (skip("</")) {
                read_name(name);
                ck_assert(skip(">"));
                ck_assert_uint_gt(reader.depth, 0);
                ck_assert_str_eq(name, reader.open[--reader.depth]);
                return;
        }
        ck_assert(skip("<"));
        read_name(name);
        int x = read_attributes();

        if (skip("/>")) {
                return;
        }
        ck_assert(skip(">"));
        ck_assert_uint_lt(reader.depth, 8);
        memcpy(reader.open[reader.depth++], name, sizeof(name));
        if (strcmp(name, "text") == 0) {
                read_text(x);
        }
}

/* Draws the finding and reads it. Returns the drawing; the caller frees it. */
static char *drawn(const struct rmmsim_finding *of)
{
        char *drawing = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&drawing, &size);

        ck_assert_ptr_nonnull(file);
        ck_assert_int_eq(rmmsim_finding_svg(of, file), 0);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_uint_eq(strlen(drawing), size);
        ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
        ck_assert_int_ne((int)mbstowcs(NULL, drawing, 0), -1);
        reader.at = drawing;
        reader.depth = reader.num_texts = 0;
        ck_assert_int_eq(strncmp(drawing, "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 40), 0);
        do {
                read_element();
                while (*reader.at != '\0' && *reader.at != '<') {
                        (void)read_character();
                }
        } while (reader.depth != 0);
        ck_assert_int_eq(*reader.at, '\0');
        return drawing;
}

static unsigned count_texts(const char *text)
{
        unsigned count = 0;

        for (unsigned i = 0; i < reader.num_texts; i++) {
                count += strcmp(reader.texts[i], text) == 0;
        }
        return count;
}

static unsigned count_in(const char *drawing, const char *what)
{
        unsigned count = 0;

        while ((drawing = strstr(drawing, what)) != NULL) {
                drawing += strlen(what);
                count++;
        }
        return count;
}

/* ---- what is drawn ---------------------------------------------------------------------------------------------------------- */

static struct rmmsim_mutex nasty = { .name = "<a>&\"b\"'c'&lt;]]>" };

static void lock_twice(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)sim;
        (void)pe;
        (void)arg;
        rmmsim_mutex_lock(&nasty);
        rmmsim_yield_at("<!-- & -->");
        rmmsim_mutex_lock(&nasty);
}

START_TEST(names_are_text)
{
        static const struct rmmsim_program program = { .pes = { lock_twice } };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM };

        expect_found(RMMSIM_FOUND_MISUSE, &program, &strategy);
        free(drawn(&finding));
        ck_assert_uint_eq(count_texts("misuse: PE 0 locks mutex '<a>&\"b\"'c'&lt;]]>', which it holds already"), 1);
        ck_assert_uint_eq(count_texts("lock mutex '<a>&\"b\"'c'&lt;]]>'"), 1);
        ck_assert_uint_eq(count_texts("<!-- & -->"), 1);
        ck_assert_uint_eq(count_texts("replay: rmmsim-explore:1 pes=1 p="), 1);
}
END_TEST

static void idle_guest(struct rmmsim_vcpu *vcpu, void *arg, int result, struct rmmsim_trap *next)
{
        (void)vcpu;
        (void)arg;
        (void)result;
        next->kind = RMMSIM_TRAP_WFI;
}

static void enter(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_rec_enter, .rec = stage.realm.recs[0], .run_ptr = stage.granule);
}

static void delegate(struct rmmsim *sim, unsigned pe, void *arg)
{
        (void)arg;
        (void)rmmsim_call(sim, pe, rmi_granule_delegate, .addr = stage.granule);
}

/* PE 0 enters a REC, and PE 1 wants the run page meanwhile. */
START_TEST(lanes_steps_and_turns)
{
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_REPLAY,
                                                         .line = "rmmsim-explore:1 pes=2 p=4>1" };
        struct rmmsim_program program = { .pes = { enter, delegate } };
        char *drawing;

        begin();
        realm_running(&stage.realm, stage.world, 1, NULL, NULL);
        ck_assert_int_eq(rmmsim_guest_bind_step(stage.world->sim, stage.realm.rd, REALM_PC, idle_guest, NULL), 0);
        program.sim = stage.world->sim;
        expect_nothing(&program, &strategy);
        ck_assert_uint_gt(finding.num_steps, 16);
        drawing = drawn(&finding);
        ck_assert_uint_eq(count_texts("nothing: no schedule that was run failed"), 1);
        ck_assert_uint_eq(count_texts("PE 0"), 1);
        ck_assert_uint_eq(count_texts("PE 1"), 1);
        ck_assert_uint_eq(count_texts("guest on PE 0"), 1);
        ck_assert_uint_eq(count_texts("guest on PE 1"), 0);
        ck_assert_uint_eq(count_texts("RMM"), 1);
        ck_assert_uint_eq(count_texts("choice 4: PE 1 goes on"), 1);
        ck_assert_uint_eq(count_in(drawing, "class=\"preemption\""), 1);
        for (unsigned i = 0; i < finding.num_steps; i++) {
                ck_assert_uint_ge(count_texts(finding.steps[i].text), 1);
        }
        /* Two calls, an entry and an exit, and the turn: each is an arrow. And three stays, of which the guest's is one. */
        ck_assert_uint_eq(count_in(drawing, "<polygon "), 2 * 2 + 2 + 1);
        ck_assert_uint_eq(count_in(drawing, "class=\"inside\""), 3);
        /* The run page is the first object that is touched, by both; the REC and the RD are PE 0's alone. */
        ck_assert_uint_eq(count_in(drawing, "fill=\"#ffd54f\" class=\"mark\""), 7);
        ck_assert_uint_eq(count_texts("1"), 7);
        ck_assert_uint_eq(count_in(drawing, "fill=\"#fff\" class=\"mark\""), 4 + 2);
        ck_assert_uint_eq(count_texts("2"), 4);
        ck_assert_uint_eq(count_texts("3"), 2);
        free(drawing);
        end();
}
END_TEST

START_TEST(the_same_finding_is_the_same_drawing)
{
        static const struct rmmsim_program program = { .pes = { lock_twice, lock_twice } };
        static const struct rmmsim_strategy strategy = { .kind = RMMSIM_STRATEGY_RANDOM };
        char *first;
        char *second;

        expect_found(RMMSIM_FOUND_MISUSE, &program, &strategy);
        first = drawn(&finding);
        second = drawn(&finding);
        ck_assert_str_eq(first, second);
        free(first);
        free(second);
}
END_TEST

/* ---- findings of any kind ----------------------------------------------------------------------------------------------------- */

START_TEST(what_is_empty)
{
        char *drawing;

        memset(&finding, 0, sizeof(finding));
        drawing = drawn(&finding);
        ck_assert_uint_eq(reader.num_texts, 2);
        ck_assert_uint_eq(count_texts("RMM"), 1);
        ck_assert_uint_eq(count_in(drawing, "<circle "), 0);
        free(drawing);
}
END_TEST

static void step_is(unsigned i, unsigned pe, enum rmmsim_step_kind kind, const char *text)
{
        struct rmmsim_step *step = &finding.steps[i];

        *step = (struct rmmsim_step){
                .pe = pe, .kind = kind, .command = RMMSIM_COMMAND_rmi_rec_enter, .object = i + 1
        };
        (void)snprintf(step->text, sizeof(step->text), "%s %u", text, i);
}

/* All room is used, texts are as long as they can be, and the steps begin and end inside entries of all PEs. */
START_TEST(what_is_full)
{
        static const enum rmmsim_step_kind kinds[] = { RMMSIM_STEP_TRAP, RMMSIM_STEP_YIELD, RMMSIM_STEP_LOCK };
        char *drawing;

        memset(&finding, 0, sizeof(finding));
        finding.kind = RMMSIM_FOUND_LIVELOCK;
        finding.num_pes = RMMSIM_EXPLORE_PES_MAX;
        finding.steps_left_out = UINT64_MAX;
        finding.num_steps = RMMSIM_FINDING_STEPS_MAX;
        memset(finding.sentence, 'w', sizeof(finding.sentence) - 1);
        memset(finding.replay, 'r', sizeof(finding.replay) - 1);
        for (unsigned i = 0; i < RMMSIM_FINDING_STEPS_MAX; i++) {
                step_is(i, i / 5 % RMMSIM_EXPLORE_PES_MAX, kinds[i % 3],
                        "a step with a text that fills the whole room of");
                finding.steps[i].preempts = i % 5 == 0;
                finding.steps[i].choice = UINT64_MAX;
        }
        drawing = drawn(&finding);
        ck_assert_uint_eq(count_texts("18446744073709551615 steps before these are left out."), 1);
        for (unsigned i = 0; i < RMMSIM_FINDING_STEPS_MAX; i++) {
                ck_assert_uint_eq(count_texts(finding.steps[i].text), 1);
        }
        ck_assert_uint_eq(count_in(drawing, "class=\"preemption\""), 103); /* 512 / 5, and the first of those left */
        ck_assert_uint_eq(count_in(drawing, "class=\"inside\""), 2 * RMMSIM_EXPLORE_PES_MAX);
        free(drawing);
}
END_TEST

/* Returns and exits whose begin has been left out, and a guest that makes a call of the host's. */
START_TEST(what_begins_in_the_middle)
{
        static const enum rmmsim_step_kind kinds[] = { RMMSIM_STEP_SMC, RMMSIM_STEP_SMC_RETURN, RMMSIM_STEP_REC_EXIT,
                                                       RMMSIM_STEP_SMC_RETURN, RMMSIM_STEP_END };
        char *drawing;

        memset(&finding, 0, sizeof(finding));
        finding.kind = RMMSIM_FOUND_FAILURE;
        finding.num_pes = 1;
        finding.num_steps = sizeof(kinds) / sizeof(kinds[0]);
        finding.steps_left_out = 9;
        for (unsigned i = 0; i < finding.num_steps; i++) {
                step_is(i, 0, kinds[i], "step");
        }
        drawing = drawn(&finding);
        ck_assert_uint_eq(count_texts("guest on PE 0"), 1);
        ck_assert_uint_eq(count_in(drawing, "class=\"inside\""), 2);
        ck_assert_uint_eq(count_in(drawing, "<polygon "), 4);
        ck_assert_uint_eq(count_in(drawing, "<circle "), 1);
        free(drawing);
}
END_TEST

/* A name that was cut within a character, bytes that are no character, and controls, which XML has no way to write. */
START_TEST(what_is_no_text)
{
        static const struct {
                const char *text;
                const char *shown;
        } rows[] = {
                { "gr\xc3\xb6\xc3\x9f"
                  "er \xf0\x9f\x98\x80",
                  "gr\xc3\xb6\xc3\x9f"
                  "er \xf0\x9f\x98\x80" },
                { "cut \xf0\x9f\x98", "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
                { "cut \xc3", "cut \xef\xbf\xbd" },
                { "\x01\x1b[1m\x7f", "\xef\xbf\xbd\xef\xbf\xbd[1m\x7f" },
                { "two\nlines\tand\r", "two lines and " },
                { "\xc0\xbc long", "\xef\xbf\xbd\xef\xbf\xbd long" },
                { "\xed\xa0\x80 surrogate", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd surrogate" },
                { "\xef\xbf\xbe none", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd none" },
                { "\xff\x80", "\xef\xbf\xbd\xef\xbf\xbd" },
        };

        memset(&finding, 0, sizeof(finding));
        finding.num_pes = 1;
        finding.num_steps = sizeof(rows) / sizeof(rows[0]);
        for (unsigned i = 0; i < finding.num_steps; i++) {
                step_is(i, 0, RMMSIM_STEP_YIELD, "");
                strcpy(finding.steps[i].text, rows[i].text);
        }
        free(drawn(&finding));
        for (unsigned i = 0; i < finding.num_steps; i++) {
                ck_assert_msg(count_texts(rows[i].shown) == 1, "row %u", i);
        }
}
END_TEST

/* A field without an end is read to its end. */
START_TEST(what_has_no_end)
{
        memset(&finding, 0, sizeof(finding));
        finding.kind = RMMSIM_FOUND_FAILURE;
        finding.num_pes = finding.num_steps = 1;
        memset(finding.steps[0].text, 'x', sizeof(finding.steps[0].text));
        memset(finding.sentence, 'y', sizeof(finding.sentence));
        free(drawn(&finding));
        ck_assert_uint_eq(count_texts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), 1);
}
END_TEST

START_TEST(what_is_no_finding)
{
        memset(&finding, 0, sizeof(finding));
        finding.num_pes = finding.num_steps = 1;
        ck_assert_int_eq(rmmsim_finding_svg(NULL, stdout), RMMSIM_ERROR_CONFIG);
        ck_assert_int_eq(rmmsim_finding_svg(&finding, NULL), RMMSIM_ERROR_CONFIG);
        finding.steps[0].pe = 1;
        ck_assert_int_eq(rmmsim_finding_svg(&finding, stdout), RMMSIM_ERROR_CONFIG);
        finding.steps[0].pe = 0;
        finding.steps[0].kind = RMMSIM_NUM_STEP_KINDS;
        ck_assert_int_eq(rmmsim_finding_svg(&finding, stdout), RMMSIM_ERROR_CONFIG);
        finding.steps[0].kind = RMMSIM_STEP_START;
        finding.num_pes = RMMSIM_EXPLORE_PES_MAX + 1;
        ck_assert_int_eq(rmmsim_finding_svg(&finding, stdout), RMMSIM_ERROR_CONFIG);
        finding.num_pes = 1;
        finding.num_steps = RMMSIM_FINDING_STEPS_MAX + 1;
        ck_assert_int_eq(rmmsim_finding_svg(&finding, stdout), RMMSIM_ERROR_CONFIG);
        finding.num_steps = 1;
        finding.kind = RMMSIM_NUM_FINDINGS;
        ck_assert_int_eq(rmmsim_finding_svg(&finding, stdout), RMMSIM_ERROR_CONFIG);
        finding.kind = RMMSIM_FOUND_NOTHING;
        free(drawn(&finding));
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("explore_svg");
        TCase *tcase = tcase_create("drawing");

        tcase_add_test(tcase, names_are_text);
        tcase_add_test(tcase, lanes_steps_and_turns);
        tcase_add_test(tcase, the_same_finding_is_the_same_drawing);
        tcase_add_test(tcase, what_is_empty);
        tcase_add_test(tcase, what_is_full);
        tcase_add_test(tcase, what_begins_in_the_middle);
        tcase_add_test(tcase, what_is_no_text);
        tcase_add_test(tcase, what_has_no_end);
        tcase_add_test(tcase, what_is_no_finding);
        suite_add_tcase(suite, tcase);
        return run_suite(suite);
}
