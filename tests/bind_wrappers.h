/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bind_wrappers.h - the kernel's wrappers as the checker is told of them, one for each of the 23 commands.
 */
#ifndef BIND_WRAPPERS_H
#define BIND_WRAPPERS_H

#include "compat/linux_more.h"
#include "compat/linux_rmi.h"
#include <rmmsim/bind.h>

static struct kernel_rtt_entry entry_read;

static const struct rmmsim_wrapper kernel_wrappers[] = {
        RMMSIM_WRAPPER(kernel_version, rmi_version, ULONG, RMMSIM_ARG_CONSTANT("req", 0x10000), RMMSIM_ARG_OUT(ULONG),
                       RMMSIM_ARG_OUT(ULONG)),
        RMMSIM_WRAPPER(kernel_granule_delegate, rmi_granule_delegate, ULONG, RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_granule_undelegate, rmi_granule_undelegate, ULONG, RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_data_create, rmi_data_create, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_data_create_unknown, rmi_data_create_unknown, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_data_destroy, rmi_data_destroy, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG_OUT(ULONG)),
        RMMSIM_WRAPPER(kernel_realm_activate, rmi_realm_activate, ULONG, RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_realm_create, rmi_realm_create, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_realm_destroy, rmi_realm_destroy, ULONG, RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_rec_create, rmi_rec_create, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_rec_destroy, rmi_rec_destroy, ULONG, RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_rec_enter, rmi_rec_enter, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_rtt_create, rmi_rtt_create, ULONG, RMMSIM_ARG_AS(ULONG, "rd"),
                       RMMSIM_ARG_AS(ULONG, "rtt"), RMMSIM_ARG_AS(ULONG, "ipa"), RMMSIM_ARG_AS(LONG, "level")),
        RMMSIM_WRAPPER(kernel_rtt_destroy, rmi_rtt_destroy, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(LONG), RMMSIM_ARG_OUT_AS(ULONG, "rtt")),
        RMMSIM_WRAPPER(kernel_rtt_map_unprotected, rmi_rtt_map_unprotected, INT, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(INT), RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_rtt_read_entry, rmi_rtt_read_entry, ULONG, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(LONG), RMMSIM_ARG_OTHER(POINTER, (uintptr_t)&entry_read)),
        RMMSIM_WRAPPER(kernel_rtt_unmap_unprotected, rmi_rtt_unmap_unprotected, INT, RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(ULONG), RMMSIM_ARG(INT), RMMSIM_ARG_OUT_AS(ULONG, "top")),
        RMMSIM_WRAPPER(kernel_psci_complete, rmi_psci_complete, INT, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(ULONG)),
        RMMSIM_WRAPPER(kernel_features, rmi_features, INT, RMMSIM_ARG(ULONG), RMMSIM_ARG_OUT(ULONG)),
        RMMSIM_WRAPPER(kernel_rtt_fold, rmi_rtt_fold, INT, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG), RMMSIM_ARG(LONG),
                       RMMSIM_ARG_OUT(ULONG)),
        RMMSIM_WRAPPER(kernel_rec_aux_count, rmi_rec_aux_count, INT, RMMSIM_ARG(ULONG), RMMSIM_ARG_OUT(U8)),
        RMMSIM_WRAPPER(kernel_rtt_init_ripas, rmi_rtt_init_ripas, INT, RMMSIM_ARG(ULONG), RMMSIM_ARG_AS(ULONG, "top"),
                       RMMSIM_ARG_OUT_AS(ULONG, "out_top"), RMMSIM_ARG_AS(ULONG, "base")),
        RMMSIM_WRAPPER(kernel_rtt_set_ripas, rmi_rtt_set_ripas, INT, RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG),
                       RMMSIM_ARG(ULONG), RMMSIM_ARG(ULONG), RMMSIM_ARG_OUT(ULONG)),
};

#endif
