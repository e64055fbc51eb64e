/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * linux_rsi.h - the prototypes of linux_rsi.c, for whoever calls it.
 */
#ifndef LINUX_RSI_H
#define LINUX_RSI_H

struct guest_version {
        unsigned long lower, higher;
};

unsigned long guest_rsi_version(unsigned long req, struct guest_version *version);
unsigned long guest_rsi_host_call(unsigned long ipa);
unsigned long guest_rsi_measurement_read(unsigned long index, unsigned long value[8]);
long guest_psci_cpu_on(unsigned long target, unsigned long entry, unsigned long context);
void guest_psci_system_off(void);

#endif
