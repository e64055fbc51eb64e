/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * realm_params.h - is what the host asks for in RmiRealmParams well-formed, and on offer?
 *
 * Questions about values only: they look at the private copy of the page and at the profile, and change nothing. The answer
 * names the field at fault by its offset in the page, so that a refusal can point at it.
 *
 * Specification: RmiRealmParams; conditions params_valid, params_supp and vmid_valid of RMI_REALM_CREATE.
 */
#ifndef REALM_PARAMS_H
#define REALM_PARAMS_H

#include "profile.h"

enum {
        REALM_PARAMS_FINE = -1
};

/* The offset of the first field that holds a reserved encoding, or REALM_PARAMS_FINE. */
int realm_params_reserved(const struct rmmsim_realm_params *params);

/* The offset of the first field that asks for more than RMI_FEATURES offers, or REALM_PARAMS_FINE. */
int realm_params_unsupported(const struct profile *profile, const struct rmmsim_realm_params *params);

/* Does the platform have this VMID? Whether it is free is another question. */
bool vmid_exists(const struct profile *profile, uint16_t vmid);

#endif
