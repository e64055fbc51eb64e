/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * test_rtt_refusals.c - every failure condition of the commands on RTTs, Data Granules and RIPAS, alone and two at a
 * time.
 *
 * A command starts from arguments that would succeed. Each row spoils one argument and names the condition that must
 * answer. Of two rows that spoil different arguments, the one that stands first in rmi.def must win: this is the order
 * of section 3.0 of the RTT sheet. Nothing may change by any of it, and the good arguments must still be good at the
 * end.
 *
 * Specification: RTT sheet sections 3.0 to 3.11.
 */
#include "rtt_fixture.h"

/* The machine that all rows are about. */
static struct machine m;
static uint64_t active_rd, third_rd, rec, other_rec, running_rec, data_pa, rtt_pa, fresh, ns_page;

/* Level 3 tables at 0 and at the half; page 0x5000 is taken, so is half + 0x5000; a 2 MB block at 4 MB and at half + 4 MB. */
static void setup(void)
{
        usual_machine(&m, RMMSIM_QUIRK_data_flags_checked | RMMSIM_QUIRK_init_ripas_base_input);
        active_rd = m.rd;
        other_rec = rec_new(&m, active_rd, 0);
        request(&m, other_rec, 0x1000, 0x800000, RMMSIM_RIPAS_RAM, false);
        realm_become(&m, RMMSIM_REALM_REALM_ACTIVE);
        third_rd = realm_new(&m, 40, 0, 1, false);

        realm_begin(&m, 40, 0, 1, false);
        rec = rec_new(&m, m.rd, 0);
        running_rec = rec_new(&m, m.rd, 1);
        rtt_pa = table(&m, 0, 1);
        tables(&m, 0, 3);
        tables(&m, m.half, 3);
        data_pa = data(&m, 0x5000);
        (void)data_block(&m, 4 * MB);
        map(&m, m.half + 0x5000, 3, 0x123450D8);
        map(&m, m.half + 4 * MB, 2, 0x200000D8);
        request(&m, rec, 0x1000, 0x800000, RMMSIM_RIPAS_RAM, false);
        request(&m, running_rec, 0x1000, 0x800000, RMMSIM_RIPAS_RAM, false);
        rec_page(&m, running_rec)->state = RMMSIM_REC_REC_RUNNING;
        fresh = delegated(&m);
        ns_page = pages(&m, 1, PAGE);
        delegate(&m, LIMIT_48 + 0x10000);
        ck_assert_int_eq(rmmsim_gpt_set(m.sim, HIGH, PAGE, RMMSIM_GPT_GPT_SECURE), 0);
}

static void teardown(void)
{
        rec_page(&m, running_rec)->state = RMMSIM_REC_REC_READY;
        machine_destroy(&m);
}

/* Values that are known only when the machine stands. */
enum value {
        GIVEN,
        RD,
        ACTIVE_RD,
        THIRD_RD,
        REC,
        OTHER_REC,
        RUNNING_REC,
        DATA,
        RTT,
        FRESH,
        NS_PAGE,
        NUM_VALUES
};

static uint64_t value_of(enum value value, uint64_t given)
{
        const uint64_t *const values[NUM_VALUES] = { [GIVEN] = &given,
                                                     [RD] = &m.rd,
                                                     [ACTIVE_RD] = &active_rd,
                                                     [THIRD_RD] = &third_rd,
                                                     [REC] = &rec,
                                                     [OTHER_REC] = &other_rec,
                                                     [RUNNING_REC] = &running_rec,
                                                     [DATA] = &data_pa,
                                                     [RTT] = &rtt_pa,
                                                     [FRESH] = &fresh,
                                                     [NS_PAGE] = &ns_page };

        return value == GIVEN ? given : *values[value] + given;
}

/* Argument x[argument] is spoiled, and so the condition holds. */
struct row {
        enum rmmsim_condition condition;
        unsigned status;
        int index;
        unsigned argument;
        enum value value;
        uint64_t given;
};

struct subject {
        uint32_t fid;
        unsigned num_arguments;
        struct {
                enum value value;
                uint64_t given;
        } good[6];
        const struct row *rows;
        unsigned num_rows;
};

