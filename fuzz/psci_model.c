/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * psci_model.c - what each operation does to the model, and what it may answer.
 */
#include "psci_model.h"
#include <rmmsim/rmmsim.h>
#include <stddef.h>
#include <string.h>

const uint64_t psci_quirks[PSCI_NUM_QUIRKS] = {
        RMMSIM_QUIRK_psci_denied_on_running_consumes,
        RMMSIM_QUIRK_psci_target_keeps_registers,
        RMMSIM_QUIRK_psci_exit_two_registers,
        RMMSIM_QUIRK_psci_smc32,
        RMMSIM_QUIRK_psci_busy_means_on,
        RMMSIM_QUIRK_psci_features_hides_version,
        RMMSIM_QUIRK_psci_mpidr_masked,
        RMMSIM_QUIRK_psci_destroyed_recs_count,
        RMMSIM_QUIRK_psci_sve_hint_refused,
        RMMSIM_QUIRK_psci_level_wide,
};

struct psci_knobs psci_model_knobs_of(uint64_t quirks)
{
        return (struct psci_knobs){
                .denied_consumes = (quirks & RMMSIM_QUIRK_psci_denied_on_running_consumes) != 0,
                .keep_registers = (quirks & RMMSIM_QUIRK_psci_target_keeps_registers) != 0,
                .two_registers = (quirks & RMMSIM_QUIRK_psci_exit_two_registers) != 0,
                .smc32 = (quirks & RMMSIM_QUIRK_psci_smc32) != 0,
                .busy_means_on = (quirks & RMMSIM_QUIRK_psci_busy_means_on) != 0,
                .hides_version = (quirks & RMMSIM_QUIRK_psci_features_hides_version) != 0,
                .masked = (quirks & RMMSIM_QUIRK_psci_mpidr_masked) != 0,
                .destroyed_count = (quirks & RMMSIM_QUIRK_psci_destroyed_recs_count) != 0,
                .hint_refused = (quirks & RMMSIM_QUIRK_psci_sve_hint_refused) != 0,
                .level_wide = (quirks & RMMSIM_QUIRK_psci_level_wide) != 0,
        };
}

/* ---- the value ----------------------------------------------------------------------------------------------------------- */

void psci_model_begin(struct psci_model *model, const struct psci_knobs *knobs, unsigned num_recs, uint32_t runnable,
                      const uint64_t *pcs, uint64_t par_top)
{
        memset(model, 0, sizeof(*model));
        model->knobs = *knobs;
        model->num_recs = num_recs;
        model->par_top = par_top;
        for (unsigned i = 0; i < num_recs; i++) {
                struct psci_rec *rec = &model->rec[i];

                rec->exists = true;
                rec->on = rec->starts = (runnable >> i & 1) != 0;
                rec->pc = rec->on ? pcs[i] : 0;
        }
}

bool psci_model_equal(const struct psci_model *a, const struct psci_model *b)
{
        return a->num_recs == b->num_recs && a->realm_off == b->realm_off && a->par_top == b->par_top &&
               memcmp(&a->knobs, &b->knobs, sizeof(a->knobs)) == 0 &&
               memcmp(a->rec, b->rec, a->num_recs * sizeof(a->rec[0])) == 0;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
        hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
        return hash ^ hash >> 29;
}

/* Knobs and the Realm's shape are left out: they do not change. */
uint64_t psci_model_hash(const struct psci_model *model)
{
        uint64_t words[sizeof(struct psci_rec) / sizeof(uint64_t)];
        uint64_t hash = mix(1, model->realm_off);

        for (unsigned i = 0; i < model->num_recs; i++) {
                memcpy(words, &model->rec[i], sizeof(words));
                for (unsigned j = 0; j < sizeof(words) / sizeof(words[0]); j++) {
                        hash = mix(hash, words[j]);
                }
        }
        return hash;
}

/* ---- MPIDRs ------------------------------------------------------------------------------------------------------------ */

static uint64_t field(uint64_t value, unsigned low, unsigned width)
{
        return value >> low & ((UINT64_C(1) << width) - 1);
}

uint64_t psci_model_index_of(uint64_t mpidr)
{
        return field(mpidr, 0, 4) + 16 * field(mpidr, 8, 8) + 4096 * field(mpidr, 16, 8) +
               1048576 * field(mpidr, 32, 8);
}

static bool only_fields(uint64_t mpidr)
{
        return field(mpidr, 4, 4) == 0 && field(mpidr, 24, 8) == 0 && field(mpidr, 40, 24) == 0;
}

static bool names(const struct psci_model *model, uint64_t mpidr, unsigned rec)
{
        return psci_model_index_of(mpidr) == rec && (only_fields(mpidr) || model->knobs.masked);
}

static bool is_known(const struct psci_model *model, uint64_t mpidr)
{
        uint64_t index = psci_model_index_of(mpidr);

        return index < model->num_recs && names(model, mpidr, (unsigned)index) &&
               (model->rec[index].exists || model->knobs.destroyed_count);
}

/* ---- calls of a REC -------------------------------------------------------------------------------------------------------- */

