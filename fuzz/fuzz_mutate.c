/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_mutate.c - mutations of inputs, each on an input that was taken apart.
 */
#include "fuzz_mutate.h"
#include "fuzz_draft.h"
#include "fuzz_random.h"
#include <string.h>

enum {
        RUN_MAX = 4,     /* records that are moved together */
        NEARBY = 4,      /* how far a preemption is moved at once, mostly */
        GAP_MAX = 64,    /* of a new preemption */
        PES = 8,         /* that a program may have */
        MORE_AT_ONCE = 3 /* one in so many inputs is changed once more */
};

/* ---- values ------------------------------------------------------------------------------------------------------------- */

static uint8_t new_byte(struct fuzz_random *random)
{
        static const uint8_t interesting[] = { 0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 192, 254, 255 };

        switch (fuzz_random_below(random, 4)) {
        case 0:
                return (uint8_t)fuzz_random_next(random);
        case 1:
                return interesting[fuzz_random_below(random, sizeof(interesting))];
        default:
                return (uint8_t)fuzz_random_below(random, 16);
        }
}

static uint8_t changed_byte(uint8_t byte, struct fuzz_random *random)
{
        switch (fuzz_random_below(random, 4)) {
        case 0:
                return (uint8_t)(byte ^ 1u << fuzz_random_below(random, 8));
        case 1:
                return (uint8_t)(byte + 1);
        case 2:
                return (uint8_t)(byte - 1);
        default:
                return new_byte(random);
        }
}

/* ---- records ------------------------------------------------------------------------------------------------------------ */

struct run {
        size_t at;
        size_t count;
};

static struct run some_records(const struct fuzz_draft *draft, struct fuzz_random *random)
{
        size_t at = fuzz_random_below(random, draft->num_records);
        size_t rest = draft->num_records - at;
        size_t most = rest < RUN_MAX ? rest : RUN_MAX;

        /* Mostly one. */
        return (struct run){ at, fuzz_random_one_in(random, 2) ? 1 : 1 + fuzz_random_below(random, most) };
}

static uint8_t *a_record(struct fuzz_draft *draft, struct fuzz_random *random)
{
        return fuzz_draft_record(draft, fuzz_random_below(random, draft->num_records));
}

static bool insert(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t record[FUZZ_INPUT_MAX];

        if (draft->num_records == fuzz_draft_room()) {
                return false;
        }
        for (size_t i = 0; i < fuzz_target.record_size; i++) {
                record[i] = new_byte(random);
        }
        fuzz_draft_insert(draft, fuzz_random_below(random, draft->num_records + 1), record, 1);
        return true;
}

static bool delete (struct fuzz_draft *draft, struct fuzz_random *random)
{
        struct run run;

        if (draft->num_records == 0) {
                return false;
        }
        run = some_records(draft, random);
        fuzz_draft_delete(draft, run.at, run.count);
        return true;
}

static void copy_to(struct fuzz_draft *draft, const uint8_t *records, size_t count, struct fuzz_random *random)
{
        fuzz_draft_insert(draft, fuzz_random_below(random, draft->num_records + 1), records, count);
}

static bool duplicate(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t records[FUZZ_INPUT_MAX];
        struct run run;

        if (draft->num_records == 0 || draft->num_records == fuzz_draft_room()) {
                return false;
        }
        run = some_records(draft, random);
        memcpy(records, fuzz_draft_record(draft, run.at), run.count * fuzz_target.record_size);
        copy_to(draft, records, run.count, random);
        return true;
}

static bool move(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t records[FUZZ_INPUT_MAX];
        struct run run;

        if (draft->num_records < 2) {
                return false;
        }
        run = some_records(draft, random);
        memcpy(records, fuzz_draft_record(draft, run.at), run.count * fuzz_target.record_size);
        fuzz_draft_delete(draft, run.at, run.count);
        copy_to(draft, records, run.count, random);
        return true;
}

static bool swap(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t kept[FUZZ_INPUT_MAX];
        size_t size = fuzz_target.record_size;
        uint8_t *one;
        uint8_t *other;

        if (draft->num_records < 2) {
                return false;
        }
        one = a_record(draft, random);
        other = a_record(draft, random);
        memcpy(kept, one, size);
        memmove(one, other, size);
        memcpy(other, kept, size);
        return true;
}

static bool overwrite(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t *to;

        if (draft->num_records < 2) {
                return false;
        }
        to = a_record(draft, random);
        memmove(to, a_record(draft, random), fuzz_target.record_size);
        return true;
}

static bool change_byte(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t *byte;

        if (draft->num_records == 0) {
                return false;
        }
        byte = a_record(draft, random) + fuzz_random_below(random, fuzz_target.record_size);
        *byte = changed_byte(*byte, random);
        return true;
}

