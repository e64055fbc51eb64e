/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_page.c - pages of the host: written as the script says, and read where the runner has to know what is in them.
 *
 * On hardware a host that touches a Granule of another world gets a Granule Protection Fault. Here it is an error of the script.
 */
#include "run.h"
#include <inttypes.h>
#include <rmmsim/snapshot.h>
#include <string.h>

/* May the host access the page now? What is not delegable is never taken from it. */
static bool is_the_hosts(const struct runner *runner, struct rmmsim_granule *granule, uint64_t pa)
{
        uint64_t page = pa & ~(uint64_t)(RMMSIM_GRANULE_SIZE - 1);

        return rmmsim_granule(runner->sim, granule, page) != 0 || granule->state == RMMSIM_GRANULE_UNDELEGATED;
}

const void *run_host_bytes(const struct runner *runner, uint64_t pa, size_t size)
{
        struct rmmsim_granule granule;

        return is_the_hosts(runner, &granule, pa) ? rmmsim_host_pointer(runner->sim, pa, size) : NULL;
}

bool run_host_word(const struct runner *runner, uint64_t *word, uint64_t pa)
{
        const void *bytes = run_host_bytes(runner, pa, sizeof(*word));

        if (bytes != NULL) {
                memcpy(word, bytes, sizeof(*word));
        }
        return bytes != NULL;
}

/* A page to be written to; NULL after it was said why not. */
static uint8_t *page_at(struct runner *runner, uint64_t pa)
{
        const struct script_value *value = &runner->statement->values[0];
        struct rmmsim_granule granule;
        uint8_t *page;

        if (pa % RMMSIM_GRANULE_SIZE != 0) {
                (void)run_error_at(runner, value->at, "0x%" PRIx64 " is not the address of a page: no multiple of 4096",
                                   pa);
                return NULL;
        }
        if (!is_the_hosts(runner, &granule, pa)) {
                (void)run_error_at(runner, value->at, "Granule 0x%" PRIx64 " is %s: the host cannot write to it", pa,
                                   rmmsim_state_name(RMMSIM_OBJECT_GRANULE, granule.state));
                return NULL;
        }
        page = rmmsim_host_pointer(runner->sim, pa, RMMSIM_GRANULE_SIZE);
        if (page == NULL) {
                (void)run_error_at(runner, value->at,
                                   "0x%" PRIx64 " is in no region (dram BASE SIZE, device BASE SIZE)", pa);
        } else if (runner->has_snapshot) {
                (void)rmmsim_snapshot_keep(runner->sim, pa, RMMSIM_GRANULE_SIZE);
        }
        return page;
}

static bool store_field(struct runner *runner, uint8_t *base, const struct script_field *field)
{
        uint64_t number = run_number(runner, &field->value);
        uint64_t cut = field->where.size < 8 ? number >> 8 * field->where.size : 0;

        if (field->bytes != NULL) {
                memcpy(base + field->where.offset, field->bytes, field->num_bytes);
                return true;
        }
        if (field->value.tree != NULL && cut != 0) {
                return run_error_at(runner, field->at, "%s has %u byte%s, and 0x%" PRIx64 " does not fit", field->name,
                                    field->where.size, field->where.size == 1 ? "" : "s", number);
        }
        memcpy(base + field->where.offset, &number, field->where.size); /* of little-endian machines */
        return true;
}

static bool store_words(struct runner *runner, uint8_t *page)
{
        const struct script_statement *statement = runner->statement;

        for (uint32_t i = 0; i < statement->num_words; i++) {
                const struct script_store *store = &statement->words[i];
                uint64_t offset = run_number(runner, &store->offset);
                uint64_t number = run_number(runner, &store->value);

                if (offset % 8 != 0 || offset >= RMMSIM_GRANULE_SIZE) {
                        return run_error_at(runner, store->offset.at,
                                            "an offset is a multiple of 8 below 4096, not 0x%" PRIx64, offset);
                }
                memcpy(page + offset, &number, sizeof(number));
        }
        return true;
}

/* A structure of less than a page leaves the rest of it alone; the exit half of a run page stands behind the enter half. */
static void clear(const struct script_statement *statement, uint8_t **base)
{
        const struct rmmsim_spec_structure *structure = statement->structure;

        if (structure != NULL && strcmp(structure->c_name, "rec_exit") == 0) {
                *base += offsetof(struct rmmsim_rec_run, exit);
        }
        memset(*base, 0, structure != NULL ? structure->size : RMMSIM_GRANULE_SIZE);
}

bool run_page(struct runner *runner)
{
        static const struct outcome nothing = { .kind = SCRIPT_NO_ANSWER };
        const struct script_statement *statement = runner->statement;
        uint8_t *page = page_at(runner, run_number(runner, &statement->values[0]));
        uint8_t *base = page;

        if (page == NULL) {
                return false;
        }
        if (statement->verb == SCRIPT_PAGE) {
                clear(statement, &base);
        }
        for (uint32_t i = 0; i < statement->num_fields; i++) {
                if (!store_field(runner, base, &statement->fields[i])) {
                        return false;
                }
        }
        if (!store_words(runner, page)) {
                return false;
        }
        run_answered(runner, &statement->answer, &nothing);
        return true;
}
