/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_inspect_dump.c - dumps: JSON as a parser reads it that knows nothing of its writer, pictures as dot draws them, text to the letter.
 */
#include "puppet.h"
#include <rmmsim/inspect.h>
#include <rmmsim/snapshot.h>
#include <stdlib.h>
#include <string.h>

static const char *const subjects[RMMSIM_NUM_DUMP_SUBJECTS] = { "machine", "granules", "realm",
                                                                "rec",     "rtt",      "statistics" };

/*
 * Two Realms. The first one has two RECs: the second of them waits for the first to be asked about; memory, a shared page, and
 * a range that was made EMPTY. The other one is new, and has nothing.
 */
struct scene {
        struct puppets all;
        struct realm_world other;
        uint64_t data;
        uint64_t shared;
};

static void furnish(struct realm_world *realm)
{
        (void)realm_share(realm, realm->par_top + 0x2000);
}

static void begin(struct scene *scene)
{
        const struct puppet_shape shape = { .num_recs = 2, .runnable = 3, .furnish = furnish };
        struct world *world = world_create_with(&(struct rmmsim_config){ .features = { .rec_aux_count = 2 } });

        puppets_create(&scene->all, world, &shape);
        realm_new(&scene->other, world,
                  &(struct realm_shape){ .s2sz = 33, .level_start = 1, .vmid = 9, .hash_algo = 1 });
        (void)world_delegated(world);
        (void)puppet_exit(&scene->all, 1, RMMSIM_EXIT_PSCI, psci_affinity_info, .target_affinity = 0);
        (void)puppet_exit(&scene->all, 0, RMMSIM_EXIT_RIPAS_CHANGE, rsi_ipa_state_set, .base = 0x4000, .top = 0x5000,
                          .ripas = RMMSIM_RIPAS_EMPTY);
        expect_success(world, rmi_rtt_set_ripas, .rd = scene->all.realm.rd, .rec = scene->all.realm.recs[0],
                       .base = 0x4000, .top = 0x5000);
}

static void end(struct scene *scene)
{
        world_destroy(scene->all.world);
}

static uint64_t address_of(const struct scene *scene, unsigned subject)
{
        return subject == RMMSIM_DUMP_REC ? scene->all.realm.recs[1] : scene->all.realm.rd;
}

/* A dump as a string, to be freed. */
static char *dumped(const struct scene *scene, unsigned subject, unsigned format)
{
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);

        ck_assert_ptr_nonnull(to);
        ck_assert_int_eq(rmmsim_dump(scene->all.world->sim, to, (enum rmmsim_dump_subject)subject,
                                     (enum rmmsim_dump_format)format, address_of(scene, subject)),
                         0);
        ck_assert_int_eq(fclose(to), 0);
        ck_assert_uint_gt(size, 0);
        return text;
}

static bool has_picture(unsigned subject)
{
        return subject == RMMSIM_DUMP_MACHINE || subject == RMMSIM_DUMP_REALM || subject == RMMSIM_DUMP_RTT;
}

static bool exists(const char *program)
{
        char command[64];

        snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
        if (system(command) != 0) {
                printf("%s is not installed: what it would check is skipped\n", program);
                return false;
        }
        return true;
}