static void answered(struct psci_rec *rec, uint64_t x0)
{
        rec->x[0] = x0;
        rec->x[1] = rec->x[2] = rec->x[3] = 0;
        rec->returns = true;
}

/* The host is shown the function and `num` arguments, or `few` of them. */
static void exits(const struct psci_model *model, struct psci_rec *rec, uint32_t function, unsigned num, unsigned few)
{
        unsigned shown = model->knobs.two_registers ? few : num;

        rec->exits = true;
        rec->gprs[0] = model->knobs.two_registers ? rec->x[0] : function;
        for (unsigned i = 1; i < 4; i++) {
                rec->gprs[i] = i <= shown ? rec->x[i] : 0;
        }
}

/* Of failures that apply, in the order of deployed monitors, the one that was seen; the first if none was. */
static bool fails(struct psci_rec *rec, const uint64_t *codes, unsigned num, const uint64_t *answer)
{
        unsigned i = 0;

        while (answer != NULL && i < num && codes[i] != *answer) {
                i++;
        }
        if (i == num) {
                return false;
        }
        answered(rec, codes[i]);
        return true;
}

static bool cpu_on(struct psci_model *model, unsigned self, uint32_t function, const uint64_t *answer)
{
        struct psci_rec *rec = &model->rec[self];
        uint64_t codes[3];
        unsigned num = 0;

        if (rec->x[2] >= model->par_top) {
                codes[num++] = PSCI_INVALID_ADDRESS;
        }
        if (!is_known(model, rec->x[1])) {
                codes[num++] = PSCI_INVALID_PARAMETERS;
        } else if (psci_model_index_of(rec->x[1]) == self) {
                codes[num++] = PSCI_ALREADY_ON;
        }
        if (num != 0) {
                return fails(rec, codes, num, answer);
        }
        rec->pending = PSCI_ASKS_CPU_ON;
        exits(model, rec, function, 3, 1);
        return true;
}

static bool affinity_info(struct psci_model *model, unsigned self, uint32_t function)
{
        struct psci_rec *rec = &model->rec[self];
        uint64_t level = model->knobs.level_wide ? rec->x[2] : field(rec->x[2], 0, 32);

        if (level != 0 || !is_known(model, rec->x[1])) {
                answered(rec, PSCI_INVALID_PARAMETERS);
        } else if (psci_model_index_of(rec->x[1]) == self) {
                answered(rec, PSCI_ON);
        } else {
                rec->pending = PSCI_ASKS_AFFINITY;
                exits(model, rec, function, 2, 1);
        }
        return true;
}

static bool is_served(const struct psci_model *model, uint32_t function)
{
        switch (function) {
        case 0x84000000:
        case 0x84000002:
        case 0x84000008:
        case 0x84000009:
        case 0x8400000A:
        case 0xC4000001:
        case 0xC4000003:
        case 0xC4000004:
                return true;
        case 0x84000001:
        case 0x84000003:
        case 0x84000004:
                return model->knobs.smc32;
        default:
                return false;
        }
}

static uint64_t features(const struct psci_model *model, uint64_t x1)
{
        uint32_t function = (uint32_t)x1;

        if (function == 0x84000000 && model->knobs.hides_version) {
                return PSCI_NOT_SUPPORTED;
        }
        return is_served(model, function) || function == 0x80000000 ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED;
}

bool psci_model_call(struct psci_model *model, unsigned index, const uint64_t x[4], uint64_t rest,
                     const uint64_t *answer)
{
        struct psci_rec *rec = &model->rec[index];
        uint32_t function = (uint32_t)x[0] & 0xfffeffff; /* without the SVE hint */

        if (!rec->inside || rec->exits || rec->starts || rec->returns) {
                return false;
        }
        memcpy(rec->x, x, sizeof(rec->x));
        rec->rest = rest;
        if (!is_served(model, function) || (model->knobs.hint_refused && field(x[0], 16, 1) == 1)) {
                answered(rec, PSCI_NOT_SUPPORTED);
                return true;
        }
        switch (function & 0xf) {
        case 0x0:
                answered(rec, 0x10001);
                return true;
        case 0x1:
                exits(model, rec, function, 3, 0);
                answered(rec, PSCI_SUCCESS);
                return true;
        case 0x2:
                exits(model, rec, function, 0, 0);
                answered(rec, PSCI_SUCCESS);
                rec->returns = false;
                rec->on = false;
                return true;
        case 0x3:
                return cpu_on(model, index, function, answer);
        case 0x4:
                return affinity_info(model, index, function);
        case 0xa:
                answered(rec, features(model, x[1]));
                return true;
        default:
                exits(model, rec, function, 0, 0);
                model->realm_off = true;
                return true;
        }
}

static bool finds(struct psci_rec *rec, const uint64_t x[4], uint64_t rest)
{
        return rec->inside && memcmp(rec->x, x, sizeof(rec->x)) == 0 && rec->rest == rest;
}

bool psci_model_returns(struct psci_model *model, unsigned index, const uint64_t x[4], uint64_t rest)
{
        struct psci_rec *rec = &model->rec[index];

        if (!rec->returns || rec->starts || rec->exits || !finds(rec, x, rest)) {
                return false;
        }
        rec->returns = false;
        return true;
}

