/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_quirks.c - profiles, quirks and what these make different, as data for users: <rmmsim/spec.h>.
 */
#include "bits.h"
#include "spec_rows.h"
#include <rmmsim/spec.h>
#include <string.h>

/* What the third column of quirks.def says: which profiles preset the quirk. */
#define PRESET_REFERENCE (1u << RMMSIM_PROFILE_RMM_1_0_REFERENCE)

enum {
#define QUIRK(name, bit, PRESET, meaning) QUIRK_##name,
#include <rmmsim/spec/quirks.def>
};

static const struct rmmsim_spec_quirk quirks[] = {
#define QUIRK(lower, number, PRESET, text)                                                                             \
        [QUIRK_##lower] = {                                                                                            \
                .name = #lower, .meaning = text, .value = BIT(number), .bit = number, .profiles = PRESET_##PRESET      \
        },
#include <rmmsim/spec/quirks.def>
};

const struct rmmsim_spec_quirk *rmmsim_spec_quirk(uint32_t index)
{
        return ELEMENT(quirks, index);
}

const struct rmmsim_spec_quirk *rmmsim_spec_quirk_by_name(const char *name)
{
        for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(quirks); i++) {
                if (strcmp(quirks[i].name, name) == 0) {
                        return &quirks[i];
                }
        }
        return NULL;
}

/* The quirks that a profile presets: a sum over the rows, done by the compiler. */
#define PRESETS(profile, presets, bit) ((presets) >> (profile)&1 ? BIT(bit) : 0)

enum {
#define PROFILE(NAME, meaning) PROFILE_##NAME,
#include <rmmsim/spec/profiles.def>
};

static const struct rmmsim_spec_profile profiles[] = {
#define PROFILE(NAME, text) [RMMSIM_PROFILE_##NAME] = { .name = #NAME, .meaning = text, .number = PROFILE_##NAME },
#include <rmmsim/spec/profiles.def>
        [RMMSIM_PROFILE_RMM_1_0_REFERENCE].quirks = 0
#define QUIRK(name, bit, PRESET, meaning) | PRESETS(RMMSIM_PROFILE_RMM_1_0_REFERENCE, PRESET_##PRESET, bit)
#include <rmmsim/spec/quirks.def>
        ,
};

const struct rmmsim_spec_profile *rmmsim_spec_profile(uint32_t index)
{
        return ELEMENT(profiles, index);
}

const struct rmmsim_spec_profile *rmmsim_spec_profile_by_name(const char *name)
{
        for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(profiles); i++) {
                if (strcmp(profiles[i].name, name) == 0) {
                        return &profiles[i];
                }
        }
        return NULL;
}

#define COMMAND(ID, name, fid, summary) static const char id_of_##name[] = #ID;
#include <rmmsim/spec/commands.def>

static const struct rmmsim_spec_variation variations[] = {
#define ONLY_WITH(name, lower, named)                                                                                  \
        { .quirk = &quirks[QUIRK_##name], .command = id_of_##lower, .condition = #named, .brings = 1 },
#define VARIES(name, lower, named) { .quirk = &quirks[QUIRK_##name], .command = id_of_##lower, .condition = #named },
#define DIFFERS(name, lower)       { .quirk = &quirks[QUIRK_##name], .command = id_of_##lower },
#include <rmmsim/spec/quirks.def>
};

const struct rmmsim_spec_variation *rmmsim_spec_variation(uint32_t index)
{
        return ELEMENT(variations, index);
}