/* Hand a text to a command of the shell, which must be content. */
static void expect_content(const char *command, const char *text)
{
        FILE *to = popen(command, "w");

        ck_assert_ptr_nonnull(to);
        ck_assert_int_ge(fputs(text, to), 0);
        ck_assert_msg(pclose(to) == 0, "%s\nis not content with\n%s", command, text);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------------ */

static void check_json(const struct scene *scene, unsigned subject, const char *facts)
{
        char command[2000];
        char *text = dumped(scene, subject, RMMSIM_DUMP_JSON);
        int length = snprintf(command, sizeof(command), "%s %s %s %s", CHECK_DUMP, DUMP_PAGE, subjects[subject], facts);

        ck_assert_uint_lt((size_t)length, sizeof(command));
        expect_content(command, text);
        free(text);
}

START_TEST(test_json)
{
        struct scene scene;
        char facts[1400];
        uint64_t rd;

        if (!exists("python3")) {
                return;
        }
        begin(&scene);
        rd = scene.all.realm.rd;
        snprintf(facts, sizeof(facts),
                 "num_pes=4 time=0 'regions[0].kind=\"%s\"' 'realms[0].rd=\"0x%llx\"' 'realms[1].rd=\"0x%llx\"' "
                 "'realms[1].hash_algo=\"SHA_512\"' 'realms[1].vmid=9' 'realms[1].state=\"REALM_NEW\"' "
                 "'realms[1].ipa_width=33' 'realms[1].rtt[0].count=4' 'realms[0].recs[1].psci.target=\"0x%llx\"' "
                 "'realms[0].recs[1].psci.function=\"PSCI_AFFINITY_INFO\"' 'realms[0].recs[1].psci.target_index=0' "
                 "'realms[0].recs[0].ripas_change.base=\"0x5000\"' 'realms[0].recs[0].ripas_change.ripas=\"EMPTY\"' "
                 "'realms[0].recs[0].last_exit=\"RIPAS_CHANGE\"' 'realms[0].state=\"REALM_ACTIVE\"'",
                 "DRAM", (unsigned long long)rd, (unsigned long long)scene.other.rd,
                 (unsigned long long)scene.all.realm.recs[0]);
        check_json(&scene, RMMSIM_DUMP_MACHINE, facts);
        snprintf(facts, sizeof(facts), "'granules[0].pa=\"0x%llx\"' 'granules[0].state=\"RD\"' 'granules[0].count=1' ",
                 (unsigned long long)rd);
        check_json(&scene, RMMSIM_DUMP_GRANULES, facts);
        check_json(&scene, RMMSIM_DUMP_REALM, "realms[0].num_recs=2");
        check_json(&scene, RMMSIM_DUMP_REC,
                   "recs[0].index=1 'recs[0].mpidr=\"0x1\"' 'recs[0].pending=\"PSCI_REQUEST\"'");
        check_json(&scene, RMMSIM_DUMP_RTT, "realms[0].rtt[0].level=0 'realms[0].rtt[0].state=\"TABLE\"'");
        check_json(
                &scene, RMMSIM_DUMP_STATISTICS,
                "statistics.exits.PSCI=1 statistics.exits.RIPAS_CHANGE=1 statistics.commands.RMI_REALM_CREATE.calls=2 "
                "statistics.commands.PSCI_AFFINITY_INFO.statuses.UNANSWERED=1");
        end(&scene);
}
END_TEST

/* Requests of the other kinds, and a REC that runs, which looks at itself. */
static void act_check(struct rmmsim_vcpu *vcpu, struct puppet *puppet)
{
        (void)vcpu;
        check_json(puppet->arg, RMMSIM_DUMP_REC, "'recs[0].state=\"REC_RUNNING\"' recs[0].pe=3");
        check_json(puppet->arg, RMMSIM_DUMP_MACHINE, "'realms[0].recs[1].state=\"REC_RUNNING\"'");
}

START_TEST(test_json_of_recs)
{
        struct scene scene;

        if (!exists("python3")) {
                return;
        }
        begin(&scene);
        expect_success(scene.all.world, rmi_psci_complete, .calling_rec = scene.all.realm.recs[1],
                       .target_rec = scene.all.realm.recs[0], .status = 0);
        (void)puppet_answer(&scene.all, 1);
        (void)puppet_exit(&scene.all, 1, RMMSIM_EXIT_HOST_CALL, rsi_host_call, .addr = REALM_PC + 0x100);
        check_json(&scene, RMMSIM_DUMP_REC, "'recs[0].host_call=\"0x1100\"' 'recs[0].last_exit=\"HOST_CALL\"'");
        (void)puppet_answer(&scene.all, 1);
        scene.all.pe = 3;
        puppet_order_act(&scene.all, 1, act_check, &scene);
        (void)puppet_answer(&scene.all, 1);
        end(&scene);
}
END_TEST

/* ---- pictures -------------------------------------------------------------------------------------------------------- */

static void check_picture(const struct scene *scene, unsigned subject, unsigned nodes, unsigned edges,
                          unsigned clusters)
{
        char *text = dumped(scene, subject, RMMSIM_DUMP_GRAPHVIZ);
        char command[400];

        snprintf(command, sizeof(command),
                 "svg=$(dot -Tsvg 2>&1) && count() { printf '%%s\\n' \"$svg\" | grep -c \"class=\\\"$1\\\"\"; } && "
                 "[ $(count node) = %u ] && [ $(count edge) = %u ] && [ $(count cluster) = %u ]",
                 nodes, edges, clusters);
        expect_content(command, text);
        free(text);
}

/*
 * The first Realm: its RD, two RECs, a root, three tables for each half, a page of DATA, a shared one: 12 nodes, with 11 edges between
 * parents and children, and one from the REC that asks to the one that it asks about. The other one: its RD and root. And
 * a node for what is DELEGATED.
 */
START_TEST(test_pictures)
{
        struct scene scene;

        if (!exists("dot")) {
                return;
        }
        begin(&scene);
        check_picture(&scene, RMMSIM_DUMP_MACHINE, 12 + 2 + 1, 11 + 1 + 1, 2);
        check_picture(&scene, RMMSIM_DUMP_REALM, 12, 11 + 1, 1);
        check_picture(&scene, RMMSIM_DUMP_RTT, 12 - 2, 11 - 2, 1);
        end(&scene);
}
END_TEST

/* ---- text ------------------------------------------------------------------------------------------------------------ */

/* Addresses are those that a fresh world hands out. */
START_TEST(test_text)
{
        static const char expected[] =
                "Translation tables of Realm 0x80001000\n"
                "  level        IPA                n  state               PA\n"
                "  0            0x0000000000000    1  TABLE               0x000080003000  1 live\n"
                "    1          0x0000000000000    1  TABLE               0x000080004000  1 live\n"
                "      2        0x0000000000000    1  TABLE               0x000080005000  3 live\n"
                "        3      0x0000000000000    2  UNASSIGNED_EMPTY\n"
                "        3      0x0000000002000    2  ASSIGNED_EMPTY      0x000080006000\n"
                "        3      0x0000000004000    1  UNASSIGNED_EMPTY\n"
                "        3      0x0000000005000    1  ASSIGNED_EMPTY      0x000080008000\n"
                "        3      0x0000000006000  506  UNASSIGNED_EMPTY\n"
                "      2        0x0000000200000  511  UNASSIGNED_EMPTY\n"
                "    1          0x0000040000000  511  UNASSIGNED_EMPTY\n"
                "  0            0x0008000000000    1  TABLE               0x00008000a000  1 live\n"
                "    1          0x0008000000000    1  TABLE               0x00008000b000  1 live\n"
                "      2        0x0008000000000    1  TABLE               0x00008000c000  1 live\n"
                "        3      0x0008000000000    1  ASSIGNED_NS         0x000080009000  rw, MemAttr 6, SH 3\n"
                "        3      0x0008000001000  511  UNASSIGNED_NS\n"
                "      2        0x0008000200000  511  UNASSIGNED_NS\n"
                "    1          0x0008040000000  511  UNASSIGNED_NS\n";
        struct world *world = world_create();
        struct realm_world realm;
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);

        realm_new(&realm, world, NULL);
        realm_map_tables(&realm, 0, 3);
        (void)realm_data_unknown(&realm, 0x2000);
        (void)realm_data_unknown(&realm, 0x3000);
        (void)realm_data_unknown(&realm, 0x5000);
        (void)realm_share(&realm, realm.par_top);
        ck_assert_int_eq(rmmsim_dump(world->sim, to, RMMSIM_DUMP_RTT, RMMSIM_DUMP_TEXT, realm.rd), 0);
        fclose(to);
        ck_assert_str_eq(text, expected);
        free(text);
        world_destroy(world);
}
END_TEST

