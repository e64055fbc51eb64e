/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_guest_memory.c - what a Realm's access comes to, by what is at the address: every cell of the table, by every kind of
 * instruction.
 *
 * Specification: Realm access outcomes; RTT sheet sections 5.1 and 5.2.
 */
#include "script.h"
#include <string.h>

static const struct rmmsim_config plain = { .num_pes = WORLD_PES };

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define OFFSET              UINT64_C(0xab8)

/* ---- the table -------------------------------------------------------------------------------------------------------------- */

enum outcome {
        DONE,
        SEA,              /* to the Realm                                                            */
        ADDRESS_SIZE,     /* to the Realm                                                            */
        EXIT_PROTECTED,   /* to the host: translation fault, not emulatable; or an Instruction Abort */
        EXIT_UNPROTECTED, /* to the host: translation fault, emulatable if the syndrome is valid     */
        EXIT_PERMISSION   /* the same, permission fault                                              */
};

struct row {
        const char *name;
        uint64_t page;
        unsigned level; /* where the walk ends */
        enum outcome read;
        enum outcome write;
        enum outcome fetch;
};

#define EMPTY_WITH_MEMORY UINT64_C(0x400000)
#define LOST              UINT64_C(0x5000)
#define REPLACED          UINT64_C(0x6000)
#define SHARED(s2ap)      (STAGE_DEVICE + 0x10000 + 0x1000 * (s2ap))

static const struct row rows[] = {
        { "UNASSIGNED, EMPTY", STAGE_EMPTY, 2, SEA, SEA, SEA },
        { "UNASSIGNED, EMPTY, no table at all", 0x4000000000, 1, SEA, SEA, SEA },
        { "ASSIGNED, EMPTY", EMPTY_WITH_MEMORY, 3, SEA, SEA, SEA },
        { "UNASSIGNED, RAM", STAGE_HOLE, 3, EXIT_PROTECTED, EXIT_PROTECTED, EXIT_PROTECTED },
        { "ASSIGNED, RAM", STAGE_DATA, 3, DONE, DONE, DONE },
        { "UNASSIGNED, DESTROYED", LOST, 3, EXIT_PROTECTED, EXIT_PROTECTED, EXIT_PROTECTED },
        { "ASSIGNED, DESTROYED", REPLACED, 3, EXIT_PROTECTED, EXIT_PROTECTED, EXIT_PROTECTED },
        { "UNASSIGNED_NS", STAGE_DEVICE, 3, EXIT_UNPROTECTED, EXIT_UNPROTECTED, SEA },
        { "UNASSIGNED_NS, no table", STAGE_NOTABLE, 1, EXIT_UNPROTECTED, EXIT_UNPROTECTED, SEA },
        { "ASSIGNED_NS, no access", SHARED(0), 3, EXIT_PERMISSION, EXIT_PERMISSION, SEA },
        { "ASSIGNED_NS, read", SHARED(1), 3, DONE, EXIT_PERMISSION, SEA },
        { "ASSIGNED_NS, write", SHARED(2), 3, EXIT_PERMISSION, DONE, SEA },
        { "ASSIGNED_NS, read and write", SHARED(3), 3, DONE, DONE, SEA },
        { "outside", STAGE_OUTSIDE, 0, ADDRESS_SIZE, ADDRESS_SIZE, ADDRESS_SIZE },
        { "far outside", 0xfffffffffffff000, 0, ADDRESS_SIZE, ADDRESS_SIZE, ADDRESS_SIZE },
};

static void create(struct stage *stage, const struct rmmsim_config *config)
{
        struct realm_world *realm = &stage->realm;

        stage_create(stage, config);
        realm_map_tables(realm, 0x4000000000, 1);
        realm_data_unknown(realm, EMPTY_WITH_MEMORY);
        for (uint64_t page = LOST; page <= REPLACED; page += PAGE) {
                realm_data_unknown(realm, page);
                expect_success(stage->world, rmi_data_destroy, .rd = realm->rd, .ipa = page);
        }
        realm_data_unknown(realm, REPLACED);
        for (uint64_t s2ap = 0; s2ap < 4; s2ap++) {
                expect_success(stage->world, rmi_rtt_map_unprotected, .rd = realm->rd, .ipa = SHARED(s2ap), .level = 3,
                               .desc = world_page(stage->world) | s2ap << 6 | 6 << 2);
        }
}

