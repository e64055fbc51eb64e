/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * spec.h - the reference as text for a terminal: `rmmsim spec`.
 */
#ifndef SPEC_H
#define SPEC_H

#include <rmmsim/spec.h>

/* One command in full. profile: leave out what is not in force there; NULL: print all, and say what is in force where. */
void spec_print_command(const struct rmmsim_spec_command *command, const struct rmmsim_spec_profile *profile);

void spec_print_states(void);
void spec_print_exits(void);
void spec_print_quirks(const struct rmmsim_spec_profile *profile);
void spec_print_statuses(void);
void spec_print_structures(void);
void spec_print_types(void);
void spec_print_sysregs(void);

void spec_print_object(const struct rmmsim_spec_object *object);
void spec_print_structure(const struct rmmsim_spec_structure *structure);
void spec_print_type(const struct rmmsim_spec_type *type);

#endif
