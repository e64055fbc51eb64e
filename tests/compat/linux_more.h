/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux_more.h - the prototypes of linux_more.c, for whoever calls it.
 */
#ifndef LINUX_MORE_H
#define LINUX_MORE_H

unsigned long kernel_version(unsigned long *lower, unsigned long *higher);
unsigned long kernel_data_create_unknown(unsigned long rd, unsigned long data, unsigned long ipa);
int kernel_rtt_map_unprotected(unsigned long rd, unsigned long ipa, int level, unsigned long desc);
int kernel_rtt_unmap_unprotected(unsigned long rd, unsigned long ipa, int level, unsigned long *top);
int kernel_psci_complete(unsigned long calling, unsigned long target, unsigned long status);
int kernel_features(unsigned long index, unsigned long *value);
int kernel_rtt_fold(unsigned long rd, unsigned long ipa, long level, unsigned long *rtt);
int kernel_rec_aux_count(unsigned long rd, unsigned char *count);
int kernel_rtt_init_ripas(unsigned long rd, unsigned long end, unsigned long *top, unsigned long start);
int kernel_rtt_set_ripas(unsigned long rd, unsigned long rec, unsigned long start, unsigned long end,
                         unsigned long *top);

#endif
