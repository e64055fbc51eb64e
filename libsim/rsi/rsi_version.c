/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_version.c - which revision of the interface, and that there are no optional features.
 *
 * Specification: RSI_VERSION, RSI_FEATURES.
 */
#include "rsi.h"

struct verdict rsi_version_check(const struct rmm *rmm, const struct rsi_version_args *a)
{
        (void)rmm;
        FAIL_IF(rsi_version, req_supported, a->req != SPEC_VERSION_1_0, a->req);
        return PASSED;
}

/* With a single revision supported, the lower and the higher one are that one in every case. */
static void report(struct rsi_version_results *r)
{
        r->lower = SPEC_VERSION_1_0;
        r->higher = SPEC_VERSION_1_0;
}

void rsi_version_report(const struct rmm *rmm, const struct rsi_version_args *a, const struct verdict *verdict,
                        struct rsi_version_results *r)
{
        (void)rmm;
        (void)a;
        (void)verdict;
        report(r);
}

void rsi_version_apply(struct pe *pe, const struct rsi_version_args *a, struct rsi_version_results *r)
{
        (void)pe;
        (void)a;
        report(r);
}

struct verdict rsi_features_check(const struct rmm *rmm, const struct rsi_features_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

/* Every feature register of 1.0 is zero, whatever its index. */
void rsi_features_apply(struct pe *pe, const struct rsi_features_args *a, struct rsi_features_results *r)
{
        (void)pe;
        (void)a;
        r->value = 0;
}
