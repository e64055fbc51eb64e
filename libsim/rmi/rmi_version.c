/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_version.c - which revision of the interface, and what the platform offers.
 *
 * Specification: RMI_VERSION, RMI_FEATURES.
 */
#include "rmi.h"

/* The whole register is compared: reserved bits make another revision. */
struct verdict rmi_version_check(const struct rmm *rmm, const struct rmi_version_args *a)
{
        (void)rmm;
        FAIL_IF(rmi_version, req_supported, a->req != SPEC_VERSION_1_0, a->req);
        return PASSED;
}

/* With a single revision supported, the lower and the higher one are that one in every case. */
static void report(struct rmi_version_results *r)
{
        r->lower = SPEC_VERSION_1_0;
        r->higher = SPEC_VERSION_1_0;
}

void rmi_version_report(const struct rmm *rmm, const struct rmi_version_args *a, const struct verdict *verdict,
                        struct rmi_version_results *r)
{
        (void)rmm;
        (void)a;
        (void)verdict;
        report(r);
}

void rmi_version_apply(struct pe *pe, const struct rmi_version_args *a, struct rmi_version_results *r)
{
        (void)pe;
        (void)a;
        report(r);
}

struct verdict rmi_features_check(const struct rmm *rmm, const struct rmi_features_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

void rmi_features_apply(struct pe *pe, const struct rmi_features_args *a, struct rmi_features_results *r)
{
        r->value = a->index == 0 ? pe->rmm->profile.feature_register_0 : 0;
}
