/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_deeds.c - records into lines and deeds, and both into words.
 */
#include "psci_deeds.h"
#include <stdio.h>

#define COUNT(array)      (sizeof(array) / sizeof((array)[0]))
#define PICK(array, byte) ((array)[(byte) % COUNT(array)])

/* ---- headers -------------------------------------------------------------------------------------------------------------- */

enum {
        NUM_COMBINATIONS = 8
};

static uint64_t quirks_in(uint64_t bits)
{
        uint64_t quirks = 0;

        for (unsigned i = 0; i < PSCI_NUM_QUIRKS; i++) {
                quirks |= (bits >> i & 1) != 0 ? psci_quirks[i] : 0;
        }
        return quirks;
}

uint64_t psci_quirks_of(uint8_t kind, uint8_t number)
{
        switch (kind % 4) {
        case 0:
                return 0;
        case 1:
                return quirks_in(UINT64_MAX);
        case 2:
                return PICK(psci_quirks, number);
        default:
                return quirks_in((number % NUM_COMBINATIONS + 1) * UINT64_C(0x9e3779b97f4a7c15) >> 40);
        }
}

/* ---- lines ------------------------------------------------------------------------------------------------------------------- */

#define FID_CPU_ON        UINT64_C(0xC4000003)
#define FID_AFFINITY_INFO UINT64_C(0xC4000004)
#define FID_CPU_OFF       UINT64_C(0x84000002)
#define FID_FEATURES      UINT64_C(0x8400000A)

/* 0: not a call. What is tried often is here often. */
static const struct function {
        uint64_t fid;
        enum psci_act act;
        const char *name;
} functions[] = {
        { FID_CPU_ON, PSCI_ACT_CALL, "CPU_ON" },
        { FID_CPU_ON, PSCI_ACT_CALL, "CPU_ON" },
        { FID_CPU_OFF, PSCI_ACT_CALL, "CPU_OFF" },
        { FID_AFFINITY_INFO, PSCI_ACT_CALL, "AFFINITY_INFO" },
        { FID_CPU_ON, PSCI_ACT_CALL, "CPU_ON" },
        { FID_CPU_OFF, PSCI_ACT_CALL, "CPU_OFF" },
        { 0, PSCI_ACT_NOP, "NOP" },
        { 0, PSCI_ACT_IDLE, "WFI" },
        { FID_AFFINITY_INFO, PSCI_ACT_CALL, "AFFINITY_INFO" },
        { FID_CPU_ON, PSCI_ACT_CALL, "CPU_ON" },
        { 0xC4000001, PSCI_ACT_CALL, "CPU_SUSPEND" },
        { FID_CPU_OFF, PSCI_ACT_CALL, "CPU_OFF" },
        { 0x84000000, PSCI_ACT_CALL, "PSCI_VERSION" },
        { FID_FEATURES, PSCI_ACT_CALL, "PSCI_FEATURES" },
        { FID_CPU_ON, PSCI_ACT_CALL, "CPU_ON" },
        { 0, PSCI_ACT_HOST_CALL, "RSI_HOST_CALL" },
        { FID_CPU_OFF, PSCI_ACT_CALL, "CPU_OFF" },
        { 0x84000003, PSCI_ACT_CALL, "CPU_ON (SMC32)" },
        { 0x84000004, PSCI_ACT_CALL, "AFFINITY_INFO (SMC32)" },
        { 0x84000001, PSCI_ACT_CALL, "CPU_SUSPEND (SMC32)" },
        { 0x84000005, PSCI_ACT_CALL, "MIGRATE" },
        { 0xC4000002, PSCI_ACT_CALL, "CPU_OFF (SMC64)" },
        { 0x84000008, PSCI_ACT_CALL, "SYSTEM_OFF" },
        { 0x84000009, PSCI_ACT_CALL, "SYSTEM_RESET" },
};

/* An MPIDR: a REC of the Realm, or, if both high bits are set, one with something wrong. */
static uint64_t mpidr_of(uint8_t byte, const struct psci_shape *shape)
{
        const uint64_t rec = byte % shape->num_recs;
        const uint64_t odd[] = { shape->num_recs,
                                 rec | 0x10,
                                 0x100,
                                 rec | UINT64_C(0x80000000),
                                 rec | UINT64_C(0x01000000),
                                 rec | UINT64_C(0x100000000),
                                 rec | UINT64_C(1) << 40,
                                 UINT64_MAX };

        return byte < 0xc0 ? rec : odd[byte >> 3 & 7];
}

static uint64_t entry_of(uint8_t byte, const struct psci_shape *shape)
{
        const uint64_t entry = shape->entry + UINT64_C(0x100) * (byte % PSCI_ENTRIES);
        const uint64_t odd[] = { shape->par_top, shape->par_top + entry, UINT64_MAX, shape->par_top - 4 };

        return byte < 0xc0 ? entry : odd[byte >> 2 & 3];
}

static uint64_t level_of(uint8_t byte)
{
        static const uint64_t odd[] = { 1, UINT64_C(0x100000000), UINT64_C(0x100000001), UINT64_MAX };

        return byte < 0xc0 ? 0 : PICK(odd, byte);
}

/* Bits of x0 that do not name the function. */
static uint64_t junk_of(uint8_t byte)
{
        return (byte & 0xe0) == 0xe0 ? UINT64_C(0x12345678) << 32 : (byte & 0xe0) == 0xc0 ? UINT64_C(1) << 16 : 0;
}

static const struct function *function_of(const uint8_t *record)
{
        return &PICK(functions, record[0] >> 1);
}

unsigned psci_record_rec(const uint8_t *record, const struct psci_shape *shape)
{
        return record[1] % shape->num_recs;
}