/* Pages that follow one another are one line only if what they belong to follows, too. */
START_TEST(test_text_of_granules)
{
        static const char expected[] =
                "Granules: 17 not UNDELEGATED\n"
                "  PA              count  state      GPT        since                      belongs to\n"
                "  0x000080001000      1  RD         GPT_REALM  RMI_REALM_CREATE           Realm 0x80001000\n"
                "  0x000080002000      1  RTT        GPT_REALM  RMI_REALM_CREATE           Realm 0x80001000, IPA 0x0, "
                "level 0\n"
                "  0x000080003000      1  RTT        GPT_REALM  RMI_RTT_CREATE             Realm 0x80001000, IPA 0x0, "
                "level 1\n"
                "  0x000080004000      1  RTT        GPT_REALM  RMI_RTT_CREATE             Realm 0x80001000, IPA 0x0, "
                "level 2\n"
                "  0x000080005000      1  RTT        GPT_REALM  RMI_RTT_CREATE             Realm 0x80001000, IPA 0x0, "
                "level 3\n"
                "  0x000080006000      2  DATA       GPT_REALM  RMI_DATA_CREATE            Realm 0x80001000, IPA "
                "0x1000, level 3\n"
                "  0x000080008000      1  DATA       GPT_REALM  RMI_DATA_CREATE            Realm 0x80001000, IPA "
                "0x6000, level 3\n"
                "  0x000080009000      1  DATA       GPT_REALM  RMI_DATA_CREATE_UNKNOWN    Realm 0x80001000, IPA "
                "0x7000, level 3\n"
                "  0x00008000a000      1  REC        GPT_REALM  RMI_REC_CREATE             Realm 0x80001000, REC 0\n"
                "  0x00008000b000      2  REC_AUX    GPT_REALM  RMI_REC_CREATE             Realm 0x80001000, REC at "
                "0x8000a000, from number 0\n"
                "  0x00008000d000      1  REC        GPT_REALM  RMI_REC_CREATE             Realm 0x80001000, REC 1\n"
                "  0x00008000e000      1  REC_AUX    GPT_REALM  RMI_REC_CREATE             Realm 0x80001000, REC at "
                "0x8000d000, from number 1\n"
                "  0x00008000f000      1  REC_AUX    GPT_REALM  RMI_REC_CREATE             Realm 0x80001000, REC at "
                "0x8000d000, from number 0\n"
                "  0x000080010000      2  DELEGATED  GPT_REALM  RMI_GRANULE_DELEGATE\n";
        struct world *world = world_create_with(&(struct rmmsim_config){ .features = { .rec_aux_count = 2 } });
        struct rmmsim_rec_params *params = (void *)world->params;
        struct realm_world realm;
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);

        realm_new(&realm, world, NULL);
        realm_map_tables(&realm, 0, 3);
        (void)realm_data(&realm, 0x1000, 1);
        (void)realm_data(&realm, 0x2000, 1);
        (void)realm_data(&realm, 0x6000, 1);
        (void)realm_data_unknown(&realm, 0x7000);
        (void)realm_rec(&realm, true, 0);
        *params = (struct rmmsim_rec_params){ .mpidr = 1, .num_aux = 2 };
        realm.recs[1] = world_delegated(world);
        params->aux[1] = world_delegated(world);
        params->aux[0] = world_delegated(world);
        expect_success(world, rmi_rec_create, .rd = realm.rd, .rec = realm.recs[1], .params_ptr = world->params_pa);
        (void)world_delegated(world);
        (void)world_delegated(world);
        ck_assert_int_eq(rmmsim_dump(world->sim, to, RMMSIM_DUMP_GRANULES, RMMSIM_DUMP_TEXT, 0), 0);
        fclose(to);
        ck_assert_str_eq(text, expected);
        free(text);
        world_destroy(world);
}
END_TEST

