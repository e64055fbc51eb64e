/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_structures.c - structures in memory as data for users (<rmmsim/spec.h>), and where a path through them leads.
 *
 * The rows are held against the structures of <rmmsim/abi.h> here, one by one.
 */
#include "bits.h"
#include "spec_rows.h"
#include <rmmsim/spec.h>
#include <string.h>

/* ---- rows and structures say the same ------------------------------------------------------------------------------- */

#define MEMBER(structure, field) (((struct rmmsim_##structure *)0)->field)
#define IS(member, type, count)  _Generic(&(member), type * : (count) == 1, type(*)[count] : 1, default : 0)

#define STRUCTURE(name, NAME, size, meaning)                                                                           \
        RMMSIM_STATIC_ASSERT(sizeof(struct rmmsim_##name) == (size), #NAME " of structures.def");
#define FIELD(structure, field, offset, element, count, meaning)                                                       \
        RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_##structure, field) == (offset) &&                                 \
                                     IS(MEMBER(structure, field), element, count),                                     \
                             #structure "." #field " of structures.def");
#define PART(structure, field, offset, part, PART_NAME, meaning)                                                       \
        RMMSIM_STATIC_ASSERT(offsetof(struct rmmsim_##structure, field) == (offset) &&                                 \
                                     IS(MEMBER(structure, field), struct rmmsim_##part, 1),                            \
                             #structure "." #field " of structures.def");
#include <rmmsim/spec/structures.def>

/* ---- the tables ----------------------------------------------------------------------------------------------------- */

enum {
#define STRUCTURE(name, NAME, size, meaning)                     BEGINS(FIELD, name)
#define FIELD(structure, field, offset, element, count, meaning) FIELD_##structure##_##field,
#define PART(structure, field, offset, part, PART_NAME, meaning) FIELD_##structure##_##field,
#define STRUCTURE_END(name)                                      ENDS(FIELD, name)
#include <rmmsim/spec/structures.def>
        NUM_FIELD
};

static const struct rmmsim_spec_field fields[NUM_FIELD] = {
#define FIELD(structure, field, at, element, number, text)                                                             \
        [FIELD_##structure##_##field] = { .name = #field,                                                              \
                                          .meaning = text,                                                             \
                                          .offset = (at),                                                              \
                                          .size = sizeof(element),                                                     \
                                          .count = (number),                                                           \
                                          .is_signed = _Generic((element)0, int64_t : 1, default : 0) },
#define FIELD_TYPE(structure, field, TYPE) [FIELD_##structure##_##field].type = #TYPE,
#define PART(structure, field, at, part, PART_NAME, text)                                                              \
        [FIELD_##structure##_##field] = { .name = #field,                                                              \
                                          .type = #PART_NAME,                                                          \
                                          .meaning = text,                                                             \
                                          .offset = (at),                                                              \
                                          .size = sizeof(struct rmmsim_##part),                                        \
                                          .count = 1 },
#include <rmmsim/spec/structures.def>
};

static const struct rmmsim_spec_structure structures[] = {
#define STRUCTURE(lower, NAME, bytes, text)                                                                            \
        { .name = #NAME,                                                                                               \
          .c_name = #lower,                                                                                            \
          .meaning = text,                                                                                             \
          .fields = fields + FIRST_OF(FIELD, lower),                                                                   \
          .num_fields = COUNT_OF(FIELD, lower),                                                                        \
          .size = (bytes) },
#include <rmmsim/spec/structures.def>
};

const struct rmmsim_spec_structure *rmmsim_spec_structure(uint32_t index)
{
        return ELEMENT(structures, index);
}

const struct rmmsim_spec_structure *rmmsim_spec_structure_by_name(const char *name)
{
        for (unsigned i = 0; name != NULL && i < ARRAY_SIZE(structures); i++) {
                if (strcmp(structures[i].name, name) == 0 || strcmp(structures[i].c_name, name) == 0) {
                        return &structures[i];
                }
        }
        return NULL;
}

/* ---- paths ---------------------------------------------------------------------------------------------------------- */

static const struct rmmsim_spec_field *field_called(const struct rmmsim_spec_structure *structure, const char *name,
                                                    size_t length)
{
        for (unsigned i = 0; i < structure->num_fields; i++) {
                const char *candidate = structure->fields[i].name;

                if (strlen(candidate) == length && memcmp(candidate, name, length) == 0) {
                        return &structure->fields[i];
                }
        }
        return NULL;
}

/* "[3]": decimal, and nothing around it. Returns what follows, or NULL. */
static const char *read_index(uint32_t *index, const char *text)
{
        const char *digit = text + 1;

        for (*index = 0; *digit >= '0' && *digit <= '9' && digit - text <= 4; digit++) {
                *index = *index * 10 + (uint32_t)(*digit - '0');
        }
        return digit > text + 1 && *digit == ']' ? digit + 1 : NULL;
}

bool rmmsim_spec_locate(struct rmmsim_spec_field *place, const struct rmmsim_spec_structure *structure,
                        const char *path)
{
        uint32_t begin = 0;

        while (structure != NULL && path != NULL) {
                size_t length = strcspn(path, ".[");
                const struct rmmsim_spec_field *field = field_called(structure, path, length);
                uint32_t index = 0;
                const char *rest = path + length;
                uint32_t count;

                if (field == NULL) {
                        return false;
                }
                count = field->count;
                if (*rest == '[') {
                        rest = read_index(&index, rest);
                        if (rest == NULL || field->count == 1 || index >= field->count) {
                                return false;
                        }
                        count = 1;
                }
                begin += field->offset;
                if (*rest == '\0') {
                        *place = *field;
                        place->offset = begin + index * field->size;
                        place->count = count;
                        return true;
                }
                structure = *rest == '.' ? rmmsim_spec_structure_by_name(field->type) : NULL;
                path = rest + 1;
        }
        return false;
}