struct psci_line psci_record_line(const uint8_t *record, const struct psci_shape *shape, unsigned number)
{
        const struct function *function = function_of(record);
        struct psci_line line = { .act = function->act };

        if (function->act != PSCI_ACT_CALL) {
                return line;
        }
        line.x[0] = function->fid | junk_of(record[4]);
        line.x[1] = function->fid == FID_FEATURES ? PICK(functions, record[2]).fid : mpidr_of(record[2], shape);
        line.x[2] = (function->fid & 0xf) == 4 ? level_of(record[3]) : entry_of(record[3], shape);
        line.x[3] = UINT64_C(0xc0de0000) + number + ((uint64_t)record[4] << 56);
        return line;
}

int psci_line_print(char *text, size_t size, const struct psci_line *line)
{
        unsigned i = 0;

        while (i < COUNT(functions) &&
               (functions[i].act != line->act ||
                (line->act == PSCI_ACT_CALL && functions[i].fid != (line->x[0] & 0xfffeffff)))) {
                i++;
        }
        if (line->act != PSCI_ACT_CALL) {
                return snprintf(text, size, "%s", functions[i].name);
        }
        return snprintf(text, size, "%s%s: x0 = 0x%llx, x1 = 0x%llx, x2 = 0x%llx, x3 = 0x%llx", functions[i].name,
                        (line->x[0] & 0xffffffff00010000) != 0 ? " with more in x0" : "",
                        (unsigned long long)line->x[0], (unsigned long long)line->x[1], (unsigned long long)line->x[2],
                        (unsigned long long)line->x[3]);
}

/* ---- deeds ------------------------------------------------------------------------------------------------------------------- */

static const enum psci_deed_kind kinds[] = {
        PSCI_DEED_RUN,   PSCI_DEED_COMPLETE, PSCI_DEED_RUN,      PSCI_DEED_ENTER, PSCI_DEED_RUN, PSCI_DEED_RUN,
        PSCI_DEED_ENTER, PSCI_DEED_COMPLETE, PSCI_DEED_COMPLETE, PSCI_DEED_RUN,   PSCI_DEED_RUN, PSCI_DEED_COMPLETE,
        PSCI_DEED_ENTER, PSCI_DEED_DESTROY,  PSCI_DEED_RUN,      PSCI_DEED_RAISE,
};

static const uint64_t statuses[] = {
        PSCI_SUCCESS, PSCI_SUCCESS,    PSCI_DENIED,          PSCI_SUCCESS,
        PSCI_DENIED,  PSCI_ALREADY_ON, UINT64_C(0xfffffffd), PSCI_OFF,
};

static const enum psci_policy policies[] = {
        PSCI_POLICY_ACCEPT, PSCI_POLICY_ACCEPT,       PSCI_POLICY_DENY,   PSCI_POLICY_ACCEPT,
        PSCI_POLICY_LATE,   PSCI_POLICY_SILENT,       PSCI_POLICY_ACCEPT, PSCI_POLICY_DENY_THEN_ACCEPT,
        PSCI_POLICY_SILENT, PSCI_POLICY_ACCEPT_TWICE,
};

/* Whom a completion names: mostly whom the caller has asked for. */
static unsigned target_of(uint8_t byte, const struct psci_shape *shape)
{
        return byte < 0xa0 ? PSCI_TARGET_ASKED : byte < 0xe0 ? byte % shape->num_recs : PSCI_FOREIGN + (byte & 1u);
}

unsigned psci_record_pe(const uint8_t *record, const struct psci_shape *shape)
{
        return record[1] % shape->num_pes;
}

struct psci_deed psci_record_deed(const uint8_t *record, const struct psci_shape *shape)
{
        struct psci_deed deed = { .kind = PICK(kinds, record[0] >> 1) };

        deed.rec = record[2] % (deed.kind == PSCI_DEED_RAISE ? shape->num_pes : shape->num_recs);
        if (deed.kind == PSCI_DEED_COMPLETE && record[2] >= 0xf8) {
                deed.rec = PSCI_FOREIGN + (record[2] & 1);
        }
        deed.target = target_of(record[3], shape);
        deed.status = PICK(statuses, record[4]);
        deed.policy = PICK(policies, record[3]);
        deed.rounds = 1 + record[4] % 4;
        return deed;
}

static int rec_print(char *text, size_t size, unsigned rec)
{
        return rec >= PSCI_FOREIGN ? snprintf(text, size, "foreign REC %u", rec & 1)
                                   : snprintf(text, size, "REC %u", rec);
}

int psci_deed_print(char *text, size_t size, const struct psci_deed *deed)
{
        static const char *const words[PSCI_NUM_POLICIES] = {
                "accept", "deny", "deny, then accept", "accept twice", "enter, then accept", "do not answer"
        };
        char rec[32];
        char target[32] = "the target that it asked for";

        (void)rec_print(rec, sizeof(rec), deed->rec);
        if (deed->target != PSCI_TARGET_ASKED) {
                (void)rec_print(target, sizeof(target), deed->target);
        }
        switch (deed->kind) {
        case PSCI_DEED_RUN:
                return snprintf(text, size, "run %s %u times; requests: %s", rec, deed->rounds, words[deed->policy]);
        case PSCI_DEED_ENTER:
                return snprintf(text, size, "enter %s", rec);
        case PSCI_DEED_COMPLETE:
                return snprintf(text, size, "complete %s, %s, status 0x%llx", rec, target,
                                (unsigned long long)deed->status);
        case PSCI_DEED_DESTROY:
                return snprintf(text, size, "destroy %s", rec);
        default:
                return snprintf(text, size, "raise an interrupt at PE %u", deed->rec);
        }
}
