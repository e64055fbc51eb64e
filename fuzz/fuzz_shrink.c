/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_shrink.c - leaving out, and making smaller, as long as the input fails.
 */
#include "fuzz_shrink.h"
#include "fuzz_draft.h"

enum {
        RUNS_MAX = 20000, /* then what there is has to do                       */
        STRETCH_MAX = 256,
        CHOICES_TRIED = 3,
        SMALL = 8,
        SOONER_MAX = 16 /* choices that a record is likely to have at the most */
};

struct shrinking {
        struct fuzz_draft best;
        struct fuzz_draft attempt;
        uint64_t runs;
};

static bool fails(struct shrinking *s, const struct fuzz_draft *draft)
{
        uint8_t bytes[FUZZ_INPUT_MAX];

        if (s->runs == RUNS_MAX) {
                return false;
        }
        s->runs++;
        return fuzz_run(bytes, fuzz_draft_write(draft, bytes, sizeof(bytes)))->found;
}

/* Make the attempt the best one if it fails, otherwise forget it. */
static bool settle(struct shrinking *s)
{
        bool better = fails(s, &s->attempt);

        if (better) {
                s->best = s->attempt;
        } else {
                s->attempt = s->best;
        }
        return better;
}

/* ---- leaving out -------------------------------------------------------------------------------------------------------- */

/* Runs of records, long ones first. From the end on: what comes late often does not matter. */
static bool fewer_records(struct shrinking *s)
{
        bool any = false;

        for (size_t length = s->best.num_records; length != 0; length /= 2) {
                size_t at = s->best.num_records;

                while (at >= length) {
                        at -= length;
                        fuzz_draft_delete(&s->attempt, at, length);
                        any |= settle(s);
                }
        }
        return any;
}

/* Without a record a preemption may have to come sooner: what it waited for is now fewer choices away. */
static bool without_record(struct shrinking *s, size_t at)
{
        for (size_t i = 0; i < s->best.num_preemptions; i++) {
                for (uint32_t sooner = 1; sooner <= SOONER_MAX && sooner <= s->best.preemptions[i].gap; sooner++) {
                        fuzz_draft_delete(&s->attempt, at, 1);
                        s->attempt.preemptions[i].gap -= sooner;
                        if (settle(s)) {
                                return true;
                        }
                }
        }
        return false;
}

static bool fewer_records_sooner(struct shrinking *s)
{
        bool any = false;

        for (size_t at = s->best.num_records; at-- > 0;) {
                any |= without_record(s, at);
        }
        return any;
}

static bool fewer_preemptions(struct shrinking *s)
{
        bool any = false;

        if (s->best.num_preemptions != 0) {
                s->attempt.num_preemptions = 0;
                any = settle(s);
        }
        for (size_t at = s->best.num_preemptions; at-- > 0;) {
                bool gone = false;

                for (int keep = 1; keep >= 0 && !gone; keep--) {
                        fuzz_draft_unpreempt(&s->attempt, at, keep != 0);
                        gone = settle(s);
                }
                any |= gone;
        }
        return any;
}

/* One preemption in place of several, somewhere in the stretch of the schedule that there is, or a little behind it. */
static bool one_preemption(struct shrinking *s)
{
        uint32_t stretch = SOONER_MAX;

        if (s->best.num_preemptions < 2) {
                return false;
        }
        for (size_t i = 0; i < s->best.num_preemptions; i++) {
                stretch += s->best.preemptions[i].gap + 1;
        }
        for (uint32_t gap = 0; gap < stretch && gap < STRETCH_MAX; gap++) {
                for (uint8_t choice = 0; choice < CHOICES_TRIED; choice++) {
                        s->attempt.num_preemptions = 1;
                        s->attempt.preemptions[0] = (struct fuzz_preemption){ gap, choice };
                        if (settle(s)) {
                                return true;
                        }
                }
        }
        return false;
}

/* ---- making smaller ----------------------------------------------------------------------------------------------------- */

static bool try_byte(struct shrinking *s, size_t offset, unsigned byte)
{
        if (byte >= s->best.program[offset]) {
                return false;
        }
        s->attempt.program[offset] = (uint8_t)byte;
        return settle(s);
}

/* What names the same object in several records has to change in all of them. */
static bool try_together(struct shrinking *s, size_t offset, unsigned byte)
{
        size_t column = (offset - fuzz_target.header_size) % fuzz_target.record_size;
        uint8_t old = s->best.program[offset];

        if (offset < fuzz_target.header_size || byte >= old) {
                return false;
        }
        for (size_t i = 0; i < s->best.num_records; i++) {
                uint8_t *same = fuzz_draft_record(&s->attempt, i) + column;

                *same = *same == old ? (uint8_t)byte : *same;
        }
        return settle(s);
}

/* Small values, then fewer bits: a target may take a byte modulo something, or look at some of its bits. */
static bool smaller_byte(struct shrinking *s, size_t offset)
{
        unsigned byte = s->best.program[offset];

        for (unsigned small = 0; small < SMALL; small++) {
                if (try_byte(s, offset, small) || try_together(s, offset, small)) {
                        return true;
                }
        }
        for (unsigned bit = 128; bit != 0; bit >>= 1) {
                if ((byte & bit) != 0 && try_byte(s, offset, byte & ~bit)) {
                        return true;
                }
        }
        return byte != 0 && try_byte(s, offset, byte - 1);
}

static bool smaller_bytes(struct shrinking *s)
{
        size_t size = fuzz_target.header_size + s->best.num_records * fuzz_target.record_size;
        bool any = false;

        for (size_t i = 0; i < size; i++) {
                while (smaller_byte(s, i)) {
                        any = true;
                }
        }
        return any;
}

static bool smaller_preemption(struct shrinking *s, size_t at)
{
        struct fuzz_preemption old = s->best.preemptions[at];
        struct fuzz_preemption less[] = {
                { 0, old.choice }, { old.gap / 2, old.choice }, { old.gap - 1, old.choice },
                { old.gap, 0 },    { old.gap, old.choice / 2 }, { old.gap, (uint8_t)(old.choice - 1) },
        };

        for (size_t i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
                bool smaller = less[i].gap < old.gap || less[i].choice < old.choice;

                if (smaller && less[i].gap <= old.gap && less[i].choice <= old.choice) {
                        s->attempt.preemptions[at] = less[i];
                        if (settle(s)) {
                                return true;
                        }
                }
        }
        return false;
}

static bool smaller_preemptions(struct shrinking *s)
{
        bool any = false;

        for (size_t i = 0; i < s->best.num_preemptions; i++) {
                while (smaller_preemption(s, i)) {
                        any = true;
                }
        }
        return any;
}

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

struct fuzz_shrunk fuzz_shrink(uint8_t *bytes, size_t size)
{
        static struct shrinking s;
        bool again;

        s.runs = 0;
        fuzz_draft_read(&s.best, bytes, size);
        s.attempt = s.best;
        if (!fails(&s, &s.best)) {
                return (struct fuzz_shrunk){ size, s.best.num_records, s.best.num_preemptions, s.runs, false };
        }
        do {
                again = fewer_records(&s);
                again |= fewer_preemptions(&s);
                again |= smaller_bytes(&s);
                again |= smaller_preemptions(&s);
                again |= fewer_records_sooner(&s);
                again |= one_preemption(&s);
        } while (again);
        size = fuzz_draft_write(&s.best, bytes, FUZZ_INPUT_MAX);
        return (struct fuzz_shrunk){ size, s.best.num_records, s.best.num_preemptions, s.runs, true };
}
