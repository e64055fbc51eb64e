/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rsi_attestation.c - the Realm asks for a token and reads it in pieces.
 *
 * The claims are fixed when the operation begins. Signing takes long enough to matter, so it goes in steps: after each one a
 * physical interrupt takes the PE away, and the Realm sees RSI_INCOMPLETE. No lock is held while a step is computed; the
 * Realm's lock is taken for the copy into its memory only.
 *
 * Specification: RSI_ATTESTATION_TOKEN_INIT, RSI_ATTESTATION_TOKEN_CONTINUE.
 */
#include "realm_buffer.h"
#include <string.h>

struct verdict rsi_attestation_token_init_check(const struct rmm *rmm, const struct rsi_attestation_token_init_args *a)
{
        (void)rmm;
        (void)a;
        return PASSED;
}

void rsi_attestation_token_init_apply(struct pe *pe, const struct rsi_attestation_token_init_args *a,
                                      struct rsi_attestation_token_init_results *r)
{
        struct attestation_authority *authority = &pe->rmm->authority;
        struct rec *rec = a->common.rec;
        struct realm_claims claims;

        attestation_claims(&claims, a->common.realm,
                           (const uint8_t *)a + offsetof(struct rsi_attestation_token_init_args, challenge_0));
        if (!attestation_begin(&rec->attestation, rec->token, authority, &pe->hasher, &claims)) {
                r->common.x0 = RMMSIM_RSI_ERROR_UNKNOWN;
                return;
        }
        rec_set_attest(pe, rec, RMMSIM_ATTEST_ATTEST_IN_PROGRESS);
        r->size = attestation_token_size_max(authority);
}

struct verdict rsi_attestation_token_continue_check(const struct rmm *rmm,
                                                    const struct rsi_attestation_token_continue_args *a)
{
        const struct rec *rec = a->common.rec;

        (void)rmm;
        FAIL_IF(rsi_attestation_token_continue, addr_align, !is_granule_aligned(a->addr), a->addr);
        FAIL_IF(rsi_attestation_token_continue, offset_bound, a->offset >= GRANULE_SIZE, a->offset);
        FAIL_IF(rsi_attestation_token_continue, size_overflow, a->offset + a->size < a->offset, a->size);
        FAIL_IF(rsi_attestation_token_continue, size_bound, a->offset + a->size > GRANULE_SIZE, a->size);
        FAIL_IF(rsi_attestation_token_continue, addr_bound, !is_protected(a->common.realm, a->addr), a->addr);
        FAIL_IF(rsi_attestation_token_continue, state, rec->attest_state != RMMSIM_ATTEST_ATTEST_IN_PROGRESS,
                rec->attest_state);
        return PASSED;
}

/* The act is what follows: nothing of it happens under a lock. */
void rsi_attestation_token_continue_apply(struct pe *pe, const struct rsi_attestation_token_continue_args *a,
                                          struct rsi_attestation_token_continue_results *r)
{
        (void)pe;
        (void)a;
        (void)r;
}

static bool interrupt_pending(const struct pe *pe)
{
        return atomic_load_explicit(&pe->interrupts, memory_order_relaxed) != 0;
}

/* Sign until done, or until an interrupt wants the PE. At least one step is made, so an operation always gets on. */
static enum attestation_progress sign(struct pe *pe, struct rec *rec)
{
        enum attestation_progress progress;

        do {
                progress = attestation_step(&rec->attestation, rec->token, &pe->rmm->authority, &pe->hasher);
        } while (progress == ATTESTATION_UNFINISHED && !interrupt_pending(pe));
        return progress;
}

/* Give the Realm its next piece. The caller holds the Realm's lock. */
static struct verdict deliver(struct pe *pe, const struct rsi_attestation_token_continue_args *a,
                              struct rsi_attestation_token_continue_results *r)
{
        struct rec *rec = a->common.rec;
        struct stage2_result found;
        uint8_t *buffer;

        realm_buffer_find(pe->rmm, a->common.realm, &found, a->addr);
        buffer = realm_buffer_for_write(pe->rmm, &found);
        FAIL_IF(rsi_attestation_token_continue, addr_empty, found.outcome == STAGE2_EMPTY, found.state);
        if (buffer == NULL) {
                exit_buffer_abort(a->common.vcpu, &found, a->addr);
                r->common.outcome = RSI_UNTOUCHED;
                return PASSED;
        }
        r->common.x0 = RMMSIM_RSI_INCOMPLETE;
        r->len = attestation_deliver(&rec->attestation, rec->token, &pe->rmm->authority, buffer + a->offset, a->size);
        if (rec->attestation.stage == ATTESTATION_IDLE) {
                rec_set_attest(pe, rec, RMMSIM_ATTEST_NO_ATTEST_IN_PROGRESS);
                r->common.x0 = RMMSIM_RSI_SUCCESS;
        }
        return PASSED;
}

struct verdict rsi_attestation_token_continue_continue(struct pe *pe,
                                                       const struct rsi_attestation_token_continue_args *a,
                                                       struct rsi_attestation_token_continue_results *r)
{
        const struct rmmsim_vcpu *vcpu = a->common.vcpu;
        struct verdict verdict;
        enum attestation_progress progress = sign(pe, a->common.rec);

        FAIL_IF(rsi_attestation_token_continue, unknown, progress == ATTESTATION_FAILED, progress);
        if (progress == ATTESTATION_UNFINISHED) {
                /* The interrupt is taken at the next instruction: the run loop makes it an exit. */
                r->common.x0 = RMMSIM_RSI_INCOMPLETE;
                return PASSED;
        }
        vcpu_lock_realm(vcpu, true);
        record_act(pe);
        verdict = deliver(pe, a, r);
        record_acted(pe);
        vcpu_unlock_realm(vcpu, true);
        return verdict;
}
