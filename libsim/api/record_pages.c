/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record_pages.c - what the reader of a trace knows of the host's memory.
 *
 * A replay begins with memory that is zero. It learns of the host's stores by `page` and `fill`, and makes those of the RMM and
 * of vCPUs by itself: the exit half of a run page, a page that is wiped when it is undelegated, a store to shared memory. So before
 * something is read it is compared with what it is by then in a replay, and said if that is not the same.
 */
#include "recorder.h"
#include <rmmsim/spec.h>
#include <stdlib.h>
#include <string.h>

enum {
        WORDS = GRANULE_SIZE / 8
};

struct known_page {
        struct known_page *next;
        uint64_t pa;
        uint8_t bytes[GRANULE_SIZE];
        uint64_t valid[WORDS / 64]; /* which words are known */
};

static struct known_page **bucket(struct recorder *recorder, uint64_t pa)
{
        return &recorder->known[(pa >> GRANULE_SHIFT) % KNOWN_BUCKETS];
}

static struct known_page *find(struct recorder *recorder, uint64_t pa)
{
        struct known_page *page = *bucket(recorder, pa);

        while (page != NULL && page->pa != pa) {
                page = page->next;
        }
        return page;
}

/* What is known of a page; made when it is asked for. NULL: there was no memory. */
static struct known_page *known(struct recorder *recorder, uint64_t pa)
{
        struct known_page *page = find(recorder, pa);

        if (page == NULL && (page = calloc(1, sizeof(*page))) != NULL) {
                page->pa = pa;
                memset(page->valid, recorder->forgotten ? 0 : 0xff, sizeof(page->valid));
                page->next = *bucket(recorder, pa);
                *bucket(recorder, pa) = page;
        } else if (page == NULL) {
                record_fail(recorder, RMMSIM_ERROR_MEMORY);
        }
        return page;
}

void known_free(struct recorder *recorder)
{
        for (unsigned i = 0; i < KNOWN_BUCKETS; i++) {
                while (recorder->known[i] != NULL) {
                        struct known_page *page = recorder->known[i];

                        recorder->known[i] = page->next;
                        free(page);
                }
        }
}

static bool is_known(const struct known_page *page, size_t word)
{
        return (page->valid[word / 64] >> word % 64 & 1) != 0;
}

static void set_known(struct known_page *page, size_t offset, const void *bytes, size_t size)
{
        memcpy(page->bytes + offset, bytes, size);
        for (size_t word = offset / 8; word * 8 < offset + size; word++) {
                page->valid[word / 64] |= UINT64_C(1) << word % 64;
        }
}

/* Is this what the reader has there? */
static bool is_as_known(const struct known_page *page, size_t offset, const void *bytes, size_t size)
{
        for (size_t word = offset / 8; word * 8 < offset + size; word++) {
                if (!is_known(page, word)) {
                        return false;
                }
        }
        return memcmp(page->bytes + offset, bytes, size) == 0;
}

/* ---- pages that the RMM reads ----------------------------------------------------------------------------------------- */

static void page_by_fields(struct recorder *recorder, struct text *text, const struct line *line)
{
        const struct rmmsim_spec_structure *structure = rmmsim_spec_structure_by_name(line->structure);
        struct known_page *page = known(recorder, line->pa);
        uint8_t said[GRANULE_SIZE] = { 0 };
        bool same = true;

        for (unsigned i = 0; page != NULL && i < structure->num_fields; i++) {
                const struct rmmsim_spec_field *field = &structure->fields[i];
                size_t size = (size_t)field->size * field->count;

                memcpy(said + field->offset, line->bytes + field->offset, size);
                same = same && is_as_known(page, field->offset, line->bytes + field->offset, size);
        }
        if (page == NULL || same) {
                return;
        }
        text_add(text, "page 0x%llx %s", (unsigned long long)line->pa, structure->c_name);
        for (unsigned i = 0; i < structure->num_fields; i++) {
                text_field(text, &structure->fields[i], said + structure->fields[i].offset);
        }
        text_add(text, "\n");
        set_known(page, 0, said, structure->size);
}

/* One word at least: where all are zero, the first. */
static void add_words(struct text *text, const uint8_t *bytes, const struct known_page *unless)
{
        if (unless == NULL && text_is_zero(bytes, GRANULE_SIZE)) {
                text_add(text, " words 0x0=0x0\n");
                return;
        }
        text_add(text, " words");
        for (size_t word = 0; word < WORDS; word++) {
                const uint8_t *at = bytes + word * 8;

                if (unless == NULL ? text_number(at, 8) != 0 : !is_as_known(unless, word * 8, at, 8)) {
                        text_add(text, " 0x%zx=0x%llx", word * 8, (unsigned long long)text_number(at, 8));
                }
        }
        text_add(text, "\n");
}

