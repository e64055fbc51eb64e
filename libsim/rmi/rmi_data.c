/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rmi_data.c - memory of a Realm: Data Granules come and go, one page at a time.
 *
 * While the Realm is built the host may provide contents, which are copied and measured. Later it provides pages whose
 * contents it does not know; ours are zero, as every Granule that goes through DELEGATED is wiped on its way in. Taking
 * a page away leaves DESTROYED behind, so that a Realm never finds fresh memory where it had data; where the Realm had
 * given up the address (RIPAS EMPTY) it stays EMPTY.
 *
 * Specification: RMI_DATA_CREATE, RMI_DATA_CREATE_UNKNOWN, RMI_DATA_DESTROY; RTT sheet sections 2.2 and 3.1 to 3.3. The
 * rel0 text forgets to say that DATA_CREATE copies (erratum 935), and that DESTROYED is left behind for ASSIGNED,
 * DESTROYED (899).
 */
#include "measurement.h"
#include "rmi.h"
#include "rtt.h"
#include <string.h>

/* Copied whether or not the command will succeed: once, under the page's lock, so that it cannot be read twice. */
void rmi_data_create_copy(struct pe *pe, struct rmi_data_create_args *a)
{
        const uint8_t *page = call_host_page(pe, &a->src);

        if (page != NULL) {
                memcpy(pe->page, page, GRANULE_SIZE);
                call_host_page_read(pe, &a->src, page);
                a->common.copy = pe->page;
        }
}

struct verdict rmi_data_create_check(const struct rmm *rmm, const struct rmi_data_create_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        bool flags_wrong = QUIRKED(&rmm->profile, data_flags_checked) && (a->flags & ~RMMSIM_DATA_FLAG_MEASURE) != 0;
        struct rtt_walk *walk = a->common.walk;

        FAIL_IF(rmi_data_create, flags_valid, flags_wrong, a->flags);
        FAIL_IF(rmi_data_create, src_align, !is_granule_aligned(a->src.pa), a->src.pa);
        FAIL_IF(rmi_data_create, src_bound, a->src.granule == NULL, a->src.pa);
        FAIL_IF(rmi_data_create, src_pas, !granule_ref_is_ns(&a->src), granule_ref_access(&a->src));
        FAIL_IF(rmi_data_create, data_align, !is_granule_aligned(a->data.pa), a->data.pa);
        FAIL_IF(rmi_data_create, data_bound, a->data.granule == NULL, a->data.pa);
        FAIL_IF(rmi_data_create, data_state, a->data.state != RMMSIM_GRANULE_DELEGATED, a->data.state);
        FAIL_IF(rmi_data_create, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_data_create, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_data_create, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_data_create, realm_state, realm->state != RMMSIM_REALM_REALM_NEW, realm->state);
        FAIL_IF(rmi_data_create, ipa_align, !is_granule_aligned(a->ipa), a->ipa);
        FAIL_IF(rmi_data_create, ipa_bound, !is_protected(realm, a->ipa), a->ipa);
        FAIL_IF(rmi_data_create, data_bound2, !realm->lpa2 && a->data.pa >= BIT(48), a->data.pa);
        rtt_walk(rmm, realm, walk, a->ipa, RTT_LEVEL_PAGE);
        FAIL_AT(rmi_data_create, rtt_walk, walk->level < RTT_LEVEL_PAGE, walk->level, walk->level);
        FAIL_AT(rmi_data_create, rtte_state, !rtte_is_in(walk->entry, RTTE_ALL_UNASSIGNED), rtte_state(walk->entry),
                walk->level);
        return PASSED;
}

/* Turn an UNASSIGNED entry into one that holds a Data Granule, filled already. */
static void assign(struct pe *pe, const struct realm *realm, const struct granule_ref *data,
                   const struct rtt_walk *walk, uint64_t ipa, unsigned state)
{
        granule_become(pe, data->pa, data->granule, RMMSIM_GRANULE_DATA);
        rtt_set(pe, realm, walk, walk->index, ipa, rtte_make(state, walk->level, data->pa, realm->lpa2));
}

/* The flags are measured as passed, so that a host cannot hide what it asked for. */
static bool measure(struct pe *pe, struct realm *realm, const struct rmi_data_create_args *a)
{
        enum hash_algorithm algorithm = (enum hash_algorithm)realm->hash_algo;
        bool with_content = (a->flags & RMMSIM_DATA_FLAG_MEASURE) != 0;
        uint8_t content[MEASUREMENT_SIZE];

        if (with_content && !hash_once(&pe->hasher, algorithm, a->data.page, GRANULE_SIZE, content)) {
                return false;
        }
        return rim_extend_data(realm->measurements[0], &pe->hasher, algorithm, a->ipa, a->flags,
                               with_content ? content : NULL);
}