#define ROW(name, condition, STATUS, index, argument, VALUE, given)                                                    \
        {                                                                                                              \
                RMMSIM_FAIL_##name##_##condition, ERROR_##STATUS, index, argument, VALUE, given                        \
        }

/* The ways in which an argument fails to be an RD, a DELEGATED Granule, ... */
#define NOT_A_GRANULE(name, argument, what, x)                                                                         \
        ROW(name, what##_align, INPUT, 0, x, argument, 1), ROW(name, what##_align, INPUT, 0, x, argument, 0x800),      \
                ROW(name, what##_align, INPUT, 0, x, GIVEN, UINT64_MAX),                                               \
                ROW(name, what##_bound, INPUT, 0, x, GIVEN, DEVICE),                                                   \
                ROW(name, what##_bound, INPUT, 0, x, GIVEN, HOLE), ROW(name, what##_bound, INPUT, 0, x, GIVEN, 0),     \
                ROW(name, what##_bound, INPUT, 0, x, GIVEN, LAST_PAGE)
#define NOT_AN_RD(name)                                                                                                \
        NOT_A_GRANULE(name, RD, rd, 1), ROW(name, rd_state, INPUT, 0, 1, NS_PAGE, 0),                                  \
                ROW(name, rd_state, INPUT, 0, 1, FRESH, 0), ROW(name, rd_state, INPUT, 0, 1, REC, 0),                  \
                ROW(name, rd_state, INPUT, 0, 1, DATA, 0), ROW(name, rd_state, INPUT, 0, 1, RTT, 0)
#define NOT_DELEGATED(name, what, x)                                                                                   \
        NOT_A_GRANULE(name, FRESH, what, x), ROW(name, what##_state, INPUT, 0, x, NS_PAGE, 0),                         \
                ROW(name, what##_state, INPUT, 0, x, RD, 0), ROW(name, what##_state, INPUT, 0, x, REC, 0),             \
                ROW(name, what##_state, INPUT, 0, x, DATA, 0), ROW(name, what##_state, INPUT, 0, x, RTT, 0)
#define NOT_PROTECTED(name, x)                                                                                         \
        ROW(name, ipa_align, INPUT, 0, x, GIVEN, 1), ROW(name, ipa_align, INPUT, 0, x, GIVEN, 0x800),                  \
                ROW(name, ipa_align, INPUT, 0, x, GIVEN, UINT64_MAX),                                                  \
                ROW(name, ipa_bound, INPUT, 0, x, GIVEN, UINT64_C(1) << 39),                                           \
                ROW(name, ipa_bound, INPUT, 0, x, GIVEN, (UINT64_C(1) << 39) + 0x5000),                                \
                ROW(name, ipa_bound, INPUT, 0, x, GIVEN, UINT64_C(1) << 40),                                           \
                ROW(name, ipa_bound, INPUT, 0, x, GIVEN, LAST_PAGE)
#define LEVELS_OUT_OF_RANGE(name, x)                                                                                   \
        ROW(name, level_bound, INPUT, 0, x, GIVEN, UINT64_MAX), ROW(name, level_bound, INPUT, 0, x, GIVEN, 4),         \
                ROW(name, level_bound, INPUT, 0, x, GIVEN, 0x100), ROW(name, level_bound, INPUT, 0, x, GIVEN, 0x103),  \
                ROW(name, level_bound, INPUT, 0, x, GIVEN, UINT64_C(1) << 31),                                         \
                ROW(name, level_bound, INPUT, 0, x, GIVEN, UINT64_C(1) << 32),                                         \
                ROW(name, level_bound, INPUT, 0, x, GIVEN, UINT64_C(0x100000003)),                                     \
                ROW(name, level_bound, INPUT, 0, x, GIVEN, UINT64_C(1) << 63),                                         \
                ROW(name, level_bound, INPUT, 0, x, GIVEN, INT64_MAX)

static const struct row data_create_rows[] = {
        ROW(rmi_data_create, flags_valid, INPUT, 0, 5, GIVEN, 2),
        ROW(rmi_data_create, flags_valid, INPUT, 0, 5, GIVEN, 0xFF),
        ROW(rmi_data_create, flags_valid, INPUT, 0, 5, GIVEN, UINT64_C(1) << 32),
        ROW(rmi_data_create, flags_valid, INPUT, 0, 5, GIVEN, (UINT64_C(1) << 63) + 1),
        NOT_A_GRANULE(rmi_data_create, NS_PAGE, src, 4),
        ROW(rmi_data_create, src_pas, INPUT, 0, 4, FRESH, 0),
        ROW(rmi_data_create, src_pas, INPUT, 0, 4, RD, 0),
        ROW(rmi_data_create, src_pas, INPUT, 0, 4, REC, 0),
        ROW(rmi_data_create, src_pas, INPUT, 0, 4, DATA, 0),
        ROW(rmi_data_create, src_pas, INPUT, 0, 4, RTT, 0),
        ROW(rmi_data_create, src_pas, INPUT, 0, 4, GIVEN, HIGH),
        NOT_DELEGATED(rmi_data_create, data, 2),
        NOT_AN_RD(rmi_data_create),
        ROW(rmi_data_create, realm_state, REALM, 0, 1, ACTIVE_RD, 0),
        NOT_PROTECTED(rmi_data_create, 3),
        ROW(rmi_data_create, data_bound2, INPUT, 0, 2, GIVEN, LIMIT_48 + 0x10000),
        ROW(rmi_data_create, rtt_walk, RTT, 2, 3, GIVEN, 0x200000),
        ROW(rmi_data_create, rtt_walk, RTT, 2, 3, GIVEN, 0x401000),
        ROW(rmi_data_create, rtt_walk, RTT, 1, 3, GIVEN, 0x40000000),
        ROW(rmi_data_create, rtte_state, RTT, 3, 3, GIVEN, 0x5000),
};

static const struct row data_create_unknown_rows[] = {
        NOT_DELEGATED(rmi_data_create_unknown, data, 2),
        NOT_AN_RD(rmi_data_create_unknown),
        NOT_PROTECTED(rmi_data_create_unknown, 3),
        ROW(rmi_data_create_unknown, data_bound2, INPUT, 0, 2, GIVEN, LIMIT_48 + 0x10000),
        ROW(rmi_data_create_unknown, rtt_walk, RTT, 2, 3, GIVEN, 0x200000),
        ROW(rmi_data_create_unknown, rtt_walk, RTT, 1, 3, GIVEN, 0x40000000),
        ROW(rmi_data_create_unknown, rtte_state, RTT, 3, 3, GIVEN, 0x5000),
};

static const struct row data_destroy_rows[] = {
        NOT_AN_RD(rmi_data_destroy),
        NOT_PROTECTED(rmi_data_destroy, 2),
        ROW(rmi_data_destroy, rtt_walk, RTT, 2, 2, GIVEN, 0x200000),
        ROW(rmi_data_destroy, rtt_walk, RTT, 2, 2, GIVEN, 0x400000),
        ROW(rmi_data_destroy, rtt_walk, RTT, 1, 2, GIVEN, 0x40000000),
        ROW(rmi_data_destroy, rtte_state, RTT, 3, 2, GIVEN, 0x4000),
};

static const struct row rtt_create_rows[] = {
        NOT_DELEGATED(rmi_rtt_create, rtt, 2),
        NOT_AN_RD(rmi_rtt_create),
        LEVELS_OUT_OF_RANGE(rmi_rtt_create, 4),
        ROW(rmi_rtt_create, level_bound, INPUT, 0, 4, GIVEN, 0),
        ROW(rmi_rtt_create, ipa_align, INPUT, 0, 3, GIVEN, 0x201000),
        ROW(rmi_rtt_create, ipa_align, INPUT, 0, 3, GIVEN, UINT64_MAX),
        ROW(rmi_rtt_create, ipa_bound, INPUT, 0, 3, GIVEN, UINT64_C(1) << 40),
        ROW(rmi_rtt_create, ipa_bound, INPUT, 0, 3, GIVEN, UINT64_C(0xFFFFFFFFFFE00000)),
        ROW(rmi_rtt_create, rtt_bound2, INPUT, 0, 2, GIVEN, LIMIT_48 + 0x10000),
        ROW(rmi_rtt_create, rtt_walk, RTT, 1, 3, GIVEN, 0x40000000),
        ROW(rmi_rtt_create, rtte_state, RTT, 2, 3, GIVEN, 0),
        ROW(rmi_rtt_create, rtte_state, RTT, 2, 3, GIVEN, UINT64_C(1) << 39),
};

static const struct row rtt_destroy_rows[] = {
        NOT_AN_RD(rmi_rtt_destroy),
        LEVELS_OUT_OF_RANGE(rmi_rtt_destroy, 3),
        ROW(rmi_rtt_destroy, level_bound, INPUT, 0, 3, GIVEN, 0),
        ROW(rmi_rtt_destroy, ipa_align, INPUT, 0, 2, GIVEN, 0x1000),
        ROW(rmi_rtt_destroy, ipa_bound, INPUT, 0, 2, GIVEN, UINT64_C(1) << 40),
        ROW(rmi_rtt_destroy, ipa_bound, INPUT, 0, 2, GIVEN, UINT64_C(0xFFFFFFFFFFE00000)),
        ROW(rmi_rtt_destroy, rtt_walk, RTT, 1, 2, GIVEN, 0x40000000),
        ROW(rmi_rtt_destroy, rtte_state, RTT, 2, 2, GIVEN, 0x200000),
        ROW(rmi_rtt_destroy, rtte_state, RTT, 2, 2, GIVEN, 0x400000),
        ROW(rmi_rtt_destroy, rtt_live, RTT, 3, 2, GIVEN, 0),
};

static const struct row rtt_fold_rows[] = {
        NOT_AN_RD(rmi_rtt_fold),
        LEVELS_OUT_OF_RANGE(rmi_rtt_fold, 3),
        ROW(rmi_rtt_fold, level_bound, INPUT, 0, 3, GIVEN, 0),
        ROW(rmi_rtt_fold, ipa_align, INPUT, 0, 2, GIVEN, 0x1000),
        ROW(rmi_rtt_fold, ipa_bound, INPUT, 0, 2, GIVEN, UINT64_C(1) << 40),
        ROW(rmi_rtt_fold, rtt_walk, RTT, 1, 2, GIVEN, 0x40000000),
        ROW(rmi_rtt_fold, rtte_state, RTT, 2, 2, GIVEN, 0x200000),
        ROW(rmi_rtt_fold, rtte_state, RTT, 2, 2, GIVEN, (UINT64_C(1) << 39) + 0x400000),
        ROW(rmi_rtt_fold, rtt_homo, RTT, 3, 2, GIVEN, 0),
        ROW(rmi_rtt_fold, rtt_homo, RTT, 3, 2, GIVEN, UINT64_C(1) << 39),
};

#define NOT_UNPROTECTED(name)                                                                                          \
        ROW(name, ipa_align, INPUT, 0, 2, GIVEN, (UINT64_C(1) << 39) + 1),                                             \
                ROW(name, ipa_align, INPUT, 0, 2, GIVEN, UINT64_MAX), ROW(name, ipa_bound, INPUT, 0, 2, GIVEN, 0),     \
                ROW(name, ipa_bound, INPUT, 0, 2, GIVEN, 0x200000),                                                    \
                ROW(name, ipa_bound, INPUT, 0, 2, GIVEN, UINT64_C(1) << 40),                                           \
                ROW(name, ipa_bound, INPUT, 0, 2, GIVEN, LAST_PAGE)

static const struct row map_unprotected_rows[] = {
        NOT_AN_RD(rmi_rtt_map_unprotected),
        LEVELS_OUT_OF_RANGE(rmi_rtt_map_unprotected, 3),
        ROW(rmi_rtt_map_unprotected, level_bound, INPUT, 0, 3, GIVEN, 0),
        ROW(rmi_rtt_map_unprotected, attr_valid, INPUT, 0, 4, GIVEN, 0x100000D9),
        ROW(rmi_rtt_map_unprotected, attr_valid, INPUT, 0, 4, GIVEN, 0x10000010),
        ROW(rmi_rtt_map_unprotected, attr_valid, INPUT, 0, 4, GIVEN, 0x10000800),
        ROW(rmi_rtt_map_unprotected, addr_bound, INPUT, 0, 4, GIVEN, LIMIT_48),
        NOT_UNPROTECTED(rmi_rtt_map_unprotected),
        ROW(rmi_rtt_map_unprotected, rtt_walk, RTT, 2, 2, GIVEN, (UINT64_C(1) << 39) + 0x401000),
        ROW(rmi_rtt_map_unprotected, rtt_walk, RTT, 1, 2, GIVEN, (UINT64_C(1) << 39) + 0x40000000),
        ROW(rmi_rtt_map_unprotected, rtte_state, RTT, 3, 2, GIVEN, (UINT64_C(1) << 39) + 0x5000),
};

static const struct row unmap_unprotected_rows[] = {
        NOT_AN_RD(rmi_rtt_unmap_unprotected),
        LEVELS_OUT_OF_RANGE(rmi_rtt_unmap_unprotected, 3),
        ROW(rmi_rtt_unmap_unprotected, level_bound, INPUT, 0, 3, GIVEN, 0),
        NOT_UNPROTECTED(rmi_rtt_unmap_unprotected),
        ROW(rmi_rtt_unmap_unprotected, rtt_walk, RTT, 2, 2, GIVEN, (UINT64_C(1) << 39) + 0x401000),
        ROW(rmi_rtt_unmap_unprotected, rtt_walk, RTT, 1, 2, GIVEN, (UINT64_C(1) << 39) + 0x40000000),
        ROW(rmi_rtt_unmap_unprotected, rtte_state, RTT, 3, 2, GIVEN, (UINT64_C(1) << 39) + 0x6000),
};

static const struct row read_entry_rows[] = {
        NOT_AN_RD(rmi_rtt_read_entry),
        LEVELS_OUT_OF_RANGE(rmi_rtt_read_entry, 3),
        ROW(rmi_rtt_read_entry, ipa_align, INPUT, 0, 2, GIVEN, 1),
        ROW(rmi_rtt_read_entry, ipa_align, INPUT, 0, 2, GIVEN, UINT64_MAX),
        ROW(rmi_rtt_read_entry, ipa_bound, INPUT, 0, 2, GIVEN, UINT64_C(1) << 40),
        ROW(rmi_rtt_read_entry, ipa_bound, INPUT, 0, 2, GIVEN, LAST_PAGE),
};

/* Good: [0x1000, 0x4000). The first rows hold whatever else is spoiled. */
static const struct row init_ripas_rows[] = {
        ROW(rmi_rtt_init_ripas, size_valid, INPUT, 0, 3, GIVEN, 0),
        ROW(rmi_rtt_init_ripas, size_valid, INPUT, 0, 2, GIVEN, UINT64_MAX),
        NOT_AN_RD(rmi_rtt_init_ripas),
        ROW(rmi_rtt_init_ripas, top_gran_align, INPUT, 0, 3, GIVEN, 0x4800),
        ROW(rmi_rtt_init_ripas, top_gran_align, INPUT, 0, 3, GIVEN, UINT64_MAX),
        ROW(rmi_rtt_init_ripas, top_bound, INPUT, 0, 3, GIVEN, (UINT64_C(1) << 39) + 0x1000),
        ROW(rmi_rtt_init_ripas, top_bound, INPUT, 0, 3, GIVEN, LAST_PAGE),
        ROW(rmi_rtt_init_ripas, base_gran_align, INPUT, 0, 2, GIVEN, 0x800),
        ROW(rmi_rtt_init_ripas, realm_state, REALM, 0, 1, ACTIVE_RD, 0),
};

static const struct row set_ripas_rows[] = {
        ROW(rmi_rtt_set_ripas, size_valid, INPUT, 0, 4, GIVEN, 0),
        ROW(rmi_rtt_set_ripas, size_valid, INPUT, 0, 3, GIVEN, UINT64_MAX),
        NOT_AN_RD(rmi_rtt_set_ripas),
        NOT_A_GRANULE(rmi_rtt_set_ripas, REC, rec, 2),
        ROW(rmi_rtt_set_ripas, rec_gran_state, INPUT, 0, 2, NS_PAGE, 0),
        ROW(rmi_rtt_set_ripas, rec_gran_state, INPUT, 0, 2, FRESH, 0),
        ROW(rmi_rtt_set_ripas, rec_gran_state, INPUT, 0, 2, RD, 0),
        ROW(rmi_rtt_set_ripas, rec_gran_state, INPUT, 0, 2, DATA, 0),
        ROW(rmi_rtt_set_ripas, rec_gran_state, INPUT, 0, 2, RTT, 0),
        ROW(rmi_rtt_set_ripas, rec_state, REC, 0, 2, RUNNING_REC, 0),
        ROW(rmi_rtt_set_ripas, rec_owner, REC, 0, 2, OTHER_REC, 0),
        ROW(rmi_rtt_set_ripas, rec_owner, REC, 0, 1, THIRD_RD, 0),
        ROW(rmi_rtt_set_ripas, base_bound, INPUT, 0, 3, GIVEN, 0),
        ROW(rmi_rtt_set_ripas, base_bound, INPUT, 0, 3, GIVEN, 0x2000),
        ROW(rmi_rtt_set_ripas, base_bound, INPUT, 0, 3, GIVEN, 0x1001),
        ROW(rmi_rtt_set_ripas, top_bound, INPUT, 0, 4, GIVEN, 0x801000),
        ROW(rmi_rtt_set_ripas, top_bound, INPUT, 0, 4, GIVEN, UINT64_MAX),
        ROW(rmi_rtt_set_ripas, top_gran_align, INPUT, 0, 4, GIVEN, 0x4800),
        ROW(rmi_rtt_set_ripas, top_gran_align, INPUT, 0, 4, GIVEN, 0x7FFFFF),
};

#define SUBJECT(ID, rows, ...)                                                                                         \
        {                                                                                                              \
                RMMSIM_##ID, sizeof((uint64_t[][2]){ __VA_ARGS__ }) / 16, { __VA_ARGS__ }, rows, ARRAY_SIZE(rows)      \
        }

static const struct subject subjects[] = {
        SUBJECT(RMI_DATA_CREATE, data_create_rows, { RD, 0 }, { FRESH, 0 }, { GIVEN, 0x1000 }, { NS_PAGE, 0 },
                { GIVEN, 1 }),
        SUBJECT(RMI_DATA_CREATE_UNKNOWN, data_create_unknown_rows, { RD, 0 }, { FRESH, 0 }, { GIVEN, 0x1000 }),
        SUBJECT(RMI_DATA_DESTROY, data_destroy_rows, { RD, 0 }, { GIVEN, 0x5000 }),
        SUBJECT(RMI_RTT_CREATE, rtt_create_rows, { RD, 0 }, { FRESH, 0 }, { GIVEN, 0x200000 }, { GIVEN, 3 }),
        SUBJECT(RMI_RTT_DESTROY, rtt_destroy_rows, { RD, 0 }, { GIVEN, 0x600000 }, { GIVEN, 3 }),
        SUBJECT(RMI_RTT_FOLD, rtt_fold_rows, { RD, 0 }, { GIVEN, 0x600000 }, { GIVEN, 3 }),
        SUBJECT(RMI_RTT_MAP_UNPROTECTED, map_unprotected_rows, { RD, 0 }, { GIVEN, UINT64_C(1) << 39 }, { GIVEN, 3 },
                { GIVEN, 0x100000D8 }),
        SUBJECT(RMI_RTT_UNMAP_UNPROTECTED, unmap_unprotected_rows, { RD, 0 }, { GIVEN, (UINT64_C(1) << 39) + 0x5000 },
                { GIVEN, 3 }),
        SUBJECT(RMI_RTT_READ_ENTRY, read_entry_rows, { RD, 0 }, { GIVEN, 0x5000 }, { GIVEN, 3 }),
        SUBJECT(RMI_RTT_INIT_RIPAS, init_ripas_rows, { RD, 0 }, { GIVEN, 0x1000 }, { GIVEN, 0x4000 }),
        SUBJECT(RMI_RTT_SET_RIPAS, set_ripas_rows, { RD, 0 }, { REC, 0 }, { GIVEN, 0x1000 }, { GIVEN, 0x4000 }),
};

static void good_arguments(const struct subject *subject, uint64_t *x)
{
        for (unsigned i = 0; i < subject->num_arguments; i++) {
                x[i + 1] = value_of(subject->good[i].value, subject->good[i].given);
        }
}

static void spoil(const struct row *row, uint64_t *x)
{
        x[row->argument] = value_of(row->value, row->given);
}

static void call_and_expect(const struct subject *subject, const uint64_t *x, const struct row *row)
{
        m.out = rmmsim_call_fields(m.sim, 0, subject->fid, x, subject->num_arguments + 1);
        ck_assert_msg(rmmsim_why(m.sim, 0) != NULL, "%s did not refuse", rmmsim_condition_name(row->condition));
        ck_assert_msg(rmmsim_why(m.sim, 0)->id == row->condition, "%s refused, not %s",
                      rmmsim_condition_name(rmmsim_why(m.sim, 0)->id), rmmsim_condition_name(row->condition));
        ck_assert_uint_eq(m.out.x[0], RMMSIM_RMI_RESULT(row->status, row->index));
        ck_assert_uint_ne(rmmsim_why(m.sim, 0)->sentence[0], 0);
        if (row->status != ERROR_RTT) {
                for (unsigned i = 1; i < ARRAY_SIZE(m.out.x); i++) {
                        ck_assert_msg(m.out.x[i] == 0, "x%u is not zero", i);
                }
        }
}

/* Some subjects need a table that is good to fold or destroy: made for them, and the rest of the machine stays as it is. */
static const struct subject *prepare(int i)
{
        const struct subject *subject = &subjects[i];

        if (subject->fid == RMMSIM_RMI_RTT_FOLD || subject->fid == RMMSIM_RMI_RTT_DESTROY) {
                (void)table(&m, 0x600000, 3);
        }
        return subject;
}

START_TEST(one_at_a_time)
{
        const struct subject *subject = prepare(_i);
        uint64_t x[8] = { 0 };
        uint64_t before = picture(&m);

        for (unsigned i = 0; i < subject->num_rows; i++) {
                good_arguments(subject, x);
                spoil(&subject->rows[i], x);
                call_and_expect(subject, x, &subject->rows[i]);
                ck_assert_uint_eq(picture(&m), before);
        }
        good_arguments(subject, x);
        m.out = rmmsim_call_fields(m.sim, 0, subject->fid, x, subject->num_arguments + 1);
        expect_granted(&m);
}
END_TEST

/* Comparing all pages after each of several thousand pairs would take long: once for each first row. */
START_TEST(two_at_a_time)
{
        const struct subject *subject = prepare(_i);
        uint64_t x[8] = { 0 };
        uint64_t before = picture(&m);

        for (unsigned i = 0; i < subject->num_rows; i++) {
                for (unsigned j = i + 1; j < subject->num_rows; j++) {
                        if (subject->rows[i].argument == subject->rows[j].argument) {
                                continue;
                        }
                        good_arguments(subject, x);
                        spoil(&subject->rows[i], x);
                        spoil(&subject->rows[j], x);
                        call_and_expect(subject, x, &subject->rows[i]);
                }
                ck_assert_uint_eq(picture(&m), before);
        }
}
END_TEST

int main(void)
{
        Suite *suite = suite_create("rtt_refusals");
        TCase *tcase = tcase_create("rows");

        tcase_set_timeout(tcase, 120);
        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_loop_test(tcase, one_at_a_time, 0, (int)ARRAY_SIZE(subjects));
        tcase_add_loop_test(tcase, two_at_a_time, 0, (int)ARRAY_SIZE(subjects));
        suite_add_tcase(suite, tcase);
        return run(suite);
}
