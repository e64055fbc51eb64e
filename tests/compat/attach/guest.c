/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guest.c - docs/attach.md: code of a Realm, and the guest function that runs it.
 */
#include <linux/arm-smccc.h>
#include <rmmsim/guest.h>

/* The guest kernel's, as it is. */
static unsigned long rsi_request_version(unsigned long req, unsigned long *higher)
{
        struct arm_smccc_res res;

        arm_smccc_smc(0xC4000190, req, 0, 0, 0, 0, 0, 0, &res);
        *higher = res.a2;
        return res.a0;
}

/* What rmmsim_guest_bind() is given. It selects nothing: a guest begins with its own vCPU. */
rmmsim_guest_fn realm_main;

void realm_main(struct rmmsim_vcpu *vcpu, void *arg)
{
        unsigned long *higher = arg;

        (void)vcpu;
        (void)rsi_request_version(0x10000, higher);
}