void rmi_data_create_apply(struct pe *pe, const struct rmi_data_create_args *a, struct rmi_data_create_results *r)
{
        struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        (void)r;
        memcpy(a->data.page, a->common.copy, GRANULE_SIZE);
        if (!measure(pe, realm, a)) {
                pe->library_error = RMMSIM_ERROR_CRYPTO;
        }
        assign(pe, realm, &a->data, walk, a->ipa, RMMSIM_RTTE_ASSIGNED_RAM);
}

struct verdict rmi_data_create_unknown_check(const struct rmm *rmm, const struct rmi_data_create_unknown_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        FAIL_IF(rmi_data_create_unknown, data_align, !is_granule_aligned(a->data.pa), a->data.pa);
        FAIL_IF(rmi_data_create_unknown, data_bound, a->data.granule == NULL, a->data.pa);
        FAIL_IF(rmi_data_create_unknown, data_state, a->data.state != RMMSIM_GRANULE_DELEGATED, a->data.state);
        FAIL_IF(rmi_data_create_unknown, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_data_create_unknown, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_data_create_unknown, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_data_create_unknown, ipa_align, !is_granule_aligned(a->ipa), a->ipa);
        FAIL_IF(rmi_data_create_unknown, ipa_bound, !is_protected(realm, a->ipa), a->ipa);
        FAIL_IF(rmi_data_create_unknown, data_bound2, !realm->lpa2 && a->data.pa >= BIT(48), a->data.pa);
        rtt_walk(rmm, realm, walk, a->ipa, RTT_LEVEL_PAGE);
        FAIL_AT(rmi_data_create_unknown, rtt_walk, walk->level < RTT_LEVEL_PAGE, walk->level, walk->level);
        FAIL_AT(rmi_data_create_unknown, rtte_state, !rtte_is_in(walk->entry, RTTE_ALL_UNASSIGNED),
                rtte_state(walk->entry), walk->level);
        return PASSED;
}

/* RIPAS stays what it is: the host cannot make DESTROYED memory look fresh. */
void rmi_data_create_unknown_apply(struct pe *pe, const struct rmi_data_create_unknown_args *a,
                                   struct rmi_data_create_unknown_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        (void)r;
        assign(pe, realm, &a->data, walk, a->ipa, rtte_state_assigned(rtte_state(walk->entry)));
}

struct verdict rmi_data_destroy_check(const struct rmm *rmm, const struct rmi_data_destroy_args *a)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;

        FAIL_IF(rmi_data_destroy, rd_align, !is_granule_aligned(a->rd.pa), a->rd.pa);
        FAIL_IF(rmi_data_destroy, rd_bound, a->rd.granule == NULL, a->rd.pa);
        FAIL_IF(rmi_data_destroy, rd_state, a->rd.state != RMMSIM_GRANULE_RD, a->rd.state);
        FAIL_IF(rmi_data_destroy, ipa_align, !is_granule_aligned(a->ipa), a->ipa);
        FAIL_IF(rmi_data_destroy, ipa_bound, !is_protected(realm, a->ipa), a->ipa);
        rtt_walk(rmm, realm, walk, a->ipa, RTT_LEVEL_PAGE);
        FAIL_AT(rmi_data_destroy, rtt_walk, walk->level < RTT_LEVEL_PAGE, walk->level, walk->level);
        FAIL_AT(rmi_data_destroy, rtte_state, !rtte_is_in(walk->entry, RTTE_ALL_ASSIGNED), rtte_state(walk->entry),
                walk->level);
        return PASSED;
}

void rmi_data_destroy_apply(struct pe *pe, const struct rmi_data_destroy_args *a, struct rmi_data_destroy_results *r)
{
        const struct realm *realm = realm_of(&a->rd);
        struct rtt_walk *walk = a->common.walk;
        unsigned left;

        left = rtte_state(walk->entry) == RMMSIM_RTTE_ASSIGNED_EMPTY ? RMMSIM_RTTE_UNASSIGNED_EMPTY
                                                                     : RMMSIM_RTTE_UNASSIGNED_DESTROYED;
        r->data = rtte_address(walk->entry, realm->lpa2);
        rtt_set(pe, realm, walk, walk->index, a->ipa, rtte_make(left, walk->level, 0, realm->lpa2));
        granule_release(pe, r->data);
        r->top = rtt_skip_non_live(walk, a->ipa);
}

void rmi_data_destroy_report(const struct rmm *rmm, const struct rmi_data_destroy_args *a,
                             const struct verdict *verdict, struct rmi_data_destroy_results *r)
{
        struct rtt_walk *walk = a->common.walk;

        (void)rmm;
        if (verdict_ends_walk(verdict)) {
                r->top = rtt_skip_non_live(walk, a->ipa);
        }
}
