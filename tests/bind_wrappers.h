/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bind_wrappers.h - the kernel's wrappers as the checker is told of them, one for each of the 23 commands.
 */
#ifndef BIND_WRAPPERS_H
#define BIND_WRAPPERS_H

#include "compat/linux_more.h"
#include "compat/linux_rmi.h"
#include <rmmsim/bind.h>

#define ULONG(...)                                                                                                     \
        {                                                                                                              \
                .type = RMMSIM_TYPE_ULONG, __VA_ARGS__                                                                 \
        }
#define LONG(...)                                                                                                      \
        {                                                                                                              \
                .type = RMMSIM_TYPE_LONG, __VA_ARGS__                                                                  \
        }
#define INT(...)                                                                                                       \
        {                                                                                                              \
                .type = RMMSIM_TYPE_INT, __VA_ARGS__                                                                   \
        }
#define OUTPUT(...)                                                                                                    \
        {                                                                                                              \
                .type = RMMSIM_TYPE_ULONG, .role = RMMSIM_ROLE_OUTPUT, __VA_ARGS__                                     \
        }

#define WRAPPER(fn_name, command_name, result_type, ...)                                                               \
        {                                                                                                              \
                .label = #fn_name, .command = RMMSIM_COMMAND_##command_name, .fn = (rmmsim_fn *)fn_name,               \
                .result = RMMSIM_TYPE_##result_type, .args = {                                                         \
                        __VA_ARGS__                                                                                    \
                }                                                                                                      \
        }

static struct kernel_rtt_entry entry_read;

static const struct rmmsim_wrapper kernel_wrappers[] = {
        WRAPPER(kernel_version, rmi_version, ULONG,
                ULONG(.role = RMMSIM_ROLE_CONSTANT, .name = "req", .value = 0x10000), OUTPUT(), OUTPUT()),
        WRAPPER(kernel_granule_delegate, rmi_granule_delegate, ULONG, ULONG()),
        WRAPPER(kernel_granule_undelegate, rmi_granule_undelegate, ULONG, ULONG()),
        WRAPPER(kernel_data_create, rmi_data_create, ULONG, ULONG(), ULONG(), ULONG(), ULONG(), ULONG()),
        WRAPPER(kernel_data_create_unknown, rmi_data_create_unknown, ULONG, ULONG(), ULONG(), ULONG()),
        WRAPPER(kernel_data_destroy, rmi_data_destroy, ULONG, ULONG(), ULONG(), OUTPUT()),
        WRAPPER(kernel_realm_activate, rmi_realm_activate, ULONG, ULONG()),
        WRAPPER(kernel_realm_create, rmi_realm_create, ULONG, ULONG(), ULONG()),
        WRAPPER(kernel_realm_destroy, rmi_realm_destroy, ULONG, ULONG()),
        WRAPPER(kernel_rec_create, rmi_rec_create, ULONG, ULONG(), ULONG(), ULONG()),
        WRAPPER(kernel_rec_destroy, rmi_rec_destroy, ULONG, ULONG()),
        WRAPPER(kernel_rec_enter, rmi_rec_enter, ULONG, ULONG(), ULONG()),
        WRAPPER(kernel_rtt_create, rmi_rtt_create, ULONG, ULONG(.name = "rd"), ULONG(.name = "rtt"),
                ULONG(.name = "ipa"), LONG(.name = "level")),
        WRAPPER(kernel_rtt_destroy, rmi_rtt_destroy, ULONG, ULONG(), ULONG(), LONG(), OUTPUT(.name = "rtt")),
        WRAPPER(kernel_rtt_map_unprotected, rmi_rtt_map_unprotected, INT, ULONG(), ULONG(), INT(), ULONG()),
        WRAPPER(kernel_rtt_read_entry, rmi_rtt_read_entry, ULONG, ULONG(), ULONG(), LONG(),
                { .type = RMMSIM_TYPE_POINTER, .role = RMMSIM_ROLE_OTHER, .value = (uintptr_t)&entry_read }),
        WRAPPER(kernel_rtt_unmap_unprotected, rmi_rtt_unmap_unprotected, INT, ULONG(), ULONG(), INT(),
                OUTPUT(.name = "top")),
        WRAPPER(kernel_psci_complete, rmi_psci_complete, INT, ULONG(), ULONG(), ULONG()),
        WRAPPER(kernel_features, rmi_features, INT, ULONG(), OUTPUT()),
        WRAPPER(kernel_rtt_fold, rmi_rtt_fold, INT, ULONG(), ULONG(), LONG(), OUTPUT()),
        WRAPPER(kernel_rec_aux_count, rmi_rec_aux_count, INT, ULONG(),
                { .type = RMMSIM_TYPE_U8, .role = RMMSIM_ROLE_OUTPUT }),
        WRAPPER(kernel_rtt_init_ripas, rmi_rtt_init_ripas, INT, ULONG(), ULONG(.name = "top"),
                OUTPUT(.name = "out_top"), ULONG(.name = "base")),
        WRAPPER(kernel_rtt_set_ripas, rmi_rtt_set_ripas, INT, ULONG(), ULONG(), ULONG(), ULONG(), OUTPUT()),
};

#endif