/* What a reader looks for, and no line so long that it breaks. */
START_TEST(test_text_of_machine)
{
        static const char *const words[] = {
                "Machine: 4 PEs, time 0\n",
                "  DRAM    0x000080000000 .. 0x000084000000  16384 pages\n",
                "  DELEGATED  GPT_REALM  RMI_GRANULE_DELEGATE\n",
                "  REC_AUX    GPT_REALM  RMI_REC_CREATE ",
                ": REALM_ACTIVE\n",
                ": REALM_NEW\n",
                "  2 RECs of 2 ever created, each with 2 auxiliary Granules\n",
                "RIPAS_CHANGE: 0x5000 .. 0x5000 to EMPTY\n",
                "PSCI_REQUEST: PSCI_AFFINITY_INFO of REC 0 at 0x",
        };
        struct scene scene;
        char *text;

        begin(&scene);
        text = dumped(&scene, RMMSIM_DUMP_MACHINE, RMMSIM_DUMP_TEXT);
        for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                ck_assert_msg(strstr(text, words[i]) != NULL, "no \"%s\" in\n%s", words[i], text);
        }
        for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
                size_t length = strcspn(line, "\n");

                ck_assert_msg(length <= 140, "%zu characters: %.*s", length, (int)length, line);
                ck_assert_msg(length == 0 || line[length - 1] != ' ', "a blank at the end: %.*s", (int)length, line);
        }
        free(text);
        end(&scene);
}
END_TEST

/* ---- all formats ----------------------------------------------------------------------------------------------------- */