bool psci_model_starts(struct psci_model *model, unsigned index, uint64_t pc, const uint64_t x[4], uint64_t rest)
{
        struct psci_rec *rec = &model->rec[index];

        if (!rec->starts || rec->exits || rec->pc != pc || !finds(rec, x, rest)) {
                return false;
        }
        rec->starts = false;
        rec->pc = 0;
        return true;
}

/* ---- the host ---------------------------------------------------------------------------------------------------------- */

uint64_t psci_model_enter_x0(const struct psci_model *model, unsigned index)
{
        const struct psci_rec *rec = &model->rec[index];

        if (!rec->exists) {
                return PSCI_RMI_ERROR_INPUT;
        }
        if (rec->inside) {
                return PSCI_RMI_ERROR_REC;
        }
        if (model->realm_off) {
                return PSCI_RMI_SYSTEM_OFF;
        }
        return rec->on && rec->pending == PSCI_ASKS_NOTHING ? PSCI_RMI_SUCCESS : PSCI_RMI_ERROR_REC;
}

bool psci_model_enter(struct psci_model *model, unsigned index, uint64_t x0)
{
        struct psci_rec *rec = &model->rec[index];
        bool refused = rec->inside || !rec->on || rec->pending != PSCI_ASKS_NOTHING;

        if (!rec->exists) {
                return x0 == PSCI_RMI_ERROR_INPUT;
        }
        if (refused || model->realm_off) {
                return (refused && x0 == PSCI_RMI_ERROR_REC) || (model->realm_off && x0 == PSCI_RMI_SYSTEM_OFF);
        }
        rec->inside = true;
        return x0 == PSCI_RMI_SUCCESS;
}

bool psci_model_leave(struct psci_model *model, unsigned index, const uint64_t gprs[4])
{
        struct psci_rec *rec = &model->rec[index];

        if (!rec->inside || rec->exits != (gprs != NULL) ||
            (gprs != NULL && memcmp(rec->gprs, gprs, sizeof(rec->gprs)) != 0)) {
                return false;
        }
        rec->inside = false;
        rec->exits = false;
        memset(rec->gprs, 0, sizeof(rec->gprs));
        return true;
}

/* A REC on its way out keeps nothing from before: it is started as one that has left. */
static void start(const struct psci_model *model, struct psci_rec *target, const struct psci_rec *caller)
{
        if (!model->knobs.keep_registers) {
                target->x[1] = target->x[2] = target->x[3] = 0;
                target->rest = 0;
        }
        target->x[0] = caller->x[3];
        target->pc = caller->x[2];
        target->on = true;
        target->starts = true;
        target->returns = false;
}

/* Whatever is wrong but the status: no two of these failures differ. */
static bool may_complete(const struct psci_model *model, unsigned caller_index, unsigned target_index)
{
        const struct psci_rec *caller;

        if (caller_index >= model->num_recs || target_index >= model->num_recs || caller_index == target_index) {
                return false;
        }
        caller = &model->rec[caller_index];
        return caller->exists && model->rec[target_index].exists && !caller->inside &&
               caller->pending != PSCI_ASKS_NOTHING && names(model, caller->x[1], target_index);
}

uint64_t psci_model_complete(struct psci_model *model, unsigned caller_index, unsigned target_index, uint64_t status)
{
        struct psci_rec *caller;
        struct psci_rec *target;
        bool asks_cpu_on;
        bool on;
        uint64_t result;
        uint64_t x0 = PSCI_RMI_SUCCESS;

        if (!may_complete(model, caller_index, target_index)) {
                return PSCI_RMI_ERROR_INPUT;
        }
        caller = &model->rec[caller_index];
        target = &model->rec[target_index];
        asks_cpu_on = caller->pending == PSCI_ASKS_CPU_ON;
        on = target->on || (target->inside && model->knobs.busy_means_on);
        if (status == PSCI_DENIED && asks_cpu_on && on && model->knobs.denied_consumes) {
                x0 = PSCI_RMI_ERROR_INPUT;
        } else if (status != PSCI_SUCCESS && !(status == PSCI_DENIED && asks_cpu_on && !on)) {
                return PSCI_RMI_ERROR_INPUT;
        }
        if (!asks_cpu_on) {
                result = on ? PSCI_ON : PSCI_OFF;
        } else if (on) {
                result = PSCI_ALREADY_ON;
        } else {
                result = status;
                if (status == PSCI_SUCCESS) {
                        start(model, target, caller);
                }
        }
        answered(caller, result);
        caller->pending = PSCI_ASKS_NOTHING;
        return x0;
}

uint64_t psci_model_destroy(struct psci_model *model, unsigned index)
{
        struct psci_rec *rec = &model->rec[index];

        if (!rec->exists) {
                return PSCI_RMI_ERROR_INPUT;
        }
        if (rec->inside) {
                return PSCI_RMI_ERROR_REC;
        }
        memset(rec, 0, sizeof(*rec));
        return PSCI_RMI_SUCCESS;
}
