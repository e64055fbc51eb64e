/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * explain_value.c - a word in words, as its type says.
 */
#include "explain.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t field_of(const struct rmmsim_spec_bits *bits, uint64_t value)
{
        return value >> bits->low & (~UINT64_C(0) >> (64 - bits->width));
}

/* What no field of the type covers. */
static uint64_t rest_of(const struct rmmsim_spec_type *type, uint64_t value)
{
        for (unsigned i = 0; i < type->num_bits; i++) {
                value &= ~((~UINT64_C(0) >> (64 - type->bits[i].width)) << type->bits[i].low);
        }
        return value;
}

static void print_number(uint64_t value)
{
        printf(value < 10 ? "%" PRIu64 : "0x%" PRIx64, value);
}

static void print_value(const struct rmmsim_spec_type *type, uint64_t value)
{
        for (unsigned i = 0; i < type->num_values; i++) {
                if ((uint64_t)type->values[i].value == value) {
                        printf("%s, %s", type->values[i].name, type->values[i].meaning);
                        return;
                }
        }
        printf("no value of %s", type->name);
}

static void print_field(const struct rmmsim_spec_bits *bits, uint64_t value)
{
        const struct rmmsim_spec_type *type = rmmsim_spec_type_by_name(bits->type);
        uint64_t field = field_of(bits, value);

        if (bits->type != NULL && strcmp(bits->type, "AddressBits") == 0) {
                printf("%s=0x%" PRIx64, bits->name, field << bits->low);
                return;
        }
        if (bits->width == 1) {
                printf("%s", bits->name);
                return;
        }
        for (unsigned i = 0; type != NULL && i < type->num_values; i++) {
                if ((uint64_t)type->values[i].value == field) {
                        printf("%s=%s", bits->name, type->values[i].name);
                        return;
                }
        }
        printf("%s=%" PRIu64, bits->name, field);
}

/* "LPA2 SVE_VL=3": what is set. */
static void print_set(const struct rmmsim_spec_type *type, uint64_t value)
{
        const char *blank = "";

        for (unsigned i = 0; i < type->num_bits; i++) {
                const struct rmmsim_spec_bits *bits = &type->bits[i];

                if (field_of(bits, value) != 0 || (bits->type != NULL && bits->width > 1)) {
                        fputs(blank, stdout);
                        print_field(bits, value);
                        blank = " ";
                }
        }
        if (rest_of(type, value) != 0) {
                printf("%sreserved bits 0x%" PRIx64, blank, rest_of(type, value));
                blank = " ";
        }
        fputs(*blank == '\0' ? "nothing is set" : "", stdout);
}

/* An identifier as an argument: it is compared whole, so that one with an SVE hint names nothing. */
static void print_function(uint32_t fid)
{
        const struct rmmsim_spec_command *command = has_sve_hint(fid) ? NULL : command_selected(fid);

        if (fid == RMMSIM_SMCCC_VERSION) {
                printf("SMCCC_VERSION");
        } else if (command == NULL) {
                printf("no function of RMI, RSI or PSCI");
        } else {
                printf("%s%s", command->id, is_other_form(command, fid) ? ", in the SMC32 form" : "");
        }
}

void print_typed(const char *name, uint64_t value)
{
        const struct rmmsim_spec_type *type = rmmsim_spec_type_by_name(name);

        if (type == NULL) {
                print_number(value);
        } else if (strcmp(type->name, "InterfaceVersion") == 0 && rest_of(type, value) == 0) {
                printf("%" PRIu64 ".%" PRIu64, field_of(&type->bits[1], value), field_of(&type->bits[0], value));
        } else if (strcmp(type->name, "FunctionId") == 0) {
                print_function((uint32_t)value);
        } else if (type->num_values != 0) {
                print_value(type, value);
        } else if (type->num_bits != 0) {
                print_set(type, value);
        } else {
                printf("level %" PRId64, (int64_t)value);
        }
}