static bool change_word(struct fuzz_draft *draft, struct fuzz_random *random)
{
        static const uint32_t words[] = {
#define COMMAND(ID, name, fid, summary) fid,
#include <rmmsim/spec/commands.def>
        };
        uint32_t word = words[fuzz_random_below(random, sizeof(words) / sizeof(words[0]))];
        uint8_t *at;

        if (draft->num_records == 0 || fuzz_target.record_size < sizeof(word)) {
                return false;
        }
        at = a_record(draft, random) + fuzz_random_below(random, fuzz_target.record_size - sizeof(word) + 1);
        for (size_t i = 0; i < sizeof(word); i++) {
                at[i] = (uint8_t)(word >> 8 * i);
        }
        return true;
}

static bool change_header(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t *byte;

        if (fuzz_target.header_size == 0) {
                return false;
        }
        byte = draft->program + fuzz_random_below(random, fuzz_target.header_size);
        *byte = changed_byte(*byte, random);
        return true;
}

/* Numbers that follow one another name different PEs, however many a target takes them modulo. */
static bool collide(struct fuzz_draft *draft, struct fuzz_random *random)
{
        uint8_t pe = (uint8_t)fuzz_random_below(random, PES);
        unsigned second = (unsigned)fuzz_random_below(random, 2);
        size_t at;

        if (fuzz_target.pe_byte == FUZZ_NO_PE || draft->num_records < 2) {
                return false;
        }
        at = fuzz_random_below(random, draft->num_records - 1);
        for (unsigned i = 0; i < 2; i++) {
                fuzz_draft_record(draft, at + i)[fuzz_target.pe_byte] = (uint8_t)(pe + (i ^ second));
        }
        return true;
}

/* ---- the schedule ------------------------------------------------------------------------------------------------------- */

static struct fuzz_preemption new_preemption(struct fuzz_random *random)
{
        /* Small gaps are likelier, so that several fit into a short run. */
        size_t below = 1 + fuzz_random_below(random, GAP_MAX);

        return (struct fuzz_preemption){ (uint32_t)fuzz_random_below(random, below),
                                         (uint8_t)fuzz_random_below(random, PES - 1) };
}

static struct fuzz_preemption *a_preemption(struct fuzz_draft *draft, struct fuzz_random *random)
{
        return draft->num_preemptions == 0 ? NULL
                                           : &draft->preemptions[fuzz_random_below(random, draft->num_preemptions)];
}

/* In the middle of a gap, which it splits: the preemptions behind it stay. */
static bool preempt(struct fuzz_draft *draft, struct fuzz_random *random)
{
        size_t at = fuzz_random_below(random, draft->num_preemptions + 1);
        struct fuzz_preemption preemption = new_preemption(random);

        if (!fuzz_target.scheduled || draft->num_preemptions == FUZZ_INPUT_MAX / 2) {
                return false;
        }
        if (at < draft->num_preemptions && draft->preemptions[at].gap != 0) {
                preemption.gap = (uint32_t)fuzz_random_below(random, draft->preemptions[at].gap);
                draft->preemptions[at].gap -= preemption.gap + 1;
        }
        fuzz_draft_preempt(draft, at, preemption);
        return true;
}

static bool unpreempt(struct fuzz_draft *draft, struct fuzz_random *random)
{
        if (draft->num_preemptions == 0) {
                return false;
        }
        fuzz_draft_unpreempt(draft, fuzz_random_below(random, draft->num_preemptions), !fuzz_random_one_in(random, 4));
        return true;
}

static uint32_t nearby(uint32_t gap, struct fuzz_random *random)
{
        size_t far = fuzz_random_one_in(random, 4) ? 4 * NEARBY : NEARBY;
        uint32_t by = 1 + (uint32_t)fuzz_random_below(random, far);

        return fuzz_random_one_in(random, 2) ? gap + by : gap - (by < gap ? by : gap);
}

static bool change_gap(struct fuzz_draft *draft, struct fuzz_random *random)
{
        struct fuzz_preemption *preemption = a_preemption(draft, random);

        if (preemption == NULL) {
                return false;
        }
        preemption->gap = nearby(preemption->gap, random);
        return true;
}

static bool earlier_or_later(struct fuzz_draft *draft, struct fuzz_random *random)
{
        struct fuzz_preemption *preemption = a_preemption(draft, random);
        uint32_t old;

        if (preemption == NULL) {
                return false;
        }
        old = preemption->gap;
        preemption->gap = nearby(old, random);
        if (preemption + 1 < draft->preemptions + draft->num_preemptions) {
                uint32_t both = old + preemption[1].gap;

                preemption->gap = preemption->gap < both ? preemption->gap : both;
                preemption[1].gap = both - preemption->gap;
        }
        return true;
}

static bool change_choice(struct fuzz_draft *draft, struct fuzz_random *random)
{
        struct fuzz_preemption *preemption = a_preemption(draft, random);

        if (preemption == NULL) {
                return false;
        }
        preemption->choice = (uint8_t)fuzz_random_below(random, PES - 1);
        return true;
}

