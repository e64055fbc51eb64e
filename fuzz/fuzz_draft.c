/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fuzz_draft.c - taking inputs apart and putting them together again.
 */
#include "fuzz_draft.h"
#include <string.h>

size_t fuzz_draft_room(void)
{
        return (FUZZ_INPUT_MAX - 2 - fuzz_target.header_size) / fuzz_target.record_size;
}

/* ---- bytes -------------------------------------------------------------------------------------------------------------- */

/* Returns the bytes used; 0 if there is no whole preemption, or one that is too far away for any run to come to. */
static size_t read_preemption(struct fuzz_preemption *preemption, const uint8_t *bytes, size_t size)
{
        uint64_t gap = 0;
        size_t used = 0;

        for (unsigned shift = 0; used < size; shift += 7) {
                uint8_t byte = bytes[used++];

                gap |= shift < 63 ? (uint64_t)(byte & 0x7f) << shift : 0;
                if ((byte & 0x80) == 0) {
                        break;
                }
        }
        if (used == size || gap > UINT32_MAX) {
                return 0;
        }
        *preemption = (struct fuzz_preemption){ (uint32_t)gap, bytes[used] };
        return used + 1;
}

static size_t write_preemption(struct fuzz_preemption preemption, uint8_t *bytes)
{
        size_t used = 0;

        while (preemption.gap >= 0x80) {
                bytes[used++] = (uint8_t)(preemption.gap | 0x80);
                preemption.gap >>= 7;
        }
        bytes[used++] = (uint8_t)preemption.gap;
        bytes[used++] = preemption.choice;
        return used;
}

void fuzz_draft_read(struct fuzz_draft *draft, const uint8_t *bytes, size_t size)
{
        struct fuzz_input input = fuzz_split(bytes, size < FUZZ_INPUT_MAX ? size : FUZZ_INPUT_MAX);
        size_t room = fuzz_draft_room();
        size_t used = 0;

        draft->num_records = fuzz_num_records(&input) < room ? fuzz_num_records(&input) : room;
        for (size_t i = 0; i < fuzz_target.header_size; i++) {
                draft->program[i] = fuzz_header(&input, i);
        }
        if (draft->num_records != 0) {
                memcpy(fuzz_draft_record(draft, 0), fuzz_record(&input, 0),
                       draft->num_records * fuzz_target.record_size);
        }
        draft->num_preemptions = 0;
        while (fuzz_target.scheduled) {
                struct fuzz_preemption *next = &draft->preemptions[draft->num_preemptions];
                size_t more = read_preemption(next, input.schedule + used, input.schedule_size - used);

                if (more == 0) {
                        break;
                }
                used += more;
                draft->num_preemptions++;
        }
}

size_t fuzz_draft_write(const struct fuzz_draft *draft, uint8_t *bytes, size_t max)
{
        size_t header = fuzz_target.header_size;
        size_t records = draft->num_records;
        size_t size;

        if (max < 2 + header) {
                header = max < 2 ? 0 : max - 2;
                records = 0;
        } else if (records > (max - 2 - header) / fuzz_target.record_size) {
                records = (max - 2 - header) / fuzz_target.record_size;
        }
        size = header + records * fuzz_target.record_size;
        if (max < 2) {
                memset(bytes, 0, max);
                return max;
        }
        bytes[0] = (uint8_t)size;
        bytes[1] = (uint8_t)(size >> 8);
        memcpy(bytes + 2, draft->program, size);
        size += 2;
        for (size_t i = 0; i < draft->num_preemptions; i++) {
                uint8_t encoded[8];
                size_t more = write_preemption(draft->preemptions[i], encoded);

                if (more > max - size) {
                        break;
                }
                memcpy(bytes + size, encoded, more);
                size += more;
        }
        return size;
}

/* ---- records and preemptions -------------------------------------------------------------------------------------------- */

void fuzz_draft_insert(struct fuzz_draft *draft, size_t at, const uint8_t *records, size_t count)
{
        size_t room = fuzz_draft_room() - draft->num_records;
        size_t size = fuzz_target.record_size;

        if (count > room) {
                count = room;
        }
        memmove(fuzz_draft_record(draft, at + count), fuzz_draft_record(draft, at), (draft->num_records - at) * size);
        memcpy(fuzz_draft_record(draft, at), records, count * size);
        draft->num_records += count;
}

void fuzz_draft_delete(struct fuzz_draft *draft, size_t at, size_t count)
{
        memmove(fuzz_draft_record(draft, at), fuzz_draft_record(draft, at + count),
                (draft->num_records - at - count) * fuzz_target.record_size);
        draft->num_records -= count;
}

void fuzz_draft_preempt(struct fuzz_draft *draft, size_t at, struct fuzz_preemption preemption)
{
        struct fuzz_preemption *place = &draft->preemptions[at];

        if (draft->num_preemptions == FUZZ_INPUT_MAX / 2) {
                return;
        }
        memmove(place + 1, place, (draft->num_preemptions - at) * sizeof(*place));
        *place = preemption;
        draft->num_preemptions++;
}

void fuzz_draft_unpreempt(struct fuzz_draft *draft, size_t at, bool keep)
{
        struct fuzz_preemption *place = &draft->preemptions[at];

        draft->num_preemptions--;
        if (keep && at < draft->num_preemptions) {
                place[1].gap += place->gap + 1;
        }
        memmove(place, place + 1, (draft->num_preemptions - at) * sizeof(*place));
}
