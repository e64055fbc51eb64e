/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * run_settings.c - from the settings of a script to an instance.
 */
#include "run.h"
#include <errno.h>
#include <rmmsim/record.h>
#include <string.h>

enum {
        REGIONS_MAX = 32
};

static void on_misuse(void *context, const char *sentence)
{
        struct runner *runner = context;

        snprintf(runner->misuse, sizeof(runner->misuse), "%s", sentence);
}

static void on_event(void *context, const struct rmmsim_event *event)
{
        run_note_event(context, event);
        lane_on_event(context, event);
}

/* Into a structure of the library's own. */
static void store_feature(struct rmmsim_features *features, const struct script_field *field)
{
        uint64_t number = script_number(&field->value, 0);

        memcpy((char *)features + field->where.offset, &number, field->where.size); /* of little-endian machines */
}

static void add_region(struct rmmsim_config *config, struct rmmsim_region *regions,
                       const struct script_statement *statement)
{
        regions[config->num_regions++] = (struct rmmsim_region){
                .base = script_number(&statement->values[0], 0),
                .size = script_number(&statement->values[1], 0),
                .kind = statement->verb == SCRIPT_DRAM ? RMMSIM_REGION_DRAM : RMMSIM_REGION_DEVICE,
        };
}

static void set(struct rmmsim_config *config, struct rmmsim_region *regions, const struct script_statement *statement)
{
        uint64_t number = statement->num_values != 0 ? script_number(&statement->values[0], 0) : 0;

        switch (statement->verb) {
        case SCRIPT_PES:
                config->num_pes = (unsigned)number;
                break;
        case SCRIPT_PROFILE:
                config->profile = (enum rmmsim_profile)statement->name_value;
                break;
        case SCRIPT_QUIRK:
                config->quirks |= (uint64_t)statement->name_value;
                break;
        case SCRIPT_FEATURE:
                for (uint32_t i = 0; i < statement->num_fields; i++) {
                        store_feature(&config->features, &statement->fields[i]);
                }
                break;
        case SCRIPT_DRAM:
        case SCRIPT_DEVICE:
                add_region(config, regions, statement);
                break;
        case SCRIPT_SEED:
                config->seed = number;
                break;
        case SCRIPT_TOKEN_COMPONENTS:
                config->token_components = (unsigned)number;
                break;
        case SCRIPT_GUEST_QUANTUM:
                config->guest_quantum = (uint32_t)number;
                break;
        default:
                break;
        }
}

bool run_create(struct runner *runner)
{
        struct rmmsim_region regions[REGIONS_MAX + 1];
        struct rmmsim_config config = { .context = runner, .regions = regions, .trace = on_event, .misuse = on_misuse };
        struct script_place place = { 1, 1 };
        struct rmmsim_error error;

        for (uint32_t i = 0; i < runner->script->num_statements; i++) {
                const struct script_statement *statement = runner->script->statements[i];

                if (statement->verb < SCRIPT_LAST_SETTING) {
                        set(&config, regions, statement);
                        place = statement->at;
                }
        }
        if (config.num_regions == 0) {
                regions[config.num_regions++] = (struct rmmsim_region){ .base = 0x80000000, .size = 16 << 20 };
        }
        runner->sim = rmmsim_create(&config, &error);
        if (runner->sim == NULL) {
                return run_error_at(runner, place, "there is no instance with these settings: %s", error.text);
        }
        if (runner->options.record != NULL && rmmsim_record(runner->sim, runner->options.record) != 0) {
                fprintf(stderr, "%s: cannot be written: %s\n", runner->options.record, strerror(errno));
                rmmsim_destroy(runner->sim);
                return false;
        }
        return true;
}

bool run_destroy(struct runner *runner)
{
        bool written = runner->options.record == NULL || rmmsim_record(runner->sim, NULL) == 0;

        if (!written) {
                fprintf(stderr, "%s: cannot be written: %s\n", runner->options.record, strerror(errno));
        }
        rmmsim_destroy(runner->sim);
        return written;
}