static bool reschedule(struct fuzz_draft *draft, struct fuzz_random *random)
{
        if (!fuzz_target.scheduled) {
                return false;
        }
        draft->num_preemptions = fuzz_random_below(random, 2 * NEARBY);
        for (size_t i = 0; i < draft->num_preemptions; i++) {
                draft->preemptions[i] = new_preemption(random);
        }
        return true;
}

/* ---- all of them -------------------------------------------------------------------------------------------------------- */

static const struct kind {
        bool (*apply)(struct fuzz_draft *draft, struct fuzz_random *random);
        unsigned weight;
} kinds[FUZZ_NUM_MUTATIONS] = {
        [FUZZ_MUTATION_INSERT] = { insert, 4 },
        [FUZZ_MUTATION_DELETE] = { delete, 4 },
        [FUZZ_MUTATION_DUPLICATE] = { duplicate, 2 },
        [FUZZ_MUTATION_SWAP] = { swap, 2 },
        [FUZZ_MUTATION_MOVE] = { move, 2 },
        [FUZZ_MUTATION_OVERWRITE] = { overwrite, 1 },
        [FUZZ_MUTATION_BYTE] = { change_byte, 10 },
        [FUZZ_MUTATION_WORD] = { change_word, 1 },
        [FUZZ_MUTATION_HEADER] = { change_header, 1 },
        [FUZZ_MUTATION_COLLIDE] = { collide, 3 },
        [FUZZ_MUTATION_PREEMPT] = { preempt, 5 },
        [FUZZ_MUTATION_UNPREEMPT] = { unpreempt, 2 },
        [FUZZ_MUTATION_EARLIER_LATER] = { earlier_or_later, 3 },
        [FUZZ_MUTATION_GAP] = { change_gap, 2 },
        [FUZZ_MUTATION_CHOICE] = { change_choice, 2 },
        [FUZZ_MUTATION_RESCHEDULE] = { reschedule, 1 },
};

static const struct kind *a_kind(struct fuzz_random *random)
{
        const struct kind *kind = kinds;
        unsigned sum = 0;
        size_t drawn;

        for (unsigned i = 0; i < FUZZ_NUM_MUTATIONS; i++) {
                sum += kinds[i].weight;
        }
        drawn = fuzz_random_below(random, sum);
        while (drawn >= kind->weight) {
                drawn -= kind->weight;
                kind++;
        }
        return kind;
}

size_t fuzz_mutate(uint8_t *bytes, size_t size, size_t max, uint64_t seed)
{
        struct fuzz_random random = { seed };
        struct fuzz_draft draft;

        fuzz_draft_read(&draft, bytes, size);
        do {
                while (!a_kind(&random)->apply(&draft, &random)) {
                }
        } while (fuzz_random_one_in(&random, MORE_AT_ONCE));
        return fuzz_draft_write(&draft, bytes, max);
}

bool fuzz_mutate_by(enum fuzz_mutation mutation, uint8_t *bytes, size_t *size, size_t max, uint64_t seed)
{
        struct fuzz_random random = { seed };
        struct fuzz_draft draft;

        fuzz_draft_read(&draft, bytes, *size);
        if (!kinds[mutation].apply(&draft, &random)) {
                return false;
        }
        *size = fuzz_draft_write(&draft, bytes, max);
        return true;
}

/* ---- two inputs --------------------------------------------------------------------------------------------------------- */

/* The first of one's records, then the last of the other's; or a few of the other's among one's. */
static void cross_records(struct fuzz_draft *one, struct fuzz_draft *other, struct fuzz_random *random)
{
        size_t at = fuzz_random_below(random, one->num_records + 1);
        size_t from = fuzz_random_below(random, other->num_records + 1);
        size_t count = other->num_records - from;

        if (fuzz_random_one_in(random, 2)) {
                fuzz_draft_delete(one, at, one->num_records - at);
        } else {
                count = count < RUN_MAX ? count : RUN_MAX;
        }
        fuzz_draft_insert(one, at, fuzz_draft_record(other, from), count);
}

static void cross_preemptions(struct fuzz_draft *one, const struct fuzz_draft *other, struct fuzz_random *random)
{
        size_t from = fuzz_random_below(random, other->num_preemptions + 1);

        one->num_preemptions = fuzz_random_below(random, one->num_preemptions + 1);
        while (from < other->num_preemptions) {
                fuzz_draft_preempt(one, one->num_preemptions, other->preemptions[from++]);
        }
}

size_t fuzz_crossover(uint8_t *bytes, size_t max, const uint8_t *one, size_t one_size, const uint8_t *other,
                      size_t other_size, uint64_t seed)
{
        struct fuzz_random random = { seed };
        struct fuzz_draft first;
        struct fuzz_draft second;

        fuzz_draft_read(&first, one, one_size);
        fuzz_draft_read(&second, other, other_size);
        cross_records(&first, &second, &random);
        if (!fuzz_random_one_in(&random, 3)) {
                cross_preemptions(&first, &second, &random);
        }
        return fuzz_draft_write(&first, bytes, max);
}