/* The ways to access an address: with a valid syndrome (64 bits, X4), without, and by fetching from it. */
static uint64_t buffer[8];

enum way {
        LOAD,
        STORE,
        COPY_IN,
        COPY_OUT,
        FETCH,
        NUM_WAYS
};

static struct script_line line_of(enum way way, uint64_t ipa)
{
        switch (way) {
        case LOAD:
                return (struct script_line)OP_LOAD(ipa, 8, 4);
        case STORE:
                return (struct script_line)OP_STORE(ipa, 8, 4, 0x0123456789abcdef);
        case COPY_IN:
                return (struct script_line)OP_COPY_IN(buffer, ipa, sizeof(buffer));
        case COPY_OUT:
                return (struct script_line)OP_COPY_OUT(ipa, buffer, sizeof(buffer));
        default:
                return (struct script_line)OP_FETCH(ipa);
        }
}

/* ESR_EL2 without the fault status, and as EL1 sees it: EC 0x24 becomes 0x25, 0x20 becomes 0x21. */
static const uint64_t syndromes[NUM_WAYS] = { 0x93c48000, 0x93c48040, 0x92000000, 0x92000040, 0x82000000 };
#define FROM_EL1 UINT64_C(0x04000000)
#define EA       UINT64_C(0x200)

static void expect_exit(struct stage *stage, enum way way, const struct row *row, unsigned fault)
{
        struct rmmsim_rec_exit exit = { .exit_reason = RMMSIM_EXIT_SYNC, .hpfar = row->page >> 8 };
        bool emulatable = way <= STORE && row->page >= STAGE_DEVICE;

        exit.esr = syndromes[way] + fault + row->level;
        if (emulatable) {
                exit.esr &= 0xfdc09e7f;
                exit.far = OFFSET;
                exit.gprs[0] = way == STORE ? 0x0123456789abcdef : 0;
        } else {
                exit.esr &= row->page >= STAGE_DEVICE ? 0xfe001e3f : 0xfc001e3f;
        }
        stage_expect_exit(stage, &exit, row->name, (int)way);
        ck_assert_uint_eq(stage->script.done, 0);
        /* What is not emulatable cannot be emulated. */
        if (!emulatable) {
                ck_assert_uint_eq(stage_enter(stage, RMMSIM_ENTER_EMUL_MMIO), RMMSIM_RMI_ERROR_REC);
        }
}

static void expect_way(struct stage *stage, enum way way, const struct row *row)
{
        enum outcome outcome = way == FETCH ? row->fetch : way == STORE || way == COPY_OUT ? row->write : row->read;
        struct script_line line = line_of(way, row->page + OFFSET);

        script_set(&stage->script, &line, 1);
        switch (outcome) {
        case DONE:
                stage_finish(stage);
                ck_assert_int_eq(stage_after(stage, 0)->result, 0);
                ck_assert_uint_eq(stage_after(stage, 0)->pc, REALM_PC + 4);
                break;
        case SEA:
                stage_finish(stage);
                stage_expect_exception(stage, 0, syndromes[way] | FROM_EL1 | EA | 0x10, row->page + OFFSET);
                break;
        case ADDRESS_SIZE: /* with stage 1 off at level 0; the syndrome of an access is EL2's only */
                stage_finish(stage);
                stage_expect_exception(stage, 0, (syndromes[way] & 0xfe000040) | FROM_EL1, row->page + OFFSET);
                break;
        default:
                expect_exit(stage, way, row, outcome == EXIT_PERMISSION ? 0x0c : 0x04);
                break;
        }
}

START_TEST(every_cell)
{
        struct stage stage;

        create(&stage, &plain);
        expect_way(&stage, (enum way)(_i % NUM_WAYS), &rows[_i / NUM_WAYS]);
        stage_destroy(&stage);
}
END_TEST

