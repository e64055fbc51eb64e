/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux_rmi.h - the prototypes of linux_rmi.c, for whoever calls it.
 */
#ifndef LINUX_RMI_H
#define LINUX_RMI_H

struct kernel_rtt_entry {
        unsigned long walk_level, state, desc, ripas;
};

unsigned long kernel_granule_delegate(unsigned long phys);
unsigned long kernel_granule_undelegate(unsigned long phys);
unsigned long kernel_data_create(unsigned long rd, unsigned long data, unsigned long ipa, unsigned long src,
                                 unsigned long flags);
unsigned long kernel_data_destroy(unsigned long rd, unsigned long ipa, unsigned long *data);
unsigned long kernel_realm_create(unsigned long rd, unsigned long params);
unsigned long kernel_realm_activate(unsigned long rd);
unsigned long kernel_realm_destroy(unsigned long rd);
unsigned long kernel_rec_create(unsigned long rd, unsigned long rec, unsigned long params);
unsigned long kernel_rec_destroy(unsigned long rec);
unsigned long kernel_rec_enter(unsigned long rec, unsigned long run);
unsigned long kernel_rtt_create(unsigned long rd, unsigned long rtt, unsigned long ipa, long level);
unsigned long kernel_rtt_destroy(unsigned long rd, unsigned long ipa, long level, unsigned long *rtt);
unsigned long kernel_rtt_read_entry(unsigned long rd, unsigned long ipa, long level, struct kernel_rtt_entry *entry);

#endif
