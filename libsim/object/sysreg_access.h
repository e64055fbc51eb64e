/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sysreg_access.h - what became of a Realm's MRS or MSR.
 *
 * Each device that owns registers (the GIC CPU interface, the timers) answers an access with one of these, so the run
 * loop can ask one device after the other.
 *
 * Specification: RMM (DEN0137), Realm exception model, trapped MSR and MRS.
 */
#ifndef SYSREG_ACCESS_H
#define SYSREG_ACCESS_H

enum sysreg_access {
        SYSREG_NOT_HERE,  /* another device's register; nothing was done                                       */
        SYSREG_DONE,      /* read or written; the Realm continues with the next instruction                    */
        SYSREG_TRAP_HOST, /* nothing was done; REC exit to the host, which emulates the access (exception 0x18) */
        SYSREG_UNDEFINED, /* nothing was done; the Realm takes an Undefined Instruction exception              */
};

#endif