START_TEST(outside_as_deployed_monitors_do_it)
{
        struct row row = rows[13 + _i / NUM_WAYS];
        struct stage stage;

        row.read = row.write = row.fetch = SEA;
        create(&stage, &(const struct rmmsim_config){ .quirks = RMMSIM_QUIRK_ipa_space_sea });
        expect_way(&stage, (enum way)(_i % NUM_WAYS), &row);
        stage_destroy(&stage);
}
END_TEST

/* ---- what cannot be an instruction, or does not get as far as stage 2 ------------------------------------------------------- */

/* Stage 1 is off, so memory is Device memory: an access that is not aligned to its size faults, whatever is there. */
START_TEST(alignment)
{
        struct stage stage;

        create(&stage, &plain);
        stage_play(&stage, OP_LOAD(STAGE_DATA + 2, 4, 4), OP_STORE(STAGE_DATA + 4, 8, 4, 1),
                   OP_LOAD(STAGE_DATA + 0xfff, 2, 4), OP_LOAD(STAGE_HOLE + 1, 8, 4), OP_LOAD(STAGE_OUTSIDE + 1, 2, 4),
                   OP_LOAD(STAGE_DATA + 3, 1, 4));
        stage_finish(&stage);
        stage_expect_exception(&stage, 0, 0x96000021, STAGE_DATA + 2);
        ck_assert_uint_eq(stage_after(&stage, 1)->exception.esr, 0x96000061);
        ck_assert_uint_eq(stage_after(&stage, 2)->exception.far, STAGE_DATA + 0xfff);
        ck_assert_uint_eq(stage_after(&stage, 3)->exception.esr, 0x96000021);
        ck_assert_uint_eq(stage_after(&stage, 4)->exception.esr, 0x96000021);
        ck_assert_int_eq(stage_after(&stage, 5)->result, 0);
        ck_assert_uint_eq(stage_after(&stage, 5)->x[4], 0x11);
        stage_destroy(&stage);
}
END_TEST

/* Not an instruction: Undefined, and FAR_EL1 is left alone. */
START_TEST(no_instruction)
{
        static uint8_t page[8192];
        static const struct script_line lines[] = {
                OP_LOAD(STAGE_DATA, 0, 4),
                OP_LOAD(STAGE_DATA, 3, 4),
                OP_STORE(STAGE_DATA, 16, 4, 0),
                OP(.trap = { .kind = RMMSIM_TRAP_LOAD, .ipa = STAGE_DATA, .size = 8, .rt = 32 }),
                OP_COPY_IN(page, STAGE_DATA, 4097),
                OP_COPY_OUT(STAGE_DATA + 4000, page, 97),
                OP_COPY_IN(page, STAGE_DATA + 1, 0xffffffff),
        };
        struct stage stage;

        create(&stage, &plain);
        stage_play(&stage, OP_LOAD(STAGE_DATA + 0xfff, 2, 4));
        stage_finish(&stage);
        script_set(&stage.script, &lines[_i], 1);
        stage_finish(&stage);
        ck_assert_uint_eq(stage_after(&stage, 0)->exception.esr, 0x02000000);
        ck_assert_uint_eq(stage_after(&stage, 0)->exception.far, STAGE_DATA + 0xfff);
        ck_assert_uint_eq(stage_after(&stage, 0)->exception.elr, stage_after(&stage, 0)->pc_before);
        stage_destroy(&stage);
}
END_TEST

/* ---- blocks ------------------------------------------------------------------------------------------------------------------ */