/* The same state gives the same bytes: in a second machine, and after going back. Another state gives others. */
START_TEST(test_same_bytes)
{
        struct scene one;
        struct scene two;

        begin(&one);
        begin(&two);
        ck_assert_int_eq(rmmsim_snapshot(two.all.world->sim, NULL), RMMSIM_ERROR_STATE); /* puppets are C guests */
        for (unsigned subject = 0; subject < RMMSIM_NUM_DUMP_SUBJECTS; subject++) {
                for (unsigned format = 0; format < RMMSIM_NUM_DUMP_FORMATS; format++) {
                        char *before;
                        char *after;

                        if (format == RMMSIM_DUMP_GRAPHVIZ && !has_picture(subject)) {
                                continue;
                        }
                        before = dumped(&one, subject, format);
                        after = dumped(&two, subject, format);
                        ck_assert_str_eq(before, after);
                        free(after);
                        after = dumped(&one, subject, format);
                        ck_assert_str_eq(before, after);
                        free(after);
                        free(before);
                }
        }
        end(&one);
        end(&two);
}
END_TEST

START_TEST(test_restored)
{
        static const uint64_t address = 0x80001000;
        struct world *world = world_create();
        struct realm_world realm;
        char *texts[3];

        realm_new(&realm, world, NULL);
        realm_rec(&realm, true, 0);
        ck_assert_uint_eq(realm.rd, address);
        ck_assert_int_eq(rmmsim_snapshot(world->sim, NULL), 0);
        for (unsigned i = 0; i < 3; i++) {
                size_t size;
                FILE *to = open_memstream(&texts[i], &size);

                ck_assert_int_eq(rmmsim_dump(world->sim, to, RMMSIM_DUMP_MACHINE, RMMSIM_DUMP_JSON, 0), 0);
                fclose(to);
                if (i == 0) {
                        (void)realm_data(&realm, 0x1000, 3);
                } else {
                        ck_assert_int_eq(rmmsim_restore(world->sim), 0);
                }
        }
        ck_assert_str_ne(texts[0], texts[1]);
        ck_assert_str_eq(texts[0], texts[2]);
        for (unsigned i = 0; i < 3; i++) {
                free(texts[i]);
        }
        world_destroy(world);
}
END_TEST

/* What cannot be dumped leaves no trace in the stream. */
START_TEST(test_refusals)
{
        struct scene scene;
        struct rmmsim *sim;
        char *text = NULL;
        size_t size;
        FILE *to = open_memstream(&text, &size);

        begin(&scene);
        sim = scene.all.world->sim;
        for (unsigned subject = 0; subject <= RMMSIM_NUM_DUMP_SUBJECTS; subject++) {
                for (unsigned format = 0; format <= RMMSIM_NUM_DUMP_FORMATS; format++) {
                        bool nonsense = subject == RMMSIM_NUM_DUMP_SUBJECTS || format == RMMSIM_NUM_DUMP_FORMATS ||
                                        (format == RMMSIM_DUMP_GRAPHVIZ && !has_picture(subject));
                        bool has_address = subject >= RMMSIM_DUMP_REALM && subject <= RMMSIM_DUMP_RTT;

                        if (nonsense || has_address) {
                                ck_assert_int_eq(rmmsim_dump(sim, to, (enum rmmsim_dump_subject)subject,
                                                             (enum rmmsim_dump_format)format, scene.other.rtt_base),
                                                 nonsense ? RMMSIM_ERROR_CONFIG : RMMSIM_ERROR_STATE);
                        }
                }
        }
        ck_assert_int_eq(rmmsim_dump(sim, to, RMMSIM_DUMP_REC, RMMSIM_DUMP_TEXT, scene.other.rd), RMMSIM_ERROR_STATE);
        ck_assert_int_eq(rmmsim_dump(sim, to, RMMSIM_DUMP_REALM, RMMSIM_DUMP_TEXT, scene.other.rd + 1),
                         RMMSIM_ERROR_STATE);
        fclose(to);
        ck_assert_uint_eq(size, 0);
        free(text);
        end(&scene);
}
END_TEST

static Suite *suite(void)
{
        Suite *suite = suite_create("inspect_dump");
        TCase *tcase = tcase_create("all");

        tcase_add_test(tcase, test_json);
        tcase_add_test(tcase, test_json_of_recs);
        tcase_add_test(tcase, test_pictures);
        tcase_add_test(tcase, test_text);
        tcase_add_test(tcase, test_text_of_granules);
        tcase_add_test(tcase, test_text_of_machine);
        tcase_add_test(tcase, test_same_bytes);
        tcase_add_test(tcase, test_restored);
        tcase_add_test(tcase, test_refusals);
        suite_add_tcase(suite, tcase);
        return suite;
}

int main(void)
{
        return run_suite(suite());
}
