/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec_tables.c - everything of the reference that is not a command.
 */
#include "spec.h"
#include <rmmsim/sysreg.h>
#include <stdio.h>

static void print_value(const struct rmmsim_spec_value *value)
{
        printf("  %4lld  %-24s %s\n", (long long)value->value, value->name, value->meaning);
}

void spec_print_statuses(void)
{
        const struct rmmsim_spec_value *status;

        for (unsigned i = 0; i < RMMSIM_NUM_INTERFACES; i++) {
                printf("%s%s\n", i != 0 ? "\n" : "", rmmsim_interface_name(i));
                for (unsigned j = 0; (status = rmmsim_spec_status(i, j)) != NULL; j++) {
                        print_value(status);
                }
        }
}

void spec_print_exits(void)
{
        const struct rmmsim_spec_value *reason;

        for (unsigned i = 0; (reason = rmmsim_spec_exit(i)) != NULL; i++) {
                print_value(reason);
        }
}

void spec_print_object(const struct rmmsim_spec_object *object)
{
        printf("%s: %s\n", object->name, object->meaning);
        for (unsigned i = 0; i < object->num_states; i++) {
                print_value(&object->states[i]);
        }
        for (unsigned i = 0; i < object->num_edges; i++) {
                const struct rmmsim_spec_edge *edge = &object->edges[i];

                printf("  %-22s -> %-22s %s\n", edge->from->name, edge->to->name, edge->command);
        }
}

void spec_print_states(void)
{
        const struct rmmsim_spec_object *object;

        for (unsigned i = 0; (object = rmmsim_spec_object(i)) != NULL; i++) {
                fputs(i != 0 ? "\n" : "", stdout);
                spec_print_object(object);
        }
}

void spec_print_quirks(const struct rmmsim_spec_profile *profile)
{
        const struct rmmsim_spec_profile *presetting;
        const struct rmmsim_spec_quirk *quirk;

        for (unsigned i = 0; (quirk = rmmsim_spec_quirk(i)) != NULL; i++) {
                if (profile != NULL && (quirk->profiles >> profile->number & 1) == 0) {
                        continue;
                }
                printf("%2u  %s\n    %s\n", quirk->bit, quirk->name, quirk->meaning);
                for (unsigned j = 0; (presetting = rmmsim_spec_profile(j)) != NULL; j++) {
                        if ((quirk->profiles >> j & 1) != 0) {
                                printf("    on in the profile %s\n", presetting->name);
                        }
                }
        }
}

void spec_print_structure(const struct rmmsim_spec_structure *structure)
{
        printf("%s (struct rmmsim_%s), 0x%x bytes: %s\n", structure->name, structure->c_name, structure->size,
               structure->meaning);
        for (unsigned i = 0; i < structure->num_fields; i++) {
                const struct rmmsim_spec_field *field = &structure->fields[i];
                unsigned size = field->size * field->count;
                char count[16] = "";

                if (field->count > 1) {
                        snprintf(count, sizeof(count), "[%u]", field->count);
                }
                printf("  0x%03x  %s%s%*s %4u %-5s  %s%s%s\n", field->offset, field->name, count,
                       (int)(20 - snprintf(NULL, 0, "%s%s", field->name, count)), "", size,
                       size == 1 ? "byte" : "bytes", field->meaning, field->type != NULL ? ": " : "",
                       field->type != NULL ? field->type : "");
        }
}

void spec_print_structures(void)
{
        const struct rmmsim_spec_structure *structure;

        for (unsigned i = 0; (structure = rmmsim_spec_structure(i)) != NULL; i++) {
                fputs(i != 0 ? "\n" : "", stdout);
                spec_print_structure(structure);
        }
}

void spec_print_type(const struct rmmsim_spec_type *type)
{
        printf("%s: %s\n", type->name, type->meaning);
        for (unsigned i = 0; i < type->num_values; i++) {
                print_value(&type->values[i]);
        }
        for (unsigned i = 0; i < type->num_bits; i++) {
                const struct rmmsim_spec_bits *bits = &type->bits[i];
                char range[16];

                snprintf(range, sizeof(range), bits->width > 1 ? "%u:%u" : "%u", bits->low + bits->width - 1,
                         bits->low);
                printf("  %5s  %-15s %s%s%s\n", range, bits->name, bits->meaning, bits->type != NULL ? ": " : "",
                       bits->type != NULL ? bits->type : "");
        }
}

void spec_print_types(void)
{
        const struct rmmsim_spec_type *type;

        for (unsigned i = 0; (type = rmmsim_spec_type(i)) != NULL; i++) {
                fputs(i != 0 ? "\n" : "", stdout);
                spec_print_type(type);
        }
}

void spec_print_sysregs(void)
{
        const struct rmmsim_spec_sysreg *sysreg;

        for (unsigned i = 0; (sysreg = rmmsim_spec_sysreg(i)) != NULL; i++) {
                printf("0x%06x  S%u_%u_C%u_C%u_%u%*s %s\n", sysreg->encoding, RMMSIM_SYSREG_OP0(sysreg->encoding),
                       RMMSIM_SYSREG_OP1(sysreg->encoding), RMMSIM_SYSREG_CRN(sysreg->encoding),
                       RMMSIM_SYSREG_CRM(sysreg->encoding), RMMSIM_SYSREG_OP2(sysreg->encoding),
                       RMMSIM_SYSREG_CRN(sysreg->encoding) < 10, "", sysreg->name);
        }
}