START_TEST(host_block)
{
        struct stage stage;
        uint64_t block;

        stage_create(&stage, &plain);
        realm_map_tables(&stage.realm, STAGE_DEVICE + MIB2, 2);
        block = world_pages(stage.world, 512, MIB2);
        expect_success(stage.world, rmi_rtt_map_unprotected, .rd = stage.realm.rd, .ipa = STAGE_DEVICE + MIB2,
                       .level = 2, .desc = block | 3 << 6 | 6 << 2);
        stage_play(&stage, OP_STORE(STAGE_DEVICE + MIB2, 8, 4, 0x1234),
                   OP_STORE(STAGE_DEVICE + 2 * MIB2 - 8, 8, 4, 0x5678),
                   OP_STORE(STAGE_DEVICE + MIB2 + 0x12345, 1, 4, 0x9a), OP_LOAD(STAGE_DEVICE + 2 * MIB2, 8, 4));
        stage_expect(&stage, .exit_reason = RMMSIM_EXIT_SYNC, .esr = 0x91c08006,
                     .hpfar = (STAGE_DEVICE + 2 * MIB2) >> 8);
        ck_assert_uint_eq(*(uint64_t *)world_at(stage.world, block), 0x1234);
        ck_assert_uint_eq(((uint64_t *)world_at(stage.world, block + MIB2 - PAGE))[511], 0x5678);
        ck_assert_uint_eq(((uint8_t *)world_at(stage.world, block + 0x12000))[0x345], 0x9a);
        stage_destroy(&stage);
}
END_TEST

/* 512 pages that lie together, folded into a block and unfolded again: the Realm sees the same bytes all along. */
START_TEST(realm_block)
{
        static uint64_t seen[4];
        struct stage stage;
        struct rmmsim_regs regs;
        uint64_t block;

        stage_create(&stage, &plain);
        realm_map_tables(&stage.realm, STAGE_EMPTY, 3);
        block = world_delegated_pages(stage.world, 512, MIB2);
        stage_play(&stage, OP_SMC(RMMSIM_RSI_IPA_STATE_SET, STAGE_EMPTY, STAGE_EMPTY + MIB2, RMMSIM_RIPAS_RAM, 1),
                   OP_STORE(STAGE_EMPTY, 8, 4, 0x1111), OP_STORE(STAGE_EMPTY + MIB2 - 8, 8, 4, 0x2222),
                   OP_COPY_IN(&seen[0], STAGE_EMPTY, 8), OP_COPY_IN(&seen[1], STAGE_EMPTY + MIB2 - 8, 8), OP_WFI,
                   OP_COPY_IN(&seen[2], STAGE_EMPTY, 8), OP_COPY_IN(&seen[3], STAGE_EMPTY + MIB2 - 8, 8));
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        expect_success(stage.world, rmi_rtt_set_ripas, .rd = stage.realm.rd, .rec = stage.realm.recs[0],
                       .base = STAGE_EMPTY, .top = STAGE_EMPTY + MIB2);
        for (uint64_t i = 0; i < 512; i++) {
                expect_success(stage.world, rmi_data_create_unknown, .rd = stage.realm.rd, .data = block + i * PAGE,
                               .ipa = STAGE_EMPTY + i * PAGE);
        }
        regs = call_regs(stage.world, rmi_rtt_fold, .rd = stage.realm.rd, .ipa = STAGE_EMPTY, .level = 3);
        expect_x0(stage.world, RMMSIM_RMI_SUCCESS, regs.x[0]);
        ck_assert_uint_eq(stage_enter(&stage, 0), 0);
        ck_assert_uint_eq(stage.script.done, 5);
        expect_success(stage.world, rmi_rtt_create, .rd = stage.realm.rd, .rtt = regs.x[1], .ipa = STAGE_EMPTY,
                       .level = 3);
        stage_finish(&stage);
        for (unsigned i = 0; i < 4; i++) {
                ck_assert_uint_eq(seen[i], i % 2 == 0 ? 0x1111 : 0x2222);
        }
        stage_destroy(&stage);
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("guest_memory");
        TCase *table = tcase_create("table");
        TCase *shapes = tcase_create("shapes");

        tcase_add_loop_test(table, every_cell, 0, (int)ARRAY_LENGTH(rows) * NUM_WAYS);
        tcase_add_loop_test(table, outside_as_deployed_monitors_do_it, 0, 2 * NUM_WAYS);
        tcase_add_test(shapes, alignment);
        tcase_add_loop_test(shapes, no_instruction, 0, 7);
        tcase_add_test(shapes, host_block);
        tcase_add_test(shapes, realm_block);
        suite_add_tcase(suite, table);
        suite_add_tcase(suite, shapes);
        return run_suite(suite);
}