static unsigned count_words(const uint8_t *bytes, const struct known_page *unless)
{
        unsigned count = 0;

        for (size_t word = 0; word < WORDS; word++) {
                const uint8_t *at = bytes + word * 8;

                count += unless == NULL ? text_number(at, 8) != 0 : !is_as_known(unless, word * 8, at, 8);
        }
        return count;
}

/* A page of which every byte was read: all of it, or what has changed, whichever is shorter. */
static void page_by_words(struct recorder *recorder, struct text *text, const struct line *line)
{
        struct known_page *page = known(recorder, line->pa);

        if (page == NULL || is_as_known(page, 0, line->bytes, GRANULE_SIZE)) {
                return;
        }
        if (count_words(line->bytes, page) < count_words(line->bytes, NULL)) {
                text_add(text, "fill 0x%llx", (unsigned long long)line->pa);
                add_words(text, line->bytes, page);
        } else {
                text_add(text, "page 0x%llx", (unsigned long long)line->pa);
                add_words(text, line->bytes, NULL);
        }
        set_known(page, 0, line->bytes, GRANULE_SIZE);
}

/* ---- loads and stores of vCPUs ---------------------------------------------------------------------------------------- */

static void loaded(struct recorder *recorder, struct text *text, const struct line *line)
{
        uint64_t base = align_down(line->pa, GRANULE_SIZE);
        size_t offset = line->pa & GRANULE_MASK;
        struct known_page *page = known(recorder, base);
        size_t first = offset / 8 * 8;
        size_t end = (offset + line->size + 7) / 8 * 8;
        uint8_t words[GRANULE_SIZE];

        if (page == NULL || is_as_known(page, offset, line->bytes, line->size)) {
                return;
        }
        memcpy(words + first, page->bytes + first, end - first);
        memcpy(words + offset, line->bytes, line->size);
        text_add(text, "fill 0x%llx words", (unsigned long long)base);
        for (size_t at = first; at < end; at += 8) {
                if (!is_as_known(page, at, words + at, 8)) {
                        text_add(text, " 0x%zx=0x%llx", at, (unsigned long long)text_number(words + at, 8));
                }
        }
        text_add(text, "\n");
        set_known(page, first, words + first, end - first);
}

/* What is not known stays so where a store does not cover the whole word. */
static void stored(struct recorder *recorder, uint64_t pa, const uint8_t *bytes, size_t size)
{
        struct known_page *page = known(recorder, align_down(pa, GRANULE_SIZE));
        size_t offset = pa & GRANULE_MASK;

        for (size_t i = 0; page != NULL && i < size; i++) {
                size_t at = offset + i;
                bool whole = at % 8 == 0 && size - i >= 8;

                if (whole) {
                        set_known(page, at, bytes + i, 8);
                        i += 7;
                } else if (is_known(page, at / 8)) {
                        page->bytes[at] = bytes[i];
                }
        }
}

/* ---- lines ------------------------------------------------------------------------------------------------------------ */

void known_before(struct recorder *recorder, struct text *text, const struct line *line)
{
        if (line->memory == MEMORY_PAGE && line->structure != NULL) {
                page_by_fields(recorder, text, line);
        } else if (line->memory == MEMORY_PAGE) {
                page_by_words(recorder, text, line);
        } else if (line->memory == MEMORY_LOAD) {
                loaded(recorder, text, line);
        }
}

static void wiped(struct recorder *recorder, const struct rmmsim_event *event)
{
        static const uint8_t zero[GRANULE_SIZE];

        if (event->kind == RMMSIM_EVENT_EDGE && event->of.edge.object == RMMSIM_OBJECT_GRANULE &&
            event->of.edge.to == RMMSIM_GRANULE_UNDELEGATED) {
                stored(recorder, event->of.edge.address, zero, sizeof(zero));
        }
}

void known_after(struct recorder *recorder, const struct line *line)
{
        if (line->memory == MEMORY_STORE) {
                stored(recorder, line->pa, line->bytes, line->size);
        } else if (line->memory == MEMORY_FORGET) {
                known_free(recorder);
                recorder->forgotten = true;
        }
        for (unsigned i = 0; i < line->num_events; i++) {
                wiped(recorder, &line->events[i]);
        }
}
